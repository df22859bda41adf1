//! What the commits of a repository show: which places moved from which version to which, and when.

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
    /// Time ran out; what was read counts.
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
    /// The first line of its message.
    pub subject: String,
    /// The tags that name it.
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
