//! Being allowed to publish on the forge, before anything starts. No token is ever seen here.

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::forge::Repository;
use crate::json::Json;
use crate::tools::gh::{Answer, Gh};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckForge {
    /// Where the release will be.
    pub repository: Repository,
}

impl Effect for CheckForge {
    fn title(&self) -> String {
        format!("be allowed to publish in `{}`", self.repository.name)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::Command(self.repository.typed("GET", "", &[]))]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let gh = self.repository.gh(world);
        let answer = gh.get(&self.repository.path(""))?;
        if let Some(failure) = find_fault(gh, &self.repository, &answer) {
            return Ok(failure);
        }
        Ok(if may_push(&answer) || is_installation(gh)? { Observed::Same } else { may_not(gh, &self.repository) })
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let gh = self.repository.gh(world);
        Err(Failure::waiting(format!("only a person logs in to `{}`", gh.host())).hint(gh.login()).into())
    }
}

/// What an answer about the repository says against publishing there, but for who asks.
fn find_fault(gh: Gh<'_>, repository: &Repository, answer: &Answer) -> Option<Observed> {
    let name = &repository.name;
    if answer.status == 404 {
        let message =
            format!("`{}` shows no repository `{name}`: there is none, or gh's token may not see it", gh.host());
        let hint = format!(
            "correct `repository` in `[forge]`, or see whose token it is with `gh auth status --hostname {}`",
            gh.host()
        );
        return Some(Observed::Unknown(Failure::tool(message).hint(hint)));
    }
    if !answer.is_good() {
        return Some(Observed::Different(gh.refused(&format!("the repository `{name}` can't be looked at"), answer)));
    }
    closed(name, &answer.body).map(Observed::Different)
}

/// Why nothing can be published in the repository that was found.
fn closed(name: &str, body: &Json) -> Option<Failure> {
    let is_name = body.get("full_name").and_then(Json::text).unwrap_or_default();
    if !is_name.eq_ignore_ascii_case(name) {
        let message = format!("the repository `{name}` is `{is_name}` by now");
        return Some(Failure::world(message).hint("correct `repository` in `[forge]`"));
    }
    let message = format!("the repository `{name}` is archived: nothing can be published in it");
    let failure = Failure::world(message).hint("see its settings, or name another one in `[forge]`");
    is_true(body.get("archived")).then_some(failure)
}

/// Does the answer say that who asks may push?
fn may_push(answer: &Answer) -> bool {
    is_true(answer.body.get("permissions").and_then(|may| may.get("push")))
}

/// Is it the token of an app, as a workflow of GitHub Actions has it? Its rights are those of no person, so a repository
/// says `push: false` to it, whatever it may do (semantic-release/github#182). Nothing but trying tells.
fn is_installation(gh: Gh<'_>) -> Result<bool> {
    Ok(gh.get("installation/repositories?per_page=1")?.is_good())
}

fn may_not(gh: Gh<'_>, repository: &Repository) -> Observed {
    let message = format!("gh's token may not push to `{}`, and so not publish there", repository.name);
    let hint = format!("ask its owner, or `gh auth login --hostname {}` as somebody who may", gh.host());
    Observed::Different(Failure::world(message).hint(hint))
}

fn is_true(json: Option<&Json>) -> bool {
    json.and_then(Json::bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_renamed_or_archived_takes_nothing() {
        let said = |text: &str| closed("acme/app", &Json::parse(text).unwrap()).map(|failure| failure.message);
        assert_eq!(said(r#"{"full_name": "Acme/App", "archived": false}"#), None);
        let archived = "the repository `acme/app` is archived: nothing can be published in it";
        assert_eq!(said(r#"{"full_name": "acme/app", "archived": true}"#).as_deref(), Some(archived));
        let moved = "the repository `acme/app` is `acme/tool` by now";
        assert_eq!(said(r#"{"full_name": "acme/tool"}"#).as_deref(), Some(moved));
    }
}
