//! A claim is killed at one of its system calls, and made again.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Result, ensure};

use super::claim_race::{Place, Race};
use super::inject;
use super::share::Found;
use super::verdict::words;

/// One call of the releaser's main thread: its name, and which one of them, from 1.
type Point = (String, usize);

/// Kills a claim at `most` of its calls, or all of them, at even distances; `fired` counts those that were killed.
pub fn sweep(program: &Path, place: Place, most: usize) -> Result<Found> {
    let mut found = Found::default();
    if !inject::possible() {
        return Ok(found);
    }
    let race = Race::new(program, place, 2)?;
    // The first claim makes the ledger: its calls are others than those of the later ones.
    let (first, later) = (points(&race, "0.1.0")?, points(&race, "0.2.0")?);
    drop(race);
    let mut race = Race::new(program, place, 2)?;
    for (number, point) in spread(&later, most / 2).into_iter().enumerate() {
        judge(&mut found, kill(&race, &format!("1.{number}.0"), point), point);
    }
    for point in spread(&first, most - most / 2) {
        race = Race::new(program, place, 2)?;
        judge(&mut found, kill(&race, "1.0.0", point), point);
    }
    drop(race);
    Ok(found)
}

fn judge(found: &mut Found, killed: Result<bool>, (call, number): &Point) {
    match killed {
        Ok(fired) => found.fired += usize::from(fired),
        Err(error) => found.wrong.push(format!("killed at {call}#{number}: {error:#}")),
    }
}

fn spread(points: &[Point], most: usize) -> Vec<&Point> {
    let step = points.len().div_ceil(most.max(1)).max(1);
    points.iter().step_by(step).collect()
}

fn strace(race: &Race, who: usize, args: &[&str], words: &[&str]) -> Result<(Output, String)> {
    let log: PathBuf = race.checkout(0).with_file_name("calls.log");
    let mut command = race.command(Path::new("strace"), &race.checkout(who), who);
    command.args(["-e", "signal=none"]).args(args).arg("-o").arg(&log).args(race.line()).args(words);
    let output = command.stdin(Stdio::null()).output()?;
    Ok((output, fs::read_to_string(&log)?))
}

fn run(race: &Race, who: usize, words: &[&str]) -> Result<Output> {
    let line = race.line();
    let mut command = race.command(Path::new(line[0]), &race.checkout(who), who);
    Ok(command.args(&line[1..]).args(words).stdin(Stdio::null()).output()?)
}

/// Every call of an undisturbed claim, without what the loader does before `main`.
fn points(race: &Race, version: &str) -> Result<Vec<Point>> {
    let (output, log) = strace(race, 0, &[], &["claim", version, "start", "a"])?;
    ensure!(output.status.success(), "the undisturbed claim: {}", words(&output));
    let end = run(race, 0, &["claim", version, "finish"])?;
    ensure!(end.status.success(), "the end: {}", words(&end));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut points, mut main) = (Vec::new(), false);
    for line in log.lines() {
        let Some((call, _)) = line.split_once('(').filter(|(call, _)| !call.contains([' ', '+', '-'])) else {
            continue;
        };
        let count = counts.entry(call).or_default();
        *count += 1;
        // The first thing that Rust's library does is to see whether its three streams are open.
        main = main || call == "poll";
        if main && !call.starts_with("exit") {
            points.push((call.to_owned(), *count));
        }
    }
    Ok(points)
}

/// Whether the claim was killed; an error if what is left isn't whole.
fn kill(race: &Race, version: &str, (call, number): &Point) -> Result<bool> {
    let fault = format!("inject={call}:signal=KILL:when={number}");
    let (output, _) =
        strace(race, 0, &["-e", &format!("trace={call}"), "-e", &fault], &["claim", version, "start", "a"])?;
    let fired = output.status.signal() == Some(9);
    // At once: what the killed run had started may still be at work.
    let again = run(race, 0, &["claim", version, "start", "a"])?;
    let told = String::from_utf8_lossy(&again.stdout).into_owned();
    let has = told.starts_with("won: ") || told.starts_with("mine: ");
    ensure!(again.status.success() && has, "again: {told}{}", words(&again));
    let other = run(race, 1, &["claim", version])?;
    ensure!(other.status.code() == Some(4) && words(&other).contains("belongs to"), "another one: {}", words(&other));
    let end = run(race, 0, &["claim", version, "receipt", "a", "finish"])?;
    ensure!(end.status.success(), "the end: {}", words(&end));
    let (git, branch) = race.ledger();
    let record = race.git(&git, &["show", &format!("{branch}:releases/release-{version}.toml")])?;
    ensure!(record.contains("state = \"done\"\n") && record.contains("started = []\n"), "{record}");
    let attempts = record.matches("{ epoch = ").count();
    ensure!(attempts == 2 || attempts == 3, "{attempts} attempts: {record}");
    race.git(&git, &["fsck", "--strict", "--no-dangling"])?;
    Ok(fired)
}
