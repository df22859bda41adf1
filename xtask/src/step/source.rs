//! An image and its names: what may be taken for the same image, and how it gets a name.

use anyhow::Result;

use super::wait_image::missing;
use super::{Digest, Observed, Source, World};
use crate::error::Failure;
use crate::images::{self, Found, Seen};
use crate::reference::ImageReference;

impl Source {
    /// The step that it comes from, as it is named in a plan; or the image.
    pub fn shown(&self) -> String {
        match self {
            Self::Built(build) => build.id.clone(),
            Self::Candidate(candidate) => candidate.references[0].0.to_string(),
        }
    }

    /// Does an image say that it is this one? Its digest may be another one all the same: a build that isn't
    /// reproducible gives another one each time.
    pub fn is_said_by(&self, world: &World<'_>, found: &Found) -> Result<bool> {
        match self {
            Self::Built(build) => {
                let commit = build.prepared.marked(world)?;
                Ok(commit.is_some() && found.revision == commit)
            }
            Self::Candidate(candidate) => Ok(found.version.as_deref() == Some(candidate.version.as_str())),
        }
    }

    /// What is under a name, as long as nothing is given it: what is built may make the repository.
    pub fn look(&self, world: &World<'_>, reference: &ImageReference, plain_http: bool) -> Result<Seen> {
        match self {
            Self::Built(_) => world.images.look_before_push(world, &reference.to_string(), plain_http),
            Self::Candidate(_) => world.images.look(world, &reference.to_string(), plain_http),
        }
    }

    /// What was seen under a name, compared with what shall be there, for all of these platforms.
    pub fn compare(
        &self,
        world: &World<'_>,
        (reference, seen): (&ImageReference, Seen),
        platforms: &[String],
    ) -> Result<Observed> {
        let found = match seen {
            Seen::Absent => return Ok(Observed::Absent),
            Seen::Unknown(words) | Seen::Hidden(words) => {
                return Ok(Observed::Unknown(images::unknown(&reference.to_string(), &words)));
            }
            Seen::Found(found) => found,
        };
        let wanted = self.digest(world)?;
        let is_it = wanted.as_ref().is_some_and(|wanted| wanted.digest == found.digest);
        let is_said = (wanted.is_none() || matches!(self, Self::Built(_))) && self.is_said_by(world, &found)?;
        if is_it || is_said {
            return Ok(match missing(platforms, &found.platforms.into_keys().collect()) {
                Some(words) => Observed::Partial(words),
                None => Observed::Same,
            });
        }
        Ok(match (self, wanted) {
            (Self::Candidate(candidate), None) => Observed::Unknown(
                Failure::world(format!("it can't be told whether `{reference}` is `{}`", candidate.references[0].0))
                    .hint("the candidate isn't in its registry any more; compare them by hand"),
            ),
            (_, wanted) => Observed::Different(self.refusal(reference, &found, wanted.as_ref())),
        })
    }

    fn refusal(&self, reference: &ImageReference, found: &Found, wanted: Option<&Digest>) -> Failure {
        let is = match (&found.revision, self) {
            (Some(commit), Self::Built(_)) => format!("of the commit `{commit}`"),
            (None, Self::Built(_)) => "and doesn't say of which commit it is".to_owned(),
            (_, Self::Candidate(_)) => format!("and isn't `{}`", self.shown()),
        };
        let with = wanted.map(|wanted| format!(", not `{}`", wanted.digest)).unwrap_or_default();
        Failure::world(format!("`{reference}` is `{}`{with} {is}", found.digest)).hint(
            "a published name never moves: release the next version; or delete it in its registry, if nobody has pulled \
             it, then the same command again; or make it one of the image's `channels`, which move",
        )
    }

    /// Gives it a name in one registry, which gets it first where it lacks it.
    pub fn put(&self, world: &World<'_>, reference: &ImageReference) -> Result<()> {
        let found = self.digest(world)?.filter(|found| !found.hosts.is_empty());
        let Some(found) = found else {
            let failure = Failure::tool(format!("there is no digest of `{}` that could be named", self.shown()));
            return Err(failure.hint("run the same command again").into());
        };
        let own = found.hosts.iter().find(|host| *host == reference.host());
        let host = own.unwrap_or(&found.hosts[0]);
        images::copy(world, &format!("{host}/{}@{}", reference.name(), found.digest), &reference.to_string())
    }
}
