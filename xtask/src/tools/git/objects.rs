//! What stands in the index, in a commit, and in the objects they name; and the commit that is made of files.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use anyhow::Result;

use super::{Git, Run};
use crate::error::Failure;
use crate::fsx::{Listing, MAX_BYTES};

const SYMLINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// A path of the index or of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is, in git's numbers: `0o100644`, `0o100755`, `0o120000` a symlink.
    pub mode: u32,
    /// The object with its contents, in hexadecimal digits: 40, or 64 in a SHA-256 repository.
    pub oid: String,
    /// From the top of the work tree, with `/` between the parts.
    pub path: String,
}

impl Entry {
    /// It points to another path, and its contents are that path.
    pub fn is_symlink(&self) -> bool {
        self.mode == SYMLINK
    }
}

impl Git {
    /// The tracked paths that match any of the pathspecs, or all of them; without submodules.
    ///
    /// A pathspec is git's: `charts/*/Chart.yaml` matches deeper folders too, `:(glob)charts/*/Chart.yaml` doesn't.
    /// A path in conflict is listed once: see [`Git::unmerged`].
    pub fn ls_files(&self, pathspecs: &[String]) -> Result<Listing<String>> {
        let run = self.look()?.args(["ls-files", "--stage", "-z", "--"]).args(pathspecs);
        let listing = parse_entries(&run.read()?, index_entry);
        let mut paths: Vec<String> = listing.items.into_iter().map(|(entry, _)| entry.path).collect();
        paths.dedup();
        Ok(Listing { items: paths, skipped: listing.skipped })
    }

    /// What the next commit will hold, without submodules. An error if a path is in conflict.
    pub fn staged_entries(&self, pathspecs: &[String]) -> Result<Listing<Entry>> {
        let run = self.look()?.args(["ls-files", "--stage", "-z", "--"]).args(pathspecs);
        let listing = parse_entries(&run.read()?, index_entry);
        if let Some((entry, _)) = listing.items.iter().find(|(_, stage)| *stage > 0) {
            return Err(conflict(&entry.path));
        }
        Ok(Listing { items: listing.items.into_iter().map(|(entry, _)| entry).collect(), skipped: listing.skipped })
    }

    /// What a commit holds, without submodules. `rev` is whatever git understands: a tag, a branch, an id.
    pub fn tree_entries(&self, rev: &str) -> Result<Listing<Entry>> {
        let listing = if is_oid(rev) { self.list_tree(rev)? } else { self.list_tree(&self.resolve(rev)?)? };
        Ok(parse_entries(&listing, tree_entry))
    }

    /// What stands in a commit or a folder, by its id, with the folders in it: `mode type oid<TAB>path`, each ended by a
    /// NUL.
    pub(super) fn list_tree(&self, oid: &str) -> Result<Arc<Vec<u8>>> {
        if let Some(known) = self.memory.lock().trees.get(oid) {
            return Ok(Arc::clone(known));
        }
        let listing = Arc::new(self.look()?.args(["ls-tree", "-r", "-t", "-z", "--full-tree", oid]).read()?);
        self.memory.lock().trees.insert(oid.to_owned(), Arc::clone(&listing));
        Ok(listing)
    }

    /// The paths in conflict: of a merge, a rebase, a cherry-pick that nobody has ended yet.
    pub fn unmerged(&self) -> Result<Vec<String>> {
        let listing = parse_entries(&self.look()?.args(["ls-files", "--unmerged", "-z"]).read()?, index_entry);
        let mut paths: Vec<String> = listing.items.into_iter().map(|(entry, _)| entry.path).collect();
        paths.dedup();
        Ok(paths)
    }

    /// The contents of blobs, in the order asked for.
    pub fn cat_file_batch(&self, oids: &[impl AsRef<str>]) -> Result<Vec<Vec<u8>>> {
        let mut blobs = Vec::with_capacity(oids.len());
        self.cat_file_each(oids, |_, bytes| {
            blobs.push(bytes);
            Ok(())
        })?;
        Ok(blobs)
    }

    /// The contents of small files that are looked at again and again, in the order asked for.
    pub fn files(&self, oids: &[String]) -> Result<Vec<Arc<Vec<u8>>>> {
        let unknown: Vec<&String> = {
            let known = self.memory.lock();
            oids.iter().filter(|oid| !known.files.contains_key(*oid)).collect()
        };
        let read = self.cat_file_batch(&unknown)?;
        let mut known = self.memory.lock();
        known.files.extend(unknown.into_iter().cloned().zip(read.into_iter().map(Arc::new)));
        Ok(oids.iter().filter_map(|oid| known.files.get(oid).cloned()).collect())
    }

    /// The contents of one file of the index, in one look; none if it isn't there or is in conflict.
    pub fn find_staged(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let output = self.look()?.args(["cat-file", "blob", "--end-of-options"]).arg(format!(":0:{path}")).output()?;
        Ok((output.code == Some(0)).then_some(output.stdout))
    }

    /// Hands each blob to `take`, with its place in the list, as soon as it is there: one process for all of them.
    ///
    /// Errors: an object that is missing, that is no blob, or that is larger than [`MAX_BYTES`].
    pub fn cat_file_each(
        &self,
        oids: &[impl AsRef<str>],
        mut take: impl FnMut(usize, Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        if oids.is_empty() {
            return Ok(());
        }
        let oids: Vec<&str> = oids.iter().map(AsRef::as_ref).collect();
        if let Some(odd) = oids.iter().find(|oid| !is_oid(oid)) {
            return Err(Failure::usage(format!("`{odd}` is not the id of an object")).hint("resolve it first").into());
        }
        let run: Run = self.look()?.args(["cat-file", "--batch", "--buffer"]);
        run.stream((oids.join("\n") + "\n").into_bytes(), |out| {
            let mut out = BufReader::with_capacity(1 << 16, out);
            oids.iter().enumerate().try_for_each(|(at, oid)| take(at, read_blob(&mut out, oid)?))
        })
    }

    /// The paths that the next commit changes.
    pub fn staged_paths(&self) -> Result<Vec<String>> {
        // A repository without a commit is compared with the empty tree.
        let run = self.look()?.args(["diff", "--cached", "--name-only", "--no-renames", "--no-ext-diff", "-z"]);
        Ok(split_paths(&run.read()?))
    }

    /// Those of these paths whose files are not as `HEAD` has them, staged or not.
    pub fn dirty_paths(&self, paths: &[String]) -> Result<Vec<String>> {
        // Not `diff-index`: it takes a file that was only touched for a changed one.
        let run = self.look()?.args(["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", "HEAD", "--"]);
        let dirty = split_paths(&run.read()?);
        Ok(paths.iter().filter(|path| dirty.contains(path)).cloned().collect())
    }

    /// Commits the files as they are in the work tree, and nothing else that may be staged; gives the commit.
    ///
    /// The user's own hooks run and their settings count (signing too), as in any commit that they make by hand.
    /// The paths go in on stdin, so that any number fits.
    pub fn commit(&self, paths: &[String], message: &str) -> Result<String> {
        let args =
            ["commit", "--only", "--quiet", "--cleanup=verbatim", "--pathspec-from-file=-", "--pathspec-file-nul"];
        let run = self.act()?.arg("--literal-pathspecs").args(args).arg(format!("--message={message}"));
        run.stdin(paths.join("\0")).run()?;
        self.resolve("HEAD")
    }
}

pub(super) fn split_paths(bytes: &[u8]) -> Vec<String> {
    let names = bytes.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

fn read_blob(out: &mut impl BufRead, oid: &str) -> Result<Vec<u8>> {
    let mut header = String::new();
    out.read_line(&mut header)?;
    let mut words = header.trim_end().split(' ').skip(1);
    let size = match (words.next(), words.next().and_then(|size| size.parse::<u64>().ok())) {
        (Some("blob"), Some(size)) => size,
        (Some("missing"), _) => {
            let failure = Failure::world(format!("the object `{oid}` is missing from the repository"));
            return Err(failure
                .hint("`git fsck` shows what else is; a shallow or partial clone can `git fetch` it")
                .into());
        }
        (kind, _) => {
            let kind = kind.unwrap_or("cut off");
            return Err(Failure::world(format!("the object `{oid}` is `{kind}`, not a file"))
                .hint("run `git fsck`")
                .into());
        }
    };
    if size > MAX_BYTES {
        let failure = Failure::world(format!(
            "the object `{oid}` has {} MiB; a manifest has at most 64 MiB",
            size.div_ceil(1 << 20)
        ));
        return Err(failure.hint("leave the file out of the configuration, or narrow the glob").into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size)? + 1);
    // One byte more: the line end after the contents.
    out.take(size + 1).read_to_end(&mut bytes)?;
    match bytes.pop() {
        Some(b'\n') if bytes.len() as u64 == size => Ok(bytes),
        _ => {
            Err(Failure::tool(format!("`git cat-file` stopped in the middle of `{oid}`")).hint("run `git fsck`").into())
        }
    }
}

/// Splits a `-z` listing; what has a name that is not UTF-8 is only named, and submodules are left out.
fn parse_entries<T>(bytes: &[u8], parse: impl Fn(&str, &str) -> Option<T>) -> Listing<T> {
    let mut listing = Listing::default();
    for record in bytes.split(|&byte| byte == 0).filter(|record| !record.is_empty()) {
        let tab = record.iter().position(|&byte| byte == b'\t').unwrap_or_default();
        let (head, name) = (String::from_utf8_lossy(&record[..tab]), record.get(tab + 1..).unwrap_or_default());
        match std::str::from_utf8(name) {
            Ok(path) => listing.items.extend(parse(&head, path)),
            Err(_) if parse(&head, "").is_none() => {}
            Err(_) => listing.skipped.push(crate::fsx::shown(&super::path(name))),
        }
    }
    listing
}

/// `mode oid stage`, as `ls-files --stage` prints it; the stage is 0 unless the path is in conflict.
fn index_entry(head: &str, path: &str) -> Option<(Entry, u8)> {
    let mut words = head.split(' ');
    let (mode, oid, stage) = (words.next()?, words.next()?, words.next()?);
    Some((entry(mode, oid, path)?, stage.parse().ok()?))
}

/// `mode type oid`, as `ls-tree` prints it; folders are left out.
fn tree_entry(head: &str, path: &str) -> Option<Entry> {
    let mut words = head.split(' ');
    let (mode, kind, oid) = (words.next()?, words.next()?, words.next()?);
    if kind == "tree" { None } else { entry(mode, oid, path) }
}

/// The type and the id of what stands at a path of a listing with folders.
pub(super) fn find_in_tree(listing: &[u8], path: &str) -> Option<(String, String)> {
    let record = listing.split(|&byte| byte == 0).find(|record| {
        let tab = record.iter().position(|&byte| byte == b'\t');
        tab.is_some_and(|tab| &record[tab + 1..] == path.as_bytes())
    })?;
    let head = String::from_utf8_lossy(record.split(|&byte| byte == b'\t').next()?).into_owned();
    let mut words = head.split(' ').skip(1).map(str::to_owned);
    Some((words.next()?, words.next()?))
}

fn entry(mode: &str, oid: &str, path: &str) -> Option<Entry> {
    let mode = u32::from_str_radix(mode, 8).ok()?;
    (mode != SUBMODULE).then(|| Entry { mode, oid: oid.to_owned(), path: path.to_owned() })
}

pub(crate) fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn conflict(path: &str) -> anyhow::Error {
    Failure::world(format!("`{path}` is in a merge conflict"))
        .hint("resolve it and `git add` it, or give the merge up with `git merge --abort`; then run the same command again")
        .into()
}
