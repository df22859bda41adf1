//! The tool's own references in its clones, and small looks at commits.

use anyhow::Result;

use super::Git;
use crate::error::Failure;

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

    /// What one of the tool's own references holds.
    pub fn find_ref(&self, name: &str) -> Result<Option<String>> {
        let run = self.look()?.args(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
        Ok(self.answer(run)?.map(|oid| oid.trim_end().to_owned()))
    }

    /// Lets one of the tool's own references keep an object; it is on the disk when this returns.
    pub fn keep_ref(&self, name: &str, oid: &str) -> Result<()> {
        self.act()?.args(["-c", "core.fsync=all", "update-ref", "--no-deref", name, oid]).run()
    }

    /// The id that git would give to these bytes as a file: a digest. Nothing is written.
    pub fn hash_text(&self, text: &str) -> Result<String> {
        self.look()?.args(["hash-object", "--no-filters", "--stdin"]).stdin(text).read_text()
    }

    /// When a commit was made, by its own word: seconds since 1970.
    pub fn commit_seconds(&self, oid: &str) -> Result<u64> {
        let run = self.look()?.args([
            "show",
            "--encoding=UTF-8",
            "--no-patch",
            "--no-notes",
            "--format=%ct",
            "--end-of-options",
            oid,
        ]);
        let text = run.read_text()?;
        text.trim().parse().map_err(|_| Failure::world(format!("the commit `{oid}` has no date")).into())
    }

    /// The newest commit with this subject among the last ones of a branch's own line; none if there is none.
    pub fn find_subject(&self, tip: &str, subject: &str, last: usize) -> Result<Option<String>> {
        let found = self.line(tip, last)?.into_iter().find(|commit| commit.subject == subject);
        Ok(found.map(|commit| commit.oid))
    }
}
