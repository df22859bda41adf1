//! docker's settings, for a call that might write them.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::fsx::{self, Private};
use crate::world;

/// The file that docker writes again when it has logged in.
const FILE: &str = "config.json";

/// A copy of docker's settings: its own file copied, everything else (contexts, plugins) as a link. Helpers that keep
/// credentials elsewhere find them there, because the home and everything else of the environment is the user's.
///
/// The file may hold credentials: the copy is for nobody else's eyes, is never read here, and doesn't outlive the call.
pub(super) struct Settings(Private);

impl Settings {
    /// Copies those that docker would use.
    pub fn copy() -> Result<Self> {
        let copy = Private::new("docker")?;
        let Some(folder) = folder() else { return Ok(Self(copy)) };
        for name in fsx::names(&folder)? {
            let from = folder.join(&name);
            if name == FILE { copy.copy(&from, FILE)? } else { copy.link(&from, &name)? }
        }
        Ok(Self(copy))
    }

    /// What `DOCKER_CONFIG` shall be.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

fn folder() -> Option<PathBuf> {
    world::var_path("DOCKER_CONFIG").or_else(|| Some(world::var_path("HOME")?.join(".docker")))
}
