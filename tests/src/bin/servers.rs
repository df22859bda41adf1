//! The servers of the tests for a script: an engine with BuildKit, a forge. They run until stdin ends, and leave nothing.
//!
//! `servers [--engine] [--forge OWNER/NAME=BARE GH_CONFIG_DIR]` prints a line for each, and `ready`:
//! `engine DOCKER_HOST` or `no engine: WHY`, `forge GH_CONFIG_DIR` or `no forge: WHY`.

use std::env;
use std::fs;
use std::io::{self, Read};
use std::panic::{UnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use lockstep_tests::servers::{Engine, Forge, Hosted, WRITER, missing};

const ENGINE: &[&str] = &["docker", "dockerd", "buildx", "buildkitd", "buildctl", "runc", "busybox", "setpriv"];
const FORGE: &[&str] = &["gh", "node", "emulate", "setpriv"];

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let mut words = words.iter().map(String::as_str);
    let (mut engine, mut forge) = (None, None);
    while let Some(word) = words.next() {
        match (word, words.len()) {
            ("--engine", _) => engine = start("engine", ENGINE, start_engine),
            ("--forge", 2..) => {
                let (hosted, folder) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                forge = start("forge", FORGE, || start_forge(hosted, Path::new(folder)));
            }
            _ => {
                eprintln!("usage: servers [--engine] [--forge OWNER/NAME=BARE GH_CONFIG_DIR]");
                return ExitCode::from(2);
            }
        }
    }
    println!("ready");
    let _ = io::stdin().read_to_end(&mut Vec::new());
    drop((engine, forge));
    ExitCode::SUCCESS
}

/// Starts one, and says where it is; or why there is none.
fn start<S>(what: &str, needs: &[&str], start: impl FnOnce() -> (S, String) + UnwindSafe) -> Option<S> {
    let missing = missing(needs);
    if !missing.is_empty() {
        println!("no {what}: scripts/tools {}", missing.join(" "));
        return None;
    }
    let started = catch_unwind(start);
    match &started {
        Ok((_, place)) => println!("{what} {place}"),
        Err(_) => println!("no {what}: it doesn't start"),
    }
    started.ok().map(|(server, _)| server)
}

fn start_engine() -> (Engine, String) {
    let engine = Engine::start();
    engine.with_buildkit();
    let host = engine.host();
    (engine, host)
}

/// With somebody logged in who may push, as `gh auth login` does it.
fn start_forge(hosted: &str, folder: &Path) -> (Forge, String) {
    let (name, bare) = hosted.split_once('=').expect("OWNER/NAME=BARE");
    let forge = Forge::start(&[Hosted::public(name, Path::new(bare))]);
    forge.configure(folder);
    let login = format!("github.com:\n    user: writer\n    oauth_token: {WRITER}\n    git_protocol: https\n");
    fs::write(folder.join("hosts.yml"), login).expect("the folder can be written");
    (forge, folder.display().to_string())
}
