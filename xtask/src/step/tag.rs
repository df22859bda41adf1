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
        let Some(marked) = self.prepared.marked(world)? else { return Ok(None) };
        let same = git.find_tag_object(&id)?.is_some_and(|tag| tag.target == marked && self.says(&tag.message));
        Ok(same.then_some(id))
    }

    fn says(&self, message: &str) -> bool {
        message.trim_end() == self.message.trim_end()
    }

    fn taken(&self, world: &World<'_>, target: &str, marked: Option<&str>) -> Failure {
        let url = &world.remotes.all()[self.prepared.remote].url;
        let (on, is_known) = (short(target), self.prepared.claimed || self.prepared.released.is_some());
        let message = match (marked.filter(|_| is_known), &self.prepared.merge) {
            (Some(marked), _) => {
                format!("the tag `{}` is at `{url}` already, on {on} and not on {}", self.name, short(marked))
            }
            (None, Some(into)) if is_known => {
                let branch = &self.prepared.branch;
                format!("the tag `{}` is at `{url}` already, on {on}: `{branch}` isn't merged into `{into}`", self.name)
            }
            _ => format!("the tag `{}` is taken: at `{url}` it is on {on}", self.name),
        };
        Failure::world(message)
            .hint("a published name never moves: take the next version (`cargo xtask versions` shows the present ones)")
    }
}

impl Tag {
    /// Before the merge there is nothing to mark.
    fn too_early(&self) -> Failure {
        let into = self.prepared.merge.as_deref().unwrap_or_default();
        let message = format!("`{}` isn't merged into `{into}` yet: its merge commit is tagged", self.prepared.branch);
        Failure::waiting(message).hint("merge it first; then run the same command again")
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
        let marked = self.prepared.marked(world)?;
        let target = refs.peeled.get(&self.full_name()).unwrap_or(there);
        if Some(target) != marked.as_ref() {
            return Ok(Observed::Different(self.taken(world, target, marked.as_deref())));
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
        let target = self.prepared.marked(world)?.ok_or_else(|| self.too_early())?;
        let mut who = self.prepared.who(world);
        if self.prepared.merge.is_some() {
            // A merge is made after the claim, and nothing is older than what it stands on.
            who.seconds = who.seconds.max(git.commit_seconds(&target)?);
        }
        let tag = NewTag { name: self.name.clone(), message: self.message.clone(), target, signed: self.signed };
        let id = git.build_tag(&tag, &who)?;
        git.keep_ref(&self.reference(), &id)
    }
}
