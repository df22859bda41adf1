//! Pieces of TOML as a person writes them.

use std::fmt::Write as _;

/// A list of strings longer than this is written one a line.
const WIDE: usize = 90;

/// `name = "value"`, where there is one.
pub(super) fn key(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{name} = {}", quoted(value));
    }
}

/// One string as it is, more as a list.
pub(super) fn list(texts: &[String]) -> String {
    if let [text] = texts { quoted(text) } else { array(texts) }
}

fn array(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    match quoted.iter().map(|text| text.len() + 2).sum::<usize>() < WIDE {
        true => format!("[{}]", quoted.join(", ")),
        false => format!("[\n{}]", quoted.iter().map(|text| format!("    {text},\n")).collect::<String>()),
    }
}

/// A key, in quotes if it needs them.
pub(super) fn bare_or_quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { key.to_owned() } else { quoted(key) }
}

/// A string: literal where that spares escapes.
pub(super) fn quoted(text: &str) -> String {
    let control = text.chars().any(is_unseen);
    if text.contains(['"', '\\']) && !text.contains('\'') && !control {
        return format!("'{text}'");
    }
    let escape = |c: char| match c {
        '"' => String::from("\\\""),
        '\\' => String::from("\\\\"),
        '\t' => String::from("\\t"),
        c if is_unseen(c) => code(c),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// Does a character show nothing, or turn what stands beside it? A person must see what they are asked to take over.
fn is_unseen(c: char) -> bool {
    let turns = matches!(c, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let nothing = matches!(
        c,
        '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}'
            | '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
    );
    c.is_control() || turns || nothing
}

/// A character by its number.
fn code(c: char) -> String {
    match c as u32 {
        number @ ..=0xFFFF => format!("\\u{number:04X}"),
        number => format!("\\U{number:08X}"),
    }
}

/// A comment ends with its line, and says what it shows.
pub(super) fn one_line(text: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_control() => String::from(" "),
        c if is_unseen(c) => code(c),
        c => c.to_string(),
    };
    text.chars().map(plain).collect()
}

/// Lines as a comment: with the marks taken away again they are what they were.
pub(super) fn commented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::from("#\n") } else { format!("# {line}\n") };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_quoted(text: &str, want: &str) {
        assert_eq!(quoted(text), want);
        let parsed: toml_edit::Document<String> = format!("a = {want}").parse().unwrap();
        assert_eq!(parsed["a"].as_str(), Some(text));
    }

    #[test]
    fn strings_are_quoted_as_a_person_would() {
        check_quoted("v{app}", "\"v{app}\"");
        check_quoted("github_tag=${1-\"{}\"}", "'github_tag=${1-\"{}\"}'");
        check_quoted("a'b\"c\\\t", "\"a'b\\\"c\\\\\\t\"");
        check_quoted("a\u{1}", "\"a\\u0001\"");
        check_quoted("v\u{202E}{app}", "\"v\\u202E{app}\"");
        check_quoted("\u{FEFF}a\u{E0041}\u{7F}\"", "\"\\uFEFFa\\U000E0041\\u007F\\\"\"");
        check_quoted("größe 版本 {app}", "\"größe 版本 {app}\"");
        assert_eq!(one_line("a\nb\u{2066}c"), "a b\\u2066c");
    }

    #[test]
    fn a_long_list_stands_one_a_line() {
        assert_eq!(list(&[String::from("a")]), "\"a\"");
        assert_eq!(list(&[String::from("a"), String::from("b")]), "[\"a\", \"b\"]");
        let long = "x".repeat(50);
        assert_eq!(list(&[long.clone(), long.clone()]), format!("[\n    \"{long}\",\n    \"{long}\",\n]"));
    }

    #[test]
    fn a_comment_is_undone_by_taking_its_marks_away() {
        assert_eq!(commented("[a]\n\nb = 1\n"), "# [a]\n#\n# b = 1\n");
    }
}
