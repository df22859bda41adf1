//! Another reader as the judge: what was spliced reads there as what was meant, and everything else as before.

use std::path::Path;

use anyhow::{Context, Result};
use xtask::locate::find_format;
use xtask::locate::splice::{Part, rewrite};

use super::random::Random;

/// A document as a judge reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Keys and values, in order.
    Map(Vec<(String, Node)>),
    /// Values in order.
    List(Vec<Node>),
    /// A string.
    Text(String),
    /// A number, a truth, nothing, a date: as the judge shows it.
    Other(String),
}

/// A format whose texts somebody else can read too.
#[derive(Clone, Copy, Debug)]
pub struct Judge {
    /// The format's name.
    pub format: &'static str,
    /// The other reader; nothing if it takes the text for broken or for several documents.
    pub read: fn(&str) -> Option<Node>,
}

/// All judges.
pub const JUDGES: &[Judge] = &[
    Judge { format: "yaml", read: read_yaml },
    Judge { format: "json", read: read_json },
    Judge { format: "toml", read: read_toml },
];

fn read_yaml(text: &str) -> Option<Node> {
    fn node(value: &serde_yaml::Value) -> Option<Node> {
        use serde_yaml::Value as V;
        Some(match value {
            V::Mapping(map) => Node::Map(
                map.iter().map(|(key, value)| Some((key.as_str()?.to_owned(), node(value)?))).collect::<Option<_>>()?,
            ),
            V::Sequence(list) => Node::List(list.iter().map(node).collect::<Option<_>>()?),
            V::String(text) => Node::Text(text.clone()),
            V::Tagged(_) => return None,
            other => Node::Other(format!("{other:?}")),
        })
    }
    node(&serde_yaml::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()?)
}

fn read_json(text: &str) -> Option<Node> {
    fn node(value: serde_json::Value) -> Node {
        use serde_json::Value as V;
        match value {
            V::Object(map) => Node::Map(map.into_iter().map(|(key, value)| (key, node(value))).collect()),
            V::Array(list) => Node::List(list.into_iter().map(node).collect()),
            V::String(text) => Node::Text(text),
            other => Node::Other(other.to_string()),
        }
    }
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok().map(node)
}

fn read_toml(text: &str) -> Option<Node> {
    fn node(value: toml::Value) -> Node {
        use toml::Value as V;
        match value {
            V::Table(map) => Node::Map(map.into_iter().map(|(key, value)| (key, node(value))).collect()),
            V::Array(list) => Node::List(list.into_iter().map(node).collect()),
            V::String(text) => Node::Text(text),
            other => Node::Other(other.to_string()),
        }
    }
    toml::from_str::<toml::Table>(text.strip_prefix('\u{feff}').unwrap_or(text))
        .ok()
        .map(|map| node(toml::Value::Table(map)))
}

/// The locators of all leaves, each with its value; keys that a locator can't name are left out.
fn leaves(node: &Node, at: &str, found: &mut Vec<(String, Node)>) {
    match node {
        Node::Map(map) => {
            for (key, value) in map {
                let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
                let key = if plain { key.clone() } else { format!("\"{key}\"") };
                if !key.trim_matches('"').contains(['"', '\\', '\n']) {
                    leaves(value, &if at.is_empty() { key } else { format!("{at}.{key}") }, found);
                }
            }
        }
        Node::List(list) => {
            for (number, value) in list.iter().enumerate() {
                leaves(value, &format!("{at}[{number}]"), found);
            }
        }
        leaf => found.push((at.to_owned(), leaf.clone())),
    }
}

/// What a judge found in one text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// Places that were written, and judged.
    pub written: usize,
    /// Places that the tool did not want to write.
    pub refused: usize,
}

const VALUES: &[&str] = &[
    "1.2.4",
    "v2.0.0-rc.1",
    "1.10",
    "2022.6",
    "8",
    "0.dev0",
    "0b1",
    "0x1f",
    "1e3",
    "no",
    "2024-05-02",
    "~",
    "a: b",
    "a #b",
    "x'y",
    "x\"y",
    "\\n",
    "🚀é",
    "- a",
    "&a",
    "*a",
    "|",
    "]",
    "{{x}}",
    "1_000",
    ".5",
    "+1",
    "12:30:45",
    "<<",
    "=",
    "null",
];

/// Writes a few leaves of a text, each by itself, and has each result judged.
pub fn judge(judge: Judge, text: &str, random: &mut Random, most: usize) -> Result<Count> {
    let mut count = Count::default();
    let Some(before) = (judge.read)(text) else { return Ok(count) };
    let mut places = Vec::new();
    leaves(&before, "", &mut places);
    for _ in 0..most.min(places.len()) {
        let (locator, old) = places.swap_remove(random.below(places.len()));
        let value = random.pick(VALUES);
        match write(judge, text, &locator, value) {
            // It says so already, however it is read.
            Ok(new) if new == text => {}
            Ok(new) => {
                let after = (judge.read)(&new).with_context(|| format!("`{locator}` = `{value}` breaks it:\n{new}"))?;
                let meant = |new: &Node| match (new, &old) {
                    (Node::Text(text), _) => text == value,
                    // A number stays one where the file had one, if it says the very same.
                    (Node::Other(_), Node::Other(_)) => {
                        Some(new) == read_scalar(judge, value).as_ref() && steady(judge, value)
                    }
                    _ => false,
                };
                expect_one_change(&before, &after, &locator, &meant).with_context(|| {
                    format!("`{}.{locator}` = `{value}`\n--- before\n{text}\n--- after\n{new}", judge.format)
                })?;
                count.written += 1;
            }
            Err(_) => count.refused += 1,
        }
    }
    Ok(count)
}

/// A value by itself, as the judge reads it unquoted.
fn read_scalar(judge: Judge, value: &str) -> Option<Node> {
    let text = match judge.format {
        "yaml" => format!("a: {value}\n"),
        "json" => format!("{{\"a\": {value}}}"),
        _ => format!("a = {value}\n"),
    };
    match (judge.read)(&text)? {
        Node::Map(mut map) => map.pop().map(|(_, node)| node),
        _ => None,
    }
}

/// A number that is shown again as it was written.
fn steady(judge: Judge, value: &str) -> bool {
    matches!(read_scalar(judge, value), Some(Node::Other(shown)) if shown.contains(value))
}

fn write(judge: Judge, text: &str, locator: &str, value: &str) -> Result<String, String> {
    let format = find_format(judge.format).ok_or("no such format")?;
    let reading = format.read(text, &[locator], false).map_err(|error| error.message)?;
    let wanted = vec![reading.hits[0].iter().map(|_| Some(value.to_owned())).collect()];
    if reading.hits[0].len() != 1 {
        return Err(format!("{} hits", reading.hits[0].len()));
    }
    rewrite(text, &[Part { format, locators: vec![locator], wanted }])
        .map(|done| done.text)
        .map_err(|error| error.message)
}

fn expect_one_change(before: &Node, after: &Node, locator: &str, meant: &dyn Fn(&Node) -> bool) -> Result<()> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    leaves(before, "", &mut old);
    leaves(after, "", &mut new);
    anyhow::ensure!(old.len() == new.len(), "{} leaves became {}", old.len(), new.len());
    for ((path, was), (new_path, is)) in old.iter().zip(&new) {
        anyhow::ensure!(path == new_path, "`{path}` became `{new_path}`");
        if path == locator {
            anyhow::ensure!(meant(is), "it reads as {is:?}");
        } else {
            anyhow::ensure!(was == is, "`{path}` was {was:?} and is {is:?}");
        }
    }
    Ok(())
}

/// Every YAML, JSON and TOML file below a folder, judged; how many files, and what was found.
pub fn judge_folder(folder: &Path, random: &mut Random) -> Result<(usize, Count)> {
    let (mut files, mut total, mut folders) = (0, Count::default(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let extension = path.extension().unwrap_or_default().to_string_lossy().replace("yml", "yaml");
            let judged = JUDGES.iter().find(|judge| judge.format == extension);
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if let (Some(one), Ok(text)) = (judged, std::fs::read_to_string(&path)) {
                let count = judge(*one, &text, random, 8).with_context(|| path.display().to_string())?;
                files += usize::from(count.written + count.refused > 0);
                total = Count { written: total.written + count.written, refused: total.refused + count.refused };
            }
        }
    }
    Ok((files, total))
}
