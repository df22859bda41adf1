//! What a bump wrote, held against what the people of the release wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What came out, the worst that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Every line is as the people wrote it.
    Exact,
    /// What is written is right; what is missing was listed as unsure.
    Asked,
    /// What is written is right; something is missing without a word.
    Missed,
    /// Nothing is written.
    Noop,
    /// The tool said no.
    Refused,
    /// A file was touched that the people left.
    Spill,
    /// Something that was written differs from what the people wrote.
    Wrong,
}

impl Verdict {
    /// All of them, the best first.
    pub const ALL: [Self; 7] =
        [Self::Exact, Self::Asked, Self::Missed, Self::Noop, Self::Refused, Self::Spill, Self::Wrong];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = format!("{self:?}").to_lowercase();
        f.pad(&word)
    }
}

/// The bytes of files by their path.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What is known of a case.
#[derive(Default)]
pub struct Wanted {
    /// The files that move, as they were.
    pub before: Files,
    /// The same, as they are to be.
    pub after: Files,
    /// Lines that the people wrote besides, by path: to write them as well is no mistake.
    pub also: BTreeMap<String, BTreeSet<Vec<u8>>>,
}

/// What came out, with the places that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// See [`Verdict`].
    pub verdict: Verdict,
    /// The places, as `path:line`, or the words of a refusal.
    pub why: Vec<String>,
}

/// Judges the files that were touched; `before` reads one that nobody expected to be touched, `asked` says which
/// paths were listed as unsure.
pub fn judge(
    wanted: &Wanted,
    got: &Files,
    before: &dyn Fn(&str) -> Option<Vec<u8>>,
    asked: &dyn Fn(&str) -> bool,
) -> Found {
    let (mut wrong, mut spilled, mut missed) = (Vec::new(), Vec::new(), Vec::new());
    let nothing = BTreeSet::new();
    for (path, bytes) in got {
        let also = wanted.also.get(path).unwrap_or(&nothing);
        match (wanted.before.get(path), wanted.after.get(path)) {
            (Some(old), Some(new)) => wrong.extend(differing(path, old, new, bytes, also)),
            _ => {
                let Some(old) = before(path) else {
                    spilled.push(path.clone());
                    continue;
                };
                spilled.extend(differing(path, &old, &old, bytes, also));
            }
        }
    }
    for (path, new) in &wanted.after {
        let (old, bytes) = (&wanted.before[path], got.get(path).unwrap_or(&wanted.before[path]));
        missed.extend(left(path, old, new, bytes));
    }
    let unasked = |place: &&String| !asked(place.rsplit_once(':').map_or(place.as_str(), |(path, _)| path));
    let (verdict, why) = match () {
        () if !wrong.is_empty() => (Verdict::Wrong, wrong),
        () if !spilled.is_empty() => (Verdict::Spill, spilled),
        () if missed.is_empty() => (Verdict::Exact, missed),
        () if missed.iter().find(unasked).is_none() => (Verdict::Asked, missed),
        () if got.is_empty() => (Verdict::Noop, missed),
        () => (Verdict::Missed, missed.iter().filter(unasked).cloned().collect()),
    };
    Found { verdict, why }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split(|byte| *byte == b'\n').collect()
}

/// Lines that were written and are neither wanted nor as they were.
fn differing(path: &str, old: &[u8], new: &[u8], got: &[u8], also: &BTreeSet<Vec<u8>>) -> Vec<String> {
    let (old, new, got) = (lines(old), lines(new), lines(got));
    if got.len() != old.len() || new.len() != old.len() {
        return vec![format!("{path}:0")];
    }
    let is_wrong = |at: &usize| got[*at] != old[*at] && got[*at] != new[*at] && !also.contains(trimmed(got[*at]));
    (0..old.len()).filter(is_wrong).map(|at| format!("{path}:{}", at + 1)).collect()
}

/// Lines that should have moved and stand as they were.
fn left(path: &str, old: &[u8], new: &[u8], got: &[u8]) -> Vec<String> {
    let (old, new, got) = (lines(old), lines(new), lines(got));
    if got.len() != old.len() || new.len() != old.len() {
        return Vec::new();
    }
    let is_left = |at: &usize| got[*at] == old[*at] && new[*at] != old[*at];
    (0..old.len()).filter(is_left).map(|at| format!("{path}:{}", at + 1)).collect()
}

/// A line without what checkouts make of its end.
pub fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(all: &[(&str, &str)]) -> Files {
        all.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[track_caller]
    fn check(got: &[(&str, &str)], unsure: &[&str], verdict: Verdict, why: &[&str]) {
        let wanted = Wanted {
            before: files(&[("a", "x 1\ny\nz 1\nw 1"), ("b", "v 1\n")]),
            after: files(&[("a", "x 2\ny\nz 2\nw 1"), ("b", "v 2\n")]),
            also: BTreeMap::from([("a".to_owned(), BTreeSet::from([b"w 2".to_vec()]))]),
        };
        let other = |path: &str| (path == "c").then(|| b"c 1".to_vec());
        let found = judge(&wanted, &files(got), &other, &|path| unsure.contains(&path));
        assert_eq!((found.verdict, found.why), (verdict, why.iter().map(|&word| word.to_owned()).collect()));
    }

    const A: (&str, &str) = ("a", "x 2\ny\nz 2\nw 1");
    const B: (&str, &str) = ("b", "v 2\n");

    #[test]
    fn every_verdict() {
        check(&[A, B], &[], Verdict::Exact, &[]);
        check(&[("a", "x 2\ny\nz 2\nw 2"), B], &[], Verdict::Exact, &[]);
        check(&[A], &["b"], Verdict::Asked, &["b:1"]);
        check(&[A], &["a"], Verdict::Missed, &["b:1"]);
        check(&[("a", "x 2\ny\nz 1\nw 1"), B], &[], Verdict::Missed, &["a:3"]);
        check(&[], &[], Verdict::Noop, &["a:1", "a:3", "b:1"]);
        check(&[A, B, ("c", "c 2")], &[], Verdict::Spill, &["c:1"]);
        check(&[A, B, ("new", "c 2")], &[], Verdict::Spill, &["new"]);
        check(&[("a", "x 2\ny\nz 2\nw 3"), B], &[], Verdict::Wrong, &["a:4"]);
        check(&[("a", "x 3\ny\nz 2\nw 1"), ("c", "c 2")], &[], Verdict::Wrong, &["a:1"]);
        check(&[("a", "x 2")], &[], Verdict::Wrong, &["a:0"]);
    }
}
