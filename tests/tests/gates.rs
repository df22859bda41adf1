//! Gates: being logged in, and images that must be there. Against a real registry, by the real docker.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{Engine, Image, Registry, docker_reads_oci, ready, write_docker_config};
use xtask::reference::ImageReference;
use xtask::step::wait_image::WaitImage;
use xtask::tools::docker;

const LOGIN: Option<(&str, &str)> = Some(("ada", "secret"));
const BOTH: &[&str] = &["linux/amd64", "linux/arm64"];
const REGISTRY: &[&str] = &["docker-registry", "htpasswd", "setpriv", "docker"];

/// A project whose configuration, compose file and chart name images.
fn project(host: &str) -> Sandbox {
    let config = format!(
        r#"[track.app]

[[manifest]]
path = "VERSION"
line.1 = "{{app}}"

[[manifest]]
path = "compose.yml"
image."acme/web" = "v{{app}}"

[[manifest]]
path = "values.yaml"
yaml."image.tag" = "release-{{app}}"

[[image]]
name = "acme/app"
registries = ["{host}"]
tags = ["release-{{app}}", "{{app.major}}.{{app.minor}}"]
platforms = ["linux/amd64", "linux/arm64"]
"#
    );
    Sandbox::new(&[
        ("release-config/release.toml", &config),
        ("VERSION", "1.26.0\n"),
        ("compose.yml", &format!("services:\n  web:\n    image: {host}/acme/web:v1.26.0\n")),
        ("values.yaml", &format!("image:\n  registry: {host}\n  repository: acme/app\n  tag: release-1.26.0\n")),
    ])
}

/// Runs the tool as somebody with these settings of docker, and hides the port.
#[track_caller]
fn run(sandbox: &Sandbox, registry: &Registry, settings: &Path, args: &[&str]) -> Ran {
    let ran = sandbox.run_with(&[("DOCKER_CONFIG", &settings.to_string_lossy())], args);
    let hide = |text: &str| text.replace(&registry.host(), "[REGISTRY]");
    Ran { code: ran.code, stdout: hide(&ran.stdout), stderr: hide(&ran.stderr) }
}

#[test]
fn every_image_that_is_named_is_asked_for() {
    if !ready("every_image_that_is_named_is_asked_for", REGISTRY) {
        return;
    }
    let registry = Registry::start(LOGIN);
    let sandbox = project(&registry.host());
    let settings = sandbox.root().join("docker");
    registry.docker_config(&settings);
    let check = |args: &[&str]| run(&sandbox, &registry, &settings, &[&["check", "--images"], args].concat());

    let none = check(&[]);
    expect_test::expect![[r#"
        exit 1
        --- stdout
        release-config/release.toml:15:1: `[REGISTRY]/acme/app:release-1.26.0` isn't in its registry
          hint: build and push it, or name an image that is there
        release-config/release.toml:15:1: `[REGISTRY]/acme/app:1.26` isn't in its registry
          hint: build and push it, or name an image that is there
        compose.yml:3:37: `[REGISTRY]/acme/web:v1.26.0` isn't in its registry
          hint: build and push it, or name an image that is there
        values.yaml:4:8: `[REGISTRY]/acme/app:release-1.26.0` isn't in its registry
          hint: build and push it, or name an image that is there
        --- stderr
        3 images asked for in the registries
        4 findings: 3 places in 3 files
    "#]]
    .assert_eq(&none.to_string());

    registry.put_image("acme/app", "release-1.26.0", &BOTH[..1]);
    registry.put_image("acme/app", "1.26", BOTH);
    registry.put_image("acme/web", "v1.26.0", &["linux/riscv64"]);
    check(&[])
        .code(1)
        .says("values.yaml:4:8: `[REGISTRY]/acme/app:release-1.26.0` isn't complete: linux/arm64 is missing")
        .says_nothing_of("acme/web")
        .says_nothing_of("app:1.26`");
    check(&["--format", "github"]).code(1).says("::error file=values.yaml,line=4,col=8,title=no-image::");
    check(&["--format", "json"]).code(1).says("\"rule\": \"no-image\"").says("\"consistent\": false");
    check(&["--format", "sarif"]).code(1).says("\"ruleId\": \"no-image\"");

    registry.put_image("acme/app", "release-1.26.0", BOTH);
    // Of OCI with attestations, as buildx makes them.
    let kind = Image { platforms: BOTH, docker: !docker_reads_oci(), index: true, attested: true, ..Image::of(BOTH) };
    registry.put("acme/app", "1.26", kind);
    let state = (registry.state(), fs::read(settings.join("config.json")).unwrap());
    check(&[]).code(0).says("consistent").says("3 images");
    assert_eq!((registry.state(), fs::read(settings.join("config.json")).unwrap()), state);
    sandbox.run(&["check"]).code(0).says_nothing_of("images");
}

#[test]
fn what_no_registry_says_is_no_verdict() {
    if !ready("what_no_registry_says_is_no_verdict", REGISTRY) {
        return;
    }
    let registry = Registry::start(LOGIN);
    let sandbox = project(&registry.host());
    let settings = sandbox.root().join("docker");
    let check = || run(&sandbox, &registry, &settings, &["check", "--images"]);
    // Without a login a registry of one's own says nothing.
    check().code(3).says("can't be told whether `[REGISTRY]/acme/app:1.26` is there").says("no basic auth credentials");
    // docker itself says `no such manifest` to this.
    write_docker_config(&settings, &registry.host(), "ada", "wrong");
    check().code(3).says("unauthorized: authentication required").says("docker login [REGISTRY]");
    // Drift is said all the same, and the project's own version isn't in doubt.
    sandbox.replace("compose.yml", "v1.26.0", "v1.25.0");
    check().code(3).says("says `v1.25.0`, must say `v1.26.0`").says("unauthorized");
    drop(registry);
    sandbox.run(&["check", "--images"]).code(3).says("connection refused");
}

#[test]
fn an_old_docker_is_no_verdict() {
    if docker_reads_oci() || !ready("an_old_docker_is_no_verdict", REGISTRY) {
        return;
    }
    let registry = Registry::start(None);
    let sandbox = project(&registry.host());
    registry.put("acme/app", "1.26", Image { docker: false, ..Image::of(BOTH) });
    sandbox.run(&["check", "--images"]).code(3).says("this docker is too old for images of OCI");
}

/// A server on a free port that says that it is a registry, and answers everything else alike. It ends with the test.
fn answering(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let (status, body) = match request.split(' ').nth(1) {
                Some("/v2/") => ("200 OK", "{}"),
                Some(path) if path.starts_with('/') => (status, body),
                _ => ("400 Bad Request", ""),
            };
            let head =
                "Docker-Distribution-Api-Version: registry/2.0\r\nConnection: close\r\nContent-Type: application/json";
            let answer = format!("HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    host
}

#[test]
fn only_a_registry_s_own_word_is_absence() {
    if !ready("only_a_registry_s_own_word_is_absence", &["docker"]) {
        return;
    }
    let unknown = r#"{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}"#;
    let detailed =
        r#"{"errors": [{"code": "NAME_UNKNOWN", "message": "no such repository", "detail": {"name": "x"}}]}"#;
    let denied = r#"{"errors": [{"code": "DENIED", "message": "requested access to the resource is denied"}]}"#;
    let slow_down = r#"{"errors": [{"code": "TOOMANYREQUESTS", "message": "slow down"}]}"#;
    let answers = [
        ("404 Not Found", unknown, 1, "isn't in its registry"),
        ("404 Not Found", detailed, 1, "isn't in its registry"),
        ("404 Not Found", "", 3, "can't be told"),
        ("404 Not Found", "<html>no such page</html>", 3, "can't be told"),
        ("403 Forbidden", denied, 3, "denied"),
        ("401 Unauthorized", "", 3, "can't be told"),
        ("429 Too Many Requests", slow_down, 3, "can't be told"),
        ("500 Internal Server Error", "", 3, "can't be told"),
        ("200 OK", "{}", 3, "can't be told"),
    ];
    for (status, body, code, words) in answers {
        let sandbox = project(&answering(status, body));
        let ran = sandbox.run(&["check", "--images"]);
        assert!(ran.code == code && ran.stdout.contains(words), "{status}\n{ran}");
    }
}

#[test]
fn a_name_that_is_no_argument_is_none() {
    let sandbox = project("ghcr.io");
    sandbox.put_program("docker", "#!/bin/sh\necho \"$@\" >>\"$HOME/asked\"\nexit 1\n");
    sandbox.replace("compose.yml", "ghcr.io/acme/web", "--config=x/acme/web");
    sandbox.run(&["check", "--images"]).code(3);
    let asked = fs::read_to_string(sandbox.root().join("home/asked")).unwrap();
    assert!(asked.lines().all(|line| line.starts_with("--debug manifest inspect --verbose ")), "{asked}");
    assert!(!asked.contains("--config"), "{asked}");
}

// ---- being logged in ----

/// What a probe of this program, with another environment, prints.
fn probe(sandbox: &Sandbox, what: &[&str], env: &[(&str, &str)]) -> String {
    let mut command = sandbox.command(std::env::current_exe().unwrap(), "");
    command.args(["--exact", "the_probe", "--nocapture"]).env("LOCKSTEP_PROBE", what.join(" "));
    command.envs(env.iter().copied());
    let ran = sandbox.output(command).code(0);
    let lines: Vec<&str> =
        ran.stdout.lines().filter_map(|line| line.split_once("probe: ")).map(|(_, word)| word).collect();
    lines.join("\n")
}

/// Not a test by itself: the other half of [`probe`].
#[test]
fn the_probe() {
    let Ok(what) = std::env::var("LOCKSTEP_PROBE") else { return };
    let words: Vec<&str> = what.split(' ').collect();
    let here = std::env::current_dir().unwrap();
    match words[..] {
        ["login", host] => println!("probe: {:?}", docker::login(&here, host, false, None).unwrap()),
        ["login", host, name] => println!("probe: {:?}", docker::login(&here, host, false, Some(name)).unwrap()),
        ["wait", host, seconds] => {
            let reference = ImageReference::new(host, "acme/app", "release-1.27.0").unwrap();
            let platforms = BOTH.iter().map(|&platform| platform.to_owned()).collect();
            let wait = Duration::from_secs(seconds.parse().unwrap());
            match (WaitImage { reference, platforms, wait, plain_http: false }).wait_in(&here) {
                Ok(()) => println!("probe: there"),
                Err(error) => {
                    println!("probe: {}: {error}", error.downcast_ref::<xtask::error::Failure>().unwrap().exit as u8)
                }
            }
        }
        _ => panic!("{what}"),
    }
}

/// The settings of somebody who has logged in, has not, and has with a password that doesn't count any more.
fn settings(sandbox: &Sandbox, registry: &Registry) -> [String; 3] {
    let [good, none, old] = ["good", "none", "old"].map(|name| sandbox.root().join(name));
    registry.docker_config(&good);
    fs::create_dir_all(&none).unwrap();
    write_docker_config(&old, &registry.host(), "ada", "old");
    [good, none, old].map(|path| path.to_string_lossy().into_owned())
}

#[track_caller]
fn check_logins(sandbox: &Sandbox, registry: &Registry, engine: &str) {
    let [good, none, old] = settings(sandbox, registry);
    let before = sandbox.state();
    let host = registry.host();
    let login = |settings: &str, name: &str| {
        let what = ["login", &host, name];
        probe(
            sandbox,
            if name.is_empty() { &what[..2] } else { &what },
            &[("DOCKER_CONFIG", settings), ("DOCKER_HOST", engine)],
        )
    };
    assert_eq!(login(&good, ""), "LoggedIn");
    assert_eq!(login(&good, "acme/app"), "LoggedIn");
    assert!(login(&none, "").starts_with("NotLoggedIn(\"docker has no credentials"), "{}", login(&none, ""));
    let refused = login(&old, "acme/app");
    assert!(refused.starts_with("NotLoggedIn(\"the registry refuses"), "{refused}");
    assert!(!refused.contains("old") && !refused.contains("b2xk"), "{refused}");
    lockstep_tests::sandbox::assert_untouched(&before, &sandbox.state(), "a look at the logins");
}

#[test]
fn logins_are_tried_by_the_engine() {
    if !ready("logins_are_tried_by_the_engine", &[REGISTRY, &["dockerd"]].concat()) {
        return;
    }
    let registry = Registry::start(LOGIN);
    let engine = Engine::start();
    check_logins(&Sandbox::folder(&[]), &registry, &engine.host());
}

#[test]
fn logins_are_tried_without_an_engine() {
    if !ready("logins_are_tried_without_an_engine", REGISTRY) {
        return;
    }
    let registry = Registry::start(LOGIN);
    check_logins(&Sandbox::folder(&[]), &registry, "unix:///nowhere/docker.sock");
}

#[test]
fn a_helper_keeps_what_docker_would_write() {
    if !ready("a_helper_keeps_what_docker_would_write", REGISTRY) {
        return;
    }
    let registry = Registry::start(LOGIN);
    let sandbox = Sandbox::folder(&[]);
    let folder = sandbox.root().join("home/.docker");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.json"), r#"{"credsStore": "vault"}"#).unwrap();
    // It finds what it keeps in the home, whatever DOCKER_CONFIG says.
    let script = "#!/bin/sh\n[ \"$1\" = get ] || exit 0\nread -r host\ncat \"$HOME/vault\"\n";
    sandbox.put_program("docker-credential-vault", script);
    let vault = format!(r#"{{"ServerURL": "{}", "Username": "ada", "Secret": "secret"}}"#, registry.host());
    fs::write(sandbox.root().join("home/vault"), vault).unwrap();
    let before = sandbox.state();
    let login = || probe(&sandbox, &["login", &registry.host()], &[("DOCKER_HOST", "unix:///nowhere/docker.sock")]);
    assert_eq!(login(), "LoggedIn");
    lockstep_tests::sandbox::assert_untouched(&before, &sandbox.state(), "a look at the login");
    sandbox.put_program("docker-credential-vault", "#!/bin/sh\necho 'the vault is shut' >&2\nexit 1\n");
    let shut = login();
    assert!(shut.starts_with("Unknown(") || shut.starts_with("NotLoggedIn("), "{shut}");
}

#[test]
fn docker_that_asks_gets_no_answer() {
    let sandbox = Sandbox::folder(&[]);
    sandbox.put_program("docker", "#!/bin/sh\nread -r line && exit 0\necho 'Username: ' >&2\nexit 1\n");
    assert!(probe(&sandbox, &["login", "ghcr.io"], &[]).starts_with("NotLoggedIn("));
}

// ---- waiting for an image ----

#[test]
fn an_image_is_waited_for() {
    if !ready("an_image_is_waited_for", REGISTRY) {
        return;
    }
    let registry = Registry::start(LOGIN);
    let sandbox = Sandbox::folder(&[]);
    let [good, _, old] = settings(&sandbox, &registry);
    let host = registry.host();
    let wait =
        |settings: &str, seconds: &str| probe(&sandbox, &["wait", &host, seconds], &[("DOCKER_CONFIG", settings)]);
    let shown = wait(&good, "1").replace(&host, "[REGISTRY]");
    assert_eq!(shown, "5: `[REGISTRY]/acme/app:release-1.27.0` isn't in its registry (after 1 s of waiting)");
    assert!(wait(&old, "0").contains("unauthorized"), "{}", wait(&old, "0"));
    registry.put_image("acme/app", "release-1.27.0", &BOTH[..1]);
    assert!(wait(&good, "0").contains("isn't complete: linux/arm64 is missing (and isn't waited for)"));
    let begin = Instant::now();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| wait(&good, "60"));
        thread::sleep(Duration::from_millis(1500));
        registry.put_image("acme/app", "release-1.27.0", BOTH);
        assert_eq!(waiting.join().unwrap(), "there");
    });
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
}

#[test]
fn who_is_told_to_stop_stops_waiting() {
    if !ready("who_is_told_to_stop_stops_waiting", REGISTRY) {
        return;
    }
    let registry = Registry::start(None);
    let sandbox = Sandbox::folder(&[]);
    let mut command = sandbox.command(std::env::current_exe().unwrap(), "");
    command.args(["--exact", "the_probe", "--nocapture"]);
    command.env("LOCKSTEP_PROBE", format!("wait {} 60", registry.host()));
    let begin = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    while registry.requests().is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(20));
    }
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    child.wait().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}
