//! Where a test stops the protocol. In a built tool it is nothing.

use std::path::Path;

use anyhow::Result;

#[cfg(not(test))]
pub(super) struct Probe;

#[cfg(not(test))]
impl Probe {
    pub(super) fn none() -> Self {
        Self
    }

    #[inline]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "the test's own fails")]
    pub(super) fn step(&self, _path: &Path) -> Result<()> {
        Ok(())
    }
}

/// Counts the effects, and lets one of them not happen.
#[cfg(test)]
pub(super) struct Probe {
    taken: std::sync::atomic::AtomicUsize,
    stop: Option<(usize, Stop)>,
}

/// What happens instead of an effect.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The process is dead: no effect from here on.
    Killed,
    /// The disk is full, for this one effect.
    Full,
}

#[cfg(test)]
impl Probe {
    pub(super) fn none() -> Self {
        Self { taken: 0.into(), stop: None }
    }

    pub(super) fn at(step: usize, stop: Stop) -> Self {
        Self { taken: 0.into(), stop: Some((step, stop)) }
    }

    /// How many effects there were, or were tried.
    pub(super) fn taken(&self) -> usize {
        self.taken.load(std::sync::atomic::Ordering::Relaxed)
    }

    pub(super) fn step(&self, path: &Path) -> Result<()> {
        let now = self.taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        match self.stop {
            Some((step, Stop::Killed)) if now >= step => anyhow::bail!("killed"),
            Some((step, Stop::Full)) if now == step => {
                Err(crate::fsx::failed("write", path, &std::io::ErrorKind::StorageFull.into()))
            }
            _ => Ok(()),
        }
    }
}
