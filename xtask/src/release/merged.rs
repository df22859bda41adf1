//! A version branch that is merged: where it ended, told by git alone. Its forge may have deleted it since.

use std::collections::BTreeMap;

use anyhow::Result;

use super::facts::Facts;
use super::line::{FAR, TagFact};
use super::tips::{Cut, Tip};
use crate::error::Failure;
use crate::plan::history::short;
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::tools::git::{Brought, Git, Merge};
use crate::version::Version;

/// Where a version branch is, or was when it was merged: what came to it later is not in the release.
pub(super) fn end(remotes: &Remotes, (tip, into): (&Tip, &str), tags: &[TagFact], subject: &str) -> Result<String> {
    let Some(now) = tip_of(remotes, tip.remote, into)?.filter(|_| !tip.gone) else { return Ok(tip.oid.clone()) };
    let git = remotes.git(0);
    for tag in tags {
        match of_tag(remotes, tip.remote, &now, &tag.name)? {
            Some(end) if git.is_ancestor(&end, &tip.oid)? => return Ok(end),
            _ => {}
        }
    }
    let own = git.find_subject(&tip.oid, subject, FAR)?;
    for commit in std::iter::once(&tip.oid).chain(&own) {
        if let Some(merge) = own_merge(git, &now, commit)? {
            return Ok(merge.merged);
        }
    }
    Ok(tip.oid.clone())
}

/// Where a version branch ended that the remote has no more: by the tag on its merge commit, or by the version's commit
/// that was merged with it. None where it was never there.
pub(super) fn find_gone(
    project: &Project,
    remotes: &Remotes,
    remote: usize,
    (cut, into): (&Cut, &str),
) -> Result<Option<String>> {
    let Some(now) = tip_of(remotes, remote, into)? else { return Ok(None) };
    for track in project.tracks.iter().filter(|track| track.repo == 0) {
        let (Some(pattern), Some(version)) = (&track.tag, cut.versions.get(&track.name)) else { continue };
        let Ok(name) = pattern.render(&track.name, version) else { continue };
        if let Some(end) = of_tag(remotes, remote, &now, &name)? {
            return Ok(Some(end));
        }
    }
    let Some(subject) = subject(project, &cut.versions) else { return Ok(None) };
    let git = remotes.git(0);
    let found = git.with_subject(&now, &subject)?;
    for commit in &found {
        if let Some(merge) = own_merge(git, &now, commit)? {
            return Ok(Some(merge.merged));
        }
    }
    found.first().map_or(Ok(None), |commit| Err(not_merged(&cut.name, into, commit).into()))
}

/// The version's commit is there, and no merge commit brought it.
fn not_merged(branch: &str, into: &str, commit: &str) -> Failure {
    let at = short(commit);
    Failure::world(format!("`{into}` has the version's commit at {at} without a merge of `{branch}`, which is gone"))
        .hint(format!(
            "was it squashed or rebased? what is tagged is a merge commit: restore `{branch}` and merge it once more, \
             with a merge commit"
        ))
}

/// What was merged isn't the whole release, and its branch is gone.
pub(super) fn half(tip: &Tip) -> Failure {
    let (branch, into, at) = (&tip.branch, tip.merge.as_deref().unwrap_or_default(), short(&tip.oid));
    let message = format!("`{branch}` is gone, and what was merged of it into `{into}`, up to {at}, isn't all of it");
    Failure::world(message).hint(format!("restore `{branch}` at {at}; or take the next version"))
}

/// Refuses to merge an old line into a branch that has a higher version: that branch would say the old one.
pub(super) fn expect_forward(project: &Project, remotes: &Remotes, tip: &Tip, facts: &Facts) -> Result<()> {
    let Some(into) = tip.merge.as_deref().filter(|_| !tip.gone) else { return Ok(()) };
    let Some(now) = tip_of(remotes, tip.remote, into)? else { return Ok(()) };
    let refs = remotes.refs(tip.remote)?;
    for moved in &facts.moves {
        let rule = project.tracks.iter().find(|track| track.name == moved.track && track.repo == 0);
        let Some(pattern) = rule.and_then(|rule| rule.tag.as_ref()) else { continue };
        let find = |version: &Version| {
            let name = format!("refs/tags/{}", pattern.render(&moved.track, version).ok()?);
            refs.peeled.get(&name).or_else(|| refs.oids.get(&name))
        };
        let tagged = facts.tagged.get(&moved.track).map(Vec::as_slice).unwrap_or_default();
        let higher = tagged.iter().filter(|other| !other.is_prerelease() && other.compare(&moved.to).is_gt());
        let Some(highest) = higher.max_by(|one, other| one.compare(other)) else { continue };
        let Some(commit) = find(highest).filter(|_| find(&moved.to).is_none()) else { continue };
        remotes.fetch(tip.remote, &[commit])?;
        if remotes.git(0).is_ancestor(commit, &now)? {
            let message =
                format!("`{}` is lower than `{highest}`, which `{into}` has: a merge would take it back", moved.to);
            return Err(Failure::world(message)
                .hint("an old line has a branch of its own: release it with a configuration without `merge` (`--config FILE`)")
                .into());
        }
    }
    Ok(())
}

/// Where a branch is; what isn't here is fetched.
fn tip_of(remotes: &Remotes, remote: usize, branch: &str) -> Result<Option<String>> {
    let now = remotes.refs(remote)?.oids.get(&format!("refs/heads/{branch}")).cloned();
    now.as_deref().map_or(Ok(()), |now| remotes.fetch(remote, &[now]))?;
    Ok(now)
}

/// What was merged by the commit that a tag marks, if that is a merge on the branch with this tip.
fn of_tag(remotes: &Remotes, remote: usize, now: &str, tag: &str) -> Result<Option<String>> {
    let (refs, name) = (remotes.refs(remote)?, format!("refs/tags/{tag}"));
    let Some(target) = refs.peeled.get(&name).or_else(|| refs.oids.get(&name)) else { return Ok(None) };
    remotes.fetch(remote, &[target])?;
    let git = remotes.git(0);
    for parent in git.parents(target)?.into_iter().skip(1) {
        if matches!(git.brought(now, &parent)?, Brought::Merge(merge) if merge.oid == *target) {
            return Ok(Some(parent));
        }
    }
    Ok(None)
}

/// The merge that brought a commit, where the commit is on the own line of what was merged: another branch that has it
/// by a merge of its own, as `develop` after a merge back, is none of this release.
fn own_merge(git: &Git, now: &str, commit: &str) -> Result<Option<Merge>> {
    let Brought::Merge(merge) = git.brought(now, commit)? else { return Ok(None) };
    let is_own = git.line(&merge.merged, FAR)?.iter().any(|own| own.oid == commit);
    Ok(is_own.then_some(merge))
}

/// The subject of the version's commit, as far as it is known without a look at the manifests.
fn subject(project: &Project, versions: &BTreeMap<String, Version>) -> Option<String> {
    if let Some(template) = &project.repos[0].commit {
        return template.render(|track| versions.get(track)).ok();
    }
    let leads = project.tracks.iter().filter(|track| track.with.is_empty());
    let moved = leads.filter_map(|track| Some(format!("{} to {}", track.name, versions.get(&track.name)?)));
    Some(format!("Bump {}", moved.take(3).collect::<Vec<_>>().join(", "))).filter(|subject| subject.contains(" to "))
}
