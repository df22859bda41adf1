//! The checklists of a release as people see them: which items are open, who ticked the others and when.

use anyhow::Result;

use super::{Pass, Session};
use crate::error::Failure;
use crate::json::Json;
use crate::ledger::Release;
use crate::moment::utc;
use crate::step::checklist::{Checklist, ticked_by};
use crate::step::{Mark, Step};
use crate::ui::{Colour, Ui};

/// A list, and how far it has come.
pub struct Shown<'p> {
    /// The list.
    pub list: &'p Checklist,
    /// The commit that it is about.
    pub commit: Option<String>,
    /// For each of its items, in their order, who ticked it and when.
    pub ticks: Vec<Option<Tick>>,
}

/// A person's word on an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// `Ada <ada@example.com>`
    pub who: String,
    /// `2026-07-01 12:00 UTC`
    pub when: String,
}

/// The lists of a plan, in its order. `release` is the record that the pass was made from.
pub fn shown<'p>(session: &Session<'_>, pass: &'p Pass, release: &Release) -> Result<Vec<Shown<'p>>> {
    let lists = pass.plan.steps.iter().filter_map(|planned| match &planned.step {
        Step::Checklist(list) => Some(list),
        _ => None,
    });
    let world = session.world(pass);
    let shown = |list: &'p Checklist| {
        let commit = list.commit(&world)?;
        let ticked = list.ticked(&pass.marks, commit.as_deref());
        let tick =
            |(item, ticked): (&crate::step::checklist::Item, bool)| ticked.then(|| tick(release, &item.id)).flatten();
        let ticks = list.items.iter().zip(ticked).map(tick).collect();
        Ok(Shown { list, commit, ticks })
    };
    lists.map(shown).collect()
}

/// What the receipt of an item says.
fn tick(release: &Release, id: &str) -> Option<Tick> {
    let receipt = release.receipt(id)?;
    let Mark::Done { words, .. } = Mark::of_receipt(&receipt.what) else { return None };
    Some(Tick { who: ticked_by(&words).unwrap_or(&words).to_owned(), when: utc(receipt.seconds) })
}

impl Shown<'_> {
    /// How many items are open.
    pub fn open(&self) -> usize {
        self.ticks.iter().filter(|tick| tick.is_none()).count()
    }

    /// For a person: each item with its number.
    pub fn text(&self, ui: Ui) -> String {
        let done = self.ticks.len() - self.open();
        let head = ui.paint(Colour::Bold, &self.list.id);
        let mut out = format!("{head}: {done} of {} ticked ({})\n", self.ticks.len(), self.list.file);
        for (at, (item, tick)) in self.list.items.iter().zip(&self.ticks).enumerate() {
            let (mark, by) = match tick {
                Some(tick) => ("x", format!("  ({}, {})", tick.who, tick.when)),
                None => (" ", String::new()),
            };
            out.push_str(&format!("{:>3}. [{mark}] {}{by}\n", at + 1, item.words));
        }
        out
    }

    /// For programs.
    pub fn json(&self) -> Json {
        let tick =
            |tick: &Tick| Json::Map(vec![("who", tick.who.as_str().into()), ("when", tick.when.as_str().into())]);
        let item = |(at, (item, ticked)): (usize, (&crate::step::checklist::Item, &Option<Tick>))| {
            Json::Map(vec![
                ("number", (at + 1).into()),
                ("text", item.words.as_str().into()),
                ("ticked", ticked.as_ref().map_or(Json::Null, tick)),
            ])
        };
        Json::Map(vec![
            ("name", self.list.name().into()),
            ("file", self.list.file.as_str().into()),
            ("commit", self.commit.clone().into()),
            ("open", self.open().into()),
            ("items", Json::List(self.list.items.iter().zip(&self.ticks).enumerate().map(item).collect())),
        ])
    }

    /// The items that a person names: `2`, `all`. Places in the list, each once.
    pub fn named(&self, texts: &[String]) -> Result<Vec<usize>, Failure> {
        let all = self.ticks.len();
        let mut named = Vec::new();
        for text in texts {
            match text.parse::<usize>() {
                Ok(number) if (1..=all).contains(&number) => named.push(number - 1),
                _ if text == "all" => named.extend(0..all),
                _ => {
                    let message = format!("`{}` is no item of {}", text.escape_default(), self.list.file);
                    let hint = format!("name them by their numbers, from 1 to {all}, or say `all`");
                    return Err(Failure::usage(message).hint(hint));
                }
            }
        }
        named.sort_unstable();
        named.dedup();
        Ok(named)
    }
}
