//! Tokens and passwords, planted wherever the programs of a release find them, are in nothing that the release leaves or
//! shows (G11): not in what is printed, not in any command line, not in the ledger, the tool's own files, what is public.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lockstep_tests::app::{GIT_LOGIN, LOGIN, NEEDS, Setting, World};
use lockstep_tests::binary;
use lockstep_tests::faults::inject;
use lockstep_tests::sandbox::Ran;
use lockstep_tests::servers::{ADMIN, WRITER, ready};

/// What is planted, with the user that it is sent with: in docker's configuration, in git's credential helper, in the
/// environment and in gh's configuration.
const CANARIES: [(&str, &str); 4] = [LOGIN, GIT_LOGIN, ("x-access-token", WRITER), ("x-access-token", ADMIN)];

/// An image that tells how it was built.
const ATTESTED: &str = r#"
[[image]]
name = "acme/attested"
dockerfile = "Dockerfile.caddy"
platforms = ["linux/amd64"]
registries = ["registry.example.com"]
tags = ["{app}"]
provenance = true
"#;

/// Every way in which a word may be written; of what has no fixed spelling its inner part.
fn spellings(user: &str, word: &str) -> BTreeSet<String> {
    let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let escaped = word.replace('-', "\\\\u002d").replace('_', "\\\\u005f");
    let coded = word.replace('-', "%2D").replace('_', "%5F");
    let mut all: BTreeSet<String> =
        [word.to_owned(), word.to_uppercase(), hex.to_uppercase(), hex, percent.to_lowercase(), percent].into();
    all.extend([escaped, coded.to_lowercase(), coded, word.chars().rev().collect()]);
    for before in ["", "a", "ab", &format!("{user}:")] {
        let whole = base64(format!("{before}{word}").as_bytes());
        // Its ends depend on what stands beside it.
        let inner = &whole[(before.len() * 4).div_ceil(3).next_multiple_of(4)..whole.len() - 4];
        all.insert(inner.to_owned());
        all.insert(inner.replace('+', "-").replace('/', "_"));
    }
    all
}

fn base64(bytes: &[u8]) -> String {
    let mut child = Command::new("base64").arg("-w0").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// Where a secret may be, and what there is.
#[derive(Default)]
struct Sinks(Vec<(String, Vec<u8>)>);

impl Sinks {
    fn add(&mut self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((name.into(), bytes.into()));
    }

    fn ran(&mut self, name: &str, ran: &Ran) {
        self.add(format!("stdout of {name}"), ran.stdout.as_str());
        self.add(format!("stderr of {name}"), ran.stderr.as_str());
    }

    /// All files below a folder, packed ones unpacked too, but for those that somebody has put the secrets into.
    fn folder(&mut self, folder: &Path, but: &[PathBuf]) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if but.contains(&path) || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                self.folder(&path, but);
            } else if let Ok(bytes) = fs::read(&path) {
                if bytes.starts_with(&[0x1f, 0x8b]) {
                    let plain = Command::new("gzip").arg("-dc").arg(&path).output().unwrap();
                    self.add(format!("{} unpacked", path.display()), plain.stdout);
                }
                self.add(path.display().to_string(), bytes);
            }
        }
    }

    /// Every object of a repository.
    fn repository(&mut self, path: &Path) {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(path).args(["cat-file", "--batch-all-objects", "--batch"]);
        let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
        assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
        self.add(format!("objects of {}", path.display()), output.stdout);
    }

    fn size(&self) -> usize {
        self.0.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    /// The sinks that have a secret in any spelling.
    fn leaks(&self) -> Vec<String> {
        let words: Vec<Vec<u8>> =
            CANARIES.iter().flat_map(|(user, word)| spellings(user, word)).map(String::into_bytes).collect();
        let firsts: BTreeSet<u8> = words.iter().map(|word| word[0]).collect();
        let has = |bytes: &[u8]| {
            (0..bytes.len()).find_map(|at| {
                let here = firsts.contains(&bytes[at]).then(|| words.iter().find(|word| bytes[at..].starts_with(word)));
                here.flatten().map(|word| {
                    let around = &bytes[at.saturating_sub(60)..(at + word.len() + 20).min(bytes.len())];
                    String::from_utf8_lossy(around).into_owned()
                })
            })
        };
        self.0.iter().filter_map(|(name, bytes)| Some(format!("{name}: {}", has(bytes)?))).collect()
    }
}

#[test]
fn every_spelling_is_found() {
    for (user, word) in CANARIES {
        assert!(spellings(user, word).len() >= 12, "{:?}", spellings(user, word));
        for spelling in spellings(user, word) {
            let mut sinks = Sinks::default();
            sinks.add("a sink", format!("some words {spelling} and more"));
            assert_eq!(sinks.leaks().len(), 1, "{spelling}");
        }
    }
    let mut sinks = Sinks::default();
    sinks.add("a header", base64(format!("{}:{}", LOGIN.0, LOGIN.1).as_bytes()));
    sinks.add("nothing", "correct horses, batteries, tokens of a test");
    assert_eq!(sinks.leaks().len(), 1);
}

#[test]
fn no_secret_of_a_release_is_shown_or_kept() {
    let name = "no_secret_of_a_release_is_shown_or_kept";
    if !ready(name, &NEEDS) || !inject::possible() {
        return;
    }
    let mut world = World::new(Setting { http: true, more: ATTESTED, ..Setting::default() });
    // The one in the environment counts, so another one may lie in gh's file; the last run has that one alone.
    world.sandbox.env("GH_TOKEN", WRITER);
    world.log_in_to_forge(ADMIN);
    let root = world.sandbox.root().to_owned();
    let mut sinks = Sinks::default();
    let log = root.join("tmp/commands");
    let trace = root.join("tmp/trace");
    let mut run = |args: &[&str], code: i32| {
        // Every program that is started, by whomever, with all its words.
        let mut command = world.sandbox.command("strace", "");
        command.args(["-f", "-A", "-e", "trace=execve", "-e", "signal=none", "-s", "100000", "-o"]).arg(&log);
        command.arg(binary::xtask()).args(args).env("LOCKSTEP_TRACE", &trace);
        if args == ["run", "1.4.0", "--yes", "--verbose"] {
            command.env_remove("GH_TOKEN");
        }
        let ran = world.hide(world.sandbox.output(command)).code(code);
        sinks.ran(&args.join(" "), &ran);
    };
    run(&["branch", "--yes", "--verbose"], 0);
    world.write_notes("1.4.0", "# Acme 1.4.0\n\nAll schemas can be searched.\n");
    run(&["plan", "--diff", "--verbose"], 0);
    run(&["plan", "--format", "json"], 0);
    // What fails says more.
    world.log_out();
    run(&["run", "--yes", "--verbose"], 4);
    world.log_in();
    run(&["run", "--yes", "--verbose"], 5);
    run(&["run", "--yes", "--verbose", "--done", "checklist/smoke"], 0);
    run(&["status"], 0);
    run(&["status", "--format", "json"], 0);
    run(&["run", "1.4.0", "--yes", "--verbose"], 0);
    // The version that the checkout is at had no such image yet.
    run(&["check", "--images", "--verbose"], 1);

    let commands = fs::read_to_string(&log).unwrap();
    let has = |words: &str| commands.lines().filter(|line| line.contains(words)).count();
    assert!(has("\"gh\"") > 5 && has("\"docker\"") > 5 && has("\"git\"") > 20, "the command lines are there");
    assert!(has("git-credential-ada") > 0, "git asked for the password");
    sinks.add("command lines", commands);
    sinks.add("trace", fs::read(&trace).unwrap());
    let theirs =
        ["app/.git/config", "bin/git-credential-ada", "home/.config/gh/hosts.yml", "tmp/commands", "tmp/trace", "kept"];
    sinks.folder(&root, &theirs.map(|path| root.join(path)));
    let repositories = repositories(&root);
    assert!(repositories.len() >= 3, "the checkout, the remote, the tool's clone: {repositories:?}");
    repositories.iter().for_each(|path| sinks.repository(path));
    for registry in world.registries() {
        let folder = root.join(format!("tmp/{}", registry.host().replace(':', "-")));
        fs::create_dir_all(&folder).unwrap();
        registry.keep(&folder);
        sinks.folder(&folder, &[]);
    }
    for release in world.forge.releases("acme/app") {
        sinks.add(format!("release {}", release["tag_name"]), release.to_string());
    }
    for asset in ["install.sh", "SHA256SUMS"] {
        sinks.add(asset, world.forge.asset("acme/app", "1.4.0", asset).expect("it is attached"));
    }
    let attested = world.registry.tags("acme/attested");
    assert_eq!(attested, ["1.4.0"]);
    assert!(sinks.0.iter().any(|(_, bytes)| bytes.windows(4).any(|four| four == b"slsa")), "its provenance is there");
    println!("{} sinks, {} bytes", sinks.0.len(), sinks.size());
    assert!(sinks.0.len() > 200, "{}", sinks.0.len());
    assert_eq!(sinks.leaks(), [""; 0]);
}

/// The repositories below a folder, but for the copy that a reset takes.
fn repositories(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_symlink() || !path.is_dir() || path.ends_with("kept") {
            continue;
        }
        if path.join("objects").is_dir() && path.join("HEAD").is_file() {
            found.push(path.clone());
        }
        found.extend(repositories(&path));
    }
    found
}
