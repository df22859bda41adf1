//! What a configuration may say, and what is said about its mistakes.

use super::*;

const GOOD: &str = "[track.app]\n\n[[manifest]]\npath = \"a.yaml\"\nyaml.version = \"{app}\"\n";

/// The messages of all mistakes, each with its place and hint.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let failure = parse("release.toml", text).expect_err("a mistake");
    let all: Vec<String> = std::iter::once(&failure)
        .chain(&failure.more)
        .map(|failure| match &failure.hint {
            Some(hint) => format!("{failure} ({hint})"),
            None => failure.to_string(),
        })
        .collect();
    assert_eq!(all, expected);
}

#[test]
fn entries_are_read_in_the_order_of_the_file() {
    let text = "[[manifest]]\npath = ['a', 'b']\nyaml.version = '{chart}'\ntext.'x {}' = '{app}'\nyaml.image.tag = 'v{app}'\n\
                spec.Release = { template = '1', on = 'bump' }\nimage.'a/b' = { template = '{app}', count = 3 }\n";
    let config = parse("release.toml", text).expect("it reads");
    let manifest = config.one("manifest").expect("a manifest");
    let entries: Vec<String> = manifest
        .entries
        .iter()
        .map(|e| format!("{}.{}={} {:?} {}", e.format, e.locator.value, e.template.value, e.count, e.on_bump))
        .collect();
    assert_eq!(
        entries,
        [
            "yaml.version={chart} None false",
            "text.x {}={app} None false",
            "yaml.image.tag=v{app} None false",
            "spec.Release=1 None true",
            "image.a/b={app} Some(Exactly(3)) false",
        ]
    );
    assert_eq!(manifest.texts("path").len(), 2);
}

#[test]
fn every_mistake_is_said_at_once_with_its_place_and_the_nearest_name() {
    check(
        "[projct]\n\n[track.app]\nbmp = \"minor\"\nscheme = \"semvr\"\n\n[[manifest]]\nyml.version = \"{app}\"\n",
        &[
            "release.toml:1:2: unknown table `projct` (did you mean `project`?)",
            "release.toml:4:1: unknown key `bmp` (did you mean `bump`?)",
            "release.toml:5:10: `scheme` is one of `semver`, `chart`, `calver`, `pep440`, `loose`, not `semvr` (did you mean `semver`?)",
            "release.toml:7:1: [[manifest]] has no `path` (files: paths, `*`, `?`, `**`, and `{track}`, which makes the track a family)",
            "release.toml:8:1: unknown key `yml` (did you mean `yaml`?)",
        ],
    );
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    check(
        &GOOD.replace("\"a.yaml\"", "3"),
        &[
            "release.toml:4:1: `path` is a string or a list of strings (files: paths, `*`, `?`, `**`, and `{track}`, which makes the track a family)",
        ],
    );
    check(
        &GOOD.replace("\"{app}\"", "3"),
        &["release.toml:5:6: a template is a string (write it in quotes, as in `\"{app}\"`)"],
    );
    check(
        "track = 1\n",
        &["release.toml:1:1: `track` is no table (write it as a header, `[…]`, and its keys on the lines below)"],
    );
    check(
        "[manifest]\n",
        &[
            "release.toml:1:2: `manifest` is a list of tables (write `[[manifest]]`, with two brackets: there may be several)",
        ],
    );
    check(
        "[track.'a b']\n",
        &["release.toml:1:8: `a b` is no name for a track (use letters, digits, `-` and `_`, as in `app`)"],
    );
    check(
        "[[allow]]\npath = 'a'\n",
        &[
            "release.toml:1:1: [[allow]] has no `says` (what stands there)",
            "release.toml:1:1: [[allow]] has no `reason` (why that is right)",
        ],
    );
}

#[test]
fn a_file_that_is_no_toml_is_named_with_its_line() {
    let failure = parse("release.toml", "a = 1\n= 2\n").expect_err("a mistake");
    assert_eq!(failure.place.as_ref().and_then(|place| place.at).map(|(line, _)| line), Some(2));
    assert!(failure.message.starts_with("not valid TOML: "), "{}", failure.message);
}

#[test]
fn names_that_are_near_are_found_and_others_are_not() {
    assert_eq!(nearest("yml", ["yaml", "toml"]), Some("yaml"));
    assert_eq!(nearest("mjaor", ["major", "minor"]), Some("major"));
    assert_eq!(nearest("zzzz", ["yaml", "toml"]), None);
}

#[test]
fn every_key_of_the_reader_is_in_the_schema() {
    let schema = schema::schema().render();
    for table in keys::TABLES {
        assert!(schema.contains(&format!("\"{}\": {{", table.name)), "{}", table.name);
        for key in table.keys {
            assert!(schema.contains(&format!("\"{}\": {{", key.name)), "{}.{}", table.name, key.name);
        }
    }
}

#[test]
fn values_of_every_kind_are_read() {
    let text = "[track.app]\nsigned = true\nwith = 'a'\n[command.deploy]\nargv = ['make', 'deploy']\ntimeout = '90s'\n\
                env.A = 'x'\n[command.deploy.env]\nB = 'y'\n[command.b]\nargv = ['b']\nenv = { C = 'z' }\n";
    let failure = parse("release.toml", text).expect_err("a table can't be dotted and have a header");
    assert!(failure.message.starts_with("not valid TOML"), "{failure}");
    let config = parse("release.toml", &text.replace("env.A = 'x'\n", "")).expect("it reads");
    let track = config.one("track").expect("a track");
    assert_eq!((track.flag("signed"), track.texts("with").len(), track.has("bump")), (Some(true), 1, false));
    let commands: Vec<&Table> = config.all("command").collect();
    assert_eq!(commands[0].texts("argv").len(), 2);
    assert_eq!(commands[0].duration("timeout").map(|timeout| timeout.value.as_secs()), Some(90));
    let pairs = |table: &Table| {
        table.map("env").iter().map(|(name, value)| format!("{}={}", name.value, value.value)).collect::<Vec<_>>()
    };
    assert_eq!((pairs(commands[0]), pairs(commands[1])), (vec!["B=y".to_owned()], vec!["C=z".to_owned()]));
}

#[test]
fn values_of_the_new_kinds_are_refused_in_their_words() {
    let refused = |text: &str, words: &str| {
        let failure = parse("release.toml", text).expect_err(words);
        assert!(failure.to_string().contains(words) && failure.more.is_empty(), "{failure}");
        failure.hint.expect("a hint")
    };
    refused("[track.a]\nsigned = 'yes'\n", "release.toml:2:1: `signed` is true or false");
    let list = "`argv` is a list of strings, such as [\"make\", \"deploy\"]";
    refused("[command.a]\nargv = 'make deploy'\n", list);
    refused("[command.a]\nargv = ['make', 1]\n", list);
    refused("[command.a]\nargv = []\n", "`argv` is empty");
    let command = "[command.a]\nargv = ['a']\n";
    let duration = "release.toml:3:1: `timeout` is a number with `s`, `m` or `h`, such as \"30m\"";
    refused(&format!("{command}timeout = 30\n"), duration);
    refused(&format!("{command}timeout = '30'\n"), duration);
    let map = "`env` is a table of strings, such as { TARGET = \"production\" }";
    refused(&format!("{command}env = ['A=b']\n"), map);
    refused(&format!("{command}env = {{ A = 1 }}\n"), map);
    refused(&format!("{command}where = 'here'\n"), "`where` is one of `prepared`, `checkout`, not `here`");
    let hint = refused(&format!("{command}when = 'pushd'\n"), "not `pushd`");
    assert_eq!(hint, "did you mean `pushed`?");
    assert_eq!(refused("[command]\nargv = ['a']\n", "`argv` is no table"), "name it, as in `[command.NAME]`");
    refused("allow = [{ path = 'a', says = 'b', reason = 'c' }, 3]\n", "`allow` is a list of tables");
}
