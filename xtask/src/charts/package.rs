//! A chart becomes an archive, once: from a commit, in a folder of its own, by Helm.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;

use super::{Chart, archive};
use crate::error::{Failure, Place};
use crate::fsx::{self, WorkFolder};
use crate::plan::charts::{ChartFile, locked};
use crate::tools::git::Git;
use crate::tools::gzip;
use crate::tools::helm::Helm;

/// The chart's archive, out of the cache or made now.
pub(super) fn archive(git: &Git, chart: &Chart, helm: &Helm, cache: &Path) -> Result<Vec<u8>> {
    if let Some(bytes) = cached(git, chart, helm, cache)? {
        return Ok(bytes);
    }
    let bytes = archive::canonical(make(git, chart, helm, cache)?)?;
    let path = path(git, chart, helm, cache)?;
    fsx::write_cache(&path, &bytes);
    known().insert(path, bytes.clone());
    Ok(bytes)
}

/// The archive that was made before of the same files by the same Helm. One that isn't whole counts for nothing.
pub(super) fn cached(git: &Git, chart: &Chart, helm: &Helm, cache: &Path) -> Result<Option<Vec<u8>>> {
    let path = path(git, chart, helm, cache)?;
    if let Some(bytes) = known().get(&path) {
        return Ok(Some(bytes.clone()));
    }
    let bytes = fsx::read_cache(&path).filter(|bytes| gzip::decompress(bytes.clone()).is_ok());
    known().extend(bytes.clone().map(|bytes| (path, bytes)));
    Ok(bytes)
}

/// The archives that this process has made or found whole. Their paths say what they are made of.
fn known() -> MutexGuard<'static, BTreeMap<PathBuf, Vec<u8>>> {
    static KNOWN: Mutex<BTreeMap<PathBuf, Vec<u8>>> = Mutex::new(BTreeMap::new());
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `charts/TREE[/TREE OF A DEPENDENCY…]/HELM/NAME-VERSION.tgz`
fn path(git: &Git, chart: &Chart, helm: &Helm, cache: &Path) -> Result<PathBuf> {
    let mut path = cache.join("charts");
    for folder in chart.folders.iter().rev() {
        path.push(git.tree_at(&chart.commit, folder)?);
    }
    path.push(helm.version());
    path.push(chart.file.archive());
    Ok(path)
}

fn make(git: &Git, chart: &Chart, helm: &Helm, cache: &Path) -> Result<Vec<u8>> {
    let work = WorkFolder::new(cache)?;
    export(git, chart, &work)?;
    for (folder, file) in chart.folders.iter().zip(&chart.files) {
        depend(&work.folder(&format!("tree/{folder}"))?, file, helm).map_err(|error| of(chart, error))?;
    }
    let folder = work.folder(&format!("tree/{}", chart.file.folder))?;
    helm.lint(&folder).map_err(|error| of(chart, error))?;
    let into = work.folder("made")?;
    helm.package(&folder, &into).map_err(|error| of(chart, error))?;
    fsx::read_bytes(&into.join(chart.file.archive()))
}

/// Writes the folders of the chart and of what it depends on, where they lie in the repository.
pub(super) fn export(git: &Git, chart: &Chart, work: &WorkFolder) -> Result<()> {
    let below = |inner: &str, outer: &str| {
        inner != outer && (outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/')))
    };
    for folder in &chart.folders {
        if !chart.folders.iter().any(|outer| below(folder, outer)) {
            git.export(&chart.commit, folder, &work.folder(&format!("tree/{folder}"))?)?;
        }
    }
    Ok(())
}

/// Gets what a chart depends on into its `charts/`, where it isn't there already.
fn depend(folder: &Path, file: &ChartFile, helm: &Helm) -> Result<()> {
    let there = fsx::list_folder(&folder.join("charts")).map(|list| list.items).unwrap_or_default();
    let has = |name: &str| {
        there
            .iter()
            .any(|path| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('/') || rest.starts_with('-')))
    };
    // What a sibling was when it was put into `charts/` isn't what it is now.
    let wanted = |repository: &str, name: &str| repository.starts_with("file://") || !has(name);
    if !file.dependencies.iter().any(|other| wanted(&other.repository, &other.name)) {
        return Ok(());
    }
    let locks = ["Chart.lock", "requirements.lock"].map(|name| folder.join(name));
    let locked = locks.iter().any(|lock| lock.exists());
    helm.dependency_build(folder, asks_repositories(file))?;
    if !locked {
        // Helm makes one with the moment in it, and would package it.
        locks.iter().try_for_each(|lock| fsx::discard(lock))?;
    }
    Ok(())
}

/// Does it depend on charts of repositories with an index?
fn asks_repositories(file: &ChartFile) -> bool {
    let local = |place: &str| place.is_empty() || place.starts_with("file://") || place.starts_with("oci://");
    file.dependencies.iter().any(|other| !local(&other.repository))
}

/// A chart's lock made anew by Helm, with this moment in it.
///
/// Errors: another dependency than those that moved would move as well: a release doesn't choose versions of others.
pub(super) fn lock(
    git: &Git,
    chart: &Chart,
    old: &str,
    moved: &[String],
    moment: &str,
    cache: &Path,
) -> Result<String> {
    let helm = Helm::find(cache)?;
    let work = WorkFolder::new(cache)?;
    export(git, chart, &work)?;
    let folder = work.folder(&format!("tree/{}", chart.file.folder))?;
    helm.dependency_update(&folder, asks_repositories(&chart.file)).map_err(|error| of(chart, error))?;
    let text = fsx::read_manifest(&folder.join(chart.lock_name()))?;
    let read = |text: &str| locked(text).map_err(|error| Failure::world(error.message));
    for now in read(&text)? {
        let before = read(old)?.into_iter().find(|before| before.name == now.name);
        if let Some(before) = before.filter(|before| before.version != now.version && !moved.contains(&now.name)) {
            let (name, was, is) = (&now.name, &before.version, &now.version);
            let message = format!("the new lock of `{}` would also move `{name}` from {was} to {is}", chart.file.name);
            let hint = "run `helm dependency update` in its folder and commit the lock, before the release";
            return Err(Failure::world(message).at(Place::file(chart.lock_path())).hint(hint).into());
        }
    }
    let line = |line: &str| match line.starts_with("generated:") {
        true => format!("generated: \"{moment}\"\n"),
        false => format!("{line}\n"),
    };
    Ok(text.lines().map(line).collect())
}

/// An error of Helm's, with the chart that it is about.
fn of(chart: &Chart, error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(failure) => {
            Failure { message: format!("chart `{}`: {}", chart.file.name, failure.message), ..failure }.into()
        }
        Err(error) => error,
    }
}
