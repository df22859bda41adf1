//! A chart's archive: what is in it, and the one form that the same content always has.
//!
//! Helm writes into it when it was packaged, and Helm 3 and Helm 4 write different things. Here every file gets one
//! moment and the whole is compressed anew: the same files become the same bytes, by whatever Helm, whenever.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::error::Failure;
use crate::locate::yaml::tree::{self, Node};
use crate::tools::gzip;

const BLOCK: usize = 512;
/// 1980-01-01, which every archiver can write.
pub const MOMENT: u64 = 315_532_800;

/// The files of an archive, by their paths.
pub type Contents = BTreeMap<String, Vec<u8>>;

/// Helm's archive in the form that the same content always has.
pub fn canonical(archive: Vec<u8>) -> Result<Vec<u8>> {
    let mut tar = gzip::decompress(archive)?;
    let headers: Vec<usize> = headers(&tar)?.into_iter().map(|header| header.at).collect();
    for at in headers {
        let header = &mut tar[at..at + BLOCK];
        header[136..148].copy_from_slice(format!("{MOMENT:011o}\0").as_bytes());
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    gzip::compress(tar)
}

/// What is in an archive; an error if it isn't whole.
pub fn contents(archive: Vec<u8>) -> Result<Contents> {
    let tar = gzip::decompress(archive)?;
    let mut contents = Contents::new();
    let mut long = None;
    for header in headers(&tar)? {
        let data = tar.get(header.at + BLOCK..header.at + BLOCK + header.size).unwrap_or_default();
        match header.kind {
            b'L' => long = Some(text(data)),
            b'x' => long = pax_path(data).or(long),
            b'0' | 0 => {
                let name = long.take().unwrap_or(header.name);
                contents.insert(name.trim_start_matches("./").to_owned(), data.to_vec());
            }
            _ => long = None,
        }
    }
    Ok(contents)
}

/// Do two archives hold the same chart? Helm's versions write `Chart.yaml` each in their own way: of it only counts
/// what it says.
pub fn same(one: &Contents, other: &Contents) -> bool {
    difference(one, other).is_none()
}

/// The first path in which two archives differ.
pub fn difference<'c>(one: &'c Contents, other: &'c Contents) -> Option<&'c str> {
    let missing = one.keys().find(|path| !other.contains_key(*path));
    let missing = missing.or_else(|| other.keys().find(|path| !one.contains_key(*path)));
    let differs = || one.iter().find(|(path, bytes)| !alike(path, bytes, &other[*path])).map(|(path, _)| path);
    missing.or_else(differs).map(String::as_str)
}

fn alike(path: &str, one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let (Some(one), Some(other)) = (text(one), text(other)) else { return false };
    path.ends_with("/Chart.yaml")
        && matches!((tree::parse(one), tree::parse(other)), (Ok(one), Ok(other)) if says_the_same(&one, &other))
}

/// In whatever order the keys stand and with whatever quotes: all that a chart says of itself is text to Helm.
fn says_the_same(one: &Node<'_>, other: &Node<'_>) -> bool {
    let (pairs, others) = (one.pairs(), other.pairs());
    if pairs.is_empty() {
        let (items, others) = (one.items(), other.items());
        let each = || items.iter().zip(others).all(|(one, other)| says_the_same(one, other));
        let text = || one.text().map_or_else(|| one.says(other), |text| other.text() == Some(text));
        return if items.is_empty() { text() } else { items.len() == others.len() && each() };
    }
    let found = |(key, value): &(Node<'_>, Node<'_>)| {
        others.iter().any(|(name, other)| name.says(key) && says_the_same(value, other))
    };
    pairs.len() == others.len() && pairs.iter().all(found)
}

struct Header {
    at: usize,
    name: String,
    size: usize,
    kind: u8,
}

fn headers(tar: &[u8]) -> Result<Vec<Header>> {
    let mut headers = Vec::new();
    let mut at = 0;
    while let Some(block) = tar.get(at..at + BLOCK) {
        if block.iter().all(|&byte| byte == 0) {
            return Ok(headers);
        }
        let size = text(&block[124..136]);
        let size = usize::from_str_radix(size.trim(), 8).map_err(|_| broken())?;
        let (prefix, name) = (text(&block[345..500]), text(&block[..100]));
        let is_ustar = block[257..].starts_with(b"ustar\0");
        let name = if is_ustar && !prefix.is_empty() { format!("{prefix}/{name}") } else { name };
        headers.push(Header { at, name, size, kind: block[156] });
        at = at.checked_add(BLOCK + size.div_ceil(BLOCK) * BLOCK).ok_or_else(broken)?;
    }
    Err(broken().into())
}

fn broken() -> Failure {
    Failure::world("the chart's archive is cut off, or is no archive").hint("whoever made it must make it again")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.split(|&byte| byte == 0).next().unwrap_or_default()).into_owned()
}

/// The path in the records of an extended header: `27 path=…\n`.
fn pax_path(data: &[u8]) -> Option<String> {
    let records = String::from_utf8_lossy(data).into_owned();
    records.lines().find_map(|line| line.split_once(" path=")).map(|(_, path)| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(files: &[(&str, &str)], time: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, data) in files {
            let mut header = [0_u8; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..136].copy_from_slice(format!("{:011o}\0", data.len()).as_bytes());
            header[136..148].copy_from_slice(format!("{time:011o}\0").as_bytes());
            header[156] = b'0';
            header[257..263].copy_from_slice(b"ustar\0");
            bytes.extend(header);
            bytes.extend(data.as_bytes());
            bytes.resize(bytes.len().div_ceil(BLOCK) * BLOCK, 0);
        }
        bytes.extend([0; 2 * BLOCK]);
        gzip::compress(bytes).unwrap()
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        let files = [("acme/Chart.yaml", "name: acme\n"), ("acme/values.yaml", &"x".repeat(600))];
        let (one, other) = (tar(&files, 1_000_000), tar(&files, 2_000_000));
        assert_ne!(one, other);
        let canonical = canonical(one.clone()).unwrap();
        assert_eq!(canonical, super::canonical(other).unwrap());
        assert_eq!(contents(canonical).unwrap(), contents(one).unwrap());
        assert_eq!(contents(tar(&files, 1)).unwrap()["acme/values.yaml"].len(), 600);
    }

    #[test]
    fn what_counts_is_what_a_chart_says() {
        let chart =
            |yaml: &str, values: &str| contents(tar(&[("a/Chart.yaml", yaml), ("a/values.yaml", values)], 1)).unwrap();
        let mine = chart("name: a\nkeywords:\n- x\n- y\n", "x: 1\n");
        assert!(same(&mine, &chart("keywords: [x, 'y']\nname: \"a\"\n", "x: 1\n")));
        assert_eq!(difference(&mine, &chart("name: a\nkeywords:\n- y\n- x\n", "x: 1\n")), Some("a/Chart.yaml"));
        assert_eq!(difference(&mine, &chart("name: a\nkeywords:\n- x\n- y\n", "x: 2\n")), Some("a/values.yaml"));
        assert_eq!(difference(&mine, &chart("name: a\nkeywords: []\n", "x: 1\n")), Some("a/Chart.yaml"));
        assert_eq!(difference(&mine, &contents(tar(&[("a/Chart.yaml", "")], 1)).unwrap()), Some("a/values.yaml"));
    }

    #[test]
    fn half_an_archive_is_none() {
        let whole = tar(&[("a", "text")], 1);
        for cut in [0, 10, whole.len() / 2, whole.len() - 1] {
            assert!(contents(whole[..cut].to_vec()).is_err(), "{cut}");
        }
        assert!(contents(gzip::compress(b"text".to_vec()).unwrap()).is_err());
        assert!(contents(gzip::compress(vec![1; 5000]).unwrap()).is_err());
    }
}
