//! What a person says of steps and of items of lists, in one change of the ledger.

use anyhow::Result;

use super::decide::{self, Run, Word};
use super::record::{Release, State};
use super::{Claim, Ledger, words, write};
use crate::tools::redact;
use crate::world;

impl Ledger<'_> {
    /// Notes a person's word on an open release, whoever's it is. An error if it isn't open any more, or another one is.
    pub fn note(&self, seen: &Release, me: &Run, word: &Word) -> Result<Release> {
        self.change(me, |known| {
            let now = known.find(&seen.process, seen.version());
            let open = now.filter(|now| now.state == State::Open && now.nonce == seen.nonce);
            let release = open.ok_or_else(|| words::not_open(&seen.title(), now))?;
            let sentence = format!("{}: {}", release.title(), word.sentence);
            Ok(write(decide::said(release, &clean(word), me.seconds), sentence, |claim| claim.release))
        })
    }

    /// The same in this run's own release.
    pub fn note_own(&self, claim: &mut Claim, word: &Word) -> Result<()> {
        let (word, seconds) = (clean(word), world::now());
        let sentence = format!("{}: {}", claim.release.title(), word.sentence);
        self.advance(claim, |release| (decide::said(release, &word, seconds), sentence.clone()))
    }
}

/// The same without anything secret.
fn clean(word: &Word) -> Word {
    let done = word.done.iter().map(|(step, what)| (step.clone(), redact(what))).collect();
    Word { done, undone: word.undone.clone(), sentence: redact(&word.sentence) }
}
