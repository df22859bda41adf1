//! The project's own commands, and lists that people go through.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use expect_test::expect;
use lockstep_tests::twin::{Twin, states};

use crate::failure;

/// A command that writes a line into `../log` of the sandbox.
fn command(name: &str, more: &str) -> String {
    format!("\n[command.{name}]\nargv = [\"./tell\", \"{name}\", \"{{app}}\"]\nwhere = \"checkout\"\n{more}")
}

/// A world with these commands; what `tell` does besides is the script.
fn world(commands: &str, script: &str) -> Twin {
    let twin = Twin::with(commands);
    twin.sandbox.write("tell", format!("#!/bin/sh\necho \"$*\" >>../log\n{script}\n"));
    fs::set_permissions(twin.sandbox.path("tell"), fs::Permissions::from_mode(0o755)).unwrap();
    twin
}

fn log(twin: &Twin) -> String {
    fs::read_to_string(twin.sandbox.path("../log")).unwrap_or_default()
}

#[test]
fn commands_run_in_their_order() {
    let commands = command("announce", "when = \"end\"\n")
        + &command("deploy", "when = \"pushed\"\n")
        + &command("smoke", "when = \"prepared\"\nenv = { TARGET = \"{chart}\" }\n");
    let twin = world(&commands, "git --git-dir=../remotes/app.git tag >>../log; echo \"${TARGET-}\" >>../log");
    twin.release(&[]).code(0);
    expect![[r#"
        smoke 1.27.0
        1.26.0
        0.4.3
        deploy 1.27.0
        1.26.0
        1.27.0

        announce 1.27.0
        1.26.0
        1.27.0

    "#]]
    .assert_eq(&log(&twin));
    twin.expect_undisturbed();
    twin.release(&[]).code(0).says("whole");
    assert_eq!(log(&twin).matches("smoke 1.27.0").count(), 1, "done once");
}

#[test]
fn the_order_is_that_of_the_process() {
    let process =
        "\n[process.release]\nsteps = [\"commit\", \"tag\", \"charts/push\", \"command/deploy\", \"acme/push\"]\n";
    let twin = world(&(command("deploy", "") + process), "");
    let ran = twin.release(&["--until", "command/deploy"]).code(0);
    let place = |id: &str| ran.stderr.find(id);
    assert!(place("charts/push") < place("command/deploy") && place("command/deploy") < place("acme/push"), "{ran}");
    assert!(!twin.refs().contains("1.27.0"), "the application comes last");
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_command_sees_the_prepared_commit() {
    let script = "cat acme/settings.py; git log -1 --format=%s; git status --short";
    let twin = Twin::with(&format!(
        "\n[command.look]\nargv = [\"sh\", \"-c\", \"({script}) >$OUT\"]\nenv = {{ OUT = \"OUTFILE\" }}\nwhen = \"prepared\"\n"
    ));
    let out = twin.sandbox.root().join("seen");
    twin.sandbox.replace("release-config/release.toml", "OUTFILE", out.to_str().unwrap());
    twin.release(&[]).code(0);
    let seen = fs::read_to_string(&out).unwrap();
    assert_eq!(seen, "# The settings.\nVERSION = \"1.27.0\"\nBump version 1.27.0\n");
    let scratch = twin.sandbox.path(".git/lockstep/scratch");
    assert!(fs::read_dir(scratch).map_or(0, Iterator::count) == 0, "the work tree is gone");
}

#[test]
fn a_command_that_is_done_is_not_run() {
    let twin = world(&command("deploy", "done = [\"test\", \"-e\", \"../deployed\"]\n"), "touch ../deployed");
    twin.sandbox.write("../deployed", "");
    twin.release(&[]).code(0);
    assert_eq!(log(&twin), "");
    fs::remove_file(twin.sandbox.path("../deployed")).unwrap();
    assert_eq!(states(&twin.run(&["plan", "1.27.0", "--format=json"]))["command/deploy"], "to do");
    twin.release(&[]).code(0);
    assert_eq!(log(&twin), "deploy 1.27.0\n");
    twin.expect_undisturbed();
}

#[test]
fn a_command_that_did_nothing_is_no_success() {
    let twin = world(&command("deploy", "done = [\"test\", \"-e\", \"../deployed\"]\n"), "");
    let ran = twin.release(&[]);
    expect![[r#"
        exit 3
        error: `command/deploy` was done, and a look at the world says `to do`
        hint: run the same command again
    "#]]
    .assert_eq(&failure(&ran));
    twin.sandbox.write("../deployed", "");
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_failing_command_is_tried_again() {
    let twin =
        world(&command("deploy", "when = \"prepared\"\n"), "[ -e ../ready ] || { echo 'not ready' >&2; exit 7; }");
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 3
        error: `[SANDBOX]/app/tell deploy 1.27.0` failed with exit code 7
          not ready
        hint: remove the cause, then run the same command again
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.sandbox.write("../ready", "");
    twin.release(&[]).code(0);
    assert_eq!(log(&twin), "deploy 1.27.0\ndeploy 1.27.0\n");
    twin.expect_undisturbed();
}

#[test]
fn a_command_that_is_not_there() {
    let twin = Twin::with(&command("deploy", "when = \"prepared\"\n"));
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 3
        error: there is no program `./tell`, which `command/deploy` runs
        hint: correct its path, or put it there
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    assert!(!twin.sandbox.path(".git/lockstep/ledger.git").exists(), "nothing is claimed");
    twin.sandbox.write("tell", "#!/bin/sh\n");
    fs::set_permissions(twin.sandbox.path("tell"), fs::Permissions::from_mode(0o755)).unwrap();
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_command_takes_too_long() {
    let twin = world(&command("deploy", "when = \"prepared\"\ntimeout = \"1s\"\n"), "[ -e ../fast ] || sleep 60");
    let before = twin.refs();
    let start = Instant::now();
    let ran = twin.release(&[]);
    assert!(start.elapsed() < Duration::from_secs(20));
    expect![[r#"
        exit 3
        error: `[SANDBOX]/app/tell deploy 1.27.0` was ended: it took longer than 1 s
        hint: see what it waits for, then run the same command again
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.sandbox.write("../fast", "");
    // What it had done by then nobody knows but a person.
    twin.release(&[]).code(4).says("was begun, and nothing says whether it came to its end");
    twin.release(&["--again", "command/deploy"]).code(0);
    twin.expect_undisturbed();
}

/// A release that is killed while its command runs.
fn killed(script: &str) -> Twin {
    let twin = world(&command("deploy", "when = \"prepared\"\n"), &format!("[ -e ../pid ] || {{ {script}; }}"));
    let mut run = twin.begin("");
    let start = Instant::now();
    while fs::read_to_string(twin.sandbox.path("../pid")).is_ok_and(|pid| pid.ends_with('\n')).eq(&false) {
        assert!(start.elapsed() < Duration::from_secs(60), "the command doesn't begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    twin
}

const DIES: &str = "echo $$ >../pid; exec sleep 60";
const LIVES_ON: &str = "sh -c 'echo $$ >../pid; exec sleep 60'; true";

#[test]
fn a_command_that_was_killed_is_in_doubt() {
    let twin = killed(DIES);
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 4
        error: `./tell deploy 1.27.0` was begun, and nothing says whether it came to its end
        hint: look yourself, then `cargo xtask run --done command/deploy` or `cargo xtask run --again command/deploy`; a `done` in release.toml lets the tool look
    "#]].assert_eq(&failure(&ran));
    twin.run(&["status"]).code(4).says("command/deploy: begun, and nothing says that it ended");
    twin.expect_nothing_pushed(&before);
    twin.release(&["--done", "command/deploy"]).code(0);
    assert_eq!(log(&twin), "deploy 1.27.0\n");
    twin.expect_undisturbed();
    twin.run(&["status"]).code(0).says("command/deploy: done, says Ada <ada@example.com>");
}

#[test]
fn what_a_command_started_is_waited_for() {
    let twin = killed(LIVES_ON);
    let pid = twin.sandbox.read("../pid");
    let ran = twin.release(&["--again", "command/deploy"]);
    expect![[r#"
        exit 3
        error: `sleep` (process N) still holds `[SANDBOX]/app/.git/lockstep/run.lock`
        hint: wait until it ends, then run the same command again, or end it with `kill N`
    "#]]
    .assert_eq(&failure(&ran).replace(pid.trim(), "N"));
    std::process::Command::new("kill").arg(pid.trim()).status().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    twin.release(&["--again", "command/deploy"]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_command_that_was_killed_is_done_again() {
    let twin = killed(DIES);
    twin.release(&["--again", "command/deploy"]).code(0);
    assert_eq!(log(&twin), "deploy 1.27.0\ndeploy 1.27.0\n");
    twin.expect_undisturbed();
}

const SMOKE: &str = "\n[checklist.smoke]\nfile = \"smoke.md\"\n";

#[test]
fn a_list_waits_for_a_person() {
    let twin = Twin::with(SMOKE);
    twin.sandbox.write("smoke.md", "# Smoke test\n\n- [ ] log in\n- [ ] see the page\n");
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 5
        error: smoke.md waits for a person:
          1. log in
          2. see the page
        hint: `cargo xtask checklist smoke --tick NUMBER` says that an item is done; when all of it is done: `cargo xtask run --done checklist/smoke`
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.release(&[]).code(5);
    twin.run(&["run", "--yes", "--done", "checklist/smoke"]).code(0);
    twin.expect_undisturbed();
    let status = twin.run(&["status"]).code(0);
    status.says("2026-07-01 12:00 UTC  checklist/smoke: done, says Ada <ada@example.com>");
}

#[test]
fn a_list_that_is_not_there() {
    let twin = Twin::with(SMOKE);
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 2
        error: the checklist `smoke` can't be read: `smoke.md`
        hint: write it there as a Markdown list of `- [ ]` lines, or take it out of release.toml
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.sandbox.write("smoke.md", "- [ ] log in\n");
    twin.release(&["--done", "checklist/smoke"]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_word_is_for_the_commit_that_it_was_given_for() {
    let command = "\n[command.smoke]\nargv = [\"./smoke\"]\nwhen = \"prepared\"\n";
    let twin = Twin::with(&format!("{SMOKE}{command}"));
    twin.sandbox.write("smoke.md", "- [ ] log in\n");
    twin.sandbox.write("smoke", "#!/bin/sh\nmkdir -p \"$LOG\" && mktemp \"$LOG/run.XXXXXX\" >/dev/null\n");
    fs::set_permissions(twin.sandbox.path("smoke"), fs::Permissions::from_mode(0o755)).unwrap();
    twin.sandbox.commit("Add a smoke test");
    twin.sandbox.git(&["push", "-q", "../remotes/app.git", "HEAD:main"]);
    let folder = twin.sandbox.root().join("smoked");
    let smoked = || fs::read_dir(&folder).map_or(0, Iterator::count);
    let run = |more: &[&str]| {
        let args: Vec<&str> = ["run", "1.27.0", "--yes"].iter().chain(more).copied().collect();
        twin.sandbox.run_with(&[("LOG", folder.to_str().unwrap())], &args)
    };
    run(&["--done", "checklist/smoke", "--until", "command/smoke"]).code(0);
    run(&["--until", "command/smoke"]).code(0);
    assert_eq!(smoked(), 1, "once for this commit");
    twin.colleague_pushes("app", "main", "late.py", "late = True\n");
    run(&[]).code(5).says("smoke.md waits for a person");
    run(&["--done", "checklist/smoke"]).code(0);
    assert_eq!(smoked(), 2, "the commit that is released was tested");
    run(&[]).code(0).says("whole");
    assert_eq!(smoked(), 2);
}

#[test]
fn once_more_is_once_more_whatever_a_look_says() {
    let twin = Twin::with(
        "\n[command.note]\nargv = [\"sh\", \"-c\", \"echo noted >> ../noted\"]\n\
         done = [\"test\", \"-e\", \"../noted\"]\nwhere = \"checkout\"\n",
    );
    twin.release(&[]).code(0);
    twin.release(&["--again", "command/note"]).code(0);
    assert_eq!(twin.sandbox.read("../noted"), "noted\nnoted\n");
    twin.release(&[]).code(0).says("whole");
    assert_eq!(twin.sandbox.read("../noted"), "noted\nnoted\n");
}

#[test]
fn a_look_that_cannot_be_taken_says_nothing() {
    for look in ["exit 127", "kill -9 $$"] {
        let twin = Twin::with(&format!(
            "\n[command.note]\nargv = [\"true\"]\ndone = [\"sh\", \"-c\", \"{look}\"]\nwhere = \"checkout\"\n"
        ));
        let before = twin.refs();
        twin.release(&[]).code(3).says("didn't say whether `command/note` is done");
        twin.expect_nothing_pushed(&before);
    }
}

/// Neither the app's command nor its changelog have to do with a chart that is released alone.
#[test]
fn a_chart_alone() {
    let twin = Twin::with(
        "\n[changelog]\n[command.deploy]\nargv = [\"touch\", \"../deployed-{app}\"]\nwhere = \"checkout\"\n",
    );
    twin.colleague_pushes("app", "main", "CHANGELOG.md", "# Changelog\n\n## 1.26.0\n\n- Old\n");
    twin.colleague_pushes("charts", "master", "charts/acme/README.md", "# Acme\n");
    let before = twin.file("app", "main", "CHANGELOG.md");
    twin.run(&["run", "chart=patch", "--yes"]).code(0).says("command/deploy (`app` doesn't move)");
    assert_eq!(twin.file("app", "main", "CHANGELOG.md"), before);
    assert!(!twin.sandbox.path("../deployed-1.26.0").exists());
    assert!(twin.refs().contains("charts refs/tags/chart-0.4.3"));
}

#[test]
fn the_words_of_another_process_name_it() {
    let twin = Twin::with(
        "\n[checklist.smoke]\nfile = \"release-config/smoke.md\"\n[process.hotfix]\n\
         steps = [\"commit\", \"tag\", \"checklist/smoke\", \"push\"]\n",
    );
    twin.sandbox.write("release-config/smoke.md", "- [ ] log in\n");
    let ran = twin.run(&["run", "1.27.0", "--process", "hotfix", "--yes"]).code(5);
    let ran = ran.says("`cargo xtask run --process hotfix --done checklist/smoke`");
    ran.says("`cargo xtask checklist --process hotfix smoke --tick NUMBER`");
}
