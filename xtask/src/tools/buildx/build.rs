//! Builds, and what is told of them.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Refusal, buildx};
use crate::error::Failure;
use crate::fsx;
use crate::json::Json;
use crate::tools;

/// How many lines of a build are kept to tell why it failed.
const KEPT: usize = 100;

/// A build of one commit.
#[derive(Clone, Debug)]
pub struct Build<'b> {
    /// The folder with the files.
    pub folder: &'b Path,
    /// What stands after `docker buildx build`.
    pub words: &'b [String],
    /// `SOURCE_DATE_EPOCH`: seconds since 1970 that everything in the image counts from.
    pub seconds: u64,
    /// How long it may take.
    pub limit: Duration,
}

impl Build<'_> {
    /// Builds and pushes, and hands each line that it says to `show`. Gives the digest, which is written to `metadata`
    /// at its end.
    pub fn push(&self, metadata: &Path, mut show: impl FnMut(&str)) -> Result<Result<String, Refusal>> {
        let mut said = Said::default();
        fsx::discard(metadata)?;
        let run = self.run()?.args(["--progress", "plain", "--metadata-file"]).arg(metadata).args(self.words);
        let ended = run.timeout(self.limit).stream_lines(|line| {
            said.hear(line);
            show(line);
        });
        if let Err(error) = ended {
            let is_word = !tools::stopping() && !tools::was_cut_off(&error);
            return said.refusal().filter(|_| is_word).map_or(Err(error), |refusal| Ok(Err(refusal)));
        }
        let text = fsx::read_manifest(metadata)?;
        let digest = Json::parse(&text).and_then(|json| Some(json.get("containerimage.digest")?.text()?.to_owned()));
        Ok(Ok(digest.ok_or_else(|| {
            Failure::tool("`docker buildx build` doesn't say the digest of what it pushed")
                .hint("buildx 0.10 or newer will do: `docker buildx version`")
        })?))
    }

    /// Builds, and hands the files of one platform to `reader`, as a tar archive.
    pub fn files(&self, reader: impl FnOnce(&mut dyn std::io::Read) -> Result<()>) -> Result<()> {
        self.run()?.args(["--progress", "quiet"]).args(self.words).timeout(self.limit).stream(Vec::new(), reader)
    }

    fn run(&self) -> Result<tools::Run> {
        let run = buildx(self.folder)?.env("SOURCE_DATE_EPOCH", self.seconds.to_string());
        Ok(run.env("BUILDX_METADATA_PROVENANCE", "disabled").env("BUILDX_GIT_INFO", "0").arg("build"))
    }
}

/// What a build said: its last lines, and what each of its steps is called.
#[derive(Default)]
struct Said {
    last: VecDeque<String>,
    steps: BTreeMap<String, String>,
    failed: Option<String>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        if let Some((step, rest)) = line.strip_prefix('#').and_then(|line| line.split_once(' ')) {
            if rest.starts_with('[') {
                self.steps.entry(step.to_owned()).or_insert_with(|| rest.to_owned());
            } else if rest.starts_with("ERROR") {
                self.failed = self.failed.take().or_else(|| self.steps.get(step).cloned());
            }
        }
        self.last.push_back(line.to_owned());
        if self.last.len() > KEPT {
            self.last.pop_front();
        }
    }

    /// Its last word, and which step it is about; none if it said nothing.
    fn refusal(&self) -> Option<Refusal> {
        const WRAPPERS: [&str; 3] = ["ERROR: ", "failed to build: ", "failed to solve: "];
        let lines = || self.last.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        let last = lines().rfind(|line| line.starts_with("ERROR: ")).or_else(|| lines().next_back())?;
        let words = WRAPPERS.iter().fold(last, |words, wrapper| words.strip_prefix(wrapper).unwrap_or(words));
        let format = lines().find(|line| line.contains("exec format error") && !words.contains("exec format error"));
        let format = format.map(|_| " (exec format error)").unwrap_or_default();
        let step = self.failed.as_ref().map(|step| format!("`{step}`: ")).unwrap_or_default();
        Some(Refusal { words: format!("{step}{words}{format}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_step_and_platform() {
        let mut said = Said::default();
        let text = "#6 [linux/arm64 1/1] COPY f-arm64 /f\n#5 [linux/amd64 1/1] COPY f-amd64 /f\n#5 CACHED\n#6 ERROR: failed to \
                    calculate checksum: \"/f-arm64\": not found\n------\n > [linux/arm64 1/1] COPY f-arm64 /f:\n------\nERROR: \
                    failed to build: failed to solve: failed to compute cache key: \"/f-arm64\": not found";
        text.lines().for_each(|line| said.hear(line));
        let words = "`[linux/arm64 1/1] COPY f-arm64 /f`: failed to compute cache key: \"/f-arm64\": not found";
        assert_eq!(said.refusal(), Some(Refusal { words: words.to_owned() }));
        assert_eq!(Said::default().refusal(), None);
    }
}
