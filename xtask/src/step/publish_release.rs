//! The flip: the draft, complete and verified, becomes public. Nothing of it is changed afterwards.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::forge::asked::{await_same, find_latest, find_public, find_tagged, list_assets, settle};
use crate::forge::files::gather;
use crate::forge::judge::{self, There};
use crate::forge::mark::{self, Mark};
use crate::forge::release::Release;
use crate::forge::{Wanted, compare};
use crate::json::Json;
use crate::plan::history::short;
use crate::tools::pause;

/// The pauses before its page is read once more: what was published may take a moment to be seen.
const PAUSES: [Duration; 4] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10)];

/// See the module.
#[derive(Debug)]
pub struct PublishRelease {
    /// The release that shall be there.
    pub wanted: Rc<Wanted>,
}

impl Effect for PublishRelease {
    fn title(&self) -> String {
        format!("publish the release `{}` of {}", self.wanted.tag, self.wanted.repository.name)
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        let wanted = &self.wanted;
        let fields = [
            "draft=false".to_owned(),
            format!("prerelease={}", wanted.prerelease),
            format!("make_latest={}", wanted.latest),
            "body=@BODY".to_owned(),
        ];
        let flags = ["-F", "-F", "-f", "-F"];
        let more: Vec<&str> = flags.iter().zip(&fields).flat_map(|(flag, field)| [*flag, field]).collect();
        let mark = wanted.mark(Some("COMMIT".to_owned()), Some("sha256:…".to_owned()));
        let note = format!("BODY is the text as in the draft, and `{}` at its end", mark.render());
        vec![Detail::Command(wanted.repository.typed("PATCH", "releases/ID", &more)), Detail::Note(note)]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        let releases = world.forge.releases(world, &self.wanted.repository)?;
        Ok(judge::flip(&self.wanted, &releases))
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        world.forge.forget();
        match self.observe(world)? {
            Observed::Same => return Ok(()),
            Observed::Different(failure) | Observed::Unknown(failure) => return Err(failure.into()),
            Observed::Absent | Observed::Partial(_) => {}
        }
        let draft = self.complete(world)?;
        let commit = self.tagged(world)?;
        let latest = self.takes_latest(world)?;
        let mark = self.wanted.mark(Some(commit), Some(mark::assets_digest(&self.wanted.own(&draft.assets))));
        let flipped = self.flip(world, &draft, &mark, latest);
        world.forge.forget();
        flipped?;
        self.read_back(world, &draft, &mark, latest)?;
        await_same(world, || self.observe(world))
    }
}

impl PublishRelease {
    /// The draft, if it is all that is to be published; or everything that isn't as wanted.
    fn complete(&self, world: &World<'_>) -> Result<Release> {
        let wanted = &self.wanted;
        let commit = wanted.commit(world)?;
        let releases = world.forge.releases(world, &wanted.repository)?;
        let There::Draft(draft, mark) = judge::find(wanted, &releases) else {
            let message = format!("there is no draft of `{}` that could be published", wanted.tag);
            return Err(Failure::world(message).hint("run the same command again: it makes one").into());
        };
        let files = gather(world, wanted)?;
        files.expect_whole()?;
        let draft = Release { assets: list_assets(world, &wanted.repository, draft.id)?, ..draft.clone() };
        let mut words = compare::texts(wanted, &draft);
        words.extend(compare::commit(commit.as_deref(), &mark));
        words.extend(compare::assets(&files.files, &wanted.own(&draft.assets)).words());
        if words.is_empty() {
            return Ok(draft);
        }
        let message = format!("the draft of `{}` isn't what is to be published: {}", wanted.tag, words.join("; "));
        Err(Failure::world(message).hint(format!("nothing was published; look at {}", draft.url)).into())
    }

    /// The commit that is released, if its tag is there: a forge that lacks it would make one of its own.
    fn tagged(&self, world: &World<'_>) -> Result<String> {
        let wanted = &self.wanted;
        let tag = &wanted.tag;
        let missing = |message: String| Failure::world(message).hint("nothing was published; push the tag first");
        let Some(commit) = wanted.commit(world)? else {
            return Err(missing(format!("the commit of `{tag}` isn't certain yet")).into());
        };
        match find_tagged(world, &wanted.repository, tag)? {
            Some(there) if there == commit => Ok(commit),
            Some(there) => {
                let (there, commit) = (short(&there), short(&commit));
                let message =
                    format!("the tag `{tag}` is on {there} and not on {commit} in `{}`", wanted.repository.name);
                Err(Failure::world(message).hint("nothing was published; a published name never moves").into())
            }
            None => Err(missing(format!("`{}` has no tag `{tag}`", wanted.repository.name)).into()),
        }
    }

    /// Is it the latest, also going by what is published by now? Others may have been faster.
    fn takes_latest(&self, world: &World<'_>) -> Result<bool> {
        if !self.wanted.latest {
            return Ok(false);
        }
        let latest = find_latest(world, &self.wanted.repository)?;
        Ok(!latest.is_some_and(|latest| self.wanted.is_below(&latest.tag)))
    }

    fn flip(&self, world: &World<'_>, draft: &Release, mark: &Mark, latest: bool) -> Result<()> {
        let wanted = &self.wanted;
        let gh = wanted.repository.gh(world);
        let path = wanted.repository.path(&format!("releases/{}", draft.id));
        let body = Json::Map(vec![
            ("tag_name", wanted.tag.as_str().into()),
            ("name", wanted.title.as_str().into()),
            ("body", mark.put(&wanted.text(Some(draft))?).into()),
            ("draft", false.into()),
            ("prerelease", wanted.prerelease.into()),
            ("make_latest", latest.to_string().into()),
        ]);
        let what = format!("the release `{}` can't be published", wanted.tag);
        let is_public = || Ok(find_public(world, &wanted.repository, &wanted.tag)?.is_some());
        settle(gh, &what, || gh.send("PATCH", &path, &body), is_public)
    }

    /// What everybody sees now, compared once more.
    fn read_back(&self, world: &World<'_>, draft: &Release, mark: &Mark, latest: bool) -> Result<()> {
        let wanted = &self.wanted;
        let mut words: Vec<String> = Vec::new();
        for length in PAUSES {
            pause(length)?;
            words = match find_public(world, &wanted.repository, &wanted.tag)? {
                None => vec!["nobody sees it".to_owned()],
                Some(public) => self.differences(world, &public, draft, mark)?,
            };
            words.extend(self.wrong_latest(world, latest)?.map(str::to_owned));
            if words.is_empty() {
                return Ok(());
            }
        }
        let message =
            format!("the release `{}` was published, and isn't as it should be: {}", wanted.tag, words.join("; "));
        Err(Failure::world(message)
            .hint(format!("look at https://{}/{}/releases", wanted.repository.host, wanted.repository.name))
            .into())
    }

    /// Is another one the latest than should be? Who published a higher one meanwhile is right; and the only one that
    /// could be it may be it.
    fn wrong_latest(&self, world: &World<'_>, latest: bool) -> Result<Option<&'static str>> {
        let wanted = &self.wanted;
        let first = find_latest(world, &wanted.repository)?;
        let is_first = first.as_ref().is_some_and(|first| first.tag == wanted.tag);
        if latest {
            let is_above = first.is_some_and(|first| wanted.is_below(&first.tag));
            return Ok((!is_first && !is_above).then_some("it is not the latest"));
        }
        if !is_first {
            return Ok(None);
        }
        world.forge.forget();
        let all = world.forge.releases(world, &wanted.repository)?;
        let other = |release: &&Release| !release.draft && !release.prerelease && release.tag != wanted.tag;
        Ok(all.iter().find(other).map(|_| "it is the latest"))
    }

    fn differences(&self, world: &World<'_>, public: &Release, draft: &Release, mark: &Mark) -> Result<Vec<String>> {
        let mut words = compare::texts(&self.wanted, public);
        if public.id != draft.id {
            words.push("it is another one than the draft".to_owned());
        }
        let tagged = find_tagged(world, &self.wanted.repository, &self.wanted.tag)?;
        if tagged != mark.commit {
            words.push(format!("its tag is on {}", tagged.as_deref().map_or("nothing", short)));
        }
        if mark::split(&public.body).1.as_ref() != Some(mark) || !judge::is_whole(&self.wanted, public, mark) {
            words.push("its assets aren't those of the draft".to_owned());
        }
        Ok(words)
    }
}
