//! Faults on purpose: the real tool is killed, or its system calls fail, and the world must come out whole.

pub mod claim_kill;
pub mod claim_race;
pub mod fuzz;
pub mod inject;
pub mod made;
pub mod mangle;
pub mod oracle;
pub mod race;
pub mod random;
pub mod release_kill;
pub mod share;
pub mod stage;
pub mod verdict;
pub mod wire;
pub mod world;

use std::process::Command;

/// Whether a program is there. If not, it says so on the real stderr, which no test harness catches; with `CI=true`
/// that is a failure.
pub fn has(program: &str, args: &[&str]) -> bool {
    if Command::new(program).args(args).output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    let why = format!("install the package `{program}`");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{program} is needed: {why}");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("skipped: {program}: {why}\n").as_bytes());
    false
}
