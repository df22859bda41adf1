//! The files that are to be attached: found by their patterns, hashed, named; and the one with the checksums of all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Wanted;
use super::compare::File;
use crate::config::nearest;
use crate::error::{Failure, Place};
use crate::fsx::{self, Stamp, WorkFolder};
use crate::glob::Glob;
use crate::resolve::forge::check_asset;
use crate::resolve::release::{AssetRule, CommandPlace};
use crate::sha256;
use crate::step::World;

/// GitHub takes files below this size.
const LARGEST: u64 = 2 << 30;
/// And no more than so many.
const MOST: usize = 1000;

/// What was hashed already: a large file isn't read again while nothing has touched it, an object of git never.
#[derive(Debug, Default)]
pub struct Hashed {
    files: BTreeMap<(PathBuf, Stamp), String>,
    objects: BTreeMap<String, (u64, String)>,
}

/// Where a file's bytes are.
#[derive(Clone, Debug)]
enum Bytes {
    /// In the checkout.
    Disk(PathBuf),
    /// In the commit that is released: an object's id.
    Object(String),
    /// Made here.
    Made(String),
}

/// The files that are at hand.
#[derive(Debug, Default)]
pub struct Files {
    /// Sorted by their names.
    pub files: Vec<File>,
    /// Patterns that nothing in the checkout matches, yet.
    pub without: Vec<String>,
    bytes: BTreeMap<String, Bytes>,
}

impl Files {
    /// Are all of them there?
    pub fn is_whole(&self) -> bool {
        self.without.is_empty()
    }

    /// An error unless all of them are there.
    pub fn expect_whole(&self) -> Result<(), Failure> {
        let Some(first) = self.without.first() else { return Ok(()) };
        let words: Vec<String> = self.without.iter().map(|glob| format!("`{glob}`")).collect();
        Err(Failure::world(format!("no file of the checkout matches {}", words.join(", ")))
            .hint(format!("what makes `{first}` must run here before, as a `[command.NAME]` or by hand")))
    }

    /// The file on the disk, for a program that reads it: written into a folder of the tool's own where it must be.
    pub(crate) fn on_disk(&self, world: &World<'_>, wanted: &Wanted, name: &str, work: &WorkFolder) -> Result<PathBuf> {
        let put = |bytes: &[u8]| {
            let path = work.path().join(name);
            fsx::write_scratch(&path, bytes, false).map(|()| path)
        };
        match self.bytes.get(name) {
            Some(Bytes::Disk(path)) => Ok(path.clone()),
            Some(Bytes::Made(text)) => put(text.as_bytes()),
            Some(Bytes::Object(oid)) => {
                let git = world.remotes.git(wanted.prepared.repo);
                put(git.cat_file_batch(&[oid])?.first().map(Vec::as_slice).unwrap_or_default())
            }
            None => Err(Failure::tool(format!("there is no file for `{name}`")).into()),
        }
    }

    fn add(&mut self, name: &str, size: u64, digest: String, bytes: Bytes, shown: &str) -> Result<(), Failure> {
        check_asset(name).map_err(|reason| Failure::usage(reason).hint(rename(shown)))?;
        if size == 0 {
            let hint = "GitHub takes no empty file: write something into it, or leave it out";
            return Err(Failure::world(format!("`{shown}` is empty")).hint(hint));
        }
        if size >= LARGEST {
            let message = format!("`{shown}` has {} MiB", size >> 20);
            return Err(Failure::world(message).hint("GitHub takes files below 2 GiB: compress or split it"));
        }
        if self.bytes.insert(name.to_owned(), bytes).is_some() {
            let message = format!("two files would be called `{name}`, one of them `{shown}`");
            return Err(Failure::usage(message).hint("give one of them a `name` of its own in its `[[asset]]`"));
        }
        self.files.push(File { name: name.to_owned(), size, digest });
        Ok(())
    }
}

/// Finds all files. What is looked for in the commit must be there; what a command makes in the checkout may come later.
///
/// Errors: a pattern without a file in the commit; names that GitHub would change, or that are there twice. All of them.
pub fn gather(world: &World<'_>, wanted: &Wanted) -> Result<Files> {
    let mut files = Files::default();
    let mut failures = Vec::new();
    for (rule, name) in &wanted.assets {
        for glob in &rule.paths {
            let found = match rule.place {
                CommandPlace::Checkout => on_disk(world, glob),
                CommandPlace::Prepared => in_commit(world, wanted, rule, glob),
            };
            let found = match found.map_err(anyhow::Error::downcast::<Failure>) {
                Ok(found) => found,
                Err(failure) => {
                    failures.push(failure?);
                    continue;
                }
            };
            if found.is_empty() {
                files.without.push(glob.as_str().to_owned());
            }
            for (path, size, digest, bytes) in found {
                let own = path.rsplit('/').next().unwrap_or(&path);
                let added = files.add(name.as_deref().unwrap_or(own), size, digest, bytes, &path);
                failures.extend(added.err().map(|failure| at(world, rule, failure)));
            }
        }
    }
    Failure::all(failures)?;
    files.files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    if let Some(name) = wanted.checksums.as_ref().filter(|_| files.is_whole() && !files.files.is_empty()) {
        let text = checksums(&files.files);
        files.add(name, text.len() as u64, sha256::digest(text.as_bytes()), Bytes::Made(text), name)?;
        files.files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    }
    if files.files.len() > MOST {
        let message = format!("{} files are to be attached", files.files.len());
        return Err(Failure::usage(message).hint(format!("GitHub takes {MOST}: narrow `path` in `[[asset]]`")).into());
    }
    Ok(files)
}

/// As `sha256sum` prints and reads it.
fn checksums(files: &[File]) -> String {
    let digits = |file: &File| file.digest.trim_start_matches("sha256:").to_owned();
    files.iter().map(|file| format!("{}  {}\n", digits(file), file.name)).collect()
}

type Found = Vec<(String, u64, String, Bytes)>;

fn on_disk(world: &World<'_>, glob: &Glob) -> Result<Found> {
    let root = &world.context.root;
    let paths = if glob.is_literal() {
        let there = fsx::is_there(&root.join(glob.as_str()))?;
        there.then(|| glob.as_str().to_owned()).into_iter().collect()
    } else {
        let folder = glob.literal_prefix();
        let below = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let there = fsx::is_folder(&root.join(folder))?;
        let listing = if there { fsx::list_folder(&root.join(folder))?.items } else { Vec::new() };
        listing.into_iter().map(below).filter(|path| glob.is_match(path)).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for path in paths {
        let file = root.join(&path);
        let (size, digest) = hash(world, &file)?;
        found.push((path, size, digest, Bytes::Disk(file)));
    }
    Ok(found)
}

fn hash(world: &World<'_>, file: &Path) -> Result<(u64, String)> {
    let stamp = fsx::stamp(file)?;
    let key = (file.to_owned(), stamp);
    if let Some(known) = world.forge.hashed.borrow().files.get(&key) {
        return Ok((stamp.size, known.clone()));
    }
    let digest = fsx::digest_file(file)?;
    if fsx::stamp(file)? != stamp {
        let message = format!("`{}` changes while it is read", fsx::shown(file));
        return Err(Failure::tool(message).hint("wait until it is written, then run the same command again").into());
    }
    world.forge.hashed.borrow_mut().files.insert(key, digest.clone());
    Ok((stamp.size, digest))
}

fn in_commit(world: &World<'_>, wanted: &Wanted, rule: &AssetRule, glob: &Glob) -> Result<Found> {
    let git = world.remotes.git(wanted.prepared.repo);
    // Before the merge there is only what will be merged.
    let commit = match wanted.prepared.marked(world)? {
        Some(commit) => commit,
        None => wanted.prepared.tip(world)?,
    };
    let all = git.tree_entries(&commit)?.items;
    let entries: Vec<_> = all.iter().filter(|entry| glob.is_match(&entry.path)).collect();
    if let Some(link) = entries.iter().find(|entry| entry.is_symlink()) {
        let failure = Failure::world(format!("`{}` is a symlink", link.path)).hint("name the file that it points to");
        return Err(at(world, rule, failure).into());
    }
    if entries.is_empty() {
        return Err(at(world, rule, not_committed(glob, all.iter().map(|entry| &*entry.path))).into());
    }
    let mut found = Vec::new();
    for entry in entries {
        let known = world.forge.hashed.borrow().objects.get(&entry.oid).cloned();
        let (size, digest) = match known {
            Some(known) => known,
            None => {
                let bytes = git.cat_file_batch(&[&entry.oid])?.pop().unwrap_or_default();
                let known = (bytes.len() as u64, sha256::digest(&bytes));
                world.forge.hashed.borrow_mut().objects.insert(entry.oid.clone(), known.clone());
                known
            }
        };
        found.push((entry.path.clone(), size, digest, Bytes::Object(entry.oid.clone())));
    }
    Ok(found)
}

/// A pattern may find something in another commit; a file that is named and isn't there is a mistake.
fn not_committed<'p>(glob: &Glob, paths: impl Iterator<Item = &'p str>) -> Failure {
    let written = glob.as_str();
    let hint = "correct the path; `where = \"checkout\"` looks for what isn't committed";
    if !glob.is_literal() {
        return Failure::world(format!("no file of the commit that is released matches `{written}`")).hint(hint);
    }
    let failure = Failure::usage(format!("there is no `{written}` in the commit that is released"));
    match nearest(written, paths) {
        Some(near) => {
            failure.hint(format!("did you mean `{near}`? `where = \"checkout\"` looks for what isn't committed"))
        }
        None => failure.hint(hint),
    }
}

fn at(world: &World<'_>, rule: &AssetRule, failure: Failure) -> Failure {
    let config = &world.project.config;
    failure.at(Place::span(&config.path, &config.text, rule.span.clone()))
}

fn rename(shown: &str) -> String {
    format!("rename `{shown}`, or give it a `name` in its `[[asset]]`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(files: &mut Files, name: &str, size: u64) -> Result<(), String> {
        let made = Bytes::Made(String::new());
        files.add(name, size, format!("sha256:{name}"), made, name).map_err(|failure| failure.message)
    }

    #[test]
    fn names_are_sound_and_unique() {
        let mut files = Files::default();
        assert_eq!(add(&mut files, "b.zip", 3), Ok(()));
        assert_eq!(add(&mut files, "a.zip", 3), Ok(()));
        assert_eq!(
            add(&mut files, "a.zip", 3),
            Err("two files would be called `a.zip`, one of them `a.zip`".to_owned())
        );
        assert_eq!(add(&mut files, "c.zip", 0), Err("`c.zip` is empty".to_owned()));
        assert_eq!(add(&mut files, "c.zip", LARGEST), Err("`c.zip` has 2048 MiB".to_owned()));
        for hostile in ["-rf", ".env", "a b", "a\nb", "a#b", "../a", "ä", "a\u{202e}b", "a?name=b", "a&b"] {
            assert!(add(&mut files, hostile, 1).is_err(), "{hostile:?}");
        }
        assert_eq!(checksums(&files.files), "b.zip  b.zip\na.zip  a.zip\n");
    }
}
