//! Reads trees: the work tree, the index or a commit. Lists what the manifests name, reads it, locates every site.

mod cache;
mod links;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use crate::command::{CONFIG, Context, no_repository, repository};
use crate::error::{Failure, Place};
use crate::finding::{Finding, Rule};
use crate::fsx::{self, in_parallel};
use crate::glob::Glob;
use crate::model::{self, File, Located, Model, locate_file};
use crate::plan::strays::{Mentioned, is_history};
use crate::resolve::Project;
use crate::tools::git::{Entry, Git};
use crate::world;
use cache::Cache;

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
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Work => f.write_str("the work tree"),
            Self::Index => f.write_str("the index"),
            Self::Rev(rev) => write!(f, "`{rev}`"),
            Self::Heads => f.write_str("`HEAD`"),
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
    let mut missing = Vec::new();
    let mut trees = Vec::new();
    let mut listings = Vec::new();
    for (index, repo) in project.repos.iter().enumerate() {
        let patterns: Vec<&Glob> = patterns(project, index);
        let root = context.checkout(repo);
        let tree = match (index, source) {
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
    let (files, findings) = model::find_files(project, &listings, &|repo| trees[repo].is_some());
    let (located, texts) = locate(project, &trees, &files, keep)?;
    let absent = (0..trees.len()).filter(|&repo| trees[repo].is_none()).collect();
    let model = Model::build(project, files, located, findings, absent);
    Ok(Survey { model, missing, trees, texts })
}

/// The patterns of all manifests in one repository.
fn patterns(project: &Project, repo: usize) -> Vec<&Glob> {
    let manifests = project.manifests.iter().filter(|manifest| manifest.repo == repo);
    manifests.flat_map(|manifest| manifest.paths.iter().map(|(glob, _)| glob)).collect()
}

fn not_here(repo: &crate::resolve::Repo, root: &Path) -> String {
    let clone = repo.url.as_ref().map(|url| format!(": `git clone {url} {}`", root.display())).unwrap_or_default();
    format!("the repository `{}` isn't checked out at `{}`{clone}", repo.name, root.display())
}

fn open_tree(git: Option<&Git>, root: &Path, source: &Source, patterns: &[&Glob]) -> Result<Option<Tree>> {
    Ok(Some(match (source, git) {
        (Source::Work, git) => Tree::Work { root: root.to_path_buf(), git: git.cloned() },
        (_, Some(git)) => Tree::objects(git, source, &pathspecs(patterns))?,
        (_, None) => return Err(no_repository(root).into()),
    }))
}

/// What git is asked to list: no more than the patterns can match. Empty means everything.
fn pathspecs(patterns: &[&Glob]) -> Vec<String> {
    // Beyond this the argument list costs more than it saves.
    const MOST: usize = 64;
    let mut specs: Vec<String> = patterns
        .iter()
        .map(|glob| if glob.is_literal() { glob.as_str().to_owned() } else { glob.literal_prefix().to_owned() })
        .collect();
    specs.sort();
    specs.dedup();
    if specs.len() > MOST || specs.iter().any(String::is_empty) {
        return Vec::new();
    }
    // A path may begin with a colon, or hold a backslash.
    specs.iter().map(|spec| format!(":(literal){spec}")).collect()
}

/// Files of one repository, wherever they are read from.
enum Tree {
    /// As they lie in a folder.
    Work { root: PathBuf, git: Option<Git> },
    /// As git has them: path and object id, or why it is no file.
    Objects { git: Git, name: String, blobs: HashMap<String, Result<String, String>> },
}

impl Tree {
    fn objects(git: &Git, source: &Source, pathspecs: &[String]) -> Result<Self> {
        let git = if *source == Source::Index { git.clone().with_hook_index()? } else { git.clone() };
        let entries = match source {
            Source::Index => git.staged_entries(pathspecs)?,
            Source::Rev(rev) => git.tree_entries(rev)?,
            Source::Work | Source::Heads => git.tree_entries("HEAD")?,
        };
        let blob = |entry: Entry| {
            let symlink = "it is a symlink: name the file it points to".to_owned();
            (entry.path.clone(), if entry.is_symlink() { Err(symlink) } else { Ok(entry.oid) })
        };
        Ok(Self::Objects { blobs: entries.items.into_iter().map(blob).collect(), name: source.to_string(), git })
    }

    fn list(&self, patterns: &[&Glob]) -> Result<Vec<String>> {
        if patterns.iter().all(|glob| glob.is_literal()) {
            return Ok(Vec::new());
        }
        match self {
            Self::Work { git: Some(git), .. } => Ok(git.ls_files(&pathspecs(patterns))?.items),
            Self::Work { root, git: None } => Ok(fsx::list_folder(root)?.items),
            Self::Objects { blobs, .. } => Ok(blobs.keys().cloned().collect()),
        }
    }

    /// The texts of these files, each of them or why it can't be read.
    fn read_all(&self, paths: &[String]) -> Result<Vec<Result<String, Failure>>> {
        match self {
            Self::Work { root, .. } => Ok(paths.iter().map(|path| read_work(root, path)).collect()),
            Self::Objects { git, name, blobs } => read_objects(git, name, blobs, paths),
        }
    }
}

/// Reads a file of a work tree. Its path is said beside the failure, and so isn't in it.
fn read_work(root: &Path, path: &str) -> Result<String, Failure> {
    let file = root.join(path);
    fsx::read_manifest(&file).map_err(as_failure).map_err(|mut failure| {
        failure.message = failure.message.replacen(&format!("`{}`", fsx::shown(&file)), "it", 1);
        failure
    })
}

fn as_failure(error: anyhow::Error) -> Failure {
    error.downcast::<Failure>().unwrap_or_else(|error| Failure::tool(format!("{error:#}")))
}

const NO_TEXT: &str = "leave it out of the configuration, or narrow the glob";

/// Reads all of them in one batch.
fn read_objects(
    git: &Git,
    name: &str,
    blobs: &HashMap<String, Result<String, String>>,
    paths: &[String],
) -> Result<Vec<Result<String, Failure>>> {
    let found: Vec<Result<String, Failure>> = paths
        .iter()
        .map(|path| match blobs.get(path) {
            Some(Ok(oid)) => Ok(oid.clone()),
            Some(Err(reason)) => Err(Failure::world(reason.clone())),
            None => Err(Failure::world(format!("it isn't in {name}"))
                .hint("look for a typing error in the path, or take it out of the configuration")),
        })
        .collect();
    let oids: Vec<String> = found.iter().filter_map(|oid| oid.as_ref().ok().cloned()).collect();
    let mut contents = git.cat_file_batch(&oids)?.into_iter();
    let text = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(text),
        Ok(_) => Err(Failure::world("it is a binary file").hint(NO_TEXT)),
        Err(_) => Err(Failure::world("it is not UTF-8").hint(NO_TEXT)),
    };
    Ok(found.into_iter().map(|oid| oid.and_then(|_| text(contents.next().unwrap_or_default()))).collect())
}

type AllLocated = Vec<Result<Located, Box<Finding>>>;

/// A file's text, if it could be read, and what was located in it; was it known from an earlier look?
struct Look {
    text: Option<Arc<str>>,
    located: Result<Located, Box<Finding>>,
    known: bool,
}

/// Reads and locates every file, in parallel.
fn locate(
    project: &Project,
    trees: &[Option<Tree>],
    files: &[File],
    keep: bool,
) -> Result<(AllLocated, Vec<Option<Arc<str>>>)> {
    let cache_path = match &trees[0] {
        Some(Tree::Work { git: Some(git), .. }) => Some(git.git_dir.join("lockstep/sites")),
        _ => None,
    };
    let cache = cache_path.as_ref().map(|path| Cache::read(path, &project.config)).unwrap_or_default();
    let texts = read_objects_of(trees, files)?;
    let links = links::find(project, trees);
    let jobs: Vec<(&File, Option<Result<String, Failure>>)> = files.iter().zip(texts).collect();
    let looks = in_parallel(world::threads(), &jobs, |(file, text)| {
        Ok(look(project, trees, &links, &cache, file, text.as_ref()))
    })?;
    if let Some(path) = cache_path.filter(|_| looks.iter().any(|look| !look.known)) {
        let found = files
            .iter()
            .zip(&looks)
            .filter_map(|(file, look)| Some((file, look.text.as_deref()?, look.located.as_ref().ok()?)));
        cache::write(&path, &project.config, &found.collect::<Vec<_>>());
    }
    Ok(looks.into_iter().map(|look| (look.located, look.text.filter(|_| keep))).unzip())
}

fn look(
    project: &Project,
    trees: &[Option<Tree>],
    links: &HashSet<PathBuf>,
    cache: &Cache,
    file: &File,
    text: Option<&Result<String, Failure>>,
) -> Look {
    let text = match (text, &trees[file.repo]) {
        (Some(Ok(text)), _) => Ok(text.clone()),
        (Some(Err(failure)), _) => Err(unreadable(project, file, failure)),
        (None, Some(Tree::Work { root, .. })) => links::refuse(links, root, &file.path)
            .and_then(|()| read_work(root, &file.path))
            .map_err(|failure| unreadable(project, file, &failure)),
        (None, _) => return Look { text: None, located: Ok(Located::default()), known: true },
    };
    match text {
        Err(finding) => Look { text: None, located: Err(finding), known: false },
        Ok(text) => match cache.find(file, &text) {
            Some(located) => Look { text: Some(text.into()), located: Ok(located), known: true },
            None => Look { located: locate_file(project, file, &text), text: Some(text.into()), known: false },
        },
    }
}

/// The texts of the files that git holds, read in one batch a repository; none for those of a work tree.
fn read_objects_of(trees: &[Option<Tree>], files: &[File]) -> Result<Vec<Option<Result<String, Failure>>>> {
    let mut texts: Vec<Option<Result<String, Failure>>> = files.iter().map(|_| None).collect();
    for (repo, tree) in trees.iter().enumerate() {
        let Some(tree @ Tree::Objects { .. }) = tree else { continue };
        let wanted: Vec<usize> = (0..files.len()).filter(|&file| files[file].repo == repo).collect();
        let paths: Vec<String> = wanted.iter().map(|&file| files[file].path.clone()).collect();
        for (file, text) in wanted.into_iter().zip(tree.read_all(&paths)?) {
            texts[file] = Some(text);
        }
    }
    Ok(texts)
}

fn unreadable(project: &Project, file: &File, failure: &Failure) -> Box<Finding> {
    let place = Place::file(project.repos[file.repo].show(&file.path));
    Box::new(Finding { rule: Rule::Unreadable, place, message: failure.message.clone(), hint: failure.hint.clone() })
}

impl Survey<'_> {
    /// The text of a file as it was located, or as it is now.
    pub fn text(&self, file: usize) -> Option<Arc<str>> {
        if let Some(text) = &self.texts[file] {
            return Some(text.clone());
        }
        let file = &self.model.files[file];
        let tree = self.trees[file.repo].as_ref()?;
        tree.read_all(std::slice::from_ref(&file.path)).ok()?.pop()?.ok().map(Arc::from)
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
            // The project's copy of this tool has versions of its own, in its tests above all.
            if paths.iter().any(|path| path == "xtask/.lockstep/installed") {
                paths.retain(|path| !path.starts_with("xtask/"));
            }
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
