//! Pieces of a text around a place, from short to long, as one would write them into a `text` locator.

use std::ops::Range;

/// How many lines before the place a pattern may reach, where its own line is not enough.
const NEAR: usize = 6;

/// What stands for a version in a pattern: nothing that ends it in real texts.
const NUMBER: &str = "[0-9A-Za-z.+~_-]+";

/// Locators of the place, the best first, as format and locator: the line that says nothing else, pieces of its line,
/// then patterns that reach into the lines before it. They never hold what another place writes (`taken`).
pub fn pieces(text: &str, site: &Range<usize>, taken: &[Range<usize>]) -> Vec<(&'static str, String)> {
    let line = line_of(text, site);
    if text[line.clone()].trim() == &text[site.clone()] {
        let number = text[..site.start].matches('\n').count() + 1;
        return vec![("line", "all".to_owned()), ("line", number.to_string())];
    }
    let mut all: Vec<_> = within(text, site, &reach(&line, site, taken)).into_iter().map(|p| ("text", p)).collect();
    all.extend((0..=NEAR).filter_map(|lines| pattern(text, site, taken, lines)).map(|p| ("regex", p)));
    all
}

/// The line on which the place is, without its line break.
fn line_of(text: &str, site: &Range<usize>) -> Range<usize> {
    let start = text[..site.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[site.end..].find('\n').map_or(text.len(), |at| site.end + at);
    start..site.end + text[site.end..end].trim_end_matches('\r').len()
}

/// The bytes that a literal piece may use: the line, up to tokens that change too.
fn reach(line: &Range<usize>, site: &Range<usize>, taken: &[Range<usize>]) -> Range<usize> {
    let start = taken.iter().filter(|t| t.end <= site.start).map(|t| t.end).fold(line.start, usize::max);
    let end = taken.iter().filter(|t| t.start >= site.end).map(|t| t.start).fold(line.end, usize::min);
    start..end
}

/// A regular expression of the whole line and some lines before it, with a pattern for tokens that change too.
fn pattern(text: &str, site: &Range<usize>, taken: &[Range<usize>], lines: usize) -> Option<String> {
    let start = match lines {
        0 => line_of(text, site).start,
        _ => text[..site.start].rmatch_indices('\n').nth(lines).map_or(0, |(at, _)| at + 1),
    };
    let end = line_of(text, site).end;
    let mut all: Vec<&Range<usize>> = taken.iter().filter(|t| t.start >= start && t.end <= end).collect();
    all.retain(|t| t.end <= site.start || t.start >= site.end);
    all.push(site);
    all.sort_by_key(|t| t.start);
    let (mut pattern, mut at) = (String::from("^"), start);
    for token in all {
        pattern += &literal(text.get(at..token.start)?);
        pattern += &if token == site { format!("(?<version>{NUMBER})") } else { NUMBER.to_owned() };
        at = token.end;
    }
    Some(pattern + &literal(text.get(at..end)?) + "$")
}

/// A literal piece of a regular expression; either line break is the same.
fn literal(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\r' => {}
            '\n' => escaped += "\\r?\\n",
            c if c.is_ascii_punctuation() && !"-_/:,;=<>@!%&'\"~#`".contains(c) => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Every piece of one line that begins and ends where a word does, the shortest first.
fn within(text: &str, site: &Range<usize>, line: &Range<usize>) -> Vec<String> {
    let starts = stops(text, line.start..site.start).into_iter().rev().chain([line.start]);
    let ends: Vec<usize> = stops(text, site.end..line.end).into_iter().chain([line.end]).collect();
    let mut around: Vec<Range<usize>> = starts.flat_map(|start| ends.iter().map(move |&end| start..end)).collect();
    around.sort_by_key(|range| (said(text, site, range) < 3, range.len(), range.start));
    around.dedup();
    around.iter().filter_map(|range| piece(text, site, range)).collect()
}

/// Where words begin and end.
fn stops(text: &str, range: Range<usize>) -> Vec<usize> {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut stops = Vec::new();
    for (at, c) in text[range.clone()].char_indices() {
        let before = text[..range.start + at].chars().next_back();
        if word(before) != word(Some(c)) || !word(Some(c)) {
            stops.push(range.start + at);
        }
    }
    stops
}

/// How many letters before the place say what it is: a piece should be readable.
fn said(text: &str, site: &Range<usize>, range: &Range<usize>) -> usize {
    text[range.start..site.start].chars().filter(|c| c.is_alphabetic()).count()
}

fn piece(text: &str, site: &Range<usize>, around: &Range<usize>) -> Option<String> {
    let (left, right) = (&text[around.start..site.start], &text[site.end..around.end]);
    let bare = left.trim().is_empty() && right.trim().is_empty();
    (!bare && !left.contains("{}") && !right.contains("{}")).then(|| format!("{left}{{}}{right}"))
}
