//! Nothing that opens a door is repeated: in what we print, in errors, in the trace, in what others get from us.
//!
//! Three things are known to be secret: what stands before the `@` of a URL; what has the shape of a token; and the
//! values of variables whose names say so, in the spellings that programs print them in.

mod escapes;
mod values;

pub use values::keep_secret;

const HIDDEN: &str = "***";

/// The text without secrets, and without what would steer a terminal.
pub fn redact(text: &str) -> String {
    let mut text = hide_secrets(text);
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n' && byte != b'\t' || byte >= 0x7f) {
        text = text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect();
    }
    text
}

/// The text without secrets; the rest as it is.
pub fn hide_secrets(text: &str) -> String {
    let mut text = values::hide(text.to_owned());
    if text.contains(PEM) {
        text = hide_keys(&text);
    }
    for shape in &SHAPES {
        if text.contains(shape.before) {
            text = shape.hide(&text);
        }
    }
    for url in &URLS {
        if text.contains(url.before) {
            text = url.hide(&text);
        }
    }
    text
}

/// Hides secrets in lines that come one after the other: a private key is many of them.
#[derive(Debug, Default)]
pub(super) struct Redactor {
    in_key: bool,
}

impl Redactor {
    pub(super) fn line(&mut self, line: &str) -> String {
        if self.in_key {
            self.in_key = is_key(line) && !line.contains(PEM_END);
            if self.in_key || line.contains(PEM_END) {
                return String::new();
            }
        }
        self.in_key = line.find(PEM).is_some_and(|at| !line[at..].contains(PEM_END));
        hide_secrets(line)
    }
}

// ---- URLs ----

/// How the address of a host is written.
struct Url {
    before: &'static str,
    at: &'static str,
    colon: &'static str,
    ends: &'static str,
}

/// As they are, and percent-encoded.
const URLS: [Url; 3] = [
    Url { before: "://", at: "@", colon: ":", ends: "/?#'\"`<>" },
    Url { before: "%3A%2F%2F", at: "%40", colon: "%3A", ends: "/?#'\"`<>&" },
    Url { before: "%3a%2f%2f", at: "%40", colon: "%3a", ends: "/?#'\"`<>&" },
];

impl Url {
    /// `ssh://git@host` keeps its user: that is no secret, and the address is wrong without it.
    fn hide(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(self.before) {
            let (head, tail) = rest.split_at(at + self.before.len());
            out.push_str(head);
            let end = tail.find(|c: char| c.is_whitespace() || self.ends.contains(c)).unwrap_or(tail.len());
            let (authority, after) = tail.split_at(end);
            match authority.rsplit_once(self.at) {
                Some((user, host)) if !head[..at].ends_with("ssh") || user.contains(self.colon) => {
                    out.push_str(HIDDEN);
                    out.push_str(self.at);
                    out.push_str(host);
                }
                _ => out.push_str(authority),
            }
            rest = after;
        }
        out + rest
    }
}

// ---- shapes ----

/// A token that is known by what stands before it.
struct Shape {
    before: &'static str,
    /// `before` is a part of the token, and hidden with it.
    whole: bool,
    /// What else than letters and digits the token is made of.
    others: &'static str,
    /// So many characters at least.
    least: usize,
    /// A word of a language has the same place, as in `Basic authentication`: the token has more than letters of one case.
    mixed: bool,
}

const fn token(before: &'static str) -> Shape {
    Shape { before, whole: true, others: "_-", least: 8, mixed: false }
}

const fn header(before: &'static str) -> Shape {
    Shape { before, whole: false, others: "._~+/=-", least: 6, mixed: true }
}

const fn setting(before: &'static str) -> Shape {
    Shape { before, whole: false, others: "._~+/=-:%!$*", least: 4, mixed: false }
}

const SHAPES: [Shape; 29] = [
    token("ghp_"),
    token("gho_"),
    token("ghu_"),
    token("ghs_"),
    token("ghr_"),
    token("github_pat_"),
    token("glpat-"),
    token("gldt-"),
    token("npm_"),
    token("pypi-"),
    token("dckr_pat_"),
    token("xoxb-"),
    token("xoxp-"),
    Shape { before: "AKIA", whole: true, others: "", least: 16, mixed: false },
    Shape { before: "ASIA", whole: true, others: "", least: 16, mixed: false },
    header("Bearer "),
    header("bearer "),
    header("BEARER "),
    header("Basic "),
    header("basic "),
    header("BASIC "),
    setting("_authToken="),
    setting("_auth="),
    setting("_password="),
    setting("aws_secret_access_key="),
    setting("aws_secret_access_key = "),
    setting("access_token="),
    setting("private_token="),
    setting("client_secret="),
];

impl Shape {
    fn hide(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(self.before) {
            let (head, tail) = rest.split_at(at + self.before.len());
            let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && !self.others.contains(c)).unwrap_or(tail.len());
            let (token, after) = tail.split_at(end);
            let inside = self.whole && head[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            if inside || token.len() < self.least || self.mixed && is_word(token) {
                out.push_str(head);
                rest = tail;
                continue;
            }
            out.push_str(if self.whole { &head[..at] } else { head });
            out.push_str(HIDDEN);
            rest = after;
        }
        out + rest
    }
}

/// A short run of letters in one case, as words are.
fn is_word(token: &str) -> bool {
    let plain = token.trim_end_matches(['.', '-']);
    let lower = plain.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    token.len() < 20 && (lower || plain.bytes().all(|byte| byte.is_ascii_uppercase()))
}

// ---- private keys ----

const PEM: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";

/// What a line of a key is made of, its headers and the escaped line ends of JSON included.
fn is_key(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=:,.\\ -\r\n\t".contains(&byte))
}

fn hide_keys(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(PEM) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let name = tail[PEM.len()..].split("-----").next().unwrap_or_default();
        if !name.contains("PRIVATE KEY") || name.len() > 40 {
            out.push_str(PEM);
            rest = &tail[PEM.len()..];
            continue;
        }
        out.push_str(HIDDEN);
        let body = &tail[PEM.len() + name.len()..];
        // Where the end is missing, everything that could still be the key goes.
        let whole = body.find(PEM_END).filter(|&end| is_key(&body[..end]));
        let end = whole.map_or_else(
            || body.find(|c: char| !c.is_ascii() || !is_key(c.encode_utf8(&mut [0; 4]))).unwrap_or(body.len()),
            |end| {
                let last = &body[end + PEM_END.len()..];
                end + PEM_END.len() + last.find("-----").map_or(last.len(), |dashes| dashes + 5)
            },
        );
        rest = &body[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(redact(text), expected);
    }

    #[test]
    fn credentials_go_and_addresses_stay() {
        check("fatal: https://u:p@example.com/a.git: 403", "fatal: https://***@example.com/a.git: 403");
        check("https://ghp_x@example.com 'http://a:b@c/d'", "https://***@example.com 'http://***@c/d'");
        check("https://u:p@ss@example.com/x@y", "https://***@example.com/x@y");
        check("ssh://git@example.com/a, git@example.com:a", "ssh://git@example.com/a, git@example.com:a");
        check("ssh://git:p@example.com/a", "ssh://***@example.com/a");
        check("https://example.com/@scope/name", "https://example.com/@scope/name");
        check("https://", "https://");
        check("a\u{1b}[31mb\r\nc", "a [31mb \nc");
        check("?to=https%3A%2F%2Fu%3Ap%40example.com%2Fa&x", "?to=https%3A%2F%2F***%40example.com%2Fa&x");
        check("https%3a%2f%2fu%3ap%40example.com", "https%3a%2f%2f***%40example.com");
    }

    #[test]
    fn tokens_are_known_by_their_shape() {
        check("token ghp_0123456789abcdefABCD.", "token ***.");
        check("github_pat_11AAAA_bbbbbbbb and glpat-abcdefgh1234", "*** and ***");
        check("a ghp_ b, aghp_0123456789, ghp_short", "a ghp_ b, aghp_0123456789, ghp_short");
        check("id AKIAIOSFODNN7EXAMPLE", "id ***");
        check("AKIA is short", "AKIA is short");
        check("Authorization: Bearer eyJhbGciOi.x-y_z", "Authorization: Bearer ***");
        check("header 'Authorization: Basic dXNlcjpwYXNz'", "header 'Authorization: Basic ***'");
        check("Basic authentication failed. basic tests", "Basic authentication failed. basic tests");
        check("//registry.example.com/:_authToken=abcd-1234", "//registry.example.com/:_authToken=***");
        check("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = ***");
        check("https://example.com/?access_token=abcdef&x=1", "https://example.com/?access_token=***&x=1");
    }

    #[test]
    fn private_keys_go_as_a_whole() {
        let key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc+/=\ndef\n-----END OPENSSH PRIVATE KEY-----";
        check(&format!("see\n{key}\nend"), "see\n***\nend");
        check(&format!("{{\"key\": \"{}\"}}", key.replace('\n', "\\n")), "{\"key\": \"***\"}");
        check("-----BEGIN RSA PRIVATE KEY-----\nabc\ndef", "***");
        let open = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----";
        check(open, open);
        check("-----BEGIN ", "-----BEGIN ");
    }

    /// No text makes it panic, and what is hidden stays hidden.
    #[test]
    fn any_text_can_be_redacted() {
        const PIECES: [&str; 30] = [
            "%",
            "\\",
            "&",
            "u",
            "{",
            "}",
            "#x",
            "é",
            "2f",
            "5",
            ";",
            "://",
            "@",
            "ghp_",
            "-----BEGIN ",
            "PRIVATE KEY",
            "-----END ",
            "-----",
            "\n",
            " ",
            "Basic ",
            "%3A%2F%2F",
            "%40",
            "\u{1b}",
            "quot",
            "x",
            "\u{202e}",
            "'",
            "AKIA",
            "abcdefgh1234567890",
        ];
        keep_secret("canary/%\\&é 1");
        let mut state = 1u64;
        for _ in 0..5_000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(PIECES[(state >> 33) as usize % PIECES.len()]);
            }
            let shown = redact(&format!("{text}canary/%\\&é 1{text}"));
            assert!(!shown.contains("canary") && shown.contains(HIDDEN), "{text:?}: {shown:?}");
        }
    }

    #[test]
    fn a_key_that_comes_line_by_line() {
        let mut redactor = Redactor::default();
        let lines = "a\n-----BEGIN PRIVATE KEY-----\nabc\n\ndef==\n-----END PRIVATE KEY-----\nb";
        let shown: Vec<String> = lines.lines().map(|line| redactor.line(line)).collect();
        assert_eq!(shown, ["a", "***", "", "", "", "", "b"]);
        assert_eq!(redactor.line("-----BEGIN PRIVATE KEY-----"), "***");
        assert_eq!(redactor.line("what isn't a key, is it?"), "what isn't a key, is it?");
    }
}
