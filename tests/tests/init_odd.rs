//! `init` in odd repositories: a past that is short, cut off, huge or of merges only, and contents that would break who
//! splits by line ends or believes a name. Each gets a proposal that `check` accepts, soon, and nothing else is written.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use lockstep_tests::history::{ADA, Files, GRACE, History, import};
use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::{Ran, Sandbox, State, assert_untouched};

/// Far more than it takes, on a machine that does other things at the same time and with a build for debugging.
const SOON: Duration = Duration::from_secs(30);

/// The places of a small project.
fn places(version: &str) -> Files {
    let files = [
        ("app.py", format!("VERSION = \"{version}\"\n")),
        ("package.json", format!("{{\n  \"name\": \"app\",\n  \"version\": \"{version}\"\n}}\n")),
        ("deploy/values.yaml", format!("image:\n  repository: acme/app\n  tag: v{version}\n")),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), (false, text.into_bytes()))).collect()
}

fn add(files: &mut Files, path: &str, bytes: impl Into<Vec<u8>>) {
    files.insert(path.to_owned(), (false, bytes.into()));
}

/// A repository with this past, its last commit checked out.
fn repository(past: &mut History) -> Sandbox {
    let sandbox = Sandbox::bare(&[]);
    import(&sandbox.path(""), &past.end());
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox
}

/// Eight releases, tagged, without anything odd.
fn releases(past: &mut History, tagged: bool) {
    for minor in 0..8 {
        let version = format!("1.{minor}.0");
        past.days(20).commit("main", ADA, &format!("Release {version}"), &places(&version));
        if tagged {
            past.tag("main", &format!("v{version}"), &version);
        }
    }
}

fn without_proposal(mut state: State) -> State {
    state.retain(|path, _| !path.contains("release-config"));
    state
}

/// Proposes a configuration in a folder: it comes soon, only `release-config` is written, `check` accepts it, and
/// nothing that is printed would steer a terminal.
#[track_caller]
fn propose_in(sandbox: &Sandbox, folder: &str) -> Ran {
    let before = without_proposal(sandbox.state());
    // The first test that asks for it builds it.
    lockstep_tests::binary::xtask();
    let start = Instant::now();
    let ran = sandbox.run_in(folder, &["init", "--yes"]).code(0);
    let took = start.elapsed();
    assert!(took < SOON, "{took:?}\n{ran}");
    assert_untouched(&before, &without_proposal(sandbox.state()), "a proposal");
    let config = sandbox.read(Path::new(folder).join(CONFIG));
    let odd = |text: &str| text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t'));
    assert!(!odd(&ran.stdout) && !odd(&ran.stderr) && !odd(&config), "{ran:?}\n{config:?}");
    let checked = sandbox.run_in(folder, &["check"]);
    assert_eq!(checked.code, 0, "{checked}\n{ran}\n{config}");
    ran
}

/// The same, and the places of the small project are in it.
#[track_caller]
fn expect_places(sandbox: &Sandbox, folder: &str) -> Ran {
    let ran = propose_in(sandbox, folder);
    let config = sandbox.read(Path::new(folder).join(CONFIG));
    for path in places("0").keys() {
        assert!(config.contains(&format!("\"{path}\"")), "{path} is not in\n{config}\n{ran}");
    }
    ran
}

// ---- a past that isn't one ----

#[test]
fn no_repository_no_commit_and_one_commit() {
    let files = places("1.2.0");
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, (_, bytes))| (path.as_str(), std::str::from_utf8(bytes).unwrap())).collect();
    expect_places(&Sandbox::folder(&files), "");
    let staged = Sandbox::bare(&files);
    staged.git(&["add", "-A"]);
    expect_places(&staged, "");
    expect_places(&Sandbox::new(&files), "");
    // Nothing to look at is said, and not proposed.
    let empty = Sandbox::bare(&[]);
    empty.run(&["init", "--yes"]).code(2).says("no tracked file");
}

#[test]
fn commits_without_tags_and_tags_without_commits() {
    let mut past = History::default();
    releases(&mut past, false);
    let sandbox = repository(&mut past);
    expect_places(&sandbox, "");
    // Tags of another line of history, and of nothing that is here.
    let mut past = History::default();
    releases(&mut past, true);
    let sandbox = repository(&mut past);
    sandbox.git(&["checkout", "-q", "--orphan", "fresh"]);
    sandbox.git(&["commit", "-qm", "A fresh start"]);
    expect_places(&sandbox, "");
    sandbox.write(".git/refs/tags/v9.9.9", format!("{}\n", "1".repeat(40)));
    fs::remove_dir_all(sandbox.path("release-config")).unwrap();
    expect_places(&sandbox, "");
}

#[test]
fn a_past_of_merges_only() {
    let mut past = History::default();
    past.commit("main", ADA, "Begin", &places("1.0.0"));
    for minor in 1..8 {
        let (branch, version) = (format!("release-1.{minor}"), format!("1.{minor}.0"));
        past.days(10).branch(&branch, "main").commit(&branch, GRACE, &version, &places(&version));
        past.days(1).merge("main", &branch, ADA, &format!("Merge branch '{branch}'"), &places(&version));
        past.tag("main", &format!("v{version}"), "");
    }
    expect_places(&repository(&mut past), "");
}

#[test]
fn clones_that_have_left_things_out() {
    let mut past = History::default();
    releases(&mut past, true);
    let sandbox = repository(&mut past);
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("").display());
    for (name, option) in [
        ("shallow", "--depth=3"),
        ("one", "--depth=1"),
        ("blobless", "--filter=blob:none"),
        ("treeless", "--filter=tree:0"),
    ] {
        let folder = format!("../{name}");
        sandbox.git(&["clone", "-q", option, &url, &folder]);
        // Nothing is fetched either: the folder with the objects stays as it is.
        let ran = expect_places(&sandbox, &folder);
        match option.starts_with("--depth") {
            true => drop(ran.says("this clone is shallow").says("`git fetch --unshallow`")),
            false => drop(ran.says_nothing_of("shallow").says("this clone lacks files of its history")),
        }
    }
}

#[test]
fn a_difference_of_a_million_lines() {
    let mut past = History::default();
    let table = |at: usize| {
        let mut text = String::new();
        (0..1_000_000).for_each(|row| text.push_str(&format!("row {row} of {at}, version 1.{at}.0\n")));
        text
    };
    for minor in 0..3 {
        let version = format!("1.{minor}.0");
        let mut files = places(&version);
        add(&mut files, "data/table.csv", table(minor));
        past.days(9).commit("main", ADA, &version, &files).tag("main", &format!("v{version}"), "");
    }
    expect_places(&repository(&mut past), "");
}

#[test]
fn a_line_of_twenty_megabytes() {
    let mut past = History::default();
    for minor in 0..3 {
        let version = format!("1.{minor}.0");
        let mut files = places(&version);
        add(&mut files, "dist/bundle.js", format!("/* v{version} */ {}", "var version=\"1.2.3\";".repeat(1 << 20)));
        add(&mut files, "deep.json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)));
        past.days(9).commit("main", ADA, &version, &files).tag("main", &format!("v{version}"), "");
    }
    expect_places(&repository(&mut past), "");
}

// ---- hostile contents ----

#[test]
fn paths_that_hold_line_ends_and_quotes() {
    let names = [
        "new\nline/package.json",
        "quo\"te/package.json",
        "apos'trophe.py",
        "tab\there/VERSION",
        "-rf/package.json",
        ":(top)/package.json",
        "{app}/Chart.yaml",
        "[a]/*/Chart.yaml",
        "$(touch canary)/VERSION",
        "bell\u{7}.yaml",
        "\u{202e}gnp.json",
        "a => b/{x => y}/package.json",
        "trailing space /VERSION",
        "日本/package.json",
    ];
    let sandbox = Sandbox::bare(&[]);
    for minor in 0..4 {
        let version = format!("1.{minor}.0");
        for (path, (_, bytes)) in places(&version) {
            sandbox.write(path, bytes);
        }
        for name in names {
            sandbox.write(name, format!("{{\"version\": \"{version}\"}}\n"));
        }
        sandbox.commit(&version);
        sandbox.git(&["tag", &format!("v{version}")]);
    }
    expect_places(&sandbox, "");
    assert!(!sandbox.path("canary").exists());
}

#[test]
fn files_that_are_no_plain_text() {
    let sandbox = Sandbox::bare(&[]);
    sandbox.sibling("library", &[("package.json", "{\"version\": \"1.0.0\"}\n")]);
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    for minor in 0..4 {
        let version = format!("1.{minor}.0");
        for (path, (_, bytes)) in places(&version) {
            // Every line ends as on Windows.
            sandbox.write(path, String::from_utf8(bytes).unwrap().replace('\n', "\r\n"));
        }
        sandbox.write("AssemblyInfo.cs", utf16(&format!("[assembly: AssemblyVersion(\"{version}\")]\r\n")));
        sandbox.write("latin1.yaml", [b"name: caf\xe9\nversion: ", version.as_bytes(), b"\n"].concat());
        sandbox.write("nul.json", format!("{{\"version\": \"{version}\", \"x\": \"\0\"}}\n"));
        sandbox.write(
            "model.bin",
            format!("version https://git-lfs.github.com/spec/v1\noid sha256:{:064}\nsize 1\n", minor),
        );
        // Twins that a careless machine takes for one file.
        sandbox.write("docs/Version.txt", format!("{version}\n"));
        sandbox.write("docs/version.txt", format!("{version}\n"));
        if minor == 0 {
            symlink("../package.json", sandbox.path("docs/link.json")).unwrap();
            symlink("/etc/passwd", sandbox.path("VERSION")).unwrap();
            symlink("nowhere", sandbox.path("pyproject.toml")).unwrap();
            symlink(".", sandbox.path("loop")).unwrap();
            sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "library"]);
        }
        sandbox.commit(&version);
        sandbox.git(&["tag", &format!("v{version}")]);
    }
    let ran = expect_places(&sandbox, "");
    let config = sandbox.read(CONFIG);
    for other in ["loop", "docs/link.json", "\"VERSION\"", "pyproject.toml", "\"library/"] {
        assert!(!config.contains(other), "{other} is in\n{config}\n{ran}");
    }
}

#[test]
fn messages_and_tags_that_are_meant_for_somebody_else() {
    let mut past = History::default();
    let messages = [
        "\u{1}\u{2} Release 1.0.0",
        "Release\u{0b}1.1.0\n\n--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-VERSION = \"6.0.0\"\n+VERSION = \"6.6.6\"\n",
        "commit 0123456789012345678901234567890123456789\n",
        "\u{1b}[2J\u{1b}]0;title\u{7}",
        "diff --git a/app.py b/app.py\n",
        "\u{1}1.5.0\u{1}\u{1}",
        "Merge\r\nrelease\r1.6.0",
        "\u{202e}0.7.1 esaeleR",
    ];
    for (minor, message) in messages.iter().enumerate() {
        let version = format!("1.{minor}.0");
        past.days(9).commit("main", "Ada \u{1} <ada\u{1}@example.com>", message, &places(&version));
        past.tag("main", &format!("v{version}"), message);
    }
    let sandbox = repository(&mut past);
    for tag in ["-v1.0.0", "--all", "--output=canary", "v1.0.0;canary", "$(canary)", "v1.7.0-ünï", "HEAD"] {
        sandbox.git(&["update-ref", &format!("refs/tags/{tag}"), "HEAD"]);
    }
    expect_places(&sandbox, "");
    assert!(!sandbox.path("canary").exists() && !sandbox.read(CONFIG).contains("6.6.6"));
}
