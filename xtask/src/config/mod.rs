//! `release-config/release.toml` as it is written: nothing is defaulted here, and every value knows its place.

pub mod keys;
mod read;
pub mod schema;

use std::ops::Range;

use crate::error::{Failure, Place};

pub use read::parse;

/// A value and the bytes of the file that say it.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// What is said.
    pub value: T,
    /// Where.
    pub span: Range<usize>,
}

/// The file as written.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Its path, for messages.
    pub path: String,
    /// Its text, for messages.
    pub text: String,
    /// `[project]`
    pub project: ProjectConfig,
    /// `[track.NAME]`, in the order of the file.
    pub tracks: Vec<TrackConfig>,
    /// `[repo.NAME]`, in the order of the file.
    pub repos: Vec<RepoConfig>,
    /// `[[manifest]]`, in the order of the file.
    pub manifests: Vec<ManifestConfig>,
    /// `[[allow]]`, in the order of the file.
    pub allows: Vec<AllowConfig>,
}

impl Config {
    /// A failure of configuration at a span of the file.
    pub fn failure(&self, span: &Range<usize>, message: impl Into<String>) -> Failure {
        Failure::usage(message).at(Place::span(&self.path, &self.text, span.clone()))
    }
}

/// `[project]`
#[derive(Clone, Debug, Default)]
pub struct ProjectConfig {
    /// The project's name.
    pub name: Option<Spanned<String>>,
    /// Template of a bump's commit subject.
    pub commit: Option<Spanned<String>>,
}

/// `[track.NAME]`
#[derive(Clone, Debug)]
pub struct TrackConfig {
    /// The name in the header.
    pub name: Spanned<String>,
    /// See [`keys::TRACK`].
    pub scheme: Option<Spanned<String>>,
    /// See [`keys::TRACK`].
    pub bump: Option<Spanned<String>>,
    /// See [`keys::TRACK`].
    pub with: Vec<Spanned<String>>,
    /// See [`keys::TRACK`].
    pub repo: Option<Spanned<String>>,
    /// See [`keys::TRACK`].
    pub branch: Option<Spanned<String>>,
    /// See [`keys::TRACK`].
    pub tag: Option<Spanned<String>>,
    /// See [`keys::TRACK`].
    pub message: Option<Spanned<String>>,
}

/// `[repo.NAME]`
#[derive(Clone, Debug)]
pub struct RepoConfig {
    /// The name in the header.
    pub name: Spanned<String>,
    /// See [`keys::REPO`].
    pub path: Option<Spanned<String>>,
    /// See [`keys::REPO`].
    pub url: Option<Spanned<String>>,
    /// See [`keys::REPO`].
    pub branch: Option<Spanned<String>>,
    /// See [`keys::REPO`].
    pub commit: Option<Spanned<String>>,
}

/// `[[manifest]]`
#[derive(Clone, Debug)]
pub struct ManifestConfig {
    /// The header or the whole table.
    pub span: Range<usize>,
    /// See [`keys::MANIFEST`].
    pub repo: Option<Spanned<String>>,
    /// See [`keys::MANIFEST`].
    pub paths: Vec<Spanned<String>>,
    /// See [`keys::MANIFEST`].
    pub only: Vec<Spanned<String>>,
    /// See [`keys::MANIFEST`].
    pub exclude: Vec<Spanned<String>>,
    /// `FORMAT.LOCATOR = TEMPLATE`, in the order of the file.
    pub entries: Vec<EntryConfig>,
}

/// One `FORMAT.LOCATOR = TEMPLATE`.
#[derive(Clone, Debug)]
pub struct EntryConfig {
    /// A name in [`crate::locate::FORMATS`].
    pub format: &'static str,
    /// As written, nested keys joined by dots.
    pub locator: Spanned<String>,
    /// As written.
    pub template: Spanned<String>,
    /// How many hits there must be, if it is said.
    pub count: Option<Count>,
    /// Written when a version moves, not checked otherwise (`on = "bump"`).
    pub on_bump: bool,
}

/// How many hits a locator must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Exactly so many.
    Exactly(usize),
    /// One or more (`count = "each"`).
    Each,
}

/// `[[allow]]`
#[derive(Clone, Debug)]
pub struct AllowConfig {
    /// The header or the whole table.
    pub span: Range<usize>,
    /// See [`keys::ALLOW`].
    pub repo: Option<Spanned<String>>,
    /// See [`keys::ALLOW`].
    pub path: Spanned<String>,
    /// See [`keys::ALLOW`].
    pub says: Spanned<String>,
    /// See [`keys::ALLOW`].
    pub reason: Spanned<String>,
    /// See [`keys::ALLOW`].
    pub until: Option<Spanned<String>>,
}

/// The known name that is most like this one, if one is like it at all; of equals one with the same first letter.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let limit = (name.chars().count() / 2).max(1);
    let far = |other: &&str| (distance(name, other), other.chars().next() != name.chars().next());
    known.into_iter().filter(|other| far(other).0 <= limit).min_by_key(far)
}

/// Edits from one name to the other: insert, delete, replace, or swap two neighbours.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.to_lowercase().chars().collect(), to.to_lowercase().chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for i in 0..=from.len() {
        for j in 0..=to.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(from[i - 1] != to[j - 1]);
                let plain = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                let swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                if swapped { plain.min(rows[i - 2][j - 2] + 1) } else { plain }
            };
        }
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests;
