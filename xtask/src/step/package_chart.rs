//! Packages a chart: the one archive that every place gets.

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::charts::{Chart, cache};

/// See the module.
#[derive(Debug)]
pub struct PackageChart {
    /// The chart, in the commit that is released.
    pub chart: Chart,
}

impl Effect for PackageChart {
    fn title(&self) -> String {
        format!("package chart {}", self.chart.shown())
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        let folder = if self.chart.file.folder.is_empty() { "." } else { &self.chart.file.folder };
        let helm = |verb: &str| Detail::Command(["helm", verb, folder].map(str::to_owned).to_vec());
        let mut details = vec![helm("lint"), helm("package")];
        if let [others @ .., _] = &self.chart.folders[..]
            && !others.is_empty()
        {
            details.insert(0, Detail::Note(format!("with {} in it", others.join(", "))));
        }
        details
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let packaged = self.chart.is_packaged(world.remotes.git(self.chart.repo), &cache()?)?;
        Ok(if packaged { Observed::Same } else { Observed::Absent })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        self.chart.archive(world.remotes.git(self.chart.repo), &cache()?).map(drop)
    }
}
