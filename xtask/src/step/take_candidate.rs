//! The digests of a version's last candidate, which its final names get: what was tested is what is published.

use anyhow::Result;

use super::{Detail, Digest, Effect, Observed, Reach, World};
use crate::reference::ImageReference;

/// See the module.
#[derive(Debug)]
pub struct TakeCandidate {
    /// `build/acme/app`
    pub id: String,
    /// The candidate's names, one in each registry, and whether each is spoken to without TLS.
    pub references: Vec<(ImageReference, bool)>,
    /// `linux/amd64` …
    pub platforms: Vec<String>,
}

impl TakeCandidate {
    /// The candidate's digest, and the registries that have it.
    pub fn known(&self, _world: &World<'_>) -> Result<Option<Digest>> {
        unimplemented!("skeleton")
    }
}

impl Effect for TakeCandidate {
    fn title(&self) -> String {
        format!("take over the image `{}`", self.references[0].0)
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
