//! What only a person can know, as questions: each is of places that get the same answer.

use super::draft::Draft;
use super::write::line;
use super::{Facts, Site, Verdict, place};

/// A question of one or more places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Where they are.
    pub paths: Vec<String>,
    /// What would be written of each file, as in `release.toml`.
    pub lines: Vec<String>,
    /// Why it is a question.
    pub reason: String,
    /// What makes it like another one: the reason without what it names.
    pub kind: String,
    /// The first of them as it stands there: path and line, and the line's text.
    pub shown: Vec<(String, String)>,
    /// Indices of the draft's places.
    pub(super) sites: Vec<usize>,
}

impl Question {
    /// How many places it is of.
    pub fn places(&self) -> usize {
        self.sites.len()
    }
}

/// Lines of a file that one question shows.
const SHOWN: usize = 3;

/// The unsure places: those of one file and one reason together, and files whose lines are the same. Those that moved
/// with their track come first.
pub(super) fn questions(facts: &Facts, draft: &Draft) -> Vec<Question> {
    let mut files: Vec<(&str, &str, Vec<usize>)> = Vec::new();
    let unsure = |(_, site): &(usize, &Site)| site.verdict == Verdict::Unsure;
    for (at, site) in draft.sites.iter().enumerate().filter(unsure) {
        match files.iter_mut().find(|(path, reason, _)| (*path, *reason) == (&*site.path, &*site.reason)) {
            Some((.., sites)) => sites.push(at),
            None => files.push((&site.path, &site.reason, vec![at])),
        }
    }
    let mut questions: Vec<Question> = Vec::new();
    for (path, reason, sites) in files {
        let mut lines: Vec<String> = sites.iter().map(|at| line(&draft.sites[*at])).collect();
        lines.dedup();
        match questions.iter_mut().find(|known| known.lines == lines && known.reason == reason) {
            Some(known) => {
                known.paths.push(path.to_owned());
                known.sites.extend(sites);
            }
            None => questions.push(Question {
                paths: vec![path.to_owned()],
                lines,
                reason: reason.to_owned(),
                kind: kind(reason),
                shown: Vec::new(),
                sites,
            }),
        }
    }
    questions.sort_by_key(|question| std::cmp::Reverse(moved(&draft.sites[question.sites[0]])));
    for question in &mut questions {
        question.shown = shown(facts, draft, question);
    }
    questions
}

/// In per mille of the releases.
fn moved(site: &Site) -> usize {
    site.seen.as_ref().map_or(0, |seen| seen.moved * 1000 / seen.of.max(1))
}

/// The reason without what stands in backticks.
fn kind(reason: &str) -> String {
    reason.split('`').step_by(2).collect()
}

fn shown(facts: &Facts, draft: &Draft, question: &Question) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    let first = question.sites.iter().map(|at| &draft.sites[*at]).filter(|site| site.path == question.paths[0]);
    let Some(text) = (facts.read)(&question.paths[0]) else { return shown };
    for span in first.flat_map(|site| site.spans.first()) {
        let Some(before) = text.get(..span.start) else { continue };
        let number = before.matches('\n').count();
        let line = place::lines(&text).nth(number).map_or("", |(_, line)| line).trim();
        let line = if line.chars().count() > 100 { around(&text, span.start, span.end) } else { line.to_owned() };
        let entry = (format!("{}:{}", question.paths[0], number + 1), line);
        if shown.len() < SHOWN && !shown.contains(&entry) {
            shown.push(entry);
        }
    }
    shown
}

/// Of a long line what stands around the place.
fn around(text: &str, start: usize, end: usize) -> String {
    let before: Vec<char> = text[..start].chars().rev().take_while(|c| *c != '\n').take(60).collect();
    let after: String = text[start..].chars().take_while(|c| *c != '\n').take(end - start + 30).collect();
    format!("… {}{after} …", before.into_iter().rev().collect::<String>())
}
