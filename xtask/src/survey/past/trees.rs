//! The files of many commits, as far as a pattern means them: folder by folder, each folder's object read once.
//!
//! Folders are read level by level, a process of git's for each level, and the same object never twice: between two
//! releases most folders stay as they are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::Result;

use crate::glob::Glob;
use crate::tools::git::{Git, Object, TreeRow, read_tree};

/// The files of a commit that are meant: the ids of their contents, by path.
pub(super) type Files = BTreeMap<String, String>;

/// Which files are looked for in which commit's tree.
pub(super) struct Wanted {
    /// The id of the top folder.
    pub tree: String,
    /// Index into the lists of patterns.
    pub patterns: usize,
}

/// A folder as one of the lists of patterns sees it: which list, the folder's path, its id.
type Key = (usize, String, String);

/// What is meant in a folder: files, and folders below it.
#[derive(Default)]
struct Node {
    files: Vec<(String, String)>,
    folders: Vec<Key>,
}

/// Reads the trees. None where a part of one that may matter isn't here; `gone` is known not to be here, and never asked
/// for.
pub(super) fn read(
    git: &Git,
    wanted: &[Wanted],
    patterns: &[Vec<Glob>],
    gone: &BTreeSet<String>,
) -> Result<Vec<Option<Files>>> {
    let mut nodes: HashMap<Key, Option<Node>> = HashMap::new();
    let roots = wanted.iter().map(|one| (one.patterns, String::new(), one.tree.clone()));
    let mut open: BTreeSet<Key> = roots.clone().collect();
    while !open.is_empty() {
        let read = read_level(git, &open, patterns, gone)?;
        open = read.values().flatten().flat_map(|node| node.folders.iter().cloned()).collect();
        nodes.extend(read);
        open.retain(|key| !nodes.contains_key(key));
    }
    Ok(roots.map(|root| gather(&nodes, &root)).collect())
}

/// One look at all folders of a level; an object that several of them share is read once.
fn read_level(
    git: &Git,
    open: &BTreeSet<Key>,
    patterns: &[Vec<Glob>],
    gone: &BTreeSet<String>,
) -> Result<HashMap<Key, Option<Node>>> {
    let mut sharing: BTreeMap<&String, Vec<&Key>> = BTreeMap::new();
    for key in open {
        sharing.entry(&key.2).or_default().push(key);
    }
    let mut read: HashMap<Key, Option<Node>> = HashMap::new();
    let asked: Vec<String> = sharing.keys().filter(|oid| !gone.contains(**oid)).map(|oid| (*oid).clone()).collect();
    git.cat_objects(&asked, |at, object| {
        let rows = object.filter(|object: &Object| object.kind == "tree").map(|object| read_tree(&object));
        for key in &sharing[&asked[at]] {
            read.insert((*key).clone(), rows.as_ref().map(|rows| pick(rows, key, &patterns[key.0])));
        }
        Ok(())
    })?;
    for key in open {
        read.entry(key.clone()).or_default();
    }
    Ok(read)
}

/// The rows that a pattern may mean. Symlinks and submodules are no files.
fn pick(rows: &[TreeRow], (list, folder, _): &Key, patterns: &[Glob]) -> Node {
    const FOLDER: u32 = 0o040_000;
    const FILE: u32 = 0o100_000;
    let mut node = Node::default();
    for row in rows {
        let path = format!("{folder}{}", row.name);
        if row.mode == FOLDER && patterns.iter().any(|glob| glob.may_hold(&path)) {
            node.folders.push((*list, format!("{path}/"), row.oid.clone()));
        } else if row.mode & 0o170_000 == FILE && patterns.iter().any(|glob| glob.is_match(&path)) {
            node.files.push((path, row.oid.clone()));
        }
    }
    node
}

/// All files below a folder; none if a folder on the way isn't here.
fn gather(nodes: &HashMap<Key, Option<Node>>, root: &Key) -> Option<Files> {
    let (mut files, mut open) = (Files::new(), vec![root]);
    while let Some(key) = open.pop() {
        let node = nodes.get(key)?.as_ref()?;
        files.extend(node.files.iter().cloned());
        open.extend(&node.folders);
    }
    Some(files)
}
