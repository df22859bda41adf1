//! A pattern for a place that the words of its line can't name: the form of the version does, or the line above.

use std::ops::Range;

use super::super::token;
use super::{Strict, line_of, lines, literal, look};
use crate::locate::Hit;

/// `<key>CFBundleVersion</key>`, and the value in the next line; where that stands several times, the line below too.
pub(super) fn find(text: &str, span: &Range<usize>) -> Option<Strict> {
    let line = line_of(text, span);
    let version = &text[span.clone()];
    let above = text[..line.start].trim_end().rsplit('\n').next()?.trim();
    let before = text[line.start..span.start].trim_start();
    if !tells(above) || !literal::steady(before, "", false) {
        return None;
    }
    let after = &text[span.end..line.end];
    let run: usize = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_.+~!-".contains(b)).count();
    let tail = after[..run].trim_end_matches(['.', '-']);
    let end = if tail.is_empty() { String::from(")") } else { format!("?){}", escaped(tail)) };
    let short = format!("{}\\s+{}(?<version>[0-9][\\w.+~!-]*{end}", escaped(above), escaped(before));
    let below = text[line.end..].trim_start().lines().next().unwrap_or_default().trim_end();
    let long = (tells(below) && literal::steady(after, "", false))
        .then(|| format!("{short}{}\\s+{}", escaped(&after[tail.len()..]), escaped(below)));
    [Some(short), long].into_iter().flatten().find_map(|locator| {
        let hits = look("regex", text, &locator);
        let right = hits.len() == 1 && hits[0].span == *span && hits[0].value == version;
        (right && !version.is_empty()).then_some(("regex", locator, hits))
    })
}

/// The piece of a line, where it goes on with as many numbers as this version has: `web:1.2.3` beside `web:1.2`.
pub(super) fn of_this_form(text: &str, span: &Range<usize>, piece: &str) -> Option<Strict> {
    let version = &text[span.clone()];
    let dots = token::numbers(version).len().checked_sub(1).filter(|dots| *dots > 0)?;
    let (before, after) =
        piece.split_once("{}").filter(|(before, after)| !before.contains("{}") && !after.contains("{}"))?;
    let end = if after.is_empty() { String::from("(?:[^\\w.+~!-]|$)") } else { escaped(after) };
    let group = format!("(?<version>[0-9]+(?:\\.[0-9]+){{{dots}}}(?:[-.+~]?[a-z]+\\.?[0-9]*)?)");
    let locator = format!("{}{group}{end}", escaped(before));
    let hits = look_where(text, before, &locator);
    let right = hits.iter().any(|hit| hit.span == *span) && hits.iter().all(|hit| hit.value == version);
    right.then_some(("regex", locator, hits))
}

/// What a pattern that stays in one line hits, where all that it can hit has these words: looking for words is a hundred
/// times as fast.
fn look_where(text: &str, words: &str, locator: &str) -> Vec<Hit> {
    let (mut part, mut starts) = (String::new(), Vec::new());
    for (start, line) in lines(text).filter(|(_, line)| line.contains(words)) {
        starts.push((part.len(), start));
        part.push_str(line);
        part.push('\n');
    }
    let home = |at: usize| {
        let line = starts.partition_point(|(own, _)| *own <= at).checked_sub(1)?;
        Some(at - starts[line].0 + starts[line].1)
    };
    let hits = look("regex", &part, locator).into_iter();
    hits.filter_map(|hit| Some(Hit { span: home(hit.span.start)?..home(hit.span.end)?, ..hit })).collect()
}

/// The place by its form and the words before it, from few to all of the line.
pub(super) fn with_form(text: &str, span: &Range<usize>, form: &str) -> Option<Strict> {
    let line = line_of(text, span);
    let before = text[line.start..span.start].trim_start();
    let words =
        before.char_indices().filter(|(at, c)| *at == 0 || (!c.is_alphanumeric() && *c != '_')).map(|(at, _)| at);
    let locator = |at: usize| format!("{}(?<version>{form})", escaped(&before[at..]));
    let steady = |at: &usize| before.len() - at > 2 && literal::steady(&before[*at..], "", false);
    words.collect::<Vec<_>>().into_iter().rev().filter(steady).find_map(|at| {
        let hits = look("regex", text, &locator(at));
        (hits.len() == 1 && hits[0].span == *span).then(|| ("regex", locator(at), hits))
    })
}

/// Has a line words that stay, and not too many?
fn tells(line: &str) -> bool {
    let letters = line.bytes().filter(u8::is_ascii_alphabetic).count();
    letters >= 4 && line.len() <= 80 && literal::steady(line, "", false)
}

/// The text, as a pattern that means itself.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| "\\.+*?()|[]{}^$#&-~".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
