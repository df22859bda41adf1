//! Where versions stand in a text: locators of every format, and the one splice that changes them.
//!
//! A format turns a text and its locators into [`Hit`]s: byte spans with the value that stands there. It knows no
//! paths, does no input or output, and never writes a file anew: [`splice`] replaces the spans and proves that nothing
//! else changed.
//!
//! A new format is one file here and one line in [`formats!`] below.

#[cfg(test)]
mod fuzz;
mod lines;
pub mod path;
pub mod splice;

use std::fmt;
use std::ops::Range;

use path::outline::Outline;

/// One place where a locator hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The bytes that are replaced: the whole token, quotes included where the format has them.
    pub span: Range<usize>,
    /// The value that stands there, without quotes and escapes.
    pub value: String,
}

/// One scalar of a structured text: what it is must survive a splice somewhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The bytes of the scalar, in the form of [`Hit::span`].
    pub span: Range<usize>,
    /// A fingerprint of its value *and* its type: `1.10` as a number differs from `"1.10"`.
    pub print: u64,
}

/// What one pass over a text finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// For each locator asked for, in the same order, its hits in the order of the text.
    pub hits: Vec<Vec<Hit>>,
    /// Every leaf of the text, in order; empty unless asked for, and for formats without structure.
    pub leaves: Vec<Leaf>,
}

/// Why a text could not be read or changed, or a locator not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocateError {
    /// Byte offset in the text, where one is known.
    pub offset: Option<usize>,
    /// What is wrong: lowercase, no period.
    pub message: String,
    /// The next move.
    pub hint: Option<String>,
}

impl LocateError {
    /// An error about the text or the locator as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self { offset: None, message: message.into(), hint: None }
    }

    /// The same, at a byte offset of the text.
    pub fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same, with the next move.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for LocateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LocateError {}

/// A kind of text in which versions stand.
pub trait Format: Sync {
    /// The key in `release.toml`, such as `yaml`.
    fn name(&self) -> &'static str;

    /// One line for the reference and the schema: what the locator is, with an example.
    fn about(&self) -> &'static str;

    /// Is the locator well written? Asked before any file is read.
    fn check(&self, locator: &str) -> Result<(), LocateError>;

    /// Finds the hits of every locator in one pass. No hit is an empty list, not an error;
    /// a hit that can't be trusted (a duplicate key, an alias, a merge) is an error.
    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError>;

    /// The bytes that make `value` stand at `hit`, in the style of the file.
    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError>;

    /// The tree of a text's values, for the way back from a place to its locator; none for formats without one, and
    /// where the text can't be read.
    fn outline(&self, _text: &str) -> Option<Outline> {
        None
    }

    /// May a locator hit more than once without saying so? Only where it means "every reference".
    fn hits_many(&self) -> bool {
        false
    }
}

/// Declares the modules and lists their formats: each module has a `pub static FORMAT`.
macro_rules! formats {
    ($($module:ident),* $(,)?) => {
        $(pub mod $module;)*
        /// Every format, in the order of the reference.
        pub static FORMATS: &[&dyn Format] = &[$(&$module::FORMAT),*];
    };
}

formats! {
    yaml, toml, json, xml, ini, python, spec, dockerfile, env, image, text, regex, line,
}

/// The format with this name in `release.toml`.
pub fn find_format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// A fingerprint for [`Leaf::print`]: FNV-1a over the type's letter and the value's bytes.
pub fn fingerprint(kind: u8, value: &str) -> u64 {
    let start = (0xcbf2_9ce4_8422_2325_u64 ^ u64::from(kind)).wrapping_mul(0x0100_0000_01b3);
    value.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The letter of a number that every reader shows again as it is written: `i` for `7`, `f` for `1.5`, nothing for
/// `1.10` (which reads as 1.1), `08`, `1e3` or more digits than a double holds.
pub(crate) fn steady_number(text: &str) -> Option<u8> {
    let body = text.strip_prefix('-').unwrap_or(text);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let whole = |part: &str| digits(part) && (part == "0" || !part.starts_with('0'));
    if body.len() > 15 || text == "-0" {
        return None;
    }
    match body.split_once('.') {
        None => whole(body).then_some(b'i'),
        Some((int, fraction)) => (whole(int) && digits(fraction) && !fraction.ends_with('0')).then_some(b'f'),
    }
}

/// The error for a text that its parser doesn't take: `what` is the format's name, `why` the parser's own words.
pub(crate) fn invalid(text: &str, what: &str, why: &str, at: usize) -> LocateError {
    if let Some(mark) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
        let at = text.split_inclusive('\n').take(mark).map(str::len).sum();
        return LocateError::new("the file holds the marks of a merge conflict")
            .at(at)
            .hint("resolve the conflict first");
    }
    let first = why.lines().next().unwrap_or_default();
    LocateError::new(format!("not valid {what}: {first}"))
        .at(at)
        .hint("correct the file, or name the place with `text.'…{}…'`")
}
