//! A release on GitHub, complete or not at all: by the real gh, on a forge that behaves as GitHub does, with each thing
//! that may go wrong on the way and each that somebody else may have done.

use std::time::{Duration, Instant};

use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{ADMIN, APP, Forge, Hosted, READER, Rule, STRANGER, Trouble, WRITES, ready};
use serde_json::{Value, json};

const NEEDED: &[&str] = &["gh", "emulate", "octokit-openapi", "node", "setpriv", "git"];

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
struct World {
    forge: Forge,
    sandbox: Sandbox,
}

impl World {
    fn new(test: &str) -> Option<Self> {
        Self::with(test, CONFIG)
    }

    fn with(test: &str, config: &str) -> Option<Self> {
        if !ready(test, NEEDED) {
            return None;
        }
        let files = [("release-config/release.toml", config), ("VERSION", "1.26.0\n"), ("install.sh", "#!/bin/sh\n")];
        let mut sandbox = Sandbox::new(&files);
        sandbox.git(&["tag", "-a", "-m", "Version 1.26.0", "v1.26.0"]);
        sandbox.remote("origin");
        sandbox.git(&["push", "-q", "origin", "v1.26.0"]);
        sandbox.write("page", "one\n");
        sandbox.commit("Draw a page");
        sandbox.git(&["push", "-q", "origin", "main"]);
        sandbox.write("release-config/notes/1.27.0.md", NOTES);
        sandbox.write("dist/app-amd64.tar.gz", "amd64");
        sandbox.write("dist/app-arm64.tar.gz", vec![b'x'; 300_000]);
        let forge = Forge::start(&[Hosted::public("acme/app", &sandbox.path("../origin.git"))]);
        let folder = sandbox.root().join("gh");
        forge.configure(&folder);
        sandbox.env("GH_CONFIG_DIR", folder.to_string_lossy());
        sandbox.env("GH_TOKEN", ADMIN);
        Some(Self { forge, sandbox })
    }

    fn run(&self) -> Ran {
        self.sandbox.run(&["run", "--yes", "1.27.0"])
    }

    /// Runs up to a step, as one who is killed after it.
    fn until(&self, step: &str) -> Ran {
        self.sandbox.run(&["run", "--yes", "1.27.0", "--until", step])
    }

    /// The same on a machine that knows nothing of it: no clones, no ledger, nothing built.
    fn elsewhere(&self) {
        for folder in ["../home/.cache", ".git/lockstep", "dist"] {
            let _ = std::fs::remove_dir_all(self.sandbox.path(folder));
        }
    }

    /// Asks as somebody does in a browser.
    fn ask(&self, method: &str, rest: &str, body: &Value) -> Value {
        let body = (method != "GET" && !body.is_null()).then_some(body);
        let reply = self.forge.ask(ADMIN, method, &format!("/repos/acme/app/{rest}"), body);
        assert!(reply.status < 300, "{method} {rest}: {} {}", reply.status, String::from_utf8_lossy(&reply.body));
        if reply.body.is_empty() { Value::Null } else { reply.value() }
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

    /// Everything that was asked to be changed since it was asked last.
    fn writes(&self) -> Vec<String> {
        let faults = self.forge.faults();
        let writes: Vec<String> = faults.lines().into_iter().filter(|line| !line.starts_with("GET ")).collect();
        faults.forget();
        writes
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
    let digest = |ran: &Ran| {
        let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
        plan["digest"].as_str().expect("a digest").to_owned()
    };
    let plan = || digest(&world.sandbox.run(&["plan", "1.27.0", "--format", "json"]));
    let first = plan();
    world.until("draft").code(0);
    assert_eq!(plan(), first);
    world.run().code(0);
    assert_eq!(plan(), first);
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
    world.sandbox.write("dist/app-amd64.tar.gz", "amd64");
    world.sandbox.write("dist/app-arm64.tar.gz", vec![b'x'; 300_000]);
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
    world.run().code(4).says("no file of the commit that is released matches `setup.sh`");
    assert_eq!(world.writes(), Vec::<String>::new());
    world.sandbox.replace("release-config/release.toml", "path = \"setup.sh\"", "path = \"install.sh\"");
    std::fs::remove_dir_all(world.sandbox.path("dist")).unwrap();
    world.run().code(4).says("no file of the checkout matches `dist/*.tar.gz`");
    assert_eq!(world.one()["draft"], true, "nothing is public");
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
