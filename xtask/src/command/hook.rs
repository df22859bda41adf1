//! `hook`: the check before each commit. It reads the index, never the work tree, and starts a built binary.

use std::path::PathBuf;

use anyhow::Result;
use clap::ArgMatches;

use super::{CONFIG, Context, Outcome, Place, no_repository};
use crate::error::Failure;
use crate::report::Form;
use crate::resolve::Project;
use crate::survey::Source;
use crate::tools::git::Git;
use crate::{fsx, world};

/// The line by which a hook of ours is known.
const MARK: &str = "# lockstep: the check before each commit; `cargo xtask hook remove` takes it out";

pub(super) fn run(place: &Place, arguments: &ArgMatches) -> Result<Outcome> {
    match arguments.subcommand() {
        Some(("install", arguments)) => install(place, arguments.get_flag("strict")),
        Some(("remove", _)) => remove(place),
        _ => check(place),
    }
}

/// Checks what is staged, if anything is that the manifests name.
fn check(place: &Place) -> Result<Outcome> {
    let context = place.context()?;
    let Some(text) = Source::Index.config(&context)? else {
        place.ui.say(&format!("`{}` isn't in the index: there is nothing to check", context.shown));
        return Ok(Outcome::Done);
    };
    let project = context.parse(&text)?;
    let staged = context.git()?.clone().with_hook_index()?.staged_paths()?;
    if !staged.iter().any(|path| path == CONFIG || is_manifest(&project, path)) {
        return Ok(Outcome::Done);
    }
    let outcome = super::check::look(&context, &project, &Source::Index, Form::Text, super::check::Also::default())?;
    if outcome != Outcome::Done {
        place.ui.warn("the hook refuses this commit; `git commit --no-verify` makes it all the same");
    }
    Ok(outcome)
}

fn is_manifest(project: &Project, path: &str) -> bool {
    let here = project.manifests.iter().filter(|manifest| manifest.repo == 0);
    here.flat_map(|manifest| &manifest.paths).any(|(glob, _)| glob.is_match(path))
}

fn install(place: &Place, strict: bool) -> Result<Outcome> {
    let context = place.context()?;
    let file = hook_file(&context)?;
    let script = script(&context, strict)?;
    let (git, folder) = (context.git()?, file.parent().unwrap_or(&file));
    let ours = [&git.dir, &git.common_dir].into_iter().any(|own| folder.starts_with(own));
    if !ours || folder.components().any(|part| part == std::path::Component::ParentDir) {
        let message = format!("git runs the hooks of `{}`, which is outside of this repository", folder.display());
        let hint =
            format!("add this line to the hook there, or unset `core.hooksPath`: {} hook run", binary(&context)?);
        return Err(Failure::world(message).hint(hint).into());
    }
    match fsx::read_manifest(&file) {
        Ok(old) if old == script => {}
        Ok(old) if old.contains(MARK) => fsx::replace_file(&file, old.as_bytes(), script.as_bytes())?,
        Ok(_) => {
            let message = format!("`{}` is a hook already, and not one of ours", file.display());
            let hint = format!("add this line to it: {} hook run", binary(&context)?);
            return Err(Failure::world(message).hint(hint).into());
        }
        Err(_) => {
            fsx::create_folder(file.parent().unwrap_or(&context.root))?;
            fsx::write_program(&file, script.as_bytes())?;
        }
    }
    place.ui.say(&format!("installed {}: commits are checked from now on", file.display()));
    Ok(Outcome::Done)
}

fn remove(place: &Place) -> Result<Outcome> {
    let git = Git::find(&place.start)?.ok_or_else(|| no_repository(&place.start))?;
    let file = git.hooks_dir()?.join("pre-commit");
    match fsx::read_manifest(&file) {
        Ok(text) if text.contains(MARK) => {
            fsx::remove_file(&file, text.as_bytes())?;
            place.ui.say(&format!("removed {}", file.display()));
        }
        Ok(_) => {
            let message = format!("`{}` isn't one of ours", file.display());
            return Err(Failure::world(message).hint("take the line `… hook run` out of it by hand").into());
        }
        Err(_) if !fsx::is_there(&file)? => place.ui.say("there is no hook to remove"),
        Err(error) => return Err(error),
    }
    Ok(Outcome::Done)
}

fn hook_file(context: &Context) -> Result<PathBuf> {
    Ok(context.git()?.hooks_dir()?.join("pre-commit"))
}

/// The binary that runs now, from the project's root where it lies in the project.
fn binary(context: &Context) -> Result<String> {
    let path = world::current_exe()?;
    let shown = path.strip_prefix(&context.root).unwrap_or(&path).to_string_lossy().into_owned();
    if shown.contains('\'') {
        let message = format!("the path `{shown}` holds a quote, which a hook can't name");
        return Err(Failure::usage(message).hint("set CARGO_TARGET_DIR to a plainer path").into());
    }
    Ok(shown)
}

/// The hook. It starts the built binary; cargo is called only when the copied sources are newer than it.
fn script(context: &Context, strict: bool) -> Result<String> {
    let binary = binary(context)?;
    let (end, otherwise) = if strict {
        ("so this commit's versions can't be checked; install Rust, or commit with --no-verify", 1)
    } else {
        ("so this commit's versions are unchecked; CI checks them", 0)
    };
    Ok(format!(
        r#"#!/bin/sh
{MARK}
bin='{binary}'
pass() {{ echo "lockstep: $1, {end}" >&2; exit {otherwise}; }}
if [ ! -x "$bin" ] || {{ [ -d xtask/src ] && [ -n "$(find xtask/src xtask/Cargo.toml -newer "$bin" -print -quit)" ]; }}; then
  command -v cargo >/dev/null 2>&1 || pass "there is no cargo here"
  cargo build --quiet --package xtask || pass "xtask doesn't build"
  [ -x "$bin" ] || pass "$bin isn't where it was built"
  touch "$bin"
fi
exec "$bin" hook run
"#
    ))
}
