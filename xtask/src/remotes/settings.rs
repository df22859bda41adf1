//! The user's own settings of git: which of them a clone takes over, and which would lead a push to another place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::url::same_place;
use crate::error::Failure;
use crate::fsx;
use crate::tools::git::{Git, Setting};
use crate::tools::{keep_secret, redact};
use crate::world;

/// How one gets in, and how one signs: what a checkout's own configuration says of it counts in its clone too. Build
/// servers put the token for a repository there.
const TAKEN_OVER: [&str; 6] = ["credential.", "http.", "url.", "gpg.", "ssh.", "user.signingkey"];
const TAKEN_OVER_OF_CORE: [&str; 3] = ["core.sshcommand", "core.gitproxy", "core.askpass"];

/// Without it ssh asks on the terminal behind our back, and waits for a host that never answers.
const SSH: &str = "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=4";

/// The settings of each checkout, asked for once.
#[derive(Default)]
pub(super) struct Checkouts(BTreeMap<PathBuf, Vec<Setting>>);

impl Checkouts {
    /// The settings that count in a checkout; where there is none, those of this project.
    pub(super) fn settings(&mut self, root: &Path, checkout: PathBuf) -> Result<Vec<Setting>> {
        let folder = if fsx::is_there(&checkout.join(".git"))? { checkout } else { root.to_owned() };
        if !self.0.contains_key(&folder) {
            self.0.insert(folder.clone(), Git::settings_in(&folder)?);
        }
        Ok(self.0.get(&folder).cloned().unwrap_or_default())
    }
}

/// How many digits an object's id has in a checkout.
pub(super) fn length(settings: &[Setting]) -> usize {
    let sha256 = |setting: &&Setting| setting.key == "extensions.objectformat";
    settings.iter().rfind(sha256).map_or(40, |setting| if setting.value == "sha256" { 64 } else { 40 })
}

/// The variables for every run in a clone: what it takes over from the checkout, beyond what git finds there by itself.
///
/// They go by the environment: a token on a command line could be read by everybody on the machine.
pub(super) fn environment(
    settings: &[Setting],
    clone: impl FnOnce() -> Result<Vec<Setting>>,
) -> Result<Vec<(String, String)>> {
    let mut env = Vec::new();
    let first: usize = world::var("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0);
    let taken = taken_over(settings, clone)?;
    for (at, setting) in taken.iter().enumerate() {
        let number = first + at;
        env.push((format!("GIT_CONFIG_KEY_{number}"), setting.key.clone()));
        env.push((format!("GIT_CONFIG_VALUE_{number}"), setting.value.clone()));
        if setting.key.ends_with(".extraheader") {
            keep_secret(&setting.value);
        }
    }
    if !taken.is_empty() {
        env.push(("GIT_CONFIG_COUNT".to_owned(), (first + taken.len()).to_string()));
    }
    let own = ["GIT_SSH_COMMAND", "GIT_SSH"].iter().any(|name| world::var(name).is_some());
    if !own && !settings.iter().any(|setting| setting.key == "core.sshcommand") {
        env.push(("GIT_SSH_COMMAND".to_owned(), SSH.to_owned()));
    }
    Ok(env)
}

fn taken_over(settings: &[Setting], clone: impl FnOnce() -> Result<Vec<Setting>>) -> Result<Vec<Setting>> {
    let wanted =
        |key: &str| TAKEN_OVER_OF_CORE.contains(&key) || TAKEN_OVER.iter().any(|section| key.starts_with(section));
    let wanted = settings.iter().filter(|setting| wanted(&setting.key));
    // A conditional include counts in a checkout and not in the clone, whatever its scope is called.
    if settings.iter().any(|setting| setting.key.starts_with("includeif.")) {
        let mut there: Vec<(String, String)> =
            clone()?.into_iter().map(|setting| (setting.key, setting.value)).collect();
        let is_new = |setting: &&Setting| {
            let at = there.iter().position(|(key, value)| *key == setting.key && *value == setting.value);
            at.map(|at| there.swap_remove(at)).is_none()
        };
        return Ok(wanted.filter(is_new).cloned().collect());
    }
    Ok(wanted.filter(|setting| matches!(setting.scope.as_str(), "local" | "worktree")).cloned().collect())
}

/// Refuses what would make git read from, or push to, another place than the one that is configured.
///
/// The same place by another protocol is fine: many push by ssh what they read by https.
pub(super) fn check(address: &str, shown: &str, settings: &[Setting]) -> Result<(), Failure> {
    let named = format!("remote.{address}.");
    if let Some(setting) = settings.iter().find(|setting| setting.key.starts_with(&named)) {
        let message = format!("`{}` in {} says what `{shown}` means", redact(&setting.key), origin(setting));
        return Err(Failure::world(message).hint("remove the setting: release.toml names the exact URL"));
    }
    // As git does it: a push looks at `pushInsteadOf` first, and only where none fits at `insteadOf`.
    let read = rewritten(address, settings, ".insteadof");
    let push = match rewritten(address, settings, ".pushinsteadof") {
        none if none.is_empty() => read.clone(),
        push => push,
    };
    for (other, setting) in read.into_iter().chain(push) {
        if !same_place(address, &other) {
            let message = format!(
                "`{shown}` would be `{}`, because of `{}` in {}",
                redact(&other),
                redact(&setting.key),
                origin(setting)
            );
            let hint =
                "release.toml names the exact URL: remove the setting, or write the other URL there if it is meant";
            return Err(Failure::world(message).hint(hint));
        }
    }
    Ok(())
}

fn origin(setting: &Setting) -> String {
    match setting.origin.split_once(':') {
        Some(("file", path)) => format!("`{path}`"),
        _ => "the environment (`GIT_CONFIG_…`)".to_owned(),
    }
}

/// What the longest prefixes make of a URL. Of two of one length git takes the first, so all of them must be good.
fn rewritten<'s>(url: &str, settings: &'s [Setting], kind: &str) -> Vec<(String, &'s Setting)> {
    let fits = settings.iter().filter_map(|setting| {
        let base = setting.key.strip_prefix("url.")?.strip_suffix(kind)?;
        let rest = url.strip_prefix(&setting.value)?;
        Some((setting.value.len(), format!("{base}{rest}"), setting))
    });
    let fits: Vec<_> = fits.collect();
    let longest = fits.iter().map(|(length, ..)| *length).max();
    fits.into_iter().filter(|(length, ..)| Some(*length) == longest).map(|(_, url, setting)| (url, setting)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(lines: &[(&str, &str)]) -> Vec<Setting> {
        let setting = |(key, value): &(&str, &str)| Setting {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            scope: "global".to_owned(),
            origin: "file:/h/.gitconfig".to_owned(),
        };
        lines.iter().map(setting).collect()
    }

    #[track_caller]
    fn verdict(url: &str, lines: &[(&str, &str)], expected: &str) {
        let said = check(url, url, &settings(lines)).err().map(|failure| failure.message).unwrap_or_default();
        assert_eq!(said, expected);
    }

    #[test]
    fn another_protocol_is_fine_and_another_place_is_not() {
        let url = "https://example.com/acme/app.git";
        verdict(url, &[("url.https://other.example/.insteadof", "https://example.org/")], "");
        verdict(url, &[("url.git@example.com:.insteadof", "https://example.com/")], "");
        verdict(url, &[("url.ssh://git@example.com/.pushinsteadof", "https://example.com/")], "");
        verdict(
            url,
            &[("url.https://evil.example/.insteadof", "https://example.com/")],
            "`https://example.com/acme/app.git` would be `https://evil.example/acme/app.git`, because of \
             `url.https://evil.example/.insteadof` in `/h/.gitconfig`",
        );
        verdict(
            url,
            &[("url.git@example.com:fork/.pushinsteadof", "https://example.com/acme/")],
            "`https://example.com/acme/app.git` would be `git@example.com:fork/app.git`, because of \
             `url.git@example.com:fork/.pushinsteadof` in `/h/.gitconfig`",
        );
    }

    #[test]
    fn the_longest_prefix_counts_and_a_push_has_its_own() {
        let url = "https://example.com/acme/app.git";
        let evil = ("url.https://evil.example/.insteadof", "https://");
        verdict(url, &[evil, ("url.git@example.com:.insteadof", "https://example.com/")], "");
        // Reading is as bad as writing: what is read is what the release is made of.
        let push = ("url.git@example.com:.pushinsteadof", "https://example.com/");
        verdict(
            url,
            &[evil, push],
            "`https://example.com/acme/app.git` would be `https://evil.example/example.com/acme/app.git`, because of \
             `url.https://evil.example/.insteadof` in `/h/.gitconfig`",
        );
        // Two of one length: git takes the first, and so might another version the second.
        let twin = ("url.git@example.com:.insteadof", "https://");
        assert!(check(url, url, &settings(&[twin, evil])).is_err());
    }

    #[test]
    fn a_remote_that_is_called_like_a_url() {
        let url = "https://example.com/acme/app.git";
        verdict(
            url,
            &[("remote.https://example.com/acme/app.git.pushurl", "https://evil.example/x.git")],
            "`remote.https://example.com/acme/app.git.pushurl` in `/h/.gitconfig` says what \
             `https://example.com/acme/app.git` means",
        );
        verdict(url, &[("remote.origin.pushurl", "https://evil.example/x.git")], "");
    }

    #[test]
    fn a_checkout_hands_over_how_one_gets_in() {
        let mut all =
            settings(&[("http.https://x/.extraheader", "A: b"), ("core.hookspath", "h"), ("url.a.insteadof", "b")]);
        assert_eq!(taken_over(&all, || unreachable!()).unwrap(), []);
        all.iter_mut().for_each(|setting| setting.scope = "local".to_owned());
        let taken = taken_over(&all, || unreachable!()).unwrap();
        assert_eq!(taken, [all[0].clone(), all[2].clone()]);
        all.push(settings(&[("includeif.gitdir:~/x/.path", "y")]).remove(0));
        all[2].scope = "global".to_owned();
        let clone = vec![all[0].clone()];
        assert_eq!(taken_over(&all, || Ok(clone)).unwrap(), [all[2].clone()]);
    }
}
