//! The digests of a version's last candidate, which its final names get: what was tested is what is published.

use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::wait_image::missing;
use super::{Detail, Digest, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::glob::Glob;
use crate::images::{self, Found, Seen};
use crate::reference::ImageReference;
use crate::tools::redact;
use crate::version::Version;

/// How many changed files are named.
const SHOWN: usize = 5;

/// See the module.
#[derive(Debug)]
pub struct TakeCandidate {
    /// `build/acme/app`
    pub id: String,
    /// The candidate's version, which its images say.
    pub version: Version,
    /// The version whose names it gives: where it has all of them already from another candidate, that one was it.
    pub of: Option<Version>,
    /// The candidate's names, one in each registry, and whether each is spoken to without TLS.
    pub references: Vec<(ImageReference, bool)>,
    /// The names that it will get: once all of them are there, the candidate's may go.
    pub names: Vec<(ImageReference, bool)>,
    /// `linux/amd64` …
    pub platforms: Vec<String>,
    /// What it was built from and what it is published for; none where the sources of either aren't tagged.
    pub sources: Option<Sources>,
}

/// The sources of a candidate, and of the version that takes its images over.
#[derive(Debug)]
pub struct Sources {
    /// The version that takes them over.
    pub version: Version,
    /// Its commit is the one that these mark.
    pub prepared: Rc<Prepared>,
    /// The candidate's tag, without `refs/tags/`.
    pub tag: String,
    /// The files that a release itself writes: they differ from candidate to version.
    pub written: Vec<Written>,
}

/// Files of one repository, as a manifest names them.
#[derive(Debug)]
pub struct Written {
    /// These …
    pub paths: Vec<Glob>,
    /// … where there are any, of those with wildcards only these …
    pub only: Vec<Glob>,
    /// … and not these.
    pub exclude: Vec<Glob>,
}

impl Written {
    fn is_match(&self, path: &str) -> bool {
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.is_match(path));
        let taken = !any(&self.exclude) && (self.only.is_empty() || any(&self.only));
        self.paths.iter().any(|glob| (glob.is_literal() || taken) && glob.is_match(path))
    }
}

/// What the registries say of a candidate.
enum Look {
    /// It is in some, and the same in each.
    There(Digest, Found),
    /// It is in none.
    Gone,
    /// They contradict each other, or can't be asked.
    Stop(Observed),
}

impl TakeCandidate {
    /// Its digest, and the registries that have it; none where none has it, or they contradict each other.
    pub fn known(&self, world: &World<'_>) -> Result<Option<Digest>> {
        Ok(match self.look(world)? {
            Look::There(digest, _) => Some(digest),
            Look::Gone | Look::Stop(_) => None,
        })
    }

    /// What the version's names stand for, where all of them are there and say one candidate: it came before this one.
    fn settled(&self, world: &World<'_>) -> Result<Option<(Digest, Found)>> {
        let Some(of) = &self.of else { return Ok(None) };
        let mut there: Option<(Digest, Found)> = None;
        for (reference, plain_http) in &self.names {
            let Seen::Found(found) = world.images.look(world, &reference.to_string(), *plain_http)? else {
                return Ok(None);
            };
            let said = found.version.as_deref().and_then(|text| Version::parse(text).ok());
            if !said.is_some_and(|said| said.is_candidate_of(of)) {
                return Ok(None);
            }
            let host = reference.host().to_owned();
            match &mut there {
                None => there = Some((Digest { digest: found.digest.clone(), hosts: vec![host] }, found)),
                Some((first, _)) if first.digest == found.digest => first.hosts.push(host),
                Some(_) => return Ok(None),
            }
        }
        Ok(there)
    }

    fn look(&self, world: &World<'_>) -> Result<Look> {
        if let Some((digest, found)) = self.settled(world)? {
            return Ok(Look::There(digest, found));
        }
        let mut there: Option<(Digest, Found)> = None;
        let mut silent = None;
        for (reference, plain_http) in &self.references {
            match world.images.look(world, &reference.to_string(), *plain_http)? {
                Seen::Absent => {}
                Seen::Unknown(words) | Seen::Hidden(words) => {
                    silent = silent.or_else(|| Some(images::unknown(&reference.to_string(), &words)))
                }
                Seen::Found(found) => match &mut there {
                    None => {
                        let (digest, hosts) = (found.digest.clone(), vec![reference.host().to_owned()]);
                        there = Some((Digest { digest, hosts }, found));
                    }
                    Some((first, _)) if first.digest == found.digest => first.hosts.push(reference.host().to_owned()),
                    Some((first, _)) => {
                        return Ok(Look::Stop(Observed::Different(self.apart(first, reference, &found))));
                    }
                },
            }
        }
        Ok(match (there, silent) {
            (Some((digest, found)), _) => Look::There(digest, found),
            (None, Some(failure)) => Look::Stop(Observed::Unknown(failure)),
            (None, None) => Look::Gone,
        })
    }

    fn apart(&self, first: &Digest, reference: &ImageReference, found: &Found) -> Failure {
        let message = format!(
            "`{reference}` is `{}`, and in `{}` it is `{}`",
            found.digest,
            first.hosts.join("`, `"),
            first.digest
        );
        Failure::world(message).hint("nobody knows which of them was tested: release another candidate")
    }

    fn gone(&self) -> Failure {
        let names: Vec<String> = self.references.iter().map(|(reference, _)| format!("`{reference}`")).collect();
        Failure::world(format!("the candidate isn't in its registry: {}", names.join(", ")))
            .hint("release another candidate, or put its image back")
    }

    /// Was anything changed since the candidate but what a release itself writes? A version that is published already
    /// isn't asked: it stays as it is.
    fn apart_from_tested(&self, world: &World<'_>) -> Result<Option<Failure>> {
        let Some(sources) = &self.sources else { return Ok(None) };
        if self.all_named(world)? {
            return Ok(None);
        }
        let changed = match sources.changed(world)? {
            Ok(changed) if changed.is_empty() => return Ok(None),
            Ok(changed) => changed,
            Err(untagged) => return Ok(Some(untagged)),
        };
        let shown: Vec<String> = changed.iter().take(SHOWN).map(|path| format!("`{path}`")).collect();
        let more = changed.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!(
            "`{}` takes over the images of `{}`, but these files changed since: {}{more}",
            sources.version,
            self.version,
            shown.join(", ")
        );
        Ok(Some(Failure::world(message).hint("release the next candidate first; without `promote` the image is built")))
    }

    fn all_named(&self, world: &World<'_>) -> Result<bool> {
        for (reference, plain_http) in &self.names {
            if !matches!(world.images.look(world, &reference.to_string(), *plain_http)?, Seen::Found(_)) {
                return Ok(false);
            }
        }
        Ok(!self.names.is_empty())
    }
}

impl Sources {
    /// The files that differ, but for what a release itself writes; a failure where the remote lacks the candidate's tag.
    fn changed(&self, world: &World<'_>) -> Result<Result<Vec<String>, Failure>> {
        let prepared = &self.prepared;
        let (refs, full) = (world.remotes.refs(prepared.remote)?, format!("refs/tags/{}", self.tag));
        let Some(tested) = refs.peeled.get(&full).or_else(|| refs.oids.get(&full)) else {
            let url = redact(&world.remotes.all()[prepared.remote].url);
            let failure = Failure::world(format!("there is no tag `{}` at `{url}`", self.tag));
            return Ok(Err(failure.hint("nobody knows what the candidate was built from: release another one")));
        };
        // Before a merge it is what will be merged that counts.
        let released = match prepared.marked(world)? {
            Some(marked) => marked,
            None => prepared.tip(world)?,
        };
        world.remotes.fetch(prepared.remote, &[tested, &released])?;
        let mut changed = world.remotes.git(prepared.repo).changed_below("", tested, Some(&released))?;
        changed.retain(|path| !self.written.iter().any(|files| files.is_match(path)));
        Ok(Ok(changed))
    }
}

impl Effect for TakeCandidate {
    fn title(&self) -> String {
        format!("take over the image `{}`: its label says {}", self.references[0].0, self.version)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        let platforms =
            if self.platforms.is_empty() { "whatever platform".to_owned() } else { self.platforms.join(", ") };
        vec![Detail::Note(format!("its digest, for {platforms}; nothing is built"))]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let (digest, found) = match self.look(world)? {
            Look::There(digest, found) => (digest, found),
            Look::Stop(observed) => return Ok(observed),
            Look::Gone if self.all_named(world)? => return Ok(Observed::Same),
            Look::Gone => return Ok(Observed::Different(self.gone())),
        };
        Ok(match missing(&self.platforms, &found.platforms.into_keys().collect()) {
            None => self.apart_from_tested(world)?.map_or(Observed::Same, Observed::Different),
            Some(words) => {
                let message = format!("the candidate `{}` isn't complete: {words}", self.references[0].0);
                let hint = format!("release another candidate: `{}` is what was tested", digest.digest);
                Observed::Different(Failure::world(message).hint(hint))
            }
        })
    }

    /// Nothing is to be done but to look: the names take the digest from where it is.
    fn apply(&self, world: &World<'_>) -> Result<()> {
        for (reference, _) in &self.references {
            world.images.forget(&reference.to_string());
        }
        Ok(())
    }
}
