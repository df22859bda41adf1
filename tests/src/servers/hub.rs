//! A registry that hides what isn't there, as Docker Hub does: who may only read it gets one answer, `401`, for a
//! repository that isn't there yet and for one that is somebody else's. The first push through it makes one.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::address;
use super::fault::Faults;
use super::http::basic;
use super::listen::{Behind, Wire};
use super::proxy::Port;
use super::wire::{Reply, Request};

/// Stands in front of a registry without a login, and asks for one.
pub struct Hub {
    port: u16,
    door: Arc<Door>,
    _wire: Wire,
}

struct Door {
    own: u16,
    registry: Port,
    login: String,
    /// The repositories that a push has made.
    made: Mutex<BTreeSet<String>>,
    blind: AtomicBool,
}

impl Hub {
    /// In front of the registry at this host, for one user.
    pub fn start(host: &str, user: &str, password: &str) -> Self {
        let registry = host.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a host with a port");
        let listener = TcpListener::bind(address(0)).expect("a free port");
        let own = listener.local_addr().unwrap().port();
        let (made, blind) = (Mutex::default(), AtomicBool::new(false));
        let door = Arc::new(Door { own, registry: Port(registry), login: basic(user, password), made, blind });
        let wire = Wire::tcp(listener, door.clone(), Faults::default());
        Self { port: own, door, _wire: wire }
    }

    /// What to call the registry: `127.0.0.1:40124`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// From now on it shows nothing to anybody, though it takes what is pushed; or it does again.
    pub fn blind(&self, blind: bool) {
        self.door.blind.store(blind, Ordering::Relaxed);
    }
}

impl Behind for Door {
    fn answer(&self, request: &Request) -> Option<Reply> {
        if request.path == "/token" {
            return Some(self.token(request));
        }
        let name = name(&request.path);
        let token = request.header("Authorization").and_then(|value| value.strip_prefix("Bearer "));
        let Some(token) = token else { return Some(self.challenge(request, name, "")) };
        let may_push = name.is_some_and(|name| token.contains(&format!("repository:{name}:pull,push")));
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        if may_push || (reads && name.is_none_or(|name| self.shows(name))) {
            let reply = self.registry.answer(request)?;
            if request.method == "PUT" && request.path.contains("/manifests/") && reply.status == 201 {
                self.made().extend(name.map(str::to_owned));
            }
            return Some(reply);
        }
        Some(self.challenge(request, name, ",error=\"insufficient_scope\""))
    }

    fn half(&self, request: &Request) {
        self.registry.half(request);
    }
}

impl Door {
    fn made(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shows(&self, name: &str) -> bool {
        !self.blind.load(Ordering::Relaxed) && self.made().contains(name)
    }

    /// Everybody gets a token; what it is good for depends on who asks.
    fn token(&self, request: &Request) -> Reply {
        if request.method != "GET" {
            return Reply { status: 404, ..Reply::default() };
        }
        let scopes = request.parameters().into_iter().filter(|(name, _)| name == "scope").map(|(_, scope)| scope);
        let scopes: Vec<String> = match request.header("Authorization") {
            Some(login) if login == self.login => scopes.collect(),
            Some(_) => return Reply { status: 401, ..Reply::default() },
            None => Vec::new(),
        };
        let token = format!("for-{}", scopes.join(";").replace(' ', ";"));
        let body = serde_json::json!({ "token": token, "access_token": token }).to_string().into_bytes();
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Reply { status: 200, headers, body, length: None }
    }

    fn challenge(&self, request: &Request, name: Option<&str>, more: &str) -> Reply {
        let actions = if matches!(request.method.as_str(), "GET" | "HEAD") { "pull" } else { "pull,push" };
        let scope = name.map(|name| format!(",scope=\"repository:{name}:{actions}\"")).unwrap_or_default();
        let own = self.own;
        let value = format!("Bearer realm=\"http://127.0.0.1:{own}/token\",service=\"hub\"{scope}{more}");
        Reply { status: 401, headers: vec![("WWW-Authenticate".to_owned(), value)], ..Reply::default() }
    }
}

/// The repository that a path is about.
fn name(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/v2/")?;
    ["/manifests/", "/blobs/", "/tags/"].iter().find_map(|end| rest.find(end)).map(|end| &rest[..end])
}
