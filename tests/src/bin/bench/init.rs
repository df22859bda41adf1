//! `init` on a repository that has been lived in: what reading its history costs, beside git's own.

use anyhow::Result;
use lockstep_tests::history::{ADA, Files, History, import};

use super::sections::PROFILES;
use super::table::Table;
use super::timing::{Call, Runner};
use super::world::World;

const COMMITS: usize = 1_500;
const FILES: usize = 3_000;
/// Every so many commits is a release.
const CYCLE: usize = 50;

/// The proposal from the tree, the tags and all commits.
pub fn init(world: &World, table: &mut Table) -> Result<()> {
    let folder = world.memory.join("init");
    std::fs::create_dir_all(&folder)?;
    Call::new(&folder, &["git", "init", "--quiet", "--initial-branch=main"]).run()?;
    import(&folder, &lived_in());
    // As a clone has it: one pack, no loose objects.
    Call::new(&folder, &["git", "repack", "-adq", "--window=20", "--depth=50"]).run()?;
    Call::new(&folder, &["git", "reset", "--quiet", "--hard", "main"]).run()?;
    let log = ["git", "log", "-p", "--no-merges", "-n", &COMMITS.to_string()];
    let raw = ["git", "log", "--raw", "--no-merges", "-n", &COMMITS.to_string()];
    let mut runners = vec![
        Runner::new("git log -p", vec![Call::new(&folder, &log)]),
        Runner::new("git log --raw", vec![Call::new(&folder, &raw)]),
    ];
    for (profile, build) in PROFILES {
        let call = Call::new(&folder, &[&world.tool(profile)?, "init", "--dry-run"]);
        runners.push(Runner::new(format!("xtask init --dry-run, {build}"), vec![call]));
    }
    let title = format!("init, {COMMITS} commits, {FILES} files, in memory");
    table.race(&title, &runners, world.options.runs.min(5))?;
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// A program with charts and documents: work on a few files a commit, and releases that move twenty places.
fn lived_in() -> Vec<u8> {
    let (mut history, mut files) = (History::default(), Files::new());
    let set = |files: &mut Files, path: String, text: String| {
        files.insert(path, (false, text.into_bytes()));
    };
    for at in 0..FILES {
        set(&mut files, source(at), code(at, 0));
    }
    for at in 0..COMMITS {
        if at % CYCLE == 0 {
            let version = format!("1.{}.0", at / CYCLE);
            for (path, text) in release(&version) {
                set(&mut files, path, text);
            }
            history.commit("main", ADA, &format!("Release {version}"), &files);
            history.tag("main", &format!("v{version}"), &version);
            continue;
        }
        for near in 0..3 {
            let file = (at * 7 + near * 131) % FILES;
            set(&mut files, source(file), code(file, at));
        }
        history.commit("main", ADA, &format!("Work on {at}"), &files);
    }
    history.end()
}

fn source(at: usize) -> String {
    match at % 3 {
        0 => format!("src/part{}/module{at}.py", at % 40),
        1 => format!("config/part{}/setting{at}.yaml", at % 40),
        _ => format!("docs/part{}/page{at}.md", at % 40),
    }
}

/// Some hundred lines, one of which says when it was changed.
fn code(file: usize, commit: usize) -> String {
    let line = |at: usize| format!("line {at} of {file}: image-{}:2.{}.1 and words\n", at % 9, at % 5);
    (0..120).map(line).collect::<String>() + &format!("changed = {commit}\n")
}

fn release(version: &str) -> Vec<(String, String)> {
    let mut all = vec![
        (String::from("pyproject.toml"), format!("[project]\nname = \"lived\"\nversion = \"{version}\"\n")),
        (String::from("deploy/Chart.yaml"), format!("name: lived\nversion: {version}\nappVersion: v{version}\n")),
    ];
    all.extend((0..18).map(|at| {
        let text =
            format!("# Page {at}\n\nGet `lived-{version}.tar.gz`, or run `docker pull acme/lived:v{version}`.\n");
        (format!("docs/install{at}.md"), text)
    }));
    all
}
