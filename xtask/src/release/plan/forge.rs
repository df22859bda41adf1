//! The forge: the pull request of a version branch, and the release with what is attached to it.

use std::rc::Rc;

use super::{Given, fill};
use crate::error::Failure;
use crate::forge::{Repository, Wanted};
use crate::resolve::TrackRule;
use crate::resolve::release::AssetRule;
use crate::step::Step;
use crate::step::check_forge::CheckForge;
use crate::step::draft_release::DraftRelease;
use crate::step::merge_pull::MergePull;
use crate::step::open_pull::OpenPull;
use crate::step::prepared::Prepared;
use crate::step::publish_release::PublishRelease;
use crate::step::upload_assets::UploadAssets;
use crate::tag::TagPattern;
use crate::version::Version;

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
    let Some(leader) = leader(given)? else {
        left_out.push(("publish".to_owned(), "no version that leads this repository moves, with a tag".to_owned()));
        return Ok(());
    };
    let tag = leader.tag.clone();
    let wanted = Rc::new(wanted(given, here, repository, leader)?);
    steps.push((format!("draft/{tag}"), Step::Draft(DraftRelease { wanted: wanted.clone() })));
    if !wanted.assets.is_empty() {
        steps.push((format!("assets/{tag}"), Step::Assets(UploadAssets { wanted: wanted.clone() })));
    }
    steps.push((format!("publish/{tag}"), Step::Publish(PublishRelease { wanted })));
    Ok(())
}

/// The version that a release on the forge is of, and its tag. A chart that is released alone has none.
struct Leader {
    version: Version,
    track: String,
    pattern: TagPattern,
    tag: String,
}

fn leader(given: &Given<'_>) -> Result<Option<Leader>, Failure> {
    for moved in &given.facts.moves {
        let leads = |track: &&TrackRule| track.name == moved.track && track.repo == 0 && track.with.is_empty();
        let rule = given.project.tracks.iter().find(leads);
        let Some(pattern) = rule.and_then(|rule| rule.tag.clone()) else { continue };
        let tag = pattern.render(&moved.track, &moved.to).map_err(Failure::usage)?;
        return Ok(Some(Leader { version: moved.to.clone(), track: moved.track.clone(), pattern, tag }));
    }
    Ok(None)
}

fn wanted(given: &Given<'_>, here: &Rc<Prepared>, repository: Repository, leader: Leader) -> Result<Wanted, Failure> {
    let facts = given.facts;
    let Some(forge) = &given.project.release.forge else { return Err(Failure::usage("no forge is configured")) };
    let title = forge.title.as_ref().map(|title| fill(title, &facts.versions)).transpose()?;
    let others = facts.tagged.get(&leader.track).map(Vec::as_slice).unwrap_or_default();
    let is_higher = |other: &Version| !other.is_prerelease() && other.compare(&leader.version).is_gt();
    let prerelease = leader.version.is_prerelease();
    let name = |rule: &AssetRule| rule.name.as_ref().map(|name| fill(name, &facts.versions)).transpose();
    let assets = forge.assets.iter().map(|rule| Ok((rule.clone(), name(rule)?)));
    Ok(Wanted {
        repository,
        title: title.unwrap_or_else(|| leader.tag.clone()),
        body: facts.body.clone(),
        prerelease,
        latest: !prerelease && !others.iter().any(is_higher),
        assets: assets.collect::<Result<_, Failure>>()?,
        checksums: forge.checksums.as_ref().map(|name| fill(name, &facts.versions)).transpose()?,
        others: forge.others.clone(),
        prepared: here.clone(),
        tag: leader.tag,
        version: Some((leader.version, leader.track, leader.pattern)),
    })
}
