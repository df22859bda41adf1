//! The world of the weekly app (process A): two repositories with their remotes, a registry with a login, pages with
//! the charts of the last weeks, somebody who releases, colleagues, and a CI that builds images. The configuration is
//! `release-config/examples/weekly-app-with-chart`, with the addresses of this world in it.

mod build;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::history::{copy, push_file};
use crate::sandbox::{Ran, Sandbox};
use crate::servers::{HttpGit, Registry, helm3, helm4};
pub use build::{PAGES, Places, build, config};

/// Who may read and write the registry.
pub const LOGIN: (&str, &str) = ("ada", "correct-horse");
/// The platforms of the app's image.
pub const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];
/// The moment of the release: noon of Wednesday, 2026-07-01.
pub const NOW: u64 = 1_782_907_200;
/// What a world is made of.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The remotes are reached over http; else they are files.
    pub http: bool,
    /// Which Helm is on the path: 3 or 4.
    pub helm: u8,
    /// How long an image is waited for.
    pub wait: &'static str,
}

impl Default for Setting {
    fn default() -> Self {
        Self { http: false, helm: 3, wait: "0s" }
    }
}

/// The programs that a world needs, by their names in `scripts/tools`.
pub const NEEDS: &[&str] = &["docker-registry", "htpasswd", "setpriv", "docker", "helm3", "helm4", "lighttpd"];

/// A world of its own.
pub struct World {
    /// The folders: `app` is the releaser's checkout, `../charts` their checkout of the charts, `../remotes` what is
    /// public.
    pub sandbox: Sandbox,
    /// Where the images are.
    pub registry: Registry,
    http: Option<HttpGit>,
}

impl World {
    /// Version 1.26.0 was released last Wednesday, chart 0.4.2 with it; since then there is work on `main`.
    pub fn new(setting: Setting) -> Self {
        let mut sandbox = Sandbox::folder(&[]);
        sandbox.env("LOCKSTEP_NOW", NOW.to_string());
        let remotes = sandbox.root().join("remotes");
        fs::create_dir(&remotes).unwrap();
        let registry = Registry::start(Some(LOGIN));
        let http = setting.http.then(|| HttpGit::start(&remotes, None));
        let url = |name: &str| http.as_ref().map_or_else(|| format!("../remotes/{name}"), |http| http.url(name));
        let (app, charts) = (url("app.git"), url("charts.git"));
        let places = Places { app: &app, charts: &charts, registry: &registry.host(), wait: setting.wait };
        let helm = if setting.helm == 4 { helm4() } else { helm3() };
        std::os::unix::fs::symlink(&helm, sandbox.root().join("bin/helm")).unwrap();
        build(sandbox.root(), &places, &helm);
        for (name, url) in [("app", &app), ("charts", &charts)] {
            let branch = if name == "app" { "main" } else { "master" };
            let place = format!("../{name}");
            sandbox.git_in("..", &["clone", "-q", "--template=", "-b", branch, &format!("remotes/{name}.git"), name]);
            sandbox.git_in(&place, &["remote", "set-url", "origin", url]);
        }
        let world = Self { sandbox, registry, http };
        world.registry.put_image("acme/app", "release-1.25.0", PLATFORMS);
        world.registry.put_image("acme/app", "release-1.26.0", PLATFORMS);
        world.log_in();
        world.keep();
        world
    }

    /// Runs the tool in the releaser's checkout. The registry's port is hidden.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        self.hide(self.sandbox.run(args))
    }

    /// What was printed, the same in every world.
    pub fn hide(&self, ran: Ran) -> Ran {
        let hide = |text: &str| {
            let text = text.replace(&self.registry.host(), "[REGISTRY]");
            self.http.as_ref().map_or_else(|| text.clone(), |http| text.replace(&http.url(""), "[HTTP]/"))
        };
        Ran { code: ran.code, stdout: hide(&ran.stdout), stderr: hide(&ran.stderr) }
    }

    /// The server of the remotes, if they are reached over http.
    pub fn http(&self) -> Option<&HttpGit> {
        self.http.as_ref()
    }

    /// A remote as it lies on the disk: `app` or `charts`.
    pub fn remote(&self, name: &str) -> PathBuf {
        self.sandbox.root().join("remotes").join(format!("{name}.git"))
    }

    /// git in a remote, well.
    #[track_caller]
    pub fn git(&self, remote: &str, args: &[&str]) -> String {
        self.sandbox.git_in(self.remote(remote), args)
    }

    /// A file of a remote's branch or tag, as it is.
    #[track_caller]
    pub fn show(&self, remote: &str, rev: &str, path: &str) -> String {
        self.git(remote, &["show", &format!("{rev}:{path}")])
    }

    /// The id that a reference of a remote has; none if it isn't there.
    pub fn find(&self, remote: &str, name: &str) -> Option<String> {
        let id = self.git(remote, &["for-each-ref", "--format=%(objectname)", name]);
        Some(id.trim().to_owned()).filter(|id| !id.is_empty())
    }

    // ---- people and machines ----

    /// Writes what a person writes about a version (A4).
    pub fn write_notes(&self, version: &str, text: &str) {
        self.sandbox.write(format!("release-config/notes/{version}.md"), text);
    }

    /// The CI builds an image once a version's tag is there (between A6 and A7).
    ///
    /// # Panics
    /// If there is no such tag: nothing else would make it build.
    pub fn ci_builds_image(&self, version: &str) {
        let tag = format!("refs/tags/{version}");
        assert!(self.find("app", &tag).is_some(), "nobody pushed the tag {version}");
        self.registry.put_image("acme/app", &format!("release-{version}"), PLATFORMS);
    }

    /// The releaser logs in to the registry, as `docker login` does it.
    pub fn log_in(&self) {
        self.registry.docker_config(&self.sandbox.root().join("home/.docker"));
    }

    /// The login is gone.
    pub fn log_out(&self) {
        fs::remove_dir_all(self.sandbox.root().join("home/.docker")).unwrap();
    }

    /// A colleague pushes a commit with this file to a branch of a remote, which may be new.
    #[track_caller]
    pub fn colleague_pushes(&self, remote: &str, branch: &str, message: &str, path: &str, text: &str) {
        push_file(&self.remote(remote), (branch, NOW - 24 * 60 * 60), message, (path, text));
    }

    /// What was deployed to production, in order: the argument, the target, and what the files said.
    pub fn deployed(&self) -> Vec<String> {
        let log = fs::read_to_string(self.sandbox.root().join("home/production")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    // ---- the end of it ----

    /// Everything that matters in the end: all references of all remotes with their ids, the index of the pages, what
    /// each tag of the registry stands for and how often it was moved, what was deployed.
    ///
    /// A chart's manifest in a registry bears the moment of its push: it is its layers and its configuration that count.
    pub fn state(&self) -> BTreeMap<String, String> {
        let mut state = BTreeMap::new();
        for remote in ["app", "charts"] {
            for line in self.git(remote, &["for-each-ref", "--format=%(refname) %(objectname)"]).lines() {
                let (name, id) = line.split_once(' ').unwrap();
                state.insert(format!("{remote} {name}"), id.to_owned());
            }
        }
        state.insert("index.yaml".to_owned(), self.show("charts", "gh-pages", "index.yaml"));
        for name in ["acme/app", "charts/acme"] {
            for tag in self.registry.tags(name) {
                let about = format!(
                    "{:?}, pushed {} times",
                    self.registry.content(name, &tag),
                    self.registry.pushes(name, &tag)
                );
                state.insert(format!("registry {name}:{tag}"), about);
            }
        }
        state.insert("production".to_owned(), self.deployed().join("\n"));
        state
    }

    /// Everything as it was in the beginning: the folders, the remotes, the registry; the servers go on with it.
    pub fn reset(&self) {
        let root = self.sandbox.root();
        for name in KEPT {
            fs::remove_dir_all(root.join(name)).unwrap();
        }
        copy(&root.join("kept"), root, KEPT);
        self.registry.restore(&root.join("kept"));
        if let Some(http) = &self.http {
            http.fault(None);
        }
    }

    /// From now on a reset puts everything back to this moment.
    pub fn keep(&self) {
        let kept = self.sandbox.root().join("kept");
        let _ = fs::remove_dir_all(&kept);
        fs::create_dir(&kept).unwrap();
        copy(self.sandbox.root(), &kept, KEPT);
        self.registry.keep(&kept);
    }
}

/// What a reset puts back.
const KEPT: &[&str] = &["app", "charts", "remotes", "home", "tmp"];
