//! `check --history`: what the trees of past releases said, in repositories of every kind.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use lockstep_tests::history::{ADA, Files, History, import};
use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::{Sandbox, assert_untouched};
use serde_json::Value;
use xtask::survey::past::past_drift;
use xtask::tools::git::Git;

/// One track in three places.
const THREE: &str = r#"[track.app]

[[manifest]]
path = "app.py"
python.VERSION = "{app}"

[[manifest]]
path = "Chart.yaml"
yaml.appVersion = "v{app}"

[[manifest]]
path = "docs/*.md"
text.'docker pull acme/app:{}' = "v{app}"
"#;

fn tree(files: &[(&str, &str)]) -> Files {
    files.iter().map(|(path, text)| ((*path).to_owned(), (false, text.as_bytes().to_vec()))).collect()
}

/// The three places; an empty text leaves its file out.
fn three(app: &str, chart: &str, docs: &str) -> Files {
    let mut files = Files::new();
    let mut add = |path: &str, version: &str, text: String| {
        if !version.is_empty() {
            files.insert(path.to_owned(), (false, text.into_bytes()));
        }
    };
    add("app.py", app, format!("VERSION = \"{app}\"\n"));
    add("Chart.yaml", chart, format!("name: app\nappVersion: v{chart}\n"));
    add("docs/install.md", docs, format!("    docker pull acme/app:v{docs}\n"));
    files
}

/// A repository with this past, and with this configuration in its work tree only.
fn repository(config: &str, past: &mut History) -> Sandbox {
    let sandbox = Sandbox::bare(&[]);
    import(&sandbox.path(""), &past.end());
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox.write(CONFIG, config);
    sandbox
}

/// Seven releases, a month apart: the chart was forgotten for two of them, one tag is on the wrong tree.
fn forgetful() -> Sandbox {
    let mut past = History::default();
    for (tag, app, chart, docs) in [
        ("v1.0.0", "1.0.0", "", ""),
        ("v1.1.0", "1.1.0", "1.1.0", ""),
        ("v1.2.0", "1.2.0", "1.1.0", "1.2.0"),
        ("v1.3.0", "1.3.0", "1.1.0", "1.3.0"),
        ("v1.4.0", "1.4.0", "1.4.0", "1.4.0"),
        ("v1.5.0", "1.4.0", "1.4.0", "1.4.0"),
        ("v1.5.1", "1.5.1", "1.5.1", "1.5.0"),
    ] {
        past.days(30).commit("main", ADA, tag, &three(app, chart, docs)).tag("main", tag, tag);
    }
    repository(THREE, &mut past)
}

#[track_caller]
fn check(sandbox: &Sandbox, args: &[&str], expected: Expect) {
    let before = sandbox.state();
    expected.assert_eq(&sandbox.run(args).to_string());
    assert_untouched(&before, &sandbox.state(), "a look");
}

#[test]
fn past_drift_is_told_by_tag_and_by_place() {
    let sandbox = forgetful();
    check(
        &sandbox,
        &["check", "--history"],
        expect![[r#"
        exit 0
        --- stdout
        v1.5.1  2 of 3 places agree: docs/install.md says v1.5.0
        v1.5.0  0 of 3 places agree: none says 1.5.0; app.py says 1.4.0; Chart.yaml and docs/install.md say v1.4.0
        v1.3.0  2 of 3 places agree: Chart.yaml says v1.1.0
        v1.2.0  2 of 3 places agree: Chart.yaml says v1.1.0

        Chart.yaml       behind in 1.2.0, 1.3.0, 1.5.0 (3 of 6 releases, 90 days)
        docs/install.md  behind in 1.5.0, 1.5.1 (2 of 5 releases, 30 days, still)
        app.py           behind in 1.5.0 (1 of 7 releases, 30 days)
        --- stderr
        3 of 7 tags agree: 18 places compared, 1 not there at the time
    "#]],
    );
    check(
        &sandbox,
        &["check", "--history", "--strict", "-q"],
        expect![[r#"
        exit 1
        --- stdout
        v1.5.1  2 of 3 places agree: docs/install.md says v1.5.0
        v1.5.0  0 of 3 places agree: none says 1.5.0; app.py says 1.4.0; Chart.yaml and docs/install.md say v1.4.0
        v1.3.0  2 of 3 places agree: Chart.yaml says v1.1.0
        v1.2.0  2 of 3 places agree: Chart.yaml says v1.1.0

        Chart.yaml       behind in 1.2.0, 1.3.0, 1.5.0 (3 of 6 releases, 90 days)
        docs/install.md  behind in 1.5.0, 1.5.1 (2 of 5 releases, 30 days, still)
        app.py           behind in 1.5.0 (1 of 7 releases, 30 days)
    "#]],
    );
    check(
        &sandbox,
        &["check", "--history", "--last", "1"],
        expect![[r#"
        exit 0
        --- stdout
        v1.5.1  2 of 3 places agree: docs/install.md says v1.5.0

        docs/install.md  behind in 1.5.1 (the only release, still)
        --- stderr
        0 of 1 tags agree: 3 places compared
        skipped: 6 older than the last ones
    "#]],
    );
    check(
        &sandbox,
        &["check", "--history", "--format", "github"],
        expect![[r#"
        exit 0
        --- stdout
        ::notice file=Chart.yaml,title=past-drift::`yaml.appVersion`: behind in 1.2.0, 1.3.0, 1.5.0 (3 of 6 releases, 90 days)
        ::notice file=docs/install.md,title=past-drift::`text.docker pull acme/app:{}`: behind in 1.5.0, 1.5.1 (2 of 5 releases, 30 days, still)
        ::notice file=app.py,title=past-drift::`python.VERSION`: behind in 1.5.0 (1 of 7 releases, 30 days)
    "#]],
    );
}

#[test]
fn programs_get_the_whole_past() {
    let sandbox = forgetful();
    let ran = sandbox.run(&["check", "--history", "--format", "json"]).code(0);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&json["format"], &json["consistent"], &json["agree"]), (&1.into(), &false.into(), &3.into()));
    let tags = json["tags"].as_array().unwrap();
    assert_eq!(tags.len(), 7);
    assert_eq!((&tags[1]["tag"], &tags[1]["stated"]), (&"v1.5.0".into(), &false.into()));
    let drift = &tags[4]["drift"][0];
    assert_eq!((&drift["path"], &drift["says"]), (&"Chart.yaml".into(), &"v1.1.0".into()));
    assert_eq!((&drift["wanted"], &drift["locator"]), (&"v1.2.0".into(), &"yaml.appVersion".into()));
    assert_eq!(json["places"][0]["days"], 90);
    let ran = sandbox.run(&["check", "--history", "--format", "sarif"]).code(0);
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"past-drift".into(), &"note".into()));
}

#[test]
fn a_past_without_drift_is_praised() {
    let mut past = History::default();
    for version in ["1.0.0", "1.1.0"] {
        let tag = format!("v{version}");
        past.days(1).commit("main", ADA, &tag, &three(version, version, version)).tag("main", &tag, &tag);
    }
    let sandbox = repository(THREE, &mut past);
    check(
        &sandbox,
        &["check", "--history", "--strict"],
        expect![[r#"
        exit 0
        --- stderr
        2 of 2 tags agree: 6 places compared
    "#]],
    );
    sandbox.git(&["tag", "-d", "v1.0.0", "v1.1.0"]);
    check(
        &sandbox,
        &["check", "--history", "--strict"],
        expect![[r#"
        exit 0
        --- stderr
        there is no past release to compare
    "#]],
    );
}

#[test]
fn what_looks_at_something_else_is_refused() {
    let sandbox = forgetful();
    for other in [&["--staged"][..], &["--rev", "v1.0.0"], &["--fix"], &["--strays"], &["--images"]] {
        let args = [&["check", "--history"], other].concat();
        sandbox.run(&args).code(2).says(&format!("cannot be used with '{}", other[0]));
    }
    for alone in [&["check", "--last", "3"][..], &["check", "--strict"]] {
        sandbox.run(alone).code(2).says("--history");
    }
    sandbox.run(&["check", "--history", "--last", "0"]).code(2).says("0 is not in 1..");
}

/// Each branch knows its own layout: the configuration in a tag's tree is the one for that tag.
#[test]
fn a_tree_with_a_configuration_is_judged_by_it() {
    let mut past = History::default();
    let with = |config: &str, mut files: Files| {
        files.insert(CONFIG.to_owned(), (false, config.as_bytes().to_vec()));
        files
    };
    let only_app = "[track.app]\n[[manifest]]\npath = \"app.py\"\npython.VERSION = \"{app}\"\n";
    let other_tag = only_app.replace("[track.app]", "[track.app]\ntag = \"{version}\"");
    past.commit("main", ADA, "one", &with(only_app, three("1.0.0", "0.9.0", "0.9.0"))).tag("main", "v1.0.0", "");
    past.days(1)
        .commit("main", ADA, "two", &with("[track", three("1.1.0", "1.1.0", "1.0.0")))
        .tag("main", "v1.1.0", "");
    past.days(1).commit("main", ADA, "three", &with(THREE, three("1.2.0", "1.2.0", "1.1.0"))).tag("main", "v1.2.0", "");
    past.days(1).commit("main", ADA, "four", &with(&other_tag, three("1.3.0", "1.3.0", "1.1.0")));
    past.tag("main", "v1.3.0", "");
    let sandbox = repository(THREE, &mut past);
    check(
        &sandbox,
        &["check", "--history"],
        expect![[r#"
        exit 0
        --- stdout
        v1.2.0  2 of 3 places agree: docs/install.md says v1.1.0
        v1.1.0  2 of 3 places agree: docs/install.md says v1.0.0

        docs/install.md  behind in 1.1.0, 1.2.0 (all 2 releases, 1 day, still)
        --- stderr
        1 of 3 tags agree: 7 places compared
        judged by the tag's own `release-config/release.toml`: 2, by today's: 1
        skipped: 1 naming no version of a track
        1 tag's own `release-config/release.toml` can't be read now: judged by today's
    "#]],
    );
    // One that is named is meant for all.
    sandbox.write("other.toml", THREE);
    sandbox.run(&["check", "--history", "--config", "other.toml"]).code(0).says("0 of 4 tags agree");
}

#[test]
fn tags_of_every_kind() {
    let sandbox = forgetful();
    sandbox.git(&["tag", "v1.4.9", "v1.4.0^{commit}"]);
    sandbox.git(&["tag", "-a", "-m", "a tag of a tag", "v1.4.8", "v1.4.0"]);
    sandbox.git(&["tag", "v1.4.7", "v1.4.0:app.py"]);
    sandbox.git(&["tag", "v1.4.6", "v1.4.0^{tree}"]);
    for other in ["nightly", "v1", "v1.4.0-enterprise", "v1.4.4-0123abc", "v1.4.0-rc1"] {
        sandbox.git(&["tag", other, "v1.4.0^{commit}"]);
    }
    for odd in ["-v1.4.0", "--all", "v1.4.0;canary", "$(canary)"] {
        sandbox.git(&["update-ref", &format!("refs/tags/{odd}"), "v1.4.0^{commit}"]);
    }
    // A branch of its own that nobody merged.
    sandbox.git(&["checkout", "-q", "--orphan", "other"]);
    sandbox.write("app.py", "VERSION = \"9.0.0\"\n");
    sandbox.git(&["add", "app.py"]);
    sandbox.git(&["commit", "-qm", "other"]);
    sandbox.git(&["tag", "v9.0.0"]);
    // A reference to what isn't here.
    sandbox.write(".git/refs/tags/v1.4.5", format!("{}\n", "1".repeat(40)));
    check(
        &sandbox,
        &["check", "--history"],
        expect![[r#"
        exit 0
        --- stdout
        v9.0.0      1 of 3 places agree: Chart.yaml says v1.5.1; docs/install.md says v1.5.0
        v1.5.1      2 of 3 places agree: docs/install.md says v1.5.0
        v1.5.0      0 of 3 places agree: none says 1.5.0; app.py says 1.4.0; Chart.yaml and docs/install.md say v1.4.0
        v1.4.9      0 of 3 places agree: none says 1.4.9; app.py says 1.4.0; Chart.yaml and docs/install.md say v1.4.0
        v1.4.8      0 of 3 places agree: none says 1.4.8; app.py says 1.4.0; Chart.yaml and docs/install.md say v1.4.0
        v1.4.0-rc1  0 of 3 places agree: none says 1.4.0-rc1; app.py says 1.4.0; Chart.yaml and docs/install.md say v1.4.0
        v1.3.0      2 of 3 places agree: Chart.yaml says v1.1.0
        v1.2.0      2 of 3 places agree: Chart.yaml says v1.1.0

        Chart.yaml       off in 1.2.0 … 1.4.0-rc1, 1.4.8 … 1.5.0, 9.0.0 (7 of 11 releases, 120 days, still)
        docs/install.md  off in 1.4.0-rc1, 1.4.8 … 9.0.0 (6 of 10 releases, still)
        app.py           off in 1.4.0-rc1, 1.4.8 … 1.5.0 (4 of 12 releases, 60 days)
        --- stderr
        4 of 12 tags agree: 33 places compared, 1 not there at the time
        skipped: 7 naming no version of a track, 3 marking no commit that is here
    "#]],
    );
}

#[test]
fn of_a_family_each_member_has_its_own_past() {
    let config = "[track.app]\ntag = \"\"\n[track.chart]\nscheme = \"chart\"\ntag = \"{name}-{version}\"\n\
                  [[manifest]]\npath = \"charts/{chart}/Chart.yaml\"\nyaml.version = \"{chart}\"\nyaml.appVersion = \"{app}\"\n\
                  [[manifest]]\npath = \"charts/{chart}/README.md\"\ntext.'Version: {}' = \"{chart}\"\ntext.'App: {}' = \"{app}\"\n";
    let chart = |name: &str, version: &str, app: &str, readme: (&str, &str)| {
        let (shown, shown_app) = readme;
        [
            (format!("charts/{name}/Chart.yaml"), format!("name: {name}\nversion: {version}\nappVersion: {app}\n")),
            (format!("charts/{name}/README.md"), format!("Version: {shown}\nApp: {shown_app}\n")),
        ]
    };
    let files = |charts: [[(String, String); 2]; 2]| -> Files {
        charts.into_iter().flatten().map(|(path, text)| (path, (false, text.into_bytes()))).collect()
    };
    let mut past = History::default();
    past.commit(
        "main",
        ADA,
        "1",
        &files([
            chart("web", "2.0.0", "1.0.0", ("2.0.0", "1.0.0")),
            chart("web-db", "0.1.0", "0.9.0", ("0.1.0", "0.9.0")),
        ]),
    );
    past.tag("main", "web-2.0.0", "").tag("main", "web-db-0.1.0", "");
    // The other chart stays at the older application: that is its own affair.
    past.days(9).commit(
        "main",
        ADA,
        "2",
        &files([
            chart("web", "2.1.0", "1.1.0", ("2.0.0", "1.1.0")),
            chart("web-db", "0.1.0", "0.9.0", ("0.1.0", "0.9.0")),
        ]),
    );
    past.tag("main", "web-2.1.0", "");
    past.days(9).commit(
        "main",
        ADA,
        "3",
        &files([
            chart("web", "2.1.0", "1.1.0", ("2.0.0", "1.1.0")),
            chart("web-db", "0.2.0", "1.1.0", ("0.2.0", "0.9.0")),
        ]),
    );
    past.tag("main", "web-db-0.2.0", "").tag("main", "gone-1.0.0", "");
    check(
        &repository(config, &mut past),
        &["check", "--history"],
        expect![[r#"
        exit 0
        --- stdout
        web-2.1.0     3 of 4 places agree: charts/web/README.md says 2.0.0
        web-db-0.2.0  3 of 4 places agree: charts/web-db/README.md says 0.9.0

        charts/web-db/README.md  behind in 0.2.0 (1 of 2 releases, still)
        charts/web/README.md     behind in 2.1.0 (1 of 2 releases, still)
        --- stderr
        2 of 4 tags agree: 16 places compared
        skipped: 1 of a time without these places
    "#]],
    );
}

#[test]
fn every_repository_has_tags_of_its_own() {
    let config = format!(
        "{THREE}[track.chart]\nrepo = \"charts\"\ntag = \"chart-{{version}}\"\n[repo.charts]\n[[manifest]]\nrepo = \"charts\"\n\
         path = \"Chart.yaml\"\nyaml.version = \"{{chart}}\"\nyaml.appVersion = \"{{app}}\"\n[[manifest]]\nrepo = \"charts\"\n\
         path = \"values.yaml\"\nyaml.tag = \"v{{app}}\"\n"
    );
    let mut past = History::default();
    past.commit("main", ADA, "1", &three("1.0.0", "1.0.0", "1.0.0")).tag("main", "v1.0.0", "");
    let sandbox = repository(&config, &mut past);
    check(
        &sandbox,
        &["check", "--history"],
        expect![[r#"
        exit 0
        --- stderr
        warning: the repository `charts` isn't checked out at `[SANDBOX]/charts`; its tags aren't looked at
        1 of 1 tags agree: 3 places compared
    "#]],
    );
    let charts = |version: &str, app: &str, image: &str| {
        let chart = format!("version: {version}\nappVersion: {app}\n");
        tree(&[("Chart.yaml", &*chart), ("values.yaml", &*format!("tag: v{image}\n"))])
    };
    past.commit("main", ADA, "1", &charts("0.1.0", "1.0.0", "1.0.0")).tag("main", "chart-0.1.0", "");
    past.days(35).commit("main", ADA, "2", &charts("0.2.0", "1.12.0", "1.11.0")).tag("main", "chart-0.2.0", "");
    past.tag("main", "v7.0.0", "");
    sandbox.sibling("charts", &[]);
    import(&sandbox.path("../charts"), &past.end());
    check(
        &sandbox,
        &["check", "--history"],
        expect![[r#"
        exit 0
        --- stdout
        charts:chart-0.2.0  2 of 3 places agree: charts:values.yaml says v1.11.0

        charts:values.yaml  behind in 0.2.0 (1 of 2 releases, still)
        --- stderr
        2 of 3 tags agree: 9 places compared
        skipped: 1 naming no version of a track
    "#]],
    );
}

/// The objects that a clone has, whatever git would fetch.
fn objects(sandbox: &Sandbox, folder: &str) -> BTreeSet<String> {
    let listing = sandbox.git_in(folder, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    listing.lines().map(str::to_owned).collect()
}

#[test]
fn a_clone_that_has_left_things_out_says_so_and_fetches_nothing() {
    let sandbox = forgetful();
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("").display());
    for (name, options, expected) in [
        ("blobless", &["--filter=blob:none"][..], "hint: this clone is partial"),
        ("treeless", &["--filter=tree:0"], "hint: this clone is partial"),
        ("shallow", &["--depth=2"], "hint: this clone is shallow"),
    ] {
        let folder = format!("../{name}");
        let args = [&["clone", "-q"], options, &[url.as_str(), folder.as_str()]].concat();
        sandbox.git(&args);
        sandbox.write(format!("{folder}/{CONFIG}"), THREE);
        let before = objects(&sandbox, &folder);
        let ran = sandbox.run_in(&folder, &["check", "--history"]).code(0).says(expected);
        assert_eq!(before, objects(&sandbox, &folder), "{name} has fetched something\n{ran}");
        println!("{name}\n{ran}");
    }
    // What is there is judged all the same.
    let ran = sandbox.run_in("../blobless", &["check", "--history"]).says("skipped: 6 whose files aren't here");
    ran.says("0 of 1 tags agree");
}

/// What `init` says of the past of its proposal.
#[test]
fn the_past_in_a_line() {
    let sandbox = forgetful();
    let git = Git::find(&sandbox.path("")).unwrap().unwrap();
    let line = |last: usize| past_drift(&git, THREE, last).unwrap().line().unwrap();
    let all = "3 of the last 7 tags agree with their trees: Chart.yaml behind in 1.2.0, 1.3.0, 1.5.0 (3 of 6 releases, 90 \
               days), and 2 more places; `cargo xtask check --history` tells all";
    assert_eq!(line(30), all);
    let one = "0 of the last 1 tags agree with their trees: docs/install.md behind in 1.5.1 (the only release, still); \
               `cargo xtask check --history` tells all";
    assert_eq!(line(1), one);
    let other = THREE.replace("[track.app]", "[track.app]\ntag = \"other-{version}\"");
    assert_eq!(past_drift(&git, &other, 30).unwrap().line(), None);
    assert!(past_drift(&git, "[track", 30).is_err());
}

#[test]
fn a_thousand_tags_take_a_moment() {
    let mut config = "[track.app]\n".to_owned();
    for at in 0..30 {
        let _ =
            write!(config, "[[manifest]]\npath = \"services/s{at}/values.yaml\"\nyaml.'image.tag' = \"v{{app}}\"\n");
    }
    let mut past = History::default();
    for tag in 0..1000 {
        let files = (0..30).map(|at| {
            // Every third service moves with each release; the others are some releases late.
            let said = if at % 3 == 0 { tag } else { tag - tag % 7 };
            let text = format!("image:\n  repository: acme/s{at}\n  tag: v1.{said}.0\n");
            (format!("services/s{at}/values.yaml"), (false, text.into_bytes()))
        });
        past.commit("main", ADA, "Release", &files.collect()).tag("main", &format!("v1.{tag}.0"), "");
    }
    let sandbox = repository(&config, &mut past);
    // The first test that asks for it builds it.
    lockstep_tests::binary::xtask();
    let start = Instant::now();
    let ran = sandbox.run(&["check", "--history", "--format", "json"]).code(0);
    let took = start.elapsed();
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((json["tags"].as_array().unwrap().len(), &json["agree"]), (1000, &143.into()));
    // A second in a release build; this one is for debugging, and not alone on its machine.
    assert!(took < Duration::from_secs(30), "{took:?}");
    println!("{took:?}");
}
