//! Places → `[[manifest]]` tables: few, and each says one thing.

use std::fmt::Write as _;

use super::super::draft::{Members, Track};
use super::super::known::Role;
use super::super::{Facts, Site, Verdict, token};
use super::cover::{self, cover};
use super::toml::{bare_or_quoted, list, one_line, quoted};
use super::{images, said};

/// One `[[manifest]]`.
pub(super) struct Entry<'s> {
    pub comment: String,
    pub paths: Vec<String>,
    /// `only` or `exclude`, and of what.
    pub narrowed: Option<(&'static str, Vec<String>)>,
    pub lines: Vec<String>,
    /// The places that it names, of all its files.
    pub sites: Vec<&'s Site>,
    /// Those that its patterns hit as well, and that stay what they are.
    pub stays: Vec<&'s Site>,
}

/// A file with the places in it that no entry names yet.
struct File<'s> {
    path: &'s str,
    sites: Vec<&'s Site>,
}

/// Entries for these places. `all` are those that were looked at: some may be meant to stay.
///
/// The order is that of the places, so that the first one of a track is the one that leads. The first file of a
/// manifest decides what its track says, so what disagrees stands behind what doesn't.
pub(super) fn list_entries<'s>(facts: &Facts, tracks: &[Track], sites: &[&'s Site], all: &'s [Site]) -> Vec<Entry<'s>> {
    let mut files = by_file(sites);
    let mut entries = Vec::new();
    for track in tracks {
        let Some(members) = &track.family else { continue };
        let others = tracks.iter().filter(|other| other.family.is_some() && other.name != track.name);
        let family = Family { name: &track.name, members, others: others.map(|other| other.name.as_str()).collect() };
        entries.extend(family_entries(facts, &family, &mut files));
    }
    let families = entries.len();
    let shared = shared_lines(facts, &mut files);
    let alike = same_lines(&files);
    entries.extend(shared.into_iter().chain(alike).map(|group| plain_entry(facts, tracks, group, all)));
    order(tracks, sites, &mut entries, families);
    for entry in &mut entries {
        images::join(facts, entry);
    }
    entries
}

/// Families stay together, in the order of their tracks.
fn order(tracks: &[Track], sites: &[&Site], entries: &mut Vec<Entry>, families: usize) {
    let at = |entry: &Entry| {
        sites.iter().position(|site| entry.sites.iter().any(|own| std::ptr::eq(*own, *site))).unwrap_or(sites.len())
    };
    let mut ranks: Vec<(bool, usize)> = entries.iter().map(|entry| (misleads(tracks, entry), at(entry))).collect();
    let first = ranks[..families].iter().map(|(_, at)| *at).min().unwrap_or(0);
    ranks[..families].iter_mut().for_each(|rank| rank.1 = first);
    let mut ranked: Vec<((bool, usize), Entry)> = ranks.into_iter().zip(entries.drain(..)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    entries.extend(ranked.into_iter().map(|(_, entry)| entry));
}

fn by_file<'s>(sites: &[&'s Site]) -> Vec<File<'s>> {
    let mut files: Vec<File> = Vec::new();
    for site in sites {
        match files.iter_mut().find(|file| file.path == site.path) {
            Some(file) => file.sites.push(site),
            None => files.push(File { path: &site.path, sites: vec![site] }),
        }
    }
    for file in &mut files {
        file.sites.sort_by_key(|site| site.spans.first().map(|span| span.start));
    }
    files
}

/// The lines of places, each once, in an order of their own: files that say the same in another order say the same.
fn lines_of<'s>(sites: impl Iterator<Item = &'s &'s Site>) -> Vec<String> {
    let mut lines: Vec<String> = sites.map(|site| line(site)).collect();
    lines.sort();
    lines.dedup();
    lines
}

/// Would the first file that it names say another version than its track has?
fn misleads(tracks: &[Track], entry: &Entry) -> bool {
    let Some(first) = entry.sites.first() else { return false };
    let first = if entry.paths.iter().any(|path| path.contains(['*', '{'])) {
        entry.sites.iter().map(|site| &site.path).min().unwrap_or(&first.path)
    } else {
        &first.path
    };
    let off = |site: &&&Site| {
        let current =
            tracks.iter().filter(|track| states(site, &track.name)).find_map(|track| track.current.as_deref());
        current.is_some_and(|current| token::dialect(current, &site.number).is_none())
    };
    entry.sites.iter().filter(|site| &site.path == first && site.role != Role::Reset).any(|site| off(&site))
}

/// Does the place say the version of this track, or a part of it?
pub(in crate::plan::init) fn states(site: &Site, track: &str) -> bool {
    site.template.match_indices(&format!("{{{track}")).any(|(at, found)| {
        let next = site.template[at + found.len()..].bytes().next();
        matches!(next, Some(b'}' | b'.' | b':'))
    })
}

// ---- families ----

/// A family, and the names of the others, of which its paths can't speak.
struct Family<'a> {
    name: &'a str,
    members: &'a Members,
    others: Vec<&'a str>,
}

impl Family<'_> {
    fn may_say(&self, site: &Site) -> bool {
        !self.others.iter().any(|other| states(site, other))
    }
}

/// What the members of a family say in the files of one name, taken out of `files`; members that say their number
/// otherwise get an entry of their own.
fn family_entries<'s>(facts: &Facts, family: &Family, files: &mut [File<'s>]) -> Vec<Entry<'s>> {
    let mut groups: Vec<(String, Vec<String>, Vec<usize>)> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let Some((_, rest)) = family.members.split(file.path) else { continue };
        let lines = lines_of(file.sites.iter().filter(|site| states(site, family.name)));
        match groups.iter_mut().find(|(inner, known, _)| inner == rest && *known == lines) {
            _ if lines.is_empty() => {}
            Some((.., here)) => here.push(at),
            None => groups.push((rest.to_owned(), lines, vec![at])),
        }
    }
    let mut entries = Vec::new();
    for (rest, _, here) in groups {
        for here in alike(files, family, here) {
            let entry = family_entry(facts, family, &rest, &here, files);
            for at in here {
                files[at].sites.retain(|site| !entry.lines.contains(&line(site)));
            }
            entries.push(entry);
        }
    }
    entries
}

/// All of them, or first those half or more that say the same altogether: then they are listed once and not twice.
fn alike(files: &[File], family: &Family, here: Vec<usize>) -> Vec<Vec<usize>> {
    let lines = |at: &usize| lines_of(files[*at].sites.iter().filter(|site| family.may_say(site)));
    let sets: Vec<Vec<String>> = here.iter().map(lines).collect();
    let count = |lines: &Vec<String>| sets.iter().filter(|other| *other == lines).count();
    let Some(most) = sets.iter().max_by_key(|lines| count(lines)) else { return vec![here] };
    if most.len() < 2 || count(most) == here.len() || count(most) * 2 < here.len() {
        return vec![here];
    }
    let (same, others) = here.iter().zip(&sets).partition::<Vec<_>, _>(|(_, lines)| *lines == most);
    [same, others].map(|pairs| pairs.into_iter().map(|(at, _)| *at).collect()).to_vec()
}

/// One entry for the files at `here`, with the lines that all of them have.
fn family_entry<'s>(facts: &Facts, family: &Family, rest: &str, here: &[usize], files: &[File<'s>]) -> Entry<'s> {
    let (name, parent) = (family.name, &family.members.parent);
    let everywhere =
        |site: &&&Site| here.iter().all(|at| files[*at].sites.iter().any(|other| line(other) == line(site)));
    let first = files[here[0]].sites.iter().filter(|site| family.may_say(site));
    let lines: Vec<String> = first.filter(everywhere).map(|site| line(site)).collect();
    let all = here.iter().flat_map(|at| files[*at].sites.iter().copied());
    let sites: Vec<&Site> = all.filter(|site| lines.contains(&line(site))).collect();
    let shared: Vec<&Site> = sites.iter().copied().filter(|site| !states(site, name)).collect();
    let comment = match (shared.is_empty(), here.len()) {
        (false, count) => said::comment(&shared, count),
        (true, 1) => format!("`{}`", sites[0].value),
        (true, count) => format!("{count} files, each with its own number"),
    };
    let mut paths: Vec<&str> = here.iter().map(|at| files[*at].path).collect();
    paths.sort_unstable();
    Entry {
        comment,
        paths: vec![format!("{}{{{name}}}/{}", cover::escaped(parent), cover::escaped(rest))],
        narrowed: narrowed(facts, [parent, rest], &paths),
        lines,
        sites,
        stays: Vec::new(),
    }
}

/// `only` or `exclude`, where a family's pattern names more tracked files than are meant.
fn narrowed(facts: &Facts, [parent, rest]: [&str; 2], here: &[&str]) -> Option<(&'static str, Vec<String>)> {
    let inner = |path: &str| {
        path.strip_prefix(parent).and_then(|path| path.split_once('/')).is_some_and(|(_, inner)| inner == rest)
    };
    let others: Vec<&str> =
        facts.files.iter().map(String::as_str).filter(|path| inner(path) && !here.contains(path)).collect();
    // A pattern inside the pattern, where one names them: each stands for itself, and nothing besides.
    let patterns = |paths: &[&str]| {
        let cover = cover(&facts.files, paths);
        if cover.exclude.is_empty() { cover.paths } else { paths.iter().map(|path| cover::escaped(path)).collect() }
    };
    match others.len() {
        0 => None,
        count if count <= here.len() => Some(("exclude", patterns(&others))),
        _ => Some(("only", patterns(here))),
    }
}

// ---- plain files ----

/// Files that say the same, each with its places of those lines.
type Group<'s> = Vec<File<'s>>;

/// Lines that three or more files have, which differ in others and have a pattern: taken out of `files`, those of the
/// same files together.
fn shared_lines<'s>(facts: &Facts, files: &mut [File<'s>]) -> Vec<Group<'s>> {
    let sets: Vec<Vec<String>> = files.iter().map(|file| lines_of(file.sites.iter())).collect();
    let mut of_line: Vec<(&String, Vec<usize>)> = Vec::new();
    for (at, lines) in sets.iter().enumerate() {
        for line in lines {
            match of_line.iter_mut().find(|(known, _)| *known == line) {
                Some((_, here)) => here.push(at),
                None => of_line.push((line, vec![at])),
            }
        }
    }
    let differ = |here: &[usize]| here.iter().any(|at| sets[*at] != sets[here[0]]);
    let paths: Vec<&str> = files.iter().map(|file| file.path).collect();
    let one = |here: &[usize]| {
        let paths: Vec<&str> = here.iter().map(|at| paths[*at]).collect();
        paths.len() >= 3 && cover(&facts.files, &paths).paths.len() == 1
    };
    let mut groups: Vec<(Vec<usize>, Vec<&String>)> = Vec::new();
    for (line, here) in of_line.into_iter().filter(|(_, here)| differ(here) && one(here)) {
        match groups.iter_mut().find(|(known, _)| *known == here) {
            Some((_, lines)) => lines.push(line),
            None => groups.push((here, vec![line])),
        }
    }
    let mut take = |(here, lines): (Vec<usize>, Vec<&String>)| {
        let file = |at: usize| {
            let file = &mut files[at];
            let (taken, kept) = file.sites.iter().partition(|site| lines.contains(&&line(site)));
            file.sites = kept;
            File { path: file.path, sites: taken }
        };
        here.into_iter().map(file).collect()
    };
    groups.into_iter().map(&mut take).collect()
}

/// Files whose lines are the same.
fn same_lines<'s>(files: &[File<'s>]) -> Vec<Group<'s>> {
    let mut groups: Vec<(Vec<String>, Group)> = Vec::new();
    for file in files.iter().filter(|file| !file.sites.is_empty()) {
        let lines = lines_of(file.sites.iter());
        let file = File { path: file.path, sites: file.sites.clone() };
        match groups.iter_mut().find(|(known, _)| *known == lines) {
            Some((_, group)) => group.push(file),
            None => groups.push((lines, vec![file])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn plain_entry<'s>(facts: &Facts, tracks: &[Track], mut group: Group<'s>, all: &'s [Site]) -> Entry<'s> {
    let agrees = |file: &File| {
        let off = |site: &Site| {
            tracks.iter().filter(|track| states(site, &track.name)).any(|track| {
                track.current.as_deref().is_some_and(|current| token::dialect(current, &site.number).is_none())
            })
        };
        !file.sites.iter().any(|site| off(site))
    };
    group.sort_by_key(|file| !agrees(file));
    let paths: Vec<&str> = group.iter().map(|file| file.path).collect();
    let lines: Vec<String> = group[0].sites.iter().map(|site| line(site)).collect();
    let cover = cover(&facts.files, &paths);
    let (stays, exclude): (Vec<_>, Vec<String>) = split_stays(&group[0].sites, cover.exclude, all);
    let sites: Vec<&Site> = group.iter().flat_map(|file| file.sites.iter().copied()).collect();
    Entry {
        comment: said::comment(&sites, group.len()),
        paths: cover.paths,
        narrowed: (!exclude.is_empty()).then_some(("exclude", exclude)),
        lines,
        sites,
        stays,
    }
}

/// Of the files that a pattern hits as well, those that state a version in the same places, and have kept it while the
/// others moved: they are named as what is meant, so that they are seen.
fn split_stays<'s>(like: &[&Site], exclude: Vec<String>, all: &'s [Site]) -> (Vec<&'s Site>, Vec<String>) {
    let stays = |site: &&Site| {
        let kept = site.seen.as_ref().is_some_and(|seen| seen.moved == 0 && seen.of >= 2);
        site.verdict == Verdict::Left && kept && like.iter().any(|other| other.shown() == site.shown())
    };
    let whole = |path: &String| {
        let here: Vec<&Site> = all.iter().filter(|site| site.path == *path).filter(stays).collect();
        let checked = like.iter().filter(|site| site.role != Role::Reset).count();
        (here.len() == checked).then_some(here)
    };
    let (mut kept, mut left) = (Vec::new(), Vec::new());
    for path in exclude {
        match whole(&path) {
            Some(here) => kept.extend(here),
            None => left.push(path),
        }
    }
    (kept, left)
}

/// `yaml."image.tag" = "release-{app}"`.
pub(in crate::plan::init) fn line(site: &Site) -> String {
    let template = quoted(&site.template);
    let seen = site.seen.as_ref();
    let on = match site.role {
        Role::Reset => ", on = \"bump\"",
        _ if seen.is_some_and(|seen| seen.finals) => ", on = \"final\"",
        _ if seen.is_some_and(|seen| seen.between) => ", on = \"bump\"",
        _ => "",
    };
    let value = match site.count.filter(|_| site.role != Role::Reset) {
        Some(count) => format!("{{ template = {template}, count = {count}{on} }}"),
        None if on.is_empty() => template,
        None => format!("{{ template = {template}{on} }}"),
    };
    format!("{}.{} = {value}", site.format, bare_or_quoted(&site.locator))
}

impl Entry<'_> {
    /// The table with its comment, and an empty line before.
    pub fn text(&self) -> String {
        let comment = if self.comment.is_empty() { String::new() } else { format!("# {}\n", one_line(&self.comment)) };
        let mut text = format!("\n{comment}[[manifest]]\npath = {}\n", list(&self.paths));
        if let Some((word, paths)) = &self.narrowed {
            let _ = writeln!(text, "{word} = {}", list(paths));
        }
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}
