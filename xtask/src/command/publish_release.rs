//! `publish-release`: the release on the forge, of a version whose tag the remote has. What is there already is left.

use anyhow::Result;
use clap::ArgMatches;

use super::{Outcome, publish};
use crate::context::Context;
use crate::error::Failure;
use crate::ledger::{self, Wanted};
use crate::release::facts::Asked;
use crate::release::plan::Plan;
use crate::release::state::{self, State};
use crate::release::{Ground, Pass, RELEASE, Session};
use crate::step::Step;
use crate::tools;
use crate::version::Version;

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    let ground = Ground::open(context)?;
    if ground.project.release.forge.is_none() {
        let hint = "add `[forge]` with its `repository`, as in `acme/app`, to release.toml";
        return Err(Failure::usage("no forge is configured").hint(hint).into());
    }
    let acts = !arguments.get_flag("dry-run");
    // Two that begin at once would make two drafts.
    let _lock = acts.then(|| super::run::lock(context)).transpose()?;
    if acts {
        ground.remotes.hold()?;
    }
    let session = Session::open(context, &ground)?;
    if acts {
        expect_nobody(&session)?;
    }
    let version = match arguments.get_one::<String>("version") {
        Some(version) => version.clone(),
        None => newest(&ground)?.as_str().to_owned(),
    };
    let asked = Asked::read(RELEASE, std::slice::from_ref(&version), true)?;
    let mut pass = session.pass(&asked, None)?;
    expect_named(&session, &pass)?;
    only_forge(&mut pass.plan);
    expect_tagged(&ground, &pass, &version)?;
    if let Some(waiting) = pass.facts.waiting.pop() {
        return Err(waiting.into());
    }
    let seconds = session.not_before(&pass.facts);
    publish::run(context, &ground, arguments, (&pass.plan, seconds, &version))
}

/// What somebody else is releasing just now is theirs to publish.
fn expect_nobody(session: &Session<'_>) -> Result<()> {
    let Some(open) = session.ledger.find_open(RELEASE)? else { return Ok(()) };
    let me = session.me()?;
    if open.owner == me.owner {
        return Ok(());
    }
    let (process, request) = (RELEASE.to_owned(), open.request.clone());
    let wanted = Wanted { process, request, versions: open.versions.clone(), digest: String::new() };
    Err(ledger::refusal(&open, &wanted, me).into())
}

/// The highest version that a tag of the leading track names at the remote.
fn newest(ground: &Ground) -> Result<Version> {
    let Ground { project, remotes } = ground;
    let leading = project.tracks.iter().find(|track| track.repo == 0 && track.with.is_empty() && track.tag.is_some());
    let found = match (leading.and_then(|track| Some((track, track.tag.as_ref()?))), remotes.home(0)) {
        (Some((track, pattern)), Some(home)) => {
            let refs = remotes.refs(home)?;
            let tags = refs.oids.keys().filter_map(|name| name.strip_prefix("refs/tags/"));
            tags.filter_map(|tag| pattern.solve(&track.name, tag)).max_by(Version::compare)
        }
        _ => None,
    };
    Ok(found.ok_or_else(|| {
        Failure::world("no tag at the remote names a version").hint("`cargo xtask run` makes a release, with its tag")
    })?)
}

/// Nobody is told of images that can't be pulled: this command names none.
fn expect_named(session: &Session<'_>, pass: &Pass) -> Result<(), Failure> {
    let world = session.world(pass);
    let mut failures = Vec::new();
    for planned in pass.plan.steps.iter().filter(|planned| matches!(planned.step, Step::Name(_))) {
        failures.extend(match state::observe(&planned.step, &world) {
            State::Done => None,
            State::Different(failure) | State::Unknown(failure) => Some(failure),
            _ => Some(
                Failure::world(format!("`{}` isn't done", planned.id)).hint("`cargo xtask publish-images` does it"),
            ),
        });
    }
    Failure::all(failures)
}

/// What a release is on the forge, each step after all before it.
fn only_forge(plan: &mut Plan) {
    let is_ours = |step: &Step| matches!(step, Step::Forge(_) | Step::Draft(_) | Step::Assets(_) | Step::Publish(_));
    plan.steps.retain(|planned| is_ours(&planned.step));
    for (at, planned) in plan.steps.iter_mut().enumerate() {
        planned.needs = (0..at).collect();
    }
}

/// Nothing is published of what isn't tagged: this command makes neither commits nor tags.
fn expect_tagged(ground: &Ground, pass: &Pass, version: &str) -> Result<()> {
    let Some(wanted) = pass.plan.steps.iter().find_map(|planned| match &planned.step {
        Step::Draft(draft) => Some(&draft.wanted),
        _ => None,
    }) else {
        return Err(Failure::usage(format!("`{version}` makes no release on the forge"))
            .hint("`cargo xtask plan` says what is left out, and why")
            .into());
    };
    let refs = ground.remotes.refs(wanted.prepared.remote)?;
    if wanted.prepared.released.is_some() && refs.oids.contains_key(&format!("refs/tags/{}", wanted.tag)) {
        return Ok(());
    }
    let url = tools::redact(&ground.remotes.all()[wanted.prepared.remote].url);
    Err(Failure::world(format!("there is no tag `{}` at `{url}`", wanted.tag))
        .hint(format!("`cargo xtask run {version}` makes the whole release"))
        .into())
}
