//! What commits and tags say, and how commits stand to each other.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Git;
use super::objects::{find_in_tree, is_oid};
use crate::error::Failure;

/// A commit, as a list of changes shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub oid: String,
    /// What it stands on; more than one for a merge.
    pub parents: Vec<String>,
    /// The first line of the message, or its first paragraph as one line.
    pub subject: String,
    /// The whole message, as it is.
    pub message: String,
    /// Who wrote it: `Ada Lovelace`.
    pub author: String,
    /// The author's address.
    pub email: String,
    /// When it was written: seconds since 1970.
    pub seconds: u64,
    /// The paths that it changes; of a merge, what it brings to its first parent. Renames are both paths.
    pub paths: Vec<String>,
}

/// What an annotated tag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagObject {
    /// The id of the tag itself.
    pub oid: String,
    /// What it marks: the id of a commit, almost always.
    pub target: String,
    /// The name in it, which may be another one than that of its reference.
    pub name: String,
    /// `Ada Lovelace <ada@example.com> 1782907200 +0000`; empty in very old tags.
    pub tagger: String,
    /// The message, without the signature.
    pub message: String,
    /// Has it a signature? Not: a good one.
    pub signed: bool,
}

/// What is there to be read: between two commits of a line, and how.
const FORMAT: &str = "--format=%x01%H%x00%P%x00%an%x00%ae%x00%at%x00%s%x00%B%x00";
const FIELDS: usize = 7;

impl Git {
    /// The commits that are in `to` and not in `from`, newest first; all of `to` without `from`.
    ///
    /// `first_parent`: of a merge only itself, not what it merged. One process.
    pub fn commits(&self, from: Option<&str>, to: &str, first_parent: bool) -> Result<Vec<Commit>> {
        let looks = ["--no-renames", "--diff-merges=first-parent", "--name-only", "--no-ext-diff", "--no-textconv"];
        let run = self.look()?.args(["-c", "i18n.logOutputEncoding=UTF-8", "-c", "log.showSignature=false"]);
        let run = run.args(["log", "-z", "--encoding=UTF-8", FORMAT, "--no-mailmap", "--topo-order"]).args(looks);
        let run = if first_parent { run.arg("--first-parent") } else { run };
        let revs = std::iter::once(to.to_owned()).chain(from.map(|from| format!("^{from}")));
        let revs: Vec<String> = revs.collect();
        Ok(parse_log(&run.arg("--end-of-options").args(revs).arg("--").read()?))
    }

    /// Is the one commit the other, or before it?
    pub fn is_ancestor(&self, earlier: &str, later: &str) -> Result<bool> {
        let pair = (earlier.to_owned(), later.to_owned());
        if is_oid(earlier) && (earlier == later || self.memory.lock().lines.contains(&pair)) {
            return Ok(true);
        }
        let run = self.look()?.args(["merge-base", "--is-ancestor", "--end-of-options", earlier, later]);
        let is = self.answer(run)?.is_some();
        if is && is_oid(earlier) && is_oid(later) {
            self.memory.lock().lines.insert(pair);
        }
        Ok(is)
    }

    /// The newest commit that both have; none where they have nothing in common.
    pub fn merge_base(&self, one: &str, other: &str) -> Result<Option<String>> {
        let run = self.look()?.args(["merge-base", "--end-of-options", one, other]);
        Ok(self.answer(run)?.map(|oid| oid.trim_end().to_owned()))
    }

    /// The id of a commit's tree: two commits with one tree have the same files.
    pub fn tree_of(&self, commit: &str) -> Result<String> {
        self.look()?.args(["rev-parse", "--verify", "--end-of-options", &format!("{commit}^{{tree}}")]).read_text()
    }

    /// A file of a commit; none if there is no such file in it, and an error if there is no such commit.
    pub fn read_file(&self, commit: &str, path: &str) -> Result<Option<Vec<u8>>> {
        if path.contains('\n') || !is_oid(commit) {
            return Err(Failure::usage(format!("`{commit}:{path}` names no file of a commit"))
                .hint("resolve the commit first")
                .into());
        }
        let listing = match self.list_tree(commit) {
            Err(_) if !self.has_object(commit)? => {
                return Err(Failure::world(format!("the commit `{commit}` is not here"))
                    .hint("run the same command again: what is missing is fetched")
                    .into());
            }
            listing => listing?,
        };
        let Some((_, oid)) = find_in_tree(&listing, path).filter(|(kind, _)| kind == "blob") else { return Ok(None) };
        Ok(self.files(&[oid])?.pop().map(|bytes| bytes.to_vec()))
    }

    /// Those of these objects that are here, in the order asked for. What they are made of may be missing.
    pub fn has_objects(&self, oids: &[&str]) -> Result<Vec<bool>> {
        if oids.is_empty() {
            return Ok(Vec::new());
        }
        let run = self.look()?.args(["cat-file", "--batch-check"]).stdin(oids.join("\n") + "\n");
        Ok(run.read_text()?.lines().map(|line| !line.ends_with(" missing")).collect())
    }

    /// Is this object here?
    pub fn has_object(&self, oid: &str) -> Result<bool> {
        Ok(self.has_objects(&[oid])? == [true])
    }

    /// The commits and tags that these objects lead to, without those that `known` leads to. What of `known` isn't here
    /// leads to nothing.
    pub fn reachable<'o>(&self, oids: &[&str], known: impl IntoIterator<Item = &'o str>) -> Result<Vec<String>> {
        let known = known.into_iter().map(|oid| format!("^{oid}\n"));
        let names: String = oids.iter().map(|oid| format!("{oid}\n")).chain(known).collect();
        // In this order: it counts for what is read after it.
        let flags = ["rev-list", "--ignore-missing", "--objects", "--filter=tree:0", "--no-object-names", "--stdin"];
        let listing = self.look()?.args(flags).stdin(names).read_text()?;
        Ok(listing.lines().map(str::to_owned).collect())
    }

    /// `0123456789 Subject` of each of these commits.
    pub fn subjects(&self, oids: &[&str]) -> Result<Vec<String>> {
        let flags = [
            "log",
            "--encoding=UTF-8",
            "--no-walk=unsorted",
            "--format=%h %s",
            "--abbrev=10",
            "--no-decorate",
            "--end-of-options",
        ];
        let run = self.look()?.args(["-c", "log.showSignature=false"]).args(flags).args(oids).arg("--");
        Ok(run.read_text()?.lines().map(str::to_owned).collect())
    }

    /// What the tool's own references hold, those apart that hold what was fetched: what it has made in earlier runs.
    pub fn kept_objects(&self) -> Result<BTreeSet<String>> {
        let made = ["refs/lockstep/prepared", "refs/lockstep/tags", "refs/lockstep/signed"];
        let listing = self.look()?.args(["for-each-ref", "--format=%(objectname)"]).args(made).read_text()?;
        Ok(listing.lines().map(str::to_owned).collect())
    }

    /// What a tag object says; none for a commit, as a lightweight tag names it.
    pub fn find_tag_object(&self, oid: &str) -> Result<Option<TagObject>> {
        if let Some(known) = self.memory.lock().tags.get(oid) {
            return Ok(known.clone());
        }
        let output = self.look()?.args(["cat-file", "--batch"]).stdin(format!("{oid}\n")).read()?;
        let text = String::from_utf8_lossy(&output);
        let (header, body) = text.split_once('\n').unwrap_or((&text, ""));
        let found = match header.split(' ').nth(1) {
            Some("tag") => Some(parse_tag(oid, body.strip_suffix('\n').unwrap_or(body))),
            Some("missing") | None => {
                return Err(Failure::world(format!("the object `{oid}` is not here")).hint("fetch it first").into());
            }
            Some(_) => None,
        };
        self.memory.lock().tags.insert(oid.to_owned(), found.clone());
        Ok(found)
    }
}

fn parse_tag(oid: &str, object: &str) -> TagObject {
    let (head, body) = object.split_once("\n\n").unwrap_or((object, ""));
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        lines.next().unwrap_or_default().to_owned()
    };
    // The signature begins a line, and nothing comes after it.
    let begins = ["-----BEGIN PGP SIGNATURE-----", "-----BEGIN SSH SIGNATURE-----", "-----BEGIN SIGNED MESSAGE-----"];
    let starts = begins.iter().filter_map(|begin| {
        if body.starts_with(begin) { Some(0) } else { body.find(&format!("\n{begin}")).map(|at| at + 1) }
    });
    let start = starts.min();
    TagObject {
        oid: oid.to_owned(),
        target: field("object"),
        name: field("tag"),
        tagger: field("tagger"),
        message: body[..start.unwrap_or(body.len())].to_owned(),
        signed: start.is_some(),
    }
}

/// Fields and paths, each ended by a NUL: after the fields an empty one, and the first path begins with a line end.
fn parse_log(log: &[u8]) -> Vec<Commit> {
    let mut words = log.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).peekable();
    let mut commits = Vec::new();
    while let Some(oid) = words.next().as_deref().and_then(start_of_commit) {
        let mut field = || words.next().unwrap_or_default();
        let fields: [String; FIELDS - 1] = std::array::from_fn(|_| field());
        let [parents, author, email, seconds, subject, message] = fields;
        let mut paths = Vec::new();
        while let Some(word) = words.next_if(|word| start_of_commit(word).is_none()) {
            paths.extend(Some(word.strip_prefix('\n').unwrap_or(&word).to_owned()).filter(|path| !path.is_empty()));
        }
        commits.push(Commit {
            oid,
            parents: parents.split(' ').filter(|oid| !oid.is_empty()).map(str::to_owned).collect(),
            subject,
            message,
            author,
            email,
            seconds: seconds.parse().unwrap_or_default(),
            paths,
        });
    }
    commits
}

fn start_of_commit(word: &str) -> Option<String> {
    word.strip_prefix('\u{1}').filter(|oid| is_oid(oid)).map(str::to_owned)
}
