//! Private stays private: what a push brings to a public remote is public already, or was made by the tool on top of
//! what is.
//!
//! It is a list of what may go, not of what may not: a commit that no public remote lists doesn't go, whether or not a
//! private one has it, and whether or not that one can be asked. A clone keeps what a private remote had last week and
//! has no more; such a commit is on no list of what is private.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Refs, Remotes, Update};
use crate::error::Failure;
use crate::tools::git::Git;

/// How many of the commits that may not go are named.
const NAMED: usize = 5;

impl Remotes {
    /// Refuses a push to a public remote that would bring it anything private. Asks that remote anew.
    pub(super) fn guard(&self, remote: usize, updates: &[Update]) -> Result<()> {
        if !self.remotes[remote].public {
            return Ok(());
        }
        self.forget(remote);
        let (git, refs) = (self.git(self.remotes[remote].repo), self.refs(remote)?);
        let new: Vec<&str> = updates.iter().map(|update| update.new.as_str()).collect();
        // What leads from a made commit to what isn't made stands in this list too: parents need no look of their own.
        let brought = git.reachable(&new, refs.oids.values().map(String::as_str))?;
        let unmade = new.iter().filter(|oid| !git.is_made(oid)).copied().collect::<Vec<_>>();
        if let Some((lost, _)) = unmade.iter().zip(git.has_objects(&unmade)?).find(|(_, here)| !here) {
            return Err(Failure::tool(format!("the object `{lost}` is not here"))
                .hint("run the same command again")
                .into());
        }
        let foreign: Vec<&String> = brought.iter().filter(|oid| !git.is_made(oid)).collect();
        if foreign.is_empty() {
            return Ok(());
        }
        let kept = git.kept_objects()?;
        let foreign: BTreeSet<&String> = foreign.into_iter().filter(|oid| !kept.contains(*oid)).collect();
        let public = if foreign.is_empty() { BTreeSet::new() } else { self.public_objects(remote)? };
        let private: Vec<&str> = foreign.into_iter().filter(|oid| !public.contains(*oid)).map(String::as_str).collect();
        if private.is_empty() { Ok(()) } else { Err(self.would_leak(git, remote, &private).into()) }
    }

    /// Every commit and tag that a public remote of the same repository shows on a branch or by a tag.
    fn public_objects(&self, remote: usize) -> Result<BTreeSet<String>> {
        let repo = self.remotes[remote].repo;
        let public: Vec<usize> = (0..self.remotes.len())
            .filter(|&other| self.remotes[other].repo == repo && self.remotes[other].public)
            .collect();
        let mut tips = BTreeSet::new();
        for (&other, refs) in public.iter().zip(self.listen(&public)) {
            let shown = |refs: &Refs| -> Vec<String> {
                let open = |name: &str| name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
                refs.oids.iter().filter(|(name, _)| open(name)).map(|(_, oid)| oid.clone()).collect()
            };
            let oids = shown(&*refs?);
            self.fetch(other, &oids.iter().map(String::as_str).collect::<Vec<_>>())?;
            tips.extend(oids);
        }
        let tips: Vec<&str> = tips.iter().map(String::as_str).collect();
        // Without a limit to the walk: a limited one trusts the dates of commits.
        Ok(self.git(repo).reachable(&tips, [])?.into_iter().collect())
    }

    fn would_leak(&self, git: &Git, remote: usize, private: &[&str]) -> Failure {
        let subjects = git.subjects(&private[..private.len().min(NAMED)]).unwrap_or_default();
        let more = private.len().saturating_sub(NAMED);
        let mut list: String = subjects.iter().map(|line| format!("\n  {line}")).collect();
        if more > 0 {
            list.push_str(&format!("\n  and {more} more"));
        }
        let count = if private.len() == 1 { "a commit".to_owned() } else { format!("{} commits", private.len()) };
        let message = format!(
            "`{}` is public, and the push would show it {count} that no public remote has:{list}",
            self.shown(remote)
        );
        Failure::world(message).hint(
            "nothing was pushed. If they may be public, push them there by hand first; else release from a commit that is",
        )
    }
}
