//! What a plan is made of: where the remotes' branches are, what their manifests say, what they must say.

use std::collections::BTreeMap;

use anyhow::Result;

use super::freeze;
use super::line::{Line, Look};
use super::merged;
use super::tips::{Cut, Tip, homes, tips};
use crate::context::Context;
use crate::error::Failure;
use crate::model::Model;
use crate::plan::bump::{self, Bump, Request, Target};
use crate::plan::charts;
use crate::plan::images;
use crate::plan::targets;
use crate::remotes::Remotes;
use crate::resolve::{Project, TrackRule};
use crate::rewrite::{self, Change};
use crate::survey::{Source, Survey, survey};
use crate::template::Template;
use crate::tools::git::Signature;
use crate::version::level::Level;
use crate::version::{Date, Part, Version};

/// What a person asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The process: `release`.
    pub process: String,
    /// The versions, as typed.
    pub texts: Vec<String>,
    /// The same, read.
    pub requests: Vec<Request>,
    /// May there be nothing new since the last release?
    pub unchanged: bool,
}

impl Asked {
    /// Reads the words of a command line.
    pub fn read(process: &str, texts: &[String], unchanged: bool) -> Result<Self, Failure> {
        let requests = texts.iter().map(|text| Request::parse(text)).collect::<Result<_, _>>()?;
        Ok(Self { process: process.to_owned(), texts: texts.to_vec(), requests, unchanged })
    }
}

/// A release that was begun: its versions and its day count.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Every track that moves, and where to.
    pub versions: Vec<(String, Version)>,
    /// The day on which it was claimed.
    pub day: Date,
}

/// A track that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Its name.
    pub track: String,
    /// Before.
    pub from: Option<Version>,
    /// After.
    pub to: Version,
}

/// Everything that [`super::plan`] decides on.
#[derive(Debug, Default)]
pub struct Facts {
    /// The process: `release`.
    pub process: String,
    /// The tracks that move, those asked for first.
    pub moves: Vec<Moved>,
    /// Every track's version in the end.
    pub versions: BTreeMap<String, Version>,
    /// The versions that the remotes' tags name already, of each track that moves; not the one that is released.
    pub tagged: BTreeMap<String, Vec<Version>>,
    /// What a person wrote about the release, for its page on the forge. None without a forge, and where only the forge
    /// may have it any more: the release has its tag, and this checkout no notes.
    pub body: Option<String>,
    /// The repositories that take part, this one first.
    pub lines: Vec<Line>,
    /// What waits for a person before anything can begin: the changelog's text, say.
    pub waiting: Vec<Failure>,
    /// What is still to be done about `body`: waited for where the plan makes a draft of it.
    pub unwritten: Vec<Failure>,
    /// What is worth a word on the plan's page.
    pub notes: Vec<String>,
}

/// Looks at all remotes, once each, and finds out what a release would do. `author` says who makes commits that stand on
/// others of this moment.
///
/// Errors: everything that must be mended before it may begin, all at once.
pub fn look(
    context: &Context,
    project: &Project,
    remotes: &Remotes,
    asked: &Asked,
    begun: Option<&Begun>,
    author: &dyn Fn(u64) -> Signature,
) -> Result<Facts> {
    let homes = homes(project, remotes)?;
    // All of them are asked at the same time. One that doesn't answer isn't waited for again below.
    let answers = remotes.listen(&homes.iter().flatten().copied().collect::<Vec<_>>());
    let silent = answers.into_iter().filter_map(|answer| answer.err().map(|error| error.downcast::<Failure>()));
    Failure::all(silent.collect::<Result<_, _>>()?)?;
    let mut asked = asked.clone();
    let mut tips = tips(project, remotes, &homes, None)?;
    if let Some(cut) = cut(context, project, remotes, (&tips, begun), &mut asked)? {
        tips = self::tips(project, remotes, &homes, Some(&cut))?;
    }
    let survey = look_at(context, project, remotes, &tips)?;
    let model = &survey.model;
    let claimed = begun.map(|begun| begun.versions.as_slice());
    let bump = targets::targets(model, &asked.requests, claimed, context.today)
        .map_err(|failure| name_candidate(failure, project, remotes, &asked.requests))?;
    refuse_unchanged(project, remotes, &tips, model, &bump, asked.unchanged || begun.is_some())?;
    let text = |file: usize| survey.text(file).map(|text| text.to_string());
    let mut failures = targets::obstacles(model, &bump, context.today, &text);
    if let Some(tip) = tips.first().and_then(Option::as_ref) {
        failures.extend(freeze::obstacles(project, remotes, tip, &bump, model)?);
    }
    let versions = versions(model, &bump);
    let mut facts = Facts {
        process: asked.process.clone(),
        moves: bump.moves.iter().map(|moved| moved_track(model, moved)).collect(),
        versions,
        tagged: tagged(remotes, &tips, model, &bump)?,
        ..Facts::default()
    };
    if let Some(tip) = tips[0].as_ref().filter(|_| begun.is_none()) {
        merged::expect_forward(project, remotes, tip, &facts)?;
    }
    let changes = rewrite::prepare(&survey, &bump.writes)?;
    let day = begun.map_or(context.today, |begun| begun.day);
    let seconds = |tip: &Tip| remotes.git(remotes.all()[tip.remote].repo).commit_seconds(&tip.oid);
    let seconds = tips.iter().flatten().map(seconds).collect::<Result<Vec<u64>>>()?;
    let who = author(seconds.into_iter().max().unwrap_or_default());
    let look = Look { context, project, remotes, survey: &survey, bump: &bump, day, who };
    for (repo, tip) in tips.iter().enumerate() {
        let Some(tip) = tip else { continue };
        let changes: Vec<Change> = changes.iter().filter(|change| change.repo == repo).cloned().collect();
        match look.line(repo, tip, &changes, &mut facts) {
            Ok(line) => facts.lines.extend(line),
            Err(error) => failures.push(error.downcast::<Failure>()?),
        }
    }
    Failure::all(failures)?;
    facts.notes.extend(stay_behind(remotes, &tips, model, &bump)?);
    facts.notes.extend(images::unused_registries(model, &|file| survey.text(file)));
    Ok(facts)
}

/// The release branch of what is asked for; none where releases are made on a repository's own branch.
fn cut(
    context: &Context,
    project: &Project,
    remotes: &Remotes,
    (tips, begun): (&[Option<Tip>], Option<&Begun>),
    asked: &mut Asked,
) -> Result<Option<Cut>> {
    let Some(branching) = &project.release.branching else { return Ok(None) };
    let known = known_versions(project, asked, begun);
    if let Ok(name) = branching.name.render(|track| known.get(track)) {
        return Ok(Some(Cut { name, versions: known, is_named: true }));
    }
    let survey = look_at(context, project, remotes, tips)?;
    let bump = targets::targets(&survey.model, &asked.requests, None, context.today)
        .map_err(|failure| name_candidate(failure, project, remotes, &asked.requests))?;
    asked.requests = explicit(&survey.model, &bump, &asked.requests)?;
    let moves = |track: &str| bump.moves.iter().any(|moved| survey.model.tracks[moved.track].name == track);
    // A chart that is released alone has nothing to do with the app's release branches.
    if !branching.name.slots().any(|slot| moves(&slot.track)) {
        return Ok(None);
    }
    let versions = versions(&survey.model, &bump);
    Ok(Some(Cut { name: render(&branching.name, &versions)?, versions, is_named: false }))
}

/// A candidate on a branch of its own is no version of the branch that `final` is asked of: its tag is, and says which.
fn name_candidate(failure: Failure, project: &Project, remotes: &Remotes, requests: &[Request]) -> Failure {
    let is_final = |request: &&Request| request.target == Target::Level(Level::Final);
    let Some(request) = requests.iter().find(is_final) else { return failure };
    let is_meant = |rule: &&TrackRule| match &request.track {
        Some(name) => rule.name == *name,
        None => rule.with.is_empty(),
    };
    let Some(rule) = project.tracks.iter().find(is_meant) else { return failure };
    let (Some(pattern), Some(remote)) = (&rule.tag, remotes.home(rule.repo)) else { return failure };
    let tagged = remotes.versions(remote, pattern, &rule.name).unwrap_or_default();
    match tagged.into_iter().max_by(Version::compare).filter(Version::is_prerelease) {
        Some(last) => {
            let version = last.part(Part::Release).unwrap_or_default();
            failure.hint(format!("`{last}` is tagged: name the version that it is a candidate of, as in `{version}`"))
        }
        None => failure,
    }
}

/// The versions of the tags that are at the remotes, of the tracks that move.
fn tagged(
    remotes: &Remotes,
    tips: &[Option<Tip>],
    model: &Model<'_>,
    bump: &Bump,
) -> Result<BTreeMap<String, Vec<Version>>> {
    let mut all = BTreeMap::new();
    for moved in &bump.moves {
        let track = &model.tracks[moved.track];
        let rule = &model.project.tracks[track.rule];
        let (Some(pattern), Some(tip)) = (&rule.tag, &tips[rule.repo]) else { continue };
        let mut versions = remotes.versions(tip.remote, pattern, &track.name)?;
        versions.retain(|version| *version != moved.to);
        all.insert(track.name.clone(), versions);
    }
    Ok(all)
}

/// Charts that changed since their last tag and keep their number in this release: whoever installs that number gets
/// the old files. A word is enough, because this release doesn't publish them.
fn stay_behind(remotes: &Remotes, tips: &[Option<Tip>], model: &Model<'_>, bump: &Bump) -> Result<Vec<String>> {
    let mut words = Vec::new();
    for chart in charts::tagged(model) {
        let moves = bump.moves.iter().any(|moved| model.tracks[moved.track].name == chart.track);
        let Some(tip) = tips[chart.repo].as_ref().filter(|_| !moves) else { continue };
        let (refs, name) = (remotes.refs(tip.remote)?, format!("refs/tags/{}", chart.tag));
        let Some(tag) = refs.peeled.get(&name).or_else(|| refs.oids.get(&name)) else { continue };
        remotes.fetch(tip.remote, &[tag])?;
        let found = crate::charts::unmoved(model, &chart, remotes.git(chart.repo), tag, Some(&tip.oid))?;
        words.extend(found.map(|finding| format!("{}: {}", finding.place, finding.message)));
    }
    Ok(words)
}

/// A branch on which nothing came after its last release has nothing to release: a build that is started twice must not
/// make two releases. A candidate that becomes the version it was for is best when nothing came after it.
fn refuse_unchanged(
    project: &Project,
    remotes: &Remotes,
    tips: &[Option<Tip>],
    model: &Model<'_>,
    bump: &Bump,
    allowed: bool,
) -> Result<()> {
    let Some(moved) = bump.moves.first().filter(|_| !allowed) else { return Ok(()) };
    if moved.from.as_ref().is_some_and(Version::is_prerelease) && !moved.to.is_prerelease() {
        return Ok(());
    }
    let track = &model.tracks[moved.track];
    let rule = &project.tracks[track.rule];
    let (Some(from), Some(pattern), Some(tip)) = (&moved.from, &rule.tag, &tips[rule.repo]) else { return Ok(()) };
    let Some(tag) = pattern.render(&track.name, from).ok().filter(|_| *from != moved.to) else { return Ok(()) };
    let refs = remotes.refs(tip.remote)?;
    let name = format!("refs/tags/{tag}");
    if refs.peeled.get(&name).or_else(|| refs.oids.get(&name)) != Some(&tip.oid) {
        return Ok(());
    }
    let message = format!("nothing was committed to `{}` since `{tag}`", tip.branch);
    let leads = rule.with.is_empty();
    let from = if leads { from.to_string() } else { format!("{}={from}", track.name) };
    let mut hint =
        format!("`cargo xtask run {from}` looks whether that one is whole; `--unchanged` releases all the same");
    if let Some(alone) = bump.moves.iter().find(|moved| moved.follows.is_some()) {
        let name = &model.tracks[alone.track].name;
        hint.push_str(&format!("; `cargo xtask run {name}=patch` releases `{name}` alone"));
    }
    Err(Failure::world(message).hint(hint).into())
}

fn moved_track(model: &Model<'_>, moved: &bump::Move) -> Moved {
    Moved { track: model.tracks[moved.track].name.clone(), from: moved.from.clone(), to: moved.to.clone() }
}

fn look_at<'p>(context: &Context, project: &'p Project, remotes: &Remotes, tips: &[Option<Tip>]) -> Result<Survey<'p>> {
    let tip = |(repo, tip): (usize, &Option<Tip>)| tip.as_ref().map(|tip| (remotes.git(repo).clone(), tip.oid.clone()));
    survey(context, project, &Source::Tips(tips.iter().enumerate().map(tip).collect()), true)
}

/// The versions that are known without a look at the manifests.
fn known_versions(project: &Project, asked: &Asked, begun: Option<&Begun>) -> BTreeMap<String, Version> {
    let mut known: BTreeMap<String, Version> = BTreeMap::new();
    for request in &asked.requests {
        let leading = || project.tracks.iter().find(|track| track.with.is_empty()).map(|track| track.name.clone());
        if let (Some(track), Target::Version(version)) = (request.track.clone().or_else(leading), &request.target) {
            known.insert(track, version.clone());
        }
    }
    known.extend(begun.iter().flat_map(|begun| begun.versions.iter().cloned()));
    known
}

fn render(template: &Template, versions: &BTreeMap<String, Version>) -> Result<String, Failure> {
    template.render(|track| versions.get(track)).map_err(|reason| Failure::usage(format!("`{template}`: {reason}")))
}

/// Every track's version in the end.
fn versions(model: &Model<'_>, bump: &Bump) -> BTreeMap<String, Version> {
    let current = model.tracks.iter().filter_map(|track| Some((track.name.clone(), track.current.as_ref()?.0.clone())));
    let moved = bump.moves.iter().map(|moved| (model.tracks[moved.track].name.clone(), moved.to.clone()));
    current.chain(moved).collect()
}

/// The same requests, with the versions of the tracks that lead. How far the others go is decided on the release branch:
/// they may have arrived with the leaders already.
fn explicit(model: &Model<'_>, bump: &Bump, requests: &[Request]) -> Result<Vec<Request>, Failure> {
    let leads = |moved: &&bump::Move| model.project.tracks[model.tracks[moved.track].rule].with.is_empty();
    let leading: Vec<&bump::Move> = bump.moves.iter().filter(leads).collect();
    let mut all: Vec<Request> = leading
        .iter()
        .map(|moved| Request {
            track: Some(model.tracks[moved.track].name.clone()),
            target: Target::Version(moved.to.clone()),
        })
        .collect();
    for request in requests {
        let named = bump::named_tracks(model, request.track.as_deref())?;
        if !named.iter().all(|track| leading.iter().any(|moved| moved.track == *track)) {
            all.push(request.clone());
        }
    }
    Ok(all)
}
