//! What a remote's URL means.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use crate::error::Failure;
use crate::fsx::shown;
use crate::tools::redact;

/// What git is given: a path counts from the project's root, anything else is as it is written.
///
/// Refused: a password in it, which everybody on the machine could read; a transport that runs a program.
pub(super) fn address(root: &Path, url: &str) -> Result<String> {
    if url.is_empty() || url.starts_with('-') || url.contains(|c: char| c.is_control()) {
        return Err(Failure::usage(format!("`{}` is no URL", url.escape_debug()))
            .hint("give it as `https://…`, `ssh://…` or a path")
            .into());
    }
    if url.split_once("::").is_some_and(|(head, _)| head.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        let message = format!("`{url}` is no URL of a repository");
        return Err(Failure::usage(message).hint("give it as `https://`, `ssh://`, `file://` or a path").into());
    }
    if let Some(Place { secret: true, .. }) = parse(url) {
        return Err(Failure::usage(format!("`{}` has a password in it", redact(url)))
            .hint("take it out, and let git's own `credential.helper` know it")
            .into());
    }
    if !is_path(url) {
        return Ok(url.to_owned());
    }
    let mut path = PathBuf::new();
    for part in root.join(url).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path.into_os_string().into_string().map_err(|path| {
        Failure::usage(format!("the path `{}` is not UTF-8", shown(Path::new(&path))))
            .hint("give the remote's URL as `file://`, or move the project")
            .into()
    })
}

/// As git tells it: no scheme, and no colon before the first slash.
fn is_path(url: &str) -> bool {
    !url.contains("://") && url.find(':').is_none_or(|colon| url.find('/').is_some_and(|slash| slash < colon))
}

/// The parts of a URL that say where it leads.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    scheme: String,
    host: String,
    port: String,
    path: String,
    /// It holds a user's password, or a token in place of one.
    secret: bool,
}

fn parse(url: &str) -> Option<Place> {
    let bare = |path: &str| {
        let path = path.trim_matches('/');
        path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/').to_owned()
    };
    if is_path(url) {
        let path = bare(url);
        return Some(Place {
            scheme: "file".to_owned(),
            host: String::new(),
            port: String::new(),
            path,
            secret: false,
        });
    }
    let (scheme, rest) = url.split_once("://").map_or(("ssh", None), |(scheme, rest)| (scheme, Some(rest)));
    let (authority, path) = match rest {
        Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
        None => url.split_once(':')?,
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    // The colons of `[::1]` separate no port.
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    let (scheme, host) = (scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    Some(Place { secret: user.contains(':'), path: bare(path), port: port.to_owned(), scheme, host })
}

/// Do two URLs lead to the same repository? The protocol may be another one, if it is as safe.
pub(super) fn same_place(one: &str, other: &str) -> bool {
    let (Some(a), Some(b)) = (parse(one), parse(other)) else { return one == other };
    let protocol = if a.scheme == b.scheme {
        a.port == b.port
    } else {
        matches!(b.scheme.as_str(), "https" | "ssh") && a.scheme != "file"
    };
    one == other || protocol && a.host == b.host && a.path == b.path && !b.secret && !a.path.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(one: &str, other: &str, expected: bool) {
        assert_eq!(same_place(one, other), expected, "{one} {other}");
    }

    #[test]
    fn protocols_differ_and_places_do_not() {
        let url = "https://example.com/acme/app.git";
        for other in [
            "git@example.com:acme/app.git",
            "ssh://git@example.com/acme/app",
            "ssh://git@example.com:7999/acme/app.git",
            "https://Example.COM/acme/app/",
            "https://ada@example.com/acme/app.git",
        ] {
            same(url, other, true);
        }
        for other in [
            "http://example.com/acme/app.git",
            "git://example.com/acme/app.git",
            "https://example.com:8443/acme/app.git",
            "git@example.org:acme/app.git",
            "git@example.com:acme/app2.git",
            "git@example.com:Acme/app.git",
            "https://ada:secret@example.com/acme/app.git",
            "https://example.com@evil.example/acme/app.git",
            "/acme/app.git",
            "file://example.com/acme/app.git",
            "ext::sh -c true",
        ] {
            same(url, other, false);
        }
        same("http://example.com/a", "https://example.com/a", true);
        same("http://127.0.0.1:4000/a", "http://127.0.0.1:5000/a", false);
        same("/a/b.git", "/a/b", true);
        same("/a/b.git", "/a/c.git", false);
        same("/a/b.git", "ssh://h/a/b.git", false);
    }

    #[test]
    fn paths_count_from_the_root() {
        let root = Path::new("/p/app");
        for (url, expected) in [
            ("../charts.git", "/p/charts.git"),
            ("/x/./y.git", "/x/y.git"),
            ("a:b/c", "a:b/c"),
            ("./a:b", "/p/app/a:b"),
            ("git@example.com:a/b.git", "git@example.com:a/b.git"),
            ("file:///x/../y", "file:///x/../y"),
            ("https://[::1]:80/a", "https://[::1]:80/a"),
        ] {
            assert_eq!(address(root, url).unwrap(), expected);
        }
        for bad in ["", "-x", "--upload-pack=x", "a\nb", "ext::sh -c true", "https://u:p@example.com/a", "fd::3"] {
            let error = address(root, bad).unwrap_err();
            assert!(!error.to_string().contains("u:p@"), "{error}");
        }
    }
}
