//! One file from today back: a text is held, and compared with the one before it.
//!
//! What was compared tells where each line is today: a line that went, or that was changed otherwise, is nowhere. Between two
//! texts that don't follow each other (another branch, a commit that was left out) a comparison bridges the gap.

use super::lines::split;
use super::pair::{Compared, compare};

/// Where the lines of a text are today; [`GONE`] where they aren't.
pub(super) type Lines = Vec<u32>;
pub(super) const GONE: u32 = u32::MAX;

/// How far a file was read.
#[derive(Debug)]
pub(super) struct Chain {
    pub oid: String,
    pub lines: Lines,
}

/// The file that is being read.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub path: usize,
    pub oid: String,
    pub text: Option<Vec<u8>>,
    pub lines: Lines,
}

impl Held {
    /// The text of today: each line is where it is.
    pub fn of_today(path: usize, text: Option<Vec<u8>>) -> Self {
        let lines = text.iter().flat_map(|text| (0..).take(split(text).len())).collect();
        Self { path, oid: String::new(), text, lines }
    }

    /// Goes on to an older text; gives what the step from it to the one that was held shows.
    pub fn back_to(&mut self, text: Option<Vec<u8>>) -> Option<Compared> {
        let newer = self.text.take();
        let compared = match (&text, newer) {
            (Some(text), Some(newer)) if *text == newer => return self.stay(newer),
            (Some(text), Some(newer)) => compare(text, &newer),
            _ => {
                (self.text, self.lines) = (text, Lines::new());
                return None;
            }
        };
        let today = |line: &Option<usize>| line.and_then(|line| self.lines.get(line)).copied().unwrap_or(GONE);
        self.lines = compared.carried.iter().map(today).collect();
        self.text = text;
        Some(compared)
    }

    fn stay(&mut self, text: Vec<u8>) -> Option<Compared> {
        self.text = Some(text);
        None
    }
}
