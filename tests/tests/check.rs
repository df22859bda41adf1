//! `check`: what disagrees in the work tree, in the index, in a commit; in every form; and what `--fix` does about it.

use expect_test::{Expect, expect};
use lockstep_tests::projects::{APP, CONFIG, app, drifted, with_charts};
use lockstep_tests::sandbox::{Sandbox, assert_untouched};
use serde_json::Value;

#[track_caller]
fn check(sandbox: &Sandbox, args: &[&str], expected: Expect) {
    let before = sandbox.state();
    expected.assert_eq(&sandbox.run(args).to_string());
    assert_untouched(&before, &sandbox.state(), "a look");
}

#[test]
fn a_consistent_tree_passes() {
    check(
        &app(),
        &["check"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 3 places in 3 files
    "#]],
    );
    check(
        &app(),
        &["release", "check"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 3 places in 3 files
    "#]],
    );
    check(
        &app(),
        &["-q", "check"],
        expect![[r#"
        exit 0
    "#]],
    );
}

#[test]
fn drift_is_named_in_every_form() {
    let sandbox = drifted();
    check(
        &sandbox,
        &["check"],
        expect![[r#"
        exit 1
        --- stdout
        deploy/values.yaml:3:8: says `release-1.25.0`, must say `release-1.26.0`
        --- stderr
        `app` is 1.26.0 by acme/settings.py; 2 of 3 places agree
        1 finding: 3 places in 3 files
        hint: `cargo xtask check --fix` writes what they must say
    "#]],
    );
    check(
        &sandbox,
        &["-q", "check"],
        expect![[r#"
        exit 1
        --- stdout
        deploy/values.yaml:3:8: says `release-1.25.0`, must say `release-1.26.0`
    "#]],
    );
    check(
        &sandbox,
        &["check", "--format", "json"],
        expect![[r#"
        exit 1
        --- stdout
        {
          "format": 1,
          "consistent": false,
          "tracks": {
            "app": "1.26.0"
          },
          "findings": [
            {
              "rule": "drift",
              "path": "deploy/values.yaml",
              "line": 3,
              "column": 8,
              "message": "says `release-1.25.0`, must say `release-1.26.0`",
              "hint": null
            }
          ]
        }
    "#]],
    );
    check(
        &sandbox,
        &["check", "--format", "github"],
        expect![[r#"
        exit 1
        --- stdout
        ::error file=deploy/values.yaml,line=3,col=8,title=drift::says `release-1.25.0`, must say `release-1.26.0`
    "#]],
    );
}

#[test]
fn a_leading_place_that_disagrees_with_most_is_suspected() {
    let sandbox = app();
    sandbox.replace("acme/settings.py", "1.26.0", "1.27.0");
    check(
        &sandbox,
        &["check"],
        expect![[r#"
            exit 1
            --- stdout
            deploy/values.yaml:3:8: says `release-1.26.0`, must say `release-1.27.0`
            package.json:3:14: says `1.26.0`, must say `1.27.0`
            --- stderr
            `app` is 1.27.0 by acme/settings.py; 1 of 3 places agree
            hint: most places disagree: is acme/settings.py the one that is wrong?
            2 findings: 3 places in 3 files
        "#]],
    );
}

#[test]
fn sarif_is_what_code_scanning_takes() {
    let sandbox = drifted();
    let ran = sandbox.run(&["check", "--format", "sarif"]).code(1);
    let sarif: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(sarif["$schema"].as_str().unwrap().contains("sarif"));
    let run = &sarif["runs"][0];
    assert!(run["tool"]["driver"]["name"].is_string());
    let rules: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    for result in results {
        assert!(rules.contains(&result["ruleId"].as_str().unwrap()));
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "deploy/values.yaml");
        assert_eq!(location["region"]["startLine"], 3);
        assert!(location["region"]["startColumn"].as_u64().unwrap() >= 1);
    }
    let clean: Value = serde_json::from_str(&app().run(&["check", "--format", "sarif"]).code(0).stdout).unwrap();
    assert_eq!(clean["runs"][0]["results"], Value::Array(Vec::new()), "no result is an empty list, not none");
}

#[test]
fn staged_is_the_index_and_not_the_work_tree() {
    let sandbox = app();
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    sandbox.git(&["add", "package.json"]);
    sandbox.replace("package.json", "1.25.0", "1.26.0");
    sandbox.run(&["check"]).code(0);
    check(
        &sandbox,
        &["check", "--staged"],
        expect![[r#"
            exit 1
            --- stdout
            package.json:3:14: says `1.25.0`, must say `1.26.0`
            --- stderr
            `app` is 1.26.0 by acme/settings.py; 2 of 3 places agree
            1 finding: 3 places in 3 files
            hint: `cargo xtask check --fix` writes what they must say; then `git add` the files
        "#]],
    );

    sandbox.git(&["add", "package.json"]);
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    sandbox.run(&["check"]).code(1);
    check(
        &sandbox,
        &["check", "--staged"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 3 places in 3 files
    "#]],
    );
}

#[test]
fn staged_reads_the_configuration_of_the_index() {
    let sandbox = drifted();
    sandbox.replace(CONFIG, "release-{app}", "release-1.25.0{app}");
    sandbox.run(&["check", "--staged"]).code(1).says("release-1.26.0");
}

#[test]
fn a_file_that_is_deleted_in_the_index_is_missed() {
    let sandbox = app();
    sandbox.git(&["rm", "-q", "--cached", "package.json"]);
    check(
        &sandbox,
        &["check", "--staged"],
        expect![[r#"
            exit 2
            --- stdout
            package.json: it isn't in the index
              hint: look for a typing error in the path, or take it out of the configuration; it is named at release-config/release.toml:17:8
            --- stderr
            1 finding: 2 places in 3 files
        "#]],
    );
}

#[test]
fn a_revision_is_checked_by_its_own_configuration() {
    let sandbox = Sandbox::new(&[
        (CONFIG, "[track.app]\n[[manifest]]\npath = \"old/VERSION\"\nline.1 = \"{app}\"\n"),
        ("old/VERSION", "1.0.0\n"),
    ]);
    sandbox.git(&["tag", "v1.0.0"]);
    sandbox.git(&["mv", "old", "new"]);
    sandbox.replace(CONFIG, "old/VERSION", "new/VERSION");
    sandbox.write("new/VERSION", "2.0.0\n");
    sandbox.commit("Move");
    check(
        &sandbox,
        &["check", "--rev", "v1.0.0"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 1 place in 1 file
    "#]],
    );
    check(
        &sandbox,
        &["check", "--rev", "HEAD"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 1 place in 1 file
    "#]],
    );
    check(
        &sandbox,
        &["check", "--rev", "v9"],
        expect![[r#"
        exit 4
        --- stderr
        error: `v9` is not a commit of this repository
        hint: `git tag` and `git branch -a` list what there is; `git fetch --tags` gets what is missing
    "#]],
    );
}

#[test]
fn a_revision_without_a_configuration_is_checked_by_the_one_of_today() {
    let sandbox = Sandbox::new(&APP[1..]);
    sandbox.git(&["tag", "before"]);
    sandbox.write(CONFIG, APP[0].1);
    sandbox.commit("Configure");
    check(
        &sandbox,
        &["check", "--rev", "before"],
        expect![[r#"
            exit 0
            --- stderr
            warning: `release-config/release.toml` isn't in `before`: the one in the work tree is used
            consistent: 3 places in 3 files
        "#]],
    );
}

#[test]
fn fix_writes_what_the_places_must_say() {
    let sandbox = drifted();
    expect![[r#"
        exit 0
        --- stdout
        --- a/deploy/values.yaml
        +++ b/deploy/values.yaml
        @@ -3 +3 @@
        -  tag: release-1.25.0
        +  tag: release-1.26.0
        --- stderr
        fixed 1 place in 1 file
        consistent: 3 places in 3 files
    "#]]
    .assert_eq(&sandbox.run(&["check", "--fix"]).to_string());
    expect![[r#"
        diff --git a/deploy/values.yaml b/deploy/values.yaml
        index 547b4e7..d2c527e 100644
        --- a/deploy/values.yaml
        +++ b/deploy/values.yaml
        @@ -3 +3 @@ image:
        -  tag: release-1.25.0
        +  tag: release-1.26.0
    "#]]
    .assert_eq(&sandbox.git(&["diff", "--unified=0"]));
    sandbox.run(&["check"]).code(0);
    check(
        &sandbox,
        &["check", "--fix"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 3 places in 3 files
    "#]],
    );
}

#[test]
fn fix_keeps_what_is_allowed_to_disagree() {
    let sandbox = drifted();
    sandbox.write(CONFIG, format!("{}{}", APP[0].1, ALLOW));
    check(
        &sandbox,
        &["check", "--fix"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 3 places in 3 files, 1 allowed to disagree
    "#]],
    );
}

#[test]
fn strays_are_named_and_are_no_failure() {
    let sandbox = app();
    sandbox.write("docs/install.md", "Run `docker run acme/web:release-1.26.0`.\nNot 11.26.0.\n");
    sandbox.write("CHANGELOG.md", "## 1.26.0\n");
    sandbox.commit("Document");
    check(
        &sandbox,
        &["check", "--strays"],
        expect![[r#"
            exit 0
            --- stdout
            docs/install.md:1:34: mentions `1.26.0`, the version of `app`, and belongs to no manifest
            --- stderr
            consistent: 3 places in 3 files; 1 stray
        "#]],
    );
    check(
        &sandbox,
        &["check", "--strays", "--format", "github"],
        expect![[r#"
        exit 0
        --- stdout
        ::notice file=docs/install.md,line=1,col=34,title=stray::mentions `1.26.0`, the version of `app`, and belongs to no manifest
    "#]],
    );
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    sandbox.run(&["check", "--strays"]).code(1).says("docs/install.md:1").says("package.json:3");
}

const ALLOW: &str =
    "\n[[allow]]\npath = \"deploy/*.yaml\"\nsays = \"release-1.25.0\"\nreason = \"the old cluster stays\"\n";

#[test]
fn what_is_allowed_to_disagree_passes_until_it_no_longer_does() {
    let with = |more: &str| {
        let sandbox = drifted();
        sandbox.write(CONFIG, format!("{}{ALLOW}{more}", APP[0].1));
        sandbox
    };
    check(
        &with(""),
        &["check"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 3 places in 3 files, 1 allowed to disagree
    "#]],
    );
    check(
        &with("until = \"2026-07-01\"\n"),
        &["check"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 3 places in 3 files, 1 allowed to disagree
    "#]],
    );
    check(
        &with("until = 2026-06-30\n"),
        &["check"],
        expect![[r#"
        exit 1
        --- stdout
        release-config/release.toml:20:1: `deploy/*.yaml` was allowed to say `release-1.25.0` until 2026-06-30
          hint: mend the place, or give a new date with its reason
        --- stderr
        1 finding: 3 places in 3 files, 1 allowed to disagree
    "#]],
    );
    let sandbox = with("");
    sandbox.replace("deploy/values.yaml", "1.25.0", "1.26.0");
    check(
        &sandbox,
        &["check"],
        expect![[r#"
        exit 1
        --- stdout
        release-config/release.toml:20:1: nothing in `deploy/*.yaml` disagrees by saying `release-1.25.0`
          hint: take this `[[allow]]` out
        --- stderr
        1 finding: 3 places in 3 files
    "#]],
    );
}

#[test]
fn a_repository_that_is_not_checked_out_is_named() {
    let sandbox = with_charts();
    check(
        &sandbox,
        &["check"],
        expect![[r#"
        exit 0
        --- stderr
        consistent: 6 places in 4 files
    "#]],
    );
    std::fs::remove_dir_all(sandbox.path("../charts")).unwrap();
    check(
        &sandbox,
        &["check"],
        expect![[r#"
            exit 0
            --- stderr
            warning: the repository `charts` isn't checked out at `[SANDBOX]/charts`: `git clone https://example.com/acme/charts.git [SANDBOX]/charts`; its manifests aren't checked
            consistent: 1 place in 1 file
        "#]],
    );
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for args in [&["--staged", "--fix"][..], &["--rev", "HEAD", "--fix"], &["--staged", "--rev", "HEAD"]] {
        let args: Vec<&str> = ["check"].iter().chain(args).copied().collect();
        app().run(&args).code(2).says("cannot be used with");
    }
    check(
        &app(),
        &["check", "--rev"],
        expect![[r#"
        exit 2
        --- stderr
        error: a value is required for '--rev <REV>' but none was supplied

        For more information, try '--help'.
    "#]],
    );
    check(
        &app(),
        &["chekc"],
        expect![[r#"
            exit 2
            --- stderr
            error: unrecognized subcommand 'chekc'

              tip: some similar subcommands exist: 'schema', 'checklist', 'check'

            Usage: cargo xtask [OPTIONS] <COMMAND>

            For more information, try '--help'.
        "#]],
    );
}

#[test]
fn versions_are_listed_in_every_spelling() {
    let sandbox = with_charts();
    check(
        &sandbox,
        &["versions"],
        expect![[r#"
        exit 0
        --- stdout
        app     1.26.0  3 of 3 places agree
        tools   0.9.0   1 of 1 places agree
        web     2.0.3   1 of 1 places agree
        worker  0.4.9   1 of 1 places agree
    "#]],
    );
    sandbox.write("VERSION", "1.27.0-rc.1\n");
    check(
        &sandbox,
        &["versions"],
        expect![[r#"
        exit 0
        --- stdout
        app     1.27.0-rc.1  1 of 3 places agree  (pep440 1.27.0rc1, rpm 1.27.0~rc.1, deb 1.27.0~rc.1)
        tools   0.9.0        1 of 1 places agree
        web     2.0.3        1 of 1 places agree
        worker  0.4.9        1 of 1 places agree
    "#]],
    );
    check(
        &sandbox,
        &["versions", "--format", "json"],
        expect![[r#"
        exit 0
        --- stdout
        {
          "format": 1,
          "tracks": [
            {
              "name": "app",
              "family": null,
              "version": "1.27.0-rc.1",
              "stated_in": "VERSION",
              "places": 3,
              "agree": 1,
              "spellings": {
                "semver": "1.27.0-rc.1",
                "pep440": "1.27.0rc1",
                "rpm": "1.27.0~rc.1",
                "deb": "1.27.0~rc.1",
                "docker": "1.27.0-rc.1",
                "helm": "1.27.0-rc.1"
              }
            },
            {
              "name": "tools",
              "family": "chart",
              "version": "0.9.0",
              "stated_in": "charts:charts/tools/Chart.yaml",
              "places": 1,
              "agree": 1,
              "spellings": {
                "semver": "0.9.0",
                "pep440": "0.9.0",
                "rpm": "0.9.0",
                "deb": "0.9.0",
                "docker": "0.9.0",
                "helm": "0.9.0"
              }
            },
            {
              "name": "web",
              "family": "chart",
              "version": "2.0.3",
              "stated_in": "charts:charts/web/Chart.yaml",
              "places": 1,
              "agree": 1,
              "spellings": {
                "semver": "2.0.3",
                "pep440": "2.0.3",
                "rpm": "2.0.3",
                "deb": "2.0.3",
                "docker": "2.0.3",
                "helm": "2.0.3"
              }
            },
            {
              "name": "worker",
              "family": "chart",
              "version": "0.4.9",
              "stated_in": "charts:charts/worker/Chart.yaml",
              "places": 1,
              "agree": 1,
              "spellings": {
                "semver": "0.4.9",
                "pep440": "0.4.9",
                "rpm": "0.4.9",
                "deb": "0.4.9",
                "docker": "0.4.9",
                "helm": "0.4.9"
              }
            }
          ]
        }
    "#]],
    );
}

#[test]
fn strays_begin_with_the_manifests() {
    let sandbox = app();
    sandbox.write("a.yaml", "tag: v1.26.0\n");
    sandbox.write("chart/Chart.yaml", "name: acme\nversion: 0.3.1\nappVersion: 1.26.0\n");
    sandbox.write(
        "web/package.json",
        "{\n  \"name\": \"web\",\n  \"version\": \"1.26.0\",\n  \"dependencies\": {\n    \"x\": \"1.26.0\"\n  }\n}\n",
    );
    sandbox.commit("Add a chart");
    let ran = sandbox.run(&["check", "--strays"]).code(0);
    let places: Vec<&str> =
        ran.stdout.lines().filter_map(|line| line.split_once(": ")).map(|(place, _)| place).collect();
    assert_eq!(places, ["chart/Chart.yaml:3:13", "web/package.json:3:15", "a.yaml:1:7"], "{ran}");
}
