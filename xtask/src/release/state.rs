//! How far a plan has come: what a look at the world says of every step.

use std::collections::BTreeSet;

use super::plan::{Plan, Planned};
use crate::error::{Exit, Failure};
use crate::resolve::release::CommandPlace;
use crate::step::{Observed, Reach, Step, World};

/// How far a step has come.
#[derive(Debug)]
pub enum State {
    /// It is done.
    Done,
    /// It is to be done.
    ToDo,
    /// Part of it is done: which, as a sentence.
    Partial(String),
    /// A person or somebody else's machine is waited for: for what, as a sentence.
    Waiting(String),
    /// The world contradicts it: a person must decide.
    Different(Failure),
    /// It can't be told.
    Unknown(Failure),
    /// One that it needs can't be done: its id.
    Blocked(String),
}

impl State {
    /// In one word, or two.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::ToDo => "to do",
            Self::Partial(_) => "partly",
            Self::Waiting(_) => "waiting",
            Self::Different(_) => "differs",
            Self::Unknown(_) => "unknown",
            Self::Blocked(_) => "blocked",
        }
    }

    /// What there is to say besides.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Done | Self::ToDo => None,
            Self::Partial(words) | Self::Waiting(words) => Some(words.clone()),
            Self::Different(failure) | Self::Unknown(failure) => Some(failure.message.clone()),
            Self::Blocked(id) => Some(format!("by {id}")),
        }
    }
}

/// What a look says of one step.
pub fn observe(step: &Step, world: &World<'_>) -> State {
    let wait = |words: Option<String>| match (words, step) {
        (Some(words), Step::Image(_) | Step::Checklist(_)) => State::Waiting(words),
        (Some(words), _) => State::Partial(words),
        (None, Step::Image(image)) => State::Waiting(format!("`{}` isn't in its registry yet", image.reference)),
        (None, Step::Checklist(_)) => State::Waiting("a person says when it is done".to_owned()),
        (None, _) => State::ToDo,
    };
    match step.effect().observe(world) {
        Ok(Observed::Same) => State::Done,
        Ok(Observed::Absent) => wait(None),
        Ok(Observed::Partial(words)) => wait(Some(words)),
        Ok(Observed::Different(failure)) => State::Different(failure),
        Ok(Observed::Unknown(failure)) => State::Unknown(failure),
        Err(error) => stopped(error.downcast().unwrap_or_else(|error| Failure::tool(format!("{error:#}")))),
    }
}

/// The state of a step that a failure stops: what no second try mends differs from what is wanted.
fn stopped(failure: Failure) -> State {
    if failure.exit == Exit::Tool { State::Unknown(failure) } else { State::Different(failure) }
}

/// What a look says of every step; what needs a step that can't be done is blocked by it.
pub fn observe_all(plan: &Plan, world: &World<'_>) -> Vec<State> {
    observe_for(plan, world, &|_| true, &BTreeSet::new())
}

/// The same for who does only these steps, by their ids: what others lack here is no matter. Those in `again` are to be
/// done, whatever a look says.
pub fn observe_for(
    plan: &Plan,
    world: &World<'_>,
    is_ours: &dyn Fn(&str) -> bool,
    again: &BTreeSet<usize>,
) -> Vec<State> {
    let images: Vec<(String, bool)> = plan.steps.iter().flat_map(|planned| planned.step.images()).collect();
    world.images.ahead(world, &images);
    let mut states: Vec<State> = Vec::with_capacity(plan.steps.len());
    for planned in &plan.steps {
        let shut = logged_out(plan, &states, &planned.step);
        states.push(shut.map_or_else(|| observe(&planned.step, world), State::Blocked));
    }
    pass_by(plan, &mut states);
    again.iter().for_each(|&at| states[at] = State::ToDo);
    look_ahead(plan, world, &mut states, is_ours);
    for at in 0..states.len() {
        if !matches!(states[at], State::ToDo | State::Partial(_) | State::Waiting(_)) {
            continue;
        }
        let stops =
            |need: &&usize| matches!(states[**need], State::Different(_) | State::Unknown(_) | State::Blocked(_));
        if let Some(&need) = plan.steps[at].needs.iter().find(stops) {
            let first = match &states[need] {
                State::Blocked(id) => id.clone(),
                _ => plan.steps[need].id.clone(),
            };
            states[at] = State::Blocked(first);
        }
    }
    states
}

/// What would stop a step when its turn comes is told now, also where a missing login keeps us from asking further.
fn look_ahead(plan: &Plan, world: &World<'_>, states: &mut [State], is_ours: &dyn Fn(&str) -> bool) {
    // What a command of the project's makes in the checkout may be missing until it has run.
    let mut makes_files = false;
    for (at, planned) in plan.steps.iter().enumerate() {
        let is_left = matches!(states[at], State::ToDo | State::Partial(_) | State::Blocked(_));
        if is_left && is_ours(&planned.id) {
            let found = match &planned.step {
                Step::Assets(assets) if !makes_files => assets.lack(world),
                Step::Command(command) if makes_files && command.place == CommandPlace::Checkout => Ok(None),
                step => step.effect().obstacle(world),
            };
            let failure = found.unwrap_or_else(|error| {
                Some(error.downcast().unwrap_or_else(|error| Failure::tool(format!("{error:#}"))))
            });
            if let Some(failure) = failure {
                states[at] = stopped(failure);
            }
        }
        makes_files |=
            is_left && matches!(&planned.step, Step::Command(command) if command.place == CommandPlace::Checkout);
    }
}

/// What was only prepared for steps that are done isn't needed any more: another machine never had it. And a gate whose
/// passing nobody has written down was passed, or what waits behind it would not be done.
fn pass_by(plan: &Plan, states: &mut [State]) {
    for at in (0..states.len()).rev() {
        let step = &plan.steps[at].step;
        let uses = |user: &usize| plan.steps[*user].needs.contains(&at);
        let counts = |user: &usize| !step.is_recorded() || !plan.steps[*user].step.is_recorded();
        let users: Vec<usize> = (at + 1..states.len()).filter(uses).filter(counts).collect();
        let all_done = !users.is_empty() && users.iter().all(|&user| matches!(states[user], State::Done));
        let is_passed = match &states[at] {
            State::ToDo => step.effect().reach() == Reach::Local || step.is_recorded(),
            State::Waiting(_) => step.is_recorded(),
            _ => false,
        };
        if is_passed && all_done {
            states[at] = State::Done;
        }
    }
}

/// A builder whose images are all there: what is left to do can be done where none can be made.
pub fn is_spent(plan: &Plan, at: usize, world: &World<'_>) -> bool {
    let is_left =
        |planned: &Planned| planned.needs.contains(&at) && !matches!(observe(&planned.step, world), State::Done);
    matches!(plan.steps[at].step, Step::Builder(_)) && !plan.steps[at + 1..].iter().any(is_left)
}

/// The login that is missing for what lies in a registry or on the forge: asking it would only say the same once more.
fn logged_out(plan: &Plan, states: &[State], step: &Step) -> Option<String> {
    let hosts = step.hosts();
    let known = plan.steps.iter().zip(states);
    let on_forge = step.is_on_forge();
    let shut = |(planned, state): &(&Planned, &State)| {
        let is_shut = matches!(state, State::Different(_) | State::Unknown(_));
        is_shut
            && match &planned.step {
                Step::Login(login) => hosts.contains(&login.host.as_str()),
                Step::Forge(_) => on_forge,
                _ => false,
            }
    };
    known.into_iter().find(shut).map(|(planned, _)| planned.id.clone())
}

/// Everything that stops the release, each thing once: the mistakes of the configuration first, then what a person must
/// decide, then what another try may mend. How the command ends is said by the first.
pub fn failures(mistakes: &[Failure], states: &[State]) -> Vec<Failure> {
    let stops = states.iter().filter_map(|state| match state {
        State::Different(failure) | State::Unknown(failure) => Some(failure),
        _ => None,
    });
    let mut said = BTreeSet::new();
    let all = mistakes.iter().chain(stops).cloned().flat_map(Failure::each);
    let mut failures: Vec<Failure> = all.filter(|failure| said.insert(failure.message.clone())).collect();
    failures.sort_by_key(|failure| match failure.exit {
        Exit::Usage => 0,
        Exit::Tool => 2,
        _ => 1,
    });
    failures
}

/// Everything that stops the release as one failure: nothing is begun while there is anything.
pub fn refuse(mistakes: &[Failure], states: &[State]) -> Result<(), Failure> {
    Failure::all(failures(mistakes, states))
}
