//! `init --update`: what has come since the configuration was written, and what it names that is gone.

use std::sync::Arc;

use anyhow::Result;
use clap::ArgMatches;

use super::ground::Ground;
use super::{ask, guard};
use crate::command::{Outcome, Place, check};
use crate::context::Context;
use crate::error::{Exit, Failure};
use crate::plan::init::Facts;
use crate::plan::init::update::{self, Covered, Edit, Known, Lost, Present, Update};
use crate::resolve::Project;
use crate::rewrite::{self, Change};
use crate::survey::{Source, Survey, survey};
use crate::ui::count;
use crate::{fsx, world};

pub(super) fn run(place: &Place, ground: &Ground, arguments: &ArgMatches) -> Result<Outcome> {
    let context = place.context()?;
    let project = context.project()?;
    let survey = survey(&context, &project, &Source::Work, false)?;
    let text = project.config.text.clone();
    let read = |path: &str| ground.read(path);
    let facts = ground.facts(place.ui, &read)?;
    let mut update = update::update(&facts, &present(&project, &survey));
    settle(&context, &facts, &text, &mut update, guard::doubts)?;
    let lost = update::lost(&survey.model, &facts.files);
    let asking = !arguments.get_flag("yes") && !arguments.get_flag("dry-run");
    if asking && !world::is_terminal_stdin() {
        let failure = Failure::usage("nobody is here to agree to the update");
        return Err(failure.hint("`--yes` writes it, `--dry-run` shows it").into());
    }
    say(&context, &update, &lost);
    let mut edits = Vec::new();
    if asking {
        let Some(answers) = ask::ask(place.ui, &update.questions)? else {
            return Ok(Outcome::Found(Exit::Drift));
        };
        update.answer(&answers);
        settle(&context, &facts, &text, &mut update, guard::refusals)?;
        edits.extend(ask_lost(&context, &text, &lost)?);
    }
    edits.extend(update.edit(&facts, &text));
    if edits.is_empty() {
        return Ok(if lost.is_empty() { Outcome::Done } else { Outcome::Found(Exit::Drift) });
    }
    let new = Edit::apply(&text, &edits);
    context.parse(&new)?;
    context.ui.data(&rewrite::painted(context.ui, &diff(&context, &text, &new)));
    if arguments.get_flag("dry-run") || asking && !ask::agree(place.ui, &format!("write {}?", context.shown))? {
        return Ok(Outcome::Found(Exit::Drift));
    }
    write(&context, &text, &new)?;
    place.ui.say(&format!("wrote {}", context.shown));
    place.ui.say(&check::in_one_line(&context)?);
    Ok(Outcome::Done)
}

/// Holds what would be added against the tree, as `init` does: what it left out for that isn't proposed now.
fn settle(context: &Context, facts: &Facts, text: &str, update: &mut Update, look: guard::Look) -> Result<()> {
    for _ in 0..super::LOOKS {
        let Some(edit) = update.edit(facts, text) else { return Ok(()) };
        let project = context.parse(&Edit::apply(text, &[edit]))?;
        if !update.doubt(&look(context, &project)?) {
            return Ok(());
        }
    }
    Ok(())
}

/// What the configuration covers, in the words of the model.
fn present<'t>(project: &'t Project, survey: &Survey<'_>) -> Present<'t> {
    let model = &survey.model;
    let own = model.sites.iter().filter(|site| model.files[site.file].repo == 0);
    let names = |site: &crate::model::Site| {
        let rules = model.site_tracks(site).into_iter().map(|track| model.tracks[track].rule);
        rules.map(|rule| project.tracks[rule].name.clone()).collect()
    };
    let covered = own.map(|site| Covered {
        path: model.files[site.file].path.clone(),
        span: site.span.clone(),
        tracks: names(site),
    });
    let current = |rule: usize| {
        let track = model.tracks.iter().find(|track| track.rule == rule && !project.tracks[rule].family)?;
        Some(track.current.as_ref()?.0.as_str().to_owned())
    };
    let tracks = project.tracks.iter().enumerate().map(|(rule, track)| Known {
        name: track.name.clone(),
        family: track.family,
        current: current(rule),
    });
    Present { text: &project.config.text, tracks: tracks.collect(), covered: covered.collect() }
}

fn say(context: &Context, update: &Update, lost: &[Lost]) {
    let ui = context.ui;
    for lost in lost {
        ui.say(&format!("gone: {}:{}: {}", context.shown, lost.line, lost.message));
    }
    let mut parts = vec![format!("{} to add", count(update.places(), "place"))];
    parts.extend((!update.questions.is_empty()).then(|| format!("{} more unsure", update.questions.len())));
    ui.say(&parts.join(", "));
}

/// The lines of what is gone, as comments, where a person says so.
fn ask_lost(context: &Context, text: &str, lost: &[Lost]) -> Result<Vec<Edit>> {
    let mut edits: Vec<Edit> = Vec::new();
    for lost in lost {
        let Some(edit) = lost.span.as_ref().map(|span| update::comment_out(text, span)) else { continue };
        let question = format!("{}:{}: {}: make it a comment?", context.shown, lost.line, lost.message);
        if ask::wants(context.ui, &question)? {
            edits.push(edit);
        }
    }
    Ok(edits)
}

fn diff(context: &Context, old: &str, new: &str) -> String {
    let change = Change {
        repo: 0,
        path: context.shown.clone(),
        shown: context.shown.clone(),
        file: context.config.clone(),
        old: Arc::from(old),
        new: new.to_owned(),
    };
    rewrite::diff_file(("a/", "b/"), &change)
}

fn write(context: &Context, old: &str, new: &str) -> Result<()> {
    fsx::replace_file(&context.config, old.as_bytes(), new.as_bytes())
}
