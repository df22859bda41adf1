//! What `init` looks at: the repository, and why it can't.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::super::{Place, past};
use crate::error::Failure;
use crate::fsx;
use crate::plan::init::Facts;
use crate::plan::init::past::{End, Past};
use crate::plan::own_copy;
use crate::tools::git::Git;
use crate::ui::Ui;

/// The repository, or a folder that is in none.
pub(super) struct Ground {
    pub root: PathBuf,
    pub git: Option<Git>,
}

impl Ground {
    /// The top of the repository in which the command was started. An error where there are no files to look at.
    pub fn find(place: &Place) -> Result<Self> {
        let git = Git::find(&place.start)?;
        if let Some(bare) = git.as_ref().filter(|git| git.bare) {
            let dir = fsx::shown(&bare.dir);
            return Err(Failure::usage(format!("`{dir}` is a bare repository, which has no files to look at"))
                .hint(format!("run it in a clone: `git clone {dir}`"))
                .into());
        }
        if git.is_none() {
            place.ui.warn("this is no git repository: there are no tags and no history to learn from");
        }
        let root = git.as_ref().map_or(&place.start, |git| &git.dir).clone();
        let folder = root.join("release-config");
        if fsx::is_there(&folder)? && !fsx::is_folder(&folder)? {
            return Err(Failure::usage("`release-config` is no folder")
                .hint("the configuration is kept in a folder of that name: move what is there")
                .into());
        }
        Ok(Self { root, git })
    }

    /// The text of a tracked file, if it is one.
    pub fn read(&self, path: &str) -> Option<String> {
        fsx::read_manifest(&self.root.join(path)).ok()
    }

    /// Everything that is proposed from.
    pub fn facts<'r>(&self, ui: Ui, read: &'r dyn Fn(&str) -> Option<String>) -> Result<Facts<'r>> {
        let mut files = match &self.git {
            Some(git) => git.ls_files(&[])?.items,
            None => fsx::list_folder(&self.root)?.items,
        };
        if files.is_empty() {
            return Err(Failure::usage("there is no tracked file to look at")
                .hint("`git add` the project's files first")
                .into());
        }
        own_copy::leave_out(&mut files, read);
        let git = self.git.as_ref();
        let tags = git.map_or_else(|| Ok(Vec::new()), Git::tags)?;
        let past = match git {
            Some(git) => {
                let reading = past::read(git, &tags, &files, read)?;
                warn_cut(ui, git, &reading);
                reading.past
            }
            None => Past::default(),
        };
        let origin = git.and_then(address);
        let siblings = siblings(&self.root, origin.as_deref());
        Ok(Facts {
            name: name(&self.root, origin.as_deref()),
            files,
            read,
            tags: tags.into_iter().map(|tag| tag.name).collect(),
            past,
            branch: git.and_then(|git| git.current_branch().ok().flatten()),
            origin,
            origin_branch: git.and_then(|git| git.remote_branch("origin").ok().flatten()),
            siblings,
        })
    }
}

/// What isn't looked at makes another proposal: that is said, with the way to see all.
fn warn_cut(ui: Ui, git: &Git, reading: &past::Reading) {
    if let Some(late) = reading.late {
        let seconds = late.as_secs().max(1);
        ui.warn(&format!("the look at history was cut short after {seconds} s: run it again when the machine is idle"));
    }
    match reading.past.end {
        End::Shallow if git.is_shallow() => ui.warn(
            "this clone is shallow, so only a part of the history was looked at: `git fetch --unshallow` brings the rest",
        ),
        End::Shallow => ui.warn(
            "this clone lacks files of its history, so only a part was looked at: `git fetch --refetch --no-filter` brings them",
        ),
        End::Root | End::Enough | End::Late => {}
    }
}

/// The last part of the remote's address, where that is one of a server; else the folder.
fn name(root: &Path, origin: Option<&str>) -> String {
    let served = |url: &&str| url.contains("://") && !url.starts_with("file:") || url.contains('@');
    let last = |url: &str| {
        let url = url.trim_end_matches('/');
        let url = url.strip_suffix(".git").unwrap_or(url);
        url.rsplit(['/', ':']).next().unwrap_or_default().to_owned()
    };
    let plain =
        |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let folder = || root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    origin.filter(served).map(last).filter(plain).unwrap_or_else(folder)
}

/// Names of the repositories in the folder above that may hold the project's charts: where both have an address on a
/// server, they have the same owner.
fn siblings(root: &Path, origin: Option<&str>) -> Vec<String> {
    let Some(above) = root.parent() else { return Vec::new() };
    let names = fsx::names(above).unwrap_or_default().into_iter().filter_map(|name| name.into_string().ok());
    let other = |name: &String| {
        let folder = above.join(name);
        let like = ["chart", "helm"].iter().any(|word| name.to_lowercase().contains(word));
        like && folder != root && fsx::is_there(&folder.join(".git")).unwrap_or(false) && is_kin(&folder, origin)
    };
    let mut names: Vec<String> = names.filter(other).collect();
    names.sort();
    names
}

fn is_kin(folder: &Path, origin: Option<&str>) -> bool {
    let theirs = Git::find(folder).ok().flatten().and_then(|git| address(&git));
    let owner = |url: &str| url.rsplit_once('/').map(|(owner, _)| owner.to_owned());
    match (origin.and_then(owner), theirs.as_deref().and_then(owner)) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => true,
    }
}

/// The address of `origin`, as it is written.
fn address(git: &Git) -> Option<String> {
    let remotes = git.remotes().ok()?;
    remotes.into_iter().find(|remote| remote.name == "origin").map(|remote| remote.url)
}
