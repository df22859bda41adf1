//! `python`: constants of a module, and the keywords of a call such as `setup(…)`.
//!
//! A locator is the name of a constant at the left margin: `__version__` is the `0.10.1` of `__version__ = "0.10.1"`,
//! `PATCH_VERSION` the `0.dev0` of `PATCH_VERSION: Final = "0.dev0"`. `VERSION[0]` is the first element of
//! `VERSION = (1, 2, 3)`, `setup.version` the keyword of `setup(version="20190424.0")`. Strings keep their quotes and
//! numbers go without. Docstrings, nested blocks, prefixed strings (`r""`, `f""`) and expressions are not entered.

use std::ops::Range;

use super::lines::{Sink, after_break, bom, is_blank, skip_blanks, without};
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Python = Python;

/// Constants of a Python module.
#[derive(Debug)]
pub struct Python;

impl Format for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn about(&self) -> &'static str {
        "a constant of a module, `VERSION`, an element of one, `VERSION[0]`, or a keyword of a call, `setup.version`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        let (name, index) = match locator.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
            Some((name, index)) => (name, index),
            None => (locator, "0"),
        };
        let names = name.split('.').all(|part| !part.is_empty() && ident_end(part.as_bytes(), 0) == part.len());
        if names && index.parse::<usize>().is_ok_and(|number| number.to_string() == index) {
            return Ok(());
        }
        Err(LocateError::new(format!("`{locator}` is not a name in a Python module"))
            .hint("name a constant, `VERSION`, an element, `VERSION[0]`, or the keyword of a call, `setup.version`"))
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let sink = Sink::new(locators, leaves);
        let mut scan = Scan {
            text,
            depth: 0,
            awaits: false,
            bracket: usize::MAX,
            next: Inside::Nothing,
            inside: Inside::Nothing,
            sink,
        };
        scan.module();
        scan.sink.finish()
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        match text[hit.span.clone()].chars().next() {
            Some(quote @ ('"' | '\'')) => {
                without(value, &format!("{quote}\\"), "in this string").map(|()| format!("{quote}{value}{quote}"))
            }
            _ => number(&hit.value, value).map(|()| value.to_owned()),
        }
    }
}

/// Refuses what would not be the same kind of number: `2022.10` would be read as `2022.1`, `08` not at all.
fn number(old: &str, new: &str) -> Result<(), LocateError> {
    let whole = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
    };
    let fraction = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() && (text == "0" || !text.ends_with('0'))
    };
    let good = match (old.contains('.'), new.split_once('.')) {
        (false, None) => whole(new),
        (true, Some((before, after))) => whole(before) && fraction(after),
        _ => false,
    };
    if good {
        return Ok(());
    }
    Err(LocateError::new(format!("`{}` can't replace the number `{old}`", new.escape_debug()))
        .hint("a number stays a number of its kind; put the value in the file in quotes if it is text"))
}

/// What the outermost open bracket belongs to.
#[derive(Default)]
enum Inside<'a> {
    #[default]
    Nothing,
    /// A call, by its dotted name.
    Call(&'a str),
    /// The elements of constants, and the index of the current one.
    Items(Vec<&'a str>, usize),
}

struct Scan<'a> {
    text: &'a str,
    depth: usize,
    /// An element or keyword begins with the next thing that is not white space.
    awaits: bool,
    /// Where the bracket stands whose inside is `next`.
    bracket: usize,
    next: Inside<'a>,
    inside: Inside<'a>,
    sink: Sink<'a>,
}

impl<'a> Scan<'a> {
    fn module(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = bom(self.text);
        self.statement(at);
        while let Some(&byte) = bytes.get(at) {
            if self.awaits && !is_blank(byte) && !matches!(byte, b'\r' | b'\n' | b'#' | b'\\') {
                self.awaits = false;
                self.element(at);
            }
            match byte {
                b'#' => at = line_end(bytes, at),
                b'"' | b'\'' => at = string_end(bytes, at),
                b'\r' | b'\n' => {
                    at = after_break(self.text, at);
                    if self.depth == 0 {
                        self.statement(at);
                    }
                }
                b'\\' if matches!(bytes.get(at + 1), Some(b'\r' | b'\n')) => at = after_break(self.text, at + 1),
                _ => {
                    self.bracket(at, byte);
                    at += 1;
                }
            }
        }
    }

    fn bracket(&mut self, at: usize, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => {
                self.depth += 1;
                if at == self.bracket {
                    self.inside = std::mem::take(&mut self.next);
                    self.awaits = true;
                }
            }
            b')' | b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    (self.inside, self.awaits) = (Inside::Nothing, false);
                }
            }
            b',' if self.depth == 1 => {
                self.awaits = !matches!(self.inside, Inside::Nothing);
                if let Inside::Items(_, index) = &mut self.inside {
                    *index += 1;
                }
            }
            _ => {}
        }
    }

    /// What begins at the left margin: constants with a value, or a call.
    fn statement(&mut self, start: usize) {
        let (text, bytes) = (self.text, self.text.as_bytes());
        let dotted = dotted_end(bytes, start);
        if dotted > start && bytes.get(skip_blanks(text, dotted)) == Some(&b'(') {
            (self.bracket, self.next) = (skip_blanks(text, dotted), Inside::Call(&text[start..dotted]));
            return;
        }
        let (names, at) = targets(text, start);
        match bytes.get(at) {
            _ if names.is_empty() => {}
            Some(b'(' | b'[') => (self.bracket, self.next) = (at, Inside::Items(names, 0)),
            _ => self.value(at, false, |locator| names.contains(&locator)),
        }
    }

    /// What begins behind a bracket or comma: an element, or a keyword and its value.
    fn element(&mut self, at: usize) {
        let bytes = self.text.as_bytes();
        match std::mem::take(&mut self.inside) {
            Inside::Nothing => {}
            Inside::Call(call) => {
                let keyword = ident_end(bytes, at);
                let equals = skip_blanks(self.text, keyword);
                if keyword > at && bytes.get(equals) == Some(&b'=') && bytes.get(equals + 1) != Some(&b'=') {
                    let keyword = &self.text[at..keyword];
                    self.value(skip_blanks(self.text, equals + 1), true, |l| is_keyword(l, call, keyword));
                }
                self.inside = Inside::Call(call);
            }
            Inside::Items(names, index) => {
                self.value(at, true, |locator| is_item(locator, &names, index));
                self.inside = Inside::Items(names, index);
            }
        }
    }

    /// The literal that stands here, if it is the whole value.
    fn value(&mut self, at: usize, nested: bool, is: impl Fn(&str) -> bool) {
        let Some(span) = literal(self.text.as_bytes(), at) else { return };
        let raw = &self.text[span.clone()];
        let value = plain(raw).filter(|_| self.is_whole(span.end, nested));
        match value {
            Some(value) => self.sink.site(span, if value.len() == raw.len() { b'n' } else { b's' }, value, is),
            None => {
                let why = LocateError::new("the value is more than a plain string or number");
                self.sink.refuse(
                    span,
                    raw,
                    why.hint("name the piece of its line with `text`: `text.'VERSION = r\"{}\"'`"),
                    is,
                );
            }
        }
    }

    /// Does the value end here?
    fn is_whole(&self, end: usize, nested: bool) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = skip_blanks(self.text, end);
        while nested && matches!(bytes.get(at), Some(b'\r' | b'\n' | b'#')) {
            at = if bytes[at] == b'#' { line_end(bytes, at) } else { skip_blanks(self.text, at + 1) };
        }
        match bytes.get(at) {
            Some(b',' | b')' | b']') => nested,
            None | Some(b'\r' | b'\n' | b'#' | b';') => !nested,
            _ => false,
        }
    }
}

fn is_keyword(locator: &str, call: &str, keyword: &str) -> bool {
    locator.rsplit_once('.').is_some_and(|(name, key)| {
        let shorter = call.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        key == keyword && shorter
    })
}

fn is_item(locator: &str, names: &[&str], index: usize) -> bool {
    let item = locator.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    item.is_some_and(|(name, number)| names.contains(&name) && number.parse() == Ok(index))
}

/// The names to which a value is given at `start` (`a = b = …`, `a: Final = …`), and where the value stands.
fn targets(text: &str, start: usize) -> (Vec<&str>, usize) {
    let bytes = text.as_bytes();
    let (mut names, mut at) = (Vec::new(), start);
    loop {
        let end = ident_end(bytes, at);
        let mut operator = skip_blanks(text, end);
        if bytes.get(operator) == Some(&b':') && names.is_empty() {
            let annotation = &bytes[operator..line_end(bytes, operator)];
            operator += annotation.iter().position(|byte| matches!(byte, b'=' | b'#')).unwrap_or(0);
        }
        if end == at || bytes.get(operator) != Some(&b'=') || bytes.get(operator + 1) == Some(&b'=') {
            return (names, at);
        }
        names.push(&text[at..end]);
        at = skip_blanks(text, operator + 1);
    }
}

fn ident_end(bytes: &[u8], start: usize) -> usize {
    let is = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let length = bytes[start..].iter().take_while(|byte| is(byte)).count();
    if bytes[start..].first().is_some_and(u8::is_ascii_digit) { start } else { start + length }
}

fn dotted_end(bytes: &[u8], start: usize) -> usize {
    let mut end = ident_end(bytes, start);
    while bytes.get(end) == Some(&b'.') && ident_end(bytes, end + 1) > end + 1 {
        end = ident_end(bytes, end + 1);
    }
    end
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    start + bytes[start..].iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count()
}

/// The string, with its prefix, or number that starts here.
fn literal(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let number = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    let prefix = bytes[start..].iter().take(3).take_while(|byte| b"rRbBuUfFtT".contains(byte)).count();
    match bytes.get(start + prefix)? {
        b'"' | b'\'' => Some(start..string_end(bytes, start + prefix)),
        b'0'..=b'9' if prefix == 0 => Some(start..start + bytes[start..].iter().take_while(|b| number(b)).count()),
        _ => None,
    }
}

/// The end of the string that starts here: its closing quotes, or the end of the line where they are missing.
fn string_end(bytes: &[u8], start: usize) -> usize {
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
fn plain(raw: &str) -> Option<&str> {
    match raw.as_bytes() {
        [b'0'..=b'9', ..] => Some(raw),
        [open @ (b'"' | b'\''), .., close] if open == close => {
            let inner = &raw[1..raw.len() - 1];
            (!inner.contains(['\\', '\r', '\n', *open as char])).then_some(inner)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
