//! Whether the parts of an image are for the platforms that they say they are for.
//!
//! BuildKit writes the platform that was asked for into a part, whatever is in it: a Dockerfile that ignores it makes
//! the same files for all. So parts with equal layers are looked into: the programs in them say what runs them.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Result;

use crate::error::Failure;
use crate::json::Json;

const BLOCK: usize = 512;
/// So much of a program's head says what it is for.
const HEAD: usize = 20;

/// What a machine's programs are marked with, and how a platform calls it.
const MACHINES: [(u16, &str); 8] = [
    (3, "386"),
    (62, "amd64"),
    (40, "arm"),
    (183, "arm64"),
    (21, "ppc64le"),
    (22, "s390x"),
    (243, "riscv64"),
    (258, "loong64"),
];

/// The first program found for each machine.
pub(super) type Programs = BTreeMap<String, String>;

/// What the configurations of an image say of one platform.
pub(super) struct Part {
    pub platform: String,
    pub layers: Vec<String>,
}

/// The parts of an image, from what `{{json .Image}}` prints of its index; a part that says another platform than its
/// index is an error.
pub(super) fn parts(image: &Json, platforms: &[String]) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    for platform in platforms {
        let Some(config) = image.get(platform) else { continue };
        let words: Vec<&str> = platform.split('/').collect();
        let says = ["os", "architecture"].map(|key| config.get(key).and_then(Json::text).unwrap_or_default());
        if words[..2.min(words.len())] != says[..] {
            let message = format!("the part of the image for `{platform}` says that it is for `{}`", says.join("/"));
            return Err(Failure::world(message).hint("look at the `FROM` lines of its Dockerfile"));
        }
        let layers = config.get("rootfs").and_then(|rootfs| rootfs.get("diff_ids")).and_then(Json::items);
        let layers = layers.unwrap_or_default().iter().filter_map(Json::text).map(str::to_owned).collect();
        parts.push(Part { platform: platform.clone(), layers });
    }
    Ok(parts)
}

/// The platforms whose parts hold the same, by twos and more.
pub(super) fn twins(parts: Vec<Part>) -> Vec<Vec<String>> {
    let mut same: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for part in parts.into_iter().filter(|part| !part.layers.is_empty()) {
        same.entry(part.layers).or_default().push(part.platform);
    }
    same.into_values().filter(|platforms| platforms.len() > 1).collect()
}

/// The platform that none of these programs is for, though there are programs.
pub(super) fn foreign<'p>(platforms: &'p [String], programs: &Programs) -> Option<&'p String> {
    let runs = |platform: &str| {
        let own = platform.split('/').nth(1).unwrap_or_default();
        // 64 bits run 32 there.
        programs.contains_key(own) || (own == "amd64" && programs.contains_key("386"))
    };
    platforms.iter().find(|platform| !programs.is_empty() && !runs(platform))
}

/// The programs in a tar archive, which is read to its end.
pub(super) fn programs(tar: &mut dyn Read) -> Result<Programs> {
    let mut programs = Programs::new();
    let mut header = [0; BLOCK];
    while fill(tar, &mut header)? == BLOCK {
        let size = size(&header[124..136]);
        let kind = header[156];
        let mut head = [0; HEAD];
        let wanted = HEAD.min(usize::try_from(size).unwrap_or(HEAD));
        let read = fill(tar, &mut head[..wanted])? as u64;
        let whole = size.div_ceil(BLOCK as u64) * BLOCK as u64;
        std::io::copy(&mut tar.take(whole.saturating_sub(read)), &mut std::io::sink())?;
        if matches!(kind, b'0' | 0)
            && let Some(machine) = machine(&head)
        {
            programs.entry(machine).or_insert_with(|| name(&header));
        }
    }
    Ok(programs)
}

fn name(header: &[u8; BLOCK]) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    let prefix = if &header[257..262] == b"ustar" { text(&header[345..500]) } else { String::new() };
    format!("{prefix}/{}", text(&header[..100]).trim_start_matches("./")).trim_start_matches('/').to_owned()
}

/// Octal digits; from 8 GiB on, bytes.
fn size(field: &[u8]) -> u64 {
    if field[0] & 0x80 != 0 {
        return field[4..].iter().fold(0, |size, &byte| size << 8 | u64::from(byte));
    }
    field.iter().filter(|byte| (b'0'..=b'7').contains(byte)).fold(0, |size, &byte| size << 3 | u64::from(byte - b'0'))
}

/// What runs a file, if it is a program of ELF's form.
fn machine(head: &[u8; HEAD]) -> Option<String> {
    if !head.starts_with(b"\x7fELF") {
        return None;
    }
    let bytes = [head[18], head[19]];
    let number = if head[5] == 2 { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
    let known = MACHINES.iter().find(|(machine, _)| *machine == number);
    Some(known.map_or_else(|| format!("machine {number}"), |(_, name)| (*name).to_owned()))
}

/// Reads until the buffer is full, or there is no more.
fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, bytes) in files {
            let mut header = [0; BLOCK];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
            header[156] = b'0';
            tar.extend(header);
            tar.extend(*bytes);
            tar.resize(tar.len().next_multiple_of(BLOCK), 0);
        }
        tar.extend([0; 2 * BLOCK]);
        tar
    }

    fn program(machine: u16) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(18, 0);
        bytes.extend(machine.to_le_bytes());
        bytes.resize(700, 1);
        bytes
    }

    #[test]
    fn programs_say_what_runs_them() {
        let tar =
            tar(&[("etc/motd", b"hi"), ("empty", b""), ("usr/bin/app", &program(62)), ("lib/x.so", &program(62))]);
        let found = programs(&mut &tar[..]).unwrap();
        assert_eq!(found, Programs::from([("amd64".to_owned(), "usr/bin/app".to_owned())]));
        let platforms = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(foreign(&platforms(&["linux/amd64", "linux/arm64"]), &found), Some(&"linux/arm64".to_owned()));
        assert_eq!(foreign(&platforms(&["linux/amd64"]), &found), None);
        assert_eq!(foreign(&platforms(&["linux/amd64", "linux/arm64"]), &Programs::new()), None);
        let small = Programs::from([("386".to_owned(), "app".to_owned())]);
        assert_eq!(foreign(&platforms(&["linux/386", "linux/amd64"]), &small), None);
        let arm = Programs::from([("arm".to_owned(), "app".to_owned())]);
        assert_eq!(foreign(&platforms(&["linux/arm/v6", "linux/arm/v7"]), &arm), None);
    }

    #[test]
    fn parts_with_equal_layers_are_twins() {
        let part = |arch: &str, layer: &str| {
            format!(r#""linux/{arch}":{{"os":"linux","architecture":"{arch}","rootfs":{{"diff_ids":["{layer}"]}}}}"#)
        };
        let text = format!("{{{},{},{}}}", part("amd64", "a"), part("arm64", "b"), part("s390x", "a"));
        let platforms = ["linux/amd64", "linux/arm64", "linux/s390x"].map(str::to_owned);
        let parts = parts(&Json::parse(&text).unwrap(), &platforms).unwrap();
        assert_eq!(twins(parts), [["linux/amd64", "linux/s390x"].map(str::to_owned).to_vec()]);
        let wrong = Json::parse(r#"{"linux/arm64":{"os":"linux","architecture":"amd64"}}"#).unwrap();
        assert!(super::parts(&wrong, &platforms).is_err());
    }
}
