//! Repositories of the tool's own, and branches in them that are moved without a work tree.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Git;

/// On the disk when git ends, whatever the user's settings are; and none of the user's hooks.
const OWN: [&str; 4] = ["-c", "core.fsync=all", "-c", "core.hooksPath=/dev/null"];

/// A change of one reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move<'a> {
    /// From one object to another; it must still be at the first one.
    From(&'a str, &'a str),
    /// It must not exist.
    Create(&'a str),
    /// Wherever it is.
    Set(&'a str),
}

impl Git {
    /// Those of these references that exist, with their objects.
    pub fn refs_at(&self, names: &[&str]) -> Result<BTreeMap<String, String>> {
        let format = "--format=%(objectname) %(refname)";
        let listing = self.look()?.args(["for-each-ref", format, "--"]).args(names).read_text()?;
        let lines = listing.lines().filter_map(|line| line.split_once(' '));
        let exact = lines.filter(|(_, name)| names.contains(name));
        Ok(exact.map(|(oid, name)| (name.to_owned(), oid.to_owned())).collect())
    }

    /// Moves all of these references, or none. They are on the disk when this returns.
    pub fn move_refs(&self, moves: &[(&str, Move<'_>)]) -> Result<()> {
        let line = |(name, to): &(&str, Move<'_>)| match to {
            Move::From(old, new) => format!("update {name} {new} {old}\n"),
            Move::Create(new) => format!("create {name} {new}\n"),
            Move::Set(new) => format!("update {name} {new}\n"),
        };
        let lines: String = moves.iter().map(line).collect();
        self.memory.lock().own_refs = None;
        self.act()?.args(OWN).args(["update-ref", "--stdin"]).stdin(format!("start\n{lines}prepare\ncommit\n")).run()
    }

    /// Who commits here, as git says it: `Ada <ada@example.com> 1782907200 +0000`. None where nobody has said it: git
    /// would make one up of the user's and the machine's names.
    pub fn committer(&self) -> Result<Option<String>> {
        let output = self.look()?.args(["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"]).output()?;
        let line = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        Ok((output.code == Some(0) && !line.is_empty()).then_some(line))
    }
}
