//! A pattern for a place that its own line can't name: the line above says what it is.

use std::ops::Range;

use super::{Strict, line_of, literal, look};

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

/// Has a line words that stay, and not too many?
fn tells(line: &str) -> bool {
    let letters = line.bytes().filter(u8::is_ascii_alphabetic).count();
    letters >= 4 && line.len() <= 80 && literal::steady(line, "", false)
}

/// The text, as a pattern that means itself.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| "\\.+*?()|[]{}^$#&-~".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
