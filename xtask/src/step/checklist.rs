//! A list that people go through, item by item; who ticked which item and when stands in the ledger.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Effect, Mark, Observed, Reach, World};
use crate::error::Failure;
use crate::journal;

/// What comes before whoever ticked an item, in its receipt.
const TICKED: &str = "ticked, says ";

/// The items of one `[checklist.NAME]`.
#[derive(Debug)]
pub struct Checklist {
    /// `checklist/smoke`
    pub id: String,
    /// Its file, as messages name it.
    pub file: String,
    /// Its `- [ ]` lines.
    pub items: Vec<Item>,
    /// The commits that it is about; none where it is gone through after the release is public.
    pub prepared: Option<Rc<Prepared>>,
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its words, without the box.
    pub words: String,
    /// By which its receipt is known: `checklist/smoke#8d3845cb912f1c63`. Other words are another item.
    pub id: String,
}

impl Checklist {
    /// The list in a file. A box that is ticked in it says nothing about this release.
    pub fn new(name: &str, file: &str, text: &str, prepared: Option<Rc<Prepared>>) -> Self {
        let id = format!("checklist/{name}");
        Self { file: file.to_owned(), items: items(&id, text), id, prepared }
    }

    /// `smoke`
    pub fn name(&self) -> &str {
        self.id.split_once('/').map_or(&*self.id, |(_, name)| name)
    }

    /// The commit that is signed off.
    pub fn commit(&self, world: &World<'_>) -> Result<Option<String>> {
        self.prepared.as_ref().map(|prepared| prepared.tip(world)).transpose()
    }

    /// Which items are done, in the order of the list: ticked for this commit.
    pub fn ticked(&self, marks: &BTreeMap<String, Mark>, commit: Option<&str>) -> Vec<bool> {
        let counts = |id: &String| match marks.get(id) {
            Some(Mark::Done { commit: given, .. }) => given.is_none() || given.as_deref() == commit,
            _ => false,
        };
        self.items.iter().map(|item| counts(&item.id)).collect()
    }

    /// What a person's word on these items makes of the ledger: ids, and what stands there.
    pub fn words<'i>(items: impl IntoIterator<Item = &'i Item>, who: &str) -> Vec<(String, String)> {
        items.into_iter().map(|item| (item.id.clone(), format!("{TICKED}{who}: {}", item.words))).collect()
    }
}

/// Who ticked an item, or said that the whole list is done, by the words of the receipt.
pub fn ticked_by(words: &str) -> Option<&str> {
    let rest = words.strip_prefix(TICKED).or_else(|| words.strip_prefix("done, says "))?;
    Some(rest.find('>').map_or(rest, |end| &rest[..=end]))
}

/// The open and the ticked items of a Markdown list.
fn items(list: &str, text: &str) -> Vec<Item> {
    let words = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?;
        let rest = ["[ ]", "[x]", "[X]"].iter().find_map(|mark| rest.strip_prefix(mark))?;
        Some(rest.trim().to_owned()).filter(|words| !words.is_empty())
    };
    let mut items: Vec<Item> = Vec::new();
    for words in text.lines().filter_map(words) {
        // What is to be done twice is ticked twice.
        let before = items.iter().filter(|item| item.words == words).count();
        let id = format!("{list}#{:016x}", journal::hash(format!("{before} {words}").as_bytes()) as u64);
        items.push(Item { words, id });
    }
    items
}

impl Effect for Checklist {
    fn title(&self) -> String {
        format!("a person goes through {}", self.file)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        self.items.iter().map(|item| Detail::Note(item.words.clone())).collect()
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let commit = self.commit(world)?;
        if self.items.is_empty() {
            return Ok(match world.marks.get(&self.id) {
                Some(Mark::Done { commit: given, .. }) if given.is_none() || *given == commit => Observed::Same,
                _ => Observed::Absent,
            });
        }
        let ticked = self.ticked(world.marks, commit.as_deref());
        let done = ticked.iter().filter(|done| **done).count();
        Ok(match done {
            0 => Observed::Absent,
            _ if done == ticked.len() => Observed::Same,
            _ => Observed::Partial(format!("{done} of {} items are ticked", ticked.len())),
        })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let ticked = self.ticked(world.marks, self.commit(world)?.as_deref());
        let open = self.items.iter().zip(&ticked).enumerate().filter(|(_, (_, ticked))| !**ticked);
        let open: String = open.map(|(at, (item, _))| format!("\n  {}. {}", at + 1, item.words)).collect();
        let failure = Failure::waiting(format!("{} waits for a person:{open}", self.file));
        Err(failure
            .hint(format!(
                "`cargo xtask checklist {} --tick NUMBER` says that an item is done; \
                 when all of it is done: `cargo xtask run --done {}`",
                self.name(),
                self.id
            ))
            .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        items("checklist/a", text).into_iter().map(|item| item.words).collect()
    }

    #[test]
    fn items_are_the_boxes_of_a_list() {
        let text = "# Smoke\n\n- [ ] log in\n  * [x] make a schema\n- no box\n- [ ]\n[ ] no list\n- [X]  edit ";
        assert_eq!(words(text), ["log in", "make a schema", "edit"]);
    }

    #[test]
    fn an_item_is_known_by_its_words() {
        let ids = |text: &str| items("checklist/a", text).into_iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(ids("- [ ] one\n- [ ] two"), ids("# Title\r\n* [x] one\r\n\r\n- [ ]  two "));
        let (before, after) = (ids("- [ ] one\n- [ ] two\n- [ ] one"), ids("- [ ] two\n- [ ] one\n- [ ] three"));
        assert_eq!((&before[1], &before[0]), (&after[0], &after[1]));
        assert!(!before.contains(&after[2]) && before[0] != before[2]);
    }

    #[test]
    fn who_ticked_is_read_back() {
        let list = Checklist::new("a", "a.md", "- [ ] x > y: z", None);
        let words = Checklist::words(&list.items, "Ada <ada@example.com>");
        assert_eq!(ticked_by(&words[0].1), Some("Ada <ada@example.com>"));
        assert_eq!(ticked_by("done, says Ada <ada@example.com>"), Some("Ada <ada@example.com>"));
        assert_eq!(ticked_by("ended with 0"), None);
    }

    #[test]
    fn a_word_counts_for_what_it_was_said_of() {
        let list = |text: &str| Checklist::new("a", "a.md", text, None);
        let done = |commit: Option<&str>| Mark::Done { words: String::new(), commit: commit.map(str::to_owned) };
        let marks = BTreeMap::from([(list("- [ ] one").items[0].id.clone(), done(Some("c1")))]);
        assert_eq!(list("- [ ] one").ticked(&marks, Some("c1")), [true]);
        assert_eq!(list("- [ ] two\n- [ ] one").ticked(&marks, Some("c1")), [false, true], "the list was changed");
        assert_eq!(list("- [ ] one").ticked(&marks, Some("c2")), [false], "the commit was changed");
    }
}
