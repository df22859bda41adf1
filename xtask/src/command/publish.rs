//! What the commands that publish a part of a release share: a plan that is shown, agreed to and carried out. What is
//! there already is left as it is.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::ArgMatches;

use super::Outcome;
use crate::context::Context;
use crate::error::Failure;
use crate::json::Json;
use crate::ledger::Run;
use crate::release::page::{self, Extent};
use crate::release::plan::{Plan, Planned};
use crate::release::state::{self, State};
use crate::release::{Ground, Scratch};
use crate::step::check_login::CheckLogin;
use crate::step::{Step, World};
use crate::tools::git::Signature;
use crate::ui::Colour;
use crate::{forge, images, tools};

/// Shows a plan, asks, and does what is left to do. `seconds` is the moment of the newest commit that it is of, `done`
/// what is said at its end.
pub(super) fn run(
    context: &Context,
    ground: &Ground,
    arguments: &ArgMatches,
    (plan, seconds, done): (&Plan, u64, &str),
) -> Result<Outcome> {
    let owner = Run::here(context.git()?)?.owner;
    let who = Signature { name: owner.name, email: owner.email, seconds };
    let scratch = Scratch::new(context.git()?);
    let world = World {
        context,
        project: &ground.project,
        remotes: &ground.remotes,
        who: &who,
        marks: &BTreeMap::new(),
        images: &images::Looks::default(),
        forge: &forge::Looks::default(),
        scratch: scratch.path(),
    };
    let states = state::observe_all(plan, &world);
    show(context, arguments, plan, &states);
    state::refuse(&[], &states)?;
    if is_whole(plan, &states) {
        let whole = context.ui.paint_talk(Colour::Green, "whole");
        context.ui.say(&format!("{whole}: everything is published already"));
        return Ok(Outcome::Done);
    }
    let agree = || context.agree("this plan", "Publish?", "`--yes` agrees; `--dry-run` shows it");
    if arguments.get_flag("dry-run") || !(arguments.get_flag("yes") || agree()?) {
        return Ok(Outcome::Done);
    }
    publish(plan, &world)?;
    context.ui.say(&format!("{}: {done}", context.ui.paint_talk(Colour::Green, "published")));
    Ok(Outcome::Done)
}

/// A plan of steps that come one after another, by phases: each needs all of the phases before its own. Only what is
/// built needs a builder.
pub(super) fn phased(phases: Vec<Vec<(String, Step)>>, left_out: Vec<(String, String)>) -> Plan {
    let mut steps: Vec<Planned> = Vec::new();
    for phase in phases {
        let before = steps.len();
        for (id, step) in phase {
            let is_needed = |at: &usize| matches!(step, Step::Build(_)) || !matches!(steps[*at].step, Step::Builder(_));
            let needs = (0..before).filter(is_needed).collect();
            steps.push(Planned { id, needs, step });
        }
    }
    Plan { steps, left_out }
}

/// The logins to those of these registries that want one; each with a repository in it that is ours, if any is known.
pub(super) fn logins(ground: &Ground, is_used: &dyn Fn(&str) -> Option<Option<String>>) -> Vec<(String, Step)> {
    let release = &ground.project.release;
    let wanted = release.registries.iter().filter(|registry| registry.login);
    let login = |host: &str, repository| {
        let (host, plain_http) = (host.to_owned(), release.is_plain_http(host));
        (format!("login/{host}"), Step::Login(CheckLogin { host, plain_http, repository }))
    };
    wanted.filter_map(|registry| Some(login(&registry.host, is_used(&registry.host)?))).collect()
}

fn show(context: &Context, arguments: &ArgMatches, plan: &Plan, states: &[State]) {
    if arguments.get_one::<String>("format").is_some_and(|form| form == "json") {
        let data = Json::Map(vec![
            ("format", 1usize.into()),
            ("steps", page::steps_json(plan, states)),
            ("left_out", page::left_out_json(plan)),
        ]);
        context.ui.data(&(data.render() + "\n"));
    } else {
        context.ui.talk(&(page::steps(context.ui, plan, states, Extent::short()) + &page::left_out(plan)));
    }
}

/// What was prepared only to be published needn't be there any more.
fn is_whole(plan: &Plan, states: &[State]) -> bool {
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
            _ if state::is_spent(plan, at, world) => continue,
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
        let remark = planned.step.effect().remark();
        if let Some(words) = remark.as_deref().or(digest(&planned.step)) {
            ui.say(&format!("      {words}"));
        }
    }
    Ok(())
}

/// What a registry calls what was just sent there.
fn digest(step: &Step) -> Option<&str> {
    match step {
        Step::Oci(push) => push.digest(),
        Step::Build(build) => build.digest.get().map(String::as_str),
        _ => None,
    }
}
