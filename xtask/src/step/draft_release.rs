//! The release on GitHub, as a draft: nobody sees it yet.

use std::rc::Rc;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::forge::Wanted;

/// See the module.
#[derive(Debug)]
pub struct DraftRelease {
    /// The release that shall be there.
    pub wanted: Rc<Wanted>,
}

impl Effect for DraftRelease {
    fn title(&self) -> String {
        format!("draft the release `{}` of {}", self.wanted.tag, self.wanted.repository.name)
    }

    fn reach(&self) -> Reach {
        Reach::Hidden
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
