//! An image that something else builds: waited for, so that nothing names it before it is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::reference::ImageReference;
use crate::tools::docker::{self, Image};
use crate::{tools, world};

/// The first pause between two looks; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Must be in its registry, for every platform wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitImage {
    /// Registry, repository and tag.
    pub reference: ImageReference,
    /// `linux/amd64`; none for whatever there is.
    pub platforms: Vec<String>,
    /// How long it is waited for at most.
    pub wait: Duration,
    /// Without TLS.
    pub plain_http: bool,
}

/// What a look found, in words where it isn't all there.
#[derive(Debug)]
enum Seen {
    All,
    Part(String),
    Nothing,
    Unknown(String),
}

impl WaitImage {
    /// Looks again and again, at longer and longer intervals, until it is all there or the time is over.
    pub fn wait_in(&self, folder: &Path) -> Result<()> {
        let begin = world::moment();
        let mut pause = FIRST_PAUSE;
        loop {
            let seen = match self.look(folder) {
                Ok(Seen::All) => return Ok(()),
                Ok(seen) => seen,
                // A registry that is too slow now may be quicker in a minute. Who is told to stop, stops.
                Err(error) => {
                    tools::expect_not_stopped()?;
                    Seen::Unknown(error.to_string())
                }
            };
            let rest = self.wait.saturating_sub(begin.elapsed());
            if rest.is_zero() {
                return Err(self.waited(&seen).into());
            }
            tools::pause(pause.min(rest))?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn look(&self, folder: &Path) -> Result<Seen> {
        let image = docker::image(folder, &self.reference, self.plain_http)?;
        Ok(match image {
            Image::Absent => Seen::Nothing,
            Image::Unknown(words) => Seen::Unknown(words),
            Image::Found { platforms, .. } => missing(&self.platforms, &platforms).map_or(Seen::All, Seen::Part),
        })
    }

    fn unknown(&self, words: &str) -> Failure {
        Failure::tool(format!("it can't be told whether `{}` is there: {words}", self.reference))
            .hint(docker::unknown_hint(self.reference.host(), words))
    }

    fn waited(&self, seen: &Seen) -> Failure {
        let what = match seen {
            Seen::Unknown(words) => format!("it can't be told whether `{}` is there: {words}", self.reference),
            Seen::Part(words) => format!("`{}` isn't complete: {words}", self.reference),
            Seen::Nothing | Seen::All => format!("`{}` isn't in its registry", self.reference),
        };
        let waited = if self.wait.is_zero() {
            "and isn't waited for".to_owned()
        } else {
            format!("after {} of waiting", tools::span(self.wait))
        };
        Failure::waiting(format!("{what} ({waited})"))
            .hint("look at the build of the image; the same command goes on once it is there")
    }
}

impl Effect for WaitImage {
    fn title(&self) -> String {
        format!("wait for the image `{}`", self.reference)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        let mut command = ["docker", "manifest", "inspect"].map(str::to_owned).to_vec();
        if self.plain_http {
            command.push("--insecure".to_owned());
        }
        command.push(self.reference.to_string());
        let platforms =
            if self.platforms.is_empty() { "whatever platform".to_owned() } else { self.platforms.join(", ") };
        let note = format!("for {platforms}; for {} at most", tools::span(self.wait));
        vec![Detail::Command(command), Detail::Note(note)]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        Ok(match self.look(&world.context.root)? {
            Seen::All => Observed::Same,
            Seen::Part(words) => Observed::Partial(words),
            Seen::Nothing => Observed::Absent,
            Seen::Unknown(words) => Observed::Unknown(self.unknown(&words)),
        })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        self.wait_in(&world.context.root)
    }
}

/// The platforms that an image lacks, as a sentence; none if it has all that are wanted.
pub fn missing(wanted: &[String], there: &BTreeSet<String>) -> Option<String> {
    let there: BTreeSet<&str> = there.iter().map(|platform| plain(platform)).collect();
    let lacks: Vec<&str> =
        wanted.iter().filter(|platform| !there.contains(plain(platform))).map(String::as_str).collect();
    match lacks.len() {
        0 => None,
        1 => Some(format!("{} is missing", lacks[0])),
        _ => Some(format!("{} are missing", lacks.join(", "))),
    }
}

/// A platform without the variant that goes without saying.
fn plain(platform: &str) -> &str {
    match platform {
        "linux/amd64/v1" => "linux/amd64",
        "linux/arm64/v8" => "linux/arm64",
        "linux/arm/v7" => "linux/arm",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wanted: &[&str], there: &[&str], expected: Option<&str>) {
        let wanted: Vec<String> = wanted.iter().map(|&platform| platform.to_owned()).collect();
        let there = there.iter().map(|&platform| platform.to_owned()).collect();
        assert_eq!(missing(&wanted, &there).as_deref(), expected);
    }

    #[test]
    fn every_wanted_platform_is_there_or_named() {
        check(&[], &[], None);
        check(&["linux/amd64"], &["linux/amd64", "linux/386"], None);
        check(&["linux/arm64"], &["linux/arm64/v8"], None);
        check(&["linux/arm/v7"], &["linux/arm"], None);
        check(&["linux/arm/v6"], &["linux/arm/v7"], Some("linux/arm/v6 is missing"));
        check(&["linux/amd64", "linux/arm64"], &[], Some("linux/amd64, linux/arm64 are missing"));
        check(&["linux/amd64"], &["windows/amd64"], Some("linux/amd64 is missing"));
    }
}
