//! Objects by their ids, many in one process; and what of them isn't here, in a clone that has left things out.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read};

use anyhow::Result;

use super::kept::seconds_of;
use super::objects::is_oid;
use super::{Git, Run};
use crate::error::Failure;
use crate::fsx::MAX_BYTES;

/// An object as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its id.
    pub oid: String,
    /// `commit`, `tree`, `blob` or `tag`.
    pub kind: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A commit that a tag marks, whatever objects stand between the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Its id.
    pub commit: String,
    /// The id of its files.
    pub tree: String,
    /// When it was committed: seconds since 1970.
    pub seconds: u64,
}

/// A row of a folder's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// What it is, in git's numbers: `0o100644`, `0o040000` a folder.
    pub mode: u32,
    /// Its name; what is not UTF-8 in it is replaced, and then no pattern means it.
    pub name: String,
    /// Its id.
    pub oid: String,
}

impl Git {
    /// The tags below a reference, each with the id that it holds. No object is looked at, so none has to be here.
    pub fn tag_refs(&self, pattern: &str) -> Result<Vec<(String, String)>> {
        let format = "--format=%(objectname) %(refname:lstrip=2)";
        let listing = self.look()?.args(["for-each-ref", format, pattern]).read()?;
        let listing = String::from_utf8_lossy(&listing);
        let tag = |line: &str| line.split_once(' ').map(|(oid, name)| (name.to_owned(), oid.to_owned()));
        Ok(listing.lines().filter_map(tag).collect())
    }

    /// What these ids mark in the end, in their order: almost always a commit. None for what isn't here.
    pub(super) fn peeled(&self, oids: &[String]) -> Result<Vec<Option<String>>> {
        let names: String = oids.iter().map(|oid| format!("{oid}^{{}}\n")).collect();
        let run = self.without_fetching()?.args(["cat-file", "--batch-check=%(objectname) %(objecttype)"]);
        let listing = run.stdin(names).read_text()?;
        let target =
            |line: &str| line.split_once(' ').filter(|(_, kind)| *kind != "missing").map(|(oid, _)| oid.to_owned());
        Ok(listing.lines().map(target).collect())
    }

    /// The commits that these ids mark, in their order; none for what marks no commit, or isn't here.
    pub fn marked(&self, oids: &[String]) -> Result<Vec<Option<Marked>>> {
        let names: Vec<String> = oids.iter().map(|oid| format!("{oid}^{{commit}}")).collect();
        let mut marked = Vec::with_capacity(oids.len());
        self.cat_objects(&names, |_, object| {
            marked.push(object.and_then(read_marked));
            Ok(())
        })?;
        Ok(marked)
    }

    /// Hands each object to `take`, with its place in the list, as soon as it is there: one process for all of them.
    /// None for what isn't here, and for what is larger than [`MAX_BYTES`]. In a partial clone nothing is fetched, and
    /// a missing object is an error: ask [`Git::left_out`] before.
    pub fn cat_objects(
        &self,
        names: &[String],
        mut take: impl FnMut(usize, Option<Object>) -> Result<()>,
    ) -> Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        if let Some(odd) = names.iter().find(|name| !is_oid(name.trim_end_matches("^{commit}"))) {
            return Err(Failure::usage(format!("`{odd}` is not the id of an object")).hint("resolve it first").into());
        }
        let run = self.without_fetching()?.args(["cat-file", "--batch", "--buffer"]);
        run.stream((names.join("\n") + "\n").into_bytes(), |out| {
            let mut out = BufReader::with_capacity(1 << 16, out);
            (0..names.len()).try_for_each(|at| take(at, read_object(&mut out)?))
        })
    }

    /// Does the clone leave objects out until somebody asks for them?
    pub fn is_partial(&self) -> Result<bool> {
        let promises = r"^(remote\..*\.promisor|extensions\.partialclone)$";
        Ok(self.answer(self.look()?.args(["config", "--get-regexp", promises]))?.is_some())
    }

    /// What these commits are made of and a partial clone has left out. Nothing is fetched.
    pub fn left_out(&self, commits: &[String]) -> Result<BTreeSet<String>> {
        if commits.is_empty() {
            return Ok(BTreeSet::new());
        }
        let args = ["rev-list", "--objects", "--no-walk", "--missing=print", "--no-object-names", "--stdin", "--"];
        let listing = self.without_fetching()?.args(args).stdin(commits.join("\n") + "\n").read()?;
        let listing = String::from_utf8_lossy(&listing);
        Ok(listing.lines().filter_map(|line| line.strip_prefix('?')).map(str::to_owned).collect())
    }

    /// A look that brings nothing from anywhere, however a partial clone is set up. Older versions of git don't know the
    /// variable: there no protocol is allowed.
    fn without_fetching(&self) -> Result<Run> {
        Ok(self.look()?.env("GIT_NO_LAZY_FETCH", "1").args(["-c", "protocol.allow=never"]))
    }
}

/// The rows of a folder's object: `mode name<NUL>id`, the id in as many bytes as the repository's ids have.
pub fn read_tree(tree: &Object) -> Vec<TreeRow> {
    let (width, mut rest, mut rows) = (tree.oid.len() / 2, &tree.bytes[..], Vec::new());
    while let Some(end) = rest.iter().position(|&byte| byte == 0) {
        let (head, Some(oid)) = (&rest[..end], rest.get(end + 1..end + 1 + width)) else { break };
        let space = head.iter().position(|&byte| byte == b' ').unwrap_or(head.len());
        let mode = u32::from_str_radix(&String::from_utf8_lossy(&head[..space]), 8).unwrap_or_default();
        let name = String::from_utf8_lossy(head.get(space + 1..).unwrap_or_default()).into_owned();
        rows.push(TreeRow { mode, name, oid: oid.iter().map(|byte| format!("{byte:02x}")).collect() });
        rest = &rest[end + 1 + width..];
    }
    rows
}

fn read_marked(commit: Object) -> Option<Marked> {
    let first = commit.bytes.split(|&byte| byte == b'\n').next()?;
    let tree = String::from_utf8_lossy(first.strip_prefix(b"tree ")?).into_owned();
    Some(Marked { tree, seconds: seconds_of(&commit.bytes)?, commit: commit.oid })
}

/// `oid kind size`, a line end, the bytes, a line end; or `name missing`.
fn read_object(out: &mut impl BufRead) -> Result<Option<Object>> {
    let mut header = String::new();
    out.read_line(&mut header)?;
    let words: Vec<&str> = header.trim_end().split(' ').collect();
    let (oid, kind, size) = match words.as_slice() {
        [oid, kind, size] => (*oid, *kind, size.parse::<u64>()?),
        [_, "missing"] => return Ok(None),
        _ => {
            let message = format!("`git cat-file` stopped at `{}`", header.trim_end().escape_debug());
            return Err(Failure::tool(message).hint("run `git fsck`").into());
        }
    };
    if size > MAX_BYTES {
        io::copy(&mut out.take(size + 1), &mut io::sink())?;
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size)? + 1);
    // One byte more: the line end after the contents.
    out.take(size + 1).read_to_end(&mut bytes)?;
    match bytes.pop() {
        Some(b'\n') if bytes.len() as u64 == size => {
            Ok(Some(Object { oid: oid.to_owned(), kind: kind.to_owned(), bytes }))
        }
        _ => {
            Err(Failure::tool(format!("`git cat-file` stopped in the middle of `{oid}`")).hint("run `git fsck`").into())
        }
    }
}
