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
    for request in [&["run", "--yes"][..], &["run", "minor", "--yes"], &["run", "app=1.27.0", "--yes"]] {
        let twin = half("");
        twin.run(request).code(0);
        twin.expect_undisturbed();
    }
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
