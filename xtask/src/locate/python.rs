//! `python`: constants of a module, and the keywords of a call such as `setup(…)`.
//!
//! A locator is the name of a constant at the left margin: `__version__` is the `0.10.1` of `__version__ = "0.10.1"`,
//! `PATCH_VERSION` the `0.dev0` of `PATCH_VERSION: Final = "0.dev0"`. `VERSION[0]` is the first element of
//! `VERSION = (1, 2, 3)`, `setup.version` the keyword of `setup(version="20190424.0")`. Strings keep their quotes and
//! numbers go without. Docstrings, nested blocks, prefixed strings (`r""`, `f""`) and expressions are not entered.

mod lex;

use super::lines::{Sink, after_break, bom, is_blank, line_end, skip_blanks, without};
use super::{Format, Hit, LocateError, Reading};
use lex::{dotted_end, ident_end, literal, plain, string_end, targets};

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
                b'#' => at = line_end(self.text, at),
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
            at = if bytes[at] == b'#' { line_end(self.text, at) } else { skip_blanks(self.text, at + 1) };
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

#[cfg(test)]
mod tests;
