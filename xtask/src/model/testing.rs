//! A model of a tree that is written down in a test.

use std::sync::Arc;

use super::{File, Model, find_files, locate_file};
use crate::config::parse;
use crate::resolve::{Project, resolve};

/// The project of a configuration that is right.
#[track_caller]
pub(crate) fn project(config: &str) -> Project {
    let resolved = parse("release.toml", config).and_then(resolve);
    resolved.unwrap_or_else(|failure| panic!("{failure} {:?}", failure.more))
}

/// The model of these files; those of another repository are written `charts:Chart.yaml`.
pub(crate) fn model<'p>(project: &'p Project, tree: &[(&str, &str)]) -> Model<'p> {
    let mut listings = vec![Vec::new(); project.repos.len()];
    for (path, _) in tree {
        let repo = project.repos.iter().rposition(|repo| path.starts_with(&repo.show(""))).unwrap_or(0);
        listings[repo].push(path.strip_prefix(&project.repos[repo].show("")).unwrap_or(path).to_owned());
    }
    let (files, findings) = find_files(project, &listings, &|_| true);
    let text = |file: &File| {
        let shown = project.repos[file.repo].show(&file.path);
        tree.iter().find(|(path, _)| *path == shown).map_or("", |(_, text)| text)
    };
    let located = files.iter().map(|file| locate_file(project, file, text(file))).collect();
    Model::build(project, files, located, findings, Vec::new(), &|file| Some(Arc::from(text(file))))
}
