//! A dry run shows what the real run shows, and has no effect: not a byte, not a file that comes and goes.

use lockstep_tests::projects::{app, drifted, with_charts};
use lockstep_tests::sandbox::{Sandbox, assert_untouched};

/// The command with `--dry-run` changes nothing, and prints the data that the command prints without it.
#[track_caller]
fn check(make: impl Fn() -> Sandbox, args: &[&str]) {
    let sandbox = make();
    let dry: Vec<&str> = args.iter().copied().chain(["--dry-run"]).collect();
    let before = sandbox.state_and_times();
    let shown = sandbox.run(&dry).code(0);
    assert_untouched(&before, &sandbox.state_and_times(), &format!("{dry:?}"));
    let done = sandbox.run(args).code(0);
    let data = |text: &str| text.replace("\"dry_run\": true", "\"dry_run\": false");
    assert_eq!(data(&shown.stdout), done.stdout, "{args:?}");
}

#[test]
fn of_a_bump() {
    check(app, &["bump", "minor"]);
    check(app, &["bump", "minor", "--format", "json"]);
    check(app, &["bump", "minor", "--commit"]);
    check(drifted, &["bump", "2.0.0"]);
    check(drifted, &["bump", "1.0.0", "--allow-lower"]);
    check(with_charts, &["bump", "app=1.27.0", "chart=minor", "--commit"]);
}

#[test]
fn of_a_tag() {
    // A tag's words are talk, so they are compared on stderr: `would tag` announces what `tagged` reports.
    let sandbox = app();
    let would = sandbox.run(&["tag", "--message", "Hello", "--dry-run"]).code(0).stderr;
    let done = sandbox.run(&["tag", "--message", "Hello"]).code(0).stderr;
    assert!(done.contains("tagged "), "{done}");
    assert_eq!(would.replace("would tag ", "tagged "), done);
    check(app, &["tag"]);
    check(app, &["tag", "--message", "Hello"]);
    let with_remote = || {
        let sandbox = app();
        sandbox.remote("origin");
        sandbox
    };
    check(with_remote, &["tag"]);
}

#[test]
fn of_a_proposal() {
    let bare = || {
        let sandbox = app();
        sandbox.git(&["rm", "-rqf", "release-config"]);
        sandbox
    };
    let sandbox = bare();
    let before = sandbox.state_and_times();
    let proposal = sandbox.run(&["init", "--dry-run"]).code(0).stdout;
    assert_untouched(&before, &sandbox.state_and_times(), "init --dry-run");
    sandbox.run(&["init", "--yes"]).code(0);
    assert_eq!(sandbox.read("release-config/release.toml"), proposal);
}

#[test]
fn looks_have_no_effect_either() {
    let sandbox = drifted();
    sandbox.remote("origin");
    // A file whose times changed would make git write its index again, if it were allowed to.
    sandbox.write("README.md", sandbox.read("README.md"));
    let looks: [&[&str]; 9] = [
        &["check"],
        &["check", "--staged"],
        &["check", "--rev", "HEAD"],
        &["check", "--strays"],
        &["versions"],
        &["schema"],
        &["completions", "bash"],
        &["hook", "run"],
        &["--help"],
    ];
    for args in looks {
        let before = sandbox.state_and_times();
        sandbox.run(args);
        assert_untouched(&before, &sandbox.state_and_times(), &format!("{args:?}"));
    }
}
