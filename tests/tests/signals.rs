//! The tool is told to stop, or killed, while programs run: it ends in time, says which command goes on, and leaves
//! nothing running; what goes on all the same keeps the lock.

use std::fs;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use lockstep_tests::binary::xtask;
use lockstep_tests::sandbox::Sandbox;
use xtask::error::{Exit, Failure};
use xtask::tools::{Lock, Run};

const CONFIG: &str =
    "[project]\nname = \"acme\"\n[track.app]\n[[manifest]]\npath = \"VERSIO*\"\nline.all = \"{app}\"\n";

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

fn project() -> Sandbox {
    Sandbox::new(&[("release-config/release.toml", CONFIG), ("VERSION", "1.2.3\n")])
}

/// A git that does nothing for a long time. What it has started is named in files of the sandbox.
fn slow(sandbox: &Sandbox, script: &str) {
    let marks = sandbox.root().join("tmp");
    let script = script.replace("MARK", &format!("{}/pid", marks.display()));
    sandbox.put_program("git", &format!("#!/bin/sh\n{script}\n"));
}

/// A run of the tool in the background, as the leader of a process group.
struct Running {
    child: Child,
    start: Instant,
    marks: PathBuf,
}

/// How it ended.
struct Ended {
    code: Option<i32>,
    signal: Option<i32>,
    said: String,
    took: Duration,
}

impl Running {
    /// Runs `check`, and waits until the slow program is there.
    fn new(sandbox: &Sandbox) -> Self {
        Self::of(sandbox.command(xtask(), ""), &["check", "-C", "."], sandbox)
    }

    fn of(mut command: Command, args: &[&str], sandbox: &Sandbox) -> Self {
        let marks = sandbox.root().join("tmp");
        let command = command.args(args).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        let running = Self { child: command.spawn().unwrap(), start: Instant::now(), marks };
        wait_until("the slow program runs", || running.marks.join("pid").exists());
        // It is written before the last of them is started.
        sleep(Duration::from_millis(100));
        running
    }

    /// The numbers that the slow program has left.
    fn programs(&self) -> Vec<u32> {
        let text = fs::read_to_string(self.marks.join("pid")).unwrap();
        text.split_whitespace().map(|word| word.parse().unwrap()).collect()
    }

    /// Sends a signal to the tool alone; with `-` before it to its whole group, as a terminal does.
    fn signal(&mut self, name: &str) {
        let (name, sign) = name.strip_prefix('-').map_or((name, ""), |name| (name, "-"));
        let whom = format!("{sign}{}", self.child.id());
        assert!(Command::new("kill").args(["-s", name, "--", &whom]).status().unwrap().success());
        self.start = Instant::now();
    }

    fn end(mut self) -> Ended {
        wait_until("the tool ends", || self.child.try_wait().unwrap().is_some());
        let took = self.start.elapsed();
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        // Who survives it has the pipe as well: what is in it by now is all.
        if self.programs().iter().all(|id| !is_alive(*id)) {
            self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        }
        Ended { code: status.code(), signal: status.signal(), said, took }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        sleep(Duration::from_millis(5));
    }
}

fn is_alive(id: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// Told by `signal`, with this git: it ends between these times, with the words, and nothing of git's goes on.
#[track_caller]
fn check(script: &str, signals: &[&str], seconds: std::ops::Range<f64>) {
    let sandbox = project();
    slow(&sandbox, script);
    let mut running = Running::new(&sandbox);
    let programs = running.programs();
    assert!(!programs.is_empty() && programs.iter().all(|id| is_alive(*id)));
    for (at, signal) in signals.iter().enumerate() {
        sleep(Duration::from_millis(if at == 0 { 0 } else { 300 }));
        running.signal(signal);
    }
    let ended = running.end();
    let name = signals[0].trim_start_matches('-');
    assert_eq!(
        (ended.code, ended.said.as_str()),
        (Some(3), &*format!("error: stopped by SIG{name}\nhint: `cargo xtask check -C .` goes on\n")),
    );
    let took = ended.took.as_secs_f64();
    assert!(seconds.contains(&took), "it took {took} s");
    wait_until("its programs are gone", || !programs.iter().any(|id| is_alive(*id)));
}

const SLEEPS: &str = "echo $$ > MARK; exec sleep 60";
const TREE: &str = "sleep 60 & echo $$ $! > MARK; wait; sleep 60";
const DEAF: &str = "trap '' INT TERM HUP; sleep 60 & echo $$ $! > MARK; while :; do sleep 1; done";

#[test]
fn a_program_has_time_to_end_then_it_is_ended() {
    check(SLEEPS, &["INT"], 4.9..7.0);
}

#[test]
fn what_a_program_has_started_is_ended_too() {
    check(TREE, &["TERM"], 4.9..7.0);
}

#[test]
fn who_doesnt_hear_is_killed_within_ten_seconds() {
    check(DEAF, &["HUP"], 6.9..9.0);
}

#[test]
fn a_terminal_tells_the_programs_itself() {
    check(SLEEPS, &["-INT"], 0.0..1.5);
}

#[test]
fn a_second_signal_ends_all_at_once() {
    check(SLEEPS, &["INT", "INT"], 0.0..1.5);
    check(DEAF, &["TERM", "TERM"], 0.0..1.5);
    check(DEAF, &["-INT", "-TERM"], 0.0..1.5);
}

/// What was under way ends well, and nothing further begins.
#[test]
fn the_next_program_is_not_started() {
    let sandbox = project();
    slow(&sandbox, "echo $$ >> MARK; sleep 1; exec env PATH=\"${PATH#*:}\" git \"$@\"");
    let mut running = Running::new(&sandbox);
    running.signal("TERM");
    let ended = running.end();
    assert_eq!(ended.code, Some(3), "{}", ended.said);
    assert!(ended.said.starts_with("error: stopped by SIGTERM\n") && ended.took < Duration::from_secs(3));
    let text = fs::read_to_string(sandbox.root().join("tmp/pid")).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
}

/// `nohup`, and a job that a script starts in the background.
#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let sandbox = project();
    slow(&sandbox, "echo $$ > MARK; sleep 1; exec env PATH=\"${PATH#*:}\" git \"$@\"");
    let mut command = sandbox.command("sh", "");
    command.args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\""]).arg(xtask());
    let mut running = Running::of(command, &["versions"], &sandbox);
    running.signal("HUP");
    running.signal("INT");
    let ended = running.end();
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""));
}

#[test]
fn killed_the_tool_takes_its_programs_along() {
    let sandbox = project();
    slow(&sandbox, SLEEPS);
    let mut running = Running::new(&sandbox);
    let programs = running.programs();
    running.signal("KILL");
    let ended = running.end();
    assert_eq!((ended.signal, ended.said.as_str()), (Some(9), ""));
    wait_until("its programs are gone", || !programs.iter().any(|id| is_alive(*id)));
}

/// Not a test: what the next one starts. Hangs where nobody asks whether it is time to stop.
#[test]
#[ignore = "a part of another test"]
fn hangs() {
    let Some(folder) = std::env::var_os("LOCKSTEP_TEST_FOLDER").map(PathBuf::from) else { return };
    xtask::tools::listen("cargo xtask run");
    if std::env::var_os("LOCKSTEP_TEST_DEFERS").is_some() {
        xtask::tools::defer_stop().for_good();
    }
    fs::write(folder.join("pid"), "").unwrap();
    sleep(PATIENCE);
}

/// A prompt, a disk that doesn't answer: where nothing is under way it ends at once, and else in time all the same.
#[test]
fn even_what_hangs_is_ended() {
    for (env, seconds) in [(None, 0.0..1.5), (Some("LOCKSTEP_TEST_DEFERS"), 8.5..10.0)] {
        let sandbox = Sandbox::folder(&[]);
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("LOCKSTEP_TEST_FOLDER", sandbox.root().join("tmp")).envs(env.map(|name| (name, "")));
        let mut running = Running::of(command, &["--exact", "hangs", "--ignored", "--nocapture"], &sandbox);
        running.signal("TERM");
        let ended = running.end();
        let said = "error: stopped by SIGTERM\nhint: `cargo xtask run` goes on\n";
        assert_eq!((ended.code, ended.said.as_str()), (Some(3), said));
        assert!(seconds.contains(&ended.took.as_secs_f64()), "{:?}", ended.took);
    }
}

// ---- the lock ----

/// Not a test: what `a_program_that_survives_keeps_the_lock` starts. Takes the lock, and runs something slow.
#[test]
#[ignore = "a part of another test"]
fn holds_a_lock_and_runs_something() {
    let Some(folder) = std::env::var_os("LOCKSTEP_TEST_FOLDER").map(PathBuf::from) else { return };
    let mut lock = Lock::take(&folder.join("lock"), Duration::ZERO, |_| {}).unwrap();
    lock.inherit().unwrap();
    // The shell ends with us; what it has started only knows that it has no parent any more. A job in the background
    // (`&`) would get another stdin from the shell, and so not keep the lock.
    let script = "cat; echo $$ > pid; sh -c 'echo $$ >> pid; exec sleep 60'; true";
    Run::new("sh", &folder).unwrap().args(["-c", script]).run().unwrap();
}

#[test]
fn a_program_that_survives_keeps_the_lock() {
    let sandbox = Sandbox::folder(&[]);
    let folder = sandbox.root().join("tmp");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("LOCKSTEP_TEST_FOLDER", &folder);
    let args = ["--exact", "holds_a_lock_and_runs_something", "--ignored", "--nocapture"];
    let mut running = Running::of(command, &args, &sandbox);
    let [shell, sleeper] = running.programs()[..] else { panic!() };
    let path = folder.join("lock");
    let refused = Lock::take(&path, Duration::ZERO, |_| {}).unwrap_err().downcast::<Failure>().unwrap();
    assert_eq!(refused.exit, Exit::Tool);

    running.signal("KILL");
    drop(running);
    wait_until("the shell is gone", || !is_alive(shell));
    assert!(is_alive(sleeper));
    let mut said = String::new();
    let refused = Lock::take(&path, Duration::from_millis(100), |words| said = words.to_owned());
    let refused = refused.unwrap_err().downcast::<Failure>().unwrap();
    let lock = path.display();
    assert_eq!(said, format!("waiting for `sleep` (process {sleeper}), which holds `{lock}`"));
    assert_eq!(refused.message, format!("`sleep` (process {sleeper}) still holds `{lock}`"));
    let hint = format!("wait until it ends, then run the same command again, or end it with `kill {sleeper}`");
    assert_eq!(refused.hint.as_deref(), Some(&*hint));

    assert!(Command::new("kill").arg(sleeper.to_string()).status().unwrap().success());
    Lock::take(&path, PATIENCE, |_| {}).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"");
}

// ---- time ----

#[track_caller]
fn run(script: &str, limit: Duration) -> (Failure, Duration) {
    let start = Instant::now();
    let run = Run::new("sh", Path::new("/")).unwrap().args(["-c", script]).timeout(limit);
    let failure = run.output().unwrap_err().downcast::<Failure>().unwrap();
    (failure, start.elapsed())
}

#[test]
fn who_takes_too_long_is_ended_with_all_that_it_has_started() {
    let limit = Duration::from_millis(300);
    let (failure, took) = run("echo slow >&2; sleep 59.125; echo never", limit);
    assert_eq!(failure.exit, Exit::Tool);
    let line = "`sh -c 'echo slow >&2; sleep 59.125; echo never'`";
    assert_eq!(failure.message, format!("{line} was ended: it took longer than 300 ms\n  slow"));
    assert!(took < Duration::from_secs(2), "{took:?}");
    let left = Command::new("pgrep").args(["-f", "sleep 59.12[5]"]).output().unwrap().stdout;
    assert_eq!(String::from_utf8_lossy(&left), "");

    let (_, took) = run("trap '' TERM; while :; do sleep 0.1; done", limit);
    assert!((2.2..4.0).contains(&took.as_secs_f64()), "{took:?}");
    // One that doesn't read what it is fed, nor closes anything.
    let start = Instant::now();
    let fed = Run::new("sh", Path::new("/")).unwrap().args(["-c", "sleep 60"]).stdin(vec![b'x'; 1 << 20]);
    assert!(fed.timeout(limit).output().is_err() && start.elapsed() < Duration::from_secs(2));
}

#[test]
fn who_hands_its_pipes_on_keeps_nobody_waiting() {
    let start = Instant::now();
    let run = Run::new("sh", Path::new("/")).unwrap().args(["-c", "echo done; sleep 9 & exit 0"]);
    assert_eq!(run.read_text().unwrap(), "done");
    assert!((1.9..4.0).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
}

#[test]
fn lines_are_heard_while_the_program_runs() {
    let script = "echo one; echo two >&2; sleep 0.3; printf three; sleep 0.1; exit 7";
    let (start, mut heard) = (Instant::now(), Vec::new());
    let run = Run::new("sh", Path::new("/")).unwrap().args(["-c", script]);
    let error = run.stream_lines(|line| heard.push((line.to_owned(), start.elapsed()))).unwrap_err();
    let lines: Vec<&str> = heard.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(lines, ["one", "two", "three"]);
    assert!(heard[1].1 + Duration::from_millis(250) < heard[2].1, "{heard:?}");
    assert!(error.to_string().ends_with("failed with exit code 7\n  one\n  two\n  three"), "{error}");
}

// ---- who reads what we print ----

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = project();
    let mut command = sandbox.command("bash", "");
    command.args(["-c", "\"$0\" schema | head -1; echo ${PIPESTATUS[0]}"]).arg(xtask());
    let ran = sandbox.output(command);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("{\n0\n", ""));
}

#[test]
fn what_cannot_be_printed_is_an_error() {
    let sandbox = project();
    let mut command = sandbox.command(xtask(), "");
    command.args(["bump", "minor"]).stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    command.stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("error: cannot write to stdout: no space left on device\n"), "{said}");
    assert_eq!(sandbox.read("VERSION"), "1.3.0\n");
}
