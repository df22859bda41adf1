//! Images: built or waited for, named, and what of it is left out.

use std::cell::OnceCell;
use std::rc::Rc;

use super::{Given, fill};
use crate::error::Failure;
use crate::plan::images;
use crate::reference::ImageReference;
use crate::resolve::release::{BuildRule, Image};
use crate::step::build_image::{BuildImage, Recipe};
use crate::step::make_builder::MakeBuilder;
use crate::step::move_channel::MoveChannel;
use crate::step::name_image::NameImage;
use crate::step::prepared::Prepared;
use crate::step::take_candidate::TakeCandidate;
use crate::step::wait_image::WaitImage;
use crate::step::{Source, Step};
use crate::template::Template;
use crate::version::Version;

/// How many earlier versions an image that doesn't say its own is compared with.
const KNOWN: usize = 10;

/// Steps with their ids, and what isn't done with the reason.
type Steps = Vec<(String, Step)>;
type LeftOut = Vec<(String, String)>;

/// The steps of all images.
pub(super) fn steps(
    given: &Given<'_>,
    prepared: &[Rc<Prepared>],
    steps: &mut Steps,
    left_out: &mut LeftOut,
) -> Result<(), Failure> {
    let release = &given.project.release;
    let mut builds = false;
    for image in &release.images {
        let names = references(given, image, &image.tags)?;
        let Some(source) = source(given, image, prepared, &names, left_out)? else {
            wait(given, image, names, steps);
            continue;
        };
        let id = format!("build/{}{}", image.name, image.suffix);
        match &source {
            Source::Built(step) => {
                builds = true;
                steps.push((id, Step::Build(step.clone())));
            }
            Source::Candidate(step) => steps.push((id, Step::Candidate(step.clone()))),
        }
        for reference in names {
            let (plain_http, platforms) = (release.is_plain_http(reference.host()), image.platforms.clone());
            let id = format!("name/{reference}");
            steps.push((id, Step::Name(NameImage { source: source.clone(), reference, plain_http, platforms })));
        }
        channels(given, image, &source, steps, left_out)?;
    }
    if builds {
        let step = MakeBuilder { builder: release.builder.clone() };
        steps.push((format!("builder/{}", release.builder.name), Step::Builder(step)));
    }
    Ok(())
}

/// Images that others build.
fn wait(given: &Given<'_>, image: &Image, names: Vec<ImageReference>, steps: &mut Steps) {
    for reference in names {
        let (id, plain_http) = (format!("image/{reference}"), given.project.release.is_plain_http(reference.host()));
        let (platforms, wait) = (image.platforms.clone(), image.wait);
        steps.push((id, Step::Image(WaitImage { reference, platforms, wait, plain_http })));
    }
}

fn references(given: &Given<'_>, image: &Image, templates: &[Template]) -> Result<Vec<ImageReference>, Failure> {
    images::in_each_registry(image, templates, &|track| given.facts.versions.get(track))
        .map_err(|reason| Failure::usage(format!("`[[image]]`: {reason}")).hint("mend it in release.toml"))
}

/// Where the digest of an image comes from; none where it is others who build it, or where it isn't about this release.
fn source(
    given: &Given<'_>,
    image: &Image,
    prepared: &[Rc<Prepared>],
    names: &[ImageReference],
    left_out: &mut LeftOut,
) -> Result<Option<Source>, Failure> {
    let id = format!("build/{}{}", image.name, image.suffix);
    let Some((track, version)) = leading(given, image) else { return Ok(None) };
    if image.promote && !version.is_prerelease() {
        return candidate(given, image, (track, version), id).map(Some);
    }
    let Some(rule) = &image.build else { return Ok(None) };
    let Some(own) = prepared.iter().find(|prepared| prepared.repo == rule.repo) else {
        left_out.push((id, "nothing of its repository is released".to_owned()));
        return Ok(None);
    };
    let mut tags: Vec<String> = names.iter().map(|name| name.tag().to_owned()).collect();
    tags.dedup();
    let release = &given.project.release;
    Ok(Some(Source::Built(Rc::new(BuildImage {
        id,
        name: image.name.clone(),
        suffix: image.suffix.clone(),
        registries: image.registries.iter().map(|host| (host.clone(), release.is_plain_http(host))).collect(),
        tags,
        platforms: image.platforms.clone(),
        recipe: recipe(given, rule)?,
        version: version.as_str().to_owned(),
        builder: release.builder.clone(),
        prepared: own.clone(),
        digest: OnceCell::new(),
    }))))
}

/// The track whose version the image tags say, where that one is released.
fn leading<'g>(given: &'g Given<'_>, image: &Image) -> Option<(&'g str, &'g Version)> {
    let named = image.tags.iter().flat_map(Template::slots).map(|slot| slot.track.as_str());
    let moved = |track: &str| given.facts.moves.iter().find(|moved| moved.track == track);
    named.into_iter().find_map(moved).map(|moved| (moved.track.as_str(), &moved.to))
}

fn recipe(given: &Given<'_>, rule: &BuildRule) -> Result<Recipe, Failure> {
    let pairs = |pairs: &[(String, Template)]| {
        let pair = |(name, value): &(String, Template)| Ok((name.clone(), fill(value, &given.facts.versions)?));
        pairs.iter().map(pair).collect::<Result<Vec<_>, Failure>>()
    };
    Ok(Recipe {
        dockerfile: rule.dockerfile.clone(),
        context: rule.context.clone(),
        target: rule.target.clone(),
        args: pairs(&rule.args)?,
        labels: pairs(&rule.labels)?,
        provenance: rule.provenance,
        sbom: rule.sbom,
        timeout: rule.timeout,
    })
}

/// The last candidate of a version, as its tags tell: that is the one that was tested.
fn candidate(
    given: &Given<'_>,
    image: &Image,
    (track, version): (&str, &Version),
    id: String,
) -> Result<Source, Failure> {
    let all = given.facts.tagged.get(track).map(Vec::as_slice).unwrap_or_default();
    let is_of = |candidate: &&Version| {
        let release = |version: &Version| version.part(crate::version::Part::Release);
        candidate.is_prerelease() && release(candidate) == release(version)
    };
    let Some(last) = all.iter().filter(is_of).max_by(|one, other| one.compare(other)) else {
        let message =
            format!("`{}{}` is promoted, and no candidate of `{version}` was released", image.name, image.suffix);
        return Err(Failure::world(message).hint(format!(
            "release one first, as in `cargo xtask run {version}-rc.1`; without `promote` the image is built"
        )));
    };
    let at = |name: &str| if name == track { Some(last) } else { given.facts.versions.get(name) };
    let names = images::references(image, &at).map_err(Failure::usage)?;
    let mut references: Vec<(ImageReference, bool)> = Vec::new();
    for name in names {
        if !references.iter().any(|(known, _)| known.host() == name.host()) {
            references.push((name.clone(), given.project.release.is_plain_http(name.host())));
        }
    }
    Ok(Source::Candidate(Rc::new(TakeCandidate { id, references, platforms: image.platforms.clone() })))
}

/// The moving names, where this release may have them: no candidate does, and no release of a line that another one has
/// overtaken.
fn channels(
    given: &Given<'_>,
    image: &Image,
    source: &Source,
    steps: &mut Steps,
    left_out: &mut LeftOut,
) -> Result<(), Failure> {
    let Some((track, version)) = leading(given, image) else { return Ok(()) };
    let tagged = given.facts.tagged.get(track).map(Vec::as_slice).unwrap_or_default();
    for template in &image.channels {
        let at = |to: &Version| -> Option<String> {
            template.render(|name| if name == track { Some(to) } else { given.facts.versions.get(name) }).ok()
        };
        let mine = at(version);
        let in_line = |other: &&Version| !other.is_prerelease() && at(other) == mine;
        let higher =
            tagged.iter().filter(in_line).filter(|other| other.compare(version).is_gt()).max_by(|a, b| a.compare(b));
        let references = references(given, image, std::slice::from_ref(template))?;
        let why = match higher {
            _ if version.is_prerelease() => Some(format!("`{version}` is a candidate")),
            Some(higher) => Some(format!("`{higher}` is higher than `{version}`, and keeps it")),
            None => None,
        };
        for reference in references {
            let id = format!("channel/{reference}");
            if let Some(why) = &why {
                left_out.push((id, why.clone()));
                continue;
            }
            let known = known(given, image, (track, reference.host()), tagged.iter().filter(in_line));
            let step = MoveChannel {
                source: source.clone(),
                plain_http: given.project.release.is_plain_http(reference.host()),
                reference,
                version: version.clone(),
                known,
            };
            steps.push((id, Step::Channel(step)));
        }
    }
    Ok(())
}

/// The names of other versions in one registry, the highest first.
fn known<'v>(
    given: &Given<'_>,
    image: &Image,
    (track, host): (&str, &str),
    versions: impl Iterator<Item = &'v Version>,
) -> Vec<(Version, ImageReference)> {
    let mut versions: Vec<&Version> = versions.collect();
    versions.sort_by(|one, other| other.compare(one));
    let name = |version: &&Version| {
        let at = |name: &str| if name == track { Some(*version) } else { given.facts.versions.get(name) };
        let names = images::references(image, &at).ok()?;
        Some(((*version).clone(), names.into_iter().find(|name| name.host() == host)?))
    };
    versions.iter().take(KNOWN).filter_map(name).collect()
}
