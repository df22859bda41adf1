//! What docker prints, and what is read of it.

use super::*;

fn output(code: i32, stdout: &str, stderr: &str) -> Output {
    Output { code: Some(code), stdout: stdout.as_bytes().to_vec(), stderr: stderr.to_owned() }
}

fn debug(answers: &[&str], last: &str) -> String {
    let line = |answer: &&str| {
        let answer = answer.replace('"', "\\\"");
        format!("time=\"2026-07-01T12:00:00Z\" level=debug msg=\"continuing on error (errcode.Errors) {answer}\"\n")
    };
    let head = "time=\"2026-07-01T12:00:00Z\" level=debug msg=\"allowing insecure registry for: 127.0.0.1:5000\"\n";
    format!("{head}{}{last}\n", answers.iter().map(line).collect::<String>())
}

/// What docker 20.10 and 28 print of a registry's answer.
#[track_caller]
fn check_failed(answers: &[&str], last: &str, expected: Result<(), &str>) {
    let image = judge_image(&output(1, "", &debug(answers, last)));
    match expected {
        Ok(()) => assert_eq!(image, Image::Absent),
        Err(words) => assert_eq!(image, Image::Unknown(words.to_owned())),
    }
}

const NONE: &str = "no such manifest: 127.0.0.1:5000/acme/app:1";

#[test]
fn only_the_registry_s_own_word_is_absence() {
    check_failed(&["manifest unknown: manifest unknown"; 4], NONE, Ok(()));
    check_failed(&["name unknown: repository name not known to registry"], NONE, Ok(()));
    // Without a detail it is another kind of error for docker.
    let bare =
        "time=\"2026-07-01T12:00:00Z\" level=debug msg=\"not continuing on error (errcode.Errors) manifest unknown\"\n";
    assert_eq!(judge_image(&output(1, "", &format!("{bare}manifest unknown\n"))), Image::Absent);
    // Docker says the same of a refused login …
    let refused = "unauthorized: authentication required";
    check_failed(&[refused], NONE, Err(refused));
    check_failed(&["manifest unknown: manifest unknown", refused], NONE, Err(refused));
    // … of a 404 from whatever stands before the registry …
    let proxy = "error parsing HTTP 404 response body: unexpected end of JSON input: \"\"";
    check_failed(&[proxy], NONE, Err(proxy));
    // … of a registry that it doesn't ask because it has no TLS …
    check_failed(&[], NONE, Err(NONE));
    // … of an index whose parts are gone …
    let index = "time=\"2026-07-01T12:00:00Z\" level=debug msg=\"not continuing on error (*errors.fundamental) \
                 127.0.0.1:5000/acme/app:1 is a manifest list\"\n";
    let said = format!("{index}{}", debug(&["manifest unknown: manifest unknown"], NONE));
    assert!(matches!(judge_image(&output(1, "", &said)), Image::Unknown(words) if words.contains("part of it")));
    // … and of an image that an old docker can't read.
    let old = "manifest unknown: OCI index found, but accept header does not support OCI indexes";
    check_failed(&[old], NONE, Err(&format!("{old}: this docker is too old for images of OCI")));
}

#[test]
fn what_else_goes_wrong_is_no_absence() {
    let denied = "errors:\ndenied: requested access to the resource is denied\n";
    check_failed(&[], denied, Err("denied: requested access to the resource is denied"));
    let refused = "failed to configure transport: error pinging v2 registry: Get \"https://127.0.0.1:5000/v2/\": \
                   dial tcp 127.0.0.1:5000: connect: connection refused";
    check_failed(&[], refused, Err(refused));
    check_failed(
        &["manifest unknown: manifest unknown"],
        "toomanyrequests: slow down",
        Err("toomanyrequests: slow down"),
    );
    let image = judge_image(&output(0, "surprise", ""));
    assert_eq!(image, Image::Unknown("`docker manifest inspect` printed something that is no image".to_owned()));
    assert_eq!(judge_image(&output(125, "", "")), Image::Unknown("docker ended with Some(125)".to_owned()));
}

#[track_caller]
fn check_found(json: &str, digest: Option<&str>, expected: &[&str]) {
    let platforms = expected.iter().map(|&platform| platform.to_owned()).collect();
    assert_eq!(judge_image(&output(0, json, "")), Image::Found { digest: digest.map(str::to_owned), platforms });
}

#[test]
fn platforms_of_manifests_and_indexes() {
    let part =
        |digest: &str, platform: &str| format!(r#"{{"Descriptor": {{"digest": "{digest}", "platform": {platform}}}}}"#);
    let amd = part("sha256:a", r#"{"architecture": "amd64", "os": "linux"}"#);
    let arm = part("sha256:b", r#"{"architecture": "arm", "os": "linux", "variant": "v7"}"#);
    let proof = part("sha256:c", r#"{"architecture": "unknown", "os": "unknown"}"#);
    check_found(&amd, Some("sha256:a"), &["linux/amd64"]);
    check_found(&format!("[{arm}, {proof}, {amd}]"), None, &["linux/amd64", "linux/arm/v7"]);
    check_found(r#"{"Descriptor": {"digest": "sha256:d"}}"#, Some("sha256:d"), &[]);
    check_found(&part("sha256:e", r#"{"architecture": "", "os": ""}"#), Some("sha256:e"), &[]);
    check_found("[]", None, &[]);
}

const TRIED: &str = "Authenticating with existing credentials... [Username: ada]\n\n Info -> To login with a different \
                     account, run 'docker logout' followed by 'docker login'\n\n\n";
const NO_TTY: &str = "Error: Cannot perform an interactive login from a non TTY device\n";

/// What docker 20.10 and 28 print of logins.
#[track_caller]
fn check_login(code: i32, stderr: &str, expected: Option<Login>) {
    assert_eq!(judge_login(&output(code, "", stderr)), expected);
}

#[test]
fn logins() {
    let refused = "Login did not succeed, error: Error response from daemon: login attempt to http://127.0.0.1:5000/v2/ \
                   failed with status: 401 Unauthorized";
    check_login(0, TRIED, Some(Login::LoggedIn));
    check_login(1, NO_TTY, Some(Login::NotLoggedIn("docker has no credentials for it".to_owned())));
    let words = format!("the registry refuses the credentials that are stored: {refused}");
    check_login(1, &format!("{TRIED}{refused}\n{NO_TTY}"), Some(Login::NotLoggedIn(words)));
    let no_engine = "Login did not succeed, error: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. \
                     Is the docker daemon running?";
    check_login(1, &format!("{TRIED}{no_engine}\n{NO_TTY}"), None);
    let old = output(1, "Authenticating with existing credentials...\n", &format!("{no_engine}\n{NO_TTY}"));
    assert_eq!(judge_login(&old), None);
    let slow = "Login did not succeed, error: Error response from daemon: Get \"https://ghcr.io/v2/\": net/http: TLS \
                handshake timeout";
    check_login(1, &format!("{TRIED}{slow}\n{NO_TTY}"), Some(Login::Unknown(slow.to_owned())));
    let helper = "Error: error getting credentials - err: exec: \"docker-credential-pass\": executable file not found in \
                  $PATH, out: ``";
    check_login(1, helper, Some(Login::Unknown(helper[7..].to_owned())));
}

#[test]
fn without_an_engine_a_question_tells() {
    let probe = |answers: &[&str], last: &str, ours: bool| {
        let output = output(1, "", &debug(answers, last));
        judge_probe(&judge_image(&output), &output, ours)
    };
    assert_eq!(probe(&["manifest unknown: manifest unknown"], NONE, false), Login::LoggedIn);
    for words in
        ["unauthorized: authentication required", "unauthorized: access to the requested resource is not authorized"]
    {
        assert!(matches!(probe(&[words], NONE, true), Login::NotLoggedIn(_)), "{words}");
    }
    // Docker's own registry says so of a repository that isn't there.
    let hidden = "unauthorized: access to the requested resource is not authorized";
    assert!(matches!(probe(&[hidden], NONE, false), Login::Unknown(_)));
    let wrong = "Get \"https://auth.docker.io/token\": unauthorized: incorrect username or password";
    assert!(matches!(probe(&[], wrong, false), Login::NotLoggedIn(_)));
    assert!(matches!(probe(&[], "dial tcp: connection refused", true), Login::Unknown(_)));
}

#[test]
fn a_registry_may_hide_what_is_not_there() {
    for words in ["denied: requested access to the resource is denied", "unauthorized: authentication required"] {
        assert!(unknown_hint("ghcr.io", words).starts_with("`ghcr.io` has one word for what isn't there"), "{words}");
    }
    assert!(unknown_hint("ghcr.io", "connection refused").starts_with("is the registry up"));
}
