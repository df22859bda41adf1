//! An annotated tag on the release's commit, made in the tool's own clone; it is published by [`super::push`].

use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::plan::history::short;
use crate::tools::git::NewTag;

/// The tag of one track.
#[derive(Debug)]
pub struct Tag {
    /// The commits that it marks the last one of.
    pub prepared: Rc<Prepared>,
    /// Without `refs/tags/`.
    pub name: String,
    /// The whole message.
    pub message: String,
    /// With the user's own key.
    pub signed: bool,
}

impl Tag {
    /// `refs/tags/NAME`
    pub fn full_name(&self) -> String {
        format!("refs/tags/{}", self.name)
    }

    fn reference(&self) -> String {
        format!("refs/lockstep/tags/{}", self.name)
    }

    /// The object that was made, if it marks the commit that is released.
    pub fn find_prepared(&self, world: &World<'_>) -> Result<Option<String>> {
        if !self.prepared.claimed && self.prepared.released.is_none() {
            // The commit that it would mark isn't certain yet.
            return Ok(None);
        }
        let git = world.remotes.git(self.prepared.repo);
        let Some(id) = git.find_ref(&self.reference())? else { return Ok(None) };
        let tip = self.prepared.tip(world)?;
        let same = git.find_tag_object(&id)?.is_some_and(|tag| tag.target == tip && self.says(&tag.message));
        Ok(same.then_some(id))
    }

    fn says(&self, message: &str) -> bool {
        message.trim_end() == self.message.trim_end()
    }

    fn taken(&self, world: &World<'_>, target: &str, tip: &str) -> Failure {
        let url = &world.remotes.all()[self.prepared.remote].url;
        let (on, not) = (short(target), short(tip));
        let message = if self.prepared.claimed || self.prepared.released.is_some() {
            format!("the tag `{}` is at `{url}` already, on {on} and not on {not}", self.name)
        } else {
            format!("the tag `{}` is taken: at `{url}` it is on {on}", self.name)
        };
        Failure::world(message)
            .hint("a published name never moves: take the next version (`cargo xtask versions` shows the present ones)")
    }
}

impl Effect for Tag {
    fn title(&self) -> String {
        let kind = if self.signed { "signed tag" } else { "annotated tag" };
        format!("{kind} `{}`: \"{}\"", self.name, self.message.lines().next().unwrap_or_default())
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let refs = world.remotes.refs(self.prepared.remote)?;
        let Some(there) = refs.oids.get(&self.full_name()) else {
            return Ok(if self.find_prepared(world)?.is_some() { Observed::Same } else { Observed::Absent });
        };
        let tip = self.prepared.tip(world)?;
        let target = refs.peeled.get(&self.full_name()).unwrap_or(there);
        if *target != tip {
            return Ok(Observed::Different(self.taken(world, target, &tip)));
        }
        world.remotes.fetch(self.prepared.remote, &[there])?;
        let git = world.remotes.git(self.prepared.repo);
        match git.find_tag_object(there)? {
            Some(tag) if self.signed && !tag.signed => Ok(Observed::Different(
                Failure::world(format!("the tag `{}` is there already, and isn't signed", self.name))
                    .hint("a published name never moves: take the next version, or set `signed = false` for this track"),
            )),
            Some(tag) if self.says(&tag.message) => Ok(Observed::Same),
            Some(_) => Ok(Observed::Different(
                Failure::world(format!("the tag `{}` is there already, with another message", self.name)).hint(
                    "a published name never moves: make `message` in release.toml say what the tag says, or take the next version",
                ),
            )),
            None => Ok(Observed::Different(
                Failure::world(format!("the tag `{}` is there already, without a message", self.name))
                    .hint("a published name never moves: take the next version"),
            )),
        }
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let git = world.remotes.git(self.prepared.repo);
        let (name, message) = (self.name.clone(), self.message.clone());
        let tag = NewTag { name, message, target: self.prepared.tip(world)?, signed: self.signed };
        let id = git.build_tag(&tag, &self.prepared.who(world))?;
        git.keep_ref(&self.reference(), &id)
    }
}
