//! What contradicts a release: taken names, drift, missing branches. All of it is said at once, and nothing is pushed.

use expect_test::expect;
use lockstep_tests::twin::Twin;

use crate::failure;

#[test]
fn a_tag_of_the_first_repository_is_taken() {
    let twin = Twin::new();
    twin.tag_at("app", &["-a", "-m", "Version 1.27.0", "1.27.0", "main"]);
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 4
        error: the tag `1.27.0` is taken: at `../remotes/app.git` it is on [OID]
        hint: a published name never moves: take the next version (`cargo xtask versions` shows the present ones)
    "#]]
    .assert_eq(&failure(&ran));
    twin.run(&["plan", "1.27.0"]).code(4).says("blocked  acme/push");
    twin.expect_nothing_pushed(&before);
    twin.tag_at("app", &["-d", "1.27.0"]);
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_chart_number_of_the_second_repository_is_taken() {
    let twin = Twin::new();
    twin.tag_at("charts", &["-a", "-m", "Version 0.4.3", "chart-0.4.3", "master"]);
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 4
        error: the tag `chart-0.4.3` is taken: at `../remotes/charts.git` it is on [OID]
        hint: a published name never moves: take the next version (`cargo xtask versions` shows the present ones)
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.run(&["run", "1.27.0", "chart=0.4.4", "--yes"]).code(0);
    assert!(
        twin.file("charts", "chart-0.4.4", "charts/acme/Chart.yaml").contains("version: 0.4.4\nappVersion: 1.27.0")
    );
    assert!(twin.refs().contains("app refs/tags/1.27.0"));
}

#[test]
fn all_that_is_taken_is_said_at_once() {
    let twin = Twin::new();
    twin.tag_at("app", &["1.27.0", "main"]);
    twin.tag_at("charts", &["chart-0.4.3", "master"]);
    let before = twin.refs();
    let ran = twin.release(&[]).code(4).says("the tag `1.27.0` is taken");
    ran.says("the tag `chart-0.4.3` is taken");
    twin.expect_nothing_pushed(&before);
    twin.tag_at("app", &["-d", "1.27.0"]);
    twin.tag_at("charts", &["-d", "chart-0.4.3"]);
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_tag_at_the_right_place_that_says_something_else() {
    for (args, words) in [
        (&["chart-0.4.3", "master"][..], "without a message"),
        (&["-a", "-m", "Chart 0.4.3", "chart-0.4.3", "master"], "with another message"),
    ] {
        let twin = Twin::new();
        twin.release(&[]).code(0);
        twin.tag_at("charts", &["-d", "chart-0.4.3"]);
        twin.tag_at("charts", args);
        let before = twin.refs();
        let ran = twin.release(&[]).code(4).says(&format!("the tag `chart-0.4.3` is there already, {words}"));
        ran.says("hint: a published name never moves");
        twin.expect_nothing_pushed(&before);
        twin.tag_at("charts", &["-d", "chart-0.4.3"]);
        twin.release(&[]).code(0);
        twin.expect_undisturbed();
    }
}

#[test]
fn drift_of_both_repositories_is_one_list() {
    let twin = Twin::with("\n[[manifest]]\npath = \"acme/__init__.py\"\npython.VERSION = \"{app}\"\n");
    twin.colleague_pushes("app", "main", "acme/__init__.py", "VERSION = \"1.25.0\"\n");
    twin.colleague_pushes("charts", "master", "charts/acme/values.yaml", "image:\n  tag: release-1.25.0\n");
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 1
        error: charts:charts/acme/values.yaml:2:8: says `release-1.25.0`, must say `release-1.26.0`
          |
        2 |   tag: release-1.25.0
          |        ^^^^^^^^^^^^^^
        error: acme/__init__.py:1:11: says `1.25.0`, must say `1.26.0`
          |
        1 | VERSION = "1.25.0"
          |           ^^^^^^^^
        hint: mend it on the remote's branch: `cargo xtask check --fix`, commit, push
    "#]]
    .assert_eq(&failure(&ran));
    twin.run(&["plan", "1.27.0"]).code(1);
    twin.expect_nothing_pushed(&before);
    twin.colleague_pushes("app", "main", "acme/__init__.py", "VERSION = \"1.26.0\"\n");
    twin.release(&[]).code(1).says_nothing_of("__init__.py").says("values.yaml");
    assert!(!twin.refs().contains("1.27.0"));
    twin.colleague_pushes("charts", "master", "charts/acme/values.yaml", "image:\n  tag: release-1.26.0\n");
    twin.release(&[]).code(0);
    assert_eq!(twin.file("app", "1.27.0", "acme/__init__.py"), "VERSION = \"1.27.0\"\n");
    assert_eq!(twin.file("charts", "chart-0.4.3", "charts/acme/values.yaml"), "image:\n  tag: release-1.27.0\n");
}

#[test]
fn a_branch_is_missing() {
    let twin = Twin::replaced("branch = \"master\"", "branch = \"production\"");
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 4
        error: there is no branch `production` at `../remotes/charts.git`
        hint: push it, or name another one: `branch` in `[repo.charts]` of release.toml
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.sandbox.replace("release-config/release.toml", "\"production\"", "\"master\"");
    twin.release(&[]).code(0);
    twin.expect_whole();
}

#[test]
fn no_remote_is_configured() {
    let twin = Twin::replaced("[remote.origin]\nurl = \"../remotes/app.git\"\n", "");
    twin.sandbox.git(&["remote", "remove", "origin"]);
    twin.sandbox.replace("release-config/release.toml", "url = \"../remotes/charts.git\"", "path = \"../charts\"");
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 2
        error: this repository has no remote to release to
        hint: add `[remote.origin]` with its `url` to release.toml, or `git remote add origin URL`
        error: the repository `charts` has no remote to release to
        hint: add `url` to `[repo.charts]` in release.toml
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.sandbox.git(&["remote", "add", "origin", "../remotes/app.git"]);
    twin.sandbox.replace("release-config/release.toml", "path = \"../charts\"", "url = \"../remotes/charts.git\"");
    twin.release(&[]).code(0);
    twin.expect_whole();
}

#[test]
fn a_place_is_missing_in_the_second_repository() {
    let twin = Twin::new();
    twin.colleague_pushes("charts", "master", "charts/acme/values.yaml", "image: {}\n");
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 2
        error: charts:charts/acme/values.yaml: `yaml.image.tag` hits nothing
        hint: the place is named at release-config/release.toml:36:6; has it moved or been renamed?
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.colleague_pushes("charts", "master", "charts/acme/values.yaml", "image:\n  tag: release-1.26.0\n");
    twin.release(&[]).code(0);
}

/// A tag that somebody set too early holds the old version: it is no release, whatever it is called.
#[test]
fn a_tag_on_a_commit_that_says_another_version() {
    let twin = Twin::new();
    twin.tag_at("app", &["-a", "-m", "Version 1.27.0", "1.27.0", "main"]);
    twin.colleague_pushes("app", "main", "acme/settings.py", "# The settings.\nVERSION = \"1.27.0\"\n");
    let before = twin.refs();
    twin.release(&[]).code(4).says("the tag `1.27.0` is at `../remotes/app.git` already, on ");
    twin.expect_nothing_pushed(&before);
}

/// The subject of a release that names no version is also that of the release before.
#[test]
fn a_subject_without_a_version_is_not_enough() {
    let twin = Twin::replaced("commit = \"Bump version {app}\"", "commit = \"Bump version 1.26.0\"");
    twin.colleague_pushes("app", "main", "acme/settings.py", "# The settings.\nVERSION = \"1.27.0\"\n");
    twin.release(&[]).code(0);
    assert!(twin.file("app", "1.27.0", "acme/settings.py").contains("VERSION = \"1.27.0\""));
}

/// Merging the release branch back, or the main one in, moves what both have; it doesn't unfreeze anything.
#[test]
fn a_merge_in_either_direction_brings_nothing_past_the_freeze() {
    let twin = Twin::with("\n[branch]\nname = \"release-{app}\"\nfrom = \"main\"\n\n[freeze]\nmarks = [\"Fixes:\"]\n");
    twin.run(&["branch", "minor", "--yes"]).code(0);
    twin.colleague_pushes("app", "release-1.27.0", "feature", "new\n");
    twin.colleague_pushes("app", "main", "other", "new\n");
    let folder = twin.clone_of("app", "main");
    twin.sandbox.git_in(&folder, &["merge", "-q", "--no-ff", "-m", "Merge back", "origin/release-1.27.0"]);
    twin.sandbox.git_in(&folder, &["push", "-q", "origin", "main"]);
    let before = twin.refs();
    twin.release(&[]).code(4).says("`Change feature` changes `feature`");
    twin.expect_nothing_pushed(&before);
}
