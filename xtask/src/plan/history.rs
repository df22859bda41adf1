//! Commits of a line, as data: what the freeze judges and what notes are made of.

use std::collections::{HashMap, HashSet};

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub oid: String,
    /// What it stands on; more than one for a merge.
    pub parents: Vec<String>,
    /// The first line of its message.
    pub subject: String,
    /// The whole message.
    pub message: String,
    /// The paths that it changes; of a merge, what it brings to its first parent.
    pub paths: Vec<String>,
}

impl Commit {
    /// Has it more than one parent?
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }

    /// The ids that its message says it reverts.
    pub fn reverted(&self) -> Vec<&str> {
        let after = |words: &str| -> Vec<&str> {
            let pieces = self.message.split(words).skip(1);
            pieces.filter_map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next()).collect()
        };
        let mut oids = after("This reverts commit ");
        oids.extend(after(", reversing\nchanges made to "));
        oids.retain(|oid| oid.len() >= 7);
        oids
    }
}

/// Commits, by their ids.
pub(crate) struct History<'c> {
    /// As they were given.
    pub commits: &'c [Commit],
    places: HashMap<&'c str, usize>,
}

impl<'c> History<'c> {
    pub fn new(commits: &'c [Commit]) -> Self {
        let places = commits.iter().enumerate().map(|(at, commit)| (commit.oid.as_str(), at)).collect();
        Self { commits, places }
    }

    /// The place of a commit, by its whole id or the beginning of it.
    pub fn find(&self, oid: &str) -> Option<usize> {
        let begins = |commit: &Commit| oid.len() >= 7 && commit.oid.starts_with(oid);
        self.places.get(oid).copied().or_else(|| self.commits.iter().position(begins))
    }

    /// What a merge brought in: the commits that its other parents have and its first has not.
    pub fn merged(&self, merge: &Commit) -> HashSet<usize> {
        let mut brought = self.reach(merge.parents.iter().skip(1));
        let before = self.reach(merge.parents.iter().take(1));
        brought.retain(|at| !before.contains(at));
        brought
    }

    fn reach<'o>(&self, oids: impl Iterator<Item = &'o String>) -> HashSet<usize> {
        let mut seen = HashSet::new();
        let mut open: Vec<usize> = oids.filter_map(|oid| self.places.get(oid.as_str()).copied()).collect();
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(self.commits[at].parents.iter().filter_map(|oid| self.places.get(oid.as_str()).copied()));
            }
        }
        seen
    }

    /// Is there a parent, besides the first, that these commits don't show?
    pub fn brings_unseen(&self, merge: &Commit) -> bool {
        merge.parents.iter().skip(1).any(|oid| !self.places.contains_key(oid.as_str()))
    }
}

/// An id as people read it.
pub fn short(oid: &str) -> &str {
    oid.get(..10).unwrap_or(oid)
}
