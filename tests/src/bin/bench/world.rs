//! Where it is measured: folders in memory and on disk, the programs, and corpora that are made once.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::bare::files;
use super::peers::{Peer, installed};
use super::timing::Call;

/// The version of the corpus, and the one it is bumped to.
pub const OLD: &str = "1.49.3";
/// The version it is bumped to.
pub const NEW: &str = "1.50.0";

/// What is asked of this run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Less of everything, without other tools.
    pub quick: bool,
    /// Also other tools, and what they cost to build.
    pub peers: bool,
    /// How often each line is run.
    pub runs: usize,
    /// A folder on disk.
    pub disk: PathBuf,
    /// Only this part.
    pub only: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { quick: false, peers: false, runs: 0, disk: root().join("target/bench"), only: None }
    }
}

/// Everything that the parts share.
pub struct World {
    /// What is asked of this run.
    pub options: Options,
    /// A folder in memory, removed at the end.
    pub memory: PathBuf,
    /// A folder on disk, removed at the end.
    pub disk: PathBuf,
    /// The other tools.
    pub peers: Vec<Peer>,
}

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

impl World {
    /// Makes the folders and looks for the programs.
    pub fn new(options: &Options) -> Result<Self> {
        let own = format!("lockstep-bench-{}", std::process::id());
        let shm = Path::new("/dev/shm");
        let memory = if shm.is_dir() { shm.join(&own) } else { std::env::temp_dir().join(&own) };
        let disk = options.disk.join(&own);
        for folder in [&memory, &disk] {
            std::fs::create_dir_all(folder.join("home"))?;
        }
        let peers = if options.peers { installed(&root().join("target/tools")) } else { Vec::new() };
        Ok(Self { options: options.clone(), memory, disk, peers })
    }

    /// The tool as it was built in a profile: `release` or `debug`.
    pub fn tool(&self, profile: &str) -> Result<String> {
        let own = std::env::current_exe()?;
        let target = own.parent().and_then(Path::parent).context("no target folder")?;
        let tool = target.join(profile).join("xtask");
        ensure!(tool.is_file(), "no `{}`: run `scripts/bench`, which builds it", tool.display());
        Ok(tool.to_string_lossy().into_owned())
    }

    /// This program, for its bare parts.
    pub fn own(&self) -> Result<String> {
        Ok(std::env::current_exe()?.to_string_lossy().into_owned())
    }

    /// A fresh corpus; the number of lines in it that must stay is said by the maker.
    pub fn corpus(&self, place: &Path, name: &str, count: usize) -> Result<PathBuf> {
        let folder = place.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let maker = std::env::current_exe()?.with_file_name("corpus");
        Call::new(place, &[&maker.to_string_lossy(), &folder.to_string_lossy(), &count.to_string()]).run()?;
        Ok(folder)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.memory);
        let _ = std::fs::remove_dir_all(&self.disk);
    }
}

/// What the tool left outside the manifests when it ran: its cache.
pub struct Cache(Vec<PathBuf>);

impl Cache {
    /// Runs the call, and sees which files are new in the repository or in the home beside it.
    pub fn find(folder: &Path, call: &Call) -> Result<Self> {
        let places = [folder.to_owned(), folder.parent().unwrap_or(folder).join("home")];
        let all =
            || -> Result<Vec<PathBuf>> { Ok(places.iter().map(|p| files(p)).collect::<Result<Vec<_>>>()?.concat()) };
        let before: std::collections::BTreeSet<PathBuf> = all()?.into_iter().collect();
        call.run()?;
        Ok(Self(all()?.into_iter().filter(|path| !before.contains(path)).collect()))
    }

    /// Forgets what it knew.
    pub fn clear(&self) -> Result<()> {
        self.0.iter().for_each(|path| drop(std::fs::remove_file(path)));
        Ok(())
    }

    /// Did it leave nothing?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
