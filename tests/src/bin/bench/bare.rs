//! The least that a program must do: what the tool's times are held against.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Every file below a folder, in order.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads every file of a folder with so many threads; the number of bytes.
pub fn read(folder: &Path, threads: usize) -> Result<usize> {
    let files = files(folder)?;
    let read_all = |part: &[PathBuf]| part.iter().map(|path| std::fs::read(path).map_or(0, |bytes| bytes.len())).sum();
    if threads < 2 {
        return Ok(read_all(&files));
    }
    Ok(std::thread::scope(|scope| {
        let parts = files.chunks(files.len().div_ceil(threads).max(1));
        let all: Vec<_> = parts.map(|part| scope.spawn(move || read_all(part))).collect();
        all.into_iter().filter_map(|thread| thread.join().ok()).sum::<usize>()
    }))
}

/// Reads every file, replaces, writes beside and renames; with `sync`, the file system is synced once in between.
/// The number of files that changed.
pub fn replace(folder: &Path, old: &str, new: &str, sync: bool) -> Result<usize> {
    let mut changed = Vec::new();
    for path in files(folder)? {
        let text = std::fs::read_to_string(&path)?;
        if text.contains(old) {
            let beside = path.with_extension("beside");
            std::fs::write(&beside, text.replace(old, new))?;
            changed.push((beside, path));
        }
    }
    if sync {
        ensure!(Command::new("sync").arg("-f").arg(folder).status()?.success(), "`sync` failed");
    }
    for (beside, path) in &changed {
        std::fs::rename(beside, path)?;
    }
    Ok(changed.len())
}

/// How many lines differ between the files of two folders; files for which `skip` holds are not looked at.
pub fn lines_apart(one: &Path, other: &Path, skip: impl Fn(&Path) -> bool) -> Result<usize> {
    let mut apart = 0;
    for path in files(one)? {
        let name = path.strip_prefix(one)?;
        if skip(name) {
            continue;
        }
        let (left, right) = (std::fs::read_to_string(&path)?, std::fs::read_to_string(other.join(name))?);
        apart += left.lines().zip(right.lines()).filter(|(left, right)| left != right).count();
        apart += left.lines().count().abs_diff(right.lines().count());
    }
    Ok(apart)
}
