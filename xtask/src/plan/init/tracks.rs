//! Which numbers move on their own, and where they stand.

use std::collections::BTreeMap;

use super::draft::{Members, Track};
use super::known::{Role, file_matches};
use super::tags::{self, Group};
use super::{Facts, Site, Verdict, token};
use crate::version::{Scheme, Version};

/// The tracks of a repository, as its tree shows them.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    pub app: Option<App>,
    pub families: Vec<Family>,
    /// Names by which the project's own images and constants are known.
    pub names: Vec<String>,
}

/// The program's track.
#[derive(Debug, Default)]
pub(super) struct App {
    /// Where it stands; none where the manifests disagree and no tag decides.
    pub current: Option<String>,
    /// What the manifests say, where no tag decides between them.
    pub conflict: Option<String>,
    pub tags: Option<Group>,
    pub scheme: Option<&'static str>,
    /// Folders between the root and the leading manifest.
    pub depth: usize,
}

/// A number for each chart or add-on of one parent folder; a single one is a plain track.
#[derive(Debug)]
pub(super) struct Family {
    /// `chart`; also the name that a path binds.
    pub name: String,
    /// `charts/`; empty for the root.
    pub parent: String,
    /// The members' folders.
    pub members: Vec<String>,
    /// Is it one number only, with no family beside it?
    pub single: bool,
    /// Does it move whenever the program does?
    pub with_app: bool,
    /// The family over the same folders with which it moves, member by member.
    pub with_family: Option<String>,
    /// How far, unless by a patch.
    pub bump: Option<&'static str>,
    pub tag: Option<String>,
    pub scheme: Option<&'static str>,
}

impl Family {
    /// The member's folder from the root, if the path lies anywhere in it.
    pub fn inside<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (folder, _) = path.strip_prefix(self.parent.as_str())?.split_once('/')?;
        self.members.iter().any(|member| member == folder).then(|| &path[..self.parent.len() + folder.len()])
    }

    /// A lone chart at the root has no folder.
    pub fn rooted(&self, path: &str) -> Option<&str> {
        (self.single && self.parent.is_empty() && !path.contains('/')).then_some("")
    }

    /// The member's folder, if the path lies in one.
    pub fn member_of(&self, path: &str) -> Option<&str> {
        let (folder, name) = path.strip_prefix(self.parent.as_str())?.split_once('/').unwrap_or_default();
        if name.contains('/') {
            return None;
        }
        self.members.iter().map(String::as_str).find(|member| *member == folder)
    }
}

impl Tracks {
    /// Each as the draft has it: the program first. There is always one, or nobody could fill it in.
    pub fn listed(&self, facts: &Facts, sites: &[Site]) -> Vec<Track> {
        let nothing = App::default();
        let app = self.app.as_ref().or(self.families.is_empty().then_some(&nothing));
        let app = app.map(|app| app.track(facts, sites));
        app.into_iter().chain(self.families.iter().map(Family::track)).collect()
    }
}

impl App {
    fn track(&self, facts: &Facts, sites: &[Site]) -> Track {
        let pattern = self.tags.as_ref().map(Group::pattern).filter(|pattern| pattern != "v{version}");
        // Where all tags count something else, a tag of this track would be a new thing that nobody asked for.
        let foreign = self.tags.is_none() && !facts.tags.is_empty();
        Track {
            name: String::from("app"),
            current: self.current.clone(),
            scheme: self.scheme,
            bump: self.tags.as_ref().and_then(Group::usual_bump),
            tag: if foreign { Some(String::new()) } else { pattern },
            evidence: self.evidence(facts, sites),
            ..Track::default()
        }
    }

    fn evidence(&self, facts: &Facts, sites: &[Site]) -> String {
        let states = |site: &Site| site.verdict == Verdict::Taken && site.template.contains("{app");
        let stated = sites.iter().any(states);
        match (&self.conflict, &self.current, &self.tags) {
            (Some(conflict), ..) => format!("unsure where it stands: {conflict}"),
            (_, None, _) => String::from("no place and no tag states a version yet"),
            (_, Some(current), _) if !stated => format!("at `{current}` by its tags; no place states it for sure"),
            (_, Some(current), Some(group)) if group.latest() == current => {
                format!("at `{current}`, which is also the latest tag")
            }
            (_, Some(current), Some(group)) => {
                format!("at `{current}`; the latest tag is `{}{}`", group.prefix, group.latest())
            }
            (_, Some(current), None) if facts.tags.is_empty() => format!("at `{current}`; there are no tags"),
            (_, Some(current), None) => format!("at `{current}`; the tags count something else"),
        }
    }
}

impl Family {
    fn track(&self) -> Track {
        let many = self.members.len();
        let evidence = match self.single {
            true if !self.members[0].is_empty() => format!("`{}`, with a number of its own", self.members[0]),
            true => format!("`{}`, with a number of its own", self.name),
            false if many == 1 => format!("`{}`, which does not follow the others", self.members[0]),
            false => format!("{many} of them, each with its own number"),
        };
        let members = Members { parent: self.parent.clone(), folders: self.members.clone() };
        Track {
            name: self.name.clone(),
            family: (!self.single).then_some(members),
            scheme: self.scheme,
            with: self.with_app.then(|| String::from("app")).or_else(|| self.with_family.clone()),
            bump: self.bump,
            tag: self.tag.clone(),
            evidence,
            ..Track::default()
        }
    }
}

/// Is the number a placeholder that something else fills in?
pub(super) fn placeholder(number: &str) -> bool {
    number == "0.0.0" || number.starts_with("0.0.0-") || number.starts_with("0.0.0.") || number.starts_with("9999.")
}

/// Decides from the well-known places and the tags.
pub(super) fn decide(facts: &Facts, sites: &[Site], groups: &[Group]) -> Tracks {
    let mut names = vec![facts.name.clone()];
    names.extend(
        sites
            .iter()
            .filter(|site| site.role == Role::Chart)
            .filter_map(|site| member(&site.path))
            .map(|(_, name)| name),
    );
    names.retain(|name| !name.is_empty());
    let app = program(sites, groups, &names);
    let families = families(sites, groups, app.as_ref());
    Tracks { app, families, names }
}

/// How deep a manifest lies; a Python package's own file counts as its parent's.
pub(super) fn depth(site: &Site) -> usize {
    let folders = site.path.matches('/').count();
    let package = matches!(site.format, "python") || site.path.starts_with("src/");
    folders.saturating_sub(usize::from(package)).saturating_sub(usize::from(package && site.path.starts_with("src/")))
}

fn program(sites: &[Site], groups: &[Group], names: &[String]) -> Option<App> {
    let leads = |site: &&Site| matches!(site.role, Role::App | Role::Part(_)) && !placeholder(&site.number);
    let manifests: Vec<_> = sites.iter().filter(leads).collect();
    let group = tags::of_program(groups, names).or(if groups.len() == 1 && !manifests.is_empty() {
        groups.first()
    } else {
        None
    });
    let app = match manifests.iter().map(|site| depth(site)).min() {
        Some(depth) => of_manifests(&manifests, depth, group),
        None => of_trains(sites, group)?,
    };
    Some(finish(app, group, !manifests.is_empty()))
}

fn of_manifests(manifests: &[&Site], shallowest: usize, group: Option<&Group>) -> App {
    let lead: Vec<_> = manifests.iter().filter(|site| depth(site) == shallowest).collect();
    let tagged = group.map(Group::latest).filter(|tag| manifests.iter().any(|site| site.number == **tag));
    // The spelling from which all the others follow.
    let says_all = |number: &str| lead.iter().all(|other| token::dialect(number, &other.number).is_some());
    let agreed = lead.iter().map(|site| &site.number).find(|number| says_all(number));
    let current = agreed.cloned().or(tagged.map(str::to_owned));
    let conflict = current.is_none().then(|| {
        let mut says: Vec<_> = lead.iter().map(|site| format!("`{}` says `{}`", site.path, site.number)).collect();
        says.dedup();
        says.join(", ")
    });
    App { current, conflict, depth: shallowest, ..App::default() }
}

/// Without a manifest: what a tag and a place say both, else what most places say.
fn of_trains(sites: &[Site], group: Option<&Group>) -> Option<App> {
    let counted = |role: Role| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for site in sites.iter().filter(|site| site.role == role && !placeholder(&site.number)) {
            *counts.entry(&site.number).or_default() += 1;
        }
        counts
    };
    let roles = [Role::ChartApp, Role::Train, Role::Follow];
    let tagged = group.map(Group::latest).filter(|tag| roles.iter().any(|role| counted(*role).contains_key(tag)));
    let most = || roles.iter().find_map(|role| dominant(&counted(*role)));
    let stated = sites.iter().any(|site| matches!(site.role, Role::ChartApp | Role::Train | Role::Chart));
    let current = tagged.map(str::to_owned).or_else(most).or_else(|| {
        // The tags of a repository of charts or roles count those, not the program.
        group.filter(|_| !stated).map(|group| group.latest().to_owned())
    });
    current.map(|current| App { current: Some(current), ..App::default() })
}

/// The number that more places state than any other, if they are many or most.
fn dominant(counts: &BTreeMap<&str, usize>) -> Option<String> {
    let total: usize = counts.values().sum();
    let (best, count) = counts.iter().max_by_key(|(_, count)| **count)?;
    let second = counts.iter().filter(|(number, _)| number != &best).map(|(_, count)| *count).max().unwrap_or(0);
    (*count > second && (*count >= 3 || *count * 2 > total)).then(|| (*best).to_owned())
}

/// Adds what the tags and the number's form say.
pub(super) fn finish(mut app: App, group: Option<&Group>, manifests: bool) -> App {
    app.tags = group.filter(|group| counts(group, app.current.as_deref(), manifests)).cloned();
    let newest = app.tags.iter().flat_map(|group| group.versions.iter().take(10)).map(String::as_str);
    app.scheme = scheme(newest.chain(app.current.as_deref()));
    app
}

/// Do these tags count the program? Without a manifest they may be the charts' or the collection's.
fn counts(group: &Group, current: Option<&str>, manifests: bool) -> bool {
    let Some(current) = current else { return manifests };
    let (tag, here) = (token::numbers(group.latest()), token::numbers(current));
    let major = tag.first().zip(here.first()).is_some_and(|(a, b)| a.abs_diff(*b) <= 1);
    let near = || token::left_behind(group.latest(), current) || token::left_behind(current, group.latest());
    group.versions.iter().any(|version| version == current) || if manifests { major } else { near() }
}

/// The scheme that takes all of these, unless it is the default.
pub(super) fn scheme<'a>(versions: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let versions: Vec<&str> = versions.collect();
    let takes = |name: &str| {
        let scheme = Scheme::parse_name(name);
        let fits =
            |text: &&str| Version::parse(text).is_ok_and(|version| scheme.is_some_and(|of| of.check(&version).is_ok()));
        // Numbers from before the years began don't count.
        versions.iter().filter(|text| name != "calver" || begins_with_year(text)).all(fits)
    };
    likely(&versions).map(|name| if takes(name) { name } else { "loose" })
}

/// By the looks of the numbers.
fn likely(versions: &[&str]) -> Option<&'static str> {
    let mut scheme = None;
    for version in versions {
        if begins_with_year(version) {
            return Some("calver");
        }
        if semver::Version::parse(version).is_err() {
            let letters = version.bytes().any(|b| b.is_ascii_alphabetic()) && !version.contains('-');
            scheme = Some(if letters && scheme != Some("loose") { "pep440" } else { "loose" });
        }
    }
    scheme
}

fn begins_with_year(version: &str) -> bool {
    token::numbers(version).first().is_some_and(|first| (1990..2100).contains(first) || *first > 19_900_000)
}

/// `charts/posthog/Chart.yaml` → `charts/`, `posthog`; a manifest at the root has no name.
pub(super) fn member(path: &str) -> Option<(String, String)> {
    let (folder, _) = path.rsplit_once('/')?;
    let (parent, name) = folder.rsplit_once('/').map_or(("", folder), |(parent, name)| (parent, name));
    Some((if parent.is_empty() { String::new() } else { format!("{parent}/") }, name.to_owned()))
}

pub(super) fn families(sites: &[Site], groups: &[Group], app: Option<&App>) -> Vec<Family> {
    let mut parents: Vec<(&str, String, Vec<&Site>)> = Vec::new();
    let counts = |site: &&Site| !placeholder(&site.number) && !subchart(site, sites);
    let charts = sites.iter().filter(|site| site.role == Role::Chart && !file_matches("ChartV3.yaml", &site.path));
    for site in charts.filter(counts) {
        let kind = if file_matches("Chart.yaml", &site.path) { "chart" } else { "addon" };
        let parent = member(&site.path).map_or(String::new(), |(parent, _)| parent);
        match parents.iter_mut().find(|(of, folder, _)| (*of, &folder[..]) == (kind, &parent[..])) {
            Some((_, _, members)) => members.push(site),
            None => parents.push((kind, parent, vec![site])),
        }
    }
    parents.sort_by_key(|(_, _, members)| std::cmp::Reverse(members.len()));
    let mut families: Vec<Family> = Vec::new();
    for (kind, parent, members) in parents {
        let follows = |site: &&&Site| follows(site, sites, app);
        let (with, without): (Vec<&Site>, Vec<&Site>) = members.iter().partition(follows);
        let plain = if with.is_empty() { kind.to_owned() } else { format!("own-{kind}") };
        let single = members.len() == 1;
        for (members, name, with_app) in [(&with, kind.to_owned(), true), (&without, plain, false)] {
            if !members.is_empty() {
                let taken = families.iter().any(|family| family.name == name);
                let name = if taken { unique(&families, members) } else { name };
                families.push(family(name, &parent, members, single, with_app, groups));
            }
        }
    }
    families
}

/// Is it a chart inside another chart's folder?
pub(super) fn subchart(site: &Site, sites: &[Site]) -> bool {
    sites.iter().filter(|other| other.role == Role::Chart).any(|other| {
        let outer = other.path.rsplit_once('/').map(|(folder, _)| format!("{folder}/charts/"));
        outer.is_some_and(|outer| site.path.starts_with(&outer))
    })
}

fn unique(families: &[Family], members: &[&Site]) -> String {
    let folder = member(&members[0].path).map_or_else(|| String::from("root-chart"), |(_, name)| name);
    let names = std::iter::once(folder.clone()).chain((2..).map(|n| format!("{folder}-{n}")));
    names.into_iter().find(|name| !families.iter().any(|family| family.name == *name)).unwrap_or(folder)
}

/// Does the chart install the program's version, or the one before it?
fn follows(chart: &Site, sites: &[Site], app: Option<&App>) -> bool {
    let folder = chart.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let current = app.and_then(|app| app.current.as_deref());
    let here = |site: &&Site| site.path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder;
    let apps = || sites.iter().filter(|site| site.role == Role::ChartApp);
    let say = |number: &str| apps().filter(|site| site.number == number).count();
    current.is_some_and(|current| {
        let behind = |number: &str| token::left_behind(number, current) && say(current) > say(number);
        apps().filter(here).any(|site| site.number == current || behind(&site.number))
    })
}

fn family(name: String, parent: &str, members: &[&Site], single: bool, with_app: bool, groups: &[Group]) -> Family {
    let folder = |site: &&Site| member(&site.path).map_or(String::new(), |(_, name)| name);
    let folders: Vec<String> = members.iter().map(folder).collect();
    let tagged: Vec<_> = folders.iter().filter_map(|folder| tags::of_part(groups, folder)).collect();
    let own = groups.iter().find(|group| single && group.latest() == members[0].number);
    let mark = if tagged.iter().any(|group| group.prefix.ends_with('v')) { "v" } else { "" };
    let tag = match (single, own) {
        (true, Some(group)) => group.pattern(),
        (true, None) => format!("{}-{mark}{{version}}", if folders[0].is_empty() { "chart" } else { &folders[0] }),
        _ => format!("{{{name}}}-{mark}{{version}}"),
    };
    let chart = members.iter().all(|site| file_matches("Chart.yaml", &site.path));
    let three = members.iter().all(|site| semver::Version::parse(&site.number).is_ok());
    Family {
        scheme: match (three, chart) {
            (true, true) => Some("chart"),
            (true, false) => None,
            _ => Some("loose"),
        },
        tag: Some(tag),
        parent: parent.to_owned(),
        members: folders,
        single,
        with_app,
        with_family: None,
        bump: None,
        name,
    }
}
