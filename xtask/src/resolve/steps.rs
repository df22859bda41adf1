//! `[command.NAME]`, `[checklist.NAME]` and `[process.NAME]`: the project's own steps, and the order of all of them.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use super::release::{Checklist, CommandPlace, CommandRule, Process, When};
use super::resolver::Resolver;
use super::{Repo, own_label};
use crate::config::{Spanned, Table, nearest};
use crate::template::Template;

/// The tool's own steps, in the default order.
pub const BUILTINS: &[&str] = &[
    "claim",
    "login",
    "builder",
    "changelog",
    "commit",
    "tag",
    "package",
    "push",
    "pull-request",
    "merge",
    "push-tag",
    "build",
    "image",
    "draft",
    "assets",
    "name",
    "publish",
    "channel",
    "pages",
    "oci",
];

/// Those that there are once for each repository: `charts/push` is one of them, `push` is all.
pub const IN_REPOS: &[&str] =
    &["commit", "tag", "push", "pull-request", "merge", "push-tag", "package", "pages", "oci"];

/// Those of them that only this repository has.
const OWN: &[&str] = &["pull-request", "merge", "push-tag"];

/// What must be done before what: a pair counts within one repository.
const NEEDS: &[(&str, &str)] = &[
    ("changelog", "commit"),
    ("commit", "tag"),
    ("commit", "package"),
    ("commit", "push"),
    ("tag", "push"),
    ("push", "pull-request"),
    ("pull-request", "merge"),
    ("merge", "tag"),
    ("merge", "build"),
    ("merge", "push-tag"),
    ("tag", "push-tag"),
    ("push-tag", "publish"),
    ("package", "push"),
    ("package", "pages"),
    ("package", "oci"),
    ("builder", "build"),
    ("build", "name"),
    ("name", "channel"),
    ("draft", "assets"),
    ("assets", "publish"),
];

/// How long a command may take, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// A step as a process names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepWord {
    /// One of [`BUILTINS`]: in one repository if one is named, else wherever there is something to do.
    Builtin(&'static str, Option<usize>),
    /// Index into [`super::release::Release::commands`].
    Command(usize),
    /// Index into [`super::release::Release::checklists`].
    Checklist(usize),
}

/// What the steps of a process can name.
pub(super) struct Known<'k> {
    pub(super) project: Option<&'k str>,
    pub(super) repos: &'k [Repo],
    pub(super) commands: &'k [CommandRule],
    pub(super) checklists: &'k [Checklist],
}

impl Known<'_> {
    /// The repository with this label; `app` is this one, unless another one is called so.
    fn repo(&self, label: &str) -> Option<usize> {
        let other = self.repos.iter().skip(1).position(|repo| repo.name == label).map(|index| index + 1);
        other.or_else(|| (label == "app" || label == own_label(self.project)).then_some(0))
    }

    /// The name as the ids of steps have it: `app` is written for this repository whatever it is called.
    fn id(&self, written: &str) -> String {
        match written.split_once('/') {
            Some((label, name)) if self.repo(label) == Some(0) => format!("{}/{name}", own_label(self.project)),
            _ => written.to_owned(),
        }
    }

    /// Reads a step's name.
    pub(super) fn step(&self, written: &str) -> Option<StepWord> {
        let builtin = |names: &'static [&'static str], name: &str| names.iter().copied().find(|known| *known == name);
        match written.split_once('/') {
            None => Some(StepWord::Builtin(builtin(BUILTINS, written)?, None)),
            Some(("command", name)) => {
                self.commands.iter().position(|command| command.name == name).map(StepWord::Command)
            }
            Some(("checklist", name)) => {
                self.checklists.iter().position(|list| list.name == name).map(StepWord::Checklist)
            }
            Some((label, name)) => Some(StepWord::Builtin(builtin(IN_REPOS, name)?, Some(self.repo(label)?))),
        }
    }

    /// Every name that a step can have.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = BUILTINS.iter().map(|&name| name.to_owned()).collect();
        names.extend(self.commands.iter().map(|command| format!("command/{}", command.name)));
        names.extend(self.checklists.iter().map(|list| format!("checklist/{}", list.name)));
        let labels = std::iter::once(own_label(self.project)).chain(self.repos.iter().skip(1).map(|repo| &*repo.name));
        names.extend(labels.flat_map(|label| IN_REPOS.iter().map(move |step| format!("{label}/{step}"))));
        names
    }
}

/// A repository of this name would make the names of its steps those of others.
pub fn is_reserved(label: &str) -> bool {
    BUILTINS.contains(&label) || ["command", "checklist"].contains(&label)
}

impl Resolver<'_> {
    pub(super) fn command(&mut self, command: &Table) -> CommandRule {
        CommandRule {
            name: command.name.value.clone(),
            argv: self.program(command.texts("argv")),
            env: command.map("env").iter().filter_map(|(name, value)| self.variable(name, value)).collect(),
            place: match command.text("where").map(|word| &*word.value) {
                Some("checkout") => CommandPlace::Checkout,
                _ => CommandPlace::Prepared,
            },
            done: self.program(command.texts("done")),
            timeout: self.timeout(command),
            when: moment(command, When::End),
            span: command.span().clone(),
        }
    }

    /// A program and its arguments. A shell isn't asked, so what looks like its line is refused.
    fn program(&mut self, written: &[Spanned<String>]) -> Vec<Template> {
        if let Some(program) = written.first() {
            let name = program.value.trim();
            let fault = if name.is_empty() {
                Some(("the program has no name", "name it first, as in `[\"make\", \"deploy\"]`"))
            } else if name.starts_with('-') {
                Some(("the program would be an option", "name it first, as in `[\"make\", \"deploy\"]`"))
            } else if written.len() == 1 && name.contains(' ') {
                Some(("no shell reads this line", "write a list, as in `[\"make\", \"deploy\"]`, or a script's name"))
            } else {
                None
            };
            if let Some((message, hint)) = fault {
                self.fail(&program.span, message.to_owned(), Some(hint.to_owned()));
            }
        }
        written.iter().filter_map(|argument| self.versioned(argument)).collect()
    }

    fn variable(&mut self, name: &Spanned<String>, value: &Spanned<String>) -> Option<(String, Template)> {
        let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !name.value.starts_with(is_letter) || !name.value.chars().all(|c| is_letter(c) || c.is_ascii_digit()) {
            let hint = "use letters, digits and `_`, as in `TARGET`".to_owned();
            self.fail(&name.span, format!("`{}` is no name for a variable", name.value), Some(hint));
        }
        Some((name.value.clone(), self.versioned(value)?))
    }

    fn timeout(&mut self, command: &Table) -> Duration {
        let Some(written) = command.duration("timeout") else { return TIMEOUT };
        if written.value.is_zero() {
            let hint = "leave it out for an hour, or write it as in `30m`".to_owned();
            self.fail(&written.span, "no program ends in no time".to_owned(), Some(hint));
        }
        written.value
    }

    pub(super) fn checklist(&mut self, list: &Table) -> Checklist {
        let name = list.name.value.clone();
        let file = list.text("file").and_then(|file| self.file(file));
        let file = file.unwrap_or_else(|| format!("release-config/checklists/{name}.md"));
        Checklist { name, file, when: moment(list, When::Prepared), span: list.span().clone() }
    }

    pub(super) fn process(&mut self, process: &Table, known: &Known<'_>) -> Process {
        let mut words: Vec<(StepWord, Range<usize>)> = Vec::new();
        for step in process.texts("steps") {
            let Some(word) = known.step(&step.value) else {
                self.unknown_step(step, known);
                continue;
            };
            if let Some((twin, _)) = words.iter().find(|(other, _)| overlaps(*other, word)) {
                let (message, hint) = match *twin == word {
                    true => (format!("`{}` comes a second time", step.value), "take one of them out".to_owned()),
                    false => (
                        format!("`{}` is part of a step that comes before it", step.value),
                        "a step without a repository is that of all of them: name each, or none".to_owned(),
                    ),
                };
                self.fail(&step.span, message, Some(hint));
            }
            words.push((word, step.span.clone()));
        }
        self.order(&words, known.repos.len());
        let steps = process.texts("steps").iter().map(|step| (known.id(&step.value), step.span.clone())).collect();
        Process { name: process.name.value.clone(), steps, span: process.span().clone() }
    }

    fn unknown_step(&mut self, step: &Spanned<String>, known: &Known<'_>) {
        let names = known.names();
        let own = format!("/{}", step.value);
        let whole = names.iter().find(|name| name.ends_with(&own)).map(String::as_str);
        let near = whole.or_else(|| nearest(&step.value, names.iter().map(String::as_str)));
        let hint = match (near, step.value.split_once('/')) {
            (_, Some((_, name))) if BUILTINS.contains(&name) && !IN_REPOS.contains(&name) => {
                format!("write `{name}`: it isn't one repository's")
            }
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some((kind @ ("command" | "checklist"), name))) => format!("add `[{kind}.{name}]`"),
            (None, Some((_, name))) if IN_REPOS.contains(&name) => "add a `[repo.…]` of that name".to_owned(),
            _ => format!("steps are {}, `command/NAME` and `checklist/NAME`", BUILTINS.join(", ")),
        };
        self.fail(&step.span, format!("unknown step `{}`", step.value), Some(hint));
    }

    /// What can't be done before something else is done may not come before it.
    fn order(&mut self, words: &[(StepWord, Range<usize>)], repos: usize) {
        let place = |step: &str, repo: usize| {
            let here = |word: &StepWord| matches!(*word, StepWord::Builtin(name, at) if name == step && at.is_none_or(|at| at == repo));
            words.iter().position(|(word, _)| here(word))
        };
        let mut told = HashSet::new();
        // A merge commit is tagged when it is there.
        let merges = self.config.one("branch").is_some_and(|branch| branch.text("merge").is_some());
        let counts = |(first, then): (&str, &str)| match (first, then) {
            ("tag", "push") => !merges,
            ("merge", _) => merges,
            _ => true,
        };
        for &(first, then) in NEEDS.iter().filter(|pair| counts(**pair)) {
            let repos = if OWN.contains(&first) || OWN.contains(&then) { 1 } else { repos };
            for (early, late) in (0..repos).filter_map(|repo| place(then, repo).zip(place(first, repo))) {
                if early < late && told.insert(early) {
                    let message = format!("`{then}` comes before `{first}`, which it needs");
                    self.fail(&words[early].1, message, Some(format!("put `{first}` before it")));
                }
            }
        }
        if let Some(claim) = place("claim", 0).filter(|&at| at > 0) {
            let hint = "put it first, or leave it out: a release always begins with it".to_owned();
            self.fail(&words[claim].1, "something comes before the claim".to_owned(), Some(hint));
        }
    }
}

/// Do two steps do the same, at least in one repository?
fn overlaps(one: StepWord, other: StepWord) -> bool {
    match (one, other) {
        (StepWord::Builtin(one, at), StepWord::Builtin(other, there)) => {
            one == other && (at == there || at.is_none() || there.is_none())
        }
        _ => one == other,
    }
}

fn moment(table: &Table, default: When) -> When {
    match table.text("when").map(|word| &*word.value) {
        Some("branch") => When::Branch,
        Some("prepared") => When::Prepared,
        Some("pushed") => When::Pushed,
        Some("built") => When::Built,
        Some("end") => When::End,
        _ => default,
    }
}
