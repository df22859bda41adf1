//! Questions on a terminal. Enter is always the safe side, and the end of input is no consent.

use anyhow::Result;

use crate::plan::init::Question;
use crate::ui::{Colour, Ui, count};
use crate::world;

const LETTERS: &str = "y takes it, n leaves it (as Enter does), a takes all like it, q stops asking";

/// What a person said to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Take,
    Leave,
    /// This one, and all like it.
    All,
    Stop,
    /// Nobody is there any more.
    Gone,
}

/// The answers, each with its question's number. What was not asked any more has none; all of it is nothing where the
/// input ends.
pub(super) fn ask(ui: Ui, questions: &[Question]) -> Result<Option<Vec<(usize, bool)>>> {
    let mut answers: Vec<(usize, bool)> = Vec::new();
    if !questions.is_empty() {
        ui.say("");
        ui.say(&format!("{}: {LETTERS}", count(questions.len(), "question")));
    }
    for (at, question) in questions.iter().enumerate() {
        if answers.iter().any(|(answered, _)| *answered == at) {
            continue;
        }
        show(ui, at + 1, questions.len(), question);
        match answer(ui)? {
            Answer::Take => answers.push((at, true)),
            Answer::Leave => answers.push((at, false)),
            Answer::All => {
                let like = |(_, other): &(usize, &Question)| other.kind == question.kind;
                answers.extend(questions.iter().enumerate().skip(at).filter(like).map(|(at, _)| (at, true)));
            }
            Answer::Stop => break,
            Answer::Gone => return Ok(None),
        }
    }
    Ok(Some(answers))
}

fn show(ui: Ui, number: usize, of: usize, question: &Question) {
    ui.say("");
    ui.say(&ui.paint_talk(Colour::Bold, &format!("{number}/{of} {}", question.reason)));
    for (place, line) in &question.shown {
        ui.say(&format!("  {}  {line}", ui.paint_talk(Colour::Cyan, place)));
    }
    let paths = &question.paths[1..];
    match paths {
        [] => {}
        [path] => ui.say(&format!("  and in {path}")),
        [path, rest @ ..] => ui.say(&format!("  and in {path} and {}", count(rest.len(), "more file"))),
    }
    for line in question.lines.iter().take(4) {
        ui.say(&format!("  {}", ui.paint_talk(Colour::Green, line)));
    }
    if question.lines.len() > 4 {
        ui.say(&format!("  … and {} more", question.lines.len() - 4));
    }
}

fn answer(ui: Ui) -> Result<Answer> {
    loop {
        ui.ask("take it? [y/N/a/q] ");
        let line = world::read_line()?;
        if !line.ends_with('\n') {
            ui.say("");
            return Ok(Answer::Gone);
        }
        return Ok(match line.trim().to_lowercase().as_str() {
            "y" | "yes" => Answer::Take,
            "" | "n" | "no" => Answer::Leave,
            "a" | "all" => Answer::All,
            "q" | "quit" => Answer::Stop,
            _ => {
                ui.say(LETTERS);
                continue;
            }
        });
    }
}

/// A last word, to which Enter agrees: what is written is seen by git.
pub(super) fn agree(ui: Ui, question: &str) -> Result<bool> {
    ui.ask(&format!("{question} [Y/n] "));
    // The end of input is no consent: only a line is.
    let answer = world::read_line()?;
    Ok(answer.ends_with('\n') && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

/// A word for what a person may not want: Enter says no.
pub(super) fn wants(ui: Ui, question: &str) -> Result<bool> {
    ui.ask(&format!("{question} [y/N] "));
    Ok(matches!(world::read_line()?.trim().to_lowercase().as_str(), "y" | "yes"))
}
