//! What this process knows of a repository's objects, so that git isn't asked twice.
//!
//! An object's id is its contents: what was read of it once is true for ever, whoever does what in between. References
//! are another matter: those of the tool's own are remembered until this process moves one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::build::Modes;
use super::{NewCommit, Signature, TagObject};

/// Shared by all that look at the same repository. Not a part of what a repository is: all are equal.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Arc<Mutex<Known>>);

/// See the fields.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The objects that were made here, by this process.
    pub made: BTreeSet<String>,
    /// The objects that are here with all that they are made of.
    pub whole: BTreeSet<String>,
    /// By commit, what `ls-tree` lists of it, folders too.
    pub trees: BTreeMap<String, Arc<Vec<u8>>>,
    /// By commit, the mode of every path: of the last commits that were made here.
    pub modes: BTreeMap<String, Arc<Modes>>,
    /// By commit, when it was made: seconds since 1970.
    pub seconds: BTreeMap<String, u64>,
    /// By commit, the id of its files: of those that were made here.
    pub tree_ids: BTreeMap<String, String>,
    /// By id, what a file holds.
    pub files: BTreeMap<String, Arc<Vec<u8>>>,
    /// By id, what a tag object says; none for what is no tag.
    pub tags: BTreeMap<String, Option<TagObject>>,
    /// Pairs of commits, the earlier one first.
    pub lines: BTreeSet<(String, String)>,
    /// Lists of commits that were made, by whom, and their ids.
    pub built: Vec<(Vec<NewCommit>, Signature, Vec<String>)>,
    /// The ids that texts would have as files.
    pub texts: BTreeMap<String, String>,
    /// The tool's own references, apart from those that only keep what was fetched.
    pub own_refs: Option<BTreeMap<String, String>>,
}

impl Memory {
    pub(super) fn lock(&self) -> MutexGuard<'_, Known> {
        // A thread that panicked while it held the lock has inserted or has not: both are true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Memory {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memory {}
