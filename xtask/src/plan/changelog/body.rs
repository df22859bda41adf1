//! What a person wrote for one version: is it anything, and how it becomes a section's text.

use std::ops::Range;

use super::scan::{lines, scan};
use super::title::Title;
use crate::error::{Failure, Place};
use crate::version::Version;

/// First line of notes that a machine gathered: while it stands there, nobody has written them.
pub const PLACEHOLDER: &str = "TODO: say what this release brings, for the people who use it, and delete this line";

/// Words that stand where notes are still to come.
const NOTHING: [&str; 12] = [
    "todo",
    "tbd",
    "tba",
    "tbc",
    "fixme",
    "xxx",
    "wip",
    "placeholder",
    "lorem ipsum",
    "coming soon",
    "to be done",
    "…",
];

/// Why a text isn't notes yet, as a clause; none where it is.
pub fn why_unwritten(text: &str) -> Option<&'static str> {
    let scan = scan(text);
    // Code is text that a person wrote; a comment isn't.
    let comment = |span: &&Range<usize>| text[span.start..].trim_start().starts_with("<!--");
    let comments: Vec<&Range<usize>> = scan.quiet.iter().filter(comment).collect();
    let hidden = |at: usize| comments.iter().any(|span| span.contains(&at));
    let titled = |at: usize| scan.headings.iter().any(|heading| heading.span.contains(&at));
    let defined = |at: usize| scan.definitions.iter().any(|one| one.line.contains(&at));
    let spoken = |line: &&super::scan::Line| !hidden(line.start) && !titled(line.start) && !defined(line.start);
    let lines: Vec<String> = lines(text).iter().filter(spoken).map(|line| bare(&text[line.start..line.end])).collect();
    let mut words = lines.iter().filter(|line| !line.is_empty());
    match words.clone().next() {
        None => Some("has no text"),
        Some(first) if *first == bare(PLACEHOLDER) || first.starts_with("todo:") => {
            Some("begins with a line that is still to be replaced")
        }
        Some(_) if words.all(|line| NOTHING.contains(&line.as_str()) || !line.contains(char::is_alphanumeric)) => {
            Some("only says that it is still to be written")
        }
        Some(_) => None,
    }
}

/// A line in lower case without marks of lists and of emphasis.
pub(in crate::plan) fn bare(line: &str) -> String {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || "-*+>_[]".contains(c));
    line.trim_end_matches(|c: char| c.is_whitespace() || "*_.!".contains(c)).to_lowercase()
}

/// The notes as a section below a heading of this level, its lines ended by `\n` but for the last one.
///
/// Their own heading over everything goes if it names the version; headings that would end the section move down.
/// Those that end no section of this changelog (`known`) stay as they are.
pub(super) fn prepare(
    path: &str,
    text: &str,
    version: &Version,
    level: usize,
    known: &dyn Fn(&str) -> bool,
) -> Result<String, Failure> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let text = without_title(path, &text, version)?;
    if let Some(why) = why_unwritten(&text) {
        return Err(Failure::waiting(format!("`{path}` {why}: the notes of `{version}` are still to be written"))
            .hint(format!("write in `{path}` what `{version}` brings; `cargo xtask notes` lists what changed"))
            .at(Place::file(path)));
    }
    if let Some(open) = scan(&text).open {
        let line = text[..open].lines().count() + 1;
        let what = text[open..].lines().next().unwrap_or_default();
        return Err(Failure::world(format!("line {line} of the notes, `{}`, begins what no line ends", what.trim()))
            .hint(format!("close it in `{path}`: it would swallow the older sections"))
            .at(Place::file(path)));
    }
    Ok(trim_lines(&shift(&text, level, known)).to_owned())
}

/// The text without a first heading that names this version. One that names another version is a mistake.
pub(in crate::plan) fn without_title(path: &str, text: &str, version: &Version) -> Result<String, Failure> {
    let scan = scan(text);
    let Some(first) = scan.headings.first() else { return Ok(text.to_owned()) };
    let before: String = visible(&text[..first.span.start], &scan.quiet);
    let Some(title) = Title::read(&text[first.text.clone()], !version.as_str().contains('.')) else {
        return Ok(text.to_owned());
    };
    if !before.trim().is_empty() || title.version != *version && !title.leads() {
        return Ok(text.to_owned());
    }
    if title.version != *version {
        return Err(Failure::world(format!("`{path}` is about `{}`, not about `{version}`", title.version))
            .hint(format!("write the notes of `{version}`, or mend their heading"))
            .at(Place::span(path, text, first.text.clone())));
    }
    Ok(format!("{}{}", &text[..first.span.start], &text[first.span.end..]))
}

fn visible(text: &str, quiet: &[Range<usize>]) -> String {
    let is_quiet = |at: usize| quiet.iter().any(|span| span.contains(&at));
    text.char_indices().filter(|(at, _)| !is_quiet(*at)).map(|(_, c)| c).collect()
}

/// Moves all headings down until the highest one stands below the section's.
fn shift(text: &str, level: usize, known: &dyn Fn(&str) -> bool) -> String {
    let mut headings = scan(text).headings;
    headings.retain(|heading| !known(&text[heading.text.clone()]));
    let highest = headings.iter().map(|heading| heading.level).min().unwrap_or(level + 1);
    let by = (level + 1).saturating_sub(highest);
    if by == 0 {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut at = 0;
    for heading in headings {
        out += &text[at..heading.span.start];
        out += &format!("{} {}\n", "#".repeat((heading.level + by).min(6)), &text[heading.text.clone()]);
        at = heading.span.end;
    }
    out + &text[at..]
}

/// Without blank lines at both ends; the first line keeps its indentation.
pub(super) fn trim_lines(text: &str) -> &str {
    let text = text.trim_end();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('\n').filter(|(line, _)| line.trim().is_empty()) {
        rest = after;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    #[track_caller]
    fn check(text: &str, level: usize, expected: &str) {
        let version = Version::parse("1.2.3").expect("a version");
        assert_eq!(prepare("n.md", text, &version, level, &|_| false).expect("notes"), expected);
    }

    #[track_caller]
    fn refused(text: &str, exit: Exit, words: &str) {
        let version = Version::parse("1.2.3").expect("a version");
        let failure = prepare("n.md", text, &version, 2, &|_| false).expect_err("a refusal");
        assert!(failure.exit == exit && failure.message.contains(words), "{text}: {failure:?}");
    }

    #[test]
    fn notes_become_a_section() {
        check("\u{feff}# Version 1.2.3\r\n\r\n- a\r\n\r\n", 2, "- a");
        check("<!-- note -->\n## [1.2.3] - 2026-01-01\ntext", 2, "<!-- note -->\ntext");
        check("## Fixed\n- a\n### Sub\n", 2, "### Fixed\n- a\n#### Sub");
        check("Title\n=====\ntext\n", 1, "## Title\ntext");
        check("### Fixed\n- a", 2, "### Fixed\n- a");
        check("###### deep\nx\n# high\n", 2, "###### deep\nx\n### high");
        check("    code\n", 2, "    code");
        check("intro\n\n# 1.2.3\nx", 2, "intro\n\n### 1.2.3\nx");
        check("## Python 3.8 is gone\nx", 2, "### Python 3.8 is gone\nx");
        check("```\n# a\n```\n", 2, "```\n# a\n```");
    }

    #[test]
    fn what_nobody_wrote_is_no_notes() {
        for text in
            ["", " \n\n", "<!-- write\n\nhere -->\n", "# 1.2.3\n", "# 1.2.3\n### Added\n\n### Fixed\n", "[a]: b\n"]
        {
            refused(text, Exit::Waiting, "has no text");
        }
        for text in ["TODO", "tbd.", "- **TBD**", "...", "…", "### Added\n- TODO\n- \n", "- [ ] todo\n"] {
            refused(text, Exit::Waiting, "still to be written");
        }
        refused(&format!("{PLACEHOLDER}\n\n- a\n"), Exit::Waiting, "still to be replaced");
        refused("- TODO: mention x\n- real\n", Exit::Waiting, "still to be replaced");
        check("TODO comments are shown\n", 2, "TODO comments are shown");
        check("No changes.", 2, "No changes.");
    }

    #[test]
    fn notes_of_another_version_and_open_code() {
        refused("# 1.2.2\n- a\n", Exit::World, "about `1.2.2`, not about `1.2.3`");
        refused("- a\n\n```\ncode\n", Exit::World, "begins what no line ends");
        refused("- a\n<!-- x\n", Exit::World, "line 2 of the notes");
    }
}
