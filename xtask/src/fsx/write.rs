//! Writing: a new file beside the old one, then a rename.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown, symlink};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::read::{not_a_file, read_bytes, read_sized, unreachable_path};
use super::{TEMP_PREFIX, failed, shown};
use crate::error::Failure;
use crate::world;

const PERMISSION_BITS: u32 = 0o7777;
const OWNER_MAY_WRITE: u32 = 0o200;

/// What a file was when it was looked at: enough to keep its mode and owner, and to see that it was touched since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    device: u64,
    inode: u64,
    links: u64,
    mode: u32,
    owner: (u32, u32),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Seen {
    fn new(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            links: meta.nlink(),
            mode: meta.mode(),
            owner: (meta.uid(), meta.gid()),
            length: meta.len(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }

    /// The same for two paths that lead to one file.
    pub(crate) fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// The bytes of the file, without another look at what it is.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<u8>> {
        read_sized(path, self.length)
    }

    /// An error if anybody wrote, replaced or removed the file since.
    pub(crate) fn expect_untouched(&self, path: &Path) -> Result<()> {
        match fs::symlink_metadata(path) {
            Ok(meta) if Self::new(&meta) == *self => Ok(()),
            Ok(_) => Err(changed(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(changed(path)),
            Err(error) => Err(failed("look at", path, &error)),
        }
    }
}

/// Looks at a file that will be replaced, and refuses what a replacement would break.
pub(crate) fn inspect(path: &Path) -> Result<Seen> {
    let meta = fs::symlink_metadata(path).map_err(|error| unreachable_path(path, &error))?;
    if !meta.is_file() {
        return Err(not_a_file(path, meta.file_type()));
    }
    if meta.nlink() > 1 {
        return Err(Failure::world(format!("`{}` has {} hard links", shown(path), meta.nlink()))
            .hint(
                "make it a file of its own (`cp FILE NEW && mv NEW FILE`): replacing it would cut the other names off",
            )
            .into());
    }
    if meta.mode() & OWNER_MAY_WRITE == 0 {
        return Err(Failure::world(format!("`{}` is read-only", shown(path)))
            .hint("allow it with `chmod u+w`, if it is meant to change")
            .into());
    }
    Ok(Seen::new(&meta))
}

/// Replaces a file whose bytes are `expect_old`. It is on the disk, or there was an error and the old one still stands.
///
/// Mode and, where the system allows it, owner are kept. Refused: a symlink, a hard link, a read-only file, one that
/// has other bytes by now.
pub fn replace_file(path: &Path, expect_old: &[u8], new: &[u8]) -> Result<()> {
    let seen = inspect(path)?;
    expect_bytes(path, expect_old)?;
    let temp = temp_beside(path);
    clean_up(&temp, || {
        write_temp(&temp, new, &seen)?;
        seen.expect_untouched(path)?;
        put_in_place(&temp, path)
    })?;
    sync_folder(parent(path))
}

/// Writes a file that doesn't exist yet, and the folders above it. It appears whole or not at all.
pub fn write_new(path: &Path, contents: &[u8]) -> Result<()> {
    write_with_mode(path, contents, 0o666)
}

/// [`write_new`], for a program that may be run: a hook.
pub fn write_program(path: &Path, contents: &[u8]) -> Result<()> {
    write_with_mode(path, contents, 0o777)
}

fn write_with_mode(path: &Path, contents: &[u8], mode: u32) -> Result<()> {
    create_folder(parent(path))?;
    expect_absent(path)?;
    let temp = temp_beside(path);
    clean_up(&temp, || {
        create(&temp, contents, mode).map_err(|error| failed("write", &temp, &error))?;
        sync_file(&temp)?;
        expect_absent(path)?;
        put_in_place(&temp, path)
    })?;
    sync_folder(parent(path))
}

/// Removes a file whose bytes are `expect_old`: one that the tool wrote and nobody changed.
#[allow(clippy::disallowed_methods, reason = "`fsx` is the writer of files")]
pub fn remove_file(path: &Path, expect_old: &[u8]) -> Result<()> {
    expect_bytes(path, expect_old)?;
    fs::remove_file(path).map_err(|error| failed("remove", path, &error))
}

/// Writes a file that will replace the one which was `seen`: with its mode, and its owner if that is allowed. It is on
/// the disk when this returns.
///
/// Access lists and extended attributes are not carried over; git doesn't either.
pub(crate) fn write_temp(temp: &Path, contents: &[u8], seen: &Seen) -> Result<()> {
    let mode = seen.mode & PERMISSION_BITS;
    let write = || {
        let file = create(temp, contents, mode)?;
        let meta = file.metadata()?;
        let foreign = (meta.uid(), meta.gid()) != seen.owner;
        if foreign {
            // Only root may give a file away. Whoever may write the folder may replace the file, as git does.
            fchown(&file, Some(seen.owner.0), Some(seen.owner.1)).or_else(allow_refusal)?;
        }
        // The umask took bits away, or the change of the owner did.
        if foreign || meta.mode() & PERMISSION_BITS != mode {
            file.set_permissions(Permissions::from_mode(mode))?;
        }
        file.sync_all()
    };
    write().map_err(|error| failed("write", temp, &error))
}

/// Writes a file of the tool's own, which must not exist. It is not on the disk yet: see [`sync_file`].
pub(crate) fn write_own(path: &Path, contents: &[u8]) -> Result<()> {
    create(path, contents, 0o666).map(drop).map_err(|error| failed("write", path, &error))
}

/// [`write_own`], with the folders above it: for what is looked at now and gone in a moment. `runs`: it is a program.
pub(crate) fn write_scratch(path: &Path, contents: &[u8], runs: bool) -> Result<()> {
    create_scratch(parent(path))?;
    let mode = if runs { 0o777 } else { 0o666 };
    create(path, contents, mode).map(drop).map_err(|error| failed("write", path, &error))
}

/// Writes a file that may as well be missing: whole or not at all, and not waited for. Errors are of no interest.
#[allow(clippy::disallowed_methods, reason = "`fsx` is the writer of files")]
pub(crate) fn write_cache(path: &Path, contents: &[u8]) {
    let temp = temp_beside(path);
    let written = create_scratch(parent(path)).and_then(|()| write_own(&temp, contents));
    if written.and_then(|()| put_in_place(&temp, path)).is_err() {
        let _ = fs::remove_file(&temp);
    }
}

fn allow_refusal(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::PermissionDenied { Ok(()) } else { Err(error) }
}

fn create(path: &Path, contents: &[u8], mode: u32) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(contents)?;
    Ok(file)
}

/// Renames a finished file over the old one: the moment in which the change happens.
#[allow(clippy::disallowed_methods, reason = "`fsx` is the writer of files")]
pub(crate) fn put_in_place(temp: &Path, path: &Path) -> Result<()> {
    fs::rename(temp, path).map_err(|error| failed("replace", path, &error))
}

/// Removes a file of the tool's own, whether it is there or not.
#[allow(clippy::disallowed_methods, reason = "`fsx` is the writer of files")]
pub(crate) fn discard(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(failed("remove", path, &error))
        }
        _ => Ok(()),
    }
}

/// Removes a folder of the tool's own with all that is in it, whether it is there or not.
#[allow(clippy::disallowed_methods, reason = "`fsx` is the writer of files")]
pub(crate) fn remove_folder(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

/// Makes a symlink, and the folders above it, as [`write_scratch`] makes a file.
pub(crate) fn write_link(path: &Path, target: &Path) -> Result<()> {
    create_scratch(parent(path))?;
    symlink(target, path).map_err(|error| failed("write", path, &error))
}

/// Waits until the bytes of a file are on the disk.
pub(crate) fn sync_file(path: &Path) -> Result<()> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| failed("write", path, &error))
}

/// Waits until the names in a folder are on the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        // Some network file systems have no such call: they write names through.
        Err(error) if error.kind() != ErrorKind::InvalidInput => Err(failed("write", path, &error)),
        _ => Ok(()),
    }
}

/// Makes a folder and those above it, on the disk.
pub(crate) fn create_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.ancestors().skip(1).find(|above| above.is_dir()).unwrap_or(path).to_owned();
    fs::create_dir_all(path).map_err(|error| failed("create", path, &error))?;
    path.ancestors().skip(1).take_while(|folder| folder.starts_with(&above)).try_for_each(sync_folder)
}

/// Makes a folder and those above it. They are not on the disk yet, and needn't come there.
pub(crate) fn create_scratch(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| failed("create", path, &error))
}

/// A file to hold a lock on: made if it is missing, never removed, because another run may be waiting at it.
pub(crate) fn open_lock(path: &Path) -> Result<File> {
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    options.map_err(|error| failed("open", path, &error))
}

/// A file of the user's that lines are added to; made if it is missing.
pub(crate) fn open_append(path: &Path) -> Result<File> {
    OpenOptions::new().append(true).create(true).open(path).map_err(|error| failed("open", path, &error))
}

fn expect_bytes(path: &Path, expected: &[u8]) -> Result<()> {
    if read_bytes(path)? == expected { Ok(()) } else { Err(changed(path)) }
}

fn expect_absent(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("look at", path, &error)),
        Ok(_) => Err(Failure::world(format!("`{}` exists already", shown(path)))
            .hint("look at it, and move it away if it may go")
            .into()),
    }
}

/// Somebody else wrote the file between our look and our change.
pub(crate) fn changed(path: &Path) -> anyhow::Error {
    Failure::world(format!("`{}` was changed by someone else in the meantime", shown(path)))
        .hint("nothing of theirs was overwritten; run the same command again")
        .into()
}

/// Does the work; after an error the temporary file goes away again, or the error says that it couldn't.
fn clean_up(temp: &Path, work: impl FnOnce() -> Result<()>) -> Result<()> {
    work().map_err(|error| if discard(temp).is_ok() { error } else { left_behind(error, temp) })
}

fn left_behind(error: anyhow::Error, temp: &Path) -> anyhow::Error {
    let also = format!("`{}` was left behind and may be deleted", shown(temp));
    match error.downcast::<Failure>() {
        Ok(failure) => {
            let hint = failure.hint.as_ref().map_or(also.clone(), |hint| format!("{hint}; {also}"));
            failure.hint(hint).into()
        }
        Err(error) => error,
    }
}

fn temp_beside(path: &Path) -> PathBuf {
    path.with_file_name(format!("{TEMP_PREFIX}{:016x}", world::nonce()))
}

/// The folder of a file; of a bare name, the current one.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
