//! Images: built, taken over or waited for, then named; and what of it is left out.

mod names;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Given, fill};
use crate::error::Failure;
use crate::glob::Glob;
use crate::plan::images::{self, leading, whole_tag};
use crate::reference::ImageReference;
use crate::release::facts::Moved;
use crate::resolve::release::{BuildRule, Image};
use crate::resolve::{ManifestRule, Project};
use crate::step::build_image::{BuildImage, Recipe};
use crate::step::make_builder::MakeBuilder;
use crate::step::prepared::Prepared;
use crate::step::take_candidate::{Sources, TakeCandidate, Written};
use crate::step::{Source, Step};
use crate::template::Template;
use crate::version::Version;

/// The label that says where the source is.
const SOURCE: &str = "org.opencontainers.image.source";

/// What the tool reads, and the notes of each version: no image is about it.
const CONFIG_FILES: &str = "release-config/**";

/// What the steps of images are made of.
pub struct Setting<'s> {
    /// The configuration.
    pub project: &'s Project,
    /// The tracks that are released.
    pub moves: &'s [Moved],
    /// Every track's version.
    pub versions: &'s BTreeMap<String, Version>,
    /// The versions that tags name already, of each track that is released.
    pub tagged: &'s BTreeMap<String, Vec<Version>>,
    /// Steps, with their ids.
    pub steps: Vec<(String, Step)>,
    /// What isn't done, and why.
    pub left_out: Vec<(String, String)>,
}

/// Where an image comes from.
enum Origin {
    /// This release makes it, or has it from its candidate.
    Ours(Source),
    /// Others do, and it is waited for.
    Others,
    /// Nothing is done about it; why is said.
    Nowhere,
}

/// The steps of all images.
pub(super) fn steps(
    given: &Given<'_>,
    prepared: &[Rc<Prepared>],
    steps: &mut Vec<(String, Step)>,
    left_out: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    let facts = given.facts;
    let mut setting = Setting::new(given.project, &facts.moves, &facts.versions, &facts.tagged);
    for image in &given.project.release.images {
        setting.image(image, prepared)?;
    }
    setting.builder();
    steps.append(&mut setting.steps);
    left_out.append(&mut setting.left_out);
    Ok(())
}

impl<'s> Setting<'s> {
    /// Without any step.
    pub fn new(
        project: &'s Project,
        moves: &'s [Moved],
        versions: &'s BTreeMap<String, Version>,
        tagged: &'s BTreeMap<String, Vec<Version>>,
    ) -> Self {
        Self { project, moves, versions, tagged, steps: Vec::new(), left_out: Vec::new() }
    }

    /// The steps of one image.
    pub fn image(&mut self, image: &Image, prepared: &[Rc<Prepared>]) -> Result<(), Failure> {
        match self.origin(image, prepared)? {
            Origin::Nowhere => Ok(()),
            Origin::Others => self.wait(image),
            Origin::Ours(source) => self.publish(image, &source),
        }
    }

    /// The steps that give an image to its names from the digest of another version, which is there.
    pub fn promote(&mut self, image: &Image, from: &Version, prepared: &[Rc<Prepared>]) -> Result<(), Failure> {
        let Some((track, version)) = self.moved(image) else { return Ok(()) };
        let sources = self.sources(image, (track, from, version), prepared)?;
        let source = self.taken(image, track, (from, None), sources)?;
        self.publish(image, &source)
    }

    /// What builds, where something is built.
    pub fn builder(&mut self) {
        if self.steps.iter().any(|(_, step)| matches!(step, Step::Build(_))) {
            let builder = self.project.release.builder.clone();
            self.steps.push((format!("builder/{}", builder.name), Step::Builder(MakeBuilder { builder })));
        }
    }

    fn publish(&mut self, image: &Image, source: &Source) -> Result<(), Failure> {
        let step = match source {
            Source::Built(step) => Step::Build(step.clone()),
            Source::Candidate(step) => Step::Candidate(step.clone()),
        };
        self.steps.push((id(image), step));
        self.names(image, source)?;
        self.channels(image, source)
    }

    fn origin(&mut self, image: &Image, prepared: &[Rc<Prepared>]) -> Result<Origin, Failure> {
        let Some((track, version)) = self.moved(image) else {
            let Some(track) = leading(self.project, image).filter(|_| image.build.is_some()) else {
                return Ok(Origin::Others);
            };
            self.left_out.push((id(image), format!("`{track}` doesn't move")));
            return Ok(Origin::Nowhere);
        };
        if image.promote && !version.is_prerelease() {
            let last = self.last_candidate(image, track, version)?.clone();
            let sources = self.sources(image, (track, &last, version), prepared)?;
            return self.taken(image, track, (&last, Some(version)), sources).map(Origin::Ours);
        }
        let Some(rule) = &image.build else { return Ok(Origin::Others) };
        let Some(own) = prepared.iter().find(|prepared| prepared.repo == rule.repo) else {
            self.left_out.push((id(image), "nothing of its repository is released".to_owned()));
            return Ok(Origin::Nowhere);
        };
        let release = &self.project.release;
        let mut tags: Vec<String> =
            self.references(image, &image.tags)?.iter().map(|name| name.tag().to_owned()).collect();
        tags.sort();
        tags.dedup();
        Ok(Origin::Ours(Source::Built(Rc::new(BuildImage {
            id: id(image),
            name: image.name.clone(),
            suffix: image.suffix.clone(),
            registries: image.registries.iter().map(|host| (host.clone(), release.is_plain_http(host))).collect(),
            tags,
            platforms: image.platforms.clone(),
            recipe: self.recipe(rule, own)?,
            same_files: rule.same_files,
            version: version.as_str().to_owned(),
            builder: release.builder.clone(),
            prepared: own.clone(),
            digest: OnceCell::new(),
        }))))
    }

    /// The track that an image is of and its version, where that one is released.
    fn moved(&self, image: &Image) -> Option<(&'s str, &'s Version)> {
        let track = leading(self.project, image)?;
        let moved = self.moves.iter().find(|moved| moved.track == track)?;
        Some((&moved.track, &moved.to))
    }

    fn recipe(&self, rule: &BuildRule, own: &Prepared) -> Result<Recipe, Failure> {
        let pairs = |pairs: &[(String, Template)]| {
            let pair = |(name, value): &(String, Template)| Ok((name.clone(), fill(value, self.versions)?));
            pairs.iter().map(pair).collect::<Result<Vec<_>, Failure>>()
        };
        let mut labels = pairs(&rule.labels)?;
        if !labels.iter().any(|(name, _)| name == SOURCE) {
            labels.extend(self.web_page(own).map(|url| (SOURCE.to_owned(), url)));
        }
        Ok(Recipe {
            dockerfile: rule.dockerfile.clone(),
            context: rule.context.clone(),
            target: rule.target.clone(),
            args: pairs(&rule.args)?,
            labels,
            provenance: rule.provenance,
            sbom: rule.sbom,
            timeout: rule.timeout,
        })
    }

    /// Where everybody reads what it is built from; none where that is on no web page.
    fn web_page(&self, own: &Prepared) -> Option<String> {
        let release = &self.project.release;
        if let Some(forge) = release.forge.as_ref().filter(|_| own.repo == 0) {
            return Some(format!("https://{}/{}", forge.host, forge.repository));
        }
        let remote = release.remotes.get(own.remote).filter(|remote| remote.public)?;
        let is_page = remote.url.starts_with("https://") && !remote.url.contains('@');
        is_page.then(|| remote.url.trim_end_matches('/').trim_end_matches(".git").to_owned())
    }

    /// The last candidate of a version, as its tags tell: that is the one that was tested.
    fn last_candidate(&self, image: &Image, track: &str, version: &Version) -> Result<&'s Version, Failure> {
        let all = self.tagged.get(track).map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .filter(|candidate| candidate.is_candidate_of(version))
            .max_by(|one, other| one.compare(other))
            .ok_or_else(|| {
                let message = format!(
                    "`{}{}` is promoted, and no candidate of `{version}` was released",
                    image.name, image.suffix
                );
                Failure::world(message).hint(format!(
                    "release one first, as in `cargo xtask run {version}-rc.1`; without `promote` the image is built"
                ))
            })
    }

    /// The digest of another version, which this one's names get; any candidate of `of` will do that it has them from.
    fn taken(
        &self,
        image: &Image,
        track: &str,
        (from, of): (&Version, Option<&Version>),
        sources: Option<Sources>,
    ) -> Result<Source, Failure> {
        let at = |name: &str| if name == track { Some(from) } else { self.versions.get(name) };
        let tag = whole_tag(image, track).map(std::slice::from_ref).unwrap_or_default();
        Ok(Source::Candidate(Rc::new(TakeCandidate {
            id: id(image),
            version: from.clone(),
            of: of.cloned(),
            references: self.with_plain(named(image, tag, &at)?),
            names: self.with_plain(self.references(image, &image.tags)?),
            platforms: image.platforms.clone(),
            sources,
        })))
    }

    /// What a candidate was built from and what it is published for, where the repository of both has tags of the track.
    fn sources(
        &self,
        image: &Image,
        (track, from, version): (&str, &Version, &Version),
        prepared: &[Rc<Prepared>],
    ) -> Result<Option<Sources>, Failure> {
        let Some(rule) = self.project.tracks.iter().find(|rule| rule.name == track) else { return Ok(None) };
        let repo = image.build.as_ref().map_or(rule.repo, |build| build.repo);
        let own = prepared.iter().find(|prepared| prepared.repo == repo && rule.repo == repo);
        let (Some(own), Some(pattern)) = (own, &rule.tag) else { return Ok(None) };
        Ok(Some(Sources {
            version: version.clone(),
            prepared: own.clone(),
            tag: pattern.render(track, from).map_err(Failure::usage)?,
            written: self.written(repo),
        }))
    }

    /// The files that this release writes in a repository: manifests that say a version that moves, the changelog, and
    /// what a person writes for it.
    fn written(&self, repo: usize) -> Vec<Written> {
        let moves = |track: &str| self.moves.iter().any(|moved| moved.track == track);
        let says = |manifest: &&ManifestRule| {
            let mut slots = manifest.entries.iter().flat_map(|entry| entry.template.slots());
            manifest.repo == repo && (manifest.family.is_some() || slots.any(|slot| moves(&slot.track)))
        };
        let files = |manifest: &ManifestRule| Written {
            paths: manifest.paths.iter().map(|(glob, _)| glob.clone()).collect(),
            only: manifest.only.clone(),
            exclude: manifest.exclude.clone(),
        };
        let mut written: Vec<Written> = self.project.manifests.iter().filter(says).map(files).collect();
        if repo == 0 {
            let release = &self.project.release;
            let changelog = release.changelog.iter().map(|changelog| changelog.file.clone());
            let notes = release.changelog.iter().map(|changelog| &changelog.notes);
            let notes = notes.chain(release.forge.iter().filter_map(|forge| forge.notes.as_ref())).map(of_any_version);
            let all = changelog.chain(notes).chain([CONFIG_FILES.to_owned()]);
            let paths = all.filter_map(|path| Glob::parse(&path).ok()).collect();
            written.push(Written { paths, only: Vec::new(), exclude: Vec::new() });
        }
        written
    }

    fn with_plain(&self, names: Vec<ImageReference>) -> Vec<(ImageReference, bool)> {
        let plain = |host: &str| self.project.release.is_plain_http(host);
        names.into_iter().map(|name| (name.clone(), plain(name.host()))).collect()
    }

    fn references(&self, image: &Image, templates: &[Template]) -> Result<Vec<ImageReference>, Failure> {
        named(image, templates, &|track| self.versions.get(track))
    }
}

/// The pattern of the files that a template names: a candidate has notes of its own.
fn of_any_version(template: &Template) -> String {
    let mut pattern = String::new();
    let mut in_slot = false;
    for c in template.as_str().chars() {
        match c {
            '{' => pattern.push('*'),
            '}' => {}
            _ if in_slot => {}
            _ => pattern.push(c),
        }
        in_slot = c == '{' || in_slot && c != '}';
    }
    pattern
}

fn id(image: &Image) -> String {
    format!("build/{}{}", image.name, image.suffix)
}

fn named<'v>(
    image: &Image,
    templates: &[Template],
    version: &dyn Fn(&str) -> Option<&'v Version>,
) -> Result<Vec<ImageReference>, Failure> {
    images::in_each_registry(image, templates, version)
        .map_err(|reason| Failure::usage(format!("`[[image]]`: {reason}")).hint("mend it in release.toml"))
}
