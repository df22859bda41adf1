//! Which files of a commit are worth comparing.

use std::ops::Range;

use crate::plan::init::{skip, token};

use super::mask::Masked;

/// How much is to be learned from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// It has no version today, or none of the project's.
    Nothing,
    /// It is looked at in commits in which a version moved elsewhere: lock files, changelogs, files that a program
    /// writes.
    Beside,
    /// It is looked at in every commit.
    Much,
}

/// Folders that are other people's.
const FOREIGN: &[&str] =
    &["node_modules", "vendor", "vendored", "third_party", "third-party", ".yarn", "bower_components", "site-packages"];

/// Endings of programs: their numbers are seldom versions.
const CODE: &[&str] = &[
    "c", "cc", "cpp", "cs", "cxx", "dart", "ex", "exs", "go", "h", "hh", "hpp", "hs", "java", "jl", "js", "jsx", "kt",
    "lua", "m", "mjs", "ml", "mm", "php", "pl", "pm", "proto", "py", "pyi", "pyx", "r", "rb", "rs", "scala", "scss",
    "sh", "sql", "swift", "ts", "tsx", "vue", "zig",
];

/// Files that most projects of their kind have.
const KNOWN: &[&str] = &[
    "cargo.toml",
    "chart.yaml",
    "cmakelists.txt",
    "const.py",
    "directory.build.props",
    "gradle.properties",
    "package.json",
    "pom.xml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "__init__.py",
];

/// Larger files are looked at where a version moved elsewhere.
const LARGE: usize = 192 << 10;

/// Of a file that is there, `text` is what it says today; none where it is gone.
pub(super) fn worth(path: &str, text: Option<&str>, is_there: bool) -> Worth {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folders = path.strip_suffix(name).unwrap_or_default();
    if folders.split('/').any(|folder| FOREIGN.contains(&folder)) || skip::is_binary(path) {
        return Worth::Nothing;
    }
    let is_code = name.rsplit_once('.').is_some_and(|(_, ending)| CODE.contains(&ending));
    if let Some(text) = text {
        if skip::unreadable(text) || !states(text, is_code) {
            return Worth::Nothing;
        }
        if text.len() > LARGE {
            return Worth::Beside;
        }
    } else if is_there || (is_code && !names_a_version(name)) {
        return Worth::Nothing;
    }
    if skip::unread(path) { Worth::Beside } else { Worth::Much }
}

/// Is it a file in which projects state their versions, near the top of the tree?
pub fn is_known(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_lowercase();
    let deep = folders.split('/').count() > 3;
    !deep && (KNOWN.contains(&name.as_str()) || name.contains("version") || name.ends_with(".spec"))
}

/// Does the text state a version? Of a program only what can't be another number counts.
fn states(text: &str, is_code: bool) -> bool {
    text.lines().any(|line| {
        let Some(masked) = Masked::of(line.trim_end()) else { return false };
        !is_code || masked.spans.iter().any(|span| is_version(line, span)) || has_row(line, &masked.spans)
    })
}

/// Has the line three integers in a row, behind a name that makes them a version: `version( 3, 7, 0 )`?
fn has_row(line: &str, spans: &[Range<usize>]) -> bool {
    let integer = |span: &Range<usize>| line[span.clone()].bytes().all(|b| b.is_ascii_digit());
    let beside = |pair: &[Range<usize>]| [", ", ","].contains(&&line[pair[0].end..pair[1].start]);
    spans.windows(3).any(|three| three.iter().all(integer) && three.windows(2).all(beside))
}

/// `0.5` of a program is a number, and so are `127.0.0.1` and `version == 3`; `1.2.3` is a version.
fn is_version(line: &str, span: &Range<usize>) -> bool {
    let says = |words: &[&str]| {
        let line = line.to_lowercase();
        words.iter().any(|word| line.contains(word)) && !line.contains("licen")
    };
    let quoted = line[..span.start].ends_with(['"', '\'', 'v']);
    match token::numbers(&line[span.clone()]).len() {
        3 => true,
        1 => says(&["major", "minor", "patch", "micro", "build"]) || (quoted && says(&["version"])),
        _ => says(&["version"]),
    }
}

fn names_a_version(name: &str) -> bool {
    let name = name.to_lowercase();
    ["version", "setup", "about", "__init__", "const", "meta", "info", "package", "release", "build"]
        .iter()
        .any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: Option<&str>, want: Worth) {
        assert_eq!(worth(path, text, text.is_some()), want, "{path}");
    }

    #[test]
    fn what_is_worth_a_look() {
        check("charts/a/Chart.yaml", Some("version: 0.1.0\n"), Worth::Much);
        check("README.md", Some("no number\n"), Worth::Nothing);
        check("src/main.py", Some("x = 0.5\n"), Worth::Nothing);
        check("src/main.py", Some("__version__ = \"1.0\"\n"), Worth::Much);
        check("src/A.java", Some("// Licensed under the Apache License, Version 2.0\nversion == 3\n"), Worth::Nothing);
        check("src/const.py", Some("MAJOR_VERSION: Final = 2026\n"), Worth::Much);
        check("src/version.cpp", Some("Version version( 3, 7, 0, \"\", 0 );\n"), Worth::Much);
        check("src/const.py", Some("SUPERVISOR_VERSION = \"208\"\n"), Worth::Much);
        check("Cargo.lock", Some("version = \"1.0.0\"\n"), Worth::Beside);
        check("vendor/a/README.md", Some("version 1.0.0\n"), Worth::Nothing);
        check("tests/__snapshot__/a.snap", Some("chart: a-1.0.0\n"), Worth::Beside);
        check("logo.svg", Some("1.0.0\n"), Worth::Nothing);
        check("CHANGELOG.md", Some("## 1.0.0\n"), Worth::Beside);
        check("setup.py", None, Worth::Much);
        check("src/gone.py", None, Worth::Nothing);
    }
}
