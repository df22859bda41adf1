//! The world of the weekly app (process A): two repositories with their remotes, a registry with a login, pages with
//! the charts of the last weeks, somebody who releases, colleagues, and a CI that builds images. The configuration is
//! `release-config/examples/weekly-app-with-chart`, with the addresses of this world in it.

mod history;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use crate::sandbox::{Ran, Sandbox};
use crate::servers::{HttpGit, Registry, helm3, helm4};
use crate::tour::repository;
use history::{ADA, Files, GRACE, History, files, replace};

/// Who may read and write the registry.
pub const LOGIN: (&str, &str) = ("ada", "correct-horse");
/// The platforms of the app's image.
pub const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64"];
/// The moment of the release: noon of Wednesday, 2026-07-01.
pub const NOW: u64 = 1_782_907_200;
/// What stands for the registry in the files of `tests/weekly` and in the example.
const REGISTRY: &str = "registry.example.com";
/// Where the charts' pages are read.
pub const PAGES: &str = "https://acme.github.io/charts";

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

/// Where things are in a world.
pub struct Places<'p> {
    /// The URL of the app's remote, as the configuration says it.
    pub app: &'p str,
    /// That of the charts' remote.
    pub charts: &'p str,
    /// The registry's name and port.
    pub registry: &'p str,
    /// How long an image is waited for.
    pub wait: &'p str,
}

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
        let mut stream = Vec::new();
        let from = format!("refs/heads/{branch}");
        stream.extend(format!("commit {from}\ncommitter {GRACE} {} +0000\n", NOW - 3600).bytes());
        stream.extend(format!("data {}\n{message}\n", message.len()).bytes());
        if self.find(remote, &from).is_some() {
            stream.extend(format!("from {from}^0\n").bytes());
        }
        stream.extend(format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()).bytes());
        import(&self.remote(remote), &stream);
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

fn copy(from: &Path, to: &Path, names: &[&str]) {
    let status = Command::new("cp").arg("-a").args(names).arg(to).current_dir(from).status().unwrap();
    assert!(status.success());
}

/// Makes the remotes `remotes/app.git` and `remotes/charts.git` below a folder.
pub fn build(root: &Path, places: &Places<'_>, helm: &Path) {
    let ours = repository().join("tests/weekly");
    let mut app = files(&ours.join("app"));
    app.insert("release-config/release.toml".to_owned(), (false, config(places).into_bytes()));
    let mut charts = files(&ours.join("charts"));
    replace(&mut charts, "charts/acme/values.yaml", REGISTRY, places.registry);
    let (mut lived, mut released) = (app_history(&app), charts_history(&charts));
    pages_history(&mut released, helm, &ours);
    for (name, branch, history) in [("app", "main", &mut lived), ("charts", "master", &mut released)] {
        let path = root.join("remotes").join(format!("{name}.git"));
        let mut git = Command::new("git");
        git.args(["init", "-q", "--bare", "--template=", "-b", branch])
            .arg(&path)
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(git.env("GIT_CONFIG_NOSYSTEM", "1").status().unwrap().success());
        import(&path, &history.end());
    }
}

/// The example's configuration, with the addresses of a world in the place of its own.
pub fn config(places: &Places<'_>) -> String {
    let example = repository().join("release-config/examples/weekly-app-with-chart/release.toml");
    let mut text = fs::read_to_string(example).unwrap();
    let changes = [
        ("https://example.com/acme/app.git", places.app),
        ("https://example.com/acme/charts.git", places.charts),
        (REGISTRY, places.registry),
        ("wait = \"45m\"", &format!("wait = \"{}\"", places.wait)),
    ];
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in the example");
        text = text.replace(from, to);
    }
    assert!(text.contains(&format!("url = \"{PAGES}\"")), "the example's pages are somewhere else");
    text
}

fn app_history(now: &Files) -> History {
    let mut history = History::default();
    let at = |version: &str| {
        let mut files = now.clone();
        if version != "1.26.0" {
            replace(&mut files, "acme/settings.py", "1.26.0", version);
        }
        let (_, changelog) = files.get_mut("CHANGELOG.md").unwrap();
        *changelog = changelog_until(&String::from_utf8_lossy(changelog), version).into_bytes();
        files
    };
    history.commit("main", ADA, "Bump version 1.24.0", &at("1.24.0")).tag("main", "1.24.0", "Version 1.24.0");
    let mut next = at("1.24.0");
    next.insert("acme/funnels.py".to_owned(), (false, b"\"\"\"Funnels.\"\"\"\n".to_vec()));
    history.days(3).commit("main", GRACE, "Draw funnels (#31)", &next);
    let with_funnels = |mut files: Files| {
        files.insert("acme/funnels.py".to_owned(), next["acme/funnels.py"].clone());
        files
    };
    let files = with_funnels(at("1.25.0"));
    history.days(4).commit("main", ADA, "Bump version 1.25.0", &files).tag("main", "1.25.0", "Version 1.25.0");
    let mut files = with_funnels(at("1.26.0"));
    replace(&mut files, "acme/settings.py", "1.26.0", "1.25.0");
    history.days(7).commit("main", ADA, "Changelog version 1.26.0", &files);
    replace(&mut files, "acme/settings.py", "1.25.0", "1.26.0");
    history.commit("main", ADA, "Bump version 1.26.0", &files).tag("main", "1.26.0", "Version 1.26.0");
    files.insert("acme/dark.py".to_owned(), (false, b"\"\"\"Dark mode.\"\"\"\n".to_vec()));
    history.days(1).commit("main", GRACE, "Add dark mode (#41)", &files);
    replace(&mut files, "acme/views.py", "Hello from Acme", "Welcome to Acme");
    history.days(1).commit("main", GRACE, "Greet people (#42)", &files);
    replace(&mut files, "docs/install.md", "# Install", "# How to install it");
    history.commit("main", ADA, "Say what the page is about", &files);
    history
}

/// The changelog as it was at a version.
fn changelog_until(text: &str, version: &str) -> String {
    let keep =
        |line: &&str| !line.starts_with('[') || line[1..].split(']').next().is_some_and(|named| named <= version);
    let (head, sections) = text.split_once("\n## [").unwrap();
    let mut out = head.to_owned();
    for section in sections.split("\n## [").filter(|section| section.split(']').next().unwrap() <= version) {
        out.push_str(&format!("\n## [{section}"));
    }
    out.lines().filter(keep).map(|line| format!("{line}\n")).collect()
}

fn charts_history(now: &Files) -> History {
    let mut history = History::default();
    for (app, chart) in RELEASED {
        let message = format!("Bump app version to {app}, release chart version {chart}");
        history.commit("master", ADA, &message, &chart_at(now, app, chart));
        history.tag("master", chart, chart).days(7);
    }
    let mut files = now.clone();
    replace(&mut files, "README.md", "# Charts", "# The charts of Acme");
    history.commit("master", GRACE, "Say whose charts these are", &files);
    history
}

/// The versions of the last weeks: app and chart.
const RELEASED: [(&str, &str); 3] = [("1.24.0", "0.4.0"), ("1.25.0", "0.4.1"), ("1.26.0", "0.4.2")];

fn chart_at(now: &Files, app: &str, chart: &str) -> Files {
    let mut files = now.clone();
    for path in ["charts/acme/Chart.yaml", "charts/acme/ChartV3.yaml"] {
        replace(&mut files, path, "1.26.0", app);
        replace(&mut files, path, "0.4.2", chart);
    }
    replace(&mut files, "charts/acme/values.yaml", "1.26.0", app);
    files
}

/// The pages' branch, of the two releases that are kept there.
fn pages_history(history: &mut History, helm: &Path, ours: &Path) {
    let mut files = files(&ours.join("pages"));
    history.commit("gh-pages", ADA, "Begin the pages", &files);
    for (version, published) in published(helm, ours) {
        files.extend(published);
        history.commit("gh-pages", ADA, &format!("Publish acme {version}"), &files);
    }
}

/// What Helm made of the last two charts: for each version its archive and the index after it. Made once for each Helm.
fn published(helm: &Path, ours: &Path) -> Vec<(String, Files)> {
    static MADE: Mutex<BTreeMap<PathBuf, Vec<(String, Files)>>> = Mutex::new(BTreeMap::new());
    let mut all = MADE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    all.entry(helm.to_owned()).or_insert_with(|| publish(helm, ours)).clone()
}

fn publish(helm: &Path, ours: &Path) -> Vec<(String, Files)> {
    let sandbox = Sandbox::folder(&[]);
    let run = |args: &[&str]| {
        let mut command = sandbox.command(helm, "");
        command.args(args);
        sandbox.output(command).code(0)
    };
    let now = files(&ours.join("charts"));
    let mut published = Vec::new();
    for (at, (app, chart)) in RELEASED.into_iter().enumerate().skip(1) {
        for (path, (_, bytes)) in chart_at(&now, app, chart) {
            sandbox.write(&path, bytes);
            // An archive bears the times of its files.
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
            File::options().write(true).open(sandbox.path(&path)).unwrap().set_modified(time).unwrap();
        }
        run(&["package", "charts/acme", "-d", "out"]);
        run(&["repo", "index", "out", "--url", PAGES]);
        let mut made = files(&sandbox.path("out"));
        let (_, index) = made.get_mut("index.yaml").unwrap();
        *index = at_noon(&String::from_utf8_lossy(index), at).into_bytes();
        published.push((chart.to_owned(), made));
    }
    published
}

/// The index with the moments of the releases: Helm writes those of its run.
fn at_noon(index: &str, week: usize) -> String {
    let mut entries = (0..=week).rev();
    let line = |line: &str| {
        let head = &line[..line.len() - line.trim_start().len()];
        let day = 10 + 7 * week;
        if line.trim_start().starts_with("created: ") {
            let day = 10 + 7 * entries.next().unwrap_or_default();
            format!("{head}created: \"2026-06-{day}T12:00:00.123456789Z\"\n")
        } else if line.starts_with("generated: ") {
            format!("generated: \"2026-06-{day}T12:00:01.123456789Z\"\n")
        } else {
            format!("{line}\n")
        }
    };
    index.lines().map(line).collect()
}

/// Feeds a history into a repository.
fn import(repository: &Path, stream: &[u8]) {
    let mut git = Command::new("git");
    git.args(["fast-import", "--quiet", "--force", "--date-format=raw"]).current_dir(repository).stdin(Stdio::piped());
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GIT_DIR");
    let mut child = git.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stream).unwrap();
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(stream));
}
