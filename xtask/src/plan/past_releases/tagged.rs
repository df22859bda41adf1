//! Which of the things that a tag's name may mean it means: the one that its tree says.

use std::cmp::Ordering;

use super::{Reading, Verdict};
use crate::model::{Model, Site};
use crate::template::Form;
use crate::version::Version;

/// The tracks that a tag names, and their versions as the tree spells them.
pub(super) struct Named {
    /// Indices into [`Model::tracks`]; at least one.
    pub tracks: Vec<(usize, Version)>,
    /// Do they stand in the tree?
    pub stated: bool,
}

impl Named {
    /// The version that the tag says of a track.
    pub(super) fn version(&self, track: usize) -> Option<&Version> {
        self.tracks.iter().find(|(named, _)| *named == track).map(|(_, version)| version)
    }
}

/// The readings of a tag whose tracks this tree has.
pub(super) struct Readings<'m> {
    model: &'m Model<'m>,
    known: Vec<(usize, Version)>,
    /// Was there any reading, of whatever track?
    any: bool,
}

impl<'m> Readings<'m> {
    pub(super) fn new(model: &'m Model<'m>, readings: &[Reading]) -> Self {
        let find = |reading: &Reading| {
            let is_it = |track: &crate::model::Track| track.rule == reading.rule && track.name == reading.name;
            Some((model.tracks.iter().position(is_it)?, reading.version.clone()))
        };
        Self { model, known: readings.iter().filter_map(find).collect(), any: !readings.is_empty() }
    }

    /// The tracks whose version the tree says; else the first that the tag may well be of.
    pub(super) fn decide(&self) -> Result<Named, Verdict> {
        let stated = |(track, version): &(usize, Version)| Some((*track, self.stated_as(*track, version)?));
        let tracks: Vec<(usize, Version)> = self.known.iter().filter_map(stated).collect();
        if !tracks.is_empty() {
            return Ok(Named { tracks, stated: true });
        }
        let mut placed = self.known.iter().filter(|(track, _)| self.sites(*track).next().is_some()).peekable();
        if placed.peek().is_none() {
            return Err(if self.any { Verdict::NotYet } else { Verdict::NoVersion });
        }
        match placed.find(|(track, version)| self.is_plausible(*track, version)) {
            Some(one) => Ok(Named { tracks: vec![one.clone()], stated: false }),
            None => Err(Verdict::NoVersion),
        }
    }

    fn sites(&self, track: usize) -> impl Iterator<Item = &'m Site> {
        let model = self.model;
        let names = move |site: &&Site| !model.entry(site).on_bump && model.site_tracks(site).contains(&track);
        model.sites.iter().filter(names)
    }

    /// The version of a tag as the tree spells it: `1.2.0-rc.1` for the tag `1.2.0rc1`, `1.93.3` for the variant
    /// `1.93.3-cluster`. None where no place says it.
    fn stated_as(&self, track: usize, version: &Version) -> Option<Version> {
        let first = self.model.tracks[track].current.as_ref().map(|(version, _)| version.clone());
        let others = self.sites(track).filter(|site| self.model.find_allow(site).is_none());
        let said: Vec<Version> =
            first.into_iter().chain(others.filter_map(|site| said(self.model, site, track))).collect();
        let find = |wanted: &Version| said.iter().find(|said| said.compare(wanted) == Ordering::Equal).cloned();
        std::iter::once(version.clone()).chain(without_variants(version)).find_map(|one| find(&one))
    }

    /// Is it surely meant as a version of this track, though nothing says it? A throw-away tag (`26.10.0-0123abc`), a
    /// moving one (`v1`) and another train's (`1.0.0-victorialogs`) prove nothing.
    fn is_plausible(&self, track: usize, version: &Version) -> bool {
        let scheme = self.model.project.tracks[self.model.tracks[track].rule].scheme;
        scheme.check(version).is_ok() && without_variants(version).is_empty()
    }
}

/// The version of a track that a place says as a whole.
pub(super) fn said(model: &Model<'_>, site: &Site, track: usize) -> Option<Version> {
    let scheme = model.project.tracks[model.tracks[track].rule].scheme;
    let solved = model.entry(site).template.solve(&site.value)?;
    let whole = |(slot, text): (&crate::template::Slot, String)| match slot.form {
        _ if model.slot_track(site, &slot.track) != Some(track) => None,
        Form::Whole => Version::parse(&text).ok(),
        Form::Dialect(dialect) => dialect.parse(&text, scheme).ok(),
        Form::Part(_) | Form::Padded(..) => None,
    };
    solved.into_iter().find_map(whole)
}

/// Words that mark a pre-release; any other one behind a `-` may be a variant's.
const PRE_RELEASE: [&str; 16] = [
    "a",
    "alpha",
    "b",
    "beta",
    "c",
    "canary",
    "dev",
    "m",
    "milestone",
    "next",
    "nightly",
    "pre",
    "preview",
    "rc",
    "snapshot",
    "test",
];

/// The version without the words of variants at its end, one less each time: `1.2.0-rc.1` of `1.2.0-rc.1-cluster`.
fn without_variants(version: &Version) -> Vec<Version> {
    let mut rest = version.as_str();
    let mut shorter = Vec::new();
    while let Some((before, piece)) = rest.rsplit_once('-') {
        let word: String = piece.chars().take_while(char::is_ascii_alphabetic).collect();
        let Ok(version) = Version::parse(before) else { break };
        if PRE_RELEASE.contains(&word.to_ascii_lowercase().as_str()) {
            break;
        }
        shorter.push(version);
        rest = before;
    }
    shorter
}
