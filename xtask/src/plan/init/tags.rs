//! What the tags say: patterns, the newest version of each, and the usual step.

use super::token;

/// The tags of one pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// What stands before the version: `v`, `posthog-`.
    pub prefix: String,
    /// Versions, the newest first.
    pub versions: Vec<String>,
}

impl Group {
    /// The newest version.
    pub fn latest(&self) -> &str {
        &self.versions[0]
    }

    /// The pattern in `release.toml`.
    pub fn pattern(&self) -> String {
        format!("{}{{version}}", self.prefix.replace('{', "{{").replace('}', "}}"))
    }

    /// `minor` where most of the last releases ended in `.0`, else the default.
    pub fn usual_bump(&self) -> Option<&'static str> {
        let finals: Vec<_> =
            self.versions.iter().filter(|v| v.bytes().all(|b| b.is_ascii_digit() || b == b'.')).take(8).collect();
        let minors = finals.iter().filter(|v| matches!(token::numbers(v).as_slice(), [_, _, 0])).count();
        (finals.len() >= 4 && minors * 2 > finals.len()).then_some("minor")
    }
}

/// The tags that name a version, by what stands before it. Variants (`v1.2.0-cluster`) and throw-away tags
/// (`posthog-26.10.0-<commit>`) are no versions and don't count.
pub(super) fn group(tags: &[String]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for tag in tags {
        let Some((prefix, version)) = split(tag) else { continue };
        match groups.iter_mut().find(|group| group.prefix == prefix) {
            Some(group) => group.versions.push(version.to_owned()),
            None => groups.push(Group { prefix: prefix.to_owned(), versions: vec![version.to_owned()] }),
        }
    }
    for group in &mut groups {
        group.versions.sort_by(|a, b| token::order(b, a));
    }
    groups
}

/// `posthog-1.4.17` → `posthog-`, `1.4.17`.
fn split(tag: &str) -> Option<(&str, &str)> {
    let span = token::first_or_integer(tag)?;
    let prefix = &tag[..span.start];
    let named = prefix.strip_suffix('v').unwrap_or(prefix);
    let parted = named.is_empty() || named.ends_with(['-', '/', '@', '_']);
    (span.end == tag.len() && parted).then(|| (prefix, &tag[span]))
}

/// The tags of the program: plain ones or with `v`, else those that begin with one of `names`.
pub(super) fn of_program<'a>(groups: &'a [Group], names: &[String]) -> Option<&'a Group> {
    let newest = |wanted: &dyn Fn(&str) -> bool| {
        groups.iter().filter(|group| wanted(&group.prefix)).max_by(|a, b| token::order(a.latest(), b.latest()))
    };
    newest(&|prefix| prefix.is_empty() || prefix == "v").or_else(|| {
        newest(&|prefix| {
            let bare = prefix.strip_suffix('v').unwrap_or(prefix).trim_end_matches(['-', '/', '@', '_']);
            matches!(bare, "release" | "version")
                || names.iter().any(|name| token::squeeze(name) == token::squeeze(bare))
        })
    })
}

/// The tags of the part with this name: `victoria-metrics-agent-0.46.0`.
pub(super) fn of_part<'a>(groups: &'a [Group], name: &str) -> Option<&'a Group> {
    groups.iter().find(|group| {
        group.prefix.strip_suffix('v').unwrap_or(&group.prefix).strip_suffix(['-', '/', '@']) == Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|tag| (*tag).to_owned()).collect()
    }

    #[test]
    fn variants_and_throw_away_tags_do_not_count() {
        let groups =
            group(&owned(&["v1.9.0", "v1.9.0-cluster", "posthog-2.0.0-0123abc", "posthog-1.4.17", "nightly", "v2"]));
        assert_eq!(groups.iter().map(|g| g.pattern()).collect::<Vec<_>>(), ["v{version}", "posthog-{version}"]);
        assert_eq!(of_program(&groups, &[]).map(Group::latest), Some("1.9.0"));
        assert_eq!(of_part(&groups, "posthog").map(Group::latest), Some("1.4.17"));
    }

    #[test]
    fn the_usual_step() {
        let usual = |tags: &[&str]| group(&owned(tags))[0].usual_bump();
        assert_eq!(usual(&["1.24.0", "1.25.0", "1.25.1", "1.26.0"]), Some("minor"));
        assert_eq!(usual(&["0.1.1", "0.1.2", "0.1.3", "0.2.0"]), None);
        assert_eq!(usual(&["1.0.0", "2.0.0"]), None);
    }
}
