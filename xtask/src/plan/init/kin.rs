//! How trains stand to each other, and whose they are.

use std::collections::HashMap;

use super::draft::SAME;
use super::known::Role;
use super::past::Past;
use super::places::{Spot, Step};
use super::tags::Group;
use super::trains::{Train, key};
use super::weigh::is_early;
use super::{Site, skip, token};
use crate::version::{Scheme, Version};

/// How many of the last moves are looked at.
const LAST: usize = 4;

/// What repeats a number comes before that has moved on so often.
const LATE: usize = 3;

/// What is known of a train besides its moves.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    /// The well-known places in it.
    pub roles: Vec<Role>,
    /// How many of its last numbers are tags, and of which group.
    pub tagged: usize,
    pub group: Option<usize>,
    /// How many of its last numbers a commit's subject gives as the release's.
    pub announced: usize,
    /// The train whose numbers it repeats later.
    pub repeats: Option<usize>,
    /// Is it the project's own number, by itself?
    pub own: bool,
    /// Does it move with a number that is the project's own?
    pub beside: bool,
}

/// Everything about each train. `cover` gives the well-known place of a spot.
pub(super) fn about(
    trains: &[Train],
    spots: &[Spot],
    sites: &[Site],
    cover: &[Option<usize>],
    past: &Past,
    groups: &[Group],
    names: &[String],
) -> Vec<About> {
    let roles = |train: &Train| -> Vec<Role> {
        train.spots.iter().filter_map(|spot| cover[*spot]).map(|site| sites[site].role).collect()
    };
    let mut all: Vec<About> = trains.iter().map(|train| alone(train, roles(train), past, groups, names)).collect();
    for (at, repeated) in repeated(trains).into_iter().enumerate() {
        all[at].repeats = repeated;
    }
    let own: Vec<usize> = (0..trains.len()).filter(|at| all[*at].own && all[*at].repeats.is_none()).collect();
    for at in 0..trains.len() {
        let with = |other: &usize| *other != at && is_companion(&trains[at], &trains[*other], spots);
        all[at].beside = own.iter().any(with);
    }
    all
}

/// For each train the one whose numbers it repeats, if it does.
fn repeated(trains: &[Train]) -> Vec<Option<usize>> {
    let mut by_number: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, train) in trains.iter().enumerate() {
        train.releases.iter().for_each(|step| by_number.entry(key(&step.new)).or_default().push(at));
    }
    let of = |(at, train): (usize, &Train)| {
        let newest = by_number.get(&key(&train.releases.first()?.new))?;
        newest.iter().copied().find(|other| *other != at && repeats(train, &trains[*other]))
    };
    trains.iter().enumerate().map(of).collect()
}

/// Does a number that is not the project's move with one that is, again and again?
fn is_companion(train: &Train, own: &Train, spots: &[Spot]) -> bool {
    let path = |train: &Train| spots[train.lead].path.as_str();
    let folder = path(own).rsplit_once('/').map_or("", |(folder, _)| folder);
    let near = !folder.is_empty() && path(train).strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let depends = train.spots.iter().all(|spot| skip::names_dependencies(&spots[*spot].path));
    !depends && beside(train, own) && (near || train.releases.len() >= 2)
}

fn alone(train: &Train, roles: Vec<Role>, past: &Past, groups: &[Group], names: &[String]) -> About {
    let last: Vec<&Step> = train.releases.iter().take(LAST).collect();
    // A tag of the same number may be years older: only those that name the commit, or speak of what it made, count.
    let named = |step: &Step, group: &Group| {
        let says = |tag: &String| tag.strip_prefix(&group.prefix).is_some_and(|rest| key(rest) == key(&step.new));
        past.changes[step.change].tags.iter().any(says)
    };
    let tags = |group: &Group| last.iter().filter(|step| named(step, group)).count().max(lately(&last, group));
    let (group, tagged) =
        groups.iter().map(tags).enumerate().max_by_key(|(at, count)| (*count, std::cmp::Reverse(*at))).unzip();
    let tagged = tagged.unwrap_or(0);
    let announced = last.iter().filter(|step| announces(&past.changes[step.change].subject, &step.new, names)).count();
    let known = roles.iter().any(|role| matches!(role, Role::App | Role::Part(_) | Role::Chart | Role::ChartApp));
    let half = |count: usize| count > 0 && count * 2 >= last.len();
    About {
        own: known || half(tagged) || half(announced),
        group: group.filter(|_| half(tagged)),
        tagged,
        announced,
        roles,
        repeats: None,
        beside: false,
    }
}

/// How many of these numbers are tags, where the newest is among the newest tags and hardly any is missing: tags that
/// were made before the numbers moved, or after.
fn lately(last: &[&Step], group: &Group) -> usize {
    let newest = group.versions.iter().take(3).any(|tag| last.first().is_some_and(|step| key(tag) == key(&step.new)));
    let count = last.iter().filter(|step| group.versions.iter().any(|tag| key(tag) == key(&step.new))).count();
    if newest && count >= 3 { count } else { 0 }
}

/// Words around a number in the subject of a release.
const GENERIC: &[&str] = &[
    "release",
    "released",
    "releasing",
    "releases",
    "version",
    "versions",
    "bump",
    "bumped",
    "bumping",
    "bumps",
    "prepare",
    "preparing",
    "prep",
    "for",
    "to",
    "the",
    "new",
    "v",
    "a",
    "chore",
    "build",
    "cut",
    "tag",
    "set",
    "update",
    "updated",
    "updates",
    "from",
    "and",
    "of",
    "in",
    "docs",
    "doc",
    "rc",
    "final",
    "next",
    "development",
    "iteration",
    "dev",
    "maven",
    "plugin",
    "is",
    "publish",
    "start",
    "ver",
    "feat",
    "ci",
    "mark",
    "changelog",
    "snapshot",
    "begin",
    "post",
    "pre",
    "ready",
    "stable",
    "latest",
    "upgrade",
    "develop",
    "preparation",
    "x",
    "back",
    "merge",
    "branch",
    "pull",
    "request",
    "files",
    "number",
    "numbers",
    "app",
    "chart",
    "package",
    "beta",
    "alpha",
    "candidate",
];

/// Does a subject give this number as the release's, and not as something else's?
fn announces(subject: &str, number: &str, names: &[String]) -> bool {
    let Some(span) = token::whole(subject, number).into_iter().next() else { return false };
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().any(char::is_alphabetic))
            .map(str::to_lowercase)
            .collect()
    };
    let squeezed: Vec<String> = names.iter().map(|name| token::squeeze(name)).collect();
    let known = |word: &String| {
        GENERIC.contains(&word.as_str()) || squeezed.iter().any(|name| !name.is_empty() && name.contains(word.as_str()))
    };
    let before = words(&subject[..span.start]);
    !before.iter().any(|word| word == "deps" || word == "dependency") && before.iter().all(known)
}

/// Does `a` take the numbers of `b`, each some commits later, while `b` has hardly moved on?
fn repeats(a: &Train, b: &Train) -> bool {
    let last: Vec<&Step> = a.releases.iter().take(LAST).collect();
    let earlier = |step: &&&Step| {
        let before = b.releases.iter().filter(|of| of.change > step.change).take(LATE);
        before.into_iter().any(|of| key(&of.new) == key(&step.new))
    };
    let count = last.iter().filter(earlier).count();
    count > 0 && count * 4 >= last.len() * 3 && (last.len() > 1 || key(&last[0].new).len() > 2)
}

/// Did `a` make at least half of its last moves in commits in which `b` moved?
fn beside(a: &Train, b: &Train) -> bool {
    let last: Vec<usize> = a.changes().take(LAST).collect();
    let shared = last.iter().filter(|change| b.changes().any(|other| other == **change)).count();
    shared > 0 && shared * 2 >= last.len()
}

/// By how much a number goes along with one that leads: `patch` and the like, or `same` where it goes as far as that
/// one. Only where it moved in each of the last releases, and these agree. `since` is the oldest change in which it is
/// known to have moved, `moved` are its steps in a change.
pub(super) fn along<'a>(
    leader: &'a Train,
    moved: &dyn Fn(usize) -> Vec<&'a Step>,
    since: usize,
) -> Option<&'static str> {
    let known: Vec<&Step> = leader.releases.iter().take_while(|step| step.change <= since).take(LAST).collect();
    let each = known.iter().flat_map(|lead| {
        let steps = moved(lead.change);
        let none = steps.is_empty().then_some((*lead, None));
        steps.into_iter().map(|step| (*lead, Some(step))).chain(none)
    });
    let pairs: Vec<(&Step, Option<&Step>)> = each.collect();
    (known.len() >= 2).then(|| shared_level(&pairs, pairs.len())).flatten()
}

/// The last steps of a number, each with what one that goes along did in the same change.
pub(super) fn pairs<'a>(leader: &'a Train, train: &'a Train) -> Vec<(&'a Step, Option<&'a Step>)> {
    let since = train.changes().last().unwrap_or(0);
    let known = leader.releases.iter().take_while(|step| step.change <= since).take(LAST);
    known.map(|lead| (lead, train.releases.iter().find(|step| step.change == lead.change))).collect()
}

/// As [`along`], for many numbers of one kind, of which some may do otherwise now and then.
pub(super) fn mostly(pairs: &[(&Step, Option<&Step>)]) -> Option<&'static str> {
    shared_level(pairs, (pairs.len() * 3).div_ceil(4).max(2))
}

/// The level on which so many of these agree.
fn shared_level(pairs: &[(&Step, Option<&Step>)], enough: usize) -> Option<&'static str> {
    let says = |(lead, step): &(&Step, Option<&Step>), name: &str| match (step, name) {
        (None, _) => false,
        (Some(step), SAME) => is_alike(step, lead),
        (Some(step), _) => level(&step.old, &step.new) == Some(name),
    };
    let count = |name: &str| pairs.iter().filter(|pair| says(pair, name)).count();
    let found = ["patch", "minor", "major", SAME].into_iter().max_by_key(|name| count(name))?;
    (count(found) >= enough).then_some(found)
}

/// Did a number go as far as another one?
fn is_alike(step: &Step, lead: &Step) -> bool {
    let version = |text: &String| Version::parse(text).ok();
    let found = version(&step.old).zip(version(&lead.old).zip(version(&lead.new)));
    found
        .and_then(|(own, (from, to))| own.keep_step(&from, &to, Scheme::Loose).ok())
        .is_some_and(|found| found.as_str() == step.new)
}

/// The level that most of these steps have, if they agree on one.
pub(super) fn usual_level<'a>(steps: impl Iterator<Item = &'a Step>) -> Option<&'static str> {
    let levels: Vec<&str> = steps.take(LAST).filter_map(|step| level(&step.old, &step.new)).collect();
    let most = ["major", "minor", "patch"]
        .into_iter()
        .max_by_key(|name| levels.iter().filter(|level| *level == name).count())?;
    (levels.len() > 1 && levels.iter().filter(|level| **level == most).count() * 2 > levels.len()).then_some(most)
}

/// Which of the first three numbers was counted up by one; of final versions, or it would be another level.
fn level(old: &str, new: &str) -> Option<&'static str> {
    if is_early(old) || is_early(new) {
        return None;
    }
    let (old, new) = (token::numbers(old), token::numbers(new));
    let at = (0..old.len().min(new.len()).min(3)).find(|at| old[*at] != new[*at])?;
    (new[at] == old[at] + 1 && new[at + 1..].iter().all(|number| *number == 0)).then(|| ["major", "minor", "patch"][at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_announced(subject: &str, number: &str, want: bool) {
        assert_eq!(announces(subject, number, &[String::from("acme-web")]), want, "{subject}");
    }

    #[test]
    fn subjects_of_releases() {
        check_announced("Release v1.2.3", "1.2.3", true);
        check_announced("Bump version: 1.2.2 → 1.2.3", "1.2.3", true);
        check_announced("chore(release): 1.2.3", "1.2.3", true);
        check_announced("acme-web 1.2.3 (#12)", "1.2.3", true);
        check_announced("Update redis to 1.2.3", "1.2.3", false);
        check_announced("chore(deps): update dependency acme-web to 1.2.3", "1.2.3", false);
        check_announced("Release v1.2.30", "1.2.3", false);
    }

    fn train(steps: &[(usize, &str)]) -> Train {
        let step = |(change, new): &(usize, &str)| Step { change: *change, old: String::new(), new: (*new).to_owned() };
        Train { spots: vec![0], lead: 0, releases: steps.iter().map(step).collect() }
    }

    #[test]
    fn generated_documents_repeat_a_number_later() {
        let app = train(&[(1, "1.3.0"), (3, "1.2.0"), (5, "1.1.0")]);
        let docs = train(&[(0, "1.3.0"), (2, "1.2.0"), (4, "1.1.0")]);
        assert!(repeats(&docs, &app));
        assert!(!repeats(&app, &docs));
    }

    /// `old→new` of the one that leads and of the one that may follow, the newest first; `-` where it stayed.
    #[track_caller]
    fn check_along(steps: &[(&str, &str)], want: Option<&str>) {
        let step = |change: usize, text: &str| {
            text.split_once('→').map(|(old, new)| Step { change, old: old.to_owned(), new: new.to_owned() })
        };
        let lead: Vec<Step> = steps.iter().enumerate().filter_map(|(at, (lead, _))| step(at, lead)).collect();
        let own: Vec<Step> = steps.iter().enumerate().filter_map(|(at, (_, own))| step(at, own)).collect();
        let leader = Train { releases: lead, ..Train::default() };
        let moved = |change: usize| own.iter().filter(|step| step.change == change).collect();
        assert_eq!(along(&leader, &moved, steps.len()), want, "{steps:?}");
    }

    #[test]
    fn a_chart_moves_with_its_app() {
        check_along(&[("1.1.0→1.1.1", "4.3.0→4.3.1"), ("1.0.9→1.1.0", "4.2.9→4.3.0")], Some("same"));
        check_along(&[("1.1.0→1.1.1", "4.3.0→4.3.1"), ("1.0.9→1.1.0", "4.2.9→4.2.10")], Some("patch"));
        check_along(&[("1.1.0→1.1.1", "4.3.0→4.4.0"), ("1.0.9→1.1.0", "4.2.9→4.3.0")], Some("minor"));
    }

    #[test]
    fn what_did_not_always_go_along_in_one_way_follows_nobody() {
        check_along(&[("1.1.0→1.1.1", "4.3.0→4.4.0"), ("1.0.9→1.1.0", "4.2.9→4.2.10")], None);
        check_along(&[("1.1.0→1.1.1", "4.3.0→4.3.1"), ("1.0.9→1.1.0", "-")], None);
        check_along(&[("1.1.0→1.1.1", "4.3.0→4.3.7"), ("1.0.9→1.1.0", "4.2.9→4.3.0")], None);
        check_along(&[("1.1.0→1.1.1", "4.3.0→4.3.1")], None);
    }

    #[track_caller]
    fn check_level(steps: &[(&str, &str)], want: Option<&str>) {
        let steps: Vec<Step> =
            steps.iter().map(|(old, new)| Step { change: 0, old: (*old).to_owned(), new: (*new).to_owned() }).collect();
        assert_eq!(usual_level(steps.iter()), want, "{steps:?}");
    }

    #[test]
    fn the_usual_level() {
        check_level(&[("1.2.3", "1.2.4"), ("1.2.2", "1.2.3"), ("1.1.0", "1.2.0")], Some("patch"));
        check_level(&[("1.2.0", "1.3.0"), ("1.1.0", "1.2.0"), ("1.0.9", "1.1.0"), ("1.0.8", "1.0.9")], Some("minor"));
        check_level(&[("1.2.0", "1.3.0"), ("1.2.0", "1.2.1")], None);
        check_level(&[("1.2.0", "1.9.0")], None);
    }
}
