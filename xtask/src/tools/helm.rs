//! helm: charts are checked, packaged, sent and fetched. Helm 3 and Helm 4.
//!
//! The user's logins and repositories stay in force; what Helm keeps for itself goes into the tool's own cache.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::Result;

use super::{Output, Run, failed};
use crate::error::Failure;

/// The first one that knows registries without a switch.
const OLDEST: (u32, u32) = (3, 8);

/// The `helm` of this machine.
#[derive(Clone, Debug)]
pub struct Helm {
    version: String,
    home: PathBuf,
}

/// What a registry has under a name and a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// The archive's bytes are in this file; the digest is the manifest's.
    Archive(PathBuf, Option<String>),
    /// The registry says that it has no such thing.
    Absent,
}

/// Why a registry gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    NotFound,
    Unauthorized,
    Unreachable,
    Other,
}

impl Helm {
    /// Looks for `helm`; `cache` is the tool's own folder for caches.
    ///
    /// Errors: it isn't there, or older than 3.8.
    pub fn find(cache: &Path) -> Result<Self> {
        static KNOWN: OnceLock<String> = OnceLock::new();
        let helm = |version: &str| Self { version: version.to_owned(), home: cache.join("helm") };
        if let Some(version) = KNOWN.get() {
            return Ok(helm(version));
        }
        let run = Run::new("helm", Path::new("/"))?.args(["version", "--template", "{{.Version}}"]);
        let version = run.read_text().map_err(without_helm)?;
        let numbers = version.trim_start_matches('v').split(['.', '-', '+']).map_while(|part| part.parse().ok());
        let numbers: Vec<u32> = numbers.collect();
        let (major, minor) = (numbers.first().copied().unwrap_or(0), numbers.get(1).copied().unwrap_or(0));
        if (major, minor) < OLDEST || version.contains(['/', '\n']) {
            return Err(Failure::tool(format!("`helm` is {version}, and 3.8 is the oldest that will do"))
                .hint("https://helm.sh/docs/intro/install says how to get a newer one")
                .into());
        }
        Ok(helm(KNOWN.get_or_init(|| version)))
    }

    /// `v3.17.0`, as it says itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Looks for faults in a chart; what Helm says of them is in the error.
    pub fn lint(&self, chart: &Path) -> Result<()> {
        let run = self.run(chart)?.args(["lint", "--", "."]);
        let line = run.line();
        let output = run.output()?;
        if output.code == Some(0) {
            return Ok(());
        }
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let faults: String =
            printed.lines().filter(|line| line.starts_with("[ERROR]")).map(|line| format!("\n  {line}")).collect();
        if faults.is_empty() {
            return Err(failed(&line, &output).into());
        }
        Err(Failure::world(format!("`helm lint` finds faults{}", super::redact(&faults)))
            .hint("mend them in the chart, then run the same command again")
            .into())
    }

    /// Gets what the chart in this folder depends on into its `charts/`, as its lock says where there is one.
    /// Repositories' indexes are asked for anew only with `refresh`.
    pub fn dependency_build(&self, chart: &Path, refresh: bool) -> Result<()> {
        self.dependencies("build", chart, refresh)
    }

    /// The same, and resolves the versions anew into its lock.
    pub fn dependency_update(&self, chart: &Path, refresh: bool) -> Result<()> {
        self.dependencies("update", chart, refresh)
    }

    fn dependencies(&self, verb: &str, chart: &Path, refresh: bool) -> Result<()> {
        let run = self.run(chart)?.args(["dependency", verb]);
        let run = if refresh { run } else { run.arg("--skip-refresh") }.args(["--", "."]);
        let line = run.line();
        let output = run.output()?;
        if output.code == Some(0) {
            return Ok(());
        }
        let failure = failed(&line, &output);
        let hint = if output.stderr.contains("no repository definition") {
            "make it known with `helm repo add NAME URL`, then run the same command again"
        } else if output.stderr.contains("out of sync") {
            "run `helm dependency update` in the chart's folder, and commit its lock"
        } else {
            return Err(failure.into());
        };
        Err(failure.hint(hint).into())
    }

    /// Packages the chart in this folder; the archive lies in `into`, an existing folder.
    pub fn package(&self, chart: &Path, into: &Path) -> Result<()> {
        self.run(chart)?.arg("package").arg("--destination").arg(into).args(["--", "."]).run()
    }

    /// The index of a folder with archives, as text; URLs begin with `url`, or are bare file names.
    pub fn repo_index(&self, folder: &Path, url: Option<&str>) -> Result<String> {
        let run = self.run(folder)?.args(["repo", "index"]);
        let run = match url {
            Some(url) => run.arg(format!("--url={url}")),
            None => run,
        };
        run.args(["--", "."]).run()?;
        crate::fsx::read_manifest(&folder.join("index.yaml"))
    }

    /// Sends an archive to `oci://HOST/FOLDER`, under the name and the version in it; gives the digest of its manifest.
    pub fn push(&self, archive: &Path, to: &str, plain_http: bool) -> Result<Option<String>> {
        let run = self.run(Path::new("/"))?.arg("push");
        let run = if plain_http { run.arg("--plain-http") } else { run }.arg("--").arg(archive).arg(to);
        let line = run.line();
        let output = run.output()?;
        if output.code == Some(0) {
            return Ok(digest(&output));
        }
        Err(refused(&line, &output, to).into())
    }

    /// Fetches `oci://HOST/FOLDER/NAME` in one version into an empty folder. What is absent is only known if the
    /// registry said so; everything else is an error.
    pub fn pull(&self, from: &str, version: &str, plain_http: bool, into: &Path) -> Result<Pulled> {
        let run = self.run(into)?.arg("pull").arg(format!("--version={version}"));
        let run = if plain_http { run.arg("--plain-http") } else { run }.args(["--", from]);
        let line = run.line();
        let output = run.output()?;
        if output.code == Some(0) {
            let name = from.rsplit('/').next().unwrap_or_default();
            return Ok(Pulled::Archive(into.join(format!("{name}-{version}.tgz")), digest(&output)));
        }
        match refusal(&output.stderr, &reference(from, version)) {
            Refusal::NotFound => Ok(Pulled::Absent),
            _ => Err(refused(&line, &output, from).into()),
        }
    }

    fn run(&self, folder: &Path) -> Result<Run> {
        // Times in a pushed manifest are written in the zone of the machine.
        let run = Run::new("helm", folder)?.env("TZ", "UTC").env("HELM_CACHE_HOME", &self.home);
        Ok(run.without_env(&["HELM_REPOSITORY_CACHE", "HELM_CONTENT_CACHE", "HELM_DEBUG"]))
    }
}

/// `HOST/FOLDER/NAME:VERSION` as Helm names it: a tag can't hold a `+`.
fn reference(from: &str, version: &str) -> String {
    format!("{}:{}", from.trim_start_matches("oci://"), version.replace('+', "_"))
}

/// `Digest: sha256:…`: Helm 3 says it on stderr, Helm 4 on stdout.
fn digest(output: &Output) -> Option<String> {
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut lines = output.stderr.lines().chain(printed.lines());
    lines.find_map(|line| line.strip_prefix("Digest: ")).map(|digest| digest.trim().to_owned())
}

fn refusal(said: &str, reference: &str) -> Refusal {
    // A name or a port may hold any of the words.
    let lower = said.to_lowercase().replace(&reference.to_lowercase(), "<reference>");
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // `docker-credential-x: executable file not found` is no answer of a registry.
    if says(&["code 401", "code 403", "unauthorized", "denied", "credential", "forbidden"]) {
        Refusal::Unauthorized
    } else if lower.contains("<reference>: not found")
        || says(&["manifest unknown", "manifest_unknown", "name unknown", "name_unknown"])
    {
        Refusal::NotFound
    } else if says(&[
        "dial tcp",
        "no such host",
        "timeout",
        "timed out",
        "connection re",
        "deadline exceeded",
        "eof",
        "tls",
        "x509",
        "http response to https",
        "network is unreachable",
    ]) {
        Refusal::Unreachable
    } else {
        Refusal::Other
    }
}

fn refused(line: &str, output: &Output, place: &str) -> Failure {
    let host = place.trim_start_matches("oci://").split('/').next().unwrap_or_default();
    let failure = failed(line, output);
    match refusal(&output.stderr, place) {
        Refusal::Unauthorized => {
            failure.hint(format!("log in with `helm registry login {host}`, with the right to push"))
        }
        Refusal::Unreachable if output.stderr.contains("HTTP response to HTTPS") => {
            failure.hint(format!("if `{host}` has no TLS, say `plain-http = true` in its `[[registry]]`"))
        }
        Refusal::Unreachable => {
            failure.hint(format!("`{host}` can't be reached: run the same command again when it can"))
        }
        Refusal::NotFound | Refusal::Other => failure,
    }
}

fn without_helm(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(failure) if failure.message.contains("not installed") => {
            failure.hint("https://helm.sh/docs/intro/install says how to get it; 3.8 or newer will do").into()
        }
        Ok(failure) => failure.into(),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Helm 3.22 and 4.3 say, of a registry that wants a login, and others.
    #[track_caller]
    fn check(said: &str, expected: Refusal) {
        assert_eq!(refusal(said, "127.0.0.1:5000/charts/acme:9.1.0"), expected, "{said}");
    }

    #[test]
    fn only_the_registry_says_that_something_is_absent() {
        let source = "Error: failed to perform \"FetchReference\" on source: ";
        let get = format!("{source}GET \"http://127.0.0.1:5000/v2/charts/acme/manifests/9.1.0\": ");
        check(&format!("{source}127.0.0.1:5000/charts/acme:9.1.0: not found"), Refusal::NotFound);
        check("Error: 127.0.0.1:5000/charts/acme:9.1.0: not found", Refusal::NotFound);
        check(&format!("{get}response status code 404: manifest unknown"), Refusal::NotFound);
        check(&format!("{get}basic credential not found"), Refusal::Unauthorized);
        check(&format!("{get}response status code 401: unauthorized: authentication required"), Refusal::Unauthorized);
        check(&format!("{get}response status code 403: denied: denied"), Refusal::Unauthorized);
        let helper = "Error: 127.0.0.1:5000/charts/acme:9.1.0: exec: \"docker-credential-x\": executable file not found in $PATH";
        check(helper, Refusal::Unauthorized);
        check(&format!("{get}dial tcp 127.0.0.1:5000: connect: connection refused"), Refusal::Unreachable);
        check(&format!("{get}dial tcp: lookup no.such.invalid: no such host"), Refusal::Unreachable);
        check(&format!("{get}http: server gave HTTP response to HTTPS client"), Refusal::Unreachable);
        check(&format!("{get}response status code 500: Internal Server Error"), Refusal::Other);
        check("Error: something: not found", Refusal::Other);
    }

    #[test]
    fn what_helm_says_of_a_push() {
        let said = "Pushed: 127.0.0.1:5000/charts/acme:0.1.0\nDigest: sha256:3de5\n";
        let three = Output { code: Some(0), stdout: Vec::new(), stderr: said.to_owned() };
        let four = Output { code: Some(0), stdout: said.into(), stderr: String::new() };
        assert_eq!(
            [three, four].map(|output| digest(&output)),
            [Some("sha256:3de5".to_owned()), Some("sha256:3de5".to_owned())]
        );
        assert_eq!(reference("oci://h/c/acme", "1.0.0+x"), "h/c/acme:1.0.0_x");
    }
}
