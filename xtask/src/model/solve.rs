//! From hits to sites, and from sites to versions: the templates are equations, solved in the order of the file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{File, Model, Site};
use crate::config::{Count, nearest};
use crate::error::Place;
use crate::finding::{Finding, Rule};
use crate::locate::Hit;
use crate::resolve::{Entry, Project};
use crate::template::{Form, Slot};
use crate::version::{Part, Version};

/// Turns the hits of one file into sites; too few and too many become findings.
pub(super) fn add_sites(
    project: &Project,
    file: &File,
    index: usize,
    hits: Vec<Vec<Hit>>,
    sites: &mut Vec<Site>,
    findings: &mut Vec<Finding>,
) {
    let mut hits = hits.into_iter();
    for (rule, (manifest, _)) in file.rules.iter().enumerate() {
        for (number, entry) in project.manifests[*manifest].entries.iter().enumerate() {
            let hits = hits.next().unwrap_or_default();
            findings.extend(wrong_count(project, file, entry, hits.len()));
            sites.extend(hits.into_iter().map(|hit| Site {
                file: index,
                rule,
                entry: number,
                span: hit.span,
                value: hit.value,
            }));
        }
    }
}

fn wrong_count(project: &Project, file: &File, entry: &Entry, hits: usize) -> Option<Finding> {
    let place = || Place::file(project.repos[file.repo].show(&file.path));
    let locator = || format!("{}.{}", entry.format.name(), entry.locator);
    let config = || Place::span(&project.config.path, &project.config.text, entry.span.clone());
    if hits == 0 {
        let hint = format!("the place is named at {}; has it moved or been renamed?", config());
        return Some(Finding {
            rule: Rule::NoHit,
            place: place(),
            message: format!("`{}` hits nothing", locator()),
            hint: Some(hint),
        });
    }
    let Count::Exactly(count) = entry.count else { return None };
    (hits != count).then(|| {
        let message = format!("`{}` hits {hits} place{}, not {count}", locator(), if hits == 1 { "" } else { "s" });
        let hint =
            format!("at {} say `count = {hits}` or `count = \"each\"`, or a locator that hits one place", config());
        Finding { rule: Rule::HitCount, place: place(), message, hint: Some(hint) }
    })
}

impl Model<'_> {
    /// Of each file the first two sites that share a byte: nobody could write both, not even where they say the same.
    pub fn two_claims(&self) -> Vec<(usize, usize)> {
        let files = 0..self.files.len();
        files.filter_map(|file| self.two_claims_in(self.file_sites(file).collect())).collect()
    }

    fn two_claims_in(&self, mut sites: Vec<usize>) -> Option<(usize, usize)> {
        let span = |site: usize| &self.sites[site].span;
        sites.sort_by_key(|&site| span(site).start);
        let mut sites = sites.into_iter();
        let mut widest = sites.next()?;
        for site in sites {
            if span(widest).end > span(site).start || span(widest) == span(site) {
                return Some((widest, site));
            }
            if span(site).end > span(widest).end {
                widest = site;
            }
        }
        None
    }

    /// Each as a finding; where the text of its file is at hand, with its line and column.
    pub(super) fn report_claims(&mut self, text: &dyn Fn(&File) -> Option<Arc<str>>) {
        for (one, other) in self.two_claims() {
            let (one, other) = (&self.sites[one], &self.sites[other]);
            let named = |site: &Site| format!("`{}.{}`", self.entry(site).format.name(), self.entry(site).locator);
            let message = format!("{} and {} claim the same place", named(one), named(other));
            let path = self.shown_path(other.file);
            let place = match text(&self.files[other.file]) {
                Some(text) => Place::span(path, &text, other.span.clone()),
                None => Place::file(path),
            };
            let config = &self.project.config;
            let config = Place::span(&config.path, &config.text, self.entry(other).span.clone());
            let hint = Some(format!("take one of them out, at {config}"));
            self.findings.push(Finding { rule: Rule::TwoClaims, place, message, hint });
        }
    }

    /// Reads each track's version back from the first of its sites that say it whole.
    pub(super) fn solve(&mut self) {
        let mut order: Vec<usize> = (0..self.sites.len()).collect();
        order.sort_by_key(|&site| self.files[self.sites[site].file].rules[self.sites[site].rule].0);
        // A pre-release that stands alone is waited for, unless its place can't be read.
        let mut open = self.tracks.len();
        for awaited in [self.tracks_with_pre(), HashSet::new()] {
            let mut parts: HashMap<usize, Vec<(Part, String)>> = HashMap::new();
            for &index in &order {
                if open == 0 {
                    break;
                }
                for (track, version) in self.say(index, &mut parts, &awaited) {
                    if self.tracks[track].current.is_none() {
                        self.tracks[track].current = Some((version, index));
                        open -= 1;
                    }
                }
            }
        }
        self.report_unsolved();
    }

    /// The tracks of which a place says the pre-release.
    fn tracks_with_pre(&self) -> HashSet<usize> {
        let sites = self.sites.iter().filter(|site| !self.entry(site).on_bump && self.find_allow(site).is_none());
        let pre = |slot: &&Slot| slot.form == Form::Part(Part::Pre);
        let tracks =
            |site| self.entry(site).template.slots().filter(pre).filter_map(|slot| self.slot_track(site, &slot.track));
        sites.flat_map(tracks).collect()
    }

    /// The versions that this site settles, with the parts that earlier sites gave.
    fn say(
        &self,
        index: usize,
        parts: &mut HashMap<usize, Vec<(Part, String)>>,
        awaited: &HashSet<usize>,
    ) -> Vec<(usize, Version)> {
        let site = &self.sites[index];
        let entry = self.entry(site);
        // What is meant to disagree has no say.
        if entry.on_bump
            || self.find_allow(site).is_some()
            || self.site_tracks(site).iter().all(|&track| self.tracks[track].current.is_some())
        {
            return Vec::new();
        }
        let Some(solved) = entry.template.solve(&site.value) else { return Vec::new() };
        let said = |(slot, text): (&Slot, String)| {
            let track = self.slot_track(site, &slot.track)?;
            let scheme = self.project.tracks[self.tracks[track].rule].scheme;
            let version = match slot.form {
                Form::Whole => Version::parse(&text).ok(),
                Form::Dialect(dialect) => dialect.parse(&text, scheme).ok(),
                Form::Part(_) | Form::Padded(..) => {
                    let known = parts.entry(track).or_default();
                    known.extend(slot.part(&text).map(|(part, text)| (part, text.to_owned())));
                    let early = awaited.contains(&track) && !known.iter().any(|(part, _)| *part == Part::Pre);
                    Version::from_parts_in(known, scheme).filter(|_| !early)
                }
            };
            Some((track, version?))
        };
        solved.into_iter().filter_map(said).collect()
    }

    fn report_unsolved(&mut self) {
        let config = &self.project.config;
        for (index, track) in self.tracks.iter().enumerate() {
            if track.current.is_some() || self.absent_track(track.rule) || self.unreadable_track(track.rule) {
                continue;
            }
            let rule = &self.project.tracks[track.rule];
            let place = Place::span(&config.path, &config.text, rule.span.clone());
            let says = self.what_is_said(index).map(|said| format!(": {said}")).unwrap_or_default();
            let message = format!("no place says the version of `{}`{says}", track.name);
            let hint = format!(
                "name one whose template can be read backwards, such as `yaml.version = \"{{{}}}\"`",
                rule.name
            );
            self.findings.push(Finding { rule: Rule::NoVersion, place, message, hint: Some(hint) });
        }
    }

    /// The first place of a track, from whose text its version can't be told.
    fn what_is_said(&self, track: usize) -> Option<String> {
        let states = |site: &&Site| !self.entry(site).on_bump && self.site_tracks(site).contains(&track);
        let site = self.sites.iter().find(states)?;
        let template = &self.entry(site).template;
        let why = match template.solve(&site.value) {
            Some(_) => format!("only `{template}`"),
            None => format!("not `{template}`"),
        };
        Some(format!("{} says `{}`, which is {why}", self.shown_path(site.file), site.value.escape_debug()))
    }

    /// A track that a repository states which isn't looked at: a commit here can't mend it.
    fn absent_track(&self, rule: usize) -> bool {
        let name = &self.project.tracks[rule].name;
        let manifests = self.project.manifests.iter().filter(|manifest| self.absent.contains(&manifest.repo));
        manifests
            .flat_map(|manifest| &manifest.entries)
            .any(|entry| entry.template.slots().any(|slot| slot.track == *name))
    }

    /// A track of which a file couldn't be read or found has been reported already, at the file.
    fn unreadable_track(&self, rule: usize) -> bool {
        let name = &self.project.tracks[rule].name;
        let states = |manifest: &crate::resolve::ManifestRule| {
            manifest.entries.iter().any(|entry| entry.template.slots().any(|slot| slot.track == *name))
        };
        let lost = |finding: &Finding| {
            matches!(finding.rule, Rule::Unreadable | Rule::ReadFailed | Rule::NoFile | Rule::NoHit)
        };
        self.findings.iter().any(lost) && self.project.manifests.iter().any(states)
    }

    /// A slot that names neither a track nor a member of a family: known only now that the files are listed.
    pub(super) fn check_slots(&mut self) {
        let config = &self.project.config;
        for manifest in &self.project.manifests {
            for entry in &manifest.entries {
                for slot in entry.template.slots() {
                    let is_track = self.project.tracks.iter().any(|track| track.name == slot.track);
                    if is_track || self.find_track(&slot.track).is_some() {
                        continue;
                    }
                    let place = Place::span(&config.path, &config.text, entry.span.clone());
                    let near = nearest(&slot.track, self.tracks.iter().map(|track| track.name.as_str()));
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    let message = format!("unknown track `{}`", slot.track);
                    self.findings.push(Finding { rule: Rule::UnknownTrack, place, message, hint });
                }
            }
        }
    }
}
