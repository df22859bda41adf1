//! The tool's own bare clone of a repository: where it is, that it is whole, and who may use it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;

use super::settings;
use crate::error::Failure;
use crate::fsx::{self, shown};
use crate::journal::hash;
use crate::tools::Lock;
use crate::tools::git::{Git, Setting};
use crate::world;

/// A bare clone, held for as long as this value lives.
pub(super) struct Clone {
    pub git: Git,
    path: PathBuf,
    url: String,
    /// Digits of an id: 40 or 64.
    length: Mutex<usize>,
    /// Shared by all who use the clone; exclusive while it is made anew.
    _lock: File,
    /// A checkout of the same repository, to begin with; none where it is a partial clone.
    checkout: Option<PathBuf>,
    /// Exclusive, of the one who releases.
    release: Mutex<Option<Lock>>,
}

impl Clone {
    /// Opens the clone of a repository that is released at `url`; makes it where there is none, or none that is whole.
    pub(super) fn open(cache: &Path, name: &str, url: &str, checkout: PathBuf, settings: &[Setting]) -> Result<Self> {
        let folder = cache.join("repos");
        fsx::create_folder(&folder)?;
        let name = if name.is_empty() { "app" } else { name };
        let name = format!("{name}-{:016x}", hash(url.as_bytes()) as u64);
        let (path, lock_path) = (folder.join(format!("{name}.git")), folder.join(format!("{name}.lock")));
        let lock = fsx::open_lock(&lock_path)?;
        let failed = |error: std::io::Error| fsx::failed("lock", &lock_path, &error);
        // It is held exclusively for the milliseconds in which a clone is made.
        lock.lock_shared().map_err(failed)?;
        let mut found = look(&path, url)?;
        if !matches!(found, Found::Whole(_)) {
            lock.unlock().map_err(failed)?;
            lock.lock().map_err(failed)?;
            found = Found::Whole(make(&path, url, settings::length(settings))?);
            lock.unlock().map_err(failed)?;
            lock.lock_shared().map_err(failed)?;
        }
        let Found::Whole(length) = found else { unreachable!("made above") };
        let env = settings::environment(settings, || Git::bare(&path, Vec::new()).settings())?;
        let git = Git::bare(&path, env);
        let partial =
            |setting: &Setting| setting.key == "extensions.partialclone" || setting.key.ends_with(".promisor");
        let checkout = (!settings.iter().any(partial)).then_some(checkout);
        let (length, release) = (Mutex::new(length), Mutex::new(None));
        Ok(Self { git, path, url: url.to_owned(), length, _lock: lock, checkout, release })
    }

    /// Nobody else releases from this clone until this value is dropped.
    pub(super) fn hold(&self) -> Result<()> {
        let mut held = self.release.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let path = self.path.with_extension("release");
        *held = Some(Lock::take(&path, Duration::ZERO, |_| ())?);
        Ok(())
    }

    /// Before the first fetch: takes what a whole checkout beside the project has already.
    ///
    /// A shallow one would leave holes, a partial one would ask its own remote for each object.
    pub(super) fn seed(&self, limit: Duration) -> Result<()> {
        let Some(checkout) = &self.checkout else { return Ok(()) };
        let folder = checkout.join(".git");
        // In a linked work tree `.git` is a file; it isn't worth a question where the rest is.
        if !fsx::is_folder(&folder)? || fsx::is_there(&folder.join("shallow"))? || !is_empty(&self.path)? {
            return Ok(());
        }
        self.git.seed(checkout, limit)
    }

    /// Makes the clone one of ids with this many digits. Only a clone without an object can change.
    pub(super) fn expect_length(&self, length: usize) -> Result<()> {
        let mut known = self.length.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *known == length {
            return Ok(());
        }
        if !is_empty(&self.path)? {
            let message = format!("`{}` has other object ids than before: SHA-1 and SHA-256 don't mix", self.url);
            let hint = format!("if that is meant, remove `{}` and run again", shown(&self.path));
            return Err(Failure::world(message).hint(hint).into());
        }
        write_config(&self.path, &config(&self.url, length))?;
        *known = length;
        Ok(())
    }
}

/// The clone's whole configuration: it beats the user's own. Whatever else stands there was written by someone else.
fn config(url: &str, length: usize) -> String {
    let (version, format) = if length == 64 { (1, "[extensions]\n\tobjectFormat = sha256\n") } else { (0, "") };
    let url = url_line(url);
    format!(
        "# Made by lockstep, which takes this clone for damaged if any of this is changed.\n[core]\n\
         \trepositoryFormatVersion = {version}\n\tbare = true\n\tfileMode = true\n\tlogAllRefUpdates = false\n\
         \thooksPath = /dev/null\n\tfsmonitor = false\n\tfsync = all\n{format}\
         [lockstep]\n{url}\
         [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[receive]\n\tautogc = false\n\
         [protocol]\n\tversion = 2\n[http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 30\n\
         [transfer]\n\tcredentialsInUrl = die\n\
         # A pack appears whole or not at all; loose objects would appear one by one.\n\
         [fetch]\n\tunpackLimit = 1\n\tprune = false\n\tpruneTags = false\n\trecurseSubmodules = false\n\
         [push]\n\tfollowTags = false\n\tgpgSign = false\n\trecurseSubmodules = no\n\tpushOption =\n\
         [submodule]\n\trecurse = false\n[log]\n\tshowSignature = false\n"
    )
}

/// What is in a clone's place; with how many digits an id has in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Whole(usize),
    /// Its objects are good, its configuration is another one: of an older version of the tool.
    Changed(usize),
    /// Nothing that can be trusted.
    Nothing,
}

fn look(path: &Path, url: &str) -> Result<Found> {
    let there = ["HEAD", "objects", "refs"].iter().all(|name| path.join(name).symlink_metadata().is_ok());
    let file = path.join("config");
    if !there || !fsx::is_there(&file)? {
        return Ok(Found::Nothing);
    }
    let found = fsx::read_own(&file)?;
    let text = String::from_utf8_lossy(&found);
    let length = if text.contains("objectFormat = sha256") { 64 } else { 40 };
    if text == config(url, length) {
        return Ok(Found::Whole(length));
    }
    Ok(if text.contains(&url_line(url)) { Found::Changed(length) } else { Found::Nothing })
}

/// Mends or makes the clone; gives how many digits an id has in it.
fn make(path: &Path, url: &str, length: usize) -> Result<usize> {
    match look(path, url)? {
        Found::Whole(length) => Ok(length),
        Found::Changed(length) => write_config(path, &config(url, length)).map(|()| length),
        Found::Nothing => create(path, url, length),
    }
}

fn url_line(url: &str) -> String {
    format!("\turl = \"{}\"\n", url.replace('\\', r"\\").replace('"', "\\\""))
}

/// What a clone killed while it was made leaves is never in this place.
fn create(path: &Path, url: &str, length: usize) -> Result<usize> {
    let temp = path.with_extension(format!("new-{:016x}", world::nonce()));
    let format = if length == 64 { "sha256" } else { "sha1" };
    Git::init_bare(&temp, format)?;
    write_config(&temp, &config(url, length))?;
    fsx::remove_folder(path)?;
    fsx::put_in_place(&temp, path)?;
    fsx::sync_folder(path.parent().unwrap_or(path))?;
    Ok(length)
}

fn write_config(repo: &Path, text: &str) -> Result<()> {
    let temp = repo.join("config.new");
    fsx::discard(&temp)?;
    fsx::write_own(&temp, text.as_bytes())?;
    fsx::sync_file(&temp)?;
    fsx::put_in_place(&temp, &repo.join("config"))
}

/// Is there no object and no pack?
fn is_empty(repo: &Path) -> Result<bool> {
    Ok(fsx::list_folder(&repo.join("objects"))?.items.is_empty())
}
