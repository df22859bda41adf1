//! What was taken over from other tools: what has no counterpart, and which files nobody needs any more.

use crate::plan::init::{Import, Proposal};
use crate::ui::{Colour, Ui, count};

/// Lines of a tool that are shown.
const ROWS: usize = 20;

/// What can't be taken over, tool by tool.
pub(super) fn show(ui: Ui, proposal: &Proposal) {
    for import in proposal.imports() {
        let tool = ui.paint_talk(Colour::Bold, import.tool);
        ui.say(&format!("{tool} in {}: {} taken over", import.file, count(import.places, "place")));
        for untold in import.untold.iter().take(ROWS) {
            ui.say(&format!("  not taken over: {untold}"));
        }
        if import.untold.len() > ROWS {
            ui.say(&format!("  … and {} more", import.untold.len() - ROWS));
        }
    }
}

/// The closing words: what can be deleted once nobody calls the tools.
pub(super) fn close(ui: Ui, proposal: &Proposal) {
    let mut names: Vec<&str> = Vec::new();
    let mut gone: Vec<&str> = Vec::new();
    let with_files = |import: &&Import| !import.gone.is_empty();
    for import in proposal.imports().iter().filter(with_files) {
        names.push(import.tool);
        gone.extend(import.gone.iter().map(String::as_str));
    }
    names.dedup();
    if !gone.is_empty() {
        let are = if names.len() > 1 { "are" } else { "is" };
        ui.say(&format!("when {} {are} no longer used, delete {}", names.join(" and "), gone.join(", ")));
    }
}
