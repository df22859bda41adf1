//! Folders that are symlinks. git follows none, and behind one may be another project's file.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::patterns;
use super::tree::Tree;
use crate::error::Failure;
use crate::resolve::Project;

/// The symlinks among the folders on the way to files that are named outright; what git lists lies behind none.
/// Each is asked for once.
pub(super) fn find(project: &Project, trees: &[Option<Tree>]) -> HashSet<PathBuf> {
    let mut seen: HashMap<PathBuf, bool> = HashMap::new();
    for (repo, tree) in trees.iter().enumerate() {
        let Some(Tree::Work { root, .. }) = tree else { continue };
        for glob in patterns(project, repo).into_iter().filter(|glob| glob.is_literal()) {
            for folder in folders(root, glob.as_str()) {
                seen.entry(folder).or_insert_with_key(|folder| folder.is_symlink());
            }
        }
    }
    seen.into_iter().filter(|(_, link)| *link).map(|(folder, _)| folder).collect()
}

/// Refuses a path that leads through one of them.
pub(super) fn refuse(links: &HashSet<PathBuf>, root: &Path, path: &str) -> Result<(), Failure> {
    let Some(link) = (!links.is_empty()).then(|| folders(root, path).find(|folder| links.contains(folder))).flatten()
    else {
        return Ok(());
    };
    let shown = link.strip_prefix(root).unwrap_or(&link).display();
    Err(Failure::world(format!("`{shown}` on the way to it is a symlink"))
        .hint("name the file by the folder that it really lies in: git follows no symlinks"))
}

/// The folders between the root and a file, the nearest to the file first.
fn folders(root: &Path, path: &str) -> impl Iterator<Item = PathBuf> {
    let inner = Path::new(path).ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
    inner.map(|folder| root.join(folder))
}
