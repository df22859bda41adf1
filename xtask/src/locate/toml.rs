//! `toml`: `Cargo.toml` and its lock file, `pyproject.toml`, and others.
//!
//! The document is parsed for its spans only; it is never written by the library, which would drop a byte-order mark,
//! turn CRLF into LF and add a newline at the end.

use super::path::outline::Outline;
use super::path::walk::{Shape, Walk};
use super::path::{self, Path};
use super::{Format, Hit, Leaf, LocateError, Reading, fingerprint, invalid, steady_number};
use std::ops::Range;
use toml_edit::{Document, Item, TableLike, Value};

/// The format.
pub static FORMAT: Toml = Toml;

/// See the module.
pub struct Toml;

impl Format for Toml {
    fn name(&self) -> &'static str {
        "toml"
    }

    fn about(&self) -> &'static str {
        "the path of a value in TOML: `project.version`, `package[name=app].version`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        Path::parse(locator).map(drop)
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let paths = path::parse_all(locators)?;
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let base = text.len() - body.len();
        let document = Document::parse(body).map_err(|error| {
            invalid(text, "TOML", error.message(), base + error.span().map_or(0, |span| span.start))
        })?;
        let mut visit = Visit { text, base, walk: Walk::new(&paths), leaves: Vec::new(), want_leaves: leaves };
        visit.walk.document();
        visit.item(document.as_item());
        let (mut hits, _) = visit.walk.finish()?;
        hits.iter_mut().for_each(|hits| hits.sort_by_key(|hit| hit.span.start));
        visit.leaves.sort_by_key(|leaf| leaf.span.start);
        Ok(Reading { hits, leaves: visit.leaves })
    }

    fn outline(&self, text: &str) -> Option<Outline> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document = Document::parse(body).ok()?;
        let (base, walk) = (text.len() - body.len(), Walk::recording());
        let mut visit = Visit { text, base, walk, leaves: Vec::new(), want_leaves: false };
        visit.item(document.as_item());
        Some(visit.walk.recorded())
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        let token = text.get(hit.span.clone()).ok_or_else(|| LocateError::new("the hit is not in this text"))?;
        let literal = |quotes: &str| {
            if value.contains('\'') || value.chars().any(char::is_control) {
                let error = LocateError::new(format!("`{}` can't stand in single quotes", value.escape_debug()));
                return Err(error.at(hit.span.start).hint("use double quotes in the file"));
            }
            Ok(format!("{quotes}{value}{quotes}"))
        };
        match token {
            _ if token.starts_with("'''") => literal("'''"),
            _ if token.starts_with('\'') => literal("'"),
            _ if token.starts_with("\"\"\"") => Ok(basic("\"\"\"", value)),
            _ if token.starts_with('"') => Ok(basic("\"", value)),
            _ if stays_of_its_type(token, value) => Ok(value.to_owned()),
            _ => Err(LocateError::new(format!("`{value}` does not read back as it is written, in the type of `{token}`"))
                .at(hit.span.start)
                .hint("write it as a string, in quotes, in the file first")),
        }
    }
}

/// Numbers stay numbers of their sort, dates stay dates of the same form; a boolean is no version.
fn stays_of_its_type(token: &str, value: &str) -> bool {
    let steady = |text: &str| steady_number(text.strip_suffix(".0").filter(|int| !int.contains('.')).unwrap_or(text));
    let is_int = |text: &str| text.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let is_float = |text: &str| text.contains(['.', 'e', 'E']) && text.parse::<f64>().is_ok();
    let shape = |text: &str| text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect::<Vec<_>>();
    match steady(value) {
        Some(_) if is_int(token) => is_int(value),
        Some(_) if is_float(token) => is_float(value),
        _ => token.len() > 4 && token[4..].starts_with('-') && shape(token) == shape(value),
    }
}

fn basic(quotes: &str, value: &str) -> String {
    let mut out = quotes.to_owned();
    for char in value.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            _ if char.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(char))),
            _ => out.push(char),
        }
    }
    out.push_str(quotes);
    out
}

/// Tells the tree to the walk. The parser limits the depth to 80, so recursion is safe.
struct Visit<'t, 'p> {
    text: &'t str,
    base: usize,
    walk: Walk<'p>,
    leaves: Vec<Leaf>,
    want_leaves: bool,
}

impl Visit<'_, '_> {
    fn item(&mut self, item: &Item) {
        let at = self.place(item.span()).start;
        match item {
            Item::None => {}
            Item::Value(value) => self.value(value),
            Item::Table(table) => self.table(table, at),
            Item::ArrayOfTables(tables) => {
                self.walk.node();
                self.walk.open(Shape::Seq, at);
                tables.iter().for_each(|table| self.table(table, self.place(table.span()).start));
                self.walk.close();
            }
        }
    }

    fn table(&mut self, table: &dyn TableLike, at: usize) {
        self.walk.node();
        self.walk.open(Shape::Map, at);
        for (name, item) in table.iter().filter(|(_, item)| !item.is_none()) {
            let place = self.place(table.key(name).and_then(|key| key.span()).or(item.span()));
            self.walk.key(name, place.start);
            self.leaf(place, b'k', name);
            self.item(item);
        }
        self.walk.close();
    }

    fn value(&mut self, value: &Value) {
        let span = self.place(value.span());
        match value {
            Value::Array(array) => {
                self.walk.node();
                self.walk.open(Shape::Seq, span.start);
                array.iter().for_each(|value| self.value(value));
                self.walk.close();
            }
            Value::InlineTable(table) => self.table(table, span.start),
            Value::String(string) => self.scalar(span, string.value(), b's'),
            Value::Integer(_) => self.scalar_token(span, b'i'),
            Value::Float(_) => self.scalar_token(span, b'f'),
            Value::Boolean(_) => self.scalar_token(span, b'b'),
            Value::Datetime(_) => self.scalar_token(span, b'd'),
        }
    }

    fn scalar_token(&mut self, span: Range<usize>, kind: u8) {
        let text = self.text;
        self.scalar(span.clone(), text.get(span).unwrap_or_default(), kind);
    }

    fn scalar(&mut self, span: Range<usize>, value: &str, kind: u8) {
        self.leaf(span.clone(), kind, value);
        if !self.walk.node() {
            return;
        }
        let token = self.text.get(span.clone()).unwrap_or_default();
        let refusal = token.contains(['\n', '\r']).then(|| {
            let error = LocateError::new("the value is a string of several lines").at(span.start);
            error.hint("name the place in it with `text.'…{}…'`")
        });
        self.walk.scalar(span, value, refusal);
    }

    fn leaf(&mut self, span: Range<usize>, kind: u8, value: &str) {
        if self.want_leaves {
            self.leaves.push(Leaf { span, print: fingerprint(kind, value) });
        }
    }

    /// The place in the whole text, byte-order mark included.
    fn place(&self, span: Option<Range<usize>>) -> Range<usize> {
        span.map_or(0..0, |span| self.base + span.start..self.base + span.end)
    }
}

#[cfg(test)]
mod tests;
