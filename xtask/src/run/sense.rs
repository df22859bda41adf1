//! Whether the options of a run fit its plan.

use std::collections::BTreeSet;

use super::Options;
use crate::config::near;
use crate::error::Failure;
use crate::release::Pass;
use crate::release::order::{is_named, kind_of};
use crate::release::plan::Planned;
use crate::step::Step;

/// A plan has a digest, of which one types so many digits at least.
const FEW_DIGITS: usize = 6;

/// What the options name is in the plan, and it is the plan that was meant.
pub(super) fn expect_sense(options: &Options, pass: &Pass) -> Result<(), Failure> {
    let steps = &pass.plan.steps;
    for name in options.only.iter().chain(&options.until).chain(&options.done).chain(&options.again) {
        if !steps.iter().any(|planned| is_named(name, &planned.id)) {
            return Err(unknown(name, steps));
        }
    }
    let done = options.done.iter().map(|name| (name, false)).chain(options.again.iter().map(|name| (name, true)));
    for (name, again) in done {
        let fits = |step: &Step| if again { step.is_repeatable() } else { step.is_recorded() };
        if !steps.iter().any(|planned| is_named(name, &planned.id) && fits(&planned.step)) {
            return Err(Failure::usage(format!("whether `{name}` is done is seen, and needs nobody's word"))
                .hint("`--done` and `--again` are for commands and checklists; run without them"));
        }
    }
    match &options.plan {
        Some(digest) if digest.len() < FEW_DIGITS => Err(Failure::usage(format!("`{digest}` is no digest of a plan"))
            .hint(format!("give at least {FEW_DIGITS} digits of it; `cargo xtask plan` shows it"))),
        Some(digest) if !pass.digest.starts_with(digest.as_str()) => {
            Err(Failure::world(format!("the plan is `{}` by now, not `{}`", pass.digest, digest.escape_default()))
                .hint("`cargo xtask plan` shows it; the branches, the configuration or the request changed"))
        }
        _ => Ok(()),
    }
}

/// A plan may have a hundred steps, so only those that are like it are named, and all kinds.
fn unknown(name: &str, steps: &[Planned]) -> Failure {
    let failure = Failure::usage(format!("the plan has no step `{}`", name.escape_default()));
    let kinds: BTreeSet<&str> = steps.iter().map(|planned| kind_of(&planned.id)).collect();
    let mut meant = near(name, steps.iter().map(|planned| &*planned.id).chain(kinds.iter().copied()));
    // `deploy` may mean `command/deploy`.
    let ends_so = |id: &&str| id.split_once('/').is_some_and(|(_, rest)| !near(name, [rest]).is_empty());
    let ends = steps.iter().map(|planned| &*planned.id).filter(ends_so);
    meant.extend(ends.filter(|id| !meant.contains(id)).collect::<Vec<_>>());
    meant.truncate(3);
    let kinds: Vec<&str> = kinds.into_iter().collect();
    let all = format!("there are {}; `cargo xtask plan` names each", kinds.join(", "));
    match &meant[..] {
        [] => failure.hint(all),
        meant => failure.hint(format!("did you mean `{}`? {all}", meant.join("` or `"))),
    }
}
