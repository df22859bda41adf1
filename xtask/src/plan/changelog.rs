//! A changelog gets a section for a version, in the style of its others. Text to text.
//!
//! Nothing is written anew: what a section looks like (level, brackets, date, blank lines, link definitions) is learnt
//! from the newest ones, and what comes in is put between bytes that stay as they are.

mod body;
mod date;
mod links;
mod place;
mod scan;
mod sections;
mod title;

use std::ops::Range;

use crate::error::{Failure, Place};
use crate::version::{Date, Version};
use sections::{Section, Sections};

pub use body::{PLACEHOLDER, why_unwritten};
pub(super) use body::{bare, without_title};

/// A section to come.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'e> {
    /// What is released.
    pub version: &'e Version,
    /// The day of the release.
    pub date: Date,
    /// The heading's words, where the configuration says them.
    pub heading: Option<&'e str>,
    /// What a person wrote: the file's name and its text. Without it, what stands under `Unreleased` is promoted.
    pub notes: Option<(&'e str, &'e str)>,
}

/// What becomes of a changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The section is there, and says what it shall.
    Already,
    /// The whole text with the section, whose heading stands in this line, from 1.
    Inserted {
        /// The new text.
        text: String,
        /// Where the section begins.
        line: usize,
    },
}

/// A piece of the text, and what comes in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    span: Range<usize>,
    text: String,
}

/// Puts a version's section into a changelog. `path` is its name in messages.
///
/// Errors: nobody has written the notes yet ([`crate::error::Exit::Waiting`]); the section is there and says something else, or is there
/// twice; the notes can't be put in without changing other sections.
pub fn insert(path: &str, text: &str, entry: &Entry<'_>) -> Result<Edit, Failure> {
    let sections = Sections::read(text, entry.version);
    sections.refuse_twice(path, text, entry.version)?;
    let level = sections.level(entry.version);
    let notes = match entry.notes {
        Some((file, notes)) => Some(body::prepare(file, notes, entry.version, level, &|words| {
            sections.recurs(text, entry.version, words)
        })?),
        None => None,
    };
    let changes = match (sections.find(entry.version), &notes) {
        (Some(section), notes) => complete(path, text, &sections, section, notes.as_deref(), entry)?,
        (None, Some(notes)) => Some(place::insert(text, &sections, notes, entry)),
        (None, None) => Some(promote(path, text, &sections, entry)?),
    };
    let Some(changes) = changes else { return Ok(Edit::Already) };
    let new = apply(text, changes);
    let section = verify(path, (text, &sections), &new, notes.as_deref(), entry)?;
    Ok(Edit::Inserted { line: new[..section].matches('\n').count() + 1, text: new })
}

/// What a changelog says of a version, without the heading; with the link definitions that it uses. None if it has no
/// such section.
///
/// Errors: it has two.
pub fn section(path: &str, text: &str, version: &Version) -> Result<Option<String>, Failure> {
    let sections = Sections::read(text, version);
    sections.refuse_twice(path, text, version)?;
    let Some(section) = sections.find(version) else { return Ok(None) };
    let mut body = body::trim_lines(&section.body(text).replace("\r\n", "\n")).to_owned();
    let mut used = String::new();
    for one in &sections.scan.definitions {
        let label = text[one.label.clone()].to_lowercase();
        let inside = section.span.start <= one.line.start && one.line.end <= section.span.end;
        if !inside && body.to_lowercase().contains(&format!("[{label}]")) {
            used += &format!("{}\n", text[one.line.clone()].trim_end());
        }
    }
    if !used.is_empty() {
        body = format!("{body}\n\n{}", used.trim_end());
    }
    Ok(Some(body))
}

/// The lines of a text that a reader sees as text, without their line ends: no code, no comments, no front matter.
/// And where code or a comment begins that nobody closes.
pub(super) fn prose(text: &str) -> (Vec<Range<usize>>, Option<usize>) {
    let scan = scan::scan(text);
    let quiet = |at: usize| scan.quiet.iter().any(|span| span.contains(&at));
    let lines = scan::lines(text).into_iter().filter(|line| !quiet(line.start));
    (lines.map(|line| line.start..line.end).collect(), scan.open)
}

/// The section is there: it says the same, or it gets what is missing, or it is a disagreement.
fn complete(
    path: &str,
    text: &str,
    sections: &Sections,
    section: &Section,
    notes: Option<&str>,
    entry: &Entry<'_>,
) -> Result<Option<Vec<Change>>, Failure> {
    let there = plain(section.written(text));
    let unwritten = why_unwritten(&there);
    let place = Place::span(path, text, section.heading.text.clone());
    match notes {
        Some(notes) if unwritten.is_none() && there != plain(notes) => {
            let (file, _) = entry.notes.unwrap_or_default();
            let differs = there.lines().zip(notes.lines()).position(|(a, b)| a != b);
            let at = differs.unwrap_or(there.lines().count().min(notes.lines().count())) + 1;
            let message = format!(
                "the section of `{}` is there and says something else than `{file}` (from its line {at} on)",
                entry.version
            );
            return Err(Failure::world(message)
                .hint(format!("make `{file}` say what `{path}` says, or take the section out of `{path}`"))
                .at(place));
        }
        None if unwritten.is_some() => {
            let why = unwritten.unwrap_or_default();
            return Err(Failure::waiting(format!("the section of `{}` {why}", entry.version))
                .hint(format!("write there what `{}` brings", entry.version))
                .at(place));
        }
        _ => {}
    }
    let mut changes = Vec::new();
    if section.title.is_unreleased() {
        let words = entry.heading.map_or_else(|| sections.words(entry), str::to_owned);
        changes.extend(place::retitle(section, &words));
    }
    if let Some(notes) = notes.filter(|_| unwritten.is_some()) {
        let within = |at: usize| section.written.contains(&at);
        let scan = &sections.scan;
        if scan.quiet.iter().any(|span| within(span.start)) || scan.headings.iter().any(|one| within(one.span.start)) {
            let message = format!("the section of `{}` holds headings or comments and no text", entry.version);
            return Err(Failure::world(message).hint(format!("take the section out of `{path}`")).at(place));
        }
        changes.push(place::fill(text, section, notes));
    }
    Ok((!changes.is_empty()).then_some(changes))
}

/// What stands under `Unreleased` becomes the version's.
fn promote(path: &str, text: &str, sections: &Sections, entry: &Entry<'_>) -> Result<Vec<Change>, Failure> {
    let version = entry.version;
    let missing = |why: &str| {
        Failure::waiting(format!("nobody has written what `{version}` brings: {why}"))
            .hint("`cargo xtask notes --write` lists what changed, for a person to write from")
            .at(Place::file(path))
    };
    let Some(open) = &sections.unreleased else {
        return Err(missing("there is no notes file, and no `Unreleased` section"));
    };
    if let Some(why) = why_unwritten(open.body(text)) {
        return Err(missing(&format!(
            "there is no notes file, and the section `{}` {why}",
            &text[open.heading.text.clone()]
        )));
    }
    if sections.oldest_first {
        return Err(Failure::world(format!(
            "`{path}` has its newest section last, where `Unreleased` can't be promoted"
        ))
        .hint("move what stands under `Unreleased` into the notes file")
        .at(Place::span(path, text, open.heading.text.clone())));
    }
    Ok(place::promote(text, sections, open, entry))
}

/// The section is in the new text, with this body, and every other one is as it was; gives where it begins.
fn verify(
    path: &str,
    (old, before): (&str, &Sections),
    new: &str,
    notes: Option<&str>,
    entry: &Entry<'_>,
) -> Result<usize, Failure> {
    let after = Sections::read(new, entry.version);
    let others = |text: &str, sections: &Sections| -> Vec<(String, String)> {
        let others = sections.all.iter().filter(|section| section.title.version != *entry.version);
        others.map(|one| (text[one.heading.text.clone()].to_owned(), plain(one.body(text)))).collect()
    };
    let failure = |message: String| {
        let (file, _) = entry.notes.unwrap_or((path, ""));
        Failure::world(message)
            .hint(format!("mend `{file}`: a heading, code or a comment in it reaches further than it should"))
            .at(Place::file(path))
    };
    let found: Vec<&Section> = after.all.iter().filter(|section| section.title.version == *entry.version).collect();
    let [section] = found[..] else {
        return Err(failure(format!("the notes of `{}` would not make one section of it", entry.version)));
    };
    let whole = notes.is_none_or(|notes| plain(section.written(new)) == plain(notes));
    if !whole || others(old, before) != others(new, &after) {
        return Err(failure(format!("the notes of `{}` would change other sections", entry.version)));
    }
    Ok(section.heading.span.start)
}

/// With `\n` at the end of each line, without blank lines around it, and without link definitions at its end.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    body::trim_lines(sections::without_definitions(&text)).to_owned()
}

/// The line end that a text uses.
fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

fn apply(text: &str, mut changes: Vec<Change>) -> String {
    changes.sort_by_key(|change| (change.span.start, change.span.end));
    let mut out = String::with_capacity(text.len() + 1024);
    let mut at = 0;
    for change in changes {
        out += &text[at..change.span.start];
        out += &change.text;
        at = change.span.end;
    }
    out + &text[at..]
}
