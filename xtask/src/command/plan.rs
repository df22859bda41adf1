//! `plan`: what a release would do, and how far it has come. Nothing but the tool's own clones is written.

use anyhow::Result;
use clap::ArgMatches;

use super::Outcome;
use crate::context::Context;
use crate::release::page::{Extent, Page};
use crate::release::{Ground, Session, state};

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open_with_mistakes(context)?;
    let session = Session::open(context, &ground)?;
    let asked = super::run::asked(arguments)?;
    let begun = session.begun(&asked)?;
    let pass = session.pass(&asked, begun.as_ref())?;
    let states = state::observe_all(&pass.plan, &session.world(&pass));
    let owner = begun.as_ref().map(crate::release::owner_line);
    let failures = state::failures(&ground.project.mistakes, &states);
    let page = Page { pass: &pass, states: &states, failures: &failures, owner: owner.as_ref() };
    if arguments.get_one::<String>("format").is_some_and(|form| form == "json") {
        context.ui.data(&(page.json().render() + "\n"));
    } else {
        context.ui.data(&page.text(context.ui, Extent::all(arguments.get_flag("diff"))));
        for failure in failures.iter().chain(&pass.facts.waiting) {
            context.ui.failure(failure);
        }
    }
    Ok(page.exit().map_or(Outcome::Done, Outcome::Found))
}
