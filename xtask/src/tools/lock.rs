//! The lock of a run, which its children inherit.
//!
//! A lock of the system belongs to the opened file, not to a process: whoever has the file open keeps it. Every program
//! that isn't fed gets the lock file as its stdin, an empty file, which reads as the end of input. So a program that goes
//! on after a kill of the tool keeps others out until it has ended too. One that detaches itself (an agent, a
//! maintenance in the background) closes its stdin first and keeps nobody out.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;

use super::stop;
use crate::error::Failure;
use crate::{fsx, world};

static INHERITED: Mutex<Option<File>> = Mutex::new(None);

/// A lock that this run has; given back when it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
    inherited: bool,
}

impl Lock {
    /// Takes the lock of a file, which is made if it is missing; it must be empty. Waits this long for others.
    ///
    /// `say` is told once whom we wait for. A failure of kind `Tool` names who has the lock.
    pub fn take(path: &Path, patience: Duration, say: impl FnOnce(&str)) -> Result<Self> {
        let file = fsx::open_lock(path)?;
        let start = world::moment();
        let mut say = Some(say);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file, path: path.to_owned(), inherited: false }),
                Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                    if let Some(say) = say.take() {
                        say(&format!("waiting for {}, which holds `{}`", who(path), fsx::shown(path)));
                    }
                    stop::pause(stop::TICK)?;
                }
                Err(TryLockError::WouldBlock) => return Err(held(path).into()),
                Err(TryLockError::Error(error)) => return Err(fsx::failed("lock", path, &error)),
            }
        }
    }

    /// From now on every program that isn't fed inherits this lock: until it is dropped, or another one is inherited.
    pub fn inherit(&mut self) -> Result<()> {
        let file = self.file.try_clone().map_err(|error| fsx::failed("open", &self.path, &error))?;
        *inherited() = Some(file);
        self.inherited = true;
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.inherited {
            *inherited() = None;
        }
        // Closing isn't enough: a program that is being started at this moment by another thread still has the file.
        let _ = self.file.unlock();
    }
}

fn inherited() -> std::sync::MutexGuard<'static, Option<File>> {
    INHERITED.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// What a program that isn't fed reads: nothing.
pub(super) fn nothing() -> Stdio {
    inherited().as_ref().and_then(|file| file.try_clone().ok()).map_or_else(Stdio::null, Stdio::from)
}

/// The failure for a lock that somebody else has.
pub fn held(path: &Path) -> Failure {
    let ids: Vec<String> = holders(path).iter().map(|(id, _)| id.to_string()).collect();
    let end = if ids.is_empty() { String::new() } else { format!(", or end it with `kill {}`", ids.join(" ")) };
    Failure::tool(format!("{} still holds `{}`", who(path), fsx::shown(path)))
        .hint(format!("wait until it ends, then run the same command again{end}"))
}

fn who(path: &Path) -> String {
    let names: Vec<String> = holders(path).iter().map(|(id, name)| format!("`{name}` (process {id})")).collect();
    if names.is_empty() { "another run".to_owned() } else { names.join(", ") }
}

/// The processes that have a file open, each with its name: who has its lock is among them. Empty where the system
/// doesn't tell, or doesn't tell us.
fn holders(path: &Path) -> Vec<(u32, String)> {
    let Ok(lock) = path.metadata() else { return Vec::new() };
    let is_lock =
        |path: PathBuf| fs::metadata(path).is_ok_and(|meta| (meta.dev(), meta.ino()) == (lock.dev(), lock.ino()));
    let holds = |id: u32| {
        let open = fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
        open.map(|entry| entry.path()).any(is_lock)
    };
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let others = ids.filter(|&id| id != world::process_id() && holds(id));
    let mut holders: Vec<(u32, String)> = others.map(|id| (id, name(id))).collect();
    holders.sort_unstable();
    holders
}

fn name(id: u32) -> String {
    let text = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    super::redact(text.trim_end())
}
