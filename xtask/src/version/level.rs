//! The words that say how far a version moves.

use std::fmt;

/// How far a version moves. What each does is with [`Version::bump`](super::Version::bump).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// The third number.
    Patch,
    /// The next pre-release: of the named word, or of the word that is there.
    Pre(Option<String>),
    /// The final release that the pre-release was for.
    Final,
    /// The next development version.
    Dev,
    /// What comes next by the scheme.
    Next,
    /// The first pre-release of the next such number: `minor-rc`, `patch-beta`, `minor-dev`.
    First(Number, String),
}

/// One of the first three numbers of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// The first.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
}

impl Number {
    /// Counted from 0.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// As it is called in levels.
    pub fn name(self) -> &'static str {
        match self {
            Number::Major => "major",
            Number::Minor => "minor",
            Number::Patch => "patch",
        }
    }

    fn parse_name(name: &str) -> Option<Self> {
        [Number::Major, Number::Minor, Number::Patch].into_iter().find(|number| number.name() == name)
    }
}

/// The pre-release words that may be asked for by name; others are counted up by `pre`.
const WORDS: [&str; 5] = ["alpha", "beta", "rc", "preview", "testing"];

impl Level {
    /// The plain levels, for help and for "did you mean".
    pub const NAMES: [&str; 10] = ["major", "minor", "patch", "pre", "rc", "beta", "alpha", "final", "dev", "next"];

    /// Reads `minor`, `rc`, `minor-rc` …; `None` for everything else, versions too.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "major" => return Some(Level::Major),
            "minor" => return Some(Level::Minor),
            "patch" => return Some(Level::Patch),
            "pre" => return Some(Level::Pre(None)),
            "final" => return Some(Level::Final),
            "dev" => return Some(Level::Dev),
            "next" => return Some(Level::Next),
            _ => {}
        }
        if WORDS.contains(&text) {
            return Some(Level::Pre(Some(text.to_owned())));
        }
        let (number, word) = text.split_once('-')?;
        let known = word == "dev" || WORDS.contains(&word);
        Number::parse_name(number).filter(|_| known).map(|number| Level::First(number, word.to_owned()))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::Major => f.write_str("major"),
            Level::Minor => f.write_str("minor"),
            Level::Patch => f.write_str("patch"),
            Level::Pre(word) => f.write_str(word.as_deref().unwrap_or("pre")),
            Level::Final => f.write_str("final"),
            Level::Dev => f.write_str("dev"),
            Level::Next => f.write_str("next"),
            Level::First(number, word) => write!(f, "{}-{word}", number.name()),
        }
    }
}
