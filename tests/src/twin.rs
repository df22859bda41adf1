//! The smallest world in which a release can go wrong half-way: an application and its charts, each with a bare remote
//! on this disk. No registry and no helm, so it is made in a moment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::binary;
use crate::sandbox::{Ran, Sandbox, State};

/// The moment that is now in every twin: that of its first commits, 2026-07-01 12:00 UTC.
pub const NOW: &str = "1782907200";

const CONFIG: &str = r#"[project]
name = "acme"
commit = "Bump version {app}"

[remote.origin]
url = "../remotes/app.git"

[repo.charts]
url = "../remotes/charts.git"
branch = "master"
commit = "Bump app version to {app}, release chart version {chart}"

[track.app]
bump = "minor"
tag = "{version}"

[track.chart]
repo = "charts"
with = "app"
bump = "patch"
tag = "chart-{version}"

[[manifest]]
path = "acme/settings.py"
python.VERSION = "{app}"

[[manifest]]
repo = "charts"
path = "charts/acme/Chart.yaml"
yaml.version = "{chart}"
yaml.appVersion = "{app}"

[[manifest]]
repo = "charts"
path = "charts/acme/values.yaml"
yaml."image.tag" = "release-{app}"
"#;

const CHART: &str = "apiVersion: v2\nname: acme\nversion: 0.4.2\nappVersion: 1.26.0\n";
const VALUES: &str = "image:\n  repository: acme/app\n  tag: release-1.26.0 # the release\n";

/// `app`, a checkout whose remote is `remotes/app.git`; `remotes/charts.git`, which nobody has checked out.
pub struct Twin {
    /// The folders, and the environment. The project's folder is the checkout of `app`.
    pub sandbox: Sandbox,
}

impl Default for Twin {
    fn default() -> Self {
        Self::new()
    }
}

impl Twin {
    /// The world after version 1.26.0, with a feature for 1.27.0; chart 0.4.3 goes with it.
    pub fn new() -> Self {
        Self::with("")
    }

    /// The same, with more tables in its configuration.
    pub fn with(more: &str) -> Self {
        Self::configured(&format!("{CONFIG}{more}"), "sha1")
    }

    /// The same, with a piece of its configuration replaced, which must be there.
    #[track_caller]
    pub fn replaced(from: &str, to: &str) -> Self {
        assert!(CONFIG.contains(from), "`{from}` is not in the configuration");
        Self::configured(&CONFIG.replace(from, to), "sha1")
    }

    /// The same, with other object ids than SHA-1.
    pub fn sha256() -> Self {
        Self::configured(CONFIG, "sha256")
    }

    fn configured(config: &str, format: &str) -> Self {
        let mut sandbox = Sandbox::folder(&[
            // The same in every twin: what is released has the same ids then, whatever the checkout says.
            ("release-config/release.toml", CONFIG),
            ("acme/settings.py", "# The settings.\nVERSION = \"1.26.0\"\n"),
            ("README.md", "# Acme\n"),
        ]);
        sandbox.env("LOCKSTEP_NOW", NOW);
        let twin = Self { sandbox };
        let object_format = format!("--object-format={format}");
        for (name, branch) in [("app", "main"), ("charts", "master")] {
            twin.sandbox.git_in("..", &["init", "-q", "--bare", "-b", branch, &object_format, &remote(name)]);
        }
        twin.sandbox.git(&["init", "-q", "-b", "main", &object_format]);
        twin.sandbox.commit("Bump version 1.26.0");
        twin.sandbox.git(&["tag", "-a", "-m", "Version 1.26.0", "1.26.0"]);
        twin.sandbox.write("README.md", "# Acme\n\nA feature.\n");
        twin.sandbox.commit("Add a feature");
        twin.sandbox.git(&["remote", "add", "origin", "../remotes/app.git"]);
        twin.sandbox.git(&["push", "-q", "-u", "origin", "main", "1.26.0"]);
        twin.sandbox.git_in("..", &["init", "-q", "-b", "master", &object_format, "seed"]);
        twin.sandbox.write("../seed/charts/acme/Chart.yaml", CHART);
        twin.sandbox.write("../seed/charts/acme/values.yaml", VALUES);
        twin.sandbox.commit_in("../seed", "Bump app version to 1.26.0, release chart version 0.4.2");
        twin.sandbox.git_in("../seed", &["tag", "-a", "-m", "Version 0.4.2", "chart-0.4.2"]);
        twin.sandbox.git_in("../seed", &["push", "-q", "../remotes/charts.git", "master", "chart-0.4.2"]);
        fs::remove_dir_all(twin.sandbox.path("../seed")).unwrap();
        twin.sandbox.write("release-config/release.toml", config);
        twin
    }

    // ---- the tool ----

    /// Runs the tool in the checkout.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Ran {
        self.sandbox.run(args)
    }

    /// The command that everything begins and goes on with: `run 1.27.0 --yes`, and what is added to it.
    #[track_caller]
    pub fn release(&self, more: &[&str]) -> Ran {
        self.sandbox.run(&[&["run", "1.27.0", "--yes"], more].concat())
    }

    /// The same in another environment.
    #[track_caller]
    pub fn release_with(&self, env: &[(&str, &str)], more: &[&str]) -> Ran {
        self.sandbox.run_with(env, &[&["run", "1.27.0", "--yes"], more].concat())
    }

    /// The same, begun and not waited for; what it says is kept for whoever waits.
    pub fn begin(&self, folder: &str) -> std::process::Child {
        let mut command: Command = self.sandbox.command(binary::xtask(), folder);
        command.args(["run", "1.27.0", "--yes"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// The digest of the plan for a request, as the page shows it.
    #[track_caller]
    pub fn digest(&self, args: &[&str]) -> String {
        digest_of(&self.run(&[&["plan"], args].concat()))
    }

    // ---- other people ----

    /// Somebody's own clone of a remote, beside the project, with a commit that is pushed: `docs/NAME.md` of this text.
    #[track_caller]
    pub fn colleague_pushes(&self, name: &str, branch: &str, file: &str, text: &str) {
        let folder = self.clone_of(name, branch);
        self.sandbox.write(format!("{folder}/{file}"), text);
        self.sandbox.commit_in(&folder, &format!("Change {file}"));
        self.sandbox.git_in(&folder, &["push", "-q", "origin", branch]);
    }

    /// A new clone of a remote beside the project; gives its folder, seen from the project.
    #[track_caller]
    pub fn clone_of(&self, name: &str, branch: &str) -> String {
        let folder = (1..).map(|n| format!("../{name}-{n}")).find(|folder| !self.sandbox.path(folder).exists());
        let folder = folder.unwrap();
        self.sandbox.git_in("..", &["clone", "-q", "-b", branch, &remote(name), folder.trim_start_matches("../")]);
        folder
    }

    /// Another checkout of the project, with the same configuration; gives its folder, seen from the project.
    #[track_caller]
    pub fn another_checkout(&self) -> String {
        let folder = self.clone_of("app", "main");
        let config = self.sandbox.read("release-config/release.toml");
        self.sandbox.write(format!("{folder}/release-config/release.toml"), config);
        folder
    }

    /// A tag at a remote that isn't the release's.
    #[track_caller]
    pub fn tag_at(&self, name: &str, args: &[&str]) {
        let folder = format!("../{}", remote(name));
        self.sandbox.git_in(folder, &[&["tag"], args].concat());
    }

    /// A hook of a remote, as a shell script.
    pub fn hook(&self, name: &str, hook: &str, script: &str) {
        let path = format!("../{}/hooks/{hook}", remote(name));
        self.sandbox.write(&path, format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(self.sandbox.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The hook is gone again.
    pub fn unhook(&self, name: &str, hook: &str) {
        fs::remove_file(self.sandbox.path(format!("../{}/hooks/{hook}", remote(name)))).unwrap();
    }

    // ---- what there is ----

    /// Every reference of both remotes, `app refs/heads/main OID`, and what a tag marks. Hidden is only the ledger,
    /// whose commits tell of attempts.
    pub fn refs(&self) -> String {
        let mut all = String::new();
        for name in ["app", "charts"] {
            let format = format!("--format={name} %(refname) %(objectname) %(*objectname)");
            let refs = self.sandbox.git_in(format!("../{}", remote(name)), &["for-each-ref", &format]);
            all.extend(refs.lines().filter(|line| !line.contains("lockstep-ledger")).map(|line| format!("{line}\n")));
        }
        all
    }

    /// The subjects of a branch of a remote, the newest first.
    pub fn subjects(&self, name: &str, branch: &str) -> Vec<String> {
        let log = self.sandbox.git_in(format!("../{}", remote(name)), &["log", "--format=%s", branch, "--"]);
        log.lines().map(str::to_owned).collect()
    }

    /// A file of a remote, at a revision.
    #[track_caller]
    pub fn file(&self, name: &str, rev: &str, path: &str) -> String {
        self.sandbox.git_in(format!("../{}", remote(name)), &["show", &format!("{rev}:{path}")])
    }

    /// Everything but the tool's own folders: its clones in the cache, its ledger, what programs put into `TMPDIR`.
    pub fn state(&self) -> State {
        let own = |path: &str| path.starts_with("home/.cache") || path == "home" || path.contains(".git/lockstep");
        let state = self.sandbox.state().into_iter();
        state.filter(|(path, _)| !own(path)).collect()
    }

    /// The same of the checkout alone.
    pub fn checkout(&self) -> State {
        self.state().into_iter().filter(|(path, _)| path.starts_with("app")).collect()
    }

    // ---- the oracle ----

    /// The release is as whole as one that nothing disturbed: every reference of both remotes is the same, byte by byte.
    #[track_caller]
    pub fn expect_undisturbed(&self) {
        static UNDISTURBED: OnceLock<String> = OnceLock::new();
        let expected = UNDISTURBED.get_or_init(|| {
            let twin = Self::new();
            twin.release(&[]).code(0);
            twin.expect_whole();
            twin.refs()
        });
        assert_eq!(self.refs(), *expected);
    }

    /// The release is there: in both repositories the branch holds one commit of it, its tag marks that commit, and
    /// the commit says the versions in every place.
    #[track_caller]
    pub fn expect_whole(&self) {
        self.expect_released("app", "main", "1.27.0", "Bump version 1.27.0");
        let chart = "Bump app version to 1.27.0, release chart version 0.4.3";
        self.expect_released("charts", "master", "chart-0.4.3", chart);
        assert!(self.file("app", "1.27.0", "acme/settings.py").contains("VERSION = \"1.27.0\"\n"));
        let new = |text: &str| text.replace("1.26.0", "1.27.0").replace("0.4.2", "0.4.3");
        assert_eq!(self.file("charts", "chart-0.4.3", "charts/acme/Chart.yaml"), new(CHART));
        assert_eq!(self.file("charts", "chart-0.4.3", "charts/acme/values.yaml"), new(VALUES));
    }

    #[track_caller]
    fn expect_released(&self, name: &str, branch: &str, tag: &str, subject: &str) {
        let folder = format!("../{}", remote(name));
        let subjects = self.subjects(name, branch);
        let ours = subjects.iter().filter(|found| *found == subject).count();
        assert_eq!(ours, 1, "{name}: {subjects:?}");
        assert_eq!(self.sandbox.git_in(&folder, &["cat-file", "-t", tag]), "tag\n", "{tag} has no message");
        assert_eq!(self.subjects(name, tag)[0], subject, "{tag}");
        self.sandbox.git_in(&folder, &["merge-base", "--is-ancestor", tag, branch]);
    }

    /// Nothing was pushed anywhere: the references are those of before.
    #[track_caller]
    pub fn expect_nothing_pushed(&self, before: &str) {
        assert_eq!(self.refs(), before);
    }
}

/// A bare remote, seen from above the checkout.
fn remote(name: &str) -> String {
    format!("remotes/{name}.git")
}

/// The digest on a plan's page.
#[track_caller]
pub fn digest_of(ran: &Ran) -> String {
    let line = ran.stdout.lines().chain(ran.stderr.lines()).find_map(|line| line.strip_prefix("  plan "));
    let Some(line) = line else { panic!("no digest in\n{ran}") };
    line.split(';').next().unwrap_or_default().to_owned()
}

/// The states of a plan's steps, by id: from `--format json`.
#[track_caller]
pub fn states(ran: &Ran) -> BTreeMap<String, String> {
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"));
    let steps = json["steps"].as_array().unwrap_or_else(|| panic!("no steps in\n{ran}"));
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    steps.iter().map(|step| (text(&step["id"]), text(&step["state"]))).collect()
}
