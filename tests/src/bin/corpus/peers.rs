//! The corpus in the words of other tools, as exact as they allow.
//!
//! Split parts are left out: not all of them can write these. cargo-release and tbump need every file by its name;
//! bump-my-version takes globs.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;

use super::shapes::SHAPES;
use super::{VERSION, Written, write};

/// Writes `Cargo.toml` (cargo-release), `tbump.toml` and `.bumpversion.toml` at the root.
pub fn write_configs(dir: &Path, files: &[Written]) -> Result<()> {
    write(&dir.join("src/lib.rs"), "")?;
    write(&dir.join(".gitignore"), "/target\n/Cargo.lock\n")?;
    write(&dir.join("Cargo.toml"), &cargo_release(files))?;
    write(&dir.join("tbump.toml"), &tbump(files))?;
    write(&dir.join(".bumpversion.toml"), &bump_my_version(files))
}

fn cargo_release(files: &[Written]) -> String {
    let mut text = format!(
        "[package]\nname = \"corpus\"\nversion = \"{VERSION}\"\nedition = \"2021\"\npublish = false\n\n[workspace]\n\n\
         [package.metadata.release]\npublish = false\npush = false\ntag = false\nverify = false\n"
    );
    for file in files {
        for search in file.shape.search {
            let (before, after) = search.split_once("@V").unwrap_or((search, ""));
            let written = format!("{}{{{{version}}}}{after}", before.trim_start_matches('^'));
            let search = format!("(?m){before}[0-9]+\\.[0-9]+\\.[0-9]+{after}");
            let _ = write!(
                text,
                "\n[[package.metadata.release.pre-release-replacements]]\nfile = '{}'\nsearch = '{search}'\n\
                 replace = '{written}'\nexactly = 1\n",
                file.path
            );
        }
    }
    text
}

fn tbump(files: &[Written]) -> String {
    let mut text = format!(
        "[version]\ncurrent = \"{VERSION}\"\nregex = '''(?P<major>\\d+)\\.(?P<minor>\\d+)\\.(?P<patch>\\d+)'''\n\n\
         [git]\nmessage_template = \"Bump to {{new_version}}\"\ntag_template = \"v{{new_version}}\"\n"
    );
    for file in files {
        for search in file.shape.search {
            let search = search.trim_start_matches('^').replace("@V", "{current_version}");
            let _ = write!(text, "\n[[file]]\nsrc = '{}'\nsearch = '{search}'\n", file.path);
        }
    }
    text
}

fn bump_my_version(files: &[Written]) -> String {
    let mut text = format!("[tool.bumpversion]\ncurrent_version = \"{VERSION}\"\ncommit = false\ntag = false\n");
    for shape in SHAPES.iter().take(files.len()) {
        for search in shape.search {
            let literal = search.trim_start_matches('^');
            let (old, new) = (literal.replace("@V", "{current_version}"), literal.replace("@V", "{new_version}"));
            let _ = write!(
                text,
                "\n[[tool.bumpversion.files]]\nglob = 'parts/*/*/{}'\nsearch = '{old}'\nreplace = '{new}'\n",
                shape.file
            );
        }
    }
    text
}
