//! commitizen: `[tool.commitizen]`, `.cz.toml`, `.cz.json`, `.cz.yaml`.
//!
//! `version_files` are `path:pattern`: in every line that the pattern hits each occurrence of the version is replaced;
//! without a pattern in every line that has it. The path is a glob without `**`. `version_provider` names a manifest.

use super::find;
use super::tree::Node;
use super::{Hint, Tool, files, folder, package, text, tree};
use crate::plan::init::Facts;

/// In its own order; the first that has a section counts.
const NAMES: [&str; 7] = [".cz.toml", "cz.toml", ".cz.json", "cz.json", ".cz.yaml", "cz.yaml", "pyproject.toml"];

const HOOK: &str = "`[command.NAME]`, with `when = \"prepared\"` or `\"pushed\"`";

pub(super) fn read(facts: &Facts) -> Vec<Tool> {
    let mut tools: Vec<Tool> = Vec::new();
    for path in NAMES.iter().flat_map(|name| super::named(facts, name)) {
        let Some(text) = text(facts, path).filter(|text| text.contains("commitizen")) else { continue };
        let tool = Tool { package: package(folder(path)), ..Tool::new("commitizen", path) };
        let root = match tree::parse(path, &text) {
            Ok(root) => root,
            Err(_) if path.ends_with("pyproject.toml") => continue,
            Err(fault) => {
                tools.push(tool.unreadable(&fault));
                continue;
            }
        };
        let keys: &[&str] = if path.ends_with(".toml") { &["tool", "commitizen"] } else { &["commitizen"] };
        let Some(node) = root.at(keys) else { continue };
        match tools.iter_mut().find(|other| folder(&other.file) == folder(path)) {
            Some(other) => {
                other.tell(node.line, path, format!("commitizen reads `{}` and not this", other.file.clone()), None);
            }
            None => tools.push(one(facts, tool, node)),
        }
    }
    tools
}

fn one(facts: &Facts, mut tool: Tool, node: &Node) -> Tool {
    let path = tool.file.clone();
    tool.goes(&path, path.ends_with("pyproject.toml").then_some("[tool.commitizen]"));
    let provider = node.get_text("version_provider").unwrap_or("commitizen");
    let line = node.line_of("version_provider");
    let format = [(".toml", "toml"), (".json", "json"), (".yaml", "yaml")].iter().find(|(end, _)| path.ends_with(end));
    if let ("commitizen", Some((_, format))) = (provider, format) {
        let place = if *format == "toml" { "tool.commitizen.version" } else { "commitizen.version" };
        tool.keeps(facts, node.line_of("version"), &path, (format, place.to_owned()));
    }
    tool.current = match provider {
        "commitizen" => node.get_text("version").map(str::to_owned),
        _ => provided(facts, &mut tool, provider, line),
    };
    tool.scheme = match node.get_text("version_scheme").or(node.get_text("version_type")) {
        None | Some("pep440") => Some("pep440"),
        Some("semver" | "semver2") => Some("semver"),
        Some(other) => {
            tool.tell(node.line_of("version_scheme"), other, "a scheme of the project's own", None);
            None
        }
    };
    names(&mut tool, node);
    let Some(current) = tool.current.clone() else { return tool };
    for item in node.get_items("version_files") {
        let entry = item.text().unwrap_or_default();
        if let Err(why) = places(facts, &mut tool, entry, item.line, &current, node.line_of("version")) {
            tool.tell(item.line, entry, why, None);
        }
    }
    tool
}

/// The version of the manifest that a provider stands for, and its places.
fn provided(facts: &Facts, tool: &mut Tool, provider: &str, line: usize) -> Option<String> {
    let manifests: &[(&str, &str, &str)] = match provider {
        "pep621" | "uv" => &[("pyproject.toml", "toml", "project.version")],
        "poetry" => &[("pyproject.toml", "toml", "tool.poetry.version")],
        "cargo" => &[("Cargo.toml", "toml", "workspace.package.version"), ("Cargo.toml", "toml", "package.version")],
        "npm" => &[
            ("package.json", "json", "version"),
            ("package-lock.json", "json", "version"),
            ("package-lock.json", "json", "packages.\"\".version"),
            ("npm-shrinkwrap.json", "json", "version"),
            ("npm-shrinkwrap.json", "json", "packages.\"\".version"),
        ],
        "composer" => &[("composer.json", "json", "version")],
        "scm" => return None,
        other => {
            tool.tell(line, other, "a provider of versions that is not known here", None);
            return None;
        }
    };
    let folder = folder(&tool.file).to_owned();
    for (file, format, locator) in manifests {
        let path = format!("{folder}{file}");
        super::structured(facts, tool, &path, line, (format, (*locator).to_owned()), "");
    }
    let current = tool.places.first().map(|hint| hint.says.clone());
    if current.is_none() {
        tool.tell(line, provider, "the manifest that it stands for says no version", None);
    }
    current
}

fn names(tool: &mut Tool, node: &Node) {
    match pattern(node.get_text("tag_format").unwrap_or("$version")) {
        Some(tag) => tool.tag = Some(tag),
        None => {
            let what = node.get_text("tag_format").unwrap_or_default();
            tool.tell(node.line_of("tag_format"), what, "a tag of parts of the version", None);
        }
    }
    if let Some(message) = node.get_text("bump_message") {
        match message.contains("current_version") {
            true => {
                let why = "a subject with the old version in it";
                tool.tell(
                    node.line_of("bump_message"),
                    message,
                    why,
                    Some("`commit` in `[project]`, over the new version"),
                );
            }
            false => {
                let escaped = message.replace('{', "{{").replace('}', "}}");
                let over = escaped.replace("${{new_version}}", "{version}").replace("$new_version", "{version}");
                tool.commit = Some(over);
            }
        }
    }
    for key in ["pre_bump_hooks", "post_bump_hooks"] {
        for hook in node.get_items(key) {
            tool.tell(hook.line, hook.text().unwrap_or(key), format!("a command of `{key}`"), Some(HOOK));
        }
    }
    if node.get_flag("update_changelog_on_bump") == Some(true) {
        let instead = Some("`notes` collects what changed, a person writes it, `[changelog]` puts it in");
        tool.tell(
            node.line_of("update_changelog_on_bump"),
            "update_changelog_on_bump",
            "the changelog is made of commits",
            instead,
        );
    }
    if node.get_flag("gpg_sign") == Some(true) {
        tool.tell(node.line_of("gpg_sign"), "gpg_sign", "tags are signed", Some("`signed = true` in the track"));
    }
}

/// `v$version`, `v${version}`, `v$major.$minor.$patch$prerelease` → `v{version}`.
fn pattern(format: &str) -> Option<String> {
    let mut format = format.replace(['{', '}'], "");
    for parts in
        ["$major.$minor.$patch$prerelease$devrelease", "$major.$minor.$patch$prerelease", "$major.$minor.$patch"]
    {
        format = format.replace(parts, "$version");
    }
    let pattern = format.replacen("$version", "{version}", 1);
    (!pattern.contains('$')).then_some(pattern).filter(|pattern| pattern.contains("{version}"))
}

fn places(facts: &Facts, tool: &mut Tool, entry: &str, line: usize, current: &str, own: usize) -> Result<(), String> {
    let (glob, pattern) = entry.split_once(':').unwrap_or((entry, ""));
    // Without recursion `**` is a `*`.
    let paths = files(facts, folder(&tool.file), &glob.replace("**", "*"));
    let paths = paths.filter(|paths| !paths.is_empty()).ok_or("no file is called so")?;
    let regex = match pattern {
        "" => None,
        _ => Some(find::regex(pattern, false).map_err(|error| format!("the pattern can't be read here: {error}"))?),
    };
    let before = tool.places.len();
    for path in paths {
        let Some(text) = text(facts, &path) else { continue };
        for spot in find::in_lines(&text, regex.as_ref(), current, "") {
            let at = text[..spot.span.start].matches('\n').count() + 1;
            if path == tool.file && at == own {
                continue;
            }
            let says = current.to_owned();
            let (path, any) = (path.clone(), regex.is_none());
            tool.places.push(Hint { path, line, span: spot.span, says, form: "", named: None, any });
        }
    }
    match tool.places.len() == before {
        true => Err(format!("`{current}` is not in such a line today")),
        false => Ok(()),
    }
}
