//! `replay`: does the tool write what the people of real releases wrote? See `USAGE`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use anyhow::{Context, Result, bail, ensure};
use lockstep_tests::binary;
use lockstep_tests::replay::case::read_case;
use lockstep_tests::replay::init::{Bench, Outcome, report};
use lockstep_tests::replay::mine::mine;
use lockstep_tests::replay::mirror::{all_mirrors, find_mirror};
use lockstep_tests::replay::{Verdict, replay};

const USAGE: &str = "\
usage: replay FOLDER [--only NAME] [--keep]
       replay --init FOLDER [OPTIONS]
       replay --init --mirror DIR CASES [OPTIONS]
       replay --mine DIR --out CASES [--per N] [--only NAME]

Each folder in FOLDER or CASES is a case: `case.json` says which lines of which files moved and from which number to
which. One line a case, then a summary; the exit code is 0 if all cases are exact.

FOLDER          `before/` and `after/` hold the files. For each case the `release.toml` is written that someone who knows
                the places would write, and the tool bumps
--init          the tool writes its own `release.toml` (`init --yes`), and bumps told (a) the case's first number, (b) every
                number: two verdicts a case
                  exact    every file is as the people wrote it
                  asked    what is written is right; the files that lack something were listed as unsure
                  missed   what is written is right; something is missing without a word
                  noop     nothing is written
                  refused  `init` or `bump` said no
                  spill    a file was touched that the people left
                  wrong    something that was written differs from what the people wrote
                A line that the people changed beyond version numbers may be written as they did, and need not be
--mirror DIR    cases with history: a work tree at the commit's parent, with the tags that are reachable from it. The
                repository is DIR/owner+name/**, DIR/owner/name(.git) or DIR/name(.git), as a git directory
--mine DIR      finds releases in each repository of DIR: by tags, subjects and charts, without the tool's eyes
--out CASES     where their cases go

--only NAME     cases whose name has NAME in it
--per N         at most N cases of a repository (to mine: 12)
--jobs N        so many repositories at the same time (1)
--binary PATH   this program instead of one that is built first
--json FILE     also writes what came out as JSON
--keep          the trees stay
";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Args {
    folder: Option<PathBuf>,
    only: String,
    keep: bool,
    init: bool,
    mirror: Option<PathBuf>,
    mine: Option<PathBuf>,
    out: Option<PathBuf>,
    per: Option<usize>,
    jobs: Option<usize>,
    binary: Option<PathBuf>,
    json: Option<PathBuf>,
}

fn parse_args() -> Result<Args> {
    let mut words = std::env::args().skip(1);
    let mut args = Args::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` needs a value\n{USAGE}"));
        match word.as_str() {
            "--only" => args.only = value()?,
            "--keep" => args.keep = true,
            "--init" => args.init = true,
            "--mirror" => args.mirror = Some(value()?.into()),
            "--mine" => args.mine = Some(value()?.into()),
            "--out" => args.out = Some(value()?.into()),
            "--per" => args.per = Some(value()?.parse().context("`--per` wants a number")?),
            "--jobs" => args.jobs = Some(value()?.parse().context("`--jobs` wants a number")?),
            "--binary" => args.binary = Some(value()?.into()),
            "--json" => args.json = Some(value()?.into()),
            "--help" | "-h" => {
                print!("{USAGE}");
                std::process::exit(0);
            }
            _ if word.starts_with('-') || args.folder.is_some() => bail!("unknown argument `{word}`\n{USAGE}"),
            _ => args.folder = Some(word.into()),
        }
    }
    Ok(args)
}

fn run() -> Result<bool> {
    let args = parse_args()?;
    if let Some(mirrors) = &args.mine {
        return mined(mirrors, &args);
    }
    let binary = match &args.binary {
        Some(binary) => binary.canonicalize().with_context(|| format!("no `{}`", binary.display()))?,
        None => binary::build()?,
    };
    let keep = args.keep.then(|| std::env::temp_dir().join(format!("replay-kept-{}", std::process::id())));
    let cases = find_cases(args.folder.as_deref().context(USAGE)?, &args)?;
    ensure!(!cases.is_empty(), "no cases");
    let exact = match args.init {
        true => proposed(&cases, &Bench { binary: &binary, keep: keep.clone() }, &args)?,
        false => replayed(&cases, &binary, keep.as_deref())?,
    };
    if let Some(keep) = keep {
        eprintln!("the trees are in {}", keep.display());
    }
    Ok(exact == cases.len())
}

fn replayed(cases: &[PathBuf], binary: &Path, keep: Option<&Path>) -> Result<usize> {
    let mut exact = 0;
    for case in cases {
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        let place = keep.map(|keep| keep.join(&*name));
        match replay(case, binary, place.as_deref()).with_context(|| format!("case `{name}`"))? {
            Verdict::Exact => {
                exact += 1;
                println!("exact {name}");
            }
            Verdict::Differs(paths) => println!("differs {name} {}", paths.join(" ")),
            Verdict::Refused(said) => println!("refused {name}: {said}"),
        }
    }
    println!("{exact} of {} exact", cases.len());
    Ok(exact)
}

/// `init` and `bump` for all cases; how many are exact by both.
fn proposed(cases: &[PathBuf], bench: &Bench, args: &Args) -> Result<usize> {
    let mut groups: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for case in cases {
        groups.entry(read_case(case)?.repository).or_default().push(case.clone());
    }
    groups.values_mut().for_each(|group| group.truncate(args.per.unwrap_or(usize::MAX)));
    let todo = Mutex::new(groups.into_iter().collect::<Vec<_>>());
    let next = || todo.lock().ok().and_then(|mut todo| todo.pop());
    let done = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        while let Some((repository, group)) = next() {
            let found = measure(&repository, &group, bench, args)?;
            found.iter().for_each(|outcome| println!("{}", report::line(outcome)));
            done.lock().expect("no thread panics while it adds").extend(found);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..args.jobs.unwrap_or(1).max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;
    let mut done: Vec<Outcome> = done.into_inner()?;
    done.sort_by(|a, b| a.name.cmp(&b.name));
    print!("\n{}", report::summary(&done));
    if let Some(path) = &args.json {
        let all: Vec<_> = done.iter().map(report::data).collect();
        std::fs::write(path, serde_json::to_string_pretty(&all)? + "\n")?;
    }
    let is_exact = |outcome: &&Outcome| report::is_exact(outcome);
    Ok(done.iter().filter(is_exact).count())
}

fn measure(repository: &str, cases: &[PathBuf], bench: &Bench, args: &Args) -> Result<Vec<Outcome>> {
    let Some(mirrors) = &args.mirror else {
        return cases.iter().map(|case| bench.without_history(case)).collect();
    };
    let mirror = find_mirror(mirrors, repository);
    let mirror = mirror.with_context(|| format!("no `{repository}` in `{}`", mirrors.display()))?;
    bench.with_history(&mirror, cases)
}

fn mined(mirrors: &Path, args: &Args) -> Result<bool> {
    let out = args.out.as_deref().context("`--mine` needs `--out CASES`")?;
    let mut all = all_mirrors(mirrors)?;
    all.retain(|mirror| mirror.repository.contains(&args.only));
    let mut sum = 0;
    for mirror in &all {
        let count = mine(mirror, out, args.per.unwrap_or(12))?;
        println!("{count:3} {}", mirror.repository);
        sum += count;
    }
    println!("{sum} cases of {} repositories", all.len());
    Ok(sum > 0)
}

/// The folders that hold a case; FOLDER may be one itself.
fn find_cases(folder: &Path, args: &Args) -> Result<Vec<PathBuf>> {
    if folder.join("case.json").is_file() {
        return Ok(vec![folder.canonicalize()?]);
    }
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut cases: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let named = |case: &Path| case.file_name().is_some_and(|name| name.to_string_lossy().contains(&args.only));
    cases.retain(|case| case.join("case.json").is_file() && named(case));
    cases.sort();
    Ok(cases)
}
