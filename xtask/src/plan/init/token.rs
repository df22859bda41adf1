//! Version numbers as whole tokens of a text.

use std::cmp::Ordering;
use std::ops::Range;

use crate::version::Version;
use crate::version::dialect::Dialect;

/// Words that make what follows a number a pre-release of it, and not a variant such as `-cluster`.
const PRE: &[&str] = &[
    "alpha", "beta", "rc", "dev", "pre", "preview", "snapshot", "testing", "nightly", "canary", "next", "post", "a",
    "b", "c", "m",
];

/// Where `version` stands as a whole token; a leading `v` is not part of it.
pub(super) fn whole(text: &str, version: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    text.match_indices(version)
        .map(|(start, found)| start..start + found.len())
        .filter(|span| starts(bytes, span.start) && pre_release(bytes, span.end) == span.end && ends(bytes, span.end))
        .collect()
}

/// The first version in a text: two numbers or more, with its pre-release.
pub(super) fn first(text: &str) -> Option<Range<usize>> {
    next(text, 0)
}

/// Every version of a text, each as [`first`] has it.
pub(super) fn all(text: &str) -> Vec<Range<usize>> {
    std::iter::successors(next(text, 0), |last| next(text, last.end)).collect()
}

fn next(text: &str, mut at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = number(bytes, at);
        if starts(bytes, at) && bytes[at..end].contains(&b'.') {
            let end = pre_release(bytes, end);
            if ends(bytes, end) {
                return Some(at..end);
            }
        }
        at = end;
    }
    None
}

/// Like [`first`], where a lone integer counts if it is all there is: `"208"`.
pub(super) fn first_or_integer(text: &str) -> Option<Range<usize>> {
    first(text).or_else(|| (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(0..text.len()))
}

/// The end of `1.2.3` from its first digit.
pub(super) fn number(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < bytes.len()
        && (bytes[end].is_ascii_digit()
            || (bytes[end] == b'.' && bytes.get(end + 1).is_some_and(|next| next.is_ascii_digit())))
    {
        end += 1;
    }
    end
}

/// The end of a pre-release that begins at `at`: `-rc.1`, `b3`, `.dev0`; `at` where there is none.
pub(super) fn pre_release(bytes: &[u8], at: usize) -> usize {
    let word = at + usize::from(matches!(bytes.get(at), Some(b'-' | b'.' | b'~' | b'+' | b'_')));
    let letters = bytes[word.min(bytes.len())..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let end = word + letters;
    if letters == 0 {
        let counts = word > at && bytes[at] != b'.' && bytes[at] != b'_';
        return if counts && number(bytes, word) > word { number(bytes, word) } else { at };
    }
    let text = String::from_utf8_lossy(&bytes[word..end]).to_lowercase();
    let digits = number(bytes, end + usize::from(matches!(bytes.get(end), Some(b'.' | b'-'))));
    let numbered = digits > end + 1 || (digits > end && bytes[end].is_ascii_digit());
    if !PRE.contains(&text.as_str()) || (text.len() == 1 && !numbered) {
        return at;
    }
    let end = if numbered { digits } else { end };
    // `0b3.dev1`, `-rc.1.2`: whatever is stacked on it belongs to it as well.
    if end < bytes.len() { pre_release(bytes, end) } else { end }
}

fn starts(bytes: &[u8], start: usize) -> bool {
    let before = |at: usize| at.checked_sub(1).map(|at| bytes[at]);
    let at = if matches!(before(start), Some(b'v' | b'V')) { start - 1 } else { start };
    !before(at).is_some_and(|b| b.is_ascii_alphanumeric() || b == b'.')
}

fn ends(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b'.' | b'+') => !bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(b) => !b.is_ascii_alphanumeric(),
        None => true,
    }
}

/// The order of two versions as texts; what is no version sorts by its letters.
pub(super) fn order(a: &str, b: &str) -> Ordering {
    match (Version::parse(a), Version::parse(b)) {
        (Ok(a), Ok(b)) => a.compare(&b),
        _ => a.cmp(b),
    }
}

/// How `text` spells `version`: empty as it is, `:pep440` in that dialect, none if it is another version.
pub(super) fn dialect(version: &str, text: &str) -> Option<String> {
    if version == text {
        return Some(String::new());
    }
    let version = Version::parse(version).ok()?;
    let spells = |dialect: &&Dialect| dialect.render(&version).is_ok_and(|spelled| spelled == text);
    Dialect::ALL.iter().find(spells).map(|dialect| format!(":{}", dialect.name()))
}

/// The leading numbers: `[2022, 5, 0]` of `2022.5.0.dev0`.
pub(super) fn numbers(version: &str) -> Vec<u64> {
    let end = number(version.as_bytes(), 0);
    version[..end].split('.').map_while(|part| part.parse().ok()).collect()
}

/// Could `old` be where a place was left behind when the rest went on to `new`? Same major number, a little lower.
pub(super) fn left_behind(old: &str, new: &str) -> bool {
    let (a, b) = (numbers(old), numbers(new));
    let near = match (a.as_slice(), b.as_slice()) {
        ([major, minor, ..], [new_major, new_minor, ..]) => {
            major == new_major && minor <= new_minor && new_minor - minor <= 10
        }
        _ => false,
    };
    near && a.len() == b.len() && order(old, new) == Ordering::Less
}

/// Letters and digits only, in lower case: how names are compared.
pub(super) fn squeeze(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_first(text: &str, want: Option<&str>) {
        assert_eq!(first(text).map(|span| &text[span]), want, "{text}");
    }

    #[test]
    fn the_first_version_of_a_text() {
        check_first("release-1.26.0", Some("1.26.0"));
        check_first("v1.93.3-cluster", Some("1.93.3"));
        check_first("0.2.0-testing.1", Some("0.2.0-testing.1"));
        check_first("2022.4.0b1", Some("2022.4.0b1"));
        check_first("2026.9.0.dev202608220228", Some("2026.9.0.dev202608220228"));
        check_first("1.26.0.tar.gz", Some("1.26.0"));
        check_first("latest", None);
        check_first("208", None);
        check_first("victoriametrics/operator:config-reloader-v0.48.4", Some("0.48.4"));
        check_first("25.3.1-rc1-amd64", Some("25.3.1-rc1"));
    }

    #[track_caller]
    fn check_whole(text: &str, version: &str, hits: usize) {
        assert_eq!(whole(text, version).len(), hits, "{version} in {text}");
    }

    #[test]
    fn whole_tokens_only() {
        check_whole("v1.10.0-victorialogs/x-v1.10.0-victorialogs.tar.gz", "1.10.0", 2);
        check_whole("1.10.0.1 11.10.0 1.10.01 1.10.0-rc1 1.10.0b2 rev1.10.0 x.1.10.0", "1.10.0", 0);
        check_whole("release-1.10.0, (1.10.0). =1.10.0", "1.10.0", 3);
        check_whole("1.10.0-2 1.10.0+build", "1.10.0", 1);
    }

    #[test]
    fn a_little_behind_is_drift_and_far_behind_another_number() {
        assert!(left_behind("1.99.0", "1.105.0"));
        assert!(!left_behind("1.30.2", "1.150.0"));
        assert!(!left_behind("1.106.0", "1.105.0"));
    }
}
