//! Every key of `release.toml`, once: what is read, refused, put into the schema and explained in the reference.

/// What a key's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A string or a list of strings.
    Texts,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A date, `2027-01-31`, as a string or as TOML's own.
    Date,
    /// `true` or `false`.
    Bool,
    /// A number with its unit: `90s`, `30m`, `2h`.
    Duration,
    /// A list of strings, and no single one: a program and its arguments.
    List,
    /// A table of strings, whatever their names: variables.
    Map,
}

/// How often a table can stand in the file, and what its header looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `[project]`
    Once,
    /// `[track.NAME]`
    Named,
    /// `[[manifest]]`
    List,
}

/// A table of the file.
#[derive(Debug)]
pub struct Table {
    /// As it is written.
    pub name: &'static str,
    /// How its header looks.
    pub shape: Shape,
    /// What can stand in it.
    pub keys: &'static [Key],
    /// One sentence for the reference and for editors.
    pub about: &'static str,
}

impl Table {
    /// The header as it is written, with this name where it has one.
    pub fn header(&self, name: &str) -> String {
        match self.shape {
            Shape::Once => format!("[{}]", self.name),
            Shape::Named => format!("[{}.{name}]", self.name),
            Shape::List => format!("[[{}]]", self.name),
        }
    }

    /// One of its keys.
    pub fn find_key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value must be.
    pub kind: Kind,
    /// Must it be there?
    pub required: bool,
    /// One sentence for the reference and for editors.
    pub about: &'static str,
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: false, about }
}

const fn required(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, required: true, about }
}

/// The names of [`crate::version::Scheme`].
pub const SCHEMES: &[&str] = &["semver", "chart", "calver", "pep440", "loose"];

/// The words of [`crate::resolve::release::CommandPlace`].
pub const PLACES: &[&str] = &["prepared", "checkout"];

/// The words of [`crate::resolve::release::When`].
pub const MOMENTS: &[&str] = &["branch", "prepared", "pushed", "built", "end"];

/// The keys of an entry that is written as a table: `{ template = "…", count = 3 }`.
pub static ENTRY: &[&str] = &["template", "count", "on"];

/// Every table, in the order of the reference.
pub static TABLES: &[Table] = &[
    Table { name: "project", shape: Shape::Once, keys: PROJECT, about: "The project." },
    Table { name: "track", shape: Shape::Named, keys: TRACK, about: "A version number that moves on its own." },
    Table { name: "repo", shape: Shape::Named, keys: REPO, about: "Another repository that moves in lockstep." },
    Table {
        name: "manifest",
        shape: Shape::List,
        keys: MANIFEST,
        about: "Files that state versions, and where in them.",
    },
    Table { name: "allow", shape: Shape::List, keys: ALLOW, about: "A disagreement that is meant." },
    Table {
        name: "remote",
        shape: Shape::Named,
        keys: REMOTE,
        about: "A place that a repository is pushed to; the first one of a repository is where it is released.",
    },
    Table { name: "branch", shape: Shape::Once, keys: BRANCH, about: "Release branches of this repository." },
    Table {
        name: "freeze",
        shape: Shape::Once,
        keys: FREEZE,
        about: "What may still come to a release branch once it is cut; a commit needs one of these.",
    },
    Table {
        name: "changelog",
        shape: Shape::Once,
        keys: CHANGELOG,
        about: "The changelog, which gets a section for each version.",
    },
    Table {
        name: "image",
        shape: Shape::List,
        keys: IMAGE,
        about: "An image: built from the release's commit where it says how, else waited for. Nothing names it before.",
    },
    Table {
        name: "builder",
        shape: Shape::Once,
        keys: BUILDER,
        about: "The buildx builder that builds images; made where it isn't there.",
    },
    Table { name: "registry", shape: Shape::List, keys: REGISTRY, about: "What is to be known of a registry." },
    Table { name: "chart", shape: Shape::List, keys: CHART, about: "A Helm chart that is packaged and published." },
    Table { name: "forge", shape: Shape::Once, keys: FORGE, about: "The release on GitHub." },
    Table {
        name: "asset",
        shape: Shape::List,
        keys: ASSET,
        about: "Files that are attached to the release on GitHub.",
    },
    Table { name: "command", shape: Shape::Named, keys: COMMAND, about: "A program of the project's own." },
    Table { name: "checklist", shape: Shape::Named, keys: CHECKLIST, about: "A list that a person goes through." },
    Table {
        name: "process",
        shape: Shape::Named,
        keys: PROCESS,
        about: "An order of steps; without `[process.release]` the default one counts.",
    },
    Table {
        name: "ledger",
        shape: Shape::Once,
        keys: LEDGER,
        about: "Where it is kept who releases what; in this repository's git folder unless said.",
    },
];

static PROJECT: &[Key] = &[
    key("name", Kind::Text, "The project's name, for messages and before this repository's steps."),
    key("branch", Kind::Text, "The branch from which this repository is released; `main` unless said."),
    key("commit", Kind::Text, "Subject of the version's commit, which `bump --commit` and a release make; a template."),
];

static TRACK: &[Key] = &[
    key("scheme", Kind::Word(SCHEMES), "The rules the version numbers keep; `semver` unless said."),
    key(
        "bump",
        Kind::Text,
        "The level of a bump that names none; `patch` unless said. `same`, of a track with `with`: as far as the one that it follows.",
    ),
    key("with", Kind::Texts, "Tracks that this one follows: it moves whenever one of them does."),
    key("repo", Kind::Text, "The repository that is tagged; this one unless said."),
    key("branch", Kind::Text, "The branch from which `tag` tags; any unless said."),
    key(
        "tag",
        Kind::Text,
        "The tag's name: `{version}`, and for a family `{name}`; `v{version}` unless said; empty for a track without tags.",
    ),
    key("message", Kind::Text, "The tag's message; a template over `{version}` and `{name}`."),
    key("signed", Kind::Bool, "Are its tags signed, with the key that git is configured for? `false` unless said."),
];

static REPO: &[Key] = &[
    key("path", Kind::Text, "Its checkout, from this repository's root; `../NAME` unless said."),
    key("url", Kind::Text, "Its public remote: short for a `[remote.…]` of its own, called `origin`."),
    key("branch", Kind::Text, "The branch from which it is released and tagged; `main` in a release unless said."),
    key("commit", Kind::Text, "Subject of the version's commit there; a template."),
];

static MANIFEST: &[Key] = &[
    key("repo", Kind::Text, "The repository the paths are in; this one unless said."),
    required("path", Kind::Texts, "Files: paths, `*`, `?`, `**`, and `{track}`, which makes the track a family."),
    key("only", Kind::Texts, "Of these files, only those that match one of these patterns."),
    key("exclude", Kind::Texts, "Of these files, none that matches one of these patterns."),
];

static ALLOW: &[Key] = &[
    key("repo", Kind::Text, "The repository the path is in; this one unless said."),
    required("path", Kind::Text, "The file that is meant to disagree; a pattern."),
    required("says", Kind::Text, "What stands there."),
    required("reason", Kind::Text, "Why that is right."),
    key("until", Kind::Date, "The day after which it is an error."),
];

static REMOTE: &[Key] = &[
    required(
        "url",
        Kind::Text,
        "Its exact address: https, ssh, `user@host:path`, or a path from this repository's root.",
    ),
    key(
        "public",
        Kind::Bool,
        "May everybody read it? `true` unless said. What only a private one has never goes to a public one.",
    ),
    key("repo", Kind::Text, "The repository it is a remote of; this one unless said."),
];

static BRANCH: &[Key] = &[
    required("name", Kind::Text, "A release branch's name; a template, as in `release-{app}`."),
    key("from", Kind::Text, "The branch it is cut from; the project's `branch` unless said."),
    key(
        "merge",
        Kind::Text,
        "The branch into which its pull request is merged, always by a merge commit; that one is tagged then.",
    ),
];

static FREEZE: &[Key] = &[
    key("allow", Kind::Texts, "Patterns of paths: a commit that touches nothing else may come."),
    key("marks", Kind::Texts, "Words such as `Freeze-Exception:`: a commit whose message holds one may come."),
];

static CHANGELOG: &[Key] = &[
    key("file", Kind::Text, "The file; `CHANGELOG.md` unless said."),
    key(
        "notes",
        Kind::Text,
        "The file in which a person writes a section's text; a template, `release-config/notes/{app}.md` unless said.",
    ),
    key(
        "commit",
        Kind::Text,
        "Subject of the section's own commit, a template; part of the version's commit unless said.",
    ),
    key(
        "heading",
        Kind::Text,
        "The new heading without its `#`s, a template; written like the file's others unless said.",
    ),
];

static IMAGE: &[Key] = &[
    required("name", Kind::Text, "The image without its registry: `acme/app`."),
    required("registries", Kind::Texts, "Hosts, each of which must have every tag: `ghcr.io`."),
    required("tags", Kind::Texts, "Image tags; templates, as in `release-{app}`."),
    key("platforms", Kind::Texts, "Platforms that must be there, as `linux/arm64`; whatever there is unless said."),
    key(
        "wait",
        Kind::Duration,
        "How long a release waits for one that others build; `30m` unless said, `0s` for not at all.",
    ),
    key("repo", Kind::Text, "The repository that it is built from; this one unless said."),
    key(
        "dockerfile",
        Kind::Text,
        "The Dockerfile that it is built by; without it and `context` it is others who build it.",
    ),
    key("context", Kind::Text, "The folder that the build sees; the repository's top unless said."),
    key("target", Kind::Text, "The stage of the Dockerfile that is built; the last one unless said."),
    key(
        "args",
        Kind::Map,
        "Build arguments; templates. No secrets: they can be read on command lines, in the plan and in the image.",
    ),
    key(
        "labels",
        Kind::Map,
        "Labels beside `org.opencontainers.image.version`, `.revision`, `.created` and `.source`; templates.",
    ),
    key("suffix", Kind::Text, "What a variant's image tags and channels end with, as `-scratch`."),
    key(
        "channels",
        Kind::Texts,
        "Moving image tags such as `latest`; templates. They only go forward, and never to a candidate.",
    ),
    key(
        "promote",
        Kind::Bool,
        "Does a final version take over the digests of its last candidate, without a build? `false` unless said.",
    ),
    key(
        "provenance",
        Kind::Bool,
        "Is it attested how it was built? Such an index has another digest at each build; `false` unless said.",
    ),
    key("sbom", Kind::Bool, "Is it attested what is in it? `false` unless said."),
    key("timeout", Kind::Duration, "How long its build may take; `1h` unless said."),
    key("same-files", Kind::Bool, "Do all platforms hold the same files, no program? Else it is a warning if they do."),
];

static BUILDER: &[Key] = &[
    key("name", Kind::Text, "Its name; `lockstep` unless said. One that is there is used as it is."),
    key("options", Kind::Texts, "Options of the `docker-container` driver, as `network=host`."),
    key(
        "nodes",
        Kind::Texts,
        "Docker contexts or addresses of its nodes, as `ssh://arm.example.com`; this machine's engine unless said.",
    ),
    key("config", Kind::Text, "A `buildkitd.toml` for it; a path from this repository's root."),
];

static FORGE: &[Key] = &[
    required("repository", Kind::Text, "Owner and name: `acme/app`."),
    key("host", Kind::Text, "Its host; `github.com` unless said."),
    key("title", Kind::Text, "The release's title; a template, the tag's name unless said."),
    key(
        "notes",
        Kind::Text,
        "The file in which a person writes the release's text; a template, `release-config/notes/{app}.md` unless said. \
         With `[changelog]` it may be left out: then its section is the text.",
    ),
    key("others", Kind::Texts, "Names of assets that others attach, such as `*.sig`: they are left alone."),
    key("checksums", Kind::Text, "An asset with the SHA-256 of all others, made by the tool; a template for its name."),
];

static ASSET: &[Key] = &[
    required("path", Kind::Texts, "Files: paths, `*`, `?`, `**`."),
    key(
        "where",
        Kind::Word(PLACES),
        "`prepared`: files of the release's commit, unless said; `checkout`: files of the user's own, as a command made them.",
    ),
    key("name", Kind::Text, "Another name than the file's own, for a single file; a template."),
];

static REGISTRY: &[Key] = &[
    required("host", Kind::Text, "Its name and port, as in an image's reference."),
    key("login", Kind::Bool, "Must one be logged in? Looked at before anything starts; `false` unless said."),
    key("plain-http", Kind::Bool, "Is it spoken to without TLS? Always so on this machine; `false` unless said."),
];

static CHART: &[Key] = &[
    key("repo", Kind::Text, "The repository the chart is in; this one unless said."),
    required("path", Kind::Text, "The chart's folder, `charts/acme`, or `charts/{chart}` for a family."),
    key("pages", Kind::Text, "The branch with `index.yaml` and the archives, such as `gh-pages`."),
    key("folder", Kind::Text, "The folder on that branch; its top unless said."),
    key("url", Kind::Text, "What the URLs in `index.yaml` begin with; only the archive's name unless said."),
    key("oci", Kind::Texts, "Registries and folders it is pushed to, without its name: `oci://ghcr.io/acme/charts`."),
];

static COMMAND: &[Key] = &[
    required("argv", Kind::List, "The program and its arguments; templates. No shell reads them."),
    key("env", Kind::Map, "Variables beside those of the caller; templates."),
    key(
        "where",
        Kind::Word(PLACES),
        "`prepared`: a scratch work tree of the version's commit, unless said; `checkout`: the user's own.",
    ),
    key(
        "done",
        Kind::List,
        "A program that ends with 0 when the effect is there already; without it a receipt says so.",
    ),
    key("timeout", Kind::Duration, "How long it may take; `1h` unless said."),
    key(
        "when",
        Kind::Word(MOMENTS),
        "Its place in the default order, where all stand as they do in this file; `end` unless said.",
    ),
];

static CHECKLIST: &[Key] = &[
    key("file", Kind::Text, "Markdown with `- [ ]` lines; `release-config/checklists/NAME.md` unless said."),
    key(
        "when",
        Kind::Word(MOMENTS),
        "Its place in the default order, where all stand as they do in this file; `prepared` unless said.",
    ),
];

static PROCESS: &[Key] =
    &[required("steps", Kind::List, "The steps in their order: the tool's own, `command/NAME`, `checklist/NAME`.")];

static LEDGER: &[Key] = &[
    required("remote", Kind::Text, "The remote that keeps it; a private one where there is one."),
    key("branch", Kind::Text, "Its branch there; `lockstep-ledger` unless said."),
];
