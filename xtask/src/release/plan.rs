//! Facts → plan: every step of a release as data, in its order. Nothing is asked, read or written here.

mod forge;
pub mod images;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::facts::Facts;
use super::line::{Line, TagFact};
use super::order;
use crate::charts::{Chart, Oci};
use crate::error::Failure;
use crate::resolve::Project;
use crate::resolve::release::{CommandPlace, CommandRule, Pages};
use crate::step::Step;
use crate::step::check_login::CheckLogin;
use crate::step::checklist::Checklist;
use crate::step::commit::Commit;
use crate::step::package_chart::PackageChart;
use crate::step::prepared::Prepared;
use crate::step::push::Push;
use crate::step::push_oci::PushOci;
use crate::step::push_pages::PushPages;
use crate::step::push_tag::PushTag;
use crate::step::run_command::RunCommand;
use crate::step::tag::Tag;
use crate::template::Template;
use crate::version::Version;

/// A step in its plan.
#[derive(Debug)]
pub struct Planned {
    /// `charts/commit`, `app/tag:1.27.0`: the same on every machine.
    pub id: String,
    /// The steps that must be done first: places in [`Plan::steps`].
    pub needs: Vec<usize>,
    /// What it does.
    pub step: Step,
}

/// A whole release, in order.
#[derive(Debug)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Planned>,
    /// What isn't done, and why: the name of a step, a sentence.
    pub left_out: Vec<(String, String)>,
}

impl Plan {
    /// The place of a step.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id == id)
    }

    /// Everything that makes this plan another one, as text: for its digest. Neither the clock, nor who releases, nor
    /// how far it has come is in it: commits count by what they stand on and hold, not by their ids.
    pub fn canonical(&self, facts: &Facts) -> String {
        let mut text = String::from("lockstep plan 1\n");
        for line in &facts.lines {
            text.push_str(&format!("line {:?} {:?} {:?}\n{}", line.label, line.url, line.branch, line.identity));
        }
        for planned in &self.steps {
            let effect = planned.step.effect();
            let needs: Vec<&str> = planned.needs.iter().map(|&need| self.steps[need].id.as_str()).collect();
            text.push_str(&format!("step {:?} {} {needs:?}\n", planned.id, effect.reach()));
            match &planned.step {
                Step::Commit(_) | Step::Push(_) => {}
                Step::Tag(tag) => text.push_str(&format!("tag {:?} {:?} {}\n", tag.name, tag.message, tag.signed)),
                _ => text.push_str(&format!("{:?}\n{:?}\n", effect.title(), effect.details())),
            }
        }
        text
    }
}

/// What is planned from: the texts of files that a plan quotes are read before.
pub struct Given<'g> {
    /// The configuration.
    pub project: &'g Project,
    /// What the remotes say.
    pub facts: &'g Facts,
    /// Does the release have its owner and its date?
    pub claimed: bool,
    /// The texts of checklists, by their names.
    pub checklists: &'g BTreeMap<String, String>,
}

/// Makes the plan. The same facts give the same plan.
pub fn plan(given: &Given<'_>) -> Result<Plan, Failure> {
    let mut steps: Vec<(String, Step)> = Vec::new();
    let mut left_out = Vec::new();
    let mut prepared = Vec::new();
    for line in &given.facts.lines {
        let shared = Rc::new(prepare(given, line));
        repository_steps(given, line, &shared, &mut steps);
        prepared.push(shared);
    }
    if given.project.release.changelog.is_none() {
        left_out.push(("changelog".to_owned(), "no `[changelog]` is configured".to_owned()));
    }
    logins(given, &mut steps);
    images::steps(given, &prepared, &mut steps, &mut left_out)?;
    let here = prepared.iter().find(|prepared| prepared.repo == 0);
    forge::steps(given, here, &mut steps, &mut left_out)?;
    for command in &given.project.release.commands {
        if let Some(track) = idle_track(given, command) {
            left_out.push((format!("command/{}", command.name), format!("`{track}` doesn't move")));
            continue;
        }
        if command.place == CommandPlace::Prepared && here.is_none() {
            left_out.push((format!("command/{}", command.name), "nothing of this repository is released".to_owned()));
            continue;
        }
        steps.push((format!("command/{}", command.name), Step::Command(run_command(given, command, here)?)));
    }
    for list in &given.project.release.checklists {
        let text = given.checklists.get(&list.name).map_or("", String::as_str);
        let step = Checklist::new(&list.name, &list.file, text, here.cloned());
        steps.push((step.id.clone(), Step::Checklist(step)));
    }
    order::order(given.project, &given.facts.process, steps, left_out)
}

/// The commits of one repository.
fn prepare(given: &Given<'_>, line: &Line) -> Prepared {
    Prepared {
        repo: line.repo,
        label: line.label.clone(),
        remote: line.remote,
        branch: line.branch.clone(),
        merge: line.merge.clone(),
        base: line.base.clone(),
        seconds: line.seconds,
        commits: line.new_commits(),
        released: line.released.clone(),
        claimed: given.claimed,
        built: OnceCell::new(),
        brought: RefCell::new(None),
    }
}

/// Commits, tags, charts and the push of one repository.
fn repository_steps(given: &Given<'_>, line: &Line, prepared: &Rc<Prepared>, steps: &mut Vec<(String, Step)>) {
    let label = &line.label;
    let mut next = 0;
    for own in &line.commits {
        let (subject, summary) = (own.subject.clone(), own.summary.clone());
        let index = (line.released.is_none() && !own.files.is_empty()).then_some(next);
        next += usize::from(index.is_some());
        let (diff, summary) = match index {
            Some(_) => (own.diff.clone(), summary),
            None => (String::new(), "on the branch already".to_owned()),
        };
        let commit = Commit { prepared: prepared.clone(), index, subject, diff, summary };
        steps.push((format!("{label}/{}", own.kind), Step::Commit(commit)));
    }
    let tags: Vec<Rc<Tag>> = line.tags.iter().map(|tag| Rc::new(tag_step(tag, prepared))).collect();
    for tag in &tags {
        steps.push((format!("{label}/tag:{}", tag.name), Step::Tag(tag.clone())));
    }
    for chart in &line.charts {
        let step = PackageChart { chart: chart.clone() };
        steps.push((format!("{label}/package:{}", chart.file.name), Step::Package(step)));
    }
    let (url, public) = (line.url.clone(), line.public);
    // A merge commit's tags are pushed when it is there.
    let (with, later) = if prepared.merge.is_some() { (Vec::new(), tags) } else { (tags, Vec::new()) };
    let push = Push { prepared: prepared.clone(), tags: with, url: url.clone(), public };
    steps.push((format!("{label}/push"), Step::Push(push)));
    if !later.is_empty() {
        let push = PushTag { prepared: prepared.clone(), tags: later, url, public };
        steps.push((format!("{label}/push-tag"), Step::PushTag(push)));
    }
    publish_charts(given.project, label, (line.remote, &line.url), &line.charts, steps);
}

/// Where charts of one repository go: each branch of pages gets them in one push, each registry one by one.
pub fn publish_charts(
    project: &Project,
    label: &str,
    (remote, remote_url): (usize, &str),
    charts: &[Chart],
    steps: &mut Vec<(String, Step)>,
) {
    let rule = |chart: &Chart| &project.release.charts[chart.rule];
    let mut pages: Vec<(&Pages, Vec<Chart>)> = Vec::new();
    for chart in charts {
        let Some(place) = &rule(chart).pages else { continue };
        match pages.iter_mut().find(|(known, _)| *known == place) {
            Some((_, charts)) => charts.push(chart.clone()),
            None => pages.push((place, vec![chart.clone()])),
        }
    }
    for (place, charts) in pages {
        let id =
            if place.folder.is_empty() { place.branch.clone() } else { format!("{}/{}", place.branch, place.folder) };
        let step = PushPages::new(charts, place.clone(), remote, remote_url);
        steps.push((format!("{label}/pages:{id}"), Step::Pages(step)));
    }
    for chart in charts {
        for (at, url) in rule(chart).oci.iter().enumerate() {
            let more = if at == 0 { String::new() } else { format!(":{}", at + 1) };
            let step = PushOci::new(chart.clone(), Oci::new(project, url));
            steps.push((format!("{label}/oci:{}{more}", chart.file.name), Step::Oci(step)));
        }
    }
}

fn tag_step(tag: &TagFact, prepared: &Rc<Prepared>) -> Tag {
    Tag { prepared: prepared.clone(), name: tag.name.clone(), message: tag.message.clone(), signed: tag.signed }
}

/// The registries that one must be logged in to.
fn logins(given: &Given<'_>, steps: &mut Vec<(String, Step)>) {
    let release = &given.project.release;
    for registry in release.registries.iter().filter(|registry| registry.login) {
        let ours = release.images.iter().find(|image| image.registries.contains(&registry.host));
        let step = CheckLogin {
            host: registry.host.clone(),
            plain_http: release.is_plain_http(&registry.host),
            repository: ours.map(|image| image.name.clone()),
        };
        steps.push((format!("login/{}", registry.host), Step::Login(step)));
    }
}

/// A track that a command is about, where none of those that it names is released: it isn't deployed because of a chart.
fn idle_track(given: &Given<'_>, rule: &CommandRule) -> Option<String> {
    let names = || rule.argv.iter().flat_map(Template::slots).map(|slot| &slot.track);
    let moves = |name: &String| given.facts.moves.iter().any(|moved| moved.track == *name);
    names().next().filter(|_| !names().any(moves)).cloned()
}

fn run_command(given: &Given<'_>, rule: &CommandRule, here: Option<&Rc<Prepared>>) -> Result<RunCommand, Failure> {
    let render = |template: &Template| fill(template, &given.facts.versions);
    Ok(RunCommand {
        id: format!("command/{}", rule.name),
        argv: rule.argv.iter().map(render).collect::<Result<_, _>>()?,
        env: rule.env.iter().map(|(name, value)| Ok((name.clone(), render(value)?))).collect::<Result<_, Failure>>()?,
        place: rule.place,
        when: rule.when,
        done: rule.done.iter().map(render).collect::<Result<_, _>>()?,
        timeout: rule.timeout,
        prepared: here.cloned(),
    })
}

/// A template at the versions of the release.
pub fn fill(template: &Template, versions: &BTreeMap<String, Version>) -> Result<String, Failure> {
    template.render(|track| versions.get(track)).map_err(|reason| Failure::usage(format!("`{template}`: {reason}")))
}
