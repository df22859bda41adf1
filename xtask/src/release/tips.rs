//! Where each repository is released from: its remote, and the branch there.

use std::collections::BTreeMap;

use anyhow::Result;

use super::merged;
use crate::error::Failure;
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::tools::redact;
use crate::version::Version;

/// Where a repository's branch is.
pub(super) struct Tip {
    pub(super) remote: usize,
    pub(super) branch: String,
    pub(super) oid: String,
    /// The branch that this one is merged into before it is tagged.
    pub(super) merge: Option<String>,
    /// The remote has it no more: this is where it ended when it was merged.
    pub(super) gone: bool,
}

/// A release branch.
pub(super) struct Cut {
    pub(super) name: String,
    /// The versions that are known without a look at it.
    pub(super) versions: BTreeMap<String, Version>,
    /// Did somebody name its version? Else it is the next one.
    pub(super) is_named: bool,
}

/// Where each repository is released; every one that the release could write to must have a remote.
pub(super) fn homes(project: &Project, remotes: &Remotes) -> Result<Vec<Option<usize>>, Failure> {
    let needed = |repo: usize| {
        project.manifests.iter().any(|manifest| manifest.repo == repo)
            || project.tracks.iter().any(|track| track.repo == repo && track.tag.is_some())
    };
    let mut failures = Vec::new();
    let homes: Vec<Option<usize>> = (0..project.repos.len()).map(|repo| remotes.home(repo)).collect();
    for repo in (0..homes.len()).filter(|&repo| homes[repo].is_none() && needed(repo)) {
        let name = &project.repos[repo].name;
        failures.push(match name.as_str() {
            "" => Failure::usage("this repository has no remote to release to")
                .hint("add `[remote.origin]` with its `url` to release.toml, or `git remote add origin URL`"),
            name => Failure::usage(format!("the repository `{name}` has no remote to release to"))
                .hint(format!("add `url` to `[repo.{name}]` in release.toml")),
        });
    }
    Failure::all(failures).map(|()| homes)
}

/// The branches that are released from, where the remotes have them. What isn't here is fetched.
pub(super) fn tips(
    project: &Project,
    remotes: &Remotes,
    homes: &[Option<usize>],
    cut: Option<&Cut>,
) -> Result<Vec<Option<Tip>>> {
    let mut tips = Vec::new();
    let mut failures: Vec<Failure> = Vec::new();
    for (repo, home) in homes.iter().enumerate() {
        let Some(remote) = *home else {
            tips.push(None);
            continue;
        };
        let cut = cut.filter(|_| repo == 0);
        match tip(project, remotes, (repo, remote), cut) {
            Ok(tip) => tips.push(Some(tip)),
            Err(error) => {
                failures.push(error.downcast::<Failure>()?);
                tips.push(None);
            }
        }
    }
    Failure::all(failures)?;
    for tip in tips.iter().flatten() {
        remotes.fetch(tip.remote, &[&tip.oid])?;
    }
    Ok(tips)
}

/// Where one repository is released from.
fn tip(project: &Project, remotes: &Remotes, (repo, remote): (usize, usize), cut: Option<&Cut>) -> Result<Tip> {
    let branching = project.release.branching.as_ref().filter(|_| repo == 0);
    let from = branching.map(|branching| branching.from.as_str());
    let own = project.repos[repo].branch.as_deref();
    let branch = cut.map(|cut| cut.name.as_str()).or(from).or(own).unwrap_or("main").to_owned();
    let merge = cut.and(branching).and_then(|branching| branching.merge.clone());
    let refs = remotes.refs(remote)?;
    let find = |branch: &str| refs.oids.get(&format!("refs/heads/{branch}")).cloned();
    if let Some(into) = merge.as_ref().filter(|into| find(into).is_none()) {
        let url = redact(&remotes.all()[remote].url);
        return Err(Failure::world(format!("there is no branch `{into}` at `{url}`"))
            .hint("push it, or name another one: `merge` in `[branch]` of release.toml")
            .into());
    }
    if let Some(oid) = find(&branch) {
        return Ok(Tip { remote, branch, oid, merge, gone: false });
    }
    let gone = cut.zip(merge.as_deref()).map(|cut| merged::find_gone(project, remotes, remote, cut)).transpose()?;
    match gone.flatten() {
        Some(oid) => Ok(Tip { remote, branch, oid, merge, gone: true }),
        None => Err(no_branch(project, remotes, remote, &branch, cut).into()),
    }
}

fn no_branch(project: &Project, remotes: &Remotes, remote: usize, branch: &str, cut: Option<&Cut>) -> Failure {
    let url = redact(&remotes.all()[remote].url);
    let failure = Failure::world(format!("there is no branch `{branch}` at `{url}`"));
    let repo = &project.repos[remotes.all()[remote].repo].name;
    if let Some(tag) = cut.and_then(|cut| tag_of(project, remotes, remote, cut)) {
        let failure = Failure::world(format!("`{tag}` is at `{url}`, and its branch `{branch}` is there no more"));
        return failure.hint(format!(
            "bring it back to look at that release: `git push {url} 'refs/tags/{tag}^{{}}:refs/heads/{branch}'`"
        ));
    }
    match (cut, repo.as_str()) {
        (Some(cut), _) if cut.is_named => failure.hint("`cargo xtask branch` cuts it, with the same version"),
        // Also the command that has just made the last release means the next one.
        (Some(_), _) => failure.hint(
            "`cargo xtask branch` cuts it; `cargo xtask run VERSION` looks whether a release that was made is whole",
        ),
        (_, "") => failure.hint("push it, or name another one: `branch` in `[project]` of release.toml"),
        (_, repo) => failure.hint(format!("push it, or name another one: `branch` in `[repo.{repo}]` of release.toml")),
    }
}

/// The tag of the version that a branch would be cut for, where the remote has it already.
fn tag_of(project: &Project, remotes: &Remotes, remote: usize, cut: &Cut) -> Option<String> {
    let refs = remotes.refs(remote).ok()?;
    let tags = project.tracks.iter().filter(|track| track.repo == 0).filter_map(|track| {
        let version = cut.versions.get(&track.name)?;
        track.tag.as_ref()?.render(&track.name, version).ok()
    });
    tags.filter(|_| cut.is_named).find(|tag| refs.oids.contains_key(&format!("refs/tags/{tag}")))
}
