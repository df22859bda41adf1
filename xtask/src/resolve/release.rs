//! What a release does beyond the manifests, as configured: remotes, branches, notes, gates, charts, commands, order.

use std::ops::Range;
use std::time::Duration;

use crate::glob::Glob;
use crate::reference::is_loopback;
use crate::template::Template;

/// Everything that [`crate::plan`] needs to know of a release besides tracks and manifests.
#[derive(Debug, Default)]
pub struct Release {
    /// The repositories' remotes, in the order of the file; the first of a repository is where it is released.
    pub remotes: Vec<Remote>,
    /// How release branches are cut; none where releases are made on a repository's own branch.
    pub branching: Option<Branching>,
    /// Which commits may come after the cut; none where all may.
    pub freeze: Option<Freeze>,
    /// The changelog that gets a section for each version.
    pub changelog: Option<Changelog>,
    /// Images that are built, or waited for: nothing of another repository may name them before they are there.
    pub images: Vec<Image>,
    /// What builds images.
    pub builder: Builder,
    /// What is known of registries.
    pub registries: Vec<Registry>,
    /// The release on GitHub.
    pub forge: Option<Forge>,
    /// Charts that are packaged and published.
    pub charts: Vec<ChartRule>,
    /// The project's own programs.
    pub commands: Vec<CommandRule>,
    /// Lists that a person goes through.
    pub checklists: Vec<Checklist>,
    /// Named orders of steps; without `release` among them the default order counts.
    pub processes: Vec<Process>,
    /// Where claims are kept.
    pub ledger: Ledger,
}

impl Release {
    /// Is a registry spoken to without TLS? Where its `[[registry]]` says so, and on this machine.
    pub fn is_plain_http(&self, host: &str) -> bool {
        is_loopback(host) || self.registries.iter().any(|registry| registry.host == host && registry.plain_http)
    }

    /// Is it looked, before anything begins, whether one is logged in to a registry?
    pub fn wants_login(&self, host: &str) -> bool {
        self.registries.iter().any(|registry| registry.host == host && registry.login)
    }
}

/// `[remote.NAME]`, or the `url` of `[repo.NAME]`, which makes a public one called `origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// The name in the file.
    pub name: String,
    /// Index of the repository it belongs to.
    pub repo: usize,
    /// The exact URL: what git is given and what its own settings must not turn into another place. A path is
    /// relative to this repository's root.
    pub url: String,
    /// May everybody read it? What only private remotes have never goes to a public one.
    pub public: bool,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[branch]`: release branches of this repository.
#[derive(Debug)]
pub struct Branching {
    /// `release-{app}`
    pub name: Template,
    /// The branch they are cut from.
    pub from: String,
    /// The branch into which a release branch is merged before the tag is made; none where it is tagged itself.
    pub merge: Option<String>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[freeze]`: what may be committed to a release branch after the cut. A commit is fine when every path it touches
/// matches `allow`, or when its message holds one of `marks`.
#[derive(Debug, Default)]
pub struct Freeze {
    /// Patterns of paths.
    pub allow: Vec<Glob>,
    /// Words, as `Freeze-Exception:`.
    pub marks: Vec<String>,
}

/// `[changelog]`
#[derive(Debug)]
pub struct Changelog {
    /// The file, from this repository's root.
    pub file: String,
    /// The file in the checkout in which a person writes the section's text, as `release-config/notes/{app}.md`.
    pub notes: Template,
    /// Subject of the commit; none to make it part of the version's commit.
    pub commit: Option<Template>,
    /// The new section's heading without its `#`s, as `{app}`; none to write it as the file's other ones.
    pub heading: Option<Template>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[[image]]`
#[derive(Debug)]
pub struct Image {
    /// The repository in its registries: `acme/app`.
    pub name: String,
    /// `ghcr.io`, `127.0.0.1:5000`; in each of them every tag must be there.
    pub registries: Vec<String>,
    /// Image tags without the suffix: `release-{app}`.
    pub tags: Vec<Template>,
    /// Moving image tags without the suffix: `latest`, `{app.major}`.
    pub channels: Vec<Template>,
    /// What the tags and channels of this variant end with: `-scratch`; empty where there are no variants.
    pub suffix: String,
    /// `linux/amd64` …; empty for whatever there is, where others build it.
    pub platforms: Vec<String>,
    /// How long a release waits for it at most.
    pub wait: Duration,
    /// Does a final version take over the digests of its last candidate?
    pub promote: bool,
    /// How it is built; none where others do.
    pub build: Option<BuildRule>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// How an image is built.
#[derive(Debug)]
pub struct BuildRule {
    /// Index of the repository that is built from.
    pub repo: usize,
    /// The Dockerfile, from that repository's root.
    pub dockerfile: String,
    /// The folder that the build sees, from that repository's root; empty for the top.
    pub context: String,
    /// The stage; none for the last.
    pub target: Option<String>,
    /// Build arguments.
    pub args: Vec<(String, Template)>,
    /// Labels of the project's own.
    pub labels: Vec<(String, Template)>,
    /// Is it attested how it was built?
    pub provenance: bool,
    /// Is it attested what is in it?
    pub sbom: bool,
    /// How long it may take.
    pub timeout: Duration,
    /// May all its platforms hold the same files?
    pub same_files: bool,
}

/// `[builder]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Builder {
    /// The name, as buildx knows it.
    pub name: String,
    /// Options of the `docker-container` driver: `network=host`.
    pub options: Vec<String>,
    /// Docker contexts or addresses; empty for the engine of this machine.
    pub nodes: Vec<String>,
    /// A `buildkitd.toml`, from this repository's root.
    pub config: Option<String>,
}

impl Default for Builder {
    fn default() -> Self {
        Self { name: "lockstep".to_owned(), options: Vec::new(), nodes: Vec::new(), config: None }
    }
}

/// `[forge]` and its `[[asset]]`s: the release on GitHub.
#[derive(Debug)]
pub struct Forge {
    /// `acme/app`
    pub repository: String,
    /// `github.com`
    pub host: String,
    /// The release's title; none for the tag's name.
    pub title: Option<Template>,
    /// The file in the checkout in which a person writes the release's text; none for that of the changelog.
    pub notes: Option<Template>,
    /// The name of the asset with the checksums of all others.
    pub checksums: Option<Template>,
    /// Files that are attached.
    pub assets: Vec<AssetRule>,
    /// Names of assets that others attach.
    pub others: Vec<Glob>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[[asset]]`
#[derive(Clone, Debug)]
pub struct AssetRule {
    /// The files.
    pub paths: Vec<Glob>,
    /// Where they are looked for.
    pub place: CommandPlace,
    /// Another name than the file's own; only for a single one.
    pub name: Option<Template>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[[registry]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// Name and port, as in an image's reference.
    pub host: String,
    /// Must one be logged in?
    pub login: bool,
    /// Without TLS.
    pub plain_http: bool,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[[chart]]`
#[derive(Debug)]
pub struct ChartRule {
    /// Index of the repository.
    pub repo: usize,
    /// The chart's folder: `charts/acme`, or `charts/{chart}` for a family.
    pub path: Glob,
    /// The branch with `index.yaml` and the archives.
    pub pages: Option<Pages>,
    /// `oci://HOST/FOLDER`, without the chart's name.
    pub oci: Vec<String>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// Where a chart repository's pages are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pages {
    /// The branch, in the chart's own repository.
    pub branch: String,
    /// The folder on it, without slashes at its ends; empty for the top.
    pub folder: String,
    /// What the index's URLs begin with; none for the archive's bare name.
    pub url: Option<String>,
}

/// `[command.NAME]`: a program of the project's own.
#[derive(Debug)]
pub struct CommandRule {
    /// The name in the file.
    pub name: String,
    /// The program and its arguments.
    pub argv: Vec<Template>,
    /// Its variables.
    pub env: Vec<(String, Template)>,
    /// Where it runs.
    pub place: CommandPlace,
    /// Ends with 0 when the effect is there already; without it a run's receipt says so.
    pub done: Vec<Template>,
    /// How long it may take.
    pub timeout: Duration,
    /// Where it stands in the default order.
    pub when: When,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// Where a project's own command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandPlace {
    /// In a scratch work tree of this repository's prepared commit.
    Prepared,
    /// In the user's checkout.
    Checkout,
}

/// Where a step stands in the default order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When the release branch is cut.
    Branch,
    /// Everything is prepared, nothing is pushed.
    Prepared,
    /// This repository is pushed.
    Pushed,
    /// The images are built, and have no names yet.
    Built,
    /// Everything is published.
    End,
}

/// `[checklist.NAME]`
#[derive(Debug)]
pub struct Checklist {
    /// The name in the file.
    pub name: String,
    /// The Markdown file with its `- [ ]` lines, from this repository's root.
    pub file: String,
    /// Where it stands in the default order.
    pub when: When,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[process.NAME]`
#[derive(Debug)]
pub struct Process {
    /// The name in the file.
    pub name: String,
    /// The steps, named as their ids begin, each with its place: `commit`, `charts/push`, `command/deploy`.
    pub steps: Vec<(String, Range<usize>)>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// `[ledger]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ledger {
    /// In this repository's git folder.
    #[default]
    Local,
    /// A branch of a remote: index into [`Release::remotes`], and the branch's name.
    Remote(usize, String),
}
