//! The servers that other tests stand on: real clients do with them what they do with those of the world.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{Fault, HttpGit, Image, Registry, docker_reads_oci, helm3, helm4, ready};

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
    let of = |platforms, docker, index, attested| Image { platforms, docker, index, attested };
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
