//! A whole YAML document as a tree of spans: for files that get new entries, not only new values.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use granit_parser::{Event, Span, StructureStyle};

use super::{Scalar, explain, parser, settle, tag_letter};
use crate::locate::LocateError;

/// Deeper than this no file that a person reads is nested.
const DEPTH: usize = 64;

/// A value of a document, and the bytes it stands in: of a collection from its first child, or its bracket, to the end
/// of its last.
#[derive(Clone, Debug)]
pub struct Node<'t> {
    /// See [`Node`].
    pub span: Range<usize>,
    /// What it is.
    pub value: Value<'t>,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Value<'t> {
    /// Its text without quotes, and the letter of its type: `s` text, `n` nothing, `i` and `f` numbers …
    Scalar(Cow<'t, str>, u8),
    /// Keys and values, in order; in braces?
    Map(Vec<(Node<'t>, Node<'t>)>, bool),
    /// Its items; in brackets?
    Seq(Vec<Node<'t>>, bool),
    /// The name of the anchor.
    Alias(&'t str),
}

impl<'t> Node<'t> {
    /// The key and the value of this key; none if there is none, or if it is no mapping.
    pub fn find(&self, key: &str) -> Option<&(Node<'t>, Node<'t>)> {
        self.pairs().iter().find(|(name, _)| name.text() == Some(key))
    }

    /// The value of this key.
    pub fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.find(key).map(|(_, value)| value)
    }

    /// The text of the scalar at this key.
    pub fn get_text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The pairs of a mapping; of anything else none.
    pub fn pairs(&self) -> &[(Node<'t>, Node<'t>)] {
        match &self.value {
            Value::Map(pairs, _) => pairs,
            _ => &[],
        }
    }

    /// The items of a sequence; of anything else none.
    pub fn items(&self) -> &[Node<'t>] {
        match &self.value {
            Value::Seq(items, _) => items,
            _ => &[],
        }
    }

    /// Nothing is said: no value, `~`, `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(_, b'n'))
    }

    /// Written in brackets or braces.
    pub fn is_flow(&self) -> bool {
        matches!(self.value, Value::Map(_, true) | Value::Seq(_, true))
    }

    /// Do both say the same, wherever and however it is written?
    pub fn says(&self, other: &Node<'_>) -> bool {
        match (&self.value, &other.value) {
            (Value::Scalar(one, letter), Value::Scalar(other, other_letter)) => one == other && letter == other_letter,
            (Value::Seq(one, _), Value::Seq(other, _)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.says(other))
            }
            (Value::Map(one, _), Value::Map(other, _)) => {
                let pair = |((key, value), (other_key, other_value)): (&(Node<'_>, Node<'_>), &(Node<'_>, Node<'_>))| {
                    key.says(other_key) && value.says(other_value)
                };
                one.len() == other.len() && one.iter().zip(other).all(pair)
            }
            (Value::Alias(one), Value::Alias(other)) => one == other,
            _ => false,
        }
    }
}

/// Reads a text that holds one document, or none: an empty one says null.
///
/// Errors: no YAML, several documents, a key that stands twice, deeper than any real file.
pub fn parse(text: &str) -> Result<Node<'_>, LocateError> {
    let mut build = Build { text, open: Vec::new(), root: None };
    for item in parser(text) {
        let (event, place) = item.map_err(|error| explain(text, error))?;
        build.take(event, &place)?;
    }
    let nothing = Node { span: text.len()..text.len(), value: Value::Scalar(Cow::Borrowed(""), b'n') };
    Ok(build.root.unwrap_or(nothing))
}

struct Build<'t> {
    text: &'t str,
    open: Vec<Open<'t>>,
    root: Option<Node<'t>>,
}

/// A collection that isn't closed yet.
struct Open<'t> {
    node: Node<'t>,
    key: Option<Node<'t>>,
    known: HashSet<Cow<'t, str>>,
}

impl<'t> Build<'t> {
    fn take(&mut self, event: Event<'t>, place: &Span) -> Result<(), LocateError> {
        let at = place.start.byte_offset().unwrap_or_default();
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(LocateError::new("there is a second document").at(at).hint("this file holds one"))
            }
            Event::MappingStart(style, ..) => self.enter(at, Value::Map(Vec::new(), style == StructureStyle::Flow)),
            Event::SequenceStart(style, ..) => self.enter(at, Value::Seq(Vec::new(), style == StructureStyle::Flow)),
            Event::MappingEnd | Event::SequenceEnd => {
                let Some(mut open) = self.open.pop() else { return Ok(()) };
                if open.node.is_flow() {
                    open.node.span.end = place.byte_range().unwrap_or_default().end;
                }
                self.put(open.node)
            }
            Event::Alias(_) => {
                let span = place.byte_range().unwrap_or_default();
                let name = self.text.get(span.clone()).unwrap_or_default();
                self.put(Node { span, value: Value::Alias(name) })
            }
            Event::Scalar(value, style, _, tag) => {
                let scalar = Scalar { value: &value, style, tag: tag.is_some().then(|| tag_letter(tag.as_deref())) };
                let raw = place.byte_range().unwrap_or_default();
                let (span, _) = settle(self.text, raw, &scalar, self.awaits_key());
                let letter = scalar.letter(span.is_empty());
                self.put(Node { span, value: Value::Scalar(value, letter) })
            }
            _ => Ok(()),
        }
    }

    fn awaits_key(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.node.value, Value::Map(..)) && open.key.is_none())
    }

    fn enter(&mut self, at: usize, value: Value<'t>) -> Result<(), LocateError> {
        if self.open.len() == DEPTH {
            let message = format!("more than {DEPTH} levels deep");
            return Err(LocateError::new(message).at(at).hint("no real file of this kind is"));
        }
        self.open.push(Open { node: Node { span: at..at, value }, key: None, known: HashSet::new() });
        Ok(())
    }

    fn put(&mut self, node: Node<'t>) -> Result<(), LocateError> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.node.span.end = open.node.span.end.max(node.span.end);
        match (&mut open.node.value, open.key.take()) {
            (Value::Seq(items, flow), _) => {
                // The parser puts the start of some lists before their first `-` and of others behind it.
                if items.is_empty() && !*flow {
                    open.node.span.start = node.span.start;
                }
                items.push(node);
            }
            (Value::Map(pairs, _), Some(key)) => pairs.push((key, node)),
            (Value::Map(pairs, _), None) => {
                if let Value::Scalar(text, _) = &node.value
                    && stands_twice(pairs, &mut open.known, &node)
                {
                    let error = LocateError::new(format!("the key `{text}` stands twice")).at(node.span.start);
                    return Err(error.hint("take one of them out: readers differ in which they believe"));
                }
                open.key = Some(node);
            }
            (Value::Scalar(..) | Value::Alias(_), _) => {}
        }
        Ok(())
    }
}

/// Most mappings are small: comparing costs less than hashing. `known` holds the keys of the large ones.
fn stands_twice<'t>(pairs: &[(Node<'t>, Node<'t>)], known: &mut HashSet<Cow<'t, str>>, key: &Node<'t>) -> bool {
    const SMALL: usize = 32;
    let Value::Scalar(key, _) = &key.value else { return false };
    if pairs.len() < SMALL {
        return pairs.iter().any(|(other, _)| matches!(&other.value, Value::Scalar(text, _) if text == key));
    }
    if known.is_empty() {
        known.extend(pairs.iter().filter_map(|(other, _)| match &other.value {
            Value::Scalar(text, _) => Some(text.clone()),
            _ => None,
        }));
    }
    !known.insert(key.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, message: &str, at: usize) {
        let error = parse(text).unwrap_err();
        assert_eq!((error.message.as_str(), error.offset), (message, Some(at)));
    }

    #[test]
    fn nodes_know_where_they_stand() {
        let text = "entries:\n  acme:\n  - name: acme\n    notes: |\n      a\n      b\n  - name: x\nempty: {}\nnone:\n";
        let root = parse(text).unwrap();
        let list = root.get("entries").unwrap().get("acme").unwrap();
        assert_eq!(&text[list.span.clone()], "name: acme\n    notes: |\n      a\n      b\n  - name: x");
        assert_eq!(&text[list.items()[0].span.clone()], "name: acme\n    notes: |\n      a\n      b");
        assert_eq!(list.items()[0].get_text("notes"), Some("a\nb\n"));
        assert_eq!(&text[root.get("empty").unwrap().span.clone()], "{}");
        assert!(root.get("empty").unwrap().is_flow() && root.get("none").unwrap().is_null());
        assert_eq!(root.get("none").unwrap().span, text.len() - 1..text.len() - 1);
        assert!(parse("").unwrap().is_null() && parse("# only a comment\n").unwrap().is_null());
    }

    #[test]
    fn what_cannot_be_trusted_is_refused() {
        refused("a: 1\nb: 2\na: 3\n", "the key `a` stands twice", 10);
        let many: String = (0..40).map(|at| format!("k{at}: 1\n")).collect();
        refused(&format!("{many}k7: 1\n"), "the key `k7` stands twice", many.len());
        refused("a: 1\n---\nb: 2\n", "there is a second document", 5);
        refused(&("[".repeat(65) + &"]".repeat(65)), "more than 64 levels deep", 64);
        assert!(parse("a: [\n").unwrap_err().message.starts_with("not valid YAML"));
    }

    #[test]
    fn what_is_said_counts_not_how() {
        let says = |one: &str, other: &str| parse(one).unwrap().says(&parse(other).unwrap());
        assert!(says("a: {b: [1, 'x']}\n", "a:\n  b:\n  - 1\n  - x\n"));
        assert!(!says("a: 1\n", "a: '1'\n"));
        assert!(!says("a: 1\nb: 2\n", "b: 2\na: 1\n"));
        assert!(!says("a: [1]\n", "a: [1, 2]\n"));
    }
}
