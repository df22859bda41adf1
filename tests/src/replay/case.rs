//! A case of the replay as its folder says it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// A version and what it became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The number before, without prefixes and suffixes.
    pub from: String,
    /// The number after.
    pub to: String,
    /// What it counts, such as `app` or `chart`; empty where the case does not say.
    pub role: String,
}

/// A line that was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, with `/`, relative to the tree.
    pub path: String,
    /// From 1; lines end with `\n`.
    pub line: usize,
    /// What stood there and what stands there now, from left to right.
    pub tokens: Vec<(String, String)>,
    /// What kind of place it is, such as `yaml` or `doc-url`.
    pub kind: String,
    /// Where it is, in the words of the kind; may be empty.
    pub locator: String,
}

/// One real bump.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// `owner/name`; empty where the case does not say.
    pub repository: String,
    /// The commit that it was; empty where the case does not say.
    pub commit: String,
    /// The numbers that moved.
    pub pairs: Vec<Pair>,
    /// The lines that moved with them, in the order of the case.
    pub changes: Vec<Change>,
}

/// A tree of files by their path from the root, with `/`.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// Reads `case.json` of a folder.
pub fn read_case(folder: &Path) -> Result<Case> {
    let path = folder.join("case.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let json: Value = serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON", path.display()))?;
    let pairs = list(&json, "versions").map(pair).collect::<Result<_>>()?;
    let changes = list(&json, "changes").map(change).collect::<Result<_>>()?;
    let said = |key: &str| json.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Case { repository: said("repository"), commit: said("commit"), pairs, changes })
}

/// Every file below a folder; git's own and our configuration are no part of what is compared.
pub fn read_tree(root: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
            let path = entry?.path();
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            if name == ".git" || name == "release-config" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                tree.insert(name, std::fs::read(&path)?);
            }
        }
    }
    Ok(tree)
}

fn list<'a>(json: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    json.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(json: &Value, key: &str) -> Result<String> {
    Ok(json.get(key).and_then(Value::as_str).with_context(|| format!("no text `{key}` in {json}"))?.to_owned())
}

fn pair(json: &Value) -> Result<Pair> {
    let role = list(json, "roles").find_map(Value::as_str).unwrap_or_default().to_owned();
    Ok(Pair { from: text(json, "from")?, to: text(json, "to")?, role })
}

fn change(json: &Value) -> Result<Change> {
    let line = json.get("line").and_then(Value::as_u64).context("a change without `line`")?;
    let mut words = list(json, "locator").filter_map(Value::as_str).map(str::to_owned);
    Ok(Change {
        path: text(json, "path")?,
        line: usize::try_from(line)?,
        tokens: list(json, "tokens").map(token).collect::<Result<_>>()?,
        kind: words.next().unwrap_or_default(),
        locator: words.next().unwrap_or_default(),
    })
}

fn token(json: &Value) -> Result<(String, String)> {
    let word = |at: usize| json.get(at).and_then(Value::as_str).with_context(|| format!("no pair of tokens: {json}"));
    Ok((word(0)?.to_owned(), word(1)?.to_owned()))
}
