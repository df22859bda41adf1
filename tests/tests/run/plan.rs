//! The plan: its page, its data, its digest; what it leaves alone; what of it is run.

use expect_test::{Expect, expect};
use lockstep_tests::sandbox::{Ran, assert_untouched};
use lockstep_tests::twin::{Twin, digest_of, states};

use crate::failure;

#[track_caller]
fn check(ran: Ran, expected: &Expect) {
    expected.assert_eq(&ran.to_string());
}

#[test]
fn a_page_says_what_will_be() {
    let twin = Twin::new();
    check(
        twin.run(&["plan"]),
        &expect![[r#"
            exit 0
            --- stdout
            release app 1.26.0 → 1.27.0, chart 0.4.2 → 0.4.3
              owner nobody yet: who runs it first
              acme    main at ../remotes/app.git
              charts  master at ../remotes/charts.git
              plan 87f43558292df7cb

            to do    acme/commit             commit "Bump version 1.27.0": 1 place in 1 file
                     --- a/acme/settings.py
                     +++ b/acme/settings.py
                     @@ -2 +2 @@
                     -VERSION = "1.26.0"
                     +VERSION = "1.27.0"
            to do    charts/commit           commit "Bump app version to 1.27.0, release chart version 0.4.3": 3 places in 2 files
                     --- a/charts/acme/Chart.yaml
                     +++ b/charts/acme/Chart.yaml
                     @@ -3 +3 @@
                     -version: 0.4.2
                     +version: 0.4.3
                     @@ -4 +4 @@
                     -appVersion: 1.26.0
                     +appVersion: 1.27.0
                     --- a/charts/acme/values.yaml
                     +++ b/charts/acme/values.yaml
                     @@ -3 +3 @@
                     -  tag: release-1.26.0 # the release
                     +  tag: release-1.27.0 # the release
            to do    acme/tag:1.27.0         annotated tag `1.27.0`: "Version 1.27.0"
            to do    charts/tag:chart-0.4.3  annotated tag `chart-0.4.3`: "Version 0.4.3"
            to do    acme/push               push `main`, tag `1.27.0` to ../remotes/app.git
                     refs/heads/main  [OID]
                     refs/tags/1.27.0  new
            to do    charts/push             push `master`, tag `chart-0.4.3` to ../remotes/charts.git
                     refs/heads/master  [OID]
                     refs/tags/chart-0.4.3  new

            left out: changelog (no `[changelog]` is configured)
        "#]],
    );
}

#[test]
fn data_has_the_documented_fields() {
    let twin = Twin::new();
    check(
        twin.run(&["plan", "--format=json"]),
        &expect![[r#"
            exit 0
            --- stdout
            {
              "format": 1,
              "process": "release",
              "digest": "87f43558292df7cb",
              "owner": null,
              "claimed": null,
              "moves": [
                {
                  "track": "app",
                  "from": "1.26.0",
                  "to": "1.27.0"
                },
                {
                  "track": "chart",
                  "from": "0.4.2",
                  "to": "0.4.3"
                }
              ],
              "steps": [
                {
                  "id": "acme/commit",
                  "title": "commit \"Bump version 1.27.0\": 1 place in 1 file",
                  "reach": "local",
                  "needs": [],
                  "state": "to do",
                  "reason": null,
                  "hint": null,
                  "details": [
                    {
                      "diff": "--- a/acme/settings.py\n+++ b/acme/settings.py\n@@ -2 +2 @@\n-VERSION = \"1.26.0\"\n+VERSION = \"1.27.0\"\n"
                    }
                  ]
                },
                {
                  "id": "charts/commit",
                  "title": "commit \"Bump app version to 1.27.0, release chart version 0.4.3\": 3 places in 2 files",
                  "reach": "local",
                  "needs": [],
                  "state": "to do",
                  "reason": null,
                  "hint": null,
                  "details": [
                    {
                      "diff": "--- a/charts/acme/Chart.yaml\n+++ b/charts/acme/Chart.yaml\n@@ -3 +3 @@\n-version: 0.4.2\n+version: 0.4.3\n@@ -4 +4 @@\n-appVersion: 1.26.0\n+appVersion: 1.27.0\n--- a/charts/acme/values.yaml\n+++ b/charts/acme/values.yaml\n@@ -3 +3 @@\n-  tag: release-1.26.0 # the release\n+  tag: release-1.27.0 # the release\n"
                    }
                  ]
                },
                {
                  "id": "acme/tag:1.27.0",
                  "title": "annotated tag `1.27.0`: \"Version 1.27.0\"",
                  "reach": "local",
                  "needs": [
                    "acme/commit"
                  ],
                  "state": "to do",
                  "reason": null,
                  "hint": null,
                  "details": []
                },
                {
                  "id": "charts/tag:chart-0.4.3",
                  "title": "annotated tag `chart-0.4.3`: \"Version 0.4.3\"",
                  "reach": "local",
                  "needs": [
                    "charts/commit"
                  ],
                  "state": "to do",
                  "reason": null,
                  "hint": null,
                  "details": []
                },
                {
                  "id": "acme/push",
                  "title": "push `main`, tag `1.27.0` to ../remotes/app.git",
                  "reach": "public",
                  "needs": [
                    "acme/commit",
                    "acme/tag:1.27.0"
                  ],
                  "state": "to do",
                  "reason": null,
                  "hint": null,
                  "details": [
                    {
                      "ref": "refs/heads/main",
                      "from": "[OID]",
                      "to": null
                    },
                    {
                      "ref": "refs/tags/1.27.0",
                      "from": null,
                      "to": null
                    }
                  ]
                },
                {
                  "id": "charts/push",
                  "title": "push `master`, tag `chart-0.4.3` to ../remotes/charts.git",
                  "reach": "public",
                  "needs": [
                    "charts/commit",
                    "charts/tag:chart-0.4.3",
                    "acme/push"
                  ],
                  "state": "to do",
                  "reason": null,
                  "hint": null,
                  "details": [
                    {
                      "ref": "refs/heads/master",
                      "from": "[OID]",
                      "to": null
                    },
                    {
                      "ref": "refs/tags/chart-0.4.3",
                      "from": null,
                      "to": null
                    }
                  ]
                }
              ],
              "errors": [],
              "notes": [],
              "left_out": [
                {
                  "name": "changelog",
                  "reason": "no `[changelog]` is configured"
                }
              ]
            }
        "#]],
    );
}

#[test]
fn a_plan_writes_nothing_but_the_cache() {
    let twin = Twin::new();
    let before = twin.sandbox.state_and_times();
    twin.run(&["plan", "1.27.0"]).code(0);
    twin.run(&["plan", "1.27.0", "--format=json"]).code(0);
    twin.run(&["run", "1.27.0", "--dry-run"]).code(0);
    twin.run(&["status"]).code(0);
    let own = |path: &String| {
        path.starts_with("home") || path.starts_with("tmp") || path == "app/.git" || path.contains(".git/lockstep")
    };
    let keep = |state: lockstep_tests::sandbox::State| state.into_iter().filter(|(path, _)| !own(path)).collect();
    assert_untouched(&keep(before), &keep(twin.sandbox.state_and_times()), "plan");
    assert!(!twin.sandbox.path(".git/lockstep/ledger.git").exists(), "nothing is claimed");
}

#[test]
fn a_plan_asks_its_remotes_once_and_only_reads() {
    let twin = Twin::new();
    let log = twin.sandbox.root().join("asked");
    let real = which("git");
    let line = format!("#!/bin/sh\necho \"$*\" >>{}\nexec {real} \"$@\"\n", log.display());
    twin.sandbox.put_program("git", &line);
    twin.run(&["plan"]).code(0);
    let asked = std::fs::read_to_string(&log).unwrap();
    let asks = |line: &&str| line.contains("/remotes/app.git") || line.contains("/remotes/charts.git");
    let count = |word: &str| asked.lines().filter(asks).filter(|line| line.contains(&format!(" {word} "))).count();
    assert_eq!((count("ls-remote"), count("fetch")), (2, 2), "{asked}");
    assert_eq!(asked.lines().filter(asks).count(), 4, "{asked}");
    std::fs::remove_file(&log).unwrap();
    twin.run(&["plan"]).code(0);
    let asked = std::fs::read_to_string(&log).unwrap();
    assert!(!asked.contains(" fetch "), "everything is here by now:\n{asked}");
}

fn which(program: &str) -> String {
    let path = std::env::var("PATH").unwrap();
    let found = path.split(':').map(|folder| format!("{folder}/{program}"));
    found.into_iter().find(|file| std::path::Path::new(file).is_file()).unwrap()
}

#[test]
fn the_digest_is_that_of_the_plan_alone() {
    let twin = Twin::new();
    let digest = twin.digest(&["1.27.0"]);
    for request in [&["minor"][..], &[], &["app=1.27.0"], &["app=minor", "chart=patch"]] {
        assert_eq!(twin.digest(request), digest, "{request:?}");
    }
    for env in [("TZ", "Pacific/Auckland"), ("LC_ALL", "tr_TR.ISO-8859-9"), ("LANG", "C"), ("LOCKSTEP_NOW", "1")] {
        assert_eq!(digest_of(&twin.sandbox.run_with(&[env], &["plan"])), digest, "{env:?}");
    }
    let mut command = twin.sandbox.command("sh", "");
    command.args(["-c", "umask 077; exec \"$0\" plan"]).arg(lockstep_tests::binary::xtask());
    command.env("LOCKSTEP_CACHE", twin.sandbox.root().join("elsewhere"));
    assert_eq!(digest_of(&twin.sandbox.output(command)), digest, "another umask and cache");
    let other = twin.clone_of("app", "main");
    assert_eq!(digest_of(&twin.sandbox.run_in(&other, &["plan"])), digest, "another clone");
    let somebody = [("GIT_COMMITTER_NAME", "Bob"), ("GIT_COMMITTER_EMAIL", "bob@example.com")];
    assert_eq!(digest_of(&twin.sandbox.run_with(&somebody, &["plan"])), digest, "another person");
}

#[test]
fn another_plan_has_another_digest() {
    let twin = Twin::new();
    let digest = twin.digest(&["1.27.0"]);
    assert_ne!(twin.digest(&["1.26.1"]), digest);
    twin.colleague_pushes("charts", "master", "docs/a.md", "new\n");
    let moved = twin.digest(&["1.27.0"]);
    assert_ne!(moved, digest, "a branch moved");
    twin.sandbox.replace("release-config/release.toml", "Bump version {app}", "Version {app}");
    assert_ne!(twin.digest(&["1.27.0"]), moved, "the configuration changed");
}

#[test]
fn the_digest_stays_while_a_release_goes_on() {
    let twin = Twin::new();
    let digest = twin.digest(&["1.27.0"]);
    twin.release(&["--until", "acme/push"]).code(0);
    assert_eq!(twin.digest(&["1.27.0"]), digest, "half of it is done");
    twin.release(&["--plan", &digest]).code(0);
    twin.expect_undisturbed();
    assert_eq!(twin.digest(&["1.27.0"]), digest, "all of it is done");
}

#[test]
fn that_plan_is_run_or_none() {
    let twin = Twin::new();
    let before = twin.refs();
    let digest = twin.digest(&["1.27.0"]);
    expect![[r#"
        exit 4
        error: the plan is `87f43558292df7cb` by now, not `0123456789abcdef`
        hint: `cargo xtask plan` shows it; the branches, the configuration or the request changed
    "#]]
    .assert_eq(&failure(&twin.release(&["--plan", "0123456789abcdef"])));
    twin.release(&["--plan", &digest[..5]]).code(2).says("is no digest of a plan");
    twin.release(&["--plan", ""]).code(2);
    twin.expect_nothing_pushed(&before);
    assert!(!twin.sandbox.path(".git/lockstep/ledger.git").exists(), "nothing is claimed");
    twin.release(&["--plan", &digest[..8]]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn some_of_the_steps_are_run() {
    let twin = Twin::new();
    let before = twin.refs();
    expect![[r#"
        exit 5
        error: `charts/push` needs `acme/push`, which isn't done
        hint: `cargo xtask run --only acme/push` first, or without `--only`
    "#]]
    .assert_eq(&failure(&twin.release(&["--only", "charts/push"])));
    twin.expect_nothing_pushed(&before);
    twin.release(&["--only", "commit", "--only", "tag"]).code(0).says("2 steps still to do");
    twin.expect_nothing_pushed(&before);
    twin.release(&["--until", "acme/push"]).code(0);
    let done = states(&twin.run(&["plan", "--format=json"]));
    assert_eq!((done["acme/push"].as_str(), done["charts/push"].as_str()), ("done", "to do"), "{done:?}");
    twin.release(&["--only", "charts/push"]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_step_that_is_none_is_refused() {
    let twin = Twin::new();
    let before = twin.refs();
    expect![[r#"
        exit 2
        error: the plan has no step `chart/push`
        hint: did you mean `charts/push` or `acme/push`? there are commit, push, tag; `cargo xtask plan` names each
    "#]]
    .assert_eq(&failure(&twin.release(&["--only", "chart/push"])));
    twin.release(&["--until", "x"]).code(2).says("hint: there are commit, push, tag; `cargo xtask plan` names each");
    for option in ["--until", "--done", "--again"] {
        twin.release(&[option, "app/psuh"]).code(2).says("the plan has no step `app/psuh`");
    }
    twin.release(&["--only", "x\n\u{1b}[31m"]).code(2).says_nothing_of("\u{1b}[31m");
    twin.expect_nothing_pushed(&before);
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn only_what_the_ledger_knows_is_recorded_as_done() {
    let twin = Twin::new();
    let before = twin.refs();
    expect![[r#"
        exit 2
        error: whether `acme/push` is done is seen, and needs nobody's word
        hint: `--done` and `--again` are for commands and checklists; run without them
    "#]]
    .assert_eq(&failure(&twin.release(&["--done", "acme/push"])));
    twin.expect_nothing_pushed(&before);
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_dry_run_shows_the_plan() {
    let twin = Twin::new();
    let before = twin.refs();
    let page = twin.run(&["plan", "1.27.0"]).stdout;
    let dry = twin.run(&["run", "1.27.0", "--dry-run"]).code(0);
    assert!(dry.stderr.contains(&page), "{dry}");
    twin.release(&["--dry-run"]).code(0);
    twin.expect_nothing_pushed(&before);
    assert!(!twin.sandbox.path(".git/lockstep/ledger.git").exists(), "nothing is claimed");
}

#[test]
fn nobody_agrees_without_a_terminal() {
    let twin = Twin::new();
    let before = twin.refs();
    let ran = twin.run(&["run", "1.27.0"]).code(2);
    let last = ran.stderr.find("error:").map(|at| &ran.stderr[at..]).unwrap_or_default();
    expect![[r#"
        error: nobody is here to agree to this plan
        hint: `--yes` agrees; `cargo xtask plan` shows it
    "#]]
    .assert_eq(last);
    twin.expect_nothing_pushed(&before);
    assert!(!twin.sandbox.path(".git/lockstep/ledger.git").exists(), "nothing is claimed");
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_request_that_says_nothing_is_refused() {
    let twin = Twin::new();
    let before = twin.refs();
    for request in ["-o", "--upload-pack=x", "1.27.0;id", "1.27.0\n", "$(id)", "", "../1", "1.27.0 "] {
        let ran = twin.run(&["run", "--yes", "--", request]);
        assert_eq!(ran.code, 2, "{request:?}: {ran}");
    }
    twin.run(&["run", "1.26.0", "--yes"]).code(0).says("whole: everything is there already");
    twin.run(&["run", "1.25.0", "--yes"]).code(4).says("is lower than");
    twin.expect_nothing_pushed(&before);
}
