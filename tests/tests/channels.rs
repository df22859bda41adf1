//! Names of images, channels and promotion: in two real registries, by the real docker and buildx. Nothing is built
//! here: what is named was put into the registries before.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{Image, Reader, Registry, give_buildx, ready};

const BOTH: &[&str] = &["linux/amd64", "linux/arm64"];
const NEEDS: &[&str] = &["docker-registry", "htpasswd", "setpriv", "docker", "buildx", "regctl"];
const APP: &str = "acme/app";
const REVISION: &str = "org.opencontainers.image.revision";
const VERSION: &str = "org.opencontainers.image.version";

/// An app at 1.28.0, released last as 1.27.0; two registries, of which the second wants a login.
struct World {
    sandbox: Sandbox,
    one: Registry,
    two: Registry,
}

impl World {
    fn new(test: &str) -> Option<Self> {
        ready(test, NEEDS).then(|| {
            let (one, two) = (Registry::start(None), Registry::start(Some(("ada", "secret"))));
            let sandbox = project(&one.host(), &two.host());
            two.docker_config(&sandbox.root().join("docker"));
            Self { sandbox, one, two }
        })
    }

    /// Puts an image that says its version and its commit under a name of both registries. Gives its digest.
    fn put(&self, tag: &str, version: &str) -> String {
        self.put_kind(tag, &[(VERSION, version), (REVISION, "0123456789012345678901234567890123456789")], version)
    }

    /// The same, with these words about itself.
    fn put_kind(&self, tag: &str, annotations: &[(&str, &str)], word: &str) -> String {
        let image = Image { docker: false, annotations, word: Some(word), ..Image::of(BOTH) };
        let digest = self.one.put(APP, tag, image);
        assert_eq!(self.two.put(APP, tag, image), digest);
        digest
    }

    /// Tags the remote's `main` with released versions.
    fn tag(&self, versions: &[&str]) {
        for version in versions {
            self.sandbox.git(&["tag", "-a", "-m", &format!("Version {version}"), version]);
            self.sandbox.git(&["push", "-q", "origin", version]);
        }
    }

    /// Runs the tool; the ports are hidden.
    #[track_caller]
    fn run(&self, args: &[&str]) -> Ran {
        self.hide(self.sandbox.run(args))
    }

    fn hide(&self, ran: Ran) -> Ran {
        let hide = |text: &str| text.replace(&self.one.host(), "[ONE]").replace(&self.two.host(), "[TWO]");
        Ran { code: ran.code, stdout: hide(&ran.stdout), stderr: hide(&ran.stderr) }
    }

    /// The digest that a tag has in both registries.
    #[track_caller]
    fn digest(&self, tag: &str) -> Option<String> {
        let digest = self.one.digest(APP, tag);
        assert_eq!(self.two.digest(APP, tag), digest, "{tag}");
        digest
    }

    fn states(&self) -> [std::collections::BTreeMap<String, String>; 2] {
        [self.one.state(), self.two.state()]
    }
}

fn project(one: &str, two: &str) -> Sandbox {
    let config = format!(
        "[track.app]\ntag = \"{{version}}\"\n\n[[manifest]]\npath = \"VERSION\"\nline.1 = \"{{app}}\"\n\n[[registry]]\nhost = \
         \"{two}\"\nlogin = true\n\n[[image]]\nname = \"{APP}\"\nregistries = [\"{one}\", \"{two}\"]\ntags = [\"{{app}}\"]\nchannels \
         = [\"latest\", \"{{app.major}}.{{app.minor}}\"]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\npromote = true\n"
    );
    let mut sandbox = Sandbox::new(&[(CONFIG, &config), ("VERSION", "1.28.0\n")]);
    sandbox.remote("origin");
    let cache = sandbox.path("../cache").display().to_string();
    sandbox.env("LOCKSTEP_CACHE", cache);
    let docker = sandbox.root().join("docker");
    give_buildx(&docker);
    sandbox.env("DOCKER_CONFIG", docker.display().to_string());
    sandbox
}

const PROMOTE: &[&str] = &["promote", "1.28.0-rc.2", "1.28.0", "--yes"];

#[test]
fn a_candidate_becomes_the_version_in_every_registry() {
    let Some(world) = World::new("a_candidate_becomes_the_version_in_every_registry") else { return };
    world.put("1.27.0", "1.27.0");
    world.put("latest", "1.27.0");
    world.tag(&["1.27.0", "1.28.0-rc.1", "1.28.0-rc.2", "1.28.0"]);
    // The second registry lacks the candidate: it gets a copy.
    let (annotations, word) = ([(VERSION, "1.28.0-rc.2")], Some("rc.2"));
    let image = Image { docker: false, annotations: &annotations, attested: true, word, ..Image::of(BOTH) };
    let tested = world.one.put(APP, "1.28.0-rc.2", image);

    let before = world.states();
    let shown = world.run(&["promote", "1.28.0-rc.2", "1.28.0", "--dry-run"]).code(0);
    expect_test::expect![[r#"
        exit 0
        --- stderr
        done  login/[TWO]  be logged in to `[TWO]`
        done  build/acme/app  take over the image `[ONE]/acme/app:1.28.0-rc.2`: its label says 1.28.0-rc.2
        to do  name/[ONE]/acme/app:1.28.0  name the image `[ONE]/acme/app:1.28.0`
                 the digest of [ONE]/acme/app:1.28.0-rc.2, for linux/amd64, linux/arm64
        to do  name/[TWO]/acme/app:1.28.0  name the image `[TWO]/acme/app:1.28.0`
                 the digest of [ONE]/acme/app:1.28.0-rc.2, for linux/amd64, linux/arm64
        to do  channel/[ONE]/acme/app:latest  move the channel `[ONE]/acme/app:latest` to 1.28.0
                 the digest of [ONE]/acme/app:1.28.0-rc.2; what is at a higher version stays there
        to do  channel/[TWO]/acme/app:latest  move the channel `[TWO]/acme/app:latest` to 1.28.0
                 the digest of [ONE]/acme/app:1.28.0-rc.2; what is at a higher version stays there
        to do  channel/[ONE]/acme/app:1.28  move the channel `[ONE]/acme/app:1.28` to 1.28.0
                 the digest of [ONE]/acme/app:1.28.0-rc.2; what is at a higher version stays there
        to do  channel/[TWO]/acme/app:1.28  move the channel `[TWO]/acme/app:1.28` to 1.28.0
                 the digest of [ONE]/acme/app:1.28.0-rc.2; what is at a higher version stays there
    "#]]
    .assert_eq(&spaced(&shown.to_string()));
    world.run(&["promote", "1.28.0-rc.2", "1.28.0"]).code(2).says("`--yes` agrees");
    assert_eq!(world.states(), before);

    world.run(PROMOTE).code(0).says("published: 1 image");
    for tag in ["1.28.0", "latest", "1.28"] {
        assert_eq!(world.digest(tag).as_deref(), Some(tested.as_str()), "{tag}");
    }
    let reader = Reader::new(&[&world.one, &world.two]);
    for host in [world.one.host(), world.two.host()] {
        let name = format!("{host}/{APP}:1.28.0");
        assert_eq!(reader.digest(&name).as_deref(), Some(tested.as_str()));
        assert_eq!(reader.platforms(&name), BOTH);
    }
    assert_eq!(world.two.tags(APP), ["1.27.0", "1.28", "1.28.0", "latest"]);

    // A second run changes nothing, and asks for each name once.
    let (state, asked) = (world.states(), world.two.requests().len());
    world.run(PROMOTE).code(0).says("whole: everything is published already");
    assert_eq!(world.states(), state);
    let heads = |word: &&String| word.starts_with("HEAD") && word.ends_with("200");
    assert_eq!(world.two.requests()[asked..].iter().filter(heads).count(), 3, "{:?}", &world.two.requests()[asked..]);
    // The candidates may go once the version is there.
    world.one.delete_tag(APP, "1.28.0-rc.2");
    world.run(PROMOTE).code(0).says("whole");
}

/// Without the width of columns, which follows from that of the ports.
fn spaced(text: &str) -> String {
    let squeezed = |line: &str| {
        let begins: String = line.chars().take_while(|c| *c == ' ').collect();
        let words: Vec<&str> = line.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
        format!("{begins}{}\n", words.join("  "))
    };
    text.lines().map(squeezed).collect()
}

#[test]
fn a_name_that_says_other_content_stops_everything() {
    let Some(world) = World::new("a_name_that_says_other_content_stops_everything") else { return };
    world.tag(&["1.28.0-rc.2", "1.28.0"]);
    let tested = world.put("1.28.0-rc.2", "1.28.0-rc.2");
    // It says that it is the candidate, and isn't.
    let annotations = [(VERSION, "1.28.0-rc.2")];
    let by_hand = Image { docker: false, annotations: &annotations, word: Some("by hand"), ..Image::of(BOTH) };
    let other = world.two.put(APP, "1.28.0", by_hand);
    let before = world.states();
    world
        .run(PROMOTE)
        .code(4)
        .says("differs  name/[TWO]/acme/app:1.28.0")
        .says(
            &format!("`[TWO]/acme/app:1.28.0` is `{other}`, not `{tested}`")
                .replace(&other[7..], "[OID]")
                .replace(&tested[7..], "[OID]"),
        )
        .says("hint: a published name never moves: release the next version");
    assert_eq!(world.states(), before);

    // The candidate is another one in each registry: nobody knows which was tested.
    world.two.delete_tag(APP, "1.28.0");
    world.two.put(APP, "1.28.0-rc.2", Image { docker: false, word: Some("again"), ..Image::of(BOTH) });
    world.run(PROMOTE).code(4).says("hint: nobody knows which of them was tested");
    // It lacks a platform that is wanted.
    for registry in [&world.one, &world.two] {
        registry.put(
            APP,
            "1.28.0-rc.2",
            Image { docker: false, index: true, word: Some("small"), ..Image::of(&BOTH[..1]) },
        );
    }
    world.run(PROMOTE).code(4).says("isn't complete: linux/arm64 is missing");
    // It isn't anywhere.
    for registry in [&world.one, &world.two] {
        registry.delete_tag(APP, "1.28.0-rc.2");
    }
    world.run(PROMOTE).code(4).says("the candidate isn't in its registry").says("hint: release another candidate");
    assert_eq!(world.digest("1.28.0"), None);
}

#[test]
fn a_channel_goes_forward_only() {
    let Some(world) = World::new("a_channel_goes_forward_only") else { return };
    let tested = world.put("1.28.0-rc.2", "1.28.0-rc.2");
    world.tag(&["1.27.0", "1.28.0-rc.2", "1.28.0"]);
    // Somebody released 1.29.0 elsewhere: its tag isn't at this remote, its image says what it is.
    let higher = world.put("latest", "1.29.0");
    world.run(PROMOTE).code(0).says("is at 1.29.0 already").says("published");
    assert_eq!(world.digest("latest").as_deref(), Some(higher.as_str()));
    assert_eq!(world.digest("1.28").as_deref(), Some(tested.as_str()));

    // Labels that came with the image that it was made from are nobody's word, however many they are.
    let labels = [(VERSION, "22.04"), (REVISION, "0123456789012345678901234567890123456789")];
    let stranger = Image { labels: &labels, word: Some("stranger"), ..Image::of(BOTH) };
    let digest = world.one.put(APP, "latest", stranger);
    assert_eq!(world.two.put(APP, "latest", stranger), digest);
    let before = world.states();
    let ran = world.run(PROMOTE).code(4).says("it can't be told of which version `[ONE]/acme/app:latest` is");
    assert_eq!(world.states(), before);
    // The command that a person may run is the one that makes it right.
    let ran = ran.stderr.replace("[ONE]", &world.one.host()).replace("[TWO]", &world.two.host());
    for line in ran.split("move it by hand: `").skip(1) {
        let words: Vec<&str> = line.split('`').next().unwrap().split(' ').collect();
        let mut docker = world.sandbox.command(words[0], "");
        docker.args(&words[1..]);
        world.sandbox.output(docker).code(0);
    }
    assert_eq!(world.digest("latest").as_deref(), Some(tested.as_str()));
    world.run(PROMOTE).code(0).says("whole");

    // Where it says nothing of itself, it is known by the name of the version that it is.
    for registry in [&world.one, &world.two] {
        registry.put(APP, "1.27.0", stranger);
        registry.put(APP, "latest", stranger);
    }
    world.run(PROMOTE).code(0).says("published");
    assert_eq!(world.digest("latest").as_deref(), Some(tested.as_str()));
}

#[test]
fn neither_an_old_line_nor_a_candidate_takes_latest() {
    let Some(world) = World::new("neither_an_old_line_nor_a_candidate_takes_latest") else { return };
    world.tag(&["1.27.4", "1.27.5-rc.1", "1.27.5", "1.28.0"]);
    let latest = world.put("1.28.0", "1.28.0");
    world.put("latest", "1.28.0");
    world.put("1.27", "1.27.4");
    let tested = world.put("1.27.5-rc.1", "1.27.5-rc.1");
    world
        .run(&["promote", "1.27.5-rc.1", "1.27.5", "--yes"])
        .code(0)
        .says("channel/[ONE]/acme/app:latest (`1.28.0` is higher than `1.27.5`, and keeps it)");
    assert_eq!(world.digest("latest").as_deref(), Some(latest.as_str()));
    assert_eq!(world.digest("1.27").as_deref(), Some(tested.as_str()));
    assert_eq!(world.digest("1.27.5").as_deref(), Some(tested.as_str()));
}

#[test]
fn only_a_candidate_of_a_tagged_version_becomes_it() {
    let Some(world) = World::new("only_a_candidate_of_a_tagged_version_becomes_it") else { return };
    world.tag(&["1.27.0", "1.28.0-rc.1"]);
    for (tag, version) in [("1.27.0", "1.27.0"), ("latest", "1.27.0"), ("1.28.0-rc.1", "1.28.0-rc.1")] {
        world.put(tag, version);
    }
    let before = world.states();
    let promote = |from: &str, to: &str| world.run(&["promote", from, to, "--yes"]);
    promote("1.28.0-rc.1", "1.30.0")
        .code(4)
        .says("error: `1.28.0-rc.1` is no candidate of `1.30.0`")
        .says("hint: its version is `1.28.0`");
    promote("1.28.0-rc.1", "1.28.0-rc.2").code(4).says("hint: its version is `1.28.0`");
    promote("1.27.0", "1.28.0").code(4).says("`1.27.0` is no candidate of `1.28.0`").says("is itself a version");
    promote("1.28.0-rc.1", "1.28.0")
        .code(4)
        .says("error: there is no tag `1.28.0` at `")
        .says("hint: `cargo xtask run 1.28.0` makes the whole release");
    // What the version's tag has and the candidate's hasn't is in no image.
    world.sandbox.write("VERSION", "1.28.0\n\n");
    for file in ["a", "b", "c", "d", "e", "f", "g"] {
        world.sandbox.write(file, "fixed\n");
    }
    world.sandbox.commit("Fix it");
    world.tag(&["1.28.0"]);
    promote("1.28.0-rc.1", "1.28.0")
        .code(4)
        .says("`1.28.0` takes over the images of `1.28.0-rc.1`, but these files changed since: `a`, `b`, `c`, `d`, `e` and 2 more")
        .says("hint: release the next candidate first; without `promote` the image is built");
    promote("1.28.0-rc.2", "1.28.0").code(4).says("the candidate isn't in its registry");
    assert_eq!(world.states(), before);
    let tested = world.put("1.28.0-rc.2", "1.28.0-rc.2");
    promote("1.28.0-rc.2", "1.28.0").code(4).says("there is no tag `1.28.0-rc.2` at `");
    world.tag(&["1.28.0-rc.2"]);
    promote("1.28.0-rc.2", "1.28.0").code(0).says("published");
    assert_eq!(world.digest("latest").as_deref(), Some(tested.as_str()));
}

#[test]
fn nothing_is_named_while_a_registry_is_down() {
    let test = "nothing_is_named_while_a_registry_is_down";
    if !ready(test, NEEDS) {
        return;
    }
    let (one, two) = (Registry::start(None), Registry::start(None));
    let sandbox = project(&one.host(), &two.host());
    sandbox.replace(CONFIG, "login = true", "login = false");
    one.put(APP, "1.28.0-rc.2", Image { docker: false, ..Image::of(BOTH) });
    for version in ["1.28.0-rc.2", "1.28.0"] {
        sandbox.git(&["tag", "-a", "-m", "Version", version]);
        sandbox.git(&["push", "-q", "origin", version]);
    }
    drop(two);
    let before = one.state();
    sandbox.run(PROMOTE).code(3).says("can't be asked").says("connection refused").says("hint: ");
    assert_eq!(one.state(), before);
}

#[test]
fn who_asks_for_what_isnt_there_is_told() {
    let Some(world) = World::new("who_asks_for_what_isnt_there_is_told") else { return };
    world.run(&["promote", "1.28.0", "1.28.0"]).code(2).says("is promoted to itself");
    world.run(&["promote", "minor", "1.28.0"]).code(2).says("is a level");
    world.run(&["promote", "web=1.28.0-rc.2", "1.28.0"]).code(2).says("there is no track `web`").says("there are app");
    world.run(&["promote", "1.28.0-rc.2", "1.28.0", "acme/web"]).code(2).says("there is no image `acme/web`");
    world.run(&["publish-images"]).code(4).says("no candidate of `1.28.0` was released");
    world.sandbox.replace(CONFIG, "promote = true", "dockerfile = \"Dockerfile\"");
    world.run(&["publish-images"]).code(4).says("there is no tag `1.28.0` at");
    world.run(&["publish-images", "--version", "1.26.0"]).code(4).says("there is no tag `1.26.0` at");
    world.tag(&["1.29.0"]);
    world.run(&["publish-images", "--version", "1.29.0"]).code(4).says("the tree of the tag of `1.29.0` says `1.28.0`");
    world.sandbox.replace(CONFIG, "dockerfile = \"Dockerfile\"\n", "");
    world.run(&["publish-images", APP]).code(2).says("is built by others");
    assert_eq!(world.one.tags(APP), [""; 0]);
}

/// A docker that waits, before it moves `latest`, until it may.
fn slow_docker(world: &World) -> PathBuf {
    let folder = world.sandbox.root().join("slow");
    fs::create_dir(&folder).unwrap();
    let script = "#!/bin/sh\nhere=$(dirname \"$0\")\ncase \"$*\" in\n*imagetools\\ create*:latest*)\n  touch \"$here/waits\"\n  \
                  while [ ! -e \"$here/go\" ]; do sleep 0.02; done ;;\nesac\nPATH=${PATH#*:} exec docker \"$@\"\n";
    world.sandbox.put_program("docker", script);
    fs::rename(world.sandbox.root().join("bin/docker"), folder.join("docker")).unwrap();
    folder
}

/// No registry compares before it writes. The lower version has looked, waits, and writes after the higher one.
#[test]
fn of_two_that_move_a_channel_the_higher_has_it_in_the_end() {
    let Some(world) = World::new("of_two_that_move_a_channel_the_higher_has_it_in_the_end") else { return };
    world.put("latest", "1.27.0");
    world.put("1.27.0", "1.27.0");
    let lower = world.put("1.28.0-rc.2", "1.28.0-rc.2");
    let higher = world.put("1.29.0-rc.1", "1.29.0-rc.1");
    world.tag(&["1.27.0", "1.28.0-rc.2", "1.28.0", "1.29.0-rc.1"]);
    let slow = slow_docker(&world);
    let path = format!("{}:{}", slow.display(), std::env::var("PATH").unwrap());
    let cache = world.sandbox.root().join("another-cache").display().to_string();
    thread::scope(|scope| {
        let late = scope.spawn(|| world.sandbox.run_with(&[("PATH", &path), ("LOCKSTEP_CACHE", &cache)], PROMOTE));
        while !slow.join("waits").exists() {
            assert!(!late.is_finished(), "{}", late.join().unwrap());
            thread::sleep(Duration::from_millis(20));
        }
        world.tag(&["1.29.0"]);
        world.run(&["promote", "1.29.0-rc.1", "1.29.0", "--yes"]).code(0).says("published");
        assert_eq!(world.digest("latest").as_deref(), Some(higher.as_str()));
        fs::write(slow.join("go"), "").unwrap();
        let late = late.join().unwrap();
        assert_eq!(late.code, 0, "{late}");
    });
    // It was written: the race took place.
    assert_eq!(world.one.pushes(APP, "latest"), 3);
    assert_eq!(world.digest("latest").as_deref(), Some(higher.as_str()));
    assert_eq!(world.digest("1.28").as_deref(), Some(lower.as_str()));
    world.run(PROMOTE).code(0).says("whole");
}
