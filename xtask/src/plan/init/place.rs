//! The strictest locator for a place: structure before a literal, a literal before a pattern.
//!
//! The tree of the file's values, or a light look by lines, guesses the locator; the format itself then says whether it
//! hits there and nowhere else, so that a wrong guess costs nothing. A locator must hold after the next release too: no
//! part of it is a number that moves.

mod images;
mod keyed;
mod literal;
mod pattern;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(super) use images::{images, owned};
pub(super) use keyed::{Keyed, keyed};

use super::token;
use crate::locate::path::outline::Outline;
use crate::locate::{Hit, find_format};

/// Format, locator, hits.
pub(super) type Strict = (&'static str, String, Vec<Hit>);

/// How a place may be named.
type Way<P> = fn(&P, &Range<usize>) -> Option<Strict>;

/// Files whose names say more than their endings.
const NAMES: &[(&str, &str)] = &[
    ("Dockerfile", "dockerfile"),
    ("Containerfile", "dockerfile"),
    ("Cargo.lock", "toml"),
    ("uv.lock", "toml"),
    ("poetry.lock", "toml"),
    ("pdm.lock", "toml"),
    ("composer.lock", "json"),
    ("Pipfile.lock", "json"),
    ("bun.lock", "json"),
    ("Chart.lock", "yaml"),
    ("Podfile.lock", "yaml"),
    ("pubspec.lock", "yaml"),
    ("Makefile", "env"),
    ("GNUmakefile", "env"),
    ("PKGBUILD", "env"),
    ("APKBUILD", "env"),
];

/// Endings of files, and the format that they have.
const ENDINGS: &[(&[&str], &str)] = &[
    (&["yml", "yaml", "cff"], "yaml"),
    (&["json", "jsonc", "json5", "webmanifest", "jsonld"], "json"),
    (&["toml"], "toml"),
    (
        &[
            "xml",
            "csproj",
            "fsproj",
            "vbproj",
            "props",
            "targets",
            "nuspec",
            "vsixmanifest",
            "manifest",
            "appxmanifest",
        ],
        "xml",
    ),
    (&["cfg", "ini", "properties", "xcconfig"], "ini"),
    (&["py", "pyi"], "python"),
    (&["spec"], "spec"),
    (&["env", "sh", "bash", "mk"], "env"),
    (&["dockerfile"], "dockerfile"),
];

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
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if stem.is_empty() || name.starts_with(".env.") {
        return name.starts_with(".env").then_some("env");
    }
    let named =
        |known: &str| name == known || (known == "Dockerfile" && (name.starts_with(known) || name.ends_with(known)));
    let by_name = NAMES.iter().find(|(known, _)| named(known));
    let ending = ending.to_ascii_lowercase();
    let by_ending = || ENDINGS.iter().find(|(endings, _)| endings.contains(&ending.as_str()));
    by_name.map(|(_, format)| *format).or_else(|| by_ending().map(|(_, format)| *format))
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

/// The locator that hits `span` (the bare number, without `v`) and nothing else: the file's structure, or the
/// shortest literal of the line, or a pattern. The last is its hits, where it needs more than one.
pub(super) fn strictest(path: &str, text: &str, span: &Range<usize>) -> Option<Strict> {
    Places::new(path, text).strictest(span)
}

/// A literal piece of the line, whatever the file's structure.
pub(super) fn literal(text: &str, span: &Range<usize>) -> Option<Strict> {
    literal::find(text, span)
}

/// A file whose places are asked for.
pub(super) struct Places<'a> {
    text: &'a str,
    format: Option<&'static str>,
    /// Its tree, where its format has one.
    outline: Option<Outline>,
    plist: bool,
}

impl<'a> Places<'a> {
    /// Reads the file once.
    pub fn new(path: &str, text: &'a str) -> Self {
        let format = format_of(path);
        // A file without an ending holds variables as often as not.
        let format = format.or_else(|| (!path.rsplit('/').next().unwrap_or(path).contains('.')).then_some("env"));
        let outline = format.and_then(find_format).and_then(|format| format.outline(text));
        Self { text, format, outline, plist: path.ends_with(".plist") }
    }

    /// As [`strictest`].
    pub fn strictest(&self, span: &Range<usize>) -> Option<Strict> {
        self.every(span).next()
    }

    /// Every locator that names the place, the strictest first: the later ones hit more seldom or are harder to read.
    pub fn every(&self, span: &Range<usize>) -> impl Iterator<Item = Strict> {
        let ways: [Way<Self>; 5] = [
            Self::whole,
            Self::structured,
            |places, span| places.plist.then(|| pattern::find(places.text, span)).flatten(),
            |places, span| literal::find(places.text, span),
            |places, span| pattern::find(places.text, span),
        ];
        ways.into_iter().filter_map(move |way| way(self, span))
    }

    /// A file that is its version, whatever its name.
    fn whole(&self, span: &Range<usize>) -> Option<Strict> {
        let value = self.text.trim();
        let bare = value.len() <= 64 && value.chars().all(crate::template::is_version_char);
        let hits = if bare && self.format.is_none_or(|format| format == "env") {
            look("line", self.text, "all")
        } else {
            Vec::new()
        };
        covers(&hits, span).then(|| ("line", String::from("all"), hits))
    }

    fn structured(&self, span: &Range<usize>) -> Option<Strict> {
        let format = self.format?;
        let locators = match &self.outline {
            Some(outline) => outline.paths(span),
            None => keyed::guesses(format, self.text, span),
        };
        locators.into_iter().filter(|locator| locator.len() <= 120).find_map(|locator| {
            let hits = look(format, self.text, &locator);
            let right = covers(&hits, span) && simple(&hits[0].value, &self.text[span.clone()]);
            right.then_some((format, locator, hits))
        })
    }
}

/// Is the place the only hit, or in it?
fn covers(hits: &[Hit], span: &Range<usize>) -> bool {
    hits.len() == 1 && hits[0].span.start <= span.start && span.end <= hits[0].span.end
}

/// Is a value a version, with words around it that stay? What else it says would stand in the template.
fn simple(value: &str, version: &str) -> bool {
    let once = token::whole(value, version).len() == 1;
    value == version
        || (once
            && value.len() <= 120
            && !value.contains(['{', '}', '(', '"', '\'', ' ', '<', '>'])
            && literal::steady(value, version, true))
}

/// What a hit says before and after a place in it, without the quotes that belong to its bytes.
pub(super) fn around<'h>(text: &str, hit: &'h Hit, span: &Range<usize>) -> Option<(&'h str, &'h str)> {
    let start = hit.span.start + text.get(hit.span.clone())?.find(&hit.value)?;
    let before = hit.value.get(..span.start.checked_sub(start)?)?;
    Some((before, hit.value.get(before.len() + span.len()..)?))
}

/// A pattern for a place that has a form of its own, with the words before it in its line.
pub(super) fn pattern_of(text: &str, span: &Range<usize>, form: &str) -> Option<Strict> {
    pattern::with_form(text, span, form)
}

/// The line in which a place stands, without its end.
pub(super) fn line_of(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find(['\n', '\r']).map_or(text.len(), |at| span.end + at);
    start..end
}
