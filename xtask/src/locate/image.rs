//! `image`: the tag of every reference to a container image, in any text.
//!
//! A locator is the image's repository, or the end of it: `victoriametrics/vmstorage` is every tag like the
//! `v1.150.0-cluster` of `image: victoriametrics/vmstorage:v1.150.0-cluster`, also behind a registry such as
//! `ghcr.io/` or `host:5000/`. A `*` stands for any part of one name (`victoriametrics/vm*`); a pattern for the tag may
//! follow a colon (`victoriametrics/vm*:*-cluster`). References without a tag, and tags that a template or variable
//! makes, are no hits; a tag with a digest behind it is an error, since the digest would stay the old image's.

use std::ops::Range;

use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Image = Image;

/// The tag of every reference to a container image.
#[derive(Debug)]
pub struct Image;

impl Format for Image {
    fn name(&self) -> &'static str {
        "image"
    }

    fn about(&self) -> &'static str {
        "the tag of every reference to an image: `acme/web` finds `ghcr.io/acme/web:v1.2.3`; `acme/*:*-alpine` by pattern"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        Pattern::parse(locator).map(|_| ())
    }

    fn read(&self, text: &str, locators: &[&str], _leaves: bool) -> Result<Reading, LocateError> {
        let mut reading = Reading::default();
        for locator in locators {
            reading.hits.push(find_all(text, &Pattern::parse(locator)?)?);
        }
        Ok(reading)
    }

    fn encode(&self, _text: &str, _hit: &Hit, value: &str) -> Result<String, LocateError> {
        encode_tag(value)
    }

    fn hits_many(&self) -> bool {
        true
    }
}

/// The tags of the references that fit, looked for by what stands right before them.
fn find_all(text: &str, pattern: &Pattern<'_>) -> Result<Vec<Hit>, LocateError> {
    let needle = pattern.needle();
    let mut hits = Vec::new();
    let mut from = 0;
    while let Some(colon) = text[from..].find(&needle).map(|at| from + at + needle.len() - 1) {
        let found = reference(text, from, colon);
        from = colon + 1;
        let Some((repository, tag)) = found else { continue };
        if !pattern.matches(repository, &text[tag.clone()]) {
            continue;
        }
        if pinned(&text[tag.end..]) {
            return Err(by_digest(repository).at(tag.start));
        }
        hits.push(Hit { value: text[tag.clone()].to_owned(), span: tag });
    }
    Ok(hits)
}

/// The repository of the reference whose tag begins at an offset.
pub fn find_repository(text: &str, tag: usize) -> Option<&str> {
    let colon = tag.checked_sub(1).filter(|&colon| text.as_bytes().get(colon) == Some(&b':'))?;
    reference(text, 0, colon).map(|(repository, _)| repository)
}

/// What a locator asks for: the names of a repository's path, last first, and a pattern for the tag.
pub(super) struct Pattern<'a> {
    names: Vec<&'a str>,
    tag: &'a str,
}

impl<'a> Pattern<'a> {
    /// Reads a locator; a colon before the last `/` belongs to a port.
    pub fn parse(locator: &'a str) -> Result<Self, LocateError> {
        let last = locator.rfind('/').map_or(0, |slash| slash + 1);
        let (path, tag) = match locator[last..].find(':') {
            Some(colon) => (&locator[..last + colon], &locator[last + colon + 1..]),
            None => (locator, "*"),
        };
        let names: Vec<&str> = path.rsplit('/').collect();
        let host = names.len() > 1;
        let good = |(index, name): (usize, &&str)| {
            let name = if host && index == names.len() - 1 { name.replacen(':', "", 1) } else { (*name).to_owned() };
            !name.is_empty() && name.bytes().all(|byte| is_part(byte) || byte == b'*')
        };
        if names.iter().enumerate().all(good) && !tag.is_empty() && tag.bytes().all(|b| is_part(b) || b == b'*') {
            return Ok(Self { names, tag });
        }
        Err(LocateError::new(format!("`{locator}` is not the name of an image"))
            .hint("write it without its tag, `acme/web`, or with a pattern for the tag, `acme/web:v*`"))
    }

    /// What stands right before every tag: the end of the last name, and the colon.
    fn needle(&self) -> String {
        let end = self.names[0].rsplit('*').next().unwrap_or_default();
        format!("{end}:")
    }

    /// Is the repository's path this one, or does it end with this one, and does the tag fit?
    pub fn matches(&self, repository: &str, tag: &str) -> bool {
        let mut parts = repository.rsplit('/');
        self.names.iter().all(|name| parts.next().is_some_and(|part| glob(name, part))) && glob(self.tag, tag)
    }
}

/// The value as an image tag, or why it is none.
pub(super) fn encode_tag(value: &str) -> Result<String, LocateError> {
    let good = value.bytes().all(is_part) && value.len() <= 128 && !value.ends_with('.');
    if good && !value.is_empty() && !value.starts_with(['.', '-']) {
        return Ok(value.to_owned());
    }
    Err(LocateError::new(format!("`{}` is not an image tag", value.escape_debug()))
        .hint("a tag is 1 to 128 of `A-Z a-z 0-9 _ . -`; `{app:docker}` spells a version so"))
}

/// The error for a reference that a digest pins.
pub(super) fn by_digest(repository: &str) -> LocateError {
    LocateError::new(format!("`{repository}` is pinned by its digest, which a new tag would contradict"))
        .hint("remove the `@sha256:…`, or leave this reference out with a pattern for its tag: `acme/web:v*`")
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

fn pinned(rest: &str) -> bool {
    rest.starts_with("@sha256:") || rest.starts_with("@sha512:")
}

/// Does the text fit the pattern, in which `*` stands for any characters?
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.ends_with(tail)
}

/// The repository before a colon and the span of the tag behind it; nothing to the left of `from` is looked at
/// but the host of a port.
fn reference(text: &str, from: usize, colon: usize) -> Option<(&str, Range<usize>)> {
    let bytes = text.as_bytes();
    let tag = tag_span(text, colon + 1)?;
    let is_path = |byte: u8| is_part(byte) || byte == b'/';
    let mut start = run_start(bytes, from, colon, is_path);
    let digits = bytes[start..colon].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if start > 0 && bytes[start - 1] == b':' && digits > 0 && bytes[start + digits] == b'/' {
        start = run_start(bytes, 0, start - 1, is_part).min(start);
    }
    let repository = &text[start..colon];
    let before = start.checked_sub(1).map(|at| bytes[at]);
    let absolute = repository.starts_with('/') && !repository.starts_with("//");
    // A path of the file system is no reference, but `{{ registry }}/acme/web:1.0` is.
    let foreign = absolute && !before.is_some_and(|byte| b"})>]".contains(&byte));
    let relative = repository.starts_with("./") || repository.starts_with("../");
    (!repository.is_empty() && !foreign && !relative && before != Some(b'@')).then_some((repository, tag))
}

/// Where the run of such bytes starts that ends at `end`.
fn run_start(bytes: &[u8], from: usize, end: usize, is: impl Fn(u8) -> bool) -> usize {
    end - bytes[from..end].iter().rev().take_while(|&&byte| is(byte)).count()
}

/// The tag that starts at `start`, without a period that ends a sentence; none where it goes on in a template, or
/// is a port.
fn tag_span(text: &str, start: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let length = bytes[start..].iter().take(129).take_while(|&&byte| is_part(byte)).count();
    let run = &text[start..start + length];
    let tag = run.trim_end_matches('.');
    let (next, second) = (bytes.get(start + length).copied(), bytes.get(start + length + 1).copied());
    let goes_on = next.is_some_and(|byte| b"/$%+".contains(&byte))
        || (next == Some(b'{') && matches!(second, Some(b'{' | b'%' | b'a'..=b'z' | b'A'..=b'Z')))
        || (next == Some(b':') && second.is_some_and(is_part));
    (!tag.is_empty() && length <= 128 && !tag.starts_with(['.', '-']) && !goes_on).then(|| start..start + tag.len())
}

#[cfg(test)]
mod tests {
    use super::{FORMAT, glob};
    use crate::locate::Format;
    use crate::locate::lines::testing;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: &[&str]) {
        testing::check(&FORMAT, text, locator, expected);
    }

    const COMPOSE: &str = "services: # é 🚀\n  vmstorage-1:\n    image: victoriametrics/vmstorage:v1.150.0-cluster\n\
        \x20 vmstorage-2:\n    image: victoriametrics/vmstorage:v1.150.0-cluster\n    ports: [\"8482:8482\"]\n\
        \x20 vmagent:\n    image: \"victoriametrics/vmagent:v1.150.0\"\n  vmanomaly:\n\
        \x20   image: victoriametrics/vmanomaly:v1.30.2\n  g:\n    image: grafana/grafana:10.4.2\n\
        \x20   volumes:\n      - ./victoriametrics/vmagent:/etc\n  old:\n    image: victoriametrics/victoria-metrics\n";

    #[test]
    fn every_reference_of_a_compose_file() {
        check(COMPOSE, "victoriametrics/vmstorage", &["v1.150.0-cluster", "v1.150.0-cluster"]);
        check(COMPOSE, "victoriametrics/vmagent", &["v1.150.0"]);
        check(COMPOSE, "victoriametrics/vm*:*-cluster", &["v1.150.0-cluster", "v1.150.0-cluster"]);
        check(COMPOSE, "victoriametrics/vma*:v*", &["v1.150.0", "v1.30.2"]);
        check(COMPOSE, "vmagent", &["v1.150.0"]);
        check(COMPOSE, "metrics/vmagent", &[]);
        check(COMPOSE, "agent", &[]);
        check(COMPOSE, "victoriametrics/victoria-metrics", &[]);
        check(COMPOSE, "*/grafana", &["10.4.2"]);
    }

    #[test]
    fn references_in_prose_and_code() {
        check(
            "docker pull victoriametrics/victoria-metrics:v1.150.0\n",
            "victoriametrics/victoria-metrics",
            &["v1.150.0"],
        );
        check("| `acme/web:1.0` | see acme/web:1.1. And (acme/web:1.2)… |\n", "acme/web", &["1.0", "1.1", "1.2"]);
        check("<code>acme/web:1.0</code> acme/web:1.1: yes\n", "acme/web", &["1.0", "1.1"]);
        check(
            "`default:\"victoriametrics/operator:config-reloader-v0.48.4\"`\n",
            "victoriametrics/operator",
            &["config-reloader-v0.48.4"],
        );
        check("镜像acme/web:1.0,\n", "acme/web", &["1.0"]);
        check("--image=acme/web:1.0 {a: acme/web:1.1}\n", "acme/web", &["1.0", "1.1"]);
        check("acme/web:1.0\n", "acme/web", &["1.0"]);
    }

    #[test]
    fn registries_and_ports() {
        check("host:5000/acme/web:1.0\n", "acme/web", &["1.0"]);
        check("host:5000/acme/web:1.0 other:5000/acme/web:2\n", "host:5000/acme/web", &["1.0"]);
        check("host:5000/acme/web:1.0\n", "host", &[]);
        check("host:5000/acme/web\n", "acme/web", &[]);
        check("ghcr.io/acme/web:1.0 docker://ghcr.io/acme/web:1.1\n", "ghcr.io/acme/web", &["1.0", "1.1"]);
        check("ghcr.io/acme/web:1.0 quay.io/acme/web:1.1\n", "acme/web", &["1.0", "1.1"]);
        check("${REGISTRY}/acme/web:1.0 {{ .r }}/acme/web:1.1 $R/acme/web:1.2\n", "acme/web", &["1.0", "1.1", "1.2"]);
    }

    #[test]
    fn what_is_no_reference() {
        check("acme/web acme/web: 1.0 acme/web: acme/web:\n", "acme/web", &[]);
        check(
            "acme/web:${TAG:-1.0} acme/web:{{ .t }} acme/web:v${V} acme/web:1.0-{{ x }} acme/web:$T\n",
            "acme/web",
            &[],
        );
        check("acme/web:1.0{{ suffix }} acme/web:1.0%s acme/web:1.0+b\n", "acme/web", &[]);
        check("acme/webs:1.0 acme/my-web:1.0 myacme/web:1.0 my-acme/web:1.0 my.acme/web:1.0\n", "acme/web", &[]);
        check("/srv/acme/web:1.0 ./acme/web:1 ../acme/web:1 @acme/web:1\n", "acme/web", &[]);
        check("acme/web:/etc acme/web:1:2 acme/web:.1 acme/web:-1\n", "acme/web", &[]);
        check("acme/web@sha256:0123456789abcdef\n", "acme/web", &[]);
        check(&format!("acme/web:{}\n", "a".repeat(129)), "acme/web", &[]);
        check(&format!("acme/web:{}.\n", "a".repeat(127)), "acme/web", &[&"a".repeat(127)]);
    }

    #[test]
    fn digests_stop() {
        testing::refuses(&FORMAT, "x\nacme/web:1.0@sha256:0123\n", "acme/web", "`@sha256:…`");
        check("acme/web:1.0@sha256:0123 acme/web:v2\n", "acme/web:v*", &["v2"]);
    }

    #[test]
    fn tags_are_tags() {
        for value in ["", "1.0+b", "-1", ".1", "a b", "1.", "é", "1\n", &"a".repeat(129)] {
            testing::bad_value(&FORMAT, "acme/web:1.0\n", "acme/web", value);
        }
        assert!(FORMAT.hits_many());
    }

    #[test]
    fn locators() {
        for bad in ["", "acme/", "/acme", "acme//web", "acme web", "acme/web:", "a/b:c:d", "é", "a/{b}", "a:1/b:2/c"] {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("a*b*c", "axbxc", true),
            ("a*b*c", "axc", false),
            ("*-cluster", "v1-cluster", true),
            ("**", "x", true),
            ("a", "ab", false),
            ("a*bc*c", "abc", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn any_text_is_survived() {
        let pieces = ["acme/web:", "acme/web:1", "a/", "h:5000/acme/web:", "@sha256:0", "a/a:1", "//", "{{"];
        testing::torture(&FORMAT, &["acme/web", "*", "a*/w*b:*1*"], &pieces);
    }
}
