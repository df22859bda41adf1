//! What must be true after a fault, and after the next run.

use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use anyhow::{Context, Result, bail, ensure};

use super::inject::{Fault, Hit, Point, is_temporary, unfinished};
use super::world::{Tree, World};

/// A job for the tool, and the state that it starts from.
pub struct Scenario {
    /// How the summary calls it.
    pub name: &'static str,
    /// How many charts the world has.
    pub charts: usize,
    /// The arguments.
    pub args: &'static [&'static str],
    /// Brings the world from [`World::before`] to where the job starts.
    pub prepare: fn(&World) -> Result<()>,
}

/// The trees before and after the undisturbed job.
pub struct Ends {
    before: Tree,
    after: Tree,
}

impl Scenario {
    /// Does the job undisturbed.
    pub fn ends(&self, world: &World) -> Result<Ends> {
        self.start(world)?;
        let before = world.tree()?.into_iter().filter(|(path, _)| !is_temporary(path)).collect();
        let output = world.run(self.args)?;
        ensure!(output.status.success(), "{}: {}", self.name, words(&output));
        let after = world.tree()?;
        ensure!(after != before && after.len() == world.before().len(), "{}: nothing happened", self.name);
        Ok(Ends { before, after })
    }

    /// Brings the world to where the job starts.
    pub fn start(&self, world: &World) -> Result<()> {
        world.reset()?;
        (self.prepare)(world)
    }

    /// Judges the world after a fault, then what the next run makes of it.
    pub fn judge(&self, world: &World, ends: &Ends, point: &Point, hit: &Hit) -> Result<()> {
        let tree = world.tree()?;
        expect_no_torn_file(world, &tree, ends)?;
        if let (Fault::Signal(2 | 15), true) = (point.fault, hit.fired) {
            // A recovery goes on with what an earlier run had begun.
            let untouched = tree == ends.before || self.name.starts_with("recovery");
            expect_words(untouched, &hit.output)?;
        }
        if let Fault::Error(error) = point.fault {
            expect_answer(world, ends, &tree, error, point, hit)?;
        }
        // A level counts from where it finds the version: after a finished job it would be another job.
        let finished = tree == ends.after && unfinished(world).is_empty();
        if finished && !self.args.contains(&super::world::TARGET) {
            return Ok(());
        }
        let again = world.run(self.args).context("the next run")?;
        let said = words(&again);
        let fine = again.status.success() || again.status.code() == Some(4) && said.contains(" already");
        ensure!(fine, "the next run was refused: {said}");
        expect_whole(world, ends)
    }
}

/// Every manifest is wholly old or wholly new, whatever lies beside it.
fn expect_no_torn_file(world: &World, tree: &Tree, ends: &Ends) -> Result<()> {
    for path in ends.before.keys() {
        let file = tree.get(path).with_context(|| format!("`{}` is gone", path.display()))?;
        // What a recovery starts from differs a little each time; what the world was made of doesn't.
        let whole = [world.before(), &ends.before, &ends.after].iter().any(|tree| tree.get(path) == Some(file));
        ensure!(whole, "`{}` is torn: {file:?}", path.display());
    }
    let other = tree.keys().find(|path| !ends.before.contains_key(*path) && !is_temporary(path));
    other.map_or(Ok(()), |path| bail!("`{}` appeared", path.display()))
}

/// Both repositories are as after the undisturbed job, and nothing is left over.
fn expect_whole(world: &World, ends: &Ends) -> Result<()> {
    let tree = world.tree()?;
    let odd = tree.keys().chain(ends.after.keys()).find(|path| tree.get(*path) != ends.after.get(*path));
    if let Some(path) = odd {
        bail!("another world after the next run: `{}` is {:?}", path.display(), tree.get(path));
    }
    let left = unfinished(world);
    ensure!(left.is_empty(), "the journal is left over: {left:?}");
    Ok(())
}

/// Told to stop, it stops before anything happens, and says which command goes on; or it ends as ever, and says that too.
fn expect_words(untouched: bool, output: &Output) -> Result<()> {
    let said = words(output);
    match (output.status.code(), output.status.signal()) {
        (Some(0), _) => ensure!(said.contains("came when everything was done already"), "exit 0: {said}"),
        (Some(3), _) => {
            ensure!(said.contains("error: stopped by SIG"), "not said: {said}");
            ensure!(untouched && said.contains("` goes on"), "no way to go on: {said}");
        }
        // Before the first line of the tool's own code.
        (None, Some(2 | 15)) => ensure!(untouched && said.is_empty(), "ended by the signal: {said}"),
        (code, signal) => bail!("exit code {code:?}, signal {signal:?}: {said}"),
    }
    Ok(())
}

/// An error was survived, or it is told with its path and its cause; and then nothing happened, or the next run will
/// finish it.
fn expect_answer(world: &World, ends: &Ends, tree: &Tree, error: &'static str, point: &Point, hit: &Hit) -> Result<()> {
    let output = &hit.output;
    // The findings of a check are data, and stand on stdout.
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), words(output));
    ensure!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "a panic: {said}");
    if output.status.success() {
        return expect_whole(world, ends);
    }
    ensure!(matches!(output.status.code(), Some(3 | 4)), "exit code {:?}: {said}", output.status.code());
    // Where the words themselves could not be written there are none.
    // And a program that the tool runs has words of its own.
    let mute = hit.elsewhere || point.call == "write" && said.is_empty();
    let mut files = ends.before.keys().filter_map(|path| path.file_name());
    let named = files.any(|name| said.contains(&format!("{}: ", name.to_string_lossy())));
    let told = named || said.contains('/') && said.contains('`') || said.contains("cannot run `git`");
    ensure!(mute || told && said.to_lowercase().contains(cause(error)), "no path or no cause: {said}");
    let old = ends.before.iter().all(|(path, file)| tree.get(path) == Some(file));
    // What was cut off stays begun.
    let begun = world.journal().join("journal").exists();
    ensure!(old || begun || tree == &ends.after, "half of it happened, and nothing says so: {said}");
    Ok(())
}

/// The system's words for an error.
fn cause(error: &str) -> &'static str {
    match error {
        "ENOSPC" => "no space left on device",
        "EIO" => "input/output error",
        "EROFS" => "read-only file system",
        "EACCES" => "permission denied",
        _ => "too many open files",
    }
}

/// What a run said on stderr.
pub fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
