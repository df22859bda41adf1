//! Images are built from the release's commit, once, for all platforms, into every registry, without a name. By the
//! real docker and the real BuildKit.

use std::fs;
use std::process::Command;

use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{BUILD, Client, Engine, Hub, Image, Reader, Registry, ready};

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
}

fn is_ready(test: &str) -> bool {
    ready(test, BUILD)
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
        // A release that begins again has the same commit.
        sandbox.env("LOCKSTEP_NOW", "1782907200");
        sandbox.env("LOCKSTEP_CACHE", sandbox.path("../cache").display().to_string());
        Self { sandbox, client, open, shut, builder }
    }

    #[track_caller]
    fn run(&self) -> Ran {
        self.sandbox.run(&["run", "--yes", "1.27.0"])
    }

    fn reader(&self) -> Reader {
        Reader::new(&[&self.open, &self.shut])
    }

    /// The digest that the ledger has.
    #[track_caller]
    fn digest(&self) -> String {
        let log = self.sandbox.git_in(".git/lockstep/ledger.git", &["log", "--all", "-p"]);
        let at = log.find("sha256:").unwrap_or_else(|| panic!("no digest in\n{log}"));
        log[at..at + 71].to_owned()
    }

    /// The image in a registry, where it has no name yet.
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
}

#[test]
fn nodes_clocks_and_umasks_change_nothing() {
    if !is_ready("nodes_clocks_and_umasks_change_nothing") {
        return;
    }
    let client = Client::new(Engine::shared());
    let builder = client.builder("linux/amd64");
    let mut world = World::with(client, builder.clone(), TWO, DOCKERFILE, "");
    world.run().code(0);
    let digest = world.digest();

    // Another machine: nothing is in a cache, the umask is another one, and a second node builds for arm64.
    world.client.add_node(&builder, "linux/arm64");
    world.docker(&["buildx", "prune", "--builder", &builder, "--all", "--force"]);
    world.forget_ledger();
    world.sandbox.env("LOCKSTEP_CACHE", world.sandbox.path("../other").display().to_string());
    let mut command = world.sandbox.command("sh", "");
    command.args(["-c", "umask 077; exec \"$0\" run -v --yes 1.27.0"]).arg(lockstep_tests::binary::xtask());
    world.sandbox.output(command).code(0).says("linux/arm64: #");
    assert_eq!(world.digest(), digest);
    for registry in [&world.open, &world.shut] {
        assert_eq!(world.reader().platforms(&world.at(registry, &digest)), TWO);
        assert_eq!(registry.tags("acme/app"), Vec::<String>::new());
    }
}

#[test]
fn a_missing_platform_is_added_to_what_is_there() {
    if !is_ready("a_missing_platform_is_added_to_what_is_there") {
        return;
    }
    let world = World::new(TWO, DOCKERFILE, "");
    world.run().code(0);
    let two = world.digest();
    for registry in [&world.open, &world.shut] {
        world.name(registry, &two);
    }
    // The configuration is that of the checkout: the commit is the same.
    world.sandbox.replace(CONFIG, "\"linux/arm64\"]", "\"linux/arm64\", \"linux/s390x\"]");
    world.sandbox.run(&["plan", "1.27.0"]).says("linux/s390x is missing");
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0);
    assert_eq!(
        (count(&programs, "buildx build"), count(&programs, "--platform linux/s390x ")),
        (1, 1),
        "{programs:#?}"
    );
    let three = world.digest();
    let reader = world.reader();
    for registry in [&world.open, &world.shut] {
        let (old, new) = (world.at(registry, &two), world.at(registry, &three));
        assert_eq!(reader.platforms(&new), ["linux/amd64", "linux/arm64", "linux/s390x"]);
        assert_eq!(reader.annotations(&new), reader.annotations(&old));
        for platform in TWO {
            assert_eq!(reader.platform_digest(&new, platform), reader.platform_digest(&old, platform));
        }
        assert_eq!(registry.digest("acme/app", "1.27.0").as_ref(), Some(&two), "the name moves in a step of its own");
    }
    world.run().code(0).says("everything is there already");
}

#[test]
fn a_dockerfile_that_ignores_the_platform_is_named() {
    if !is_ready("a_dockerfile_that_ignores_the_platform_is_named") {
        return;
    }
    let world = World::new(TWO, "FROM scratch\nCOPY data /data\nCOPY bin/app-amd64 /usr/bin/app\n", "");
    let words = "`acme/app` for linux/arm64 holds `/usr/bin/app`, which is a program for amd64";
    world.run().code(4).says(words).says("`Dockerfile` ignores the platform").says("TARGETARCH");
    // Not even the next run takes it for done.
    world.run().code(4).says(words);

    // A word of the configuration is no word on a program.
    world.sandbox.replace(CONFIG, "args =", "same-files = true\nargs =");
    world.run().code(4).says(words);

    // Files without any program may well be the same; it is said all the same, unless that is known.
    let world = World::new(TWO, "FROM scratch\nCOPY data /data\n", "");
    let words = "has the same files for linux/amd64, linux/arm64";
    world.run().code(0).says(words).says("TARGETPLATFORM").says("say `same-files = true`");
    world.sandbox.replace(CONFIG, "args =", "same-files = true\nargs =");
    world.forget_ledger();
    world.run().code(0).says("build the image `acme/app`").says_nothing_of(words);
}

#[test]
fn one_platform_of_five_fails() {
    if !is_ready("one_platform_of_five_fails") {
        return;
    }
    let world = World::new(FIVE, DOCKERFILE, "");
    fs::remove_file(world.sandbox.path("bin/app-ppc64le")).unwrap();
    world.sandbox.commit("Forget a platform");
    world.sandbox.git(&["push", "-q", "origin", "main"]);
    let ran = world.run().code(3).says("[linux/ppc64le 1/2] COPY bin/app-ppc64le /app");
    let ran =
        ran.says("hint: look at what the build said above").says("  ERROR: failed to build").says_nothing_of("#1 ");
    assert!(ran.stderr.lines().filter(|line| line.starts_with("  #")).count() <= 20, "{ran}");
    for registry in [&world.open, &world.shut] {
        assert_eq!(registry.state().keys().filter(|name| name.contains("acme/app")).count(), 0);
    }
    world.sandbox.write("bin/app-ppc64le", program(21, "ppc64le"));
    world.sandbox.commit("Remember it");
    world.sandbox.git(&["push", "-q", "origin", "main"]);
    world.run().code(0);
    assert_eq!(world.reader().platforms(&world.at(&world.shut, &world.digest())), FIVE);
}

#[test]
fn a_login_that_runs_out_between_two_pushes() {
    if !is_ready("a_login_that_runs_out_between_two_pushes") {
        return;
    }
    let world = World::new(TWO, DOCKERFILE, "");
    // Real docker; only the login is gone when the copy begins.
    let docker =
        String::from_utf8(Command::new("sh").args(["-c", "command -v docker"]).output().unwrap().stdout).unwrap();
    let (config, kept) = (world.client.config().join("config.json"), world.sandbox.root().join("kept.json"));
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *'imagetools create'*) [ -e '{kept}' ] || {{ mv '{config}' '{kept}' && echo '{{}}' > '{config}'; }} ;; esac\n\
         exec '{}' \"$@\"\n",
        docker.trim(),
        kept = kept.display(),
        config = config.display()
    );
    world.sandbox.put_program("docker", &script);
    let host = world.shut.host();
    world.run().code(3).says(&format!("can't be copied to `{host}/acme/app@")).says(&format!("`docker login {host}`"));
    let digest = world.digest();
    assert_eq!(world.reader().platforms(&world.at(&world.open, &digest)), TWO);

    fs::rename(&kept, &config).unwrap();
    fs::write(&kept, "").unwrap();
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0);
    assert_eq!((count(&programs, "buildx build"), count(&programs, "imagetools create")), (0, 1), "{programs:#?}");
    assert_eq!(world.reader().platforms(&world.at(&world.shut, &digest)), TWO);
}

#[test]
fn a_registry_that_is_down_stops_before_the_build() {
    if !is_ready("a_registry_that_is_down_stops_before_the_build") {
        return;
    }
    let world = World::new(TWO, DOCKERFILE, "");
    let host = world.shut.host();
    // Nobody listens on port 1.
    let config = world.sandbox.read(CONFIG);
    world.sandbox.write(CONFIG, config.replace(&host, "127.0.0.1:1").replace("\"login\", ", ""));
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    let down = "error: the registry `127.0.0.1:1` can't be asked: dial tcp 127.0.0.1:1: connect: connection refused";
    let ran = ran.code(3).says(down).says("doesn't answer");
    assert_eq!(ran.stderr.matches("connection refused\nhint:").count(), 1, "once for all images: {ran}");
    assert_eq!(count(&programs, "buildx build"), 0, "{programs:#?}");
    world.sandbox.write(CONFIG, config);
    world.run().code(0);
}

/// Docker Hub has one answer for what isn't there and for what one may not see: a first release must begin all the same.
#[test]
fn the_first_push_makes_a_repository_that_was_hidden() {
    if !is_ready("the_first_push_makes_a_repository_that_was_hidden") {
        return;
    }
    let world = World::new(TWO, DOCKERFILE, "channels = [\"latest\"]\n");
    let hub = Hub::start(&world.open.host(), "ada", "secret");
    let (host, shut) = (hub.host(), world.shut.host());
    world.client.log_in(&[(&host, "ada", "secret"), (&shut, "ada", "secret")]);
    world.sandbox.replace(CONFIG, &world.open.host(), &host);
    world.sandbox.replace(CONFIG, "\"build\"]", "\"build\", \"name\", \"channel\"]");
    // Nobody has looked whether the login counts: then it can't be told.
    let before = world.open.state();
    world.run().code(3).says("repository does not exist or may require authorization").says("say `login = true`");
    assert_eq!(world.open.state(), before);

    let config = world.sandbox.read(CONFIG) + &format!("\n[[registry]]\nhost = \"{host}\"\nlogin = true\n");
    world.sandbox.write(CONFIG, &config);
    world.sandbox.run(&["plan", "1.27.0"]).code(0).says("to do");
    // What can't be seen after it was pushed gets no name.
    hub.blind(true);
    world.run().code(3).says("it can't be told whether").says("acme/app@");
    assert_eq!(world.open.tags("acme/app"), [""; 0]);
    hub.blind(false);
    world.run().code(0);
    let digest = world.digest();
    for tag in ["1.27.0", "latest"] {
        assert_eq!(world.open.digest("acme/app", tag).as_ref(), Some(&digest), "{tag}");
    }
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0).says("everything is there already");
    assert_eq!(count(&programs, "buildx build"), 0, "{programs:#?}");
}

/// The same name and the same version are no word on the commit: neither a receipt nor an image of another one counts.
#[test]
fn what_is_of_another_commit_is_not_taken_for_ours() {
    if !is_ready("what_is_of_another_commit_is_not_taken_for_ours") {
        return;
    }
    let world = World::new(TWO, DOCKERFILE, "");
    world.run().code(0);
    world.sandbox.write("data/words", "corrected\n");
    world.sandbox.commit("Correct it");
    world.sandbox.git(&["push", "-q", "origin", "main"]);
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0);
    assert_eq!(count(&programs, "buildx build"), 1, "{programs:#?}");

    let other = "0123456789012345678901234567890123456789";
    let annotations = [("org.opencontainers.image.revision", other), ("org.opencontainers.image.version", "1.27.0")];
    world.open.put("acme/app", "1.27.0", Image { docker: false, annotations: &annotations, ..Image::of(TWO) });
    world.sandbox.replace(CONFIG, "\"build\"]", "\"build\", \"name\"]");
    let before = world.open.state();
    world.run().code(4).says("of the commit `").says("hint: a published name never moves");
    world.forget_ledger();
    world.run().code(4).says("hint: a published name never moves");
    assert_eq!(world.open.state(), before);
}

/// Whoever corrects how it is built before it has a name gets what was corrected.
#[test]
fn what_another_recipe_built_is_built_anew() {
    if !is_ready("what_another_recipe_built_is_built_anew") {
        return;
    }
    let world = World::new(TWO, DOCKERFILE, "");
    world.sandbox.replace(CONFIG, "\"build\"]", "\"build\", \"name\"]");
    world.sandbox.replace(CONFIG, "APP_VERSION = \"{app}\"", "APP_VERSION = \"16\"");
    let until = ["run", "--yes", "1.27.0", "--until", "build"];
    world.sandbox.run(&until).code(0);
    let old = world.digest();
    let (ran, programs) = world.traced(&until);
    ran.code(0);
    assert_eq!(count(&programs, "buildx build"), 0, "{programs:#?}");

    world.sandbox.replace(CONFIG, "APP_VERSION = \"16\"", "APP_VERSION = \"17\"");
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0);
    assert_eq!(count(&programs, "buildx build"), 1, "{programs:#?}");
    for registry in [&world.open, &world.shut] {
        let digest = registry.digest("acme/app", "1.27.0").unwrap();
        assert_ne!(digest, old);
        assert_eq!(world.reader().labels(&world.at(registry, &digest), "linux/arm64")["arg"], "17");
    }

    // A name decides, whatever the recipe says by then.
    world.sandbox.replace(CONFIG, "APP_VERSION = \"17\"", "APP_VERSION = \"18\"");
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0).says("everything is there already");
    assert_eq!(count(&programs, "buildx build"), 0, "{programs:#?}");
}

#[test]
fn what_stops_before_anything_begins() {
    if !is_ready("what_stops_before_anything_begins") {
        return;
    }
    let world = World::new(TWO, DOCKERFILE, "");
    let config = world.sandbox.read(CONFIG);
    let with = |from: &str, to: &str| world.sandbox.write(CONFIG, config.replace(from, to));
    with(&format!("name = \"{}\"", world.builder), "name = \"default\"");
    world.run().code(4).says("the builder `default` is the docker engine").says("name = \"lockstep\"");
    with("dockerfile = \"Dockerfile\"", "dockerfile = \"docker/Dockerfile\"");
    world.run().code(4).says("there is no `docker/Dockerfile` in the commit");
    with("dockerfile = \"Dockerfile\"", "dockerfile = \"Dokerfile\"");
    world.run().code(4).says("there is no `Dokerfile` in the commit").says("hint: did you mean `Dockerfile`?");
    with("dockerfile = \"Dockerfile\"", "dockerfile = \"Dockerfile\"\ncontext = \"src\"");
    world.run().code(4).says("there is no folder `src` in the commit");
    // No plugin.
    world.sandbox.write(CONFIG, &config);
    let plugin = world.client.config().join("cli-plugins/docker-buildx");
    fs::rename(&plugin, world.client.config().join("aside")).unwrap();
    if !String::from_utf8_lossy(&world.client.docker().args(["buildx", "version"]).output().unwrap().stdout)
        .contains("buildx")
    {
        let ran = world.run().code(3).says("docker-buildx-plugin");
        assert_eq!(ran.stderr.matches("error: `docker buildx` isn't installed").count(), 1, "{ran}");
        assert_eq!(ran.stderr.matches("error:").count(), 1, "{ran}");
    }
    fs::rename(world.client.config().join("aside"), plugin).unwrap();
    assert_eq!(world.docker(&["buildx", "ls", "--format", "{{.Name}}"]).matches(&world.builder).count(), 0);
    // A commit on the branch mends nothing once this one is public.
    let config = config.replace("\"build\"]", "\"push\", \"build\"]").replace("\"builder\", ", "");
    world.sandbox.write(CONFIG, &config);
    world.sandbox.run(&["run", "--yes", "1.27.0", "--until", "push"]).code(0);
    world.sandbox.write(CONFIG, config.replace("args =", "context = \"src\"\nargs ="));
    world.run().code(4).says("there is no folder `src` in the commit").says("hint: the tag is what is built");
}

/// What a release would stop at, one thing after the other, is told together: by the plan as by the run.
#[test]
fn everything_that_stops_a_release_is_said_at_once() {
    let more = r#"[[registry]]
host = "registry.example.con"

[forge]
repository = "acme/app"

[[asset]]
path = ["instal.sh", "*.sum"]

[command.try]
argv = ["./smoke-tset"]

[command.tell]
argv = ["no-such-program"]
where = "checkout"
"#;
    if !is_ready("everything_that_stops_a_release_is_said_at_once")
        || !ready("everything_that_stops_a_release_is_said_at_once", &["gh"])
    {
        return;
    }
    let world = World::new(&["linux/amd64", "linux/arm65"], DOCKERFILE, more);
    let steps = "\"push\", \"draft\", \"assets\", \"publish\", \"command/try\", \"command/tell\"]";
    world.sandbox.replace(CONFIG, "\"build\"]", &format!("\"build\", {steps}"));
    world.sandbox.replace(CONFIG, "dockerfile = \"Dockerfile\"", "dockerfile = \"Dokerfile\"");
    world.sandbox.replace(
        CONFIG,
        "[[image]]",
        &format!("[[registry]]\nhost = \"{}\"\nlogin = true\n\n[[image]]", world.shut.host()),
    );
    world.sandbox.write("install.sh", "#!/bin/sh\n");
    world.sandbox.write("smoke-test", "#!/bin/sh\n");
    world.sandbox.commit("Install and try it");
    world.sandbox.git(&["push", "-q", "origin", "main"]);
    world.client.log_in(&[(&world.open.host(), "nobody", "needed")]);
    // Who runs it makes other commits than who looks.
    let errors = |ran: &Ran| {
        let from = ran.stderr.find("error:").unwrap_or_else(|| panic!("{ran}"));
        let word = |word: &str| if word.trim_matches('`').len() == 40 { "COMMIT".to_owned() } else { word.to_owned() };
        let line = |line: &str| line.split([' ', ',']).map(word).collect::<Vec<_>>().join(" ");
        ran.stderr[from..].lines().map(line).collect::<Vec<_>>().join("\n")
    };
    let plan = world.sandbox.run(&["plan", "1.27.0"]).code(2);
    let ran = world.run().code(2);
    assert_eq!(errors(&plan), errors(&ran));
    for (error, hint) in [
        ("`linux/arm65` is no platform", "did you mean `linux/arm64`?"),
        ("there is no `instal.sh` in the commit that is released", "did you mean `install.sh`?"),
        ("no file of the commit that is released matches `*.sum`", "correct the path"),
        ("there is no `Dokerfile` in the commit", "did you mean `Dockerfile`?"),
        ("there is no `smoke-tset` in the commit", "did you mean `./smoke-test`?"),
        ("`no-such-program` is not installed", "install `no-such-program`"),
        (&format!("not logged in to `{}`", world.shut.host()), &format!("`docker login {}`", world.shut.host())),
        ("gh is not logged in to `github.com`", "gh auth login"),
        ("nobody has written", "release-config/notes/1.27.0.md"),
    ] {
        let text = &ran.stderr[ran.stderr.find("error:").unwrap()..];
        assert_eq!(
            text.lines().filter(|line| line.starts_with("error:") && line.contains(error)).count(),
            1,
            "{error}\n{text}"
        );
        assert!(text.contains(hint), "{hint}\n{text}");
    }
    plan.says("neither image nor chart is in the registry `registry.example.con`");
    let data: serde_json::Value =
        serde_json::from_str(&world.sandbox.run(&["plan", "1.27.0", "--format", "json"]).code(2).stdout).unwrap();
    let first = &data["errors"][0];
    assert_eq!((&first["exit"], &first["hint"]), (&2.into(), &"did you mean `linux/arm64`?".into()), "{data}");
    assert_eq!(data["errors"].as_array().unwrap().len(), 9, "{data}");
    assert!(world.sandbox.git_in("../remote.git", &["tag"]).is_empty());
}

#[test]
fn who_has_nothing_to_build_needs_no_builder() {
    if !is_ready("who_has_nothing_to_build_needs_no_builder") {
        return;
    }
    let command = "[command.after]\nargv = [\"test\", \"-e\", \"after\"]\nwhere = \"checkout\"\n";
    let world = World::new(TWO, DOCKERFILE, command);
    let config =
        world.sandbox.read("release-config/release.toml").replace("\"build\"]", "\"build\", \"command/after\"]");
    world.sandbox.write("release-config/release.toml", config);
    world.run().code(3);
    let builders = || world.docker(&["buildx", "ls", "--format", "{{.Name}}"]);
    assert!(builders().contains(&world.builder));
    world.docker(&["buildx", "rm", &world.builder]);
    world.sandbox.write("after", "");
    world.run().code(0).says("[1/1] run `test -e after`");
    assert!(!builders().contains(&world.builder));
}

#[test]
fn a_folder_a_stage_and_attestations() {
    if !is_ready("a_folder_a_stage_and_attestations") {
        return;
    }
    let more = "context = \"data\"\ntarget = \"first\"\nprovenance = true\n";
    let dockerfile = "FROM scratch AS first\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY words /words\nFROM first\nCOPY none /none\n";
    let world = World::new(&["linux/arm64"], dockerfile, more);
    world.run().code(0);
    let at = world.at(&world.shut, &world.digest());
    let reader = world.reader();
    assert_eq!(reader.file(&at, "linux/arm64", "words").as_deref(), Some("committed\n"));
    assert_eq!(reader.labels(&at, "linux/arm64")["arch"], "arm64");
    let text = reader.manifest(&at).to_string();
    assert!(text.contains("attestation-manifest"), "{text}");
    // It is known by its name, though each build of it would have another digest.
    for registry in [&world.open, &world.shut] {
        world.name(registry, &world.digest());
    }
    world.forget_ledger();
    let (ran, programs) = world.traced(&["run", "--yes", "1.27.0"]);
    ran.code(0);
    assert_eq!(count(&programs, "buildx build"), 0, "{programs:#?}");

    // One platform and no attestations: no index.
    let world = World::new(&["linux/arm64"], DOCKERFILE, "");
    world.run().code(0);
    let at = world.at(&world.shut, &world.digest());
    assert!(world.reader().manifest(&at)["manifests"].is_null());
    world.run().code(0).says("everything is there already");
}
