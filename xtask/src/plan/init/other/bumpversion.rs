//! bump-my-version, bump2version, bumpversion: `.bumpversion.toml`, `[tool.bumpversion]`, `.bumpversion.cfg`,
//! `[bumpversion]`.
//!
//! In each file named, every occurrence of `search` is replaced, whichever line it is on; `{current_version}` alone,
//! which is the default, is every occurrence of the number. With `regex = true` (bump-my-version only) `search` is a
//! pattern in which the version stands escaped. `serialize` of a file says how the version is spelled there.

mod settings;
mod spelling;

use super::find::{self, Piece, Spot};
use super::tree::Node;
use super::{Hint, Tool, files, folder, package, python, text, tree};
use crate::plan::init::{Facts, skip};
use settings::{File, Settings};
use spelling::Spelling;

/// Files in which it looks for its settings, in its own order.
const NAMES: [&str; 4] = [".bumpversion.cfg", ".bumpversion.toml", "setup.cfg", "pyproject.toml"];

const OTHER: &str = "it writes other words than it finds";
const CHANGELOG: &str = "`[changelog]`: the section comes from the notes, with heading and date";
const COMMAND: &str =
    "`[command.NAME]` with `when = \"prepared\"`: it runs on the prepared commit and changes no file of it";
const AFTER: &str = "`[command.NAME]` with `when = \"pushed\"`";

pub(super) fn read(facts: &Facts) -> Vec<Tool> {
    let mut tools: Vec<Tool> = Vec::new();
    let found = NAMES.iter().flat_map(|name| super::named(facts, name));
    for path in found {
        let Some(text) = text(facts, path).filter(|text| text.contains("bumpversion")) else { continue };
        let name = if path.ends_with(".cfg") { "bumpversion" } else { "bump-my-version" };
        let tool = Tool { package: package(folder(path)), ..Tool::new(name, path) };
        let root = match tree::parse(path, &text) {
            Ok(root) => root,
            // A manifest that can't be read is told elsewhere; here only what is the tool's own.
            Err(fault) if path.contains(".bumpversion") => {
                tools.push(tool.unreadable(&fault));
                continue;
            }
            Err(_) => continue,
        };
        let Some(settings) = settings::read(path, &root) else { continue };
        match tools.iter_mut().find(|other| folder(&other.file) == folder(path)) {
            Some(other) => {
                other.tell(settings.line, path, format!("the tool reads `{}` and not this", other.file.clone()), None);
                other.goes(path, section(path));
            }
            None => tools.push(one(facts, tool, &settings, &root)),
        }
    }
    tools
}

fn section(path: &str) -> Option<&'static str> {
    match path.rsplit('/').next() {
        Some("setup.cfg") => Some("[bumpversion…]"),
        Some("pyproject.toml") => Some("[tool.bumpversion]"),
        _ => None,
    }
}

fn one(facts: &Facts, mut tool: Tool, settings: &Settings, root: &Node) -> Tool {
    let path = tool.file.clone();
    let static_version = root.at(&["project", "version"]).filter(|_| path.ends_with("pyproject.toml"));
    tool.current = settings.text("current_version").or(static_version.and_then(Node::text)).map(str::to_owned);
    tool.goes(&path, section(&path));
    let place = match path.ends_with(".toml") {
        true => ("toml", "tool.bumpversion.current_version"),
        false => ("ini", "bumpversion.current_version"),
    };
    tool.keeps(facts, settings.line_of("current_version"), &path, (place.0, place.1.to_owned()));
    names(&mut tool, settings);
    hooks(&mut tool, settings);
    let Some(current) = tool.current.clone() else {
        tool.tell(settings.line, "current_version", "it is not said, so the latest tag counts", None);
        return tool;
    };
    let spelling = match Spelling::new(settings, &current) {
        Ok(spelling) => spelling,
        Err(why) => {
            tool.tell(settings.line_of("parse"), "parse", why, None);
            return tool;
        }
    };
    tool.scheme = spelling.scheme();
    parts(&mut tool, settings);
    for file in &settings.files {
        if let Err((what, why, instead)) = places(facts, &mut tool, settings, file, &spelling) {
            tool.tell(file.line, what, why, instead);
        }
    }
    // Since the tool does so too, without being told.
    if let Some(version) = static_version.filter(|version| version.text() == Some(&current)) {
        let named = ("toml", String::from("project.version"));
        super::structured(facts, &mut tool, &path, version.line, named, "");
    }
    tool
}

/// The names of tags and commits.
fn names(tool: &mut Tool, settings: &Settings) {
    let tagged = settings.flag("tag");
    match settings.text("tag_name") {
        _ if tagged == Some(false) => {}
        None if tagged == Some(true) => tool.tag = Some(String::from("v{version}")),
        None => {}
        Some(name) => match python::pattern(name, "new_version") {
            Ok(pattern) => tool.tag = Some(pattern),
            Err(field) => {
                tool.tell(settings.line_of("tag_name"), name, format!("a tag with `{field}` in its name"), None);
            }
        },
    }
    if let Some(message) = settings.text("message") {
        match python::pattern(message, "new_version") {
            Ok(pattern) => tool.commit = Some(pattern),
            Err(field) => {
                let why = format!("a subject with `{field}` in it");
                tool.tell(
                    settings.line_of("message"),
                    message,
                    why,
                    Some("`commit` in `[project]`, over the new version"),
                );
            }
        }
    }
    if settings.flag("sign_tags") == Some(true) {
        tool.tell(settings.line_of("sign_tags"), "sign_tags", "tags are signed", Some("`signed = true` in the track"));
    }
    for tag in settings.items("moveable_tags") {
        let what = tag.text().unwrap_or("moveable_tags");
        tool.tell(tag.line, what, "a tag that moves with each release: Lockstep never moves one", None);
    }
}

fn hooks(tool: &mut Tool, settings: &Settings) {
    for (key, instead) in [("setup_hooks", COMMAND), ("pre_commit_hooks", COMMAND), ("post_commit_hooks", AFTER)] {
        for hook in settings.items(key) {
            tool.tell(hook.line, hook.text().unwrap_or(key), format!("a command of `{key}`"), Some(instead));
        }
    }
}

/// Parts that count on their own.
fn parts(tool: &mut Tool, settings: &Settings) {
    for (name, part) in &settings.parts {
        let own = ["independent", "always_increment"].iter().any(|key| part.get_flag(key) == Some(true));
        if part.get("calver_format").is_some() {
            tool.scheme = Some("calver");
        } else if own {
            tool.tell(part.line, name, "a part that counts on its own", Some("say the whole version: `bump 1.2.3+45`"));
        }
    }
}

type Reason = (String, String, Option<&'static str>);

/// What one entry writes, as hints.
fn places(facts: &Facts, tool: &mut Tool, settings: &Settings, file: &File, spelling: &Spelling) -> Result<(), Reason> {
    let paths = files(facts, folder(&tool.file), &file.path).unwrap_or_default();
    if paths.is_empty() {
        if file.flag(settings, "ignore_missing_file") || settings.flag("ignore_missing_files") == Some(true) {
            return Ok(());
        }
        return Err((file.path.clone(), String::from("no file is called so"), None));
    }
    let excluded = file.exclude.iter().filter_map(|pattern| files(facts, folder(&tool.file), pattern)).flatten();
    let excluded: Vec<String> = excluded.collect();
    let some = |key: &str| file.node.get_items(key).len();
    if some("include_bumps") + some("exclude_bumps") > 0 {
        let why = "it is written at some levels of a bump only";
        return Err((file.path.clone(), String::from(why), Some("it is a place of another track, or none")));
    }
    let forgiving = file.flag(settings, "ignore_missing_version");
    let rule = Rule::new(settings, file, spelling)?;
    let before = tool.places.len();
    let (mut odd, mut missing) = (0, Vec::new());
    for path in paths.iter().filter(|path| !excluded.contains(path)) {
        let Some(text) = text(facts, path) else { continue };
        let (spots, others) = rule.spots(&text);
        odd += others;
        if spots.is_empty() && others == 0 {
            missing.push(path.clone());
        }
        for spot in spots {
            if own(tool, settings, path, &text, &spot) {
                continue;
            }
            let says = text[spot.span.clone()].to_owned();
            let (path, line, any) = (path.clone(), file.line, rule.bare);
            tool.places.push(Hint { path, line, span: spot.span, says, form: spot.form, named: None, any });
        }
    }
    if odd > 0 {
        return Err(rule.other(&file.path));
    }
    if tool.places.len() == before && !missing.is_empty() && !forgiving {
        return Err((file.path.clone(), format!("`{}` is not in it today", rule.search), None));
    }
    Ok(())
}

/// Is it the tool's own `current_version`, which its general pattern takes in?
fn own(tool: &Tool, settings: &Settings, path: &str, text: &str, spot: &Spot) -> bool {
    let line = text[..spot.span.start].matches('\n').count() + 1;
    path == tool.file && line == settings.line_of("current_version")
}

/// How an entry finds and writes.
struct Rule {
    search: String,
    replace: String,
    /// What it writes for the version that is there.
    pieces: Vec<Piece>,
    regex: Option<regex_lite::Regex>,
    /// Is it the bare number?
    bare: bool,
}

impl Rule {
    fn new(settings: &Settings, file: &File, spelling: &Spelling) -> Result<Self, Reason> {
        let or = |key: &str, default: &str| file.text(settings, key).unwrap_or(default).to_owned();
        let (search, replace) = (or("search", "{current_version}"), or("replace", "{new_version}"));
        let reason = |why: String| (file.path.clone(), why, None);
        let spelled = spelling.of_file(file).map_err(reason)?;
        let mut rule = Self { bare: search == "{current_version}", search, replace, pieces: Vec::new(), regex: None };
        let is_regex = file.flag(settings, "regex");
        let Some(pieces) = spelled.pieces(&rule.replace, "new", is_regex) else { return Err(rule.field(&file.path)) };
        rule.pieces = pieces;
        let Some(sought) = spelled.pieces(&rule.search, "current", false) else { return Err(rule.field(&file.path)) };
        if is_regex {
            let escaped = |piece: &Piece| match piece {
                Piece::Slot(_, text) => regex_lite::escape(text),
                other => find::said(std::slice::from_ref(other)),
            };
            let pattern: String = sought.iter().map(escaped).collect();
            let built = find::regex(&format!("(?s){pattern}"), true);
            rule.regex = Some(
                built.map_err(|error| reason(format!("the pattern `{}` can't be read here: {error}", rule.search)))?,
            );
        } else if find::said(&sought) != find::said(&rule.pieces) {
            return Err(rule.other(&file.path));
        }
        Ok(rule)
    }

    fn spots(&self, text: &str) -> (Vec<Spot>, usize) {
        match &self.regex {
            Some(regex) => find::pattern(text, regex, &self.pieces),
            None => (find::literal(text, &self.pieces, self.bare), 0),
        }
    }

    /// Why what it writes has no word here.
    fn field(&self, path: &str) -> Reason {
        let (what, why, instead) = self.other(path);
        let why = if why == OTHER { String::from("a field that has no counterpart") } else { why };
        (what, why, instead)
    }

    /// Why what it writes is no version's place.
    fn other(&self, path: &str) -> Reason {
        other(path, &self.search, &self.replace)
    }
}

/// Why a replacement is no version's place, and what to do instead.
pub(super) fn other(path: &str, search: &str, replace: &str) -> Reason {
    let date = ["{now", "{utcnow", "{{date}}", "{$", "ReleaseDate"]
        .iter()
        .find(|field| replace.contains(*field) || search.contains(*field));
    let what = format!("`{path}`: `{}` → `{}`", short(search), short(replace));
    if skip::unread(path) || search.to_lowercase().contains("unreleased") {
        return (what, String::from("a heading of the changelog"), Some(CHANGELOG));
    }
    match date {
        Some(&"{$") => (what, String::from("a variable of the environment"), None),
        Some(_) => (what, String::from("a date"), None),
        None => (what, String::from(OTHER), None),
    }
}

fn short(text: &str) -> String {
    let line: String = text.replace('\n', "\\n").chars().take(60).collect();
    if line.len() < text.len() && !text.contains('\n') { format!("{line}…") } else { line }
}
