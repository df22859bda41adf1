//! The system calls that the standard library has no words for. All `unsafe` code of the tool is here.
//!
//! A child dies with us: the kernel sends it SIGTERM when the thread that started it ends, however it ends. So a child
//! must not outlive its thread, and none does: [`super::Run`] waits where it starts. What a child has started itself gets no
//! such word; it keeps the lock that it inherited (see [`super::lock`]), and the next run names it.
//!
//! Only Linux has that call. On macOS the children of a killed run go on until their pipes break.
#![allow(unsafe_code, reason = "the only module that calls the system past the standard library")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicUsize, Ordering};
use std::time::Duration;

/// The most bytes that a pipe which is ready takes without making us wait.
pub(super) const PIPE_BYTES: usize = libc::PIPE_BUF;

/// What asks us to stop, with the names that people know.
pub(super) const SIGNALS: [(i32, &str); 3] =
    [(libc::SIGINT, "SIGINT"), (libc::SIGTERM, "SIGTERM"), (libc::SIGHUP, "SIGHUP")];

/// How long everything together may take from the first signal on. Children have ended, or been ended, before that.
const LAST_RESORT_SECONDS: u32 = 9;

/// A signal to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Please end.
    Terminate,
    /// End.
    Kill,
}

/// Sends a signal to a process that may have ended by now: then nothing happens.
pub(super) fn send(process: u32, signal: Signal) {
    let number = if signal == Signal::Kill { libc::SIGKILL } else { libc::SIGTERM };
    if let Some(process) = i32::try_from(process).ok().filter(|process| *process > 1) {
        // SAFETY: `kill` touches no memory. A positive number above 1 names exactly one process, never a group.
        unsafe { libc::kill(process, number) };
    }
}

/// Makes the program die with the thread that starts it.
#[cfg(target_os = "linux")]
pub(super) fn die_with_us(command: &mut Command) {
    // SAFETY: `getpid` has no preconditions.
    let parent = unsafe { libc::getpid() };
    let ask = move || {
        // SAFETY: both are system calls that touch no memory of ours; between `fork` and `exec` such calls are allowed.
        let (asked, above) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM), libc::getppid()) };
        match asked {
            0 if above == parent => Ok(()),
            // We ended before the kernel was asked.
            0 => Err(io::Error::from_raw_os_error(libc::ESRCH)),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: the closure allocates nothing and takes no lock.
    unsafe { command.pre_exec(ask) };
}

/// Only Linux tells a child that its parent has ended.
#[cfg(not(target_os = "linux"))]
pub(super) fn die_with_us(_command: &mut Command) {}

/// Waits until one of the pipes is ready, the first to be written to, the others to be read; or until the time is over,
/// or a signal comes. A pipe whose other end is closed is ready.
pub(super) fn wait_ready(pipes: [Option<BorrowedFd<'_>>; 3], patience: Duration) -> io::Result<[bool; 3]> {
    let mut wanted = libc::POLLOUT;
    let mut list = pipes.map(|pipe| {
        let events = std::mem::replace(&mut wanted, libc::POLLIN);
        libc::pollfd { fd: pipe.map_or(-1, |pipe| pipe.as_raw_fd()), events, revents: 0 }
    });
    let milliseconds = i32::try_from(patience.as_micros().div_ceil(1000)).unwrap_or(i32::MAX);
    // SAFETY: the pointer and the length are those of `list`, which lives until the call returns; `poll` skips -1.
    let ready = unsafe { libc::poll(list.as_mut_ptr(), list.len() as libc::nfds_t, milliseconds) };
    if ready < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok([false; 3]) } else { Err(error) };
    }
    Ok(list.map(|pipe| pipe.revents != 0))
}

// ---- being told to stop ----

/// The first signal that came.
static FIRST: AtomicI32 = AtomicI32::new(0);
/// How many came.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// How many parts of the program want to end by themselves.
static DEFERRED: AtomicUsize = AtomicUsize::new(0);
/// The words for each of [`SIGNALS`], should the program have to end inside the handler. Never freed.
static LAST_WORDS: [AtomicPtr<String>; 3] = [const { AtomicPtr::new(std::ptr::null_mut()) }; 3];

/// Number of the first signal, and how many came.
pub(super) fn signals() -> Option<(i32, usize)> {
    match FIRST.load(Ordering::SeqCst) {
        0 => None,
        first => Some((first, COUNT.load(Ordering::SeqCst).max(1))),
    }
}

/// From now on (`true`), or no longer (`false`), a signal doesn't end the program at once.
pub(super) fn defer(on: bool) {
    if on {
        DEFERRED.fetch_add(1, Ordering::SeqCst)
    } else {
        DEFERRED.fetch_sub(1, Ordering::SeqCst)
    };
}

/// What the handler says if it has to end the program; one text for each of [`SIGNALS`].
pub(super) fn set_last_words(words: [String; 3]) {
    for (slot, words) in LAST_WORDS.iter().zip(words) {
        // The old text stays where it is: a handler may be reading it.
        slot.store(Box::into_raw(Box::new(words)), Ordering::SeqCst);
    }
}

/// Listens to [`SIGNALS`] from now on; to those that are ignored already (`nohup`, a job in the background) it doesn't.
pub(super) fn listen() {
    static LISTENING: AtomicBool = AtomicBool::new(false);
    if LISTENING.swap(true, Ordering::SeqCst) {
        return;
    }
    for signal in SIGNALS.map(|(number, _)| number).into_iter().chain([libc::SIGALRM]) {
        // SAFETY: `old` and `new` are valid for the calls. Zeroes are a valid `sigaction`: the default action, no flags,
        // an empty mask. The handler calls nothing but what may be called in one.
        unsafe {
            let mut old: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, std::ptr::null(), &mut old) == 0 && old.sa_sigaction == libc::SIG_IGN {
                continue;
            }
            let mut new: libc::sigaction = std::mem::zeroed();
            new.sa_sigaction = on_signal as *const () as libc::sighandler_t;
            new.sa_flags = libc::SA_RESTART;
            libc::sigaction(signal, &new, std::ptr::null_mut());
        }
    }
}

/// Runs in the middle of anything: it touches atomics and makes the few system calls that are allowed here.
extern "C" fn on_signal(signal: libc::c_int) {
    let alarm = signal == libc::SIGALRM;
    if !alarm {
        let _ = FIRST.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst);
    }
    let count = if alarm { 0 } else { COUNT.fetch_add(1, Ordering::SeqCst) + 1 };
    if alarm || DEFERRED.load(Ordering::SeqCst) == 0 {
        end_here();
    }
    // Whoever defers ends by itself, sooner than this. A second signal wants it at once.
    // SAFETY: `alarm` touches no memory, leaves `errno` alone and may be called in a handler.
    unsafe { libc::alarm(if count == 1 { LAST_RESORT_SECONDS } else { 1 }) };
}

/// Ends the program from inside the handler, with the words that were laid out for it.
fn end_here() -> ! {
    let first = FIRST.load(Ordering::SeqCst);
    let at = SIGNALS.iter().position(|(number, _)| *number == first).unwrap_or_default();
    let words = LAST_WORDS[at].load(Ordering::SeqCst);
    // SAFETY: the pointer is null or that of a text that is never freed nor changed; `write` and `_exit` may be called in
    // a handler.
    unsafe {
        if let Some(words) = words.as_ref() {
            libc::write(libc::STDERR_FILENO, words.as_ptr().cast(), words.len());
        }
        libc::_exit(crate::error::Exit::Tool as i32)
    }
}
