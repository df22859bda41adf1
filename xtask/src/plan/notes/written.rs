//! Notes that a person wrote for a release on the forge: may they be published as they are?

use std::ops::Range;

use crate::error::{Failure, Place};
use crate::plan::changelog::{PLACEHOLDER, bare, prose, why_unwritten, without_title};
use crate::template::Template;
use crate::version::{Part, Version};

/// GitHub takes 125,000 characters; some are kept for the mark by which a release is known again.
const MOST: usize = 124_000;

/// Lines that stand where words are still to come, whole.
const LEFT: [&str; 7] = ["todo", "tbd", "tba", "tbc", "fixme", "xxx", "lorem ipsum"];

/// How such a line begins when it says what is still to come.
const BEGUN: [&str; 3] = ["todo:", "tbd:", "fixme:"];

/// How our own marks begin: a person's text must not look like one.
const MARK: &str = "<!-- lockstep ";

/// The text as it is published: without a byte order mark and blank lines around it, its lines ended by `\n`.
/// `tracks` are names that a slot of a template could have.
///
/// Errors: everything that a person has still to do about it, each [`crate::error::Exit::Waiting`].
pub fn check(path: &str, text: &str, version: &Version, tracks: &[&str]) -> Result<String, Vec<Failure>> {
    let text = normal(text);
    let mut failures = Vec::new();
    match fit(path, &text, version, tracks) {
        Ok(()) => {}
        // There is nothing more to say of what nobody wrote.
        Err(found) if why_unwritten(&text).is_some() => return Err(found),
        Err(found) => failures = found,
    }
    failures.extend(about_another(path, &text, version));
    if failures.is_empty() { Ok(text) } else { Err(failures) }
}

/// The same for a changelog's section, whose heading names the version: `whole` is the text of the changelog at `path`.
pub fn check_section(
    path: &str,
    (whole, body): (&str, &str),
    version: &Version,
    tracks: &[&str],
) -> Result<String, Vec<Failure>> {
    let text = normal(body);
    let begin = text.lines().next().and_then(|first| whole.find(first)).unwrap_or_default();
    // The lines of a section stand further down in its changelog.
    let at_home = |mut failure: Failure| {
        let line = failure.place.as_ref().and_then(|place| Some(place.source.as_ref()?.0.clone()));
        let found = line.and_then(|line| Some((begin + whole[begin..].find(&line)?, line)));
        if let Some((at, line)) = found {
            let at = at + (line.len() - line.trim_start().len());
            failure.place = Some(Place::span(path, whole, at..line_end(whole, at)));
        }
        failure
    };
    fit(path, &text, version, tracks).map_err(|found| found.into_iter().map(at_home).collect()).map(|()| text)
}

/// Everything but the question which version it is about.
fn fit(path: &str, text: &str, version: &Version, tracks: &[&str]) -> Result<(), Vec<Failure>> {
    if let Some(why) = why_unwritten(text) {
        let first = text.find(|c: char| !c.is_whitespace());
        let place = first.map_or_else(|| Place::file(path), |at| Place::span(path, text, at..line_end(text, at)));
        return Err(vec![unwritten(path, version, why).at(place)]);
    }
    let mut failures = Vec::new();
    let mut wait = |span: Range<usize>, message: String, hint: &str| {
        failures.push(Failure::waiting(message).hint(hint).at(Place::span(path, text, span)));
    };
    if let Some((at, c)) = text.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\n' | '\t')) {
        wait(at..at + c.len_utf8(), format!("the notes hold the character `{}`", c.escape_default()), "take it out");
    }
    if let Some(at) = text.find(MARK) {
        let hint = "take it out: by such a mark the tool knows its own releases again";
        wait(at..line_end(text, at), "the notes hold a mark of the tool's".to_owned(), hint);
    }
    let (lines, open) = prose(text);
    if let Some(at) = open {
        let hint = "close it: it would swallow what comes after the notes";
        wait(at..line_end(text, at), "here begins what no line ends".to_owned(), hint);
    }
    for line in lines {
        if let Some((span, message)) = leftover(text, line, tracks) {
            wait(span, message, "write what belongs there, or take the line out");
        }
    }
    let characters = text.chars().count();
    if characters > MOST {
        let hint = format!("say it in {MOST}, and link to the rest");
        failures.push(
            Failure::waiting(format!("the notes have {characters} characters, which no release takes"))
                .hint(hint)
                .at(Place::file(path)),
        );
    }
    if failures.is_empty() { Ok(()) } else { Err(failures) }
}

/// Nobody has written the notes yet; `why` is a clause.
fn unwritten(path: &str, version: &Version, why: &str) -> Failure {
    Failure::waiting(format!("`{path}` {why}: the notes of `{version}` are still to be written"))
        .hint(format!("write in `{path}` what `{version}` brings; `cargo xtask notes` lists what changed"))
}

/// As `\n` ends lines, and nothing blank around it.
fn normal(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_end();
    let blank = text.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum::<usize>();
    text[blank..].to_owned()
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end)
}

/// What surely was meant to go before the notes are published: where, and what it is.
fn leftover(text: &str, line: Range<usize>, tracks: &[&str]) -> Option<(Range<usize>, String)> {
    let words = &text[line.clone()];
    let start = line.start + (words.len() - words.trim_start().len());
    let known = bare(words);
    if known == bare(PLACEHOLDER) || LEFT.contains(&known.as_str()) || BEGUN.iter().any(|word| known.starts_with(word))
    {
        return Some((start..line.end, "this line is still to be replaced".to_owned()));
    }
    if is_open_box(words) {
        return Some((start..line.end, "this box isn't ticked".to_owned()));
    }
    let (span, slot) = slots(words).find(|(_, slot)| is_slot(slot, tracks))?;
    Some((line.start + span.start..line.start + span.end, format!("`{slot}` is still to be filled in")))
}

/// `- [ ] tell them`
fn is_open_box(line: &str) -> bool {
    let line = line.trim_start();
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let item = ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark));
    let numbered =
        || [". ", ") "].iter().find_map(|mark| number.strip_prefix(mark)).filter(|_| number.len() < line.len());
    item.or_else(numbered).is_some_and(|rest| rest.trim_start().starts_with("[ ]"))
}

/// What stands in braces, those of code left out.
fn slots(line: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    line.match_indices('{').filter_map(|(at, _)| {
        let is_code = line[..at].matches('`').count() % 2 == 1;
        let end = at + line[at..].find('}')? + 1;
        (!is_code).then(|| (at..end, &line[at..end]))
    })
}

fn is_slot(text: &str, tracks: &[&str]) -> bool {
    let template = Template::parse(text);
    template.is_ok_and(|template| template.slots().any(|slot| tracks.contains(&slot.track.as_str())))
}

/// Notes that name another version, or none: they may be those of the last release.
fn about_another(path: &str, text: &str, version: &Version) -> Option<Failure> {
    if let Err(mut failure) = without_title(path, text, version) {
        failure.exit = crate::error::Exit::Waiting;
        return Some(failure);
    }
    // The notes of a candidate may be those of its release.
    let release = version.part(Part::Release).filter(|_| version.is_prerelease());
    let spellings = std::iter::once(version.as_str().to_owned()).chain(release);
    if spellings.into_iter().any(|spelling| names(text, &spelling)) {
        return None;
    }
    let hint = format!("write `{version}` into its heading, or name the right file");
    Some(
        Failure::waiting(format!("`{path}` doesn't say that it is about `{version}`")).hint(hint).at(Place::file(path)),
    )
}

/// Does a text name this version, and not only a longer one?
fn names(text: &str, version: &str) -> bool {
    text.match_indices(version).any(|(at, _)| {
        let mut before = text[..at].chars().rev();
        let mut after = text[at + version.len()..].chars();
        let begins = match before.next() {
            Some('.') => !before.next().is_some_and(|c| c.is_ascii_digit()),
            Some(c) => !c.is_ascii_digit(),
            None => true,
        };
        let ends = match after.next() {
            Some('.') => !after.next().is_some_and(|c| c.is_ascii_digit()),
            Some('-' | '+' | '~') => !after.next().is_some_and(|c| c.is_ascii_alphanumeric()),
            Some(c) => !c.is_ascii_alphanumeric(),
            None => true,
        };
        begins && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    fn checked(text: &str, version: &str) -> Result<String, Vec<Failure>> {
        check("n.md", text, &Version::parse(version).expect("a version"), &["app", "chart"])
    }

    #[track_caller]
    fn good(text: &str, expected: &str) {
        assert_eq!(checked(text, "1.27.0").expect("notes"), expected);
    }

    /// Places and words of everything that is still to be done.
    #[track_caller]
    fn bad(text: &str, expected: &[&str]) {
        let failures = checked(text, "1.27.0").expect_err("a refusal");
        assert!(failures.iter().all(|failure| failure.exit == Exit::Waiting && failure.hint.is_some()));
        let said: Vec<String> = failures.iter().map(ToString::to_string).collect();
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn what_a_person_wrote_is_published_as_it_is() {
        good("\u{feff}\r\n# 1.27.0\r\n\r\n- a\r\n\r\n", "# 1.27.0\n\n- a");
        good("v1.27.0 mends the login.", "v1.27.0 mends the login.");
        good("Acme 1.27.0: `{app}` in a template, and {other}.", "Acme 1.27.0: `{app}` in a template, and {other}.");
        good("1.27.0\n```\n- [ ] {app}\nTODO: x\n```", "1.27.0\n```\n- [ ] {app}\nTODO: x\n```");
        good("1.27.0\n<!-- - [ ] x -->\n- [x] done", "1.27.0\n<!-- - [ ] x -->\n- [x] done");
        good("1.27.0 shows TODO comments…\n\n…", "1.27.0 shows TODO comments…\n\n…");
    }

    #[test]
    fn what_nobody_wrote_waits() {
        let still = "the notes of `1.27.0` are still to be written";
        bad("", &[&format!("n.md: `n.md` has no text: {still}")]);
        bad("\n# 1.27.0\n", &[&format!("n.md:1:1: `n.md` has no text: {still}")]);
        let begun = format!("{PLACEHOLDER}\n\n# 1.27.0\n\n- a\n");
        bad(&begun, &[&format!("n.md:1:1: `n.md` begins with a line that is still to be replaced: {still}")]);
        bad("# 1.27.0\n\nTBD\n", &[&format!("n.md:1:1: `n.md` only says that it is still to be written: {still}")]);
    }

    #[test]
    fn what_was_left_over_is_shown_with_its_place() {
        let text =
            format!("# 1.27.0\n\n- a\n  - {PLACEHOLDER}\n- TBD\n* FIXME: x\n- [ ] tell\n1. [ ] y\nis {{app.major}}");
        bad(
            &text,
            &[
                "n.md:4:3: this line is still to be replaced",
                "n.md:5:1: this line is still to be replaced",
                "n.md:6:1: this line is still to be replaced",
                "n.md:7:1: this box isn't ticked",
                "n.md:8:1: this box isn't ticked",
                "n.md:9:4: `{app.major}` is still to be filled in",
            ],
        );
        bad("1.27.0\n```\ncode", &["n.md:2:1: here begins what no line ends"]);
        bad("1.27.0 \u{1b}[m", &["n.md:1:8: the notes hold the character `\\u{1b}`"]);
        bad("1.27.0\n<!-- lockstep 1.27.0 abc -->", &["n.md:2:1: the notes hold a mark of the tool's"]);
        let long = format!("1.27.0 {}", "ä".repeat(MOST));
        bad(&long, &["n.md: the notes have 124007 characters, which no release takes"]);
    }

    #[test]
    fn the_notes_of_another_version() {
        bad("# 1.26.0\n\n1.27.0 x", &["n.md:1:3: `n.md` is about `1.26.0`, not about `1.27.0`"]);
        for text in ["a", "11.27.0", "1.27.01", "1.27.0.1", "2.1.27.0", "1.27.0-rc.1"] {
            bad(text, &["n.md: `n.md` doesn't say that it is about `1.27.0`"]);
        }
        assert!(checked("For 1.27.0.", "1.27.0-rc.1").is_ok() && checked("1.27.0-rc.1", "1.27.0-rc.1").is_ok());
        assert!(checked("For 1.26.0.", "1.27.0-rc.1").is_err());
    }
}
