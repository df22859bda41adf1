//! What the tool reads of its own and of git's, broken in random ways.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

use super::random::Random;
use super::verdict::words;
use super::world::World;

/// Flips, cuts, doubles or inserts a few bytes.
fn mangle(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
            2 => bytes.insert(at, u8::try_from(random.below(256)).unwrap_or_default()),
            3 => {
                let copy = bytes[at..(at + 40).min(bytes.len())].to_vec();
                bytes.splice(at..at, copy);
            }
            _ => drop(bytes.drain(at..(at + 1 + random.below(20)).min(bytes.len()))),
        }
    }
}

/// A damaged journal is never acted on: refused with the way to go on, and not one byte of a manifest changes.
pub fn journals(rounds: usize) -> Result<()> {
    let (world, mut random) = (World::new(3)?, Random::new("journal"));
    super::share::cut_off(&world)?;
    let path = world.journal().join("journal");
    let (good, before) = (fs::read(&path)?, world.tree()?);
    for _ in 0..rounds {
        let mut bytes = good.clone();
        mangle(&mut random, &mut bytes);
        if bytes == good {
            continue;
        }
        fs::write(&path, &bytes)?;
        let output = world.run(&["bump", "minor"])?;
        let said = words(&output);
        ensure!(output.status.code() == Some(4) && said.contains("is damaged"), "{:?}: {said}", output.status);
        ensure!(said.contains("\nhint: "), "no way to go on: {said}");
        ensure!(world.tree()? == before, "a damaged journal was acted on: {said}");
    }
    Ok(())
}

/// A damaged cache changes nothing but the time that a look takes.
pub fn caches(rounds: usize) -> Result<()> {
    let (world, mut random) = (World::new(40)?, Random::new("cache"));
    fs::write(world.app("VERSION"), "1.25.0")?;
    let check = &["check", "--format", "json"];
    let expected = world.run(check)?;
    let caches: Vec<_> = fs::read_dir(world.journal())?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let is_cache = |path: &&std::path::PathBuf| path.metadata().is_ok_and(|meta| meta.len() > 1000);
    let path = caches.iter().find(is_cache).context("no cache was written: the world is too small for one")?;
    let good = fs::read(path)?;
    for _ in 0..rounds {
        let mut bytes = good.clone();
        mangle(&mut random, &mut bytes);
        fs::write(path, &bytes)?;
        let output = world.run(check)?;
        ensure!(output.stdout == expected.stdout, "{}", String::from_utf8_lossy(&output.stdout));
        ensure!(words(&output) == words(&expected), "{}", words(&output));
    }
    Ok(())
}

/// Stands in front of git and breaks what it prints, in the way that `MANGLE` says.
const GIT: &str = r#"#!/bin/sh
case $MANGLE in
    cut:*) "$REAL_GIT" "$@" | head -c "${MANGLE#cut:}" ;;
    flip:*) "$REAL_GIT" "$@" | LC_ALL=C sed "${MANGLE#flip:}" ;;
    lines) "$REAL_GIT" "$@" | tr '\000' '\n' ;;
    nuls) "$REAL_GIT" "$@" | tr '\n' '\000' ;;
    twice) "$REAL_GIT" "$@"; "$REAL_GIT" "$@" ;;
    noise:*) printf '%b' "${MANGLE#noise:}"; exec "$REAL_GIT" "$@" ;;
    silent) "$REAL_GIT" "$@" >/dev/null ;;
    *) "$REAL_GIT" "$@"; exit "${MANGLE#exit:}" ;;
esac
"#;

const COMMANDS: &[&[&str]] = &[
    &["versions"],
    &["check"],
    &["check", "--staged"],
    &["check", "--rev", "HEAD"],
    &["check", "--strays"],
    &["bump", "minor", "--dry-run"],
    &["tag", "--dry-run", "--offline"],
    &["init", "--dry-run"],
];

/// Whatever git prints, nothing panics or hangs, no manifest changes, and the exit code is one of ours.
pub fn gits(rounds: usize) -> Result<()> {
    let (world, mut random) = (World::new(3)?, Random::new("git"));
    let folder = world.home().join("bin");
    fs::create_dir(&folder)?;
    fs::write(folder.join("git"), GIT)?;
    fs::set_permissions(folder.join("git"), fs::Permissions::from_mode(0o755))?;
    let path = std::env::var("PATH")?;
    let real = path.split(':').map(|dir| Path::new(dir).join("git")).find(|git| git.is_file()).context("no git")?;
    let tag = Command::new(&real).args(["tag", "v1.26.0"]).current_dir(world.home().join("app")).status()?;
    ensure!(tag.success(), "no tag");
    for round in 0..rounds {
        let args = COMMANDS[round % COMMANDS.len()];
        let way = match random.below(8) {
            0 => format!("cut:{}", random.below(300)),
            1 => format!(
                "flip:s/{}/{}/g",
                random.pick(&["0", "1", " ", "a", "\\t", "\\."]),
                random.pick(&["", "x", " ", "\\n", "-", "9"])
            ),
            2 => "lines".to_owned(),
            3 => "nuls".to_owned(),
            4 => "twice".to_owned(),
            5 => format!(
                "noise:{}",
                random.pick(&["\\0377", "\\0000", "x\\n", "true\\n", "100644 0 0\\tx\\0000", "\\n"])
            ),
            6 => "silent".to_owned(),
            _ => format!("exit:{}", random.pick(&["0", "1", "2", "128", "255"])),
        };
        // `timeout` ends what hangs, with a code that is none of ours.
        let mut command = world.command(Path::new("timeout"));
        command.arg("20").arg(crate::binary::xtask()).args(args);
        command.env("PATH", format!("{}:{path}", folder.display())).env("REAL_GIT", &real).env("MANGLE", &way);
        expect_sane(&world, &command.output()?).with_context(|| format!("{args:?} with {way}"))?;
    }
    Ok(())
}

fn expect_sane(world: &World, output: &Output) -> Result<()> {
    let said = words(output);
    match output.status.code() {
        Some(0..=4) if !said.contains("panicked") => {}
        code => bail!("exit code {code:?}: {said}"),
    }
    ensure!(&world.tree()? == world.before(), "a manifest changed: {said}");
    Ok(())
}
