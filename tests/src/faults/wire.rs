//! Each request of a release meets trouble on its way, or the tool is killed with it; then the same command again (G7).
//!
//! The wires are those of [`Kind::Wires`]: to the forge, to the remote, to both registries. What a run asks is nearly the
//! same each time; a point whose request never came doesn't count.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::random::Random;
use super::release_kill::{Ends, Where, end_within, go_on, wait_for_end};
use super::share::Found;
use super::stage::{Kind, Stage};
use super::verdict::words;
use crate::servers::{Faults, Rule, Side, Trouble};

/// What a run may take longer than one that nobody disturbs, where nothing is silent.
const MORE: Duration = Duration::from_secs(90);
/// Where nothing comes back. The longest limit of a program in this world is three minutes.
const SILENT: Duration = Duration::from_secs(300);

/// The ways in which one request fails. Each is over as soon as it has happened.
const TROUBLES: [Trouble; 9] = [
    Trouble::LoseAnswer,
    Trouble::CutAnswer,
    Trouble::Instead(500),
    Trouble::Fail(500),
    Trouble::Fail(503),
    Trouble::Half,
    Trouble::Cut,
    Trouble::Drip(2000),
    Trouble::RetryAfter(2),
];
/// Those that stay: whoever asks again is told the same.
const LASTING: [Trouble; 3] = [Trouble::Fail(500), Trouble::LoseAnswer, Trouble::Cut];

/// One request, and what becomes of it.
#[derive(Clone, Debug)]
struct Point {
    wire: &'static str,
    number: usize,
    what: What,
    line: String,
}

/// What happens with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// This goes wrong with it; for ever: with all that come after it, too.
    Trouble(Trouble, bool),
    /// The tool is killed with it.
    Kill(Side),
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} at request {} to the {} ({})", self.what, self.number, self.wire, self.line)
    }
}

/// Which points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Something goes wrong, and is over or stays; or the tool is killed.
    Share,
    /// Nobody is killed; a few times nothing comes back: each of them takes minutes.
    Troubles,
    /// The tool is killed, before the server hears of a request or when it has done it.
    Kills,
}

/// Tries `most` points, drawn by lot.
pub fn sweep(choice: Choice, most: usize, random: &mut Random) -> Result<Found> {
    let stage = Stage::new(Kind::Wires)?;
    let (calm, lines) = undisturbed(&stage)?;
    let points: Vec<Point> = (0..most).map(|_| draw(choice, &lines, random)).collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Found::default()));
    let work = |stage: Stage, calm: Calm| -> Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(point) = points.get(at) else { return Ok(()) };
            let start = Instant::now();
            let judged = disturb(&stage, &calm, point, Where::of(at));
            let how = match &judged {
                Ok(true) => "the same world",
                Ok(false) => "it never came",
                Err(_) => "another world",
            };
            println!("{point}: {how} ({:.0} s)", start.elapsed().as_secs_f64());
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            match judged {
                Ok(fired) => found.fired += usize::from(fired),
                Err(error) => {
                    found.fired += 1;
                    found.wrong.push(format!("{point}: {error:#}"));
                }
            }
        }
    };
    thread::scope(|scope| {
        let other = || {
            let stage = Stage::new(Kind::Wires)?;
            let (calm, _) = undisturbed(&stage)?;
            work(stage, calm)
        };
        let others: Vec<_> = (1..2.min(points.len())).map(|_| scope.spawn(other)).collect();
        work(stage, calm)?;
        others.into_iter().try_for_each(|thread| thread.join().expect("no worker panics"))
    })?;
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// How a release goes that nobody disturbs.
struct Calm {
    ends: Ends,
    took: Duration,
}

/// All that a release asks for, by wire.
type Lines = Vec<(&'static str, Vec<String>)>;

fn undisturbed(stage: &Stage) -> Result<(Calm, Lines)> {
    let mut took = Duration::ZERO;
    let ends = Ends::after(stage, || {
        wires(stage).iter().for_each(|(_, faults)| faults.forget());
        let start = Instant::now();
        let output = end_within(stage.release(), SILENT);
        took = start.elapsed();
        output
    })?;
    let lines: Lines = wires(stage).into_iter().map(|(name, faults)| (name, faults.lines())).collect();
    for (name, lines) in &lines {
        ensure!(lines.len() > 10, "only {} requests to the {name}", lines.len());
    }
    Ok((Calm { ends, took }, lines))
}

fn wires(stage: &Stage) -> Vec<(&'static str, &Faults)> {
    stage.app().map(crate::app::World::wires).unwrap_or_default()
}

/// Every wire is as likely as the others, and so is every request of it.
fn draw(choice: Choice, lines: &Lines, random: &mut Random) -> Point {
    let (wire, lines) = &lines[random.below(lines.len())];
    let at = random.below(lines.len());
    let is_kill = choice == Choice::Kills || choice == Choice::Share && random.one_in(3);
    let what = match choice {
        _ if is_kill => What::Kill(if random.one_in(2) { Side::Before } else { Side::After }),
        Choice::Troubles if random.one_in(40) => What::Trouble(Trouble::Silence, false),
        _ if random.one_in(5) => What::Trouble(LASTING[random.below(LASTING.len())], true),
        _ => What::Trouble(TROUBLES[random.below(TROUBLES.len())], false),
    };
    Point { wire, number: at + 1, what, line: lines[at].clone() }
}

/// Releases, and something goes wrong; then the same command again. Has it happened?
fn disturb(stage: &Stage, calm: &Calm, point: &Point, whereabouts: Where) -> Result<bool> {
    stage.reset()?;
    let wires = wires(stage);
    let faults = wires.iter().find(|(name, _)| *name == point.wire).expect("a wire of this world").1;
    match point.what {
        What::Kill(side) => {
            let killed = kill_with(stage, faults, point.number, side)?;
            let fired = killed.status.signal() == Some(9);
            go_on(stage, &calm.ends, whereabouts, &killed)?;
            Ok(fired)
        }
        What::Trouble(trouble, lasts) => {
            let rule = Rule::new("*", "*", point.number, trouble).times(if lasts { usize::MAX } else { 1 });
            faults.set([rule]);
            let limit = calm.took * 2 + if trouble == Trouble::Silence { SILENT } else { MORE };
            let start = Instant::now();
            let output = end_within(stage.release(), limit)?;
            let took = start.elapsed();
            let fired = !faults.fired().is_empty();
            faults.set([]);
            expect_honest(&output)?;
            let whereabouts = if output.status.success() { Where::Here } else { whereabouts };
            go_on(stage, &calm.ends, whereabouts, &output)?;
            ensure!(took < limit, "it took {took:?}");
            Ok(fired)
        }
    }
}

/// It is done, or says what to do.
fn expect_honest(output: &Output) -> Result<()> {
    let said = words(output);
    let code = output.status.code();
    let goes_on = ["the same command again", "cargo xtask run", "goes on", "makes the plan anew"];
    let is_honest = match code {
        Some(0) => true,
        Some(3 | 5) => said.contains("hint: ") && goes_on.iter().any(|words| said.contains(words)),
        _ => false,
    };
    ensure!(is_honest, "it ends with {code:?}:\n{said}");
    Ok(())
}

/// Releases, and kills the tool with a request; what it has started ends by itself.
fn kill_with(stage: &Stage, faults: &Faults, number: usize, side: Side) -> Result<Output> {
    let mut command = stage.release();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn()?;
    let id = child.id().to_string();
    faults.watch(number, side, move |_| {
        let _ = Command::new("kill").args(["-KILL", &id]).status();
    });
    let output = wait_for_end(child, SILENT);
    faults.unwatch();
    output
}
