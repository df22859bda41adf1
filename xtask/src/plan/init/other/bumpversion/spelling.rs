//! `parse` and `serialize`: how the version is taken apart, and how a file spells it.

use regex_lite::RegexBuilder;

use super::super::find::{self, Piece};
use super::super::{python, tree::Node};
use super::settings::{File, Settings};
use crate::plan::init::token;
use crate::version::{Scheme, Version};

const PARSE: &str = r"(?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)";
const SERIALIZE: &str = "{major}.{minor}.{patch}";

/// The form of a field behind the third: a piece of a pre-release, for which templates have no word.
const NAMELESS: &str = "?";

/// The version's fields, and the general formats.
pub(super) struct Spelling {
    current: String,
    /// Names and values, in the order of the first format.
    fields: Vec<Field>,
    formats: Vec<String>,
}

#[derive(Clone)]
struct Field {
    name: String,
    value: String,
    /// The value that needn't be written.
    optional: String,
    /// One that comes before a release: `rc`, `beta`.
    word: Option<String>,
}

/// How one file spells the version.
pub(super) struct Spelled<'a> {
    spelling: &'a Spelling,
    pieces: Vec<Piece>,
}

impl Spelling {
    /// Takes the version apart; the error says why it can't be.
    pub fn new(settings: &Settings, current: &str) -> Result<Self, String> {
        let parse = settings.text("parse").unwrap_or(PARSE);
        let pattern = RegexBuilder::new(parse).ignore_whitespace(true).build();
        let pattern = pattern.map_err(|_| format!("the pattern `{}` can't be read here", one_line(parse)))?;
        let caught = pattern.captures(current).ok_or_else(|| format!("`{current}` is no version by this pattern"))?;
        let formats = texts(&settings.items("serialize"));
        let formats = if formats.is_empty() { vec![String::from(SERIALIZE)] } else { formats };
        let mut names: Vec<String> = python::fields(&formats[0]).into_iter().map(str::to_owned).collect();
        let others = pattern.capture_names().flatten().map(str::to_owned);
        names.extend(others.filter(|name| !names.contains(name)).collect::<Vec<_>>());
        let field = |name: String| {
            let value = caught.name(&name).map_or("", |found| found.as_str()).to_owned();
            Field::new(settings, name, value)
        };
        Ok(Self { current: current.to_owned(), fields: names.into_iter().map(field).collect(), formats })
    }

    /// The scheme that its pre-releases keep; none for the default one.
    pub fn scheme(&self) -> Option<&'static str> {
        let word = |field: &Field| match &field.word {
            Some(word) => word.clone(),
            None => String::from("1"),
        };
        let sample: String = python::pieces(self.formats.first()?)?
            .into_iter()
            .map(|piece| match piece {
                python::Piece::Literal(text) => text,
                python::Piece::Field(name, _) => self.field(name).map_or(String::new(), word),
            })
            .collect();
        let fits =
            |text: &str, scheme: Scheme| Version::parse(text).is_ok_and(|version| scheme.check(&version).is_ok());
        let both = |scheme| fits(&sample, scheme) && fits(&self.current, scheme);
        match () {
            () if both(Scheme::Semver) => None,
            () if both(Scheme::Pep440) => Some("pep440"),
            () => Some("loose"),
        }
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// How a file spells the version: by its own formats, else by the general ones.
    pub fn of_file(&self, file: &File) -> Result<Spelled<'_>, String> {
        let own = texts(&file.node.get_items("serialize"));
        let formats = if own.is_empty() { &self.formats } else { &own };
        let format = self.chosen(formats).ok_or_else(|| String::from("no format of `serialize` fits the version"))?;
        let pieces = self.format(format).ok_or_else(|| format!("`{format}` has a field that is no part of it"))?;
        let said = find::said(&pieces);
        let fewer = python::fields(format).len() < python::fields(&self.formats[0]).len() && !own.is_empty();
        // As a whole, in whichever dialect.
        if !fewer && (own.is_empty() || token::dialect(&self.current, &said).is_some()) {
            return Ok(Spelled { spelling: self, pieces: vec![Piece::Slot("", said)] });
        }
        let pieces = find::joined(pieces, "");
        match pieces.iter().any(is_nameless) {
            true => Err(format!("`{format}` has a part of the version that has no name here")),
            false => Ok(Spelled { spelling: self, pieces }),
        }
    }

    /// The shortest format with all fields that must be written; of equals the first. Without one that has them all,
    /// the shortest.
    fn chosen<'f>(&self, formats: &'f [String]) -> Option<&'f String> {
        let needed: Vec<&Field> =
            self.fields.iter().filter(|field| field.value != field.optional && !field.value.is_empty()).collect();
        let whole = |format: &&String| {
            let fields = python::fields(format);
            needed.iter().all(|need| fields.contains(&need.name.as_str()))
        };
        formats.iter().min_by_key(|format| (!whole(format), python::fields(format).len()))
    }

    /// A format with the fields' values.
    fn format(&self, format: &str) -> Option<Vec<Piece>> {
        let piece = |piece| match piece {
            python::Piece::Literal(text) => Some(Piece::Literal(text)),
            python::Piece::Field(name, "") => self.slot(name),
            python::Piece::Field(..) => None,
        };
        python::pieces(format)?.into_iter().map(piece).collect()
    }

    fn slot(&self, name: &str) -> Option<Piece> {
        let at = self.fields.iter().position(|field| field.name == name)?;
        let form = [".major", ".minor", ".patch"].get(at).copied().unwrap_or(NAMELESS);
        let field = &self.fields[at];
        let value = if field.value.is_empty() { &field.optional } else { &field.value };
        Some(Piece::Slot(form, value.clone()))
    }
}

impl Spelled<'_> {
    /// The pieces of `search` (`when` is `current`) or `replace` (`new`); none where there is a date or the like.
    /// `groups`: are `\1` and `\g<name>` groups of a pattern?
    pub fn pieces(&self, text: &str, when: &str, groups: bool) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        for piece in python::pieces(text)? {
            match piece {
                python::Piece::Literal(text) if groups => pieces.extend(with_groups(&text)),
                python::Piece::Literal(text) => pieces.push(Piece::Literal(text)),
                python::Piece::Field(name @ ("#" | ";"), "") => pieces.push(Piece::literal(name)),
                python::Piece::Field(name, "") => {
                    let rest = name.strip_prefix(when)?.strip_prefix('_')?;
                    match rest {
                        "version" => pieces.extend(self.pieces.clone()),
                        part => pieces.push(self.spelling.slot(part)?),
                    }
                }
                python::Piece::Field(..) => return None,
            }
        }
        let pieces = find::joined(pieces, &self.spelling.current);
        (!pieces.iter().any(is_nameless)).then_some(pieces)
    }
}

fn is_nameless(piece: &Piece) -> bool {
    matches!(piece, Piece::Slot(NAMELESS, _))
}

/// Python's `\1`, `\g<1>` and `\g<name>` in a replacement.
fn with_groups(text: &str) -> Vec<Piece> {
    let (mut pieces, mut literal, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find('\\') {
        literal.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let named = after.strip_prefix("g<").and_then(|name| name.split_once('>'));
        let digits = after.bytes().take_while(u8::is_ascii_digit).count().min(2);
        let (name, next) = match named {
            Some((name, next)) => (name, next),
            None if digits > 0 => after.split_at(digits),
            None => {
                let next = after.chars().next().map_or(0, char::len_utf8);
                literal.push_str(match &after[..next] {
                    "n" => "\n",
                    "t" => "\t",
                    other => other,
                });
                rest = &after[next..];
                continue;
            }
        };
        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        pieces.push(Piece::Group(name.to_owned()));
        rest = next;
    }
    literal.push_str(rest);
    pieces.push(Piece::Literal(literal));
    pieces
}

impl Field {
    fn new(settings: &Settings, name: String, value: String) -> Self {
        let part = settings.parts.iter().find(|(part, _)| *part == name).map(|(_, part)| part);
        let text = |key: &str| part.and_then(|part| part.get_text(key)).map(str::to_owned);
        let values = part.map_or_else(Vec::new, |part| texts(&part.get_items("values")));
        let first = values.first().cloned();
        let optional = text("optional_value").or(first).or(text("first_value")).unwrap_or_else(|| String::from("0"));
        let word = values.iter().find(|value| **value != optional).cloned();
        Self { name, value, optional, word }
    }
}

fn texts(nodes: &[&Node]) -> Vec<String> {
    nodes.iter().filter_map(|node| node.text().map(str::to_owned)).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
