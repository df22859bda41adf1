//! The values that are secret, whatever their shape: those of variables whose names say so.

use std::path::Path;
use std::sync::{LazyLock, RwLock};

use super::{HIDDEN, escapes};
use crate::world;

/// A shorter value would hide words that mean something else.
const LEAST: usize = 8;

/// Every spelling of every value, the longest first.
static SPELLINGS: LazyLock<RwLock<Vec<String>>> = LazyLock::new(|| {
    let values = world::vars().filter(|(name, value)| is_secret(name) && !is_harmless(value));
    let mut spellings: Vec<String> = values.flat_map(|(_, value)| spellings(&value)).collect();
    arrange(&mut spellings);
    RwLock::new(spellings)
});

/// From now on this value is hidden too: a password that was read from somewhere else than the environment.
pub fn keep_secret(value: &str) {
    let mut known = SPELLINGS.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    known.extend(spellings(value));
    arrange(&mut known);
}

fn arrange(spellings: &mut Vec<String>) {
    spellings.retain(|spelling| spelling.len() >= LEAST);
    spellings.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    spellings.dedup();
}

/// The text without them, also where a part of their letters is escaped in one of the ways of [`escapes::ALL`].
pub(super) fn hide(mut text: String) -> String {
    let known = SPELLINGS.read().unwrap_or_else(|poisoned| poisoned.into_inner());
    if known.is_empty() {
        return text;
    }
    for spelling in known.iter() {
        if text.contains(spelling) {
            text = text.replace(spelling, HIDDEN);
        }
    }
    for escape in &escapes::ALL {
        if text.contains(escape.mark) {
            text = escape.hide(text, &known);
        }
    }
    text
}

/// `NPM_TOKEN`, `PGPASSWORD`, `DEPLOY_KEY`; not `PWD`, `GIT_CONFIG_KEY_0`, `AWS_ACCESS_KEY_ID`.
fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "APIKEY", "PRIVATE_KEY"];
    const ENDS: [&str; 7] = ["KEY", "_PASS", "_PAT", "_PWD", "_AUTH", "_KEY_BASE64", "_KEY_PEM"];
    const OTHERS: [&str; 8] = ["_ID", "_FILE", "_PATH", "_DIR", "_NAME", "_URL", "_TYPE", "_SOCK"];
    // What build servers set `http.extraHeader` with.
    const VALUE: &str = "GIT_CONFIG_VALUE_";
    let name = name.to_ascii_uppercase();
    if let Some(number) = name.strip_prefix(VALUE) {
        let key = world::var(&format!("GIT_CONFIG_KEY_{number}")).unwrap_or_default().to_ascii_uppercase();
        return key.ends_with("EXTRAHEADER") || WORDS.iter().any(|word| key.contains(word));
    }
    let says = WORDS.iter().any(|word| name.contains(word)) || ENDS.iter().any(|end| name.ends_with(end));
    says && !OTHERS.iter().any(|end| name.ends_with(end))
}

/// A version, a date, a path: hidden, it would take the meaning out of what is said.
fn is_harmless(value: &str) -> bool {
    let number = value.trim_start_matches('v');
    let is_version = number.contains('.') && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_version || value.starts_with('/') && Path::new(value).exists()
}

/// The value as programs print it, escapes left out: whole, line by line, in base64 beside anything, in digits.
fn spellings(value: &str) -> Vec<String> {
    let value = value.trim();
    let mut all: Vec<String> = value.lines().map(|line| line.trim().to_owned()).collect();
    let hexadecimal: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    // For a shell; and as a form has it, when its escapes are read.
    all.extend([value.to_owned(), value.replace('\'', r"'\''"), value.replace(' ', "+")]);
    all.extend([hexadecimal.to_uppercase(), hexadecimal]);
    for before in 0..3 {
        let plain = base64_inside(value.as_bytes(), before);
        all.extend([plain.replace('+', "-").replace('/', "_"), plain]);
    }
    all
}

/// The letters that bytes give in base64 whatever stands around them, if `before` bytes stand before them (modulo 3).
fn base64_inside(bytes: &[u8], before: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let all: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
    let bit = |at: usize| all.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    let letter = |at: usize| LETTERS[usize::from((0..6).fold(0, |sum, next| sum << 1 | bit(at * 6 + next)))];
    ((before * 8).div_ceil(6)..all.len() * 8 / 6).map(|at| char::from(letter(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::redact;

    #[test]
    fn names_that_say_so() {
        let names = ["NPM_TOKEN", "PGPASSWORD", "DEPLOY_KEY", "gh_token", "CLIENT_SECRET", "REGISTRY_AUTH", "X_PAT"];
        names.iter().for_each(|name| assert!(is_secret(name), "{name}"));
        let others = ["PWD", "OLDPWD", "PATH", "GIT_CONFIG_KEY_0", "AWS_ACCESS_KEY_ID", "SSH_AUTH_SOCK", "KEYBOARD"];
        others.iter().for_each(|name| assert!(!is_secret(name), "{name}"));
        assert!(is_harmless("2026.01.02") && is_harmless("v1.26.0000") && is_harmless("/etc"));
        assert!(!is_harmless("12345678") && !is_harmless("/no/such+base64=="));
    }

    #[test]
    fn base64_is_known_beside_anything() {
        assert_eq!(base64_inside(b"user:pass", 0), "dXNlcjpwYXNz");
        // `a:secret-1` is `YTpzZWNyZXQtMQ==`, `ab:secret-1` is `YWI6c2VjcmV0LTE=`.
        assert!("YTpzZWNyZXQtMQ==".contains(&base64_inside(b"secret-1", 2)));
        assert!("YWI6c2VjcmV0LTE=".contains(&base64_inside(b"secret-1", 0)));
    }

    #[test]
    fn every_spelling_of_a_value_goes() {
        let canary = "C4n'ry \"x/y+z=&<é";
        keep_secret(canary);
        let spellings = [
            canary.to_owned(),
            "C4n%27ry%20%22x%2Fy%2Bz%3D%26%3C%C3%A9".to_owned(),
            "C4n%27ry%20%22x%2fy%2bz%3d%26%3c%c3%a9".to_owned(),
            "C4n%27ry+%22x%2Fy%2Bz%3D%26%3C%C3%A9".to_owned(),
            "C4n'ry%20%22x/y+z=&%3c%C3%a9".to_owned(),
            "C4n%2527ry%2520%2522x%252Fy%252Bz%253D%2526%253C%25C3%25A9".to_owned(),
            "C4n'ry \\\"x\\/y+z=&<\\u00e9".to_owned(),
            "C4n\\'ry \\\"x/y+z=&<\\303\\251".to_owned(),
            "C4n\\'ry \\x22x/y+z=&<\\xc3\\xA9".to_owned(),
            "C4n'ry \\\"x/y+z=&<\\u{e9}".to_owned(),
            "C4n'\\''ry \"x/y+z=&<é".to_owned(),
            "C4n'ry &quot;x/y+z=&amp;&lt;é".to_owned(),
            "C4n&#39;ry &quot;x/y+z=&amp;&lt;é".to_owned(),
            "C4n&#x27;ry &#34;x/y+z=&amp;&lt;&#xe9;".to_owned(),
            "43346e2772792022782f792b7a3d263cc3a9".to_owned(),
            "43346E2772792022782F792B7A3D263CC3A9".to_owned(),
            "QzRuJ3J5ICJ4L3krej0mPMOp".to_owned(),
            "dXNlcjpDNG4ncnkgIngveSt6PSY8w6k=".to_owned(),
            "dXNlcjpDNG4ncnkgIngveSt6PSY8w6k".replace('+', "-"),
        ];
        for spelling in spellings {
            let shown = redact(&format!("before {spelling} after"));
            assert!(shown.contains(HIDDEN) && !shown.contains("C4n"), "{spelling}: {shown}");
            assert!(!shown.contains("ncnkgIngve") && !shown.contains("27727920"), "{spelling}: {shown}");
        }
        assert_eq!(redact("a sentence as any other"), "a sentence as any other");
    }
}
