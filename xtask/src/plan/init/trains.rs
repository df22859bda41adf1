//! Places that move together: the same new numbers in the same commits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::places::{Spot, Step};
use super::token;

/// How many of the last moves are looked at.
const LAST: usize = 4;

/// Places that are one number, and its releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Train {
    /// Indices into the places; the one that leads is among them.
    pub spots: Vec<usize>,
    /// The place that moved most steadily.
    pub lead: usize,
    /// What the leading place did, the newest first.
    pub releases: Vec<Step>,
}

impl Train {
    /// The changes in which it moved, the newest first.
    pub fn changes(&self) -> impl Iterator<Item = usize> + '_ {
        self.releases.iter().map(|step| step.change)
    }
}

/// A change, and the number that came with it.
type Cell = (usize, String);

/// Places with one history.
struct Bundle {
    spots: Vec<usize>,
    cells: Vec<Cell>,
    /// From which number the last move came.
    last: String,
}

/// The trains of these places; `rank` says how well-known a place is: of two that moved as often, the smaller leads.
pub(super) fn find(spots: &[Spot], rank: &dyn Fn(usize) -> usize) -> Vec<Train> {
    let bundles = bundle(spots);
    let mut root: Vec<usize> = (0..bundles.len()).collect();
    for (a, b) in neighbours(&bundles) {
        if together(&bundles[a], &bundles[b]) {
            let (a, b) = (find_root(&mut root, a), find_root(&mut root, b));
            root[a.max(b)] = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, bundle) in bundles.iter().enumerate() {
        groups.entry(find_root(&mut root, at)).or_default().extend(&bundle.spots);
    }
    let mut trains: Vec<Train> = groups.into_values().map(|members| train(spots, members, rank)).collect();
    join_parts_of(&mut trains, spots);
    join_spellings(trains, spots, rank)
}

/// The digits of a number, without what comes behind.
fn core(number: &str) -> &str {
    &number[..token::number(number.as_bytes(), 0)]
}

/// Trains that moved in the same commits from and to the same digits are one number, with words of their own behind
/// it: `1.3.0-SNAPSHOT`, `1.3.0.dev0` and `1.3.0`.
fn join_spellings(trains: Vec<Train>, spots: &[Spot], rank: &dyn Fn(usize) -> usize) -> Vec<Train> {
    let newest = |train: &Train| -> Vec<(usize, String, String)> {
        let cell = |step: &Step| (step.change, core(&step.old).to_owned(), core(&step.new).to_owned());
        train.releases.iter().take(LAST).map(cell).collect()
    };
    let mut groups: BTreeMap<Vec<(usize, String, String)>, Vec<usize>> = BTreeMap::new();
    for (at, train) in trains.iter().enumerate() {
        let cells = newest(train);
        // One meeting may be by chance, and to take a pre-release away is another move.
        let counts = cells.len() >= 2 && cells.iter().all(|(_, old, new)| !new.is_empty() && old != new);
        groups
            .entry(if counts { cells } else { vec![(usize::MAX, at.to_string(), String::new())] })
            .or_default()
            .push(at);
    }
    let mut of: Vec<Option<Train>> = trains.into_iter().map(Some).collect();
    let mut joined: Vec<(usize, Train)> = Vec::new();
    for group in groups.into_values() {
        let mut members: Vec<Train> = group.iter().filter_map(|at| of[*at].take()).collect();
        let one = match members.len() {
            1 => members.remove(0),
            _ => train(spots, members.into_iter().flat_map(|train| train.spots).collect(), rank),
        };
        joined.push((group[0], one));
    }
    joined.sort_by_key(|(at, _)| *at);
    joined.into_iter().map(|(_, train)| train).collect()
}

fn bundle(spots: &[Spot]) -> Vec<Bundle> {
    let mut bundles: BTreeMap<(Vec<Cell>, String), Vec<usize>> = BTreeMap::new();
    for (at, spot) in spots.iter().enumerate() {
        let last = spot.steps.first().map_or_else(String::new, |step| key(&step.old));
        bundles.entry((cells(&spot.steps), last)).or_default().push(at);
    }
    bundles.into_iter().map(|((cells, last), spots)| Bundle { spots, cells, last }).collect()
}

fn cells(steps: &[Step]) -> Vec<Cell> {
    steps.iter().map(|step| (step.change, key(&step.new))).collect()
}

/// A number without what its spellings differ in: `1.2.0-rc.1` and `1.2.0rc1` are one.
pub(super) fn key(number: &str) -> String {
    let lower = number.to_ascii_lowercase();
    let bytes = lower.as_bytes();
    let letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphabetic);
    let keep = |at: usize| match bytes[at] {
        b'.' => !letter(at.checked_sub(1).map(|at| &bytes[at])) && !letter(bytes.get(at + 1)),
        b => b.is_ascii_alphanumeric(),
    };
    (0..bytes.len()).filter(|at| keep(*at)).map(|at| bytes[at] as char).collect()
}

/// Pairs of bundles that share a cell at all.
fn neighbours(bundles: &[Bundle]) -> BTreeSet<(usize, usize)> {
    let mut by_cell: HashMap<&Cell, Vec<usize>> = HashMap::new();
    for (at, bundle) in bundles.iter().enumerate() {
        for cell in bundle.cells.iter().take(LAST) {
            by_cell.entry(cell).or_default().push(at);
        }
    }
    let pairs = |group: &Vec<usize>| {
        let group = group.clone();
        (1..group.len())
            .flat_map(move |b| (0..b).map(|a| (a, b)).collect::<Vec<_>>())
            .map(move |(a, b)| (group[a], group[b]))
    };
    by_cell.values().flat_map(|group| pairs(group).collect::<Vec<_>>()).collect()
}

/// Did both make at least half of their last moves together, since both are known? Where the very last one is among
/// these, from the same number, it weighs most.
fn together(a: &Bundle, b: &Bundle) -> bool {
    let newest = a.cells.first() == b.cells.first() && a.last == b.last;
    let (a, b) = (&a.cells, &b.cells);
    let known = |cells: &[Cell]| cells.last().map_or(0, |(change, _)| *change);
    let since = known(a).min(known(b));
    let last = |cells: &[Cell]| -> Vec<Cell> {
        cells.iter().take_while(|(change, _)| *change <= since).take(LAST).cloned().collect()
    };
    let half = |of: &[Cell], all: &[Cell]| {
        let shared = of.iter().filter(|cell| all.contains(cell)).count();
        shared > 0 && shared * 2 >= of.len()
    };
    let heavy = |of: &[Cell], all: &[Cell]| {
        let weigh = |shared: bool| {
            let cells = of.iter().enumerate().filter(|(_, cell)| !shared || all.contains(cell));
            cells.map(|(at, _)| 0.5_f64.powi(i32::try_from(at).unwrap_or(i32::MAX))).sum::<f64>()
        };
        weigh(true) * 2.0 >= weigh(false)
    };
    let (of_a, of_b) = (last(a), last(b));
    half(&of_a, b) && half(&of_b, a) || newest && heavy(&of_a, b) && heavy(&of_b, a)
}

fn find_root(root: &mut [usize], mut at: usize) -> usize {
    while root[at] != at {
        root[at] = root[root[at]];
        at = root[at];
    }
    at
}

fn train(spots: &[Spot], members: Vec<usize>, rank: &dyn Fn(usize) -> usize) -> Train {
    let mut counts: HashMap<Cell, usize> = HashMap::new();
    for cell in members.iter().flat_map(|spot| cells(&spots[*spot].steps)) {
        *counts.entry(cell).or_default() += 1;
    }
    // The last moves of the train as a whole: whoever made most of them leads.
    let mut recent: Vec<usize> = counts.keys().map(|(change, _)| *change).collect();
    recent.sort_unstable();
    recent.dedup();
    let oldest = recent.get(2 * LAST - 1).copied().unwrap_or(usize::MAX);
    // A number that is kept apart is set between releases as well: that it moved more often doesn't make it lead.
    let steady = |spot: usize| {
        let moves = spots[spot].steps.iter().filter(|step| step.change <= oldest).count();
        if spots[spot].parts.is_empty() { 3 * moves } else { moves }
    };
    let lead = members
        .iter()
        .copied()
        .min_by_key(|spot| {
            (std::cmp::Reverse(steady(*spot)), rank(*spot), spots[*spot].path.matches('/').count(), *spot)
        })
        .unwrap_or_default();
    Train { releases: spots[lead].steps.clone(), spots: members, lead }
}

/// A place that moves only sometimes, and then always with a train, belongs to it.
fn join_parts_of(trains: &mut Vec<Train>, spots: &[Spot]) {
    trains.sort_by_key(|train| std::cmp::Reverse((train.releases.len(), train.spots.len())));
    let mut at = trains.len();
    while at > 1 {
        at -= 1;
        let seldom: BTreeSet<Cell> = trains[at].spots.iter().flat_map(|spot| cells(&spots[*spot].steps)).collect();
        let of = (0..at).find(|larger| {
            let all = cells(&trains[*larger].releases);
            seldom.len() >= 2 && seldom.len() * 2 <= all.len() && seldom.iter().all(|cell| all.contains(cell))
        });
        if let Some(of) = of {
            let part = trains.remove(at);
            trains[of].spots.extend(part.spots);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each place as `change:new change:new`, the newest first.
    #[track_caller]
    fn check(places: &[&str], want: &[&[usize]]) {
        let step = |text: &str| {
            let (change, new) = text.split_once(':').unwrap();
            Step { change: change.parse().unwrap(), old: String::new(), new: new.to_owned() }
        };
        let spot = |text: &&str| Spot {
            path: String::from("a"),
            steps: {
                let mut steps: Vec<Step> = text.split(' ').map(step).collect();
                (1..steps.len()).for_each(|at| steps[at - 1].old = steps[at].new.clone());
                steps
            },
            ..Spot::default()
        };
        let spots: Vec<Spot> = places.iter().map(spot).collect();
        let mut found: Vec<Vec<usize>> = find(&spots, &|_| 0)
            .into_iter()
            .map(|mut train| {
                train.spots.sort_unstable();
                train.spots
            })
            .collect();
        found.sort();
        assert_eq!(found, want);
    }

    #[test]
    fn places_that_move_together_are_one_train() {
        check(&["0:1.2 1:1.1", "0:1.2 1:1.1", "0:7.2 1:7.1"], &[&[0, 1], &[2]]);
        check(&["0:1.2.0-rc.1 1:1.1", "0:1.2.0rc1 1:1.1"], &[&[0, 1]]);
    }

    #[test]
    fn words_behind_the_same_digits_make_no_other_number() {
        check(&["0:1.3-SNAPSHOT 1:1.2-SNAPSHOT 2:1.1-SNAPSHOT", "0:1.3.dev0 1:1.2.dev0 2:1.1.dev0"], &[&[0, 1]]);
        check(&["0:1.3-SNAPSHOT 1:1.2-SNAPSHOT 2:1.1-SNAPSHOT", "0:1.3 1:1.2 3:1.1"], &[&[0], &[1]]);
    }

    #[test]
    fn one_meeting_by_chance_is_no_train() {
        check(&["0:1.9 2:1.8 4:1.7 6:1.6", "0:1.9 1:1.5 3:1.4 5:1.3"], &[&[0], &[1]]);
    }

    #[test]
    fn two_that_have_come_together_move_on_together() {
        check(&["0:1.9 1:1.8 4:1.7 6:1.6", "0:1.9 1:1.8 2:0.2 3:0.1"], &[&[0, 1]]);
    }

    #[test]
    fn a_younger_place_is_measured_since_it_is_known() {
        check(&["0:1.9 2:1.8 4:1.7 6:1.6", "0:1.9"], &[&[0, 1]]);
    }

    #[test]
    fn what_moves_seldom_but_never_alone_belongs_to_the_train() {
        check(&["0:2.0 1:1.9 2:1.8 3:1.7 4:1.6 5:1.0 6:0.9", "0:2.0 5:1.0"], &[&[0, 1]]);
    }

    #[test]
    fn spellings_of_one_number() {
        assert_eq!(key("1.2.0-rc.1"), key("1.2.0rc1"));
        assert_eq!(key("1.2.0.dev0"), "1.2.0dev0");
        assert_ne!(key("1.2.1"), key("1.21"));
    }
}
