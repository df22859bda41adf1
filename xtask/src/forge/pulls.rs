//! Pull requests of a version branch: which there are, one more, one merged.

use anyhow::Result;

use super::Repository;
use crate::error::Failure;
use crate::json::Json;
use crate::tools::gh::{Answer, Gh, encode};
use crate::tools::redact;

/// A pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// `12`
    pub number: i64,
    /// Its page.
    pub url: String,
    /// Neither merged nor closed.
    pub open: bool,
    /// Merged, in whatever way.
    pub merged: bool,
    /// The commit that it would merge, or has.
    pub head: String,
    /// Can it be merged without a conflict? None while the forge finds out, and in a list.
    pub mergeable: Option<bool>,
}

/// Where pull requests of one branch into another one are.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// Whom to ask.
    pub gh: Gh<'p>,
    /// The repository; no fork's branch counts.
    pub repository: &'p Repository,
    /// The version branch.
    pub branch: &'p str,
    /// The branch that gets it.
    pub into: &'p str,
}

impl Place<'_> {
    /// All of them, closed ones too.
    pub fn list(&self) -> Result<Vec<Pull>> {
        let owner = self.repository.name.split('/').next().unwrap_or_default();
        let (head, base) = (encode(&format!("{owner}:{}", self.branch)), encode(self.into));
        let path = format!("{}?state=all&head={head}&base={base}", self.path());
        let all = self.gh.get_all(&path)?;
        Ok(all.iter().filter(|pull| self.is_ours(pull)).filter_map(read).collect())
    }

    /// One of them, as it is now.
    pub fn get(&self, number: i64) -> Result<Pull> {
        let answer = self.gh.get(&format!("{}/{number}", self.path()))?;
        let found = answer.is_good().then(|| read(&answer.body)).flatten();
        Ok(found.ok_or_else(|| self.gh.refused(&format!("the pull request {number} can't be read"), &answer))?)
    }

    /// Asks for one more.
    pub fn open(&self, title: &str, body: &str) -> Result<Answer> {
        let words = vec![
            ("title", title.into()),
            ("head", self.branch.into()),
            ("base", self.into.into()),
            ("body", body.into()),
        ];
        self.gh.send("POST", &self.path(), &Json::Map(words))
    }

    /// Asks for a merge commit, if the branch ends at this commit and at no other.
    pub fn merge(&self, number: i64, head: &str) -> Result<Answer> {
        let words = vec![("merge_method", "merge".into()), ("sha", head.into())];
        self.gh.send("PUT", &format!("{}/{number}/merge", self.path()), &Json::Map(words))
    }

    /// The open one; an error where several are.
    pub fn find_open(&self) -> Result<Option<Pull>> {
        let mut open: Vec<Pull> = self.list()?.into_iter().filter(|pull| pull.open).collect();
        match open.len() {
            0 | 1 => Ok(open.pop()),
            _ => Err(self.several(&open).into()),
        }
    }

    /// More than one is open: nobody knows which is meant.
    pub fn several(&self, open: &[Pull]) -> Failure {
        let urls: Vec<&str> = open.iter().map(|pull| pull.url.as_str()).collect();
        let message = format!("several pull requests of `{}` into `{}` are open", self.branch, self.into);
        Failure::world(format!("{message}: {}", urls.join(", "))).hint("close all but one")
    }

    fn path(&self) -> String {
        format!("repos/{}/pulls", self.repository.name)
    }

    /// A forge that doesn't know what is asked for lists all.
    fn is_ours(&self, pull: &Json) -> bool {
        let name = |side: &str| pull.get(side)?.get("ref")?.text();
        let from = pull.get("head").and_then(|head| head.get("repo")?.get("full_name")?.text());
        name("head") == Some(self.branch)
            && name("base") == Some(self.into)
            && from.is_some_and(|from| from.eq_ignore_ascii_case(&self.repository.name))
    }
}

fn read(pull: &Json) -> Option<Pull> {
    let merged = pull.get("merged").and_then(Json::bool).unwrap_or_default()
        || pull.get("merged_at").and_then(Json::text).is_some();
    Some(Pull {
        number: pull.get("number")?.number()?,
        url: redact(pull.get("html_url")?.text()?),
        open: pull.get("state")?.text()? == "open",
        merged,
        head: pull.get("head")?.get("sha")?.text()?.to_owned(),
        mergeable: pull.get("mergeable").and_then(Json::bool),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn pull(from: &str, branch: &str, base: &str) -> Json {
        let text = format!(
            r#"{{"number": 7, "html_url": "https://github.com/acme/app/pull/7", "state": "closed", "merged_at": "2026-07-01T12:00:00Z",
            "head": {{"ref": "{branch}", "sha": "abc", "repo": {from}}}, "base": {{"ref": "{base}"}}, "mergeable": null}}"#
        );
        Json::parse(&text).expect("JSON")
    }

    #[test]
    fn a_pull_request_is_that_of_its_own_branch() {
        let repository = Repository { host: "github.com".to_owned(), name: "acme/app".to_owned() };
        let gh = Gh::new("github.com", Path::new("/"));
        let place = Place { gh, repository: &repository, branch: "release-1.27.0", into: "main" };
        let own = r#"{"full_name": "Acme/app"}"#;
        assert!(place.is_ours(&pull(own, "release-1.27.0", "main")));
        assert!(!place.is_ours(&pull(own, "release-1.27.1", "main")));
        assert!(!place.is_ours(&pull(own, "release-1.27.0", "develop")));
        assert!(!place.is_ours(&pull(r#"{"full_name": "eve/app"}"#, "release-1.27.0", "main")));
        assert!(!place.is_ours(&pull("null", "release-1.27.0", "main")), "a fork that is gone");
    }

    #[test]
    fn what_is_closed_may_be_merged() {
        let read = read(&pull("null", "b", "main")).expect("a pull request");
        assert_eq!((read.number, read.open, read.merged, read.mergeable), (7, false, true, None));
    }
}
