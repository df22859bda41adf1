//! A line is written whole or not at all: half of one is neither what it was nor what it will be.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::super::places::Spot;
use super::super::{Site, Verdict, place};
use super::History;

/// How many of the last moves are looked at.
const LAST: usize = 4;

/// Makes a question of taken places in whose line another number moves with them that is not written.
pub(super) fn keep_whole(past: &History, sites: &mut [Site]) {
    let mut taken_in: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, site) in sites.iter().enumerate().filter(|(_, site)| site.verdict == Verdict::Taken) {
        taken_in.entry(site.path.clone()).or_default().push(at);
    }
    for ((path, _), spots) in by_line(past).into_iter().filter(|(_, spots)| spots.len() > 1) {
        let Some(here) = taken_in.get(path) else { continue };
        let covers = |site: usize, spot: &Spot| {
            let overlaps = |span: &Range<usize>| span.start < spot.span.end && spot.span.start < span.end;
            sites[site].spans.iter().any(overlaps)
        };
        let (taken, open): (Vec<&Spot>, Vec<&Spot>) =
            spots.iter().partition(|spot| here.iter().any(|site| covers(*site, spot)));
        let Some(left) = open.iter().find(|spot| taken.iter().any(|other| goes_with(spot, other))) else { continue };
        let half: Vec<usize> =
            here.iter().copied().filter(|site| taken.iter().any(|spot| covers(*site, spot))).collect();
        for site in half {
            let template = sites[site].template.clone();
            let reason = format!("`{}` in the same line moves with it, and nothing writes that", left.value);
            sites[site].set(Verdict::Unsure, template, reason);
        }
    }
}

/// The places of each line.
fn by_line<'a>(past: &'a History) -> BTreeMap<(&'a str, usize), Vec<&'a Spot>> {
    let mut files: BTreeMap<&str, Vec<&Spot>> = BTreeMap::new();
    for spot in past.spots.iter().chain(&past.pieces).filter(|spot| spot.parts.is_empty()) {
        files.entry(&spot.path).or_default().push(spot);
    }
    let mut lines: BTreeMap<(&str, usize), Vec<&Spot>> = BTreeMap::new();
    for (path, spots) in files.into_iter().filter(|(_, spots)| spots.len() > 1) {
        let Some(text) = (past.facts.read)(path) else { continue };
        for spot in spots {
            lines.entry((path, place::line_of(&text, &spot.span).start)).or_default().push(spot);
        }
    }
    lines
}

/// Did it move in at least half of the commits in which the other did lately?
fn goes_with(spot: &Spot, other: &Spot) -> bool {
    let last = other.steps.iter().take(LAST);
    let along = last.clone().filter(|step| spot.steps.iter().any(|own| own.change == step.change)).count();
    along * 2 >= last.count()
}
