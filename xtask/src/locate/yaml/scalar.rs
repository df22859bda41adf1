//! Scalars of YAML: as what readers take a plain one, and how a new value is written in the style of the old one.

use super::super::{Hit, LocateError, steady_number};
use granit_parser::{Event, ScalarStyle};

/// The letter of the type as which some reader takes a plain scalar: `s`tring, `n`ull, `b`oolean, `i`nteger, `f`loat,
/// `d`ate, `x` for base-60 numbers, `m` for merge and default keys.
///
/// YAML 1.1 and 1.2 differ, so this is the union of both: what any reader may take for something else is not text.
pub fn kind(plain: &str) -> u8 {
    match plain.as_bytes() {
        [] => b'n',
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => number_kind(plain),
        [b'<' | b'=' | b'~', ..] => match plain {
            "~" => b'n',
            "<<" | "=" => b'm',
            _ => b's',
        },
        word if word.len() <= 5 => word_kind(word),
        _ => b's',
    }
}

fn word_kind(word: &[u8]) -> u8 {
    const TRUTHS: [&[u8]; 8] = [b"true", b"false", b"yes", b"no", b"on", b"off", b"y", b"n"];
    match word {
        _ if word.eq_ignore_ascii_case(b"null") => b'n',
        _ if TRUTHS.iter().any(|truth| word.eq_ignore_ascii_case(truth)) => b'b',
        _ => b's',
    }
}

fn number_kind(plain: &str) -> u8 {
    let body = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let all = |text: &str, of: &dyn Fn(u8) -> bool| !text.is_empty() && text.bytes().all(|byte| byte == b'_' || of(byte));
    let digits = |text: &str| all(text, &|byte| byte.is_ascii_digit());
    let lower = body.to_ascii_lowercase();
    match lower.as_str() {
        ".inf" | ".nan" => return b'f',
        _ if lower.strip_prefix("0x").is_some_and(|hex| all(hex, &|byte| byte.is_ascii_hexdigit())) => return b'i',
        _ if lower.strip_prefix("0o").is_some_and(|octal| all(octal, &|byte| matches!(byte, b'0'..=b'7'))) => return b'i',
        _ if lower.strip_prefix("0b").is_some_and(|binary| all(binary, &|byte| matches!(byte, b'0' | b'1'))) => return b'i',
        _ => {}
    }
    if digits(body) {
        return b'i';
    }
    if is_date(body) {
        return b'd';
    }
    if body.contains(':') {
        return if all(body, &|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.')) { b'x' } else { b's' };
    }
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits_or_none = |text: &str| text.is_empty() || digits(text);
    let is_float = digits_or_none(whole)
        && digits_or_none(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    if is_float { b'f' } else { b's' }
}

/// `2024-05-01`, `2024-5-1`, and either with a time after it.
fn is_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let mut parts = date.split('-');
    let mut part = |lengths: std::ops::RangeInclusive<usize>| {
        parts.next().is_some_and(|part| lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    part(4..=4) && part(1..=2) && part(1..=2) && parts.next().is_none()
}

/// The bytes that make `value` stand at `hit`: the token's own quotes; plain stays plain as long as readers then
/// take it for what it is.
pub fn encode(text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
    let token = text.get(hit.span.clone()).ok_or_else(|| LocateError::new("the hit is not in this text"))?;
    let plain_or_quoted = || if keeps_plain(token, value) { Ok(value.to_owned()) } else { quote(text, value) };
    match token.as_bytes() {
        [] => {
            let blank_before = text[..hit.span.start].ends_with([' ', '\t']);
            Ok(format!("{}{}", if blank_before { "" } else { " " }, plain_or_quoted()?))
        }
        _ if is_block_content(text, hit.span.start) => block(value),
        [b'"', ..] => Ok(double_quoted(value)),
        [b'\'', ..] => single_quoted(value),
        _ => plain_or_quoted(),
    }
}

/// Can a value be written at this place, where there is none?
pub fn can_begin(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t']);
    let property = before.rsplit([' ', '\t', '\n', '\r']).next().is_some_and(|word| word.starts_with(['&', '!']));
    before.ends_with([':', '-', '?']) || property
}

fn keeps_plain(old: &str, new: &str) -> bool {
    let kind_of_new = kind(new);
    let same_sort = || {
        let steady = kind_of_new == b'd' || steady_number(new) == Some(kind_of_new);
        !old.is_empty() && kind(old) == kind_of_new && steady
    };
    // An old value that holds what a flow collection would end on proves that this is a block.
    let in_block = !old.starts_with(FLOW) && old.contains(FLOW);
    is_safe_plain(new, in_block) && (kind_of_new == b's' || same_sort())
}

/// What ends a plain value within `[…]` or `{…}`.
const FLOW: [char; 5] = [',', '[', ']', '{', '}'];

/// May these characters stand without quotes: in a block, or wherever it may be?
fn is_safe_plain(value: &str, in_block: bool) -> bool {
    let starts_badly = value.starts_with(|char| "-?:,[]{}#&*!|>'\"%@`".contains(char));
    let holds_bad = (!in_block && value.contains(FLOW)) || value.chars().any(needs_escape);
    let reads_on = value.contains(": ") || value.contains(" #") || value.ends_with(':');
    let marker = value.starts_with("...");
    !(value.is_empty() || value.trim() != value || starts_badly || holds_bad || reads_on || marker)
}

/// Characters that YAML can only hold as an escape, or not at all outside of double quotes.
fn needs_escape(char: char) -> bool {
    char.is_control() || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Quotes in the style of the file: the one that it uses more often, double in doubt.
fn quote(text: &str, value: &str) -> Result<String, LocateError> {
    let (mut singles, mut doubles) = (0, 0);
    for (event, _) in super::parser(text).map_while(Result::ok) {
        match event {
            Event::Scalar(_, ScalarStyle::SingleQuoted, ..) => singles += 1,
            Event::Scalar(_, ScalarStyle::DoubleQuoted, ..) => doubles += 1,
            _ => {}
        }
    }
    if singles > doubles && !value.chars().any(needs_escape) { single_quoted(value) } else { Ok(double_quoted(value)) }
}

fn double_quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for char in value.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            _ if needs_escape(char) => out.push_str(&format!("\\u{:04X}", u32::from(char))),
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

fn single_quoted(value: &str) -> Result<String, LocateError> {
    if value.chars().any(needs_escape) {
        let error = LocateError::new(format!("`{}` can't stand in single quotes", value.escape_debug()));
        return Err(error.hint("use double quotes in the file"));
    }
    Ok(format!("'{}'", value.replace('\'', "''")))
}

fn block(value: &str) -> Result<String, LocateError> {
    if value.is_empty() || value.trim() != value || value.chars().any(needs_escape) {
        let error = LocateError::new(format!("`{}` can't be the line of a block", value.escape_debug()));
        return Err(error.hint("use quotes instead of `|` or `>` in the file"));
    }
    Ok(value.to_owned())
}

/// Is the line before the one that begins here the header of a block, such as `key: |-`?
///
/// A plain value may begin on a line of its own too, but the line before it then ends in a colon or a dash.
fn is_block_content(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t']);
    if !before.ends_with(['\n', '\r']) {
        return false;
    }
    let line = before.trim_end().rsplit(['\n', '\r']).next().unwrap_or_default();
    let header = match line.find(" #") {
        Some(comment) => &line[..comment],
        None => line,
    };
    let word = header.trim_end().rsplit([' ', '\t', ':']).next().unwrap_or_default();
    word.starts_with(['|', '>']) && word[1..].bytes().all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9'))
}
