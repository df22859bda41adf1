//! The world of an app with images (process B): its remote, two registries of which one wants a login, an engine with
//! BuildKit, a forge, somebody who releases, a colleague. The configuration is
//! `release-config/examples/app-with-images`, with the addresses of this world in it.

mod build;
mod end;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::Value;

use crate::history::{copy, push_file};
use crate::sandbox::{Ran, Sandbox};
use crate::servers::{ADMIN, BUILD, Client, Engine, Faults, Forge, Hosted, HttpGit, Proxy, Reader, Registry, WRITER};
pub use build::{IMAGES, Places, build, config};

/// Who may read and write the registry with a login.
pub const LOGIN: (&str, &str) = ("ada", "correct-horse");
/// Who may read and write the remote where it is reached over http.
pub const GIT_LOGIN: (&str, &str) = ("ada", "battery-staple");
/// The platforms of the images.
pub const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];
/// The moment of the release: noon of Wednesday, 2026-07-01.
pub const NOW: u64 = 1_782_907_200;
/// The repository on the forge.
pub const REPOSITORY: &str = "acme/app";

/// What a world is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting {
    /// The remote is reached over http, and wants a login, which git's credential helper has; else it is a file.
    pub http: bool,
    /// Final versions take over what was built for their last candidate.
    pub promote: bool,
    /// The registries are reached over wires that break when they are told to; see [`World::wires`].
    pub wires: bool,
    /// What is added to the configuration.
    pub more: &'static str,
}

/// The programs that a world needs, by their names in `scripts/tools`.
pub static NEEDS: LazyLock<Vec<&str>> =
    LazyLock::new(|| [BUILD, &["gh", "emulate", "octokit-openapi", "lighttpd", "python3"]].concat());

/// A world of its own.
pub struct World {
    /// The folders: `app` is the releaser's checkout, `../remotes` what is public.
    pub sandbox: Sandbox,
    /// The registry that wants a login.
    pub registry: Registry,
    /// The registry that everybody may write to.
    pub mirror: Registry,
    /// Where pull requests are merged and releases are shown.
    pub forge: Forge,
    client: Client,
    builder: String,
    http: Option<HttpGit>,
    proxies: Vec<Proxy>,
}

impl World {
    /// Version 1.3.0 is released; since then there is work on `main`.
    pub fn new(setting: Setting) -> Self {
        let mut sandbox = Sandbox::folder(&[]);
        sandbox.env("LOCKSTEP_NOW", NOW.to_string());
        let remotes = sandbox.root().join("remotes");
        fs::create_dir(&remotes).unwrap();
        let (registry, mirror) = (Registry::start(Some(LOGIN)), Registry::start(None));
        let hosts = [registry.host(), mirror.host()];
        let proxies: Vec<Proxy> = hosts.iter().filter(|_| setting.wires).map(|host| Proxy::start(host)).collect();
        let names: Vec<String> = if setting.wires { proxies.iter().map(Proxy::host).collect() } else { hosts.into() };
        let http = setting.http.then(|| HttpGit::start(&remotes, Some(GIT_LOGIN)));
        let url = http.as_ref().map_or_else(|| "../remotes/app.git".to_owned(), |http| http.url("app.git"));
        let client = Client::new(Engine::shared());
        let builder = client.free_name();
        let places = Places {
            app: &url,
            registries: [&names[0], &names[1]],
            builder: &builder,
            more: setting.more,
            promote: setting.promote,
            timeout: setting.wires.then_some("2m"),
        };
        build(sandbox.root(), &places);
        let forge = Forge::start(&[Hosted::public(REPOSITORY, &remotes.join("app.git"))]);
        sandbox.git_in("..", &["clone", "-q", "--template=", "remotes/app.git", "app"]);
        sandbox.git(&["remote", "set-url", "origin", &url]);
        if http.is_some() {
            let (user, password) = GIT_LOGIN;
            let script =
                format!("#!/bin/sh\n[ \"$1\" != get ] || printf 'username=%s\\npassword=%s\\n' {user} {password}\n");
            sandbox.put_program("git-credential-ada", &script);
            sandbox.git(&["config", "credential.helper", "ada"]);
        }
        for (name, value) in client.environment() {
            sandbox.env(name, value.to_string_lossy());
        }
        let world = Self { sandbox, registry, mirror, forge, client, builder, http, proxies };
        world.log_in();
        world.log_in_to_forge(WRITER);
        build::put_images([&world.registry, &world.mirror], &world.client);
        build::put_pages(&world.forge);
        // What is merged is a commit, and the same release makes the same one.
        world.forge.stop_clock(NOW);
        world.keep();
        world
    }

    /// Runs the tool in the releaser's checkout. What is another one in every world is hidden.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        self.hide(self.sandbox.run(args))
    }

    /// What was printed, the same in every world.
    pub fn hide(&self, ran: Ran) -> Ran {
        let hide = |text: &str| {
            let text = text.replace(&self.host(0), "[REGISTRY]").replace(&self.host(1), "[MIRROR]");
            let text = text.replace(&self.builder, "[BUILDER]");
            self.http.as_ref().map_or_else(|| text.clone(), |http| text.replace(&http.url(""), "[HTTP]/"))
        };
        Ran { code: ran.code, stdout: hide(&ran.stdout), stderr: hide(&ran.stderr) }
    }

    /// Both registries, the one with a login first.
    pub fn registries(&self) -> [&Registry; 2] {
        [&self.registry, &self.mirror]
    }

    /// Each image in each registry, by its whole name without a tag, with its registry.
    pub fn places(&self) -> Vec<(String, &'static str, &Registry)> {
        let place = |registry| IMAGES.map(|image| (format!("{}/{image}", Registry::host(registry)), image, registry));
        self.registries().into_iter().flat_map(place).collect()
    }

    /// A reader of the registries that shares nothing with the tool, nor with docker.
    pub fn reader(&self) -> Reader {
        Reader::new(&self.registries())
    }

    /// What a registry is called in the configuration: 0 is the one with a login.
    pub fn host(&self, number: usize) -> String {
        self.proxies.get(number).map_or_else(|| self.registries()[number].host(), Proxy::host)
    }

    /// Every wire that may break, by what is behind it.
    pub fn wires(&self) -> Vec<(&'static str, &Faults)> {
        let registries = ["registry", "mirror"].into_iter().zip(self.proxies.iter().map(Proxy::faults));
        let git = self.http.iter().map(|http| ("remote", http.faults()));
        std::iter::once(("forge", self.forge.faults())).chain(git).chain(registries).collect()
    }

    /// The name of the world's builder.
    pub fn builder(&self) -> &str {
        &self.builder
    }

    /// `docker` as the releaser has it.
    pub fn docker(&self, args: &[&str]) -> Ran {
        let mut docker = self.sandbox.command("docker", "");
        docker.args(args);
        self.sandbox.output(docker)
    }

    /// `gh` as the releaser has it, well; what it printed, as it is.
    #[track_caller]
    pub fn gh(&self, args: &[&str]) -> String {
        let output = self.sandbox.command("gh", "").args(args).output().unwrap();
        assert!(output.status.success(), "gh {args:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The remote as it lies on the disk.
    pub fn remote(&self) -> PathBuf {
        self.sandbox.root().join("remotes/app.git")
    }

    /// git in the remote, well; what it said without the end of its last line.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.sandbox.git_in(self.remote(), args).trim_end().to_owned()
    }

    /// A file of a branch or a tag of the remote, as it is.
    #[track_caller]
    pub fn show(&self, rev: &str, path: &str) -> String {
        self.sandbox.git_in(self.remote(), &["show", &format!("{rev}:{path}")])
    }

    /// The id that a reference of the remote has; none if it isn't there.
    pub fn find(&self, name: &str) -> Option<String> {
        Some(self.git(&["for-each-ref", "--format=%(objectname)", name])).filter(|id| !id.is_empty())
    }

    /// The release of a tag as everybody sees it on the forge; none if there is none, or a draft only.
    pub fn release(&self, tag: &str) -> Option<Value> {
        let found = self.forge.ask(ADMIN, "GET", &format!("/repos/{REPOSITORY}/releases/tags/{tag}"), None);
        (found.status == 200).then(|| found.value())
    }

    /// The pull requests, the oldest first.
    pub fn pulls(&self) -> Vec<Value> {
        let found = self.forge.ask(ADMIN, "GET", &format!("/repos/{REPOSITORY}/pulls?state=all&per_page=100"), None);
        let Value::Array(mut pulls) = found.value() else { panic!("no pull requests") };
        pulls.sort_by_key(|pull| pull["number"].as_u64());
        pulls
    }

    // ---- people ----

    /// Writes what a person writes about a version (B5), and commits it to its branch.
    #[track_caller]
    pub fn write_notes(&self, version: &str, text: &str) {
        let (branch, path) = (format!("release-{version}"), format!("docs/releases/{version}.md"));
        self.sandbox.write(&path, text);
        self.colleague_pushes(&branch, &format!("Say what {version} brings"), &path, text);
    }

    /// The releaser logs in to the registry, as `docker login` does it.
    pub fn log_in(&self) {
        let (user, password) = LOGIN;
        let hosts = [self.registry.host(), self.host(0)];
        let known = if self.proxies.is_empty() { &hosts[..1] } else { &hosts };
        let logins: Vec<_> = known.iter().map(|host| (&**host, user, password)).collect();
        self.client.log_in(&logins);
    }

    /// The folder that has the releaser's logins.
    pub fn docker_config(&self) -> PathBuf {
        self.client.config()
    }

    /// The login is gone.
    pub fn log_out(&self) {
        self.client.log_in(&[]);
    }

    /// The releaser logs in to the forge, as `gh auth login` does it.
    pub fn log_in_to_forge(&self, token: &str) {
        let folder = self.sandbox.root().join("home/.config/gh");
        self.forge.configure(&folder);
        let text = format!("github.com:\n    user: ada\n    oauth_token: {token}\n    git_protocol: https\n");
        fs::write(folder.join("hosts.yml"), text).unwrap();
    }

    /// A colleague pushes a commit with this file to a branch, which may be new.
    #[track_caller]
    pub fn colleague_pushes(&self, branch: &str, message: &str, path: &str, text: &str) {
        push_file(&self.remote(), (branch, NOW - 24 * 60 * 60), message, (path, text));
    }

    /// Another machine: it has no clones, and nothing of what this one remembers.
    pub fn forget(&self) {
        for folder in ["../home/.cache", ".git/lockstep"] {
            let _ = fs::remove_dir_all(self.sandbox.path(folder));
        }
    }

    /// The ledger is lost, too, which the team has on its remote.
    pub fn forget_ledger(&self) {
        self.forget();
        self.git(&["update-ref", "-d", "refs/heads/lockstep-ledger"]);
    }

    // ---- again and again ----

    /// Everything as it was in the beginning: the folders, the remote, the registries, the forge; the servers go on with
    /// it, and so does the builder.
    pub fn reset(&self) {
        let root = self.sandbox.root();
        for name in KEPT {
            fs::remove_dir_all(root.join(name)).unwrap();
        }
        copy(&root.join("kept"), root, KEPT);
        self.registry.restore(&root.join("kept/registry"));
        self.mirror.restore(&root.join("kept/mirror"));
        for (_, faults) in self.wires() {
            faults.set([]);
            faults.forget();
        }
        self.forge.restart();
        build::put_pages(&self.forge);
    }

    /// From now on a reset puts everything back to this moment.
    ///
    /// # Panics
    /// If the forge has more than in the beginning: that isn't kept.
    pub fn keep(&self) {
        assert!(self.pulls().is_empty() && self.forge.releases(REPOSITORY).len() == 2, "the forge has begun");
        let kept = self.sandbox.root().join("kept");
        let _ = fs::remove_dir_all(&kept);
        for folder in ["registry", "mirror"] {
            fs::create_dir_all(kept.join(folder)).unwrap();
        }
        copy(self.sandbox.root(), &kept, KEPT);
        self.registry.keep(&kept.join("registry"));
        self.mirror.keep(&kept.join("mirror"));
    }
}

/// What a reset puts back.
const KEPT: &[&str] = &["app", "remotes", "home", "tmp"];
