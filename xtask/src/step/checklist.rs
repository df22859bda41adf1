//! A list that a person goes through; who did it and when stands in the ledger.

use std::rc::Rc;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Effect, Mark, Observed, Reach, World};
use crate::error::Failure;

/// The items of one `[checklist.NAME]`.
#[derive(Debug)]
pub struct Checklist {
    /// `checklist/smoke`
    pub id: String,
    /// Its file, as messages name it.
    pub file: String,
    /// The words of its `- [ ]` lines.
    pub items: Vec<String>,
    /// The commits that it is about; none where it is gone through after the release is public.
    pub prepared: Option<Rc<Prepared>>,
}

impl Checklist {
    /// The commit that is signed off.
    pub fn commit(&self, world: &World<'_>) -> Result<Option<String>> {
        self.prepared.as_ref().map(|prepared| prepared.tip(world)).transpose()
    }
}

/// The words of the open and the ticked items of a Markdown list.
pub fn items(text: &str) -> Vec<String> {
    let item = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?;
        let rest = ["[ ]", "[x]", "[X]"].iter().find_map(|mark| rest.strip_prefix(mark))?;
        Some(rest.trim().to_owned()).filter(|words| !words.is_empty())
    };
    text.lines().filter_map(item).collect()
}

impl Effect for Checklist {
    fn title(&self) -> String {
        format!("a person goes through {}", self.file)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        self.items.iter().map(|item| Detail::Note(item.clone())).collect()
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        Ok(match world.marks.get(&self.id) {
            Some(Mark::Done { commit, .. }) if commit.is_none() || *commit == self.commit(world)? => Observed::Same,
            _ => Observed::Absent,
        })
    }

    fn apply(&self, _world: &World<'_>) -> Result<()> {
        let items: String = self.items.iter().map(|item| format!("\n  - {item}")).collect();
        let failure = Failure::waiting(format!("{} waits for a person:{items}", self.file));
        Err(failure.hint(format!("when all of it is done: `cargo xtask run --done {}`", self.id)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_the_boxes_of_a_list() {
        let text = "# Smoke\n\n- [ ] log in\n  * [x] make a schema\n- no box\n- [ ]\n[ ] no list\n- [X]  edit ";
        assert_eq!(items(text), ["log in", "make a schema", "edit"]);
    }
}
