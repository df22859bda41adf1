//! Names and texts that try to be more than that.

use expect_test::expect;
use lockstep_tests::twin::Twin;

use crate::failure;

#[test]
fn tags_that_are_options_are_refused() {
    for tag in
        ["-o{version}", "--delete{version}", "a..{version}", "refs/{version}.lock", "x\\n{version}", "x y{version}"]
    {
        let twin = Twin::replaced("tag = \"{version}\"", &format!("tag = \"{tag}\""));
        let before = twin.refs();
        let ran = twin.release(&[]);
        assert_eq!(ran.code, 2, "{tag}: {ran}");
        twin.expect_nothing_pushed(&before);
        twin.sandbox.replace("release-config/release.toml", &format!("tag = \"{tag}\""), "tag = \"{version}\"");
        twin.release(&[]).code(0);
        twin.expect_undisturbed();
    }
}

#[test]
fn branches_that_are_options_are_refused() {
    for branch in ["--upload-pack=touch canary", "-o", "a:b", "+main", "main\\nother", "refs/heads/../x", "main^{}"] {
        let twin = Twin::replaced("branch = \"master\"", &format!("branch = \"{branch}\""));
        let before = twin.refs();
        let ran = twin.release(&[]);
        assert_eq!(ran.code, 2, "{branch}: {ran}");
        twin.expect_nothing_pushed(&before);
    }
}

#[test]
fn addresses_that_are_options_are_refused() {
    for url in ["--upload-pack=touch canary", "-o", "ext::sh -c touch% canary", "fd::7", "a\\nb", ""] {
        let twin = Twin::replaced("url = \"../remotes/charts.git\"", &format!("url = \"{url}\""));
        let before = twin.refs();
        let ran = twin.release(&[]);
        assert_eq!(ran.code, 2, "{url}: {ran}");
        twin.expect_nothing_pushed(&before);
        assert!(!twin.sandbox.path("canary").exists());
    }
}

#[test]
fn subjects_are_text() {
    let subject = "Version {app}; $(touch canary) `touch canary` 'quoted' --amend";
    let twin = Twin::replaced("commit = \"Bump version {app}\"", &format!("commit = \"{subject}\""));
    twin.release(&[]).code(0);
    assert_eq!(twin.subjects("app", "1.27.0")[0], subject.replace("{app}", "1.27.0"));
    assert!(!twin.sandbox.path("canary").exists());

    let twin = Twin::replaced("commit = \"Bump version {app}\"", "commit = \"Bump {app}\\n\\nSigned-off-by: Eve\"");
    let before = twin.refs();
    let ran = twin.release(&[]);
    expect![[r#"
        exit 2
        error: release-config/release.toml:3:10: a template is one line
          |
        3 | commit = "Bump {app}\n\nSigned-off-by: Eve"
          |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: write a template for each line
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
}

#[test]
fn a_subject_that_begins_with_a_hash_or_a_dash_is_kept() {
    for subject in ["#1 {app}", "-m {app}", "fixup! {app}"] {
        let twin = Twin::replaced("commit = \"Bump version {app}\"", &format!("commit = \"{subject}\""));
        twin.release(&[]).code(0);
        assert_eq!(twin.subjects("app", "1.27.0")[0], subject.replace("{app}", "1.27.0"));
    }
}

#[test]
fn people_are_one_line() {
    let twin = Twin::new();
    let before = twin.refs();
    let escape = [("GIT_COMMITTER_NAME", "Eve\u{1b}[31m")];
    let ran = twin.release_with(&escape, &[]);
    expect![[r#"
        exit 2
        error: git doesn't know who you are: its name or address holds a control character
        hint: `git config user.name "Your Name"` and `git config user.email you@example.com`
    "#]]
    .assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    let eve = "Eve\n[[attempt]]\nepoch = 99\ncommitter Mallory <m@example.com> 0 +0000\n";
    twin.release_with(&[("GIT_COMMITTER_NAME", eve), ("GIT_AUTHOR_NAME", eve)], &["--until", "acme/push"]).code(0);
    let raw = twin.sandbox.git_in("../remotes/app.git", &["cat-file", "commit", "1.27.0^{commit}"]);
    assert_eq!(raw.lines().filter(|line| line.starts_with("committer ")).count(), 1, "{raw}");
    let status = twin.run(&["status"]).code(0);
    assert_eq!(status.stdout.matches(" claimed on ").count(), 1, "{status}");
    twin.release(&[]).code(0);
    twin.expect_whole();
}

#[test]
fn files_may_be_called_like_options() {
    let twin = Twin::with("\n[[manifest]]\npath = \"-o/--output=x.py\"\npython.VERSION = \"{app}\"\n");
    twin.colleague_pushes("app", "main", "-o/--output=x.py", "VERSION = \"1.26.0\"\n");
    twin.release(&[]).code(0);
    twin.expect_whole();
    assert_eq!(twin.file("app", "1.27.0", "-o/--output=x.py"), "VERSION = \"1.27.0\"\n");
    assert!(!twin.sandbox.path("x.py").exists());
}

#[test]
fn commits_of_others_are_text() {
    let twin = Twin::new();
    let folder = twin.clone_of("app", "main");
    for subject in ["Bump version 1.27.0", "; touch canary", "--output=canary", "$(touch canary)\n\nline\n\u{1b}[2J"] {
        twin.sandbox.write(format!("{folder}/new.md"), subject);
        twin.sandbox.commit_in(&folder, subject);
    }
    twin.sandbox.git_in(&folder, &["push", "-q", "origin", "main"]);
    twin.release(&[]).code(0);
    assert!(twin.file("app", "1.27.0", "acme/settings.py").contains("1.27.0"), "the other one was no release");
    assert!(!twin.sandbox.path("canary").exists());
}
