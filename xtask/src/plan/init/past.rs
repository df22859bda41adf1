//! What the commits of a repository show: which places moved from which version to which, and when.
//!
//! ```text
//! pick     path + text of today          → is the file worth a look?
//! miner    commits                       → the texts that are wanted, file by file, from today back
//! chain    one file, from today back      → where its lines are today
//! lines    two texts                     → what went, what came
//! mask     a line                        → its versions, and the line without them
//! pair     what went + what came         → moves, rows of lists that grow, where lines are today
//! tags     tags + changes                → which commit made a tag's version
//! twins    changes                       → a bump that was picked and merged, once
//! ```
//!
//! git is asked by the caller: for the list of commits with the files that each changed, and for the texts. Comparing them
//! here and not by `git log -p` leaves out most of them, and tells where a line is today.

mod chain;
#[cfg(test)]
mod fuzz;
mod lines;
pub(crate) mod mask;
mod miner;
mod pair;
mod pick;
mod tags;
#[cfg(test)]
mod tests;
mod twins;

pub use miner::{Ask, MOST_FILES, Miner};
pub use pick::is_known;
pub use tags::number;

/// A commit, as a list of commits has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// Its id.
    pub oid: String,
    /// It has several parents.
    pub merge: bool,
    /// When it was committed: seconds since 1970.
    pub seconds: u64,
    /// A program made it that keeps dependencies up to date.
    pub updater: bool,
    /// The first line of its message.
    pub subject: String,
    /// How many files it changes.
    pub files: usize,
    /// The files that it changes, without submodules and symlinks; the first ones where they are too many.
    pub touched: Vec<Touched>,
}

/// A file that a commit changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Its path after, or before where it goes.
    pub path: String,
    /// Its path before, where it is another one.
    pub from: Option<String>,
    /// The blob before; none where it comes.
    pub old: Option<String>,
    /// The blob after; none where it goes.
    pub new: Option<String>,
}

/// The commits that were read, as far as they moved a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Commits in which at least one version moved, the newest first.
    pub changes: Vec<Change>,
    /// How many commits were read, those without a move too.
    pub read: usize,
    /// Why older commits were not read.
    pub end: End,
}

/// Where the reading of commits ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// At the first commit: everything was read.
    #[default]
    Root,
    /// Enough moves were seen, or enough commits read.
    Enough,
    /// Time ran out, or the files are too large; what was read counts.
    Late,
    /// The clone is shallow: older commits are not here.
    Shallow,
}

/// A commit in which versions moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Its id.
    pub oid: String,
    /// When it was committed: seconds since 1970.
    pub seconds: u64,
    /// A program made it that keeps dependencies up to date.
    pub updater: bool,
    /// The first line of its message.
    pub subject: String,
    /// The tags that mark it, or that mark a later commit and speak of the version that it made.
    pub tags: Vec<String>,
    /// How many files it changes.
    pub files: usize,
    /// The lines that differ in versions only, in the order of the patch.
    pub moves: Vec<Move>,
    /// New lines that have the form of a line beside them, with another version: a list that grows.
    pub inserted: Vec<Inserted>,
}

/// A line of which only version tokens changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Move {
    /// The file's path today: renames since then are followed. The path of that time where the file is gone.
    pub path: String,
    /// The line's number before, from 1.
    pub old_line: usize,
    /// The line's number after, from 1.
    pub new_line: usize,
    /// The line's number today, from 1, as far as it can be followed: none where it went since, or was rewritten.
    pub today: Option<usize>,
    /// The line after, with `\0` in place of each version token: what makes it the same place at another time.
    pub mask: String,
    /// Each token before and after, from left to right; the same twice where it stayed.
    pub tokens: Vec<(String, String)>,
}

/// A line that was added to a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inserted {
    /// The file's path today.
    pub path: String,
    /// The line's number after, from 1.
    pub line: usize,
    /// As [`Move::mask`].
    pub mask: String,
    /// The versions in it, from left to right.
    pub tokens: Vec<String>,
}

/// Programs that keep dependencies up to date, as they call themselves.
const UPDATERS: &[&str] =
    &["renovate", "dependabot", "greenkeeper", "pre-commit-ci", "pyup-bot", "scala-steward", "snyk-bot", "depfu"];

/// Does the author's name, or the subject of a merge, name a program that keeps dependencies up to date?
pub fn is_updater(words: &str) -> bool {
    let words = words.to_lowercase();
    UPDATERS.iter().any(|name| words.contains(name))
}

#[cfg(test)]
mod updaters {
    use super::is_updater;

    #[test]
    fn programs_that_keep_dependencies_are_known() {
        for words in ["dependabot[bot]", "Merge branch 'renovate/redis-7.x'", "Mend Renovate"] {
            assert!(is_updater(words), "{words}");
        }
        for words in ["Ada Lovelace", "Merge pull request #7 from ada/redis", ""] {
            assert!(!is_updater(words), "{words}");
        }
    }
}
