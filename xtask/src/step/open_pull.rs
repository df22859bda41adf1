//! The pull request of a version branch: opened, unless somebody did.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::forge::Repository;
use crate::forge::pulls::{Place, Pull};
use crate::tools::gh::Gh;
use crate::tools::git::Brought;
use crate::tools::pause;

/// The pauses in which a forge learns what was pushed, or what it was told itself.
pub(super) const PAUSES: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// See the module.
#[derive(Debug)]
pub struct OpenPull {
    /// Where.
    pub repository: Repository,
    /// The commits of the version branch.
    pub prepared: Rc<Prepared>,
    /// The branch that gets them.
    pub into: String,
    /// The pull request's title, where there is none yet.
    pub title: String,
    /// What it says, where there is none yet.
    pub body: String,
}

impl OpenPull {
    fn place<'p>(&'p self, world: &'p World<'_>) -> Place<'p> {
        let gh = Gh::new(&self.repository.host, &world.context.root);
        Place { gh, repository: &self.repository, branch: &self.prepared.branch, into: &self.into }
    }

    /// Those that say they are merged, and of which git knows no merge.
    fn squashed(&self, world: &World<'_>, pulls: Vec<Pull>) -> Result<Option<Pull>> {
        // What is known of the remote may be older than what the forge says.
        world.remotes.forget(self.prepared.remote);
        if !matches!(self.prepared.brought(world)?, Brought::No) {
            return Ok(None);
        }
        let git = world.remotes.git(self.prepared.repo);
        let refs = world.remotes.refs(self.prepared.remote)?;
        let now = refs.oids.get(&format!("refs/heads/{}", self.into));
        for pull in pulls.into_iter().filter(|pull| pull.merged) {
            // An earlier one that was merged well leaves later commits of the branch to another one.
            let is_well = match now {
                Some(now) if git.has_object(&pull.head)? => git.is_ancestor(&pull.head, now)?,
                _ => false,
            };
            if !is_well {
                return Ok(Some(pull));
            }
        }
        Ok(None)
    }

    fn never_squash(&self, pull: &Pull) -> Failure {
        let (branch, into) = (&self.prepared.branch, &self.into);
        let message = format!("{} was squashed or rebased: `{into}` has no merge commit of `{branch}`", pull.url);
        Failure::world(message).hint(format!(
            "what is tagged is a merge commit, never a squash: open another pull request of `{branch}` into `{into}`, \
             then run the same command again: it is merged by a merge commit"
        ))
    }

    fn closed(&self, pull: &Pull) -> Failure {
        let message = format!("{} was closed, and isn't merged", pull.url);
        let hint = "reopen it, or open another one; then run the same command again";
        Failure::world(message).hint(hint)
    }
}

impl Effect for OpenPull {
    fn title(&self) -> String {
        format!("have a pull request of `{}` into `{}`", self.prepared.branch, self.into)
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::Note(format!("its title: {}", self.title))]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        if !matches!(self.prepared.brought(world)?, Brought::No) {
            // What is merged was asked for, one way or the other.
            return Ok(Observed::Same);
        }
        let place = self.place(world);
        let pulls = place.list()?;
        let open: Vec<Pull> = pulls.iter().filter(|pull| pull.open).cloned().collect();
        match open.len() {
            0 => {}
            1 => return Ok(Observed::Same),
            _ => return Ok(Observed::Different(place.several(&open))),
        }
        if pulls.iter().any(|pull| pull.merged) {
            if let Some(pull) = self.squashed(world, pulls)? {
                return Ok(Observed::Different(self.never_squash(&pull)));
            }
            let is_merged = !matches!(self.prepared.brought(world)?, Brought::No);
            return Ok(if is_merged { Observed::Same } else { Observed::Absent });
        }
        let last = pulls.iter().max_by_key(|pull| pull.number);
        Ok(last.map_or(Observed::Absent, |pull| Observed::Different(self.closed(pull))))
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let place = self.place(world);
        let mut pauses = PAUSES.iter();
        loop {
            let why = match place.open(&self.title, &self.body) {
                Ok(answer) if answer.is_good() => None,
                Ok(answer) => Some(place.gh.refused("no pull request could be opened", &answer).into()),
                Err(error) => Some(error),
            };
            // Whatever it said: somebody else may have opened one, or its answer was lost. A list may lag behind.
            if place.find_open()?.is_some() {
                return Ok(());
            }
            let is_told = |error: &anyhow::Error| !error.to_string().contains("PullRequest.head invalid");
            match (why, pauses.next()) {
                (Some(error), None) => return Err(error),
                (Some(error), _) if is_told(&error) => return Err(error),
                (None, _) => return self.wait_for(&place),
                // The branch was pushed a moment ago, and the forge doesn't know it yet.
                (Some(_), Some(length)) => pause(*length)?,
            }
        }
    }
}

impl OpenPull {
    /// It was opened: until the list says so.
    fn wait_for(&self, place: &Place<'_>) -> Result<()> {
        for length in PAUSES {
            pause(length)?;
            if place.find_open()?.is_some() {
                break;
            }
        }
        Ok(())
    }
}
