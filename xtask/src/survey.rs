//! Reads trees: the work tree, the index or a commit. Lists what the manifests name, reads it, locates every site.

mod cache;
mod links;
mod look;
pub mod past;
mod tree;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Result;

use crate::context::{CONFIG, Context, repository};
use crate::error::Failure;
use crate::fsx;
use crate::glob::Glob;
use crate::model::{self, File, Model};
use crate::plan::own_copy;
use crate::plan::strays::{Mentioned, is_history};
use crate::resolve::Project;
use crate::tools::git::Git;
use crate::tools::redact;
use cache::Cache;
use tree::{Tree, open_tree};

/// Which tree is looked at. The index and a commit are this repository's alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The files as they lie there, in every repository.
    Work,
    /// What is staged for the next commit.
    Index,
    /// A commit, a branch, a tag.
    Rev(String),
    /// The commits that every repository has checked out.
    Heads,
    /// A commit of each repository, in whatever clone; none for a repository that is left out.
    Tips(Vec<Option<(Git, String)>>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Work => f.write_str("the work tree"),
            Self::Index => f.write_str("the index"),
            Self::Rev(rev) => write!(f, "`{rev}`"),
            Self::Heads => f.write_str("`HEAD`"),
            Self::Tips(_) => f.write_str("what the remotes have"),
        }
    }
}

impl Source {
    /// The configuration as this tree has it; `None` where the work tree's is meant.
    pub fn config(&self, context: &Context) -> Result<Option<String>> {
        if *self == Self::Work || context.shown != CONFIG {
            return Ok(None);
        }
        if *self == Self::Index {
            let staged = context.git()?.clone().with_hook_index()?.find_staged(CONFIG)?;
            if let Some(text) = staged.and_then(|bytes| String::from_utf8(bytes).ok()) {
                return Ok(Some(text));
            }
        }
        // The longer way has a reason for whatever is wrong.
        let tree = Tree::objects(context.git()?, self, &[CONFIG.to_owned()])?;
        if !tree.list(&[&Glob::parse("**").map_err(Failure::usage)?])?.iter().any(|path| path == CONFIG) {
            return Ok(None);
        }
        Ok(Some(tree.read_all(&[CONFIG.to_owned()])?.remove(0)?))
    }

    /// The project as this tree configures it. A tree without a configuration is seen through that of the work tree,
    /// and that is said.
    pub fn project(&self, context: &Context) -> Result<Project> {
        if let Some(text) = self.config(context)? {
            return context.parse(&text);
        }
        if *self != Self::Work && context.shown == CONFIG {
            context.ui.warn(&format!("`{CONFIG}` isn't in {self}: the one in the work tree is used"));
        }
        context.project()
    }
}

/// What a look at the trees found.
pub struct Survey<'p> {
    /// The model that was built of it.
    pub model: Model<'p>,
    /// Repositories that aren't checked out, each as a sentence; their manifests are left out.
    pub missing: Vec<String>,
    trees: Vec<Option<Tree>>,
    texts: Vec<Option<Arc<str>>>,
}

/// Reads everything that the project's manifests name in the trees of this source.
/// With `keep` the texts are held, for a command that will write; else they are read again where one is shown.
pub fn survey<'p>(context: &Context, project: &'p Project, source: &Source, keep: bool) -> Result<Survey<'p>> {
    let cache = look::cache_path(context.git.as_ref(), source);
    let read = || cache.as_ref().map(|path| Cache::read(path, &project.config)).unwrap_or_default();
    // The cache is as large as all files together: it is read while git lists them.
    let (known, listed) = thread::scope(|scope| {
        let reading = thread::Builder::new().spawn_scoped(scope, read);
        let listed = list(context, project, source);
        (reading.ok().and_then(|thread| thread.join().ok()).unwrap_or_default(), listed)
    });
    let Listed { missing, trees, listings } = listed?;
    let (files, findings) = model::find_files(project, &listings, &|repo| trees[repo].is_some());
    let (located, texts) = look::locate(project, &trees, &files, keep, &known, cache.as_deref())?;
    let absent = (0..trees.len()).filter(|&repo| trees[repo].is_none()).collect();
    let read = |file: &File| read_one(trees[file.repo].as_ref()?, &file.path);
    let model = Model::build(project, files, located, findings, absent, &read);
    Ok(Survey { model, missing, trees, texts })
}

/// The repositories' trees, and the paths in each that a pattern may match.
struct Listed {
    missing: Vec<String>,
    trees: Vec<Option<Tree>>,
    listings: Vec<Vec<String>>,
}

fn list(context: &Context, project: &Project, source: &Source) -> Result<Listed> {
    let mut missing = Vec::new();
    let mut trees = Vec::new();
    let mut listings = Vec::new();
    for (index, repo) in project.repos.iter().enumerate() {
        let patterns: Vec<&Glob> = patterns(project, index);
        let root = context.checkout(repo);
        let tree = match (index, source) {
            (_, Source::Tips(tips)) => match tips.get(index).and_then(Option::as_ref) {
                Some((git, oid)) => open_tree(Some(git), &root, &Source::Rev(oid.clone()), &patterns)?,
                None => None,
            },
            (0, _) => open_tree(context.git.as_ref(), &root, source, &patterns)?,
            (_, Source::Work | Source::Heads) if patterns.is_empty() => None,
            (_, Source::Work | Source::Heads) if fsx::is_folder(&root)? => {
                open_tree(repository(&root)?.as_ref(), &root, source, &patterns)?
            }
            (_, Source::Work | Source::Heads) => {
                missing.push(not_here(repo, &root));
                None
            }
            _ => None,
        };
        listings.push(match &tree {
            Some(tree) => tree.list(&patterns)?,
            None => Vec::new(),
        });
        trees.push(tree);
    }
    Ok(Listed { missing, trees, listings })
}

fn read_one(tree: &Tree, path: &String) -> Option<Arc<str>> {
    tree.read_all(std::slice::from_ref(path)).ok()?.pop()?.ok().map(Arc::from)
}

/// The patterns of all manifests in one repository.
fn patterns(project: &Project, repo: usize) -> Vec<&Glob> {
    let manifests = project.manifests.iter().filter(|manifest| manifest.repo == repo);
    manifests.flat_map(|manifest| manifest.paths.iter().map(|(glob, _)| glob)).collect()
}

/// That a repository isn't checked out, as a sentence with the way to change it.
pub(crate) fn not_here(repo: &crate::resolve::Repo, root: &Path) -> String {
    let clone =
        repo.url.as_ref().map(|url| format!(": `git clone {} {}`", redact(url), root.display())).unwrap_or_default();
    format!("the repository `{}` isn't checked out at `{}`{clone}", repo.name, root.display())
}

impl Survey<'_> {
    /// The text of a file as it was located, or as it is now.
    pub fn text(&self, file: usize) -> Option<Arc<str>> {
        if let Some(text) = &self.texts[file] {
            return Some(text.clone());
        }
        let file = &self.model.files[file];
        read_one(self.trees[file.repo].as_ref()?, &file.path)
    }

    /// The manifests that are in a merge conflict.
    pub fn conflicts(&self) -> Result<Vec<String>> {
        let mut conflicts = Vec::new();
        for (repo, tree) in self.trees.iter().enumerate() {
            let Some(Tree::Work { git: Some(git), .. }) = tree else { continue };
            let unmerged = git.unmerged()?;
            let files = self.model.files.iter().filter(|file| file.repo == repo && unmerged.contains(&file.path));
            conflicts.extend(files.map(|file| self.model.project.repos[repo].show(&file.path)));
        }
        Ok(conflicts)
    }

    /// The repository that a work tree is of, where it is one of git's.
    pub fn git(&self, repo: usize) -> Option<&Git> {
        match self.trees[repo].as_ref()? {
            Tree::Work { git, .. } => git.as_ref(),
            Tree::Objects { git, .. } => Some(git),
        }
    }

    /// The folder of a repository's checkout.
    pub fn root(&self, repo: usize) -> PathBuf {
        match &self.trees[repo] {
            Some(Tree::Work { root, .. }) => root.clone(),
            Some(Tree::Objects { git, .. }) => git.dir.clone(),
            None => PathBuf::new(),
        }
    }

    /// Every tracked text file with what sites cover of it; histories and lock files are left out.
    pub fn mentioning_files(&self) -> Result<Vec<Mentioned>> {
        let numbers =
            self.model.files.iter().enumerate().map(|(number, file)| ((file.repo, file.path.as_str()), number));
        let manifests: HashMap<(usize, &str), usize> = numbers.collect();
        let sites =
            |file: &usize| self.model.file_sites(*file).map(|site| self.model.sites[site].span.clone()).collect();
        let mut files = Vec::new();
        for (repo, tree) in self.trees.iter().enumerate() {
            let Some(tree) = tree else { continue };
            let everything = Glob::parse("**").map_err(Failure::usage)?;
            let mut paths: Vec<String> =
                tree.list(&[&everything])?.into_iter().filter(|path| !is_history(path)).collect();
            let read = |path: &str| tree.read_all(&[path.to_owned()]).ok()?.pop()?.ok();
            own_copy::leave_out(&mut paths, &read);
            for (path, text) in paths.iter().zip(tree.read_all(&paths)?) {
                let Ok(text) = text else { continue };
                let shown = self.model.project.repos[repo].show(path);
                files.push(Mentioned {
                    covered: manifests.get(&(repo, path.as_str())).map(sites).unwrap_or_default(),
                    path: shown,
                    text,
                });
            }
        }
        Ok(files)
    }
}
