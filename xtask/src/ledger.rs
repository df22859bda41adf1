//! What the world can't show of a release: who has it, since when, what was tried.
//!
//! It is commits on a branch, here or in a remote, which is only ever moved by compare-and-swap: each change is a commit
//! on the one that was read, and lands only if the branch is still there. Who is too late reads again and decides again.
//!
//! The ledger explains and keeps runs apart; whether a step is done is asked of the world. No decision compares clocks:
//! a run is older than another one because its epoch is lower.

mod decide;
mod known;
mod owner;
mod record;
mod said;
mod store;
mod words;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;

use crate::context::Context;
use crate::error::Failure;
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::tools::git::{NewCommit, Parent, Signature};
use crate::tools::redact;
use crate::world;
use decide::Verdict;
pub use decide::{Run, Wanted, Word, claimed_at};
use known::{Known, README};
pub use record::{Attempt, How, Owner, Receipt, Release, State};
use store::Store;

/// Others may move the branch in between so often; each time it is read again.
const TRIES: u32 = 40;
/// Pushes that failed without a word whether they landed.
const FAILURES: u32 = 3;

const README_TEXT: &str = "\
# The ledger of releases

`cargo xtask run` keeps here who releases what: one file a release, one commit a change. It is written by the tool only.
`cargo xtask status` reads it.
";

/// The ledger of a project.
pub struct Ledger<'r> {
    store: Store<'r>,
    known: Mutex<Option<Arc<Known>>>,
}

/// The right to carry out a release, until another run gets it.
#[derive(Clone, Debug)]
pub struct Claim {
    release: Release,
}

impl Claim {
    /// The record as it was when this run changed it last.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Who makes the commits and tags of the release, and the moment that they bear: the same in every run of it.
    pub fn signature(&self) -> Signature {
        self.release.signature()
    }
}

impl Release {
    /// See [`Claim::signature`].
    pub fn signature(&self) -> Signature {
        Signature { name: self.author.name.clone(), email: self.author.email.clone(), seconds: self.seconds }
    }
}

/// What became of a claim.
#[derive(Clone, Debug)]
pub enum Claimed {
    /// This run is the first of the release.
    Won(Claim),
    /// The same owner had it already, and goes on; whatever run had it before stops at its next step.
    Mine(Claim),
    /// Somebody else has it, or another release of the process is open: nothing was changed. [`refusal`] says it.
    Theirs(Release),
    /// It was done, and nothing was changed: the world says whether it still is. [`Ledger::open_again`] goes on.
    Done(Release),
}

/// A change of the ledger that is to be tried.
enum Change<T> {
    /// There is nothing to write.
    Keep(T),
    /// One record, and the sentence that says why.
    Write(Box<Release>, String, T),
}

/// Why a claim wasn't granted, with the commands that go on, take over or give up. `wanted` and `me` are those of the
/// claim.
pub fn refusal(theirs: &Release, wanted: &Wanted, me: &Run) -> Failure {
    words::theirs(theirs, &wanted.versions, &me.owner)
}

impl<'r> Ledger<'r> {
    /// The ledger that the configuration names. Nothing is read or written yet.
    pub fn open(context: &Context, project: &Project, remotes: &'r Remotes) -> Result<Self> {
        Ok(Self { store: Store::open(context, project, remotes)?, known: Mutex::new(None) })
    }

    /// How messages name it.
    pub fn shown(&self) -> &str {
        &self.store.shown
    }

    // ---- looks ----

    /// All releases, by process and version as texts.
    pub fn list(&self) -> Result<Vec<Release>> {
        Ok(self.known()?.releases().into_iter().cloned().collect())
    }

    /// The open release of a process.
    pub fn find_open(&self, process: &str) -> Result<Option<Release>> {
        Ok(decide::open_of(&self.known()?.releases(), process)?.cloned())
    }

    /// A release, whatever became of it.
    pub fn find(&self, process: &str, version: &str) -> Result<Option<Release>> {
        Ok(self.known()?.find(process, version).cloned())
    }

    /// Looks again, and stops a run whose release went to another one by now.
    pub fn still_mine(&self, claim: &Claim) -> Result<()> {
        let now = self.read_again()?;
        Ok(decide::expect_mine(now.find(&claim.release.process, claim.release.version()), &claim.release)?)
    }

    // ---- changes ----

    /// Claims a release. `not_before` is the date of the newest commit that it stands on, in seconds since 1970.
    ///
    /// An error means that nothing is known to be claimed: nothing may start.
    pub fn claim(&self, wanted: &Wanted, me: &Run, not_before: u64) -> Result<Claimed> {
        if wanted.versions.is_empty() {
            return Err(Failure::usage("nothing is released: no version moves").into());
        }
        let wanted = &Wanted { request: redact(&wanted.request), ..wanted.clone() };
        self.change(me, |known| {
            Ok(match decide::claim(&known.releases(), wanted, me, not_before)? {
                Verdict::Win(release) => {
                    let sentence = format!("Claim {} for {} on {}", release.title(), me.owner, me.host);
                    write(release, sentence, Claimed::Won)
                }
                Verdict::GoOn(release) => {
                    let (epoch, title) = (release.epoch, release.title());
                    write(release, format!("Go on with {title} on {}, attempt {epoch}", me.host), Claimed::Mine)
                }
                Verdict::Theirs(release) => Change::Keep(Claimed::Theirs(release)),
                Verdict::Done(release) => Change::Keep(Claimed::Done(release)),
            })
        })
    }

    /// Makes somebody else's open release this run's, as it was seen: an error if it went on since.
    pub fn take_over(&self, seen: &Release, me: &Run) -> Result<Claim> {
        self.change(me, |known| {
            let release = open_as_seen(known, seen)?;
            let how = if release.owner.is(&me.owner) { How::WentOn } else { How::TookOver };
            let sentence =
                format!("Take {} over from {}, for {} on {}", release.title(), release.owner, me.owner, me.host);
            Ok(write(decide::next(release, me, how), sentence, |claim| claim))
        })
    }

    /// Ends an open release undone, as it was seen. What it did to the world stays. Only its owner may.
    pub fn give_up(&self, seen: &Release, me: &Run) -> Result<Release> {
        self.change(me, |known| {
            let release = open_as_seen(known, seen)?;
            if !release.owner.is(&me.owner) {
                return Err(words::not_yours(release).into());
            }
            let sentence = format!("Give {} up", release.title());
            Ok(write(decide::next(release, me, How::GaveUp), sentence, |claim| claim.release))
        })
    }

    /// Goes through a release once more that was done, with the same author and date.
    pub fn open_again(&self, seen: &Release, me: &Run) -> Result<Claim> {
        self.change(me, |known| {
            if let Some(open) = decide::open_of(&known.releases(), &seen.process)? {
                return Err(words::theirs(open, &seen.versions, &me.owner).into());
            }
            let Some(release) = known.find(&seen.process, seen.version()) else {
                return Err(words::vanished(seen).into());
            };
            decide::expect_mine(Some(release), seen)?;
            let sentence = format!("Open {} again for {} on {}", release.title(), me.owner, me.host);
            Ok(write(decide::next(release, me, How::OpenedAgain), sentence, |claim| claim))
        })
    }

    /// Notes that a step begins. Stops a run whose release went to another one.
    pub fn start(&self, claim: &mut Claim, step: &str) -> Result<()> {
        self.pass(claim, None, Some(step))
    }

    /// Notes that a step is done, and what became of it.
    pub fn receipt(&self, claim: &mut Claim, step: &str, what: &str) -> Result<()> {
        self.pass(claim, Some((step, what)), None)
    }

    /// From a step that is done (with what became of it) to the next one that begins, in one change.
    pub fn pass(&self, claim: &mut Claim, done: Option<(&str, &str)>, begun: Option<&str>) -> Result<()> {
        let what = done.map(|(_, what)| redact(what)).unwrap_or_default();
        let done = done.map(|(step, _)| (step, what.as_str()));
        let title = claim.release.title();
        let sentence = match (done, begun) {
            (Some((step, what)), None) => format!("{title}: {step} is done: {what}"),
            (Some((step, what)), Some(next)) => format!("{title}: {step} is done: {what}; begin {next}"),
            (None, Some(next)) => format!("{title}: begin {next}"),
            (None, None) => return Ok(()),
        };
        let seconds = world::now();
        self.advance(claim, |release| (decide::passed(release, done, begun, seconds), sentence.clone()))
    }

    /// Takes a step back that was begun: it came to its end without effect, or shall be done once more.
    pub fn forget(&self, claim: &mut Claim, step: &str) -> Result<()> {
        let sentence = format!("{}: {step} is to be done again", claim.release.title());
        self.advance(claim, |release| (decide::forgotten(release, step), sentence.clone()))
    }

    /// Notes that all steps are done.
    pub fn finish(&self, claim: &mut Claim) -> Result<()> {
        self.advance(claim, |release| {
            (
                Release { state: State::Done, started: Vec::new(), ..release.clone() },
                format!("Finish {}", release.title()),
            )
        })
    }

    /// Changes the record of a claim that is still this run's.
    fn advance(&self, claim: &mut Claim, next: impl Fn(&Release) -> (Release, String)) -> Result<()> {
        let me = claim.release.attempt().map(|last| Run {
            owner: last.owner.clone(),
            host: last.host.clone(),
            seconds: world::now(),
            nonce: last.nonce.clone(),
        });
        let me = me.ok_or_else(|| words::vanished(&claim.release))?;
        let mine = &claim.release;
        let changed = self.change(&me, |known| {
            let now = known.find(&mine.process, mine.version());
            decide::expect_mine(now, mine)?;
            let (release, sentence) = next(now.unwrap_or(mine));
            Ok(write(release, sentence, |claim| claim))
        })?;
        *claim = changed;
        Ok(())
    }

    /// Reads, decides, commits, moves the branch; and again if somebody else was faster.
    fn change<T>(&self, me: &Run, decide: impl Fn(&Known) -> Result<Change<T>>) -> Result<T> {
        let mut known = self.known()?;
        let mut failures = 0;
        for try_ in 1..=TRIES {
            let (release, sentence, then) = match decide(&known)? {
                Change::Keep(then) => return Ok(then),
                Change::Write(release, sentence, then) => (*release, sentence, then),
            };
            let commit = self.commit(&known, &release, &sentence, me)?;
            let failed = match self.store.advance(known.tip.as_deref(), &commit) {
                Ok(true) => {
                    self.keep(Arc::new(known.with(commit, release)));
                    return Ok(then);
                }
                Ok(false) => None,
                Err(error) => Some(error),
            };
            let before = known.tip.clone();
            known = self.read_again()?;
            if let Some(error) = failed {
                // The acknowledgement may be lost and the push not: the commit bears this run's own number.
                if self.landed(&commit, &known)? {
                    return Ok(then);
                }
                failures += 1;
                if known.tip == before && failures >= FAILURES {
                    return Err(error);
                }
            }
            std::thread::sleep(pause(try_));
        }
        Err(Failure::tool(format!("the ledger `{}` moves faster than it can be changed", self.store.shown))
            .hint("run the same command again")
            .into())
    }

    fn commit(&self, known: &Known, release: &Release, sentence: &str, me: &Run) -> Result<String> {
        let mut files = vec![(release.path(), record::render(release).into_bytes())];
        if known.tip.is_none() {
            self.store.prepare()?;
            files.push((README.to_owned(), README_TEXT.as_bytes().to_vec()));
        }
        let parent = known.tip.clone().map_or(Parent::None, Parent::Commit);
        let message = format!("{}\n", sentence.split_whitespace().collect::<Vec<_>>().join(" "));
        let who = Signature { name: me.owner.name.clone(), email: me.owner.email.clone(), seconds: me.seconds };
        let commits = self.store.git().build_commits(&[NewCommit { parent, files, message }], &who)?;
        let commit = commits.into_iter().next();
        commit.ok_or_else(|| Failure::tool("git made no commit for the ledger").into())
    }

    fn landed(&self, commit: &str, known: &Known) -> Result<bool> {
        match &known.tip {
            Some(tip) if tip == commit => Ok(true),
            Some(tip) => self.store.git().is_ancestor(commit, tip),
            None => Ok(false),
        }
    }

    // ---- reading ----

    fn keep(&self, known: Arc<Known>) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    /// The ledger as it was read or written last; read now if it wasn't yet.
    fn known(&self) -> Result<Arc<Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known.map_or_else(|| self.read(None), Ok)
    }

    fn read_again(&self) -> Result<Arc<Known>> {
        self.store.forget();
        let before = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.read(before)
    }

    fn read(&self, before: Option<Arc<Known>>) -> Result<Arc<Known>> {
        let tip = self.store.tip()?;
        let before = before.unwrap_or_default();
        let known = match &tip {
            Some(tip) if before.tip.as_ref() != Some(tip) => Arc::new(Known::read(&self.store, tip, &before)?),
            _ => before,
        };
        self.keep(Arc::clone(&known));
        Ok(known)
    }
}

/// The record is what the claim will hold, once it is written.
fn write<T>(release: Release, sentence: String, then: impl FnOnce(Claim) -> T) -> Change<T> {
    let claim = Claim { release: release.clone() };
    Change::Write(Box::new(release), sentence, then(claim))
}

/// The open release that a person looked at; an error if it is another one by now.
fn open_as_seen<'k>(known: &'k Known, seen: &Release) -> Result<&'k Release> {
    let now = known.find(&seen.process, seen.version());
    match now {
        Some(release) if release.state == State::Open => {
            decide::expect_mine(Some(release), seen)?;
            Ok(release)
        }
        now => Err(words::not_open(&seen.title(), now).into()),
    }
}

/// Longer each time, and not the same for all that wait.
fn pause(try_: u32) -> Duration {
    let most = (10 << try_.min(6)).min(500);
    Duration::from_millis(most / 4 + world::nonce() % most)
}
