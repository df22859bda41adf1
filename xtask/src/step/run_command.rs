//! A program of the project's own: deploy, smoke test, publish.

mod program;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;

use super::prepared::Prepared;
use super::{Detail, Effect, Mark, Observed, Reach, World};
use crate::error::Failure;
use crate::fsx;
use crate::resolve::release::{CommandPlace, When};
use crate::tools::Run;

/// What a shell says of a program that can't be run. It is no answer, nor is one that a signal ended.
const NOT_RUN: std::ops::RangeInclusive<i32> = 126..=127;

/// A run of one `[command.NAME]`.
#[derive(Debug)]
pub struct RunCommand {
    /// `command/deploy`
    pub id: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Its variables.
    pub env: Vec<(String, String)>,
    /// Where it runs.
    pub place: CommandPlace,
    /// Ends with 0 when the effect is there already; empty where only the ledger knows.
    pub done: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
    /// Where it stands in the release: before the release's own commits there is only the branch to run on.
    pub when: When,
    /// This repository's commits, where it takes part in the release.
    pub prepared: Option<Rc<Prepared>>,
}

impl RunCommand {
    /// The commit that it is for, in a folder of its own; or the user's checkout.
    fn folder(&self, world: &World<'_>) -> Result<PathBuf> {
        let (CommandPlace::Prepared, Some(prepared)) = (self.place, &self.prepared) else {
            return Ok(world.context.root.clone());
        };
        let tip = if self.when == When::Branch { prepared.base.clone() } else { prepared.tip(world)? };
        let folder = world.scratch.join(format!("{}-{}", self.id.replace('/', "-"), &tip[..tip.len().min(12)]));
        if !fsx::is_folder(&folder)? {
            world.remotes.git(prepared.repo).scratch_clone(&tip, &folder)?;
        }
        Ok(folder)
    }

    fn start(&self, argv: &[String], folder: &std::path::Path) -> Result<Run> {
        let mut program = argv[0].clone();
        if program.contains('/') && !program.starts_with('/') {
            // A path counts from where it runs, not from where we do.
            program = folder.join(program.trim_start_matches("./")).to_string_lossy().into_owned();
        }
        let run = Run::new(&program, folder)?.args(&argv[1..]).timeout(self.timeout);
        Ok(self.env.iter().fold(run, |run, (name, value)| run.env(name, value)))
    }

    /// Is the release out, so that no other commit can become of it? A version branch that waits for its merge still
    /// gets fixes; what ran on the branch before the release's own commits ran before those.
    fn is_public(&self) -> bool {
        let is_final = |prepared: &Prepared| prepared.merge.is_none() || self.when == When::Branch;
        self.prepared.as_ref().is_some_and(|prepared| prepared.released.is_some() && is_final(prepared))
    }

    /// The commit that it is for, wherever it runs; none where this repository takes no part.
    pub fn commit(&self, world: &World<'_>) -> Result<Option<String>> {
        match (&self.prepared, self.when) {
            (Some(prepared), When::Branch) => Ok(Some(prepared.base.clone())),
            (Some(prepared), _) => prepared.tip(world).map(Some),
            (None, _) => Ok(None),
        }
    }

    fn no_answer(&self) -> Failure {
        let message = format!("`{}` didn't say whether `{}` is done", self.done.join(" "), self.id);
        Failure::tool(message).hint("see why it doesn't run; it is `done` in release.toml")
    }

    fn in_doubt(&self) -> Failure {
        let message = format!("`{}` was begun, and nothing says whether it came to its end", self.argv.join(" "));
        Failure::world(message).hint(format!(
            "look yourself, then `cargo xtask run --done {id}` or `cargo xtask run --again {id}`; \
             a `done` in release.toml lets the tool look",
            id = self.id
        ))
    }
}

impl Effect for RunCommand {
    fn title(&self) -> String {
        let place = match self.place {
            CommandPlace::Prepared => "in a scratch work tree of the release's commit",
            CommandPlace::Checkout => "in this checkout",
        };
        format!("run `{}` {place}", self.argv.join(" "))
    }

    fn reach(&self) -> Reach {
        Reach::Public
    }

    fn details(&self) -> Vec<Detail> {
        let env = self.env.iter().map(|(name, value)| format!("{name}={value}"));
        let env: Vec<String> = env.collect();
        let line = if env.is_empty() { Vec::new() } else { std::iter::once("env".to_owned()).chain(env).collect() };
        vec![Detail::Command(line.into_iter().chain(self.argv.iter().cloned()).collect())]
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        if !self.done.is_empty() {
            // What the world says decides, whatever was written down.
            let output = self.start(&self.done, &world.context.root)?.output()?;
            return Ok(match output.code {
                Some(0) => Observed::Same,
                Some(code) if !NOT_RUN.contains(&code) => Observed::Absent,
                _ => Observed::Unknown(self.no_answer()),
            });
        }
        Ok(match world.marks.get(&self.id) {
            // A colleague's push made another commit of it: that one was neither deployed nor tested.
            Some(Mark::Done { commit: Some(commit), .. })
                if !self.is_public() && self.commit(world)?.as_ref() != Some(commit) =>
            {
                Observed::Absent
            }
            Some(Mark::Done { .. }) => Observed::Same,
            Some(Mark::Begun) => Observed::Different(self.in_doubt()),
            None => Observed::Absent,
        })
    }

    fn obstacle(&self, world: &World<'_>) -> Result<Option<Failure>> {
        self.missing_program(world)
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let folder = self.folder(world)?;
        self.start(&self.argv, &folder)?.stream_lines(|line| world.context.ui.talk(&format!("  {line}\n")))
    }
}
