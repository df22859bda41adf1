//! `publish-images`, and names and channels in a whole release: by the real docker, BuildKit and registries.

use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::Sandbox;
use lockstep_tests::servers::{BUILD, Client, Engine, Reader, Registry, ready};

const TWO: &[&str] = &["linux/amd64", "linux/arm64"];
const APP: &str = "acme/app";

/// An app whose image has two variants and a channel; it is at 1.27.0, which is tagged at the remote.
struct World {
    sandbox: Sandbox,
    one: Registry,
    two: Registry,
    _client: Client,
}

impl World {
    fn new(test: &str) -> Option<Self> {
        if !ready(test, BUILD) {
            return None;
        }
        let client = Client::new(Engine::shared());
        let (one, two) = (Registry::start(None), Registry::start(Some(("ada", "secret"))));
        client.log_in_at(&[&one, &two]);
        let (first, second, builder) = (one.host(), two.host(), client.free_name());
        let image = |more: &str| {
            format!(
                "\n[[image]]\nname = \"{APP}\"\nregistries = [\"{first}\", \"{second}\"]\ntags = [\"{{app}}\"]\nchannels = \
                 [\"latest\"]\nplatforms = {TWO:?}\ndockerfile = \"Dockerfile\"\n{more}"
            )
        };
        let config = format!(
            "[track.app]\ntag = \"{{version}}\"\n\n[[manifest]]\npath = \"VERSION\"\nline.1 = \"{{app}}\"\n\n[builder]\nname = \
             \"{builder}\"\noptions = [\"network=host\"]\n\n[[registry]]\nhost = \"{second}\"\nlogin = true\n{}{}",
            image("promote = true\n"),
            image("suffix = \"-scratch\"\ntarget = \"scratch\"\n")
        );
        let dockerfile = "FROM scratch AS scratch\nARG TARGETARCH\nCOPY VERSION /version-$TARGETARCH\nFROM scratch\nARG \
                          TARGETARCH\nCOPY VERSION /all-$TARGETARCH\n";
        let mut sandbox = Sandbox::new(&[(CONFIG, &config), ("VERSION", "1.27.0\n"), ("Dockerfile", dockerfile)]);
        sandbox.remote("origin");
        for (name, value) in client.environment() {
            sandbox.env(name, value.to_string_lossy().into_owned());
        }
        let cache = sandbox.path("../cache").display().to_string();
        sandbox.env("LOCKSTEP_CACHE", cache);
        Some(Self { sandbox, one, two, _client: client })
    }

    #[track_caller]
    fn digest(&self, tag: &str) -> String {
        let digest = self.one.digest(APP, tag).unwrap_or_else(|| panic!("{tag} isn't there"));
        assert_eq!(self.two.digest(APP, tag).as_ref(), Some(&digest), "{tag}");
        digest
    }

    fn commit(&self, rev: &str) -> String {
        self.sandbox.git(&["-C", "../origin.git", "rev-parse", &format!("{rev}^{{commit}}")]).trim().to_owned()
    }
}

#[test]
fn images_are_built_from_the_tag_and_named() {
    let Some(world) = World::new("images_are_built_from_the_tag_and_named") else { return };
    let sandbox = &world.sandbox;
    sandbox.replace(CONFIG, "promote = true\n", "");
    sandbox.commit("Build each");
    sandbox.git(&["push", "-q", "origin", "main"]);
    // Nobody released it: which commit is 1.27.0?
    sandbox.run(&["publish-images", "--yes"]).code(4).says("there is no tag `1.27.0` at").says("hint: ");
    sandbox.git(&["tag", "-a", "-m", "Version 1.27.0", "1.27.0"]);
    sandbox.git(&["push", "-q", "origin", "1.27.0"]);
    sandbox.write("VERSION", "1.27.0\nnot committed\n");

    sandbox.run(&["publish-images", "--dry-run"]).code(0).says("build/acme/app-scratch").says("to do");
    assert_eq!(world.one.tags(APP), [""; 0]);
    sandbox.run(&["publish-images", "--yes"]).code(0).says("published: 2 images").says("sha256:");
    let (plain, scratch) = (world.digest("1.27.0"), world.digest("1.27.0-scratch"));
    assert_ne!(plain, scratch);
    assert_eq!([world.digest("latest"), world.digest("latest-scratch")], [plain, scratch]);
    let reader = Reader::new(&[&world.one, &world.two]);
    for host in [world.one.host(), world.two.host()] {
        let name = format!("{host}/{APP}:latest-scratch");
        assert_eq!(reader.platforms(&name), TWO);
        assert_eq!(reader.file(&name, "linux/arm64", "/version-arm64").as_deref(), Some("1.27.0\n"));
        let annotations = reader.annotations(&name);
        assert_eq!(annotations["org.opencontainers.image.revision"], world.commit("1.27.0"));
        assert_eq!(annotations["org.opencontainers.image.version"], "1.27.0");
    }

    // A second run builds and pushes nothing, with an empty cache too; and what is there needs neither an engine nor a
    // builder.
    let states = [world.one.state(), world.two.state()];
    let no_builders = sandbox.path("../no-builders").display().to_string();
    let bare = [("DOCKER_HOST", "unix:///nowhere.sock"), ("BUILDX_CONFIG", &*no_builders)];
    std::fs::remove_dir_all(sandbox.path("../cache")).unwrap();
    sandbox.run(&["publish-images", "--yes"]).code(0).says("whole: everything is published already");
    assert_eq!([world.one.state(), world.two.state()], states);
    // A name that is lost in one registry comes back, the same.
    world.two.delete_tag(APP, "1.27.0");
    let again = ["publish-images", APP, "--version", "1.27.0", "--yes"];
    sandbox.run_with(&bare, &again).code(0).says("published: 2 images").says_nothing_of("] have the builder");
    assert_eq!([world.one.state(), world.two.state()], states);
}

#[test]
fn a_release_promotes_what_its_candidate_built() {
    let Some(world) = World::new("a_release_promotes_what_its_candidate_built") else { return };
    let sandbox = &world.sandbox;
    sandbox.run(&["run", "--yes", "--until", "build", "1.28.0-rc.1"]).code(0).says("still to do");
    // What is built needs neither an engine nor a builder any more: another machine may have none.
    let no_builders = sandbox.path("../no-builders").display().to_string();
    let bare = [("DOCKER_HOST", "unix:///nowhere.sock"), ("BUILDX_CONFIG", &*no_builders)];
    sandbox
        .run_with(&bare, &["run", "--yes", "-v", "1.28.0-rc.1"])
        .code(0)
        .says("channel")
        .says("`1.28.0-rc.1` is a candidate")
        .says("released: app 1.28.0-rc.1");
    let tested = world.digest("1.28.0-rc.1");
    assert_eq!(world.one.tags(APP), ["1.28.0-rc.1", "1.28.0-rc.1-scratch"]);

    sandbox.run(&["run", "--yes", "1.28.0"]).code(0).says("take over the image").says("released: app 1.28.0");
    assert_eq!([world.digest("1.28.0"), world.digest("latest")], [tested.clone(), tested.clone()]);
    // The variant that isn't promoted was built again, from the new commit.
    assert_ne!(world.digest("1.28.0-scratch"), world.digest("1.28.0-rc.1-scratch"));
    let reader = Reader::new(&[&world.one, &world.two]);
    let annotations = reader.annotations(&format!("{}/{APP}:1.28.0-scratch", world.one.host()));
    assert_eq!(annotations["org.opencontainers.image.revision"], world.commit("1.28.0"));

    let states = [world.one.state(), world.two.state()];
    let asked = world.one.requests().len();
    sandbox.run(&["run", "--yes", "1.28.0"]).code(0).says("whole: everything is there already");
    assert_eq!([world.one.state(), world.two.state()], states);
    let writes = |line: &&String| !line.starts_with("HEAD") && !line.starts_with("GET");
    assert_eq!(world.one.requests()[asked..].iter().find(writes), None);
}

#[test]
fn what_was_fixed_since_the_candidate_isnt_promoted() {
    let Some(world) = World::new("what_was_fixed_since_the_candidate_isnt_promoted") else { return };
    let sandbox = &world.sandbox;
    sandbox.run(&["run", "--yes", "1.28.0-rc.1"]).code(0).says("released: app 1.28.0-rc.1");
    sandbox.git(&["pull", "-q", "origin", "main"]);
    sandbox.write("manage.py", "fixed\n");
    sandbox.commit("Fix it");
    sandbox.git(&["push", "-q", "origin", "main"]);
    let remote = || sandbox.git(&["-C", "../origin.git", "for-each-ref", "refs/heads/main", "refs/tags"]);
    let before = (remote(), world.one.state(), world.two.state());
    sandbox
        .run(&["run", "--yes", "1.28.0"])
        .code(4)
        .says("`1.28.0` takes over the images of `1.28.0-rc.1`, but these files changed since: `manage.py`\n")
        .says("hint: release the next candidate first");
    assert_eq!((remote(), world.one.state(), world.two.state()), before);

    sandbox.run(&["run", "--yes", "1.28.0-rc.2"]).code(0).says("released: app 1.28.0-rc.2");
    sandbox.run(&["plan", "1.28.0"]).code(0).says("its label says 1.28.0-rc.2");
    sandbox.run(&["run", "--yes", "1.28.0"]).code(0).says("released: app 1.28.0");
    assert_eq!([world.digest("1.28.0"), world.digest("latest")], [0; 2].map(|_| world.digest("1.28.0-rc.2")));
    // What comes after a release isn't in it: it stays whole.
    sandbox.git(&["pull", "-q", "origin", "main"]);
    sandbox.write("manage.py", "fixed again\n");
    sandbox.commit("Fix it again");
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox.run(&["run", "--yes", "1.28.0"]).code(0).says("whole: everything is there already");
}
