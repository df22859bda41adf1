//! Random inputs, in bounded form; `LOCKSTEP_FUZZ` sets the number, and `sweep -- fuzz N` runs the long form.

use lockstep_tests::faults::random::Random;
use lockstep_tests::faults::{fuzz, inject, made, mangle, oracle};

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

/// Made-up texts; what the tool writes there is judged by another reader.
#[track_caller]
fn check_judged(format: &str) {
    let judge = oracle::JUDGES.iter().find(|judge| judge.format == format).unwrap();
    let mut random = Random::new(format);
    let (mut written, mut refused) = (0, 0);
    // Each text is read a dozen times.
    let texts = (rounds() / 10).max(500);
    for _ in 0..texts {
        let text = made::make(format, &mut random);
        let count = oracle::judge(*judge, &text, &mut random, 4).unwrap_or_else(|error| panic!("{error:#}"));
        (written, refused) = (written + count.written, refused + count.refused);
    }
    println!("{format}: {written} places written, {refused} refused");
    assert!(written > texts && written * 2 > refused, "{format}: {written} places written, {refused} refused");
}

#[test]
fn yaml_reads_as_it_was_meant() {
    check_judged("yaml");
}

#[test]
fn json_reads_as_it_was_meant() {
    check_judged("json");
}

#[test]
fn toml_reads_as_it_was_meant() {
    check_judged("toml");
}

/// `LOCKSTEP_YAML_DIR` names a folder of real manifests.
#[test]
fn real_manifests_read_as_they_were_meant() {
    let Some(folder) = std::env::var_os("LOCKSTEP_YAML_DIR") else { return };
    let (files, count) = oracle::judge_folder(folder.as_ref(), &mut Random::new("real")).unwrap();
    println!("{files} files, {count:?}");
    assert!(files > 0, "no manifests in `{}`", folder.display());
}

#[test]
fn a_damaged_journal_is_not_acted_on() {
    if inject::possible() {
        mangle::journals(rounds().min(100)).unwrap();
    }
}

#[test]
fn a_damaged_cache_changes_nothing() {
    mangle::caches(rounds().min(100)).unwrap();
}

#[test]
fn whatever_git_prints_nothing_breaks() {
    mangle::gits(rounds().min(200)).unwrap();
}
