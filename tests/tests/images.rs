//! Images are built from the release's commit, once, for all platforms, into every registry, without a name. By the
//! real docker and the real BuildKit.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{BUILD, Client, Engine, Reader, Registry, ready};

const FIVE: &[&str] = &["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/s390x"];
const TWO: &[&str] = &["linux/amd64", "linux/arm64"];
const DOCKERFILE: &str = "FROM scratch\nARG TARGETARCH\nARG APP_VERSION\nLABEL arg=$APP_VERSION\nCOPY bin/app-$TARGETARCH /app\nCOPY data /data\n";

/// A project with two registries, of which one wants a login, and a builder of its own.
struct World {
    sandbox: Sandbox,
    client: Client,
    open: Registry,
    shut: Registry,
    builder: String,
    platforms: &'static [&'static str],
}

fn is_ready(test: &str) -> bool {
    let more = ["docker-registry", "htpasswd", "setpriv", "regctl"];
    ready(test, &[BUILD, &more].concat())
}

/// What a machine marks its programs with.
fn program(machine: u8, word: &str) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(18, 0);
    bytes.extend([machine, 0]);
    bytes.extend(word.as_bytes());
    bytes
}

impl World {
    fn new(platforms: &'static [&'static str], dockerfile: &str, more: &str) -> Self {
        let client = Client::new(Engine::shared());
        let builder = client.free_name();
        Self::with(client, builder, platforms, dockerfile, more)
    }

    fn with(client: Client, builder: String, platforms: &'static [&'static str], dockerfile: &str, more: &str) -> Self {
        let (open, shut) = (Registry::start(None), Registry::start(Some(("ada", "secret"))));
        client.log_in(&[(&open.host(), "nobody", "needed"), (&shut.host(), "ada", "secret")]);
        let config = format!(
            r#"[project]
name = "acme"

[track.app]
tag = "v{{version}}"

[[manifest]]
path = "VERSION"
line.1 = "{{app}}"

[builder]
name = "{builder}"
options = ["network=host"]

[[image]]
name = "acme/app"
registries = ["{}", "{}"]
tags = ["{{app}}"]
platforms = {platforms:?}
dockerfile = "Dockerfile"
labels = {{ "org.opencontainers.image.title" = "acme {{app}}" }}
args = {{ APP_VERSION = "{{app}}" }}
{more}
[process.release]
steps = ["login", "builder", "commit", "tag", "build"]
"#,
            open.host(),
            shut.host()
        );
        let mut sandbox = Sandbox::folder(&[
            ("release-config/release.toml", &config),
            ("VERSION", "1.26.0\n"),
            ("Dockerfile", dockerfile),
            ("data/words", "committed\n"),
            ("secret", "not for the image\n"),
            (".dockerignore", "secret\n"),
        ]);
        for (arch, machine) in [("amd64", 62), ("arm64", 183), ("arm", 40), ("ppc64le", 21), ("s390x", 22)] {
            sandbox.write(format!("bin/app-{arch}"), program(machine, arch));
        }
        sandbox.git(&["init", "-q", "-b", "main"]);
        sandbox.commit("Begin");
        sandbox.git(&["init", "-q", "--bare", "../remote.git"]);
        sandbox.git(&["remote", "add", "origin", "../remote.git"]);
        sandbox.git(&["push", "-q", "origin", "main"]);
        for (name, value) in client.environment() {
            sandbox.env(name, value.to_string_lossy().into_owned());
        }
        sandbox.env("LOCKSTEP_CACHE", sandbox.path("../cache").display().to_string());
        Self { sandbox, client, open, shut, builder, platforms }
    }

    #[track_caller]
    fn run(&self) -> Ran {
        self.run_with(&[])
    }

    #[track_caller]
    fn run_with(&self, env: &[(&str, &str)]) -> Ran {
        self.sandbox.run_with(env, &["run", "--yes", "1.27.0"])
    }

    fn reader(&self) -> Reader {
        Reader::new(&[&self.open, &self.shut])
    }

    /// The digest that the ledger has.
    #[track_caller]
    fn digest(&self) -> String {
        let text = self.sandbox.run(&["plan", "--format", "json", "1.27.0"]).stdout;
        drop(text);
        let log = self.sandbox.git_in(".git/lockstep/ledger.git", &["log", "--all", "-p"]);
        let at = log.find("sha256:").unwrap_or_else(|| panic!("no digest in\n{log}"));
        log[at..at + 71].to_owned()
    }

    /// The digests of all manifests of the image, by registry: nobody names them yet.
    fn at(&self, registry: &Registry, digest: &str) -> String {
        format!("{}/acme/app@{digest}", registry.host())
    }

    /// Gives it its final name in a registry, as a later step would.
    #[track_caller]
    fn name(&self, registry: &Registry, digest: &str) {
        let to = format!("{}/acme/app:1.27.0", registry.host());
        self.docker(&["buildx", "imagetools", "create", "--prefer-index=false", "-t", &to, &self.at(registry, digest)]);
    }

    #[track_caller]
    fn docker(&self, args: &[&str]) -> String {
        let output = self.client.docker().args(args).output().unwrap();
        assert!(output.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What the tool runs of docker while it does this.
    #[track_caller]
    fn traced(&self, args: &[&str]) -> (Ran, Vec<String>) {
        let file = self.sandbox.root().join("trace");
        let _ = fs::remove_file(&file);
        let ran = self.sandbox.run_with(&[("LOCKSTEP_TRACE", &file.to_string_lossy())], args);
        let text = fs::read_to_string(&file).unwrap();
        let argv = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let words: Vec<String> =
                line["argv"].as_array()?.iter().map(|word| word.as_str().unwrap().to_owned()).collect();
            (words[0] == "docker").then(|| words.join(" "))
        };
        (ran, text.lines().filter_map(argv).collect())
    }

    fn forget_ledger(&self) {
        fs::remove_dir_all(self.sandbox.path(".git/lockstep/ledger.git")).unwrap();
    }
}

#[track_caller]
fn count(programs: &[String], words: &str) -> usize {
    programs.iter().filter(|line| line.contains(words)).count()
}

#[test]
fn five_platforms_in_two_registries_and_no_name() {
    if !is_ready("five_platforms_in_two_registries_and_no_name") {
        return;
    }
    let world = World::new(FIVE, DOCKERFILE, "");
    // What isn't committed is in no image.
    world.sandbox.write("data/words", "dirty\n");
    world.sandbox.write("data/more", "untracked\n");
    world.run().code(0);
    let (digest, reader) = (world.digest(), world.reader());
    for registry in [&world.open, &world.shut] {
        let at = world.at(registry, &digest);
        assert_eq!(reader.platforms(&at), FIVE);
        assert_eq!(registry.tags("acme/app"), Vec::<String>::new());
        assert_eq!(
            reader.file(&at, "linux/s390x", "app").as_deref(),
            Some(&*String::from_utf8_lossy(&program(22, "s390x")))
        );
        assert_eq!(reader.file(&at, "linux/arm64", "data/words").as_deref(), Some("committed\n"));
        assert_eq!(reader.file(&at, "linux/arm64", "data/more"), None);
        let commit = world.sandbox.git_in("../cache", &["version"]);
        drop(commit);
        let expected =
            [("org.opencontainers.image.version", "1.27.0"), ("org.opencontainers.image.title", "acme 1.27.0")];
        let (labels, notes) = (reader.labels(&at, "linux/arm64"), reader.annotations(&at));
        for (name, value) in expected {
            assert_eq!((labels[name].as_str(), notes[name].as_str()), (value, value), "{name}");
        }
        assert_eq!(labels["arg"], "1.27.0");
        assert_eq!(labels["org.opencontainers.image.revision"].len(), 40);
        assert_eq!(labels["org.opencontainers.image.revision"], notes["org.opencontainers.image.revision"]);
        assert!(labels["org.opencontainers.image.created"].ends_with('Z'));
    }

    // Once more: a look for each image and registry, and nothing else.
    let pushes = || {
        [&world.open, &world.shut].map(|registry| {
            registry.requests().iter().filter(|line| !line.starts_with("GET") && !line.starts_with("HEAD")).count()
        })
    };
    let before = pushes();
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0).says("everything is there already");
    assert_eq!(
        (count(&programs, "buildx build"), count(&programs, "imagetools create"), pushes()),
        (0, 0, before),
        "{programs:#?}"
    );
    for registry in [&world.open, &world.shut] {
        assert!(count(&programs, &format!("imagetools inspect --raw -- {}", registry.host())) <= 2, "{programs:#?}");
    }

    // Without the ledger and without a name nothing tells that it is there; it becomes the same again.
    world.forget_ledger();
    world.run().code(0);
    assert_eq!(world.digest(), digest);
    // With its names it is known on any machine.
    world.forget_ledger();
    world.name(&world.open, &digest);
    world.name(&world.shut, &digest);
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0);
    assert_eq!(count(&programs, "buildx build"), 0, "{programs:#?}");
    let _ = (world.platforms, &world.builder, BTreeMap::<u8, u8>::new(), Command::new("true"), TWO);
}
