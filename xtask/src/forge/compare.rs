//! What is wanted and what is there: every difference in words.

use super::Wanted;
use super::mark::{self, Mark};
use super::release::{Asset, Release};
use crate::plan::history::short;

/// A file that shall be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The asset's name.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// `sha256:…`
    pub digest: String,
}

/// How title, text and kind of a release differ from what is wanted.
pub fn texts(wanted: &Wanted, there: &Release) -> Vec<String> {
    let mut words = Vec::new();
    if there.title != wanted.title {
        words.push(format!("its title is `{}` and not `{}`", there.title, wanted.title));
    }
    if wanted.body.as_ref().is_some_and(|body| mark::split(&there.body).0 != mark::plain(body)) {
        words.push("its text is another one".to_owned());
    }
    if there.prerelease != wanted.prerelease {
        words.push(format!("it is {}a pre-release", if there.prerelease { "" } else { "not " }));
    }
    words
}

/// Which commit a draft was made for, where that isn't the one that is released.
pub fn commit(commit: Option<&str>, mark: &Mark) -> Option<String> {
    let commit = commit?;
    match mark.commit.as_deref() {
        Some(other) if other == commit => None,
        Some(other) => Some(format!("it is marked for {} and not for {}", short(other), short(commit))),
        None => Some(format!("it isn't marked for {}", short(commit))),
    }
}

/// The assets of a release beside the files that are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared<'a> {
    /// Files that aren't attached.
    pub missing: Vec<&'a File>,
    /// Assets that were uploaded only in part.
    pub half: Vec<&'a Asset>,
    /// Assets that hold something else than their files, each with how.
    pub other: Vec<(&'a Asset, String)>,
    /// Assets of which there is no file.
    pub extra: Vec<&'a Asset>,
}

impl Compared<'_> {
    /// Is everything as wanted?
    pub fn is_same(&self) -> bool {
        self.missing.is_empty() && self.half.is_empty() && self.other.is_empty() && self.extra.is_empty()
    }

    /// What isn't, a sentence each.
    pub fn words(&self) -> Vec<String> {
        let missing = self.missing.iter().filter(|file| !self.half.iter().any(|half| half.name == file.name));
        let missing = missing.map(|file| format!("`{}` is missing", file.name));
        let half = self.half.iter().map(|asset| format!("`{}` was uploaded only in part", asset.name));
        let extra = self.extra.iter().map(|asset| format!("`{}` belongs to no file", asset.name));
        missing.chain(half).chain(self.other.iter().map(|(_, words)| words.clone())).chain(extra).collect()
    }
}

/// Compares what is attached with what shall be.
pub fn assets<'a>(wanted: &'a [File], there: &'a [Asset]) -> Compared<'a> {
    let mut compared = Compared::default();
    for file in wanted {
        match there.iter().find(|asset| asset.name == file.name) {
            None => compared.missing.push(file),
            Some(asset) if !asset.is_whole() => compared.missing.push(file),
            Some(asset) => compared.other.extend(differs(file, asset).map(|words| (asset, words))),
        }
    }
    for asset in there {
        if !asset.is_whole() {
            compared.half.push(asset);
        } else if !wanted.iter().any(|file| file.name == asset.name) {
            compared.extra.push(asset);
        }
    }
    compared
}

/// How an asset differs from its file. An old forge tells only the size.
pub fn differs(file: &File, asset: &Asset) -> Option<String> {
    let name = &file.name;
    if asset.size != file.size {
        return Some(format!("`{name}` has {} bytes there and {} here", asset.size, file.size));
    }
    let digest = asset.digest.as_ref().filter(|digest| **digest != file.digest)?;
    Some(format!("`{name}` is {digest} there and {} here", file.digest))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn file(name: &str, size: u64, digest: &str) -> File {
        File { name: name.to_owned(), size, digest: digest.to_owned() }
    }

    pub fn asset(name: &str, size: u64, state: &str, digest: Option<&str>) -> Asset {
        let (name, state) = (name.to_owned(), state.to_owned());
        Asset { id: 5, name, size, state, digest: digest.map(str::to_owned) }
    }

    #[track_caller]
    fn check(files: &[File], there: &[Asset], expected: &[&str]) {
        let compared = assets(files, there);
        assert_eq!(compared.words(), expected);
        assert_eq!(compared.is_same(), expected.is_empty());
    }

    #[test]
    fn every_difference_has_words() {
        let files = [file("a", 1, "x"), file("b", 2, "y")];
        let a = || asset("a", 1, "uploaded", Some("x"));
        let b = || asset("b", 2, "uploaded", Some("y"));
        check(&files, &[b(), a()], &[]);
        check(&files, &[asset("a", 1, "uploaded", None), b()], &[]);
        check(&files, &[a()], &["`b` is missing"]);
        check(&files, &[a(), asset("b", 0, "starter", None)], &["`b` was uploaded only in part"]);
        check(&files, &[a(), asset("b", 3, "uploaded", Some("y"))], &["`b` has 3 bytes there and 2 here"]);
        check(&files, &[a(), asset("b", 2, "uploaded", Some("z"))], &["`b` is z there and y here"]);
        check(&files, &[a(), b(), asset("c", 1, "uploaded", None)], &["`c` belongs to no file"]);
        check(&[], &[asset("c", 0, "starter", None)], &["`c` was uploaded only in part"]);
    }
}
