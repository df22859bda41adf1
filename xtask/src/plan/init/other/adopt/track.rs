//! Which track a tool's number is.

use super::super::super::draft::{Draft, Track};
use super::super::super::{Site, Verdict, tags, token};
use super::super::Tool;
use super::overlap;
use super::site::Home;
use crate::plan::init::Facts;
use crate::version::{Scheme, Version};

/// The tracks that tools have found so far: tool, package and the index of the track.
#[derive(Default)]
pub(super) struct Homes {
    taken: Vec<(&'static str, Option<String>, usize)>,
    /// Names of the tracks that only tools know.
    pub begun: Vec<String>,
}

impl Homes {
    /// The track of a tool's number, or the member of a family; a new one where the tool tells numbers apart that nobody
    /// else did. None where nobody knows where the number stands.
    pub fn find(&mut self, facts: &Facts, tool: &Tool, draft: &mut Draft) -> Option<Home> {
        let same = |(name, package, _): &&(&str, Option<String>, usize)| *name == tool.name && *package == tool.package;
        let known = self.taken.iter().find(same).map(|(.., at)| *at);
        // A family is home to many packages.
        let shared = |at: &usize| draft.tracks[*at].family.is_some();
        let free =
            |at: &usize| shared(at) || !self.taken.iter().any(|(name, _, other)| *name == tool.name && other == at);
        let at = match known.or_else(|| voted(tool, draft).filter(free)).or_else(|| equal(tool, draft).filter(free)) {
            Some(at) => at,
            None => self.begin(tool, draft)?,
        };
        self.taken.push((tool.name, tool.package.clone(), at));
        let track = &mut draft.tracks[at];
        if track.family.is_some() {
            return member(tool, &draft.tracks[at], &draft.sites);
        }
        if track.current.is_none() {
            self.begun.push(track.name.clone());
            track.current = tool.current.clone();
            track.evidence = format!("at `{}`, as {} says", tool.current.as_deref()?, tool.name);
        }
        names(facts, tool, track);
        let home = Home { track: track.name.clone(), current: track.current.clone()?, family: None };
        let told = tool.current.as_deref().filter(|told| token::dialect(&home.current, told).is_none());
        if let Some(told) = told {
            let note = format!("{} stands at `{told}`, and `{}` at `{}`", tool.name, home.track, home.current);
            draft.notes.push(note);
        }
        if at == 0 {
            draft.commit = draft.commit.take().or_else(|| commit(tool, &home.track));
        }
        Some(home)
    }

    /// A track without a number yet, or a new one.
    fn begin(&self, tool: &Tool, draft: &mut Draft) -> Option<usize> {
        tool.current.as_ref()?;
        let counts = |track: &Track| track.family.is_none() && track.scheme != Some("chart");
        let empty = |track: &Track| track.current.is_none() && counts(track);
        let unused = |at: &usize| !self.taken.iter().any(|(.., other)| other == at);
        let free = || draft.tracks.iter().position(empty).filter(unused);
        if let Some(at) = tool.package.is_none().then(free).flatten() {
            return Some(at);
        }
        let name = unique(tool.package.as_deref().unwrap_or("app"), draft);
        draft.tracks.push(Track { name, ..Track::default() });
        Some(draft.tracks.len() - 1)
    }
}

/// The member of a family whose number a tool writes, as its own folder states it.
fn member(tool: &Tool, track: &Track, sites: &[Site]) -> Option<Home> {
    let members = track.family.as_ref()?;
    let own = format!("{{{}}}", track.name);
    let stated = sites.iter().filter(|site| site.verdict == Verdict::Taken && site.template.contains(&own));
    let mut told = stated.filter_map(|site| {
        let written = |span| tool.places.iter().any(|hint| hint.path == site.path && overlap(&hint.span, span));
        let (member, _) = members.split(&site.path).filter(|_| site.spans.iter().any(written))?;
        Some((member, site.number.clone()))
    });
    let (member, current) = told.next()?;
    let plain = member.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let alone = told.all(|(other, _)| other == member);
    let family = Some((track.name.clone(), members.clone()));
    (plain && alone).then(|| Home { track: member.to_owned(), current, family })
}

/// The track that most of its places state already.
fn voted(tool: &Tool, draft: &Draft) -> Option<usize> {
    let votes = |track: &Track| {
        let states =
            |template: &str| ["}", ".", ":"].iter().any(|end| template.contains(&format!("{{{}{end}", track.name)));
        let stated = draft.sites.iter().filter(|site| site.verdict == Verdict::Taken && states(&site.template));
        let told = || tool.places.iter().chain(&tool.record);
        let named = |path: &str, span| told().any(|hint| hint.path == path && overlap(&hint.span, span));
        stated.filter(|site| site.spans.iter().any(|span| named(&site.path, span))).count()
    };
    let best = draft.tracks.iter().map(votes).enumerate().max_by_key(|(at, votes)| (*votes, usize::MAX - at))?;
    (best.1 > 0).then_some(best.0)
}

/// The only plain track at the same number; a package of its own shares it with nobody.
fn equal(tool: &Tool, draft: &Draft) -> Option<usize> {
    let current = tool.current.as_deref().filter(|_| tool.package.is_none())?;
    let stands = |track: &Track| {
        let here = track.current.as_deref().filter(|_| track.family.is_none());
        here.is_some_and(|here| token::dialect(here, current).is_some())
    };
    let mut found = (0..draft.tracks.len()).filter(|at| stands(&draft.tracks[*at]));
    found.next().filter(|_| found.next().is_none())
}

/// Letters, digits and `-`; a number behind it where the name is taken.
fn unique(name: &str, draft: &Draft) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    let plain =
        if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain.to_owned() } else { format!("app-{plain}") };
    let plain = plain.trim_end_matches('-').to_owned();
    let names = std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain}-{n}")));
    names.into_iter().find(|name| draft.tracks.iter().all(|track| track.name != *name)).unwrap_or(plain)
}

/// Tags and scheme, where the tags that are there don't say otherwise.
fn names(facts: &Facts, tool: &Tool, track: &mut Track) {
    if let Some(pattern) = &tool.tag {
        let groups = tags::group(&facts.tags);
        let fits = |pattern: &str| groups.iter().any(|group| group.pattern() == pattern);
        let ours = track.tag.as_deref().unwrap_or("v{version}");
        if !fits(ours) || fits(pattern) {
            track.tag = Some(pattern.clone()).filter(|pattern| pattern != "v{version}");
        }
    }
    let Some(scheme) = tool.scheme.filter(|scheme| *scheme != "semver" && track.scheme.is_none()) else { return };
    let takes = |version: &str| {
        let scheme = Scheme::parse_name(scheme).unwrap_or(Scheme::Loose);
        Version::parse(version).is_ok_and(|version| scheme.check(&version).is_ok())
    };
    let groups = tags::group(&facts.tags);
    let own = track.tag.as_deref().unwrap_or("v{version}");
    let mut past =
        groups.iter().filter(|group| group.pattern() == own).flat_map(|group| group.versions.iter().take(20));
    if track.current.as_deref().is_none_or(takes) && past.all(|version| takes(version)) {
        track.scheme = Some(scheme);
    }
}

/// The subject over the track's name.
fn commit(tool: &Tool, track: &str) -> Option<String> {
    let commit = tool.commit.as_ref()?.lines().next()?.trim();
    commit.contains("{version}").then(|| commit.replace("{version}", &format!("{{{track}}}")))
}

/// Tracks that no place is left for, where others have some: guesses of the tree, and placeholders' numbers.
pub(super) fn drop_unstated(draft: &mut Draft, known: &[String]) {
    let states = |name: &str| {
        let opens = format!("{{{name}");
        draft.sites.iter().any(|site| site.verdict != Verdict::Left && site.template.contains(&opens))
    };
    let followed = |name: &str| draft.tracks.iter().any(|track| track.with.as_deref() == Some(name));
    let gone: Vec<String> = draft
        .tracks
        .iter()
        .filter(|track| !states(&track.name) && !followed(&track.name))
        .filter(|track| (track.current.is_none() && track.family.is_none()) || known.contains(&track.name))
        .map(|track| track.name.clone())
        .collect();
    if gone.len() < draft.tracks.len() {
        draft.tracks.retain(|track| !gone.contains(&track.name));
    }
}

/// The tracks that have places before the tools are heard: those of them that lose all go.
pub(super) fn stated(draft: &Draft) -> Vec<String> {
    let states = |name: &str| {
        let opens = format!("{{{name}");
        draft.sites.iter().any(|site| site.verdict == Verdict::Taken && site.template.contains(&opens))
    };
    draft.tracks.iter().map(|track| track.name.clone()).filter(|name| states(name)).collect()
}
