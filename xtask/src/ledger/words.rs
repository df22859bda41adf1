//! What the ledger says to a person. Pure.

use super::record::{How, Owner, Release, State};
use crate::error::Failure;
use crate::moment::utc;
use crate::release::RELEASE;

/// `Ada <ada@example.com> on mill, since 2026-07-01 12:00 UTC`
fn holder(release: &Release) -> String {
    match release.attempt() {
        Some(last) => format!("`{}` on `{}`, since {}", last.owner, last.host, utc(last.seconds)),
        None => format!("`{}`", release.owner),
    }
}

/// The refusal of a claim: who has what, and the ways to go on.
pub(super) fn theirs(release: &Release, asked: &[(String, String)], me: &Owner) -> Failure {
    let (title, mine) = (release.title(), release.owner.is(me));
    let message = match (mine, release.versions != asked) {
        (true, _) => format!("`{title}` is open ({}), and at most one release of a process is", versions(release)),
        (false, true) => format!("`{title}` is open ({}) and belongs to {}", versions(release), holder(release)),
        (false, false) => format!("`{title}` belongs to {}", holder(release)),
    };
    let run = command(release);
    Failure::world(message).hint(match mine {
        true => format!("`{run}` goes on with it; `{run} --give-up` ends it undone"),
        false => format!(
            "ask them; if they are away for good, `{run} --take-over` makes it yours and goes on, and `{run} --take-over --give-up` ends it undone"
        ),
    })
}

/// What goes on with a release.
fn command(release: &Release) -> String {
    match release.process.as_str() {
        RELEASE => "cargo xtask run".to_owned(),
        process => format!("cargo xtask run --process {process}"),
    }
}

fn versions(release: &Release) -> String {
    let each: Vec<String> = release.versions.iter().map(|(track, version)| format!("{track} {version}")).collect();
    each.join(", ")
}

/// An older run finds that it isn't the last one.
pub(super) fn not_mine_any_more(now: &Release) -> Failure {
    let title = now.title();
    let Some(last) = now.attempt() else { return vanished(now) };
    let (who, when) = (format!("`{}` on `{}`", last.owner, last.host), utc(last.seconds));
    let message = match last.how {
        How::TookOver => format!("{who} took `{title}` over at {when}"),
        How::GaveUp => format!("{who} gave `{title}` up at {when}"),
        How::Claimed | How::WentOn | How::OpenedAgain => {
            format!("another run, by {who}, went on with `{title}` at {when}")
        }
    };
    Failure::world(message)
        .hint("this run stops here and changes nothing more; `cargo xtask status` shows where it stands")
}

/// The record of a release that this run had is gone.
pub(super) fn vanished(release: &Release) -> Failure {
    Failure::world(format!("the ledger has no record of `{}` any more", release.title()))
        .hint("this run stops here; `git log` of the ledger's branch shows who removed it")
}

pub(super) fn two_open(first: &Release, second: &Release) -> Failure {
    let message = format!("`{}` and `{}` are both open, and at most one may be", first.title(), second.title());
    Failure::world(message)
        .hint("the ledger was changed by hand: `git log` of its branch shows by whom; `git revert` that")
}

/// There is nothing open to be taken over or given up, or it isn't what was looked at.
pub(super) fn not_open(title: &str, now: Option<&Release>) -> Failure {
    let message = match now.map(|release| release.state) {
        None => format!("the ledger knows no `{title}`"),
        Some(State::Done) => format!("`{title}` is done"),
        Some(State::GivenUp) => format!("`{title}` was given up already"),
        Some(State::Open) => format!("`{title}` is open"),
    };
    Failure::world(message).hint("`cargo xtask status` shows what is open")
}

/// Only the owner ends a release.
pub(super) fn not_yours(release: &Release) -> Failure {
    Failure::world(format!("`{}` belongs to {}", release.title(), holder(release)))
        .hint(format!("ask them; if they are away for good, `{} --take-over --give-up` ends it", command(release)))
}
