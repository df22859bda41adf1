//! The parts about `check` and `bump`.

use std::path::Path;

use anyhow::Result;

use super::bare::lines_apart;
use super::peers::Peer;
use super::table::Table;
use super::timing::{Call, Runner, Sample, race};
use super::world::{Cache, NEW, OLD, World};

/// The two builds: the optimised one, and the one that `cargo xtask` runs.
pub const PROFILES: [(&str, &str); 2] = [("release", "release build"), ("debug", "dev build")];

/// What it costs to start at all.
pub fn start(world: &World, table: &mut Table) -> Result<()> {
    let mut runners = vec![Runner::new("/bin/true", vec![Call::new(&world.memory, &["/bin/true"])])];
    for (profile, build) in PROFILES {
        let call = Call::new(&world.memory, &[&world.tool(profile)?, "--version"]);
        runners.push(Runner::new(format!("xtask --version, {build}"), vec![call]));
    }
    table.race("Start", &runners, 5 * world.options.runs).map(drop)
}

/// `check`, beside programs that only read.
pub fn check(world: &World, table: &mut Table) -> Result<()> {
    for count in [10_000, 1_000, 30] {
        checks(world, table, &world.memory, count, "in memory")?;
    }
    Ok(())
}

/// `bump`, beside programs that only replace.
pub fn bump(world: &World, table: &mut Table) -> Result<()> {
    for count in [10_000, 30] {
        bumps(world, table, &world.memory, count, "in memory")?;
    }
    Ok(())
}

/// Both again where the file system has something to say.
pub fn disk(world: &World, table: &mut Table) -> Result<()> {
    let count = if world.options.quick { 1_000 } else { 10_000 };
    checks(world, table, &world.disk, count, "on disk")?;
    bumps(world, table, &world.disk, count, "on disk")
}

fn checks(world: &World, table: &mut Table, place: &Path, count: usize, on: &str) -> Result<()> {
    let folder = world.corpus(place, "check", count)?;
    let own = world.own()?;
    let rg = Call::new(&folder, &["rg", "--fixed-strings", "--hidden", "--count", OLD, "parts"]);
    let found = Cache::find(&folder, &Call::new(&folder, &[&world.tool("release")?, "check"]))?;
    let cache = &found;
    let mut runners = vec![Runner::new("ripgrep, a fixed string", vec![rg])];
    for (threads, name) in [("1", "one thread"), ("2", "two threads")] {
        let call = Call::new(&folder, &[&own, "read", "parts", threads]);
        runners.push(Runner::new(format!("bare read of all files, {name}"), vec![call]));
    }
    for (profile, build) in PROFILES {
        let call = Call::new(&folder, &[&world.tool(profile)?, "check"]);
        if cache.is_empty() {
            runners.push(Runner::new(format!("xtask check, {build}"), vec![call]));
            continue;
        }
        let cold = Runner::new(format!("xtask check, {build}, without its cache"), vec![call.clone()]);
        runners.push(cold.after(move || cache.clear()));
        let warm = Runner::new(format!("xtask check, {build}, with its cache"), vec![call.clone()]);
        runners.push(warm.after(move || call.run().map(drop)));
    }
    let rounds = rounds(world, count);
    table.race(&format!("check, {count} manifests, {on}"), &runners, rounds)?;
    for peer in world.peers.iter().filter(|_| count > 1_000) {
        let call = peer.dry_run(&folder, NEW);
        table.line(&format!("{}: dry run (one run)", peer.name), Sample { time: call.run()?, memory: call.memory() });
    }
    Ok(())
}

/// Small corpora are run more often; a short run is content with two rounds of the big ones.
fn rounds(world: &World, count: usize) -> usize {
    match count {
        0..100 => 4 * world.options.runs,
        10_000.. if world.options.quick => 2,
        _ => world.options.runs,
    }
}

fn bumps(world: &World, table: &mut Table, place: &Path, count: usize, on: &str) -> Result<()> {
    let (bare, own) = (world.corpus(place, "bare", count)?, world.own()?);
    let both = |line: &dyn Fn(&str, &str) -> Call| vec![line(OLD, NEW), line(NEW, OLD)];
    let replace = both(&|old, new| Call::new(&bare, &[&own, "replace", "parts", old, new]));
    let synced = both(&|old, new| Call::new(&bare, &[&own, "replace", "parts", old, new, "sync"]));
    let sed = both(&|old, new| {
        let script = format!("s/{}/{new}/g", old.replace('.', "\\."));
        Call::new(&bare, &["sh", "-c", &format!("find parts -type f -print0 | xargs -0 sed -i '{script}'")])
    });
    let sed_once = sed[0].clone();
    let mut runners = vec![
        Runner::new("bare: read, replace, write beside, rename", replace),
        Runner::new("bare, with one sync before the renames", synced),
        Runner::new("sed -i", sed),
    ];
    let ours = world.corpus(place, "ours", count)?;
    let dev_too = count < 10_000 || !world.options.quick;
    for (profile, build) in PROFILES.into_iter().filter(|(profile, _)| dev_too || *profile == "release") {
        let tool = world.tool(profile)?;
        let calls = both(&|_, new| Call::new(&ours, &[&tool, "bump", "--allow-lower", &format!("app={new}")]));
        runners.push(Runner::new(format!("xtask bump, {build}"), calls));
    }
    let rounds = rounds(world, count);
    table.race(&format!("bump, {count} manifests, {on}"), &runners, rounds)?;
    sed_once.run()?;
    Call::new(&ours, &[&world.tool("release")?, "bump", &format!("app={NEW}")]).run()?;
    let apart = lines_apart(&ours.join("parts"), &bare.join("parts"), is_split)?;
    table.note(&format!("sed leaves {apart} lines otherwise than xtask: the same number for another thing"));
    for peer in world.peers.iter().filter(|_| count > 1_000) {
        peer_bump(world, table, place, (peer, count, &ours))?;
    }
    Ok(())
}

fn peer_bump(world: &World, table: &mut Table, place: &Path, (peer, count, ours): (&Peer, usize, &Path)) -> Result<()> {
    let mut all = Sample { time: 0.0, memory: None };
    let folder = world.corpus(place, "peer", count)?;
    for call in peer.bump(&folder, NEW) {
        all.time += call.run()?;
    }
    let apart = lines_apart(&ours.join("parts"), &folder.join("parts"), is_split)?;
    for call in peer.bump(&world.corpus(place, "peer", count)?, NEW) {
        all.memory = all.memory.into_iter().chain(call.memory()).reduce(f64::max);
    }
    table.line(&format!("{}: bump (one run)", peer.name), all);
    table.note(&format!("{apart} lines are not as xtask writes them"));
    Ok(())
}

/// Split parts: not all tools can write them, so they are not held against any.
fn is_split(path: &Path) -> bool {
    path.ends_with("const.py")
}

/// Does the cost grow with the number of manifests, and no faster?
pub fn scale(world: &World, table: &mut Table) -> Result<()> {
    let sizes: &[usize] = if world.options.quick { &[1_000, 10_000] } else { &[1_000, 10_000, 100_000] };
    println!("\nGrowth, release build, in memory: microseconds a manifest, and memory");
    let tool = world.tool("release")?;
    for &count in sizes {
        let folder = world.corpus(&world.memory, "scale", count)?;
        let check = Call::new(&folder, &[&tool, "check"]);
        let cache = Cache::find(&folder, &check)?;
        let bumps = [NEW, OLD].map(|to| Call::new(&folder, &[&tool, "bump", "--allow-lower", &format!("app={to}")]));
        let runners = [
            Runner::new("check without cache", vec![check.clone()]).after(|| cache.clear()),
            Runner::new("again", vec![check.clone()]).after(|| check.run().map(drop)),
            Runner::new("bump", bumps.to_vec()),
        ];
        let samples = race(&runners, world.options.runs.min(if count > 1_000 { 2 } else { 3 }))?;
        let said = runners.iter().zip(samples).map(|(runner, sample)| {
            let each = sample.time * 1e3 / count as f64;
            format!("{} {each:.1} µs {:.0} MiB", runner.what, sample.memory.unwrap_or_default())
        });
        table.note(&format!("{count:>7} manifests: {}", said.collect::<Vec<_>>().join(" · ")));
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}
