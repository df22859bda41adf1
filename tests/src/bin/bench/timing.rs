//! Runs programs and says how long they took.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// A program with its arguments, and where it runs.
#[derive(Clone, Debug)]
pub struct Call {
    argv: Vec<String>,
    folder: PathBuf,
    home: PathBuf,
}

/// What several runs of one call took.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The median, in milliseconds.
    pub time: f64,
    /// The most memory that one run held, in MiB; none where that could not be measured.
    pub memory: Option<f64>,
}

impl Call {
    /// A call, which must answer 0.
    pub fn new(folder: &Path, argv: &[&str]) -> Self {
        let home = folder.parent().unwrap_or(folder).join("home");
        Self { argv: argv.iter().map(|&arg| arg.to_owned()).collect(), folder: folder.to_owned(), home }
    }

    /// Runs it once, in milliseconds.
    pub fn run(&self) -> Result<f64> {
        let mut command = self.command(&self.argv);
        let start = Instant::now();
        let output = command.output().with_context(|| format!("cannot run `{}`", self.argv[0]))?;
        let time = start.elapsed().as_secs_f64() * 1e3;
        let code = output.status.code().unwrap_or(-1);
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rev().take(6).collect::<Vec<_>>().join(" / ");
        ensure!(code == 0, "`{}` answered {code}: {last}", self.argv.join(" "));
        Ok(time)
    }

    /// The most memory of one run, in MiB; none without GNU time.
    pub fn memory(&self) -> Option<f64> {
        let said = self.gnu_time("%M")?;
        Some(said.strip_prefix('=')?.parse::<f64>().ok()? / 1024.0)
    }

    /// The seconds of processor time of one run; none without GNU time.
    pub fn processor(&self) -> Option<f64> {
        let said = self.gnu_time("%U+%S")?;
        let (user, system) = said.strip_prefix('=')?.split_once('+')?;
        Some(user.parse::<f64>().ok()? + system.parse::<f64>().ok()?)
    }

    /// Runs it below GNU time with this format; the last line of what it said, with `=` before.
    fn gnu_time(&self, format: &str) -> Option<String> {
        let argv: Vec<String> = ["/usr/bin/time".to_owned(), "--format".to_owned(), format!("={format}")]
            .into_iter()
            .chain(self.argv.iter().cloned())
            .collect();
        let output = self.command(&argv).output().ok()?;
        let said = String::from_utf8_lossy(&output.stderr);
        said.lines().rev().find(|line| line.starts_with('=')).map(str::to_owned)
    }

    fn command(&self, argv: &[String]) -> Command {
        let mut command = Command::new(&argv[0]);
        command.args(&argv[1..]).current_dir(&self.folder).stdin(Stdio::null()).stdout(Stdio::null());
        command.env("HOME", &self.home).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Bench").env(format!("GIT_{role}_EMAIL"), "bench@example.com");
        }
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO")) {
            if name != "CARGO_HOME" {
                command.env_remove(name);
            }
        }
        if std::env::var_os("CARGO_HOME").is_none() {
            command.envs(std::env::home_dir().map(|home| ("CARGO_HOME", home.join(".cargo"))));
        }
        if std::env::var_os("RUSTUP_HOME").is_none() {
            command.envs(std::env::home_dir().map(|home| ("RUSTUP_HOME", home.join(".rustup"))));
        }
        command
    }
}

/// One line of a race: calls that belong together (a bump, and the bump back), and what comes before each uncounted.
pub struct Runner<'a> {
    /// What it is, for the table.
    pub what: String,
    calls: Vec<Call>,
    prepare: Box<dyn Fn() -> Result<()> + 'a>,
}

impl<'a> Runner<'a> {
    /// A runner that needs no preparation.
    pub fn new(what: impl Into<String>, calls: Vec<Call>) -> Self {
        Self { what: what.into(), calls, prepare: Box::new(|| Ok(())) }
    }

    /// The same, with this before each call.
    pub fn after(self, prepare: impl Fn() -> Result<()> + 'a) -> Self {
        Self { prepare: Box::new(prepare), ..self }
    }
}

/// Lets the runners run in turn, so many rounds after one that warms up: what else the machine does hits all alike.
pub fn race(runners: &[Runner], rounds: usize) -> Result<Vec<Sample>> {
    let mut times = vec![Vec::new(); runners.len()];
    for round in 0..=rounds {
        for (runner, times) in runners.iter().zip(&mut times) {
            for call in &runner.calls {
                (runner.prepare)()?;
                let time = call.run()?;
                if round > 0 {
                    times.push(time);
                }
            }
        }
    }
    let mut samples = Vec::new();
    for (runner, mut times) in runners.iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let mut memory: Option<f64> = None;
        for call in &runner.calls {
            (runner.prepare)()?;
            memory = memory.into_iter().chain(call.memory()).reduce(f64::max);
        }
        samples.push(Sample { time: times[times.len() / 2], memory });
    }
    Ok(samples)
}
