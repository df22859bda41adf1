//! Images: many of one owner as one pattern, and the tables that a release would need for them.

use std::fmt::Write as _;

use super::super::draft::Draft;
use super::super::known::file_matches;
use super::super::{Facts, Site, Verdict, place};
use super::cover::shared_start;
use super::entries::Entry;
use super::toml::{bare_or_quoted, commented, key, list, quoted};

/// More tables than this are a list that nobody asked for.
const IMAGES: usize = 2;
/// More names of images than this aren't read.
const NAMES: usize = 5;

/// Three images or more with one template become a pattern, if it hits the same tags and no others.
pub(super) fn join(facts: &Facts, entry: &mut Entry) {
    let mut templates: Vec<&str> = Vec::new();
    for site in entry.sites.iter().filter(|site| site.format == "image") {
        if !templates.contains(&site.template.as_str()) {
            templates.push(&site.template);
        }
    }
    for template in templates {
        let of = |site: &&&Site| site.format == "image" && site.template == template;
        let sites: Vec<&Site> = entry.sites.iter().filter(of).copied().collect();
        let Some(pattern) = pattern(facts, &sites) else { continue };
        let line = format!("image.{} = {}", bare_or_quoted(&pattern), quoted(template));
        let lines: Vec<String> = sites.iter().map(|site| super::entries::line(site)).collect();
        let at = entry.lines.iter().position(|line| lines.contains(line)).unwrap_or(0);
        entry.lines.retain(|line| !lines.contains(line));
        entry.lines.insert(at.min(entry.lines.len()), line);
    }
}

/// `acme/vm*`, or `acme/vm*:*-cluster` where only the tag tells them from others.
fn pattern(facts: &Facts, sites: &[&Site]) -> Option<String> {
    let mut names: Vec<&str> = sites.iter().map(|site| site.locator.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let folder = |name: &str| name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let owner = folder(names[0]);
    if names.len() < 3
        || owner.is_empty()
        || names.iter().any(|name| folder(name) != owner || name.contains(['*', ':']))
    {
        return None;
    }
    let stem = &names[0][..shared_start(&names).max(owner.len())];
    let template = &sites[0].template;
    let (before, after) = template
        .split_once('{')
        .map_or(("", ""), |(before, rest)| (before, rest.rsplit_once('}').map_or("", |(_, after)| after)));
    let before = if before == "v" { "" } else { before };
    let tried = [format!("{stem}*"), format!("{stem}*:{before}*{after}")];
    tried.into_iter().find(|pattern| hits_the_same(facts, pattern, sites))
}

fn hits_the_same(facts: &Facts, pattern: &str, sites: &[&Site]) -> bool {
    let mut paths: Vec<&str> = sites.iter().map(|site| site.path.as_str()).collect();
    paths.dedup();
    paths.iter().all(|path| {
        let Some(text) = (facts.read)(path) else { return false };
        let mut hits: Vec<usize> = place::look("image", &text, pattern).iter().map(|hit| hit.span.start).collect();
        let here = sites.iter().filter(|site| site.path == *path);
        let mut wanted: Vec<usize> = here.flat_map(|site| site.spans.iter().map(|span| span.start)).collect();
        hits.sort_unstable();
        wanted.sort_unstable();
        wanted.dedup();
        hits == wanted
    })
}

/// What a release could do besides, as far as the repository shows it. A person decides, so all of it is a comment.
pub(super) fn suggestions(facts: &Facts, draft: &Draft) -> String {
    let mut tables = String::new();
    if let Some(repository) = facts.origin.as_deref().and_then(on_github) {
        tables.push_str("[forge]\n");
        key(&mut tables, "repository", Some(&repository));
    }
    let images = owned(facts, draft);
    for image in images.iter().filter(|_| images.len() <= IMAGES) {
        tables.push_str("[[image]]\n");
        key(&mut tables, "name", Some(&image.name));
        key(&mut tables, "dockerfile", image.dockerfile.as_deref());
        key(&mut tables, "registries", Some(&image.registry));
        let _ = writeln!(tables, "tags = {}", list(&image.tags));
    }
    let mut text = String::new();
    if !tables.is_empty() {
        let _ = write!(text, "\n# For a release, if it shall do that as well:\n{}", commented(&tables));
    }
    if images.len() > IMAGES {
        let names: Vec<&str> = images.iter().map(|image| image.name.as_str()).take(NAMES).collect();
        let more = if images.len() > NAMES { ", …" } else { "" };
        let _ =
            writeln!(text, "# `[[image]]` waits for an image that the places above name: {}{more}", names.join(", "));
    }
    text
}

/// An image that the project's files name by its version.
struct Image {
    name: String,
    registry: String,
    tags: Vec<String>,
    dockerfile: Option<String>,
}

/// The project's own images, those first that a Dockerfile is here for.
fn owned(facts: &Facts, draft: &Draft) -> Vec<Image> {
    let taken = draft.sites.iter().filter(|site| site.verdict == Verdict::Taken && site.count.is_none());
    let mut images: Vec<Image> = Vec::new();
    for (name, site) in taken.filter_map(|site| Some((name_of(site)?, site))) {
        let registry = registry(facts, site, name);
        let (known, template) = (images.iter_mut().find(|image| image.name == name), site.template.clone());
        match known {
            Some(image) if image.tags.contains(&template) => {}
            Some(image) => image.tags.push(template),
            None => images.push(Image { name: name.to_owned(), registry, tags: vec![template], dockerfile: None }),
        }
    }
    let dockerfiles: Vec<&String> =
        facts.files.iter().filter(|path| file_matches("Dockerfile*", path) && path.matches('/').count() < 2).collect();
    if let ([image], [file]) = (&mut images[..], &dockerfiles[..]) {
        image.dockerfile = Some((*file).clone());
    }
    images
}

/// The repository of an image without its registry, with an owner.
fn name_of(site: &Site) -> Option<&str> {
    let name = match site.format {
        "image" => site.locator.split(':').next(),
        _ => site.image.as_deref(),
    }?;
    let bare = name.split_once('/').filter(|(host, _)| host.contains(['.', ':'])).map_or(name, |(_, rest)| rest);
    (bare.contains('/') && !bare.contains(['*', '{', '$'])).then_some(bare)
}

/// The host that stands before the image's name, Docker's own where none does.
fn registry(facts: &Facts, site: &Site, name: &str) -> String {
    let hub = || String::from("docker.io");
    let text = if site.format == "image" { (facts.read)(&site.path) } else { site.image.clone() };
    let Some(text) = text else { return hub() };
    let mut hosts = text.match_indices(name).filter_map(|(at, _)| text[..at].strip_suffix('/')).map(|before| {
        let odd = |c: char| !(c.is_ascii_alphanumeric() || "-.:".contains(c));
        before.rsplit(odd).next().unwrap_or_default()
    });
    hosts.find(|host| host.contains('.') && crate::reference::check_host(host).is_ok()).map_or_else(hub, str::to_owned)
}

/// `acme/app` of an address on GitHub.
pub(super) fn on_github(url: &str) -> Option<String> {
    let rest = ["https://github.com/", "ssh://git@github.com/", "git@github.com:"]
        .iter()
        .find_map(|start| url.strip_prefix(start))?;
    let rest = rest.trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    let good = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let (owner, name) = rest.split_once('/')?;
    (good(owner) && good(name)).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_of_an_address() {
        for url in ["https://github.com/acme/app.git", "git@github.com:acme/app", "ssh://git@github.com/acme/app.git"] {
            assert_eq!(on_github(url).as_deref(), Some("acme/app"), "{url}");
        }
        for url in
            ["https://example.com/acme/app", "https://github.com/acme", "https://github.com/acme/app/x", "../app"]
        {
            assert_eq!(on_github(url), None, "{url}");
        }
    }
}
