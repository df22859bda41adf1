//! How a commit came to a branch: by a merge commit, or straight.

use anyhow::Result;

use super::Git;
use super::objects::is_oid;

/// A merge commit on a branch's own line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its id.
    pub oid: String,
    /// Its second parent, or the later one that was asked for: the tip of what was merged.
    pub merged: String,
}

/// How a branch got a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// It doesn't have it.
    No,
    /// The commit is on the branch's own line: pushed, or fast-forwarded.
    Straight,
    /// By this merge, the first that brought it.
    Merge(Merge),
}

impl Git {
    /// How the branch with this tip got a commit.
    pub fn brought(&self, tip: &str, commit: &str) -> Result<Brought> {
        if !self.is_ancestor(commit, tip)? {
            return Ok(Brought::No);
        }
        // Newest first; those that hold the commit come before those that don't.
        let line = self.own_line(tip, commit)?;
        let (mut with, mut without) = (0, line.len());
        while with < without {
            let middle = with.midpoint(without);
            if self.is_ancestor(commit, &line[middle][0])? { with = middle + 1 } else { without = middle }
        }
        let Some(first) = with.checked_sub(1).map(|at| &line[at]) else { return Ok(Brought::Straight) };
        if first.get(1).is_some_and(|parent| parent == commit) {
            // It was on the line itself, whatever was merged next, even if that stands on it.
            return Ok(Brought::Straight);
        }
        for parent in first.iter().skip(2) {
            if self.is_ancestor(commit, parent)? {
                return Ok(Brought::Merge(Merge { oid: first[0].clone(), merged: parent.clone() }));
            }
        }
        Ok(Brought::Straight)
    }

    /// What a commit stands on; more than one for a merge.
    pub fn parents(&self, commit: &str) -> Result<Vec<String>> {
        let args = ["--no-walk", "--format=%P", "--end-of-options", commit, "--"];
        let run = self.look()?.args(["-c", "log.showSignature=false", "log"]).args(args);
        Ok(run.read_text()?.split_whitespace().map(str::to_owned).collect())
    }

    /// The commits of a branch with exactly this subject, or with it and the number that a forge puts behind it; newest
    /// first.
    pub fn with_subject(&self, tip: &str, subject: &str) -> Result<Vec<String>> {
        let grep = format!("--grep={subject}");
        let args = ["--fixed-strings", &grep, "--encoding=UTF-8", "--no-notes", "--format=%H %s", "--end-of-options"];
        let run = self.look()?.args(["-c", "log.showSignature=false", "log"]).args(args).args([tip, "--"]);
        let is = |said: &str| said == subject || said.strip_prefix(subject).is_some_and(|rest| rest.starts_with(" (#"));
        let listing = run.read()?;
        let listing = String::from_utf8_lossy(&listing);
        let found = listing.lines().filter_map(|line| line.split_once(' ')).filter(|(_, said)| is(said));
        Ok(found.map(|(oid, _)| oid.to_owned()).collect())
    }

    /// The commits of a branch's own line that another commit doesn't have, newest first, each with its parents.
    fn own_line(&self, tip: &str, without: &str) -> Result<Vec<Vec<String>>> {
        let not = format!("^{without}");
        let args = ["--first-parent", "--topo-order", "--format=%H %P", "--end-of-options", tip, &not, "--"];
        let run = self.look()?.args(["-c", "log.showSignature=false", "log"]).args(args);
        let listing = run.read_text()?;
        let words = |line: &str| line.split(' ').filter(|word| is_oid(word)).map(str::to_owned).collect();
        Ok(listing.lines().map(words).collect())
    }
}
