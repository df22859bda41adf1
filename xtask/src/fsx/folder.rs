//! A folder of the tool's own for one piece of work, removed when that ends.

use std::fs::{File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Result;
use walkdir::WalkDir;

use super::{create_scratch, failed, remove_folder};
use crate::world;

/// Created empty, removed when it is dropped. What a killed run leaves behind is removed by a later one.
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// A new folder in the tool's cache.
    pub(crate) fn new(cache: &Path) -> Result<Self> {
        let above = cache.join("work");
        create_scratch(&above)?;
        sweep(&above);
        let path = above.join(format!("{:016x}", world::nonce()));
        create_scratch(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A folder in it, made if it is missing.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = if name.is_empty() { self.0.clone() } else { self.0.join(name) };
        create_scratch(&path)?;
        Ok(path)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What can't be removed now is removed by a later run.
        let _ = remove_folder(&self.0);
    }
}

/// Removes what is older than any run.
fn sweep(above: &Path) {
    const OLD: i64 = 2 * 24 * 60 * 60;
    let now = i64::try_from(world::now()).unwrap_or(i64::MAX);
    let Ok(entries) = above.read_dir() else { return };
    for entry in entries.flatten() {
        if entry.metadata().is_ok_and(|meta| now - meta.mtime() > OLD) {
            let _ = remove_folder(&entry.path());
        }
    }
}

/// Gives everything below a folder of the tool's own one moment of change, and the modes that git knows, whatever the
/// clock and the umask were when it was written. A symlink keeps its moment: it has no mode, and is never led by.
pub(crate) fn settle(folder: &Path, seconds: u64) -> Result<()> {
    let moment = UNIX_EPOCH + Duration::from_secs(seconds);
    for entry in WalkDir::new(folder).follow_links(false).contents_first(true) {
        let entry = entry.map_err(|error| {
            let words = error.to_string();
            failed("look through", folder, &error.into_io_error().unwrap_or_else(|| std::io::Error::other(words)))
        })?;
        if entry.path_is_symlink() {
            continue;
        }
        let set = || {
            let file = File::open(entry.path())?;
            let meta = file.metadata()?;
            let mode = if meta.is_dir() || meta.mode() & 0o100 != 0 { 0o755 } else { 0o644 };
            file.set_permissions(Permissions::from_mode(mode))?;
            file.set_modified(moment)
        };
        set().map_err(|error| failed("write", entry.path(), &error))?;
    }
    Ok(())
}

/// Gives a file of the tool's own a moment of change: programs that read it write it down.
pub(crate) fn set_modified(path: &Path, seconds: u64) -> Result<()> {
    let set = || File::options().write(true).open(path)?.set_modified(UNIX_EPOCH + Duration::from_secs(seconds));
    set().map_err(|error| failed("write", path, &error))
}
