//! `docker buildx`: builders, builds, and images in registries. The logins are docker's own.

mod build;
pub mod builder;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Output, Run, redact};
use crate::error::Failure;
use crate::json::Json;

pub use build::Build;

/// How long a registry may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(60);

/// How one gets it.
pub const HOW_TO_GET: &str = "install the package `docker-buildx-plugin` of docker's own repository, or put a release of \
                              https://github.com/docker/buildx/releases into `~/.docker/cli-plugins`";

/// Why a program or a registry did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The registry has no such thing.
    Absent,
    /// A login is missing, or hasn't the right.
    Denied,
    /// The repository isn't there, or isn't for whom the registry knows: it has one word for both.
    Hidden,
    /// Nobody listens there.
    Down,
    /// It may work in a moment.
    Passing,
    /// TLS is spoken with who speaks none.
    NoTls,
    /// There is no buildx here.
    NoBuildx,
    /// Anything else.
    Other,
}

/// A refusal, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The last words of the program.
    pub words: String,
}

impl Refusal {
    /// What kind it is of.
    pub fn why(&self) -> Refused {
        why(&self.words)
    }

    /// May it work in a moment?
    pub fn is_passing(&self) -> bool {
        self.why() == Refused::Passing
    }
}

/// The bytes of the index or manifest at a reference: two requests.
pub fn inspect_raw(folder: &Path, builder: Option<&str>, at: &str) -> Result<Result<Vec<u8>, Refusal>> {
    let output = imagetools(folder, builder, "inspect")?.args(["--raw", "--", at]).timeout(PATIENCE).output()?;
    Ok(judge(&output).map(|()| output.stdout))
}

/// The configuration of the image at a reference; of an index, those of all its platforms by their names.
pub fn inspect_image(folder: &Path, builder: Option<&str>, at: &str) -> Result<Result<Json, Refusal>> {
    let run = imagetools(folder, builder, "inspect")?.args(["--format", "{{json .Image}}", "--", at]);
    let output = run.timeout(PATIENCE).output()?;
    Ok(judge(&output).and_then(|()| {
        let text = String::from_utf8_lossy(&output.stdout);
        Json::parse(&text).ok_or(Refusal { words: format!("`{at}` has no configuration that can be read") })
    }))
}

/// Puts what is at these places to another one: one as it is, or the parts of several in one index with these
/// annotations. The target is a tag, or a digest: then it gets no name, and the digest is the one that it has.
pub fn create(
    folder: &Path,
    builder: Option<&str>,
    from: &[String],
    to: &str,
    annotations: &[(String, String)],
    limit: Duration,
) -> Result<Result<(), Refusal>> {
    let run = imagetools(folder, builder, "create")?.args(["--prefer-index=false", "--progress=plain", "--tag", to]);
    let run = annotated(run, annotations).arg("--").args(from);
    Ok(judge(&run.timeout(limit).output()?))
}

/// The index that joins what is at these places, as bytes: nothing is written.
pub fn join(
    folder: &Path,
    builder: Option<&str>,
    from: &[String],
    annotations: &[(String, String)],
) -> Result<Result<Vec<u8>, Refusal>> {
    let run = imagetools(folder, builder, "create")?.args(["--prefer-index=false", "--dry-run"]);
    let mut output = annotated(run, annotations).arg("--").args(from).timeout(PATIENCE).output()?;
    Ok(judge(&output).map(|()| {
        // It ends the line after the index.
        output.stdout.pop_if(|byte| *byte == b'\n');
        output.stdout
    }))
}

fn annotated(run: Run, annotations: &[(String, String)]) -> Run {
    annotations.iter().fold(run, |run, (name, value)| run.arg("--annotation").arg(format!("index:{name}={value}")))
}

fn imagetools(folder: &Path, builder: Option<&str>, verb: &str) -> Result<Run> {
    let run = buildx(folder)?.args(["imagetools", verb]);
    Ok(match builder {
        Some(builder) => run.args(["--builder", builder]),
        None => run,
    })
}

/// What its own variables would make of a call is the caller's business.
fn buildx(folder: &Path) -> Result<Run> {
    let run = Run::new("docker", folder)?.env("DOCKER_CLI_HINTS", "false").env("BUILDX_NO_DEFAULT_ATTESTATIONS", "1");
    let run =
        run.without_env(&["BUILDX_BUILDER", "BUILDX_EXPERIMENTAL", "BUILDX_GIT_LABELS", "DOCKER_DEFAULT_PLATFORM"]);
    Ok(run.arg("buildx"))
}

fn judge(output: &Output) -> Result<(), Refusal> {
    if output.code == Some(0) {
        return Ok(());
    }
    Err(Refusal { words: last_words(output) })
}

/// The last line that it said as an error.
fn last_words(output: &Output) -> String {
    let lines = || output.stderr.lines().map(str::trim).filter(|line| !line.is_empty());
    let last = lines()
        .rfind(|line| line.starts_with("ERROR: "))
        .or_else(|| lines().find(|line| is_unknown_command(line)).or_else(|| lines().next_back()));
    let words = last.map_or_else(|| format!("docker ended with {:?}", output.code), str::to_owned);
    redact(words.strip_prefix("ERROR: ").unwrap_or(&words))
}

fn is_unknown_command(line: &str) -> bool {
    // docker reads the words after a command that it doesn't know as its own.
    ["unknown command: docker buildx", "'buildx' is not a docker command", "unknown flag: --raw"]
        .iter()
        .any(|words| line.contains(words))
}

/// What kind of refusal these words tell.
pub fn why(words: &str) -> Refused {
    const KINDS: [(Refused, &[&str]); 6] = [
        (
            Refused::NoBuildx,
            &["unknown command: docker buildx", "'buildx' is not a docker command", "unknown flag: --raw"],
        ),
        // Said only of a token that was given, and that is good for other repositories.
        (
            Refused::Hidden,
            &[
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope",
            ],
        ),
        (
            Refused::Denied,
            &[
                "401 Unauthorized",
                "403 Forbidden",
                "access denied",
                "authorization failed",
                "insufficient_scope",
                "credentials",
            ],
        ),
        (Refused::NoTls, &["does not look like a TLS handshake", "HTTP response to HTTPS client"]),
        (
            Refused::Passing,
            &[
                "429 Too Many Requests",
                "toomanyrequests",
                "500 Internal Server Error",
                "502 Bad Gateway",
                "503 Service Unavailable",
                "504 Gateway Time",
                "EOF",
                "connection reset",
                "broken pipe",
                "i/o timeout",
                "handshake timeout",
                "deadline exceeded",
                "connection timed out",
                "server closed idle connection",
                // buildx copies the parts of an index at the same time as the index, and some registries mind.
                "failed commit on ref",
            ],
        ),
        (Refused::Down, &["connection refused", "no such host", "no route to host", "network is unreachable"]),
    ];
    // Programs and files aren't found, too: a registry's word is about a reference.
    if words.strip_suffix(": not found").is_some_and(|at| at.contains('/') && !at.contains([' ', '"'])) {
        return Refused::Absent;
    }
    // buildx copies the parts of an index at the same time, and now and then the index is there before one of them.
    if words.contains("failed commit on ref") && words.contains("400 Bad Request") {
        return Refused::Passing;
    }
    KINDS.iter().find(|(_, says)| says.iter().any(|say| words.contains(say))).map_or(Refused::Other, |(kind, _)| *kind)
}

/// What is behind the address in these words, where it is only one of many that fail for the same reason:
/// `failed to do request: Head "https://…": dial tcp: …`.
pub fn cause(words: &str) -> &str {
    let quoted = words.find("\"http").and_then(|at| Some(at + 1 + words[at + 1..].find("\": ")? + "\": ".len()));
    let status = || words.find(" request to http").and_then(|at| Some(at + words[at..].rfind(": ")? + ": ".len()));
    quoted.or_else(status).map_or(words, |at| &words[at..])
}

/// The failure where there is no buildx.
pub fn missing() -> Failure {
    Failure::tool("`docker buildx` isn't installed").hint(HOW_TO_GET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, expected: Refused) {
        let output = Output { code: Some(1), stdout: Vec::new(), stderr: format!("{said}\n") };
        assert_eq!(judge(&output).unwrap_err().why(), expected, "{said}");
    }

    #[test]
    fn a_registry_that_is_down_has_one_cause() {
        let down = "dial tcp: lookup x.invalid: no such host";
        assert_eq!(cause(&format!("failed to do request: Head \"https://x.invalid/v2/a/manifests/1\": {down}")), down);
        let status =
            "unexpected status from HEAD request to http://127.0.0.1:5999/v2/img/manifests/1: 503 Service Unavailable";
        assert_eq!(cause(status), "503 Service Unavailable");
        assert_eq!(cause("EOF"), "EOF");
    }

    /// What buildx 0.30 and docker 28 say.
    #[test]
    fn only_the_registry_says_that_something_is_absent() {
        let head = "Head \"http://127.0.0.1:5999/v2/img/manifests/1\"";
        let status = "ERROR: unexpected status from HEAD request to http://127.0.0.1:5999/v2/img/manifests/1";
        check("ERROR: 127.0.0.1:5999/acme/app:1: not found", Refused::Absent);
        check(
            "ERROR: pull access denied, repository does not exist or may require authorization: authorization failed: \
             no basic auth credentials",
            Refused::Denied,
        );
        let hidden = "access denied, repository does not exist or may require authorization: server message: \
                      insufficient_scope: authorization failed";
        check(&format!("ERROR: pull {hidden}"), Refused::Hidden);
        check(&format!("ERROR: push {hidden}"), Refused::Denied);
        check(&format!("{status}: 401 Unauthorized"), Refused::Denied);
        check(&format!("{status}: 403 Forbidden"), Refused::Denied);
        check(&format!("{status}: 429 Too Many Requests"), Refused::Passing);
        check(&format!("{status}: 503 Service Unavailable"), Refused::Passing);
        check(&format!("ERROR: failed to do request: {head}: EOF"), Refused::Passing);
        check(
            "ERROR: failed commit on ref \"index-sha256:1\": unexpected status from PUT request to \
             http://127.0.0.1:5102/v2/x/manifests/sha256:1: 400 Bad Request",
            Refused::Passing,
        );
        let down = format!("ERROR: failed to do request: {head}: dial tcp 127.0.0.1:5999: connect: connection refused");
        check(&down, Refused::Down);
        check(
            "ERROR: failed to do request: Head \"https://x.invalid/v2/a\": dial tcp: lookup x.invalid: no such host",
            Refused::Down,
        );
        let tls = "ERROR: failed to do request: Head \"https://192.0.2.2:5301/v2/img/manifests/1\": tls: first record does \
                   not look like a TLS handshake";
        check(tls, Refused::NoTls);
        check("docker: unknown command: docker buildx\n\nRun 'docker --help' for more information", Refused::NoBuildx);
        let flag =
            "unknown flag: --raw\n\nUsage:  docker [OPTIONS] COMMAND\n\nRun 'docker --help' for more information";
        check(flag, Refused::NoBuildx);
        let commit = "ERROR: failed commit on ref \"index-sha256:1\": unexpected status from PUT request to \
                      http://127.0.0.1:5999/v2/img/manifests/sha256:1";
        check(&format!("{commit}: 400 Bad Request"), Refused::Passing);
        check(&format!("{commit}: 403 Forbidden"), Refused::Denied);
        check("ERROR: invalid reference format", Refused::Other);
        check("ERROR: no builder \"zzz\" found", Refused::Other);
        // What isn't found on this machine is no word on the registry.
        check("ERROR: failed to find driver \"docker-container\": not found", Refused::Other);
        check("ERROR: open .docker/buildx/current: not found", Refused::Other);
    }
}
