//! `run`: makes the release, or goes on with it.

use std::time::Duration;

use anyhow::Result;
use clap::ArgMatches;

use super::Outcome;
use crate::context::Context;
use crate::error::Failure;
use crate::fsx;
use crate::ledger::State;
use crate::release::facts::Asked;
use crate::release::{Ground, Session};
use crate::run::{self, Options};
use crate::tools::Lock;

/// After a kill the programs that were running need a moment to end.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let asked = asked(arguments)?;
    let _lock = lock(context)?;
    let ground = Ground::open_with_mistakes(context)?;
    ground.remotes.hold()?;
    let session = Session::open(context, &ground)?;
    session.sweep()?;
    if arguments.get_flag("give-up") {
        return give_up(&session, &asked, arguments.get_flag("take-over"));
    }
    let list = |name: &str| arguments.get_many::<String>(name).unwrap_or_default().cloned().collect();
    let options = Options {
        plan: arguments.get_one("plan").cloned(),
        only: list("only"),
        until: arguments.get_one("until").cloned(),
        yes: arguments.get_flag("yes"),
        dry_run: arguments.get_flag("dry-run"),
        full: arguments.get_flag("diff"),
        take_over: arguments.get_flag("take-over"),
        done: list("done"),
        again: list("again"),
    };
    run::run(&session, &asked, &options)?;
    Ok(Outcome::Done)
}

/// Keeps other runs of this checkout away until it is dropped.
pub(super) fn lock(context: &Context) -> Result<Lock> {
    let folder = context.git()?.common_dir.join("lockstep");
    fsx::create_folder(&folder)?;
    let mut lock = Lock::take(&folder.join("run.lock"), PATIENCE, |words| context.ui.say(words))?;
    lock.inherit()?;
    Ok(lock)
}

/// What `plan`, `run` and `status` are asked for.
pub(super) fn asked(arguments: &ArgMatches) -> Result<Asked, Failure> {
    let texts: Vec<String> = arguments.get_many::<String>("request").unwrap_or_default().cloned().collect();
    let process = arguments.get_one::<String>("process").map_or(crate::release::RELEASE, String::as_str);
    let unchanged = arguments.try_get_one::<bool>("unchanged").ok().flatten().is_some_and(|given| *given);
    Asked::read(process, &texts, unchanged)
}

/// Closes a release that nobody will finish. What it published stays.
fn give_up(session: &Session<'_>, asked: &Asked, take_over: bool) -> Result<Outcome> {
    let begun = session.begun(asked)?;
    let Some(mut open) = begun.filter(|release| release.state == State::Open) else {
        return Err(Failure::world("no release is open").hint("`cargo xtask status` shows what there is").into());
    };
    if take_over {
        open = session.ledger.take_over(&open, session.me()?)?.release().clone();
    }
    session.ledger.give_up(&open, session.me()?)?;
    let version = open.version();
    session.context.ui.say(&format!("given up: {} {version}; what it published stays as it is", open.process));
    Ok(Outcome::Done)
}
