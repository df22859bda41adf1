//! A version branch that is merged by its pull request, and the merge commit that is tagged: with the real gh, a forge
//! that merges by real git, and each way in which somebody else may have done a part of it.

use std::ops::Deref;

use lockstep_tests::hosted::Small;
use lockstep_tests::servers::{Rule, Trouble};
use serde_json::{Value, json};

const CONFIG: &str = r#"[project]
name = "acme"
branch = "develop"
commit = "Bump version {app}"

[track.app]
bump = "minor"
tag = "{version}"
message = "Version {version}"

[branch]
name = "release-{app}"
merge = "main"

[forge]
repository = "acme/app"
notes = "release-config/notes/{app}.md"

[[manifest]]
path = "VERSION"
line.all = "{app}"

[command.smoke]
argv = ["sh", "-c", "cat VERSION >>\"$OUT\""]
when = "prepared"

[process.release]
steps = ["commit", "command/smoke", "push", "pull-request", "merge", "tag", "push-tag"]
"#;

/// `acme/app` at 1.26.0: `main` is what was released, `develop` has one commit more, `release-1.27.0` is cut from it.
struct World(Small);

impl Deref for World {
    type Target = Small;

    fn deref(&self) -> &Small {
        &self.0
    }
}

impl World {
    fn new(test: &str) -> Option<Self> {
        Self::with(test, CONFIG)
    }

    fn with(test: &str, config: &str) -> Option<Self> {
        let files = [("release-config/release.toml", config), ("VERSION", "1.26.0\n")];
        let from = if config.contains("branch = \"main\"") { "main" } else { "develop" };
        let mut world = Self(Small::new(test, &files, ("1.26.0", from))?);
        let out = world.sandbox.root().join("smoke");
        world.0.sandbox.env("OUT", out.to_string_lossy());
        world.sandbox.run(&["branch", "--yes"]).code(0);
        Some(world)
    }

    fn refs(&self) -> String {
        self.git(&["for-each-ref", "--format=%(refname) %(objectname)"])
    }

    fn pulls(&self) -> Vec<Value> {
        let mut pulls = self.ask("GET", "pulls?state=all", &Value::Null).as_array().unwrap().clone();
        pulls.sort_by_key(|pull| pull["number"].as_u64());
        pulls
    }

    /// The number of the only pull request.
    #[track_caller]
    fn number(&self) -> u64 {
        let pulls = self.pulls();
        assert_eq!(pulls.len(), 1, "{pulls:?}");
        pulls[0]["number"].as_u64().unwrap()
    }

    fn open(&self) -> u64 {
        let body = json!({ "title": "By hand", "head": "release-1.27.0", "base": "main" });
        self.ask("POST", "pulls", &body)["number"].as_u64().unwrap()
    }

    /// Merges by hand, on the forge.
    fn merge(&self, how: &str) {
        let merged = self.ask("PUT", &format!("pulls/{}/merge", self.number()), &json!({ "merge_method": how }));
        assert_eq!(merged["merged"], true, "{merged}");
    }

    /// A commit by somebody else.
    fn colleague_pushes(&self, branch: &str, path: &str, text: &str) {
        let folder = self.sandbox.path("../colleague");
        let _ = std::fs::remove_dir_all(&folder);
        self.sandbox.git_in("..", &["clone", "-q", "-b", branch, "origin.git", "colleague"]);
        self.sandbox.write(format!("../colleague/{path}"), text);
        self.sandbox.commit_in("../colleague", &format!("Mend {path}"));
        self.sandbox.git_in("../colleague", &["push", "-q", "origin", branch]);
    }

    fn smoke(&self) -> String {
        std::fs::read_to_string(self.sandbox.root().join("smoke")).unwrap_or_default()
    }

    /// The end of all ways: one merge commit of the version branch, tagged, and nothing left to do.
    #[track_caller]
    fn whole(&self) {
        let tag = self.git(&["cat-file", "-t", "1.27.0"]);
        assert_eq!(tag, "tag", "it is annotated");
        assert_eq!(self.git(&["tag", "-l", "--format=%(contents:subject)", "1.27.0"]), "Version 1.27.0");
        let merge = self.git(&["rev-parse", "1.27.0^{commit}"]);
        let parents = self.git(&["log", "-1", "--format=%P", &merge]);
        assert_eq!(parents.split(' ').count(), 2, "it marks a merge");
        assert!(self.git(&["rev-list", "--first-parent", "main"]).lines().any(|commit| commit == merge));
        assert_eq!(self.git(&["show", "1.27.0:VERSION"]), "1.27.0");
        let bump = self.git(&["log", "-1", "--format=%H", "--grep=^Bump version 1.27.0$", "1.27.0^2"]);
        assert!(!bump.is_empty(), "the version's commit was merged");
        let dates = self.git(&["log", "-1", "--format=%ct", &merge]);
        let tagged = self.git(&["for-each-ref", "--format=%(taggerdate:unix)", "refs/tags/1.27.0"]);
        assert!(tagged >= dates, "a tag is no older than what it marks: {tagged} {dates}");
        let (refs, pulls) = (self.refs(), self.pulls());
        self.writes();
        self.run().code(0).says("everything is there already");
        self.sandbox.run(&["status"]).code(0).says_nothing_of("to do");
        self.elsewhere();
        // Without the ledger nobody knows that it was tested: that is done once more, and nothing else.
        self.run().code(0);
        assert_eq!((self.refs(), self.pulls()), (refs, pulls), "a release that is made is left alone");
        assert_eq!(self.writes(), Vec::<String>::new());
        assert_eq!(self.forge.violations(), [""; 0]);
    }
}

/// What an image is built from is looked for before the branch, its merge and its tag are public.
#[test]
fn an_image_that_cannot_be_built_stops_before_the_merge() {
    let image = "[[image]]\nname = \"acme/app\"\nregistries = [\"127.0.0.1:1\"]\ntags = [\"{app}\"]\nplatforms = [\"linux/amd64\"]\n\
                 dockerfile = \"Dockerfile\"\ntarget = \"prodction\"\n\n[process.release]";
    let config = CONFIG.replace("[process.release]", image).replace("\"push-tag\"]", "\"push-tag\", \"build\"]");
    let Some(world) = World::with("an_image_that_cannot_be_built_stops_before_the_merge", &config) else { return };
    let before = world.refs();
    let path = "release-config/release.toml";
    let stops = |says: &str, hint: &str| {
        world.sandbox.run(&["plan", "1.27.0"]).code(4).says(says);
        world.run().code(4).says(says).says(hint);
    };
    stops("there is no `Dockerfile` in the commit", "hint: commit it and push the branch");

    world.colleague_pushes("release-1.27.0", "Dockerfile", "FROM scratch AS production\nCOPY page /\n");
    let before_stage = world.refs();
    assert_ne!(before, before_stage);
    stops("`Dockerfile` has no stage `prodction`", "hint: did you mean `production`?");
    world.sandbox.replace(path, "prodction", "production");
    world.sandbox.replace(path, "\"Dockerfile\"", "\"Dokerfile\"");
    stops("there is no `Dokerfile` in the commit", "hint: did you mean `Dockerfile`?");
    world.sandbox.replace(path, "\"Dokerfile\"", "\"Dockerfile\"\ncontext = \"src\"");
    stops("there is no folder `src` in the commit", "hint: push it to the branch");
    assert_eq!((world.refs(), world.pulls().len(), world.smoke()), (before_stage, 0, String::new()));

    world.sandbox.replace(path, "\ncontext = \"src\"", "");
    world.sandbox.run(&["plan", "1.27.0"]).code(0).says("build the image `acme/app`");
}

/// B4, E7.
#[test]
fn a_branch_is_merged_and_the_merge_is_tagged() {
    let Some(world) = World::new("a_branch_is_merged_and_the_merge_is_tagged") else { return };
    let before = world.refs();
    let plan = world.sandbox.run(&["plan", "1.27.0"]).code(0);
    plan.says("have a pull request of `release-1.27.0` into `main`").says("push tag `1.27.0`");
    assert_eq!(world.refs(), before);
    let main = world.git(&["rev-parse", "main"]);
    let ran = world.run().code(0).says("released").says("git pull --ff-only").says(" main` brings it here");
    assert_eq!(world.smoke(), "1.27.0\n");
    let refs = world.refs();
    let ran = ran.says("hint: `develop` lacks what was merged into `main`: `git switch develop");
    let back = ran.stderr.split('`').find(|word| word.starts_with("git switch")).expect("a command").to_owned();
    let mut command = world.sandbox.command("sh", "");
    command.args(["-c", &format!("{back} && git reset --hard -q ORIG_HEAD && git push -q -f origin develop")]);
    assert!(world.sandbox.output(command).code(0).stderr.contains("develop"));
    assert_eq!(world.refs(), refs, "and back for the rest");
    let pull = world.ask("GET", &format!("pulls/{}", world.number()), &Value::Null);
    assert_eq!((&pull["merged"], &pull["title"]), (&json!(true), &json!("Bump version 1.27.0")));
    assert_eq!(pull["merge_commit_sha"].as_str().unwrap(), world.git(&["rev-parse", "1.27.0^{commit}"]));
    assert_eq!(world.git(&["rev-parse", "1.27.0^1"]), main);
    assert_eq!(world.git(&["rev-parse", "1.27.0^2"]), world.git(&["rev-parse", "release-1.27.0"]));
    assert_eq!(world.writes().len(), 2, "one pull request, one merge");
    assert_eq!(world.smoke(), "1.27.0\n", "what is tested is tested once");
    world.whole();
}

/// In the default order, with the release on the forge behind it.
#[test]
fn a_release_is_published_on_the_merge() {
    let config = CONFIG.split("[process.release]").next().unwrap();
    let Some(world) = World::with("a_release_is_published_on_the_merge", config) else { return };
    world.forge.delete_merged_branches("acme/app");
    world.sandbox.write("release-config/notes/1.27.0.md", "Version 1.27.0 has a page.\n");
    world.run().code(0).says("released");
    let releases = world.forge.releases("acme/app");
    assert_eq!((releases.len(), &releases[0]["draft"], &releases[0]["tag_name"]), (1, &json!(false), &json!("1.27.0")));
    let merge = world.git(&["rev-parse", "1.27.0^{commit}"]);
    assert!(releases[0]["body"].as_str().unwrap().contains(&merge), "{}", releases[0]["body"]);
    assert!(world.pulls()[0]["body"].as_str().unwrap().contains("has a page"));
    world.whole();
    assert_eq!(world.forge.releases("acme/app"), releases);
}

#[test]
fn it_goes_on_from_every_point() {
    for (forgets, step) in ["commit", "push", "pull-request", "merge", "tag", "push-tag"]
        .into_iter()
        .flat_map(|step| [(false, step), (true, step)])
    {
        let Some(world) = World::new("it_goes_on_from_every_point") else { return };
        println!("{step}, forgets: {forgets}");
        let digest = world.digest();
        world.until(step).code(0);
        assert_eq!(world.digest(), digest, "it is the same plan, however far it has come");
        if forgets {
            world.elsewhere();
        }
        world.run().code(0);
        assert_eq!(world.writes().len(), 2);
        world.whole();
    }
}

/// "Delete branch on merge", as many repositories have it.
#[test]
fn the_branch_may_be_deleted_when_it_is_merged() {
    for step in ["merge", "tag", "push-tag"] {
        let Some(world) = World::new("the_branch_may_be_deleted_when_it_is_merged") else { return };
        world.forge.delete_merged_branches("acme/app");
        world.until(step).code(0);
        assert!(!world.refs().contains("release-1.27.0"));
        world.elsewhere();
        world.run().code(0);
        world.whole();
        // What comes to `main` later has nothing to do with it.
        world.colleague_pushes("main", "later", "later\n");
        world.whole();
        let ran = world.sandbox.run(&["branch", "--yes"]).code(4).says("`app` 1.27.0 is released");
        ran.says("merge `main` back into `develop` first");
        assert!(!world.refs().contains("release-1.27.0"));
    }
}

#[test]
fn the_branch_is_deleted_in_the_same_run() {
    let Some(world) = World::new("the_branch_is_deleted_in_the_same_run") else { return };
    world.forge.delete_merged_branches("acme/app");
    world.run().code(0);
    world.whole();
}

#[test]
fn somebody_else_may_open_and_merge_it() {
    let Some(world) = World::new("somebody_else_may_open_and_merge_it") else { return };
    world.until("push").code(0);
    let number = world.open();
    world.run().code(0);
    assert_eq!((world.number(), world.writes().len()), (number, 1));
    world.whole();

    let Some(world) = World::new("somebody_else_may_open_and_merge_it") else { return };
    world.until("pull-request").code(0);
    world.merge("merge");
    world.colleague_pushes("main", "later", "later\n");
    world.elsewhere();
    world.run().code(0);
    assert_eq!(world.git(&["rev-parse", "main^"]), world.git(&["rev-parse", "1.27.0^{commit}"]));
    world.whole();
}

/// By git, past the forge.
#[test]
fn somebody_may_merge_it_at_home() {
    let Some(world) = World::new("somebody_may_merge_it_at_home") else { return };
    world.until("push").code(0);
    world.sandbox.git_in("..", &["clone", "-q", "-b", "main", "origin.git", "colleague"]);
    let merge = ["merge", "-q", "--no-ff", "-m", "Release it", "origin/release-1.27.0"];
    world.sandbox.git_in("../colleague", &merge);
    world.sandbox.git_in("../colleague", &["push", "-q", "origin", "main", ":release-1.27.0"]);
    world.elsewhere();
    world.run().code(0);
    assert_eq!(world.pulls().len(), 0);
    world.whole();
}

#[test]
fn a_squash_is_no_merge() {
    let Some(world) = World::new("a_squash_is_no_merge") else { return };
    world.until("pull-request").code(0);
    world.merge("squash");
    let before = world.refs();
    let ran = world.run().code(4).says("was squashed or rebased: `main` has no merge commit of `release-1.27.0`");
    ran.says("/acme/app/pull/").says("never a squash").says("open another pull request");
    assert_eq!(world.refs(), before);
    // As it says.
    world.open();
    world.run().code(0);
    world.whole();
}

#[test]
fn a_squash_whose_branch_is_gone() {
    let Some(world) = World::new("a_squash_whose_branch_is_gone") else { return };
    world.until("pull-request").code(0);
    let tip = world.git(&["rev-parse", "release-1.27.0"]);
    world.forge.delete_merged_branches("acme/app");
    world.merge("squash");
    world.run().code(4).says("without a merge of `release-1.27.0`, which is gone").says("restore `release-1.27.0`");
    world.git(&["update-ref", "refs/heads/release-1.27.0", &tip]);
    world.run().code(4).says("was squashed or rebased");
    world.open();
    world.run().code(0);
    world.whole();
}

#[test]
fn a_fast_forward_is_no_merge() {
    let Some(world) = World::new("a_fast_forward_is_no_merge") else { return };
    world.until("push").code(0);
    world.git(&["update-ref", "refs/heads/main", "refs/heads/release-1.27.0"]);
    let ran = world.run().code(4).says("`main` has all of `release-1.27.0`, and no merge commit of it");
    ran.says("commit something to `release-1.27.0` and merge that");
    // A merge of what others did since is none of it, though the version's commit is below it.
    let clone = world.sandbox.path("../another");
    world.sandbox.git_in("..", &["clone", "-q", "-b", "main", "origin.git", "another"]);
    world.sandbox.git_in("../another", &["switch", "-q", "-c", "feature"]);
    world.sandbox.write("../another/feature", "new\n");
    world.sandbox.commit_in("../another", "Add a feature");
    world.sandbox.git_in("../another", &["switch", "-q", "main"]);
    world.sandbox.git_in("../another", &["merge", "-q", "--no-ff", "-m", "Merge feature", "feature"]);
    world.sandbox.git_in("../another", &["push", "-q", "origin", "main"]);
    std::fs::remove_dir_all(clone).unwrap();
    world.run().code(4).says("`main` has all of `release-1.27.0`, and no merge commit of it");
    world.colleague_pushes("release-1.27.0", "page", "two\n");
    world.run().code(0);
    world.whole();
}

#[test]
fn a_closed_pull_request_is_a_word() {
    let Some(world) = World::new("a_closed_pull_request_is_a_word") else { return };
    world.until("pull-request").code(0);
    let path = format!("pulls/{}", world.number());
    world.ask("PATCH", &path, &json!({ "state": "closed" }));
    let before = world.refs();
    world.run().code(4).says("was closed, and isn't merged").says("reopen it");
    assert_eq!(world.refs(), before);
    let second = world.open();
    world.ask("PATCH", &format!("pulls/{second}"), &json!({ "state": "closed" }));
    world.run().code(4).says(&format!("/pull/{second} was closed"));
    world.open();
    world.run().code(0);
    world.whole();
}

#[test]
fn a_review_is_waited_for() {
    let Some(world) = World::new("a_review_is_waited_for") else { return };
    let words = "At least 1 approving review is required by reviewers with write access.";
    world.forge.refuse_merges("acme/app", Some(words));
    let ran = world.run().code(5).says("can't be merged yet").says(words).says("https://github.com/acme/app/pull/");
    ran.says("a review, a check");
    assert!(!world.refs().contains("refs/tags/1.27.0"));
    world.sandbox.run(&["status"]).says("merge `release-1.27.0` into `main`");
    world.forge.refuse_merges("acme/app", None);
    world.run().code(0);
    assert_eq!(world.smoke(), "1.27.0\n");
    world.whole();
}

#[test]
fn merge_commits_may_be_forbidden() {
    let Some(world) = World::new("merge_commits_may_be_forbidden") else { return };
    world.forge.refuse_merges("acme/app", Some("Merge commits are not allowed on this repository."));
    world.run().code(4).says("Merge commits are not allowed").says("allow merge commits in the settings of `acme/app`");
    world.forge.refuse_merges("acme/app", None);
    world.run().code(0);
    world.whole();
}

#[test]
fn a_conflict_is_solved_by_a_person() {
    let Some(world) = World::new("a_conflict_is_solved_by_a_person") else { return };
    world.colleague_pushes("main", "page", "another\n");
    let ran = world.run().code(4).says("`release-1.27.0` and `main` contradict each other");
    ran.says("merge `main` into `release-1.27.0`").says("/acme/app/pull/");
    // As it says.
    world.sandbox.git_in("..", &["clone", "-q", "-b", "release-1.27.0", "origin.git", "solver"]);
    assert_ne!(
        world
            .sandbox
            .output({
                let mut git = world.sandbox.command("git", "../solver");
                git.args(["merge", "-q", "origin/main"]);
                git
            })
            .code,
        0
    );
    world.sandbox.write("../solver/page", "both\n");
    world.sandbox.commit_in("../solver", "Merge main");
    world.sandbox.git_in("../solver", &["push", "-q", "origin", "release-1.27.0"]);
    world.run().code(0);
    assert_eq!(world.smoke(), "1.27.0\n1.27.0\n", "what was solved is tested, too");
    world.whole();
}

/// The wrong way: the old version is kept in the merge commit.
#[test]
fn a_merge_that_lost_the_version() {
    let Some(world) = World::new("a_merge_that_lost_the_version") else { return };
    world.until("push").code(0);
    world.sandbox.git_in("..", &["clone", "-q", "-b", "main", "origin.git", "colleague"]);
    world.sandbox.git_in("../colleague", &["merge", "-q", "--no-ff", "--no-commit", "origin/release-1.27.0"]);
    world.sandbox.write("../colleague/VERSION", "1.26.0\n");
    world.sandbox.commit_in("../colleague", "Merge, badly");
    world.sandbox.git_in("../colleague", &["push", "-q", "origin", "main"]);
    let before = world.refs();
    let ran = world.run().code(4).says("isn't the release: `VERSION` says `1.26.0`, not `1.27.0`");
    ran.says("take the next version");
    assert_eq!(world.refs(), before);
}

/// A bugfix that comes between the version's commit and the merge is a part of the release, and is tested as such.
#[test]
fn a_fix_before_the_merge_is_merged_with_it() {
    let Some(world) = World::new("a_fix_before_the_merge_is_merged_with_it") else { return };
    world.until("pull-request").code(0);
    world.colleague_pushes("release-1.27.0", "page", "two\n");
    world.run().code(0);
    assert_eq!(world.git(&["show", "1.27.0:page"]), "two");
    assert_eq!(world.smoke(), "1.27.0\n1.27.0\n", "the fix is tested, too");
    // One that comes after it isn't.
    world.colleague_pushes("release-1.27.0", "page", "three\n");
    world.whole();
    assert_eq!(world.git(&["show", "1.27.0:page"]), "two");
}

#[test]
fn a_fix_after_the_merge_is_none_of_it() {
    let Some(world) = World::new("a_fix_after_the_merge_is_none_of_it") else { return };
    world.until("merge").code(0);
    world.colleague_pushes("release-1.27.0", "page", "three\n");
    world.elsewhere();
    world.run().code(0);
    assert_eq!(world.git(&["show", "1.27.0:page"]), "one");
    world.whole();
}

/// Between the look and the merge: GitHub says that the head was modified, and nothing untested is merged.
#[test]
fn the_head_moves_at_the_last_moment() {
    let Some(world) = World::new("the_head_moves_at_the_last_moment") else { return };
    world.until("pull-request").code(0);
    // gh is the one through whose hands the question goes.
    let real = "/usr/bin/env -u GIT_DIR git";
    let bare = world.sandbox.path("../origin.git").display().to_string();
    let clone = world.sandbox.path("../late").display().to_string();
    let push = format!(
        "{real} clone -q -b release-1.27.0 {bare} {clone} && cd {clone} && echo two >page && \
         {real} commit -qam 'Mend page' && {real} push -q"
    );
    let gh = world.sandbox.output({
        let mut which = world.sandbox.command("which", "");
        which.arg("gh");
        which
    });
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *\" PUT \"*) [ -d {clone} ] || ({push}) >&2 ;; esac\nexec {} \"$@\"\n",
        gh.stdout.trim()
    );
    world.sandbox.put_program("gh", &script);
    let ran = world.run().code(0).says("planning anew");
    ran.says("was moved or removed by somebody else");
    assert_eq!(world.git(&["show", "1.27.0:page"]), "two");
    assert_eq!(world.smoke(), "1.27.0\n1.27.0\n");
    world.whole();
}

#[test]
fn a_lost_answer_is_looked_for() {
    for (method, path) in [("POST", "/repos/*/pulls"), ("PUT", "/repos/*/merge")] {
        for trouble in [Trouble::LoseAnswer, Trouble::CutAnswer, Trouble::Instead(502), Trouble::Fail(500)] {
            let Some(world) = World::new("a_lost_answer_is_looked_for") else { return };
            world.forge.faults().set([Rule::new(method, path, 1, trouble)]);
            let first = world.run();
            assert_eq!(world.forge.faults().fired().len(), 1, "{method} {trouble:?}\n{first}");
            assert!([0, 3].contains(&first.code), "{method} {trouble:?}\n{first}");
            world.forge.faults().set([]);
            world.run().code(0);
            assert_eq!(world.pulls().len(), 1);
            world.whole();
        }
    }
}

/// One branch for all, as small projects have it.
#[test]
fn it_may_be_merged_into_the_branch_it_was_cut_from() {
    let config = CONFIG.replace("branch = \"develop\"", "branch = \"main\"");
    let Some(world) = World::with("it_may_be_merged_into_the_branch_it_was_cut_from", &config) else { return };
    world.colleague_pushes("main", "later", "later\n");
    world.run().code(0);
    assert_eq!(world.git(&["show", "1.27.0:later"]), "later");
    world.whole();
    world.sandbox.run(&["run", "--yes"]).code(4).says("there is no branch `release-1.28.0`").says("cargo xtask branch");
}

#[test]
fn the_freeze_counts_what_is_new() {
    let config = CONFIG.replace("[forge]", "[freeze]\nallow = [\"docs/**\"]\n\n[forge]");
    let Some(world) = World::with("the_freeze_counts_what_is_new", &config) else { return };
    // `main` is merged back into the branch: that isn't new.
    world.colleague_pushes("main", "page2", "another\n");
    world.sandbox.git_in("..", &["clone", "-q", "-b", "release-1.27.0", "origin.git", "solver"]);
    world.sandbox.git_in("../solver", &["merge", "-q", "--no-edit", "origin/main"]);
    world.sandbox.git_in("../solver", &["push", "-q", "origin", "release-1.27.0"]);
    world.until("pull-request").code(0);
    world.colleague_pushes("release-1.27.0", "page", "two\n");
    world.run().code(4).says("Mend page");
    assert!(!world.refs().contains("refs/tags/1.27.0"));
}

#[test]
fn what_cannot_be_is_refused() {
    let Some(world) = World::new("what_cannot_be_is_refused") else { return };
    let refused = |from: &str, to: &str, words: &str| {
        world.sandbox.write("release-config/release.toml", CONFIG.replace(from, to));
        let before = world.refs();
        world.run().code(2).says(words);
        assert_eq!(world.refs(), before);
    };
    let order = "\"push\", \"pull-request\", \"merge\", \"tag\", \"push-tag\"";
    refused(order, "\"push\", \"pull-request\", \"tag\", \"merge\", \"push-tag\"", "`tag` comes before `merge`");
    refused(
        order,
        "\"push\", \"merge\", \"pull-request\", \"tag\", \"push-tag\"",
        "`merge` comes before `pull-request`",
    );
    refused(order, "\"push\", \"pull-request\", \"push-tag\", \"merge\", \"tag\"", "`push-tag` comes before");
    refused(order, "\"pull-request\", \"merge\", \"tag\", \"push-tag\"", "before `acme/push` is made");
    refused(order, "\"push\", \"pull-request\", \"tag\", \"push-tag\"", "before `acme/merge` is made");
    refused("merge = \"main\"", "merge = \"release-1.0.0\"", "is called like a release branch");
    let forge = "[forge]\nrepository = \"acme/app\"\nnotes = \"release-config/notes/{app}.md\"\n";
    refused(forge, "", "a pull request is merged on a forge, and none is configured");
    world.sandbox.write("release-config/release.toml", CONFIG.replace("merge = \"main\"", "merge = \"trunk\""));
    world.run().code(4).says("there is no branch `trunk`").says("`merge` in `[branch]`");
}

#[test]
fn a_smoke_test_that_fails_lets_nothing_out() {
    let config = CONFIG.replace("cat VERSION >>\\\"$OUT\\\"", "exit 7");
    let Some(world) = World::with("a_smoke_test_that_fails_lets_nothing_out", &config) else { return };
    let before = world.refs();
    world.run().code(3);
    assert_eq!((world.refs(), world.pulls().len()), (before, 0));
}

/// Before the branch is cut there is nothing to merge, whoever asks.
/// A candidate is on a branch of its own: the branch that is released from knows nothing of it.
#[test]
fn final_names_no_version_of_another_branch() {
    let Some(world) = World::new("final_names_no_version_of_another_branch") else { return };
    world.sandbox.run(&["plan", "final"]).code(2).says("`1.26.0` is final already").says_nothing_of("is tagged");
    world.git(&["tag", "1.27.0-rc.1", "develop"]);
    let hint = "hint: `1.27.0-rc.1` is tagged: name the version that it is a candidate of, as in `1.27.0`";
    world.sandbox.run(&["plan", "final"]).code(2).says(hint);
}

#[test]
fn a_branch_that_was_never_cut() {
    let Some(world) = World::new("a_branch_that_was_never_cut") else { return };
    let ran = world.sandbox.run(&["run", "--yes", "1.28.0"]).code(4).says("there is no branch `release-1.28.0`");
    ran.says("`cargo xtask branch` cuts it");
    assert!(world.pulls().is_empty());
}

#[test]
fn an_old_line_does_not_take_the_branch_back() {
    let Some(world) = World::new("an_old_line_does_not_take_the_branch_back") else { return };
    world.run().code(0);
    world.sandbox.git(&["switch", "-q", "-c", "release-1.26.1", "1.26.0"]);
    world.sandbox.write("page", "old\n");
    world.sandbox.commit("Mend the old page");
    world.sandbox.git(&["push", "-q", "origin", "release-1.26.1"]);
    world.sandbox.git(&["switch", "-q", "develop"]);
    let refs = world.refs();
    let message = "`1.26.1` is lower than `1.27.0`, which `main` has: a merge would take it back";
    world.sandbox.run(&["plan", "1.26.1"]).code(4).says(message).says("hint: an old line has a branch of its own");
    world.sandbox.run(&["run", "1.26.1", "--yes"]).code(4).says(message);
    assert_eq!(world.refs(), refs);
    world.run().code(0).says("everything is there already");
}
