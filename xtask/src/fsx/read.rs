//! Reading: a manifest is a regular text file of sane size, or there is a reason why not.

use std::ffi::OsString;
use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path};

use anyhow::Result;
use walkdir::WalkDir;

use super::{failed, shown};
use crate::error::Failure;
use crate::sha256;

/// The largest file that is read, in bytes: no manifest comes near, and every file is held in memory.
pub const MAX_BYTES: u64 = 64 << 20;

/// What was found, and what exists but has a name that is not UTF-8 and so can't be named in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// In the order of their paths.
    pub items: Vec<T>,
    /// The names left out, as far as they can be shown.
    pub skipped: Vec<String>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { items: Vec::new(), skipped: Vec::new() }
    }
}

/// The text of a manifest, every byte of it: a byte order mark and all line ends are kept.
///
/// Refused, each with its own reason: what is missing, a folder, a symlink, a pipe, socket or device, larger than
/// [`MAX_BYTES`], binary, not UTF-8, or unreadable.
pub fn read_manifest(path: &Path) -> Result<String> {
    let bytes = read_bytes(path)?;
    if bytes.contains(&0) {
        return Err(binary(path, &bytes));
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(offset).copied().unwrap_or_default();
        Failure::world(format!("`{}` is not UTF-8: byte `0x{byte:02x}` at offset {offset}", shown(path)))
            .hint("save it as UTF-8, or leave it out of the configuration")
            .into()
    })
}

/// The bytes of a regular file that is no symlink and no larger than [`MAX_BYTES`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let meta = fs::symlink_metadata(path).map_err(|error| unreachable_path(path, &error))?;
    if !meta.is_file() {
        return Err(not_a_file(path, meta.file_type()));
    }
    read_sized(path, meta.len())
}

/// The bytes of a file that said how long it is, in one call of `read`. What it may have grown by since is not read; who
/// replaces a file looks whether it was touched.
pub(super) fn read_sized(path: &Path, length: u64) -> Result<Vec<u8>> {
    if length > MAX_BYTES {
        return Err(too_large(path, length));
    }
    // Some files, in `/proc`, never say how long they are.
    let limit = if length == 0 { MAX_BYTES + 1 } else { length };
    let read = || {
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: io::Error| failed("read", path, &error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large(path, bytes.len() as u64));
    }
    Ok(bytes)
}

/// A file of the tool's own that may as well be missing.
pub(crate) fn read_cache(path: &Path) -> Option<Vec<u8>> {
    fs::read(path).ok()
}

/// A file that is handed to others as it is: what it is known by, and what tells that it was changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// In bytes.
    pub size: u64,
    inode: u64,
    changed: (i64, i64),
}

/// The [`Stamp`] of a regular file that is no symlink.
pub(crate) fn stamp(path: &Path) -> Result<Stamp> {
    let meta = fs::symlink_metadata(path).map_err(|error| unreachable_path(path, &error))?;
    if !meta.is_file() {
        return Err(not_a_file(path, meta.file_type()));
    }
    Ok(Stamp { size: meta.len(), inode: meta.ino(), changed: (meta.ctime(), meta.ctime_nsec()) })
}

/// The SHA-256 of a file, however large: `sha256:…`.
pub(crate) fn digest_file(path: &Path) -> Result<String> {
    let read = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut piece = vec![0; 1 << 16];
        let mut hash = sha256::Stream::default();
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(format!("sha256:{}", hash.hex())),
                length => hash.update(&piece[..length]),
            }
        }
    };
    read().map_err(|error| failed("read", path, &error))
}

/// A file of the tool's own, however large.
pub(crate) fn read_own(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| failed("read", path, &error))
}

/// Does a relative path lead to something in the folder that it counts from?
pub(crate) fn stays_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_))) && !path.as_os_str().is_empty()
}

/// The names of what is in a folder; none where there is no such folder.
pub(crate) fn names(folder: &Path) -> Result<Vec<OsString>> {
    let list = || -> io::Result<Vec<OsString>> { fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect() };
    match list() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        other => other.map_err(|error| failed("list", folder, &error)),
    }
}

/// Whether anything is at a path. That it can't be told is an error: what can't be seen may be there all the same.
pub(crate) fn is_there(path: &Path) -> Result<bool> {
    seen(path, fs::symlink_metadata(path).map(|_| true))
}

/// Whether a path leads to a folder.
pub(crate) fn is_folder(path: &Path) -> Result<bool> {
    seen(path, fs::metadata(path).map(|meta| meta.is_dir()))
}

fn seen(path: &Path, look: io::Result<bool>) -> Result<bool> {
    match look {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        other => other.map_err(|error| failed("look at", path, &error)),
    }
}

/// The files and symlinks below a folder that no index describes, as paths relative to it with `/` between the parts.
///
/// It follows no symlink and leaves out what belongs to version control (`.git`, `.hg`, `.svn`) and to the journal.
pub fn list_folder(folder: &Path) -> Result<Listing<String>> {
    const NOT_THE_PROJECT: [&str; 4] = [".git", ".hg", ".svn", ".lockstep"];
    let mut listing = Listing::default();
    let walk = WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| !NOT_THE_PROJECT.iter().any(|name| entry.file_name() == *name)) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            failed("list", &path, &error.into_io_error().unwrap_or_else(|| ErrorKind::InvalidInput.into()))
        })?;
        if entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        match path.to_str() {
            Some(name) => listing.items.push(name.to_owned()),
            None => listing.skipped.push(shown(path)),
        }
    }
    // A walk sorts each folder by its own names: `a/b` before `a.b`. An index sorts whole paths.
    listing.items.sort_unstable();
    Ok(listing)
}

/// Why there is nothing to look at: the path, or a part of it.
pub(super) fn unreachable_path(path: &Path, error: &io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::NotFound => Failure::world(format!("`{}` doesn't exist", shown(path)))
            .hint("look for a typing error in the path, or take it out of the configuration")
            .into(),
        ErrorKind::NotADirectory => {
            Failure::world(format!("`{}` doesn't exist: a part of the path is a file", shown(path)))
                .hint("look for a typing error in the path")
                .into()
        }
        _ => failed("look at", path, error),
    }
}

pub(super) fn not_a_file(path: &Path, kind: FileType) -> anyhow::Error {
    let shown_path = shown(path);
    if kind.is_symlink() {
        let target =
            fs::read_link(path).map_or_else(|_| "somewhere else".to_owned(), |target| format!("`{}`", shown(&target)));
        return Failure::world(format!("`{shown_path}` is a symlink to {target}"))
            .hint("name the file that it points to: replacing a symlink would cut it off")
            .into();
    }
    let what = match kind {
        _ if kind.is_dir() => "a folder",
        _ if kind.is_fifo() => "a named pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Failure::world(format!("`{shown_path}` is {what}, not a file"))
        .hint("name a file, or a glob that hits files")
        .into()
}

fn too_large(path: &Path, length: u64) -> anyhow::Error {
    let mebibytes = length.div_ceil(1 << 20);
    Failure::world(format!("`{}` has {mebibytes} MiB; a manifest has at most {} MiB", shown(path), MAX_BYTES >> 20))
        .hint("leave it out of the configuration, or narrow the glob")
        .into()
}

fn binary(path: &Path, bytes: &[u8]) -> anyhow::Error {
    let shown = shown(path);
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Failure::world(format!("`{shown}` is UTF-16, not UTF-8"))
            .hint("save it as UTF-8, or leave it out of the configuration")
            .into();
    }
    let offset = bytes.iter().position(|&byte| byte == 0).unwrap_or_default();
    Failure::world(format!("`{shown}` is a binary file: there is a NUL byte at offset {offset}"))
        .hint("leave it out of the configuration, or narrow the glob")
        .into()
}
