//! The release on GitHub, as a draft: nobody sees it yet.

use std::rc::Rc;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::forge::asked::{await_same, settle};
use crate::forge::judge::{self, There};
use crate::forge::{Wanted, compare};
use crate::json::Json;

/// See the module.
#[derive(Debug)]
pub struct DraftRelease {
    /// The release that shall be there.
    pub wanted: Rc<Wanted>,
}

impl Effect for DraftRelease {
    fn title(&self) -> String {
        format!("draft the release `{}` of {}", self.wanted.tag, self.wanted.repository.name)
    }

    fn reach(&self) -> Reach {
        Reach::Hidden
    }

    fn details(&self) -> Vec<Detail> {
        let wanted = &self.wanted;
        let fields = [
            format!("tag_name={}", wanted.tag),
            format!("name={}", wanted.title),
            "body=@BODY".to_owned(),
            "draft=true".to_owned(),
            format!("prerelease={}", wanted.prerelease),
        ];
        // A word is sent as it is with `-f`; `-F` reads files and truth values.
        let flags = ["-f", "-f", "-F", "-F", "-F"];
        let more: Vec<&str> = flags.iter().zip(&fields).flat_map(|(flag, field)| [*flag, field]).collect();
        let mark = wanted.mark(Some("COMMIT".to_owned()), None);
        let note = format!("BODY is the text, and `{}` at its end", mark.render());
        let text: String = wanted.body.iter().flat_map(|body| body.lines()).map(|line| format!("+{line}\n")).collect();
        vec![
            Detail::Command(wanted.repository.typed("POST", "releases", &more)),
            Detail::Note(note),
            Detail::Diff(format!("--- /dev/null\n+++ BODY\n{text}")),
        ]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let commit = self.wanted.commit(world)?;
        let releases = world.forge.releases(world, &self.wanted.repository)?;
        Ok(judge::draft(&self.wanted, commit.as_deref(), &releases))
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let wanted = &self.wanted;
        let commit = wanted.commit(world)?.ok_or_else(|| {
            Failure::waiting(format!("the commit of `{}` isn't certain yet", wanted.tag))
                .hint("run the same command again")
        })?;
        world.forge.forget();
        match self.observe(world)? {
            Observed::Same => return Ok(()),
            Observed::Different(failure) | Observed::Unknown(failure) => return Err(failure.into()),
            Observed::Absent | Observed::Partial(_) => {}
        }
        let gh = wanted.repository.gh(world);
        let (method, path, body) = self.request(world, commit.clone())?;
        let what = format!("the draft of `{}` wasn't made", wanted.tag);
        let is_done = || {
            world.forge.forget();
            self.is_there(world, &commit)
        };
        let settled = settle(gh, &what, || gh.send(method, &path, &body), is_done);
        world.forge.forget();
        settled?;
        await_same(world, || self.observe(world))
    }
}

impl DraftRelease {
    /// A new draft, or ours again. Its tag is there, so no `target_commitish` is said: an app's token may not say one
    /// that has workflows (cli/cli#9514).
    fn request(&self, world: &World<'_>, commit: String) -> Result<(&'static str, String, Json)> {
        let wanted = &self.wanted;
        let releases = world.forge.releases(world, &wanted.repository)?;
        let ours = match judge::find(wanted, &releases) {
            There::Draft(draft, _) => Some(draft),
            _ => None,
        };
        let body = Json::Map(vec![
            ("tag_name", wanted.tag.as_str().into()),
            ("name", wanted.title.as_str().into()),
            ("body", wanted.mark(Some(commit), None).put(&wanted.text(ours)?).into()),
            ("draft", true.into()),
            ("prerelease", wanted.prerelease.into()),
        ]);
        Ok(match ours {
            Some(draft) => ("PATCH", wanted.repository.path(&format!("releases/{}", draft.id)), body),
            None => ("POST", wanted.repository.path("releases"), body),
        })
    }

    fn is_there(&self, world: &World<'_>, commit: &str) -> Result<bool> {
        let releases = world.forge.releases(world, &self.wanted.repository)?;
        Ok(match judge::find(&self.wanted, &releases) {
            There::Draft(draft, mark) => {
                compare::texts(&self.wanted, draft).is_empty() && compare::commit(Some(commit), &mark).is_none()
            }
            // Whatever else it is, nothing is sent again: a look says what.
            There::Unclear(_) | There::Ours(..) | There::Theirs(_) => true,
            There::Nothing => false,
        })
    }
}
