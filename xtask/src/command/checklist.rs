//! `checklist`: what people have still to look at before a release goes on, and their word that they did.

use anyhow::Result;
use clap::ArgMatches;

use super::Outcome;
use crate::context::Context;
use crate::error::Failure;
use crate::json::Json;
use crate::ledger::{Release, Word};
use crate::release::facts::Asked;
use crate::release::lists::{self, Shown};
use crate::release::{Ground, Pass, Session, owner_line};
use crate::step::Mark;
use crate::step::checklist::{Checklist, Item};
use crate::ui::count;

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open(context)?;
    let session = Session::open(context, &ground)?;
    let process = arguments.get_one::<String>("process").map_or(crate::release::RELEASE, String::as_str);
    let name = arguments.get_one::<String>("name").map(String::as_str);
    let list = |name: &str| arguments.get_many::<String>(name).unwrap_or_default().cloned().collect::<Vec<_>>();
    let (tick, untick) = (list("tick"), list("untick"));
    let Some(mut release) = session.latest(process)? else {
        return Err(Failure::world(format!("no `{process}` has been claimed here, so there is nothing to tick"))
            .hint("`cargo xtask run` begins one, and waits where a list is to be gone through")
            .into());
    };
    let asked = Asked::read(process, &[], true)?;
    let mut pass = session.pass(&asked, Some(&release))?;
    if !tick.is_empty() || !untick.is_empty() {
        let shown = lists::shown(&session, &pass, &release)?;
        let word = word(&session, one(name, &shown)?, &tick, &untick)?;
        if let Some(word) = word {
            release = session.ledger.note(&release, session.me()?, &word)?;
            pass = session.plan(pass.facts, Some(&release))?;
            context.ui.say(&word.sentence);
        } else {
            context.ui.say("nothing changed: it is as you say");
        }
    }
    let json = arguments.get_one::<String>("format").is_some_and(|form| form == "json");
    show(&session, &pass, &release, name, json)?;
    Ok(Outcome::Done)
}

/// The list that is named, or the only one.
fn one<'s, 'p>(name: Option<&str>, shown: &'s [Shown<'p>]) -> Result<&'s Shown<'p>, Failure> {
    match (name, shown) {
        (None, [one]) => Ok(one),
        (None, _) => Err(Failure::usage("which list?").hint(format!("name one: {}", names(shown)))),
        (Some(name), _) => shown.iter().find(|shown| shown.list.name() == name).ok_or_else(|| unknown(name, shown)),
    }
}

fn unknown(name: &str, shown: &[Shown<'_>]) -> Failure {
    let message = format!("the release has no checklist `{}`", name.escape_default());
    Failure::usage(message).hint(match shown {
        [] => "add one to release.toml: `[checklist.NAME]`".to_owned(),
        _ => format!("there is {}", names(shown)),
    })
}

fn names(shown: &[Shown<'_>]) -> String {
    shown.iter().map(|shown| shown.list.name()).collect::<Vec<_>>().join(", ")
}

/// What the ledger shall hold now; none if it holds that already. Whoever ticked an item first keeps it.
fn word(session: &Session<'_>, shown: &Shown<'_>, tick: &[String], untick: &[String]) -> Result<Option<Word>> {
    let who = session.me()?.owner.to_string();
    let item = |at: &usize| &shown.list.items[*at];
    let ticks: Vec<&Item> =
        shown.named(tick)?.iter().filter(|&&at| shown.ticks[at].is_none()).map(item).collect::<Vec<_>>();
    let unticks: Vec<usize> = shown.named(untick)?.into_iter().filter(|&at| shown.ticks[at].is_some()).collect();
    let mut undone: Vec<String> = unticks.iter().map(|at| item(at).id.clone()).collect();
    // A word on the whole list goes with it.
    undone.extend((!unticks.is_empty()).then(|| shown.list.id.clone()));
    let by = |what: &str, number: usize| format!("{} of {} {what} by {who}", count(number, "item"), shown.list.id);
    let sentence = match (ticks.len(), unticks.len()) {
        (0, 0) => return Ok(None),
        (ticked, 0) => by("ticked", ticked),
        (0, unticked) => by("unticked", unticked),
        (ticked, unticked) => format!("{}; {}", by("ticked", ticked), by("unticked", unticked)),
    };
    let words = Checklist::words(ticks, &who);
    let done = words.into_iter().map(|(id, words)| (id, Mark::receipt(&words, shown.commit.as_deref()))).collect();
    Ok(Some(Word { done, undone, sentence }))
}

fn show(session: &Session<'_>, pass: &Pass, release: &Release, name: Option<&str>, json: bool) -> Result<()> {
    let mut shown = lists::shown(session, pass, release)?;
    if let Some(name) = name {
        if !shown.iter().any(|shown| shown.list.name() == name) {
            return Err(unknown(name, &shown).into());
        }
        shown.retain(|shown| shown.list.name() == name);
    }
    let ui = session.context.ui;
    if json {
        let map = vec![
            ("format", 1usize.into()),
            ("process", release.process.as_str().into()),
            ("version", release.version().into()),
            ("state", release.state.name().into()),
            ("owner", owner_line(release).who.into()),
            ("lists", Json::List(shown.iter().map(Shown::json).collect())),
        ];
        ui.data(&(Json::Map(map).render() + "\n"));
        return Ok(());
    }
    ui.say(&format!("{}, owned by {}", release.title(), owner_line(release).who));
    if shown.is_empty() {
        ui.say("it has no checklists: `[checklist.NAME]` in release.toml names one");
    }
    ui.data(&shown.iter().map(|shown| shown.text(ui)).collect::<Vec<_>>().join("\n"));
    Ok(())
}
