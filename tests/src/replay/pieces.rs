//! Pieces of a text around a place, from short to long, as one would write them into a `text` locator.

use std::ops::Range;

/// How many lines around the place a piece may reach, where its own line is not enough.
const NEAR: usize = 4;

/// Locators of the place, the best first, as format and locator: pieces of its line, then pieces that reach into the
/// lines around it. They never hold a token that changes too (`taken`).
pub fn pieces(text: &str, site: &Range<usize>, taken: &[Range<usize>]) -> Vec<(&'static str, String)> {
    let mut all = within(text, site, &reach(text, site, taken, 0));
    for lines in 1..=NEAR {
        let wide = reach(text, site, taken, lines);
        for around in [wide.start..site.end, site.start..wide.end, wide] {
            all.extend(piece(text, site, &around));
        }
    }
    all.into_iter().map(|piece| ("text", piece)).collect()
}

/// The bytes that a piece may use: so many lines around the place, without tokens that change too.
fn reach(text: &str, site: &Range<usize>, taken: &[Range<usize>], lines: usize) -> Range<usize> {
    let start = text[..site.start].rmatch_indices('\n').nth(lines).map_or(0, |(at, _)| at + 1);
    let end = text[site.end..].match_indices('\n').nth(lines).map_or(text.len(), |(at, _)| site.end + at);
    let end = site.end + text[site.end..end].trim_end_matches(['\r', '\n']).len();
    let start = taken.iter().filter(|t| t.end <= site.start).map(|t| t.end).fold(start, usize::max);
    let end = taken.iter().filter(|t| t.start >= site.end).map(|t| t.start).fold(end, usize::min);
    start..end
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
