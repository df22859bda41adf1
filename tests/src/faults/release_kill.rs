//! A release is killed at a border of one of its steps, or at one of its system calls; then the same command again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::inject::CALLS;
use super::share::Found;
use super::stage::{Kind, Stage, State};
use super::verdict::words;

/// Longer than any release here takes: then it hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a program may go on that the killed run has started.
const REST: Duration = Duration::from_secs(30);
/// Of so many points one is followed by a run that knows nothing of the first.
const ELSEWHERE: usize = 8;

/// One place in the life of the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The call's name.
    pub call: String,
    /// Which one of them, from 1.
    pub number: usize,
    /// What the border is, where it is one of a step or of a program that it runs.
    pub border: Option<String>,
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.call, self.number)?;
        self.border.iter().try_for_each(|border| write!(f, " ({border})"))
    }
}

/// The world after an undisturbed release.
pub(super) struct Ends {
    begin: State,
    state: State,
    files: State,
}

impl Ends {
    /// Releases in a world as it was put back, by `release`.
    pub(super) fn after(stage: &Stage, release: impl FnOnce() -> Result<Output>) -> Result<Self> {
        stage.reset()?;
        let begin = stage.names()?;
        let output = release()?;
        ensure!(output.status.success(), "the undisturbed release: {}", words(&output));
        let ends = Self { begin, state: stage.state()?, files: stage.files()? };
        ensure!(ends.state.len() > ends.begin.len(), "nothing was released");
        expect_done(stage)?;
        Ok(ends)
    }

    /// Is the world of a release that was disturbed and went on the same?
    pub(super) fn expect_same(&self, stage: &Stage) -> Result<()> {
        compare(&self.state, &stage.state()?)?;
        expect_done(stage)
    }
}

/// Kills a release at `most` points: the borders of its steps, then of the programs that it runs, the others at even
/// distances over the whole run.
pub fn sweep(kind: Kind, most: usize) -> Result<Found> {
    let stage = Stage::new(kind)?;
    let (ends, points) = undisturbed(&stage)?;
    let points = choose(points, most);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Found::default()));
    let work = |stage: Stage, ends: Ends| -> Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(point) = points.get(at) else { return Ok(()) };
            stage.reset()?;
            let killed = kill(&stage, point);
            let fired = killed.as_ref().is_ok_and(|output| output.status.signal() == Some(9));
            let judged = killed.and_then(|output| go_on(&stage, &ends, Where::of(at), &output));
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.fired += usize::from(fired);
            found.wrong.extend(judged.err().map(|error| format!("{kind:?}, killed at {point}: {error:#}")));
        }
    };
    thread::scope(|scope| {
        // A world of the weekly app has servers, and takes a moment to build.
        let more = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4).min(points.len()) - 1;
        let other = || {
            let stage = Stage::new(kind)?;
            // The port of its registry is in its configuration, and so in every object.
            let (ends, _) = undisturbed(&stage)?;
            work(stage, ends)
        };
        let others: Vec<_> = (0..more).map(|_| scope.spawn(other)).collect();
        work(stage, ends)?;
        others.into_iter().try_for_each(|thread| thread.join().expect("no worker panics"))
    })?;
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The release as nobody disturbs it, and every point at which it could be killed.
fn undisturbed(stage: &Stage) -> Result<(Ends, Vec<Point>)> {
    let log = stage.path("calls.log");
    // Long enough for the head of a line that announces a step.
    let ends = Ends::after(stage, || strace(stage, &["-s", "8", "-e", "signal=none", "-o", &log.to_string_lossy()]))?;
    let points = points(&fs::read_to_string(&log)?);
    ensure!(points.len() > 1000, "only {} points", points.len());
    Ok((ends, points))
}

/// Every call after what the loader does before `main`, in order.
fn points(log: &str) -> Vec<Point> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut points, mut main, mut after): (Vec<Point>, bool, Option<String>) = (Vec::new(), false, None);
    for line in log.lines() {
        let Some((call, rest)) = line.split_once('(').filter(|(call, _)| !call.contains([' ', '+', '-'])) else {
            continue;
        };
        let number = counts.entry(call).or_default();
        *number += 1;
        // The first thing that Rust's library does is to see whether its three streams are open.
        main = main || call == "poll";
        if !main || !CALLS.contains(&call) {
            continue;
        }
        let mut border = after.take();
        if let Some(step) = rest.strip_prefix("2, \"[").and_then(|rest| rest.split('/').next()) {
            if let Some(last) = points.last_mut().filter(|_| call == "write") {
                last.border = Some(format!("the end of what comes before step {step}"));
            }
            border = Some(format!("before step {step}"));
            after = Some(format!("the beginning of step {step}"));
        } else if call == "clone" && rest.contains("SIGCHLD") {
            border = Some("before a program".to_owned());
        } else if matches!(call, "wait4" | "waitid") && rest.contains("WIFEXITED") {
            after = Some("after a program".to_owned());
        }
        points.push(Point { call: call.to_owned(), number: *number, border });
    }
    points
}

/// At most so many: a half for the borders, those of steps before those of programs; the rest at even distances.
fn choose(points: Vec<Point>, most: usize) -> Vec<Point> {
    let spread = |points: Vec<Point>, most: usize| -> Vec<Point> {
        let all = points.len();
        if all <= most {
            return points;
        }
        (0..most).map(|n| points[n * (all - 1) / most.max(2).saturating_sub(1)].clone()).collect()
    };
    let of_program = |point: &Point| point.border.as_ref().is_some_and(|border| border.ends_with("program"));
    let (borders, calls): (Vec<Point>, Vec<Point>) = points.into_iter().partition(|point| point.border.is_some());
    let (programs, steps): (Vec<Point>, Vec<Point>) = borders.into_iter().partition(of_program);
    let mut chosen = spread(steps, most / 2);
    chosen.extend(spread(programs, (most / 2).saturating_sub(chosen.len())));
    let rest = most.saturating_sub(chosen.len());
    chosen.extend(spread(calls, rest));
    chosen
}

fn kill(stage: &Stage, point: &Point) -> Result<Output> {
    let (trace, fault) =
        (format!("trace={}", point.call), format!("inject={}:signal=KILL:when={}", point.call, point.number));
    strace(stage, &["-e", &trace, "-e", "signal=none", "-e", &fault, "-o", "/dev/null"])
}

fn strace(stage: &Stage, options: &[&str]) -> Result<Output> {
    let mut command = stage.command("strace");
    command.args(options).arg(crate::binary::xtask()).args(stage.kind().release());
    to_its_end(command)
}

/// Who gives the command again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Who gave it first.
    Here,
    /// Later, somebody who has neither the clones nor the ledger of this machine.
    Elsewhere,
    /// The same, and the ledger is lost that is on the remote.
    Forgotten,
}

impl Where {
    /// Of the points of a sweep, in turn.
    pub(super) fn of(at: usize) -> Self {
        match at % (2 * ELSEWHERE) {
            at if at == ELSEWHERE - 1 => Self::Elsewhere,
            at if at == 2 * ELSEWHERE - 1 => Self::Forgotten,
            _ => Self::Here,
        }
    }
}

/// The same command again, until the release is whole; what there is then is what there would have been.
pub(super) fn go_on(stage: &Stage, ends: &Ends, whereabouts: Where, killed: &Output) -> Result<()> {
    let elsewhere = whereabouts != Where::Here;
    let again = || -> Result<Output> {
        let mut command = stage.release();
        if elsewhere {
            command.env("LOCKSTEP_NOW", (crate::weekly::NOW + 3600).to_string());
        }
        to_its_end(command)
    };
    if elsewhere {
        wait_for_rest(stage)?;
        if whereabouts == Where::Forgotten { stage.forget_all()? } else { stage.forget()? }
    }
    let between = stage.names()?;
    // Who finds the claim makes the same objects, whatever their clock says.
    let same = !elsewhere || stage.record().is_ok();
    let start = Instant::now();
    let mut output = again()?;
    while !output.status.success() && words(&output).contains(" still holds `") && start.elapsed() < REST {
        thread::sleep(Duration::from_millis(20));
        output = again()?;
    }
    let judge = || {
        ensure!(output.status.success(), "it doesn't go on");
        if !same {
            compare(&ends.files, &stage.files()?)?;
            return expect_kept(&ends.begin, &between, stage);
        }
        ends.expect_same(stage)
    };
    judge().map_err(|error| {
        anyhow!("{error:#}\n--- killed\n{}\n--- again, {whereabouts:?}\n{}", words(killed), words(&output))
    })
}

/// What was there when the run was killed and wasn't when it began is still there: a published name never moves.
fn expect_kept(begin: &State, between: &State, stage: &Stage) -> Result<()> {
    let end = stage.names()?;
    for (name, id) in between.iter().filter(|(name, id)| begin.get(*name) != Some(id)) {
        ensure!(end.get(name) == Some(id), "{name} was pushed as {id}, and is {:?}", end.get(name));
    }
    Ok(())
}

fn expect_done(stage: &Stage) -> Result<()> {
    let record = stage.record()?;
    ensure!(record.contains("state = \"done\"\n") && record.contains("started = []\n"), "the ledger says\n{record}");
    Ok(())
}

fn compare(expected: &State, found: &State) -> Result<()> {
    let names: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differences: Vec<String> = names
        .into_iter()
        .filter(|name| expected.get(*name) != found.get(*name))
        .map(|name| format!("{name}: {:?} instead of {:?}", found.get(name), expected.get(name)))
        .collect();
    ensure!(differences.is_empty(), "another world:\n{}", differences.join("\n"));
    Ok(())
}

/// Programs of the killed run keep its lock until they end.
fn wait_for_rest(stage: &Stage) -> Result<()> {
    let path = stage.path("app/.git/lockstep/run.lock");
    let start = Instant::now();
    while path.exists() && File::open(&path)?.try_lock().is_err() {
        ensure!(start.elapsed() < REST, "somebody still has the lock");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn to_its_end(command: Command) -> Result<Output> {
    end_within(command, PATIENCE)
}

/// Runs a program in a group of its own, for no longer than this.
pub(super) fn end_within(mut command: Command, limit: Duration) -> Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let child = command.spawn().with_context(|| format!("{:?}", command.get_program()))?;
    wait_for_end(child, limit)
}

/// Waits for the end of a program that leads a group of its own.
pub(super) fn wait_for_end(mut child: Child, limit: Duration) -> Result<Output> {
    let start = Instant::now();
    // What it says fits into a pipe, so nobody has to read while it runs.
    while child.try_wait()?.is_none() {
        if start.elapsed() > limit {
            Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status()?;
            bail!("it hangs: {}", words(&child.wait_with_output()?));
        }
        thread::sleep(Duration::from_millis(2));
    }
    Ok(child.wait_with_output()?)
}
