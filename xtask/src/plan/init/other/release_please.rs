//! release-please: `release-please-config.json`, `.release-please-manifest.json`, annotations.
//!
//! Each of `packages` (a folder, `.` for the top) has a number, which the manifest says. The release type names the
//! package's own manifests; `extra-files` are further ones: with a JSON path or an XPath, else by annotations in them, and
//! for a bare name with a known ending by both, at `$.version`. A path is the package's, or with a `/` before it the
//! repository's. In a line with `x-release-please-version`, or between `…-start-version` and `x-release-please-end`, the
//! first number of each line is written.

mod annotations;
mod paths;
mod types;

use super::tree::Node;
use super::{Tool, chartpress, files, folder, text, tree};
use crate::plan::init::Facts;

const CONFIG: &str = "release-please-config.json";
const MANIFEST: &str = ".release-please-manifest.json";

const COMMITS: &str = "`bump LEVEL` names the level, `notes` collects what changed, `[changelog]` puts it in";

pub(super) fn read(facts: &Facts) -> Vec<Tool> {
    let mut tools = Vec::new();
    for path in super::named(facts, CONFIG).into_iter().take(1) {
        let Some(text) = text(facts, path) else { continue };
        match tree::parse(path, &text) {
            Ok(root) => tools.extend(packages(facts, path, &root)),
            Err(fault) => tools.push(Tool::new("release-please", path).unreadable(&fault)),
        }
    }
    tools
}

/// The versions that the manifest says, and its path.
fn manifest(facts: &Facts, config: &str) -> Result<Option<(String, Node)>, Box<Tool>> {
    let beside = format!("{}{MANIFEST}", folder(config));
    let Some((path, text)) = [beside.as_str(), MANIFEST].iter().find_map(|path| Some((*path, text(facts, path)?)))
    else {
        return Ok(None);
    };
    match tree::parse(path, &text) {
        Ok(root) => Ok(Some((path.to_owned(), root))),
        Err(fault) => Err(Box::new(Tool::new("release-please", path).unreadable(&fault))),
    }
}

fn packages(facts: &Facts, config: &str, root: &Node) -> Vec<Tool> {
    let mut tools = Vec::new();
    let manifest = manifest(facts, config).unwrap_or_else(|tool| {
        tools.push(*tool);
        None
    });
    let all = root.get("packages").map_or(&[][..], Node::pairs);
    for (path, node) in all {
        let package = Package { root, node, folder: if path == "." { "" } else { path.trim_end_matches('/') } };
        let mut tool = Tool::new("release-please", config);
        tool.package = (all.len() > 1).then(|| package.component(facts).unwrap_or_else(|| package.folder.to_owned()));
        tool.current = manifest.as_ref().and_then(|(_, versions)| versions.get_text(path)).map(str::to_owned);
        if let Some((file, versions)) = &manifest {
            tool.keeps(facts, versions.line_of(path), file, ("json", chartpress::quoted(path)));
        }
        tool.tag = Some(package.tag(facts));
        one(facts, &mut tool, &package);
        tools.push(tool);
    }
    if let Some(first) = tools.iter_mut().find(|tool| tool.file == config) {
        general(first, root);
        first.goes(config, None);
        if let Some((path, _)) = &manifest {
            first.goes(path, None);
        }
    }
    tools
}

/// What is said of all packages.
fn general(tool: &mut Tool, root: &Node) {
    tool.tell(root.line, "conventional commits", "they decide the level and make the changelog", Some(COMMITS));
    for plugin in root.get_items("plugins") {
        let kind = plugin.text().or(plugin.get_text("type")).unwrap_or("plugin");
        let instead = match kind {
            "linked-versions" => Some("one track for all of them"),
            "node-workspace" | "cargo-workspace" | "maven-workspace" => {
                Some("a place for each requirement of a package")
            }
            _ => None,
        };
        tool.tell(plugin.line, kind, "a plugin", instead);
    }
}

/// A package of the configuration.
struct Package<'a> {
    root: &'a Node,
    node: &'a Node,
    /// Its folder without a `/` at the end; empty at the top.
    folder: &'a str,
}

impl Package<'_> {
    /// Its own setting, else the general one.
    fn get(&self, key: &str) -> Option<&Node> {
        self.node.get(key).or_else(|| self.root.get(key))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.node.get_flag(key).or_else(|| self.root.get_flag(key))
    }

    fn kind(&self) -> &str {
        self.text("release-type").unwrap_or("node")
    }

    /// A file of the package.
    fn path(&self, name: &str) -> String {
        match name.strip_prefix('/') {
            Some(name) => name.to_owned(),
            None if self.folder.is_empty() => name.to_owned(),
            None => format!("{}/{name}", self.folder),
        }
    }

    /// Its name in tags: as it is said, else the package's own.
    fn component(&self, facts: &Facts) -> Option<String> {
        let said = self.node.get_text("component").or_else(|| self.node.get_text("package-name"));
        let name = said.map(str::to_owned).or_else(|| types::name(facts, self))?;
        // `@acme/app` is `app`.
        let bare = name.strip_prefix('@').and_then(|name| name.split_once('/')).map(|(_, name)| name.to_owned());
        Some(bare.unwrap_or(name)).filter(|name| !name.is_empty())
    }

    fn tag(&self, facts: &Facts) -> String {
        let mark = if self.flag("include-v-in-tag") == Some(false) { "" } else { "v" };
        let component = match self.flag("include-component-in-tag") {
            Some(false) => None,
            _ => self.component(facts),
        };
        let separator = self.text("tag-separator").unwrap_or("-");
        let before = component.map_or(String::new(), |component| format!("{component}{separator}"));
        format!("{}{mark}{{version}}", before.replace('{', "{{").replace('}', "}}"))
    }
}

fn one(facts: &Facts, tool: &mut Tool, package: &Package) {
    types::places(facts, tool, package);
    if let Some(title) = package.text("pull-request-title-pattern") {
        let over = title.replace("${version}", "{version}");
        let line = package.get("pull-request-title-pattern").map_or(1, |node| node.line);
        match over.contains('$') {
            true => tool.tell(line, title, "a subject with more than the version", None),
            false => tool.commit = Some(over),
        }
    }
    for extra in package.get("extra-files").map_or(&[][..], Node::items) {
        if let Err((what, why)) = extra_file(facts, tool, package, extra) {
            tool.tell(extra.line, what, why, None);
        }
    }
}

type Reason = (String, String);

fn extra_file(facts: &Facts, tool: &mut Tool, package: &Package, extra: &Node) -> Result<(), Reason> {
    let name = extra.text().or(extra.get_text("path")).unwrap_or_default();
    let path = package.path(name);
    let found = match extra.get_flag("glob") {
        Some(true) => files(facts, "", &path).unwrap_or_default(),
        _ => Some(path).filter(|path| facts.files.contains(path)).into_iter().collect(),
    };
    if found.is_empty() {
        return Err((name.to_owned(), String::from("no file is called so")));
    }
    let bare = extra.text().is_some();
    let format = match extra.get_text("type") {
        Some("pom") => "pom",
        Some(kind) => kind,
        None => by_ending(name),
    };
    let way = match format {
        "xml" => extra.get_text("xpath").or(bare.then_some("/*/version")),
        _ => extra.get_text("jsonpath").or(bare.then_some("$.version")),
    };
    let mut any = false;
    for path in &found {
        any |= match format {
            "generic" => false,
            "pom" => types::pom(facts, tool, path, extra.line),
            _ => by_way(facts, tool, path, extra.line, format, way.unwrap_or_default())
                .map_err(|why| (name.to_owned(), why))?,
        };
        if format == "generic" || bare {
            any |= annotations::places(facts, tool, path, extra.line);
        }
    }
    match any {
        true => Ok(()),
        false if format == "generic" => {
            Err((name.to_owned(), String::from("it has no `x-release-please-…` annotation")))
        }
        false => Err((name.to_owned(), format!("nothing stands at `{}`", way.unwrap_or_default()))),
    }
}

fn by_ending(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("json") => "json",
        Some("yaml" | "yml") => "yaml",
        Some("toml") => "toml",
        Some("xml") => "xml",
        _ => "generic",
    }
}

fn by_way(facts: &Facts, tool: &mut Tool, path: &str, line: usize, format: &str, way: &str) -> Result<bool, String> {
    let format = ["json", "yaml", "toml", "xml"].into_iter().find(|known| *known == format);
    let format = format.ok_or_else(|| String::from("a type of file that is not known here"))?;
    let locator = match format {
        "xml" => text(facts, path).and_then(|text| paths::of_xpath(way, &text)),
        _ => paths::of_json(way),
    };
    let locator = locator.ok_or_else(|| format!("the path `{way}` can't be said by a locator"))?;
    Ok(super::structured(facts, tool, path, line, (format, locator), ""))
}
