//! `check`: do all places say what they must? `--fix` makes them.

mod history;

use std::collections::BTreeSet;

use anyhow::Result;
use clap::ArgMatches;

use super::writing;
use super::{Context, Outcome};
use crate::charts;
use crate::error::{Exit, Failure};
use crate::finding::{Finding, Rule};
use crate::model::Model;
use crate::plan::bump::Write;
use crate::plan::check::{self, Verdict};
use crate::plan::images::{self, Named};
use crate::plan::{self, strays};
use crate::reference::ImageReference;
use crate::report::{self, Form};
use crate::resolve::Project;
use crate::rewrite;
use crate::step::wait_image::missing;
use crate::survey::{Source, Survey, survey};
use crate::tools::docker::{self, Image};
use crate::ui::{Colour, count};

/// The command in the words of a person, for who finds it unfinished.
const FIX: &str = "check --fix";

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let source = match arguments.get_one::<String>("rev") {
        Some(rev) => Source::Rev(rev.clone()),
        None if arguments.get_flag("staged") => Source::Index,
        None => Source::Work,
    };
    let form = arguments.get_one::<String>("format").and_then(|name| Form::parse_name(name)).unwrap_or(Form::Text);
    if arguments.get_flag("history") {
        return history::run(context, arguments, form);
    }
    if arguments.get_flag("fix") {
        writing::recover(context, FIX)?;
    }
    let project = source.project(context)?;
    if arguments.get_flag("fix") {
        return fix(context, &project);
    }
    let also = Also { strays: arguments.get_flag("strays"), images: arguments.get_flag("images") };
    look(context, &project, &source, form, also)
}

/// What is looked for beyond the places that must agree.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Also {
    strays: bool,
    images: bool,
}

/// Looks at a tree and reports.
pub(super) fn look(context: &Context, project: &Project, source: &Source, form: Form, also: Also) -> Result<Outcome> {
    if *source == Source::Work {
        writing::warn_unfinished(context)?;
    }
    let survey = survey(context, project, source, false)?;
    warn_missing(context, &survey);
    let verdict = check::check(&survey.model, context.today);
    let mut findings = place_all(&survey, verdict.findings.clone(), &verdict);
    if let Source::Rev(rev) = source
        && context.git()?.tag_exists(rev.trim_start_matches("refs/tags/"))?
    {
        findings.extend(check::tag_findings(&survey.model, rev.trim_start_matches("refs/tags/")));
    }
    if *source == Source::Work {
        findings.extend(chart_versions(&survey)?);
    }
    if also.images {
        findings.extend(ask_registries(context, &survey)?);
    }
    if also.strays {
        findings.extend(strays::find(&survey.model, &survey.mentioning_files()?));
    }
    Ok(finish(context, form, source, &survey.model, &verdict, &findings))
}

/// What a look at the work tree finds, in one line.
pub(super) fn in_one_line(context: &Context) -> Result<String> {
    let project = context.project()?;
    let survey = survey(context, &project, &Source::Work, false)?;
    let verdict = check::check(&survey.model, context.today);
    let findings = place_all(&survey, verdict.findings.clone(), &verdict);
    let compared = format!("{} in {}", count(verdict.compared, "place"), count(survey.model.files.len(), "file"));
    Ok(match findings.split_first() {
        None => format!("`cargo xtask check`: consistent, {compared}"),
        Some((first, more)) => {
            let more = if more.is_empty() { String::new() } else { format!(", and {} more", more.len()) };
            format!("`cargo xtask check`: {compared}: {}: {}{more}", first.place, first.message)
        }
    })
}

/// The charts that changed since the tag of the version that they still have. Where there is no such tag, nobody can
/// have published the version, and nothing is asked.
fn chart_versions(survey: &Survey<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let charts = plan::charts::tagged(&survey.model);
    for group in charts.chunk_by(|one, other| one.repo == other.repo) {
        let Some(git) = survey.git(group[0].repo) else { continue };
        let tags = git.tags()?;
        for chart in group {
            if let Some(tag) = tags.iter().find(|tag| tag.name == chart.tag) {
                findings.extend(charts::unmoved(&survey.model, chart, git, &tag.target, None)?);
            }
        }
    }
    Ok(findings)
}

/// The images that the tree names and that aren't in their registries. Each is asked for once, however often it is named.
fn ask_registries(context: &Context, survey: &Survey<'_>) -> Result<Vec<Finding>> {
    let (named, mut findings) = images::named(&survey.model, &|file| survey.text(file));
    let asked: BTreeSet<(&ImageReference, bool)> =
        named.iter().map(|image| (&image.reference, image.plain_http)).collect();
    let asked: Vec<_> = asked.into_iter().collect();
    let answers = docker::images(&context.root, &asked)?;
    context.ui.say(&format!("{} asked for in the registries", count(asked.len(), "image")));
    for image in &named {
        let answer = asked.iter().position(|(reference, _)| **reference == image.reference).map(|at| &answers[at]);
        findings.extend(answer.and_then(|answer| image_finding(image, answer)));
    }
    Ok(findings)
}

fn image_finding(image: &Named, answer: &Image) -> Option<Finding> {
    let reference = &image.reference;
    let (rule, message, hint) = match answer {
        Image::Found { platforms, .. } => {
            let message = format!("`{reference}` isn't complete: {}", missing(&image.platforms, platforms)?);
            (
                Rule::NoImage,
                message,
                "build it for every platform of its `[[image]]`, or take the platform out there".to_owned(),
            )
        }
        Image::Absent => {
            let hint = "build and push it, or name an image that is there".to_owned();
            (Rule::NoImage, format!("`{reference}` isn't in its registry"), hint)
        }
        Image::Unknown(words) => {
            let hint = docker::unknown_hint(reference.host(), words);
            (Rule::UnknownImage, format!("it can't be told whether `{reference}` is there: {words}"), hint)
        }
    };
    Some(Finding { rule, place: image.place.clone(), message, hint: Some(hint) })
}

fn warn_missing(context: &Context, survey: &Survey<'_>) {
    for missing in &survey.missing {
        context.ui.warn(&format!("{missing}; its manifests aren't checked"));
    }
}

/// Findings of the whole, then each drift at its place.
fn place_all(survey: &Survey<'_>, mut findings: Vec<Finding>, verdict: &Verdict) -> Vec<Finding> {
    for drift in &verdict.drifts {
        let text = survey.text(survey.model.sites[drift.site].file);
        findings.push(check::drift_finding(&survey.model, drift, text.as_deref()));
    }
    findings
}

/// The first place decides. Where it can't be looked at, or says no version, the next one must not decide for it.
fn refuse_doubt(survey: &Survey<'_>, verdict: &Verdict) -> Result<(), Failure> {
    if let (Some(missing), false) = (survey.missing.first(), verdict.drifts.is_empty()) {
        return Err(Failure::world(missing.clone()).hint("what its places say may decide: clone it there first"));
    }
    let model = &survey.model;
    let before = |drift: &&check::Drift| {
        let deciding = |track: usize| model.tracks[track].current.as_ref().map(|(_, site)| *site);
        model.site_tracks(&model.sites[drift.site]).into_iter().filter_map(deciding).any(|site| drift.site < site)
    };
    let Some(drift) = verdict.drifts.iter().find(before) else { return Ok(()) };
    let text = survey.text(model.sites[drift.site].file);
    let place = check::drift_finding(model, drift, text.as_deref()).place;
    let (value, template) = (&model.sites[drift.site].value, &model.entry(&model.sites[drift.site]).template);
    let message = format!("`{value}` should decide, and is not `{template}`");
    Err(Failure::world(message).at(place).hint("mend this place by hand, or give it another template or rank"))
}

/// Writes what the places must say; what else is wrong is reported as ever.
fn fix(context: &Context, project: &Project) -> Result<Outcome> {
    let survey = survey(context, project, &Source::Work, true)?;
    warn_missing(context, &survey);
    writing::refuse_conflicts(&survey)?;
    let verdict = check::check(&survey.model, context.today);
    if verdict.findings.iter().any(|finding| matches!(finding.rule.exit(), Some(Exit::Usage | Exit::Tool))) {
        // The lost place may be the one that says the version: the next best one must not be written everywhere.
        context.ui.say("nothing is fixed: first everything that the configuration names must be found");
        let findings = place_all(&survey, verdict.findings.clone(), &verdict);
        return Ok(finish(context, Form::Text, &Source::Work, &survey.model, &verdict, &findings));
    }
    refuse_doubt(&survey, &verdict)?;
    let writes: Vec<Write> =
        verdict.drifts.iter().map(|drift| Write { site: drift.site, wanted: drift.wanted.clone() }).collect();
    let changes = rewrite::prepare(&survey, &writes)?;
    context.ui.data(&rewrite::diff(context.ui, &changes));
    let written = changes.len();
    writing::write(context, changes, FIX)?;
    if written > 0 {
        context.ui.say(&format!("fixed {} in {}", count(writes.len(), "place"), count(written, "file")));
    }
    let fixed = Verdict { drifts: Vec::new(), ..verdict };
    Ok(finish(context, Form::Text, &Source::Work, &survey.model, &fixed, &fixed.findings))
}

fn finish(
    context: &Context,
    form: Form,
    source: &Source,
    model: &Model<'_>,
    verdict: &Verdict,
    findings: &[Finding],
) -> Outcome {
    let version = |track: &crate::model::Track| track.current.as_ref().map(|(version, _)| version.as_str().to_owned());
    let tracks: Vec<(String, Option<String>)> =
        model.tracks.iter().map(|track| (track.name.clone(), version(track))).collect();
    context.ui.data(&report::render(form, findings, &tracks));
    if form == Form::Text {
        say_verdict(context, model, verdict, findings);
        let doubt = || check::agreements(model, verdict).iter().any(doubtful);
        if let Some(hint) = mend(source).filter(|_| !verdict.drifts.is_empty() && !doubt()) {
            context.ui.say(&format!("hint: {hint}"));
        }
    }
    report::exit(findings).map_or(Outcome::Done, Outcome::Found)
}

/// The last word, for a person: what was compared, what disagrees, by whose word, and what to do.
fn say_verdict(context: &Context, model: &Model<'_>, verdict: &Verdict, findings: &[Finding]) {
    let ui = context.ui;
    let allowed =
        if verdict.allowed > 0 { format!(", {} allowed to disagree", verdict.allowed) } else { String::new() };
    let compared = format!("{} in {}{allowed}", count(verdict.compared, "place"), count(model.files.len(), "file"));
    let hints = findings.iter().filter(|finding| finding.rule.exit().is_none()).count();
    let strays = if hints > 0 { format!("; {}", count(hints, "stray")) } else { String::new() };
    if hints == findings.len() {
        return ui.say(&format!("{}: {compared}{strays}", ui.paint_talk(Colour::Green, "consistent")));
    }
    for (track, agreement) in model.tracks.iter().zip(check::agreements(model, verdict)) {
        let Some((version, site)) = track.current.as_ref().filter(|_| agreement.agree < agreement.places) else {
            continue;
        };
        let stated = model.shown_path(model.sites[*site].file);
        ui.say(&format!(
            "`{}` is {version} by {stated}; {} of {} places agree",
            track.name, agreement.agree, agreement.places
        ));
        if doubtful(&agreement) {
            ui.say(&format!("hint: most places disagree: is {stated} the one that is wrong?"));
        }
    }
    let found = count(findings.len() - hints, "finding");
    ui.say(&format!("{}: {compared}{strays}", ui.paint_talk(Colour::Red, &found)));
}

/// Do most places say something else than the first? Then the first is perhaps the one to mend.
fn doubtful(agreement: &check::Agreement) -> bool {
    agreement.agree * 2 < agreement.places
}

/// How drift is mended in this tree. A commit stays as it is.
fn mend(source: &Source) -> Option<&'static str> {
    match source {
        Source::Work => Some("`cargo xtask check --fix` writes what they must say"),
        Source::Index => Some("`cargo xtask check --fix` writes what they must say; then `git add` the files"),
        Source::Rev(_) | Source::Heads | Source::Tips(_) => None,
    }
}
