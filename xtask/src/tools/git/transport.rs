//! Talking to other repositories by their URL: what they have, getting it, giving them more.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::objects::is_oid;
use super::{Git, Output, Run};
use crate::error::Failure;

/// What a remote listed: every reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refs {
    /// Full name → what it holds (a tag object, or a commit). A name that is not UTF-8 has its odd bytes as `\xff`.
    pub oids: BTreeMap<String, String>,
    /// Full name of an annotated tag → what it marks in the end.
    pub peeled: BTreeMap<String, String>,
}

/// What became of one reference of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRef {
    /// The full name in the remote.
    pub name: String,
    /// It is now as it was asked for.
    pub done: bool,
    /// git's words: `[rejected] (stale info)`.
    pub words: String,
}

impl Git {
    /// Makes an empty bare repository in a folder that isn't there: without the hooks of the user's template.
    pub(crate) fn init_bare(dir: &Path, format: &str) -> Result<()> {
        crate::fsx::create_folder(dir)?;
        let args = ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", "--object-format", format];
        // Newer versions of git know another way to keep references, and `config` would have to say which it is.
        super::plain(dir)?.env("GIT_DEFAULT_REF_FORMAT", "files").args(args).run()
    }

    /// Every reference of a remote, asked for over the network.
    pub fn ls_remote(&self, url: &str, limit: Duration) -> Result<Refs> {
        check_url(url)?;
        let run = self.look()?.args(["ls-remote", "--quiet", "--end-of-options", url]);
        let listing = run.timeout(limit).read()?;
        parse_refs(&listing)
    }

    /// Gets these objects with all that they are made of, and keeps each under `refs/lockstep/have/`.
    ///
    /// The reference is made after git has seen that everything is there: what has none may be half an object.
    pub fn fetch_objects(&self, url: &str, oids: &[&str], limit: Duration) -> Result<()> {
        check_url(url)?;
        let args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
        let more = ["--no-recurse-submodules", "--no-prune", "--force", "--atomic", "--stdin", "--end-of-options", url];
        let specs: String = oids.iter().map(|oid| format!("{oid}:{}\n", have(oid))).collect();
        self.act()?.args(["-c", "core.fsync=all"]).args(args).args(more).stdin(specs).timeout(limit).run()?;
        self.memory.lock().whole.extend(oids.iter().map(|&oid| oid.to_owned()));
        Ok(())
    }

    /// Takes over what a checkout on this machine has of its remotes, so that less comes over the network. What can't be
    /// had is of no interest.
    pub(crate) fn seed(&self, checkout: &Path, limit: Duration) -> Result<()> {
        let args = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--force"];
        let run = self.act()?.args(["-c", "core.fsync=all"]).args(args).arg("--no-recurse-submodules");
        let run = run.env("GIT_NO_LAZY_FETCH", "1").arg("--end-of-options").arg(checkout);
        run.arg("refs/remotes/*:refs/lockstep/seed/*").timeout(limit).output().map(drop)
    }

    /// Which of these objects are here with all that they are made of.
    pub fn have_objects(&self, oids: &[&str]) -> Result<Vec<bool>> {
        let asked: Vec<&str> = {
            let known = self.memory.lock();
            oids.iter().copied().filter(|oid| !known.whole.contains(*oid)).collect()
        };
        let names: Vec<String> = asked.iter().map(|oid| have(oid)).collect();
        let here = self.heads_of(&names)?;
        let mut known = self.memory.lock();
        for (oid, head) in asked.iter().zip(here) {
            let Some(seconds) = head else { continue };
            known.whole.insert((*oid).to_owned());
            known.seconds.extend(seconds.map(|seconds| ((*oid).to_owned(), seconds)));
        }
        Ok(oids.iter().map(|oid| known.whole.contains(*oid)).collect())
    }

    /// One push of objects to references, each only if it is where it was expected; none for "it isn't there".
    ///
    /// What became of each reference, where the remote answered for each; an error where it isn't known.
    pub fn push_objects(
        &self,
        url: &str,
        atomic: bool,
        moves: &[(&str, &str, Option<&str>)],
        limit: Duration,
    ) -> Result<Vec<PushedRef>> {
        check_url(url)?;
        let flags = ["push", "--porcelain", "--no-follow-tags", "--no-signed", "--no-verify"];
        // Its options of a push come from the environment too, and a server that takes none refuses the push.
        let run: Run = self.act()?.args(["-c", "push.pushOption="]).args(flags).arg("--recurse-submodules=no");
        let run = if atomic { run.arg("--atomic") } else { run };
        let lease = |(name, _, old): &(&str, &str, Option<&str>)| {
            format!("--force-with-lease={name}:{}", old.unwrap_or_default())
        };
        let run = run.args(moves.iter().map(lease)).args(["--end-of-options", url]);
        let run = run.args(moves.iter().map(|(name, new, _)| format!("{new}:{name}")));
        let line = run.line();
        let output = run.timeout(limit).output()?;
        let refs = parse_push(&String::from_utf8_lossy(&output.stdout));
        let all = moves.iter().all(|(name, ..)| refs.iter().any(|found| found.name == *name));
        match output.code {
            Some(0 | 1) if all => Ok(with_remarks(refs, &output)),
            _ => Err(super::refused(&line, &output)),
        }
    }
}

fn have(oid: &str) -> String {
    format!("refs/lockstep/have/{oid}")
}

fn check_url(url: &str) -> Result<()> {
    if url.is_empty() || url.starts_with('-') || url.contains(['\n', '\0']) {
        return Err(Failure::usage(format!("`{}` is no URL", url.escape_debug()))
            .hint("see `[remote.*]` in release.toml")
            .into());
    }
    Ok(())
}

/// What the server's hooks said belongs to the references that they refused.
fn with_remarks(mut refs: Vec<PushedRef>, output: &Output) -> Vec<PushedRef> {
    let remarks: Vec<&str> =
        output.stderr.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim).collect();
    for found in refs.iter_mut().filter(|found| !found.done && found.words.contains("remote rejected")) {
        found.words.extend(remarks.iter().filter(|line| !line.is_empty()).map(|line| format!("\n  {line}")));
    }
    refs
}

/// `oid<TAB>name`, and `name^{}` after an annotated tag for what it marks.
fn parse_refs(listing: &[u8]) -> Result<Refs> {
    let mut refs = Refs::default();
    for line in listing.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let tab = line.iter().position(|&byte| byte == b'\t').unwrap_or_default();
        let oid = String::from_utf8_lossy(&line[..tab]).into_owned();
        let name = shown_name(line.get(tab + 1..).unwrap_or_default());
        if !is_oid(&oid) {
            return Err(Failure::tool("`git ls-remote` printed something else than references")
                .hint("`git --version` must be 2.39 or newer")
                .into());
        }
        match name.strip_suffix("^{}") {
            Some(tag) => refs.peeled.insert(tag.to_owned(), oid),
            None if name.starts_with("refs/") => refs.oids.insert(name, oid),
            None => None,
        };
    }
    Ok(refs)
}

/// No name of a reference holds a `\`, so two names are never shown as one.
fn shown_name(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) => name.escape_ascii().to_string(),
    }
}

/// A flag, `from:to` and the words, between tabs; lines without tabs are talk.
fn parse_push(printed: &str) -> Vec<PushedRef> {
    let parse = |line: &str| {
        let mut words = line.splitn(3, '\t');
        let (flag, pair, words) = (words.next()?, words.next()?, words.next()?);
        let (_, name) = pair.split_once(':')?;
        Some(PushedRef { name: name.to_owned(), done: flag != "!", words: words.to_owned() })
    };
    printed.lines().filter_map(parse).collect()
}
