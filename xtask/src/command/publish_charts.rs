//! `publish-charts`: the charts that the remotes' branches have now, to all their places. What is there already is left.

use anyhow::Result;
use clap::ArgMatches;

use super::{Outcome, publish, published};
use crate::charts::{self, Chart};
use crate::context::Context;
use crate::error::Failure;
use crate::release::Ground;
use crate::release::plan::{self, Plan};
use crate::step::Step;
use crate::step::package_chart::PackageChart;
use crate::tools;
use crate::ui::count;

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open(context)?;
    let dry_run = arguments.get_flag("dry-run");
    if !dry_run {
        ground.remotes.hold()?;
    }
    let names: Vec<&String> = arguments.get_many::<String>("chart").unwrap_or_default().collect();
    let (charts, seconds) = find(&ground, &names)?;
    let plan = plan(&ground, &charts);
    publish::run(context, &ground, arguments, (&plan, seconds, &count(charts.len(), "chart")))
}

/// The charts of all remotes' branches, or those of these names; and the moment of the newest of their commits.
fn find(ground: &Ground, names: &[&String]) -> Result<(Vec<Chart>, u64)> {
    let Ground { project, remotes } = ground;
    if project.release.charts.is_empty() {
        let hint = "add `[[chart]]` with its `path`, and `pages` or `oci`, to release.toml";
        return Err(Failure::usage("no chart is configured").hint(hint).into());
    }
    let mut found = Vec::new();
    let mut seconds = 0;
    for repo in (0..project.repos.len()).filter(|&repo| project.release.charts.iter().any(|rule| rule.repo == repo)) {
        let (home, tip) = published::tip(ground, repo)?;
        remotes.fetch(home, &[&tip])?;
        let git = remotes.git(repo);
        seconds = seconds.max(git.commit_seconds(&tip)?);
        found.extend(charts::find(git, project, repo, &tip)?);
    }
    let known: Vec<String> = found.iter().map(|chart| chart.file.name.clone()).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        let failure = Failure::usage(format!("there is no chart `{}`", name.escape_default()));
        return Err(failure.hint(format!("there are {}", known.join(", "))).into());
    }
    found.retain(|chart| names.is_empty() || names.contains(&&chart.file.name));
    Ok((found, seconds))
}

/// Logins first, then every chart packaged, then published: what can't be done is known before anything is public.
fn plan(ground: &Ground, charts: &[Chart]) -> Plan {
    let Ground { project, remotes } = ground;
    let goes_to = |host: &str| {
        let begins = format!("oci://{host}/");
        let places = charts.iter().flat_map(|chart| &project.release.charts[chart.rule].oci);
        places.into_iter().any(|url| url.starts_with(&begins)).then_some(None)
    };
    let mut prepared = publish::logins(ground, &goes_to);
    for chart in charts {
        let id = format!("{}/package:{}", project.label(chart.repo), chart.file.name);
        prepared.push((id, Step::Package(PackageChart { chart: chart.clone() })));
    }
    let mut published = Vec::new();
    for group in charts.chunk_by(|one, other| one.repo == other.repo) {
        let Some(home) = remotes.home(group[0].repo) else { continue };
        let url = tools::redact(&remotes.all()[home].url);
        plan::publish_charts(project, project.label(group[0].repo), (home, &url), group, &mut published);
    }
    publish::phased(vec![prepared, published], Vec::new())
}
