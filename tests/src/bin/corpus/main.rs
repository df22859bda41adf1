//! `corpus DIR N [--seed S]`: a repository with N manifests of a dozen shapes, to measure with.
//!
//! About 1.5 KB a manifest and 1.7 places; in some files the same version stands for another thing and must stay.
//! `release-config/release.toml` names the places with one entry for each shape; beside it are the same places in the
//! words of other tools, file by file where they know no globs. The same seed gives the same bytes.

mod peers;
mod shapes;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use shapes::{SHAPES, Shape};

/// The version that all places say.
pub const VERSION: &str = "1.49.3";
const WORDS: [&str; 12] = [
    "alpha", "broker", "cache", "daemon", "engine", "filter", "gateway", "handler", "index", "journal", "kernel",
    "ledger",
];
/// One file in so many has the traps of its shape: as in the trees that this is modelled on.
const TRAPPED: u64 = 14;

fn main() -> ExitCode {
    match run() {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (dir, count, seed) = match args[..] {
        [dir, count] => (dir, count, "1"),
        [dir, count, "--seed", seed] => (dir, count, seed),
        _ => bail!("usage: corpus DIR N [--seed S]"),
    };
    let dir = Path::new(dir);
    ensure!(!dir.exists(), "`{}` exists", dir.display());
    let count: usize = count.parse().context("N is no number")?;
    let mut random = Random(seed.parse::<u64>().context("S is no number")?.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let files = write_manifests(dir, count, &mut random)?;
    write(&dir.join("release-config/release.toml"), &release_toml(&files))?;
    peers::write_configs(dir, &files)?;
    commit(dir)?;
    let bytes: usize = files.iter().map(|file| file.bytes).sum();
    let places: usize = files.iter().map(|file| file.shape.places).sum();
    let traps: usize = files.iter().map(|file| file.traps).sum();
    Ok(format!("{count} manifests, {bytes} bytes, {places} places, {traps} lines that must stay"))
}

/// A manifest of the corpus.
pub struct Written {
    /// Its path from the root.
    pub path: String,
    /// Its shape.
    pub shape: &'static Shape,
    bytes: usize,
    traps: usize,
}

fn write_manifests(dir: &Path, count: usize, random: &mut Random) -> Result<Vec<Written>> {
    let mut files = Vec::with_capacity(count);
    for index in 0..count {
        let shape = &SHAPES[index % SHAPES.len()];
        let path = format!("parts/g{:03}/p{:02}/{}", index / 1300, index / SHAPES.len() % 100, shape.file);
        let trapped = random.below(TRAPPED) == 0;
        let text = body(shape, trapped, random);
        write(&dir.join(&path), &text)?;
        let traps = if trapped {
            shape.body.lines().filter(|l| l.starts_with("@trap ") && l.contains("@V")).count()
        } else {
            0
        };
        files.push(Written { path, shape, bytes: text.len(), traps });
    }
    Ok(files)
}

/// The text of one manifest.
fn body(shape: &Shape, trapped: bool, random: &mut Random) -> String {
    let mut numbers = VERSION.split('.');
    let mut number = || numbers.next().unwrap_or_default();
    let (major, minor, patch) = (number(), number(), number());
    let size = 900 + random.below(1200) as usize;
    let mut text = String::new();
    for line in shape.body.lines() {
        if let Some(fill) = line.strip_prefix("@fill ") {
            let mut at = 0;
            while text.len() + shape.body.len() / 2 < size {
                at += 1;
                let _ = writeln!(text, "{}", filled(fill, at, random));
            }
            continue;
        }
        let line = match line.strip_prefix("@trap ") {
            Some(_) if !trapped => continue,
            Some(line) => line,
            None => line,
        };
        text += &line.replace("@V", VERSION).replace("@1", major).replace("@2", minor).replace("@3", patch);
        text.push('\n');
    }
    text
}

fn filled(fill: &str, at: usize, random: &mut Random) -> String {
    let mut line = String::new();
    for c in fill.chars() {
        match c {
            '%' => line += &format!("{at:03}"),
            '~' => line += WORDS[random.below(WORDS.len() as u64) as usize],
            c => line.push(c),
        }
    }
    line
}

/// One manifest entry for each shape that is there.
fn release_toml(files: &[Written]) -> String {
    let mut text = String::from("[project]\nname = \"corpus\"\n\n[track.app]\n");
    for shape in SHAPES.iter().take(files.len()) {
        let _ = write!(text, "\n[[manifest]]\npath = \"parts/*/*/{}\"\n{}", shape.file, shape.entries);
    }
    text
}

fn commit(dir: &Path) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    for args in [&["init", "-q", "-b", "main"][..], &["add", "-A", "-f"], &["commit", "-q", "-m", "Corpus"]] {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=corpus", "-c", "user.email=corpus@example.com", "-c", "gc.auto=0"]).args(args);
        git.current_dir(dir).env_clear().env("PATH", &path).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/nonexistent");
        ensure!(git.status()?.success(), "git {} failed", args.join(" "));
    }
    Ok(())
}

/// Writes a file, with its folders.
pub fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Numbers that look random and are the same for the same seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}
