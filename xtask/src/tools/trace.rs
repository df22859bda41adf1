//! What was run, how long it took and how it ended: for a person (`--verbose`), and for who measures (`LOCKSTEP_TRACE`).

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::span;
use crate::json::Json;
use crate::ui::Ui;
use crate::{fsx, world};

/// The variable that names the file which every program that runs is written to: one JSON object a line, and a last one
/// with the whole time and how much of it no program ran.
pub const FILE: &str = "LOCKSTEP_TRACE";

/// Is anybody listening? Asked first, so that nobody who isn't pays.
static ON: AtomicBool = AtomicBool::new(false);
static STATE: Mutex<Option<State>> = Mutex::new(None);

struct State {
    ui: Option<Ui>,
    file: Option<File>,
    begun: Instant,
    programs: usize,
    running: usize,
    since: Instant,
    busy: Duration,
}

/// The trace of this run. Its last line is written when it is dropped.
#[derive(Debug)]
pub struct Trace(());

impl Trace {
    /// Begins one: for a person if `verbose`, and to the file that [`FILE`] names. An error if that can't be opened.
    pub fn begin(ui: Ui, verbose: bool, begun: Instant) -> Result<Self> {
        let file = world::var_path(FILE).map(|path| fsx::open_append(Path::new(&path))).transpose()?;
        if verbose || file.is_some() {
            let ui = verbose.then_some(ui);
            let state = State { ui, file, begun, programs: 0, running: 0, since: begun, busy: Duration::ZERO };
            *lock() = Some(state);
            ON.store(true, Ordering::SeqCst);
        }
        Ok(Self(()))
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        if let Some(mut state) = lock().take() {
            let total = state.begun.elapsed();
            let own = total.saturating_sub(state.busy);
            let programs = state.programs;
            state.write(&format!(
                "{{\"total_ms\": {}, \"own_ms\": {}, \"programs\": {programs}}}",
                milliseconds(total),
                milliseconds(own)
            ));
        }
    }
}

impl State {
    fn write(&mut self, line: &str) {
        if let Some(file) = &mut self.file {
            // One write a line: two runs may share the file. A trace that can't be written changes nothing.
            let _ = file.write_all(format!("{line}\n").as_bytes());
        }
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<State>> {
    STATE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A program was started.
pub(super) fn started(start: Instant) {
    if ON.load(Ordering::Relaxed)
        && let Some(state) = lock().as_mut()
    {
        if state.running == 0 {
            state.since = start;
        }
        state.running += 1;
    }
}

/// A program has ended, with a code or by a signal. `words` is the command without secrets, as a line and by itself.
pub(super) fn ended(start: Instant, code: Option<i32>, words: impl FnOnce() -> (String, Vec<String>)) {
    if ON.load(Ordering::Relaxed)
        && let Some(state) = lock().as_mut()
    {
        state.running = state.running.saturating_sub(1);
        state.programs += 1;
        if state.running == 0 {
            state.busy += state.since.elapsed();
        }
        let (took, (line, words)) = (start.elapsed(), words());
        if let Some(ui) = &state.ui {
            let how = match code {
                Some(0) => String::new(),
                Some(code) => format!(", exit code {code}"),
                None => ", a signal".to_owned(),
            };
            ui.trace(&format!("$ {line} ({}{how})", span(took)));
        }
        let argv: String = Json::from(words).render().lines().map(str::trim_start).collect();
        let code = code.map_or("null".to_owned(), |code| code.to_string());
        state.write(&format!("{{\"argv\": {argv}, \"ms\": {}, \"code\": {code}}}", milliseconds(took)));
    }
}

/// A number of milliseconds, to the thousandth.
fn milliseconds(length: Duration) -> String {
    format!("{:.3}", length.as_secs_f64() * 1000.0)
}
