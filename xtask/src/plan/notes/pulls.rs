//! What a forge knows of merged pull requests: their titles as people mended them, who wrote them, and labels.

use std::collections::{BTreeMap, BTreeSet};

use super::{Gathered, Item, Kind, describe, without_number};

/// A merged pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// Its title, as it is now.
    pub title: String,
    /// Who opened it, as in `@ada`; none for a program.
    pub author: Option<String>,
    /// Its labels.
    pub labels: Vec<String>,
}

/// Labels, in lower case, that tell what sort of change it is.
const LABELS: [(&str, Kind); 13] = [
    ("breaking", Kind::Breaking),
    ("breaking change", Kind::Breaking),
    ("breaking-change", Kind::Breaking),
    ("feature", Kind::Feature),
    ("feat", Kind::Feature),
    ("enhancement", Kind::Feature),
    ("bug", Kind::Fix),
    ("bugfix", Kind::Fix),
    ("fix", Kind::Fix),
    ("performance", Kind::Performance),
    ("perf", Kind::Performance),
    ("dependencies", Kind::Dependency),
    ("deps", Kind::Dependency),
];

impl Gathered {
    /// The numbers that may be those of pull requests, newest first: 12 of `#12`. Some are of issues.
    pub fn numbers(&self) -> Vec<u64> {
        let mut seen = BTreeSet::new();
        let numbers = self.items.iter().flat_map(|item| &item.numbers);
        let numbers = numbers.filter_map(|number| number.strip_prefix('#')?.parse().ok());
        numbers.filter(|number| seen.insert(*number)).collect()
    }

    /// The same list in the words of pull requests, by their numbers. Lines without one stay as they are.
    pub fn with_pulls(&self, pulls: &BTreeMap<u64, Pull>) -> Self {
        let mut all = self.clone();
        for item in &mut all.items {
            let of = |number: &String| pulls.get(&number.strip_prefix('#')?.parse().ok()?);
            let found: Vec<&Pull> = item.numbers.iter().filter_map(of).collect();
            say(item, &found);
        }
        all
    }
}

fn say(item: &mut Item, pulls: &[&Pull]) {
    // The title of one among several would hide the others.
    if let ([pull], true) = (pulls, item.kind != Kind::Dependency) {
        let is_breaking = item.kind == Kind::Breaking;
        describe(item, without_number(&pull.title).0, is_breaking);
    }
    for pull in pulls {
        for label in pull.labels.iter().filter(|label| !item.labels.contains(label)).cloned().collect::<Vec<_>>() {
            item.labels.push(label);
        }
        let new = pull.author.iter().filter(|author| !item.authors.contains(author));
        item.authors.extend(new.cloned().collect::<Vec<_>>());
    }
    let known =
        |label: &String| LABELS.iter().find(|(name, _)| label.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind);
    let kind = item.labels.iter().filter_map(known).min();
    // What the title says itself counts more, but for a change that breaks something.
    if let Some(kind) = kind.filter(|kind| item.kind == Kind::Other || *kind == Kind::Breaking) {
        item.kind = kind;
        item.conventional = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::history::Commit;
    use crate::plan::notes::{gather, markdown};

    fn commit(oid: char, subject: &str) -> Commit {
        Commit { oid: oid.to_string().repeat(40), subject: subject.to_owned(), ..Commit::default() }
    }

    fn pull(title: &str, author: Option<&str>, labels: &[&str]) -> Pull {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        Pull { title: title.to_owned(), author: author.map(str::to_owned), labels }
    }

    #[test]
    fn a_pull_request_says_it_better() {
        let commits = [
            commit('a', "wip login (#12)"),
            commit('b', "Speed it up (#3) (#13)"),
            commit('c', "Bump serde from 1.0 to 1.1 (#14)"),
            commit('d', "Typo"),
        ];
        let gathered = gather(&commits, &|_| false);
        assert_eq!(gathered.numbers(), [12, 3, 13, 14]);
        let pulls = BTreeMap::from([
            (12, pull("fix: mend the <login> (#12)", Some("ada"), &["bug"])),
            (13, pull("Speed up the start", Some("grace"), &["Enhancement", "area: start"])),
            (14, pull("Bump things", None, &["dependencies"])),
        ]);
        let notes = gathered.with_pulls(&pulls).into_notes();
        let text = markdown(&notes, Some("1.27.0"));
        let list = "## Features\n\n- Speed up the start (#3, #13, @grace)\n\n## Fixes\n\n\
                    - mend the \\<login> (#12, @ada)\n\n## Other changes\n\n- Typo\n\n\
                    ## Dependencies\n\n- Bump serde from 1.0 to 1.1 (#14)\n";
        assert!(text.starts_with("TODO: ") && text.ends_with(&format!("\n\n# 1.27.0\n\n{list}")), "{text}");
        assert_eq!(gathered.with_pulls(&BTreeMap::new()).into_notes(), gathered.into_notes());
    }
}
