//! B1, B3: whose release it is, the smoke test on its commit, and the lists that people go through item by item.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use lockstep_tests::sandbox::Ran;
use lockstep_tests::twin::{Twin, states};
use serde_json::Value;

const SMOKE: &str = "\n[checklist.smoke]\nfile = \"release-config/smoke.md\"\n";
const LIST: &str = "# Smoke test\n\n- [ ] log in\n- [x] make a schema\n- [ ] edit records\n";

/// A release that waits at its list.
fn waiting(more: &str) -> Twin {
    let twin = Twin::with(&format!("{SMOKE}{more}"));
    twin.sandbox.write("release-config/smoke.md", LIST);
    twin.release(&[]).code(5).says("waits for a person");
    twin
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"))
}

/// Git's identity of somebody else.
fn as_grace(twin: &Twin, args: &[&str]) -> Ran {
    let grace = [
        ("GIT_AUTHOR_NAME", "Grace"),
        ("GIT_AUTHOR_EMAIL", "grace@example.com"),
        ("GIT_COMMITTER_NAME", "Grace"),
        ("GIT_COMMITTER_EMAIL", "grace@example.com"),
        ("LOCKSTEP_NOW", "1782910800"),
    ];
    twin.sandbox.run_with(&grace, args)
}

#[test]
fn items_are_ticked_by_whoever_did_them() {
    let twin = waiting("");
    let before = twin.refs();
    let ran = twin.run(&["checklist"]).code(0).says("checklist/smoke: 0 of 3 ticked");
    ran.says("  2. [ ] make a schema").says("release 1.27.0, owned by Ada <ada@example.com>");
    twin.run(&["checklist", "smoke", "--tick", "1"])
        .code(0)
        .says("  1. [x] log in  (Ada <ada@example.com>, 2026-07-01 12:00 UTC)");
    as_grace(&twin, &["checklist", "--tick", "1", "3"]).code(0).says("1 item of checklist/smoke ticked by Grace");
    let ran = twin.release(&[]).code(5).says("2. make a schema").says_nothing_of("1. log in");
    ran.says("`cargo xtask checklist smoke --tick NUMBER`");
    let ran = twin.run(&["status"]).code(0).says("2 of 3 items are ticked").says("  2. [ ] make a schema\n");
    let ran = ran.says("  1. [x] log in  (Ada <ada@example.com>, 2026-07-01 12:00 UTC)");
    ran.says("  3. [x] edit records  (Grace <grace@example.com>, 2026-07-01 13:00 UTC)");
    twin.expect_nothing_pushed(&before);
    twin.run(&["checklist", "--tick", "2"]).code(0).says("3 of 3 ticked");
    assert_eq!(states(&twin.run(&["status", "--format=json"]).code(0))["checklist/smoke"], "done");
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
    twin.run(&["status"]).code(0).says("3. [x] edit records  (Grace <grace@example.com>, 2026-07-01 13:00 UTC)");
    twin.run(&["checklist", "--untick", "2"]).code(4).says("`release 1.27.0` is done");
}

#[test]
fn for_programs() {
    let twin = waiting("");
    as_grace(&twin, &["checklist", "--tick", "3", "--quiet"]).code(0);
    let lists = json(&twin.run(&["checklist", "--format", "json"]).code(0));
    assert_eq!(lists["version"], "1.27.0");
    assert_eq!(lists["owner"], "Ada <ada@example.com>");
    let list = &lists["lists"][0];
    assert_eq!((&list["name"], &list["open"]), (&"smoke".into(), &2.into()));
    assert_eq!(list["items"][0]["ticked"], Value::Null);
    assert_eq!(list["items"][2]["number"], 3);
    assert_eq!(list["items"][2]["ticked"]["who"], "Grace <grace@example.com>");
    assert_eq!(list["items"][2]["ticked"]["when"], "2026-07-01 13:00 UTC");
    assert_eq!(json(&twin.run(&["status", "--format", "json"]).code(0))["checklists"][0], *list);
}

#[test]
fn all_at_once_and_back_again() {
    let twin = waiting("");
    twin.run(&["checklist", "smoke", "--tick", "all"]).code(0).says("3 items of checklist/smoke ticked by Ada");
    twin.run(&["checklist", "smoke", "--tick", "all"]).code(0).says("nothing changed");
    twin.run(&["checklist", "smoke", "--untick", "2"]).code(0).says("2 of 3 ticked");
    twin.release(&[]).code(5).says("2. make a schema");
    // The word on the whole list is a word on each item.
    twin.release(&["--done", "checklist/smoke", "--until", "checklist/smoke"]).code(0);
    twin.run(&["checklist"]).code(0).says("3 of 3 ticked").says("  2. [x] make a schema  (Ada");
    twin.run(&["checklist", "--untick", "1"]).code(0);
    twin.release(&[]).code(5).says("1. log in");
    twin.release(&["--done", "checklist/smoke", "--until", "checklist/smoke"]).code(0);
    twin.release(&["--again", "checklist/smoke"]).code(5).says("1. log in").says("3. edit records");
    twin.release(&["--done", "checklist/smoke"]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn another_list_or_another_commit_asks_anew() {
    let twin = waiting("");
    twin.run(&["checklist", "--tick", "all"]).code(0);
    twin.sandbox.write("release-config/smoke.md", "- [ ] make a schema\n- [ ] log in twice\n- [ ] edit records\n");
    let ran = twin.run(&["checklist"]).code(0).says("2 of 3 ticked").says("  1. [x] make a schema");
    ran.says("  2. [ ] log in twice");
    twin.release(&[]).code(5).says("2. log in twice").says_nothing_of("3. edit records");
    twin.run(&["checklist", "--tick", "2"]).code(0);
    twin.colleague_pushes("app", "main", "late.py", "late = True\n");
    twin.run(&["checklist"]).code(0).says("0 of 3 ticked");
    twin.release(&[]).code(5).says("1. make a schema");
    twin.run(&["checklist", "--tick", "all"]).code(0);
    twin.release(&[]).code(0);
}

#[test]
fn what_cannot_be_ticked() {
    let twin = Twin::with(&format!("{SMOKE}[checklist.docs]\nfile = \"release-config/smoke.md\"\n"));
    twin.sandbox.write("release-config/smoke.md", LIST);
    twin.run(&["checklist"]).code(4).says("no `release` has been claimed here").says("hint:");
    twin.release(&[]).code(5);
    let before = twin.run(&["status", "--format", "json"]).stdout;
    twin.run(&["checklist", "--tick", "1"]).code(2).says("which list?").says("smoke, docs");
    twin.run(&["checklist", "nothing"]).code(2).says("no checklist `nothing`").says("there is smoke, docs");
    for bad in ["0", "4", "one", "-1", "99999999999999999999", "1;2"] {
        let ran = twin.run(&["checklist", "smoke", &format!("--tick={bad}")]).code(2);
        ran.says("is no item of release-config/smoke.md").says("from 1 to 3");
    }
    assert_eq!(twin.run(&["status", "--format", "json"]).stdout, before);
}

/// Somebody ticks while a run holds the release: both words stay.
#[test]
fn a_tick_disturbs_no_run() {
    let twin = Twin::with(&format!(
        "{SMOKE}when = \"pushed\"\n[command.tell]\nargv = [\"./tell\"]\nwhen = \"prepared\"\nwhere = \"checkout\"\n"
    ));
    twin.sandbox.write("release-config/smoke.md", LIST);
    let tool = lockstep_tests::binary::xtask();
    let script = format!("#!/bin/sh\nexec {} checklist smoke --tick 1 2\n", tool.display());
    twin.sandbox.write("tell", script);
    fs::set_permissions(twin.sandbox.path("tell"), fs::Permissions::from_mode(0o755)).unwrap();
    twin.release(&[]).code(5).says("3. edit records").says_nothing_of("1. log in");
    twin.run(&["status"]).code(0).says("command/tell: ended with 0").says("2 of 3 ticked");
    twin.run(&["checklist", "--tick", "3"]).code(0);
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_list_at_each_moment() {
    let whens = ["branch", "prepared", "built", "pushed", "end"];
    let more: String = whens.iter().map(|when| format!("\n[checklist.{when}]\nwhen = \"{when}\"\n")).collect();
    let twin = Twin::with(&more);
    for when in whens {
        twin.sandbox.write(format!("release-config/checklists/{when}.md"), format!("- [ ] look at {when}\n"));
    }
    let before = twin.refs();
    for when in whens {
        let ran = twin.release(&[]).code(5).says(&format!("{when}.md waits for a person"));
        ran.says(&format!("1. look at {when}"));
        if ["branch", "prepared", "built"].contains(&when) {
            twin.expect_nothing_pushed(&before);
        }
        twin.run(&["checklist", when, "--tick", "all"]).code(0);
    }
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

/// B3: what installs and tries the release runs on its commit, and nothing is pushed while it fails.
#[test]
fn a_smoke_test_that_fails_keeps_everything_here() {
    let script = "#!/bin/sh\nset -e\necho \"installing $1 into $HOME\"\ngrep -q 'VERSION = \"1.27.0\"' acme/settings.py\n\
                  test \"$(git rev-parse --show-toplevel)\" = \"$PWD\"\ntest -z \"$(git remote)\"\n\
                  echo installed >\"$HOME/installed\"\necho dirt >dirt\n\
                  if [ ! -e \"$HOME/fixed\" ]; then\n  echo 'cannot log in: 500' >&2\n  exit 9\nfi\n";
    let twin =
        Twin::with("\n[command.smoke]\nargv = [\"./smoke\", \"{app}\"]\nwhen = \"prepared\"\nwhere = \"prepared\"\n");
    twin.sandbox.write("smoke", script);
    fs::set_permissions(twin.sandbox.path("smoke"), fs::Permissions::from_mode(0o755)).unwrap();
    twin.sandbox.commit("Add a smoke test");
    twin.sandbox.git(&["push", "-q", "../remotes/app.git", "HEAD:main"]);
    let (before, checkout) = (twin.refs(), twin.checkout());
    let ran = twin.release(&[]).code(3).says("smoke 1.27.0` failed with exit code 9").says("cannot log in: 500");
    ran.says("hint: remove the cause, then run the same command again");
    twin.expect_nothing_pushed(&before);
    assert!(twin.sandbox.root().join("home/installed").exists(), "HOME is the user's");
    assert_eq!(twin.checkout(), checkout, "the checkout is as it was");
    twin.sandbox.write("../home/fixed", "");
    twin.release(&[]).code(0);
    twin.expect_whole();
}

/// B1: the owner stands in the first lines, and changes when somebody takes the release over.
#[test]
fn the_owner_is_named() {
    let twin = waiting("");
    let second = |ran: &Ran| ran.stdout.lines().nth(1).unwrap_or_default().to_owned();
    let ada = "  owner Ada <ada@example.com>, since 2026-07-01 12:00 UTC";
    assert_eq!(second(&twin.run(&["status"])), ada);
    assert_eq!(second(&twin.run(&["plan"])), ada);
    for command in ["status", "plan"] {
        assert_eq!(json(&twin.run(&[command, "--format", "json"]))["owner"]["who"], "Ada <ada@example.com>");
    }
    as_grace(&twin, &["run", "1.27.0", "--yes"]).code(4).says("Ada <ada@example.com>").says("--take-over");
    as_grace(&twin, &["run", "1.27.0", "--yes", "--take-over"]).code(5);
    let grace = "  owner Grace <grace@example.com>, since 2026-07-01 13:00 UTC";
    assert_eq!(second(&twin.run(&["status"])), grace);
    assert_eq!(second(&twin.run(&["plan"])), grace);
    let owner = &json(&twin.run(&["status", "--format", "json"]))["owner"];
    assert_eq!((&owner["who"], &owner["since"]), (&"Grace <grace@example.com>".into(), &"2026-07-01 13:00 UTC".into()));
    as_grace(&twin, &["run", "1.27.0", "--yes", "--done", "checklist/smoke"]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn before_a_claim_nobody_owns_it() {
    let twin = Twin::new();
    let ran = twin.run(&["plan"]).code(0);
    assert_eq!(ran.stdout.lines().nth(1), Some("  owner nobody yet: who runs it first"));
    assert_eq!(json(&twin.run(&["plan", "--format", "json"]))["owner"], Value::Null);
}
