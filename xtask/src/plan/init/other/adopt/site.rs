//! A hint as a place of ours.

use std::ops::Range;

use super::super::super::draft::Members;
use super::super::super::known::{Role, braced};
use super::super::super::{Site, Verdict, place, token};
use super::super::Hint;
use super::Page;
use crate::locate::Hit;
use crate::version::{Part, Version};

/// The track that a tool's number is here.
pub(super) struct Home {
    /// Its name.
    pub track: String,
    /// Where it stands.
    pub current: String,
    /// The family whose member it is: inside the member's folder the family's name means it.
    pub family: Option<(String, Members)>,
}

type Named = (&'static str, String, Vec<Hit>);

impl Home {
    /// Does a template speak of this track?
    pub fn is_in(&self, path: &str, template: &str) -> bool {
        [".", ":", "}"].iter().any(|end| template.contains(&format!("{{{}{end}", self.name(path))))
    }

    /// What the track is called in a file.
    fn name(&self, path: &str) -> &str {
        match &self.family {
            Some((family, members)) if members.split(path).is_some_and(|(member, _)| member == self.track) => family,
            _ => &self.track,
        }
    }

    /// What has to stand at a hit: each number in it that the tool writes is a slot.
    pub fn template(&self, page: &Page, span: &Range<usize>, value: &str) -> Option<String> {
        let start = span.start + page.text.get(span.clone())?.find(value)?;
        let mut hints: Vec<&Hint> = page.hints.to_vec();
        hints.retain(|hint| start <= hint.span.start && hint.span.end <= start + value.len());
        hints.sort_by_key(|hint| hint.span.start);
        let (mut template, mut at) = (String::new(), start);
        for hint in &hints {
            if hint.span.start < at {
                continue;
            }
            template.push_str(&braced(&page.text[at..hint.span.start]));
            template.push_str(&self.slot(hint));
            at = hint.span.end;
        }
        template.push_str(&braced(&page.text[at..start + value.len()]));
        (!hints.is_empty()).then_some(template)
    }

    fn slot(&self, hint: &Hint) -> String {
        match hint.form {
            "" => {
                let dialect = token::dialect(&self.current, &hint.says).unwrap_or_default();
                format!("{{{}{dialect}}}", self.name(&hint.path))
            }
            form => format!("{{{}{form}}}", self.name(&hint.path)),
        }
    }

    /// Does the place say where the track stands?
    fn agrees(&self, hint: &Hint) -> bool {
        let part = |name: &str| Version::parse(&self.current).ok()?.part(Part::parse_name(name)?);
        match hint.form.strip_prefix('.') {
            None => token::dialect(&self.current, &hint.says).is_some(),
            Some(name) => part(name).as_deref() == Some(&hint.says),
        }
    }

    /// The evidence; a place that says another number is named as one that disagrees.
    pub fn reason(&self, hint: &Hint, value: &str, words: &str) -> String {
        if self.agrees(hint) {
            format!("`{value}`, {words}")
        } else {
            format!("disagrees: says `{value}`, and {words}")
        }
    }

    /// The place with the strictest locator that hits what the tool writes and nothing else.
    pub fn site(&self, page: &Page, hint: &Hint) -> Option<Site> {
        let near = self.agrees(hint) || !hint.form.is_empty() || token::left_behind(&hint.says, &self.current);
        let words = format!("{} writes it", page.tool);
        let found = strictest(page, hint);
        let (format, locator, hits) = found?;
        let hit = hits.iter().find(|hit| super::overlap(&hit.span, &hint.span))?;
        let value = hit.value.clone();
        let template = self.template(page, &hit.span, &value)?;
        let clean = hits.iter().all(|hit| page.writes(&hit.span) && hit.value == value);
        let (verdict, reason) = match () {
            () if !clean => (Verdict::Unsure, format!("{words}, and not everything that looks like it")),
            () if !near => (Verdict::Unsure, format!("{words}, and it says `{value}`, not `{}`", self.current)),
            () => (Verdict::Taken, self.reason(hint, &value, &words)),
        };
        Some(Site {
            path: page.path.to_owned(),
            format,
            locator,
            count: (hits.len() > 1 && format != "image").then_some(hits.len()),
            spans: hits.into_iter().map(|hit| hit.span).collect(),
            number: if hint.form.is_empty() { hint.says.clone() } else { self.current.clone() },
            shape: template.replace(&format!("{{{}}}", self.name(page.path)), "{}"),
            value,
            role: Role::Mention,
            rank: usize::MAX,
            template,
            verdict,
            reason,
            image: None,
            seen: None,
        })
    }
}

/// Structure, a literal, a pattern: the first that still hits when all that the tool writes has moved.
fn strictest(page: &Page, hint: &Hint) -> Option<Named> {
    let moved = moved(page);
    let stays = |(format, locator, hits): &Named| place::look(format, &moved, locator).len() == hits.len();
    let found = named(page, hint).or_else(|| part(page, hint)).filter(stays);
    let literal = || place::strictest(page.path, page.text, &hint.span).filter(stays);
    found.or_else(literal).or_else(|| pattern(page, hint).filter(stays))
}

/// The text with another number in each place that the tool writes.
fn moved(page: &Page) -> String {
    let mut spans: Vec<_> = page.hints.iter().map(|hint| hint.span.clone()).collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let (mut text, mut at) = (String::new(), 0);
    for span in spans.into_iter().filter(|span| span.start < span.end) {
        if span.start < at {
            continue;
        }
        text.push_str(&page.text[at..span.start]);
        text.extend(page.text[span.clone()].chars().map(|c| match c {
            '9' => '8',
            '0'..='8' => '9',
            other => other,
        }));
        at = span.end;
    }
    text.push_str(&page.text[at..]);
    text
}

/// The whole line as a pattern, in which whatever else the tool writes there is open.
fn pattern(page: &Page, hint: &Hint) -> Option<Named> {
    let start = page.text[..hint.span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = page.text[hint.span.end..].find(['\r', '\n']).map_or(page.text.len(), |at| hint.span.end + at);
    let mut spans: Vec<_> = page.hints.iter().map(|hint| hint.span.clone()).collect();
    spans.retain(|span| start <= span.start && span.end <= end);
    spans.sort_by_key(|span| span.start);
    spans.dedup();
    let (mut locator, mut at) = (String::from("^"), start);
    for span in spans.into_iter().filter(|span| *span == hint.span || !super::overlap(span, &hint.span)) {
        if span.start < at {
            return None;
        }
        locator.push_str(&regex_lite::escape(&page.text[at..span.start]));
        locator.push_str(if span == hint.span { r"(?<version>[\w.+~!-]+)" } else { r"[\w.+~!-]+" });
        at = span.end;
    }
    locator.push_str(&regex_lite::escape(&page.text[at..end]));
    locator.push('$');
    let hits = place::look("regex", page.text, &locator);
    let right = hits.len() == 1 && hits[0].span == hint.span;
    right.then_some(("regex", locator, hits))
}

/// A literal gives way to the file's structure, where the tool names that.
pub(super) fn by_structure(page: &Page, hint: &Hint, site: &mut Site) {
    let Some((format, locator, hits)) = named(page, hint).filter(|_| matches!(site.format, "text" | "regex")) else {
        return;
    };
    (site.format, site.locator, site.count) = (format, locator, None);
    site.spans = hits.into_iter().map(|hit| hit.span).collect();
}

/// As the tool itself names it, where that hits once.
fn named(page: &Page, hint: &Hint) -> Option<Named> {
    let (format, locator) = hint.named.as_ref()?;
    let hits = place::look(format, page.text, locator);
    let right = hits.len() == 1 && super::overlap(&hits[0].span, &hint.span);
    right.then(|| (*format, locator.clone(), hits))
}

/// A piece of a version that is all that its key says: too short for a look at tokens.
fn part(page: &Page, hint: &Hint) -> Option<Named> {
    let format = place::format_of(page.path).filter(|_| !hint.form.is_empty())?;
    let inside = |key: &place::Keyed| key.span.start <= hint.span.start && hint.span.end <= key.span.end;
    let key = place::keyed(format, page.text).into_iter().find(inside)?;
    let hits = place::look(format, page.text, &key.locator);
    let right = hits.len() == 1 && hits[0].value == hint.says && super::overlap(&hits[0].span, &hint.span);
    right.then_some((format, key.locator, hits))
}
