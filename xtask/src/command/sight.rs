//! This repository's branches and tags as its remote has them; where it can't be asked, as this clone knows them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use crate::context::Context;
use crate::error::Failure;
use crate::fsx;
use crate::model::Model;
use crate::plan::bump;
use crate::plan::history;
use crate::release::Ground;
use crate::remotes::Refs;
use crate::resolve::Project;
use crate::survey::{Source, Survey, survey};
use crate::tools::git::{Git, Head};
use crate::tools::redact;
use crate::version::Version;

/// How long a look into this clone may take.
const LOCAL: Duration = Duration::from_secs(60);

/// What is seen of this repository.
pub(super) struct Sight<'g> {
    ground: &'g Ground,
    /// Where objects are.
    pub git: Git,
    /// The remote that was asked; none where this clone is all there is.
    pub remote: Option<usize>,
    /// Where it is seen, for messages.
    pub shown: String,
    refs: Arc<Refs>,
}

/// A commit that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub name: String,
    pub oid: String,
}

impl<'g> Sight<'g> {
    /// Asks the remote. An error if there is none, or if it doesn't answer.
    pub fn remote(ground: &'g Ground) -> Result<Self> {
        let Some(remote) = ground.remotes.home(0) else {
            return Err(Failure::usage("this repository has no remote to release to")
                .hint("add `[remote.origin]` with its `url` to release.toml, or `git remote add origin URL`")
                .into());
        };
        let refs = ground.remotes.refs(remote)?;
        let shown = redact(&ground.remotes.all()[remote].url);
        Ok(Self { ground, git: ground.remotes.git(0).clone(), remote: Some(remote), shown, refs })
    }

    /// Asks the remote, and this clone where there is none or where it doesn't answer; that is said.
    pub fn any(context: &Context, ground: &'g Ground) -> Result<Self> {
        match Self::remote(ground) {
            Ok(sight) => Ok(sight),
            Err(error) => {
                let words = error.to_string();
                let first = words.lines().next().unwrap_or_default();
                context.ui.warn(&format!("{first}: what this clone knows is shown"));
                Self::local(context, ground)
            }
        }
    }

    fn local(context: &Context, ground: &'g Ground) -> Result<Self> {
        let git = context.git()?.clone();
        if fsx::is_there(&git.common_dir.join("shallow"))? {
            context.ui.warn("this clone is shallow: older commits are missing; `git fetch --unshallow` gets them");
        }
        let mut refs = git.ls_remote(&git.common_dir.to_string_lossy(), LOCAL)?;
        let tracked: Vec<(String, String)> = refs
            .oids
            .iter()
            .filter_map(|(name, oid)| {
                let name = name.strip_prefix("refs/remotes/origin/")?;
                Some((format!("refs/heads/{name}"), oid.clone()))
            })
            .collect();
        refs.oids.extend(tracked);
        Ok(Self { ground, git, remote: None, shown: "this clone".to_owned(), refs: Arc::new(refs) })
    }

    /// From now on commits are looked up in this clone: one of them is nowhere else.
    pub fn stay(&mut self, git: &Git) {
        self.git = git.clone();
        self.remote = None;
    }

    /// Where a branch is.
    pub fn branch(&self, name: &str) -> Option<Named> {
        let oid = self.refs.oids.get(&format!("refs/heads/{name}"))?.clone();
        Some(Named { name: name.to_owned(), oid })
    }

    /// Every branch, by name.
    pub fn branches(&self) -> impl Iterator<Item = &str> {
        self.refs.oids.keys().filter_map(|name| name.strip_prefix("refs/heads/"))
    }

    /// The commit of a tag.
    pub fn tag(&self, name: &str) -> Option<Named> {
        let full = format!("refs/tags/{name}");
        let oid = self.refs.peeled.get(&full).or_else(|| self.refs.oids.get(&full))?.clone();
        Some(Named { name: name.to_owned(), oid })
    }

    /// Gets a commit with its history.
    pub fn fetch(&self, oid: &str) -> Result<()> {
        self.remote.map_or(Ok(()), |remote| self.ground.remotes.fetch(remote, &[oid]))
    }

    /// The branch that releases come from.
    pub fn line(&self, context: &Context) -> Result<Named> {
        let project = &self.ground.project;
        let branching = project.release.branching.as_ref().map(|branching| branching.from.as_str());
        let name = branching.unwrap_or_else(|| project.repos[0].release_branch());
        if let Some(found) = self.branch(name) {
            return Ok(found);
        }
        let key = if branching.is_some() { "`from` in `[branch]`" } else { "`branch` in `[project]`" };
        let failure = Failure::world(format!("there is no branch `{name}` at `{}`", self.shown))
            .hint(format!("push it, or name another one: {key} of release.toml"));
        match (self.remote, context.git()?.head()?) {
            (None, Head::Branch { oid, .. } | Head::Detached(oid)) => Ok(Named { name: "HEAD".to_owned(), oid }),
            (None, Head::Unborn(_)) => Err(Failure::world("there is no commit yet").hint("commit first").into()),
            _ => Err(failure.into()),
        }
    }

    /// The project's manifests in this commit, and in the other repositories where `others` says which commits.
    pub fn survey(&self, context: &Context, oid: &str, others: Vec<Option<(Git, String)>>) -> Result<Survey<'g>> {
        self.fetch(oid)?;
        let mut tips = vec![Some((self.git.clone(), oid.to_owned()))];
        tips.extend(others);
        survey(context, &self.ground.project, &Source::Tips(tips), false)
    }

    /// The newest tag of a track that isn't later than the version it is at: what was released last.
    pub fn last_release(&self, model: &Model<'_>, track: usize) -> Option<(Named, Version)> {
        let (name, rule) = (&model.tracks[track].name, &model.project.tracks[model.tracks[track].rule]);
        let pattern = rule.tag.as_ref().filter(|_| rule.repo == 0)?;
        let current = model.tracks[track].current.as_ref().map(|(version, _)| version);
        let tags = self.refs.oids.keys().filter_map(|full| full.strip_prefix("refs/tags/"));
        let versions = tags.filter_map(|tag| Some((tag, pattern.solve(name, tag)?)));
        let past = versions.filter(|(_, version)| current.is_none_or(|current| version.compare(current).is_le()));
        let (tag, version) = past.max_by(|(_, one), (_, other)| one.compare(other))?;
        Some((self.tag(tag)?, version))
    }

    /// The commits that `to` has and `from` has not, newest first.
    pub fn commits(&self, from: Option<&Named>, to: &Named) -> Result<Vec<history::Commit>> {
        for named in from.into_iter().chain([to]) {
            self.fetch(&named.oid)?;
        }
        let commits = self.git.commits(from.map(|from| from.oid.as_str()), &to.oid, false)?;
        let plain = |commit: crate::tools::git::Commit| history::Commit {
            oid: commit.oid,
            parents: commit.parents,
            subject: commit.subject,
            message: commit.message,
            paths: commit.paths,
        };
        Ok(commits.into_iter().map(plain).collect())
    }
}

/// The track that leads the others.
pub(super) fn leader(model: &Model<'_>) -> Result<usize, Failure> {
    let tracks = bump::named_tracks(model, None)?;
    tracks.first().copied().ok_or_else(|| Failure::usage("no track leads the others"))
}

/// Tells the subjects of commits that releases of this project make.
pub(super) fn own_subject(project: &Project) -> impl Fn(&str) -> bool {
    let changelog = project.release.changelog.as_ref().and_then(|changelog| changelog.commit.as_ref());
    let templates: Vec<_> = project.repos[0].commit.iter().chain(changelog).cloned().collect();
    move |subject| {
        templates.iter().any(|template| template.slots().next().is_some() && template.solve(subject).is_some())
    }
}

/// The current versions of all tracks, with one of them replaced.
pub(super) fn versions(model: &Model<'_>, moved: &[(usize, Version)]) -> BTreeMap<String, Version> {
    let current = model.tracks.iter().filter_map(|track| Some((track.name.clone(), track.current.as_ref()?.0.clone())));
    current.chain(moved.iter().map(|(track, version)| (model.tracks[*track].name.clone(), version.clone()))).collect()
}
