//! `yaml`: Helm charts and values, compose files, workflows, playbooks.
//!
//! One streaming pass over all documents of the file. What can't be trusted is refused where it is on a locator's way:
//! a key that stands twice, an alias, a value that only a merge brings, a block of several lines. Everywhere else it is
//! none of our business.

mod scalar;
pub mod tree;

use super::path::outline::Outline;
use super::path::walk::{Detour, Shape, Target, Walk};
use super::path::{self, Path};
use super::{Format, Hit, Leaf, LocateError, Reading, fingerprint, invalid};
use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, options};
use std::collections::HashMap;
use std::ops::Range;

/// The format.
pub static FORMAT: Yaml = Yaml;

/// See the module.
pub struct Yaml;

impl Format for Yaml {
    fn name(&self) -> &'static str {
        "yaml"
    }

    fn about(&self) -> &'static str {
        "the path of a value in YAML, in any document of the file: `image.tag`, `containers[name=web].image`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        Path::parse(locator).map(drop)
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let paths = path::parse_all(locators)?;
        let mut pass = Pass::new(text, Walk::new(&paths), leaves);
        pass.run().map_err(|error| explain(text, error))?;
        let leaves = std::mem::take(&mut pass.leaves);
        let (hits, detours) = pass.walk.finish().map_err(|error| explain_template(text, error))?;
        follow(text, detours)?;
        Ok(Reading { hits, leaves })
    }

    fn outline(&self, text: &str) -> Option<Outline> {
        let mut pass = Pass::new(text, Walk::recording(), false);
        pass.run().ok().map(|()| pass.walk.recorded())
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        scalar::encode(text, hit, value)
    }
}

/// How deep merges of merges are followed; also the end for a mapping that merges itself.
const MERGE_DEPTH: usize = 16;

/// A detour that ends at a value is an error that names the anchor; one that ends nowhere is no hit at all.
fn follow(text: &str, mut detours: Vec<Detour<'_>>) -> Result<(), LocateError> {
    for _ in 0..MERGE_DEPTH {
        if detours.is_empty() {
            break;
        }
        let mut pass = Pass::new(text, Walk::new(&[]), false);
        for (index, detour) in detours.iter().enumerate() {
            pass.detours.entry(detour.target).or_default().push((index, detour.clone()));
        }
        pass.run().map_err(|error| explain(text, error))?;
        detours = pass.walk.finish_detours(&detours)?;
    }
    Ok(())
}

/// One run of the parser over the text.
struct Pass<'t, 'p> {
    text: &'t str,
    walk: Walk<'p>,
    want_leaves: bool,
    leaves: Vec<Leaf>,
    /// The anchored scalars so far: a selector's field may be an alias of one.
    anchors: HashMap<usize, String>,
    /// The paths that go on from a node, when detours are followed.
    detours: HashMap<Target, Vec<(usize, Detour<'p>)>>,
}

fn parser(text: &str) -> Parser<'_, StrInput<'_>> {
    Parser::new_from_str_with_options(text, options! { emit_comments: false })
}

impl<'t, 'p> Pass<'t, 'p> {
    fn new(text: &'t str, walk: Walk<'p>, want_leaves: bool) -> Self {
        Self { text, walk, want_leaves, leaves: Vec::new(), anchors: HashMap::new(), detours: HashMap::new() }
    }

    fn run(&mut self) -> Result<(), ScanError> {
        for item in parser(self.text) {
            let (event, place) = item?;
            let at = place.start.byte_offset().unwrap_or_default();
            match event {
                Event::DocumentStart(..) => self.walk.document(),
                Event::MappingStart(_, anchor, _) => self.open(Shape::Map, at, anchor),
                Event::SequenceStart(_, anchor, _) => self.open(Shape::Seq, at, anchor),
                Event::MappingEnd | Event::SequenceEnd => self.walk.close(),
                Event::Alias(anchor) => self.alias(anchor, &place),
                Event::Scalar(value, style, anchor, tag) => {
                    let scalar = Scalar { value: &value, style, tag: tag.is_some().then(|| tag_letter(tag.as_deref())) };
                    if anchor != 0 {
                        self.anchors.insert(anchor, value.to_string());
                    }
                    self.scalar(scalar, &place);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn open(&mut self, shape: Shape, at: usize, anchor: usize) {
        self.walk.node();
        if !self.detours.is_empty() {
            let anchored = (anchor != 0).then_some(Target::Anchor(anchor));
            let inline = (shape == Shape::Map).then_some(Target::At(at));
            for target in anchored.iter().chain(&inline) {
                let here = self.detours.get(target).map_or(&[][..], Vec::as_slice);
                here.iter().for_each(|(index, detour)| self.walk.resume(*index, detour));
            }
        }
        self.walk.open(shape, at);
    }

    fn alias(&mut self, anchor: usize, place: &Span) {
        let span = place.byte_range().unwrap_or_default();
        let name = self.text.get(span.clone()).unwrap_or_default().trim_start_matches('*');
        if self.want_leaves {
            self.leaves.push(Leaf { span: span.clone(), print: fingerprint(b'*', name) });
        }
        self.walk.node();
        let value = self.anchors.get(&anchor).map(String::as_str);
        self.walk.alias(span.start, name, Target::Anchor(anchor), value);
    }

    fn scalar(&mut self, scalar: Scalar<'_>, place: &Span) {
        let is_key = self.walk.at_key();
        let awaited = !is_key && self.walk.node();
        if is_key {
            self.walk.key(scalar.value, place.start.byte_offset().unwrap_or_default());
        }
        if !(awaited || self.want_leaves) {
            return;
        }
        let raw = place.byte_range().unwrap_or_default();
        let (span, value) = settle(self.text, raw, &scalar, is_key);
        if self.want_leaves {
            self.leaves.push(Leaf { span: span.clone(), print: fingerprint(scalar.letter(span.is_empty()), value) });
        }
        if awaited {
            let refusal = scalar.refusal(self.text, &span, value);
            self.walk.scalar(span, value, refusal);
        }
    }
}

/// A scalar event.
struct Scalar<'v> {
    value: &'v str,
    style: ScalarStyle,
    /// The letter of its type, if a tag says it.
    tag: Option<u8>,
}

fn tag_letter(tag: Option<&granit_parser::Tag>) -> u8 {
    if tag.and_then(|tag| tag.core_suffix()) == Some("str") { b's' } else { b'!' }
}

impl Scalar<'_> {
    fn is_block(&self) -> bool {
        matches!(self.style, ScalarStyle::Literal | ScalarStyle::Folded)
    }

    /// The letter of the type as which readers take the scalar.
    fn letter(&self, empty: bool) -> u8 {
        match (self.tag, self.style) {
            (Some(letter), _) => letter,
            (None, ScalarStyle::Plain) if empty => b'n',
            (None, ScalarStyle::Plain) => scalar::kind(self.value),
            _ => b's',
        }
    }

    /// Why this scalar can't be a site.
    fn refusal(&self, text: &str, span: &Range<usize>, value: &str) -> Option<LocateError> {
        let token = &text[span.clone()];
        if self.is_block() && (token != value || token.is_empty() || token.contains(['\n', '\r'])) {
            let error = LocateError::new("the value is a block of several lines").at(span.start);
            return Some(error.hint("name the place in it with `text.'…{}…'`"));
        }
        if span.is_empty() && !scalar::can_begin(text, span.start) {
            let error = LocateError::new("the key has neither a colon nor a value").at(span.start);
            return Some(error.hint("write `key: value` in the file first"));
        }
        None
    }
}

/// The bytes that a splice replaces, and the value without what the parser adds.
///
/// The parser puts an empty value before the colon of its key and calls it `~`; a block scalar's bytes run on to the
/// next node and begin after the indentation.
fn settle<'v>(text: &str, raw: Range<usize>, scalar: &Scalar<'v>, is_key: bool) -> (Range<usize>, &'v str) {
    if scalar.is_block() {
        if scalar.value.is_empty() {
            return (raw.end..raw.end, "");
        }
        let token = text[raw.clone()].trim_end_matches(['\n', '\r', ' ']);
        return (raw.start..raw.start + token.len(), scalar.value.trim_end_matches(['\n', ' ']));
    }
    if !raw.is_empty() || is_key {
        return (raw, scalar.value);
    }
    let blanks = text[raw.start..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let colon = raw.start + blanks;
    let start = if text[colon..].starts_with(':') { colon + 1 } else { raw.start };
    (start..start, "")
}

/// Says of a text that is no YAML whether it is a template of YAML.
fn explain(text: &str, error: ScanError) -> LocateError {
    let at = error.marker().byte_offset().unwrap_or_default().min(text.len());
    if text.contains("{{") {
        return template(at);
    }
    invalid(text, "YAML", &error.info(), at)
}

fn template(at: usize) -> LocateError {
    LocateError::new("the file is a Go template, not YAML").at(at).hint("name the place with `text.'…{}…'` instead")
}

/// `{{ .Values.x }}` is a mapping in a mapping to YAML, and a template to everybody else.
fn explain_template(text: &str, error: LocateError) -> LocateError {
    match error.offset {
        Some(at) if text[at..].starts_with("{{") => template(at),
        _ => error,
    }
}

#[cfg(test)]
mod tests;
