//! `sweep kill|errors|signals|race [--most N]`: the long form of the fault tests, with one summary line for each job.
//! `sweep fuzz N`: N random inputs for everything that reads a text.
//! `sweep release N [twin|team|weekly|app]`: releases killed at N points, in each of these worlds or in one.
//! `sweep claims ROUNDS`: 16 releasers claim one version, so often on each kind of ledger; and claims killed at each call.

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Result, bail};
use lockstep_tests::binary;
use lockstep_tests::faults::claim_race::{self, Place};
use lockstep_tests::faults::inject::{self, ERRORS, Fault};
use lockstep_tests::faults::race;
use lockstep_tests::faults::random::Random;
use lockstep_tests::faults::share::Found;
use lockstep_tests::faults::stage::Kind;
use lockstep_tests::faults::{claim_kill, fuzz, made, mangle, oracle, release_kill, share, wire};
use lockstep_tests::servers::ready;
use lockstep_tests::{app, weekly};

const USAGE: &str = "usage: sweep kill|errors|signals|race [--most N], or sweep fuzz N, or sweep claims ROUNDS, or sweep release N [KIND…], \
     or sweep app N, or sweep wire N";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if let ["fuzz", rounds] = args[..] {
        return fuzzed(rounds.parse()?);
    }
    if let ["claims", rounds] = args[..] {
        return claimed(rounds.parse()?);
    }
    if let ["release", most, ref kinds @ ..] = args[..] {
        return released(most.parse()?, kinds);
    }
    if let ["app", most] = args[..] {
        let killed = released(most.parse::<usize>()?, &["app"])?;
        return Ok(wired(wire::Choice::Kills, most.parse()?)? && killed);
    }
    if let ["wire", most] = args[..] {
        return wired(wire::Choice::Troubles, most.parse()?);
    }
    let (what, most) = match args[..] {
        [what] => (what, usize::MAX),
        [what, "--most", most] => (what, most.parse()?),
        _ => bail!("{USAGE}"),
    };
    if what == "race" {
        return raced(most.min(1000));
    }
    let faults: Vec<Fault> = match what {
        "kill" => vec![Fault::Signal(9)],
        "signals" => vec![Fault::Signal(2), Fault::Signal(15)],
        "errors" => ERRORS.iter().map(|error| Fault::Error(error)).collect(),
        _ => bail!("unknown sweep `{what}`\n{USAGE}"),
    };
    if !inject::possible() {
        return Ok(true);
    }
    faulted(what, &faults, most)
}

/// Everything that reads a text; the formats by the tests of the crate itself, where they are.
fn fuzzed(rounds: usize) -> Result<bool> {
    for (name, fuzzer) in fuzz::ALL {
        let start = Instant::now();
        fuzzer(rounds);
        println!("{name}: {rounds} inputs, {:.0} a second", rounds as f64 / start.elapsed().as_secs_f64());
    }
    for judge in oracle::JUDGES {
        let (mut random, mut written) = (Random::new(judge.format), 0);
        let start = Instant::now();
        for _ in 0..rounds / 10 {
            let text = made::make(judge.format, &mut random);
            written += oracle::judge(*judge, &text, &mut random, 4)?.written;
        }
        let rate = written as f64 / start.elapsed().as_secs_f64();
        println!("{} judged by another reader: {written} places, {rate:.0} a second", judge.format);
    }
    mangled((rounds / 500).clamp(100, 2000))?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo.args(["test", "--release", "--quiet", "--package", "xtask", "--lib", "fuzz", "--", "--nocapture"]);
    let status = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).env("LOCKSTEP_FUZZ", rounds.to_string()).status()?;
    Ok(status.success())
}

/// What the tool reads from its own folder and from git: each input is a run of the tool.
fn mangled(runs: usize) -> Result<()> {
    if inject::possible() {
        mangle::journals(runs)?;
    }
    mangle::caches(runs)?;
    mangle::gits(runs)?;
    println!("journal, cache, git: {runs} damaged inputs each");
    Ok(())
}

fn raced(rounds: usize) -> Result<bool> {
    let found = race::rounds(rounds, 4)?;
    found.wrong.iter().for_each(|line| println!("different: {line}"));
    println!("race: {rounds} rounds of 4, {} refused, different worlds: {}", found.fired, found.wrong.len());
    Ok(found.wrong.is_empty())
}

fn claimed(rounds: usize) -> Result<bool> {
    let program = binary::releaser()?;
    let mut whole = true;
    let mut tell = |what: &str, found: Found, start: Instant| {
        found.wrong.iter().for_each(|line| println!("different: {line}"));
        let seconds = start.elapsed().as_secs_f64();
        println!("{what}, different worlds: {} ({seconds:.0} s)", found.wrong.len());
        whole = whole && found.wrong.is_empty();
    };
    for place in [Place::Local, Place::File, Place::Http] {
        let start = Instant::now();
        if place != Place::Http || ready("sweep claims", &["lighttpd", "setpriv"]) {
            let found = claim_race::rounds(&program, place, rounds, 16)?;
            tell(&format!("{place:?}: {rounds} rounds of 16, {} refused", found.fired), found, start);
        }
        let start = Instant::now();
        if place != Place::Http {
            let found = claim_kill::sweep(&program, place, usize::MAX)?;
            tell(&format!("{place:?}: killed at {} calls", found.fired), found, start);
        }
    }
    Ok(whole)
}

/// Most points in the worlds that are quick.
fn released(most: usize, wanted: &[&str]) -> Result<bool> {
    if !inject::possible() {
        return Ok(true);
    }
    let (mut fired, mut wrong) = (0, 0);
    let kinds: [(Kind, &str, usize, &[&str]); 4] = [
        (Kind::Twin, "twin", 4, &[]),
        (Kind::Team, "team", 2, &[]),
        (Kind::Weekly, "weekly", 2, weekly::NEEDS),
        (Kind::App, "app", 2, &app::NEEDS),
    ];
    for (kind, name, tenths, needs) in kinds {
        let alone = wanted.contains(&name);
        if !alone && !wanted.is_empty() || !ready("sweep release", needs) {
            continue;
        }
        let start = Instant::now();
        let found = release_kill::sweep(kind, if alone { most } else { most * tenths / 10 })?;
        found.wrong.iter().for_each(|line| println!("different: {line}"));
        let (seconds, differs) = (start.elapsed().as_secs_f64(), found.wrong.len());
        println!("release, {name}: {} points fired, different worlds: {differs} ({seconds:.0} s)", found.fired);
        fired += found.fired;
        wrong += differs;
    }
    println!("release: {fired} points fired, different worlds: {wrong}");
    Ok(wrong == 0)
}

/// Requests of process B meet trouble, or the tool is killed with them.
fn wired(choice: wire::Choice, most: usize) -> Result<bool> {
    if !ready("sweep wire", &app::NEEDS) {
        return Ok(true);
    }
    let (mut random, seed) = Random::of_now("wire");
    println!("LOCKSTEP_SEED={seed}");
    let start = Instant::now();
    let found = wire::sweep(choice, most, &mut random)?;
    found.wrong.iter().for_each(|line| println!("different: {line}"));
    let (seconds, differs) = (start.elapsed().as_secs_f64(), found.wrong.len());
    println!("wire, {choice:?}: {} of {most} points fired, different worlds: {differs} ({seconds:.0} s)", found.fired);
    Ok(differs == 0)
}

fn faulted(what: &str, faults: &[Fault], most: usize) -> Result<bool> {
    let (mut fired, mut wrong) = (0, 0);
    for (job, reach) in share::ALL {
        let start = Instant::now();
        let found = share::sweep(job, *reach, faults, most)?;
        found.wrong.iter().for_each(|line| println!("different: {line}"));
        println!(
            "{what}, {}: {} points fired, different worlds: {} ({:.0} s)",
            job.name,
            found.fired,
            found.wrong.len(),
            start.elapsed().as_secs_f64()
        );
        fired += found.fired;
        wrong += found.wrong.len();
    }
    println!("{what}: {fired} points fired, different worlds: {wrong}");
    Ok(wrong == 0)
}
