//! Which versions a release is about, read from what the remotes have: a new one, or one that is half-way there.

use std::collections::HashMap;

use crate::error::{Exit, Failure};
use crate::model::{Model, Site};
use crate::plan::bump::{self, Bump, Permits, Request, Target};
use crate::plan::check::{self, Drift};
use crate::template::Form;
use crate::version::{Date, Version};

/// Decides on the versions of a release. `claimed` are those of a release that was begun: they count.
///
/// Without a claim, a version that the leading track is at already means a release that is half-way there: what
/// follows the leader moves only where its own repository doesn't say the leader's version yet.
pub fn targets(
    model: &Model<'_>,
    requests: &[Request],
    claimed: Option<&[(String, Version)]>,
    today: Date,
) -> Result<Bump, Failure> {
    let explicit = |(track, version): (&String, &Version)| Request {
        track: Some(track.clone()),
        target: Target::Version(version.clone()),
    };
    if let Some(claimed) = claimed {
        let all: Vec<Request> = claimed.iter().map(|(track, version)| explicit((track, version))).collect();
        return bump::bump(model, &all, Permits { lower: true }, today);
    }
    let leaders = half_way(model, requests)?;
    if leaders.is_empty() {
        return bump::bump(model, requests, Permits::default(), today).map_err(forward);
    }
    let mut arrived = Vec::new();
    for (leader, version) in &leaders {
        expect_seen(model, *leader, version, requests)?;
        for (track, there) in self::arrived(model, *leader, version) {
            // Who follows two that are half-way has arrived with both, or not yet.
            let late = |(other, to): &(usize, Version)| {
                follows(model, track, *other) && !self::arrived(model, *other, to).iter().any(|(at, _)| *at == track)
            };
            if !leaders.iter().any(late) && !arrived.iter().any(|(known, _)| *known == track) {
                arrived.push((track, there));
            }
        }
    }
    let mut all = Vec::new();
    for request in requests {
        // Who has arrived has moved as far as was asked; a version is another matter.
        let named = bump::named_tracks(model, request.track.as_deref())?;
        let there = named.iter().all(|track| arrived.iter().any(|(arrived, _)| arrived == track));
        if !there || matches!(request.target, Target::Version(_)) {
            all.push(request.clone());
        }
    }
    for (track, there) in arrived {
        let name = &model.tracks[track].name;
        if !all.iter().any(|request| request.track.as_ref() == Some(name)) {
            all.push(explicit((name, &there)));
        }
    }
    bump::bump(model, &all, Permits { lower: true }, today)
}

/// What `bump` may be told to do, a release never does.
fn forward(failure: Failure) -> Failure {
    match &failure.hint {
        Some(hint) if hint.contains("--allow-lower") => failure
            .hint("what is published stays: take a later version (`cargo xtask versions` shows the present ones)"),
        _ => failure,
    }
}

/// The tracks that are asked to move to the version that they are at.
fn half_way(model: &Model<'_>, requests: &[Request]) -> Result<Vec<(usize, Version)>, Failure> {
    let mut found = Vec::new();
    for request in requests {
        let Target::Version(version) = &request.target else { continue };
        for track in bump::named_tracks(model, request.track.as_deref())? {
            if model.tracks[track].current.as_ref().is_some_and(|(current, _)| current == version) {
                found.push((track, version.clone()));
            }
        }
    }
    Ok(found)
}

/// Does a track move with another one?
fn follows(model: &Model<'_>, track: usize, leader: usize) -> bool {
    model.project.tracks[model.tracks[track].rule].with.contains(&model.tracks[leader].rule)
}

/// Refuses to guess: a follower in another repository, none of whose places names the leader, looks the same before it
/// moved and after.
fn expect_seen(model: &Model<'_>, leader: usize, version: &Version, requests: &[Request]) -> Result<(), Failure> {
    let repo = |track: usize| model.project.tracks[model.tracks[track].rule].repo;
    let names = |track: usize| {
        let names =
            |site: &Site| model.files[site.file].repo == repo(track) && model.site_tracks(site).contains(&leader);
        model.sites.iter().any(names)
    };
    for track in (0..model.tracks.len()).filter(|&track| follows(model, track, leader) && repo(track) != repo(leader)) {
        let mut said = false;
        for request in requests.iter().filter(|request| matches!(request.target, Target::Version(_))) {
            said |= request.track.is_some() && bump::named_tracks(model, request.track.as_deref())?.contains(&track);
        }
        if !said && !names(track) {
            let (name, lead) = (&model.tracks[track].name, &model.tracks[leader].name);
            let message = format!(
                "whether `{name}` has moved with `{lead}` {version} can't be seen: none of its places names `{lead}`"
            );
            let hint = format!("say which version it gets: `{lead}={version} {name}=VERSION`");
            return Err(Failure::world(message).hint(hint));
        }
    }
    Ok(())
}

/// The followers that moved with the leader already: every place of the leader in their own manifests says the version.
fn arrived(model: &Model<'_>, leader: usize, version: &Version) -> Vec<(usize, Version)> {
    let rule = |track: usize| &model.project.tracks[model.tracks[track].rule];
    let to = |track: usize| (track == leader).then_some(version);
    let late = |track: usize| {
        let own = |site: &&Site| {
            let member =
                model.manifest(site).family.map(|family| model.slot_track(site, &model.project.tracks[family].name));
            model.files[site.file].repo == rule(track).repo && member.is_none_or(|member| member == Some(track))
        };
        let states = |site: &&Site| model.site_tracks(site).contains(&leader) && model.find_allow(site).is_none();
        let says = |site: &Site| model.wanted(site, &to).is_ok_and(|wanted| wanted == site.value);
        model.sites.iter().filter(own).filter(states).any(|site| !says(site))
    };
    let tracks = (0..model.tracks.len()).filter(|&track| follows(model, track, leader)).filter(|track| !late(*track));
    tracks.filter_map(|track| Some((track, model.tracks[track].current.as_ref()?.0.clone()))).collect()
}

/// Everything that stops a release before it begins: what is wrong with the manifests, and the places that disagree.
///
/// A release that is half-way there has repositories that say the new versions and others that say the old ones: each
/// must agree with itself, or say what it shall say in the end. `text` gives a file's text, for the messages.
pub fn obstacles(model: &Model<'_>, bump: &Bump, today: Date, text: &dyn Fn(usize) -> Option<String>) -> Vec<Failure> {
    let verdict = check::check(model, today);
    let mut failures: Vec<Failure> = verdict
        .findings
        .iter()
        .map(|finding| {
            let failure = Failure::usage(finding.message.clone()).at(finding.place.clone());
            match &finding.hint {
                Some(hint) => failure.hint(hint.clone()),
                None => failure,
            }
        })
        .collect();
    let before = before(model);
    let arrives = |drift: &&Drift| {
        let site = &model.sites[drift.site];
        let repo = model.files[site.file].repo;
        let to = |track: usize| bump.moves.iter().find(|moved| moved.track == track).map(|moved| &moved.to);
        let was = |track: usize| before.get(&(repo, track));
        let in_the_end = model.wanted(site, &to).is_ok_and(|wanted| wanted == site.value);
        let half_way = bump.moves.iter().any(|moved| moved.from.as_ref() == Some(&moved.to));
        in_the_end || half_way && model.wanted(site, &was).is_ok_and(|wanted| wanted == site.value)
    };
    for drift in verdict.drifts.iter().filter(|drift| !arrives(drift)) {
        let file = model.sites[drift.site].file;
        let finding = check::drift_finding(model, drift, text(file).as_deref());
        let mut failure = Failure::world(finding.message).at(finding.place);
        failure.exit = Exit::Drift;
        failures.push(failure);
    }
    if let Some(last) = failures.last_mut().filter(|last| last.exit == Exit::Drift) {
        last.hint = Some("mend it on the remote's branch: `cargo xtask check --fix`, commit, push".to_owned());
    }
    failures
}

/// What each repository says of a track, by its own first place that says the whole version.
fn before(model: &Model<'_>) -> HashMap<(usize, usize), Version> {
    let mut found = HashMap::new();
    for site in &model.sites {
        let Some(solved) = model.entry(site).template.solve(&site.value) else { continue };
        for (slot, text) in solved.iter().filter(|(slot, _)| slot.form == Form::Whole) {
            let Some(track) = model.slot_track(site, &slot.track) else { continue };
            if let Ok(version) = Version::parse(text) {
                found.entry((model.files[site.file].repo, track)).or_insert(version);
            }
        }
    }
    found
}
