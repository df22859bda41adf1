//! What the documentation says is what the tool does: the README's tour is run, the reference is rendered anew.
//!
//! `LOCKSTEP_BLESS=1 cargo test -p lockstep-tests --test docs` writes what the tool says into the documents.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use lockstep_tests::app;
use lockstep_tests::sandbox::Sandbox;
use lockstep_tests::servers::ready;
use lockstep_tests::tour::{Block, blocks, repository};
use xtask::config::keys::{self, Key, Kind};
use xtask::finding::Rule;
use xtask::locate::FORMATS;
use xtask::resolve::steps;
use xtask::version::dialect::Dialect;
use xtask::version::level::Level;
use xtask::version::{Part, Scheme};
use xtask::{tools, world};

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares a document with what it must be, or writes it when that is asked for.
#[track_caller]
fn compare(path: &str, expected: &str) {
    if std::env::var_os("LOCKSTEP_BLESS").is_some() {
        fs::write(repository().join(path), expected).unwrap();
    }
    assert!(
        read(path) == expected,
        "`{path}` is out of date: LOCKSTEP_BLESS=1 cargo test -p lockstep-tests --test docs"
    );
}

fn copy(sandbox: &Sandbox, from: &Path, to: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = format!("{to}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            copy(sandbox, &entry.path(), &to)
        } else {
            sandbox.write(to, fs::read(entry.path()).unwrap())
        }
    }
}

/// The two repositories of the tour, each with one commit and a remote that has it; beside them a hook that refuses.
fn tour() -> Sandbox {
    let mut sandbox = Sandbox::named("almanac", &[("../pre-receive", NO_PUSHES)]);
    fs::set_permissions(sandbox.path("../pre-receive"), fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.env("LOCKSTEP_NOW", NOW);
    let files = repository().join("tests/tour");
    for (name, folder) in [("almanac", "."), ("charts", "../charts")] {
        copy(&sandbox, &files.join(name), folder);
        let remote = format!("../remotes/{name}.git");
        sandbox.git(&["init", "-q", "--bare", "-b", "main", &remote]);
        fs::create_dir_all(sandbox.path(&remote).join("hooks")).unwrap();
        sandbox.git_in(folder, &["init", "-q", "-b", "main"]);
        sandbox.commit_in(folder, "Begin");
        sandbox.git_in(folder, &["remote", "add", "origin", &remote]);
        sandbox.git_in(folder, &["push", "-q", "-u", "origin", "main"]);
    }
    sandbox
}

/// Noon, when every commit of the tour is made.
const NOW: &str = "1782907200";
const NO_PUSHES: &str = "#!/bin/sh\necho 'no pushes before noon' >&2\nexit 1\n";

/// What a program printed, the same on every machine and every day: without how long it took, and where.
fn timeless(text: &str) -> String {
    let host = Command::new("uname").arg("-n").output().unwrap();
    let host = format!(" on {}\n", String::from_utf8_lossy(&host.stdout).trim());
    let text = text.replace(&host, " on laptop\n");
    let mut parts = text.split(" (");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let time = part.split_once(')').filter(|(time, _)| {
            let unit = time.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            matches!(unit, " ms" | " s") && unit != *time
        });
        let _ = match time {
            Some((_, rest)) => write!(out, " (12 ms){rest}"),
            None => write!(out, " ({part}"),
        };
    }
    out
}

/// Pairs of a name in the README and what stands for it in the world in which its commands run.
type Names<'n> = [(&'n str, &'n str)];

/// Runs the commands of one block and gives the block as it is when they have run.
fn rerun(sandbox: &Sandbox, names: &Names<'_>, block: &str) -> String {
    let mut out = String::new();
    for line in block.lines().filter(|line| line.starts_with("$ ")) {
        let script = line[2..].replace("cargo xtask", "xtask");
        let script = names.iter().fold(script, |script, (name, stands)| script.replace(name, stands));
        let mut command = sandbox.command("sh", "");
        let path = std::env::var("PATH").unwrap_or_default();
        let tool = lockstep_tests::binary::xtask().parent().unwrap().display();
        // Not through `Sandbox::output`, which hides object ids: here they are as fixed as the dates.
        command.env("PATH", format!("{tool}:{path}")).args(["-c", &format!("{{ {script}\n}} 2>&1")]);
        let ran = command.output().unwrap();
        let said = timeless(&String::from_utf8_lossy(&ran.stdout));
        let said = names.iter().fold(said, |said, (name, stands)| said.replace(stands, name));
        let _ = write!(out, "{line}\n{said}");
    }
    out
}

/// Runs the README's blocks of one language, and compares.
#[track_caller]
fn compare_blocks(language: &str, sandbox: &Sandbox, names: &Names<'_>) {
    // Two tests may write into it.
    static README: Mutex<()> = Mutex::new(());
    let shown: Vec<_> = blocks(&read("README.md")).into_iter().filter(|block| block.language == language).collect();
    assert!(!shown.is_empty(), "the README shows nothing of it");
    let rerun: Vec<String> = shown.iter().map(|block| rerun(sandbox, names, &block.text)).collect();
    let _alone = README.lock().unwrap_or_else(PoisonError::into_inner);
    let fenced = |text: &str| format!("```{language}\n{text}```\n");
    let replace =
        |readme: String, (block, new): (&Block, &String)| readme.replacen(&fenced(&block.text), &fenced(new), 1);
    compare("README.md", &shown.iter().zip(&rerun).fold(read("README.md"), replace));
}

#[test]
fn the_tour_of_the_readme_is_what_the_tool_prints() {
    compare_blocks("console", &tour(), &[]);
}

#[test]
fn the_images_of_the_readme_are_published_as_it_says() {
    if !ready("the_images_of_the_readme_are_published_as_it_says", &app::NEEDS) {
        return;
    }
    let world = app::World::new(app::Setting::default());
    world.run(&["branch", "--yes"]).code(0);
    world.write_notes("1.4.0", "# Acme 1.4.0\n\nAll schemas can be searched.\n");
    let (registry, mirror) = (world.registry.host(), world.mirror.host());
    let builder = format!("`{}`", world.builder());
    let names = [("registry.example.com", &*registry), ("mirror.example.com", &*mirror), ("`acme`", &*builder)];
    compare_blocks("console images", &world.sandbox, &names);
}

#[test]
fn the_configuration_that_the_readme_shows_is_the_tours() {
    let config = read("tests/tour/almanac/release-config/release.toml");
    let shown = blocks(&read("README.md"));
    assert!(shown.iter().any(|block| block.language == "toml" && block.text == config));
}

#[test]
fn every_configuration_in_the_documents_resolves() {
    let mut count = 0;
    for path in ["README.md", "ARCHITECTURE.md", "docs/reference.md"] {
        for block in blocks(&read(path)).into_iter().filter(|block| block.language == "toml") {
            let config = xtask::config::parse(path, &block.text)
                .unwrap_or_else(|error| panic!("{path}: {error}\n{}", block.text));
            xtask::resolve::resolve(config).unwrap_or_else(|error| panic!("{path}: {error}\n{}", block.text));
            count += 1;
        }
    }
    for entry in fs::read_dir(repository().join("release-config/examples")).unwrap() {
        let file = entry.unwrap().path().join("release.toml");
        let text = fs::read_to_string(&file).unwrap();
        let config =
            xtask::config::parse("release.toml", &text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        xtask::resolve::resolve(config).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        count += 1;
    }
    assert!(count >= 4, "{count}");
}

#[test]
fn the_reference_is_what_the_tool_knows() {
    compare("docs/reference.md", &reference());
}

/// The whole reference, from the same tables that the tool reads.
fn reference() -> String {
    let mut out = String::from(
        "# Reference\n\nRendered from the tool's own tables; a test keeps it so. The README shows how the parts go together.\n\n## Commands\n",
    );
    let mut command = xtask::cli::command().term_width(100);
    command.build();
    let _ = write!(out, "\n```text\n{}```\n", trimmed(&command.render_long_help().to_string()));
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "release") {
        let mut sub = sub.clone();
        let help = trimmed(&sub.render_long_help().to_string());
        let _ = write!(out, "\n### {}\n\n```text\n{help}```\n", sub.get_name());
    }
    out.push_str("\n## `release-config/release.toml`\n");
    for table in keys::TABLES {
        let _ = write!(out, "\n### `{}`\n\n{}\n", table.header("NAME"), table.about);
        out.push_str("\n| key | value | meaning |\n| --- | --- | --- |\n");
        for key in table.keys {
            let _ = writeln!(
                out,
                "| `{}`{} | {} | {} |",
                key.name,
                if key.required { " (required)" } else { "" },
                kind(key),
                key.about
            );
        }
    }
    out.push_str(PLACES);
    for format in FORMATS {
        let _ = writeln!(out, "| `{}` | {} |", format.name(), format.about().replace('|', "\\|"));
    }
    out.push_str(TEMPLATES);
    for part in Part::ALL {
        assert!(TEMPLATES.contains(&format!("| `.{}` |", part.name())), "{part:?} isn't explained");
    }
    for dialect in Dialect::ALL {
        assert!(TEMPLATES.contains(&format!("| `:{}` |", dialect.name())), "{dialect:?} isn't explained");
    }
    for scheme in Scheme::ALL {
        assert!(TEMPLATES.contains(&format!("| `{}` |", scheme.name())), "{scheme:?} isn't explained");
    }
    for level in Level::NAMES {
        assert!(TEMPLATES.contains(&format!("`{level}`")), "{level} isn't explained");
    }
    out.push_str("\n## Findings\n\n| rule | meaning | exit code |\n| --- | --- | --- |\n");
    for rule in Rule::ALL {
        let exit = rule.exit().map_or("0, a hint".to_owned(), |exit| (exit as u8).to_string());
        let _ = writeln!(out, "| `{}` | {} | {exit} |", rule.name(), rule.about());
    }
    out.push_str(STEPS);
    for name in steps::BUILTINS {
        assert!(STEPS.contains(&format!("| `{name}` |")), "the step {name} isn't explained");
    }
    out.push_str(SURROUNDINGS);
    for name in [world::TODAY, world::NOW, world::CACHE, tools::TRACE_FILE] {
        assert!(SURROUNDINGS.contains(&format!("| `{name}` |")), "{name} isn't explained");
    }
    out.push_str(JSON);
    out
}

const PLACES: &str = "
### Places

`FORMAT.LOCATOR = \"TEMPLATE\"`: what the locator hits must say what the template renders. A table says more:
`{ template = \"1\", on = \"bump\" }` is written when a version moves and not checked otherwise; `on = \"final\"` is written
with a final version only, and not checked while a pre-release is on its way; `count = 3` is the exact
number of hits, `count = \"each\"` any number from one. Without it a locator hits exactly once; an `image` at least once.

| format | locator |
| --- | --- |
";

const TEMPLATES: &str = "
A path that holds `{chart}` makes the track `chart` a family: one track for each folder, called as the folder is. Its
members can be named wherever a track can (`bump web=minor`, `{web}` in a template); `bump chart=minor` means them all.
With `with = \"app\"` those members follow that state `{app}` in a manifest of their own. A file that git doesn't know yet
is seen once it is added.

## Templates

`{app}` is the version of the track `app` as it is written; braces that are meant are doubled. A track's current version
is read back from the first place, in the order of the file, that says it whole; parts are put together.

| part | of `2022.5.0b3` | of `1.2.3-rc.1` |
| --- | --- | --- |
| `.major` | `2022` | `1` |
| `.minor` | `5` | `2` |
| `.patch` | `0` | `3` |
| `.pre` | `b3` | `rc.1` |
| `.build` | what follows `+` | what follows `+` |
| `.rest` | `0b3`: all behind the second number | `3-rc.1` |
| `.short` | `2022.5` | `1.2` |
| `.release` | `2022.5.0` | `1.2.3` |
| `.digits` | `202250` | `123` |
| `.minor:02` | `05` | `02` |

`:02` to `:09` write `.major`, `.minor` or `.patch` in so many digits, as in `{app.major}{app.minor:02}{app.patch:02}` for
`#define FMT_VERSION 110104`. Where `{app.pre}` or `{app.build}` is all that a place says, a version without one is
nothing there: `VERSION_SUFFIX=\"\"`.

| dialect | `1.2.0-rc.1` is written | refused |
| --- | --- | --- |
| `:semver` | `1.2.0-rc.1` | what semver.org doesn't have |
| `:pep440` | `1.2.0rc1` | words that Python doesn't know, such as `testing` |
| `:rpm` | `1.2.0~rc.1` | what RPM would order otherwise |
| `:deb` | `1.2.0~rc.1` | what dpkg would order otherwise |
| `:docker` | `1.2.0-rc.1`; `+` becomes `_` | characters that an image tag can't hold |
| `:helm` | `1.2.0-rc.1` | what Helm doesn't take |

## Versions

| scheme | versions | `next` |
| --- | --- | --- |
| `semver` | exactly three numbers, pre-release and build as on semver.org | the next patch, or the next of the pre-releases |
| `chart` | the same, for Helm charts | the same |
| `calver` | two to four numbers, the first a year or a date: `2022.5.0b3`, `20230503.3` | the version of today |
| `pep440` | Python's | the next patch, or the next of the pre-releases |
| `loose` | anything that begins with a number | the next patch, or the next of the pre-releases |

Levels: `major`, `minor` and `patch` count that number up; from a pre-release they go to the version it was for. `pre`
counts the pre-release at hand; `rc`, `beta` and `alpha` count theirs or begin it; `final` takes the pre-release off;
`dev` counts the development version; `next` depends on the scheme. Two in one begin a series: `minor-rc` makes `1.3.0-rc.1`
of `1.2.0`. Without a name a level is for the leading track, the first one that follows no other; a track that follows
moves by its own `bump`; with `bump = \"same\"` it keeps step: the number that counts there counts here, and a
pre-release is written as it is there.
";

const STEPS: &str = "
## Steps

`plan` shows the steps of a release in their order, `run` does them. `[process.NAME]` gives another order; a step that it
doesn't name is left out, and the plan says so. Without it: `login`, `builder`, `changelog`, `commit`, `tag`, `package`,
what is `when = \"branch\"`, what is `when = \"prepared\"`, `build`, what is `when = \"built\"`, this repository's `push`,
what is `when = \"pushed\"`, `draft`, `assets`, `image`, `name`, `publish`, `channel`, the other repositories' `push`,
`pages`, `oci`, what is `when = \"end\"`; checklists before commands. With `merge` in `[branch]` this repository's `push`,
`pull-request`, `merge`, `tag`, `push-tag` and what is `when = \"pushed\"` come before `build`: a merge commit is known
only when it is there.

| step | id | does | it is done when |
| --- | --- | --- | --- |
| `claim` |  | takes the release for this run; always first, and no step of its own | the ledger says whose it is |
| `login` | `login/HOST` | sees that one is logged in to a registry, and may publish on the forge | docker has credentials, and the registry takes them; the forge says so of gh's |
| `builder` | `builder/lockstep` | makes the buildx builder | there is one of this name that can build for several platforms |
| `changelog` | `acme/changelog` | the commit of the changelog's section | as `commit` |
| `commit` | `acme/commit`, `charts/commit` | the version's commit, on what the remote's branch has | the commit is in the tool's clone, or its effect on the remote's branch |
| `tag` | `acme/tag:1.27.0` | the annotated tag, signed if the track's are | the remote or the clone has the tag, on this commit, with this message |
| `package` | `charts/package:acme` | `helm lint` and `helm package`, once | the archive is in the cache |
| `push` | `acme/push` | the branch and its tags in one atomic push, with a lease for each | the remote has all of them |
| `pull-request` | `acme/pull-request` | opens the release branch's pull request | there is one |
| `merge` | `acme/merge` | merges it by a merge commit | the other branch has a commit that merged this very one |
| `push-tag` | `acme/push-tag` | pushes the tags of the merge commit | the remote has all of them |
| `build` | `build/acme/app` | builds an image from the tagged commit for all its platforms, and pushes it to every registry by digest; or takes over a candidate's digests | every registry has the digest |
| `name` | `name/HOST/acme/app:1.27.0` | gives the digest its image tag | the tag stands for it, with every platform |
| `channel` | `channel/HOST/acme/app:latest` | moves a channel forward | it stands for the digest, or for a higher version |
| `draft` | `draft/1.27.0` | drafts the release on the forge | there is one draft, and it is ours |
| `assets` | `assets/1.27.0` | attaches the files, each with its checksum | the draft has all of them, whole, and no other |
| `publish` | `publish/1.27.0` | verifies the draft, publishes it, and reads it back | it is public, and whole |
| `image` | `image/HOST/acme/app:1.27.0` | waits until an image is in its registry, for every platform | it is |
| `pages` | `charts/pages:gh-pages` | archives and their entries in `index.yaml`, in one commit | both are there, and are these |
| `oci` | `charts/oci:acme` | `helm push` to a registry | the version is there with this content |
| `command/NAME` | `command/deploy` | a program of the project's | its `done` ends with 0, or the ledger has its receipt |
| `checklist/NAME` | `checklist/smoke` | shows a list | people ticked each item, for this commit: `checklist smoke --tick 1`; `run --done checklist/smoke` ticks all |

`--only`, `--until`, `--done` and `--again` take an id, or the name of a step: `charts/push`, `push`. What a release waits
for ends `run` with 5; what contradicts it (a tag elsewhere, a branch that was rewritten, a chart version with other
content) with 4; a program or a server that failed with 3. The same command goes on in each case. A name in
release.toml that can't be right (a platform that is none, a file to attach or to run that the released commit lacks) ends it with 2.
Everything that is known to stop it is told before anything begins, by `plan` too, and the exit code is that of the first:
2 before 4, 4 before 3, 3 before 5. Files that a command of the checkout may still make are looked for when
it has run. A command that was killed
and has no `done` is in doubt: `run --done ID` or `run --again ID` says what is true.

A plan has a digest: of the branches' commits, of what the new commits hold, and of every step. Who releases, when, and
how far it has come are not in it. `run --plan DIGEST` runs that plan or nothing.

## Where things lie

| place | holds | may be removed |
| --- | --- | --- |
| `LOCKSTEP_CACHE`, or `~/.cache/lockstep` | `repos/`: bare clones of the repositories; `charts/`: archives; `helm/`: Helm's own caches | at any time when nothing runs: it is made again |
| `.git/lockstep/ledger.git` | the ledger, where `[ledger]` names no remote: who claimed which release, receipts of commands and checklists | not while a release is open: `run --give-up` closes it |
| branch `lockstep-ledger` of `[ledger] remote` | the same, for a team | as above |
| `.git/lockstep/sites`, `blobs` | what `check` located last | at any time |
| `.git/lockstep/run.lock`, `scratch/` | the lock and the work trees of a run | when nothing runs |
| `.git/lockstep/journal` | files that are being written; the next `bump` or `check --fix` finishes or withdraws them | no |

With worktrees, ledger and lock are those of the repository, in its common git folder. The ledger's branch holds one file
a release, `releases/PROCESS-VERSION.toml`: process, request, versions, state (`open`, `done`, `given up`), owner, host,
epoch, author and seconds (the name and the date of its commits), the plan's digest, every attempt, the steps that were
begun, and receipts; each change is a commit whose message says it in words. It explains and keeps runs apart; whether a
step is done is asked of the remotes and registries, but for commands without `done` and checklists.
";

const SURROUNDINGS: &str = "
## Environment

| variable | meaning |
| --- | --- |
| `LOCKSTEP_TODAY` | the day that counts as today, as `2026-01-31`: for calendar versions and the end of an `[[allow]]` |
| `LOCKSTEP_NOW` | the second that counts as now, as `date +%s` prints it; the day follows it |
| `LOCKSTEP_TRACE` | a file that gets one JSON object a line: for every program that is run `argv`, `ms` and `code` (null: a signal), at the end `total_ms`, `own_ms` (while none ran) and `programs` |
| `LOCKSTEP_CACHE` | the folder for what can be made again; `lockstep` in `XDG_CACHE_HOME` or `~/.cache` unless set |
| `NO_COLOR`, `TERM=dumb` | no colours, and no line that is rewritten |
| `GITHUB_ACTIONS=true` | steps are groups of the log; what programs print is never taken for a command |

The values of variables whose names look secret (`…TOKEN`, `…PASSWORD`, `…SECRET`, `…KEY` and such, from 8 characters) are
shown as `***` wherever they would appear, percent-encoded, escaped, in base64 or in hexadecimal too; so are tokens of
known shapes, private keys, and the credentials in URLs.

## Signals

SIGINT, SIGTERM and SIGHUP stop a command within ten seconds, with exit code 3 and the command that goes on. A program
that runs at that moment has five seconds to end by itself, then it and what it has started is ended; a second signal
ends it at once. Files that are being written are written to the end first: then the command is done, and says so. A
signal that is ignored when the command starts, as under `nohup`, stays ignored.
";

const JSON: &str = "
## `--format json`

Stable: keys are added, never renamed or removed while `format` is 1.

- `check`: `format`, `consistent`, `tracks` (name → version or null), `findings` (`rule`, `path`, `line`, `column`,
  `message`, `hint`).
- `check --history`: `format`, `consistent`, `agree` (how many tags), `tags` (`tag`, `repo`, `track`, `version`, `stated`:
  does any place say it; `config`: `today's` or `its own`; `places`, `absent`: how many; `drift`: `path`, `locator`, `says`,
  `wanted`), `places` (`path`, `locators`, `track`, `tags` in which they disagreed, `compared`, `days`, `still`), `skipped`
  (`no_version`, `not_yet`, `older`, `no_commit`: how many tags; `missing`: which).
- `versions`: `format`, `tracks` (`name`, `family`, `version`, `stated_in`, `places`, `agree`, `spellings`).
- `plan`: `format`, `process`, `digest`, `owner` (`who`, `since`, or null; also as `claimed`), `moves` (`track`, `from`,
  `to`), `steps`, `errors` (everything that `run` would refuse, in its order: `message`, `place` and `hint`, or null, `exit`),
  `notes`, `left_out` (`name`, `reason`). A step: `id`, `title`, `reach` (`checkout`, `local`, `private`, `hidden`, `public`),
  `needs` (ids), `state` (`done`, `to do`, `partly`, `waiting`, `differs`, `unknown`, `blocked`), `reason` and `hint` (or
  null), `details`: a list of `{diff}`, `{command}` (a list of words), `{ref, from, to}` (object ids, or null) and `{note}`.
- `status`: the same, and `checklists` (`name`, `file`, `commit`, `open`: how many items are, `items` with `number`, `text`,
  `ticked`: `who` and `when`, or null), `ledger` (`state`, `request`, `attempts` with `who`, `how`, `host`, `when`; `receipts` with
  `step`, `what`, `when`; `begun`); `null` where nothing was claimed.
- `publish-charts`, `publish-images`, `promote`, `publish-release`: `format`, `steps` and `left_out` as in `plan`.
- `notes`: `format`, `version`, `file`, `from` and `to` (`name`, `commit`; `from` can be null), `commits`, `undone`, `groups`
  (`title`, `items` with `text`, `scope`, `numbers`, `authors`, `labels`, `commits`).
- `checklist`: `format`, `process`, `version`, `state`, `owner`, `lists` as `checklists` of `status`.
- `bump`: `format`, `dry_run`, `moves` (`track`, `from`, `to`, `with`), `writes` (`path`, `locator`, `from`, `to`,
  `drifted`).
";

fn kind(key: &Key) -> String {
    match key.kind {
        Kind::Text => "string".to_owned(),
        Kind::Texts => "string or list".to_owned(),
        Kind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Date => "date".to_owned(),
        Kind::Bool => "`true`, `false`".to_owned(),
        Kind::Duration => "duration".to_owned(),
        Kind::List => "list".to_owned(),
        Kind::Map => "table of strings".to_owned(),
    }
}

fn trimmed(text: &str) -> String {
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
