//! The pull request of a version branch, merged by a merge commit and never otherwise.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::Result;

use super::open_pull::PAUSES;
use super::prepared::Prepared;
use super::push::Moved;
use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::forge::Repository;
use crate::forge::pulls::{Place, Pull};
use crate::plan::history::short;
use crate::release::says::Seen;
use crate::tools::gh::{Answer, Gh};
use crate::tools::git::Brought;
use crate::tools::pause;
use crate::version::Version;

/// See the module.
#[derive(Debug)]
pub struct MergePull {
    /// Where.
    pub repository: Repository,
    /// The commits of the version branch.
    pub prepared: Rc<Prepared>,
    /// The branch that gets them.
    pub into: String,
    /// What the merge commit's manifests must say.
    pub versions: BTreeMap<String, Version>,
}

/// How a request to merge ended.
enum Asked {
    /// It is merged.
    Done,
    /// Not yet: the forge or somebody else was at it. What it said.
    Again(String),
}

impl MergePull {
    fn place<'p>(&'p self, world: &'p World<'_>) -> Place<'p> {
        let gh = Gh::new(&self.repository.host, &world.context.root);
        Place { gh, repository: &self.repository, branch: &self.prepared.branch, into: &self.into }
    }

    /// Is it merged, in whatever way? The remote is asked anew.
    fn is_there(&self, world: &World<'_>) -> Result<bool> {
        world.remotes.forget(self.prepared.remote);
        Ok(!matches!(self.prepared.brought(world)?, Brought::No))
    }

    /// Asks once, if what would be merged is what was prepared.
    fn ask(&self, world: &World<'_>, place: &Place<'_>) -> Result<Asked> {
        let tip = self.prepared.tip(world)?;
        let refs = world.remotes.refs(self.prepared.remote)?;
        if refs.oids.get(&self.prepared.full_branch()) != Some(&tip) {
            return Err(Moved(self.moved()).into());
        }
        let Some(pull) = place.find_open()? else { return Err(self.none().into()) };
        if pull.head != tip {
            return Ok(Asked::Again(format!("{} is still at {}, not at {}", pull.url, short(&pull.head), short(&tip))));
        }
        let answer = match place.merge(pull.number, &tip) {
            Ok(answer) => answer,
            // Nobody knows whether it was done: a look will tell.
            Err(error) => return Ok(Asked::Again(format!("{error:#}"))),
        };
        let words = answer.words();
        match answer.status {
            _ if answer.is_good() => Ok(Asked::Done),
            409 => Ok(Asked::Again(words)),
            405 if words.contains("branch was modified") => Ok(Asked::Again(words)),
            405 | 422 => Err(self.refusal(place, &pull, &answer)?.into()),
            _ if answer.is_passing() => Ok(Asked::Again(words)),
            _ => Err(place.gh.refused(&format!("{} can't be merged", pull.url), &answer).into()),
        }
    }

    /// Why the forge doesn't merge it: a conflict, a setting, or somebody who hasn't spoken yet.
    fn refusal(&self, place: &Place<'_>, pull: &Pull, answer: &Answer) -> Result<Failure> {
        let (branch, into, url, words) = (&self.prepared.branch, &self.into, &pull.url, answer.words());
        if words.contains("Merge commits are not allowed") {
            let hint =
                format!("allow merge commits in the settings of `{}`: nothing else is tagged", place.repository.name);
            return Ok(Failure::world(format!("{url} can't be merged: {words}")).hint(hint));
        }
        if self.conflicts(place, pull)? {
            return Ok(Failure::world(format!("{url}: `{branch}` and `{into}` contradict each other")).hint(format!(
                "merge `{into}` into `{branch}`, keep the new version where both say one, push `{branch}`; then run \
                 the same command again"
            )));
        }
        let hint = "see to what is missing there: a review, a check. Then run the same command again, or merge it \
                    there with a merge commit first";
        Ok(Failure::waiting(format!("{url} can't be merged yet: {words}")).hint(hint))
    }

    /// The forge finds it out when it is asked, and says it a moment later.
    fn conflicts(&self, place: &Place<'_>, pull: &Pull) -> Result<bool> {
        for length in PAUSES {
            if let Some(mergeable) = place.get(pull.number)?.mergeable {
                return Ok(!mergeable);
            }
            pause(length)?;
        }
        Ok(false)
    }

    fn moved(&self) -> Failure {
        Failure::world(format!("`{}` was moved or removed by somebody else", self.prepared.branch))
            .hint("run the same command again: the plan is made anew from what the remote says")
    }

    fn none(&self) -> Failure {
        let message = format!("no pull request of `{}` into `{}` is open", self.prepared.branch, self.into);
        Failure::world(message).hint("run the same command again: it opens one, or says why it doesn't")
    }

    /// The branch has the commits, and no merge commit that could be tagged.
    fn no_merge(&self) -> Failure {
        let (branch, into) = (&self.prepared.branch, &self.into);
        Failure::world(format!("`{into}` has all of `{branch}`, and no merge commit of it")).hint(format!(
            "was it pushed there, or fast-forwarded? what is tagged is a merge commit: commit something to `{branch}` \
             and merge that, or take the next version"
        ))
    }

    fn more(&self, merged: &str) -> Failure {
        let (branch, into, at) = (&self.prepared.branch, &self.into, short(merged));
        Failure::world(format!("`{branch}` was merged into `{into}` together with later commits, up to {at}"))
            .hint("run the same command again: the plan is made anew from what was merged")
    }

    /// A merge commit whose manifests say something else was made of a conflict that was solved the wrong way.
    fn check(&self, world: &World<'_>, merge: &str) -> Result<Observed> {
        let seen = Seen::read(world.context, world.project, world.remotes, (self.prepared.repo, merge))?;
        let Some(fault) = seen.find_fault().or_else(|| seen.find_other(&self.versions)) else {
            return Ok(Observed::Same);
        };
        let message = format!("the merge commit {} on `{}` isn't the release: {fault}", short(merge), self.into);
        let hint = "a conflict was solved the wrong way, it seems. What is merged stays: correct it, and take the next \
                    version";
        Ok(Observed::Different(Failure::world(message).hint(hint)))
    }
}

impl Effect for MergePull {
    fn title(&self) -> String {
        format!("merge `{}` into `{}` by its pull request, with a merge commit", self.prepared.branch, self.into)
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let tip = self.prepared.tip(world)?;
        match self.prepared.brought(world)? {
            Brought::No => Ok(Observed::Absent),
            Brought::Straight => Ok(Observed::Different(self.no_merge())),
            Brought::Merge(merge) if merge.merged != tip => Ok(Observed::Different(self.more(&merge.merged))),
            Brought::Merge(merge) => self.check(world, &merge.oid),
        }
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let place = self.place(world);
        let mut pauses = PAUSES.iter();
        let mut said: Option<Asked> = None;
        loop {
            // A look before each request; and after the last one until the remote shows what the forge said.
            if self.is_there(world)? {
                return Ok(());
            }
            if !matches!(said, Some(Asked::Done)) {
                said = Some(self.ask(world, &place)?);
                if matches!(said, Some(Asked::Done)) {
                    continue;
                }
            }
            let Some(length) = pauses.next() else {
                let message = match said {
                    Some(Asked::Again(words)) => format!("`{}` isn't merged: {words}", place.branch),
                    _ => format!("`{}` is merged, says the forge, and `{}` doesn't show it", place.branch, place.into),
                };
                return Err(Failure::tool(message).hint("run the same command again").into());
            };
            pause(*length)?;
        }
    }
}
