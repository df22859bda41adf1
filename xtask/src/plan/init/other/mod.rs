//! Configurations of other release tools, read as evidence: which places they write, under which tag, in which words.
//!
//! ```text
//! tree     TOML, YAML, JSON, INI       → one tree, each value with its line
//! find     a tool's search and replace → the bytes that it would write, in the files as they are
//! TOOL     a tree, by the tool's rules → hints, and what can't be translated
//! ```
//!
//! What a tool would do is tried on the files themselves: a hint is where a version stands, not how the tool looks for
//! it, so that our own locators can name the place in their own, stricter way.

mod adopt;
mod bumpversion;
mod cargo_release;
mod chartpress;
mod commitizen;
mod find;
mod python;
mod release_please;
mod tbump;
#[cfg(test)]
mod tests;
mod tree;

use std::ops::Range;

use super::draft::Draft;
use super::{Facts, skip};
use crate::glob::Glob;
use crate::locate::Hit;

/// What the configurations of other tools say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    pub tools: Vec<Tool>,
}

/// One version number that a tool keeps; a tool with several packages is here once for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tool {
    /// `bump-my-version`.
    pub name: &'static str,
    /// Its configuration, from the top of the repository.
    pub file: String,
    /// The package or folder that the number belongs to; none for the whole repository.
    pub package: Option<String>,
    /// Where the number stands, as the configuration says it.
    pub current: Option<String>,
    /// The tag's pattern as `release.toml` writes it: `v{version}`; empty where the tool makes none.
    pub tag: Option<String>,
    /// The subject of the version's commit, with `{version}` in it.
    pub commit: Option<String>,
    /// The scheme, where the configuration decides it.
    pub scheme: Option<&'static str>,
    pub places: Vec<Hint>,
    /// Where the tool itself keeps the number: it moves with each release for as long as the file is there.
    pub record: Vec<Hint>,
    pub untold: Vec<Untold>,
    /// Files that nobody needs once the tool is gone, and sections of files that stay: `[tool.bumpversion]`.
    pub gone: Vec<Gone>,
}

/// A place that the tool writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hint {
    /// A file of the repository.
    pub path: String,
    /// The line in the tool's configuration that says so.
    pub line: usize,
    /// The bytes of the version, or of the piece of it.
    pub span: Range<usize>,
    /// What stands there.
    pub says: String,
    /// What of the version it is: nothing for all of it, `.major`, `.short`, … as templates write it.
    pub form: &'static str,
    /// Format and locator, where the tool itself names the place by the file's structure.
    pub named: Option<(&'static str, String)>,
    /// Does the tool take every such number of the file, whatever stands around it?
    pub any: bool,
}

/// Something of the configuration that has no counterpart, or that a person must decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Untold {
    pub line: usize,
    pub what: String,
    pub why: String,
    /// What to do in Lockstep, if anything.
    pub instead: Option<&'static str>,
}

/// What goes away with the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gone {
    pub path: String,
    /// The part of the file; none for the whole file.
    pub section: Option<&'static str>,
}

impl Tool {
    fn new(name: &'static str, file: &str) -> Self {
        Self { name, file: file.to_owned(), ..Self::default() }
    }

    fn tell(&mut self, line: usize, what: impl Into<String>, why: impl Into<String>, instead: Option<&'static str>) {
        self.untold.push(Untold { line, what: what.into(), why: why.into(), instead });
    }

    /// The configuration can't be read: nothing is known but that it is there.
    fn unreadable(mut self, fault: &tree::Fault) -> Self {
        let place = format!("{}:{}:{}", self.file, fault.line, fault.column);
        self.tell(fault.line, place, format!("it can't be read: {}", fault.message), Some("correct it, or delete it"));
        self
    }

    /// Where the tool keeps its number, by the file's structure.
    fn keeps(&mut self, facts: &Facts, line: usize, path: &str, named: (&'static str, String)) {
        self.record.extend(hits(facts, path, line, &named, ""));
    }

    /// A file of the tool's own: `section` of it, or all of it.
    fn goes(&mut self, path: &str, section: Option<&'static str>) {
        self.gone.push(Gone { path: path.to_owned(), section });
    }
}

/// Takes over what the configurations of other tools say.
pub(super) fn adopt(facts: &Facts, draft: &mut Draft) {
    adopt::adopt(facts, &read(facts), draft);
}

/// Reads every configuration that is there.
fn read(facts: &Facts) -> Hints {
    let readers =
        [bumpversion::read, tbump::read, commitizen::read, release_please::read, chartpress::read, cargo_release::read];
    Hints { tools: readers.iter().flat_map(|read| read(facts)).collect() }
}

/// The tracked files with this name, the shallowest first: other people's and made-up ones left out.
fn named<'a>(facts: &'a Facts, name: &str) -> Vec<&'a str> {
    let is = |path: &&String| path.rsplit('/').next() == Some(name) && !skip::foreign(path) && !skip::rehearsal(path);
    let mut found: Vec<&str> = facts.files.iter().filter(is).map(String::as_str).collect();
    found.sort_by_key(|path| (path.matches('/').count(), *path));
    found
}

/// The text of a file, if it is one that versions can be looked for in.
fn text(facts: &Facts, path: &str) -> Option<String> {
    (facts.read)(path).filter(|text| !skip::unreadable(text))
}

/// The folder of a file, with its `/`; empty at the top.
fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..=at])
}

/// A folder's name; none at the top.
fn package(folder: &str) -> Option<String> {
    let name = folder.trim_end_matches('/').rsplit('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The tracked files that a path or a glob in a folder means; none where the glob can't be read.
fn files(facts: &Facts, folder: &str, pattern: &str) -> Option<Vec<String>> {
    let pattern = joined(folder, pattern)?;
    let literal = pattern.clone();
    let glob = Glob::parse(&pattern).ok().filter(|glob| glob.family.is_none());
    if facts.files.contains(&literal) {
        return Some(vec![literal]);
    }
    let glob = glob.filter(|_| !pattern.contains(['|', '(', '!']))?;
    Some(facts.files.iter().filter(|path| glob.is_match(path)).cloned().collect())
}

/// `pkg/` and `../README.md` → `README.md`; none for what leaves the repository.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let path = path.replace('\\', "/");
    if path.starts_with('/') {
        return None;
    }
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A place that the tool names by the file's structure; told as missing where nothing of the kind is there.
fn structured(
    facts: &Facts,
    tool: &mut Tool,
    path: &str,
    line: usize,
    named: (&'static str, String),
    form: &'static str,
) -> bool {
    let hints = hits(facts, path, line, &named, form);
    let any = !hints.is_empty();
    tool.places.extend(hints);
    any
}

/// What stands where the file's structure says.
fn hits(facts: &Facts, path: &str, line: usize, named: &(&'static str, String), form: &'static str) -> Vec<Hint> {
    let Some(text) = text(facts, path) else { return Vec::new() };
    let hint = |hit: Hit| {
        let token = super::token::first_or_integer(&hit.value)?;
        // The span of the value may have quotes and escapes around it.
        let at = text[hit.span.clone()].find(&hit.value[token.clone()])?;
        let start = hit.span.start + at;
        let span = start..start + token.len();
        let (path, says) = (path.to_owned(), hit.value[token].to_owned());
        Some(Hint { path, line, span, says, form, named: Some(named.clone()), any: false })
    };
    super::place::look(named.0, &text, &named.1).into_iter().filter_map(hint).collect()
}
