//! TOML → [`Config`]: every mistake is collected with its place, and all are said at once.

mod manifest;
mod value;

use std::ops::Range;

use toml_edit::{Document, Item, Key as TomlKey, TableLike, Value};

use super::keys::{self, Shape};
use super::{Config, Spanned, Table, Written, nearest};
use crate::error::Failure;
use crate::locate;

/// Reads the text of a `release.toml`; `path` is for messages.
pub fn parse(path: &str, text: &str) -> Result<Config, Failure> {
    let blank = Config { path: path.to_owned(), text: text.to_owned(), ..Config::default() };
    // A byte order mark is no TOML; the spans below are those of the text behind it.
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
            let failure = blank.failure(&span, format!("not valid TOML: {message}"));
            return Err(failure.hint(list_hint(text, span.start).unwrap_or_else(|| {
                "the file is made of `[table]` headers and `key = \"value\"` lines, each once".to_owned()
            })));
        }
    };
    let mut reader = Reader { config: blank, failures: Vec::new() };
    for (name, key, item) in entries(document.as_table()) {
        match keys::TABLES.iter().find(|table| table.name == name) {
            Some(kind) => reader.tables(kind, &key, item),
            None => {
                let near = nearest(&name, keys::TABLES.iter().map(|table| table.name));
                let hint = near.map(|near| format!("did you mean `{near}`?"));
                reader.fail(&key, format!("unknown table `{name}`"), hint);
            }
        }
    }
    let Reader { config, failures } = reader;
    Config::refuse(failures).map(|()| config)
}

struct Reader {
    config: Config,
    failures: Vec<Failure>,
}

impl Reader {
    fn fail(&mut self, span: &Range<usize>, message: String, hint: Option<String>) {
        let mut failure = self.config.failure(span, message);
        failure.hint = hint;
        self.failures.push(failure);
    }

    /// Every table of a kind: one, one for each name, or a list.
    fn tables(&mut self, kind: &'static keys::Table, span: &Range<usize>, item: &Item) {
        match kind.shape {
            Shape::Once => {
                let twice = item.is_array_of_tables().then(|| format!("write `{}`: there is one", kind.header("")));
                if let Some(table) = self.table_like(kind.name, span, item, twice) {
                    self.table(kind, Spanned { value: String::new(), span: span.clone() }, table);
                }
            }
            Shape::Named => self.named_tables(kind, span, item),
            Shape::List => {
                for (span, table) in self.table_list(kind.name, span, item) {
                    self.table(kind, Spanned { value: String::new(), span }, table);
                }
            }
        }
    }

    fn named_tables(&mut self, kind: &'static keys::Table, span: &Range<usize>, item: &Item) {
        let nameless = item.is_array_of_tables().then(|| format!("name each, as in `{}`", kind.header("NAME")));
        let Some(table) = self.table_like(kind.name, span, item, nameless) else { return };
        for (name, span, item) in entries(table) {
            let nameless = kind.find_key(&name).map(|_| format!("name it, as in `{}`", kind.header("NAME")));
            let Some(table) = self.table_like(&name, &span, item, nameless) else { continue };
            if !is_name(&name) {
                let hint = "use letters, digits, `-` and `_`, as in `app`".to_owned();
                self.fail(&span, format!("`{name}` is no name for a {}", kind.name), Some(hint));
            }
            self.table(kind, Spanned { value: name, span }, table);
        }
    }

    /// Reads the known keys of a table and refuses the others.
    fn table(&mut self, kind: &'static keys::Table, name: Spanned<String>, table: &dyn TableLike) {
        let mistakes = self.failures.len();
        let header = kind.header(&name.value);
        let mut values: Vec<(&'static str, Written)> = Vec::new();
        for (name, key, item) in entries(table) {
            match kind.find_key(&name) {
                Some(known) => {
                    let read = self.value(known, &key, item);
                    values.extend(read.map(|read| (known.name, read)));
                }
                None if is_format(kind, &name) => {}
                None => self.unknown_key(kind, &header, &name, &key),
            }
        }
        for missing in kind.keys.iter().filter(|key| key.required && !table.contains_key(key.name)) {
            self.fail(&name.span, format!("{header} has no `{}`", missing.name), Some(value::as_hint(missing.about)));
        }
        let entries = if takes_formats(kind) { self.places(&name.span, table, mistakes) } else { Vec::new() };
        self.config.tables.push(Table { kind, name, entries, values });
    }

    fn unknown_key(&mut self, kind: &keys::Table, header: &str, name: &str, span: &Range<usize>) {
        let formats = if takes_formats(kind) { locate::FORMATS } else { &[] };
        let formats = formats.iter().map(|format| format.name());
        let names = kind.keys.iter().map(|key| key.name);
        let hint = match nearest(name, names.clone().chain(formats.clone())) {
            Some(near) => format!("did you mean `{near}`?"),
            None if takes_formats(kind) => {
                format!("{header} takes {}, and places as FORMAT.LOCATOR with one of {}", list(names), list(formats))
            }
            None => format!("{header} takes {}", list(names)),
        };
        self.fail(span, format!("unknown key `{name}`"), Some(hint));
    }

    fn table_like<'t>(
        &mut self,
        name: &str,
        span: &Range<usize>,
        item: &'t Item,
        hint: Option<String>,
    ) -> Option<&'t dyn TableLike> {
        if item.as_table_like().is_none() {
            let hint =
                hint.unwrap_or_else(|| "write it as a header, `[…]`, and its keys on the lines below".to_owned());
            self.fail(span, format!("`{name}` is no table"), Some(hint));
        }
        item.as_table_like()
    }

    fn table_list<'t>(
        &mut self,
        name: &str,
        span: &Range<usize>,
        item: &'t Item,
    ) -> Vec<(Range<usize>, &'t dyn TableLike)> {
        if let Some(tables) = item.as_array_of_tables() {
            let place = |table: &toml_edit::Table| table.span().unwrap_or_else(|| span.clone());
            return tables.iter().map(|table| (place(table), table as &dyn TableLike)).collect();
        }
        let inline = |value: &'t Value| {
            Some((value.span().unwrap_or_else(|| span.clone()), value.as_inline_table()? as &dyn TableLike))
        };
        let tables = item.as_array().and_then(|values| values.iter().map(inline).collect());
        tables.unwrap_or_else(|| {
            self.fail(span, format!("`{name}` is a list of tables"), Some(two_brackets(name)));
            Vec::new()
        })
    }
}

/// What helps where a second `[image]` is no TOML any more.
fn list_hint(text: &str, at: usize) -> Option<String> {
    let start = text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    let header = text.get(start..)?.lines().next()?.trim().strip_prefix('[').filter(|rest| !rest.starts_with('['))?;
    let name = header.split([']', '.']).next()?.trim();
    let kind = keys::TABLES.iter().find(|kind| kind.name == name && kind.shape == Shape::List)?;
    Some(two_brackets(kind.name))
}

fn two_brackets(name: &str) -> String {
    format!("write `[[{name}]]`, with two brackets: there may be several")
}

/// A manifest's places are tables called as their formats.
fn takes_formats(kind: &keys::Table) -> bool {
    kind.name == "manifest"
}

fn is_format(kind: &keys::Table, name: &str) -> bool {
    takes_formats(kind) && locate::find_format(name).is_some()
}

/// Keys and items of a table with the bytes of each key.
fn entries(table: &dyn TableLike) -> Vec<(String, Range<usize>, &Item)> {
    table
        .iter()
        .map(|(name, item)| {
            let span = table.key(name).and_then(TomlKey::span).or_else(|| item.span()).unwrap_or(0..0);
            (name.to_owned(), span, item)
        })
        .collect()
}

fn text_of(value: &Value) -> Option<Spanned<String>> {
    Some(Spanned { value: value.as_str()?.to_owned(), span: value.span().unwrap_or(0..0) })
}

/// A name in a header: it becomes part of templates, of steps and of messages.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
