//! Releases and pull requests on GitHub: what a look finds is remembered for a pass.

pub mod pulls;

use std::rc::Rc;

use crate::error::Failure;
use crate::resolve::release::AssetRule;
use crate::step::prepared::Prepared;

/// What the forge said since the pass began.
#[derive(Debug, Default)]
pub struct Looks {}

/// A repository on a forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// `github.com`
    pub host: String,
    /// `acme/app`
    pub name: String,
}

/// The release that shall be there.
#[derive(Debug)]
pub struct Wanted {
    /// Where.
    pub repository: Repository,
    /// The git tag that it is on.
    pub tag: String,
    /// Its title.
    pub title: String,
    /// What a person wrote, in Markdown; none where the release has its tag and this checkout no notes any more. What
    /// the forge has is then taken as it is, and there is nothing to make a draft of.
    pub body: Option<String>,
    /// Is it a candidate?
    pub prerelease: bool,
    /// Is there no higher version?
    pub latest: bool,
    /// Files that are attached.
    pub assets: Vec<(AssetRule, Option<String>)>,
    /// The name of the asset with the checksums of all others.
    pub checksums: Option<String>,
    /// The commit that is released is the one that these mark.
    pub prepared: Rc<Prepared>,
}

impl Wanted {
    /// What a draft is made of; who has no notes waits for them.
    pub fn notes(&self) -> Result<&str, Failure> {
        let missing = || {
            Failure::waiting(format!("there is no draft of `{}`, and nobody has written what it says", self.tag))
                .hint("put its notes back into this checkout, then run the same command again")
        };
        self.body.as_deref().ok_or_else(missing)
    }
}
