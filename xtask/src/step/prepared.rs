//! What a release prepares in one repository: the commits that will stand on the remote's branch.

use std::cell::OnceCell;

use anyhow::Result;

use super::World;
use crate::tools::git::{NewCommit, Signature};

/// The commits of a release in one repository. Shared by the steps that make, tag, check out and push them.
#[derive(Debug)]
pub struct Prepared {
    /// Index of the repository.
    pub repo: usize,
    /// Its label in the ids of steps.
    pub label: String,
    /// Index of the remote where it is released.
    pub remote: usize,
    /// The branch, without `refs/heads/`.
    pub branch: String,
    /// The branch into which this one is merged before it is tagged; none where it is tagged itself.
    pub merge: Option<String>,
    /// Where the remote's branch is.
    pub base: String,
    /// When that commit was made: seconds since 1970.
    pub seconds: u64,
    /// What stands on it, in this order; nothing where the branch says everything already.
    pub commits: Vec<NewCommit>,
    /// The commit that says the versions of this release, where the remote has it already.
    pub released: Option<String>,
    /// Does the release have its owner and its date? Before that the ids below are only for a look.
    pub claimed: bool,
    /// The commits' ids, once they are made.
    pub built: OnceCell<Vec<String>>,
}

impl Prepared {
    /// Nothing but a commit that the remote has: what is made of it is made again, or completed.
    pub fn of_commit(
        (repo, label): (usize, &str),
        (remote, branch): (usize, &str),
        commit: &str,
        seconds: u64,
    ) -> Self {
        Self {
            repo,
            label: label.to_owned(),
            remote,
            branch: branch.to_owned(),
            merge: None,
            base: commit.to_owned(),
            seconds,
            commits: Vec::new(),
            released: Some(commit.to_owned()),
            claimed: true,
            built: OnceCell::new(),
        }
    }

    /// Who makes them, and when: not before what they stand on, which may have come after the claim.
    pub fn who(&self, world: &World<'_>) -> Signature {
        Signature { seconds: world.who.seconds.max(self.seconds), ..world.who.clone() }
    }

    /// The ids of the commits, which are made in the tool's own clone if they aren't there.
    pub fn ids(&self, world: &World<'_>) -> Result<&[String]> {
        if self.built.get().is_none() {
            let ids = world.remotes.git(self.repo).build_commits(&self.commits, &self.who(world))?;
            let _ = self.built.set(ids);
        }
        Ok(self.built.get().map(Vec::as_slice).unwrap_or_default())
    }

    /// The commit that is released: tagged, packaged, pushed.
    pub fn tip(&self, world: &World<'_>) -> Result<String> {
        if let Some(released) = &self.released {
            return Ok(released.clone());
        }
        Ok(self.ids(world)?.last().unwrap_or(&self.base).clone())
    }

    /// The commit that is tagged and built from: the last one, or the commit that merged it; none before the merge.
    pub fn marked(&self, world: &World<'_>) -> Result<Option<String>> {
        self.tip(world).map(Some)
    }

    /// The id of that commit, where it is final and known without making anything.
    pub fn known_tip(&self) -> Option<String> {
        let built = || self.built.get().filter(|_| self.claimed).and_then(|ids| ids.last().cloned());
        self.released.clone().or_else(built)
    }

    /// The private reference that keeps a commit in the clone.
    pub fn reference(&self, index: usize) -> String {
        format!("refs/lockstep/prepared/{}/{index}", self.branch)
    }

    /// Does the remote's branch hold this commit? What isn't here yet is fetched.
    pub fn is_on_branch(&self, world: &World<'_>, commit: &str) -> Result<bool> {
        let refs = world.remotes.refs(self.remote)?;
        let Some(now) = refs.oids.get(&self.full_branch()) else { return Ok(false) };
        if now == commit || now == &self.base {
            return Ok(now == commit || self.released.is_some());
        }
        world.remotes.fetch(self.remote, &[now])?;
        world.remotes.git(self.repo).is_ancestor(commit, now)
    }

    /// `refs/heads/BRANCH`
    pub fn full_branch(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }
}
