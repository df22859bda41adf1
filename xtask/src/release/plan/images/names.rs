//! The names of an image: those that stay, those that move, and those of others that are waited for.

use std::cell::RefCell;

use super::Setting;
use crate::error::Failure;
use crate::plan::images::{Naming, whole_tag};
use crate::reference::ImageReference;
use crate::resolve::release::Image;
use crate::step::move_channel::MoveChannel;
use crate::step::name_image::NameImage;
use crate::step::wait_image::WaitImage;
use crate::step::{Source, Step};
use crate::template::Template;
use crate::version::Version;

impl Setting<'_> {
    /// Images that others build. What is there can be given to channels, too.
    pub(super) fn wait(&mut self, image: &Image) -> Result<(), Failure> {
        for reference in self.references(image, &image.tags)? {
            let (id, plain_http) = (format!("image/{reference}"), self.project.release.is_plain_http(reference.host()));
            let (platforms, wait) = (image.platforms.clone(), image.wait);
            self.steps.push((id, Step::Image(WaitImage { reference, platforms, wait, plain_http })));
        }
        match self.moved(image).filter(|_| !image.channels.is_empty()) {
            Some((track, version)) => self.channels(image, &self.taken(image, track, (version, None), None)?),
            None => Ok(()),
        }
    }

    /// The names that stay.
    pub(super) fn names(&mut self, image: &Image, source: &Source) -> Result<(), Failure> {
        for reference in self.references(image, &image.tags)? {
            let (plain_http, platforms) =
                (self.project.release.is_plain_http(reference.host()), image.platforms.clone());
            let id = format!("name/{reference}");
            self.expect_free(&id, &reference)?;
            self.steps.push((id, Step::Name(NameImage { source: source.clone(), reference, plain_http, platforms })));
        }
        Ok(())
    }

    /// The moving names, where this release may have them: no candidate does, and no release of a line that another one
    /// has overtaken.
    pub(super) fn channels(&mut self, image: &Image, source: &Source) -> Result<(), Failure> {
        let Some((track, version)) = self.moved(image) else { return Ok(()) };
        let Some(tag) = whole_tag(image, track) else { return Ok(()) };
        for channel in &image.channels {
            for reference in self.references(image, std::slice::from_ref(channel))? {
                let naming = Naming {
                    host: reference.host().to_owned(),
                    name: image.name.clone(),
                    suffix: image.suffix.clone(),
                    tag: tag.clone(),
                    channel: Template::clone(channel),
                    track: track.to_owned(),
                    versions: self.versions.clone(),
                };
                let id = format!("channel/{reference}");
                self.expect_free(&id, &reference)?;
                self.expect_no_name(&naming, &reference, version)?;
                if let Some(why) = self.held(&naming, version) {
                    self.left_out.push((id, why));
                    continue;
                }
                let plain_http = self.project.release.is_plain_http(reference.host());
                let (source, version, ahead) = (source.clone(), version.clone(), RefCell::new(None));
                let step = MoveChannel { source, reference, plain_http, version, naming, ahead };
                self.steps.push((id, Step::Channel(step)));
            }
        }
        Ok(())
    }

    /// Of two images with one name the second would be taken for the first: they are of the same commit.
    fn expect_free(&self, id: &str, reference: &ImageReference) -> Result<(), Failure> {
        if self.steps.iter().all(|(other, _)| other != id) {
            return Ok(());
        }
        Err(Failure::usage(format!("`{reference}` is named by two `[[image]]`"))
            .hint("give them other `tags` or `channels`, or each its own `suffix`"))
    }

    /// A channel moves, and the name of a version doesn't: `{app.major}.{app.minor}` is both for a version `2026.11`.
    fn expect_no_name(&self, naming: &Naming, reference: &ImageReference, version: &Version) -> Result<(), Failure> {
        let tagged = self.tagged.get(&naming.track).map(Vec::as_slice).unwrap_or_default();
        let is_name = |other: &&Version| naming.name(other).as_ref() == Some(reference);
        let Some(other) = tagged.iter().chain([version]).find(is_name) else { return Ok(()) };
        Err(Failure::usage(format!("the channel `{reference}` would move the name of the version `{other}`"))
            .hint("a published name never moves: write the channel otherwise in release.toml"))
    }

    /// Why a version doesn't get a channel.
    fn held(&self, naming: &Naming, version: &Version) -> Option<String> {
        if version.is_prerelease() {
            return Some(format!("`{version}` is a candidate"));
        }
        let tagged = self.tagged.get(&naming.track).map(Vec::as_slice).unwrap_or_default();
        let higher = tagged.iter().filter(|other| naming.is_in_line(other, version) && other.compare(version).is_gt());
        let highest = higher.max_by(|one, other| one.compare(other))?;
        Some(format!("`{highest}` is higher than `{version}`, and keeps it"))
    }
}
