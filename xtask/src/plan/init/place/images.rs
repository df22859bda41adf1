//! References to images, in any text.

use std::ops::Range;

use super::super::token;

/// Every `name:tag` in a text whose tag states a version: the name, and where the tag stands.
pub(in crate::plan::init) fn images(text: &str) -> Vec<(String, Range<usize>)> {
    let part = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let mut found = Vec::new();
    for (colon, _) in text.match_indices(':') {
        let name = text[..colon].rsplit(|c| !part(c)).next().unwrap_or_default();
        let tag = text[colon + 1..].split(|c: char| !part(c) || c == '/').next().unwrap_or_default();
        let before = text[..colon - name.len()].chars().next_back();
        let address = matches!(before, Some('@' | '%' | '}' | '/'));
        let tag = tag.trim_end_matches(['.', '-', '_']);
        if !address && named(name) && token::first(tag).is_some() {
            found.push((unregistered(name).to_owned(), colon + 1..colon + 1 + tag.len()));
        }
    }
    found
}

/// `ghcr.io/acme/web` → `acme/web`: an `image` locator hits behind every registry.
pub(super) fn unregistered(name: &str) -> &str {
    name.split_once('/')
        .filter(|(registry, rest)| registry.contains('.') && rest.contains('/'))
        .map_or(name, |(_, rest)| rest)
}

/// Has it the form of an image's name with an owner: `acme/web`, `ghcr.io/acme/web`?
fn named(name: &str) -> bool {
    let lower = name.bytes().all(|b| !b.is_ascii_uppercase());
    lower
        && name.contains('/')
        && name.split('/').all(|part| part.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric()))
}

/// Does the name of an image belong to one of the project's names?
pub(in crate::plan::init) fn owned(image: &str, names: &[String]) -> bool {
    image.split('/').map(token::squeeze).any(|part| {
        names.iter().any(|name| {
            let name = token::squeeze(name);
            name.len() >= 3
                && (part == name
                    || (part.len() >= 5 && name.starts_with(&part))
                    || (name.len() >= 5 && part.starts_with(&name)))
        })
    })
}
