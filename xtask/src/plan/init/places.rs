//! From the lines that moved in the past to places of today's tree.
//!
//! A place is a path, a line with its versions masked, and which of them. Where one mask stands several times in a
//! file, the line's number followed back tells them apart, else their order, else what each of them says.

pub(super) mod fit;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::past::{Change, Move};
use super::{Facts, place, skip};

/// A version token of today's tree, with the steps that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// One move of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Index into the changes of the past: 0 is the newest.
    pub change: usize,
    pub old: String,
    pub new: String,
}

/// A line of today's text that has a mask.
struct Line {
    number: usize,
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
    for (path, masks) in by_mask(&facts.past.changes) {
        if !tracked.contains(path) {
            continue;
        }
        let Some(text) = (facts.read)(path).filter(|text| !skip::unreadable(text)) else { continue };
        for (mask, moves) in masks {
            let mut lines = lines_of(&text, mask);
            assign(&mut lines, &moves);
            spots.extend(lines.into_iter().flat_map(|line| line.spots(path, mask, &text)));
        }
    }
    spots
}

fn by_mask(changes: &[Change]) -> BTreeMap<&str, BTreeMap<&str, Vec<Moved<'_>>>> {
    let mut paths: BTreeMap<&str, BTreeMap<&str, Vec<Moved>>> = BTreeMap::new();
    for (at, change) in changes.iter().enumerate() {
        for moved in &change.moves {
            paths.entry(&moved.path).or_default().entry(&moved.mask).or_default().push((at, moved));
        }
    }
    paths
}

fn lines_of(text: &str, mask: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for (at, (start, line)) in place::lines(text).enumerate() {
        let Some(tokens) = fit::fit(mask, line) else { continue };
        let said = tokens.iter().map(|token| line[token.clone()].to_owned()).collect();
        let steps = vec![Vec::new(); tokens.len()];
        let tokens = tokens.into_iter().map(|token| start + token.start..start + token.end).collect();
        found.push(Line { number: at + 1, tokens, said, steps });
    }
    found
}

/// Gives each move to its line, change by change, the newest first.
fn assign(lines: &mut [Line], moves: &[Moved]) {
    for moves in moves.chunk_by(|a, b| a.0 == b.0) {
        let all = lines.len() == moves.len();
        let mut free = vec![true; lines.len()];
        for (nth, (change, moved)) in moves.iter().enumerate() {
            let followed = || lines.iter().position(|line| today(moved) == Some(line.number));
            let says = |at: &usize| lines[*at].said.iter().eq(moved.tokens.iter().map(|(_, new)| new));
            let by_value = || (0..lines.len()).filter(|at| free[*at]).find(says);
            let only = || (lines.len() == 1).then_some(0);
            let found = followed().or_else(|| all.then_some(nth)).or_else(by_value).or_else(only);
            if let Some(at) = found.filter(|at| free[*at]) {
                free[at] = false;
                lines[at].take(*change, moved);
            }
        }
    }
}

/// The line's number in today's file, where it is known.
fn today(_: &Move) -> Option<usize> {
    None
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

    fn spots(self, path: &str, mask: &str, text: &str) -> Vec<Spot> {
        let tokens = self.tokens.into_iter().zip(self.steps).filter(|(_, steps)| !steps.is_empty());
        tokens
            .map(|(span, steps)| Spot {
                path: path.to_owned(),
                value: text[span.clone()].to_owned(),
                span,
                mask: mask.to_owned(),
                steps,
            })
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
