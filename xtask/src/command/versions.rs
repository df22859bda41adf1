//! `versions`: the tracks, their versions in every spelling, and how many places agree.

use anyhow::Result;
use clap::ArgMatches;

use super::{Context, Outcome};
use crate::json::Json;
use crate::model::{Model, Track};
use crate::plan::check;
use crate::report;
use crate::survey::{Source, survey};
use crate::ui::Colour;
use crate::version::dialect::Dialect;

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    super::writing::warn_unfinished(context)?;
    let project = context.project()?;
    let survey = survey(context, &project, &Source::Work, false)?;
    let model = &survey.model;
    let verdict = check::check(model, context.today);
    let agreements = check::agreements(model, &verdict);
    if arguments.get_one::<String>("format").is_some_and(|form| form == "json") {
        let tracks = model
            .tracks
            .iter()
            .zip(&agreements)
            .map(|(track, agreement)| track_json(model, track, agreement))
            .collect();
        context.ui.data(&(Json::Map(vec![("format", 1usize.into()), ("tracks", Json::List(tracks))]).render() + "\n"));
    } else {
        let rows: Vec<[String; 3]> =
            model.tracks.iter().zip(&agreements).map(|(track, agreement)| row(context, track, agreement)).collect();
        context.ui.data(&table(&rows));
        for finding in &model.findings {
            context.ui.warn(&format!("{}: {}", finding.place, finding.message));
        }
    }
    Ok(report::exit(&model.findings).map_or(Outcome::Done, Outcome::Found))
}

fn row(context: &Context, track: &Track, agreement: &check::Agreement) -> [String; 3] {
    let version = track.current.as_ref().map_or("unknown".to_owned(), |(version, _)| version.as_str().to_owned());
    let spellings = spellings(track).into_iter().map(|(dialect, text)| format!("{dialect} {text}")).collect::<Vec<_>>();
    let mut more = format!("{} of {} places agree", agreement.agree, agreement.places);
    if !spellings.is_empty() {
        more.push_str(&format!("  ({})", spellings.join(", ")));
    }
    [context.ui.paint(Colour::Cyan, &track.name), context.ui.paint(Colour::Bold, &version), more]
}

/// The dialects that spell this version otherwise than it is written.
fn spellings(track: &Track) -> Vec<(&'static str, String)> {
    let Some((version, _)) = &track.current else { return Vec::new() };
    let spelled = |dialect: &Dialect| {
        dialect.render(version).ok().filter(|text| text != version.as_str()).map(|text| (dialect.name(), text))
    };
    Dialect::ALL.iter().filter_map(spelled).collect()
}

fn track_json(model: &Model<'_>, track: &Track, agreement: &check::Agreement) -> Json {
    let current = track.current.as_ref();
    let rule = &model.project.tracks[track.rule];
    let spell = |dialect: &Dialect| {
        (dialect.name().to_owned(), current.and_then(|(version, _)| dialect.render(version).ok()).into())
    };
    let stated = current.map(|(_, site)| model.shown_path(model.sites[*site].file));
    Json::Map(vec![
        ("name", track.name.as_str().into()),
        ("family", rule.family.then(|| rule.name.clone()).into()),
        ("version", current.map(|(version, _)| version.as_str().to_owned()).into()),
        ("stated_in", stated.into()),
        ("places", agreement.places.into()),
        ("agree", agreement.agree.into()),
        ("spellings", Json::Named(Dialect::ALL.iter().map(spell).collect())),
    ])
}

/// Columns as wide as their widest cell; escapes of colour are the same in every row.
fn table(rows: &[[String; 3]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    rows.iter().map(|[a, b, c]| format!("{a:first$}  {b:second$}  {c}").trim_end().to_owned() + "\n").collect()
}
