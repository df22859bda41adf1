//! A whole release: how much of it is the tool's own, and how many programs it runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use lockstep_tests::faults::stage::{Kind, Stage};
use lockstep_tests::servers::ready;
use lockstep_tests::{app, weekly};

use super::sections::PROFILES;
use super::table::Table;
use super::timing::Sample;
use super::world::World;

/// How many repositories a wide plan has, and how many manifests in each.
const WIDE: (usize, usize) = (20, 50);

/// What one run did, by its trace.
#[derive(Clone, Debug, Default)]
struct Traced {
    total: f64,
    own: f64,
    programs: usize,
    listings: usize,
    /// Milliseconds of all listings together; they go on at the same time.
    listing: f64,
    /// By program: how many, and how long they took.
    by: BTreeMap<String, (usize, f64)>,
}

/// Process A over remotes that are files, with a registry, pages and helm; process B with images for two platforms in two
/// registries and a forge; then a plan of many repositories.
pub fn release(world: &World, table: &mut Table) -> Result<()> {
    let charts = "release of two repositories with pages and a registry, remotes on this disk";
    whole(world, table, (Kind::Weekly, weekly::NEEDS, charts))?;
    let images = "release of an app with two images in two registries and on a forge, remotes on this disk";
    whole(world, table, (Kind::App, &app::NEEDS, images))?;
    wide(world, table)
}

fn whole(world: &World, table: &mut Table, (kind, needs, title): (Kind, &[&str], &str)) -> Result<()> {
    if !ready("bench release", needs) {
        return Ok(());
    }
    let stage = Stage::new(kind)?;
    table.section(title);
    for (profile, build) in PROFILES {
        let tool = world.tool(profile)?;
        let mut runs = Vec::new();
        for round in 0..=world.options.runs {
            stage.reset()?;
            let mut command = stage.command(&tool);
            let traced = traced(command.args(stage.kind().release()), &stage.path("trace.log"))?;
            runs.extend((round > 0).then_some(traced));
        }
        let run = median(runs);
        table.line(&format!("run, {build}"), Sample { time: run.total, memory: None });
        table.note(&run.words());
        let again = traced(stage.command(&tool).args(stage.kind().release()), &stage.path("trace.log"))?;
        table.line(&format!("run again, all is done, {build}"), Sample { time: again.total, memory: None });
        table.note(&again.words());
    }
    Ok(())
}

/// A plan of many repositories: beyond what the remotes take, it takes no second.
fn wide(world: &World, table: &mut Table) -> Result<()> {
    let place = world.memory.join("wide");
    build(&place)?;
    table.section(&format!("plan of {} repositories with {} manifests each", WIDE.0, WIDE.1));
    for (profile, build) in PROFILES {
        let tool = world.tool(profile)?;
        let cache = place.join(profile);
        let plan = || {
            let mut command = Command::new(&tool);
            command.args(["plan", "minor"]).current_dir(place.join("app")).env("LOCKSTEP_CACHE", &cache);
            command.env("HOME", &place).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
            for role in ["AUTHOR", "COMMITTER"] {
                command.env(format!("GIT_{role}_NAME"), "Bench").env(format!("GIT_{role}_EMAIL"), "bench@example.com");
            }
            traced(&mut command, &place.join("trace.log"))
        };
        let first = plan()?;
        let runs = (0..world.options.runs).map(|_| plan()).collect::<Result<Vec<_>>>()?;
        for (what, run) in [("the first, which fetches", first), ("again", median(runs))] {
            table.line(&format!("plan, {what}, {build}"), Sample { time: run.total, memory: None });
            table.note(&format!("beyond the listings {:.0} ms; {}", run.total - run.listing, run.words()));
        }
    }
    Ok(())
}

impl Traced {
    fn words(&self) -> String {
        let by = self.by.iter().map(|(name, (count, time))| format!("{name} {count} in {time:.0} ms"));
        format!(
            "own {:.1} ms, {:.1} % of it; {} programs ({}), {} listings of remotes",
            self.own,
            100.0 * self.own / self.total,
            self.programs,
            by.collect::<Vec<_>>().join(", "),
            self.listings
        )
    }
}

/// Runs the tool, which must end well.
fn traced(command: &mut Command, log: &Path) -> Result<Traced> {
    let _ = fs::remove_file(log);
    let output = command.env("LOCKSTEP_TRACE", log).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut traced = Traced::default();
    let mut longest: f64 = 0.0;
    for line in fs::read_to_string(log)?.lines() {
        let line: serde_json::Value = serde_json::from_str(line)?;
        let number = |key: &str| line[key].as_f64().unwrap_or_default();
        let Some(argv) = line["argv"].as_array() else {
            (traced.total, traced.own) = (number("total_ms"), number("own_ms"));
            continue;
        };
        let name = argv.first().and_then(|name| name.as_str()).context("a program without a name")?;
        let name = name.rsplit('/').next().unwrap_or(name).to_owned();
        traced.programs += 1;
        if argv.iter().any(|word| word == "ls-remote") {
            traced.listings += 1;
            longest = longest.max(number("ms"));
        }
        let by = traced.by.entry(name).or_default();
        (by.0, by.1) = (by.0 + 1, by.1 + number("ms"));
    }
    // What is asked at the same time is waited for once.
    traced.listing = longest;
    Ok(traced)
}

/// The run in the middle, by the share that is the tool's own.
fn median(mut runs: Vec<Traced>) -> Traced {
    runs.sort_by(|one, other| (one.own / one.total).total_cmp(&(other.own / other.total)));
    runs.swap_remove(runs.len() / 2)
}

/// The repositories, each a bare one with its manifests; the first is checked out.
fn build(place: &Path) -> Result<()> {
    let (repos, manifests) = WIDE;
    let mut config = String::from("[project]\nname = \"wide\"\ncommit = \"Bump version {app}\"\n");
    config.push_str("[remote.origin]\nurl = \"../0.git\"\n[track.app]\ntag = \"{version}\"\n");
    for repo in 1..repos {
        config.push_str(&format!("[repo.r{repo}]\nurl = \"../{repo}.git\"\ncommit = \"Bump version {{app}}\"\n"));
    }
    for repo in 0..repos {
        let named = if repo == 0 { String::new() } else { format!("repo = \"r{repo}\"\n") };
        config.push_str(&format!("[[manifest]]\n{named}path = \"parts/*/package.json\"\njson.version = \"{{app}}\"\n"));
    }
    for repo in 0..repos {
        let own = (repo == 0).then_some(("release-config/release.toml".to_owned(), config.clone()));
        let part = |part| (format!("parts/{part}/package.json"), format!("{{\n  \"version\": \"1.0.{repo}\"\n}}\n"));
        let files = own.into_iter().chain((0..manifests).map(part));
        let mut stream = String::from("commit refs/heads/main\ncommitter B <b@example.com> 1782907200 +0000\n");
        stream.push_str("data 5\nBegin\n");
        for (path, text) in files {
            let text = text.replace(&format!("1.0.{repo}"), "1.0.0");
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
        }
        let bare = place.join(format!("{repo}.git"));
        git(place, &["init", "-q", "--bare", "--template=", "-b", "main", &bare.to_string_lossy()])?;
        fs::write(place.join("stream"), stream)?;
        let mut import = Command::new("git");
        import.args(["fast-import", "--quiet"]).current_dir(&bare).stdin(fs::File::open(place.join("stream"))?);
        ensure!(import.status()?.success(), "git fast-import");
    }
    git(place, &["clone", "-q", "--template=", "0.git", "app"])
}

fn git(place: &Path, args: &[&str]) -> Result<()> {
    fs::create_dir_all(place)?;
    let status = Command::new("git").args(args).current_dir(place).env("GIT_CONFIG_GLOBAL", "/dev/null").status()?;
    ensure!(status.success(), "git {args:?}");
    Ok(())
}
