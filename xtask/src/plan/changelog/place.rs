//! Where a section goes, and the bytes that make it.

use super::sections::{Open, Section, Sections};
use super::{Change, Entry, line_end, links};
use crate::version::Version;
use std::cmp::Ordering;

/// The neighbour of a new section.
enum Beside<'s> {
    /// It goes right before this one.
    Before(&'s Section),
    /// It goes behind what is written up to here.
    Behind(usize),
}

/// A section with these notes.
pub(super) fn insert(text: &str, sections: &Sections, notes: &str, entry: &Entry<'_>) -> Vec<Change> {
    let (beside, last) = beside(text, sections, entry.version);
    let notes = notes.replace('\n', line_end(text));
    let mut changes = vec![match beside {
        Beside::Before(section) => {
            let block = heading(text, sections, entry) + &notes + &tail(text, sections);
            Change { span: section.span.start..section.span.start, text: block }
        }
        Beside::Behind(end) => {
            let block = heading(text, sections, entry) + &notes;
            behind(text, end, &block)
        }
    }];
    changes.extend(definitions(text, sections, entry.version, last));
    changes
}

/// A heading between that of what isn't released and its text.
pub(super) fn promote(text: &str, sections: &Sections, open: &Open, entry: &Entry<'_>) -> Vec<Change> {
    let from = open.heading.span.end;
    let comments = sections.scan.quiet.iter().filter(|span| text[(*span).clone()].trim_start().starts_with("<!--"));
    let comments: Vec<_> = comments.collect();
    let mut at = from;
    while let Some(line) = text[at..open.end].split_inclusive('\n').next() {
        let comment = comments.iter().find(|span| span.start == at);
        match comment {
            Some(span) => at = span.end,
            None if line.trim().is_empty() => at += line.len(),
            None => break,
        }
    }
    let end = line_end(text);
    let apart = text[..at].ends_with(&end.repeat(2));
    let block = format!("{}{}", if apart { "" } else { end }, heading(text, sections, entry));
    let mut changes = vec![Change { span: at..at, text: block }];
    changes.extend(definitions(text, sections, entry.version, (!sections.all.is_empty()).then_some(0)));
    changes
}

/// Other words for the heading of a section.
pub(super) fn retitle(section: &Section, words: &str) -> Vec<Change> {
    let heading = &section.heading;
    let mut changes = vec![Change { span: heading.text.clone(), text: words.to_owned() }];
    if let Some(line) = &heading.underline {
        let sign = if heading.level == 1 { "=" } else { "-" };
        changes.push(Change { span: line.clone(), text: sign.repeat(words.chars().count().max(2)) });
    }
    changes
}

/// Notes for a section that is there and has no text.
pub(super) fn fill(text: &str, section: &Section, notes: &str) -> Change {
    let end = line_end(text);
    let (from, to) = (section.heading.span.end, section.written.end.max(section.heading.span.end));
    let start = if text[..from].ends_with('\n') { "" } else { end };
    let written = !section.written(text).is_empty();
    let span = if written { section.written.start..to } else { from..from };
    let (before, behind) = if written { (String::new(), "") } else { (format!("{start}{end}"), end) };
    Change { span, text: format!("{before}{}{behind}", notes.replace('\n', end)) }
}

/// Where a version's section goes, and the place of the section below which its range begins.
fn beside<'s>(text: &str, sections: &'s Sections, version: &Version) -> (Beside<'s>, Option<usize>) {
    let all = &sections.all;
    let is = |section: &Section, order: Ordering| section.title.version.compare(version) == order;
    if all.is_empty() {
        let end = match &sections.unreleased {
            Some(open) => open.end,
            None => sections.end,
        };
        return (Beside::Behind(written_end(text, end)), None);
    }
    if sections.oldest_first {
        let later = all.iter().position(|section| sections.sorted && is(section, Ordering::Greater));
        return match later {
            Some(at) => (Beside::Before(&all[at]), at.checked_sub(1)),
            None => (Beside::Behind(written_end(text, all[all.len() - 1].span.end)), Some(all.len() - 1)),
        };
    }
    let lower = all.iter().position(|section| !sections.sorted || !is(section, Ordering::Greater));
    match lower {
        Some(at) => (Beside::Before(&all[at]), Some(at)),
        None => (Beside::Behind(written_end(text, all[all.len() - 1].span.end)), None),
    }
}

/// Behind the last line that isn't blank, with its line end.
fn written_end(text: &str, end: usize) -> usize {
    let written = text[..end].trim_end_matches(|c: char| c.is_whitespace() && c != '\u{feff}').len();
    text[written..].find('\n').map_or(text.len(), |at| written + at + 1)
}

/// A section as the last thing written; the file ends as it did, with a line end or without.
fn behind(text: &str, end: usize, block: &str) -> Change {
    let line = line_end(text);
    let (before, rest) = text.split_at(end);
    let nothing = before.trim_start_matches('\u{feff}').trim().is_empty();
    let title = if nothing && rest.trim().is_empty() { format!("# Changelog{line}{line}") } else { String::new() };
    let open = !nothing && !before.ends_with('\n');
    let (apart, last) = match (nothing, open) {
        (true, _) => (String::new(), line),
        (false, true) => (line.repeat(2), ""),
        (false, false) => (line.to_owned(), line),
    };
    Change { span: end..end, text: format!("{apart}{title}{block}{last}") }
}

/// The heading with what stands between it and the text: blank lines, the line that says when.
fn heading(text: &str, sections: &Sections, entry: &Entry<'_>) -> String {
    let end = line_end(text);
    let words = entry.heading.map_or_else(|| sections.words(entry), str::to_owned);
    let Some((_, section)) = sections.style() else {
        let level = sections.unreleased.as_ref().map_or(2, |open| open.heading.level);
        return format!("{} {words}{end}{end}", "#".repeat(level));
    };
    let old = &section.heading;
    let line = match &old.underline {
        None => {
            let closing = text[old.text.end..old.span.end].trim_end_matches(['\r', '\n']);
            format!("{}{words}{closing}{end}", &text[old.span.start..old.text.start])
        }
        Some(under) => {
            let same = under.len() == text[old.text.clone()].chars().count();
            let width = if same { words.chars().count() } else { under.len().max(words.chars().count()) };
            let sign = &text[under.start..=under.start];
            format!("{words}{end}{}{end}", sign.repeat(width))
        }
    };
    let blank = |from: usize, to: usize| end.repeat(text[from..to].matches('\n').count().min(2));
    let between = match &section.lead {
        Some(lead) => {
            let when = section.lead(text, entry.date).unwrap_or_default();
            let when = when.trim_end_matches(['\r', '\n']);
            let below = blank(lead.end, section.written.start.max(lead.end));
            format!("{}{when}{end}{}", blank(old.span.end, lead.start), if below.is_empty() { end } else { &below })
        }
        None => blank(old.span.end, section.written.start.max(old.span.end)),
    };
    line + &between
}

/// What stands between the text of a section and the next one: blank lines, a rule.
fn tail(text: &str, sections: &Sections) -> String {
    let end = line_end(text);
    let followed = |section: &&Section| sections.all.iter().any(|next| next.span.start == section.span.end);
    let learnt = sections.style().map(|(_, section)| section).filter(followed);
    let tail = learnt
        .filter(|section| !section.written.is_empty())
        .map(|section| &text[section.written.end..section.span.end]);
    match tail {
        Some(tail) if (1..=6).contains(&tail.matches('\n').count()) => tail.to_owned(),
        _ => end.repeat(2),
    }
}

fn definitions(text: &str, sections: &Sections, next: &Version, last: Option<usize>) -> Vec<Change> {
    let Some(last) = last else { return Vec::new() };
    let step = if sections.oldest_first { last.checked_sub(1) } else { Some(last + 1) };
    let older = step.and_then(|at| sections.all.get(at)).map(|section| &section.title.version);
    links::definitions(text, &sections.scan, next, &sections.all[last].title.version, older)
}
