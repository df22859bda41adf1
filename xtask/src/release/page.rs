//! A plan for a person, who reads it in half a minute; and for programs.

use super::facts::Facts;
use super::plan::{Plan, Planned};
use super::state::State;
use crate::error::Exit;
use crate::json::Json;
use crate::plan::history;
use crate::rewrite::painted;
use crate::step::Detail;
use crate::tools::quoted;
use crate::ui::{Colour, Ui};

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
    /// What the remotes say.
    pub facts: &'p Facts,
    /// The steps.
    pub plan: &'p Plan,
    /// How far each has come.
    pub states: &'p [State],
    /// The plan's digest.
    pub digest: &'p str,
    /// Who owns the release; none before it is claimed.
    pub owner: Option<&'p Owner>,
}

/// Diffs of more lines than this are shown only when they are asked for.
const FEW_LINES: usize = 60;

impl Page<'_> {
    /// The page. `full` shows every diff, however long.
    pub fn text(&self, ui: Ui, full: bool) -> String {
        let mut out = self.head(ui);
        let lines: usize = self.diffs().map(|diff| diff.lines().count()).sum();
        out.push_str(&steps(ui, self.plan, self.states, (full, full || lines <= FEW_LINES)));
        if lines > FEW_LINES && !full {
            out.push_str(&format!("\n{lines} lines of diffs: `--diff` shows them\n"));
        }
        for note in &self.facts.notes {
            out.push_str(&format!("\n{} {note}\n", ui.paint(Colour::Yellow, "note:")));
        }
        out + &left_out(self.plan)
    }

    fn diffs(&self) -> impl Iterator<Item = String> {
        let undone = |state: &State| !matches!(state, State::Done);
        let steps = self.plan.steps.iter().zip(self.states).filter(move |(_, state)| undone(state));
        let details = steps.flat_map(|(planned, _)| planned.step.effect().details());
        details.filter_map(|detail| match detail {
            Detail::Diff(diff) => Some(diff),
            _ => None,
        })
    }

    fn head(&self, ui: Ui) -> String {
        let moves: Vec<String> = self
            .facts
            .moves
            .iter()
            .map(|moved| match &moved.from {
                Some(from) if *from != moved.to => format!("{} {from} → {}", moved.track, moved.to),
                _ => format!("{} {}", moved.track, moved.to),
            })
            .collect();
        let mut out = format!("{} {}\n", ui.paint(Colour::Bold, &self.facts.process), moves.join(", "));
        out.push_str(&match self.owner {
            Some(owner) => format!("  owner {}, since {}\n", owner.who, owner.since),
            None => "  owner nobody yet: who runs it first\n".to_owned(),
        });
        let width = self.facts.lines.iter().map(|line| line.label.len()).max().unwrap_or_default();
        for line in &self.facts.lines {
            let hidden = if line.public { "" } else { "  (private)" };
            out.push_str(&format!("  {:<width$}  {} at {}{hidden}\n", line.label, line.branch, line.url));
        }
        out.push_str(&format!("  plan {}\n\n", self.digest));
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
        Json::Map(vec![
            ("format", 1usize.into()),
            ("process", self.facts.process.as_str().into()),
            ("digest", self.digest.into()),
            ("owner", self.owner.map_or(Json::Null, owner)),
            ("claimed", self.owner.map_or(Json::Null, owner)),
            ("moves", Json::List(self.facts.moves.iter().map(moved).collect())),
            ("steps", steps_json(self.plan, self.states)),
            ("notes", self.facts.notes.clone().into()),
            ("left_out", left_out_json(self.plan)),
        ])
    }

    /// How `plan` and `status` end: 0 where `run` would do something or everything is done, 4 where the world
    /// contradicts, 5 where only others are waited for.
    pub fn exit(&self) -> Option<Exit> {
        let any = |wanted: fn(&State) -> bool| self.states.iter().any(wanted);
        if any(|state| matches!(state, State::Different(_))) {
            Some(Exit::World)
        } else if any(|state| matches!(state, State::Unknown(_))) {
            Some(Exit::Tool)
        } else if any(|state| matches!(state, State::Waiting(_)))
            && !any(|state| matches!(state, State::ToDo | State::Partial(_)))
        {
            Some(Exit::Waiting)
        } else {
            None
        }
    }
}

/// The steps of a plan and how far each has come. What exactly is done is said of those that are left, of `all` if that
/// is asked for; with or without `diffs`.
pub fn steps(ui: Ui, plan: &Plan, states: &[State], (all, diffs): (bool, bool)) -> String {
    let width = plan.steps.iter().map(|planned| planned.id.chars().count()).max().unwrap_or_default().min(44);
    let mut out = String::new();
    for (planned, state) in plan.steps.iter().zip(states) {
        let effect = planned.step.effect();
        let name = ui.paint(colour(state), &format!("{:<7}", state.name()));
        out.push_str(&format!("{name}  {:<width$}  {}\n", planned.id, effect.title()));
        if let Some(reason) = state.reason().or_else(|| effect.remark()) {
            out.push_str(&format!("{:9}{:width$}  {}\n", "", "", reason.lines().next().unwrap_or_default()));
        }
        if matches!(state, State::Done) && !all {
            continue;
        }
        for detail in effect.details() {
            out.push_str(&shown(ui, &detail, diffs));
        }
    }
    out
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
