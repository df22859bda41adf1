//! Which tracks move, to which versions, and what every place must then say.

use std::collections::{HashMap, HashSet};

use crate::config::nearest;
use crate::error::Failure;
use crate::model::{Model, Site};
use crate::plan::check::Drift;
use crate::resolve::Project;
use crate::template::Template;
use crate::version::level::Level;
use crate::version::{Date, Version};

/// What was asked: `minor`, `1.27.0`, `chart=minor`, `app=1.27.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The track, the family or the family's member; the project's leading track if none is named.
    pub track: Option<String>,
    /// How far.
    pub target: Target,
}

/// How far a track moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// By a level.
    Level(Level),
    /// To a version.
    Version(Version),
}

impl Request {
    /// Reads `[TRACK=]LEVEL|VERSION`.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let (track, target) = match text.split_once('=') {
            Some(("", _)) => {
                return Err(
                    Failure::usage(format!("`{}` names no track", text.escape_default())).hint("write `app=minor`")
                );
            }
            Some((track, target)) => (Some(track.to_owned()), target),
            None => (None, text),
        };
        if let Some(level) = Level::parse(target) {
            return Ok(Self { track, target: Target::Level(level) });
        }
        match Version::parse(target) {
            Ok(version) => Ok(Self { track, target: Target::Version(version) }),
            Err(_) if target.is_empty() => {
                let message = format!("`{}` says neither how far nor to which version", text.escape_default());
                Err(Failure::usage(message).hint("write it as `app=minor` or `app=1.2.3`"))
            }
            Err(_) if target.strip_prefix(['v', 'V']).is_some_and(|rest| Version::parse(rest).is_ok()) => {
                let hint = format!(
                    "write `{}`: what stands before the number belongs to the places and the tag",
                    &target[1..]
                );
                Err(Failure::usage(format!("`{target}` is no version: it begins with `{}`", &target[..1])).hint(hint))
            }
            Err(error) => {
                let levels = ["major", "minor", "patch", "pre", "rc", "beta", "alpha", "final", "dev", "next"];
                let word = target.bytes().all(|b| b.is_ascii_alphabetic());
                let hint = match (nearest(target, levels), error.hint) {
                    (Some(near), _) if word => format!("did you mean `{near}`?"),
                    (_, Some(hint)) if !word => hint,
                    _ => format!("say {}, or a version such as 1.2.3", levels.join(", ")),
                };
                let message = if word { format!("`{target}` is neither a level nor a version") } else { error.message };
                Err(Failure::usage(message).hint(hint))
            }
        }
    }
}

/// What a bump may do that it would else refuse.
#[derive(Clone, Copy, Debug, Default)]
pub struct Permits {
    /// Move to the same or a lower version.
    pub lower: bool,
}

/// A track that moves.
#[derive(Clone, Debug)]
pub struct Move {
    /// Index into [`Model::tracks`].
    pub track: usize,
    /// The version before, if any place said it.
    pub from: Option<Version>,
    /// The version after.
    pub to: Version,
    /// The track that it follows; `None` when it was asked for.
    pub follows: Option<usize>,
}

/// A place and what it must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Index into [`Model::sites`].
    pub site: usize,
    /// What it must say.
    pub wanted: String,
}

/// The whole of a bump.
#[derive(Debug)]
pub struct Bump {
    /// The tracks that move, those asked for first.
    pub moves: Vec<Move>,
    /// What every place of theirs must say, in the order of the sites; places that say it already are left out.
    pub writes: Vec<Write>,
    /// Places that disagreed before; they are written too.
    pub drifted: Vec<Drift>,
}

/// Decides on a bump. Refuses as a whole; nothing is half-planned.
pub fn bump(model: &Model<'_>, requests: &[Request], permits: Permits, today: Date) -> Result<Bump, Failure> {
    let mut asked: Vec<(usize, Target)> = Vec::new();
    let mut followers: Vec<(usize, Target)> = Vec::new();
    let mut by_family: HashSet<usize> = HashSet::new();
    let bare = [Request { track: None, target: Target::Level(Level::Patch) }];
    let plain = requests.is_empty();
    for request in if plain { &bare[..] } else { requests } {
        let tracks = named_tracks(model, request.track.as_deref())?;
        let default = |track: usize| Target::Level(rule(model, track).bump.clone());
        let targets = tracks.iter().map(|&track| (track, if plain { default(track) } else { request.target.clone() }));
        let follows = tracks.iter().all(|&track| !rule(model, track).with.is_empty());
        let family =
            request.track.as_ref().and_then(|name| model.project.tracks.iter().find(|track| track.name == *name));
        if family.is_some_and(|track| track.family) {
            by_family.extend(&tracks);
        }
        if follows && requests.len() > 1 { followers.extend(targets) } else { asked.extend(targets) }
    }
    for (at, (track, _)) in followers.iter().enumerate() {
        if followers[..at].iter().any(|(other, _)| other == track) {
            return Err(asked_twice(&model.tracks[*track].name));
        }
    }
    // Said for a follower, a level is how far it goes *when* it follows; alone, it is a request of its own.
    if asked.is_empty() {
        asked = std::mem::take(&mut followers);
    }
    let mut moves = Vec::new();
    for (track, target) in asked {
        push_move(model, track, &target, None, permits, today, &mut moves)?;
    }
    follow(model, &followers, permits, today, &mut moves)?;
    // What was asked for by name moves, whether it follows or not; of a family it is enough that some members do.
    let came_along = |family: usize, moves: &[Move]| moves.iter().any(|moved| model.tracks[moved.track].rule == family);
    let left: Vec<&(usize, Target)> = followers
        .iter()
        .filter(|(track, _)| !moves.iter().any(|moved| moved.track == *track))
        .filter(|(track, _)| !by_family.contains(track) || !came_along(model.tracks[*track].rule, &moves))
        .collect();
    for (track, target) in &left {
        push_move(model, *track, target, None, permits, today, &mut moves)?;
    }
    if !left.is_empty() {
        follow(model, &followers, permits, today, &mut moves)?;
    }
    let (writes, drifted) = writes(model, &moves)?;
    Ok(Bump { moves, writes, drifted })
}

fn rule<'m>(model: &Model<'m>, track: usize) -> &'m crate::resolve::TrackRule {
    &model.project.tracks[model.tracks[track].rule]
}

/// The tracks that this name means: one, or all members of a family; without a name the leading track.
pub fn named_tracks(model: &Model<'_>, name: Option<&str>) -> Result<Vec<usize>, Failure> {
    let Some(name) = name else {
        return leading_track(model.project, model).map(|track| vec![track]);
    };
    if let Some(family) = model.project.tracks.iter().position(|track| track.family && track.name == name) {
        return Ok((0..model.tracks.len()).filter(|&track| model.tracks[track].rule == family).collect());
    }
    if let Some(track) = model.find_track(name) {
        return Ok(vec![track]);
    }
    let families = model.project.tracks.iter().map(|track| track.name.as_str());
    let mut known: Vec<&str> = families.chain(model.tracks.iter().map(|track| track.name.as_str())).collect();
    known.sort_unstable();
    known.dedup();
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("tracks: {}", known.join(", ")),
    };
    Err(Failure::usage(format!("unknown track `{}`", name.escape_default())).hint(hint))
}

/// The track that a request means when it names none: the first that follows no other.
fn leading_track(project: &Project, model: &Model<'_>) -> Result<usize, Failure> {
    let leads = |track: &usize| rule(model, *track).with.is_empty() && !rule(model, *track).family;
    (0..model.tracks.len()).find(leads).ok_or_else(|| {
        let names: Vec<&str> = project.tracks.iter().map(|track| track.name.as_str()).collect();
        Failure::usage("no track leads the others, so one has to be named")
            .hint(format!("say `TRACK=LEVEL`, as in `{}=patch`", names.first().unwrap_or(&"app")))
    })
}

fn push_move(
    model: &Model<'_>,
    track: usize,
    target: &Target,
    follows: Option<usize>,
    permits: Permits,
    today: Date,
    moves: &mut Vec<Move>,
) -> Result<(), Failure> {
    let name = &model.tracks[track].name;
    if moves.iter().any(|moved| moved.track == track) {
        return Err(asked_twice(name));
    }
    let from = model.tracks[track].current.as_ref().map(|(version, _)| version.clone());
    let scheme = rule(model, track).scheme;
    let to = match (target, &from) {
        (Target::Version(version), _) => version.clone(),
        (Target::Level(level), Some(from)) => from.bump(level, scheme, today).map_err(|error| refused(name, error))?,
        (Target::Level(_), None) => {
            return Err(Failure::usage(format!("no place says the version of `{name}`"))
                .hint(format!("say it: `{name}=1.2.3`")));
        }
    };
    scheme.check(&to).map_err(|error| refused(name, error))?;
    if let Some(from) = from.as_ref().filter(|from| to.compare(from).is_le() && !permits.lower) {
        let (message, hint) = match to.compare(from) {
            std::cmp::Ordering::Equal if to == *from => (
                format!("`{name}` is at `{from}` already"),
                "if its commit is missing, commit the files; `--allow-lower` writes every place again",
            ),
            std::cmp::Ordering::Equal => (
                format!("`{to}` is no later than `{name}`'s `{from}`, only spelled otherwise"),
                "if that is meant, add `--allow-lower`",
            ),
            _ => (format!("`{to}` is lower than `{name}`'s `{from}`"), "if that is meant, add `--allow-lower`"),
        };
        return Err(Failure::world(message).hint(hint));
    }
    moves.push(Move { track, from, to, follows });
    Ok(())
}

fn asked_twice(name: &str) -> Failure {
    Failure::usage(format!("`{name}` is asked to move twice")).hint("name each track once")
}

fn refused(name: &str, error: crate::version::VersionError) -> Failure {
    let failure = Failure::usage(format!("`{name}`: {}", error.message));
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Moves what follows the tracks that move, until nothing more does.
fn follow(
    model: &Model<'_>,
    levels: &[(usize, Target)],
    permits: Permits,
    today: Date,
    moves: &mut Vec<Move>,
) -> Result<(), Failure> {
    let mut moved = vec![false; model.tracks.len()];
    for known in moves.iter() {
        moved[known.track] = true;
    }
    let levels: HashMap<usize, &Target> = levels.iter().map(|(track, target)| (*track, target)).collect();
    let mut at = 0;
    while at < moves.len() {
        let leader = moves[at].track;
        at += 1;
        let leads = model.tracks[leader].rule;
        if !model.project.tracks.iter().any(|rule| rule.with.contains(&leads)) {
            continue;
        }
        let stating = members_stating(model, leader);
        let families: HashSet<usize> = stating.iter().map(|&member| model.tracks[member].rule).collect();
        for (track, gone) in moved.iter_mut().enumerate() {
            let family = model.tracks[track].rule;
            // A family's member goes along when its own manifests state the leader's version; if none do, all go.
            // Of two families over the same folders, each member follows its own.
            let along = match twin(model, leader, family) {
                Some(twin) => twin == track,
                None => !rule(model, track).family || !families.contains(&family) || stating.contains(&track),
            };
            if *gone || !rule(model, track).with.contains(&leads) || !along {
                continue;
            }
            let target = match levels.get(&track) {
                Some(target) => (*target).clone(),
                None if rule(model, track).same => keep_step(model, track, &moves[at - 1])?,
                None => Target::Level(rule(model, track).bump.clone()),
            };
            push_move(model, track, &target, Some(leader), permits, today, moves)?;
            *gone = true;
        }
    }
    Ok(())
}

/// Where a track goes that keeps step with the one that moved.
fn keep_step(model: &Model<'_>, track: usize, leader: &Move) -> Result<Target, Failure> {
    let (name, lead) = (&model.tracks[track].name, &model.tracks[leader.track].name);
    // Whoever moves it by a level says that nobody knows where it stands.
    let Some((own, _)) = &model.tracks[track].current else { return Ok(Target::Level(Level::Patch)) };
    let Some(from) = leader.from.as_ref().filter(|from| **from != leader.to) else {
        let state = if leader.from.is_some() { "is already at" } else { "had no version before" };
        let message = format!("how far `{name}` goes can't be seen: `{lead}` {state} `{}`", leader.to);
        return Err(Failure::world(message).hint(format!("say which version it gets: `{name}=VERSION`")));
    };
    let to = own.keep_step(from, &leader.to, rule(model, track).scheme).map_err(|error| refused(name, error))?;
    Ok(Target::Version(to))
}

/// The member of `family` that has the same folder as this member of another one.
fn twin(model: &Model<'_>, track: usize, family: usize) -> Option<usize> {
    let own = &model.tracks[track];
    let same = |other: &usize| model.tracks[*other].rule == family && model.tracks[*other].member() == own.member();
    (rule(model, track).family && own.rule != family).then(|| (0..model.tracks.len()).find(same)).flatten()
}

/// The members of families whose own manifests state this track's version.
fn members_stating(model: &Model<'_>, leader: usize) -> HashSet<usize> {
    let states = |site: &&Site| model.manifest(site).family.is_some() && model.site_tracks(site).contains(&leader);
    let member = |site: &Site| {
        let family = model.manifest(site).family?;
        model.slot_track(site, &model.project.tracks[family].name)
    };
    model.sites.iter().filter(states).filter_map(member).collect()
}

/// What every place of the moving tracks must say, and which of them disagreed before.
fn writes(model: &Model<'_>, moves: &[Move]) -> Result<(Vec<Write>, Vec<Drift>), Failure> {
    let mut to: Vec<Option<&Version>> = vec![None; model.tracks.len()];
    for moved in moves {
        to[moved.track] = Some(&moved.to);
    }
    let moves_here = files_that_move(model, &to);
    let (mut writes, mut drifted, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for (index, site) in model.sites.iter().enumerate() {
        let tracks = model.site_tracks(site);
        let entry = model.entry(site);
        let fixed = entry.on_bump && tracks.is_empty() && moves_here.contains(&site.file);
        let early = entry.on_final && tracks.iter().any(|&track| to[track].is_some_and(Version::is_prerelease));
        if early || !fixed && !tracks.iter().any(|&track| to[track].is_some()) || model.find_allow(site).is_some() {
            continue;
        }
        if let Ok(wanted) = model.wanted(site, &|_| None)
            && wanted != site.value
            && !entry.on_bump
            && drift_counts(model, &tracks)
        {
            drifted.push(Drift { site: index, wanted });
        }
        match model.wanted(site, &|track| to[track]) {
            Ok(wanted) if wanted != site.value => writes.push(Write { site: index, wanted }),
            Ok(_) => {}
            Err(reason) => failures.push(
                Failure::usage(format!("{}: {reason}", model.shown_path(site.file)))
                    .hint(format!("the template is `{}`", entry.template)),
            ),
        }
    }
    Failure::all(failures).map(|()| (writes, drifted))
}

fn drift_counts(model: &Model<'_>, tracks: &[usize]) -> bool {
    tracks.iter().all(|&track| model.tracks[track].current.is_some())
}

/// The files in which a track moves: there the fixed values are written too.
fn files_that_move(model: &Model<'_>, to: &[Option<&Version>]) -> HashSet<usize> {
    let moves = |site: &&Site| model.site_tracks(site).iter().any(|&track| to[track].is_some());
    model.sites.iter().filter(moves).map(|site| site.file).collect()
}

/// The configured subject at the new versions, else one that names the tracks.
pub fn subject(model: &Model<'_>, bump: &Bump, template: Option<&Template>) -> Result<String, Failure> {
    let moved = |track: usize| bump.moves.iter().find(|moved| moved.track == track).map(|moved| &moved.to);
    let current = |track: usize| model.tracks[track].current.as_ref().map(|(version, _)| version);
    match template {
        Some(template) => template
            .render(|name| model.find_track(name).and_then(|track| moved(track).or_else(|| current(track))))
            .map_err(|reason| Failure::usage(format!("the commit subject `{template}`: {reason}"))),
        None => {
            let asked: Vec<String> = bump
                .moves
                .iter()
                .filter(|moved| moved.follows.is_none())
                .take(3)
                .map(|moved| format!("{} to {}", model.tracks[moved.track].name, moved.to.as_str()))
                .collect();
            Ok(format!("Bump {}", asked.join(", ")))
        }
    }
}
