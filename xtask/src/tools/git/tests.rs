//! Against the real git, in every odd repository.

use super::*;
use crate::error::Exit;
use crate::fsx::scratch::Scratch;

/// A repository in a folder of its own.
struct Repo {
    scratch: Scratch,
    git: Git,
}

impl Repo {
    fn init(options: &[&str]) -> Self {
        let scratch = Scratch::new();
        run(scratch.path(), &[&["init", "--quiet", "--initial-branch=main"], options].concat());
        let git = Git::find(scratch.path()).unwrap().unwrap();
        Self { scratch, git }
    }

    /// With one commit of `a.yaml`, and the tag `v1`.
    fn new() -> Self {
        let repo = Self::init(&[]);
        repo.stage("a.yaml", "version: 1\n");
        repo.run(&["commit", "--quiet", "--message=first"]);
        repo.run(&["tag", "--annotate", "--message=one", "v1"]);
        repo
    }

    fn run(&self, args: &[&str]) -> String {
        run(self.scratch.path(), args)
    }

    fn stage(&self, name: &str, contents: &str) {
        self.scratch.file(name, contents);
        self.run(&["add", "--", name]);
    }

    fn staged(&self) -> Vec<(String, String)> {
        staged(&self.git)
    }
}

fn run(folder: &Path, args: &[&str]) -> String {
    plain(folder).unwrap().args(["-c", "protocol.file.allow=always"]).args(args).read_text().unwrap()
}

/// Paths and contents of the index.
fn staged(git: &Git) -> Vec<(String, String)> {
    let entries = git.staged_entries(&[]).unwrap().items;
    let oids: Vec<&str> = entries.iter().map(|entry| entry.oid.as_str()).collect();
    let blobs = git.cat_file_batch(&oids).unwrap();
    entries.iter().zip(blobs).map(|(entry, blob)| (entry.path.clone(), String::from_utf8(blob).unwrap())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[track_caller]
fn refused(result: Result<impl std::fmt::Debug>, exit: Exit, text: &str) {
    let error = result.unwrap_err();
    let failure = error.downcast_ref::<Failure>().unwrap();
    assert!(failure.exit == exit && failure.message.contains(text) && failure.hint.is_some(), "{failure:?}");
}

#[test]
fn no_repository() {
    let scratch = Scratch::new();
    assert_eq!(Git::find(scratch.path()).unwrap(), None);
    refused(Git::find(&scratch.path().join("missing")), Exit::World, "there is no such folder");
}

#[test]
fn found_from_below_and_refused_from_inside() {
    let repo = Repo::new();
    repo.scratch.file("x/y/z", "");
    let found = Git::find(&repo.scratch.path().join("x/y")).unwrap().unwrap();
    assert_eq!((found.dir.as_path(), found.git_dir), (repo.scratch.path(), repo.scratch.path().join(".git")));
    assert_eq!(found.common_dir.canonicalize().unwrap(), repo.scratch.path().join(".git"));
    refused(Git::find(&repo.scratch.path().join(".git")), Exit::World, "is inside a `.git` folder");
}

#[test]
fn unborn_head() {
    let repo = Repo::init(&[]);
    assert_eq!(repo.git.head().unwrap(), Head::Unborn("main".into()));
    assert_eq!(repo.git.current_branch().unwrap().as_deref(), Some("main"));
    refused(repo.git.resolve("HEAD"), Exit::World, "`HEAD` is not a commit");
    refused(repo.git.tree_entries("HEAD"), Exit::World, "`HEAD` is not a commit");
    refused(repo.git.create_tag("v1", "m", "HEAD", false), Exit::World, "`HEAD` is not a commit");
    assert_eq!((repo.git.tags().unwrap(), repo.git.remotes().unwrap()), (vec![], vec![]));
    assert!(repo.git.staged_entries(&[]).unwrap().items.is_empty());
    repo.stage("new file", "x");
    assert_eq!(repo.staged(), pairs(&[("new file", "x")]));
}

#[test]
fn branch_and_detached_head() {
    let repo = Repo::new();
    let oid = repo.git.resolve("v1").unwrap();
    assert_eq!(repo.git.head().unwrap(), Head::Branch { name: "main".into(), oid: oid.clone() });
    repo.run(&["checkout", "--quiet", "--detach"]);
    assert_eq!(repo.git.head().unwrap(), Head::Detached(oid));
    assert_eq!(repo.git.current_branch().unwrap(), None);
}

#[test]
fn a_linked_work_tree() {
    let (repo, other) = (Repo::new(), Scratch::new());
    let path = other.path().join("tree");
    repo.run(&["worktree", "add", "--quiet", "-b", "feature/x", path.to_str().unwrap()]);
    let git = Git::find(&path).unwrap().unwrap();
    assert_eq!((git.dir.as_path(), git.current_branch().unwrap().as_deref()), (path.as_path(), Some("feature/x")));
    assert!(git.git_dir.ends_with(".git/worktrees/tree") && git.common_dir.ends_with(".git"), "{git:?}");
    assert_eq!(git.hooks_dir().unwrap(), repo.scratch.path().join(".git/hooks"));
    assert_eq!(staged(&git), pairs(&[("a.yaml", "version: 1\n")]));
}

#[test]
fn a_bare_repository() {
    let repo = Repo::new();
    let bare = Scratch::new();
    run(bare.path(), &["clone", "--quiet", "--bare", repo.scratch.path().to_str().unwrap(), "b.git"]);
    let git = Git::find(&bare.path().join("b.git")).unwrap().unwrap();
    assert!(git.bare && git.dir == bare.path().join("b.git"), "{git:?}");
    assert_eq!(git.tree_entries("v1").unwrap().items.len(), 1);
}

#[test]
fn a_shallow_clone() {
    let repo = Repo::new();
    repo.stage("a.yaml", "version: 2\n");
    repo.run(&["commit", "--quiet", "--message=second"]);
    let clone = Scratch::new();
    run(clone.path(), &["clone", "--quiet", "--depth=1", &format!("file://{}", repo.scratch.path().display()), "c"]);
    let git = Git::find(&clone.path().join("c")).unwrap().unwrap();
    assert_eq!(staged(&git), pairs(&[("a.yaml", "version: 2\n")]));
    refused(git.resolve("v1"), Exit::World, "`v1` is not a commit");
    let tag = git.ls_remote_tag("origin", "v1").unwrap().unwrap();
    assert_eq!(tag.target, repo.git.resolve("v1").unwrap());
    assert_ne!(tag.oid, tag.target);
    assert_eq!(git.ls_remote_tag("origin", "v").unwrap(), None);
    assert_eq!(git.ls_remote_tag("origin", "*").unwrap(), None);
}

#[test]
fn a_submodule_is_no_manifest() {
    let (repo, inner) = (Repo::new(), Repo::new());
    repo.run(&["submodule", "--quiet", "add", inner.scratch.path().to_str().unwrap(), "sub"]);
    assert_eq!(repo.git.ls_files(&[]).unwrap().items, [".gitmodules", "a.yaml"]);
    repo.run(&["commit", "--quiet", "--message=sub"]);
    assert_eq!(repo.git.tree_entries("HEAD").unwrap().items.len(), 2);
    let git = Git::find(&repo.scratch.path().join("sub")).unwrap().unwrap();
    assert_eq!(git.dir, repo.scratch.path().join("sub"));
}

#[test]
fn a_sha256_repository() {
    let repo = Repo::init(&["--object-format=sha256"]);
    repo.stage("a", "x");
    repo.run(&["commit", "--quiet", "--message=first"]);
    assert_eq!(repo.git.resolve("HEAD").unwrap().len(), 64);
    assert_eq!(repo.staged(), pairs(&[("a", "x")]));
    repo.git.create_tag("v1", "m", "HEAD", false).unwrap();
    assert_eq!(repo.git.tags().unwrap()[0].target, repo.git.resolve("HEAD").unwrap());
}

#[test]
fn names_that_are_odd() {
    let repo = Repo::new();
    for name in ["-x", "--output=y", "caf\u{e9} \"q\"", ":(top)z", "*.yaml", "new\nline"] {
        repo.scratch.file(name, "x");
    }
    let odd = repo.scratch.path().join(path(b"bad\xff"));
    std::fs::copy(repo.scratch.path().join("-x"), odd).unwrap();
    repo.run(&["add", "--all"]);
    let listing = repo.git.ls_files(&[]).unwrap();
    assert_eq!(listing.items, ["*.yaml", "--output=y", "-x", ":(top)z", "a.yaml", "caf\u{e9} \"q\"", "new\nline"]);
    assert_eq!(listing.skipped, ["bad\u{fffd}"]);
    assert_eq!(repo.git.staged_entries(&[]).unwrap().items.len(), 7);
    assert_eq!(repo.git.ls_files(&["-x".into(), ":(glob)caf*".into()]).unwrap().items, ["-x", "caf\u{e9} \"q\""]);
    let before = repo.git.resolve("HEAD").unwrap();
    let commit = repo.git.commit(&["-x".into(), "*.yaml".into(), "new\nline".into()], "-m; $(touch canary)\n").unwrap();
    let changed = repo.run(&["diff", "--name-only", "-z", &before, &commit]);
    assert_eq!(changed, "*.yaml\0-x\0new\nline\0");
    assert_eq!(repo.run(&["log", "-1", "--format=%B"]).trim_end(), "-m; $(touch canary)");
    assert!(!repo.scratch.path().join("canary").exists());
}

#[test]
fn a_merge_conflict_names_its_file() {
    let repo = Repo::new();
    repo.run(&["checkout", "--quiet", "-b", "other"]);
    repo.stage("a.yaml", "version: 2\n");
    repo.run(&["commit", "--quiet", "--message=theirs"]);
    repo.run(&["checkout", "--quiet", "main"]);
    repo.stage("a.yaml", "version: 3\n");
    repo.run(&["commit", "--quiet", "--message=ours"]);
    assert_eq!((repo.git.operation_in_progress(), repo.git.unmerged().unwrap()), (None, vec![]));
    assert!(plain(&repo.git.dir).unwrap().args(["merge", "other"]).run().is_err());
    refused(repo.git.staged_entries(&[]), Exit::World, "`a.yaml` is in a merge conflict");
    assert_eq!(repo.git.unmerged().unwrap(), ["a.yaml"]);
    assert_eq!(repo.git.ls_files(&[]).unwrap().items, ["a.yaml"]);
    assert_eq!(repo.git.operation_in_progress(), Some("merge"));
    refused(repo.git.commit(&["a.yaml".into()], "m"), Exit::Tool, "cannot do a partial commit during a merge");
}

#[test]
fn the_index_of_a_partial_commit() {
    let repo = Repo::new();
    repo.stage("a.yaml", "version: 2\n");
    repo.stage("b.yaml", "version: 2\n");
    // What git hands to the hook of `git commit b.yaml`: `HEAD`, and this one file.
    let partial = repo.scratch.path().join(".git/next-index");
    let with = |args: &[&str]| plain(&repo.git.dir).unwrap().env("GIT_INDEX_FILE", &partial).args(args).run().unwrap();
    with(&["read-tree", "HEAD"]);
    with(&["add", "b.yaml"]);
    let hook = repo.git.clone().with_index(Path::new(".git/next-index"));
    assert_eq!(staged(&hook), pairs(&[("a.yaml", "version: 1\n"), ("b.yaml", "version: 2\n")]));
    assert_eq!(repo.staged(), pairs(&[("a.yaml", "version: 2\n"), ("b.yaml", "version: 2\n")]));
}

#[test]
fn a_commit_takes_only_its_paths() {
    let repo = Repo::new();
    repo.stage("b.yaml", "staged by someone else\n");
    repo.scratch.file("a.yaml", "version: 2\n");
    let commit = repo.git.commit(&["a.yaml".into()], "Version 2\n\n# not a comment\n").unwrap();
    assert_eq!(repo.git.head().unwrap(), Head::Branch { name: "main".into(), oid: commit });
    assert_eq!(repo.run(&["show", "--format=%B", "--name-only", "HEAD"]), "Version 2\n\n# not a comment\n\n\na.yaml");
    assert_eq!(repo.run(&["diff", "--cached", "--name-only"]), "b.yaml");
    refused(repo.git.commit(&["a.yaml".into()], "again"), Exit::Tool, "git --literal-pathspecs commit");
}

#[test]
fn tags_are_made_once_and_read_back() {
    let repo = Repo::new();
    let head = repo.git.resolve("HEAD").unwrap();
    repo.git.create_tag("charts/web-1.2.3", "Version 1.2.3\n# kept\n", "HEAD", false).unwrap();
    repo.run(&["tag", "light"]);
    let tags = repo.git.tags().unwrap();
    assert_eq!(tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), ["charts/web-1.2.3", "light", "v1"]);
    assert!(tags.iter().all(|tag| tag.target == head));
    assert_eq!((tags[1].oid == head, tags[2].oid == head), (true, false));
    assert_eq!(repo.run(&["tag", "--list", "--format=%(contents)", "charts/*"]), "Version 1.2.3\n# kept");
    assert!(repo.git.tag_exists("light").unwrap() && !repo.git.tag_exists("charts").unwrap());
    refused(repo.git.create_tag("v1", "m", "HEAD", false), Exit::World, "there is a tag `v1` already");
    for name in ["-d", "a b", "a..b", "x^{}", "a\nb", "*", ""] {
        refused(repo.git.create_tag(name, "m", "HEAD", false), Exit::Usage, "can't be the name of a tag");
    }
    assert_eq!(repo.git.tags().unwrap(), tags);
}

#[test]
fn remotes_settings_and_hooks() {
    let repo = Repo::new();
    repo.run(&["remote", "add", "up.stream", "https://example.com/a.git"]);
    repo.run(&["remote", "add", "origin", "/nowhere"]);
    let names: Vec<String> = repo.git.remotes().unwrap().into_iter().map(|remote| remote.name).collect();
    assert_eq!(names, ["origin", "up.stream"]);
    refused(repo.git.ls_remote_tag("origin", "v1"), Exit::Tool, "does not appear to be a git repository");
    refused(repo.git.ls_remote_tag("--upload-pack=touch canary", "v1"), Exit::Usage, "is no remote");
    assert_eq!(repo.git.config_get("lockstep.nothing").unwrap(), None);
    repo.run(&["config", "lockstep.message", "a\nb\n"]);
    assert_eq!(repo.git.config_get("lockstep.message").unwrap().as_deref(), Some("a\nb\n"));
    refused(repo.git.config_get("nosection"), Exit::Tool, "key does not contain a section");
    assert_eq!(repo.git.hooks_dir().unwrap(), repo.scratch.path().join(".git/hooks"));
    repo.run(&["config", "core.hooksPath", "scripts/hooks"]);
    assert_eq!(repo.git.hooks_dir().unwrap(), repo.scratch.path().join("scripts/hooks"));
}

#[test]
fn a_look_runs_no_program_of_the_repository() {
    let repo = Repo::new();
    let hook = repo.scratch.path().join("spy");
    crate::fsx::write_program(&hook, b"#!/bin/sh\ntouch \"$(dirname \"$0\")/canary\"\n").unwrap();
    for key in ["core.fsmonitor", "core.pager", "core.editor", "diff.external", "core.sshCommand", "core.askPass"] {
        repo.run(&["config", key, hook.to_str().unwrap()]);
    }
    repo.git.ls_files(&[]).unwrap();
    repo.git.tree_entries("HEAD").unwrap();
    repo.git.head().unwrap();
    repo.git.tags().unwrap();
    repo.git.unmerged().unwrap();
    repo.staged();
    assert!(!repo.scratch.path().join("canary").exists());
}

#[test]
fn blobs_are_what_they_are() {
    let repo = Repo::new();
    repo.stage("empty", "");
    repo.stage("no-newline", "x");
    assert_eq!(repo.staged(), pairs(&[("a.yaml", "version: 1\n"), ("empty", ""), ("no-newline", "x")]));
    let tree = repo.run(&["rev-parse", "HEAD^{tree}"]);
    refused(repo.git.cat_file_batch(&[tree]), Exit::World, "is `tree`, not a file");
    refused(repo.git.cat_file_batch(&["0123456789".repeat(4)]), Exit::World, "is missing");
    refused(repo.git.cat_file_batch(&["HEAD:a.yaml"]), Exit::Usage, "is not the id of an object");
    assert!(repo.git.cat_file_batch(&[] as &[&str]).unwrap().is_empty());
    let big = "y".repeat(3 << 20);
    repo.stage("big", &big);
    let oid = repo.run(&["rev-parse", ":big"]);
    let given_up =
        repo.git.cat_file_each(&vec![oid.as_str(); 20], |at, _| if at < 3 { Ok(()) } else { anyhow::bail!("enough") });
    assert_eq!(given_up.unwrap_err().to_string(), "enough");
    let blobs = repo.git.cat_file_batch(&vec![oid; 20]).unwrap();
    assert!(blobs.len() == 20 && blobs.iter().all(|blob| blob == big.as_bytes()));
    repo.run(&[
        "-c",
        "core.symlinks=true",
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("120000,{},link", repo.run(&["rev-parse", ":empty"])),
    ]);
    assert!(repo.git.staged_entries(&[]).unwrap().items.iter().any(|entry| entry.path == "link" && entry.is_symlink()));
}

#[test]
fn a_tag_without_the_signature_that_was_asked_for_is_none() {
    let repo = Repo::new();
    repo.run(&["config", "gpg.format", "ssh"]);
    repo.run(&["config", "user.signingkey", "/nonexistent/key"]);
    let before = repo.git.tags().unwrap();
    refused(repo.git.create_tag("v2", "m", "HEAD", true), Exit::Tool, "can't sign the tag `v2`");
    let target = repo.git.resolve("HEAD").unwrap();
    let tag = NewTag { name: "v2".to_owned(), target, message: "m".to_owned(), signed: true };
    refused(repo.git.build_tag(&tag, &who()), Exit::Tool, "can't sign the tag `v2`");
    assert_eq!(repo.git.tags().unwrap(), before);
}

fn who() -> Signature {
    Signature { name: "Ada".to_owned(), email: "ada@example.com".to_owned(), seconds: 1_782_907_200 }
}

fn new_commit(parent: Parent, files: &[(&str, &str)]) -> NewCommit {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    NewCommit { parent, files, message: "Version 2".to_owned() }
}

#[test]
fn built_commits_are_those_that_git_makes() {
    for format in ["sha1", "sha256"] {
        let repo = Repo::init(&["--object-format", format]);
        let odd = "caf\u{e9} \"q\" \\ x";
        for (name, text) in [("a.yaml", "1\n"), ("run", "#!\n"), ("deep/er/b", ""), (odd, "x"), ("new\nline", "y")] {
            repo.stage(name, text);
        }
        repo.run(&["update-index", "--chmod=+x", "run"]);
        repo.run(&["commit", "--quiet", "--message=first"]);
        let base = repo.git.resolve("HEAD").unwrap();
        let first = new_commit(Parent::Commit(base.clone()), &[("a.yaml", "2\n"), ("run", "#!2\n"), (odd, "x2")]);
        let second = new_commit(Parent::Previous, &[("new\nline", "y2"), ("deep/new/c", "c"), ("deep/new/d", "d")]);
        let third = new_commit(Parent::Previous, &[("deep/new/c", "c2"), ("run", "#!3\n")]);
        let root = new_commit(Parent::None, &[("only", "me")]);
        let oids = repo.git.build_commits(&[first, second, third, root.clone()], &who()).unwrap();
        assert_eq!(repo.git.build_commits(&[root], &who()).unwrap(), oids[3..]);
        // The same by hand.
        let by_hand = |files: &[(&str, &str)]| {
            for (name, text) in files {
                repo.stage(name, text);
            }
            repo.run(&["update-index", "--chmod=+x", "run"]);
            let tree = repo.run(&["write-tree"]);
            let parent = repo.git.resolve("HEAD").unwrap();
            let who = "GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com GIT_AUTHOR_DATE='@1782907200 +0000'";
            let script = format!("{who} {} git commit-tree {tree} -p {parent}", who.replace("AUTHOR", "COMMITTER"));
            let run = Run::new("sh", repo.scratch.path()).unwrap().args(["-c", &script]);
            let oid = run.stdin("Version 2\n").read_text().unwrap();
            repo.run(&["update-ref", "HEAD", &oid]);
            oid
        };
        assert_eq!(by_hand(&[("a.yaml", "2\n"), ("run", "#!2\n"), (odd, "x2")]), oids[0]);
        assert_eq!(by_hand(&[("new\nline", "y2"), ("deep/new/c", "c"), ("deep/new/d", "d")]), oids[1]);
        assert_eq!(by_hand(&[("deep/new/c", "c2"), ("run", "#!3\n")]), oids[2]);
        assert_eq!(repo.run(&["for-each-ref", "refs/lockstep"]), "");
        repo.run(&["fsck", "--strict"]);
    }
}

#[test]
fn what_cannot_be_in_a_commit() {
    let repo = Repo::new();
    repo.stage("dir/x", "x");
    std::os::unix::fs::symlink("a.yaml", repo.scratch.path().join("link")).unwrap();
    repo.run(&["add", "link"]);
    let head = repo.git.resolve("v1").unwrap();
    repo.run(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},sub")]);
    repo.run(&["commit", "--quiet", "--message=odd"]);
    let base = Parent::Commit(repo.git.resolve("HEAD").unwrap());
    let build = |path: &str| repo.git.build_commits(&[new_commit(base.clone(), &[(path, "x")])], &who());
    for (path, words) in [
        ("dir", "is a folder"),
        ("a.yaml/x", "would be below a file"),
        ("link", "is a symlink"),
        ("link/x", "would be below a file"),
        ("sub", "is a submodule"),
        ("sub/x", "would be below a file"),
    ] {
        refused(build(path), Exit::World, words);
    }
    for path in ["", "/x", "x/", "a//b", "../x", "a/./b", ".git/config", "a/.GIT/x", "a\0b"] {
        refused(build(path), Exit::Usage, "can't be a path in a commit");
    }
    build("dir2").unwrap();
    for (name, email) in [("A <b>", "c"), ("", "c"), ("A", " "), ("A\nB", "c"), ("A ", "c"), ("A", "c>")] {
        let who = Signature { name: name.to_owned(), email: email.to_owned(), seconds: 1 };
        refused(repo.git.build_commits(&[new_commit(Parent::None, &[])], &who), Exit::Usage, "");
    }
    let missing = new_commit(Parent::Commit("1".repeat(40)), &[("x", "x")]);
    assert!(repo.git.build_commits(&[missing], &who()).is_err());
    assert!(repo.git.build_commits(&[new_commit(Parent::Commit("HEAD".to_owned()), &[])], &who()).is_err());
    for name in ["-x", "a b", "a..b", "", "x^{}"] {
        let target = repo.git.resolve("HEAD").unwrap();
        let tag = NewTag { name: name.to_owned(), target, message: String::new(), signed: false };
        assert!(repo.git.build_tag(&tag, &who()).is_err(), "{name}");
    }
}

#[test]
fn a_built_tag_is_the_one_that_git_makes() {
    let repo = Repo::new();
    let target = repo.git.resolve("v1").unwrap();
    let message = "One\n\n# kept\n-----BEGIN nothing\n";
    let tag = NewTag { name: "v2".to_owned(), target: target.clone(), message: message.to_owned(), signed: false };
    let oid = repo.git.build_tag(&tag, &who()).unwrap();
    let said = repo.git.find_tag_object(&oid).unwrap().unwrap();
    assert_eq!((said.target, said.name, said.message), (target.clone(), "v2".to_owned(), message.to_owned()));
    assert_eq!((said.tagger.as_str(), said.signed), ("Ada <ada@example.com> 1782907200 +0000", false));
    let run = plain(repo.scratch.path()).unwrap().env("GIT_COMMITTER_NAME", "Ada");
    let run = run.env("GIT_COMMITTER_EMAIL", "ada@example.com").env("GIT_COMMITTER_DATE", "@1782907200 +0000");
    run.args(["tag", "--annotate", "--cleanup=verbatim", "--message", message, "v2", &target]).run().unwrap();
    assert_eq!(repo.git.find_tag("v2").unwrap().unwrap().oid, oid);
    assert_eq!(repo.git.find_tag_object(&target).unwrap(), None);
    refused(repo.git.find_tag_object(&"1".repeat(40)), Exit::World, "is not here");
}

#[test]
fn what_commits_say() {
    let repo = Repo::new();
    let first = repo.git.resolve("HEAD").unwrap();
    repo.run(&["checkout", "--quiet", "-b", "side"]);
    repo.stage("side file", "x");
    repo.run(&["commit", "--quiet", "--message=side"]);
    repo.run(&["checkout", "--quiet", "main"]);
    repo.run(&["mv", "a.yaml", "b.yaml"]);
    repo.run(&["commit", "--quiet", "--message=Subject\n\nBody: \u{1} line\n\nFreeze-Exception: yes"]);
    repo.run(&["merge", "--quiet", "--no-ff", "--message=merge", "side"]);
    repo.run(&["commit", "--quiet", "--allow-empty", "--message=empty"]);
    let all = repo.git.commits(Some(&first), "HEAD", false).unwrap();
    let said: Vec<(&str, String)> =
        all.iter().map(|commit| (commit.subject.as_str(), commit.paths.join(" "))).collect();
    let mine: Vec<_> = said.iter().filter(|(subject, _)| *subject != "side").cloned().collect();
    let expected = [("empty", ""), ("merge", "side file"), ("Subject", "a.yaml b.yaml")];
    assert_eq!(mine, expected.map(|(subject, paths)| (subject, paths.to_owned())));
    assert_eq!(all.len(), 4);
    let line = repo.git.commits(Some(&first), "HEAD", true).unwrap();
    assert_eq!(line.iter().map(|commit| commit.subject.as_str()).collect::<Vec<_>>(), ["empty", "merge", "Subject"]);
    let last = &line[2];
    assert_eq!(last.message, "Subject\n\nBody: \u{1} line\n\nFreeze-Exception: yes\n");
    assert_eq!(
        (last.author.as_str(), last.seconds, &last.parents),
        ("tester@example.com", 1_767_323_045, &vec![first.clone()])
    );
    assert_eq!(line[1].parents.len(), 2);
    assert_eq!(repo.git.commits(None, &first, true).unwrap().len(), 1);
    assert_eq!(repo.git.commits(Some("HEAD"), &first, true).unwrap(), []);
    assert!(repo.git.is_ancestor(&first, "side").unwrap() && !repo.git.is_ancestor("side", &first).unwrap());
    assert_eq!(repo.git.merge_base("side", &last.oid).unwrap(), Some(first.clone()));
    assert_eq!(repo.git.tree_of("HEAD").unwrap(), repo.git.tree_of("HEAD~1").unwrap());
    assert_eq!(repo.git.read_file(&first, "a.yaml").unwrap().as_deref(), Some(&b"version: 1\n"[..]));
    assert_eq!((repo.git.read_file(&first, "b.yaml").unwrap(), repo.git.read_file(&first, "").unwrap()), (None, None));
    refused(repo.git.read_file(&"1".repeat(40), "a"), Exit::World, "is not here");
    assert_eq!(repo.git.has_objects(&[&first, &"1".repeat(40), "refs/nothing"]).unwrap(), [true, false, false]);
    let orphan = repo.git.build_commits(&[new_commit(Parent::None, &[("x", "x")])], &who()).unwrap().remove(0);
    assert_eq!(repo.git.merge_base(&first, &orphan).unwrap(), None);
}

/// `main` has commits of its own, a branch with a fix that was merged, and another one that came straight.
#[test]
fn how_a_branch_got_a_commit() {
    let repo = Repo::new();
    let commit = |name: &str| {
        repo.stage(name, name);
        repo.run(&["commit", "--quiet", "--message", name]);
        repo.run(&["rev-parse", "HEAD"])
    };
    let cut = repo.run(&["rev-parse", "HEAD"]);
    repo.run(&["switch", "--quiet", "--create", "side"]);
    let (bump, fix) = (commit("Bump"), commit("fix"));
    repo.run(&["switch", "--quiet", "main"]);
    let own = commit("own");
    repo.run(&["merge", "--quiet", "--no-ff", "--message", "Merge side", "side"]);
    let merge = repo.run(&["rev-parse", "HEAD"]);
    let tip = commit("later (#7)");
    repo.run(&["switch", "--quiet", "side"]);
    let late = commit("late");
    let by = Brought::Merge(Merge { oid: merge.clone(), merged: fix.clone() });
    for (commit, expected) in [
        (&bump, &by),
        (&fix, &by),
        (&cut, &Brought::Straight),
        (&own, &Brought::Straight),
        (&merge, &Brought::Straight),
        (&tip, &Brought::Straight),
        (&late, &Brought::No),
    ] {
        assert_eq!(repo.git.brought(&tip, commit).unwrap(), *expected, "{commit}");
    }
    // A later merge of the same branch brings only what is new.
    repo.run(&["switch", "--quiet", "main"]);
    repo.run(&["merge", "--quiet", "--no-ff", "--message", "Merge more", "side"]);
    let more = repo.run(&["rev-parse", "HEAD"]);
    assert_eq!(repo.git.brought(&more, &fix).unwrap(), by);
    let second = Brought::Merge(Merge { oid: more.clone(), merged: late.clone() });
    assert_eq!(repo.git.brought(&more, &late).unwrap(), second);
    // What came straight stays so, if the next merge brings what stands on it.
    repo.run(&["switch", "--quiet", "--create", "other"]);
    commit("other");
    repo.run(&["switch", "--quiet", "main"]);
    repo.run(&["merge", "--quiet", "--no-ff", "--message", "Merge other", "other"]);
    let other = repo.run(&["rev-parse", "HEAD"]);
    assert_eq!(repo.git.brought(&other, &more).unwrap(), Brought::Straight);
    assert_eq!(repo.git.parents(&merge).unwrap(), [own, fix]);
    assert_eq!(repo.git.with_subject(&more, "Bump").unwrap(), [bump]);
    assert_eq!(repo.git.with_subject(&more, "later").unwrap(), [tip]);
    assert_eq!(repo.git.with_subject(&more, "Bum").unwrap(), [""; 0]);
}
