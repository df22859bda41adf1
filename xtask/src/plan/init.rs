//! A first `release.toml` for a repository, from its tree and its tags.
//!
//! ```text
//! known    well-known manifests          → sites, not judged yet
//! tracks   sites + tags                  → which numbers move on their own, and where they stand
//! judge    each site against its track   → taken, left, unsure, with the reason
//! mentions every other whole token       → the same
//! history  the moves of past releases    → corrects tracks and sites
//! other    other tools' configurations   → what they write: taken, confirmed, or asked
//! claims   sites with bytes in common    → one of them
//! draft    tracks + sites                → what is decided
//! write    the draft                     → the text a person would write
//! doubt    what the tree or a bump would not bear, as the caller found it → left out
//! ```
//!
//! Never confidently wrong: what only a person can know is written as a comment, and listed as unsure.

mod ask;
mod claims;
mod doubt;
mod draft;
mod generated;
mod history;
mod joined;
mod judge;
mod kin;
mod known;
mod mentions;
mod names;
mod other;
mod parts;
pub mod past;
mod pieces;
mod place;
mod places;
mod proposal;
pub(in crate::plan) mod prose;
mod skip;
mod spelling;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod tracks;
mod trains;
pub mod update;
mod weigh;
mod whole;
mod write;

use std::ops::Range;

pub use ask::Question;
pub use doubt::Doubt;
use draft::Draft;
pub use draft::Import;
pub use proposal::{Proposal, Row, TrackRow};

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
    /// The address of the remote `origin`, as it is written.
    pub origin: Option<String>,
    /// The branch that `origin` calls its own, where it has said so.
    pub origin_branch: Option<String>,
    /// Names of the checkouts beside this one: one of them may be the chart repository.
    pub siblings: Vec<String>,
    /// What its commits moved; empty where there is no history to read.
    pub past: past::Past,
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
    /// How often it moved with its track, where the history shows it.
    seen: Option<draft::Seen>,
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
    Proposal::new(facts, decide(facts))
}

/// The bytes where a text states a version of its own, if its path is one of a well-known manifest.
pub(super) fn well_known(name: &str, path: &str, text: &str) -> Vec<Range<usize>> {
    let read = |_: &str| Some(text.to_owned());
    let facts = Facts {
        name: name.to_owned(),
        files: vec![path.to_owned()],
        read: &read,
        tags: Vec::new(),
        branch: None,
        origin: None,
        origin_branch: None,
        siblings: Vec::new(),
        past: past::Past::default(),
    };
    known::probe(&facts).into_iter().flat_map(|site| site.spans).collect()
}

fn decide(facts: &Facts) -> Draft {
    let sites = known::probe(facts);
    let tags = tags::group(&facts.tags);
    let mut draft = history::draft(facts, &sites, &tags).unwrap_or_else(|| by_tree(facts, sites, &tags));
    other::adopt(facts, &mut draft);
    let asked = claims::settle(&mut draft.sites);
    if asked || !draft.imports.is_empty() {
        whole::make(&mut draft.tracks, &mut draft.sites);
    }
    draft.commit = draft.commit.take().filter(|subject| whole::is_said(subject, &draft.tracks));
    draft
}

/// What the tree and the tags alone show.
fn by_tree(facts: &Facts, mut sites: Vec<Site>, groups: &[tags::Group]) -> Draft {
    let tracks = tracks::decide(facts, &sites, groups);
    judge::judge(&mut sites, &tracks);
    let found = mentions::find(facts, &tracks, &sites);
    sites.extend(found);
    Draft { tracks: tracks.listed(facts, &sites), sites, ..Draft::default() }
}
