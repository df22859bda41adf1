//! `text`: a literal piece of one line, with `{}` where the version stands.
//!
//! The locator `github_tag=${1-"{}"}` is the `0.1.3` of `github_tag=${1-"0.1.3"}`. White space counts. Several `{}` are
//! several hits. A site is the longest run of `A-Z a-z 0-9 . _ + ~ ! -` that holds a digit and ends where the literal
//! goes on; where the literal ends with `{}`, the punctuation that ends a sentence is no part of it. A literal that
//! begins or ends in a word begins or ends a word of the text, so `v{}` is not found in `rev1`. `{{}}` stands for `{}`.

use std::ops::Range;

use super::lines::trimmed;
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Text = Text;

/// A literal piece of one line.
#[derive(Debug)]
pub struct Text;

/// The longest version that is believed, in bytes: a bound that keeps the search linear.
const LONGEST: usize = 128;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn about(&self) -> &'static str {
        "a literal piece of a line with `{}` for the version: `github_tag=${1-\"{}\"}` finds `github_tag=${1-\"0.1.3\"}`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        let literals = split(locator);
        let why = if literals.len() < 2 {
            "has no `{}`"
        } else if literals.iter().all(String::is_empty) {
            "is nothing but `{}`"
        } else if literals[1..literals.len() - 1].iter().any(String::is_empty) {
            "has two `{}` with nothing between them"
        } else if locator.contains(['\r', '\n']) {
            "is more than one line"
        } else {
            return Ok(());
        };
        Err(LocateError::new(format!("`{}` {why}", locator.escape_debug()))
            .hint("copy the piece of the line and write `{}` for the version: `github_tag=${1-\"{}\"}`"))
    }

    fn read(&self, text: &str, locators: &[&str], _leaves: bool) -> Result<Reading, LocateError> {
        let mut reading = Reading::default();
        for locator in locators {
            self.check(locator)?;
            reading.hits.push(find_all(text, &split(locator)));
        }
        Ok(reading)
    }

    fn encode(&self, _text: &str, _hit: &Hit, value: &str) -> Result<String, LocateError> {
        trimmed(value)?;
        let good = value.bytes().all(is_version) && value.bytes().any(|byte| byte.is_ascii_digit());
        if good && sentence_end(value).len() == value.len() && value.len() <= LONGEST {
            return Ok(value.to_owned());
        }
        Err(LocateError::new(format!("`{value}` would not be found again by a `text` locator"))
            .hint("a version there is `A-Z a-z 0-9 . _ + ~ ! -` with a digit, and ends with a letter or digit; or use `regex`"))
    }
}

/// The literals of a locator, with a version between each two of them.
fn split(locator: &str) -> Vec<String> {
    let mut literals = vec![String::new()];
    let mut rest = locator;
    while let Some(c) = rest.chars().next() {
        let last = literals.last_mut().expect("there is a first literal");
        if let Some(after) = rest.strip_prefix("{{}}") {
            last.push_str("{}");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("{}") {
            literals.push(String::new());
            rest = after;
        } else {
            last.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    literals
}

/// The hits of every occurrence, from left to right; occurrences don't overlap.
fn find_all(text: &str, literals: &[String]) -> Vec<Hit> {
    let anchor = if literals[0].is_empty() { &literals[1] } else { &literals[0] };
    let mut hits = Vec::new();
    let (mut from, mut done) = (0, 0);
    while let Some(at) = text[from..].find(anchor.as_str()).map(|at| from + at) {
        let start = if literals[0].is_empty() { run_start(text, at).filter(|&start| start >= done) } else { Some(at) };
        from = at + anchor.chars().next().map_or(1, char::len_utf8);
        if let Some((spans, end)) = start.and_then(|start| occurrence(text, start, literals)) {
            hits.extend(spans.into_iter().map(|span| Hit { value: text[span.clone()].to_owned(), span }));
            (from, done) = (from.max(end), end);
        }
    }
    hits
}

/// The spans of one occurrence that starts here, and where it ends.
fn occurrence(text: &str, start: usize, literals: &[String]) -> Option<(Vec<Range<usize>>, usize)> {
    let last = literals.last().filter(|literal| literals[0].len() + literal.len() > 0)?;
    if !apart(text[..start].chars().next_back(), literals[0].chars().next()) {
        return None;
    }
    let mut spans = Vec::new();
    let mut at = start + literals[0].len();
    for literal in &literals[1..] {
        let end = site_end(text, at, literal)?;
        spans.push(at..end);
        at = end + literal.len();
    }
    apart(text[at..].chars().next(), last.chars().next_back()).then_some((spans, at))
}

/// Is the end of a literal not in the middle of a word of the text?
fn apart(outer: Option<char>, literal: Option<char>) -> bool {
    !(outer.is_some_and(char::is_alphanumeric) && literal.is_some_and(char::is_alphanumeric))
}

/// The end of the longest site that starts at `at` and is followed by the literal.
fn site_end(text: &str, at: usize, literal: &str) -> Option<usize> {
    let run = text.as_bytes()[at..].iter().take(LONGEST + 1).take_while(|&&byte| is_version(byte)).count();
    let end = if literal.is_empty() {
        if run > LONGEST {
            return None;
        }
        at + sentence_end(&text[at..at + run]).len()
    } else {
        (at..=at + run).rev().find(|&end| text.as_bytes()[end..].starts_with(literal.as_bytes()))?
    };
    text[at..end].bytes().any(|byte| byte.is_ascii_digit()).then_some(end)
}

/// Where the run of version characters starts that ends at `end`; none where it is longer than a version.
fn run_start(text: &str, end: usize) -> Option<usize> {
    let before = &text.as_bytes()[..end];
    let run = before.iter().rev().take(LONGEST + 1).take_while(|&&byte| is_version(byte)).count();
    (0 < run && run <= LONGEST).then(|| end - run)
}

fn is_version(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._+~!-".contains(&byte)
}

/// The run without the punctuation at its end.
fn sentence_end(run: &str) -> &str {
    run.trim_end_matches(['.', '-', '_', '+', '~', '!'])
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
    fn real_lines() {
        check("#!/bin/sh\ngithub_tag=${1-\"0.1.3\"}\n", "github_tag=${1-\"{}\"}", &["0.1.3"]);
        check("github_tag=${1-master}\n", "github_tag=${1-{}}", &[]);
        check("  # -- image tag (example: `release-1.43.0`).\n", "(example: `release-{}`)", &["1.43.0"]);
        check(
            "\t\tVersion             string `default:\"v1.114.0\"`\n",
            "Version             string `default:\"v{}\"`",
            &["1.114.0"],
        );
        check("\t\t\"VM_METRICS_VERSION\":  \"v1.150.0\",\n", "\"VM_METRICS_VERSION\":  \"v{}\"", &["1.150.0"]);
        check(
            "vm/victoria-metrics-agent    \t0.9.8       \tv1.93.3            \tVictoria\n",
            "agent    \t{}  ",
            &["0.9.8"],
        );
        check("vm/victoria-metrics-agent    \t0.9.8       \tv1.93.3            \tVictoria\n", "\tv{} ", &["1.93.3"]);
        check("| vmagent_version      | é 🚀 … | `v1.148.0`            |\n", "| é 🚀 … | `v{}` ", &["1.148.0"]);
        check("url/changelog%2F%23v11500)\n", "%2F%23v{})", &["11500"]);
        check("home-assistant-frontend==20220420.0\n", "home-assistant-frontend=={}", &["20220420.0"]);
        check("wget /v1.2.0/x-v1.2.0.tar.gz\n", "/v{}/x-v{}.tar.gz", &["1.2.0", "1.2.0"]);
        check(
            "/v1.10.0-victorialogs/victoria-logs-linux-amd64-v1.10.0-victorialogs.tar.gz\n",
            "/v{}-victorialogs/victoria-logs-linux-amd64-v{}-victorialogs.tar.gz",
            &["1.10.0", "1.10.0"],
        );
        check("like `git checkout 0.1.1` (to install version 0.1.1, for example)\n", "`git checkout {}`", &["0.1.1"]);
        check("like `git checkout 0.1.1` (to install version 0.1.1, for example)\n", "version {}", &["0.1.1"]);
    }

    #[test]
    fn longest_end_that_goes_on() {
        check("tag: v1.150.0-cluster\n", "v{}-cluster", &["1.150.0"]);
        check("tag: v1.150.0-enterprise-cluster\n", "v{}-cluster", &["1.150.0-enterprise"]);
        check("tag: v1.150.0-enterprise-cluster\n", "v{}-enterprise", &["1.150.0"]);
        check("tag: v1.150.0-clusters\n", "v{}-cluster", &[]);
        check("1.2.3.tar.gz 2.tar.gz\n", "{}.tar.gz", &["1.2.3", "2"]);
        check("v1.150.0-cluster\n", "{}-cluster", &["v1.150.0"]);
        check("x1-a-b-a-b\n", "x{}-a-b", &["1-a-b"]);
    }

    #[test]
    fn words_are_whole() {
        check("rev1.2 v1.3 (v1.4)\n", "v{}", &["1.3", "1.4"]);
        check("év1.2 _v1.3\n", "v{}", &["1.3"]);
        check("-v1.2-v1.3\n", "-v{}", &["1.2-v1.3"]);
        check("1.0\"1.0\"1\n", "{}\"1", &["1.0"]);
        check("1.2.3a 4.5a\n", "{}a", &["1.2.3", "4.5"]);
    }

    #[test]
    fn sentences_end_and_digits_are_needed() {
        check("This is version 1.2.3. Or version 4! Or version x.\n", "version {}", &["1.2.3", "4"]);
        check("version \nversion 1+b_\n", "version {}", &["1+b"]);
        check("version 1.2.3", "version {}", &["1.2.3"]);
        check("a {} 1.0 a {}1\n", "a {{}} {}", &["1.0"]);
        check("a\nb 1.0\n", "b {}", &["1.0"]);
    }

    #[test]
    fn an_endless_run_is_no_version() {
        check(&format!("v{}\n", "1".repeat(128)), "v{}", &[&"1".repeat(128)]);
        check(&format!("v{}\n", "a".repeat(129)), "v{}", &[]);
        check(&format!("{}x\n", "1-".repeat(129)), "{}x", &[]);
    }

    #[test]
    fn values() {
        for value in ["", "x", "1.", "1-", "1 2", "1\n", "1/2", "é1", &"1".repeat(129)] {
            testing::bad_value(&FORMAT, "v1.0\n", "v{}", value);
        }
    }

    #[test]
    fn locators() {
        for bad in ["", "version", "{}", "{}{}", "a{}{}b", "a\n{}", "a\r{}", "{{}}", "{ }"] {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn any_text_is_survived() {
        let pieces = ["v", "-", "-1", "1-", "v1", "-v1", "1a"];
        testing::torture(&FORMAT, &["v{}", "{}-", "-{}-{}a", "-{}", "{}a", "é{}🚀"], &pieces);
    }
}
