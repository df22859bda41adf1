//! Releases and pull requests on GitHub: what a look finds is remembered for a pass.

pub mod pulls;

use std::rc::Rc;

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
    /// What a person wrote, in Markdown.
    pub body: String,
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
