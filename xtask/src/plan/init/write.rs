//! The text of `release.toml`, as a person would write it.

use std::fmt::Write as _;

use super::draft::{Draft, Members, Track};
use super::known::Role;
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
pub(super) fn render(facts: &Facts, draft: &Draft) -> String {
    let mut text = format!("[project]\nname = {}\n", quoted(&facts.name));
    for (at, track) in draft.tracks.iter().enumerate() {
        text.push_str(&track_table(track, if at == 0 { branch(facts) } else { None }));
    }
    text.push_str(&siblings(facts, &draft.sites));
    for entry in entries(facts, draft) {
        text.push_str(&entry.text());
    }
    for note in &draft.notes {
        let _ = writeln!(text, "\n# {}", one_line(note));
    }
    text.push_str(&questions(facts, &draft.sites));
    text
}

fn track_table(track: &Track, branch: Option<&str>) -> String {
    let mut text = format!("\n# {}\n[track.{}]\n", one_line(&track.evidence), bare_or_quoted(&track.name));
    key(&mut text, "scheme", track.scheme);
    key(&mut text, "with", track.with.as_deref());
    key(&mut text, "bump", track.bump);
    key(&mut text, "tag", track.tag.as_deref());
    key(&mut text, "branch", branch);
    text
}

/// The branch that releases come from, if its name says so: any other may just be today's.
fn branch<'a>(facts: &'a Facts) -> Option<&'a str> {
    facts.branch.as_deref().filter(|branch| ["main", "master", "trunk"].contains(branch))
}

/// A checkout beside this one that looks like the chart repository is offered as a comment.
fn siblings(facts: &Facts, sites: &[Site]) -> String {
    let charts = sites.iter().any(|site| site.role == Role::Chart && site.verdict == Verdict::Taken);
    let like = |name: &&String| ["chart", "helm"].iter().any(|word| name.to_lowercase().contains(word));
    let Some(name) = facts.siblings.iter().find(like).filter(|_| !charts) else {
        return String::new();
    };
    let path = quoted(&format!("../{name}"));
    format!(
        "\n# `{}` stands beside this checkout: does it move with it?\n# [repo.charts]\n# path = {path}\n",
        one_line(name)
    )
}

fn entries(facts: &Facts, draft: &Draft) -> Vec<Entry> {
    let mut files: Vec<(&str, Vec<&Site>)> = Vec::new();
    for site in draft.sites.iter().filter(|site| site.verdict == Verdict::Taken) {
        match files.iter_mut().find(|(path, _)| *path == site.path) {
            Some((_, sites)) => sites.push(site),
            None => files.push((&site.path, vec![site])),
        }
    }
    let mut families = Vec::new();
    for track in &draft.tracks {
        if let Some(members) = &track.family {
            families.extend(family_entries(facts, &track.name, members, &mut files));
        }
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

/// What the members of a family say in the files of one name, taken out of `files`; members that say their number
/// otherwise get an entry of their own.
fn family_entries(facts: &Facts, name: &str, members: &Members, files: &mut [(&str, Vec<&Site>)]) -> Vec<Entry> {
    let slots = [format!("{{{name}}}"), format!("{{{name}."), format!("{{{name}:")];
    let states = |site: &&&Site| slots.iter().any(|slot| site.template.contains(slot));
    let mut groups: Vec<(&str, Vec<String>, Vec<usize>)> = Vec::new();
    for (at, (path, sites)) in files.iter().enumerate() {
        let Some((_, rest)) = members.split(path) else { continue };
        let lines: Vec<String> = sites.iter().filter(states).map(|site| line(site)).collect();
        match groups.iter_mut().find(|(inner, known, _)| (*inner, &*known) == (rest, &lines)) {
            _ if lines.is_empty() => {}
            Some((.., here)) => here.push(at),
            None => groups.push((rest, lines, vec![at])),
        }
    }
    let parent = members.parent.as_str();
    groups.into_iter().map(|(rest, _, here)| family_entry(facts, name, [parent, rest], &here, files)).collect()
}

/// One entry for the files at `here`, with the lines that all of them have.
fn family_entry(
    facts: &Facts,
    name: &str,
    [parent, rest]: [&str; 2],
    here: &[usize],
    files: &mut [(&str, Vec<&Site>)],
) -> Entry {
    let everywhere = |site: &&&Site| here.iter().all(|at| files[*at].1.iter().any(|other| line(other) == line(site)));
    let common: Vec<&Site> = files[here[0]].1.iter().filter(everywhere).copied().collect();
    let lines: Vec<String> = common.iter().map(|site| line(site)).collect();
    let own = format!("{{{name}");
    let shared = |site: &&Site| !site.template.contains(&own) && lines.contains(&line(site));
    let all: Vec<&Site> = here.iter().flat_map(|at| files[*at].1.clone()).filter(shared).collect();
    let note = match (all.is_empty(), here.len()) {
        (false, count) => comment(&all, count),
        (true, 1) => format!("`{}`", common[0].value),
        (true, count) => format!("{count} files, each with its own number"),
    };
    let paths: Vec<String> = here.iter().map(|at| files[*at].0.to_owned()).collect();
    for at in here {
        files[*at].1.retain(|site| !lines.contains(&line(site)));
    }
    Entry {
        comment: note,
        paths: vec![format!("{parent}{{{name}}}/{rest}")],
        narrowed: narrowed(facts, &format!("{parent}*/{rest}"), paths),
        lines,
    }
}

/// `only` or `exclude`, where the pattern names more tracked files than are meant.
fn narrowed(facts: &Facts, pattern: &str, here: Vec<String>) -> Option<(&'static str, Vec<String>)> {
    let depth = pattern.matches('/').count();
    let alike = |path: &&String| path.matches('/').count() == depth && known::file_matches(pattern, path);
    let others: Vec<String> = facts.files.iter().filter(alike).filter(|path| !here.contains(path)).cloned().collect();
    match others.len() {
        0 => None,
        count if count <= here.len() => Some(("exclude", others)),
        _ => Some(("only", here)),
    }
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
