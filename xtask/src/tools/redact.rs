//! Nothing that opens a door is repeated.

/// The text without the user names and passwords of URLs, and without what would steer a terminal.
///
/// `ssh://git@host` keeps its user: that is no secret, and the address is wrong without it.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + "://".len());
        out.push_str(head);
        let end = tail.find(|c: char| c.is_whitespace() || "/?#'\"`<>".contains(c)).unwrap_or(tail.len());
        let (authority, after) = tail.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) if !head.ends_with("ssh://") || user.contains(':') => {
                out.push_str("***@");
                out.push_str(host);
            }
            _ => out.push_str(authority),
        }
        rest = after;
    }
    out.push_str(rest);
    out.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { ' ' } else { c }).collect()
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
    }
}
