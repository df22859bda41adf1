//! Lines that went, beside those that came in their place: which of them are the same line with another version.

use std::collections::{HashMap, VecDeque};

use super::lines::{Hunk, diff, split};
use super::mask::{LONGEST, Masked, form, may_have, row};

/// More lines that moved in one file are those of a file that a program writes: the first ones say as much.
const MOST_MOVES: usize = 300;
/// The same for rows that came.
const MOST_ROWS: usize = 100;
/// How far from a new row a sibling is looked for.
const NEAR: usize = 25;

/// What became of the lines of a file. Numbers of lines from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// For each line before, where it is after; none where it went.
    pub carried: Vec<Option<usize>>,
    /// Lines of which only versions changed.
    pub moved: Vec<Moved>,
    /// Lines that came, of the form of a line beside them.
    pub rows: Vec<Row>,
}

/// A line of which only versions changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub old: usize,
    pub new: usize,
    pub mask: String,
    pub tokens: Vec<(String, String)>,
}

/// A line that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub new: usize,
    pub mask: String,
    pub tokens: Vec<String>,
}

/// Some lines of a text, with their numbers.
struct Part<'a> {
    first: usize,
    lines: Vec<&'a [u8]>,
}

/// Compares two texts.
pub(super) fn compare(old: &[u8], new: &[u8]) -> Compared {
    let (head, tail) = same_ends(old, new);
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let first = count(&old[..head]);
    let gone = Part { first, lines: split(&old[head..old_end]) };
    let mut came = Part { first, lines: split(&new[head..new_end]) };
    let mut hunks = diff(&gone.lines, &came.lines);
    for hunk in &mut hunks {
        hunk.old = hunk.old.start + first..hunk.old.end + first;
        hunk.new = hunk.new.start + first..hunk.new.end + first;
    }
    let lines = first + gone.lines.len() + count(&old[old_end..]);
    let mut compared = Compared { carried: carry(lines, &hunks), ..Compared::default() };
    came.widen(&new[..head], &new[new_end..]);
    let mut looks = MOST_ROWS;
    for hunk in &hunks {
        pair(&gone, &came, hunk, &mut looks, &mut compared);
    }
    compared.moved.truncate(MOST_MOVES);
    compared
}

impl<'a> Part<'a> {
    /// Takes in the lines nearby, where siblings may stand.
    fn widen(&mut self, before: &'a [u8], after: &'a [u8]) {
        let mut start = before.len();
        for _ in 0..=NEAR {
            start = before[..start].iter().rposition(|&byte| byte == b'\n').unwrap_or(0);
        }
        let near = split(&before[start..]);
        let near = &near[near.len().saturating_sub(NEAR)..];
        self.first -= near.len();
        self.lines.splice(..0, near.iter().copied());
        self.lines.extend(after.split(|&byte| byte == b'\n').take(NEAR));
    }

    /// A line, if it has versions.
    fn read(&self, at: usize) -> Option<Line<'a>> {
        let line = self.lines.get(at.checked_sub(self.first)?).filter(|line| line.len() <= LONGEST)?;
        if !may_have(line) {
            return None;
        }
        let text = std::str::from_utf8(line).ok()?;
        let text = text.strip_suffix('\r').unwrap_or(text);
        Some(Line { at, text, masked: Masked::of(text)? })
    }
}

/// How many lines a text has.
fn count(text: &[u8]) -> usize {
    let ends = text.iter().map(|&byte| usize::from(byte == b'\n')).sum::<usize>();
    ends + usize::from(text.last().is_some_and(|&byte| byte != b'\n'))
}

/// How many bytes at the beginning and at the end are the same, in whole lines.
fn same_ends(old: &[u8], new: &[u8]) -> (usize, usize) {
    const BLOCK: usize = 64;
    let blocks = old.chunks_exact(BLOCK).zip(new.chunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let same = old[blocks..].iter().zip(&new[blocks..]).take_while(|(a, b)| a == b).count() + blocks;
    let head = old[..same].iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let (old, new) = (&old[head..], &new[head..]);
    let blocks = old.rchunks_exact(BLOCK).zip(new.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = old[..old.len() - blocks].iter().rev().zip(new[..new.len() - blocks].iter().rev());
    let tail = &old[old.len() - blocks - rest.take_while(|(a, b)| a == b).count()..];
    // From the first line that begins in what is the same.
    (head, tail.iter().position(|&byte| byte == b'\n').map_or(0, |end| tail.len() - end - 1))
}

/// The lines outside of the hunks go where they go.
fn carry(lines: usize, hunks: &[Hunk]) -> Vec<Option<usize>> {
    let mut carried = Vec::with_capacity(lines);
    let mut new = 0;
    for hunk in hunks {
        let kept = hunk.old.start - carried.len();
        carried.extend((new..new + kept).map(Some));
        carried.resize(hunk.old.end, None);
        new = hunk.new.end;
    }
    let kept = lines.saturating_sub(carried.len());
    carried.extend((new..new + kept).map(Some));
    carried
}

/// A line with versions in it.
struct Line<'a> {
    at: usize,
    text: &'a str,
    masked: Masked,
}

fn pair(old: &Part, new: &Part, hunk: &Hunk, looks: &mut usize, compared: &mut Compared) {
    let came: Vec<Line> = hunk.new.clone().filter_map(|at| new.read(at)).collect();
    if came.is_empty() {
        return;
    }
    let gone: Vec<Line> = hunk.old.clone().filter_map(|at| old.read(at)).collect();
    let mut free = vec![true; came.len()];
    // A line that only got a comma stays what it was; the one beside it is new.
    let gone = match_up(
        gone,
        &came,
        &mut free,
        |line| form(line.text),
        |line, to| {
            compared.carried[line.at] = Some(to.at);
        },
    );
    let mut join = |line: &Line, to: &Line| {
        compared.carried[line.at] = Some(to.at);
        compared.moved.extend(moved(line, to));
    };
    let gone = match_up(gone, &came, &mut free, |line| line.masked.mask.clone(), &mut join);
    match_up(gone, &came, &mut free, |line| form(&line.masked.mask), &mut join);
    let rest = came.iter().zip(&free).filter(|(_, free)| **free).map(|(line, _)| line);
    for line in rest {
        if *looks == 0 {
            break;
        }
        *looks -= 1;
        if has_sibling(new, line) {
            compared.rows.push(Row {
                new: line.at,
                mask: line.masked.mask.clone(),
                tokens: line.masked.versions(line.text).map(str::to_owned).collect(),
            });
        }
    }
}

/// Joins what went with what came by a key, in order; gives what is left.
fn match_up<'a>(
    gone: Vec<Line<'a>>,
    came: &[Line],
    free: &mut [bool],
    key: impl Fn(&Line) -> String,
    mut join: impl FnMut(&Line, &Line),
) -> Vec<Line<'a>> {
    if gone.is_empty() {
        return gone;
    }
    let mut waiting: HashMap<String, VecDeque<usize>> = HashMap::new();
    for (at, line) in came.iter().enumerate().filter(|(at, _)| free[*at]) {
        waiting.entry(key(line)).or_default().push_back(at);
    }
    let left = gone.into_iter().filter(|line| {
        let to = waiting.get_mut(&key(line)).and_then(VecDeque::pop_front);
        if let Some(to) = to {
            free[to] = false;
            join(line, &came[to]);
        }
        to.is_none()
    });
    left.collect()
}

/// The move of a line; none where its versions stayed.
fn moved(old: &Line, new: &Line) -> Option<Moved> {
    let pairs = old.masked.versions(old.text).zip(new.masked.versions(new.text));
    let tokens: Vec<(String, String)> = pairs.map(|(old, new)| (old.to_owned(), new.to_owned())).collect();
    let changed = tokens.iter().any(|(old, new)| old != new);
    changed.then(|| Moved { old: old.at, new: new.at, mask: new.masked.mask.clone(), tokens })
}

/// Has one of the lines around it the same form and another version?
fn has_sibling(lines: &Part, line: &Line) -> bool {
    let wanted = row(&line.masked.mask);
    let near = (1..=NEAR).flat_map(|far| [line.at.checked_sub(far), Some(line.at + far)]).flatten();
    let mut siblings = near.filter_map(|at| lines.read(at));
    siblings.any(|other| {
        row(&other.masked.mask) == wanted && !other.masked.versions(other.text).eq(line.masked.versions(line.text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text are divided by ` / `.
    #[track_caller]
    fn check(old: &str, new: &str, want: &str) {
        let text = |lines: &str| lines.split(" / ").map(|line| format!("{line}\n")).collect::<String>();
        let compared = compare(text(old).as_bytes(), text(new).as_bytes());
        let moved = compared.moved.iter().map(|Moved { old, new, mask, tokens }| {
            let tokens: Vec<String> = tokens.iter().map(|(old, new)| format!("{old}>{new}")).collect();
            format!("{old}>{new} {}: {}", mask.replace('\0', "□"), tokens.join(" "))
        });
        let rows = compared
            .rows
            .iter()
            .map(|Row { new, mask, tokens }| format!("+{new} {}: {}", mask.replace('\0', "□"), tokens.join(" ")));
        assert_eq!(moved.chain(rows).collect::<Vec<_>>().join(" / "), want, "{old} → {new}");
    }

    #[test]
    fn only_versions_differ() {
        check("a / version: 1.2.3 / b", "a / version: 1.3.0 / b", "1>1 version: □: 1.2.3>1.3.0");
        check("x: v1.0.0-cluster", "x: v1.1.0-rc1-cluster", "0>0 x: v□-cluster: 1.0.0>1.1.0-rc1");
        check("x:1.0.0 y:2.0.0", "x:1.1.0 y:2.0.0", "0>0 x:□ y:□: 1.0.0>1.1.0 2.0.0>2.0.0");
        check("MAJOR = 1 / MINOR = 9", "MAJOR = 2 / MINOR = 0", "0>0 MAJOR = □: 1>2 / 1>1 MINOR = □: 9>0");
        check("version: 1.2.3", "Version: 1.2.4", "");
        check("a: 5", "a: 6", "");
    }

    #[test]
    fn parts_of_mixed_changes() {
        check("foo() / v = 1.2.0 / bar()", "baz() / quux() / v = 1.3.0", "1>2 v = □: 1.2.0>1.3.0");
        check("| a | 1.9.0  |", "| a | 1.10.0 |", "0>0 | a | □ |: 1.9.0>1.10.0");
    }

    #[test]
    fn a_list_that_grows() {
        check("- 1.1 / - 1.0", "- 1.2 / - 1.1 / - 1.0", "+0 - □: 1.2");
        check("\"1.0\", / \"1.1\"", "\"1.0\", / \"1.1\", / \"1.2\"", "+2 \"□\": 1.2");
        check("| 1.0 | 2020-01-02 |", "| 1.0 | 2020-01-02 | / | 1.1 | 2020-11-12 |", "+1 | □ | 2020-11-12 |: 1.1");
        check("a / b", "a / x: 1.0.0 / b", "");
        check("x: 1.0.0 / b", "x: 1.0.0 / y: 1.0.0 / b", "");
    }

    #[test]
    fn lines_keep_their_place() {
        let carried = compare(b"a\nv: 1.0\nb\nc\n", b"new\na\nv: 1.1\nc\n").carried;
        assert_eq!(carried, [Some(1), Some(2), None, Some(3)]);
    }
}
