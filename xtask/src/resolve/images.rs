//! `[[image]]` and `[builder]`: what is built, what is waited for, and the names that it gets.

use std::time::Duration;

use super::release::{BuildRule, Builder, Image};
use super::resolver::Resolver;
use crate::config::{Spanned, Table, nearest};
use crate::reference::{check_tag, is_name_part};
use crate::template::Template;

/// How long an image is waited for, unless it is said.
const WAIT: Duration = Duration::from_secs(30 * 60);

/// How long a build may take, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// Systems that images are made for, as Go calls them.
const SYSTEMS: [&str; 10] =
    ["linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "illumos", "wasi", "js"];

/// Architectures, likewise.
const ARCHITECTURES: [&str; 14] = [
    "amd64", "arm64", "arm", "386", "ppc64le", "ppc64", "s390x", "riscv64", "mips", "mipsle", "mips64", "mips64le",
    "loong64", "wasm",
];

/// For the hint only: others are taken too.
const PLATFORMS: [&str; 9] = [
    "linux/amd64",
    "linux/arm64",
    "linux/arm/v7",
    "linux/arm/v6",
    "linux/386",
    "linux/ppc64le",
    "linux/s390x",
    "linux/riscv64",
    "windows/amd64",
];

/// The keys that are about a build.
const BUILDS: [&str; 8] = ["context", "target", "args", "labels", "provenance", "sbom", "timeout", "same-files"];

impl Resolver<'_> {
    pub(super) fn images(&mut self) -> Vec<Image> {
        let mut images: Vec<Image> = Vec::new();
        for table in self.config.all("image") {
            let Some(image) = self.image(table) else { continue };
            let is_twin = |other: &&Image| (&other.name, &other.suffix) == (&image.name, &image.suffix);
            if let Some(twin) = images.iter().find(is_twin).filter(|twin| twin.build.is_some() || image.build.is_some())
            {
                let message = format!("`{}{}` is there twice", twin.name, twin.suffix);
                let hint = "give the variant a `suffix`, as in `-scratch`, or make one table of them".to_owned();
                self.fail(table.span(), message, Some(hint));
            }
            images.push(image);
        }
        images
    }

    fn image(&mut self, image: &Table) -> Option<Image> {
        let name = image.text("name")?;
        if let Err((message, hint)) = check_image(&name.value) {
            self.fail(&name.span, message, Some(hint.to_owned()));
        }
        self.platforms(image.texts("platforms"));
        let registries = image.texts("registries").iter().filter_map(|host| self.host(host)).collect();
        let hint =
            "an image tag is called like `{app}` or `release-{app}`; `{app:docker}` spells `+` as registries take it";
        let tags = image.texts("tags").iter().filter_map(|tag| self.each_version(tag, hint, check_tag)).collect();
        let channels = image.texts("channels").iter().filter_map(|channel| self.channel(channel)).collect();
        Some(Image {
            name: name.value.clone(),
            registries,
            tags,
            channels,
            suffix: self.suffix(image),
            platforms: values(image.texts("platforms")),
            wait: image.duration("wait").map_or(WAIT, |wait| wait.value),
            promote: image.flag("promote").unwrap_or(false),
            build: self.build(image),
            span: image.span().clone(),
        })
    }

    fn platforms(&mut self, platforms: &[Spanned<String>]) {
        for platform in platforms.iter().filter(|platform| !is_platform(&platform.value)) {
            let near = nearest(&platform.value, PLATFORMS);
            let same = PLATFORMS.into_iter().find(|known| known.rsplit('/').next() == Some(&platform.value));
            let hint = match same.or(near) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write system and architecture, as in `linux/arm64`".to_owned(),
            };
            let message = format!("`{}` is no platform", platform.value);
            self.mistakes.push(self.config.failure(&platform.span, message).hint(hint));
        }
    }

    /// A moving name: `latest`, or a line's as `{app.major}.{app.minor}`.
    fn channel(&mut self, written: &Spanned<String>) -> Option<Template> {
        let template = self.template(written)?;
        if template.slots().next().is_none() {
            if let Err(reason) = check_tag(&written.value) {
                self.fail(&written.span, reason, Some("a channel is called like `latest` or `{app.major}`".to_owned()));
            }
            return Some(template);
        }
        self.versioned(written)
    }

    fn suffix(&mut self, image: &Table) -> String {
        let Some(suffix) = image.text("suffix") else { return String::new() };
        if check_tag(&format!("x{}", suffix.value)).is_err() {
            let hint = "a suffix is like `-scratch`".to_owned();
            self.fail(&suffix.span, format!("no image tag can end with `{}`", suffix.value), Some(hint));
        }
        suffix.value.clone()
    }

    /// How an image is built, if it says so.
    fn build(&mut self, image: &Table) -> Option<BuildRule> {
        if !image.has("dockerfile") && !image.has("context") {
            for key in BUILDS.iter().filter(|key| image.has(key)) {
                let hint = "add `dockerfile = \"Dockerfile\"`, or take it out".to_owned();
                self.fail(image.span(), format!("`{key}` is about a build, and this image isn't built"), Some(hint));
            }
            return None;
        }
        if image.texts("platforms").is_empty() {
            let hint = "add `platforms = [\"linux/amd64\", \"linux/arm64\"]`".to_owned();
            self.fail(image.span(), "an image that is built says for which platforms".to_owned(), Some(hint));
        }
        let timeout = image.duration("timeout");
        if let Some(written) = timeout.filter(|written| written.value.is_zero()) {
            let hint = "leave it out for an hour, or write it as in `30m`".to_owned();
            self.fail(&written.span, "no build ends in no time".to_owned(), Some(hint));
        }
        let context = image.text("context").filter(|context| !matches!(context.value.as_str(), "" | "."));
        Some(BuildRule {
            repo: self.repo_index(image.text("repo")),
            dockerfile: image.text("dockerfile").map_or(Some("Dockerfile".to_owned()), |file| self.file(file))?,
            context: context.map_or(Some(String::new()), |folder| self.folder(folder))?,
            target: image.text("target").and_then(|target| self.target(target)),
            args: self.pairs(image.map("args"), is_variable, "a build argument is called like `APP_VERSION`"),
            labels: self.pairs(
                image.map("labels"),
                is_label,
                "a label is called like `org.opencontainers.image.title`",
            ),
            provenance: image.flag("provenance").unwrap_or(false),
            sbom: image.flag("sbom").unwrap_or(false),
            timeout: timeout.map_or(TIMEOUT, |timeout| timeout.value),
            same_files: image.flag("same-files").unwrap_or(false),
        })
    }

    /// A folder of a repository, without slashes at its ends.
    fn folder(&mut self, written: &Spanned<String>) -> Option<String> {
        let value = written.value.trim_start_matches("./").trim_end_matches('/').to_owned();
        self.file(&Spanned { value, span: written.span.clone() })
    }

    fn target(&mut self, written: &Spanned<String>) -> Option<String> {
        let is_stage = is_name(&written.value, "._-");
        if !is_stage {
            let hint = "name it as `FROM … AS NAME` does".to_owned();
            self.fail(&written.span, format!("`{}` is no stage of a Dockerfile", written.value), Some(hint));
        }
        is_stage.then(|| written.value.clone())
    }

    /// Names with templates: build arguments, labels.
    fn pairs(
        &mut self,
        written: &[(Spanned<String>, Spanned<String>)],
        is_good: fn(&str) -> bool,
        hint: &str,
    ) -> Vec<(String, Template)> {
        let mut pairs = Vec::new();
        for (name, value) in written {
            if !is_good(&name.value) {
                self.fail(&name.span, format!("`{}` is no name for it", name.value), Some(hint.to_owned()));
            }
            pairs.extend(self.versioned(value).map(|value| (name.value.clone(), value)));
        }
        pairs
    }

    pub(super) fn builder(&mut self) -> Builder {
        let Some(table) = self.config.one("builder") else { return Builder::default() };
        let default = Builder::default();
        let name = table.text("name").map_or(default.name, |name| {
            if !is_name(&name.value, "._-") {
                let hint = "a builder is called like `lockstep`".to_owned();
                self.fail(&name.span, format!("`{}` is no name for a builder", name.value), Some(hint));
            }
            name.value.clone()
        });
        for option in table.texts("options").iter().filter(|option| !option.value.contains('=')) {
            let hint = "write it as in `network=host`".to_owned();
            self.fail(&option.span, format!("`{}` is no option of a driver", option.value), Some(hint));
        }
        for node in table.texts("nodes").iter().filter(|node| node.value.is_empty() || node.value.starts_with('-')) {
            let hint = "name a docker context, or an address as `ssh://arm.example.com`".to_owned();
            self.fail(&node.span, format!("`{}` is no node", node.value), Some(hint));
        }
        let config = table.text("config").and_then(|file| self.file(file));
        Builder { name, options: values(table.texts("options")), nodes: values(table.texts("nodes")), config }
    }
}

/// Letters, digits and some signs, of which none comes first.
fn is_name(text: &str, signs: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

fn is_variable(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn is_label(name: &str) -> bool {
    is_name(name, "._-/")
}

fn values(written: &[Spanned<String>]) -> Vec<String> {
    written.iter().map(|text| text.value.clone()).collect()
}

/// An image's name without its registry, as registries take it.
fn check_image(name: &str) -> Result<(), (String, &'static str)> {
    let first = name.split('/').next().unwrap_or_default();
    if name.contains('/') && (first.contains(['.', ':']) || first == "localhost") {
        return Err((format!("`{name}` names its registry"), "write the host into `registries`, and here `acme/app`"));
    }
    if !name.split('/').all(is_name_part) || name.len() > 255 {
        return Err((format!("`{name}` is no image's name"), "write it in small letters, as in `acme/app`"));
    }
    Ok(())
}

/// `os/arch[/variant]`: BuildKit makes an image for whatever is written there, also for what nobody has.
fn is_platform(platform: &str) -> bool {
    let mut parts = platform.split('/');
    let is_variant =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    parts.next().is_some_and(|system| SYSTEMS.contains(&system))
        && parts.next().is_some_and(|architecture| ARCHITECTURES.contains(&architecture))
        && parts.next().is_none_or(is_variant)
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_are_those_that_registries_take() {
        for good in ["app", "acme/app", "acme/app-web", "acme/c_d/e__f.g", "acme/app--x"] {
            assert_eq!(check_image(good), Ok(()), "{good}");
        }
        for bad in
            ["", "/app", "app/", "Acme/app", "ghcr.io/acme/app", "localhost/app", "a..b", "a___b", "-a", "a b", "a:1"]
        {
            assert!(check_image(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn platforms_have_a_system_and_an_architecture() {
        for good in ["linux/amd64", "linux/arm/v7", "windows/amd64"] {
            assert!(is_platform(good), "{good}");
        }
        for bad in [
            "",
            "linux",
            "amd64",
            "linux/",
            "linux/arm/v7/x",
            "Linux/amd64",
            "linux/amd64,linux/arm64",
            "linux/arm65",
            "linus/arm64",
            "linux/arm/",
        ] {
            assert!(!is_platform(bad), "{bad}");
        }
    }
}
