//! A digest beside an image's tag: it names other bytes than a new tag does, and nobody knows it before they are built.

use std::ops::Range;

/// Is an image's digest pinned beside the tag that stands at these bytes: `web:1.2.3@sha256:…`, or `digest: sha256:…` in
/// the line before or after?
pub fn is_beside(text: &str, tag: &Range<usize>) -> bool {
    let (Some(before), Some(after)) = (text.get(..tag.start), text.get(tag.end..)) else { return false };
    let pinned = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ");
        line.trim_start_matches('"').to_lowercase().starts_with("digest") && line.contains("sha256:")
    };
    let rest = after.split(char::is_whitespace).next().unwrap_or_default();
    rest.contains("@sha256:")
        || before.lines().rev().nth(usize::from(!before.ends_with('\n'))).is_some_and(pinned)
        || after.lines().nth(1).is_some_and(pinned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: bool) {
        let start = text.find("1.2.3").unwrap();
        assert_eq!(is_beside(text, &(start..start + 5)), want, "{text}");
    }

    #[test]
    fn a_digest_stands_behind_the_tag_or_in_a_line_beside_it() {
        check("image: acme/web:v1.2.3@sha256:ab\n", true);
        check("image: acme/web:v1.2.3\nother: x@sha256:ab\n", false);
        check("  tag: v1.2.3\n  digest: sha256:ab\n", true);
        check("  \"digest\": \"sha256:ab\",\n  \"tag\": \"1.2.3\"\n", true);
        check("  tag: 1.2.3\n  digest: \"\"\n", false);
        check("1.2.3", false);
    }
}
