//! A moving name such as `latest`, in one registry: it goes forward only.

use anyhow::Result;

use super::Source;
use super::{Detail, Effect, Observed, Reach, World};
use crate::reference::ImageReference;
use crate::version::Version;

/// See the module.
#[derive(Debug)]
pub struct MoveChannel {
    /// Where the digest comes from.
    pub source: Source,
    /// The channel.
    pub reference: ImageReference,
    /// Without TLS.
    pub plain_http: bool,
    /// The version that is released.
    pub version: Version,
    /// The names of the versions before and after it, the highest first: an image that doesn't say its version is known by them.
    pub known: Vec<(Version, ImageReference)>,
}

impl Effect for MoveChannel {
    fn title(&self) -> String {
        format!("move the channel `{}` to {}", self.reference, self.version)
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
