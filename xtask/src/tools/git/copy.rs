//! Files of a commit, in a folder: as bare files, or as a work tree in which a project's programs may run.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use anyhow::Result;

use super::objects::is_oid;
use super::{Git, plain};
use crate::error::Failure;
use crate::fsx::{self, shown};

/// What would make the files others than the commit's, or run a program: the user's own settings don't count here.
const AS_COMMITTED: [&str; 10] = [
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.autocrlf=false",
    "core.eol=lf",
    "core.fsmonitor=false",
    "core.sparseCheckout=false",
    "filter.lfs.process=",
    "filter.lfs.smudge=",
    "filter.lfs.required=false",
    "submodule.recurse=false",
];

impl Git {
    /// Writes the files of a commit, or of a folder of it, into an empty folder: every byte as it was committed,
    /// modes and symlinks too. Submodules are left out. Without a last `/`; empty for the whole tree.
    pub fn export(&self, commit: &str, folder_of_it: &str, into: &Path) -> Result<()> {
        if !is_oid(commit) {
            return Err(Failure::usage(format!("`{commit}` is not the id of a commit"))
                .hint("resolve it first")
                .into());
        }
        let listing = self.list_tree(commit)?;
        let below = if folder_of_it.is_empty() { String::new() } else { format!("{folder_of_it}/") };
        if !below.is_empty() {
            self.tree_at(commit, folder_of_it)?;
        }
        let mut files = Vec::new();
        for record in listing.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
            let tab = record.iter().position(|&byte| byte == b'\t').unwrap_or_default();
            let head = String::from_utf8_lossy(&record[..tab]).into_owned();
            let path = record.get(tab + 1..).unwrap_or_default();
            let Some(path) = path.strip_prefix(below.as_bytes()) else { continue };
            let path = Path::new(OsStr::from_bytes(path)).to_owned();
            let mut words = head.split(' ').map(str::to_owned);
            let (mode, oid) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
            if !fsx::stays_inside(&path) {
                return Err(Failure::world(format!("`{}` leads out of its folder", shown(&path)))
                    .hint("`git fsck` says more")
                    .into());
            }
            // Folders are made with the files in them; submodules are left out.
            if !matches!(mode.as_str(), "040000" | "160000") {
                files.push((mode, oid, into.join(path)));
            }
        }
        let oids: Vec<&String> = files.iter().map(|(_, oid, _)| oid).collect();
        let mut links = Vec::new();
        self.cat_file_each(&oids, |at, bytes| {
            let (mode, _, path) = &files[at];
            match mode.as_str() {
                "120000" => links.push((path, bytes)),
                mode => fsx::write_scratch(path, &bytes, mode == "100755")?,
            }
            Ok(())
        })?;
        // Last, so that no file is written through one.
        links.iter().try_for_each(|(path, target)| fsx::write_link(path, Path::new(OsStr::from_bytes(target))))
    }

    /// The submodules of a commit, by their paths: [`Git::export`] leaves them out.
    pub fn submodules(&self, commit: &str) -> Result<Vec<String>> {
        let listing = self.list_tree(commit)?;
        let records = String::from_utf8_lossy(&listing).into_owned();
        let path = |record: &str| Some(record.strip_prefix("160000 ")?.split_once('\t')?.1.to_owned());
        Ok(records.split('\0').filter_map(path).collect())
    }

    /// A work tree of a commit in an empty folder, with a repository of its own that borrows its objects from this
    /// one: the project's programs may run there, and nothing that they do to it reaches this repository.
    ///
    /// It has no remote and no tags. No hook runs, no filter of the user's; files of git-lfs are their pointers,
    /// submodules are empty.
    pub fn scratch_clone(&self, commit: &str, into: &Path) -> Result<Git> {
        if !is_oid(commit) {
            return Err(Failure::usage(format!("`{commit}` is not the id of a commit"))
                .hint("resolve it first")
                .into());
        }
        fsx::create_scratch(into)?;
        let format = if commit.len() == 64 { "sha256" } else { "sha1" };
        let init = ["init", "--quiet", "--template=", "--initial-branch=main", "--object-format"];
        plain(into)?.args(init).arg(format).run()?;
        let mut objects = self.common_dir.canonicalize().unwrap_or_else(|_| self.common_dir.clone()).into_os_string();
        objects.push("/objects\n");
        fsx::write_scratch(&into.join(".git/objects/info/alternates"), objects.as_bytes(), false)?;
        let settings = AS_COMMITTED.iter().flat_map(|setting| ["-c", setting]);
        plain(into)?.args(settings).args(["checkout", "--quiet", "--detach", commit]).run()?;
        let git_dir = into.join(".git").into_os_string().into_vec();
        Ok(Self::new(into, into.to_owned(), &git_dir, &git_dir, false))
    }
}
