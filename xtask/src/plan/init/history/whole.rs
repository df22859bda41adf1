//! Nothing names what is not there: each slot means a track, each track has a place.

use std::collections::HashSet;

use super::super::draft::{Draft, Track};
use super::super::{Site, Verdict};
use crate::template::Template;

/// Leaves out places whose number no track counts, tracks that no place states, and what would follow or name them.
pub(in crate::plan::init) fn make(draft: &mut Draft) {
    // What is left out may have been the last place of a member.
    while leave_places(&draft.tracks, &mut draft.sites) {}
    let taken = draft.sites.iter().filter(|site| site.verdict == Verdict::Taken);
    let stated: HashSet<String> = taken.flat_map(|site| slots(&site.template)).collect();
    let tracks = &mut draft.tracks;
    if tracks.iter().any(|track| stated.contains(&track.name)) {
        tracks.retain(|track| stated.contains(&track.name));
    } else {
        tracks.truncate(1);
    }
    let names: HashSet<String> = tracks.iter().map(|track| track.name.clone()).collect();
    for track in tracks.iter_mut() {
        track.with = track.with.take().filter(|leader| names.contains(leader));
    }
    let alone = |name: &String| draft.tracks.iter().any(|track| track.name == *name && track.family.is_none());
    draft.commit = draft.commit.take().filter(|subject| slots(subject).iter().all(alone));
}

/// Leaves out places that name no track and no member: was there one?
fn leave_places(tracks: &[Track], sites: &mut [Site]) -> bool {
    // A member is there if a place in its folder states it; others may then name it.
    let members = members(tracks, sites);
    let mut any = false;
    for site in sites.iter_mut().filter(|site| site.verdict != Verdict::Left) {
        let member = |slot: &String| site.verdict == Verdict::Taken && members.contains(slot);
        let known = |slot: &String| is_own(tracks, &site.path, slot) || member(slot);
        if !slots(&site.template).iter().all(known) {
            site.set(Verdict::Left, String::new(), "no track counts its number");
            any = true;
        }
    }
    any
}

fn slots(template: &str) -> Vec<String> {
    let template = Template::parse(template);
    template.map_or_else(|_| Vec::new(), |template| template.slots().map(|slot| slot.track.clone()).collect())
}

/// Is it a track's name that means one number at this path?
fn is_own(tracks: &[Track], path: &str, slot: &str) -> bool {
    let means = |track: &Track| track.family.as_ref().is_none_or(|members| members.split(path).is_some());
    tracks.iter().any(|track| track.name == slot && means(track))
}

fn members(tracks: &[Track], sites: &[Site]) -> HashSet<String> {
    let mut found = HashSet::new();
    for site in sites.iter().filter(|site| site.verdict == Verdict::Taken) {
        for slot in slots(&site.template) {
            let family = tracks.iter().find(|track| track.name == slot).and_then(|track| track.family.as_ref());
            found.extend(family.and_then(|members| members.split(&site.path)).map(|(member, _)| member.to_owned()));
        }
    }
    found
}
