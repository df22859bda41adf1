//! Releases and pull requests on GitHub: what a look finds is remembered for a pass.
//!
//! ```text
//! release.rs   what the forge says of a release        pure
//! mark.rs      how a release is known to be ours       pure
//! compare.rs   what is wanted and what is there        pure
//! judge.rs     what that means for each step           pure
//! files.rs     the files that are to be attached
//! asked.rs     the requests of the release steps
//! pulls.rs     those for pull requests
//! ```

pub mod asked;
pub mod compare;
pub mod files;
pub mod judge;
pub mod mark;
pub mod pulls;
pub mod release;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::Result;

use crate::error::Failure;
use crate::glob::Glob;
use crate::resolve::release::AssetRule;
use crate::step::World;
use crate::step::prepared::Prepared;
use crate::tag::TagPattern;
use crate::tools::as_typed;
use crate::tools::gh::Gh;
use crate::version::Version;
use files::Hashed;
use mark::Mark;
use release::{Asset, Release};

/// What the forge said since the pass began.
#[derive(Debug, Default)]
pub struct Looks {
    releases: RefCell<BTreeMap<Repository, Rc<Vec<Release>>>>,
    hashed: RefCell<Hashed>,
}

impl Looks {
    /// Every release of a repository, drafts too: listed once, until [`Looks::forget`]. Drafts are found in no other way.
    pub fn releases(&self, world: &World<'_>, repository: &Repository) -> Result<Rc<Vec<Release>>> {
        if let Some(known) = self.releases.borrow().get(repository) {
            return Ok(known.clone());
        }
        let list = repository.gh(world).get_all(&repository.path("releases"))?;
        let releases = Rc::new(Release::read_all(&list, repository)?);
        self.releases.borrow_mut().insert(repository.clone(), releases.clone());
        Ok(releases)
    }

    /// The next look asks again.
    pub fn forget(&self) {
        self.releases.borrow_mut().clear();
    }
}

/// A repository on a forge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// `github.com`
    pub host: String,
    /// `acme/app`
    pub name: String,
}

impl Repository {
    /// gh, for this host.
    pub fn gh<'a>(&'a self, world: &World<'a>) -> Gh<'a> {
        Gh::new(&self.host, &world.context.root)
    }

    /// `repos/acme/app/releases`
    pub fn path(&self, rest: &str) -> String {
        format!("repos/{}/{rest}", self.name).trim_end_matches('/').to_owned()
    }

    /// A request as a person types it: `gh api --hostname github.com --method POST PATH …`.
    pub fn typed(&self, method: &str, rest: &str, more: &[&str]) -> Vec<String> {
        let path = self.path(rest);
        let words = ["gh", "api", "--hostname", &self.host, "--method", method, &path];
        words.iter().chain(more).map(|&word| word.to_owned()).collect()
    }

    /// The same as one line.
    pub fn line(&self, method: &str, rest: &str, more: &[&str]) -> String {
        as_typed("", self.typed(method, rest, more))
    }
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
    /// The version, with the name of its track and how its tags are written: for the order of releases.
    pub version: Option<(Version, String, TagPattern)>,
    /// Files that are attached.
    pub assets: Vec<(AssetRule, Option<String>)>,
    /// The name of the asset with the checksums of all others.
    pub checksums: Option<String>,
    /// Names of assets that others attach: they are left alone.
    pub others: Vec<Glob>,
    /// The commit that is released is the one that these mark.
    pub prepared: Rc<Prepared>,
}

impl Wanted {
    /// The commit that the release is of, once it is certain.
    pub fn commit(&self, world: &World<'_>) -> Result<Option<String>> {
        let is_final = self.prepared.claimed || self.prepared.released.is_some();
        if is_final { self.prepared.marked(world) } else { Ok(None) }
    }

    /// What is known of the release in its text.
    pub fn mark(&self, commit: Option<String>, assets: Option<String>) -> Mark {
        Mark { tag: self.tag.clone(), commit, assets }
    }

    /// What of these assets is ours to know.
    pub fn own(&self, assets: &[Asset]) -> Vec<Asset> {
        let is_own = |asset: &&Asset| !self.others.iter().any(|other| other.is_match(&asset.name));
        assets.iter().filter(is_own).cloned().collect()
    }

    /// Is a version of this release's track higher, going by the tag of its release?
    pub fn is_below(&self, tag: &str) -> bool {
        let Some((version, track, pattern)) = &self.version else { return false };
        pattern.solve(track, tag).is_some_and(|other| other.compare(version).is_gt())
    }

    /// What a draft says: the notes, or what ours says already.
    pub fn text(&self, there: Option<&Release>) -> Result<String> {
        match there.filter(|_| self.body.is_none()) {
            Some(there) => Ok(mark::split(&there.body).0),
            None => Ok(self.notes()?.to_owned()),
        }
    }

    /// What a draft is made of; who has no notes waits for them.
    pub fn notes(&self) -> Result<&str, Failure> {
        let missing = || {
            Failure::waiting(format!("there is no draft of `{}`, and nobody has written what it says", self.tag))
                .hint("put its notes back into this checkout, then run the same command again")
        };
        self.body.as_deref().ok_or_else(missing)
    }
}
