//! What the forge remembers beside its emulator, and the way from a question to its answer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::super::Folder;
use super::super::wire::{Reply, Request, decode};
use super::bare::Bare;
use super::emulator::{API, Emulator};
use super::{ADMIN, APP, Hosted, Right, USERS, User};

/// A refusal is an answer too, and `?` gives it.
pub(super) type Outcome<T = Reply> = Result<T, Reply>;

/// A repository, and what was decided about its releases.
pub(super) struct Repository {
    pub name: String,
    pub bare: Bare,
    pub private: bool,
    pub immutable: bool,
    /// What a rule of the branch still misses, in GitHub's words: nothing is merged before.
    pub misses: Option<String>,
    /// Is a branch deleted when it is merged?
    pub deletes: bool,
    /// The release that somebody made the latest one.
    pub latest: Option<u64>,
    /// Those that nobody wanted to be it.
    pub not_latest: BTreeSet<u64>,
    pub frozen: BTreeSet<u64>,
    /// Tags of immutable releases that were deleted.
    pub burnt: BTreeSet<String>,
    /// The list of releases as it was before the last change, where lists come late.
    pub late: Option<Option<Vec<Value>>>,
    /// What is known of pull requests, by number.
    pub pulls: BTreeMap<u64, Pull>,
}

/// What the emulator doesn't know of a pull request.
#[derive(Clone, Default)]
pub(super) struct Pull {
    /// The commits of both sides when it was closed or merged.
    pub closed: Option<(String, String)>,
    pub merge_commit: Option<String>,
    /// Of which commits it was found out whether they can be merged.
    pub judged: Option<(String, String)>,
}

impl Repository {
    pub fn new(hosted: &Hosted) -> Self {
        Self {
            name: hosted.name.to_owned(),
            bare: Bare(Path::new(hosted.bare).to_owned()),
            private: hosted.private,
            immutable: false,
            misses: None,
            deletes: false,
            latest: None,
            not_latest: BTreeSet::new(),
            frozen: BTreeSet::new(),
            burnt: BTreeSet::new(),
            late: None,
            pulls: BTreeMap::new(),
        }
    }

    /// What the addresses in its answers begin with.
    pub fn url(&self) -> String {
        format!("{API}/repos/{}", self.name)
    }

    pub fn owner(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

pub(super) struct State {
    pub emulator: Emulator,
    repositories: Vec<Repository>,
    /// What assets hold; none for one that was uploaded by half.
    pub assets: BTreeMap<u64, Option<Vec<u8>>>,
    /// Makes the tags different that the emulator knows: GitHub has several drafts of one tag.
    pub count: u64,
    /// The moment at which merges happen; now unless a test says it.
    pub clock: Option<u64>,
    remaining: u32,
}

/// A question about a repository, understood.
pub(super) struct Asked<'a> {
    pub request: &'a Request,
    pub user: Option<&'static User>,
    pub repository: usize,
    /// What stands behind the repository's name, decoded.
    pub rest: Vec<String>,
    /// It came to the host that takes assets.
    pub uploads: bool,
}

impl Asked<'_> {
    pub fn token(&self) -> &'static str {
        self.user.map_or("", |user| user.token)
    }

    /// What the body says.
    pub fn body(&self) -> Outcome<Value> {
        let body = if self.request.body.is_empty() { b"{}" } else { &self.request.body[..] };
        let value = serde_json::from_slice(body).ok().filter(Value::is_object);
        value.ok_or_else(|| refuse(400, "Problems parsing JSON"))
    }
}

/// An answer with nothing but words.
pub(super) fn refuse(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }))
}

/// GitHub's way to say what is wrong with a value.
pub(super) fn invalid(resource: &str, field: &str, code: &str, message: Option<&str>) -> Reply {
    let mut error = json!({ "resource": resource, "code": code, "field": field });
    if let Some(message) = message {
        error["message"] = message.into();
    }
    let body = json!({ "message": "Validation Failed", "errors": [error],
        "documentation_url": "https://docs.github.com/rest" });
    Reply::json(422, &body)
}

pub(super) fn not_found() -> Reply {
    refuse(404, "Not Found")
}

impl State {
    pub fn new(emulator: Emulator, repositories: Vec<Repository>) -> Self {
        Self { emulator, repositories, assets: BTreeMap::new(), count: 0, clock: None, remaining: 5000 }
    }

    /// Begins anew, with the same repositories.
    pub fn restart(&mut self, folder: &Folder) {
        let hosted = self.repositories.iter().map(|known| Hosted {
            name: &known.name,
            bare: &known.bare.0,
            private: known.private,
        });
        let hosted: Vec<Hosted> = hosted.collect();
        let emulator = Emulator::start(folder, &hosted);
        let immutable = self.repositories.iter().map(|known| known.immutable);
        let repositories =
            hosted.iter().zip(immutable).map(|(hosted, immutable)| Repository { immutable, ..Repository::new(hosted) });
        *self = Self { clock: self.clock, ..Self::new(emulator, repositories.collect()) };
    }

    #[track_caller]
    pub fn repository_mut(&mut self, name: &str) -> &mut Repository {
        self.repositories.iter_mut().find(|known| known.name == name).expect("the forge has this repository")
    }

    pub fn repository(&self, asked: &Asked) -> &Repository {
        &self.repositories[asked.repository]
    }

    pub fn of(&mut self, asked: &Asked) -> &mut Repository {
        &mut self.repositories[asked.repository]
    }

    /// Every release, as `admin` sees them.
    #[track_caller]
    pub fn releases(&self, name: &str) -> Vec<Value> {
        let at = self.repositories.iter().position(|known| known.name == name).expect("the forge has this repository");
        self.all_releases(&self.repositories[at])
    }

    pub fn bytes(&self, asset: u64) -> Option<Vec<u8>> {
        self.assets.get(&asset).cloned().flatten()
    }

    pub fn answer(&mut self, request: &Request) -> Reply {
        let host = request.header("Host").unwrap_or_default().to_owned();
        let mut request = request.clone();
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Accept-Encoding"));
        // An enterprise's own GitHub has its interfaces below paths of one host.
        let enterprise = !(host.ends_with("github.com") || host.ends_with("githubusercontent.com"));
        let mut uploads = host == "uploads.github.com";
        for (prefix, is_uploads) in [("/api/v3", false), ("/api/uploads", true)] {
            if let Some(path) = request.path.strip_prefix(prefix).filter(|_| enterprise) {
                (request.path, uploads) = (path.to_owned(), is_uploads);
                break;
            }
        }
        let reply = if host == "objects.githubusercontent.com" {
            self.object(&request)
        } else {
            self.route(&request, uploads).unwrap_or_else(|refusal| refusal)
        };
        let reply = self.finish(reply);
        if enterprise { at_home(reply, &host) } else { reply }
    }

    fn finish(&mut self, mut reply: Reply) -> Reply {
        self.remaining -= 1;
        reply.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("x-ratelimit"));
        reply
            .with("X-RateLimit-Limit", "5000")
            .with("X-RateLimit-Remaining", self.remaining.to_string())
            .with("X-RateLimit-Reset", "4102444800")
            .with("X-GitHub-Media-Type", "github.v3; format=json")
    }

    fn route(&mut self, request: &Request, uploads: bool) -> Outcome {
        let user = user(request)?;
        let parts: Vec<String> = request.path.split('/').skip(1).map(decode).collect();
        let words: Vec<&str> = parts.iter().map(String::as_str).collect();
        match (request.method.as_str(), &words[..]) {
            ("GET", [""]) => Ok(Reply::json(200, &json!({ "current_user_url": format!("{API}/user") }))
                .with("X-OAuth-Scopes", "repo, read:org")),
            // Only what `gh auth status` asks.
            ("POST", ["graphql"]) => {
                let login = user.ok_or_else(|| refuse(401, "Requires authentication"))?.login;
                Ok(Reply::json(200, &json!({ "data": { "viewer": { "login": login } } })))
            }
            ("GET", ["installation", "repositories"]) if user.is_some_and(|user| user.token == APP) => {
                Ok(Reply::json(200, &json!({ "total_count": 0, "repositories": [] })))
            }
            ("GET", ["installation", "repositories"]) => Err(refuse(403, "You must authenticate with an installation")),
            (_, ["repos", owner, name, rest @ ..]) => {
                let rest: Vec<String> = rest.iter().map(|&word| word.to_owned()).collect();
                let asked = self.asked(request, user, &format!("{owner}/{name}"), rest, uploads)?;
                self.about_repository(&asked)
            }
            _ if uploads => Err(not_found()),
            (_, ["user", ..]) if user.is_none() => Err(refuse(401, "Requires authentication")),
            _ => Ok(self.pass(request)),
        }
    }

    fn asked<'a>(
        &self,
        request: &'a Request,
        user: Option<&'static User>,
        name: &str,
        rest: Vec<String>,
        uploads: bool,
    ) -> Outcome<Asked<'a>> {
        let at = self.repositories.iter().position(|known| known.name.eq_ignore_ascii_case(name));
        let repository = at.ok_or_else(not_found)?;
        let right = user.map_or(Right::None, |user| user.right);
        // What somebody may not see isn't there.
        let needs = match (&*request.method, self.repositories[repository].private) {
            ("GET" | "HEAD", false) => Right::None,
            ("GET" | "HEAD", true) => Right::Read,
            _ => Right::Write,
        };
        if request.method != "GET" && user.is_none() {
            return Err(refuse(401, "Requires authentication"));
        }
        if right < needs {
            return Err(not_found());
        }
        Ok(Asked { request, user, repository, rest, uploads })
    }

    fn about_repository(&mut self, asked: &Asked) -> Outcome {
        let words: Vec<&str> = asked.rest.iter().map(String::as_str).collect();
        let is_upload = matches!(words[..], ["releases", _, "assets"]) && asked.request.method == "POST";
        if asked.uploads != is_upload {
            return Err(not_found());
        }
        match words[..] {
            [] if asked.request.method == "GET" => Ok(self.get_repository(asked)),
            ["releases", ..] => self.about_releases(asked, &words[1..]),
            ["pulls", ref rest @ ..] => self.about_pulls(asked, rest),
            ["git" | "branches" | "tags" | "commits" | "compare", ..] => self.about_git(asked, &words),
            _ => Ok(self.pass(asked.request)),
        }
    }

    fn get_repository(&self, asked: &Asked) -> Reply {
        let mut value = self.pass(asked.request).value();
        let repository = self.repository(asked);
        value["private"] = repository.private.into();
        value["visibility"] = if repository.private { "private" } else { "public" }.into();
        value["default_branch"] = repository.bare.default_branch().into();
        if let Some(user) = asked.user {
            value["permissions"] = user.permissions();
        } else if let Some(object) = value.as_object_mut() {
            object.remove("permissions");
        }
        Reply::json(200, &value)
    }

    /// What the emulator says to it, with addresses of pages as GitHub has them.
    pub fn pass(&self, request: &Request) -> Reply {
        let mut reply = self.emulator.pass(request);
        if let Ok(mut value) = serde_json::from_slice::<Value>(&reply.body) {
            for_pages(&mut value);
            reply.body = value.to_string().into_bytes();
        }
        for (name, value) in &mut reply.headers {
            if name.eq_ignore_ascii_case("Link")
                && let Some(at) = value.find("://").and_then(|at| Some(at + 3 + value[at + 3..].find('/')?))
            {
                let host = value[1..at].to_owned();
                *value = value.replace(&host, API);
            }
        }
        reply
    }

    /// What becomes of a question of which only a half came.
    pub fn half(&mut self, request: &Request) {
        let host = request.header("Host").unwrap_or_default();
        let path = request.path.strip_prefix("/api/uploads").unwrap_or(&request.path);
        let parts: Vec<String> = path.split('/').skip(1).map(decode).collect();
        let words: Vec<&str> = parts.iter().map(String::as_str).collect();
        let ["repos", owner, name, "releases", id, "assets"] = words[..] else { return };
        let (Ok(user), false) = (user(request), request.method != "POST" || host.starts_with("api.")) else { return };
        let rest = vec!["releases".to_owned(), id.to_owned(), "assets".to_owned()];
        if let Ok(asked) = self.asked(request, user, &format!("{owner}/{name}"), rest, true) {
            let _ = self.upload(&asked, id, None);
        }
    }
}

/// Whose token it is; none without one.
fn user(request: &Request) -> Outcome<Option<&'static User>> {
    let Some(value) = request.header("Authorization") else { return Ok(None) };
    let token = value.split_once(' ').map_or("", |(_, token)| token.trim());
    let user = USERS.iter().find(|user| user.token == token);
    user.map(Some).ok_or_else(|| refuse(401, "Bad credentials"))
}

/// The token that may do everything, for the forge's own questions.
pub(super) const OWN: &str = ADMIN;

/// Pages that people look at are on another host.
pub(super) fn for_pages(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(for_pages),
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(text) if matches!(&**key, "html_url" | "diff_url" | "patch_url") => {
                        *text = text.replacen(API, "https://github.com", 1);
                    }
                    _ => for_pages(value),
                }
            }
        }
        _ => {}
    }
}

/// The same answer from an enterprise's own GitHub.
fn at_home(mut reply: Reply, host: &str) -> Reply {
    let own = |text: &str| {
        text.replace("https://uploads.github.com", &format!("https://{host}/api/uploads"))
            .replace(API, &format!("https://{host}/api/v3"))
            .replace("https://github.com", &format!("https://{host}"))
    };
    if reply.header("Content-Type").is_some_and(|value| value.contains("json")) {
        reply.body = own(&String::from_utf8_lossy(&reply.body)).into_bytes();
    }
    for (name, value) in &mut reply.headers {
        if name.eq_ignore_ascii_case("Link") {
            *value = own(value);
        }
    }
    reply
}

/// One page of a list, with the addresses of the others.
pub(super) fn page(asked: &Asked, all: &[Value]) -> Reply {
    let number = |name: &str, usual: usize| {
        asked.request.parameter(name).and_then(|value| value.parse().ok()).filter(|&value| value > 0).unwrap_or(usual)
    };
    let (size, page) = (number("per_page", 30).min(100), number("page", 1));
    let last = all.len().div_ceil(size).max(1);
    let others: Vec<String> =
        asked.request.query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    let link = |to: usize, relation: &str| {
        let kept = others.iter().filter(|pair| !pair.starts_with("page="));
        let pairs: Vec<String> = kept.cloned().chain([format!("page={to}")]).collect();
        format!("<{API}{}?{}>; rel=\"{relation}\"", asked.request.path, pairs.join("&"))
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(link(page - 1, "prev"));
    }
    if page < last {
        links.extend([link(page + 1, "next"), link(last, "last")]);
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    let some: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
    let reply = Reply::json(200, &Value::Array(some));
    if links.is_empty() { reply } else { reply.with("Link", links.join(", ")) }
}
