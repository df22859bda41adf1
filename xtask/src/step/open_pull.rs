//! The pull request of a version branch.

use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Effect, Observed, Reach, World};
use crate::forge::Repository;

/// See the module.
#[derive(Debug)]
pub struct OpenPull {
    /// Where.
    pub repository: Repository,
    /// The commits of the version branch.
    pub prepared: Rc<Prepared>,
    /// The branch that gets them.
    pub into: String,
    /// The pull request's title, where there is none yet.
    pub title: String,
}

impl Effect for OpenPull {
    fn title(&self) -> String {
        format!("have a pull request of `{}` into `{}`", self.prepared.branch, self.into)
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }

    fn observe(&self, _world: &World<'_>) -> Result<Observed> {
        unimplemented!("skeleton")
    }

    fn apply(&self, _world: &World<'_>) -> Result<()> {
        unimplemented!("skeleton")
    }
}
