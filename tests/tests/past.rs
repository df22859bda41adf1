//! What `init` reads of a history: real repositories of every shape, read by real git.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lockstep_tests::history::{ADA, Files, History, import};
use lockstep_tests::sandbox::Sandbox;
use xtask::command::past;
use xtask::fsx::read_manifest;
use xtask::plan::init::past::{End, Past};
use xtask::tools::git::Git;

/// Reads the history of a folder of the sandbox.
fn read_in(sandbox: &Sandbox, folder: &str) -> Past {
    let git = Git::find(&sandbox.path(folder)).unwrap().unwrap();
    let files = git.ls_files(&[]).unwrap().items;
    let read = |path: &str| read_manifest(&git.dir.join(path)).ok();
    past::read(&git, &git.tags().unwrap(), &files, &read).unwrap().past
}

fn read(sandbox: &Sandbox) -> Past {
    read_in(sandbox, "")
}

/// `subject [tags] path:line>today from>to …`, a line for each move, and the end.
fn shown(past: &Past) -> String {
    let mut lines = Vec::new();
    for change in &past.changes {
        for of in &change.moves {
            let tokens: Vec<String> = of.tokens.iter().map(|(old, new)| format!("{old}>{new}")).collect();
            let today = of.today.map_or_else(|| String::from("-"), |line| line.to_string());
            let tags = change.tags.join(" ");
            lines.push(format!("{} [{tags}] {}:{}>{today} {}", change.subject, of.path, of.new_line, tokens.join(" ")));
        }
    }
    lines.push(format!("{:?}", past.end));
    lines.join("\n")
}

#[track_caller]
fn check(sandbox: &Sandbox, want: &[&str]) {
    assert_eq!(shown(&read(sandbox)), want.join("\n"));
}

/// A project that was released twice.
fn released() -> Sandbox {
    let sandbox = Sandbox::new(&[("Chart.yaml", "version: 0.1.0\nappVersion: 1.0.0\n"), ("main.c", "int main;\n")]);
    release(&sandbox, "0.1.0", "0.1.1", "1.0.0", "1.1.0");
    sandbox.write("main.c", "int main = 1;\n");
    sandbox.commit("Work");
    release(&sandbox, "0.1.1", "0.1.2", "1.1.0", "1.2.0");
    sandbox
}

fn release(sandbox: &Sandbox, chart: &str, next: &str, app: &str, version: &str) {
    sandbox.replace("Chart.yaml", chart, next);
    sandbox.replace("Chart.yaml", app, version);
    sandbox.commit(&format!("Release {version}"));
    sandbox.git(&["tag", "-am", version, &format!("v{version}")]);
}

const RELEASED: [&str; 5] = [
    "Release 1.2.0 [v1.2.0] Chart.yaml:1>1 0.1.1>0.1.2",
    "Release 1.2.0 [v1.2.0] Chart.yaml:2>2 1.1.0>1.2.0",
    "Release 1.1.0 [v1.1.0] Chart.yaml:1>1 0.1.0>0.1.1",
    "Release 1.1.0 [v1.1.0] Chart.yaml:2>2 1.0.0>1.1.0",
    "Root",
];

#[test]
fn releases_are_seen() {
    let sandbox = released();
    check(&sandbox, &RELEASED);
    assert_eq!(read(&sandbox).read, 4);
    // A bare `HEAD`, work that isn't committed, and a line that came in front of all.
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    sandbox.write("Chart.yaml", "# a chart\nversion: 0.1.3\nappVersion: 1.2.0\n");
    let want: Vec<String> = RELEASED.iter().map(|line| line.replace(":2>2", ":2>3").replace(":1>1", ":1>2")).collect();
    check(&sandbox, &want.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn nobodys_settings_change_what_is_read() {
    let sandbox = released();
    for (key, value) in [
        ("diff.external", "false"),
        ("diff.renames", "copies"),
        ("diff.noprefix", "true"),
        ("diff.x.textconv", "false"),
        ("diff.orderFile", "/nonexistent"),
        ("format.pretty", "oneline"),
        ("log.showSignature", "true"),
        ("log.decorate", "full"),
        ("log.diffMerges", "on"),
        ("log.showRoot", "false"),
        ("log.follow", "true"),
        ("color.ui", "always"),
        ("core.quotePath", "true"),
        ("core.abbrev", "7"),
        ("diff.ignoreSubmodules", "none"),
    ] {
        if key != "diff.orderFile" {
            sandbox.git(&["config", key, value]);
        }
    }
    sandbox.write(".git/info/attributes", "* diff=x\n");
    check(&sandbox, &RELEASED);
}

#[test]
fn hardly_any_history() {
    let sandbox = Sandbox::bare(&[("VERSION", "1.0.0\n")]);
    assert_eq!(read(&sandbox), Past::default());
    sandbox.commit("Start");
    let past = read(&sandbox);
    assert_eq!((past.changes.len(), past.read, past.end), (0, 1, End::Root));
}

#[test]
fn files_that_were_renamed() {
    let sandbox = Sandbox::new(&[("vars.MD", "| a | v1.0.0 |\nmore\ntext\nbelow\n")]);
    sandbox.write("vars.MD", "| a | v1.1.0 |\nmore\ntext\nbelow\n");
    sandbox.commit("One");
    sandbox.git(&["mv", "vars.MD", "vars.md"]);
    sandbox.commit("Only the case");
    std::fs::create_dir_all(sandbox.path("docs")).unwrap();
    sandbox.git(&["mv", "vars.md", "docs/ünusual \"name\".md"]);
    sandbox.write("docs/ünusual \"name\".md", "| a | v1.2.0 |\nmore\ntext\nbelow\n");
    sandbox.commit("Two, and a rename");
    check(
        &sandbox,
        &[
            "Two, and a rename [] docs/ünusual \"name\".md:1>1 1.1.0>1.2.0",
            "One [] docs/ünusual \"name\".md:1>1 1.0.0>1.1.0",
            "Root",
        ],
    );
}

#[test]
fn a_bump_on_a_branch_that_was_merged() {
    let sandbox = Sandbox::new(&[("VERSION", "1.0.0\n"), ("a", "x\n")]);
    sandbox.git(&["checkout", "--quiet", "-b", "bump"]);
    sandbox.write("VERSION", "1.1.0\n");
    sandbox.commit("Bump");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("a", "y\n");
    sandbox.commit("Work");
    sandbox.git(&["merge", "--quiet", "--no-ff", "-m", "Merge it", "bump"]);
    sandbox.git(&["tag", "v1.1.0"]);
    check(&sandbox, &["Bump [v1.1.0] VERSION:1>1 1.0.0>1.1.0", "Root"]);
}

#[test]
fn merges_that_bump_themselves() {
    let sandbox = Sandbox::new(&[("VERSION", "1.0.0\n"), ("a", "0\n")]);
    for (at, version) in ["1.1.0", "1.2.0"].iter().enumerate() {
        sandbox.git(&["checkout", "--quiet", "-B", "work"]);
        sandbox.write("a", format!("{}\n", at + 1));
        sandbox.commit("Work");
        sandbox.git(&["checkout", "--quiet", "main"]);
        sandbox.git(&["merge", "--quiet", "--no-ff", "--no-commit", "work"]);
        sandbox.write("VERSION", format!("{version}\n"));
        sandbox.commit(&format!("Merge {version}"));
    }
    check(&sandbox, &["Merge 1.2.0 [] VERSION:1>1 1.1.0>1.2.0", "Merge 1.1.0 [] VERSION:1>1 1.0.0>1.1.0", "Root"]);
}

#[test]
fn a_bump_that_was_picked_and_reverted() {
    let sandbox = Sandbox::new(&[("VERSION", "1.0.0\n"), ("a", "x\n")]);
    sandbox.git(&["checkout", "--quiet", "-b", "stable"]);
    sandbox.write("VERSION", "1.0.1\n");
    sandbox.commit("Release 1.0.1");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("a", "y\n");
    sandbox.commit("Work");
    sandbox.git(&["cherry-pick", "--allow-empty", "stable"]);
    sandbox.git(&["merge", "--quiet", "--no-ff", "-m", "Merge stable", "stable"]);
    check(&sandbox, &["Release 1.0.1 [] VERSION:1>1 1.0.0>1.0.1", "Root"]);
    sandbox.write("VERSION", "1.0.0\n");
    sandbox.commit("Revert");
    let past = shown(&read(&sandbox));
    assert!(past.starts_with("Revert [] VERSION:1>1 1.0.1>1.0.0\nRelease 1.0.1"), "{past}");
}

#[test]
fn a_shallow_clone_and_one_without_old_files() {
    let sandbox = released();
    let url = format!("file://{}", sandbox.path("").display());
    sandbox.git_in("..", &["clone", "--quiet", "--depth=2", &url, "shallow"]);
    let past = read_in(&sandbox, "../shallow");
    assert_eq!(shown(&past), [RELEASED[0], RELEASED[1], "Shallow"].join("\n"));

    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    sandbox.git_in("..", &["clone", "--quiet", "--filter=blob:none", &url, "partial"]);
    let missing = || sandbox.git_in("../partial", &["rev-list", "--objects", "--all", "--missing=print"]);
    let before = missing();
    assert!(before.contains('?'), "nothing is missing: {before}");
    let past = read_in(&sandbox, "../partial");
    assert_eq!(missing(), before, "objects were fetched");
    assert!(past.changes.is_empty() && past.end == End::Shallow, "{past:?}");
}

#[test]
fn grafts_and_submodules() {
    let sandbox = released();
    let oid = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},sub", oid.trim())]);
    sandbox.replace("Chart.yaml", "1.2.0", "1.3.0");
    sandbox.git(&["commit", "--quiet", "-am", "Release 1.3.0"]);
    let mut want = vec!["Release 1.3.0 [] Chart.yaml:2>2 1.2.0>1.3.0"];
    want.extend(RELEASED);
    check(&sandbox, &want);
    sandbox.git(&["replace", "--graft", "HEAD~1"]);
    check(&sandbox, &[want[0], "Root"]);
}

#[test]
fn another_hash() {
    let sandbox = Sandbox::folder(&[("VERSION", "1.0.0\n")]);
    sandbox.git(&["init", "--quiet", "--object-format=sha256", "--initial-branch=main"]);
    sandbox.commit("Start");
    sandbox.write("VERSION", "1.1.0\n");
    sandbox.commit("Up");
    check(&sandbox, &["Up [] VERSION:1>1 1.0.0>1.1.0", "Root"]);
}

/// A history that is made in one go.
fn made(commits: impl IntoIterator<Item = (String, Option<String>, Vec<(String, Vec<u8>)>)>) -> Sandbox {
    let sandbox = Sandbox::bare(&[]);
    let (mut history, mut files) = (History::default(), Files::new());
    for (subject, tag, changed) in commits {
        files.extend(changed.into_iter().map(|(path, bytes)| (path, (false, bytes))));
        history.commit("main", ADA, &subject, &files);
        if let Some(tag) = tag {
            history.tag("main", &tag, &subject);
        }
    }
    import(&sandbox.path(""), &history.end());
    sandbox.git(&["reset", "--quiet", "--hard", "main"]);
    sandbox
}

fn text(path: &str, text: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (path.to_owned(), text.into())
}

#[test]
fn what_is_too_large_is_passed_over() {
    let lines = |end: &str| (0..1_000_000).map(|at| format!("{at}{end}\n")).collect::<String>();
    let line = |version: &str| format!("{{\"a\":\"{}\",\"version\":\"{version}\"}}", "x".repeat(900_000));
    let many = |to: usize, version: &str| {
        (0..to).map(|at| text(&format!("many/{at}.txt"), format!("{version}\n"))).collect::<Vec<_>>()
    };
    let commit = |subject: &str, changed| (subject.to_owned(), None, changed);
    let mut all = many(200, "1.1.0");
    all.push(text("VERSION", "1.2.0\n"));
    let large = |version, end, byte: u8| {
        vec![
            text("VERSION", format!("{version}\n")),
            text("data.txt", lines(end)),
            text("min.json", line(version)),
            text("raw.data", [byte, 0, b'1', b'.', b'0']),
        ]
    };
    let mut start = many(200, "1.0.0");
    start.extend(large("1.0.0", "", 1));
    let sandbox = made([commit("Start", start), commit("Large", large("1.1.0", ".5.0", 2)), commit("All", all)]);
    let start = Instant::now();
    check(&sandbox, &["Large [] VERSION:1>1 1.0.0>1.1.0", "Root"]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// Releases that lie further back than the commits that are read one by one.
#[test]
fn a_busy_history_is_followed_further_back() {
    let mut minor = 0;
    let sandbox = made((0..2_400).map(|at| {
        let (subject, tag) = (format!("Commit {at}"), None);
        if at % 200 == 0 {
            minor += 1;
            let version = format!("1.{minor}.0");
            let files = vec![
                text("pyproject.toml", format!("[project]\nversion = \"{version}\"\n")),
                text("docs/install.md", format!("Get it: app-{version}.tar.gz\n")),
            ];
            return (format!("Release {version}"), Some(format!("v{version}")), files);
        }
        (subject, tag, vec![text(&format!("src/{}.py", at % 7), format!("x = {at}\n"))])
    }));
    let past = read(&sandbox);
    let mut releases: BTreeMap<&str, usize> = BTreeMap::new();
    for change in &past.changes {
        *releases.entry(change.subject.as_str()).or_default() += change.moves.len();
    }
    assert_eq!(releases.len(), 11, "{releases:?}");
    assert!(releases.values().all(|moves| *moves == 2), "{releases:?}");
    assert_eq!(past.end, End::Enough);
    assert!(past.changes.iter().all(|change| change.tags.len() == 1), "{past:?}");
}
