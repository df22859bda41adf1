//! A release that goes through several repositories and registries.
//!
//! ```text
//! remotes   → facts    where the branches are, what their manifests say      facts.rs
//! facts     → plan     every step as data, in order; pure                    plan.rs, order.rs
//! plan      → states   what the world says of each step                      state.rs
//! all of it → page     for a person, and for programs                        page.rs
//! ```
//!
//! [`crate::run`] does what is left to do.

mod changelog;
pub mod facts;
mod freeze;
pub mod line;
pub mod lists;
mod merged;
mod notes;
pub mod order;
pub mod page;
pub mod plan;
pub mod says;
pub mod state;
mod tips;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::context::{Context, no_repository, repository};
use crate::error::Failure;
use crate::ledger::{self, Ledger, Release, Run, State, Wanted};
use crate::plan::bump::{Request, Target};
use crate::remotes::Remotes;
use crate::resolve::Project;
use crate::resolve::release::Remote;
use crate::step::{Mark, World};
use crate::tools::git::{Git, Signature};
use crate::version::{Date, Version};
use crate::{forge, fsx, images, moment, world};
use facts::{Asked, Begun, Facts};
use plan::{Given, Plan};

/// The process that is meant where none is named.
pub const RELEASE: &str = "release";

/// What a release stands on: the configuration, and the clones of its repositories.
pub struct Ground {
    /// The configuration.
    pub project: Project,
    /// The tool's own clones, and what the remotes say.
    pub remotes: Remotes,
}

impl Ground {
    /// Opens the tool's clones. Nothing is asked of a remote yet.
    pub fn open(context: &Context) -> Result<Self> {
        Self::of(context, context.project()?)
    }

    /// The same for who refuses the lighter mistakes of the configuration with everything else that stops a release.
    pub fn open_with_mistakes(context: &Context) -> Result<Self> {
        Self::of(context, context.project_with_mistakes()?)
    }

    fn of(context: &Context, mut project: Project) -> Result<Self> {
        context.git()?;
        add_origins(context, &mut project)?;
        let remotes = Remotes::open(context, &project, &world::cache_dir()?)?;
        Ok(Self { project, remotes })
    }
}

/// What every command of a release works with.
pub struct Session<'g> {
    /// The checkout in which the command runs.
    pub context: &'g Context,
    /// Its configuration.
    pub project: &'g Project,
    /// The tool's own clones, and what the remotes say.
    pub remotes: &'g Remotes,
    /// Claims and what was recorded.
    pub ledger: Ledger<'g>,
    images: images::Looks,
    forge: forge::Looks,
    me: OnceCell<Run>,
    scratch: Scratch,
}

/// One look at everything: what the remotes say, and what is planned of it.
pub struct Pass {
    /// What the remotes say.
    pub facts: Facts,
    /// What is planned of it.
    pub plan: Plan,
    /// The plan's digest.
    pub digest: String,
    /// Whose name commits and tags bear, and when they are made.
    pub who: Signature,
    /// What the ledger knows of steps.
    pub marks: BTreeMap<String, Mark>,
}

impl<'g> Session<'g> {
    /// Opens the ledger. Nothing is asked of a remote yet.
    pub fn open(context: &'g Context, ground: &'g Ground) -> Result<Self> {
        let Ground { project, remotes } = ground;
        let git = context.git()?;
        let ledger = Ledger::open(context, project, remotes)?;
        let scratch = Scratch::new(git);
        let (images, forge) = (images::Looks::default(), forge::Looks::default());
        Ok(Self { context, project, remotes, ledger, images, forge, me: OnceCell::new(), scratch })
    }

    /// Who runs the command, where and when. An error where git doesn't know who: only who claims must be known.
    pub fn me(&self) -> Result<&Run> {
        if self.me.get().is_none() {
            let _ = self.me.set(Run::here(self.context.git()?)?);
        }
        Ok(self.me.get().ok_or_else(|| Failure::tool("nobody is here"))?)
    }

    /// The release that was begun: the open one, or the one of these very versions. An error if one is open, and it is
    /// another one that is asked for.
    pub fn begun(&self, asked: &Asked) -> Result<Option<Release>> {
        if let Some(open) = self.ledger.find_open(&asked.process)? {
            if asked.texts.join(" ") == open.request || is_of(&open, asked) {
                return Ok(Some(open));
            }
            // Half of it may be published: what the places say by now would be reported as their fault.
            let (process, request) = (asked.process.clone(), asked.texts.join(" "));
            let wanted = Wanted { process, request, versions: Vec::new(), digest: String::new() };
            return Err(ledger::refusal(&open, &wanted, self.me()?).into());
        }
        let Some(Target::Version(version)) = asked.requests.first().map(|request| &request.target) else {
            return Ok(None);
        };
        let found = self.ledger.find(&asked.process, version.as_str())?;
        Ok(found.filter(|release| release.state == State::Done && is_of(release, asked)))
    }

    /// The release that is open, or else the last one.
    pub fn latest(&self, process: &str) -> Result<Option<Release>> {
        let mut all: Vec<Release> =
            self.ledger.list()?.into_iter().filter(|release| release.process == process).collect();
        all.sort_by_key(|release| (release.state == State::Open, release.seconds));
        Ok(all.pop())
    }

    /// Removes what killed runs of this checkout left. Only the run that holds the lock may.
    pub fn sweep(&self) -> Result<()> {
        fsx::remove_folder(self.scratch.path().parent().unwrap_or(self.scratch.path()))
    }

    /// Looks at everything and plans. `claim` is the release that was begun, if one was.
    pub fn pass(&self, asked: &Asked, claim: Option<&Release>) -> Result<Pass> {
        self.forge.forget();
        let begun = claim.map(begun).transpose()?;
        let who = |not_before| self.author(claim, not_before);
        self.images.forget_all();
        let facts = facts::look(self.context, self.project, self.remotes, asked, begun.as_ref(), &who)?;
        self.plan(facts, claim)
    }

    /// Whose name commits and tags bear, and when they are made. Before the claim it is the one that a claim would give
    /// them, where it is known who would claim: what is made for the look is then what is published.
    fn author(&self, claim: Option<&Release>, not_before: u64) -> Signature {
        match (claim, self.me.get()) {
            (Some(claim), _) => claim.signature(),
            (None, Some(me)) => Signature {
                name: me.owner.name.clone(),
                email: me.owner.email.clone(),
                seconds: ledger::claimed_at(me, not_before),
            },
            (None, None) => Signature::nobody(not_before),
        }
    }

    /// Plans anew from the same facts: a claim gives the commits their date.
    pub fn plan(&self, mut facts: Facts, claim: Option<&Release>) -> Result<Pass> {
        let checklists = self.checklists()?;
        let given = Given { project: self.project, facts: &facts, claimed: claim.is_some(), checklists: &checklists };
        let plan = plan::plan(&given)?;
        notes::expect_written(&plan, &mut facts);
        let digest = self.context.git()?.hash_text(&plan.canonical(&facts))?;
        let who = self.author(claim, self.not_before(&facts));
        Ok(Pass {
            digest: digest[..16.min(digest.len())].to_owned(),
            who,
            marks: claim.map(marks).unwrap_or_default(),
            plan,
            facts,
        })
    }

    /// No commit of a release is older than what it stands on, whatever the clock says.
    pub fn not_before(&self, facts: &Facts) -> u64 {
        facts.lines.iter().map(|line| line.seconds).max().unwrap_or_default()
    }

    /// What the steps of a pass may look at and act on.
    pub fn world<'w>(&'w self, pass: &'w Pass) -> World<'w> {
        World {
            context: self.context,
            project: self.project,
            remotes: self.remotes,
            who: &pass.who,
            marks: &pass.marks,
            images: &self.images,
            forge: &self.forge,
            scratch: self.scratch.path(),
        }
    }

    fn checklists(&self) -> Result<BTreeMap<String, String>> {
        let mut texts = BTreeMap::new();
        for list in &self.project.release.checklists {
            let file = self.context.root.join(&list.file);
            let text = fsx::read_manifest(&file).map_err(|_| {
                Failure::usage(format!("the checklist `{}` can't be read: `{}`", list.name, list.file))
                    .hint("write it there as a Markdown list of `- [ ]` lines, or take it out of release.toml")
            })?;
            texts.insert(list.name.clone(), text);
        }
        Ok(texts)
    }
}

/// A folder of one command, for work trees and archives. It isn't made; it goes with the command.
pub struct Scratch(PathBuf);

impl Scratch {
    /// One that nobody else has.
    pub fn new(git: &Git) -> Self {
        Self(git.common_dir.join("lockstep/scratch").join(format!("{:016x}", world::nonce())))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fsx::remove_folder(&self.0);
    }
}

/// A repository for which no remote is configured is released to its checkout's `origin`.
fn add_origins(context: &Context, project: &mut Project) -> Result<()> {
    for repo in 0..project.repos.len() {
        if project.release.remotes.iter().any(|remote| remote.repo == repo) {
            continue;
        }
        let root = context.checkout(&project.repos[repo]);
        if repo > 0 && !fsx::is_folder(&root)? {
            continue;
        }
        let Some(git) = repository(&root)? else {
            if repo == 0 {
                return Err(no_repository(&root).into());
            }
            continue;
        };
        if let Some(origin) = git.remotes()?.into_iter().find(|remote| remote.name == "origin") {
            let span = 0..0;
            project.release.remotes.push(Remote { name: origin.name, repo, url: origin.url, public: true, span });
        }
    }
    Ok(())
}

/// Is nothing asked for that the release isn't of?
fn is_of(release: &Release, asked: &Asked) -> bool {
    let leading = release.versions.first().map(|(track, _)| track);
    let says = |request: &Request| match &request.target {
        Target::Version(version) => {
            let track = request.track.as_ref().or(leading);
            release.versions.iter().any(|(name, is)| Some(name) == track && is == version.as_str())
        }
        Target::Level(_) => false,
    };
    asked.requests.iter().all(says)
}

/// The versions and the day of a release that was begun.
fn begun(claim: &Release) -> Result<Begun, Failure> {
    let version = |(track, version): &(String, String)| match Version::parse(version) {
        Ok(parsed) => Ok((track.clone(), parsed)),
        Err(error) => Err(Failure::world(format!("the ledger says `{track}` is `{version}`: {}", error.message))),
    };
    let versions = claim.versions.iter().map(version).collect::<Result<_, _>>()?;
    let (year, month, day) = moment::date_of(claim.seconds);
    let short = |number: u32| u8::try_from(number).unwrap_or(1);
    let day = Date::new(u16::try_from(year).unwrap_or(1970), short(month), short(day));
    Ok(Begun { versions, day: day.ok_or_else(|| Failure::world("the ledger gives a date that is none"))? })
}

/// What the ledger knows of steps.
pub fn marks(claim: &Release) -> BTreeMap<String, Mark> {
    let begun = claim.started.iter().map(|step| (step.clone(), Mark::Begun));
    let done = claim.receipts.iter().map(|receipt| (receipt.step.clone(), Mark::of_receipt(&receipt.what)));
    begun.chain(done).collect()
}

/// Whose a release is, for its page.
pub fn owner_line(release: &Release) -> page::Owner {
    let taken = release.attempts.iter().rev().find(|attempt| attempt.how == ledger::How::TookOver);
    let since = taken.map_or(release.seconds, |attempt| attempt.seconds);
    page::Owner { who: release.owner.to_string(), since: moment::utc(since) }
}
