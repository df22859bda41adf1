//! Each place against the releases of its track.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::draft::Seen;
use super::super::known::{Role, braced};
use super::super::places::{Spot, Step};
use super::super::tracks::Tracks;
use super::super::trains::key;
use super::super::weigh::{Weight, is_early, weigh};
use super::super::{Site, Verdict, joined, mentions, pieces, place, spelling};
use super::History;
use super::homes::{Home, Homes};
use crate::locate::Hit;
use crate::template::Template;
use crate::version::Version;

/// From this weight on a place is taken; from the other on it is a question.
const TAKEN: f64 = 0.5;
const ASKED: f64 = 0.25;

/// What became of a spot: the template of its number, and the verdict.
struct Judged {
    slot: Option<String>,
    verdict: Verdict,
    reason: String,
    weight: Weight,
}

/// Gives each place with a past its verdict; places that no well-known manifest names are added.
pub(super) fn judge(past: &History, sites: &mut Vec<Site>, homes: &Homes, tree: &Tracks) {
    let current = tree.app.as_ref().and_then(|app| app.current.clone());
    let judged: Vec<Judged> = (0..past.spots.len()).map(|spot| one(past, homes, spot)).collect();
    for (at, judged) in judged.iter().enumerate() {
        if let Some(site) = past.cover[at] {
            covered(&mut sites[site], judged);
        }
    }
    stayed(past, sites, homes);
    sites.extend(uncovered(past, &judged, current.as_deref()));
    let apart: Vec<Site> = (0..past.spots.len()).flat_map(|at| apart(past, homes, at, &judged[at])).collect();
    let rest = joined::merge(sites, apart);
    sites.extend(rest);
    sites.extend(pieces_of(past, sites, homes));
}

/// The pieces of a number that is kept apart, with its verdict.
fn apart(past: &History, homes: &Homes, at: usize, judged: &Judged) -> Vec<Site> {
    let spot = &past.spots[at];
    let home = homes.of_train[past.train_of[at]].as_ref().and_then(|home| home.slot(&spot.path));
    let (Some(home), Some(slot), false) = (home, &judged.slot, spot.parts.is_empty()) else { return Vec::new() };
    // Its pieces have no spelling of their own, and don't tell what comes behind the numbers.
    if *slot != format!("{{{home}}}") && *slot != format!("{{{home}.release}}") {
        return Vec::new();
    }
    let text = (past.facts.read)(&spot.path);
    let mut sites = text.and_then(|text| joined::sites(spot, &text, &home)).unwrap_or_default();
    for site in &mut sites {
        let template = if judged.verdict == Verdict::Left { String::new() } else { site.template.clone() };
        site.set(judged.verdict, template, judged.reason.clone());
        site.seen = Some(judged.weight.seen.clone());
    }
    sites
}

fn one(past: &History, homes: &Homes, at: usize) -> Judged {
    let (spot, train) = (&past.spots[at], past.train_of[at]);
    let releases = &past.trains[train].releases;
    let weight = weigh(spot, releases);
    let left = |reason: &str, weight| Judged { slot: None, verdict: Verdict::Left, reason: reason.to_owned(), weight };
    if homes.of_train[train].is_none() {
        return match past.about[train].repeats.and_then(|other| homes.of_train[other].as_ref()) {
            Some(_) => left("repeats a number some commits later: something else writes it", weight),
            None => left("moves on its own", weight),
        };
    }
    let lead = &past.spots[past.trains[train].lead];
    let own = homes.slot(train, &spot.path);
    let mut weight = weight;
    weight.seen.between = is_other_between(spot, lead);
    let track = own.clone().unwrap_or_else(|| String::from("it"));
    let slot = own.and_then(|slot| spelling(&slot, lead, spot));
    let same = is_current(spot, lead, &weight, slot.as_deref());
    let (verdict, reason) = verdict(spot, lead, &track, &weight, same);
    weight.seen.between &= verdict == Verdict::Taken && !same;
    if quotes(past, spot) {
        return left("quotes the commit that released it: a list of what changed", weight);
    }
    match slot {
        Some(slot) => Judged { slot: Some(slot), verdict, reason, weight },
        None => left("no template says how it spells the number", weight),
    }
}

/// Does a line that moved only once repeat the subject of the commit that moved it, as lists of changes do?
fn quotes(past: &History, spot: &Spot) -> bool {
    let [step] = &spot.steps[..] else { return false };
    let subject = &past.facts.past.changes[step.change].subject;
    subject.contains(": ") && spot.mask.contains(&subject.replace(&step.new, "\0"))
}

/// Where the track stands for this place: at the last final version, if it takes no other.
fn current<'a>(lead: &'a Spot, weight: &Weight) -> &'a str {
    let last = lead.steps.iter().find(|step| !is_early(&step.new));
    match last {
        Some(step) if weight.seen.finals && is_early(&lead.value) => &step.new,
        _ => &lead.value,
    }
}

/// Does it say where the track stands, in its own words?
fn is_current(spot: &Spot, lead: &Spot, weight: &Weight, slot: Option<&str>) -> bool {
    let current = current(lead, weight);
    let says = |slot: &str| {
        let version = Version::parse(current).ok()?;
        Template::parse(slot).ok()?.render(|_| Some(&version)).ok()
    };
    key(&spot.value) == key(current) || slot.and_then(says).as_ref() == Some(&spot.value)
}

/// Was it never at the number of its track when a release came, and took that of the release each time?
fn is_other_between(spot: &Spot, lead: &Spot) -> bool {
    let along = |step: &Step| {
        let release = lead.steps.iter().find(|release| release.change == step.change)?;
        Some(key(&release.old) != key(&step.old))
    };
    let apart: Vec<bool> = spot.steps.iter().filter_map(along).take(4).collect();
    apart.len() >= 2 && apart.iter().all(|apart| *apart)
}

fn verdict(spot: &Spot, lead: &Spot, track: &str, weight: &Weight, same: bool) -> (Verdict, String) {
    let same = same || weight.seen.between;
    let current = current(lead, weight);
    let words = weight.seen.words();
    // It has come to every number, if not always in the release's own commit.
    let every = weight.along + weight.later > 0.99 && weight.seen.moved * 2 > weight.seen.of;
    match () {
        () if (weight.along >= TAKEN || every) && same => (Verdict::Taken, format!("`{}`, {words}", spot.value)),
        () if weight.along >= TAKEN => {
            (Verdict::Unsure, format!("{words}, and says `{}` now, not `{current}`", spot.value))
        }
        () if weight.missed >= 2 => (Verdict::Left, format!("stayed at `{}`: {words}", spot.value)),
        () if weight.along + weight.later >= TAKEN && weight.along < ASKED => {
            (Verdict::Left, String::from("comes some commits later: something else writes it"))
        }
        () if weight.along >= ASKED => {
            (Verdict::Unsure, format!("{words}: does it still follow `{track}`, now `{current}`?"))
        }
        () => (Verdict::Left, words),
    }
}

/// The slots in which a place spells the number of its track; none where no one fits.
fn spelling(slot: &str, lead: &Spot, spot: &Spot) -> Option<String> {
    let step = |change: usize| lead.steps.iter().find(|step| step.change == change);
    let pairs: Vec<(&str, &str)> =
        spot.steps.iter().filter_map(|own| Some((step(own.change)?.new.as_str(), own.new.as_str()))).take(6).collect();
    // Nothing to compare, or the newest says it plainly: an older habit of spelling is gone.
    if pairs.first().is_none_or(|(lead, own)| lead == own)
        && pairs.iter().skip(1).all(|(lead, own)| key(lead) == key(own))
    {
        let plain = pairs.iter().all(|(lead, own)| lead == own);
        return (!plain).then(|| spelling::slots(slot, &pairs)).flatten().or_else(|| Some(format!("{{{slot}}}")));
    }
    spelling::slots(slot, &pairs)
}

/// A well-known place: its locator stays, its template and verdict come from the past.
fn covered(site: &mut Site, judged: &Judged) {
    if matches!(site.role, Role::Part(_) | Role::Reset) {
        return;
    }
    let template = judged.slot.as_ref().map(|slot| site.shape.replace("{}", slot)).unwrap_or_default();
    let template = if judged.verdict == Verdict::Left { String::new() } else { template };
    site.set(judged.verdict, template, judged.reason.clone());
    site.seen = judged.slot.is_some().then(|| judged.weight.seen.clone());
    // A manifest that is new takes what comes.
    if let Some(seen) = site.seen.as_mut().filter(|seen| seen.moved < 2) {
        seen.finals = false;
    }
}

/// A well-known place that never moved, and says another number than its track, stays after two releases.
fn stayed(past: &History, sites: &mut [Site], homes: &Homes) {
    let program = homes.of_train.iter().position(|home| *home == Some(Home::Track(String::from("app"))));
    let releases = program.map_or(0, |program| past.trains[program].releases.len());
    for (at, site) in sites.iter_mut().enumerate().filter(|_| releases >= 2) {
        let disagrees = ["disagrees", "says `"].iter().any(|word| site.reason.starts_with(word));
        if disagrees && site.template.contains("{app") && past.train_of_site(at).is_none() {
            let reason = format!("kept `{}` through the last releases", site.value);
            site.set(Verdict::Left, String::new(), reason);
            site.seen = Some(Seen { of: releases.min(8), ..Seen::default() });
        }
    }
}

/// Places that only the past shows.
fn uncovered(past: &History, judged: &[Judged], current: Option<&str>) -> Vec<Site> {
    let mut files: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for at in (0..past.spots.len()).filter(|at| past.cover[*at].is_none() && past.spots[*at].parts.is_empty()) {
        files.entry(&past.spots[at].path).or_default().push(at);
    }
    let mut found = Vec::new();
    for (path, spots) in files {
        let Some(text) = (past.facts.read)(path) else { continue };
        let page = Page { past, judged, text: &text, images: place::images(&text) };
        let mut claimed: Vec<Range<usize>> = Vec::new();
        for at in spots {
            let span = &past.spots[at].span;
            if claimed.iter().any(|other| other.start < span.end && span.start < other.end) {
                continue;
            }
            if let Some(site) = page.site(at, current) {
                claimed.extend(site.spans.iter().cloned());
                found.push(site);
            }
        }
    }
    found
}

struct Page<'a> {
    past: &'a History<'a>,
    judged: &'a [Judged],
    text: &'a str,
    images: Vec<(String, Range<usize>)>,
}

impl Page<'_> {
    fn site(&self, at: usize, current: Option<&str>) -> Option<Site> {
        let (spot, judged) = (&self.past.spots[at], &self.judged[at]);
        let equal = current.is_some_and(|current| key(current) == key(&spot.value));
        match (&judged.slot, judged.verdict) {
            (Some(slot), Verdict::Taken | Verdict::Unsure) => Some(self.taken(at, slot)),
            // Said, so that nobody asks; what moves on its own far from the project's numbers is nobody's question.
            (Some(_), _) => Some(self.left(spot, &judged.reason)),
            (None, _) if equal => Some(self.left(spot, &judged.reason)),
            (None, _) => None,
        }
    }

    fn taken(&self, at: usize, slot: &str) -> Site {
        let (spot, judged) = (&self.past.spots[at], &self.judged[at]);
        let Some((format, locator, hits)) = self.locate(at) else {
            return self.left(spot, "no locator names it without its neighbours");
        };
        let mut site = mentions::built(&spot.path, format, locator, hits, &spot.value);
        let template = site.shape.replace("{}", slot);
        site.set(judged.verdict, template, judged.reason.clone());
        site.seen = Some(judged.weight.seen.clone());
        site
    }

    /// The image's name, if all its tags in this file are taken alike; else the strictest locator, if all that it
    /// hits is.
    fn locate(&self, at: usize) -> Option<(&'static str, String, Vec<Hit>)> {
        let spot = &self.past.spots[at];
        let covers = |of: &Range<usize>| of.start <= spot.span.start && spot.span.end <= of.end;
        let image = self.images.iter().find(|(_, tag)| covers(tag)).and_then(|(name, _)| {
            let hits = place::look("image", self.text, name);
            let same = hits.iter().all(|hit| hit.value == hits[0].value);
            (same && hits.iter().any(|hit| covers(&hit.span))).then(|| ("image", name.clone(), hits))
        });
        let alike = |(_, _, hits): &place::Strict| self.alike(at, hits);
        let places = || place::Places::new(&spot.path, self.text);
        image.filter(alike).or_else(|| places().every(&spot.span).find(alike))
    }

    /// Is everything that a locator hits in the same track, with the same verdict?
    fn alike(&self, at: usize, hits: &[Hit]) -> bool {
        let (past, path) = (self.past, &self.past.spots[at].path);
        hits.iter().all(|hit| {
            let inside = |other: &usize| {
                let spot = &past.spots[*other];
                spot.path == *path && hit.span.start <= spot.span.start && spot.span.end <= hit.span.end
            };
            (0..past.spots.len()).find(inside).is_some_and(|other| {
                past.train_of[other] == past.train_of[at] && self.judged[other].verdict == self.judged[at].verdict
            })
        })
    }

    fn left(&self, spot: &Spot, reason: &str) -> Site {
        let hit = Hit { span: spot.span.clone(), value: spot.value.clone() };
        let line = self.text[..spot.span.start].matches('\n').count() + 1;
        let mut site = mentions::built(&spot.path, "line", line.to_string(), vec![hit], &spot.value);
        site.set(Verdict::Left, String::new(), reason);
        site
    }
}

/// Lone integers and short forms that are a piece of a track's number.
fn pieces_of(past: &History, sites: &[Site], homes: &Homes) -> Vec<Site> {
    let mut found: Vec<Site> = Vec::new();
    for spot in &past.pieces {
        let covers = |site: &Site| {
            site.path == spot.path
                && site.spans.iter().any(|span| span.start < spot.span.end && spot.span.start < span.end)
        };
        if sites.iter().chain(&found).any(covers) {
            continue;
        }
        found.extend((0..past.trains.len()).find_map(|train| piece(past, homes, train, spot)));
    }
    found
}

fn piece(past: &History, homes: &Homes, train: usize, spot: &Spot) -> Option<Site> {
    let slot = homes.slot(train, &spot.path)?;
    let releases = &past.trains[train].releases;
    let current = &past.spots[past.trains[train].lead].value;
    let said = pieces::find(spot, releases, current, &slot)?;
    let text = (past.facts.read)(&spot.path)?;
    let (template, (format, locator, hits)) = match pieces::tuple(&text, &spot.span, current, &slot) {
        Some(tuple) => tuple,
        None => {
            let strict = place::strictest(&spot.path, &text, &spot.span)?;
            let (before, after) = place::around(&text, strict.2.first()?, &spot.span)?;
            (format!("{}{said}{}", braced(before), braced(after)), strict)
        }
    };
    let [hit] = &hits[..] else { return None };
    let weight = weigh(spot, releases);
    let reason = format!("`{}`, a piece of `{current}`", hit.value);
    let mut site = mentions::built(&spot.path, format, locator, hits, &spot.value);
    site.set(Verdict::Taken, template, reason);
    site.seen = Some(Seen { finals: false, between: false, ..weight.seen });
    Some(site)
}
