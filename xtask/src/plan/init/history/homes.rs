//! From trains to tracks: the program, charts, families of packages, numbers that move beside them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::draft::{Members, Track};
use super::super::kin::About;
use super::super::known::Role;
use super::super::places::{Spot, Step};
use super::super::tracks::{self, Family, Tracks, placeholder};
use super::super::trains::{Train, key};
use super::super::{Site, kin, names, skip, tags};
use super::{History, kept};

/// More tracks than this nobody can oversee: the rest stays as it is.
const MOST: usize = 24;

/// So many names fit into a line.
const NAMED: usize = 12;

/// How a train's number is called in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// By the track's name.
    Track(String),
    /// By the family's name inside a member's folder, by the member's elsewhere.
    Member(String, Members, String),
}

/// Where each train belongs, and the tracks that the tree alone didn't show.
#[derive(Debug, Default)]
pub(super) struct Homes {
    pub of_train: Vec<Option<Home>>,
    pub extra: Vec<Track>,
    /// Names that members of several families have.
    pub shared: BTreeSet<String>,
    /// How many of the tracks, the last ones, are others' numbers that people keep by hand.
    pub kept: usize,
    /// Such numbers that get no track: there are too many.
    pub beyond: Vec<String>,
}

impl Homes {
    /// The slot that means this train's number in a file; none where its name would mean another one's as well.
    pub fn slot(&self, train: usize, path: &str) -> Option<String> {
        let slot = self.of_train[train].as_ref()?.slot(path)?;
        (!self.shared.contains(&slot)).then_some(slot)
    }

    /// Is there a track besides the program's by which this number of the program is told already?
    pub fn replace(&self, current: Option<&str>) -> bool {
        let same = |track: &Track| track.current.as_deref().map(key) == current.map(key);
        self.extra.len() > self.kept || self.extra.iter().any(same)
    }

    /// What a person should know who misses a track.
    pub fn note(&self) -> Option<String> {
        let (few, more) = self.beyond.split_at(self.beyond.len().min(NAMED));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        (!few.is_empty()).then(|| format!("kept by hand as well, and left alone: {}{more}", few.join(", ")))
    }
}

impl Home {
    /// The slot that means this number in a file.
    pub fn slot(&self, path: &str) -> Option<String> {
        match self {
            Home::Track(name) => Some(name.clone()),
            Home::Member(family, members, member) => match members.split(path) {
                Some((of, _)) if of == member => Some(family.clone()),
                _ => member.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)).then(|| member.clone()),
            },
        }
    }
}

/// Does a family move with the program, and how far?
pub(super) fn relate(families: &mut [Family], past: &History, sites: &[Site], program: Option<usize>) {
    let Some(leader) = program.map(|program| &past.trains[program]) else { return };
    for family in families {
        let trains: Vec<&Train> =
            members(family, past, sites).into_iter().map(|(_, train)| &past.trains[train]).collect();
        let Some(since) = trains.iter().filter_map(|train| train.changes().last()).max() else {
            family.with_app &= leader.releases.len() < 2;
            continue;
        };
        let steps = |change: usize| -> Vec<&Step> {
            trains.iter().flat_map(|train| &train.releases).filter(|step| step.change == change).collect()
        };
        let level = kin::along(leader, &steps, since);
        family.with_app = level.is_some();
        family.bump = level.filter(|level| *level != "patch");
    }
}

/// The members of a family whose number has a train.
fn members(family: &Family, past: &History, sites: &[Site]) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for (at, site) in sites.iter().enumerate().filter(|(_, site)| site.role == Role::Chart) {
        let Some(member) = family.member_of(&site.path).or_else(|| family.rooted(&site.path)) else { continue };
        if found.iter().all(|(name, _)| name != member) {
            found.extend(past.train_of_site(at).map(|train| (member.to_owned(), train)));
        }
    }
    found
}

/// A home for every train that has one.
pub(super) fn find(past: &History, sites: &[Site], tree: &mut Tracks, program: Option<usize>) -> Homes {
    let mut homes = Homes { of_train: vec![None; past.trains.len()], ..Homes::default() };
    if let Some(program) = program {
        homes.of_train[program] = Some(Home::Track(String::from("app")));
    }
    for family in &tree.families {
        let folders = Members { parent: family.parent.clone(), folders: family.members.clone() };
        for (member, train) in members(family, past, sites) {
            let home = match family.single {
                true => Home::Track(family.name.clone()),
                false => Home::Member(family.name.clone(), folders.clone(), member),
            };
            homes.of_train[train].get_or_insert(home);
        }
    }
    for family in tree.families.iter_mut().filter(|family| !family.single) {
        upstreams(past, sites, family, &mut homes);
    }
    packages(past, sites, tree, &mut homes, program);
    others(past, tree, &mut homes, program);
    installed(past, sites, tree, &homes);
    kept_by_hand(past, tree, &mut homes);
    homes.shared = shared(&homes);
    homes
}

fn shared(homes: &Homes) -> BTreeSet<String> {
    let mut families: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for home in homes.of_train.iter().flatten() {
        if let Home::Member(family, _, member) = home {
            families.entry(member).or_default().insert(family);
        }
    }
    families.into_iter().filter(|(_, of)| of.len() > 1).map(|(member, _)| member.to_owned()).collect()
}

/// What each chart of a family installs, where that is a number of its own: a family over the same folders.
fn upstreams(past: &History, sites: &[Site], family: &mut Family, homes: &mut Homes) {
    let charts = members(family, past, sites);
    let mut found: Vec<(String, usize)> = Vec::new();
    for (at, site) in sites.iter().enumerate().filter(|(_, site)| site.role == Role::ChartApp) {
        let free = past.train_of_site(at).filter(|train| homes.of_train[*train].is_none());
        let Some((member, train)) = family.member_of(&site.path).zip(free) else { continue };
        if found.iter().all(|(name, of)| name != member && *of != train) {
            found.push((member.to_owned(), train));
        }
    }
    let taken =
        |name: &str| homes.extra.iter().any(|track| track.name == name) || family.members.iter().any(|of| of == name);
    let name = names::unique("upstream", &taken);
    let folders: Vec<String> = found.iter().map(|(member, _)| member.clone()).collect();
    let Some((_, first)) = found.first() else { return };
    let members = Members { parent: family.parent.clone(), folders };
    let evidence = format!("what {} of them install, each at its own number", found.len());
    homes.extra.push(Track {
        evidence,
        bump: None,
        tag: Some(String::new()),
        ..track(past, *first, &name, Some(members.clone()))
    });
    let mut pairs: Vec<(&Step, Option<&Step>)> = Vec::new();
    for (member, train) in &found {
        homes.of_train[*train] = Some(Home::Member(name.clone(), members.clone(), member.clone()));
        let Some((_, chart)) = charts.iter().find(|(of, _)| of == member) else { continue };
        pairs.extend(kin::pairs(&past.trains[*train], &past.trains[*chart]));
    }
    if let Some(level) = kin::mostly(&pairs).filter(|_| !family.with_app) {
        family.bump = Some(level).filter(|level| *level != "patch");
        family.with_family = Some(name);
    }
}

/// A number that is the project's own, and has no home yet.
fn homeless<'a>(past: &'a History, homes: &Homes) -> impl Iterator<Item = usize> + use<'a> {
    let free: Vec<usize> = (0..past.trains.len()).filter(|train| homes.of_train[*train].is_none()).collect();
    // What a manifest states is a number to release, even where it is one that stood elsewhere before.
    let states = |role: &Role| matches!(role, Role::App | Role::ChartApp);
    let leads = move |about: &About| about.repeats.is_none() || about.roles.iter().any(states);
    // What stands in lock files only is released elsewhere.
    let locked =
        move |train: &usize| past.trains[*train].spots.iter().all(|spot| skip::is_lock(&past.spots[*spot].path));
    let own = move |train: &usize| leads(&past.about[*train]) && !placeholder(&lead(past, *train).value);
    free.into_iter().filter(move |train| own(train) && !locked(train))
}

fn lead<'a>(past: &'a History, train: usize) -> &'a Spot {
    &past.spots[past.trains[train].lead]
}

/// Parent folder, file name and locator → the folders in which such a manifest has a train, each with it.
pub(super) type Siblings = BTreeMap<(String, String, String), Vec<(String, usize)>>;

/// Manifests of one name in sibling folders, by the trains of these that state them.
pub(super) fn siblings(past: &History, sites: &[Site], trains: impl Iterator<Item = usize>) -> Siblings {
    let mut groups = Siblings::new();
    for train in trains {
        let states = |spot: &&usize| past.cover[**spot].is_some_and(|site| sites[site].role == Role::App);
        let spot = past.trains[train].spots.iter().find(states);
        let Some(site) = spot.and_then(|spot| past.cover[*spot]).map(|site| &sites[site]) else { continue };
        let Some((parent, folder)) = tracks::member(&site.path) else { continue };
        let file = site.path.rsplit('/').next().unwrap_or_default().to_owned();
        groups.entry((parent, file, site.locator.clone())).or_default().push((folder, train));
    }
    groups
}

/// Sibling folders with a number each are a family.
fn packages(past: &History, sites: &[Site], tree: &Tracks, homes: &mut Homes, program: Option<usize>) {
    for ((parent, file, _), group) in siblings(past, sites, homeless(past, homes)) {
        let taken = |name: &str| is_taken(name, tree, homes) || group.iter().any(|(folder, _)| folder == name);
        if let [(folder, train)] = &group[..] {
            let name = names::unique(&names::singular(folder), &|name| is_taken(name, tree, homes));
            let level = with(past, *train, program);
            homes.extra.push(following(track(past, *train, &name, None), level));
            homes.of_train[*train] = Some(Home::Track(name));
            continue;
        }
        let name = names::unique(&names::one_of(&parent, &file), &taken);
        let folders = group.iter().map(|(folder, _)| folder.clone()).collect();
        let members = Members { parent, folders };
        let mut levels = group.iter().map(|(_, train)| with(past, *train, program));
        let level = levels.next().flatten().filter(|first| levels.all(|level| level == Some(*first)));
        homes.extra.push(following(track(past, group[0].1, &name, Some(members.clone())), level));
        for (folder, train) in group {
            homes.of_train[train] = Some(Home::Member(name.clone(), members.clone(), folder));
        }
    }
}

/// What moves beside the project's numbers, and what is its own otherwise.
fn others(past: &History, tree: &Tracks, homes: &mut Homes, program: Option<usize>) {
    let mut rest: Vec<usize> =
        homeless(past, homes).filter(|train| past.about[*train].own || past.about[*train].beside).collect();
    rest.sort_by_key(|train| past.trains[*train].changes().next());
    for train in rest.into_iter().take(MOST) {
        let spot = lead(past, train);
        let name = names::unique(&names::of_place(&spot.path, &spot.mask), &|name| is_taken(name, tree, homes));
        homes.extra.push(following(track(past, train, &name, None), with(past, train, program)));
        homes.of_train[train] = Some(Home::Track(name));
    }
}

/// Another project's numbers that people keep by hand: tracks without a tag, so many as can be overseen.
fn kept_by_hand(past: &History, tree: &Tracks, homes: &mut Homes) {
    let found = kept::find(past, homes, homeless(past, homes));
    let room = MOST.saturating_sub(homes.extra.len());
    for (at, train) in found.into_iter().enumerate() {
        let spot = lead(past, train);
        let name = names::unique(&names::of_place(&spot.path, &spot.mask), &|name| is_taken(name, tree, homes));
        if at < room {
            homes.extra.push(track(past, train, &name, None));
            homes.of_train[train] = Some(Home::Track(name));
            homes.kept += 1;
        } else {
            homes.beyond.push(format!("`{name}`"));
        }
    }
}

/// By how much a number that is the project's own moves whenever the program does. Another project's can't be counted
/// on.
fn with(past: &History, train: usize, program: Option<usize>) -> Option<&'static str> {
    along(past, train, program.filter(|_| past.about[train].own)?)
}

fn along(past: &History, train: usize, leader: usize) -> Option<&'static str> {
    let releases = &past.trains[train].releases;
    let steps = |change: usize| releases.iter().filter(|step| step.change == change).collect();
    kin::along(&past.trains[leader], &steps, past.trains[train].changes().last()?)
}

/// A track that follows the program by this level, if there is one.
fn following(mut track: Track, level: Option<&'static str>) -> Track {
    if level.is_some() {
        track.with = Some(String::from("app"));
        track.bump = level.filter(|level| *level != "patch");
    }
    track
}

/// A lone chart that doesn't follow the program follows what it installs, where that is a number of its own.
fn installed(past: &History, sites: &[Site], tree: &mut Tracks, homes: &Homes) {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    for family in tree.families.iter_mut().filter(|family| family.single && !family.with_app) {
        let Some((_, chart)) = members(family, past, sites).first().cloned() else { continue };
        let own = folder(&lead(past, chart).path);
        let apps =
            sites.iter().enumerate().filter(|(_, site)| site.role == Role::ChartApp && folder(&site.path) == own);
        for (train, name) in
            apps.filter_map(|(at, _)| past.train_of_site(at)).filter_map(|train| match &homes.of_train[train] {
                Some(Home::Track(name)) if *name != family.name => Some((train, name)),
                _ => None,
            })
        {
            if let Some(level) = along(past, chart, train) {
                family.with_family = Some(name.clone());
                family.bump = Some(level).filter(|level| *level != "patch");
            }
        }
    }
}

/// The tags of a family, where those of one of its members are known.
fn tag(past: &History, name: &str, family: &Members) -> Option<String> {
    let groups = tags::group(&past.facts.tags);
    let prefix =
        family.folders.iter().find_map(|folder| Some(&tags::of_part(&groups, folder)?.prefix[folder.len()..]))?;
    Some(format!("{{{name}}}{prefix}{{version}}"))
}

fn is_taken(name: &str, tree: &Tracks, homes: &Homes) -> bool {
    let member = |track: &Track| track.family.iter().flat_map(|family| &family.folders).any(|folder| folder == name);
    let family =
        |family: &Family| family.name == name || (!family.single && family.members.iter().any(|of| of == name));
    name == "app"
        || tree.families.iter().any(family)
        || homes.extra.iter().any(|track| track.name == name || member(track))
}

fn track(past: &History, train: usize, name: &str, family: Option<Members>) -> Track {
    let releases = &past.trains[train].releases;
    let current = lead(past, train).value.clone();
    let numbers = releases.iter().take(10).map(|step: &Step| step.new.as_str()).chain([current.as_str()]);
    let count = releases.len();
    let times = if count == 1 { String::from("once") } else { format!("{count} times") };
    let whose = match (&family, past.about[train].own) {
        (Some(family), _) => format!("{} of them, each with its own number", family.folders.len()),
        (None, true) => format!("a number of its own, at `{current}`: moved {times}"),
        (None, false) if !past.about[train].beside => format!("at `{current}`, kept by hand: moved {times}"),
        (None, false) => format!("at `{current}`: moved {times}, with the project's own numbers"),
    };
    let tag = family.as_ref().and_then(|family| tag(past, name, family)).unwrap_or_default();
    Track {
        name: name.to_owned(),
        scheme: tracks::scheme(numbers),
        bump: kin::usual_level(releases.iter()).filter(|level| *level != "patch"),
        tag: Some(tag),
        current: family.is_none().then_some(current),
        with: None,
        evidence: whose,
        family,
    }
}
