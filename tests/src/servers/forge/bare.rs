//! The bare repository that a forge serves: what was pushed there is what it knows, and what it merges is there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

/// A repository, asked by git itself.
#[derive(Clone)]
pub(super) struct Bare(pub PathBuf);

/// Who merged, and how it reads.
pub(super) struct Merge<'a> {
    pub base: &'a str,
    pub head: &'a str,
    pub message: &'a str,
    pub author: (&'a str, &'a str),
    pub squash: bool,
    /// Seconds since 1970; now if it isn't said.
    pub at: Option<u64>,
}

impl Bare {
    /// What git says; none if it fails.
    pub fn git(&self, args: &[&str]) -> Option<String> {
        self.run(args, &[])
    }

    fn run(&self, args: &[&str], env: &[(&str, &str)]) -> Option<String> {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(&self.0).args(args).env_clear().envs(env.iter().copied());
        git.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/");
        git.args([] as [&str; 0]).env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "safe.directory");
        git.env("GIT_CONFIG_VALUE_0", "*");
        let output = git.output().expect("git is here");
        let text = String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned();
        output.status.success().then_some(text)
    }

    /// The object that a full reference stands for.
    pub fn reference(&self, name: &str) -> Option<String> {
        self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", name]).filter(|_| name.starts_with("refs/"))
    }

    /// The commit that a branch, a tag or an id stands for.
    pub fn commit(&self, name: &str) -> Option<String> {
        let names = [format!("refs/heads/{name}"), format!("refs/tags/{name}"), name.to_owned()];
        let is_id = name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let names = if is_id { &names[2..] } else { &names[..2] };
        let commit = |name: &String| {
            let name = format!("{name}^{{commit}}");
            self.git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name])
        };
        names.iter().find_map(commit)
    }

    pub fn branch(&self, name: &str) -> Option<String> {
        self.reference(&format!("refs/heads/{name}"))
    }

    pub fn default_branch(&self) -> String {
        self.git(&["symbolic-ref", "--short", "HEAD"]).unwrap_or_else(|| "main".to_owned())
    }

    /// Each reference below a prefix, with what it stands for.
    pub fn references(&self, prefix: &str) -> Vec<(String, String)> {
        let text = self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]).unwrap_or_default();
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        pairs.filter(|(name, _)| name.starts_with(prefix)).map(|(name, id)| (name.into(), id.into())).collect()
    }

    /// The commits that one has and the other hasn't, youngest first.
    pub fn between(&self, base: &str, head: &str) -> Vec<String> {
        let range = format!("{base}..{head}");
        self.git(&["rev-list", &range]).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Is everything of `old` in `new`?
    pub fn has(&self, new: &str, old: &str) -> bool {
        self.git(&["merge-base", "--is-ancestor", old, new]).is_some()
    }

    /// The tree of a merge; none where it conflicts.
    pub fn merged_tree(&self, base: &str, head: &str) -> Option<String> {
        self.git(&["merge-tree", "--write-tree", base, head]).and_then(|text| Some(text.lines().next()?.to_owned()))
    }

    /// Merges as GitHub does, and moves the branch. None where it conflicts or somebody was faster.
    pub fn merge(&self, branch: &str, merge: &Merge) -> Option<String> {
        let tree = self.merged_tree(merge.base, merge.head)?;
        let mut args = vec!["commit-tree", &tree, "-p", merge.base];
        if !merge.squash {
            args.extend(["-p", merge.head]);
        }
        args.extend(["-m", merge.message]);
        let (name, email) = merge.author;
        let mut env = vec![
            ("GIT_AUTHOR_NAME", name),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_COMMITTER_NAME", "GitHub"),
            ("GIT_COMMITTER_EMAIL", "noreply@github.com"),
        ];
        let date = merge.at.map(|seconds| format!("{seconds} +0000"));
        env.extend(date.iter().flat_map(|date| [("GIT_AUTHOR_DATE", &**date), ("GIT_COMMITTER_DATE", &**date)]));
        let commit = self.run(&args, &env)?;
        self.git(&["update-ref", &format!("refs/heads/{branch}"), &commit, merge.base])?;
        Some(commit)
    }

    /// Makes a reference that must not be there.
    pub fn create(&self, name: &str, id: &str) -> bool {
        self.git(&["update-ref", name, id, "0000000000000000000000000000000000000000"]).is_some()
    }

    /// From now on nobody moves or deletes this tag by a push.
    pub fn freeze(&self, tag: &str) {
        let hook = self.0.join("hooks/update");
        let list = self.0.join("immutable-tags");
        let mut tags = fs::read_to_string(&list).unwrap_or_default();
        tags.push_str(&format!("refs/tags/{tag}\n"));
        fs::write(&list, tags).unwrap();
        let script = "#!/bin/sh\nif grep -qxF \"$1\" \"${GIT_DIR:-.}/immutable-tags\"; then\n    \
            echo \"GH013: Repository rule violations found for $1.\" >&2\n    exit 1\nfi\n";
        fs::create_dir_all(self.0.join("hooks")).unwrap();
        fs::write(&hook, script).unwrap();
        fs::set_permissions(hook, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// When a commit was made, as GitHub writes moments.
    pub fn date(&self, commit: &str) -> Option<String> {
        let args = ["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--end-of-options", commit];
        self.run(&args, &[("TZ", "UTC")])
    }

    /// A commit as `GET /repos/O/R/commits/ID` has it.
    pub fn commit_value(&self, url: &str, id: &str) -> Option<Value> {
        let format = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B";
        let text = self.git(&["show", "--no-patch", format, "--end-of-options", id])?;
        let [id, tree, parents, an, ae, ad, cn, ce, cd, message] = text.split('\0').collect::<Vec<_>>()[..] else {
            return None;
        };
        let parents: Vec<Value> =
            parents.split_whitespace().map(|id| json!({ "sha": id, "url": format!("{url}/commits/{id}") })).collect();
        let commit = json!({
            "author": { "name": an, "email": ae, "date": ad },
            "committer": { "name": cn, "email": ce, "date": cd },
            "message": message.trim_end(),
            "tree": { "sha": tree, "url": format!("{url}/git/trees/{tree}") },
            "url": format!("{url}/git/commits/{id}"),
            "comment_count": 0,
        });
        Some(json!({ "sha": id, "url": format!("{url}/commits/{id}"), "commit": commit, "parents": parents,
            "author": null, "committer": null }))
    }
}
