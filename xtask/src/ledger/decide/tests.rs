//! Who gets a release, case by case.

use super::*;

const NOON: u64 = 1_782_907_200;

fn owner(name: &str) -> Owner {
    Owner { name: name.to_owned(), email: format!("{name}@example.com") }
}

fn run(name: &str) -> Run {
    Run { owner: owner(name), host: format!("{name}s-mill"), seconds: NOON, nonce: format!("{name}-nonce") }
}

fn wanted(version: &str) -> Wanted {
    let versions = vec![("app".to_owned(), version.to_owned())];
    Wanted { process: "release".to_owned(), request: "minor".to_owned(), versions, digest: "plan".to_owned() }
}

fn won(verdict: Result<Verdict, Failure>) -> Release {
    match verdict {
        Ok(Verdict::Win(release) | Verdict::GoOn(release)) => release,
        other => panic!("{other:?}"),
    }
}

fn open(name: &str, version: &str) -> Release {
    won(claim(&[], &wanted(version), &run(name), 0))
}

fn ended(state: State, name: &str, version: &str) -> Release {
    Release { state, ..open(name, version) }
}

/// `GoOn 2` means that the claimant goes on in epoch 2.
fn verdict(releases: &[Release], version: &str, name: &str) -> String {
    let releases: Vec<&Release> = releases.iter().collect();
    match claim(&releases, &wanted(version), &run(name), 0) {
        Ok(Verdict::Win(release)) => format!("Win {}", release.epoch),
        Ok(Verdict::GoOn(release)) => format!("GoOn {}", release.epoch),
        Ok(Verdict::Theirs(release)) => format!("Theirs {} {}", release.owner.name, release.version()),
        Ok(Verdict::Done(release)) => format!("Done {}", release.epoch),
        Err(failure) => failure.to_string(),
    }
}

#[track_caller]
fn check(releases: &[Release], version: &str, name: &str, expected: &str) {
    assert_eq!(verdict(releases, version, name), expected);
}

#[test]
fn a_claim_is_won_or_not() {
    check(&[], "1.0.0", "ada", "Win 1");
    check(&[ended(State::Done, "ada", "1.0.0")], "1.1.0", "bob", "Win 1");
    check(&[open("ada", "1.0.0")], "1.0.0", "ada", "GoOn 2");
    check(&[open("ada", "1.0.0")], "1.0.0", "bob", "Theirs ada 1.0.0");
    check(&[open("ada", "1.0.0")], "1.1.0", "bob", "Theirs ada 1.0.0");
    check(&[open("ada", "1.0.0")], "1.1.0", "ada", "Theirs ada 1.0.0");
    check(&[ended(State::Done, "ada", "1.0.0")], "1.0.0", "ada", "Done 1");
    check(&[ended(State::Done, "ada", "1.0.0")], "1.0.0", "bob", "Done 1");
    check(&[ended(State::GivenUp, "ada", "1.0.0")], "1.0.0", "bob", "Win 2");
    check(&[ended(State::Done, "ada", "1.0.0"), open("ada", "1.1.0")], "1.0.0", "ada", "Theirs ada 1.1.0");
    check(
        &[open("ada", "1.0.0"), open("bob", "1.1.0")],
        "1.1.0",
        "bob",
        "`release 1.0.0` and `release 1.1.0` are both open, and at most one may be",
    );
}

#[test]
fn processes_are_apart() {
    let hotfix = Release { process: "hotfix".to_owned(), ..open("ada", "0.9.1") };
    check(&[hotfix], "1.0.0", "bob", "Win 1");
    let done = Release { process: "hotfix".to_owned(), ..ended(State::Done, "ada", "1.0.0") };
    check(&[done], "1.0.0", "bob", "Win 1");
}

#[test]
fn an_address_is_one_person_in_any_case() {
    let mut theirs = open("ada", "1.0.0");
    theirs.owner = Owner { name: "A. Lovelace".to_owned(), email: "Ada@Example.COM".to_owned() };
    check(&[theirs], "1.0.0", "ada", "GoOn 2");
}

/// The tracks that follow are a part of what is claimed: a chart number that somebody else took is another release.
#[test]
fn other_versions_of_the_other_tracks_are_another_release() {
    let mut theirs = open("ada", "1.0.0");
    theirs.versions.push(("chart".to_owned(), "0.4.3".to_owned()));
    check(&[theirs], "1.0.0", "ada", "Theirs ada 1.0.0");
}

#[test]
fn a_second_run_keeps_what_the_commits_bear() {
    let first = open("ada", "1.0.0");
    let later = Run { seconds: NOON + 86_400, host: "laptop".to_owned(), nonce: "other".to_owned(), ..run("ada") };
    let second = won(claim(&[&first], &Wanted { digest: "new plan".to_owned(), ..wanted("1.0.0") }, &later, NOON * 2));
    assert_eq!((second.seconds, &second.author, &second.nonce), (first.seconds, &first.author, &first.nonce));
    assert_eq!((second.epoch, second.host.as_str(), second.digest.as_str()), (2, "laptop", "new plan"));
    let how: Vec<How> = second.attempts.iter().map(|attempt| attempt.how).collect();
    assert_eq!(how, [How::Claimed, How::WentOn]);
    let third = next(&second, &run("bob"), How::TookOver);
    assert_eq!((third.author.name.as_str(), third.owner.name.as_str(), third.seconds), ("ada", "bob", first.seconds));
}

#[track_caller]
fn check_seconds(clock: u64, not_before: u64, expected: u64) {
    let me = Run { seconds: clock, ..run("ada") };
    assert_eq!(won(claim(&[], &wanted("1.0.0"), &me, not_before)).seconds, expected);
}

#[test]
fn a_clock_that_is_behind_makes_no_commit_older_than_its_parent() {
    check_seconds(NOON, 0, NOON);
    check_seconds(NOON, NOON - 1, NOON);
    check_seconds(NOON, NOON, NOON);
    check_seconds(NOON, NOON + 1, NOON + 2);
    check_seconds(0, NOON, NOON + 1);
}

#[test]
fn a_new_claim_after_one_that_was_given_up() {
    let bob = Run { seconds: NOON + 60, ..run("bob") };
    let claim_after = |before: &Release| won(claim(&[before], &wanted("1.0.0"), &bob, 0));
    let untouched = claim_after(&ended(State::GivenUp, "ada", "1.0.0"));
    assert_eq!((untouched.author.name.as_str(), untouched.seconds, untouched.epoch), ("bob", NOON + 60, 2));
    assert_eq!((untouched.attempts.len(), untouched.state), (2, State::Open));
    // Something may be in the world already, and only the same author and date make it again.
    let begun = passed(&ended(State::GivenUp, "ada", "1.0.0"), None, Some("acme/push"), NOON);
    let again = claim_after(&begun);
    assert_eq!((again.author.name.as_str(), again.owner.name.as_str()), ("ada", "bob"));
    assert_eq!((again.seconds, again.epoch, again.started), (NOON, 2, vec!["acme/push".to_owned()]));
}

#[test]
fn steps_begin_and_get_receipts() {
    let steps = |release: &Release| {
        let receipts: Vec<String> = release
            .receipts
            .iter()
            .map(|receipt| format!("{} {} {}", receipt.step, receipt.epoch, receipt.what))
            .collect();
        (release.started.join(" "), receipts.join(", "))
    };
    let release = passed(&open("ada", "1.0.0"), None, Some("a"), NOON);
    assert_eq!(steps(&release), ("a".to_owned(), String::new()));
    let release = passed(&release, Some(("a", "one")), Some("b"), NOON);
    assert_eq!(steps(&release), ("b".to_owned(), "a 1 one".to_owned()));
    let release = passed(&next(&release, &run("ada"), How::WentOn), None, Some("b"), NOON);
    assert_eq!(steps(&release), ("b".to_owned(), "a 1 one".to_owned()));
    let release = passed(&release, Some(("a", "two")), None, NOON);
    assert_eq!(steps(&release), ("b".to_owned(), "a 2 two".to_owned()));
}

#[track_caller]
fn check_fence(now: Option<&Release>, expected: &str) {
    let claimed = open("ada", "1.0.0");
    let found = expect_mine(now, &claimed).err().map(|failure| failure.to_string()).unwrap_or_default();
    assert_eq!(found, expected);
}

#[test]
fn an_older_run_is_told_who_went_on() {
    let mine = open("ada", "1.0.0");
    let run = |name: &str| Run { nonce: "later".to_owned(), ..run(name) };
    check_fence(Some(&mine), "");
    check_fence(Some(&passed(&mine, None, Some("a"), NOON)), "");
    check_fence(None, "the ledger has no record of `release 1.0.0` any more");
    check_fence(
        Some(&next(&mine, &run("ada"), How::WentOn)),
        "another run, by `ada <ada@example.com>` on `adas-mill`, went on with `release 1.0.0` at 2026-07-01 12:00 UTC",
    );
    check_fence(
        Some(&next(&mine, &run("bob"), How::TookOver)),
        "`bob <bob@example.com>` on `bobs-mill` took `release 1.0.0` over at 2026-07-01 12:00 UTC",
    );
    check_fence(
        Some(&next(&mine, &run("ada"), How::GaveUp)),
        "`ada <ada@example.com>` on `adas-mill` gave `release 1.0.0` up at 2026-07-01 12:00 UTC",
    );
    // Two runs of one owner at the same moment have the same epoch; their numbers differ.
    let twin = won(claim(&[], &wanted("1.0.0"), &run("ada"), 0));
    assert_eq!(twin.epoch, mine.epoch);
    assert!(expect_mine(Some(&twin), &mine).is_err());
}
