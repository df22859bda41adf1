//! The tool's own bare clones, one a repository, and what each remote said last. A pass asks each remote once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use crate::context::Context;
use crate::resolve::Project;
use crate::resolve::release::Remote;
use crate::tools::git::Git;

/// What a remote listed: every reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refs {
    /// Full name → what it holds (a tag object, or a commit).
    pub oids: BTreeMap<String, String>,
    /// Full name of an annotated tag → what it marks in the end.
    pub peeled: BTreeMap<String, String>,
}

/// One reference of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// `refs/heads/main`
    pub name: String,
    /// The object it will point to.
    pub new: String,
    /// Where it points now; none: it must not exist.
    pub expected: Option<String>,
}

/// How a push ended that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// All references moved.
    Done,
    /// None moved, because some are not where they were expected: each with the remote's word.
    Moved(Vec<(String, String)>),
}

/// The clones and listings of a project's remotes.
pub struct Remotes {}

impl Remotes {
    /// Opens the clones of all repositories that have a remote; takes the lock of each.
    pub fn open(_context: &Context, _project: &Project, _cache: &Path) -> Result<Self> {
        unimplemented!()
    }

    /// Every remote; steps name them by their place here.
    pub fn all(&self) -> &[Remote] {
        unimplemented!()
    }

    /// Where a repository is released: the first of its remotes.
    pub fn home(&self, _repo: usize) -> Option<usize> {
        unimplemented!()
    }

    /// The bare clone of a repository, where commits and tags are prepared.
    pub fn git(&self, _repo: usize) -> &Git {
        unimplemented!()
    }

    /// Asks these remotes for their references, at the same time; what was heard since the last `forget` isn't asked again.
    pub fn listen(&self, _remotes: &[usize]) -> Vec<Result<Arc<Refs>>> {
        unimplemented!()
    }

    /// [`Remotes::listen`] to one.
    pub fn refs(&self, _remote: usize) -> Result<Arc<Refs>> {
        unimplemented!()
    }

    /// The next look asks the remote again.
    pub fn forget(&self, _remote: usize) {
        unimplemented!()
    }

    /// Gets objects, with everything they are made of, that aren't here yet.
    pub fn fetch(&self, _remote: usize, _oids: &[&str]) -> Result<()> {
        unimplemented!()
    }

    /// One atomic push with a lease for every reference, after the guard has looked at a fresh listing. An error means
    /// that it isn't known what happened: observe.
    pub fn push(&self, _remote: usize, _updates: &[Update]) -> Result<Pushed> {
        unimplemented!()
    }
}
