//! Which images a project names: those of its configuration at the current versions, and those that its manifests
//! name, each with the place that does.

mod naming;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::config::nearest;
use crate::error::Place;
use crate::finding::{Finding, Rule};
use crate::locate::{Format, image, yaml};
use crate::model::{Model, Site};
use crate::reference::ImageReference;
use crate::resolve::release::{Image, Registry, Release};
use crate::template::Template;
use crate::version::Version;
pub use naming::{Naming, leading, whole_tag};

/// An image that must be in its registry, and the place that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Registry, repository and tag.
    pub reference: ImageReference,
    /// The platforms that it must have; none for whatever there is.
    pub platforms: Vec<String>,
    /// Without TLS.
    pub plain_http: bool,
    /// Where it is named.
    pub place: Place,
}

/// Everything that a tree names, in the order of the configuration and then of the manifests; and what of it is no
/// name of an image. `text` is a file of the model.
pub fn named(model: &Model<'_>, text: &dyn Fn(usize) -> Option<Arc<str>>) -> (Vec<Named>, Vec<Finding>) {
    let release = &model.project.release;
    let current = |track: &str| model.find_track(track).and_then(|track| model.tracks[track].current.as_ref());
    let mut found = Vec::new();
    for image in &release.images {
        let place = || Place::span(&model.project.config.path, &model.project.config.text, image.span.clone());
        match references(image, &|track| current(track).map(|(version, _)| version)) {
            Ok(all) => found.extend(all.into_iter().map(|reference| (place(), Ok(reference)))),
            Err(reason) => found.push((place(), Err(reason))),
        }
    }
    for (file, sites) in files(model) {
        let Some(text) = text(file) else { continue };
        for site in sites {
            let repository = match model.entry(site).format.name() {
                "image" => image::find_repository(&text, site.span.start).map(str::to_owned),
                "yaml" => beside(&text, &model.entry(site).locator, &site.span),
                _ => None,
            };
            let Some(repository) = repository else { continue };
            let place = Place::span(model.shown_path(file), &text, site.span.clone());
            found.push((place, ImageReference::read(&repository, &site.value)));
        }
    }
    let (mut images, mut findings) = (Vec::new(), Vec::new());
    for (place, reference) in found {
        match reference {
            Ok(reference) => images.push(about(release, reference, place)),
            Err(message) => findings.push(Finding { rule: Rule::NoImage, place, message, hint: None }),
        }
    }
    (images, findings)
}

/// The registries of the configuration from which nothing comes and to which nothing goes, each as a sentence: more often
/// than not their names are mistyped.
pub fn unused_registries(model: &Model<'_>, text: &dyn Fn(usize) -> Option<Arc<str>>) -> Vec<String> {
    let release = &model.project.release;
    if release.registries.is_empty() {
        return Vec::new();
    }
    let images = release.images.iter().flat_map(|image| image.registries.iter().cloned());
    let charts = release.charts.iter().flat_map(|chart| chart.oci.iter());
    let charts = charts.filter_map(|url| Some(url.trim_start_matches("oci://").split('/').next()?.to_owned()));
    let named = named(model, text).0.into_iter().map(|named| named.reference.host().to_owned());
    let used: BTreeSet<String> = images.chain(charts).chain(named).collect();
    let unused = release.registries.iter().filter(|registry| !used.contains(&registry.host));
    let say = |registry: &Registry| {
        let config = &model.project.config;
        let place = Place::span(&config.path, &config.text, registry.span.clone());
        let near = nearest(&registry.host, used.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        format!("{place}: neither image nor chart is in the registry `{}`{near}", registry.host)
    };
    unused.map(say).collect()
}

/// Every name that a configured image has at these versions: each tag in each registry, with the suffix of its variant.
pub fn references<'v>(
    image: &Image,
    version: &dyn Fn(&str) -> Option<&'v Version>,
) -> Result<Vec<ImageReference>, String> {
    in_each_registry(image, &image.tags, version)
}

/// What these templates name at these versions in each registry of an image, with the suffix of its variant.
pub fn in_each_registry<'v>(
    image: &Image,
    templates: &[Template],
    version: &dyn Fn(&str) -> Option<&'v Version>,
) -> Result<Vec<ImageReference>, String> {
    let tag = |template: &Template| template.render(version).map(|tag| tag + &image.suffix);
    let tags = templates.iter().map(tag).collect::<Result<Vec<_>, _>>()?;
    let pairs = image.registries.iter().flat_map(|host| tags.iter().map(move |tag| (host, tag)));
    pairs.map(|(host, tag)| ImageReference::new(host, &image.name, tag)).collect()
}

fn about(release: &Release, reference: ImageReference, place: Place) -> Named {
    let platforms = variant(release, &reference).map(|image| image.platforms.clone()).unwrap_or_default();
    Named { platforms, plain_http: release.is_plain_http(reference.host()), place, reference }
}

/// The image that a reference is of: the variant with the longest suffix that its tag ends with.
fn variant<'r>(release: &'r Release, reference: &ImageReference) -> Option<&'r Image> {
    let of = |image: &&Image| image.name == reference.name() && reference.tag().ends_with(&image.suffix);
    // Of several with the same suffix the first counts.
    release.images.iter().rev().filter(of).max_by_key(|image| image.suffix.len())
}

/// The files with their sites, which stand in their order.
fn files<'m>(model: &'m Model<'_>) -> impl Iterator<Item = (usize, &'m [Site])> {
    (0..model.files.len()).map(|file| (file, &model.sites[model.file_sites(file)]))
}

/// The repository that stands beside a tag, as charts write it: `image.repository`, and perhaps `image.registry`,
/// beside `image.tag`. None where it is another key, where it says nothing, or where it isn't this place that it is
/// beside: the locator may hit more often.
fn beside(text: &str, locator: &str, span: &Range<usize>) -> Option<String> {
    let head = locator.strip_suffix("tag").filter(|head| head.is_empty() || head.ends_with('.'))?;
    let (registry, repository) = (format!("{head}registry"), format!("{head}repository"));
    let read = |locator: &str| {
        let mut reading = yaml::FORMAT.read(text, &[locator], false).ok()?;
        let [hit] = reading.hits.pop()?.try_into().ok()?;
        let hit: crate::locate::Hit = hit;
        (!hit.value.is_empty()).then_some(hit.value)
    };
    let tag = yaml::FORMAT.read(text, &[locator], false).ok()?.hits.pop()?;
    if tag.len() != 1 || tag[0].span != *span {
        return None;
    }
    let repository = read(&repository)?;
    Some(read(&registry).map_or_else(|| repository.clone(), |registry| format!("{registry}/{repository}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: Option<&str>) {
        let hit = yaml::FORMAT.read(text, &[locator], false).unwrap().hits.remove(0).remove(0);
        assert_eq!(beside(text, locator, &hit.span).as_deref(), expected);
    }

    #[test]
    fn what_stands_beside_a_tag() {
        let values = "image:\n  repository: acme/app\n  tag: release-1\nold:\n  image:\n    registry: ghcr.io\n    \
                      repository: acme/old\n    tag: '2'\nversion: 3\nloose:\n  tag: 4\n";
        check(values, "image.tag", Some("acme/app"));
        check(values, "old.image.tag", Some("ghcr.io/acme/old"));
        check(values, "version", None);
        check(values, "loose.tag", None);
        check("repository: redis\ntag: 7\n", "tag", Some("redis"));
        check("image:\n  repository: ''\n  tag: 1\n", "image.tag", None);
    }

    #[track_caller]
    fn check_variant(tag: &str, expected: Option<&[&str]>) {
        let config = "[track.app]\n[[manifest]]\npath = 'VERSION'\nline.1 = '{app}'\n[[image]]\nname = 'acme/app'\n\
                      registries = 'ghcr.io'\ntags = '{app}'\nplatforms = ['linux/amd64', 'linux/arm64']\n[[image]]\nname = \
                      'acme/app'\nregistries = 'ghcr.io'\ntags = '{app}'\nsuffix = '-scratch'\nplatforms = \
                      'linux/amd64'\n";
        let project = crate::model::testing::project(config);
        let (name, tag) = tag.split_once(':').unwrap();
        let reference = ImageReference::read(&format!("ghcr.io/{name}"), tag).unwrap();
        let platforms = variant(&project.release, &reference).map(|image| image.platforms.clone());
        assert_eq!(platforms, expected.map(|all| all.iter().map(|&one| one.to_owned()).collect()), "{tag}");
    }

    #[test]
    fn a_variant_has_its_own_platforms() {
        check_variant("acme/app:1.27.0", Some(&["linux/amd64", "linux/arm64"]));
        check_variant("acme/app:1.27.0-scratch", Some(&["linux/amd64"]));
        check_variant("acme/app:1.27.0-other", Some(&["linux/amd64", "linux/arm64"]));
        check_variant("acme/web:1.27.0-scratch", None);
    }
}
