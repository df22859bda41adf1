//! Process A, the weekly app and its chart repository, from end to end: real git remotes, a real registry with a login,
//! real Helm. `STEPS` names each step of the process and how it is seen.

use std::collections::BTreeMap;
use std::fs;

use lockstep_tests::sandbox::Ran;
use lockstep_tests::servers::{helm3, helm4, ready};
use lockstep_tests::weekly::{NEEDS, PLATFORMS, Setting, World};

type State = BTreeMap<String, String>;

/// A release from Monday to Wednesday, and what was seen on the way.
struct Week {
    world: World,
    helm: u8,
    /// Before anything.
    begin: State,
    cut: Ran,
    listed: Ran,
    /// A run by somebody who isn't logged in, and the world after it.
    stranger: (Ran, State),
    /// A plan for a chart version with four numbers.
    four: Ran,
    /// The run that ends at the gate, and the world after it.
    waiting: (Ran, State),
    /// The run that goes on, and the world after it.
    whole: (Ran, State),
    again: (Ran, State),
    /// The same on a machine that knows nothing of it: no clones, no ledger.
    elsewhere: (Ran, State),
}

const NOTES: &str = "### Added\n\n- Dark mode.\n\n### Fixed\n\n- The login page remembers you, see [#44].\n\n\
                     [#44]: https://example.com/acme/app/issues/44\n";

impl Week {
    fn live(setting: Setting) -> Self {
        let world = World::new(setting);
        let begin = world.state();
        // Monday.
        let cut = world.run(&["branch", "--yes"]);
        // Until Wednesday: a fix on the branch, a feature on `main`.
        world.colleague_pushes(
            "app",
            "release-1.27.0",
            "Remember people\n\nFixes: #44",
            "acme/login.py",
            "REMEMBER = 1\n",
        );
        world.colleague_pushes("app", "main", "Count everything (#45)", "acme/count.py", "COUNT = 1\n");
        let listed = world.run(&["notes"]);
        world.write_notes("1.27.0", NOTES);
        // Wednesday.
        world.log_out();
        let stranger = (world.run(&["run", "--yes"]), world.state());
        world.log_in();
        let four = world.run(&["plan", "1.27.0", "chart=0.4.3.1"]);
        let waiting = (world.run(&["run", "--yes"]), world.state());
        world.ci_builds_image("1.27.0");
        let whole = (world.run(&["run", "--yes"]), world.state());
        let again = (world.run(&["run", "--yes"]), world.state());
        for folder in ["../home/.cache", ".git/lockstep"] {
            fs::remove_dir_all(world.sandbox.path(folder)).unwrap();
        }
        let elsewhere = (world.run(&["run", "--yes"]), world.state());
        Self { world, helm: setting.helm, begin, cut, listed, stranger, four, waiting, whole, again, elsewhere }
    }

    /// The one line of a git command in a remote.
    fn line(&self, remote: &str, args: &[&str]) -> String {
        self.world.git(remote, args).trim_end().to_owned()
    }
}

/// A step of the process, how it is seen, and the look.
type Step = (&'static str, &'static str, fn(&Week));

const STEPS: &[Step] = &[
    ("A1", "the branch begins at `main`'s tip; the fix is on it, the later feature isn't", cut),
    ("A2", "production has the release's own files before anything is public, once", deployed),
    ("A3", "the subjects `1.26.0..release-1.27.0`, and no others", listed),
    ("A4", "the section a person wrote, above the last one, in a commit of its own", noted),
    ("A5", "`VERSION` and nothing else changes, in `Bump version 1.27.0`", bumped),
    ("A6", "an annotated tag `1.27.0`, `Version 1.27.0`, at the branch's tip, pushed with it", tagged),
    ("A7", "without the image: exit 5, and the charts are as they were", gated),
    ("A8", "both chart files say app 1.27.0 and chart 0.4.3", charted),
    ("A9", "`chart=0.4.3.1` is refused before anything", three_numbers),
    ("A10", "`values.yaml` has `release-1.27.0`, with its comment", pointed),
    ("A11", "commit, tag and archive of the chart; Helm installs it from the pages and the registry", published),
    ("A12", "logged out: `docker login`, exit 4, nothing has changed; no password anywhere", logged_in),
];

#[test]
fn every_step_of_the_process_is_here() {
    let ids: Vec<String> = STEPS.iter().map(|(id, ..)| (*id).to_owned()).collect();
    assert_eq!(ids, (1..=12).map(|number| format!("A{number}")).collect::<Vec<_>>());
}

#[test]
fn a_week_over_files() {
    if ready("a_week_over_files", NEEDS) {
        see(&Week::live(Setting { http: false, helm: 3, ..Setting::default() }));
    }
}

#[test]
fn a_week_over_http() {
    if ready("a_week_over_http", NEEDS) {
        see(&Week::live(Setting { http: true, helm: 4, ..Setting::default() }));
    }
}

fn see(week: &Week) {
    for (id, how, look) in STEPS {
        println!("{id}: {how}");
        look(week);
    }
    week.again.0.clone().code(0).says("everything is there already");
    week.elsewhere.0.clone().code(0);
    for (_, state) in [&week.again, &week.elsewhere] {
        assert_eq!(*state, week.whole.1, "a release that is made is left alone");
    }
    let checkout = week.world.sandbox.git(&["status", "--short"]);
    assert_eq!(checkout, "?? release-config/notes/\n", "the releaser's checkout is theirs");
}

fn cut(week: &Week) {
    week.cut.clone().code(0).says("release-1.27.0");
    let main = &week.begin["app refs/heads/main"];
    assert_eq!(week.line("app", &["merge-base", "release-1.27.0", "main"]), *main);
    let names = week.line("app", &["ls-tree", "--name-only", "1.27.0", "acme/"]);
    assert!(names.contains("acme/login.py") && !names.contains("acme/count.py"), "{names}");
}

fn deployed(week: &Week) {
    let production = "deploy 1.27.0 to production: VERSION = \"1.27.0\"";
    assert_eq!(week.waiting.1["production"], production);
    assert_eq!(week.whole.1["production"], production, "it is there already");
    let said = &week.waiting.0.stderr;
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("`{words}` is not in\n{said}"));
    assert!(at("] run `./deploy 1.27.0`") < at("] push `release-1.27.0`"), "{said}");
}

fn listed(week: &Week) {
    let listed = week.listed.clone().code(0);
    for subject in ["Add dark mode (#41)", "Greet people (#42)", "Say what the page is about", "Remember people"] {
        listed.clone().says(subject);
    }
    listed.says_nothing_of("Bump version").says_nothing_of("Count everything").says_nothing_of("Draw funnels");
}

fn noted(week: &Week) {
    let changelog = week.world.show("app", "1.27.0", "CHANGELOG.md");
    assert_eq!(changelog.matches("## [1.27.0] - 2026-07-01\n\n### Added\n\n- Dark mode.\n").count(), 1, "{changelog}");
    let old = week.world.show("app", "main", "CHANGELOG.md");
    let section =
        |text: &str, version: &str| text.split("\n## [").find(|part| part.starts_with(version)).map(str::to_owned);
    assert_eq!(section(&changelog, "1.25.0"), section(&old, "1.25.0"));
    assert!(changelog.find("## [1.27.0]") < changelog.find("## [1.26.0]"), "{changelog}");
    for line in old.lines().filter(|line| line.starts_with('[')) {
        assert!(changelog.contains(line), "`{line}` is lost:\n{changelog}");
    }
    assert_eq!(week.line("app", &["log", "-1", "--format=%s", "1.27.0^"]), "Changelog version 1.27.0");
    assert_eq!(week.line("app", &["diff", "--name-only", "1.27.0^^", "1.27.0^"]), "CHANGELOG.md");
}

fn bumped(week: &Week) {
    assert_eq!(week.line("app", &["log", "-1", "--format=%s|%an|%cn", "1.27.0"]), "Bump version 1.27.0|Ada|Ada");
    assert_eq!(week.line("app", &["diff", "--numstat", "1.27.0^", "1.27.0"]), "1\t1\tacme/settings.py");
    assert!(week.world.show("app", "1.27.0", "acme/settings.py").contains("VERSION = \"1.27.0\"\n"));
}

fn tagged(week: &Week) {
    let format = "--format=%(objecttype) %(contents:subject) %(*objectname)";
    let tip = week.line("app", &["rev-parse", "release-1.27.0"]);
    let tag = week.line("app", &["for-each-ref", format, "refs/tags/1.27.0"]);
    assert_eq!(tag, format!("tag Version 1.27.0 {tip}"));
    assert_eq!(week.line("app", &["rev-list", "--count", "--first-parent", "main..release-1.27.0"]), "3");
}

fn gated(week: &Week) {
    let (ran, state) = &week.waiting;
    ran.clone().code(5).says("acme/app:release-1.27.0` isn't in its registry");
    assert!(state.contains_key("app refs/tags/1.27.0"), "the tag is what CI builds from");
    for (name, value) in week.begin.iter().filter(|(name, _)| name.starts_with("charts ") || *name == "index.yaml") {
        assert_eq!(&state[name], value, "{name}");
    }
    week.whole.0.clone().code(0).says("released: app 1.27.0, chart 0.4.3");
}

fn charted(week: &Week) {
    for file in ["Chart.yaml", "ChartV3.yaml"] {
        let (new, old) =
            (format!("charts/acme/{file}"), week.world.show("charts", "0.4.2", &format!("charts/acme/{file}")));
        let wanted = old.replace("0.4.2", "0.4.3").replace("1.26.0", "1.27.0");
        assert_eq!(week.world.show("charts", "0.4.3", &new), wanted);
    }
}

fn three_numbers(week: &Week) {
    week.four.clone().code(2).says("0.4.3.1");
}

fn pointed(week: &Week) {
    let values = week.world.show("charts", "0.4.3", "charts/acme/values.yaml");
    assert!(values.contains("\n  tag: release-1.27.0 # moves with the app\n"), "{values}");
    week.world.sandbox.git_in("../charts", &["pull", "-q", "--ff-only"]);
    week.world.sandbox.git(&["pull", "-q", "--ff-only", &week.world.remote("app").to_string_lossy(), "release-1.27.0"]);
    week.world.run(&["check", "--images"]).code(0);
}

fn published(week: &Week) {
    let world = &week.world;
    let subject = "Bump app version to 1.27.0, release chart version 0.4.3";
    assert_eq!(week.line("charts", &["log", "-1", "--format=%s", "0.4.3"]), subject);
    assert_eq!(week.line("charts", &["rev-parse", "0.4.3^{commit}"]), week.line("charts", &["rev-parse", "master"]));
    assert_eq!(week.line("charts", &["cat-file", "-t", "refs/tags/0.4.3"]), "tag");
    // The old entries are what they were, byte for byte.
    let (old, new) = (&week.begin["index.yaml"], &week.whole.1["index.yaml"]);
    let entries = old.split_once("  acme:\n").unwrap().1.split_once("generated:").unwrap().0;
    assert!(new.contains(entries) && new.contains("acme-0.4.3.tgz"), "{new}");
    // One archive, in both places.
    let pages = world.sandbox.path("../pages");
    world.sandbox.git(&["clone", "-q", "-b", "gh-pages", &world.remote("charts").to_string_lossy(), "../pages"]);
    let oci = format!("oci://{}/charts/acme", world.registry.host());
    for helm in [helm3(), helm4()] {
        let name = helm.file_name().unwrap().to_string_lossy().into_owned();
        let run = |args: &[&str]| {
            let mut command = world.sandbox.command(&helm, "..");
            command.args(args);
            world.sandbox.output(command).code(0)
        };
        fs::create_dir(world.sandbox.path(format!("../{name}"))).unwrap();
        run(&["pull", &oci, "--version", "0.4.3", "--plain-http", "-d", &name]);
        run(&["lint", &format!("{name}/acme-0.4.3.tgz")]);
        run(&["template", &format!("{name}/acme-0.4.3.tgz")]).says("acme/app:release-1.27.0");
        let pulled = fs::read(world.sandbox.path(format!("../{name}/acme-0.4.3.tgz"))).unwrap();
        assert_eq!(pulled, fs::read(pages.join("acme-0.4.3.tgz")).unwrap(), "Helm {}", week.helm);
        // Helm itself makes the same entries, but for the moment.
        fs::copy(pages.join("index.yaml"), world.sandbox.path("../old.yaml")).unwrap();
        run(&["repo", "index", "pages", "--url", "https://acme.github.io/charts", "--merge", "old.yaml"]);
        let index = |path: &str| -> serde_yaml::Value {
            let text = world.sandbox.read(path);
            let timeless = text.lines().filter(|line| !line.trim_start().starts_with("created: "));
            serde_yaml::from_str(&timeless.collect::<Vec<_>>().join("\n")).unwrap()
        };
        assert_eq!(index("../pages/index.yaml")["entries"], index("../old.yaml")["entries"]);
    }
    assert_eq!(world.registry.pushes("charts/acme", "0.4.3"), 1);
}

fn logged_in(week: &Week) {
    let (ran, state) = &week.stranger;
    ran.clone().code(4).says("`docker login [REGISTRY]`");
    assert_eq!(ran.stderr.matches("error:").count(), 1, "one cause is said once: {ran}");
    let cut: State = week.begin.clone();
    for (name, value) in state {
        let moved = name == "app refs/heads/release-1.27.0" || name == "app refs/heads/main";
        assert!(moved || cut.get(name) == Some(value), "{name} changed");
    }
    let all = [&week.cut, &week.listed, ran, &week.four, &week.waiting.0, &week.whole.0, &week.again.0];
    for ran in all {
        assert!(!format!("{ran}").contains("correct-horse"), "{ran}");
        assert!(!format!("{ran}").contains("YWRhOmNvcnJlY3QtaG9yc2U="), "{ran}");
    }
}

#[test]
fn what_is_asked_twice_is_done_once() {
    if !ready("what_is_asked_twice_is_done_once", NEEDS) {
        return;
    }
    let world = World::new(Setting::default());
    world.registry.put_image("acme/app", "release-1.27.0", PLATFORMS);
    world.run(&["branch", "minor", "--yes"]).code(0);
    world.write_notes("1.27.0", NOTES);
    let run = || world.run(&["run", "minor", "chart=minor", "--yes"]);
    run().code(0).says("released: app 1.27.0, chart 0.5.0");
    let state = world.state();
    run().code(0);
    assert_eq!(world.state(), state);
    fs::remove_dir_all(world.sandbox.path(".git/lockstep")).unwrap();
    run().code(0);
    assert_eq!(world.state(), state, "the ledger explains, and doesn't decide");
}

#[test]
fn the_world_is_put_back() {
    if !ready("the_world_is_put_back", NEEDS) {
        return;
    }
    let world = World::new(Setting::default());
    world.run(&["check", "--images"]).code(0).says("consistent");
    let state = world.state();
    assert_eq!(world.git("app", &["tag"]), "1.24.0\n1.25.0\n1.26.0\n");
    world.colleague_pushes("app", "main", "More (#43)", "acme/more.py", "");
    world.registry.put_image("acme/app", "release-9", &["linux/amd64"]);
    assert_ne!(world.state(), state);
    world.reset();
    assert_eq!(world.state(), state);
    world.run(&["check", "--images"]).code(0);
}
