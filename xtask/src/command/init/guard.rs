//! Holds a proposal against the tree before anybody sees it: what `check` would call drift though nobody meant it, and what
//! a bump would refuse.

use std::ops::Range;

use anyhow::Result;

use crate::context::Context;
use crate::finding::Rule;
use crate::model::{Model, Site};
use crate::plan::init::Doubt;
use crate::plan::{check, rehearse};
use crate::resolve::Project;
use crate::rewrite;
use crate::survey::{Source, Survey, survey};
use crate::version::Date;

/// What is looked for in a proposal.
pub(super) type Look = fn(&Context, &Project) -> Result<Vec<Doubt>>;

/// The places of this repository that can't stay as the project names them.
pub(super) fn doubts(context: &Context, project: &Project) -> Result<Vec<Doubt>> {
    let survey = survey(context, project, &Source::Work, true)?;
    let mut doubts = drifts(context, &survey);
    doubts.extend(refused(&survey, context.today));
    Ok(doubts)
}

/// The same, without what only says something else than it must.
pub(super) fn refusals(context: &Context, project: &Project) -> Result<Vec<Doubt>> {
    Ok(refused(&survey(context, project, &Source::Work, true)?, context.today))
}

fn drifts(context: &Context, survey: &Survey<'_>) -> Vec<Doubt> {
    let model = &survey.model;
    let drifts = check::check(model, context.today).drifts;
    drifts.iter().filter_map(|drift| doubt(model, drift.site, None)).collect()
}

/// A site of this repository in doubt.
fn doubt(model: &Model<'_>, site: usize, refused: Option<String>) -> Option<Doubt> {
    let site = &model.sites[site];
    doubt_at(model, site.file, Some(site.span.clone()), refused)
}

fn doubt_at(model: &Model<'_>, file: usize, span: Option<Range<usize>>, refused: Option<String>) -> Option<Doubt> {
    let file = &model.files[file];
    (file.repo == 0).then(|| Doubt { path: file.path.clone(), span, refused })
}

/// What stops a bump: first what makes any impossible, then the places that the next one couldn't write.
fn refused(survey: &Survey<'_>, today: Date) -> Vec<Doubt> {
    let model = &survey.model;
    let mut doubts = claimed(model);
    doubts.extend((0..model.sites.len()).filter_map(|site| unsaid(model, site)));
    doubts.extend(unread(model));
    if doubts.is_empty() {
        doubts.extend(unwritable(survey, today));
    }
    doubts
}

/// Of two locators that claim one place the later one.
fn claimed(model: &Model<'_>) -> Vec<Doubt> {
    let later = |(one, other): (usize, usize)| {
        let reason = String::from("another locator names a part of it already");
        doubt(model, one.max(other), Some(reason))
    };
    model.two_claims().into_iter().filter_map(later).collect()
}

/// A place of a number that nothing says, or that two tracks answer to.
fn unsaid(model: &Model<'_>, index: usize) -> Option<Doubt> {
    let site = &model.sites[index];
    let unknown =
        |site: &Site| model.entry(site).template.slots().any(|slot| model.slot_track(site, &slot.track).is_none());
    let why = |track: usize| {
        let name = &model.tracks[track].name;
        let twice = model.tracks.iter().filter(|other| other.name == *name).count() > 1;
        match &model.tracks[track].current {
            None => Some(format!("no place says the version of `{name}`")),
            Some(_) => twice.then(|| format!("two tracks are called `{name}`")),
        }
    };
    let reason = match unknown(site) {
        true => Some(String::from("no track counts its number")),
        false => model.site_tracks(site).into_iter().find_map(why),
    };
    doubt(model, index, Some(reason?))
}

/// The files in which a locator hits nothing, or not as often as it says, or that can't be read.
fn unread(model: &Model<'_>) -> Vec<Doubt> {
    let of_a_file = |rule| matches!(rule, Rule::NoHit | Rule::HitCount | Rule::Unreadable | Rule::ReadFailed);
    let findings = model.findings.iter().filter(|finding| of_a_file(finding.rule));
    let file = |path: &String| (0..model.files.len()).find(|file| model.shown_path(*file) == *path);
    let found = findings.filter_map(|finding| Some((file(&finding.place.path)?, finding.message.clone())));
    found.filter_map(|(file, message)| doubt_at(model, file, None, Some(message))).collect()
}

/// The places that would not take the next version.
fn unwritable(survey: &Survey<'_>, today: Date) -> Vec<Doubt> {
    let model = &survey.model;
    let (writes, unsayable) = rehearse::rehearse(model, today);
    let reason = || Some(String::from("a bump could not write it"));
    let mut doubts: Vec<Doubt> = unsayable.into_iter().filter_map(|site| doubt(model, site, reason())).collect();
    for (file, offset) in rewrite::refused(survey, &writes) {
        let here = |site: &&Site| offset.is_some_and(|at| site.span.contains(&at));
        let span = model.file_sites(file).map(|site| &model.sites[site]).find(here).map(|site| site.span.clone());
        doubts.extend(doubt_at(model, file, span, reason()));
    }
    doubts
}
