//! What the forge says of pull requests, for `notes`: a few questions at the same time, and never more than so many.

use std::collections::BTreeMap;
use std::iter;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;

use super::Context;
use crate::error::Failure;
use crate::json::Json;
use crate::plan::notes::{Gathered, Pull};
use crate::resolve::release::Forge;
use crate::tools::gh::{Answer, Gh};

/// How many questions are asked at the same time.
const AT_ONCE: usize = 8;
/// How many are asked at most; older changes keep the words of their commits.
const MOST: usize = 200;

/// The same list in the words of pull requests. Where the forge can't be asked it stays as it is, and that is said.
pub(super) fn told(context: &Context, forge: &Forge, list: &Gathered) -> Gathered {
    let mut numbers = list.numbers();
    if numbers.len() > MOST {
        let more = numbers.len() - MOST;
        context
            .ui
            .warn(&format!("{}: only the newest {MOST} pull requests were asked for, {more} not", forge.repository));
        numbers.truncate(MOST);
    }
    match ask(context, forge, &numbers) {
        Ok(pulls) => list.with_pulls(&pulls),
        Err(error) => {
            context.ui.warn(&format!("{error}: these are the subjects of commits, without titles of pull requests"));
            list.clone()
        }
    }
}

/// Each number once; the first error ends it all.
fn ask(context: &Context, forge: &Forge, numbers: &[u64]) -> Result<BTreeMap<u64, Pull>> {
    let gh = Gh::new(&forge.host, &context.root);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let take = || numbers.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !failed.load(Ordering::Relaxed));
        iter::from_fn(take)
            .map(|&number| {
                let pull = look(&gh, forge, number);
                failed.fetch_or(pull.is_err(), Ordering::Relaxed);
                Ok(pull?.map(|pull| (number, pull)))
            })
            .collect::<Result<Vec<_>>>()
    };
    let parts: Vec<Result<Vec<_>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE.min(numbers.len())).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut pulls = BTreeMap::new();
    for part in parts {
        pulls.extend(part?.into_iter().flatten());
    }
    Ok(pulls)
}

/// A pull request that was merged. A number of an issue, or of nothing, is no error.
fn look(gh: &Gh<'_>, forge: &Forge, number: u64) -> Result<Option<Pull>> {
    let answer: Answer = gh.get(&format!("repos/{}/pulls/{number}", forge.repository))?;
    match answer.status {
        200 => Ok(read(&answer.body)),
        404 | 410 => Ok(None),
        _ => {
            let refused: Failure =
                gh.refused(&format!("`#{number}` of {} can't be looked at", forge.repository), &answer);
            Err(refused.into())
        }
    }
}

fn read(body: &Json) -> Option<Pull> {
    // It is shown on a terminal, and anybody may have written it.
    let plain = |text: &str| text.replace(|c: char| c.is_control(), " ");
    let line = |json: &Json| json.text().map(|text| plain(text).split_whitespace().collect::<Vec<_>>().join(" "));
    body.get("merged_at").and_then(Json::text)?;
    let user = body.get("user");
    let is_person = user.and_then(|user| user.get("type")).and_then(Json::text) != Some("Bot");
    let author = user.and_then(|user| line(user.get("login")?)).filter(|_| is_person);
    let labels = body.get("labels").and_then(Json::items).unwrap_or_default();
    let labels = labels.iter().filter_map(|label| line(label.get("name")?)).collect();
    Some(Pull { title: line(body.get("title")?).filter(|title| !title.is_empty())?, author, labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_wrote_moves_no_cursor() {
        let text = r#"{"merged_at": "2026-07-01T12:00:00Z", "title": "a\u001b[2J\n b\u009b1m", "labels": [{"name": "x\u0007"}]}"#;
        let pull = read(&Json::parse(text).unwrap()).unwrap();
        assert_eq!((pull.title.as_str(), pull.labels), ("a [2J b 1m", vec!["x".to_owned()]));
    }
}
