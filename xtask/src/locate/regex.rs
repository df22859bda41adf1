//! `regex`: whatever no other format can name.
//!
//! A locator is a pattern with one named group, which is the version: `^Build-(?<version>\S+)$` is the `1.2.3` of
//! `Build-1.2.3`. The syntax is that of the `regex-lite` crate. `^` and `$` are the ends of lines, whatever their
//! endings, and `.` is no part of an ending: as if the pattern began with `(?mR)`. A group that takes in the end of a
//! line all the same, as `[^"]+` may, is an error.

use regex_lite::RegexBuilder;

use super::lines::{bom, one_line};
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Regex = Regex;

/// Whatever no other format can name.
#[derive(Debug)]
pub struct Regex;

impl Format for Regex {
    fn name(&self) -> &'static str {
        "regex"
    }

    fn about(&self) -> &'static str {
        "a pattern whose one named group is the version: `^Build-(?<version>\\S+)$` finds `Build-1.2.3`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        compile(locator).map(|_| ())
    }

    fn read(&self, text: &str, locators: &[&str], _leaves: bool) -> Result<Reading, LocateError> {
        let mut reading = Reading::default();
        for locator in locators {
            reading.hits.push(find_all(text, locator)?);
        }
        Ok(reading)
    }

    fn encode(&self, _text: &str, _hit: &Hit, value: &str) -> Result<String, LocateError> {
        one_line(value).map(|()| value.to_owned())
    }
}

fn find_all(text: &str, locator: &str) -> Result<Vec<Hit>, LocateError> {
    let (pattern, group) = compile(locator)?;
    let start = bom(text);
    let mut hits = Vec::new();
    for found in pattern.captures_iter(&text[start..]).filter_map(|captures| captures.get(group)) {
        let span = start + found.start()..start + found.end();
        if found.as_str().contains(['\r', '\n']) {
            return Err(LocateError::new(format!("the group of `{locator}` takes in the end of a line"))
                .at(span.start)
                .hint("keep `\\r` and `\\n` out of it, as `\\S+` or `[^\"\\r\\n]+` do"));
        }
        hits.push(Hit { span, value: found.as_str().to_owned() });
    }
    Ok(hits)
}

/// The pattern and the number of its only named group.
fn compile(locator: &str) -> Result<(regex_lite::Regex, usize), LocateError> {
    let pattern = RegexBuilder::new(locator).multi_line(true).crlf(true).build().map_err(|error| {
        LocateError::new(format!("`{locator}` is not a pattern: {error}"))
            .hint("the syntax is that of the `regex-lite` crate; a TOML string in single quotes keeps its backslashes")
    })?;
    let named: Vec<usize> = pattern.capture_names().enumerate().filter_map(|(n, name)| name.map(|_| n)).collect();
    match named[..] {
        [group] => Ok((pattern, group)),
        _ => Err(LocateError::new(format!("`{locator}` has {} named groups", named.len()))
            .hint("name the group that is the version, and no other: `Build-(?<version>\\S+)`")),
    }
}

#[cfg(test)]
mod tests {
    use super::FORMAT;
    use crate::locate::lines::testing;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: &[&str]) {
        testing::check(&FORMAT, text, locator, expected);
    }

    #[test]
    fn the_group_is_the_version() {
        check("# é 🚀\nVersion: 1.108.0\nRelease: 1\n", r"(?m)^Version:\s*(?<v>.+)$", &["1.108.0"]);
        check("Version: 1.108.0\nVersion: 2\n", r"^Version:\s*(?P<v>.+)$", &["1.108.0", "2"]);
        check("x v1.2-cluster, v1.3\n", r"v(?<v>[0-9.]+)(-cluster)?", &["1.2", "1.3"]);
        check("a1 b2\n", r"a(?<v>\d+)|b\d", &["1"]);
        check("a a1\n", r"a(?<v>\d*)", &["", "1"]);
        check("nothing\n", r"^(?<v>\d+)$", &[]);
        check("\n", r"(?<v>\d*)x", &[]);
    }

    #[test]
    fn no_hit_holds_the_end_of_a_line() {
        testing::refuses(&FORMAT, "v = \"1\n2\"\n", "\"(?<v>[^\"]+)\"", r"`\S+`");
        testing::refuses(&FORMAT, "v1\n\n2\n", r"v(?<v>[\d\s]+)2", "end of a line");
    }

    #[test]
    fn empty_matches_end() {
        let hits = crate::locate::Format::read(&FORMAT, "é1\n", &["(?<v>)"], false).unwrap().hits.remove(0);
        assert!(hits.len() > 2 && hits.iter().all(|hit| hit.span.is_empty()));
    }

    #[test]
    fn values() {
        for value in ["1\n2", "1\r", "\u{0}"] {
            testing::bad_value(&FORMAT, "v1\n", "v(?<v>.+)", value);
        }
    }

    #[test]
    fn locators() {
        for bad in
            ["", "v.+", "(v)", "(?<a>1)(?<b>2)", "(", "(?<v>[)", r"(?<v>\p{L})", "(?<v>(?=a))", "(?<v>a{9999999})"]
        {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn any_text_is_survived() {
        testing::torture(&FORMAT, &[r"v(?<v>\S*)", r"(?<v>\d*)"], &["v", "v1"]);
    }
}
