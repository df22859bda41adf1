//! The tool's own clones, and what goes between them and real remotes.

use std::fs;
use std::path::PathBuf;

use lockstep_tests::sandbox::Sandbox;
use xtask::context::Context;
use xtask::remotes::{Pushed, Remotes, Update};
use xtask::resolve::Project;
use xtask::resolve::release::Remote;
use xtask::tools::git::{Git, NewCommit, NewTag, Parent, Signature};
use xtask::ui::{Ui, When};

const CONFIG: &str =
    "[track.app]\n[[manifest]]\npath = \"VERSION\"\nline.1 = \"{app}\"\n\n[repo.charts]\npath = \"../charts\"\n";

/// Runs a test in a process of its own, in the environment of a sandbox: the library reads the real one.
#[track_caller]
fn alone(name: &str, body: impl FnOnce(&Sandbox)) {
    let sandbox = Sandbox::new(&[("VERSION", "1.0.0\n"), ("release-config/release.toml", CONFIG)]);
    if std::env::var_os("LOCKSTEP_ALONE").is_some() {
        return body(&sandbox);
    }
    let mut command = sandbox.command(std::env::current_exe().unwrap(), "");
    for name in ["CI", "LOCKSTEP_GUARD_GRAPHS", "LOCKSTEP_KEEP"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let output = command.args([name, "--exact", "--nocapture"]).env("LOCKSTEP_ALONE", "1").output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn who() -> Signature {
    Signature { name: "Ada".to_owned(), email: "ada@example.com".to_owned(), seconds: 1_782_907_200 }
}

/// A project with these remotes of this repository: URL, and is it public?
struct World {
    context: Context,
    project: Project,
    cache: PathBuf,
}

impl World {
    fn new(sandbox: &Sandbox, remotes: &[(&str, bool)]) -> Self {
        let root = sandbox.path("").canonicalize().unwrap();
        let git = Git::find(&root).unwrap();
        let config = root.join("release-config/release.toml");
        let (ui, today) = (Ui::new(When::Never, (false, false), true), xtask::version::Date::new(2026, 7, 1).unwrap());
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

    fn open(&self) -> Remotes {
        Remotes::open(&self.context, &self.project, &self.cache).unwrap()
    }
}

fn commit(parent: &str, path: &str, text: &str) -> NewCommit {
    NewCommit {
        parent: Parent::Commit(parent.to_owned()),
        files: vec![(path.to_owned(), text.as_bytes().to_vec())],
        message: format!("Write {path}"),
    }
}

fn update(name: &str, new: &str, expected: Option<&str>) -> Update {
    Update { name: name.to_owned(), new: new.to_owned(), expected: expected.map(str::to_owned) }
}

#[test]
fn a_release_goes_out_and_is_seen() {
    alone("a_release_goes_out_and_is_seen", |sandbox| {
        sandbox.remote("origin");
        let world = World::new(sandbox, &[("../origin.git", true)]);
        let remotes = world.open();
        let refs = remotes.refs(0).unwrap();
        let tip = &refs.oids["refs/heads/main"];
        remotes.fetch(0, &[tip]).unwrap();
        let git = remotes.git(0);
        let new =
            [commit(tip, "VERSION", "1.1.0\n"), NewCommit { parent: Parent::Previous, ..commit(tip, "a/b", "x") }];
        let oids = git.build_commits(&new, &who()).unwrap();
        assert_eq!(oids, git.build_commits(&new, &who()).unwrap());
        let tag =
            NewTag { name: "v1.1.0".to_owned(), target: oids[1].clone(), message: "One".to_owned(), signed: false };
        let tag = git.build_tag(&tag, &who()).unwrap();
        let updates = [update("refs/heads/main", &oids[1], Some(tip)), update("refs/tags/v1.1.0", &tag, None)];
        assert_eq!(remotes.push(0, &updates).unwrap(), Pushed::Done);
        let refs = remotes.refs(0).unwrap();
        assert_eq!((&refs.oids["refs/heads/main"], &refs.peeled["refs/tags/v1.1.0"]), (&oids[1], &oids[1]));
        sandbox.git_in("../origin.git", &["fsck", "--strict"]);
        let log = git.commits(Some(tip), &oids[1], false).unwrap();
        assert_eq!(log.iter().map(|commit| commit.paths.join(" ")).collect::<Vec<_>>(), ["a/b", "VERSION"]);
        assert_eq!(git.read_file(&oids[1], "VERSION").unwrap().as_deref(), Some(&b"1.1.0\n"[..]));
        let copy = git.scratch_clone(&oids[1], &sandbox.root().join("copy")).unwrap();
        assert_eq!(fs::read_to_string(copy.dir.join("a/b")).unwrap(), "x");
        git.export(&oids[1], "a", &sandbox.root().join("out")).unwrap();
        assert_eq!(fs::read_to_string(sandbox.root().join("out/b")).unwrap(), "x");
        let moved = remotes.push(0, &[update("refs/heads/main", &oids[1], Some(&oids[0]))]).unwrap();
        assert_eq!(moved, Pushed::Done, "what is there already is no harm");
    });
}
