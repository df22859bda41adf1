//! Which addresses a remote may have. Git runs programs for some (`ext::sh -c …`, `-oProxyCommand=…`), and others hold
//! secrets that every message and every process list would repeat.

use crate::reference::check_host;

/// Why an address is refused, and what to write instead. Neither repeats the address: it may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: &'static str,
    /// The next move.
    pub hint: &'static str,
}

const FORMS: &str = "write `https://…`, `ssh://…`, `user@host:path`, `file:///…` or a path from this repository's root";

const fn fault(message: &'static str, hint: &'static str) -> Fault {
    Fault { message, hint }
}

/// Is this an address that git can be given?
pub fn check_remote(url: &str) -> Result<(), Fault> {
    if url.is_empty() {
        return Err(fault("the address of a remote is empty", FORMS));
    }
    if url.starts_with('-') {
        return Err(fault("an address that begins with `-` would be an option", FORMS));
    }
    if url.starts_with('~') {
        return Err(fault("git doesn't know `~`", "write the whole path, or one from this repository's root"));
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(fault(
            "an address holds no white space, line end or backslash",
            "write `%20` for a blank in a URL",
        ));
    }
    if let Some((scheme, rest)) = url.split_once("://") {
        return with_scheme(scheme, rest);
    }
    let head = url.split(['/', '[']).next().unwrap_or_default();
    if head.contains("::") {
        return Err(fault("an address with `::` makes git run a helper program", FORMS));
    }
    match url.split_once(':') {
        // A path with a colon in a folder's name is a path.
        Some((before, path)) if !before.contains('/') => like_scp(url, path),
        _ => Ok(()),
    }
}

/// Is this where a browser finds pages?
pub fn check_web(url: &str) -> Result<(), Fault> {
    // The top of a host is a place for pages, though none for a repository.
    check_remote(&format!("{}/pages", url.trim_end_matches('/')))?;
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    Err(fault("pages are found under an address of the web", "write it as in `https://acme.github.io/charts`"))
}

/// `user@host:path`, the host perhaps in brackets.
fn like_scp(url: &str, path: &str) -> Result<(), Fault> {
    let end = match url.find('[') {
        Some(open) if url[..open].is_empty() || url[..open].ends_with('@') => url.find("]:").map_or(0, |at| at + 1),
        _ => url.len() - path.len() - 1,
    };
    let (user, host) = match url[..end].rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None if path.contains('@') => return Err(secret()),
        None => (None, &url[..end]),
    };
    if user.is_some_and(|user| !is_user(user)) || !is_host(host) {
        return Err(fault("the host of this address is none", "write `git@example.com:acme/app.git`"));
    }
    Ok(())
}

fn with_scheme(scheme: &str, rest: &str) -> Result<(), Fault> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    match scheme {
        "file" if !authority.is_empty() => Err(fault("a `file://` address begins with a third slash", FORMS)),
        "file" => Ok(()),
        "https" | "http" if user.is_some() => Err(secret()),
        "ssh" if user.is_some_and(|user| user.contains(':')) => Err(secret()),
        "https" | "http" | "ssh" => {
            if user.is_some_and(|user| !is_user(user)) || !is_host(host) {
                return Err(fault("the host of this address is none", "write `https://example.com/acme/app.git`"));
            }
            if path.is_empty() {
                return Err(fault("this address names no repository on its host", FORMS));
            }
            if path.contains(['?', '#']) {
                return Err(fault(
                    "an address with `?` or `#` may hold a secret",
                    "leave the query out: git asks its credential helper (`git help credentials`)",
                ));
            }
            Ok(())
        }
        _ => Err(fault("git isn't given this kind of address", FORMS)),
    }
}

const fn secret() -> Fault {
    fault(
        "the address holds a user or a password, which everybody would read",
        "leave them out: git asks its credential helper (`git help credentials`)",
    )
}

/// Does a registry's address hold no secret? Its grammar is looked at elsewhere.
pub fn check_no_secret(place: &str) -> Result<(), Fault> {
    let hint = "leave them out: `docker login` and `helm registry login` keep them";
    if place.contains('@') { Err(Fault { hint, ..secret() }) } else { Ok(()) }
}

fn is_user(user: &str) -> bool {
    user.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && user.chars().all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
}

/// A name or an address, and perhaps a port; an alias of ssh's own configuration may hold `_` too.
fn is_host(host: &str) -> bool {
    check_host(&host.replace('_', "-")).is_ok()
}

/// The same place, written in another way: with a slash or `.git` at its end.
pub fn is_same(one: &str, other: &str) -> bool {
    fn bare(url: &str) -> &str {
        let url = url.trim_end_matches('/');
        url.strip_suffix(".git").unwrap_or(url)
    }
    bare(one) == bare(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn good(url: &str) {
        assert_eq!(check_remote(url), Ok(()), "{url}");
    }

    #[track_caller]
    fn bad(url: &str, piece: &str) {
        let fault = check_remote(url).expect_err(url);
        assert!(fault.message.contains(piece), "{url}: {}", fault.message);
        assert!(!fault.hint.is_empty());
    }

    #[test]
    fn addresses_that_git_can_be_given() {
        for url in [
            "https://example.com/acme/app.git",
            "http://127.0.0.1:8080/app.git",
            "https://[::1]:8443/app.git",
            "https://example.com/@scope/app.git",
            "ssh://git@example.com:2222/acme/app.git",
            "ssh://example.com/~acme/app.git",
            "git@example.com:acme/app.git",
            "example.com:acme/app",
            "git@[::1]:acme/app.git",
            "file:///srv/git/app.git",
            "../remotes/app.git",
            "remotes/a:b.git",
            "./a::b",
            "/srv/git/app.git",
        ] {
            good(url);
        }
    }

    #[test]
    fn addresses_that_run_something_are_refused() {
        for url in ["ext::sh -c whoami", "-oProxyCommand=id", "--upload-pack=id"] {
            assert!(check_remote(url).is_err(), "{url}");
        }
        bad("ext::sh", "helper");
        bad("ext::https://example.com/a", "isn't given");
        bad("fd::17/x", "helper");
        bad("-u", "option");
        bad("ssh://-oProxyCommand=id/x", "host");
        bad("ssh://-u@example.com/x", "host");
        bad("-u@example.com:x", "option");
        bad("git@-oProxyCommand=id:x", "host");
        bad("ssh://exa$(id)mple.com/x", "host");
    }

    #[test]
    fn addresses_with_secrets_are_refused_without_a_word_of_them() {
        for url in [
            "https://user:hunter2@example.com/a.git",
            "https://hunter2@example.com/a.git",
            "http://hunter2@127.0.0.1/a.git",
            "ssh://git:hunter2@example.com/a.git",
            "https://user:hunter2/x@example.com/a.git",
            "git:hunter2@example.com:a.git",
            "https://example.com/a.git?token=hunter2",
            "https://example.com/a.git#hunter2",
        ] {
            let fault = check_remote(url).expect_err(url);
            assert!(!fault.message.contains("hunter2") && !fault.hint.contains("hunter2"), "{fault:?}");
        }
        bad("https://user:hunter2@example.com/a.git", "user or a password");
        bad("git:hunter2@example.com:a.git", "user or a password");
    }

    #[test]
    fn addresses_that_are_none_are_refused() {
        bad("", "empty");
        bad("https://example.com/a b", "white space");
        bad("https://example.com/a\nb", "white space");
        bad("https://example.com/a\u{0}b", "white space");
        bad("C:\\git\\app", "white space");
        bad("~/git/app.git", "`~`");
        bad("ftp://example.com/a", "kind");
        bad("git://example.com/a", "kind");
        bad("https://example.com", "no repository");
        bad("https:///a", "host");
        bad("https://example.com:99999/a", "host");
        bad("https://example.com:+80/a", "host");
        bad("https://exa_mple..com/a", "host");
        bad("file://server/a", "third slash");
        bad(":a", "host");
    }

    #[test]
    fn pages_are_on_the_web() {
        for url in ["https://acme.github.io/charts", "https://charts.example.com/", "http://127.0.0.1:8080"] {
            assert_eq!(check_web(url), Ok(()), "{url}");
        }
        for url in ["git@example.com:a", "pages", "file:///a", "https://u:p@example.com/a", "https://example.com/a?b"] {
            assert!(check_web(url).is_err(), "{url}");
        }
    }

    #[test]
    fn one_place_has_one_address() {
        assert!(is_same("https://example.com/a", "https://example.com/a.git/"));
        assert!(!is_same("https://example.com/a", "https://example.com/b"));
    }
}
