//! Whether there is the program that a command runs: looked at before anything begins.

use anyhow::Result;

use super::RunCommand;
use crate::config::nearest;
use crate::error::Failure;
use crate::resolve::release::{CommandPlace, When};
use crate::step::World;
use crate::{fsx, tools};

impl RunCommand {
    /// The failure of a program that isn't there. A path counts from where the command runs.
    pub(super) fn missing_program(&self, world: &World<'_>) -> Result<Option<Failure>> {
        let program = &self.argv[0];
        if !program.contains('/') {
            // With a `PATH` of its own it may find more than we do.
            let is_known = self.env.iter().any(|(name, _)| name == "PATH") || tools::is_installed(program);
            return Ok((!is_known).then(|| tools::not_installed(program)));
        }
        let path = program.trim_start_matches("./");
        let failure = Failure::tool(format!("there is no program `{program}`, which `{}` runs", self.id));
        if path.starts_with('/') || self.place == CommandPlace::Checkout || self.prepared.is_none() {
            let is_there = fsx::is_there(&world.context.root.join(path))?;
            return Ok((!is_there).then(|| failure.hint("correct its path, or put it there")));
        }
        self.not_committed(world, path)
    }

    /// The failure of a path that the commit lacks in which the command runs.
    fn not_committed(&self, world: &World<'_>, path: &str) -> Result<Option<Failure>> {
        let Some(prepared) = &self.prepared else { return Ok(None) };
        let commit = if self.when == When::Branch { prepared.base.clone() } else { prepared.tip(world)? };
        let git = world.remotes.git(prepared.repo);
        let paths: Vec<String> = git.tree_entries(&commit)?.items.into_iter().map(|entry| entry.path).collect();
        let is_below = |folder: &String| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
        // What a link or a submodule leads to is seen when it runs.
        let is_elsewhere = path.split('/').any(|part| part == "..") || paths.iter().any(is_below);
        if is_elsewhere || paths.iter().any(|known| known == path) || git.submodules(&commit)?.iter().any(is_below) {
            return Ok(None);
        }
        let message = format!("there is no `{path}` in the commit `{commit}`, which `{}` runs", self.id);
        let hint = match nearest(path, paths.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `./{near}`?"),
            None => {
                "commit it and push the branch, or correct `argv`; `where = \"checkout\"` runs what isn't committed"
                    .to_owned()
            }
        };
        Ok(Some(Failure::usage(message).hint(hint)))
    }
}
