//! `scripts/install` on made projects: what it changes, what it keeps, and that removing leaves no trace.
//!
//! The many small cases run with a `cargo` on PATH that asks the real one about workspaces but builds nothing and
//! stands in for `cargo xtask init`. One case a language, at the end, builds and runs the real tool.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Asks the real cargo about workspaces, builds nothing, and proposes a configuration when `init` is called.
const FAKE_CARGO: &str = r#"#!/bin/sh
printf '%s\n' "$*" >>"$FAKE_LOG"
case "$1 ${2-}" in
    metadata*|locate-project*) exec "$REAL_CARGO" "$@" ;;
    build*) exit "${FAKE_BUILD:-0}" ;;
    'xtask init') [ "${FAKE_INIT:-0}" = 0 ] || exit "$FAKE_INIT"; mkdir -p release-config; printf '[project]\nname = "made"\n' >release-config/release.toml ;;
    'xtask hook') : ;;
    *) echo "the fake cargo was not expected to run: $*" >&2; exit 97 ;;
esac
"#;

/// A folder of its own for a test, with a home, and a project in it.
struct World {
    root: PathBuf,
}

/// What a run of the script gave.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    #[track_caller]
    fn ok(self) -> Self {
        assert_eq!(self.code, 0, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn refused(self, code: i32, why: &str) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(self.stderr.contains(why), "`{why}` is not in:\n{}", self.stderr);
        assert!(self.stderr.contains("\nhint: "), "no hint in:\n{}", self.stderr);
        self
    }

    #[track_caller]
    fn says(self, what: &str) -> Self {
        assert!(self.stdout.contains(what), "`{what}` is not in:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository").to_owned()
}

impl World {
    fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("lockstep-install-test-{}-{number}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for folder in ["home", "tmp", "bin", "project"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let world = Self { root: root.canonicalize().unwrap() };
        world.put_program("cargo", FAKE_CARGO);
        world.write("home/.gitconfig", "[user]\nname = Ada\nemail = ada@example.com\n[init]\ndefaultBranch = main\n");
        world
    }

    /// A project under git with these files, everything committed.
    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let world = Self::new(name);
        for (path, text) in files {
            world.write(&format!("project/{path}"), text);
        }
        world.git(&["init", "-q"]);
        world.git(&["add", "-A"]);
        world.git(&["commit", "-q", "--allow-empty", "-m", "Begin"]);
        world
    }

    fn project(&self) -> PathBuf {
        self.root.join("project")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn put_program(&self, name: &str, text: &str) {
        let path = self.root.join("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A command in a cleared environment: own home, no configuration of git's from outside.
    fn command(&self, program: &Path) -> Command {
        let kept = |name: &str, default: &str| {
            std::env::var_os(name)
                .unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(default).into())
        };
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.project());
        command.env("PATH", format!("{}:{path}", self.root.join("bin").display()));
        command.env("HOME", self.root.join("home")).env("TMPDIR", self.root.join("tmp"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", self.root.join("home/.gitconfig"));
        command.env("CARGO_HOME", kept("CARGO_HOME", ".cargo")).env("RUSTUP_HOME", kept("RUSTUP_HOME", ".rustup"));
        command.env("REAL_CARGO", env!("CARGO")).env("FAKE_LOG", self.root.join("cargo.log"));
        command
    }

    fn run(&self, mut command: Command) -> Ran {
        let output = command.output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn install_from(&self, upstream: &Path, options: &[&str]) -> Ran {
        let mut command = self.command(&upstream.join("scripts/install"));
        command.arg(self.project()).args(options);
        self.run(command)
    }

    fn install(&self, options: &[&str]) -> Ran {
        self.install_from(&repository(), options)
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        let mut command = self.command(Path::new("git"));
        command.args(arguments);
        self.run(command).ok().stdout
    }

    /// A copy of what Lockstep installs, that a test can change: the next release.
    fn upstream(&self, name: &str) -> PathBuf {
        let to = self.root.join(name);
        for part in ["scripts", "xtask", "Cargo.toml", "Cargo.lock", "LICENSE-MIT", "LICENSE-APACHE", "rustfmt.toml"] {
            copy(&repository().join(part), &to.join(part));
        }
        to
    }

    /// Every file of the project with its bytes and its mode.
    fn tree(&self) -> BTreeMap<String, (Vec<u8>, u32)> {
        let mut found = BTreeMap::new();
        walk(&self.project(), &self.project(), &mut found);
        found
    }

    #[track_caller]
    fn has_member(&self) {
        let mut command = self.command(Path::new(env!("CARGO")));
        command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]);
        let metadata = self.run(command).ok().stdout;
        assert!(metadata.contains("/project/xtask/Cargo.toml"), "xtask is no member:\n{}", self.read("Cargo.toml"));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    if from.ends_with("target") {
        return;
    }
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, (Vec<u8>, u32)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let data = fs::symlink_metadata(&path).unwrap();
        if name == ".git" {
            continue;
        } else if data.is_dir() {
            found.insert(format!("{name}/"), (Vec::new(), 0));
            walk(root, &path, found);
        } else {
            found.insert(name, (fs::read(&path).unwrap_or_default(), data.permissions().mode()));
        }
    }
}

#[track_caller]
fn assert_same_tree(before: &BTreeMap<String, (Vec<u8>, u32)>, after: &BTreeMap<String, (Vec<u8>, u32)>) {
    let gone: Vec<_> = before.keys().filter(|name| !after.contains_key(*name)).collect();
    let left: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).collect();
    let other: Vec<_> =
        before.keys().filter(|name| after.contains_key(*name) && before[*name] != after[*name]).collect();
    assert!(gone.is_empty() && left.is_empty() && other.is_empty(), "gone {gone:?}, left {left:?}, other {other:?}");
}

/// Installs, looks what cargo makes of it and what one file says, installs again (nothing to do), removes (no trace).
#[track_caller]
fn check(name: &str, files: &[(&str, &str)], path: &str, expected: &str) {
    let world = World::with(name, files);
    let before = world.tree();
    world.install(&[]).ok().says("done; next: cargo xtask check");
    world.has_member();
    assert_eq!(world.read(path), expected, "{path}");
    let installed = world.tree();
    world.install(&[]).ok().says("already up to date");
    assert_same_tree(&installed, &world.tree());
    world.install(&["--remove"]).ok();
    assert_same_tree(&before, &world.tree());
}

const RUST: (&str, &str) = ("src/lib.rs", "");
const ALIAS: &str = "xtask = \"run --quiet --package xtask --\"";

#[test]
fn a_python_project_gets_an_ignored_target_folder() {
    let files = [("almanac/__init__.py", "__version__ = \"0.4.0\"\n"), (".gitignore", "*.pyc")];
    check("python", &files, ".gitignore", "*.pyc\n/target\n");
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = World::with("dry", &[("go.mod", "module almanac\n")]);
    let before = world.tree();
    world.install(&["--dry-run"]).ok().says("nothing was changed");
    assert_same_tree(&before, &world.tree());
    world.install(&[]).ok();
    let installed = world.tree();
    world.install(&["--remove", "--dry-run"]).ok().says("nothing was changed");
    assert_same_tree(&installed, &world.tree());
}

#[test]
fn a_target_folder_that_is_ignored_already_stays_so() {
    check("ignored", &[("go.mod", "module almanac\n"), (".gitignore", "target/\n")], ".gitignore", "target/\n");
}

#[test]
fn an_empty_project_gets_an_alias() {
    check("empty", &[], ".cargo/config.toml", &format!("[alias]\n{ALIAS}\n"));
}

#[test]
fn a_package_becomes_the_root_of_a_workspace() {
    let package = "[package]\nname = \"almanac\"\nversion = \"0.4.0\"\nedition = \"2021\" # not yet 2024";
    let expected = format!("{package}\n\n[workspace]\nmembers = [\"xtask\"]\n");
    check("package", &[("Cargo.toml", package), RUST], "Cargo.toml", &expected);
}

#[test]
fn packages_below_a_new_workspace_stay_on_their_own() {
    let files = [
        ("rust/a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("rust/a/src/lib.rs", ""),
        ("rust/a/sub/Cargo.toml", "[package]\nname = \"s\"\n"),
        ("rust/a/sub/src/lib.rs", ""),
        ("rust/own/Cargo.toml", "[workspace]\n"),
    ];
    let world = World::with("below", &files);
    world.install(&[]).ok();
    assert!(world.read("Cargo.toml").contains("members = [\"xtask\"]\nexclude = [\"rust/a\"]\n"));
    let mut command = world.command(Path::new(env!("CARGO")));
    command.current_dir(world.project().join("rust/a")).args([
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version=1",
    ]);
    world.run(command).ok().says("rust/a/Cargo.toml");
}

/// A virtual workspace with the package `a`, its members written as given.
#[track_caller]
fn check_members(name: &str, members: &str, expected: &str) {
    let text = |members: &str| format!("# ours\n[workspace]\n{members}\nresolver = \"2\"\n");
    let manifest = text(members);
    let files = [("Cargo.toml", &*manifest), ("a/Cargo.toml", "[package]\nname = \"a\"\n"), ("a/src/lib.rs", "")];
    check(name, &files, "Cargo.toml", &text(expected));
}

#[test]
fn members_on_one_line() {
    check_members("one", r#"members = ["a"]"#, r#"members = ["a", "xtask"]"#);
}

#[test]
fn members_on_one_line_with_a_last_comma() {
    check_members("comma", r#"members = [ 'a', ] # all"#, r#"members = [ 'a', "xtask", ] # all"#);
}

#[test]
fn no_members_yet() {
    check_members("none", "members = []", r#"members = ["xtask"]"#);
}

#[test]
fn a_workspace_without_members() {
    let lines = "exclude = [\"z\"]";
    check_members("without", lines, &format!("members = [\"xtask\"]\n{lines}"));
}

#[test]
fn members_on_several_lines() {
    let before = "members = [\n    # the first\n    \"a\", # with a ] in it\n]";
    let after = "members = [\n    # the first\n    \"a\", # with a ] in it\n    \"xtask\",\n]";
    check_members("several", before, after);
}

#[test]
fn members_on_several_lines_without_a_last_comma() {
    let before = "members = [\n\t\"a\" # x\n]";
    check_members("nocomma", before, "members = [\n\t\"a\", # x\n\t\"xtask\"\n]");
}

#[test]
fn a_glob_that_matches_already() {
    check_members("glob", r#"members = ["a", "x*"]"#, r#"members = ["a", "x*"]"#);
}

#[test]
fn an_exclude_that_names_the_folder_gives_way_to_the_member() {
    let before = "exclude = [\"xtask\"]\nmembers = [\"a\"]";
    check_members("exclude", before, "exclude = [\"xtask\"]\nmembers = [\"a\", \"xtask\"]");
}

#[test]
fn line_endings_of_windows_stay() {
    let before = "[workspace]\r\nmembers = [\r\n  \"a\",\r\n]\r\n";
    let files = [("Cargo.toml", before), ("a/Cargo.toml", "[package]\nname = \"a\"\n"), ("a/src/lib.rs", "")];
    check("crlf", &files, "Cargo.toml", "[workspace]\r\nmembers = [\r\n  \"a\",\r\n  \"xtask\",\r\n]\r\n");
}

#[test]
fn other_aliases_stay() {
    let files = [(".cargo/config.toml", "[build]\njobs = 2\n\n[alias]\nb = \"build\"\n\n[net]\nretry = 3")];
    let expected = format!("[build]\njobs = 2\n\n[alias]\n{ALIAS}\nb = \"build\"\n\n[net]\nretry = 3");
    check("alias", &files, ".cargo/config.toml", &expected);
}

#[test]
fn settings_without_aliases_stay() {
    let files = [(".cargo/config.toml", "[net]\nretry = 3")];
    check("settings", &files, ".cargo/config.toml", &format!("[net]\nretry = 3\n\n[alias]\n{ALIAS}\n"));
}

#[test]
fn a_header_of_aliases_at_the_very_end() {
    check("header", &[(".cargo/config.toml", "[alias]")], ".cargo/config.toml", &format!("[alias]\n{ALIAS}"));
}

/// The script refuses, and nothing has changed.
#[track_caller]
fn check_refusal(name: &str, files: &[(&str, &str)], code: i32, why: &str) {
    let world = World::with(name, files);
    let before = world.tree();
    world.install(&[]).refused(code, why);
    assert_same_tree(&before, &world.tree());
}

#[test]
fn another_alias_is_not_taken_over() {
    check_refusal("taken", &[(".cargo/config.toml", "[alias]\nxtask = \"make\"\n")], 4, "another alias `xtask`");
}

#[test]
fn an_xtask_of_the_projects_own_is_not_touched() {
    let files = [("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n"), ("xtask/src/main.rs", "fn main() {}\n")];
    check_refusal("own", &files, 4, "was not installed by Lockstep");
}

#[test]
fn a_second_member_of_that_name_is_found_by_cargo_and_all_is_undone() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"tools/x\"]\n"),
        ("tools/x/Cargo.toml", "[package]\nname = \"xtask\"\n"),
        ("tools/x/src/main.rs", "fn main() {}\n"),
    ];
    check_refusal("second", &files, 4, "cargo doesn't accept this workspace");
}

/// Cargo takes every folder for a member then, `.cargo` and `release-config` too.
#[test]
fn a_workspace_of_all_folders_is_as_it_was() {
    let files = [("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n"), ("a/Cargo.toml", "[package]\nname = \"a\"\n")];
    check_refusal("all", &[files[0], files[1], ("a/src/lib.rs", "")], 4, "cargo doesn't accept this workspace");
}

#[test]
fn a_workspace_in_an_unknown_shape_is_left_to_a_person() {
    check_refusal("shape", &[("Cargo.toml", "workspace = { members = [] }\n")], 4, "doesn't edit");
}

#[test]
fn a_broken_manifest_is_not_built_upon() {
    check_refusal("broken", &[("Cargo.toml", "[package\n")], 4, "cargo can't read this project");
}

#[test]
fn a_member_of_another_workspace_is_refused() {
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n"),
        ("a/Cargo.toml", "[package]\nname = \"a\"\n"),
        ("a/src/lib.rs", ""),
    ];
    let world = World::with("inner", &files);
    let mut command = world.command(&repository().join("scripts/install"));
    command.arg(world.project().join("a"));
    world.run(command).refused(4, "belongs to the Cargo workspace");
}

#[test]
fn what_is_no_project_is_refused() {
    let world = World::with("none", &[("file", "")]);
    for (argument, why) in [("nowhere", "doesn't exist"), ("file", "is not a folder"), ("--frob", "unknown option")] {
        let mut command = world.command(&repository().join("scripts/install"));
        command.arg(argument);
        world.run(command).refused(2, why);
    }
    world.install(&["--remove"]).refused(4, "is not installed");
}

#[test]
fn a_symbolic_link_is_not_written_through() {
    let world = World::with("link", &[]);
    world.write("elsewhere", "[workspace]\n");
    std::os::unix::fs::symlink(world.root.join("elsewhere"), world.project().join("Cargo.toml")).unwrap();
    world.install(&[]).refused(4, "symbolic link");
    assert_eq!(fs::read_to_string(world.root.join("elsewhere")).unwrap(), "[workspace]\n");
}

#[test]
fn a_build_that_fails_is_said_and_everything_stays_in_place() {
    let world = World::with("fails", &[]);
    let mut command = world.command(&repository().join("scripts/install"));
    command.arg(world.project()).env("FAKE_BUILD", "1");
    let ran = world.run(command);
    assert_eq!(ran.code, 3);
    ran.says("cargo could not build xtask");
    world.install(&[]).ok();
    assert!(world.project().join("release-config/release.toml").exists());
}

#[test]
fn files_that_git_would_ignore_are_named() {
    let world = World::with("ignores", &[(".gitignore", ".*\n!.gitignore\n")]);
    world.install(&[]).ok().says("git ignores these");
}

#[test]
fn the_configuration_of_a_person_is_never_overwritten_nor_removed() {
    let world = World::with("config", &[("release-config/release.toml", "# mine\n")]);
    let before = world.tree();
    world.install(&["--hook"]).ok();
    assert_eq!(world.read("release-config/release.toml"), "# mine\n");
    let log = fs::read_to_string(world.root.join("cargo.log")).unwrap();
    assert!(!log.contains("xtask init") && log.contains("xtask hook install"), "{log}");
    world.install(&["--remove"]).ok().says("is kept");
    assert_same_tree(&before, &world.tree());
}

#[test]
fn a_proposal_that_a_person_changed_is_kept_on_removal() {
    let world = World::with("proposal", &[]);
    world.install(&[]).ok();
    world.write("project/release-config/release.toml", "# better\n");
    world.install(&["--remove"]).ok().says("release-config/release.toml has your changes and is kept");
    assert_eq!(world.read("release-config/release.toml"), "# better\n");
}

#[test]
fn removing_takes_only_its_own_lines_out_of_what_has_changed_since() {
    let world = World::with("since", &[("Cargo.toml", "[package]\nname = \"p\"\n"), RUST, ("Makefile", "all:\n")]);
    world.install(&[]).ok();
    let manifest = world.read("Cargo.toml").replace("[package]\n", "# new\n[package]\n");
    world.write("project/Cargo.toml", &manifest);
    world.write("project/.cargo/config.toml", &format!("[alias]\nb = \"build\"\n{ALIAS}\n"));
    world.install(&["--remove"]).ok().says("your changes since are kept");
    assert_eq!(world.read("Cargo.toml"), "# new\n[package]\nname = \"p\"\n");
    assert_eq!(world.read(".cargo/config.toml"), "[alias]\nb = \"build\"\n");
}

#[test]
fn an_own_change_is_not_removed_unasked() {
    let world = World::with("asked", &[]);
    world.install(&[]).ok();
    world.write("project/xtask/src/ours.rs", "// ours\n");
    let before = world.tree();
    world.install(&["--remove"]).refused(4, "would lose them").says("xtask/src/ours.rs");
    assert_same_tree(&before, &world.tree());
    world.install(&["--remove", "--yes"]).ok();
    assert!(!world.project().join("xtask").exists());
}

#[test]
fn an_update_keeps_what_the_project_changed() {
    let world = World::with("update", &[]);
    let old = world.upstream("old");
    fs::write(old.join("xtask/src/shared.rs"), "// one\n//\n//\n//\n// two\n").unwrap();
    fs::write(old.join("xtask/src/gone.rs"), "// gone\n").unwrap();
    fs::write(old.join("xtask/src/kept.rs"), "// kept\n").unwrap();
    fs::write(old.join("xtask/src/quiet.rs"), "// quiet\n").unwrap();
    world.install_from(&old, &[]).ok();
    let new = world.upstream("new");
    fs::write(new.join("xtask/src/shared.rs"), "// one\n//\n//\n//\n// two, better\n").unwrap();
    fs::write(new.join("xtask/src/quiet.rs"), "// quiet\n").unwrap();
    fs::write(new.join("xtask/src/added.rs"), "// added\n").unwrap();
    world.write("project/xtask/src/shared.rs", "// one, ours\n//\n//\n//\n// two\n");
    world.write("project/xtask/src/kept.rs", "// kept, ours\n");
    world.write("project/xtask/src/quiet.rs", "// quiet, ours\n");
    world.write("project/xtask/src/own file.rs", "// own\n");
    world.install_from(&new, &[]).ok().says("xtask/src/kept.rs is gone from Lockstep");
    assert_eq!(world.read("xtask/src/shared.rs"), "// one, ours\n//\n//\n//\n// two, better\n");
    assert_eq!(world.read("xtask/src/kept.rs"), "// kept, ours\n");
    assert_eq!(world.read("xtask/src/quiet.rs"), "// quiet, ours\n");
    assert_eq!(world.read("xtask/src/own file.rs"), "// own\n");
    assert_eq!(world.read("xtask/src/added.rs"), "// added\n");
    assert!(!world.project().join("xtask/src/gone.rs").exists());
    let updated = world.tree();
    world.install_from(&new, &[]).ok().says("already up to date");
    assert_same_tree(&updated, &world.tree());
}

#[test]
fn a_conflict_holds_the_update_back_until_a_person_has_merged() {
    let world = World::with("conflict", &[]);
    let old = world.upstream("old");
    fs::write(old.join("xtask/src/both.rs"), "// one\n").unwrap();
    world.install_from(&old, &[]).ok();
    let new = world.upstream("new");
    fs::write(new.join("xtask/src/both.rs"), "// one, theirs\n").unwrap();
    fs::write(new.join("xtask/src/added.rs"), "// added\n").unwrap();
    world.write("project/xtask/src/both.rs", "// one, ours\n");
    for _ in 0..2 {
        world.install_from(&new, &[]).refused(1, "nothing else has been changed").says("xtask/src/both.rs");
        assert_eq!(world.read("xtask/src/both.rs"), "// one, ours\n");
        assert_eq!(world.read("xtask/src/both.rs.lockstep-new"), "// one, theirs\n");
        assert!(!world.project().join("xtask/src/added.rs").exists());
    }
    world.write("project/xtask/src/both.rs", "// one, ours and theirs\n");
    fs::remove_file(world.project().join("xtask/src/both.rs.lockstep-new")).unwrap();
    world.install_from(&new, &[]).ok();
    assert_eq!(world.read("xtask/src/both.rs"), "// one, ours and theirs\n");
    assert_eq!(world.read("xtask/src/added.rs"), "// added\n");
    world.install_from(&new, &[]).ok().says("already up to date");
}

// --- the real tool ------------------------------------------------------------------------------------------------------

/// The builds share one folder, so that dependencies are compiled once; its `debug/xtask` is one project's at a time.
static BUILDS: Mutex<()> = Mutex::new(());

impl World {
    /// `cargo xtask …` as a person types it, with the real cargo.
    fn xtask(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(Path::new(env!("CARGO")));
        command.arg("xtask").args(arguments).env("CARGO_TARGET_DIR", build_folder()).env("CARGO_NET_OFFLINE", "true");
        command.env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z").env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z");
        self.run(command)
    }

    fn install_for_real(&self, upstream: &Path, options: &[&str]) -> Ran {
        let mut command = self.command(&upstream.join("scripts/install"));
        command.arg(self.project()).args(options);
        command.env("CARGO_TARGET_DIR", build_folder()).env("CARGO_NET_OFFLINE", "true");
        self.run(command)
    }
}

fn build_folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from);
    target.join("install-tests")
}

/// A project at version 0.4.0 with the real tool in it, committed; and what it was before.
fn installed_for_real(name: &str, files: &[(&str, &str)]) -> (World, BTreeMap<String, (Vec<u8>, u32)>) {
    let world = World::with(name, files);
    fs::remove_file(world.root.join("bin/cargo")).unwrap();
    let before = world.tree();
    world.install_for_real(&repository(), &["--hook"]).ok();
    assert!(world.project().join("release-config/release.toml").exists(), "init wrote no release.toml");
    world.git(&["add", "-A"]);
    world.git(&["commit", "-q", "-m", "Install Lockstep"]);
    (world, before)
}

/// Installs the real tool, releases 0.5.0 with it, and takes it out again.
#[track_caller]
fn check_for_real(name: &str, files: &[(&str, &str)], moved: &[(&str, &str)]) {
    let _one_at_a_time = BUILDS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (world, before) = installed_for_real(name, files);
    world.xtask(&["check"]).ok();
    world.xtask(&["bump", "minor"]).ok();
    for (path, line) in moved {
        assert!(world.read(path).contains(line), "`{line}` is not in {path}:\n{}", world.read(path));
    }
    world.git(&["commit", "-q", "-a", "-m", "Version 0.5.0"]);
    world.xtask(&["tag"]).ok();
    assert!(world.git(&["tag", "--list"]).contains("0.5.0"));

    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.install_for_real(&repository(), &["--remove"]).ok();
    assert_same_tree(&before, &world.tree());
    assert!(!world.project().join(".git/hooks/pre-commit").exists(), "the hook is still there");
}

const PYTHON: [(&str, &str); 3] = [
    ("almanac/__init__.py", "\"\"\"Tides and moons.\"\"\"\n\n__version__ = \"0.4.0\"\n"),
    ("pyproject.toml", "[project]\nname = \"almanac\"\nversion = \"0.4.0\"\n"),
    (".gitignore", "*.pyc\n__pycache__/\n*.spec\nlib/\nbuild/\n"),
];

#[test]
fn for_real_in_a_python_project() {
    let moved = [("almanac/__init__.py", "__version__ = \"0.5.0\""), ("pyproject.toml", "version = \"0.5.0\"")];
    check_for_real("real-python", &PYTHON, &moved);
}

#[test]
fn for_real_in_a_go_project() {
    let files = [
        ("go.mod", "module example.com/acme/almanac\n\ngo 1.22\n"),
        ("VERSION", "0.4.0\n"),
        ("deploy/compose.yml", "services:\n  web:\n    image: acme/almanac:v0.4.0\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: almanac\nversion: 0.4.0\nappVersion: \"0.4.0\"\n"),
    ];
    check_for_real("real-go", &files, &[("VERSION", "0.5.0")]);
}

/// Our own lock file with another package of its own: what a project that uses the same crates has, so that resolving
/// needs no network.
fn lock_of_almanac() -> String {
    let lock = fs::read_to_string(repository().join("Cargo.lock")).unwrap();
    let foreign = lock.split("\n[[package]]\n").filter(|block| block.contains("source = ") || block.starts_with('#'));
    let own = "name = \"almanac\"\nversion = \"0.4.0\"\n";
    foreign.chain([own]).collect::<Vec<_>>().join("\n[[package]]\n")
}

#[test]
fn for_real_in_a_rust_project() {
    let profile = "[profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.granit-parser]\nopt-level = 2\n";
    let manifest = format!("[package]\nname = \"almanac\"\nversion = \"0.4.0\"\nedition = \"2021\"\n\n{profile}");
    let lock = lock_of_almanac();
    let files = [("Cargo.toml", &*manifest), ("Cargo.lock", &*lock), RUST, (".gitignore", "/target\n")];
    check_for_real("real-rust", &files, &[("Cargo.toml", "version = \"0.5.0\"")]);
}

#[test]
fn for_real_an_update_keeps_an_own_change_and_the_tool_still_runs() {
    let _one_at_a_time = BUILDS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (world, _) = installed_for_real("real-update", &PYTHON);
    let main = world.read("xtask/src/main.rs");
    world.write("project/xtask/src/main.rs", &format!("// Ours.\n{main}"));
    let new = world.upstream("new");
    fs::write(new.join("xtask/src/main.rs"), format!("{main}// Theirs.\n")).unwrap();
    world.install_for_real(&new, &[]).ok().says("merged with your changes");
    assert_eq!(world.read("xtask/src/main.rs"), format!("// Ours.\n{main}// Theirs.\n"));
    world.xtask(&["check"]).ok();
    world.install_for_real(&new, &["--remove"]).refused(4, "would lose them").says("xtask/src/main.rs");
}

/// A program that `scripts/tools` gets. Without it the test is skipped, except where CI asks for everything.
fn find_tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(repository().join("target/tools/venv/bin"));
    let found = folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file());
    if found.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "`{name}` is missing: run scripts/tools {name}");
        let _ = writeln!(std::io::stderr(), "skipped: {name}: run scripts/tools {name}");
    }
    found
}

#[test]
fn for_real_in_the_pre_commit_framework() {
    let Some(pre_commit) = find_tool("pre-commit") else { return };
    let _one_at_a_time = BUILDS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (world, _) = installed_for_real("framework", &PYTHON);
    world.xtask(&["hook", "remove"]).ok();
    let lockstep = world.upstream("lockstep");
    copy(&repository().join(".pre-commit-hooks.yaml"), &lockstep.join(".pre-commit-hooks.yaml"));
    for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "-m", "Lockstep"], &["tag", "v0"]] {
        let mut git = world.command(Path::new("git"));
        git.current_dir(&lockstep).args(arguments);
        world.run(git).ok();
    }
    let repo = format!("repos:\n- repo: {}\n  rev: v0\n  hooks:\n  - id: lockstep-check\n", lockstep.display());
    world.write("project/.pre-commit-config.yaml", &repo);
    world.git(&["add", "-A"]);
    let check = || {
        let mut command = world.command(&pre_commit);
        command.arg("run").env("CARGO_TARGET_DIR", build_folder()).env("CARGO_NET_OFFLINE", "true");
        command.env("PRE_COMMIT_HOME", world.root.join("home/pre-commit"));
        world.run(command)
    };
    check().ok().says("Passed");
    // What counts is the index: a drift that is only in the work tree passes, a staged one doesn't.
    let text = world.read("almanac/__init__.py").replace("0.4.0", "0.4.1");
    world.write("project/almanac/__init__.py", &text);
    check().ok().says("Passed");
    world.git(&["add", "-A"]);
    let ran = check().says("almanac/__init__.py");
    assert_eq!(ran.code, 1, "{}", ran.stdout);
}

#[test]
fn no_hook_is_set_where_no_file_states_a_version() {
    let world = World::with("tags only", &[]);
    let mut command = world.command(&repository().join("scripts/install"));
    command.arg(world.project()).arg("--hook").env("FAKE_INIT", "4");
    let ran = world.run(command);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let ran = ran.says("there is no release-config/release.toml yet").says("no hook is set");
    assert!(!ran.stdout.contains("done;"), "{}", ran.stdout);
    let log = fs::read_to_string(world.root.join("cargo.log")).unwrap();
    assert!(log.contains("xtask init") && !log.contains("xtask hook"), "{log}");
    // Once it is written by hand, the same command goes on.
    world.write("project/release-config/release.toml", "# mine\n");
    world.install(&["--hook"]).ok();
}
