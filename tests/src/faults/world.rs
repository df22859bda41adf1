//! A project of manifests in every format, in two repositories: an app, and its charts in a sibling checkout.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};

/// What the project is bumped to.
pub const TARGET: &str = "1.27.0";

/// The project's configuration.
pub const CONFIG: &str = r#"[project]
name = "web"

[track.app]

[track.chart]
repo = "charts"
with = "app"

[repo.charts]

[[manifest]]
path = "Cargo.toml"
toml.package.version = "{app}"

[[manifest]]
path = "package.json"
json.version = "{app}"

[[manifest]]
path = "pom.xml"
xml.project.version = "{app}"

[[manifest]]
path = "setup.cfg"
ini.metadata.version = "{app}"

[[manifest]]
path = "web/__init__.py"
python.__version__ = "{app}"

[[manifest]]
path = "web.spec"
spec.Version = "{app}"
spec.Release = { template = "1", on = "bump" }

[[manifest]]
path = "Dockerfile"
dockerfile.ARG.VERSION = "v{app}"

[[manifest]]
path = ".env"
env.WEB_VERSION = "{app}"

[[manifest]]
path = "docs/install.md"
image."acme/web" = "release-{app}"

[[manifest]]
path = "install.sh"
text.'web_tag=${1-"{}"}' = "{app}"

[[manifest]]
path = "build.txt"
regex.'Build-(?<version>\S+)' = "{app}"

[[manifest]]
path = "VERSION"
line.all = "{app}"

[[manifest]]
repo = "charts"
path = "charts/{chart}/Chart.yaml"
yaml.version = "{chart}"
yaml.appVersion = "{app}"

[[manifest]]
repo = "charts"
path = "charts/{chart}/values.yaml"
yaml.image.tag = "release-{app}"
"#;

const APP: &[(&str, &str)] = &[
    ("release-config/release.toml", CONFIG),
    ("Cargo.toml", "[package]\nname = \"web\" # é\nversion     = \"1.26.0\"\n"),
    ("package.json", "{\r\n  \"name\": \"web\",\r\n  \"version\": \"1.26.0\"\r\n}\r\n"),
    ("pom.xml", "<project>\n  <!-- 1.26.0 -->\n  <version>1.26.0</version>\n</project>\n"),
    ("setup.cfg", "[metadata]\nname = web\nversion = 1.26.0\n"),
    ("web/__init__.py", "\"\"\"Web.\"\"\"\n__version__ = '1.26.0'  # moves\n"),
    ("web.spec", "Name: web\nVersion: 1.26.0\nRelease: 3\n\n%changelog\n"),
    ("Dockerfile", "ARG VERSION=v1.26.0\nFROM scratch\n"),
    (".env", "WEB_VERSION=1.26.0\n"),
    ("docs/install.md", "Run `docker pull acme/web:release-1.26.0`.\n"),
    ("install.sh", "#!/bin/sh\nweb_tag=${1-\"1.26.0\"}\n"),
    ("build.txt", "Build-1.26.0\n"),
    ("VERSION", "1.26.0"),
    ("README.md", "Not a manifest: 1.26.0\n"),
];

/// One file: its mode, its owner, its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    mode: u32,
    owner: u32,
    bytes: Vec<u8>,
}

/// Every file of both repositories by its path, git's own and the journal's left out.
pub type Tree = BTreeMap<PathBuf, File>;

/// The project in a folder of its own, which is removed with the value.
pub struct World {
    home: PathBuf,
    before: Tree,
}

impl World {
    /// The project with as many charts; each has two manifests.
    pub fn new(charts: usize) -> Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("lockstep-faults-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let (asked, memory) = (std::env::temp_dir(), Path::new("/dev/shm"));
        let place = if asked == Path::new("/tmp") && memory.is_dir() { memory.to_owned() } else { asked };
        let mut world = Self { home: place.join(name), before: Tree::new() };
        for (path, text) in APP {
            world.write(&Path::new("app").join(path), text.as_bytes())?;
        }
        for chart in 0..charts {
            let folder = Path::new("charts/charts").join(format!("web-{chart}"));
            let text =
                format!("apiVersion: v2\nname: web-{chart} # 🚀\nversion: 0.{chart}.9\nappVersion: \"1.26.0\"\n");
            // Many charts are so large together that what was located in them is kept for the next look.
            let text = if charts > 9 { format!("{text}# {}\n", "long ".repeat(2000)) } else { text };
            world.write(&folder.join("Chart.yaml"), text.as_bytes())?;
            world.write(&folder.join("values.yaml"), b"# tag: 1.26.0\nimage: {repo: web, tag: release-1.26.0}\n")?;
        }
        world.adorn()?;
        for repo in ["app", "charts"] {
            for args in [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message", "Before"]] {
                let output =
                    world.isolate(Command::new("git").args(args).current_dir(world.home.join(repo))).output()?;
                ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        world.before = world.tree()?;
        Ok(world)
    }

    /// Modes and owners that a careless replacement would lose.
    fn adorn(&self) -> Result<()> {
        fs::set_permissions(self.home.join("app/install.sh"), fs::Permissions::from_mode(0o755))?;
        fs::set_permissions(self.home.join("app/.env"), fs::Permissions::from_mode(0o640))?;
        // Only root may give a file away; as anybody else, there is nothing to lose.
        let _ = chown(self.home.join("app/setup.cfg"), Some(1234), None);
        Ok(())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let path = self.home.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&self.home))?;
        fs::write(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// The folder that holds both repositories.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A path in the app.
    pub fn app(&self, path: &str) -> PathBuf {
        self.home.join("app").join(path)
    }

    /// The folder of the journal.
    pub fn journal(&self) -> PathBuf {
        self.app(".git/lockstep")
    }

    /// Every file as it was when the world was made.
    pub fn before(&self) -> &Tree {
        &self.before
    }

    /// Every file as it is now.
    pub fn tree(&self) -> Result<Tree> {
        let mut tree = Tree::new();
        for repo in ["app", "charts"] {
            read_into(&mut tree, &self.home, Path::new(repo))?;
        }
        Ok(tree)
    }

    /// Makes every file what it was, and forgets the journal.
    pub fn reset(&self) -> Result<()> {
        for (path, file) in self.tree()? {
            if self.before.get(&path) != Some(&file) {
                fs::remove_file(self.home.join(path))?;
            }
        }
        for (path, file) in &self.before {
            let full = self.home.join(path);
            if !full.exists() {
                self.write(path, &file.bytes)?;
                chown(&full, Some(file.owner), None)?;
                fs::set_permissions(&full, fs::Permissions::from_mode(file.mode))?;
            }
        }
        if self.journal().exists() {
            fs::remove_dir_all(self.journal())?;
        }
        Ok(())
    }

    /// A command that sees this world and nothing of the user's, in the app's folder.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.isolate(command.current_dir(self.home.join("app")));
        command
    }

    /// Runs the tool.
    pub fn run(&self, args: &[&str]) -> Result<Output> {
        Ok(self.command(crate::binary::xtask()).args(args).output()?)
    }

    fn isolate<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", &self.home).env("LC_ALL", "C");
        command.env("LOCKSTEP_TODAY", "2026-01-02");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Tester").env(format!("GIT_{role}_EMAIL"), "tester@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-01T00:00:00Z");
        }
        command
    }
}

fn read_into(tree: &mut Tree, home: &Path, folder: &Path) -> Result<()> {
    for entry in fs::read_dir(home.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        let meta = entry.metadata()?;
        if !meta.is_dir() {
            let file = File { mode: meta.mode() & 0o7777, owner: meta.uid(), bytes: fs::read(entry.path())? };
            tree.insert(path, file);
        } else if entry.file_name() != ".git" {
            read_into(tree, home, &path)?;
        }
    }
    Ok(())
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}
