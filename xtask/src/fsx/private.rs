//! A folder for a moment, outside of every project, that only this user can look into.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::failed;
use crate::world;

/// Where the processes are by their numbers, on systems that show them so.
const PROCESSES: &str = "/proc";

/// Created empty, gone with everything in it when dropped.
pub(crate) struct Private(PathBuf);

impl Private {
    /// A new one. Those that a killed run left behind go.
    pub fn new(what: &str) -> Result<Self> {
        let place = world::moment_folder();
        let prefix = format!("lockstep-{what}-");
        remove_left(&place, &prefix);
        let path = place.join(format!("{prefix}{}-{:016x}", world::process(), world::nonce()));
        DirBuilder::new().mode(0o700).create(&path).map_err(|error| failed("create", &path, &error))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Copies a file into it, for this user alone. The system does it: what the file holds isn't read here.
    pub fn copy(&self, from: &Path, name: &str) -> Result<()> {
        let path = self.0.join(name);
        let mut source = File::open(from).map_err(|error| failed("read", from, &error))?;
        let target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let copied = target.and_then(|mut target| io::copy(&mut source, &mut target));
        copied.map(drop).map_err(|error| failed("write", &path, &error))
    }

    /// Puts a link to something else into it.
    pub fn link(&self, to: &Path, name: &std::ffi::OsStr) -> Result<()> {
        let path = self.0.join(name);
        symlink(to, &path).map_err(|error| failed("create", &path, &error))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // It goes at the next time otherwise.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes what runs have left that are no more.
fn remove_left(place: &Path, prefix: &str) {
    let lives = |process: &str| Path::new(PROCESSES).join(process).exists();
    if !lives("self") {
        return;
    }
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(prefix)?.split('-').next());
        if process.is_some_and(|process| process.parse::<u32>().is_ok() && !lives(process)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::fsx::scratch::Scratch;

    #[test]
    fn nobody_else_looks_in_and_nothing_stays() {
        let scratch = Scratch::new();
        let file = scratch.file("config.json", "secret");
        let private = Private::new("test").unwrap();
        private.copy(&file, "config.json").unwrap();
        private.link(scratch.path(), "contexts".as_ref()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let path = private.path().to_owned();
        assert_eq!((mode(&path), mode(&path.join("config.json"))), (0o700, 0o600));
        assert_eq!(fs::read(path.join("contexts/config.json")).unwrap(), b"secret");
        drop(private);
        assert!(!path.exists());
        assert!(file.exists(), "a link goes, and not what it leads to");
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own world")]
    fn what_a_killed_run_left_goes() {
        let place = world::moment_folder();
        let (left, alive) = (place.join("lockstep-left-4194305-1"), place.join("lockstep-left-1-1"));
        fs::create_dir_all(&left).unwrap();
        fs::create_dir_all(&alive).unwrap();
        drop(Private::new("left").unwrap());
        assert!(!left.exists() && alive.exists());
        fs::remove_dir(alive).unwrap();
    }
}
