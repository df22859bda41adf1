//! Faults in system calls, by `strace`: the N-th call of one kind kills the tool, or fails.

use std::collections::BTreeMap;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::world::World;

/// The calls that touch files, or talk to a program. Between two of them nothing that others can see happens.
pub(super) const CALLS: &[&str] = &[
    "access",
    "chdir",
    "chmod",
    "chown",
    "clone",
    "clone3",
    "close",
    "copy_file_range",
    "creat",
    "dup",
    "dup2",
    "dup3",
    "faccessat",
    "faccessat2",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "fcntl",
    "fdatasync",
    "flock",
    "fork",
    "fstat",
    "fsync",
    "ftruncate",
    "getcwd",
    "getdents64",
    "ioctl",
    "lchown",
    "link",
    "linkat",
    "lseek",
    "lstat",
    "mkdir",
    "mkdirat",
    "newfstatat",
    "open",
    "openat",
    "pipe",
    "pipe2",
    "poll",
    "pread64",
    "pwrite64",
    "pwritev",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sendfile",
    "socketpair",
    "stat",
    "statx",
    "symlink",
    "symlinkat",
    "truncate",
    "umask",
    "unlink",
    "unlinkat",
    "utimensat",
    "vfork",
    "wait4",
    "waitid",
    "write",
    "writev",
];

/// Those of them that don't fail because of a disk or of a limit of open files. `close` does, but strace leaves the
/// file open then, which no system does: whoever waits for the end of a pipe would wait for ever.
const NEVER_FAIL_SO: &[&str] = &[
    "clone",
    "clone3",
    "close",
    "fcntl",
    "fork",
    "ioctl",
    "poll",
    "socketpair",
    "umask",
    "vfork",
    "wait4",
    "waitid",
    "lseek",
    "dup2",
    "dup3",
    "chdir",
    "getcwd",
];

/// What a disk, a file system or a limit does to a call.
pub const ERRORS: &[&str] = &["ENOSPC", "EIO", "EROFS", "EACCES", "EMFILE"];

/// Longer than any run takes: then it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happens instead of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process gets a signal: 2, 9 or 15.
    Signal(i32),
    /// The call fails with an error of this name.
    Error(&'static str),
}

/// One place in the life of the tool, and the fault there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The call's name.
    pub call: String,
    /// Which one of them, from 1.
    pub number: usize,
    /// What happens instead.
    pub fault: Fault,
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.fault {
            Fault::Signal(signal) => write!(f, "signal {signal} at {}#{}", self.call, self.number),
            Fault::Error(error) => write!(f, "{error} at {}#{}", self.call, self.number),
        }
    }
}

/// What is watched: the main thread only, or all threads and the programs that it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The main thread: not one program that it runs.
    Main,
    /// Everything. The number of a call counts for each thread by itself.
    Threads,
}

/// A run with a fault.
pub struct Hit {
    /// The fault has happened, and to the tool itself.
    pub fired: bool,
    /// It has happened to a program that the tool runs.
    pub elsewhere: bool,
    /// How the tool ended.
    pub output: Output,
}

/// Whether faults can be injected here.
pub fn possible() -> bool {
    super::has("strace", &["-o", "/dev/null", "true"])
}

/// Every call of the undisturbed run with every one of the faults, in the order of calls and numbers.
///
/// What the loader and the run-time library do before `main` is left out: their words are not the tool's.
pub fn points(world: &World, args: &[&str], reach: Reach, faults: &[Fault]) -> Result<Vec<Point>> {
    let log = world.home().join("calls.log");
    let mut trace = Command::new("strace");
    trace.args(if reach == Reach::Threads { &["-f"][..] } else { &[] }).arg("-o").arg(&log);
    let output = finish(world, trace, args)?;
    ensure!(output.status.success(), "the undisturbed run: {}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(&log)?;
    let counts = count(&text, reach);
    let each = |(call, (before, all)): (String, (usize, usize))| (before + 1..=all).map(move |n| (call.clone(), n));
    let places = counts.into_iter().filter(|(call, _)| CALLS.contains(&call.as_str())).flat_map(each);
    let mut points = Vec::new();
    for (call, number) in places {
        for &fault in faults {
            // Who may not give a file away keeps it, and that is no error.
            let allowed = call == "fchown" && fault == Fault::Error("EACCES");
            if matches!(fault, Fault::Signal(_)) || !allowed && !NEVER_FAIL_SO.contains(&call.as_str()) {
                points.push(Point { call: call.clone(), number, fault });
            }
        }
    }
    Ok(points)
}

/// For each call, how many there are before `main` and in all; over threads the largest count of one of them.
fn count(log: &str, reach: Reach) -> BTreeMap<String, (usize, usize)> {
    let mut threads: BTreeMap<&str, BTreeMap<String, (usize, usize)>> = BTreeMap::new();
    let (mut first, mut others, mut main) = (None, Vec::new(), false);
    for line in log.lines() {
        let (thread, rest) =
            if reach == Reach::Threads { line.split_once(' ').unwrap_or_default() } else { ("", line) };
        let first = *first.get_or_insert(thread);
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        if call == "execve" && thread != first {
            others.push(thread);
        }
        // The first thing that Rust's library does is to see whether its three streams are open.
        main = main || call == "poll";
        let counts = threads.entry(thread).or_default().entry(call.to_owned()).or_default();
        counts.1 += 1;
        if !main {
            counts.0 = counts.1;
        }
    }
    let mut all: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (_, counts) in threads.into_iter().filter(|(thread, _)| !others.contains(thread)) {
        for (call, (before, number)) in counts {
            let known = all.entry(call).or_default();
            *known = (known.0.max(before), known.1.max(number));
        }
    }
    all
}

/// Runs the tool with one fault.
pub fn run(world: &World, point: &Point, args: &[&str], reach: Reach) -> Result<Hit> {
    let log = world.home().join("fault.log");
    let mut trace = Command::new("strace");
    let fault = match point.fault {
        Fault::Signal(signal) => format!("signal={signal}"),
        Fault::Error(error) => format!("error={error}"),
    };
    trace.args(if reach == Reach::Threads { &["-f"][..] } else { &[] });
    trace.args(["-e", &format!("trace={},execve", point.call), "-e", "signal=SIGINT,SIGTERM"]);
    trace.args(["-e", &format!("inject={}:{fault}:when={}", point.call, point.number)]).arg("-o").arg(&log);
    let output = finish(world, trace, args)?;
    let log = std::fs::read_to_string(&log)?;
    // Those that are caught are no end: how the tool ends is its own choice then.
    let caught = matches!(point.fault, Fault::Signal(2 | 15));
    let (own, others) = hit(&log, reach, if caught { "--- SIG" } else { "(INJECTED)" });
    let fired = match point.fault {
        Fault::Signal(signal) if !caught => output.status.signal() == Some(signal),
        _ => own,
    };
    Ok(Hit { fired, elsewhere: others, output })
}

/// Whether a call of the tool got the fault, and whether one of a program that it runs did. `mark` tells it in the log.
fn hit(log: &str, reach: Reach, mark: &str) -> (bool, bool) {
    let thread = |line: &str| line.split(' ').next().filter(|_| reach == Reach::Threads).map(str::to_owned);
    // The first of them is the tool itself.
    let programs: Vec<_> = log.lines().filter(|line| line.contains(" execve(")).skip(1).map(thread).collect();
    let hit = |others: bool| {
        let hits = log.lines().filter(|line| line.contains(mark)).map(thread);
        hits.filter(|thread| (thread.is_some() && programs.contains(thread)) == others).count() > 0
    };
    (hit(false), hit(true))
}

fn finish(world: &World, mut trace: Command, args: &[&str]) -> Result<Output> {
    let plain = world.command(Path::new("strace"));
    trace.arg(crate::binary::xtask()).args(args).current_dir(world.home().join("app")).env_clear();
    trace.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child =
        trace.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()?;
    let start = Instant::now();
    // What it says fits into a pipe, so nobody has to read while it runs.
    while child.try_wait()?.is_none() {
        if start.elapsed() > PATIENCE {
            let group = format!("-{}", child.id());
            Command::new("kill").args(["-KILL", "--", &group]).status()?;
            let said = child.wait_with_output()?.stderr;
            bail!("it hangs: {}", String::from_utf8_lossy(&said).trim());
        }
        sleep(Duration::from_millis(1));
    }
    child.wait_with_output().context("cannot run `strace`")
}

/// The points at even distances: at most `most`, the first and the last among them.
pub fn spread(points: &[Point], most: usize) -> Vec<Point> {
    if points.len() <= most || most < 2 {
        return points.to_vec();
    }
    (0..most).map(|n| points[n * (points.len() - 1) / (most - 1)].clone()).collect()
}

/// What a temporary file of the tool is called.
pub fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(xtask::fsx::TEMP_PREFIX))
}

/// The files of an edit that is not finished.
pub fn unfinished(world: &World) -> Vec<PathBuf> {
    ["journal", "journal.new"].iter().map(|name| world.journal().join(name)).filter(|path| path.exists()).collect()
}
