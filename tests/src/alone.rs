//! The tool's library in a process of its own, in the environment of a sandbox, and a project with remotes for it.

use std::fs;
use std::path::PathBuf;

use xtask::context::Context;
use xtask::remotes::{Remotes, Update};
use xtask::resolve::Project;
use xtask::resolve::release::Remote;
use xtask::tools::git::{Git, NewCommit, Parent, Signature};
use xtask::ui::{Ui, When};
use xtask::version::Date;

use crate::sandbox::Sandbox;

const CONFIG: &str = "[track.app]\n[[manifest]]\npath = \"VERSION\"\nline.1 = \"{app}\"\n";
const MARK: &str = "LOCKSTEP_ALONE";

/// Runs the test of this name again, in a process of its own and in the environment of a sandbox: the library reads
/// the real one, and a test must not change that of its neighbours. `env` is set there too.
#[track_caller]
pub fn alone(name: &str, env: &[(&str, &str)], body: impl FnOnce(&Sandbox)) {
    let sandbox = Sandbox::new(&[("VERSION", "1.0.0\n"), ("release-config/release.toml", CONFIG)]);
    if std::env::var_os(MARK).is_some() {
        return body(&sandbox);
    }
    let mut command = sandbox.command(std::env::current_exe().unwrap(), "");
    for name in ["CI", "LOCKSTEP_GUARD_GRAPHS", "LOCKSTEP_KEEP", "LOCKSTEP_SEED", "RUST_BACKTRACE"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("GIT_CONFIG_GLOBAL", sandbox.root().join("home/.gitconfig")).env(MARK, "1");
    let output = command.envs(env.iter().copied()).args([name, "--exact", "--nocapture"]).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    said.lines().filter(|line| line.starts_with("note: ") || line.starts_with("skipped: ")).for_each(|line| {
        println!("{line}");
    });
}

/// Writes the settings of git that a user has in their home.
pub fn settings(text: &str) {
    fs::write(std::env::var_os("GIT_CONFIG_GLOBAL").expect("the process of a test"), text).unwrap();
}

/// A project, and where the tool keeps its clones.
pub struct World {
    /// The checkout.
    pub context: Context,
    /// Its configuration.
    pub project: Project,
    /// The tool's folder.
    pub cache: PathBuf,
}

impl World {
    /// A project of one repository with these remotes: URL, and is it public?
    pub fn new(sandbox: &Sandbox, remotes: &[(&str, bool)]) -> Self {
        let root = sandbox.path("").canonicalize().unwrap();
        let git = Git::find(&root).unwrap();
        let config = root.join("release-config/release.toml");
        let (ui, today) = (Ui::new(When::Never, (false, false), true), Date::new(2026, 7, 1).unwrap());
        let context = Context { ui, root, config, shown: "release.toml".to_owned(), git, today };
        let mut project = context.project().unwrap();
        let remote = |(at, (url, public)): (usize, &(&str, bool))| Remote {
            name: format!("remote{at}"),
            repo: 0,
            url: (*url).to_owned(),
            public: *public,
            span: 0..0,
        };
        project.release.remotes = remotes.iter().enumerate().map(remote).collect();
        Self { context, project, cache: sandbox.root().join("cache") }
    }

    /// Its clones.
    pub fn try_open(&self) -> anyhow::Result<Remotes> {
        Remotes::open(&self.context, &self.project, &self.cache)
    }

    /// Its clones, which must be had.
    #[track_caller]
    pub fn open(&self) -> Remotes {
        self.try_open().unwrap()
    }
}

/// Who releases.
pub fn who() -> Signature {
    Signature { name: "Ada".to_owned(), email: "ada@example.com".to_owned(), seconds: 1_782_907_200 }
}

/// A commit that writes one file.
pub fn write(parent: &str, path: &str, text: &str) -> NewCommit {
    let files = vec![(path.to_owned(), text.as_bytes().to_vec())];
    NewCommit { parent: Parent::Commit(parent.to_owned()), files, message: format!("Write {path}") }
}

/// One reference of a push.
pub fn update(name: &str, new: &str, expected: Option<&str>) -> Update {
    Update { name: name.to_owned(), new: new.to_owned(), expected: expected.map(str::to_owned) }
}
