//! `plan`, `run` and `status` in a world of two repositories: what they promise, and what becomes of bad input and bad
//! luck. Each bad end is followed by what a person does next, and the world is whole then.

mod broken;
mod commands;
mod hostile;
mod moved;
mod odd;
mod plan;
mod resume;
mod taken;
mod two;

use lockstep_tests::sandbox::Ran;

/// How a run failed: its exit code, and what it says from the first error on.
fn failure(ran: &Ran) -> String {
    let from = ran.stderr.find("error:").map_or("", |at| &ran.stderr[at..]);
    format!("exit {}\n{from}", ran.code).replace(&format!("`{}`", host()), "`HOST`")
}

/// The name of this machine, as the ledger has it.
fn host() -> String {
    xtask::world::host()
}
