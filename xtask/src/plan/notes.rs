//! What changed since a release, for a person to write from: commit subjects without what cancels out or repeats.
//!
//! A merged pull request is its title; the commits that it brought are folded into it. What was reverted goes with its
//! revert. Bumps of one dependency are one line.

mod pulls;
mod read;
mod render;
mod written;

use std::collections::{HashMap, HashSet};

use super::history::{Commit, History};
pub use pulls::Pull;
use read::{Conventional, Dependency, Merge, conventional, dependency, merge, reverted_subject, without_number};
pub use render::{json, markdown, text};
pub use written::{check, check_section};

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What changed, without numbers and prefixes.
    pub text: String,
    /// Pull requests or issues, as their forge writes them: `#12`, `!12`.
    pub numbers: Vec<String>,
    /// The commits behind it, newest first; of a merged pull request the merge first.
    pub commits: Vec<String>,
    /// What part it is about, where its author said so: `api` of `fix(api): …`.
    pub scope: Option<String>,
    /// Who wrote it, by what the forge calls them; empty where it wasn't asked.
    pub authors: Vec<String>,
    /// The labels of its pull requests; empty where the forge wasn't asked.
    pub labels: Vec<String>,
    kind: Kind,
    conventional: bool,
}

/// What sort of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Breaking,
    Feature,
    Fix,
    Performance,
    Other,
    Revert,
    Dependency,
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `Features`; none where the list isn't grouped.
    pub title: Option<&'static str>,
    /// In the order of the history, newest first.
    pub items: Vec<Item>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Those that have lines, in the order in which people read them.
    pub groups: Vec<Group>,
    /// How many commits there are.
    pub commits: usize,
    /// How many of them cancel out: reverts within this list and what they undo.
    pub undone: usize,
}

/// The lines, before they are put in groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    items: Vec<Item>,
    commits: usize,
    undone: usize,
}

/// The list of these commits, in groups: see [`gather`].
pub fn collect(commits: &[Commit], own: &dyn Fn(&str) -> bool) -> Notes {
    gather(commits, own).into_notes()
}

/// The list of these commits, newest first as git gives them. `own` tells the subjects of commits that releases make.
pub fn gather(commits: &[Commit], own: &dyn Fn(&str) -> bool) -> Gathered {
    let history = History::new(commits);
    let mut folded: HashSet<usize> = HashSet::new();
    let mut titles: HashMap<usize, Merge> = HashMap::new();
    for (at, commit) in commits.iter().enumerate().filter(|(_, commit)| commit.is_merge()) {
        match merge(commit) {
            // What a branch took over from the one it came from is no change of its own.
            Merge::Sync => drop(folded.insert(at)),
            title => {
                folded.extend(history.merged(commit));
                titles.insert(at, title);
            }
        }
    }
    let undone = undone(&history, &folded);
    let mut items: Vec<Item> = Vec::new();
    for (at, commit) in commits.iter().enumerate() {
        if !folded.contains(&at) && !undone.contains(&at) && !own(&commit.subject) {
            items.push(item(commit, titles.get(&at)));
        }
    }
    Gathered { items, commits: commits.len(), undone: undone.len() }
}

impl Gathered {
    /// What says the same in one line; in groups, if most lines say which one is theirs.
    pub fn into_notes(self) -> Notes {
        let mut items = Vec::new();
        for item in self.items {
            push(&mut items, item);
        }
        let parts = items.iter().filter(|item| item.kind != Kind::Dependency);
        let grouped = parts.clone().filter(|item| item.conventional).count() * 2 > parts.count();
        Notes { groups: group(items, grouped), commits: self.commits, undone: self.undone }
    }
}

fn title_of<'c>(commit: &'c Commit, merge: Option<&'c Merge>) -> &'c str {
    match merge {
        Some(Merge::Request { title, .. } | Merge::Branch { title }) => title,
        _ => &commit.subject,
    }
}

/// Reverts and what they undo. A revert of a revert brings the change back: the newest word counts.
fn undone(history: &History<'_>, folded: &HashSet<usize>) -> HashSet<usize> {
    let mut undone = HashSet::new();
    for (at, commit) in history.commits.iter().enumerate() {
        if undone.contains(&at) || folded.contains(&at) {
            continue;
        }
        let by_id = commit.reverted().into_iter().find_map(|oid| history.find(oid));
        let by_subject = || {
            let subject = reverted_subject(&commit.subject)?;
            let older = history.commits.iter().enumerate().skip(at + 1).filter(|(old, _)| !undone.contains(old));
            let same = |old: &str| old == subject || without_number(old).0 == without_number(subject).0;
            older.into_iter().find(|(_, old)| same(&old.subject)).map(|(old, _)| old)
        };
        if let Some(old) = by_id.or_else(by_subject).filter(|old| *old != at) {
            undone.extend([at, old]);
            undone.extend(history.merged(&history.commits[old]));
        }
    }
    undone
}

fn item(commit: &Commit, merge: Option<&Merge>) -> Item {
    let (title, numbers) = without_number(title_of(commit, merge));
    let mut numbers: Vec<String> = numbers.into_iter().map(str::to_owned).collect();
    if let Some(Merge::Request { number, .. }) = merge {
        numbers.retain(|other| other != number);
        numbers.insert(0, number.clone());
    }
    let mut item = Item {
        text: String::new(),
        numbers,
        commits: vec![commit.oid.clone()],
        scope: None,
        authors: Vec::new(),
        labels: Vec::new(),
        kind: Kind::Other,
        conventional: false,
    };
    describe(&mut item, title, commit.message.contains("\nBREAKING CHANGE: "));
    item
}

/// What a title says of its change.
fn describe(item: &mut Item, title: &str, is_breaking: bool) {
    item.text = title.to_owned();
    item.scope = None;
    item.kind = Kind::Other;
    item.conventional = false;
    if let Some(Conventional { kind, scope, text, breaking }) = conventional(title) {
        item.conventional = true;
        item.text = text.to_owned();
        item.scope = scope.map(str::to_owned);
        item.kind = match kind {
            _ if breaking || is_breaking => Kind::Breaking,
            "feat" | "feature" => Kind::Feature,
            "fix" | "bugfix" | "hotfix" => Kind::Fix,
            "perf" => Kind::Performance,
            "revert" => Kind::Revert,
            _ => Kind::Other,
        };
    }
    if dependency(title).is_some() {
        item.kind = Kind::Dependency;
        item.text = title.to_owned();
        item.scope = None;
    } else if reverted_subject(title).is_some() {
        item.kind = Kind::Revert;
    }
}

/// One more line, or one more commit of a line that is there: a cherry-pick, the next bump of the same dependency.
fn push(items: &mut Vec<Item>, item: Item) {
    let bumped = dependency(&item.text).filter(|_| item.kind == Kind::Dependency);
    let same = |other: &&mut Item| match (&bumped, dependency(&other.text)) {
        (Some(Dependency { name, .. }), Some(later)) if other.kind == Kind::Dependency => *name == later.name,
        (Some(_), _) => false,
        (None, _) => (&other.text, &other.scope, other.kind) == (&item.text, &item.scope, item.kind),
    };
    let Some(there) = items.iter_mut().find(same) else { return items.push(item) };
    if let (Some(Dependency { from: Some(from), .. }), Some(later)) = (&bumped, dependency(&there.text)) {
        // The older bump comes later in the list, and says where it began.
        there.text = match later.to {
            Some(to) => format!("Bump {} from {from} to {to}", later.name),
            None => there.text.clone(),
        };
    }
    there.commits.extend(item.commits);
    for (there, more) in
        [(&mut there.numbers, item.numbers), (&mut there.authors, item.authors), (&mut there.labels, item.labels)]
    {
        let mut seen = HashSet::new();
        there.extend(more);
        there.retain(|one| seen.insert(one.clone()));
    }
}

fn group(items: Vec<Item>, grouped: bool) -> Vec<Group> {
    let title = |kind: Kind| match kind {
        Kind::Dependency => Some("Dependencies"),
        Kind::Revert if grouped => Some("Reverts"),
        _ if !grouped => None,
        Kind::Breaking => Some("Breaking changes"),
        Kind::Feature => Some("Features"),
        Kind::Fix => Some("Fixes"),
        Kind::Performance => Some("Performance"),
        Kind::Other | Kind::Revert => Some("Other changes"),
    };
    let order =
        [Kind::Breaking, Kind::Feature, Kind::Fix, Kind::Performance, Kind::Other, Kind::Revert, Kind::Dependency];
    let mut groups: Vec<Group> = Vec::new();
    let mut titles: Vec<Option<&'static str>> = order.into_iter().map(title).collect();
    titles.dedup();
    for wanted in titles {
        let items: Vec<Item> = items.iter().filter(|item| title(item.kind) == wanted).cloned().collect();
        if !items.is_empty() {
            groups.push(Group { title: wanted, items });
        }
    }
    groups
}

#[cfg(test)]
mod tests;
