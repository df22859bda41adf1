//! `init`: proposes `release-config/release.toml` from what the repository shows, and asks what only a person can know.

mod ask;
mod ground;
mod guard;
mod imports;
mod table;
mod update;

use std::path::Path;

use anyhow::Result;
use clap::ArgMatches;

use super::{CONFIG, Context, Outcome, Place, check};
use crate::error::Failure;
use crate::plan::init::{self, Facts, Proposal};
use crate::survey::past::past_drift;
use crate::{config, fsx, resolve, world};
use ground::Ground;

/// Of the past it is told how many of the last releases disagreed with themselves.
const TAGS: usize = 20;
/// A place that is left out may have been the one that said a track's version to others: then they are looked at again.
const LOOKS: usize = 8;

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
    let facts = ground.facts(place.ui, &read)?;
    let mut proposal = init::propose(&facts);
    settle(place, &ground, &facts, &mut proposal, false)?;
    table::show(place.ui, &proposal, &facts);
    imports::show(place.ui, &proposal);
    let asking = !dry && !arguments.get_flag("yes");
    if !proposal.takes_any() && (!asking || proposal.questions.is_empty()) {
        table::list_questions(place.ui, &proposal);
        return Err(nothing(&facts, &proposal).into());
    }
    if dry {
        place.ui.data(&proposal.toml);
        return Ok(Outcome::Done);
    }
    if !asking {
        table::list_questions(place.ui, &proposal);
    } else if !ask_all(place, &ground, &facts, &mut proposal, &file)? {
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

/// Holds the proposal against the tree before anybody sees it. What a person agreed to may disagree; what a bump would
/// refuse is left out even then.
fn settle(place: &Place, ground: &Ground, facts: &Facts, proposal: &mut Proposal, agreed: bool) -> Result<()> {
    let (root, git) = (ground.root.clone(), ground.git.clone());
    let context =
        Context { ui: place.ui, config: root.join(CONFIG), shown: CONFIG.to_owned(), root, git, today: place.today };
    let look: guard::Look = if agreed { guard::refusals } else { guard::doubts };
    for _ in 0..LOOKS {
        sound(proposal)?;
        let project = context.parse(&proposal.toml)?;
        if !proposal.doubt(facts, &look(&context, &project)?) {
            return Ok(());
        }
    }
    sound(proposal)
}

/// What is proposed is a configuration that can be read: or nothing is written, and no question asked.
fn sound(proposal: &Proposal) -> Result<()> {
    resolve::resolve(config::parse(CONFIG, &proposal.toml)?)?;
    Ok(())
}

/// No place is sure to state a version: a configuration without one is none that a command accepts.
fn nothing(facts: &Facts, proposal: &Proposal) -> Failure {
    let tagged = facts.tags.iter().any(|tag| init::past::number(tag).is_some());
    let message = match (proposal.questions.is_empty(), tagged) {
        (false, _) => "no file states the version for sure, so nothing is written",
        (true, true) => "the version is kept in tags only; no file states it",
        (true, false) => "no file states a version",
    };
    let hint = match proposal.questions.is_empty() {
        true => format!(
            "write it into a file, such as `VERSION`, and `git add` it; or name its place in `{CONFIG}` by hand"
        ),
        false => String::from("on a terminal and without `--yes` you are asked which of these places state it"),
    };
    Failure::world(message).hint(hint)
}

/// The questions one by one, then whether to write at all.
fn ask_all(place: &Place, ground: &Ground, facts: &Facts, proposal: &mut Proposal, file: &Path) -> Result<bool> {
    if !world::is_terminal_stdin() {
        let failure = Failure::usage("nobody is here to agree to the proposal");
        return Err(failure.hint("`--yes` writes it without what is unsure, `--dry-run` prints it").into());
    }
    let Some(answers) = ask::ask(place.ui, &proposal.questions)? else { return Ok(false) };
    proposal.answer(facts, &answers);
    let agreed = proposal.rows.clone();
    settle(place, ground, facts, proposal, true)?;
    for (_, row) in agreed.iter().zip(&proposal.rows).filter(|(old, new)| old.verdict != new.verdict) {
        place.ui.say(&format!(
            "left out: {} {}: {}",
            fsx::shown(std::path::Path::new(&row.path)),
            row.locator,
            row.reason
        ));
    }
    if !proposal.takes_any() {
        return Err(nothing(facts, proposal).into());
    }
    ask::agree(place.ui, &format!("write {}?", shown(ground, file)))
}

fn write(file: &Path, text: &str) -> Result<()> {
    if fsx::is_there(file)? {
        let old = fsx::read_bytes(file)?;
        return fsx::replace_file(file, &old, text.as_bytes());
    }
    fsx::write_new(file, text.as_bytes())
}
