//! The changelog's section of a release: written by a person in a file of the checkout, inserted on the branch.

use std::sync::Arc;

use anyhow::Result;

use super::facts::Facts;
use super::line::Look;
use super::plan::fill;
use super::tips::Tip;
use crate::error::{Exit, Failure};
use crate::fsx;
use crate::plan::bump::Move;
use crate::plan::changelog::{self, Edit, Entry};
use crate::rewrite::Change;

/// What becomes of the changelog.
pub(super) enum Section {
    /// None is configured, or the track that leads has no version.
    None,
    /// It says what it shall, by a commit of this subject or by the version's own.
    There(Option<String>),
    /// The file with the section, and the subject of a commit of its own.
    Missing(Box<Change>, Option<String>),
}

/// Looks at the changelog of the branch, and at what a person wrote for this version. What nobody has written yet is
/// waited for, and doesn't keep the rest from being planned.
pub(super) fn look(look: &Look<'_, '_>, tip: &Tip, facts: &mut Facts) -> Result<Section> {
    let Some(rule) = &look.project.release.changelog else { return Ok(Section::None) };
    // It tells of this repository's own version: a chart that is released alone has no section in it.
    let leads = |moved: &&Move| {
        let track = &look.project.tracks[look.model().tracks[moved.track].rule];
        track.repo == 0 && track.with.is_empty()
    };
    let Some(leader) = look.bump.moves.iter().find(leads) else { return Ok(Section::None) };
    let subject = rule.commit.as_ref().map(|subject| fill(subject, &facts.versions)).transpose()?;
    let old = look.remotes.git(0).read_file(&tip.oid, &rule.file)?.ok_or_else(|| {
        Failure::world(format!("there is no `{}` on `{}`", rule.file, tip.branch))
            .hint("begin one with a heading, or name another `file` in `[changelog]`")
    })?;
    let old = String::from_utf8(old).map_err(|_| {
        Failure::world(format!("`{}` on `{}` is not UTF-8", rule.file, tip.branch)).hint("write it in UTF-8")
    })?;
    let file = fill(&rule.notes, &facts.versions)?;
    let path = look.context.root.join(&file);
    let notes = if fsx::is_there(&path)? { Some(fsx::read_manifest(&path)?) } else { None };
    let heading = rule.heading.as_ref().map(|heading| fill(heading, &facts.versions)).transpose()?;
    let entry = Entry {
        version: &leader.to,
        date: look.day,
        heading: heading.as_deref(),
        notes: notes.as_deref().map(|text| (file.as_str(), text)),
    };
    match changelog::insert(&rule.file, &old, &entry) {
        Ok(Edit::Already) => Ok(Section::There(subject)),
        Ok(Edit::Inserted { text, .. }) => {
            let (path, shown) = (rule.file.clone(), rule.file.clone());
            let file = look.context.root.join(&rule.file);
            let change = Change { repo: 0, path, shown, file, old: Arc::from(old), new: text };
            Ok(Section::Missing(Box::new(change), subject))
        }
        Err(mut failure) if failure.exit == Exit::Waiting => {
            if notes.is_none() {
                failure.message = format!("nobody has written what `{}` brings: there is no `{file}`", leader.to);
                failure.hint =
                    Some("`cargo xtask notes --write` begins it; then run the same command again".to_owned());
            }
            facts.waiting.push(failure);
            Ok(Section::None)
        }
        Err(failure) => Err(failure.into()),
    }
}
