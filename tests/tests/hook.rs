//! The hook before each commit, as git and as the pre-commit framework run it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use lockstep_tests::binary;
use lockstep_tests::projects::{CONFIG, app};
use lockstep_tests::sandbox::{Ran, Sandbox, assert_untouched, skip};

#[track_caller]
fn hook(sandbox: &Sandbox, args: &[&str], expected: Expect) {
    let args: Vec<&str> = ["hook"].iter().chain(args).copied().collect();
    expected.assert_eq(&sandbox.run(&args).to_string());
}

/// A project with the hook in it.
fn hooked() -> Sandbox {
    let sandbox = app();
    sandbox.run(&["hook", "install"]).code(0);
    sandbox
}

/// The commit is refused, because a place disagrees in what it would hold.
#[track_caller]
fn stopped(sandbox: &Sandbox, args: &[&str]) {
    let before = sandbox.git(&["rev-parse", "HEAD"]);
    let ran = sandbox.try_git(args).code(1);
    assert!(ran.stderr.contains("must say"), "{ran}");
    assert_eq!(before, sandbox.git(&["rev-parse", "HEAD"]));
}

#[test]
fn it_is_installed_and_removed() {
    let sandbox = app();
    hook(
        &sandbox,
        &["install"],
        expect![[r#"
        exit 0
        --- stderr
        installed [SANDBOX]/app/.git/hooks/pre-commit: commits are checked from now on
    "#]],
    );
    let script = sandbox.path(".git/hooks/pre-commit");
    assert_eq!(script.metadata().unwrap().permissions().mode() & 0o111, 0o111);
    let before = sandbox.state();
    hook(
        &sandbox,
        &["install"],
        expect![[r#"
        exit 0
        --- stderr
        installed [SANDBOX]/app/.git/hooks/pre-commit: commits are checked from now on
    "#]],
    );
    assert_untouched(&before, &sandbox.state(), "installing what is there");
    hook(
        &sandbox,
        &["install", "--strict"],
        expect![[r#"
        exit 0
        --- stderr
        installed [SANDBOX]/app/.git/hooks/pre-commit: commits are checked from now on
    "#]],
    );
    hook(
        &sandbox,
        &["remove"],
        expect![[r#"
        exit 0
        --- stderr
        removed [SANDBOX]/app/.git/hooks/pre-commit
    "#]],
    );
    assert!(!script.exists());
    hook(
        &sandbox,
        &["remove"],
        expect![[r#"
        exit 0
        --- stderr
        there is no hook to remove
    "#]],
    );
}

#[test]
fn what_is_staged_is_checked_and_nothing_else() {
    let sandbox = hooked();
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    // The work tree is wrong, but not what is committed.
    sandbox.write("README.md", "# More\n");
    sandbox.git(&["add", "README.md"]);
    sandbox.git(&["commit", "-qm", "More"]);
    sandbox.git(&["add", "package.json"]);
    stopped(&sandbox, &["commit", "-qm", "Wrong"]);
    // The work tree is right, but not what is committed.
    sandbox.replace("package.json", "1.25.0", "1.26.0");
    stopped(&sandbox, &["commit", "-qm", "Wrong"]);
    sandbox.git(&["add", "package.json"]);
    sandbox.git(&["commit", "-qm", "Right", "--allow-empty"]);
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    sandbox.git(&["commit", "-qam", "On purpose", "--no-verify"]);
}

#[test]
fn commits_with_an_index_of_their_own_are_checked_by_it() {
    let sandbox = hooked();
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    stopped(&sandbox, &["commit", "-qam", "All"]);
    stopped(&sandbox, &["commit", "-qm", "One", "package.json"]);
    stopped(&sandbox, &["commit", "-qm", "One", "--only", "package.json"]);
    stopped(&sandbox, &["commit", "-qm", "One", "--include", "package.json"]);
    // Staged is wrong; the one file that is committed isn't.
    sandbox.git(&["add", "package.json"]);
    sandbox.write("README.md", "# More\n");
    sandbox.git(&["commit", "-qm", "Only the other", "README.md"]);
}

#[test]
fn a_commit_from_a_subfolder_and_an_amended_one_are_checked() {
    let sandbox = hooked();
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    let mut commit = sandbox.command("git", "acme");
    commit.args(["commit", "-qam", "From below"]);
    sandbox.output(commit).code(1).says("must say");
    stopped(&sandbox, &["commit", "-qa", "--amend", "--no-edit"]);
}

#[test]
fn a_commit_without_any_manifest_costs_no_look() {
    let sandbox = hooked();
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    sandbox.git(&["commit", "-qam", "On purpose", "--no-verify"]);
    sandbox.write("README.md", "# More\n");
    sandbox.git(&["commit", "-qam", "Something else"]);
    sandbox.replace("deploy/values.yaml", "acme/web", "acme/www");
    stopped(&sandbox, &["commit", "-qam", "A manifest"]);
}

#[test]
fn it_goes_where_git_looks_for_it() {
    let sandbox = app();
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    hook(
        &sandbox,
        &["install"],
        expect![[r#"
        exit 0
        --- stderr
        installed [SANDBOX]/app/.githooks/pre-commit: commits are checked from now on
    "#]],
    );
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    stopped(&sandbox, &["commit", "-qam", "Wrong"]);
    hook(
        &sandbox,
        &["remove"],
        expect![[r#"
        exit 0
        --- stderr
        removed [SANDBOX]/app/.githooks/pre-commit
    "#]],
    );
    sandbox.git(&["commit", "-qam", "Wrong"]);
}

#[test]
fn it_runs_in_every_work_tree() {
    let sandbox = app();
    sandbox.git(&["worktree", "add", "-q", "../second", "-b", "second"]);
    sandbox.run_in("../second", &["hook", "install"]).code(0);
    assert!(sandbox.path(".git/hooks/pre-commit").exists());
    for folder in ["", "../second"] {
        let file = Path::new(folder).join("package.json");
        let text = sandbox.read(&file);
        sandbox.write(&file, text.replace("1.26.0", "1.25.0"));
        let mut commit = sandbox.command("git", folder);
        commit.args(["commit", "-qam", "Wrong"]);
        sandbox.output(commit).code(1).says("must say");
    }
}

#[test]
fn a_hook_of_somebody_else_is_left_alone() {
    let sandbox = app();
    sandbox.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n");
    let before = sandbox.state();
    let ran = sandbox.run(&["hook", "install"]).code(4).says("hook run");
    assert!(ran.stderr.contains("is a hook already, and not one of ours"), "{ran}");
    hook(
        &sandbox,
        &["remove"],
        expect![[r#"
        exit 4
        --- stderr
        error: `[SANDBOX]/app/.git/hooks/pre-commit` isn't one of ours
        hint: take the line `… hook run` out of it by hand
    "#]],
    );
    assert_untouched(&before, &sandbox.state(), "a foreign hook");
}

#[test]
fn without_a_repository_there_is_nothing_to_hook() {
    let sandbox = Sandbox::folder(&[(CONFIG, "")]);
    hook(
        &sandbox,
        &["install"],
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app` is in no git repository
        hint: `git init` makes one
    "#]],
    );
    hook(
        &sandbox,
        &["remove"],
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app` is in no git repository
        hint: `git init` makes one
    "#]],
    );
    hook(
        &sandbox,
        &["run"],
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app` is in no git repository
        hint: `git init` makes one
    "#]],
    );
}

#[test]
fn a_configuration_that_is_staged_wrong_stops_the_commit() {
    let sandbox = hooked();
    sandbox.replace(CONFIG, "json.version", "json.vers");
    sandbox.git(&["add", CONFIG]);
    let ran = sandbox.try_git(&["commit", "-qm", "Wrong"]).code(1);
    expect![[r#"
        exit 1
        --- stderr
        package.json: `json.vers` hits nothing
          hint: the place is named at release-config/release.toml:18:6; has it moved or been renamed?
        1 finding: 2 places in 3 files
        warning: the hook refuses this commit; `git commit --no-verify` makes it all the same
    "#]]
    .assert_eq(&ran.to_string());
    sandbox.replace(CONFIG, "[track.app]", "[trakc.app]");
    sandbox.git(&["add", CONFIG]);
    sandbox.try_git(&["commit", "-qm", "Wrong"]).code(1).says("unknown table `trakc`");
}

/// A copy of the tool that can go away, with sources beside it that are newer.
fn outdated(strict: bool) -> (Sandbox, PathBuf) {
    let sandbox = app();
    let copy = sandbox.path("target/debug/xtask");
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    std::fs::copy(binary::xtask(), &copy).unwrap();
    let mut install = sandbox.command(&copy, "");
    install.args(["hook", "install"]);
    if strict {
        install.arg("--strict");
    }
    sandbox.output(install).code(0);
    std::fs::remove_file(&copy).unwrap();
    sandbox.write("README.md", "# More\n");
    sandbox.git(&["add", "README.md"]);
    (sandbox, copy)
}

/// A commit on a machine that has git and no cargo.
fn commit_without_cargo(sandbox: &Sandbox) -> Ran {
    for name in ["git", "sh", "find", "touch", "echo"] {
        let program = ["/usr/bin", "/bin", "/usr/local/bin"].iter().map(|dir| Path::new(dir).join(name));
        if let Some(program) = program.into_iter().find(|program| program.exists()) {
            let _ = std::os::unix::fs::symlink(program, sandbox.root().join("bin").join(name));
        }
    }
    let mut commit = sandbox.command("git", "");
    commit.env("PATH", sandbox.root().join("bin")).args(["commit", "-qm", "More"]);
    sandbox.output(commit)
}

#[test]
fn where_there_is_no_cargo_the_commit_passes_with_one_line() {
    let (sandbox, _) = outdated(false);
    expect![[r#"
        exit 0
        --- stderr
        lockstep: there is no cargo here, so this commit's versions are unchecked; CI checks them
    "#]]
    .assert_eq(&commit_without_cargo(&sandbox).to_string());
    let (sandbox, _) = outdated(true);
    expect![[r#"
        exit 1
        --- stderr
        lockstep: there is no cargo here, so this commit's versions can't be checked; install Rust, or commit with --no-verify
    "#]].assert_eq(&commit_without_cargo(&sandbox).to_string());
}

#[test]
fn a_built_tool_needs_no_cargo() {
    let (sandbox, copy) = outdated(true);
    std::fs::copy(binary::xtask(), copy).unwrap();
    commit_without_cargo(&sandbox).code(0);
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The framework itself: on PATH, or where `scripts/tools` puts it.
fn framework() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([repository().join("target/tools/venv/bin")]);
    folders.map(|folder| folder.join("pre-commit")).find(|program| program.is_file())
}

#[test]
fn the_pre_commit_framework_runs_it() {
    let Some(framework) = framework() else {
        return skip("the_pre_commit_framework_runs_it", "there is no pre-commit: `scripts/tools pre-commit` gets it");
    };
    let sandbox = app();
    // The hook's repository as the framework clones it, and a cargo that has built the tool before.
    let lockstep = sandbox.path("../lockstep");
    sandbox.git(&["init", "-q", "-b", "main", lockstep.to_str().unwrap()]);
    for file in [".pre-commit-hooks.yaml", "scripts/pre-commit"] {
        let to = lockstep.join(file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(repository().join(file), to).unwrap();
    }
    sandbox.write("../lockstep/xtask/Cargo.toml", "[package]\nname = \"xtask\"\n");
    let build = format!(
        "#!/bin/sh\n[ \"$1\" = build ] && mkdir -p \"$CARGO_TARGET_DIR/debug\" && cp '{}' \"$CARGO_TARGET_DIR/debug\"\n",
        binary::xtask().display()
    );
    sandbox.put_program("cargo", &build);
    sandbox.commit_in("../lockstep", "Begin");
    let rev = sandbox.git_in("../lockstep", &["rev-parse", "HEAD"]);
    sandbox.write(
        ".pre-commit-config.yaml",
        format!("repos:\n- repo: {}\n  rev: {}  hooks:\n  - id: lockstep-check\n", lockstep.display(), rev),
    );
    sandbox.commit("Use the framework");
    let mut install = sandbox.command(&framework, "");
    install.arg("install");
    sandbox.output(install).code(0);
    sandbox.write("README.md", "# More\n");
    sandbox.git(&["commit", "-qam", "More"]);
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    stopped_by_framework(&sandbox, &["commit", "-qam", "Wrong"]);
    sandbox.git(&["add", "package.json"]);
    sandbox.replace("package.json", "1.25.0", "1.26.0");
    stopped_by_framework(&sandbox, &["commit", "-qm", "Wrong"]);
}

/// The framework prints what its hooks say in its own way.
#[track_caller]
fn stopped_by_framework(sandbox: &Sandbox, args: &[&str]) {
    let ran = sandbox.try_git(args).code(1);
    assert!(ran.stderr.contains("must say `1.26.0`") || ran.stdout.contains("must say `1.26.0`"), "{ran}");
}
