//! `check --history`: which past releases disagreed with themselves, and which places were forgotten.

use anyhow::Result;
use clap::ArgMatches;

use crate::command::{Context, Outcome};
use crate::context::{CONFIG, repository};
use crate::error::Exit;
use crate::fsx;
use crate::plan::past_releases::History;
use crate::report::{self, Form};
use crate::resolve::Project;
use crate::survey::not_here;
use crate::survey::past::{self, Asked};
use crate::tools::git::Git;
use crate::ui::{Colour, count};

pub(super) fn run(context: &Context, arguments: &ArgMatches, form: Form) -> Result<Outcome> {
    let project = context.project()?;
    let repos = tagged_repos(context, &project)?;
    let repos: Vec<(usize, &Git)> = repos.iter().map(|(repo, git)| (*repo, git)).collect();
    // A configuration that was named is meant for every tag.
    let own = context.shown == CONFIG;
    let last = arguments.get_one::<u32>("last").map(|last| usize::try_from(*last).unwrap_or(usize::MAX));
    let history = past::read(&repos, &Asked { project: &project, own, last })?;
    context.ui.data(&report::past::render(form, &history, &project));
    if form == Form::Text {
        say(context, &history);
        hint_at_what_is_left_out(context, &history, &repos);
    }
    // Nobody can mend a tag: that one drifted is news, and no failure, unless somebody asks for one.
    let drifted = history.agree() < history.releases.len();
    Ok(if drifted && arguments.get_flag("strict") { Outcome::Found(Exit::Drift) } else { Outcome::Done })
}

/// The repositories in which tracks are tagged.
fn tagged_repos(context: &Context, project: &Project) -> Result<Vec<(usize, Git)>> {
    let mut repos = Vec::new();
    for (index, repo) in project.repos.iter().enumerate() {
        if !project.tracks.iter().any(|track| track.repo == index && track.tag.is_some()) {
            continue;
        }
        let root = context.checkout(repo);
        if index == 0 {
            repos.push((0, context.git()?.clone()));
        } else if !fsx::is_folder(&root)? {
            context.ui.warn(&format!("{}; its tags aren't looked at", not_here(repo, &root)));
        } else if let Some(git) = repository(&root)? {
            repos.push((index, git));
        }
    }
    Ok(repos)
}

/// The last word, for a person: how many agree, and what wasn't looked at.
fn say(context: &Context, history: &History) {
    let ui = context.ui;
    let all = history.releases.len();
    if all == 0 {
        ui.say("there is no past release to compare");
    } else {
        let compared: usize = history.releases.iter().map(|release| release.places.len()).sum();
        let absent: usize = history.releases.iter().map(|release| release.absent).sum();
        let absent = if absent > 0 { format!(", {absent} not there at the time") } else { String::new() };
        let colour = if history.agree() == all { Colour::Green } else { Colour::Red };
        let agree = ui.paint_talk(colour, &format!("{} of {all} tags agree", history.agree()));
        ui.say(&format!("{agree}: {} compared{absent}", count(compared, "place")));
    }
    let own = history.releases.iter().filter(|release| release.tag.own).count();
    if own > 0 {
        ui.say(&format!("judged by the tag's own `{CONFIG}`: {own}, by today's: {}", all - own));
    }
    let skipped = [
        (history.not_yet, "of a time without these places"),
        (history.no_version, "naming no version of a track"),
        (history.older, "older than the last ones"),
        (history.no_commit, "marking no commit that is here"),
        (history.gone.len(), "whose files aren't here"),
    ];
    let skipped: Vec<String> =
        skipped.iter().filter(|(tags, _)| *tags > 0).map(|(tags, why)| format!("{tags} {why}")).collect();
    if !skipped.is_empty() {
        ui.say(&format!("skipped: {}", skipped.join(", ")));
    }
    if history.unread > 0 {
        ui.say(&format!("{} own `{CONFIG}` can't be read now: judged by today's", of_tags(history.unread)));
    }
}

/// A clone that has left things out has left out a part of the past.
fn hint_at_what_is_left_out(context: &Context, history: &History, repos: &[(usize, &Git)]) {
    if repos.iter().any(|(_, git)| git.is_shallow()) {
        context
            .ui
            .say("hint: this clone is shallow: `git fetch --unshallow --tags` brings the tags before its beginning");
    } else if !history.gone.is_empty() {
        context
            .ui
            .say("hint: this clone is partial: `git fetch --refetch --no-filter --tags` brings what it has left out");
    }
}

fn of_tags(tags: usize) -> String {
    if tags == 1 { "1 tag's".to_owned() } else { format!("{tags} tags'") }
}
