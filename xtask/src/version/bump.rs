//! Counting: the next version, written in the style of the one before.
//!
//! The count of numbers, leading zeros and the way a pre-release is written stay. Build metadata does not: it
//! belonged to the old build. Where a style shows nothing, semver, chart and loose write `-rc.1` and begin with
//! 1; pep440 and calver write `rc0`, `b0`, `.dev0` and begin with 0, as Python projects that go from `.dev0` to
//! `b0` do.

use super::mark::{Mark, Python, python_word};
use super::scheme::{Calendar, increment, is_padded};
use super::{Date, Level, Number, Scheme, Version, VersionError};
use std::cmp::Ordering;

impl Version {
    /// The version that this level leads to; always one of the scheme, always above this one.
    ///
    /// * `major`, `minor`, `patch` count that number and set those after it to 0. From a pre-release they go to
    ///   the final release it was for, when it was for such a one, as npm and cargo-release do: `1.2.0-rc.1`
    ///   goes to `1.2.0` by `minor` and by `patch`, to `2.0.0` by `major`.
    /// * `pre` counts the pre-release; `rc`, `beta`, … count it or go over to that word. From a final release
    ///   neither says what it would be a candidate for: `minor-rc`, `patch-beta` … do. Those always count the
    ///   number, from a pre-release too, as `0.57.0b3` leads to `0.58.0.dev0` by `minor-dev`.
    /// * `final` drops the mark. `dev` counts a development version.
    /// * `next` counts a pre-release; else calver goes by `today`, the other schemes count the last of the
    ///   first three numbers.
    ///
    /// # Errors
    /// Where there is no such number or mark, where the result would not be of the scheme, or not be above.
    pub fn bump(&self, level: &Level, scheme: Scheme, today: Date) -> Result<Version, VersionError> {
        let text = match level {
            Level::Major => self.count(Number::Major, scheme, self.is_first_of(Number::Major))?,
            Level::Minor => self.count(Number::Minor, scheme, self.is_first_of(Number::Minor))?,
            Level::Patch => self.count(Number::Patch, scheme, self.is_first_of(Number::Patch))?,
            Level::First(number, word) => self.count(*number, scheme, false)? + &self.first_mark(word, scheme)?,
            Level::Pre(word) => self.next_pre(word.as_deref(), level)?,
            Level::Dev => self.next_pre(Some("dev"), level)?,
            Level::Final => self.finish()?,
            Level::Next if self.is_prerelease() => self.next_pre(None, level)?,
            Level::Next if scheme == Scheme::Calver => self.next_date(today)?,
            Level::Next => self.count(self.last_number(), scheme, false)?,
        };
        let next = Version::parse(&format!("{}{text}", self.epoch_text()))?;
        scheme.check(&next)?;
        if next.compare(self) != Ordering::Greater {
            return Err(not_above(&next, self));
        }
        Ok(next)
    }

    /// The version that keeps step with another one, which went `from` → `to`: the number that was counted there is
    /// counted here, and a pre-release is written as it is there.
    ///
    /// Where this one never took the other's pre-releases, it counts when that becomes final.
    ///
    /// # Errors
    /// Where there is no such number, where the other went back, or on from a pre-release that this one hasn't.
    pub fn keep_step(&self, from: &Version, to: &Version, scheme: Scheme) -> Result<Version, VersionError> {
        if to.compare(from) != Ordering::Greater {
            return Err(out_of_step(self, from, to));
        }
        let all = [Number::Major, Number::Minor, Number::Patch];
        let (old, new) = (from.numbers(), to.numbers());
        let counted = all.into_iter().find(|number| old.get(number.index()) != new.get(number.index()));
        let of_final = || all.into_iter().find(|number| from.is_first_of(*number)).unwrap_or(Number::Patch);
        let numbers = match counted {
            // It is on its way to this very number, and the other one went there at once.
            Some(number) => self.count(number, scheme, self.is_first_of(number) && !from.is_prerelease())?,
            None if old != new => return Err(out_of_step(self, from, to)),
            None if self.is_prerelease() || !from.is_prerelease() => self.numbers_text().to_owned(),
            None if !to.is_prerelease() => self.count(of_final(), scheme, false)?,
            None => return Err(out_of_step(self, from, to)),
        };
        let next = Version::parse(&format!("{}{numbers}{}", self.epoch_text(), to.tail()))?;
        scheme.check(&next)?;
        Ok(next)
    }

    /// Was this pre-release for a version in which everything after this number is 0?
    fn is_first_of(&self, number: Number) -> bool {
        let zeros = |n: &&str| n.bytes().all(|b| b == b'0');
        self.is_prerelease() && !self.mark().has_post() && self.numbers().iter().skip(number.index() + 1).all(zeros)
    }

    fn last_number(&self) -> Number {
        match self.numbers().len() {
            1 => Number::Major,
            2 => Number::Minor,
            _ => Number::Patch,
        }
    }

    /// The numbers with this one counted, unless `stay`, and those after it 0.
    fn count(&self, number: Number, scheme: Scheme, stay: bool) -> Result<String, VersionError> {
        let numbers = self.numbers();
        let at = number.index();
        if at >= numbers.len() {
            return Err(self.missing(number));
        }
        if stay {
            return Ok(self.numbers_text().to_owned());
        }
        if scheme == Scheme::Calver {
            self.check_calendar(number)?;
        }
        let next = |(i, n): (usize, &&str)| match i.cmp(&at) {
            Ordering::Less => (*n).to_owned(),
            Ordering::Equal => increment(n),
            Ordering::Greater => reset(n),
        };
        Ok(numbers.iter().enumerate().map(next).collect::<Vec<_>>().join("."))
    }

    fn missing(&self, number: Number) -> VersionError {
        let last = self.last_number();
        let counted = self.count(last, Scheme::Loose, false).unwrap_or_default();
        VersionError::new(
            format!("`{self}` has no {} number", number.name()),
            format!("`{}` counts its last one, to `{counted}`; or give the version itself", last.name()),
        )
    }

    /// The first number of a calendar version follows the calendar, and the twelfth month has two successors.
    fn check_calendar(&self, number: Number) -> Result<(), VersionError> {
        let numbers = self.numbers();
        let year = match Calendar::of(numbers[0]) {
            Some(Calendar::Year | Calendar::ShortYear) => true,
            Some(Calendar::Date) => false,
            None => return Ok(()),
        };
        if number == Number::Major {
            let what = if year { "year" } else { "date" };
            return Err(VersionError::new(
                format!("`{}` of `{self}` is a {what}, which `major` cannot count", numbers[0]),
                "`next` goes by today's date; or give the version itself",
            ));
        }
        if number == Number::Minor && year && numbers[1].trim_start_matches('0') == "12" {
            let rest: String = numbers[2..].iter().map(|n| format!(".{}", reset(n))).collect();
            let january = if is_padded(numbers[1]) { "01" } else { "1" };
            return Err(VersionError::new(
                format!("after `{self}` the second number may go on, or begin again"),
                format!(
                    "give the version itself: `{}.{january}{rest}` if it is a month, `{}.13{rest}` if not",
                    increment(numbers[0]),
                    numbers[0]
                ),
            ));
        }
        Ok(())
    }

    /// Without its pre-release or development mark.
    fn finish(&self) -> Result<String, VersionError> {
        if !self.is_prerelease() {
            return Err(VersionError::new(
                format!("`{self}` is final already"),
                "`patch`, `minor` and `major` lead to the next final release",
            ));
        }
        Ok(match self.mark() {
            Mark::Python(Python { pre: None, post: Some(number), dev: Some(_) }) => {
                format!("{}.post{number}", self.numbers_text())
            }
            _ => self.numbers_text().to_owned(),
        })
    }

    /// Counts the pre-release, or goes over to another word.
    fn next_pre(&self, word: Option<&str>, level: &Level) -> Result<String, VersionError> {
        let mark = self.mark();
        if !mark.is_prerelease() {
            let word = word.unwrap_or("rc");
            return Err(VersionError::new(
                format!("`{self}` is final: `{level}` does not say of which release"),
                format!("say the level first, as in `minor-{word}` or `patch-{word}`, or give the version itself"),
            ));
        }
        let tail = match (word, &mark) {
            (None, _) => count_tail(self.tail()),
            (Some(word), Mark::Python(marks)) => self.python_tail(marks, word)?,
            (Some(word), Mark::Hyphen(text)) if hyphen_word(text).eq_ignore_ascii_case(word) => count_tail(self.tail()),
            (Some("dev"), _) => {
                return Err(VersionError::new(
                    format!("`{self}` is no development version"),
                    "say the level first, as in `minor-dev`, or give the version itself",
                ));
            }
            (Some(word), Mark::Hyphen(text)) => format!("{}{word}{}", &self.tail()[..1], first_number(text)),
            (Some(_), _) => {
                return Err(VersionError::new(
                    format!("`{}` of `{self}` is no known pre-release", self.tail()),
                    "`final` drops it, `pre` counts it; or give the version itself",
                ));
            }
        };
        Ok(format!("{}{tail}", self.numbers_text()))
    }

    /// Python's marks: `.dev0` leads to `b0`, `b1.dev2` to the `b1` it was for, `b1` to `b2` or `rc0`.
    fn python_tail(&self, marks: &Python<'_>, word: &str) -> Result<String, VersionError> {
        if word == "dev" {
            return match marks.dev {
                Some(_) => Ok(count_tail(self.tail())),
                None => Err(VersionError::new(
                    format!("`{self}` is no development version"),
                    "say the level first, as in `minor-dev`, or give the version itself",
                )),
            };
        }
        let short = python_word(word).ok_or_else(|| unknown_to_python(word))?;
        Ok(match marks {
            Python { pre: Some((now, number)), dev: Some(_), post: None } if *now == short => {
                Python { pre: Some((short, number)), ..Python::default() }.render()
            }
            Python { pre: Some((now, _)), dev: None, post: None } if *now == short => count_tail(self.tail()),
            Python { pre: Some((now, number)), .. } if *now == short => format!("{short}{}", increment(number)),
            _ => format!("{short}0"),
        })
    }

    /// The mark that begins a series, in the style of the present one, else of the scheme.
    fn first_mark(&self, word: &str, scheme: Scheme) -> Result<String, VersionError> {
        let python = match self.mark() {
            Mark::Python(_) => true,
            Mark::Hyphen(text) => return Ok(format!("{}{word}{}", &self.tail()[..1], first_number(text))),
            Mark::None | Mark::Other(_) => matches!(scheme, Scheme::Pep440 | Scheme::Calver),
        };
        match (python, word) {
            (false, _) => Ok(format!("-{word}.1")),
            (true, "dev") => Ok(".dev0".to_owned()),
            (true, _) => Ok(format!("{}0", python_word(word).ok_or_else(|| unknown_to_python(word))?)),
        }
    }

    /// By the calendar: this month's or this day's first version, or the next after it.
    fn next_date(&self, today: Date) -> Result<String, VersionError> {
        let numbers = self.numbers();
        let two = numbers.len() >= 2;
        match Calendar::of(numbers[0]).filter(|_| two) {
            Some(Calendar::Date) => self.next_in(1, numbers[0].to_owned(), today.digits(), today),
            Some(kind) => {
                let month = numbers[1];
                if !(1..=12).contains(&month.parse::<u8>().unwrap_or(0)) {
                    return Err(VersionError::new(
                        format!("`{month}` of `{self}` is no month"),
                        "`minor` and `patch` count; or give the version itself",
                    ));
                }
                let padded = is_padded(month);
                let year = if kind == Calendar::Year { today.year } else { today.year % 100 };
                let now = if padded { format!("{year}.{:02}", today.month) } else { format!("{year}.{}", today.month) };
                self.next_in(2, format!("{}.{month}", numbers[0]), now, today)
            }
            None => Err(VersionError::new(
                format!("`{self}` does not begin with a year or a date and another number"),
                "`minor` and `patch` count; or give the version itself",
            )),
        }
    }

    /// The first `length` numbers are the period `mine`; the one after them counts within it.
    fn next_in(&self, length: usize, mine: String, now: String, today: Date) -> Result<String, VersionError> {
        let numbers = self.numbers();
        let rest = &numbers[length..];
        match Version::parse(&now)?.compare(&Version::parse(&mine)?) {
            Ordering::Less => Err(VersionError::new(
                format!("`{self}` is ahead of today, {today}"),
                "`patch` counts its last number; or give the version itself",
            )),
            _ if rest.first().is_some_and(|n| is_padded(n)) => Err(VersionError::new(
                format!("`{}` of `{self}` may be a day or a count", rest[0]),
                "give the version itself",
            )),
            Ordering::Equal if rest.is_empty() => Err(VersionError::new(
                format!("`{self}` is the version of this month, and has no number that counts"),
                format!("give the version itself: `{self}.1`"),
            )),
            Ordering::Equal => {
                let after: String = rest[1..].iter().map(|n| format!(".{}", reset(n))).collect();
                Ok(format!("{mine}.{}{after}", increment(rest[0])))
            }
            Ordering::Greater => Ok(now + &rest.iter().map(|n| format!(".{}", reset(n))).collect::<String>()),
        }
    }
}

/// 0 in the width that the number shows: `02` → `00`.
fn reset(number: &str) -> String {
    if is_padded(number) { "0".repeat(number.len()) } else { "0".to_owned() }
}

/// Counts the number that a tail ends with, else its last identifier that is one; else adds one.
fn count_tail(tail: &str) -> String {
    let word = tail.trim_end_matches(|c: char| c.is_ascii_digit());
    if word.len() < tail.len() {
        return format!("{word}{}", increment(&tail[word.len()..]));
    }
    if !tail.starts_with(['-', '~']) {
        return format!("{tail}1");
    }
    let mut pieces: Vec<String> = tail[1..].split('.').map(str::to_owned).collect();
    match pieces.iter_mut().rev().find(|piece| piece.bytes().all(|b| b.is_ascii_digit())) {
        Some(number) => *number = increment(number),
        None => pieces.push("1".to_owned()),
    }
    format!("{}{}", &tail[..1], pieces.join("."))
}

/// `rc` of `rc.1` and of `rc1`.
fn hyphen_word(text: &str) -> &str {
    let first = text.split('.').next().unwrap_or_default();
    first.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// The number that begins a series, joined as the present mark is: `rc.2` → `.1`, `rc2` → `1`, `rc` → nothing.
fn first_number(text: &str) -> &'static str {
    let first = text.split('.').next().unwrap_or_default();
    let word = hyphen_word(text);
    match (word.is_empty() || text.contains('.'), word.len() < first.len()) {
        (_, true) if !word.is_empty() => "1",
        (true, _) => ".1",
        (false, _) => "",
    }
}

fn unknown_to_python(word: &str) -> VersionError {
    VersionError::new(format!("PEP 440 knows no pre-release `{word}`"), "it knows `alpha`, `beta`, `rc` and `dev`")
}

fn out_of_step(own: &Version, from: &Version, to: &Version) -> VersionError {
    VersionError::new(format!("`{own}` can't go as `{from}` does to `{to}`"), "give its level or its version yourself")
}

fn not_above(next: &Version, current: &Version) -> VersionError {
    let hint = if has_fused_number(next) && has_fused_number(current) {
        "semver takes a word with a number in it for a word, and `rc10` for less than `rc9`; `-rc.10` would count"
    } else {
        "pre-releases are ordered by their words, as `alpha`, `beta`, `rc`; to go back give the version itself"
    };
    VersionError::new(format!("`{next}` would not be above `{current}`"), hint)
}

/// `-rc9`, where the number is a part of the word.
fn has_fused_number(version: &Version) -> bool {
    matches!(version.mark(), Mark::Hyphen(text) if text.ends_with(|c: char| c.is_ascii_digit()) && !text.contains('.'))
}
