//! The measure of `init`: releases are found in a history without the tool, and each verdict is given where it is due.

use std::path::{Path, PathBuf};

use lockstep_tests::binary;
use lockstep_tests::history::{ADA, Files, GRACE, History, import};
use lockstep_tests::replay::init::verdict::Verdict;
use lockstep_tests::replay::init::{Bench, Outcome};
use lockstep_tests::replay::mine::mine;
use lockstep_tests::replay::mirror::{Mirror, all_mirrors, find_mirror};
use serde_json::{Value, json};

/// A folder that goes with the test: mirrors, and cases.
struct World(PathBuf);

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl World {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("lockstep-replay-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(root.join("cases")).unwrap();
        Self(root)
    }

    /// A bare repository with a history, where `fetch` would have put it.
    fn mirror(&self, stream: &[u8]) -> Mirror {
        let place = self.0.join("mirrors/ada+app/repo");
        std::fs::create_dir_all(&place).unwrap();
        let git = std::process::Command::new("git").args(["init", "-q", "--bare", "-b", "main"]).arg(&place).status();
        assert!(git.unwrap().success());
        import(&place, stream);
        let found = find_mirror(&self.0.join("mirrors"), "ada/app").expect("the mirror is found");
        assert_eq!(all_mirrors(&self.0.join("mirrors")).unwrap(), std::slice::from_ref(&found));
        found
    }

    fn case(&self, name: &str, commit: &str, pairs: &[(&str, &str)], changes: &[(&str, usize, &str, &str)]) -> PathBuf {
        let versions: Vec<Value> =
            pairs.iter().map(|(from, to)| json!({ "from": from, "to": to, "count": 1 })).collect();
        let change = |(path, line, old, new): &(&str, usize, &str, &str)| json!({ "path": path, "line": line, "tokens": [[old, new]] });
        let changes: Vec<Value> = changes.iter().map(change).collect();
        let case =
            json!({ "id": name, "repository": "ada/app", "commit": commit, "versions": versions, "changes": changes });
        let folder = self.0.join("cases").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("case.json"), case.to_string()).unwrap();
        folder
    }
}

/// The project at a version: its crate and its chart, and a library that it depends on.
fn files(app: &str, chart: &str, library: &str) -> Files {
    let file = |path: &str, text: String| (path.to_owned(), (false, text.into_bytes()));
    let minor: usize = app.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or_default();
    let releases: Vec<String> = (0..=minor).rev().map(|minor| format!("\n## 1.{minor}.0\n\nWork.\n")).collect();
    Files::from([
        file(
            "Cargo.toml",
            format!("[package]\nname = \"app\"\nversion = \"{app}\"\n\n[dependencies]\nlib = \"{library}\"\n"),
        ),
        file("chart/Chart.yaml", format!("apiVersion: v2\nname: app\nversion: {chart}\nappVersion: {app}\n")),
        file("CHANGELOG.md", format!("# Changelog\n{}", releases.concat())),
        file("src/lib.rs", format!("// since 1.0.0\nconst PORT: u16 = {};\n", app.len())),
    ])
}

/// Releases 1.0.0 to 1.6.0 of Ada's, between them work of Grace's and a program that moves the
/// library; and a branch on which half a release is made.
fn history() -> Vec<u8> {
    let mut history = History::default();
    let versions: Vec<String> = (0..7).map(|minor| format!("1.{minor}.0")).collect();
    for (at, version) in versions.iter().enumerate() {
        let (chart, old, new) = (format!("0.{at}.0"), format!("3.{at}.0"), format!("3.{}.0", at + 1));
        let subject = if at % 2 == 0 { format!("Release {version}") } else { "New things".to_owned() };
        history.days(30).commit("main", ADA, &subject, &files(version, &chart, &old));
        history.tag("main", &format!("v{version}"), "A release");
        let bot = "renovate[bot] <bot@example.com>";
        history.days(9).commit("main", bot, &format!("Update dependency lib to {new}"), &files(version, &chart, &new));
        let mut work = files(version, &chart, &new);
        work.insert("src/main.rs".to_owned(), (false, format!("fn main() {{ println!(\"{at}\") }}\n").into_bytes()));
        history.days(2).commit("main", GRACE, "Work", &work);
    }
    let odd = versions.len() - 1;
    let (chart, library) = (format!("0.{odd}.0"), format!("3.{}.0", odd + 1));
    let usage = ("USAGE.md".to_owned(), (false, format!("docker run app:{}\n", versions[odd]).into_bytes()));
    let with_usage = |app: &str| {
        let mut all = files(&versions[odd], &chart, &library);
        all.insert("Cargo.toml".to_owned(), files(app, &chart, &library).remove("Cargo.toml").unwrap());
        all.extend([usage.clone()]);
        all
    };
    history.branch("odd", "main").commit("odd", GRACE, "Say how it runs", &with_usage(&versions[odd]));
    history.days(1).commit("odd", GRACE, "Half a release", &with_usage("1.7.0"));
    history.end()
}

fn read(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("case.json")).unwrap()).unwrap()
}

#[test]
fn releases_are_found_without_the_tool() {
    let world = World::new("mine");
    let mirror = world.mirror(&history());
    let out = world.0.join("cases");
    // The first three are what the others are known by; the very first one has nothing before it.
    assert_eq!(mine(&mirror, &out, 9).unwrap(), 3);
    let mut cases: Vec<Value> = std::fs::read_dir(&out).unwrap().map(|entry| read(&entry.unwrap().path())).collect();
    cases.sort_by_key(|case| case["date"].as_str().map(str::to_owned));
    let last = &cases[2];
    assert_eq!((&last["repository"], &last["date"]), (&json!("ada/app"), &json!("2027-03-13")));
    assert_eq!(
        last["versions"],
        json!([
            { "from": "1.5.0", "to": "1.6.0", "count": 2, "roles": ["app"] },
            { "from": "0.5.0", "to": "0.6.0", "count": 1, "roles": ["chart"] },
        ])
    );
    assert_eq!(last["changes"].as_array().unwrap().len(), 3, "{last:#}");
    assert_eq!(last["changes"][0], json!({ "path": "Cargo.toml", "line": 3, "tokens": [["1.5.0", "1.6.0"]] }));
}

#[test]
fn every_verdict_is_given_where_it_is_due() {
    let world = World::new("verdicts");
    let mirror = world.mirror(&history());
    let head = mirror.text(&["log", "-1", "--format=%H", "v1.6.0"]).unwrap();
    let lone = mirror.text(&["rev-parse", "odd"]).unwrap();
    let (head, lone) = (head.trim(), lone.trim());
    let (toml, chart) = ("Cargo.toml", "chart/Chart.yaml");
    let (now, then) = ([("1.5.0", "1.6.0"), ("0.5.0", "0.6.0")], [("1.6.0", "1.7.0"), ("0.6.0", "0.7.0")]);
    let places = |[app, own]: [(&'static str, &'static str); 2]| {
        vec![(toml, 3, app.0, app.1), (chart, 4, app.0, app.1), (chart, 3, own.0, own.1)]
    };
    let and = |mut all: Vec<(&'static str, usize, &'static str, &'static str)>, more| {
        all.push(more);
        all
    };
    let unseen = ("src/lib.rs", 1, "1.0.0", "2.0.0");
    let unsure = ("USAGE.md", 1, "1.6.0", "1.7.0");
    let cases = [
        (Verdict::Exact, world.case("exact", head, &now, &places(now))),
        (Verdict::Missed, world.case("missed", head, &now, &and(places(now), unseen))),
        (Verdict::Noop, world.case("noop", head, &[("7.7.7", "7.7.8")], &places(now))),
        (Verdict::Refused, world.case("refused", head, &[("1.5.0", "no version")], &places(now))),
        (Verdict::Wrong, world.case("wrong", head, &[("1.5.0", "1.7.0")], &places(now))),
        (Verdict::Spill, world.case("spill", lone, &then, &places(then)[..1])),
        (Verdict::Asked, world.case("asked", lone, &then, &and(places(then), unsure))),
    ];
    let (verdicts, folders): (Vec<Verdict>, Vec<PathBuf>) = cases.into_iter().unzip();
    let found = Bench { binary: binary::xtask(), keep: None }.with_history(&mirror, &folders).unwrap();
    let all = |outcome: &Outcome| (outcome.name.clone(), outcome.all.verdict);
    let wanted: Vec<_> =
        folders.iter().map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned()).zip(verdicts).collect();
    assert_eq!(found.iter().map(all).collect::<Vec<_>>(), wanted, "{found:#?}");
    assert!(found.iter().all(|outcome| outcome.cost.seconds > 0.0 && outcome.cost.own > 1.0), "{found:#?}");
}
