//! Past releases for people and programs: the tags that disagree with their trees, and the places that were forgotten.

use super::Form;
use crate::error::Place;
use crate::finding::{Finding, Rule};
use crate::json::Json;
use crate::plan::past_releases::{Behind, History, Release, Run, behind};
use crate::resolve::Project;
use crate::ui::{count, visible};

/// The whole past as one text. Forges get one note a place, at the place: nothing can be mended at a tag.
pub fn render(form: Form, history: &History, project: &Project) -> String {
    match form {
        Form::Text => visible(&(render_tags(history, project) + &render_places(history)), false),
        Form::Json => render_json(history, project).render() + "\n",
        Form::Github | Form::Sarif => super::render(form, &findings(history), &[]),
    }
}

// ---- for people ----

fn render_tags(history: &History, project: &Project) -> String {
    let drifted: Vec<&Release> = history.releases.iter().filter(|release| !release.agrees()).collect();
    let names: Vec<String> = drifted.iter().map(|release| shown(release, project)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().min(40);
    let line = |(name, release): (&String, &&Release)| {
        let agree = release.places.iter().filter(|place| place.agrees()).count();
        let all = count(release.places.len(), "place");
        format!("{name:width$}  {agree} of {all} agree: {}\n", says(release))
    };
    names.iter().zip(&drifted).map(line).collect()
}

/// The tag, with its repository's name before it in another one.
fn shown(release: &Release, project: &Project) -> String {
    project.repos[release.tag.repo].show(&release.tag.name)
}

/// `vmalert.spec says 1.104.0; README.md and 3 more say v1.103.0`
fn says(release: &Release) -> String {
    const MOST: usize = 3;
    let mut values: Vec<(&str, Vec<&str>)> = Vec::new();
    for place in release.drifts() {
        match values.iter_mut().find(|(value, _)| *value == place.says) {
            Some((_, paths)) if paths.contains(&&*place.path) => {}
            Some((_, paths)) => paths.push(&place.path),
            None => values.push((&place.says, vec![&place.path])),
        }
    }
    let words = |(value, paths): &(&str, Vec<&str>)| {
        let value = if value.is_empty() { "nothing" } else { value };
        match paths.as_slice() {
            [path] => format!("{path} says {value}"),
            [path, other] => format!("{path} and {other} say {value}"),
            [path, others @ ..] => format!("{path} and {} more say {value}", others.len()),
            [] => String::new(),
        }
    };
    let mut parts: Vec<String> = values.iter().take(MOST).map(words).collect();
    if values.len() > MOST {
        parts.push(format!("{} more", count(values.len() - MOST, "value")));
    }
    let nowhere = if release.stated { String::new() } else { format!("none says {}; ", release.version) };
    nowhere + &parts.join("; ")
}

fn render_places(history: &History) -> String {
    let places = behind(history);
    let lines: Vec<(String, String)> = places.iter().map(|one| (name(one, &places), story(one))).collect();
    let width = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().min(60);
    let text: String = lines.iter().map(|(name, story)| format!("{name:width$}  {story}\n")).collect();
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// The file; with the member of a family and the locator where there are other stories of the same file.
fn name(one: &Behind, all: &[Behind]) -> String {
    let same_file = || all.iter().filter(|other| other.path == one.path);
    let track =
        if same_file().all(|other| other.track == one.track) { String::new() } else { format!(" ({})", one.track) };
    let alone = same_file().filter(|other| other.track == one.track).count() == 1;
    let locators = if alone { String::new() } else { format!(" {}", one.locators.join(", ")) };
    format!("{}{locators}{track}", one.path)
}

/// `behind in 1.100.0 … 1.105.0 (6 of 30 releases, 181 days)`
pub fn story(one: &Behind) -> String {
    const MOST: usize = 3;
    let run = |run: &Run| match run.versions.as_slice() {
        [first, _, .., last] => format!("{first} … {last}"),
        versions => versions.join(", "),
    };
    let newest: Vec<String> = one.runs.iter().skip(one.runs.len().saturating_sub(MOST)).map(run).collect();
    let more = match one.runs.len().saturating_sub(MOST) {
        0 => String::new(),
        1 => " and once before".to_owned(),
        more => format!(" and {more} times before"),
    };
    let runs = newest.join(", ") + &more;
    let of = match one.compared {
        1 => "the only release".to_owned(),
        all if all == one.releases() => format!("all {all} releases"),
        all => format!("{} of {all} releases", one.releases()),
    };
    let days = match usize::try_from(one.days()).unwrap_or_default() {
        0 => String::new(),
        days => format!(", {}", count(days, "day")),
    };
    let still = if one.is_still() { ", still" } else { "" };
    format!("{} in {runs} ({of}{days}{still})", one.word())
}

// ---- for programs ----

/// One note for each place that was ever forgotten.
fn findings(history: &History) -> Vec<Finding> {
    let finding = |one: Behind| Finding {
        rule: Rule::PastDrift,
        place: Place::file(&one.path),
        message: format!("`{}`: {}", one.locators.join("`, `"), story(&one)),
        hint: None,
    };
    behind(history).into_iter().map(finding).collect()
}

fn render_json(history: &History, project: &Project) -> Json {
    let names = |names: &[String]| Json::List(names.iter().map(|name| name.as_str().into()).collect());
    let skipped = Json::Map(vec![
        ("no_version", history.no_version.into()),
        ("not_yet", history.not_yet.into()),
        ("older", history.older.into()),
        ("no_commit", history.no_commit.into()),
        ("missing", names(&history.gone)),
    ]);
    let place = |one: Behind| {
        let tags: Vec<String> = one.runs.iter().flat_map(|run| run.tags.clone()).collect();
        Json::Map(vec![
            ("path", one.path.as_str().into()),
            ("locators", names(&one.locators)),
            ("track", one.track.as_str().into()),
            ("tags", names(&tags)),
            ("compared", one.compared.into()),
            ("days", usize::try_from(one.days()).unwrap_or_default().into()),
            ("still", one.is_still().into()),
        ])
    };
    Json::Map(vec![
        ("format", 1usize.into()),
        ("consistent", (history.agree() == history.releases.len()).into()),
        ("agree", history.agree().into()),
        ("tags", Json::List(history.releases.iter().map(|release| release_json(release, project)).collect())),
        ("places", Json::List(behind(history).into_iter().map(place).collect())),
        ("skipped", skipped),
    ])
}

fn release_json(release: &Release, project: &Project) -> Json {
    let drift = |place: &crate::plan::past_releases::Place| {
        Json::Map(vec![
            ("path", place.path.as_str().into()),
            ("locator", place.locator.as_str().into()),
            ("says", place.says.as_str().into()),
            ("wanted", place.wanted.as_str().into()),
        ])
    };
    Json::Map(vec![
        ("tag", release.tag.name.as_str().into()),
        ("repo", project.repos[release.tag.repo].name.as_str().into()),
        ("track", release.track.as_str().into()),
        ("version", release.version.as_str().into()),
        ("stated", release.stated.into()),
        ("config", if release.tag.own { "its own" } else { "today's" }.into()),
        ("places", release.places.len().into()),
        ("absent", release.absent.into()),
        ("drift", Json::List(release.drifts().map(drift).collect())),
    ])
}
