//! A docker engine of the test's own. It runs nothing here: it asks registries, as `docker login` wants.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::{Folder, Process, find};

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running engine.
pub struct Engine {
    // Ended first: what runs writes on.
    _process: Process,
    folder: Folder,
}

impl Engine {
    /// Starts one. It wants to be root: ask [`super::ready`] for `dockerd`, `docker` and `setpriv` before.
    pub fn start() -> Self {
        let folder = Folder::new("engine");
        // In a mount namespace of its own: what it mounts goes with it, however it ends.
        let mut command = Command::new("unshare");
        command.arg("--mount").arg(find("dockerd").expect("dockerd is here"));
        command.args(["--bridge", "none", "--iptables=false", "--storage-driver", "vfs", "--log-level", "error"]);
        let at = |option: &str, name: &str| format!("{option}={}", folder.join(name).display());
        command.arg(format!("--host=unix://{}", folder.join("docker.sock").display()));
        command.args([at("--data-root", "data"), at("--exec-root", "exec"), at("--pidfile", "pid")]);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let log = folder.join("log");
        let process = Process::start(&log, &command).expect("dockerd starts");
        let engine = Self { _process: process, folder };
        let begin = Instant::now();
        while !engine.answers() {
            assert!(begin.elapsed() < PATIENCE, "no engine:\n{}", std::fs::read_to_string(log).unwrap_or_default());
            thread::sleep(Duration::from_millis(20));
        }
        engine
    }

    /// What `DOCKER_HOST` must be.
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.join("docker.sock").display())
    }

    fn answers(&self) -> bool {
        let mut docker = Command::new("docker");
        docker.args(["--host", &self.host(), "version", "--format", "{{.Server.Version}}"]);
        Path::new(&self.folder.join("docker.sock")).exists()
            && docker.output().is_ok_and(|output| output.status.success())
    }
}
