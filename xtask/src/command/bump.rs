//! `bump`: moves tracks. All files of all repositories are written, or none.

use anyhow::Result;
use clap::ArgMatches;

use super::writing;
use super::{CONFIG, Context, Outcome};
use crate::error::{Exit, Failure, Place};
use crate::finding::{Finding, Rule};
use crate::json::Json;
use crate::model::{Model, Track};
use crate::plan::bump::{self, Bump, Move, Permits, Request, Target};
use crate::plan::check;
use crate::plan::digest::is_beside;
use crate::rewrite;
use crate::survey::{Source, Survey, survey};
use crate::ui::{Colour, count};

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let texts: Vec<String> = arguments.get_many::<String>("request").unwrap_or_default().cloned().collect();
    let requests: Vec<Request> = texts.iter().map(|text| request(context, text)).collect::<Result<_, _>>()?;
    let dry = arguments.get_flag("dry-run");
    let purpose = purpose(context, &texts);
    if dry {
        writing::warn_unfinished(context)?;
    }
    if !dry && writing::recover(context, &purpose)? {
        if arguments.get_flag("commit") {
            context
                .ui
                .say("hint: the commit is still to be made, of what `git diff --name-only` names here and in the other repositories");
        }
        return Ok(Outcome::Done);
    }
    let project = context.project()?;
    let survey = survey(context, &project, &Source::Work, true)?;
    writing::refuse_conflicts(&survey)?;
    let permits = Permits { lower: arguments.get_flag("allow-lower") };
    refuse_findings(&survey, &requests, permits)?;
    let bump = bump::bump(&survey.model, &requests, permits, context.today)?;
    if arguments.get_flag("strict") {
        refuse_drift(&survey, &bump)?;
    }
    let changes = rewrite::prepare(&survey, &bump.writes)?;
    let commits = if arguments.get_flag("commit") {
        writing::plan_commits(context, &survey.model, &bump, &changes)?
    } else {
        Vec::new()
    };
    if arguments.get_one::<String>("format").is_some_and(|form| form == "json") {
        context.ui.data(&(bump_json(&survey.model, &bump, dry).render() + "\n"));
    } else {
        context.ui.data(&rewrite::diff(context.ui, &changes));
        say_moves(context, &survey, &bump);
    }
    warn_pinned(context, &survey, &bump);
    warn_taken(context, &survey, &bump)?;
    let written = format!("{} in {}", count(bump.writes.len(), "place"), count(changes.len(), "file"));
    if dry {
        context.ui.say(&format!("would write {written}"));
    } else {
        writing::write(context, changes, &purpose)?;
        context.ui.say(&format!("wrote {written}"));
        for commit in commits {
            context.ui.say(&commit.make()?);
        }
    }
    Ok(Outcome::Done)
}

/// Reads `[TRACK=]LEVEL|VERSION`. Of a track's name alone it is said what is missing.
fn request(context: &Context, text: &str) -> Result<Request, Failure> {
    Request::parse(text).map_err(|failure| match names_track(context, text) {
        true => Failure::usage(format!("`{text}` is a track, and it isn't said how far it moves"))
            .hint(format!("did you mean `{text}=LEVEL`, as in `{text}=minor`?")),
        false => failure,
    })
}

fn names_track(context: &Context, text: &str) -> bool {
    let Ok(project) = context.project() else { return false };
    let survey = survey(context, &project, &Source::Work, false);
    project.tracks.iter().any(|track| track.name == text)
        || survey.is_ok_and(|survey| survey.model.find_track(text).is_some())
}

/// A place that can't be found can't be written: nothing is moved before the configuration fits.
/// Only where a lower version is allowed may the one before be unknown: then every place gets the number asked for.
fn refuse_findings(survey: &Survey<'_>, requests: &[Request], permits: Permits) -> Result<(), Failure> {
    let model = &survey.model;
    let by_number = |track: &Track| {
        let names = [Some(track.name.as_str()), Some(model.project.tracks[track.rule].name.as_str())];
        let whole = |request: &&Request| matches!(request.target, Target::Version(_));
        let named = |request: &Request| {
            request.track.is_none() && model.tracks.len() == 1 || names.contains(&request.track.as_deref())
        };
        requests.iter().filter(whole).any(named)
    };
    let told = model.tracks.iter().filter(|track| track.current.is_none()).all(by_number);
    let stops = |finding: &&Finding| !(permits.lower && told && finding.rule == Rule::NoVersion);
    refuse(model.findings.iter().filter(stops))?;
    match survey.missing.first() {
        Some(message) => {
            Err(Failure::world(message.clone()).hint("a bump moves all repositories or none: clone it there first"))
        }
        None => Ok(()),
    }
}

/// Findings as one refusal.
pub(super) fn refuse<'f>(findings: impl Iterator<Item = &'f Finding>) -> Result<(), Failure> {
    let failures = findings.map(|finding| Failure {
        exit: finding.rule.exit().unwrap_or(Exit::Usage),
        hint: finding.hint.clone(),
        ..Failure::usage(finding.message.clone()).at(finding.place.clone())
    });
    let mut failures: Vec<Failure> = failures.collect();
    // One exit code for all of them: what may be gone the next time can't be told from here.
    let exit = failures.iter().map(|failure| failure.exit).max_by_key(|exit| *exit as u8);
    if let (Some(first), Some(exit)) = (failures.first_mut(), exit) {
        first.exit = exit;
    }
    Failure::all(failures)
}

fn refuse_drift(survey: &Survey<'_>, bump: &Bump) -> Result<(), Failure> {
    let failure = |drift: &check::Drift| {
        let text = survey.text(survey.model.sites[drift.site].file);
        let finding = check::drift_finding(&survey.model, drift, text.as_deref());
        let mut failure = Failure::world(finding.message).at(finding.place);
        failure.exit = Exit::Drift;
        failure
    };
    let mut failures: Vec<Failure> = bump.drifted.iter().map(failure).collect();
    if let Some(last) = failures.last_mut() {
        last.hint = Some("`cargo xtask check --fix` mends them; without `--strict` a bump writes them too".to_owned());
    }
    Failure::all(failures)
}

/// The command as it was typed, for who finds it unfinished.
fn purpose(context: &Context, texts: &[String]) -> String {
    let words = std::iter::once("bump").chain(texts.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    if context.shown == CONFIG { words } else { format!("{words} --config {}", context.shown) }
}

fn say_moves(context: &Context, survey: &Survey<'_>, bump: &Bump) {
    let (ui, model) = (context.ui, &survey.model);
    let moves = |drift: &&check::Drift| bump.writes.iter().any(|write| write.site == drift.site);
    for drift in bump.drifted.iter().filter(moves) {
        let text = survey.text(model.sites[drift.site].file);
        let finding = check::drift_finding(model, drift, text.as_deref());
        ui.warn(&format!(
            "{}: said `{}`, not `{}`: it moves too",
            finding.place, model.sites[drift.site].value, drift.wanted
        ));
    }
    for moved in &bump.moves {
        let from = moved.from.as_ref().map_or("?", |from| from.as_str());
        let why = moved.follows.map(|leader| format!("  (with {})", model.tracks[leader].name)).unwrap_or_default();
        let name = ui.paint_talk(Colour::Cyan, &model.tracks[moved.track].name);
        ui.say(&format!("{name} {from} → {}{why}", ui.paint_talk(Colour::Bold, moved.to.as_str())));
    }
}

/// A digest beside a tag names the old image, whatever the tag says.
fn warn_pinned(context: &Context, survey: &Survey<'_>, bump: &Bump) {
    for write in &bump.writes {
        let site = &survey.model.sites[write.site];
        let Some(text) = survey.text(site.file).filter(|text| is_beside(text, &site.span)) else { continue };
        let place = Place::span(survey.model.shown_path(site.file), &text, site.span.clone());
        context.ui.warn(&format!("{place}: the digest beside it still names the image before: write it by hand"));
    }
}

/// A version whose tag is there already can't be tagged again: better said before it is committed.
fn warn_taken(context: &Context, survey: &Survey<'_>, bump: &Bump) -> Result<()> {
    let model = &survey.model;
    for (repo, _) in model.project.repos.iter().enumerate() {
        let rule = |moved: &Move| &model.project.tracks[model.tracks[moved.track].rule];
        let tag = |moved: &Move| rule(moved).tag.as_ref()?.render(&model.tracks[moved.track].name, &moved.to).ok();
        let names: Vec<String> = bump.moves.iter().filter(|moved| rule(moved).repo == repo).filter_map(tag).collect();
        let Some(git) = survey.git(repo).filter(|_| !names.is_empty()) else { continue };
        for taken in git.tags()?.iter().filter(|taken| names.contains(&taken.name)) {
            context.ui.warn(&format!("the tag `{}` exists already: this version has been released", taken.name));
        }
    }
    Ok(())
}

fn bump_json(model: &Model<'_>, bump: &Bump, dry: bool) -> Json {
    let moved = |moved: &Move| {
        Json::Map(vec![
            ("track", model.tracks[moved.track].name.as_str().into()),
            ("from", moved.from.as_ref().map(|from| from.as_str().to_owned()).into()),
            ("to", moved.to.as_str().into()),
            ("with", moved.follows.map(|leader| model.tracks[leader].name.clone()).into()),
        ])
    };
    let write = |write: &bump::Write| {
        let site = &model.sites[write.site];
        let entry = model.entry(site);
        Json::Map(vec![
            ("path", model.shown_path(site.file).into()),
            ("locator", format!("{}.{}", entry.format.name(), entry.locator).into()),
            ("from", site.value.as_str().into()),
            ("to", write.wanted.as_str().into()),
            ("drifted", bump.drifted.iter().any(|drift| drift.site == write.site).into()),
        ])
    };
    Json::Map(vec![
        ("format", 1usize.into()),
        ("dry_run", dry.into()),
        ("moves", Json::List(bump.moves.iter().map(moved).collect())),
        ("writes", Json::List(bump.writes.iter().map(write).collect())),
    ])
}
