//! Numbers of others that people keep by hand: moved again and again, and not by a program that updates dependencies.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::super::places::{Spot, Step};
use super::super::skip;
use super::super::trains::key;
use super::History;
use super::homes::Homes;

/// A number in several files that moved that often is kept by hand; one in a single file has to have moved oftener.
const SPREAD: usize = 2;
const ALONE: usize = 3;

/// How many of the last moves are looked at.
const LAST: usize = 4;

/// The trains of such numbers that have no home, those first that stand in several files, then those that moved last.
pub(super) fn find(past: &History, homes: &Homes, free: impl Iterator<Item = usize>) -> Vec<usize> {
    let homed = (0..past.trains.len()).filter(|train| homes.of_train[*train].is_some());
    // A second track at the number of another one would have to be told from it each time.
    let taken: BTreeSet<String> = homed.map(|train| key(&lead(past, train).value)).collect();
    let mut found: Vec<usize> =
        free.filter(|train| is_kept(past, *train) && !taken.contains(&key(&lead(past, *train).value))).collect();
    found.sort_by_key(|train| (Reverse(is_spread(past, *train)), past.trains[*train].changes().next()));
    found
}

fn lead<'a>(past: &'a History, train: usize) -> &'a Spot {
    &past.spots[past.trains[train].lead]
}

fn is_kept(past: &History, train: usize) -> bool {
    let releases = &past.trains[train].releases;
    let by_hand = |step: &&Step| !past.facts.past.changes[step.change].updater;
    let last: Vec<&Step> = releases.iter().take(LAST).collect();
    let people = last.iter().copied().filter(by_hand).count() * 2 > last.len();
    let enough = if is_spread(past, train) { SPREAD } else { ALONE };
    let foreign = past.trains[train].spots.iter().all(|spot| skip::names_dependencies(&past.spots[*spot].path));
    people && releases.len() >= enough && !foreign
}

/// Does it stand in files of several names or folders?
fn is_spread(past: &History, train: usize) -> bool {
    let paths: BTreeSet<&str> = past.trains[train].spots.iter().map(|spot| past.spots[*spot].path.as_str()).collect();
    paths.into_iter().filter(|path| !skip::names_dependencies(path)).count() >= 2
}
