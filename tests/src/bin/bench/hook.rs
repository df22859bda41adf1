//! What the hook adds to `git commit`.

use std::cell::Cell;
use std::path::Path;

use anyhow::{Context, Result};

use super::table::Table;
use super::timing::{Call, Runner};
use super::world::World;

/// Commits of three manifests: in repositories of other files with 30 manifests among them, and, as the worst case, in
/// one where every file is a manifest.
pub fn hook(world: &World, table: &mut Table) -> Result<()> {
    for (count, manifests) in [(1_000, 30), (10_000, 30), (10_000, 10_000)] {
        let folder = world.corpus(&world.memory, "hook", manifests)?;
        add_others(&folder, count - manifests)?;
        let (release, dev) = (world.tool("release")?, world.tool("debug")?);
        Call::new(&folder, &[&release, "hook", "install"]).run()?;
        let installed = std::fs::read_to_string(folder.join(HOOK)).context("`hook install` wrote no pre-commit")?;
        let hooks = [
            ("without a hook", None),
            ("a hook that does nothing", Some("#!/bin/sh\nexit 0\n".to_owned())),
            ("as `hook install` of the release build wrote it", Some(installed)),
            ("hook run, release build", Some(format!("#!/bin/sh\nexec '{release}' hook run\n"))),
            ("hook run, dev build", Some(format!("#!/bin/sh\nexec '{dev}' hook run\n"))),
        ];
        let round = Cell::new(0);
        let commit = Call::new(&folder, &["git", "-c", "gc.auto=0", "commit", "--quiet", "--message", "Change"]);
        let runner = |(what, hook): &(&'static str, Option<String>)| {
            let (hook, folder, round) = (hook.clone(), &folder, &round);
            Runner::new(*what, vec![commit.clone()]).after(move || {
                round.set(round.get() + 1);
                write_hook(folder, hook.as_deref())?;
                stage(folder, round.get())
            })
        };
        let runners: Vec<_> = hooks.iter().map(runner).collect();
        let title = format!("git commit, three files staged of {count}, {manifests} of them manifests, in memory");
        let rounds = if world.options.quick { world.options.runs } else { 3 * world.options.runs };
        let samples = table.race(&title, &runners, rounds)?;
        for (runner, sample) in runners.iter().zip(&samples).skip(1) {
            table.note(&format!("{:+5.1} ms beyond git commit: {}", sample.time - samples[0].time, runner.what));
        }
    }
    Ok(())
}

/// Files that are no manifests.
fn add_others(folder: &Path, count: usize) -> Result<()> {
    for index in 0..count {
        let place = folder.join(format!("src/d{:03}", index / 50));
        std::fs::create_dir_all(&place)?;
        let text = format!("// Part {index}.\npub fn part() -> usize {{\n    {index}\n}}\n").repeat(20);
        std::fs::write(place.join(format!("f{index:05}.rs")), text)?;
    }
    Call::new(folder, &["git", "add", "src"]).run()?;
    Call::new(folder, &["git", "commit", "--quiet", "--allow-empty", "--message", "Add other files"]).run().map(drop)
}

const HOOK: &str = ".git/hooks/pre-commit";

fn write_hook(folder: &Path, text: Option<&str>) -> Result<()> {
    let path = folder.join(HOOK);
    let Some(text) = text else {
        std::fs::remove_file(&path).or_else(|error| if path.exists() { Err(error) } else { Ok(()) })?;
        return Ok(());
    };
    std::fs::create_dir_all(folder.join(".git/hooks"))?;
    std::fs::write(&path, text)?;
    Call::new(folder, &["chmod", "+x", &path.to_string_lossy()]).run().map(drop)
}

/// Changes three files and stages them.
fn stage(folder: &Path, round: usize) -> Result<()> {
    for name in ["parts/g000/p00/Chart.yaml", "parts/g000/p01/README.md", "parts/g000/p01/.env"] {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).with_context(|| format!("no `{name}`"))?;
        std::fs::write(&path, format!("{text}# {round}\n"))?;
    }
    Call::new(folder, &["git", "add", "parts/g000"]).run().map(drop)
}
