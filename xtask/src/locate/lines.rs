//! What the line-based formats share: lines with their byte offsets, shell words, and the collector of hits.
//!
//! A line ends at `\n`, `\r\n` or a lone `\r`; none of them is ever inside a span.

use std::ops::Range;

use super::{Hit, Leaf, LocateError, Reading, fingerprint};

/// One line without its ending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Byte offset of its first character in the whole text.
    pub start: usize,
    /// What it says.
    pub text: &'a str,
}

/// The length of a byte order mark at the head of the text: no part of the first line.
pub(super) fn bom(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Every line of the text, in one linear pass whatever its endings; after a final line ending there is no line.
pub(super) fn lines(text: &str) -> Lines<'_> {
    let start = bom(text);
    Lines { text, start, feed: find_from(text, '\n', start), ret: find_from(text, '\r', start) }
}

/// The iterator behind [`lines`]; it remembers the next line feed and carriage return, so none is looked for twice.
pub(super) struct Lines<'a> {
    text: &'a str,
    start: usize,
    feed: usize,
    ret: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.start;
        if start >= self.text.len() {
            return None;
        }
        let end = self.feed.min(self.ret);
        self.start = after_break(self.text, end);
        if self.feed < self.start {
            self.feed = find_from(self.text, '\n', self.start);
        }
        if self.ret < self.start {
            self.ret = find_from(self.text, '\r', self.start);
        }
        Some(Line { start, text: &self.text[start..end] })
    }
}

/// Byte offset of the first such character at or after `start`; the length of the text where there is none.
fn find_from(text: &str, wanted: char, start: usize) -> usize {
    text[start..].find(wanted).map_or(text.len(), |at| start + at)
}

/// Byte offset of the line ending at or after `at`, or of the end of the text; looks no further than that.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count()
}

/// The offset behind the line ending that stands at `at`.
pub(super) fn after_break(text: &str, at: usize) -> usize {
    match text.as_bytes()[at..] {
        [b'\r', b'\n', ..] => at + 2,
        [_, ..] => at + 1,
        [] => at,
    }
}

/// Is this white space within a line?
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c)
}

/// The first offset at or after `at` that is not white space within a line.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|&&byte| is_blank(byte)).count()
}

/// The part of the text between two offsets, without the white space around it.
pub(super) fn trim(text: &str, span: Range<usize>) -> Range<usize> {
    let blank = |c: char| c.is_ascii() && is_blank(c as u8);
    let part = &text[span.clone()];
    let start = span.start + (part.len() - part.trim_start_matches(blank).len());
    start..start + part[start - span.start..].trim_end_matches(blank).len()
}

/// Refuses what no single line can hold.
pub(super) fn one_line(value: &str) -> Result<(), LocateError> {
    match value.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')) {
        None => Ok(()),
        Some(found) => {
            Err(LocateError::new(format!("the value holds the control character `{}`", found.escape_unicode()))
                .hint("a version is one line of visible characters"))
        }
    }
}

/// Refuses a value that holds one of `banned`, which would end or change the token that stands `place`.
pub(super) fn without(value: &str, banned: &str, place: &str) -> Result<(), LocateError> {
    one_line(value)?;
    match value.chars().find(|&c| banned.contains(c)) {
        None => Ok(()),
        Some(found) => Err(LocateError::new(format!("`{value}` holds `{found}`, which can't stand {place}"))
            .hint("change the template, or the quotes in the file")),
    }
}

/// Refuses a value that a reader would cut: empty, or with white space around it.
pub(super) fn trimmed(value: &str) -> Result<(), LocateError> {
    one_line(value)?;
    if value.is_empty() || value.trim() != value {
        return Err(LocateError::new(format!("`{value}` is empty or has white space around it"))
            .hint("a value outside quotes begins and ends with a visible character"));
    }
    Ok(())
}

const IN_DOUBLE: &str = "\"\\$`";

/// What a shell word stands for: plain, or wholly in one pair of quotes. None where the shell would compute it.
pub(super) fn unquote(raw: &str) -> Option<&str> {
    let (inner, banned) = match raw.as_bytes() {
        [b'"', .., b'"'] => (&raw[1..raw.len() - 1], IN_DOUBLE),
        [b'\'', .., b'\''] => (&raw[1..raw.len() - 1], "'"),
        _ => (raw, "'\"\\$`"),
    };
    (!inner.contains(|c: char| banned.contains(c) || matches!(c, '\r' | '\n'))).then_some(inner)
}

/// The shell word for `value`, in the quotes of the word that it replaces.
pub(super) fn requote(raw: &str, value: &str) -> Result<String, LocateError> {
    match raw.as_bytes().first() {
        Some(b'"') => without(value, IN_DOUBLE, "in double quotes").map(|()| format!("\"{value}\"")),
        Some(b'\'') => without(value, "'", "in single quotes").map(|()| format!("'{value}'")),
        _ => one_line(value).and_then(|()| plain_word(value)).map(|()| value.to_owned()),
    }
}

fn plain_word(value: &str) -> Result<(), LocateError> {
    let safe = |c: char| c.is_ascii_alphanumeric() || "._+~:@%/,=^-".contains(c);
    if value.chars().all(safe) && !value.starts_with('~') {
        return Ok(());
    }
    Err(LocateError::new(format!("`{value}` would need quotes, and the value in the file has none"))
        .hint("write the value in the file in quotes; they are kept from then on"))
}

/// Collects the hits and leaves of one pass over a text.
pub(super) struct Sink<'a> {
    locators: &'a [&'a str],
    leaves: bool,
    reading: Reading,
    refused: Vec<Option<LocateError>>,
    forbidden: Option<LocateError>,
}

impl<'a> Sink<'a> {
    /// An empty collector for these locators.
    pub fn new(locators: &'a [&'a str], leaves: bool) -> Self {
        let reading = Reading { hits: vec![Vec::new(); locators.len()], leaves: Vec::new() };
        Self { locators, leaves, reading, refused: vec![None; locators.len()], forbidden: None }
    }

    /// A place that can be written: a hit of every locator that `is` it, and a leaf of the type `kind`.
    pub fn site(&mut self, span: Range<usize>, kind: u8, value: &str, is: impl Fn(&str) -> bool) {
        for (hits, _) in self.reading.hits.iter_mut().zip(self.locators).filter(|(_, locator)| is(locator)) {
            hits.push(Hit { span: span.clone(), value: value.to_owned() });
        }
        self.leaf(span, kind, value);
    }

    /// A place that can't be written: an error for those locators that hit nothing else.
    pub fn refuse(&mut self, span: Range<usize>, raw: &str, why: LocateError, is: impl Fn(&str) -> bool) {
        for (refused, _) in self.refused.iter_mut().zip(self.locators).filter(|(_, locator)| is(locator)) {
            refused.get_or_insert_with(|| why.clone().at(span.start));
        }
        self.leaf(span, b'?', raw);
    }

    /// A place that must not be written: an error for every locator that names it, whatever else that hits.
    pub fn forbid(&mut self, span: Range<usize>, raw: &str, why: LocateError, is: impl Fn(&str) -> bool) {
        if self.forbidden.is_none() && self.locators.iter().any(|locator| is(locator)) {
            self.forbidden = Some(why.at(span.start));
        }
        self.leaf(span, b'!', raw);
    }

    fn leaf(&mut self, span: Range<usize>, kind: u8, value: &str) {
        if self.leaves {
            self.reading.leaves.push(Leaf { span, print: fingerprint(kind, value) });
        }
    }

    /// What was found, or the first reason against it.
    pub fn finish(self) -> Result<Reading, LocateError> {
        if let Some(why) = self.forbidden {
            return Err(why);
        }
        let lost = self.reading.hits.iter().zip(self.refused).find_map(|(hits, why)| why.filter(|_| hits.is_empty()));
        lost.map_or(Ok(self.reading), Err)
    }
}

#[cfg(test)]
pub(super) mod testing;
