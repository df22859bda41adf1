//! The digests of a version's last candidate, which its final names get: what was tested is what is published.

use anyhow::Result;

use super::wait_image::missing;
use super::{Detail, Digest, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::images::{self, Found, Seen};
use crate::reference::ImageReference;
use crate::version::Version;

/// See the module.
#[derive(Debug)]
pub struct TakeCandidate {
    /// `build/acme/app`
    pub id: String,
    /// The candidate's version, which its images say.
    pub version: Version,
    /// The candidate's names, one in each registry, and whether each is spoken to without TLS.
    pub references: Vec<(ImageReference, bool)>,
    /// The names that it will get: once all of them are there, the candidate's may go.
    pub names: Vec<(ImageReference, bool)>,
    /// `linux/amd64` …
    pub platforms: Vec<String>,
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

    fn look(&self, world: &World<'_>) -> Result<Look> {
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

    fn all_named(&self, world: &World<'_>) -> Result<bool> {
        for (reference, plain_http) in &self.names {
            if !matches!(world.images.look(world, &reference.to_string(), *plain_http)?, Seen::Found(_)) {
                return Ok(false);
            }
        }
        Ok(!self.names.is_empty())
    }
}

impl Effect for TakeCandidate {
    fn title(&self) -> String {
        format!("take over the image `{}`", self.references[0].0)
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
            None => Observed::Same,
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
