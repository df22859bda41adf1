//! `schema`: the JSON Schema of `release.toml`.

use anyhow::Result;

use super::Outcome;
use crate::config::schema;
use crate::ui::Ui;

pub(super) fn run(ui: Ui) -> Result<Outcome> {
    ui.data(&(schema::schema().render() + "\n"));
    Ok(Outcome::Done)
}
