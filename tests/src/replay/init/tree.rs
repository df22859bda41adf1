//! A work tree at any commit of a mirror, with the history and the tags that a clone of that day would have had.

use std::cell::RefCell;
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
    /// What differs from the start: a file that stands empty where the snapshot has none.
    odd: RefCell<Files>,
}

/// An object of git that holds nothing, for large files that a snapshot was made without: git would read nothing at all.
const EMPTY: &[u8] = b"\x78\x01\x01\x07\x00\xf8\xff\x62\x6c\x6f\x62\x20\x30\x00\x09\xb0\x01\xf0";

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
        let tree = Self { home, root, kept: keep.is_some(), odd: RefCell::default() };
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
        for id in missing(mirror)?.lines().filter_map(|line| line.strip_prefix('?')) {
            let folder = tree.root.join(".git/objects").join(&id[..2]);
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(&id[2..]), EMPTY)?;
        }
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
        self.clean()?;
        self.odd.take();
        let odd = self.touched()?;
        self.odd.replace(odd);
        Ok(())
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
        let read = |path: &str| (path.to_owned(), std::fs::read(self.root.join(path)).unwrap_or_default());
        let odd = self.odd.borrow();
        Ok(paths.map(read).filter(|(path, bytes)| odd.get(path) != Some(bytes)).collect())
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

/// The objects that the history of a mirror names and it hasn't, each behind `?`. Looking takes long in a large one, so
/// it is remembered by its newest commit.
fn missing(mirror: &Mirror) -> Result<String> {
    let head = mirror.text(&["rev-parse", "HEAD"])?;
    let folder = std::env::temp_dir().join("lockstep-replay-missing");
    let known = folder.join(head.trim());
    if let Ok(text) = std::fs::read_to_string(&known) {
        return Ok(text);
    }
    let all = mirror.text(&["rev-list", "--objects", "--missing=print", "--all"])?;
    let found: String = all.lines().filter(|line| line.starts_with('?')).map(|line| format!("{line}\n")).collect();
    std::fs::create_dir_all(&folder)?;
    std::fs::write(&known, &found)?;
    Ok(found)
}

impl Drop for Tree {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.home);
        }
    }
}
