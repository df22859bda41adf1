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
    let control = text.chars().any(char::is_control);
    if text.contains(['"', '\\']) && !text.contains('\'') && !control {
        return format!("'{text}'");
    }
    let escape = |c: char| match c {
        '"' => String::from("\\\""),
        '\\' => String::from("\\\\"),
        '\t' => String::from("\\t"),
        c if c.is_control() => format!("\\u{:04X}", c as u32),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// A comment ends with its line.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
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
