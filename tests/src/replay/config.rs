//! The `release.toml` of a case, as text.

use std::fmt::Write;

use super::Setup;
use super::places::Entry;

/// Renders the configuration: loose tracks, then a manifest for each file.
pub fn render_config(setup: &Setup) -> String {
    let mut text = String::from("[project]\nname = \"replay\"\n");
    for track in &setup.tracks {
        let _ = write!(text, "\n[track.{}]\nscheme = \"loose\"\n", track.name);
    }
    for (path, entries) in &setup.manifests {
        let _ = write!(text, "\n[[manifest]]\npath = {}\n", quote(&literal(path)));
        for entry in entries {
            let _ = writeln!(text, "{}.{} = {}", entry.format, key(&entry.locator), value(entry));
        }
    }
    text
}

fn value(entry: &Entry) -> String {
    match entry.count {
        1 => quote(&entry.template),
        count => format!("{{ template = {}, count = {count} }}", quote(&entry.template)),
    }
}

/// A path that says no more than itself, where it is read as one with wildcards.
fn literal(path: &str) -> String {
    path.chars().map(|c| if "*?[".contains(c) { format!("[{c}]") } else { c.to_string() }).collect()
}

/// A locator as one key, bare where TOML allows it.
fn key(locator: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !locator.is_empty() && locator.chars().all(bare) { locator.to_owned() } else { quote(locator) }
}

/// A TOML string: literal where that spares escapes.
fn quote(text: &str) -> String {
    let plain = |c: char| !c.is_control() || c == '\t';
    if text.contains(['"', '\\']) && !text.contains('\'') && text.chars().all(plain) {
        return format!("'{text}'");
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
