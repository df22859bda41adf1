//! A moving name such as `latest`, in one registry: it goes forward only.

use std::cell::RefCell;

use anyhow::Result;

use super::Source;
use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::images::{self, Found, Seen};
use crate::plan::images::Naming;
use crate::reference::ImageReference;
use crate::version::Version;

/// How many other versions an image that doesn't say its own is compared with.
const KNOWN: usize = 10;

/// How often it is moved once more because somebody else moved it meanwhile.
const TRIES: usize = 4;

/// See the module.
#[derive(Debug)]
pub struct MoveChannel {
    /// Where the digest comes from.
    pub source: Source,
    /// The channel.
    pub reference: ImageReference,
    /// Without TLS.
    pub plain_http: bool,
    /// The version that is released.
    pub version: Version,
    /// How other versions are called here: an image that doesn't say its version is known by their names.
    pub naming: Naming,
    /// What a look found that is further on already.
    pub ahead: RefCell<Option<Version>>,
}

/// What a channel is at.
enum At {
    /// It isn't there.
    Nothing,
    /// This release.
    Ours,
    /// Another version.
    Version(Version),
    /// Nobody knows which.
    Stranger(Failure),
    /// It can't be told.
    Unknown(Failure),
}

impl MoveChannel {
    /// What it is at, by what was seen there.
    fn place(&self, world: &World<'_>, seen: Seen) -> Result<At> {
        let found = match seen {
            Seen::Absent => return Ok(At::Nothing),
            Seen::Unknown(words) | Seen::Hidden(words) => {
                return Ok(At::Unknown(images::unknown(&self.reference.to_string(), &words)));
            }
            Seen::Found(found) => found,
        };
        let wanted = self.source.digest(world)?;
        let is_ours = match &wanted {
            Some(wanted) => wanted.digest == found.digest,
            None => self.source.is_said_by(world, &found)?,
        };
        if is_ours {
            return Ok(At::Ours);
        }
        self.version_of(world, &found)
    }

    /// The version of what is there: the one that it says, or the one whose name stands for the same digest.
    ///
    /// A version that no tag of git's names is believed only where an annotation says it: a label, whether of a version or
    /// of a commit, may come from the image that it was made from.
    fn version_of(&self, world: &World<'_>, found: &Found) -> Result<At> {
        let said = found.version.as_deref().and_then(|text| Version::parse(text).ok());
        let others = self.others(world)?;
        if let Some(said) = said.as_ref().filter(|said| others.contains(said) || **said == self.version) {
            return Ok(At::Version(said.clone()));
        }
        let known: Vec<(Version, ImageReference)> = others
            .into_iter()
            .take(KNOWN)
            .filter_map(|other| Some((other.clone(), self.naming.name(&other)?)))
            .collect();
        let all: Vec<(String, bool)> = known.iter().map(|(_, name)| (name.to_string(), self.plain_http)).collect();
        world.images.ahead(world, &all);
        let mut silent = None;
        for (version, name) in known {
            match world.images.look(world, &name.to_string(), self.plain_http)? {
                Seen::Found(other) if other.digest == found.digest => return Ok(At::Version(version)),
                Seen::Unknown(words) => silent = silent.or(Some(images::unknown(&name.to_string(), &words))),
                _ => {}
            }
        }
        Ok(match (said.filter(|_| found.is_own_word), silent) {
            (Some(said), _) => At::Version(said),
            (None, Some(failure)) => At::Unknown(failure),
            (None, None) => At::Stranger(self.stranger(found)),
        })
    }

    /// The other final versions that the channel could stand for, the highest first.
    fn others(&self, world: &World<'_>) -> Result<Vec<Version>> {
        let Some(rule) = world.project.tracks.iter().find(|rule| rule.name == self.naming.track) else {
            return Ok(Vec::new());
        };
        let (Some(pattern), Some(remote)) = (&rule.tag, world.remotes.home(rule.repo)) else { return Ok(Vec::new()) };
        let mut versions = world.remotes.versions(remote, pattern, &rule.name)?;
        versions.retain(|other| *other != self.version && self.naming.is_in_line(other, &self.version));
        versions.sort_by(|one, other| other.compare(one));
        Ok(versions)
    }

    /// A higher version that was released meanwhile, and that the registry has: its reference.
    ///
    /// Registries don't compare before they write. Of two releases that move a channel at the same time the one that
    /// writes last sees the other's tag, which was pushed before, and leaves the channel to it.
    fn overtaken(&self, world: &World<'_>) -> Result<Option<(Version, String)>> {
        if let Some(rule) = world.project.tracks.iter().find(|rule| rule.name == self.naming.track)
            && let Some(remote) = world.remotes.home(rule.repo)
        {
            world.remotes.forget(remote);
        }
        for version in self.others(world)? {
            let Some(name) = self.naming.name(&version).filter(|_| version.compare(&self.version).is_gt()) else {
                continue;
            };
            world.images.forget(&name.to_string());
            match world.images.look(world, &name.to_string(), self.plain_http)? {
                Seen::Found(found) => {
                    return Ok(Some((version, format!("{}/{}@{}", name.host(), name.name(), found.digest))));
                }
                Seen::Unknown(words) => return Err(self.behind(&name, &words).into()),
                Seen::Absent | Seen::Hidden(_) => {}
            }
        }
        Ok(None)
    }

    fn stranger(&self, found: &Found) -> Failure {
        let name = self.naming.name(&self.version).unwrap_or_else(|| self.reference.clone());
        Failure::world(format!("it can't be told of which version `{}` is: `{}`", self.reference, found.digest))
            .hint(format!("if {} is higher, move it by hand: `{}`", self.version, self.by_hand(&name)))
    }

    /// The next run leaves the channel to the higher version, so this one says how it gets there.
    fn behind(&self, higher: &ImageReference, words: &str) -> Failure {
        let message =
            format!("it can't be told whether `{higher}`, to which `{}` belongs then, is there", self.reference);
        Failure::tool(format!("{message}: {words}"))
            .hint(format!("if it is, move the channel by hand: `{}`", self.by_hand(higher)))
    }

    fn by_hand(&self, name: &ImageReference) -> String {
        format!("docker buildx imagetools create --prefer-index=false -t {} {name}", self.reference)
    }

    /// What it is at now, asked anew.
    fn look_again(&self, world: &World<'_>) -> Result<At> {
        let at = self.reference.to_string();
        world.images.forget(&at);
        self.place(world, world.images.look(world, &at, self.plain_http)?)
    }

    fn judge(&self, at: At) -> Observed {
        self.ahead.replace(None);
        match at {
            At::Ours => Observed::Same,
            At::Version(there) if there.compare(&self.version).is_gt() => {
                self.ahead.replace(Some(there));
                Observed::Same
            }
            At::Nothing | At::Version(_) => Observed::Absent,
            At::Stranger(failure) => Observed::Different(failure),
            At::Unknown(failure) => Observed::Unknown(failure),
        }
    }
}

impl Effect for MoveChannel {
    fn title(&self) -> String {
        format!("move the channel `{}` to {}", self.reference, self.version)
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::Note(format!("the digest of {}; what is at a higher version stays there", self.source.shown()))]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let seen = self.source.look(world, &self.reference, self.plain_http)?;
        Ok(self.judge(self.place(world, seen)?))
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        for _ in 0..TRIES {
            match self.judge(self.look_again(world)?) {
                Observed::Same => break,
                Observed::Different(failure) | Observed::Unknown(failure) => return Err(failure.into()),
                Observed::Absent | Observed::Partial(_) => self.source.put(world, &self.reference)?,
            }
        }
        for _ in 0..TRIES {
            let Some((version, from)) = self.overtaken(world)? else { break };
            if matches!(self.look_again(world)?, At::Version(there) if there.compare(&version).is_ge()) {
                break;
            }
            images::copy(world, &from, &self.reference.to_string())?;
        }
        world.images.forget(&self.reference.to_string());
        Ok(())
    }

    fn remark(&self) -> Option<String> {
        self.ahead.borrow().as_ref().map(|version| format!("is at {version} already"))
    }
}
