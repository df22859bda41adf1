//! A GitHub for tests. gh speaks with it through a socket of this machine; what it remembers is kept by an emulator, and
//! what the emulator does otherwise than GitHub is done here: real merges in the real bare repositories, drafts, assets
//! with digests, immutable releases, who may do what.

mod assets;
mod bare;
mod emulator;
mod gitdata;
mod pulls;
mod releases;
mod schema;
mod state;

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::Folder;
use super::fault::Faults;
use super::listen::{Behind, Wire};
use super::wire::{Reply, Request};
use emulator::Emulator;
use state::{Repository, State};

pub use schema::violations;

/// A repository that the forge has.
#[derive(Clone, Copy)]
pub struct Hosted<'a> {
    /// `acme/app`
    pub name: &'a str,
    /// Where it is pushed to.
    pub bare: &'a Path,
    /// Is it there only for those who may read it?
    pub private: bool,
}

impl<'a> Hosted<'a> {
    /// One that everybody may read.
    pub fn public(name: &'a str, bare: &'a Path) -> Self {
        Self { name, bare, private: false }
    }

    fn parts(&self) -> (&'a str, &'a str) {
        self.name.split_once('/').expect("owner/name")
    }
}

/// What somebody may do with every repository.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Right {
    /// Only what everybody may.
    None,
    Read,
    Write,
    Admin,
}

struct User {
    login: &'static str,
    token: &'static str,
    right: Right,
}

/// The token of `admin`, who may do everything.
pub const ADMIN: &str = "test_token_admin";
/// The token of `writer`, who may push.
pub const WRITER: &str = "test_token_writer";
/// The token of `reader`, who may read private repositories too.
pub const READER: &str = "test_token_reader";
/// The token of `stranger`, who may read public repositories.
pub const STRANGER: &str = "test_token_stranger";

/// The token of an app, as a workflow has it: it may push, and a repository says that it may nothing.
pub const APP: &str = "test_token_app";

const USERS: &[User] = &[
    User { login: "app", token: APP, right: Right::Write },
    User { login: "admin", token: ADMIN, right: Right::Admin },
    User { login: "writer", token: WRITER, right: Right::Write },
    User { login: "reader", token: READER, right: Right::Read },
    User { login: "stranger", token: STRANGER, right: Right::None },
];

impl User {
    /// What a repository says that they may. Apps have no place in it, and hear that they may nothing.
    fn permissions(&self) -> Value {
        let may = |right| self.token != APP && self.right >= right;
        json!({ "admin": may(Right::Admin), "maintain": may(Right::Admin), "push": may(Right::Write),
            "triage": may(Right::Write), "pull": self.token != APP })
    }
}

/// A running forge.
pub struct Forge {
    // Ended first: nobody asks any more.
    _wire: Wire,
    faults: Faults,
    door: Arc<Door>,
    folder: Folder,
}

/// One question at a time.
struct Door(Mutex<State>);

impl Forge {
    /// Starts one that has these repositories.
    ///
    /// # Panics
    /// If it can't be had: ask [`super::ready`] for `gh`, `emulate`, `octokit-openapi` and `setpriv` before.
    pub fn start(repositories: &[Hosted]) -> Self {
        let folder = Folder::new("forge");
        let emulator = Emulator::start(&folder, repositories);
        let repositories = repositories.iter().map(|hosted| Repository::new(hosted)).collect();
        let door = Arc::new(Door(Mutex::new(State::new(emulator, repositories))));
        let faults = Faults::default();
        let listener = UnixListener::bind(folder.join("gh.sock")).expect("a socket");
        let wire = Wire::unix(listener, Arc::clone(&door), faults.clone());
        Self { _wire: wire, faults, door, folder }
    }

    /// The socket that gh is to be told of.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("gh.sock")
    }

    /// Makes a folder that may become `GH_CONFIG_DIR`. The token comes by `GH_TOKEN`.
    pub fn configure(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        let text = format!("git_protocol: https\nprompt: disabled\nhttp_unix_socket: {}\n", self.socket().display());
        fs::write(folder.join("config.yml"), text).unwrap();
    }

    /// What goes wrong on the way, and what was asked.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Asks by hand, as somebody does in a browser: past every fault, and not recorded.
    pub fn ask(&self, token: &str, method: &str, target: &str, body: Option<&Value>) -> Reply {
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(token, method, "api.github.com", target, body)
    }

    /// Puts an asset to a release by hand.
    pub fn upload(&self, token: &str, repository: &str, release: u64, name: &str, bytes: &[u8]) -> Reply {
        let name = super::wire::encode(name);
        let target = format!("/repos/{repository}/releases/{release}/assets?name={name}");
        self.send(token, "POST", "uploads.github.com", &target, bytes.to_vec())
    }

    fn send(&self, token: &str, method: &str, host: &str, target: &str, body: Vec<u8>) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [
            ("Host", host.to_owned()),
            ("Authorization", format!("token {token}")),
            ("Content-Length", body.len().to_string()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let request = Request { method: method.into(), path: path.into(), query: query.into(), headers, body };
        self.door.answer(&request).expect("the forge answers")
    }

    /// Every release of a repository, drafts too, youngest first.
    pub fn releases(&self, repository: &str) -> Vec<Value> {
        self.state(|state| state.releases(repository))
    }

    /// What an asset of the releases and drafts of a tag holds; none where it isn't, or was uploaded only by half.
    pub fn asset(&self, repository: &str, tag: &str, name: &str) -> Option<Vec<u8>> {
        self.state(|state| {
            let releases = state.releases(repository);
            let releases = releases.iter().filter(|release| release["tag_name"] == tag);
            let mut assets = releases.flat_map(|release| release["assets"].as_array().into_iter().flatten());
            let asset = assets.find(|asset| asset["name"] == name)?;
            state.bytes(asset["id"].as_u64()?)
        })
    }

    /// From now on a release that is published is immutable.
    pub fn make_immutable(&self, repository: &str) {
        self.state(|state| state.repository_mut(repository).immutable = true);
    }

    /// From now on each change of a release is listed only by the second list after it.
    pub fn list_late(&self, repository: &str) {
        self.state(|state| state.repository_mut(repository).late = Some(None));
    }

    /// From now on a rule of the repository's branches refuses each merge with these words; none: it is kept.
    pub fn refuse_merges(&self, repository: &str, words: Option<&str>) {
        self.state(|state| state.repository_mut(repository).misses = words.map(str::to_owned));
    }

    /// From now on a branch is deleted when it is merged.
    pub fn delete_merged_branches(&self, repository: &str) {
        self.state(|state| state.repository_mut(repository).deletes = true);
    }

    /// From now on merges happen at this moment, in seconds since 1970: the same merge is the same commit.
    pub fn stop_clock(&self, seconds: u64) {
        self.state(|state| state.clock = Some(seconds));
    }

    /// Forgets everything but the bare repositories and its settings: releases, pull requests, what was asked.
    pub fn restart(&self) {
        self.state(|state| state.restart(&self.folder));
        self.faults.set([]);
        self.faults.forget();
    }

    /// What was asked otherwise than GitHub's own description of its interface allows.
    pub fn violations(&self) -> Vec<String> {
        violations(&self.faults.seen())
    }

    fn state<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.door.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Behind for Door {
    fn answer(&self, request: &Request) -> Option<Reply> {
        Some(self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).answer(request))
    }

    fn half(&self, request: &Request) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).half(request);
    }
}
