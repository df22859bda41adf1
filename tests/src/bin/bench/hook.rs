//! What the hook adds to `git commit`.

use std::cell::Cell;
use std::path::Path;

use anyhow::{Context, Result};

use super::table::Table;
use super::timing::{Call, Sample, measure};
use super::world::World;

/// Commits of three files in repositories of 1,000 and 10,000 files, all of them manifests: the worst case.
pub fn hook(world: &World, table: &mut Table) -> Result<()> {
    for count in [1_000, 10_000] {
        table.section(&format!("git commit, three files staged of {count}, in memory"));
        let folder = world.corpus(&world.memory, "hook", count)?;
        let without = commits(world, &folder)?;
        table.line("without a hook", without);
        write_hook(&folder, "exit 0")?;
        let nothing = commits(world, &folder)?;
        table.line("a hook that does nothing (sh)", nothing);
        for (profile, build) in [("release", "release build"), ("debug", "dev build")] {
            let tool = world.tool(profile)?;
            std::fs::remove_file(folder.join(".git/hooks/pre-commit"))?;
            Call::new(&folder, &[&tool, "hook", "install"]).run()?;
            let with = commits(world, &folder)?;
            table.line(&format!("xtask hook, as installed by the {build}"), with);
            table.note(&format!("{:+.1} ms beyond git commit", with.time - without.time));
            write_hook(&folder, &format!("exec '{tool}' hook run"))?;
            let with = commits(world, &folder)?;
            table.line(&format!("xtask hook run, {build}, called by sh"), with);
            table.note(&format!("{:+.1} ms beyond git commit", with.time - without.time));
        }
    }
    Ok(())
}

fn write_hook(folder: &Path, line: &str) -> Result<()> {
    let path = folder.join(".git/hooks/pre-commit");
    std::fs::create_dir_all(folder.join(".git/hooks"))?;
    std::fs::write(&path, format!("#!/bin/sh\n{line}\n"))?;
    Call::new(folder, &["chmod", "+x", &path.to_string_lossy()]).run().map(drop)
}

fn commits(world: &World, folder: &Path) -> Result<Sample> {
    let count = Cell::new(0);
    let stage = || {
        count.set(count.get() + 1);
        for name in ["parts/g000/p00/Chart.yaml", "parts/g000/p01/README.md", "parts/g000/p02/.env"] {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path).with_context(|| format!("no `{name}`"))?;
            std::fs::write(&path, format!("{text}# {}\n", count.get()))?;
        }
        Call::new(folder, &["git", "add", "parts/g000"]).run().map(drop)
    };
    let commit = Call::new(folder, &["git", "-c", "gc.auto=0", "commit", "--quiet", "--message", "Change"]);
    measure(&[commit], 3 * world.options.runs, &stage)
}
