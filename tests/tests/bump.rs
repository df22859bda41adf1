//! `bump`: every place of every track that moves, or nothing at all; and the commit of it.

use std::os::unix::fs::PermissionsExt;

use expect_test::{Expect, expect};
use lockstep_tests::projects::{APP, CHARTS, CONFIG, WITH_CHARTS, app, drifted, one_track, with_charts};
use lockstep_tests::sandbox::{Ran, Sandbox, assert_untouched};
use serde_json::Value;

/// What it says, and what the project's files then are.
#[track_caller]
fn check(sandbox: &Sandbox, args: &[&str], expected: Expect) {
    expected.assert_eq(&bump(sandbox, args).to_string());
}

/// A refusal: what it says. Nothing has changed.
#[track_caller]
fn refused(sandbox: &Sandbox, args: &[&str], expected: Expect) {
    let before = sandbox.state();
    let ran = bump(sandbox, args);
    assert!(ran.code != 0 && ran.stderr.contains("hint: "), "{ran}");
    assert_untouched(&before, &sandbox.state(), "a refused bump");
    expected.assert_eq(&ran.to_string());
}

#[track_caller]
fn bump(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let args: Vec<&str> = ["bump"].iter().chain(args).copied().collect();
    sandbox.run(&args)
}

/// Where the tracks are after this.
#[track_caller]
fn becomes(args: &[&str], expected: &str) {
    let sandbox = with_charts();
    bump(&sandbox, args).code(0);
    let json: Value = serde_json::from_str(&sandbox.run(&["versions", "--format", "json"]).code(0).stdout).unwrap();
    let version = |track: &Value| format!("{} {}", track["name"].as_str().unwrap(), track["version"].as_str().unwrap());
    let versions: Vec<String> = json["tracks"].as_array().unwrap().iter().map(version).collect();
    assert_eq!(versions.join(", "), expected, "{args:?}");
    sandbox.run(&["check"]).code(0);
}

/// A project whose only place is `VERSION`.
fn small(track: &str, version: &str) -> Sandbox {
    Sandbox::new(&[(CONFIG, &one_track(track, "")), ("VERSION", &format!("{version}\n"))])
}

#[test]
fn a_bump_writes_every_place_and_shows_it() {
    let sandbox = app();
    check(
        &sandbox,
        &["minor"],
        expect![[r#"
            exit 0
            --- stdout
            --- a/acme/settings.py
            +++ b/acme/settings.py
            @@ -2 +2 @@
            -VERSION = "1.26.0"
            +VERSION = "1.27.0"
            --- a/deploy/values.yaml
            +++ b/deploy/values.yaml
            @@ -3 +3 @@
            -  tag: release-1.26.0
            +  tag: release-1.27.0
            --- a/package.json
            +++ b/package.json
            @@ -3 +3 @@
            -  "version": "1.26.0"
            +  "version": "1.27.0"
            --- stderr
            app 1.26.0 → 1.27.0
            wrote 3 places in 3 files
        "#]],
    );
    expect![[r#"
        ## main
         M acme/settings.py
         M deploy/values.yaml
         M package.json
    "#]]
    .assert_eq(&sandbox.git(&["status", "--short", "--branch"]));
    sandbox.run(&["check"]).code(0);
    check(
        &sandbox,
        &["--format", "json"],
        expect![[r#"
            exit 0
            --- stdout
            {
              "format": 1,
              "dry_run": false,
              "moves": [
                {
                  "track": "app",
                  "from": "1.27.0",
                  "to": "1.28.0",
                  "with": null
                }
              ],
              "writes": [
                {
                  "path": "acme/settings.py",
                  "locator": "python.VERSION",
                  "from": "1.27.0",
                  "to": "1.28.0",
                  "drifted": false
                },
                {
                  "path": "deploy/values.yaml",
                  "locator": "yaml.image.tag",
                  "from": "release-1.27.0",
                  "to": "release-1.28.0",
                  "drifted": false
                },
                {
                  "path": "package.json",
                  "locator": "json.version",
                  "from": "1.27.0",
                  "to": "1.28.0",
                  "drifted": false
                }
              ]
            }
            --- stderr
            wrote 3 places in 3 files
        "#]],
    );
}

#[test]
fn tracks_move_together_and_alone() {
    becomes(&[], "app 1.27.0, tools 0.9.0, web 2.0.4, worker 0.4.10");
    becomes(&["minor"], "app 1.27.0, tools 0.9.0, web 2.0.4, worker 0.4.10");
    becomes(&["1.26.9"], "app 1.26.9, tools 0.9.0, web 2.0.4, worker 0.4.10");
    becomes(&["patch-rc"], "app 1.26.1-rc.1, tools 0.9.0, web 2.0.4, worker 0.4.10");
    becomes(&["app=1.27.0", "chart=minor"], "app 1.27.0, tools 0.9.0, web 2.1.0, worker 0.5.0");
    becomes(&["app=patch", "web=major"], "app 1.26.1, tools 0.9.0, web 3.0.0, worker 0.4.10");
    becomes(&["web=minor"], "app 1.26.0, tools 0.9.0, web 2.1.0, worker 0.4.9");
    becomes(&["tools=1.0.0"], "app 1.26.0, tools 1.0.0, web 2.0.3, worker 0.4.9");
    becomes(&["chart=patch"], "app 1.26.0, tools 0.9.1, web 2.0.4, worker 0.4.10");
}

#[test]
fn several_repositories_move_in_one_go() {
    let sandbox = with_charts();
    check(
        &sandbox,
        &["minor", "--commit"],
        expect![[r#"
            exit 0
            --- stdout
            --- a/VERSION
            +++ b/VERSION
            @@ -1 +1 @@
            -1.26.0
            +1.27.0
            --- charts:charts/web/Chart.yaml
            +++ charts:charts/web/Chart.yaml
            @@ -2 +2 @@
            -version: 2.0.3
            +version: 2.0.4
            @@ -3 +3 @@
            -appVersion: 1.26.0
            +appVersion: 1.27.0
            --- charts:charts/worker/Chart.yaml
            +++ charts:charts/worker/Chart.yaml
            @@ -2 +2 @@
            -version: 0.4.9
            +version: 0.4.10
            @@ -3 +3 @@
            -appVersion: 1.26.0
            +appVersion: 1.27.0
            --- stderr
            app 1.26.0 → 1.27.0
            web 2.0.3 → 2.0.4  (with app)
            worker 0.4.9 → 0.4.10  (with app)
            wrote 5 places in 3 files
            committed [OID]: Bump app to 1.27.0
            committed [OID] in charts: Bump app version to 1.27.0
        "#]],
    );
    expect![[r#"
        Ada Bump app version to 1.27.0

         charts/web/Chart.yaml    | 4 ++--
         charts/worker/Chart.yaml | 4 ++--
         2 files changed, 4 insertions(+), 4 deletions(-)
    "#]]
    .assert_eq(&sandbox.git_in("../charts", &["log", "-1", "--format=%an %s", "--stat"]));
    expect![[r#"
        Ada Bump app to 1.27.0

         VERSION | 2 +-
         1 file changed, 1 insertion(+), 1 deletion(-)
    "#]]
    .assert_eq(&sandbox.git(&["log", "-1", "--format=%an %s", "--stat"]));
}

#[test]
fn a_repository_that_is_missing_stops_it_before_anything_is_written() {
    let sandbox = Sandbox::new(WITH_CHARTS);
    refused(
        &sandbox,
        &["minor"],
        expect![[r#"
        exit 4
        --- stderr
        error: the repository `charts` isn't checked out at `[SANDBOX]/charts`: `git clone https://example.com/acme/charts.git [SANDBOX]/charts`
        hint: a bump moves all repositories or none: clone it there first
    "#]],
    );
}

#[test]
fn a_drifted_tree_is_written_whole_and_what_had_disagreed_is_named() {
    let sandbox = drifted();
    check(
        &sandbox,
        &["minor"],
        expect![[r#"
            exit 0
            --- stdout
            --- a/acme/settings.py
            +++ b/acme/settings.py
            @@ -2 +2 @@
            -VERSION = "1.26.0"
            +VERSION = "1.27.0"
            --- a/deploy/values.yaml
            +++ b/deploy/values.yaml
            @@ -3 +3 @@
            -  tag: release-1.25.0
            +  tag: release-1.27.0
            --- a/package.json
            +++ b/package.json
            @@ -3 +3 @@
            -  "version": "1.26.0"
            +  "version": "1.27.0"
            --- stderr
            warning: deploy/values.yaml:3:8: said `release-1.25.0`, not `release-1.26.0`: it moves too
            app 1.26.0 → 1.27.0
            wrote 3 places in 3 files
        "#]],
    );
    sandbox.run(&["check"]).code(0);
    refused(
        &drifted(),
        &["minor", "--strict"],
        expect![[r#"
        exit 1
        --- stderr
        error: deploy/values.yaml:3:8: says `release-1.25.0`, must say `release-1.26.0`
          |
        3 |   tag: release-1.25.0
          |        ^^^^^^^^^^^^^^
        hint: `cargo xtask check --fix` mends them; without `--strict` a bump writes them too
    "#]],
    );
}

#[test]
fn what_is_allowed_to_disagree_stays() {
    let sandbox = drifted();
    let allow = "\n[[allow]]\npath = \"deploy/*\"\nsays = \"release-1.25.0\"\nreason = \"the old cluster\"\n";
    sandbox.write(CONFIG, format!("{}{allow}", APP[0].1));
    bump(&sandbox, &["minor"]).code(0);
    assert!(sandbox.read("deploy/values.yaml").contains("release-1.25.0"));
    sandbox.run(&["check"]).code(0);
}

#[test]
fn going_back_or_nowhere_is_refused_unless_it_is_meant() {
    refused(
        &app(),
        &["1.25.9"],
        expect![[r#"
        exit 4
        --- stderr
        error: `1.25.9` is lower than `app`'s `1.26.0`
        hint: if that is meant, add `--allow-lower`
    "#]],
    );
    refused(
        &app(),
        &["1.26.0"],
        expect![[r#"
            exit 4
            --- stderr
            error: `app` is at `1.26.0` already
            hint: if its commit is missing, commit the files; `--allow-lower` writes every place again
        "#]],
    );
    refused(
        &app(),
        &["1.26.0+build.2"],
        expect![[r#"
            exit 4
            --- stderr
            error: `1.26.0+build.2` is no later than `app`'s `1.26.0`, only spelled otherwise
            hint: if that is meant, add `--allow-lower`
        "#]],
    );
    let sandbox = app();
    bump(&sandbox, &["1.25.9", "--allow-lower"]).code(0);
    assert!(sandbox.read("package.json").contains("1.25.9"));
    check(
        &sandbox,
        &["1.25.9", "--allow-lower"],
        expect![[r#"
            exit 0
            --- stderr
            app 1.25.9 → 1.25.9
            wrote 0 places in 0 files
        "#]],
    );
}

#[test]
fn what_the_scheme_does_not_take_is_refused_with_the_reason() {
    refused(
        &with_charts(),
        &["web=2.0.3.1"],
        expect![[r#"
        exit 2
        --- stderr
        error: `web`: a chart version has exactly three numbers: `2.0.3.1` has four
        hint: write `2.0.3`; if that is taken, the next is `2.0.4`
    "#]],
    );
    refused(
        &small("scheme = \"semver\"", "1.0.0"),
        &["1.1"],
        expect![[r#"
        exit 2
        --- stderr
        error: `app`: a semantic version has exactly three numbers: `1.1` has two
        hint: write `1.1.0`, or set `scheme = "loose"`
    "#]],
    );
    refused(
        &small("scheme = \"semver\"", "1.0.0"),
        &["1.1.0rc1"],
        expect![[r#"
        exit 2
        --- stderr
        error: `app`: a semantic version has a `-` before its pre-release: `1.1.0rc1` has `rc1`
        hint: write `1.1.0-rc.1`, or set `scheme = "pep440"`
    "#]],
    );
    refused(
        &small("scheme = \"pep440\"", "1.0.0"),
        &["1.1.0-rc.1"],
        expect![[r#"
        exit 2
        --- stderr
        error: `app`: `1.1.0-rc.1` is not how PEP 440 writes a version: it has `-rc.1`
        hint: write `1.1.0rc1`
    "#]],
    );
    refused(
        &small("scheme = \"calver\"", "2026.6.0"),
        &["major"],
        expect![[r#"
        exit 2
        --- stderr
        error: `app`: `2026` of `2026.6.0` is a year, which `major` cannot count
        hint: `next` goes by today's date; or give the version itself
    "#]],
    );
    refused(
        &small("", "1.0.0"),
        &["final"],
        expect![[r#"
        exit 2
        --- stderr
        error: `app`: `1.0.0` is final already
        hint: `patch`, `minor` and `major` lead to the next final release
    "#]],
    );
}

#[test]
fn words_that_are_neither_level_nor_version_are_refused() {
    refused(
        &app(),
        &["mior"],
        expect![[r#"
        exit 2
        --- stderr
        error: `mior` is neither a level nor a version
        hint: did you mean `minor`?
    "#]],
    );
    refused(
        &app(),
        &["v1.27.0"],
        expect![[r#"
            exit 2
            --- stderr
            error: `v1.27.0` is no version: it begins with `v`
            hint: write `1.27.0`: what stands before the number belongs to the places and the tag
        "#]],
    );
    refused(
        &app(),
        &["ap=minor"],
        expect![[r#"
        exit 2
        --- stderr
        error: unknown track `ap`
        hint: did you mean `app`?
    "#]],
    );
    refused(
        &app(),
        &["app="],
        expect![[r#"
        exit 2
        --- stderr
        error: `app=` says neither how far nor to which version
        hint: write it as `app=minor` or `app=1.2.3`
    "#]],
    );
    refused(
        &app(),
        &["=minor"],
        expect![[r#"
            exit 2
            --- stderr
            error: `=minor` names no track
            hint: write `app=minor`
        "#]],
    );
    refused(
        &app(),
        &["minor", "major"],
        expect![[r#"
        exit 2
        --- stderr
        error: `app` is asked to move twice
        hint: name each track once
    "#]],
    );
    refused(
        &with_charts(),
        &["web=minor", "chart=major", "app=minor"],
        expect![[r#"
        exit 2
        --- stderr
        error: `web` is asked to move twice
        hint: name each track once
    "#]],
    );
}

#[test]
fn calendar_versions_move_by_the_calendar() {
    let sandbox = small("scheme = \"calver\"\nbump = \"next\"", "2026.6.3");
    check(
        &sandbox,
        &[],
        expect![[r#"
            exit 0
            --- stdout
            --- a/VERSION
            +++ b/VERSION
            @@ -1 +1 @@
            -2026.6.3
            +2026.7.0
            --- stderr
            app 2026.6.3 → 2026.7.0
            wrote 1 place in 1 file
        "#]],
    );
    check(
        &sandbox,
        &[],
        expect![[r#"
            exit 0
            --- stdout
            --- a/VERSION
            +++ b/VERSION
            @@ -1 +1 @@
            -2026.7.0
            +2026.7.1
            --- stderr
            app 2026.7.0 → 2026.7.1
            wrote 1 place in 1 file
        "#]],
    );
}

#[test]
fn a_fixed_value_is_written_when_the_version_moves() {
    let config = "[track.app]\n[[manifest]]\npath = \"vm.spec\"\nspec.Version = \"{app}\"\n\
                  spec.Release = { template = \"1\", on = \"bump\" }\n";
    let sandbox = Sandbox::new(&[(CONFIG, config), ("vm.spec", "Name: vm\nVersion: 1.0.0\nRelease: 4\n")]);
    sandbox.run(&["check"]).code(0);
    check(
        &sandbox,
        &["minor"],
        expect![[r#"
            exit 0
            --- stdout
            --- a/vm.spec
            +++ b/vm.spec
            @@ -2 +2 @@
            -Version: 1.0.0
            +Version: 1.1.0
            @@ -3 +3 @@
            -Release: 4
            +Release: 1
            --- stderr
            app 1.0.0 → 1.1.0
            wrote 2 places in 1 file
        "#]],
    );
}

#[test]
fn every_other_byte_of_a_file_stays() {
    #[track_caller]
    fn keeps(before: &str, after: &str) {
        let config = "[track.app]\n[[manifest]]\npath = \"a.yaml\"\nyaml.version = \"{app}\"\n";
        let sandbox = Sandbox::new(&[(CONFIG, config), ("a.yaml", before)]);
        bump(&sandbox, &["minor"]).code(0);
        assert_eq!(sandbox.read("a.yaml"), after);
    }
    keeps("a: 1\r\nversion: 1.0.0\r\nb: 2\r\n", "a: 1\r\nversion: 1.1.0\r\nb: 2\r\n");
    keeps("\u{feff}version: 1.0.0\n", "\u{feff}version: 1.1.0\n");
    keeps("a: 1\nversion: 1.0.0", "a: 1\nversion: 1.1.0");
    keeps("version:   \"1.0.0\"   # why  \n\n\n", "version:   \"1.1.0\"   # why  \n\n\n");
    keeps("version: '1.0.0'\r\n\r\na: é\n", "version: '1.1.0'\r\n\r\na: é\n");
}

#[test]
fn the_modes_of_files_stay() {
    let sandbox = app();
    for (path, mode) in [("acme/settings.py", 0o755), ("package.json", 0o600)] {
        std::fs::set_permissions(sandbox.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    bump(&sandbox, &["minor"]).code(0);
    let mode = |path: &str| sandbox.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("acme/settings.py"), mode("package.json")), (0o755, 0o600));
}

#[test]
fn a_commit_holds_exactly_the_written_files() {
    let sandbox = app();
    sandbox.write("README.md", "# Acme, staged\n");
    sandbox.git(&["add", "README.md"]);
    sandbox.write("notes.txt", "untracked\n");
    check(
        &sandbox,
        &["minor", "--commit"],
        expect![[r#"
            exit 0
            --- stdout
            --- a/acme/settings.py
            +++ b/acme/settings.py
            @@ -2 +2 @@
            -VERSION = "1.26.0"
            +VERSION = "1.27.0"
            --- a/deploy/values.yaml
            +++ b/deploy/values.yaml
            @@ -3 +3 @@
            -  tag: release-1.26.0
            +  tag: release-1.27.0
            --- a/package.json
            +++ b/package.json
            @@ -3 +3 @@
            -  "version": "1.26.0"
            +  "version": "1.27.0"
            --- stderr
            app 1.26.0 → 1.27.0
            wrote 3 places in 3 files
            committed [OID]: Bump version to 1.27.0
        "#]],
    );
    expect![[r#"
        Bump version to 1.27.0

        acme/settings.py
        deploy/values.yaml
        package.json
    "#]]
    .assert_eq(&sandbox.git(&["log", "-1", "--format=%s", "--name-only"]));
    expect![[r#"
        ## main
        M  README.md
        ?? notes.txt
    "#]]
    .assert_eq(&sandbox.git(&["status", "--short", "--branch"]));
}

#[test]
fn a_commit_that_would_take_other_work_along_is_refused() {
    let sandbox = app();
    sandbox.replace("package.json", "acme", "acme2");
    refused(
        &sandbox,
        &["minor", "--commit"],
        expect![[r#"
        exit 4
        --- stderr
        error: `package.json` has changes of its own that a commit would take along
        hint: commit or stash them first, or bump without `--commit`
    "#]],
    );
    sandbox.git(&["add", "package.json"]);
    refused(
        &sandbox,
        &["minor", "--commit"],
        expect![[r#"
        exit 4
        --- stderr
        error: `package.json` has changes of its own that a commit would take along
        hint: commit or stash them first, or bump without `--commit`
    "#]],
    );
}

#[test]
fn a_commit_in_the_middle_of_something_is_refused() {
    let sandbox = app();
    sandbox.git(&["switch", "-qc", "other"]);
    sandbox.write("README.md", "# Other\n");
    sandbox.commit("Other");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("README.md", "# Main\n");
    sandbox.commit("Main");
    sandbox.try_git(&["merge", "-q", "other"]).code(1);
    refused(
        &sandbox,
        &["minor", "--commit"],
        expect![[r#"
        exit 4
        --- stderr
        error: a merge is in progress in `[SANDBOX]/app`
        hint: end it with `git merge --continue`, or give it up with `git merge --abort`
    "#]],
    );
}

#[test]
fn a_commit_before_the_first_is_refused() {
    refused(
        &Sandbox::bare(APP),
        &["minor", "--commit"],
        expect![[r#"
        exit 4
        --- stderr
        error: `main` has no commit yet, so there is nothing to bump from
        hint: commit what is there first
    "#]],
    );
    refused(
        &Sandbox::folder(APP),
        &["minor", "--commit"],
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app` is in no git repository
        hint: `git init` makes one
    "#]],
    );
}

#[test]
fn a_hook_that_refuses_the_commit_leaves_the_files_written() {
    let sandbox = app();
    sandbox.write(".git/hooks/pre-commit", "#!/bin/sh\necho no such luck >&2\nexit 1\n");
    std::fs::set_permissions(sandbox.path(".git/hooks/pre-commit"), std::fs::Permissions::from_mode(0o755)).unwrap();
    check(
        &sandbox,
        &["minor", "--commit"],
        expect![[r#"
            exit 3
            --- stdout
            --- a/acme/settings.py
            +++ b/acme/settings.py
            @@ -2 +2 @@
            -VERSION = "1.26.0"
            +VERSION = "1.27.0"
            --- a/deploy/values.yaml
            +++ b/deploy/values.yaml
            @@ -3 +3 @@
            -  tag: release-1.26.0
            +  tag: release-1.27.0
            --- a/package.json
            +++ b/package.json
            @@ -3 +3 @@
            -  "version": "1.26.0"
            +  "version": "1.27.0"
            --- stderr
            app 1.26.0 → 1.27.0
            wrote 3 places in 3 files
            error: `git --literal-pathspecs commit --only --quiet --cleanup=verbatim --pathspec-from-file=- --pathspec-file-nul '--message=Bump version to 1.27.0'` failed with exit code 1
              no such luck
            hint: all files are written, and not committed: remove the cause and commit them as `Bump version to 1.27.0`, or take them back with `git restore`
        "#]],
    );
}

#[test]
fn without_a_subject_the_commit_names_the_tracks() {
    let sandbox = small("", "1.0.0");
    bump(&sandbox, &["major", "--commit"]).code(0);
    assert_eq!(sandbox.git(&["log", "-1", "--format=%B"]).trim(), "Bump app to 2.0.0");
}

#[test]
fn nothing_moves_in_a_project_without_git_but_the_files() {
    let sandbox = Sandbox::folder(APP);
    check(
        &sandbox,
        &["minor"],
        expect![[r#"
            exit 0
            --- stdout
            --- a/acme/settings.py
            +++ b/acme/settings.py
            @@ -2 +2 @@
            -VERSION = "1.26.0"
            +VERSION = "1.27.0"
            --- a/deploy/values.yaml
            +++ b/deploy/values.yaml
            @@ -3 +3 @@
            -  tag: release-1.26.0
            +  tag: release-1.27.0
            --- a/package.json
            +++ b/package.json
            @@ -3 +3 @@
            -  "version": "1.26.0"
            +  "version": "1.27.0"
            --- stderr
            app 1.26.0 → 1.27.0
            wrote 3 places in 3 files
        "#]],
    );
    let names: Vec<_> =
        std::fs::read_dir(sandbox.path("release-config")).unwrap().map(|e| e.unwrap().file_name()).collect();
    // The journal's folder keeps its lock; no file of the tool's own stays beside the manifests.
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with(".lockstep-")), "{names:?}");
    let journal: Vec<_> = std::fs::read_dir(sandbox.path("release-config/.lockstep"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(journal, ["lock"]);
}

#[test]
fn charts_that_do_not_state_the_app_stay() {
    let sandbox = with_charts();
    bump(&sandbox, &["minor"]).code(0);
    assert_eq!(sandbox.read("../charts/charts/tools/Chart.yaml"), CHARTS[0].1);
}

#[test]
fn of_a_track_alone_it_is_said_what_is_missing() {
    app().run(&["bump", "app"]).code(2).says("`app` is a track").says("did you mean `app=LEVEL`, as in `app=minor`?");
    app().run(&["bump", "ap"]).code(2).says_nothing_of("is a track");
}

#[test]
fn a_digest_beside_a_tag_is_named() {
    let sandbox = Sandbox::new(&APP[1..]);
    sandbox
        .write("deploy/values.yaml", "image:\n  repository: acme/web\n  tag: release-1.26.0\n  digest: sha256:0123\n");
    sandbox.commit("Pin");
    sandbox.git(&["tag", "v1.26.0"]);
    sandbox.run(&["init", "--yes"]).code(0);
    let text = sandbox.read(CONFIG);
    assert!(text.contains("# a digest is pinned beside the tag in `deploy/values.yaml`"), "{text}");
    sandbox.run(&["bump", "minor"]).code(0).says("warning: deploy/values.yaml:3:8: the digest beside it still names");
}
