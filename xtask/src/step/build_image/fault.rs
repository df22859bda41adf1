//! What stops a build before anything begins: what it is built from isn't in the commit.

use anyhow::Result;

use super::BuildImage;
use crate::config::nearest;
use crate::error::Failure;
use crate::step::World;

/// What helps where the commit can't be another one any more.
const NEXT: &str = "the tag is what is built: correct `[[image]]` in release.toml, or mend the repository and release the next version";

impl BuildImage {
    /// The folder, the Dockerfile or the stage that a commit lacks.
    pub(super) fn fault(&self, world: &World<'_>, commit: &str) -> Result<Option<Failure>> {
        let (file, git) = (&self.recipe.dockerfile, world.remotes.git(self.prepared.repo));
        let (context, of) = (&self.recipe.context, format!("the commit `{commit}`, of which `{}` is built", self.name));
        if !context.is_empty() && git.tree_at(commit, context).is_err() {
            let hint = self.advice(world, commit, "push it to the branch, or correct `context` of this `[[image]]`");
            return Ok(Some(Failure::world(format!("there is no folder `{context}` in {of}")).hint(hint)));
        }
        let Some(bytes) = git.read_file(commit, file)? else {
            let paths = git.tree_entries(commit)?.items.into_iter().map(|entry| entry.path).collect::<Vec<_>>();
            let otherwise = "commit it and push the branch, or correct `dockerfile` of this `[[image]]`";
            let hint = match neighbour(file, &paths) {
                Some(near) => format!("did you mean `{near}`?"),
                None => self.advice(world, commit, otherwise).to_owned(),
            };
            return Ok(Some(Failure::world(format!("there is no `{file}` in {of}")).hint(hint)));
        };
        let Some(target) = &self.recipe.target else { return Ok(None) };
        let Some(stages) = Stages::of(&String::from_utf8_lossy(&bytes)).filter(|stages| !stages.has(target)) else {
            return Ok(None);
        };
        let otherwise = format!("name it in `{file}` and push the branch, or correct `target` of this `[[image]]`");
        let hint = match nearest(target, stages.names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => self.advice(world, commit, &otherwise).to_owned(),
        };
        Ok(Some(Failure::world(format!("`{file}` has no stage `{target}` in {of}")).hint(hint)))
    }

    /// The hint for a commit that can still be another one, or that for one which is public.
    pub(super) fn advice<'a>(&self, world: &World<'_>, commit: &str, otherwise: &'a str) -> &'a str {
        // A remote that doesn't tell hides no failure.
        if self.is_public(world, commit).unwrap_or(false) { NEXT } else { otherwise }
    }

    /// Is the commit the one that this release is, at the remote?
    fn is_public(&self, world: &World<'_>, commit: &str) -> Result<bool> {
        let prepared = &self.prepared;
        if prepared.marked(world)?.as_deref() != Some(commit) {
            return Ok(false);
        }
        if prepared.released.is_some() || prepared.merge.is_some() {
            return Ok(true);
        }
        let refs = world.remotes.refs(prepared.remote)?;
        Ok(refs.oids.values().chain(refs.peeled.values()).any(|oid| oid == commit))
    }
}

/// The file in the same folder whose name is the nearest, with the folder.
fn neighbour(file: &str, paths: &[String]) -> Option<String> {
    let split = |path: &'_ str| path.rfind('/').map_or(0, |at| at + 1);
    let (folder, name) = file.split_at(split(file));
    let names = paths.iter().map(|path| path.split_at(split(path))).filter(|(of, _)| *of == folder);
    nearest(name, names.map(|(_, name)| name)).map(|near| format!("{folder}{near}"))
}

/// The stages of a Dockerfile.
#[derive(Debug, PartialEq, Eq)]
struct Stages {
    /// Those that have one.
    names: Vec<String>,
    count: usize,
}

impl Stages {
    /// None where it can't be told: in another language, or where the file only points to another one.
    fn of(text: &str) -> Option<Self> {
        let mut stages = Self { names: Vec::new(), count: 0 };
        let (mut instruction, mut escape) = (String::new(), '\\');
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if let Some(comment) = line.strip_prefix('#') {
                match comment.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
                    Some(("syntax", language)) if !language.contains("docker/dockerfile") => return None,
                    Some(("escape", "`")) => escape = '`',
                    _ => {}
                }
            } else if let Some(part) = line.strip_suffix(escape) {
                instruction.push_str(part);
            } else if !line.is_empty() {
                instruction.push_str(line);
                stages.read(&instruction);
                instruction.clear();
            }
        }
        (stages.count > 0).then_some(stages)
    }

    fn read(&mut self, instruction: &str) {
        let mut words = instruction.split_whitespace();
        if !words.next().is_some_and(|word| word.eq_ignore_ascii_case("from")) {
            return;
        }
        self.count += 1;
        if words.any(|word| word.eq_ignore_ascii_case("as")) {
            self.names.extend(words.next().map(str::to_owned));
        }
    }

    /// A stage is called by its name or by its number.
    fn has(&self, target: &str) -> bool {
        let is_number = target.parse::<usize>().is_ok_and(|number| number < self.count);
        is_number || self.names.iter().any(|name| name.eq_ignore_ascii_case(target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_found() {
        let text = "# syntax=docker/dockerfile:1\n# FROM none AS comment\nARG PHP=8\nfrom --platform=$BUILDPLATFORM php:$PHP as Build\n\
                    RUN echo FROM a AS `said`\nFROM scratch\nFROM \\\n  # between\n  build AS production\r\nCOPY a b\n";
        let stages = Stages::of(text).unwrap();
        assert_eq!((stages.count, &stages.names[..]), (3, &["Build".to_owned(), "production".to_owned()][..]));
        let has = ["build", "PRODUCTION", "2", "3", "prodction", "comment", "said"].map(|name| stages.has(name));
        assert_eq!(has, [true, true, true, false, false, false, false]);
        let stages = Stages::of("# escape=`\nRUN dir c:\\\nFROM a `\n\nAS b\n").unwrap();
        assert_eq!((stages.count, stages.has("b")), (1, true));
        // A link's text, and another language.
        assert_eq!(Stages::of("../Dockerfile"), None);
        assert_eq!(Stages::of("# syntax = example.org/other\nFROM a AS b\n"), None);
    }

    #[test]
    fn the_nearest_file_is_in_the_same_folder() {
        let paths = ["Dockerfile", "docker/Dockerfile.app", "docker/deep/Dockerfile"].map(str::to_owned);
        let near = |file| neighbour(file, &paths);
        assert_eq!(near("docker/Dockerfile.ap").as_deref(), Some("docker/Dockerfile.app"));
        assert_eq!(near("Dokerfile").as_deref(), Some("Dockerfile"));
        assert_eq!(near("docker/deep/x"), None);
        assert_eq!(near("none/Dockerfile"), None);
    }
}
