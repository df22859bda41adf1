//! What the remotes have, for commands that publish it: the versions of the branches, or those of a tag.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::Result;

use crate::context::Context;
use crate::error::Failure;
use crate::plan::bump::{Request, Target};
use crate::plan::images::leading;
use crate::release::Ground;
use crate::release::facts::Moved;
use crate::resolve::release::Image;
use crate::resolve::{Project, TrackRule};
use crate::step::prepared::Prepared;
use crate::survey::{Source, survey};
use crate::tools;
use crate::version::Version;

/// A version that a person names, with its track.
pub(super) struct Named<'p> {
    pub(super) rule: &'p TrackRule,
    pub(super) version: Version,
}

/// Reads `[TRACK=]VERSION`; without a track the leading one is meant, or `track`.
pub(super) fn named<'p>(project: &'p Project, text: &str, track: Option<&str>) -> Result<Named<'p>, Failure> {
    let request = Request::parse(text)?;
    let Target::Version(version) = request.target else {
        let failure = Failure::usage(format!("`{}` is a level, and it is a version that is asked for", text));
        return Err(failure.hint("name it, as in `1.27.0`"));
    };
    let name = request.track.as_deref().or(track);
    let is_it = |rule: &&TrackRule| match name {
        Some(name) => rule.name == name,
        None => rule.with.is_empty(),
    };
    let rule = project.tracks.iter().find(is_it).ok_or_else(|| {
        let known: Vec<&str> = project.tracks.iter().map(|rule| rule.name.as_str()).collect();
        let failure = Failure::usage(format!("there is no track `{}`", name.unwrap_or_default().escape_default()));
        failure.hint(format!("there are {}", known.join(", ")))
    })?;
    rule.scheme.check(&version).map_err(|error| {
        let failure = Failure::usage(error.message);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    Ok(Named { rule, version })
}

/// The images of these names: `acme/app` with all its variants, `acme/app-scratch` alone; all that fit where none is named.
pub(super) fn chosen<'p>(
    project: &'p Project,
    names: &[&String],
    fits: impl Fn(&Image) -> Result<(), String>,
) -> Result<Vec<&'p Image>, Failure> {
    let images = &project.release.images;
    if images.is_empty() {
        let hint = "add `[[image]]` with its `name`, `registries`, `tags` and `platforms` to release.toml";
        return Err(Failure::usage("no image is configured").hint(hint));
    }
    let whole = |image: &Image| format!("{}{}", image.name, image.suffix);
    let is_named = |image: &Image, name: &str| image.name == name || whole(image) == name;
    if let Some(name) = names.iter().find(|name| !images.iter().any(|image| is_named(image, name))) {
        let known: Vec<String> = images.iter().map(whole).collect();
        let failure = Failure::usage(format!("there is no image `{}`", name.escape_default()));
        return Err(failure.hint(format!("there are {}", known.join(", "))));
    }
    let mut chosen = Vec::new();
    let mut why = None;
    for image in images.iter().filter(|image| names.is_empty() || names.iter().any(|name| is_named(image, name))) {
        match fits(image) {
            Ok(()) => chosen.push(image),
            Err(reason) => why = why.or(Some(format!("`{}` {reason}", whole(image)))),
        }
    }
    match why.filter(|_| chosen.is_empty() || !names.is_empty()) {
        Some(why) => {
            Err(Failure::usage(why).hint("`[[image]]` of release.toml says what is built and how it is called"))
        }
        None => Ok(chosen),
    }
}

/// Where the remotes are.
pub(super) struct Published<'g> {
    ground: &'g Ground,
    /// Every track's version.
    pub(super) versions: BTreeMap<String, Version>,
}

impl<'g> Published<'g> {
    /// The versions that the remotes' branches say, or the tree of a tag: that of this version.
    pub(super) fn look(context: &Context, ground: &'g Ground, at: Option<&Named<'_>>) -> Result<Self> {
        let Ground { project, remotes } = ground;
        let homes: Vec<usize> = (0..project.repos.len()).filter_map(|repo| remotes.home(repo)).collect();
        remotes.listen(&homes).into_iter().try_for_each(|heard| heard.map(drop))?;
        let mut tips = Vec::new();
        for repo in 0..project.repos.len() {
            let Some(home) = remotes.home(repo) else {
                tips.push(None);
                continue;
            };
            let tip = match at.filter(|at| at.rule.repo == repo) {
                Some(at) => tag(ground, at.rule, &at.version, OTHER)?,
                None => tip(ground, repo)?.1,
            };
            remotes.fetch(home, &[&tip])?;
            tips.push(Some((remotes.git(repo).clone(), tip)));
        }
        let survey = survey(context, project, &Source::Tips(tips), true)?;
        let current = |track: &crate::model::Track| Some((track.name.clone(), track.current.as_ref()?.0.clone()));
        let versions: BTreeMap<String, Version> = survey.model.tracks.iter().filter_map(current).collect();
        if let Some(at) = at.filter(|at| versions.get(&at.rule.name) != Some(&at.version)) {
            let says = versions.get(&at.rule.name).map_or("no version".to_owned(), |says| format!("`{says}`"));
            let message = format!("the tree of the tag of `{}` says {says}", at.version);
            return Err(Failure::world(message).hint("images of it would say another version than their tags").into());
        }
        Ok(Self { ground, versions })
    }

    /// The tracks of these images, as if they were released at these versions.
    pub(super) fn moves(&self, images: &[&Image]) -> Result<Vec<Moved>, Failure> {
        let mut moves: Vec<Moved> = Vec::new();
        for track in images.iter().filter_map(|image| leading(&self.ground.project, image)) {
            if moves.iter().any(|moved| moved.track == track) {
                continue;
            }
            let Some(to) = self.versions.get(track).cloned() else {
                let failure = Failure::world(format!("the remotes' branches say no version of `{track}`"));
                return Err(failure.hint("`cargo xtask check` says what is wrong"));
            };
            moves.push(Moved { track: track.to_owned(), from: None, to });
        }
        Ok(moves)
    }

    /// The versions that tags name already.
    pub(super) fn tagged(&self, moves: &[Moved]) -> Result<BTreeMap<String, Vec<Version>>> {
        let Ground { project, remotes } = self.ground;
        let mut all = BTreeMap::new();
        for moved in moves {
            let Some(rule) = project.tracks.iter().find(|rule| rule.name == moved.track) else { continue };
            let (Some(pattern), Some(home)) = (&rule.tag, remotes.home(rule.repo)) else { continue };
            let mut versions = remotes.versions(home, pattern, &rule.name)?;
            versions.retain(|version| *version != moved.to);
            all.insert(moved.track.clone(), versions);
        }
        Ok(all)
    }

    /// The commit of the tag that an image is built from, in its repository.
    pub(super) fn commit(&self, image: &Image) -> Result<Option<Rc<Prepared>>> {
        let project = &self.ground.project;
        let Some((build, own)) = image.build.as_ref().zip(leading(project, image)) else { return Ok(None) };
        let is_there = |rule: &&TrackRule| rule.repo == build.repo && rule.tag.is_some();
        let all = || project.tracks.iter().filter(is_there);
        let Some(rule) = all().find(|rule| rule.name == own).or_else(|| all().next()) else {
            let label = project.label(build.repo);
            let failure = Failure::usage(format!("no track tags `{label}`, from which `{}` is built", image.name));
            return Err(failure.hint("add `tag` to its `[track.…]` in release.toml").into());
        };
        let Some(version) = self.versions.get(&rule.name) else { return Ok(None) };
        self.prepared(rule, &tag(self.ground, rule, version, OTHER)?).map(Some)
    }

    /// The commit that a version's tag marks, where its track is tagged. An error if the remote lacks the tag.
    pub(super) fn released(&self, at: &Named<'_>) -> Result<Option<Rc<Prepared>>> {
        if at.rule.tag.is_none() {
            return Ok(None);
        }
        self.prepared(at.rule, &tag(self.ground, at.rule, &at.version, "makes the whole release")?).map(Some)
    }

    fn prepared(&self, rule: &TrackRule, commit: &str) -> Result<Rc<Prepared>> {
        let Ground { project, remotes } = self.ground;
        let home = home(self.ground, rule.repo)?;
        remotes.fetch(home, &[commit])?;
        let seconds = remotes.git(rule.repo).commit_seconds(commit)?;
        let own = (rule.repo, project.label(rule.repo));
        let branch = project.repos[rule.repo].release_branch();
        Ok(Rc::new(Prepared::of_commit(own, (home, branch), commit, seconds)))
    }
}

/// The remote where a repository is released, and where its branch is there.
pub(super) fn tip(ground: &Ground, repo: usize) -> Result<(usize, String)> {
    let Ground { project, remotes } = ground;
    let home = home(ground, repo)?;
    let branch = project.repos[repo].release_branch();
    let tip = remotes.refs(home)?.oids.get(&format!("refs/heads/{branch}")).cloned().ok_or_else(|| {
        let url = tools::redact(&remotes.all()[home].url);
        Failure::world(format!("there is no branch `{branch}` at `{url}`"))
            .hint("push it, or name another one with `branch` in release.toml")
    })?;
    Ok((home, tip))
}

fn home(ground: &Ground, repo: usize) -> Result<usize, Failure> {
    ground.remotes.home(repo).ok_or_else(|| {
        Failure::usage(format!("the repository `{}` has no remote", ground.project.label(repo)))
            .hint("give it a `url` in release.toml")
    })
}

/// What is said of the command that releases a version.
const OTHER: &str = "releases it; `--version` names another version";

/// The commit that a version's tag marks at the remote. `hint` says what its release would do.
fn tag(ground: &Ground, rule: &TrackRule, version: &Version, hint: &str) -> Result<String> {
    let remotes = &ground.remotes;
    let Some(pattern) = &rule.tag else {
        let failure =
            Failure::usage(format!("`{}` isn't tagged: nobody knows of which commit a version is", rule.name));
        return Err(failure.hint(format!("add `tag` to `[track.{}]` in release.toml", rule.name)).into());
    };
    let name = pattern.render(&rule.name, version).map_err(Failure::usage)?;
    let home = home(ground, rule.repo)?;
    let (refs, full) = (remotes.refs(home)?, format!("refs/tags/{name}"));
    let commit = refs.peeled.get(&full).or_else(|| refs.oids.get(&full)).cloned();
    commit.ok_or_else(|| {
        let url = tools::redact(&remotes.all()[home].url);
        let failure = Failure::world(format!("there is no tag `{name}` at `{url}`"));
        failure.hint(format!("`cargo xtask run {version}` {hint}")).into()
    })
}
