//! A literal piece of a line for a place: words that stay, around a number that moves.

use std::ops::Range;

use super::super::token;
use super::{Strict, line_of, look, pattern};

/// Longer lines were written by programs, for programs.
const LONGEST: usize = 2000;

/// So many letters and digits tell one line from another.
const WORDED: usize = 3;

/// So many pieces are tried with the form of the version, which takes longer.
const SHAPED: usize = 40;

/// So many bytes are searched for them.
const SHAPED_BYTES: usize = 4 << 20;

/// The shortest piece of the line that names the place, and nothing else if that can be had; else the same words
/// more than once, all of them with this version.
pub(super) fn find(text: &str, span: &Range<usize>) -> Option<Strict> {
    let line = line_of(text, span);
    if line.len() > LONGEST || span.is_empty() {
        return None;
    }
    let version = &text[span.clone()];
    let (before, after) = (&text[line.start..span.start], &text[span.end..line.end]);
    // A number that stands alone may be a count or a year: taken in only where nothing else tells the lines apart.
    let all = |lone: bool, worded: usize| pieces(before, after, version, lone, worded);
    let found = [false, true].into_iter().find_map(|lone| best(text, span, version, &all(lone, WORDED)));
    let tries = SHAPED.min(SHAPED_BYTES / text.len().max(1));
    let formed = || all(false, WORDED).iter().take(tries).find_map(|piece| pattern::of_this_form(text, span, piece));
    // The only line of a file needs no words to be told from others.
    let whole =
        || all(true, 0).into_iter().max_by_key(String::len).filter(|_| text.trim() == text[line.clone()].trim());
    found.or_else(formed).or_else(|| best(text, span, version, &[whole()?]))
}

/// The first piece that hits as seldom as any: as the longest of them does.
fn best(text: &str, span: &Range<usize>, version: &str, pieces: &[String]) -> Option<Strict> {
    let hits = |piece: &String| {
        let hits = look("text", text, piece);
        let right = hits.iter().any(|hit| hit.span == *span) && hits.iter().all(|hit| hit.value == version);
        right.then_some(hits)
    };
    let places = |piece: &String, hits: usize| hits / piece.replace("{{}}", "").matches("{}").count().max(1);
    let mut by_length: Vec<&String> = pieces.iter().collect();
    by_length.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    let longest = by_length.into_iter().find_map(|piece| Some((piece, hits(piece)?)))?;
    let fewest = places(longest.0, longest.1.len());
    pieces.iter().find_map(|piece| {
        let hits = hits(piece)?;
        (places(piece, hits.len()) <= fewest).then(|| ("text", piece.clone(), hits))
    })
}

/// The pieces around a place, from short to long: more to the left first, then more to the right.
fn pieces(before: &str, after: &str, version: &str, lone: bool, worded: usize) -> Vec<String> {
    let keeps = |piece: &str| steady(piece, version, lone);
    let lefts: Vec<usize> = edges(before).into_iter().rev().take_while(|&at| keeps(&before[at..])).collect();
    let rights: Vec<usize> = edges(after).into_iter().take_while(|&at| keeps(&after[..at])).collect();
    let words = |piece: &str| piece.bytes().filter(u8::is_ascii_alphanumeric).count();
    let closing = after.len() - after.trim_start_matches(['"', '\'', '`', ')', ']', '}', '>']).len();
    let clean = |at: &&usize| !after[..**at].ends_with([' ', '\t']) && **at > closing;
    let whole = rights.last().copied().filter(|at| *at > closing);
    let rights = [closing].into_iter().chain(rights.iter().filter(clean).take(8).copied()).chain(whole);
    let mut all = Vec::new();
    for right in rights {
        for &left in lefts.iter().filter(|&&at| !before[at..].starts_with([' ', '\t']) || at == 0).take(24) {
            let (left_piece, right_piece) = (open(&before[left..], version), open(&after[..right], version));
            let piece = format!("{left_piece}{{}}{right_piece}");
            if words(&piece) >= worded && piece != "{}" {
                let cut = within(before, left) || within(after, right);
                // A short beginning of the line is what a person would copy.
                let begins = before[..left].trim().is_empty() && left_piece.len() <= 32 && !left_piece.contains("{}");
                all.push(((unbalanced(&piece), words(&left_piece) < 2, !begins, cut), piece));
            }
        }
    }
    all.sort_by_key(|(worse, _)| *worse);
    all.into_iter().map(|(_, piece)| piece).collect()
}

/// Would a cut go through a name with dots or dashes in it? `tag` is a poor end of `web.image.tag`.
fn within(text: &str, at: usize) -> bool {
    let joint = |c: char| matches!(c, '.' | '-');
    let (mut before, mut after) = (text[..at].chars().rev(), text[at..].chars());
    match (before.next(), after.next()) {
        (Some(c), Some(next)) if joint(c) => next.is_alphanumeric() && before.next().is_none_or(char::is_alphanumeric),
        (Some(c), Some(next)) if joint(next) => c.is_alphanumeric() && after.next().is_some_and(char::is_alphanumeric),
        _ => false,
    }
}

/// Where a piece may begin or end: beside what is no part of a word.
fn edges(text: &str) -> Vec<usize> {
    let inside = [token::all(text), dates(text)].concat();
    let mut at: Vec<usize> = text
        .char_indices()
        .filter(|(_, c)| !c.is_alphanumeric() && *c != '_')
        .flat_map(|(at, c)| [at, at + c.len_utf8()])
        .chain([0, text.len()])
        .filter(|at| !inside.iter().any(|token| token.start < *at && *at < token.end))
        .collect();
    at.sort_unstable();
    at.dedup();
    at
}

/// `2024-01-31`: no piece begins in the middle of one.
fn dates(text: &str) -> Vec<Range<usize>> {
    let form = |bytes: &[u8]| {
        bytes
            .iter()
            .zip(b"0000-00-00")
            .all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form })
    };
    text.as_bytes().windows(10).enumerate().filter(|(_, bytes)| form(bytes)).map(|(at, _)| at..at + 10).collect()
}

/// Does a piece end in the middle of a quotation?
fn unbalanced(piece: &str) -> bool {
    piece.matches('"').count() % 2 == 1 && piece.contains("{}\"")
}

/// The version again, in the same words, is a site as well; braces that are meant are doubled.
fn open(piece: &str, version: &str) -> String {
    let mut out = String::new();
    let mut from = 0;
    for token in token::whole(piece, version) {
        out.push_str(&piece[from..token.start].replace("{}", "{{}}"));
        out.push_str("{}");
        from = token.end;
    }
    out + &piece[from..].replace("{}", "{{}}")
}

/// Will these words stand there in the next release too? No other version, no date, no hash; and no number of its
/// own, unless `lone` ones are taken.
pub(super) fn steady(piece: &str, version: &str, lone: bool) -> bool {
    let mut rest = String::new();
    let mut from = 0;
    for token in token::whole(piece, version) {
        rest.push_str(&piece[from..token.start]);
        rest.push(' ');
        from = token.end;
    }
    rest.push_str(&piece[from..]);
    rest.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-')).all(|word| keeps(word, lone))
}

fn keeps(word: &str, lone: bool) -> bool {
    let bytes = word.as_bytes();
    let dotted =
        bytes.windows(3).any(|three| three[0].is_ascii_digit() && three[1] == b'.' && three[2].is_ascii_digit());
    let date = bytes.windows(4).any(|four| four[..3].iter().all(u8::is_ascii_digit) && four[3] == b'-');
    let parts = || word.split(['.', '-']);
    let year = parts().any(|part| part.len() == 4 && part.parse().is_ok_and(|year: u32| (1990..2100).contains(&year)));
    let number = parts().any(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    !dotted && !date && !year && !parts().any(hash) && (lone || !number)
}

/// `0bb5b78`: seven hexadecimal digits or more, digits and letters among them.
fn hash(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= 7
        && digits > 1
        && digits < word.len()
        && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
