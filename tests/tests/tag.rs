//! `tag`: an annotated tag on a commit that agrees with itself, on its branch, under a name that nobody has yet.

use std::process::Command;

use expect_test::{Expect, expect};
use lockstep_tests::projects::{APP, CONFIG, app, drifted, one_track, with_charts};
use lockstep_tests::sandbox::{Sandbox, assert_untouched, skip};

#[track_caller]
fn check(sandbox: &Sandbox, args: &[&str], expected: Expect) {
    let args: Vec<&str> = ["tag"].iter().chain(args).copied().collect();
    expected.assert_eq(&sandbox.run(&args).to_string());
}

/// A refusal: what it says. Nothing has changed, here or in a remote.
#[track_caller]
fn refused(sandbox: &Sandbox, args: &[&str], expected: Expect) {
    let before = sandbox.state();
    check(sandbox, args, expected);
    assert_untouched(&before, &sandbox.state(), "a refused tag");
}

/// A project with one place, its track configured like this.
fn small(track: &str) -> Sandbox {
    Sandbox::new(&[(CONFIG, &one_track(track, "")), ("VERSION", "1.26.0\n")])
}

#[test]
fn a_tag_is_annotated_and_says_the_version() {
    let sandbox = app();
    sandbox.remote("origin");
    check(
        &sandbox,
        &[],
        expect![[r#"
        exit 0
        --- stderr
        tagged [OID] as `v1.26.0`: Version 1.26.0
        hint: push it with `git push origin refs/tags/v1.26.0`
    "#]],
    );
    expect![[r#"
        object HEAD
        type commit
        tag v1.26.0
        tagger Ada <ada@example.com> 1782907200 +0000

        Version 1.26.0
    "#]]
    .assert_eq(
        &sandbox.git(&["cat-file", "tag", "v1.26.0"]).replace(sandbox.git(&["rev-parse", "HEAD"]).trim(), "HEAD"),
    );
    // The second run finds it and has nothing to do.
    refused(
        &sandbox,
        &[],
        expect![[r#"
        exit 0
        --- stderr
        `v1.26.0` is on [OID] already
        hint: push it with `git push origin refs/tags/v1.26.0`
    "#]],
    );
    sandbox.git(&["push", "-q", "origin", "refs/tags/v1.26.0"]);
    refused(
        &sandbox,
        &[],
        expect![[r#"
        exit 0
        --- stderr
        `v1.26.0` is on [OID] already
    "#]],
    );
}

#[test]
fn names_and_messages_are_patterns() {
    #[track_caller]
    fn named(track: &str, args: &[&str], name: &str, message: &str) {
        let sandbox = small(track);
        check_code(&sandbox, args);
        assert_eq!(sandbox.git(&["tag", "--list"]).trim(), name);
        assert_eq!(sandbox.git(&["tag", "--list", "--format=%(contents)"]).trim(), message);
    }
    fn check_code(sandbox: &Sandbox, args: &[&str]) {
        let args: Vec<&str> = ["tag"].iter().chain(args).copied().collect();
        sandbox.run(&args).code(0);
    }
    named("", &[], "v1.26.0", "Version 1.26.0");
    named("tag = \"{version}\"", &[], "1.26.0", "Version 1.26.0");
    named("tag = \"{name}/v{version}\"\nmessage = \"{name} {version}\"", &[], "app/v1.26.0", "app 1.26.0");
    named("tag = \"v{version.short}\"", &["app"], "v1.26", "Version 1.26.0");
    named("", &["-m", "# Not a comment\n\n--- é"], "v1.26.0", "# Not a comment\n\n--- é");
    named("", &["--message=-F/etc/passwd"], "v1.26.0", "-F/etc/passwd");
}

#[test]
fn a_chart_is_tagged_in_its_own_repository() {
    let sandbox = with_charts();
    check(
        &sandbox,
        &["web"],
        expect![[r#"
        exit 0
        --- stderr
        tagged [OID] as `web-2.0.3`: web 2.0.3
    "#]],
    );
    assert_eq!(sandbox.git_in("../charts", &["tag", "--list"]), "web-2.0.3\n");
    assert_eq!(sandbox.git(&["tag", "--list"]), "");
    refused(
        &sandbox,
        &["chart"],
        expect![[r#"
        exit 2
        --- stderr
        error: `chart` is a family: a tag is one track's
        hint: name one of tools, web, worker
    "#]],
    );
    refused(
        &sandbox,
        &["wbe"],
        expect![[r#"
        exit 2
        --- stderr
        error: unknown track `wbe`
        hint: did you mean `web`?
    "#]],
    );
}

#[test]
fn a_tag_may_name_the_track_by_its_own_name_and_a_track_may_go_without() {
    let sandbox = with_charts();
    sandbox.replace(CONFIG, "tag = \"{name}-{version}\"", "tag = \"{chart}-{version}\"");
    sandbox.commit("Name it so");
    sandbox.run(&["tag", "web", "--dry-run"]).code(0).says("`web-2.0.3`");
    refused(
        &small("tag = \"\""),
        &[],
        expect![[r#"
        exit 2
        --- stderr
        error: `app` isn't tagged
        hint: its `tag` in release.toml is empty
    "#]],
    );
}

#[test]
fn a_commit_that_disagrees_with_itself_is_not_tagged() {
    refused(
        &drifted(),
        &[],
        expect![[r#"
        exit 4
        --- stderr
        error: the commit disagrees with itself, so it isn't tagged
        hint: `cargo xtask check --fix`, commit, then tag
        error: deploy/values.yaml:3:8: at HEAD: says `release-1.25.0`, must say `release-1.26.0`
          |
        3 |   tag: release-1.25.0
          |        ^^^^^^^^^^^^^^
    "#]],
    );
    // What counts is the commit: neither a work tree that is right nor one that is wrong changes its mind.
    let sandbox = drifted();
    sandbox.run(&["check", "--fix"]).code(0);
    sandbox.run(&["tag"]).code(4);
    let sandbox = app();
    sandbox.replace("package.json", "1.26.0", "9.9.9");
    sandbox.replace(CONFIG, "python.VERSION", "python.NOTHING");
    check(
        &sandbox,
        &[],
        expect![[r#"
        exit 0
        --- stderr
        tagged [OID] as `v1.26.0`: Version 1.26.0
    "#]],
    );
}

#[test]
fn a_name_that_is_taken_stays_where_it_is() {
    let sandbox = app();
    sandbox.git(&["tag", "-am", "Old", "v1.26.0"]);
    sandbox.write("README.md", "# More\n");
    sandbox.commit("More");
    refused(
        &sandbox,
        &[],
        expect![[r#"
        exit 4
        --- stderr
        error: the tag `v1.26.0` exists already, on [OID]
        hint: a published name never moves: commit the next version first (`cargo xtask bump`)
    "#]],
    );
}

#[test]
fn a_name_that_is_taken_elsewhere_is_not_given_again() {
    let sandbox = app();
    sandbox.remote("origin");
    sandbox.remote("private");
    sandbox.git(&["clone", "-q", "../private.git", "../other"]);
    sandbox.git_in("../other", &["commit", "-q", "--allow-empty", "-m", "Elsewhere"]);
    sandbox.git_in("../other", &["tag", "-am", "Theirs", "v1.26.0"]);
    sandbox.git_in("../other", &["push", "-q", "origin", "v1.26.0"]);
    refused(
        &sandbox,
        &[],
        expect![[r#"
        exit 4
        --- stderr
        error: the tag `v1.26.0` exists already on `private`, on [OID]
        hint: fetch, and commit the next version first
    "#]],
    );
    check(
        &sandbox,
        &["--offline"],
        expect![[r#"
            exit 0
            --- stderr
            tagged [OID] as `v1.26.0`: Version 1.26.0
            no remote was asked whether it has that tag
            hint: push it with `git push origin refs/tags/v1.26.0`
        "#]],
    );
}

#[test]
fn the_same_tag_elsewhere_is_no_obstacle() {
    let sandbox = app();
    sandbox.remote("origin");
    sandbox.git(&["tag", "-am", "Mine", "v1.26.0"]);
    sandbox.git(&["push", "-q", "origin", "v1.26.0"]);
    sandbox.git(&["tag", "-d", "v1.26.0"]);
    check(
        &sandbox,
        &[],
        expect![[r#"
        exit 0
        --- stderr
        `v1.26.0` is on [OID] already, on `origin`
        hint: get it with `git fetch origin tag v1.26.0`
    "#]],
    );
}

#[test]
fn head_must_be_where_the_track_is_released() {
    let sandbox = small("branch = \"main\"");
    sandbox.git(&["switch", "-qc", "topic"]);
    refused(
        &sandbox,
        &[],
        expect![[r#"
        exit 4
        --- stderr
        error: `app` is tagged on `main`, and HEAD is on `topic`
        hint: `git switch main` first
    "#]],
    );
    sandbox.git(&["switch", "-q", "--detach"]);
    refused(
        &sandbox,
        &[],
        expect![[r#"
        exit 4
        --- stderr
        error: `app` is tagged on `main`, and HEAD is on no branch
        hint: `git switch main` first
    "#]],
    );
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.run(&["tag"]).code(0);
    // A repository's branch counts for its tracks, unless release branches are cut from it.
    let project = "[project]\nbranch = \"main\"\n";
    let release = "[branch]\nname = \"release-{app}\"\n";
    for (more, code) in [("", 4), (release, 0)] {
        let config = format!("{project}{more}{}", one_track("", ""));
        let sandbox = Sandbox::new(&[(CONFIG, &config), ("VERSION", "1.26.0\n")]);
        sandbox.git(&["switch", "-qc", "release-1.26.0"]);
        sandbox.run(&["tag"]).code(code);
    }
    // A track that names no branch is tagged anywhere.
    let sandbox = small("");
    sandbox.git(&["switch", "-q", "--detach"]);
    sandbox.run(&["tag"]).code(0);
}

#[test]
fn there_must_be_a_commit_and_a_repository() {
    refused(
        &Sandbox::bare(APP),
        &[],
        expect![[r#"
        exit 4
        --- stderr
        error: `HEAD` is not a commit of this repository
        hint: make a first commit
    "#]],
    );
    refused(
        &Sandbox::folder(APP),
        &[],
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app` is in no git repository
        hint: `git init` makes one
    "#]],
    );
}

#[test]
fn a_remote_that_cannot_be_asked_may_have_the_name() {
    let sandbox = app();
    sandbox.git(&["remote", "add", "origin", "../nowhere.git"]);
    refused(
        &sandbox,
        &[],
        expect![[r#"
        exit 3
        --- stderr
        error: can't ask `origin` for the tag `v1.26.0`: `git -c core.fsmonitor=false -c core.quotepath=off -c http.lowSpeedLimit=1000 -c http.lowSpeedTime=30 ls-remote --quiet --end-of-options origin refs/tags/v1.26.0 refs/tags/v1.26.0^{}` failed with exit code 128
          fatal: '../nowhere.git' does not appear to be a git repository
          fatal: Could not read from remote repository.
          Please make sure you have the correct access rights
          and the repository exists.
        hint: with `--offline` no remote is asked
    "#]],
    );
    check(
        &sandbox,
        &["--offline"],
        expect![[r#"
            exit 0
            --- stderr
            tagged [OID] as `v1.26.0`: Version 1.26.0
            no remote was asked whether it has that tag
            hint: push it with `git push origin refs/tags/v1.26.0`
        "#]],
    );
    let sandbox = app();
    sandbox.git(&["remote", "add", "origin", "https://user:secret@127.0.0.1:9/a.git"]);
    sandbox.run(&["tag"]).code(3).says_nothing_of("secret");
}

#[test]
fn names_that_git_or_a_shell_would_stumble_over_are_refused() {
    for tag in ["-{version}", "a b{version}", "v{version};x", "v{version}..x", "v{version}.lock", "@{{{version}"] {
        let sandbox = small(&format!("tag = '{tag}'"));
        let before = sandbox.state();
        let ran = sandbox.run(&["tag"]).code(2);
        assert!(ran.stderr.contains("hint: "), "{tag}\n{ran}");
        assert_untouched(&before, &sandbox.state(), tag);
    }
}

fn has(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok()
}

#[test]
fn a_signature_by_ssh_is_one_that_git_verifies() {
    if !has("ssh-keygen", &["-?"]) {
        return skip("a_signature_by_ssh_is_one_that_git_verifies", "there is no ssh-keygen");
    }
    let sandbox = app();
    let key = sandbox.path("../home/key");
    let key = key.to_str().unwrap();
    let mut keygen = sandbox.command("ssh-keygen", "");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "ada@example.com", "-f", key]);
    sandbox.output(keygen).code(0);
    let public = std::fs::read_to_string(format!("{key}.pub")).unwrap();
    std::fs::write(sandbox.path("../home/allowed"), format!("ada@example.com {public}")).unwrap();
    sandbox.git(&["config", "gpg.format", "ssh"]);
    sandbox.git(&["config", "gpg.ssh.allowedSignersFile", sandbox.path("../home/allowed").to_str().unwrap()]);
    refused_to_sign(&sandbox);
    sandbox.git(&["config", "user.signingKey", key]);
    sandbox.run(&["tag", "--sign"]).code(0).says("tagged");
    sandbox.try_git(&["verify-tag", "v1.26.0"]).code(0).says("Good \"git\" signature for ada@example.com");
    // A track whose tags are always signed needs no reminder.
    sandbox.git(&["tag", "-d", "v1.26.0"]);
    let config = sandbox.read(CONFIG).replace("[track.app]", "[track.app]\nsigned = true");
    sandbox.write(CONFIG, config);
    sandbox.commit("Sign tags");
    sandbox.run(&["tag"]).code(0).says("tagged");
    sandbox.try_git(&["verify-tag", "v1.26.0"]).code(0).says("Good \"git\" signature for ada@example.com");
}

/// Without a key there is no tag, and git's own reason is repeated.
#[track_caller]
fn refused_to_sign(sandbox: &Sandbox) {
    let ran = sandbox.run(&["tag", "--sign"]).code(3);
    assert!(ran.stderr.contains("hint: "), "{ran}");
    assert_eq!(sandbox.git(&["tag", "--list"]), "");
}

#[test]
fn a_signature_by_gpg_is_one_that_git_verifies() {
    if !has("gpg", &["--version"]) {
        return skip("a_signature_by_gpg_is_one_that_git_verifies", "there is no gpg");
    }
    let mut sandbox = app();
    // The path of gpg's socket has to be short.
    let home = std::env::temp_dir().join(format!("lsg{}", std::process::id()));
    std::fs::create_dir_all(&home).unwrap();
    std::fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    sandbox.env("GNUPGHOME", home.to_str().unwrap());
    sandbox.git(&["config", "user.email", "ada@example.com"]);
    refused_to_sign(&sandbox);
    let mut generate = sandbox.command("gpg", "");
    generate.args(["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "Ada <ada@example.com>"]);
    generate.args(["ed25519", "sign", "never"]);
    sandbox.output(generate).code(0);
    sandbox.run(&["tag", "--sign"]).code(0).says("tagged");
    sandbox.try_git(&["verify-tag", "v1.26.0"]).code(0).says("Good signature from \"Ada <ada@example.com>\"");
    let mut stop = sandbox.command("gpgconf", "");
    stop.args(["--kill", "all"]);
    sandbox.output(stop);
    let _ = std::fs::remove_dir_all(home);
}
