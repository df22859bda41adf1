//! How an index is written: indentation, quotes, line ends; and the new lines written the same way.

use std::ops::Range;

use super::{Index, column, line_end, line_start, strange, token};
use crate::locate::LocateError;
use crate::locate::splice::{Edit, splice};
use crate::locate::yaml::tree::{Node, Value, parse};
use crate::moment::rfc3339;

/// The style of a file.
pub(super) struct Style {
    /// The column of the charts' names.
    pub key: usize,
    /// The column of the `-` before a version.
    pub dash: usize,
    /// From the `-` to the entry's first key.
    pub gap: usize,
    /// What stands around the dates: `"`, `'` or nothing.
    pub quote: &'static str,
    /// `\n` or `\r\n`.
    pub end: &'static str,
}

impl Style {
    /// As the first chart of the file is written; as Helm writes where there is none.
    pub fn of(index: &Index<'_>) -> Self {
        let text = index.text;
        let crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        let pairs = index.root.get("entries").map_or(&[][..], Node::pairs);
        let key = pairs.first().map_or(2, |(key, _)| column(text, key.span.start));
        let lists = pairs.iter().filter_map(|(name, list)| Some((name, list.items().first()?)));
        let (dash, gap) = lists
            .filter_map(|(name, item)| {
                let (dash, at) = (dash_before(text, item)?, column(text, item.span.start));
                let dash = column(text, dash);
                // A file may indent its charts differently; the first one counts.
                (dash >= column(text, name.span.start) && at > dash).then(|| (dash, at - dash))
            })
            .next()
            .unwrap_or((key, 2));
        let dates = pairs.iter().flat_map(|(_, list)| list.items()).filter_map(|item| item.get("created"));
        let quote = dates.map(|date| quote_of(token(text, &date.span))).next().unwrap_or("\"");
        Self { key, dash, gap, quote, end: if crlf { "\r\n" } else { "\n" } }
    }

    /// The lines of Helm's entry without the indentation they have in common, lists indented as in this file.
    pub fn entry(&self, made: &str, item: &Node<'_>) -> Vec<String> {
        let base = column(made, item.span.start);
        let mut lists = Vec::new();
        lists_below(made, item, &mut lists);
        let deeper = self.dash - self.key.min(self.dash);
        let mut lines = Vec::new();
        let mut at = line_start(made, item.span.start);
        while at < item.span.end {
            let end = line_end(made, at);
            let line = made[at..end].trim_end_matches(['\n', '\r']);
            let around = lists.iter().filter(|list| list.contains(&at)).count();
            let line = line.get(base..).unwrap_or_default();
            let indent = if line.is_empty() { 0 } else { around * deeper };
            lines.push(format!("{}{line}", " ".repeat(indent)));
            at = end;
        }
        lines
    }

    /// An entry as an item of a list whose `-` stands in this column.
    pub fn lines(&self, entry: &[String], dash: usize) -> Vec<String> {
        let rest = " ".repeat(dash + self.gap);
        let first = format!("{}-{}", " ".repeat(dash), " ".repeat(self.gap - 1));
        let begin = |at: usize, line: &str| match (at, line.is_empty()) {
            (0, _) => first.clone(),
            (_, true) => String::new(),
            (_, false) => rest.clone(),
        };
        entry.iter().enumerate().map(|(at, line)| format!("{}{line}", begin(at, line))).collect()
    }

    /// A chart that is new to the file.
    pub fn chart(&self, key: &str, entry: &[String]) -> Vec<String> {
        let first = format!("{}{key}:", " ".repeat(self.key));
        std::iter::once(first).chain(self.lines(entry, self.dash.max(self.key))).collect()
    }

    /// New lines in the place of an empty value: `{}`, `[]`, or nothing.
    pub fn fill(&self, text: &str, key: &Node<'_>, empty: &Node<'_>, lines: &[String]) -> Edit {
        let mut start = empty.span.start;
        while text[key.span.end..start].ends_with(' ') {
            start -= 1;
        }
        Edit { span: start..empty.span.end, bytes: format!("{}{}", self.end, lines.join(self.end)) }
    }

    /// New lines before one of these nodes, or behind the last.
    pub fn insert(
        &self,
        text: &str,
        nodes: &[Node<'_>],
        at: usize,
        lines: &[String],
        items: bool,
    ) -> Result<Edit, LocateError> {
        let block = lines.join(self.end);
        let Some(next) = nodes.get(at) else {
            let last = nodes.last().map_or(0, |node| node.span.end);
            let end = line_end(text, last);
            return Ok(match text[..end].ends_with('\n') {
                true => Edit { span: end..end, bytes: block + self.end },
                false => Edit { span: end..end, bytes: format!("{}{block}", self.end) },
            });
        };
        let start = if items { dash_before(text, next) } else { Some(next.span.start) };
        let start = start.ok_or_else(|| strange("the `-` of this entry isn't found", next.span.start))?;
        let mut line = line_start(text, start);
        if !text[line..start].trim_start_matches('\u{feff}').trim().is_empty() {
            return Err(strange("this entry doesn't begin its line", start));
        }
        // A comment above an entry belongs to it.
        while line > 0 && token(text, &(line_start(text, line - 1)..line)).trim_start().starts_with('#') {
            line = line_start(text, line - 1);
        }
        Ok(Edit { span: line..line, bytes: block + self.end })
    }
}

/// Where the `-` of a list's item stands.
fn dash_before(text: &str, item: &Node<'_>) -> Option<usize> {
    let before = text[..item.span.start].trim_end_matches([' ', '\t']);
    before.ends_with('-').then(|| before.len() - 1)
}

/// The lines that lists in an entry take: Helm writes them in the column of their key.
fn lists_below(text: &str, node: &Node<'_>, lists: &mut Vec<Range<usize>>) {
    if let (Value::Seq(items, false), Some(first)) = (&node.value, node.items().first()) {
        lists.push(line_start(text, first.span.start)..node.span.end);
        items.iter().for_each(|item| lists_below(text, item, lists));
    }
    node.pairs().iter().for_each(|(_, value)| lists_below(text, value, lists));
}

fn quote_of(token: &str) -> &'static str {
    match token.chars().next() {
        Some('"') => "\"",
        Some('\'') => "'",
        _ => "",
    }
}

/// Helm's text with another date in it, written as the file writes dates.
pub(super) fn dated(made: &str, moment: &str, style: &Style) -> Result<String, LocateError> {
    let root = parse(made)?;
    let (_, item) = super::single(&root)?;
    let date =
        |node: &Node<'_>, quote: &str| Edit { span: node.span.clone(), bytes: format!("{quote}{moment}{quote}") };
    let created = item.get("created").map(|node| date(node, style.quote));
    let generated = root.get("generated").map(|node| date(node, "\""));
    splice(made, &created.into_iter().chain(generated).collect::<Vec<_>>())
}

/// The moment of the last change moves forward, never back: releases may end in another order than they began.
pub(super) fn generated(index: &Index<'_>, moment: &str, seconds: u64) -> Option<Edit> {
    let node = index.root.get("generated")?;
    let quote = quote_of(token(index.text, &node.span));
    let later = seconds_of(node.text()?).is_some_and(|old| old < seconds);
    later.then(|| Edit { span: node.span.clone(), bytes: format!("{quote}{moment}{quote}") })
}

/// The whole seconds since 1970 of `2026-07-01T12:00:00.123456789+02:00`.
fn seconds_of(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let number = |text: &str| text.parse::<i64>().ok();
    let mut hours = time.split('.').next()?.split(':').map(number);
    let (hour, minute, second) = (hours.next()??, hours.next()??, hours.next()??);
    let offset = match zone.split_at(1) {
        ("Z" | "z", _) => 0,
        (sign, zone) => {
            let (hours, minutes) = zone.split_once(':')?;
            let minutes = number(hours)? * 60 + number(minutes)?;
            if sign == "-" { -minutes } else { minutes }
        }
    };
    let mut parts = date.split('-').map(number);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Howard Hinnant's `days_from_civil`.
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = u64::try_from(days * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60).ok()?;
    debug_assert!(rfc3339(seconds).len() == 20 || year > 9_999);
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-07-01T12:00:00Z", 1_782_907_200),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(seconds_of(text), Some(seconds));
            assert_eq!(rfc3339(seconds), text);
        }
        assert_eq!(seconds_of("2026-07-01T14:00:00.123456789+02:00"), Some(1_782_907_200));
        assert_eq!(seconds_of("2026-07-01T09:30:00-02:30"), Some(1_782_907_200));
        for odd in ["", "2026-07-01", "yesterday", "2026-07-01T12:00Z", "0001-01-01T00:00:00Z"] {
            assert_eq!(seconds_of(odd), None, "{odd}");
        }
    }
}
