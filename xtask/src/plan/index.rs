//! The index of a chart repository: what it holds, and a new entry spliced in so that no other one changes by a byte.
//!
//! The entry's text is Helm's own, from an index of the one archive; here it gets its place, its date and the style of
//! the file. The top-level `generated` only moves forward: whichever of two releases comes last, the file is the same.

mod style;

use std::ops::Range;

use crate::locate::LocateError;
use crate::locate::splice::{Edit, splice};
use crate::locate::yaml::tree::{Node, Value, parse};
use crate::moment::rfc3339;
use crate::version::Version;
use style::Style;

/// An index that was read.
pub struct Index<'t> {
    text: &'t str,
    root: Node<'t>,
}

/// A version of a chart, as an index has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The SHA-256 of its archive; none where the index doesn't say it.
    pub digest: Option<String>,
    /// Where the archive is.
    pub urls: Vec<String>,
}

impl<'t> Index<'t> {
    /// Reads an index. An empty text is an index without a chart.
    ///
    /// Errors: no YAML, a key that stands twice, another shape than an index has.
    pub fn parse(text: &'t str) -> Result<Self, LocateError> {
        let root = parse(text)?;
        if !root.is_null() {
            if !matches!(root.value, Value::Map(_, false)) {
                return Err(strange("this is no index of charts", root.span.start));
            }
            let Some(entries) = root.get("entries") else {
                return Err(strange("there are no `entries`", root.span.start));
            };
            check_shape(entries)?;
        }
        Ok(Self { text, root })
    }

    /// What it says of one version of a chart; none if it isn't in it.
    pub fn find(&self, chart: &str, version: &str) -> Option<Published> {
        let items = self.root.get("entries")?.get(chart)?.items();
        let entry = items.iter().find(|item| item.get_text("version") == Some(version))?;
        let urls = entry.get("urls").map_or(&[][..], Node::items);
        Some(Published {
            digest: entry.get_text("digest").map(|digest| digest.trim_start_matches("sha256:").to_owned()),
            urls: urls.iter().filter_map(|url| url.text().map(str::to_owned)).collect(),
        })
    }
}

fn strange(message: impl Into<String>, at: usize) -> LocateError {
    LocateError::new(message).at(at).hint("`helm repo index` writes what is expected here")
}

/// Charts by name, each with a list of its versions, one a line.
fn check_shape(entries: &Node<'_>) -> Result<(), LocateError> {
    let empty = |node: &Node<'_>| match &node.value {
        Value::Map(pairs, _) => pairs.is_empty(),
        Value::Seq(items, _) => items.is_empty(),
        _ => node.is_null(),
    };
    if !empty(entries) && !matches!(entries.value, Value::Map(_, false)) {
        return Err(strange("the charts aren't one below the other", entries.span.start));
    }
    for (_, versions) in entries.pairs() {
        if !empty(versions) && !matches!(versions.value, Value::Seq(_, false)) {
            return Err(strange("the versions of a chart aren't one below the other", versions.span.start));
        }
    }
    Ok(())
}

/// A new entry: what `helm repo index` says of a folder with one archive, and the moment that it is to bear.
#[derive(Clone, Copy, Debug)]
pub struct New<'n> {
    /// Helm's whole output.
    pub made: &'n str,
    /// Seconds since 1970.
    pub seconds: u64,
}

/// The one entry that Helm made: the chart's name, its version and what the index says of it.
pub fn made(text: &str) -> Result<(String, String, Published), LocateError> {
    let index = Index::parse(text)?;
    let (name, item) = single(&index.root)?;
    let version = item.get_text("version").unwrap_or_default();
    let name = name.text().unwrap_or_default();
    let published = index.find(name, version).ok_or_else(|| strange("this entry has no version", item.span.start))?;
    Ok((name.to_owned(), version.to_owned(), published))
}

/// Key and entry of an index with one chart in one version.
fn single<'n, 't>(root: &'n Node<'t>) -> Result<(&'n Node<'t>, &'n Node<'t>), LocateError> {
    let pairs = root.get("entries").map_or(&[][..], Node::pairs);
    match pairs {
        [(name, versions)] if versions.items().len() == 1 => Ok((name, &versions.items()[0])),
        _ => Err(strange("this is no index of one archive", 0)),
    }
}

/// The index with the new entry in it; `old` is the index before, empty where there isn't one.
///
/// Its version must not be there yet: see [`Index::find`]. An error if it can't be proved that nothing else changed.
pub fn add(old: &str, new: New<'_>) -> Result<String, LocateError> {
    let moment = rfc3339(new.seconds);
    let index = Index::parse(old)?;
    let made = style::dated(new.made, &moment, &Style::of(&index))?;
    if index.root.is_null() {
        let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
        return Ok(format!("{old}{gap}{made}"));
    }
    let made_root = parse(&made)?;
    let place = Place::find(&index, single(&made_root)?)?;
    let mut edits = vec![place.edit(&index, &made, &made_root)?];
    edits.extend(style::generated(&index, &moment, new.seconds));
    let result = splice(old, &edits)?;
    prove(&index, &result, &place, single(&made_root)?, edits.len() > 1)?;
    Ok(result)
}

/// Where the new entry comes.
struct Place<'n> {
    chart: &'n str,
    /// The entry's place in the list of its chart's versions.
    at: usize,
    /// Is there a list already? Else the chart's place among the others.
    list: Result<usize, usize>,
}

impl<'n> Place<'n> {
    /// Before the first version that is lower, as Helm sorts them; the charts are sorted by their names.
    fn find(index: &Index<'_>, (name, item): (&'n Node<'_>, &Node<'_>)) -> Result<Self, LocateError> {
        let chart = name.text().unwrap_or_default();
        let version = item.get_text("version").unwrap_or_default();
        if index.find(chart, version).is_some() {
            return Err(strange(format!("`{chart}` {version} is in it already"), 0));
        }
        let pairs = index.root.get("entries").map_or(&[][..], Node::pairs);
        if let Some(here) = pairs.iter().position(|(key, _)| key.text() == Some(chart)) {
            let items = pairs[here].1.items();
            let at = items.iter().position(|old| is_lower(old, version)).unwrap_or(items.len());
            return Ok(Self { chart, at, list: Ok(here) });
        }
        let after = pairs.iter().position(|(key, _)| key.text().is_some_and(|key| key > chart));
        Ok(Self { chart, at: 0, list: Err(after.unwrap_or(pairs.len())) })
    }

    fn edit(&self, index: &Index<'_>, made: &str, made_root: &Node<'_>) -> Result<Edit, LocateError> {
        let style = Style::of(index);
        let entries = index.root.get("entries").ok_or_else(|| strange("there are no `entries`", 0))?;
        let (name, item) = single(made_root)?;
        let entry = style.entry(made, item);
        let key = made.get(name.span.clone()).unwrap_or_default();
        let chart = || style.chart(key, &entry);
        Ok(match self.list {
            Ok(here) => {
                let (key, versions) = &entries.pairs()[here];
                match versions.items() {
                    [] => style.fill(index.text, key, versions, &style.lines(&entry, style.dash)),
                    items => style.insert(index.text, items, self.at, &style.lines(&entry, style.dash), true)?,
                }
            }
            Err(at) if entries.pairs().is_empty() => {
                let key = &index.root.find("entries").ok_or_else(|| strange("there are no `entries`", at))?.0;
                style.fill(index.text, key, entries, &chart())
            }
            Err(at) => {
                let pairs = entries.pairs();
                let ends: Vec<Node<'_>> = pairs.iter().map(whole).collect();
                style.insert(index.text, &ends, at, &chart(), false)?
            }
        })
    }
}

/// A pair as one node: from its key to the end of its value.
fn whole<'t>((key, value): &(Node<'t>, Node<'t>)) -> Node<'t> {
    Node { span: key.span.start..value.span.end.max(key.span.end), value: Value::Seq(Vec::new(), false) }
}

fn is_lower(old: &Node<'_>, version: &str) -> bool {
    let order = |text: &str| Version::parse(text).ok();
    let (old, new) = (old.get_text("version").and_then(order), order(version));
    old.zip(new).is_some_and(|(old, new)| old.compare(&new).is_lt())
}

/// Reads the result again: the new entry says what Helm made, and everything else what it said.
fn prove(
    old: &Index<'_>,
    result: &str,
    place: &Place<'_>,
    (_, entry): (&Node<'_>, &Node<'_>),
    generated: bool,
) -> Result<(), LocateError> {
    let broken = |why: &str| {
        let message = format!("the new entry of `{}` can't be put into the index: {why}", place.chart);
        LocateError::new(message).hint("write the index anew with `helm repo index --merge`, and run again")
    };
    let new = Index::parse(result).map_err(|error| broken(&error.message))?;
    let (was, is) = (old.root.pairs(), new.root.pairs());
    let same = |key: &Node<'_>| key.text() == Some("entries") || generated && key.text() == Some("generated");
    let outside = was
        .iter()
        .zip(is)
        .all(|((key, value), (new_key, new_value))| key.says(new_key) && (same(key) || value.says(new_value)));
    if was.len() != is.len() || !outside {
        return Err(broken("something outside of the entries would change"));
    }
    let charts = |index: &Index<'_>| index.root.get("entries").map_or(0, |entries| entries.pairs().len());
    let added = usize::from(place.list.is_err());
    let (before, after) = (old.root.get("entries"), new.root.get("entries"));
    let items = after.and_then(|entries| entries.get(place.chart)).map_or(&[][..], Node::items);
    if charts(&new) != charts(old) + added || !items.get(place.at).is_some_and(|item| item.says(entry)) {
        return Err(broken("it would not be where it must"));
    }
    for (key, versions) in before.map_or(&[][..], Node::pairs) {
        let now = after.and_then(|entries| entries.get(key.text()?)).map_or(&[][..], Node::items);
        let skipped = (key.text() == Some(place.chart)).then_some(place.at);
        let rest: Vec<&Node<'_>> =
            now.iter().enumerate().filter(|(at, _)| Some(*at) != skipped).map(|(_, item)| item).collect();
        let same = versions.items().iter().zip(&rest).all(|(was, is)| was.says(is));
        if rest.len() != versions.items().len() || !same {
            return Err(broken("an older entry would change"));
        }
    }
    Ok(())
}

/// The whole lines from the one of an offset to the one of another, with the line end of the last.
fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].trim_start_matches('\u{feff}').chars().count()
}

fn token<'t>(text: &'t str, span: &Range<usize>) -> &'t str {
    text.get(span.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
