//! What a track's versions may look like.

use super::dialect::hyphenated;
use super::mark::Mark;
use super::{Date, Dialect, Version, VersionError};

/// The rules a track's versions keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Exactly three numbers, pre-release and build as semver.org has them. The default.
    Semver,
    /// Semver as Helm takes it for a chart.
    Chart,
    /// Calendar versions: `2026.9.0`, `2026.9.0b1`, `20230503.3`.
    Calver,
    /// Python's: `1.2.0rc1`, `2026.9.0.dev202608220228`.
    Pep440,
    /// Whatever [`Version::parse`] takes.
    Loose,
}

impl Scheme {
    /// Every scheme, the default first.
    pub const ALL: [Scheme; 5] = [Scheme::Semver, Scheme::Chart, Scheme::Calver, Scheme::Pep440, Scheme::Loose];

    /// As `release.toml` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Semver => "semver",
            Scheme::Chart => "chart",
            Scheme::Calver => "calver",
            Scheme::Pep440 => "pep440",
            Scheme::Loose => "loose",
        }
    }

    /// The inverse of [`Scheme::name`].
    pub fn parse_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// Is the version one of this scheme?
    ///
    /// # Errors
    /// Says which rule it breaks, and what would keep it.
    pub fn check(self, version: &Version) -> Result<(), VersionError> {
        match self {
            Scheme::Semver => check_semver(version, "a semantic version"),
            Scheme::Chart => check_semver(version, "a chart version"),
            Scheme::Calver => check_calver(version),
            Scheme::Pep440 => check_pep440(version),
            Scheme::Loose => Ok(()),
        }
    }
}

/// The semver crate decides; the messages before it name the rule in the words of what was written.
fn check_semver(version: &Version, what: &str) -> Result<(), VersionError> {
    let numbers = version.numbers();
    if numbers.len() != 3 {
        return Err(VersionError::new(
            format!("{what} has exactly three numbers: `{version}` has {}", count_word(numbers.len())),
            three_numbers_hint(&numbers),
        ));
    }
    if !version.epoch_text().is_empty() {
        return Err(VersionError::new(
            format!("{what} has no epoch: `{version}` has `{}`", version.epoch_text()),
            "leave it out, or set `scheme = \"pep440\"`",
        ));
    }
    if let Some(padded) = numbers.iter().find(|n| is_padded(n)) {
        return Err(VersionError::new(
            format!("{what} has no leading zeros: `{version}` has `{padded}`"),
            format!("write `{}`, or set `scheme = \"calver\"`", unpadded(&numbers).join(".")),
        ));
    }
    if !version.tail().is_empty() && !version.tail().starts_with('-') {
        let hint = match hyphenated(version) {
            Some(semver) => format!("write `{semver}`, or set `scheme = \"pep440\"`"),
            None => "write it as in `1.2.0-rc.1`, or set another `scheme`".to_owned(),
        };
        return Err(VersionError::new(
            format!("{what} has a `-` before its pre-release: `{version}` has `{}`", version.tail()),
            hint,
        ));
    }
    match semver::Version::parse(version.as_str()) {
        Ok(_) => Ok(()),
        Err(error) => Err(VersionError::new(
            format!("`{version}` is not {what}: {error}"),
            "numbers, then `-` and identifiers between dots, then `+` and build metadata, as in `1.2.0-rc.1+b5`",
        )),
    }
}

fn three_numbers_hint(numbers: &[&str]) -> String {
    let mut three: Vec<String> = unpadded(numbers).into_iter().take(3).collect();
    let enough = three.len() == 3;
    three.resize(3, "0".to_owned());
    let first = three.join(".");
    if enough {
        three[2] = increment(&three[2]);
        format!("write `{first}`; if that is taken, the next is `{}`", three.join("."))
    } else {
        format!("write `{first}`, or set `scheme = \"loose\"`")
    }
}

/// A first number that is a year or a date, and what may follow.
fn check_calver(version: &Version) -> Result<(), VersionError> {
    let numbers = version.numbers();
    let first = numbers[0];
    if Calendar::of(first).is_none() {
        return Err(VersionError::new(
            format!("a calendar version begins with a year or a date: `{version}` begins with `{first}`"),
            "a year has four digits or two, a date eight, as in `2026.9.0`, `24.04`, `20230503.3`",
        ));
    }
    if !(2..=4).contains(&numbers.len()) {
        return Err(VersionError::new(
            format!("a calendar version has two to four numbers: `{version}` has {}", count_word(numbers.len())),
            "write it as in `2026.9.0` or `20230503.0`, or set `scheme = \"loose\"`",
        ));
    }
    if !version.epoch_text().is_empty() {
        return Err(VersionError::new(
            format!("a calendar version has no epoch: `{version}` has `{}`", version.epoch_text()),
            "leave it out, or set `scheme = \"pep440\"`",
        ));
    }
    let known = match version.mark() {
        Mark::None => true,
        Mark::Hyphen(_) => version.tail().starts_with('-'),
        Mark::Python(marks) => marks.render() == version.tail(),
        Mark::Other(_) => false,
    };
    if known {
        return Ok(());
    }
    Err(VersionError::new(
        format!("`{version}` has `{}` after its numbers, which no calendar version has", version.tail()),
        "a pre-release is written `b1`, `rc1`, `.dev0` or `-rc.1`",
    ))
}

/// PEP 440's canonical spelling, but numbers keep their leading zeros, as `2021.09.0` needs.
fn check_pep440(version: &Version) -> Result<(), VersionError> {
    let canonical = match version.mark() {
        Mark::None => true,
        Mark::Python(marks) => marks.render() == version.tail() && !has_padded_mark(version.tail()),
        Mark::Hyphen(_) | Mark::Other(_) => false,
    };
    if !canonical {
        let hint = Dialect::Pep440.render(version).map(|text| format!("write `{text}`"));
        let general = "write it as in `1.2.0a1`, `1.2.0b1`, `1.2.0rc1`, `1.2.0.post1` or `1.2.0.dev0`";
        return Err(VersionError::new(
            format!("`{version}` is not how PEP 440 writes a version: it has `{}`", version.tail()),
            hint.unwrap_or_else(|_| general.to_owned()),
        ));
    }
    let Some(local) = version.build() else { return Ok(()) };
    let plain = |piece: &str| {
        piece.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && !(is_padded(piece) && piece.bytes().all(|b| b.is_ascii_digit()))
    };
    if local.split('.').all(plain) {
        return Ok(());
    }
    Err(VersionError::new(
        format!("`{version}` is not how PEP 440 writes a version: it has `+{local}`"),
        "after the `+` come lowercase letters, digits and dots, as in `1.2.0+ubuntu.1`",
    ))
}

/// `rc01`: PEP 440 reads it, but writes `rc1`.
fn has_padded_mark(tail: &str) -> bool {
    tail.split(|c: char| !c.is_ascii_digit()).any(is_padded)
}

/// What the first number of a calendar version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calendar {
    /// `2026`.
    Year,
    /// `24`.
    ShortYear,
    /// `20230503`.
    Date,
}

impl Calendar {
    pub(super) fn of(number: &str) -> Option<Self> {
        match number.len() {
            2 if !number.starts_with('0') => Some(Self::ShortYear),
            4 if !number.starts_with('0') => Some(Self::Year),
            8 => Date::from_digits(number).map(|_| Self::Date),
            _ => None,
        }
    }
}

/// Is it written with leading zeros?
pub(super) fn is_padded(number: &str) -> bool {
    number.len() > 1 && number.starts_with('0')
}

fn unpadded(numbers: &[&str]) -> Vec<String> {
    let plain = |n: &&str| {
        let significant = n.trim_start_matches('0');
        if significant.is_empty() { "0".to_owned() } else { significant.to_owned() }
    };
    numbers.iter().map(plain).collect()
}

/// One more, in the width it is written with: `09` → `10`, `02` → `03`, `9` → `10`; of any length.
pub(super) fn increment(number: &str) -> String {
    let mut digits = number.as_bytes().to_vec();
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return digits.into_iter().map(char::from).collect();
        }
    }
    "1".to_owned() + &"0".repeat(digits.len())
}

fn count_word(count: usize) -> String {
    match count {
        1 => "one".to_owned(),
        2 => "two".to_owned(),
        4 => "four".to_owned(),
        5 => "five".to_owned(),
        other => other.to_string(),
    }
}
