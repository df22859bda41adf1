//! Is a line one that has this mask?

use std::ops::Range;

use crate::plan::init::token;

/// Where the versions of `mask` stand in `line`, if that is such a line.
pub(in crate::plan::init) fn fit(mask: &str, line: &str) -> Option<Vec<Range<usize>>> {
    let pieces: Vec<&str> = mask.split('\0').collect();
    let (head, rest) = pieces.split_first()?;
    let mut found = Vec::new();
    let right = line.starts_with(head) && fill(rest, line, head.len(), &mut found);
    right.then_some(found)
}

/// Each of `pieces` stands behind one version; the longest reading goes first.
fn fill(pieces: &[&str], line: &str, at: usize, found: &mut Vec<Range<usize>>) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return at == line.len() };
    let run = line.as_bytes()[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || b".+-~_!".contains(b)).count();
    for end in (at + 1..=at + run).rev() {
        let last = rest.is_empty() && end + piece.len() != line.len();
        if last || !line[end..].starts_with(piece) || !is_version(&line[at..end]) {
            continue;
        }
        found.push(at..end);
        if fill(rest, line, end + piece.len(), found) {
            return true;
        }
        found.pop();
    }
    false
}

/// Is all of it one number, with its pre-release?
fn is_version(text: &str) -> bool {
    token::first_or_integer(text) == Some(0..text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mask: &str, line: &str, want: Option<&[&str]>) {
        let found = fit(mask, line).map(|spans| spans.into_iter().map(|span| &line[span]).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), want, "{mask:?} in {line}");
    }

    #[test]
    fn a_line_has_a_mask_or_not() {
        check("tag: v\0", "tag: v1.2.3-rc.1", Some(&["1.2.3-rc.1"]));
        check("tag: v\0-cluster", "tag: v1.2.3-cluster", Some(&["1.2.3"]));
        check("tag: v\0", "tag: v1.2.3-cluster", None);
        check("\0/x-v\0.tar.gz", "1.2.3/x-v1.2.3.tar.gz", Some(&["1.2.3", "1.2.3"]));
        check("MINOR = \0", "MINOR = 5", Some(&["5"]));
        check("\0", "1.2.3", Some(&["1.2.3"]));
        check("\0", "1.2.3 ", None);
        check("a \0", "a b", None);
        check("no version", "no version", Some(&[]));
    }
}
