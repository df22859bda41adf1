//! `key value` lines: a light look that guesses locators; the format itself says whether they hit.

use std::ops::Range;

use super::{line_of, lines};
use crate::locate::find_format;

/// A `key value` line.
pub(in crate::plan::init) struct Keyed {
    pub locator: String,
    pub span: Range<usize>,
}

/// Every value of a text that has a name, with the locator that it probably has.
pub(in crate::plan::init) fn keyed(format: &str, text: &str) -> Vec<Keyed> {
    let outline = find_format(format).and_then(|format| format.outline(text));
    match (outline, format) {
        (Some(outline), _) => outline.plain().into_iter().map(|(locator, span)| Keyed { locator, span }).collect(),
        (None, "yaml" | "json") => by_indent(text),
        (None, "toml" | "ini") => by_section(text),
        _ => by_name(format, text),
    }
}

/// What may name the value at a place, in a format that is read by lines.
pub(super) fn guesses(format: &str, text: &str, span: &Range<usize>) -> Vec<String> {
    let covers = |key: &Keyed| key.span.start <= span.start && span.end <= key.span.end;
    let before = &text[line_of(text, span).start..span.start];
    let mut found = match format {
        "python" => python(text, before, span),
        "dockerfile" => dockerfile(text, before, span),
        "spec" => before.split_whitespace().nth(1).map(|name| format!("%{name}")).into_iter().collect(),
        "env" => variable(before).map(str::to_owned).into_iter().collect(),
        _ => Vec::new(),
    };
    found.extend(keyed(format, text).into_iter().filter(covers).map(|key| key.locator));
    found
}

/// `A=1 export B="` → `B`.
fn variable(before: &str) -> Option<&str> {
    let (head, _) = before.rsplit_once('=')?;
    head.trim_end_matches([':', '?', ' ', '\t']).rsplit([' ', '\t', ';']).next()
}

/// A constant, an element of one, or a keyword of the call in which the line stands.
fn python(text: &str, before: &str, span: &Range<usize>) -> Vec<String> {
    let margin = !before.starts_with([' ', '\t']);
    if let (true, Some((name, value))) = (margin, before.split_once('=')) {
        let name = name.split(':').next().unwrap_or(name).trim();
        let Some(elements) = value.trim_start().strip_prefix(['(', '[']) else { return vec![name.to_owned()] };
        return match name.split_once('(') {
            Some((call, keyword)) => vec![format!("{}.{}", call.trim(), keyword.trim())],
            None => vec![format!("{name}[{}]", elements.matches(',').count())],
        };
    }
    let Some(keyword) = variable(before) else { return Vec::new() };
    let call =
        text[..span.start].lines().rev().skip(1).find(|line| !line.starts_with([' ', '\t', '#']) && !line.is_empty());
    let call = call.and_then(|line| line.split_once('(')).map(|(call, _)| call.trim());
    call.map(|call| format!("{call}.{keyword}")).into_iter().collect()
}

/// The instruction may have begun some lines above.
fn dockerfile(text: &str, before: &str, span: &Range<usize>) -> Vec<String> {
    let mut lines = text[..span.start].lines().rev();
    let mut first = lines.next().unwrap_or_default();
    for line in lines {
        if !line.trim_end().ends_with('\\') {
            break;
        }
        first = line;
    }
    let mut words = first.split_whitespace();
    let Some(instruction) = words.next().map(str::to_ascii_uppercase) else { return Vec::new() };
    let name = match (instruction.as_str(), variable(before)) {
        ("FROM", _) => before.rsplit([' ', '\t']).next().and_then(|image| image.rsplit_once(':')).map(|(name, _)| name),
        (_, Some(name)) => Some(name.trim_matches(['"', '\''])),
        (_, None) => words.next(),
    };
    name.map(|name| format!("{instruction}.{}", super::images::unregistered(name))).into_iter().collect()
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
        open.push((indent, quoted(key)));
        let path: Vec<_> = open.iter().map(|(_, key)| key.as_str()).collect();
        if !value.is_empty() && !path.contains(&"-") {
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

/// A key with dots or other odd characters, as locators write it.
fn quoted(key: &str) -> String {
    if plain(key) { key.to_owned() } else { format!("\"{}\"", key.replace(['"', '\\'], "")) }
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
            "dockerfile" => &key.trim_start().replacen(' ', ".", 1),
            "env" => key.strip_prefix("export ").unwrap_or(key),
            _ => key,
        };
        if key.split('.').all(|part| plain(part.trim_end())) {
            let from = start + line.len() - value.trim_start().len();
            found.push(Keyed { locator: key.trim_end().to_owned(), span: from..start + line.len() });
        }
    }
    found
}
