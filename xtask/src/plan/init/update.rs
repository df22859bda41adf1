//! What has come since a `release.toml` was written: places that it names nowhere, and tracks of which it knows nothing.
//!
//! A place counts as named where one of its manifests covers it, or where a comment of it names the path: that is how a
//! person says no once and for all.

mod lost;
mod text;

use std::ops::Range;

use super::ask::{Question, questions};
use super::doubt::{self, Doubt};
use super::draft::{Draft, Track};
use super::write::{self, states};
use super::{Facts, Site, Verdict};
use crate::glob::Glob;
pub use lost::{Lost, lost};
pub use text::{Edit, comment_out};

/// What a configuration names already.
pub struct Present<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its tracks.
    pub tracks: Vec<Known>,
    /// The places of this repository that its manifests hit.
    pub covered: Vec<Covered>,
}

/// A track as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Is there one for each folder?
    pub family: bool,
    /// Where it stands.
    pub current: Option<String>,
}

/// A place that a manifest hits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covered {
    /// The file.
    pub path: String,
    /// The bytes.
    pub span: Range<usize>,
    /// The names of the tracks that its template speaks of.
    pub tracks: Vec<String>,
}

/// What could be added.
pub struct Update {
    /// Those of the new places of which only a person can know.
    pub questions: Vec<Question>,
    draft: Draft,
    /// Names of tracks that the configuration has.
    known: Vec<String>,
}

/// Looks at a repository again, with what its configuration names.
pub fn update(facts: &Facts, present: &Present) -> Update {
    let mut draft = super::decide(facts);
    let names: Vec<(String, String)> =
        draft.tracks.iter().map(|track| (track.name.clone(), present_name(track, &draft, present))).collect();
    let declined = declined(present.text);
    for site in &mut draft.sites {
        let here = |covered: &&Covered| covered.path == site.path;
        let touches = |span: &Range<usize>| {
            present.covered.iter().filter(here).any(|other| other.span.start < span.end && span.start < other.span.end)
        };
        if site.spans.iter().any(touches) {
            site.set(Verdict::Left, String::new(), "named already");
        } else if declined.iter().any(|glob| glob.is_match(&site.path)) {
            site.set(Verdict::Left, String::new(), "a comment names it");
        }
        site.template = renamed(&site.template, &names);
    }
    for track in &mut draft.tracks {
        let name = |name: &String| names.iter().find(|(from, _)| from == name).map(|(_, to)| to.clone());
        track.name = name(&track.name).unwrap_or_default();
        track.with = track.with.as_ref().and_then(name);
        if track.with.is_none() {
            track.leave_leader();
        }
    }
    let known = present.tracks.iter().map(|track| track.name.clone()).collect();
    Update { questions: questions(facts, &draft), draft, known }
}

impl Update {
    /// How many places would be added.
    pub fn places(&self) -> usize {
        self.taken().len()
    }

    fn taken(&self) -> Vec<&Site> {
        self.draft.sites.iter().filter(|site| site.verdict == Verdict::Taken).collect()
    }

    /// Takes what a person said: each question's number, and whether its places are added.
    pub fn answer(&mut self, answers: &[(usize, bool)]) {
        for (question, _) in answers.iter().filter(|(_, take)| *take) {
            for at in &self.questions[*question].sites {
                self.draft.sites[*at].verdict = Verdict::Taken;
            }
        }
    }

    /// Takes places out again that can't stay; says whether there was one.
    pub fn doubt(&mut self, doubts: &[Doubt]) -> bool {
        doubt::leave_out(&mut self.draft, doubts)
    }

    /// What is added to the configuration, and where.
    pub fn edit(&self, facts: &Facts, text: &str) -> Option<Edit> {
        let taken = self.taken();
        let is_new = |track: &&Track| !self.known.contains(&track.name);
        let stated = |track: &&Track| taken.iter().any(|site| states(site, &track.name));
        let new: Vec<&Track> = self.draft.tracks.iter().filter(is_new).filter(stated).collect();
        (!taken.is_empty()).then(|| {
            text::insert(text, &write::render_more(facts, &self.draft.tracks, &new, &taken, &self.draft.sites))
        })
    }
}

/// What the configuration calls a track: by the places that both know, else by the number; a new one's name is one that
/// it doesn't have yet.
fn present_name(track: &Track, draft: &Draft, present: &Present) -> String {
    let fits = |known: &&Known| known.family == track.family.is_some();
    let own = draft.sites.iter().filter(|site| site.verdict == Verdict::Taken && states(site, &track.name));
    let mut votes: Vec<(&str, usize)> = Vec::new();
    for site in own {
        let same = |covered: &&Covered| covered.path == site.path && site.spans.contains(&covered.span);
        for name in present.covered.iter().filter(same).flat_map(|covered| &covered.tracks) {
            match votes.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += 1,
                None => votes.push((name, 1)),
            }
        }
    }
    if let Some((name, _)) = votes.iter().max_by_key(|(_, count)| *count) {
        return (*name).to_owned();
    }
    let mut same =
        present.tracks.iter().filter(fits).filter(|known| known.current.is_some() && known.current == track.current);
    if let (Some(known), None) = (same.next(), same.next()) {
        return known.name.clone();
    }
    let taken = |name: &String| present.tracks.iter().any(|known| known.name == *name);
    let names = std::iter::once(track.name.clone()).chain((2..).map(|n| format!("{}-{n}", track.name)));
    names.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

/// A template with the configuration's names in place of those of the draft.
fn renamed(template: &str, names: &[(String, String)]) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, slot) = rest.split_at(open + 1);
        text.push_str(before);
        if let Some(after) = slot.strip_prefix('{') {
            text.push('{');
            rest = after;
            continue;
        }
        let end = slot.find(['}', '.', ':']).unwrap_or(slot.len());
        let name = names.iter().find(|(from, _)| from == &slot[..end]).map_or(&slot[..end], |(_, to)| to);
        text.push_str(name);
        rest = &slot[end..];
    }
    text + rest
}

/// Paths and patterns in the comments of a configuration.
fn declined(text: &str) -> Vec<Glob> {
    let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix('#'));
    let words = comments.flat_map(|line| line.split([' ', '"', '\'', '`', ',', '[', ']']));
    let path = |word: &str| word.contains(['/', '.']) && !word.starts_with(['/', '.', '*']) && !word.contains("://");
    let trimmed = words.map(|word| word.trim_end_matches(['.', ':', ';', ')'])).filter(|word| path(word));
    trimmed.filter_map(|word| Glob::parse(word).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_take_the_names_that_are_there() {
        let names = [("app".to_owned(), "program".to_owned()), ("a".to_owned(), "b".to_owned())];
        let check = |template: &str, want: &str| assert_eq!(renamed(template, &names), want);
        check("v{app}-cluster", "v{program}-cluster");
        check("{app.major}.{app:rpm}{a}", "{program.major}.{program:rpm}{b}");
        check("{{app}}-{x}", "{{app}}-{x}");
    }

    #[test]
    fn a_comment_declines_what_it_names() {
        let globs = declined(
            "[project] # acme/ignored.py\n# path = [\"docs/*.md\", \"a.yml\"]\n# not deploy/values.yaml: see https://example.com/x.y\nkey = \"b/c.d\"\n",
        );
        let paths: Vec<&str> = globs.iter().map(Glob::as_str).collect();
        assert_eq!(paths, ["docs/*.md", "a.yml", "deploy/values.yaml"]);
    }
}
