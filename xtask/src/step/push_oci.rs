//! Sends a chart's archive to a registry.

use std::sync::OnceLock;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::charts::{Chart, Oci, agreed, cache, expect_same};
use crate::error::Failure;
use crate::tools::helm::Helm;

/// See the module.
#[derive(Debug)]
pub struct PushOci {
    /// The chart, in the commit that is released.
    pub chart: Chart,
    /// Where it goes.
    pub place: Oci,
    /// What the registry said when it had it.
    digest: OnceLock<String>,
}

impl PushOci {
    /// A chart to one place.
    pub fn new(chart: Chart, place: Oci) -> Self {
        Self { chart, place, digest: OnceLock::new() }
    }

    /// The digest of the manifest that was pushed by this very step, for its receipt.
    pub fn digest(&self) -> Option<&str> {
        self.digest.get().map(String::as_str)
    }
}

impl Effect for PushOci {
    fn title(&self) -> String {
        format!("push chart {} to {}", self.chart.shown(), self.place.url)
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        let mut argv = vec!["helm".to_owned(), "push".to_owned(), self.chart.file.archive(), self.place.url.clone()];
        argv.extend(self.place.plain_http.then(|| "--plain-http".to_owned()));
        vec![Detail::Command(argv)]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let cache = cache()?;
        let there = match self.place.archive(&Helm::find(&cache)?, &self.chart, &cache) {
            Ok(there) => there,
            Err(error) => return Ok(Observed::Unknown(error.downcast::<Failure>()?)),
        };
        let Some(theirs) = there else { return Ok(Observed::Absent) };
        let ours = self.chart.archive(world.remotes.git(self.chart.repo), &cache)?;
        Ok(match expect_same(&self.chart, &ours, &theirs, &self.place.url) {
            Ok(()) => Observed::Same,
            Err(failure) => Observed::Different(failure),
        })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let cache = cache()?;
        let bytes = agreed(world, &self.chart, Some(&self.place))?;
        if let Some(digest) = self.place.push(&Helm::find(&cache)?, &self.chart, &bytes, &cache)? {
            let _ = self.digest.set(digest);
        }
        Ok(())
    }
}
