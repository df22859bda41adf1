//! Mentions of a version that are none of the project's places: lists of what was, prose, dependencies.
//!
//! `init` and `check --strays` look with the same eyes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::known::file_matches;
use super::{place, skip, token};

/// Words of a line that speaks of one version for good.
const PROSE: &[&str] = &[
    "since ",
    "since:",
    "available from",
    "available_from",
    "available in",
    "deprecated in",
    "added in",
    "introduced in",
    "removed in",
    "changed in",
    "fixed in",
    "as of ",
    "starting from",
    "starting with",
    "prior to",
    "before version",
    "versionadded",
    "versionchanged",
    "deprecated::",
    "upgrade from",
    "upgrading from",
    "last updated for",
];

/// Manifests in which a number that is not the program's own is a dependency's.
const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "pyproject.toml",
    "package.json",
    "setup.py",
    "setup.cfg",
    "Chart.yaml",
    "ChartV3.yaml",
    "pom.xml",
    "*.csproj",
    "build.gradle",
    "build.gradle.kts",
    "*.props",
    "requirements.yaml",
    "requirements.yml",
    "composer.json",
];

/// Does the line speak of one version for good?
pub(super) fn is_prose(line: &str) -> bool {
    let lower = line.to_lowercase();
    PROSE.iter().any(|words| lower.contains(words))
}

/// Does the number belong to a dependency, by what stands before it in its line, or by its file?
pub(super) fn is_dependency(path: &str, before: &str) -> bool {
    let before = before.strip_suffix('v').unwrap_or(before).trim_end_matches(['"', '\'', ' ']);
    let operator =
        ["==", ">=", "<=", "~=", "!=", "~>", "^", "~", "@", ">", "<"].iter().any(|mark| before.ends_with(mark));
    operator || MANIFESTS.iter().any(|name| file_matches(name, path))
}

/// Lines of one form whose versions stand in order, three or more: a list of what was, not of what is.
pub(super) fn history(text: &str) -> Vec<Range<usize>> {
    let mut forms: BTreeMap<String, Vec<(&str, Range<usize>)>> = BTreeMap::new();
    for (start, line) in place::lines(text) {
        let spans = token::all(line);
        let Some(first) = spans.first() else { continue };
        // However deep: the newest may stand above a list of the older ones.
        let mut form = String::new();
        let mut from = line.len() - line.trim_start().len();
        for span in &spans {
            form.push_str(&line[from..span.start]);
            form.push('\0');
            from = span.end;
        }
        form.push_str(&line[from..]);
        let entry = (&line[first.clone()], start..start + line.len());
        forms.entry(form).or_default().push(entry);
    }
    let ordered = |entries: &[(&str, Range<usize>)]| {
        let steps: Vec<_> = entries.windows(2).map(|pair| token::order(pair[0].0, pair[1].0)).collect();
        steps.len() >= 2 && steps[0].is_ne() && steps.iter().all(|step| *step == steps[0])
    };
    forms
        .into_iter()
        .filter(|(_, entries)| ordered(entries))
        .flat_map(|(_, entries)| entries)
        .map(|(_, lines)| lines)
        .collect()
}

/// Is the path one of a file in which no version of the project is looked for?
pub(in crate::plan) fn is_unread(path: &str) -> bool {
    skip::unread(path)
}

/// A text in which mentions are looked at.
pub(in crate::plan) struct Prose<'t> {
    path: &'t str,
    text: &'t str,
    history: Vec<Range<usize>>,
}

impl<'t> Prose<'t> {
    pub fn new(path: &'t str, text: &'t str) -> Self {
        Self { path, text, history: history(text) }
    }

    /// Is the mention at these bytes no place that would have to follow?
    pub fn explains(&self, span: &Range<usize>) -> bool {
        let start = self.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[span.end..].find(['\n', '\r']).map_or(self.text.len(), |at| span.end + at);
        self.history.iter().any(|lines| lines.contains(&span.start))
            || is_prose(&self.text[start..end])
            || is_dependency(self.path, &self.text[start..span.start])
            || skip::rehearsal(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, lines: usize) {
        assert_eq!(history(text).len(), lines, "{text}");
    }

    #[test]
    fn lists_of_versions() {
        check("- '0.10.1': releases/0.10.1.md\n- '0.10.0': releases/0.10.0.md\n- '0.9.0': releases/0.9.0.md\n", 3);
        check("- '0.10.1': a\n- '0.10.0': a\n", 0);
        check("a:1.2.3\na:1.2.3\na:1.2.3\n", 0);
        check("a:1.2.3\na:1.2.9\na:1.2.5\n", 0);
    }
}
