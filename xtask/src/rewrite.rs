//! New texts of manifests: every place of a file spliced at once, each splice proved, and the difference shown.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;

use crate::error::{Failure, Place};
use crate::fsx::in_parallel;
use crate::locate::splice::{self, Known, Part, Rewritten, Shape};
use crate::locate::{Hit, LocateError};
use crate::model::{self, Model};
use crate::plan::bump::Write;
use crate::survey::Survey;
use crate::ui::{Colour, Ui};
use crate::world;

/// A file that will be written.
#[derive(Clone, Debug)]
pub struct Change {
    /// Index of its repository.
    pub repo: usize,
    /// From the repository's root.
    pub path: String,
    /// As messages name it.
    pub shown: String,
    /// Where it lies.
    pub file: PathBuf,
    /// Its text before.
    pub old: Arc<str>,
    /// Its text after.
    pub new: String,
}

/// The new texts of all files that these places are in; each splice is proved before it is returned.
pub fn prepare(survey: &Survey<'_>, writes: &[Write]) -> Result<Vec<Change>> {
    let model = &survey.model;
    let by_file: Vec<&[Write]> =
        writes.chunk_by(|one, other| model.sites[one.site].file == model.sites[other.site].file).collect();
    in_parallel(world::threads(), &by_file, |writes| prepare_file(survey, writes))
}

/// The files that would refuse these places, each with the byte where, if that is known.
pub fn refused(survey: &Survey<'_>, writes: &[Write]) -> Vec<(usize, Option<usize>)> {
    let model = &survey.model;
    let by_file = writes.chunk_by(|one, other| model.sites[one.site].file == model.sites[other.site].file);
    let refuses = |writes: &[Write]| {
        let file = model.sites[writes[0].site].file;
        Some((file, splice_file(model, writes, &survey.text(file)?).err()?.offset))
    };
    by_file.filter_map(refuses).collect()
}

fn prepare_file(survey: &Survey<'_>, writes: &[Write]) -> Result<Change> {
    let model = &survey.model;
    let index = model.sites[writes[0].site].file;
    let file = &model.files[index];
    let shown = model.shown_path(index);
    let old = survey.text(index).ok_or_else(|| Failure::world(format!("`{shown}` can't be read any more")))?;
    let rewritten = splice_file(model, writes, &old).map_err(|error| {
        let place = error.offset.map_or_else(|| Place::file(&shown), |at| Place::span(&shown, &old, at..at));
        let failure = Failure::world(error.message).at(place);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    let path = survey.root(file.repo).join(&file.path);
    Ok(Change { repo: file.repo, path: file.path.clone(), shown, file: path, old, new: rewritten.text })
}

/// The places of one file spliced into its text.
fn splice_file(model: &Model<'_>, writes: &[Write], old: &str) -> Result<Rewritten, LocateError> {
    let wanted = |site: usize| writes.iter().find(|write| write.site == site).map(|write| write.wanted.clone());
    let (parts, known) = parts(model, model.sites[writes[0].site].file, &wanted);
    splice::rewrite_known(old, &parts, &known)
}

/// A file's formats: what each of their hits must say, and what is known of the text before.
fn parts<'m>(
    model: &'m Model<'_>,
    file: usize,
    wanted: &dyn Fn(usize) -> Option<String>,
) -> (Vec<Part<'m>>, Vec<Known>) {
    let (entries, groups) = model::formats(model.project, &model.files[file]);
    let mut sites: Vec<Vec<usize>> = Vec::with_capacity(entries.len());
    for (rule, (manifest, _)) in model.files[file].rules.iter().enumerate() {
        for entry in 0..model.project.manifests[*manifest].entries.len() {
            let here = |site: &usize| (model.sites[*site].rule, model.sites[*site].entry) == (rule, entry);
            sites.push(model.file_sites(file).filter(here).collect());
        }
    }
    let hit = |&site: &usize| Hit { span: model.sites[site].span.clone(), value: model.sites[site].value.clone() };
    let part = |group: &Vec<usize>| Part {
        format: entries[group[0]].format,
        locators: group.iter().map(|&at| entries[at].locator.as_str()).collect(),
        wanted: group.iter().map(|&at| sites[at].iter().map(|&site| wanted(site)).collect()).collect(),
    };
    let known = |(group, shape): (&Vec<usize>, &Shape)| Known {
        hits: group.iter().map(|&at| sites[at].iter().map(hit).collect()).collect(),
        shape: shape.clone(),
    };
    (groups.iter().map(part).collect(), groups.iter().zip(&model.shapes[file]).map(known).collect())
}

/// More files than this in one diff are for `git diff`, not for a person's eyes.
const SHOWN_FILES: usize = 40;

/// The changes as a unified diff, in colour where there is colour; `git apply --unidiff-zero` takes it.
pub fn diff(ui: Ui, changes: &[Change]) -> String {
    let shown = &changes[..changes.len().min(SHOWN_FILES)];
    if changes.len() > SHOWN_FILES {
        ui.say(&format!("… and {} more files, which `git diff` shows", changes.len() - SHOWN_FILES));
    }
    // Git's own prefixes, for files of this repository: there the diff can be applied.
    let prefixes = |change: &Change| if change.repo == 0 { ("a/", "b/") } else { ("", "") };
    shown.iter().map(|change| painted(ui, &diff_file(prefixes(change), change))).collect()
}

/// One file's difference without context, and without colour.
pub fn diff_file((old, new): (&str, &str), change: &Change) -> String {
    let mut out = format!("--- {old}{}\n+++ {new}{}\n", change.shown, change.shown);
    for hunk in hunks(&change.old, &change.new) {
        out.push_str(&format!(
            "@@ -{} +{} @@\n",
            range(hunk.old_at, hunk.old.len()),
            range(hunk.new_at, hunk.new.len())
        ));
        for (sign, lines) in [('-', &hunk.old), ('+', &hunk.new)] {
            for line in lines {
                out.push_str(&format!("{sign}{}\n", line.trim_end_matches('\n')));
                if !line.ends_with('\n') {
                    out.push_str("\\ No newline at end of file\n");
                }
            }
        }
    }
    out
}

/// A diff in the colours of diffs.
pub fn painted(ui: Ui, diff: &str) -> String {
    let mut out = String::new();
    for line in diff.lines() {
        let colour = match line.get(..3) {
            Some("---" | "+++") => Some(Colour::Bold),
            Some("@@ ") => Some(Colour::Cyan),
            _ if line.starts_with('-') => Some(Colour::Red),
            _ if line.starts_with('+') => Some(Colour::Green),
            _ => None,
        };
        out.push_str(&colour.map_or_else(|| line.to_owned(), |colour| ui.paint(colour, line)));
        out.push('\n');
    }
    out
}

/// Lines that differ; they count from 1.
struct Hunk<'t> {
    old_at: usize,
    old: Vec<&'t str>,
    new_at: usize,
    new: Vec<&'t str>,
}

fn range(at: usize, length: usize) -> String {
    match length {
        1 => at.to_string(),
        // Of no lines it is the line before them that is named.
        0 => format!("{},0", at - 1),
        _ => format!("{at},{length}"),
    }
}

/// More pairs of lines than this are not compared with one another.
const PAIRS: usize = 1 << 20;

/// A splice of versions never adds or takes a line, so lines are compared one by one; where some were added, what the
/// texts share at both ends is left out, and of what is between as much as can be.
fn hunks<'t>(old: &'t str, new: &'t str) -> Vec<Hunk<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    if old.len() == new.len() {
        let differs = (0..old.len()).filter(|&at| old[at] != new[at]);
        return differs
            .map(|at| Hunk { old_at: at + 1, old: vec![old[at]], new_at: at + 1, new: vec![new[at]] })
            .collect();
    }
    let same_start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - same_start;
    let same_end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
    fn cut<'a, 't>(lines: &'a [&'t str], start: usize, end: usize) -> &'a [&'t str] {
        &lines[start..lines.len() - end]
    }
    let (old, new) = (cut(&old, same_start, same_end), cut(&new, same_start, same_end));
    let shared = if old.len() * new.len() <= PAIRS { shared_lines(old, new) } else { Vec::new() };
    let (mut hunks, mut from) = (Vec::new(), (0, 0));
    for (at_old, at_new) in shared.into_iter().chain([(old.len(), new.len())]) {
        let (gone, come) = (&old[from.0..at_old], &new[from.1..at_new]);
        if !gone.is_empty() || !come.is_empty() {
            let (old_at, new_at) = (same_start + from.0 + 1, same_start + from.1 + 1);
            hunks.push(Hunk { old_at, old: gone.to_vec(), new_at, new: come.to_vec() });
        }
        from = (at_old + 1, at_new + 1);
    }
    hunks
}

/// The longest row of lines that both have in this order, as pairs of their numbers.
fn shared_lines(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let wide = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * wide];
    for at_old in (0..old.len()).rev() {
        for at_new in (0..new.len()).rev() {
            let here = at_old * wide + at_new;
            longest[here] = match old[at_old] == new[at_new] {
                true => longest[here + wide + 1] + 1,
                false => longest[here + wide].max(longest[here + 1]),
            };
        }
    }
    let (mut pairs, mut at) = (Vec::new(), (0, 0));
    while at.0 < old.len() && at.1 < new.len() {
        let here = at.0 * wide + at.1;
        if old[at.0] == new[at.1] {
            pairs.push(at);
            at = (at.0 + 1, at.1 + 1);
        } else if longest[here + wide] >= longest[here + 1] {
            at.0 += 1;
        } else {
            at.1 += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let (path, shown) = ("f".to_owned(), "f".to_owned());
        let change = Change { repo: 0, path, shown, file: PathBuf::new(), old: Arc::from(old), new: new.to_owned() };
        assert_eq!(diff_file(("a/", "b/"), &change), format!("--- a/f\n+++ b/f\n{expected}"));
    }

    #[test]
    fn a_diff_is_what_git_writes_without_context() {
        check("a\nb\nc\n", "a\nB\nc\n", "@@ -2 +2 @@\n-b\n+B\n");
        check(
            "a\nb\nc",
            "A\nb\nC",
            "@@ -1 +1 @@\n-a\n+A\n@@ -3 +3 @@\n-c\n\\ No newline at end of file\n+C\n\\ No newline at end of file\n",
        );
        check("a\nb\n", "a\nx\ny\nb\n", "@@ -1,0 +2,2 @@\n+x\n+y\n");
        check("", "x\n", "@@ -0,0 +1 @@\n+x\n");
        check("a\na\n", "a\na\na\n", "@@ -2,0 +3 @@\n+a\n");
        check("a\nb\nc\nd\n", "A\nb\nc\nx\ny\nd\n", "@@ -1 +1 @@\n-a\n+A\n@@ -3,0 +4,2 @@\n+x\n+y\n");
    }
}
