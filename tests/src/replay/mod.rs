//! Replays real version bumps with the real binary, and compares with what people wrote, byte for byte.

pub mod case;
pub mod config;
pub mod init;
pub mod meter;
pub mod mine;
pub mod mirror;
pub mod pieces;
pub mod places;
pub mod sandbox;
pub mod tracks;

use std::path::Path;

use anyhow::{Context, Result};

use case::{Case, Tree, read_case, read_tree};
use places::{Entry, find_entries};
use sandbox::Sandbox;
use tracks::{Track, Tracks};

/// What came out of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every file is as the people wrote it.
    Exact,
    /// These files differ.
    Differs(Vec<String>),
    /// The tool, or the writing of the configuration, said no: its words.
    Refused(String),
}

/// What is known about the places of a case before the bump.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The numbers that stand somewhere.
    pub tracks: Vec<Track>,
    /// Each file with the entries of its places.
    pub manifests: Vec<(String, Vec<Entry>)>,
}

/// Replays the case of a folder with a binary; the tree is left at `keep` where given.
pub fn replay(folder: &Path, binary: &Path, keep: Option<&Path>) -> Result<Verdict> {
    let case = read_case(folder)?;
    let before = read_tree(&folder.join("before"))?;
    let sandbox = Sandbox::new(&before, keep)?;
    let setup = match derive(&case, &before) {
        Ok(setup) => setup,
        Err(error) => return Ok(Verdict::Refused(format!("{error:#}"))),
    };
    sandbox.write("release-config/release.toml", config::render_config(&setup).as_bytes())?;
    sandbox.commit()?;
    let asked: Vec<String> = setup.tracks.iter().map(|track| format!("{}={}", track.name, track.to)).collect();
    if let Err(said) = sandbox.bump(binary, &asked)? {
        return Ok(Verdict::Refused(said));
    }
    let wanted = read_tree(&folder.join("after"))?;
    let differs = differences(&wanted, &read_tree(sandbox.root())?, &before);
    Ok(if differs.is_empty() { Verdict::Exact } else { Verdict::Differs(differs) })
}

/// The tracks that stand somewhere, and the entries of each file; the text after the bump is never looked at.
fn derive(case: &Case, before: &Tree) -> Result<Setup> {
    let mut tracks = Tracks::new(case);
    let mut paths: Vec<&str> = case.changes.iter().map(|change| change.path.as_str()).collect();
    paths.dedup();
    let mut manifests = Vec::new();
    while let Some(&path) = paths.first() {
        paths.retain(|other| *other != path);
        let bytes = before.get(path).with_context(|| format!("no file `{path}` before"))?;
        let text = std::str::from_utf8(bytes).with_context(|| format!("`{path}` is no UTF-8"))?;
        let changes: Vec<_> = case.changes.iter().filter(|change| change.path == path).collect();
        let entries = find_entries(text, &changes, &mut tracks).with_context(|| format!("`{path}`"))?;
        manifests.push((path.to_owned(), entries));
    }
    let stands = |track: &&Track| {
        let (own, piece) = (format!("{{{}}}", track.name), format!("{{{}.", track.name));
        let mut templates = manifests.iter().flat_map(|(_, entries)| entries).map(|entry| &entry.template);
        templates.any(|template| template.contains(&own) || template.contains(&piece))
    };
    let tracks = tracks.list().iter().filter(stands).cloned().collect();
    Ok(Setup { tracks, manifests })
}

/// The files that are not as wanted, also those that nobody wanted to change.
fn differences(wanted: &Tree, got: &Tree, before: &Tree) -> Vec<String> {
    let mut names: Vec<&String> = wanted.keys().chain(before.keys()).chain(got.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let right = |name: &str| wanted.get(name).or_else(|| before.get(name));
    names.into_iter().filter(|name| got.get(*name) != right(name)).cloned().collect()
}
