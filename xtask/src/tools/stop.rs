//! Being told to stop: SIGINT, SIGTERM, SIGHUP.
//!
//! While nothing is under way a signal ends the program at once, with words and exit code 3. While a program runs, or
//! something must be finished ([`defer_stop`]), it is only noted: no further program is started; those that run have
//! five seconds to end by themselves, then they are ended. A second signal ends them at once. Should all of it hang, the
//! program ends nine seconds after the first signal all the same: like a kill, which everything here survives.
//!
//! A terminal's Ctrl-C reaches the children too, because they are in our process group. They stay there: in another
//! one ssh couldn't ask for its passphrase.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::{child, redact};
use crate::error::Failure;
use crate::world;

/// How often a look is taken whether it is time to stop.
pub(super) const TICK: Duration = Duration::from_millis(50);

static RESUME: Mutex<String> = Mutex::new(String::new());

/// Begins to listen to signals. `command` is what goes on after one: the command line, until something better is known.
pub fn listen(command: &str) {
    set_resume_hint(command);
    child::listen();
}

/// The command that goes on when this one is stopped, without backticks: the hint of the failure.
pub fn set_resume_hint(command: &str) {
    let command = redact(command);
    child::set_last_words(child::SIGNALS.map(|(_, name)| {
        let failure = stopped_by(name, &command);
        let hint = failure.hint.as_deref().unwrap_or_default();
        format!("error: {failure}\nhint: {hint}\n")
    }));
    *RESUME.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = command;
}

/// Were we told to stop?
pub fn stopping() -> bool {
    child::signals().is_some()
}

/// Were we told to stop at once?
pub(super) fn at_once() -> bool {
    child::signals().is_some_and(|(_, count)| count > 1)
}

/// The name of the signal that told us to stop.
pub fn stopped_how() -> Option<&'static str> {
    let (first, _) = child::signals()?;
    child::SIGNALS.iter().find(|(number, _)| *number == first).map(|(_, name)| *name)
}

/// An error if we were told to stop: to be asked in every loop that waits.
pub fn expect_not_stopped() -> Result<()> {
    if stopping() { Err(stopped().into()) } else { Ok(()) }
}

/// The failure of a command that was told to stop.
pub fn stopped() -> Failure {
    let command = RESUME.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    stopped_by(stopped_how().unwrap_or("a signal"), &command)
}

fn stopped_by(name: &str, command: &str) -> Failure {
    let failure = Failure::tool(format!("stopped by {name}"));
    if command.is_empty() {
        failure.hint("run the same command again")
    } else {
        failure.hint(format!("`{command}` goes on"))
    }
}

/// Waits; an error as soon as we are told to stop.
pub fn pause(length: Duration) -> Result<()> {
    let _deferred = defer_stop();
    let start = world::moment();
    loop {
        expect_not_stopped()?;
        match length.saturating_sub(start.elapsed()) {
            Duration::ZERO => return Ok(()),
            rest => thread::sleep(rest.min(TICK)),
        }
    }
}

/// While this lives, a signal doesn't end the program: what is under way is finished, or asks [`stopping`] itself.
#[must_use]
#[derive(Debug)]
pub struct Deferred(());

/// See [`Deferred`]. To be held around what shouldn't be left half done, for less than nine seconds after a signal.
pub fn defer_stop() -> Deferred {
    child::defer(true);
    Deferred(())
}

impl Deferred {
    /// Until the end of the program.
    pub fn for_good(self) {
        std::mem::forget(self);
    }
}

impl Drop for Deferred {
    fn drop(&mut self) {
        child::defer(false);
    }
}
