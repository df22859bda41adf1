//! The final name of an image, in one registry: a tag is put on a digest that is there, and never moves again.

use anyhow::Result;

use super::Source;
use super::{Detail, Effect, Observed, Reach, World};
use crate::reference::ImageReference;

/// See the module.
#[derive(Debug)]
pub struct NameImage {
    /// Where the digest comes from.
    pub source: Source,
    /// The name.
    pub reference: ImageReference,
    /// Without TLS.
    pub plain_http: bool,
    /// The platforms that must be there.
    pub platforms: Vec<String>,
}

impl Effect for NameImage {
    fn title(&self) -> String {
        format!("name the image `{}`", self.reference)
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
