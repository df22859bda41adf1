//! `cargo xtask …`: reads the command line, runs one command, ends with its exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::ArgMatches;
use xtask::error::{Exit, Failure};
use xtask::ui::{Ui, When};
use xtask::{cli, command, tools, ui, world};

fn main() -> ExitCode {
    let begun = world::moment();
    let arguments = world::arguments();
    tools::listen(&tools::as_typed("cargo xtask", arguments.iter().skip(1)));
    let matches = match cli::command().try_get_matches_from(with_help(arguments)) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version are no errors; clap prints them where they belong.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let when = match matches.get_one::<String>("color").map(String::as_str) {
        Some("always") => When::Always,
        Some("never") => When::Never,
        _ => When::Auto,
    };
    let ui = Ui::new(when, world::wants_colour(), matches.get_flag("quiet")).verbose(matches.get_flag("verbose"));
    let trace = tools::Trace::begin(ui, matches.get_flag("verbose"), begun);
    let ended = trace.and_then(|trace| {
        let outcome = run(ui, &matches);
        drop(trace);
        outcome
    });
    match ended {
        Ok(command::Outcome::Done) => ExitCode::SUCCESS,
        Ok(command::Outcome::Found(exit)) => ExitCode::from(exit as u8),
        Err(error) => {
            let failure = match error.downcast::<Failure>() {
                Ok(failure) => failure,
                Err(other) => Failure::tool(format!("{other:#}")),
            };
            ui.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// `help bump` as `bump --help`, and `help` alone as `--help`.
fn with_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is = |at: usize, word: &str| arguments.get(at).is_some_and(|argument| argument == word);
    let at = if is(1, "release") { 2 } else { 1 };
    if is(at, "help") {
        arguments.remove(at);
        arguments.push(OsString::from("--help"));
    }
    arguments
}

/// One command; what it was told and what became of its words counts too.
fn run(ui: Ui, matches: &ArgMatches) -> Result<command::Outcome> {
    world::expect_sound()?;
    let outcome = command::run(ui, matches)?;
    if let Some(signal) = tools::stopped_how() {
        ui.warn(&format!("{signal} came when everything was done already"));
    }
    match ui::lost_words() {
        // What was found is still so, but nobody could read it.
        Some(failure) => Err(Failure { exit: Exit::Tool, ..failure }.into()),
        None => Ok(outcome),
    }
}
