//! A version kept apart, as one place: MAJOR, MINOR and PATCH on neighbouring lines, or `3, 7, 0` in a row.
//!
//! Each release moves others of its pieces; only together they say a number, and take the steps of one.

use std::collections::BTreeSet;
use std::ops::Range;

use super::known::Role;
use super::parts::{self, Group};
use super::past::mask::Masked;
use super::places::{Spot, Step};
use super::{Facts, Site, Verdict, mentions, place};

/// How the pieces are called in a template.
const NAMES: [&str; 3] = ["major", "minor", "patch"];

/// The places, with those that are pieces of one number as one.
pub(super) fn join(facts: &Facts, spots: Vec<Spot>) -> Vec<Spot> {
    let mut all = Vec::with_capacity(spots.len());
    for here in spots.chunk_by(|a, b| a.path == b.path) {
        let text = here.iter().any(is_integer).then(|| (facts.read)(&here[0].path)).flatten();
        let mut rest = here.to_vec();
        for group in text.iter().flat_map(|text| groups(text, here)) {
            let (own, others): (Vec<Spot>, Vec<Spot>) = rest.into_iter().partition(|spot| holds(&group, &spot.span));
            rest = others;
            all.extend(text.as_deref().and_then(|text| one(text, &group, &own)));
        }
        all.extend(rest);
    }
    all
}

fn is_integer(spot: &Spot) -> bool {
    spot.value.bytes().all(|b| b.is_ascii_digit())
}

fn holds(group: &Group, span: &Range<usize>) -> bool {
    group.numbers.iter().chain(&group.pre).any(|part| part == span)
}

/// The versions in parts that have one of these places.
fn groups(text: &str, spots: &[Spot]) -> Vec<Group> {
    let mut found: Vec<Group> = Vec::new();
    let rows = spots.iter().filter(|spot| is_integer(spot)).filter_map(|spot| row(text, &spot.span));
    for group in parts::groups(text).into_iter().chain(rows) {
        let moved = group.numbers.iter().any(|part| spots.iter().any(|spot| spot.span == *part));
        let known = found.iter().any(|other| group.numbers.iter().any(|part| holds(other, part)));
        if moved && !known {
            found.push(group);
        }
    }
    found
}

/// The first three integers of a row of them, where this one is among these.
fn row(text: &str, span: &Range<usize>) -> Option<Group> {
    let line = place::line_of(text, span);
    let masked = Masked::of(&text[line.clone()])?;
    let spans: Vec<Range<usize>> =
        masked.spans.iter().map(|token| line.start + token.start..line.start + token.end).collect();
    let digits = |span: &Range<usize>| text[span.clone()].bytes().all(|b| b.is_ascii_digit());
    let between = |a: &Range<usize>, b: &Range<usize>| &text[a.end..b.start];
    let in_row = |three: &&[Range<usize>]| {
        three.iter().all(digits)
            && [", ", ",", " "].contains(&between(&three[0], &three[1]))
            && between(&three[0], &three[1]) == between(&three[1], &three[2])
    };
    let numbers = spans.windows(3).find(in_row)?;
    numbers.contains(span).then(|| Group {
        stem: String::new(),
        numbers: [0, 1, 2].map(|at| numbers[at].clone()),
        pre: None,
    })
}

/// Its places as one, with the steps of whole numbers.
fn one(text: &str, group: &Group, own: &[Spot]) -> Option<Spot> {
    let parts: Vec<Range<usize>> = group.numbers.iter().chain(&group.pre).cloned().collect();
    let mut said: Vec<String> = parts.iter().map(|part| text[part.clone()].to_owned()).collect();
    let value = whole(&said);
    let changes: BTreeSet<usize> = own.iter().flat_map(|spot| &spot.steps).map(|step| step.change).collect();
    let mut steps = Vec::new();
    for change in changes {
        let step = |part: &Range<usize>| {
            own.iter().find(|spot| spot.span == *part)?.steps.iter().find(|step| step.change == change)
        };
        let moved: Vec<Option<&Step>> = parts.iter().map(step).collect();
        let mut set = |of: fn(&Step) -> &String| {
            for (said, step) in said.iter_mut().zip(&moved) {
                step.iter().for_each(|step| said.clone_from(of(step)));
            }
            whole(&said)
        };
        let (new, old) = (set(|step| &step.new), set(|step| &step.old));
        steps.push(Step { change, old, new });
    }
    let span = parts.iter().map(|part| part.start).min()?..parts.iter().map(|part| part.end).max()?;
    let first = own.first()?;
    Some(Spot { path: first.path.clone(), mask: first.mask.clone(), value, parts, span, steps })
}

fn whole(said: &[String]) -> String {
    parts::whole(&said[..3].join("."), said.get(3).map_or("", String::as_str))
}

/// The places of its pieces; none where one of them can't be named: it is written whole, or not at all.
pub(super) fn sites(spot: &Spot, text: &str, slot: &str) -> Option<Vec<Site>> {
    let numbers = &spot.parts[..3];
    let between = text.get(numbers[0].end..numbers[1].start)?;
    if !between.contains('\n') {
        let span = numbers[0].start..numbers[2].end;
        let form = format!("[0-9]+{between}[0-9]+{between}[0-9]+");
        let strict = place::pattern_of(text, &span, &form)?;
        let template = NAMES.map(|name| format!("{{{slot}.{name}}}")).join(between);
        return Some(vec![site(spot, strict, template)]);
    }
    let places = place::Places::new(&spot.path, text);
    let named = spot.parts.iter().zip(NAMES.into_iter().chain(["pre"]));
    named
        .map(|(part, name)| {
            let alone = |(_, _, hits): &place::Strict| place::around(text, &hits[0], part) == Some(("", ""));
            // A word without digits is no version to a literal, and may be nothing at all.
            let worded = || place::pattern_of(text, part, "[0-9A-Za-z.+-]*").filter(|_| name == "pre");
            let strict = places.every(part).find(alone).or_else(worded)?;
            Some(site(spot, strict, format!("{{{slot}.{name}}}")))
        })
        .collect()
}

fn site(spot: &Spot, (format, locator, hits): place::Strict, template: String) -> Site {
    let value = hits[0].value.clone();
    let mut site = mentions::built(&spot.path, format, locator, hits, &value);
    site.number = spot.value.clone();
    site.set(Verdict::Taken, template, String::new());
    site
}

/// Puts the verdict on the pieces that well-known places name already; gives those that none does.
pub(super) fn merge(sites: &mut [Site], pieces: Vec<Site>) -> Vec<Site> {
    let mut rest = Vec::new();
    for piece in pieces {
        let overlaps = |site: &Site| {
            site.path == piece.path
                && site.spans.iter().any(|a| piece.spans.iter().any(|b| a.start < b.end && b.start < a.end))
        };
        let mut same = sites.iter_mut().filter(|site| overlaps(site)).peekable();
        if same.peek().is_none() {
            rest.push(piece);
            continue;
        }
        for site in same.filter(|site| matches!(site.role, Role::Part(_))) {
            let template = if piece.verdict == Verdict::Left { String::new() } else { template(site, &piece) };
            site.set(piece.verdict, template, piece.reason.clone());
            site.seen.clone_from(&piece.seen);
        }
    }
    rest
}

/// What the tree has found to say it stays: it knows of quotes.
fn template(site: &Site, piece: &Site) -> String {
    if site.template.is_empty() { piece.template.clone() } else { site.template.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `change:old:new`, the newest first, of the place that says `said` in `text`.
    fn spot(text: &str, said: &str, steps: &str) -> Spot {
        let line = text.find(said).unwrap();
        let token = said.trim_matches(|c: char| !c.is_alphanumeric());
        let start = line + said.find(token).unwrap();
        let step = |text: &str| {
            let [change, old, new] = text.split(':').collect::<Vec<_>>()[..] else { panic!("{text}") };
            Step { change: change.parse().unwrap(), old: old.to_owned(), new: new.to_owned() }
        };
        Spot {
            path: String::from("src/version.h"),
            span: start..start + token.len(),
            value: token.to_owned(),
            steps: steps.split_whitespace().map(step).collect(),
            ..Spot::default()
        }
    }

    /// `1.2.3 0:1.2.2:1.2.3`, and the places of the pieces.
    #[track_caller]
    fn check(text: &str, spots: Vec<Spot>, want: &str, named: &[&str]) {
        let groups = groups(text, &spots);
        let [group] = &groups[..] else { panic!("{groups:?}") };
        let own: Vec<Spot> = spots.into_iter().filter(|spot| holds(group, &spot.span)).collect();
        let one = one(text, group, &own).unwrap();
        let steps = one.steps.iter().map(|step| format!(" {}:{}:{}", step.change, step.old, step.new));
        assert_eq!(one.value.clone() + &steps.collect::<String>(), want);
        let sites = sites(&one, text, "app").unwrap_or_default();
        assert_eq!(sites.iter().map(|site| format!("{} = {}", site.locator, site.template)).collect::<Vec<_>>(), named);
    }

    #[test]
    fn pieces_take_steps_of_whole_numbers() {
        let text = "#define X_VERSION_MAJOR 1\n#define X_VERSION_MINOR 38\n#define X_VERSION_PATCH 2\n\
                    #define X_VERSION_SUFFIX \"dev\"\n";
        let suffix = spot(text, "\"dev", "0::dev 1:dev: 2::dev 3:dev:");
        let spots = vec![spot(text, " 38", "3:37:38"), spot(text, " 2", "0:1:2 2:0:1 3:1:0"), suffix];
        let steps = "1.38.2-dev 0:1.38.1:1.38.2-dev 1:1.38.1-dev:1.38.1 2:1.38.0:1.38.1-dev 3:1.37.1-dev:1.38.0";
        let named = [
            "#define X_VERSION_MAJOR {} = {app.major}",
            "#define X_VERSION_MINOR {} = {app.minor}",
            "#define X_VERSION_PATCH {} = {app.patch}",
            " X_VERSION_SUFFIX \"(?<version>[0-9A-Za-z.+-]*) = {app.pre}",
        ];
        check(text, spots, steps, &named);
    }

    #[test]
    fn a_row_is_one_place() {
        let text = "static Version version( 3, 8, 1, \"\", 0 );\n";
        let spots = vec![spot(text, " 8,", "1:7:8"), spot(text, " 1,", "0:0:1 1:4:0")];
        let form = "[0-9]+, [0-9]+, [0-9]+";
        let named = format!(" version\\( (?<version>{form}) = {{app.major}}, {{app.minor}}, {{app.patch}}");
        check(text, spots, "3.8.1 0:3.8.0:3.8.1 1:3.7.4:3.8.0", &[&named]);
        assert!(groups("version = (1, 2)\n", &[spot("version = (1, 2)\n", " 2", "0:1:2")]).is_empty());
    }
}
