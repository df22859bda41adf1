//! The tool is killed, interrupted, refused by the disk and raced: the world comes out whole each time.
//!
//! A share of the points, in seconds; `cargo run --release -p lockstep-tests --bin sweep -- kill` (or `errors`, `signals`,
//! `race`) tries all of them.

use std::fs;
use std::path::Path;
use std::process::Command;

use lockstep_tests::faults::inject::{self, ERRORS, Fault, Reach};
use lockstep_tests::faults::race;
use lockstep_tests::faults::share::{self, BUMP, FIX, LEVEL, RECOVERY, THREADS};
use lockstep_tests::faults::verdict::{Scenario, words};
use lockstep_tests::faults::world::{TARGET, World};

#[track_caller]
fn check(scenario: &Scenario, reach: Reach, faults: &[Fault], most: usize) {
    if !inject::possible() {
        return;
    }
    let found = share::sweep(scenario, reach, faults, most).unwrap();
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    assert!(found.fired * 10 >= most * 8, "{}: only {} of {most} faults happened", scenario.name, found.fired);
}

#[test]
fn killed_anywhere_the_next_run_makes_the_same_world() {
    check(&BUMP, Reach::Main, &[Fault::Signal(9)], 60);
    check(&LEVEL, Reach::Main, &[Fault::Signal(9)], 15);
    check(&FIX, Reach::Main, &[Fault::Signal(9)], 15);
    check(&THREADS, Reach::Threads, &[Fault::Signal(9)], 10);
}

#[test]
fn a_recovery_that_is_killed_is_recovered_from() {
    check(&RECOVERY, Reach::Main, &[Fault::Signal(9)], 30);
}

#[test]
fn interrupted_or_ended_the_next_run_makes_the_same_world() {
    let signals = [Fault::Signal(2), Fault::Signal(15)];
    check(&BUMP, Reach::Main, &signals, 30);
    check(&RECOVERY, Reach::Main, &signals, 10);
    check(&THREADS, Reach::Threads, &signals, 10);
}

#[test]
fn a_failing_disk_tears_no_file_and_is_told() {
    let errors: Vec<Fault> = ERRORS.iter().map(|error| Fault::Error(error)).collect();
    check(&BUMP, Reach::Main, &errors, 60);
    check(&RECOVERY, Reach::Main, &errors, 30);
    check(&FIX, Reach::Main, &errors, 15);
}

/// After the kill one of the manifests gets another text by hand: one that was replaced already, or one that wasn't.
#[track_caller]
fn edited_in_between(path: &str) {
    if !inject::possible() {
        return;
    }
    let world = World::new(3).unwrap();
    share::cut_off(&world).unwrap();
    let (file, mine) = (world.app(path), "# mine\n");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}{mine}")).unwrap();
    let before = world.tree().unwrap();

    let refused = world.run(BUMP.args).unwrap();
    let said = words(&refused);
    assert_eq!(refused.status.code(), Some(4), "{said}");
    assert!(said.contains("was changed by someone else after an interrupted edit") && said.contains(path), "{said}");
    let journal = world.journal().join("journal");
    assert!(said.contains(&format!("`rm {}`", journal.display())), "no way to go on: {said}");
    let manifests = |tree: lockstep_tests::faults::world::Tree| -> Vec<_> {
        tree.into_iter().filter(|(path, _)| !inject::is_temporary(path)).collect()
    };
    assert_eq!(manifests(world.tree().unwrap()), manifests(before), "something was written all the same");

    // The first way to go on: the old text again.
    fs::write(&file, &text).unwrap();
    let done = world.run(BUMP.args).unwrap();
    assert!(done.status.success(), "{}", words(&done));
    assert!(fs::read_to_string(&file).unwrap().contains(TARGET));
    assert!(inject::unfinished(&world).is_empty());
}

#[test]
fn an_edit_between_the_kill_and_the_next_run_is_kept() {
    edited_in_between("VERSION");
    edited_in_between(".env");
    edited_in_between("Cargo.toml");
}

#[test]
fn the_other_way_to_go_on_keeps_every_file() {
    if !inject::possible() {
        return;
    }
    let world = World::new(3).unwrap();
    share::cut_off(&world).unwrap();
    fs::write(world.app("VERSION"), "mine").unwrap();
    assert_eq!(world.run(BUMP.args).unwrap().status.code(), Some(4));
    fs::remove_file(world.journal().join("journal")).unwrap();
    fs::write(world.app("VERSION"), "1.26.0").unwrap();
    let done = world.run(&["bump", "1.28.0"]).unwrap();
    assert!(done.status.success(), "{}", words(&done));
    let old = world.tree().unwrap().into_keys().find(|path| inject::is_temporary(path));
    assert_eq!(old, None, "the cut-off bump has left a file behind");
}

#[test]
fn of_two_bumps_at_once_one_wins() {
    let found = race::rounds(10, 3).unwrap();
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
}

/// What a command prints does not depend on where and when it runs, nor in how many threads.
#[test]
fn the_same_inputs_give_the_same_bytes() {
    let world = World::new(40).unwrap();
    fs::write(world.app("VERSION"), "1.25.0").unwrap();
    for args in [
        &["bump", "minor", "--dry-run"][..],
        &["bump", "minor", "--dry-run", "--format", "json"],
        &["check", "--format", "json"],
        &["check", "--format", "sarif"],
        &["versions", "--format", "json"],
    ] {
        let plain = world.run(args).unwrap();
        assert!(!plain.stdout.is_empty(), "{args:?}: {}", words(&plain));
        for (what, mut command) in surroundings(&world) {
            let other = command.args(args).output().unwrap();
            assert_eq!(words(&other), words(&plain), "{args:?} with {what}");
            assert!(other.stdout == plain.stdout, "{args:?} with {what}");
        }
    }
}

fn surroundings(world: &World) -> Vec<(&'static str, Command)> {
    let xtask = lockstep_tests::binary::xtask();
    let mut all = Vec::new();
    for (name, value) in [
        ("TZ", "Pacific/Kiritimati"),
        ("LC_ALL", "de_DE.UTF-8"),
        ("LANGUAGE", "fr"),
        ("TERM", "dumb"),
        ("COLUMNS", "20"),
        ("SOURCE_DATE_EPOCH", "1"),
    ] {
        let mut command = world.command(xtask);
        command.env(name, value);
        all.push((name, command));
    }
    let mut umask = world.command(Path::new("sh"));
    umask.args(["-c", "umask 077; exec \"$0\" \"$@\""]).arg(xtask);
    all.push(("umask", umask));
    // One processor, so one thread.
    if lockstep_tests::faults::has("taskset", &["--version"]) {
        let mut single = world.command(Path::new("taskset"));
        single.args(["--cpu-list", "0"]).arg(xtask);
        all.push(("one processor", single));
    }
    all
}
