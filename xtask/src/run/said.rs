//! What a person says of steps on the command line: `--done`, `--again`.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Options;
use crate::ledger::{Claim, Word};
use crate::release::order::is_named;
use crate::release::{Pass, Session, marks};
use crate::step::checklist::Checklist;
use crate::step::{Mark, Step};

/// What a person says of steps that only they can know of.
pub(super) fn record_words(session: &Session<'_>, claim: &mut Claim, pass: &mut Pass, options: &Options) -> Result<()> {
    for at in 0..pass.plan.steps.len() {
        let id = pass.plan.steps[at].id.clone();
        if options.done.iter().any(|name| is_named(name, &id)) && pass.plan.steps[at].step.is_recorded() {
            let commit = pass.plan.steps[at].step.commit(&session.world(pass))?;
            let who = session.me()?.owner.to_string();
            let mut done = vec![(id.clone(), format!("done, says {who}"))];
            if let Step::Checklist(list) = &pass.plan.steps[at].step {
                done.extend(Checklist::words(&list.items, &who));
            }
            let mark = |words: &String| Mark::receipt(words, commit.as_deref());
            let receipts = done.iter().map(|(id, words)| (id.clone(), mark(words))).collect();
            let sentence = format!("{id} is done, says {who}");
            session.ledger.note_own(claim, &Word { done: receipts, undone: Vec::new(), sentence })?;
            pass.marks.extend(done.into_iter().map(|(id, words)| (id, Mark::Done { words, commit: commit.clone() })));
        } else if options.again.iter().any(|name| is_named(name, &id)) {
            session.ledger.forget(claim, &id)?;
            pass.marks.retain(|known, _| *known != id && !known.starts_with(&format!("{id}#")));
        }
    }
    Ok(())
}

/// What people ticked since the pass began: they needn't wait until nothing runs.
pub(super) fn hear(session: &Session<'_>, pass: &mut Pass, claim: &Claim) -> Result<()> {
    session.ledger.still_mine(claim)?;
    let release = claim.release();
    if let Some(now) = session.ledger.find(&release.process, release.version())? {
        pass.marks = marks(&now);
    }
    Ok(())
}

/// The steps that are done once more, whatever a look at the world says.
pub(super) fn named_again(pass: &Pass, options: &Options) -> BTreeSet<String> {
    let repeatable = pass.plan.steps.iter().filter(|planned| planned.step.is_repeatable());
    let named = repeatable.filter(|planned| options.again.iter().any(|name| is_named(name, &planned.id)));
    named.map(|planned| planned.id.clone()).collect()
}
