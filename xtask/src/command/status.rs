//! `status`: where a release stands, whose it is, and on whom it waits.

use std::collections::BTreeSet;

use anyhow::Result;
use clap::ArgMatches;

use super::Outcome;
use crate::context::Context;
use crate::json::Json;
use crate::ledger::Release;
use crate::moment::utc;
use crate::release::facts::Asked;
use crate::release::lists::{self, Shown};
use crate::release::page::{Extent, Page};
use crate::release::{Ground, Pass, Session, owner_line, state};

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open(context)?;
    let session = Session::open(context, &ground)?;
    let process = arguments.get_one::<String>("process").map_or(crate::release::RELEASE, String::as_str);
    let json = arguments.get_one::<String>("format").is_some_and(|form| form == "json");
    let Some(release) = session.latest(process)? else {
        if json {
            context.ui.data("null\n");
        } else {
            context.ui.data(&format!("no `{process}` has been claimed here\n"));
            context.ui.say("hint: `cargo xtask plan` shows what the next one would do");
        }
        return Ok(Outcome::Done);
    };
    let asked = Asked::read(process, &[], true)?;
    let pass: Pass = session.pass(&asked, Some(&release))?;
    // Whether this machine could go on is asked by who goes on.
    let states = state::observe_for(&pass.plan, &session.world(&pass), &|_| false, &BTreeSet::new());
    let owner = owner_line(&release);
    let failures = state::failures(&[], &states);
    let page = Page { pass: &pass, states: &states, failures: &failures, owner: Some(&owner) };
    let lists = lists::shown(&session, &pass, &release)?;
    if json {
        let Json::Map(mut map) = page.json() else { return Ok(Outcome::Done) };
        map.push(("checklists", Json::List(lists.iter().map(Shown::json).collect())));
        map.push(("ledger", ledger_json(&release)));
        context.ui.data(&(Json::Map(map).render() + "\n"));
    } else {
        let lists: String = lists.iter().map(|shown| format!("\n{}", shown.text(context.ui))).collect();
        context.ui.data(&(page.text(context.ui, Extent::all(false)) + &lists + &history(&release)));
    }
    Ok(page.exit().map_or(Outcome::Done, Outcome::Found))
}

/// What the ledger knows besides: who was at it, and what was recorded.
fn history(release: &Release) -> String {
    let mut out = format!("\nledger: {}\n", release.state.name());
    for attempt in &release.attempts {
        let (when, how) = (utc(attempt.seconds), attempt.how.name());
        out.push_str(&format!("  {when}  {} {how} on {}\n", attempt.owner, attempt.host));
    }
    // Ticks stand in the lists above.
    for receipt in release.receipts.iter().filter(|receipt| !receipt.step.contains('#')) {
        out.push_str(&format!("  {}  {}: {}\n", utc(receipt.seconds), receipt.step, receipt.what));
    }
    for step in &release.started {
        out.push_str(&format!("  {step}: begun, and nothing says that it ended\n"));
    }
    out
}

fn ledger_json(release: &Release) -> Json {
    let attempt = |attempt: &crate::ledger::Attempt| {
        Json::Map(vec![
            ("who", attempt.owner.to_string().into()),
            ("how", attempt.how.name().into()),
            ("host", attempt.host.as_str().into()),
            ("when", utc(attempt.seconds).into()),
        ])
    };
    let receipt = |receipt: &crate::ledger::Receipt| {
        Json::Map(vec![
            ("step", receipt.step.as_str().into()),
            ("what", receipt.what.as_str().into()),
            ("when", utc(receipt.seconds).into()),
        ])
    };
    Json::Map(vec![
        ("state", release.state.name().into()),
        ("request", release.request.as_str().into()),
        ("attempts", Json::List(release.attempts.iter().map(attempt).collect())),
        ("receipts", Json::List(release.receipts.iter().map(receipt).collect())),
        ("begun", release.started.clone().into()),
    ])
}
