//! Text → record. What doesn't hold together is an error with its place.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

use super::{Attempt, FORMAT, How, Owner, Receipt, Release, State, damaged, path};
use crate::error::{Failure, Place};

/// Reads the text of a record. `file` is its path on the branch, and must be the one of the release it tells of;
/// `shown` is how messages name it.
pub fn parse(file: &str, shown: &str, text: &str) -> Result<Release, Failure> {
    let reader = Reader { shown, text };
    let document = Document::parse(text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
        reader.failure(error.span(), format!("not valid TOML: {message}"))
    })?;
    let top = Table { reader: &reader, table: document.as_table(), span: None };
    let format = top.number("format")?;
    if format != FORMAT {
        let message = format!("the record has format {format}, and this tool knows {FORMAT} only");
        let hint = "a newer copy of the tool wrote it: bring this project's copy up to date";
        return Err(reader.failure(top.span_of("format"), message).hint(hint));
    }
    let release = read(&top)?;
    let last = release.attempts.last().map(|attempt| attempt.epoch);
    if last != Some(release.epoch) {
        return Err(reader.failure(top.span_of("epoch"), "the last attempt isn't of this epoch".to_owned()));
    }
    if release.versions.is_empty() {
        return Err(reader.failure(top.span_of("versions"), "the release has no version".to_owned()));
    }
    if path(&release.process, release.version()) != file {
        return Err(reader.failure(None, format!("the record tells of `{}`, which has another file", release.title())));
    }
    Ok(release)
}

fn read(top: &Table<'_>) -> Result<Release, Failure> {
    Ok(Release {
        process: top.text("process")?,
        request: top.text("request")?,
        versions: top.list("versions", |row| Ok((row.text("track")?, row.text("version")?)))?,
        state: top.one_of("state", &State::ALL)?,
        owner: top.owner("owner")?,
        host: top.text("host")?,
        epoch: top.number("epoch")?,
        author: top.owner("author")?,
        seconds: top.number("seconds")?,
        nonce: top.text("nonce")?,
        digest: top.text("digest")?,
        attempts: top.list("attempts", |row| {
            Ok(Attempt {
                epoch: row.number("epoch")?,
                how: row.one_of("how", &How::ALL)?,
                owner: Owner { name: row.text("name")?, email: row.text("email")? },
                host: row.text("host")?,
                seconds: row.number("seconds")?,
                nonce: row.text("nonce")?,
            })
        })?,
        started: top.texts("started")?,
        receipts: top.list("receipts", |row| {
            Ok(Receipt {
                step: row.text("step")?,
                epoch: row.number("epoch")?,
                seconds: row.number("seconds")?,
                what: row.text("what")?,
            })
        })?,
    })
}

struct Reader<'t> {
    shown: &'t str,
    text: &'t str,
}

impl Reader<'_> {
    fn failure(&self, span: Option<Range<usize>>, message: String) -> Failure {
        damaged(message).at(match span {
            Some(span) => Place::span(self.shown, self.text, span),
            None => Place::file(self.shown),
        })
    }
}

/// A table of the text, whose keys must be there.
struct Table<'t> {
    reader: &'t Reader<'t>,
    table: &'t dyn TableLike,
    span: Option<Range<usize>>,
}

impl Table<'_> {
    fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.table.get(key).and_then(Item::span)
    }

    fn item(&self, key: &str) -> Result<&Item, Failure> {
        let missing = || self.reader.failure(self.span.clone(), format!("the record has no `{key}`"));
        self.table.get(key).ok_or_else(missing)
    }

    fn wrong(&self, key: &str, wanted: &str) -> Failure {
        self.reader.failure(self.span_of(key), format!("`{key}` is no {wanted}"))
    }

    fn text(&self, key: &str) -> Result<String, Failure> {
        self.item(key)?.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, "text"))
    }

    fn number(&self, key: &str) -> Result<u64, Failure> {
        let number = self.item(key)?.as_integer().and_then(|number| u64::try_from(number).ok());
        number.ok_or_else(|| self.wrong(key, "number from 0"))
    }

    fn one_of<T: Copy>(&self, key: &str, all: &[(T, &str)]) -> Result<T, Failure> {
        let text = self.text(key)?;
        let found = all.iter().find(|(_, name)| *name == text).map(|(value, _)| *value);
        found.ok_or_else(|| {
            let names: Vec<String> = all.iter().map(|(_, name)| format!("`{name}`")).collect();
            self.reader.failure(self.span_of(key), format!("`{key}` is `{text}`, not one of {}", names.join(", ")))
        })
    }

    fn owner(&self, key: &str) -> Result<Owner, Failure> {
        let table = self.item(key)?.as_table_like().ok_or_else(|| self.wrong(key, "table"))?;
        let table = Table { reader: self.reader, table, span: self.span_of(key) };
        Ok(Owner { name: table.text("name")?, email: table.text("email")? })
    }

    fn values(&self, key: &str) -> Result<impl Iterator<Item = &Value>, Failure> {
        let list = self.item(key)?.as_array().ok_or_else(|| self.wrong(key, "list"))?;
        Ok(list.iter())
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, Failure> {
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| self.wrong(key, "list of texts"));
        self.values(key)?.map(text).collect()
    }

    fn list<T>(&self, key: &str, read: impl Fn(&Table<'_>) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
        let row = |value: &Value| {
            let table = value.as_inline_table().ok_or_else(|| self.wrong(key, "list of tables"))?;
            read(&Table { reader: self.reader, table, span: value.span() })
        };
        self.values(key)?.map(row).collect()
    }
}
