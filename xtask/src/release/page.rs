//! A plan for a person, who reads it in half a minute; and for programs.

use super::Pass;
use super::plan::{Plan, Planned};
use super::state::State;
use crate::error::{Exit, Failure};
use crate::json::Json;
use crate::plan::history;
use crate::rewrite::painted;
use crate::step::Detail;
use crate::tools::quoted;
use crate::ui::{Colour, Ui, count};

/// Who owns a release, for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// `Ada <ada@example.com>`
    pub who: String,
    /// When they claimed it or took it over: `2026-07-01 12:00 UTC`.
    pub since: String,
}

/// What the page shows.
pub struct Page<'p> {
    /// What the remotes say, and what is planned of it.
    pub pass: &'p Pass,
    /// How far each step has come.
    pub states: &'p [State],
    /// What stops the release.
    pub failures: &'p [Failure],
    /// Who owns the release; none before it is claimed.
    pub owner: Option<&'p Owner>,
}

/// How much of a plan is shown.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Steps that are done, too; else how many.
    done: bool,
    /// What exactly these did.
    details: bool,
    /// Every diff, however long.
    long: bool,
    /// No diff.
    none: bool,
}

impl Extent {
    /// All steps. `full`: with every diff, however long.
    pub fn all(full: bool) -> Self {
        Self { done: true, details: full, long: full, none: false }
    }

    /// All steps, without diffs.
    pub fn short() -> Self {
        Self { none: true, ..Self::all(false) }
    }

    /// The steps that are left, without diffs: who goes on has seen them.
    pub fn left() -> Self {
        Self { done: false, ..Self::short() }
    }
}

/// Diffs of more lines than this are shown only when they are asked for.
const FEW_LINES: usize = 60;

/// Longer names of steps don't move the titles.
const WIDEST: usize = 44;

impl Page<'_> {
    /// The page.
    pub fn text(&self, ui: Ui, extent: Extent) -> String {
        let mut out = self.head(ui);
        let plan = &self.pass.plan;
        let lines: usize = self.diffs().map(|diff| diff.lines().count()).sum();
        let hidden = extent.none || lines > FEW_LINES && !extent.long;
        out.push_str(&steps(ui, plan, self.states, Extent { none: hidden, ..extent }));
        if hidden && lines > 0 {
            out.push_str(&format!("\n{} of diffs: `--diff` shows them\n", count(lines, "line")));
        }
        for note in &self.pass.facts.notes {
            out.push_str(&format!("\n{} {note}\n", ui.paint(Colour::Yellow, "note:")));
        }
        if extent.done { out + &left_out(plan) } else { out }
    }

    fn diffs(&self) -> impl Iterator<Item = String> {
        let undone = |state: &State| !matches!(state, State::Done);
        let steps = self.pass.plan.steps.iter().zip(self.states).filter(move |(_, state)| undone(state));
        let details = steps.flat_map(|(planned, _)| planned.step.effect().details());
        details.filter_map(|detail| match detail {
            Detail::Diff(diff) => Some(diff),
            _ => None,
        })
    }

    fn head(&self, ui: Ui) -> String {
        let facts = &self.pass.facts;
        let moves: Vec<String> = facts
            .moves
            .iter()
            .map(|moved| match &moved.from {
                Some(from) if *from != moved.to => format!("{} {from} → {}", moved.track, moved.to),
                _ => format!("{} {}", moved.track, moved.to),
            })
            .collect();
        let mut out = format!("{} {}\n", ui.paint(Colour::Bold, &facts.process), moves.join(", "));
        out.push_str(&match self.owner {
            Some(owner) => format!("  owner {}, since {}\n", owner.who, owner.since),
            None => "  owner nobody yet: who runs it first\n".to_owned(),
        });
        let width = facts.lines.iter().map(|line| line.label.chars().count()).max().unwrap_or_default();
        for line in &facts.lines {
            let hidden = if line.public { "" } else { "  (private)" };
            out.push_str(&format!("  {:<width$}  {} at {}{hidden}\n", line.label, line.branch, line.url));
        }
        out.push_str(&format!("  plan {}\n\n", self.pass.digest));
        out
    }

    /// The same as data; `--format json` of `plan` and `status`.
    pub fn json(&self) -> Json {
        let moved = |moved: &super::facts::Moved| {
            Json::Map(vec![
                ("track", moved.track.as_str().into()),
                ("from", moved.from.as_ref().map(|from| from.as_str().to_owned()).into()),
                ("to", moved.to.as_str().into()),
            ])
        };
        let owner =
            |owner: &Owner| Json::Map(vec![("who", owner.who.as_str().into()), ("since", owner.since.as_str().into())]);
        let Pass { facts, plan, digest, .. } = self.pass;
        Json::Map(vec![
            ("format", 1usize.into()),
            ("process", facts.process.as_str().into()),
            ("digest", digest.as_str().into()),
            ("owner", self.owner.map_or(Json::Null, owner)),
            ("claimed", self.owner.map_or(Json::Null, owner)),
            ("moves", Json::List(facts.moves.iter().map(moved).collect())),
            ("steps", steps_json(plan, self.states)),
            ("errors", Json::List(self.failures.iter().chain(&facts.waiting).map(failure_json).collect())),
            ("notes", facts.notes.clone().into()),
            ("left_out", left_out_json(plan)),
        ])
    }

    /// How `plan` and `status` end: 0 where `run` would do something or everything is done, as `run` would where
    /// something stops it, 5 where only others are waited for.
    pub fn exit(&self) -> Option<Exit> {
        let any = |wanted: fn(&State) -> bool| self.states.iter().any(wanted);
        let waits = any(|state| matches!(state, State::Waiting(_)))
            && !any(|state| matches!(state, State::ToDo | State::Partial(_)));
        let first = self.failures.iter().chain(&self.pass.facts.waiting).next();
        first.map(|failure| failure.exit).or(waits.then_some(Exit::Waiting))
    }
}

/// The steps of a plan and how far each has come. What exactly is done is said of those that are left.
pub fn steps(ui: Ui, plan: &Plan, states: &[State], extent: Extent) -> String {
    let is_shown = |state: &State| extent.done || !matches!(state, State::Done);
    let shown_steps = || plan.steps.iter().zip(states).filter(|(_, state)| is_shown(state));
    let width = |planned: &Planned| planned.id.chars().count();
    let widths = shown_steps().map(|(planned, _)| width(planned)).filter(|width| *width <= WIDEST);
    let column = widths.max().unwrap_or_default();
    let mut out = String::new();
    for (planned, state) in shown_steps() {
        let effect = planned.step.effect();
        let name = ui.paint(colour(state), &format!("{:<7}", state.name()));
        out.push_str(&format!("{name}  {}\n", row(&planned.id, column, &effect.title())));
        if let Some(reason) = state.reason().or_else(|| effect.remark()) {
            out.push_str(&format!("{:9}{:column$}  {}\n", "", "", reason.lines().next().unwrap_or_default()));
        }
        if matches!(state, State::Done) && !extent.details {
            continue;
        }
        for detail in effect.details() {
            out.push_str(&shown(ui, &detail, !extent.none));
        }
    }
    if !extent.done {
        let done = states.iter().filter(|state| matches!(state, State::Done)).count();
        let gap = if out.is_empty() { "" } else { "\n" };
        out.push_str(&format!("{gap}{done} of {} are done\n", count(states.len(), "step")));
    }
    out
}

/// A name and its title. A name that is too long has its own line, so that all titles begin in one column.
fn row(id: &str, column: usize, title: &str) -> String {
    let turn = if id.chars().count() > column { format!("\n{:9}{:column$}", "", "") } else { String::new() };
    format!("{id:<column$}{turn}  {title}")
}

/// The same as data.
pub fn steps_json(plan: &Plan, states: &[State]) -> Json {
    let step = |(planned, state): (&Planned, &State)| {
        let effect = planned.step.effect();
        let needs: Vec<String> = planned.needs.iter().map(|&need| plan.steps[need].id.clone()).collect();
        let hint = match state {
            State::Different(failure) | State::Unknown(failure) => failure.hint.clone(),
            _ => None,
        };
        let details = effect.details().iter().map(detail_json).collect();
        Json::Map(vec![
            ("id", planned.id.as_str().into()),
            ("title", effect.title().into()),
            ("reach", effect.reach().to_string().into()),
            ("needs", needs.into()),
            ("state", state.name().into()),
            ("reason", state.reason().or_else(|| effect.remark()).into()),
            ("hint", hint.into()),
            ("details", Json::List(details)),
        ])
    };
    Json::List(plan.steps.iter().zip(states).map(step).collect())
}

/// What isn't done, on a line of its own; nothing where all is.
pub fn left_out(plan: &Plan) -> String {
    let left: Vec<String> = plan.left_out.iter().map(|(name, reason)| format!("{name} ({reason})")).collect();
    if left.is_empty() { String::new() } else { format!("\nleft out: {}\n", left.join("; ")) }
}

/// The same as data.
pub fn left_out_json(plan: &Plan) -> Json {
    let left = |(name, reason): &(String, String)| {
        Json::Map(vec![("name", name.as_str().into()), ("reason", reason.as_str().into())])
    };
    Json::List(plan.left_out.iter().map(left).collect())
}

fn failure_json(failure: &Failure) -> Json {
    Json::Map(vec![
        ("message", failure.message.as_str().into()),
        ("place", failure.place.as_ref().map(ToString::to_string).into()),
        ("hint", failure.hint.clone().into()),
        ("exit", (failure.exit as usize).into()),
    ])
}

fn colour(state: &State) -> Colour {
    match state {
        State::Done => Colour::Green,
        State::ToDo | State::Partial(_) => Colour::Cyan,
        State::Waiting(_) | State::Blocked(_) => Colour::Yellow,
        State::Different(_) | State::Unknown(_) => Colour::Red,
    }
}

fn shown(ui: Ui, detail: &Detail, diffs: bool) -> String {
    const MARGIN: &str = "         ";
    match detail {
        Detail::Diff(diff) if diffs => painted(ui, diff).lines().map(|line| format!("{MARGIN}{line}\n")).collect(),
        Detail::Diff(_) => String::new(),
        Detail::Command(argv) => {
            let words: Vec<String> = argv.iter().map(|word| quoted(word)).collect();
            format!("{MARGIN}$ {}\n", words.join(" "))
        }
        Detail::Ref { name, from, to } => {
            let short = |oid: &Option<String>| oid.as_deref().map(|oid| history::short(oid).to_owned());
            let from = short(from).unwrap_or_else(|| "new".to_owned());
            let to = short(to).map(|to| format!(" → {to}")).unwrap_or_default();
            format!("{MARGIN}{name}  {from}{to}\n")
        }
        Detail::Note(note) => format!("{MARGIN}{note}\n"),
    }
}

fn detail_json(detail: &Detail) -> Json {
    match detail {
        Detail::Diff(diff) => Json::Map(vec![("diff", diff.as_str().into())]),
        Detail::Command(argv) => Json::Map(vec![("command", argv.clone().into())]),
        Detail::Ref { name, from, to } => {
            Json::Map(vec![("ref", name.as_str().into()), ("from", from.clone().into()), ("to", to.clone().into())])
        }
        Detail::Note(note) => Json::Map(vec![("note", note.as_str().into())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_titles_begin_in_one_column() {
        assert_eq!(row("app/push", 10, "push"), "app/push    push");
        assert_eq!(row("name/host/app", 10, "name it"), format!("name/host/app\n{}  name it", " ".repeat(9 + 10)));
    }
}
