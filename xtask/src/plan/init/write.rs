//! The text of `release.toml`, as a person would write it.

mod cover;
mod entries;
mod images;
mod imports;
mod said;
mod toml;
mod unsure;

use std::fmt::Write as _;

use super::ask::Question;
use super::draft::{Draft, SAME, Track};
use super::known::Role;
use super::{Facts, Site, Verdict};
use crate::plan::digest::is_beside;
use crate::resolve::check_remote;
use entries::{Entry, list_entries};
pub(super) use entries::{line, states};
pub(super) use said::moved_words;
use toml::{bare_or_quoted, key, one_line, quoted};

/// Files with a pinned digest that are named.
const PINNED: usize = 4;

/// The whole text; `questions` are those that nobody has answered.
pub(super) fn render(facts: &Facts, draft: &Draft, questions: &[Question]) -> String {
    let taken: Vec<&Site> = draft.sites.iter().filter(|site| site.verdict == Verdict::Taken).collect();
    let entries = list_entries(facts, &draft.tracks, &taken, &draft.sites);
    let mut text = format!("[project]\nname = {}\n", quoted(&facts.name));
    key(&mut text, "branch", branch(facts));
    key(&mut text, "commit", draft.commit.as_deref());
    let (stated, asked) = split_stated(draft);
    text.extend(stated.iter().map(|track| track_table(track, &stated)));
    text.extend(entries.iter().map(Entry::text));
    text.extend(entries.iter().flat_map(|entry| &entry.stays).map(|site| allow_table(site)));
    text.push_str(&origin(facts));
    for note in draft.notes.iter().cloned().chain(pinned(facts, &taken)) {
        let _ = writeln!(text, "\n# {}", one_line(&note));
    }
    text.push_str(&siblings(facts, &draft.sites));
    text.push_str(&images::suggestions(facts, draft));
    text.push_str(&imports::render_imports(&draft.imports));
    let asked: String =
        asked.iter().map(|track| track_table(track, &draft.tracks.iter().collect::<Vec<_>>())).collect();
    text.push_str(&unsure::render_questions(facts, &asked, questions));
    text
}

/// The tables of some places alone, and of tracks: what is added to a file that is there.
pub(super) fn render_more(facts: &Facts, tracks: &[Track], new: &[&Track], sites: &[&Site], all: &[Site]) -> String {
    let entries = list_entries(facts, tracks, sites, all);
    let any: Vec<&Track> = tracks.iter().collect();
    new.iter().map(|track| track_table(track, &any)).chain(entries.iter().map(Entry::text)).collect()
}

/// The tracks of which a place speaks, perhaps in a question, and those that these follow. There is always one.
pub(super) fn used(draft: &Draft) -> Vec<&Track> {
    let speaks = |site: &&Site| site.verdict != Verdict::Left;
    let named = |track: &Track| draft.sites.iter().filter(speaks).any(|site| states(site, &track.name));
    let stated: Vec<bool> = draft.tracks.iter().map(named).collect();
    let followed = |name: &str| {
        draft.tracks.iter().zip(&stated).any(|(track, stated)| *stated && track.with.as_deref() == Some(name))
    };
    let any = stated.contains(&true);
    let tracks = draft.tracks.iter().enumerate();
    let kept = tracks.filter(|(at, track)| stated[*at] || followed(&track.name) || (*at == 0 && !any));
    kept.map(|(_, track)| track).collect()
}

/// Those that a taken place states, and those of which only questions speak: no command accepts a track that no place
/// states. Without any place the first one stands for what a person has to fill in.
fn split_stated(draft: &Draft) -> (Vec<&Track>, Vec<&Track>) {
    let taken = |site: &&Site| site.verdict == Verdict::Taken;
    let states = |track: &&Track| draft.sites.iter().filter(taken).any(|site| states(site, &track.name));
    let (stated, asked): (Vec<&Track>, Vec<&Track>) = used(draft).into_iter().partition(states);
    if stated.is_empty() { (asked, stated) } else { (stated, asked) }
}

/// A track's table; it follows only what is among the others.
fn track_table(track: &Track, others: &[&Track]) -> String {
    let mut text = format!("\n# {}\n[track.{}]\n", one_line(&track.evidence), bare_or_quoted(&track.name));
    key(&mut text, "scheme", track.scheme);
    let with = track.with.as_deref().filter(|with| others.iter().any(|other| other.name == *with));
    key(&mut text, "with", with);
    key(&mut text, "bump", track.bump.filter(|level| with.is_some() || *level != SAME));
    key(&mut text, "tag", track.tag.as_deref());
    text
}

/// The files in which a digest is pinned beside a tag that a bump would write.
fn pinned(facts: &Facts, taken: &[&Site]) -> Option<String> {
    let pinned = |site: &&&Site| {
        let text = (facts.read)(&site.path);
        text.is_some_and(|text| site.spans.iter().any(|span| is_beside(&text, span)))
    };
    let mut paths: Vec<String> = taken.iter().filter(pinned).map(|site| format!("`{}`", site.path)).collect();
    paths.dedup();
    let more = paths.len().saturating_sub(PINNED);
    paths.truncate(PINNED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!paths.is_empty()).then(|| {
        format!(
            "a digest is pinned beside the tag in {}{more}: no bump knows it, so write it by hand once the image is there",
            paths.join(", ")
        )
    })
}

/// A place that is meant to say what it says.
fn allow_table(site: &Site) -> String {
    let mut text = String::from("\n[[allow]]\n");
    key(&mut text, "path", Some(&cover::escaped(&site.path)));
    key(&mut text, "says", Some(&site.value));
    let of = site.seen.as_ref().map_or(0, |seen| seen.of);
    key(&mut text, "reason", Some(&format!("it stayed there in the last {of} releases")));
    text
}

/// The branch that releases come from: what the remote calls its own, else one whose name says so.
fn branch<'a>(facts: &'a Facts) -> Option<&'a str> {
    let named = || facts.branch.as_deref().filter(|branch| ["main", "master", "trunk"].contains(branch));
    facts.origin_branch.as_deref().or_else(named)
}

/// Where a release goes: said where the branch shows that nothing goes without saying.
fn origin(facts: &Facts) -> String {
    let public = |url: &&str| url.contains(':') && !url.starts_with("file:") && check_remote(url).is_ok();
    match facts.origin.as_deref().filter(public) {
        Some(url) if branch(facts).is_some_and(|branch| branch != "main") => {
            format!("\n[remote.origin]\nurl = {}\n", quoted(url))
        }
        _ => String::new(),
    }
}

/// A checkout beside this one that looks like the chart repository is offered as a comment.
fn siblings(facts: &Facts, sites: &[Site]) -> String {
    let charts = sites.iter().any(|site| site.role == Role::Chart && site.verdict == Verdict::Taken);
    let like = |name: &&String| ["chart", "helm"].iter().any(|word| name.to_lowercase().contains(word));
    let Some(name) = facts.siblings.iter().find(like).filter(|_| !charts) else {
        return String::new();
    };
    let path = quoted(&format!("../{name}"));
    format!(
        "\n# `{}` stands beside this checkout: does it move with it?\n# [repo.charts]\n# path = {path}\n",
        one_line(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_keeps_step_only_with_one_that_is_written() {
        let app = Track { name: String::from("app"), ..Track::default() };
        let with = Some(app.name.clone());
        let chart = Track { name: String::from("chart"), with, bump: Some(SAME), ..Track::default() };
        assert!(track_table(&chart, &[&app, &chart]).contains("with = \"app\"\nbump = \"same\"\n"));
        assert!(!track_table(&chart, &[&chart]).contains("bump"));
    }
}
