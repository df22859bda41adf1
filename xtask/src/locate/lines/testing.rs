//! One table of cases, read in every line ending, with and without a byte order mark, and spliced back.

use crate::locate::{Format, Hit, Reading};

/// The text as every kind of editor would have stored it.
fn variants(text: &str) -> Vec<String> {
    let mixed: String = text.split_inclusive('\n').zip(["\r\n", "\n", "\r"].iter().cycle()).fold(
        String::new(),
        |mut all, (line, ending)| {
            match line.strip_suffix('\n') {
                Some(line) => all.extend([line, ending]),
                None => all.push_str(line),
            }
            all
        },
    );
    let mut all = vec![text.to_owned(), text.replace('\n', "\r\n"), text.replace('\n', "\r"), mixed];
    all.extend(all.clone().iter().map(|text| text.trim_end_matches(['\r', '\n']).to_owned()));
    all.extend(all.clone().iter().map(|text| format!("\u{feff}{text}")));
    all
}

/// Another value of the same shape: every number becomes `77`.
fn changed(value: &str) -> String {
    let mut all = String::new();
    let mut in_number = false;
    for c in value.chars() {
        if !c.is_ascii_digit() {
            all.push(c);
        } else if !in_number {
            all.push_str("77");
        }
        in_number = c.is_ascii_digit();
    }
    all
}

fn read(format: &dyn Format, text: &str, locator: &str) -> Reading {
    let reading =
        format.read(text, &[locator, locator], true).unwrap_or_else(|e| panic!("{text:?}: {e} ({:?})", e.hint));
    assert_eq!(reading.hits[0], reading.hits[1], "one locator twice: {text:?}");
    reading
}

fn values(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.value.as_str()).collect()
}

/// The text with the hits set to `value`, last to first, each in the style of the file.
pub(in crate::locate) fn splice(
    format: &dyn Format,
    text: &str,
    hits: &[Hit],
    value: impl Fn(&str) -> String,
) -> String {
    let mut out = text.to_owned();
    for hit in hits.iter().rev() {
        let new = format.encode(text, hit, &value(&hit.value)).unwrap_or_else(|e| panic!("{text:?}: {e}"));
        out.replace_range(hit.span.clone(), &new);
    }
    out
}

/// The locator finds these values in this order in every variant of the text, and what is spliced reads back.
#[track_caller]
pub(in crate::locate) fn check(format: &dyn Format, text: &str, locator: &str, expected: &[&str]) {
    format.check(locator).unwrap_or_else(|e| panic!("locator {locator:?}: {e}"));
    for text in variants(text) {
        let before = read(format, &text, locator);
        assert_eq!(values(&before.hits[0]), expected, "{locator:?} in {text:?}");
        for hit in &before.hits[0] {
            assert!(!text[hit.span.clone()].contains(['\r', '\n', '\u{feff}']), "{hit:?} in {text:?}");
            let known = before.leaves.iter().filter(|leaf| leaf.span == hit.span).count();
            assert!(before.leaves.is_empty() || known == 1, "{hit:?} is {known} leaves of {text:?}");
        }
        assert_eq!(splice(format, &text, &before.hits[0], str::to_owned), text, "same values change nothing");
        let after_text = splice(format, &text, &before.hits[0], changed);
        let after = read(format, &after_text, locator);
        let wanted: Vec<String> = expected.iter().map(|value| changed(value)).collect();
        assert_eq!(values(&after.hits[0]), wanted, "{text:?} became {after_text:?}");
        assert_eq!(after.leaves.len(), before.leaves.len(), "{text:?} became {after_text:?}");
        for (old, new) in before.leaves.iter().zip(&after.leaves) {
            let target = before.hits[0].iter().any(|hit| hit.span == old.span);
            assert!(target || old.print == new.print, "{old:?} changed: {text:?} became {after_text:?}");
        }
    }
}

/// The reading fails, and the message and hint together hold `expected`.
#[track_caller]
pub(in crate::locate) fn refuses(format: &dyn Format, text: &str, locator: &str, expected: &str) {
    for text in variants(text) {
        let error = format.read(&text, &[locator], true).expect_err("an error");
        let said = format!("{} {}", error.message, error.hint.as_deref().expect("a hint"));
        assert!(said.contains(expected), "{said:?} lacks {expected:?}");
        assert!(error.offset.is_none_or(|at| text.is_char_boundary(at)), "{error:?}");
    }
}

/// The locator itself is refused, with a hint.
#[track_caller]
pub(in crate::locate) fn bad_locator(format: &dyn Format, locator: &str) {
    let error = format.check(locator).expect_err(locator);
    assert!(error.hint.is_some(), "{error:?}");
}

/// The value can't be written at the first hit, and the error has a hint.
#[track_caller]
pub(in crate::locate) fn bad_value(format: &dyn Format, text: &str, locator: &str, value: &str) {
    let hit = read(format, text, locator).hits[0][0].clone();
    let error = format.encode(text, &hit, value).expect_err(value);
    assert!(error.hint.is_some(), "{error:?}");
}

/// The value is written at the first hit like this.
#[track_caller]
pub(in crate::locate) fn encodes(format: &dyn Format, text: &str, locator: &str, value: &str, expected: &str) {
    let hits = read(format, text, locator).hits.remove(0);
    assert_eq!(splice(format, text, &hits, |_| value.to_owned()), expected);
}

/// Texts put together from `pieces` never panic, spans are in order, and hits written back change nothing;
/// a long line of any one piece would take minutes if it were not read in linear time.
#[track_caller]
pub(in crate::locate) fn torture(format: &dyn Format, locators: &[&str], pieces: &[&str]) {
    let common =
        ["\n", "\r", "\r\n", " ", "\t", "é", "🚀", "1.2.3", "\"", "'", "\\", "$", "{", "}", "#", "=", ":", ".", "-"];
    let pieces: Vec<&str> = pieces.iter().copied().chain(common).collect();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..6_000 {
        let mut text = String::from(if round % 9 == 0 { "\u{feff}" } else { "" });
        for _ in 0..round % 23 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text.push_str(pieces[usize::try_from(seed % pieces.len() as u64).expect("small")]);
        }
        survives(format, locators, &text);
    }
    for piece in &pieces {
        survives(format, locators, &piece.repeat(50_000 / piece.len()));
    }
    survives(format, locators, "");
}

fn survives(format: &dyn Format, locators: &[&str], text: &str) {
    let Ok(reading) = format.read(text, locators, true) else { return };
    assert!(reading.leaves.windows(2).all(|two| two[0].span.end <= two[1].span.start), "{text:?}");
    for hits in &reading.hits {
        assert!(hits.windows(2).all(|two| two[0].span.end <= two[1].span.start), "{text:?}: {hits:?}");
        for hit in hits.iter().take(9) {
            assert!(!text[hit.span.clone()].contains(['\r', '\n']), "{text:?}: {hit:?}");
            if let Ok(same) = format.encode(text, hit, &hit.value) {
                assert_eq!(same, text[hit.span.clone()], "{text:?}: {hit:?}");
            }
        }
    }
}

#[test]
fn lines_have_offsets_in_every_ending() {
    let text = "\u{feff}a\r\nb\rc\n\n\u{e9}";
    let all: Vec<_> = super::lines(text).map(|line| (line.start, line.text)).collect();
    assert_eq!(all, [(3, "a"), (6, "b"), (8, "c"), (10, ""), (11, "\u{e9}")]);
}
