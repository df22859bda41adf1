//! `init`: proposes `release-config/release.toml` from what the repository shows, and asks what only a person can know.

mod ask;
mod ground;
mod imports;
mod table;
mod update;

use std::path::Path;

use anyhow::Result;
use clap::ArgMatches;

use super::{CONFIG, Outcome, Place, check};
use crate::error::Failure;
use crate::plan::init::{self, Facts, Proposal};
use crate::survey::past::past_drift;
use crate::{config, fsx, resolve, world};
use ground::Ground;

/// Of the past it is told how many of the last releases disagreed with themselves.
const TAGS: usize = 20;

pub(super) fn run(place: &Place, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::find(place)?;
    if arguments.get_flag("update") {
        return update::run(place, &ground, arguments);
    }
    let dry = arguments.get_flag("dry-run");
    let file = place.config.clone().unwrap_or_else(|| ground.root.join(CONFIG));
    if !dry && fsx::is_there(&file)? && !arguments.get_flag("force") {
        return Err(Failure::usage(format!("`{}` is there already", shown(&ground, &file)))
            .hint("`--update` proposes what has come since, `--force` replaces it, `--dry-run` prints the proposal")
            .into());
    }
    let read = |path: &str| ground.read(path);
    let facts = ground.facts(&read)?;
    let mut proposal = init::propose(&facts);
    sound(&proposal)?;
    table::show(place.ui, &proposal, &facts);
    imports::show(place.ui, &proposal);
    if dry {
        place.ui.data(&proposal.toml);
        return Ok(Outcome::Done);
    }
    if arguments.get_flag("yes") {
        table::list_questions(place.ui, &proposal);
    } else if !ask_all(place, &facts, &mut proposal, &shown(&ground, &file))? {
        place.ui.say("nothing is written");
        return Ok(Outcome::Done);
    }
    write(&file, &proposal.toml)?;
    place.ui.say(&format!("wrote {}", shown(&ground, &file)));
    place.ui.say(&check::in_one_line(&place.context()?)?);
    // A word on the past is no reason to fail.
    let drift = |git| past_drift(git, &proposal.toml, TAGS).ok().filter(|past| past.agree < past.tags)?.line();
    if let Some(line) = ground.git.as_ref().and_then(drift) {
        place.ui.say(&line);
    }
    imports::close(place.ui, &proposal);
    Ok(Outcome::Done)
}

/// The file as messages name it.
fn shown(ground: &Ground, file: &std::path::Path) -> String {
    fsx::shown(file.strip_prefix(&ground.root).unwrap_or(file))
}

/// What is proposed is a configuration that can be read: or nothing is written, and no question asked.
fn sound(proposal: &Proposal) -> Result<()> {
    resolve::resolve(config::parse(CONFIG, &proposal.toml)?)?;
    Ok(())
}

/// The questions one by one, then whether to write at all.
fn ask_all(place: &Place, facts: &Facts, proposal: &mut Proposal, file: &str) -> Result<bool> {
    if !world::is_terminal_stdin() {
        let failure = Failure::usage("nobody is here to agree to the proposal");
        return Err(failure.hint("`--yes` writes it without what is unsure, `--dry-run` prints it").into());
    }
    let Some(answers) = ask::ask(place.ui, &proposal.questions)? else { return Ok(false) };
    proposal.answer(facts, &answers);
    sound(proposal)?;
    ask::agree(place.ui, &format!("write {file}?"))
}

fn write(file: &Path, text: &str) -> Result<()> {
    if fsx::is_there(file)? {
        let old = fsx::read_bytes(file)?;
        return fsx::replace_file(file, &old, text.as_bytes());
    }
    fsx::write_new(file, text.as_bytes())
}
