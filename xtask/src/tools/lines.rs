//! The output of a program that a person watches, line by line.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::redact::Redactor;
use crate::ui::visible;

/// A longer line is shown in pieces.
const LONGEST: usize = 16 << 10;

/// Cuts what a program prints into lines that may be shown, and keeps the last of them.
pub(super) struct Lines {
    redactor: Redactor,
    rest: Vec<u8>,
    last: VecDeque<String>,
    keep: usize,
}

impl Lines {
    pub(super) fn new(keep: usize) -> Self {
        Self { redactor: Redactor::default(), rest: Vec::new(), last: VecDeque::new(), keep }
    }

    /// Reads to the end, and shows each line as soon as it is whole.
    pub(super) fn read(&mut self, from: &mut impl Read, show: &mut impl FnMut(&str)) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 14];
        loop {
            let read = from.read(&mut buffer);
            self.rest.extend_from_slice(&buffer[..*read.as_ref().unwrap_or(&0)]);
            // A lone `\r` ends a line too: a bar of progress is drawn with it.
            while let Some(end) = self.rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                self.show(&line[..end], show);
            }
            if self.rest.len() > LONGEST || !matches!(read, Ok(1..)) {
                let line = std::mem::take(&mut self.rest);
                self.show(&line, show);
            }
            if read? == 0 {
                return Ok(());
            }
        }
    }

    fn show(&mut self, line: &[u8], show: &mut impl FnMut(&str)) {
        let line = self.redactor.line(&String::from_utf8_lossy(line));
        let line = visible(&without_colours(&line), false);
        if line.trim().is_empty() {
            return;
        }
        show(&line);
        if self.last.len() == self.keep {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    /// The last lines, as a text.
    pub(super) fn last(&self) -> String {
        self.last.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// The text without the sequences that only colour it: `ESC [ 1 ; 31 m`.
fn without_colours(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        let (before, sequence) = rest.split_at(at);
        let body = &sequence[2..];
        let end = body.find(|c: char| !c.is_ascii_digit() && c != ';').filter(|&end| body[end..].starts_with('m'));
        out.push_str(before);
        match end {
            Some(end) => rest = &body[end + 1..],
            None => {
                out.push_str("\u{1b}[");
                rest = body;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &[&str]) {
        let (mut lines, mut shown) = (Lines::new(2), Vec::new());
        lines.read(&mut &*bytes, &mut |line: &str| shown.push(line.to_owned())).unwrap();
        assert_eq!(shown, expected);
        assert_eq!(lines.last().lines().count(), expected.len().min(2));
    }

    #[test]
    fn lines_are_shown_as_they_come() {
        check(b"one\ntwo\r\nthree", &["one", "two", "three"]);
        check(b"10 %\r20 %\rdone\n\n", &["10 %", "20 %", "done"]);
        check(b"\x1b[1;31mred\x1b[0m \x1b[2J\x07", &["red \\u{1b}[2J\\u{7}"]);
        check(b"\xff https://u:p@example.com/", &["\u{fffd} https://***@example.com/"]);
        check(&[b'x'; 40_000], &[&"x".repeat(32_768), &"x".repeat(7232)]);
    }
}
