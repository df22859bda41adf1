//! Files in which no version of the project is to be looked for.

/// Folders of other people's files, of generated ones, and of texts that are frozen.
const FOLDERS: &[&str] = &[
    "node_modules",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "dist",
    "target",
    ".git",
    ".yarn",
    "bower_components",
    "site-packages",
    "testdata",
    "fixtures",
    "fixture",
    "__snapshots__",
    "snapshots",
    "golden",
    "release-config",
];

/// Files of history: what they say was true then. Compared with the name before its first dot, in lower case.
const HISTORY: &[&str] = &[
    "changelog",
    "changes",
    "history",
    "news",
    "releases",
    "release-notes",
    "release_notes",
    "relnotes",
    "upgrading",
    "migration",
    "migrating",
    "lts-releases",
];

/// Folders whose files are each about one release.
const HISTORY_FOLDERS: &[&str] =
    &["releases", "changelog", "changelogs", "changes", "newsfragments", "release-notes", "release_notes"];

/// Lock files: only the entries of the project's own packages are looked at, and those by name.
const LOCKS: &[&str] = &[
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "pdm.lock",
    "composer.lock",
    "Gemfile.lock",
    "go.sum",
    "Chart.lock",
    "requirements.lock",
    "flake.lock",
    "mix.lock",
    "bun.lock",
];

/// Manifests in which most numbers are other packages'.
const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "pyproject.toml",
    "package.json",
    "setup.py",
    "setup.cfg",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "libs.versions.toml",
    "composer.json",
    "Directory.Packages.props",
];

/// Files that only name what others released.
const DEPENDENCIES: &[&str] =
    &["go.mod", "Pipfile", "Gemfile", "package_constraints.txt", "constraints.txt", ".tool-versions", ".nvmrc"];

/// Endings of texts that a program wrote: nobody looks for a number in them, but one may move with each release.
const WRITTEN: &[&str] = &["snap", "min.js", "min.css"];

/// Endings of files that are no text, or that a program wrote as data.
const ENDINGS: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "ico",
    "svg",
    "webp",
    "pdf",
    "zip",
    "gz",
    "tgz",
    "xz",
    "bz2",
    "zst",
    "jar",
    "whl",
    "woff",
    "woff2",
    "ttf",
    "eot",
    "mp4",
    "webm",
    "so",
    "dll",
    "exe",
    "bin",
    "wasm",
    "db",
    "sqlite",
    "map",
    "ipynb",
    "patch",
    "diff",
    "sum",
    "csv",
    "parquet",
    "excalidraw",
    "drawio",
];

/// Larger files are data.
const LIMIT: usize = 1 << 20;

/// The same for lock files, of which a few entries are looked at.
const LOCK_LIMIT: usize = 4 << 20;

/// Is the path in a folder of other people's or generated files?
pub(super) fn foreign(path: &str) -> bool {
    let Some((folders, _)) = path.rsplit_once('/') else { return false };
    folders.split('/').any(|folder| FOLDERS.contains(&folder))
}

/// Is the path in a folder of texts that a test compares with what a program prints?
pub(super) fn golden(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let names = ["golden", "goldens", "__snapshots__", "snapshots", "testdata"];
    path.ends_with(".golden") || path.ends_with(".snap") || folders.split('/').any(|folder| names.contains(&folder))
}

/// Are the numbers in this file mostly those of other packages?
pub(super) fn names_dependencies(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let requirements = name.contains("requirements") && (name.ends_with(".txt") || name.ends_with(".in"));
    let listed = [LOCKS, DEPENDENCIES, MANIFESTS].iter().any(|list| list.contains(&name));
    listed || requirements || name.ends_with(".sum") || name.ends_with(".mod") || path.starts_with(".github/workflows/")
}

/// Does a program write in it which packages it found?
pub(super) fn is_lock(path: &str) -> bool {
    LOCKS.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// Is it a test's, an example's or a benchmark's file? Its numbers are made up as often as not.
pub(super) fn rehearsal(path: &str) -> bool {
    let names = ["example", "examples", "e2e", "benchmarks", "benches", "spec"];
    path.rsplit_once('/').is_some_and(|(folders, _)| {
        folders.split('/').any(|folder| names.contains(&folder) || folder.starts_with("test"))
    })
}

/// Is the path not worth reading for mentions?
pub(super) fn unread(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let requirements = name.starts_with("requirements") && name.ends_with(".txt");
    foreign(path)
        || requirements
        || LOCKS.contains(&name)
        || DEPENDENCIES.contains(&name)
        || is_history(path)
        || is_binary(path)
        || ends(path, WRITTEN)
}

/// Does the file tell of past releases?
pub(super) fn is_history(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or(name).to_lowercase();
    HISTORY.contains(&stem.as_str())
        || folders.split('/').any(|folder| HISTORY_FOLDERS.contains(&folder.to_lowercase().as_str()))
}

/// Is it no text, or data that a program writes?
pub(super) fn is_binary(path: &str) -> bool {
    ends(path, ENDINGS) && !ends(path, WRITTEN)
}

fn ends(path: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| path.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.')))
}

/// As [`unreadable`], for places that are known by name: of a lock file the size says little.
pub(super) fn unreadable_at(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if LOCKS.contains(&name) { text.len() > LOCK_LIMIT || text.contains('\0') } else { unreadable(text) }
}

/// Is the text too large, or no text?
pub(super) fn unreadable(text: &str) -> bool {
    text.len() > LIMIT || text.contains('\0')
}
