//! Reads the trees that tags mark, all of them in a few processes of git's, and lets [`crate::plan::past_releases`] judge
//! each.
//!
//! What two tags share is read once and located once: a file's contents are known by their id.

mod trees;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;

use crate::context::CONFIG;
use crate::error::Failure;
use crate::fsx::in_parallel;
use crate::glob::Glob;
use crate::locate::Hit;
use crate::model::{self, File, Located, Model, find_hits};
use crate::plan::past_releases::{self, Behind, History, Reading, Tag, Verdict};
use crate::report::past::story;
use crate::resolve::Project;
use crate::tools::git::{Git, Marked};
use crate::ui::count;
use crate::{config, resolve, world};
use trees::{Files, Wanted};

/// Which past releases are looked at, and how.
pub struct Asked<'p> {
    /// The configuration of today.
    pub project: &'p Project,
    /// Does the configuration in a tag's own tree count instead, where there is one?
    pub own: bool,
    /// Only so many tags of each repository, those of the newest commits.
    pub last: Option<usize>,
}

/// The past in a few figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many tags were compared with their trees.
    pub tags: usize,
    /// How many of them agree.
    pub agree: usize,
    /// Those that don't, as [`History::releases`] has them.
    pub drifted: Vec<String>,
    /// The places that disagreed, the most often first.
    pub places: Vec<Behind>,
}

impl Summary {
    /// The past in a line; none where no tag could be compared.
    pub fn line(&self) -> Option<String> {
        let agree =
            (self.tags > 0).then(|| format!("{} of the last {} tags agree with their trees", self.agree, self.tags))?;
        let Some(worst) = self.places.first() else { return Some(agree) };
        let more = match self.places.len() - 1 {
            0 => String::new(),
            more => format!(", and {}", count(more, "more place")),
        };
        Some(format!("{agree}: {} {}{more}; `cargo xtask check --history` tells all", worst.path, story(worst)))
    }
}

/// What the newest tags of a repository say to a configuration that is only proposed. Nothing of other repositories.
pub fn past_drift(git: &Git, config: &str, last: usize) -> Result<Summary> {
    let project = resolve::resolve(config::parse(CONFIG, config)?)?;
    let history = read(&[(0, git)], &Asked { project: &project, own: false, last: Some(last) })?;
    let drifted = history.releases.iter().filter(|release| !release.agrees());
    Ok(Summary {
        tags: history.releases.len(),
        agree: history.agree(),
        drifted: drifted.map(|release| release.tag.name.clone()).collect(),
        places: past_releases::behind(&history),
    })
}

/// Judges the tags of these repositories, each with its index in the configuration.
pub fn read(repos: &[(usize, &Git)], asked: &Asked<'_>) -> Result<History> {
    let mut history = History::default();
    for (repo, git) in repos {
        read_repo(*repo, git, asked, &mut history)?;
    }
    history.sort();
    Ok(history)
}

/// A tag with all that is known of it before its files are read.
struct Found {
    tag: Tag,
    marked: Marked,
    /// Index into the configurations.
    config: usize,
}

fn read_repo(repo: usize, git: &Git, asked: &Asked<'_>, history: &mut History) -> Result<()> {
    let mut found = find(repo, git, asked, history)?;
    let commits: Vec<String> = found.iter().map(|one| one.marked.commit.clone()).collect();
    let gone = if git.is_partial()? { git.left_out(&commits)? } else { BTreeSet::new() };
    let own = if asked.own && repo == 0 { own_configs(git, &mut found, &gone, history)? } else { Vec::new() };
    let projects: Vec<&Project> = std::iter::once(asked.project).chain(&own).collect();
    let patterns: Vec<Vec<Glob>> = projects.iter().map(|project| patterns(project, repo)).collect();
    let wanted: Vec<Wanted> = found.iter().map(|one| one.wanted()).collect();
    let mut trees = Vec::new();
    for (one, files) in found.into_iter().zip(trees::read(git, &wanted, &patterns, &gone)?) {
        match files.filter(|files| files.values().all(|oid| !gone.contains(oid))) {
            Some(files) => trees.extend(PastTree::new(one, &projects, files, history)),
            None => history.gone.push(one.tag.name),
        }
    }
    let located = locate(git, &projects, &trees)?;
    let verdicts = in_parallel(world::threads(), &trees, |tree| Ok(tree.judge(&projects, &located)))?;
    verdicts.into_iter().for_each(|verdict| history.add(verdict));
    Ok(())
}

impl Found {
    fn wanted(&self) -> Wanted {
        Wanted { tree: self.marked.tree.clone(), patterns: self.config }
    }
}

/// The tags that a track's pattern knows, the newest commits first.
fn find(repo: usize, git: &Git, asked: &Asked<'_>, history: &mut History) -> Result<Vec<Found>> {
    let (known, others): (Vec<_>, Vec<_>) = git
        .tag_refs("refs/tags/")?
        .into_iter()
        .partition(|(name, _)| !past_releases::readings(asked.project, repo, name).is_empty());
    history.no_version += others.len();
    let oids: Vec<String> = known.iter().map(|(_, oid)| oid.clone()).collect();
    let mut found = Vec::new();
    for ((name, _), marked) in known.into_iter().zip(git.marked(&oids)?) {
        match marked {
            Some(marked) => {
                let tag = Tag { repo, name, seconds: marked.seconds, own: false };
                found.push(Found { tag, marked, config: 0 });
            }
            None => history.no_commit += 1,
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.tag.seconds));
    let last = asked.last.unwrap_or(usize::MAX);
    history.older += found.len().saturating_sub(last);
    found.truncate(last);
    Ok(found)
}

fn patterns(project: &Project, repo: usize) -> Vec<Glob> {
    super::patterns(project, repo).into_iter().cloned().collect()
}

/// Gives each tag the configuration of its own tree, if there is one; the same text is read once.
fn own_configs(git: &Git, found: &mut [Found], gone: &BTreeSet<String>, history: &mut History) -> Result<Vec<Project>> {
    let wanted: Vec<Wanted> = found.iter().map(|one| Wanted { patterns: 0, ..one.wanted() }).collect();
    let file = Glob::parse(CONFIG).map_err(Failure::usage)?;
    let trees = trees::read(git, &wanted, &[vec![file]], gone)?;
    let of_tag: Vec<Option<String>> = trees.into_iter().map(|files| files?.remove(CONFIG)).collect();
    let texts: BTreeSet<&String> = of_tag.iter().flatten().filter(|oid| !gone.contains(*oid)).collect();
    let texts: Vec<String> = texts.into_iter().cloned().collect();
    let (mut projects, mut places) = (Vec::new(), BTreeMap::new());
    git.cat_objects(&texts, |at, object| {
        let text = object.and_then(|object| String::from_utf8(object.bytes).ok());
        let parsed = text.and_then(|text| resolve::resolve(config::parse(CONFIG, &text).ok()?).ok());
        places.insert(texts[at].clone(), parsed.is_some().then_some(projects.len() + 1));
        projects.extend(parsed);
        Ok(())
    })?;
    for (one, oid) in found.iter_mut().zip(of_tag) {
        let Some(oid) = oid else { continue };
        match places.get(&oid).copied().flatten() {
            Some(place) => (one.config, one.tag.own) = (place, true),
            None => history.unread += 1,
        }
    }
    Ok(projects)
}

/// The files of a tag's commit that concern it.
struct PastTree {
    tag: Tag,
    readings: Vec<Reading>,
    config: usize,
    files: Vec<File>,
    /// The id of each file's contents.
    oids: Vec<String>,
    /// Files that are named outright and aren't there.
    missing: Vec<File>,
}

impl PastTree {
    /// None where its own configuration knows no such tag.
    fn new(found: Found, projects: &[&Project], files: Files, history: &mut History) -> Option<Self> {
        let project = projects[found.config];
        let readings = past_releases::readings(project, found.tag.repo, &found.tag.name);
        if readings.is_empty() {
            history.no_version += 1;
            return None;
        }
        let mut listings = vec![Vec::new(); project.repos.len()];
        listings[found.tag.repo] = files.keys().cloned().collect();
        let (named, _) = model::find_files(project, &listings, &|repo| repo == found.tag.repo);
        let named = past_releases::concerned(project, &readings, named);
        let (there, missing): (Vec<File>, Vec<File>) =
            named.into_iter().partition(|file| files.contains_key(&file.path));
        let oids = there.iter().map(|file| files[&file.path].clone()).collect();
        Some(Self { tag: found.tag, readings, config: found.config, files: there, oids, missing })
    }

    fn judge(&self, projects: &[&Project], located: &AllHits) -> Verdict {
        let project = projects[self.config];
        let hits = |(file, oid): (&File, &String)| {
            let hits = located.get(&key(self.config, file, oid)).cloned().flatten().unwrap_or_default();
            Ok(Located { hits, shapes: Vec::new() })
        };
        let located = self.files.iter().zip(&self.oids).map(hits).collect();
        let absent = (0..project.repos.len()).filter(|repo| *repo != self.tag.repo).collect();
        let model = Model::build(project, self.files.clone(), located, Vec::new(), absent, &|_| None);
        past_releases::judge(&model, &self.tag, &self.readings, &self.missing)
    }
}

/// What was located in which contents: by configuration, manifests and the contents' id. None where they can't be read.
type AllHits = HashMap<Key, Option<Vec<Vec<Hit>>>>;
type Key = (usize, Vec<usize>, String);

fn key(config: usize, file: &File, oid: &str) -> Key {
    (config, file.rules.iter().map(|(manifest, _)| *manifest).collect(), oid.to_owned())
}

/// Texts are located when so many bytes of them lie here, then let go.
const AT_ONCE: usize = 4 << 20;

/// Reads every content once, and locates in it what each configuration asks for.
fn locate(git: &Git, projects: &[&Project], trees: &[PastTree]) -> Result<AllHits> {
    let mut jobs: BTreeMap<&String, BTreeMap<Key, &File>> = BTreeMap::new();
    for tree in trees {
        for (file, oid) in tree.files.iter().zip(&tree.oids) {
            jobs.entry(oid).or_default().entry(key(tree.config, file, oid)).or_insert(file);
        }
    }
    let oids: Vec<String> = jobs.keys().map(|oid| (*oid).clone()).collect();
    let (mut located, mut texts, mut bytes) = (AllHits::new(), Vec::new(), 0);
    let mut flush = |texts: &mut Vec<(usize, Option<String>)>| -> Result<()> {
        let work: Vec<(&Key, &File, Option<&String>)> = texts
            .iter()
            .flat_map(|(at, text)| jobs[&oids[*at]].iter().map(move |(key, file)| (key, *file, text.as_ref())))
            .collect();
        let hits = in_parallel(world::threads(), &work, |(key, file, text)| {
            Ok(text.and_then(|text| find_hits(projects[key.0], file, text)))
        })?;
        located.extend(work.iter().map(|(key, ..)| (*key).clone()).zip(hits));
        texts.clear();
        Ok(())
    };
    git.cat_objects(&oids, |at, object| {
        let text = object.and_then(|object| String::from_utf8(object.bytes).ok()).filter(|text| !text.contains('\0'));
        bytes += text.as_ref().map_or(0, String::len);
        texts.push((at, text));
        if bytes < AT_ONCE {
            return Ok(());
        }
        bytes = 0;
        flush(&mut texts)
    })?;
    flush(&mut texts)?;
    Ok(located)
}
