//! A buildx builder that can build for several platforms: made where it isn't there, else used as it is.

use std::path::Path;

use anyhow::Result;

use super::{Detail, Effect, Observed, Reach, World};
use crate::error::Failure;
use crate::resolve::release::Builder;
use crate::tools::buildx::builder::{self, Known};

/// The driver of the engine itself: it builds what it can run, and can't push by digest.
const ENGINE: &str = "docker";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeBuilder {
    /// As configured.
    pub builder: Builder,
}

impl MakeBuilder {
    /// The commands that make it, one a node; the file of its settings is called so.
    fn commands(&self, config: Option<&str>) -> Vec<Vec<String>> {
        let Builder { name, options, nodes, .. } = &self.builder;
        let nodes = if nodes.is_empty() { vec![None] } else { nodes.iter().map(|node| Some(node.as_str())).collect() };
        let command = |(at, node): (usize, Option<&str>)| builder::creation(name, options, config, node, at > 0);
        nodes.into_iter().enumerate().map(command).collect()
    }

    /// How many of its nodes are there. A builder that somebody made otherwise, with as many or more, is theirs to know.
    fn judge(&self, known: &Known) -> Observed {
        let Builder { name, nodes, .. } = &self.builder;
        if known.driver == ENGINE {
            let message = format!("the builder `{name}` is the docker engine, which can't build for several platforms");
            let hint = "name another one in `[builder]`, as in `name = \"lockstep\"`: it is made";
            return Observed::Different(Failure::world(message).hint(hint));
        }
        if known.nodes.len() < nodes.len() {
            return Observed::Partial(format!("it has {} of {} nodes", known.nodes.len(), nodes.len()));
        }
        Observed::Same
    }

    fn find(&self, folder: &Path) -> Result<Option<Known>> {
        builder::find(folder, &self.builder.name)
    }
}

impl Effect for MakeBuilder {
    fn title(&self) -> String {
        format!("have the builder `{}`", self.builder.name)
    }

    fn reach(&self) -> Reach {
        Reach::Local
    }

    fn details(&self) -> Vec<Detail> {
        let docker = |words: Vec<String>| Detail::Command(std::iter::once("docker".to_owned()).chain(words).collect());
        let commands = self.commands(self.builder.config.as_deref()).into_iter().map(docker);
        let note = Detail::Note("where there is one of this name, it is used as it is".to_owned());
        commands.chain([note]).collect()
    }

    fn observe(&self, world: &World<'_>) -> Result<Observed> {
        Ok(self.find(&world.context.root)?.map_or(Observed::Absent, |known| self.judge(&known)))
    }

    fn apply(&self, world: &World<'_>) -> Result<()> {
        let root = &world.context.root;
        let config = self.builder.config.as_ref().map(|file| root.join(file).to_string_lossy().into_owned());
        // Killed between two nodes it has the first of them.
        let there = self.find(root)?.map_or(0, |known| known.nodes.len());
        self.commands(config.as_deref()).iter().skip(there).try_for_each(|words| builder::create(root, words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_builder_is_used_as_it_is_unless_it_cannot_do() {
        let nodes = |count: usize| (0..count).map(|at| format!("ssh://node-{at}")).collect::<Vec<_>>();
        let step = MakeBuilder { builder: Builder { nodes: nodes(2), ..Builder::default() } };
        let judge = |driver: &str, count: usize| step.judge(&Known { driver: driver.to_owned(), nodes: nodes(count) });
        assert!(matches!(judge("docker-container", 2), Observed::Same));
        assert!(matches!(judge("kubernetes", 3), Observed::Same));
        assert!(matches!(judge("docker-container", 1), Observed::Partial(_)));
        assert!(matches!(judge("docker", 2), Observed::Different(_)));
        let lines: Vec<String> = step.commands(None).iter().map(|words| words.join(" ")).collect();
        assert!(!lines[0].contains("--append") && lines[0].ends_with("--bootstrap ssh://node-0"), "{lines:?}");
        assert!(lines[1].contains("--append") && lines[1].ends_with("ssh://node-1"), "{lines:?}");
    }
}
