//! Which track an image's tags are about, and how its other versions are called.

use std::collections::BTreeMap;

use crate::reference::ImageReference;
use crate::resolve::Project;
use crate::resolve::release::Image;
use crate::template::{Form, Template};
use crate::version::Version;

/// The track whose version an image is of. Where its tags name several, it is the first that follows no other: an app's
/// image isn't another one because a chart moves.
pub fn leading<'i>(project: &Project, image: &'i Image) -> Option<&'i str> {
    let named = || image.tags.iter().flat_map(Template::slots).map(|slot| slot.track.as_str());
    let leads = |name: &&str| project.tracks.iter().any(|track| track.name == **name && track.with.is_empty());
    named().find(leads).or_else(|| named().next())
}

/// The tag that tells one version of a track from every other: `{app.major}.{app.minor}` doesn't.
pub fn whole_tag<'i>(image: &'i Image, track: &str) -> Option<&'i Template> {
    let is_whole = |tag: &&Template| {
        tag.slots().any(|slot| slot.track == track && matches!(slot.form, Form::Whole | Form::Dialect(_)))
    };
    image.tags.iter().find(is_whole).or_else(|| image.tags.first())
}

/// How the versions of an image are called in one registry, and which of them a channel could stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The registry.
    pub host: String,
    /// The repository in it: `acme/app`.
    pub name: String,
    /// What the tags of this variant end with.
    pub suffix: String,
    /// The image tag, without the suffix: `release-{app}`.
    pub tag: Template,
    /// The channel, without the suffix: `{app.major}`.
    pub channel: Template,
    /// The track whose version it is.
    pub track: String,
    /// The versions of all tracks.
    pub versions: BTreeMap<String, Version>,
}

impl Naming {
    /// How a version is called; none where the tag can't say it.
    pub fn name(&self, version: &Version) -> Option<ImageReference> {
        let tag = self.render(&self.tag, version)? + &self.suffix;
        ImageReference::new(&self.host, &self.name, &tag).ok()
    }

    /// May the channel of one version be moved to another one? Each line has its own, and candidates have none.
    pub fn is_in_line(&self, one: &Version, other: &Version) -> bool {
        !one.is_prerelease() && self.render(&self.channel, one) == self.render(&self.channel, other)
    }

    fn render(&self, template: &Template, version: &Version) -> Option<String> {
        template.render(|name| if name == self.track { Some(version) } else { self.versions.get(name) }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(tag: &str, channel: &str) -> Naming {
        let text = |text: &str| text.to_owned();
        let versions = [("chart", "0.4.2")].map(|(track, version)| (text(track), Version::parse(version).unwrap()));
        Naming {
            host: text("ghcr.io"),
            name: text("acme/app"),
            suffix: text("-scratch"),
            tag: Template::parse(tag).unwrap(),
            channel: Template::parse(channel).unwrap(),
            track: text("app"),
            versions: versions.into(),
        }
    }

    #[track_caller]
    fn check_line(channel: &str, one: &str, other: &str, expected: bool) {
        let [one, other] = [one, other].map(|version| Version::parse(version).unwrap());
        assert_eq!(naming("{app}", channel).is_in_line(&one, &other), expected, "{channel} {one} {other}");
    }

    #[test]
    fn a_version_has_its_name_with_the_suffix() {
        let version = Version::parse("1.27.0+b").unwrap();
        let name = |tag: &str| naming(tag, "latest").name(&version).map(|name| name.to_string());
        assert_eq!(name("v{app:docker}-{chart}").as_deref(), Some("ghcr.io/acme/app:v1.27.0_b-0.4.2-scratch"));
        // A registry doesn't take a plus, and nobody knows the third track.
        assert_eq!(name("{app}"), None);
        assert_eq!(name("{app:docker}-{other}"), None);
    }

    #[test]
    fn a_channel_has_its_line() {
        check_line("latest", "1.27.0", "2.0.0", true);
        check_line("{app.major}", "1.27.0", "1.28.0", true);
        check_line("{app.major}", "1.27.0", "2.0.0", false);
        check_line("{app.major}.{app.minor}", "1.27.1", "1.27.0", true);
        check_line("latest", "1.28.0-rc.1", "1.27.0", false);
    }
}
