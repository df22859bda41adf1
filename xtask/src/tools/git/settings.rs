//! Every setting that counts in a folder, and where each is set.

use std::path::Path;

use anyhow::Result;

use super::{Git, Run, look};

/// One line of a configuration of git.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Setting {
    /// Section and name in small letters, what is between them as it is written: `url.https://x/.insteadof`.
    pub key: String,
    /// A bare name is `true`.
    pub value: String,
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub scope: String,
    /// `file:` and a path, or `command line:`.
    pub origin: String,
}

impl Git {
    /// The settings that count in a folder, which may be a checkout or not, in git's order: the last one wins.
    pub fn settings_in(folder: &Path) -> Result<Vec<Setting>> {
        settings(look(folder)?)
    }

    /// The settings that count in this repository.
    pub fn settings(&self) -> Result<Vec<Setting>> {
        settings(self.look()?)
    }
}

fn settings(run: Run) -> Result<Vec<Setting>> {
    let listing = run.args(["config", "--list", "--includes", "-z", "--show-scope", "--show-origin"]).read()?;
    let mut words = listing.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let mut settings = Vec::new();
    while let (Some(scope), Some(origin), Some(line)) = (words.next(), words.next(), words.next()) {
        let (key, value) = line.split_once('\n').unwrap_or((&line, "true"));
        settings.push(Setting { key: key.to_owned(), value: value.to_owned(), scope, origin });
    }
    // What this run itself was told is nobody's setting.
    settings.retain(|setting| !(setting.scope == "command" && OURS.contains(&setting.key.as_str())));
    Ok(settings)
}

const OURS: [&str; 2] = ["core.fsmonitor", "core.quotepath"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsx::scratch::Scratch;

    #[test]
    fn each_setting_says_where_it_is_set() {
        let scratch = Scratch::new();
        super::super::plain(scratch.path()).unwrap().args(["init", "--quiet"]).run().unwrap();
        scratch.file(".git/more", "[url \"ssh://A/\"]\n\tinsteadOf = \"https://a/\\nb\"\n[push]\n\tfollowTags\n");
        let git = Git::find(scratch.path()).unwrap().unwrap();
        let run = super::super::plain(scratch.path()).unwrap();
        run.args(["config", "include.path", "more"]).run().unwrap();
        let settings = git.settings().unwrap();
        let find = |key: &str| settings.iter().find(|setting| setting.key == key).unwrap();
        let url = find("url.ssh://A/.insteadof");
        assert_eq!((url.value.as_str(), url.scope.as_str()), ("https://a/\nb", "local"));
        assert!(url.origin.starts_with("file:") && url.origin.ends_with("more"), "{url:?}");
        assert_eq!(find("push.followtags").value, "true");
        assert!(settings.iter().all(|setting| setting.key != "core.quotepath"), "{settings:?}");
    }
}
