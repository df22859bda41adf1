//! A chart of a plan: what it is called is known when the plan is made, its commit only when that is prepared.

use std::cell::OnceCell;
use std::rc::Rc;

use anyhow::Result;

use super::{Chart, at};
use crate::error::Failure;
use crate::step::World;
use crate::step::prepared::Prepared;

/// Where a chart is packaged from.
#[derive(Debug)]
pub enum Source {
    /// A commit.
    Commit(String),
    /// The commit that a release prepares.
    Prepared(Rc<Prepared>),
}

/// A chart that is packaged and published. Shared by the steps that do it.
#[derive(Debug)]
pub struct PlannedChart {
    /// Index into [`crate::resolve::release::Release::charts`].
    pub rule: usize,
    /// Index of the repository.
    pub repo: usize,
    /// From the top of the repository; empty for the top.
    pub folder: String,
    /// Its name.
    pub name: String,
    /// The version that is published.
    pub version: String,
    source: Source,
    found: OnceCell<Chart>,
}

impl PlannedChart {
    /// A chart that this folder will hold, under this name and version.
    pub fn new(rule: usize, repo: usize, folder: &str, (name, version): (&str, &str), source: Source) -> Self {
        let (folder, name, version) = (folder.to_owned(), name.to_owned(), version.to_owned());
        Self { rule, repo, folder, name, version, source, found: OnceCell::new() }
    }

    /// A chart that was found in a commit.
    pub fn of(chart: Chart) -> Self {
        let (name, version) = (chart.file.name.clone(), chart.file.version.clone());
        let source = Source::Commit(chart.commit.clone());
        let planned = Self::new(chart.rule, chart.repo, &chart.file.folder, (&name, &version), source);
        let _ = planned.found.set(chart);
        planned
    }

    /// The chart in its commit, which is prepared if it isn't yet.
    pub fn chart(&self, world: &World<'_>) -> Result<&Chart> {
        if let Some(chart) = self.found.get() {
            return Ok(chart);
        }
        let commit = match &self.source {
            Source::Commit(commit) => commit.clone(),
            Source::Prepared(prepared) => prepared.tip(world)?,
        };
        let chart = at(world.remotes.git(self.repo), world.project, self.rule, &commit, &self.folder)?;
        if (&chart.file.name, &chart.file.version) != (&self.name, &self.version) {
            let message = format!("the chart in `{}` is {}, not {}", self.folder, chart.shown(), self.shown());
            return Err(Failure::world(message).hint("`cargo xtask check` says which places disagree").into());
        }
        Ok(self.found.get_or_init(|| chart))
    }

    /// `acme 1.2.3`
    pub fn shown(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// `acme-1.2.3.tgz`
    pub fn archive(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }
}
