//! The tool's own bare clones, one a repository, and what each remote said last. A pass asks each remote once.

mod clone;
mod guard;
mod push;
mod settings;
mod url;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::context::Context;
use crate::error::Failure;
use crate::resolve::Project;
use crate::resolve::release::Remote;
use crate::tag::TagPattern;
use crate::tools::git::Git;
use crate::tools::redact;
use crate::version::Version;
use clone::Clone as BareClone;
use settings::Checkouts;

pub use crate::tools::git::Refs;

/// How many remotes are asked at one time: an ssh server turns away whoever comes with more.
const AT_ONCE: usize = 8;

/// One reference of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// `refs/heads/main`
    pub name: String,
    /// The object it will point to.
    pub new: String,
    /// Where it points now; none: it must not exist.
    pub expected: Option<String>,
}

/// How a push ended that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// All references moved.
    Done,
    /// None moved, because some are not where they were expected: each with the remote's word.
    Moved(Vec<(String, String)>),
}

/// How long git may take with a remote, as a whole. A transfer that stands still is given up much sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For its references.
    pub listen: Duration,
    /// For objects: the first time, a whole history.
    pub fetch: Duration,
    /// For a push, with the hooks of the server.
    pub push: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self { listen: minutes(2), fetch: minutes(60), push: minutes(15) }
    }
}

/// The clones and listings of a project's remotes.
pub struct Remotes {
    remotes: Vec<Remote>,
    /// What git is given for each remote.
    addresses: Vec<String>,
    /// By repository; none where a repository has no remote.
    clones: Vec<Option<BareClone>>,
    /// What each remote said last.
    heard: Mutex<Vec<Option<Arc<Refs>>>>,
    limits: Limits,
}

impl Remotes {
    /// Opens the clones of all repositories that have a remote, and makes those that are missing.
    ///
    /// Any number of commands may look and prepare at the same time; who changes the world calls [`Remotes::hold`].
    pub fn open(context: &Context, project: &Project, cache: &Path) -> Result<Self> {
        let remotes = project.release.remotes.clone();
        let address = |remote: &Remote| url::address(&context.root, &remote.url);
        let addresses = remotes.iter().map(address).collect::<Result<Vec<String>>>()?;
        let (mut clones, mut failures) = (Vec::new(), Vec::new());
        let mut checkouts = Checkouts::default();
        for (repo, named) in project.repos.iter().enumerate() {
            let mut own = (0..remotes.len()).filter(|&remote| remotes[remote].repo == repo).peekable();
            let Some(&home) = own.peek() else {
                clones.push(None);
                continue;
            };
            let settings = checkouts.settings(&context.root, context.checkout(named))?;
            let check = |remote: usize| settings::check(&addresses[remote], &redact(&remotes[remote].url), &settings);
            failures.extend(own.filter_map(|remote| check(remote).err()));
            clones.push(Some(BareClone::open(
                cache,
                &named.name,
                &addresses[home],
                context.checkout(named),
                &settings,
            )?));
        }
        Failure::all(failures)?;
        let heard = Mutex::new(vec![None; remotes.len()]);
        Ok(Self { remotes, addresses, clones, heard, limits: Limits::default() })
    }

    /// The same, with other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Nobody else on this machine releases from these clones, until this value is dropped. An error if somebody does.
    pub fn hold(&self) -> Result<()> {
        self.clones.iter().flatten().try_for_each(BareClone::hold)
    }

    /// Every remote; steps name them by their place here.
    pub fn all(&self) -> &[Remote] {
        &self.remotes
    }

    /// Where a repository is released: the first of its remotes.
    pub fn home(&self, repo: usize) -> Option<usize> {
        self.remotes.iter().position(|remote| remote.repo == repo)
    }

    /// The bare clone of a repository, where commits and tags are prepared.
    ///
    /// # Panics
    /// If the repository has no remote: see [`Remotes::home`].
    pub fn git(&self, repo: usize) -> &Git {
        &self.clone_of(repo).git
    }

    fn clone_of(&self, repo: usize) -> &BareClone {
        self.clones.get(repo).and_then(Option::as_ref).expect("a repository with a remote")
    }

    /// Asks these remotes for their references, at the same time; what was heard since the last `forget` isn't asked
    /// again. An error is never "there is nothing": the address, the login or the way there may be wrong.
    pub fn listen(&self, remotes: &[usize]) -> Vec<Result<Arc<Refs>>> {
        let mut unheard: Vec<usize> =
            remotes.iter().copied().filter(|&remote| self.heard()[remote].is_none()).collect();
        unheard.sort_unstable();
        unheard.dedup();
        let mut failures = BTreeMap::new();
        for some in unheard.chunks(AT_ONCE) {
            // A thread lives as long as its child: the system ends a child with the thread that began it.
            let answers: Vec<(usize, Result<Refs>)> = thread::scope(|scope| {
                let ask = |&remote: &usize| (remote, scope.spawn(move || self.ask(remote)));
                let asked: Vec<_> = some.iter().map(ask).collect();
                let joined = asked.into_iter().map(|(remote, thread)| {
                    (remote, thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                });
                joined.collect()
            });
            for (remote, answer) in answers {
                match answer {
                    Ok(refs) => self.heard()[remote] = Some(Arc::new(refs)),
                    Err(error) => drop(failures.insert(remote, error)),
                }
            }
        }
        let told = |&remote: &usize| match (&self.heard()[remote], failures.remove(&remote)) {
            (Some(refs), _) => Ok(Arc::clone(refs)),
            (None, Some(error)) => Err(error),
            (None, None) => Err(Failure::tool(format!("`{}` didn't answer", self.shown(remote)))
                .hint("run the same command again")
                .into()),
        };
        remotes.iter().map(told).collect()
    }

    /// [`Remotes::listen`] to one.
    pub fn refs(&self, remote: usize) -> Result<Arc<Refs>> {
        self.listen(&[remote]).remove(0)
    }

    /// The versions of a track that the tags of a remote name.
    pub fn versions(&self, remote: usize, pattern: &TagPattern, track: &str) -> Result<Vec<Version>> {
        let refs = self.refs(remote)?;
        let tags = refs.oids.keys().filter_map(|name| name.strip_prefix("refs/tags/"));
        Ok(tags.filter_map(|tag| pattern.solve(track, tag)).collect())
    }

    /// The next look asks the remote again.
    pub fn forget(&self, remote: usize) {
        self.heard()[remote] = None;
    }

    /// Gets objects, with everything they are made of, that aren't here yet.
    pub fn fetch(&self, remote: usize, oids: &[&str]) -> Result<()> {
        let git = self.git(self.remotes[remote].repo);
        let mut oids: Vec<&str> = oids.iter().copied().filter(|oid| !git.is_made(oid)).collect();
        oids.sort_unstable();
        oids.dedup();
        let here = git.have_objects(&oids)?;
        let missing: Vec<&str> = oids.iter().zip(here).filter(|(_, here)| !here).map(|(oid, _)| *oid).collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.clone_of(self.remotes[remote].repo).seed(self.limits.fetch)?;
        let fetched = git.fetch_objects(&self.addresses[remote], &missing, self.limits.fetch);
        fetched.map_err(|error| unreachable(&self.shown(remote), error))
    }

    /// One atomic push with a lease for every reference, after the guard has looked at a fresh listing. An error means
    /// that it isn't known what happened, or that a part of it did: observe.
    ///
    /// Never pushed, whatever is asked for: a deletion, another target of an existing tag, a branch that loses commits.
    pub fn push(&self, remote: usize, updates: &[Update]) -> Result<Pushed> {
        let git = self.git(self.remotes[remote].repo);
        let old: Vec<&str> = updates.iter().filter_map(|update| update.expected.as_deref()).collect();
        self.fetch(remote, &old)?;
        push::check(git, updates)?;
        self.guard(remote, updates)?;
        // Whatever comes of it, what was heard before is old.
        self.forget(remote);
        let pushed = match self.send(remote, updates) {
            Err(error) if push::is_not_atomic(&error) => {
                push::one_by_one(updates, |update| self.send(remote, std::slice::from_ref(update)))
            }
            sent => sent,
        };
        pushed.map_err(|error| unreachable(&self.shown(remote), error))
    }

    fn send(&self, remote: usize, updates: &[Update]) -> Result<Pushed> {
        let moves: Vec<(&str, &str, Option<&str>)> = updates
            .iter()
            .map(|update| (update.name.as_str(), update.new.as_str(), update.expected.as_deref()))
            .collect();
        let git = self.git(self.remotes[remote].repo);
        let refs = git.push_objects(&self.addresses[remote], updates.len() > 1, &moves, self.limits.push)?;
        push::understand(&self.shown(remote), refs)
    }

    fn ask(&self, remote: usize) -> Result<Refs> {
        let clone = self.clone_of(self.remotes[remote].repo);
        let address = &self.addresses[remote];
        let refs = clone
            .git
            .ls_remote(address, self.limits.listen)
            .map_err(|error| unreachable(&self.shown(remote), error))?;
        if let Some(oid) = refs.oids.values().next() {
            clone.expect_length(oid.len())?;
        }
        Ok(refs)
    }

    fn heard(&self) -> MutexGuard<'_, Vec<Option<Arc<Refs>>>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A remote as messages name it.
    fn shown(&self, remote: usize) -> String {
        redact(&self.remotes[remote].url)
    }
}

/// What git said of a remote, with what it may mean.
fn unreachable(url: &str, error: anyhow::Error) -> anyhow::Error {
    let failure = match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => return error,
    };
    // A port or a name may hold the digits of a status.
    let words = failure.message.replace(url, "").to_lowercase();
    let has = |known: &[&str]| known.iter().any(|known| words.contains(known));
    // ssh ends with the same words whatever happened: what it said before them counts.
    let hint = if has(&[
        "timed out",
        "too slow",
        "resolve host",
        "to connect",
        "connect to host",
        "could not connect",
        "couldn't connect",
        "longer than",
    ]) {
        format!("see that `{url}` can be reached, then run the same command again")
    } else if has(&[
        "authentication failed",
        "permission denied",
        "terminal prompts disabled",
        "error: 403",
        "error: 401",
    ]) {
        format!("log in to `{url}`: nobody is asked for a password here; `git ls-remote {url}` must work by itself")
    } else if has(&["not found", "does not appear to be a git repository", "could not read from remote", "error: 404"])
    {
        format!(
            "a remote that may not be seen looks like one that isn't there: check `{url}`, and that you are logged in"
        )
    } else {
        return failure.into();
    };
    failure.hint(hint).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, message: &str, hint: &str) {
        let failure = unreachable(url, Failure::tool(message.to_owned()).into()).downcast::<Failure>().unwrap();
        assert!(failure.hint.as_deref().unwrap_or_default().contains(hint), "{failure:?}");
    }

    #[test]
    fn a_port_is_no_status() {
        let url = "git://127.0.0.1:40491/x.git";
        check(url, &format!("`git ls-remote {url}` failed\n  unable to connect to 127.0.0.1"), "can be reached");
        check(url, "fatal: unable to access: The requested URL returned error: 404", "looks like one that isn't there");
        check(url, "fatal: unable to access: The requested URL returned error: 403", "log in");
        let end = "fatal: Could not read from remote repository.";
        check(url, &format!("ssh: connect to host example.com port 22: Connection refused\n{end}"), "can be reached");
        check(url, &format!("git@example.com: Permission denied (publickey).\n{end}"), "log in");
        check(url, end, "looks like one that isn't there");
    }
}
