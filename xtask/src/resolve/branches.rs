//! `[branch]`, `[freeze]` and `[changelog]`: where a release is prepared, and what is said of it.

use super::Repo;
use super::release::{Branching, Changelog, Freeze};
use super::resolver::Resolver;
use crate::config::Spanned;
use crate::tag::check_ref_name;
use crate::template::Template;

impl Resolver<'_> {
    pub(super) fn branching(&mut self, repos: &[Repo]) -> Option<Branching> {
        let table = self.config.one("branch")?;
        let written = table.text("name")?;
        let hint = "a branch is called like `release-{app}` or `release/{app}`";
        let name = self.each_version(written, hint, check_ref_name);
        let from = self.branch(table.text("from")).unwrap_or_else(|| repos[0].release_branch().to_owned());
        let merge = table.text("merge").and_then(|into| self.merge(into, name.as_ref()));
        Some(Branching { name: name?, from, merge, span: table.span().clone() })
    }

    /// The branch that release branches are merged into: it may be the one they are cut from.
    fn merge(&mut self, into: &Spanned<String>, name: Option<&Template>) -> Option<String> {
        if self.config.one("forge").is_none() {
            let hint = "add `[forge]` with its `repository`, as in `acme/app`".to_owned();
            self.fail(&into.span, "a pull request is merged on a forge, and none is configured".to_owned(), Some(hint));
        }
        if name.is_some_and(|name| name.solve(&into.value).is_some()) {
            let message =
                format!("`{}` is called like a release branch, which can't be merged into itself", into.value);
            self.fail(&into.span, message, Some("name the branch that gets all releases, as in `main`".to_owned()));
        }
        self.branch(Some(into))
    }

    pub(super) fn freeze(&mut self) -> Option<Freeze> {
        let table = self.config.one("freeze")?;
        if self.config.one("branch").is_none() {
            let hint = "add `[branch]` with `name = \"release-{app}\"`, or take `[freeze]` out".to_owned();
            self.fail(table.span(), "no release branch is cut that could be frozen".to_owned(), Some(hint));
        }
        for mark in table.texts("marks").iter().filter(|mark| mark.value.trim().is_empty()) {
            let hint = "write a word such as `Freeze-Exception:`".to_owned();
            self.fail(&mark.span, "every message holds an empty mark".to_owned(), Some(hint));
        }
        let allow = self.globs(table.texts("allow"));
        for (glob, written) in allow.iter().zip(table.texts("allow")).filter(|(glob, _)| glob.family.is_some()) {
            let hint = "write `*` for any folder".to_owned();
            self.fail(
                &written.span,
                format!("`{}` binds a track, which means nothing here", glob.as_str()),
                Some(hint),
            );
        }
        Some(Freeze { allow, marks: table.texts("marks").iter().map(|mark| mark.value.clone()).collect() })
    }

    pub(super) fn changelog(&mut self) -> Option<Changelog> {
        let table = self.config.one("changelog")?;
        let file = table.text("file").map_or(Some("CHANGELOG.md".to_owned()), |file| self.file(file));
        let hint = "each version has notes of its own, as in `release-config/notes/{app}.md`";
        let notes = match table.text("notes") {
            Some(notes) => self.each_version(notes, hint, check_path),
            None => self.default_notes(table.span(), hint),
        };
        let commit = table.text("commit").and_then(|commit| self.subject(commit));
        let hint = "write the heading without its `#`s, as in `{app}`";
        let heading = table.text("heading").and_then(|heading| self.each_version(heading, hint, |_| Ok(())));
        Some(Changelog { file: file?, notes: notes?, commit, heading, span: table.span().clone() })
    }

    /// `release-config/notes/{app}.md` for the leading track, the first that follows no other.
    pub(super) fn default_notes(&mut self, span: &std::ops::Range<usize>, hint: &str) -> Option<Template> {
        let families = self.families();
        let leads =
            |track: &&crate::config::Table| track.texts("with").is_empty() && !families.contains(&track.name.value);
        let Some(leading) = self.config.all("track").find(leads) else {
            self.fail(span, "no single track leads, so the notes need a name".to_owned(), Some(hint.to_owned()));
            return None;
        };
        let value = format!("release-config/notes/{{{}}}.md", leading.name.value);
        self.template(&Spanned { value, span: span.clone() })
    }

    /// A file of a repository, by its path from the root.
    pub(super) fn file(&mut self, written: &Spanned<String>) -> Option<String> {
        match check_path(&written.value) {
            Ok(()) => Some(written.value.clone()),
            Err(reason) => {
                let hint = "write its path from the repository's root".to_owned();
                self.fail(&written.span, reason, Some(hint));
                None
            }
        }
    }
}

/// Is this the path of a file or a folder within a repository?
pub(super) fn check_path(path: &str) -> Result<(), String> {
    let fault = if path.is_empty() {
        "names no file"
    } else if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        "leaves the repository"
    } else if path.contains(['*', '?', '[', '{', '\\']) || path.contains(char::is_control) {
        "is a pattern, not a file"
    } else if path.split('/').any(|part| part.is_empty() || part == "." || part == ".git") {
        "isn't written as git writes it"
    } else {
        return Ok(());
    };
    Err(format!("the path `{path}` {fault}"))
}
