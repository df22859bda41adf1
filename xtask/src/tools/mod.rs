//! The only callers of other programs: one module a program, and the one way to run them.
//!
//! A program gets a list of arguments, never a line for a shell; it gets no terminal to ask on; what it prints is
//! captured, and its own words are in the error when it fails. It has the time that it is given, it is told to end when
//! we are, it dies with us, and it keeps the lock of the run while it lives.

pub mod buildx;
mod child;
pub mod docker;
pub mod gh;
pub mod git;
pub mod gzip;
pub mod helm;
mod lines;
mod lock;
mod redact;
mod stop;
mod talk;
mod trace;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use xshell::Shell;

use crate::error::Failure;
use crate::fsx::{cause, shown};
use crate::world;
use lines::Lines;
pub use lock::{Lock, held};
pub use redact::{hide_secrets, keep_secret, redact};
pub use stop::{
    Deferred, defer_stop, expect_not_stopped, listen, pause, set_resume_hint, stopped, stopped_how, stopping,
};
use talk::{Ended, Talk};
pub use trace::{FILE as TRACE_FILE, Trace};

/// How many of the last lines of a failed program are repeated.
const LAST_LINES: usize = 6;

/// A run of a program, not started yet.
#[must_use]
pub struct Run {
    command: Command,
    folder: PathBuf,
    stdin: Vec<u8>,
    limit: Option<Duration>,
}

/// What a program that ran has left.
#[derive(Clone, Debug)]
pub struct Output {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Everything that it printed, in whatever bytes.
    pub stdout: Vec<u8>,
    /// What it said, without credentials and without what would steer a terminal.
    pub stderr: String,
}

impl Run {
    /// A program from `PATH`, in a folder. Its messages are in English, whatever the user's language.
    pub fn new(program: &str, folder: &Path) -> Result<Self> {
        let shell = Shell::new().context("cannot tell the current folder")?;
        let mut command = Command::from(shell.cmd(program));
        command.current_dir(folder).env("LC_ALL", "C").env_remove("LANGUAGE");
        Ok(Self { command, folder: folder.to_owned(), stdin: Vec::new(), limit: None })
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// More arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// A variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Variables that it shall not inherit.
    pub fn without_env(mut self, names: &[&str]) -> Self {
        for name in names {
            self.command.env_remove(name);
        }
        self
    }

    /// What it reads; otherwise it reads nothing.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// How long it may run as a whole; then it and all that it has started is ended, and that is an error.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs it to its end, however it ends. An error only if it can't be started or talked to, if its time is over, or
    /// if we were told to stop.
    pub fn output(self) -> Result<Output> {
        let mut stdout = Vec::new();
        let (status, stderr) = self.talk(|out| {
            out.read_to_end(&mut stdout)?;
            Ok(())
        })?;
        Ok(Output { code: status.code(), stdout, stderr })
    }

    /// Runs it, and gives what it printed. An error unless it ends with 0.
    pub fn read(self) -> Result<Vec<u8>> {
        let line = self.line();
        let output = self.output()?;
        if output.code == Some(0) { Ok(output.stdout) } else { Err(failed(&line, &output).into()) }
    }

    /// [`Run::read`], as text without its last line end.
    pub fn read_text(self) -> Result<String> {
        let line = self.line();
        let mut text = String::from_utf8(self.read()?)
            .map_err(|_| Failure::tool(format!("`{line}` printed something that is not UTF-8")))?;
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
        Ok(text)
    }

    /// Runs it for its effect.
    pub fn run(self) -> Result<()> {
        self.read().map(drop)
    }

    /// Feeds it, and hands what it prints to `reader` while it still runs. An error unless both end well.
    pub fn stream(mut self, stdin: Vec<u8>, reader: impl FnOnce(&mut dyn Read) -> Result<()>) -> Result<()> {
        self.stdin = stdin;
        let line = self.line();
        let (status, stderr) = self.talk(reader)?;
        let output = Output { code: status.code(), stdout: Vec::new(), stderr };
        if status.success() { Ok(()) } else { Err(failed(&line, &output).into()) }
    }

    /// Feeds it, and hands what it prints to `reader` until that has had enough: then it is ended. Did it come to its own
    /// end? An error if it then failed, or if its time was over: see [`was_cut_off`].
    pub fn stream_some(mut self, stdin: Vec<u8>, reader: impl FnOnce(&mut dyn Read) -> Result<bool>) -> Result<bool> {
        self.stdin = stdin;
        let _deferred = defer_stop();
        let mut talk = self.start(false)?;
        let enough = reader(&mut talk).map_err(|error| self.not_read(error));
        if matches!(enough, Ok(true)) {
            let start = talk.start;
            drop(talk);
            trace::ended(start, None, || (self.line(), self.words()));
            return if stopping() { Err(stopped().into()) } else { Ok(false) };
        }
        let (status, stderr) = self.finish(talk, String::new())?;
        let output = Output { code: status.code(), stdout: Vec::new(), stderr };
        if !status.success() {
            return Err(failed(&self.line(), &output).into());
        }
        enough.map(|_| true)
    }

    /// Runs it, and hands every line that it prints, on stdout or stderr, to `show` as soon as it is there: without
    /// secrets, and with what would steer a terminal spelled out. The error has the last lines again.
    pub fn stream_lines(mut self, mut show: impl FnMut(&str)) -> Result<()> {
        let _deferred = defer_stop();
        let mut lines = Lines::new(LAST_LINES);
        let mut talk = self.start(true)?;
        let read = lines.read(&mut talk, &mut show).map_err(|error| self.not_read(error.into()));
        let (status, _) = self.finish(talk, lines.last())?;
        if status.success() {
            return read;
        }
        let output = Output { code: status.code(), stdout: Vec::new(), stderr: lines.last() };
        Err(failed(&self.line(), &output).into())
    }

    fn talk(mut self, reader: impl FnOnce(&mut dyn Read) -> Result<()>) -> Result<(ExitStatus, String)> {
        let _deferred = defer_stop();
        let mut talk = self.start(false)?;
        let read = reader(&mut talk).map_err(|error| self.not_read(error));
        let (status, said) = self.finish(talk, String::new())?;
        // A program that failed explains why its output made no sense. One that a signal ended was told by the broken
        // pipe that nobody listens any more: then the reader knows why.
        if status.success() || status.code().is_none() {
            read?;
        }
        Ok((status, said))
    }

    /// `joined`: stderr goes where stdout goes, so that the order of the lines is the program's.
    fn start(&mut self, joined: bool) -> Result<Talk> {
        expect_not_stopped()?;
        let feed = std::mem::take(&mut self.stdin);
        self.command.stdin(if feed.is_empty() { lock::nothing() } else { Stdio::piped() });
        let mut out = None;
        if joined {
            let (reader, writer) = io::pipe().map_err(|error| self.not_started(&error))?;
            let second = writer.try_clone().map_err(|error| self.not_started(&error))?;
            self.command.stdout(writer).stderr(second);
            out = Some(File::from(OwnedFd::from(reader)));
        } else {
            self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        child::die_with_us(&mut self.command);
        let start = world::moment();
        let child = self.command.spawn().map_err(|error| self.not_started(&error));
        // The command keeps its end of a pipe for a second start: then we would never hear its end.
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = child?;
        trace::started(start);
        Ok(Talk::new(child, feed, out, start, self.limit))
    }

    /// Waits for its end. An error if it was us who ended it, or the signal that told us to stop has reached it too.
    /// `shown` is what it has said otherwise than on stderr.
    fn finish(&self, talk: Talk, shown: String) -> Result<(ExitStatus, String)> {
        let start = talk.start;
        let ended = talk.finish();
        trace::ended(start, ended.as_ref().ok().and_then(|(status, ..)| status.code()), || (self.line(), self.words()));
        let (status, why, said) = ended.map_err(|error| {
            Failure::tool(format!("cannot wait for `{}`: {}", self.line(), cause(&error)))
                .hint("run the same command again")
        })?;
        let said = shown + &redact(&String::from_utf8_lossy(&said));
        match why {
            Some(Ended::TimeOut) => Err(self.too_slow(&said).into()),
            // An exit code that the signal caused is no answer.
            Some(Ended::Stopped) => Err(stopped().into()),
            None if stopping() && !status.success() => Err(stopped().into()),
            None => Ok((status, said)),
        }
    }

    fn too_slow(&self, said: &str) -> Failure {
        let limit = span(self.limit.unwrap_or_default());
        let last = last_lines(said);
        let message = format!("`{}` was ended: it took longer than {limit}{last}", self.line());
        Failure::tool(message).hint("see what it waits for, then run the same command again")
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        let program = self.command.get_program().to_string_lossy();
        match error.kind() {
            ErrorKind::NotFound if !self.folder.is_dir() => {
                Failure::world(format!("cannot run `{program}` in `{}`: there is no such folder", shown(&self.folder)))
                    .hint("check the path of the repository out, or correct it in the configuration")
            }
            ErrorKind::NotFound if program.contains('/') => Failure::tool(format!("there is no program `{program}`"))
                .hint("correct its path, then run the same command again"),
            ErrorKind::NotFound => not_installed(&program),
            ErrorKind::InvalidInput => Failure::usage(format!("`{}`: an argument has a NUL byte", self.line()))
                .hint("a name or message can't have one"),
            _ => Failure::tool(format!("cannot run `{program}`: {}", cause(error))).hint("run the same command again"),
        }
    }

    /// The pipe broke down, or what came through it made no sense; the latter is explained already.
    fn not_read(&self, error: anyhow::Error) -> anyhow::Error {
        match error.downcast::<io::Error>() {
            Ok(error) => {
                let folder = shown(&self.folder);
                let message = format!("cannot read what `{}` prints in `{folder}`: {}", self.line(), cause(&error));
                Failure::tool(message).hint("run the same command again").into()
            }
            Err(other) => other,
        }
    }

    /// The command as one would type it, without credentials.
    fn line(&self) -> String {
        as_typed("", self.raw())
    }

    /// Program and arguments, without credentials.
    fn words(&self) -> Vec<String> {
        self.raw().map(|word| redact(&word.to_string_lossy())).collect()
    }

    fn raw(&self) -> impl Iterator<Item = &OsStr> {
        std::iter::once(self.command.get_program()).chain(self.command.get_args())
    }
}

/// Is there a program of this name on `PATH`?
pub fn is_installed(program: &str) -> bool {
    let folders = world::var_path("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// The failure of a program that isn't on `PATH`.
pub fn not_installed(program: &str) -> Failure {
    Failure::tool(format!("`{program}` is not installed, or not on `PATH`"))
        .hint(format!("install `{program}`, then run the same command again"))
}

/// Was a program ended before it came to its own end? Then nothing tells what it had done by then.
pub fn was_cut_off(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.message.contains("` was ended"))
}

/// The error for a program that ended with something else than 0.
pub(crate) fn failed(line: &str, output: &Output) -> Failure {
    let how =
        output.code.map_or_else(|| "was ended by a signal".to_owned(), |code| format!("failed with exit code {code}"));
    // `git commit` says on stdout that there is nothing to commit.
    let last = match last_lines(&output.stderr) {
        none if none.is_empty() => last_lines(&redact(&String::from_utf8_lossy(&output.stdout))),
        last => last,
    };
    Failure::tool(format!("`{line}` {how}{last}")).hint("remove the cause, then run the same command again")
}

/// A command as one would type it, without secrets.
pub fn as_typed(program: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let words = arguments.into_iter().map(|word| quoted(&word.as_ref().to_string_lossy()));
    let program = Some(program.to_owned()).filter(|program| !program.is_empty());
    redact(&program.into_iter().chain(words).collect::<Vec<_>>().join(" "))
}

/// The last lines of what a program said, each on a line of its own and indented.
fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(LAST_LINES)).map(|line| format!("\n  {line}")).collect()
}

/// A length of time as a person says it: `3 ms`, `1.20 s`, `45 s`, `3 min`, `1 min 30 s`.
pub fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, 0) if !length.is_zero() => format!("{} ms", length.as_millis()),
        (0, 0..10) if length.subsec_millis() > 0 => format!("{:.2} s", length.as_secs_f64()),
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// A word that a shell reads as this one word.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,^{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    fn sh(script: &str) -> Run {
        Run::new("sh", Path::new("/")).unwrap().args(["-c", script])
    }

    #[test]
    fn a_failure_has_the_words_of_the_program() {
        let error = sh("seq 20 >&2; echo out; exit 7").read().unwrap_err();
        assert!(error.to_string().ends_with("failed with exit code 7\n  15\n  16\n  17\n  18\n  19\n  20"), "{error}");
        let error = sh("echo nothing to commit; exit 1").read().unwrap_err();
        assert!(error.to_string().ends_with("code 1\n  nothing to commit"), "{error}");
        let error = sh("kill -9 $$").read().unwrap_err();
        assert!(error.to_string().contains("was ended by a signal"), "{error}");
    }

    #[test]
    fn what_cannot_start() {
        let error = Run::new("no-such-program", Path::new("/")).unwrap().run().unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program` is not installed, or not on `PATH`");
        assert_eq!(error.downcast_ref::<Failure>().unwrap().exit, Exit::Tool);
        let error = Run::new("sh", Path::new("/no/folder")).unwrap().run().unwrap_err();
        assert!(error.to_string().contains("there is no such folder"), "{error}");
        let error = sh("x\0y").run().unwrap_err();
        assert!(error.to_string().contains("NUL byte"), "{error}");
    }

    #[test]
    fn full_pipes_in_all_directions() {
        let much = vec![b'x'; 1 << 20];
        let output = sh("tee /dev/stderr").stdin(much.clone()).output().unwrap();
        assert_eq!((output.stdout.len(), output.stderr.len()), (much.len(), much.len()));
        assert_eq!(sh("exit 0").stdin(much).output().unwrap().code, Some(0));
        assert_eq!(sh("cat").read().unwrap(), b"");
    }

    #[test]
    fn a_line_can_be_pasted_and_tells_no_secret() {
        let run = sh("echo it's").arg("https://user:secret@example.com/x").arg("");
        assert_eq!(run.line(), r"sh -c 'echo it'\''s' https://***@example.com/x ''");
    }
}
