//! Other tools that bump versions, where they are installed, with the calls that do the same work.

use std::path::{Path, PathBuf};

use super::timing::Call;

/// Another tool.
pub struct Peer {
    /// Its name, as people know it.
    pub name: &'static str,
    program: PathBuf,
}

const NAMES: [&str; 3] = ["cargo-release", "tbump", "bump-my-version"];

/// The tools that are in the folder of installed tools or on PATH.
pub fn installed(tools: &Path) -> Vec<Peer> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = vec![tools.join("bin"), tools.join("venv/bin")];
    folders.extend(std::env::split_paths(&path));
    let find = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file());
    NAMES.into_iter().filter_map(|name| Some(Peer { name, program: find(name)? })).collect()
}

impl Peer {
    /// What would it change? Writes nothing.
    pub fn dry_run(&self, folder: &Path, new: &str) -> Call {
        let program = self.program.to_string_lossy();
        match self.name {
            "cargo-release" => Call::new(folder, &[&program, "release", new, "--no-publish", "--no-push", "--no-tag"]),
            "tbump" => Call::new(folder, &[&program, new, "--dry-run", "--non-interactive", "--no-tag", "--no-push"]),
            _ => Call::new(folder, &[&program, "bump", "--dry-run", "--allow-dirty", "--new-version", new]),
        }
    }

    /// Changes the files, with as little else as the tool allows.
    pub fn bump(&self, folder: &Path, new: &str) -> Vec<Call> {
        let program = self.program.to_string_lossy();
        match self.name {
            "cargo-release" => vec![
                Call::new(folder, &[&program, "release", "version", new, "--execute", "--no-confirm"]),
                Call::new(folder, &[&program, "release", "replace", "--execute", "--no-confirm"]),
            ],
            "tbump" => vec![Call::new(folder, &[&program, new, "--only-patch", "--non-interactive"])],
            _ => vec![Call::new(folder, &[&program, "bump", "--allow-dirty", "--new-version", new])],
        }
    }
}
