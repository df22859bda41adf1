//! Builders: which there are, and how one is made.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Refused, buildx, judge, missing};
use crate::error::Failure;
use crate::tools::failed;

/// How long a builder may take to answer. One on another machine is asked through ssh.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to start: its image is fetched.
const START: Duration = Duration::from_secs(10 * 60);

/// A builder as buildx knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `docker-container`, `kubernetes`, `remote`; `docker` is the engine itself.
    pub driver: String,
    /// The addresses of its nodes.
    pub nodes: Vec<String>,
}

/// Looks for a builder; none if buildx has none of this name.
pub fn find(folder: &Path, name: &str) -> Result<Option<Known>> {
    let output = buildx(folder)?.args(["inspect", "--", name]).timeout(PATIENCE).output()?;
    let Err(refused) = judge(&output) else { return read(&output.stdout).map(Some) };
    match refused.why() {
        Refused::NoBuildx => Err(missing().into()),
        _ if refused.words.starts_with("no builder ") => Ok(None),
        _ => Err(failed(&format!("docker buildx inspect {name}"), &output).into()),
    }
}

/// The arguments after `docker` with which a builder is made, or gets one more node. The last word is the node's
/// address; none for the engine that is used anyway.
pub fn creation(name: &str, options: &[String], config: Option<&str>, node: Option<&str>, append: bool) -> Vec<String> {
    let mut words = ["buildx", "create", "--name", name, "--driver", "docker-container"].map(str::to_owned).to_vec();
    words.extend(options.iter().flat_map(|option| ["--driver-opt".to_owned(), option.clone()]));
    words.extend(config.into_iter().flat_map(|file| ["--buildkitd-config".to_owned(), file.to_owned()]));
    if append {
        words.push("--append".to_owned());
    }
    words.push("--bootstrap".to_owned());
    words.extend(node.map(str::to_owned));
    words
}

/// Makes a builder, or adds a node to it, and waits until it runs.
pub fn create(folder: &Path, words: &[String]) -> Result<()> {
    // The first word is `buildx`.
    buildx(folder)?.args(&words[1..]).timeout(START).run()
}

fn read(printed: &[u8]) -> Result<Known> {
    let text = String::from_utf8_lossy(printed);
    let (head, nodes) = text.split_once("\nNodes:").unwrap_or((&text, ""));
    let value = |line: &str, name: &str| line.trim().strip_prefix(name).map(|value| value.trim().to_owned());
    let driver = head.lines().find_map(|line| value(line, "Driver:")).ok_or_else(|| {
        Failure::tool("`docker buildx inspect` doesn't say which driver a builder has")
            .hint("buildx 0.10 or newer will do: `docker buildx version`")
    })?;
    Ok(Known { driver, nodes: nodes.lines().filter_map(|line| value(line, "Endpoint:")).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_buildx_says_of_a_builder() {
        let text = "Name:          w1\nDriver:        docker-container\nLast Activity: 2026-11-21 15:45:19 +0000 UTC\n\n\
                    Nodes:\nName:                  w10\nEndpoint:              unix:///run/docker.sock\nDriver Options:        \
                    network=\"host\"\nStatus:                inactive\n\nName:                  w11\nEndpoint:              arm\n";
        let nodes = ["unix:///run/docker.sock", "arm"].map(str::to_owned).to_vec();
        assert_eq!(read(text.as_bytes()).unwrap(), Known { driver: "docker-container".to_owned(), nodes });
        assert!(read(b"Usage: docker").is_err());
    }

    #[test]
    fn a_node_is_added_to_what_is_there() {
        let words = creation("w", &["network=host".to_owned()], None, Some("ssh://arm"), true).join(" ");
        assert_eq!(
            words,
            "buildx create --name w --driver docker-container --driver-opt network=host --append --bootstrap ssh://arm"
        );
    }
}
