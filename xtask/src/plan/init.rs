//! A first `release.toml` for a repository, from its tree and its tags.
//!
//! ```text
//! known    well-known manifests          → sites, not judged yet
//! tracks   sites + tags                  → which numbers move on their own, and where they stand
//! judge    each site against its track   → taken, left, unsure, with the reason
//! mentions every other whole token       → the same
//! write    tracks + sites                → the text a person would write
//! ```
//!
//! Never confidently wrong: what only a person can know is written as a comment, and listed as unsure.

mod generated;
mod judge;
mod known;
mod mentions;
mod parts;
pub mod past;
mod place;
mod skip;
mod spelling;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod tracks;
mod write;

use std::ops::Range;

/// What `init` looks at; the caller reads the world.
pub struct Facts<'a> {
    /// The project's name: the folder, or the last part of the remote's address.
    pub name: String,
    /// Tracked paths, separated by `/`.
    pub files: Vec<String>,
    /// The text of a tracked file; none where it is missing, too large or no text.
    pub read: &'a dyn Fn(&str) -> Option<String>,
    /// Tag names, in any order.
    pub tags: Vec<String>,
    /// The branch that is checked out, unless the head is detached.
    pub branch: Option<String>,
    /// Names of the checkouts beside this one: one of them may be the chart repository.
    pub siblings: Vec<String>,
}

/// What `init` proposes.
pub struct Proposal {
    /// The text of `release-config/release.toml`; unsure places stand in it as comments.
    pub toml: String,
    /// Every place that was looked at: the well-known ones first, by rank.
    pub rows: Vec<Row>,
}

/// One place, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Path inside the repository.
    pub path: String,
    /// Format and locator, such as `yaml.appVersion`.
    pub locator: String,
    /// What stands there.
    pub value: String,
    /// What would have to stand there: `v{app}`; empty where it was left.
    pub template: String,
    /// Taken, left or unsure.
    pub verdict: Verdict,
    /// Why, in a few words.
    pub reason: String,
}

/// What became of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is in the proposal.
    Taken,
    /// It stays as it is, and no question is asked.
    Left,
    /// Only a person can know: a comment in the proposal.
    Unsure,
}

/// A place under consideration.
#[derive(Clone, Debug)]
struct Site {
    path: String,
    format: &'static str,
    locator: String,
    /// The bytes of every hit, so that no place is claimed twice.
    spans: Vec<Range<usize>>,
    value: String,
    /// The version that `value` states; the whole version where the value is a part of one.
    number: String,
    /// `value` with `{}` in place of its number.
    shape: String,
    role: known::Role,
    /// Its line in the table of shapes: smaller leads.
    rank: usize,
    template: String,
    verdict: Verdict,
    reason: String,
    /// The image whose tag it is, where the file names it beside the tag.
    image: Option<String>,
    /// How often the locator hits, where that has to be said.
    count: Option<usize>,
}

impl Site {
    /// `yaml.appVersion`.
    fn shown(&self) -> String {
        format!("{}.{}", self.format, self.locator)
    }

    fn set(&mut self, verdict: Verdict, template: String, reason: impl Into<String>) {
        (self.verdict, self.template, self.reason) = (verdict, template, reason.into());
    }
}

/// Looks at a repository and proposes its `release.toml`.
pub fn propose(facts: &Facts) -> Proposal {
    let mut sites = known::probe(facts);
    let tags = tags::group(&facts.tags);
    let tracks = tracks::decide(facts, &sites, &tags);
    judge::judge(&mut sites, &tracks);
    let found = mentions::find(facts, &tracks, &sites);
    sites.extend(found);
    Proposal { toml: write::render(facts, &tracks, &sites), rows: sites.iter().map(row).collect() }
}

fn row(site: &Site) -> Row {
    Row {
        path: site.path.clone(),
        locator: site.shown(),
        value: site.value.clone(),
        template: site.template.clone(),
        verdict: site.verdict,
        reason: site.reason.clone(),
    }
}
