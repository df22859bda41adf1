//! The way back: from a place in a structured text to the path that a person would write for it.
//!
//! A format records the tree of its values here, in one pass. An element of a list is named by a field of its own,
//! never by where it stands, unless it is the only one.

use std::ops::Range;

use super::walk::Shape;
use super::{Path, Segment};

/// Fields that say which element of a list it is, the best first.
const NAMES: &[&str] = &[
    "name",
    "id",
    "key",
    "@Include",
    "@Update",
    "artifactId",
    "@id",
    "@name",
    "alias",
    "package",
    "slug",
    "chart",
    "repository",
    "path",
    "file",
    "url",
    "title",
    "type",
    "kind",
];

/// A value, the key or the list that it belongs to, and where it stands.
#[derive(Clone, Debug)]
struct Node {
    parent: Option<usize>,
    /// None for a root and for an element of a list.
    key: Option<String>,
    kind: Kind,
    children: Vec<usize>,
}

#[derive(Clone, Debug)]
enum Kind {
    Map,
    Seq,
    Scalar(Range<usize>, String),
    /// A key that is no scalar, an alias: nothing below it has a path.
    Odd,
}

/// Every value of a text, with the way to it.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    nodes: Vec<Node>,
    open: Vec<usize>,
    key: Option<String>,
}

impl Outline {
    /// A key of the open mapping: it names the next value.
    pub fn key(&mut self, key: &str) {
        self.key = Some(key.to_owned());
    }

    /// A mapping or list begins.
    pub fn open(&mut self, shape: Shape) {
        let kind = if shape == Shape::Map { Kind::Map } else { Kind::Seq };
        let at = self.add(kind);
        self.open.push(at);
    }

    /// The open mapping or list ends.
    pub fn close(&mut self) {
        self.open.pop();
        self.key = None;
    }

    /// A value.
    pub fn scalar(&mut self, span: Range<usize>, value: &str) {
        self.add(Kind::Scalar(span, value.to_owned()));
    }

    /// A value that stands elsewhere.
    pub fn alias(&mut self) {
        self.add(Kind::Odd);
    }

    fn add(&mut self, kind: Kind) -> usize {
        let parent = self.open.last().copied();
        let key = self.key.take();
        // In a mapping, what comes without a key is one itself.
        let odd =
            key.is_none() && parent.is_some_and(|parent| matches!(self.nodes[parent].kind, Kind::Map | Kind::Odd));
        let at = self.nodes.len();
        if let Some(parent) = parent {
            self.nodes[parent].children.push(at);
        }
        self.nodes.push(Node { parent, key, kind: if odd { Kind::Odd } else { kind }, children: Vec::new() });
        at
    }

    /// Every value that is reached by keys alone: its path, and where it stands.
    pub fn plain(&self) -> Vec<(String, Range<usize>)> {
        let by_keys = |at: &usize| self.way(*at).iter().all(|&at| self.nodes[at].key.is_some() || self.root(at));
        let scalars =
            (0..self.nodes.len()).filter(|&at| matches!(self.nodes[at].kind, Kind::Scalar(..))).filter(by_keys);
        scalars.filter_map(|at| Some((self.path(at, None)?.to_string(), self.span(at)?.clone()))).collect()
    }

    /// The value in which `span` stands: what it says, and the paths that may name it, the best first. A path may hit
    /// elsewhere too: only the format can tell.
    pub fn paths(&self, span: &Range<usize>) -> Vec<String> {
        let covers = |at: &usize| self.span(*at).is_some_and(|of| of.start <= span.start && span.end <= of.end);
        let Some(at) = (0..self.nodes.len()).find(covers) else { return Vec::new() };
        let mut paths: Vec<String> = self.path(at, None).iter().map(ToString::to_string).collect();
        // Where the keys alone name several: the nearest mapping that says who it is.
        for map in self.way(at).into_iter().rev().filter(|&map| matches!(self.nodes[map].kind, Kind::Map)) {
            if self.root(map) || (self.nodes[map].key.is_some() && self.twins(map) > 1) {
                let names = self.names(map).map(|name| self.path(at, Some((map, select(name)))));
                paths.extend(names.flatten().map(|path| path.to_string()));
            }
        }
        paths
    }

    fn span(&self, at: usize) -> Option<&Range<usize>> {
        match &self.nodes[at].kind {
            Kind::Scalar(span, _) => Some(span),
            _ => None,
        }
    }

    fn root(&self, at: usize) -> bool {
        self.nodes[at].parent.is_none()
    }

    /// From the root to the value itself.
    fn way(&self, at: usize) -> Vec<usize> {
        let mut way: Vec<usize> = std::iter::successors(Some(at), |&at| self.nodes[at].parent).collect();
        way.reverse();
        way
    }

    /// How many of the same key stand beside it, itself included: in XML there may be several.
    fn twins(&self, at: usize) -> usize {
        let node = &self.nodes[at];
        let beside = node.parent.map_or(&[][..], |parent| &self.nodes[parent].children);
        beside.iter().filter(|&&other| self.nodes[other].key == node.key).count()
    }

    /// The path to a value; `chosen` is a mapping on the way that a field has to choose.
    fn path(&self, at: usize, chosen: Option<(usize, Segment)>) -> Option<Path> {
        let mut segments = Vec::new();
        for at in self.way(at) {
            let node = &self.nodes[at];
            if matches!(node.kind, Kind::Odd) {
                return None;
            }
            match (&node.key, node.parent) {
                (Some(key), _) if moving(key) => return None,
                (Some(key), _) => segments.push(Segment::Key(key.clone())),
                (None, None) => {}
                (None, Some(list)) => segments.push(self.element(at, list)?),
            }
            segments.extend(chosen.iter().filter(|(map, _)| *map == at).map(|(_, name)| name.clone()));
        }
        (!segments.is_empty()).then_some(Path { segments })
    }

    /// The element of a list: by its name, which no other has, or as the only one.
    fn element(&self, at: usize, list: usize) -> Option<Segment> {
        let elements = &self.nodes[list].children;
        let unique = |(field, value): &(Vec<&str>, &str)| {
            elements.iter().filter(|&&other| self.text(other, field) == Some(value)).count() == 1
        };
        let named = self.names(at).find(unique).map(select);
        named.or_else(|| (elements.len() == 1).then_some(Segment::Index(0)))
    }

    /// What a mapping says of who it is, the best first.
    fn names(&self, map: usize) -> impl Iterator<Item = (Vec<&'static str>, &str)> {
        let fields = NAMES.iter().map(|name| vec![*name]).chain([vec!["metadata", "name"]]);
        fields
            .filter_map(move |field| Some((self.text(map, &field).filter(|value| tells(value))?, field)))
            .map(|(value, field)| (field, value))
    }

    /// What stands in a field of a mapping.
    fn text(&self, at: usize, field: &[&str]) -> Option<&str> {
        match (&self.nodes[at].kind, field) {
            (Kind::Scalar(_, value), []) => Some(value),
            (Kind::Map, [name, rest @ ..]) => {
                let key = |child: &&usize| self.nodes[**child].key.as_deref() == Some(*name);
                self.nodes[at].children.iter().find(key).and_then(|&child| self.text(child, rest))
            }
            _ => None,
        }
    }
}

fn select((field, value): (Vec<&str>, &str)) -> Segment {
    let field = field.into_iter().map(|key| Segment::Key(key.to_owned())).collect();
    Segment::Select { field, value: value.to_owned() }
}

/// Does the text name something for good?
fn tells(value: &str) -> bool {
    !value.is_empty() && value.len() <= 60 && !moving(value) && !value.contains(['\n', '\r', '{', '}', '$'])
}

/// Does it hold digits with a dot between them: a version, which is another one tomorrow?
fn moving(text: &str) -> bool {
    text.as_bytes().windows(3).any(|three| three[0].is_ascii_digit() && three[1] == b'.' && three[2].is_ascii_digit())
}
