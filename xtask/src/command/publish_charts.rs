//! `publish-charts`: the charts that the remotes' branches have now, to all their places. What is there already is left.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use clap::ArgMatches;

use super::Outcome;
use crate::charts::{self, Chart};
use crate::context::Context;
use crate::error::Failure;
use crate::json::Json;
use crate::ledger::Run;
use crate::release::Ground;
use crate::release::page;
use crate::release::plan::{self, Plan, Planned};
use crate::release::state::{self, State};
use crate::step::check_login::CheckLogin;
use crate::step::package_chart::PackageChart;
use crate::step::{Step, World};
use crate::tools::git::Signature;
use crate::ui::{Colour, count};
use crate::{forge, images, tools};

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open(context)?;
    let dry_run = arguments.get_flag("dry-run");
    if !dry_run {
        ground.remotes.hold()?;
    }
    let names: Vec<&String> = arguments.get_many::<String>("chart").unwrap_or_default().collect();
    let (charts, seconds) = find(&ground, &names)?;
    let owner = Run::here(context.git()?)?.owner;
    let who = Signature { name: owner.name, email: owner.email, seconds };
    let world = World {
        context,
        project: &ground.project,
        remotes: &ground.remotes,
        who: &who,
        marks: &BTreeMap::new(),
        images: &images::Looks::default(),
        forge: &forge::Looks::default(),
        scratch: Path::new("/nonexistent"),
    };
    let plan = self::plan(&ground, &charts);
    let mut states = state::observe_all(&plan, &world);
    if arguments.get_one::<String>("format").is_some_and(|form| form == "json") {
        let data = Json::Map(vec![("format", 1usize.into()), ("steps", page::steps_json(&plan, &states))]);
        context.ui.data(&(data.render() + "\n"));
    } else {
        context.ui.talk(&page::steps(context.ui, &plan, &states, (false, false)));
    }
    state::refuse(&mut states)?;
    if published(&plan, &states) {
        let whole = context.ui.paint_talk(Colour::Green, "whole");
        context.ui.say(&format!("{whole}: everything is published already"));
        return Ok(Outcome::Done);
    }
    let agree = || context.agree("this plan", "Publish?", "`--yes` agrees; `--dry-run` shows it");
    if dry_run || !(arguments.get_flag("yes") || agree()?) {
        return Ok(Outcome::Done);
    }
    publish(&plan, &world)?;
    context.ui.say(&format!("{}: {}", context.ui.paint_talk(Colour::Green, "published"), count(charts.len(), "chart")));
    Ok(Outcome::Done)
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
        let shown = project.label(repo);
        let home = remotes.home(repo).ok_or_else(|| {
            Failure::usage(format!("the repository `{shown}` has no remote")).hint("give it a `url` in release.toml")
        })?;
        let branch = project.repos[repo].release_branch();
        let refs = remotes.refs(home)?;
        let tip = refs.oids.get(&format!("refs/heads/{branch}")).ok_or_else(|| {
            let url = tools::redact(&remotes.all()[home].url);
            Failure::world(format!("there is no branch `{branch}` at `{url}`"))
                .hint("push it, or name another one with `branch` in release.toml")
        })?;
        remotes.fetch(home, &[tip])?;
        let git = remotes.git(repo);
        seconds = seconds.max(git.commit_seconds(tip)?);
        found.extend(charts::find(git, project, repo, tip)?);
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
    let mut steps: Vec<(String, Step)> = Vec::new();
    for registry in project.release.registries.iter().filter(|registry| registry.login) {
        let begins = format!("oci://{}/", registry.host);
        if charts.iter().any(|chart| project.release.charts[chart.rule].oci.iter().any(|url| url.starts_with(&begins)))
        {
            let (host, plain_http) = (registry.host.clone(), project.release.is_plain_http(&registry.host));
            let step = Step::Login(CheckLogin { host, plain_http, repository: None });
            steps.push((format!("login/{}", registry.host), step));
        }
    }
    for chart in charts {
        let id = format!("{}/package:{}", project.label(chart.repo), chart.file.name);
        steps.push((id, Step::Package(PackageChart { chart: chart.clone() })));
    }
    let first = steps.len();
    for group in charts.chunk_by(|one, other| one.repo == other.repo) {
        let Some(home) = remotes.home(group[0].repo) else { continue };
        let url = tools::redact(&remotes.all()[home].url);
        plan::publish_charts(project, project.label(group[0].repo), (home, &url), group, &mut steps);
    }
    let needs = |at: usize| if at < first { Vec::new() } else { (0..first).collect() };
    let planned = |(at, (id, step)): (usize, (String, Step))| Planned { id, needs: needs(at), step };
    Plan { steps: steps.into_iter().enumerate().map(planned).collect(), left_out: Vec::new() }
}

/// A chart that is everywhere needn't be packaged.
fn published(plan: &Plan, states: &[State]) -> bool {
    let done =
        |(planned, state): (&Planned, &State)| matches!(planned.step, Step::Package(_)) || matches!(state, State::Done);
    plan.steps.iter().zip(states).all(done)
}

/// Does what is left to do; each effect is looked at before and after it.
fn publish(plan: &Plan, world: &World<'_>) -> Result<()> {
    let ui = world.context.ui;
    for (at, planned) in plan.steps.iter().enumerate() {
        tools::expect_not_stopped()?;
        match state::observe(&planned.step, world) {
            State::Done => continue,
            State::Different(failure) | State::Unknown(failure) => return Err(failure.into()),
            _ => {}
        }
        ui.say(&format!("[{}/{}] {}", at + 1, plan.steps.len(), planned.step.effect().title()));
        planned.step.effect().apply(world)?;
        match state::observe(&planned.step, world) {
            State::Done => {}
            State::Different(failure) | State::Unknown(failure) => return Err(failure.into()),
            state => {
                let message = format!("`{}` was done, and a look at the world says `{}`", planned.id, state.name());
                return Err(Failure::tool(message).hint("run the same command again").into());
            }
        }
        if let Step::Oci(push) = &planned.step
            && let Some(digest) = push.digest()
        {
            ui.say(&format!("      {digest}"));
        }
    }
    Ok(())
}
