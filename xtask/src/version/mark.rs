//! What the tail of a version says: semver's identifiers, Python's words, or something else.

use super::Version;

/// The tail of a version, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark<'a> {
    /// Only numbers: a final release.
    None,
    /// `-rc.1`, or `~rc.1` as packagers write it: semver's dotted identifiers, without the separator.
    Hyphen(&'a str),
    /// `b3`, `.dev0`, `.post1`, `rc1.post2.dev3`.
    Python(Python<'a>),
    /// Anything else, such as `.Final`: a pre-release, whose words are compared like semver's.
    Other(&'a str),
}

/// The marks of PEP 440. A number that is left out is the empty text and counts as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Python<'a> {
    /// `a`, `b` or `rc`, and its number.
    pub pre: Option<(&'static str, &'a str)>,
    pub post: Option<&'a str>,
    pub dev: Option<&'a str>,
}

impl Mark<'_> {
    pub(super) fn is_prerelease(&self) -> bool {
        match self {
            Mark::None => false,
            Mark::Hyphen(_) | Mark::Other(_) => true,
            Mark::Python(marks) => marks.pre.is_some() || marks.dev.is_some(),
        }
    }
}

impl Version {
    /// A `-` or `~` begins semver's identifiers; without one Python's words are looked for.
    pub(super) fn mark(&self) -> Mark<'_> {
        let tail = self.tail();
        if tail.is_empty() {
            return Mark::None;
        }
        if let Some(identifiers) = tail.strip_prefix(['-', '~']) {
            return Mark::Hyphen(identifiers);
        }
        Python::parse(tail).map_or(Mark::Other(tail.trim_start_matches(['.', '_'])), Mark::Python)
    }
}

/// Every spelling that PEP 440 takes, the longer before its own beginning.
const PRE: [(&str, &str); 8] = [
    ("alpha", "a"),
    ("beta", "b"),
    ("preview", "rc"),
    ("pre", "rc"),
    ("rc", "rc"),
    ("a", "a"),
    ("b", "b"),
    ("c", "rc"),
];

/// How PEP 440 spells a word that people write, if it knows it.
pub(super) fn python_word(word: &str) -> Option<&'static str> {
    PRE.iter().find(|(long, _)| long.eq_ignore_ascii_case(word)).map(|(_, short)| *short)
}

impl<'a> Python<'a> {
    /// Reads `b3`, `.dev0`, `_rc.1` …; `None` when anything is left over.
    pub(super) fn parse(tail: &'a str) -> Option<Self> {
        let mut marks = Self::default();
        let mut rest = tail;
        if let Some((short, number, after)) = PRE.iter().find_map(|(w, s)| take(rest, w).map(|(n, r)| (*s, n, r))) {
            marks.pre = Some((short, number));
            rest = after;
        }
        if let Some((number, after)) = ["post", "rev", "r"].iter().find_map(|w| take(rest, w)) {
            marks.post = Some(number);
            rest = after;
        }
        if let Some((number, after)) = take(rest, "dev") {
            marks.dev = Some(number);
            rest = after;
        }
        rest.is_empty().then_some(marks)
    }

    /// The one spelling that PEP 440 calls canonical.
    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        if let Some((word, number)) = self.pre {
            text.push_str(&format!("{word}{}", zero(number)));
        }
        if let Some(number) = self.post {
            text.push_str(&format!(".post{}", zero(number)));
        }
        if let Some(number) = self.dev {
            text.push_str(&format!(".dev{}", zero(number)));
        }
        text
    }
}

fn zero(number: &str) -> &str {
    if number.is_empty() { "0" } else { number }
}

/// Takes `[-._]?WORD[-._]?NUMBER?` off the front: the number and the rest.
fn take<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    const SEPARATORS: [char; 3] = ['-', '.', '_'];
    let body = text.strip_prefix(SEPARATORS).unwrap_or(text);
    if !body.get(..word.len())?.eq_ignore_ascii_case(word) {
        return None;
    }
    let after = &body[word.len()..];
    let digits = after.strip_prefix(SEPARATORS).unwrap_or(after);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    // A separator belongs to the word only when a number follows it; else it begins the next word.
    Some(if length == 0 { ("", after) } else { digits.split_at(length) })
}
