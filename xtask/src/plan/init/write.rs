//! The text of `release.toml`, as a person would write it.

use std::fmt::Write as _;

use super::known::Role;
use super::tracks::{App, Family, Tracks};
use super::{Facts, Site, Verdict, known};

/// More questions than this are noise: `check --strays` lists the rest.
const QUESTIONS: usize = 40;

/// One `[[manifest]]`.
struct Entry {
    comment: String,
    paths: Vec<String>,
    narrowed: Option<(&'static str, Vec<String>)>,
    lines: Vec<String>,
}

/// The whole text.
pub(super) fn render(facts: &Facts, tracks: &Tracks, sites: &[Site]) -> String {
    let mut text = format!("[project]\nname = {}\n", quoted(&facts.name));
    let taken: Vec<&Site> = sites.iter().filter(|site| site.verdict == Verdict::Taken).collect();
    if let Some(app) = app_table(facts, tracks, &taken) {
        text.push_str(&app);
    }
    let lone = tracks.app.is_none();
    for (at, family) in tracks.families.iter().enumerate() {
        text.push_str(&family_table(family, if lone && at == 0 { branch(facts) } else { None }));
    }
    text.push_str(&siblings(facts, tracks));
    for entry in entries(facts, tracks, &taken) {
        text.push_str(&entry.text());
    }
    text.push_str(&questions(facts, sites));
    text
}

fn app_table(facts: &Facts, tracks: &Tracks, taken: &[&Site]) -> Option<String> {
    let nothing = App::default();
    let app = match &tracks.app {
        Some(app) => app,
        None if tracks.families.is_empty() => &nothing,
        None => return None,
    };
    let mut text = String::from("\n");
    let stated = taken.iter().any(|site| site.template.contains("{app"));
    let note = match (&app.conflict, &app.current, &app.tags) {
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
    };
    let _ = writeln!(text, "# {}\n[track.app]", one_line(&note));
    key(&mut text, "scheme", app.scheme);
    key(&mut text, "bump", app.tags.as_ref().and_then(|group| group.usual_bump()));
    let pattern = app.tags.as_ref().map(|group| group.pattern()).filter(|pattern| pattern != "v{version}");
    // Where all tags count something else, a tag of this track would be a new thing that nobody asked for.
    let foreign = app.tags.is_none() && !facts.tags.is_empty();
    key(&mut text, "tag", if foreign { Some("") } else { pattern.as_deref() });
    key(&mut text, "branch", branch(facts));
    Some(text)
}

fn family_table(family: &Family, branch: Option<&str>) -> String {
    let many = family.members.len();
    let note = match family.single {
        true => format!(
            "`{}`, with a number of its own",
            if many == 1 && !family.members[0].is_empty() { &family.members[0] } else { &family.name }
        ),
        false if many == 1 => format!("`{}`, which does not follow the others", family.members[0]),
        false => format!("{many} of them, each with its own number"),
    };
    let mut text = format!("\n# {}\n[track.{}]\n", one_line(&note), bare_or_quoted(&family.name));
    key(&mut text, "scheme", family.scheme);
    key(&mut text, "with", family.with_app.then_some("app"));
    key(&mut text, "tag", family.tag.as_deref());
    key(&mut text, "branch", branch);
    text
}

/// The branch that releases come from, if its name says so: any other may just be today's.
fn branch<'a>(facts: &'a Facts) -> Option<&'a str> {
    facts.branch.as_deref().filter(|branch| ["main", "master", "trunk"].contains(branch))
}

/// A checkout beside this one that looks like the chart repository is offered as a comment.
fn siblings(facts: &Facts, tracks: &Tracks) -> String {
    let like = |name: &&String| ["chart", "helm"].iter().any(|word| name.to_lowercase().contains(word));
    let Some(name) = facts.siblings.iter().find(like).filter(|_| tracks.families.is_empty()) else {
        return String::new();
    };
    let path = quoted(&format!("../{name}"));
    format!(
        "\n# `{}` stands beside this checkout: does it move with it?\n# [repo.charts]\n# path = {path}\n",
        one_line(name)
    )
}

fn entries(facts: &Facts, tracks: &Tracks, taken: &[&Site]) -> Vec<Entry> {
    let mut files: Vec<(&str, Vec<&Site>)> = Vec::new();
    for site in taken {
        match files.iter_mut().find(|(path, _)| *path == site.path) {
            Some((_, sites)) => sites.push(site),
            None => files.push((&site.path, vec![site])),
        }
    }
    let mut families = Vec::new();
    for family in tracks.families.iter().filter(|family| !family.single) {
        families.extend(family_entries(facts, family, &mut files));
    }
    let mut groups: Vec<(Vec<String>, Vec<&str>, Vec<&Site>)> = Vec::new();
    for (path, sites) in files.iter().filter(|(_, sites)| !sites.is_empty()) {
        let lines: Vec<String> = sites.iter().map(|site| line(site)).collect();
        match groups.iter_mut().find(|(known, ..)| *known == lines) {
            Some((_, paths, all)) => {
                paths.push(path);
                all.extend(sites);
            }
            None => groups.push((lines, vec![path], sites.clone())),
        }
    }
    let plain = groups.into_iter().map(|(lines, paths, sites)| Entry {
        comment: comment(&sites, paths.len()),
        paths: globbed(facts, &paths),
        narrowed: None,
        lines,
    });
    families.into_iter().chain(plain).collect()
}

/// What all members of a family say in the files of one name, taken out of `files`.
fn family_entries(facts: &Facts, family: &Family, files: &mut [(&str, Vec<&Site>)]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let named = |path: &str, name: &str| {
        family.member_of(path).is_some_and(|member| path == format!("{}{member}/{name}", family.parent))
    };
    for name in ["Chart.yaml", "ChartV3.yaml", "config.yaml", "config.json"] {
        let members: Vec<usize> = (0..files.len()).filter(|at| named(files[*at].0, name)).collect();
        let Some(first) = members.first() else { continue };
        let everywhere =
            |site: &&&Site| members.iter().all(|at| files[*at].1.iter().any(|other| line(other) == line(site)));
        let common: Vec<&Site> = files[*first].1.iter().filter(everywhere).copied().collect();
        if !common.iter().any(|site| site.role == Role::Chart) {
            continue;
        }
        let lines: Vec<String> = common.iter().map(|site| line(site)).collect();
        let all: Vec<&Site> = members
            .iter()
            .flat_map(|at| files[*at].1.clone())
            .filter(|site| site.role != Role::Chart && lines.contains(&line(site)))
            .collect();
        let here: Vec<String> = members.iter().map(|at| files[*at].0.to_owned()).collect();
        let pattern = format!("{}*/{name}", family.parent);
        let depth = pattern.matches('/').count();
        let alike = |path: &&String| path.matches('/').count() == depth && known::file_matches(&pattern, path);
        let others: Vec<String> =
            facts.files.iter().filter(alike).filter(|path| !here.contains(path)).cloned().collect();
        let narrowed = match others.len() {
            0 => None,
            count if count <= here.len() => Some(("exclude", others)),
            _ => Some(("only", here)),
        };
        let note = match (all.is_empty(), members.len()) {
            (false, count) => comment(&all, count),
            (true, 1) => format!("`{}`", common[0].value),
            (true, count) => format!("{count} files, each with its own number"),
        };
        entries.push(Entry {
            comment: note,
            paths: vec![format!("{}{{{}}}/{name}", family.parent, family.name)],
            narrowed,
            lines: lines.clone(),
        });
        for at in members {
            files[at].1.retain(|site| !lines.contains(&line(site)));
        }
    }
    entries
}

impl Entry {
    fn text(&self) -> String {
        let mut text = format!("\n# {}\n[[manifest]]\n", one_line(&self.comment));
        let _ = writeln!(text, "path = {}", list(&self.paths));
        if let Some((word, paths)) = &self.narrowed {
            let _ = writeln!(text, "{word} = {}", array(paths));
        }
        for line in &self.lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

/// The evidence in one line: what they say, how many of them, and who disagrees.
fn comment(sites: &[&Site], files: usize) -> String {
    let (off, right): (Vec<&Site>, Vec<&Site>) = sites.iter().partition(|site| site.reason.starts_with("disagrees"));
    let mut text = right.first().map_or(String::new(), |site| site.reason.clone());
    if files > 1 {
        let mut wrong: Vec<_> = off.iter().map(|site| &site.path).collect();
        wrong.dedup();
        let (value, tag) = text.split_once(',').unwrap_or((&text, ""));
        let (of, comma) = (
            if wrong.is_empty() { String::new() } else { format!("{} of ", files.saturating_sub(wrong.len())) },
            if tag.is_empty() { "" } else { "," },
        );
        text = format!("{value} in {of}{files} files{comma}{tag}");
    }
    for site in off {
        let name = if files > 1 { site.path.clone() } else { site.locator.clone() };
        let _ = write!(text, "{}`{name}` disagrees: `{}`", if text.is_empty() { "" } else { "; " }, site.value);
    }
    text
}

fn questions(facts: &Facts, sites: &[Site]) -> String {
    let unsure: Vec<&Site> = sites.iter().filter(|site| site.verdict == Verdict::Unsure).collect();
    if unsure.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n# Unsure, and so left out: take the `# ` away where a place should follow.\n");
    let mut files: Vec<(&str, Vec<&Site>)> = Vec::new();
    for site in unsure.iter().take(QUESTIONS) {
        match files.iter_mut().find(|(path, sites)| *path == site.path && sites[0].reason == site.reason) {
            Some((_, sites)) => sites.push(site),
            None => files.push((&site.path, vec![site])),
        }
    }
    let mut groups: Vec<(Vec<String>, Vec<&str>, &str)> = Vec::new();
    for (path, sites) in &files {
        let mut lines: Vec<String> = sites.iter().map(|site| line(site)).collect();
        lines.dedup();
        match groups.iter_mut().find(|(known, _, reason)| *known == lines && *reason == sites[0].reason) {
            Some((_, paths, _)) => paths.push(path),
            None => groups.push((lines, vec![path], &sites[0].reason)),
        }
    }
    for (lines, paths, reason) in groups {
        let entry = Entry { comment: reason.to_owned(), paths: globbed(facts, &paths), narrowed: None, lines };
        for line in entry.text().lines() {
            let _ = writeln!(text, "{}", if line.is_empty() { String::from("#") } else { format!("# {line}") });
        }
    }
    if unsure.len() > QUESTIONS {
        let _ = writeln!(text, "#\n# and {} more: `check --strays` lists them", unsure.len() - QUESTIONS);
    }
    text
}

/// Three paths or more become a glob, if it names no other tracked file.
fn globbed(facts: &Facts, paths: &[&str]) -> Vec<String> {
    let plain = || paths.iter().map(|path| escaped(path)).collect();
    if paths.len() < 3 {
        return plain();
    }
    let split: Vec<Vec<&str>> = paths.iter().map(|path| path.split('/').collect()).collect();
    let same = |at: usize| split.iter().all(|parts| parts[at] == split[0][at]);
    let depth = split[0].len();
    if split.iter().any(|parts| parts.len() != depth) {
        return plain();
    }
    let varying: Vec<usize> = (0..depth).filter(|at| !same(*at)).collect();
    let [at] = varying[..] else { return plain() };
    let mut pattern: Vec<String> = split[0].iter().map(|part| escaped(part)).collect();
    let names: Vec<&str> = split.iter().map(|parts| parts[at]).collect();
    pattern[at] = if at + 1 == depth { common(&names) } else { String::from("*") };
    let loose = pattern.join("/");
    let exact = facts
        .files
        .iter()
        .filter(|file| file.matches('/').count() + 1 == depth && known::file_matches(&loose, file))
        .count()
        == paths.len();
    if exact && !loose.contains(['[', '?']) { vec![loose] } else { plain() }
}

/// `vmagent.spec`, `vmauth.spec` → `vma*.spec`; the shorter `*.spec` is tried by nobody, it may hit too much.
fn common(names: &[&str]) -> String {
    let ending = names[0].rfind('.').map_or("", |at| &names[0][at..]);
    let ending = if names.iter().all(|name| name.ends_with(ending)) { ending } else { "" };
    let stems: Vec<&str> = names.iter().map(|name| &name[..name.len() - ending.len()]).collect();
    let shared = (0..=stems[0].len())
        .rev()
        .find(|at| stems[0].is_char_boundary(*at) && stems.iter().all(|stem| stem.starts_with(&stems[0][..*at])))
        .unwrap_or(0);
    format!("{}*{ending}", &stems[0][..shared])
}

/// Characters of a path that a glob or a family would take for its own.
fn escaped(path: &str) -> String {
    path.chars().map(|c| if "*?[{".contains(c) { format!("[{c}]") } else { c.to_string() }).collect()
}

/// `yaml."image.tag" = "release-{app}"`.
fn line(site: &Site) -> String {
    let template = quoted(&site.template);
    let value = match (site.role, site.count) {
        (Role::Reset, _) => format!("{{ template = {template}, on = \"bump\" }}"),
        (_, Some(count)) => format!("{{ template = {template}, count = {count} }}"),
        _ => template,
    };
    format!("{}.{} = {value}", site.format, bare_or_quoted(&site.locator))
}

fn key(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{name} = {}", quoted(value));
    }
}

fn list(paths: &[String]) -> String {
    if let [path] = paths { quoted(path) } else { array(paths) }
}

fn array(paths: &[String]) -> String {
    match paths {
        paths if paths.iter().map(String::len).sum::<usize>() < 90 => {
            format!("[{}]", paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(", "))
        }
        paths => format!("[\n{}]", paths.iter().map(|path| format!("    {},\n", quoted(path))).collect::<String>()),
    }
}

fn bare_or_quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if bare { key.to_owned() } else { quoted(key) }
}

/// A TOML string: literal where that spares escapes.
fn quoted(text: &str) -> String {
    let control = text.chars().any(char::is_control);
    if text.contains(['"', '\\']) && !text.contains('\'') && !control {
        return format!("'{text}'");
    }
    let escape = |c: char| match c {
        '"' => String::from("\\\""),
        '\\' => String::from("\\\\"),
        '\t' => String::from("\\t"),
        c if c.is_control() => format!("\\u{:04X}", c as u32),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// A comment ends with its line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_quoted(text: &str, want: &str) {
        assert_eq!(quoted(text), want);
        let parsed: toml_edit::Document<String> = format!("a = {want}").parse().unwrap();
        assert_eq!(parsed["a"].as_str(), Some(text));
    }

    #[test]
    fn strings_are_quoted_as_a_person_would() {
        check_quoted("v{app}", "\"v{app}\"");
        check_quoted("github_tag=${1-\"{}\"}", "'github_tag=${1-\"{}\"}'");
        check_quoted("a'b\"c\\\t", "\"a'b\\\"c\\\\\\t\"");
        check_quoted("a\u{1}", "\"a\\u0001\"");
    }

    #[test]
    fn the_shared_part_of_names() {
        assert_eq!(common(&["vmagent.spec", "vmauth.spec", "vminsert.spec"]), "vm*.spec");
        assert_eq!(common(&["a", "b.x", "c"]), "*");
    }
}
