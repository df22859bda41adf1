//! Places that mention a track's version and belong to no manifest: perhaps forgotten, perhaps history.

use super::init::prose::{Prose, is_unread};
use super::init::well_known;
use crate::error::Place;
use crate::finding::{Finding, Rule};
use crate::model::Model;
use crate::template::is_version_char;

/// A tracked text file: its path as messages name it, its text, and the bytes that sites cover already.
pub struct Mentioned {
    /// The path as messages name it.
    pub path: String,
    /// The text.
    pub text: String,
    /// The spans of its sites.
    pub covered: Vec<std::ops::Range<usize>>,
}

/// Names whose files repeat versions by nature: what they say is history, or somebody else's.
pub fn is_history(path: &str) -> bool {
    is_unread(path)
}

/// Every whole mention of a current version outside the sites; those where a well-known manifest states its own version
/// first.
pub fn find(model: &Model<'_>, files: &[Mentioned]) -> Vec<Finding> {
    let tracks =
        model.tracks.iter().filter_map(|track| Some((track.name.as_str(), track.current.as_ref()?.0.as_str())));
    // A short number such as `2` or `1.0` is said of too many things.
    let tracks: Vec<(&str, &str)> = tracks.filter(|(_, version)| version.len() >= 5).collect();
    let (mut stated, mut findings) = (Vec::new(), Vec::new());
    for file in files {
        let mut seen = Vec::new();
        if !tracks.iter().any(|(_, version)| file.text.contains(version)) {
            continue;
        }
        let path = file.path.rsplit(':').next().unwrap_or(&file.path);
        let prose = Prose::new(path, &file.text);
        let known = well_known(model.project.name.as_deref().unwrap_or_default(), path, &file.text);
        for (name, version) in &tracks {
            for span in mentions(&file.text, version) {
                let covered = |site: &std::ops::Range<usize>| site.start <= span.start && span.end <= site.end;
                let states = known.iter().any(covered);
                let explained = !states && prose.explains(&span);
                if file.covered.iter().any(covered) || seen.contains(&span.start) || explained {
                    continue;
                }
                seen.push(span.start);
                let message = format!("mentions `{version}`, the version of `{name}`, and belongs to no manifest");
                let place = Place::span(&file.path, &file.text, span);
                let found = if states { &mut stated } else { &mut findings };
                found.push(Finding { rule: Rule::Stray, place, message, hint: None });
            }
        }
    }
    stated.append(&mut findings);
    stated
}

/// Where a version stands whole: no digit or letter of a longer number before or behind it.
fn mentions(text: &str, version: &str) -> Vec<std::ops::Range<usize>> {
    let whole = |&(start, _): &(usize, &str)| {
        let before = text[..start].chars().next_back();
        let mut after = text[start + version.len()..].chars();
        let (next, then) = (after.next(), after.next());
        let open = match before {
            Some('v' | 'V') => !text[..start - 1].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric()),
            Some(c) => !c.is_ascii_alphanumeric() && c != '.',
            None => true,
        };
        let closed = match next {
            Some('.') => !then.is_some_and(|c| c.is_ascii_digit()),
            Some('-' | '_') => true,
            Some(c) => !is_version_char(c),
            None => true,
        };
        open && closed
    };
    text.match_indices(version).filter(whole).map(|(start, found)| start..start + found.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: usize) {
        assert_eq!(mentions(text, "1.2.3").len(), expected, "{text}");
    }

    #[test]
    fn only_whole_versions_are_mentions() {
        check("1.2.3", 1);
        check("v1.2.3.", 1);
        check("app-v1.2.3-cluster 1.2.3", 2);
        check("rev1.2.3 11.2.3 1.2.3.4 1.2.34 1.2.3rc1 0.1.2.3", 0);
    }

    #[test]
    fn histories_are_left_alone() {
        for path in ["CHANGELOG.md", "Cargo.lock", "a/package-lock.json", "docs/releases/1.2.3.md", "vendor/x/y.go"] {
            assert!(is_history(path), "{path}");
        }
        assert!(!is_history("docs/install.md"));
    }
}
