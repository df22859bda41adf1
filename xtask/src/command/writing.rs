//! Writing what was decided: splice every file, show the difference, write all or none, commit.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Result;

use super::{Context, no_repository, repository};
use crate::error::Failure;
use crate::fsx;
use crate::journal::{self, Change as Redo, Journal};
use crate::model::Model;
use crate::plan::bump::{self, Bump};
use crate::plan::history::short;
use crate::rewrite::Change;
use crate::survey::Survey;
use crate::tools;
use crate::tools::git::{Git, Head};

/// The folder of the journal: in git's own folder, so that no status shows it.
fn journal_dir(context: &Context) -> PathBuf {
    match &context.git {
        Some(git) => git.git_dir.join("lockstep"),
        None => context.root.join("release-config/.lockstep"),
    }
}

/// Says that a killed command has left something unfinished, where nothing is to be written now.
pub(super) fn warn_unfinished(context: &Context) -> Result<()> {
    if fsx::is_there(&journal_dir(context).join("journal"))? {
        context
            .ui
            .warn("an earlier command was cut off while it wrote: the next `bump` or `check --fix` finishes it first");
    }
    Ok(())
}

/// Finishes what an earlier command that was killed had begun to write. Was it this very command? Then it is done.
pub(super) fn recover(context: &Context, purpose: &str) -> Result<bool> {
    let _deferred = tools::defer_stop();
    let Some(done) = journal::recover(&journal_dir(context), &context.root)? else { return Ok(false) };
    let files = done.files.len();
    context.ui.warn(&format!("an earlier `{}` had been cut off: its {files} files are whole now", done.purpose));
    Ok(done.purpose == purpose)
}

/// A manifest in conflict has two truths: a person chooses before anything is written.
pub(super) fn refuse_conflicts(survey: &Survey<'_>) -> Result<()> {
    match survey.conflicts()?.first() {
        Some(path) => {
            let failure = Failure::world(format!("`{path}` is in a merge conflict"));
            Err(failure.hint("solve it and `git add` it, then run the same command again").into())
        }
        None => Ok(()),
    }
}

/// Writes all files, or none; `purpose` is the command in the words of the person who gave it.
pub(super) fn write(context: &Context, changes: Vec<Change>, purpose: &str) -> Result<()> {
    let redo = |change: Change| Redo { path: change.file, old: change.old, new: change.new };
    let changes: Vec<Redo> = changes.into_iter().map(redo).collect();
    if changes.is_empty() {
        return Ok(());
    }
    // A signal before this line stops the command, and it can be given again. From here on it is finished, and until its
    // end nothing says that it was stopped: given again, it would bump once more.
    tools::defer_stop().for_good();
    tools::expect_not_stopped()?;
    Journal::open(&journal_dir(context), &context.root)?.apply(&changes, purpose)
}

/// A commit that a bump will make in one repository.
pub(super) struct Commit {
    git: Git,
    repo: String,
    paths: Vec<String>,
    subject: String,
}

impl Commit {
    /// Commits exactly the written files; says what it made.
    pub(super) fn make(&self) -> Result<String> {
        let id = self.git.commit(&self.paths, &self.subject).map_err(|error| self.not_made(error))?;
        let whose = if self.repo.is_empty() { String::new() } else { format!(" in {}", self.repo) };
        Ok(format!("committed {}{whose}: {}", short(&id), self.subject))
    }
}

impl Commit {
    /// The same command would bump once more: what is left to do is this commit alone.
    fn not_made(&self, error: anyhow::Error) -> anyhow::Error {
        match error.downcast::<Failure>() {
            Ok(failure) => {
                let where_it_is = if self.repo.is_empty() { String::new() } else { format!(" in `{}`", self.repo) };
                let hint = format!(
                    "all files are written, and not committed{where_it_is}: remove the cause and commit them as `{}`, \
                     or take them back with `git restore`",
                    self.subject
                );
                failure.hint(hint).into()
            }
            Err(error) => error,
        }
    }
}

/// The commits of a bump, looked at before anything is written: each repository can be committed to,
/// and no file holds changes of its own that would slip in.
pub(super) fn plan_commits(
    context: &Context,
    model: &Model<'_>,
    bump: &Bump,
    changes: &[Change],
) -> Result<Vec<Commit>> {
    let mut commits = Vec::new();
    for (index, repo) in model.project.repos.iter().enumerate() {
        let paths: Vec<String> =
            changes.iter().filter(|change| change.repo == index).map(|change| change.path.clone()).collect();
        if paths.is_empty() {
            continue;
        }
        let root = context.checkout(repo);
        let git = repository(&root)?.ok_or_else(|| no_repository(&root))?;
        if let Head::Unborn(branch) = git.head()? {
            let message = format!("`{branch}` has no commit yet, so there is nothing to bump from");
            return Err(Failure::world(message).hint("commit what is there first").into());
        }
        if let Some(doing) = git.operation_in_progress() {
            return Err(Failure::world(format!("a {doing} is in progress in `{}`", root.display()))
                .hint(format!("end it with `git {doing} --continue`, or give it up with `git {doing} --abort`"))
                .into());
        }
        let tracked: HashSet<String> = git.ls_files(&[])?.items.into_iter().collect();
        if let Some(path) = paths.iter().find(|path| !tracked.contains(*path)) {
            let message = format!("git doesn't track `{}`, so a commit can't hold it", repo.show(path));
            let hint =
                "`git add` it and commit it first, or bump without `--commit`; a submodule is a repository of its own";
            return Err(Failure::world(message).hint(hint).into());
        }
        if let Some(dirty) = git.dirty_paths(&paths)?.first() {
            let message = format!("`{}` has changes of its own that a commit would take along", repo.show(dirty));
            return Err(Failure::world(message).hint("commit or stash them first, or bump without `--commit`").into());
        }
        let subject = bump::subject(model, bump, repo.commit.as_ref())?;
        commits.push(Commit { git, repo: repo.name.clone(), paths, subject });
    }
    Ok(commits)
}
