//! Several bumps at the same moment.

use std::process::{Output, Stdio};

use anyhow::{Result, ensure};

use super::inject::{is_temporary, unfinished};
use super::share::{BUMP, Found};
use super::verdict::words;
use super::world::{Tree, World};

/// Starts as many bumps to one version at once, again and again: one does it, and the others change nothing.
pub fn rounds(rounds: usize, contenders: usize) -> Result<Found> {
    let world = World::new(3)?;
    ensure!(world.run(BUMP.args)?.status.success(), "the undisturbed bump");
    let after = world.tree()?;
    let mut found = Found::default();
    for round in 0..rounds {
        world.reset()?;
        let children: Vec<_> = (0..contenders)
            .map(|_| {
                let mut command = world.command(crate::binary::xtask());
                command.args(BUMP.args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn()
            })
            .collect::<Result<_, _>>()?;
        let outputs: Vec<Output> =
            children.into_iter().map(std::process::Child::wait_with_output).collect::<Result<_, _>>()?;
        found.fired += outputs.iter().filter(|output| !output.status.success()).count();
        found.wrong.extend(judge(&world, &after, &outputs).err().map(|error| format!("round {round}: {error:#}")));
    }
    Ok(found)
}

fn judge(world: &World, after: &Tree, outputs: &[Output]) -> Result<()> {
    let said: Vec<String> = outputs.iter().map(words).collect();
    let winners = outputs.iter().filter(|output| output.status.success()).count();
    ensure!(winners == 1, "{winners} of them won: {said:#?}");
    let lost = |output: &Output| output.status.success() || output.status.code() == Some(4);
    ensure!(outputs.iter().all(lost), "a loser isn't refused by the world: {said:#?}");
    let tree: Tree = world.tree()?;
    ensure!(!tree.keys().any(|path| is_temporary(path)) && unfinished(world).is_empty(), "something is left over");
    ensure!(&tree == after, "another world: {said:#?}");
    Ok(())
}
