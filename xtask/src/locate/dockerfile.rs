//! `dockerfile`: arguments, variables, labels and base images of a Dockerfile.
//!
//! A locator is `ARG.VERSION` for the `v1.137.0` of `ARG VERSION=v1.137.0`, `ENV.VERSION`, `LABEL.key`, or
//! `FROM.acme/web` for the tag of `FROM ghcr.io/acme/web:1.2.3 AS build` (the name is written as for `image`).
//! Instructions are known in either case and over continued lines; comments and here-documents are not entered. A value
//! that holds `$` or an escape is not a hit. A base image that a digest pins is an error.

use std::ops::Range;

use super::image::{Pattern, by_digest, encode_tag};
use super::lines::{Sink, after_break, bom, is_blank, line_end, lines, requote, skip_blanks, unquote};
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Dockerfile = Dockerfile;

/// Arguments, variables, labels and base images of a Dockerfile.
#[derive(Debug)]
pub struct Dockerfile;

impl Format for Dockerfile {
    fn name(&self) -> &'static str {
        "dockerfile"
    }

    fn about(&self) -> &'static str {
        "`ARG.VERSION` finds `ARG VERSION=v1.137.0`; so do `ENV.NAME`, `LABEL.key`, and `FROM.acme/web` for the tag"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        let (instruction, key) = locator.split_once('.').unwrap_or((locator, ""));
        let known = ["ARG", "ENV", "LABEL", "FROM"].iter().any(|name| name.eq_ignore_ascii_case(instruction));
        if !known || key.is_empty() || key.contains(|c: char| c.is_whitespace() || "=\"'\\$".contains(c)) {
            return Err(LocateError::new(format!("`{locator}` is not a place in a Dockerfile")).hint(
                "write the instruction and the name: `ARG.VERSION`, `ENV.NAME`, `LABEL.key` or `FROM.acme/web`",
            ));
        }
        if instruction.eq_ignore_ascii_case("FROM") { Pattern::parse(key).map(|_| ()) } else { Ok(()) }
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let mut scan = Scan { text, escape: escape(text), sink: Sink::new(locators, leaves) };
        let mut at = bom(text);
        while at < text.len() {
            at = scan.instruction(at);
        }
        scan.sink.finish()
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        if text[..hit.span.start].ends_with(':') {
            return encode_tag(value);
        }
        requote(&text[hit.span.clone()], value)
    }
}

/// The escape character: a backslash, unless a directive at the head says `# escape=` and a backtick.
fn escape(text: &str) -> u8 {
    let directives = lines(text).map_while(|line| {
        let (key, value) = line.text.trim().strip_prefix('#')?.split_once('=')?;
        key.trim().bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| (key.trim(), value.trim()))
    });
    let said = directives.filter(|(key, _)| key.eq_ignore_ascii_case("escape")).map(|(_, value)| value).next();
    if said == Some("`") { b'`' } else { b'\\' }
}

struct Scan<'a> {
    text: &'a str,
    escape: u8,
    sink: Sink<'a>,
}

impl<'a> Scan<'a> {
    /// Reads the instruction, comment or empty line that starts here; gives the start of the next one.
    fn instruction(&mut self, start: usize) -> usize {
        if self.text[skip_blanks(self.text, start)..].starts_with('#') {
            return after_line(self.text, start);
        }
        let (words, end) = self.words(start);
        let Some((first, rest)) = words.split_first() else { return end };
        match self.text[first.clone()].to_ascii_uppercase().as_str() {
            "ARG" => self.pairs("ARG", rest),
            "FROM" => self.from(rest),
            name @ ("ENV" | "LABEL") => match rest {
                [key, value @ ..] if !self.text[key.clone()].contains('=') => self.spaced(name, key.clone(), value),
                _ => self.pairs(name, rest),
            },
            "RUN" | "COPY" | "ADD" => return self.after_heredocs(rest, end),
            _ => {}
        }
        end
    }

    /// The spans of the words of an instruction, over continued lines, and the start of what follows it.
    fn words(&self, start: usize) -> (Vec<Range<usize>>, usize) {
        let bytes = self.text.as_bytes();
        let mut words = Vec::new();
        let mut at = start;
        loop {
            match bytes.get(at) {
                None => return (words, at),
                Some(b'\r' | b'\n') => return (words, after_break(self.text, at)),
                Some(&byte) if is_blank(byte) => at += 1,
                Some(_) => match self.continuation(at) {
                    Some(next) => at = next,
                    None => {
                        let end = self.word_end(at);
                        words.push(at..end);
                        at = end;
                    }
                },
            }
        }
    }

    /// The end of the word that starts here; quotes hold white space and continued lines together.
    fn word_end(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let (mut at, mut quote) = (start, None);
        while let Some(&byte) = bytes.get(at) {
            match (byte, quote) {
                (b'\r' | b'\n', _) => return at,
                (_, None) if is_blank(byte) => return at,
                _ if byte == self.escape => match (self.continuation(at), quote) {
                    (Some(_), None) => return at,
                    (Some(next), Some(_)) => at = next - 1,
                    (None, Some(b'\'')) => {}
                    (None, _) => at += usize::from(!matches!(bytes.get(at + 1), None | Some(b'\r' | b'\n'))),
                },
                (_, Some(open)) if byte == open => quote = None,
                (b'"' | b'\'', None) => quote = Some(byte),
                _ => {}
            }
            at += 1;
        }
        self.text.len()
    }

    /// Where the instruction goes on, if a line ends with the escape character that stands here.
    fn continuation(&self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let end = skip_blanks(self.text, at + 1);
        if bytes[at] != self.escape || !matches!(bytes.get(end), None | Some(b'\r' | b'\n')) {
            return None;
        }
        let mut next = after_break(self.text, end);
        while let Some(b'#' | b'\r' | b'\n') = bytes.get(skip_blanks(self.text, next)) {
            next = after_line(self.text, next);
        }
        Some(next)
    }

    /// The words `key=value` of an instruction.
    fn pairs(&mut self, instruction: &str, words: &[Range<usize>]) {
        for word in words {
            let Some(equals) = self.text[word.clone()].find('=') else { continue };
            let key = &self.text[word.start..word.start + equals];
            self.value(instruction, key, word.start + equals + 1..word.end);
        }
    }

    /// The old form with white space instead of `=`, whose value is the rest of the line.
    fn spaced(&mut self, instruction: &str, key: Range<usize>, value: &[Range<usize>]) {
        if let [first, .., last] | [first @ last] = value {
            self.value(instruction, &self.text[key], first.start..last.end);
        }
    }

    fn value(&mut self, instruction: &str, key: &str, span: Range<usize>) {
        let raw = &self.text[span.clone()];
        let name = unquote(key).unwrap_or(key);
        let is = |locator: &str| is_place(locator, instruction).is_some_and(|key| key == name);
        match unquote(raw)
            .filter(|inner| inner.len() < raw.len() || !raw.bytes().any(|byte| is_blank(byte) || byte == b'`'))
        {
            Some(inner) => self.sink.site(span, b's', inner, is),
            None => {
                let why = LocateError::new(format!("the value of `{instruction} {name}` is more than one plain word"));
                self.sink.refuse(
                    span,
                    raw,
                    why.hint("name the argument that it reads, or the piece of the line with `text`"),
                    is,
                );
            }
        }
    }

    /// The tag of a base image.
    fn from(&mut self, words: &[Range<usize>]) {
        let Some(word) = words.iter().find(|word| !self.text[(*word).clone()].starts_with("--")) else { return };
        let raw = &self.text[word.clone()];
        let name = &raw[..raw.find('@').unwrap_or(raw.len())];
        let last = name.rfind('/').map_or(0, |slash| slash + 1);
        let colon = name[last..].find(':').map_or(name.len(), |colon| last + colon);
        let (repository, tag) = (&name[..colon], name.get(colon + 1..).unwrap_or_default());
        let is = |locator: &str| {
            let key = is_place(locator, "FROM").and_then(|key| Pattern::parse(key).ok());
            key.is_some_and(|pattern| pattern.matches(repository, tag))
        };
        let span = word.start + (colon + 1).min(name.len())..word.start + name.len();
        if name.len() < raw.len() {
            self.sink.forbid(word.clone(), raw, by_digest(repository), is);
        } else if colon == name.len() {
            // A stage of this file, or the newest image on purpose: there is no tag to write.
        } else if encode_tag(tag).is_err() {
            let why = LocateError::new(format!("the tag of `{repository}` is `{tag}`, which is computed"));
            self.sink.refuse(span, tag, why.hint("name the argument in which the version stands: `ARG.VERSION`"), is);
        } else {
            self.sink.site(span, b't', tag, is);
        }
    }

    /// Behind the here-documents that these words announce.
    fn after_heredocs(&self, words: &[Range<usize>], end: usize) -> usize {
        let mut at = end;
        for name in words.iter().filter_map(|word| heredoc(&self.text[word.clone()])) {
            while at < self.text.len() {
                let line = &self.text[at..line_end(self.text, at)];
                at = after_line(self.text, at);
                if line.trim_start_matches('\t') == name {
                    break;
                }
            }
        }
        at
    }
}

/// The name behind the dot, if the locator is of this instruction.
fn is_place<'l>(locator: &'l str, instruction: &str) -> Option<&'l str> {
    locator.split_once('.').filter(|(name, _)| name.eq_ignore_ascii_case(instruction)).map(|(_, key)| key)
}

/// The word that ends the here-document which `<<EOF`, `<<-EOF` or `<<"EOF"` begins.
fn heredoc(word: &str) -> Option<&str> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let name = rest.strip_prefix('-').unwrap_or(rest);
    let name = name.trim_matches(['"', '\'']);
    (!name.is_empty() && !name.contains('<')).then_some(name)
}

fn after_line(text: &str, start: usize) -> usize {
    after_break(text, line_end(text, start))
}

#[cfg(test)]
mod tests {
    use super::FORMAT;
    use crate::locate::lines::testing;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: &[&str]) {
        testing::check(&FORMAT, text, locator, expected);
    }

    const ADDON: &str = "# syntax=docker/dockerfile:1\nARG BUILD_FROM=ghcr.io/hassio-addons/base:14.0.0\n\
        FROM --platform=$BUILDPLATFORM golang:1.22.1-alpine AS build # é 🚀\n\narg VERSION=v1.137.0\n\
        ARG A=1 B=\"2.0\" C\nENV VERSION=$VERSION \\\n    # a comment VERSION=9\n\n    OTHER='3.1' LAST=4\n\
        ENV OLD 5.0\nLABEL org.opencontainers.image.version=\"1.137.0\" \\\n  \"io.hass.version\"='1.2' \\\n\
        \x20 description=\"it goes \\\n  version=7 on\" tail=8\nRUN echo VERSION=1 && \\\n  ARG VERSION=2\n\
        RUN <<EOF cat <<-\"X\"\nARG VERSION=3\nEOF\nARG VERSION=4\n\tX\n\
        RUN echo it's\nFROM $BUILD_FROM\nFROM build\nFROM acme/web:1.0-x as web\nARG LATE=1\n";

    #[test]
    fn arguments_variables_and_labels() {
        check(ADDON, "ARG.VERSION", &["v1.137.0"]);
        check(ADDON, "arg.B", &["2.0"]);
        check(ADDON, "ARG.C", &[]);
        check(ADDON, "ARG.LATE", &["1"]);
        check(ADDON, "ENV.OTHER", &["3.1"]);
        check(ADDON, "ENV.LAST", &["4"]);
        check(ADDON, "ENV.OLD", &["5.0"]);
        check(ADDON, "LABEL.org.opencontainers.image.version", &["1.137.0"]);
        check(ADDON, "LABEL.io.hass.version", &["1.2"]);
        check(ADDON, "LABEL.tail", &["8"]);
        check(ADDON, "LABEL.version", &[]);
        check("ARG V=1\nFROM a\nARG V=2\n", "ARG.V", &["1", "2"]);
        check("ARG V=\n", "ARG.V", &[""]);
        check("LABEL version \"1.0\"\n", "LABEL.version", &["1.0"]);
        check("ARG V=1.0 \\", "ARG.V", &["1.0"]);
    }

    #[test]
    fn base_images() {
        check(ADDON, "FROM.golang", &["1.22.1-alpine"]);
        check(ADDON, "FROM.acme/web", &["1.0-x"]);
        check(ADDON, "FROM.build", &[]);
        check("FROM host:5000/acme/web:1.0\nFROM host:5000/acme/web\n", "FROM.acme/web", &["1.0"]);
        check("from ${REGISTRY}/acme/web:1.0\n", "FROM.acme/web", &["1.0"]);
        check("FROM acme/web:1 AS a\nFROM acme/web:2-b\n", "FROM.acme/w*:*-b", &["2-b"]);
        testing::refuses(&FORMAT, "FROM acme/web:1.0@sha256:012\n", "FROM.acme/web", "digest");
        testing::refuses(&FORMAT, "FROM acme/web@sha256:012\nFROM acme/web:1\n", "FROM.acme/web", "digest");
        testing::refuses(&FORMAT, "FROM acme/web:${V}\n", "FROM.acme/web", "`ARG.VERSION`");
    }

    #[test]
    fn another_escape() {
        check("# escape=`\nARG A=1 `\n  B=2\nENV P=\"C:\\x\"\n", "ARG.B", &["2"]);
        check("#syntax=x\n# Escape = `\nENV A=1 `\n  B=2\n", "ENV.B", &["2"]);
        check("# about\n# escape=`\nENV A=1 \\\n  B=2\n", "ENV.B", &["2"]);
    }

    #[test]
    fn what_is_computed_is_not_entered() {
        testing::refuses(&FORMAT, "ENV V=$VERSION\n", "ENV.V", "`text`");
        testing::refuses(&FORMAT, "ENV V=\"${VERSION:-1.0}\"\n", "ENV.V", "`text`");
        testing::refuses(&FORMAT, "ENV V=1\\ 2\n", "ENV.V", "`text`");
        testing::refuses(&FORMAT, "ENV V 1 2\n", "ENV.V", "`text`");
        testing::refuses(&FORMAT, ADDON, "LABEL.description", "`text`");
        testing::refuses(&FORMAT, "ARG V='a \\\n b'\n", "ARG.V", "`text`");
        check("ARG V=1.0\nARG V=$X\n", "ARG.V", &["1.0"]);
    }

    #[test]
    fn values() {
        for value in ["a b", "$x", "1\n", "\"", "a\\b"] {
            testing::bad_value(&FORMAT, "ARG V=1\n", "ARG.V", value);
        }
        for value in ["", "1+b", "a b", "1\n", ".1"] {
            testing::bad_value(&FORMAT, "FROM acme/web:1\n", "FROM.acme/web", value);
        }
        testing::encodes(&FORMAT, "LABEL v='1'\r\n", "LABEL.v", "a \"b\"", "LABEL v='a \"b\"'\r\n");
    }

    #[test]
    fn locators() {
        for bad in ["", "ARG", "ARG.", "VERSION", "RUN.x", "ARG.a b", "ARG.a=1", "FROM.", "FROM.a:", "FROM./a"] {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn any_text_is_survived() {
        let pieces = ["ARG A=", "ARG A=1\n", "\\\n", "FROM a:1", "ENV A 1", "LABEL a=\"", "RUN <<E", "E", "@", "<<E "];
        testing::torture(&FORMAT, &["ARG.A", "ENV.A", "LABEL.a", "FROM.a"], &pieces);
    }
}
