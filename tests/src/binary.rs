//! The tool itself, built in the profile of the program that asks, so that it is never an older one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};

/// The tool's program. It is built once in a process.
///
/// # Panics
/// Where it doesn't build: a test can't go on without it.
pub fn xtask() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| build().expect("the tool is built"))
}

/// The program that stands for a run of the tool in the races for claims.
pub fn releaser() -> Result<PathBuf> {
    beside("lockstep-tests", "releaser")
}

/// Builds the tool beside the running program, `target/PROFILE/` or `target/PROFILE/deps/`, and says where it is.
pub fn build() -> Result<PathBuf> {
    beside("xtask", "xtask")
}

fn beside(package: &str, name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let beside = own.parent().context("no folder beside this program")?;
    let folder = if beside.ends_with("deps") { beside.parent().unwrap_or(beside) } else { beside };
    let binary = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if let Some(target) = folder.parent() {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
        build.args(["build", "--quiet", "--package", package, "--bin", name]).current_dir(env!("CARGO_MANIFEST_DIR"));
        build.env("CARGO_TARGET_DIR", target);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        ensure!(build.status()?.success(), "`{name}` does not build");
    }
    ensure!(binary.is_file(), "no `{}`: build it with `cargo build --package {package}`", binary.display());
    Ok(binary)
}
