//! A release on GitHub, complete or not at all: by the real gh, on a forge that behaves as GitHub does, with each thing
//! that may go wrong on the way and each that somebody else may have done.

use std::ops::Deref;
use std::process::Stdio;
use std::time::{Duration, Instant};

use lockstep_tests::hosted::Small;
use lockstep_tests::servers::{ADMIN, APP, READER, Rule, STRANGER, Trouble, WRITES};
use serde_json::{Value, json};

const CONFIG: &str = r#"[project]
name = "acme"

[track.app]
bump = "minor"
tag = "v{version}"
message = "Version {version}"

[forge]
repository = "acme/app"
title = "App {app}"
notes = "release-config/notes/{app}.md"
checksums = "app-{app}-checksums.txt"

[[asset]]
path = "install.sh"

[[asset]]
path = "dist/*.tar.gz"
where = "checkout"

[[manifest]]
path = "VERSION"
line.all = "{app}"
"#;

const NOTES: &str = "## What 1.27.0 brings\n\n- It draws pages.\n";
const FILES: [&str; 4] = ["app-1.27.0-checksums.txt", "app-amd64.tar.gz", "app-arm64.tar.gz", "install.sh"];
const RELEASES: &str = "/repos/acme/app/releases";
const UPLOADS: &str = "/repos/acme/app/releases/*/assets";

/// `acme/app` at 1.26.0, with notes and archives of 1.27.0.
struct World(Small);

impl Deref for World {
    type Target = Small;

    fn deref(&self) -> &Small {
        &self.0
    }
}

impl World {
    fn new(test: &str) -> Option<Self> {
        Self::with(test, CONFIG)
    }

    fn with(test: &str, config: &str) -> Option<Self> {
        let files = [("release-config/release.toml", config), ("VERSION", "1.26.0\n"), ("install.sh", "#!/bin/sh\n")];
        let world = Self(Small::new(test, &files, ("v1.26.0", "main"))?);
        world.sandbox.write("release-config/notes/1.27.0.md", NOTES);
        world.build();
        Some(world)
    }

    /// Makes the archives.
    fn build(&self) {
        self.sandbox.write("dist/app-amd64.tar.gz", "amd64");
        self.sandbox.write("dist/app-arm64.tar.gz", vec![b'x'; 300_000]);
    }

    /// The same on a machine that knows nothing of it: no clones, no ledger, nothing built.
    fn elsewhere(&self) {
        self.0.elsewhere();
        self.remove("dist");
    }

    /// Releases and drafts of the tag.
    fn found(&self) -> Vec<Value> {
        self.forge.releases("acme/app").into_iter().filter(|release| release["tag_name"] == "v1.27.0").collect()
    }

    #[track_caller]
    fn one(&self) -> Value {
        let found = self.found();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    fn id(&self) -> u64 {
        self.one()["id"].as_u64().unwrap()
    }

    /// Deletes an asset by hand.
    fn delete(&self, name: &str) {
        let release = self.one();
        let asset = release["assets"].as_array().unwrap().iter().find(|asset| asset["name"] == name).unwrap();
        self.ask("DELETE", &format!("releases/assets/{}", asset["id"]), &Value::Null);
    }

    /// The release is public, has everything, and every request was one that GitHub describes.
    #[track_caller]
    fn expect_whole(&self) {
        let release = self.one();
        assert_eq!((&release["draft"], &release["prerelease"]), (&json!(false), &json!(false)), "{release}");
        assert_eq!(release["name"], "App 1.27.0");
        let body = release["body"].as_str().unwrap();
        let commit = self.sandbox.git_in("../origin.git", &["rev-parse", "v1.27.0^{commit}"]);
        let mark = format!("\n\n<!-- lockstep v1.27.0 {} assets sha256:", commit.trim());
        assert!(body.starts_with(NOTES.trim_end()) && body.contains(&mark), "{body}");
        self.expect_assets();
        assert_eq!(self.ask("GET", "releases/latest", &Value::Null)["tag_name"], "v1.27.0");
        assert_eq!(self.forge.violations(), Vec::<String>::new());
    }

    #[track_caller]
    fn expect_assets(&self) {
        let release = self.one();
        let assets = release["assets"].as_array().unwrap();
        let mut names: Vec<&str> = assets.iter().map(|asset| asset["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, FILES);
        assert!(assets.iter().all(|asset| asset["state"] == "uploaded"), "{assets:?}");
        let hold = |name: &str| self.forge.asset("acme/app", "v1.27.0", name).unwrap();
        assert_eq!((hold("install.sh"), hold("app-amd64.tar.gz")), (b"#!/bin/sh\n".to_vec(), b"amd64".to_vec()));
        assert_eq!(hold("app-arm64.tar.gz"), vec![b'x'; 300_000]);
        self.sandbox.write("../sums/install.sh", "#!/bin/sh\n");
        for name in ["app-amd64.tar.gz", "app-arm64.tar.gz"] {
            self.sandbox.write(format!("../sums/{name}"), hold(name));
        }
        self.sandbox.write("../sums/all", hold(FILES[0]));
        let mut command = self.sandbox.command("sha256sum", "../sums");
        command.args(["--check", "--strict", "all"]);
        self.sandbox.output(command).code(0).says("install.sh: OK").says("app-arm64.tar.gz: OK");
    }
}

#[test]
fn a_release_is_whole_and_a_second_run_asks_twice() {
    let Some(world) = World::new("a_release_is_whole_and_a_second_run_asks_twice") else { return };
    world.sandbox.run(&["plan", "1.27.0"]).code(0).says("draft/v1.27.0").says("--method POST repos/acme/app/releases");
    assert_eq!((world.found().len(), world.writes().len()), (0, 0), "a plan changes nothing");
    world.run().code(0).says("released");
    world.expect_whole();
    assert_eq!(world.writes().len(), 1 + FILES.len() + 1, "draft, files, flip");
    world.run().code(0).says("whole: everything is there already");
    assert_eq!(world.forge.faults().lines().len(), 2, "{:?}", world.forge.faults().lines());
    world.elsewhere();
    world.forge.faults().forget();
    world.run().code(0).says("whole: everything is there already");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn the_same_plan_whatever_is_there() {
    let Some(world) = World::new("the_same_plan_whatever_is_there") else { return };
    let first = world.digest();
    world.until("draft").code(0);
    assert_eq!(world.digest(), first);
    world.run().code(0);
    assert_eq!(world.digest(), first);
}

#[test]
fn it_goes_on_wherever_it_was_stopped() {
    let Some(world) = World::new("it_goes_on_wherever_it_was_stopped") else { return };
    for step in ["draft", "assets"] {
        world.until(step).code(0);
        assert_eq!(world.one()["draft"], true);
    }
    world.delete("install.sh");
    world.forge.upload(ADMIN, "acme/app", world.id(), "x", b"x");
    let body = world.one()["body"].as_str().unwrap().replace("draws", "drew");
    world.ask("PATCH", &format!("releases/{}", world.id()), &json!({ "name": "Another", "body": body }));
    world.run().code(4).says("`x` belongs to no file").says("--method DELETE repos/acme/app/releases/assets/");
    world.delete("x");
    world.run().code(0).says("its title is `Another` and not `App 1.27.0`; its text is another one");
    world.expect_whole();
}

#[test]
fn another_machine_goes_on_where_the_files_are() {
    let Some(world) = World::new("another_machine_goes_on_where_the_files_are") else { return };
    world.until("assets").code(0);
    let before = world.found();
    world.elsewhere();
    world.run().code(4).says("no file of the checkout matches `dist/*.tar.gz`");
    assert_eq!(world.found(), before);
    world.build();
    world.writes();
    world.run().code(0);
    assert_eq!(world.writes().len(), 1, "the flip alone");
    world.expect_whole();
}

#[test]
fn a_person_publishes_what_is_tagged() {
    let Some(world) = World::new("a_person_publishes_what_is_tagged") else { return };
    world
        .sandbox
        .run(&["publish-release", "1.27.0", "--yes"])
        .code(4)
        .says("there is no tag `v1.27.0` at `../origin.git`");
    world.until("acme/push").code(0);
    world.sandbox.run(&["publish-release", "--dry-run"]).code(0).says("to do    draft/v1.27.0");
    world.sandbox.run(&["publish-release"]).code(2).says("nobody is here to agree");
    assert_eq!(world.writes(), Vec::<String>::new());
    world.sandbox.run(&["publish-release", "--yes"]).code(0).says("published: 1.27.0");
    world.expect_whole();
    world.writes();
    world.sandbox.run(&["publish-release", "1.27.0"]).code(0).says("whole: everything is published already");
    assert_eq!(world.writes(), Vec::<String>::new());
    world.run().code(0);
    assert_eq!(world.writes(), Vec::<String>::new());
}

/// Two at once of one checkout, and a colleague's release.
#[test]
fn a_release_is_published_by_one() {
    let Some(world) = World::new("a_release_is_published_by_one") else { return };
    world.until("acme/push").code(0);
    let other = [("GIT_COMMITTER_NAME", "Bob"), ("GIT_COMMITTER_EMAIL", "bob@example.com")];
    let publish = &["publish-release", "1.27.0", "--yes"];
    world.sandbox.run_with(&other, publish).code(4).says("--take-over");
    assert_eq!(world.found().len(), 0);
    let start = || {
        world.sandbox.command(lockstep_tests::binary::xtask(), "").args(publish).stderr(Stdio::null()).spawn().unwrap()
    };
    let ended = [start(), start()].map(|mut run| run.wait().unwrap().code());
    assert!(ended.contains(&Some(0)), "{ended:?}");
    world.expect_whole();
    assert_eq!(world.found().len(), 1);
    let writes = world.writes();
    assert_eq!(
        writes.iter().filter(|line| line.starts_with("POST") && !line.contains("/assets")).count(),
        1,
        "{writes:?}"
    );
}

#[test]
fn what_was_uploaded_in_part_is_sent_again() {
    let Some(world) = World::new("what_was_uploaded_in_part_is_sent_again") else { return };
    world.until("draft").code(0);
    // The file is sent again and again, and never whole: the run ends, and a starter stays.
    let never = Rule::new("POST", UPLOADS, 1, Trouble::Half).times(usize::MAX);
    world.forge.faults().set([never]);
    world.run().code(3).says("can't be attached").says("HTTP 502");
    assert_eq!(world.forge.faults().fired().len(), 4, "bounded");
    world.forge.faults().set([]);
    world.run().code(0);
    world.expect_whole();
}

#[test]
fn every_answer_that_may_be_lost() {
    let Some(world) = World::new("every_answer_that_may_be_lost") else { return };
    let rules = [
        Rule::new("GET", "*", 2, Trouble::Fail(502)),
        Rule::new("GET", RELEASES, 3, Trouble::CutAnswer),
        Rule::new("POST", RELEASES, 1, Trouble::LoseAnswer),
        Rule::new("POST", UPLOADS, 1, Trouble::Half),
        Rule::new("POST", UPLOADS, 3, Trouble::LoseAnswer),
        Rule::new("POST", UPLOADS, 4, Trouble::Cut),
        Rule::new("POST", UPLOADS, 6, Trouble::Instead(500)),
        Rule::new("PATCH", "/repos/acme/app/releases/*", 1, Trouble::Instead(502)),
    ];
    world.forge.faults().set(rules);
    world.run().code(0);
    assert_eq!(world.forge.faults().fired().len(), 8, "{:?}", world.forge.faults().fired());
    world.expect_whole();
}

#[test]
fn what_the_forge_never_heard_is_asked_again() {
    let Some(world) = World::new("what_the_forge_never_heard_is_asked_again") else { return };
    let rules = [
        Rule::new("POST", RELEASES, 1, Trouble::Fail(500)),
        Rule::new("POST", UPLOADS, 1, Trouble::Fail(503)),
        Rule::new("POST", UPLOADS, 3, Trouble::RetryAfter(2)),
        Rule::new("PATCH", "/repos/acme/app/releases/*", 1, Trouble::Fail(502)),
        Rule::new("GET", "*/releases/tags/*", 1, Trouble::RetryAfter(3)),
    ];
    world.forge.faults().set(rules);
    let start = Instant::now();
    world.run().code(0);
    assert!(start.elapsed() > Duration::from_secs(5), "it waits as long as it is asked to");
    assert_eq!(world.forge.faults().fired().len(), 5, "{:?}", world.forge.faults().fired());
    world.expect_whole();
}

#[test]
fn nobody_waits_for_an_hour() {
    let Some(world) = World::new("nobody_waits_for_an_hour") else { return };
    world.forge.faults().set([Rule::new("POST", RELEASES, 1, Trouble::RetryAfter(3600))]);
    let start = Instant::now();
    world.run().code(3).says("takes no more requests for 60 min").says("run the same command again after");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert!(world.found().is_empty());
    world.run().code(0);
    world.expect_whole();
}

#[test]
fn silence_ends() {
    let Some(world) = World::new("silence_ends") else { return };
    world.until("draft").code(0);
    world.forge.faults().set([Rule::new("POST", UPLOADS, 2, Trouble::Silence)]);
    let start = Instant::now();
    world.run().code(0);
    assert!(start.elapsed() < Duration::from_secs(150), "{:?}", start.elapsed());
    world.expect_whole();
}

#[test]
fn drafts_of_others() {
    let Some(world) = World::new("drafts_of_others") else { return };
    let by_hand = json!({ "tag_name": "v1.27.0", "draft": true, "name": "Mine", "body": "mine" });
    world.ask("POST", "releases", &by_hand);
    let before = world.found();
    let ran = world.run().code(4).says("there is a draft `v1.27.0` already that isn't this tool's");
    assert_eq!(world.found(), before);
    assert_eq!(world.sandbox.git_in("../origin.git", &["tag", "-l", "v1.27.0"]), "", "nothing begins");
    // What it says can be typed.
    let hint = ran.stderr.split("hint: ").nth(1).unwrap();
    let adopt = hint.split('`').find(|words| words.contains("--method PATCH")).unwrap().to_owned();
    let mut command = world.sandbox.command("sh", "");
    command.args(["-c", &adopt]);
    world.sandbox.output(command).code(0);
    world.until("draft").code(0);
    assert_eq!(world.id(), before[0]["id"].as_u64().unwrap());
    world.ask("POST", "releases", &by_hand);
    world.run().code(4).says("there are 2 drafts of `v1.27.0`").says("delete those that aren't wanted");
    let second = world.found().into_iter().find(|release| release["name"] == "Mine").unwrap();
    world.ask("DELETE", &format!("releases/{}", second["id"]), &Value::Null);
    world.run().code(0);
    world.expect_whole();
}

#[test]
fn what_is_published_by_hand() {
    let Some(world) = World::new("what_is_published_by_hand") else { return };
    world.until("app/push").code(2);
    world.until("acme/push").code(0);
    let other = json!({ "tag_name": "v1.27.0", "name": "App 1.27.0", "body": "another" });
    let id = world.ask("POST", "releases", &other)["id"].as_u64().unwrap();
    world.run().code(4).says("is published already, and not by this tool: its text is another one");
    world.ask("PATCH", &format!("releases/{id}"), &json!({ "body": NOTES }));
    world.run().code(4).says("`install.sh` is missing");
    for name in &FILES[1..] {
        let file = if *name == "install.sh" { "install.sh".to_owned() } else { format!("dist/{name}") };
        let bytes = std::fs::read(world.sandbox.path(file)).unwrap();
        assert_eq!(world.forge.upload(ADMIN, "acme/app", id, name, &bytes).status, 201);
    }
    world.run().code(4).says("`app-1.27.0-checksums.txt` is missing").says_nothing_of("`install.sh` is missing");
    let sums = "sha256sum app-*.gz ../install.sh | sed 's| .*/| |' >../sums && sed -i 's|  *|  |' ../sums";
    let mut command = world.sandbox.command("sh", "dist");
    command.args(["-c", sums]);
    world.sandbox.output(command).code(0);
    let bytes = std::fs::read(world.sandbox.path("sums")).unwrap();
    assert_eq!(world.forge.upload(ADMIN, "acme/app", id, FILES[0], &bytes).status, 201);
    world.writes();
    world.run().code(0);
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn what_is_lost_after_publication_comes_back() {
    let Some(world) = World::new("what_is_lost_after_publication_comes_back") else { return };
    world.run().code(0);
    world.delete("app-amd64.tar.gz");
    // Rebuilt otherwise: not what was published.
    world.sandbox.write("dist/app-amd64.tar.gz", "other");
    world.run().code(4).says("isn't whole any more").says("the files that were aren't here");
    world.sandbox.write("dist/app-amd64.tar.gz", "amd64");
    world.run().code(0);
    world.expect_whole();
    world.writes();
    world.run().code(0).says("whole");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn what_is_immutable_is_left() {
    let Some(world) = World::new("what_is_immutable_is_left") else { return };
    world.forge.make_immutable("acme/app");
    world.run().code(0);
    world.expect_whole();
    assert_eq!(world.one()["immutable"], true);
    world.writes();
    world.run().code(0).says("whole");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn who_may_not_is_told_before_anything() {
    let Some(world) = World::new("who_may_not_is_told_before_anything") else { return };
    let refs = world.sandbox.git_in("../origin.git", &["for-each-ref"]);
    let run = |token: &str| world.sandbox.run_with(&[("GH_TOKEN", token)], &["run", "--yes", "1.27.0"]);
    for token in [READER, STRANGER] {
        run(token).code(4).says("gh's token may not push to `acme/app`").says("gh auth login --hostname github.com");
    }
    run("test_token_wrong").code(4).says("`github.com` refuses gh's token").says_nothing_of("test_token_wrong");
    run("").code(4).says("gh is not logged in to `github.com`").says("gh auth login --hostname github.com");
    world.sandbox.replace("release-config/release.toml", "acme/app", "acme/other");
    world
        .run()
        .code(3)
        .says("`github.com` shows no repository `acme/other`: there is none, or gh's token may not see it");
    assert_eq!(world.sandbox.git_in("../origin.git", &["for-each-ref"]), refs, "nothing is pushed");
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[test]
fn the_forge_must_have_the_tag_where_it_was_pushed() {
    let Some(world) = World::new("the_forge_must_have_the_tag_where_it_was_pushed") else { return };
    world.until("assets").code(0);
    // What is pushed to goes on being right, and the forge is another repository by now.
    world.sandbox.git_in("..", &["clone", "-q", "--mirror", "origin.git", "pushed.git"]);
    let url = world.sandbox.path("../pushed.git");
    world.sandbox.git(&["remote", "set-url", "origin", url.to_str().unwrap()]);
    world.sandbox.git_in("../origin.git", &["tag", "-f", "v1.27.0", "v1.26.0^{commit}"]);
    world.run().code(4).says("the tag `v1.27.0` is on").says("a published name never moves");
    assert_eq!(world.one()["draft"], true);
    world.sandbox.git_in("../origin.git", &["tag", "-d", "v1.27.0"]);
    world.run().code(4).says("`acme/app` has no tag `v1.27.0`");
    assert_eq!(world.one()["draft"], true);
    world.sandbox.git_in("../origin.git", &["fetch", "-q", "../pushed.git", "refs/tags/v1.27.0:refs/tags/v1.27.0"]);
    // Nobody but the forge knows of a higher version: the last look before the flip does.
    world.ask("POST", "releases", &json!({ "tag_name": "v2.0.0", "name": "App 2.0.0", "body": "two" }));
    world.run().code(0);
    assert_eq!(world.ask("GET", "releases/latest", &Value::Null)["tag_name"], "v2.0.0");
    assert_eq!(world.one()["draft"], false);
    world.expect_assets();
}

#[test]
fn a_workflow_may() {
    let Some(world) = World::new("a_workflow_may") else { return };
    world.sandbox.run_with(&[("GH_TOKEN", APP)], &["run", "--yes", "1.27.0"]).code(0);
    world.expect_whole();
}

#[test]
fn lists_may_come_late() {
    let Some(world) = World::new("lists_may_come_late") else { return };
    world.forge.list_late("acme/app");
    world.run().code(0);
    world.expect_whole();
    assert_eq!(world.writes().len(), 1 + FILES.len() + 1, "nothing is done twice");
}

#[test]
fn the_only_release_is_the_latest_whatever_is_tagged() {
    let Some(world) = World::new("the_only_release_is_the_latest_whatever_is_tagged") else { return };
    let head = world.sandbox.git_in("../origin.git", &["rev-parse", "main"]);
    world.sandbox.git_in("../origin.git", &["tag", "v2.0.0", head.trim()]);
    world.run().code(0);
    world.expect_assets();
    let flip = world.forge.faults().seen().into_iter().find(|seen| seen.request.method == "PATCH").unwrap();
    assert!(String::from_utf8_lossy(&flip.request.body).contains("\"make_latest\": \"false\""));
}

#[test]
fn candidates_and_old_lines_are_not_the_latest() {
    let Some(world) = World::new("candidates_and_old_lines_are_not_the_latest") else { return };
    let latest = || world.ask("GET", "releases/latest", &Value::Null)["tag_name"].as_str().unwrap().to_owned();
    let release = |version: &str| {
        let notes = format!("## What {version} brings\n\n- It draws pages.\n");
        world.sandbox.write(format!("release-config/notes/{version}.md"), notes);
        world.sandbox.run(&["run", "--yes", "--unchanged", version]).code(0);
    };
    world.run().code(0);
    release("1.28.0-rc.1");
    let found = world.forge.releases("acme/app");
    let candidate = found.iter().find(|release| release["tag_name"] == "v1.28.0-rc.1").unwrap();
    assert_eq!((&candidate["prerelease"], latest().as_str()), (&json!(true), "v1.27.0"));
    release("1.28.0");
    assert_eq!(latest(), "v1.28.0");
    // Somebody published a higher one by hand, in a line of its own.
    let head = world.sandbox.git_in("../origin.git", &["rev-parse", "main"]);
    let higher = json!({ "tag_name": "v2.0.0", "target_commitish": head.trim(), "name": "App 2.0.0", "body": "two" });
    world.ask("POST", "releases", &higher);
    assert_eq!(latest(), "v2.0.0");
    release("1.28.1");
    assert_eq!(latest(), "v2.0.0");
    assert_eq!(world.forge.violations(), Vec::<String>::new());
}

#[test]
fn files_that_cannot_be_attached() {
    let Some(world) = World::new("files_that_cannot_be_attached") else { return };
    for (name, words) in [
        ("dist/-rf.tar.gz", "GitHub gives an asset another name than `-rf.tar.gz`"),
        ("dist/a b.tar.gz", "GitHub gives an asset another name than `a b.tar.gz`"),
        ("dist/a#b.tar.gz", "GitHub gives an asset another name than `a#b.tar.gz`"),
        ("dist/a\nb.tar.gz", "GitHub gives an asset another name than `a\\nb.tar.gz`"),
        ("dist/a..tar.gz", "GitHub gives an asset another name than `a..tar.gz`"),
    ] {
        world.sandbox.write(name, "x");
        world.run().code(2).says(words);
        std::fs::remove_file(world.sandbox.path(name)).unwrap();
    }
    world.sandbox.write("dist/empty.tar.gz", "");
    world.run().code(4).says("`dist/empty.tar.gz` is empty");
    std::fs::remove_file(world.sandbox.path("dist/empty.tar.gz")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", world.sandbox.path("dist/link.tar.gz")).unwrap();
    world.run().code(4).says("is a symlink to `/etc/passwd`");
    std::fs::remove_file(world.sandbox.path("dist/link.tar.gz")).unwrap();
    world.sandbox.replace("release-config/release.toml", "path = \"install.sh\"", "path = \"setup.sh\"");
    world.run().code(2).says("there is no `setup.sh` in the commit that is released");
    assert_eq!(world.writes(), Vec::<String>::new());
    world.sandbox.replace("release-config/release.toml", "path = \"setup.sh\"", "path = \"install.sh\"");
    std::fs::remove_dir_all(world.sandbox.path("dist")).unwrap();
    let lacks = "no file of the checkout matches `dist/*.tar.gz`";
    world.run().code(4).says(lacks);
    world.sandbox.run(&["plan", "1.27.0"]).code(4).says(&format!("error: {lacks}"));
    assert_eq!(world.writes(), Vec::<String>::new(), "it is known beforehand");
    // A command of this checkout may make them, and may not.
    let make =
        "\n[command.dist]\nargv = [\"sh\", \"-c\", \"mkdir -p dist\"]\nwhere = \"checkout\"\nwhen = \"prepared\"\n";
    let config = world.sandbox.read("release-config/release.toml");
    world.sandbox.write("release-config/release.toml", config.clone() + make);
    world.sandbox.run(&["plan", "1.27.0"]).code(0);
    world.run().code(4).says(lacks);
    assert_eq!(world.one()["draft"], true, "nothing is public");
    let make = make.replace("mkdir -p dist", "echo amd64 >dist/app-amd64.tar.gz");
    world.sandbox.write("release-config/release.toml", config + &make);
    world.sandbox.run(&["run", "--yes", "1.27.0", "--again", "command/dist"]).code(0);
    assert_eq!(world.one()["draft"], false);
}

#[test]
fn what_others_attach_is_for_a_person_to_say() {
    let Some(world) = World::new("what_others_attach_is_for_a_person_to_say") else { return };
    world.run().code(0);
    world.forge.upload(ADMIN, "acme/app", world.id(), "app.sig", b"signed");
    world.elsewhere();
    let words = "since the release `v1.27.0` was published, somebody attached `app.sig`";
    let hint = "say `others = [\"app.sig\"]` in `[forge]`";
    world.run().code(4).says(words).says(hint).says("--method DELETE repos/acme/app/releases/assets/");
    world.sandbox.replace("release-config/release.toml", "title =", "others = [\"*.sig\"]\ntitle =");
    world.run().code(0).says("everything is there already");
    // Nor is it in the way of what is lost.
    world.delete("install.sh");
    world.build();
    world.run().code(0);
    let assets = world.one()["assets"].as_array().unwrap().len();
    assert_eq!(assets, FILES.len() + 1);
    assert_eq!(world.forge.asset("acme/app", "v1.27.0", "app.sig").unwrap(), b"signed");
}

/// A branch that is gone is nothing to be cut.
#[test]
fn an_old_version_whose_branch_is_gone_is_told_so() {
    let config = CONFIG.replace("[forge]", "[branch]\nname = \"release-{app}\"\n\n[forge]");
    let Some(world) = World::with("an_old_version_whose_branch_is_gone_is_told_so", &config) else { return };
    let ran = world.sandbox.run(&["publish-release", "1.26.0", "--dry-run"]).code(4);
    let ran = ran.says("`v1.26.0` is at `../origin.git`, and its branch `release-1.26.0` is there no more");
    let ran = ran.says_nothing_of("cargo xtask branch");
    let hint = ran.stderr.split('`').find(|word| word.starts_with("git push")).expect("a command").to_owned();
    let mut command = world.sandbox.command("sh", "");
    command.args(["-c", &hint]);
    world.sandbox.output(command).code(0);
    world.sandbox.run(&["publish-release", "1.26.0", "--dry-run"]).says_nothing_of("is there no more");
    world.sandbox.run(&["plan", "1.28.0"]).code(4).says("`cargo xtask branch` cuts it");
}

#[test]
fn too_much_text_is_refused_before() {
    let Some(world) = World::new("too_much_text_is_refused_before") else { return };
    world.sandbox.write("release-config/notes/1.27.0.md", format!("{NOTES}{}", "é".repeat(125_000)));
    world.run().code(5).says("characters, which no release takes");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert!(world.found().is_empty());
}

#[test]
fn nothing_is_sent_where_nothing_answers() {
    let Some(world) = World::new("nothing_is_sent_where_nothing_answers") else { return };
    world.forge.faults().set([Rule::new(WRITES, "*", 1, Trouble::Fail(500)).times(usize::MAX)]);
    let start = Instant::now();
    world.run().code(3).says("the draft of `v1.27.0` wasn't made").says("HTTP 500");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert_eq!(world.forge.faults().fired().len(), 3, "bounded");
    world.forge.faults().set([]);
    world.run().code(0);
    world.expect_whole();
}
