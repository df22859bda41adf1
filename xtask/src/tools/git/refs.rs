//! `HEAD`, tags and remotes.

use anyhow::Result;

use super::objects::is_oid;
use super::sign::{not_signed, without_signature};
use super::{Git, refused};
use crate::error::Failure;

/// A transfer slower than this for this long is given up: over http git itself would wait for ever.
const LOWEST_SPEED: [&str; 4] = ["-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=30"];

/// Where `HEAD` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// On a branch without a commit: a new repository.
    Unborn(String),
    /// On a commit, and on no branch.
    Detached(String),
    /// On a branch.
    Branch {
        /// Without `refs/heads/`.
        name: String,
        /// Its commit.
        oid: String,
    },
}

/// A tag, here or in a remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without `refs/tags/`.
    pub name: String,
    /// What the reference holds: the tag object, or the commit of a lightweight tag.
    pub oid: String,
    /// What it marks in the end: almost always a commit.
    pub target: String,
}

/// Another repository that this one knows by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// As in `git push NAME`.
    pub name: String,
    /// As written in the configuration, before `insteadOf` is applied. It may hold a credential: redact it.
    pub url: String,
}

impl Git {
    /// Where `HEAD` is.
    pub fn head(&self) -> Result<Head> {
        let branch = self.answer(self.look()?.args(["symbolic-ref", "--quiet", "HEAD"]))?;
        let oid = self.commit_of("HEAD")?;
        let name = branch.map(|name| name.trim_end().trim_start_matches("refs/heads/").to_owned());
        match (name, oid) {
            (Some(name), Some(oid)) => Ok(Head::Branch { name, oid }),
            (Some(name), None) => Ok(Head::Unborn(name)),
            (None, Some(oid)) => Ok(Head::Detached(oid)),
            (None, None) => {
                Err(Failure::world("`HEAD` names neither a branch nor a commit").hint("run `git fsck`").into())
            }
        }
    }

    /// The branch that is checked out, also an unborn one; none if `HEAD` is detached.
    pub fn current_branch(&self) -> Result<Option<String>> {
        let branch = self.answer(self.look()?.args(["symbolic-ref", "--quiet", "HEAD"]))?;
        Ok(branch.map(|name| name.trim_end().trim_start_matches("refs/heads/").to_owned()))
    }

    /// The commit that a revision means. An error if it means none.
    pub fn resolve(&self, rev: &str) -> Result<String> {
        self.commit_of(rev)?.ok_or_else(|| {
            let hint = if rev == "HEAD" {
                "make a first commit"
            } else {
                "`git tag` and `git branch -a` list what there is; `git fetch --tags` gets what is missing"
            };
            Failure::world(format!("`{rev}` is not a commit of this repository")).hint(hint).into()
        })
    }

    fn commit_of(&self, rev: &str) -> Result<Option<String>> {
        let run =
            self.look()?.args(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{rev}^{{commit}}")]);
        let line = run.line();
        let output = run.output()?;
        let oid = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        match output.code {
            Some(0) if is_oid(&oid) => Ok(Some(oid)),
            Some(0 | 1) => Ok(None),
            // A reflog that doesn't go back that far.
            Some(128) if output.stderr.is_empty() => Ok(None),
            _ => Err(refused(&line, &output)),
        }
    }

    /// All tags, by name.
    pub fn tags(&self) -> Result<Vec<Tag>> {
        self.tags_under("refs/tags/")
    }

    /// The tag of this name, if there is one.
    pub fn find_tag(&self, name: &str) -> Result<Option<Tag>> {
        let tags = self.tags_under(&format!("refs/tags/{name}"))?;
        Ok(tags.into_iter().find(|tag| tag.name == name))
    }

    /// Whether there is a tag of this name.
    pub fn tag_exists(&self, name: &str) -> Result<bool> {
        Ok(self.find_tag(name)?.is_some())
    }

    fn tags_under(&self, pattern: &str) -> Result<Vec<Tag>> {
        let format = "--format=%(objectname) %(*objectname) %(refname:lstrip=2)";
        let run = self.look()?.args(["for-each-ref", format, pattern]);
        let line = run.line();
        let output = run.output()?;
        match output.code {
            Some(0) => Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(parse_tag).collect()),
            _ if output.stderr.contains("missing object") => self.tags_that_are_here(pattern),
            _ => Err(refused(&line, &output)),
        }
    }

    /// The same where the object of one tag is missing, for which git would tell nothing of the others.
    fn tags_that_are_here(&self, pattern: &str) -> Result<Vec<Tag>> {
        let tags = self.tag_refs(pattern)?;
        let oids: Vec<String> = tags.iter().map(|(_, oid)| oid.clone()).collect();
        let targets = self.peeled(&oids)?;
        let tag = |((name, oid), target): ((String, String), Option<String>)| Some(Tag { name, oid, target: target? });
        Ok(tags.into_iter().zip(targets).filter_map(tag).collect())
    }

    /// The repositories that this one knows, by name.
    pub fn remotes(&self) -> Result<Vec<Remote>> {
        let run = self.look()?.args(["config", "-z", "--get-regexp", r"^remote\..*\.url$"]);
        let listing = self.answer(run)?.unwrap_or_default();
        let mut remotes: Vec<Remote> = listing.split('\0').filter_map(parse_remote).collect();
        remotes.sort_by(|a, b| a.name.cmp(&b.name));
        // Several URLs of one remote are all pushed to; the first is the one that is read.
        remotes.dedup_by(|b, a| a.name == b.name);
        Ok(remotes)
    }

    /// The branch that a remote calls its own, as it was when it was cloned or last asked; none where that isn't known.
    pub fn remote_branch(&self, remote: &str) -> Result<Option<String>> {
        let (head, start) = (format!("refs/remotes/{remote}/HEAD"), format!("refs/remotes/{remote}/"));
        let branch = self.answer(self.look()?.args(["symbolic-ref", "--quiet", &head]))?;
        Ok(branch.and_then(|name| name.trim_end().strip_prefix(&start).map(str::to_owned)))
    }

    /// The tag of this name in a remote (a name or a URL), asked for over the network.
    pub fn ls_remote_tag(&self, remote: &str, name: &str) -> Result<Option<Tag>> {
        if remote.starts_with('-') {
            return Err(Failure::usage(format!("`{remote}` is no remote")).hint("`git remote -v` lists them").into());
        }
        let (full, peeled) = (format!("refs/tags/{name}"), format!("refs/tags/{name}^{{}}"));
        let run =
            self.look()?.args(LOWEST_SPEED).args(["ls-remote", "--quiet", "--end-of-options", remote, &full, &peeled]);
        let listing = run.read_text()?;
        // The patterns also match the ends of longer names.
        let oid = |wanted: &str| {
            let mut lines = listing.lines().filter_map(|line| line.split_once('\t'));
            lines.find(|(_, found)| *found == wanted).map(|(oid, _)| oid.to_owned())
        };
        Ok(oid(&full).map(|found| Tag {
            name: name.to_owned(),
            target: oid(&peeled).unwrap_or_else(|| found.clone()),
            oid: found,
        }))
    }

    /// Makes an annotated tag, signed with the user's own key if asked. An error if there is one of this name.
    ///
    /// `tag.gpgSign` of the user's settings counts as asking. The tag is on the disk when this returns.
    pub fn create_tag(&self, name: &str, message: &str, target: &str, sign: bool) -> Result<()> {
        if self.tag_exists(name)? {
            return Err(Failure::world(format!("there is a tag `{name}` already"))
                .hint("a published name never moves: take the next version, or delete the tag if nobody has it yet")
                .into());
        }
        if self.answer(self.look()?.args(["check-ref-format", &format!("refs/tags/{name}")]))?.is_none()
            || name.starts_with('-')
        {
            return Err(Failure::usage(format!("`{name}` can't be the name of a tag"))
                .hint("see `git help check-ref-format`")
                .into());
        }
        let target = self.resolve(target)?;
        let kind = if sign { "--sign" } else { "--annotate" };
        let run = self.act()?.args(["-c", "core.fsync=all", "tag", kind, "--cleanup=verbatim", "--file=-"]);
        // Verbatim, git sets the signature right behind the last character, and only finds it on a line of its own.
        let end = if message.ends_with('\n') { "" } else { "\n" };
        let run = run.args(["--end-of-options", name, &target]).stdin(format!("{message}{end}"));
        let line = run.line();
        let output = run.output()?;
        if output.code != Some(0) {
            return Err(refused(&line, &output));
        }
        match if sign { self.find_tag(name)? } else { None } {
            Some(tag) if !self.is_signed(&tag.oid)? => {
                let full = format!("refs/tags/{name}");
                self.act()?.args(["update-ref", "-d", &full, &tag.oid]).run()?;
                Err(not_signed(without_signature(name, &output.stderr)))
            }
            _ => Ok(()),
        }
    }
}

/// `oid target name`; the target is empty for a lightweight tag.
fn parse_tag(line: &str) -> Option<Tag> {
    let mut words = line.splitn(3, ' ');
    let (oid, target, name) = (words.next()?, words.next()?, words.next()?);
    let target = if target.is_empty() { oid } else { target };
    Some(Tag { name: name.to_owned(), oid: oid.to_owned(), target: target.to_owned() })
}

/// `remote.NAME.url`, a line end, and the URL.
fn parse_remote(record: &str) -> Option<Remote> {
    let (key, url) = record.split_once('\n')?;
    let name = key.strip_prefix("remote.")?.strip_suffix(".url")?;
    Some(Remote { name: name.to_owned(), url: url.to_owned() })
}
