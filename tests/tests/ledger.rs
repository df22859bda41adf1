//! The ledger with real git: claims, resumption, fences, races, damage.

use std::path::Path;

use lockstep_tests::faults::claim_race::{self, Place};

const RELEASER: &str = env!("CARGO_BIN_EXE_releaser");

// ---- races ----

/// Rounds of the races; `LOCKSTEP_CLAIM_ROUNDS` makes more of them.
fn rounds(usual: usize) -> usize {
    std::env::var("LOCKSTEP_CLAIM_ROUNDS").map_or(usual, |rounds| rounds.parse().expect("a number"))
}

#[track_caller]
fn check_race(place: Place, rounds: usize) {
    let releasers = 16;
    let found = claim_race::rounds(Path::new(RELEASER), place, rounds, releasers).unwrap();
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    let most = rounds * (releasers - 1);
    assert!(found.fired * 10 >= most * 9, "only {} of {most} claims met another one", found.fired);
}

#[test]
fn of_sixteen_that_claim_one_version_one_has_it() {
    check_race(Place::File, rounds(50));
}

#[test]
fn of_sixteen_in_one_checkout_one_has_it() {
    check_race(Place::Local, rounds(10));
}
