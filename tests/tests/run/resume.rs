//! The same command again: after a failure, on another machine, by another person, without the ledger.

use std::fs;

use expect_test::expect;
use lockstep_tests::twin::Twin;

const REFUSE: &str = "echo 'the charts are frozen' >&2; exit 1";
const TEAM: &str = "[ledger]\nremote = \"origin\"\n";

/// A release that pushed the application, and then wasn't let into the charts.
#[track_caller]
fn half(more: &str) -> Twin {
    let twin = Twin::with(more);
    twin.hook("charts", "pre-receive", REFUSE);
    twin.release(&[]).code(4).says("the charts are frozen");
    assert!(twin.refs().contains("app refs/tags/1.27.0"), "the first repository is done");
    assert!(!twin.refs().contains("charts refs/tags/"), "the second isn't");
    twin.unhook("charts", "pre-receive");
    twin
}

#[test]
fn a_refused_push_says_who_refused_and_what_to_do() {
    let twin = Twin::new();
    twin.hook("charts", "pre-receive", REFUSE);
    let ran = twin.release(&[]);
    let last = ran.stderr.find("error:").map(|at| &ran.stderr[at..]).unwrap_or_default();
    expect![[r#"
        exit 4
        error: `../remotes/charts.git` refuses the push:
          `refs/heads/master`: [remote rejected] (pre-receive hook declined)
          the charts are frozen
          `refs/tags/chart-0.4.3`: [remote rejected] (pre-receive hook declined)
          the charts are frozen
        hint: a hook or a rule of the server decides who may push there: ask its owner, then run the same command again
    "#]]
    .assert_eq(&format!("exit {}\n{last}", ran.code));
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
    expect![[""]].assert_eq(&ran.to_string());
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
          acme    main at ../remotes/app.git
          charts  master at ../remotes/charts.git
          plan 32f75265426de439; claimed by Ada <ada@example.com> on 2026-07-01 12:00 UTC

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
          2026-07-01 12:00 UTC  Ada <ada@example.com> claimed on vm
    "#]].assert_eq(&ran.to_string());
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
        let clone = twin.clone_of("app", "main");
        let home = twin.sandbox.root().join("second-home");
        fs::create_dir_all(&home).unwrap();
        let mut command = twin.sandbox.command(lockstep_tests::binary::xtask(), &clone);
        command.args(["run", "1.27.0", "--yes"]).env("HOME", &home).env("LOCKSTEP_NOW", "1782999999");
        twin.sandbox.output(command).code(0);
        if more.is_empty() {
            twin.expect_whole();
        } else {
            twin.expect_whole();
        }
    }
}

#[test]
fn another_person_is_refused_and_may_take_over() {
    let bob = [("GIT_COMMITTER_NAME", "Bob"), ("GIT_COMMITTER_EMAIL", "bob@example.com")];
    for more in ["", TEAM] {
        let twin = half(more);
        let before = twin.refs();
        let ran = twin.release_with(&bob, &[]).code(4);
        let last = ran.stderr.find("error:").map(|at| &ran.stderr[at..]).unwrap_or_default();
        expect![[""]].assert_eq(last);
        twin.sandbox.run_with(&bob, &["run", "--give-up"]).code(4).says("belongs to");
        twin.expect_nothing_pushed(&before);
        twin.release_with(&bob, &["--take-over"]).code(0);
        twin.expect_undisturbed();
        let history = twin.run(&["status"]).code(0).stdout;
        let ledger = history.find("ledger:").map(|at| &history[at..]).unwrap_or_default();
        expect![[""]].assert_eq(ledger);
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
        ran.says("claimed by Ada <ada@example.com>");
        twin.expect_undisturbed();
    }
    let ran = twin.run(&["run"]).code(0);
    ran.says("whole");
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
        exit 0
        --- stderr
        release app 1.27.0 → 1.28.0, chart 0.4.3 → 0.4.4
          acme    main at ../remotes/app.git
          charts  master at ../remotes/charts.git
          plan 729eba1ad8d76cad; nobody has claimed it yet

        to do    acme/commit             commit "Bump version 1.28.0": 1 place in 1 file
                 --- a/acme/settings.py
                 +++ b/acme/settings.py
                 @@ -2 +2 @@
                 -VERSION = "1.27.0"
                 +VERSION = "1.28.0"
        to do    charts/commit           commit "Bump app version to 1.28.0, release chart version 0.4.4": 3 places in 2 files
                 --- a/charts:charts/acme/Chart.yaml
                 +++ b/charts:charts/acme/Chart.yaml
                 @@ -3 +3 @@
                 -version: 0.4.3
                 +version: 0.4.4
                 @@ -4 +4 @@
                 -appVersion: 1.27.0
                 +appVersion: 1.28.0
                 --- a/charts:charts/acme/values.yaml
                 +++ b/charts:charts/acme/values.yaml
                 @@ -3 +3 @@
                 -  tag: release-1.27.0 # the release
                 +  tag: release-1.28.0 # the release
        to do    acme/tag:1.28.0         annotated tag `1.28.0`: "Version 1.28.0"
        to do    charts/tag:chart-0.4.4  annotated tag `chart-0.4.4`: "Version 0.4.4"
        to do    acme/push               push `main`, tag `1.28.0` to ../remotes/app.git
                 refs/heads/main  [OID]
                 refs/tags/1.28.0  new
        to do    charts/push             push `master`, tag `chart-0.4.4` to ../remotes/charts.git
                 refs/heads/master  [OID]
                 refs/tags/chart-0.4.4  new

        left out: changelog (no `[changelog]` is configured)
        [1/6] commit "Bump version 1.28.0": 1 place in 1 file
        [2/6] commit "Bump app version to 1.28.0, release chart version 0.4.4": 3 places in 2 files
        [3/6] annotated tag `1.28.0`: "Version 1.28.0"
        [4/6] annotated tag `chart-0.4.4`: "Version 0.4.4"
        [5/6] push `main`, tag `1.28.0` to ../remotes/app.git
        [6/6] push `master`, tag `chart-0.4.4` to ../remotes/charts.git
        released: app 1.28.0, chart 0.4.4
        hint: this checkout is as it was: `git pull --ff-only ../remotes/app.git main` brings it here
    "#]].assert_eq(&ran.to_string());
    twin.expect_undisturbed();
    twin.run(&["run", "minor", "--unchanged", "--yes"]).code(0);
    assert!(twin.refs().contains("app refs/tags/1.28.0"));
}
