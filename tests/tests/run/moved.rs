//! Colleagues push while a release is planned and made: what they did is there, and the release too.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expect_test::expect;
use lockstep_tests::twin::Twin;

use crate::failure;

/// A command of the project during which somebody pushes to a remote, once.
const RACE: &str = "\n[command.race]\nargv = [\"./race\"]\nwhere = \"checkout\"\nwhen = \"prepared\"\n";

fn race(name: &str, branch: &str) -> Twin {
    let twin = Twin::with(RACE);
    let script = format!(
        "#!/bin/sh -e\n[ -e ../raced ] && exit\ngit clone -q -b {branch} ../remotes/{name}.git ../raced\ncd ../raced\n\
         echo new >new.md\ngit add -A\ngit commit -qm 'Change in between'\ngit push -q origin {branch}\n"
    );
    twin.sandbox.write("race", script);
    fs::set_permissions(twin.sandbox.path("race"), fs::Permissions::from_mode(0o755)).unwrap();
    twin
}

#[test]
fn between_plan_and_run() {
    for (name, branch) in [("app", "main"), ("charts", "master")] {
        let twin = Twin::new();
        let digest = twin.digest(&["1.27.0"]);
        twin.colleague_pushes(name, branch, "docs/new.md", "new\n");
        let before = twin.refs();
        twin.release(&["--plan", &digest]).code(4).says(&format!("by now, not `{digest}`"));
        twin.expect_nothing_pushed(&before);
        twin.release(&["--plan", &twin.digest(&["1.27.0"])]).code(0);
        twin.expect_whole();
        assert_eq!(twin.subjects(name, branch)[1], "Change docs/new.md");
    }
}

#[test]
fn while_the_release_is_made() {
    for (name, branch) in [("app", "main"), ("charts", "master")] {
        let twin = race(name, branch);
        twin.release(&[]).code(0).says("planning anew");
        twin.expect_whole();
        assert_eq!(twin.subjects(name, branch)[1], "Change in between");
        twin.run(&["status"]).code(0).says("ledger: done");
    }
}

#[test]
fn while_a_given_plan_is_run() {
    let twin = race("charts", "master");
    let digest = twin.digest(&["1.27.0"]);
    let ran = twin.release(&["--plan", &digest]);
    expect![[r#"
        exit 4
        error: `../remotes/charts.git` refused the push: `refs/heads/master`: [rejected] (stale info)
        hint: `cargo xtask plan` shows the plan that there is now; `--plan` with its digest runs that one
    "#]]
    .assert_eq(&failure(&ran));
    twin.release(&["--plan", &digest]).code(4).says("by now, not");
    twin.release(&[]).code(0);
    twin.expect_whole();
    assert_eq!(twin.subjects("charts", "master")[1], "Change in between");
}

#[test]
fn after_the_branch_was_pushed() {
    let twin = Twin::new();
    twin.release(&["--until", "acme/push"]).code(0);
    twin.colleague_pushes("app", "main", "docs/later.md", "later\n");
    twin.colleague_pushes("charts", "master", "docs/later.md", "later\n");
    twin.release(&[]).code(0);
    twin.expect_whole();
    assert_eq!(twin.subjects("app", "main")[0], "Change docs/later.md", "it came after the release");
    assert_eq!(twin.subjects("charts", "master")[1], "Change docs/later.md");
}

#[test]
fn by_the_release_itself_made_by_hand() {
    let twin = Twin::new();
    let settings = "# The settings.\nVERSION = \"1.27.0\"\n";
    twin.colleague_pushes("app", "main", "acme/settings.py", settings);
    twin.release(&[]).code(0);
    assert_eq!(twin.subjects("app", "1.27.0")[0], "Change acme/settings.py", "the version is there: it is tagged");
    assert!(twin.refs().contains("charts refs/tags/chart-0.4.3"));
}

#[test]
fn back_by_force() {
    let twin = Twin::new();
    twin.release(&["--until", "acme/push"]).code(0);
    let folder = twin.clone_of("app", "main");
    twin.sandbox.git_in(&folder, &["push", "-q", "--force", "origin", "HEAD~1:main"]);
    // The release is open, and its commit is made anew from its claim: it is the same.
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}
