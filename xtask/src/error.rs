//! What went wrong, for a person: the thing, the cause, the place and the next move.

use std::fmt;

/// How the program ends; documented in the README, so that scripts can branch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// `check` found sites that disagree.
    Drift = 1,
    /// The command line or `release.toml` is wrong: nothing was tried.
    Usage = 2,
    /// A program or the file system failed: the same command goes on.
    Tool = 3,
    /// The world contradicts what was asked: a person must decide.
    World = 4,
    /// A person or a gate is waited for.
    Waiting = 5,
}

/// Where in a text something stands. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path as the user knows it: relative to the repository, with `repo:` before it in another one.
    pub path: String,
    /// Line, and column in characters.
    pub at: Option<(usize, usize)>,
    /// The line itself and how many of its characters are meant, to be underlined.
    pub source: Option<(String, usize)>,
}

impl Place {
    /// A file as a whole.
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), at: None, source: None }
    }

    /// A span of bytes in the text of a file.
    pub fn span(path: impl Into<String>, text: &str, span: std::ops::Range<usize>) -> Self {
        let (line, column) = line_column(text, span.start);
        let source = text.get(line_start(text, span.start)..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let width = text.get(span).unwrap_or_default().lines().next().unwrap_or_default().chars().count();
        Self { path: path.into(), at: Some((line, column)), source: Some((source.trim_end().to_owned(), width.max(1))) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// Line and column of a byte offset, both from 1; the column counts characters. `\n`, `\r\n` and a lone `\r` end a line.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = floor_char_boundary(text, offset);
    let start = line_start(text, offset);
    let before = text.as_bytes()[..start].iter().enumerate();
    let breaks =
        before.filter(|&(at, &byte)| byte == b'\n' || byte == b'\r' && text.as_bytes().get(at + 1) != Some(&b'\n'));
    (breaks.count() + 1, text[start..offset].chars().filter(|&c| c != '\u{feff}').count() + 1)
}

fn line_start(text: &str, offset: usize) -> usize {
    let offset = floor_char_boundary(text, offset);
    text.as_bytes()[..offset].iter().rposition(|&byte| byte == b'\n' || byte == b'\r').map_or(0, |at| at + 1)
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// An error that a person reads: exit code, place, message, hint; and the further ones found in the same look.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// Where it is, if it is anywhere.
    pub place: Option<Place>,
    /// What is wrong: lowercase, values in backticks, no period.
    pub message: String,
    /// The next move.
    pub hint: Option<String>,
    /// What else is wrong: all is said at once.
    pub more: Vec<Failure>,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, place: None, message: message.into(), hint: None, more: Vec::new() }
    }

    /// The command line or the configuration is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A program or the file system failed.
    pub fn tool(message: impl Into<String>) -> Self {
        Self::new(Exit::Tool, message)
    }

    /// The world contradicts what was asked.
    pub fn world(message: impl Into<String>) -> Self {
        Self::new(Exit::World, message)
    }

    /// A person, a gate or somebody else's machine is waited for.
    pub fn waiting(message: impl Into<String>) -> Self {
        Self::new(Exit::Waiting, message)
    }

    /// The same, with the next move.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, at a place.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// This one and what was found beside it, one by one.
    pub fn each(mut self) -> Vec<Failure> {
        let more = std::mem::take(&mut self.more);
        std::iter::once(self).chain(more.into_iter().flat_map(Failure::each)).collect()
    }

    /// All of these as one; nothing when there are none.
    pub fn all(failures: Vec<Failure>) -> Result<(), Failure> {
        let mut rest = failures.into_iter();
        let Some(mut first) = rest.next() else { return Ok(()) };
        first.more.extend(rest);
        Err(first)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, offset: usize, expected: (usize, usize)) {
        assert_eq!(line_column(text, offset), expected);
    }

    #[test]
    fn lines_end_in_three_ways_and_columns_are_characters() {
        check("a\nb", 2, (2, 1));
        check("a\r\nb", 3, (2, 1));
        check("a\rb", 2, (2, 1));
        check("é: 1", 4, (1, 4));
        check("\u{feff}a", 3, (1, 1));
        check("", 9, (1, 1));
        check("é", 1, (1, 1));
    }

    #[test]
    fn a_place_shows_its_line() {
        let place = Place::span("a.toml", "x = 1\nyml.version = 2\n", 6..9);
        assert_eq!(place.to_string(), "a.toml:2:1");
        assert_eq!(place.source, Some(("yml.version = 2".to_owned(), 3)));
    }
}
