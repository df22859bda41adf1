//! The files of one repository, wherever they are read from.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Source;
use crate::context::no_repository;
use crate::error::Failure;
use crate::fsx;
use crate::glob::Glob;
use crate::tools::git::{Entry, Git};

/// Opens the tree of this source in a repository that is checked out at `root`.
pub(super) fn open_tree(git: Option<&Git>, root: &Path, source: &Source, patterns: &[&Glob]) -> Result<Option<Tree>> {
    Ok(Some(match (source, git) {
        (Source::Work, git) => Tree::Work { root: root.to_path_buf(), git: git.cloned() },
        (_, Some(git)) => Tree::objects(git, source, &pathspecs(patterns))?,
        (_, None) => return Err(no_repository(root).into()),
    }))
}

/// What git is asked to list: no more than the patterns can match. Empty means everything.
fn pathspecs(patterns: &[&Glob]) -> Vec<String> {
    // Beyond this the argument list costs more than it saves.
    const MOST: usize = 64;
    let mut specs: Vec<String> = patterns
        .iter()
        .map(|glob| if glob.is_literal() { glob.as_str().to_owned() } else { glob.literal_prefix().to_owned() })
        .collect();
    specs.sort();
    specs.dedup();
    if specs.len() > MOST || specs.iter().any(String::is_empty) {
        return Vec::new();
    }
    // A path may begin with a colon, or hold a backslash.
    specs.iter().map(|spec| format!(":(literal){spec}")).collect()
}

/// Files of one repository, wherever they are read from.
pub(super) enum Tree {
    /// As they lie in a folder.
    Work { root: PathBuf, git: Option<Git> },
    /// As git has them: path and object id, or why it is no file.
    Objects { git: Git, name: String, blobs: HashMap<String, Result<String, String>> },
}

impl Tree {
    pub(super) fn objects(git: &Git, source: &Source, pathspecs: &[String]) -> Result<Self> {
        let git = if *source == Source::Index { git.clone().with_hook_index()? } else { git.clone() };
        let entries = match source {
            Source::Index => git.staged_entries(pathspecs)?,
            Source::Rev(rev) => git.tree_entries(rev)?,
            Source::Work | Source::Heads | Source::Tips(_) => git.tree_entries("HEAD")?,
        };
        let blob = |entry: Entry| {
            let symlink = "it is a symlink: name the file it points to".to_owned();
            (entry.path.clone(), if entry.is_symlink() { Err(symlink) } else { Ok(entry.oid) })
        };
        Ok(Self::Objects { blobs: entries.items.into_iter().map(blob).collect(), name: source.to_string(), git })
    }

    pub(super) fn list(&self, patterns: &[&Glob]) -> Result<Vec<String>> {
        if patterns.iter().all(|glob| glob.is_literal()) {
            return Ok(Vec::new());
        }
        match self {
            Self::Work { git: Some(git), .. } => Ok(git.ls_files(&pathspecs(patterns))?.items),
            Self::Work { root, git: None } => Ok(fsx::list_folder(root)?.items),
            Self::Objects { blobs, .. } => Ok(blobs.keys().cloned().collect()),
        }
    }

    /// The texts of these files, each of them or why it can't be read.
    pub(super) fn read_all(&self, paths: &[String]) -> Result<Vec<Result<String, Failure>>> {
        match self {
            Self::Work { root, .. } => Ok(paths.iter().map(|path| read_work(root, path)).collect()),
            Self::Objects { git, name, blobs } => read_objects(git, name, blobs, paths),
        }
    }
}

/// Reads a file of a work tree. Its path is said beside the failure, and so isn't in it.
pub(super) fn read_work(root: &Path, path: &str) -> Result<String, Failure> {
    let file = root.join(path);
    fsx::read_manifest(&file).map_err(as_failure).map_err(|mut failure| {
        failure.message = failure.message.replacen(&format!("`{}`", fsx::shown(&file)), "it", 1);
        failure
    })
}

fn as_failure(error: anyhow::Error) -> Failure {
    error.downcast::<Failure>().unwrap_or_else(|error| Failure::tool(format!("{error:#}")))
}

const NO_TEXT: &str = "leave it out of the configuration, or narrow the glob";

/// Reads all of them in one batch.
fn read_objects(
    git: &Git,
    name: &str,
    blobs: &HashMap<String, Result<String, String>>,
    paths: &[String],
) -> Result<Vec<Result<String, Failure>>> {
    let found: Vec<Result<String, Failure>> = paths
        .iter()
        .map(|path| match blobs.get(path) {
            Some(Ok(oid)) => Ok(oid.clone()),
            Some(Err(reason)) => Err(Failure::world(reason.clone())),
            None => Err(Failure::world(format!("it isn't in {name}"))
                .hint("look for a typing error in the path, or take it out of the configuration")),
        })
        .collect();
    let oids: Vec<String> = found.iter().filter_map(|oid| oid.as_ref().ok().cloned()).collect();
    let mut contents = git.cat_file_batch(&oids)?.into_iter();
    let text = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        Ok(_) => Err(Failure::world("it is a binary file").hint(NO_TEXT)),
        Err(_) => Err(Failure::world("it is not UTF-8").hint(NO_TEXT)),
    };
    Ok(found.into_iter().map(|oid| oid.and_then(|_| text(contents.next().unwrap_or_default()))).collect())
}
