//! Steps that take long: one line that is rewritten on a terminal, plain lines elsewhere, groups on GitHub Actions.

use std::io::{self, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Ui;
use crate::tools::span;
use crate::world;

/// A longer line would wrap on a narrow terminal, and couldn't be rewritten.
const WIDTH: usize = 78;

/// What stands on the screen below everything else, or is open in the log.
#[derive(Debug, Default)]
struct Stage {
    /// The line of the step that runs, on a terminal.
    line: Option<(String, Instant)>,
    /// What its program said last.
    last: String,
    /// The word that lets GitHub take commands from the log again.
    word: Option<String>,
}

static STAGE: Mutex<Stage> = Mutex::new(Stage { line: None, last: String::new(), word: None });

fn stage() -> MutexGuard<'static, Stage> {
    STAGE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who reads stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Terminal,
    Log,
    GitHub,
}

impl Reader {
    fn new() -> Self {
        if world::is_github() {
            Self::GitHub
        } else if world::is_terminal_stderr() && world::var("TERM").is_none_or(|term| term != "dumb") {
            Self::Terminal
        } else {
            Self::Log
        }
    }
}

/// A list of steps, one after the other. When it is dropped, nothing of it is left open.
#[derive(Debug)]
pub struct Progress {
    ui: Ui,
    reader: Reader,
    total: usize,
    number: usize,
    title: String,
    start: Instant,
    ticks: Option<Sender<()>>,
}

impl Ui {
    /// Shows how so many steps go. Quiet, it shows nothing.
    pub fn progress(&self, total: usize) -> Progress {
        let (title, start) = (String::new(), world::moment());
        Progress { ui: *self, reader: Reader::new(), total, number: 0, title, start, ticks: None }
    }
}

impl Progress {
    /// The next step begins; the one before has ended.
    pub fn begin(&mut self, title: &str) {
        self.close();
        (self.number, self.start) = (self.number + 1, world::moment());
        self.title = format!("[{}/{}] {}", self.number, self.total, super::one_line(title));
        if self.ui.quiet {
            return;
        }
        match self.reader {
            Reader::Terminal => {
                stage().line = Some((self.title.clone(), self.start));
                stage().last.clear();
                draw(&mut stage());
                self.ticks = tick();
            }
            Reader::Log => self.ui.tell(&format!("{}\n", self.title)),
            Reader::GitHub => {
                let word = world::secret_word();
                command(&format!("::group::{}\n::stop-commands::{word}\n", escaped(&self.title)));
                stage().word = Some(word);
            }
        }
    }

    /// A line that the program of this step prints, as [`crate::tools::Run::stream_lines`] gives it.
    pub fn line(&self, line: &str) {
        if !self.ui.quiet {
            self.ui.tell(&format!("  {}\n", super::one_line(line)));
        }
    }

    /// The step has ended so: "done", "was there already". Without it a step has failed, and the error says how.
    pub fn end(&mut self, how: &str) {
        self.close();
        if !self.ui.quiet {
            // In a log the title stands above already.
            let title = if matches!(self.reader, Reader::Log) { " " } else { &format!("{}:", self.title) };
            self.ui.tell(&format!("{title} {how} ({})\n", span(self.start.elapsed())));
        }
    }

    fn close(&mut self) {
        self.ticks = None;
        let mut stage = stage();
        if stage.line.is_some() {
            clear();
            stage.line = None;
        }
        if let Some(word) = stage.word.take() {
            command(&format!("::{word}::\n::endgroup::\n"));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.close();
    }
}

/// Rewrites the line every second, until what this gives is dropped.
fn tick() -> Option<Sender<()>> {
    let (end, ticks) = mpsc::channel::<()>();
    let draws = move || {
        while let Err(RecvTimeoutError::Timeout) = ticks.recv_timeout(Duration::from_secs(1)) {
            draw(&mut stage());
        }
    };
    // Without the thread the line is only rewritten when there is something else to say.
    thread::Builder::new().spawn(draws).ok().map(|_| end)
}

fn draw(stage: &mut Stage) {
    let Some((title, start)) = &stage.line else { return };
    let seconds = start.elapsed().as_secs();
    let time = if seconds == 0 { String::new() } else { format!(" ({})", span(Duration::from_secs(seconds))) };
    let room = WIDTH.saturating_sub(time.chars().count());
    let shown = if stage.last.is_empty() {
        format!("{}{time}", cut(title, room))
    } else {
        let head = format!("{}{time}: ", cut(title, room / 2));
        let rest = WIDTH.saturating_sub(head.chars().count());
        head + &cut(&stage.last, rest)
    };
    put(&format!("\r\u{1b}[K{}", super::visible(&crate::tools::hide_secrets(&shown), false)));
}

/// The beginning of a text, as far as there is room.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

/// What the program of a step said last, behind the step's title on a terminal; nothing elsewhere.
pub(super) fn pass_by(line: &str) {
    let mut stage = stage();
    if stage.line.is_some() {
        stage.last = super::one_line(line);
        draw(&mut stage);
    }
}

fn clear() {
    put("\r\u{1b}[K");
}

fn put(text: &str) {
    // Where nobody can be told, nobody can be told that either.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn command(text: &str) {
    put(&crate::tools::hide_secrets(text));
}

/// Writes to stderr what is ready to be shown, around the line of a step. What others wrote is no command to GitHub.
pub(super) fn show(text: &str) {
    let mut stage = stage();
    if stage.line.is_some() {
        clear();
    }
    let shut = stage.word.is_none() && has_commands(text) && world::is_github();
    if shut {
        let word = world::secret_word();
        put(&format!("::stop-commands::{word}\n{text}::{word}::\n"));
    } else {
        put(text);
    }
    draw(&mut stage);
}

/// Before something is written to stdout.
pub(super) fn make_room() {
    if stage().line.is_some() {
        clear();
    }
}

/// The runner takes `::x::` at the beginning of a line, and the older `##[x]` anywhere.
fn has_commands(text: &str) -> bool {
    text.contains("##[") || text.split(['\n', '\r']).any(|line| line.trim_start().starts_with("::"))
}

fn escaped(title: &str) -> String {
    title.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_github_takes_for_a_command() {
        for text in ["::set-output name=x::y\n", "a\n  ::add-mask::x", "x ##[group]y", "a\r::b::"] {
            assert!(has_commands(text), "{text}");
        }
        for text in ["a::b", "error: std::fs failed\n", "# [x]"] {
            assert!(!has_commands(text), "{text}");
        }
        assert_eq!(escaped("50 %\n::x"), "50 %25%0A::x");
    }
}
