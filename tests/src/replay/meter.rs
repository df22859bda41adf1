//! How long a program took, and how much memory it and what it started held.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// What one run took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// From start to end.
    pub seconds: f64,
    /// The most that the program itself held, in MiB.
    pub own: f64,
    /// The most that one program of its family held, in MiB: mapped packs of git count there.
    pub family: f64,
}

/// Runs a program to its end, at most so long.
pub fn run(command: &mut Command, most: Duration) -> Result<(Output, Cost)> {
    let start = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.with_context(|| format!("cannot run `{}`", command.get_program().display()))?;
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let (mut own, mut family) = (0.0, 0.0);
    let status = loop {
        own = held(&child).unwrap_or(own);
        if let Some((status, held)) = ended(&mut child)? {
            family = f64::max(family, held);
            break status;
        }
        if start.elapsed() > most {
            child.kill()?;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let seconds = start.elapsed().as_secs_f64();
    let join = |thread: std::thread::JoinHandle<Vec<u8>>| thread.join().unwrap_or_default();
    Ok((Output { status, stdout: join(stdout), stderr: join(stderr) }, Cost { seconds, own, family }))
}

fn drain(from: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            let _ = from.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// The program's own peak so far: the kernel counts what it starts apart from it.
fn held(child: &Child) -> Option<f64> {
    let said = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let peak = said.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
}

/// How a child ended, and the most that it or one of its own children held; none while it runs.
#[allow(unsafe_code, reason = "the standard library waits without the usage of resources")]
fn ended(child: &mut Child) -> Result<Option<(std::process::ExitStatus, f64)>> {
    let (mut status, pid) = (0, libc::pid_t::try_from(child.id())?);
    // SAFETY: `rusage` is plain numbers, for which zero is a value; both pointers live as long as the call.
    let (found, usage) = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::wait4(pid, &raw mut status, libc::WNOHANG, &raw mut usage), usage)
    };
    if found < 0 {
        return Err(std::io::Error::last_os_error()).context("cannot wait for the program");
    }
    let status = <std::process::ExitStatus as std::os::unix::process::ExitStatusExt>::from_raw(status);
    Ok((found == pid).then_some((status, usage.ru_maxrss as f64 / 1024.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_measured() {
        let mut shell = Command::new("sh");
        let (output, cost) = run(shell.args(["-c", "echo a; sleep 0.2; exit 3"]), Duration::from_secs(9)).unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), b"a\n".as_slice()));
        assert!(cost.seconds >= 0.2 && cost.own > 0.1 && cost.family >= cost.own, "{cost:?}");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let (output, _) = run(Command::new("sleep").arg("60"), Duration::from_millis(50)).unwrap();
        assert_eq!(output.status.code(), None);
    }
}
