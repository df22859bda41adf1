//! The forge: the pull request of a version branch, and the release with what is attached to it.

use std::rc::Rc;

use super::{Given, fill};
use crate::error::Failure;
use crate::forge::{Repository, Wanted};
use crate::step::Step;
use crate::step::check_forge::CheckForge;
use crate::step::draft_release::DraftRelease;
use crate::step::merge_pull::MergePull;
use crate::step::open_pull::OpenPull;
use crate::step::prepared::Prepared;
use crate::step::publish_release::PublishRelease;
use crate::step::upload_assets::UploadAssets;

/// GitHub takes no longer text of a pull request, in characters: it can do without.
const LONGEST_OF_PULL: usize = 65_536;

/// The steps on the forge.
pub(super) fn steps(
    given: &Given<'_>,
    here: Option<&Rc<Prepared>>,
    steps: &mut Vec<(String, Step)>,
    left_out: &mut Vec<(String, String)>,
) -> Result<(), Failure> {
    let Some(forge) = &given.project.release.forge else { return Ok(()) };
    let repository = Repository { host: forge.host.clone(), name: forge.repository.clone() };
    let line = given.facts.lines.iter().find(|line| line.repo == 0);
    let (Some(here), Some(line)) = (here, line) else {
        left_out.push(("publish".to_owned(), "nothing of this repository is released".to_owned()));
        return Ok(());
    };
    let login = Step::Forge(CheckForge { repository: repository.clone() });
    steps.push((format!("login/{}", forge.host), login));
    if let Some(into) = &here.merge {
        let title = line.commits.last().map_or_else(String::new, |own| own.subject.clone());
        let (prepared, into) = (here.clone(), into.clone());
        let body = given.facts.body.clone().filter(|body| body.chars().count() <= LONGEST_OF_PULL).unwrap_or_default();
        let open = OpenPull { repository: repository.clone(), prepared, into, title, body };
        let versions = given.facts.moves.iter().map(|moved| (moved.track.clone(), moved.to.clone())).collect();
        let (prepared, into) = (here.clone(), open.into.clone());
        let merge = MergePull { repository: repository.clone(), prepared, into, versions };
        steps.push((format!("{}/pull-request", line.label), Step::OpenPull(open)));
        steps.push((format!("{}/merge", line.label), Step::MergePull(merge)));
    }
    let Some(tag) = line.tags.first() else {
        left_out.push(("publish".to_owned(), "no tag is made that a release could be on".to_owned()));
        return Ok(());
    };
    let wanted = Rc::new(wanted(given, here, repository, &tag.name)?);
    steps.push((format!("draft/{}", tag.name), Step::Draft(DraftRelease { wanted: wanted.clone() })));
    if !wanted.assets.is_empty() {
        steps.push((format!("assets/{}", tag.name), Step::Assets(UploadAssets { wanted: wanted.clone() })));
    }
    steps.push((format!("publish/{}", tag.name), Step::Publish(PublishRelease { wanted })));
    Ok(())
}

fn wanted(given: &Given<'_>, here: &Rc<Prepared>, repository: Repository, tag: &str) -> Result<Wanted, Failure> {
    let facts = given.facts;
    let Some(forge) = &given.project.release.forge else { return Err(Failure::usage("no forge is configured")) };
    let title = forge.title.as_ref().map(|title| fill(title, &facts.versions)).transpose()?;
    let leader = facts
        .moves
        .iter()
        .find(|moved| given.project.tracks.iter().any(|track| track.name == moved.track && track.repo == 0));
    let others = leader.and_then(|moved| facts.tagged.get(&moved.track)).map(Vec::as_slice).unwrap_or_default();
    let prerelease = leader.is_some_and(|moved| moved.to.is_prerelease());
    let is_higher = |other: &&crate::version::Version| {
        !other.is_prerelease() && leader.is_some_and(|moved| other.compare(&moved.to).is_gt())
    };
    let rule = leader.and_then(|moved| given.project.tracks.iter().find(|track| track.name == moved.track));
    let pattern = rule.and_then(|track| track.tag.clone());
    let version = leader.zip(pattern).map(|(moved, pattern)| (moved.to.clone(), moved.track.clone(), pattern));
    let assets = forge
        .assets
        .iter()
        .map(|rule| Ok((rule.clone(), rule.name.as_ref().map(|name| fill(name, &facts.versions)).transpose()?)));
    Ok(Wanted {
        repository,
        tag: tag.to_owned(),
        title: title.unwrap_or_else(|| tag.to_owned()),
        body: facts.body.clone(),
        prerelease,
        latest: !prerelease && !others.iter().any(|other| is_higher(&other)),
        version,
        assets: assets.collect::<Result<_, Failure>>()?,
        checksums: forge.checksums.as_ref().map(|name| fill(name, &facts.versions)).transpose()?,
        prepared: here.clone(),
    })
}
