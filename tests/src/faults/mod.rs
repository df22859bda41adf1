//! Faults on purpose: the real tool is killed, or its system calls fail, and the world must come out whole.

pub mod inject;
pub mod random;
pub mod share;
pub mod verdict;
pub mod world;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The tool, built in the profile of this program.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(build)
}

fn build() -> PathBuf {
    let own = std::env::current_exe().expect("a program knows its file");
    let release = own.components().any(|part| part.as_os_str() == "release");
    let profile = if release { "release" } else { "debug" };
    let folder = own.ancestors().find(|folder| folder.ends_with(profile)).expect("cargo built this program");
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "xtask"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        build.args(release.then_some("--release"));
        assert!(build.status().is_ok_and(|status| status.success()), "the tool does not build");
    }
    let binary = folder.join("xtask");
    assert!(binary.is_file(), "no `{}`: build it with `cargo build --package xtask`", binary.display());
    binary
}

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
