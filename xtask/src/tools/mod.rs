//! The only callers of other programs: one module a program, and the one way to run them.
//!
//! A program gets a list of arguments, never a line for a shell; it gets no terminal to ask on; what it prints is
//! captured, and its own words are in the error when it fails.

pub mod git;
pub mod gzip;
pub mod helm;
mod redact;

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use anyhow::{Context, Result};
use xshell::Shell;

use crate::error::Failure;
use crate::fsx::{cause, shown};
pub use redact::redact;

/// How many of the last lines of a failed program are repeated.
const LAST_LINES: usize = 6;

/// A run of a program, not started yet.
#[must_use]
pub struct Run {
    command: Command,
    folder: PathBuf,
    stdin: Option<Vec<u8>>,
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
        Ok(Self { command, folder: folder.to_owned(), stdin: None })
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
        self.stdin = Some(bytes.into());
        self
    }

    /// Runs it to its end, however it ends. An error only if it can't be started or talked to.
    pub fn output(mut self) -> Result<Output> {
        let (mut stdout, stdin) = (Vec::new(), self.stdin.take());
        let (status, stderr) = self.talk(stdin.unwrap_or_default(), |out| {
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
        let line = self.line();
        let (status, stderr) = self.talk(stdin, reader)?;
        let output = Output { code: status.code(), stdout: Vec::new(), stderr };
        if status.success() { Ok(()) } else { Err(failed(&line, &output).into()) }
    }

    /// Writes, listens and reads at the same time: a full pipe in one direction must not stop the others.
    fn talk(
        &mut self,
        stdin: Vec<u8>,
        reader: impl FnOnce(&mut dyn Read) -> Result<()>,
    ) -> Result<(ExitStatus, String)> {
        let mut child = self.start(stdin.is_empty())?;
        let (to, from, says) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (read, said) = thread::scope(|scope| {
            // A program may end before it has read everything; how it ended says more than the broken pipe.
            scope.spawn(move || to.map(|mut pipe| pipe.write_all(&stdin)));
            let said = scope.spawn(move || read_all(says));
            // Dropped at the end of the reader: a program that goes on printing to nobody ends.
            let read = from.map_or(Ok(()), |mut pipe| reader(&mut pipe)).map_err(|error| self.not_read(error));
            (read, said.join().unwrap_or_default())
        });
        let status = child
            .wait()
            .map_err(|error| Failure::tool(format!("cannot wait for `{}`: {}", self.line(), cause(&error))))?;
        // A program that failed explains why its output made no sense. One that a signal ended was told by the broken
        // pipe that nobody listens any more: then the reader knows why.
        if status.success() || status.code().is_none() {
            read?;
        }
        Ok((status, redact(&String::from_utf8_lossy(&said))))
    }

    fn start(&mut self, nothing_to_read: bool) -> Result<Child> {
        let stdin = if nothing_to_read { Stdio::null() } else { Stdio::piped() };
        self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.command.spawn().map_err(|error| self.not_started(&error).into())
    }

    fn not_started(&self, error: &io::Error) -> Failure {
        let program = self.command.get_program().to_string_lossy();
        match error.kind() {
            ErrorKind::NotFound if !self.folder.is_dir() => {
                Failure::world(format!("cannot run `{program}` in `{}`: there is no such folder", shown(&self.folder)))
                    .hint("check the path of the repository out, or correct it in the configuration")
            }
            ErrorKind::NotFound => Failure::tool(format!("`{program}` is not installed, or not on `PATH`"))
                .hint(format!("install `{program}`, then run the same command again")),
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
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let line = words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ");
        redact(&line)
    }
}

fn read_all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What was said before a broken pipe is worth as much.
    let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
    bytes
}

/// The error for a program that ended with something else than 0.
pub(crate) fn failed(line: &str, output: &Output) -> Failure {
    let how =
        output.code.map_or_else(|| "was ended by a signal".to_owned(), |code| format!("failed with exit code {code}"));
    let said: Vec<&str> = output.stderr.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let printed = redact(&String::from_utf8_lossy(&output.stdout));
    // `git commit` says on stdout that there is nothing to commit.
    let said = if said.is_empty() { printed.lines().filter(|line| !line.trim().is_empty()).collect() } else { said };
    let last: String =
        said.iter().skip(said.len().saturating_sub(LAST_LINES)).map(|line| format!("\n  {line}")).collect();
    Failure::tool(format!("`{line}` {how}{last}")).hint("remove the cause, then run the same command again")
}

/// A word that a shell reads as this one word.
fn quoted(word: &str) -> String {
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
