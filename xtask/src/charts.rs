//! Charts on their way: found in a commit, packaged once, and the same archive for every place.

pub mod archive;
mod package;
mod places;
mod planned;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::error::{Failure, Place};
use crate::plan::charts::{self as plan, ChartFile};
use crate::plan::index::rfc3339;
use crate::resolve::Project;
use crate::tools::git::Git;
use crate::tools::helm::Helm;

pub use places::{Oci, OnPages, agreed, expect_same, index_of, together};
pub use planned::{PlannedChart, Source};

/// A chart in a commit of its repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Index of the repository.
    pub repo: usize,
    /// Index into [`crate::resolve::release::Release::charts`].
    pub rule: usize,
    /// The commit that it is packaged from.
    pub commit: String,
    /// What it says of itself.
    pub file: ChartFile,
    /// The folders that its archive is made of, each after what it depends on; its own is the last.
    pub folders: Vec<String>,
    /// What the chart in each of these folders says.
    pub files: Vec<ChartFile>,
    /// Has it a lock?
    pub locked: bool,
}

impl Chart {
    /// The archive that is published. It is made once for the same files, and the same wherever and whenever it is made.
    ///
    /// Errors: faults that Helm finds, dependencies that can't be had, no Helm.
    pub fn archive(&self, git: &Git, cache: &Path) -> Result<Vec<u8>> {
        package::archive(git, self, &Helm::find(cache)?, cache)
    }

    /// Was it packaged already?
    pub fn is_packaged(&self, git: &Git, cache: &Path) -> Result<bool> {
        Ok(package::cached(git, self, &Helm::find(cache)?, cache)?.is_some())
    }

    /// `acme 1.2.3`
    pub fn shown(&self) -> String {
        format!("{} {}", self.file.name, self.file.version)
    }

    fn lock_name(&self) -> &'static str {
        if self.file.old_kind { "requirements.lock" } else { "Chart.lock" }
    }

    /// From the top of its repository.
    pub fn lock_path(&self) -> String {
        join(&self.file.folder, self.lock_name())
    }
}

/// A path in a folder; in the top if that is empty.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The charts of a commit that `[[chart]]` names for its repository, in the order of the configuration and of their
/// folders.
///
/// Errors: a `[[chart]]` without a chart; a chart that can't be read; dependencies in a circle or out of the repository.
pub fn find(git: &Git, project: &Project, repo: usize, commit: &str) -> Result<Vec<Chart>> {
    let rules = project.release.charts.iter().enumerate().filter(|(_, rule)| rule.repo == repo);
    let rules: Vec<_> = rules.collect();
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let texts = Texts::read(git, project, repo, commit, &[])?;
    let mut charts: Vec<Chart> = Vec::new();
    for (at, rule) in rules {
        let found: Vec<&String> = texts.charts.keys().filter(|folder| rule.path.is_match(folder)).collect();
        if found.is_empty() {
            let place = Place::span(&project.config.path, &project.config.text, rule.span.clone());
            let message = format!("there is no `Chart.yaml` in `{}`", texts.whose.clone() + rule.path.as_str());
            return Err(Failure::world(message).at(place).hint("`path` is the folder of a chart").into());
        }
        for folder in found {
            if !charts.iter().any(|chart| chart.file.folder == *folder) {
                charts.push(texts.chart(repo, at, commit, folder)?);
            }
        }
    }
    Ok(charts)
}

/// The files of all charts in a commit.
struct Texts {
    whose: String,
    /// By folder.
    charts: BTreeMap<String, String>,
    requirements: HashMap<String, String>,
    locks: Vec<String>,
}

impl Texts {
    /// Those of a commit, with these files in place of its own.
    fn read(git: &Git, project: &Project, repo: usize, commit: &str, instead: &[(String, Vec<u8>)]) -> Result<Self> {
        let whose = project.repos[repo].show("");
        let mut wanted = Vec::new();
        let mut locks = Vec::new();
        for entry in git.tree_entries(commit)?.items {
            let (folder, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
            match name {
                "Chart.yaml" | "requirements.yaml" => wanted.push((folder.to_owned(), name == "Chart.yaml", entry.oid)),
                "Chart.lock" | "requirements.lock" => locks.push(entry.path),
                _ => {}
            }
        }
        let oids: Vec<&String> = wanted.iter().map(|(_, _, oid)| oid).collect();
        let mut texts = Self { whose, charts: BTreeMap::new(), requirements: HashMap::new(), locks };
        for ((folder, is_chart, _), bytes) in wanted.iter().zip(git.cat_file_batch(&oids)?) {
            // What isn't text isn't read as YAML either, and is refused where it is asked for.
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if *is_chart {
                texts.charts.insert(folder.clone(), text);
            } else {
                texts.requirements.insert(folder.clone(), text);
            }
        }
        for (path, bytes) in instead {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let text = || String::from_utf8_lossy(bytes).into_owned();
            match name {
                "Chart.yaml" => drop(texts.charts.insert(folder.to_owned(), text())),
                "requirements.yaml" => drop(texts.requirements.insert(folder.to_owned(), text())),
                _ => {}
            }
        }
        Ok(texts)
    }

    fn file(&self, folder: &str) -> Result<Option<ChartFile>, Failure> {
        let Some(text) = self.charts.get(folder) else { return Ok(None) };
        let requirements = self.requirements.get(folder).map(String::as_str);
        ChartFile::read(folder, &format!("{}{folder}", self.whose), text, requirements).map(Some)
    }

    /// What the chart in a folder is made of.
    fn closure(&self, folder: &str) -> Result<BTreeMap<String, ChartFile>, Failure> {
        let mut known = BTreeMap::new();
        let mut next = vec![folder.to_owned()];
        while let Some(folder) = next.pop() {
            if known.contains_key(&folder) {
                continue;
            }
            if let Some(file) = self.file(&folder)? {
                next.extend(file.siblings()?);
                known.insert(folder, file);
            }
        }
        Ok(known)
    }

    fn chart(&self, repo: usize, rule: usize, commit: &str, folder: &str) -> Result<Chart, Failure> {
        let mut known = self.closure(folder)?;
        let folders = plan::order(&known, folder)?;
        let files: Vec<ChartFile> = folders.iter().filter_map(|folder| known.remove(folder)).collect();
        let file = files.last().cloned().ok_or_else(|| Failure::world(format!("there is no chart in `{folder}`")))?;
        let mut chart = Chart { repo, rule, commit: commit.to_owned(), file, folders, files, locked: false };
        chart.locked = self.locks.contains(&chart.lock_path());
        Ok(chart)
    }
}

/// The chart in one folder of a commit, for a `[[chart]]`.
pub fn at(git: &Git, project: &Project, rule: usize, commit: &str, folder: &str) -> Result<Chart> {
    let repo = project.release.charts[rule].repo;
    Ok(Texts::read(git, project, repo, commit, &[])?.chart(repo, rule, commit, folder)?)
}

/// The locks that must be made anew because something they lock moves: path and new contents, for the commit that has
/// these changed files on this base. Their moment is that of the base: the same plan gives the same lock.
pub fn locks(
    git: &Git,
    project: &Project,
    repo: usize,
    base: &str,
    changed: &[(String, Vec<u8>)],
) -> Result<Vec<(String, Vec<u8>)>> {
    let rules = project.release.charts.iter().enumerate().filter(|(_, rule)| rule.repo == repo);
    let rules: Vec<_> = rules.collect();
    if rules.is_empty() || changed.is_empty() {
        return Ok(Vec::new());
    }
    let before = Texts::read(git, project, repo, base, &[])?;
    if before.locks.is_empty() {
        return Ok(Vec::new());
    }
    let after = Texts::read(git, project, repo, base, changed)?;
    let moment = rfc3339(git.commit_seconds(base)?);
    let mut locks = Vec::new();
    for (at, rule) in rules {
        for folder in after.charts.keys().filter(|folder| rule.path.is_match(folder)) {
            let chart = after.chart(repo, at, base, folder)?;
            let path = chart.lock_path();
            if !chart.locked || changed.iter().any(|(changed, _)| *changed == path) {
                continue;
            }
            let old = git.read_file(base, &path)?.unwrap_or_default();
            let old = String::from_utf8_lossy(&old).into_owned();
            let shown = format!("{}{path}", before.whose);
            let known = chart.folders.iter().cloned().zip(chart.files.iter().cloned()).collect();
            let was = before.file(folder)?;
            let lock = plan::locked(&old).map_err(|error| plan::at(&shown, &old, error))?;
            if plan::lock_is_old(was.as_ref(), &chart.file, &lock, &known)? {
                let moved = plan::moved(was.as_ref(), &chart.file);
                let old = package::OldLock { text: &old, shown: &shown, moved: &moved };
                locks.push((path, package::lock(git, &chart, changed, &old, &moment)?.into_bytes()));
            }
        }
    }
    Ok(locks)
}

/// The tool's own folder for what can be made again.
pub(crate) fn cache() -> Result<PathBuf> {
    crate::world::cache_dir()
}
