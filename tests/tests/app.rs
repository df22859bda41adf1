//! Process B, an app with images for several platforms, from end to end: a real git remote, a real engine with BuildKit,
//! real registries, the real gh and a forge that merges. `STEPS` names each step of the process and how it is seen.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use lockstep_tests::app::{IMAGES, NEEDS, PLATFORMS, REPOSITORY, Setting, World};
use lockstep_tests::sandbox::Ran;
use lockstep_tests::servers::{Image, ready};
use serde_json::Value;
use sha2::{Digest, Sha256};

type State = BTreeMap<String, String>;

/// What was asked at the registries and at the forge, and which programs the tool started, in one run.
struct Asked {
    registries: Vec<Vec<String>>,
    forge: Vec<String>,
    programs: Vec<String>,
}

/// A release from its branch to its page, and what was seen on the way.
struct Story {
    world: World,
    begin: State,
    cut: Ran,
    listed: Ran,
    /// A run before anybody has written what the version brings.
    unwritten: Ran,
    /// When the branch has all that people put on it.
    written: State,
    /// A run by somebody who isn't logged in, and the world after it.
    stranger: (Ran, State),
    /// The run that ends at the checklist, and the world after it.
    waiting: (Ran, State),
    status: Ran,
    /// The run that goes on, and the world after it.
    whole: (Ran, State),
    builder: String,
    ended: Ran,
    again: (Ran, State, Asked),
    /// The same on another machine, which has no clones.
    elsewhere: (Ran, State),
    /// The same when the ledger is lost: what waited for a test and for a person is public, so both were.
    lost: (Ran, State),
}

const NOTES: &str = "# Acme 1.4.0\n\nAll schemas can be searched, and a record says who has edited it.\n\n## Upgrading\n\n\
                     `docker compose up --pull always -d`\n";

impl Story {
    fn live(setting: Setting) -> Self {
        let world = World::new(setting);
        let begin = world.state();
        let cut = world.run(&["branch", "--yes"]);
        // A fix on the branch, a feature on `main`.
        world.colleague_pushes("release-1.4.0", "Say who edited a record (#34)", "acme/who.py", "WHO = 1\n");
        world.colleague_pushes("main", "Count everything (#35)", "acme/count.py", "COUNT = 1\n");
        let listed = world.run(&["notes"]);
        let unwritten = world.run(&["run", "--yes"]);
        world.write_notes("1.4.0", NOTES);
        let written = world.state();
        world.log_out();
        let stranger = (world.run(&["run", "--yes"]), world.state());
        world.log_in();
        in_the_middle_of_something(&world);
        let waiting = (world.run(&["run", "--yes"]), world.state());
        let status = world.run(&["status"]);
        let whole = (world.run(&["run", "--yes", "--done", "checklist/smoke"]), world.state());
        let builder = container(&world);
        let ended = world.run(&["status"]);
        let (ran, asked) = asked(&world, &["run", "1.4.0", "--yes"]);
        let again = (ran, world.state(), asked);
        world.forget();
        let elsewhere = (world.run(&["run", "1.4.0", "--yes"]), world.state());
        world.forget_ledger();
        let lost = (world.run(&["run", "1.4.0", "--yes"]), world.state());
        Self {
            world,
            begin,
            cut,
            listed,
            unwritten,
            written,
            stranger,
            waiting,
            status,
            whole,
            builder,
            ended,
            again,
            elsewhere,
            lost,
        }
    }
}

/// The releaser works on something else meanwhile: nothing of it is of the release.
fn in_the_middle_of_something(world: &World) {
    for path in ["acme/web.py", "Dockerfile", "runtime/amd64", "install.sh", "smoke-test"] {
        let text = world.sandbox.read(path);
        world.sandbox.write(path, format!("{text}# UNCOMMITTED\n"));
    }
    world.sandbox.write("acme/half.py", "UNCOMMITTED = 1\n");
    world.sandbox.write("acme/staged.py", "UNCOMMITTED = 2\n");
    world.sandbox.git(&["add", "acme/staged.py"]);
}

/// Runs the tool, and says what that took.
fn asked(world: &World, args: &[&str]) -> (Ran, Asked) {
    let trace = world.sandbox.root().join("tmp/trace");
    let _ = fs::remove_file(&trace);
    let before = world.registries().map(|registry| registry.requests().len());
    let forge = world.forge.faults().lines().len();
    let ran = world.hide(world.sandbox.run_with(&[("LOCKSTEP_TRACE", trace.to_str().unwrap())], args));
    let registries = world.registries().into_iter().zip(before);
    let registries = registries.map(|(registry, before)| registry.requests().split_off(before)).collect();
    let lines = fs::read_to_string(&trace).unwrap();
    let programs = lines.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let words = line["argv"].as_array()?.iter().map(|word| word.as_str().unwrap_or_default());
        Some(words.collect::<Vec<_>>().join(" "))
    });
    let asked =
        Asked { registries, forge: world.forge.faults().lines().split_off(forge), programs: programs.collect() };
    (ran, asked)
}

/// The container that the world's builder runs in, by its id and its beginning.
fn container(world: &World) -> String {
    let filter = format!("name=^/buildx_buildkit_{}0$", world.builder());
    let listed = world.docker(&["ps", "--no-trunc", "--filter", &filter, "--format", "{{.ID}} {{.CreatedAt}}"]);
    listed.code(0).stdout.trim().to_owned()
}

/// A step of the process, how it is seen, and the look.
type Step = (&'static str, &'static str, fn(&Story));

const STEPS: &[Step] = &[
    ("B1", "`status` says whose release it is and on what it waits; the remote's ledger keeps it", owned),
    ("B2", "one line each in `acme/__init__.py` and `install.sh`, in `Bump version 1.4.0`", bumped),
    ("B3", "smoke test, then checklist, before anything is pushed; who ticked it and when is kept", tried),
    ("B4", "the pull request is merged by a merge commit; `1.4.0` tags that, and is pushed", merged),
    ("B5", "without the text: exit 5; with it, it is the release's body, and a file in the tag", noted),
    ("B6", "every file of the images is the tag's; what lies in the checkout is in none", clean),
    ("B7", "logged out: `docker login`, exit 4, nothing has changed", logged_in),
    ("B8", "one builder with the `docker-container` driver, made by the tool", builder),
    ("B9", "both images, both registries: platforms, args, labels, one digest; `latest` is it", built),
    ("B10", "gh reads the release: its title, its body, `install.sh` and its checksums, as the latest", published),
];

#[test]
fn every_step_of_the_process_is_here() {
    let ids: Vec<String> = STEPS.iter().map(|(id, ..)| (*id).to_owned()).collect();
    assert_eq!(ids, (1..=10).map(|number| format!("B{number}")).collect::<Vec<_>>());
}

#[test]
fn a_release_from_its_branch_to_its_page() {
    if !ready("a_release_from_its_branch_to_its_page", &NEEDS) {
        return;
    }
    let story = Story::live(Setting::default());
    let mut failed = Vec::new();
    for (id, how, look) in STEPS.iter().chain(AFTER) {
        println!("{id}: {how}");
        // All that is wrong is said, and not the first of it.
        if catch_unwind(AssertUnwindSafe(|| look(&story))).is_err() {
            failed.push(id);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// What is true of a release that is made.
const AFTER: &[Step] = &[
    ("again", "no build, no push, no more than two looks at an image in a registry", nothing_is_done_twice),
    ("elsewhere", "without clones, and without the ledger, nothing of it is made again", recognised),
    ("schema", "every request is as GitHub describes it", well_asked),
];

fn recognised(story: &Story) {
    for (ran, _) in [&story.elsewhere, &story.lost] {
        ran.clone().code(0).says("everything is there already").says_nothing_of("smoke test of 1.4.0");
    }
    for (_, state) in [&story.elsewhere, &story.lost] {
        assert_eq!(*state, story.whole.1, "a release that is made is left alone");
    }
}

fn well_asked(story: &Story) {
    assert_eq!(story.world.forge.violations(), [""; 0]);
    assert!(story.world.forge.faults().lines().iter().any(|line| line.starts_with("PATCH ")));
}

/// The second run: everything is there, a few questions say so.
fn nothing_is_done_twice(story: &Story) {
    let (ran, state, asked) = &story.again;
    ran.clone().code(0).says("everything is there already");
    assert_eq!(*state, story.whole.1, "a release that is made is left alone");
    let writes = |line: &&String| !line.starts_with("GET ") && !line.starts_with("HEAD ");
    let written: Vec<&String> = asked.forge.iter().chain(asked.registries.iter().flatten()).filter(writes).collect();
    assert!(written.is_empty(), "{written:?}");
    let builds = |line: &&String| {
        ["buildx build", "buildx create", "imagetools create"].iter().any(|words| line.contains(words))
    };
    assert_eq!(asked.programs.iter().find(builds), None);
    for (requests, registry) in asked.registries.iter().zip(["registry", "mirror"]) {
        for image in IMAGES {
            // Each look asks first by HEAD; the answer that wants a login isn't one.
            let path = format!("HEAD /v2/{image}/manifests/");
            let looks: Vec<&String> =
                requests.iter().filter(|line| line.starts_with(&path) && !line.ends_with(" 401")).collect();
            println!("{registry} {image}: {} looks: {looks:?}", looks.len());
            assert!((1..=2).contains(&looks.len()), "{looks:#?}");
        }
        println!("{registry}: {} requests", requests.len());
    }
    println!("forge: {} requests", asked.forge.len());
}

fn owned(story: &Story) {
    story.status.clone().code(0).says("owner Ada").says("checklist/smoke");
    story.ended.clone().code(0).says("owner Ada");
    let main = &story.begin["refs/heads/main"];
    story.cut.clone().code(0).says("release-1.4.0");
    let base = story.world.git(&["merge-base", "1.4.0^2", "1.4.0^1"]);
    assert_eq!(base, *main);
}

fn bumped(story: &Story) {
    let world = &story.world;
    let tip = world.git(&["rev-parse", "release-1.4.0"]);
    assert_eq!(world.git(&["log", "-1", "--format=%s|%an|%cn", &tip]), "Bump version 1.4.0|Ada|Ada");
    let changed = world.git(&["diff", "--numstat", &format!("{tip}^"), &tip]);
    assert_eq!(changed, "1\t1\tacme/__init__.py\n1\t1\tinstall.sh");
    assert!(world.show("1.4.0", "acme/__init__.py").ends_with("\n__version__ = \"1.4.0\"\n"));
    assert!(world.show("1.4.0", "install.sh").contains("\napp_tag=${1-\"1.4.0\"}\n"));
}

fn tried(story: &Story) {
    let (ran, state) = &story.waiting;
    ran.clone().code(5).says("smoke test of 1.4.0: well").says("Create a schema").says("checklist/smoke");
    assert_eq!(*state, story.written, "nobody sees what nobody has tried");
    let said = &story.whole.0.stderr;
    assert!(!said.contains("smoke test of 1.4.0: well"), "it is tried once: {said}");
    story.ended.clone().says("checklist/smoke").says("2026-07-01");
}

fn merged(story: &Story) {
    let world = &story.world;
    story.whole.0.clone().code(0).says("released: app 1.4.0");
    let merge = world.git(&["rev-parse", "main"]);
    assert_eq!(
        world.git(&["for-each-ref", "--format=%(objecttype) %(contents:subject) %(*objectname)", "refs/tags/1.4.0"]),
        format!("tag Version 1.4.0 {merge}")
    );
    let parents = world.git(&["log", "-1", "--format=%P", &merge]);
    let sides = [&story.written["refs/heads/main"], &story.whole.1["refs/heads/release-1.4.0"]];
    assert_eq!(parents, format!("{} {}", sides[0], sides[1]));
    let [pull] = &world.pulls()[..] else { panic!("one pull request: {:?}", world.pulls()) };
    assert_eq!((&pull["merge_commit_sha"], &pull["state"]), (&Value::from(merge), &Value::from("closed")));
    assert_eq!((&pull["head"]["ref"], &pull["base"]["ref"]), (&"release-1.4.0".into(), &"main".into()));
    assert!(pull["merged_at"].is_string(), "{pull}");
    // What came to `main` meanwhile is in it as well.
    assert_eq!(world.show("1.4.0", "acme/count.py"), "COUNT = 1\n");
}

fn noted(story: &Story) {
    let listed = story.listed.clone().code(0);
    for subject in ["Search all schemas (#31)", "Say what it is about (#32)", "Say who edited a record (#34)"] {
        listed.clone().says(subject);
    }
    listed.says_nothing_of("Count everything");
    story.unwritten.clone().code(5).says("docs/releases/1.4.0.md");
    let body = story.world.release("1.4.0").expect("it is published")["body"].as_str().unwrap().to_owned();
    assert!(body.starts_with(NOTES.trim_end()), "{body}");
    assert_eq!(story.world.show("1.4.0", "docs/releases/1.4.0.md"), NOTES);
}

fn clean(story: &Story) {
    let (world, reader) = (&story.world, story.world.reader());
    let commit = world.git(&["rev-parse", "1.4.0^{commit}"]);
    for (name, image, _) in world.places() {
        let reference = format!("{name}:1.4.0");
        for platform in PLATFORMS {
            let arch = platform.rsplit('/').next().unwrap();
            let file = |path: &str| reader.file(&reference, platform, path);
            let files = if image == IMAGES[0] {
                vec![
                    ("code/acme/web.py", "acme/web.py".to_owned()),
                    ("code/acme/__init__.py", "acme/__init__.py".to_owned()),
                    ("usr/bin/runtime", format!("runtime/{arch}")),
                ]
            } else {
                vec![("usr/bin/caddy", format!("caddy/{arch}")), ("etc/caddy/Caddyfile", "Caddyfile".to_owned())]
            };
            for (path, source) in files {
                assert_eq!(file(path), Some(world.show("1.4.0", &source)), "{reference} {platform} {path}");
            }
            for path in ["code/acme/half.py", "code/acme/staged.py"] {
                assert_eq!(file(path), None, "{reference} {path}");
            }
            assert_eq!(reader.labels(&reference, platform)["org.opencontainers.image.revision"], commit);
        }
    }
    assert_eq!(world.show("1.4.0", "install.sh"), text(&world.forge.asset(REPOSITORY, "1.4.0", "install.sh").unwrap()));
    // And what the releaser was at is as it was.
    let checkout = world.sandbox.git(&["status", "--short"]);
    let theirs = " M Dockerfile\n M acme/web.py\n M install.sh\n M runtime/amd64\n M smoke-test\nA  acme/staged.py\n?? acme/half.py\n";
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let expected = sorted(&format!("{theirs}?? docs/releases/1.4.0.md\n"));
    assert_eq!(sorted(&checkout), expected, "the releaser's checkout is theirs");
}

fn logged_in(story: &Story) {
    let (ran, state) = &story.stranger;
    ran.clone().code(4).says("`docker login [REGISTRY]`");
    assert_eq!(ran.stderr.matches("error:").count(), 1, "one cause is said once: {ran}");
    assert_eq!(*state, story.written);
}

fn builder(story: &Story) {
    let world = &story.world;
    let listed = world.docker(&["buildx", "ls", "--format", "{{json .}}"]).code(0);
    let rows = listed.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut ours: Vec<Value> = rows.filter(|row| row["Name"] == world.builder()).collect();
    ours.dedup();
    let [builder] = &ours[..] else { panic!("one builder: {ours:?}") };
    assert_eq!(builder["Driver"], "docker-container");
    assert_eq!(story.builder.lines().count(), 1, "{:?}", story.builder);
    assert_eq!(container(world), story.builder, "it is the same one after the second run");
}

fn built(story: &Story) {
    let (world, reader) = (&story.world, story.world.reader());
    let commit = world.git(&["rev-parse", "1.4.0^{commit}"]);
    let mut digests: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, image, registry) in world.places() {
        let reference = format!("{name}:1.4.0");
        assert_eq!(reader.platforms(&reference), PLATFORMS, "{reference}");
        let digest = reader.digest(&reference).expect("it is there");
        assert_eq!(reader.digest(&format!("{name}:latest")).as_ref(), Some(&digest), "{name}");
        assert_eq!(registry.pushes(image, "1.4.0"), 1, "a published name never moves");
        assert_eq!(reader.tags(&name), ["1.2.0", "1.3.0", "1.4.0", "latest"]);
        digests.entry(image).or_default().push(digest);
        let annotations = reader.annotations(&reference);
        assert_eq!(annotations["org.opencontainers.image.revision"], commit, "{reference}");
        assert_eq!(annotations["org.opencontainers.image.version"], "1.4.0");
        for platform in PLATFORMS {
            let config = reader.config(&reference, platform);
            assert_eq!(format!("{}/{}", text_of(&config["os"]), text_of(&config["architecture"])), *platform);
            let labels = reader.labels(&reference, platform);
            assert_eq!(labels["org.opencontainers.image.version"], "1.4.0", "{reference} {platform}");
            assert!(labels.contains_key("org.opencontainers.image.source"), "{labels:?}");
            assert!(labels.contains_key("org.opencontainers.image.created"), "{labels:?}");
            let env = config["config"]["Env"].to_string();
            let wanted: &[&str] =
                if image == IMAGES[0] { &["APP_VERSION=1.4.0", "PG_MAJOR=17"] } else { &["CADDY_VERSION=2.8"] };
            assert!(wanted.iter().all(|word| env.contains(word)), "{env}");
        }
    }
    for (image, digests) in digests {
        assert!(digests.len() == 2 && digests[0] == digests[1], "{image}: {digests:?}");
    }
    // `target = "production"`: the stage before it isn't in it.
    assert_eq!(reader.file(&format!("{}:1.4.0", world.places()[0].0), PLATFORMS[0], "code/smoke-test"), None);
}

fn published(story: &Story) {
    let world = &story.world;
    let read = |path: &str| -> Value { serde_json::from_str(&world.gh(&["api", path])).unwrap() };
    let release = read("repos/acme/app/releases/tags/1.4.0");
    assert_eq!(
        (&release["name"], &release["draft"], &release["prerelease"]),
        (&"Acme 1.4.0".into(), &false.into(), &false.into())
    );
    assert_eq!(read("repos/acme/app/releases/latest")["tag_name"], "1.4.0");
    let mut assets: Vec<&Value> = release["assets"].as_array().unwrap().iter().collect();
    assets.sort_by_key(|asset| asset["name"].to_string());
    let names: Vec<&str> = assets.iter().map(|asset| text_of(&asset["name"])).collect();
    assert_eq!(names, ["SHA256SUMS", "install.sh"]);
    let mut held = BTreeMap::new();
    for asset in assets {
        let path = format!("repos/acme/app/releases/assets/{}", asset["id"]);
        let mut gh = world.sandbox.command("gh", "");
        let output = gh.args(["api", &path, "-H", "Accept: application/octet-stream"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes = output.stdout;
        assert_eq!((&asset["state"], asset["size"].as_u64()), (&"uploaded".into(), Some(bytes.len() as u64)));
        assert_eq!(text_of(&asset["digest"]), format!("sha256:{}", sha256(&bytes)));
        held.insert(text_of(&asset["name"]).to_owned(), bytes);
    }
    assert_eq!(text(&held["install.sh"]), world.show("1.4.0", "install.sh"));
    assert_eq!(text(&held["SHA256SUMS"]), format!("{}  install.sh\n", sha256(&held["install.sh"])));
    let others: Vec<&String> =
        story.begin.iter().filter(|(name, _)| name.starts_with("release ")).map(|(_, about)| about).collect();
    let now: Vec<&String> =
        story.whole.1.iter().filter(|(name, _)| name.starts_with("release ")).map(|(_, about)| about).collect();
    assert!(now.len() == 3 && others.iter().all(|other| now.contains(other)), "{now:#?}");
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn what_fails_its_smoke_test_stays_at_home() {
    if !ready("what_fails_its_smoke_test_stays_at_home", &NEEDS) {
        return;
    }
    let world = World::new(Setting::default());
    world.run(&["branch", "--yes"]).code(0);
    world.write_notes("1.4.0", NOTES);
    let broken = world.show("main", "acme/web.py").replace("schema[path[2]] = body", "pass");
    world.colleague_pushes("release-1.4.0", "Break it", "acme/web.py", &broken);
    let state = world.state();
    let (ran, asked) = asked(&world, &["run", "--yes", "--done", "checklist/smoke"]);
    ran.code(3).says("smoke test:").says("smoke-test");
    assert_eq!(world.state(), state, "nothing is pushed");
    let writes = |line: &&String| !line.starts_with("GET ") && !line.starts_with("HEAD ");
    assert_eq!(asked.forge.iter().chain(asked.registries.iter().flatten()).find(writes), None);
}

#[test]
fn a_candidate_is_what_is_published() {
    if !ready("a_candidate_is_what_is_published", &NEEDS) {
        return;
    }
    let world = World::new(Setting { promote: true, ..Setting::default() });
    let reader = world.reader();
    let latest: Vec<Option<String>> =
        world.places().iter().map(|(name, ..)| reader.digest(&format!("{name}:latest"))).collect();
    release(&world, "1.4.0-rc.1").code(0);
    let built = container(&world);
    release(&world, "1.4.0-rc.2").code(0);
    assert_eq!(container(&world), built, "the builder of the first one built the second one, too");
    for ((name, ..), latest) in world.places().iter().zip(&latest) {
        assert_eq!(reader.digest(&format!("{name}:latest")), *latest, "no candidate takes it");
    }
    assert_eq!(world.release("1.4.0-rc.2").expect("it is there")["prerelease"], true);
    let latest: Value = serde_json::from_str(&world.gh(&["api", "repos/acme/app/releases/latest"])).unwrap();
    assert_eq!(latest["tag_name"], "1.3.0");

    world.run(&["branch", "1.4.0", "--yes"]).code(0);
    world.write_notes("1.4.0", NOTES);
    world.run(&["run", "1.4.0", "--yes"]).code(5).says("checklist/smoke");
    let (ran, asked) = asked(&world, &["run", "1.4.0", "--yes", "--done", "checklist/smoke"]);
    ran.code(0).says("released: app 1.4.0");
    assert_eq!(asked.programs.iter().find(|line| line.contains("buildx build")), None, "nothing is built");
    let candidate = world.git(&["rev-parse", "1.4.0-rc.2^{commit}"]);
    for (name, image, registry) in world.places() {
        let digest = reader.digest(&format!("{name}:1.4.0-rc.2"));
        assert!(digest.is_some() && digest != reader.digest(&format!("{name}:1.4.0-rc.1")), "{name}");
        for tag in ["1.4.0", "latest"] {
            assert_eq!(reader.digest(&format!("{name}:{tag}")), digest, "{name}:{tag}");
        }
        assert_eq!(registry.pushes(image, "1.4.0"), 1);
        let labels = reader.labels(&format!("{name}:1.4.0"), PLATFORMS[1]);
        assert_eq!(labels["org.opencontainers.image.revision"], candidate, "what was tested is what is published");
    }
    assert_eq!(world.release("1.4.0").expect("it is there")["prerelease"], false);
    // A candidate that comes too late changes nothing of it.
    world.git(&[
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.com",
        "tag",
        "-am",
        "Late",
        "1.4.0-rc.3",
        &candidate,
    ]);
    for (_, image, registry) in world.places() {
        registry.put(image, "1.4.0-rc.3", Image { docker: false, ..Image::of(PLATFORMS) });
    }
    let state = world.state();
    world.run(&["run", "1.4.0", "--yes"]).code(0).says("everything is there already");
    assert_eq!(world.state(), state);
    assert_eq!(world.forge.violations(), [""; 0]);
    let (_, image, registry) = world.places()[0].clone();
    registry.delete_tag(image, "1.4.0");
    let hint = "hint: `cargo xtask publish-images` does it";
    world.run(&["publish-release", "1.4.0"]).code(4).says(&format!("{image}:1.4.0` isn't done")).says(hint);
}

/// A whole release, as quickly as people can be.
fn release(world: &World, version: &str) -> Ran {
    world.run(&["branch", version, "--yes"]).code(0);
    world.write_notes(version, &format!("# Acme {version}\n\nTo be tried.\n"));
    world.run(&["run", version, "--yes", "--done", "checklist/smoke"])
}

#[test]
fn the_world_is_put_back() {
    if !ready("the_world_is_put_back", &NEEDS) {
        return;
    }
    let world = World::new(Setting::default());
    let state = world.state();
    world.run(&["check"]).code(0).says("consistent");
    assert_eq!(world.git(&["tag"]), "1.2.0\n1.3.0");
    let reader = world.reader();
    for (name, ..) in world.places() {
        assert_eq!(reader.platforms(&format!("{name}:latest")), PLATFORMS, "{name}");
        assert_eq!(reader.digest(&format!("{name}:latest")), reader.digest(&format!("{name}:1.3.0")), "{name}");
    }
    assert_eq!(world.gh(&["api", "repos/acme/app", "--jq", ".full_name"]), "acme/app\n");
    world.colleague_pushes("main", "More (#33)", "acme/more.py", "");
    world.mirror.put_image(IMAGES[1], "9", &["linux/amd64"]);
    assert_ne!(world.state(), state);
    let begin = Instant::now();
    world.reset();
    println!("put back in {:?}", begin.elapsed());
    assert_eq!(world.state(), state);
    world.run(&["check"]).code(0);
}
