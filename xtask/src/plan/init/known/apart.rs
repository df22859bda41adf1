//! Versions that are kept apart: MAJOR, MINOR and PATCH as sites.

use std::ops::Range;

use super::{Facts, Place, Role, SHAPES, Site, file_matches, parts, place, site, token};

/// Files whose versions may be kept apart: by name, or by `version` in it.
const APART: &[&str] = &[
    "CMakeLists.txt",
    "meta",
    "Makefile",
    "*.gradle",
    "*.gradle.kts",
    "gradle.properties",
    "*.hpp",
    "*.h",
    "configure.ac",
];

/// May a version be kept apart in this file?
pub(super) fn kept_apart(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.to_lowercase().contains("version") || APART.iter().any(|pattern| file_matches(pattern, path))
}

/// MAJOR, MINOR and PATCH of the project itself: not of an interface that it speaks.
pub(super) fn apart(facts: &Facts, path: &str, text: &str) -> Vec<Site> {
    let own = |group: &&parts::Group| {
        let stem = token::squeeze(&group.stem);
        let words = ["version", "v", "ver", "current", "project", "lib"];
        let name = token::squeeze(&facts.name);
        let rest = stem.replace(&name, "").replace("version", "").replace("project", "");
        words.contains(&stem.as_str()) || rest.is_empty() || (rest.len() <= 3 && stem.contains("version"))
    };
    let groups = parts::groups(text);
    let Some(group) = groups.iter().find(own) else { return Vec::new() };
    let places = place::Places::new(path, text);
    let pre = group.pre.iter().map(|span| ("pre", span));
    let named = ["major", "minor", "patch"].into_iter().zip(&group.numbers).chain(pre);
    let site = |(part, span): (&'static str, &Range<usize>)| {
        let alone = |(_, _, hits): &place::Strict| place::around(text, &hits[0], span) == Some(("", ""));
        let (format, locator, hits) = places.every(span).find(alone)?;
        let place = Place { path, rank: SHAPES.len(), format, role: Role::Part(part), locator };
        let mut site = site(text, &place, hits)?;
        // What may come behind the numbers has its own line.
        site.shape = if group.pre.is_some() { site.value.clone() } else { site.shape };
        Some(site)
    };
    named.filter_map(site).collect()
}

/// Three parts of one file are one version: each site gets the whole as its number, or is dropped.
pub(super) fn join_parts(sites: &mut Vec<Site>) {
    let parts: Vec<(String, &str, String)> = sites
        .iter()
        .filter_map(|site| match site.role {
            Role::Part(part) => Some((site.path.clone(), part, site.value.clone())),
            _ => None,
        })
        .collect();
    let whole = |path: &str| {
        let said = |part: &str| parts.iter().find(|(of, name, _)| of == path && *name == part).map(|(.., value)| value);
        let numbers = format!("{}.{}.{}", said("major")?, said("minor")?, said("patch")?);
        Some(parts::whole(&numbers, said("pre").map_or("", String::as_str)))
    };
    sites.retain_mut(|site| match site.role {
        Role::Part(_) => whole(&site.path).map(|number| site.number = number).is_some(),
        _ => true,
    });
}
