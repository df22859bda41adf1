//! What a remote's URL means.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use crate::error::Failure;
use crate::fsx::shown;

/// What git is given: a path counts from the project's root, anything else is as it is written.
pub(super) fn address(root: &Path, url: &str) -> Result<String> {
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
pub(super) fn is_path(url: &str) -> bool {
    !url.contains("://") && url.find(':').is_none_or(|colon| url.find('/').is_some_and(|slash| slash < colon))
}
