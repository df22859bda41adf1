//! [`Config`] → [`Project`]: all names looked up, all defaults filled in, all patterns read. No question is left
//! to ask of the configuration, and all its mistakes are said at once.

mod branches;
pub mod forge;
mod images;
mod publish;
pub mod release;
mod remotes;
mod resolver;
pub mod steps;
mod url;

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
use steps::Known;
pub(crate) use url::check_remote;

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
    /// Mistakes that keep nobody from looking at the rest: a release tells them with what else stops it.
    pub mistakes: Vec<Failure>,
}

impl Project {
    /// What the names of a repository's steps begin with: its name; for this one the project's, or `app`.
    pub fn label(&self, repo: usize) -> &str {
        if repo == 0 { own_label(self.name.as_deref()) } else { &self.repos[repo].name }
    }

    /// The branch on which a person tags a track by hand; `None` for any, as release branches are many.
    pub fn tag_branch<'p>(&'p self, track: &'p TrackRule) -> Option<&'p str> {
        let many = track.repo == 0 && self.release.branching.is_some();
        let repo = self.repos[track.repo].branch.as_deref().filter(|_| !many);
        track.branch.as_deref().or(repo)
    }
}

/// The project's name where it can be part of a step's, else `app`.
fn own_label(name: Option<&str>) -> &str {
    let is_label = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !steps::is_reserved(name)
    };
    name.filter(is_label).unwrap_or("app")
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
    /// The branch from which it is released and tagged, if it is said; see [`Repo::release_branch`].
    pub branch: Option<String>,
    /// Subject of the commit that a bump makes.
    pub commit: Option<Template>,
}

impl Repo {
    /// The branch from which it is released. That nothing is said of it lets `tag` tag from any branch, but a release
    /// has to know.
    pub fn release_branch(&self) -> &str {
        self.branch.as_deref().unwrap_or("main")
    }

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
    /// Does it keep step with the track that it follows (`bump = "same"`)?
    pub same: bool,
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
    /// The same, but not for a pre-release; checked where the track is at none (`on = "final"`).
    pub on_final: bool,
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
    let mut project = look_up(config)?;
    Failure::all(std::mem::take(&mut project.mistakes)).map(|()| project)
}

/// The same for who tells the lighter mistakes later: they are in [`Project::mistakes`].
pub fn look_up(config: Config) -> Result<Project, Failure> {
    let mut resolver = Resolver { config: &config, failures: Vec::new(), mistakes: Vec::new() };
    let repos = resolver.repos();
    let families = resolver.families();
    let tracks: Vec<TrackRule> = config.all("track").map(|track| resolver.track(track, &families)).collect();
    resolver.cycles(&tracks);
    let manifests: Vec<ManifestRule> = config.all("manifest").map(|manifest| resolver.manifest(manifest)).collect();
    let allows = config.all("allow").filter_map(|allow| resolver.allow(allow)).collect();
    if tracks.is_empty() {
        let hint = "add `[track.app]` and a `[[manifest]]` that states its version".to_owned();
        resolver.fail(&(0..0), "no track is configured".to_owned(), Some(hint));
    }
    let name = config.one("project").and_then(|project| project.text("name")).map(|name| name.value.clone());
    let release = release_of(&mut resolver, name.as_deref(), &repos, &manifests);
    let Resolver { mut failures, mistakes, .. } = resolver;
    let mistakes = if failures.is_empty() {
        mistakes
    } else {
        failures.extend(mistakes);
        Vec::new()
    };
    Config::refuse(failures)?;
    Ok(Project { name, repos, tracks, manifests, allows, release, mistakes, config })
}

/// What a release does beyond the manifests.
fn release_of(resolver: &mut Resolver<'_>, name: Option<&str>, repos: &[Repo], manifests: &[ManifestRule]) -> Release {
    let config = resolver.config;
    resolver.labels();
    let remotes = resolver.remotes();
    let commands: Vec<_> = config.all("command").map(|command| resolver.command(command)).collect();
    let checklists: Vec<_> = config.all("checklist").map(|list| resolver.checklist(list)).collect();
    let known = Known { project: name, repos, commands: &commands, checklists: &checklists };
    let processes = config.all("process").map(|process| resolver.process(process, &known)).collect();
    Release {
        branching: resolver.branching(repos),
        freeze: resolver.freeze(),
        changelog: resolver.changelog(),
        images: resolver.images(),
        builder: resolver.builder(),
        forge: resolver.forge(),
        registries: resolver.registries(),
        charts: config.all("chart").filter_map(|chart| resolver.chart(chart, &remotes, manifests)).collect(),
        ledger: resolver.ledger(repos, &remotes),
        remotes,
        commands,
        checklists,
        processes,
    }
}

#[cfg(test)]
mod tests;
