//! `completions`: a script that makes a shell complete the command line.

use anyhow::Result;
use clap::ArgMatches;
use clap_complete::{Shell, generate};

use super::Outcome;
use crate::cli;
use crate::ui::Ui;

pub(super) fn run(ui: Ui, arguments: &ArgMatches) -> Result<Outcome> {
    let shell = match arguments.get_one::<String>("shell").map(String::as_str) {
        Some("elvish") => Shell::Elvish,
        Some("fish") => Shell::Fish,
        Some("powershell") => Shell::PowerShell,
        Some("zsh") => Shell::Zsh,
        _ => Shell::Bash,
    };
    let mut script = Vec::new();
    generate(shell, &mut cli::command(), "xtask", &mut script);
    ui.data(&String::from_utf8_lossy(&script));
    Ok(Outcome::Done)
}
