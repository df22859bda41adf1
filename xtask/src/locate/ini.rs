//! `ini`: `setup.cfg`, `.properties` and their like.
//!
//! A locator is `section.key`: `metadata.version` is the `2022.4.0` of `version      = 2022.4.0` under `[metadata]`.
//! A key that stands before any section is named alone. Keys end at `=` or `:`; `#` and `;` begin a comment at the head
//! of a line or behind white space. A value that goes on in deeper lines is not entered.

use std::ops::Range;

use super::lines::{Line, Sink, is_blank, lines, one_line, trim, without};
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Ini = Ini;

/// `setup.cfg`, `.properties` and their like.
#[derive(Debug)]
pub struct Ini;

impl Format for Ini {
    fn name(&self) -> &'static str {
        "ini"
    }

    fn about(&self) -> &'static str {
        "a key of an INI file, behind its section: `metadata.version` finds `version = 2022.4.0` under `[metadata]`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        let odd = locator.contains(['=', '\r', '\n']) || locator.starts_with('[') || locator.trim() != locator;
        if !odd && !locator.is_empty() && !locator.ends_with('.') {
            return Ok(());
        }
        Err(LocateError::new(format!("`{locator}` is not a key of an INI file"))
            .hint("write section and key with a dot between them: `metadata.version`"))
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let mut scan = Scan { text, section: None, key: None, sink: Sink::new(locators, leaves) };
        for line in lines(text) {
            scan.line(line);
        }
        scan.settle(false);
        scan.sink.finish()
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        let raw = &text[hit.span.clone()];
        match quoted(raw).and(raw.chars().next()) {
            Some(quote) => {
                without(value, &format!("{quote}\\"), "in these quotes").map(|()| format!("{quote}{value}{quote}"))
            }
            None => plain(value).map(|()| value.to_owned()),
        }
    }
}

/// Refuses a bare value of which a reader would make a comment, a quoted value or a line of another kind.
fn plain(value: &str) -> Result<(), LocateError> {
    one_line(value)?;
    let cut = value.trim() != value
        || value.starts_with(['#', ';', '"', '\'', '=', ':'])
        || comment_start(&format!(" {value}")).is_some();
    if cut {
        return Err(LocateError::new(format!("`{value}` would not be read back from an INI file"))
            .hint("a bare value begins with neither quote nor `#`, `;`, `=`, `:`, and holds no comment, and has no white space around it"));
    }
    Ok(())
}

/// A key whose value may yet go on in the next line.
struct Key<'a> {
    indent: usize,
    name: &'a str,
    value: Option<Range<usize>>,
}

struct Scan<'a> {
    text: &'a str,
    section: Option<&'a str>,
    key: Option<Key<'a>>,
    sink: Sink<'a>,
}

impl<'a> Scan<'a> {
    fn line(&mut self, line: Line<'a>) {
        let span = trim(self.text, line.start..line.start + line.text.len());
        let body = &self.text[span.clone()];
        let indent = span.start - line.start;
        if body.is_empty() || body.starts_with(['#', ';']) {
            return;
        }
        if self.key.as_ref().is_some_and(|key| indent > key.indent) {
            return self.settle(true);
        }
        self.settle(false);
        match body.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, _)) => (self.section, self.key) = (Some(name.trim()), None),
            None => self.key = Some(self.assignment(span, indent)),
        }
    }

    fn assignment(&self, span: Range<usize>, indent: usize) -> Key<'a> {
        let body = &self.text[span.clone()];
        let Some(separator) = body.find(['=', ':']) else { return Key { indent, name: body, value: None } };
        let start = span.start + separator + 1;
        let value = value_span(self.text, start..span.end);
        Key { indent, name: body[..separator].trim_end(), value: Some(value) }
    }

    /// The value of the last key is complete, or goes on in deeper lines and is let alone.
    fn settle(&mut self, goes_on: bool) {
        let Some(key) = &mut self.key else { return };
        let Some(value) = key.value.take() else { return };
        let (section, name) = (self.section, key.name);
        let is = |locator: &str| match section {
            None => locator == name,
            Some(section) => {
                locator.strip_prefix(section).and_then(|rest| rest.strip_prefix('.')).is_some_and(|key| key == name)
            }
        };
        let raw = &self.text[value.clone()];
        if goes_on {
            let why = LocateError::new(format!("the value of `{name}` goes on in the next line"));
            self.sink.refuse(value, raw, why.hint("name the piece of its line with `text`"), is);
        } else {
            self.sink.site(value, b's', quoted(raw).unwrap_or(raw), is);
        }
    }
}

/// The value behind a separator, without white space and comment; right behind the separator where it is empty.
fn value_span(text: &str, rest: Range<usize>) -> Range<usize> {
    let span = trim(text, rest.clone());
    let raw = &text[span.clone()];
    if let Some(length) = quoted_length(raw) {
        return span.start..span.start + length;
    }
    let end = comment_start(&text[rest.clone()]).map_or(span.end, |at| rest.start + at);
    let value = trim(text, rest.start..end);
    if value.is_empty() { rest.start..rest.start } else { value }
}

/// Where a comment begins: at `#` or `;` behind white space.
fn comment_start(rest: &str) -> Option<usize> {
    rest.as_bytes().windows(2).position(|two| is_blank(two[0]) && matches!(two[1], b'#' | b';')).map(|at| at + 1)
}

/// The length of a quoted value with which `raw` begins, if nothing but a comment follows it.
fn quoted_length(raw: &str) -> Option<usize> {
    let quote = raw.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let end = raw[1..].find(quote)? + 2;
    let rest = &raw[end..];
    (rest.is_empty() || comment_start(rest).is_some_and(|at| rest[..at].trim().is_empty())).then_some(end)
}

fn quoted(raw: &str) -> Option<&str> {
    quoted_length(raw).filter(|&length| length == raw.len()).map(|length| &raw[1..length - 1])
}

#[cfg(test)]
mod tests {
    use super::FORMAT;
    use crate::locate::lines::testing;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: &[&str]) {
        testing::check(&FORMAT, text, locator, expected);
    }

    const SETUP: &str = "[metadata]\nname         = homeassistant\nversion      = 2022.4.0\n\
        author       = The Home Assistant Authors 🚀\n\n[options]\ninstall_requires =\n    aiohttp==3.8.1\n\
        \n    # pinned\n    attrs==21.2.0\nversion: 1\n";

    #[test]
    fn keys_of_sections() {
        check(SETUP, "metadata.version", &["2022.4.0"]);
        check(SETUP, "options.version", &["1"]);
        check(SETUP, "version", &[]);
        check(SETUP, "metadata.Version", &[]);
        check("[metadata]\nversion      = 20220502.0\n", "metadata.version", &["20220502.0"]);
        check("projectVersion=1.2.3\n[a]\nprojectVersion=4\n", "projectVersion", &["1.2.3"]);
        check("app.version=1.2.3\n", "app.version", &["1.2.3"]);
        check("[a.b]\nc.d = 1\n", "a.b.c.d", &["1"]);
        check("[user]\n\tname = x\n\tversion = 1.0\n", "user.version", &["1.0"]);
        check("[a] # [b]\nversion = 1\n[b]\nversion = 2\n[a]\nversion = 3\n", "a.version", &["1", "3"]);
        check("[a]\nflag\nversion = 1\n", "a.version", &["1"]);
        check("[bumpversion]\ncurrent_version = 1.2.3-rc.1+b\n", "bumpversion.current_version", &["1.2.3-rc.1+b"]);
    }

    #[test]
    fn comments_and_quotes_stay() {
        check("[a]\n# version = 0\n; version = 0\nversion = 1.2 ; now\n", "a.version", &["1.2"]);
        check("[a]\nversion = 1.2\t# now\n", "a.version", &["1.2"]);
        check("[a]\nversion = 1.2#x\n", "a.version", &["1.2#x"]);
        check("[a]\nversion = \"1 ; 2\" ; c\n", "a.version", &["1 ; 2"]);
        check("[a]\nversion = '1.2'\n", "a.version", &["1.2"]);
        check("[a]\nversion=\nb = 1\n", "a.version", &[""]);
        testing::encodes(&FORMAT, "[a]\nversion = # none\n", "a.version", "1", "[a]\nversion =1 # none\n");
    }

    #[test]
    fn values_of_several_lines_are_not_entered() {
        testing::refuses(&FORMAT, SETUP, "options.install_requires", "`text`");
        testing::refuses(&FORMAT, "[a]\nversion = 1\n\n  2\n", "a.version", "goes on");
    }

    #[test]
    fn what_would_not_read_back_is_refused() {
        for value in [" 1", "1 ", "1 # 2", "1 ;", "\"1", "# 1", "= 1", "1\n2"] {
            testing::bad_value(&FORMAT, "[a]\nv = 1\n", "a.v", value);
        }
        testing::bad_value(&FORMAT, "[a]\nv = \"1\" and \"2\"\n", "a.v", "\"3\" and \"4\"");
        testing::bad_value(&FORMAT, "[a]\nv = \"1\"\n", "a.v", "1\"");
        testing::bad_value(&FORMAT, "[a]\nv = '1'\n", "a.v", "1\\'");
    }

    #[test]
    fn locators() {
        for bad in ["", "a.", "[a].b", "a.b = 1", " a", "a\nb"] {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn any_text_is_survived() {
        testing::torture(&FORMAT, &["a", "a.a", "a."], &["[a]", "a = ", "a=1\n", ";", "\n  b", "[", "]", "a: \"1\""]);
    }
}
