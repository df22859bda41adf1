//! `cargo xtask …`: reads the command line, runs one command, ends with its exit code.

use std::process::ExitCode;

use xtask::error::Failure;
use xtask::ui::{Ui, When};
use xtask::{cli, command, world};

fn main() -> ExitCode {
    let matches = match cli::command().try_get_matches_from(world::arguments()) {
        Ok(matches) => matches,
        Err(error) => {
            // Help and version are no errors; clap prints them where they belong.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let when = match matches.get_one::<String>("color").map(String::as_str) {
        Some("always") => When::Always,
        Some("never") => When::Never,
        _ => When::Auto,
    };
    let ui = Ui::new(when, world::wants_colour(), matches.get_flag("quiet"));
    match command::run(ui, &matches) {
        Ok(command::Outcome::Done) => ExitCode::SUCCESS,
        Ok(command::Outcome::Found(exit)) => ExitCode::from(exit as u8),
        Err(error) => {
            let failure = match error.downcast::<Failure>() {
                Ok(failure) => failure,
                Err(other) => Failure::tool(format!("{other:#}")),
            };
            ui.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}
