//! The order of a release's steps: that of `[process.NAME]`, or the default one, and what each step needs.

use super::plan::{Plan, Planned};
use crate::error::{Failure, Place};
use crate::resolve::Project;
use crate::resolve::release::When;
use crate::resolve::steps::is_reserved;
use crate::step::Step;

/// Puts the steps in order. What a process doesn't name is left out, and that is said.
pub(super) fn order(
    project: &Project,
    process: &str,
    steps: Vec<(String, Step)>,
    mut left_out: Vec<(String, String)>,
) -> Result<Plan, Failure> {
    let written = project.release.processes.iter().find(|written| written.name == process);
    let names: Vec<String> = match written {
        Some(written) => written.steps.iter().map(|(name, _)| name.clone()).collect(),
        None if process == "release" => default_order(project, &steps),
        None => {
            let known: Vec<&str> = project.release.processes.iter().map(|process| process.name.as_str()).collect();
            let hint = if known.is_empty() {
                "add `[process.NAME]` to release.toml".to_owned()
            } else {
                format!("there are {}", known.join(", "))
            };
            return Err(Failure::usage(format!("no process is called `{}`", process.escape_default())).hint(hint));
        }
    };
    let mut rest: Vec<Option<(String, Step)>> = steps.into_iter().map(Some).collect();
    let mut ordered: Vec<(String, Step)> = Vec::new();
    for name in &names {
        for slot in &mut rest {
            if slot.as_ref().is_some_and(|(id, _)| is_named(name, id)) {
                ordered.extend(slot.take());
            }
        }
    }
    for (id, _) in rest.into_iter().flatten() {
        left_out.push((id, format!("`[process.{process}]` doesn't name it")));
    }
    let mut planned: Vec<Planned> = Vec::new();
    for (id, step) in ordered {
        let needs = needs(&planned, &id, &step);
        planned.push(Planned { id, needs, step });
    }
    let plan = Plan { steps: planned, left_out };
    check_order(project, process, &plan)?;
    Ok(plan)
}

/// Prepared first, then what is private, then public; the charts when the image that they name is there.
fn default_order(project: &Project, steps: &[(String, Step)]) -> Vec<String> {
    let at = |when: When| {
        let lists = project.release.checklists.iter().filter(|list| list.when == when);
        let lists = lists.map(|list| (list.span.start, format!("checklist/{}", list.name)));
        let commands = project.release.commands.iter().filter(|command| command.when == when);
        let commands = commands.map(|command| (command.span.start, format!("command/{}", command.name)));
        let mut all: Vec<(usize, String)> = lists.chain(commands).collect();
        // As they stand in the file: a person looks after the machine has, or before something happens.
        all.sort_unstable();
        all.into_iter().map(|(_, name)| name).collect::<Vec<String>>()
    };
    // A merge commit is known only when it is there: then it is tagged, and built from.
    let merges = steps.iter().any(|(_, step)| matches!(step, Step::MergePull(_)));
    let own = |name: &str| format!("{}/{name}", project.label(0));
    let built = || ["build".to_owned()].into_iter().chain(at(When::Built));
    let mut names: Vec<String> = ["login", "builder", "changelog", "commit"].map(str::to_owned).to_vec();
    names.extend((!merges).then(|| "tag".to_owned()));
    names.push("package".to_owned());
    names.extend(at(When::Branch));
    names.extend(at(When::Prepared));
    if merges {
        names.extend(["push", "pull-request", "merge"].map(own));
        names.push("tag".to_owned());
        names.push(own("push-tag"));
        names.extend(at(When::Pushed));
        names.extend(built());
    } else {
        names.extend(built());
        names.push(own("push"));
        names.extend(at(When::Pushed));
    }
    let public = ["draft", "assets", "image", "name", "publish", "channel", "push", "pages", "oci"];
    names.extend(public.map(str::to_owned));
    names.extend(at(When::End));
    names
}

/// Does a name of a process mean this step? `commit` means every repository's, `charts/commit` that one's.
pub fn is_named(name: &str, id: &str) -> bool {
    let kind = |part: &str| part.split(':').next().unwrap_or_default().to_owned();
    match id.split_once('/') {
        // Not a repository's: none has such a name.
        Some((head, _)) if is_reserved(head) => name == head || name == id,
        Some((label, rest)) => name == kind(rest) || name == format!("{label}/{}", kind(rest)) || name == id,
        None => name == id,
    }
}

/// The short name by which a step is named with all of its kind: `commit`, `build`, `command`.
pub fn kind_of(id: &str) -> &str {
    match id.split_once('/') {
        Some((head, _)) if is_reserved(head) => head,
        Some((_, rest)) => rest.split(':').next().unwrap_or_default(),
        None => id,
    }
}

/// What must be done before a step: what it is made of, and for what others see everything before it that could stop it.
fn needs(before: &[Planned], id: &str, step: &Step) -> Vec<usize> {
    let label = id.split('/').next().unwrap_or_default();
    let own = |planned: &Planned| planned.id.split('/').next() == Some(label);
    let made_of = |planned: &Planned| match (step, &planned.step) {
        (Step::Commit(_), Step::Commit(_)) | (Step::Tag(_), Step::Commit(_)) => own(planned),
        (Step::Package(_), Step::Commit(_)) => own(planned),
        (Step::Push(_), Step::Commit(_) | Step::Tag(_) | Step::Package(_)) => own(planned),
        (Step::Pages(_) | Step::Oci(_), Step::Package(_)) => own(planned),
        (Step::Command(_), Step::Commit(_)) => true,
        (Step::Tag(_), Step::MergePull(_)) | (Step::PushTag(_), Step::Tag(_)) => own(planned),
        // The charts of this release aren't in it, but its commit is.
        (Step::Build(_), Step::Commit(_) | Step::Tag(_) | Step::Builder(_)) => true,
        _ => false,
    };
    let is_public = step.is_outward() && !matches!(step, Step::Checklist(_));
    let could_stop = |planned: &Planned| {
        // Any number of machines may build at the same time: no build waits for another one.
        let apart = matches!((step, &planned.step), (Step::Build(_), Step::Build(_)));
        let is_prepared = matches!(planned.step, Step::Commit(_) | Step::Tag(_) | Step::Package(_) | Step::Builder(_));
        is_public && !apart && !is_prepared
    };
    (0..before.len()).filter(|&at| made_of(&before[at]) || could_stop(&before[at])).collect()
}

/// A push before what it pushes would push nothing, and a merge before the push would merge something else.
fn check_order(project: &Project, process: &str, plan: &Plan) -> Result<(), Failure> {
    for (at, planned) in plan.steps.iter().enumerate() {
        let Some(needed) = needed(&planned.step) else { continue };
        let label = planned.id.split('/').next().unwrap_or_default();
        let is_needed = |id: &str| {
            let kind = id.split_once('/').filter(|(own, _)| *own == label).map(|(_, rest)| rest.split(':').next());
            kind.flatten().is_some_and(|kind| needed.names.contains(&kind))
        };
        let late = plan.steps[at..].iter().map(|later| later.id.as_str()).find(|id| is_needed(id));
        let lost = || plan.left_out.iter().map(|(id, _)| id.as_str()).find(|id| is_needed(id));
        if let Some(missing) = late.or_else(lost) {
            let message = format!("`[process.{process}]` {} `{label}` before `{missing}` is made", needed.verb);
            let failure = Failure::usage(message).hint(needed.hint);
            let config = &project.config;
            let written = project.release.processes.iter().find(|written| written.name == process);
            return Err(match written {
                Some(written) => failure.at(Place::span(&config.path, &config.text, written.span.clone())),
                None => failure,
            });
        }
    }
    Ok(())
}

/// What a process may neither put after a step nor leave out.
struct Needed {
    names: &'static [&'static str],
    verb: &'static str,
    hint: &'static str,
}

fn needed(step: &Step) -> Option<Needed> {
    let push = "put `commit` and `tag` before `push`";
    let merge = "put `push`, `pull-request`, `merge`, `tag` and `push-tag` one after the other";
    Some(match step {
        Step::Push(step) if step.tags.is_empty() => Needed { names: &["commit"], verb: "pushes", hint: push },
        Step::Push(_) => Needed { names: &["commit", "tag"], verb: "pushes", hint: push },
        Step::OpenPull(_) => Needed { names: &["push"], verb: "opens the pull request of", hint: merge },
        Step::MergePull(_) => Needed { names: &["push", "pull-request"], verb: "merges", hint: merge },
        Step::PushTag(_) => Needed { names: &["merge", "tag"], verb: "pushes the tag of", hint: merge },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, id: &str, expected: bool) {
        assert_eq!(is_named(name, id), expected, "{name} {id}");
    }

    #[test]
    fn a_name_means_the_steps_of_its_kind() {
        check("commit", "acme/commit", true);
        check("acme/commit", "acme/commit", true);
        check("charts/commit", "acme/commit", false);
        check("tag", "acme/tag:1.27.0", true);
        check("acme/tag", "acme/tag:1.27.0", true);
        check("acme/tag:1.27.0", "acme/tag:1.27.0", true);
        check("login", "login/registry.example.com", true);
        check("image", "image/registry.example.com/acme/app:release-1.27.0", true);
        check("command/deploy", "command/deploy", true);
        check("deploy", "command/deploy", false);
        check("commit", "command/commit", false);
    }
}
