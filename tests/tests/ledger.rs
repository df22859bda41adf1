//! The ledger with real git: claims, resumption, fences, races, damage.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use lockstep_tests::faults::claim_race::{self, Place};
use lockstep_tests::faults::{claim_kill, inject};
use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{Fault, HttpGit, ready};

const RELEASER: &str = env!("CARGO_BIN_EXE_releaser");
const NOW: &str = "1782907200";

/// Two people with a machine each, and one ledger.
struct World {
    sandbox: Sandbox,
    url: Option<String>,
}

impl World {
    /// The ledger is a branch of a bare repository; without `remote` it is in the checkout, which both use.
    fn new(place: Place) -> Self {
        let sandbox = Sandbox::new(&[("VERSION", "1.0.0\n")]);
        sandbox.git(&["init", "-q", "--bare", "../git/origin.git"]);
        let url = (place == Place::File).then(|| format!("file://{}", sandbox.root().join("git/origin.git").display()));
        Self { sandbox, url }
    }

    fn command(&self, who: &str, words: &[&str]) -> std::process::Command {
        let mut command = self.sandbox.command(RELEASER, "");
        command.env("LOCKSTEP_CACHE", self.sandbox.root().join(format!("cache-{who}"))).env("LOCKSTEP_NOW", NOW);
        command.env("GIT_COMMITTER_NAME", who).env("GIT_COMMITTER_EMAIL", format!("{who}@example.com"));
        command.args(self.url.iter().flat_map(|url| ["--ledger", url])).args(words);
        command
    }

    fn run(&self, who: &str, words: &[&str]) -> Ran {
        let ran = self.sandbox.output(self.command(who, words));
        assert!(!ran.stderr.contains("panicked"), "{ran}");
        ran
    }

    /// A run that waits where its words say so.
    fn begin(&self, who: &str, words: &[&str]) -> Waiting {
        let mut command = self.command(who, words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while line != "ready\n" {
            line.clear();
            assert!(says.read_line(&mut line).unwrap() > 0, "it ended before it waited");
        }
        Waiting { child, says }
    }

    /// Lets it go on, and waits for its end.
    fn end(&self, mut waiting: Waiting) -> Ran {
        waiting.child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        waiting.says.read_to_string(&mut stdout).unwrap();
        waiting.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Ran { code: waiting.child.wait().unwrap().code().unwrap_or(-1), stdout, stderr }
    }

    /// The repository with the branch, from the project's folder, and the branch.
    fn place(&self) -> (&'static str, &'static str) {
        match self.url {
            Some(_) => ("../git/origin.git", "refs/heads/lockstep-ledger"),
            None => (".git/lockstep/ledger.git", "refs/heads/ledger"),
        }
    }

    fn git(&self, args: &[&str]) -> String {
        self.sandbox.git_in(self.place().0, args)
    }

    /// The commits' messages, the oldest first.
    fn diary(&self) -> String {
        self.git(&["log", "--reverse", "--format=%an: %s", self.place().1])
    }

    fn tip(&self) -> String {
        self.git(&["for-each-ref", "--format=%(objectname)", self.place().1]).trim().to_owned()
    }

    fn record(&self, file: &str) -> String {
        self.git(&["show", &format!("{}:releases/{file}", self.place().1)])
    }

    /// Puts other files on the branch, as a person would who edits it.
    fn edit(&self, change: impl Fn(&Sandbox)) {
        let (repository, branch) = self.place();
        let branch = branch.trim_start_matches("refs/heads/");
        self.sandbox.git(&["clone", "-q", "-b", branch, repository, "../edit"]);
        change(&self.sandbox);
        self.sandbox.commit_in("../edit", "Edit by hand");
        self.sandbox.git_in("../edit", &["push", "-q", "origin", &format!("HEAD:{branch}")]);
    }
}

struct Waiting {
    child: Child,
    says: BufReader<ChildStdout>,
}

// ---- what happens to a release ----

#[track_caller]
fn check_story(place: Place) {
    let world = World::new(place);
    let theirs = "`release 1.0.0` belongs to `ada <ada@example.com>` on `";
    world
        .run("ada", &["list", "claim", "1.0.0", "start", "a", "pass", "a", "b"])
        .code(0)
        .says("won: release 1.0.0, epoch 1, ada");
    world.run("bob", &["claim", "1.0.0"]).code(4).says(theirs).says("`cargo xtask run --take-over` makes it yours");
    world.run("bob", &["claim", "1.1.0"]).code(4).says("`release 1.0.0` is open (app 1.0.0) and belongs to `ada <");
    world
        .run("ada", &["claim", "1.1.0"])
        .code(4)
        .says("at most one release of a process is")
        .says("`cargo xtask run` goes on");
    world.run("bob", &["give-up", "1.0.0"]).code(4).says(theirs);
    world.run("ada", &["claim", "1.0.0", "still-mine"]).code(0).says("mine: release 1.0.0, epoch 2, ada");
    world
        .run("bob", &["take-over", "1.0.0", "receipt", "b", "finish", "claim", "1.0.0"])
        .code(0)
        .says("took over: release 1.0.0, epoch 3, bob")
        .says("done: ");
    world.run("ada", &["give-up", "1.0.0"]).code(4).says("`release 1.0.0` is done");
    world.run("ada", &["open-again", "1.0.0", "finish"]).code(0).says("opened again: release 1.0.0, epoch 4, ada");
    world.run("ada", &["claim", "1.1.0", "give-up", "1.1.0"]).code(0).says("gave up: ");
    world
        .run("bob", &["claim", "1.1.0", "finish", "list"])
        .code(0)
        .says("won: release 1.1.0, epoch 3, bob")
        .says("done: release 1.0.0");
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let expected = "\
ada: Claim release 1.0.0 for ada <ada@example.com> on HOST
ada: release 1.0.0: begin a
ada: release 1.0.0: a is done: done; begin b
ada: Go on with release 1.0.0 on HOST, attempt 2
bob: Take release 1.0.0 over from ada <ada@example.com>, for bob <bob@example.com> on HOST
bob: release 1.0.0: b is done: done at https://***@example.com/
bob: Finish release 1.0.0
ada: Open release 1.0.0 again for ada <ada@example.com> on HOST
ada: Finish release 1.0.0
ada: Claim release 1.1.0 for ada <ada@example.com> on HOST
ada: Give release 1.1.0 up
bob: Claim release 1.1.0 for bob <bob@example.com> on HOST
bob: Finish release 1.1.0
";
    assert_eq!(world.diary(), expected.replace("HOST", host.trim()));
    let record = world.record("release-1.0.0.toml");
    assert!(
        record.contains("author = { name = \"ada\", email = \"ada@example.com\" }\nseconds = 1782907200\n"),
        "{record}"
    );
    assert!(!record.contains("secret"), "{record}");
    world.git(&["fsck", "--strict"]);
}

#[test]
fn a_release_is_claimed_resumed_taken_over_given_up_and_done() {
    check_story(Place::Local);
    check_story(Place::File);
}

#[track_caller]
fn check_fence(place: Place, other: (&str, &[&str]), word: &str, said: &str) {
    let world = World::new(place);
    let first = world.begin("ada", &["claim", "1.0.0", "start", "a", "wait", word, "b", "finish"]);
    world.run(other.0, other.1).code(0);
    let before = world.tip();
    world.end(first).code(4).says(said).says("this run stops here and changes nothing more");
    assert_eq!(world.tip(), before, "the older run wrote something");
}

#[test]
fn an_older_run_stops_at_its_next_step() {
    for place in [Place::Local, Place::File] {
        check_fence(place, ("ada", &["claim", "1.0.0"]), "start", "another run, by `ada <ada@example.com>` on `");
        check_fence(place, ("ada", &["claim", "1.0.0"]), "receipt", "another run, by `ada <ada@example.com>` on `");
        check_fence(
            place,
            ("bob", &["take-over", "1.0.0"]),
            "still-mine",
            "took `release 1.0.0` over at 2026-07-01 12:00 UTC",
        );
        check_fence(place, ("ada", &["give-up", "1.0.0"]), "start", "gave `release 1.0.0` up at");
        check_fence(place, ("bob", &["take-over", "1.0.0", "finish"]), "start", "took `release 1.0.0` over at");
    }
}

#[test]
fn what_was_looked_at_is_what_is_taken_over() {
    let world = World::new(Place::File);
    world.run("ada", &["claim", "1.0.0"]).code(0);
    let bob = world.begin("bob", &["look", "wait", "take-over", "1.0.0"]);
    world.run("ada", &["claim", "1.0.0"]).code(0);
    let before = world.tip();
    world.end(bob).code(4).says("another run, by `ada <ada@example.com>`");
    assert_eq!(world.tip(), before);
}

#[test]
fn releases_of_other_processes_dont_disturb() {
    for place in [Place::Local, Place::File] {
        let world = World::new(place);
        let ada = world.begin("ada", &["claim", "1.0.0", "wait", "pass", "a", "b", "finish"]);
        world.run("bob", &["--process", "hot-fix", "claim", "1.0.0", "start", "x"]).code(0).says("won: ");
        world.end(ada).code(0);
        assert!(world.record("release-1.0.0.toml").contains("state = \"done\""));
        assert!(world.record("hot%2Dfix-1.0.0.toml").contains("started = [\n    \"x\",\n]"));
    }
}

#[test]
fn two_runs_of_one_person_at_the_same_moment_are_two_attempts() {
    let world = World::new(Place::File);
    world.run("ada", &["claim", "1.0.0"]).code(0);
    let words = ["look", "wait", "claim", "1.0.0"];
    let runs = [world.begin("ada", &words), world.begin("ada", &words)];
    for run in runs {
        world.end(run).code(0).says("mine: ");
    }
    assert!(world.record("release-1.0.0.toml").contains("epoch = 3\n"));
}

// ---- who, when, where ----

#[track_caller]
fn check_stranger(set: &[(&str, &str)], said: &str) {
    let world = World::new(Place::File);
    let mut command = world.command("ada", &["claim", "1.0.0"]);
    command.env_remove("GIT_COMMITTER_NAME").env_remove("GIT_COMMITTER_EMAIL").envs(set.iter().copied());
    world.sandbox.output(command).code(2).says(said).says("`git config user.name");
    assert_eq!(world.tip(), "");
}

#[test]
fn nobody_releases_under_a_name_that_git_made_up() {
    check_stranger(&[], "git doesn't know who you are");
    check_stranger(&[("EMAIL", "guess@example.com")], "git doesn't know who you are");
    check_stranger(&[("GIT_COMMITTER_NAME", "Ada")], "git doesn't know who you are");
    check_stranger(&[("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "")], "git doesn't know who you are");
}

#[test]
fn names_are_data() {
    let world = World::new(Place::File);
    for (number, name) in
        ["Zoë \"Z\" 田中 🚀", "--upload-pack=touch x", "a\\b' ; rm -rf \"", "\u{202e}ada"].iter().enumerate()
    {
        let mut command = world.command("x", &["claim", &format!("1.{number}.0"), "finish"]);
        command.env("GIT_COMMITTER_NAME", name);
        world.sandbox.output(command).code(0).says("won: ");
    }
    world.run("ada", &["list"]).code(0).says("Zoë \"Z\" 田中 🚀 <x@example.com>").says("--upload-pack=touch x");
    for version in ["-o", "../../x", "1;touch x", "1\n2", "é"] {
        world.run("ada", &["claim", version, "finish"]).code(0).says("won: ");
    }
    let files = world.git(&["ls-tree", "-r", "--name-only", world.place().1]);
    assert!(files.lines().all(|file| file == "README.md" || file.starts_with("releases/release-")), "{files}");
    assert!(files.contains("releases/release-..%2F..%2Fx.toml"), "{files}");
}

#[test]
fn a_clock_that_is_behind_is_moved_past_the_newest_commit() {
    let world = World::new(Place::File);
    world.run("ada", &["claim-after", "1782907300", "1.0.0", "finish"]).code(0).says("since 1782907301\n");
    world.run("ada", &["claim-after", "1782907100", "1.1.0", "finish"]).code(0).says("since 1782907200\n");
}

/// What only looks makes nothing, not even a folder.
#[test]
fn a_look_leaves_no_trace() {
    let world = World::new(Place::Local);
    world.run("ada", &["list", "look"]).code(0);
    assert!(!world.sandbox.path(".git/lockstep").exists());
}

// ---- damage ----

#[track_caller]
fn check_damage(change: impl Fn(&Sandbox), said: &str) {
    let world = World::new(Place::File);
    world.run("ada", &["claim", "1.0.0", "finish"]).code(0);
    world.edit(change);
    let before = world.tip();
    for who in ["ada", "bob"] {
        world.run(who, &["claim", "1.1.0"]).code(4).says(said).says("hint: ");
        world.run(who, &["list"]).code(4).says(said);
    }
    assert_eq!(world.tip(), before, "something was written all the same");
}

#[test]
fn a_damaged_ledger_is_refused() {
    const FILE: &str = "../edit/releases/release-1.0.0.toml";
    check_damage(
        |edit| edit.write(FILE, "<html>"),
        "origin/lockstep-ledger:releases/release-1.0.0.toml:1:7: not valid TOML",
    );
    check_damage(|edit| edit.write(FILE, [0xff, 0xfe]), "the record is not UTF-8");
    check_damage(|edit| edit.write(FILE, ""), "the record has no `format`");
    check_damage(
        |edit| edit.replace(FILE, "format = 1", "format = 9"),
        "the record has format 9, and this tool knows 1 only",
    );
    check_damage(
        |edit| edit.replace(FILE, "\"done\"", "\"doen\""),
        "`state` is `doen`, not one of `open`, `done`, `given up`",
    );
    check_damage(
        |edit| edit.write("../edit/src/main.rs", "fn main() {}"),
        "the branch holds `src/main.rs`, which no ledger has",
    );
    check_damage(
        |edit| std::os::unix::fs::symlink("/etc/passwd", edit.path("../edit/releases/x.toml")).unwrap(),
        "the branch holds `releases/x.toml`, which no ledger has",
    );
    check_damage(
        |edit| edit.write("../edit/releases/release-2.0.0.toml", edit.read(FILE)),
        "the record tells of `release 1.0.0`, which has another file",
    );
}

#[test]
fn two_open_releases_are_a_contradiction() {
    let world = World::new(Place::File);
    world.run("ada", &["claim", "1.0.0"]).code(0);
    world.edit(|edit| {
        let text = edit.read("../edit/releases/release-1.0.0.toml");
        edit.write("../edit/releases/release-2.0.0.toml", text.replace("1.0.0", "2.0.0"));
    });
    let said = "`release 1.0.0` and `release 2.0.0` are both open, and at most one may be";
    world.run("ada", &["claim", "1.0.0"]).code(4).says(said);
    world.run("bob", &["look"]).code(4).says(said);
}

#[test]
fn a_ledger_that_lost_commits_is_noticed() {
    for place in [Place::Local, Place::File] {
        let world = World::new(place);
        let branch = world.place().1;
        world.run("ada", &["claim", "1.0.0", "start", "a"]).code(0);
        let tip = world.tip();
        // One step back, as a forced push does.
        world.git(&["update-ref", branch, &format!("{tip}~1")]);
        let rewritten = format!("was rewritten: `{tip}` is no part of `");
        let shown = |ran: Ran| ran.stderr.contains("was rewritten: `[OID]` is no part of `[OID]`");
        assert!(shown(world.run("ada", &["claim", "1.0.0"]).code(4)), "{rewritten}");
        // Gone.
        world.git(&["update-ref", "-d", branch]);
        let gone = world
            .run("ada", &["claim", "1.0.0"])
            .code(4)
            .says("is gone; it was at `[OID]`")
            .says("bring it back with `git --git-dir=");
        assert_eq!(world.tip(), "", "{gone}");
        // The hint works.
        let hint = world.sandbox.output(world.command("ada", &["list"])).stderr;
        let command = hint.split("bring it back with `").nth(1).unwrap().split('`').next().unwrap();
        let root = world.sandbox.root().display().to_string();
        let command = command.replace("[SANDBOX]", &root).replace("[OID]", &tip);
        let mut shell = world.sandbox.command("sh", "");
        shell.args(["-c", &command]);
        world.sandbox.output(shell).code(0);
        assert_eq!(world.tip(), tip);
        world.run("ada", &["claim", "1.0.0"]).code(0).says("mine: release 1.0.0, epoch 2");
    }
}

#[test]
fn a_ledger_that_cant_be_reached_starts_nothing() {
    let mut world = World::new(Place::File);
    world.url = Some("file:///nowhere/origin.git".to_owned());
    world.run("ada", &["claim", "1.0.0"]).code(3).says("/nowhere/origin.git");
    world.run("ada", &["list"]).code(3);
}

#[test]
fn a_ledger_that_may_not_be_written_starts_nothing() {
    let world = World::new(Place::File);
    let hook = "../git/origin.git/hooks/pre-receive";
    world.sandbox.write(hook, "#!/bin/sh\necho 'not you' >&2\nexit 1\n");
    std::fs::set_permissions(world.sandbox.path(hook), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    world.run("ada", &["claim", "1.0.0"]).code(4).says("not you");
    assert_eq!(world.tip(), "");
}

// ---- bad luck ----

#[test]
fn a_push_whose_answer_is_lost_is_not_lost() {
    if !ready("a_push_whose_answer_is_lost_is_not_lost", &["lighttpd", "setpriv"]) {
        return;
    }
    let mut world = World::new(Place::File);
    let server = HttpGit::start(&world.sandbox.root().join("git"), None);
    world.url = Some(server.url("origin.git"));
    world.run("ada", &["claim", "1.0.0", "finish"]).code(0).says("won: ");
    let count = || world.diary().lines().count();
    assert_eq!(count(), 2);
    for (fault, version) in [(Fault::LoseAnswer, "1.1.0"), (Fault::DropPush, "1.2.0")] {
        server.fault(Some(fault));
        let before = count();
        world.run("ada", &["claim", version, "finish"]).code(0).says("won: ").says("epoch 1, ada");
        assert_eq!(count(), before + 2, "{fault:?}: {}", world.diary());
    }
    server.fault(Some(Fault::Refuse));
    world.run("ada", &["claim", "1.3.0"]).code(3).says("503");
    server.fault(None);
    world.run("ada", &["claim", "1.3.0"]).code(0).says("won: ");
}

#[test]
fn of_sixteen_over_http_one_has_it() {
    if ready("of_sixteen_over_http_one_has_it", &["lighttpd", "setpriv"]) {
        check_race(Place::Http, rounds(2));
    }
}

/// Killed at a call of the claim: whoever had it goes on, nobody else gets it, and the ledger stays whole.
#[test]
fn a_claim_that_is_killed_goes_on() {
    for place in [Place::Local, Place::File] {
        let found = claim_kill::sweep(Path::new(RELEASER), place, 12).unwrap();
        assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
        assert!(found.fired >= 10 || !inject::possible(), "only {} kills happened", found.fired);
    }
}

// ---- races ----

/// Rounds of the races; `LOCKSTEP_CLAIM_ROUNDS` makes more of them.
fn rounds(usual: usize) -> usize {
    std::env::var("LOCKSTEP_CLAIM_ROUNDS").map_or(usual, |rounds| rounds.parse().expect("a number"))
}

#[track_caller]
fn check_race(place: Place, rounds: usize) {
    let releasers = 16;
    let found = claim_race::rounds(Path::new(RELEASER), place, rounds, releasers).unwrap();
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    let most = rounds * (releasers - 1);
    assert!(found.fired * 10 >= most * 9, "only {} of {most} claims met another one", found.fired);
}

#[test]
fn of_sixteen_that_claim_one_version_one_has_it() {
    check_race(Place::File, rounds(50));
}

#[test]
fn of_sixteen_in_one_checkout_one_has_it() {
    check_race(Place::Local, rounds(5));
}
