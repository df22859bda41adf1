//! TOML → [`Config`]: every mistake is collected with its place, and all are said at once.

use std::ops::Range;

use toml_edit::{Document, Item, Key as TomlKey, TableLike, Value};

use super::keys::{self, Key, Kind};
use super::{
    AllowConfig, Config, Count, EntryConfig, ManifestConfig, ProjectConfig, RepoConfig, Spanned, TrackConfig, nearest,
};
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
            return Err(failure.hint("the file is made of `[table]` headers and `key = \"value\"` lines, each once"));
        }
    };
    let mut reader = Reader { config: blank, failures: Vec::new() };
    for (name, key, item) in entries(document.as_table()) {
        reader.table(&name, &key, item);
    }
    let Reader { config, failures } = reader;
    Failure::all(failures).map(|()| config)
}

struct Reader {
    config: Config,
    failures: Vec<Failure>,
}

/// The values of a table whose keys are known, by name.
#[derive(Default)]
struct Values {
    found: Vec<(&'static str, Vec<Spanned<String>>)>,
}

impl Values {
    fn all(&mut self, name: &str) -> Vec<Spanned<String>> {
        self.found
            .iter_mut()
            .find(|(key, _)| *key == name)
            .map(|(_, values)| std::mem::take(values))
            .unwrap_or_default()
    }

    fn one(&mut self, name: &str) -> Option<Spanned<String>> {
        self.all(name).into_iter().next()
    }
}

impl Reader {
    fn fail(&mut self, span: &Range<usize>, message: String, hint: Option<String>) {
        let mut failure = self.config.failure(span, message);
        failure.hint = hint;
        self.failures.push(failure);
    }

    fn table(&mut self, name: &str, span: &Range<usize>, item: &Item) {
        match name {
            "project" => {
                if let Some(table) = self.table_like(name, span, item) {
                    let mut values = self.values("[project]", span, table, keys::PROJECT);
                    self.config.project = ProjectConfig { name: values.one("name"), commit: values.one("commit") };
                }
            }
            "track" | "repo" => self.named_tables(name, span, item),
            "manifest" => {
                for (span, table) in self.table_list(name, span, item) {
                    self.manifest(span, table);
                }
            }
            "allow" => {
                for (span, table) in self.table_list(name, span, item) {
                    self.allow(span, table);
                }
            }
            _ => {
                let hint = nearest(name, keys::TABLES.iter().map(|(table, _)| *table))
                    .map(|near| format!("did you mean `{near}`?"));
                self.fail(span, format!("unknown table `{name}`"), hint);
            }
        }
    }

    fn named_tables(&mut self, kind: &str, span: &Range<usize>, item: &Item) {
        let Some(table) = self.table_like(kind, span, item) else { return };
        for (name, span, item) in entries(table) {
            let Some(table) = self.table_like(&name, &span, item) else { continue };
            if !is_name(&name) {
                let hint = "use letters, digits, `-` and `_`, as in `app`".to_owned();
                self.fail(&span, format!("`{name}` is no name for a {kind}"), Some(hint));
            }
            let header = format!("[{kind}.{name}]");
            let name = Spanned { value: name, span: span.clone() };
            if kind == "track" {
                let mut values = self.values(&header, &span, table, keys::TRACK);
                self.config.tracks.push(TrackConfig {
                    name,
                    scheme: values.one("scheme"),
                    bump: values.one("bump"),
                    with: values.all("with"),
                    repo: values.one("repo"),
                    branch: values.one("branch"),
                    tag: values.one("tag"),
                    message: values.one("message"),
                });
            } else {
                let mut values = self.values(&header, &span, table, keys::REPO);
                let (path, url, branch) = (values.one("path"), values.one("url"), values.one("branch"));
                self.config.repos.push(RepoConfig { name, path, url, branch, commit: values.one("commit") });
            }
        }
    }

    fn manifest(&mut self, span: Range<usize>, table: &dyn TableLike) {
        let mistakes = self.failures.len();
        let mut values = self.values("[[manifest]]", &span, table, keys::MANIFEST);
        let mut found = Vec::new();
        for (name, key, item) in entries(table) {
            if let Some(format) = locate::find_format(&name) {
                self.entries(format.name(), "", &key, item, &mut found);
            }
        }
        found.sort_by_key(|entry| entry.locator.span.start);
        // A place that was refused is one that was meant to be.
        if found.is_empty() && self.failures.len() == mistakes {
            let hint = "add a line such as `yaml.version = \"{app}\"`".to_owned();
            self.fail(&span, "this manifest names no place in its files".to_owned(), Some(hint));
        }
        self.config.manifests.push(ManifestConfig {
            repo: values.one("repo"),
            paths: values.all("path"),
            only: values.all("only"),
            exclude: values.all("exclude"),
            entries: found,
            span,
        });
    }

    /// The entries of one format; dotted keys (`yaml.image.tag`) are one locator.
    fn entries(
        &mut self,
        format: &'static str,
        prefix: &str,
        span: &Range<usize>,
        item: &Item,
        found: &mut Vec<EntryConfig>,
    ) {
        if !prefix.is_empty()
            && let Some(entry) = self.entry(format, prefix, span, item)
        {
            found.extend(entry);
            return;
        }
        let Some(table) = item.as_table_like().filter(|_| item.as_inline_table().is_none()) else {
            let hint = format!("write `{format}.LOCATOR = \"TEMPLATE\"`");
            return self.fail(span, format!("`{format}` is no table of locators"), Some(hint));
        };
        for (name, key, item) in entries(table) {
            let locator = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            self.entries(format, &locator, &key, item, found);
        }
    }

    /// `"TEMPLATE"` or `{ template = "TEMPLATE", count = 3, on = "bump" }`; `None` when it is neither,
    /// `Some(None)` when it is one that has been refused.
    fn entry(
        &mut self,
        format: &'static str,
        locator: &str,
        span: &Range<usize>,
        item: &Item,
    ) -> Option<Option<EntryConfig>> {
        let locator = Spanned { value: locator.to_owned(), span: span.clone() };
        if let Some(value) = item.as_value().filter(|value| value.is_str()) {
            let template = text_of(value)?;
            return Some(Some(EntryConfig { format, locator, template, count: None, on_bump: false }));
        }
        let Some(table) = item.as_inline_table() else {
            if item.as_table_like().is_some() {
                return None;
            }
            self.fail(
                span,
                "a template is a string".to_owned(),
                Some("write it in quotes, as in `\"{app}\"`".to_owned()),
            );
            return Some(None);
        };
        let (mut template, mut count, mut on_bump) = (None, None, false);
        for (name, key, item) in entries(table) {
            let hint = |value: &str| Some(format!("write it as in `{name} = {value}`"));
            match (name.as_str(), item.as_value()) {
                ("template", Some(value)) if value.is_str() => template = text_of(value),
                ("count", Some(value)) if value.as_integer().is_some_and(|n| n > 0) => {
                    count = value.as_integer().and_then(|n| usize::try_from(n).ok()).map(Count::Exactly);
                }
                ("count", Some(value)) if value.as_str() == Some("each") => count = Some(Count::Each),
                ("on", Some(value)) if value.as_str() == Some("bump") => on_bump = true,
                ("template", _) => self.fail(&key, "`template` is a string".to_owned(), hint("\"v{app}\"")),
                ("count", _) => self.fail(&key, "`count` is a number from 1, or \"each\"".to_owned(), hint("2")),
                ("on", _) => self.fail(&key, "`on` can only be \"bump\"".to_owned(), hint("\"bump\"")),
                (other, _) => {
                    let hint =
                        nearest(other, keys::ENTRY.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                    self.fail(&key, format!("unknown key `{other}`"), hint);
                }
            }
        }
        let Some(template) = template else {
            let hint = "write it as in `{ template = \"{app}\", count = 2 }`".to_owned();
            self.fail(span, "this place has no `template`".to_owned(), Some(hint));
            return Some(None);
        };
        Some(Some(EntryConfig { format, locator, template, count, on_bump }))
    }

    fn allow(&mut self, span: Range<usize>, table: &dyn TableLike) {
        let mut values = self.values("[[allow]]", &span, table, keys::ALLOW);
        let (path, says, reason) = (values.one("path"), values.one("says"), values.one("reason"));
        // What is missing has been said by `values`.
        if let (Some(path), Some(says), Some(reason)) = (path, says, reason) {
            let (repo, until) = (values.one("repo"), values.one("until"));
            self.config.allows.push(AllowConfig { span, repo, path, says, reason, until });
        }
    }

    /// Reads the known keys of a table and refuses the others. The tables of formats are left to [`Reader::manifest`].
    fn values(&mut self, header: &str, span: &Range<usize>, table: &dyn TableLike, known: &'static [Key]) -> Values {
        let mut values = Values::default();
        let formats_too = std::ptr::eq(known, keys::MANIFEST);
        for (name, key, item) in entries(table) {
            if let Some(known) = known.iter().find(|known| known.name == name) {
                if let Some(read) = self.value(known, &key, item) {
                    values.found.push((known.name, read));
                }
            } else if !(formats_too && locate::find_format(&name).is_some()) {
                let names = known.iter().map(|known| known.name);
                let near = if formats_too {
                    nearest(&name, names.chain(locate::FORMATS.iter().map(|format| format.name())))
                } else {
                    nearest(&name, names)
                };
                let hint = near.map_or_else(
                    || {
                        let keys = list(known.iter().map(|known| known.name));
                        let formats = list(locate::FORMATS.iter().map(|format| format.name()));
                        match formats_too {
                            true => {
                                format!("{header} takes {keys}, and places as FORMAT.LOCATOR with one of {formats}")
                            }
                            false => format!("{header} takes {keys}"),
                        }
                    },
                    |near| format!("did you mean `{near}`?"),
                );
                self.fail(&key, format!("unknown key `{name}`"), Some(hint));
            }
        }
        for missing in known.iter().filter(|key| key.required && !table.contains_key(key.name)) {
            self.fail(span, format!("{header} has no `{}`", missing.name), Some(as_hint(missing.about)));
        }
        values
    }

    fn value(&mut self, known: &Key, span: &Range<usize>, item: &Item) -> Option<Vec<Spanned<String>>> {
        let read = match (known.kind, item.as_value()) {
            (Kind::Texts, Some(Value::Array(items))) => items.iter().map(text_of).collect::<Option<Vec<_>>>(),
            (Kind::Date, Some(Value::Datetime(date))) => {
                date.value().date.map(|day| vec![Spanned { value: day.to_string(), span: span.clone() }])
            }
            (_, Some(value)) => text_of(value).map(|text| vec![text]),
            (_, None) => None,
        };
        let expected = match known.kind {
            Kind::Text => "a string".to_owned(),
            Kind::Texts => "a string or a list of strings".to_owned(),
            Kind::Word(words) => format!("one of {}", list(words.iter().copied())),
            Kind::Date => "a date such as \"2027-01-31\"".to_owned(),
        };
        let Some(read) = read else {
            self.fail(span, format!("`{}` is {expected}", known.name), Some(as_hint(known.about)));
            return None;
        };
        if let (Kind::Word(words), Some(word)) = (known.kind, read.first())
            && !words.contains(&word.value.as_str())
        {
            let hint = nearest(&word.value, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            self.fail(&word.span, format!("`{}` is {expected}, not `{}`", known.name, word.value), hint);
            return None;
        }
        Some(read)
    }

    fn table_like<'t>(&mut self, name: &str, span: &Range<usize>, item: &'t Item) -> Option<&'t dyn TableLike> {
        if item.as_table_like().is_none() {
            let hint = "write it as a header, `[…]`, and its keys on the lines below".to_owned();
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
            return tables
                .iter()
                .map(|table| (table.span().unwrap_or(span.clone()), table as &dyn TableLike))
                .collect();
        }
        let inline = item.as_array().map(|values| {
            values.iter().filter_map(|value| {
                Some((value.span().unwrap_or(span.clone()), value.as_inline_table()? as &dyn TableLike))
            })
        });
        let Some(tables) = inline else {
            self.fail(span, format!("`{name}` is a list of tables"), Some(format!("write `[[{name}]]`")));
            return Vec::new();
        };
        tables.collect()
    }
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

/// A sentence of the reference in the form of a hint.
fn as_hint(about: &str) -> String {
    let (first, rest) = about.split_at(about.chars().next().map_or(0, char::len_utf8));
    format!("{}{}", first.to_lowercase(), rest.trim_end_matches('.'))
}

fn text_of(value: &Value) -> Option<Spanned<String>> {
    Some(Spanned { value: value.as_str()?.to_owned(), span: value.span().unwrap_or(0..0) })
}

/// A track's or a repository's name: it becomes part of templates and messages.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
