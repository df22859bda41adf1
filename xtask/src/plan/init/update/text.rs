//! Changes of a configuration's text that keep every other byte.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

/// Bytes that are replaced by a text; an insertion where there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Range<usize>,
    /// What comes.
    pub text: String,
}

impl Edit {
    /// The text with all of these made. They don't overlap.
    pub fn apply(text: &str, edits: &[Self]) -> String {
        let mut sorted: Vec<&Self> = edits.iter().collect();
        sorted.sort_by_key(|edit| edit.span.start);
        let mut new = String::with_capacity(text.len() + 256);
        let mut from = 0;
        for edit in sorted {
            new.push_str(&text[from..edit.span.start]);
            new.push_str(&edit.text);
            from = edit.span.end;
        }
        new + &text[from..]
    }
}

/// Tables behind the last `[[manifest]]`, or at the end where there is none. They begin with an empty line.
pub(super) fn insert(text: &str, tables: &str) -> Edit {
    let at = last_manifest(text).map_or(text.len(), |at| text[at..].find('\n').map_or(text.len(), |end| at + end + 1));
    let open = at > 0 && !text[..at].ends_with('\n');
    let tables = if open { format!("\n{tables}") } else { tables.to_owned() };
    let tables = if text.contains("\r\n") { tables.replace('\n', "\r\n") } else { tables };
    Edit { span: at..at, text: tables }
}

/// The last byte of the last manifest.
fn last_manifest(text: &str) -> Option<usize> {
    let document: Document<&str> = Document::parse(text).ok()?;
    let last = document.get("manifest")?.as_array_of_tables()?.iter().last()?;
    end_of(last)
}

fn end_of(table: &dyn TableLike) -> Option<usize> {
    let inner = |item: &Item| match item {
        Item::Value(value) => {
            value.span().map(|span| span.end).max(value.as_inline_table().and_then(|table| end_of(table)))
        }
        Item::Table(table) => end_of(table),
        _ => None,
    };
    table.iter().filter_map(|(_, item)| inner(item)).max()
}

/// The bytes of a manifest, from its header on.
pub(super) fn span_of_manifest(text: &str, index: usize) -> Option<Range<usize>> {
    let document: Document<&str> = Document::parse(text).ok()?;
    let table = document.get("manifest")?.as_array_of_tables()?.get(index)?;
    let first = table.iter().filter_map(|(_, item)| start_of(item)).min()?;
    Some(text[..first].rfind("[[")?..end_of(table)?)
}

fn start_of(item: &Item) -> Option<usize> {
    match item {
        Item::Value(value) => value.span().map(|span| span.start),
        Item::Table(table) => table.iter().filter_map(|(_, item)| start_of(item)).min(),
        _ => None,
    }
}

/// Lines as comments: those that these bytes touch.
pub fn comment_out(text: &str, span: &Range<usize>) -> Edit {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
    let lines = text[start..end].split_inclusive('\n').map(|line| match line.trim().is_empty() {
        true => line.to_owned(),
        false => format!("# {line}"),
    });
    Edit { span: start..end, text: lines.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MORE: &str = "\n[[manifest]]\npath = \"new\"\n";

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(Edit::apply(text, &[insert(text, MORE)]), want);
    }

    #[test]
    fn new_manifests_stand_behind_the_last_one() {
        let one = "[[manifest]]\npath = \"a\"\nyaml.x.y = \"{app}\" # why\n";
        check(one, &format!("{one}{MORE}"));
        check(&format!("{one}\n[[allow]]\nsays = \"1\"\n"), &format!("{one}{MORE}\n[[allow]]\nsays = \"1\"\n"));
        let list = "[[manifest]]\nyaml.x = { template = \"1\", on = \"bump\" }\npath = [\n  \"a\",\n  \"b\",\n]\n";
        check(&format!("{list}# the end"), &format!("{list}{MORE}# the end"));
        check("[track.app]", &format!("[track.app]\n{MORE}"));
        check("a = 1\r\n", &format!("a = 1\r\n{}", MORE.replace('\n', "\r\n")));
    }

    #[test]
    fn a_manifest_from_its_header_to_its_last_value() {
        let text = "[a]\n\n[[manifest]]\npath = [\"x[[y\"]\nyaml.a.b = \"1\"\n# more\n\n[[manifest]]\npath = \"z\"\n";
        let span = |index| span_of_manifest(text, index).map(|span| &text[span]);
        assert_eq!(span(0), Some("[[manifest]]\npath = [\"x[[y\"]\nyaml.a.b = \"1\""));
        assert_eq!(span(1), Some("[[manifest]]\npath = \"z\""));
        assert_eq!(span(2), None);
    }

    #[test]
    fn lines_become_comments_whole() {
        let text = "a = 1\nb = 2\n\nc = 3\n";
        let edit = comment_out(text, &(8..16));
        assert_eq!(Edit::apply(text, &[edit]), "a = 1\n# b = 2\n\n# c = 3\n");
    }
}
