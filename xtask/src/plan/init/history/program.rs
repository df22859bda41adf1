//! Which train is the program's.

use super::super::known::Role;
use super::super::tags::{self, Group};
use super::super::tracks::{self, App, Tracks, placeholder};
use super::super::trains::key;
use super::super::weigh::is_early;
use super::super::{Site, token};
use super::History;
use super::homes::{self, Siblings};

/// The train that leads, if one does clearly.
pub(super) fn find(past: &History, sites: &[Site], tree: &Tracks, groups: &[Group]) -> Option<usize> {
    let group = tags::of_program(groups, &tree.names).and_then(|of| groups.iter().position(|group| group == of));
    let shallowest = sites.iter().filter(|site| states(site)).map(tracks::depth).min();
    let siblings = homes::siblings(past, sites, (0..past.trains.len()).filter(|train| past.about[*train].own));
    let fit =
        (0..past.trains.len()).filter(|train| may_lead(past, tree, *train) && !is_sibling(past, &siblings, *train));
    let best = fit.max_by_key(|train| {
        let train = *train;
        let score = score(past, sites, tree, group, shallowest, train);
        (score, past.trains[train].spots.len().min(20), past.trains[train].releases.len(), std::cmp::Reverse(train))
    });
    best.filter(|train| !is_behind(past, sites, *train))
}

/// Is a manifest that has not moved yet on its way to the version after it? Then what moves repeats what was released.
fn is_behind(past: &History, sites: &[Site], train: usize) -> bool {
    let lead = &past.spots[past.trains[train].lead].value;
    let ahead = |site: &Site| is_early(&site.number) && !is_early(lead) && token::left_behind(lead, &site.number);
    let covered =
        past.trains[train].spots.iter().any(|spot| past.cover[*spot].is_some_and(|site| states(&sites[site])));
    let waits = |(at, site): (usize, &Site)| states(site) && ahead(site) && past.train_of_site(at).is_none();
    !covered && sites.iter().enumerate().any(waits)
}

fn states(site: &Site) -> bool {
    matches!(site.role, Role::App | Role::Part(_)) && !placeholder(&site.number)
}

/// A chart's number doesn't lead, nor does one of a single member of a family.
fn may_lead(past: &History, tree: &Tracks, train: usize) -> bool {
    let about = &past.about[train];
    let has = |wanted: &[Role]| about.roles.iter().any(|role| wanted.contains(role));
    let chart = has(&[Role::Chart]) && !has(&[Role::App, Role::ChartApp]);
    let lead = &past.spots[past.trains[train].lead];
    let member = inside(tree, &lead.path);
    let alone =
        member.is_some() && past.trains[train].spots.iter().all(|spot| inside(tree, &past.spots[*spot].path) == member);
    // What a manifest states is a number to release, even where it is one that stood elsewhere before.
    let leads = about.repeats.is_none() || about.roles.iter().any(|role| matches!(role, Role::App | Role::Part(_)));
    about.own && leads && !chart && !alone && !placeholder(&lead.value)
}

/// Is it one of several packages side by side, and stands nowhere else?
fn is_sibling(past: &History, siblings: &Siblings, train: usize) -> bool {
    let inside = |folder: &str| past.trains[train].spots.iter().all(|spot| past.spots[*spot].path.starts_with(folder));
    siblings.iter().any(|((parent, ..), group)| {
        group.len() > 1 && group.iter().any(|(folder, other)| *other == train && inside(&format!("{parent}{folder}/")))
    })
}

/// The folder of a family's member in which a path lies.
fn inside<'a>(tree: &Tracks, path: &'a str) -> Option<&'a str> {
    tree.families.iter().filter(|family| !family.single).find_map(|family| family.inside(path))
}

fn score(
    past: &History,
    sites: &[Site],
    tree: &Tracks,
    group: Option<usize>,
    shallowest: Option<usize>,
    train: usize,
) -> usize {
    let about = &past.about[train];
    let last = past.trains[train].releases.len().clamp(1, 4);
    let covered = past.trains[train].spots.iter().filter_map(|spot| past.cover[*spot]).map(|site| &sites[site]);
    let shallow = covered.filter(|site| states(site)).any(|site| Some(tracks::depth(site)) == shallowest);
    let tagged = if about.group == group { about.tagged } else { 0 };
    let lead = &past.spots[past.trains[train].lead];
    let current = tree.app.as_ref().and_then(|app| app.current.as_deref());
    let often = |count: usize| if count * 2 >= last { count.min(4) } else { 0 };
    6 * usize::from(shallow)
        + 2 * often(tagged)
        + often(about.tagged)
        + often(about.announced)
        + 2 * usize::from(about.roles.contains(&Role::ChartApp))
        + 2 * usize::from(current.is_some_and(|current| key(current) == key(&lead.value)))
        + last
}

/// The program's track, as this train has it.
pub(super) fn app(past: &History, train: usize, sites: &[Site], groups: &[Group], tree: &Tracks) -> App {
    let lead = &past.spots[past.trains[train].lead];
    let about = &past.about[train];
    let group = about.group.map(|group| &groups[group]).or_else(|| tags::of_program(groups, &tree.names));
    let manifests = about.roles.iter().any(|role| matches!(role, Role::App | Role::Part(_)));
    let depths = past.trains[train].spots.iter().filter_map(|spot| past.cover[*spot]).map(|site| &sites[site]);
    let depth = depths.filter(|site| states(site)).map(tracks::depth).min().unwrap_or(0);
    let mut app = tracks::finish(App { current: Some(lead.value.clone()), depth, ..App::default() }, group, manifests);
    let numbers = || past.trains[train].releases.iter().take(20).map(|step| step.new.as_str());
    let tagged = app.tags.iter().flat_map(|group| group.versions.iter().take(20)).map(String::as_str);
    app.scheme = tracks::scheme(numbers().chain(tagged).chain([lead.value.as_str()]));
    app
}
