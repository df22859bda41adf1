//! The words of a heading: which version they name, and how the next one would be written.

use std::collections::HashMap;
use std::ops::Range;

use super::date::{self, Form};
use super::links;
use crate::template::is_version_char;
use crate::version::{Date, Version};

/// A heading's words, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Title {
    /// The version that it is about.
    pub version: Version,
    pieces: Vec<Piece>,
    /// Words that are neither version nor date, in lower case; before the version, and behind it.
    before: Vec<String>,
    behind: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Version,
    Url(String),
    Date(Form),
}

/// Words that say nothing about one release in particular.
const PLAIN: [&str; 12] =
    ["v", "ver", "version", "release", "released", "on", "at", "of", "date", "changes", "what", "new"];

/// Words before a version that make the heading one about something else.
const OTHER: [&str; 16] = [
    "to",
    "from",
    "in",
    "since",
    "for",
    "before",
    "after",
    "until",
    "upgrading",
    "upgrade",
    "migrating",
    "migration",
    "with",
    "than",
    "and",
    "requires",
];

/// Names for what isn't released yet.
const UNRELEASED: [&str; 14] = [
    "unreleased",
    "unreleased changes",
    "not released",
    "tip",
    "next",
    "next release",
    "next version",
    "vnext",
    "dev",
    "development",
    "head",
    "master",
    "main",
    "upcoming",
];

impl Title {
    /// Reads the words of a heading that is about a version. A lone number (`42`) is one where `alone` says so.
    pub fn read(text: &str, alone: bool) -> Option<Self> {
        let url = links::target(text);
        let outside =
            |span: &Range<usize>| url.as_ref().is_none_or(|url| span.end <= url.start || url.end <= span.start);
        let date = date::find(text).filter(|(span, _)| outside(span));
        let (span, version) =
            find_version(text, alone, date.as_ref().map(|(span, _)| span)).filter(|(span, _)| outside(span))?;
        let date = date.or_else(|| {
            let (found, form) = date::find_dotted(&text[span.end..])?;
            Some((found.start + span.end..found.end + span.end, form))
        });
        let mut title = Self { version, pieces: Vec::new(), before: Vec::new(), behind: Vec::new() };
        let mut marks = vec![(span.clone(), Piece::Version)];
        marks.extend(date.map(|(span, form)| (span, Piece::Date(form))));
        marks.extend(url.map(|span| (span.clone(), Piece::Url(text[span].to_owned()))));
        marks.sort_by_key(|(span, _)| span.start);
        let mut at = 0;
        for (mark, piece) in marks {
            title.push_literal(&text[at..mark.start], mark.start <= span.start);
            title.pieces.push(piece);
            at = mark.end;
        }
        title.push_literal(&text[at..], false);
        (!title.before.iter().any(|word| OTHER.contains(&word.as_str()))).then_some(title)
    }

    /// The same version once more, as in `{#v1.2.3}`, is no literal.
    fn push_literal(&mut self, text: &str, before: bool) {
        let mut rest = text;
        while let Some(at) = links::find_version(rest, self.version.as_str()).filter(|_| !before) {
            self.push_words(&rest[..at], before);
            self.pieces.push(Piece::Version);
            rest = &rest[at + self.version.as_str().len()..];
        }
        self.push_words(rest, before);
    }

    fn push_words(&mut self, text: &str, before: bool) {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase);
        if before {
            self.before.extend(words)
        } else {
            self.behind.extend(words)
        }
        if !text.is_empty() {
            self.pieces.push(Piece::Literal(text.to_owned()));
        }
    }

    /// Does the version stand first, but for words that say nothing?
    pub fn leads(&self) -> bool {
        self.before.iter().all(|word| PLAIN.contains(&word.as_str()))
    }

    /// Is there nothing behind the version but a date and words that say nothing?
    pub fn is_bare(&self) -> bool {
        self.behind.iter().all(|word| PLAIN.contains(&word.as_str()))
    }

    /// Is it said to come yet, as in `1.2.3 (unreleased)`?
    pub fn is_unreleased(&self) -> bool {
        self.behind.iter().any(|word| matches!(word.as_str(), "unreleased" | "tbd" | "tba" | "upcoming"))
    }

    /// The words for another version.
    pub fn render(&self, version: &Version, today: Date) -> String {
        let render = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Version => version.as_str().to_owned(),
            Piece::Url(url) => links::renew(url, &self.version, version).unwrap_or_else(|| url.clone()),
            Piece::Date(form) => form.render(today),
        };
        self.pieces.iter().map(render).collect()
    }

    fn form(&self) -> Option<&Form> {
        self.pieces.iter().find_map(|piece| match piece {
            Piece::Date(form) => Some(form),
            _ => None,
        })
    }

    /// Only the version, with the brackets and the link around it.
    fn cut(&self) -> Self {
        let mut cut = self.clone();
        let version = cut.pieces.iter().position(|piece| *piece == Piece::Version).unwrap_or_default();
        cut.pieces.truncate(version + 1);
        cut.behind.clear();
        let opened =
            cut.pieces[..version].iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains('[')));
        match (opened, self.pieces.get(version + 1), self.pieces.get(version + 2)) {
            (true, Some(Piece::Literal(text)), Some(Piece::Url(url))) if text == "](" => {
                let url = Piece::Url(url.clone());
                cut.pieces.extend([Piece::Literal("](".to_owned()), url, Piece::Literal(")".to_owned())]);
            }
            (true, ..) => cut.pieces.push(Piece::Literal("]".to_owned())),
            _ => {}
        }
        cut
    }
}

/// The newest title whose words don't belong to its release alone; else the newest one's version without its words.
/// Gives its place among the titles, too.
pub(super) fn learn(titles: &[&Title]) -> Option<(usize, Title)> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for title in titles {
        let mut words: Vec<&str> = title.before.iter().chain(&title.behind).map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        words.into_iter().for_each(|word| *seen.entry(word).or_default() += 1);
    }
    let number = |word: &str| word.chars().any(char::is_numeric);
    let common = |word: &str| seen.get(word).is_some_and(|count| *count > 1 && count * 2 >= titles.len().min(8));
    let plain = |word: &String| PLAIN.contains(&word.as_str()) || common(word) && !number(word);
    let clean = |title: &&Title| {
        let before = title.before.iter().all(|word| plain(word) || titles.len() == 1);
        before && title.behind.iter().all(plain) && !title.is_unreleased()
    };
    let (at, mut title) = match titles.iter().take(8).position(clean) {
        Some(at) => (at, titles[at].clone()),
        None => (0, titles.first()?.cut()),
    };
    let others: Vec<Form> = titles.iter().filter_map(|title| title.form().cloned()).collect();
    for piece in &mut title.pieces {
        if let Piece::Date(form) = piece {
            form.refine(&others);
        }
    }
    Some((at, title))
}

/// Is this a heading over what isn't released yet?
pub(super) fn is_unreleased(text: &str) -> bool {
    let shown = text.split("](").next().unwrap_or_default().trim();
    let bare = shown.trim_matches(|c: char| "[]()*_`:".contains(c)).to_lowercase();
    UNRELEASED.contains(&bare.as_str())
        || bare.starts_with("unreleased") && !bare[10..].starts_with(char::is_alphanumeric)
}

/// The first version in a text, and where it stands; not inside the date.
fn find_version(text: &str, alone: bool, date: Option<&Range<usize>>) -> Option<(Range<usize>, Version)> {
    let mut start = 0;
    for run in text.split(|c| !is_version_char(c)) {
        let at = start;
        start += run.len() + text[start + run.len()..].chars().next().map_or(0, char::len_utf8);
        if date.is_some_and(|date| at < date.end && date.start < at + run.len()) {
            continue;
        }
        if let Some((span, version)) = version_in(run, alone) {
            return Some((at + span.start..at + span.end, version));
        }
    }
    None
}

/// The version in a run of a version's characters: `v1.2.3`, `app-1.2.3`.
fn version_in(run: &str, alone: bool) -> Option<(Range<usize>, Version)> {
    let run = run.trim_end_matches(['.', '-', '_', '~', '!', '+']);
    let bytes = run.as_bytes();
    let border = |at: usize| at == 0 || matches!(bytes[at - 1], b'-' | b'_');
    let begins = |at: usize| border(at) || matches!(bytes[at - 1], b'v' | b'V') && border(at - 1);
    let whole = |text: &str| {
        let digits = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        text[..digits].trim_end_matches('.').contains('.') || alone && digits == text.len()
    };
    let at = (0..run.len()).find(|&at| bytes[at].is_ascii_digit() && begins(at) && whole(&run[at..]))?;
    Version::parse(&run[at..]).ok().map(|version| (at..run.len(), version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Title {
        Title::read(text, false).unwrap_or_else(|| panic!("no title: {text}"))
    }

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    /// What is made of the newest of these titles for 2.0.0 on Saturday, 2026-11-21.
    #[track_caller]
    fn check(titles: &[&str], expected: &str) {
        let titles: Vec<Title> = titles.iter().map(|text| title(text)).collect();
        let (_, style) = learn(&titles.iter().collect::<Vec<_>>()).expect("a style");
        let today = Date::new(2026, 11, 21).expect("a day");
        assert_eq!(style.render(&version("2.0.0"), today), expected);
    }

    #[test]
    fn the_next_title_is_like_the_last_ones() {
        check(&["[1.2.3] - 2026-01-02"], "[2.0.0] - 2026-11-21");
        check(&["v1.2.3"], "v2.0.0");
        check(&["1.30.0 - Wednesday 17 November 2021"], "2.0.0 - Saturday 21 November 2026");
        check(&["Version 1.70.0 (2023-06-01)"], "Version 2.0.0 (2026-11-21)");
        check(&["acme-app-1.2.3 / 2023-06-23"], "acme-app-2.0.0 / 2026-11-21");
        check(&["[v1.9.3](https://e.org/releases/tag/v1.9.3)"], "[v2.0.0](https://e.org/releases/tag/v2.0.0)");
        check(
            &["[1.2.3](https://e.org/compare/v1.2.2...v1.2.3) (2020-01-01)", "[1.2.2](https://e.org/x) (2020-01-01)"],
            "[2.0.0](https://e.org/compare/v1.2.3...v2.0.0) (2026-11-21)",
        );
        check(&["1.2.3 {#v1.2.3}"], "2.0.0 {#v2.0.0}");
        check(&["2023-01-01, Version 18.13.0"], "2026-11-21, Version 2.0.0");
    }

    #[test]
    fn words_of_one_release_are_left_out() {
        check(
            &["[1.2.3] - 2026-01-02 [YANKED]", "[1.2.2] - 2026-01-01", "[1.2.1] - 2026-01-01"],
            "[2.0.0] - 2026-11-21",
        );
        check(&["1.2.3 - The big one", "1.2.2 - The small one"], "2.0.0");
        check(&["[1.2.3] - Codename"], "[2.0.0]");
        check(&["1.2.3 (unreleased)", "1.2.2 (2026-01-01)"], "2.0.0 (2026-11-21)");
        check(&["1.2.3 LTS", "1.2.2 LTS"], "2.0.0 LTS");
    }

    #[test]
    fn what_names_no_version() {
        for text in ["Added", "Upgrading from 1.2.3", "2026-01-01", "Fix #12", "2021", "Migration to 2.0"] {
            assert_eq!(Title::read(text, false), None, "{text}");
        }
        assert!(Title::read("v42 (2026-01-01)", true).is_some());
        for text in
            ["Unreleased", "[Unreleased]", "[unreleased] - 2026-xx-xx", "tip", "**Next release**", "[Unreleased](x)"]
        {
            assert!(is_unreleased(text), "{text}");
        }
        assert!(!is_unreleased("Unreleasedness") && !is_unreleased("Main changes"));
    }
}
