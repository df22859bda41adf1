//! What a release finds in one repository, and what it will say there.

use anyhow::Result;

use super::changelog::{self, Section};
use super::facts::Facts;
use super::merged;
use super::notes;
use super::says::Seen;
use super::tips::Tip;
use crate::charts::{self, Chart};
use crate::context::Context;
use crate::error::Failure;
use crate::model::{Model, Site};
use crate::plan::bump::{self, Bump};
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::rewrite::{Change, diff_file};
use crate::survey::Survey;
use crate::tag::check_ref_name;
use crate::tools::git::{Git, NewCommit, Parent, Signature};
use crate::tools::redact;
use crate::ui::count;
use crate::version::Date;

/// How far back the commit of a release is looked for.
pub(super) const FAR: usize = 500;

/// A repository that takes part in a release.
#[derive(Debug)]
pub struct Line {
    /// Index of the repository.
    pub repo: usize,
    /// Its label in the ids of steps.
    pub label: String,
    /// Index of the remote where it is released.
    pub remote: usize,
    /// The remote's URL, without credentials.
    pub url: String,
    /// May everybody read it?
    pub public: bool,
    /// The branch, without `refs/heads/`.
    pub branch: String,
    /// The branch that this one is merged into before it is tagged.
    pub merge: Option<String>,
    /// Where it is; of one that is gone, where it ended.
    pub base: String,
    /// The release's own commits, whether they are on the branch already or not.
    pub commits: Vec<Own>,
    /// The last of them, where the branch has them already.
    pub released: Option<String>,
    /// The tags that mark the release.
    pub tags: Vec<TagFact>,
    /// The charts whose version moves.
    pub charts: Vec<Chart>,
    /// The seconds of its newest commit: no commit of the release is older.
    pub seconds: u64,
    /// What the commits stand on and what they hold, whoever makes them and when: the same before and after.
    pub identity: String,
}

/// One of a release's own commits.
#[derive(Clone, Debug)]
pub struct Own {
    /// `changelog` or `commit`.
    pub kind: &'static str,
    /// The first line of its message.
    pub subject: String,
    /// The new contents of its files.
    pub files: Vec<(String, Vec<u8>)>,
    /// The difference, as a unified diff.
    pub diff: String,
    /// How much it changes, as a clause.
    pub summary: String,
}

/// A tag of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFact {
    /// Without `refs/tags/`.
    pub name: String,
    /// The whole message.
    pub message: String,
    /// With the user's own key.
    pub signed: bool,
}

impl Line {
    /// The commits that are still to be made.
    pub fn new_commits(&self) -> Vec<NewCommit> {
        if self.released.is_some() { Vec::new() } else { chain(&self.base, &self.commits) }
    }
}

/// Each commit on the one before it, the first one on the branch; what has nothing to say isn't made.
fn chain(base: &str, commits: &[Own]) -> Vec<NewCommit> {
    let commits = commits.iter().filter(|own| !own.files.is_empty());
    let commit = |(at, own): (usize, &Own)| NewCommit {
        parent: if at == 0 { Parent::Commit(base.to_owned()) } else { Parent::Previous },
        files: own.files.clone(),
        message: format!("{}\n", own.subject),
    };
    commits.enumerate().map(commit).collect()
}

/// What every repository is looked at with.
pub(super) struct Look<'l, 'p> {
    pub(super) context: &'l Context,
    pub(super) project: &'p Project,
    pub(super) remotes: &'l Remotes,
    pub(super) survey: &'l Survey<'p>,
    pub(super) bump: &'l Bump,
    pub(super) day: Date,
    pub(super) who: Signature,
}

impl<'p> Look<'_, 'p> {
    pub(super) fn model(&self) -> &Model<'p> {
        &self.survey.model
    }

    /// What the release finds in one repository; none where it has nothing to do with it.
    pub(super) fn line(&self, repo: usize, tip: &Tip, changes: &[Change], facts: &mut Facts) -> Result<Option<Line>> {
        let tags = self.tags(repo)?;
        let section = if repo == 0 { changelog::look(self, tip, facts)? } else { Section::None };
        if repo == 0 {
            notes::look(self, tip, &section, facts)?;
        }
        let here = |site: &Site| {
            let moves = |track: &usize| self.bump.moves.iter().any(|moved| moved.track == *track);
            self.model().files[site.file].repo == repo && self.model().site_tracks(site).iter().any(moves)
        };
        let states = self.model().sites.iter().any(here);
        if !states && tags.is_empty() && matches!(section, Section::None) {
            return Ok(None);
        }
        let git = self.remotes.git(repo);
        let seconds = git.commit_seconds(&tip.oid)?;
        let nothing_to_write = changes.is_empty() && !matches!(section, Section::Missing(..));
        if tip.gone && !nothing_to_write {
            return Err(merged::half(tip).into());
        }
        let subject = bump::subject(self.model(), self.bump, self.project.repos[repo].commit.as_ref())?;
        let mut commits = self.commits(repo, &subject, section, changes);
        let released = if nothing_to_write { Some(self.released(repo, tip, &tags, &subject)?) } else { None };
        let (last, identity) = match &released {
            Some(released) => (released.clone(), identity_of(git, released, commits.iter())?),
            None => self.make(git, repo, tip, seconds, &mut commits)?,
        };
        let remote = &self.remotes.all()[tip.remote];
        Ok(Some(Line {
            repo,
            label: self.project.label(repo).to_owned(),
            remote: tip.remote,
            url: redact(&remote.url),
            public: remote.public,
            branch: tip.branch.clone(),
            merge: tip.merge.clone(),
            base: tip.oid.clone(),
            commits,
            released,
            tags,
            charts: self.charts(git, repo, &last)?,
            seconds,
            identity,
        }))
    }

    /// The release's own commits: the changelog's, if it has one of its own, and the version's.
    fn commits(&self, repo: usize, subject: &str, section: Section, changes: &[Change]) -> Vec<Own> {
        let mut commits = Vec::new();
        let mut changes: Vec<Change> = changes.to_vec();
        let places = self.bump.writes.iter();
        let places = places.filter(|write| self.model().files[self.model().sites[write.site].file].repo == repo);
        let mut summary = format!("{} in {}", count(places.count(), "place"), count(changes.len(), "file"));
        match section {
            Section::None | Section::There(None) => {}
            Section::There(Some(subject)) => commits.push(own("changelog", &subject, &[], "its section".to_owned())),
            Section::Missing(change, Some(subject)) => {
                let summary = format!("a section in `{}`", change.shown);
                commits.push(own("changelog", &subject, std::slice::from_ref(&*change), summary));
            }
            Section::Missing(change, None) => {
                summary.push_str(", and the changelog's section");
                changes.insert(0, *change);
            }
        }
        commits.push(own("commit", subject, &changes, summary));
        commits
    }

    /// Makes the commits for a look: what they hold doesn't depend on who makes them and when.
    /// What must be made anew because of them, as a chart's lock, comes into the last one.
    fn make(&self, git: &Git, repo: usize, tip: &Tip, seconds: u64, commits: &mut [Own]) -> Result<(String, String)> {
        let mut ids = git.build_commits(&chain(&tip.oid, commits), &self.who)?;
        let last = ids.last().unwrap_or(&tip.oid).clone();
        let locks = charts::locks(git, self.project, repo, &tip.oid, &last, seconds)?;
        if let Some(own) = commits.last_mut().filter(|_| !locks.is_empty()) {
            own.summary.push_str(&format!(", {}", count(locks.len(), "lock")));
            own.files.extend(locks);
            ids = git.build_commits(&chain(&tip.oid, commits), &self.who)?;
        }
        let last = ids.last().unwrap_or(&tip.oid).clone();
        let identity = identity_of_new(git, &tip.oid, &ids, commits)?;
        Ok((last, identity))
    }

    /// The tags of the tracks that move and are tagged in this repository.
    fn tags(&self, repo: usize) -> Result<Vec<TagFact>, Failure> {
        let mut tags = Vec::new();
        for moved in &self.bump.moves {
            let track = &self.model().tracks[moved.track];
            let rule = &self.project.tracks[track.rule];
            let Some(pattern) = rule.tag.as_ref().filter(|_| rule.repo == repo) else { continue };
            let name = pattern.render(&track.name, &moved.to).map_err(Failure::usage)?;
            check_ref_name(&name).map_err(|reason| {
                Failure::usage(format!("the tag's name {reason}")).hint("mend `tag` of this track in release.toml")
            })?;
            let message = rule.message.render(&track.name, &moved.to).map_err(Failure::usage)?;
            tags.push(TagFact { name, message, signed: rule.signed });
        }
        Ok(tags)
    }

    /// The commit of this release, in a branch that says the versions already: the one that its tag marks, else the
    /// newest of the branch that has the release's own subject, else the branch's last. A commit whose manifests say
    /// other versions is none of this release, whatever marks it.
    fn released(&self, repo: usize, tip: &Tip, tags: &[TagFact], subject: &str) -> Result<String> {
        if let Some(into) = &tip.merge {
            return merged::end(self.remotes, (tip, into), tags, subject);
        }
        let refs = self.remotes.refs(tip.remote)?;
        let git = self.remotes.git(repo);
        for tag in tags {
            let full = format!("refs/tags/{}", tag.name);
            let Some(target) = refs.peeled.get(&full).or_else(|| refs.oids.get(&full)) else { continue };
            self.remotes.fetch(tip.remote, &[target])?;
            if git.is_ancestor(target, &tip.oid)? && self.says(repo, tip, target)? {
                return Ok(target.clone());
            }
        }
        match git.find_subject(&tip.oid, subject, FAR)? {
            Some(found) if self.says(repo, tip, &found)? => Ok(found),
            _ => Ok(tip.oid.clone()),
        }
    }

    /// Do a commit's manifests say nothing else than the versions of this release? The branch's last one does.
    fn says(&self, repo: usize, tip: &Tip, commit: &str) -> Result<bool> {
        if commit == tip.oid {
            return Ok(true);
        }
        let moves = self.bump.moves.iter();
        let versions = moves.map(|moved| (self.model().tracks[moved.track].name.clone(), moved.to.clone())).collect();
        let seen = Seen::read(self.context, self.project, self.remotes, (repo, commit))?;
        Ok(seen.find_other(&versions).is_none())
    }

    /// The charts of a commit whose own version is one that moves.
    fn charts(&self, git: &Git, repo: usize, commit: &str) -> Result<Vec<Chart>> {
        if !self.project.release.charts.iter().any(|rule| rule.repo == repo) {
            return Ok(Vec::new());
        }
        let moves = |chart: &Chart| {
            let path = charts::join(&chart.file.folder, "Chart.yaml");
            let file = self.model().files.iter().position(|file| file.repo == repo && file.path == path);
            let says = |site: &Site| {
                let entry = self.model().entry(site);
                let moved = |track: &usize| self.bump.moves.iter().any(|moved| moved.track == *track);
                entry.locator == "version" && self.model().site_tracks(site).iter().any(moved)
            };
            file.is_some_and(|file| self.model().sites[self.model().file_sites(file)].iter().any(says))
        };
        Ok(charts::find(git, self.project, repo, commit)?.into_iter().filter(moves).collect())
    }
}

fn own(kind: &'static str, subject: &str, changes: &[Change], summary: String) -> Own {
    let files = changes.iter().map(|change| (change.path.clone(), change.new.clone().into_bytes())).collect();
    // The step's id says which repository it is: the diff can be applied there.
    let named = |change: &Change| Change { shown: change.path.clone(), ..change.clone() };
    let diff = changes.iter().map(|change| diff_file(("a/", "b/"), &named(change))).collect();
    Own { kind, subject: subject.to_owned(), files, diff, summary }
}

/// The same as [`identity_of`] will say of these commits when the branch has them.
fn identity_of_new(git: &Git, tip: &str, ids: &[String], commits: &[Own]) -> Result<String> {
    let (new, there): (Vec<&Own>, Vec<&Own>) = commits.iter().partition(|own| !own.files.is_empty());
    let mut identity = if there.is_empty() { format!("on {tip}\n") } else { identity_of(git, tip, there.into_iter())? };
    for (own, id) in new.iter().zip(ids) {
        let tree = git.known_tree(id).map_or_else(|| git.tree_of(id), Ok)?;
        identity.push_str(&format!("{tree} {:?}\n", own.subject));
    }
    Ok(identity)
}

/// What a chain of commits stands on and holds: the last `commits.len()` before and with `last` that have their subjects.
fn identity_of<'o>(
    git: &Git,
    last: &str,
    commits: impl DoubleEndedIterator<Item = &'o Own> + ExactSizeIterator,
) -> Result<String> {
    let line = git.line(last, commits.len() + 1)?;
    let mut identity = String::new();
    let mut own = commits.rev();
    for commit in &line {
        if own.next().is_some_and(|own| own.subject == commit.subject) {
            identity.insert_str(0, &format!("{} {:?}\n", commit.tree, commit.subject));
        } else {
            identity.insert_str(0, &format!("on {}\n", commit.oid));
            break;
        }
    }
    Ok(identity)
}
