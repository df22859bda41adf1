//! What a person sees first: how much was taken, of what, and what was left.

use crate::plan::init::{Facts, Proposal, Row, Verdict};
use crate::ui::{Colour, Ui, count};

/// Rows of one kind that are shown.
const ROWS: usize = 10;
/// Reasons of what was left that are shown.
const REASONS: usize = 8;

/// Counts, a line a track, and why the rest was left.
pub(super) fn show(ui: Ui, proposal: &Proposal, facts: &Facts) {
    let of = |verdict: Verdict| proposal.rows.iter().filter(|row| row.verdict == verdict).collect::<Vec<&Row>>();
    let (taken, unsure, left) = (of(Verdict::Taken), of(Verdict::Unsure), of(Verdict::Left));
    let counts = [
        (Colour::Green, format!("{} taken", taken.len())),
        (Colour::Yellow, format!("{} unsure", unsure.len())),
        (Colour::Cyan, format!("{} left alone", left.len())),
    ];
    let counts: Vec<String> = counts.iter().map(|(colour, text)| ui.paint_talk(*colour, text)).collect();
    ui.say(&format!("{}; {}", counts.join(", "), looked_at(facts)));
    show_tracks(ui, proposal);
    for row in taken.iter().filter(|row| row.reason.starts_with("disagrees")).take(ROWS) {
        let what = ui.paint_talk(Colour::Yellow, &row.reason);
        ui.say(&format!("  {} {}  {what}", row.path, row.locator));
    }
    show_left(ui, &left);
}

/// What it was learned from.
fn looked_at(facts: &Facts) -> String {
    let mut parts = vec![count(facts.files.len(), "file")];
    parts.extend((!facts.tags.is_empty()).then(|| count(facts.tags.len(), "tag")));
    parts.extend((facts.past.read > 0).then(|| count(facts.past.read, "commit")));
    format!("{} looked at", parts.join(", "))
}

fn show_tracks(ui: Ui, proposal: &Proposal) {
    let tracks = proposal.tracks();
    let wide = |of: &dyn Fn(usize) -> usize| (0..tracks.len()).map(of).max().unwrap_or(0);
    let name = wide(&|at| tracks[at].name.chars().count());
    let number = wide(&|at| tracks[at].number.chars().count());
    let places: Vec<String> = tracks.iter().map(|track| count(track.places, "place")).collect();
    let place = wide(&|at| places[at].len());
    for (track, places) in tracks.iter().zip(&places) {
        let bold = ui.paint_talk(Colour::Bold, &format!("{:name$}", track.name));
        ui.say(&format!("  {bold}  {:number$}  {places:place$}  {}", track.number, track.why));
    }
}

/// The reasons, the commonest first, each with an example.
fn show_left(ui: Ui, left: &[&Row]) {
    let mut reasons: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in left {
        let reason: String = row.reason.split('`').step_by(2).collect::<Vec<_>>().join("…");
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, rows)) => rows.push(row),
            None => reasons.push((reason, vec![row])),
        }
    }
    reasons.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    if !reasons.is_empty() {
        ui.say("left alone:");
    }
    for (reason, rows) in reasons.iter().take(REASONS) {
        let first = rows[0];
        let line = first.locator.strip_prefix("line.").map_or_else(String::new, |line| format!(":{line}"));
        ui.say(&format!("  {:>4}  {reason}: {}{line}  {}", rows.len(), first.path, first.value));
    }
    if reasons.len() > REASONS {
        let rest: usize = reasons[REASONS..].iter().map(|(_, rows)| rows.len()).sum();
        ui.say(&format!("  {rest:>4}  for other reasons"));
    }
}

/// What is not taken because nobody is asked.
pub(super) fn list_questions(ui: Ui, proposal: &Proposal) {
    let questions = &proposal.questions;
    if questions.is_empty() {
        return;
    }
    ui.say("unsure, and so left out; without `--yes` they are questions:");
    for question in questions.iter().take(ROWS * 2) {
        let (place, line) =
            question.shown.first().cloned().unwrap_or_else(|| (question.paths[0].clone(), String::new()));
        ui.say(&format!("  {place}  {line}"));
        let more = question.places().saturating_sub(1);
        let more = if more > 0 { format!("; {} like it", count(more, "more place")) } else { String::new() };
        ui.say(&format!("      {}{more}", question.reason));
    }
    if questions.len() > ROWS * 2 {
        ui.say(&format!("  … and {} more", questions.len() - ROWS * 2));
    }
}
