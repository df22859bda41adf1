//! `hook`: the check before each commit.
use super::{Outcome, Place};
use anyhow::Result;
use clap::ArgMatches;
pub(super) fn run(_: &Place, _: &ArgMatches) -> Result<Outcome> {
    Ok(Outcome::Done)
}
