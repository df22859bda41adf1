//! Mistakes in `release.toml`: each is said with its place, the line and the nearest known name; all of them at once.

use expect_test::{Expect, expect};
use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::{Sandbox, assert_untouched};

/// A `release.toml` that is refused, in these words, by looks and by bumps alike. Nothing has changed.
#[track_caller]
fn check(config: &str, expected: Expect) {
    let sandbox = Sandbox::new(&[(CONFIG, config), ("VERSION", "1.0.0\n"), ("a.yaml", "version: 1.0.0\n")]);
    let before = sandbox.state();
    let ran = sandbox.run(&["check"]).code(2);
    expected.assert_eq(&ran.to_string());
    assert_eq!(ran, sandbox.run(&["bump", "minor"]));
    assert_untouched(&before, &sandbox.state(), "a mistake");
}

/// A good file with one piece of it replaced.
#[track_caller]
fn with(from: &str, to: &str, expected: Expect) {
    const GOOD: &str = "[track.app]\n\n[[manifest]]\npath = \"a.yaml\"\nyaml.version = \"{app}\"\n";
    assert!(GOOD.contains(from), "{from}");
    check(&GOOD.replace(from, to), expected);
}

#[test]
fn names_that_nobody_knows_are_met_with_the_nearest() {
    with(
        "yaml",
        "yml",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:1: unknown key `yml`
              |
            5 | yml.version = "{app}"
              | ^^^
            hint: did you mean `yaml`?
        "#]],
    );
    with(
        "[track.app]",
        "[trck.app]",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:1:2: unknown table `trck`
          |
        1 | [trck.app]
          |  ^^^^
        hint: did you mean `track`?
    "#]],
    );
    with(
        "[track.app]",
        "[track.app]\nbranhc = \"main\"",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:2:1: unknown key `branhc`
          |
        2 | branhc = "main"
          | ^^^^^^
        hint: did you mean `branch`?
    "#]],
    );
    with(
        "{app}",
        "{ap}",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:16: unknown track `ap`
          |
        5 | yaml.version = "{ap}"
          |                ^^^^^^
        hint: did you mean `app`?
    "#]],
    );
    with(
        "[track.app]",
        "[track.app]\nscheme = \"semver2\"",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:2:10: `scheme` is one of `semver`, `chart`, `calver`, `pep440`, `loose`, not `semver2`
          |
        2 | scheme = "semver2"
          |          ^^^^^^^^^
        hint: did you mean `semver`?
    "#]],
    );
    with(
        "[track.app]",
        "[track.app]\nbump = \"minro\"",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:2:8: `minro` is no level
              |
            2 | bump = "minro"
              |        ^^^^^^^
            hint: did you mean `minor`?
        "#]],
    );
    with(
        "[track.app]",
        "[track.app]\nwith = \"chart\"",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:2:8: unknown track `chart`
          |
        2 | with = "chart"
          |        ^^^^^^^
        hint: add `[track.chart]`
    "#]],
    );
    with(
        "[track.app]",
        "[track.app]\nrepo = \"charts\"",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:2:8: unknown repository `charts`
          |
        2 | repo = "charts"
          |        ^^^^^^^^
        hint: add `[repo.charts]`
    "#]],
    );
    with(
        "path =",
        "repo = \"charts\"\npath =",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:4:8: unknown repository `charts`
          |
        4 | repo = "charts"
          |        ^^^^^^^^
        hint: add `[repo.charts]`
    "#]],
    );
    with(
        "yaml.version = \"{app}\"",
        "zzz.version = \"{app}\"",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:1: unknown key `zzz`
              |
            5 | zzz.version = "{app}"
              | ^^^
            hint: [[manifest]] takes `repo`, `path`, `only`, `exclude`, and places as FORMAT.LOCATOR with one of `yaml`, `toml`, `json`, `xml`, `ini`, `python`, `spec`, `dockerfile`, `env`, `image`, `text`, `regex`, `line`
        "#]],
    );
    with(
        "\"{app}\"",
        "{ template = \"{app}\", cuont = 2 }",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:38: unknown key `cuont`
          |
        5 | yaml.version = { template = "{app}", cuont = 2 }
          |                                      ^^^^^
        hint: did you mean `count`?
    "#]],
    );
}

#[test]
fn values_of_the_wrong_kind_say_what_is_wanted() {
    with(
        "\"a.yaml\"",
        "3",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:1: `path` is a string or a list of strings
              |
            4 | path = 3
              | ^^^^
            hint: files: paths, `*`, `?`, `**`, and `{track}`, which makes the track a family
        "#]],
    );
    with(
        "\"a.yaml\"",
        "[\"a.yaml\", 3]",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:1: `path` is a string or a list of strings
              |
            4 | path = ["a.yaml", 3]
              | ^^^^
            hint: files: paths, `*`, `?`, `**`, and `{track}`, which makes the track a family
        "#]],
    );
    with(
        "\"a.yaml\"",
        "[]",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:1: `path` is empty
              |
            4 | path = []
              | ^^^^
            hint: files: paths, `*`, `?`, `**`, and `{track}`, which makes the track a family
        "#]],
    );
    with(
        "\"{app}\"",
        "1",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:6: a template is a string
              |
            5 | yaml.version = 1
              |      ^^^^^^^
            hint: write it in quotes, as in `"{app}"`
        "#]],
    );
    with(
        "\"{app}\"",
        "{ count = 2 }",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:6: this place has no `template`
              |
            5 | yaml.version = { count = 2 }
              |      ^^^^^^^
            hint: write it as in `{ template = "{app}", count = 2 }`
        "#]],
    );
    with(
        "\"{app}\"",
        "{ template = \"{app}\", count = 0 }",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:38: `count` is a number from 1, or "each"
              |
            5 | yaml.version = { template = "{app}", count = 0 }
              |                                      ^^^^^
            hint: write it as in `count = 2`
        "#]],
    );
    with(
        "\"{app}\"",
        "{ template = \"{app}\", on = \"tag\" }",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:38: `on` is "bump" or "final"
              |
            5 | yaml.version = { template = "{app}", on = "tag" }
              |                                      ^^
            hint: write it as in `on = "bump"`
        "#]],
    );
    with(
        "[track.app]",
        "[track.app]\nbranch = true",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:2:1: `branch` is a string
              |
            2 | branch = true
              | ^^^^^^
            hint: the branch from which `tag` tags; any unless said
        "#]],
    );
    with(
        "[track.app]",
        "[track]\napp = 1",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:2:1: `app` is no table
              |
            2 | app = 1
              | ^^^
            hint: write it as a header, `[…]`, and its keys on the lines below
        "#]],
    );
    with(
        "[[manifest]]",
        "[manifest]",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:3:2: `manifest` is a list of tables
              |
            3 | [manifest]
              |  ^^^^^^^^
            hint: write `[[manifest]]`, with two brackets: there may be several
        "#]],
    );
    with(
        "yaml.version = \"{app}\"",
        "",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:3:1: this manifest names no place in its files
          |
        3 | [[manifest]]
          | ^^^^^^^^^^^^
        hint: add a line such as `yaml.version = "{app}"`
    "#]],
    );
    with(
        "yaml.version = \"{app}\"",
        "yaml = \"{app}\"",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:1: `yaml` is no table of locators
              |
            5 | yaml = "{app}"
              | ^^^^
            hint: write `yaml.LOCATOR = "TEMPLATE"`
        "#]],
    );
}

#[test]
fn templates_that_cannot_be_read_are_refused() {
    with(
        "{app}",
        "{app",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:16: `{app` has a `{` without its partner
          |
        5 | yaml.version = "{app"
          |                ^^^^^^
        hint: double a brace that is meant: `{{`
    "#]],
    );
    with(
        "{app}",
        "app}",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:16: `app}` has a `}` without its partner
          |
        5 | yaml.version = "app}"
          |                ^^^^^^
        hint: double a brace that is meant: `}}`
    "#]],
    );
    with(
        "{app}",
        "{}",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:16: `{}` names no track
          |
        5 | yaml.version = "{}"
          |                ^^^^
        hint: write `{app}`; braces that are meant are doubled: `{{`
    "#]],
    );
    with(
        "{app}",
        "{app.mjaor}",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:16: `{app.mjaor}` asks for the unknown part `mjaor`
          |
        5 | yaml.version = "{app.mjaor}"
          |                ^^^^^^^^^^^^^
        hint: did you mean `major`?
    "#]],
    );
    with(
        "{app}",
        "{app:pep}",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:16: `{app:pep}` asks for the unknown dialect `pep`
          |
        5 | yaml.version = "{app:pep}"
          |                ^^^^^^^^^^^
        hint: known: semver, pep440, rpm, deb, docker, helm
    "#]],
    );
    with(
        "{app}",
        "1.0.0",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:16: the template `1.0.0` names no track
          |
        5 | yaml.version = "1.0.0"
          |                ^^^^^^^
        hint: a fixed value is written `{ template = "1", on = "bump" }`
    "#]],
    );
    with(
        "\"{app}\"",
        "\"{app}\\n\"",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:5:16: a template is one line
              |
            5 | yaml.version = "{app}\n"
              |                ^^^^^^^^^
            hint: write a template for each line
        "#]],
    );
    with(
        "[track.app]",
        "[project]\ncommit = \"Bump {ap}\"\n[track.app]",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:2:10: unknown track `ap`
          |
        2 | commit = "Bump {ap}"
          |          ^^^^^^^^^^^
        hint: did you mean `app`?
    "#]],
    );
}

#[test]
fn patterns_that_cannot_be_read_are_refused() {
    with(
        "a.yaml",
        "/etc/a.yaml",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:8: the path `/etc/a.yaml` leaves the repository: write it from the repository's root
              |
            4 | path = "/etc/a.yaml"
              |        ^^^^^^^^^^^^^
            hint: a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`
        "#]],
    );
    with(
        "a.yaml",
        "../a.yaml",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:8: the path `../a.yaml` leaves the repository: write it from the repository's root
              |
            4 | path = "../a.yaml"
              |        ^^^^^^^^^^^
            hint: a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`
        "#]],
    );
    with(
        "a.yaml",
        "",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:8: an empty path
              |
            4 | path = ""
              |        ^^
            hint: a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`
        "#]],
    );
    with(
        "a.yaml",
        "{a,b}.yaml",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:8: braces in `{a,b}.yaml` name a track; alternatives are written as a list of paths
              |
            4 | path = "{a,b}.yaml"
              |        ^^^^^^^^^^^^
            hint: a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`
        "#]],
    );
    with(
        "a.yaml",
        "a[.yaml",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:8: `a[.yaml` has a `[` without its `]`; a `[` that is meant is written `[[]`
              |
            4 | path = "a[.yaml"
              |        ^^^^^^^^^
            hint: a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`
        "#]],
    );
    with(
        "a.yaml",
        "charts/{chart}/a.yaml",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:4:8: unknown track `chart`
          |
        4 | path = "charts/{chart}/a.yaml"
          |        ^^^^^^^^^^^^^^^^^^^^^^^
        hint: add `[track.chart]`
    "#]],
    );
    with(
        "yaml.version",
        "yaml.'version['",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:6: the locator `version[`: a key is empty
          |
        5 | yaml.'version[' = "{app}"
          |      ^^^^^^^^^^
        hint: write `[0]` for an index, `[name=app]` for a field
    "#]],
    );
    with(
        "yaml.version",
        "regex.'('",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:7: the locator `(`: `(` is not a pattern: found open group without closing ')'
          |
        5 | regex.'(' = "{app}"
          |       ^^^
        hint: the syntax is that of the `regex-lite` crate; a TOML string in single quotes keeps its backslashes
    "#]],
    );
}

#[test]
fn tags_that_could_be_made_once_only_are_refused() {
    with(
        "[track.app]",
        "[track.app]\ntag = \"release\"",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:2:7: the tag `release` holds no `{version}`
              |
            2 | tag = "release"
              |       ^^^^^^^^^
            hint: every version has a tag of its own: write it as in `v{version}`
        "#]],
    );
    with(
        "[track.app]",
        "[track.app]\ntag = \"v{app}\"",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:2:7: the tag `v{app}` holds no `{version}`
              |
            2 | tag = "v{app}"
              |       ^^^^^^^^
            hint: every version has a tag of its own: write it as in `v{version}`
        "#]],
    );
    with(
        "[track.app]",
        "[track.app]\nmessage = \"{verson}\"",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:2:11: `{verson}` isn't known here
          |
        2 | message = "{verson}"
          |           ^^^^^^^^^^
        hint: a tag knows `{version}` and `{name}`
    "#]],
    );
    check(
        "[track.chart]\ntag = \"v{version}\"\n[[manifest]]\npath = \"charts/{chart}/Chart.yaml\"\nyaml.version = \"{chart}\"\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:2:7: the tag `v{version}` holds no `{name}`
              |
            2 | tag = "v{version}"
              |       ^^^^^^^^^^^^
            hint: write `{name}-{version}`: the tracks of a family would share one tag
        "#]],
    );
}

#[test]
fn tracks_that_wait_for_each_other_are_refused() {
    let manifest = "[[manifest]]\npath = \"a.yaml\"\nyaml.version = \"{a}\"\n";
    check(
        &format!("[track.a]\nwith = \"b\"\n[track.b]\nwith = \"c\"\n[track.c]\nwith = \"a\"\n{manifest}"),
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:1:8: `with` goes in a circle: a → b → c → a
          |
        1 | [track.a]
          |        ^
        hint: one of them must move on its own
    "#]],
    );
    check(
        &format!("[track.a]\nwith = \"a\"\n{manifest}"),
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:1:8: `with` goes in a circle: a → a
          |
        1 | [track.a]
          |        ^
        hint: one of them must move on its own
    "#]],
    );
}

#[test]
fn what_is_no_toml_is_shown_where_it_breaks() {
    check(
        "[track.app\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:1:11: not valid TOML: unclosed table, expected `]`
              |
            1 | [track.app
              |           ^
            hint: the file is made of `[table]` headers and `key = "value"` lines, each once
        "#]],
    );
    check(
        "[track.app]\n\n[track.app]\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:3:8: not valid TOML: duplicate key
              |
            3 | [track.app]
              |        ^^^
            hint: the file is made of `[table]` headers and `key = "value"` lines, each once
        "#]],
    );
    check(
        "[track.app]\nbump = \"minor\"\nbump = \"major\"\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:3:1: not valid TOML: duplicate key
              |
            3 | bump = "major"
              | ^^^^
            hint: the file is made of `[table]` headers and `key = "value"` lines, each once
        "#]],
    );
    check(
        "version: 1.0.0\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:1:10: not valid TOML: key with no value, expected `=`
              |
            1 | version: 1.0.0
              |          ^
            hint: the file is made of `[table]` headers and `key = "value"` lines, each once
        "#]],
    );
    check(
        "",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:1:1: no track is configured
          |
        1 | 
          | ^
        hint: add `[track.app]` and a `[[manifest]]` that states its version
    "#]],
    );
    check(
        "[track.app]\nbump = \"min\u{0}or\"\n",
        expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app/release-config/release.toml` is a binary file: there is a NUL byte at offset 23
        hint: the configuration is a TOML file in UTF-8
    "#]],
    );
}

#[test]
fn a_disagreement_is_allowed_with_its_reason_only() {
    let allow = "[[allow]]\npath = \"a.yaml\"\nsays = \"1.0.0\"\n";
    with(
        "[[manifest]]",
        &format!("{allow}[[manifest]]"),
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:3:1: [[allow]] has no `reason`
              |
            3 | [[allow]]
              | ^^^^^^^^^
            hint: why that is right
        "#]],
    );
    with(
        "[[manifest]]",
        &format!("{allow}reason = \" \"\n[[manifest]]"),
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:6:10: an allowed disagreement needs its reason
              |
            6 | reason = " "
              |          ^^^
            hint: say it to whoever asks in a year
        "#]],
    );
    with(
        "[[manifest]]",
        &format!("{allow}reason = \"old\"\nuntil = \"soon\"\n[[manifest]]"),
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:7:9: `soon` is no date
          |
        7 | until = "soon"
          |         ^^^^^^
        hint: write it as 2027-01-31
    "#]],
    );
    with(
        "[[manifest]]",
        &format!("{allow}reason = \"old\"\nuntil = 2026-02-30\n[[manifest]]"),
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:7:9: not valid TOML: invalid date, expected day between 01 and 28
              |
            7 | until = 2026-02-30
              |         ^^^^^^^^^^
            hint: the file is made of `[table]` headers and `key = "value"` lines, each once
        "#]],
    );
}

#[test]
fn all_mistakes_are_said_at_once() {
    check(
        "[projet]\n\n[track.app]\nbump = \"mayor\"\nscheme = \"semvr\"\n\n[track.'b c']\n\n[[manifest]]\npath = \"/a.yaml\"\n\
         yml.version = \"{app}\"\n\n[[manifest]]\npath = \"b.yaml\"\nyaml.version = \"{ap}\"\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:1:2: unknown table `projet`
              |
            1 | [projet]
              |  ^^^^^^
            hint: did you mean `project`?
            error: release-config/release.toml:5:10: `scheme` is one of `semver`, `chart`, `calver`, `pep440`, `loose`, not `semvr`
              |
            5 | scheme = "semvr"
              |          ^^^^^^^
            hint: did you mean `semver`?
            error: release-config/release.toml:7:8: `b c` is no name for a track
              |
            7 | [track.'b c']
              |        ^^^^^
            hint: use letters, digits, `-` and `_`, as in `app`
            error: release-config/release.toml:11:1: unknown key `yml`
               |
            11 | yml.version = "{app}"
               | ^^^
            hint: did you mean `yaml`?
        "#]],
    );
    // Names are looked up once the file can be read.
    check(
        "[track.app]\nbump = \"mayor\"\nwith = \"apq\"\ntag = \"x\"\n\n[[manifest]]\npath = \"/a.yaml\"\nrepo = \"r\"\nyaml.version = \"{ap}\"\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:2:8: `mayor` is no level
              |
            2 | bump = "mayor"
              |        ^^^^^^^
            hint: did you mean `major`?
            error: release-config/release.toml:3:8: unknown track `apq`
              |
            3 | with = "apq"
              |        ^^^^^
            hint: did you mean `app`?
            error: release-config/release.toml:4:7: the tag `x` holds no `{version}`
              |
            4 | tag = "x"
              |       ^^^
            hint: every version has a tag of its own: write it as in `v{version}`
            error: release-config/release.toml:7:8: the path `/a.yaml` leaves the repository: write it from the repository's root
              |
            7 | path = "/a.yaml"
              |        ^^^^^^^^^
            hint: a path knows `*`, `?`, `**`, `[…]` and, for a family, `{track}`
            error: release-config/release.toml:8:8: unknown repository `r`
              |
            8 | repo = "r"
              |        ^^^
            hint: add `[repo.r]`
            error: release-config/release.toml:9:16: unknown track `ap`
              |
            9 | yaml.version = "{ap}"
              |                ^^^^^^
            hint: did you mean `app`?
        "#]],
    );
}

/// What a release is configured to be is read whole, too, by commands that don't release.
#[test]
fn mistakes_about_a_release_are_said_with_the_others() {
    check(
        "[track.app]\n\n[[manifest]]\npath = \"a.yaml\"\nyaml.version = \"{app}\"\n\n[remot.origin]\n\n[command.deploy]\n\
         argv = \"make deploy\"\ntimeout = 30\n\n[ledger]\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:7:2: unknown table `remot`
              |
            7 | [remot.origin]
              |  ^^^^^
            hint: did you mean `remote`?
            error: release-config/release.toml:10:1: `argv` is a list of strings, such as ["make", "deploy"]
               |
            10 | argv = "make deploy"
               | ^^^^
            hint: the program and its arguments; templates. No shell reads them
            error: release-config/release.toml:11:1: `timeout` is a number with `s`, `m` or `h`, such as "30m"
               |
            11 | timeout = 30
               | ^^^^^^^
            hint: how long it may take; `1h` unless said
            error: release-config/release.toml:13:2: [ledger] has no `remote`
               |
            13 | [ledger]
               |  ^^^^^^
            hint: the remote that keeps it; a private one where there is one
        "#]],
    );
    check(
        "[track.app]\n\n[[manifest]]\npath = \"a.yaml\"\nyaml.version = \"{app}\"\n\n[branch]\nname = \"release\"\n\n\
         [[image]]\nname = \"acme/app\"\nregistries = \"https://ghcr.io\"\ntags = \"{ap}\"\nplatforms = [\"arm64\"]\n\n\
         [process.release]\nsteps = [\"comit\", \"push\", \"tag\"]\n\n[ledger]\nremote = \"origin\"\n",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:8:8: `release` would be the same for every version
              |
            8 | name = "release"
              |        ^^^^^^^^^
            hint: a branch is called like `release-{app}` or `release/{app}`
            error: release-config/release.toml:12:14: `https://ghcr.io` is no registry
               |
            12 | registries = "https://ghcr.io"
               |              ^^^^^^^^^^^^^^^^^
            hint: leave out what stands before the host, as in `ghcr.io`; `plain-http` says that there is no TLS
            error: release-config/release.toml:13:8: unknown track `ap`
               |
            13 | tags = "{ap}"
               |        ^^^^^^
            hint: did you mean `app`?
            error: release-config/release.toml:14:14: `arm64` is no platform
               |
            14 | platforms = ["arm64"]
               |              ^^^^^^^
            hint: did you mean `linux/arm64`?
            error: release-config/release.toml:17:10: unknown step `comit`
               |
            17 | steps = ["comit", "push", "tag"]
               |          ^^^^^^^
            hint: did you mean `commit`?
            error: release-config/release.toml:17:19: `push` comes before `tag`, which it needs
               |
            17 | steps = ["comit", "push", "tag"]
               |                   ^^^^^^
            hint: put `tag` before it
            error: release-config/release.toml:20:10: unknown remote `origin`
               |
            20 | remote = "origin"
               |          ^^^^^^^^
            hint: add `[remote.origin]`
        "#]],
    );
}

#[test]
fn an_address_with_a_secret_is_refused_and_not_shown() {
    with(
        "[[manifest]]",
        "[remote.origin]\nurl = \"https://ada:hunter2@example.com/app.git\"\n[[manifest]]",
        expect![[r#"
            exit 2
            --- stderr
            error: release-config/release.toml:4:7: the address holds a user or a password, which everybody would read
            hint: leave them out: git asks its credential helper (`git help credentials`)
        "#]],
    );
}

#[test]
fn a_line_with_tabs_and_letters_of_all_kinds_is_underlined_where_it_is_meant() {
    with(
        "yaml.version = \"{app}\"",
        "\tyaml.'é' = \"日本{ap}\"",
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:5:13: unknown track `ap`
          |
        5 |  yaml.'é' = "日本{ap}"
          |             ^^^^^^^^
        hint: did you mean `app`?
    "#]],
    );
}

#[test]
fn a_file_that_is_named_is_the_one_that_is_read() {
    let sandbox = Sandbox::new(&[("other.toml", "[trak.app]\n"), ("VERSION", "1.0.0\n")]);
    expect![[r#"
        exit 2
        --- stderr
        error: other.toml:1:2: unknown table `trak`
          |
        1 | [trak.app]
          |  ^^^^
        hint: did you mean `track`?
    "#]]
    .assert_eq(&sandbox.run(&["check", "--config", "other.toml"]).to_string());
    expect![[r#"
        exit 2
        --- stderr
        error: `[SANDBOX]/app/nothing.toml` doesn't exist
        hint: `cargo xtask init` proposes one
    "#]]
    .assert_eq(&sandbox.run(&["check", "--config", "nothing.toml"]).to_string());
    expect![[r#"
        exit 2
        --- stderr
        error: no `release-config/release.toml` in `[SANDBOX]/app` or above
        hint: `cargo xtask init` proposes one
    "#]]
    .assert_eq(&sandbox.run(&["check"]).to_string());
}

/// Whoever writes one bracket is told of two.
#[test]
fn lists_have_two_brackets() {
    const HEAD: &str = "[track.app]\n\n[[manifest]]\npath = \"a.yaml\"\nyaml.version = \"{app}\"\n\n";
    let image = |name: &str| format!("name = \"{name}\"\nregistries = \"x.io\"\ntags = \"{{app}}\"\n");
    let one = format!("{HEAD}[image]\n{}", image("acme/app"));
    check(
        &one,
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:7:2: `image` is a list of tables
          |
        7 | [image]
          |  ^^^^^
        hint: write `[[image]]`, with two brackets: there may be several
    "#]],
    );
    check(
        &format!("{one}\n[image]\n{}", image("acme/web")),
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:12:2: not valid TOML: duplicate key
           |
        12 | [image]
           |  ^^^^^
        hint: write `[[image]]`, with two brackets: there may be several
    "#]],
    );
    check(
        &format!("{HEAD}[[forge]]\nrepository = \"acme/app\"\n"),
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:7:3: `forge` is no table
          |
        7 | [[forge]]
          |   ^^^^^
        hint: write `[forge]`: there is one
    "#]],
    );
    check(
        &format!("{HEAD}[[command]]\nargv = [\"true\"]\n"),
        expect![[r#"
        exit 2
        --- stderr
        error: release-config/release.toml:7:3: `command` is no table
          |
        7 | [[command]]
          |   ^^^^^^^
        hint: name each, as in `[command.NAME]`
    "#]],
    );
}
