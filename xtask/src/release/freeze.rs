//! The freeze: what came to the release branch after the cut, and may be there.

use std::collections::HashSet;

use anyhow::Result;

use super::tips::Tip;
use crate::error::Failure;
use crate::model::Model;
use crate::plan::bump::{self, Bump};
use crate::plan::freeze::{self, Free};
use crate::plan::history::Commit;
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::tools::git::Git;

/// How far back the cut is looked for.
const FAR: usize = 10_000;

/// The commits after the cut that aren't allowed; none where nothing is frozen.
pub(super) fn obstacles(
    project: &Project,
    remotes: &Remotes,
    tip: &Tip,
    bump: &Bump,
    model: &Model<'_>,
) -> Result<Option<Failure>> {
    let (Some(freeze), Some(branching)) = (&project.release.freeze, &project.release.branching) else {
        return Ok(None);
    };
    let refs = remotes.refs(tip.remote)?;
    let Some(from) = refs.oids.get(&format!("refs/heads/{}", branching.from)) else { return Ok(None) };
    if *from == tip.oid {
        return Ok(None);
    }
    remotes.fetch(tip.remote, &[from])?;
    let git = remotes.git(0);
    let Some(cut) = find_cut(git, from, &tip.oid)? else { return Ok(None) };
    let commits: Vec<Commit> = git.commits(Some(&cut), &tip.oid, false)?.into_iter().map(plain).collect();
    let own = [
        Some(bump::subject(model, bump, project.repos[0].commit.as_ref())?),
        project
            .release
            .changelog
            .as_ref()
            .and_then(|changelog| bump::subject(model, bump, Some(changelog.commit.as_ref()?)).ok()),
    ];
    let free = Free { own: own.into_iter().flatten().collect(), released: released(remotes, tip, &commits)? };
    Ok(freeze::refuse(&tip.branch, &commits, freeze, &free).err())
}

/// Those that the branch has which this one is merged into: to solve a conflict, that one is merged back before.
fn released(remotes: &Remotes, tip: &Tip, commits: &[Commit]) -> Result<HashSet<String>> {
    let refs = remotes.refs(tip.remote)?;
    let into = tip.merge.as_ref().and_then(|into| refs.oids.get(&format!("refs/heads/{into}")));
    let Some(into) = into else { return Ok(HashSet::new()) };
    remotes.fetch(tip.remote, &[into])?;
    let new: HashSet<String> = remotes.git(0).reachable(&[&tip.oid], [into.as_str()])?.into_iter().collect();
    Ok(commits.iter().map(|commit| commit.oid.clone()).filter(|oid| !new.contains(oid)).collect())
}

/// The newest commit that both branches have on their own lines. A merge of the one into the other, in whatever
/// direction, moves what both have, and brings nothing in under the freeze.
fn find_cut(git: &Git, from: &str, tip: &str) -> Result<Option<String>> {
    let main: HashSet<String> = git.line(from, FAR)?.into_iter().map(|commit| commit.oid).collect();
    let cut = git.line(tip, FAR)?.into_iter().map(|commit| commit.oid).find(|oid| main.contains(oid));
    cut.map_or_else(|| git.merge_base(from, tip), |cut| Ok(Some(cut)))
}

fn plain(commit: crate::tools::git::Commit) -> Commit {
    let crate::tools::git::Commit { oid, parents, subject, message, paths, .. } = commit;
    Commit { oid, parents, subject, message, paths }
}
