//! Links that name versions: `[1.2.3]: https://…/compare/v1.2.2...v1.2.3`.

use std::ops::Range;

use super::Change;
use super::scan::Scan;
use crate::version::Version;

/// What makes another version of one that a dot follows.
const TAILS: [&str; 6] = ["dev", "post", "rc", "pre", "alpha", "beta"];

/// Where the `URL` of the first `[words](URL)` in a text stands.
pub(super) fn target(text: &str) -> Option<Range<usize>> {
    let start = text.find("](")? + 2;
    let length = text[start..].find([')', ' '])?;
    (length > 0).then_some(start..start + length)
}

/// Where a text names a version: not as a part of a longer one.
pub(super) fn find_version(text: &str, version: &str) -> Option<usize> {
    let before = |at: usize| {
        let mut back = text[..at].chars().rev();
        match back.next() {
            None => true,
            Some('v' | 'V') => back.next().is_none_or(|c| !c.is_ascii_alphanumeric()),
            // `v1.2.2...v1.2.3`, but not the end of `1.1.2.3`.
            Some('.') => back.next() == Some('.'),
            Some(c) => !c.is_ascii_alphanumeric(),
        }
    };
    let behind = |end: usize| {
        let rest = &text[end..];
        let mut chars = rest.chars();
        match chars.next() {
            // `1.2.3.html` is a file about 1.2.3.
            Some('.') => {
                !TAILS.iter().any(|tail| rest[1..].starts_with(tail))
                    && !chars.next().is_some_and(|c| c.is_ascii_digit())
            }
            Some('-' | '+' | '_') => chars.next().is_none_or(|c| !c.is_ascii_alphanumeric()),
            next => next.is_none_or(|c| !c.is_ascii_alphanumeric()),
        }
    };
    text.match_indices(version).map(|(at, _)| at).find(|&at| before(at) && behind(at + version.len()))
}

/// The URL for the next version, by the shape of the URL for `last`; none if it doesn't name that version.
///
/// `…/compare/v1.2.2...v1.2.3` becomes `…/compare/v1.2.3...v1.2.4`, whatever the range began with.
pub(super) fn renew(url: &str, last: &Version, next: &Version) -> Option<String> {
    if let Some((before, _, dots, end)) = range(url)
        && let Some(at) = find_version(end, last.as_str())
    {
        let named =
            end[at + last.as_str().len()..].find(['/', '?', '#']).map_or(end.len(), |to| at + last.as_str().len() + to);
        let (end, rest) = end.split_at(named);
        return Some(format!("{before}{end}{dots}{}{rest}", swap(end, last, next)));
    }
    find_version(url, last.as_str()).map(|_| swap(url, last, next))
}

/// `https://…/compare/`, `v1.2.2`, `...`, `v1.2.3`
fn range(url: &str) -> Option<(&str, &str, &str, &str)> {
    let dots = ["...", ".."].into_iter().find(|dots| url.contains(dots))?;
    let (left, end) = url.split_once(dots)?;
    let begin = left.rfind(['/', '=', '?']).map_or(0, |at| at + 1);
    Some((&left[..begin], &left[begin..], dots, end))
}

/// Every mention of a version replaced by another one.
fn swap(text: &str, from: &Version, to: &Version) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = find_version(rest, from.as_str()) {
        out = out + &rest[..at] + to.as_str();
        rest = &rest[at + from.as_str().len()..];
    }
    out + rest
}

/// The definitions that the new section wants: one of its own, and the range of what isn't released begins with it.
/// `last` is the version whose definition shows the shape, `older` the one below that.
pub(super) fn definitions(
    text: &str,
    scan: &Scan,
    next: &Version,
    last: &Version,
    older: Option<&Version>,
) -> Vec<Change> {
    let names = |label: &str, version: &Version| label.strip_prefix(['v', 'V']).unwrap_or(label) == version.as_str();
    let of = |version: &Version| scan.definitions.iter().find(|one| names(&text[one.label.clone()], version));
    let mut changes = Vec::new();
    if let Some(shape) = of(last)
        && of(next).is_none()
        && let Some(url) = renew(&text[shape.url.clone()], last, next)
    {
        let end = if text[..shape.line.end].ends_with('\n') { "" } else { super::line_end(text) };
        let label = swap(&text[shape.label.clone()], last, next);
        let head = &text[shape.line.start..shape.label.start];
        let between = &text[shape.label.end..shape.url.start];
        let tail = swap(&text[shape.url.end..shape.line.end], last, next);
        let above = older.and_then(of).is_none_or(|older| shape.line.start < older.line.start);
        let new = format!("{head}{label}{between}{url}{tail}");
        changes.push(if above {
            let new = if end.is_empty() { new } else { format!("{new}{end}") };
            Change { span: shape.line.start..shape.line.start, text: new }
        } else {
            let new = if end.is_empty() { new } else { format!("{end}{new}") };
            Change { span: shape.line.end..shape.line.end, text: new }
        });
    }
    for one in &scan.definitions {
        let url = &text[one.url.clone()];
        let open = super::title::is_unreleased(&text[one.label.clone()]);
        if let Some((before, begin, ..)) = range(url).filter(|_| open)
            && find_version(begin, last.as_str()).is_some()
        {
            let start = one.url.start + before.len();
            changes.push(Change { span: start..start + begin.len(), text: swap(begin, last, next) });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<&str>) {
        let version = |text: &str| Version::parse(text).expect("a version");
        let renewed = renew(url, &version("1.2.3"), &version("1.3.0"));
        assert_eq!(renewed.as_deref(), expected, "{url}");
    }

    #[test]
    fn a_link_for_the_next_version() {
        check("https://e.org/compare/v1.2.2...v1.2.3", Some("https://e.org/compare/v1.2.3...v1.3.0"));
        check("https://e.org/compare/1.2.0...1.2.3", Some("https://e.org/compare/1.2.3...1.3.0"));
        check("https://e.org/-/compare/a-1.2.2..a-1.2.3?x=1", Some("https://e.org/-/compare/a-1.2.3..a-1.3.0?x=1"));
        check("https://e.org/releases/tag/v1.2.3", Some("https://e.org/releases/tag/v1.3.0"));
        check("https://e.org/1.2.3/a/1.2.3.html", Some("https://e.org/1.3.0/a/1.3.0.html"));
        check("https://e.org/milestone/12", None);
        check("https://e.org/v1.2.30", None);
        check("https://e.org/v1.2.3-rc.1", None);
    }
}
