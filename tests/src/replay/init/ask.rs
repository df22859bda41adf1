//! What a user reads from the tool after `init`: its tracks, and the places it is unsure of.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;
use xtask::glob::Glob;

use super::super::case::Pair;

/// A track as `versions` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// Its number, in every spelling.
    pub numbers: BTreeSet<String>,
}

/// Reads `versions --format json`.
pub fn read_tracks(json: &[u8]) -> Result<Vec<Shown>> {
    let json: Value = serde_json::from_slice(json).context("`versions` says no JSON")?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let shown = |track: &Value| {
        let spelled = track["spellings"].as_object().into_iter().flat_map(|all| all.values());
        let numbers = spelled.chain([&track["version"]]).filter_map(text).collect();
        Some(Shown { name: text(&track["name"])?, numbers })
    };
    Ok(json["tracks"].as_array().into_iter().flatten().filter_map(shown).collect())
}

/// The tracks that stand at the number that a pair moves; a pair without one may converge with others that have one.
pub fn standing<'t>(tracks: &'t [Shown], pairs: &[Pair], lead: usize) -> Vec<&'t Shown> {
    let at =
        |pair: &Pair| -> Vec<&Shown> { tracks.iter().filter(|track| track.numbers.contains(&pair.from)).collect() };
    let own = at(&pairs[lead]);
    let others = pairs.iter().filter(|pair| pair.to == pairs[lead].to);
    if own.is_empty() { others.map(at).find(|found| !found.is_empty()).unwrap_or_default() } else { own }
}

/// The paths that a dry run would write.
pub fn read_writes(json: &[u8]) -> Vec<String> {
    let json: Value = serde_json::from_slice(json).unwrap_or_default();
    let writes = json["writes"].as_array().into_iter().flatten();
    writes.filter_map(|write| write["path"].as_str().map(str::to_owned)).collect()
}

/// The paths that were listed as unsure: in the comments of the file, and in what `init` said.
pub fn unsure(toml: &str, said: &str) -> Vec<Glob> {
    let mut found = Vec::new();
    for line in toml.lines().skip_while(|line| !(line.starts_with('#') && line.to_lowercase().contains("unsure"))) {
        if let Some(comment) = line.strip_prefix('#') {
            let quoted = comment.split('"').skip(1).step_by(2);
            found.extend(quoted.filter_map(|word| Glob::parse(word).ok()));
        }
    }
    let mut inside = false;
    for line in said.lines() {
        if !line.starts_with(' ') {
            inside = line.to_lowercase().contains("unsure");
        } else if inside {
            let words = line.split_whitespace().map(|word| word.trim_matches(|c| "`,:".contains(c)));
            found.extend(words.filter(|word| word.contains(['/', '.'])).filter_map(|word| Glob::parse(word).ok()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(unsure: &[Glob], path: &str) -> bool {
        unsure.iter().any(|glob| glob.is_match(path))
    }

    #[test]
    fn what_is_unsure_is_in_comments_and_on_the_terminal() {
        let toml =
            "[project]\n# `x`, see \"a.md\"\n\n# Unsure, and so left out\n#\n# [[manifest]]\n# path = \"docs/*.md\"\n";
        let said = "taken (1)\n  b.md  text\nunsure: as comments (1)\n  c/d.md  text.x {} = \"{app}\"  why\nleft alone\n  e.md  y\n";
        let found = unsure(toml, said);
        assert!(names(&found, "docs/x.md") && names(&found, "c/d.md"));
        assert!(!names(&found, "a.md") && !names(&found, "b.md") && !names(&found, "e.md"));
    }

    #[test]
    fn a_track_is_found_by_its_number() {
        let json = br#"{"tracks":[{"name":"app","version":"1.0.0b1","spellings":{"semver":"1.0.0-beta.1"}},
            {"name":"chart","version":null,"spellings":{}}]}"#;
        let tracks = read_tracks(json).unwrap();
        let pair = |from: &str| Pair { from: from.into(), to: "1.0.0".into(), role: String::new() };
        let found = |from: &[&str]| {
            let pairs: Vec<Pair> = from.iter().map(|from| pair(from)).collect();
            standing(&tracks, &pairs, 0).iter().map(|track| track.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(found(&["1.0.0-beta.1"]), ["app"]);
        assert_eq!(found(&["0.9.0", "1.0.0b1"]), ["app"]);
        assert_eq!(found(&["0.9.0"]), Vec::<String>::new());
    }
}
