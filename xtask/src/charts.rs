//! Charts on their way: found in a commit, packaged once, and the same archive for every place.

pub mod archive;
mod package;
mod places;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::error::{Failure, Place};
use crate::finding::Finding;
use crate::model::Model;
use crate::moment::rfc3339;
use crate::plan::charts::{self as plan, ChartFile, TaggedChart};
use crate::resolve::Project;
use crate::tools::git::Git;
use crate::tools::helm::Helm;

pub use places::{Oci, OnPages, agreed, expect_same, index_of, together};

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
    /// The repository's name in messages, with a colon behind it; nothing for this one.
    whose: String,
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
    let texts = Texts::read(git, project.repos[repo].show(""), commit)?;
    let mut charts: Vec<Chart> = Vec::new();
    for (at, rule) in rules {
        let found: Vec<&String> = texts.charts.keys().filter(|folder| rule.path.is_match(folder)).collect();
        if found.is_empty() {
            let place = Place::span(&project.config.path, &project.config.text, rule.span.clone());
            let message = format!("there is no `Chart.yaml` in `{}`", texts.whose.clone() + rule.path.as_str());
            return Err(Failure::world(message).at(place).hint("`path` is the folder of a chart").into());
        }
        for folder in found {
            if charts.iter().any(|chart| chart.file.folder == *folder) {
                let place = Place::span(&project.config.path, &project.config.text, rule.span.clone());
                let message = format!("the chart in `{folder}` is named by another `[[chart]]` already");
                return Err(Failure::usage(message).at(place).hint("name all its places in one of them").into());
            }
            charts.push(texts.chart(repo, at, commit, folder)?);
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
    fn read(git: &Git, whose: String, commit: &str) -> Result<Self> {
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
        let oids: Vec<String> = wanted.iter().map(|(_, _, oid)| oid.clone()).collect();
        let mut texts = Self { whose, charts: BTreeMap::new(), requirements: HashMap::new(), locks };
        for ((folder, is_chart, _), bytes) in wanted.iter().zip(git.files(&oids)?) {
            // What isn't text isn't read as YAML either, and is refused where it is asked for.
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if *is_chart {
                texts.charts.insert(folder.clone(), text);
            } else {
                texts.requirements.insert(folder.clone(), text);
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
        let mut chart = Chart {
            repo,
            rule,
            commit: commit.to_owned(),
            file,
            folders,
            files,
            locked: false,
            whose: self.whose.clone(),
        };
        chart.locked = self.locks.contains(&chart.lock_path());
        Ok(chart)
    }
}

/// The locks that must be made anew because something they lock moves between two commits: path and new contents.
/// The second commit is the one that is prepared, without them; they come into it.
pub fn locks(
    git: &Git,
    project: &Project,
    repo: usize,
    from: &str,
    to: &str,
    seconds: u64,
) -> Result<Vec<(String, Vec<u8>)>> {
    let charts = find(git, project, repo, to)?;
    if !charts.iter().any(|chart| chart.locked) {
        return Ok(Vec::new());
    }
    let cache = cache()?;
    let before = Texts::read(git, project.repos[repo].show(""), from)?;
    let mut locks = Vec::new();
    for chart in charts.iter().filter(|chart| chart.locked) {
        let path = chart.lock_path();
        let old = git.read_file(to, &path)?.unwrap_or_default();
        let old = String::from_utf8_lossy(&old).into_owned();
        let shown = format!("{}{path}", chart.whose);
        let known: BTreeMap<String, ChartFile> =
            chart.folders.iter().cloned().zip(chart.files.iter().cloned()).collect();
        let was = before.file(&chart.file.folder)?;
        let lock = plan::locked(&old).map_err(|error| plan::at(&shown, &old, error))?;
        if plan::lock_is_old(was.as_ref(), &chart.file, &lock, &known)? {
            let moved = plan::moved(was.as_ref(), &chart.file);
            locks.push((path, package::lock(git, chart, &old, &moved, &rfc3339(seconds), &cache)?.into_bytes()));
        }
    }
    Ok(locks)
}

/// The finding of a chart whose files differ from those of the tag of the version that it still has: `tag` is the commit
/// that the tag marks, `to` the commit that is looked at, none for the work tree.
pub fn unmoved(
    model: &Model<'_>,
    chart: &TaggedChart,
    git: &Git,
    tag: &str,
    to: Option<&str>,
) -> Result<Option<Finding>> {
    Ok(plan::unmoved(model, chart, &git.changed_below(&chart.folder, tag, to)?))
}

/// The tool's own folder for what can be made again.
pub(crate) fn cache() -> Result<PathBuf> {
    crate::world::cache_dir()
}
