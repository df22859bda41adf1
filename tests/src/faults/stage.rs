//! Worlds in which a release is killed again and again: each is put back quickly, and tells what there is in the end.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::binary;
use crate::sandbox::Sandbox;
use crate::twin::Twin;
use crate::{app, weekly};

/// A command of the project's own that takes a moment, and is seen to be done. It may be killed in the middle.
const DEPLOY: &str = "#!/bin/sh\nset -eu\nlog=$HOME/production\n\
    [ \"$1\" != --is ] || exec grep -q \"^$2$\" \"$log\" 2>/dev/null\nsleep 0.02\necho \"$1\" >>\"$log\"\n";
const COMMAND: &str = "\n[command.deploy]\nargv = [\"deploy\", \"{app}\"]\ndone = [\"deploy\", \"--is\", \"{app}\"]\nwhen = \"prepared\"\n";
const LEDGER: &str = "\n[ledger]\nremote = \"origin\"\n";

/// Which world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Two repositories and a command; the ledger is on this machine.
    Twin,
    /// The same; the ledger is a branch of a remote.
    Team,
    /// Process A: a release branch, a changelog, a registry, pages, helm. The image is there already.
    Weekly,
    /// Process B: a version branch that is merged, two images in two registries, a release on a forge; the ledger is a
    /// branch of the remote. The notes are written, the checklist is gone through.
    App,
    /// The same, reached over wires that may break: the forge, the remote, both registries.
    Wires,
}

impl Kind {
    /// What is released in it.
    pub fn version(self) -> &'static str {
        if self.is_app() { "1.4.0" } else { "1.27.0" }
    }

    fn is_app(self) -> bool {
        matches!(self, Self::App | Self::Wires)
    }

    /// The arguments of the command that begins the release, and goes on with it.
    pub fn release(self) -> &'static [&'static str] {
        match self {
            Self::App | Self::Wires => &["run", "1.4.0", "--yes", "--done", "checklist/smoke"],
            Self::Twin | Self::Team | Self::Weekly => &["run", "1.27.0", "--yes"],
        }
    }

    /// Its repositories.
    fn repositories(self) -> &'static [&'static str] {
        if self.is_app() { &["app"] } else { &["app", "charts"] }
    }
}

enum Built {
    Twin(Twin),
    Weekly(Box<weekly::World>),
    App(Box<app::World>),
}

/// A world that is put back to where the release begins.
pub struct Stage {
    kind: Kind,
    built: Built,
}

/// Everything that matters, by name.
pub type State = BTreeMap<String, String>;

impl Stage {
    /// Builds the world, to the moment before the release.
    ///
    /// # Panics
    /// If a program that it needs isn't there: ask [`weekly::NEEDS`] or [`app::NEEDS`] before.
    pub fn new(kind: Kind) -> Result<Self> {
        let built = match kind {
            Kind::Twin => Built::Twin(twin(COMMAND)),
            Kind::Team => Built::Twin(twin(&format!("{COMMAND}{LEDGER}"))),
            Kind::Weekly => {
                let world = weekly::World::new(weekly::Setting::default());
                world.run(&["branch", "1.27.0", "--yes"]).code(0);
                world.write_notes("1.27.0", "### Added\n\n- Dark mode.\n");
                // The CI of this world is quicker than anybody: nobody has to wait in the middle.
                world.registry.put_image("acme/app", "release-1.27.0", weekly::PLATFORMS);
                Built::Weekly(Box::new(world))
            }
            Kind::App | Kind::Wires => {
                let wires = kind == Kind::Wires;
                let world = app::World::new(app::Setting { http: wires, wires, ..app::Setting::default() });
                world.run(&["branch", "1.4.0", "--yes"]).code(0);
                world.write_notes("1.4.0", "# Acme 1.4.0\n\nAll schemas can be searched.\n");
                Built::App(Box::new(world))
            }
        };
        let stage = Self { kind, built };
        stage.keep()?;
        Ok(stage)
    }

    /// The world of process B, where it is one.
    pub fn app(&self) -> Option<&app::World> {
        match &self.built {
            Built::App(world) => Some(world),
            Built::Twin(_) | Built::Weekly(_) => None,
        }
    }

    /// The folders and the environment.
    pub fn sandbox(&self) -> &Sandbox {
        match &self.built {
            Built::Twin(twin) => &twin.sandbox,
            Built::Weekly(world) => &world.sandbox,
            Built::App(world) => &world.sandbox,
        }
    }

    fn keep(&self) -> Result<()> {
        match &self.built {
            Built::Twin(_) => {
                let kept = self.root().join("kept");
                fs::create_dir(&kept)?;
                copy(self.root(), &kept)
            }
            Built::Weekly(world) => {
                world.keep();
                Ok(())
            }
            Built::App(world) => {
                world.keep();
                Ok(())
            }
        }
    }

    /// Everything as it was before the release.
    pub fn reset(&self) -> Result<()> {
        match &self.built {
            Built::Twin(_) => {
                FOLDERS.iter().try_for_each(|name| fs::remove_dir_all(self.root().join(name)))?;
                copy(&self.root().join("kept"), self.root())
            }
            Built::Weekly(world) => {
                world.reset();
                Ok(())
            }
            Built::App(world) => {
                world.reset();
                Ok(())
            }
        }
    }

    /// A program in the releaser's checkout.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        self.sandbox().command(program, "")
    }

    /// Which world it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The command that begins the release, and goes on with it.
    pub fn release(&self) -> Command {
        let mut command = self.command(binary::xtask());
        command.args(self.kind.release());
        command
    }

    /// Forgets what this machine knows: the tool's clones, the ledger where it is here.
    pub fn forget(&self) -> Result<()> {
        for folder in [self.root().join("app/.git/lockstep"), self.root().join("home/.cache")] {
            if folder.exists() {
                fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
            }
        }
        Ok(())
    }

    /// [`Stage::forget`]; and where the ledger is on the remote, it is lost, too.
    pub fn forget_all(&self) -> Result<()> {
        self.forget()?;
        if let Built::App(world) = &self.built {
            world.forget_ledger();
        }
        Ok(())
    }

    /// A path below the sandbox.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn root(&self) -> &Path {
        self.sandbox().root()
    }

    /// Everything that must be the same as after an undisturbed release, to the byte.
    pub fn state(&self) -> Result<State> {
        let mut state = match &self.built {
            Built::Twin(_) => State::new(),
            Built::Weekly(world) => {
                let mut state = world.state();
                let digest = world.registry.digest("charts/acme", "0.4.3").unwrap_or_default();
                state.insert("registry digest".to_owned(), digest);
                state
            }
            Built::App(world) => world.state(),
        };
        state.extend(self.refs("%(objectname) %(*objectname)")?);
        state.insert("production".to_owned(), self.production());
        Ok(state)
    }

    /// What doesn't depend on when the release was claimed: the files of every commit, and what commits and tags say.
    pub fn files(&self) -> Result<State> {
        let mut state = self.refs("%(tree)%(*tree) %(contents:subject)")?;
        if let Built::App(world) = &self.built {
            state.extend(world.content());
        }
        if let Built::Weekly(world) = &self.built {
            let moment = |line: &&str| !line.trim_start().starts_with("created:") && !line.starts_with("generated:");
            let index = world.show("charts", "gh-pages", "index.yaml");
            state.insert("index".to_owned(), index.lines().filter(moment).collect::<Vec<_>>().join("\n"));
            state.insert("pages".to_owned(), world.git("charts", &["ls-tree", "-r", "--name-only", "gh-pages"]));
            // The index is in it, and bears the moment.
            state.remove("charts refs/heads/gh-pages");
            let tags = world.registry.tags("charts/acme");
            let content = tags.iter().map(|tag| format!("{tag} {:?}\n", world.registry.content("charts/acme", tag)));
            state.insert("registry".to_owned(), content.collect());
        }
        state.insert("production".to_owned(), self.production());
        Ok(state)
    }

    /// Every name that is public, with the object that it stands for: none of them ever moves, but for branches and
    /// channels.
    pub fn names(&self) -> Result<State> {
        let mut names = self.refs("%(objectname)")?;
        if let Built::App(world) = &self.built {
            names.extend(world.images().into_iter().filter(|(name, _)| !name.ends_with(":latest")));
        }
        Ok(names)
    }

    /// Every reference of the remotes; the ledger tells of attempts, and isn't one of them.
    pub fn refs(&self, format: &str) -> Result<State> {
        let mut state = State::new();
        for name in self.kind.repositories() {
            let format = format!("--format=%(refname)\t{format}");
            for line in self.git(&format!("remotes/{name}.git"), &["for-each-ref", &format])?.lines() {
                let (full, what) = line.split_once('\t').context("a reference without a name")?;
                if !full.ends_with("/lockstep-ledger") {
                    state.insert(format!("{name} {full}"), what.to_owned());
                }
            }
        }
        Ok(state)
    }

    /// The ledger's record of the release.
    pub fn record(&self) -> Result<String> {
        let (repo, branch) = match self.kind {
            Kind::Team | Kind::App | Kind::Wires => ("remotes/app.git", "lockstep-ledger"),
            Kind::Twin | Kind::Weekly => ("app/.git/lockstep/ledger.git", "ledger"),
        };
        self.git(repo, &["show", &format!("{branch}:releases/release-{}.toml", self.kind.version())])
    }

    fn production(&self) -> String {
        fs::read_to_string(self.path("home/production")).unwrap_or_default()
    }

    /// git in a folder below the sandbox, well.
    pub fn git(&self, folder: &str, args: &[&str]) -> Result<String> {
        let mut git = self.command("git");
        let output = git.arg("--git-dir").arg(self.root().join(folder)).args(args).output()?;
        ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }
}

fn twin(more: &str) -> Twin {
    let twin = Twin::with(more);
    twin.sandbox.put_program("deploy", DEPLOY);
    twin
}

/// What a release may change.
const FOLDERS: &[&str] = &["app", "remotes", "home", "tmp"];

fn copy(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp").arg("-a").args(FOLDERS).arg(to).current_dir(from).status()?;
    ensure!(status.success(), "cannot copy {}", from.display());
    Ok(())
}
