//! Repositories that are there as git directories, and what git says of them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A public repository, as a git directory that nobody writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// `owner/name`.
    pub repository: String,
    /// The git directory.
    pub git: PathBuf,
}

impl Mirror {
    /// What git says there.
    pub fn git(&self, args: &[&str]) -> Result<Vec<u8>> {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(&self.git).args(["-c", "core.quotePath=false"]).args(args);
        let output = alone(&mut command).output().context("cannot run git")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: git {}: {}", self.repository, args.join(" "), said.trim());
        Ok(output.stdout)
    }

    /// The same as text.
    pub fn text(&self, args: &[&str]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.git(args)?).into_owned())
    }
}

/// Keeps the user's settings away from git.
pub fn alone(command: &mut Command) -> &mut Command {
    let none = if cfg!(windows) { "NUL" } else { "/dev/null" };
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).env("LC_ALL", "C").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", none)
}

/// Where the repository is below a folder: `owner+name/**`, `owner/name(.git)` or `name(.git)`.
pub fn find_mirror(folder: &Path, repository: &str) -> Option<Mirror> {
    let name = repository.rsplit('/').next()?;
    let places = [repository.replace('/', "+"), repository.to_owned(), name.to_owned()];
    let both = places.iter().flat_map(|place| [folder.join(place), folder.join(format!("{place}.git"))]);
    let git = both.into_iter().find_map(|place| git_dir(&place))?;
    Some(Mirror { repository: repository.to_owned(), git })
}

/// Every repository below a folder, by its name.
pub fn all_mirrors(folder: &Path) -> Result<Vec<Mirror>> {
    let mut all = Vec::new();
    for path in folders(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(git) = git_dir(&path) {
            all.push(Mirror { repository: name.trim_end_matches(".git").replacen('+', "/", 1), git });
            continue;
        }
        for inner in folders(&path)? {
            let inner_name = inner.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let repository = format!("{name}/{}", inner_name.trim_end_matches(".git"));
            all.extend(git_dir(&inner).map(|git| Mirror { repository, git }));
        }
    }
    all.sort_by(|a, b| a.repository.cmp(&b.repository));
    Ok(all)
}

/// The folder itself, its `.git`, or either of these in its folder `repo`.
fn git_dir(place: &Path) -> Option<PathBuf> {
    let candidates = [place.to_owned(), place.join(".git"), place.join("repo"), place.join("repo/.git")];
    let is_git = |path: &PathBuf| path.join("HEAD").is_file() && path.join("objects").is_dir();
    candidates.into_iter().find(is_git)?.canonicalize().ok()
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    found.retain(|path| path.is_dir() && !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    found.sort();
    Ok(found)
}
