//! Being allowed to publish on the forge, before anything starts. No token is ever seen here.

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::forge::Repository;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckForge {
    /// Where the release will be.
    pub repository: Repository,
}

impl Effect for CheckForge {
    fn title(&self) -> String {
        format!("be allowed to publish in `{}`", self.repository.name)
    }

    fn reach(&self) -> Reach {
        Reach::Local
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
