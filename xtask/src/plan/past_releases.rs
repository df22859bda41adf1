//! What past releases say of themselves: the tree of each tag against the tag's version.
//!
//! A tag is read backwards by the patterns of the tracks, and the tree decides between the readings: a tag is of the
//! track whose version stands there. What a tag doesn't name, and no other tag of its repository does either, must agree
//! with itself. A place that wasn't there at that time is no drift.

mod behind;
mod tagged;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use crate::model::{File, Model, Site};
use crate::resolve::Project;
use crate::version::Version;
pub use behind::{Behind, Run, behind};
use tagged::{Named, Readings};

/// What a tag's name says: the track, for a family with the member, and the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Index into [`Project::tracks`].
    pub rule: usize,
    /// The member of a family; else the track's name.
    pub name: String,
    /// The version.
    pub version: Version,
}

/// A tag of one of the repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Index of the repository.
    pub repo: usize,
    /// Without `refs/tags/`.
    pub name: String,
    /// When its commit was made: seconds since 1970.
    pub seconds: u64,
    /// Is it judged by the configuration that its own tree has?
    pub own: bool,
}

/// What a look at one tag found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The tag names no version of a track.
    NoVersion,
    /// None of the track's places was there at that time.
    NotYet,
    /// A release.
    Release(Release),
}

/// A tag, and what its tree says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The tag.
    pub tag: Tag,
    /// Index of its track in the configuration.
    pub rule: usize,
    /// The track, or the member of a family.
    pub track: String,
    /// The version, as the tree spells it; where it isn't there, as the tag does.
    pub version: Version,
    /// Does any place say it?
    pub stated: bool,
    /// Every place that was compared, in the order of the configuration.
    pub places: Vec<Place>,
    /// How many places the configuration names that weren't there.
    pub absent: usize,
}

/// A place in a tag's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its file, as messages name it.
    pub path: String,
    /// `yaml.appVersion`
    pub locator: String,
    /// What stands there.
    pub says: String,
    /// What the release's version makes of its template.
    pub wanted: String,
    /// Does it say a lower or a higher version? None where it says none as a whole.
    pub side: Option<Ordering>,
}

impl Place {
    /// Says it what it must?
    pub fn agrees(&self) -> bool {
        self.says == self.wanted
    }
}

impl Release {
    /// Do all places say what they must?
    pub fn agrees(&self) -> bool {
        self.places.iter().all(Place::agrees)
    }

    /// The places that don't.
    pub fn drifts(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|place| !place.agrees())
    }
}

/// All past releases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// By repository and track, the highest version first.
    pub releases: Vec<Release>,
    /// Tags that name no version of a track.
    pub no_version: usize,
    /// Tags of a time in which none of the places was there.
    pub not_yet: usize,
    /// Tags that mark no commit that is here.
    pub no_commit: usize,
    /// Tags whose files aren't here, by name: a partial clone has left them out.
    pub gone: Vec<String>,
    /// Tags that are older than the last ones asked for.
    pub older: usize,
    /// Tags whose own configuration can't be read, so that today's was taken.
    pub unread: usize,
}

impl History {
    /// Takes a look at a tag in.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::NoVersion => self.no_version += 1,
            Verdict::NotYet => self.not_yet += 1,
            Verdict::Release(release) => self.releases.push(release),
        }
    }

    /// Puts the releases into their order.
    pub fn sort(&mut self) {
        let key = |release: &Release| (release.tag.repo, release.rule, release.track.clone());
        self.releases.sort_by(|a, b| {
            let versions = || b.version.compare(&a.version).then_with(|| b.tag.name.cmp(&a.tag.name));
            key(a).cmp(&key(b)).then_with(versions)
        });
    }

    /// How many tags agree with their trees.
    pub fn agree(&self) -> usize {
        self.releases.iter().filter(|release| release.agrees()).count()
    }
}

/// Everything that a tag of a repository may mean, in the order of the configuration.
pub fn readings(project: &Project, repo: usize, tag: &str) -> Vec<Reading> {
    let tracks = project.tracks.iter().enumerate().filter(|(_, track)| track.repo == repo);
    let patterns = tracks.filter_map(|(rule, track)| Some((rule, track, track.tag.as_ref()?)));
    let read = |(rule, track, pattern): (usize, &crate::resolve::TrackRule, &crate::tag::TagPattern)| {
        let named = if track.family {
            pattern.solve_names(tag)
        } else {
            pattern.solve(&track.name, tag).map(|version| (track.name.clone(), version)).into_iter().collect()
        };
        named.into_iter().map(move |(name, version)| Reading { rule, name, version }).collect::<Vec<_>>()
    };
    patterns.flat_map(read).collect()
}

/// Of the files of a tree those that concern a tag: of a family only the member's own, if the tag is of one.
pub fn concerned(project: &Project, readings: &[Reading], files: Vec<File>) -> Vec<File> {
    if readings.iter().any(|reading| !project.tracks[reading.rule].family) {
        return files;
    }
    let concerns = |(manifest, member): &(usize, String)| {
        let family = project.manifests[*manifest].family;
        family.is_none_or(|family| readings.iter().any(|one| one.rule == family && one.name == *member))
    };
    let own = |mut file: File| {
        file.rules.retain(concerns);
        (!file.rules.is_empty()).then_some(file)
    };
    files.into_iter().filter_map(own).collect()
}

/// Judges a tag by the model of its tree. `missing` are files that the configuration names and that aren't there.
pub fn judge(model: &Model<'_>, tag: &Tag, readings: &[Reading], missing: &[File]) -> Verdict {
    let readings = Readings::new(model, readings);
    let named = match readings.decide() {
        Ok(named) => named,
        Err(verdict) => return verdict,
    };
    let look = Look { model, repo: tag.repo, named: &named };
    let places: Vec<Place> =
        (0..model.sites.len()).filter(|&site| look.is_judged(site)).filter_map(|site| look.place(site)).collect();
    let track = &model.tracks[named.tracks[0].0];
    Verdict::Release(Release {
        tag: tag.clone(),
        rule: track.rule,
        track: track.name.clone(),
        version: named.tracks[0].1.clone(),
        stated: named.stated,
        places,
        absent: look.absent(missing),
    })
}

/// A tree, seen from the tracks that its tag names.
struct Look<'m> {
    model: &'m Model<'m>,
    repo: usize,
    named: &'m Named,
}

impl Look<'_> {
    /// Does it name a track of the tag, or only ones that no tag of this repository names?
    fn is_judged(&self, site: usize) -> bool {
        let site = &self.model.sites[site];
        let tracks = self.model.site_tracks(site);
        if self.model.entry(site).on_bump || self.model.find_allow(site).is_some() {
            return false;
        }
        let is_named = |track: &usize| self.named.version(*track).is_some();
        tracks.iter().any(is_named) || !tracks.is_empty() && tracks.iter().all(|&track| self.is_free(track, site))
    }

    /// No tag of this repository names it: it must agree with itself. At a member's tag only in the member's files.
    fn is_free(&self, track: usize, site: &Site) -> bool {
        let rule = &self.model.project.tracks[self.model.tracks[track].rule];
        let family = self.model.project.tracks[self.model.tracks[self.named.tracks[0].0].rule].family;
        let is_own = !family || self.model.manifest(site).family.is_some();
        is_own && (rule.tag.is_none() || rule.repo != self.repo)
    }

    fn place(&self, site: usize) -> Option<Place> {
        let model = self.model;
        let site = &model.sites[site];
        let wanted = model.wanted(site, &|track| self.named.version(track)).ok()?;
        let entry = model.entry(site);
        let side = || {
            let track = *model.site_tracks(site).first()?;
            let version = self.named.version(track).or_else(|| model.tracks[track].current.as_ref().map(|(v, _)| v))?;
            Some(tagged::said(model, site, track)?.compare(version))
        };
        Some(Place {
            path: model.shown_path(site.file),
            locator: format!("{}.{}", entry.format.name(), entry.locator),
            side: if site.value == wanted { None } else { side() },
            says: site.value.clone(),
            wanted,
        })
    }

    /// How many places of the tag's tracks have no file, or no hit in it.
    fn absent(&self, missing: &[File]) -> usize {
        let model = self.model;
        let is_ours = |manifest: usize, entry: usize| {
            let entry = &model.project.manifests[manifest].entries[entry];
            let tracks = entry.template.slots().filter_map(|slot| model.find_track(&slot.track));
            !entry.on_bump && tracks.into_iter().any(|track| self.named.version(track).is_some())
        };
        let entries = |file: &File| {
            let manifests = file.rules.iter().enumerate();
            let of = |(rule, (manifest, _)): (usize, &(usize, String))| {
                let manifest = *manifest;
                (0..model.project.manifests[manifest].entries.len()).map(move |entry| (rule, manifest, entry))
            };
            manifests.flat_map(of).collect::<Vec<_>>()
        };
        let gone = missing.iter().flat_map(entries).filter(|&(_, manifest, entry)| is_ours(manifest, entry)).count();
        let no_hit = |(at, file): (usize, &File)| {
            let hits = |rule, entry| {
                model.sites[model.file_sites(at)].iter().any(|site| site.rule == rule && site.entry == entry)
            };
            let lost = entries(file)
                .into_iter()
                .filter(|&(rule, manifest, entry)| is_ours(manifest, entry) && !hits(rule, entry));
            lost.count()
        };
        gone + model.files.iter().enumerate().map(no_hit).sum::<usize>()
    }
}
