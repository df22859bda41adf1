//! Bad input: one clear error with a hint, the documented exit code, and no byte of the tree changed.

use std::os::unix::fs::{PermissionsExt, symlink};

use expect_test::{Expect, expect};
use lockstep_tests::projects::{CONFIG, one_track};
use lockstep_tests::sandbox::{Ran, Sandbox, assert_untouched};

const GOOD: &str = "[track.app]\n\n[[manifest]]\npath = \"VERSION\"\nline.1 = \"{app}\"\n";

/// A tree in which `VERSION` is as `make` leaves it.
fn tree(make: impl Fn(&Sandbox)) -> Sandbox {
    let sandbox = Sandbox::new(&[(CONFIG, GOOD), ("VERSION", "1.0.0\n"), ("other.yaml", "version: 1.0.0\n")]);
    make(&sandbox);
    sandbox
}

/// What a bump says of it, and then a check. A file that is also committed like this is met in the index as well.
#[track_caller]
fn check(sandbox: &Sandbox, expected: Expect) {
    let before = sandbox.state();
    let bumped = refusal(sandbox, &["bump", "minor"]);
    for args in [&["bump", "minor", "--dry-run"][..], &["bump", "minor", "--commit"], &["bump", "2.0.0", "--strict"]] {
        refusal(sandbox, args);
    }
    let looked = sandbox.run(&["check"]);
    assert!(looked.code != 0, "{looked}");
    sandbox.run(&["check", "--fix"]);
    sandbox.run(&["check", "--staged"]);
    sandbox.run(&["check", "--strays"]);
    sandbox.run(&["versions"]);
    sandbox.run(&["hook", "run"]);
    assert_untouched(&before, &sandbox.state(), "bad input");
    expected.assert_eq(&format!("bump: {bumped}check: {looked}"));
}

/// It ends with an error and a hint.
#[track_caller]
fn refusal(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let ran = sandbox.run(args);
    assert!(ran.code >= 1 && ran.stderr.contains("error: ") && ran.stderr.contains("hint: "), "{args:?}\n{ran}");
    ran
}

#[test]
fn an_empty_file() {
    check(
        &tree(|tree| tree.write("VERSION", "")),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: VERSION: `line.1` hits nothing
        hint: the place is named at release-config/release.toml:5:6; has it moved or been renamed?
        check: exit 2
        --- stdout
        VERSION: `line.1` hits nothing
          hint: the place is named at release-config/release.toml:5:6; has it moved or been renamed?
        --- stderr
        1 finding: 0 places in 1 file
    "#]],
    );
    let yaml = |text: &str| {
        let sandbox = tree(|tree| tree.write("other.yaml", text));
        sandbox.write(CONFIG, GOOD.replace("VERSION", "other.yaml").replace("line.1", "yaml.version"));
        sandbox
    };
    check(
        &yaml(""),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: other.yaml: `yaml.version` hits nothing
        hint: the place is named at release-config/release.toml:5:6; has it moved or been renamed?
        check: exit 2
        --- stdout
        other.yaml:1:10: `yaml.version` hits nothing
          hint: the place is named at release-config/release.toml:5:6; has it moved or been renamed?
        --- stderr
        1 finding: 0 places in 1 file
    "#]],
    );
    check(
        &yaml("a: [\n"),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: other.yaml:1:4: not valid YAML: unclosed bracket '['
          |
        1 | a: [
          |    ^
        hint: correct the file, or name the place with `text.'…{}…'`
        check: exit 2
        --- stdout
        other.yaml:1:4: not valid YAML: unclosed bracket '['
          hint: correct the file, or name the place with `text.'…{}…'`
        --- stderr
        1 finding: 0 places in 1 file
    "#]],
    );
    check(
        &yaml("version:\n"),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: release-config/release.toml:1:8: no place says the version of `app`: other.yaml says ``, which is not `{app}`
              |
            1 | [track.app]
              |        ^^^
            hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            check: exit 2
            --- stdout
            release-config/release.toml:1:8: no place says the version of `app`: other.yaml says ``, which is not `{app}`
              hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
    check(
        &yaml("version: [1, 2]\n"),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: other.yaml:1:10: `version` is a sequence, not a value
          |
        1 | version: [1, 2]
          |          ^
        hint: name a value in it: `version[0]`
        check: exit 2
        --- stdout
        other.yaml:1:10: `version` is a sequence, not a value
          hint: name a value in it: `version[0]`
        --- stderr
        1 finding: 0 places in 1 file
    "#]],
    );
}

#[test]
fn a_directory() {
    check(
        &tree(|tree| {
            std::fs::remove_file(tree.path("VERSION")).unwrap();
            tree.write("VERSION/file", "1.0.0\n");
        }),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it is a folder, not a file
            hint: name a file, or a glob that hits files; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it is a folder, not a file
              hint: name a file, or a glob that hits files; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn a_binary_file() {
    check(
        &tree(|tree| tree.write("VERSION", b"1.0.0\n\0\x01")),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it is a binary file: there is a NUL byte at offset 6
            hint: leave it out of the configuration, or narrow the glob; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it is a binary file: there is a NUL byte at offset 6
              hint: leave it out of the configuration, or narrow the glob; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
    check(
        &tree(|tree| tree.write("VERSION", b"1.0.0\n\xff\n")),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it is not UTF-8: byte `0xff` at offset 6
            hint: save it as UTF-8, or leave it out of the configuration; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it is not UTF-8: byte `0xff` at offset 6
              hint: save it as UTF-8, or leave it out of the configuration; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
    check(
        &tree(|tree| tree.write("VERSION", b"\xff\xfe1\0.\x000\0")),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it is UTF-16, not UTF-8
            hint: save it as UTF-8, or leave it out of the configuration; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it is UTF-16, not UTF-8
              hint: save it as UTF-8, or leave it out of the configuration; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn a_file_of_a_hundred_megabytes() {
    check(
        &tree(|tree| std::fs::File::create(tree.path("VERSION")).unwrap().set_len(100 << 20).unwrap()),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it has 100 MiB; a manifest has at most 64 MiB
            hint: leave it out of the configuration, or narrow the glob; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it has 100 MiB; a manifest has at most 64 MiB
              hint: leave it out of the configuration, or narrow the glob; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn a_symlink() {
    check(
        &tree(|tree| {
            tree.write("REAL", "1.0.0\n");
            std::fs::remove_file(tree.path("VERSION")).unwrap();
            symlink("REAL", tree.path("VERSION")).unwrap();
            tree.commit("Link");
        }),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it is a symlink to `REAL`
            hint: name the file that it points to: replacing a symlink would cut it off; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it is a symlink to `REAL`
              hint: name the file that it points to: replacing a symlink would cut it off; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn a_pipe() {
    check(
        &tree(|tree| {
            std::fs::remove_file(tree.path("VERSION")).unwrap();
            let mut mkfifo = tree.command("mkfifo", "");
            mkfifo.arg("VERSION");
            tree.output(mkfifo).code(0);
        }),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it is a named pipe, not a file
            hint: name a file, or a glob that hits files; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it is a named pipe, not a file
              hint: name a file, or a glob that hits files; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn a_read_only_file() {
    let sandbox = tree(|tree| {
        std::fs::set_permissions(tree.path("VERSION"), std::fs::Permissions::from_mode(0o444)).unwrap();
        tree.write("other.yaml", "version: 1.0.0\n");
    });
    sandbox.write(CONFIG, GOOD.to_owned() + "\n[[manifest]]\npath = \"other.yaml\"\nyaml.version = \"{app}\"\n");
    sandbox.commit("Both");
    let before = sandbox.state();
    expect![[r#"
        app 1.0.0 → 1.1.0
        error: `[SANDBOX]/app/VERSION` is read-only
        hint: allow it with `chmod u+w`, if it is meant to change
    "#]]
    .assert_eq(&refusal(&sandbox, &["bump", "minor"]).stderr);
    refusal(&sandbox, &["bump", "minor", "--commit"]);
    assert_untouched(&before, &sandbox.state(), "a read-only file");
    sandbox.run(&["check"]).code(0);
}

#[test]
fn a_hard_link() {
    let sandbox = tree(|tree| std::fs::hard_link(tree.path("VERSION"), tree.path("SAME")).unwrap());
    let before = sandbox.state();
    expect![[r#"
        app 1.0.0 → 1.1.0
        error: `[SANDBOX]/app/VERSION` has 2 hard links
        hint: make it a file of its own (`cp FILE NEW && mv NEW FILE`): replacing it would cut the other names off
    "#]]
    .assert_eq(&refusal(&sandbox, &["bump", "minor"]).stderr);
    assert_untouched(&before, &sandbox.state(), "a hard link");
}

#[test]
fn a_missing_path() {
    check(
        &tree(|tree| std::fs::remove_file(tree.path("VERSION")).unwrap()),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: VERSION: it doesn't exist
            hint: look for a typing error in the path, or take it out of the configuration; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            VERSION: it doesn't exist
              hint: look for a typing error in the path, or take it out of the configuration; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
    check(
        &tree(|tree| tree.write(CONFIG, GOOD.replace("VERSION", "other.yaml/VERSION"))),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: other.yaml/VERSION: it doesn't exist: a part of the path is a file
            hint: look for a typing error in the path; it is named at release-config/release.toml:4:8
            check: exit 2
            --- stdout
            other.yaml/VERSION: it doesn't exist: a part of the path is a file
              hint: look for a typing error in the path; it is named at release-config/release.toml:4:8
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn a_glob_without_hits() {
    check(
        &tree(|tree| tree.write(CONFIG, GOOD.replace("VERSION", "charts/*/VERSION"))),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: release-config/release.toml:4:8: `charts/*/VERSION` matches no tracked file of this repository
          |
        4 | path = "charts/*/VERSION"
          |        ^^^^^^^^^^^^^^^^^^
        hint: a new file is seen once it is added with `git add`
        check: exit 2
        --- stdout
        release-config/release.toml:4:8: `charts/*/VERSION` matches no tracked file of this repository
          hint: a new file is seen once it is added with `git add`
        --- stderr
        1 finding: 0 places in 0 files
    "#]],
    );
    // A file that git doesn't know isn't one of the project.
    check(
        &tree(|tree| {
            tree.write("new/VERSION", "1.0.0\n");
            tree.write(CONFIG, GOOD.replace("VERSION", "new/*"));
        }),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: release-config/release.toml:4:8: `new/*` matches no tracked file of this repository
              |
            4 | path = "new/*"
              |        ^^^^^^^
            hint: a new file is seen once it is added with `git add`
            check: exit 2
            --- stdout
            release-config/release.toml:4:8: `new/*` matches no tracked file of this repository
              hint: a new file is seen once it is added with `git add`
            --- stderr
            1 finding: 0 places in 0 files
        "#]],
    );
}

#[test]
fn a_locator_with_no_hit_or_two() {
    let yaml = |text: &str| {
        let sandbox = tree(|tree| tree.write("other.yaml", text));
        let config = "[track.app]\n\n[[manifest]]\npath = \"other.yaml\"\ntext.'image: a:{}' = \"{app}\"\n";
        sandbox.write(CONFIG, config);
        sandbox
    };
    check(
        &yaml("version: 1.0.0\n"),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: other.yaml: `text.image: a:{}` hits nothing
        hint: the place is named at release-config/release.toml:5:6; has it moved or been renamed?
        check: exit 2
        --- stdout
        other.yaml: `text.image: a:{}` hits nothing
          hint: the place is named at release-config/release.toml:5:6; has it moved or been renamed?
        --- stderr
        1 finding: 0 places in 1 file
    "#]],
    );
    check(
        &yaml("image: a:1.0.0\nimage: a:1.0.0\n"),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: other.yaml: `text.image: a:{}` hits 2 places, not 1
        hint: at release-config/release.toml:5:6 say `count = 2` or `count = "each"`, or a locator that hits one place
        check: exit 2
        --- stdout
        other.yaml: `text.image: a:{}` hits 2 places, not 1
          hint: at release-config/release.toml:5:6 say `count = 2` or `count = "each"`, or a locator that hits one place
        --- stderr
        1 finding: 2 places in 1 file
    "#]],
    );
}

#[test]
fn a_template_that_cannot_be_inverted() {
    let with = |template: &str, version: &str| {
        let config = GOOD.replace("\"{app}\"", &format!("\"{template}\""));
        tree(|tree| {
            tree.write(CONFIG, &config);
            tree.write("VERSION", version);
        })
    };
    check(
        &with("{app.major}", "1\n"),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: release-config/release.toml:1:8: no place says the version of `app`: VERSION says `1`, which is only `{app.major}`
              |
            1 | [track.app]
              |        ^^^
            hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            check: exit 2
            --- stdout
            release-config/release.toml:1:8: no place says the version of `app`: VERSION says `1`, which is only `{app.major}`
              hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
    check(
        &with("v{app}", "1.0.0\n"),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: release-config/release.toml:1:8: no place says the version of `app`: VERSION says `1.0.0`, which is not `v{app}`
              |
            1 | [track.app]
              |        ^^^
            hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            check: exit 2
            --- stdout
            release-config/release.toml:1:8: no place says the version of `app`: VERSION says `1.0.0`, which is not `v{app}`
              hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
    check(
        &with("{app.digits}", "100\n"),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: release-config/release.toml:1:8: no place says the version of `app`: VERSION says `100`, which is only `{app.digits}`
              |
            1 | [track.app]
              |        ^^^
            hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            check: exit 2
            --- stdout
            release-config/release.toml:1:8: no place says the version of `app`: VERSION says `100`, which is only `{app.digits}`
              hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn a_version_in_a_file_that_is_none() {
    for version in ["$(touch canary)", "-rf", "1.0.0; touch canary", "one", "v1.0.0", "1..0", "é"] {
        let sandbox = tree(|tree| tree.write("VERSION", format!("{version}\n")));
        let before = sandbox.state();
        refusal(&sandbox, &["bump", "minor"]);
        let ran = sandbox.run(&["check"]).code(2);
        assert!(ran.stdout.contains("hint: "), "{ran}");
        assert_untouched(&before, &sandbox.state(), version);
    }
    check(
        &tree(|tree| tree.write("VERSION", "one\n")),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: release-config/release.toml:1:8: no place says the version of `app`: VERSION says `one`, which is not `{app}`
              |
            1 | [track.app]
              |        ^^^
            hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            check: exit 2
            --- stdout
            release-config/release.toml:1:8: no place says the version of `app`: VERSION says `one`, which is not `{app}`
              hint: name one whose template can be read backwards, such as `yaml.version = "{app}"`
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
}

#[test]
fn two_manifests_that_claim_one_site() {
    let twice = GOOD.to_owned() + "\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app.short}.0\"\n";
    check(
        &tree(|tree| tree.write(CONFIG, &twice)),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: VERSION:1:1: `line.1` and `line.all` claim the same place
          |
        1 | 1.0.0
          | ^^^^^
        hint: take one of them out, at release-config/release.toml:9:6
        check: exit 2
        --- stdout
        VERSION:1:1: `line.1` and `line.all` claim the same place
          hint: take one of them out, at release-config/release.toml:9:6
        --- stderr
        1 finding: 2 places in 1 file
    "#]],
    );
    let overlapping = "[track.app]\n[track.other]\n[[manifest]]\npath = \"other.yaml\"\nyaml.version = \"{app}\"\n\
                       text.'version: {}' = \"{other}\"\n";
    check(
        &tree(|tree| tree.write(CONFIG, overlapping)),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: other.yaml:1:10: `yaml.version` and `text.version: {}` claim the same place
          |
        1 | version: 1.0.0
          |          ^^^^^
        hint: take one of them out, at release-config/release.toml:6:6
        check: exit 2
        --- stdout
        other.yaml:1:10: `yaml.version` and `text.version: {}` claim the same place
          hint: take one of them out, at release-config/release.toml:6:6
        --- stderr
        1 finding: 2 places in 1 file
    "#]],
    );
}

#[test]
fn a_cycle_of_followers() {
    check(
        &tree(|tree| {
            tree.write(
                CONFIG,
                "[track.chart]\nwith = \"app\"\n".to_owned()
                    + &GOOD.replace("[track.app]", "[track.app]\nwith = \"chart\""),
            )
        }),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: release-config/release.toml:1:8: `with` goes in a circle: chart → app → chart
              |
            1 | [track.chart]
              |        ^^^^^
            hint: one of them must move on its own
            check: exit 2
            --- stderr
            error: release-config/release.toml:1:8: `with` goes in a circle: chart → app → chart
              |
            1 | [track.chart]
              |        ^^^^^
            hint: one of them must move on its own
        "#]],
    );
}

#[test]
fn a_tree_in_a_merge_conflict() {
    let sandbox = tree(|_| {});
    sandbox.git(&["switch", "-qc", "other"]);
    sandbox.write("VERSION", "1.1.0\n");
    sandbox.commit("Other");
    sandbox.git(&["switch", "-q", "main"]);
    sandbox.write("VERSION", "1.2.0\n");
    sandbox.commit("Main");
    sandbox.try_git(&["merge", "-q", "other"]).code(1);
    check(
        &sandbox,
        expect![[r#"
            bump: exit 4
            --- stderr
            error: `VERSION` is in a merge conflict
            hint: solve it and `git add` it, then run the same command again
            check: exit 2
            --- stdout
            VERSION:1:1: the file holds the marks of a merge conflict
              hint: solve it, then run the same command again
            --- stderr
            1 finding: 0 places in 1 file
        "#]],
    );
    expect![[r#"
        exit 4
        --- stderr
        error: `VERSION` is in a merge conflict
        hint: resolve it and `git add` it, or give the merge up with `git merge --abort`; then run the same command again
    "#]].assert_eq(&sandbox.run(&["check", "--staged"]).to_string());
    // What is committed is no part of the conflict.
    sandbox.run(&["tag"]).code(0);
}

#[test]
fn no_git_at_all() {
    let sandbox = Sandbox::folder(&[(CONFIG, GOOD), ("VERSION", "1.0.0\n")]);
    for args in
        [&["tag"][..], &["check", "--staged"], &["check", "--rev", "HEAD"], &["hook", "run"], &["hook", "install"]]
    {
        refusal(&sandbox, args).code(2);
    }
    sandbox.run(&["check"]).code(0);
    let mut without = Sandbox::folder(&[(CONFIG, GOOD), ("VERSION", "1.0.0\n")]);
    without.env("PATH", "/nonexistent");
    for args in [&["check"][..], &["bump", "minor"], &["tag"], &["init", "--dry-run"]] {
        let before = without.state();
        refusal(&without, args).code(3);
        assert_untouched(&before, &without.state(), "no git");
    }
    expect![[r#"
        exit 3
        --- stderr
        error: `git` is not installed, or not on `PATH`
        hint: install `git`, then run the same command again
    "#]]
    .assert_eq(&without.run(&["check"]).to_string());
}

#[test]
fn a_head_that_is_unborn() {
    let sandbox = Sandbox::bare(&[(CONFIG, GOOD), ("VERSION", "1.0.0\n")]);
    for args in [&["tag"][..], &["check", "--rev", "HEAD"], &["bump", "minor", "--commit"]] {
        let before = sandbox.state();
        refusal(&sandbox, args).code(4);
        assert_untouched(&before, &sandbox.state(), "an unborn HEAD");
    }
    sandbox.run(&["check"]).code(0);
    sandbox.run(&["bump", "minor"]).code(0);
    sandbox.git(&["add", "-A"]);
    sandbox.run(&["check", "--staged"]).code(0);
    sandbox.run(&["hook", "run"]).code(0);
}

#[test]
fn versions_that_a_shell_or_git_would_stumble_over() {
    let bad = [
        "1.0.0;touch canary",
        "1.0.0\ntouch canary",
        "-rf",
        "--help=1",
        "$(touch canary)",
        "1.0.0 ",
        "",
        "1/2",
        "\u{661}.0.0",
        "1.0.0\u{202e}",
    ];
    for version in bad {
        for request in [version.to_owned(), format!("app={version}")] {
            let sandbox = tree(|_| {});
            let before = sandbox.state();
            let ran = sandbox.run(&["bump", "--", &request]).code(2);
            assert!(ran.stderr.contains("error: ") && ran.stderr.contains("hint: "), "{request:?}\n{ran}");
            assert_untouched(&before, &sandbox.state(), &request);
            assert!(!ran.stderr.contains('\u{202e}'), "{ran}");
        }
    }
    let one = |request: &str| tree(|_| {}).run(&["bump", "--", request]).to_string();
    expect![[r#"
        exit 2
        --- stderr
        error: `1.0.0;touch canary` is no version: it holds `;`
        hint: a version is made of ASCII letters, digits and `.-+_~!`
    "#]]
    .assert_eq(&one("1.0.0;touch canary"));
    expect![[r#"
        exit 2
        --- stderr
        error: `1.0.0\ntouch canary` is no version: it holds `\n`
        hint: a version is made of ASCII letters, digits and `.-+_~!`
    "#]]
    .assert_eq(&one("1.0.0\ntouch canary"));
    expect![[r#"
        exit 2
        --- stderr
        error: `-rf` is no version: it begins with `-`
        hint: a version begins with a digit, as in `1.2.0`; what stands before it belongs into the template
    "#]]
    .assert_eq(&one("-rf"));
    expect![[r#"
        exit 2
        --- stderr
        error: unexpected argument '-r' found

          tip: to pass '-r' as a value, use '-- -r'

        Usage: cargo xtask bump [OPTIONS] [[TRACK=]LEVEL|VERSION]...

        For more information, try '--help'.
    "#]]
    .assert_eq(&tree(|_| {}).run(&["bump", "-rf"]).to_string());
}

#[test]
fn arguments_that_are_not_text() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = tree(|_| {});
    for args in [&[&b"bump"[..], b"1.\xff"][..], &[b"tag", b"\xff"], &[b"check", b"--rev", b"\xff"]] {
        let mut command = sandbox.command(lockstep_tests::binary::xtask(), "");
        command.args(args.iter().map(|arg| std::ffi::OsStr::from_bytes(arg)));
        let ran = sandbox.output(command);
        assert_eq!(ran.code, 2, "{ran}");
    }
}

#[test]
fn a_toml_that_is_none() {
    check(
        &tree(|tree| tree.write(CONFIG, "track: app\n")),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: release-config/release.toml:1:8: not valid TOML: key with no value, expected `=`
          |
        1 | track: app
          |        ^
        hint: the file is made of `[table]` headers and `key = "value"` lines, each once
        check: exit 2
        --- stderr
        error: release-config/release.toml:1:8: not valid TOML: key with no value, expected `=`
          |
        1 | track: app
          |        ^
        hint: the file is made of `[table]` headers and `key = "value"` lines, each once
    "#]],
    );
    check(
        &tree(|tree| tree.write(CONFIG, b"\xff\xfe[\0")),
        expect![[r#"
        bump: exit 2
        --- stderr
        error: `[SANDBOX]/app/release-config/release.toml` is UTF-16, not UTF-8
        hint: the configuration is a TOML file in UTF-8
        check: exit 2
        --- stderr
        error: `[SANDBOX]/app/release-config/release.toml` is UTF-16, not UTF-8
        hint: the configuration is a TOML file in UTF-8
    "#]],
    );
    check(
        &tree(|tree| {
            std::fs::remove_file(tree.path(CONFIG)).unwrap();
            std::fs::create_dir(tree.path(CONFIG)).unwrap();
        }),
        expect![[r#"
            bump: exit 2
            --- stderr
            error: `[SANDBOX]/app/release-config/release.toml` is a folder, not a file
            hint: the configuration is a TOML file in UTF-8
            check: exit 2
            --- stderr
            error: `[SANDBOX]/app/release-config/release.toml` is a folder, not a file
            hint: the configuration is a TOML file in UTF-8
        "#]],
    );
}

#[test]
fn a_folder_that_is_none() {
    let sandbox = tree(|_| {});
    expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app/nowhere` is no folder
        hint: `-C` takes the folder of a project
    "#]]
    .assert_eq(&refusal(&sandbox, &["-C", "nowhere", "check"]).to_string());
    expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app/VERSION` is no folder
        hint: `-C` takes the folder of a project
    "#]]
    .assert_eq(&refusal(&sandbox, &["-C", "VERSION", "check"]).to_string());
}

#[test]
fn a_today_that_is_no_day() {
    let sandbox = Sandbox::new(&[(CONFIG, &one_track("", "")), ("VERSION", "1.0.0\n")]);
    expect![[r#"
        exit 2
        --- stderr
        error: `LOCKSTEP_TODAY` is `tomorrow`, which is not a date
        hint: write it as `2026-01-31`, or unset it
    "#]]
    .assert_eq(&sandbox.run_with(&[("LOCKSTEP_TODAY", "tomorrow")], &["check"]).to_string());
}

#[test]
fn a_now_that_is_no_second() {
    let sandbox = Sandbox::new(&[(CONFIG, &one_track("", "")), ("VERSION", "1.0.0\n")]);
    expect![[r#"
        exit 2
        --- stderr
        error: `LOCKSTEP_NOW` is `today`, which is not a number of seconds
        hint: write it as `date +%s` does, or unset it
    "#]]
    .assert_eq(&sandbox.run_with(&[("LOCKSTEP_NOW", "today")], &["check"]).to_string());
}

/// The disk fails to give a file: nothing is wrong with the configuration, and the same command goes on.
#[test]
fn a_file_that_the_disk_does_not_give() {
    if !lockstep_tests::faults::inject::possible() {
        return;
    }
    let sandbox = tree(|_| {});
    let before = sandbox.state();
    let run = |path: &str, args: &[&str]| {
        let mut command = sandbox.command("strace", "");
        command.args(["-qq", "-o", "/dev/null", "-e", "trace=openat", "-e", "inject=openat:error=EIO", "-P"]);
        command.arg(sandbox.path(path)).arg(lockstep_tests::binary::xtask()).args(args);
        sandbox.output(command)
    };
    for path in ["VERSION", CONFIG] {
        for args in [
            &["check"][..],
            &["check", "--fix"],
            &["bump", "minor"],
            &["bump", "2.0.0", "--allow-lower"],
            &["versions"],
        ] {
            // `versions` shows what it can.
            let code = if args == ["versions"] && path == "VERSION" { 0..=3 } else { 3..=3 };
            let ran = run(path, args);
            assert!(code.contains(&ran.code), "{path}: {args:?}\n{ran}");
            let ran = ran.says("input/output error");
            if args != ["versions"] || path == CONFIG {
                ran.says("the disk reports an error");
            }
        }
    }
    run("VERSION", &["check", "--format", "json"]).code(3).says("\"read-failed\"");
    assert_untouched(&before, &sandbox.state(), "a disk that fails");
}
