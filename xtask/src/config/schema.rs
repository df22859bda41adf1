//! The JSON Schema of `release.toml`, from the same keys that the reader knows.

use super::keys::{self, Key, Kind, Shape};
use crate::json::Json;
use crate::locate;

/// The schema, for editors that complete and check TOML by one.
pub fn schema() -> Json {
    let tables = keys::TABLES.iter().map(|kind| (kind.name.to_owned(), shape(kind))).collect();
    Json::Map(vec![
        ("$schema", "http://json-schema.org/draft-07/schema#".into()),
        ("title", "release-config/release.toml".into()),
        ("type", "object".into()),
        ("additionalProperties", false.into()),
        ("properties", Json::Named(tables)),
    ])
}

/// A table, tables by name, or a list of them.
fn shape(kind: &keys::Table) -> Json {
    let places = |format: &&dyn locate::Format| (format.name().to_owned(), places(format.about()));
    let formats = if kind.name == "manifest" { locate::FORMATS } else { &[] };
    let table = table(kind.keys, kind.about, formats.iter().map(places).collect());
    match kind.shape {
        Shape::Once => table,
        Shape::Named => Json::Map(vec![
            ("type", "object".into()),
            ("description", kind.about.into()),
            ("additionalProperties", table),
        ]),
        Shape::List => Json::Map(vec![("type", "array".into()), ("items", table)]),
    }
}

fn table(keys: &[Key], about: &str, more: Vec<(String, Json)>) -> Json {
    let properties = keys.iter().map(|key| (key.name.to_owned(), value(key))).chain(more).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    Json::Map(vec![
        ("type", "object".into()),
        ("description", about.into()),
        ("properties", Json::Named(properties)),
        ("required", required.into()),
        ("additionalProperties", false.into()),
    ])
}

fn value(key: &Key) -> Json {
    let mut schema = match key.kind {
        Kind::Text => vec![("type", "string".into())],
        Kind::Word(words) => vec![("enum", words.to_vec().into())],
        Kind::Date => vec![("type", "string".into()), ("pattern", r"^\d{4}-\d{2}-\d{2}$".into())],
        Kind::Texts => vec![("anyOf", Json::List(vec![text(), Json::Map(texts())]))],
        Kind::List => texts(),
        Kind::Bool => vec![("type", "boolean".into())],
        Kind::Duration => vec![("type", "string".into()), ("pattern", "^[0-9]+[smh]$".into())],
        Kind::Map => vec![("type", "object".into()), ("additionalProperties", text())],
    };
    schema.push(("description", key.about.into()));
    Json::Map(schema)
}

fn text() -> Json {
    Json::Map(vec![("type", "string".into())])
}

fn texts() -> Vec<(&'static str, Json)> {
    vec![("type", "array".into()), ("items", text())]
}

/// `FORMAT.LOCATOR = TEMPLATE`; dotted keys make tables within tables.
fn places(about: &str) -> Json {
    Json::Map(vec![("type", "object".into()), ("description", about.into())])
}
