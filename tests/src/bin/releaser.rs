//! `releaser [--ledger URL] [--private] [--process NAME] WORD…`: a run that does nothing but what the ledger sees of it, for the tests.
//!
//! In a checkout, with the identity that git has there. The words are done one after another: `look`, `list`, `wait`
//! (says `ready` and waits for a line), `claim VERSION`, `claim-after SECONDS VERSION`, `take-over VERSION`,
//! `give-up VERSION`, `open-again VERSION`, `start STEP`, `receipt STEP`, `pass STEP NEXT`, `still-mine`, `finish`.

use std::io::BufRead;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use xtask::context::{CONFIG, Context};
use xtask::error::Failure;
use xtask::ledger::{Claim, Claimed, Ledger, Release, Run, Wanted, refusal};
use xtask::remotes::Remotes;
use xtask::resolve::release::{self, Remote};
use xtask::tools::git::Git;
use xtask::ui::{Ui, When};
use xtask::version::Date;
use xtask::world;

const PROJECT: &str = "[track.app]\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n";

fn main() -> ExitCode {
    let ui = Ui::new(When::Never, (false, false), false);
    match run(ui, std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let failure = match error.downcast::<Failure>() {
                Ok(failure) => failure,
                Err(other) => Failure::tool(format!("{other:#}")),
            };
            ui.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn run(ui: Ui, args: Vec<String>) -> Result<()> {
    let mut words = args.into_iter().peekable();
    let url = words.next_if_eq("--ledger").and_then(|_| words.next());
    let public = words.next_if_eq("--private").is_none();
    let process = words.next_if_eq("--process").and_then(|_| words.next()).unwrap_or_else(|| "release".to_owned());
    let root = world::current_dir()?;
    let git = Git::find(&root)?;
    let today = Date::new(2026, 7, 1).context("a date")?;
    let context = Context { ui, config: root.join(CONFIG), shown: CONFIG.to_owned(), git, today, root };
    let mut project = context.parse(PROJECT)?;
    if let Some(url) = url {
        project.release.remotes.push(Remote { name: "origin".to_owned(), repo: 0, url, public, span: 0..0 });
        project.release.ledger = release::Ledger::Remote(0, "lockstep-ledger".to_owned());
    }
    let remotes = Remotes::open(&context, &project, &world::cache_dir()?)?;
    let ledger = Ledger::open(&context, &project, &remotes)?;
    let mut releaser = Releaser { ui, process, ledger, git: context.git()?, claim: None };
    while let Some(word) = words.next() {
        let mut next = || words.next().with_context(|| format!("`{word}` wants a word more"));
        releaser.step(&word, &mut next)?;
    }
    Ok(())
}

struct Releaser<'a> {
    ui: Ui,
    process: String,
    ledger: Ledger<'a>,
    git: &'a Git,
    claim: Option<Claim>,
}

impl Releaser<'_> {
    fn step(&mut self, word: &str, next: &mut impl FnMut() -> Result<String>) -> Result<()> {
        match word {
            "look" => drop(self.ledger.find_open(&self.process)?),
            "list" => {
                for release in self.ledger.list()? {
                    self.tell(release.state.name(), &release);
                }
            }
            "wait" => {
                self.ui.data("ready\n");
                std::io::stdin().lock().read_line(&mut String::new())?;
            }
            "claim" => self.claim(&next()?, 0)?,
            "claim-after" => {
                let seconds = next()?.parse()?;
                self.claim(&next()?, seconds)?;
            }
            "take-over" => {
                let claim = self.ledger.take_over(&self.find(&next()?)?, &Run::here(self.git)?)?;
                self.got("took over", claim);
            }
            "open-again" => {
                let claim = self.ledger.open_again(&self.find(&next()?)?, &Run::here(self.git)?)?;
                self.got("opened again", claim);
            }
            "give-up" => {
                let release = self.ledger.give_up(&self.find(&next()?)?, &Run::here(self.git)?)?;
                self.tell("gave up", &release);
            }
            word => self.go_on(word, next)?,
        }
        Ok(())
    }

    /// What only the holder of a claim can do.
    fn go_on(&mut self, word: &str, next: &mut impl FnMut() -> Result<String>) -> Result<()> {
        let claim = self.claim.as_mut().context("nothing is claimed")?;
        match word {
            "start" => self.ledger.start(claim, &next()?),
            "receipt" => self.ledger.receipt(claim, &next()?, "done at https://user:secret@example.com/"),
            "pass" => self.ledger.pass(claim, Some((&next()?, "done")), Some(&next()?)),
            "still-mine" => self.ledger.still_mine(claim),
            "finish" => self.ledger.finish(claim),
            word => bail!("`{word}` is no word"),
        }
    }

    fn claim(&mut self, version: &str, not_before: u64) -> Result<()> {
        let wanted = Wanted {
            process: self.process.clone(),
            request: version.to_owned(),
            versions: vec![("app".to_owned(), version.to_owned())],
            digest: format!("plan-{version}"),
        };
        let me = Run::here(self.git)?;
        match self.ledger.claim(&wanted, &me, not_before)? {
            Claimed::Won(claim) => self.got("won", claim),
            Claimed::Mine(claim) => self.got("mine", claim),
            Claimed::Theirs(release) => return Err(refusal(&release, &wanted, &me).into()),
            Claimed::Done(release) => self.tell("done", &release),
        }
        Ok(())
    }

    fn got(&mut self, how: &str, claim: Claim) {
        self.tell(how, claim.release());
        self.claim = Some(claim);
    }

    fn tell(&self, how: &str, release: &Release) {
        let (title, epoch, seconds) = (release.title(), release.epoch, release.seconds);
        self.ui.data(&format!("{how}: {title}, epoch {epoch}, {} since {seconds}\n", release.owner));
    }

    fn find(&self, version: &str) -> Result<Release> {
        self.ledger.find(&self.process, version)?.context("the ledger has no such release")
    }
}
