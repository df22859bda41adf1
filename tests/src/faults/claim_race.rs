//! Many releasers claim one version at the same moment: real processes, each with its own checkout, its own clones and
//! its own name, and one ledger.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};

use super::share::Found;
use crate::servers::HttpGit;

/// Rounds with one ledger.
const AT_ONCE: usize = 50;

/// Where the ledger lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the checkout, which all of them share.
    Local,
    /// A branch of a bare repository on the disk, which only the team sees.
    File,
    /// A branch of a bare repository behind git's own http server, which everybody sees: each push is guarded.
    Http,
}

/// Releasers and their ledger, in a folder that is removed with the value.
pub struct Race {
    root: PathBuf,
    releasers: usize,
    url: Option<String>,
    server: Option<HttpGit>,
    program: PathBuf,
}

/// Every file below a folder: its mode and its bytes.
type Tree = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// A releaser that runs.
struct Runner {
    child: Child,
    /// What it says, a line after the other.
    says: BufReader<std::process::ChildStdout>,
}

/// How it ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    said: String,
}

impl Race {
    /// `program` is the `releaser` of this package.
    pub fn new(program: &Path, place: Place, releasers: usize) -> Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("lockstep-race-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let (asked, memory) = (std::env::temp_dir(), Path::new("/dev/shm"));
        let parent = if asked == Path::new("/tmp") && memory.is_dir() { memory.to_owned() } else { asked };
        let root = parent.join(name);
        fs::create_dir_all(root.join("home"))?;
        let mut race =
            Self { root: root.canonicalize()?, releasers, url: None, server: None, program: program.to_owned() };
        race.git(&race.root, &["init", "--quiet", "--bare", "--template=", "git/origin.git"])?;
        // Thousands of pushes would start one.
        race.git(&race.origin(), &["config", "receive.autogc", "false"])?;
        match place {
            Place::Local => {}
            Place::File => race.url = Some(format!("file://{}", race.origin().display())),
            Place::Http => {
                let server = HttpGit::start(&race.root.join("git"), None);
                race.url = Some(server.url("origin.git"));
                race.server = Some(server);
            }
        }
        for number in 0..releasers {
            let checkout = race.checkout(number);
            if !checkout.exists() {
                fs::create_dir_all(&checkout)?;
                fs::write(checkout.join("VERSION"), "1.0.0\n")?;
                race.git(&checkout, &["init", "--quiet", "--template="])?;
                race.git(&checkout, &["add", "--all"])?;
                race.git(&checkout, &["commit", "--quiet", "--message", "Begin"])?;
            }
        }
        Ok(race)
    }

    fn origin(&self) -> PathBuf {
        self.root.join("git/origin.git")
    }

    /// The repository with the ledger's branch, and the branch.
    pub(super) fn ledger(&self) -> (PathBuf, &'static str) {
        match self.url {
            Some(_) => (self.origin(), "refs/heads/lockstep-ledger"),
            None => (self.checkout(0).join(".git/lockstep/ledger.git"), "refs/heads/ledger"),
        }
    }

    pub(super) fn checkout(&self, number: usize) -> PathBuf {
        self.root.join(if self.url.is_some() { format!("checkout-{number}") } else { "checkout".to_owned() })
    }

    fn cache(&self, number: usize) -> PathBuf {
        self.root.join(format!("cache-{number}"))
    }

    pub(super) fn command(&self, program: &Path, folder: &Path, number: usize) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.root.join("home")).env("LOCKSTEP_CACHE", self.cache(number));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), format!("Releaser {number}"));
            command.env(format!("GIT_{who}_EMAIL"), email(number));
        }
        command
    }

    pub(super) fn git(&self, folder: &Path, args: &[&str]) -> Result<String> {
        let output = self.command(Path::new("git"), folder, 0).args(args).output()?;
        ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The command line of a releaser: its program, and what comes before its words.
    pub(super) fn line(&self) -> Vec<&OsStr> {
        let url = self.url.iter().flat_map(|url| ["--ledger", url]);
        let private = self.url.iter().filter(|_| self.server.is_none()).map(|_| "--private");
        std::iter::once(self.program.as_os_str()).chain(url.chain(private).map(OsStr::new)).collect()
    }

    fn start(&self, number: usize, words: &[&str]) -> Result<Runner> {
        let line = self.line();
        let mut command = self.command(Path::new(line[0]), &self.checkout(number), number);
        command.args(&line[1..]).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let says = BufReader::new(child.stdout.take().context("it has a stdout")?);
        Ok(Runner { child, says })
    }

    /// One version, claimed by all of them; an error says what went wrong.
    fn round(&self, round: usize) -> Result<()> {
        let version = format!("1.{round}.0");
        let before = self.trees()?;
        let commits = self.commits()?;
        let words = ["look", "wait", "claim", &version, "wait", "finish"];
        let mut runners: Vec<Runner> =
            (0..self.releasers).map(|number| self.start(number, &words)).collect::<Result<_>>()?;
        for runner in &mut runners {
            let line = runner.line()?;
            ensure!(line == "ready\n", "a releaser is not ready: {line}");
        }
        runners.iter_mut().try_for_each(Runner::go)?;
        let (mut winners, mut losers) = (Vec::new(), Vec::new());
        for (number, mut runner) in runners.into_iter().enumerate() {
            match runner.line()? {
                line if line.starts_with("won: ") => winners.push((number, line, runner)),
                line => losers.push((number, runner.end(line)?)),
            }
        }
        ensure!(winners.len() == 1, "{} winners; {losers:?}", winners.len());
        let (winner, line, mut runner) = winners.remove(0);
        self.judge(&version, winner, &line, &losers, commits + 1)?;
        ensure!(runner.line()? == "ready\n", "the winner goes on");
        runner.go()?;
        let ended = runner.end(String::new())?;
        ensure!(ended.code == Some(0), "the winner doesn't finish: {ended:?}");
        ensure!(self.commits()? == commits + 2, "more than a claim and an end were written");
        ensure!(self.trees()? == before, "a checkout was changed");
        Ok(())
    }

    fn judge(&self, version: &str, winner: usize, line: &str, losers: &[(usize, Ended)], commits: usize) -> Result<()> {
        let mail = email(winner);
        ensure!(line.contains(&format!("release {version}, epoch 1, ")) && line.contains(&mail), "{line}");
        for (number, ended) in losers {
            let told = ended.said.contains(&format!("`release {version}` belongs to `")) && ended.said.contains(&mail);
            ensure!(ended.code == Some(4) && told, "releaser {number} lost: {ended:?}");
        }
        let (git, branch) = self.ledger();
        ensure!(self.commits()? == commits, "not one commit more");
        let record = self.git(&git, &["show", &format!("{branch}:releases/release-{version}.toml")])?;
        ensure!(
            record.contains(&format!("owner = {{ name = \"Releaser {winner}\", email = \"{mail}\" }}")),
            "{record}"
        );
        ensure!(record.contains("epoch = 1\n") && record.contains("state = \"open\"\n"), "{record}");
        let refs = self.git(&git, &["for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags"])?;
        ensure!(refs.trim() == branch, "other references: {refs}");
        Ok(())
    }

    fn commits(&self) -> Result<usize> {
        let (git, branch) = self.ledger();
        if !git.exists() || self.git(&git, &["for-each-ref", branch])?.is_empty() {
            return Ok(0);
        }
        Ok(self.git(&git, &["rev-list", "--count", branch])?.trim().parse()?)
    }

    /// How many claims were made and didn't land: each lies unused in the clone of its releaser.
    fn refused(&self) -> Result<usize> {
        let mut folders = vec![self.ledger().0];
        for number in 0..self.releasers {
            let clones = self.cache(number).join("repos");
            let clones = fs::read_dir(clones).into_iter().flatten().flatten().map(|entry| entry.path());
            folders.extend(clones.filter(|path| path.extension().is_some_and(|end| end == "git")));
        }
        let mut refused = 0;
        for folder in folders {
            let found = self.git(&folder, &["fsck", "--unreachable", "--no-progress"])?;
            refused += found.lines().filter(|line| line.starts_with("unreachable commit")).count();
        }
        Ok(refused)
    }

    /// Every byte of every checkout, the tool's own folder left out.
    fn trees(&self) -> Result<Vec<Tree>> {
        (0..if self.url.is_some() { self.releasers } else { 1 }).map(|number| tree(&self.checkout(number))).collect()
    }
}

impl Drop for Race {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

impl Runner {
    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        Ok(line)
    }

    fn go(&mut self) -> Result<()> {
        Ok(self.child.stdin.as_mut().context("it has a stdin")?.write_all(b"go\n")?)
    }

    fn end(mut self, mut said: String) -> Result<Ended> {
        drop(self.child.stdin.take());
        self.says.read_to_string(&mut said)?;
        self.child.stderr.take().context("it has a stderr")?.read_to_string(&mut said)?;
        Ok(Ended { code: self.child.wait()?.code(), said })
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn email(number: usize) -> String {
    format!("releaser-{number}@example.com")
}

fn tree(folder: &Path) -> Result<Tree> {
    let mut tree = Tree::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let meta = fs::symlink_metadata(&path)?;
            if meta.is_file() {
                tree.insert(path.clone(), (meta.mode(), fs::read(path)?));
            } else if path.file_name().is_some_and(|name| name != "lockstep") {
                folders.push(path);
            }
        }
    }
    Ok(tree)
}

/// As many rounds of as many releasers. `fired` counts the claims that were made and refused.
///
/// After some of them the ledger is a new one: each run reads all of it.
pub fn rounds(program: &Path, place: Place, rounds: usize, releasers: usize) -> Result<Found> {
    let mut all = Found::default();
    for first in (0..rounds).step_by(AT_ONCE) {
        let found = share(program, place, first..rounds.min(first + AT_ONCE), releasers)?;
        all.fired += found.fired;
        all.wrong.extend(found.wrong);
    }
    Ok(all)
}

fn share(program: &Path, place: Place, rounds: Range<usize>, releasers: usize) -> Result<Found> {
    let race = Race::new(program, place, releasers)?;
    let mut found = Found::default();
    for round in rounds {
        found.wrong.extend(race.round(round).err().map(|error| format!("{place:?}, round {round}: {error:#}")));
        if found.wrong.len() > 5 {
            bail!("{}", found.wrong.join("\n"));
        }
    }
    found.fired = race.refused()?;
    Ok(found)
}
