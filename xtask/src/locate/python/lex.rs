//! The pieces of Python of which `python` reads a module: names, targets of an assignment, literals.

use std::ops::Range;

use crate::locate::lines::{line_end, skip_blanks};

/// The names to which a value is given at `start` (`a = b = …`, `a: Final = …`), and where the value stands.
pub(super) fn targets(text: &str, start: usize) -> (Vec<&str>, usize) {
    let bytes = text.as_bytes();
    let (mut names, mut at) = (Vec::new(), start);
    loop {
        let end = ident_end(bytes, at);
        let mut operator = skip_blanks(text, end);
        if bytes.get(operator) == Some(&b':') && names.is_empty() {
            operator = annotation_end(&bytes[..line_end(text, operator)], operator);
        }
        if end == at || bytes.get(operator) != Some(&b'=') || bytes.get(operator + 1) == Some(&b'=') {
            return (names, at);
        }
        names.push(&text[at..end]);
        at = skip_blanks(text, operator + 1);
    }
}

/// The `=` behind an annotation, which may hold strings with anything in them; what else ends it, or the line.
fn annotation_end(line: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = line.get(at) {
        match byte {
            b'=' | b'#' => return at,
            b'"' | b'\'' => at = string_end(line, at),
            _ => at += 1,
        }
    }
    line.len()
}

/// The end of the name that starts here; the start itself where none does.
pub(super) fn ident_end(bytes: &[u8], start: usize) -> usize {
    let is = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let length = bytes[start..].iter().take_while(|byte| is(byte)).count();
    if bytes[start..].first().is_some_and(u8::is_ascii_digit) { start } else { start + length }
}

/// The end of the names that start here, with dots between them.
pub(super) fn dotted_end(bytes: &[u8], start: usize) -> usize {
    let mut end = ident_end(bytes, start);
    while bytes.get(end) == Some(&b'.') && ident_end(bytes, end + 1) > end + 1 {
        end = ident_end(bytes, end + 1);
    }
    end
}

/// The string, with its prefix, or number that starts here.
pub(super) fn literal(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let number = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    let prefix = bytes[start..].iter().take(3).take_while(|byte| b"rRbBuUfFtT".contains(byte)).count();
    match bytes.get(start + prefix)? {
        b'"' | b'\'' => Some(start..string_end(bytes, start + prefix)),
        b'0'..=b'9' if prefix == 0 => Some(start..start + bytes[start..].iter().take_while(|b| number(b)).count()),
        _ => None,
    }
}

/// The end of the string that starts here: its closing quotes, or the end of the line where they are missing.
pub(super) fn string_end(bytes: &[u8], start: usize) -> usize {
    let quotes = [bytes[start]; 3];
    let triple = bytes[start..].starts_with(&quotes);
    let close = if triple { &quotes[..] } else { &quotes[..1] };
    let mut at = start + close.len();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes[at..].starts_with(b"\\\r\n") => at += 3,
            b'\\' => at += 2,
            b'\r' | b'\n' if !triple => return at,
            _ if bytes[at..].starts_with(close) => return at + close.len(),
            _ => at += 1,
        }
    }
    bytes.len()
}

/// What a literal says: a number, or a string in one pair of quotes without escapes.
pub(super) fn plain(raw: &str) -> Option<&str> {
    match raw.as_bytes() {
        [b'0'..=b'9', ..] => Some(raw),
        [open @ (b'"' | b'\''), .., close] if open == close => {
            let inner = &raw[1..raw.len() - 1];
            (!inner.contains(['\\', '\r', '\n', *open as char])).then_some(inner)
        }
        _ => None,
    }
}
