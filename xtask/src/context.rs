//! Where a command runs: the folder, the project's root, its configuration, its repository, the day.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;
use clap::ArgMatches;

use crate::config;
use crate::error::{Exit, Failure};
use crate::resolve::{self, Project, Repo};
use crate::tools::git::Git;
use crate::ui::Ui;
use crate::version::Date;
use crate::{fsx, world};

/// Where the configuration is, from a project's root.
pub const CONFIG: &str = "release-config/release.toml";

fn today() -> Result<Date> {
    let (year, month, day) = world::today()?;
    let short = |number: u32| u8::try_from(number).ok();
    let date = u16::try_from(year).ok().zip(short(month)).zip(short(day));
    let date = date.and_then(|((year, month), day)| Date::new(year, month, day));
    Ok(date.ok_or_else(|| Failure::tool("the clock gives no date"))?)
}

/// Where the command was started, and what the command line says of it.
pub struct Place {
    /// The printer.
    pub ui: Ui,
    /// The folder in which it was started, or that of `-C`.
    pub start: PathBuf,
    /// `--config`, if it is given.
    pub config: Option<PathBuf>,
    /// The day, for dates and calendar versions.
    pub today: Date,
}

impl Place {
    /// Reads the options that every command has.
    pub fn read(ui: Ui, matches: &ArgMatches, arguments: &ArgMatches) -> Result<Self> {
        let given = |name: &str| {
            arguments.get_one::<String>(name).or_else(|| matches.get_one::<String>(name)).map(PathBuf::from)
        };
        let here = world::current_dir()?;
        let given_start = given("directory").map_or_else(|| here.clone(), |dir| here.join(dir));
        // What is above `x/..` is not `x`.
        if !fsx::is_folder(&given_start)? {
            let message = format!("`{}` is no folder", given_start.display());
            return Err(Failure::usage(message).hint("`-C` takes the folder of a project").into());
        }
        let start = given_start.canonicalize().map_err(|error| fsx::failed("look at", &given_start, &error))?;
        Ok(Self { ui, config: given("config").map(|file| start.join(file)), start, today: today()? })
    }

    /// The project's root: the folder above which `release-config/release.toml` stands, else the checkout.
    pub fn context(&self) -> Result<Context> {
        let config = match &self.config {
            Some(file) => file.clone(),
            None => find_config(&self.start)?,
        };
        let (root, git) = match (&self.config, config.ancestors().nth(2)) {
            (None, Some(root)) => (root.to_path_buf(), repository(root)?),
            _ => {
                let git = Git::find(&self.start)?;
                (git.as_ref().map_or_else(|| self.start.clone(), |git| git.dir.clone()), git)
            }
        };
        let shown = config.strip_prefix(&root).unwrap_or(&config).display().to_string();
        Ok(Context { ui: self.ui, root, config, shown, git, today: self.today })
    }
}

/// The nearest configuration in a folder or above it.
fn find_config(start: &Path) -> Result<PathBuf> {
    for file in start.ancestors().map(|dir| dir.join(CONFIG)) {
        if fsx::is_there(&file)? {
            return Ok(file);
        }
    }
    Err(Failure::usage(format!("no `{CONFIG}` in `{}` or above", start.display()))
        .hint("`cargo xtask init` proposes one")
        .into())
}

/// A project: its root, its configuration, its repository.
pub struct Context {
    /// The printer.
    pub ui: Ui,
    /// The folder that paths count from.
    pub root: PathBuf,
    /// The configuration's file.
    pub config: PathBuf,
    /// The same, as messages name it.
    pub shown: String,
    /// This repository; `None` where there is none.
    pub git: Option<Git>,
    /// The day.
    pub today: Date,
}

impl Context {
    /// What leaves the machine wants a person's word. An error where nobody is here to give it; `hint` says how to
    /// agree then.
    pub fn agree(&self, to: &str, question: &str, hint: &str) -> Result<bool> {
        if !world::is_terminal_stdin() {
            return Err(Failure::usage(format!("nobody is here to agree to {to}")).hint(hint).into());
        }
        self.ui.ask(&format!("{question} [y/N] "));
        let agreed = matches!(world::read_line()?.trim(), "y" | "Y" | "yes" | "Yes");
        if !agreed {
            self.ui.say("nothing was done");
        }
        Ok(agreed)
    }

    /// Reads and resolves the configuration as it is in the work tree.
    pub fn project(&self) -> Result<Project> {
        self.parse(&self.read()?)
    }

    /// The same for who tells its lighter mistakes with what else is wrong: [`Project::mistakes`].
    pub fn project_with_mistakes(&self) -> Result<Project> {
        Ok(resolve::look_up(config::parse(&self.shown, &self.read()?)?)?)
    }

    fn read(&self) -> Result<String> {
        fsx::read_manifest(&self.config).map_err(|error| match error.downcast::<Failure>() {
            // The system's fault, not the configuration's.
            Ok(failure) if failure.exit == Exit::Tool => failure.into(),
            Ok(failure) => {
                let there = self.config.symlink_metadata().is_ok();
                let hint =
                    if there { "the configuration is a TOML file in UTF-8" } else { "`cargo xtask init` proposes one" };
                Failure { exit: Exit::Usage, ..failure }.hint(hint).into()
            }
            Err(error) => error,
        })
    }

    /// Resolves a configuration that was read from somewhere else.
    pub fn parse(&self, text: &str) -> Result<Project> {
        Ok(resolve::resolve(config::parse(&self.shown, text)?)?)
    }

    /// Where the checkout of a repository is, without the `..` on the way to it.
    pub fn checkout(&self, repo: &Repo) -> PathBuf {
        let mut path = self.root.clone();
        for part in repo.path.components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                part => path.push(part),
            }
        }
        path
    }

    /// This repository, for what can't be done without one.
    pub fn git(&self) -> Result<&Git> {
        Ok(self.git.as_ref().ok_or_else(|| no_repository(&self.root))?)
    }
}

/// The repository whose top a folder is; `None` where there is no repository.
///
/// git's paths count from the top, so a folder further down is refused: its paths would mean other files.
pub(crate) fn repository(folder: &Path) -> Result<Option<Git>> {
    let Some(git) = Git::find(folder)? else { return Ok(None) };
    if git.bare || folder.canonicalize().is_ok_and(|folder| folder != git.dir) {
        let message = format!("`{}` isn't the top of the work tree of `{}`", folder.display(), git.dir.display());
        let hint =
            "paths count from the top of a repository: put `release-config` there, or name the top in `[repo.*]`";
        return Err(Failure::usage(message).hint(hint).into());
    }
    Ok(Some(git))
}

/// Refuses what can't be done without a repository.
pub(crate) fn no_repository(folder: &Path) -> Failure {
    Failure::usage(format!("`{}` is in no git repository", folder.display())).hint("`git init` makes one")
}
