//! What only a person can know, as entries that are comments.

use super::super::Facts;
use super::super::ask::Question;
use super::cover::cover;
use super::entries::Entry;
use super::toml::commented;

/// More than these nobody reads in a minute.
const QUESTIONS: usize = 8;

/// The questions that nobody has answered yet, and before them the tables of tracks of which only they speak.
pub(super) fn render_questions(facts: &Facts, tracks: &str, questions: &[Question]) -> String {
    if questions.is_empty() {
        return String::new();
    }
    let mut text = String::from("\n# Unsure, and so left out: take the `# ` away where a place should follow.\n");
    text.push_str(&commented(tracks));
    for question in questions.iter().take(QUESTIONS) {
        let paths: Vec<&str> = question.paths.iter().map(String::as_str).collect();
        let cover = cover(&facts.files, &paths);
        let entry = Entry {
            comment: question.reason.clone(),
            paths: cover.paths,
            narrowed: (!cover.exclude.is_empty()).then_some(("exclude", cover.exclude)),
            lines: question.lines.clone(),
            sites: Vec::new(),
            stays: Vec::new(),
        };
        text.push_str(&commented(&entry.text()));
    }
    let rest: usize = questions.iter().skip(QUESTIONS).map(|question| question.sites.len()).sum();
    if rest > 0 {
        text.push_str(&format!("#\n# and {rest} more places: `cargo xtask check --strays` lists them\n"));
    }
    text
}
