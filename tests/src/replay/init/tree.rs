//! A work tree at any commit of a mirror, with the history and the tags that a clone of that day would have had.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};

use super::super::mirror::{Mirror, alone};
use super::verdict::Files;

/// A repository of our own that borrows the objects of a mirror; removed with the value, unless it is to be kept.
pub struct Tree {
    home: PathBuf,
    root: PathBuf,
    kept: bool,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Tree {
    /// A repository without a commit, in a folder of the project's name.
    pub fn new(name: &str, keep: Option<&Path>) -> Result<Self> {
        let own = format!("replay-init-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let home = keep.map_or_else(|| std::env::temp_dir().join(own), Path::to_owned);
        std::fs::create_dir_all(&home).with_context(|| format!("cannot create `{}`", home.display()))?;
        let root = home.canonicalize()?.join(name);
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root)?;
        let tree = Self { home, root, kept: keep.is_some() };
        tree.git(&["init", "--quiet", "--initial-branch=main"])?;
        for (key, value) in [("gc.auto", "0"), ("core.autocrlf", "false"), ("core.logAllRefUpdates", "false")] {
            tree.git(&["config", key, value])?;
        }
        Ok(tree)
    }

    /// The same with the objects and the address of a mirror.
    pub fn of_mirror(mirror: &Mirror, keep: Option<&Path>) -> Result<Self> {
        let name = mirror.repository.rsplit('/').next().unwrap_or_default();
        let tree = Self::new(name, keep)?;
        let objects = format!("{}\n", mirror.git.join("objects").display());
        std::fs::write(tree.root.join(".git/objects/info/alternates"), objects)?;
        let shallow = mirror.git.join("shallow");
        if shallow.is_file() {
            std::fs::copy(shallow, tree.root.join(".git/shallow"))?;
        }
        let url = format!("https://github.com/{}.git", mirror.repository);
        tree.git(&["config", "remote.origin.url", &url])?;
        Ok(tree)
    }

    /// Goes to a commit: the branch, the tags that are reachable from it, and its files.
    pub fn go_to(&self, mirror: &Mirror, commit: &str) -> Result<()> {
        let branch = mirror.text(&["symbolic-ref", "--quiet", "HEAD"]).unwrap_or_default();
        let branch = branch.trim().strip_prefix("refs/heads/").unwrap_or("main");
        let merged = format!("--merged={commit}");
        let format = "--format=%(objectname) %(refname)";
        let tags = mirror.text(&["for-each-ref", &merged, format, "refs/tags"])?;
        let mut refs: Vec<(&str, &str)> =
            tags.lines().filter_map(|line| line.split_once(' ')).map(|(a, b)| (b, a)).collect();
        let head = format!("refs/heads/{branch}");
        refs.push((&head, commit));
        refs.sort_unstable();
        let packed: String = refs.iter().map(|(name, id)| format!("{id} {name}\n")).collect();
        std::fs::write(self.root.join(".git/packed-refs"), format!("# pack-refs with: sorted \n{packed}"))?;
        std::fs::write(self.root.join(".git/HEAD"), format!("ref: {head}\n"))?;
        self.clean()
    }

    /// Throws away all that was written.
    pub fn clean(&self) -> Result<()> {
        self.git(&["reset", "--quiet", "--hard"])?;
        self.git(&["clean", "--quiet", "-ffdx"])
    }

    /// Throws away what was written into tracked files.
    pub fn restore(&self) -> Result<()> {
        self.git(&["reset", "--quiet", "--hard"])
    }

    /// Commits all files.
    pub fn commit(&self) -> Result<()> {
        self.git(&["add", "--all", "--force"])?;
        self.git(&[
            "-c",
            "user.name=Replay",
            "-c",
            "user.email=replay@example.com",
            "commit",
            "--quiet",
            "-m",
            "Before",
        ])
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is not as it was committed, apart from our configuration: empty bytes where the file is gone.
    pub fn touched(&self) -> Result<Files> {
        let args = ["status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"];
        let output = self.command("git").args(args).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let paths = said.split_terminator('\0').filter_map(|line| line.get(3..));
        let paths = paths.filter(|path| !path.starts_with("release-config/"));
        Ok(paths.map(|path| (path.to_owned(), std::fs::read(self.root.join(path)).unwrap_or_default())).collect())
    }

    /// A program that runs here, away from the user's settings.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.current_dir(&self.root).env_clear().env("PATH", path).env("HOME", &self.home);
        alone(&mut command);
        command
    }

    fn git(&self, args: &[&str]) -> Result<()> {
        let output = self.command("git").args(args).output()?;
        ensure!(output.status.success(), "git {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.home);
        }
    }
}
