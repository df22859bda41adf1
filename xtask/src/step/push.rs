//! One atomic push: a repository's branch and its tags, with a lease for each.

use std::fmt;
use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::tag::Tag;
use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::remotes::{Pushed, Update};

/// Somebody moved a branch in the meantime: the plan is made anew from what the remote says now.
#[derive(Debug)]
pub struct Moved(pub Failure);

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Moved {}

/// The push of one repository.
#[derive(Debug)]
pub struct Push {
    /// The commits.
    pub prepared: Rc<Prepared>,
    /// The tags.
    pub tags: Vec<Rc<Tag>>,
    /// The remote's URL, without credentials.
    pub url: String,
    /// May everybody read the remote?
    pub public: bool,
}

impl Push {
    fn names(&self) -> String {
        let branch = (!self.prepared.commits.is_empty() || self.prepared.released.is_some())
            .then(|| format!("`{}`", self.prepared.branch));
        let tags = self.tags.iter().map(|tag| format!("tag `{}`", tag.name));
        branch.into_iter().chain(tags).collect::<Vec<_>>().join(", ")
    }

    /// What isn't at the remote yet; none where somebody else moved the branch.
    fn missing(&self, world: &World<'_>) -> Result<Option<Vec<Update>>> {
        let refs = world.remotes.refs(self.prepared.remote)?;
        let tip = self.prepared.tip(world)?;
        let branch = self.prepared.full_branch();
        let mut updates = Vec::new();
        if !self.prepared.is_on_branch(world, &tip)? {
            if refs.oids.get(&branch) != Some(&self.prepared.base) {
                return Ok(None);
            }
            updates.push(Update { name: branch, new: tip, expected: Some(self.prepared.base.clone()) });
        }
        for tag in self.tags.iter().filter(|tag| !refs.oids.contains_key(&tag.full_name())) {
            // Made by the step before, if it has run.
            let new = tag.find_prepared(world)?.unwrap_or_default();
            updates.push(Update { name: tag.full_name(), new, expected: None });
        }
        Ok(Some(updates))
    }

    fn moved(&self) -> Failure {
        Failure::world(format!("`{}` at `{}` was moved by somebody else", self.prepared.branch, self.url))
            .hint("run the same command again: the plan is made anew from what the remote says")
    }
}

/// A tag that no step has made.
pub(super) fn not_made(tag: &str) -> Failure {
    let hint = "the step before it makes it: run without `--only`, or name both steps";
    Failure::world(format!("the tag `{tag}` isn't made yet")).hint(hint)
}

/// References that are not where they were expected, each with the remote's word.
pub(super) fn refused(url: &str, refs: &[(String, String)]) -> Failure {
    let said: Vec<String> = refs.iter().map(|(name, why)| format!("`{name}`: {why}")).collect();
    Failure::world(format!("`{url}` refused the push: {}", said.join("; ")))
        .hint("run the same command again: the plan is made anew from what the remote says")
}

impl Effect for Push {
    fn title(&self) -> String {
        format!("push {} to {}", self.names(), self.url)
    }

    fn reach(&self) -> Reach {
        if self.public { Reach::Public } else { Reach::Private }
    }

    fn details(&self) -> Vec<Detail> {
        let mut refs = Vec::new();
        if !self.prepared.commits.is_empty() {
            refs.push(Detail::Ref {
                name: self.prepared.full_branch(),
                from: Some(self.prepared.base.clone()),
                to: self.prepared.known_tip(),
            });
        }
        refs.extend(self.tags.iter().map(|tag| Detail::Ref { name: tag.full_name(), from: None, to: None }));
        refs
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let all = self.tags.len() + 1;
        Ok(match self.missing(world)? {
            None => Observed::Different(self.moved()),
            Some(missing) if missing.is_empty() => Observed::Same,
            Some(missing) if missing.len() == all || self.prepared.released.is_none() => Observed::Absent,
            Some(missing) => {
                let names: Vec<String> = missing.iter().map(|update| format!("`{}`", update.name)).collect();
                Observed::Partial(format!("{} is missing", names.join(", ")))
            }
        })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let Some(updates) = self.missing(world)? else { return Err(Moved(self.moved()).into()) };
        if let Some(update) = updates.iter().find(|update| update.new.is_empty()) {
            return Err(not_made(update.name.trim_start_matches("refs/tags/")).into());
        }
        match world.remotes.push(self.prepared.remote, &updates)? {
            Pushed::Done => Ok(()),
            Pushed::Moved(refs) => Err(Moved(refused(&self.url, &refs)).into()),
        }
    }
}
