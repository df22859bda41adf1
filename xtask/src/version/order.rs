//! The order of releases: one total preorder over every shape.
//!
//! 1. epoch, then numbers, numerically, a missing one being 0;
//! 2. `.dev` before all pre-releases, pre-releases before the final release;
//! 3. pre-releases by semver's rules: identifier by identifier, numbers numerically and before words, words by
//!    their bytes, more identifiers after fewer. Python's `a1`, `b1`, `rc1` stand where `-alpha.1`, `-beta.1`
//!    and `-rc.1` do; unknown words are words;
//! 4. `.post` after what it follows, `.dev` before what it is for;
//! 5. build metadata does not count.
//!
//! So `-rc10` stands before `-rc9`, as it does for cargo, npm and Helm: there `rc10` is a word. `-rc.10` counts.

use super::Version;
use super::mark::Mark;
use std::cmp::Ordering;

impl Version {
    /// The order of releases; `Equal` for different spellings of one place, as `1.2` and `1.2.0`.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }

    fn key(&self) -> Key<'_> {
        let epoch = Digits(self.epoch_text().trim_end_matches('!'));
        let mut numbers: Vec<_> = self.numbers().into_iter().map(Digits).collect();
        while numbers.last().is_some_and(|n| n.significant().is_empty()) {
            numbers.pop();
        }
        let (stage, post, dev) = match self.mark() {
            Mark::None => (Stage::Final, None, None),
            Mark::Hyphen(text) => (Stage::Pre(text.split('.').map(Identifier::new).collect()), None, None),
            Mark::Other(text) => {
                (Stage::Pre(text.split(['.', '_', '-', '~']).map(Identifier::new).collect()), None, None)
            }
            Mark::Python(marks) => {
                let stage = match marks.pre {
                    Some((word, number)) => {
                        Stage::Pre(vec![Identifier::Word(semver_word(word)), Identifier::Number(Digits(number))])
                    }
                    None if marks.post.is_none() && marks.dev.is_some() => Stage::Dev,
                    None => Stage::Final,
                };
                (stage, marks.post, marks.dev)
            }
        };
        Key { epoch, numbers, stage, post: post.map(Digits), no_dev: dev.is_none(), dev: dev.map(Digits) }
    }
}

/// How semver's world spells PEP 440's `a`, `b` and `rc`.
pub(super) fn semver_word(python: &'static str) -> &'static str {
    match python {
        "a" => "alpha",
        "b" => "beta",
        other => other,
    }
}

/// Compared field by field, from the top: the order of the fields is the rule.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    epoch: Digits<'a>,
    numbers: Vec<Digits<'a>>,
    stage: Stage<'a>,
    post: Option<Digits<'a>>,
    no_dev: bool,
    dev: Option<Digits<'a>>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Stage<'a> {
    Dev,
    Pre(Vec<Identifier<'a>>),
    Final,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'a> {
    Number(Digits<'a>),
    Word(&'a str),
}

impl<'a> Identifier<'a> {
    fn new(text: &'a str) -> Self {
        if text.bytes().all(|b| b.is_ascii_digit()) { Self::Number(Digits(text)) } else { Self::Word(text) }
    }
}

/// A number of any length, compared without computing it.
pub(super) struct Digits<'a>(pub &'a str);

impl Digits<'_> {
    fn significant(&self) -> &str {
        self.0.trim_start_matches('0')
    }
}

impl Ord for Digits<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.significant(), other.significant());
        a.len().cmp(&b.len()).then_with(|| a.cmp(b))
    }
}
impl PartialOrd for Digits<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Digits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Digits<'_> {}
