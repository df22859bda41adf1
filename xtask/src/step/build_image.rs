//! An image of the release's commit, for all its platforms, pushed to every registry by digest: it has no name yet.

mod command;
mod content;
mod fault;
mod receipt;
mod work;

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::prepared::Prepared;
use super::wait_image::missing;
use super::{Detail, Digest, Effect, Mark, Observed, Reach, World};
use crate::error::Failure;
use crate::images::{self, Found, Seen};
use crate::resolve::release::Builder;
use crate::tools::quoted;

/// See the module.
#[derive(Debug)]
pub struct BuildImage {
    /// `build/acme/app-scratch`
    pub id: String,
    /// The repository in its registries: `acme/app`.
    pub name: String,
    /// What the tags of this variant end with.
    pub suffix: String,
    /// The registries, and whether each is spoken to without TLS.
    pub registries: Vec<(String, bool)>,
    /// The image tags that it will get, with the suffix: an earlier run may have given them.
    pub tags: Vec<String>,
    /// `linux/amd64` …
    pub platforms: Vec<String>,
    /// How it is built.
    pub recipe: Recipe,
    /// May all its platforms hold the same files?
    pub same_files: bool,
    /// The version that its label says.
    pub version: String,
    /// What builds it.
    pub builder: Builder,
    /// The commit that it is built from is the one that these mark.
    pub prepared: Rc<Prepared>,
    /// Its digest, once this very step has built it.
    pub digest: OnceCell<String>,
}

/// How an image is built, with the versions of the release filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// From the repository's root.
    pub dockerfile: String,
    /// From the repository's root; empty for the top.
    pub context: String,
    /// The stage; none for the last.
    pub target: Option<String>,
    /// Build arguments.
    pub args: Vec<(String, String)>,
    /// Labels of the project's own.
    pub labels: Vec<(String, String)>,
    /// Is it attested how it was built?
    pub provenance: bool,
    /// Is it attested what is in it?
    pub sbom: bool,
    /// How long it may take.
    pub timeout: Duration,
}

/// What of it is in the registries.
#[derive(Debug, Default)]
struct Sight {
    /// Its digest, as far as it is known, and the registries that have it.
    digest: Option<Digest>,
    /// The registries that lack it, or don't have it whole under its final name.
    lacking: Vec<String>,
    /// The platforms that it lacks, as a sentence.
    missing: Option<String>,
    /// What it has.
    found: Option<Found>,
}

/// A look that ended, or a registry that didn't tell.
type Looked = Result<Sight, Failure>;

impl BuildImage {
    /// Its digest, and the registries that have it; none before it is built.
    pub fn known(&self, world: &World<'_>) -> Result<Option<Digest>> {
        let Some(commit) = self.prepared.marked(world)? else { return Ok(None) };
        let sight = self.sight(world, &commit)??;
        Ok(sight.digest.filter(|digest| !digest.hosts.is_empty()))
    }

    /// Its place in a registry: `HOST/NAME`.
    fn place(&self, host: &str) -> String {
        format!("{host}/{}", self.name)
    }

    /// The final names that it has already, in each registry.
    fn named(&self, world: &World<'_>, commit: &str) -> Result<Result<Vec<(&str, Found)>, Failure>> {
        let mut named = Vec::new();
        for (host, plain_http) in &self.registries {
            for tag in &self.tags {
                let at = format!("{}:{tag}", self.place(host));
                match world.images.look_before_push(world, &at, *plain_http)? {
                    Seen::Found(found) if found.revision.as_deref() == Some(commit) => named.push((&**host, found)),
                    Seen::Found(_) | Seen::Absent => {}
                    Seen::Unknown(words) | Seen::Hidden(words) => return Ok(Err(images::unknown(&at, &words))),
                }
            }
        }
        Ok(Ok(named))
    }

    /// What this run or an earlier one has pushed, of this commit and by this recipe.
    fn pushed(&self, world: &World<'_>, commit: &str) -> Option<String> {
        let receipt = match world.marks.get(&self.id) {
            Some(Mark::Done { words, commit: Some(of) }) if of == commit => {
                receipt::read(words, &self.recipe.digest(&self.platforms)).map(str::to_owned)
            }
            _ => None,
        };
        self.digest.get().cloned().or(receipt)
    }

    /// A name that is given never moves, so it comes first where it is whole; then what was pushed; then a name of which
    /// a platform is missing.
    fn sight(&self, world: &World<'_>, commit: &str) -> Result<Looked> {
        let named = match self.named(world, commit)? {
            Ok(named) => named,
            Err(failure) => return Ok(Err(failure)),
        };
        let is_whole = |found: &Found| self.missing(found).is_none();
        let whole = named.iter().find(|(_, found)| is_whole(found)).map(|(_, found)| found.digest.clone());
        let first = || named.first().map(|(_, found)| found.digest.clone());
        let Some(digest) = whole.or_else(|| self.pushed(world, commit)).or_else(first) else {
            return Ok(Ok(Sight::default()));
        };
        let mut sight = Sight::default();
        let mut hosts = Vec::new();
        for (host, plain_http) in &self.registries {
            let own = |named: &&(&str, Found)| named.0 == host;
            let seen = match named.iter().filter(own).find(|(_, found)| found.digest == digest) {
                Some((_, found)) => Seen::Found(found.clone()),
                None => {
                    let at = format!("{}@{digest}", self.place(host));
                    world.images.look_before_push(world, &at, *plain_http)?
                }
            };
            match seen {
                Seen::Found(found) => {
                    sight.missing = self.missing(&found);
                    sight.found = Some(found);
                    hosts.push(host.clone());
                }
                Seen::Absent if named.iter().filter(own).any(|(_, found)| is_whole(found)) => {}
                Seen::Absent => sight.lacking.push(host.clone()),
                Seen::Unknown(words) | Seen::Hidden(words) => {
                    return Ok(Err(images::unknown(&self.place(host), &words)));
                }
            }
        }
        sight.digest = Some(Digest { digest, hosts });
        Ok(Ok(sight))
    }

    fn missing(&self, found: &Found) -> Option<String> {
        missing(&self.platforms, &found.platforms.keys().cloned().collect())
    }
}

impl Effect for BuildImage {
    fn title(&self) -> String {
        format!("build the image `{}{}` for {}", self.name, self.suffix, self.platforms.join(", "))
    }

    fn reach(&self) -> Reach {
        Reach::Hidden
    }

    fn details(&self) -> Vec<Detail> {
        let first = self.registries.first().map(|(host, _)| self.place(host)).unwrap_or_default();
        let labels = self.labels(None);
        let words = self.build_words(&first, &self.platforms, &labels);
        let docker = ["docker", "buildx", "build"].map(str::to_owned).into_iter();
        let mut details = vec![Detail::Command(docker.chain(words).collect())];
        details.push(Detail::Note(
            "in the files of the release's commit, with `SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)`, and with its id and \
             its moment as labels"
                .to_owned(),
        ));
        for (host, _) in self.registries.iter().skip(1) {
            details.push(Detail::Note(format!("copied to {}, under the same digest", quoted(&self.place(host)))));
        }
        details
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let Some(commit) = self.prepared.marked(world)? else {
            // It is built from what this one is merged to: what is missing here is told before anything is public.
            let fault = self.fault(world, &self.prepared.tip(world)?)?;
            return Ok(fault.map_or(Observed::Absent, Observed::Different));
        };
        let sight = match self.sight(world, &commit)? {
            Ok(sight) => sight,
            Err(failure) => return Ok(Observed::Unknown(failure)),
        };
        if sight.found.is_some() && sight.missing.is_none() && sight.lacking.is_empty() {
            return Ok(Observed::Same);
        }
        if let Some(failure) = self.fault(world, &commit)? {
            return Ok(Observed::Different(failure));
        }
        Ok(match (sight.found, sight.missing) {
            (None, _) => Observed::Absent,
            (Some(_), Some(missing)) => Observed::Partial(missing),
            (Some(_), None) => Observed::Partial(format!("it isn't in {} yet", sight.lacking.join(", "))),
        })
    }

    fn obstacle(&self, world: &World<'_>) -> Result<Option<Failure>> {
        let commit = match self.prepared.marked(world)? {
            Some(commit) => commit,
            None => self.prepared.tip(world)?,
        };
        self.fault(world, &commit)
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        self.work(world)
    }

    fn receipt(&self) -> Option<String> {
        let digest = self.digest.get()?;
        Some(receipt::write(digest, &self.recipe.digest(&self.platforms)))
    }
}
