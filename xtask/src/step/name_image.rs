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
        let platforms =
            if self.platforms.is_empty() { "whatever platform".to_owned() } else { self.platforms.join(", ") };
        vec![Detail::Note(format!("the digest of {}, for {platforms}", self.source.shown()))]
    }

    /// The same digest is the same; so is, without a rebuild's digest, what says that it was built from this commit.
    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let seen = self.source.look(world, &self.reference, self.plain_http)?;
        self.source.compare(world, (&self.reference, seen), &self.platforms)
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let at = self.reference.to_string();
        // No registry compares before it writes: what somebody else named a moment ago must not be lost. By now the
        // repository is there, and what can't be seen in it may be anything.
        world.images.forget(&at);
        let seen = world.images.look(world, &at, self.plain_http)?;
        match self.source.compare(world, (&self.reference, seen), &self.platforms)? {
            Observed::Same => return Ok(()),
            Observed::Different(failure) | Observed::Unknown(failure) => return Err(failure.into()),
            Observed::Absent | Observed::Partial(_) => {}
        }
        let put = self.source.put(world, &self.reference);
        world.images.forget(&at);
        put
    }
}
