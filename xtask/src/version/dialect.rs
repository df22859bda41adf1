//! One version, written as each ecosystem wants it, so that it orders there as it does here.
//!
//! | version      | pep440     | rpm, deb     | docker       |
//! |--------------|------------|--------------|--------------|
//! | `1.2.0-rc.1` | `1.2.0rc1` | `1.2.0~rc.1` | `1.2.0-rc.1` |
//! | `1.2.0b3`    | `1.2.0b3`  | `1.2.0~b3`   | `1.2.0b3`    |
//! | `1.2.0.dev0` | same       | `1.2.0~~dev0`| same         |
//! | `1.2.0+b.5`  | same       | same         | `1.2.0_b.5`  |
//!
//! [`Dialect::render`] refuses what an ecosystem cannot say, or would order differently; nothing is normalised.
//! The promise about order is for versions with one count of numbers: `rpm` and `dpkg` take `1.2` for less
//! than `1.2.0`. For `deb` it needs words of which none begins another (`pre.1` and `preview.1`), and for `rpm`
//! and `deb` one way to join word and number (`rc.1` or `rc1`). Docker does not order tags.

use super::mark::{Mark, Python, python_word};
use super::order::semver_word;
use super::scheme::is_padded;
use super::{Scheme, Version, VersionError};

/// A way to write versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// semver.org: `1.2.0-rc.1`.
    Semver,
    /// Python packages: `1.2.0rc1`.
    Pep440,
    /// The `Version:` of a spec file: `1.2.0~rc.1`.
    Rpm,
    /// The upstream version of a Debian package: `1.2.0~rc.1`, epochs as `1:`.
    Deb,
    /// An image tag: `+`, which it may not hold, is written `_`.
    Docker,
    /// A Helm chart: semver, taken as it is.
    Helm,
}

impl Dialect {
    /// Every dialect, in the order of the documentation.
    pub const ALL: [Dialect; 6] =
        [Dialect::Semver, Dialect::Pep440, Dialect::Rpm, Dialect::Deb, Dialect::Docker, Dialect::Helm];

    /// As templates write it after the colon.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Semver => "semver",
            Dialect::Pep440 => "pep440",
            Dialect::Rpm => "rpm",
            Dialect::Deb => "deb",
            Dialect::Docker => "docker",
            Dialect::Helm => "helm",
        }
    }

    /// The inverse of [`Dialect::name`].
    pub fn parse_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// Writes the version in this dialect.
    ///
    /// # Errors
    /// What the dialect cannot say, and what it would put at another place in the order.
    pub fn render(self, version: &Version) -> Result<String, VersionError> {
        match self {
            Dialect::Semver => render_semver(version),
            Dialect::Pep440 => render_pep440(version),
            Dialect::Rpm => render_rpm(version),
            Dialect::Deb => render_deb(version),
            Dialect::Docker => render_docker(version),
            Dialect::Helm => Scheme::Chart.check(version).map(|()| version.to_string()),
        }
    }

    /// Reads what [`Dialect::render`] wrote: `parse(render(v), scheme) == v` for every version of semver, chart
    /// and pep440 that renders. Calver and loose allow both `rc1` and `-rc.1`; there the text is taken as it is,
    /// and after a `~` Python's spelling goes first.
    ///
    /// # Errors
    /// A text that `render` never writes for a version of this scheme.
    pub fn parse(self, text: &str, scheme: Scheme) -> Result<Version, VersionError> {
        let mut first_error = None;
        for candidate in self.candidates(text) {
            let read = Version::parse(&candidate).and_then(|v| scheme.check(&v).map(|()| v));
            match read {
                Ok(version) if self.render(&version).as_deref() == Ok(text) => return Ok(version),
                Ok(_) => {}
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(first_error.unwrap_or_else(|| {
            VersionError::new(
                format!("`{}` is not how {} writes a version", text.escape_debug(), self.name()),
                format!("write it as in `{}`", self.example()),
            )
        }))
    }

    /// The versions that could have been written like this; the first that renders to it is the one.
    fn candidates(self, text: &str) -> Vec<String> {
        let own = text.to_owned();
        match self {
            Dialect::Semver => {
                std::iter::once(own).chain(Version::parse(text).ok().and_then(|v| pythonic(&v))).collect()
            }
            Dialect::Pep440 => {
                std::iter::once(own).chain(Version::parse(text).ok().and_then(|v| hyphenated(&v))).collect()
            }
            Dialect::Rpm => without_tilde(text).to_vec(),
            Dialect::Deb => without_tilde(&text.replacen(':', "!", 1)).to_vec(),
            Dialect::Docker => vec![text.replacen('_', "+", 1)],
            Dialect::Helm => vec![own],
        }
    }

    fn example(self) -> &'static str {
        match self {
            Dialect::Semver | Dialect::Docker | Dialect::Helm => "1.2.0-rc.1",
            Dialect::Pep440 => "1.2.0rc1",
            Dialect::Rpm | Dialect::Deb => "1.2.0~rc.1",
        }
    }
}

fn render_semver(version: &Version) -> Result<String, VersionError> {
    let Mark::Python(marks) = version.mark() else {
        return Scheme::Semver.check(version).map(|()| version.to_string());
    };
    let text = hyphenated(version).ok_or_else(|| {
        let why = if marks.post.is_some() { "has no post-releases" } else { "would put `dev` after `beta`" };
        VersionError::new(
            format!("`{version}` has no semantic version: semver {why}"),
            "leave the dialect out, or give the manifest another version",
        )
    })?;
    let semver = Version::parse(&text)?;
    Scheme::Semver.check(&semver).map(|()| text)
}

/// `1.2.0rc1` → `1.2.0-rc.1`, where semver has a word for it.
pub(super) fn hyphenated(version: &Version) -> Option<String> {
    let Mark::Python(Python { pre: Some((word, number)), post: None, dev: None }) = version.mark() else { return None };
    if version.tail() != format!("{word}{number}") {
        return None;
    }
    Some(with_tail(version, &format!("-{}.{number}", semver_word(word))))
}

/// `1.2.0-rc.1` → `1.2.0rc1`: only from the spelling that `hyphenated` gives back.
fn pythonic(version: &Version) -> Option<String> {
    let (word, number) = version.tail().strip_prefix('-')?.split_once('.')?;
    let short = python_word(word).filter(|short| semver_word(short) == word)?;
    let plain = number.bytes().all(|b| b.is_ascii_digit()) && !is_padded(number) && !number.is_empty();
    plain.then(|| with_tail(version, &format!("{short}{number}")))
}

fn with_tail(version: &Version, tail: &str) -> String {
    let build = version.build().map(|b| format!("+{b}")).unwrap_or_default();
    format!("{}{}{tail}{build}", version.epoch_text(), version.numbers_text())
}

fn render_pep440(version: &Version) -> Result<String, VersionError> {
    match version.mark() {
        Mark::Hyphen(identifiers) => {
            let text = pythonic(version).ok_or_else(|| refuse_pep440(version, identifiers))?;
            Scheme::Pep440.check(&Version::parse(&text)?).map(|()| text)
        }
        Mark::None | Mark::Python(_) => match canonical(version) {
            true => Scheme::Pep440.check(version).map(|()| version.to_string()),
            false => Err(refuse_pep440(version, version.tail())),
        },
        Mark::Other(text) => Err(refuse_pep440(version, text)),
    }
}

/// Spelled as PEP 440 itself would; asked here so that the scheme's hint may ask for a rendering.
fn canonical(version: &Version) -> bool {
    let padded = version.tail().split(|c: char| !c.is_ascii_digit()).any(is_padded);
    !padded && Python::parse(version.tail()).unwrap_or_default().render() == version.tail()
}

fn refuse_pep440(version: &Version, pre: &str) -> VersionError {
    let message = format!("`{version}` cannot be written in PEP 440");
    let word = pre.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let Some(short) = python_word(word) else {
        let what = if word.eq_ignore_ascii_case("dev") { "orders `dev` before `alpha`" } else { "knows no such word" };
        return VersionError::new(
            format!("{message}: for `{pre}` it {what}"),
            "its pre-releases are `alpha.N`, `beta.N` and `rc.N`",
        );
    };
    let number = pre.split(|c: char| !c.is_ascii_digit()).find(|n| !n.is_empty()).unwrap_or("0");
    let like = format!("{}-{}.{}", version.numbers_text(), semver_word(short), number);
    VersionError::new(
        format!("{message}: `{pre}` would not come back as it is, or change its place in the order"),
        format!("PEP 440 has one word and one number; write the version as `{like}`"),
    )
}

/// The part that rpm and deb share: a `~` before what stands before the release, `~~` before `dev`, which
/// stands before all of that.
fn tilde(version: &Version, dialect: Dialect) -> Result<String, VersionError> {
    let refuse = |why: &str, hint: &str| {
        Err(VersionError::new(format!("`{version}` cannot be written in {}: {why}", dialect.name()), hint))
    };
    let tail = version.tail();
    let build = version.build().map(|b| format!("+{b}")).unwrap_or_default();
    if build.contains(['-', '_']) {
        return refuse("`-` and `_` have another meaning there", "separate build metadata by dots");
    }
    let tail = match version.mark() {
        Mark::None => String::new(),
        Mark::Hyphen(_) if tail.starts_with('~') => {
            return refuse("it holds a `~` already", "write the version with `-`, or leave the dialect out");
        }
        Mark::Hyphen(text) => match text.split('.').find(|piece| !is_sortable(piece, dialect)) {
            None => format!("~{text}"),
            Some(piece) => {
                return refuse(
                    &format!("`{piece}` has another place in the order there"),
                    "separate words and numbers by dots, as in `rc.10`",
                );
            }
        },
        Mark::Python(marks) if marks.render() == tail => match marks {
            Python { pre: None, post: None, dev: Some(number) } => format!("~~dev{number}"),
            Python { pre, post, dev } => {
                let body = Python { pre, post, dev: None }.render();
                let dev = dev.map(|number| format!("~dev{number}")).unwrap_or_default();
                format!("{}{body}{dev}", if pre.is_some() { "~" } else { "" })
            }
        },
        Mark::Python(_) | Mark::Other(_) => {
            return refuse(&format!("`{tail}` is no known pre-release"), "write it as in `1.2.0-rc.1` or `1.2.0rc1`");
        }
    };
    Ok(format!("{}{tail}{build}", version.numbers_text()))
}

/// Letters, or digits, or letters and one digit: semver takes `rc10` for less than `rc9`, rpm and deb do not;
/// and for deb `rc0` is `rc`.
fn is_sortable(piece: &str, dialect: Dialect) -> bool {
    let number = piece.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    if number.len() == piece.len() {
        return number.bytes().all(|b| b.is_ascii_digit());
    }
    match number.as_bytes() {
        [] => true,
        [b'0'] => dialect != Dialect::Deb,
        [digit] => digit.is_ascii_digit(),
        _ => false,
    }
}

fn render_rpm(version: &Version) -> Result<String, VersionError> {
    let refuse =
        |why: &str, hint: &str| Err(VersionError::new(format!("`{version}` cannot be written in rpm: {why}"), hint));
    if !version.epoch_text().is_empty() {
        return refuse("a spec file has a field of its own for the epoch", "write `Epoch:` by a locator of its own");
    }
    if version.build().is_some() && !version.tail().is_empty() {
        return refuse("rpm would order by the build metadata too", "leave the build metadata out");
    }
    if let Mark::Hyphen(text) = version.mark() {
        let mut pieces = text.split('.');
        let word_first = pieces.next().is_some_and(|p| p.starts_with(|c: char| c.is_ascii_alphabetic()));
        if !word_first || pieces.any(|p| !p.bytes().all(|b| b.is_ascii_digit())) {
            return refuse("rpm orders words before numbers", "a pre-release is one word, then numbers, as in `rc.1`");
        }
    }
    tilde(version, Dialect::Rpm)
}

fn render_deb(version: &Version) -> Result<String, VersionError> {
    Ok(format!("{}{}", version.epoch_text().replace('!', ":"), tilde(version, Dialect::Deb)?))
}

/// `1.2.0~rc.1` as Python and as semver would write it.
fn without_tilde(text: &str) -> [String; 2] {
    let python = text.replacen("~~dev", ".dev", 1).replacen("~dev", ".dev", 1).replacen('~', "", 1);
    [python, text.replacen('~', "-", 1)]
}

fn render_docker(version: &Version) -> Result<String, VersionError> {
    if let Some(sign) = version.as_str().chars().find(|c| "_~!".contains(*c)) {
        return Err(VersionError::new(
            format!("`{version}` cannot be written in docker: `{sign}` would not come back"),
            "an image tag holds letters, digits, `.` and `-`; its `_` stands for a `+`",
        ));
    }
    Ok(version.as_str().replace('+', "_"))
}
