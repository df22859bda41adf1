//! `x-release-please-version` and its like in a file.

use std::ops::Range;

use super::super::{Hint, Tool, text};
use crate::plan::init::{Facts, place, token};

const MARK: &str = "x-release-please-";

/// What is written in a line: all of the version, or one of its numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Version,
    Number(&'static str),
    Date,
    Both,
}

/// The places that annotations name; is there an annotation at all?
pub(super) fn places(facts: &Facts, tool: &mut Tool, path: &str, line: usize) -> bool {
    let Some(text) = text(facts, path).filter(|text| text.contains(MARK)) else { return false };
    let mut block = None;
    for (at, (start, body)) in place::lines(&text).enumerate() {
        let inline = scope(body, MARK);
        let here = inline.or(block);
        if inline.is_none() && block.is_some() && body.contains("x-release-please-end") {
            block = None;
        } else if inline.is_none() && block.is_none() {
            block = scope(body, "x-release-please-start-");
        }
        if matches!(here, Some(Scope::Date | Scope::Both)) {
            tool.tell(line, format!("{path}:{}", at + 1), "a date", None);
        }
        let (span, form) = match here {
            Some(Scope::Version | Scope::Both) => (version(body), ""),
            Some(Scope::Number(form)) => (number(body, form == ".major"), form),
            _ => (None, ""),
        };
        let Some(span) = span else { continue };
        let says = body[span.clone()].to_owned();
        let span = start + span.start..start + span.end;
        tool.places.push(Hint { path: path.to_owned(), line, span, says, form, named: None, any: false });
    }
    true
}

fn scope(line: &str, mark: &str) -> Option<Scope> {
    let words = line.match_indices(mark).map(|(at, _)| &line[at + mark.len()..]);
    words.filter_map(word).next()
}

fn word(text: &str) -> Option<Scope> {
    let scopes = [
        ("major", Scope::Number(".major")),
        ("minor", Scope::Number(".minor")),
        ("patch", Scope::Number(".patch")),
        ("version-date", Scope::Both),
        ("version", Scope::Version),
        ("date", Scope::Date),
    ];
    scopes.iter().find(|(word, _)| text.starts_with(word)).map(|(_, scope)| *scope)
}

/// The first version of three numbers.
fn version(line: &str) -> Option<Range<usize>> {
    token::all(line).into_iter().find(|span| token::numbers(&line[span.clone()]).len() >= 3)
}

/// The first number that stands alone; a major one may have letters before it: `v1`.
fn number(line: &str, joined: bool) -> Option<Range<usize>> {
    let bytes = line.as_bytes();
    let word = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let mut at = 0;
    while at < bytes.len() {
        let end = at + bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if end > at && (joined || at == 0 || !word(at - 1)) && !word(end) {
            return Some(at..end);
        }
        at = end.max(at + 1);
    }
    None
}
