//! `notes`: what changed since the last release, for a person to write from.

use std::path::PathBuf;

use anyhow::Result;
use clap::ArgMatches;

use super::pulls::told;
use super::sight::{Named, Sight, leader, own_subject, versions};
use super::{Context, Outcome, Place};
use crate::error::Failure;
use crate::fsx;
use crate::json::Json;
use crate::model::Model;
use crate::plan::changelog::{PLACEHOLDER, why_unwritten};
use crate::plan::history::short;
use crate::plan::notes::{self, Gathered, Notes};
use crate::release::Ground;
use crate::release::plan::fill;
use crate::resolve::Project;
use crate::ui::count;
use crate::version::Version;

/// From where to where, and for which version.
struct Range {
    from: Option<Named>,
    to: Named,
    version: Version,
    /// Where the notes of this version are written, by the configuration.
    file: Option<String>,
    /// Are they published by themselves, and not as a section of something?
    alone: bool,
}

/// What changed, as it is shown; and as it would be without the forge, which may not have answered the last time.
struct Found {
    notes: Notes,
    plain: Notes,
}

pub(super) fn run(place: &Place, arguments: &ArgMatches) -> Result<Outcome> {
    let context = &place.context()?;
    context.git()?;
    let ground = Ground::open(context)?;
    let mut sight = Sight::any(context, &ground)?;
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str);
    let range = range(context, &ground.project, &mut sight, text("from"), text("to"))?;
    let commits = sight.commits(range.from.as_ref(), &range.to)?;
    let list = notes::gather(&commits, &own_subject(&ground.project));
    let told = ground.project.release.forge.as_ref().map(|forge| told(context, forge, &list));
    let plain = list.into_notes();
    let found = Found { notes: told.map_or_else(|| plain.clone(), Gathered::into_notes), plain };
    let notes = &found.notes;
    let since = range.from.as_ref().map_or_else(|| "the beginning".to_owned(), |from| format!("`{}`", from.name));
    let undone = if notes.undone == 0 { String::new() } else { format!(", {} of them undone again", notes.undone) };
    let on = format!("`{}` at {}, {}", range.to.name, short(&range.to.oid), sight.shown);
    context.ui.say(&format!("{} since {since}{undone}, on {on}", count(notes.commits, "commit")));
    match text("format") {
        Some("json") => context.ui.data(&(json(&range, notes).render() + "\n")),
        Some("markdown") => context.ui.data(&range.markdown(notes)),
        _ if arguments.contains_id("write") => {}
        _ => context.ui.data(&notes::text(notes)),
    }
    if arguments.contains_id("write") {
        write(place, context, text("write").filter(|file| !file.is_empty()), &range, &found)?;
    }
    Ok(Outcome::Done)
}

impl Range {
    /// What a person begins with.
    fn markdown(&self, notes: &Notes) -> String {
        notes::markdown(notes, self.alone.then_some(self.version.as_str()))
    }
}

/// The last release and the branch that the next one is made on, unless others are named.
fn range(
    context: &Context,
    project: &Project,
    sight: &mut Sight<'_>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Range> {
    let line = sight.line(context)?;
    let survey = sight.survey(context, &line.oid, vec![None; project.repos.len().saturating_sub(1)])?;
    let model = &survey.model;
    let track = leader(model)?;
    let (cut, version) = match cut(project, sight, model, track) {
        Some((cut, version)) => (Some(cut), version),
        None => (None, next(context, model, track)?),
    };
    let last = sight.last_release(model, track).map(|(tag, _)| tag);
    if last.is_none() && from.is_none() {
        context.ui.say(&format!("`{}` has no tag yet of a version that was released", model.tracks[track].name));
    }
    let known = versions(model, &[(track, version.clone())]);
    let file = |template| fill(template, &known);
    let own = project.release.forge.as_ref().and_then(|forge| forge.notes.as_ref()).map(file).transpose()?;
    let section = project.release.changelog.as_ref().map(|changelog| file(&changelog.notes)).transpose()?;
    // Where both are wanted, the one that is missing.
    let is_there = |file: &String| fsx::is_there(&context.root.join(file));
    let alone = match (&own, &section) {
        (Some(own), Some(section)) => own == section || !is_there(own)? || is_there(section)?,
        (own, _) => own.is_some(),
    };
    let file = if alone { own } else { section };
    let to = match to {
        Some(rev) => named(context, sight, rev)?,
        None => cut.unwrap_or(line),
    };
    let from = match from {
        Some(rev) => Some(named(context, sight, rev)?),
        None => last,
    };
    Ok(Range { from, to, version, file, alone })
}

/// The release branch that is cut for the latest version, and that version.
fn cut(project: &Project, sight: &Sight<'_>, model: &Model<'_>, track: usize) -> Option<(Named, Version)> {
    let branching = project.release.branching.as_ref()?;
    let current = &model.tracks[track].current.as_ref()?.0;
    let name = &model.tracks[track].name;
    let version = |branch: &str| {
        let solved = branching.name.solve(branch)?;
        let (_, text) = solved.into_iter().find(|(slot, _)| slot.track == *name)?;
        let version = Version::parse(&text).ok()?;
        // A slot for a piece of the version says less than a version: only the whole one renders the same.
        let same = branching.name.render(|_| Some(&version)).is_ok_and(|again| again == branch);
        (same && version.compare(current).is_gt()).then_some(version)
    };
    let found = sight.branches().filter_map(|branch| Some((branch, version(branch)?)));
    let (branch, version) = found.max_by(|(_, one), (_, other)| one.compare(other))?;
    Some((sight.branch(branch)?, version))
}

/// The version that the leading track moves to by its own level.
fn next(context: &Context, model: &Model<'_>, track: usize) -> Result<Version, Failure> {
    let (name, rule) = (&model.tracks[track].name, &model.project.tracks[model.tracks[track].rule]);
    let Some((current, _)) = &model.tracks[track].current else {
        return Err(Failure::usage(format!("no place says the version of `{name}`"))
            .hint("`cargo xtask check` says why; `--from` and `--to` name commits"));
    };
    current
        .bump(&rule.bump, rule.scheme, context.today)
        .map_err(|error| Failure::usage(format!("`{name}`: {}", error.message)))
}

/// The commit that a person names: a tag or a branch of the remote, else whatever this clone knows.
fn named(context: &Context, sight: &mut Sight<'_>, rev: &str) -> Result<Named> {
    if let Some(found) = sight.tag(rev).or_else(|| sight.branch(rev)) {
        return Ok(found);
    }
    let git = context.git()?;
    let oid = git.resolve(rev).map_err(|_| {
        let shown = if sight.remote.is_some() { format!("`{}` nor here", sight.shown) } else { sight.shown.clone() };
        Failure::world(format!("`{}` is no tag, no branch and no commit, neither at {shown}", rev.escape_default()))
            .hint("`git tag` and `git branch -a` list what there is; `git fetch --tags` gets what is missing")
    })?;
    if !sight.git.has_object(&oid)? {
        sight.stay(git);
    }
    Ok(Named { name: rev.to_owned(), oid })
}

fn write(place: &Place, context: &Context, file: Option<&str>, range: &Range, found: &Found) -> Result<()> {
    let (path, shown): (PathBuf, String) = match (file, &range.file) {
        (Some(file), _) => (place.start.join(file), file.to_owned()),
        (None, Some(file)) => (context.root.join(file), file.clone()),
        (None, None) => {
            return Err(Failure::usage("no file for notes is configured")
                .hint("name one: `--write FILE`; or add `[changelog]` or `[forge]` to release.toml")
                .into());
        }
    };
    let new = range.markdown(&found.notes);
    if fsx::is_there(&path)? {
        let old = fsx::read_manifest(&path)?;
        if old == new {
            context.ui.say(&format!("`{shown}` is up to date, and still to be written by a person"));
            return Ok(());
        }
        refuse_written(&shown, &old, &(range.markdown(&found.plain) + &new))?;
        fsx::replace_file(&path, old.as_bytes(), new.as_bytes())?;
    } else {
        fsx::write_new(&path, new.as_bytes())?;
    }
    context
        .ui
        .say(&format!("wrote {shown}: replace its first line by what `{}` brings, and edit the list", range.version));
    Ok(())
}

/// What a person wrote is never overwritten: not the smallest word of it.
fn refuse_written(shown: &str, old: &str, new: &str) -> Result<(), Failure> {
    let ours = |line: &str| line.trim().is_empty() || new.lines().any(|known| known == line);
    let untouched = old.trim().is_empty() || old.lines().next() == Some(PLACEHOLDER) && old.lines().all(ours);
    if untouched {
        return Ok(());
    }
    let what = if why_unwritten(old).is_some() { "isn't as it was begun" } else { "holds what a person wrote" };
    Err(Failure::world(format!("`{shown}` {what}; it isn't overwritten"))
        .hint("without `--write` the list is only shown; `--write FILE` takes another file"))
}

fn json(range: &Range, notes: &Notes) -> Json {
    let named =
        |named: &Named| Json::Map(vec![("name", named.name.as_str().into()), ("commit", named.oid.as_str().into())]);
    let mut map = vec![
        ("format", 1usize.into()),
        ("version", range.version.as_str().into()),
        ("file", range.file.clone().into()),
        ("from", range.from.as_ref().map_or(Json::Null, named)),
        ("to", named(&range.to)),
    ];
    map.extend(notes::json(notes));
    Json::Map(map)
}
