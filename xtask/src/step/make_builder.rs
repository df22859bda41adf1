//! A buildx builder that can build for several platforms: made where it isn't there, else used as it is.

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::resolve::release::Builder;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeBuilder {
    /// As configured.
    pub builder: Builder,
}

impl Effect for MakeBuilder {
    fn title(&self) -> String {
        format!("have the builder `{}`", self.builder.name)
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
