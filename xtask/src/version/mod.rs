//! Version numbers as projects really write them: never normalised, always ordered.
//!
//! ```text
//! 1!2022.4.0b1+local      1.2.0-rc.1+build.5
//! ^ ^^^^^^^^ ^^ ^^^^^     ^^^^^ ^^^^^ ^^^^^^^
//! | numbers  |  build     numbers tail build
//! epoch      tail
//! ```
//!
//! [`Version::parse`] takes every shape that a manifest may hold, a [`Scheme`] says which of them a track
//! allows, a [`Dialect`] writes one version as an ecosystem wants it, and [`Version::bump`] counts.

mod alike;
mod bump;
mod date;
pub mod dialect;
pub mod level;
mod mark;
mod order;
mod part;
mod scheme;
#[cfg(test)]
mod tests;

use std::fmt;

pub use date::Date;
pub use dialect::Dialect;
pub use level::{Level, Number};
pub use part::Part;
pub use scheme::Scheme;

/// The longest version taken, in characters: also the longest image tag that registries take.
pub const MAX_LENGTH: usize = 128;

/// A version, exactly as it was written.
///
/// Two versions are equal (`==`) when their texts are; [`Version::compare`] is the order of releases, in which
/// `1.2`, `1.2.0` and `1.2.0+build` stand at one place. That is why there is no `Ord`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    text: String,
    /// Where the numbers begin: after the epoch and its `!`, mostly 0.
    start: usize,
    /// Where the numbers end and the tail (`-rc.1`, `b3`, `.dev0`) begins.
    numbers_end: usize,
    /// Where the tail ends: the `+`, or the end.
    tail_end: usize,
}

/// Why a text is no version, or not one of the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionError {
    /// What is wrong: lowercase, no period.
    pub message: String,
    /// The next move.
    pub hint: Option<String>,
}

impl VersionError {
    /// An error with its next move.
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

impl fmt::Display for VersionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for VersionError {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Version {
    /// Reads a version; nothing is normalised.
    ///
    /// The grammar is an allow-list, so that a version can stand in a command line, a file name or a tag:
    /// `[EPOCH!] NUMBER(.NUMBER)* TAIL? (+BUILD)?` of at most [`MAX_LENGTH`] ASCII letters, digits and `.-+_~!`.
    ///
    /// # Errors
    /// Anything else; the message names the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        check_characters(text)?;
        let (start, numbers_end, tail_end) = find_pieces(text)?;
        check_tail(text, &text[numbers_end..tail_end])?;
        check_build(text, &text[tail_end..])?;
        Ok(Self { text: text.to_owned(), start, numbers_end, tail_end })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Does it carry a pre-release or development mark? Words nobody knows (`-uv-testing`) count as one.
    pub fn is_prerelease(&self) -> bool {
        self.mark().is_prerelease()
    }

    /// Is it a candidate of this version? One of a candidate isn't one.
    pub fn is_candidate_of(&self, version: &Self) -> bool {
        let is_of = self.part(Part::Release) == version.part(Part::Release);
        self.is_prerelease() && !version.is_prerelease() && is_of
    }

    /// `1!` of `1!2.0`, mostly empty.
    fn epoch_text(&self) -> &str {
        &self.text[..self.start]
    }

    /// `1.2.0` of `1.2.0-rc.1`.
    fn numbers_text(&self) -> &str {
        &self.text[self.start..self.numbers_end]
    }

    /// `1`, `2`, `0` of `1.2.0-rc.1`; at least one, each a run of digits as written.
    fn numbers(&self) -> Vec<&str> {
        self.numbers_text().split('.').collect()
    }

    /// `-rc.1`, `b3`, `.dev0` with its separator, or nothing.
    fn tail(&self) -> &str {
        &self.text[self.numbers_end..self.tail_end]
    }

    /// `build.5` of `1.2.0+build.5`.
    fn build(&self) -> Option<&str> {
        self.text[self.tail_end..].strip_prefix('+')
    }
}

/// The part of the grammar that keeps a version harmless, whatever is done with it.
fn check_characters(text: &str) -> Result<(), VersionError> {
    let Some(first) = text.chars().next() else {
        return Err(VersionError::new("an empty text is no version", "write a version such as `1.2.0`"));
    };
    let length = text.chars().count();
    if length > MAX_LENGTH {
        let start: String = text.chars().take(20).flat_map(char::escape_debug).collect();
        return Err(VersionError::new(
            format!("`{start}…` is no version: it has {length} characters"),
            format!("a version has at most {MAX_LENGTH}"),
        ));
    }
    let shown = text.escape_debug();
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !".-+_~!".contains(*c)) {
        return Err(VersionError::new(
            format!("`{shown}` is no version: it holds `{}`", bad.escape_debug()),
            "a version is made of ASCII letters, digits and `.-+_~!`",
        ));
    }
    if first.is_ascii_digit() {
        return Ok(());
    }
    let rest = text[1..].chars().next();
    let hint = if matches!(first, 'v' | 'V') && rest.is_some_and(|c| c.is_ascii_digit()) {
        format!("the `{first}` belongs into the template, as in `{first}{{app}}`; the version is `{}`", &text[1..])
    } else {
        "a version begins with a digit, as in `1.2.0`; what stands before it belongs into the template".to_owned()
    };
    Err(VersionError::new(format!("`{shown}` is no version: it begins with `{first}`"), hint))
}

/// Start and end of the numbers, end of the tail. The text begins with a digit.
fn find_pieces(text: &str) -> Result<(usize, usize, usize), VersionError> {
    let tail_end = text.find('+').unwrap_or(text.len());
    let start = match text.find('!') {
        None => 0,
        Some(at) if text[..at].bytes().all(|b| b.is_ascii_digit()) => at + 1,
        Some(_) => return Err(misplaced(text, "!", "`!` ends an epoch, as in `1!2.0`")),
    };
    if !text[start..].starts_with(|c: char| c.is_ascii_digit()) {
        return Err(misplaced(text, "!", "after the epoch comes a number, as in `1!2.0`"));
    }
    if text[start..].contains('!') {
        return Err(misplaced(text, "!", "a version has one epoch, as in `1!2.0`"));
    }
    let bytes = text.as_bytes();
    let mut end = start;
    loop {
        end += bytes[end..].iter().take_while(|b| b.is_ascii_digit()).count();
        let another = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if !another {
            return Ok((start, end, tail_end));
        }
        end += 1;
    }
}

/// A tail has no empty pieces; hyphens are free only where semver has them, behind the first one.
fn check_tail(text: &str, tail: &str) -> Result<(), VersionError> {
    let Some(first) = tail.chars().next() else { return Ok(()) };
    let body = tail.strip_prefix(['-', '.', '_', '~']).unwrap_or(tail);
    if body.split(['.', '~']).any(str::is_empty) {
        return Err(empty_piece(text));
    }
    if first != '-' && body.starts_with(['-', '_']) {
        return Err(empty_piece(text));
    }
    if tail.matches('~').count() > 1 {
        return Err(misplaced(text, "~", "one `~` marks a pre-release, as in `1.2.0~rc.1`"));
    }
    Ok(())
}

/// Build metadata, with its `+`: pieces between dots.
fn check_build(text: &str, build: &str) -> Result<(), VersionError> {
    let Some(build) = build.strip_prefix('+') else { return Ok(()) };
    if build.contains(['+', '~']) {
        let sign = if build.contains('+') { "+" } else { "~" };
        return Err(misplaced(text, sign, "after the `+` come letters, digits and dots, as in `1.2.0+build.5`"));
    }
    if build.split('.').any(str::is_empty) {
        return Err(empty_piece(text));
    }
    Ok(())
}

fn empty_piece(text: &str) -> VersionError {
    VersionError::new(
        format!("`{text}` is no version: a piece of it is empty"),
        "between two separators, and after the last, something stands, as in `1.2.0-rc.1`",
    )
}

fn misplaced(text: &str, sign: &str, hint: &str) -> VersionError {
    VersionError::new(format!("`{text}` is no version: its `{sign}` is misplaced"), hint)
}
