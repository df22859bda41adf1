//! `FORMAT.LOCATOR = TEMPLATE`: the places of a manifest.

use std::ops::Range;

use toml_edit::{Item, TableLike};

use super::{Reader, Spanned, entries, nearest, text_of};
use crate::config::keys;
use crate::config::{Count, EntryConfig};
use crate::locate;

impl Reader {
    /// The places that a manifest names, in the order of the file. There were so many mistakes before it.
    pub(super) fn places(&mut self, span: &Range<usize>, table: &dyn TableLike, mistakes: usize) -> Vec<EntryConfig> {
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
            self.fail(span, "this manifest names no place in its files".to_owned(), Some(hint));
        }
        found
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
            return Some(Some(EntryConfig { format, locator, template, count: None, on_bump: false, on_final: false }));
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
        let (mut template, mut count, mut on) = (None, None, None);
        for (name, key, item) in entries(table) {
            let hint = |value: &str| Some(format!("write it as in `{name} = {value}`"));
            match (name.as_str(), item.as_value()) {
                ("template", Some(value)) if value.is_str() => template = text_of(value),
                ("count", Some(value)) if value.as_integer().is_some_and(|n| n > 0) => {
                    count = value.as_integer().and_then(|n| usize::try_from(n).ok()).map(Count::Exactly);
                }
                ("count", Some(value)) if value.as_str() == Some("each") => count = Some(Count::Each),
                ("on", Some(value)) if matches!(value.as_str(), Some("bump" | "final")) => on = value.as_str(),
                ("template", _) => self.fail(&key, "`template` is a string".to_owned(), hint("\"v{app}\"")),
                ("count", _) => self.fail(&key, "`count` is a number from 1, or \"each\"".to_owned(), hint("2")),
                ("on", _) => self.fail(&key, "`on` is \"bump\" or \"final\"".to_owned(), hint("\"bump\"")),
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
        let (on_bump, on_final) = (on.is_some(), on == Some("final"));
        Some(Some(EntryConfig { format, locator, template, count, on_bump, on_final }))
    }
}
