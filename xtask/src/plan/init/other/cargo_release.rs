//! cargo-release: `release.toml`, `[package.metadata.release]`, `[workspace.metadata.release]`.
//!
//! It writes the version into each crate's manifest and into what depends on it by its path. For each of
//! `pre-release-replacements` every match of the pattern `search` (`^` and `$` are the ends of lines) in `file`, from
//! the crate's folder, is replaced; `{{version}}` and the like stand in `replace` only, `$1` is a group. None of them is
//! done for a pre-release unless it says `prerelease = true`.

mod crates;

use super::bumpversion::other;
use super::find::{self, Piece};
use super::tree::Node;
use super::{Hint, Tool, joined, text};
use crate::plan::init::Facts;
use crates::{Crate, Settings, Workspace};

const HOOK: &str =
    "`[command.NAME]` with `when = \"prepared\"`: it runs on the prepared commit and changes no file of it";
const PUBLISH: &str = "`[command.publish]` with `argv = [\"cargo\", \"publish\"]`, `when = \"pushed\"`";

pub(super) fn read(facts: &Facts) -> Vec<Tool> {
    let mut workspace = Workspace::read(facts);
    if workspace.settings.is_empty() {
        return std::mem::take(&mut workspace.unreadable);
    }
    let mut tools: Vec<Tool> = std::mem::take(&mut workspace.unreadable);
    let begin = tools.len();
    let several = workspace.crates.iter().filter(|one| one.released(&workspace)).count() > 1;
    for one in workspace.crates.iter().filter(|one| one.released(&workspace)) {
        let group = one.group(&workspace).map(str::to_owned);
        let package = several.then(|| group.clone().unwrap_or_else(|| one.name.clone()));
        let at = tools[begin..].iter().position(|tool| tool.package == package && group.is_some());
        let at = at.map_or_else(
            || {
                let file = one.file(&workspace);
                tools.push(Tool { package, ..Tool::new("cargo-release", file) });
                tools.len() - 1
            },
            |at| begin + at,
        );
        add(facts, &mut tools[at], one, &workspace);
    }
    let mut seen = Vec::new();
    for tool in &mut tools[begin..] {
        // What the workspace says is said once, not for each of its crates.
        tool.untold.retain(|untold| {
            let new = !seen.contains(untold);
            if new {
                seen.push(untold.clone());
            }
            new
        });
    }
    if let Some(first) = tools.get_mut(begin) {
        for settings in &workspace.settings {
            first.goes(&settings.path, settings.section);
        }
    }
    tools
}

fn add(facts: &Facts, tool: &mut Tool, one: &Crate, workspace: &Workspace) {
    let first = tool.current.is_none();
    tool.current = tool.current.take().or_else(|| Some(one.version.clone()));
    if first {
        names(tool, one, workspace);
    }
    one.manifest_places(facts, tool, workspace);
    // The nearest configuration that has any replaces those of the others.
    if let Some((settings, list)) = one.find(workspace, "pre-release-replacements") {
        replacements(facts, tool, one, settings, list, workspace);
    }
    if let Some((_, hook)) = one.find(workspace, "pre-release-hook") {
        let items = if hook.items().is_empty() { vec![hook] } else { hook.items().iter().collect() };
        let words: Vec<&str> = items.iter().filter_map(|item| item.text()).collect();
        tool.tell(hook.line, words.join(" "), "a command, `pre-release-hook`", Some(HOOK));
    }
}

fn names(tool: &mut Tool, one: &Crate, workspace: &Workspace) {
    let line = |key: &str| one.find(workspace, key).map_or(1, |(_, node)| node.line);
    tool.tag = match one.flag(workspace, "tag") {
        Some(false) => Some(String::new()),
        _ => one.tag(workspace).map(|tag| said(&tag)),
    };
    if tool.tag.is_none() {
        let name = one.text(workspace, "tag-name").unwrap_or_default();
        tool.tell(line("tag-name"), name, "a tag with more than the version in its name", None);
    }
    if let Some(message) = one.text(workspace, "pre-release-commit-message") {
        match template(message, one, &[]) {
            Some(pieces) => tool.commit = Some(said(&pieces)),
            None => {
                tool.tell(line("pre-release-commit-message"), message, "a subject with more than the version", None)
            }
        }
    }
    if one.flag(workspace, "sign-tag") == Some(true) {
        tool.tell(line("sign-tag"), "sign-tag", "tags are signed", Some("`signed = true` in the track"));
    }
    if one.published && one.flag(workspace, "publish") != Some(false) {
        tool.tell(line("publish"), "cargo publish", "crates are published", Some(PUBLISH));
    }
}

/// A pattern over `{version}`.
fn said(pieces: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Slot(..) => String::from("{version}"),
        other => find::said(std::slice::from_ref(other)).replace('{', "{{").replace('}', "}}"),
    };
    pieces.iter().map(piece).collect()
}

fn replacements(facts: &Facts, tool: &mut Tool, one: &Crate, settings: &Settings, list: &Node, workspace: &Workspace) {
    let tag = one.tag(workspace).unwrap_or_default();
    let before = tool.places.len();
    let mut finals = None;
    for entry in list.items() {
        let file = entry.get_text("file").unwrap_or_default();
        let (search, replace) = (entry.get_text("search").unwrap_or_default(), entry.get_text("replace"));
        let replace = replace.unwrap_or_default();
        let line = entry.line_of("file");
        let Some(path) = joined(&one.folder, file) else { continue };
        let Some(text) = text(facts, &path) else {
            tool.tell(line, file, "no file is called so", None);
            continue;
        };
        let pattern = match find::regex(search, true) {
            Ok(pattern) => pattern,
            Err(error) => {
                tool.tell(line, file, format!("the pattern `{search}` can't be read here: {error}"), None);
                continue;
            }
        };
        let pieces = template(replace, one, &tag).map(|pieces| with_groups(pieces, &pattern));
        let has_version =
            pieces.as_ref().is_some_and(|pieces| pieces.iter().any(|piece| matches!(piece, Piece::Slot(..))));
        let (spots, odd) =
            pieces.filter(|_| has_version).map_or((Vec::new(), 1), |pieces| find::pattern(&text, &pattern, &pieces));
        if odd > 0 {
            let (what, why, instead) = other(&path, search, replace);
            tool.tell(line, what, why, instead);
            continue;
        }
        if spots.is_empty() && entry.get_text("min") != Some("0") {
            tool.tell(line, file, format!("`{search}` is not in it today"), None);
        }
        if !spots.is_empty() && entry.get_flag("prerelease") != Some(true) {
            finals = finals.or(Some(line));
        }
        for spot in spots {
            let says = text[spot.span.clone()].to_owned();
            let (path, span) = (path.clone(), spot.span);
            tool.places.push(Hint { path, line, span, says, form: spot.form, named: None, any: false });
        }
    }
    if let Some(line) = finals.filter(|_| tool.places.len() > before) {
        let why =
            format!("`{}` leaves these places alone for a pre-release; Lockstep writes them for it too", settings.path);
        tool.tell(line, "pre-release-replacements", why, None);
    }
}

/// `{{version}}` and the like; none for what is no version and not known either.
fn template(text: &str, one: &Crate, tag: &[Piece]) -> Option<Vec<Piece>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, next) = after.split_once("}}")?;
        pieces.push(Piece::literal(before));
        match name {
            "version" => pieces.push(Piece::Slot("", one.version.clone())),
            "crate_name" => pieces.push(Piece::literal(&one.name)),
            "repository" => pieces.push(Piece::literal(one.repository.as_ref()?)),
            "tag_name" if !tag.is_empty() => pieces.extend(tag.iter().cloned()),
            "metadata" => {}
            _ => return None,
        }
        rest = next;
    }
    pieces.push(Piece::literal(rest));
    pieces.retain(|piece| *piece != Piece::literal(""));
    Some(pieces)
}

/// `$1`, `${1}`, `$name`: groups; `$$` is a dollar. A name that no group has is empty.
fn with_groups(pieces: Vec<Piece>, pattern: &regex_lite::Regex) -> Vec<Piece> {
    let mut out = Vec::new();
    for piece in pieces {
        let Piece::Literal(text) = &piece else {
            out.push(piece);
            continue;
        };
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            out.push(Piece::literal(before));
            let braced = after.strip_prefix('{').and_then(|name| name.split_once('}'));
            let length = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let (name, next) = match braced {
                Some((name, next)) => (name, next),
                None if length > 0 => after.split_at(length),
                None => {
                    out.push(Piece::literal("$"));
                    rest = after.strip_prefix('$').unwrap_or(after);
                    continue;
                }
            };
            let known = name.parse::<usize>().is_ok() || pattern.capture_names().flatten().any(|known| known == name);
            if known {
                out.push(Piece::Group(name.to_owned()));
            }
            rest = next;
        }
        out.push(Piece::literal(rest));
    }
    out.retain(|piece| *piece != Piece::literal(""));
    out
}
