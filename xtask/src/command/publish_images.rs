//! `publish-images`: the images of the versions that the remotes have, built from their tags, to all their registries.
//! What is there already is left.

use anyhow::Result;
use clap::ArgMatches;

use super::published::{Published, chosen, named};
use super::{Outcome, publish};
use crate::context::Context;
use crate::release::Ground;
use crate::release::plan::Plan;
use crate::release::plan::images::Setting;
use crate::resolve::release::Image;
use crate::step::Step;
use crate::ui::count;

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open(context)?;
    if !arguments.get_flag("dry-run") {
        ground.remotes.hold()?;
    }
    let names: Vec<&String> = arguments.get_many::<String>("image").unwrap_or_default().collect();
    let is_ours = |image: &Image| match image.build.is_some() || image.promote {
        true => Ok(()),
        false => Err("is built by others: it has no `dockerfile`".to_owned()),
    };
    let images = chosen(&ground.project, &names, is_ours)?;
    let version = arguments.get_one::<String>("version");
    let version = version.map(|text| named(&ground.project, text, None)).transpose()?;
    let published = Published::look(context, &ground, version.as_ref())?;
    let moves = published.moves(&images)?;
    let tagged = published.tagged(&moves)?;
    let mut setting = Setting::new(&ground.project, &moves, &published.versions, &tagged);
    let mut seconds = 0;
    for image in &images {
        let prepared = published.commit(image)?;
        seconds = prepared.iter().map(|prepared| prepared.seconds).fold(seconds, u64::max);
        setting.image(image, prepared.as_slice())?;
    }
    setting.builder();
    let plan = plan(&ground, &images, setting);
    publish::run(context, &ground, arguments, (&plan, seconds, &count(images.len(), "image")))
}

/// Logins first, then what builds, then all builds, then the names, then the channels.
pub(super) fn plan(ground: &Ground, images: &[&Image], setting: Setting<'_>) -> Plan {
    let (steps, left_out) = (setting.steps, setting.left_out);
    let own = |host: &str| {
        let image = images.iter().find(|image| image.registries.iter().any(|registry| registry == host))?;
        Some(Some(image.name.clone()))
    };
    let mut phases = vec![publish::logins(ground, &own), Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for (id, step) in steps {
        let phase = match &step {
            Step::Builder(_) => 1,
            Step::Name(_) => 3,
            Step::Channel(_) => 4,
            _ => 2,
        };
        phases[phase].push((id, step));
    }
    publish::phased(phases, left_out)
}
