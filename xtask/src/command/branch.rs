//! `branch`: cuts the release branch at the remote. Local branches, the index and the work tree stay as they are.

use anyhow::Result;
use clap::ArgMatches;

use super::sight::{Named, Sight, leader, own_subject, versions};
use super::{Context, Outcome};
use crate::error::Failure;
use crate::plan::bump::{Move, Request};
use crate::plan::history::short;
use crate::plan::{notes, targets};
use crate::release::Ground;
use crate::release::plan::fill;
use crate::remotes::{Pushed, Remotes, Update};
use crate::resolve::Project;
use crate::resolve::release::{Branching, When};
use crate::tag::check_ref_name;
use crate::tools::git::Git;
use crate::ui::{Colour, count};
use crate::version::Version;

/// How many lines of the list are shown; `notes` shows all.
const SHOWN: usize = 40;

/// A branch to be cut.
struct Cut {
    name: String,
    /// Where it begins.
    from: Named,
    /// The tracks that move, before and after, the leading one first.
    moves: Vec<(String, Option<Version>, Version)>,
    /// The last release, and what came since.
    since: Option<Named>,
    list: String,
    commits: usize,
}

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    context.git()?;
    let texts: Vec<String> = arguments.get_many::<String>("request").unwrap_or_default().cloned().collect();
    let requests: Vec<Request> = texts.iter().map(|text| Request::parse(text)).collect::<Result<_, _>>()?;
    let ground = Ground::open(context)?;
    let Some(branching) = &ground.project.release.branching else {
        return Err(Failure::usage("no release branch is configured: releases are made on the branch itself")
            .hint("add `[branch]` with `name = \"release-{app}\"` to release.toml")
            .into());
    };
    let sight = Sight::remote(&ground)?;
    let cut = plan(context, &ground, &sight, branching, &requests)?;
    if let Some(there) = sight.branch(&cut.name) {
        return already(context, &ground, &sight, &cut, &there);
    }
    refuse_released(branching, &ground.project, &sight, &cut)?;
    show(context, &sight, &cut);
    if arguments.get_flag("dry-run") {
        context.ui.say(&format!("would push `{}` to {}", cut.name, sight.shown));
        return Ok(Outcome::Done);
    }
    let question = format!("Push `{}` to {}?", cut.name, sight.shown);
    let agree = || context.agree(&format!("`{}`", cut.name), &question, "`--yes` agrees; `--dry-run` only shows it");
    if !arguments.get_flag("yes") && !agree()? {
        return Ok(Outcome::Done);
    }
    push(&ground.remotes, &sight, &cut)?;
    context.ui.say(&format!("pushed `{}` at {} to {}", cut.name, short(&cut.from.oid), sight.shown));
    next_moves(context, &ground, &sight, &cut)?;
    Ok(Outcome::Done)
}

/// Decides on the name as a release decides on its versions: by the manifests that the remotes have.
fn plan(
    context: &Context,
    ground: &Ground,
    sight: &Sight<'_>,
    branching: &Branching,
    requests: &[Request],
) -> Result<Cut> {
    let from = sight.line(context)?;
    let survey = sight.survey(context, &from.oid, others(ground)?)?;
    let model = &survey.model;
    let bump = targets::targets(model, requests, None, context.today)?;
    let moved = |moved: &Move| (moved.track, moved.to.clone());
    let versions = versions(model, &bump.moves.iter().map(moved).collect::<Vec<_>>());
    let name = fill(&branching.name, &versions)?;
    check_ref_name(&name).map_err(|reason| {
        Failure::usage(format!("the branch's name {reason}")).hint("mend `name` in `[branch]` of release.toml")
    })?;
    let since = sight.last_release(model, leader(model)?).map(|(tag, _)| tag);
    let commits = sight.commits(since.as_ref(), &from)?;
    let list = notes::text(&notes::collect(&commits, &own_subject(&ground.project)));
    let moves =
        bump.moves.iter().map(|moved| (model.tracks[moved.track].name.clone(), moved.from.clone(), moved.to.clone()));
    Ok(Cut { name, from, moves: moves.collect(), since, list, commits: commits.len() })
}

/// Where the other repositories are released from: what follows the leading track moves by what stands there.
fn others(ground: &Ground) -> Result<Vec<Option<(Git, String)>>> {
    let (project, remotes): (&Project, &Remotes) = (&ground.project, &ground.remotes);
    let homes: Vec<Option<usize>> = (1..project.repos.len()).map(|repo| remotes.home(repo)).collect();
    drop(remotes.listen(&homes.iter().flatten().copied().collect::<Vec<_>>()));
    let mut tips = Vec::new();
    for (at, home) in homes.iter().enumerate() {
        let (Some(remote), repo) = (*home, at + 1) else {
            tips.push(None);
            continue;
        };
        let branch = project.repos[repo].release_branch();
        let refs = remotes.refs(remote)?;
        let Some(oid) = refs.oids.get(&format!("refs/heads/{branch}")) else {
            let name = &project.repos[repo].name;
            return Err(Failure::world(format!("there is no branch `{branch}` in the repository `{name}`"))
                .hint(format!("push it, or name another one: `branch` in `[repo.{name}]` of release.toml"))
                .into());
        };
        remotes.fetch(remote, &[oid])?;
        tips.push(Some((remotes.git(repo).clone(), oid.clone())));
    }
    Ok(tips)
}

/// A branch of this name is there: the same one, or somebody's who cut it elsewhere.
fn already(context: &Context, ground: &Ground, sight: &Sight<'_>, cut: &Cut, there: &Named) -> Result<Outcome> {
    if there.oid == cut.from.oid {
        context.ui.say(&format!("`{}` is at {} already, at {}", cut.name, short(&there.oid), sight.shown));
        next_moves(context, ground, sight, cut)?;
        return Ok(Outcome::Done);
    }
    let (at, from) = (short(&there.oid), short(&cut.from.oid));
    let message = format!("`{}` is there already, at {at}; `{}` is at {from}", cut.name, cut.from.name);
    Err(Failure::world(message)
        .hint(format!("go on with it: `cargo xtask run {}`; or cut a branch for another version", version(cut)))
        .into())
}

/// A branch that is merged may be deleted, and the branch that it was cut from says the old version until it is merged
/// back: what is released is no next release.
fn refuse_released(branching: &Branching, project: &Project, sight: &Sight<'_>, cut: &Cut) -> Result<(), Failure> {
    for (track, _, to) in &cut.moves {
        let rule = project.tracks.iter().find(|rule| rule.name == *track && rule.repo == 0);
        let name = rule.and_then(|rule| rule.tag.as_ref()?.render(track, to).ok());
        let Some(tag) = name.and_then(|name| sight.tag(&name)) else { continue };
        let message =
            format!("`{track}` {to} is released: the tag `{}` is at {}, on {}", tag.name, sight.shown, short(&tag.oid));
        let back = branching.merge.as_ref().filter(|into| **into != branching.from);
        let back =
            back.map_or(String::new(), |into| format!("merge `{into}` back into `{}` first, or ", branching.from));
        return Err(Failure::world(message).hint(format!("{back}name another version: `cargo xtask branch VERSION`")));
    }
    Ok(())
}

fn version(cut: &Cut) -> &str {
    cut.moves.first().map_or("", |(_, _, to)| to.as_str())
}

fn show(context: &Context, sight: &Sight<'_>, cut: &Cut) {
    let ui = context.ui;
    let name = ui.paint_talk(Colour::Bold, &cut.name);
    ui.say(&format!("{name} from `{}` at {}, {}", cut.from.name, short(&cut.from.oid), sight.shown));
    for (track, from, to) in &cut.moves {
        let from = from.as_ref().map_or("?", Version::as_str);
        ui.say(&format!(
            "{} {from} → {}",
            ui.paint_talk(Colour::Cyan, track),
            ui.paint_talk(Colour::Bold, to.as_str())
        ));
    }
    let since = cut
        .since
        .as_ref()
        .map_or_else(|| "in all: nothing was released yet".to_owned(), |tag| format!("since `{}`", tag.name));
    ui.say(&format!("{} {since}", count(cut.commits, "commit")));
    let lines: Vec<&str> = cut.list.lines().collect();
    let mut list: String = lines.iter().take(SHOWN).map(|line| format!("{line}\n")).collect();
    if lines.len() > SHOWN {
        list += &format!("  … and {} more: `cargo xtask notes` lists them all\n", lines.len() - SHOWN);
    }
    ui.data(&list);
}

/// Pushes it under the condition that nobody else did. Whatever the push says, the remote's next listing decides.
fn push(remotes: &Remotes, sight: &Sight<'_>, cut: &Cut) -> Result<()> {
    let remote = sight.remote.unwrap_or_default();
    let name = format!("refs/heads/{}", cut.name);
    let update = Update { name: name.clone(), new: cut.from.oid.clone(), expected: None };
    let pushed = remotes.push(remote, &[update]);
    if let Ok(Pushed::Done) = pushed {
        return Ok(());
    }
    remotes.forget(remote);
    let there = remotes.refs(remote)?.oids.get(&name).cloned();
    match (there, pushed) {
        (Some(oid), _) if oid == cut.from.oid => Ok(()),
        (Some(oid), _) => {
            let (theirs, ours) = (short(&oid), short(&cut.from.oid));
            Err(Failure::world(format!("somebody else just cut `{}`, at {theirs} and not at {ours}", cut.name))
                .hint(format!("go on with theirs: `cargo xtask run {}`", version(cut)))
                .into())
        }
        (None, Err(error)) => Err(error),
        (None, Ok(Pushed::Moved(words))) => {
            let words: Vec<String> = words.into_iter().map(|(_, words)| words).collect();
            Err(Failure::world(format!("{} doesn't take `{}`: {}", sight.shown, cut.name, words.join("; ")))
                .hint("see what the remote's rules say of new branches")
                .into())
        }
        (None, Ok(Pushed::Done)) => Ok(()),
    }
}

/// What a person does now.
fn next_moves(context: &Context, ground: &Ground, sight: &Sight<'_>, cut: &Cut) -> Result<()> {
    let ui = context.ui;
    let url = sight.remote.map(|remote| ground.remotes.all()[remote].url.as_str()).unwrap_or_default();
    let known = context.git()?.remotes()?.into_iter().find(|remote| remote.url == url).map(|remote| remote.name);
    let fetch = match known {
        Some(remote) => format!("git fetch {remote} && git switch {}", cut.name),
        None => format!("git fetch {} {name}:{name} && git switch {name}", sight.shown, name = cut.name),
    };
    let fixes = if ground.project.release.freeze.is_some() { "only what `[freeze]` allows goes" } else { "fixes go" };
    ui.say(&format!("{fixes} there from now on; to work on it: `{fetch}`"));
    if ground.project.release.changelog.is_some() {
        ui.say("`cargo xtask notes --write` begins its notes");
    }
    let commands: Vec<&str> = ground
        .project
        .release
        .commands
        .iter()
        .filter(|command| command.when == When::Branch)
        .map(|command| command.name.as_str())
        .collect();
    let begins = if commands.is_empty() { String::new() } else { format!(", beginning with {}", commands.join(", ")) };
    ui.say(&format!("`cargo xtask run {}` releases it{begins}", version(cut)));
    Ok(())
}
