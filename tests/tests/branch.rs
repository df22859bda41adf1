//! `branch`: the release branch is cut at the remote, once, and nothing else changes.

use lockstep_tests::sandbox::{Sandbox, assert_untouched};

const CONFIG: &str = "[project]\nname = \"acme\"\ncommit = \"Bump version {app}\"\n\n[track.app]\nbump = \"minor\"\n\
tag = \"{version}\"\n\n[branch]\nname = \"release-{app}\"\n\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n";

/// `app` at 1.26.0, tagged, with two commits since; all of it at `origin`.
fn project() -> Sandbox {
    let sandbox = Sandbox::new(&[("release-config/release.toml", CONFIG), ("VERSION", "1.26.0\n")]);
    sandbox.git(&["tag", "-a", "-m", "Version 1.26.0", "1.26.0"]);
    sandbox.commit("Mend the login (#12)");
    sandbox.commit("Explain funnels (#13)");
    sandbox.remote("origin");
    sandbox.git(&["push", "-q", "origin", "1.26.0"]);
    sandbox
}

fn branches(sandbox: &Sandbox) -> String {
    sandbox.git_in("../origin.git", &["for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads"])
}

fn head(sandbox: &Sandbox) -> String {
    sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

/// A1: cut at the freeze.
#[test]
fn it_is_cut_at_the_remote_and_says_what_is_on_it() {
    let sandbox = project();
    let here = sandbox.git(&["for-each-ref"]);
    let ran = sandbox.run(&["branch", "--yes"]).code(0);
    let (ran, head) = (ran.says("pushed `release-1.27.0` at").says("app 1.26.0 → 1.27.0"), head(&sandbox));
    let ran = ran.says("2 commits since `1.26.0`").says("Explain funnels (#13)").says("Mend the login (#12)");
    ran.says("git fetch origin && git switch release-1.27.0").says("`cargo xtask run 1.27.0` releases it");
    assert_eq!(branches(&sandbox), format!("main {head}\nrelease-1.27.0 {head}\n"));
    assert_eq!(sandbox.git(&["for-each-ref"]), here, "a branch of the user's changed");
    assert_eq!(sandbox.git(&["status", "--porcelain"]), "");
}

#[test]
fn a_dry_run_pushes_nothing_and_nobody_is_not_consent() {
    let sandbox = project();
    let before = branches(&sandbox);
    sandbox.run(&["branch", "--dry-run"]).code(0).says("would push `release-1.27.0`").says("Mend the login (#12)");
    sandbox.run(&["branch"]).code(2).says("nobody is here to agree to `release-1.27.0`").says("--yes");
    assert_eq!(branches(&sandbox), before);
}

#[test]
fn levels_and_versions() {
    let sandbox = project();
    sandbox.run(&["branch", "patch", "--dry-run"]).code(0).says("would push `release-1.26.1`");
    sandbox.run(&["branch", "2.0.0", "--dry-run"]).code(0).says("would push `release-2.0.0`");
    sandbox.run(&["branch", "app=major", "--dry-run"]).code(0).says("would push `release-2.0.0`");
    sandbox.run(&["branch", "1.25.0", "--dry-run"]).code(4).says("`1.25.0` is lower than `app`'s `1.26.0`");
    for bad in
        ["-o", "--upload-pack=touch canary", "1.2;touch canary", "1.2\n3", "$(touch canary)", "../1.2.3", "1.2.3 "]
    {
        let ran = sandbox.run(&["branch", "--yes", "--", bad]);
        assert_eq!(ran.code, 2, "{bad:?}: {ran}");
    }
    assert!(!sandbox.path("canary").exists() && !branches(&sandbox).contains("release"));
}

#[test]
fn twice_is_the_same_and_elsewhere_is_a_disagreement() {
    let sandbox = project();
    sandbox.run(&["branch", "--yes"]).code(0);
    let before = branches(&sandbox);
    sandbox.run(&["branch", "--yes"]).code(0).says("`release-1.27.0` is at").says("already");
    sandbox.commit("A feature for the next one");
    sandbox.git(&["push", "-q", "origin", "main"]);
    let ran = sandbox.run(&["branch", "--yes"]).code(4);
    ran.says("`release-1.27.0` is there already, at").says("`main` is at").says("cargo xtask run 1.27.0");
    assert_eq!(branches(&sandbox).lines().nth(1), before.lines().nth(1));
}

/// What counts is what the remote has: neither local commits, nor a dirty tree, nor where HEAD is.
#[test]
fn the_checkout_does_not_matter() {
    let sandbox = project();
    let published = head(&sandbox);
    sandbox.commit("Not pushed");
    sandbox.git(&["checkout", "-q", "--detach"]);
    sandbox.write("VERSION", "9.9.9\n");
    sandbox.write("new file", "x");
    let before = sandbox.git(&["status", "--porcelain", "--branch"]);
    sandbox.run(&["branch", "--yes"]).code(0).says("pushed `release-1.27.0`").says("app 1.26.0 → 1.27.0");
    assert!(branches(&sandbox).contains(&format!("release-1.27.0 {published}\n")));
    assert_eq!(sandbox.git(&["status", "--porcelain", "--branch"]), before);
    assert_eq!(sandbox.read("VERSION"), "9.9.9\n");
}

#[test]
fn a_shallow_checkout_cuts_the_same_branch() {
    let sandbox = project();
    let origin = format!("file://{}", sandbox.path("../origin.git").canonicalize().unwrap().display());
    sandbox.git_in("..", &["clone", "-q", "--depth=1", &origin, "shallow"]);
    sandbox.run_in("../shallow", &["branch", "--yes"]).code(0).says("2 commits since `1.26.0`");
    assert!(branches(&sandbox).contains("release-1.27.0"));
}

/// A `git` that lets a colleague cut the branch at this commit just before ours goes out.
fn let_a_colleague_win(sandbox: &Sandbox, at: &str) {
    let real = sandbox.output(sandbox.command("which", ".").tap("git")).stdout;
    let (real, origin) = (real.trim(), sandbox.path("../origin.git"));
    let cut = format!("env -u GIT_DIR {real} -C {} update-ref refs/heads/release-1.27.0 '{at}'", origin.display());
    sandbox
        .put_program("git", &format!("#!/bin/sh\ncase \" $* \" in *\" push \"*) {cut} ;; esac\nexec {real} \"$@\"\n"));
}

trait Tap {
    fn tap(self, argument: &str) -> Self;
}

impl Tap for std::process::Command {
    fn tap(mut self, argument: &str) -> Self {
        self.arg(argument);
        self
    }
}

#[test]
fn a_colleague_who_is_faster() {
    let sandbox = project();
    let_a_colleague_win(&sandbox, "refs/tags/1.26.0^{commit}");
    let ran = sandbox.run(&["branch", "--yes"]).code(4);
    ran.says("somebody else just cut `release-1.27.0`, at").says("cargo xtask run 1.27.0");
    let sandbox = project();
    let_a_colleague_win(&sandbox, "refs/heads/main");
    sandbox.run(&["branch", "--yes"]).code(0).says("pushed `release-1.27.0`");
}

/// The remote took the push and its answer was lost: what is there counts.
#[test]
fn a_lost_answer() {
    let sandbox = project();
    let real = sandbox.output(sandbox.command("which", ".").tap("git")).stdout;
    let real = real.trim();
    let lost = format!("{real} \"$@\" >/dev/null 2>&1; echo fatal: the remote end hung up unexpectedly >&2; exit 128");
    sandbox
        .put_program("git", &format!("#!/bin/sh\ncase \" $* \" in *\" push \"*) {lost} ;; esac\nexec {real} \"$@\"\n"));
    sandbox.run(&["branch", "--yes"]).code(0).says("pushed `release-1.27.0`");
    assert!(branches(&sandbox).contains("release-1.27.0"));
}

#[test]
fn a_hook_that_refuses() {
    let sandbox = project();
    sandbox.write("../origin.git/hooks/pre-receive", "#!/bin/sh\necho no branches on Mondays >&2\nexit 1\n");
    assert_eq!(sandbox.output(sandbox.command("chmod", "").tap("+x").tap("../origin.git/hooks/pre-receive")).code, 0);
    sandbox.run(&["branch", "--yes"]).code(4).says("no branches on Mondays").says("hint:");
    assert!(!branches(&sandbox).contains("release"));
}

#[test]
fn what_is_missing_is_named() {
    let sandbox = Sandbox::new(&[("release-config/release.toml", CONFIG), ("VERSION", "1.26.0\n")]);
    sandbox.run(&["branch", "--yes"]).code(2).says("this repository has no remote to release to").says("hint:");
    sandbox.git(&["remote", "add", "origin", "../gone.git"]);
    sandbox.run(&["branch", "--yes"]).code(3).says("gone.git").says("hint:");
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "../gone.git"]);
    sandbox.run(&["branch", "--yes"]).code(4).says("there is no branch `main` at").says("push it");
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox.run(&["branch", "--yes"]).code(0).says("1 commit in all: nothing was released yet");
    sandbox.replace("release-config/release.toml", "[branch]\nname = \"release-{app}\"\n\n", "");
    sandbox.run(&["branch", "--yes"]).code(2).says("no release branch is configured").says("add `[branch]`");
}

#[test]
fn a_dry_run_leaves_the_checkout_as_it_is() {
    let sandbox = project();
    sandbox.run(&["branch", "--dry-run"]).code(0);
    let strip = |mut state: lockstep_tests::sandbox::State| {
        state.retain(|path, _| !path.starts_with("home"));
        state
    };
    let before = strip(sandbox.state());
    sandbox.run(&["branch", "--dry-run"]).code(0);
    assert_untouched(&before, &strip(sandbox.state()), "branch --dry-run");
}
