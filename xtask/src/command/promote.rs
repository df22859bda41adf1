//! `promote`: the digests of a candidate's images get the names of its version, in every registry. Nothing is built.

use anyhow::Result;
use clap::ArgMatches;

use super::publish_images::plan;
use super::published::{Published, chosen, named};
use super::{Outcome, publish};
use crate::context::Context;
use crate::error::Failure;
use crate::plan::images::leading;
use crate::release::Ground;
use crate::release::facts::Moved;
use crate::release::plan::images::Setting;
use crate::resolve::release::Image;
use crate::ui::count;
use crate::version::{Part, Version};

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open(context)?;
    if !arguments.get_flag("dry-run") {
        ground.remotes.hold()?;
    }
    let project = &ground.project;
    let text = |name: &str| arguments.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let from = named(project, text("from"), None)?;
    let to = named(project, text("to"), Some(&from.rule.name))?;
    let track = &from.rule.name;
    if to.rule.name != *track {
        let failure = Failure::usage(format!("`{track}` and `{}` are two tracks", to.rule.name));
        return Err(failure.hint("both versions are of the same one").into());
    }
    if from.version == to.version {
        let failure = Failure::usage(format!("`{}` is promoted to itself", from.version));
        return Err(failure.hint("name the candidate, then the version, as in `promote 1.28.0-rc.2 1.28.0`").into());
    }
    if !from.version.is_candidate_of(&to.version) {
        return Err(no_candidate(&from.version, &to.version).into());
    }
    let names: Vec<&String> = arguments.get_many::<String>("image").unwrap_or_default().collect();
    let is_of = |image: &Image| match leading(project, image) {
        Some(own) if own == track => Ok(()),
        own => Err(format!("is of the track `{}`, not of `{track}`", own.unwrap_or_default())),
    };
    let images = chosen(project, &names, is_of)?;
    let mut published = Published::look(context, &ground, None)?;
    let prepared = published.released(&to)?;
    published.versions.insert(track.clone(), to.version.clone());
    let moves = vec![Moved { track: track.clone(), from: Some(from.version.clone()), to: to.version.clone() }];
    let tagged = published.tagged(&moves)?;
    let mut setting = Setting::new(project, &moves, &published.versions, &tagged);
    for image in &images {
        setting.promote(image, &from.version, prepared.as_slice())?;
    }
    let plan = plan(&ground, &images, setting);
    publish::run(context, &ground, arguments, (&plan, 0, &count(images.len(), "image")))
}

/// Why images of a version don't become those of another one.
fn no_candidate(from: &Version, to: &Version) -> Failure {
    let failure = Failure::world(format!("`{from}` is no candidate of `{to}`"));
    match from.part(Part::Release).filter(|_| from.is_prerelease()) {
        Some(release) => failure.hint(format!("its version is `{release}`")),
        None => failure.hint(format!("`{from}` is itself a version: name a candidate, as in `promote {to}-rc.1 {to}`")),
    }
}
