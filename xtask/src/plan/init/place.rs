//! The strictest locator for a place: structure before a literal.
//!
//! A light look by lines guesses the locator; the format itself then says whether it hits there and nowhere else, so
//! that a wrong guess costs nothing.

use std::ops::Range;

use crate::locate::{Hit, find_format};

/// A `key value` line.
pub(super) struct Keyed {
    pub locator: String,
    pub span: Range<usize>,
}

/// The hits of a locator; none where the format can't read the text.
pub(super) fn look(format: &str, text: &str, locator: &str) -> Vec<Hit> {
    let reading = find_format(format).and_then(|format| format.read(text, &[locator], false).ok());
    reading.and_then(|mut reading| reading.hits.pop()).unwrap_or_default()
}

/// The format whose structure a file has, by its name.
pub(super) fn format_of(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        _ if name.starts_with("Dockerfile") || name.ends_with("Dockerfile") => Some("dockerfile"),
        "yml" | "yaml" => Some("yaml"),
        "json" => Some("json"),
        "toml" => Some("toml"),
        "cfg" | "ini" => Some("ini"),
        "py" => Some("python"),
        "spec" => Some("spec"),
        "env" | "sh" | "bash" => Some("env"),
        _ => None,
    }
}

/// Every `key value` line of a text, with the locator that it probably has.
pub(super) fn keyed(format: &str, text: &str) -> Vec<Keyed> {
    match format {
        "yaml" | "json" => by_indent(text),
        "toml" | "ini" => by_section(text),
        _ => by_name(format, text),
    }
}

/// The lines of a text without their ends, each with its offset.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

fn by_indent(text: &str) -> Vec<Keyed> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    for (start, line) in lines(text) {
        let indent = line.len() - line.trim_start().len();
        let body = &line[indent..];
        if body.is_empty() || body.starts_with(['#', '}', ']', '{']) {
            continue;
        }
        open.retain(|(depth, _)| *depth < indent);
        if body.starts_with("- ") {
            // An element has no name here: nothing below it gets a path.
            open.push((indent, String::from("-")));
            continue;
        }
        let Some((key, value)) = key_and_value(body) else { continue };
        open.push((indent, key.to_owned()));
        let path: Vec<_> = open.iter().map(|(_, key)| key.as_str()).collect();
        if !value.is_empty() && path.iter().all(|key| plain(key)) {
            let from = start + line.len() - value.len();
            found.push(Keyed { locator: path.join("."), span: from..start + line.len() });
        }
    }
    found
}

/// `"version": "1.2.3",` and `version: 1.2.3` → key without quotes, the rest.
fn key_and_value(body: &str) -> Option<(&str, &str)> {
    let (key, value) = body.split_once(':')?;
    let value = value.trim_start();
    Some((key.trim().trim_matches(['"', '\'']), value))
}

fn plain(key: &str) -> bool {
    !key.is_empty() && key != "-" && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/".contains(&b))
}

fn by_section(text: &str) -> Vec<Keyed> {
    let (mut found, mut section) = (Vec::new(), String::new());
    for (start, line) in lines(text) {
        if let Some(name) = line.strip_prefix('[') {
            // Elements of arrays have no name here.
            section = name.split(']').next().map_or(String::new(), |name| format!("{}.", name.trim()));
        } else if let Some((key, value)) = line.split_once('=') {
            let locator = format!("{section}{}", key.trim());
            if locator.split('.').all(plain) && !line.starts_with([' ', '\t']) {
                found.push(Keyed { locator, span: start + line.len() - value.trim_start().len()..start + line.len() });
            }
        }
    }
    found
}

fn by_name(format: &str, text: &str) -> Vec<Keyed> {
    let mark = if format == "spec" { ':' } else { '=' };
    let mut found = Vec::new();
    for (start, line) in lines(text) {
        let Some((key, value)) = line.split_once(mark) else { continue };
        let key = key.split_once(':').map_or(key, |(key, _)| key);
        let key = match format {
            "dockerfile" => key.strip_prefix("ARG ").or_else(|| key.strip_prefix("LABEL ")).unwrap_or_default(),
            "env" => key.strip_prefix("export ").unwrap_or(key),
            _ => key,
        };
        if plain(key.trim_end()) {
            let from = start + line.len() - value.trim_start().len();
            found.push(Keyed { locator: key.trim_end().to_owned(), span: from..start + line.len() });
        }
    }
    found
}

/// Every `name:tag` in a text whose tag states a version: the name, and where the tag stands.
pub(super) fn images(text: &str) -> Vec<(String, Range<usize>)> {
    let part = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let mut found = Vec::new();
    for (colon, _) in text.match_indices(':') {
        let name = text[..colon].rsplit(|c| !part(c)).next().unwrap_or_default();
        let tag = text[colon + 1..].split(|c: char| !part(c) || c == '/').next().unwrap_or_default();
        let before = text[..colon - name.len()].chars().next_back();
        let address = matches!(before, Some('@' | '%' | '}' | '/'));
        let tag = tag.trim_end_matches(['.', '-', '_']);
        if !address && named(name) && super::token::first(tag).is_some() {
            found.push((name.to_owned(), colon + 1..colon + 1 + tag.len()));
        }
    }
    found
}

/// Has it the form of an image's name with an owner: `acme/web`, `ghcr.io/acme/web`?
fn named(name: &str) -> bool {
    let lower = name.bytes().all(|b| !b.is_ascii_uppercase());
    lower
        && name.contains('/')
        && name.split('/').all(|part| part.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()))
}

/// Does the name of an image belong to one of the project's names?
pub(super) fn owned(image: &str, names: &[String]) -> bool {
    image.split('/').map(super::token::squeeze).any(|part| {
        names.iter().any(|name| {
            let name = super::token::squeeze(name);
            name.len() >= 3
                && (part == name
                    || (part.len() >= 5 && name.starts_with(&part))
                    || (name.len() >= 5 && part.starts_with(&name)))
        })
    })
}

/// The locator that hits `span` (the bare number, without `v`) and nothing else: the file's structure, or the
/// shortest literal of the line. The last is its number of hits, where it needs more than one.
pub(super) fn strictest(path: &str, text: &str, span: &Range<usize>) -> Option<(&'static str, String, Vec<Hit>)> {
    structured(path, text, span).or_else(|| literal(text, span))
}

fn structured(path: &str, text: &str, span: &Range<usize>) -> Option<(&'static str, String, Vec<Hit>)> {
    let format = format_of(path)?;
    let key = keyed(format, text).into_iter().find(|key| key.span.start <= span.start && span.end <= key.span.end)?;
    let hits = look(format, text, &key.locator);
    let right = hits.len() == 1 && hits[0].span.start <= span.start && span.end <= hits[0].span.end;
    let short = right && hits[0].value.len() <= 120 && super::token::all(&hits[0].value).len() == 1;
    short.then_some((format, key.locator, hits))
}

fn literal(text: &str, span: &Range<usize>) -> Option<(&'static str, String, Vec<Hit>)> {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find(['\n', '\r']).map_or(text.len(), |at| span.end + at);
    let line = &text[start..end];
    let (before, after) = (&text[start..span.start], &text[span.end..end]);
    if line.contains("{}") {
        return None;
    }
    let mut last = None;
    for (left, right) in widths(before, after) {
        let locator = format!("{}{{}}{}", &before[left..], &after[..right]);
        let hits = look("text", text, &locator);
        if !hits.iter().any(|hit| hit.span.start <= span.start && span.end <= hit.span.end) {
            continue;
        }
        if hits.len() == 1 {
            return Some(("text", locator, hits));
        }
        last = Some((locator, hits));
    }
    // The same line more than once: all of them, counted, if they say the same.
    let (locator, hits) = last?;
    hits.iter().all(|hit| hit.value == hits[0].value).then_some(("text", locator, hits))
}

/// Pieces around a place, from short to the whole line: where the left one begins, where the right one ends.
fn widths(before: &str, after: &str) -> Vec<(usize, usize)> {
    let edge = |c: char| !c.is_ascii_alphanumeric();
    let mut lefts: Vec<usize> =
        before.match_indices(edge).map(|(at, mark)| at + mark.len()).filter(|at| before[*at..].trim() != "").collect();
    lefts.push(before.len() - before.trim_start().len());
    lefts.sort_unstable_by(|a, b| b.cmp(a));
    lefts.dedup();
    lefts.retain(|at| before.len() - at >= 2 || before.len() < 3);
    let mut rights: Vec<usize> = after.match_indices(edge).map(|(at, mark)| at + mark.len()).collect();
    rights.truncate(1);
    rights.push(after.trim_end().len());
    let short = rights[0];
    let whole = rights[rights.len() - 1];
    let mut all: Vec<_> = lefts.iter().map(|left| (*left, short)).collect();
    all.extend(lefts.iter().map(|left| (*left, whole)));
    all
}
