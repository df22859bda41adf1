//! A fresh git repository for one case, away from the user's settings.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};

use super::case::Tree;

/// A repository that is removed with the value, unless it is to be kept.
pub struct Sandbox {
    home: PathBuf,
    root: PathBuf,
    kept: bool,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Sandbox {
    /// A repository that holds the files of a tree, in `tree` below a folder of its own or below `keep`.
    pub fn new(tree: &Tree, keep: Option<&Path>) -> Result<Self> {
        let own = format!("replay-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let home = keep.map_or_else(|| std::env::temp_dir().join(own), Path::to_owned);
        let root = home.join("tree");
        std::fs::create_dir_all(&root).with_context(|| format!("cannot create `{}`", root.display()))?;
        let sandbox = Self { home, root, kept: keep.is_some() };
        for (name, bytes) in tree {
            sandbox.write(name, bytes)?;
        }
        sandbox.git(&["init", "--quiet", "--initial-branch=main"])?;
        Ok(sandbox)
    }

    /// The root of its work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file, with its folders.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        std::fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Commits all files.
    pub fn commit(&self) -> Result<()> {
        self.git(&["add", "--all", "--force"])?;
        self.git(&["commit", "--quiet", "--message", "Before"])
    }

    /// Runs `bump`; the inner error is the last line that the tool said.
    pub fn bump(&self, binary: &Path, asked: &[String]) -> Result<Result<(), String>> {
        let output = self.run(Command::new(binary).arg("bump").arg("--allow-lower").args(asked))?;
        if output.status.success() {
            return Ok(Ok(()));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let error = said.lines().find(|line| line.starts_with("error")).or_else(|| said.lines().last());
        Ok(Err(error.unwrap_or("it said nothing").to_owned()))
    }

    fn git(&self, args: &[&str]) -> Result<()> {
        let output = self.run(Command::new("git").args(args))?;
        ensure!(output.status.success(), "git {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }

    fn run(&self, command: &mut Command) -> Result<Output> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.current_dir(&self.root).env_clear().env("PATH", path).env("HOME", &self.home).env("LC_ALL", "C");
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" });
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Replay").env(format!("GIT_{role}_EMAIL"), "replay@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-01T00:00:00Z");
        }
        command.output().with_context(|| format!("cannot run `{}`", command.get_program().display()))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.home);
        }
    }
}
