//! From the changed lines of a file to locators that hit exactly these.
//!
//! Every locator is tried with the tool's own formats on the text as it was before: what is written into
//! `release.toml` is known to hit the stated places and nothing else.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use xtask::locate::{Hit, find_format};

use super::case::Change;
use super::pieces::{Around, pieces};
use super::tracks::{Made, Tracks, escape};

/// One line of a manifest in `release.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The format's name there.
    pub format: &'static str,
    /// Its locator.
    pub locator: String,
    /// What stands at its hits.
    pub template: String,
    /// How many hits it has.
    pub count: usize,
}

/// A token of a changed line.
struct Spot {
    change: usize,
    span: Range<usize>,
    old: String,
    made: Made,
    done: bool,
}

/// The entries that locate every change of one file.
pub fn find_entries(text: &str, changes: &[&Change], tracks: &mut Tracks) -> Result<Vec<Entry>> {
    let mut spots = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        add_spots(text, index, change, tracks, &mut spots)?;
    }
    let mut entries = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        if spots.iter().any(|spot| spot.change == index && !spot.done) {
            entries.extend(find_structural(text, index, change, &mut spots));
        }
    }
    let mut pieces = Vec::new();
    // From the last to the first: what stands at the end of a line is often told apart by what stands before it only.
    while let Some(next) = spots.iter().rposition(|spot| !spot.done) {
        let line = changes[spots[next].change].line;
        pieces.push(find_text(text, next, &mut spots).with_context(|| format!("line {line}: no locator hits it"))?);
    }
    entries.extend(pieces.into_iter().rev());
    Ok(entries)
}

fn add_spots(text: &str, index: usize, change: &Change, tracks: &mut Tracks, spots: &mut Vec<Spot>) -> Result<()> {
    let line = line_span(text, change.line).with_context(|| format!("no line {}", change.line))?;
    let mut from = line.start;
    for (old, new) in &change.tokens {
        let Some(at) = find_token(&text[from..line.end], old) else {
            bail!("line {}: no `{old}`", change.line);
        };
        let span = from + at..from + at + old.len();
        from = span.end;
        if !spots.iter().any(|spot| spot.span == span) {
            spots.push(Spot { change: index, span, old: old.clone(), made: tracks.make(old, new), done: false });
        }
    }
    Ok(())
}

/// A line without its line break; lines count from 1.
fn line_span(text: &str, line: usize) -> Option<Range<usize>> {
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
    let end = rest.find('\n').unwrap_or(rest.len());
    Some(start..start + rest[..end].trim_end_matches('\r').len())
}

/// The first place where the token is not a piece of a longer number, else the first place at all.
fn find_token(line: &str, token: &str) -> Option<usize> {
    let stands_alone = |&at: &usize| {
        let before = line[..at].trim_end_matches('.');
        let after = line[at + token.len()..].trim_start_matches('.');
        !before.ends_with(|c: char| c.is_ascii_digit()) && !after.starts_with(|c: char| c.is_ascii_digit())
    };
    let all: Vec<usize> = line.match_indices(token).map(|(at, _)| at).collect();
    all.iter().copied().find(stands_alone).or_else(|| all.first().copied())
}

/// The place's own locator, where a format understands it and finds the stated line with it.
fn find_structural(text: &str, index: usize, change: &Change, spots: &mut [Spot]) -> Option<Entry> {
    let format = find_format(change.kind.split('-').next()?).filter(|_| !change.kind.ends_with("-comment"))?;
    let name = format.name();
    if change.locator.is_empty() || format.check(&change.locator).is_err() || matches!(name, "text" | "regex" | "line")
    {
        return None;
    }
    let hits = format.read(text, &[&change.locator], false).ok()?.hits.pop()?;
    hits.iter().find(|hit| spots.iter().any(|spot| spot.change == index && contains(&hit.span, &spot.span)))?;
    let template = template_of(hits.first()?, spots)?;
    let same = hits.iter().all(|hit| template_of(hit, spots).as_deref() == Some(&template));
    if !same {
        return None;
    }
    for spot in spots.iter_mut().filter(|spot| hits.iter().any(|hit| contains(&hit.span, &spot.span))) {
        spot.done = true;
    }
    Some(Entry { format: name, locator: change.locator.clone(), template, count: hits.len() })
}

/// The hit's whole value with templates for the tokens in it; none where no open token stands in it.
fn template_of(hit: &Hit, spots: &[Spot]) -> Option<String> {
    let mut template = String::new();
    let mut rest = hit.value.as_str();
    for spot in spots.iter().filter(|spot| !spot.done && contains(&hit.span, &spot.span)) {
        let at = find_token(rest, &spot.old)?;
        template += &escape(&rest[..at]);
        template += &spot.made.whole;
        rest = &rest[at + spot.old.len()..];
    }
    (!template.is_empty()).then(|| template + &escape(rest))
}

/// A piece of the text around a token that hits it, and otherwise only open tokens that are made of the same.
fn find_text(text: &str, next: usize, spots: &mut [Spot]) -> Option<Entry> {
    let taken: Vec<Range<usize>> = spots.iter().map(|spot| spot.span.clone()).collect();
    for core in [true, false] {
        let Some((span, template)) = spots[next].site(core) else { continue };
        let twin = |spot: &Spot| spot.site(core).filter(|(_, made)| !spot.done && *made == template).map(|site| site.0);
        let twins = spots.iter().filter_map(twin).collect();
        for (format, locator) in pieces(&Around { text, site: span, taken: taken.clone(), twins }) {
            let Some(hits) = read_text(text, format, &locator) else { continue };
            let wanted: Vec<usize> = hits.iter().filter_map(|hit| open_spot(spots, hit, core, &template)).collect();
            if wanted.len() == hits.len() && wanted.contains(&next) {
                wanted.iter().for_each(|&at| spots[at].done = true);
                return Some(Entry { format, locator, template, count: hits.len() });
            }
        }
    }
    None
}

fn read_text(text: &str, format: &str, locator: &str) -> Option<Vec<Hit>> {
    let format = find_format(format)?;
    format.check(locator).ok()?;
    format.read(text, &[locator], false).ok()?.hits.pop()
}

/// The open token on which the hit is, if it is made of the same template.
fn open_spot(spots: &[Spot], hit: &Hit, core: bool, template: &str) -> Option<usize> {
    spots
        .iter()
        .position(|spot| !spot.done && spot.site(core).is_some_and(|(span, made)| span == hit.span && made == template))
}

impl Spot {
    /// The bytes to locate with their template: the number alone, or the whole token.
    fn site(&self, core: bool) -> Option<(Range<usize>, String)> {
        if !core {
            return Some((self.span.clone(), self.made.whole.clone()));
        }
        let (inner, template) = self.made.core.clone()?;
        Some((self.span.start + inner.start..self.span.start + inner.end, template))
    }
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::super::case::{Case, Pair};
    use super::*;

    /// The entries, one a line, for changes written as `LINE KIND LOCATOR OLD>NEW…`; the numbers that move as `OLD>NEW`.
    #[track_caller]
    fn check(text: &str, pairs: &[&str], changes: &[&str], expected: &[&str]) {
        let token = |text: &str| text.split_once('>').map(|(old, new)| (old.to_owned(), new.to_owned())).unwrap();
        let change = |text: &&str| {
            let words: Vec<&str> = text.split(' ').collect();
            let tokens = words[3..].iter().map(|word| token(word)).collect();
            let (line, kind, locator) = (words[0].parse().unwrap(), words[1].to_owned(), words[2].to_owned());
            Change { path: "file".to_owned(), line, tokens, kind, locator }
        };
        let pair = |text: &&str| Pair { from: token(text).0, to: token(text).1, role: "app".to_owned() };
        let (pairs, changes) = (pairs.iter().map(pair).collect(), changes.iter().map(change).collect());
        let case = Case { pairs, changes, ..Case::default() };
        let entries = find_entries(text, &case.changes.iter().collect::<Vec<_>>(), &mut Tracks::new(&case)).unwrap();
        let line = |e: &Entry| format!("{} {} = {} x{}", e.format, e.locator, e.template, e.count);
        assert_eq!(entries.iter().map(line).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_place_with_a_path() {
        let text = "image:\n  tag: release-1.2.3\nother:\n  tag: 1.2.3\n";
        let change = "2 yaml image.tag 1.2.3>1.3.0";
        check(text, &["1.2.3>1.3.0"], &[change], &["yaml image.tag = release-{app} x1"]);
    }

    #[test]
    fn two_numbers_in_one_scalar() {
        let change = "1 yaml from 3.23>3.24 2026.04.0>2026.08.0";
        let expected = ["yaml from = acme/base:{app}-{app2} x1"];
        check("from: acme/base:3.23-2026.04.0\n", &["3.23>3.24", "2026.04.0>2026.08.0"], &[change], &expected);
    }

    #[test]
    fn a_path_that_is_not_on_the_line_is_not_believed() {
        check("a: 1.2.3\nb: 1.2.3\n", &["1.2.3>1.3.0"], &["2 yaml a 1.2.3>1.3.0"], &["text b: {} = {app} x1"]);
    }

    #[test]
    fn equal_lines_that_all_change_are_one_entry() {
        let text = "docker pull acme/web:v1.2.3\nelse\ndocker pull acme/web:v1.2.3\n";
        let changes = ["1 doc-text - v1.2.3>v1.3.0", "3 doc-text - v1.2.3>v1.3.0"];
        check(text, &["1.2.3>1.3.0"], &changes, &["text web:v{} = {app} x2"]);
    }

    #[test]
    fn of_equal_lines_one_changes() {
        let text = "# one\nversion 1.2.3\n# two\nversion 1.2.3\n";
        let expected = [r"regex ^# two\r?\nversion (?<version>[0-9A-Za-z.+~_-]+)$ = {app} x1"];
        check(text, &["1.2.3>1.3.0"], &["4 doc-text - 1.2.3>1.3.0"], &expected);
    }

    #[test]
    fn a_number_that_follows_another() {
        let text = "see [v1.17.0](/changelog/#v1170) and\n";
        let change = "1 doc-text - v1.17.0>v1.17.1 v1170>v1171";
        let expected = ["text see [v{} = {app} x1", "text changelog/#v{} = {app.digits} x1"];
        check(text, &["1.17.0>1.17.1", "1170>1171"], &[change], &expected);
    }

    #[test]
    fn a_line_that_says_nothing_else() {
        check("1.2.3\n", &["1.2.3>1.3.0"], &["1 doc-text - 1.2.3>1.3.0"], &["line all = {app} x1"]);
    }

    #[test]
    fn the_shape_that_is_meant() {
        let change = "1 yaml tag 1.2.3>v1.3.0";
        check("tag: 1.2.3\n", &["1.2.3>1.3.0"], &[change], &["yaml tag = v{app} x1"]);
    }
}
