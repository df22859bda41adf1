//! The servers that other tests stand on: real clients do with them what they do with those of the world.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{
    BUILD, Client, Engine, Fault, HttpGit, Image, Reader, Registry, docker_reads_oci, helm3, helm4, ready,
};

const LOGIN: Option<(&str, &str)> = Some(("ada", "secret"));
const BOTH: &[&str] = &["linux/amd64", "linux/arm64"];

/// Runs a program in a sandbox whose home has this docker configuration.
#[track_caller]
fn run(sandbox: &Sandbox, program: impl AsRef<Path>, args: &[&str]) -> Ran {
    let mut command = sandbox.command(program, "");
    command.args(args).env("DOCKER_CONFIG", sandbox.root().join("home/.docker"));
    sandbox.output(command)
}

fn logged_in(registry: &Registry) -> Sandbox {
    let sandbox = Sandbox::folder(&[]);
    registry.docker_config(&sandbox.root().join("home/.docker"));
    sandbox
}

#[test]
fn docker_and_skopeo_read_every_kind_of_image() {
    if !ready(
        "docker_and_skopeo_read_every_kind_of_image",
        &["docker-registry", "htpasswd", "setpriv", "docker", "skopeo"],
    ) {
        return;
    }
    let registry = Registry::start(LOGIN);
    let sandbox = logged_in(&registry);
    let of = |platforms, docker, index, attested| Image { docker, index, attested, ..Image::of(platforms) };
    let kinds = [
        ("one", of(&BOTH[..1], false, false, false)),
        ("one-docker", of(&BOTH[..1], true, false, false)),
        ("both", of(BOTH, false, true, false)),
        ("both-docker", of(BOTH, true, true, false)),
        ("attested", of(&["linux/arm/v7"], false, true, true)),
    ];
    let reads_oci = docker_reads_oci();
    for (tag, image) in kinds {
        let digest = registry.put("acme/app", tag, image);
        assert_eq!(registry.digest("acme/app", tag).as_deref(), Some(&*digest));
        let reference = format!("{}/acme/app:{tag}", registry.host());
        let seen = run(&sandbox, "docker", &["manifest", "inspect", "--insecure", &reference]);
        if image.docker || reads_oci {
            let seen = seen.code(0).stdout;
            assert!(seen.contains(image.platforms[0].split('/').nth(1).unwrap()) || !image.index, "{seen}");
        } else {
            seen.code(1);
        }
        let auth = sandbox.root().join("home/.docker/config.json");
        let to = sandbox.path(tag);
        let (from, to) = (format!("docker://{reference}"), format!("oci:{}", to.display()));
        let auth = auth.to_string_lossy();
        let copy = [
            "copy",
            "--insecure-policy",
            "--quiet",
            "--src-tls-verify=false",
            "--authfile",
            &auth,
            "--all",
            &from,
            &to,
        ];
        // It unpacks and checks every digest.
        if !image.attested {
            run(&sandbox, "skopeo", &copy).code(0);
        }
    }
    assert_eq!(registry.tags("acme/app"), ["attested", "both", "both-docker", "one", "one-docker"]);
    assert_eq!(registry.tags("acme/none"), [""; 0]);
    assert_eq!(registry.pushes("acme/app", "one"), 1);
    let before = registry.state();
    registry.put_image("acme/app", "one-docker", &BOTH[..1]);
    assert_eq!(registry.state(), before, "the same image is the same bytes");
    registry.put_image("acme/app", "one-docker", BOTH);
    assert_ne!(registry.state(), before);
    assert_eq!(registry.pushes("acme/app", "one-docker"), 2);
    assert!(registry.requests().iter().any(|line| line.starts_with("GET /v2/acme/app/manifests/one")));
    let stranger = Sandbox::folder(&[]);
    let reference = format!("{}/acme/app:one", registry.host());
    run(&stranger, "docker", &["manifest", "inspect", "--insecure", &reference])
        .code(1)
        .says("no basic auth credentials");
}

#[test]
fn helm_pushes_and_pulls() {
    if !ready("helm_pushes_and_pulls", &["docker-registry", "htpasswd", "setpriv", "helm3", "helm4"]) {
        return;
    }
    let registry = Registry::start(LOGIN);
    let sandbox = logged_in(&registry);
    let oci = format!("oci://{}/charts", registry.host());
    for (helm, version) in [(helm3(), "0.1.3"), (helm4(), "0.1.4")] {
        run(&sandbox, &helm, &["create", "web"]).code(0);
        run(&sandbox, &helm, &["package", "web", "--version", version]).code(0);
        run(&sandbox, &helm, &["push", &format!("web-{version}.tgz"), &oci, "--plain-http"]).code(0);
        let chart = format!("{oci}/web");
        fs::create_dir_all(sandbox.path("got")).unwrap();
        run(&sandbox, &helm, &["pull", &chart, "--version", version, "-d", "got", "--plain-http"]).code(0);
        assert_eq!(registry.pushes("charts/web", version), 1);
        let (pushed, got) =
            (sandbox.path(format!("web-{version}.tgz")), sandbox.path(format!("got/web-{version}.tgz")));
        assert_eq!(fs::read(pushed).unwrap(), fs::read(got).unwrap());
    }
    assert_eq!(registry.tags("charts/web"), ["0.1.3", "0.1.4"]);
}

#[test]
fn git_clones_and_pushes_over_http() {
    if !ready("git_clones_and_pushes_over_http", &["lighttpd", "setpriv", "htpasswd"]) {
        return;
    }
    let sandbox = Sandbox::new(&[("README.md", "# Acme\n")]);
    sandbox.remote("origin");
    let server = HttpGit::start(sandbox.root(), None);
    let url = server.url("origin.git");
    sandbox.git(&["clone", "-q", &url, "../copy"]);
    sandbox.write("../copy/big", vec![b'x'; 3 << 20]);
    sandbox.commit_in("../copy", "More");
    sandbox.git_in("../copy", &["push", "-q", "--atomic", "origin", "HEAD:main", "HEAD:refs/tags/1.0.0"]);
    assert_eq!(
        sandbox.git(&["ls-remote", &url, "refs/tags/1.0.0"]),
        sandbox.git(&["ls-remote", "../origin.git", "refs/tags/1.0.0"])
    );
    assert!(server.requests().contains(&"POST /origin.git/git-receive-pack".to_owned()), "{:?}", server.requests());
    sandbox.try_git(&["ls-remote", &server.url("none.git")]).code(128).says("not found");

    let guarded = HttpGit::start(sandbox.root(), LOGIN);
    let url = guarded.url("origin.git");
    sandbox.try_git(&["-c", "core.askPass=true", "ls-remote", &url]).code(128).says("Authentication failed");
    sandbox.git(&["ls-remote", &url.replace("://", "://ada:secret@")]);
}

#[test]
fn git_meets_a_server_in_trouble() {
    if !ready("git_meets_a_server_in_trouble", &["lighttpd", "setpriv"]) {
        return;
    }
    let sandbox = Sandbox::new(&[("README.md", "# Acme\n")]);
    sandbox.remote("origin");
    let server = HttpGit::start(sandbox.root(), None);
    let url = server.url("origin.git");
    let there = |name: &str| !sandbox.git(&["ls-remote", &url, name]).is_empty();

    server.fault(Some(Fault::LoseAnswer));
    sandbox.try_git(&["push", "-q", &url, "HEAD:refs/tags/lost"]).code(1).says("500");
    assert!(there("refs/tags/lost"), "the push was done, only its answer is lost");
    sandbox.git(&["push", "-q", &url, "HEAD:refs/tags/next"]);

    server.fault(Some(Fault::DropPush));
    sandbox.try_git(&["push", "-q", &url, "HEAD:refs/tags/dropped"]).code(1).says("500");
    assert!(!there("refs/tags/dropped"));

    server.fault(Some(Fault::Refuse));
    sandbox.try_git(&["ls-remote", &url]).code(128).says("503");

    server.fault(Some(Fault::Hang));
    let begin = Instant::now();
    let slow = ["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=1", "ls-remote", &url];
    sandbox.try_git(&slow).code(128).says("too slow");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    server.fault(None);
    assert!(there("refs/heads/main"));
}

#[test]
fn a_server_ends_with_its_owner() {
    if !ready("a_server_ends_with_its_owner", &["docker-registry", "setpriv"]) {
        return;
    }
    let listens = |host: &str| std::net::TcpStream::connect(host).is_ok();
    let registry = Registry::start(None);
    let host = registry.host();
    assert!(listens(&host));
    drop(registry);
    assert!(!listens(&host));

    // This test again, as a process of its own that is killed while its server runs.
    if let Ok(file) = std::env::var("LOCKSTEP_TEST_HOST") {
        let registry = Registry::start(None);
        fs::write(file, registry.host()).unwrap();
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let sandbox = Sandbox::folder(&[]);
    let file = sandbox.path("host");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_server_ends_with_its_owner"])
        .env("LOCKSTEP_TEST_HOST", &file)
        .env("TMPDIR", sandbox.root().join("tmp"))
        .spawn()
        .unwrap();
    let begin = Instant::now();
    let host = loop {
        assert!(begin.elapsed() < Duration::from_secs(20), "no server starts");
        match fs::read_to_string(&file) {
            Ok(host) if !host.is_empty() => break host,
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    assert!(listens(&host));
    child.kill().unwrap();
    child.wait().unwrap();
    let begin = Instant::now();
    while listens(&host) {
        assert!(begin.elapsed() < Duration::from_secs(5), "the server lives on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

// ---- docker engine and BuildKit ----

const FIVE: &[&str] = &["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/ppc64le", "linux/386"];

/// Builds the folder for these platforms, pushes what comes of it by digest to all names, and gives the digest or what
/// docker said.
#[track_caller]
fn build(
    client: &Client,
    folder: &Path,
    builder: &str,
    platforms: &[&str],
    names: &[String],
) -> Result<String, String> {
    let metadata = folder.join("metadata.json");
    let _ = fs::remove_file(&metadata);
    let output = format!(
        "type=image,\"name={}\",push-by-digest=true,name-canonical=true,push=true,rewrite-timestamp=true",
        names.join(",")
    );
    let mut docker = client.docker();
    docker.args(["buildx", "build", "--progress", "plain", "--provenance=false", "--builder", builder]);
    docker.args(["--platform", &platforms.join(","), "--output", &output, "--metadata-file"]).arg(&metadata);
    docker.arg(folder).env("SOURCE_DATE_EPOCH", "1700000000");
    let Output { status, stderr, .. } = docker.output().unwrap();
    if !status.success() {
        assert!(!metadata.exists(), "a build that failed says no digest");
        return Err(String::from_utf8_lossy(&stderr).into_owned());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&fs::read(metadata).unwrap()).unwrap();
    Ok(metadata["containerimage.digest"].as_str().expect("a digest").to_owned())
}

/// A project whose image has another text for each platform, and a label.
fn project() -> Sandbox {
    let sandbox = Sandbox::folder(&[
        (
            "Dockerfile",
            "FROM scratch AS parts\nARG TARGETARCH\nCOPY app-$TARGETARCH /app\n\
             FROM scratch\nCOPY --from=parts /app /app\nLABEL org.opencontainers.image.version=1.2.3\n",
        ),
        (".dockerignore", "metadata.json\n"),
    ]);
    for arch in ["amd64", "arm64", "arm", "ppc64le", "386"] {
        sandbox.write(format!("app-{arch}"), format!("for {arch}\n"));
    }
    sandbox
}

#[test]
fn five_platforms_are_built_and_pushed_to_two_registries() {
    if !ready("five_platforms_are_built_and_pushed_to_two_registries", BUILD) {
        return;
    }
    let (open, guarded) = (Registry::start(None), Registry::start(LOGIN));
    let client = Client::new(Engine::shared());
    client.log_in_at(&[&open, &guarded]);
    let builder = client.builder("");
    let sandbox = project();
    let names = [&open, &guarded].map(|registry| format!("{}/acme/app", registry.host()));
    let digest = build(&client, &sandbox.path(""), &builder, FIVE, &names).unwrap();

    let reader = Reader::new(&[&open, &guarded]);
    for name in &names {
        let reference = format!("{name}@{digest}");
        assert_eq!(reader.digest(&reference).as_deref(), Some(&*digest));
        assert_eq!(reader.platforms(&reference), FIVE);
        assert_eq!(reader.tags(name), [""; 0], "it has a digest, and no name yet");
        for platform in FIVE {
            let arch = platform.split('/').nth(1).unwrap();
            assert_eq!(reader.file(&reference, platform, "/app").unwrap(), format!("for {arch}\n"));
            assert_eq!(reader.config(&reference, platform)["architecture"], arch);
            assert_eq!(reader.labels(&reference, platform)["org.opencontainers.image.version"], "1.2.3");
        }
        assert_eq!(reader.file(&reference, FIVE[0], "/other"), None);
        assert!(reader.annotations(&reference).is_empty());
        assert_eq!(reader.digest(&format!("{name}:1.2.3")), None);
    }

    // Another clone, another builder, later: the same bytes.
    let other = project();
    let name = format!("{}/acme/again", open.host());
    let again = build(&client, &other.path(""), &client.builder(""), FIVE, std::slice::from_ref(&name)).unwrap();
    assert_eq!(again, digest);
    other.write("app-arm64", "else\n");
    let changed = build(&client, &other.path(""), &builder, FIVE, std::slice::from_ref(&name)).unwrap();
    let part = |digest: &str, platform| reader.platform_digest(&format!("{name}@{digest}"), platform).unwrap();
    assert_ne!(part(&changed, "linux/arm64"), part(&digest, "linux/arm64"));
    assert_eq!(part(&changed, "linux/arm/v7"), part(&digest, "linux/arm/v7"));
}

#[test]
fn a_digest_gets_its_names_without_a_build() {
    if !ready("a_digest_gets_its_names_without_a_build", BUILD) {
        return;
    }
    let (open, guarded) = (Registry::start(None), Registry::start(LOGIN));
    let client = Client::new(Engine::shared());
    client.log_in_at(&[&open, &guarded]);
    let (builder, sandbox) = (client.builder(""), project());
    let from = format!("{}/acme/app", open.host());
    let index = build(&client, &sandbox.path(""), &builder, BOTH, std::slice::from_ref(&from)).unwrap();
    let single = build(&client, &sandbox.path(""), &builder, &FIVE[2..3], std::slice::from_ref(&from)).unwrap();
    let reader = Reader::new(&[&open, &guarded]);
    assert_eq!(reader.platforms(&format!("{from}@{single}")), ["linux/arm/v7"]);
    let create = |to: &str, digests: &[&str]| {
        let mut docker = client.docker();
        docker.args(["buildx", "imagetools", "create", "--prefer-index=false", "--tag", to]);
        docker.args(digests.iter().map(|digest| format!("{from}@{digest}"))).output().unwrap()
    };
    let to = format!("{}/acme/released", guarded.host());
    for (tag, digest) in [("1.2.3", &index), ("1.2.3-arm", &single)] {
        let reference = format!("{to}:{tag}");
        assert!(create(&reference, &[digest]).status.success());
        assert_eq!(reader.digest(&reference).as_ref(), Some(digest), "{tag}");
    }
    // Parts are joined in the order in which they are named.
    let reference = format!("{to}:joined");
    assert!(create(&reference, &[&index, &single]).status.success());
    assert_eq!(reader.platforms(&reference), &FIVE[..3]);
    assert_eq!(reader.tags(&to), ["1.2.3", "1.2.3-arm", "joined"]);

    client.log_in(&[(&guarded.host(), "ada", "expired")]);
    let refused = create(&format!("{to}:late"), &[&index]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("401 Unauthorized"));
    let refused = build(&client, &sandbox.path(""), &builder, BOTH, std::slice::from_ref(&to)).unwrap_err();
    assert!(refused.contains("401 Unauthorized"), "{refused}");
    client.log_in(&[]);
    let refused = create(&format!("{to}:late"), &[&index]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no basic auth credentials"));
    assert_eq!(reader.tags(&to).len(), 3);
}

#[test]
fn a_builder_has_several_nodes_and_ends_with_its_client() {
    if !ready("a_builder_has_several_nodes_and_ends_with_its_client", BUILD) {
        return;
    }
    let engine = Engine::start();
    engine.with_buildkit();
    let containers = || {
        let output = engine.docker().args(["ps", "--all", "--format", "{{.Names}}"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    let registry = Registry::start(None);
    let client = Client::new(&engine);
    let builder = client.builder("linux/amd64,linux/386");
    client.add_node(&builder, "linux/arm64,linux/arm/v7,linux/ppc64le");
    let seen = client.docker().args(["buildx", "inspect", &builder]).output().unwrap();
    let seen = String::from_utf8(seen.stdout).unwrap();
    assert!(seen.contains("linux/ppc64le*") && seen.contains("Driver:        docker-container"), "{seen}");
    assert_eq!(seen.matches("Status:                running").count(), 2, "{seen}");
    assert_eq!(containers(), 2);
    let sandbox = project();
    let name = format!("{}/acme/app", registry.host());
    let reader = Reader::new(&[&registry]);
    // Built apart, each by the node that has its platform, and joined in their order: the same bytes as in one build.
    let parts = FIVE.iter().map(|platform| {
        let part = build(&client, &sandbox.path(""), &builder, &[platform], std::slice::from_ref(&name)).unwrap();
        assert_eq!(reader.platforms(&format!("{name}@{part}")), [*platform]);
        format!("{name}@{part}")
    });
    let parts: Vec<String> = parts.collect();
    let mut join = client.docker();
    // A digest in the place of a tag, whatever it is: it gets none.
    let nameless = format!("{name}@sha256:{}", "0".repeat(64));
    join.args(["buildx", "imagetools", "create", "--tag", &nameless]).args(parts);
    assert!(join.output().unwrap().status.success());
    assert_eq!(reader.tags(&name), [""; 0]);
    let whole = build(&client, &sandbox.path(""), &client.builder(""), FIVE, &[format!("{name}-whole")]).unwrap();
    assert_eq!(reader.platforms(&format!("{name}@{whole}")), FIVE);
    drop(client);
    assert_eq!(containers(), 0);
}

#[test]
fn an_engine_ends_with_its_process() {
    if !ready("an_engine_ends_with_its_process", BUILD) {
        return;
    }
    // This test again, as a process of its own that is killed while a builder runs in its engine.
    if let Ok(file) = std::env::var("LOCKSTEP_TEST_ENGINE") {
        let client = Client::new(Engine::shared());
        client.builder("");
        fs::write(file, Engine::shared().host()).unwrap();
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let sandbox = Sandbox::folder(&[]);
    let file = sandbox.path("host");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "an_engine_ends_with_its_process"])
        .env("LOCKSTEP_TEST_ENGINE", &file)
        .env("TMPDIR", sandbox.root().join("tmp"))
        .spawn()
        .unwrap();
    let wait = |what: &str, done: &dyn Fn() -> bool| {
        let begin = Instant::now();
        while !done() {
            assert!(begin.elapsed() < Duration::from_secs(40), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let host = || fs::read_to_string(&file).unwrap_or_default();
    wait("no engine starts", &|| !host().is_empty());
    let host = host();
    let folder = Path::new(host.strip_prefix("unix://").unwrap()).parent().unwrap();
    // What runs in the engine's namespaces, or in those of its containers, has something mounted from there.
    let running = || {
        let mounts =
            fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read(entry.ok()?.path().join("mountinfo")).ok());
        mounts.filter(|text| String::from_utf8_lossy(text).contains(&*folder.to_string_lossy())).count()
    };
    assert!(running() > 1, "the engine and a container run");
    child.kill().unwrap();
    child.wait().unwrap();
    wait("what the engine started lives on", &|| running() == 0);
    wait("its folder stays", &|| !folder.exists());
}
