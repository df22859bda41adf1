//! Odd repositories: each works, or is refused with a reason before anything has changed.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use expect_test::{Expect, expect};
use lockstep_tests::binary;
use lockstep_tests::projects::{APP, CONFIG, app};
use lockstep_tests::sandbox::{Sandbox, assert_untouched};

/// The whole day of a release engineer in a folder of a sandbox.
#[track_caller]
fn works_in(sandbox: &Sandbox, folder: &str) {
    sandbox.run_in(folder, &["check"]).code(0);
    sandbox.run_in(folder, &["check", "--staged"]).code(0);
    sandbox.run_in(folder, &["check", "--rev", "HEAD"]).code(0);
    sandbox.run_in(folder, &["check", "--strays"]).code(0);
    sandbox.run_in(folder, &["bump", "minor", "--commit"]).code(0).says("1.26.0 → 1.27.0");
    sandbox.run_in(folder, &["check", "--rev", "HEAD"]).code(0);
    sandbox.run_in(folder, &["tag"]).code(0).says("v1.27.0");
    assert_eq!(sandbox.git_in(folder, &["describe", "--exact-match"]).trim(), "v1.27.0");
    assert_eq!(sandbox.git_in(folder, &["diff", "HEAD", "--name-only"]), "");
}

#[track_caller]
fn works(sandbox: &Sandbox) {
    works_in(sandbox, "");
}

/// Refused in these words, and nothing has changed.
#[track_caller]
fn refused(sandbox: &Sandbox, folder: &str, args: &[&str], expected: Expect) {
    let before = sandbox.state();
    let ran = sandbox.run_in(folder, args);
    assert!(ran.code > 0, "{ran}");
    assert_untouched(&before, &sandbox.state(), "a refusal");
    expected.assert_eq(&ran.to_string());
}

#[test]
fn dirty() {
    let sandbox = app();
    sandbox.write("README.md", "# Changed\n");
    sandbox.write("untracked.txt", "1.26.0\n");
    sandbox.run(&["check"]).code(0);
    sandbox.run(&["bump", "minor", "--commit"]).code(0);
    assert_eq!(sandbox.git(&["status", "--porcelain"]), " M README.md\n?? untracked.txt\n");
    sandbox.run(&["tag"]).code(0);
}

#[test]
fn detached() {
    let sandbox = app();
    sandbox.git(&["switch", "-q", "--detach"]);
    works(&sandbox);
}

#[test]
fn a_second_work_tree() {
    let sandbox = app();
    sandbox.git(&["worktree", "add", "-q", "-b", "release", "../second"]);
    works_in(&sandbox, "../second");
    assert!(sandbox.read("package.json").contains("1.26.0"), "the first work tree stays");
    sandbox.run(&["check"]).code(0);
}

#[test]
fn shallow() {
    let sandbox = app();
    sandbox.write("README.md", "# More\n");
    sandbox.commit("More");
    let url = format!("file://{}", sandbox.path("").display());
    sandbox.git(&["clone", "-q", "--depth=1", &url, "../shallow"]);
    sandbox.git_in("../shallow", &["remote", "remove", "origin"]);
    works_in(&sandbox, "../shallow");
    sandbox.run_in("../shallow", &["check", "--rev", "HEAD~2"]).code(4);
}

#[test]
fn a_submodule_beside_and_inside() {
    let sandbox = app();
    sandbox.sibling(
        "library",
        &[("VERSION", "1.26.0\n"), (CONFIG, "[track.lib]\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{lib}\"\n")],
    );
    sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "vendored"]);
    sandbox.commit("Take the library");
    // In it the library's own configuration counts, around it the application's.
    sandbox.run_in("vendored", &["versions"]).code(0).says("lib");
    sandbox.run_in("vendored", &["bump", "minor", "--commit"]).code(0);
    assert_eq!(sandbox.git_in("vendored", &["log", "-1", "--format=%s"]).trim(), "Bump lib to 1.27.0");
    sandbox.git(&["commit", "-qam", "Take the next library"]);
    works(&sandbox);
    // One without a configuration of its own doesn't lend its files to the project around it.
    sandbox.git_in("vendored", &["rm", "-rq", "release-config"]);
    sandbox.run_in("vendored", &["check", "--rev", "HEAD"]).code(0).says("3 places");
}

#[test]
fn a_place_inside_a_submodule_belongs_to_another_repository() {
    let sandbox = app();
    sandbox.sibling("library", &[("VERSION", "1.26.0\n")]);
    sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "vendored"]);
    sandbox.write(CONFIG, APP[0].1.to_owned() + "\n[[manifest]]\npath = \"vendored/VERSION\"\nline.all = \"{app}\"\n");
    sandbox.commit("Take the library");
    refused(
        &sandbox,
        "",
        &["check", "--staged"],
        expect![[r#"
        exit 2
        --- stdout
        vendored/VERSION: it isn't in the index
          hint: look for a typing error in the path, or take it out of the configuration
        --- stderr
        1 finding: 3 places in 4 files
    "#]],
    );
    refused(
        &sandbox,
        "",
        &["bump", "minor", "--commit"],
        expect![[r#"
        exit 4
        --- stderr
        error: git doesn't track `vendored/VERSION`, so a commit can't hold it
        hint: `git add` it and commit it first, or bump without `--commit`; a submodule is a repository of its own
    "#]],
    );
}

#[test]
fn files_that_lfs_would_keep() {
    let sandbox = app();
    sandbox.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    sandbox.write("model.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    sandbox.commit("Point");
    works(&sandbox);
}

#[test]
fn a_manifest_that_is_only_a_pointer() {
    let sandbox = app();
    sandbox.write("package.json", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n");
    refused(
        &sandbox,
        "",
        &["check"],
        expect![[r#"
        exit 2
        --- stdout
        package.json:1:1: not valid JSON: a value is missing
          hint: correct the file, or name the place with `text.'…{}…'`
        --- stderr
        1 finding: 2 places in 3 files
    "#]],
    );
}

#[test]
fn sha256() {
    let sandbox = Sandbox::folder(APP);
    sandbox.git(&["init", "-q", "-b", "main", "--object-format=sha256"]);
    sandbox.commit("Begin");
    works(&sandbox);
}

#[test]
fn refs_in_packs_and_many_of_them() {
    let sandbox = app();
    for number in 0..30 {
        sandbox.git(&["tag", &format!("v0.{number}.0")]);
    }
    sandbox.git(&["pack-refs", "--all", "--prune"]);
    works(&sandbox);
}

#[test]
fn reftable() {
    let sandbox = Sandbox::folder(APP);
    let made = sandbox.try_git(&["init", "-q", "-b", "main", "--ref-format=reftable"]);
    if made.code != 0 {
        // Nothing that could be installed beside the git that is here.
        let _ = writeln!(std::io::stderr(), "skipped: reftable: git is older than 2.45");
        return;
    }
    sandbox.commit("Begin");
    works(&sandbox);
}

#[test]
fn empty() {
    let sandbox = Sandbox::bare(&[]);
    refused(
        &sandbox,
        "",
        &["check"],
        expect![[r#"
        exit 2
        --- stderr
        error: no `release-config/release.toml` in `[SANDBOX]/app` or above
        hint: `cargo xtask init` proposes one
    "#]],
    );
    sandbox.run(&["init", "--yes"]).code(0);
    refused(
        &sandbox,
        "",
        &["check"],
        expect![[r#"
        exit 2
        --- stdout
        release-config/release.toml:5:8: no place says the version of `app`
          hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
        --- stderr
        1 finding: 0 places in 0 files
    "#]],
    );
}

#[test]
fn bare() {
    let sandbox = app();
    sandbox.remote("origin");
    refused(
        &sandbox,
        "../origin.git",
        &["check"],
        expect![[r#"
        exit 2
        --- stderr
        error: no `release-config/release.toml` in `[SANDBOX]/origin.git` or above
        hint: `cargo xtask init` proposes one
    "#]],
    );
    refused(
        &sandbox,
        "../origin.git",
        &["tag"],
        expect![[r#"
        exit 2
        --- stderr
        error: no `release-config/release.toml` in `[SANDBOX]/origin.git` or above
        hint: `cargo xtask init` proposes one
    "#]],
    );
    refused(
        &sandbox,
        "../origin.git",
        &["hook", "install"],
        expect![[r#"
        exit 2
        --- stderr
        error: no `release-config/release.toml` in `[SANDBOX]/origin.git` or above
        hint: `cargo xtask init` proposes one
    "#]],
    );
    sandbox.run_in(".git", &["check", "--staged"]).code(0);
}

#[test]
fn names_that_are_not_utf_8() {
    let sandbox = app();
    for name in [&b"caf\xe9.txt"[..], b"dir\xff/Chart.yaml", b"new\nline\t\"quote\".yaml"] {
        sandbox.write(OsStr::from_bytes(name), "version: 1.26.0\n");
    }
    sandbox.write(CONFIG, APP[0].1.to_owned() + "\n[[manifest]]\npath = \"*.yaml\"\nyaml.version = \"{app}\"\n");
    sandbox.commit("Odd names");
    works(&sandbox);
    assert_eq!(sandbox.read("new\nline\t\"quote\".yaml"), "version: 1.27.0\n");
    sandbox.write(CONFIG, APP[0].1.to_owned() + "\n[[manifest]]\npath = \"caf?.txt\"\nyaml.version = \"{app}\"\n");
    refused(
        &sandbox,
        "",
        &["check"],
        expect![[r#"
        exit 2
        --- stdout
        release-config/release.toml:21:8: `caf?.txt` matches no tracked file of this repository
          hint: a new file is seen once it is added with `git add`
        --- stderr
        1 finding: 3 places in 3 files
    "#]],
    );
}

#[test]
fn names_that_git_reads_otherwise() {
    let config = "[track.app]\n[[manifest]]\npath = [\":(top)VERSION\", \"-rf\", \"a\\\\b\", \"!x\", \"ä b\"]\nline.all = \"{app}\"\n\
                  [[manifest]]\npath = \":x/*\"\nline.all = \"{app}\"\n";
    let version = "1.26.0\n";
    let names = [":(top)VERSION", "-rf", "a\\b", "!x", "ä b", ":x/-y"];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, version)).chain([(CONFIG, config)]).collect();
    let sandbox = Sandbox::new(&files);
    works(&sandbox);
    for name in names {
        assert_eq!(sandbox.read(name), "1.27.0\n", "{name}");
    }
}

#[test]
fn a_folder_that_is_a_symlink() {
    let with_link = |to: &str| {
        let sandbox = Sandbox::new(APP);
        sandbox.write("../outside/values.yaml", "image:\n  tag: release-1.26.0\n");
        std::fs::rename(sandbox.path("deploy"), sandbox.path("real")).unwrap();
        symlink(to, sandbox.path("deploy")).unwrap();
        sandbox.commit("Link");
        sandbox
    };
    refused(
        &with_link("real"),
        "",
        &["bump", "minor", "--commit"],
        expect![[r#"
        exit 2
        --- stderr
        error: deploy/values.yaml: `deploy` on the way to it is a symlink
        hint: name the file by the folder that it really lies in: git follows no symlinks
    "#]],
    );
    refused(
        &with_link("../outside"),
        "",
        &["bump", "minor"],
        expect![[r#"
        exit 2
        --- stderr
        error: deploy/values.yaml: `deploy` on the way to it is a symlink
        hint: name the file by the folder that it really lies in: git follows no symlinks
    "#]],
    );
    refused(
        &with_link("real"),
        "",
        &["check", "--staged"],
        expect![[r#"
        exit 2
        --- stdout
        deploy/values.yaml: it isn't in the index
          hint: look for a typing error in the path, or take it out of the configuration
        --- stderr
        1 finding: 2 places in 3 files
    "#]],
    );
}

#[test]
fn a_project_behind_a_symlink() {
    let sandbox = app();
    symlink(sandbox.path(""), sandbox.path("../link")).unwrap();
    works_in(&sandbox, "../link");
}

#[test]
fn line_ends_that_git_converts() {
    let sandbox = app();
    sandbox.git(&["config", "core.autocrlf", "true"]);
    sandbox.git(&["rm", "-rq", "--cached", "."]);
    sandbox.git(&["reset", "-q", "--hard"]);
    assert!(sandbox.read("package.json").contains("\r\n"));
    works(&sandbox);
    assert_eq!(sandbox.read("acme/settings.py"), "DEBUG = False\r\nVERSION = \"1.27.0\"\r\n");
}

#[test]
fn attributes_that_convert() {
    let sandbox = app();
    sandbox.write(".gitattributes", "*.py text eol=crlf\n*.yaml ident\n* working-tree-encoding=UTF-8\n");
    sandbox.commit("Convert");
    sandbox.git(&["rm", "-rq", "--cached", "."]);
    sandbox.git(&["reset", "-q", "--hard"]);
    works(&sandbox);
}

#[test]
fn folders_with_any_name() {
    for name in ["with space", "it's", "\"quoted\"", "ünïcödé 日本", "$(touch canary)", "a;b", "-rf", "[x]*?"] {
        let sandbox = Sandbox::named(name, APP);
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.commit("Begin");
        works(&sandbox);
        assert!(!sandbox.path("canary").exists());
    }
}

#[test]
fn a_folder_with_a_line_end_in_its_name() {
    let sandbox = Sandbox::named("new\nline", APP);
    sandbox.git(&["init", "-q", "-b", "main"]);
    refused(
        &sandbox,
        "",
        &["check"],
        expect![[r#"
        exit 4
        --- stderr
        error: the path of the repository of `[SANDBOX]/new\nline` holds a line end
        hint: move it: git separates its answers by line ends
    "#]],
    );
}

#[test]
fn hooks_in_folders_with_any_name() {
    for name in ["with space", "\"quoted\"", "ünïcödé", "$(touch canary)", "a;b", "-rf"] {
        let sandbox = Sandbox::named(name, APP);
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.commit("Begin");
        sandbox.run(&["hook", "install"]).code(0);
        sandbox.replace("package.json", "1.26.0", "1.25.0");
        sandbox.try_git(&["commit", "-qam", "Wrong"]).code(1).says("must say");
        assert!(!sandbox.path("canary").exists());
    }
}

#[test]
fn started_from_below_from_above_and_from_elsewhere() {
    let sandbox = app();
    sandbox.write("a/b/c/file", "");
    sandbox.run_in("a/b/c", &["check"]).code(0).says("3 places");
    sandbox.run_in("a/b/c", &["-C", "../..", "check"]).code(0).says("3 places");
    sandbox.run_in("..", &["-C", "app", "check"]).code(0).says("3 places");
    sandbox.run_in("..", &["check", "-C", "app/a"]).code(0).says("3 places");
    sandbox.run_in("a", &["check", "--config", "../release-config/release.toml"]).code(0).says("3 places");
    sandbox.run_in("a/b/c", &["bump", "minor", "--commit"]).code(0);
    sandbox.run_in("a/b/c", &["tag"]).code(0);
    refused(
        &sandbox,
        "..",
        &["check"],
        expect![[r#"
        exit 2
        --- stderr
        error: no `release-config/release.toml` in `[SANDBOX]` or above
        hint: `cargo xtask init` proposes one
    "#]],
    );
    refused(
        &sandbox,
        "..",
        &["-C", "app/..", "check"],
        expect![[r#"
        exit 2
        --- stderr
        error: no `release-config/release.toml` in `[SANDBOX]` or above
        hint: `cargo xtask init` proposes one
    "#]],
    );
}

#[test]
fn a_project_below_the_top_of_its_repository() {
    let sandbox = Sandbox::folder(APP);
    sandbox.git_in("..", &["init", "-q", "-b", "main"]);
    refused(
        &sandbox,
        "",
        &["check"],
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app` isn't the top of the work tree of `[SANDBOX]`
        hint: paths count from the top of a repository: put `release-config` there, or name the top in `[repo.*]`
    "#]],
    );
    refused(
        &sandbox,
        "",
        &["bump", "minor"],
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app` isn't the top of the work tree of `[SANDBOX]`
        hint: paths count from the top of a repository: put `release-config` there, or name the top in `[repo.*]`
    "#]],
    );
}

#[test]
fn variables_that_point_elsewhere() {
    let sandbox = app();
    sandbox.sibling("other", &[("package.json", "{\"version\": \"9.9.9\"}\n")]);
    let other = sandbox.path("../other/.git");
    let before = sandbox.git_in("../other", &["rev-parse", "HEAD"]);
    let env = [
        ("GIT_DIR", other.to_str().unwrap()),
        ("GIT_WORK_TREE", "/nonexistent"),
        ("GIT_OBJECT_DIRECTORY", "/nonexistent"),
        ("GIT_NAMESPACE", "x"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("LC_ALL", "de_DE.UTF-8"),
    ];
    sandbox.run_with(&env, &["check", "--rev", "HEAD"]).code(0);
    sandbox.run_with(&env, &["bump", "minor", "--commit"]).code(0);
    sandbox.run_with(&env, &["tag"]).code(0);
    assert_eq!(sandbox.git(&["describe"]).trim(), "v1.27.0");
    assert_eq!(sandbox.git_in("../other", &["rev-parse", "HEAD"]), before);
    assert_eq!(sandbox.git_in("../other", &["tag"]), "");
}

#[test]
fn settings_that_change_what_git_prints() {
    let sandbox = app();
    for (key, value) in [
        ("color.ui", "always"),
        ("core.quotePath", "true"),
        ("status.short", "true"),
        ("diff.external", "false"),
        ("diff.noprefix", "true"),
        ("diff.renames", "copies"),
        ("core.pager", "false"),
        ("tag.sort", "-version:refname"),
        ("log.showSignature", "true"),
        ("advice.detachedHead", "true"),
        ("core.fsmonitor", "touch canary"),
        ("core.editor", "false"),
        ("commit.verbose", "true"),
        ("commit.template", "/nonexistent"),
        ("commit.cleanup", "scissors"),
        ("core.commentChar", "1"),
    ] {
        sandbox.git(&["config", key, value]);
    }
    sandbox.run(&["check", "--staged"]).code(0);
    assert!(!sandbox.path("canary").exists(), "a look runs nothing that the repository names");
    sandbox.git(&["config", "--unset", "core.fsmonitor"]);
    sandbox.git(&["config", "--unset", "commit.template"]);
    works(&sandbox);
    assert_eq!(sandbox.git(&["cat-file", "commit", "HEAD"]).lines().last(), Some("Bump version to 1.27.0"));
}

#[test]
fn a_repository_of_another_owner() {
    let sandbox = app();
    let mut command = sandbox.command(binary::xtask(), "");
    command.arg("check").env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    let ran = sandbox.output(command);
    expect![[r#"
        exit 3
        --- stderr
        error: `git -c core.fsmonitor=false -c core.quotepath=off rev-parse --is-bare-repository --is-inside-work-tree --absolute-git-dir --git-common-dir --show-toplevel` failed with exit code 128
          fatal: detected dubious ownership in repository at '[SANDBOX]/app'
          To add an exception for this directory, call:
          	git config --global --add safe.directory [SANDBOX]/app
        hint: if you trust it: `git config --global --add safe.directory FOLDER`
    "#]].assert_eq(&ran.to_string());
}

#[test]
fn a_partial_clone_whose_objects_are_gone() {
    let sandbox = app();
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("").display());
    sandbox.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "../partial"]);
    sandbox.git_in("../partial", &["sparse-checkout", "set", "acme"]);
    sandbox.git_in("../partial", &["checkout", "-q"]);
    sandbox.run_in("../partial", &["check", "--rev", "HEAD"]);
}

#[test]
fn a_sparse_checkout() {
    let sandbox = app();
    sandbox.git(&["sparse-checkout", "set", "acme", "release-config"]);
    assert!(!sandbox.path("deploy").exists());
    refused(
        &sandbox,
        "",
        &["check"],
        expect![[r#"
        exit 2
        --- stdout
        deploy/values.yaml: it doesn't exist
          hint: look for a typing error in the path, or take it out of the configuration
        --- stderr
        1 finding: 2 places in 3 files
    "#]],
    );
    sandbox.run(&["check", "--staged"]).code(0);
}
