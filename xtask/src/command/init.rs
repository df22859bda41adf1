//! `init`: proposes `release-config/release.toml` from what the repository shows.

use anyhow::Result;
use clap::ArgMatches;

use super::{CONFIG, Outcome, Place, past};
use crate::error::Failure;
use crate::plan::init::past::Past;
use crate::plan::init::{self, Facts, Proposal, Verdict};
use crate::tools::git::Git;
use crate::ui::Colour;
use crate::{config, fsx, resolve, world};

pub(super) fn run(place: &Place, arguments: &ArgMatches) -> Result<Outcome> {
    let git = Git::find(&place.start)?;
    let root = git.as_ref().map_or(&place.start, |git| &git.dir).clone();
    let file = root.join(CONFIG);
    let dry = arguments.get_flag("dry-run");
    if !dry && fsx::is_there(&file)? && !arguments.get_flag("force") {
        let message = format!("`{CONFIG}` is there already");
        return Err(Failure::usage(message).hint("`--force` replaces it, `--dry-run` prints the proposal").into());
    }
    let files = match &git {
        Some(git) => git.ls_files(&[])?.items,
        None => fsx::list_folder(&root)?.items,
    };
    let read = |path: &str| fsx::read_manifest(&root.join(path)).ok();
    let tags = git.as_ref().map_or_else(|| Ok(Vec::new()), Git::tags)?;
    let past = match &git {
        Some(git) => past::read(git, &tags, &files, &read)?,
        None => Past::default(),
    };
    let facts = Facts {
        name: root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        files,
        read: &read,
        tags: tags.into_iter().map(|tag| tag.name).collect(),
        past,
        branch: git.as_ref().and_then(|git| git.current_branch().ok().flatten()),
        siblings: Vec::new(),
    };
    if facts.files.is_empty() {
        return Err(Failure::usage("there is no tracked file to look at")
            .hint("`git add` the project's files first")
            .into());
    }
    let proposal = init::propose(&facts);
    resolve::resolve(config::parse(CONFIG, &proposal.toml)?)?;
    if dry {
        place.ui.data(&proposal.toml);
        return Ok(Outcome::Done);
    }
    show(place, &proposal);
    if !arguments.get_flag("yes") && !agreed(place)? {
        place.ui.say("nothing is written");
        return Ok(Outcome::Done);
    }
    fsx::create_folder(file.parent().unwrap_or(&root))?;
    if fsx::is_there(&file)? {
        let old = fsx::read_bytes(&file)?;
        fsx::replace_file(&file, &old, proposal.toml.as_bytes())?;
    } else {
        fsx::write_new(&file, proposal.toml.as_bytes())?;
    }
    place.ui.say(&format!("wrote {CONFIG}; `cargo xtask check` looks whether all places agree"));
    Ok(Outcome::Done)
}

/// The places in three groups: taken, unsure, left.
fn show(place: &Place, proposal: &Proposal) {
    let ui = place.ui;
    for (verdict, title, colour) in [
        (Verdict::Taken, "taken", Colour::Green),
        (Verdict::Unsure, "unsure: in the file as comments, for you to decide", Colour::Yellow),
        (Verdict::Left, "left alone", Colour::Cyan),
    ] {
        let rows: Vec<_> = proposal.rows.iter().filter(|row| row.verdict == verdict).collect();
        if rows.is_empty() {
            continue;
        }
        ui.say(&format!("{} ({})", ui.paint_talk(colour, title), rows.len()));
        for row in rows.iter().take(20) {
            let template = if row.template.is_empty() { String::new() } else { format!(" = \"{}\"", row.template) };
            ui.say(&format!("  {}  {}{template}  {}", row.path, row.locator, row.reason));
        }
        if rows.len() > 20 {
            ui.say(&format!("  … and {} more", rows.len() - 20));
        }
    }
}

fn agreed(place: &Place) -> Result<bool> {
    if !world::is_terminal_stdin() {
        let failure = Failure::usage("nobody is here to agree to the proposal");
        return Err(failure.hint("`--yes` writes it, `--dry-run` prints it").into());
    }
    place.ui.say(&format!("write {CONFIG}? [Y/n]"));
    // The end of input is no consent: only a line is.
    let answer = world::read_line()?;
    Ok(answer.ends_with('\n') && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}
