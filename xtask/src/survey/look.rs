//! One look at every file: read, or known from an earlier look, and located.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use super::cache::{self, Cache};
use super::tree::{Tree, read_work};
use super::{Source, links};
use crate::error::{Exit, Failure, Place};
use crate::finding::{Finding, Rule};
use crate::fsx::in_parallel;
use crate::model::{File, Located, locate_file};
use crate::resolve::Project;
use crate::tools::git::Git;
use crate::world;

/// What was located in each file, or why it couldn't be.
pub(super) type AllLocated = Vec<Result<Located, Box<Finding>>>;

/// A file's text, if it was read, and what was located in it; was it known from an earlier look?
struct Look {
    text: Option<Arc<str>>,
    located: Result<Located, Box<Finding>>,
    known: bool,
}

/// Locates every file, in parallel. Files of a work tree are read and compared with the earlier look's bytes; a blob of
/// git's is known by its id and isn't read again. With `keep` the texts are held. What is new is written to `path`.
pub(super) fn locate(
    project: &Project,
    trees: &[Option<Tree>],
    files: &[File],
    keep: bool,
    cache: &Cache,
    path: Option<&Path>,
) -> Result<(AllLocated, Vec<Option<Arc<str>>>)> {
    let known: Vec<Option<Located>> = files.iter().map(|file| cache.find(file, blob(trees, file)?)).collect();
    let texts = read_objects(trees, files, &known)?;
    let links = links::find(project, trees);
    let jobs: Vec<(&File, Option<Result<String, Failure>>)> = files.iter().zip(texts).collect();
    let looks = in_parallel(world::threads(), &jobs, |(file, text)| {
        Ok(look(project, trees, &links, cache, file, text.as_ref(), keep))
    })?;
    let looks: Vec<Look> = looks.into_iter().zip(known).map(|(look, known)| look.or_known(known)).collect();
    // Who keeps the texts is about to change them.
    if let Some(path) = path.filter(|_| !keep && looks.iter().any(|look| !look.known)) {
        remember(path, project, trees, files, &looks, cache);
    }
    Ok(looks.into_iter().map(|look| (look.located, look.text.filter(|_| keep))).unzip())
}

impl Look {
    fn nothing() -> Self {
        Self { text: None, located: Ok(Located::default()), known: true }
    }

    fn or_known(self, known: Option<Located>) -> Self {
        match known {
            Some(located) => Self { located: Ok(located), ..self },
            None => self,
        }
    }
}

/// Work trees and blobs are remembered apart: bytes in the one, ids in the other.
pub(super) fn cache_path(git: Option<&Git>, source: &Source) -> Option<PathBuf> {
    let name = if *source == Source::Work { "lockstep/sites" } else { "lockstep/blobs" };
    Some(git?.git_dir.join(name))
}

/// The id of a file's blob, where git holds the file.
fn blob<'t>(trees: &'t [Option<Tree>], file: &File) -> Option<&'t str> {
    match trees[file.repo].as_ref()? {
        Tree::Objects { blobs, .. } => blobs.get(&file.path)?.as_deref().ok(),
        Tree::Work { .. } => None,
    }
}

/// Fewer bytes than this are parsed faster than a second copy of them is read.
const BYTES_WORTH_IT: usize = 256 << 10;
/// Fewer blobs than this are read faster than a cache of them.
const BLOBS_WORTH_IT: usize = 128;

fn remember(path: &Path, project: &Project, trees: &[Option<Tree>], files: &[File], looks: &[Look], cache: &Cache) {
    let found = files.iter().zip(looks).filter_map(|(file, look)| {
        let located = look.located.as_ref().ok()?;
        let text = look.text.as_deref().or_else(|| cache.text(file));
        Some((file, blob(trees, file).or(text)?, located))
    });
    let found: Vec<(&File, &str, &Located)> = found.collect();
    let bytes: usize = found.iter().map(|(_, text, _)| text.len()).sum();
    let blobs = matches!(trees[0], Some(Tree::Objects { .. }));
    if if blobs { found.len() >= BLOBS_WORTH_IT } else { bytes >= BYTES_WORTH_IT } {
        cache::write(path, &project.config, &found);
    }
}

fn look(
    project: &Project,
    trees: &[Option<Tree>],
    links: &HashSet<PathBuf>,
    cache: &Cache,
    file: &File,
    text: Option<&Result<String, Failure>>,
    keep: bool,
) -> Look {
    let text = match (text, &trees[file.repo]) {
        (Some(Ok(text)), _) => Ok(text.clone()),
        (Some(Err(failure)), _) => Err(unreadable(project, file, failure)),
        (None, Some(Tree::Work { root, .. })) => links::refuse(links, root, &file.path)
            .and_then(|()| read_work(root, &file.path))
            .map_err(|failure| unreadable(project, file, &failure)),
        (None, _) => return Look::nothing(),
    };
    match text {
        Err(finding) => Look { text: None, located: Err(finding), known: false },
        Ok(text) => match cache.find(file, &text) {
            // The cache has the same bytes, should they be written again.
            Some(located) => Look { text: keep.then(|| text.into()), located: Ok(located), known: true },
            None => Look { located: locate_file(project, file, &text), text: Some(text.into()), known: false },
        },
    }
}

/// The texts of the files that git holds and that aren't known, read in one batch a repository.
fn read_objects(
    trees: &[Option<Tree>],
    files: &[File],
    known: &[Option<Located>],
) -> Result<Vec<Option<Result<String, Failure>>>> {
    let mut texts: Vec<Option<Result<String, Failure>>> = files.iter().map(|_| None).collect();
    for (repo, tree) in trees.iter().enumerate() {
        let Some(tree @ Tree::Objects { .. }) = tree else { continue };
        let wanted: Vec<usize> =
            (0..files.len()).filter(|&file| files[file].repo == repo && known[file].is_none()).collect();
        let paths: Vec<String> = wanted.iter().map(|&file| files[file].path.clone()).collect();
        for (file, text) in wanted.into_iter().zip(tree.read_all(&paths)?) {
            texts[file] = Some(text);
        }
    }
    Ok(texts)
}

fn unreadable(project: &Project, file: &File, failure: &Failure) -> Box<Finding> {
    let place = Place::file(project.repos[file.repo].show(&file.path));
    // The place has the path already, from the repository's root.
    let message = match failure.message.split_once('`').and_then(|(_, rest)| rest.split_once("` ")) {
        Some((path, rest)) if path.ends_with(&file.path) => format!("it {rest}"),
        _ => failure.message.clone(),
    };
    let named = file
        .rules
        .first()
        .and_then(|(rule, _)| project.manifests[*rule].paths.iter().find(|(glob, _)| glob.is_match(&file.path)));
    let named = named.map(|(_, span)| Place::span(&project.config.path, &project.config.text, span.clone()));
    let hint = match (&failure.hint, named) {
        (Some(hint), Some(named)) => Some(format!("{hint}; it is named at {named}")),
        (hint, _) => hint.clone(),
    };
    let rule = if failure.exit == Exit::Tool { Rule::ReadFailed } else { Rule::Unreadable };
    Box::new(Finding { rule, place, message, hint })
}
