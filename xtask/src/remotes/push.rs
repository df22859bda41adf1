//! What a push may be, and what became of it.

use anyhow::Result;

use super::{Pushed, Update};
use crate::error::Failure;
use crate::tag;
use crate::tools::git::{Git, PushedRef, is_oid};
use crate::tools::redact;

/// Refuses what must never be pushed, whatever asked for it.
pub(super) fn check(git: &Git, updates: &[Update]) -> Result<()> {
    for (at, update) in updates.iter().enumerate() {
        let name = &update.name;
        let known = name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
        tag::check_ref_name(name).map_err(|fault| {
            Failure::usage(format!("no reference is called so: {fault}")).hint("mend the name in release.toml")
        })?;
        let zero = |oid: &str| !is_oid(oid) || oid.bytes().all(|byte| byte == b'0');
        let fault = match &update.expected {
            _ if !known => "is neither a branch nor a tag",
            _ if zero(&update.new) => "would be deleted, which no release does",
            _ if updates[..at].iter().any(|other| other.name == *name) => "is named twice in one push",
            Some(old) if zero(old) => "is expected at something that is no object",
            Some(old) if name.starts_with("refs/tags/") && *old != update.new => {
                "would be moved: a published tag never moves"
            }
            Some(old) if name.starts_with("refs/heads/") && !git.is_ancestor(old, &update.new)? => {
                "would lose commits: a branch only moves forward"
            }
            _ => continue,
        };
        return Err(Failure::world(format!("`{name}` {fault}")).hint("nothing was pushed").into());
    }
    Ok(())
}

/// What the remote said of each reference, as one.
pub(super) fn understand(url: &str, refs: Vec<PushedRef>) -> Result<Pushed> {
    let refused: Vec<&PushedRef> = refs.iter().filter(|found| !found.done).collect();
    if refused.is_empty() {
        return Ok(Pushed::Done);
    }
    let told = |found: &&PushedRef| (found.name.clone(), redact(&found.words));
    let pick = |is: fn(&str) -> bool| refused.iter().filter(|found| is(&found.words)).map(told).collect::<Vec<_>>();
    let landed: Vec<&str> = refs.iter().filter(|found| found.done).map(|found| found.name.as_str()).collect();
    let (moved, other) = (pick(is_moved), pick(|words| !is_moved(words) && !is_follower(words)));
    if other.is_empty() && landed.is_empty() && !moved.is_empty() {
        return Ok(Pushed::Moved(moved));
    }
    Err(refusal(url, if other.is_empty() { &moved } else { &other }, &landed).into())
}

/// For a server that can't do it at once: the branches, then the tags, one after the other.
///
/// In this order each moment is one that can be completed: a tag is never on a commit that no branch has. It stops at
/// the first that isn't taken.
pub(super) fn one_by_one(updates: &[Update], send: impl Fn(&Update) -> Result<Pushed>) -> Result<Pushed> {
    let mut ordered: Vec<&Update> = updates.iter().collect();
    ordered.sort_by_key(|update| update.name.starts_with("refs/tags/"));
    for (at, update) in ordered.iter().enumerate() {
        let through: Vec<&str> = ordered[..at].iter().map(|update| update.name.as_str()).collect();
        match send(update) {
            Ok(Pushed::Done) => {}
            Ok(Pushed::Moved(refs)) if at > 0 => {
                let words: Vec<&str> = refs.iter().map(|(_, words)| words.as_str()).collect();
                let message =
                    format!("`{}` went through, `{}` didn't: {}", through.join("`, `"), update.name, words.join("; "));
                return Err(Failure::world(message)
                    .hint("the server takes no atomic push: run the same command again, it sees what is missing")
                    .into());
            }
            other => return other,
        }
    }
    Ok(Pushed::Done)
}

/// Did the server say that it can't do all at once? Then nothing has happened.
pub(super) fn is_not_atomic(error: &anyhow::Error) -> bool {
    error.to_string().contains("does not support --atomic push")
}

/// Somebody else was there first: git's own words, and those of a server that saw it a moment later.
fn is_moved(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    const MOVED: [&str; 10] = [
        "(stale info)",
        "(fetch first)",
        "(non-fast-forward)",
        "(already exists)",
        "(needs force)",
        "(remote ref updated since checkout)",
        "reference already exists",
        "failed to update ref",
        "but expected",
        "incorrect old value",
    ];
    MOVED.iter().any(|known| words.contains(known))
}

/// Refused because another reference of the same push was.
fn is_follower(words: &str) -> bool {
    words.contains("atomic push fail")
        || words.contains("atomic transaction failed")
        || words.contains("transaction failed")
}

fn refusal(url: &str, refused: &[(String, String)], landed: &[&str]) -> Failure {
    let url = redact(url);
    let list: String = refused.iter().map(|(name, words)| format!("\n  `{name}`: {words}")).collect();
    let some = if landed.is_empty() { String::new() } else { format!("; `{}` went through", landed.join("`, `")) };
    let hint = match refused.first().map(|(_, words)| words.to_ascii_lowercase()) {
        Some(words) if words.contains("hidden ref") => {
            "the server hides these references (`transfer.hideRefs`, `receive.hideRefs`) and takes no push to them"
        }
        Some(words) if words.contains("hook declined") || words.contains("protected") || words.contains("rule") => {
            "a hook or a rule of the server decides who may push there: ask its owner, then run the same command again"
        }
        Some(words) if words.contains("checked out") => "push to a bare repository",
        _ => "remove the cause, then run the same command again",
    };
    Failure::world(format!("`{url}` refuses the push{some}:{list}")).hint(hint)
}
