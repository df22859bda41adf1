//! A folder for one test, removed with it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Created empty, removed when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("lockstep-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        // In memory, unless another place is asked for: the tests wait for the disk a thousand times.
        let (asked, memory) = (std::env::temp_dir(), Path::new("/dev/shm"));
        let place = if asked == Path::new("/tmp") && memory.is_dir() { memory.to_owned() } else { asked };
        let path = place.canonicalize().unwrap().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    #[allow(clippy::disallowed_methods, reason = "a test makes its own world")]
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// Every file below, with its contents, sorted; folders whose name is in `without` are left out.
    pub(crate) fn contents(&self, without: &str) -> Vec<(String, String)> {
        let walk = walkdir::WalkDir::new(&self.0).sort_by_file_name().into_iter();
        walk.filter_entry(|entry| entry.file_name() != without)
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let name = entry.path().strip_prefix(&self.0).unwrap().to_string_lossy().into_owned();
                (name, String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned())
            })
            .collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
