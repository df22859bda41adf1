//! A pattern for a place that its own line can't name: the line above says what it is.

use std::ops::Range;

use super::super::token;
use super::{Strict, line_of, literal, look};

/// `<key>CFBundleVersion</key>`, and the value in the next line.
pub(super) fn find(text: &str, span: &Range<usize>) -> Option<Strict> {
    let line = line_of(text, span);
    let version = &text[span.clone()];
    let above = text[..line.start].trim_end().rsplit('\n').next()?.trim();
    let before = text[line.start..span.start].trim_start();
    let words = above.bytes().filter(u8::is_ascii_alphabetic).count();
    if words < 4 || above.len() > 80 || !literal::steady(above, "", false) || !literal::steady(before, "", false) {
        return None;
    }
    let after = &text[span.end..line.end];
    let run: usize = after.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"_.+~!-".contains(b)).count();
    let group = match after[..run].trim_end_matches(['.', '-']) {
        "" => String::from("(?<version>[0-9][\\w.+~!-]*)"),
        tail => format!("(?<version>[0-9][\\w.+~!-]*?){}", escaped(tail)),
    };
    let locator = format!("{}\\s+{}{group}", escaped(above), escaped(before));
    let hits = look("regex", text, &locator);
    let right =
        hits.len() == 1 && hits[0].span == *span && !token::all(&hits[0].value).is_empty() && hits[0].value == version;
    right.then_some(("regex", locator, hits))
}

/// The text, as a pattern that means itself.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| "\\.+*?()|[]{}^$#&-~".contains(c).then_some('\\').into_iter().chain([c])).collect()
}
