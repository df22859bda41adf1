//! The remotes of the world: what was committed, tagged and published in the last weeks.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use super::NOW;
use crate::history::{ADA, Files, GRACE, History, files, import, replace};
use crate::sandbox::Sandbox;
use crate::tour::repository;

/// What stands for the registry in the files of `tests/weekly` and in the example.
const REGISTRY: &str = "registry.example.com";
/// Where the charts' pages are read.
pub const PAGES: &str = "https://acme.github.io/charts";

/// Where things are in a world.
pub struct Places<'p> {
    /// The URL of the app's remote, as the configuration says it.
    pub app: &'p str,
    /// That of the charts' remote.
    pub charts: &'p str,
    /// The registry's name and port.
    pub registry: &'p str,
    /// How long an image is waited for.
    pub wait: &'p str,
}

/// Makes the remotes `remotes/app.git` and `remotes/charts.git` below a folder.
pub fn build(root: &Path, places: &Places<'_>, helm: &Path) {
    let ours = repository().join("tests/weekly");
    let mut app = files(&ours.join("app"));
    app.insert("release-config/release.toml".to_owned(), (false, config(places).into_bytes()));
    let mut charts = files(&ours.join("charts"));
    replace(&mut charts, "charts/acme/values.yaml", REGISTRY, places.registry);
    let (mut lived, mut released) = (app_history(&app), charts_history(&charts));
    pages_history(&mut released, helm, &ours);
    for (name, branch, history) in [("app", "main", &mut lived), ("charts", "master", &mut released)] {
        let path = root.join("remotes").join(format!("{name}.git"));
        let mut git = Command::new("git");
        git.args(["init", "-q", "--bare", "--template=", "-b", branch])
            .arg(&path)
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(git.env("GIT_CONFIG_NOSYSTEM", "1").status().unwrap().success());
        import(&path, &history.end());
    }
}

/// The example's configuration, with the addresses of a world in the place of its own.
pub fn config(places: &Places<'_>) -> String {
    let example = repository().join("release-config/examples/weekly-app-with-chart/release.toml");
    let mut text = fs::read_to_string(example).unwrap();
    let changes = [
        ("https://example.com/acme/app.git", places.app),
        ("https://example.com/acme/charts.git", places.charts),
        (REGISTRY, places.registry),
        ("wait = \"45m\"", &format!("wait = \"{}\"", places.wait)),
    ];
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in the example");
        text = text.replace(from, to);
    }
    assert!(text.contains(&format!("url = \"{PAGES}\"")), "the example's pages are somewhere else");
    text
}

fn app_history(now: &Files) -> History {
    let mut history = History::default();
    let at = |version: &str| {
        let mut files = now.clone();
        if version != "1.26.0" {
            replace(&mut files, "acme/settings.py", "1.26.0", version);
        }
        let (_, changelog) = files.get_mut("CHANGELOG.md").unwrap();
        *changelog = changelog_until(&String::from_utf8_lossy(changelog), version).into_bytes();
        files
    };
    history.commit("main", ADA, "Bump version 1.24.0", &at("1.24.0")).tag("main", "1.24.0", "Version 1.24.0");
    let mut next = at("1.24.0");
    next.insert("acme/funnels.py".to_owned(), (false, b"\"\"\"Funnels.\"\"\"\n".to_vec()));
    history.days(3).commit("main", GRACE, "Draw funnels (#31)", &next);
    let with_funnels = |mut files: Files| {
        files.insert("acme/funnels.py".to_owned(), next["acme/funnels.py"].clone());
        files
    };
    let files = with_funnels(at("1.25.0"));
    history.days(4).commit("main", ADA, "Bump version 1.25.0", &files).tag("main", "1.25.0", "Version 1.25.0");
    let mut files = with_funnels(at("1.26.0"));
    replace(&mut files, "acme/settings.py", "1.26.0", "1.25.0");
    history.days(7).commit("main", ADA, "Changelog version 1.26.0", &files);
    replace(&mut files, "acme/settings.py", "1.25.0", "1.26.0");
    history.commit("main", ADA, "Bump version 1.26.0", &files).tag("main", "1.26.0", "Version 1.26.0");
    files.insert("acme/dark.py".to_owned(), (false, b"\"\"\"Dark mode.\"\"\"\n".to_vec()));
    history.days(1).commit("main", GRACE, "Add dark mode (#41)", &files);
    replace(&mut files, "acme/views.py", "Hello from Acme", "Welcome to Acme");
    history.days(1).commit("main", GRACE, "Greet people (#42)", &files);
    replace(&mut files, "docs/install.md", "# Install", "# How to install it");
    history.commit("main", ADA, "Say what the page is about", &files);
    history
}

/// The changelog as it was at a version.
fn changelog_until(text: &str, version: &str) -> String {
    let keep =
        |line: &&str| !line.starts_with('[') || line[1..].split(']').next().is_some_and(|named| named <= version);
    let (head, sections) = text.split_once("\n## [").unwrap();
    let mut out = head.to_owned();
    for section in sections.split("\n## [").filter(|section| section.split(']').next().unwrap() <= version) {
        out.push_str(&format!("\n## [{section}"));
    }
    out.lines().filter(keep).map(|line| format!("{line}\n")).collect()
}

fn charts_history(now: &Files) -> History {
    let mut history = History::default();
    for (week, (app, chart)) in RELEASED.into_iter().enumerate() {
        history.days(if week == 0 { 0 } else { 7 });
        let message = format!("Bump app version to {app}, release chart version {chart}");
        history.commit("master", ADA, &message, &chart_at(now, app, chart));
        history.tag("master", chart, chart);
    }
    let mut files = now.clone();
    replace(&mut files, "README.md", "# Charts", "# The charts of Acme");
    history.days(1).commit("master", GRACE, "Say whose charts these are", &files);
    history
}

/// The versions of the last weeks: app and chart.
const RELEASED: [(&str, &str); 3] = [("1.24.0", "0.4.0"), ("1.25.0", "0.4.1"), ("1.26.0", "0.4.2")];

fn chart_at(now: &Files, app: &str, chart: &str) -> Files {
    let mut files = now.clone();
    for path in ["charts/acme/Chart.yaml", "charts/acme/ChartV3.yaml"] {
        replace(&mut files, path, "1.26.0", app);
        replace(&mut files, path, "0.4.2", chart);
    }
    replace(&mut files, "charts/acme/values.yaml", "1.26.0", app);
    files
}

/// The pages' branch, of the two releases that are kept there.
fn pages_history(history: &mut History, helm: &Path, ours: &Path) {
    let mut files = files(&ours.join("pages"));
    history.commit("gh-pages", ADA, "Begin the pages", &files);
    for (version, published) in published(helm, ours) {
        files.extend(published);
        history.commit("gh-pages", ADA, &format!("Publish acme {version}"), &files);
    }
}

/// What Helm made of the last two charts: for each version its archive and the index after it. Made once for each Helm.
fn published(helm: &Path, ours: &Path) -> Vec<(String, Files)> {
    static MADE: Mutex<BTreeMap<PathBuf, Vec<(String, Files)>>> = Mutex::new(BTreeMap::new());
    let mut all = MADE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    all.entry(helm.to_owned()).or_insert_with(|| publish(helm, ours)).clone()
}

fn publish(helm: &Path, ours: &Path) -> Vec<(String, Files)> {
    let sandbox = Sandbox::folder(&[]);
    let run = |args: &[&str]| {
        let mut command = sandbox.command(helm, "");
        command.args(args);
        sandbox.output(command).code(0)
    };
    let now = files(&ours.join("charts"));
    let mut published = Vec::new();
    for (at, (app, chart)) in RELEASED.into_iter().enumerate().skip(1) {
        for (path, (_, bytes)) in chart_at(&now, app, chart) {
            sandbox.write(&path, bytes);
            // An archive bears the times of its files.
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
            File::options().write(true).open(sandbox.path(&path)).unwrap().set_modified(time).unwrap();
        }
        run(&["package", "charts/acme", "-d", "out"]);
        run(&["repo", "index", "out", "--url", PAGES]);
        let mut made = files(&sandbox.path("out"));
        let (_, index) = made.get_mut("index.yaml").unwrap();
        *index = at_noon(&String::from_utf8_lossy(index), at).into_bytes();
        published.push((chart.to_owned(), made));
    }
    published
}

/// The index with the moments of the releases: Helm writes those of its run.
fn at_noon(index: &str, week: usize) -> String {
    let mut entries = (0..=week).rev();
    let line = |line: &str| {
        let head = &line[..line.len() - line.trim_start().len()];
        let day = 10 + 7 * week;
        if line.trim_start().starts_with("created: ") {
            let day = 10 + 7 * entries.next().unwrap_or_default();
            format!("{head}created: \"2026-06-{day}T12:00:00.123456789Z\"\n")
        } else if line.starts_with("generated: ") {
            format!("generated: \"2026-06-{day}T12:00:01.123456789Z\"\n")
        } else {
            format!("{line}\n")
        }
    };
    index.lines().map(line).collect()
}
