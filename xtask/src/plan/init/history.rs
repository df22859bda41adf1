//! The tree's tracks and places, corrected by what moved in the past.
//!
//! ```text
//! places    moves → places of today's tree
//! trains    places that move together
//! kin       whose they are, and how they stand to each other
//! homes     trains → tracks and families
//! kept      numbers of others that people keep by hand → tracks as well
//! verdicts  each place against the releases of its track
//! lines     a line is written whole, or asked
//! ```
//!
//! A place with a past is judged by it; one without keeps the tree's verdict, unless the past speaks against it.

mod homes;
mod kept;
mod lines;
mod program;
#[cfg(test)]
mod tests;
mod verdicts;

use std::collections::HashSet;

use super::draft::Draft;
use super::kin::{self, About};
use super::known::Role;
use super::places::{self, Spot};
use super::tags::Group;
use super::tracks;
use super::trains::{self, Train};
use super::{Facts, Site, Verdict, joined, judge, mentions, skip, token, weigh, whole};

/// What is known from the past, ready to be asked.
pub(super) struct History<'a> {
    facts: &'a Facts<'a>,
    /// Places that state whole numbers.
    spots: Vec<Spot>,
    /// Places that state a lone integer: perhaps a piece of a number.
    pieces: Vec<Spot>,
    /// The well-known place of each spot.
    cover: Vec<Option<usize>>,
    trains: Vec<Train>,
    about: Vec<About>,
    /// The train of each spot.
    train_of: Vec<usize>,
}

/// Decides from the tree, the tags and the past; none where the past shows no place of today's tree.
pub(super) fn draft(facts: &Facts, sites: &[Site], groups: &[Group]) -> Option<Draft> {
    let mut sites = sites.to_vec();
    let mut tree = tracks::decide(facts, &sites, groups);
    let past = History::read(facts, &sites, groups, &tree.names)?;
    let program = program::find(&past, &sites, &tree, groups);
    if let Some(program) = program {
        tree.app = Some(program::app(&past, program, &sites, groups, &tree));
    }
    let apart = past.without_riders(&sites, program);
    tree.families = tracks::families(&apart, groups, tree.app.as_ref());
    homes::relate(&mut tree.families, &past, &sites, program);
    past.drop_resting(&mut tree.families, &sites, program);
    judge::judge(&mut sites, &tree);
    let homes = homes::find(&past, &sites, &mut tree, program);
    verdicts::judge(&past, &mut sites, &homes, &tree);
    lines::keep_whole(&past, &mut sites);
    judge::resets(&mut sites);
    let found = mentions::find(facts, &tree, &sites);
    let known = program.is_some_and(|program| past.trains[program].releases.len() >= 2);
    sites.extend(found.into_iter().map(|site| if known { doubted(site) } else { site }));
    past.leads_first(&mut sites, &homes);
    let states = |site: &Site| site.verdict != Verdict::Left && site.template.contains("{app");
    let current = tree.app.as_ref().and_then(|app| app.current.as_deref());
    if homes.replace(current) && !sites.iter().any(states) {
        tree.app = None;
    }
    let notes = homes.note().into_iter().collect();
    let listed = tree.app.is_some() || !tree.families.is_empty() || homes.extra.is_empty();
    let mut tracks = if listed { tree.listed(facts, &sites) } else { Vec::new() };
    tracks.extend(homes.extra);
    whole::make(&mut tracks, &mut sites);
    Some(Draft { tracks, sites, notes, ..Draft::default() })
}

impl<'a> History<'a> {
    fn read(facts: &'a Facts<'a>, sites: &[Site], groups: &[Group], names: &[String]) -> Option<Self> {
        let mut all = joined::join(facts, places::find(facts));
        // What was only ever taken back was never released.
        all.retain(|spot| spot.steps.iter().any(|step| token::order(&step.old, &step.new).is_lt()));
        all.retain(|spot| !skip::is_history(&spot.path) || follows(spot));
        let shorts: Vec<bool> = all.iter().map(|spot| is_short(spot, &all)).collect();
        let named = |spot: &Spot| cover(spot, sites).is_some_and(|site| !is_piece(sites[site].role));
        let whole = |(spot, short): &(Spot, bool)| !short && spot.value.contains('.') || named(spot);
        let (spots, pieces): (Vec<_>, Vec<_>) = all.into_iter().zip(shorts).partition(whole);
        let bare = |spots: Vec<(Spot, bool)>| spots.into_iter().map(|(spot, _)| spot).collect::<Vec<_>>();
        let (spots, pieces) = (bare(spots), bare(pieces));
        let cover: Vec<Option<usize>> = spots.iter().map(|spot| cover(spot, sites)).collect();
        let rank = |spot: usize| cover[spot].map_or(usize::MAX, |site| sites[site].rank);
        let trains = trains::find(&spots, &rank);
        let about = kin::about(&trains, &spots, sites, &cover, &facts.past, groups, names);
        let mut train_of = vec![0; spots.len()];
        for (at, train) in trains.iter().enumerate() {
            train.spots.iter().for_each(|spot| train_of[*spot] = at);
        }
        let moved = !spots.is_empty() || !pieces.is_empty();
        moved.then_some(Self { facts, spots, pieces, cover, trains, about, train_of })
    }

    /// The train in which a well-known place moves.
    fn train_of_site(&self, site: usize) -> Option<usize> {
        let spot = self.cover.iter().position(|cover| *cover == Some(site))?;
        Some(self.train_of[spot])
    }

    /// The well-known places without the charts' numbers that are the program's own number.
    fn without_riders(&self, sites: &[Site], program: Option<usize>) -> Vec<Site> {
        let rides = |at: usize| program.is_some() && self.train_of_site(at) == program;
        let kept = sites.iter().enumerate().filter(|(at, site)| site.role != Role::Chart || !rides(*at));
        kept.map(|(_, site)| site.clone()).collect()
    }

    /// A lone chart that has not moved in all the releases that are known is nobody's to release.
    fn drop_resting(&self, families: &mut Vec<tracks::Family>, sites: &[Site], program: Option<usize>) {
        let known = program.is_some_and(|program| self.trains[program].releases.len() >= 2);
        let moved = |family: &tracks::Family| {
            sites.iter().enumerate().any(|(at, site)| {
                site.role == Role::Chart && family.member_of(&site.path).is_some() && self.train_of_site(at).is_some()
            })
        };
        families.retain(|family| !known || family.with_app || family.members.len() > 1 || moved(family));
    }

    /// A track's number is read back from its first place: the one that moved most steadily.
    fn leads_first(&self, sites: &mut [Site], homes: &homes::Homes) {
        let program = |train: &usize| homes.of_train[*train] == Some(homes::Home::Track(String::from("app")));
        let mut homed: Vec<usize> =
            (0..self.trains.len()).rev().filter(|train| homes.of_train[*train].is_some()).collect();
        homed.sort_by_key(program);
        for train in homed {
            let lead = &self.spots[self.trains[train].lead];
            let own = lead.parts.first().unwrap_or(&lead.span);
            let covers = |site: &Site| {
                site.path == lead.path
                    && site.verdict == Verdict::Taken
                    && site.spans.iter().any(|span| span.start <= own.start && own.end <= span.end)
            };
            if let Some(at) = sites.iter().position(covers) {
                sites[..=at].rotate_right(1);
            }
        }
    }
}

/// A mention that never moved although releases did: a question, however well it looks.
fn doubted(mut site: Site) -> Site {
    if site.verdict == Verdict::Taken && site.reason != mentions::OWN_PACKAGE {
        site.verdict = Verdict::Unsure;
        site.reason = format!("{}, but it has not moved with a release yet", site.reason);
    }
    site
}

/// In a file of history a heading is done with its release; what became one release after the other is a place.
fn follows(spot: &Spot) -> bool {
    let finals: HashSet<&str> =
        spot.steps.iter().map(|step| step.new.as_str()).filter(|new| !weigh::is_early(new)).collect();
    finals.len() > 1
}

/// The well-known place that holds a spot.
fn cover(spot: &Spot, sites: &[Site]) -> Option<usize> {
    let own = spot.parts.first().unwrap_or(&spot.span);
    let holds = |site: &Site| site.spans.iter().any(|span| span.start <= own.start && own.end <= span.end);
    sites.iter().position(|site| site.path == spot.path && holds(site))
}

/// Does it always say the beginning of another place's number, when that moves: `2022.5` of `2022.5.0`?
fn is_short(spot: &Spot, all: &[Spot]) -> bool {
    let two = |number: &str| token::numbers(number).len() == 2 && number.split('.').count() == 2;
    let begins = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'));
    two(&spot.value)
        && all.iter().any(|other| {
            spot.steps
                .iter()
                .all(|step| other.steps.iter().any(|long| long.change == step.change && begins(&long.new, &step.new)))
        })
}

fn is_piece(role: Role) -> bool {
    matches!(role, Role::Part(_) | Role::Reset)
}
