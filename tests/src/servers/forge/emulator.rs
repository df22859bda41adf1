//! The emulator that keeps what the forge remembers: users, repositories, releases, assets, pull requests.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::super::listen::Behind;
use super::super::proxy::Port;
use super::super::wire::{Reply, Request};
use super::super::{Folder, Server, find, npm};
use super::{Hosted, USERS};

/// The address that it believes to have; what it says is GitHub's own then.
pub(super) const API: &str = "https://api.github.com";

/// A running emulator.
pub(super) struct Emulator {
    server: Server,
}

impl Emulator {
    pub fn start(folder: &Folder, repositories: &[Hosted]) -> Self {
        let tokens: serde_json::Map<String, Value> = USERS
            .iter()
            .map(|user| (user.token.to_owned(), json!({ "login": user.login, "scopes": ["repo", "user"] })))
            .collect();
        let users: Vec<Value> = USERS
            .iter()
            .map(|user| json!({ "login": user.login, "email": format!("{}@example.org", user.login) }))
            .collect();
        let is_user = |login: &str| USERS.iter().any(|user| user.login == login);
        let mut owners: Vec<&str> = repositories.iter().filter_map(|repository| repository.parts().0.into()).collect();
        owners.sort_unstable();
        owners.dedup();
        let orgs: Vec<Value> =
            owners.into_iter().filter(|owner| !is_user(owner)).map(|owner| json!({ "login": owner })).collect();
        // Who may do what is for the forge to say: the emulator only knows whose a private repository is.
        let repos: Vec<Value> = repositories
            .iter()
            .map(|repository| json!({ "owner": repository.parts().0, "name": repository.parts().1, "auto_init": true }))
            .collect();
        let seed = folder.join("seed.json");
        let text = json!({ "tokens": tokens, "github": { "users": users, "orgs": orgs, "repos": repos } });
        fs::write(&seed, text.to_string()).unwrap();
        let node = find("node").expect("node is here");
        let program = npm("emulate").join("dist/index.js");
        let server = Server::start(&folder.join("log"), |port| {
            let mut command = Command::new(&node);
            command.arg(&program).args(["start", "--service", "github", "--base-url", API, "--seed"]).arg(&seed);
            command.args(["--port", &port.to_string()]).current_dir(folder.join(""));
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder.join(""));
            command
        });
        Self { server }
    }

    /// Passes a question on.
    pub fn pass(&self, request: &Request) -> Reply {
        Port(self.server.port).answer(request).expect("the emulator answers")
    }

    /// Asks in the name of somebody.
    pub fn ask(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.send(token, method, path, "application/json", body)
    }

    /// Sends bytes in the name of somebody.
    pub fn send(&self, token: &str, method: &str, target: &str, media_type: &str, body: Vec<u8>) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = [
            ("Host", "api.github.com".to_owned()),
            ("Authorization", format!("token {token}")),
            ("Content-Type", media_type.to_owned()),
            ("Content-Length", body.len().to_string()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
        self.pass(&Request { method: method.into(), path: path.into(), query: query.into(), headers, body })
    }

    /// Everything in a list, however many pages it has.
    pub fn all(&self, token: &str, path: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for page in 1.. {
            let separator = if path.contains('?') { '&' } else { '?' };
            let reply = self.ask(token, "GET", &format!("{path}{separator}per_page=100&page={page}"), None);
            assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
            let Value::Array(mut some) = reply.value() else { panic!("{path} is no list") };
            let last = some.len() < 100;
            all.append(&mut some);
            if last {
                break;
            }
        }
        all
    }
}
