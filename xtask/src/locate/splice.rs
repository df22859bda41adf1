//! The one splice: replaces the bytes of hits and proves that nothing else changed.
//!
//! [`rewrite`] reads the text before and after. Every locator must hit as often as before, every edited hit must say what
//! was wanted, every other hit and leaf must be the same and stand where it must, and every byte outside of the edits
//! must be equal. If one of these fails there is an error and no text.

use super::{Format, Hit, Leaf, LocateError, Reading, fingerprint};
use std::ops::Range;

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes of the old text that go.
    pub span: Range<usize>,
    /// What comes in their place.
    pub bytes: String,
}

/// The text with all edits made. They may come in any order; two that overlap, or one that does not lie on character
/// borders of the text, are an error.
pub fn splice(text: &str, edits: &[Edit]) -> Result<String, LocateError> {
    let mut order: Vec<&Edit> = edits.iter().collect();
    order.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len() + edits.iter().map(|edit| edit.bytes.len()).sum::<usize>());
    let mut at = 0;
    let mut last: Option<&Edit> = None;
    for edit in order {
        if last.is_some_and(|last| overlap(&last.span, &edit.span)) {
            return Err(LocateError::new("two edits change the same bytes").at(edit.span.start));
        }
        let kept = text.get(at..edit.span.start).filter(|_| text.get(edit.span.clone()).is_some());
        let Some(kept) = kept else {
            return Err(LocateError::new("an edit lies outside of the text or within a character").at(edit.span.start));
        };
        out.push_str(kept);
        out.push_str(&edit.bytes);
        at = edit.span.end;
        last = Some(edit);
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// Do two spans share a byte, or stand at the same place?
fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one == other || (one.start < other.end && other.start < one.end)
}

/// What one format is to write in a text.
pub struct Part<'a> {
    /// How the text is read.
    pub format: &'static dyn Format,
    /// The locators.
    pub locators: Vec<&'a str>,
    /// For each locator and each of its hits, in order, the value that is to stand there; `None` leaves it.
    pub wanted: Vec<Vec<Option<String>>>,
}

/// A text after its splice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The new text; the old one if every value stood there already.
    pub text: String,
    /// What was replaced, in the order of the text; values that stood there already are not among them.
    pub edits: Vec<Edit>,
    /// For each edit, where its bytes stand in the new text.
    pub spans: Vec<Range<usize>>,
}

/// What one format finds in a text: the hits of its locators, and what must stay as it is when they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// For each locator its hits, in the order of the text.
    pub hits: Vec<Vec<Hit>>,
    /// Everything beside the hits.
    pub shape: Shape,
}

/// The leaves of a text as far as they must survive: how many, what those beside the sites say, of which type the
/// sites are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// How many leaves there are.
    pub leaves: usize,
    /// A fingerprint of all leaves in order, with a mark in the place of each that shares a byte with a site.
    pub rest: u64,
    /// For each locator and each of its hits the letter of its type; 0 where the hit is no leaf of its own.
    pub kinds: Vec<Vec<u8>>,
}

/// Reads a text as several formats, each with its locators.
pub fn know(text: &str, asked: &[(&'static dyn Format, Vec<&str>)]) -> Result<Vec<Known>, LocateError> {
    let readings: Vec<Reading> =
        asked.iter().map(|(format, locators)| format.read(text, locators, true)).collect::<Result<_, _>>()?;
    let hits = readings.iter().flat_map(|reading| reading.hits.iter().flatten());
    let mut sites: Vec<Range<usize>> = hits.map(|hit| hit.span.clone()).collect();
    sites.sort_by_key(|site| (site.start, site.end));
    Ok(readings.into_iter().map(|reading| summarise(reading, &sites)).collect())
}

fn summarise(reading: Reading, sites: &[Range<usize>]) -> Known {
    let mut rest = fingerprint(0, "");
    let mut next = 0;
    for leaf in &reading.leaves {
        while sites.get(next).is_some_and(|site| site.end <= leaf.span.start && *site != leaf.span) {
            next += 1;
        }
        let is_site =
            sites[next..].iter().take_while(|site| site.start <= leaf.span.end).any(|site| overlap(site, &leaf.span));
        let print = if is_site { 0 } else { leaf.print };
        rest = (rest ^ print).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
    let kind = |hit: &Hit| type_of(&reading.leaves, hit).unwrap_or(0);
    let kinds = reading.hits.iter().map(|hits| hits.iter().map(kind).collect()).collect();
    Known { shape: Shape { leaves: reading.leaves.len(), rest, kinds }, hits: reading.hits }
}

/// Writes the wanted values into the text, or says why that can't be done and changes nothing.
pub fn rewrite(text: &str, parts: &[Part<'_>]) -> Result<Rewritten, LocateError> {
    rewrite_known(text, parts, &know(text, &asked(parts))?)
}

fn asked<'a>(parts: &[Part<'a>]) -> Vec<(&'static dyn Format, Vec<&'a str>)> {
    parts.iter().map(|part| (part.format, part.locators.clone())).collect()
}

/// [`rewrite`], where it is known what [`know`] finds in this very text.
pub fn rewrite_known(text: &str, parts: &[Part<'_>], before: &[Known]) -> Result<Rewritten, LocateError> {
    let claims = claim(parts, before)?;
    let mut edits = Vec::new();
    for claim in claims.iter().filter(|claim| claim.hit.value != claim.wanted) {
        let bytes = parts[claim.part].format.encode(text, claim.hit, claim.wanted)?;
        edits.push(Edit { span: claim.hit.span.clone(), bytes });
    }
    if edits.is_empty() {
        return Ok(Rewritten { text: text.to_owned(), edits, spans: Vec::new() });
    }
    let new = splice(text, &edits)?;
    let map = Map::new(&edits);
    let broken = |error: LocateError| {
        LocateError::new(format!("the splice would make the text unreadable: {error}")).at(edits[0].span.start)
    };
    let after = know(&new, &asked(parts)).map_err(broken)?;
    map.prove_outside(text, &new)?;
    for (part, (old, new)) in parts.iter().zip(before.iter().zip(&after)) {
        prove_hits(part, old, new, &map)?;
        prove_shape(part, old, new, &map)?;
    }
    let spans = map.new;
    Ok(Rewritten { text: new, edits, spans })
}

/// A hit and the value it is to have.
struct Claim<'a> {
    part: usize,
    locator: &'a str,
    hit: &'a Hit,
    wanted: &'a str,
}

impl Claim<'_> {
    fn name(&self, parts: &[Part<'_>]) -> String {
        format!("`{}.{}`", parts[self.part].format.name(), self.locator)
    }
}

/// All claims in the order of the text; no two on one place.
fn claim<'a>(parts: &'a [Part<'_>], known: &'a [Known]) -> Result<Vec<Claim<'a>>, LocateError> {
    let mut claims = Vec::new();
    for (index, (part, known)) in parts.iter().zip(known).enumerate() {
        for (position, locator) in part.locators.iter().enumerate() {
            let (hits, wanted) = (&known.hits[position], part.wanted.get(position).map_or(&[][..], Vec::as_slice));
            if hits.len() != wanted.len() {
                let (name, asked, found) = (part.format.name(), wanted.len(), hits.len());
                let error =
                    LocateError::new(format!("`{name}.{locator}` hits {found} times, and {asked} were expected"));
                return Err(error.hint("the text has changed since it was read: run the command again"));
            }
            let claimed = hits.iter().zip(wanted).filter_map(|(hit, wanted)| Some((hit, wanted.as_deref()?)));
            claims.extend(claimed.map(|(hit, wanted)| Claim { part: index, locator, hit, wanted }));
        }
    }
    claims.sort_by_key(|claim| (claim.hit.span.start, claim.hit.span.end));
    for pair in claims.windows(2) {
        if overlap(&pair[0].hit.span, &pair[1].hit.span) {
            let (one, other) = (pair[0].name(parts), pair[1].name(parts));
            return Err(LocateError::new(format!("two locators claim one place: {one} and {other}"))
                .at(pair[1].hit.span.start)
                .hint("remove one of them, or make it more precise"));
        }
    }
    Ok(claims)
}

/// Where the bytes of the old text are in the new one.
struct Map<'a> {
    edits: &'a [Edit],
    /// For each edit, the span of its bytes in the new text.
    new: Vec<Range<usize>>,
}

impl<'a> Map<'a> {
    /// The edits in order, none overlapping.
    fn new(edits: &'a [Edit]) -> Self {
        let mut new = Vec::with_capacity(edits.len());
        let (mut old_end, mut new_end) = (0, 0);
        for edit in edits {
            let start = new_end + (edit.span.start - old_end);
            new_end = start + edit.bytes.len();
            old_end = edit.span.end;
            new.push(start..new_end);
        }
        Self { edits, new }
    }

    /// The place of an unedited span in the new text, or the edit that touches it.
    fn moved(&self, span: &Range<usize>) -> Result<Range<usize>, usize> {
        let after = self.edits.partition_point(|edit| edit.span.end <= span.start && edit.span != *span);
        if let Some(edit) = self.edits.get(after).filter(|edit| overlap(&edit.span, span)) {
            debug_assert!(edit.span.start <= span.end);
            return Err(after);
        }
        let Some(last) = after.checked_sub(1) else { return Ok(span.clone()) };
        let shift = |at: usize| self.new[last].end + (at - self.edits[last].span.end);
        Ok(shift(span.start)..shift(span.end))
    }

    /// Every byte outside of the edits is equal.
    fn prove_outside(&self, old: &str, new: &str) -> Result<(), LocateError> {
        let (mut old_at, mut new_at) = (0, 0);
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let ends = std::iter::once((old.len()..old.len(), new.len()..new.len()));
        let edits = self.edits.iter().map(|edit| edit.span.clone()).zip(self.new.iter().cloned());
        for (gone, come) in edits.chain(ends) {
            if old.get(old_at..gone.start) != new.get(new_at..come.start) {
                return Err(LocateError::new("the splice would change bytes outside of its sites").at(old_at));
            }
            (old_at, new_at) = (gone.end, come.end);
        }
        Ok(())
    }
}

/// The same number of hits; the edited ones say what was wanted, the others what they said, where they must.
fn prove_hits(part: &Part<'_>, old: &Known, new: &Known, map: &Map<'_>) -> Result<(), LocateError> {
    for (position, locator) in part.locators.iter().enumerate() {
        let name = || format!("`{}.{locator}`", part.format.name());
        let (old, new, wanted) = (&old.hits[position], &new.hits[position], &part.wanted[position]);
        if old.len() != new.len() {
            let (before, after) = (old.len(), new.len());
            let message = format!("the splice would change how often {} hits: {before} to {after}", name());
            return Err(LocateError::new(message).hint("a selector must not name a value that the splice changes"));
        }
        for (old, (new, wanted)) in old.iter().zip(new.iter().zip(wanted)) {
            let expected = wanted.as_deref().unwrap_or(&old.value);
            let in_place = match map.moved(&old.span) {
                Ok(span) => span == new.span,
                Err(edit) => wanted.is_some() && within(&new.span, &map.new[edit]),
            };
            if new.value != expected || !in_place {
                let message = match new.value == expected {
                    true => format!("the splice would move {}", name()),
                    false => format!("the splice would change {} to `{}`, not `{expected}`", name(), new.value),
                };
                return Err(LocateError::new(message)
                    .at(old.span.start)
                    .hint("the value can't stand in this place as it is"));
            }
        }
    }
    Ok(())
}

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The same number of leaves; those that are no sites are equal; an edited one keeps its type or becomes text.
fn prove_shape(part: &Part<'_>, old: &Known, new: &Known, map: &Map<'_>) -> Result<(), LocateError> {
    let (name, at) = (part.format.name(), map.edits[0].span.start);
    let (before, after) = (old.shape.leaves, new.shape.leaves);
    if before != after {
        let message = format!("the splice would change the number of `{name}` values: {before} to {after}");
        return Err(LocateError::new(message).at(at).hint("the value can't stand in this place as it is"));
    }
    if old.shape.rest != new.shape.rest {
        let message = format!("the splice would change another `{name}` value");
        return Err(LocateError::new(message).at(at).hint("this place needs a `text` locator"));
    }
    prove_types(part, old, new)
}

/// Every site that is a leaf of its own has the type it had, or is text now.
fn prove_types(part: &Part<'_>, old: &Known, new: &Known) -> Result<(), LocateError> {
    let sites = old.hits.iter().flatten().zip(new.hits.iter().flatten());
    let kinds = old.shape.kinds.iter().flatten().zip(new.shape.kinds.iter().flatten());
    for ((old_hit, new_hit), (was, is)) in sites.zip(kinds).filter(|((old, new), _)| old.value != new.value) {
        if *was != 0 && is != was && *is != b's' {
            let (name, value) = (part.format.name(), &new_hit.value);
            let message =
                format!("the splice would change the type of a value: `{value}` reads as something else in `{name}`");
            return Err(LocateError::new(message)
                .at(old_hit.span.start)
                .hint("write the value in quotes in the file first"));
        }
    }
    Ok(())
}

/// The letter of a hit's type: the one that gives its leaf's print together with its value.
fn type_of(leaves: &[Leaf], hit: &Hit) -> Option<u8> {
    let first = leaves.partition_point(|leaf| leaf.span.start < hit.span.start);
    let leaf = leaves[first..].iter().take(2).find(|leaf| leaf.span == hit.span)?;
    // Nearly all are strings and numbers.
    let letters = b"sif".iter().copied().chain(0..=u8::MAX);
    letters.into_iter().find(|letter| fingerprint(*letter, &hit.value) == leaf.print)
}

#[cfg(test)]
mod tests;
