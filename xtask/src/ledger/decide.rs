//! Who gets a release, and what its record says then. Pure: no clock is read, nothing is written.

use super::record::{Attempt, How, Owner, Receipt, Release, State};
use super::words;
use crate::error::Failure;

/// What a run wants to release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// `release`, `hotfix`
    pub process: String,
    /// What was asked for, as typed.
    pub request: String,
    /// Tracks that move and their new versions; the first one names the release.
    pub versions: Vec<(String, String)>,
    /// The plan.
    pub digest: String,
}

/// A run that wants to change the ledger: who, where, when, and a number that no other run has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Who releases.
    pub owner: Owner,
    /// The machine.
    pub host: String,
    /// The machine's clock.
    pub seconds: u64,
    /// Not the same for two runs.
    pub nonce: String,
}

/// What becomes of a claim: a record that is to be written, or one that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The first run of this release.
    Win(Release),
    /// Another run of the same owner.
    GoOn(Release),
    /// Somebody else has it, or something else is open.
    Theirs(Release),
    /// It was done already.
    Done(Release),
}

/// The open release of a process. At most one is open.
pub(super) fn open_of<'r>(releases: &[&'r Release], process: &str) -> Result<Option<&'r Release>, Failure> {
    let open = |release: &&&Release| release.process == process && release.state == State::Open;
    let mut open = releases.iter().filter(open);
    match (open.next(), open.next()) {
        (Some(first), Some(second)) => Err(words::two_open(first, second)),
        (first, _) => Ok(first.copied()),
    }
}

/// Decides over a claim. `not_before` is the date of the newest commit that the release stands on.
pub(super) fn claim(releases: &[&Release], wanted: &Wanted, run: &Run, not_before: u64) -> Result<Verdict, Failure> {
    if let Some(open) = open_of(releases, &wanted.process)? {
        let mine = open.owner.is(&run.owner) && open.versions == wanted.versions;
        let digest = wanted.digest.clone();
        return Ok(match mine {
            true => Verdict::GoOn(Release { digest, ..next(open, run, How::WentOn) }),
            false => Verdict::Theirs(open.clone()),
        });
    }
    let version = wanted.versions.first().map(|(_, version)| version.as_str());
    let same = |release: &&&Release| release.process == wanted.process && Some(release.version()) == version;
    Ok(match releases.iter().find(same) {
        Some(done) if done.state == State::Done && done.versions == wanted.versions => Verdict::Done((*done).clone()),
        before => Verdict::Win(first(before.copied(), wanted, run, not_before)),
    })
}

/// A new claim; where the same versions were given up before, their record goes on. What was done for others, another
/// chart say, counts for nothing.
fn first(before: Option<&Release>, wanted: &Wanted, run: &Run, not_before: u64) -> Release {
    let seconds = claimed_at(run, not_before);
    let blank = Release {
        process: wanted.process.clone(),
        request: wanted.request.clone(),
        versions: wanted.versions.clone(),
        state: State::Open,
        owner: run.owner.clone(),
        host: run.host.clone(),
        epoch: 0,
        author: run.owner.clone(),
        seconds,
        nonce: run.nonce.clone(),
        digest: wanted.digest.clone(),
        attempts: Vec::new(),
        started: Vec::new(),
        receipts: Vec::new(),
    };
    let release = match before {
        // What was made before it was given up may be in the world: only with the same author and date it is the same.
        Some(before)
            if before.versions == wanted.versions && !(before.started.is_empty() && before.receipts.is_empty()) =>
        {
            Release { request: blank.request, digest: blank.digest, ..before.clone() }
        }
        Some(before) => Release { epoch: before.epoch, attempts: before.attempts.clone(), ..blank },
        None => blank,
    };
    next(&release, run, How::Claimed)
}

/// The moment that the commits and tags of a new claim bear. `not_before` is the date of the newest commit that the
/// release stands on.
pub fn claimed_at(run: &Run, not_before: u64) -> u64 {
    // A clock that is behind would make commits that are older than those they stand on.
    if run.seconds < not_before { not_before + 1 } else { run.seconds }
}

/// The same release in the hands of this run, one epoch later.
pub(super) fn next(release: &Release, run: &Run, how: How) -> Release {
    let epoch = release.epoch + 1;
    let attempt = Attempt {
        epoch,
        how,
        owner: run.owner.clone(),
        host: run.host.clone(),
        seconds: run.seconds,
        nonce: run.nonce.clone(),
    };
    let mut attempts = release.attempts.clone();
    attempts.push(attempt);
    let state = if how == How::GaveUp { State::GivenUp } else { State::Open };
    Release { state, owner: run.owner.clone(), host: run.host.clone(), epoch, attempts, ..release.clone() }
}

/// The record after a step was done, and another one was begun.
pub(super) fn passed(release: &Release, done: Option<(&str, &str)>, begun: Option<&str>, seconds: u64) -> Release {
    let mut release = release.clone();
    if let Some((step, what)) = done {
        release.started.retain(|started| started != step);
        release.receipts.retain(|receipt| receipt.step != step);
        let (step, what) = (step.to_owned(), what.to_owned());
        release.receipts.push(Receipt { step, epoch: release.epoch, seconds, what });
    }
    if let Some(step) = begun.filter(|step| !release.started.iter().any(|started| started == step)) {
        release.started.push(step.to_owned());
    }
    release
}

/// The record without what it says of a step and of its items.
pub(super) fn forgotten(release: &Release, step: &str) -> Release {
    let is_item = |id: &str| id.strip_prefix(step).is_some_and(|rest| rest.starts_with('#'));
    let mut release = release.clone();
    release.started.retain(|started| started != step);
    release.receipts.retain(|receipt| receipt.step != step && !is_item(&receipt.step));
    release
}

/// A person's word on steps and on items of lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Ids of what is done, and what became of it.
    pub done: Vec<(String, String)>,
    /// Ids of what isn't done after all.
    pub undone: Vec<String>,
    /// What is said, for the history of the ledger: `Ada ticks 2 items of smoke`.
    pub sentence: String,
}

/// The record after a person's word.
pub(super) fn said(release: &Release, word: &Word, seconds: u64) -> Release {
    let mut release = release.clone();
    release.receipts.retain(|receipt| !word.undone.contains(&receipt.step));
    for (step, what) in &word.done {
        release = passed(&release, Some((step, what)), None, seconds);
    }
    release
}

/// Refuses a run whose release went to another one, or was changed since it was looked at.
pub(super) fn expect_mine(now: Option<&Release>, claimed: &Release) -> Result<(), Failure> {
    let Some(now) = now else { return Err(words::vanished(claimed)) };
    let nonce = |release: &Release| release.attempt().map(|attempt| attempt.nonce.clone());
    if now.epoch == claimed.epoch && nonce(now) == nonce(claimed) {
        return Ok(());
    }
    Err(words::not_mine_any_more(now))
}

#[cfg(test)]
mod tests;
