//! Many paths as few patterns: what a person would write who saw them listed.

use crate::glob::Glob;

/// Patterns, and the files that they would hit as well and must not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cover {
    pub paths: Vec<String>,
    pub exclude: Vec<String>,
}

/// As few patterns as name these files. A pattern is taken where it stands for three or more, and where what it hits
/// besides is little beside them.
pub(super) fn cover(files: &[String], paths: &[&str]) -> Cover {
    let plain = || Cover { paths: paths.iter().map(|path| escaped(path)).collect(), exclude: Vec::new() };
    if paths.len() < 3 {
        return plain();
    }
    let tried = [folders(paths, false), folders(paths, true), anywhere(paths)];
    let covers = tried.into_iter().flatten().filter_map(|pattern| narrowed(files, pattern, paths));
    covers.min_by_key(|cover| cover.exclude.len()).unwrap_or_else(plain)
}

/// The pattern with what it must leave out, if that is few.
fn narrowed(files: &[String], pattern: String, paths: &[&str]) -> Option<Cover> {
    let glob = Glob::parse(&pattern).ok()?;
    let hits = files.iter().filter(|file| glob.is_match(file));
    let others: Vec<&str> = hits.map(String::as_str).filter(|file| !paths.contains(file)).collect();
    let few = others.len() * 4 <= paths.len();
    few.then(|| Cover { paths: vec![pattern], exclude: others.iter().map(|path| escaped(path)).collect() })
}

/// `roles/*/defaults/main.yml`: the same number of folders, of which some differ; `loose` lets more than one.
fn folders(paths: &[&str], loose: bool) -> Option<String> {
    let split: Vec<Vec<&str>> = paths.iter().map(|path| path.split('/').collect()).collect();
    let depth = split[0].len();
    if split.iter().any(|parts| parts.len() != depth) {
        return None;
    }
    let mut differing = 0;
    let mut pattern = Vec::new();
    for at in 0..depth {
        let names: Vec<&str> = split.iter().map(|parts| parts[at]).collect();
        let same = names.iter().all(|name| *name == names[0]);
        differing += usize::from(!same);
        pattern.push(if same { escaped(names[0]) } else { common(&names) });
    }
    (differing == 1 || loose && differing > 1).then(|| pattern.join("/"))
}

/// `modules/**/pom.xml`: one name, however deep.
fn anywhere(paths: &[&str]) -> Option<String> {
    let name = |path: &str| path.rsplit_once('/').map_or(path, |(_, name)| name).to_owned();
    let first = name(paths[0]);
    if paths.iter().any(|path| name(path) != first) {
        return None;
    }
    let folders: Vec<&str> = paths[0].split('/').collect();
    let shared = (0..folders.len()).take_while(|at| {
        *at + 1 < folders.len() && paths.iter().all(|path| path.split('/').nth(*at) == Some(folders[*at]))
    });
    let above: String = shared.map(|at| format!("{}/", escaped(folders[at]))).collect();
    Some(format!("{above}**/{}", escaped(&first)))
}

/// What names share at both ends, with `*` between: `vmagent.spec`, `vmauth.spec` → `vma*.spec`.
pub(super) fn common(names: &[&str]) -> String {
    let ending = names[0].rfind('.').map_or("", |at| &names[0][at..]);
    let ending = if names.iter().all(|name| name.ends_with(ending)) { ending } else { "" };
    let stems: Vec<&str> = names.iter().map(|name| &name[..name.len() - ending.len()]).collect();
    let shared = shared_start(&stems);
    format!("{}*{}", escaped(&stems[0][..shared]), escaped(ending))
}

/// How many bytes all of them begin with.
pub(super) fn shared_start(texts: &[&str]) -> usize {
    let shares =
        |at: usize| texts[0].is_char_boundary(at) && texts.iter().all(|text| text.starts_with(&texts[0][..at]));
    (0..=texts[0].len()).rev().find(|at| shares(*at)).unwrap_or(0)
}

/// Characters of a path that a pattern or a family would take for its own.
pub(super) fn escaped(path: &str) -> String {
    path.chars().map(|c| if "*?[{}".contains(c) { format!("[{c}]") } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[track_caller]
    fn check(files: &[&str], paths: &[&str], want: &[&str], exclude: &[&str]) {
        assert_eq!(cover(&owned(files), paths), Cover { paths: owned(want), exclude: owned(exclude) });
    }

    #[test]
    fn three_files_that_are_alike_are_a_pattern() {
        let specs = ["vmagent.spec", "vmauth.spec", "vminsert.spec"];
        check(&specs, &specs, &["vm*.spec"], &[]);
        check(&specs, &specs[..2], &["vmagent.spec", "vmauth.spec"], &[]);
        let roles = ["roles/a/defaults/main.yml", "roles/b/defaults/main.yml", "roles/c/defaults/main.yml"];
        check(&roles, &roles, &["roles/*/defaults/main.yml"], &[]);
        let poms = ["pom.xml", "core/pom.xml", "core/io/pom.xml", "web/pom.xml"];
        check(&poms, &poms, &["**/pom.xml"], &[]);
        let deep = ["a/x/one/pom.xml", "a/y/two/pom.xml", "a/z/three/pom.xml"];
        check(&[&deep[..], &["b/x/one/pom.xml"]].concat(), &deep, &["a/*/*/pom.xml"], &[]);
    }

    #[test]
    fn what_a_pattern_must_not_hit_is_left_out_or_forbids_it() {
        let all = ["p/a.spec", "p/b.spec", "p/c.spec", "p/d.spec", "p/legacy.spec"];
        check(&all, &all[..4], &["p/*.spec"], &["p/legacy.spec"]);
        check(&all, &all[..3], &all[..3], &[]);
    }

    #[test]
    fn odd_names_are_escaped() {
        check(&[], &["a[1].txt"], &["a[[]1].txt"], &[]);
        check(&[], &["{x}/*.yml"], &["[{]x[}]/[*].yml"], &[]);
    }

    #[test]
    fn the_shared_part_of_names() {
        assert_eq!(common(&["vmagent.spec", "vmauth.spec", "vminsert.spec"]), "vm*.spec");
        assert_eq!(common(&["a", "b.x", "c"]), "*");
    }
}
