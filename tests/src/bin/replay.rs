//! `replay FOLDER [--only NAME] [--keep]`: does the tool write what the people of real releases wrote?
//!
//! Each folder in FOLDER is a case: `case.json` says which lines of which files moved and from which number to which,
//! `before/` and `after/` hold the files. For each, the `release.toml` is written that someone who knows the places
//! would write, and the tool bumps. One line a case, then `N of M exact`; the exit code is 0 if all are exact.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use lockstep_tests::binary;
use lockstep_tests::replay::{Verdict, replay};

const USAGE: &str = "usage: replay FOLDER [--only NAME] [--keep]";

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

struct Args {
    folder: PathBuf,
    only: String,
    keep: bool,
}

fn parse_args() -> Result<Args> {
    let mut args = std::env::args().skip(1);
    let (mut folder, mut only, mut keep) = (None, String::new(), false);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--only" => only = args.next().context("`--only` needs a part of a name")?,
            "--keep" => keep = true,
            _ if arg.starts_with('-') || folder.is_some() => bail!("unknown argument `{arg}`\n{USAGE}"),
            _ => folder = Some(PathBuf::from(arg)),
        }
    }
    Ok(Args { folder: folder.context(USAGE)?, only, keep })
}

fn run() -> Result<bool> {
    let args = parse_args()?;
    let binary = binary::build()?;
    let keep = args.keep.then(|| std::env::temp_dir().join(format!("replay-kept-{}", std::process::id())));
    let cases = find_cases(&args.folder, &args.only)?;
    ensure!(!cases.is_empty(), "no cases in `{}`", args.folder.display());
    let mut exact = 0;
    for case in &cases {
        let name = case.file_name().unwrap_or_default().to_string_lossy();
        let place = keep.as_ref().map(|keep| keep.join(&*name));
        match replay(case, &binary, place.as_deref()).with_context(|| format!("case `{name}`"))? {
            Verdict::Exact => {
                exact += 1;
                println!("exact {name}");
            }
            Verdict::Differs(paths) => println!("differs {name} {}", paths.join(" ")),
            Verdict::Refused(said) => println!("refused {name}: {said}"),
        }
    }
    println!("{exact} of {} exact", cases.len());
    if let Some(keep) = keep {
        eprintln!("the trees are in {}", keep.display());
    }
    Ok(exact == cases.len())
}

/// The folders that hold a case; FOLDER may be one itself.
fn find_cases(folder: &Path, only: &str) -> Result<Vec<PathBuf>> {
    if folder.join("case.json").is_file() {
        return Ok(vec![folder.canonicalize()?]);
    }
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut cases: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let named = |case: &Path| case.file_name().is_some_and(|name| name.to_string_lossy().contains(only));
    cases.retain(|case| case.join("case.json").is_file() && named(case));
    cases.sort();
    Ok(cases)
}
