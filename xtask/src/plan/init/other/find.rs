//! A tool's search and replace, tried on a file as it is: where the version stands that it would write.
//!
//! What a tool would write for the version that is there already must be what it finds: then each slot of the
//! replacement is a place. Whatever else a replacement does is no version's place.

use std::ops::Range;

use regex_lite::{Captures, Regex, RegexBuilder};

use super::super::{place, token};

/// A piece of what a tool writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    /// The version, or a piece of it: its form, and its text for the version that is there.
    Slot(&'static str, String),
    /// What a group of the pattern caught.
    Group(String),
}

impl Piece {
    pub fn literal(text: impl Into<String>) -> Self {
        Self::Literal(text.into())
    }

    fn text(&self) -> &str {
        match self {
            Self::Literal(text) | Self::Slot(_, text) => text,
            Self::Group(_) => "",
        }
    }
}

/// Where a version stands, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub span: Range<usize>,
    pub form: &'static str,
}

/// What all pieces say for the version that is there.
pub(super) fn said(pieces: &[Piece]) -> String {
    pieces.iter().map(Piece::text).collect()
}

/// Neighbouring numbers of a version as one slot: major and minor are `.short`, with the patch `.release`, and the
/// version itself if that is what they say.
pub(super) fn joined(pieces: Vec<Piece>, current: &str) -> Vec<Piece> {
    let dot = |piece: Option<&Piece>| piece == Some(&Piece::literal("."));
    let form = |piece: Option<&Piece>| if let Some(Piece::Slot(form, _)) = piece { Some(*form) } else { None };
    let mut out = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let two = form(pieces.get(at)) == Some(".major")
            && dot(pieces.get(at + 1))
            && form(pieces.get(at + 2)) == Some(".minor");
        let three = two && dot(pieces.get(at + 3)) && form(pieces.get(at + 4)) == Some(".patch");
        let length = if three {
            5
        } else if two {
            3
        } else {
            1
        };
        let text = said(&pieces[at..at + length]);
        match length {
            1 => out.push(pieces[at].clone()),
            _ if text == current => out.push(Piece::Slot("", text)),
            3 => out.push(Piece::Slot(".short", text)),
            _ => out.push(Piece::Slot(".release", text)),
        }
        at += length;
    }
    out
}

/// Every occurrence of what the pieces say. `whole` leaves out those inside of another number.
pub(super) fn literal(text: &str, pieces: &[Piece], whole: bool) -> Vec<Spot> {
    let said = said(pieces);
    if said.is_empty() {
        return Vec::new();
    }
    let spots = text.match_indices(&said).flat_map(|(at, _)| slots(at, pieces, |_| None).0);
    spots.filter(|spot| !whole || is_whole(text, spot)).collect()
}

/// Every match of a pattern: the places in those that the pieces would leave as they are, but for the number; and how
/// many they would make something else of.
pub(super) fn pattern(text: &str, pattern: &Regex, pieces: &[Piece]) -> (Vec<Spot>, usize) {
    let (mut spots, mut odd) = (Vec::new(), 0);
    for caught in pattern.captures_iter(text) {
        match in_match(&caught, pieces) {
            Some(found) => spots.extend(found),
            None => odd += 1,
        }
    }
    (spots, odd)
}

fn in_match(caught: &Captures, pieces: &[Piece]) -> Option<Vec<Spot>> {
    let all = caught.get(0)?;
    let group = |name: &str| {
        let found = name.parse().map_or_else(|_| caught.name(name), |number| caught.get(number));
        found.map(|found| found.as_str())
    };
    let (spots, said) = slots(all.start(), pieces, group);
    if said == all.as_str() {
        return Some(spots);
    }
    // Another number than the one that is expected: the tool would not mind.
    let [spot] = &spots[..] else { return None };
    let head = &said[..spot.span.start - all.start()];
    let tail = &said[spot.span.end - all.start()..];
    let number = all.as_str().strip_prefix(head)?.strip_suffix(tail)?;
    let start = all.start() + head.len();
    let is_version = token::first_or_integer(number) == Some(0..number.len());
    is_version.then(|| vec![Spot { span: start..start + number.len(), form: spot.form }])
}

/// The slots of pieces that begin at `start`, and all that they say.
fn slots<'t>(start: usize, pieces: &[Piece], group: impl Fn(&str) -> Option<&'t str>) -> (Vec<Spot>, String) {
    let (mut spots, mut said) = (Vec::new(), String::new());
    for piece in pieces {
        let from = start + said.len();
        match piece {
            Piece::Group(name) => said.push_str(group(name).unwrap_or_default()),
            _ => said.push_str(piece.text()),
        }
        if let Piece::Slot(form, _) = piece {
            spots.push(Spot { span: from..start + said.len(), form });
        }
    }
    (spots, said)
}

/// In each line that the pattern hits, every occurrence of `old`.
pub(super) fn in_lines(text: &str, pattern: Option<&Regex>, old: &str, form: &'static str) -> Vec<Spot> {
    if old.is_empty() {
        return Vec::new();
    }
    let lines = place::lines(text).filter(|(_, line)| pattern.is_none_or(|pattern| pattern.is_match(line)));
    lines
        .flat_map(|(start, line)| {
            line.match_indices(old).map(move |(at, _)| Spot { span: start + at..start + at + old.len(), form })
        })
        .filter(|spot| is_whole(text, spot))
        .collect()
}

/// Is it a number of its own, and not the beginning or the end of another one?
fn is_whole(text: &str, spot: &Spot) -> bool {
    if spot.form.is_empty() {
        let start = text[..spot.span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[spot.span.end..].find('\n').map_or(text.len(), |at| spot.span.end + at);
        let here = spot.span.start - start..spot.span.end - start;
        return token::whole(&text[start..end], &text[spot.span.clone()]).contains(&here);
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let dot = |at: usize| bytes.get(at) == Some(&b'.');
    let Range { start, end } = spot.span;
    let before = start > 0 && (digit(start - 1) || (start > 1 && dot(start - 1) && digit(start - 2)));
    let after = digit(end) || (dot(end) && digit(end + 1));
    !before && !after
}

/// A pattern of Python's or of Rust's, as far as ours reads them; the error is one line.
pub(super) fn regex(pattern: &str, lines: bool) -> Result<Regex, String> {
    let pattern = pattern.replace(r"\Z", r"\z");
    let built = RegexBuilder::new(&pattern).multi_line(lines).build();
    built.map_err(|error| error.to_string().lines().last().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(text: &str) -> Piece {
        Piece::Slot("", text.to_owned())
    }

    fn shown<'t>(text: &'t str, spots: &[Spot]) -> Vec<(&'t str, usize)> {
        spots.iter().map(|spot| (&text[spot.span.clone()], spot.span.start)).collect()
    }

    #[test]
    fn literals() {
        let text = "1.2.3 v1.2.3, 11.2.3 1.2.3.4 1.2.3rc1 (1.2.3)";
        assert_eq!(shown(text, &literal(text, &[slot("1.2.3")], true)).len(), 3);
        let pieces = [Piece::literal("v"), slot("1.2.3"), Piece::literal(",")];
        assert_eq!(shown(text, &literal(text, &pieces, false)), [("1.2.3", 7)]);
    }

    #[test]
    fn patterns() {
        let text = "app = \"1.2.0\"\napp = \"1.2.3\"\napp = \"*\"\n";
        let found = regex("app = .*", true).unwrap();
        let pieces = [Piece::literal("app = \""), slot("1.2.3"), Piece::literal("\"")];
        let (spots, odd) = pattern(text, &found, &pieces);
        assert_eq!((shown(text, &spots), odd), (vec![("1.2.0", 7), ("1.2.3", 21)], 1));
        let found = regex("(?P<head>app) = .*", true).unwrap();
        let pieces = [Piece::Group("head".into()), Piece::literal(" = \""), slot("1.2.3"), Piece::literal("\"")];
        assert_eq!(pattern(text, &found, &pieces).0, spots);
        assert!(regex("(?<!v)1", true).is_err());
    }

    #[test]
    fn lines() {
        let text = "a 1.2.3\nb 1.2.3 1.2.3\nb 1.2.30\n";
        let only = regex("^b", true).unwrap();
        assert_eq!(shown(text, &in_lines(text, Some(&only), "1.2.3", "")), [("1.2.3", 10), ("1.2.3", 16)]);
        assert_eq!(shown(text, &in_lines(text, None, "1.2", ".short")), []);
    }

    #[test]
    fn numbers_that_stand_together() {
        let part = |form, text: &str| Piece::Slot(form, text.to_owned());
        let dot = || Piece::literal(".");
        let two = vec![part(".major", "1"), dot(), part(".minor", "2")];
        assert_eq!(joined(two.clone(), "1.2.3"), [part(".short", "1.2")]);
        let three = [two, vec![dot(), part(".patch", "3")]].concat();
        assert_eq!(joined(three.clone(), "1.2.3"), [part("", "1.2.3")]);
        assert_eq!(joined(three, "1.2.3rc1"), [part(".release", "1.2.3")]);
    }
}
