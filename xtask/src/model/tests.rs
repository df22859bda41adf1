//! How places are found and versions read back from them.

use super::testing::{model, project};

const APP: &str = "[track.app]\n";

/// The tracks of a tree and their versions, and what is found to be wrong: rule, place and message.
#[track_caller]
fn check(config: &str, tree: &[(&str, &str)], tracks: &[&str], findings: &[&str]) {
    let project = project(config);
    let model = model(&project, tree);
    let solved: Vec<String> = model
        .tracks
        .iter()
        .map(|track| format!("{}={}", track.name, track.current.as_ref().map_or("?", |(version, _)| version.as_str())))
        .collect();
    let found: Vec<String> = model
        .findings
        .iter()
        .map(|finding| format!("{} {}: {}", finding.rule.name(), finding.place, finding.message))
        .collect();
    assert_eq!((solved, found), (owned(tracks), owned(findings)));
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// A manifest of one file with these places.
fn manifest(path: &str, places: &str) -> String {
    format!("[[manifest]]\npath = '{path}'\n{places}\n")
}

#[test]
fn the_first_place_that_says_the_whole_decides() {
    let two = [manifest("a", "line.all = '{app}'"), manifest("b", "line.all = 'v{app}'")];
    let tree = [("a", "1.0.0\n"), ("b", "v2.0.0\n")];
    check(&format!("{APP}{}{}", two[0], two[1]), &tree, &["app=1.0.0"], &[]);
    check(&format!("{APP}{}{}", two[1], two[0]), &tree, &["app=2.0.0"], &[]);
    // What the template can't say, and what is only written, has no say.
    check(&format!("{APP}{}{}", two[1], two[0]), &[("a", "1.0.0\n"), ("b", "2.0.0\n")], &["app=1.0.0"], &[]);
    let bump = manifest("b", "line.all = { template = 'v{app}', on = 'bump' }");
    check(&format!("{APP}{bump}{}", two[0]), &tree, &["app=1.0.0"], &[]);
    let allow = "[[allow]]\npath = 'b'\nsays = 'v2.0.0'\nreason = 'old'\n";
    check(&format!("{APP}{}{}{allow}", two[1], two[0]), &tree, &["app=1.0.0"], &[]);
}

#[test]
fn parts_are_put_together_and_dialects_are_translated() {
    let parts =
        manifest("a.yaml", "yaml.major = '{app.major}'\nyaml.minor = '{app.minor}'\nyaml.patch = '{app.patch}'");
    let tree = [("a.yaml", "major: 1\nminor: 27\npatch: 0\n")];
    check(&format!("{APP}{parts}"), &tree, &["app=1.27.0"], &[]);
    let rest = manifest("a.yaml", "yaml.short = '{app.short}'\nyaml.rest = '{app.rest}'");
    let calver = "[track.app]\nscheme = 'calver'\n";
    check(&format!("{calver}{rest}"), &[("a.yaml", "short: '2022.5'\nrest: 0b3\n")], &["app=2022.5.0b3"], &[]);
    let python = manifest("a.yaml", "yaml.version = '{app:pep440}'");
    check(&format!("{APP}{python}"), &[("a.yaml", "version: 1.2.0rc1\n")], &["app=1.2.0-rc.1"], &[]);
    let rpm = manifest("a.yaml", "yaml.version = '{app:rpm}'");
    check(&format!("{APP}{rpm}"), &[("a.yaml", "version: 1.2.0~rc.1\n")], &["app=1.2.0-rc.1"], &[]);
}

#[test]
fn a_pre_release_that_stands_alone_is_waited_for() {
    let parts = manifest("a.yaml", "yaml.n = '{app.release}'\nyaml.pre = '{app.pre}'");
    let config = format!("[track.app]\nscheme = 'semver'\n{parts}");
    check(&config, &[("a.yaml", "n: '1.2.0'\npre: rc.1\n")], &["app=1.2.0-rc.1"], &[]);
    check(&config, &[("a.yaml", "n: '1.2.0'\npre: ''\n")], &["app=1.2.0"], &[]);
    let odd = format!("{config}{}", manifest("b", "line.all = '-{app.pre}'"));
    check(&odd, &[("a.yaml", "n: '1.2.0'\npre: ''\n"), ("b", "none\n")], &["app=1.2.0"], &[]);
    let lost = config.replace("'{app.pre}'", "'-{app.pre}'");
    check(&lost, &[("a.yaml", "n: '1.2.0'\npre: 'x'\n")], &["app=1.2.0"], &[]);
}

#[test]
fn numbers_in_one_are_taken_apart() {
    let macros = manifest("a", "text.'FMT {}' = '{app.major}{app.minor:02}{app.patch:02}'");
    check(&format!("{APP}{macros}"), &[("a", "FMT 110104\n")], &["app=11.1.4"], &[]);
    check(&format!("{APP}{macros}"), &[("a", "FMT 90100\n")], &["app=9.1.0"], &[]);
}

#[test]
fn a_track_that_no_place_says_is_named_with_what_is_said() {
    let config = format!("{APP}{}", manifest("a", "line.all = 'v{app}'"));
    let finding =
        "no-version release.toml:1:8: no place says the version of `app`: a says `1.0.0`, which is not `v{app}`";
    check(&config, &[("a", "1.0.0\n")], &["app=?"], &[finding]);
    let config = format!("{APP}{}", manifest("a", "line.all = '{app.major}'"));
    let finding =
        "no-version release.toml:1:8: no place says the version of `app`: a says `1`, which is only `{app.major}`";
    check(&config, &[("a", "1\n")], &["app=?"], &[finding]);
    check(APP, &[], &["app=?"], &["no-version release.toml:1:8: no place says the version of `app`"]);
}

#[test]
fn a_family_has_a_track_for_each_folder() {
    let config = "[track.app]\n[track.chart]\nrepo = 'charts'\nwith = 'app'\n[repo.charts]\n[[manifest]]\nrepo = 'charts'\n\
                  path = '{chart}/Chart.yaml'\nyaml.version = '{chart}'\n[[manifest]]\npath = 'V'\nline.all = '{app}'\n";
    let tree = [
        ("charts:web/Chart.yaml", "version: 0.2.0\n"),
        ("charts:db/Chart.yaml", "version: 0.1.0\n"),
        ("charts:db/sub/Chart.yaml", "version: 9.9.9\n"),
        ("V", "1.0.0\n"),
    ];
    check(config, &tree, &["app=1.0.0", "db=0.1.0", "web=0.2.0"], &[]);
    let one_name = tree.map(|(path, text)| {
        (if path.contains("/web") || path.contains(":web") { "charts:app/Chart.yaml" } else { path }, text)
    });
    check(
        config,
        &one_name,
        &["app=1.0.0", "app=0.2.0", "db=0.1.0"],
        &["same-name release.toml:2:8: `app` names a track of `app` and one of `chart`"],
    );
    let two = "[track.up]\n[track.chart]\nwith = 'up'\n[[manifest]]\npath = '{chart}/C'\nyaml.version = '{chart}'\n\
               [[manifest]]\npath = '{up}/C'\nyaml.appVersion = '{up}'\n";
    let both = [("web/C", "version: 0.2.0\nappVersion: 1.0.0\n"), ("db/C", "version: 0.1.0\nappVersion: 7.0.0\n")];
    check(two, &both, &["db=7.0.0", "web=1.0.0", "chart/db=0.1.0", "chart/web=0.2.0"], &[]);
    let member = format!("{config}[[manifest]]\npath = 'W'\nline.all = '{{web}}'\n");
    let with_member: Vec<_> = tree.iter().copied().chain([("W", "0.2.0\n")]).collect();
    check(&member, &with_member, &["app=1.0.0", "db=0.1.0", "web=0.2.0"], &[]);
    let unknown = "unknown-track release.toml:15:6: unknown track `wbe`";
    check(&member.replace("{web}", "{wbe}"), &with_member, &["app=1.0.0", "db=0.1.0", "web=0.2.0"], &[unknown]);
}

#[test]
fn places_are_hit_as_often_as_is_said() {
    let yaml =
        |count: &str| format!("{APP}{}", manifest("a", &format!("text.'v {{}}' = {{ template = '{{app}}'{count} }}")));
    let two = [("a", "v 1.0.0\nv 1.0.0\n")];
    check(&yaml(", count = 2"), &two, &["app=1.0.0"], &[]);
    check(&yaml(", count = 'each'"), &two, &["app=1.0.0"], &[]);
    check(&yaml(""), &two, &["app=1.0.0"], &["hit-count a: `text.v {}` hits 2 places, not 1"]);
    check(&yaml(", count = 3"), &two, &["app=1.0.0"], &["hit-count a: `text.v {}` hits 2 places, not 3"]);
    check(&yaml(", count = 'each'"), &[("a", "x\n")], &["app=?"], &["no-hit a: `text.v {}` hits nothing"]);
}

#[test]
fn a_place_belongs_to_one_equation() {
    let places =
        |other: &str| format!("{APP}{}{}", manifest("a.yaml", "yaml.version = '{app}'"), manifest("a.yaml", other));
    let tree = [("a.yaml", "version: 1.0.0\n")];
    // A bump would write it twice, even if both say the same.
    let claim = "two-claims a.yaml:1:10: `yaml.version` and `yaml.version` claim the same place";
    check(&places("yaml.version = '{app}'"), &tree, &["app=1.0.0"], &[claim]);
    let claim = "two-claims a.yaml:1:10: `yaml.version` and `regex.(?<v>1.*)` claim the same place";
    check(&places("regex.'(?<v>1.*)' = '{app:rpm}'"), &tree, &["app=1.0.0"], &[claim]);
    // One is a part of the other.
    let claim = "two-claims a.yaml:1:10: `yaml.version` and `regex.version: (?<v>1.0)` claim the same place";
    check(&places("regex.'version: (?<v>1.0)' = '{app.short}'"), &tree, &["app=1.0.0"], &[claim]);
}

#[test]
fn files_that_cannot_be_looked_at_are_said_once() {
    let config = format!("{APP}{}", manifest("*.yaml", "yaml.version = '{app}'"));
    let missing = "no-file release.toml:3:8: `*.yaml` matches no tracked file of this repository";
    check(&config, &[], &["app=?"], &[missing]);
    let conflict = "<<<<<<< ours\nversion: 1\n=======\nversion: 2\n>>>>>>> theirs\n";
    let marks = "unreadable a.yaml:1:1: the file holds the marks of a merge conflict";
    check(&config, &[("a.yaml", conflict)], &["app=?"], &[marks]);
}

#[test]
fn patterns_take_what_they_are_told_to() {
    let config = |more: &str| format!("{APP}{}", manifest("*", &format!("{more}line.all = '{{app}}'")));
    let files = |more: &str| {
        let project = project(&config(more));
        let model = model(&project, &[("a", "1.0.0\n"), ("b", "1.0.0\n"), ("c", "1.0.0\n")]);
        model.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>().concat()
    };
    assert_eq!(files(""), "abc");
    assert_eq!(files("exclude = 'b'\n"), "ac");
    assert_eq!(files("only = ['a', 'b']\n"), "ab");
    assert_eq!(files("only = ['a', 'b']\nexclude = 'b'\n"), "a");
}
