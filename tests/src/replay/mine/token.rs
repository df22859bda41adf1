//! Version tokens of a line, by a grammar of the miner's own: the tool's must not decide what it is measured by.

use std::ops::Range;

/// Words that belong to the version before them.
const WORDS: &[&str] = &[
    "alpha", "beta", "rc", "cr", "dev", "pre", "preview", "snapshot", "testing", "nightly", "canary", "next", "post",
    "final", "release", "ga", "m", "a", "b",
];

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Two numbers or more with dots between them, and a pre-release: `1.2`, `2022.4.0b1`, `1.2.3-SNAPSHOT`.
    Version,
    /// A number that stands alone.
    Integer,
}

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its bytes in the line, without a `v` before it.
    pub span: Range<usize>,
    /// See [`Kind`].
    pub kind: Kind,
}

/// Every token of a line, from left to right.
pub fn tokens(line: &str) -> Vec<Token> {
    let bytes = line.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let digits = number(bytes, at);
        let dotted = bytes[at..digits].contains(&b'.');
        let end = if dotted { behind_words(bytes, digits) } else { digits };
        let free = begins(bytes, at) && ends(bytes, end);
        let apart = !joined(bytes.get(end)) && (at == 0 || !joined(bytes.get(at - 1)));
        if free && (dotted || apart) {
            let kind = if dotted { Kind::Version } else { Kind::Integer };
            found.push(Token { span: at..end, kind });
        }
        at = end;
    }
    found
}

/// The line with a mark for each kind of token in its place: two lines of one mask differ in tokens only.
pub fn mask(line: &str, tokens: &[Token]) -> String {
    let (mut mask, mut at) = (String::with_capacity(line.len()), 0);
    for token in tokens {
        mask.push_str(&line[at..token.span.start]);
        mask.push(if token.kind == Kind::Version { '\0' } else { '\x01' });
        at = token.span.end;
    }
    mask.push_str(&line[at..]);
    mask
}

fn joined(byte: Option<&u8>) -> bool {
    byte == Some(&b'_')
}

/// The end of digits with single dots between them.
fn number(bytes: &[u8], start: usize) -> usize {
    let mut end = start;
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    while digit(end) || (end > start && bytes.get(end) == Some(&b'.') && digit(end + 1)) {
        end += 1;
    }
    end
}

/// The end of `-rc.1`, `b3`, `.dev0` and what is stacked on it; `at` where there is none.
fn behind_words(bytes: &[u8], at: usize) -> usize {
    let word = at + usize::from(matches!(bytes.get(at), Some(b'-' | b'.' | b'~' | b'+' | b'_')));
    let letters = bytes.get(word..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let text = String::from_utf8_lossy(&bytes[word.min(bytes.len())..][..letters]).to_lowercase();
    if letters == 0 || !WORDS.contains(&text.as_str()) {
        return at;
    }
    let end = word + letters;
    let behind = end + usize::from(matches!(bytes.get(end), Some(b'.' | b'-')));
    let digits = number(bytes, behind);
    match digits > behind {
        true => behind_words(bytes, digits),
        false if letters == 1 => at,
        false => behind_words(bytes, end),
    }
}

fn begins(bytes: &[u8], start: usize) -> bool {
    let before = |at: usize| at.checked_sub(1).map(|at| bytes[at]);
    let start = if matches!(before(start), Some(b'v' | b'V')) { start - 1 } else { start };
    !before(start).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

fn ends(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b'.') => !bytes.get(end + 1).is_some_and(u8::is_ascii_digit),
        Some(byte) => !byte.is_ascii_alphanumeric(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: &[&str]) {
        let found: Vec<&str> = tokens(line).into_iter().map(|token| &line[token.span]).collect();
        assert_eq!(found, want, "{line}");
    }

    #[test]
    fn whole_tokens() {
        check("image: a/b:v1.93.3-cluster", &["1.93.3"]);
        check("app-1.2.3.tar.gz, 2022.4.0b1 and 1.2.3-SNAPSHOT", &["1.2.3", "2022.4.0b1", "1.2.3-SNAPSHOT"]);
        check("Release: 1%{?dist}", &["1"]);
        check("#define MAJOR 3 /* 0x3 x86 utf8 V_1 a1.2 */", &["3"]);
        check("1.0.0-rc.1.dev3 2.0.0.Final 3.1-foo", &["1.0.0-rc.1.dev3", "2.0.0.Final", "3.1"]);
        check("foo_1.2.3_amd64 (1, 22, 3)", &["1.2.3", "1", "22", "3"]);
        check("1.2.3a 1.2.3m", &[]);
    }

    #[test]
    fn two_lines_of_one_mask() {
        let masked = |line: &str| mask(line, &tokens(line));
        assert_eq!(masked("x 1.2.3 3"), masked("x 1.3.0-rc1 4"));
        assert_ne!(masked("x 1.2.3"), masked("x 3"));
    }
}
