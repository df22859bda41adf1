//! Building an image, pushing it by digest, and looking at what came of it.

use std::collections::{BTreeSet, VecDeque};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::command::{Commit, annotations};
use super::{BuildImage, content, missing};
use crate::error::Failure;
use crate::fsx;
use crate::images::{self, Found, Seen};
use crate::step::{Digest, World};
use crate::tools::buildx::{self, Build, Refusal, Refused, builder};
use crate::ui::Ui;
use crate::{sha256, tools};

/// How often a push is tried that met a bad moment of its registry; what is built by then comes from the cache.
const TRIES: u32 = 3;
/// The pause before the second try.
const PAUSE: Duration = Duration::from_secs(1);
/// So many of the last lines of a build that failed are shown.
const SHOWN: usize = 20;

impl BuildImage {
    /// Builds what isn't there, and copies it to the registries that lack it. What was pushed is known from then on, and
    /// isn't built again, whatever happens to the copies.
    pub(super) fn work(&self, world: &World<'_>) -> Result<()> {
        let commit = self.prepared.marked(world)?.ok_or_else(|| {
            Failure::waiting("there is no commit yet of which the image is built")
                .hint("the pull request is merged first; the same command goes on then")
        })?;
        self.forget(world, &commit);
        let sight = self.sight(world, &commit)??;
        let digest = match (sight.digest, sight.found, sight.missing) {
            (Some(digest), Some(_), None) => digest,
            (Some(digest), Some(found), Some(_)) => self.build(world, &commit, Some((&digest, &found)))?,
            _ => self.build(world, &commit, None)?,
        };
        let _ = self.digest.set(digest.digest.clone());
        self.spread(world, &digest)
    }

    fn forget(&self, world: &World<'_>, commit: &str) {
        let digest = self.pushed(world, commit);
        for (host, _) in &self.registries {
            let names = self.tags.iter().map(|tag| format!(":{tag}"));
            for end in names.chain(digest.iter().map(|digest| format!("@{digest}"))) {
                world.images.forget(&format!("{}{end}", self.place(host)));
            }
        }
    }

    /// Copies it to the registries that lack it. One that fails doesn't keep the others from getting it.
    fn spread(&self, world: &World<'_>, digest: &Digest) -> Result<()> {
        let at = |host: &str| format!("{}@{}", self.place(host), digest.digest);
        let from = digest.hosts.first().map(|host| at(host)).unwrap_or_default();
        let mut failed = None;
        for (host, plain_http) in self.registries.iter().filter(|(host, _)| !digest.hosts.contains(host)) {
            let to = at(host);
            // One that has it whole under its final name keeps that.
            if matches!(world.images.look(world, &to, *plain_http)?, Seen::Found(_)) {
                continue;
            }
            let copied = images::copy(world, &from, &to);
            world.images.forget(&to);
            // A lost answer is no failure: what counts is what is there.
            if let Err(error) = copied
                && !matches!(world.images.look(world, &to, *plain_http)?, Seen::Found(_))
            {
                tools::expect_not_stopped()?;
                failed.get_or_insert(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Builds all platforms, or those that `base` lacks: then what it has stays as it is, in a new index with the others.
    fn build(&self, world: &World<'_>, commit: &str, base: Option<(&Digest, &Found)>) -> Result<Digest> {
        let git = world.remotes.git(self.prepared.repo);
        let commit = Commit { id: commit, seconds: git.commit_seconds(commit)? };
        let host = base.and_then(|(digest, _)| digest.hosts.first()).or(self.registries.first().map(|(host, _)| host));
        let host = host.cloned().unwrap_or_default();
        let there: BTreeSet<String> = base.iter().flat_map(|(_, found)| found.platforms.keys().cloned()).collect();
        let lacks = |platform: &&String| missing(std::slice::from_ref(platform), &there).is_some();
        let platforms: Vec<String> = self.platforms.iter().filter(lacks).cloned().collect();
        let folder = self.files(world, &commit)?;
        let nodes = builder::find(&folder, &self.builder.name)?.map_or(1, |known| known.nodes.len());
        // A build by several nodes would push a name: each platform alone has none, and they are joined afterwards.
        let parts = if nodes > 1 { platforms.iter().map(|one| vec![one.clone()]).collect() } else { vec![platforms] };
        let mut digests = self.push_parts(world, &commit, (&folder, &host), &parts)?;
        digests.splice(0..0, base.map(|(digest, _)| digest.digest.clone()));
        let digest = match &digests[..] {
            [one] => one.clone(),
            _ => self.join(world, &commit, &host, &digests)?,
        };
        self.verify(world, &commit, (&folder, &host), &digest)?;
        Ok(Digest { digest, hosts: vec![host] })
    }

    /// The files of the commit, as they were committed: neither the clock nor the umask of this machine is in them.
    fn files(&self, world: &World<'_>, commit: &Commit<'_>) -> Result<PathBuf> {
        let git = world.remotes.git(self.prepared.repo);
        let folder =
            world.scratch.join(format!("image-{}-{}", self.prepared.repo, &commit.id[..12.min(commit.id.len())]));
        if !fsx::is_folder(&folder)? {
            fsx::create_scratch(&folder)?;
            git.export(commit.id, "", &folder)?;
            fsx::settle(&folder, commit.seconds)?;
            let below = |path: &&String| self.recipe.context.is_empty() || path.starts_with(&self.recipe.context);
            for path in git.submodules(commit.id)?.iter().filter(below) {
                let name = &self.name;
                world.context.ui.warn(&format!("the submodule `{path}` is left out of what `{name}` is built from"));
            }
        }
        Ok(folder)
    }

    /// Builds and pushes each of these, at the same time; gives their digests in this order.
    fn push_parts(
        &self,
        world: &World<'_>,
        commit: &Commit<'_>,
        (folder, host): (&Path, &str),
        parts: &[Vec<String>],
    ) -> Result<Vec<String>> {
        let labels = self.labels(Some(commit));
        let words: Vec<_> = parts.iter().map(|part| self.build_words(&self.place(host), part, &labels)).collect();
        let (ui, limit) = (world.context.ui, self.recipe.timeout);
        let metadata = |at: usize| world.scratch.join(format!("{}-{at}.json", self.id.replace('/', "-")));
        let jobs = words.iter().zip(parts).enumerate().map(|(at, (words, part))| {
            let name = if parts.len() > 1 { format!("{}: ", part.join(", ")) } else { String::new() };
            (metadata(at), Build { folder, words, seconds: commit.seconds, limit }, name)
        });
        let jobs: Vec<_> = jobs.collect();
        let results: Vec<Result<Result<String, Refusal>>> = thread::scope(|scope| {
            let mut threads = Vec::new();
            for (metadata, build, name) in jobs {
                threads.push(scope.spawn(move || watched(ui, &name, |show| build.push(&metadata, show))));
            }
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        let digest = |(result, part): (Result<Result<String, Refusal>>, &Vec<String>)| match result? {
            Ok(digest) => Ok(digest),
            Err(refused) => {
                let otherwise = "mend it in the repository, on the branch that is released";
                let advice = self.advice(world, commit.id, otherwise);
                Err(self.refused(part, host, &refused, advice).into())
            }
        };
        results.into_iter().zip(parts).map(digest).collect()
    }

    /// One index of these, pushed by its digest.
    fn join(&self, world: &World<'_>, commit: &Commit<'_>, host: &str, digests: &[String]) -> Result<String> {
        let (root, place) = (&world.context.root, self.place(host));
        let from: Vec<String> = digests.iter().map(|digest| format!("{place}@{digest}")).collect();
        let notes = annotations(&self.labels(Some(commit)));
        let what = format!("the parts of `{place}` can't be joined");
        let fail = |refused: Refusal| images::failure(&what, &place, &refused.words);
        let index = buildx::join(root, Some(&self.builder.name), &from, &notes)?.map_err(fail)?;
        let to = format!("{place}@{}", sha256::digest(&index));
        buildx::create(root, Some(&self.builder.name), &from, &to, &notes, self.recipe.timeout)?.map_err(fail)?;
        Ok(sha256::digest(&index))
    }

    /// What was pushed is looked at: is it there, for all platforms, and is each part for the platform that it says?
    fn verify(
        &self,
        world: &World<'_>,
        commit: &Commit<'_>,
        (folder, host): (&Path, &str),
        digest: &str,
    ) -> Result<()> {
        let at = format!("{}@{digest}", self.place(host));
        let plain_http = world.project.release.is_plain_http(host);
        world.images.forget(&at);
        let found = match world.images.look(world, &at, plain_http)? {
            Seen::Found(found) => found,
            Seen::Absent => {
                return Err(Failure::tool(format!("`{at}` was pushed, and the registry doesn't have it"))
                    .hint("run the same command again")
                    .into());
            }
            Seen::Unknown(words) | Seen::Hidden(words) => return Err(images::unknown(&at, &words).into()),
        };
        if let Some(missing) = self.missing(&found) {
            return Err(Failure::tool(format!("`{at}` was built for all platforms, and {missing}"))
                .hint("look at what the build said, then run the same command again")
                .into());
        }
        if found.platforms.len() < 2 {
            return Ok(());
        }
        let image = match images::describe(world, &at, plain_http)? {
            Ok(image) => image,
            Err(words) => return Err(images::unknown(&at, &words).into()),
        };
        let platforms: Vec<String> = found.platforms.keys().cloned().collect();
        for twins in content::twins(content::parts(&image, &platforms)?) {
            self.look_into(world, commit, folder, &twins)?;
        }
        Ok(())
    }

    /// Parts with the same files: right for what is no program.
    fn look_into(&self, world: &World<'_>, commit: &Commit<'_>, folder: &Path, twins: &[String]) -> Result<()> {
        let words = self.files_words(&twins[0], &self.labels(Some(commit)));
        let build = Build { folder, words: &words, seconds: commit.seconds, limit: self.recipe.timeout };
        let mut programs = content::Programs::new();
        build.files(|tar| {
            programs = content::programs(tar)?;
            Ok(())
        })?;
        let (name, file) = (format!("{}{}", self.name, self.suffix), &self.recipe.dockerfile);
        let hint = format!(
            "`{file}` ignores the platform: copy what `TARGETPLATFORM` or `TARGETARCH` names, and give the last stage no \
             `--platform` of its own"
        );
        if let Some(platform) = content::foreign(twins, &programs) {
            let (machine, program) = programs.iter().next().map_or(("", ""), |(machine, path)| (machine, path));
            let message = format!("`{name}` for {platform} holds `/{program}`, which is a program for {machine}");
            return Err(Failure::world(message).hint(hint).into());
        }
        if programs.is_empty() && !self.same_files {
            let all = twins.join(", ");
            let words = format!(
                "`{name}` has the same files for {all}: if there is no program in it, say `same-files = true` in its \
                 `[[image]]`; else {hint}"
            );
            world.context.ui.warn(&words);
        }
        Ok(())
    }

    fn refused(&self, platforms: &[String], host: &str, refused: &Refusal, advice: &str) -> Failure {
        let what = format!("`{}{}` can't be built for {}", self.name, self.suffix, platforms.join(", "));
        let words = &refused.words;
        let failure = Failure::tool(format!("{what}: {words}"));
        if words.contains("exec format error") {
            return failure.hint(
                "no node of the builder runs programs of that platform: give `[builder]` a node that does, or install an \
                 emulation, `docker run --privileged --rm tonistiigi/binfmt --install all`",
            );
        }
        let is_push = words.contains("failed to push");
        match refused.why() {
            Refused::Denied | Refused::Hidden | Refused::Down | Refused::Passing | Refused::NoTls if is_push => {
                images::failure(&what, host, words)
            }
            Refused::NoBuildx => buildx::missing(),
            _ => failure.hint(format!("look at what the build said above, of which `-v` shows all; {advice}")),
        }
    }
}

/// What came of a build: its digest, or why there is none.
type Pushed = Result<Result<String, Refusal>>;

/// A build whose words pass by; the last of them stay where it fails. `name` is said before each.
fn watched(ui: Ui, name: &str, push: impl Fn(&mut dyn FnMut(&str)) -> Pushed) -> Pushed {
    let mut last = VecDeque::new();
    let ended = patiently(|| {
        push(&mut |line| {
            ui.pass_by(&format!("{name}{line}"));
            last.push_back(format!("  {name}{line}\n"));
            last.drain(..last.len().saturating_sub(SHOWN));
        })
    });
    if !matches!(ended, Ok(Ok(_))) && !ui.is_verbose() {
        ui.talk(&String::from_iter(last));
    }
    ended
}

/// A push by digest may be tried again: it gives nothing a name, and comes from the cache.
fn patiently(mut push: impl FnMut() -> Pushed) -> Pushed {
    for left in (0..TRIES).rev() {
        match push()? {
            Err(refused) if left > 0 && refused.is_passing() && refused.words.contains("failed to push") => {
                tools::pause(PAUSE)?;
            }
            ended => return Ok(ended),
        }
    }
    Err(tools::stopped().into())
}
