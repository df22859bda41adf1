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
        Ok(judge(gh, &self.repository, &gh.get(&self.repository.path(""))?))
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let gh = self.repository.gh(world);
        Err(Failure::waiting(format!("only a person logs in to `{}`", gh.host())).hint(gh.login()).into())
    }
}

/// What an answer about the repository tells of what one may do there.
fn judge(gh: Gh<'_>, repository: &Repository, answer: &Answer) -> Observed {
    let name = &repository.name;
    if answer.status == 404 {
        let message =
            format!("`{}` shows no repository `{name}`: there is none, or gh's token may not see it", gh.host());
        let hint = format!(
            "correct `repository` in `[forge]`, or see whose token it is with `gh auth status --hostname {}`",
            gh.host()
        );
        return Observed::Unknown(Failure::tool(message).hint(hint));
    }
    if !answer.is_good() {
        return Observed::Different(gh.refused(&format!("the repository `{name}` can't be looked at"), answer));
    }
    let flag = |json: Option<&Json>| json.and_then(Json::bool).unwrap_or_default();
    let is_name = answer.body.get("full_name").and_then(Json::text).unwrap_or_default();
    if !is_name.eq_ignore_ascii_case(name) {
        let message = format!("the repository `{name}` is `{is_name}` by now");
        return Observed::Different(Failure::world(message).hint("correct `repository` in `[forge]`"));
    }
    if flag(answer.body.get("archived")) {
        let message = format!("the repository `{name}` is archived: nothing can be published in it");
        return Observed::Different(Failure::world(message).hint("see its settings, or name another one in `[forge]`"));
    }
    if !flag(answer.body.get("permissions").and_then(|may| may.get("push"))) {
        let message = format!("gh's token may not push to `{name}`, and so not publish there");
        let hint = format!("ask its owner, or `gh auth login --hostname {}` as somebody who may", gh.host());
        return Observed::Different(Failure::world(message).hint(hint));
    }
    Observed::Same
}
