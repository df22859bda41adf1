//! The entries of the project's own packages in lock files.

use std::collections::BTreeSet;

use super::{Facts, Place, Role, SHAPES, Site, file_matches, place, site, skip};

/// Lock files, and the manifests that give the names of the project's own entries.
const LOCKS: [(&str, &str); 2] = [("Cargo.lock", "Cargo.toml"), ("uv.lock", "pyproject.toml")];

/// The entries of the project's own packages in lock files: each name once, whichever manifest says it.
pub(super) fn lock_entries(facts: &Facts, sites: &[Site]) -> Vec<Site> {
    let shared = sites.iter().any(|site| site.locator == "workspace.package.version");
    let mut found = Vec::new();
    for (lock, sibling) in LOCKS {
        let named = |path: &&String, name: &str| file_matches(name, path) && !skip::foreign(path);
        let locks: Vec<&String> = facts.files.iter().filter(|path| named(path, lock)).collect();
        let manifests = facts.files.iter().filter(|path| !locks.is_empty() && named(path, sibling));
        let stated = manifests.filter(|path| shared || sites.iter().any(|site| site.path == **path));
        let names: BTreeSet<String> =
            stated.filter_map(|path| (facts.read)(path).and_then(|text| package_name(&text))).collect();
        let locators: Vec<String> = names.iter().map(|name| format!("package[name={name}].version")).collect();
        let asked: Vec<&str> = locators.iter().map(String::as_str).collect();
        for path in locks.into_iter().filter(|_| !asked.is_empty()) {
            let Some(text) = (facts.read)(path) else { continue };
            for (locator, hits) in locators.iter().zip(place::look_all("toml", &text, &asked)) {
                let (rank, locator) = (SHAPES.len(), locator.clone());
                let kept = Place { path, rank, format: "toml", role: Role::Follow, locator };
                found.extend(site(&text, &kept, hits));
            }
        }
    }
    found
}

/// The entries of a repository's own workspaces in npm's lock files: an entry is named after its folder.
pub(super) fn npm_entries(facts: &Facts, sites: &[Site]) -> Vec<Site> {
    let mut found = Vec::new();
    for path in facts.files.iter().filter(|path| file_matches("package-lock.json", path) && !skip::foreign(path)) {
        let root = path.strip_suffix("package-lock.json").unwrap_or_default();
        let stated = sites.iter().filter(|site| site.locator == "version" && site.role == Role::App);
        let folder = |site: &Site| Some(site.path.strip_prefix(root)?.strip_suffix("/package.json")?.to_owned());
        let folders: Vec<String> = stated.filter_map(folder).collect();
        let Some(text) = (!folders.is_empty()).then(|| (facts.read)(path)).flatten() else { continue };
        let locators: Vec<String> = folders.iter().map(|folder| format!("packages.\"{folder}\".version")).collect();
        let asked: Vec<&str> = locators.iter().map(String::as_str).collect();
        for (locator, hits) in locators.iter().zip(place::look_all("json", &text, &asked)) {
            let (locator, rank) = (locator.clone(), SHAPES.len());
            let place = Place { path, rank, format: "json", role: Role::Follow, locator };
            found.extend(site(&text, &place, hits));
        }
    }
    found
}

fn package_name(text: &str) -> Option<String> {
    ["package.name", "project.name", "tool.poetry.name"]
        .iter()
        .find_map(|locator| place::look("toml", text, locator).first().map(|hit| hit.value.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::probe;
    use super::*;
    use crate::plan::init::past::Past;

    #[test]
    fn each_package_of_the_project_has_its_entries_once() {
        let manifest = |name: &str| format!("[project]\nname = \"{name}\"\nversion = \"1.2.3\"\n");
        let entry = |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.2.3\"\n");
        let files = [
            ("pyproject.toml", manifest("web")),
            ("uv.lock", entry("web") + &entry("core") + &entry("other")),
            ("core/pyproject.toml", manifest("core")),
            ("docs/pyproject.toml", manifest("web")),
            ("docs/uv.lock", entry("web")),
        ];
        let read = |path: &str| files.iter().find(|(of, _)| *of == path).map(|(_, text)| text.clone());
        let facts = Facts {
            name: String::from("web"),
            files: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
            read: &read,
            tags: Vec::new(),
            branch: None,
            origin: None,
            origin_branch: None,
            siblings: Vec::new(),
            past: Past::default(),
        };
        let found: Vec<String> =
            lock_entries(&facts, &probe(&facts)).iter().map(|site| format!("{} {}", site.path, site.locator)).collect();
        let want = [
            "uv.lock package[name=core].version",
            "uv.lock package[name=web].version",
            "docs/uv.lock package[name=web].version",
        ];
        assert_eq!(found, want);
    }
}
