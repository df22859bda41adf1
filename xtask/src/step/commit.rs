//! A commit on the remote's branch, made of bytes in the tool's own clone; it is published by [`super::push`].

use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Effect, Observed, Reach, World};

/// One of the commits of a repository.
#[derive(Debug)]
pub struct Commit {
    /// All of them.
    pub prepared: Rc<Prepared>,
    /// Which one; none where the remote has the release's commit already.
    pub index: Option<usize>,
    /// Its subject.
    pub subject: String,
    /// The difference, as a unified diff.
    pub diff: String,
    /// How many places in how many files, as a sentence.
    pub summary: String,
}

impl Effect for Commit {
    fn title(&self) -> String {
        format!("commit \"{}\": {}", self.subject, self.summary)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        if self.diff.is_empty() { Vec::new() } else { vec![Detail::Diff(self.diff.clone())] }
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let Some(index) = self.index else { return Ok(Observed::Same) };
        if !self.prepared.claimed {
            // Whose name it will bear isn't certain yet.
            return Ok(Observed::Absent);
        }
        let id = &self.prepared.ids(world)?[index];
        let kept = world.remotes.git(self.prepared.repo).find_ref(&self.prepared.reference(index))?;
        Ok(if kept.as_ref() == Some(id) { Observed::Same } else { Observed::Absent })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let Some(index) = self.index else { return Ok(()) };
        let id = &self.prepared.ids(world)?[index];
        world.remotes.git(self.prepared.repo).keep_ref(&self.prepared.reference(index), id)
    }
}
