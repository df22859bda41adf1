//! The redo journal: edits of many files happen all or not at all, wherever the machine stops.
//!
//! 1. Look at every file: it still has the bytes that the edit was computed from, and may be replaced.
//! 2. Write `journal.new` (which files, what they were, what they become) and each new text in a temporary file beside
//!    the old one. Wait until the texts are on the disk: a rename that reaches it before its text leaves an empty file.
//! 3. Look again, wait for `journal.new`, rename it to `journal`. **This is the moment in which all edits happen.**
//! 4. Rename each temporary file into place, wait for the folders, remove `journal` last.
//!
//! Who finds `journal.new` knows that nothing has happened, and removes the temporary files that it names. Who finds
//! `journal` finishes: a file that is still the old one becomes the new one, one that is the new one stays, and one that
//! is neither belongs to somebody else by now: nothing at all is written, and a person decides.
//!
//! What "still the old one" means decides over a user's bytes, so it is asked before the commit by comparing them all,
//! and after a crash by length, a 128-bit hash of the whole and the very bytes that would be replaced.

mod hash;
mod probe;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use crate::error::{Exit, Failure};
use crate::fsx::{self, Seen, in_parallel, shown};
use crate::world;
pub(crate) use hash::hash;
use probe::Probe;
use record::{Entry, Record};

const COMMITTED: &str = "journal";
const UNCOMMITTED: &str = "journal.new";
const LOCK: &str = "lock";

/// A disk works on many requests at once, so more threads wait for it than there are processors.
const WAITING_THREADS: usize = 16;

/// One file of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the root of the journal, or absolute.
    pub path: PathBuf,
    /// The whole text that the edit was computed from.
    pub old: Arc<str>,
    /// The whole text that the file gets.
    pub new: String,
}

/// An edit that an earlier run began and this one finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// What the earlier run said it was doing, as given to [`Journal::apply`].
    pub purpose: String,
    /// Every file of the edit, as its [`Change`] named it.
    pub files: Vec<PathBuf>,
    /// How many of them had not been replaced yet.
    pub rewritten: usize,
}

/// The right to edit: only one process at a time has it, and loses it when it ends, however it ends.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    root: PathBuf,
    threads: usize,
    lock: File,
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Closing isn't enough: a program that is being started at this moment by another thread still has the file.
        let _ = self.lock.unlock();
    }
}

/// Finishes what an earlier run began. Nothing is written, not even a folder, where there is nothing to finish.
pub fn recover(journal_dir: &Path, root: &Path) -> Result<Option<Recovered>> {
    let left = |name: &str| fsx::is_there(&journal_dir.join(name));
    if left(COMMITTED)? || left(UNCOMMITTED)? { Journal::open(journal_dir, root)?.recover() } else { Ok(None) }
}

/// Makes all the changes, or none of them. See [`Journal::apply`].
pub fn apply(journal_dir: &Path, root: &Path, changes: &[Change]) -> Result<()> {
    Journal::open(journal_dir, root)?.apply(changes, "")
}

impl Journal {
    /// Takes the right to edit, or is refused because another process has it. Makes the folder `dir` if it is missing.
    pub fn open(dir: &Path, root: &Path) -> Result<Self> {
        fsx::create_folder(dir)?;
        let path = dir.join(LOCK);
        let lock = fsx::open_lock(&path)?;
        // A lock of the system, not a file that says who: it can't be left behind by a process that was killed.
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir: dir.to_owned(), root: root.to_owned(), threads: world::threads(), lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Failure::world("another command is changing these files at this moment")
                    .hint(format!("wait until it ends, then run the same command again; it holds `{}`", shown(&path)))
                    .into())
            }
            Err(TryLockError::Error(error)) => Err(fsx::failed("lock", &path, &error)),
        }
    }

    /// Finishes what an earlier run began, if there is anything. Every writing command calls it first.
    ///
    /// Refused, without writing anything, if a file is by now neither what it was nor what it should become.
    pub fn recover(&self) -> Result<Option<Recovered>> {
        self.recover_with(&Probe::none())
    }

    /// Makes all the changes, or none of them.
    ///
    /// `purpose` says what is done in the words of the command, so that who recovers can tell whether the edit that was
    /// finished is the one that is being asked for again. After an error nothing has happened, unless the error says
    /// that the rest will be done by the next run.
    pub fn apply(&self, changes: &[Change], purpose: &str) -> Result<()> {
        self.apply_with(changes, purpose, &Probe::none())
    }

    fn apply_with(&self, changes: &[Change], purpose: &str, probe: &Probe) -> Result<()> {
        self.expect_nothing_unfinished()?;
        self.withdraw(probe)?;
        let changes: Vec<&Change> = changes.iter().filter(|change| *change.old != *change.new).collect();
        let looked = in_parallel(self.threads, &changes, |change| self.look(change))?;
        if looked.is_empty() {
            return Ok(());
        }
        let (entries, seen): (Vec<Entry>, Vec<Seen>) = looked.into_iter().unzip();
        expect_each_once(&entries, &seen)?;
        let record = Record { nonce: world::nonce(), purpose: purpose.to_owned(), entries };
        let files = self.replacements(&record, &seen);
        if let Err(error) = self.stage(&record, &files, &changes, probe).and_then(|()| self.commit(&files, probe)) {
            // Where this fails too, `journal.new` stays, and the next run removes what it names.
            let _ = self.withdraw(probe);
            return Err(error);
        }
        self.finish(&files, probe).map_err(to_be_continued)
    }

    fn look(&self, change: &Change) -> Result<(Entry, Seen)> {
        let path = self.root.join(&change.path);
        let seen = fsx::inspect(&path)?;
        if seen.read(&path)? != change.old.as_bytes() {
            return Err(fsx::changed(&path));
        }
        Ok((Entry::new(change.path.clone(), change.old.as_bytes(), change.new.as_bytes()), seen))
    }

    fn replacements<'a>(&self, record: &Record, seen: &'a [Seen]) -> Vec<Replacement<'a>> {
        let files = record.entries.iter().zip(seen).enumerate();
        files
            .map(|(at, (entry, seen))| Replacement {
                path: self.root.join(&entry.path),
                temp: self.temp(record, at),
                seen,
            })
            .collect()
    }

    fn temp(&self, record: &Record, at: usize) -> PathBuf {
        let name = format!("{}{:016x}-{at}", fsx::TEMP_PREFIX, record.nonce);
        self.root.join(&record.entries[at].path).with_file_name(name)
    }

    /// Everything that can be done before anything happens.
    fn stage(&self, record: &Record, files: &[Replacement], changes: &[&Change], probe: &Probe) -> Result<()> {
        let journal = self.dir.join(UNCOMMITTED);
        probe.step(&journal)?;
        fsx::write_own(&journal, &record.encode())?;
        let work: Vec<_> = files.iter().zip(changes).collect();
        in_parallel(WAITING_THREADS, &work, |(file, change)| {
            probe.step(&file.temp)?;
            fsx::write_temp(&file.temp, change.new.as_bytes(), file.seen)
        })
        .map(drop)
    }

    fn commit(&self, files: &[Replacement], probe: &Probe) -> Result<()> {
        let (new, journal) = (self.dir.join(UNCOMMITTED), self.dir.join(COMMITTED));
        probe.step(&new)?;
        fsx::sync_file(&new)?;
        in_parallel(self.threads, files, |file| file.seen.expect_untouched(&file.path))?;
        probe.step(&journal)?;
        fsx::put_in_place(&new, &journal)?;
        Ok(())
    }

    /// After the commit: there is only one direction.
    fn finish(&self, files: &[Replacement], probe: &Probe) -> Result<()> {
        probe.step(&self.dir)?;
        fsx::sync_folder(&self.dir)?;
        in_parallel(self.threads, files, |file| {
            probe.step(&file.path)?;
            file.seen.expect_untouched(&file.path)?;
            fsx::put_in_place(&file.temp, &file.path)
        })?;
        let folders: BTreeSet<&Path> = files.iter().filter_map(|file| file.path.parent()).collect();
        let folders: Vec<&Path> = folders.into_iter().collect();
        in_parallel(WAITING_THREADS, &folders, |folder| probe.step(folder).and_then(|()| fsx::sync_folder(folder)))?;
        self.forget(probe)
    }

    fn forget(&self, probe: &Probe) -> Result<()> {
        let journal = self.dir.join(COMMITTED);
        probe.step(&journal)?;
        fsx::discard(&journal)?;
        probe.step(&self.dir)?;
        fsx::sync_folder(&self.dir)
    }

    /// Removes what an edit that never happened has left; `journal.new` goes last, because it knows the names.
    fn withdraw(&self, probe: &Probe) -> Result<()> {
        let path = self.dir.join(UNCOMMITTED);
        if !fsx::is_there(&path)? {
            return Ok(());
        }
        // One that can't be read was cut short by a power failure; its temporary files, if any reached the disk, stay.
        if let Some(record) = Record::decode(&fsx::read_own(&path)?) {
            self.discard_temps(&record, probe)?;
        }
        probe.step(&path)?;
        fsx::discard(&path)
    }

    fn discard_temps(&self, record: &Record, probe: &Probe) -> Result<()> {
        let temps: Vec<PathBuf> = (0..record.entries.len()).map(|at| self.temp(record, at)).collect();
        in_parallel(self.threads, &temps, |temp| probe.step(temp).and_then(|()| fsx::discard(temp))).map(drop)
    }

    fn recover_with(&self, probe: &Probe) -> Result<Option<Recovered>> {
        self.withdraw(probe)?;
        let path = self.dir.join(COMMITTED);
        if !fsx::is_there(&path)? {
            return Ok(None);
        }
        let record = Record::decode(&fsx::read_own(&path)?).ok_or_else(|| damaged(&path))?;
        let numbers: Vec<usize> = (0..record.entries.len()).collect();
        let states = in_parallel(self.threads, &numbers, |&at| self.state(&record.entries[at]))?;
        // The texts beside the files are made anew below: those of the earlier run may have been cut short.
        self.discard_temps(&record, probe)?;
        expect_no_stranger(&path, &states)?;
        let work: Vec<(&Entry, Replacement)> =
            numbers.iter().filter_map(|&at| self.redo(&record, at, &states[at])).collect();
        in_parallel(WAITING_THREADS, &work, |(entry, file)| {
            probe.step(&file.temp)?;
            let text = entry.redo(&fsx::read_bytes(&file.path)?).ok_or_else(|| fsx::changed(&file.path))?;
            fsx::write_temp(&file.temp, &text, file.seen)
        })?;
        let files: Vec<Replacement> = work.into_iter().map(|(_, file)| file).collect();
        self.finish(&files, probe).map_err(to_be_continued)?;
        let paths = record.entries.iter().map(|entry| entry.path.clone()).collect();
        Ok(Some(Recovered { rewritten: files.len(), files: paths, purpose: record.purpose }))
    }

    fn state(&self, entry: &Entry) -> Result<State> {
        let path = self.root.join(&entry.path);
        let seen = fsx::inspect(&path);
        let bytes = match fsx::read_bytes(&path) {
            Ok(bytes) => bytes,
            Err(error) => return stranger(error),
        };
        if entry.new.fits(&bytes) {
            Ok(State::New)
        } else if entry.redo(&bytes).is_some() {
            seen.map(State::Old).or_else(stranger)
        } else {
            Ok(State::Stranger(format!("`{}` was changed by someone else after an interrupted edit", shown(&path))))
        }
    }

    fn redo<'a>(&self, record: &'a Record, at: usize, state: &'a State) -> Option<(&'a Entry, Replacement<'a>)> {
        let State::Old(seen) = state else { return None };
        let entry = &record.entries[at];
        Some((entry, Replacement { path: self.root.join(&entry.path), temp: self.temp(record, at), seen }))
    }

    fn expect_nothing_unfinished(&self) -> Result<()> {
        let path = self.dir.join(COMMITTED);
        if !fsx::is_there(&path)? {
            return Ok(());
        }
        Err(Failure::world(format!("an earlier edit is not finished yet: `{}`", shown(&path)))
            .hint("run the same command again: it finishes the earlier edit first")
            .into())
    }
}

/// A file, and the text that will take its place.
struct Replacement<'a> {
    path: PathBuf,
    temp: PathBuf,
    seen: &'a Seen,
}

/// Two changes of one file can't both happen: each was computed without the other.
fn expect_each_once(entries: &[Entry], seen: &[Seen]) -> Result<()> {
    let mut known = std::collections::BTreeMap::new();
    for (entry, seen) in entries.iter().zip(seen) {
        if let Some(other) = known.insert(seen.identity(), &entry.path) {
            return Err(Failure::usage(format!("`{}` and `{}` are the same file", shown(other), shown(&entry.path)))
                .hint("name each file once")
                .into());
        }
    }
    Ok(())
}

/// What a file is when an edit is to be finished.
enum State {
    Old(Seen),
    New,
    /// Neither, and why; or something that may not be replaced.
    Stranger(String),
}

/// A file that isn't as it should be is a reason to stop; a disk that can't be read is an error like any other.
fn stranger(error: anyhow::Error) -> Result<State> {
    match error.downcast_ref::<Failure>() {
        Some(failure) if failure.exit == Exit::World => Ok(State::Stranger(failure.message.clone())),
        _ => Err(error),
    }
}

fn expect_no_stranger(journal: &Path, states: &[State]) -> Result<()> {
    let strangers = states.iter().filter_map(|state| if let State::Stranger(why) = state { Some(why) } else { None });
    let hint = format!(
        "give the file its old or its new text and run the same command again; or keep every file as it is: `rm {}`",
        shown(journal)
    );
    let failures = strangers.map(|why| Failure::world(why).hint(&hint)).collect();
    Ok(Failure::all(failures)?)
}

fn damaged(journal: &Path) -> anyhow::Error {
    Failure::world(format!("`{}` is damaged: it can't tell what an interrupted edit was doing", shown(journal)))
        .hint(format!("look at what changed with `git diff`, restore it, and then `rm {}`", shown(journal)))
        .into()
}

/// An error after the commit: the edit has happened as a whole, only not in every file yet.
fn to_be_continued(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(mut failure) => {
            failure.message = format!("stopped before every file was replaced: {}", failure.message);
            failure.hint("remove the cause and run the same command again: it finishes this edit first").into()
        }
        Err(error) => error,
    }
}
