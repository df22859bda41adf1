//! git: what a repository holds, and the commits and tags that are made in it.
//!
//! What comes from data (a branch, a tag, a path) is never read as an option: it stands behind `--end-of-options` or
//! `--`, goes in on stdin, or is part of a full reference name. Looks run nothing that the repository's own
//! configuration names, and take no locks.

mod batch;
mod build;
mod copy;
mod folders;
mod history;
mod kept;
mod memory;
mod merges;
mod objects;
mod own;
mod past;
mod refs;
mod settings;
mod sign;
#[cfg(test)]
mod tests;
mod transport;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Output, Run, failed};
use crate::error::Failure;
use crate::fsx::shown;
use crate::world;

pub use batch::{Marked, Object, TreeRow, read_tree};
pub use build::{NewCommit, NewTag, Parent, Signature};
pub use history::{Commit, TagObject};
pub use kept::Short;
use memory::Memory;
pub use merges::{Brought, Merge};
pub use objects::Entry;
pub(crate) use objects::is_oid;
pub use own::Move;
pub use past::{Commits, Limit};
pub use refs::{Head, Remote, Tag};
pub use settings::Setting;
pub use sign::Verified;
pub use transport::{PushedRef, Refs};

/// Variables that point into one repository, as hooks get them: each of them beats the folder that git is started in.
///
/// Configuration by environment (`GIT_CONFIG_COUNT` …) is kept, because build servers set `safe.directory` with it; so
/// are the variables that say who commits and how to connect.
const POINTERS: [&str; 18] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// A repository of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    /// The top of the work tree; of a bare repository, the repository itself. Every command runs here.
    pub dir: PathBuf,
    /// What belongs to this work tree alone: `HEAD`, the index. Absolute.
    pub git_dir: PathBuf,
    /// What all its work trees share: objects, branches, tags. Absolute.
    pub common_dir: PathBuf,
    /// There is no work tree.
    pub bare: bool,
    index: Option<PathBuf>,
    /// Variables of every run: what a repository of the tool's own takes over from the user's checkout.
    env: Vec<(String, String)>,
    memory: Memory,
}

impl Git {
    /// A bare repository that is known to be one, with variables for every run in it.
    ///
    /// git is told the folder, not asked to find it: neither another owner (`safe.directory`) nor `safe.bareRepository`
    /// of the user's settings keeps it from a repository that the tool made itself.
    pub fn bare(dir: &Path, env: Vec<(String, String)>) -> Self {
        let dir = dir.to_owned();
        let (git_dir, common_dir) = (dir.clone(), dir.clone());
        Self { dir, git_dir, common_dir, bare: true, index: None, env, memory: Memory::default() }
    }

    /// The repository that a folder is in; none where there is none.
    ///
    /// Errors: git isn't installed; git refuses the repository (another owner); the folder is inside `.git`.
    pub fn find(start: &Path) -> Result<Option<Self>> {
        // In this order: the last one fails in a bare repository, after the others were printed.
        let questions = [
            "--is-bare-repository",
            "--is-inside-work-tree",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-toplevel",
        ];
        let run = look(start)?.arg("rev-parse").args(questions);
        let line = run.line();
        let output = run.output()?;
        if output.stderr.contains("not a git repository") {
            // A `.git` that git can't read, of a moved work tree say, is a repository all the same.
            return match start
                .ancestors()
                .map(|folder| folder.join(".git"))
                .find(|path| path.symlink_metadata().is_ok())
            {
                Some(broken) => Err(Failure::world(format!("git can't read `{}`", shown(&broken)))
                    .hint("`git status` says why; `git worktree repair` mends a moved one")
                    .into()),
                None => Ok(None),
            };
        }
        let answers: Vec<&[u8]> = output.stdout.split(|&byte| byte == b'\n').collect();
        match (output.code, answers.as_slice()) {
            (Some(0), [b"false", b"true", git_dir, common_dir, top, b""]) => {
                Ok(Some(Self::new(start, path(top), git_dir, common_dir, false)))
            }
            (_, [b"true", b"false", git_dir, common_dir, b""]) => {
                Ok(Some(Self::new(start, path(git_dir), git_dir, common_dir, true)))
            }
            (_, [_, b"false", _, _, b""]) => {
                Err(Failure::world(format!("`{}` is inside a `.git` folder", shown(start)))
                    .hint("change into the work tree and run again")
                    .into())
            }
            (Some(0), answers) if answers.len() > questions.len() + 1 => {
                let message = format!("the path of the repository of `{}` holds a line end", shown(start));
                Err(Failure::world(message).hint("move it: git separates its answers by line ends").into())
            }
            _ => Err(refused(&line, &output)),
        }
    }

    fn new(start: &Path, dir: PathBuf, git_dir: &[u8], common_dir: &[u8], bare: bool) -> Self {
        let (git_dir, common_dir) = (path(git_dir), start.join(path(common_dir)));
        Self { dir, git_dir, common_dir, bare, index: None, env: Vec::new(), memory: Memory::default() }
    }

    /// The same repository, seen through the index that git hands to a hook.
    ///
    /// `git commit FILE` and `git commit -a` commit an index of their own, and only `GIT_INDEX_FILE` says where it is.
    /// Outside of a hook the variable isn't set, and this changes nothing.
    pub fn with_hook_index(mut self) -> Result<Self> {
        if let Some(index) = world::var_path("GIT_INDEX_FILE") {
            self.index = Some(world::current_dir()?.join(index));
        }
        Ok(self)
    }

    /// The same repository with another index. A relative path counts from the top of the work tree.
    pub fn with_index(mut self, index: &Path) -> Self {
        self.index = Some(self.dir.join(index));
        self
    }

    /// A setting, from all the places where git looks; of several the last.
    pub fn config_get(&self, key: &str) -> Result<Option<String>> {
        let run = self.look()?.args(["config", "--get", "--end-of-options", key]);
        Ok(self.answer(run)?.map(|mut value| {
            value.truncate(value.strip_suffix('\n').map_or(value.len(), str::len));
            value
        }))
    }

    /// The folder whose hooks git runs: `core.hooksPath`, or `hooks` in the repository that all work trees share.
    pub fn hooks_dir(&self) -> Result<PathBuf> {
        let mut bytes = self.look()?.args(["rev-parse", "--git-path", "hooks"]).read()?;
        bytes.pop_if(|byte| *byte == b'\n');
        Ok(self.dir.join(path(&bytes)))
    }

    /// What was begun in the work tree and not ended, in git's word for it: `merge`, `rebase`, `cherry-pick`, `revert`.
    pub fn operation_in_progress(&self) -> Option<&'static str> {
        let traces = [
            ("MERGE_HEAD", "merge"),
            ("rebase-merge", "rebase"),
            ("rebase-apply", "rebase"),
            ("CHERRY_PICK_HEAD", "cherry-pick"),
            ("REVERT_HEAD", "revert"),
        ];
        traces.iter().find(|(trace, _)| self.git_dir.join(trace).exists()).map(|&(_, name)| name)
    }

    /// A run that only looks.
    fn look(&self) -> Result<Run> {
        self.aimed(look(&self.dir)?)
    }

    /// A run that changes the repository: with all of the user's settings and hooks. The tool's own repositories have
    /// none, whatever the user's settings say.
    fn act(&self) -> Result<Run> {
        let run = plain(&self.dir)?;
        self.aimed(if self.bare { run.args(["-c", "core.hooksPath=/dev/null"]) } else { run })
    }

    fn aimed(&self, run: Run) -> Result<Run> {
        let run = if self.bare { run.env("GIT_DIR", &self.git_dir) } else { run };
        let run = self.env.iter().fold(run, |run, (name, value)| run.env(name, value));
        Ok(match &self.index {
            Some(index) => run.env("GIT_INDEX_FILE", index),
            None => run,
        })
    }

    /// What a question printed; none if git says no, with exit code 1 and without a word.
    fn answer(&self, run: Run) -> Result<Option<String>> {
        let line = run.line();
        let output = run.output()?;
        match output.code {
            Some(0) => String::from_utf8(output.stdout)
                .map(Some)
                .map_err(|_| Failure::world(format!("`{line}` printed a name that is not UTF-8")).into()),
            Some(1) if output.stderr.is_empty() => Ok(None),
            _ => Err(refused(&line, &output)),
        }
    }
}

/// git with nothing inherited that points into another repository, and nobody to ask.
fn plain(folder: &Path) -> Result<Run> {
    let run =
        Run::new("git", folder)?.without_env(&POINTERS).env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
    Ok(without_the_users_settings(run))
}

/// What git is told to say besides. An answer without a word means something.
const TALK: [&str; 8] = [
    "GIT_CURL_VERBOSE",
    "GIT_TRACE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_TRACE2_PERF",
    "GIT_TRACE_PACKET",
    "GIT_TRACE_PERFORMANCE",
    "GIT_TRACE_SETUP",
];

fn look(folder: &Path) -> Result<Run> {
    Ok(plain(folder)?.without_env(&TALK).args(["-c", "core.fsmonitor=false", "-c", "core.quotepath=off"]))
}

#[cfg(not(test))]
fn without_the_users_settings(run: Run) -> Run {
    run
}

/// A test has its own world: nobody's settings, one author, one date.
#[cfg(test)]
fn without_the_users_settings(run: Run) -> Run {
    let who = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
    let run = who.iter().fold(run, |run, name| run.env(name, "tester@example.com"));
    let when = ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"];
    let run = when.iter().fold(run, |run, name| run.env(name, "2026-01-02T03:04:05Z"));
    run.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/nonexistent")
}

/// What git refuses for a reason that it gives, with the one hint that it gives at length.
fn refused(line: &str, output: &Output) -> anyhow::Error {
    let failure = failed(line, output);
    if output.stderr.contains("dubious ownership") {
        return failure.hint("if you trust it: `git config --global --add safe.directory FOLDER`").into();
    }
    failure.into()
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes.to_vec()))
}
