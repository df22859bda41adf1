//! Nothing names what is not there: each slot means a track, each track has a place.

use std::collections::HashSet;

use super::draft::Track;
use super::known::Role;
use super::{Site, Verdict};
use crate::template::{Form, Template};
use crate::version::{Scheme, Version};

/// Leaves out places whose number no track counts, tracks that no place states, and what would follow them.
pub(super) fn make(tracks: &mut Vec<Track>, sites: &mut [Site]) {
    for site in sites.iter_mut().filter(|site| site.verdict == Verdict::Unsure) {
        if !slots(site).iter().all(|slot| is_own(tracks, &site.path, slot)) {
            site.set(Verdict::Left, String::new(), "no track counts its number");
        }
    }
    if tracks.len() > 1 {
        tracks.retain(|track| track.family.is_some() || track.name == "app" || is_stated(track, sites));
    }
    // What is left out may have been the last place of a member.
    while leave_out(tracks, sites) {}
    let stated: HashSet<String> = sites.iter().filter(|site| site.verdict == Verdict::Taken).flat_map(slots).collect();
    if tracks.iter().any(|track| stated.contains(&track.name)) {
        tracks.retain(|track| stated.contains(&track.name));
    } else {
        tracks.truncate(1);
    }
    let names: HashSet<String> = tracks.iter().map(|track| track.name.clone()).collect();
    for track in tracks.iter_mut().filter(|track| track.with.as_ref().is_none_or(|leader| !names.contains(leader))) {
        track.leave_leader();
    }
}

/// Can the subject of a commit be filled: does each of its slots mean one track?
pub(super) fn is_said(subject: &str, tracks: &[Track]) -> bool {
    let alone = |name: &str| tracks.iter().any(|track| track.name == name && track.family.is_none());
    Template::parse(subject).is_ok_and(|subject| subject.slots().all(|slot| alone(&slot.track)))
}

/// Do its places say it whole, one of them or several together? From a piece alone nobody can tell where it stands.
fn is_stated(track: &Track, sites: &[Site]) -> bool {
    let scheme = track.scheme.and_then(Scheme::parse_name).unwrap_or(Scheme::Semver);
    let mut parts = Vec::new();
    // What is written with a release only may say anything between two.
    let checked = |site: &&Site| {
        let seldom = site.seen.as_ref().is_some_and(|seen| seen.finals || seen.between);
        site.verdict == Verdict::Taken && site.role != Role::Reset && !seldom
    };
    for site in sites.iter().filter(checked) {
        let Ok(template) = Template::parse(&site.template) else { continue };
        for (slot, text) in
            template.solve(&site.value).into_iter().flatten().filter(|(slot, _)| slot.track == track.name)
        {
            match slot.form {
                Form::Whole | Form::Dialect(_) => return true,
                Form::Part(_) | Form::Padded(..) => {
                    parts.extend(slot.part(&text).map(|(part, text)| (part, text.to_owned())));
                }
            }
        }
    }
    Version::from_parts_in(&parts, scheme).is_some()
}

/// Leaves out taken places that name no track and no member: was there one?
fn leave_out(tracks: &[Track], sites: &mut [Site]) -> bool {
    // A member is there if a place in its folder states it; others may then name it.
    let members = members(tracks, sites);
    let mut any = false;
    for site in sites.iter_mut().filter(|site| site.verdict == Verdict::Taken) {
        let known = |slot: &String| is_own(tracks, &site.path, slot) || members.contains(slot);
        if !slots(site).iter().all(known) {
            site.set(Verdict::Left, String::new(), "no track counts its number");
            any = true;
        }
    }
    any
}

fn slots(site: &Site) -> Vec<String> {
    let template = Template::parse(&site.template);
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
        for slot in slots(site) {
            let family = tracks.iter().find(|track| track.name == slot).and_then(|track| track.family.as_ref());
            found.extend(family.and_then(|members| members.split(&site.path)).map(|(member, _)| member.to_owned()));
        }
    }
    found
}
