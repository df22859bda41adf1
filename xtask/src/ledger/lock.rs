//! One run at a time in a checkout and its work trees.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::Result;

use crate::error::Failure;
use crate::fsx::{self, shown};
use crate::tools::git::Git;
use crate::tools::redact;
use crate::world;

const FILE: &str = "lockstep/run.lock";

/// The right to run a release here. It is given up when this is dropped.
///
/// It is a lock of the system on a file. Programs that the run starts get the file as their standard input: when the
/// run is killed, the lock holds until the last of them has ended too.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

impl RunLock {
    /// Takes the lock, or says who has it.
    pub fn take(git: &Git) -> Result<Self> {
        let path = git.common_dir.join(FILE);
        fsx::create_folder(path.parent().unwrap_or(&git.common_dir))?;
        let file = fsx::open_lock(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(&path).into()),
            Err(TryLockError::Error(error)) => return Err(fsx::failed("lock", &path, &error)),
        }
        // Whoever gets the file to read begins where the writing ended, and reads nothing.
        fsx::rewrite(&file, &holder(), &path)?;
        Ok(Self { file })
    }

    /// What children get as their standard input.
    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // Closing isn't enough: a program that stayed behind on purpose, an agent say, may still have the file.
        let _ = self.file.unlock();
    }
}

/// The process and its command line, for whoever comes next.
fn holder() -> String {
    let mut words = world::arguments().into_iter().map(|word| word.to_string_lossy().into_owned());
    let program = words.next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let line: Vec<String> = std::iter::once(program).chain(words).collect();
    format!("{}\n{}\n", world::process_id(), redact(&line.join(" ")).replace(['\n', '\t'], " "))
}

fn taken(path: &Path) -> Failure {
    let text = fsx::read_own(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let message = match (lines.next().and_then(|line| line.parse::<u32>().ok()), lines.next()) {
        (Some(process), Some(line)) => {
            format!("another run is going on here: process {process}, `{line}`, or a program that it started")
        }
        _ => "another run is going on here".to_owned(),
    };
    Failure::tool(message)
        .hint(format!("wait until it ends, then run the same command again; it holds `{}`", shown(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;
    use crate::fsx::scratch::Scratch;

    #[test]
    fn a_second_run_is_told_of_the_first() {
        let scratch = Scratch::new();
        let git = Git::bare(scratch.path(), Vec::new());
        let lock = RunLock::take(&git).unwrap();
        let failure = RunLock::take(&git).unwrap_err().downcast::<Failure>().unwrap();
        assert_eq!(failure.exit, Exit::Tool);
        let process = format!("another run is going on here: process {}, `", std::process::id());
        assert!(failure.message.starts_with(&process), "{failure}");
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut lock.file(), &mut rest).unwrap();
        assert_eq!(rest, "", "a child would read this");
        drop(lock);
        RunLock::take(&git).unwrap();
    }
}
