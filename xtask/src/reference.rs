//! Names of images in registries: `registry.example.com:5000/acme/app:1.27.0`. What is read here is fit to be an
//! argument: it begins with a letter or a digit and holds nothing but what a reference may hold.

use std::fmt;

/// The registry that is meant where a reference names none.
const HUB: &str = "docker.io";

/// A registry, a repository in it, and a tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    host: String,
    name: String,
    tag: String,
}

impl ImageReference {
    /// A reference of these parts, or why it is none.
    pub fn new(host: &str, name: &str, tag: &str) -> Result<Self, String> {
        check_host(host)?;
        if name.len() > 255 || !name.split('/').all(is_name_part) {
            return Err(format!(
                "`{}` is not the name of an image: it is like `acme/app`, in small letters",
                name.escape_debug()
            ));
        }
        check_tag(tag)?;
        Ok(Self { host: host.to_owned(), name: name.to_owned(), tag: tag.to_owned() })
    }

    /// A reference as it stands in a file: without a registry before it, it is in Docker's.
    pub fn read(repository: &str, tag: &str) -> Result<Self, String> {
        match repository.split_once('/') {
            Some((host, name)) if host.contains(['.', ':']) || host == "localhost" => Self::new(host, name, tag),
            Some(_) => Self::new(HUB, repository, tag),
            None => Self::new(HUB, &format!("library/{repository}"), tag),
        }
    }

    /// The registry: name and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository in it: `acme/app`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The image tag.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.host, self.name, self.tag)
    }
}

/// Is this one of the parts that slashes join to an image's name? Small letters and digits, in between `.`, `_`, `__`
/// or any number of `-`, as the distribution specification has it.
pub fn is_name_part(part: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_joint = |joint: &str| ["", ".", "_", "__"].contains(&joint) || joint.chars().all(|c| c == '-');
    part.starts_with(is_word) && part.ends_with(is_word) && part.split(is_word).all(is_joint)
}

/// Refuses what isn't an image tag.
pub fn check_tag(tag: &str) -> Result<(), String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if tag.is_empty() || tag.len() > 128 || tag.starts_with(['.', '-']) || !tag.bytes().all(good) {
        return Err(format!("`{}` is not an image tag: it is 1 to 128 of `A-Z a-z 0-9 _ . -`", tag.escape_debug()));
    }
    Ok(())
}

/// Refuses what isn't the address of a registry: a name, or numbers, and perhaps a port.
pub fn check_host(host: &str) -> Result<(), String> {
    let (name, port) = match host.rsplit_once(':').filter(|(name, _)| !name.is_empty() && !host.ends_with(']')) {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let label = |label: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(good) && !label.starts_with('-') && !label.ends_with('-')
    };
    let numbers = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let good_name = match numbers {
        Some(numbers) => numbers.parse::<std::net::Ipv6Addr>().is_ok(),
        None => name.len() <= 253 && name.split('.').all(label),
    };
    if good_name && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && !port.starts_with('+')))
    {
        return Ok(());
    }
    Err(format!("`{}` is not the address of a registry: it is like `ghcr.io` or `localhost:5000`", host.escape_debug()))
}

/// Is this host this machine, where nobody wants TLS?
pub fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(name, _)| name);
    let numbers = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || numbers.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(repository: &str, tag: &str, expected: &str) {
        let reference = ImageReference::read(repository, tag).unwrap();
        assert_eq!(reference.to_string(), expected);
        let (again, tag) = expected.rsplit_once(':').unwrap();
        assert_eq!(ImageReference::read(again, tag), Ok(reference));
    }

    #[test]
    fn references_of_files() {
        check("acme/app", "1.27.0", "docker.io/acme/app:1.27.0");
        check("redis", "7", "docker.io/library/redis:7");
        check("ghcr.io/acme/app/web", "v1", "ghcr.io/acme/app/web:v1");
        check("localhost/app", "_", "localhost/app:_");
        check("127.0.0.1:5000/a", "A.b-c_d", "127.0.0.1:5000/a:A.b-c_d");
        check("[::1]:5000/a__b/c--d", "1", "[::1]:5000/a__b/c--d:1");
    }

    #[test]
    fn what_is_no_reference_is_no_argument() {
        let hostile = [
            "",
            "-o",
            "--insecure",
            "a b",
            "A/b",
            "a/",
            "/a",
            "a//b",
            "a/../b",
            "a/-b",
            "a/b-",
            "a@sha256",
            "é",
            "a\nb",
            "a;b",
            "a..b",
            "a___b",
            "a.-b",
        ];
        for name in hostile {
            assert!(ImageReference::new("ghcr.io", name, "1").is_err(), "{name:?}");
        }
        for tag in ["", "-o", ".1", "a b", "a/b", "a:b", "a@b", "a\n", "é", &"1".repeat(129)] {
            assert!(ImageReference::new("ghcr.io", "a", tag).is_err(), "{tag:?}");
        }
        for host in [
            "", "-o", "--help", ":5000", "a:", "a:x", "a:+1", "a:0", "a:99999", "a..b", "a b", "u@h", "h/p", "[::g]",
            "[::1", "a\n", "-a.b",
        ] {
            assert!(check_host(host).is_err(), "{host:?}");
        }
    }

    #[test]
    fn this_machine() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:5000", "[::1]"] {
            assert!(is_loopback(host) && check_host(host).is_ok(), "{host}");
        }
        for host in ["localhost.example.com", "10.0.0.1:5000", "ghcr.io"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
