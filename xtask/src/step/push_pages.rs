//! Puts charts on the branch that a repository's pages are made of: archives and index in one commit.
//!
//! Somebody else may do the same at this moment. The branch is pushed with a lease; whoever comes second looks again and
//! splices into what is there by then.

use std::time::Duration;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::charts::{Chart, OnPages, agreed, cache, expect_same, index_of, join, together};
use crate::error::Failure;
use crate::plan::charts::at;
use crate::plan::index::{self, New};
use crate::remotes::{Pushed, Update};
use crate::resolve::release::Pages;
use crate::tools::git::{NewCommit, Parent};
use crate::tools::helm::Helm;
use crate::tools::{pause, redact};
use crate::world;

/// How often a branch that others move as well is tried.
const TRIES: u32 = 40;

/// See the module.
#[derive(Debug)]
pub struct PushPages {
    /// The charts, all of one repository, in the commit that is released.
    pub charts: Vec<Chart>,
    /// Where they go.
    pub pages: Pages,
    /// The remote that has the branch: its place in [`crate::remotes::Remotes::all`].
    pub remote: usize,
    /// The remote's address, without credentials.
    pub url: String,
}

impl PushPages {
    /// Charts of one repository, to the branch of a remote.
    pub fn new(charts: Vec<Chart>, pages: Pages, remote: usize, url: &str) -> Self {
        Self { charts, pages, remote, url: redact(url) }
    }

    fn names(&self) -> String {
        self.charts.iter().map(Chart::shown).collect::<Vec<_>>().join(", ")
    }

    fn branch(&self) -> String {
        format!("refs/heads/{}", self.pages.branch)
    }

    fn look(&self, world: &World<'_>, there: &OnPages, chart: &Chart) -> Result<Observed> {
        let entry = there.entry(chart)?;
        let theirs = there.archive(world.remotes, chart, &self.pages)?;
        if entry.is_none() && theirs.is_none() {
            return Ok(Observed::Absent);
        }
        let cache = cache()?;
        let ours = chart.archive(world.remotes.git(chart.repo), &cache)?;
        let place = format!("`{}`", there.shown);
        if let Some(theirs) = theirs {
            if let Err(failure) = expect_same(chart, &ours, &theirs, &place) {
                return Ok(Observed::Different(failure));
            }
            let Some(entry) = entry else {
                let words = format!("the archive of {} is there, its entry isn't", chart.shown());
                return Ok(Observed::Partial(words));
            };
            let (_, digest) = index_of(&Helm::find(&cache)?, chart, &theirs, self.pages.url.as_deref(), &cache)?;
            if entry.digest.is_some() && entry.digest != digest {
                let message = format!("{} is in {place} with another digest than its archive has", chart.shown());
                let hint =
                    "whoever checks it refuses the archive: write the archive's own digest into the entry, by hand";
                return Ok(Observed::Different(Failure::world(message).hint(hint)));
            }
            return Ok(Observed::Same);
        }
        let (made, digest) = index_of(&Helm::find(&cache)?, chart, &ours, self.pages.url.as_deref(), &cache)?;
        let entry = entry.unwrap_or_else(|| unreachable!("one of both is there"));
        if digest.is_none() || digest != entry.digest {
            let message = format!("{} is in {place} already, with another digest", chart.shown());
            let hint = format!("a published version never changes: give `{}` the next one", chart.file.name);
            return Ok(Observed::Different(Failure::world(message).hint(hint)));
        }
        // Archives may lie elsewhere, in the assets of a release say.
        let here = index::made(&made).is_ok_and(|(_, _, made)| made.urls.iter().any(|url| entry.urls.contains(url)));
        let partial = || Observed::Partial(format!("{} is in the index, its archive isn't there", chart.shown()));
        Ok(if here { partial() } else { Observed::Same })
    }

    /// The files that the branch lacks: archives, and the index with their entries.
    fn files(&self, world: &World<'_>, there: &OnPages) -> Result<Vec<(String, Vec<u8>)>> {
        let cache = cache()?;
        let helm = Helm::find(&cache)?;
        let mut files = Vec::new();
        let mut index = there.index.clone();
        for chart in &self.charts {
            match self.look(world, there, chart)? {
                Observed::Same => continue,
                Observed::Different(failure) | Observed::Unknown(failure) => return Err(failure.into()),
                Observed::Absent | Observed::Partial(_) => {}
            }
            let bytes = agreed(world, chart, None)?;
            if there.entry(chart)?.is_none() {
                let (made, _) = index_of(&helm, chart, &bytes, self.pages.url.as_deref(), &cache)?;
                let new = New { made: &made, seconds: world.who.seconds };
                let text = index.unwrap_or_default();
                index = Some(index::add(&text, new).map_err(|error| at(&there.shown, &text, error))?);
            }
            if there.archive(world.remotes, chart, &self.pages)?.is_none() {
                files.push((join(&self.pages.folder, &chart.file.archive()), bytes.to_vec()));
            }
        }
        if index != there.index {
            files.extend(index.map(|text| (join(&self.pages.folder, "index.yaml"), text.into_bytes())));
        }
        Ok(files)
    }

    /// One look, one commit, one push; false if somebody else was faster.
    fn attempt(&self, world: &World<'_>) -> Result<bool> {
        let there = OnPages::look(world.remotes, self.remote, &self.pages)?;
        let files = self.files(world, &there)?;
        if files.is_empty() {
            return Ok(true);
        }
        let parent = there.tip.clone().map_or(Parent::None, Parent::Commit);
        let message = format!("Publish {}\n", self.names());
        let git = world.remotes.git(world.remotes.all()[self.remote].repo);
        let commits = git.build_commits(&[NewCommit { parent, files, message }], world.who)?;
        let new = commits.into_iter().next().unwrap_or_default();
        let update = Update { name: self.branch(), new, expected: there.tip };
        Ok(world.remotes.push(self.remote, &[update])? == Pushed::Done)
    }
}

impl Effect for PushPages {
    fn title(&self) -> String {
        format!("publish {} on `{}` of {}", self.names(), self.pages.branch, self.url)
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        let path = |name: &str| join(&self.pages.folder, name);
        let mut details: Vec<Detail> = Vec::new();
        for chart in &self.charts {
            let archive = chart.file.archive();
            let url = self
                .pages
                .url
                .as_ref()
                .map_or_else(|| archive.clone(), |url| format!("{}/{archive}", url.trim_end_matches('/')));
            details.push(Detail::Note(format!("add `{}`", path(&archive))));
            details.push(Detail::Note(format!("add {} to `{}`, at {url}", chart.shown(), path("index.yaml"))));
        }
        details
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let there = OnPages::look(world.remotes, self.remote, &self.pages)?;
        let look = |chart: &Chart| Ok((chart.shown(), self.look(world, &there, chart)?));
        Ok(together(self.charts.iter().map(look).collect::<Result<_>>()?))
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        for tried in 0..TRIES {
            if self.attempt(world)? {
                return Ok(());
            }
            world.remotes.forget(self.remote);
            // Whoever waits as long as the others meets them again.
            let longest = 25 << tried.min(6);
            pause(Duration::from_millis(longest / 2 + world::nonce() % longest))?;
        }
        let message = format!("`{}` of {} moved {TRIES} times while it was written", self.pages.branch, self.url);
        Err(Failure::tool(message).hint("run the same command again when it is calmer there").into())
    }
}
