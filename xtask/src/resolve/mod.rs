//! [`Config`] → [`Project`]: all names looked up, all defaults filled in, all patterns read. No question is left
//! to ask of the configuration, and all its mistakes are said at once.

pub mod release;
mod resolver;

use std::ops::Range;
use std::path::PathBuf;

use crate::config::{Config, Count};
use crate::error::Failure;
use crate::glob::Glob;
use crate::locate::Format;
use crate::tag::TagPattern;
use crate::template::Template;
use crate::version::level::Level;
use crate::version::{Date, Scheme};
use release::Release;
use resolver::Resolver;

/// A project's configuration with no questions left.
#[derive(Debug)]
pub struct Project {
    /// What it was read from, for messages.
    pub config: Config,
    /// `[project] name`, or nothing.
    pub name: Option<String>,
    /// This repository first, then those of `[repo.*]`.
    pub repos: Vec<Repo>,
    /// The tracks, in the order of the file.
    pub tracks: Vec<TrackRule>,
    /// The manifests, in the order of the file.
    pub manifests: Vec<ManifestRule>,
    /// What is meant to disagree.
    pub allows: Vec<AllowRule>,
    /// What a release does beyond the manifests.
    pub release: Release,
}

/// A repository that moves in lockstep.
#[derive(Debug)]
pub struct Repo {
    /// Its name; this repository's is empty.
    pub name: String,
    /// Its checkout, from this repository's root.
    pub path: PathBuf,
    /// Where it is cloned from.
    pub url: Option<String>,
    /// Where releases are made.
    pub branch: Option<String>,
    /// Subject of the commit that a bump makes.
    pub commit: Option<Template>,
}

impl Repo {
    /// A path in this repository, as messages name it: `charts:values.yaml` in another one.
    pub fn show(&self, path: &str) -> String {
        if self.name.is_empty() { path.to_owned() } else { format!("{}:{path}", self.name) }
    }
}

/// A track, or a family of tracks, as configured.
#[derive(Debug)]
pub struct TrackRule {
    /// The name in the file.
    pub name: String,
    /// Where it stands in the file.
    pub span: Range<usize>,
    /// Is there one track for each folder that a manifest's path binds?
    pub family: bool,
    /// The rules its versions keep.
    pub scheme: Scheme,
    /// The level of a bump that names none.
    pub bump: Level,
    /// Indices of the tracks it follows.
    pub with: Vec<usize>,
    /// Index of the repository that is tagged.
    pub repo: usize,
    /// The branch from which it is tagged.
    pub branch: Option<String>,
    /// The tag's name; `None` for a track that isn't tagged.
    pub tag: Option<TagPattern>,
    /// The tag's message.
    pub message: TagPattern,
    /// Is the tag signed?
    pub signed: bool,
}

/// A `[[manifest]]`: which files, and where in them.
#[derive(Debug)]
pub struct ManifestRule {
    /// Where it stands in the file.
    pub span: Range<usize>,
    /// Index of the repository.
    pub repo: usize,
    /// The files, each pattern with its place.
    pub paths: Vec<(Glob, Range<usize>)>,
    /// Of them only these.
    pub only: Vec<Glob>,
    /// Of them not these.
    pub exclude: Vec<Glob>,
    /// Index of the family that the paths bind.
    pub family: Option<usize>,
    /// The places.
    pub entries: Vec<Entry>,
}

/// One `FORMAT.LOCATOR = TEMPLATE`.
#[derive(Debug)]
pub struct Entry {
    /// The format.
    pub format: &'static dyn Format,
    /// The locator, in the format's own grammar.
    pub locator: String,
    /// What must stand there.
    pub template: Template,
    /// How many hits there must be.
    pub count: Count,
    /// Written when a version moves, not checked otherwise.
    pub on_bump: bool,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

impl std::fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A disagreement that is meant.
#[derive(Debug)]
pub struct AllowRule {
    /// Where it stands in the file.
    pub span: Range<usize>,
    /// Index of the repository.
    pub repo: usize,
    /// The files.
    pub path: Glob,
    /// What stands there.
    pub says: String,
    /// Why that is right.
    pub reason: String,
    /// The last day on which it is.
    pub until: Option<Date>,
}

/// Looks everything up; all mistakes of the file in one failure.
pub fn resolve(config: Config) -> Result<Project, Failure> {
    let mut resolver = Resolver { config: &config, failures: Vec::new() };
    let repos = resolver.repos();
    let families = resolver.families();
    let tracks: Vec<TrackRule> = config.tracks.iter().map(|track| resolver.track(track, &families)).collect();
    resolver.cycles(&tracks);
    let manifests = config.manifests.iter().map(|manifest| resolver.manifest(manifest)).collect();
    let allows = config.allows.iter().filter_map(|allow| resolver.allow(allow)).collect();
    if config.tracks.is_empty() {
        resolver.fail(
            &(0..0),
            "no track is configured".to_owned(),
            Some("add `[track.app]` and a `[[manifest]]` that states its version".to_owned()),
        );
    }
    let failures = resolver.failures;
    Failure::all(failures)?;
    let name = config.project.name.as_ref().map(|name| name.value.clone());
    Ok(Project { name, repos, tracks, manifests, allows, release: Release::default(), config })
}
