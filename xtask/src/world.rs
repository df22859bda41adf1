//! The only reader of what is around the program: environment, current folder, clock, terminal, processors.
//!
//! Everything else is a function of its arguments, and two runs with the same arguments do the same.
#![allow(clippy::disallowed_methods, reason = "this is the one place that may ask")]

use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Result;

use crate::error::Failure;
use crate::moment::date_of;
use crate::version::Date;

/// The day that counts as today, as `YYYY-MM-DD`: for tests, and for a release that is prepared for a date.
///
/// `SOURCE_DATE_EPOCH` is deliberately not read: Nix and Debian set it in every shell, to 1980 or to the date of the
/// last release, and a calendar version or the end of an `[[allow]]` would silently follow it.
pub const TODAY: &str = "LOCKSTEP_TODAY";

/// The second that counts as now, since 1970 in UTC: for tests, and for a release that is prepared for a moment.
pub const NOW: &str = "LOCKSTEP_NOW";

/// The variable that names the folder for what can be made again.
pub const CACHE: &str = "LOCKSTEP_CACHE";

/// A variable of the environment. An unset, an empty and a non-Unicode one are the same: none.
pub fn var(name: &str) -> Option<String> {
    var_os(name).and_then(|value| value.into_string().ok())
}

/// A variable of the environment that holds a path, in whatever bytes.
pub fn var_path(name: &str) -> Option<PathBuf> {
    var_os(name).map(PathBuf::from)
}

fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The folder in which the command was started. An error if it has been deleted since.
pub fn current_dir() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| {
        Failure::usage(format!("cannot tell the current folder: {error}"))
            .hint("change into the project and run again")
            .into()
    })
}

/// Every variable of the environment whose name and value are Unicode.
pub fn vars() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Seconds since 1970, UTC: [`NOW`] if it is set, else the clock's.
pub fn now() -> u64 {
    var(NOW).and_then(|text| text.parse().ok()).unwrap_or_else(|| since_epoch().as_secs())
}

/// An error if [`NOW`] is set to what is no number of seconds.
pub fn expect_sound() -> Result<()> {
    match var(NOW) {
        Some(text) if text.parse::<u64>().is_err() => {
            Err(Failure::usage(format!("`{NOW}` is `{text}`, which is not a number of seconds"))
                .hint("write it as `date +%s` does, or unset it")
                .into())
        }
        _ => Ok(()),
    }
}

/// A moment of the clock that never goes back: only the time between two of them means anything.
pub fn moment() -> Instant {
    Instant::now()
}

/// The name of this machine; empty where it has none.
pub fn host() -> String {
    let file = |path| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let names = ["/proc/sys/kernel/hostname", "/etc/hostname"].map(file).into_iter();
    names.chain(var("HOSTNAME")).find(|name| !name.is_empty()).unwrap_or_default()
}

/// The number of this process.
pub fn process_id() -> u32 {
    std::process::id()
}

/// Does GitHub Actions read what is printed, and take some of it for commands?
pub fn is_github() -> bool {
    var("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// A word that nobody can guess: 32 hexadecimal digits.
pub fn secret_word() -> String {
    // Each has keys of the system's own random numbers.
    let random = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random() ^ nonce())
}

/// Where the tool keeps what can be made again: [`CACHE`], else `lockstep` in `XDG_CACHE_HOME` or `~/.cache`.
/// An error where none of them says it.
pub fn cache_dir() -> Result<PathBuf> {
    // A relative one would be another folder for each command: the standard says to ignore it.
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    if let Some(path) = var_path(CACHE) {
        return Ok(current_dir()?.join(path));
    }
    let base = var_path("XDG_CACHE_HOME").and_then(absolute);
    let base = base.or_else(|| var_path("HOME").and_then(absolute).map(|home| home.join(".cache")));
    base.map(|base| base.join("lockstep")).ok_or_else(|| {
        Failure::usage("there is no place for the tool's own clones: `HOME` is not set")
            .hint("set `LOCKSTEP_CACHE` to a folder that is kept")
            .into()
    })
}

/// Year, month and day, in UTC: of [`TODAY`] if it is set, else of [`now`]. An error if [`TODAY`] is no date.
pub fn today() -> Result<(u32, u32, u32)> {
    let Some(text) = var(TODAY) else { return Ok(date_of(now())) };
    parse_date(&text).ok_or_else(|| {
        Failure::usage(format!("`{TODAY}` is `{text}`, which is not a date"))
            .hint("write it as `2026-01-31`, or unset it")
            .into()
    })
}

/// A number that is not given twice on this machine: part of the names of temporary files.
pub fn nonce() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let now = since_epoch();
    let nanoseconds = now.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(now.subsec_nanos()));
    nanoseconds.rotate_left(16) ^ u64::from(std::process::id()) ^ CALLS.fetch_add(1, Ordering::Relaxed).rotate_right(16)
}

/// How many threads are worth starting; at least one. It looks at files each time: ask once.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The command line, the program's name first.
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The file of the program that runs.
pub fn current_exe() -> Result<PathBuf> {
    Ok(std::env::current_exe()?)
}

/// What tells this build of the program from another one: the size and the time of its file.
pub fn build() -> String {
    let meta = current_exe().and_then(|file| Ok(file.metadata()?));
    meta.map_or_else(|_| String::new(), |meta| format!("{} {}.{:09}", meta.len(), meta.mtime(), meta.mtime_nsec()))
}

/// Do stdout and stderr want colour? A terminal does, unless `NO_COLOR` or a dumb one says otherwise.
pub fn wants_colour() -> (bool, bool) {
    let plain = var("NO_COLOR").is_some() || var("TERM").is_some_and(|term| term == "dumb");
    (!plain && is_terminal_stdout(), !plain && is_terminal_stderr())
}

/// The number of this process.
pub fn process() -> u32 {
    std::process::id()
}

/// Where this user keeps what lasts for a moment: gone after a restart at the latest, where the system has such a folder.
pub fn moment_folder() -> PathBuf {
    var_path("XDG_RUNTIME_DIR").filter(|folder| folder.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Whether a person can answer.
pub fn is_terminal_stdin() -> bool {
    std::io::stdin().is_terminal()
}

/// A line that a person types; empty at the end of input.
pub fn read_line() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line)
}

/// Whether a person reads stdout.
pub fn is_terminal_stdout() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether a person reads stderr.
pub fn is_terminal_stderr() -> bool {
    std::io::stderr().is_terminal()
}

fn since_epoch() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn parse_date(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('-');
    let mut next = |width: usize| {
        parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month, day) = (next(4)?.parse().ok()?, next(2)?.parse().ok()?, next(2)?.parse().ok()?);
    let is_one = parts.next().is_none() && Date::new(year, month, day).is_some();
    is_one.then_some((year.into(), month.into(), day.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        assert_eq!(parse_date("2000-02-29"), Some((2000, 2, 29)));
        assert_eq!(parse_date("2026-12-31"), Some((2026, 12, 31)));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "2026", "2026-13-01", "2026-02-29", "2026-2-01", "2026-02-01-", "+026-02-01", "2026-02-00"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}
