//! An image of the release's commit, for all its platforms, pushed to every registry by digest: it has no name yet.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Digest, Effect, Observed, Reach, World};
use crate::resolve::release::Builder;

/// See the module.
#[derive(Debug)]
pub struct BuildImage {
    /// `build/acme/app-scratch`
    pub id: String,
    /// The repository in its registries: `acme/app`.
    pub name: String,
    /// What the tags of this variant end with.
    pub suffix: String,
    /// The registries, and whether each is spoken to without TLS.
    pub registries: Vec<(String, bool)>,
    /// The image tags that it will get, with the suffix: an earlier run may have given them.
    pub tags: Vec<String>,
    /// `linux/amd64` …
    pub platforms: Vec<String>,
    /// How it is built.
    pub recipe: Recipe,
    /// The version that its label says.
    pub version: String,
    /// What builds it.
    pub builder: Builder,
    /// The commit that it is built from is the one that these mark.
    pub prepared: Rc<Prepared>,
    /// Its digest, once this very step has built it.
    pub digest: OnceCell<String>,
}

/// How an image is built, with the versions of the release filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// From the repository's root.
    pub dockerfile: String,
    /// From the repository's root; empty for the top.
    pub context: String,
    /// The stage; none for the last.
    pub target: Option<String>,
    /// Build arguments.
    pub args: Vec<(String, String)>,
    /// Labels of the project's own.
    pub labels: Vec<(String, String)>,
    /// Is it attested how it was built?
    pub provenance: bool,
    /// Is it attested what is in it?
    pub sbom: bool,
    /// How long it may take.
    pub timeout: Duration,
}

impl BuildImage {
    /// Its digest, and the registries that have it; none before it is built.
    pub fn known(&self, _world: &World<'_>) -> Result<Option<Digest>> {
        unimplemented!("skeleton")
    }
}

impl Effect for BuildImage {
    fn title(&self) -> String {
        format!("build the image `{}{}` for {}", self.name, self.suffix, self.platforms.join(", "))
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
