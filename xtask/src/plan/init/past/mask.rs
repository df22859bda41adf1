//! The versions of a line, and the line without them.

use std::ops::Range;

use crate::plan::init::token;

/// Longer lines are data, or were put together by a program.
pub(super) const LONGEST: usize = 4 << 10;
/// A line with more versions is a list of them.
const MOST: usize = 24;

/// Words of a name that say: the integer behind it is a version or a part of one.
const WORDS: &[&str] = &[
    "version",
    "ver",
    "major",
    "minor",
    "patch",
    "micro",
    "subminor",
    "bugfix",
    "hotfix",
    "build",
    "release",
    "revision",
    "rev",
    "soversion",
    "pkgver",
    "pkgrel",
    "versioncode",
    "versionname",
    "buildnumber",
];
/// Names that end in `version` and are about something else.
const OTHER: &[&str] = &["conversion", "inversion", "subversion", "diversion", "reversion", "aversion"];
/// Names between that word and the integer which leave its meaning as it is.
const NEUTRAL: &[&str] = &[
    "final",
    "int",
    "uint",
    "integer",
    "str",
    "string",
    "const",
    "constexpr",
    "static",
    "define",
    "set",
    "number",
    "num",
    "no",
    "code",
    "name",
    "value",
    "new",
    "return",
    "is",
    "u8",
    "u16",
    "u32",
    "u64",
    "long",
    "short",
    "x",
    "v",
    "to",
    "equ",
    "content",
];
/// Levels of a release as the words of a tuple: `(4, 2, 0, "alpha", 0)`.
const LEVELS: &[&str] = &["alpha", "beta", "rc", "dev", "final", "candidate", "pre", "preview", "a", "b", "c", "ga"];

/// Names with one of these are for what comes behind the digits, which may be nothing: `VERSION_SUFFIX ""`.
const BEHIND: [&str; 3] = ["suffix", "prerel", "pre_re"];

/// A line, its versions and its mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Masked {
    /// Where the versions stand, from left to right.
    pub spans: Vec<Range<usize>>,
    /// The line with `\0` in place of each of them.
    pub mask: String,
}

impl Masked {
    /// None where the line has no version, or is no line that a person reads. Without the line's end.
    pub fn of(line: &str) -> Option<Self> {
        if line.len() > LONGEST || !may_have(line.as_bytes()) {
            return None;
        }
        let spans = tokens(line);
        if spans.is_empty() || spans.len() > MOST {
            return None;
        }
        let mut mask = String::with_capacity(line.len());
        let mut at = 0;
        for span in &spans {
            mask.push_str(&line[at..span.start]);
            mask.push('\0');
            at = span.end;
        }
        mask.push_str(&line[at..]);
        Some(Self { spans, mask })
    }

    /// The versions of the line that it was made of.
    pub fn versions<'a>(&'a self, line: &'a str) -> impl Iterator<Item = &'a str> {
        self.spans.iter().map(|span| &line[span.clone()])
    }
}

/// Can a line have a version: a digit, or at its end what comes behind the digits?
pub(super) fn may_have(line: &[u8]) -> bool {
    line.iter().any(u8::is_ascii_digit) || line.len() < 200 && has_quoted_end(line) && has_behind(line)
}

fn has_quoted_end(line: &[u8]) -> bool {
    let end = line.iter().rev().find(|b| !matches!(b, b',' | b';' | b')' | b' ' | b'\r'));
    end.is_some_and(|b| matches!(b, b'"' | b'\''))
}

fn has_behind(line: &[u8]) -> bool {
    line.windows(6).any(|word| BEHIND.iter().any(|behind| word.eq_ignore_ascii_case(behind.as_bytes())))
}

/// What two lines have in common that are set differently: one space for many, and no comma at the end.
pub(super) fn form(mask: &str) -> String {
    let mut words = mask.trim_end_matches([',', ';', ' ', '\t', '\r']).split_whitespace();
    let mut form = words.next().unwrap_or_default().to_owned();
    for word in words {
        form.push(' ');
        form.push_str(word);
    }
    form
}

/// [`form`] for rows of one list: whatever numbers they have besides, dates say, are the same number.
pub(super) fn row(mask: &str) -> String {
    let mut row = String::with_capacity(mask.len());
    for c in form(mask).chars() {
        match c {
            '0'..='9' if row.ends_with('0') => {}
            '0'..='9' => row.push('0'),
            _ => row.push(c),
        }
    }
    row
}

/// Where the versions of a line stand: numbers with dots, their pre-releases, and what a line calls the version or a
/// part of one: an integer, the level of a release.
fn tokens(line: &str) -> Vec<Range<usize>> {
    let mut found = token::all(line);
    found.retain(|span| !is_measure(&line[span.clone()]));
    found.extend(named(line));
    found.sort_by_key(|span| (span.start, span.end));
    let mut end = 0;
    found.retain(|span| {
        let apart = span.start >= end;
        if apart {
            end = span.end;
        }
        apart
    });
    found
}

/// `3537.409283473705` was computed.
fn is_measure(number: &str) -> bool {
    let parts: Vec<&str> = number.split('.').collect();
    matches!(parts.as_slice(), [_, fraction] if fraction.len() > 8)
}

/// The integers and levels behind a name that makes them parts of a version.
fn named(line: &str) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    if !is_worded(bytes) {
        return found;
    }
    let (mut at, mut armed, mut behind) = (0, false, false);
    while at < bytes.len() {
        let start = at;
        if bytes[at].is_ascii_alphabetic() || bytes[at] == b'_' {
            while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                at += 1;
            }
            let name = &line[start..at];
            if armed && is_level(name) && is_quoted(bytes, start, at) {
                found.push(start..at);
            }
            if !is_neutral(name) {
                armed = names_a_version(name);
                behind = armed && BEHIND.iter().any(|word| name.to_lowercase().contains(word));
            }
        } else if bytes[at].is_ascii_digit() {
            at = token::number(bytes, at);
            let integer = !bytes[start..at].contains(&b'.') && at - start <= 14;
            let end = token::pre_release(bytes, at);
            if armed && integer && stands_alone(bytes, start, end) {
                found.push(start..end);
            }
            at = at.max(end);
        } else {
            at += 1;
            if behind && is_quoted(bytes, at, at) && bytes[at - 1] == bytes[at] {
                found.push(at..at);
            }
        }
    }
    found
}

/// Has the line one of [`WORDS`] in it, as far as their first three letters tell?
fn is_worded(line: &[u8]) -> bool {
    const BEGIN: [&[u8; 3]; 12] =
        [b"ver", b"maj", b"min", b"pat", b"mic", b"sub", b"bug", b"hot", b"bui", b"rel", b"rev", b"pkg"];
    let begins = |three: &[u8]| {
        matches!(three[0] | 0x20, b'v' | b'm' | b'p' | b's' | b'b' | b'h' | b'r')
            && BEGIN.iter().any(|begin| three.eq_ignore_ascii_case(*begin))
    };
    line.windows(3).any(begins)
}

fn is_level(name: &str) -> bool {
    let word = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_lowercase();
    LEVELS.contains(&word.as_str())
}

fn is_quoted(bytes: &[u8], start: usize, end: usize) -> bool {
    let quote = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|b| matches!(b, b'"' | b'\''));
    quote(start.checked_sub(1)) && quote(Some(end))
}

fn is_neutral(name: &str) -> bool {
    let name = name.to_lowercase();
    NEUTRAL.contains(&name.as_str()) || is_level(&name)
}

/// `PROJECT_VERSION_MINOR`, `versionCode`, `Release`.
fn names_a_version(name: &str) -> bool {
    let mut word = String::new();
    let is = |word: &str| {
        let word = word.to_lowercase();
        WORDS.contains(&word.as_str())
            || (word.ends_with("version") && !OTHER.iter().any(|other| word.ends_with(other)))
    };
    let mut lower = false;
    for c in name.chars() {
        if c == '_' || (c.is_ascii_uppercase() && lower) {
            if is(&word) {
                return true;
            }
            word.clear();
        }
        if c != '_' {
            word.push(c);
        }
        lower = c.is_ascii_lowercase();
    }
    is(&word) || is(&name.replace('_', ""))
}

/// No part of a longer word or number, and not the number of an issue.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let joins = |byte: u8, others: &[u8]| byte.is_ascii_alphanumeric() || others.contains(&byte);
    let before = start.checked_sub(1).is_some_and(|at| joins(bytes[at], b"._#-/"));
    let after = bytes.get(end).is_some_and(|&byte| joins(byte, b"_-"));
    let dotted = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
    !(before || after || dotted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &str) {
        let masked = Masked::of(line).map_or_else(|| line.to_owned(), |masked| masked.mask.replace('\0', "□"));
        assert_eq!(masked, want);
    }

    #[test]
    fn the_token_is_digits_and_the_pre_release() {
        check("image: foo:v1.26.0-cluster", "image: foo:v□-cluster");
        check("tag=release-1.2.0-rc.1", "tag=release-□");
        check("__version__ = \"2022.4.0b1\"", "__version__ = \"□\"");
        check("home-assistant-frontend==20230503.3", "home-assistant-frontend==□");
        check("[assembly: AssemblyVersion(\"1.2.3.4\")]", "[assembly: AssemblyVersion(\"□\")]");
        check("| 1.2 | 1.3.0 |", "| □ | □ |");
        check("go1.21 py3.11 a1.2", "go1.21 py3.11 a1.2");
    }

    #[test]
    fn a_lone_integer_counts_where_the_line_says_what_it_is() {
        check("MAJOR_VERSION = 5", "MAJOR_VERSION = □");
        check("PATCH_VERSION: Final = \"0.dev0\"", "PATCH_VERSION: Final = \"□\"");
        check("PATCH_VERSION = '0b3'", "PATCH_VERSION = '□'");
        check("#define X_VERSION 110104", "#define X_VERSION □");
        check("VERSION_BUILD=9", "VERSION_BUILD=□");
        check("current_minor_version: 105", "current_minor_version: □");
        check("set(PROJECT_VERSION_MINOR 3)", "set(PROJECT_VERSION_MINOR □)");
        check("        versionCode 123", "        versionCode □");
        check("Release:        1%{?dist}", "Release:        □%{?dist}");
        check("VERSION = (4, 2, 1, \"final\", 0)", "VERSION = (□, □, □, \"□\", □)");
        check("VERSION_SUFFIX=\"dev0\"", "VERSION_SUFFIX=\"□\"");
        check("VERSION_SUFFIX=\"dev\"", "VERSION_SUFFIX=\"□\"");
        check("#define X_VERSION_SUFFIX \"\"", "#define X_VERSION_SUFFIX \"□\"");
        check("suffix = \"\"", "suffix = \"\"");
        check("SUPERVISOR_VERSION = \"208\"", "SUPERVISOR_VERSION = \"□\"");
        check("set_target_properties(x PROPERTIES SOVERSION 5)", "set_target_properties(x PROPERTIES SOVERSION □)");
    }

    #[test]
    fn other_numbers_stay() {
        check("port: 8080", "port: 8080");
        check("timeout = 30 # version", "timeout = 30 # version");
        check("version of the port 80", "version of the port 80");
        check("a conversion: 5", "a conversion: 5");
        check("release notes (#123)", "release notes (#123)");
        check("date: 2020-02-10", "date: 2020-02-10");
        check("\"x\": 3537.409283473705", "\"x\": 3537.409283473705");
    }

    #[test]
    fn rows_of_one_list_have_one_form() {
        assert_eq!(row("| \0  | 2020-02-10 |"), row("| \0 | 2021-12-1 |"));
        assert_eq!(form("  \"\0\","), form("\"\0\""));
    }
}
