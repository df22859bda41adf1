//! The tool's own references in its clones, and small looks at commits.

use anyhow::Result;

use super::Git;
use crate::error::Failure;

impl Git {
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
        let run = self.look()?.args(["show", "--no-patch", "--no-notes", "--format=%ct", "--end-of-options", oid]);
        let text = run.read_text()?;
        text.trim().parse().map_err(|_| Failure::world(format!("the commit `{oid}` has no date")).into())
    }

    /// The newest commit with this subject among the last ones of a branch's own line; none if there is none.
    pub fn find_subject(&self, tip: &str, subject: &str, last: usize) -> Result<Option<String>> {
        let most = format!("--max-count={last}");
        let args =
            ["log", "--first-parent", "--no-notes", "-z", "--format=%H %s", &most, "--end-of-options", tip, "--"];
        let listing = self.look()?.args(["-c", "log.showSignature=false"]).args(args).read()?;
        let listing = String::from_utf8_lossy(&listing);
        let found = listing.split('\0').find_map(|line| {
            let (oid, said) = line.split_once(' ')?;
            (said == subject).then(|| oid.to_owned())
        });
        Ok(found)
    }
}
