//! Folders: their trees in a commit, and what changed in them.

use anyhow::Result;

use super::Git;
use super::objects::{find_in_tree, split_paths};
use crate::error::Failure;

impl Git {
    /// The id of a folder's tree in a commit; an empty folder is the top. Two folders with one tree hold the same files.
    pub fn tree_at(&self, commit: &str, folder: &str) -> Result<String> {
        if folder.is_empty() {
            return self.tree_of(commit);
        }
        if let Some((_, oid)) = find_in_tree(&self.list_tree(commit)?, folder).filter(|(kind, _)| kind == "tree") {
            return Ok(oid);
        }
        Err(Failure::world(format!("there is no folder `{folder}` in `{commit}`"))
            .hint("run the same command again")
            .into())
    }

    /// The paths below a folder that differ between a commit and another one, or the work tree. In the work tree only
    /// what git tracks.
    pub fn changed_below(&self, folder: &str, from: &str, to: Option<&str>) -> Result<Vec<String>> {
        let looks = ["diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "-z", "--end-of-options"];
        let run = self.look()?.args(looks).arg(from).args(to).arg("--");
        let run = if folder.is_empty() { run } else { run.arg(format!(":(literal){folder}")) };
        Ok(split_paths(&run.read()?))
    }
}
