//! A release is killed: the same command again makes the world that there would have been (G1).
//!
//! A share of the points, in seconds; `cargo run --release -p lockstep-tests --bin sweep -- release 5000` tries so many,
//! and `-- app N` those of process B alone, with as many of its requests.

use lockstep_tests::faults::inject;
use lockstep_tests::faults::release_kill::sweep;
use lockstep_tests::faults::stage::Kind;
use lockstep_tests::servers::ready;
use lockstep_tests::{app, weekly};

#[track_caller]
fn check(kind: Kind, most: usize) {
    if !inject::possible() {
        return;
    }
    let found = sweep(kind, most).unwrap();
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    // How often BuildKit and registries are heard differs from run to run, so the last of some calls may never come.
    let tenths = if kind == Kind::App { 5 } else { 9 };
    assert!(found.fired * 10 >= most * tenths, "{kind:?}: only {} of {most} kills happened", found.fired);
}

#[test]
fn killed_anywhere_it_ends_as_if_nothing_had_been() {
    check(Kind::Twin, 34);
}

#[test]
fn so_does_one_whose_ledger_others_read() {
    check(Kind::Team, 18);
}

#[test]
fn so_does_the_weekly_app_with_its_charts() {
    if ready("so_does_the_weekly_app_with_its_charts", weekly::NEEDS) {
        check(Kind::Weekly, 20);
    }
}

#[test]
fn so_does_the_app_with_its_images() {
    if ready("so_does_the_app_with_its_images", &app::NEEDS) {
        check(Kind::App, 4);
    }
}
