//! What a release may be configured to be, and what is said of every mistake.

use std::collections::BTreeSet;

use super::release::{CommandPlace, Ledger, When};
use super::steps::StepWord;
use super::*;
use crate::config::{keys, parse};

mod images;

/// Two repositories that are released together, and nothing else.
const PLAIN: &str = "\
[project]
name = 'acme'
[track.app]
[track.chart]
repo = 'charts'
[repo.charts]
url = 'https://example.com/acme/charts.git'
[remote.origin]
url = 'https://example.com/acme/app.git'
[[manifest]]
path = 'VERSION'
line.all = '{app}'
[[manifest]]
repo = 'charts'
path = 'acme/Chart.yaml'
yaml.version = '{chart}'
";

/// Everything that can be said of a release, each key once, and nothing as it would be without it.
const WHOLE: &str = "\
[remote.vault]
url = 'ssh://git@example.com/acme/vault.git'
public = false
repo = 'charts'
[branch]
name = 'release-{app}'
from = 'trunk'
merge = 'stable'
[freeze]
allow = ['docs/**']
marks = ['Fixes:']
[changelog]
file = 'HISTORY.md'
notes = 'notes/{app}.md'
commit = 'Changelog {app}'
heading = 'Version {app}'
[[image]]
name = 'acme/app'
registries = ['ghcr.io']
tags = ['release-{app}']
platforms = ['linux/amd64']
wait = '5m'
[forge]
repository = 'acme/app'
host = 'github.example.com'
title = 'Acme {app}'
notes = 'notes/{app}.txt'
checksums = '{app}_checksums.txt'
others = '*.sig'
[[registry]]
host = '10.0.0.1:5000'
login = true
plain-http = true
[[chart]]
repo = 'charts'
path = 'acme'
pages = 'gh-pages'
folder = 'charts'
url = 'https://acme.github.io/charts'
oci = ['oci://ghcr.io/acme/charts']
[command.deploy]
argv = ['./deploy', '{app}']
done = ['./deploy', '--is', '{app}']
timeout = '5m'
where = 'checkout'
when = 'pushed'
env.TARGET = 'production {app}'
[checklist.smoke]
file = 'smoke.md'
when = 'end'
[process.release]
steps = ['claim', 'commit', 'app/tag', 'charts/tag', 'command/deploy', 'checklist/smoke', 'push']
[ledger]
remote = 'vault'
branch = 'claims'
";

/// The other tables, with every key that [`PLAIN`] leaves out.
const MORE: &str = "\
[track.docs]
scheme = 'calver'
bump = 'minor'
with = 'app'
repo = 'docs'
branch = 'next'
tag = 'd{version}'
message = 'Docs {version}'
signed = true
[repo.docs]
path = '../d'
url = '../docs.git'
branch = 'next'
commit = 'Docs {docs}'
[[manifest]]
repo = 'docs'
path = 'a/*'
only = 'a/b'
exclude = 'a/c'
line.all = '{docs}'
[[allow]]
repo = 'docs'
path = 'a/b'
says = '1.0'
reason = 'old'
until = 2027-01-31
[[image]]
name = 'acme/built'
registries = ['ghcr.io']
tags = ['{app}']
channels = ['latest', '{app.major}']
suffix = '-scratch'
platforms = ['linux/amd64']
promote = true
repo = 'docs'
dockerfile = 'docker/Dockerfile'
context = 'docker'
target = 'slim'
args.APP_VERSION = '{app}'
labels.\"org.example.title\" = 'Acme'
provenance = true
sbom = true
same-files = true
timeout = '5m'
[builder]
name = 'big'
options = ['network=host']
nodes = ['ssh://arm.example.com']
config = 'release-config/buildkitd.toml'
[[asset]]
path = 'install.sh'
where = 'checkout'
name = 'install-{app}.sh'
";

#[track_caller]
fn project(text: &str) -> Project {
    let all = |failure: Failure| {
        let more = failure.more.iter().map(ToString::to_string).collect::<Vec<_>>();
        format!("{failure} {more:?}")
    };
    resolve(parse("release.toml", text).map_err(all).expect("it reads")).map_err(all).expect("it resolves")
}

/// The mistake in this file: what is underlined, what is said, and the hint.
#[track_caller]
fn mistake(text: &str) -> (String, String, String) {
    let failure = parse("release.toml", text).and_then(resolve).expect_err("a mistake");
    assert!(failure.more.is_empty(), "{:?}", failure.more);
    let place = failure.place.expect("a place");
    let (line, column) = place.at.expect("a line");
    let (source, width) = place.source.unwrap_or_default();
    let there = source.chars().skip(column - 1).take(width).collect();
    assert!(line > 0 && !failure.message.is_empty());
    (there, failure.message, failure.hint.expect("a hint"))
}

/// A plain file with this at its end is refused: what is underlined, what is said, what to do.
#[track_caller]
fn check(more: &str, there: &str, message: &str, hint: &str) {
    let (was, said, next) = mistake(&format!("{PLAIN}{more}"));
    assert_eq!((was.as_str(), said.as_str(), next.as_str()), (there, message, hint));
}

/// The whole file with one piece of it replaced is refused.
#[track_caller]
fn with(from: &str, to: &str, message: &str, hint: &str) {
    assert!(WHOLE.contains(from), "{from}");
    let (_, said, next) = mistake(&format!("{PLAIN}{}", WHOLE.replacen(from, to, 1)));
    assert_eq!((said.as_str(), next.as_str()), (message, hint));
}

// ---- what is right ----

#[test]
fn nothing_said_is_a_release_by_default() {
    let project = project(PLAIN);
    let release = &project.release;
    let remotes: Vec<String> = release.remotes.iter().map(|r| format!("{} {} {}", r.name, r.repo, r.public)).collect();
    assert_eq!(remotes, ["origin 1 true", "origin 0 true"]);
    assert_eq!(release.ledger, Ledger::Local);
    assert!(release.branching.is_none() && release.freeze.is_none() && release.changelog.is_none());
    assert!(release.processes.is_empty() && !project.tracks[0].signed);
    assert_eq!((project.label(0), project.label(1)), ("acme", "charts"));
    assert_eq!((project.repos[0].branch.as_deref(), project.repos[0].release_branch()), (None, "main"));
}

#[test]
fn defaults_are_filled_in() {
    let more = "[project]\nbranch = 'trunk'\n[branch]\nname = 'release-{app}'\n[changelog]\n[[image]]\nname = 'a'\n\
                registries = 'ghcr.io'\ntags = '{app}'\n[[registry]]\nhost = 'ghcr.io'\n[command.a]\nargv = ['a']\n\
                [checklist.b]\n[ledger]\nremote = 'origin'\n[[chart]]\nrepo = 'charts'\npath = 'acme/'\npages = 'gh-pages'\n";
    let project = project(&PLAIN.replace("[project]\n", "").replace("name = 'acme'\n", "").replacen("", more, 1));
    let release = &project.release;
    assert_eq!(project.label(0), "app");
    assert_eq!(release.branching.as_ref().map(|branching| branching.from.as_str()), Some("trunk"));
    let changelog = release.changelog.as_ref().expect("a changelog");
    assert_eq!((changelog.file.as_str(), changelog.notes.as_str()), ("CHANGELOG.md", "release-config/notes/{app}.md"));
    assert!(changelog.commit.is_none() && changelog.heading.is_none());
    assert_eq!(release.images[0].wait.as_secs(), 1800);
    assert!(!release.registries[0].login && !release.registries[0].plain_http);
    let command = &release.commands[0];
    assert_eq!((command.place, command.when, command.timeout.as_secs()), (CommandPlace::Prepared, When::End, 3600));
    assert_eq!(release.checklists[0].file, "release-config/checklists/b.md");
    assert_eq!(release.checklists[0].when, When::Prepared);
    assert!(matches!(&release.ledger, Ledger::Remote(index, branch)
        if release.remotes[*index].repo == 0 && branch == "lockstep-ledger"));
    let pages = release.charts[0].pages.as_ref().expect("pages");
    assert_eq!((release.charts[0].path.as_str(), pages.folder.as_str(), &pages.url), ("acme", "", &None));
}

/// A key that nobody reads would be an option that does nothing.
#[test]
fn every_key_makes_a_difference() {
    let seen = |text: &str| {
        let Project { name, repos, tracks, manifests, allows, release, .. } = project(text);
        format!("{name:?} {repos:?} {tracks:?} {manifests:?} {allows:?} {release:?}")
    };
    let plain = PLAIN.replace("name = 'acme'", "name = 'acme'\nbranch = 'next'\ncommit = 'Bump {app}'");
    let text = format!("{plain}{WHOLE}{MORE}");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (mut header, mut met) = (String::new(), BTreeSet::new());
    for at in 0..lines.len() {
        if lines[at].starts_with('[') {
            header = lines[at].trim_matches(['[', ']']).split('.').next().unwrap_or_default().to_owned();
            continue;
        }
        let table = keys::TABLES.iter().find(|table| table.name == header).expect("a table");
        let Some(key) = lines[at].split([' ', '.']).next().and_then(|name| table.find_key(name)) else { continue };
        met.insert((table.name, key.name));
        // A comment of the same length: everything else stays where it is.
        let comment = "#".repeat(lines[at].len());
        let line = std::mem::replace(&mut lines[at], comment);
        let without = lines.join("\n") + "\n";
        match parse("release.toml", &without).and_then(resolve) {
            Ok(_) => assert_ne!(seen(&without), seen(&text), "`{line}` does nothing"),
            Err(_) => assert!(
                key.required || ["pages", "repo", "url", "dockerfile", "platforms"].contains(&key.name),
                "{line}"
            ),
        }
        lines[at] = line;
    }
    let all = keys::TABLES.iter().flat_map(|table| table.keys.iter().map(|key| (table.name, key.name)));
    assert_eq!(met, all.collect(), "a key is missing above");
}

#[test]
fn steps_are_found_by_their_names() {
    let project = project(&format!("{PLAIN}{WHOLE}"));
    let Release { commands, checklists, .. } = &project.release;
    let known = Known { project: project.name.as_deref(), repos: &project.repos, commands, checklists };
    for (written, expected) in [
        ("push", Some(StepWord::Builtin("push", None))),
        ("acme/push", Some(StepWord::Builtin("push", Some(0)))),
        ("app/push", Some(StepWord::Builtin("push", Some(0)))),
        ("charts/pages", Some(StepWord::Builtin("pages", Some(1)))),
        ("command/deploy", Some(StepWord::Command(0))),
        ("checklist/smoke", Some(StepWord::Checklist(0))),
        ("charts/image", None),
        ("other/push", None),
        ("command/push", None),
        ("/push", None),
        ("", None),
    ] {
        assert_eq!(known.step(written), expected, "{written}");
    }
}

// ---- what is wrong ----

#[test]
fn names_that_nobody_knows_are_met_with_the_nearest() {
    check(
        "[remote.x]\nurl = '../x'\nrepo = 'chart'\n",
        "'chart'",
        "unknown repository `chart`",
        "did you mean `charts`?",
    );
    check("[ledger]\nremote = 'orign'\n", "'orign'", "unknown remote `orign`", "did you mean `origin`?");
    check("[ledger]\nremote = 'vault'\n", "'vault'", "unknown remote `vault`", "add `[remote.vault]`");
    let branch = "[branch]\nname = 'release-{ap}'\n";
    check(branch, "'release-{ap}'", "unknown track `ap`", "did you mean `app`?");
    with("notes/{app}.md", "notes/{ap}.md", "unknown track `ap`", "did you mean `app`?");
    with("Changelog {app}", "Changelog {zzzz}", "unknown track `zzzz`", "add `[track.zzzz]`");
    with("'Version {app}'", "'Version {ap}'", "unknown track `ap`", "did you mean `app`?");
    with("['release-{app}']", "['release-{ap}']", "unknown track `ap`", "did you mean `app`?");
    with("'{app}']\ndone", "'{ap}']\ndone", "unknown track `ap`", "did you mean `app`?");
    with(
        "--is', '{app}'",
        "--is', '{app.mjaor}'",
        "`{app.mjaor}` asks for the unknown part `mjaor`",
        "did you mean `major`?",
    );
    with("production {app}", "{ap}", "unknown track `ap`", "did you mean `app`?");
}

#[test]
fn a_file_is_named_or_left_out() {
    let manifest = |more: &str| format!("[[manifest]]\npath = ['W', 'w/*']\n{more}line.all = '{{app}}'\n");
    for more in ["exclude = 'W'\n", "exclude = '?'\n", "only = 'w/x'\n"] {
        let message = "`W` is named here and left out by `only` or `exclude`";
        check(&manifest(more), "'W'", message, "take it out of one of them");
    }
    project(&format!("{PLAIN}{}", manifest("only = ['W', 'w/x']\nexclude = 'w/y'\n")));
}

#[test]
fn a_place_has_one_name_and_one_address() {
    let second = "[remote.other]\nurl = 'https://example.com/acme/app'\n";
    check(
        second,
        "other",
        "`other` is the same place as `origin`",
        "take one of them out: a place is public or it isn't",
    );
    let clash = PLAIN.replace("[remote.origin]\n", "[remote.origin]\nrepo = 'charts'\n");
    let (there, message, hint) = mistake(&clash);
    assert_eq!((there.as_str(), message.as_str()), ("origin", "a second remote is called `origin`"));
    assert_eq!(hint, "give each a name of its own, or leave out the `url` of the `[repo.…]`");
}

#[test]
fn addresses_with_secrets_are_not_repeated() {
    for more in [
        "[remote.x]\nurl = 'https://user:hunter2@example.com/a.git'\n",
        "[repo.x]\nurl = 'https://hunter2@example.com/a.git'\n",
        "[[chart]]\npath = 'a'\npages = 'p'\nurl = 'https://user:hunter2@example.com/'\n",
        "[[chart]]\npath = 'a'\noci = 'oci://user:hunter2@ghcr.io/a'\n",
        "[[registry]]\nhost = 'user:hunter2@ghcr.io'\n",
    ] {
        let failure = parse("release.toml", &format!("{PLAIN}{more}")).and_then(resolve).expect_err(more);
        assert!(failure.message.starts_with("the address holds a user or a password"), "{failure}");
        let place = failure.place.as_ref().expect("a place");
        assert!(place.at.is_some() && place.source.is_none(), "{more}");
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }
    let (_, message, _) = mistake(&format!("{PLAIN}[remote.x]\nurl = 'ext::sh -c id'\n"));
    assert_eq!(message, "an address holds no white space, line end or backslash");
}

#[test]
fn a_ledger_is_not_kept_in_another_repository_by_accident() {
    let without = PLAIN.replace("[remote.origin]\nurl = 'https://example.com/acme/app.git'\n", "");
    let (_, message, hint) = mistake(&format!("{without}[ledger]\nremote = 'origin'\n"));
    assert_eq!(message, "`origin` is only known as the remote of `charts`");
    assert_eq!(hint, "add `[remote.origin]` with the `url` of this repository");
}

#[test]
fn a_ledger_is_no_more_public_than_it_must_be() {
    with(
        "remote = 'vault'",
        "remote = 'origin'",
        "the ledger would be public on `origin`, though the project has private remotes",
        "keep it in a private one, such as `remote = \"vault\"`",
    );
    let hint = "the ledger has a branch to itself: leave `branch` out";
    with("branch = 'claims'", "branch = 'main'", "`main` is the branch that is released", hint);
    let hint = "write the branch's own name, as in `main` or `release/1.x`";
    with("branch = 'claims'", "branch = '-f'", "a branch's name `-f` doesn't begin with a letter or a digit", hint);
}

#[test]
fn repositories_are_told_apart_by_the_names_of_their_steps() {
    let hint = "give it another name: steps are called `charts/push`";
    check("[repo.acme]\n", "acme", "`acme` is this repository's own name", hint);
    check("[repo.command]\n", "command", "`command` is what steps are called", hint);
    check("[repo.image]\n", "image", "`image` is what steps are called", hint);
    let (_, message, _) =
        mistake(&PLAIN.replace("name = 'acme'\n", "").replace("[track.app]", "[repo.app]\n[track.app]"));
    assert_eq!(message, "`app` is this repository's own name");
    assert_eq!(project(&PLAIN.replace("'acme'\n", "'Acme & Sons'\n")).label(0), "app");
}

#[test]
fn branches_and_notes_differ_from_version_to_version() {
    let hint = "a branch is called like `release-{app}` or `release/{app}`";
    with("'release-{app}'", "'release'", "`release` would be the same for every version", hint);
    with("'release-{app}'", "'release {app}'", "`release 1.2.3` holds ` `", hint);
    with("'release-{app}'", "'-{app}'", "`-1.2.3` doesn't begin with a letter or a digit", hint);
    with("'release-{app}'", "'{app.pre}..x'", "`rc.1..x` has two dots or slashes in a row", hint);
    let hint = "each version has notes of its own, as in `release-config/notes/{app}.md`";
    with("notes/{app}.md", "notes.md", "`notes.md` would be the same for every version", hint);
    with("notes/{app}.md", "../{app}.md", "the path `../1.2.3.md` leaves the repository", hint);
    let hint = "write the heading without its `#`s, as in `{app}`";
    with("'Version {app}'", "'Version'", "`Version` would be the same for every version", hint);
    let hint = "write its path from the repository's root";
    with("HISTORY.md", "/HISTORY.md", "the path `/HISTORY.md` leaves the repository", hint);
    with("HISTORY.md", "*.md", "the path `*.md` is a pattern, not a file", hint);
    with("'smoke.md'", "'./smoke.md'", "the path `./smoke.md` isn't written as git writes it", hint);
    let family = PLAIN.replace("'acme/Chart.yaml'", "'{chart}/Chart.yaml'");
    let (_, message, hint) = mistake(&format!("{family}[branch]\nname = 'release-{{chart}}'\n"));
    assert_eq!(message, "`{chart}` is a family, and nothing says which of it");
    assert_eq!(hint, "name one of its tracks");
    let (_, message, _) =
        mistake(&format!("{}[changelog]\n", family.replace("[track.app]", "[track.app]\nwith = 'chart'")));
    assert_eq!(message, "no single track leads, so the notes need a name");
}

#[test]
fn a_freeze_has_something_to_freeze() {
    let hint = "add `[branch]` with `name = \"release-{app}\"`, or take `[freeze]` out";
    check("[freeze]\nmarks = 'Fixes:'\n", "freeze", "no release branch is cut that could be frozen", hint);
    with("'Fixes:'", "' '", "every message holds an empty mark", "write a word such as `Freeze-Exception:`");
    with("docs/**", "{app}/**", "`{app}/**` binds a track, which means nothing here", "write `*` for any folder");
}

#[test]
fn images_and_registries_are_named_as_registries_name_them() {
    with("'acme/app'", "'Acme/app'", "`Acme/app` is no image's name", "write it in small letters, as in `acme/app`");
    let hint = "write the host into `registries`, and here `acme/app`";
    with("'acme/app'", "'ghcr.io/acme/app'", "`ghcr.io/acme/app` names its registry", hint);
    with("'linux/amd64'", "'amd64'", "`amd64` is no platform", "did you mean `linux/amd64`?");
    with("'linux/amd64'", "'linux-amd64'", "`linux-amd64` is no platform", "did you mean `linux/amd64`?");
    let hint = "write system and architecture, as in `linux/arm64`";
    with("'linux/amd64'", "'LINUX'", "`LINUX` is no platform", hint);
    let hint = "the folders belong to the image's `name`, as in `acme/app`";
    with("['ghcr.io']", "['ghcr.io/acme']", "`ghcr.io/acme` is no registry", hint);
    let hint = "leave out what stands before the host, as in `ghcr.io`; `plain-http` says that there is no TLS";
    with("'10.0.0.1:5000'", "'http://10.0.0.1:5000'", "`http://10.0.0.1:5000` is no registry", hint);
    let hint = "write a name and perhaps a port, as in `ghcr.io` or `127.0.0.1:5000`";
    with("'10.0.0.1:5000'", "'-o'", "`-o` is no registry", hint);
    with("'10.0.0.1:5000'", "'ghcr.io:'", "`ghcr.io:` is no registry", hint);
    let hint =
        "an image tag is called like `{app}` or `release-{app}`; `{app:docker}` spells `+` as registries take it";
    with(
        "['release-{app}']",
        "['release/{app}']",
        "`release/1.2.3` is not an image tag: it is 1 to 128 of `A-Z a-z 0-9 _ . -`",
        hint,
    );
    with("['release-{app}']", "['latest']", "`latest` would be the same for every version", hint);
    let twice = "[[registry]]\nhost = 'ghcr.io'\n[[registry]]\nhost = 'ghcr.io'\n";
    check(twice, "[[registry]]", "`ghcr.io` has two `[[registry]]` tables", "make one of them");
}

#[test]
fn charts_have_a_track_and_a_place() {
    let hint = "add the branch: `pages = \"gh-pages\"`";
    check("[[chart]]\npath = 'a'\nfolder = 'x'\n", "'x'", "`folder` is about pages, and there are none", hint);
    let url = "[[chart]]\npath = 'a'\nurl = 'https://example.com'\n";
    check(url, "'https://example.com'", "`url` is about pages, and there are none", hint);
    let hint = "name one chart, or bind the tracks of a family as in `charts/{chart}`";
    check("[[chart]]\npath = 'a/*'\n", "'a/*'", "`a/*` doesn't say which track each chart has", hint);
    check("[[chart]]\npath = 'a/{chrt}'\n", "'a/{chrt}'", "unknown track `chrt`", "did you mean `chart`?");
    let hint = "a `[[manifest]]` of the same repository binds it, as in `…/{chart}/Chart.yaml`";
    check("[[chart]]\npath = 'a/{chart}'\n", "'a/{chart}'", "`chart` is no family of this repository", hint);
    let family = PLAIN.replace("'acme/Chart.yaml'", "'{chart}/Chart.yaml'");
    let project = project(&format!("{family}[[chart]]\nrepo = 'charts'\npath = '{{chart}}'\n"));
    assert_eq!(project.release.charts[0].path.family.as_deref(), Some("chart"));
    let hint = "write host and folders without the chart's name, as in `oci://ghcr.io/acme/charts`";
    with("'oci://ghcr.io/acme/charts'", "'ghcr.io/acme'", "`ghcr.io/acme` is no place for charts", hint);
    with("'oci://ghcr.io/acme/charts'", "'oci://ghcr.io/a b'", "`oci://ghcr.io/a b` is no place for charts", hint);
    let hint = "write it as in `https://acme.github.io/charts`";
    with("'https://acme.github.io/charts'", "'../charts'", "pages are found under an address of the web", hint);
    let hint = "write its path from the repository's root";
    with("folder = 'charts'", "folder = '../x'", "the path `../x` leaves the repository", hint);
    let lonely = PLAIN.replace("url = 'https://example.com/acme/charts.git'\n", "");
    let (_, message, hint) = mistake(&format!("{lonely}[[chart]]\nrepo = 'charts'\npath = 'a'\npages = 'p'\n"));
    assert_eq!(message, "no remote is known to which `p` could be pushed");
    assert_eq!(hint, "add a `[remote.…]` of the chart's repository, or its `url`");
}

#[test]
fn commands_are_programs_and_no_lines_for_a_shell() {
    let hint = "name it first, as in `[\"make\", \"deploy\"]`";
    with("['./deploy', '{app}']", "['-c', 'x']", "the program would be an option", hint);
    with("['./deploy', '{app}']", "[' ']", "the program has no name", hint);
    with("['./deploy', '--is', '{app}']", "['--is']", "the program would be an option", hint);
    let hint = "write a list, as in `[\"make\", \"deploy\"]`, or a script's name";
    with("['./deploy', '{app}']", "['make deploy && x']", "no shell reads this line", hint);
    let hint = "use letters, digits and `_`, as in `TARGET`";
    with("env.TARGET", "env.'A=B'", "`A=B` is no name for a variable", hint);
    with("env.TARGET", "env.1A", "`1A` is no name for a variable", hint);
    let hint = "leave it out for an hour, or write it as in `30m`";
    with("timeout = '5m'", "timeout = '0s'", "no program ends in no time", hint);
}

#[test]
fn steps_that_nobody_knows_are_met_with_the_nearest() {
    let steps = |steps: &str| format!("[command.deploy]\nargv = ['a']\n[process.release]\nsteps = [{steps}]\n");
    let check = |step: &str, hint: &str| {
        let written = format!("'{step}'");
        let message = format!("unknown step `{step}`");
        super::tests::check(&steps(&written), &written, &message, hint);
    };
    check("comit", "did you mean `commit`?");
    check("command/deplo", "did you mean `command/deploy`?");
    check("command/x", "add `[command.x]`");
    check("checklist/smoke", "add `[checklist.smoke]`");
    check("chart/push", "did you mean `charts/push`?");
    check("deploy", "did you mean `command/deploy`?");
    check("charts/image", "write `image`: it isn't one repository's");
    check("elsewhere/push", "add a `[repo.…]` of that name");
    check("zzzzzzzz", &format!("steps are {}, `command/NAME` and `checklist/NAME`", steps::BUILTINS.join(", ")));
}

#[test]
fn steps_come_once_and_after_what_they_need() {
    let steps = |steps: &str| format!("[command.deploy]\nargv = ['a']\n[process.release]\nsteps = [{steps}]\n");
    let before = |list: &str, there: &str, message: &str, first: &str| {
        check(&steps(list), there, message, &format!("put `{first}` before it"));
    };
    before("'push', 'tag'", "'push'", "`push` comes before `tag`, which it needs", "tag");
    before("'tag', 'commit'", "'tag'", "`tag` comes before `commit`, which it needs", "commit");
    before("'charts/push', 'commit'", "'charts/push'", "`push` comes before `commit`, which it needs", "commit");
    before("'pages', 'package'", "'pages'", "`pages` comes before `package`, which it needs", "package");
    before("'push', 'package'", "'push'", "`push` comes before `package`, which it needs", "package");
    before("'commit', 'changelog'", "'commit'", "`commit` comes before `changelog`, which it needs", "changelog");
    let hint = "put it first, or leave it out: a release always begins with it";
    check(&steps("'login', 'claim'"), "'claim'", "something comes before the claim", hint);
    let twice = "'command/deploy', 'command/deploy'";
    check(&steps(twice), "'command/deploy'", "`command/deploy` comes a second time", "take one of them out");
    let hint = "a step without a repository is that of all of them: name each, or none";
    check(&steps("'push', 'app/push'"), "'app/push'", "`app/push` is part of a step that comes before it", hint);
    check(&steps("'app/push', 'acme/push'"), "'acme/push'", "`acme/push` comes a second time", "take one of them out");
    // One repository may be pushed before the other is tagged.
    let project =
        project(&format!("{PLAIN}{}", steps("'commit', 'app/tag', 'app/push', 'image', 'charts/tag', 'charts/push'")));
    let names: Vec<&str> = project.release.processes[0].steps.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["commit", "acme/tag", "acme/push", "image", "charts/tag", "charts/push"], "as the ids have it");
}
