//! The freeze: what came to the release branch after the cut, and may be there.

use anyhow::Result;

use super::facts::Tip;
use crate::error::Failure;
use crate::model::Model;
use crate::plan::bump::Bump;
use crate::remotes::Remotes;
use crate::resolve::Project;

pub(super) fn obstacles(
    _project: &Project,
    _remotes: &Remotes,
    _tip: &Tip,
    _bump: &Bump,
    _model: &Model<'_>,
) -> Result<Option<Failure>> {
    Ok(None)
}
