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

/// The hits of many locators in one pass; a locator that the format refuses spoils only its own.
pub(super) fn look_all(format: &str, text: &str, locators: &[&str]) -> Vec<Vec<Hit>> {
    match find_format(format).and_then(|format| format.read(text, locators, false).ok()) {
        Some(reading) => reading.hits,
        None => locators.iter().map(|locator| look(format, text, locator)).collect(),
    }
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
            found.push((unregistered(name).to_owned(), colon + 1..colon + 1 + tag.len()));
        }
    }
    found
}

/// `ghcr.io/acme/web` → `acme/web`: an `image` locator hits behind every registry.
fn unregistered(name: &str) -> &str {
    name.split_once('/')
        .filter(|(registry, rest)| registry.contains('.') && rest.contains('/'))
        .map_or(name, |(_, rest)| rest)
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
    let simple = |value: &str| value.len() <= 120 && !value.contains(['{', '}', '(', '"', '\'', ' ', '<', '>', '=']);
    let one = right && simple(&hits[0].value) && super::token::all(&hits[0].value).len() == 1;
    one.then_some((format, key.locator, hits))
}

fn literal(text: &str, span: &Range<usize>) -> Option<(&'static str, String, Vec<Hit>)> {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find(['\n', '\r']).map_or(text.len(), |at| span.end + at);
    let version = &text[span.clone()];
    if text[start..end].contains("{}") {
        return None;
    }
    let mut last = None;
    for locator in literals(&text[start..span.start], &text[span.end..end], version) {
        let hits = look("text", text, &locator);
        if !hits.iter().any(|hit| hit.span == *span) || hits.iter().any(|hit| hit.value != version) {
            continue;
        }
        // Once in the text if that can be had; else the same words more than once, counted.
        let once = hits.len() == locator.matches("{}").count();
        last = Some(("text", locator, hits));
        if once {
            break;
        }
    }
    last
}

/// Literals around a place, from short to the whole line: more to the left first, then more to the right.
fn literals(before: &str, after: &str, version: &str) -> Vec<String> {
    let edges = |text: &str| {
        let inside = super::token::all(text);
        let mut at: Vec<usize> = text
            .char_indices()
            .filter(|(_, c)| !c.is_alphanumeric() && *c != '_')
            .flat_map(|(at, c)| [at, at + c.len_utf8()])
            .chain([0, text.len()])
            .filter(|at| !inside.iter().any(|token| token.start < *at && *at < token.end))
            .collect();
        at.sort_unstable();
        at.dedup();
        at
    };
    let worded = |piece: &str| piece.bytes().filter(u8::is_ascii_alphanumeric).count() >= 2;
    let lefts: Vec<usize> = edges(before)
        .into_iter()
        .rev()
        .filter(|at| (worded(&before[*at..]) && !before[*at..].starts_with(' ')) || *at == 0)
        .take(8)
        .collect();
    let rights: Vec<usize> = edges(after).into_iter().filter(|at| !after[..*at].ends_with(' ')).take(4).collect();
    // The version again, in the same words: a site as well.
    let open = |piece: &str| {
        let tokens = super::token::whole(piece, version);
        tokens
            .iter()
            .rev()
            .fold(piece.to_owned(), |piece, token| format!("{}{{}}{}", &piece[..token.start], &piece[token.end..]))
    };
    let closing = after.len() - after.trim_start_matches(['"', '\'', '`', ')', ']', '}', '>']).len();
    let mut all = Vec::new();
    for right in [closing].into_iter().chain(rights).chain([after.trim_end().len()]) {
        for left in lefts.iter().copied().chain([before.len() - before.trim_start().len()]) {
            all.push(format!("{}{{}}{}", open(&before[left..]), open(&after[..right])));
        }
    }
    all.retain(|locator| locator != "{}");
    all
}
