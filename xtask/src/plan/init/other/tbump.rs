//! tbump: `tbump.toml`, `[tool.tbump]`.
//!
//! In every line of a file of `src` (a glob) that holds the version, and that the pattern `search` hits if there is
//! one, each occurrence of the version is replaced. `version_template` says what of it the file has: `{major}.{minor}`,
//! over the groups of `regex`.

use regex_lite::RegexBuilder;

use super::find::{self, Piece};
use super::tree::Node;
use super::{Hint, Tool, files, folder, package, python, text, tree};
use crate::plan::init::{Facts, token};

const BEFORE: &str =
    "`[command.NAME]` with `when = \"prepared\"`: it runs on the prepared commit and changes no file of it";
const AFTER: &str = "`[command.NAME]` with `when = \"pushed\"`";

pub(super) fn read(facts: &Facts) -> Vec<Tool> {
    let mut tools: Vec<Tool> = Vec::new();
    for name in ["tbump.toml", "pyproject.toml"] {
        for path in super::named(facts, name) {
            let Some(text) = text(facts, path).filter(|text| name == "tbump.toml" || text.contains("tbump")) else {
                continue;
            };
            // `tbump.toml` goes before.
            if tools.iter().any(|tool| folder(&tool.file) == folder(path)) {
                continue;
            }
            let tool = Tool { package: package(folder(path)), ..Tool::new("tbump", path) };
            match tree::parse(path, &text) {
                Err(fault) if name == "tbump.toml" => tools.push(tool.unreadable(&fault)),
                Err(_) => {}
                Ok(root) if name == "tbump.toml" => tools.push(one(facts, tool, &root, None)),
                Ok(root) => {
                    let section = root.at(&["tool", "tbump"]);
                    tools.extend(section.map(|section| one(facts, tool, section, Some("[tool.tbump]"))));
                }
            }
        }
    }
    tools
}

fn one(facts: &Facts, mut tool: Tool, node: &Node, section: Option<&'static str>) -> Tool {
    tool.goes(&tool.file.clone(), section);
    names(&mut tool, node);
    let version = node.get("version");
    let Some(current) = version.and_then(|version| version.get_text("current")) else {
        tool.tell(node.line, "version.current", "it is not said", None);
        return tool;
    };
    tool.current = Some(current.to_owned());
    let regex = version.and_then(|version| version.get_text("regex")).unwrap_or(".*");
    let groups = groups(node, regex, current);
    let own = version.map_or(0, |version| version.line_of("current"));
    let place = if section.is_some() { "tool.tbump.version.current" } else { "version.current" };
    tool.keeps(facts, own, &tool.file.clone(), ("toml", place.to_owned()));
    for file in node.get_items("file") {
        if let Err((what, why)) = places(facts, &mut tool, file, current, &groups, own) {
            tool.tell(file.line, what, why, None);
        }
    }
    tool
}

fn names(tool: &mut Tool, node: &Node) {
    let git = node.get("git");
    let template = |key: &str| git.and_then(|git| git.get(key)).and_then(|node| Some((node.line, node.text()?)));
    if let Some((line, name)) = template("tag_template") {
        match python::pattern(name, "new_version") {
            Ok(pattern) => tool.tag = Some(pattern),
            Err(field) => tool.tell(line, name, format!("a tag with `{field}` in its name"), None),
        }
    }
    if let Some((line, message)) = template("message_template") {
        match python::pattern(message, "new_version") {
            Ok(pattern) => tool.commit = Some(pattern),
            Err(field) => tool.tell(line, message, format!("a subject with `{field}` in it"), None),
        }
    }
    for (key, instead) in [("hook", BEFORE), ("before_push", BEFORE), ("before_commit", BEFORE), ("after_push", AFTER)]
    {
        for hook in node.get_items(key) {
            let what = hook.get_text("cmd").or(hook.get_text("name")).unwrap_or(key);
            tool.tell(hook.line, what, format!("a command, `{key}`"), Some(instead));
        }
    }
    if let Some(url) = node.get("github_url") {
        tool.tell(
            url.line,
            "github_url",
            "a link that is printed at the end",
            Some("`[forge]` makes the release itself"),
        );
    }
}

/// The groups of the pattern, with the defaults of `[[field]]`.
fn groups(node: &Node, regex: &str, current: &str) -> Vec<(String, String)> {
    let built = RegexBuilder::new(&format!("^(?:{regex})$")).ignore_whitespace(true).build();
    let Ok(pattern) = built else { return Vec::new() };
    let Some(caught) = pattern.captures(current) else { return Vec::new() };
    let default = |name: &str| {
        let field = node.get_items("field").into_iter().find(|field| field.get_text("name") == Some(name))?;
        field.get_text("default").map(str::to_owned)
    };
    let names = pattern.capture_names().flatten();
    names
        .filter_map(|name| {
            let value = caught.name(name).map(|found| found.as_str().to_owned()).or_else(|| default(name))?;
            Some((name.to_owned(), value))
        })
        .collect()
}

type Reason = (String, String);

fn places(
    facts: &Facts,
    tool: &mut Tool,
    file: &Node,
    current: &str,
    groups: &[(String, String)],
    own: usize,
) -> Result<(), Reason> {
    let src = file.get_text("src").unwrap_or_default();
    let reason = |why: String| (src.to_owned(), why);
    let paths = files(facts, folder(&tool.file), src).filter(|paths| !paths.is_empty());
    let paths = paths.ok_or_else(|| reason(String::from("no file is called so")))?;
    let (form, old) = match file.get_text("version_template") {
        None => ("", current.to_owned()),
        Some(template) => spelled(template, current, groups)
            .ok_or_else(|| reason(format!("`{template}` is a part of the version that has no name here")))?,
    };
    let search = file.get_text("search");
    let pattern = match search {
        None => None,
        Some(search) => {
            let pattern = rendered(search, &old).ok_or_else(|| reason(format!("`{search}` has a field of its own")))?;
            let built = find::regex(&pattern, false);
            Some(built.map_err(|error| reason(format!("the pattern `{search}` can't be read here: {error}")))?)
        }
    };
    let before = tool.places.len();
    for path in paths {
        let Some(text) = text(facts, &path) else { continue };
        for spot in find::in_lines(&text, pattern.as_ref(), &old, form) {
            let at = text[..spot.span.start].matches('\n').count() + 1;
            if path == tool.file && at == own {
                continue;
            }
            let (line, any) = (file.line_of("src"), search.is_none());
            let says = old.clone();
            tool.places.push(Hint { path: path.clone(), line, span: spot.span, says, form, named: None, any });
        }
    }
    match tool.places.len() == before {
        true => Err(reason(format!("`{}` is not in it today", search.unwrap_or(&old)))),
        false => Ok(()),
    }
}

/// The pattern with the version in it, escaped.
fn rendered(search: &str, old: &str) -> Option<String> {
    let piece = |piece| match piece {
        python::Piece::Literal(text) => Some(text),
        python::Piece::Field("current_version", "") => Some(regex_lite::escape(old)),
        python::Piece::Field(..) => None,
    };
    python::pieces(search)?.into_iter().map(piece).collect()
}

/// What of the version a template says, and its text.
fn spelled(template: &str, current: &str, groups: &[(String, String)]) -> Option<(&'static str, String)> {
    let piece = |piece| match piece {
        python::Piece::Literal(text) => Some(Piece::Literal(text)),
        python::Piece::Field(name, _) => {
            let (at, (_, value)) = groups.iter().enumerate().find(|(_, (group, _))| group == name)?;
            Some(Piece::Slot([".major", ".minor", ".patch"].get(at).copied().unwrap_or("?"), value.clone()))
        }
    };
    let pieces: Vec<Piece> = python::pieces(template)?.into_iter().map(piece).collect::<Option<_>>()?;
    let said = find::said(&pieces);
    let all = groups.iter().all(|(name, _)| python::fields(template).contains(&name.as_str()));
    match &find::joined(pieces, "")[..] {
        _ if all && token::dialect(current, &said).is_some() => Some(("", said)),
        [Piece::Slot(form, text)] if *form != "?" => Some((form, text.clone())),
        _ => None,
    }
}
