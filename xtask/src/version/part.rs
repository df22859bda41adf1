//! Pieces of a version that stand alone in a manifest, and the way back.

use super::mark::{Mark, Python};
use super::{Scheme, Version};

/// A piece of a version that stands alone in a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// The third number.
    Patch,
    /// The pre-release without its separator: `rc.1`, `b3`, `dev0`.
    Pre,
    /// The build metadata without its `+`.
    Build,
    /// Everything after the second number and its dot: `3-rc.1`, `0b3`, `0.dev0`.
    Rest,
    /// The first two numbers: `1.2`.
    Short,
    /// The numbers only: `1.2.3`.
    Release,
    /// The numbers without their dots: `11500` of `1.150.0`. There is no way back.
    Digits,
}

impl Part {
    /// Every part, in the order of the documentation.
    pub const ALL: [Part; 9] = [
        Part::Major,
        Part::Minor,
        Part::Patch,
        Part::Pre,
        Part::Build,
        Part::Rest,
        Part::Short,
        Part::Release,
        Part::Digits,
    ];

    /// As templates write it after the dot.
    pub fn name(self) -> &'static str {
        match self {
            Part::Major => "major",
            Part::Minor => "minor",
            Part::Patch => "patch",
            Part::Pre => "pre",
            Part::Build => "build",
            Part::Rest => "rest",
            Part::Short => "short",
            Part::Release => "release",
            Part::Digits => "digits",
        }
    }

    /// The inverse of [`Part::name`].
    pub fn parse_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

impl Version {
    /// The piece, where the version has it. An epoch belongs to no part.
    pub fn part(&self, part: Part) -> Option<String> {
        let numbers = self.numbers();
        let text = match part {
            Part::Major => numbers[0],
            Part::Minor => numbers.get(1)?,
            Part::Patch => numbers.get(2)?,
            Part::Pre if self.is_prerelease() => self.tail().strip_prefix(['-', '.', '_', '~']).unwrap_or(self.tail()),
            Part::Pre => return None,
            Part::Build => self.build()?,
            Part::Rest => self.after_second_number()?.strip_prefix('.')?,
            Part::Short => return Some(format!("{}.{}", numbers[0], numbers.get(1)?)),
            Part::Release => self.numbers_text(),
            Part::Digits => return Some(numbers.concat()),
        };
        Some(text.to_owned())
    }

    /// Has it nothing where the piece would stand? `1.0.post1` has no pre-release, and yet says something there.
    pub fn lacks(&self, part: Part) -> bool {
        match part {
            Part::Pre => self.tail().is_empty(),
            Part::Build => self.build().is_none(),
            _ => false,
        }
    }

    /// `.3-rc.1` of `1.2.3-rc.1`.
    fn after_second_number(&self) -> Option<&str> {
        let numbers = self.numbers();
        let end = self.start + numbers[0].len() + 1 + numbers.get(1)?.len();
        Some(&self.text[end..])
    }

    /// Puts a version together again from the pieces that a manifest holds.
    ///
    /// Enough are `major`, `minor` and `rest`; `short` and `rest`; `major`, `minor` and `patch`, or `release`,
    /// each with `pre` and `build` where there are any (an empty text says that there is none).
    /// `None` until enough are there, and where the pieces contradict each other. Nothing is guessed: `rc1` may
    /// follow the numbers with or without a `-`, so it needs the scheme of [`Version::from_parts_in`].
    pub fn from_parts(parts: &[(Part, String)]) -> Option<Self> {
        Self::from_parts_in(parts, Scheme::Loose)
    }

    /// [`Version::from_parts`], with the scheme deciding how a pre-release is joined: semver and chart by `-`,
    /// pep440 as Python does, the others only where there is one way.
    pub fn from_parts_in(parts: &[(Part, String)], scheme: Scheme) -> Option<Self> {
        let find = |wanted: Part| parts.iter().find(|(part, _)| *part == wanted).map(|(_, text)| text.as_str());
        let short =
            || find(Part::Short).map(str::to_owned).or_else(|| Some(join(find(Part::Major)?, find(Part::Minor)?)));
        let text = if let Some(rest) = find(Part::Rest) {
            join(&short()?, rest)
        } else {
            let release =
                find(Part::Release).map(str::to_owned).or_else(|| Some(join(&short()?, find(Part::Patch)?)))?;
            let pre = match find(Part::Pre) {
                None | Some("") => String::new(),
                Some(pre) => join_pre(pre, scheme)?,
            };
            let build = find(Part::Build).filter(|b| !b.is_empty()).map(|b| format!("+{b}"));
            release + &pre + &build.unwrap_or_default()
        };
        let version = Self::parse(&text).ok()?;
        let agrees = |(part, text): &(Part, String)| version.part(*part).unwrap_or_default() == *text;
        parts.iter().all(agrees).then_some(version)
    }
}

fn join(a: &str, b: &str) -> String {
    format!("{a}.{b}")
}

/// A pre-release with the separator that stands before it, where there is only one.
fn join_pre(pre: &str, scheme: Scheme) -> Option<String> {
    let marks = Python::parse(pre).filter(|marks| marks.render().trim_start_matches('.') == pre);
    match (scheme, marks) {
        (Scheme::Semver | Scheme::Chart, _) | (_, None) => Some(format!("-{pre}")),
        (Scheme::Pep440, Some(marks)) => Some(marks.render()),
        (Scheme::Calver | Scheme::Loose, Some(_)) => None,
    }
}

impl Mark<'_> {
    /// Is there a post-release mark?
    pub(super) fn has_post(&self) -> bool {
        matches!(self, Mark::Python(Python { post: Some(_), .. }))
    }
}
