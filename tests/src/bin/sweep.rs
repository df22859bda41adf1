//! `sweep kill|errors|signals [--most N]`: the long form of the fault tests, with one summary line for each job.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use lockstep_tests::faults::inject::{self, ERRORS, Fault, Reach};
use lockstep_tests::faults::share::{self, BUMP, FIX, LEVEL, RECOVERY, THREADS};
use lockstep_tests::faults::verdict::Scenario;

const USAGE: &str = "usage: sweep kill|errors|signals [--most N]";

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
    let (what, most) = match args[..] {
        [what] => (what, usize::MAX),
        [what, "--most", most] => (what, most.parse()?),
        _ => bail!("{USAGE}"),
    };
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

fn faulted(what: &str, faults: &[Fault], most: usize) -> Result<bool> {
    let jobs: &[(&Scenario, Reach)] = &[
        (&BUMP, Reach::Main),
        (&LEVEL, Reach::Main),
        (&FIX, Reach::Main),
        (&RECOVERY, Reach::Main),
        (&THREADS, Reach::Threads),
    ];
    let (mut fired, mut wrong) = (0, 0);
    for (job, reach) in jobs {
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
