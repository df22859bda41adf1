//! The tool's own references in its clones, and small looks at commits.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Git;
use crate::error::Failure;

/// Where the tool keeps what it has prepared.
const OWN: [&str; 2] = ["refs/lockstep/prepared", "refs/lockstep/tags"];

/// A commit of a branch's own line, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// Its id.
    pub oid: String,
    /// The id of its files.
    pub tree: String,
    /// The first line of its message.
    pub subject: String,
}

impl Git {
    /// The last commits of a branch's own line, newest first.
    pub fn line(&self, tip: &str, last: usize) -> Result<Vec<Short>> {
        let most = format!("--max-count={last}");
        let args = [
            "log",
            "--encoding=UTF-8",
            "--first-parent",
            "--no-notes",
            "-z",
            "--format=%H %T %s",
            &most,
            "--end-of-options",
            tip,
            "--",
        ];
        let listing = self.look()?.args(["-c", "log.showSignature=false"]).args(args).read()?;
        let listing = String::from_utf8_lossy(&listing);
        let short = |line: &str| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            Some(Short { oid: words.next()?, tree: words.next()?, subject: words.next()? })
        };
        Ok(listing.split_terminator('\0').filter_map(short).collect())
    }

    /// What one of the tool's own references holds, of a prepared commit or tag. All of them are asked for at once, and
    /// again when this process has moved one; nobody else moves them while it holds the clone.
    pub fn find_ref(&self, name: &str) -> Result<Option<String>> {
        if let Some(known) = &self.memory.lock().own_refs {
            return Ok(known.get(name).cloned());
        }
        let run = self.look()?.args(["for-each-ref", "--format=%(objectname) %(refname)", "--"]).args(OWN);
        let listing = run.read_text()?;
        let refs = listing.lines().filter_map(|line| line.split_once(' '));
        let refs: BTreeMap<String, String> = refs.map(|(oid, name)| (name.to_owned(), oid.to_owned())).collect();
        let found = refs.get(name).cloned();
        self.memory.lock().own_refs = Some(refs);
        Ok(found)
    }

    /// Lets one of the tool's own references keep an object; it is on the disk when this returns.
    pub fn keep_ref(&self, name: &str, oid: &str) -> Result<()> {
        self.memory.lock().own_refs = None;
        self.act()?.args(["-c", "core.fsync=all", "update-ref", "--no-deref", name, oid]).run()
    }

    /// The id that git would give to these bytes as a file: a digest. Nothing is written.
    pub fn hash_text(&self, text: &str) -> Result<String> {
        if let Some(known) = self.memory.lock().texts.get(text) {
            return Ok(known.clone());
        }
        let oid = self.look()?.args(["hash-object", "--no-filters", "--stdin"]).stdin(text).read_text()?;
        self.memory.lock().texts.insert(text.to_owned(), oid.clone());
        Ok(oid)
    }

    /// When a commit was made, by its own word: seconds since 1970.
    pub fn commit_seconds(&self, oid: &str) -> Result<u64> {
        if let Some(seconds) = self.memory.lock().seconds.get(oid) {
            return Ok(*seconds);
        }
        match self.heads_of(&[oid.to_owned()])?[..] {
            [Some(Some(seconds))] => {
                self.memory.lock().seconds.insert(oid.to_owned(), seconds);
                Ok(seconds)
            }
            _ => Err(Failure::world(format!("the commit `{oid}` has no date")).hint("`git fsck` says more").into()),
        }
    }

    /// For each of these names: none where nothing is here, and of a commit when it was made.
    pub(super) fn heads_of(&self, names: &[String]) -> Result<Vec<Option<Option<u64>>>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let listing = self.look()?.args(["cat-file", "--batch"]).stdin(names.join("\n") + "\n").read()?;
        let (mut rest, mut heads) = (&listing[..], Vec::new());
        while !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len() - 1);
            let header = String::from_utf8_lossy(&rest[..end]).into_owned();
            let mut words = header.rsplit(' ');
            let (last, kind) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            rest = &rest[end + 1..];
            let Ok(size) = last.parse::<usize>() else {
                heads.push(None);
                continue;
            };
            let object = rest.get(..size).unwrap_or(rest);
            heads.push(Some(if kind == "commit" { seconds_of(object) } else { None }));
            rest = rest.get(size + 1..).unwrap_or_default();
        }
        Ok(heads)
    }

    /// The id of a commit's files, where it was made here.
    pub fn known_tree(&self, commit: &str) -> Option<String> {
        self.memory.lock().tree_ids.get(commit).cloned()
    }

    /// The newest commit with this subject among the last ones of a branch's own line; none if there is none.
    pub fn find_subject(&self, tip: &str, subject: &str, last: usize) -> Result<Option<String>> {
        let found = self.line(tip, last)?.into_iter().find(|commit| commit.subject == subject);
        Ok(found.map(|commit| commit.oid))
    }
}

/// The committer's moment: `committer Ada <ada@example.com> 1782907200 +0000`.
pub(super) fn seconds_of(commit: &[u8]) -> Option<u64> {
    let mut head = commit.split(|&byte| byte == b'\n').take_while(|line| !line.is_empty());
    let line = String::from_utf8_lossy(head.find(|line| line.starts_with(b"committer "))?);
    line.rsplit(' ').nth(1)?.parse().ok()
}
