//! `tag`: the annotated tag of a track's version, on the commit that is checked out.

use anyhow::Result;
use clap::ArgMatches;

use super::{Context, Outcome, no_repository, repository};
use crate::error::{Exit, Failure};
use crate::model::Model;
use crate::plan::history::short;
use crate::plan::{bump, check};
use crate::survey::{Source, Survey, survey};
use crate::tag::check_ref_name;
use crate::tools::git::{Git, Head};

/// A tag that will be made.
struct Plan {
    git: Git,
    /// How git is called for this repository, in hints.
    command: String,
    name: String,
    target: String,
    message: String,
    sign: bool,
}

pub(super) fn run(context: &Context, arguments: &ArgMatches) -> Result<Outcome> {
    context.git()?;
    let project = Source::Heads.project(context)?;
    let survey = survey(context, &project, &Source::Heads, false)?;
    let track = find_track(&survey.model, arguments.get_one::<String>("track"))?;
    let message = arguments.get_one::<String>("message").map(String::as_str);
    let plan = plan(context, &survey, track, message, arguments.get_flag("sign"))?;
    let commit = short(&plan.target);
    let already = same_tag(&plan)?;
    let remotes: Vec<String> = plan.git.remotes()?.into_iter().map(|remote| remote.name).collect();
    let having = if arguments.get_flag("offline") { Vec::new() } else { ask_remotes(&plan, &remotes)? };
    if let (false, Some(remote)) = (already, having.first()) {
        // One made here would be another object of the same name, which no remote would take.
        context.ui.say(&format!("`{}` is on {commit} already, on `{remote}`", plan.name));
        context.ui.say(&format!("hint: get it with `{} fetch {remote} tag {}`", plan.command, plan.name));
        return Ok(Outcome::Done);
    }
    if already {
        context.ui.say(&format!("`{}` is on {commit} already", plan.name));
    } else if arguments.get_flag("dry-run") {
        context.ui.say(&format!("would tag {commit} as `{}`: {}", plan.name, plan.message));
    } else {
        plan.git.create_tag(&plan.name, &plan.message, &plan.target, plan.sign)?;
        context.ui.say(&format!("tagged {commit} as `{}`: {}", plan.name, plan.message));
        if arguments.get_flag("offline") {
            context.ui.say("no remote was asked whether it has that tag");
        }
    }
    if let Some(remote) = remotes.iter().find(|remote| !having.contains(remote)) {
        context.ui.say(&format!("hint: push it with `{} push {remote} refs/tags/{}`", plan.command, plan.name));
    }
    Ok(Outcome::Done)
}

fn find_track(model: &Model<'_>, name: Option<&String>) -> Result<usize, Failure> {
    let tracks = bump::named_tracks(model, name.map(String::as_str))?;
    match tracks[..] {
        [track] => Ok(track),
        _ => {
            let members: Vec<&str> = tracks.iter().take(5).map(|&track| model.tracks[track].name.as_str()).collect();
            let name = name.map_or("", String::as_str);
            Err(Failure::usage(format!("`{name}` is a family: a tag is one track's")).hint(format!(
                "name one of {}{}",
                members.join(", "),
                if tracks.len() > 5 { " …" } else { "" }
            )))
        }
    }
}

fn plan(context: &Context, survey: &Survey<'_>, track: usize, message: Option<&str>, sign: bool) -> Result<Plan> {
    let model = &survey.model;
    let (name, rule) = (&model.tracks[track].name, &model.project.tracks[model.tracks[track].rule]);
    let root = context.checkout(&model.project.repos[rule.repo]);
    let git = repository(&root)?.ok_or_else(|| no_repository(&root))?;
    let target = target(&git, name, model.project.tag_branch(rule))?;
    refuse_inconsistent(context, survey, rule.repo)?;
    let Some((version, _)) = &model.tracks[track].current else {
        return Err(Failure::usage(format!("no place at `HEAD` says the version of `{name}`"))
            .hint("`cargo xtask check --rev HEAD` says why")
            .into());
    };
    let Some(pattern) = &rule.tag else {
        return Err(Failure::usage(format!("`{name}` isn't tagged")).hint("its `tag` in release.toml is empty").into());
    };
    let tag = pattern.render(name, version).map_err(Failure::usage)?;
    check_ref_name(&tag).map_err(|reason| {
        Failure::usage(format!("the tag's name {reason}")).hint("mend `tag` of this track in release.toml")
    })?;
    let message = match message {
        Some(message) => message.to_owned(),
        None => rule.message.render(name, version).map_err(Failure::usage)?,
    };
    let path = model.project.repos[rule.repo].path.display().to_string();
    let command = if path.is_empty() { "git".to_owned() } else { format!("git -C {path}") };
    Ok(Plan { git, command, name: tag, target, message, sign: sign || rule.signed })
}

/// The commit to tag: the one that is checked out, on the branch from which the track is released.
fn target(git: &Git, track: &str, branch: Option<&str>) -> Result<String, Failure> {
    let head = git.head().map_err(|error| Failure::tool(format!("{error:#}")))?;
    let on = match (&head, branch) {
        (Head::Unborn(_), _) => return Err(Failure::world("there is no commit to tag yet").hint("commit first")),
        (Head::Branch { name, oid }, Some(branch)) if name == branch => return Ok(oid.clone()),
        (Head::Branch { oid, .. } | Head::Detached(oid), None) => return Ok(oid.clone()),
        (Head::Branch { name, .. }, _) => format!("`{name}`"),
        (Head::Detached(_), _) => "no branch".to_owned(),
    };
    let branch = branch.unwrap_or_default();
    Err(Failure::world(format!("`{track}` is tagged on `{branch}`, and HEAD is on {on}"))
        .hint(format!("`git switch {branch}` first")))
}

/// A tag is a promise: what it names agrees with itself.
fn refuse_inconsistent(context: &Context, survey: &Survey<'_>, repo: usize) -> Result<(), Failure> {
    let model = &survey.model;
    let verdict = check::check(model, context.today);
    let findings = verdict.findings.iter().cloned().chain(verdict.drifts.iter().filter_map(|drift| {
        let file = model.sites[drift.site].file;
        (model.files[file].repo == repo).then(|| check::drift_finding(model, drift, survey.text(file).as_deref()))
    }));
    let failures: Vec<Failure> =
        findings.map(|finding| Failure::world(format!("at HEAD: {}", finding.message)).at(finding.place)).collect();
    if failures.is_empty() {
        return Ok(());
    }
    let mut all = Failure::world("the commit disagrees with itself, so it isn't tagged");
    all.exit = Exit::World;
    all.more = failures;
    Err(all.hint("`cargo xtask check --fix`, commit, then tag"))
}

/// Is the very same tag there already? Another one of that name is a stop.
fn same_tag(plan: &Plan) -> Result<bool> {
    let Some(tag) = plan.git.find_tag(&plan.name)? else { return Ok(false) };
    if tag.target == plan.target && tag.oid != tag.target {
        return Ok(true);
    }
    if tag.target == plan.target {
        let message = format!("the tag `{}` is there already, without a message", plan.name);
        return Err(Failure::world(message)
            .hint("if nobody has it yet, delete it with `git tag --delete` and tag again")
            .into());
    }
    let message = format!("the tag `{}` exists already, on {}", plan.name, short(&tag.target));
    Err(Failure::world(message)
        .hint("a published name never moves: commit the next version first (`cargo xtask bump`)")
        .into())
}

/// Asks every remote for the name, and gives those that have the very same tag; one that can't be asked may have it.
fn ask_remotes(plan: &Plan, remotes: &[String]) -> Result<Vec<String>> {
    let mut having = Vec::new();
    for remote in remotes {
        let found = plan.git.ls_remote_tag(remote, &plan.name).map_err(|error| {
            Failure::tool(format!("can't ask `{remote}` for the tag `{}`: {error:#}", plan.name))
                .hint("with `--offline` no remote is asked")
        })?;
        match found {
            Some(tag) if tag.target == plan.target => having.push(remote.clone()),
            Some(tag) => {
                let on = short(&tag.target);
                let message = format!("the tag `{}` exists already on `{remote}`, on {on}", plan.name);
                return Err(Failure::world(message).hint("fetch, and commit the next version first").into());
            }
            None => {}
        }
    }
    Ok(having)
}
