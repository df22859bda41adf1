//! Real servers on this machine: a registry, git over http, a docker engine with BuildKit, a forge, and wires that
//! break. Each listens on a free port of the loopback or on a socket, keeps what it holds in a folder of its own, and
//! ends with the test that started it, also when that is killed.

mod client;
mod engine;
mod fault;
mod forge;
mod http;
mod http_git;
mod hub;
mod image;
mod listen;
mod proxy;
mod reader;
mod registry;
mod wire;

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::sandbox::skip;
use crate::tour::repository;

pub use client::{Client, give_buildx};
pub use engine::Engine;
pub use fault::{Faults, Rule, Seen, Side, Trouble, WRITES};
pub use forge::{ADMIN, APP, Forge, Hosted, READER, STRANGER, WRITER, violations};
pub use http_git::{Fault, HttpGit};
pub use hub::Hub;
pub use image::Image;
pub use proxy::Proxy;
pub use reader::Reader;
pub use registry::{Registry, write_docker_config, write_logins};
pub use wire::{Reply, Request};

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// What it takes to build images, by the names in `scripts/tools`.
pub const BUILD: &[&str] = &[
    "docker",
    "dockerd",
    "buildx",
    "buildkitd",
    "buildctl",
    "runc",
    "busybox",
    "regctl",
    "docker-registry",
    "htpasswd",
    "setpriv",
];

/// Helm 3, as `scripts/tools` built it.
pub fn helm3() -> PathBuf {
    tools().join("helm3")
}

/// Helm 4, as `scripts/tools` built it.
pub fn helm4() -> PathBuf {
    tools().join("helm4")
}

fn tools() -> PathBuf {
    kept().join("bin")
}

/// Where `scripts/tools` puts what is no package of the system.
fn kept() -> PathBuf {
    let folder = std::env::var_os("LOCKSTEP_TOOLS").map_or_else(|| "target/tools".into(), PathBuf::from);
    repository().join(folder)
}

/// A program of a Python package, as `scripts/tools` installs it.
pub fn venv(name: &str) -> PathBuf {
    kept().join("venv/bin").join(name)
}

/// A package of npm, by its name in `scripts/tools`.
fn npm(name: &str) -> PathBuf {
    let package = if name == "octokit-openapi" { "@octokit/openapi" } else { name };
    kept().join("npm/node_modules").join(package)
}

/// Can a test have these programs, by their names in `scripts/tools`? If not it is skipped, with the command that
/// brings them.
pub fn ready(test: &str, names: &[&str]) -> bool {
    let missing = missing(names);
    if !missing.is_empty() {
        skip(test, &format!("no {} here: `scripts/tools {}`", missing.join(", "), missing.join(" ")));
    }
    missing.is_empty()
}

/// Those of these programs that aren't here, by their names in `scripts/tools`.
pub fn missing<'n>(names: &[&'n str]) -> Vec<&'n str> {
    names.iter().copied().filter(|name| !is_here(name)).collect()
}

fn is_here(name: &str) -> bool {
    // Programs are called by the command that they bring.
    let name = if name == "buildx" { "docker-buildx" } else { name };
    tools().join(name).is_file() || venv(name).is_file() || npm(name).is_dir() || find(name).is_some()
}

/// A program that `scripts/tools` built, or else one of this machine.
fn tool(name: &str) -> PathBuf {
    let ours = tools().join(name);
    if ours.is_file() { ours } else { find(name).unwrap_or_else(|| panic!("{name} is here")) }
}

/// Does this docker read images of OCI? Debian's 20.10 doesn't.
pub fn docker_reads_oci() -> bool {
    let version = run("docker", &["--version"]);
    let major = version.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 23)
}

/// A program of this machine. Servers lie where only root looks.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Runs a small program of the test's own to its end, well, and gives what it printed.
#[track_caller]
fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program} {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder that is nobody else's, gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A new one, empty.
    pub fn new(what: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("lockstep-{what}-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is, for somebody who takes it away in our stead.
    pub fn leave(self) -> PathBuf {
        std::mem::take(&mut std::mem::ManuallyDrop::new(self).0)
    }

    /// Where it is, or something in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What the program had started ends a moment after it.
        let begin = Instant::now();
        while fs::remove_dir_all(&self.0).is_err() && self.0.exists() && begin.elapsed() < Duration::from_secs(2) {
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A program that runs beside the test, killed when it is dropped.
pub(crate) struct Process {
    pid: u32,
    thread: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts a program with this environment and no other; what it says goes into `log`. None if it can't be started.
    pub fn start(log: &Path, command: &Command) -> Option<Self> {
        let (tell, hear) = mpsc::channel();
        let mut guarded = Command::new("setpriv");
        guarded.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
        guarded.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        guarded.current_dir(command.get_current_dir().unwrap_or_else(|| Path::new("/"))).stdin(Stdio::null());
        // At its end, wherever that is: a test may empty it.
        let output = fs::File::options().create(true).append(true).open(log).unwrap();
        guarded.stdout(output.try_clone().unwrap()).stderr(output);
        // The kernel's signal is for the end of the thread that started the program, so this one lives as long.
        let thread = thread::spawn(move || {
            let mut child = guarded.spawn().unwrap_or_else(|error| panic!("{guarded:?}: {error}"));
            tell.send(child.id()).unwrap();
            let _ = child.wait();
        });
        Some(Self { pid: hear.recv().ok()?, thread: Some(thread) })
    }

    fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = Command::new("kill").args(["-9", &self.pid.to_string()]).status();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A program that serves on a port, killed when it is dropped.
pub(crate) struct Server {
    /// Where it listens.
    pub port: u16,
    process: Process,
}

impl Server {
    /// Starts a program that listens on the port it is told, and waits until it does.
    ///
    /// # Panics
    /// If it ends, or listens nowhere for long: `log` says why.
    pub fn start(log: &Path, command: impl Fn(u16) -> Command) -> Self {
        // Between the look for a free port and its use another program may take it.
        for _ in 0..5 {
            let port = free_port();
            if let Some(process) = Process::start(log, &command(port))
                && let Some(server) = (Self { port, process }).listens()
            {
                return server;
            }
        }
        panic!("a server does not start:\n{}", fs::read_to_string(log).unwrap_or_default());
    }

    /// Waits until it listens; none if it ends instead.
    fn listens(self) -> Option<Self> {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE && !self.process.has_ended() {
            if TcpStream::connect_timeout(&address(self.port), Duration::from_secs(1)).is_ok() {
                // One that found its port taken is about to end.
                thread::sleep(Duration::from_millis(15));
                return (!self.process.has_ended()).then_some(self);
            }
            thread::sleep(Duration::from_millis(3));
        }
        None
    }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

fn free_port() -> u16 {
    TcpListener::bind(address(0)).and_then(|listener| listener.local_addr()).expect("a free port").port()
}
