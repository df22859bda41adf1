//! `release-config/release.toml` as it is written: nothing is defaulted here, and every value knows its place.

pub mod keys;
mod read;
pub mod schema;

use std::ops::Range;
use std::time::Duration;

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
    /// Its tables, those of one kind together and in the order of the file.
    pub tables: Vec<Table>,
}

impl Config {
    /// A failure of configuration at a span of the file.
    pub fn failure(&self, span: &Range<usize>, message: impl Into<String>) -> Failure {
        Failure::usage(message).at(Place::span(&self.path, &self.text, span.clone()))
    }

    /// All mistakes of the file as one failure, in the order of the file.
    pub fn refuse(mut mistakes: Vec<Failure>) -> Result<(), Failure> {
        mistakes.sort_by_key(|failure| failure.place.as_ref().and_then(|place| place.at));
        Failure::all(mistakes)
    }

    /// All tables of a kind: `track`.
    pub fn all(&self, kind: &str) -> impl Iterator<Item = &Table> {
        debug_assert!(keys::TABLES.iter().any(|table| table.name == kind), "no table is called `{kind}`");
        self.tables.iter().filter(move |table| table.kind.name == kind)
    }

    /// The table of a kind that stands there once: `project`.
    pub fn one(&self, kind: &str) -> Option<&Table> {
        self.all(kind).next()
    }
}

/// A table as written. What its keys can be, [`keys::TABLES`] says.
#[derive(Clone, Debug)]
pub struct Table {
    /// Which table it is.
    pub kind: &'static keys::Table,
    /// The name in its header, `app` in `[track.app]`, with its place; without one, the whole header's place.
    pub name: Spanned<String>,
    /// `FORMAT.LOCATOR = TEMPLATE` of a manifest, in the order of the file.
    pub entries: Vec<EntryConfig>,
    values: Vec<(&'static str, Written)>,
}

/// A value as written, once its kind has been looked at.
#[derive(Clone, Debug)]
enum Written {
    Texts(Vec<Spanned<String>>),
    Bool(bool),
    Duration(Spanned<Duration>),
    Map(Vec<(Spanned<String>, Spanned<String>)>),
}

impl Table {
    /// Where it begins.
    pub fn span(&self) -> &Range<usize> {
        &self.name.span
    }

    fn written(&self, key: &str) -> Option<&Written> {
        debug_assert!(self.kind.find_key(key).is_some(), "`{}` has no key `{key}`", self.kind.name);
        self.values.iter().find(|(name, _)| *name == key).map(|(_, written)| written)
    }

    /// Is the key there?
    pub fn has(&self, key: &str) -> bool {
        self.written(key).is_some()
    }

    /// The strings of a list, or the one that stands for it.
    pub fn texts(&self, key: &str) -> &[Spanned<String>] {
        match self.written(key) {
            Some(Written::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// A string.
    pub fn text(&self, key: &str) -> Option<&Spanned<String>> {
        self.texts(key).first()
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.written(key) {
            Some(Written::Bool(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A length of time.
    pub fn duration(&self, key: &str) -> Option<&Spanned<Duration>> {
        match self.written(key) {
            Some(Written::Duration(duration)) => Some(duration),
            _ => None,
        }
    }

    /// Names and their strings.
    pub fn map(&self, key: &str) -> &[(Spanned<String>, Spanned<String>)] {
        match self.written(key) {
            Some(Written::Map(pairs)) => pairs,
            _ => &[],
        }
    }
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
    /// The same, but not for a pre-release; checked where the track is at none (`on = "final"`).
    pub on_final: bool,
}

/// How many hits a locator must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Exactly so many.
    Exactly(usize),
    /// One or more (`count = "each"`).
    Each,
}

/// The known name that is most like this one, if one is like it at all; of equals one with the same first letter.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    near(name, known).into_iter().next()
}

/// All known names that are like this one, the likest first.
pub fn near<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let limit = (name.chars().count() / 2).max(1);
    let far = |other: &str| (distance(name, other), other.chars().next() != name.chars().next());
    let known = known.into_iter().map(|other| (far(other), other));
    let mut near: Vec<_> = known.filter(|((distance, _), _)| *distance <= limit).collect();
    near.sort_by_key(|(far, _)| *far);
    near.into_iter().map(|(_, other)| other).collect()
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
