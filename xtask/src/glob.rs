//! Paths with wildcards: `*` and `?` within a folder, `**` across folders, `[…]` one of some characters, and
//! `{track}`, which stands for one folder name and says which.

/// A path pattern as `release.toml` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    text: String,
    /// Where the first wildcard stands, and where the text behind the last one begins.
    head: usize,
    tail: usize,
    /// Where the braces of a family stand.
    braces: Option<(usize, usize)>,
    /// The family that the pattern binds, if it binds one.
    pub family: Option<String>,
}

impl Glob {
    /// Reads a pattern; the error says what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty path".to_owned());
        }
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            return Err(format!("the path `{text}` leaves the repository: write it from the repository's root"));
        }
        let braces = match braces(text).as_slice() {
            [] => None,
            &[(open, b'{'), (close, b'}')] if open + 1 < close => Some((open, close)),
            _ => {
                return Err(format!(
                    "`{text}` has braces that don't name one track, as in `charts/{{chart}}/Chart.yaml`; ones that are meant \
                     are written `[{{]` and `[}}]`"
                ));
            }
        };
        let family = braces.map(|(open, close)| text[open + 1..close].to_owned());
        if family.as_deref().is_some_and(|name| name.contains(['/', '*', ','])) {
            return Err(format!("braces in `{text}` name a track; alternatives are written as a list of paths"));
        }
        if has_open_bracket(text.as_bytes()) {
            return Err(format!("`{text}` has a `[` without its `]`; a `[` that is meant is written `[[]`"));
        }
        let head = text.find(['*', '?', '[', '{']).unwrap_or(text.len());
        let tail = text.rfind(['*', '?', ']', '}']).map_or(0, |last| last + 1);
        // `**/x` also matches `x`.
        let tail = tail + usize::from(tail > 0 && text[tail..].starts_with('/'));
        Ok(Self { text: text.to_owned(), head, tail, braces, family })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Names one file exactly: nothing has to be listed to find it.
    pub fn is_literal(&self) -> bool {
        !self.text.contains(['*', '?', '[', '{'])
    }

    /// The leading folders without wildcards, for a listing that asks for no more than needed.
    pub fn literal_prefix(&self) -> &str {
        let end = self.text.find(['*', '?', '[', '{']).unwrap_or(self.text.len());
        self.text[..end].rfind('/').map_or("", |slash| &self.text[..slash])
    }

    /// May anything below this folder match? The top is the empty text. Says yes too often rather than too rarely.
    pub fn may_hold(&self, folder: &str) -> bool {
        let prefix = self.literal_prefix();
        let on_the_way = |outer: &str, inner: &str| {
            outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let deep_enough = self.text.contains("**") || folder.split('/').count() < self.text.split('/').count();
        folder.is_empty() || deep_enough && (on_the_way(folder, prefix) || on_the_way(prefix, folder))
    }

    /// Does the path match? With a family: the member's name; else an empty one.
    pub fn bind<'p>(&self, path: &'p str) -> Option<&'p str> {
        if !self.may_match(path) {
            return None;
        }
        let Some((open, close)) = self.braces else {
            return matches(self.text.as_bytes(), path.as_bytes()).then_some("");
        };
        let (before, after) = (&self.text[..open], &self.text[close + 1..]);
        if !before.contains(['*', '?', '[']) {
            return path.starts_with(before).then(|| bind_at(path, before.len(), after)).flatten();
        }
        let starts = (0..path.len()).filter(|&start| path.is_char_boundary(start));
        starts
            .filter(|&start| matches(before.as_bytes(), &path.as_bytes()[..start]))
            .find_map(|start| bind_at(path, start, after))
    }

    /// A quick look at what stands before the first and behind the last wildcard: most paths end here.
    fn may_match(&self, path: &str) -> bool {
        path.starts_with(&self.text[..self.head]) && path.ends_with(&self.text[self.tail..])
    }

    /// Does the path match, whatever a family's member is called?
    pub fn is_match(&self, path: &str) -> bool {
        self.bind(path).is_some()
    }
}

/// The longest name from `start` within its folder behind which the rest of the pattern matches.
fn bind_at<'p>(path: &'p str, start: usize, after: &str) -> Option<&'p str> {
    let folder = path[start..].find('/').map_or(path.len(), |slash| start + slash);
    let mut ends = (start + 1..=folder).rev().filter(|&end| path.is_char_boundary(end));
    ends.find(|&end| matches(after.as_bytes(), &path.as_bytes()[end..])).map(|end| &path[start..end])
}

/// Linear-time matching with two points to go back to: the last `*` and the last `**`.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut globstar: Option<(usize, usize)> = None;
    loop {
        if pattern[p..].starts_with(b"**") {
            p += 2;
            // `**/x` also matches `x`: the slash belongs to the folders that are skipped.
            if pattern[p..].starts_with(b"/") {
                p += 1;
            }
            (globstar, star) = (Some((p, t)), None);
            continue;
        }
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            star = Some((p, t));
            continue;
        }
        if t == text.len() && p == pattern.len() {
            return true;
        }
        if t < text.len()
            && let Some(width) = one(&pattern[p..], &text[t..])
        {
            (p, t) = (p + width, t + character(&text[t..]).len());
            continue;
        }
        if let Some((back, from)) = star.filter(|&(_, from)| from < text.len() && text[from] != b'/') {
            let next = from + character(&text[from..]).len();
            star = Some((back, next));
            (p, t) = (back, next);
        } else if let Some((back, from)) = globstar.filter(|&(_, from)| from < text.len()) {
            // Only whole folders are skipped, unless the pattern ends in `**`.
            let next = text[from..].iter().position(|&byte| byte == b'/').map_or(text.len(), |slash| from + slash + 1);
            (globstar, star) = (Some((back, next)), None);
            (p, t) = (back, next);
        } else {
            return false;
        }
    }
}

/// The braces that stand outside of sets, with their places.
fn braces(text: &str) -> Vec<(usize, u8)> {
    let (bytes, mut at, mut found) = (text.as_bytes(), 0, Vec::new());
    while let Some(&byte) = bytes.get(at) {
        let set = (byte == b'[').then(|| bytes[at..].iter().skip(2).position(|&byte| byte == b']')).flatten();
        if matches!(byte, b'{' | b'}') {
            found.push((at, byte));
        }
        at += set.map_or(1, |close| close + 3);
    }
    found
}

/// Is there a `[` that no `]` closes? At least one byte stands between them.
fn has_open_bracket(pattern: &[u8]) -> bool {
    let mut at = 0;
    while let Some(open) = pattern[at..].iter().position(|&byte| byte == b'[').map(|open| at + open) {
        match pattern[open..].iter().skip(2).position(|&byte| byte == b']') {
            Some(close) => at = open + close + 3,
            None => return true,
        }
    }
    false
}

/// The bytes of the first character.
fn character(text: &[u8]) -> &[u8] {
    let more = text.iter().skip(1).take_while(|&&byte| byte & 0xc0 == 0x80).count();
    &text[..text.len().min(1 + more)]
}

/// How many pattern bytes match the first character of the text.
fn one(pattern: &[u8], text: &[u8]) -> Option<usize> {
    let c = character(text);
    match character(pattern) {
        [] => None,
        b"?" => (c != b"/").then_some(1),
        b"[" => {
            let close = pattern.iter().skip(2).position(|&b| b == b']')? + 2;
            let negated = pattern[1] == b'!';
            let set = &pattern[1 + usize::from(negated)..close];
            (c != b"/" && holds(set, c) != negated).then_some(close + 1)
        }
        literal => (literal == c).then_some(literal.len()),
    }
}

/// Is the character one of the set `ab0-9`? UTF-8 is ordered as its characters are.
fn holds(mut set: &[u8], c: &[u8]) -> bool {
    while !set.is_empty() {
        let (low, rest) = set.split_at(character(set).len());
        let high = rest.strip_prefix(b"-").map(character).filter(|high| !high.is_empty());
        if low == c || high.is_some_and(|high| (low..=high).contains(&c)) {
            return true;
        }
        set = high.map_or(rest, |high| &rest[1 + high.len()..]);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: Option<&str>) {
        assert_eq!(Glob::parse(pattern).expect("a good pattern").bind(path), expected, "{pattern} on {path}");
    }

    #[test]
    fn wildcards_stay_within_a_folder_and_two_stars_do_not() {
        check("a/*.yaml", "a/b.yaml", Some(""));
        check("a/*.yaml", "a/b/c.yaml", None);
        check("**/Chart.yaml", "Chart.yaml", Some(""));
        check("**/Chart.yaml", "a/b/Chart.yaml", Some(""));
        check("**/Chart.yaml", "a/bChart.yaml", None);
        check("a/**", "a/b/c", Some(""));
        check("a/**/z", "a/z", Some(""));
        check("a/**/z", "a/b/c/z", Some(""));
        check("vm*.spec", "vmagent.spec", Some(""));
        check("vm?.spec", "vm1.spec", Some(""));
        check("vm[0-9].spec", "vm1.spec", Some(""));
        check("vm[!0-9].spec", "vm1.spec", None);
        check("vm[!0-9]spec", "vm/spec", None);
        check("caf?.md", "café.md", Some(""));
        check("[à-ü]?", "éa", Some(""));
        check("*??", "€", None);
        check("*a*b", "xaxxb", Some(""));
        check("a", "ab", None);
        check("**/x/*/y", "x/a/x/b/y", Some(""));
    }

    #[test]
    fn braces_bind_one_folder() {
        check("charts/{chart}/Chart.yaml", "charts/web/Chart.yaml", Some("web"));
        check("charts/{chart}/Chart.yaml", "charts/a/b/Chart.yaml", None);
        check("{chart}/Chart.yaml", "web/Chart.yaml", Some("web"));
        check("**/{chart}/Chart.yaml", "x/y/web/Chart.yaml", Some("web"));
        check("pkg/{p}.spec", "pkg/vm.spec", Some("vm"));
        // Braces in a set are meant.
        check("[{]app[}]/Chart.yaml", "{app}/Chart.yaml", Some(""));
        check("[{}]{p}/x", "{web/x", Some("web"));
        check("a => b/[{]x => y[}]/*", "a => b/{x => y}/z", Some(""));
    }

    #[test]
    fn what_leaves_the_repository_or_is_no_pattern_is_refused() {
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/{b",
            "a/{b}/{c}",
            "{a{b}/x",
            "a}b",
            "{a,b}/x",
            "{}",
            "a[",
            "a[]",
            "[a][",
        ] {
            assert!(Glob::parse(bad).is_err(), "{bad}");
        }
    }
}
