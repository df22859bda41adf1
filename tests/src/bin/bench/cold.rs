//! What it costs to build the tool at all: every contributor of every project pays it once.

use anyhow::{Context, Result};

use super::table::Table;
use super::timing::{Call, Sample};
use super::world::{World, root};

/// Processor seconds of a build from nothing; other tools' only when asked for, since that takes minutes.
pub fn build(world: &World, table: &mut Table) -> Result<()> {
    if world.options.quick {
        return Ok(());
    }
    table.section("Build from nothing, processor time");
    let target = world.disk.join("cold").to_string_lossy().into_owned();
    let target_dir = format!("CARGO_TARGET_DIR={target}");
    let xtask = root().join("xtask");
    let cargo = ["env", &target_dir, "cargo", "build", "--quiet", "--bin", "xtask"];
    let ours = seconds(&Call::new(&xtask, &cargo))?;
    std::fs::remove_dir_all(&target)?;
    if world.options.peers {
        let version =
            std::env::var("CARGO_RELEASE_VERSION").context("no `CARGO_RELEASE_VERSION`: run `scripts/bench`")?;
        for (name, profile) in [("dev", &["--debug"][..]), ("release", &[])] {
            let place = world.disk.join("installed").to_string_lossy().into_owned();
            let install = format!("cargo install --quiet --locked --force --version {version} cargo-release --root");
            let mut argv: Vec<&str> = ["env", &target_dir].into_iter().chain(install.split(' ')).collect();
            argv.push(&place);
            argv.extend(profile);
            let theirs = seconds(&Call::new(&world.disk, &argv))?;
            table.line(&format!("cargo-release, {name} build"), theirs);
            std::fs::remove_dir_all(&target)?;
        }
    }
    table.line("xtask, dev build", ours);
    Ok(())
}

fn seconds(call: &Call) -> Result<Sample> {
    let seconds = call.processor().context("no GNU time in `/usr/bin/time`")?;
    Ok(Sample { time: seconds * 1e3, memory: None })
}
