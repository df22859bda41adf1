//! The only writer of files, and the careful reader of manifests.
//!
//! A file is replaced by a new one beside it and a rename, so nobody ever sees half of it. What a rename would break is
//! refused before: a symlink would be replaced, a hard link cut, a read-only file overwritten. Every error names the
//! path and the cause.

mod folder;
mod parallel;
mod private;
mod read;
#[cfg(test)]
pub(crate) mod scratch;
#[cfg(test)]
mod tests;
mod write;

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::error::Failure;

pub(crate) use folder::{WorkFolder, set_modified, settle};
pub use parallel::in_parallel;
pub(crate) use private::Private;
pub use read::{Listing, MAX_BYTES, list_folder, read_bytes, read_manifest};
pub(crate) use read::{Stamp, digest_file, stamp};
pub(crate) use read::{is_folder, is_there, names, read_cache, read_own, stays_inside};
pub(crate) use write::{
    Seen, changed, create_folder, create_scratch, discard, inspect, open_append, open_lock, put_in_place,
    remove_folder, sync_file, sync_folder, write_cache, write_link, write_own, write_scratch, write_temp,
};
pub use write::{remove_file, replace_file, write_new, write_program};

/// Begins the name of every temporary file, in the folder of the file that it will replace.
pub const TEMP_PREFIX: &str = ".lockstep-";

/// A path as an error shows it: one line, without what would steer a terminal.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy()
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}

/// The failure of a system call: what was tried with which path, why it didn't work, and what helps.
pub(crate) fn failed(verb: &str, path: &Path, error: &io::Error) -> anyhow::Error {
    let failure = Failure::tool(format!("cannot {verb} `{}`: {}", shown(path), cause(error)));
    match next_move(error) {
        Some(hint) => failure.hint(hint).into(),
        None => failure.into(),
    }
}

/// The system's words, without the number that the library adds.
pub(crate) fn cause(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn next_move(error: &io::Error) -> Option<&'static str> {
    const EIO: i32 = 5;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    match (error.kind(), error.raw_os_error()) {
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded, _) => {
            Some("make room there, then run the same command again")
        }
        (ErrorKind::ReadOnlyFilesystem, _) => Some("mount it writable, then run the same command again"),
        (ErrorKind::PermissionDenied, _) => Some("see who owns it with `ls -ld`; the tool changes no permissions"),
        (ErrorKind::NotFound, _) => Some("look for a typing error, or at what removed it"),
        (_, Some(EIO)) => Some("the disk reports an error: look at `dmesg` before you try again"),
        (_, Some(EMFILE | ENFILE)) => {
            Some("raise the limit of open files with `ulimit -n`, then run the same command again")
        }
        _ => None,
    }
}
