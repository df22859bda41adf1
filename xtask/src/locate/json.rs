//! `json`: `package.json`, lock files, `composer.json`, and JSON with comments such as `tsconfig.json`.
//!
//! A scanner of its own: a YAML parser limits keys to 1,024 characters and depth to 255, and JSON has neither limit.
//! Beyond the standard it takes a byte-order mark, comments and trailing commas, because real files have them.

use super::path::outline::Outline;
use super::path::walk::{Shape, Walk};
use super::path::{self, Path};
use super::{Format, Hit, Leaf, LocateError, Reading, fingerprint, invalid, steady_number};
use std::borrow::Cow;
use std::ops::Range;

/// The format.
pub static FORMAT: Json = Json;

/// See the module.
pub struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "the path of a value in JSON, comments allowed: `version`, `packages.\"\".version`, `boards[name=pi].image`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        Path::parse(locator).map(drop)
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let paths = path::parse_all(locators)?;
        let mut scan = Scan { text, at: 0, walk: Walk::new(&paths), leaves: Vec::new(), want_leaves: leaves };
        scan.document().map_err(|fault| invalid(text, "JSON", &fault.0, fault.1))?;
        let (hits, _) = scan.walk.finish()?;
        Ok(Reading { hits, leaves: scan.leaves })
    }

    fn outline(&self, text: &str) -> Option<Outline> {
        let mut scan = Scan { text, at: 0, walk: Walk::recording(), leaves: Vec::new(), want_leaves: false };
        scan.document().ok().map(|()| scan.walk.recorded())
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        let token = text.get(hit.span.clone()).ok_or_else(|| LocateError::new("the hit is not in this text"))?;
        let refuse = |what: &str| {
            LocateError::new(what).at(hit.span.start).hint("write it as a string, in quotes, in the file first")
        };
        match token.as_bytes() {
            [b'"', ..] => Ok(quoted(value)),
            [b't' | b'f' | b'n', ..] => Err(refuse(&format!("`{token}` is not a version but a literal"))),
            _ if steady_number(value).is_some() => Ok(value.to_owned()),
            _ => Err(refuse(&format!("`{value}` is not a number that JSON reads back as it is written"))),
        }
    }
}

/// A string token for this value.
fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for char in value.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            _ if char.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(char))),
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}

/// What is wrong, and where.
struct Fault(String, usize);

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// A value; in a fresh or continued list also its end.
    Value,
    /// A key, or the end of the object.
    Key,
    /// A comma or the end of the container.
    Comma,
}

struct Scan<'t, 'p> {
    text: &'t str,
    at: usize,
    walk: Walk<'p>,
    leaves: Vec<Leaf>,
    want_leaves: bool,
}

impl<'t> Scan<'t, '_> {
    /// The whole text: one value. The stack is explicit, so depth costs memory and nothing else.
    fn document(&mut self) -> Result<(), Fault> {
        self.at = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        self.walk.document();
        let mut open: Vec<Shape> = Vec::new();
        let mut expect = Expect::Value;
        loop {
            self.skip()?;
            let shape = open.last().copied();
            let Some(byte) = self.peek() else { return self.end(shape, expect) };
            match (byte, shape) {
                _ if shape.is_none() && expect == Expect::Comma => return self.fault("text after the value"),
                (b'}', Some(Shape::Map)) if expect != Expect::Value => expect = self.close(&mut open),
                (b']', Some(Shape::Seq)) => expect = self.close(&mut open),
                (b',', Some(shape)) if expect == Expect::Comma => {
                    self.at += 1;
                    expect = if shape == Shape::Map { Expect::Key } else { Expect::Value };
                }
                _ if expect == Expect::Comma => return self.fault("a comma is missing"),
                (b'"', _) if expect == Expect::Key => {
                    self.key()?;
                    expect = Expect::Value;
                }
                _ if expect == Expect::Key => return self.fault("a key in double quotes is missing"),
                (b'{', _) => expect = self.open(&mut open, Shape::Map),
                (b'[', _) => expect = self.open(&mut open, Shape::Seq),
                _ => {
                    self.scalar(byte)?;
                    expect = Expect::Comma;
                }
            }
        }
    }

    fn end(&self, open: Option<Shape>, expect: Expect) -> Result<(), Fault> {
        match open {
            Some(Shape::Map) => self.fault("the object is not closed"),
            Some(Shape::Seq) => self.fault("the list is not closed"),
            None if expect == Expect::Value => self.fault("the text is empty"),
            None => Ok(()),
        }
    }

    fn open(&mut self, open: &mut Vec<Shape>, shape: Shape) -> Expect {
        self.walk.node();
        self.walk.open(shape, self.at);
        self.at += 1;
        open.push(shape);
        if shape == Shape::Map { Expect::Key } else { Expect::Value }
    }

    fn close(&mut self, open: &mut Vec<Shape>) -> Expect {
        self.walk.close();
        self.at += 1;
        open.pop();
        Expect::Comma
    }

    fn key(&mut self) -> Result<(), Fault> {
        let (span, key) = self.string()?;
        self.walk.key(&key, span.start);
        self.leaf(&span, b's', &key);
        self.skip()?;
        if self.peek() != Some(b':') {
            return self.fault("a colon is missing");
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self, first: u8) -> Result<(), Fault> {
        let (span, value, kind) = if first == b'"' {
            let (span, value) = self.string()?;
            (span, value, b's')
        } else {
            let span = self.word();
            let word = &self.text[span.clone()];
            let kind = match word {
                "null" => b'n',
                "true" | "false" => b'b',
                _ if is_number(word) => b'f',
                _ => return self.fault_at(span.start, "a value is missing"),
            };
            (span, Cow::Borrowed(word), kind)
        };
        self.leaf(&span, kind, &value);
        if self.walk.node() {
            self.walk.scalar(span, &value, None);
        }
        Ok(())
    }

    fn leaf(&mut self, span: &Range<usize>, kind: u8, value: &str) {
        if self.want_leaves {
            self.leaves.push(Leaf { span: span.clone(), print: fingerprint(kind, value) });
        }
    }

    /// The letters, digits and signs from here on.
    fn word(&mut self) -> Range<usize> {
        let start = self.at;
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        self.at += self.text.as_bytes()[start..].iter().take_while(|byte| is_part(byte)).count();
        start..self.at
    }

    /// A string token with its quotes, and what it says.
    fn string(&mut self) -> Result<(Range<usize>, Cow<'t, str>), Fault> {
        let start = self.at;
        let text = self.text;
        let mut value = Cow::Borrowed("");
        let mut from = start + 1;
        self.at = from;
        loop {
            match text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    append(&mut value, &text[from..self.at - 1]);
                    return Ok((start..self.at, value));
                }
                Some(b'\\') => {
                    append(&mut value, &text[from..self.at]);
                    let char = self.escape()?;
                    value.to_mut().push(char);
                    from = self.at;
                }
                Some(0x20..) => self.at += 1,
                Some(_) => return self.fault("a control character in a string"),
                None => return self.fault_at(start, "the string is not closed"),
            }
        }
    }

    /// The character of an escape; a lone surrogate becomes the replacement character.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        let letter = self.text.as_bytes().get(start + 1).copied();
        self.at += 2;
        Ok(match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let high = self.hex(start)?;
                let is_pair = (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with("\\u");
                let after_high = self.at;
                if is_pair {
                    self.at += 2;
                    let low = self.hex(start)?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = after_high;
                }
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return self.fault_at(start, "an escape that JSON does not know"),
        })
    }

    fn hex(&mut self, start: usize) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        code.ok_or_else(|| Fault("an escape without four digits".to_owned(), start))
    }

    /// Blanks and comments.
    fn skip(&mut self) -> Result<(), Fault> {
        loop {
            let rest = &self.text[self.at..];
            self.at += match rest.as_bytes() {
                [b' ' | b'\t' | b'\n' | b'\r', ..] => 1,
                [b'/', b'/', ..] => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                [b'/', b'*', ..] => match rest[2..].find("*/") {
                    Some(length) => length + 4,
                    None => return self.fault("the comment is not closed"),
                },
                _ => return Ok(()),
            };
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault<T>(&self, message: &str) -> Result<T, Fault> {
        self.fault_at(self.at, message)
    }

    fn fault_at<T>(&self, at: usize, message: &str) -> Result<T, Fault> {
        Err(Fault(message.to_owned(), at))
    }
}

fn append<'t>(value: &mut Cow<'t, str>, part: &'t str) {
    if value.is_empty() {
        *value = Cow::Borrowed(part);
    } else {
        value.to_mut().push_str(part);
    }
}

/// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
fn is_number(word: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let body = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && digits(fraction)
        && digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

#[cfg(test)]
mod tests;
