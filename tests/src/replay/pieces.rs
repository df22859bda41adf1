//! Pieces of a text around a place, from short to long, as one would write them into a `text` locator.

use std::ops::Range;

/// How many lines before the place a pattern may reach, where its own line is not enough.
const NEAR: usize = 6;

/// What stands for a version in a pattern: nothing that ends it in real texts.
const NUMBER: &str = "[0-9A-Za-z.+~_-]+";

/// What is known of the text around a place.
pub struct Around<'t> {
    /// The whole text.
    pub text: &'t str,
    /// The place.
    pub site: Range<usize>,
    /// Every token that changes, the place's own too: no locator may hold what stands there.
    pub taken: Vec<Range<usize>>,
    /// Places that say the same as this one, itself too, in order: one locator may hit several of them.
    pub twins: Vec<Range<usize>>,
}

/// Locators of the place, the best first, as format and locator: the line that says nothing else, pieces of its line,
/// then patterns that reach into the lines before it.
pub fn pieces(around: &Around) -> Vec<(&'static str, String)> {
    let Around { text, site, .. } = around;
    let line = line_of(text, site);
    if text[line.clone()].trim() == &text[site.clone()] {
        let number = text[..site.start].matches('\n').count() + 1;
        return vec![("line", "all".to_owned()), ("line", number.to_string())];
    }
    let alone = Around { text, site: site.clone(), taken: around.taken.clone(), twins: vec![site.clone()] };
    let mut all: Vec<_> = [&alone, around].into_iter().flat_map(within).map(|piece| ("text", piece)).collect();
    all.extend((0..=NEAR).filter_map(|lines| pattern(around, lines)).map(|pattern| ("regex", pattern)));
    all
}

/// The line on which the place is, without its line break.
fn line_of(text: &str, site: &Range<usize>) -> Range<usize> {
    let start = text[..site.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[site.end..].find('\n').map_or(text.len(), |at| site.end + at);
    start..site.end + text[site.end..end].trim_end_matches('\r').len()
}

/// The bytes that a literal piece may use: the line, up to tokens that change otherwise.
fn reach(around: &Around) -> Range<usize> {
    let Around { text, site, taken, twins } = around;
    let line = line_of(text, site);
    let others =
        || taken.iter().filter(|token| !twins.iter().any(|twin| token.start <= twin.start && twin.end <= token.end));
    let start = others().filter(|t| t.end <= site.start).map(|t| t.end).fold(line.start, usize::max);
    let end = others().filter(|t| t.start >= site.end).map(|t| t.start).fold(line.end, usize::min);
    start..end
}

/// A regular expression of the whole line and some lines before it, with a pattern for tokens that change too.
fn pattern(around: &Around, lines: usize) -> Option<String> {
    let Around { text, site, taken, .. } = around;
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
fn within(around: &Around) -> Vec<String> {
    let Around { text, site, .. } = around;
    let line = reach(around);
    let starts = stops(text, line.start..site.start).into_iter().rev().chain([line.start]);
    let ends: Vec<usize> = stops(text, site.end..line.end).into_iter().chain([line.end]).collect();
    let mut ranges: Vec<Range<usize>> = starts.flat_map(|start| ends.iter().map(move |&end| start..end)).collect();
    ranges.sort_by_key(|range| (said(text, site, range) < 3, range.len(), range.start));
    ranges.dedup();
    ranges.iter().filter_map(|range| piece(around, range)).collect()
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

/// The bytes of a range with `{}` for the places in it; none where it cuts a place, or says nothing else.
fn piece(around: &Around, range: &Range<usize>) -> Option<String> {
    let (mut piece, mut bare, mut at) = (String::new(), true, range.start);
    for twin in around.twins.iter().filter(|twin| twin.end > range.start && twin.start < range.end) {
        let before = around.text.get(at..twin.start).filter(|_| twin.end <= range.end)?;
        bare &= before.trim().is_empty();
        piece += &before.replace("{}", "{{}}");
        piece += "{}";
        at = twin.end;
    }
    let rest = &around.text[at..range.end];
    (!bare || !rest.trim().is_empty()).then(|| piece + &rest.replace("{}", "{{}}"))
}
