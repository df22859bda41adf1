//! The model: every manifest found, every site located, every version solved. [`crate::plan`] decides on it alone.

mod solve;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::error::Place;
use crate::finding::{Finding, Rule};
use crate::glob::Glob;
use crate::locate::Hit;
use crate::locate::splice::{self, Shape};
use crate::resolve::{AllowRule, Entry, ManifestRule, Project};
use crate::version::Version;

/// A file that at least one manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Index of its repository.
    pub repo: usize,
    /// From the repository's root.
    pub path: String,
    /// The manifests that name it, and the family member that the path binds (else empty).
    pub rules: Vec<(usize, String)>,
}

/// A place where a version stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Index into [`Model::files`].
    pub file: usize,
    /// Index into the file's rules.
    pub rule: usize,
    /// Index into the manifest's entries.
    pub entry: usize,
    /// The bytes that are replaced.
    pub span: Range<usize>,
    /// What stands there.
    pub value: String,
}

/// A version number that moves: a track, or a member of a family.
#[derive(Clone, Debug)]
pub struct Track {
    /// Index into [`Project::tracks`].
    pub rule: usize,
    /// The track's name, or the member's.
    pub name: String,
    /// What its sites say, and the site that said it first; `None` if none says the whole.
    pub current: Option<(Version, usize)>,
}

impl Track {
    /// The folder that a family's member is called after, whatever is put before it to tell it from another's.
    pub fn member(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Everything that is known of a tree.
#[derive(Debug)]
pub struct Model<'p> {
    /// The configuration.
    pub project: &'p Project,
    /// The files, in the order of the configuration and then by path.
    pub files: Vec<File>,
    /// The sites, in the order of the files and of their entries.
    pub sites: Vec<Site>,
    /// What must survive a splice, for each file and each of its formats in the order of [`formats`].
    pub shapes: Vec<Vec<Shape>>,
    /// The tracks, families spread out, in the order of the configuration and then by name.
    pub tracks: Vec<Track>,
    /// What was found to be wrong on the way.
    pub findings: Vec<Finding>,
    /// The repositories that aren't looked at.
    absent: Vec<usize>,
    by_name: HashMap<(usize, String), usize>,
    names: HashMap<String, usize>,
}

/// The files that the manifests name, out of those that each repository lists.
/// The manifests of a repository that isn't `present` are left out.
pub fn find_files(
    project: &Project,
    listings: &[Vec<String>],
    present: &dyn Fn(usize) -> bool,
) -> (Vec<File>, Vec<Finding>) {
    let mut files: Vec<File> = Vec::new();
    let mut findings = Vec::new();
    let mut known: HashMap<(usize, String), usize> = HashMap::new();
    for (index, manifest) in project.manifests.iter().enumerate().filter(|(_, manifest)| present(manifest.repo)) {
        for (glob, span) in &manifest.paths {
            let found = matching(manifest, glob, &listings[manifest.repo]);
            if found.is_empty() {
                findings.push(no_file(project, manifest, glob, span));
            }
            for (path, member) in found {
                let next = files.len();
                let at = *known.entry((manifest.repo, path.clone())).or_insert(next);
                if at == next {
                    files.push(File { repo: manifest.repo, path, rules: Vec::new() });
                }
                if !files[at].rules.iter().any(|(rule, _)| *rule == index) {
                    files[at].rules.push((index, member));
                }
            }
        }
    }
    (files, findings)
}

fn matching(manifest: &ManifestRule, glob: &Glob, listing: &[String]) -> Vec<(String, String)> {
    if glob.is_literal() {
        return vec![(glob.as_str().to_owned(), String::new())];
    }
    let taken = |path: &&String| {
        !manifest.exclude.iter().any(|glob| glob.is_match(path))
            && (manifest.only.is_empty() || manifest.only.iter().any(|glob| glob.is_match(path)))
    };
    let bound = |path: &String| glob.bind(path).map(|member| (path.clone(), member.to_owned()));
    let mut found: Vec<_> = listing.iter().filter_map(|path| bound(path).filter(|_| taken(&path))).collect();
    found.sort();
    found
}

fn no_file(project: &Project, manifest: &ManifestRule, glob: &Glob, span: &Range<usize>) -> Finding {
    let place = Place::span(&project.config.path, &project.config.text, span.clone());
    let whose = project.repos[manifest.repo].show("");
    let whose =
        if whose.is_empty() { "this repository".to_owned() } else { format!("`{}`", whose.trim_end_matches(':')) };
    let message = format!("`{}` matches no tracked file of {whose}", glob.as_str());
    let hint = Some("a new file is seen once it is added with `git add`".to_owned());
    Finding { rule: Rule::NoFile, place, message, hint }
}

/// What was located in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Located {
    /// The hits of every entry, in the order of the file's rules and their entries.
    pub hits: Vec<Vec<Hit>>,
    /// What must survive a splice, for each format in the order of [`formats`].
    pub shapes: Vec<Shape>,
}

/// The formats in which a file is read, each with its entries: places in the row of all entries of the file's rules.
pub fn formats<'p>(project: &'p Project, file: &File) -> (Vec<&'p Entry>, Vec<Vec<usize>>) {
    let entries: Vec<&Entry> = file.rules.iter().flat_map(|(rule, _)| &project.manifests[*rule].entries).collect();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match groups.iter_mut().find(|group| entries[group[0]].format.name() == entry.format.name()) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    (entries, groups)
}

/// Where a merge conflict begins that nobody has solved: both of git's marks, each at the beginning of a line.
fn conflict_mark(text: &str) -> Option<usize> {
    let line = |mark: &str, from: usize| {
        let found = text[from..].match_indices(mark).map(|(at, _)| from + at);
        found.into_iter().find(|&at| at == 0 || text.as_bytes()[at - 1] == b'\n')
    };
    let begin = line("<<<<<<< ", 0)?;
    line(">>>>>>> ", begin).map(|_| begin)
}

/// Locates every entry of a file, in one pass over the text for each format.
pub fn locate_file(project: &Project, file: &File, text: &str) -> Result<Located, Box<Finding>> {
    if let Some(at) = conflict_mark(text) {
        let place = Place::span(project.repos[file.repo].show(&file.path), text, at..at);
        let message = "the file holds the marks of a merge conflict".to_owned();
        let hint = Some("solve it, then run the same command again".to_owned());
        return Err(Box::new(Finding { rule: Rule::Unreadable, place, message, hint }));
    }
    let (entries, groups) = formats(project, file);
    let locators = |group: &Vec<usize>| group.iter().map(|&at| entries[at].locator.as_str()).collect();
    let asked: Vec<_> = groups.iter().map(|group| (entries[group[0]].format, locators(group))).collect();
    let known = splice::know(text, &asked).map_err(|error| {
        let shown = project.repos[file.repo].show(&file.path);
        let place =
            error.offset.map_or_else(|| Place::file(&shown), |offset| Place::span(&shown, text, offset..offset));
        Box::new(Finding { rule: Rule::Unreadable, place, message: error.message, hint: error.hint })
    })?;
    let mut located = Located { hits: vec![Vec::new(); entries.len()], shapes: Vec::new() };
    for (group, known) in groups.into_iter().zip(known) {
        for (at, hits) in group.into_iter().zip(known.hits) {
            located.hits[at] = hits;
        }
        located.shapes.push(known.shape);
    }
    Ok(located)
}

/// The hits of every entry of a file, without what a splice would have to keep: for a text that nobody will change. None
/// where it can't be read as its formats.
pub fn find_hits(project: &Project, file: &File, text: &str) -> Option<Vec<Vec<Hit>>> {
    let (entries, groups) = formats(project, file);
    let mut hits = vec![Vec::new(); entries.len()];
    for group in groups {
        let locators: Vec<&str> = group.iter().map(|&at| entries[at].locator.as_str()).collect();
        let reading = entries[group[0]].format.read(text, &locators, false).ok()?;
        for (at, found) in group.into_iter().zip(reading.hits) {
            hits[at] = found;
        }
    }
    Some(hits)
}

/// Two tracks that answer to one name: a folder of a family is called as another track is.
fn same_name(project: &Project, rule: usize, other: usize, name: &str) -> Finding {
    let (rule, other) = (&project.tracks[rule], &project.tracks[other]);
    let place = Place::span(&project.config.path, &project.config.text, rule.span.clone());
    let message = format!("`{name}` names a track of `{}` and one of `{}`", other.name, rule.name);
    let hint = "call the track otherwise, or leave the folder out with `exclude`".to_owned();
    Finding { rule: Rule::SameName, place, message, hint: Some(hint) }
}

impl<'p> Model<'p> {
    /// Puts the files and what was located in them together, and solves the tracks.
    /// `absent` are the repositories that aren't looked at; `located` holds, for each file, the hits of its entries;
    /// `text` gives the text of a file in which something is wrong.
    pub fn build(
        project: &'p Project,
        files: Vec<File>,
        located: Vec<Result<Located, Box<Finding>>>,
        mut findings: Vec<Finding>,
        absent: Vec<usize>,
        text: &dyn Fn(&File) -> Option<Arc<str>>,
    ) -> Self {
        let (mut sites, mut shapes) = (Vec::new(), Vec::with_capacity(files.len()));
        for (index, located) in located.into_iter().enumerate() {
            match located {
                Ok(located) => {
                    solve::add_sites(project, &files[index], index, located.hits, &mut sites, &mut findings);
                    shapes.push(located.shapes);
                }
                Err(finding) => {
                    findings.push(*finding);
                    shapes.push(Vec::new());
                }
            }
        }
        let mut model = Self {
            project,
            files,
            sites,
            shapes,
            tracks: Vec::new(),
            findings,
            absent,
            by_name: HashMap::new(),
            names: HashMap::new(),
        };
        model.report_claims(text);
        model.spread_tracks();
        model.solve();
        model.check_slots();
        model
    }

    /// The entry that a site belongs to.
    pub fn entry(&self, site: &Site) -> &'p Entry {
        &self.manifest(site).entries[site.entry]
    }

    /// The manifest that a site belongs to.
    pub fn manifest(&self, site: &Site) -> &'p ManifestRule {
        &self.project.manifests[self.files[site.file].rules[site.rule].0]
    }

    /// The indices of a file's sites.
    pub fn file_sites(&self, file: usize) -> std::ops::Range<usize> {
        let first = self.sites.partition_point(|site| site.file < file);
        first..self.sites.partition_point(|site| site.file <= file)
    }

    /// The `[[allow]]` that covers what a site says, if there is one.
    pub fn find_allow(&self, site: &Site) -> Option<usize> {
        let file = &self.files[site.file];
        let covers =
            |allow: &AllowRule| allow.repo == file.repo && allow.says == site.value && allow.path.is_match(&file.path);
        self.project.allows.iter().position(covers)
    }

    /// The path of a site's file as messages name it.
    pub fn shown_path(&self, file: usize) -> String {
        let file = &self.files[file];
        self.project.repos[file.repo].show(&file.path)
    }

    /// The track that a slot in a site's template means: the family's member that the path binds, a track, a member by name.
    pub fn slot_track(&self, site: &Site, name: &str) -> Option<usize> {
        let (_, member) = &self.files[site.file].rules[site.rule];
        match self.manifest(site).family {
            Some(family) if self.project.tracks[family].name == name => {
                self.by_name.get(&(family, member.clone())).copied()
            }
            _ => self.find_track(name),
        }
    }

    /// The track or the family's member of this name.
    pub fn find_track(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// What a site must say at these versions; `None` for a track takes its current one.
    pub fn wanted<'v>(&'v self, site: &Site, moved: &dyn Fn(usize) -> Option<&'v Version>) -> Result<String, String> {
        let current = |track: usize| self.tracks[track].current.as_ref().map(|(version, _)| version);
        let version = |name: &str| {
            let track = self.slot_track(site, name)?;
            moved(track).or_else(|| current(track))
        };
        self.entry(site).template.render(version)
    }

    /// The tracks that a site's template names.
    pub fn site_tracks(&self, site: &Site) -> Vec<usize> {
        self.entry(site).template.slots().filter_map(|slot| self.slot_track(site, &slot.track)).collect()
    }

    fn spread_tracks(&mut self) {
        for (rule, track) in self.project.tracks.iter().enumerate() {
            let mut names: Vec<String> = if track.family { self.members(rule) } else { vec![track.name.clone()] };
            names.sort();
            names.dedup();
            for name in names {
                self.by_name.insert((rule, name.clone()), self.tracks.len());
                // The first one keeps the name: what is wrong is said once, and not of every place that means it.
                let first = *self.names.entry(name.clone()).or_insert(self.tracks.len());
                let name = if first == self.tracks.len() { name } else { self.second_name(rule, first, name) };
                self.tracks.push(Track { rule, name, current: None });
            }
        }
    }

    /// Two families over the same folders: a member of the second is called `upstream/web`.
    fn second_name(&mut self, rule: usize, first: usize, name: String) -> String {
        let other = self.tracks[first].rule;
        if !self.project.tracks[rule].family || !self.project.tracks[other].family {
            self.findings.push(same_name(self.project, rule, other, &name));
            return name;
        }
        let qualified = format!("{}/{name}", self.project.tracks[rule].name);
        self.names.insert(qualified.clone(), self.tracks.len());
        qualified
    }

    fn members(&self, family: usize) -> Vec<String> {
        let bound = |(rule, member): &(usize, String)| {
            (self.project.manifests[*rule].family == Some(family)).then(|| member.clone())
        };
        self.files.iter().flat_map(|file| file.rules.iter().filter_map(bound)).collect()
    }
}
