//! Commits and tags that are made of bytes, in a bare clone: no work tree, no hooks, no filters.
//!
//! `git fast-import` makes a whole list of commits in one process. By `hash-object`, `read-tree`, `update-index`,
//! `write-tree` and `commit-tree` it would be four a commit and one a file more, and a private index to clean up.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::sync::Arc;

use anyhow::Result;

use super::Git;
use super::objects::is_oid;
use crate::error::Failure;
use crate::{tag, world};

/// On the disk when git ends, whatever the user's settings are.
pub(super) const DURABLE: [&str; 2] = ["-c", "core.fsync=all"];
const FILE: &str = "100644";

/// Who makes commits and tags, and when: the same for all objects of a release, so that a second machine makes the
/// same ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `Ada Lovelace`
    pub name: String,
    /// `ada@example.com`
    pub email: String,
    /// Seconds since 1970, UTC.
    pub seconds: u64,
}

impl Signature {
    /// As it stands in a commit: `Ada Lovelace <ada@example.com> 1782907200 +0000`.
    fn line(&self) -> Result<String> {
        let odd = |c: char| c.is_control() || matches!(c, '<' | '>');
        let fault = match (self.name.trim(), self.email.trim()) {
            ("", _) => "has no name",
            (_, "") => "has no address",
            (name, email) if name.contains(odd) || email.contains(odd) => "holds `<`, `>` or a line end",
            (name, email) if name != self.name || email != self.email => "begins or ends with a space",
            _ => return Ok(format!("{} <{}> {} +0000", self.name, self.email, self.seconds)),
        };
        Err(Failure::usage(format!("`{} <{}>` {fault}", self.name.escape_debug(), self.email.escape_debug()))
            .hint("set `user.name` and `user.email` with `git config`")
            .into())
    }
}

impl Signature {
    /// For objects that are only looked at: what they hold doesn't depend on who makes them.
    pub fn nobody(seconds: u64) -> Self {
        Self { name: "nobody".to_owned(), email: "nobody@localhost".to_owned(), seconds }
    }
}

/// What a new commit stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// A commit.
    Commit(String),
    /// The commit before it in the same list.
    Previous,
    /// Nothing: the first commit of a branch.
    None,
}

/// A commit to be made: its parent's files, with these changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// What it stands on.
    pub parent: Parent,
    /// Paths and their new contents. A path that is there keeps its mode; a new one is an ordinary file.
    pub files: Vec<(String, Vec<u8>)>,
    /// The whole message. It ends with a line end, which is added where it lacks.
    pub message: String,
}

/// An annotated tag to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTag {
    /// Without `refs/tags/`.
    pub name: String,
    /// The commit's id.
    pub target: String,
    /// The whole message. It ends with a line end, which is added where it lacks.
    pub message: String,
    /// With the user's own key.
    pub signed: bool,
}

impl Git {
    /// Makes commits and gives their ids. The same input gives the same ids. No branch moves.
    ///
    /// Refused: a file in place of a folder, a symlink or a submodule; a path that leads out of the tree.
    pub fn build_commits(&self, commits: &[NewCommit], who: &Signature) -> Result<Vec<String>> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let known = |(of, by, _): &&(Vec<NewCommit>, Signature, Vec<String>)| of == commits && by == who;
        if let Some((_, _, oids)) = self.memory.lock().built.iter().find(known) {
            return Ok(oids.clone());
        }
        let modes = self.modes(commits)?;
        let zeros = "0".repeat(match modes.keys().next() {
            Some(oid) => oid.len(),
            None => self.id_length()?,
        });
        let (stream, last) = render_stream(commits, &modes, &who.line()?, &zeros)?;
        let run = self.act()?.args(DURABLE).args(["fast-import", "--quiet", "--force", "--date-format=raw"]);
        let printed = run.stdin(stream).read_text()?;
        let told: Vec<&str> = printed.lines().collect();
        let oids: Vec<String> = told.iter().step_by(2).map(|&oid| oid.to_owned()).collect();
        let trees: Vec<&str> = told.iter().skip(1).step_by(2).filter_map(|line| parse_root(line)).collect();
        if (oids.len(), trees.len()) != (commits.len(), commits.len()) || !oids.iter().all(|oid| is_oid(oid)) {
            return Err(Failure::tool("`git fast-import` printed something else than the ids of commits")
                .hint("`git --version` must be 2.39 or newer")
                .into());
        }
        self.adopt(&oids);
        let trees = trees.into_iter().map(str::to_owned);
        self.memory.lock().tree_ids.extend(oids.iter().cloned().zip(trees));
        self.remember(commits, who, &oids, last);
        Ok(oids)
    }

    /// Makes a tag object and gives its id. No reference of a tag is left behind.
    ///
    /// An unsigned one has the same id for the same input. A signed one that this repository has made before, for the
    /// same input, is taken again.
    pub fn build_tag(&self, tag: &NewTag, who: &Signature) -> Result<String> {
        check_tag(tag)?;
        let payload = render_tag(tag, &who.line()?);
        let oid = if tag.signed { self.sign_tag(tag, who, &payload)? } else { self.make_tag(payload)? };
        self.adopt(std::slice::from_ref(&oid));
        Ok(oid)
    }

    /// These objects count as made by the tool in this process: see [`Git::is_made`].
    ///
    /// For what an earlier run of the same release has made and this one has found again: a signed tag has another id
    /// each time, so it can't be made again.
    pub fn adopt(&self, oids: &[String]) {
        self.memory.lock().made.extend(oids.iter().cloned());
    }

    /// Was this object made here, by this process?
    pub fn is_made(&self, oid: &str) -> bool {
        self.memory.lock().made.contains(oid)
    }

    /// What stands on what is known of commits that were made here, and asked again before they are pushed.
    fn remember(&self, commits: &[NewCommit], who: &Signature, oids: &[String], last: Modes) {
        let mut known = self.memory.lock();
        let mut before: Vec<String> = Vec::new();
        for (commit, oid) in commits.iter().zip(oids) {
            match &commit.parent {
                Parent::Commit(parent) => before = vec![parent.clone()],
                Parent::Previous => {}
                Parent::None => before.clear(),
            }
            known.lines.extend(before.iter().map(|earlier| (earlier.clone(), oid.clone())));
            before.push(oid.clone());
        }
        known.modes.extend(before.pop().map(|oid| (oid, Arc::new(last))));
        known.built.push((commits.to_vec(), who.clone(), oids.to_vec()));
    }

    fn make_tag(&self, payload: String) -> Result<String> {
        self.act()?.args(DURABLE).arg("mktag").stdin(payload).read_text()
    }

    /// How many digits an id has here: 40, or 64 with SHA-256.
    fn id_length(&self) -> Result<usize> {
        let format = self.look()?.args(["rev-parse", "--show-object-format"]).read_text()?;
        Ok(if format == "sha256" { 64 } else { 40 })
    }

    /// The mode of every path of the commits that others stand on.
    fn modes(&self, commits: &[NewCommit]) -> Result<BTreeMap<String, Arc<Modes>>> {
        let mut modes = BTreeMap::new();
        for commit in commits {
            let Parent::Commit(oid) = &commit.parent else { continue };
            if !is_oid(oid) {
                return Err(Failure::usage(format!("`{oid}` is not the id of a commit"))
                    .hint("resolve it first")
                    .into());
            }
            if let Slot::Vacant(slot) = modes.entry(oid.clone()) {
                let made = self.memory.lock().modes.get(oid).cloned();
                slot.insert(match made {
                    Some(modes) => modes,
                    None => Arc::new(parse_modes(&self.list_tree(oid)?)),
                });
            }
        }
        Ok(modes)
    }
}

/// Path → mode, as git writes them. A path of any bytes stands here, so that none is overwritten.
pub(super) type Modes = BTreeMap<Vec<u8>, String>;

fn parse_modes(listing: &[u8]) -> Modes {
    let records = listing.split(|&byte| byte == 0).filter_map(|record| {
        let tab = record.iter().position(|&byte| byte == b'\t')?;
        Some((record[tab + 1..].to_vec(), String::from_utf8_lossy(record.get(..6)?).into_owned()))
    });
    // A folder is no obstacle by itself: only what is in it is.
    records.filter(|(_, mode)| mode != "040000").collect()
}

/// What `git fast-import` reads, and the modes in the last commit. The branch that it wants is gone at its end, so none is
/// ever made.
fn render_stream(
    commits: &[NewCommit],
    modes: &BTreeMap<String, Arc<Modes>>,
    who: &str,
    zeros: &str,
) -> Result<(Vec<u8>, Modes)> {
    let branch = format!("refs/lockstep/built/{:016x}", world::nonce());
    let mut out = b"feature done\n".to_vec();
    let mut known = Modes::new();
    for (at, commit) in commits.iter().enumerate() {
        let mark = at + 1;
        let from = match &commit.parent {
            Parent::Commit(oid) => {
                known = modes.get(oid).map(|modes| Modes::clone(modes)).unwrap_or_default();
                format!("from {oid}\n")
            }
            Parent::Previous if at > 0 => format!("from :{at}\n"),
            _ => {
                known = Modes::new();
                String::new()
            }
        };
        let message = ended(&commit.message);
        if message.contains('\0') {
            return Err(Failure::usage("the message of a commit holds a NUL byte").hint("take it out").into());
        }
        out.extend(format!("reset {branch}\ncommit {branch}\nmark :{mark}\nauthor {who}\ncommitter {who}\n").bytes());
        out.extend(format!("data {}\n{message}\n{from}", message.len()).bytes());
        for (path, bytes) in &commit.files {
            let mode = mode_of(&known, path)?;
            out.extend(format!("M {mode} inline {}\ndata {}\n", quoted(path), bytes.len()).bytes());
            out.extend_from_slice(bytes);
            out.push(b'\n');
            known.insert(path.clone().into_bytes(), mode);
        }
        out.push(b'\n');
    }
    let marks: String = (1..=commits.len()).map(|mark| format!("get-mark :{mark}\nls :{mark} \"\"\n")).collect();
    out.extend(format!("{marks}reset {branch}\nfrom {zeros}\n\ndone\n").bytes());
    Ok((out, known))
}

/// `040000 tree OID<TAB>`: what git says of the files of a commit.
fn parse_root(line: &str) -> Option<&str> {
    line.strip_prefix("040000 tree ")?.split('\t').next().filter(|oid| is_oid(oid))
}

/// The mode that a file will have; an error if it can't be written there.
fn mode_of(known: &Modes, path: &str) -> Result<String> {
    check_path(path)?;
    let fault = match known.get(path.as_bytes()).map(String::as_str) {
        Some(mode @ ("100644" | "100755")) => return Ok(mode.to_owned()),
        Some("120000") => "is a symlink",
        Some(_) => "is a submodule",
        None => {
            let below = format!("{path}/").into_bytes();
            let above = path.match_indices('/').find(|(at, _)| known.contains_key(&path.as_bytes()[..*at]));
            match above {
                None if known.range(below.clone()..).next().is_none_or(|(next, _)| !next.starts_with(&below)) => {
                    return Ok(FILE.to_owned());
                }
                None => "is a folder",
                Some(_) => "would be below a file",
            }
        }
    };
    Err(Failure::world(format!("`{}` can't be written in a commit: it {fault}", path.escape_debug()))
        .hint("look at it with `git ls-tree`, and name another path in release.toml")
        .into())
}

/// A path that stays in the tree, and out of `.git`, on every system that checks it out.
fn check_path(path: &str) -> Result<()> {
    let bad = |part: &str| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git");
    if path.contains('\0') || path.split('/').any(bad) {
        let message = format!("`{}` can't be a path in a commit", path.escape_debug());
        return Err(Failure::usage(message).hint("paths count from the top of the repository").into());
    }
    Ok(())
}

/// A path in quotes, as `git fast-import` reads it.
fn quoted(path: &str) -> String {
    format!("\"{}\"", path.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n"))
}

pub(super) fn ended(message: &str) -> String {
    let end = if message.ends_with('\n') { "" } else { "\n" };
    format!("{message}{end}")
}

fn check_tag(tag: &NewTag) -> Result<()> {
    tag::check_ref_name(&tag.name).map_err(|fault| {
        Failure::usage(format!("a tag can't be called so: {fault}")).hint("mend `tag` of this track in release.toml")
    })?;
    if !is_oid(&tag.target) || tag.message.contains('\0') {
        return Err(Failure::usage(format!("the tag `{}` has no commit, or a NUL byte", tag.name))
            .hint("resolve the commit first")
            .into());
    }
    Ok(())
}

fn render_tag(tag: &NewTag, who: &str) -> String {
    format!("object {}\ntype commit\ntag {}\ntagger {who}\n\n{}", tag.target, tag.name, ended(&tag.message))
}
