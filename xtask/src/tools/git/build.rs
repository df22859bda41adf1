//! Commits and tags that are made of bytes, in a bare clone: no work tree, no hooks, no filters.

use std::path::Path;

use anyhow::Result;

use super::Git;

/// Who makes commits and tags, and when: the same for all objects of a release, so that a second machine makes the
/// same ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `Ada Lovelace`
    pub name: String,
    /// `ada@example.com`
    pub email: String,
    /// Seconds since 1970, UTC.
    pub seconds: u64,
}

/// What a new commit stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// A commit.
    Commit(String),
    /// The commit before it in the same list.
    Previous,
    /// Nothing: the first commit of a branch.
    None,
}

/// A commit to be made: its parent's files, with these changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// What it stands on.
    pub parent: Parent,
    /// Paths and their new contents. A path that is there keeps its mode; a new one is an ordinary file.
    pub files: Vec<(String, Vec<u8>)>,
    /// The whole message.
    pub message: String,
}

/// An annotated tag to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTag {
    /// Without `refs/tags/`.
    pub name: String,
    /// The commit's id.
    pub target: String,
    /// The whole message.
    pub message: String,
    /// With the user's own key.
    pub signed: bool,
}

impl Git {
    /// Makes commits and gives their ids. The same input gives the same ids. No branch moves.
    pub fn build_commits(&self, _commits: &[NewCommit], _who: &Signature) -> Result<Vec<String>> {
        unimplemented!()
    }

    /// Makes a tag object and gives its id. No reference is made.
    pub fn build_tag(&self, _tag: &NewTag, _who: &Signature) -> Result<String> {
        unimplemented!()
    }

    /// Writes the files of a commit, or of a folder of it, into an empty folder.
    pub fn export(&self, _commit: &str, _folder_of_it: &str, _into: &Path) -> Result<()> {
        unimplemented!()
    }
}
