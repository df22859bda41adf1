//! Paths into structured texts, as `yaml`, `toml`, `json` and `xml` locators write them.
//!
//! ```text
//! image.tag                              keys, joined by dots
//! a."b.c".d   a.'b.c'.d                  a key with dots or other odd characters is quoted
//! jobs[0].name                           an element by its index, from 0
//! package[name=app].version              the elements whose field `name` says `app`
//! [metadata.name="web"].spec.replicas    on a mapping: only if its own field says so
//! services.*.image                       any key, any element
//! ```

pub mod outline;
pub mod walk;

use super::LocateError;
use std::fmt;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The value under this key of a mapping.
    Key(String),
    /// The element of a sequence with this index, from 0.
    Index(usize),
    /// Every value of a mapping, every element of a sequence.
    Any,
    /// The elements of a sequence that are mappings, or the mapping itself, where `field` says `value`.
    Select {
        /// The way to the field from the mapping: only [`Segment::Key`]s, at least one.
        field: Vec<Segment>,
        /// The text of the field, without quotes and escapes.
        value: String,
    },
}

/// A locator of a structured format. Its text form is read by [`Path::parse`] and written by `Display`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    segments: Vec<Segment>,
}

impl Path {
    /// Reads a path. Errors carry the byte offset in `locator`.
    pub fn parse(locator: &str) -> Result<Self, LocateError> {
        let mut scan = Scan { text: locator, at: 0 };
        let mut segments = Vec::new();
        while !scan.rest().is_empty() {
            segments.push(scan.segment(segments.is_empty())?);
        }
        if segments.is_empty() {
            return Err(LocateError::new("the path is empty").at(0).hint("name a key, such as `image.tag`"));
        }
        Ok(Self { segments })
    }

    /// The steps, at least one.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

/// Reads every locator of a file, in order.
pub fn parse_all(locators: &[&str]) -> Result<Vec<Path>, LocateError> {
    locators.iter().map(|locator| Path::parse(locator)).collect()
}

/// Characters that a key written without quotes may hold.
fn is_bare(char: char) -> bool {
    !char.is_whitespace() && !char.is_control() && !matches!(char, '.' | '[' | ']' | '"' | '\'' | '*' | '=')
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl Scan<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn eat(&mut self, char: char) -> bool {
        let hit = self.peek() == Some(char);
        self.at += if hit { char.len_utf8() } else { 0 };
        hit
    }

    fn skip_blanks(&mut self) {
        while self.eat(' ') {}
    }

    fn error(&self, message: impl Into<String>) -> LocateError {
        LocateError::new(message).at(self.at)
    }

    /// The next step, with the dot before it.
    fn segment(&mut self, first: bool) -> Result<Segment, LocateError> {
        if self.eat('[') {
            return self.bracket();
        }
        if !first && !self.eat('.') {
            return Err(self
                .error("a dot is missing between two keys")
                .hint("write `a.b`, or quote a key: `a.\"b c\"`"));
        }
        match self.peek() {
            Some('[') if !first => Err(self.error("a dot before `[`").hint("write `list[0]`, without the dot")),
            Some('*') => {
                self.at += 1;
                Ok(Segment::Any)
            }
            _ => Ok(Segment::Key(self.key()?)),
        }
    }

    fn key(&mut self) -> Result<String, LocateError> {
        if matches!(self.peek(), Some('"' | '\'')) {
            return self.quoted();
        }
        let bare: String = self.rest().chars().take_while(|char| is_bare(*char)).collect();
        self.at += bare.len();
        if !bare.is_empty() {
            return Ok(bare);
        }
        Err(match self.peek() {
            None | Some('.') => self.error("a key is empty").hint("keys are joined by single dots: `image.tag`"),
            Some(char) => self
                .error(format!("`{}` can't stand in a key without quotes", char.escape_default()))
                .hint("quote the key: `a.\"b c\"`"),
        })
    }

    /// A key or value in quotes: `"` with `\"` and `\\`, or `'` as it is.
    fn quoted(&mut self) -> Result<String, LocateError> {
        let start = self.at;
        let quote = self.peek().unwrap_or('"');
        self.at += 1;
        let mut out = String::new();
        while let Some(char) = self.peek() {
            self.at += char.len_utf8();
            match char {
                _ if char == quote => return Ok(out),
                '\\' if quote == '"' => match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        self.at += 1;
                        out.push(escaped);
                    }
                    _ => return Err(self.error("only `\\\"` and `\\\\` can be escaped").hint("or use single quotes")),
                },
                _ => out.push(char),
            }
        }
        Err(LocateError::new(format!("the quote `{quote}` is not closed")).at(start))
    }

    /// What stands in brackets: an index, `*` or a selector.
    fn bracket(&mut self) -> Result<Segment, LocateError> {
        let start = self.at;
        self.skip_blanks();
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let segment = if digits > 0 && matches!(self.rest()[digits..].trim_start().chars().next(), None | Some(']')) {
            let index = self.rest()[..digits].parse().map_err(|_| self.error("the index is too large"))?;
            self.at += digits;
            Segment::Index(index)
        } else if self.eat('*') {
            Segment::Any
        } else {
            self.selector(start)?
        };
        self.skip_blanks();
        if self.eat(']') {
            return Ok(segment);
        }
        Err(LocateError::new("the bracket is not closed").at(start - 1).hint("write `[0]`, `[name=app]` or `[*]`"))
    }

    fn selector(&mut self, start: usize) -> Result<Segment, LocateError> {
        let hint = "write `[0]` for an index, `[name=app]` for a field";
        let mut field = vec![Segment::Key(self.key().map_err(|error| error.hint(hint))?)];
        while self.eat('.') {
            field.push(Segment::Key(self.key()?));
        }
        self.skip_blanks();
        if !self.eat('=') {
            return Err(LocateError::new("a selector without `=`").at(start).hint(hint));
        }
        self.skip_blanks();
        let value = match self.peek() {
            Some('"' | '\'') => self.quoted()?,
            _ => {
                let raw = self.rest().split(']').next().unwrap_or_default();
                let value = raw.trim_end().to_owned();
                self.at += raw.len();
                value
            }
        };
        Ok(Segment::Select { field, value })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_segments(f, &self.segments)
    }
}

fn write_segments(f: &mut fmt::Formatter<'_>, segments: &[Segment]) -> fmt::Result {
    for (position, segment) in segments.iter().enumerate() {
        if position > 0 && matches!(segment, Segment::Key(_) | Segment::Any) {
            f.write_str(".")?;
        }
        match segment {
            Segment::Key(key) if !key.is_empty() && key.chars().all(is_bare) => f.write_str(key)?,
            Segment::Key(key) => write_quoted(f, key)?,
            Segment::Index(index) => write!(f, "[{index}]")?,
            Segment::Any => f.write_str("*")?,
            Segment::Select { field, value } => {
                f.write_str("[")?;
                write_segments(f, field)?;
                f.write_str("=")?;
                let bare = value.trim() == value && !value.contains(']') && !value.starts_with(['"', '\'']);
                if bare {
                    f.write_str(value)?
                } else {
                    write_quoted(f, value)?
                }
                f.write_str("]")?;
            }
        }
    }
    Ok(())
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
