//! `[remote.NAME]`, the `url` of `[repo.NAME]`, and the ledger that one of them keeps.

use super::release::{Ledger, Remote};
use super::resolver::{Resolver, meant};
use super::{Repo, own_label, steps, url};
use crate::config::Table;

impl Resolver<'_> {
    /// All remotes in the order of the file.
    pub(super) fn remotes(&mut self) -> Vec<Remote> {
        let config = self.config;
        let mut remotes: Vec<Remote> = config.all("remote").filter_map(|remote| self.remote(remote)).collect();
        for (index, repo) in config.all("repo").enumerate() {
            let Some(url) = repo.text("url") else { continue };
            if self.address(url, url::check_remote) {
                let (url, span) = (url.value.clone(), url.span.clone());
                remotes.push(Remote { name: "origin".to_owned(), repo: index + 1, url, public: true, span });
            }
        }
        remotes.sort_by_key(|remote| remote.span.start);
        for (at, remote) in remotes.iter().enumerate() {
            let twin = |other: &&Remote| other.repo == remote.repo && other.name == remote.name;
            if remotes[..at].iter().any(|other| twin(&other)) {
                let hint = "give each a name of its own, or leave out the `url` of the `[repo.…]`".to_owned();
                self.fail(&remote.span, format!("a second remote is called `{}`", remote.name), Some(hint));
            } else if let Some(other) = remotes[..at].iter().find(|other| url::is_same(&other.url, &remote.url)) {
                let message = format!("`{}` is the same place as `{}`", remote.name, other.name);
                let hint = "take one of them out: a place is public or it isn't".to_owned();
                self.fail(&remote.span, message, Some(hint));
            }
        }
        remotes
    }

    fn remote(&mut self, remote: &Table) -> Option<Remote> {
        let url = remote.text("url")?;
        let repo = self.repo_index(remote.text("repo"));
        self.address(url, url::check_remote).then(|| Remote {
            name: remote.name.value.clone(),
            repo,
            url: url.value.clone(),
            public: remote.flag("public").unwrap_or(true),
            span: remote.span().clone(),
        })
    }

    /// What is only known to some can't be written where everybody reads.
    pub(super) fn ledger(&mut self, repos: &[Repo], remotes: &[Remote]) -> Ledger {
        let Some(ledger) = self.config.one("ledger") else { return Ledger::Local };
        let Some(name) = ledger.text("remote") else { return Ledger::Local };
        let branch = self.branch(ledger.text("branch")).unwrap_or_else(|| "lockstep-ledger".to_owned());
        // A name that several repositories use is this one's.
        let found = remotes.iter().enumerate().filter(|(_, remote)| remote.name == name.value);
        let Some((index, remote)) = found.min_by_key(|(_, remote)| remote.repo) else {
            let known = remotes.iter().map(|remote| remote.name.as_str());
            let hint = meant(&name.value, known, || format!("add `[remote.{}]`", name.value));
            self.fail(&name.span, format!("unknown remote `{}`", name.value), Some(hint));
            return Ledger::Local;
        };
        if remote.repo > 0 && !self.config.all("remote").any(|written| written.name.value == remote.name) {
            // Nobody who writes this means the other repository, and its release would carry the claims.
            let other = &repos[remote.repo].name;
            let hint = "add `[remote.origin]` with the `url` of this repository".to_owned();
            self.fail(&name.span, format!("`{}` is only known as the remote of `{other}`", name.value), Some(hint));
        }
        if let Some(private) = remotes.iter().find(|other| remote.public && !other.public) {
            let message =
                format!("the ledger would be public on `{}`, though the project has private remotes", name.value);
            let hint = format!("keep it in a private one, such as `remote = \"{}\"`", private.name);
            self.fail(&name.span, message, Some(hint));
        }
        if repos[remote.repo].release_branch() == branch {
            let span = ledger.text("branch").map_or(ledger.span(), |branch| &branch.span);
            let hint = "the ledger has a branch to itself: leave `branch` out".to_owned();
            self.fail(span, format!("`{branch}` is the branch that is released"), Some(hint));
        }
        Ledger::Remote(index, branch)
    }

    /// The first part of a step's name says which repository it is in: no two may share one.
    pub(super) fn labels(&mut self) {
        let config = self.config;
        let own = own_label(config.one("project").and_then(|project| project.text("name")).map(|name| &*name.value));
        for repo in config.all("repo") {
            let name = &repo.name.value;
            let message = if name == own {
                format!("`{name}` is this repository's own name")
            } else if steps::is_reserved(name) {
                format!("`{name}` is what steps are called")
            } else {
                continue;
            };
            let hint = "give it another name: steps are called `charts/push`".to_owned();
            self.fail(repo.span(), message, Some(hint));
        }
    }
}
