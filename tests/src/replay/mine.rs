//! Finds real releases in the histories of repositories, without the tool's own eyes.
//!
//! ```text
//! list    git log of the default branch     → commits whose subject, tag or chart speaks of a release
//! read    the patch of each                 → lines that differ in version tokens only      mine/patch.rs
//! judge   tags, subjects, charts            → is it one, and which numbers are its own      mine/judge.rs
//! keep    own numbers, and others that move in the same places at releases again and again
//! spread  over the years                    → case folders
//! ```

pub mod judge;
pub mod patch;
pub mod token;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::mirror::Mirror;
use judge::{Commit, Moved, Tags};
use patch::{Paired, Patch};
use token::Kind;

/// Commits above this are no releases that a tool could write.
const FILES: usize = 150;
/// So many commits of a repository are read, half of them the newest.
const READ: usize = 90;
/// What is older tells little of today's habits: six years.
const OLD: i64 = 6 * 365 * 24 * 60 * 60;
/// Releases that the history before a case holds; every fifth repository keeps one with less.
const BEFORE: usize = 3;

/// A commit that was read, and what it is.
struct Release {
    commit: Commit,
    lines: Vec<Paired>,
    own: BTreeSet<Moved>,
}

/// Writes the cases of a repository into folders below `out`, `per` at most; how many there are.
pub fn mine(mirror: &Mirror, out: &Path, per: usize) -> Result<usize> {
    let tags = read_tags(mirror)?;
    let mut releases = Vec::new();
    for commit in candidates(mirror, &tags)? {
        if let Some(release) = read_release(mirror, commit, &tags)? {
            releases.push(release);
        }
    }
    releases.sort_by_key(|release| release.commit.seconds);
    let places = count_places(&releases);
    let mut cases: Vec<Value> = releases.iter().map(|release| case(mirror, release, &places, releases.len())).collect();
    cases.retain(|case| case["versions"].as_array().is_some_and(|versions| !versions.is_empty()));
    let little = mirror.repository.bytes().map(usize::from).sum::<usize>() % 5 == 0;
    cases.drain(..if little { 1 } else { BEFORE }.min(cases.len().saturating_sub(1)));
    let chosen = spread(cases, per);
    for case in &chosen {
        let folder = out.join(case["id"].as_str().unwrap_or_default());
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
        std::fs::write(folder.join("case.json"), serde_json::to_string_pretty(case)? + "\n")?;
    }
    Ok(chosen.len())
}

fn read_tags(mirror: &Mirror) -> Result<Tags> {
    let format = "--format=%(refname:lstrip=2)%09%(*committerdate:unix)%09%(committerdate:unix)";
    let mut tags = Tags::default();
    for line in mirror.text(&["for-each-ref", format, "refs/tags"])?.lines() {
        let mut words = line.split('\t');
        let name = words.next().unwrap_or_default();
        if let Some(seconds) = words.find_map(|word| word.parse().ok()) {
            tags.add(name, seconds);
        }
    }
    Ok(tags)
}

/// Commits that may be releases: by their subject, by a tag on them or on one of the next two, by a chart they touch.
fn candidates(mirror: &Mirror, tags: &Tags) -> Result<Vec<Commit>> {
    let log = mirror.text(&["log", "--no-merges", "--format=%H%x09%ct%x09%an%x09%D%x09%s", "HEAD"])?;
    let charts = mirror.text(&["log", "--no-merges", "--format=%H", "HEAD", "--", "*Chart.yaml"])?;
    let charts: HashSet<&str> = charts.lines().collect();
    let mut found = Vec::new();
    let mut tagged = 0usize;
    for line in log.lines() {
        let words: Vec<&str> = line.splitn(5, '\t').collect();
        let [id, seconds, author, names, subject] = words[..] else { continue };
        tagged = if names.contains("tag: ") { 3 } else { tagged.saturating_sub(1) };
        let commit = Commit {
            id: id.to_owned(),
            seconds: seconds.parse().unwrap_or_default(),
            author: author.to_owned(),
            subject: subject.to_owned(),
        };
        let named = token::tokens(subject).iter().any(|token| tags.names(&subject[token.span.clone()], &commit));
        if tagged > 0 || named || judge::says_release(subject) || charts.contains(id) {
            found.push(commit);
        }
    }
    let newest = found.iter().map(|commit| commit.seconds).max().unwrap_or_default();
    found.retain(|commit| newest - commit.seconds < OLD);
    found.sort_by_key(|commit| -commit.seconds);
    let older = found.split_off(found.len().min(READ / 2));
    found.extend(spread(older, READ / 2));
    Ok(found)
}

/// So many of a list, the last one and others at even distances before it.
fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let (count, most) = (all.len(), most.min(all.len()));
    let chosen: HashSet<usize> = (0..most).map(|at| count - 1 - at * count / most.max(1)).collect();
    all.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, one)| one).collect()
}

/// What the commit changed, read from its patch.
pub fn read_commit(mirror: &Mirror, id: &str) -> Result<Patch> {
    let parent = format!("{id}^");
    let args = ["diff-tree", "-p", "-U0", "--no-renames", "--no-color", "--no-ext-diff", "--no-textconv"];
    let ends = ["--src-prefix=a/", "--dst-prefix=b/", &parent, id];
    Ok(patch::read_patch(&mirror.text(&[&args[..], &ends[..]].concat())?))
}

fn read_release(mirror: &Mirror, commit: Commit, tags: &Tags) -> Result<Option<Release>> {
    let files = mirror.text(&["diff-tree", "-r", "--name-only", "--no-renames", &commit.id]);
    let count = files?.lines().count();
    // The first commit has no parent, and lists nothing here.
    if count < 2 || count - 1 > FILES {
        return Ok(None);
    }
    // A snapshot may lack a large file.
    let Ok(patch) = read_commit(mirror, &commit.id) else { return Ok(None) };
    let lines = patch.paired;
    let own = judge::own_numbers(&commit, &lines, tags);
    Ok((!own.is_empty()).then_some(Release { commit, lines, own }))
}

/// At how many releases each place moved.
fn count_places(releases: &[Release]) -> HashMap<(String, String), usize> {
    let mut places = HashMap::new();
    for release in releases {
        let own: HashSet<_> = release.lines.iter().map(|line| (line.path.clone(), line.mask.clone())).collect();
        own.into_iter().for_each(|place| *places.entry(place).or_default() += 1);
    }
    places
}

/// The numbers that the case is about: own ones, those that converge to them, and companions.
fn numbers(release: &Release, places: &HashMap<(String, String), usize>, count: usize) -> BTreeSet<Moved> {
    let often = |line: &Paired| {
        let share = if judge::names_dependencies(&line.path) { 2 } else { 10 };
        let least = (count / share).max(2);
        places.get(&(line.path.clone(), line.mask.clone())).is_some_and(|seen| *seen >= least)
    };
    let mut kept = release.own.clone();
    for pair in judge::pairs(&release.lines) {
        let stands = |line: &&Paired| line.moved().any(|(old, new, _)| (old, new) == (&pair.0, &pair.1));
        let converges = release.own.iter().any(|(_, to)| *to == pair.1);
        if converges || release.lines.iter().filter(stands).any(often) {
            kept.insert(pair);
        }
    }
    kept
}

fn case(mirror: &Mirror, release: &Release, places: &HashMap<(String, String), usize>, count: usize) -> Value {
    let kept = numbers(release, places, count);
    let about = |line: &&Paired| {
        let known = |(old, new, kind): &(String, String, Kind)| {
            *kind == Kind::Integer || kept.contains(&(old.clone(), new.clone()))
        };
        line.moved().all(known) && judge::is_version_only(line, &release.own)
    };
    let lines: Vec<&Paired> = release.lines.iter().filter(about).collect();
    let name = mirror.repository.replace('/', "+");
    json!({
        "id": format!("{name}-{}", &release.commit.id[..9]),
        "repository": mirror.repository,
        "commit": release.commit.id,
        "date": date(release.commit.seconds),
        "versions": versions(&lines, &kept, &release.own),
        "changes": lines.iter().map(|line| change(line)).collect::<Vec<_>>(),
    })
}

/// The numbers, the one that leads first: what is installed before the chart that installs it, own ones before
/// companions, the one that stands in most places.
fn versions(lines: &[&Paired], kept: &BTreeSet<Moved>, own: &BTreeSet<Moved>) -> Vec<Value> {
    let mut counts: BTreeMap<&Moved, (usize, bool)> = BTreeMap::new();
    for line in lines {
        for (old, new, _) in line.moved() {
            if let Some(pair) = kept.get(&(old.clone(), new.clone())) {
                let (count, app) = counts.entry(pair).or_default();
                *count += 1;
                *app |= judge::chart_key(line) != Some("version");
            }
        }
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(pair, (count, app))| {
        let class = match (own.contains(*pair), app) {
            (true, true) => 0,
            (true, false) => 1,
            _ => 2,
        };
        (class, std::cmp::Reverse(*count), (*pair).clone())
    });
    let said = |(pair, (count, app)): (&Moved, (usize, bool))| json!({ "from": pair.0, "to": pair.1, "count": count, "roles": [if app { "app" } else { "chart" }] });
    sorted.into_iter().map(said).collect()
}

fn change(line: &Paired) -> Value {
    let tokens: Vec<[&str; 2]> = line.tokens.iter().map(|(old, new, _)| [old.as_str(), new.as_str()]).collect();
    json!({ "path": line.path, "line": line.line, "tokens": tokens })
}

fn date(seconds: i64) -> String {
    let (year, month, day) = xtask::moment::date_of(seconds.try_into().unwrap_or_default());
    format!("{year:04}-{month:02}-{day:02}")
}
