//! The flip: the draft, complete and verified, becomes public.

use std::rc::Rc;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::forge::Wanted;

/// See the module.
#[derive(Debug)]
pub struct PublishRelease {
    /// The release that shall be there.
    pub wanted: Rc<Wanted>,
}

impl Effect for PublishRelease {
    fn title(&self) -> String {
        format!("publish the release `{}` of {}", self.wanted.tag, self.wanted.repository.name)
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
