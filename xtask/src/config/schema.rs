//! The JSON Schema of `release.toml`, from the same keys that the reader knows.

use super::keys::{self, Key, Kind};
use crate::json::Json;
use crate::locate;

/// The schema, for editors that complete and check TOML by one.
pub fn schema() -> Json {
    let about = |name: &str| keys::TABLES.iter().find(|(table, _)| *table == name).map_or("", |(_, about)| about);
    let named = |keys: &[Key], name: &str| {
        Json::Map(vec![
            ("type", "object".into()),
            ("description", about(name).into()),
            ("additionalProperties", table(keys, about(name), Vec::new())),
        ])
    };
    let list = |item: Json| Json::Map(vec![("type", "array".into()), ("items", item)]);
    let formats = locate::FORMATS.iter().map(|format| (format.name().to_owned(), places(format.about()))).collect();
    Json::Map(vec![
        ("$schema", "http://json-schema.org/draft-07/schema#".into()),
        ("title", "release-config/release.toml".into()),
        ("type", "object".into()),
        ("additionalProperties", false.into()),
        (
            "properties",
            Json::Map(vec![
                ("project", table(keys::PROJECT, about("project"), Vec::new())),
                ("track", named(keys::TRACK, "track")),
                ("repo", named(keys::REPO, "repo")),
                ("manifest", list(table(keys::MANIFEST, about("manifest"), formats))),
                ("allow", list(table(keys::ALLOW, about("allow"), Vec::new()))),
            ]),
        ),
    ])
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
        Kind::Texts => {
            vec![("anyOf", Json::List(vec![text(), Json::Map(vec![("type", "array".into()), ("items", text())])]))]
        }
    };
    schema.push(("description", key.about.into()));
    Json::Map(schema)
}

fn text() -> Json {
    Json::Map(vec![("type", "string".into())])
}

/// `FORMAT.LOCATOR = TEMPLATE`; dotted keys make tables within tables.
fn places(about: &str) -> Json {
    Json::Map(vec![("type", "object".into()), ("description", about.into())])
}
