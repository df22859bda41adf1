//! `env`: variables of shell scripts, `.env` files and Makefiles.
//!
//! A locator is the name of the variable: `VERSION_MAJOR` is the `17` of `VERSION_MAJOR="17"`. Known are `KEY=value`,
//! `export KEY=value`, `KEY := value` and `KEY ?= value`, at any indent and several on a line, plain or in quotes. A
//! value is one word: what follows it, a comment or `; export KEY`, stays. What the shell would compute (`${1-"0.1"}`,
//! `"$A"`) is not entered: such a line is for `text`.

use std::ops::Range;

use super::lines::{Line, Sink, is_blank, lines, requote, skip_blanks, trim, unquote};
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Env = Env;

/// Variables of shell scripts, `.env` files and Makefiles.
#[derive(Debug)]
pub struct Env;

impl Format for Env {
    fn name(&self) -> &'static str {
        "env"
    }

    fn about(&self) -> &'static str {
        "a variable of a shell script, `.env` file or Makefile: `VERSION_MAJOR` finds `VERSION_MAJOR=\"17\"`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        if name_end(locator, 0) == locator.len() && !locator.is_empty() {
            return Ok(());
        }
        Err(LocateError::new(format!("`{locator}` is not the name of a variable"))
            .hint("name it as the file does, without `export` and `=`: `VERSION_MAJOR`"))
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let mut sink = Sink::new(locators, leaves);
        // A look costs a tenth of a parse: lines that name none of them are only read for their leaves.
        for line in lines(text).filter(|line| leaves || locators.iter().any(|name| line.text.contains(name))) {
            read_line(text, line, &mut sink);
        }
        sink.finish()
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        requote(&text[hit.span.clone()], value)
    }
}

/// Every assignment of one line, the first of which may stand beside any operator; the others are shell words.
fn read_line(text: &str, line: Line<'_>, sink: &mut Sink<'_>) {
    let end = line.start + line.text.len();
    let text = &text[..end];
    let mut at = line.start;
    while let Some((name, value)) = assignment(text, at, at == line.start) {
        at = separator_end(text, value.end);
        let name = &text[name];
        let raw = &text[value.clone()];
        let whole = text.as_bytes().get(value.end).is_none_or(|&next| ends_word(next) && !b"(<".contains(&next));
        match unquote(raw).filter(|_| whole) {
            Some(inner) => sink.site(value, b's', inner, |locator| locator == name),
            None => sink.refuse(value, raw, computed(name), |locator| locator == name),
        }
    }
}

fn computed(name: &str) -> LocateError {
    LocateError::new(format!("the value of `{name}` is put together by the shell"))
        .hint(format!("name the piece of the line instead: `text.'{name}=…{{}}…'`"))
}

/// The spans of the name and the value, if an assignment stands at `at`.
fn assignment(text: &str, at: usize, first: bool) -> Option<(Range<usize>, Range<usize>)> {
    let start = skip_keywords(text, at);
    let end = name_end(text, start);
    let operator = if first { skip_blanks(text, end) } else { end };
    let length = ["=", ":=", "::=", "?="].iter().find(|sign| text[operator..].starts_with(**sign))?.len();
    let after = operator + length;
    if end == start || text[after..].starts_with(['=', '~']) {
        return None;
    }
    // `A= b` is an empty `A` for a shell and `b` for make: only where white space stands before `=` too is it make's.
    let loose = operator > end || length > 1;
    let value = if loose { skip_blanks(text, after) } else { after };
    let empty = text[value..].is_empty() || (value > after && text[value..].starts_with('#'));
    Some((start..end, if empty { after..after } else { value..word_end(text, value) }))
}

/// Behind `export` and its like, which may stand before a name.
fn skip_keywords(text: &str, at: usize) -> usize {
    let mut at = skip_blanks(text, at);
    for word in ["export", "readonly", "declare", "local", "override"] {
        let after = at + word.len();
        if text[at..].starts_with(word) && text.as_bytes().get(after).is_some_and(|&byte| is_blank(byte)) {
            let name = skip_blanks(text, after);
            at = if name_end(text, name) > name { name } else { at };
        }
    }
    at
}

/// The end of the name that starts at `at`; `at` itself where none does.
fn name_end(text: &str, at: usize) -> usize {
    let bytes = &text.as_bytes()[at..];
    if !bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_') {
        return at;
    }
    at + bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte)).count()
}

fn ends_word(byte: u8) -> bool {
    is_blank(byte) || b";&|()<>".contains(&byte)
}

/// The end of the shell word that starts at `at`, over its quotes.
fn word_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = at;
    let mut quote = None;
    while let Some(&byte) = bytes.get(at) {
        match (byte, quote) {
            (b'\\', None | Some(b'"')) => at += 1,
            (_, Some(open)) if byte == open => quote = None,
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, None) if ends_word(byte) => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Where another assignment of the same line could stand: behind white space or `;`.
fn separator_end(text: &str, at: usize) -> usize {
    let semicolon = skip_blanks(text, at);
    if text[semicolon..].starts_with(';') { trim(text, semicolon + 1..text.len()).start } else { semicolon }
}

#[cfg(test)]
mod tests {
    use super::FORMAT;
    use crate::locate::lines::testing;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: &[&str]) {
        testing::check(&FORMAT, text, locator, expected);
    }

    const META: &str = "# é 🚀\nVERSION_MAJOR=\"17\"\nVERSION_MINOR=\"2\"\nVERSION_SUFFIX=\"dev0\"\n\nHASSOS_ID=haos\n";

    #[test]
    fn values_in_every_style() {
        check(META, "VERSION_MAJOR", &["17"]);
        check(META, "VERSION_SUFFIX", &["dev0"]);
        check("VERSION_MAJOR=5\nVERSION_BUILD=9\n", "VERSION_BUILD", &["9"]);
        check("VERSION_MAJOR=5 VERSION_BUILD=9\n", "VERSION_BUILD", &["9"]);
        check("\texport VERSION='1.2.3' # the one\n", "VERSION", &["1.2.3"]);
        check("export A=1.0 B=2.0; export C=3.0 && run\n", "C", &["3.0"]);
        check("VERSION ?= v1.150.0-cluster\n", "VERSION", &["v1.150.0-cluster"]);
        check("VERSION := 1.2.3 # for make\n", "VERSION", &["1.2.3"]);
        check("VERSION ::=1.2.3\n", "VERSION", &["1.2.3"]);
        check("VERSION = 1.2.3\t \n", "VERSION", &["1.2.3"]);
        check("VERSION=1.0\nif x; then\n  VERSION=1.0\nfi\n", "VERSION", &["1.0", "1.0"]);
        check("app.version=1.0\n", "app.version", &["1.0"]);
        check("export=1.0\n", "export", &["1.0"]);
        check("(VERSION=1.0)\nVERSION=1.1;echo\n", "VERSION", &["1.1"]);
    }

    #[test]
    fn empty_values_can_be_filled() {
        check("VERSION_SUFFIX=\"\"\n", "VERSION_SUFFIX", &[""]);
        check("VERSION_SUFFIX=\nB=1\n", "VERSION_SUFFIX", &[""]);
        testing::encodes(&FORMAT, "A := # none\n", "A", "1", "A :=1 # none\n");
        testing::encodes(&FORMAT, "A=\"\" # none\n", "A", "1.2", "A=\"1.2\" # none\n");
        testing::encodes(&FORMAT, "A='1'\r\n", "A", "$x \"", "A='$x \"'\r\n");
    }

    #[test]
    fn what_is_no_assignment() {
        check("#VERSION=1\n# VERSION=1\nVERSIONS=2\nMY_VERSION=3\n", "VERSION", &[]);
        check("VERSION == 1.0\nVERSION+=1\nVERSION: 1\nVERSION=~x\necho VERSION=1\n", "VERSION", &[]);
        check("github_tag=${1-\"0.1.3\"}\n", "tag", &[]);
    }

    #[test]
    fn what_the_shell_computes_is_not_entered() {
        let hint = "text.'github_tag=";
        testing::refuses(&FORMAT, "github_tag=${1-\"0.1.3\"}\n", "github_tag", hint);
        testing::refuses(&FORMAT, "github_tag=\"${VAR:-1.2.3}\"\n", "github_tag", hint);
        testing::refuses(&FORMAT, "github_tag=v\"1.2.3\"\n", "github_tag", hint);
        testing::refuses(&FORMAT, "github_tag=\"1.2\"'.3'\n", "github_tag", hint);
        testing::refuses(&FORMAT, "github_tag=$(git describe)\n", "github_tag", hint);
        testing::refuses(&FORMAT, "github_tag=1\\ 2\n", "github_tag", hint);
        testing::refuses(&FORMAT, "github_tag=(1 2)\n", "github_tag", hint);
        testing::refuses(&FORMAT, "github_tag=\"open\n", "github_tag", hint);
        check("V=1.0\nV=${V:-2.0}\n", "V", &["1.0"]);
    }

    #[test]
    fn what_would_break_the_word_is_refused() {
        for value in ["a b", "1;2", "$x", "1\n2", "~1", "a\"", "#1"] {
            testing::bad_value(&FORMAT, "A=1\n", "A", value);
        }
        for value in ["a\"", "$x", "`x`", "a\\b", "1\r"] {
            testing::bad_value(&FORMAT, "A=\"1\"\n", "A", value);
        }
        testing::bad_value(&FORMAT, "A='1'\n", "A", "it's");
    }

    #[test]
    fn locators() {
        for bad in ["", "A=", "A B", "1A", "export A", "$A", "é"] {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn any_text_is_survived() {
        testing::torture(
            &FORMAT,
            &["A", "export"],
            &["A=", "export ", "A=1 ", ";", ":=", "?=", "A=\"", "${A}", "(", "&&"],
        );
    }
}
