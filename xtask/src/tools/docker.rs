//! docker: whether one is logged in to a registry, and which images are in it. Its command line alone answers both; an
//! engine is asked where there is one.

mod settings;

use std::collections::{BTreeSet, HashMap};
use std::iter;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::{Output, Run, redact, stopping};
use crate::error::Failure;
use crate::json::Json;
use crate::reference::{ImageReference, check_host, is_loopback};
use settings::Settings;

/// How long a registry may take to answer one question.
const PATIENCE: Duration = Duration::from_secs(60);

/// How docker finds out that it looks at an index: it isn't a manifest.
const INDEX: &str = "is a manifest list";

/// How many questions are asked at the same time.
const AT_ONCE: usize = 8;

/// A name that no registry has an image of, for those that are only asked whether they answer.
const NOTHING: &str = "lockstep/login-check";

/// Whether one is logged in to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// There are credentials, and the registry takes them.
    LoggedIn,
    /// There are none, or it doesn't: in docker's words.
    NotLoggedIn(String),
    /// It can't be told, and why.
    Unknown(String),
}

/// What a registry says of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// It is there.
    Found {
        /// Of its manifest; none for an index, of which docker only tells the digests of its parts.
        digest: Option<String>,
        /// `linux/amd64`, `linux/arm/v7`; empty where the image doesn't say.
        platforms: BTreeSet<String>,
    },
    /// The registry itself says that it has no such image.
    Absent,
    /// It can't be told, and why: nobody listens, a login is wanted, a 404 without a word.
    Unknown(String),
}

/// Is one logged in to a registry? `repository` is one in it that is ours, if any is known.
///
/// `docker login` with nothing to read succeeds only with credentials that are stored, by docker or by one of its
/// helpers, and asks the registry whether they count. It may write its settings again, so it gets a copy of them. Where
/// there is no engine it can't ask; then a question that needs no engine tells whether the registry takes them.
pub fn login(folder: &Path, host: &str, plain_http: bool, repository: Option<&str>) -> Result<Login> {
    check_host(host).map_err(|message| Failure::usage(message).hint("correct `host` in `[[registry]]`"))?;
    let settings = Settings::copy()?;
    let run = Run::new("docker", folder)?.env("DOCKER_CONFIG", settings.path()).env("DOCKER_CLI_HINTS", "false");
    let output = run.args(["login", host]).timeout(PATIENCE).output()?;
    match judge_login(&output) {
        Some(login) => Ok(login),
        None => {
            let name = repository.unwrap_or(NOTHING);
            let reference = ImageReference::new(host, name, "login-check").map_err(Failure::usage)?;
            let output = inspect(folder, &reference, plain_http)?;
            Ok(judge_probe(&judge_image(&output), &output, repository.is_some()))
        }
    }
}

/// What `docker login` said; none where it had credentials and no engine to try them with.
fn judge_login(output: &Output) -> Option<Login> {
    // Older ones say on stdout that they have credentials.
    let printed = String::from_utf8_lossy(&output.stdout);
    let says = |words: &[&str]| words.iter().any(|word| output.stderr.contains(word) || printed.contains(word));
    if output.code == Some(0) {
        return Some(Login::LoggedIn);
    }
    let tried = says(&["Authenticating with existing credentials"]);
    if tried
        && says(&["Cannot connect to the Docker daemon", "error during connect", "failed to connect to the docker API"])
    {
        return None;
    }
    let words = last_words(output);
    if tried && says(&["401", "nauthorized", "incorrect username or password", "Stored credentials invalid"]) {
        return Some(Login::NotLoggedIn(format!("the registry refuses the credentials that are stored: {words}")));
    }
    // What it says before it would ask for a name; where it could ask, there is nobody who answers.
    if !tried && says(&["non TTY", "Username", "not a terminal", "not a TTY", "Must provide --username"]) {
        return Some(Login::NotLoggedIn("docker has no credentials for it".to_owned()));
    }
    Some(Login::Unknown(words))
}

/// What an answer to a question with the stored credentials tells of them. A registry that is asked for what isn't
/// ours may well refuse it for that reason.
fn judge_probe(image: &Image, output: &Output, ours: bool) -> Login {
    match image {
        Image::Found { .. } | Image::Absent => Login::LoggedIn,
        Image::Unknown(words) => {
            let refused = ["incorrect username or password", "no basic auth credentials"];
            let refused = refused.iter().any(|word| output.stderr.contains(word))
                || (ours && answers(output).any(|answer| answer.starts_with("unauthorized")));
            if refused {
                return Login::NotLoggedIn(format!("the registry refuses the credentials that are stored: {words}"));
            }
            Login::Unknown(format!("docker has credentials, and no engine to try them with: {words}"))
        }
    }
}

/// What is in a registry under this reference.
pub fn image(folder: &Path, reference: &ImageReference, plain_http: bool) -> Result<Image> {
    Ok(judge_image(&inspect(folder, reference, plain_http)?))
}

/// The next move where a registry gave no answer that counts.
pub fn unknown_hint(host: &str, words: &str) -> String {
    let refuses = ["denied", "unauthorized", "authentication required", "forbidden"];
    if refuses.iter().any(|word| words.to_lowercase().contains(word)) {
        format!(
            "`{host}` has one word for what isn't there and for what this login may not see: look whether it was pushed, \
             or `docker login {host}` as who may see it"
        )
    } else {
        format!("is the registry up, and are you logged in to it? `docker login {host}`")
    }
}

/// [`image`] for many, of which a few are asked for at the same time. The answers stand in the order of the questions.
pub fn images(folder: &Path, asked: &[(&ImageReference, bool)]) -> Result<Vec<Image>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let take = || asked.get(next.fetch_add(1, Ordering::Relaxed)).copied();
        iter::from_fn(take).map(|(reference, plain)| (reference, image(folder, reference, plain))).collect::<Vec<_>>()
    };
    let answers: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE.min(asked.len())).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    let mut found: HashMap<&ImageReference, Result<Image>> = answers.into_iter().collect();
    // Where all fail it is docker that fails; else one registry is too slow, and that is no word on the others.
    let docker_fails = found.values().all(Result::is_err);
    let answer = |answer: Result<Image>| match answer {
        Err(error) if !docker_fails && !stopping() => Ok(Image::Unknown(error.to_string())),
        other => other,
    };
    asked.iter().filter_map(|(reference, _)| found.remove(reference)).map(answer).collect()
}

/// Only with `--debug` docker says what the registry answered: "no such manifest" stands for a refused login too.
fn inspect(folder: &Path, reference: &ImageReference, plain_http: bool) -> Result<Output> {
    let mut run =
        Run::new("docker", folder)?.env("DOCKER_CLI_EXPERIMENTAL", "enabled").env("DOCKER_CLI_HINTS", "false");
    run = run.args(["--debug", "manifest", "inspect", "--verbose"]);
    if plain_http || is_loopback(reference.host()) {
        run = run.arg("--insecure");
    }
    run.arg(reference.to_string()).timeout(PATIENCE).output()
}

fn judge_image(output: &Output) -> Image {
    if output.code == Some(0) {
        let text = String::from_utf8_lossy(&output.stdout);
        return Json::parse(&text).and_then(|json| read_image(&json)).unwrap_or_else(|| {
            Image::Unknown("`docker manifest inspect` printed something that is no image".to_owned())
        });
    }
    let answers: Vec<String> = answers(output).collect();
    if let Some(other) = answers.iter().find(|answer| !is_absence(answer)) {
        let old = "manifest unknown: OCI";
        let hint = if other.starts_with(old) { ": this docker is too old for images of OCI" } else { "" };
        return Image::Unknown(format!("{other}{hint}"));
    }
    let words = last_words(output);
    if output.stderr.contains(INDEX) {
        return Image::Unknown(format!("there is an index, and a part of it can't be read: {words}"));
    }
    if !answers.is_empty() && (words.starts_with("no such manifest: ") || is_absence(&words)) {
        return Image::Absent;
    }
    Image::Unknown(words)
}

/// Does the registry itself say that it has no such image?
fn is_absence(answer: &str) -> bool {
    let unknown = ["manifest unknown", "name unknown"].iter().any(|word| answer.starts_with(word));
    unknown && !answer.contains("OCI ")
}

/// What the registry answered, as far as it was no image: `manifest unknown: manifest unknown`.
fn answers(output: &Output) -> impl Iterator<Item = String> {
    let answer = |line: &str| {
        // Some of them end docker's search ("not continuing on error"), which changes nothing of what was said.
        let (_, rest) = line.split_once("continuing on error (")?;
        let (kind, answer) = rest.split_once(") ")?;
        let found = kind == "*errors.fundamental" && answer.contains(INDEX);
        (!found).then(|| answer.strip_suffix('"').unwrap_or(answer).replace("\\\"", "\""))
    };
    output.stderr.lines().filter_map(answer).collect::<Vec<_>>().into_iter()
}

/// The last line that docker said to a person.
fn last_words(output: &Output) -> String {
    let lines = output.stderr.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("time=\""));
    let mut plain = lines.filter(|line| !line.starts_with("Error: Cannot perform an interactive login"));
    let words = plain.next_back().map_or_else(|| format!("docker ended with {:?}", output.code), str::to_owned);
    redact(words.strip_prefix("Error: ").unwrap_or(&words))
}

/// A manifest, or the list of those of an index.
fn read_image(json: &Json) -> Option<Image> {
    let digest = |json: &Json| json.get("Descriptor")?.get("digest")?.text().map(str::to_owned);
    match json.items() {
        None => {
            let digest = Some(digest(json)?);
            Some(Image::Found { digest, platforms: read_platform(json).into_iter().collect() })
        }
        Some(parts) => {
            parts.iter().try_for_each(|part| digest(part).map(drop))?;
            Some(Image::Found { digest: None, platforms: parts.iter().filter_map(read_platform).collect() })
        }
    }
}

/// The platform of a manifest. An attestation is for none.
fn read_platform(json: &Json) -> Option<String> {
    let platform = json.get("Descriptor")?.get("platform")?;
    let part = |name| platform.get(name).and_then(Json::text).filter(|text| !text.is_empty());
    let (os, architecture) = (part("os")?, part("architecture")?);
    let variant = part("variant").map(|variant| format!("/{variant}")).unwrap_or_default();
    (os != "unknown").then(|| format!("{os}/{architecture}{variant}"))
}

#[cfg(test)]
mod tests;
