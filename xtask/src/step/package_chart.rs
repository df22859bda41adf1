//! Packages a chart: the one archive that every place gets.

use std::rc::Rc;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::charts::{PlannedChart, cache};

/// See the module.
#[derive(Debug)]
pub struct PackageChart {
    /// The chart.
    pub chart: Rc<PlannedChart>,
}

impl Effect for PackageChart {
    fn title(&self) -> String {
        format!("package chart {}", self.chart.shown())
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        let folder = if self.chart.folder.is_empty() { "." } else { &self.chart.folder };
        let helm = |verb: &str| Detail::Command(["helm", verb, folder].map(str::to_owned).to_vec());
        vec![helm("lint"), helm("package")]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let packaged = self.chart.chart(world)?.is_packaged(world.remotes.git(self.chart.repo), &cache()?)?;
        Ok(if packaged { Observed::Same } else { Observed::Absent })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        self.chart.chart(world)?.archive(world.remotes.git(self.chart.repo), &cache()?).map(drop)
    }
}
