//! What another tool's configuration says and this one can't: lines of a comment.

use super::super::draft::Import;
use super::toml::one_line;

/// More than these are told on the terminal only.
const LINES: usize = 12;

/// One comment a tool that has something left.
pub(super) fn render_imports(imports: &[Import]) -> String {
    let mut text = String::new();
    for import in imports.iter().filter(|import| !import.untold.is_empty()) {
        text.push_str(&format!("\n# Of {} not taken over:\n", import.tool));
        for untold in import.untold.iter().take(LINES) {
            text.push_str(&format!("#   {}\n", one_line(untold)));
        }
        if import.untold.len() > LINES {
            text.push_str(&format!("#   and {} more\n", import.untold.len() - LINES));
        }
    }
    text
}
