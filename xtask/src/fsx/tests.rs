//! Every kind of bad file has its own refusal, and no byte is changed.
#![allow(clippy::disallowed_methods, reason = "the tests play the user")]

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use super::scratch::Scratch;
use super::*;
use crate::error::{Exit, Failure};

#[track_caller]
fn refused(result: anyhow::Result<impl std::fmt::Debug>, text: &str) {
    let error = result.unwrap_err();
    let failure = error.downcast_ref::<Failure>().unwrap();
    assert!(failure.message.contains(text), "{}", failure.message);
    assert!(failure.hint.is_some() && failure.exit == Exit::World, "{failure:?}");
}

#[test]
fn a_manifest_is_read_as_it_is() {
    let scratch = Scratch::new();
    for text in ["", "\u{feff}a: 1\r\nb: 2\r", "é".repeat(100_000).as_str()] {
        assert_eq!(read_manifest(&scratch.file("a", text)).unwrap(), text);
    }
}

#[test]
fn what_is_no_manifest_is_refused() {
    let scratch = Scratch::new();
    let path = |name: &str| scratch.path().join(name);
    refused(read_manifest(&path("missing")), "missing` doesn't exist");
    refused(read_manifest(scratch.path()), "is a folder, not a file");
    refused(read_manifest(&scratch.file("plain", "").join("below")), "a part of the path is a file");
    symlink("/etc/passwd", path("link")).unwrap();
    refused(read_manifest(&path("link")), "link` is a symlink to `/etc/passwd`");
    symlink("gone", path("dangling")).unwrap();
    refused(read_manifest(&path("dangling")), "is a symlink to `gone`");
    let _listener = UnixListener::bind(path("socket")).unwrap();
    refused(read_manifest(&path("socket")), "is a socket, not a file");
    refused(read_manifest(Path::new("/dev/zero")), "is a device, not a file");
    refused(read_manifest(&scratch.file("binary", b"\x7fELF\0\0")), "a NUL byte at offset 4");
    refused(read_manifest(&scratch.file("wide", b"\xff\xfea\0")), "is UTF-16");
    refused(read_manifest(&scratch.file("latin", b"name: caf\xe9\n")), "not UTF-8: byte `0xe9` at offset 9");
    let huge = std::fs::OpenOptions::new().write(true).create_new(true).open(path("huge")).unwrap();
    huge.set_len(100 << 20).unwrap();
    refused(read_manifest(&path("huge")), "has 100 MiB; a manifest has at most 64 MiB");
}

#[test]
fn a_hostile_name_stays_on_its_line() {
    refused(read_manifest(Path::new("/nowhere/a\n\u{1b}[31mb")), "`/nowhere/a\\n\\u{1b}[31mb` doesn't exist");
}

#[test]
fn a_folder_without_an_index() {
    let scratch = Scratch::new();
    for name in ["b/c", "a.d", "a/b", ".git/config", "x/.git", "release-config/.lockstep/lock", ".github/x.yml"] {
        scratch.file(name, "");
    }
    scratch.file(std::ffi::OsStr::from_bytes(b"caf\xe9").to_string_lossy().as_ref(), "");
    let odd = scratch.path().join(std::ffi::OsStr::from_bytes(b"bad\xff"));
    std::fs::create_dir(&odd).unwrap();
    std::fs::hard_link(scratch.path().join("a/b"), odd.join("y")).unwrap();
    symlink("a", scratch.path().join("z")).unwrap();
    let listing = list_folder(scratch.path()).unwrap();
    assert_eq!(listing.items, [".github/x.yml", "a.d", "a/b", "b/c", "caf\u{fffd}", "z"]);
    assert_eq!(listing.skipped, ["bad\u{fffd}/y"]);
    refused_listing(&scratch.path().join("missing"));
}

#[track_caller]
fn refused_listing(path: &Path) {
    let error = list_folder(path).unwrap_err().to_string();
    assert!(error.contains("cannot list `") && error.contains("missing"), "{error}");
}

#[test]
fn a_replaced_file_keeps_its_mode_and_owner() {
    let scratch = Scratch::new();
    for mode in [0o644, 0o755, 0o600, 0o666, 0o777, 0o2755] {
        let path = scratch.file("run", "old");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let before = std::fs::metadata(&path).unwrap();
        replace_file(&path, b"old", b"new").unwrap();
        let after = std::fs::metadata(&path).unwrap();
        assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
        assert_eq!(scratch.contents(""), [("run".to_owned(), "new".to_owned())]);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn root_gives_the_file_back_to_its_owner() {
    let scratch = Scratch::new();
    let path = scratch.file("theirs", "old");
    if std::os::unix::fs::chown(&path, Some(1234), Some(4321)).is_err() {
        return;
    }
    replace_file(&path, b"old", b"new").unwrap();
    let meta = std::fs::metadata(&path).unwrap();
    assert_eq!((meta.uid(), meta.gid()), (1234, 4321));
}

#[test]
fn what_a_rename_would_break_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.file("a", "theirs");
    refused(replace_file(&path, b"old", b"new"), "was changed by someone else");
    std::fs::hard_link(&path, scratch.path().join("b")).unwrap();
    refused(replace_file(&path, b"theirs", b"new"), "has 2 hard links");
    std::fs::remove_file(scratch.path().join("b")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
    refused(replace_file(&path, b"theirs", b"new"), "is read-only");
    symlink("a", scratch.path().join("link")).unwrap();
    refused(replace_file(&scratch.path().join("link"), b"theirs", b"new"), "is a symlink to `a`");
    refused(write_new(&path, b"new"), "exists already");
    refused(write_new(&scratch.path().join("link"), b"new"), "exists already");
    refused(remove_file(&path, b"ours"), "was changed by someone else");
    assert_eq!(scratch.contents(""), [("a".to_owned(), "theirs".to_owned())]);
}

#[test]
fn a_new_file_brings_its_folders() {
    let scratch = Scratch::new();
    let path = scratch.path().join("release-config/checklists/x.md");
    write_new(&path, b"- [ ]").unwrap();
    let hook = scratch.path().join("hooks/pre-commit");
    write_program(&hook, b"#!/bin/sh\n").unwrap();
    assert_eq!(std::fs::metadata(&hook).unwrap().mode() & 0o100, 0o100);
    assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o111, 0);
    remove_file(&hook, b"#!/bin/sh\n").unwrap();
    assert_eq!(scratch.contents(""), [("release-config/checklists/x.md".to_owned(), "- [ ]".to_owned())]);
}

#[test]
fn a_failure_names_path_and_cause() {
    let causes = [
        (28, "no space left on device"),
        (5, "input/output error"),
        (30, "read-only file system"),
        (13, "permission denied"),
        (24, "too many open files"),
    ];
    for (number, cause) in causes {
        let error = failed("write", Path::new("/a/b"), &io::Error::from_raw_os_error(number));
        assert_eq!(error.to_string(), format!("cannot write `/a/b`: {cause}"));
        let failure = error.downcast_ref::<Failure>().unwrap();
        assert!(failure.exit == Exit::Tool && failure.hint.is_some());
    }
}
