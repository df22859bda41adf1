//! The tags of a merge commit: one atomic push, when the merge is there.

use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::push::{self, Moved};
use super::tag::Tag;
use super::{Detail, Effect, Observed, Reach, World};
use crate::remotes::{Pushed, Update};

/// The push of tags that come after their branch.
#[derive(Debug)]
pub struct PushTag {
    /// The commits of the version branch.
    pub prepared: Rc<Prepared>,
    /// The tags.
    pub tags: Vec<Rc<Tag>>,
    /// The remote's URL, without credentials.
    pub url: String,
    /// May everybody read the remote?
    pub public: bool,
}

impl PushTag {
    /// Those that aren't at the remote.
    fn missing(&self, world: &World<'_>) -> Result<Vec<&Tag>> {
        let refs = world.remotes.refs(self.prepared.remote)?;
        Ok(self.tags.iter().map(Rc::as_ref).filter(|tag| !refs.oids.contains_key(&tag.full_name())).collect())
    }
}

impl Effect for PushTag {
    fn title(&self) -> String {
        let tags: Vec<String> = self.tags.iter().map(|tag| format!("tag `{}`", tag.name)).collect();
        format!("push {} to {}", tags.join(", "), self.url)
    }

    fn reach(&self) -> Reach {
        if self.public { Reach::Public } else { Reach::Private }
    }

    fn details(&self) -> Vec<Detail> {
        // What they will mark is known when it is merged.
        self.tags.iter().map(|tag| Detail::Ref { name: tag.full_name(), from: None, to: None }).collect()
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let missing = self.missing(world)?;
        Ok(match missing.len() {
            0 => Observed::Same,
            some if some == self.tags.len() => Observed::Absent,
            _ => {
                let names: Vec<String> = missing.iter().map(|tag| format!("`{}`", tag.name)).collect();
                Observed::Partial(format!("{} is missing", names.join(", ")))
            }
        })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let mut updates = Vec::new();
        for tag in self.missing(world)? {
            let new = tag.find_prepared(world)?.ok_or_else(|| push::not_made(&tag.name))?;
            updates.push(Update { name: tag.full_name(), new, expected: None });
        }
        match world.remotes.push(self.prepared.remote, &updates)? {
            Pushed::Done => Ok(()),
            Pushed::Moved(refs) => Err(Moved(push::refused(&self.url, &refs)).into()),
        }
    }
}
