//! From the lines that moved in the past to places of today's tree.
//!
//! A place is a path, a line with its versions masked, and which of them. Where one mask stands several times in a
//! file, the line's number followed back tells them apart, else their order, else what each of them says.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::past::mask::Masked;
use super::past::{Change, Move};
use super::{Facts, place, skip};

/// A version token of today's tree, with the steps that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub path: String,
    /// The token's bytes.
    pub span: Range<usize>,
    /// What it says today.
    pub value: String,
    /// Its line, with `\0` in place of each version.
    pub mask: String,
    /// The newest first.
    pub steps: Vec<Step>,
    /// Where its pieces stand, if it is kept apart: major, minor, patch, and perhaps what comes behind.
    pub parts: Vec<Range<usize>>,
}

/// After so many moves with the same end nobody expects another one.
const STEADY: usize = 4;

impl Spot {
    /// Without the number of a packaging that doesn't move any more, `1.2.3-1`: it belongs to the place.
    fn bare(mut self) -> Self {
        let Some(tail) = self.value.rfind('-').map(|at| self.value[at..].to_owned()) else { return self };
        let number = tail.len() > 1 && tail[1..].bytes().all(|b| b.is_ascii_digit());
        let ends = |text: &str| text.strip_suffix(&tail).is_some_and(|rest| !rest.contains(['-', '+']));
        let same = self.steps.iter().take_while(|step| ends(&step.old) && ends(&step.new)).count();
        if number && ends(&self.value) && (same == self.steps.len() || same >= STEADY) {
            let cut = |text: &mut String| text.truncate(text.len() - tail.len());
            cut(&mut self.value);
            self.steps.truncate(same);
            self.steps.iter_mut().for_each(|step| {
                cut(&mut step.old);
                cut(&mut step.new);
            });
            self.span.end -= tail.len();
        }
        self
    }
}

/// One move of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Index into the changes of the past: 0 is the newest.
    pub change: usize,
    pub old: String,
    pub new: String,
}

/// A line of today's text.
struct Line {
    number: usize,
    mask: String,
    tokens: Vec<Range<usize>>,
    /// What its tokens said before the moves that are known to be its own.
    said: Vec<String>,
    steps: Vec<Vec<Step>>,
}

type Moved<'a> = (usize, &'a Move);

/// The places of today's tree that moved in the past.
pub(super) fn find(facts: &Facts) -> Vec<Spot> {
    let tracked: HashSet<&str> = facts.files.iter().map(String::as_str).collect();
    let mut spots = Vec::new();
    for (path, moves) in by_path(&facts.past.changes) {
        if !tracked.contains(path) {
            continue;
        }
        let Some(text) = (facts.read)(path).filter(|text| !skip::unreadable(text)) else { continue };
        let mut lines = lines_of(&text);
        for moves in moves.chunk_by(|a, b| a.0 == b.0) {
            assign(&mut lines, moves);
        }
        spots.extend(lines.into_iter().flat_map(|line| line.spots(path, &text)));
    }
    spots
}

/// The moves of each file, the newest first.
fn by_path(changes: &[Change]) -> BTreeMap<&str, Vec<Moved<'_>>> {
    let mut paths: BTreeMap<&str, Vec<Moved>> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        for moved in &change.moves {
            paths.entry(&moved.path).or_default().push((at, moved));
        }
    }
    paths
}

fn lines_of(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for (at, (start, line)) in place::lines(text).enumerate() {
        let Some(masked) = Masked::of(line) else { continue };
        let said: Vec<String> = masked.versions(line).map(str::to_owned).collect();
        let tokens = masked.spans.iter().map(|token| start + token.start..start + token.end).collect();
        let steps = vec![Vec::new(); said.len()];
        found.push(Line { number: at + 1, mask: masked.mask, tokens, said, steps });
    }
    found
}

/// Gives the moves of one change to their lines.
fn assign(lines: &mut [Line], moves: &[Moved]) {
    let mut free = vec![true; lines.len()];
    let mut rest: BTreeMap<&str, Vec<Moved>> = BTreeMap::new();
    for (change, moved) in moves {
        let number = |line: &Line| Some(line.number).cmp(&moved.today);
        let followed = moved.today.and_then(|_| lines.binary_search_by(number).ok());
        match followed.filter(|at| free[*at] && lines[*at].said.len() == moved.tokens.len()) {
            Some(at) => {
                free[at] = false;
                lines[at].take(*change, moved);
            }
            None => rest.entry(&moved.mask).or_default().push((*change, *moved)),
        }
    }
    for (mask, moves) in rest {
        by_mask(lines, &mut free, mask, &moves);
    }
}

/// Lines with one mask: all of them moved, or there is only one, or what they say tells which.
fn by_mask(lines: &mut [Line], free: &mut [bool], mask: &str, moves: &[Moved]) {
    let alike: Vec<usize> = (0..lines.len()).filter(|at| free[*at] && lines[*at].mask == mask).collect();
    for (nth, (change, moved)) in moves.iter().enumerate() {
        let says = |at: &usize| free[*at] && lines[*at].said.iter().eq(moved.tokens.iter().map(|(_, new)| new));
        let found = match &alike[..] {
            [only] => Some(*only).filter(|at| free[*at]),
            _ if alike.len() == moves.len() => Some(alike[nth]),
            _ => alike.iter().copied().find(says),
        };
        if let Some(at) = found {
            free[at] = false;
            lines[at].take(*change, moved);
        }
    }
}

impl Line {
    fn take(&mut self, change: usize, moved: &Move) {
        for (at, (old, new)) in moved.tokens.iter().enumerate().take(self.steps.len()) {
            if old != new {
                self.steps[at].push(Step { change, old: old.clone(), new: new.clone() });
            }
            self.said[at].clone_from(old);
        }
    }

    fn spots(self, path: &str, text: &str) -> Vec<Spot> {
        let mask = self.mask;
        let tokens = self.tokens.into_iter().zip(self.steps).filter(|(_, steps)| !steps.is_empty());
        tokens
            .map(|(span, steps)| Spot {
                path: path.to_owned(),
                value: text[span.clone()].to_owned(),
                span,
                mask: mask.clone(),
                steps,
                parts: Vec::new(),
            })
            .map(Spot::bare)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::init::past::Past;

    fn moved(path: &str, mask: &str, tokens: &[(&str, &str)]) -> Move {
        let tokens = tokens.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
        Move { path: path.to_owned(), mask: mask.to_owned(), tokens, ..Move::default() }
    }

    fn change(moves: Vec<Move>) -> Change {
        Change { moves, ..Change::default() }
    }

    /// `value old→new old→new`, a place a line.
    #[track_caller]
    fn check(text: &str, changes: Vec<Change>, want: &[&str]) {
        let read = |_: &str| Some(text.to_owned());
        let facts = Facts {
            name: String::from("acme"),
            files: vec![String::from("a")],
            read: &read,
            tags: Vec::new(),
            branch: None,
            origin: None,
            origin_branch: None,
            siblings: Vec::new(),
            past: Past { changes, ..Past::default() },
        };
        let steps =
            |spot: &Spot| spot.steps.iter().map(|step| format!(" {}→{}", step.old, step.new)).collect::<String>();
        let found: Vec<String> = find(&facts).iter().map(|spot| format!("{}{}", spot.value, steps(spot))).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn a_line_is_found_by_its_mask() {
        let past = vec![
            change(vec![moved("a", "x: v\0", &[("1.1.0", "1.2.0")])]),
            change(vec![moved("a", "x: v\0", &[("1.0.0", "1.1.0")]), moved("a", "gone \0", &[("1.0.0", "1.1.0")])]),
        ];
        check("# file\nx: v1.2.0\n", past, &["1.2.0 1.1.0→1.2.0 1.0.0→1.1.0"]);
    }

    #[test]
    fn the_number_of_a_packaging_that_never_moves_belongs_to_the_place() {
        let two = |last: &str| {
            let newer = change(vec![moved("a", "\0 ./", &[("1.1-1", last)])]);
            vec![newer, change(vec![moved("a", "\0 ./", &[("1.0-1", "1.1-1")])])]
        };
        check("1.2-1 ./\n", two("1.2-1"), &["1.2 1.1→1.2 1.0→1.1"]);
        check("1.1-2 ./\n", two("1.1-2"), &["1.1-2 1.1-1→1.1-2 1.0-1→1.1-1"]);
        let moves =
            [("1.5-1", "1.6-1"), ("1.4-1", "1.5-1"), ("1.3-1", "1.4-1"), ("1.2-1", "1.3-1"), ("1.1-2", "1.2-1")];
        let past = moves.map(|(old, new)| change(vec![moved("a", "\0 ./", &[(old, new)])])).to_vec();
        check("1.6-1 ./\n", past, &["1.6 1.5→1.6 1.4→1.5 1.3→1.4 1.2→1.3"]);
    }

    #[test]
    fn a_token_that_stayed_is_no_place() {
        let past = vec![change(vec![moved("a", "\0 since \0", &[("1.1.0", "1.2.0"), ("0.9.0", "0.9.0")])])];
        check("1.2.0 since 0.9.0\n", past, &["1.2.0 1.1.0→1.2.0"]);
    }

    #[test]
    fn equal_lines_are_told_apart_by_order_or_by_what_they_say() {
        let both = || change(vec![moved("a", "v: \0", &[("1.1", "1.2")]), moved("a", "v: \0", &[("7.1", "7.2")])]);
        check("v: 1.2\nv: 7.2\n", vec![both()], &["1.2 1.1→1.2", "7.2 7.1→7.2"]);
        let one = change(vec![moved("a", "v: \0", &[("7.1", "7.2")])]);
        check("v: 1.2\nv: 7.2\n", vec![one], &["7.2 7.1→7.2"]);
        let unknown = change(vec![moved("a", "v: \0", &[("5.1", "5.2")])]);
        check("v: 1.2\nv: 7.2\n", vec![unknown], &[]);
    }
}
