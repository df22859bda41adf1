//! The parts about `check` and `bump`.

use std::path::Path;

use anyhow::Result;

use super::bare::{files, lines_apart};
use super::table::Table;
use super::timing::{Call, Sample, as_is, measure};
use super::world::{Cache, NEW, OLD, World};

/// The two builds: what `cargo xtask` runs, and the optimised one.
const PROFILES: [(&str, &str); 2] = [("release", "release build"), ("debug", "dev build")];

/// What it costs to start at all.
pub fn start(world: &World, table: &mut Table) -> Result<()> {
    table.section("Start");
    table.line("/bin/true", once(world, &[Call::new(&world.memory, &["/bin/true"])])?);
    for (profile, build) in PROFILES {
        let call = Call::new(&world.memory, &[&world.tool(profile)?, "--version"]);
        table.line(&format!("xtask --version, {build}"), once(world, &[call])?);
    }
    Ok(())
}

/// `check`, beside programs that only read.
pub fn check(world: &World, table: &mut Table) -> Result<()> {
    let folder = world.corpus(&world.memory, "check", 10_000)?;
    let base = readers(world, table, &folder, "check, 10,000 manifests, in memory")?;
    table.hold_against(base);
    checks(world, table, &folder)?;
    for peer in &world.peers {
        table.line(&format!("{}: dry run", peer.name), measure(&[peer.dry_run(&folder, NEW)], 1, &as_is)?);
    }
    for (count, runs) in [(30, 4 * world.options.runs), (1_000, world.options.runs)] {
        let folder = world.corpus(&world.memory, "check", count)?;
        table.section(&format!("check, {count} manifests, in memory"));
        table.line("ripgrep, a fixed string", rg(world, &folder, runs)?);
        checks(world, table, &folder)?;
    }
    Ok(())
}

/// Bare reads and ripgrep; the last is what `check` is held against.
fn readers(world: &World, table: &mut Table, folder: &Path, title: &str) -> Result<Sample> {
    table.section(title);
    let ripgrep = rg(world, folder, world.options.runs)?;
    table.line("ripgrep, a fixed string", ripgrep);
    for (threads, name) in [("1", "one thread"), ("2", "two threads")] {
        let call = Call::new(folder, &[&world.own()?, "read", "parts", threads]);
        table.line(&format!("bare read of all files, {name}"), once(world, &[call])?);
    }
    Ok(ripgrep)
}

fn rg(world: &World, folder: &Path, runs: usize) -> Result<Sample> {
    let _ = world;
    let call = Call::new(folder, &["rg", "--fixed-strings", "--hidden", "--count", OLD, "parts"]);
    measure(&[call], runs, &as_is)
}

fn checks(world: &World, table: &mut Table, folder: &Path) -> Result<()> {
    for (profile, build) in PROFILES {
        let call = Call::new(folder, &[&world.tool(profile)?, "check"]);
        let cache = Cache::find(folder, &call)?;
        let cold = measure(std::slice::from_ref(&call), world.options.runs, &|| cache.clear())?;
        if cache.len() == 0 {
            table.line(&format!("xtask check, {build}"), cold);
            continue;
        }
        table.line(&format!("xtask check, {build}, without its cache"), cold);
        table.line(&format!("xtask check, {build}, with its cache"), once(world, &[call])?);
    }
    Ok(())
}

/// `bump`, beside programs that only replace.
pub fn bump(world: &World, table: &mut Table) -> Result<()> {
    for count in [10_000, 30] {
        table.section(&format!("bump, {count} manifests, in memory"));
        bumps(world, table, &world.memory, count)?;
    }
    Ok(())
}

/// Both again where the file system has something to say.
pub fn disk(world: &World, table: &mut Table) -> Result<()> {
    let folder = world.corpus(&world.disk, "check", 10_000)?;
    let base = readers(world, table, &folder, "check, 10,000 manifests, on disk")?;
    table.hold_against(base);
    checks(world, table, &folder)?;
    table.section("bump, 10,000 manifests, on disk");
    bumps(world, table, &world.disk, 10_000)
}

fn bumps(world: &World, table: &mut Table, place: &Path, count: usize) -> Result<()> {
    let folder = world.corpus(place, "bare", count)?;
    let own = world.own()?;
    let there_and_back = |line: &dyn Fn(&str, &str) -> Call| [line(OLD, NEW), line(NEW, OLD)];
    let bare = there_and_back(&|old, new| Call::new(&folder, &[&own, "replace", "parts", old, new]));
    table.line("bare: read, replace, write beside, rename", once(world, &bare)?);
    let bare = there_and_back(&|old, new| Call::new(&folder, &[&own, "replace", "parts", old, new, "sync"]));
    table.line("bare, with one sync before the renames", once(world, &bare)?);
    let sed = there_and_back(&|old, new| {
        let script = format!("s/{}/{new}/g", old.replace('.', "\\."));
        Call::new(&folder, &["sh", "-c", &format!("find parts -type f -print0 | xargs -0 sed -i '{script}'")])
    });
    table.line("sed -i", once(world, &sed)?);
    sed[0].run()?;
    let ours = world.corpus(place, "ours", count)?;
    for (profile, build) in PROFILES {
        let tool = world.tool(profile)?;
        let calls =
            there_and_back(&|_, new| Call::new(&ours, &[&tool, "bump", &format!("app={new}"), "--allow-lower"]));
        table.line(&format!("xtask bump, {build}"), once(world, &calls)?);
    }
    Call::new(&ours, &[&world.tool("release")?, "bump", &format!("app={NEW}")]).run()?;
    let apart = lines_apart(&ours.join("parts"), &folder.join("parts"), |path| path.ends_with("const.py"))?;
    table.note(&format!("sed leaves {apart} lines otherwise than xtask: the same number for another thing"));
    for peer in world.peers.iter().filter(|_| count > 100) {
        peer_bump(world, table, place, (peer, count, &ours))?;
    }
    Ok(())
}

fn peer_bump(
    world: &World,
    table: &mut Table,
    place: &Path,
    (peer, count, ours): (&super::peers::Peer, usize, &Path),
) -> Result<()> {
    let folder = world.corpus(place, "peer", count)?;
    let mut all = Sample { time: 0.0, memory: None };
    for call in peer.bump(&folder, NEW) {
        let time = call.run()?;
        all = Sample { time: all.time + time, memory: all.memory };
    }
    let again = world.corpus(place, "peer-memory", count)?;
    for call in peer.bump(&again, NEW) {
        all.memory = all.memory.into_iter().chain(call.memory()).reduce(f64::max);
    }
    table.line(&format!("{}: bump (one run)", peer.name), all);
    let apart = lines_apart(&ours.join("parts"), &folder.join("parts"), |path| path.ends_with("const.py"))?;
    table.note(&format!("{apart} lines are not as xtask writes them (split parts not counted)"));
    Ok(())
}

/// Does the cost grow with the number of manifests, and no faster?
pub fn scale(world: &World, table: &mut Table) -> Result<()> {
    let sizes: &[usize] = if world.options.quick { &[1_000, 10_000] } else { &[1_000, 10_000, 100_000] };
    table.section("Growth: microseconds a manifest, release build, in memory");
    let tool = world.tool("release")?;
    for &count in sizes {
        let folder = world.corpus(&world.memory, "scale", count)?;
        let check = Call::new(&folder, &[&tool, "check"]);
        let cache = Cache::find(&folder, &check)?;
        let cold = measure(std::slice::from_ref(&check), world.options.runs.min(3), &|| cache.clear())?;
        let warm = measure(&[check], world.options.runs.min(3), &as_is)?;
        let bumps = [NEW, OLD].map(|to| Call::new(&folder, &[&tool, "bump", &format!("app={to}"), "--allow-lower"]));
        let bump = measure(&bumps, world.options.runs.min(3), &as_is)?;
        let each = |sample: Sample| sample.time * 1e3 / count as f64;
        let held = |sample: Sample| sample.memory.unwrap_or_default();
        table.note(&format!(
            "{count:>7} manifests ({} files): check {:>5.1} µs, with cache {:>5.1} µs, bump {:>5.1} µs; {:.0}, {:.0}, {:.0} MiB",
            files(&folder.join("parts"))?.len(), each(cold), each(warm), each(bump), held(cold), held(warm), held(bump),
        ));
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

fn once(world: &World, calls: &[Call]) -> Result<Sample> {
    measure(calls, world.options.runs, &as_is)
}
