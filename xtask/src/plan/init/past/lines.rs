//! Which lines of a text went and which came: patience, with the longest common subsequence where no line is unique.

use std::collections::HashMap;
use std::ops::Range;

/// Where no line is unique on both sides, more pairs than this are not compared: all of it counts as replaced.
const TABLE: usize = 1 << 14;
/// How often a part is cut into smaller ones.
const DEPTH: usize = 24;

/// Lines that were replaced by others; one of the sides may be empty. Numbers from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// The lines of a text, without their ends.
pub(super) fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    lines.pop_if(|last| last.is_empty());
    lines
}

/// The differences of two texts, in order.
pub(super) fn diff(old: &[&[u8]], new: &[&[u8]]) -> Vec<Hunk> {
    let (start, end) = same_ends(old, new);
    let (old, new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    let mut known = HashMap::with_capacity(old.len() + new.len());
    let mut number = |line| {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        *known.entry(line).or_insert(next)
    };
    let old: Vec<u32> = old.iter().map(|&line| number(line)).collect();
    let new: Vec<u32> = new.iter().map(|&line| number(line)).collect();
    let mut hunks = Hunks(Vec::new());
    hunks.compare(&old, &new, (start, start), 0);
    hunks.0
}

fn same_ends<T: PartialEq>(old: &[T], new: &[T]) -> (usize, usize) {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old[start..].iter().rev().zip(new[start..].iter().rev());
    (start, rest.take_while(|(a, b)| a == b).count())
}

struct Hunks(Vec<Hunk>);

impl Hunks {
    /// `at`: where both parts begin in their texts.
    fn compare(&mut self, old: &[u32], new: &[u32], at: (usize, usize), depth: usize) {
        let (start, end) = same_ends(old, new);
        let at = (at.0 + start, at.1 + start);
        let (old, new) = (&old[start..old.len() - end], &new[start..new.len() - end]);
        if old.is_empty() || new.is_empty() || depth == DEPTH {
            return self.replaced(at, old.len(), new.len());
        }
        let mut same = unique(old, new);
        if same.is_empty() && old.len() * new.len() <= TABLE {
            same = common(old, new);
        }
        if same.is_empty() {
            return self.replaced(at, old.len(), new.len());
        }
        let (mut a, mut b) = (0, 0);
        for (x, y) in same.into_iter().chain([(old.len(), new.len())]) {
            self.compare(&old[a..x], &new[b..y], (at.0 + a, at.1 + b), depth + 1);
            (a, b) = (x + 1, y + 1);
        }
    }

    fn replaced(&mut self, at: (usize, usize), old: usize, new: usize) {
        if old == 0 && new == 0 {
            return;
        }
        match self.0.last_mut() {
            // A cut between two lines that were both replaced is none.
            Some(last) if last.old.end == at.0 && last.new.end == at.1 => {
                (last.old.end, last.new.end) = (at.0 + old, at.1 + new);
            }
            _ => self.0.push(Hunk { old: at.0..at.0 + old, new: at.1..at.1 + new }),
        }
    }
}

/// The lines that stand once on each side, as far as their order is the same.
fn unique(old: &[u32], new: &[u32]) -> Vec<(usize, usize)> {
    // How often on each side, and where last.
    let mut seen: HashMap<u32, [(u32, usize); 2]> = HashMap::with_capacity(old.len());
    for (side, lines) in [old, new].into_iter().enumerate() {
        for (at, &line) in lines.iter().enumerate() {
            let here = &mut seen.entry(line).or_default()[side];
            *here = (here.0 + 1, at);
        }
    }
    let once = |line: &u32| match seen.get(line) {
        Some([(1, x), (1, y)]) => Some((*x, *y)),
        _ => None,
    };
    let pairs: Vec<(usize, usize)> = old.iter().filter_map(once).collect();
    rising(&pairs)
}

/// The longest run of pairs whose second numbers rise, as their first do.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].1 < pair.1);
        before.push(length.checked_sub(1).map(|last| ends[last]));
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut run: Vec<_> = std::iter::successors(ends.last().copied(), |&at| before[at]).map(|at| pairs[at]).collect();
    run.reverse();
    run
}

/// The longest common subsequence.
fn common(old: &[u32], new: &[u32]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut table = vec![0_u16; (old.len() + 1) * width];
    for x in (0..old.len()).rev() {
        for y in (0..new.len()).rev() {
            table[x * width + y] = if old[x] == new[y] {
                table[(x + 1) * width + y + 1] + 1
            } else {
                table[(x + 1) * width + y].max(table[x * width + y + 1])
            };
        }
    }
    let (mut x, mut y, mut same) = (0, 0, Vec::new());
    while x < old.len() && y < new.len() {
        if old[x] == new[y] {
            same.push((x, y));
            (x, y) = (x + 1, y + 1);
        } else if table[(x + 1) * width + y] >= table[x * width + y + 1] {
            x += 1;
        } else {
            y += 1;
        }
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, want: &str) {
        let lines = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("\n").into_bytes();
        let (old, new) = (lines(old), lines(new));
        let (old, new) = (split(&old), split(&new));
        let hunks = diff(&old, &new);
        let shown: Vec<String> = hunks.iter().map(|hunk| format!("{:?}>{:?}", hunk.old, hunk.new)).collect();
        assert_eq!(shown.join(" "), want);
        // Putting the new lines in place of the old ones makes the new text.
        let (mut made, mut at) = (Vec::new(), 0);
        for hunk in &hunks {
            made.extend_from_slice(&old[at..hunk.old.start]);
            made.extend_from_slice(&new[hunk.new.clone()]);
            at = hunk.old.end;
        }
        made.extend_from_slice(&old[at..]);
        assert_eq!(made, new);
    }

    #[test]
    fn what_went_and_what_came() {
        check("a b c", "a b c", "");
        check("a b c", "a x c", "1..2>1..2");
        check("a b c", "b c d", "0..1>0..0 3..3>2..3");
        check("", "a", "0..0>0..1");
        check("a", "", "0..1>0..0");
        check("1.2 1.1 1.0", "1.3 1.2 1.1 1.0", "0..0>0..1");
        check("a a b a a", "a a a a", "2..3>2..2");
        check("x a y b z", "q a r b s", "0..1>0..1 2..3>2..3 4..5>4..5");
        check("a b c d", "c d a b", "0..2>0..0 4..4>2..4");
    }

    #[test]
    fn a_large_text_of_equal_lines_is_replaced() {
        let text = |line: &str, times: usize| format!("{line}\n").repeat(times);
        let (old, new) = (text("a", 400) + &text("b", 400), text("b", 500) + &text("a", 300));
        let hunks = diff(&split(old.as_bytes()), &split(new.as_bytes()));
        assert_eq!(hunks, [Hunk { old: 0..800, new: 0..800 }]);
    }
}
