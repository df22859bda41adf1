//! Carries a plan out: for each step observe, apply, observe again. The same command again goes on where it stopped.

mod end;
mod said;
mod sense;

use std::collections::BTreeSet;

use anyhow::Result;

use crate::error::Failure;
use crate::ledger::{self, Claim, Claimed, Release, Wanted};
use crate::release::facts::Asked;
use crate::release::order::is_named;
use crate::release::page::{Extent, Owner, Page};
use crate::release::state::{self, State};
use crate::release::{Pass, RELEASE, Session, owner_line};
use crate::step::push::Moved;
use crate::step::{Mark, Step};
use crate::tools;
use crate::ui::Colour;
use end::finish;
use said::{named_again, record_words};
use sense::expect_sense;

/// A branch that is moved this often while a release is made is moved by a machine.
const MOST_PLANS: usize = 5;

/// What `run` may and shall do besides the plan.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// This plan, or nothing: the beginning of a digest.
    pub plan: Option<String>,
    /// Only these steps, by id or by the names of a process.
    pub only: Vec<String>,
    /// Nothing after this step.
    pub until: Option<String>,
    /// Don't ask.
    pub yes: bool,
    /// Show the plan, and do nothing.
    pub dry_run: bool,
    /// Every diff, however long.
    pub full: bool,
    /// Go on with a release that somebody else began.
    pub take_over: bool,
    /// Steps that a person says are done.
    pub done: Vec<String>,
    /// Steps that shall be done once more, though they were begun.
    pub again: Vec<String>,
}

impl Options {
    /// Is a step among those that shall be done?
    fn means(&self, id: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| is_named(name, id))
    }
}

/// How a run ended that didn't fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything is there.
    Whole,
    /// What was asked for is done; there is more to do.
    Partly,
    /// Nothing was done, because nothing was to be done or nobody agreed.
    Nothing,
}

/// What a look before the first effect came to.
enum Ready {
    /// So many steps are to be done, and may be.
    Go(usize),
    /// Nobody agreed, or nobody wanted more than the plan.
    Nothing,
    /// Everything is there already.
    Whole,
}

/// How a walk through the steps ended.
enum Walked {
    Through,
    /// Somebody moved a branch: the plan is made anew.
    Moved(Failure),
}

/// Makes the release, or goes on with it.
pub fn run(session: &Session<'_>, asked: &Asked, options: &Options) -> Result<Ended> {
    go(session, asked, options).map_err(|error| of_process(error, &asked.process))
}

/// The commands that a failure names are those of its process: without it they would begin another one.
fn of_process(error: anyhow::Error, process: &str) -> anyhow::Error {
    const LIST: &str = "cargo xtask checklist ";
    let mut failure = match error.downcast::<Failure>() {
        Ok(failure) if process != RELEASE => failure,
        Ok(failure) => return failure.into(),
        Err(error) => return error,
    };
    for hint in std::iter::once(&mut failure.hint).chain(failure.more.iter_mut().map(|more| &mut more.hint)) {
        if let Some(text) = hint.as_mut().filter(|text| !text.contains("--process")) {
            *text = text.replace(&command(RELEASE), &command(process));
            *text = text.replace(LIST, &format!("{LIST}--process {process} "));
        }
    }
    failure.into()
}

/// What goes on with a release of this process.
fn command(process: &str) -> String {
    if process == RELEASE { "cargo xtask run".to_owned() } else { format!("cargo xtask run --process {process}") }
}

fn go(session: &Session<'_>, asked: &Asked, options: &Options) -> Result<Ended> {
    let mut claim: Option<Claim> = None;
    let mut again: Option<BTreeSet<String>> = None;
    let begun = session.begun(asked)?;
    // Who isn't known may still look whether everything is there; a claim says what is missing.
    let _ = session.me();
    let mut pass = session.pass(asked, begun.as_ref())?;
    for round in 1..=MOST_PLANS {
        let owner = claim.as_ref().map(Claim::release).or(begun.as_ref()).map(owner_line);
        let left = match prepare(session, options, &mut pass, owner.as_ref(), round)? {
            Ready::Go(left) => left,
            Ready::Nothing => return Ok(Ended::Nothing),
            Ready::Whole if claim.is_none() && !begun.as_ref().is_some_and(is_open) => return Ok(Ended::Whole),
            Ready::Whole => {
                let mut held = claim.map_or_else(|| take(session, asked, options, &pass), Ok)?;
                session.ledger.finish(&mut held)?;
                return Ok(Ended::Whole);
            }
        };
        let held = match claim.take() {
            Some(held) => held,
            None => {
                let held = take(session, asked, options, &pass)?;
                // Now the commits have their date, and their ids.
                pass = session.plan(pass.facts, Some(held.release()))?;
                held
            }
        };
        let held = claim.insert(held);
        tools::set_resume_hint(&format!("{} {}", command(&asked.process), held.release().version()));
        record_words(session, held, &mut pass, options)?;
        let again = again.get_or_insert_with(|| named_again(&pass, options));
        match walk(session, &mut pass, (options, again), held, left)? {
            Walked::Through => return finish(session, options, &pass, held),
            Walked::Moved(failure) if options.plan.is_some() => {
                let hint =
                    "`cargo xtask plan` shows the plan that there is now; `--plan` with its digest runs that one";
                return Err(failure.hint(hint).into());
            }
            Walked::Moved(failure) if round == MOST_PLANS => return Err(failure.into()),
            Walked::Moved(failure) => {
                session.context.ui.warn(&format!("{}: planning anew", failure.message));
                pass = session.pass(asked, Some(held.release()))?;
            }
        }
    }
    unreachable!("the last round returns")
}

fn is_open(release: &Release) -> bool {
    release.state == ledger::State::Open
}

/// Shows the plan, refuses what can't be, asks. Is there anything to do, and may it be done?
fn prepare(
    session: &Session<'_>,
    options: &Options,
    pass: &mut Pass,
    owner: Option<&Owner>,
    round: usize,
) -> Result<Ready> {
    expect_sense(options, pass)?;
    let again: BTreeSet<usize> = (0..pass.plan.steps.len())
        .filter(|&at| options.done.iter().chain(&options.again).any(|name| is_named(name, &pass.plan.steps[at].id)))
        .filter(|&at| pass.plan.steps[at].step.is_repeatable())
        .collect();
    let states = state::observe_for(&pass.plan, &session.world(pass), &|id| options.means(id), &again);
    if round == 1 {
        // Who goes on has seen the plan.
        let is_long = options.full || session.context.ui.is_verbose();
        let extent = if owner.is_some() && !is_long { Extent::left() } else { Extent::all(options.full) };
        let page = Page { pass, states: &states, failures: &[], owner };
        session.context.ui.talk(&page.text(session.context.ui, extent));
    }
    let mut failures = state::failures(&session.project.mistakes, &states);
    failures.append(&mut pass.facts.waiting);
    Failure::all(failures)?;
    if states.iter().all(|state| matches!(state, State::Done)) {
        let whole = session.context.ui.paint_talk(Colour::Green, "whole");
        session.context.ui.say(&format!("{whole}: everything is there already"));
        return Ok(Ready::Whole);
    }
    let agree =
        || session.context.agree("this plan", "Make this release?", "`--yes` agrees; `cargo xtask plan` shows it");
    let agreed = !options.dry_run && (round > 1 || options.yes || agree()?);
    let left = states.iter().filter(|state| !matches!(state, State::Done)).count();
    Ok(if agreed { Ready::Go(left) } else { Ready::Nothing })
}

/// Takes the release for this run: a new one, one's own, or with `--take-over` somebody else's.
fn take(session: &Session<'_>, asked: &Asked, options: &Options, pass: &Pass) -> Result<Claim> {
    let wanted = Wanted {
        process: asked.process.clone(),
        request: asked.texts.join(" "),
        versions: pass.facts.moves.iter().map(|moved| (moved.track.clone(), moved.to.as_str().to_owned())).collect(),
        digest: pass.digest.clone(),
    };
    match session.ledger.claim(&wanted, session.me()?, session.not_before(&pass.facts))? {
        Claimed::Won(claim) | Claimed::Mine(claim) => Ok(claim),
        Claimed::Done(release) => session.ledger.open_again(&release, session.me()?),
        Claimed::Theirs(theirs) if options.take_over && theirs.versions == wanted.versions => {
            session.ledger.take_over(&theirs, session.me()?)
        }
        Claimed::Theirs(theirs) => Err(ledger::refusal(&theirs, &wanted, session.me()?).into()),
    }
}

/// Does what is left to do, step by step.
fn walk(
    session: &Session<'_>,
    pass: &mut Pass,
    (options, again): (&Options, &mut BTreeSet<String>),
    claim: &mut Claim,
    left: usize,
) -> Result<Walked> {
    let mut progress = session.context.ui.progress(left);
    let last =
        options.until.as_ref().and_then(|name| pass.plan.steps.iter().rposition(|planned| is_named(name, &planned.id)));
    for at in 0..=last.unwrap_or(pass.plan.steps.len().saturating_sub(1)) {
        tools::expect_not_stopped()?;
        let id = pass.plan.steps[at].id.clone();
        if !options.means(&id) {
            continue;
        }
        if matches!(pass.plan.steps[at].step, Step::Login(_) | Step::Forge(_)) {
            // Looked at a moment ago, or nothing would have begun; and no step logs in or out.
            continue;
        }
        if matches!(pass.plan.steps[at].step, Step::Checklist(_)) {
            said::hear(session, pass, claim)?;
        }
        let seen = state::observe(&pass.plan.steps[at].step, &session.world(pass));
        match seen {
            State::Done if !again.contains(&id) => continue,
            _ if options.only.is_empty() && state::is_spent(&pass.plan, at, &session.world(pass)) => continue,
            State::Different(failure) if matches!(pass.plan.steps[at].step, Step::Push(_)) => {
                return Ok(Walked::Moved(failure));
            }
            State::Different(failure) | State::Unknown(failure) => return Err(failure.into()),
            State::Done | State::ToDo | State::Partial(_) | State::Waiting(_) | State::Blocked(_) => {}
        }
        refuse_early(session, pass, options, at)?;
        progress.begin(&pass.plan.steps[at].step.effect().title());
        if let Some(moved) = apply(session, pass, claim, at)? {
            return Ok(Walked::Moved(moved));
        }
        again.remove(&id);
        progress.end("done");
    }
    Ok(Walked::Through)
}

/// With `--only` a step may be asked for before what it needs is done. What is only prepared for it is made.
fn refuse_early(session: &Session<'_>, pass: &Pass, options: &Options, at: usize) -> Result<()> {
    if options.only.is_empty() {
        return Ok(());
    }
    let world = session.world(pass);
    for &need in &pass.plan.steps[at].needs {
        let planned = &pass.plan.steps[need];
        let effect = planned.step.effect();
        let mut seen = state::observe(&planned.step, &world);
        if matches!(planned.step, Step::Commit(_) | Step::Tag(_) | Step::Package(_) | Step::Builder(_))
            && matches!(seen, State::ToDo)
        {
            // Another machine prepared it for itself: it is made here, too, the same.
            effect.apply(&world)?;
            seen = state::observe(&planned.step, &world);
        }
        if !matches!(seen, State::Done) {
            return Err(Failure::waiting(format!(
                "`{}` needs `{}`, which isn't done",
                pass.plan.steps[at].id, planned.id
            ))
            .hint(format!("`cargo xtask run --only {}` first, or without `--only`", planned.id))
            .into());
        }
    }
    Ok(())
}

/// One step: apply, observe, receipt. Gives the failure of a branch that was moved meanwhile.
fn apply(session: &Session<'_>, pass: &mut Pass, claim: &mut Claim, at: usize) -> Result<Option<Failure>> {
    let id = pass.plan.steps[at].id.clone();
    let is_command = matches!(pass.plan.steps[at].step, Step::Command(_));
    if is_command {
        // This stops a run whose release went to another one, too.
        session.ledger.start(claim, &id)?;
    } else if pass.plan.steps[at].step.is_outward() {
        session.ledger.still_mine(claim)?;
    }
    let result = pass.plan.steps[at].step.effect().apply(&session.world(pass));
    if let Err(error) = result {
        if is_command && !tools::stopping() && !tools::was_cut_off(&error) {
            // It came to its end, and said that it failed: nothing is in doubt, the next run tries again.
            session.ledger.forget(claim, &id)?;
        }
        if matches!(pass.plan.steps[at].step, Step::Build(_)) {
            // What was pushed to one registry before another one failed isn't built again.
            keep_receipt(session, pass, claim, at)?;
        }
        return match error.downcast::<Moved>() {
            Ok(moved) => Ok(Some(moved.0)),
            Err(error) => Err(error),
        };
    }
    if is_command {
        record(session, pass, claim, at, "ended with 0".to_owned())?;
    } else {
        keep_receipt(session, pass, claim, at)?;
    }
    match state::observe(&pass.plan.steps[at].step, &session.world(pass)) {
        State::Done => Ok(None),
        State::Different(failure) | State::Unknown(failure) => Err(failure.into()),
        state => {
            let why = state.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
            Err(Failure::tool(format!("`{id}` was done, and a look at the world says `{}`{why}", state.name()))
                .hint("run the same command again")
                .into())
        }
    }
}

/// What a step says that the ledger shall keep of it.
fn keep_receipt(session: &Session<'_>, pass: &mut Pass, claim: &mut Claim, at: usize) -> Result<()> {
    let known = match pass.marks.get(&pass.plan.steps[at].id) {
        Some(Mark::Done { words, .. }) => Some(words.clone()),
        _ => None,
    };
    match pass.plan.steps[at].step.effect().receipt() {
        Some(words) if known.as_ref() != Some(&words) => record(session, pass, claim, at, words),
        _ => Ok(()),
    }
}

fn record(session: &Session<'_>, pass: &mut Pass, claim: &mut Claim, at: usize, words: String) -> Result<()> {
    let id = pass.plan.steps[at].id.clone();
    let commit = pass.plan.steps[at].step.commit(&session.world(pass))?;
    session.ledger.receipt(claim, &id, &Mark::receipt(&words, commit.as_deref()))?;
    pass.marks.insert(id, Mark::Done { words, commit });
    Ok(())
}
