//! `init`, and what needs no project: the schema, completions, help.

use expect_test::expect;
use lockstep_tests::projects::{APP, CONFIG, app};
use lockstep_tests::sandbox::{Sandbox, assert_untouched, skip};
use serde_json::Value;

/// A repository with a history, and without a configuration.
fn unconfigured() -> Sandbox {
    let sandbox = Sandbox::new(&APP[1..]);
    sandbox.git(&["tag", "-am", "Version 1.26.0", "v1.26.0"]);
    sandbox
}

#[test]
fn a_proposal_is_one_that_check_accepts() {
    let sandbox = unconfigured();
    expect![[r#"
        exit 0
        --- stderr
        3 taken, 0 unsure, 0 left alone; 4 files, 1 tag, 1 commit looked at
          app  1.26.0  3 places  at `1.26.0`, which is also the latest tag
        wrote release-config/release.toml
        `cargo xtask check`: consistent, 3 places in 3 files
    "#]]
    .assert_eq(&sandbox.run(&["init", "--yes"]).to_string());
    expect![[r#"
        [project]
        name = "app"
        branch = "main"

        # at `1.26.0`, which is also the latest tag
        [track.app]

        # `1.26.0`, the latest tag is `v1.26.0`
        [[manifest]]
        path = "package.json"
        json.version = "{app}"

        # `1.26.0`, the latest tag is `v1.26.0`
        [[manifest]]
        path = "acme/settings.py"
        python.VERSION = "{app}"

        # `release-1.26.0`
        [[manifest]]
        path = "deploy/values.yaml"
        yaml."image.tag" = "release-{app}"

        # For a release, if it shall do that as well:
        # [[image]]
        # name = "acme/web"
        # registries = "docker.io"
        # tags = "release-{app}"
    "#]]
    .assert_eq(&sandbox.read(CONFIG));
    sandbox.commit("Configure");
    sandbox.run(&["check"]).code(0);
    sandbox.run(&["bump", "minor", "--commit"]).code(0);
    sandbox.run(&["tag"]).code(0).says("v1.27.0");
}

#[test]
fn a_proposal_needs_somebody_to_agree() {
    let sandbox = unconfigured();
    let before = sandbox.state();
    let ran = sandbox.run(&["init"]).code(2).says("nobody is here to agree");
    assert!(ran.stderr.contains("hint: `--yes` writes it"), "{ran}");
    assert_untouched(&before, &sandbox.state(), "init");
}

#[test]
fn a_configuration_is_replaced_only_when_asked() {
    let sandbox = app();
    let before = sandbox.state();
    expect![[r#"
        exit 2
        --- stderr
        error: `release-config/release.toml` is there already
        hint: `--update` proposes what has come since, `--force` replaces it, `--dry-run` prints the proposal
    "#]]
    .assert_eq(&sandbox.run(&["init", "--yes"]).to_string());
    assert_untouched(&before, &sandbox.state(), "init");
    sandbox.run(&["init", "--yes", "--force"]).code(0);
    sandbox.run(&["check"]).code(0);
}

#[test]
fn a_proposal_of_a_project_that_disagrees_says_so() {
    let sandbox = unconfigured();
    sandbox.replace("package.json", "1.26.0", "1.25.0");
    sandbox.commit("Drift");
    sandbox.run(&["init", "--yes"]).code(0).says("says `1.25.0`, and the version is `1.26.0`");
    // What is unsure is left out, as comments.
    sandbox.run(&["check"]).code(0).says("2 places");
    assert!(sandbox.read(CONFIG).contains("# path = \"package.json\""));
}

#[test]
fn it_goes_to_the_top_of_the_repository() {
    let sandbox = unconfigured();
    sandbox.run_in("acme", &["init", "--yes"]).code(0);
    assert!(sandbox.path(CONFIG).exists());
    let sandbox = Sandbox::folder(&APP[1..]);
    sandbox.run(&["init", "--yes"]).code(0);
    sandbox.run(&["check"]).code(0);
}

#[test]
fn the_schema_is_one_that_fits_the_examples() {
    let sandbox = Sandbox::folder(&[]);
    let ran = sandbox.run(&["schema"]).code(0);
    let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"));
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = 0;
    let mut folders = vec![repository.join("release-config"), repository.join("tests/tour")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).unwrap();
                found += 1;
                fits(&schema, &schema, &json_of(&text), &path.display().to_string());
            }
        }
    }
    assert!(found > 0, "there are examples");
    // The judge itself is judged: an unknown key doesn't fit.
    let wrong = json_of("[track.app]\nbmp = 1\n");
    assert!(std::panic::catch_unwind(|| fits(&schema, &schema, &wrong, "")).is_err());
}

/// A TOML text as the JSON that editors hold against the schema.
fn json_of(text: &str) -> Value {
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    serde_json::to_value(table).unwrap()
}

/// The part of JSON Schema that the schema uses; a keyword that isn't known here fails.
#[track_caller]
fn fits(root: &Value, schema: &Value, value: &Value, at: &str) {
    let Some(rules) = schema.as_object() else {
        assert!(schema != &Value::Bool(false), "{at} is not allowed");
        return;
    };
    for (keyword, rule) in rules {
        match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "$defs" | "definitions" | "default" | "examples" => {}
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                fits(root, root.pointer(pointer).expect("a definition"), value, at);
            }
            "type" => assert!(is_type(rule, value), "{at}: {value} is no {rule}"),
            "const" => assert_eq!(rule, value, "{at}"),
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{at}: {value} is none of {rule}"),
            "minimum" => assert!(value.as_f64() >= rule.as_f64(), "{at}"),
            "pattern" | "format" | "uniqueItems" | "minLength" => {}
            "minItems" => {
                assert!(value.as_array().is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()), "{at}")
            }
            "items" => {
                value.as_array().into_iter().flatten().for_each(|item| fits(root, rule, item, &format!("{at}[]")))
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    assert!(
                        value.as_object().is_none_or(|map| map.contains_key(name.as_str().unwrap())),
                        "{at} has no {name}"
                    );
                }
            }
            "properties" => {
                for (name, item) in value.as_object().into_iter().flatten() {
                    if let Some(rule) = rule.get(name) {
                        fits(root, rule, item, &format!("{at}.{name}"));
                    }
                }
            }
            "additionalProperties" => {
                let known = rules.get("properties").and_then(Value::as_object);
                for (name, item) in value.as_object().into_iter().flatten() {
                    if known.is_none_or(|known| !known.contains_key(name)) {
                        fits(root, rule, item, &format!("{at}.{name}"));
                    }
                }
            }
            "anyOf" | "oneOf" => {
                let any = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|rule| std::panic::catch_unwind(|| fits(root, rule, value, at)).is_ok());
                assert!(any, "{at}: {value} fits none of {rule}");
            }
            other => panic!("the schema uses `{other}`, which this test doesn't know"),
        }
    }
}

fn is_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        other => panic!("`{other}` is no type of TOML"),
    };
    match rule {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

#[test]
fn completions_are_scripts_that_their_shells_read() {
    for (shell, check) in [
        ("bash", &["-n"][..]),
        ("zsh", &["-n"]),
        ("fish", &["--no-execute"]),
        ("elvish", &["-compileonly"]),
        ("powershell", &[]),
    ] {
        let sandbox = Sandbox::folder(&[]);
        let script = sandbox.run(&["completions", shell]).code(0).stdout;
        assert!(script.contains("versions") && script.contains("allow-lower"), "{shell}\n{script}");
        sandbox.write("script", &script);
        let found =
            std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| folder.join(shell).is_file());
        if check.is_empty() || !found {
            // Only bash is everywhere; the others are read where they are.
            assert!(shell != "bash", "there is no bash");
            continue;
        }
        let mut command = sandbox.command(shell, "");
        command.args(check).arg("script");
        sandbox.output(command).code(0);
    }
    Sandbox::folder(&[]).run(&["completions", "tcsh"]).code(2);
    if !std::path::Path::new("/bin/bash").exists() {
        skip("completions_are_scripts_that_their_shells_read", "there is no bash");
    }
}

#[test]
fn help_names_every_command_and_exit_code() {
    let sandbox = Sandbox::folder(&[]);
    expect![[r#"
        exit 0
        --- stdout
        One version, many manifests, in lockstep

        Usage: cargo xtask [OPTIONS] <COMMAND>

        Commands:
          init             Look at this repository and propose release-config/release.toml
          check            Do all places say what they must?
          versions         The tracks and their versions, in every spelling
          bump             Move versions: every place of every track, or none
          branch           Cut the release branch at the remote, and say what is on it
          notes            What changed since the last release, for a person to write notes from
          plan             What a release would do, step by step, and how far it has come
          run              Make the release, or go on with it: the same command again is all it takes
          status           Where the release stands, whose it is, and on whom it waits
          checklist        The checklists of the release: which items are open, and who ticked the others
          publish-images   Build the images of the released versions from their tags, and name them
          promote          Give a candidate's images the names of its version; nothing is built
          publish-release  Draft, fill, verify and publish the release of a version whose tag the remote has
          publish-charts   Package the charts of the remotes' branches, and publish those that aren't yet
          tag              Make the annotated tag of a track's version on HEAD
          hook             The check before each commit
          schema           The JSON Schema of release.toml, for editors
          completions      A completion script for a shell
          release          The same commands: `cargo xtask release check` is `cargo xtask check`

        Options:
          -C <DIR>             Run as if started in DIR
              --config <FILE>  Read this file instead of release-config/release.toml
              --color <WHEN>   Colour: auto (on a terminal), always, never
          -q, --quiet          Say nothing but results and errors
          -v, --verbose        Name every program that is run, how long it took and how it ended
          -h, --help           Print help
          -V, --version        Print version

        Exit codes: 0 done · 1 check found drift · 2 usage or configuration · 3 a tool failed, go on with the same command · 4 the world contradicts the plan · 5 waiting for a person or a gate
    "#]].assert_eq(&sandbox.run(&["--help"]).to_string());
    expect![[r#"
        exit 0
        --- stdout
        Move versions: every place of every track, or none

        Usage: cargo xtask bump [OPTIONS] [[TRACK=]LEVEL|VERSION]...

        Arguments:
          [[TRACK=]LEVEL|VERSION]...  What moves, and how far

        Options:
          -C <DIR>             Run as if started in DIR
              --dry-run        Show the same plan and write nothing
              --commit         Commit the files that were written, with the configured subject
              --config <FILE>  Read this file instead of release-config/release.toml
              --color <WHEN>   Colour: auto (on a terminal), always, never
              --strict         Refuse when a place disagrees beforehand
              --allow-lower    Allow the same or a lower version
          -q, --quiet          Say nothing but results and errors
              --format <FORM>  Form of the result: text, json
          -v, --verbose        Name every program that is run, how long it took and how it ended
          -h, --help           Print help

        Levels: major, minor, patch, pre, rc, beta, alpha, final, dev, next; two in one (minor-rc, patch-beta) begin a series; or a version. Without one, the leading track moves by its own level, and what follows it goes along.

        Examples:
          cargo xtask bump minor
          cargo xtask bump 1.27.0
          cargo xtask bump app=1.27.0 chart=minor
    "#]].assert_eq(&sandbox.run(&["bump", "--help"]).to_string());
    assert_eq!(sandbox.run(&["release", "bump", "--help"]).code, 0);
    for (word, option) in [(&["help"][..], &["--help"][..]), (&["help", "bump"], &["bump", "--help"])] {
        assert_eq!(sandbox.run(word).to_string(), sandbox.run(option).to_string());
    }
    assert_eq!(sandbox.run(&[]).code, 2);
    sandbox.run(&["--version"]).code(0).says("xtask");
}
