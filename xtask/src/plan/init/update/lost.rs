//! What a configuration names and the tree no longer has.

use std::ops::Range;

use super::text::span_of_manifest;
use crate::error::line_column;
use crate::model::Model;
use crate::resolve::ManifestRule;

/// A path or a locator that hits nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The line of the configuration, from 1.
    pub line: usize,
    /// What is gone.
    pub message: String,
    /// The lines that say nothing any more; none where they say something else as well.
    pub span: Option<Range<usize>>,
}

/// Everything of this repository that is gone; `files` are those that are tracked.
pub fn lost(model: &Model<'_>, files: &[String]) -> Vec<Lost> {
    let manifests = model.project.manifests.iter().enumerate().filter(|(_, manifest)| manifest.repo == 0);
    let mut lost = Vec::new();
    for (index, manifest) in manifests {
        let before = lost.len();
        lost.extend(lost_paths(model, (index, manifest), files));
        if lost.len() == before {
            lost.extend(lost_entries(model, (index, manifest)));
        }
    }
    lost
}

fn lost_paths(model: &Model<'_>, (index, manifest): (usize, &ManifestRule), files: &[String]) -> Vec<Lost> {
    let text = &model.project.config.text;
    let left_out = |path: &str| {
        manifest.exclude.iter().any(|glob| glob.is_match(path))
            || !manifest.only.is_empty() && !manifest.only.iter().any(|glob| glob.is_match(path))
    };
    let gone = manifest.paths.iter().filter(|(glob, _)| match glob.is_literal() {
        true => !files.iter().any(|file| file == glob.as_str()),
        false => !files.iter().any(|file| glob.is_match(file) && !left_out(file)),
    });
    let one = |(glob, span): &(crate::glob::Glob, Range<usize>)| Lost {
        line: line_column(text, span.start).0,
        message: format!("`{}` names no tracked file", glob.as_str()),
        span: if manifest.paths.len() == 1 { span_of_manifest(text, index) } else { None },
    };
    gone.map(one).collect()
}

/// Locators that hit nothing in any file of their manifest.
fn lost_entries(model: &Model<'_>, (index, manifest): (usize, &ManifestRule)) -> Vec<Lost> {
    let text = &model.project.config.text;
    let hit = |entry: usize| {
        model.sites.iter().any(|site| {
            site.entry == entry && model.files[site.file].rules.get(site.rule).is_some_and(|rule| rule.0 == index)
        })
    };
    // A file that can't be read hides what it says.
    let any = (0..manifest.entries.len()).any(hit);
    let gone = manifest.entries.iter().enumerate().filter(|(at, _)| !hit(*at));
    let one = |(_, entry): (usize, &crate::resolve::Entry)| Lost {
        line: line_column(text, entry.span.start).0,
        message: format!("`{}.{}` hits nothing", entry.format.name(), entry.locator),
        span: any.then(|| entry.span.clone()),
    };
    gone.map(one).collect()
}
