//! Feeding, hearing and watching one child, in one thread: a full pipe in one direction must not stop the others, and
//! neither a child that hangs nor one that hands its pipes on may keep us for ever.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use super::child::{self, Signal};
use super::stop::{self, TICK};
use crate::world;

/// After the first signal: the time to end by oneself. Terminal and build servers often tell the children too.
const GRACE: Duration = Duration::from_secs(5);
/// After we told it to end: the time to clean up.
const LAST_GRACE: Duration = Duration::from_secs(2);
/// After its end: how long pipes that somebody else has may stay silent before nobody listens any more.
const SILENCE: Duration = Duration::from_secs(2);
/// The first wait for a child that has closed its pipes and so is about to end; each further one is twice as long.
const SHORT: Duration = Duration::from_micros(20);

/// Why a child was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its time was over.
    TimeOut,
    /// We were told to stop.
    Stopped,
}

/// Where the ending of a child stands.
enum Phase {
    /// Nobody ends it.
    Running,
    /// We were told to stop, and it has the time to end by itself.
    Grace(Instant),
    /// It and all that it has started were told to end.
    Told(Instant, Vec<Process>),
    /// They were killed.
    Killed(Instant),
}

/// A child, and what goes in and comes out.
pub(super) struct Talk {
    child: Child,
    feed: Option<(File, Vec<u8>, usize)>,
    out: Option<File>,
    err: Option<File>,
    said: Vec<u8>,
    /// When it was started.
    pub start: Instant,
    limit: Option<Duration>,
    phase: Phase,
    why: Option<Ended>,
    /// How it ended, and since when nothing was heard.
    status: Option<(ExitStatus, Instant)>,
}

impl Talk {
    /// `out` is read by [`Read`], whatever it is a pipe of.
    pub(super) fn new(
        mut child: Child,
        feed: Vec<u8>,
        out: Option<File>,
        start: Instant,
        limit: Option<Duration>,
    ) -> Self {
        let feed = child.stdin.take().map(|pipe| (File::from(OwnedFd::from(pipe)), feed, 0));
        let err = child.stderr.take().map(|pipe| File::from(OwnedFd::from(pipe)));
        let out = out.or(child.stdout.take().map(|pipe| File::from(OwnedFd::from(pipe))));
        let (said, phase) = (Vec::new(), Phase::Running);
        Self { child, feed, out, err, said, start, limit, phase, why: None, status: None }
    }

    /// Hears it to its end: how it ended, and why if it was us who ended it.
    pub(super) fn finish(mut self) -> io::Result<(ExitStatus, Option<Ended>, Vec<u8>)> {
        // A program that goes on printing to nobody ends.
        self.out = None;
        while (self.feed.is_some() || self.err.is_some()) && !self.is_given_up() {
            self.pump()?;
        }
        (self.feed, self.err) = (None, None);
        let mut pause = SHORT;
        loop {
            self.look()?;
            if let Some((status, _)) = self.status
                && !self.has_survivors()
            {
                return Ok((status, self.why, std::mem::take(&mut self.said)));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(TICK);
        }
    }

    /// Waits for something to happen, a short time: feeds it, hears its stderr. Is there something on stdout?
    fn pump(&mut self) -> io::Result<bool> {
        let feed = self.feed.as_ref().map(|(pipe, ..)| pipe.as_fd());
        let pipes = [feed, self.out.as_ref().map(File::as_fd), self.err.as_ref().map(File::as_fd)];
        let [feed, out, err] = child::wait_ready(pipes, TICK)?;
        if feed {
            self.feed();
        }
        if err {
            self.hear()?;
        }
        match &mut self.status {
            Some((_, silent)) if out || err => *silent = world::moment(),
            // Between two bursts of words there is no need to look.
            _ if out || err || feed => {}
            _ => self.look()?,
        }
        if !matches!(self.phase, Phase::Running) || self.is_over_time() || stop::stopping() {
            self.look()?;
        }
        Ok(out)
    }

    fn feed(&mut self) {
        let Some((pipe, bytes, at)) = &mut self.feed else { return };
        let rest = &bytes[*at..];
        match pipe.write(&rest[..rest.len().min(child::PIPE_BYTES)]) {
            Ok(written) => *at += written,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A program may end before it has read everything; how it ended says more than the broken pipe.
            Err(_) => *at = bytes.len(),
        }
        if *at == bytes.len() {
            self.feed = None;
        }
    }

    fn hear(&mut self) -> io::Result<()> {
        let mut buffer = [0; 1 << 14];
        let read = self.err.as_mut().map_or(Ok(0), |pipe| pipe.read(&mut buffer));
        match read {
            Ok(0) => self.err = None,
            Ok(count) => self.said.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // What was said before a broken pipe is worth as much.
            Err(_) => self.err = None,
        }
        Ok(())
    }

    fn is_over_time(&self) -> bool {
        self.limit.is_some_and(|limit| self.start.elapsed() >= limit)
    }

    /// Nobody listens any more: it was killed, or it has ended and only what it left behind has the pipes.
    fn is_given_up(&self) -> bool {
        match (&self.phase, &self.status) {
            (Phase::Killed(since), _) => since.elapsed() >= TICK * 4,
            (_, Some((_, silent))) => silent.elapsed() >= SILENCE || self.is_over_time() || stop::stopping(),
            _ => false,
        }
    }

    /// Some of what it started goes on after it, though all of it was told to end.
    fn has_survivors(&self) -> bool {
        matches!(&self.phase, Phase::Told(_, told) if told.iter().any(Process::is_alive))
    }

    /// Has it ended? Is it time to end it?
    fn look(&mut self) -> io::Result<()> {
        let now = world::moment();
        if self.status.is_none() {
            self.status = self.child.try_wait()?.map(|status| (status, now));
        }
        match &self.phase {
            Phase::Running if stop::stopping() => self.phase = Phase::Grace(now),
            Phase::Running if self.status.is_none() && self.is_over_time() => self.tell(Ended::TimeOut),
            Phase::Grace(_) if stop::at_once() => self.kill(Ended::Stopped),
            Phase::Grace(since) if self.status.is_none() && since.elapsed() >= GRACE => self.tell(Ended::Stopped),
            Phase::Told(since, _) if stop::at_once() || since.elapsed() >= LAST_GRACE => {
                self.kill(self.why.unwrap_or(Ended::Stopped));
            }
            _ => {}
        }
        Ok(())
    }

    fn tell(&mut self, why: Ended) {
        let tree = descendants(self.child.id());
        self.send(Signal::Terminate);
        tree.iter().for_each(|process| child::send(process.id, Signal::Terminate));
        (self.why, self.phase) = (Some(why), Phase::Told(world::moment(), tree));
    }

    fn kill(&mut self, why: Ended) {
        let mut tree = descendants(self.child.id());
        if let Phase::Told(_, told) = &mut self.phase {
            tree.append(told);
        }
        self.send(Signal::Kill);
        tree.iter().filter(|process| process.is_alive()).for_each(|process| child::send(process.id, Signal::Kill));
        (self.why, self.phase) = (Some(why), Phase::Killed(world::moment()));
    }

    /// Only before it was waited for: after that its number may be another's.
    fn send(&self, signal: Signal) {
        if self.status.is_none() {
            child::send(self.child.id(), signal);
        }
    }
}

impl Read for Talk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.out.is_some() {
            if self.pump()? {
                match self.out.as_mut().map_or(Ok(0), |pipe| pipe.read(buffer)) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => return read,
                }
            } else if self.is_given_up() {
                self.out = None;
                if self.why.is_some() {
                    // What came is not all: nobody shall take it for that.
                    return Err(ErrorKind::TimedOut.into());
                }
            }
        }
        Ok(0)
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // After an error of ours nobody would wait for it.
        if self.status.is_none() && self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.kill(Ended::Stopped);
            let _ = self.child.wait();
        }
    }
}

/// A process that isn't our child: its number may be another's by the time that it is used.
struct Process {
    id: u32,
    /// Since when it runs, in the system's ticks.
    since: String,
}

impl Process {
    fn is_alive(&self) -> bool {
        stat(self.id).is_some_and(|stat| stat.since == self.since && !stat.is_dead)
    }
}

/// What the system says of a process.
struct Stat {
    above: u32,
    since: String,
    is_dead: bool,
}

fn stat(id: u32) -> Option<Stat> {
    // `123 (a name) with (brackets) S 1 …`: the state, the parent, and the start as the twentieth after the name.
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let is_dead = matches!(*fields.first()?, "Z" | "X");
    Some(Stat { above: fields.get(1)?.parse().ok()?, since: (*fields.get(19)?).to_owned(), is_dead })
}

/// What a process has started, and what that has started, as far as the system tells; not what has detached itself.
fn descendants(root: u32) -> Vec<Process> {
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let all: Vec<(u32, Stat)> = ids.filter_map(|id| Some((id, stat(id)?))).collect();
    let (mut parents, mut found) = (vec![root], Vec::new());
    while let Some(parent) = parents.pop() {
        for (id, stat) in all.iter().filter(|(_, stat)| stat.above == parent) {
            parents.push(*id);
            found.push(Process { id: *id, since: stat.since.clone() });
        }
    }
    found
}
