//! What the release steps ask of the forge. What changes something is followed by a look where its answer was lost: it
//! is sent again only when it is seen that it wasn't done.

use std::time::Duration;

use anyhow::Result;

use super::Repository;
use super::release::{Asset, Release};
use crate::error::Failure;
use crate::step::{Observed, World};
use crate::tools::gh::{Answer, Gh, encode, was_lost};
use crate::tools::pause;

/// How often something is sent at most.
pub const TRIES: usize = 3;
/// The pauses before the looks after a lost answer: what was accepted may take a moment to be seen.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Sends a change until it is done, by its answer or by a look.
pub fn settle(
    gh: Gh<'_>,
    what: &str,
    send: impl Fn() -> Result<Answer>,
    is_done: impl Fn() -> Result<bool>,
) -> Result<()> {
    let mut last = None;
    for _ in 0..TRIES {
        last = Some(match attempt(gh, what, &send)? {
            None => return Ok(()),
            Some(failure) => failure,
        });
        for length in PAUSES {
            pause(length)?;
            if is_done()? {
                return Ok(());
            }
        }
    }
    Err(last.unwrap_or_else(|| Failure::tool(what)).into())
}

/// Looks anew until the list shows what was done, and not for ever: it may be older than the answer to a change.
pub fn await_same(world: &World<'_>, observe: impl Fn() -> Result<Observed>) -> Result<()> {
    for length in [Duration::ZERO].into_iter().chain(PAUSES) {
        pause(length)?;
        world.forge.forget();
        if !matches!(observe()?, Observed::Absent | Observed::Partial(_)) {
            break;
        }
    }
    Ok(())
}

/// Sends once. Gives the failure if it is one that may pass.
fn attempt(gh: Gh<'_>, what: &str, send: &impl Fn() -> Result<Answer>) -> Result<Option<Failure>> {
    match send() {
        Ok(answer) if answer.is_good() => Ok(None),
        Ok(answer) if answer.is_passing() => Ok(Some(gh.refused(what, &answer))),
        Ok(answer) => Err(gh.refused(what, &answer).into()),
        Err(error) if was_lost(&error) => Ok(Some(error.downcast()?)),
        Err(error) => Err(error),
    }
}

/// The assets of a release, all of them.
pub fn list_assets(world: &World<'_>, repository: &Repository, release: i64) -> Result<Vec<Asset>> {
    let list = repository.gh(world).get_all(&repository.path(&format!("releases/{release}/assets")))?;
    let read = |json| Asset::read(json).ok_or_else(|| nonsense(repository, "an asset"));
    Ok(list.iter().map(read).collect::<Result<_, _>>()?)
}

/// The release that everybody sees under a tag.
pub fn find_public(world: &World<'_>, repository: &Repository, tag: &str) -> Result<Option<Release>> {
    find(world, repository, &format!("releases/tags/{}", segments(tag)))
}

/// The release that the forge calls the latest.
pub fn find_latest(world: &World<'_>, repository: &Repository) -> Result<Option<Release>> {
    find(world, repository, "releases/latest")
}

fn find(world: &World<'_>, repository: &Repository, rest: &str) -> Result<Option<Release>> {
    let gh = repository.gh(world);
    match gh.get(&repository.path(rest))? {
        answer if answer.status == 404 => Ok(None),
        answer if answer.is_good() => Ok(Some(Release::read(&answer.body, repository)?)),
        answer => Err(gh.refused(&format!("`{}` can't be read", repository.path(rest)), &answer).into()),
    }
}

/// The commit that a git tag marks, as the forge has it.
pub fn find_tagged(world: &World<'_>, repository: &Repository, tag: &str) -> Result<Option<String>> {
    let gh = repository.gh(world);
    let mut path = repository.path(&format!("git/ref/tags/{}", segments(tag)));
    // A tag may mark a tag; nobody makes chains of them.
    for _ in 0..4 {
        let answer = gh.get(&path)?;
        if answer.status == 404 {
            return Ok(None);
        }
        if !answer.is_good() {
            return Err(gh.refused(&format!("`{path}` can't be read"), &answer).into());
        }
        let object = answer.body.get("object").ok_or_else(|| nonsense(repository, "a tag"))?;
        let part = |name: &str| object.get(name).and_then(|json| json.text()).map(str::to_owned);
        let (Some(kind), Some(sha)) = (part("type"), part("sha")) else {
            return Err(nonsense(repository, "a tag").into());
        };
        if kind != "tag" {
            return Ok(Some(sha));
        }
        path = repository.path(&format!("git/tags/{}", encode(&sha)));
    }
    Err(nonsense(repository, "a tag").into())
}

fn segments(tag: &str) -> String {
    tag.split('/').map(encode).collect::<Vec<_>>().join("/")
}

fn nonsense(repository: &Repository, what: &str) -> Failure {
    Failure::tool(format!("`{}` says something of {what} that makes no sense", repository.host))
        .hint("run the same command again")
}
