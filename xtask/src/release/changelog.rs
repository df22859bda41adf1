//! The changelog's section of a release: written by a person in a file of the checkout, inserted on the branch.

use anyhow::Result;

use super::facts::{Facts, Look, Tip};
use crate::rewrite::Change;

/// What becomes of the changelog.
pub(super) enum Section {
    /// None is configured.
    None,
    /// It says what it shall.
    There,
    /// The file with the section, and the subject of a commit of its own.
    Missing(Box<Change>, Option<String>),
}

pub(super) fn look(_look: &Look<'_, '_>, _tip: &Tip, _facts: &mut Facts) -> Result<Section> {
    Ok(Section::None)
}
