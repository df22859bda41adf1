//! Bad luck in process B: each time a release meets it, says what it is in bounded time, changes nothing that it shouldn't,
//! and ends as if nothing had been when the cause is gone and the same command is given again: nothing lost, nothing twice.
//!
//! One part each of images, channels and the forge has its own cases in the tests of that part.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use lockstep_tests::app::{NEEDS, REPOSITORY, Setting, World};
use lockstep_tests::binary::xtask;
use lockstep_tests::faults::random::Random;
use lockstep_tests::faults::wire::{self, Choice};
use lockstep_tests::sandbox::Ran;
use lockstep_tests::servers::{ADMIN, Faults, Rule, Side, Trouble, ready, write_logins};
use serde_json::{Value, json};

const RUN: &[&str] = &["run", "1.4.0", "--yes", "--done", "checklist/smoke"];
/// No release here takes so long, whatever it meets.
const PATIENCE: Duration = Duration::from_secs(150);

/// A world in which a release is about to begin, and what there is when nobody disturbs it.
struct Luck {
    world: World,
    begin: BTreeMap<String, String>,
    whole: BTreeMap<String, String>,
    /// What the whole release asked each wire.
    lines: BTreeMap<&'static str, Vec<String>>,
}

impl Luck {
    fn new(name: &str) -> Option<Self> {
        if !ready(name, &NEEDS) {
            return None;
        }
        let world = World::new(Setting { http: true, wires: true, ..Setting::default() });
        world.run(&["branch", "1.4.0", "--yes"]).code(0);
        world.write_notes("1.4.0", "# Acme 1.4.0\n\nAll schemas can be searched.\n");
        world.keep();
        let begin = world.state();
        world.wires().iter().for_each(|(_, faults)| faults.forget());
        world.run(RUN).code(0).says("released: app 1.4.0");
        let whole = world.state();
        let lines = world.wires().iter().map(|(name, faults)| (*name, faults.lines())).collect();
        let luck = Self { world, begin, whole, lines };
        luck.begin_again();
        Some(luck)
    }

    fn begin_again(&self) {
        self.world.reset();
        self.world.log_in();
        assert_eq!(self.world.state(), self.begin);
    }

    fn wire(&self, name: &str) -> &Faults {
        self.world.wires().into_iter().find(|(known, _)| *known == name).expect("a wire of this world").1
    }

    /// Which request of the undisturbed release is the first one that begins so.
    fn first(&self, wire: &str, words: &str) -> usize {
        1 + self.lines[wire].iter().position(|line| line.starts_with(words)).unwrap_or_else(|| panic!("no {words}"))
    }

    /// The release, in bounded time.
    #[track_caller]
    fn run(&self) -> Ran {
        let start = Instant::now();
        let ran = self.world.run(RUN);
        assert!(start.elapsed() < PATIENCE, "it took {:?}: {ran}", start.elapsed());
        ran
    }

    #[track_caller]
    fn until(&self, step: &str) {
        self.world.run(&[RUN, &["--until", step]].concat()).code(0).says("goes on");
    }

    /// The cause is gone: the same command ends where it would have ended.
    #[track_caller]
    fn goes_on(&self) {
        for (_, faults) in self.world.wires() {
            faults.set([]);
        }
        self.run().code(0).says("released: app 1.4.0");
        assert_eq!(self.world.state(), self.whole);
        assert_eq!(self.world.forge.violations(), [""; 0]);
    }

    /// The tags of the version, and who `latest` is, are as they were.
    #[track_caller]
    fn nothing_is_named(&self) {
        let names = |state: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            state.iter().filter(|(name, _)| name.contains(" acme/")).map(|(a, b)| (a.clone(), b.clone())).collect()
        };
        assert_eq!(names(&self.world.state()), names(&self.begin), "no image has a new name");
        assert!(self.world.release("1.4.0").is_none(), "nothing is published");
    }

    fn ask(&self, method: &str, rest: &str, body: &Value) -> Value {
        let reply = self.world.forge.ask(ADMIN, method, &format!("/repos/{REPOSITORY}/{rest}"), Some(body));
        assert!(reply.status < 300, "{method} {rest}: {} {}", reply.status, String::from_utf8_lossy(&reply.body));
        if reply.body.is_empty() { Value::Null } else { reply.value() }
    }

    /// The release of the version, or its draft: one.
    #[track_caller]
    fn one(&self) -> Value {
        let all = self.world.forge.releases(REPOSITORY);
        let mut found = all.into_iter().filter(|release| release["tag_name"] == "1.4.0");
        let one = found.next().expect("there is one");
        assert!(found.next().is_none(), "there is one only");
        one
    }
}

// ---- registries ----

#[test]
fn a_registry_fails() {
    let Some(luck) = Luck::new("a_registry_fails") else { return };
    one_of_two_is_down(&luck);
    one_goes_down_before_its_share(&luck);
    a_login_runs_out_between_two_pushes(&luck);
    the_connection_is_cut_during_an_upload(&luck);
}

/// From the beginning: nothing begins.
fn one_of_two_is_down(luck: &Luck) {
    let mirror = luck.wire("mirror");
    mirror.set([Rule::new("*", "*", 1, Trouble::Fail(503)).times(usize::MAX)]);
    luck.run().code(3).says("[MIRROR]").says("hint: ");
    assert!(!mirror.fired().is_empty());
    assert_eq!(luck.world.state(), luck.begin, "nobody sees anything of a release that can't be made");
    luck.goes_on();
    luck.begin_again();
}

/// One registry has the first image by then, without a name.
fn one_goes_down_before_its_share(luck: &Luck) {
    let mirror = luck.wire("mirror");
    mirror.set([Rule::new("POST|PUT|PATCH", "/v2/*", 1, Trouble::LoseAnswer).times(usize::MAX)]);
    luck.run().code(3).says("[MIRROR]").says("the same command");
    assert!(!mirror.fired().is_empty());
    luck.nothing_is_named();
    luck.goes_on();
    luck.begin_again();
}

fn a_login_runs_out_between_two_pushes(luck: &Luck) {
    let (registry, folder) = (luck.wire("registry"), luck.world.docker_config());
    // The first manifest is there: from now on nobody is known any more.
    registry
        .watch(luck.first("registry", "PUT /v2/acme/app/manifests/"), Side::After, move |_| write_logins(&folder, &[]));
    luck.run().code(3).says("`docker login [REGISTRY]`").says("the same command");
    luck.nothing_is_named();
    luck.world.log_in();
    luck.goes_on();
    luck.begin_again();
}

/// Of a layer in one registry, of a manifest in the other.
fn the_connection_is_cut_during_an_upload(luck: &Luck) {
    for (wire, path) in [("registry", "/v2/*/blobs/uploads/*"), ("mirror", "/v2/*/manifests/*")] {
        let faults = luck.wire(wire);
        faults.set([Rule::new("PUT|PATCH", path, 1, Trouble::Cut)]);
        let ran = luck.run();
        assert_eq!(faults.fired().len(), 1, "{ran}");
        if ran.code != 0 {
            ran.code(3).says("the same command");
            luck.nothing_is_named();
            luck.goes_on();
        }
        assert_eq!(luck.world.state(), luck.whole);
        luck.begin_again();
    }
}

/// A version of an old line is released: it is there, and everybody who takes `latest` has what they had.
#[test]
fn latest_is_at_a_higher_version() {
    let Some(luck) = Luck::new("latest_is_at_a_higher_version") else { return };
    let world = &luck.world;
    for (name, image, registry) in world.places() {
        registry.put_image(image, "2.0.0", &["linux/amd64"]);
        let (from, to) = (format!("{name}:2.0.0"), format!("{name}:latest"));
        world.docker(&["buildx", "imagetools", "create", "--prefer-index=false", "-t", &to, &from]).code(0);
    }
    // On a branch of its own: `main` has nothing of it.
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    let begun = [&identity[..], &["commit-tree", "1.3.0^{tree}", "-m", "Begin 2.0.0"]].concat();
    world.git(&["tag", "2.0.0", world.git(&begun).trim()]);
    let is_higher = |name: &str| name.contains("2.0.0") || name.ends_with(":latest");
    let parts = |state: BTreeMap<String, String>| -> [BTreeMap<String, String>; 2] {
        let (higher, ours) = state.into_iter().partition(|(name, _)| is_higher(name));
        [higher, ours]
    };
    let [before, _] = parts(world.state());
    assert_eq!(before.len(), 9, "two names in each of four places, and a tag");
    luck.run().code(0).says("released: app 1.4.0");
    let [after, ours] = parts(world.state());
    assert_eq!(after, before, "it goes forward only");
    assert_eq!(ours, parts(luck.whole.clone())[1], "all else is as always");
}

// ---- the forge ----

#[test]
#[ignore = "minutes: `tests/forge.rs` has each of these alone; here they happen to a whole release"]
fn somebody_was_at_the_forge() {
    let Some(luck) = Luck::new("somebody_was_at_the_forge") else { return };
    a_draft_by_hand(&luck);
    two_drafts(&luck);
    an_asset_is_deleted(&luck);
    it_is_published_already(&luck);
    an_upload_breaks(&luck);
}

fn a_draft_by_hand(luck: &Luck) {
    let mine =
        luck.ask("POST", "releases", &json!({ "tag_name": "1.4.0", "draft": true, "name": "Mine", "body": "mine" }));
    let before = luck.world.state();
    luck.run().code(4).says("there is a draft `1.4.0` already").says(mine["html_url"].as_str().unwrap());
    assert_eq!(luck.world.state(), before, "nothing begins");
    luck.ask("DELETE", &format!("releases/{}", mine["id"]), &Value::Null);
    luck.goes_on();
    luck.begin_again();
}

fn two_drafts(luck: &Luck) {
    luck.until("draft");
    let first = luck.one();
    let again = json!({ "tag_name": "1.4.0", "draft": true, "name": first["name"], "body": first["body"] });
    let second = luck.ask("POST", "releases", &again);
    luck.run().code(4).says("2 drafts of `1.4.0`").says(second["html_url"].as_str().unwrap());
    luck.nothing_is_named();
    luck.ask("DELETE", &format!("releases/{}", second["id"]), &Value::Null);
    luck.goes_on();
    luck.begin_again();
}

/// Of the draft, and of the release.
fn an_asset_is_deleted(luck: &Luck) {
    let delete = || {
        let release = luck.one();
        let assets = release["assets"].as_array().unwrap();
        let asset = assets.iter().find(|asset| asset["name"] == "install.sh").expect("it is attached");
        luck.ask("DELETE", &format!("releases/assets/{}", asset["id"]), &Value::Null);
    };
    luck.until("assets");
    delete();
    luck.goes_on();
    delete();
    luck.goes_on();
    luck.begin_again();
}

fn it_is_published_already(luck: &Luck) {
    luck.until("assets");
    let id = luck.one()["id"].clone();
    luck.ask("PATCH", &format!("releases/{id}"), &json!({ "draft": false }));
    luck.run().code(0).says("released: app 1.4.0");
    assert_eq!(luck.one()["id"], id, "what is published stays the same release");
    // The name of an image comes before the flip, so there is nothing that isn't there now; only the mark may differ.
    let without_mark = |state: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        let cut = |about: &str| match (about.find("<!-- lockstep"), about.find("-->")) {
            (Some(from), Some(to)) => format!("{}{}", &about[..from], &about[to..]),
            _ => about.to_owned(),
        };
        state.iter().map(|(name, about)| (name.clone(), cut(about))).collect()
    };
    assert_eq!(without_mark(&luck.world.state()), without_mark(&luck.whole));
    luck.world.run(&["run", "1.4.0", "--yes"]).code(0).says("everything is there already");
    luck.begin_again();
}

/// A half of it arrives, and the forge keeps that.
fn an_upload_breaks(luck: &Luck) {
    let forge = luck.wire("forge");
    forge.set([Rule::new("POST", "/repos/*/releases/*/assets", 1, Trouble::Half)]);
    luck.run().code(0);
    assert_eq!(forge.fired().len(), 1);
    assert_eq!(luck.world.state(), luck.whole);
}

// ---- what is released ----

#[test]
fn what_is_built_is_wrong() {
    let name = "what_is_built_is_wrong";
    if !ready(name, &NEEDS) {
        return;
    }
    let world = World::new(Setting::default());
    world.run(&["branch", "1.4.0", "--yes"]).code(0);
    world.write_notes("1.4.0", "# Acme 1.4.0\n\nAll schemas can be searched.\n");
    world.keep();
    let names = |world: &World| world.images();
    let before = names(&world);
    // A machine's own code in the image for the other one.
    let program = |machine: u8| {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(16, 0);
        bytes.extend([2, 0, machine, 0]);
        bytes.resize(64, 0);
        bytes
    };
    let text = world.show("main", "Dockerfile");
    for (what, path, bytes, code, words) in [
        (
            "it fails for one platform",
            "Dockerfile",
            text.replace("$TARGETARCH", "x86-$TARGETARCH").into_bytes(),
            3,
            "can't be built for",
        ),
        (
            "it ignores the platform",
            "Dockerfile.caddy",
            b"FROM scratch\nCOPY program /program\n".to_vec(),
            4,
            "ignores the platform",
        ),
    ] {
        world.colleague_pushes(
            "release-1.4.0",
            what,
            "program",
            &program(0x3e).iter().map(|b| char::from(*b)).collect::<String>(),
        );
        world.colleague_pushes("release-1.4.0", what, path, &String::from_utf8(bytes).unwrap());
        let start = Instant::now();
        let first = world.run(RUN).code(code).says(words);
        assert!(start.elapsed() < PATIENCE, "{first}");
        assert_eq!(names(&world), before, "{what}: nothing has a name");
        assert!(world.release("1.4.0").is_none(), "{what}: nothing is published");
        let state = world.state();
        world.run(RUN).code(code).says(words);
        assert_eq!(world.state(), state, "{what}: again, the same");
        world.reset();
    }
}

// ---- told to stop ----

/// A run in the background.
struct Running(Child);

impl Running {
    fn new(world: &World) -> Self {
        let mut command = world.sandbox.command(xtask(), "");
        command.args(RUN).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        Self(command.spawn().unwrap())
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap().success());
    }

    /// Its code, and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.0.stderr.take().unwrap(), &mut said).unwrap();
        (self.0.wait().unwrap().code(), said)
    }
}

#[test]
fn told_to_stop_it_says_how_it_goes_on() {
    let Some(luck) = Luck::new("told_to_stop_it_says_how_it_goes_on") else { return };
    // The build pushes what it has built; gh sends a file; git pushes.
    for (signal, wire, methods, path) in [
        ("INT", "registry", "POST|PUT|PATCH", "/v2/*"),
        ("TERM", "forge", "POST", "/repos/*/releases/*/assets"),
        ("INT", "remote", "POST", "*/git-receive-pack"),
        ("TERM", "mirror", "PUT", "/v2/*/manifests/1.4.0"),
    ] {
        let faults = luck.wire(wire);
        faults.set([Rule::new(methods, path, 1, Trouble::Silence)]);
        let running = Running::new(&luck.world);
        let begin = Instant::now();
        while faults.fired().is_empty() {
            assert!(begin.elapsed() < PATIENCE, "{wire} is never asked");
            sleep(Duration::from_millis(10));
        }
        // It is in the middle of it.
        sleep(Duration::from_millis(200));
        let start = Instant::now();
        running.signal(signal);
        let (code, said) = running.end();
        let took = start.elapsed();
        println!("{signal}, {wire}: {took:?}");
        assert!(took < Duration::from_secs(10), "{wire}: {took:?}\n{said}");
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(&format!("error: stopped by SIG{signal}\nhint: `cargo xtask run 1.4.0")), "{said}");
        luck.goes_on();
        luck.begin_again();
    }
}

// ---- two at once ----

/// Two people with a checkout each.
const PEOPLE: [(&str, &str); 2] = [("../app", "Ada"), ("../grace", "Grace")];

/// Both release at the same time, each a version.
fn at_once(world: &World, versions: [&str; 2]) -> [Ran; 2] {
    if !world.sandbox.path("../grace").exists() {
        let url = world.sandbox.git(&["remote", "get-url", "origin"]);
        world.sandbox.git_in("..", &["clone", "-q", "--template=", "remotes/app.git", "grace"]);
        for args in [&["remote", "set-url", "origin", url.trim()][..], &["config", "credential.helper", "ada"]] {
            world.sandbox.git_in("../grace", args);
        }
    }
    thread::scope(|scope| {
        let run = |(who, version)| scope.spawn(move || release_as(world, who, version));
        PEOPLE
            .into_iter()
            .zip(versions)
            .map(run)
            .collect::<Vec<_>>()
            .into_iter()
            .map(|run| run.join().unwrap())
            .collect::<Vec<_>>()
    })
    .try_into()
    .unwrap()
}

fn release_as(world: &World, (folder, name): (&str, &str), version: &str) -> Ran {
    let mut command = world.sandbox.command(xtask(), folder);
    command.args(["run", version, "--yes", "--done", "checklist/smoke"]);
    // Each has a machine.
    command.env("XDG_CACHE_HOME", world.sandbox.path(folder).join(".git/cache"));
    for whose in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{whose}_NAME"), name);
        command.env(format!("GIT_{whose}_EMAIL"), format!("{}@example.com", name.to_lowercase()));
    }
    world.hide(world.sandbox.output(command))
}

#[test]
fn of_two_at_once_one_releases() {
    let Some(luck) = Luck::new("of_two_at_once_one_releases") else { return };
    let world = &luck.world;
    let won = |rans: &[Ran; 2]| {
        let won = rans.iter().position(|ran| ran.code == 0);
        let won = won.unwrap_or_else(|| panic!("nobody releases\n{}\n{}", rans[0], rans[1]));
        let (owner, refused) = (PEOPLE[won].1, &rans[1 - won]);
        assert!(matches!(refused.code, 3..=5) && refused.stderr.contains(owner), "who has it is named: {refused}");
        won
    };
    let first = won(&at_once(world, ["1.4.0"; 2]));
    let state = world.state();
    let names = |state: &BTreeMap<String, String>| state.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&state), names(&luck.whole), "each name once, and one release");
    if PEOPLE[first].1 == "Ada" {
        assert_eq!(state, luck.whole);
    }
    // Who came second sees that everything is there.
    let second = release_as(world, PEOPLE[1 - first], "1.4.0").code(0);
    assert!(!second.stderr.contains(" to do  acme/"), "{second}");
    assert_eq!(world.state(), state);
    luck.begin_again();
    // Whose machine remembers a ledger would miss it.
    fs::remove_dir_all(world.sandbox.path("../grace")).unwrap();

    let versions = ["1.4.0", "1.5.0"];
    world.run(&["branch", "1.5.0", "--yes"]).code(0);
    world.write_notes("1.5.0", "# Acme 1.5.0\n\nMore.\n");
    let first = won(&at_once(world, versions));
    let (has, not) = (versions[first], versions[1 - first]);
    assert!(world.release(has).is_some() && world.release(not).is_none());
    let reader = world.reader();
    for (name, image, registry) in world.places() {
        assert_eq!(reader.digest(&format!("{name}:latest")), reader.digest(&format!("{name}:{has}")), "{name}");
        assert!(!registry.tags(image).contains(&not.to_owned()), "{name}");
    }
    assert_eq!(world.find(&format!("refs/tags/{not}")), None, "who is refused changes nothing");
}

// ---- a share of the sweep ----

/// Of all requests and all that may happen to them; `sweep -- wire N` tries more.
#[test]
fn a_request_meets_trouble() {
    if !ready("a_request_meets_trouble", &NEEDS) {
        return;
    }
    // The same ones every time; `sweep wire` draws others.
    let (most, seed) = (4, 5);
    let mut random = Random::seeded("luck", seed);
    let found = wire::sweep(Choice::Share, most, &mut random).unwrap();
    println!("{} of {most} happened", found.fired);
    assert!(found.wrong.is_empty(), "{}", found.wrong.join("\n"));
    assert!(found.fired * 2 >= most, "only {} of {most} happened", found.fired);
}
