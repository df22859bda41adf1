//! Many points of one job, a few or all of them, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;

use super::inject::{self, Fault, Point, Reach};
use super::verdict::Scenario;
use super::world::{self, World};

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Found {
    /// How many faults really happened.
    pub fired: usize,
    /// The points whose world came out different, each with what was wrong.
    pub wrong: Vec<String>,
}

/// A bump with few manifests: everything happens in one thread.
pub const BUMP: Scenario = Scenario { name: "bump", charts: 3, args: &["bump", world::TARGET], prepare: |_| Ok(()) };

/// The same by a level, which counts from the version that it finds.
pub const LEVEL: Scenario =
    Scenario { name: "bump by a level", charts: 2, args: &["bump", "minor"], prepare: |_| Ok(()) };

/// So many manifests that threads share the work.
pub const THREADS: Scenario =
    Scenario { name: "bump in threads", charts: 40, args: &["bump", world::TARGET], prepare: |_| Ok(()) };

/// A bump of thirty manifests.
pub const THIRTY: Scenario =
    Scenario { name: "bump of thirty", charts: 9, args: &["bump", world::TARGET], prepare: |_| Ok(()) };

/// A bump that finds one cut off in the middle.
pub const RECOVERY: Scenario =
    Scenario { name: "recovery", charts: 3, args: &["bump", world::TARGET], prepare: cut_off };

/// The same, cut off when nothing but the journal was in place.
pub const RECOVERY_OF_ALL: Scenario = Scenario {
    name: "recovery of all",
    charts: 3,
    args: &["bump", world::TARGET],
    prepare: |world| cut_off_at(world, 2),
};

/// The same, cut off before the last file was replaced.
pub const RECOVERY_OF_ONE: Scenario = Scenario {
    name: "recovery of one",
    charts: 3,
    args: &["bump", world::TARGET],
    prepare: |world| cut_off_at(world, 19),
};

/// The same, with so many manifests that threads share the work.
pub const RECOVERY_IN_THREADS: Scenario =
    Scenario { name: "recovery in threads", charts: 40, args: &["bump", "minor"], prepare: cut_off_in_threads };

/// The jobs of the long form.
pub const ALL: &[(&Scenario, Reach)] = &[
    (&BUMP, Reach::Main),
    (&LEVEL, Reach::Main),
    (&THIRTY, Reach::Main),
    (&FIX, Reach::Main),
    (&RECOVERY, Reach::Main),
    (&RECOVERY_OF_ALL, Reach::Main),
    (&RECOVERY_OF_ONE, Reach::Main),
    (&THREADS, Reach::Threads),
    (&RECOVERY_IN_THREADS, Reach::Threads),
];

/// `check --fix` on a drifted tree.
pub const FIX: Scenario = Scenario { name: "check --fix", charts: 3, args: &["check", "--fix"], prepare: drift };

/// Leaves a bump behind that was killed after a few of its files were replaced.
pub fn cut_off(world: &World) -> Result<()> {
    cut_off_at(world, 6)
}

/// The first of the renames commits the bump.
fn cut_off_at(world: &World, rename: usize) -> Result<()> {
    cut_off_with(world, BUMP.args, rename, Reach::Main)
}

/// The main thread renames the cache and the journal; only those that replace files get to a third rename.
fn cut_off_in_threads(world: &World) -> Result<()> {
    cut_off_with(world, LEVEL.args, 3, Reach::Threads)
}

fn cut_off_with(world: &World, args: &[&str], rename: usize, reach: Reach) -> Result<()> {
    let point = Point { call: "rename".to_owned(), number: rename, fault: Fault::Signal(9) };
    let hit = inject::run(world, &point, args, reach)?;
    anyhow::ensure!(hit.fired && world.journal().join("journal").exists(), "the bump was not cut off");
    Ok(())
}

fn drift(world: &World) -> Result<()> {
    for path in ["VERSION", "setup.cfg", "pom.xml", "install.sh", "../charts/charts/web-1/Chart.yaml"] {
        let path = world.app(path);
        // In place, so that mode and owner stay.
        let text = std::fs::read_to_string(&path)?.replace("1.26.0", "1.25.9");
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// Tries all the points of a job, or `most` of them at even distances.
pub fn sweep(scenario: &Scenario, reach: Reach, faults: &[Fault], most: usize) -> Result<Found> {
    let world = World::new(scenario.charts)?;
    scenario.start(&world)?;
    let points = inject::spread(&inject::points(&world, scenario.args, reach, faults)?, most);
    drop(world);
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Found::default()));
    let work = || -> Result<()> {
        let world = World::new(scenario.charts)?;
        let ends = scenario.ends(&world)?;
        while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
            scenario.start(&world)?;
            let hit = inject::run(&world, point, scenario.args, reach);
            let fired = hit.as_ref().is_ok_and(|hit| hit.fired);
            // In a program that the tool runs the fault counts for nothing, but must do no harm either.
            let judged = hit.and_then(|hit| scenario.judge(&world, &ends, point, &hit));
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.fired += usize::from(fired);
            found.wrong.extend(judged.err().map(|error| format!("{}, {point}: {error:#}", scenario.name)));
        }
        Ok(())
    };
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no worker panics"))
    })?;
    Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
}
