//! Random inputs, in bounded form; `LOCKSTEP_FUZZ` sets the number, and `sweep -- fuzz N` runs the long form.

use lockstep_tests::faults::fuzz;

fn rounds() -> usize {
    std::env::var("LOCKSTEP_FUZZ").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2_000)
}

#[track_caller]
fn check(name: &str) {
    let (_, fuzzer) = fuzz::ALL.iter().find(|(other, _)| *other == name).unwrap();
    fuzzer(rounds());
}

#[test]
fn configurations() {
    check("config");
}

#[test]
fn templates_are_read_backwards() {
    check("template");
}

#[test]
fn versions_have_one_order() {
    check("version");
}

#[test]
fn levels_lead_forward() {
    check("bump");
}

#[test]
fn globs_match_as_the_reference_does() {
    check("glob");
}
