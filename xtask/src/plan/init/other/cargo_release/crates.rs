//! The crates of a repository, and which settings count for each.

use super::super::find::Piece;
use super::super::tree::{self, Node};
use super::super::{Tool, folder, structured, text};
use crate::plan::init::{Facts, token};

/// Keys of which a `release.toml` of cargo-release has at least one.
const KEYS: [&str; 24] = [
    "allow-branch",
    "sign-commit",
    "sign-tag",
    "release",
    "shared-version",
    "dependent-version",
    "metadata",
    "consolidate-commits",
    "pre-release-replacements",
    "pre-release-hook",
    "pre-release-commit-message",
    "tag",
    "tag-message",
    "tag-name",
    "tag-prefix",
    "push",
    "push-remote",
    "push-options",
    "publish",
    "registry",
    "verify",
    "owners",
    "enable-features",
    "enable-all-features",
];

const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// All crates, and all settings in the order in which they are asked after those of the crate's own folder.
pub(super) struct Workspace {
    pub crates: Vec<Crate>,
    pub settings: Vec<Settings>,
    pub unreadable: Vec<Tool>,
    manifests: Vec<(String, Node)>,
}

/// The settings of one file.
pub(super) struct Settings {
    pub path: String,
    pub section: Option<&'static str>,
    folder: String,
    /// Of one crate only, and not of those below it?
    own: bool,
    node: Node,
}

/// A crate.
pub(super) struct Crate {
    pub name: String,
    pub version: String,
    /// Its folder with a `/`; empty at the top.
    pub folder: String,
    pub repository: Option<String>,
    pub published: bool,
    path: String,
    inherits: bool,
}

impl Workspace {
    pub fn read(facts: &Facts) -> Self {
        let mut all = Self { crates: Vec::new(), settings: Vec::new(), unreadable: Vec::new(), manifests: Vec::new() };
        for path in super::super::named(facts, "Cargo.toml") {
            let Some(root) = text(facts, path).and_then(|text| tree::parse(path, &text).ok()) else { continue };
            for (keys, section, own) in [
                (["package", "metadata", "release"], "[package.metadata.release]", true),
                (["workspace", "metadata", "release"], "[workspace.metadata.release]", false),
            ] {
                if let Some(node) = root.at(&keys) {
                    all.settings.push(Settings::new(path, Some(section), own, node.clone()));
                }
            }
            all.manifests.push((path.to_owned(), root));
        }
        for path in super::super::named(facts, "release.toml") {
            let Some(text) = text(facts, path).filter(|_| !all.manifests.is_empty()) else { continue };
            match tree::parse(path, &text) {
                Ok(node) if node.pairs().iter().any(|(key, _)| KEYS.contains(&key.as_str())) => {
                    all.settings.push(Settings::new(path, None, false, node));
                }
                Ok(_) => {}
                Err(fault) => all.unreadable.push(Tool::new("cargo-release", path).unreadable(&fault)),
            }
        }
        // The crate's own table, the nearest file, a table of the workspace above it.
        all.settings.sort_by_key(|one| (!one.own, std::cmp::Reverse(one.folder.len()), one.section.is_none()));
        all.crates = all.manifests.iter().filter_map(|(path, root)| Crate::new(path, root, &all.manifests)).collect();
        all
    }
}

impl Settings {
    fn new(path: &str, section: Option<&'static str>, own: bool, node: Node) -> Self {
        Self { path: path.to_owned(), section, folder: folder(path).to_owned(), own, node }
    }

    fn counts_for(&self, one: &Crate) -> bool {
        if self.own { self.folder == one.folder } else { one.folder.starts_with(&self.folder) }
    }
}

impl Crate {
    fn new(path: &str, root: &Node, manifests: &[(String, Node)]) -> Option<Self> {
        let package = root.get("package")?;
        let inherited = |key: &str| {
            let above = manifests.iter().rev().filter(|(other, _)| folder(path).starts_with(folder(other)));
            above.filter_map(|(_, root)| root.at(&["workspace", "package", key])?.text()).next_back()
        };
        let value = |key: &str| package.get_text(key).or_else(|| inherited(key));
        let published = package.get_flag("publish") != Some(false)
            && package
                .get("publish")
                .is_none_or(|publish| !matches!(&publish.value, tree::Value::List(list) if list.is_empty()));
        Some(Self {
            name: package.get_text("name")?.to_owned(),
            version: value("version")?.to_owned(),
            folder: folder(path).to_owned(),
            repository: value("repository").map(str::to_owned),
            published,
            path: path.to_owned(),
            inherits: package.get_text("version").is_none(),
        })
    }

    /// The nearest setting of a key.
    pub fn find<'w>(&self, all: &'w Workspace, key: &str) -> Option<(&'w Settings, &'w Node)> {
        let mut settings = all.settings.iter().filter(|settings| settings.counts_for(self));
        settings.find_map(|settings| Some((settings, settings.node.get(key)?)))
    }

    pub fn text<'w>(&self, all: &'w Workspace, key: &str) -> Option<&'w str> {
        self.find(all, key)?.1.text()
    }

    pub fn flag(&self, all: &Workspace, key: &str) -> Option<bool> {
        self.find(all, key)?.0.node.get_flag(key)
    }

    /// The file that says most about it.
    pub fn file<'w>(&self, all: &'w Workspace) -> &'w str {
        let mut settings = all.settings.iter().filter(|settings| settings.counts_for(self));
        settings.next().or(all.settings.first()).map_or("release.toml", |settings| &settings.path)
    }

    pub fn released(&self, all: &Workspace) -> bool {
        self.flag(all, "release") != Some(false)
    }

    /// The crates that share its version: by name, `default`, or since all have the workspace's.
    pub fn group<'w>(&self, all: &'w Workspace) -> Option<&'w str> {
        match self.find(all, "shared-version") {
            Some((_, Node { value: tree::Value::Text(name), .. })) => Some(name),
            Some((_, Node { value: tree::Value::Flag(true), .. })) => Some("default"),
            _ if self.inherits => Some("workspace"),
            _ => None,
        }
    }

    /// The tag's name in pieces; none where there is more than the version in it.
    pub fn tag(&self, all: &Workspace) -> Option<Vec<Piece>> {
        let default = if self.folder.is_empty() { "" } else { "{{crate_name}}-" };
        let prefix = self.text(all, "tag-prefix").unwrap_or(default);
        let name = self.text(all, "tag-name").unwrap_or("{{prefix}}v{{version}}");
        super::template(&name.replace("{{prefix}}", prefix), self, &[])
    }

    /// Its version in its manifest and the lock file, and the requirements of what depends on it by its path.
    pub fn manifest_places(&self, facts: &Facts, tool: &mut Tool, all: &Workspace) {
        let mut found = Vec::new();
        if !self.inherits {
            found.push((self.path.clone(), String::from("package.version"), ""));
        } else if let Some((path, _)) = all.manifests.iter().find(|(path, root)| {
            self.folder.starts_with(folder(path)) && root.at(&["workspace", "package", "version"]).is_some()
        }) {
            found.push((path.clone(), String::from("workspace.package.version"), ""));
        }
        let locks =
            facts.files.iter().filter(|path| path.ends_with("Cargo.lock") && self.folder.starts_with(folder(path)));
        found.extend(locks.map(|path| (path.clone(), format!("package[name={}].version", self.name), "")));
        for (path, root) in &all.manifests {
            let mended = self.text(all, "dependent-version") == Some("fix");
            found.extend(
                self.requirements(root, mended).into_iter().map(|(locator, form)| (path.clone(), locator, form)),
            );
        }
        for (path, locator, form) in found {
            let known =
                |hint: &super::Hint| hint.path == path && hint.named.as_ref().is_some_and(|(_, at)| *at == locator);
            if !tool.places.iter().any(known) {
                structured(facts, tool, &path, 1, ("toml", locator), form);
            }
        }
    }

    /// Where a manifest asks for this crate by its path and its version; of requirements that are `mended`, those that
    /// the next version won't meet.
    fn requirements(&self, root: &Node, mended: bool) -> Vec<(String, &'static str)> {
        let mut tables: Vec<(String, &Node)> = Vec::new();
        let below = |prefix: &str, node| DEPENDENCIES.map(|name| (format!("{prefix}{name}"), Node::get(node, name)));
        let found = below("", root)
            .into_iter()
            .chain(root.get("workspace").into_iter().flat_map(|node| below("workspace.", node)));
        tables.extend(found.filter_map(|(way, node)| Some((way, node?))));
        for (name, target) in root.get("target").map_or(&[][..], Node::pairs) {
            let quoted = super::super::chartpress::quoted(name);
            let here = below(&format!("target.{quoted}."), target);
            tables.extend(here.into_iter().filter_map(|(way, node)| Some((way, node?))));
        }
        let mut found = Vec::new();
        for (way, table) in tables {
            for (name, dependency) in table.pairs() {
                let package = dependency.get_text("package").unwrap_or(name);
                let version = dependency.get_text("version").filter(|_| dependency.get("path").is_some());
                let met = |version: &&str| mended && !version.trim_start().starts_with('=');
                let Some(version) = version.filter(|version| package == self.name && !met(version)) else { continue };
                let form = match token::numbers(version.trim_start_matches(|c: char| !c.is_ascii_digit())).len() {
                    1 => ".major",
                    2 => ".short",
                    _ => "",
                };
                found.push((format!("{way}.{}.version", super::super::chartpress::quoted(name)), form));
            }
        }
        found
    }
}
