//! The rules of the house, where a rule can be counted. Each says what to do when it is broken.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::config::keys;
use xtask::finding::Rule;
use xtask::locate::FORMATS;

/// Lines of a file, tests left out.
const FILE_LIMIT: usize = 400;
/// Lines of a function, its signature and its last brace counted.
const FUNCTION_LIMIT: usize = 70;
/// The same, for nine of ten functions.
const MOST_FUNCTIONS: usize = 45;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file that git tracks, or would track, by its path from the root.
fn tracked() -> Vec<String> {
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    let mut names: Vec<String> = names.split_terminator('\0').map(str::to_owned).collect();
    names.retain(|name| root().join(name).is_file());
    assert!(names.len() > 50, "too few files: {names:?}");
    names
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A source file of the tool or of its tests' library, without its tests and without lines that only comment.
struct Source {
    path: String,
    /// Number and text of each line of code.
    lines: Vec<(usize, String)>,
    /// How many lines it has before its tests.
    length: usize,
}

impl Source {
    fn read(path: &str) -> Self {
        let text = read(path);
        let all: Vec<&str> = text.lines().collect();
        let is_end = |at: &usize| {
            all[*at] == "#[cfg(test)]"
                && all.get(at + 1).is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'))
        };
        let length = (0..all.len()).find(is_end).unwrap_or(all.len());
        let code = all[..length].iter().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        Self { path: path.to_owned(), lines: code.map(|(at, line)| (at + 1, (*line).to_owned())).collect(), length }
    }

    /// The module in `xtask/src` that it belongs to: `locate` for `locate/yaml/scalar.rs`.
    fn module(&self) -> &str {
        let path = self.path.strip_prefix("xtask/src/").unwrap_or(&self.path);
        path.split(['/', '.']).next().unwrap_or_default()
    }

    /// Where any of these words stands.
    fn find(&self, words: &[&str]) -> Vec<String> {
        let has = |line: &str| words.iter().any(|word| contains_word(line, word));
        self.lines
            .iter()
            .filter(|(_, line)| has(line))
            .map(|(at, line)| format!("{}:{at}: {}", self.path, line.trim()))
            .collect()
    }
}

/// The word stands in the line, and not as the end of a longer name.
fn contains_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

/// The tool's own sources, without what is compiled for tests only.
fn tool() -> Vec<Source> {
    const TESTS: [&str; 4] = ["tests", "fuzz", "testing", "scratch"];
    let is_test = |path: &str| path.split(['/', '.']).any(|part| TESTS.contains(&part));
    let paths =
        tracked().into_iter().filter(|path| path.starts_with("xtask/src/") && path.ends_with(".rs") && !is_test(path));
    let sources: Vec<Source> = paths.map(|path| Source::read(&path)).collect();
    assert!(sources.len() > 40, "the sources have moved");
    sources
}

#[track_caller]
fn expect_none(broken: Vec<String>, rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n{}", broken.join("\n"));
}

// ---- layers ----

/// These decide and know no world: text in, plan out.
const PURE: &[&str] = &[
    "locate",
    "plan",
    "version",
    "template",
    "tag",
    "glob",
    "config",
    "model",
    "resolve",
    "finding",
    "json",
    "reference",
    "moment",
];
const IMPURE: &[&str] = &[
    "tools", "fsx", "survey", "command", "context", "journal", "world", "ui", "remotes", "ledger", "charts", "step",
    "release", "run",
];
/// The same for parts of modules that also act. The plan of a release is a list of steps: it makes them, and asks them
/// nothing that looks at the world.
const PURE_FILES: &[&str] = &[
    "release/plan.rs",
    "release/order.rs",
    "ledger/decide.rs",
    "ledger/record",
    "ledger/words.rs",
    "forge/compare.rs",
    "forge/judge.rs",
    "forge/mark.rs",
    "forge/release.rs",
];
const DATA: &[&str] = &["step", "charts", "release"];

/// The modules of the crate that a file names: `crate::fsx`, `crate::{fsx, world}`.
fn imports(source: &Source) -> BTreeSet<String> {
    let text: String = source.lines.iter().map(|(_, line)| line.trim()).collect();
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let list = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default(),
            None => rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default(),
        };
        let first = |item: &str| item.trim().split("::").next().unwrap_or_default().to_owned();
        names.extend(list.split(',').map(first));
    }
    names
}

#[test]
fn what_decides_knows_no_world() {
    let mut broken = Vec::new();
    assert!(tool().iter().any(|source| imports(source).contains("fsx")), "the imports are not found");
    let sources = tool();
    for source in &sources {
        let is_file = PURE_FILES.iter().any(|file| source.path.starts_with(&format!("xtask/src/{file}")));
        if !is_file && !PURE.contains(&source.module()) {
            continue;
        }
        let names = imports(source);
        let is_wrong = |name: &&String| IMPURE.contains(&name.as_str()) && !(is_file && DATA.contains(&name.as_str()));
        broken.extend(names.iter().filter(is_wrong).map(|name| format!("{} imports `{name}`", source.path)));
    }
    for path in PURE.iter().chain(PURE_FILES) {
        let path = format!("xtask/src/{path}");
        assert!(sources.iter().any(|source| source.path.starts_with(&path)), "{path} has moved");
    }
    expect_none(broken, "a pure module gets what it needs as an argument");
}

/// One door for each kind of effect: the words that open it, and the modules that may.
#[track_caller]
fn check_door(words: &[&str], allowed: &[&str], rule: &str) {
    let sources = tool();
    let outside = sources.iter().filter(|source| !allowed.contains(&source.module()));
    expect_none(outside.flat_map(|source| source.find(words)).collect(), rule);
    let inside = sources.iter().any(|source| allowed.contains(&source.module()) && !source.find(words).is_empty());
    assert!(inside, "nobody uses {words:?}: the rule looks for the wrong words");
}

#[test]
fn only_tools_runs_programs() {
    check_door(
        &["process::Command", "process::{Child", "xshell", ".spawn()", "CommandExt"],
        &["tools"],
        "programs are run by `tools`",
    );
}

#[test]
fn only_fsx_writes_files() {
    let words = [
        "fs::write",
        "fs::rename",
        "fs::remove_",
        "fs::create_dir",
        "fs::copy",
        "fs::set_permissions",
        "fs::hard_link",
        "File::create",
        "OpenOptions",
        "symlink(",
        "set_len(",
        "fchown(",
    ];
    check_door(&words, &["fsx"], "files are written by `fsx`");
}

#[test]
fn only_ui_prints() {
    let words = ["print!", "println!", "eprint!", "eprintln!", "dbg!", "io::stdout", "io::stderr"];
    // `world` asks them whether they are terminals.
    check_door(&words, &["ui", "world"], "what a person reads goes through `ui`");
}

#[test]
fn only_world_looks_around() {
    let words = [
        "env::var",
        "env::vars",
        "env::args",
        "env::current_dir",
        "env::current_exe",
        "env::temp_dir",
        "SystemTime",
        "Instant::now",
        "available_parallelism",
        "process::id",
        "io::stdin",
    ];
    check_door(&words, &["world"], "environment, clock and current folder are read by `world`");
}

#[test]
fn unsafe_code_is_in_one_module() {
    let others = tool().into_iter().filter(|source| source.path != "xtask/src/tools/child.rs");
    let found = others.flat_map(|source| source.find(&["unsafe ", "allow(unsafe_code"])).collect();
    expect_none(found, "what the standard library has no words for is called in `tools/child.rs`");
    assert!(read("xtask/Cargo.toml").contains("unsafe_code = \"deny\""));
}

// ---- sizes ----

/// Name and length of each function: from its first line to the brace that stands below it.
fn functions(source: &Source) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, (start, line)) in source.lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let words = line.trim_start().split("fn ").collect::<Vec<_>>();
        let qualifiers = ["", "pub ", "pub(crate) ", "pub(super) ", "const ", "pub const "];
        let [before, name, ..] = words[..] else { continue };
        if !qualifiers.contains(&before) {
            continue;
        }
        let open =
            source.lines[at..].iter().find(|(_, line)| line.ends_with(['{', ';', '}'])).map_or("", |(_, line)| line);
        let end = if open.ends_with('{') {
            let closes = |line: &str| line.trim_start() == "}" && line.len() == indent + 1;
            source.lines[at..].iter().find(|(_, line)| closes(line)).map_or(*start, |(end, _)| *end)
        } else {
            *start
        };
        let name = name.split(['(', '<']).next().unwrap_or_default();
        found.push((format!("{}:{start}: {name}", source.path), end - start + 1));
    }
    found
}

#[test]
fn functions_and_files_stay_small() {
    let library = tracked().into_iter().filter(|path| path.starts_with("tests/src/") && path.ends_with(".rs"));
    let sources: Vec<Source> = tool().into_iter().chain(library.map(|path| Source::read(&path))).collect();
    let long = sources.iter().filter(|source| source.length > FILE_LIMIT);
    let long = long.map(|source| format!("{}: {} lines", source.path, source.length)).collect();
    expect_none(long, "a file has at most 400 lines without tests: split it by what changes together");

    let mut all: Vec<(String, usize)> = sources.iter().flat_map(functions).collect();
    assert!(all.len() > 500, "only {} functions were found", all.len());
    all.sort_by_key(|(_, length)| *length);
    let at = |percent: usize| all[all.len() * percent / 100].1;
    println!(
        "{} functions: median {} lines, 90th percentile {}, longest {}",
        all.len(),
        at(50),
        at(90),
        all[all.len() - 1].1
    );
    let long = all.iter().filter(|(_, length)| *length > FUNCTION_LIMIT);
    expect_none(
        long.map(|(name, length)| format!("{name}: {length} lines")).collect(),
        "a function has at most 70 lines",
    );
    assert!(at(90) <= MOST_FUNCTIONS, "nine of ten functions have at most {MOST_FUNCTIONS} lines");
}

#[test]
fn every_source_says_what_it_is_for() {
    let sources = tracked().into_iter().filter(|path| path.ends_with(".rs") && !path.starts_with("tests/tour/"));
    let mute = sources.filter(|path| !read(path).starts_with("//! ")).collect();
    expect_none(mute, "a file begins with `//!` and a sentence that says what it is for");
}

// ---- what is handed on ----

#[test]
fn every_dependency_has_its_reason() {
    for manifest in ["xtask/Cargo.toml", "tests/Cargo.toml"] {
        let text = read(manifest);
        let mut section = "";
        let mut count = 0;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            } else if section.ends_with("dependencies]") && line.contains('=') && !line.starts_with('#') {
                count += 1;
                let own = line.contains("path = ");
                assert!(own || line.contains(" # "), "{manifest}: say why, behind `#`: {line}");
            }
        }
        assert!(count > 1, "{manifest}: no dependencies found");
    }
}

#[test]
fn nothing_names_a_machine() {
    let mut broken = Vec::new();
    for path in tracked() {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for folder in ["work", "root", "home"].map(|folder| format!("/{folder}/")) {
            let is_root = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~}$@*/".contains(c));
            let hit = text.match_indices(&folder).find(|(at, _)| is_root(*at));
            broken.extend(hit.map(|(at, _)| format!("{path}:{}: {folder}", text[..at].lines().count())));
        }
    }
    expect_none(broken, "no path of a machine in a tracked file");
}

/// A mirror of the registry on one machine would fail on every other one.
#[test]
fn crates_come_from_the_public_registry() {
    const PUBLIC: &str = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let lock = read("Cargo.lock");
    let sources: Vec<&str> = lock.lines().filter(|line| line.starts_with("source = ")).collect();
    assert!(sources.len() > 10);
    let other = sources.into_iter().filter(|line| *line != PUBLIC).map(str::to_owned).collect();
    expect_none(other, "every crate comes from crates.io");
    let config = read(".cargo/config.toml");
    assert!(!config.contains("[source") && !config.contains("[registries"), "no registry in `.cargo/config.toml`");
}

#[test]
fn scripts_are_sound() {
    let mut count = 0;
    for path in tracked() {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        let first = text.lines().next().unwrap_or_default();
        let shell = ["bash", "sh"].into_iter().find(|shell| first.starts_with("#!") && first.ends_with(shell));
        if let Some(shell) = shell {
            let output = Command::new(shell).arg("-n").arg(root().join(&path)).output().unwrap();
            assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
            count += 1;
        }
    }
    assert!(count >= 5, "only {count} scripts were found");
}

#[test]
fn both_licences_are_there() {
    for (file, words) in [("LICENSE-MIT", "Permission is hereby granted"), ("LICENSE-APACHE", "Apache License")] {
        assert!(read(file).contains(words), "{file}");
    }
    assert!(read("xtask/Cargo.toml").contains("license = \"MIT OR Apache-2.0\""));
}

// ---- what a person can look up ----

/// The names that the command line takes, of every command: `check`, `--fix`.
fn command_line(command: &clap::Command, names: &mut BTreeSet<String>) {
    for argument in command.get_arguments() {
        names.extend(argument.get_long().map(|long| format!("--{long}")));
    }
    for inner in command.get_subcommands() {
        names.insert(inner.get_name().to_owned());
        command_line(inner, names);
    }
}

#[test]
fn everything_can_be_looked_up() {
    let documents = ["README.md", "docs/reference.md"].map(read).join("\n");
    let mut names = BTreeSet::new();
    command_line(&xtask::cli::command(), &mut names);
    assert!(names.contains("bump") && names.contains("--dry-run"));
    names.extend(FORMATS.iter().map(|format| format.name().to_owned()));
    names.extend(Rule::ALL.iter().map(|rule| rule.name().to_owned()));
    for table in keys::TABLES {
        names.insert(table.name.to_owned());
        names.extend(table.keys.iter().map(|key| key.name.to_owned()));
    }
    names.extend(keys::ENTRY.iter().map(|&key| key.to_owned()));
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let words: BTreeSet<&str> = documents.split(|c| !is_part(c)).collect();
    let unknown = names.into_iter().filter(|name| !words.contains(name.as_str())).collect();
    expect_none(unknown, "a name that no document explains");
}
