//! The freeze: what came to a release branch after the cut, and may be in the release.
//!
//! A commit is fine when every path that it changes is allowed, when its message holds a mark, when it belongs to the
//! release itself, or when it is undone on the branch. A later, marked commit may also name the ids of others
//! (`Freeze-Exception: 1234567890 …`): an exception that is granted afterwards is on record in the branch itself, and
//! the same on every machine.

use std::collections::HashSet;

use super::history::{Commit, History, short};
use crate::error::Failure;
use crate::resolve::release::Freeze;

/// How many commits are named one by one.
const NAMED: usize = 20;

/// A commit that the freeze doesn't allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach<'c> {
    /// The commit.
    pub commit: &'c Commit,
    /// The first path that isn't allowed.
    pub path: &'c str,
}

/// What needs no leave.
#[derive(Debug, Default)]
pub struct Free {
    /// The subjects of the release's own commits.
    pub own: Vec<String>,
    /// The ids of what was released before, and was merged back into the branch.
    pub released: HashSet<String>,
}

/// The commits after the cut that may not be in the release, in the order in which they are given.
pub fn breaches<'c>(commits: &'c [Commit], freeze: &Freeze, free: &Free) -> Vec<Breach<'c>> {
    let history = History::new(commits);
    let fine = excused(&history, freeze, free);
    let allowed = |path: &str| freeze.allow.iter().any(|glob| glob.is_match(path));
    let judge = |at: usize| {
        let commit = &commits[at];
        let brought: HashSet<&str> = if commit.is_merge() && !history.brings_unseen(commit) {
            history.merged(commit).iter().flat_map(|&at| &commits[at].paths).map(String::as_str).collect()
        } else {
            HashSet::new()
        };
        // What a merge brought is judged by the commits that made it; what it changed besides is its own.
        let mut paths = commit.paths.iter().map(String::as_str).filter(|path| !brought.contains(path));
        let path = paths.find(|path| !allowed(path))?;
        Some(Breach { commit, path })
    };
    (0..commits.len()).filter(|at| !fine.contains(at)).filter_map(judge).collect()
}

/// The places of commits that are fine whatever they change.
fn excused(history: &History<'_>, freeze: &Freeze, free: &Free) -> HashSet<usize> {
    let mut fine = HashSet::new();
    for (at, commit) in history.commits.iter().enumerate() {
        if free.own.contains(&commit.subject) && !commit.is_merge() || free.released.contains(&commit.oid) {
            fine.insert(at);
        }
        let marks: Vec<&String> = freeze.marks.iter().filter(|mark| commit.message.contains(mark.as_str())).collect();
        if !marks.is_empty() {
            fine.insert(at);
            fine.extend(named(history, commit, &marks));
            // The mark of a merge is the word for all that was merged with it.
            fine.extend(history.merged(commit));
        }
    }
    // A revert of a revert brings the change back, so the newest word counts: commits come newest first.
    let mut undone: HashSet<usize> = HashSet::new();
    for (at, commit) in history.commits.iter().enumerate() {
        let reverted: Vec<usize> = commit.reverted().iter().filter_map(|oid| history.find(oid)).collect();
        if !undone.contains(&at) && !reverted.is_empty() {
            for old in reverted {
                undone.insert(old);
                undone.extend(history.merged(&history.commits[old]));
            }
            fine.insert(at);
        }
    }
    fine.extend(undone);
    fine
}

/// The commits whose ids stand behind a mark.
fn named(history: &History<'_>, commit: &Commit, marks: &[&String]) -> HashSet<usize> {
    let behind = marks.iter().flat_map(|mark| commit.message.split(mark.as_str()).skip(1));
    let lines = behind.filter_map(|rest| rest.lines().next());
    let words = lines.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()));
    let oids = words.filter(|word| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let named: HashSet<usize> = oids.filter_map(|oid| history.find(oid)).collect();
    let with: HashSet<usize> = named.iter().flat_map(|&at| history.merged(&history.commits[at])).collect();
    named.into_iter().chain(with).collect()
}

/// Refuses a release with such commits: one failure that names them all, and what to do. `branch` is the release
/// branch's name.
pub fn refuse(branch: &str, commits: &[Commit], freeze: &Freeze, free: &Free) -> Result<(), Failure> {
    let breaches = breaches(commits, freeze, free);
    let Some(first) = breaches.first() else { return Ok(()) };
    let line = |breach: &Breach<'_>| {
        let subject = breach.commit.subject.replace('`', "'");
        Failure::world(format!("after the freeze: {} `{subject}` changes `{}`", short(&breach.commit.oid), breach.path))
    };
    let mut failures: Vec<Failure> = breaches.iter().take(NAMED).map(line).collect();
    let more = breaches.len().saturating_sub(NAMED);
    if more > 0 {
        failures.push(Failure::world(format!("after the freeze: and {more} more commits that aren't allowed")));
    }
    if let Some(last) = failures.last_mut() {
        last.hint = Some(way_out(branch, first.commit, freeze));
    }
    Failure::all(failures)
}

fn way_out(branch: &str, commit: &Commit, freeze: &Freeze) -> String {
    let grant = freeze.marks.first().map(|mark| {
        let message = format!("{mark} {} REASON", short(&commit.oid));
        format!("to let one in, push a commit that says so (`git commit --allow-empty -m \"{message}\"`); ")
    });
    let marks = if freeze.marks.is_empty() { " and `marks`" } else { "" };
    format!(
        "`git revert` on `{branch}` takes one out; {}what is always fine belongs into `allow`{marks} of `[freeze]`",
        grant.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;
    use crate::glob::Glob;

    fn freeze() -> Freeze {
        let allow = ["docs/**", "*.md"].map(|glob| Glob::parse(glob).expect("a glob")).to_vec();
        Freeze { allow, marks: vec!["Freeze-Exception:".to_owned()] }
    }

    fn oid(name: &str) -> String {
        name.repeat(40)[..40].to_owned()
    }

    /// `a < b c: subject | paths`: one commit, its parents, its message, what it changes.
    fn commit(line: &str) -> Commit {
        let (head, rest) = line.split_once(": ").expect("a colon");
        let (name, parents) = head.split_once(" < ").unwrap_or((head, ""));
        let (message, paths) = rest.split_once(" | ").unwrap_or((rest, ""));
        let message = message.replace("\\n", "\n");
        Commit {
            oid: oid(name),
            parents: parents.split_whitespace().map(oid).collect(),
            subject: message.lines().next().unwrap_or_default().to_owned(),
            message,
            paths: paths.split_whitespace().map(str::to_owned).collect(),
        }
    }

    /// Newest first, as git lists them; the ids' first letters of those that are refused.
    #[track_caller]
    fn check(lines: &[&str], refused: &str) {
        let commits: Vec<Commit> = lines.iter().map(|line| commit(line)).collect();
        let free = Free { own: vec!["Bump version 1.2.3".to_owned()], released: HashSet::from([oid("9")]) };
        let found = breaches(&commits, &freeze(), &free);
        let found: String = found.iter().map(|breach| &breach.commit.oid[..1]).collect();
        assert_eq!(found, refused, "{lines:#?}");
    }

    #[test]
    fn what_may_come_after_the_freeze() {
        check(&["a < 0: Fix | src/a.rs"], "a");
        check(&["a < 0: Explain | docs/a/b.md README.md"], "");
        check(&["a < 0: Explain and fix | docs/a.md src/a.rs"], "a");
        check(&["a < 0: Fix\\n\\nFreeze-Exception: login is broken | src/a.rs"], "");
        check(&["a < 0: Bump version 1.2.3 | VERSION"], "");
        check(&["9 < 0: Fix, and released before | src/a.rs"], "");
        check(&["a < b 9: Merge main | src/a.rs", "9 < 0: Fix | src/a.rs", "b < 0: Fix | src/b.rs"], "b");
        check(&["a < 0: Bump version 1.2.4 | VERSION"], "a");
        check(&["a < 0: Nothing"], "");
    }

    #[test]
    fn merges() {
        let marked = "m < 0 a: Merge fix\\n\\nFreeze-Exception: yes | src/a.rs";
        check(&["m < 0 a: Merge fix | src/a.rs", "a < 0: Fix | src/a.rs"], "a");
        check(&[marked, "a < 0: Fix | src/a.rs"], "");
        check(&["m < b a: Merge fix\\n\\nFreeze-Exception: yes | x", "a < 0: Fix | x", "b < 0: Other | y"], "b");
        check(&["m < 0 a: Merge docs | docs/a.md", "a < 0: Docs | docs/a.md"], "");
        // What nobody committed was put into the merge itself.
        check(&["m < 0 a: Merge docs | docs/a.md src/evil.rs", "a < 0: Docs | docs/a.md"], "m");
        // The other side isn't among these commits: all of it counts as the merge's.
        check(&["m < 0 f: Merge main | src/feature.rs"], "m");
    }

    #[test]
    fn what_is_undone_and_what_is_granted() {
        let revert = |new: &str, old: &str| format!("{new} < 0: Revert\\n\\nThis reverts commit {}. | x", oid(old));
        check(&[&revert("b", "a"), "a < 0: Feature | x"], "");
        check(&[&revert("c", "b"), &revert("b", "a"), "a < 0: Feature | x"], "a");
        check(&[&revert("b", "f"), "a < 0: Feature | x"], "ba");
        let grant = format!("g < b: Freeze-Exception: {} is wanted", &oid("a")[..10]);
        check(&[&grant, "b < a: Other | y", "a < 0: Feature | x"], "b");
        let merge = format!("g < m: Freeze-Exception: {}", oid("e"));
        check(&[&merge, "e < 0 a: Merge | x", "a < 0: Feature | x"], "");
        check(&["b < a: Word about aaaaaaaaaa", "a < 0: Feature | x"], "a");
    }

    #[test]
    fn a_refusal_names_all_and_says_what_to_do() {
        let commits: Vec<Commit> =
            (0..25).map(|at| Commit { oid: format!("{at:040}"), ..commit("a < 0: Fix `it` | src/a.rs") }).collect();
        let failure = refuse("release-1.2.3", &commits, &freeze(), &Free::default()).expect_err("a refusal");
        assert_eq!(failure.exit, Exit::World);
        assert_eq!(failure.message, "after the freeze: 0000000000 `Fix 'it'` changes `src/a.rs`");
        assert_eq!(failure.more.len(), NAMED);
        let last = failure.more.last().expect("more");
        assert_eq!(last.message, "after the freeze: and 5 more commits that aren't allowed");
        let hint = last.hint.as_deref().expect("a hint");
        assert!(hint.contains("--allow-empty -m \"Freeze-Exception: 0000000000 REASON\""), "{hint}");
        let none = Freeze { marks: Vec::new(), ..freeze() };
        let hint = way_out("release-1.2.3", &commits[0], &none);
        assert!(!hint.contains("allow-empty") && hint.contains("`marks`"), "{hint}");
        assert!(refuse("x", &[], &freeze(), &Free::default()).is_ok());
    }
}
