//! Two people at one release, or one person twice.

use std::process::{Child, Output};
use std::time::{Duration, Instant};

use expect_test::expect;
use lockstep_tests::binary::xtask;
use lockstep_tests::twin::Twin;

use crate::failure;

const TEAM: &str = "\n[ledger]\nremote = \"origin\"\n";

/// The charts' remote doesn't answer a push until it is let go.
fn slow(more: &str) -> Twin {
    let twin = Twin::with(more);
    twin.hook(
        "charts",
        "pre-receive",
        "cd \"$GIT_DIR\"; touch ../here; n=0; while [ ! -e ../go ] && [ $n -lt 600 ]; do sleep 0.05; n=$((n+1)); done",
    );
    twin
}

fn wait_for(twin: &Twin, file: &str) {
    let start = Instant::now();
    while !twin.sandbox.path(format!("../remotes/{file}")).exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "the push doesn't begin");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The words without the numbers of processes and of the tool's clones.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let word = |word: &str| match word {
        clone if clone.contains("repos/app-") => "`CLONE`".to_owned(),
        // An exit code has one digit.
        word if word.bytes().take_while(u8::is_ascii_digit).count() > 1 => {
            format!("N{}", word.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        word => word.to_owned(),
    };
    for line in text.lines() {
        out += &line.split(' ').map(word).collect::<Vec<_>>().join(" ");
        out.push('\n');
    }
    out
}

fn end(run: Child) -> Output {
    run.wait_with_output().unwrap()
}

#[test]
fn one_checkout() {
    let twin = slow("");
    let first = twin.begin("");
    wait_for(&twin, "here");
    let ran = twin.release(&[]);
    let words = without_numbers(&failure(&ran));
    expect![[r#"
        exit 3
        error: `xtask` (process N), `git` (process N) still holds `[SANDBOX]/app/.git/lockstep/run.lock`
        hint: wait until it ends, then run the same command again, or end it with `kill N N`
    "#]]
    .assert_eq(&words);
    twin.run(&["plan"]).code(0);
    twin.run(&["status"]).code(0).says("ledger: open");
    twin.sandbox.write("../remotes/go", "");
    assert!(end(first).status.success());
    twin.release(&[]).code(0).says("whole");
    twin.expect_undisturbed();
}

#[test]
fn two_checkouts_on_one_machine() {
    let twin = slow("");
    let other = twin.another_checkout();
    let first = twin.begin("");
    wait_for(&twin, "here");
    let ran = twin.sandbox.run_in(&other, &["run", "1.27.0", "--yes"]);
    expect![[r#"
        exit 3
        error: `xtask` (process N) still holds `CLONE`
        hint: wait until it ends, then run the same command again, or end it with `kill N`
    "#]]
    .assert_eq(&without_numbers(&failure(&ran)));
    twin.sandbox.write("../remotes/go", "");
    assert!(end(first).status.success());
    twin.sandbox.run_in(&other, &["run", "1.27.0", "--yes"]).code(0).says("whole");
    twin.expect_undisturbed();
}

/// Another person, on a machine of their own.
fn bob(twin: &Twin, folder: &str) -> std::process::Command {
    let mut command = twin.sandbox.command(xtask(), folder);
    command.args(["run", "1.27.0", "--yes"]).env("LOCKSTEP_CACHE", twin.sandbox.root().join("cache-of-bob"));
    command.env("GIT_COMMITTER_NAME", "Bob").env("GIT_COMMITTER_EMAIL", "bob@example.com");
    command
}

#[test]
fn two_people_and_one_ledger() {
    let twin = slow(TEAM);
    let other = twin.another_checkout();
    let first = twin.begin("");
    wait_for(&twin, "here");
    let ran = twin.sandbox.output(bob(&twin, &other)).code(4);
    expect![[r#"
        exit 4
        error: `release 1.27.0` belongs to `Ada <ada@example.com>` on `HOST`, since 2026-07-01 12:00 UTC
        hint: ask them; if they are away for good, `cargo xtask run --take-over` makes it yours and goes on, and `cargo xtask run --take-over --give-up` ends it undone
    "#]].assert_eq(&failure(&ran));
    twin.sandbox.write("../remotes/go", "");
    assert!(end(first).status.success());
    twin.sandbox.output(bob(&twin, &other)).code(0).says("whole");
    twin.expect_undisturbed();
}

#[test]
fn a_release_that_was_taken_over_stops() {
    let twin = slow(&format!("{TEAM}\n[command.end]\nargv = [\"true\"]\n"));
    let other = twin.another_checkout();
    let first = twin.begin("");
    wait_for(&twin, "here");
    let mut take_over = bob(&twin, &other);
    take_over.arg("--take-over").arg("--until=acme/push");
    twin.sandbox.output(take_over).code(0);
    twin.sandbox.write("../remotes/go", "");
    let ended = end(first);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(4), "{said}");
    assert!(said.contains("took `release 1.27.0` over"), "{said}");
    twin.sandbox.output(bob(&twin, &other)).code(0);
    twin.expect_undisturbed();
}

#[test]
fn at_the_same_moment() {
    for _ in 0..3 {
        let twin = Twin::with(TEAM);
        let other = twin.another_checkout();
        let first = twin.begin("");
        let second = twin.sandbox.output(bob(&twin, &other));
        let first = end(first);
        let codes = (first.status.code(), second.code);
        let said = String::from_utf8_lossy(&first.stderr).into_owned();
        assert!(matches!(codes, (Some(0), 0 | 4) | (Some(4), 0)), "{codes:?}\n{said}\n{second}");
        twin.expect_whole();
        twin.release(&[]).code(0);
    }
}
