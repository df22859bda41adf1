//! The sections of a changelog: which version each is about, and where it ends.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use super::scan::{Heading, Line, Scan, lines, scan};
use super::title::{self, Title};
use super::{Entry, date};
use crate::error::{Failure, Place};
use crate::version::{Date, Version};

/// The section of a version.
#[derive(Debug)]
pub(super) struct Section {
    /// Of its heading.
    pub level: usize,
    pub heading: Heading,
    pub title: Title,
    /// With its heading, the anchor above that, and the blank lines below.
    pub span: Range<usize>,
    /// `Released at 2026-01-02`, where its text begins with such a line.
    pub lead: Option<Range<usize>>,
    /// What was written, from its first to its last line.
    pub written: Range<usize>,
}

/// The section of what isn't released yet.
#[derive(Debug)]
pub(super) struct Open {
    pub heading: Heading,
    pub end: usize,
    /// `[Unreleased]`
    bracketed: bool,
}

/// A changelog, taken apart.
#[derive(Debug)]
pub(super) struct Sections {
    pub scan: Scan,
    /// In the order of the file.
    pub all: Vec<Section>,
    pub unreleased: Option<Open>,
    /// Further headings of what isn't released yet.
    unreleased_again: Option<Heading>,
    /// Does the newest stand last?
    pub oldest_first: bool,
    /// Do they stand in the order of their versions? Not where old lines get releases, too, and the day decides.
    pub sorted: bool,
    /// Where the link definitions at the end of the file begin; else its end.
    pub end: usize,
    style: Option<(usize, Title)>,
}

impl Sections {
    /// Reads a changelog that shall get a section of this version.
    pub fn read(text: &str, version: &Version) -> Self {
        let scan = scan(text);
        let alone = !version.as_str().contains('.');
        let releases = releases(text, &scan.headings, alone);
        let opens = unreleased(text, &scan.headings, releases.first().map(|(at, _)| scan.headings[*at].level));
        let end = definitions_start(text, &scan);
        let starts: Vec<usize> = releases.iter().map(|(at, _)| *at).chain(opens.iter().copied()).collect();
        let ends = |at: usize| section_end(text, &scan.headings, &starts, at).min(end);
        let open = |at: usize| {
            let heading = scan.headings[at].clone();
            Open { bracketed: text[heading.text.clone()].starts_with('['), heading, end: ends(at) }
        };
        let unreleased = opens.first().map(|&at| open(at));
        let unreleased_again = opens.get(1).map(|&at| scan.headings[at].clone());
        let all: Vec<Section> = releases
            .into_iter()
            .map(|(at, title)| Section::new(text, scan.headings[at].clone(), title, ends(at)))
            .collect();
        let order = |wanted: Ordering| {
            all.windows(2).all(|pair| pair[0].title.version.compare(&pair[1].title.version) == wanted)
        };
        let ends_apart =
            all.first().zip(all.last()).map(|(first, last)| first.title.version.compare(&last.title.version));
        let open_last =
            unreleased.as_ref().zip(all.last()).is_some_and(|(open, last)| open.heading.span.start > last.span.start);
        let oldest_first = ends_apart == Some(Ordering::Less) || all.len() == 1 && open_last;
        let sorted = order(if oldest_first { Ordering::Less } else { Ordering::Greater });
        let mut sections = Self { scan, all, unreleased, unreleased_again, oldest_first, sorted, end, style: None };
        sections.style = sections.learn();
        sections
    }

    /// The section whose style the next one takes, and its title's form.
    pub fn style(&self) -> Option<(&Title, &Section)> {
        self.style.as_ref().map(|(at, title)| (title, &self.all[*at]))
    }

    /// The section of a version.
    pub fn find(&self, version: &Version) -> Option<&Section> {
        self.all.iter().find(|section| section.title.version == *version)
    }

    /// The level of this version's heading, which may be still to come.
    pub fn level(&self, version: &Version) -> usize {
        let section = self.find(version).or_else(|| self.style().map(|(_, section)| section));
        section.map_or_else(|| self.unreleased.as_ref().map_or(2, |open| open.heading.level), |section| section.level)
    }

    /// Do these words stand over parts of several sections, so that they end none?
    /// The section of this version itself has no say.
    pub fn recurs(&self, text: &str, version: &Version, words: &str) -> bool {
        let own = self.find(version).map(|section| section.span.clone()).unwrap_or_default();
        let others = self.all.iter().any(|section| section.title.version != *version);
        let level = if others { self.level(version) } else { 0 };
        let is = |heading: &&Heading| heading.level <= level && text[heading.text.clone()] == *words;
        self.scan.headings.iter().filter(is).filter(|heading| !own.contains(&heading.span.start)).count() > 1
    }

    /// The heading's words for a new section.
    pub fn words(&self, entry: &Entry<'_>) -> String {
        match (&self.style, &self.unreleased) {
            (Some((_, title)), _) => title.render(entry.version, entry.date),
            (None, Some(open)) if open.bracketed => format!("[{}] - {}", entry.version, entry.date),
            (None, _) => format!("{} - {}", entry.version, entry.date),
        }
    }

    /// A version with two sections has none that could be read or completed.
    pub fn refuse_twice(&self, path: &str, text: &str, version: &Version) -> Result<(), Failure> {
        let mut places = self.all.iter().filter(|section| section.title.version == *version).map(|one| &one.heading);
        let twice = match (places.next(), places.next(), &self.unreleased, &self.unreleased_again) {
            (Some(first), Some(second), ..) => Some((first, second)),
            (.., Some(first), Some(second)) => Some((&first.heading, second)),
            _ => None,
        };
        let Some((first, second)) = twice else { return Ok(()) };
        let line = |heading: &Heading| text[..heading.span.start].matches('\n').count() + 1;
        let words = &text[second.text.clone()];
        Err(Failure::world(format!("`{words}` stands there twice, in lines {} and {}", line(first), line(second)))
            .hint("make one section of the two: which of them counts can't be told")
            .at(Place::span(path, text, second.text.clone())))
    }

    fn learn(&self) -> Option<(usize, Title)> {
        let mut places: Vec<usize> = (0..self.all.len()).collect();
        if self.oldest_first {
            places.reverse();
        }
        let titles: Vec<&Title> = places.iter().map(|&at| &self.all[at].title).collect();
        title::learn(&titles).map(|(at, title)| (places[at], title))
    }
}

impl Open {
    /// All of its text.
    pub fn body<'t>(&self, text: &'t str) -> &'t str {
        &text[self.heading.span.end..self.end]
    }
}

impl Section {
    fn new(text: &str, heading: Heading, title: Title, end: usize) -> Self {
        let body = heading.span.end..end.max(heading.span.end);
        let lead = lead(text, &body);
        let from = lead.as_ref().map_or(body.start, |lead| lead.end);
        let start = text[from..body.end].split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len);
        let start = from + start.sum::<usize>();
        let last = without_rule(&text[start..body.end]).trim_end().len();
        let anchored = anchor_start(text, heading.span.start);
        Self { level: heading.level, title, span: anchored..body.end, lead, written: start..start + last, heading }
    }

    /// All of its text.
    pub fn body<'t>(&self, text: &'t str) -> &'t str {
        &text[self.heading.span.end..self.span.end]
    }

    /// Its text without the line that only says when it was released, and without the rule below it.
    pub fn written<'t>(&self, text: &'t str) -> &'t str {
        &text[self.written.clone()]
    }

    /// The line that says when it was released, on another day.
    pub fn lead(&self, text: &str, today: Date) -> Option<String> {
        let line = &text[self.lead.clone()?];
        let (span, form) = date::find(line)?;
        Some(format!("{}{}{}", &line[..span.start], form.render(today), &line[span.end..]))
    }
}

/// The headings that are about versions: on the level on which most of them stand, or above; below only bare ones.
fn releases(text: &str, headings: &[Heading], alone: bool) -> Vec<(usize, Title)> {
    let read = |words: &str| if title::is_unreleased(words) { None } else { Title::read(words, alone) };
    let titles = headings.iter().map(|heading| read(&text[heading.text.clone()]));
    let mut found: Vec<(usize, Title)> =
        titles.enumerate().filter_map(|(at, title)| title.map(|title| (at, title))).collect();
    let leading = found.iter().any(|(_, title)| title.leads());
    let counts = |at: usize, title: &Title, level: usize| headings[at].level == level && (title.leads() || !leading);
    let count = |level: usize| found.iter().filter(|(at, title)| counts(*at, title, level)).count();
    let Some(level) = (1..=6).rev().max_by_key(|&level| count(level)) else { return found };
    found.retain(|(at, title)| match headings[*at].level.cmp(&level) {
        Ordering::Equal => true,
        Ordering::Less => title.leads(),
        Ordering::Greater => title.leads() && title.is_bare(),
    });
    found
}

/// The headings of what isn't released, on the level of the others.
fn unreleased(text: &str, headings: &[Heading], level: Option<usize>) -> Vec<usize> {
    let fits = |heading: &Heading| level.map_or(heading.level <= 3, |level| heading.level == level);
    let is = |heading: &Heading| fits(heading) && title::is_unreleased(&text[heading.text.clone()]);
    (0..headings.len()).filter(|&at| is(&headings[at])).collect()
}

/// Where the section of a heading ends: at the next section, or at another heading as high as its own. One that comes
/// again and again (`Bug fixes`) belongs to the sections, however high it is.
fn section_end(text: &str, headings: &[Heading], starts: &[usize], at: usize) -> usize {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for heading in headings.iter().filter(|heading| heading.level <= headings[at].level) {
        *times.entry(&text[heading.text.clone()]).or_default() += 1;
    }
    let ends = |next: &usize| {
        let heading = &headings[*next];
        let recurs = times.get(&text[heading.text.clone()]).is_some_and(|count| *count > 1);
        starts.contains(next) || heading.level <= headings[at].level && !recurs
    };
    let next = (at + 1..headings.len()).find(ends);
    next.map_or(text.len(), |next| anchor_start(text, headings[next].span.start))
}

/// Where the lines `<a name="v1.2.3"></a>` above a heading begin.
fn anchor_start(text: &str, heading: usize) -> usize {
    let mut start = heading;
    loop {
        let above = text[..start].trim_end_matches(['\n', '\r']);
        let line = above.rfind('\n').map_or(0, |at| at + 1);
        let words = above[line..].trim();
        if !(words.starts_with("<a ") && words.ends_with("</a>") && !words.contains("href")) {
            return start;
        }
        start = line;
    }
}

/// Where the link definitions at the end of a text begin; else its end.
fn definitions_start(text: &str, scan: &Scan) -> usize {
    let mut start = text.len();
    for line in lines(text).iter().rev() {
        let defines = scan.definitions.iter().any(|one| one.line.start == line.start);
        if defines {
            start = line.start;
        } else if !text[line.start..line.end].trim().is_empty() {
            break;
        }
    }
    start
}

/// A text without the link definitions at its end.
pub(super) fn without_definitions(text: &str) -> &str {
    &text[..definitions_start(text, &scan(text))]
}

/// The first line of a section, if it says when it was released and nothing else.
fn lead(text: &str, body: &Range<usize>) -> Option<Range<usize>> {
    const PLAIN: [&str; 6] = ["release", "released", "published", "date", "on", "at"];
    let all = lines(&text[body.clone()]);
    let shown = |line: &Line| &text[body.start + line.start..body.start + line.end];
    let first = all.iter().position(|line| !shown(line).trim().is_empty())?;
    let line = shown(&all[first]);
    let (span, _) = date::find(line)?;
    let around = [&line[..span.start], &line[span.end..]].join(" ");
    let mut words = around.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let alone = all.get(first + 1).is_none_or(|next| shown(next).trim().is_empty());
    let says = words.all(|word| PLAIN.contains(&word.to_lowercase().as_str())) && !line.trim_start().starts_with("- ");
    (alone && says).then(|| body.start + all[first].start..body.start + all[first].next)
}

/// Without the `---` that some put between sections.
fn without_rule(text: &str) -> &str {
    let trimmed = text.trim_end();
    let start = trimmed.rfind('\n').map_or(0, |at| at + 1);
    let rule: String = trimmed[start..].chars().filter(|c| !c.is_whitespace()).collect();
    let is_rule = rule.len() >= 3 && ["-", "*", "_"].iter().any(|sign| rule.replace(sign, "").is_empty());
    let apart = start == 0 || trimmed[..start].trim_end_matches(['\r', '\n']).len() + 1 < start;
    if is_rule && apart { &trimmed[..start] } else { text }
}
