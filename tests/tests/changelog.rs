//! Changelogs as projects write them: each folder below `changelog` has one before (`in.md`) and after (`out.md`) the
//! release of `version` with `notes.md`, or without notes. `LOCKSTEP_BLESS=1` writes `out.md` anew.

use std::fs;
use std::path::{Path, PathBuf};

use lockstep_tests::faults::random::Random;
use xtask::error::Exit;
use xtask::plan::changelog::{Edit, Entry, PLACEHOLDER, insert, section};
use xtask::version::{Date, Version};

struct Case {
    folder: PathBuf,
    before: String,
    notes: Option<String>,
    version: Version,
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("changelog");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 20, "the cases have moved");
    folders.into_iter().map(Case::read).collect()
}

impl Case {
    fn read(folder: PathBuf) -> Self {
        let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
        let version = Version::parse(read("version").unwrap().trim()).unwrap();
        Self { before: read("in.md").unwrap(), notes: read("notes.md"), version, folder }
    }

    fn entry(&self) -> Entry<'_> {
        let notes = self.notes.as_deref().map(|notes| ("notes.md", notes));
        Entry { version: &self.version, date: Date::new(2026, 11, 21).unwrap(), heading: None, notes }
    }

    fn after(&self) -> (String, usize) {
        match insert("CHANGELOG.md", &self.before, &self.entry()) {
            Ok(Edit::Inserted { text, line }) => (text, line),
            other => panic!("{}: {other:?}", self.folder.display()),
        }
    }
}

#[test]
fn a_section_in_the_style_of_the_file() {
    for case in cases() {
        let (after, line) = case.after();
        let file = case.folder.join("out.md");
        if std::env::var_os("LOCKSTEP_BLESS").is_some() {
            fs::write(&file, &after).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(after, expected, "{}", case.folder.display());
        let heading = after.lines().nth(line - 1).unwrap();
        assert!(heading.contains(case.version.as_str()), "{}: line {line} is {heading}", case.folder.display());
    }
}

#[test]
fn once_is_enough() {
    for case in cases() {
        let (after, _) = case.after();
        assert_eq!(insert("CHANGELOG.md", &after, &case.entry()).unwrap(), Edit::Already, "{}", case.folder.display());
        let body = section("CHANGELOG.md", &after, &case.version).unwrap().unwrap();
        assert!(!body.trim().is_empty(), "{}", case.folder.display());
    }
}

/// What was there is there still, in its order; only the range of what isn't released, and words that stood for a
/// date, may be others.
#[test]
fn every_other_byte_is_kept() {
    for case in cases() {
        let (after, _) = case.after();
        let mut rest = after.as_str();
        for line in case.before.split_inclusive('\n') {
            let changes = line.to_lowercase().contains("unreleased") || line.starts_with("-----");
            if changes {
                continue;
            }
            let line = if rest.contains(line) { line } else { line.trim_end() };
            let at = rest.find(line).unwrap_or_else(|| panic!("{}: {line:?} is gone", case.folder.display()));
            rest = &rest[at + line.len()..];
        }
        let ends = |text: &str| (text.ends_with('\n'), text.starts_with('\u{feff}'));
        if !case.before.is_empty() {
            assert_eq!(ends(&after), ends(&case.before), "{}", case.folder.display());
        }
        let bare = |text: &str| text.matches('\n').count() - text.matches("\r\n").count();
        assert!(bare(&case.before) > 0 || bare(&after) == 0 || case.before.is_empty(), "{}", case.folder.display());
    }
}

#[track_caller]
fn refused(text: &str, notes: Option<&str>, exit: Exit, words: &str) {
    let version = Version::parse("1.3.0").unwrap();
    let notes = notes.map(|notes| ("notes.md", notes));
    let entry = Entry { version: &version, date: Date::new(2026, 11, 21).unwrap(), heading: None, notes };
    let failure = insert("CHANGELOG.md", text, &entry).unwrap_err();
    assert!(failure.exit == exit && failure.message.contains(words), "{failure:?}");
    assert!(failure.hint.is_some() && failure.place.is_some(), "{failure:?}");
}

const TWO: &str = "# Changelog\n\n## [Unreleased]\n\n## 1.3.0\n\n- a\n\n## 1.2.0\n\n- b\n";

#[test]
fn what_is_refused() {
    refused(TWO, Some("- other\n"), Exit::World, "says something else than `notes.md` (from its line 1 on)");
    let twice = TWO.replace("## 1.2.0", "## [1.3.0]");
    refused(&twice, Some("- a\n"), Exit::World, "stands there twice, in lines 5 and 9");
    refused(&TWO.replace("## 1.2.0", "## Unreleased"), None, Exit::World, "stands there twice, in lines 3 and 9");
    let before = TWO.replace("1.3.0", "1.1.9");
    refused(&before, None, Exit::Waiting, "the section `[Unreleased]` has no text");
    refused(&before.replace("## [Unreleased]\n\n", ""), None, Exit::Waiting, "and no `Unreleased` section");
    refused(&before, Some(PLACEHOLDER), Exit::Waiting, "still to be replaced");
    refused(&before, Some("# 1.2.0\n- a\n"), Exit::World, "is about `1.2.0`, not about `1.3.0`");
    refused(&before, Some("- a\n\n#### 1.0.0\n\n- b\n"), Exit::World, "would change other sections");
    refused(&before, Some("- a\n\n#### 1.3.0\n\n- b\n"), Exit::World, "would not make one section");
    refused(&before, Some("- a\n```\n"), Exit::World, "begins what no line ends");
    let last = "# C\n\n## 1.1.0\n\n- a\n\n## 1.2.0\n\n- b\n\n## Unreleased\n\n- c\n";
    refused(last, None, Exit::World, "has its newest section last");
    refused(
        "## 1.3.0\n\nTBD\n",
        None,
        Exit::Waiting,
        "the section of `1.3.0` only says that it is still to be written",
    );
}

#[test]
fn a_section_that_is_there_may_lack_its_text() {
    let version = Version::parse("1.3.0").unwrap();
    let date = Date::new(2026, 11, 21).unwrap();
    for (there, notes, expected) in [
        ("## 1.3.0\n", "- a", "## 1.3.0\n\n- a\n"),
        ("## 1.3.0", "- a", "## 1.3.0\n\n- a\n"),
        ("## 1.3.0\n\nTBD\n\n## 1.2.0\n\n- x\n", "- a", "## 1.3.0\n\n- a\n\n## 1.2.0\n\n- x\n"),
        (
            "## 1.3.0 - TBD\n\n- a\n\n## 1.2.0 - 2026-01-02\n\n- x\n",
            "- a\n",
            "## 1.3.0 - 2026-11-21\n\n- a\n\n## 1.2.0 - 2026-01-02\n\n- x\n",
        ),
    ] {
        let entry = Entry { version: &version, date, heading: None, notes: Some(("notes.md", notes)) };
        match insert("CHANGELOG.md", there, &entry).unwrap() {
            Edit::Inserted { text, line } => assert_eq!((text.as_str(), line), (expected, 1)),
            Edit::Already => panic!("{there}"),
        }
    }
}

#[test]
fn the_configured_heading_counts() {
    let version = Version::parse("1.3.0").unwrap();
    let date = Date::new(2026, 11, 21).unwrap();
    let entry = Entry { version: &version, date, heading: Some("Acme 1.3.0"), notes: Some(("notes.md", "- a")) };
    let Edit::Inserted { text, .. } = insert("C.md", "# C\n\n## 1.2.0 - 2026-01-01\n\n- x\n", &entry).unwrap() else {
        panic!("it is there");
    };
    assert_eq!(text, "# C\n\n## Acme 1.3.0\n\n- a\n\n## 1.2.0 - 2026-01-01\n\n- x\n");
}

#[test]
fn a_section_comes_with_the_links_it_uses() {
    let text = "## [1.3.0]\n\n- See [#4][4] and [docs].\n\n[docs]: https://d\n\n## [1.2.0]\n\n- a\n\n[1.3.0]: https://a\n[4]: https://b\n";
    let version = Version::parse("1.3.0").unwrap();
    let body = section("C.md", text, &version).unwrap().unwrap();
    assert_eq!(body, "- See [#4][4] and [docs].\n\n[docs]: https://d\n\n[4]: https://b");
    assert_eq!(section("C.md", text, &Version::parse("1.1.0").unwrap()).unwrap(), None);
    let version = Version::parse("1.2.0").unwrap();
    assert_eq!(section("C.md", text, &version).unwrap().as_deref(), Some("- a"));
}

/// Whatever a file looks like: no panic, no byte lost, and a second time changes nothing.
#[test]
fn changed_changelogs_are_taken_or_refused() {
    let pieces = [
        "\n",
        "\r\n",
        "#",
        "## ",
        "---\n",
        "===",
        "```",
        "<!--",
        "-->",
        "[",
        "]",
        "](",
        "v1.2.3",
        "1.3.0",
        "\n## 1.3.0\n",
        "2026-11-21",
        "May",
        "é",
        "\u{feff}",
        "[1.0.0]: https://e.org/compare/a...b\n",
        "Unreleased",
        "\n\n",
        " ",
        "...",
        "<a name=\"x\"></a>\n",
        "\u{3000}",
    ];
    let cases = cases();
    let mut random = Random::new("changelogs");
    let rounds: usize = std::env::var("LOCKSTEP_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000);
    let mut taken = 0;
    for _ in 0..rounds {
        let case = &cases[random.below(cases.len())];
        let mut text = case.before.clone();
        let mut notes = case.notes.clone();
        for _ in 0..=random.below(4) {
            match &mut notes {
                Some(notes) if random.one_in(4) => random.mutate(notes, &pieces),
                _ => random.mutate(&mut text, &pieces),
            }
        }
        let given = notes.as_deref().map(|notes| ("notes.md", notes));
        let entry = Entry { notes: given, ..case.entry() };
        let Ok(Edit::Inserted { text: after, line }) = insert("C.md", &text, &entry) else { continue };
        taken += 1;
        assert!((1..=after.lines().count()).contains(&line), "{text:?}");
        let again = insert("C.md", &after, &entry);
        assert!(matches!(again, Ok(Edit::Already)), "{text:?}\n{given:?}\n{after:?}\n{again:?}");
        let lost = lost(&text, &after);
        // The heading that gets its date with its underline, and the range of what isn't released.
        assert!(lost.len() <= 3, "{lost:?} of {text:?} is not in {after:?}");
    }
    assert!(taken > rounds / 4, "only {taken} of {rounds} were taken");
}

/// The lines of `before` that `after` has less often.
fn lost<'t>(before: &'t str, after: &'t str) -> Vec<&'t str> {
    let mut there: Vec<&str> = after.lines().collect();
    let mut lost: Vec<&str> = before.lines().collect();
    lost.retain(|line| match there.iter().position(|other| other == line) {
        Some(at) => {
            there.swap_remove(at);
            false
        }
        None => true,
    });
    lost
}
