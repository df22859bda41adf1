//! The files that are attached to the release, each with its checksum compared.

use std::rc::Rc;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::forge::Wanted;

/// See the module.
#[derive(Debug)]
pub struct UploadAssets {
    /// The release that shall be there.
    pub wanted: Rc<Wanted>,
}

impl Effect for UploadAssets {
    fn title(&self) -> String {
        format!("attach the assets to the draft of `{}`", self.wanted.tag)
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
