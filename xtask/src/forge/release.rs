//! What the forge says of a release, as far as it matters here.

use std::collections::BTreeSet;

use super::Repository;
use crate::error::Failure;
use crate::json::Json;

/// A release, or the draft of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its number, by which it is named whatever happens to its tag.
    pub id: i64,
    /// Its page, for a person.
    pub url: String,
    /// Where files are sent, without what stands in braces behind it.
    pub upload_url: String,
    /// The git tag; a draft's need not exist.
    pub tag: String,
    /// Its title.
    pub title: String,
    /// Its text, with the mark.
    pub body: String,
    /// Is it seen only by those who may change it?
    pub draft: bool,
    /// Is it a candidate?
    pub prerelease: bool,
    /// Can nothing of it be changed any more?
    pub immutable: bool,
    /// Of what the forge would make the tag if it weren't there.
    pub target: String,
    /// What is attached.
    pub assets: Vec<Asset>,
}

/// A file that is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// `uploaded`; whatever else it says, the file isn't there.
    pub state: String,
    /// `sha256:…`; none where the forge is too old to tell.
    pub digest: Option<String>,
}

impl Asset {
    /// Is it there as a whole?
    pub fn is_whole(&self) -> bool {
        self.state == "uploaded"
    }

    /// Reads one.
    pub fn read(json: &Json) -> Option<Self> {
        Some(Self {
            id: json.get("id")?.number()?,
            name: json.get("name")?.text()?.to_owned(),
            size: u64::try_from(json.get("size")?.number()?).ok()?,
            state: json.get("state")?.text()?.to_owned(),
            digest: json.get("digest").and_then(Json::text).map(str::to_owned),
        })
    }
}

impl Release {
    /// Reads one. An error where it doesn't say what it must: it is no guess that is published.
    pub fn read(json: &Json, repository: &Repository) -> Result<Self, Failure> {
        Self::find(json).ok_or_else(|| {
            let message = format!("`{}` says something of a release that makes no sense", repository.host);
            Failure::tool(message).hint(format!("see `gh api {}`", repository.path("releases")))
        })
    }

    /// Reads a list. What came in between moved others to the next page, where they are listed once more.
    pub fn read_all(list: &[Json], repository: &Repository) -> Result<Vec<Self>, Failure> {
        let mut seen = BTreeSet::new();
        let mut all = list.iter().map(|json| Self::read(json, repository)).collect::<Result<Vec<_>, _>>()?;
        all.retain(|release| seen.insert(release.id));
        Ok(all)
    }

    fn find(json: &Json) -> Option<Self> {
        let text = |name: &str| json.get(name).and_then(Json::text).map(str::to_owned);
        let flag = |name: &str| json.get(name).and_then(Json::bool);
        let upload_url = text("upload_url")?;
        Some(Self {
            id: json.get("id")?.number()?,
            url: text("html_url")?,
            upload_url: upload_url.split('{').next()?.to_owned(),
            tag: text("tag_name")?,
            title: text("name").unwrap_or_default(),
            body: text("body").unwrap_or_default(),
            draft: flag("draft")?,
            prerelease: flag("prerelease")?,
            immutable: flag("immutable").unwrap_or_default(),
            target: text("target_commitish").unwrap_or_default(),
            assets: json.get("assets")?.items()?.iter().map(Asset::read).collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read() {
        let text = r#"{"id": 7, "html_url": "https://github.com/acme/app/releases/tag/1.0",
            "upload_url": "https://uploads.github.com/repos/acme/app/releases/7/assets{?name,label}", "tag_name": "1.0",
            "name": null, "body": null, "draft": true, "prerelease": false, "target_commitish": "main",
            "assets": [{"id": 8, "name": "a", "size": 3, "state": "starter", "digest": null}]}"#;
        let repository = Repository { host: "github.com".to_owned(), name: "acme/app".to_owned() };
        let release = Release::read(&Json::parse(text).unwrap(), &repository).unwrap();
        assert_eq!(release.upload_url, "https://uploads.github.com/repos/acme/app/releases/7/assets");
        assert!(release.draft && !release.immutable && release.title.is_empty() && !release.assets[0].is_whole());
        let twice = [Json::parse(text).unwrap(), Json::parse(text).unwrap()];
        assert_eq!(Release::read_all(&twice, &repository).unwrap(), [release]);
        for bad in ["{}", "[]", &text.replace("\"id\": 7", "\"id\": \"7\""), &text.replace("\"draft\": true,", "")] {
            assert!(Release::read(&Json::parse(bad).unwrap(), &repository).is_err(), "{bad}");
        }
    }
}
