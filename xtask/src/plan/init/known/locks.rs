//! The entries of the project's own packages in lock files.

use super::{Facts, Place, Role, SHAPES, Site, file_matches, place, site, skip};

/// Lock files and the array of packages in them; an entry is the project's own if a manifest gives its name.
const LOCKS: &[&str] = &["Cargo.lock", "uv.lock"];

/// The entries of the project's own packages in lock files.
pub(super) fn lock_entries(facts: &Facts, sites: &[Site]) -> Vec<Site> {
    let mut found = Vec::new();
    for path in
        facts.files.iter().filter(|path| LOCKS.iter().any(|lock| file_matches(lock, path)) && !skip::foreign(path))
    {
        let Some(text) = (facts.read)(path) else { continue };
        let sibling = if path.ends_with("uv.lock") { "pyproject.toml" } else { "Cargo.toml" };
        for manifest in facts.files.iter().filter(|file| file_matches(sibling, file) && !skip::foreign(file)) {
            let stated = sites.iter().any(|site| site.path == *manifest);
            let Some(name) = (facts.read)(manifest).and_then(|text| package_name(&text)) else { continue };
            if !stated && !sites.iter().any(|site| site.locator == "workspace.package.version") {
                continue;
            }
            let locator = format!("package[name={name}].version");
            let kept = Place { path, rank: SHAPES.len(), format: "toml", role: Role::Follow, locator };
            let hits = place::look("toml", &text, &kept.locator);
            found.extend(site(&text, &kept, hits));
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
