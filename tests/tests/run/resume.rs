//! The same command again: after a failure, on another machine, by another person, without the ledger.

use std::fs;

use expect_test::expect;
use lockstep_tests::twin::Twin;

use crate::{failure, host};

const REFUSE: &str = "echo 'the charts are frozen' >&2; exit 1";
const TEAM: &str = "[ledger]\nremote = \"origin\"\n";

/// A release that pushed the application, and then wasn't let into the charts.
#[track_caller]
fn half(more: &str) -> Twin {
    let twin = Twin::with(more);
    twin.hook("charts", "pre-receive", REFUSE);
    twin.release(&[]).code(4).says("the charts are frozen");
    assert!(twin.refs().contains("app refs/tags/1.27.0"), "the first repository is done");
    assert!(!twin.refs().contains("chart-0.4.3"), "the second isn't");
    twin.unhook("charts", "pre-receive");
    twin
}

#[test]
fn a_refused_push_says_who_refused_and_what_to_do() {
    let twin = Twin::new();
    twin.hook("charts", "pre-receive", REFUSE);
    let ran = twin.release(&[]);
    expect![[r#"
        exit 4
        error: `../remotes/charts.git` refuses the push:
          `refs/heads/master`: [remote rejected] (pre-receive hook declined)
          the charts are frozen
          `refs/tags/chart-0.4.3`: [remote rejected] (pre-receive hook declined)
          the charts are frozen
        hint: a hook or a rule of the server decides who may push there: ask its owner, then run the same command again
    "#]]
    .assert_eq(&failure(&ran));
    twin.release(&[]).code(4).says("the charts are frozen");
    twin.unhook("charts", "pre-receive");
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn the_same_command_goes_on() {
    let twin = half("");
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn who_goes_on_sees_what_is_left() {
    let twin = half("");
    let ran = twin.release(&["--dry-run"]).code(0).says("5 of 6 steps are done").says("to do    charts/push");
    let ran = ran.says_nothing_of("acme/push").says_nothing_of("+version: 0.4.3").says_nothing_of("left out");
    assert!(ran.stderr.lines().count() < 16, "{ran}");
    let all = twin.release(&["--dry-run", "--verbose"]).code(0).says("done     acme/push").says("left out");
    all.says_nothing_of("steps are done");
    twin.run(&["plan"]).code(0).says("done     acme/push");
    twin.release(&[]).code(0);
    twin.release(&[]).code(0).says("6 of 6 steps are done").says("whole").says_nothing_of("acme/push");
    twin.expect_undisturbed();
}

#[test]
fn no_version_is_needed_to_go_on() {
    for request in [&["run", "--yes"][..], &["run", "app=1.27.0", "chart=0.4.3", "--yes"]] {
        let twin = half("");
        twin.run(request).code(0);
        twin.expect_undisturbed();
    }
}

#[test]
fn another_release_waits_for_the_open_one() {
    let twin = half("");
    let before = twin.refs();
    let ran = twin.run(&["run", "minor", "--yes"]);
    expect![[r#"
        exit 4
        --- stderr
        error: `release 1.27.0` is open (app 1.27.0, chart 0.4.3), and at most one release of a process is
        hint: `cargo xtask run` goes on with it; `cargo xtask run --give-up` ends it undone
    "#]]
    .assert_eq(&ran.to_string().replace(&host(), "HOST"));
    for request in ["1.28.0", "1.27.1", "chart=0.5.0"] {
        twin.run(&["run", request, "--yes"]).code(4).says("`release 1.27.0` is open");
        twin.run(&["plan", request]).code(4).says("`release 1.27.0` is open");
    }
    twin.expect_nothing_pushed(&before);
    twin.run(&["run", "1.27.0", "--yes"]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn the_status_of_half_a_release() {
    let twin = half("");
    let ran = twin.run(&["status"]);
    expect![[r#"
        exit 0
        --- stdout
        release app 1.27.0, chart 0.4.2 → 0.4.3
          owner Ada <ada@example.com>, since 2026-07-01 12:00 UTC
          acme    main at ../remotes/app.git
          charts  master at ../remotes/charts.git
          plan 87f43558292df7cb

        done     acme/commit             commit "Bump version 1.27.0": on the branch already
        done     charts/commit           commit "Bump app version to 1.27.0, release chart version 0.4.3": 3 places in 2 files
        done     acme/tag:1.27.0         annotated tag `1.27.0`: "Version 1.27.0"
        done     charts/tag:chart-0.4.3  annotated tag `chart-0.4.3`: "Version 0.4.3"
        done     acme/push               push `main`, tag `1.27.0` to ../remotes/app.git
        to do    charts/push             push `master`, tag `chart-0.4.3` to ../remotes/charts.git
                 refs/heads/master  [OID] → [OID]
                 refs/tags/chart-0.4.3  new

        left out: changelog (no `[changelog]` is configured)

        ledger: open
          2026-07-01 12:00 UTC  Ada <ada@example.com> claimed on HOST
    "#]].assert_eq(&ran.to_string().replace(&host(), "HOST"));
}

#[test]
fn the_same_command_goes_on_without_the_ledger() {
    let twin = half("");
    fs::remove_dir_all(twin.sandbox.path(".git/lockstep")).unwrap();
    twin.release(&[]).code(0);
    twin.expect_whole();
    twin.expect_undisturbed();
}

#[test]
fn the_same_command_goes_on_without_the_cache() {
    let twin = half("");
    fs::remove_dir_all(twin.sandbox.root().join("home/.cache")).unwrap();
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn another_machine_goes_on() {
    for more in ["", TEAM] {
        let twin = half(more);
        let clone = twin.another_checkout();
        let home = twin.sandbox.root().join("second-home");
        fs::create_dir_all(&home).unwrap();
        let mut command = twin.sandbox.command(lockstep_tests::binary::xtask(), &clone);
        command.args(["run", "1.27.0", "--yes"]).env("HOME", &home).env("LOCKSTEP_NOW", "1782999999");
        twin.sandbox.output(command).code(0);
        // Its clock is a day later: where a ledger is shared, the release has the date of its claim all the same.
        if more.is_empty() { twin.expect_whole() } else { twin.expect_undisturbed() }
    }
}

#[test]
fn another_person_is_refused_and_may_take_over() {
    let bob = [("GIT_COMMITTER_NAME", "Bob"), ("GIT_COMMITTER_EMAIL", "bob@example.com")];
    let refusal = expect![[r#"
        exit 4
        error: `release 1.27.0` belongs to `Ada <ada@example.com>` on `HOST`, since 2026-07-01 12:00 UTC
        hint: ask them; if they are away for good, `cargo xtask run --take-over` makes it yours and goes on, and `cargo xtask run --take-over --give-up` ends it undone
    "#]];
    let history = expect![[r#"
        ledger: done
          2026-07-01 12:00 UTC  Ada <ada@example.com> claimed on HOST
          2026-07-01 12:00 UTC  Bob <bob@example.com> took over on HOST
    "#]];
    for more in ["", TEAM] {
        let twin = half(more);
        let before = twin.refs();
        refusal.assert_eq(&failure(&twin.release_with(&bob, &[])));
        twin.sandbox.run_with(&bob, &["run", "--give-up"]).code(4).says("belongs to");
        twin.expect_nothing_pushed(&before);
        twin.release_with(&bob, &["--take-over"]).code(0);
        twin.expect_undisturbed();
        let status = twin.run(&["status"]).code(0).stdout.replace(&host(), "HOST");
        history.assert_eq(&status[status.find("ledger:").unwrap_or_default()..]);
    }
}

#[test]
fn a_dead_claim_is_taken_over_to_give_it_up() {
    let bob = [("GIT_COMMITTER_NAME", "Bob"), ("GIT_COMMITTER_EMAIL", "bob@example.com")];
    let twin = half(TEAM);
    twin.sandbox.run_with(&bob, &["run", "--take-over", "--give-up", "--yes"]).code(0).says("given up");
    twin.run(&["status"]).code(0).says("Bob <bob@example.com> gave up");
    twin.release(&[]).code(0);
    twin.expect_whole();
}

#[test]
fn a_release_that_was_given_up_is_begun_again() {
    let twin = half("");
    let before = twin.refs();
    twin.run(&["run", "--give-up"]).code(0).says("given up: release 1.27.0; what it published stays as it is");
    twin.run(&["run", "--give-up"]).code(4).says("no release is open");
    twin.expect_nothing_pushed(&before);
    twin.run(&["status"]).code(0).says("ledger: given up");
    twin.release(&[]).code(0);
    twin.expect_whole();
}

#[test]
fn a_whole_release_stays_as_it_is() {
    let twin = Twin::new();
    twin.release(&[]).code(0);
    for request in [&["1.27.0"][..], &["app=1.27.0"]] {
        let ran = twin.run(&[&["run", "--yes"], request].concat()).code(0).says("whole: everything is there already");
        ran.says("owner Ada <ada@example.com>");
        twin.expect_undisturbed();
    }
    twin.run(&["run", "--yes"]).code(4).says("nothing was committed to `main` since `1.27.0`");
    twin.run(&["plan"]).code(4).says("nothing was committed");
    twin.expect_undisturbed();
}

#[test]
fn what_a_whole_release_lost_is_brought_back() {
    let twin = Twin::new();
    twin.release(&[]).code(0);
    twin.tag_at("charts", &["-d", "chart-0.4.3"]);
    twin.run(&["plan", "1.27.0"]).code(0).says("`refs/tags/chart-0.4.3` is missing");
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn the_same_level_twice_is_one_release() {
    let twin = Twin::new();
    twin.run(&["run", "minor", "--yes"]).code(0);
    twin.expect_undisturbed();
    let ran = twin.run(&["run", "minor", "--yes"]);
    expect![[r#"
        exit 4
        --- stderr
        error: nothing was committed to `main` since `1.27.0`
        hint: `cargo xtask run 1.27.0` looks whether that one is whole; `--unchanged` releases all the same; `cargo xtask run chart=patch` releases `chart` alone
    "#]]
    .assert_eq(&ran.to_string().replace(&host(), "HOST"));
    twin.expect_undisturbed();
    twin.run(&["run", "minor", "--unchanged", "--yes"]).code(0);
    assert!(twin.refs().contains("app refs/tags/1.28.0"));
}

#[test]
fn another_chart_of_the_same_version_is_another_release() {
    let twin = Twin::new();
    twin.release(&[]).code(0);
    let request = ["run", "1.27.0", "chart=0.5.0", "--yes"];
    twin.run(&[&request[..], &["--until", "charts/commit"]].concat()).code(0);
    twin.run(&["status"]).code(0).says("chart 0.4.3 → 0.5.0");
    twin.run(&request).code(0).says("released: app 1.27.0, chart 0.5.0");
}

#[test]
fn a_chart_with_the_number_of_an_older_version_of_the_app() {
    let twin = Twin::new();
    twin.release(&[]).code(0);
    twin.colleague_pushes("charts", "master", "charts/acme/README.md", "# Acme\n");
    let request = ["run", "chart=1.27.0", "--yes"];
    twin.run(&[&request[..], &["--until", "charts/commit"]].concat()).code(0);
    twin.run(&request).code(0).says("released: chart 1.27.0");
}

#[test]
fn only_the_release_that_is_meant_is_given_up() {
    let twin = half("");
    twin.run(&["run", "1.28.0", "--give-up"]).code(4).says("`release 1.27.0` is open");
    twin.run(&["run", "--give-up", "--dry-run"]).code(2).says("cannot be used with");
    twin.run(&["status"]).code(0).says_nothing_of("ledger: given up");
    twin.run(&["run", "1.27.0", "--give-up"]).code(0).says("given up: release 1.27.0");
}

const SECOND: &str = "
[track.api]
bump = \"minor\"
tag = \"api-{version}\"

[track.side]
repo = \"charts\"
with = \"api\"
bump = \"patch\"

[[manifest]]
path = \"API\"
line.all = \"{api}\"

[[manifest]]
repo = \"charts\"
path = \"side.yaml\"
yaml.version = \"{side}\"
";

/// Without the ledger only the places say what has moved.
#[test]
fn two_that_lead_go_on_without_the_ledger() {
    let twin = Twin::with(&format!("{SECOND}yaml.appVersion = \"{{api}}\"\n"));
    twin.colleague_pushes("app", "main", "API", "2.0.0\n");
    twin.colleague_pushes("charts", "master", "side.yaml", "version: 1.0.0\nappVersion: 2.0.0\n");
    twin.run(&["run", "app=1.27.0", "api=2.1.0", "--yes"]).code(0);
    std::fs::remove_dir_all(twin.sandbox.path(".git/lockstep")).unwrap();
    twin.run(&["run", "app=1.27.0", "api=2.1.0", "--yes"]).code(0).says("whole");
    assert_eq!(twin.file("charts", "master", "side.yaml"), "version: 1.0.1\nappVersion: 2.1.0\n");
}

#[test]
fn a_follower_that_shows_no_leader_is_not_guessed() {
    let twin = Twin::with(SECOND);
    twin.colleague_pushes("app", "main", "API", "2.0.0\n");
    twin.colleague_pushes("charts", "master", "side.yaml", "version: 1.0.0\n");
    twin.run(&["run", "api=2.1.0", "--yes", "--until", "acme/push"]).code(0);
    std::fs::remove_dir_all(twin.sandbox.path(".git/lockstep")).unwrap();
    twin.run(&["run", "api=2.1.0", "--yes"]).code(4).says("whether `side` has moved with `api` 2.1.0 can't be seen");
    twin.run(&["run", "api=2.1.0", "side=1.0.1", "--yes"]).code(0).says("released");
    assert_eq!(twin.file("charts", "master", "side.yaml"), "version: 1.0.1\n");
}

/// Claimed on Monday, released on Wednesday: what came in between is older than what stands on it.
#[test]
fn no_commit_is_older_than_what_it_stands_on() {
    let twin = Twin::new();
    twin.release(&["--until", "acme/commit"]).code(0);
    let folder = twin.clone_of("app", "main");
    twin.sandbox.write(format!("{folder}/fix"), "fix\n");
    twin.sandbox.git_in(&folder, &["add", "-A"]);
    let mut commit = twin.sandbox.command("git", &folder);
    commit.args(["commit", "-qm", "Fix"]).env("GIT_COMMITTER_DATE", "2026-07-03T12:00:00Z");
    twin.sandbox.output(commit).code(0);
    twin.sandbox.git_in(&folder, &["push", "-q", "origin", "main"]);
    twin.release(&[]).code(0);
    let dates = twin.sandbox.git_in("../remotes/app.git", &["log", "-2", "--format=%ct", "main"]);
    let dates: Vec<u64> = dates.lines().map(|date| date.parse().unwrap()).collect();
    assert!(dates[0] >= dates[1], "{dates:?}");
}
