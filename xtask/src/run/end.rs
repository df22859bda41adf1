//! How a run ends that did what it was asked for.

use anyhow::Result;

use super::{Ended, Options, command};
use crate::ledger::Claim;
use crate::release::line::Line;
use crate::release::state::{self, State};
use crate::release::{Pass, Session};
use crate::ui::{Colour, count};

/// What the branch is called on which people go on, where the configuration doesn't say it.
const DEVELOP: [&str; 2] = ["develop", "development"];

/// Says how far the release has come, and closes it in the ledger when it is whole.
pub(super) fn finish(session: &Session<'_>, options: &Options, pass: &Pass, claim: &mut Claim) -> Result<Ended> {
    let ui = session.context.ui;
    let is_whole_walk = options.only.is_empty() && options.until.is_none();
    // Who went through all steps has seen each of them done.
    let states = if is_whole_walk { Vec::new() } else { state::observe_all(&pass.plan, &session.world(pass)) };
    let left = states.iter().filter(|state| !matches!(state, State::Done)).count();
    if left > 0 {
        ui.say(&format!("{} still to do: `{}` goes on", count(left, "step"), command(&pass.facts.process)));
        return Ok(Ended::Partly);
    }
    session.ledger.finish(claim)?;
    let moved: Vec<String> = pass.facts.moves.iter().map(|moved| format!("{} {}", moved.track, moved.to)).collect();
    ui.say(&format!("{}: {}", ui.paint_talk(Colour::Green, "released"), moved.join(", ")));
    if let Some(line) = pass.facts.lines.iter().find(|line| line.repo == 0) {
        let branch = line.merge.as_ref().unwrap_or(&line.branch);
        ui.say(&format!("hint: this checkout is as it was: `git pull --ff-only {} {branch}` brings it here", line.url));
        // Nothing that goes wrong here is the release's fault: it is made.
        if let Some(words) = merge_back(session, line).ok().flatten() {
            ui.say(&words);
        }
    }
    Ok(Ended::Whole)
}

/// What brings the merge commit to the branch on which people go on, where that is another one and lacks it.
fn merge_back(session: &Session<'_>, line: &Line) -> Result<Option<String>> {
    let Some(into) = &line.merge else { return Ok(None) };
    let refs = session.remotes.refs(line.remote)?;
    let find = |branch: &str| refs.oids.get(&format!("refs/heads/{branch}"));
    let from = session.project.release.branching.as_ref().map(|branching| branching.from.as_str());
    let mut known = from.into_iter().chain(DEVELOP).filter(|branch| branch != into);
    let Some((develop, now)) = known.find_map(|branch| Some((branch, find(branch)?))) else { return Ok(None) };
    let Some(merged) = find(into) else { return Ok(None) };
    session.remotes.fetch(line.remote, &[now, merged])?;
    if session.remotes.git(line.repo).is_ancestor(merged, now)? {
        return Ok(None);
    }
    let url = &line.url;
    Ok(Some(format!(
        "hint: `{develop}` lacks what was merged into `{into}`: `git switch {develop} && git pull --no-rebase {url} {into} \
         && git push {url} {develop}` merges it back"
    )))
}
