//! Names of tags and what they say: `{version}`, `{name}-{version}`.

use crate::template::{Slot, Template, TemplateError};
use crate::version::Version;

/// A tag's name, or its message, as a pattern over `{version}` and `{name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPattern(String);

impl TagPattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let template = Template::parse(&text.replace("{name}", "name"))?;
        if let Some(other) = template.slots().find(|slot| slot.track != "version") {
            let message = format!("`{{{other}}}` isn't known here");
            return Err(TemplateError { message, hint: Some("a tag knows `{version}` and `{name}`".to_owned()) });
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Has it a place for the version? A tag without one could be made once only.
    pub fn has_version(&self) -> bool {
        self.0.contains("{version")
    }

    /// Has it a place for the track's name? A family's members would share one tag without it.
    pub fn has_name(&self) -> bool {
        self.0.contains("{name}")
    }

    /// The text for a track at a version. The error says what the version lacks.
    pub fn render(&self, name: &str, version: &Version) -> Result<String, String> {
        self.template(name)?.render(|_| Some(version))
    }

    /// The version that a tag of this track names; `None` for other tags.
    pub fn solve(&self, name: &str, tag: &str) -> Option<Version> {
        let template = self.template(name).ok()?;
        let solved = template.solve(tag)?;
        let whole = |slot: &Slot| slot.form == crate::template::Form::Whole;
        solved.iter().find(|(slot, _)| whole(slot)).and_then(|(_, text)| Version::parse(text).ok())
    }

    /// Every member of a family that a tag may be of, with the version: the longest name first, as `web-1` of `web-1-2.0`.
    /// A pattern without `{name}` gives the empty name.
    pub fn solve_names(&self, tag: &str) -> Vec<(String, Version)> {
        let Some((before, after)) = self.0.split_once("{name}") else {
            return self.solve("", tag).map(|version| (String::new(), version)).into_iter().collect();
        };
        // What follows the name literally says where it may end.
        let literal = after.split(['{', '}']).next().unwrap_or_default();
        let Some(rest) = tag.strip_prefix(before) else { return Vec::new() };
        let is_name = |name: &str| !name.is_empty() && !name.contains(['{', '}', '/']);
        let ends = (1..rest.len()).rev().filter(|&end| rest.is_char_boundary(end) && rest[end..].starts_with(literal));
        let names = ends.map(|end| &rest[..end]).filter(|name| is_name(name));
        names.filter_map(|name| Some((name.to_owned(), self.solve(name, tag)?))).collect()
    }

    fn template(&self, name: &str) -> Result<Template, String> {
        Template::parse(&self.0.replace("{name}", name)).map_err(|error| error.message)
    }
}

/// Is this a name that git and a shell take without surprises? The error says what isn't.
/// Narrower than `git check-ref-format`: no argument made from it can be an option, no file name a path upwards.
pub fn check_ref_name(name: &str) -> Result<(), String> {
    let odd = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "._+-/~@".contains(*c)));
    let fault = match odd {
        Some(c) => format!("holds `{}`", c.escape_default()),
        None if name.is_empty() => "is empty".to_owned(),
        None if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) => {
            "doesn't begin with a letter or a digit".to_owned()
        }
        None if name.contains("..") || name.contains("//") || name.contains("@{") => {
            "has two dots or slashes in a row".to_owned()
        }
        None if name.contains('~') => "holds `~`, which git doesn't take".to_owned(),
        None if name.split('/').any(|part| part.starts_with('.') || part.ends_with(".lock") || part.ends_with('.')) => {
            "has a part that begins or ends as git forbids".to_owned()
        }
        None if name.ends_with('/') => "ends with a slash".to_owned(),
        None if name.len() > 200 => "is longer than 200 characters".to_owned(),
        None => return Ok(()),
    };
    Err(format!("`{}` {fault}", name.escape_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_and_its_tags_are_inverses() {
        for (pattern, name, version, tag) in [
            ("v{version}", "app", "1.2.3", "v1.2.3"),
            ("{version}", "app", "2022.4.0b1", "2022.4.0b1"),
            ("{name}-{version}", "victoria-metrics-agent", "0.46.0", "victoria-metrics-agent-0.46.0"),
            ("v{version}-cluster", "app", "1.93.3", "v1.93.3-cluster"),
        ] {
            let pattern = TagPattern::parse(pattern).expect("a pattern");
            let version = Version::parse(version).expect("a version");
            assert_eq!(pattern.render(name, &version).as_deref(), Ok(tag));
            assert_eq!(pattern.solve(name, tag), Some(version));
        }
        assert!(TagPattern::parse("{app}").is_err());
    }

    #[test]
    fn a_tag_of_a_family_says_whose_it_is() {
        let names = |pattern: &str, tag: &str| -> Vec<String> {
            let named = TagPattern::parse(pattern).expect("a pattern").solve_names(tag);
            named.into_iter().map(|(name, version)| format!("{name} {version}")).collect()
        };
        assert_eq!(names("{name}-{version}", "victoria-metrics-agent-0.46.0"), ["victoria-metrics-agent 0.46.0"]);
        assert_eq!(names("{name}-{version}", "web-1-2.0"), ["web-1 2.0", "web 1-2.0"]);
        assert_eq!(names("charts/{name}@v{version}", "charts/web@v2.0"), ["web 2.0"]);
        assert_eq!(names("v{version}", "v2.0"), [" 2.0"]);
        for other in ["web", "-1.0", "a/b-1.0", "web-v1.0", "x{name}-1.0"] {
            assert!(names("{name}-{version}", other).is_empty(), "{other}");
        }
    }

    #[test]
    fn names_that_could_do_harm_are_refused() {
        for bad in [
            "", "-x", "a b", "a;b", "a\nb", "a..b", ".a", "a.lock", "a/", "a//b", "a@{b", "a~1", "a^", "a:b", "é",
            "a/.b",
        ] {
            assert!(check_ref_name(bad).is_err(), "{bad}");
        }
        for good in ["v1.2.3", "web-1.2.3", "release/v1.x", "1.0.0+build", "2022.4.0b1"] {
            assert_eq!(check_ref_name(good), Ok(()), "{good}");
        }
    }
}
