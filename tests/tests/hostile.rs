//! Hostile data: whatever a version, a tag, a subject, a branch or a file is called, no program gets it as an option
//! and no shell runs it. A `git` on PATH writes down how it is called, and then calls the real one.

use std::collections::BTreeSet;

use lockstep_tests::projects::{CONFIG, one_track};
use lockstep_tests::sandbox::Sandbox;

/// Texts that do harm where they are taken for something else than text.
const CORPUS: &[&str] = &[
    "-rf",
    "--upload-pack=touch canary",
    "--exec=touch canary",
    "-cuser.name=canary",
    "-F/etc/passwd",
    "$(touch canary)",
    "`touch canary`",
    "; touch canary;",
    "'; touch canary; '",
    "\"; touch canary; \"",
    "\r\ntouch canary\n",
    "a\tb",
    "../../canary",
    "/etc/passwd",
    "*",
    ":(top)*",
    "@{-1}",
    "refs/heads/main:refs/heads/x",
    "{app}",
    "%00%s",
    "\u{1b}[31mred\u{7}",
    "\u{202e}gnp.exe",
    "ünïcödé 日本",
    "1.0.0",
    "",
];

/// Writes down each of its arguments with a NUL behind it, and a line end with a NUL behind the last.
const RECORDER: &str = r#"#!/bin/sh
{ printf '%s\0' "$@"; printf '\n\0'; } >>"$CALLS"
exec "$REAL_GIT" "$@"
"#;

struct World {
    sandbox: Sandbox,
}

impl World {
    /// A project with these files, a remote, and the recorder in front of git.
    fn new(files: &[(&str, &str)]) -> Option<Self> {
        let mut sandbox = Sandbox::bare(&[]);
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox.commit("Begin");
        sandbox.remote("origin");
        let real = std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|folder| folder.join("git"))
            .find(|git| git.is_file())?;
        let calls = sandbox.path("../calls");
        sandbox.env("CALLS", calls.to_str()?);
        sandbox.env("REAL_GIT", real.to_str()?);
        sandbox.put_program("git", RECORDER);
        Some(Self { sandbox })
    }

    /// Runs the tool, and looks at how it called git. `data` is what must not be taken for an option.
    #[track_caller]
    fn run(&self, args: &[&str], data: &str) -> i32 {
        let _ = std::fs::remove_file(self.sandbox.path("../calls"));
        let ran = self.sandbox.run(args);
        let terminal = |c: char| c.is_control() && !matches!(c, '\n' | '\t') || c == '\u{202e}';
        assert!(!ran.stderr.contains(terminal), "{args:?} would steer a terminal\n{ran:?}");
        let calls = std::fs::read(self.sandbox.path("../calls")).unwrap_or_default();
        let calls = String::from_utf8_lossy(&calls).into_owned();
        for call in calls.split("\n\0").filter(|call| !call.is_empty()) {
            let arguments: Vec<&str> = call.split_terminator('\0').collect();
            check_call(&arguments, data);
        }
        self.no_canary(args);
        ran.code
    }

    #[track_caller]
    fn no_canary(&self, args: &[&str]) {
        for folder in ["", "..", ".git", "release-config", "../home", "../tmp"] {
            assert!(!self.sandbox.path(folder).join("canary").exists(), "{args:?} left a canary in {folder}");
        }
    }
}

/// The options that the tool itself gives to git, up to their `=`. Everything else with a `-` in front came from data.
fn own_options() -> BTreeSet<&'static str> {
    "-c -l200 -r -t -z -M --absolute-git-dir --annotate --batch --batch-check --buffer --cached --cleanup \
     --diff-filter --diff-merges --encoding --end-of-options --file --first-parent --format --full-diff \
     --full-tree --get --get-regexp --git-common-dir --git-path --ignore-submodules --is-bare-repository \
     --is-inside-work-tree --literal-pathspecs --merges --message --missing --name-only --no-abbrev --no-color \
     --no-ext-diff --no-mailmap --no-object-names --no-renames --no-walk --objects --only --pathspec-file-nul \
     --pathspec-from-file --quiet --raw --show-toplevel --sign --stage --stdin --unmerged --verify --"
        .split_whitespace()
        .collect()
}

/// No argument that comes from data is an option: it stands behind `--` or `--end-of-options`, or behind its own `=`.
#[track_caller]
fn check_call(arguments: &[&str], data: &str) {
    let own = own_options();
    for argument in arguments {
        if ["--", "--end-of-options"].contains(argument) {
            break;
        }
        if !argument.starts_with('-') {
            continue;
        }
        let name = argument.split('=').next().unwrap_or(argument);
        assert!(own.contains(name), "`{argument}` is an option that came from data: git {arguments:?}");
        let is_message = name == "--message";
        assert!(
            is_message || data.len() < 3 || !argument.contains(data),
            "`{argument}` carries data: git {arguments:?}"
        );
    }
}

fn small(track: &str) -> World {
    World::new(&[(CONFIG, &one_track(track, "")), ("VERSION", "1.0.0\n")]).expect("there is a git")
}

/// A TOML string that says exactly this.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

#[test]
fn in_the_command_line() {
    let world = small("");
    for text in CORPUS {
        world.run(&["bump", "--dry-run", "--", text], text);
        world.run(&["bump", "--dry-run", "--", &format!("{text}=minor")], text);
        world.run(&["bump", "--dry-run", "--", &format!("app={text}")], text);
        world.run(&["tag", "--dry-run", "--", text], text);
        world.run(&["check", &format!("--rev={text}")], text);
        world.run(&["tag", "--dry-run", &format!("--message={text}")], text);
        world.run(&["versions", &format!("--config={text}")], text);
        world.run(&[&format!("-C{text}"), "versions"], text);
    }
}

#[test]
fn in_the_message_of_a_tag() {
    let world = small("");
    for text in CORPUS.iter().filter(|text| !text.is_empty()) {
        assert_eq!(world.run(&["tag", &format!("--message={text}")], text), 0);
        let tag = world.sandbox.git(&["cat-file", "tag", "v1.0.0"]);
        let (_, kept) = tag.split_once("\n\n").expect("a header and a message");
        assert_eq!(kept.trim_end(), text.trim_end(), "a message is kept as it is");
        world.sandbox.git(&["tag", "-d", "v1.0.0"]);
    }
}

#[test]
fn in_a_version_that_a_file_says() {
    let world = small("");
    for text in CORPUS {
        world.sandbox.write("VERSION", format!("{text}\n"));
        world.sandbox.git(&["commit", "-qam", "Say", "--allow-empty"]);
        for args in
            [&["check", "--strays"][..], &["check", "--staged"], &["bump", "minor", "--dry-run"], &["tag", "--dry-run"]]
        {
            world.run(args, text);
        }
    }
}

#[test]
fn in_the_configuration() {
    let keys: &[&dyn Fn(&str) -> String] = &[
        &|text| format!("[project]\ncommit = {}\n{}", quoted(text), one_track("", "")),
        &|text| one_track("", &format!("\n[[manifest]]\npath = {}\nline.all = \"{{app}}\"\n", quoted(text))),
        &|text| {
            one_track("", &format!("\n[[manifest]]\npath = {}\nline.all = \"{{app}}\"\n", quoted(&format!("{text}*"))))
        },
        &|text| {
            one_track(
                "",
                &format!("\n[[manifest]]\npath = \"VERSION\"\ntext.{} = \"{{app}}\"\n", quoted(&format!("{text}{{}}"))),
            )
        },
        &|text| {
            one_track(
                "",
                &format!(
                    "\n[repo.x]\npath = {}\n[[manifest]]\nrepo = \"x\"\npath = \"V*\"\nline.all = \"{{app}}\"\n",
                    quoted(text)
                ),
            )
        },
        &|text| {
            one_track(
                "",
                &format!(
                    "\n[repo.x]\nurl = {}\n[[manifest]]\nrepo = \"x\"\npath = \"V\"\nline.all = \"{{app}}\"\n",
                    quoted(text)
                ),
            )
        },
        &|text| one_track("", &format!("\n[track.{}]\n", quoted(text))),
        &|text| one_track("", &format!("\n[[allow]]\npath = \"*\"\nreason = \"x\"\nsays = {}\n", quoted(text))),
    ];
    let world = small("");
    for text in CORPUS {
        for make in keys {
            world.sandbox.write(CONFIG, make(text));
            world.run(&["bump", "minor", "--dry-run", "--commit"], text);
        }
    }
}

#[test]
fn in_the_configuration_of_a_tag() {
    let keys: &[&dyn Fn(&str) -> String] = &[
        &|text| format!("tag = {}", quoted(&format!("{text}{{version}}"))),
        &|text| format!("tag = {}", quoted(&format!("{{version}}{text}"))),
        &|text| format!("message = {}", quoted(text)),
        &|text| format!("branch = {}", quoted(text)),
    ];
    let world = small("");
    for text in CORPUS {
        for make in keys {
            world.sandbox.write(CONFIG, one_track(&make(text), ""));
            world.sandbox.git(&["commit", "-qam", "Configure", "--allow-empty"]);
            world.run(&["tag", "--dry-run"], text);
        }
    }
}

#[test]
fn in_the_subject_of_a_commit() {
    let world = small("");
    for text in CORPUS.iter().filter(|text| !text.is_empty() && !text.contains('{') && !text.contains(['\n', '\r'])) {
        let config = format!("[project]\ncommit = {}\n{}", quoted(text), one_track("", ""));
        world.sandbox.write(CONFIG, config);
        if world.run(&["bump", "minor", "--commit"], text) == 0 {
            assert_eq!(world.sandbox.git(&["log", "-1", "--format=%B"]).trim(), text.trim());
        }
    }
}

#[test]
fn in_the_names_of_files_branches_and_remotes() {
    for text in CORPUS.iter().filter(|text| !text.contains(['/', '\0']) && !["", "..", "*"].contains(text)) {
        let config = one_track("", "\n[[manifest]]\npath = \"files/*\"\nline.all = \"{app}\"\n");
        let file = format!("files/{text}");
        let world =
            World::new(&[(CONFIG, &config), ("VERSION", "1.0.0\n"), (&file, "1.0.0\n")]).expect("there is a git");
        let sandbox = &world.sandbox;
        // Most of these can't be the names of branches and remotes; those that git itself takes are used.
        sandbox.try_git(&["update-ref", &format!("refs/heads/{text}"), "HEAD"]);
        sandbox.try_git(&["symbolic-ref", "HEAD", &format!("refs/heads/{text}")]);
        if sandbox.try_git(&["rev-parse", "--verify", "HEAD"]).code != 0 {
            sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
        }
        sandbox.git(&["config", &format!("remote.{text}.url").replace('\n', " "), "../origin.git"]);
        assert_eq!(world.run(&["check", "--staged"], text), 0, "{text:?}");
        world.run(&["tag", "--dry-run"], text);
        assert_eq!(world.run(&["bump", "minor", "--commit"], text), 0, "{text:?}");
        assert_eq!(sandbox.read(&file), "1.1.0\n");
        world.run(&["init", "--dry-run"], text);
        world.run(&["hook", "install"], text);
    }
}

#[test]
fn in_names_of_tags_that_are_there_already() {
    let world = small("");
    for text in CORPUS {
        world.sandbox.try_git(&["update-ref", &format!("refs/tags/{text}"), "HEAD"]);
        world.sandbox.try_git(&["update-ref", &format!("refs/tags/v{text}"), "HEAD"]);
    }
    // One of the names is the very tag, without a message: that is said, and nothing else.
    assert_eq!(world.run(&["tag"], "canary"), 4);
    world.run(&["init", "--dry-run"], "canary");
}
