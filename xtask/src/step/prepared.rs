//! What a release prepares in one repository: the commits that will stand on the remote's branch.

use std::cell::{OnceCell, RefCell};

use anyhow::Result;

use super::World;
use crate::tools::git::{Brought, NewCommit, Signature};

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
    /// How the branch that they are merged into got them, when it was asked last.
    pub brought: RefCell<Option<Asked>>,
}

/// The tip of the branch that was asked, the commit it was asked for, and the answer.
type Asked = (String, String, Brought);

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
            brought: RefCell::new(None),
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
        let tip = self.tip(world)?;
        if self.merge.is_none() {
            return Ok(Some(tip));
        }
        Ok(match self.brought(world)? {
            Brought::Merge(merge) if merge.merged == tip => Some(merge.oid),
            _ => None,
        })
    }

    /// How the branch that they are merged into has got the last of them, if it has: git knows, and no forge is asked.
    pub fn brought(&self, world: &World<'_>) -> Result<Brought> {
        let Some(into) = &self.merge else { return Ok(Brought::No) };
        let refs = world.remotes.refs(self.remote)?;
        let Some(now) = refs.oids.get(&format!("refs/heads/{into}")) else { return Ok(Brought::No) };
        let tip = self.tip(world)?;
        if let Some((_, _, known)) = self.brought.borrow().as_ref().filter(|(at, of, _)| at == now && *of == tip) {
            return Ok(known.clone());
        }
        world.remotes.fetch(self.remote, &[now])?;
        let brought = world.remotes.git(self.repo).brought(now, &tip)?;
        self.brought.replace(Some((now.clone(), tip, brought.clone())));
        Ok(brought)
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

    /// Does the remote's branch hold this commit, or did it until it was merged? What isn't here yet is fetched.
    pub fn is_on_branch(&self, world: &World<'_>, commit: &str) -> Result<bool> {
        if self.merge.is_some() && !matches!(self.brought(world)?, Brought::No) {
            // A forge may delete a branch that is merged.
            return Ok(true);
        }
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
