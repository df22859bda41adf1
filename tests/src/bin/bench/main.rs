//! What `scripts/bench` runs: the tool beside bare programs, ripgrep, sed and other tools, all in one run.
//!
//! Every line of the table is a program of its own, started anew for each run; the time is the median. `bench read`
//! and `bench replace` are the bare programs.

mod bare;
mod cold;
mod hook;
mod init;
mod peers;
mod release;
mod sections;
mod table;
mod timing;
mod world;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use table::Table;
use world::{Options, World};

const USAGE: &str = "usage: bench [--quick] [--with-peers] [--runs N] [--disk FOLDER] [--only PART]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<()> {
    match args {
        ["read", folder, threads] => bare::read(Path::new(folder), threads.parse()?).map(drop),
        ["replace", folder, old, new] => bare::replace(Path::new(folder), old, new, false).map(drop),
        ["replace", folder, old, new, "sync"] => bare::replace(Path::new(folder), old, new, true).map(drop),
        _ => measure_all(&parse(args)?),
    }
}

fn parse(args: &[&str]) -> Result<Options> {
    let mut options = Options::default();
    let mut args = args.iter();
    while let Some(&arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("`{arg}` needs a value"));
        match arg {
            "--quick" => options.quick = true,
            "--with-peers" => options.peers = true,
            "--runs" => options.runs = value()?.parse().context("N is no number")?,
            "--disk" => options.disk = value()?.into(),
            "--only" => options.only = Some((*value()?).to_owned()),
            _ => bail!("unknown argument `{arg}`\n{USAGE}"),
        }
    }
    if options.runs == 0 {
        options.runs = if options.quick { 3 } else { 7 };
    }
    Ok(options)
}

fn measure_all(options: &Options) -> Result<()> {
    let world = World::new(options)?;
    let mut table = Table::default();
    type Part = fn(&World, &mut Table) -> Result<()>;
    let parts: [(&str, Part); 9] = [
        ("start", sections::start),
        ("check", sections::check),
        ("bump", sections::bump),
        ("disk", sections::disk),
        ("scale", sections::scale),
        ("hook", hook::hook),
        ("init", init::init),
        ("release", release::release),
        ("build", cold::build),
    ];
    for (name, part) in parts {
        if options.only.as_deref().is_none_or(|only| only == name) {
            part(&world, &mut table).with_context(|| format!("part `{name}`"))?;
        }
    }
    Ok(())
}
