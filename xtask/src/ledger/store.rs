//! Where the ledger lies: a branch, here or in a remote, that is moved by compare-and-swap only.

use std::path::Path;

use anyhow::Result;

use crate::context::Context;
use crate::error::Failure;
use crate::fsx::{self, shown};
use crate::remotes::{Pushed, Remotes, Update};
use crate::resolve::Project;
use crate::resolve::release;
use crate::tools::git::{Git, Move};
use crate::tools::redact;
use crate::world;

const LOCAL: &str = "lockstep/ledger.git";
const LOCK: &str = "lockstep/ledger.lock";
const BRANCH: &str = "ledger";

/// The branch, and the repository that has its objects.
pub(super) struct Store<'r> {
    /// Objects are made here.
    git: Git,
    place: Place<'r>,
    /// Full name of the branch.
    reference: String,
    /// A reference in the same repository, at the last commit that was seen: nobody rewrites a ledger unnoticed.
    memory: String,
    /// How messages name it.
    pub(super) shown: String,
}

enum Place<'r> {
    /// The repository itself; it is made by the first claim.
    Local,
    /// A remote.
    Remote(&'r Remotes, usize),
}

impl<'r> Store<'r> {
    pub(super) fn open(context: &Context, project: &Project, remotes: &'r Remotes) -> Result<Self> {
        Ok(match &project.release.ledger {
            release::Ledger::Local => Self::local(&context.git()?.common_dir),
            release::Ledger::Remote(at, branch) => Self::remote(remotes, *at, branch),
        })
    }

    fn local(common_dir: &Path) -> Self {
        let dir = common_dir.join(LOCAL);
        Self {
            shown: shown(&dir),
            git: Git::bare(&dir, Vec::new()),
            place: Place::Local,
            reference: format!("refs/heads/{BRANCH}"),
            memory: "refs/lockstep/ledger".to_owned(),
        }
    }

    fn remote(remotes: &'r Remotes, at: usize, branch: &str) -> Self {
        let remote = &remotes.all()[at];
        Self {
            shown: format!("{}/{branch}", remote.name),
            git: remotes.git(remote.repo).clone(),
            place: Place::Remote(remotes, at),
            reference: format!("refs/heads/{branch}"),
            memory: format!("refs/lockstep/ledger-{:016x}", super::owner::mixed(&format!("{}\n{branch}", remote.url))),
        }
    }

    pub(super) fn git(&self) -> &Git {
        &self.git
    }

    /// Makes room for the first commit.
    pub(super) fn prepare(&self) -> Result<()> {
        if let Place::Local = self.place {
            let lock = self.git.dir.with_file_name(LOCK.rsplit('/').next().unwrap_or(LOCK));
            fsx::create_folder(lock.parent().unwrap_or(&self.git.dir))?;
            // Two that make the same repository at the same moment are in each other's way.
            let file = fsx::open_lock(&lock)?;
            file.lock().map_err(|error| fsx::failed("lock", &lock, &error))?;
            let made = self.make();
            let _ = file.unlock();
            made?;
        }
        Ok(())
    }

    /// The repository appears whole or not at all, wherever the machine stops.
    fn make(&self) -> Result<()> {
        if fsx::is_there(&self.git.dir)? {
            return Ok(());
        }
        let new = self.git.dir.with_extension(format!("{:016x}", world::nonce()));
        Git::init_bare(&new, "sha1")?;
        fsx::put_in_place(&new, &self.git.dir)?;
        fsx::sync_folder(new.parent().unwrap_or(&new))
    }

    /// The next look asks the remote again.
    pub(super) fn forget(&self) {
        if let Place::Remote(remotes, at) = self.place {
            remotes.forget(at);
        }
    }

    /// The branch's commit, with all its objects here; none where there is no ledger yet.
    ///
    /// An error where the branch is gone, or has lost commits that were seen.
    pub(super) fn tip(&self) -> Result<Option<String>> {
        match self.checked_tip()? {
            Ok(tip) => Ok(tip),
            Err(_) => {
                // What the remote said may be older than what was pushed since.
                self.forget();
                Ok(self.checked_tip()??)
            }
        }
    }

    /// The inner error is one about the branch's history.
    fn checked_tip(&self) -> Result<Result<Option<String>, Failure>> {
        let (tip, seen) = self.look()?;
        match (&tip, &seen) {
            (None, Some(seen)) => return Ok(Err(self.deleted(seen))),
            (Some(tip), Some(seen)) if tip == seen => {}
            (Some(tip), _) => {
                if let Place::Remote(remotes, at) = self.place {
                    remotes.fetch(at, &[tip])?;
                }
                if let Some(seen) = seen
                    && !self.git.is_ancestor(&seen, tip)?
                {
                    return Ok(Err(self.rewritten(&seen, tip)));
                }
                self.git.move_refs(&[(&self.memory, Move::Set(tip))])?;
            }
            (None, None) => {}
        }
        Ok(Ok(tip))
    }

    /// Where the branch is, and where it was seen last.
    fn look(&self) -> Result<(Option<String>, Option<String>)> {
        if let Place::Remote(remotes, at) = self.place {
            let tip = remotes.refs(at)?.oids.get(&self.reference).cloned();
            return Ok((tip, self.git.refs_at(&[&self.memory])?.remove(&self.memory)));
        }
        if !fsx::is_there(&self.git.dir)? {
            return Ok((None, None));
        }
        let mut refs = self.git.refs_at(&[&self.reference, &self.memory])?;
        Ok((refs.remove(&self.reference), refs.remove(&self.memory)))
    }

    /// Moves the branch from one commit to another, or is told that it is elsewhere by now. An error means that it
    /// isn't known what happened.
    pub(super) fn advance(&self, old: Option<&str>, new: &str) -> Result<bool> {
        let Place::Remote(remotes, at) = self.place else {
            let step = old.map_or(Move::Create(new), |old| Move::From(old, new));
            let moved = self.git.move_refs(&[(&self.reference, step), (&self.memory, Move::Set(new))]);
            return moved.map(|()| true);
        };
        let (name, new) = (self.reference.clone(), new.to_owned());
        let pushed = remotes.push(at, &[Update { name, new: new.clone(), expected: old.map(str::to_owned) }]);
        let pushed = pushed.inspect_err(|_| remotes.forget(at))?;
        if pushed != Pushed::Done {
            remotes.forget(at);
            return Ok(false);
        }
        self.git.move_refs(&[(&self.memory, Move::Set(&new))])?;
        Ok(true)
    }

    fn deleted(&self, seen: &str) -> Failure {
        Failure::world(format!("the ledger `{}` is gone; it was at `{seen}`", self.shown)).hint(format!(
            "bring it back with `{}`; to begin a new one, `{}`",
            self.put_back(seen),
            self.forget_it()
        ))
    }

    fn rewritten(&self, seen: &str, tip: &str) -> Failure {
        let message = format!("the ledger `{}` was rewritten: `{seen}` is no part of `{tip}`", self.shown);
        let (back, forget) = (self.put_back(seen), self.forget_it());
        Failure::world(message)
            .hint(format!("ask who did it; put it back with `{back}`; if it is right as it is, `{forget}`"))
    }

    fn put_back(&self, seen: &str) -> String {
        let git = format!("git --git-dir={}", shown(&self.git.dir));
        match self.place {
            Place::Local => format!("{git} update-ref {} {seen}", self.reference),
            Place::Remote(remotes, at) => {
                format!("{git} push --force {} {seen}:{}", redact(&remotes.all()[at].url), self.reference)
            }
        }
    }

    fn forget_it(&self) -> String {
        format!("git --git-dir={} update-ref -d {}", shown(&self.git.dir), self.memory)
    }
}
