//! One module a command: it reads what it needs, lets [`crate::plan`] decide, does it and says so.

mod branch;
mod bump;
mod check;
mod checklist;
mod completions;
mod hook;
mod init;
mod notes;
pub mod past;
mod plan;
mod promote;
mod publish;
mod publish_charts;
mod publish_images;
mod publish_release;
mod published;
mod pulls;
mod run;
mod schema;
mod sight;
mod status;
mod tag;
mod versions;
mod writing;

use anyhow::Result;
use clap::ArgMatches;

use crate::context::{CONFIG, Context, Place, no_repository, repository};
use crate::error::Exit;
use crate::ui::Ui;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Done,
    /// It did, and what it found has its own exit code.
    Found(Exit),
}

/// Runs the command that the command line names.
pub fn run(ui: Ui, matches: &ArgMatches) -> Result<Outcome> {
    let (mut name, mut arguments) = matches.subcommand().expect("clap asks for a command");
    if name == "release" {
        (name, arguments) = arguments.subcommand().expect("clap asks for a command");
    }
    let place = Place::read(ui, matches, arguments)?;
    match name {
        "init" => init::run(&place, arguments),
        "check" => check::run(&place.context()?, arguments),
        "versions" => versions::run(&place.context()?, arguments),
        "bump" => bump::run(&place.context()?, arguments),
        "plan" => plan::run(&place.context()?, arguments),
        "run" => run::run(&place.context()?, arguments),
        "checklist" => checklist::run(&place.context()?, arguments),
        "status" => status::run(&place.context()?, arguments),
        "branch" => branch::run(&place.context()?, arguments),
        "notes" => notes::run(&place, arguments),
        "publish-release" => publish_release::run(&place.context()?, arguments),
        "publish-charts" => publish_charts::run(&place.context()?, arguments),
        "publish-images" => publish_images::run(&place.context()?, arguments),
        "promote" => promote::run(&place.context()?, arguments),
        "tag" => tag::run(&place.context()?, arguments),
        "hook" => hook::run(&place, arguments),
        "schema" => schema::run(ui),
        "completions" => completions::run(ui, arguments),
        other => unreachable!("clap knows no command `{other}`"),
    }
}
