//! Odd checkouts, odd settings of git, odd clocks and languages: the release is the same, the checkout stays as it is.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expect_test::expect;
use lockstep_tests::sandbox::assert_untouched;
use lockstep_tests::twin::Twin;

use crate::failure;

/// The release in a checkout that was made odd: it is whole, and nothing of the checkout has changed.
#[track_caller]
fn check(what: &str, make_odd: impl FnOnce(&mut Twin)) {
    let mut twin = Twin::new();
    make_odd(&mut twin);
    let before = twin.checkout();
    twin.release(&[]).code(0);
    assert_untouched(&before, &twin.checkout(), what);
    twin.expect_undisturbed();
}

#[test]
fn dirty_checkouts() {
    check("a changed file", |twin| twin.sandbox.write("acme/settings.py", "VERSION = \"9.9.9\"\n"));
    check("a file that is gone", |twin| fs::remove_file(twin.sandbox.path("acme/settings.py")).unwrap());
    check("a staged file", |twin| {
        twin.sandbox.write("acme/settings.py", "VERSION = \"9.9.9\"\n");
        twin.sandbox.git(&["add", "-A"]);
    });
    check("an unfinished merge", |twin| {
        twin.sandbox.git(&["switch", "-q", "-c", "other", "HEAD~1"]);
        twin.sandbox.write("README.md", "# Other\n");
        twin.sandbox.commit("Other");
        twin.sandbox.try_git(&["merge", "main"]).code(1);
    });
}

#[test]
fn checkouts_at_another_commit() {
    check("a detached HEAD", |twin| drop(twin.sandbox.git(&["checkout", "-q", "--detach", "HEAD~1"])));
    check("another branch", |twin| drop(twin.sandbox.git(&["switch", "-q", "-c", "topic"])));
    check("commits that nobody else has", |twin| {
        twin.sandbox.write("README.md", "# Mine\n");
        twin.sandbox.commit("Mine");
    });
    check("a branch without a commit", |twin| {
        twin.sandbox.git(&["checkout", "-q", "--orphan", "fresh"]);
        twin.sandbox.write("new.md", "new\n");
    });
}

#[test]
fn other_kinds_of_checkouts() {
    let twin = Twin::new();
    twin.sandbox.git(&["worktree", "add", "-q", "../tree", "-b", "tree"]);
    twin.sandbox.run_in("../tree", &["run", "1.27.0", "--yes"]).code(0);
    twin.expect_undisturbed();
    twin.run(&["status"]).code(0).says("ledger: done");

    let twin = Twin::new();
    let url = format!("file://{}", twin.sandbox.path("../remotes/app.git").display());
    twin.sandbox.git_in("..", &["clone", "-q", "--depth=1", &url, "shallow"]);
    let shallow = twin.sandbox.read("../shallow/.git/shallow");
    twin.sandbox.run_in("../shallow", &["run", "1.27.0", "--yes"]).code(0);
    assert_eq!(twin.sandbox.read("../shallow/.git/shallow"), shallow, "it stays shallow");
    twin.expect_undisturbed();

    let twin = Twin::new();
    twin.sandbox.git_in("..", &["clone", "-q", "--filter=blob:none", "--no-checkout", "remotes/app.git", "partial"]);
    twin.sandbox.write("../partial/release-config/release.toml", twin.sandbox.read("release-config/release.toml"));
    twin.sandbox.run_in("../partial", &["run", "1.27.0", "--yes"]).code(0);
    twin.expect_undisturbed();

    let twin = Twin::new();
    twin.sandbox.run_in("acme", &["run", "1.27.0", "--yes"]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn a_repository_with_submodules() {
    let twin = Twin::new();
    let folder = twin.clone_of("app", "main");
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../remotes/charts.git", "vendor/charts"];
    let url = twin.sandbox.path("../remotes/charts.git");
    let add = add.map(|word| if word.starts_with("../") { url.to_str().unwrap() } else { word });
    twin.sandbox.git_in(&folder, &add);
    twin.sandbox.commit_in(&folder, "Add the charts");
    twin.sandbox.git_in(&folder, &["push", "-q", "origin", "main"]);
    twin.sandbox.git(&["pull", "-q", "--ff-only", "origin", "main"]);
    let before = twin.checkout();
    twin.release(&[]).code(0);
    assert_untouched(&before, &twin.checkout(), "submodules");
    twin.expect_whole();
    let link = twin.sandbox.git_in("../remotes/app.git", &["ls-tree", "1.27.0", "vendor/charts"]);
    assert!(link.starts_with("160000 commit"), "{link}");
}

#[test]
fn ids_of_sha256() {
    let twin = Twin::sha256();
    let before = twin.checkout();
    twin.release(&["--until", "acme/push"]).code(0);
    twin.release(&[]).code(0);
    assert_untouched(&before, &twin.checkout(), "SHA-256");
    twin.expect_whole();
}

#[test]
fn hooks_of_the_user_do_not_run() {
    check("hooks", |twin| {
        let canary = twin.sandbox.root().join("canary");
        // A remote on this disk has hooks of its own, and the user's settings besides: those are for git to run.
        let remotes = "case \"$PWD\" in */remotes/*) exit 0;; esac";
        let script = format!("#!/bin/sh\n{remotes}\ntouch {}\nexit 1\n", canary.display());
        for hook in ["pre-push", "pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-checkout"] {
            for folder in [".git/hooks", "../hooks"] {
                twin.sandbox.write(format!("{folder}/{hook}"), &script);
                let path = twin.sandbox.path(format!("{folder}/{hook}"));
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        let hooks = twin.sandbox.path("../hooks").canonicalize().unwrap();
        twin.sandbox.write("../gitconfig", format!("[core]\n\thooksPath = {}\n", hooks.display()));
        let global = twin.sandbox.path("../gitconfig");
        twin.sandbox.env("GIT_CONFIG_GLOBAL", global.to_str().unwrap());
    });
}

#[test]
fn settings_of_the_user_do_not_matter() {
    for settings in [
        "[push]\n\tfollowTags = true\n\tdefault = matching\n\tgpgSign = true\n",
        "[commit]\n\tgpgSign = true\n[tag]\n\tgpgSign = true\n\tforceSignAnnotated = true\n[gpg]\n\tprogram = false\n",
        "[core]\n\tautocrlf = true\n\teol = crlf\n\tsafecrlf = true\n\tfsmonitor = /bin/false\n",
        "[core]\n\tquotePath = false\n\tabbrev = 4\n[color]\n\tui = always\n[log]\n\tshowSignature = true\n",
        "[i18n]\n\tcommitEncoding = ISO-8859-1\n\tlogOutputEncoding = UTF-16\n[diff]\n\texternal = /bin/false\n",
        "[transfer]\n\tfsckObjects = true\n[fetch]\n\tprune = true\n\tpruneTags = true\n\tparallel = 0\n",
        "[init]\n\tdefaultBranch = trunk\n\ttemplateDir = /nowhere\n[user]\n\tname = Eve\n\temail = eve@example.com\n",
        "[alias]\n\tpush = !false\n\tcommit-tree = !false\n[protocol]\n\tversion = 0\n[core]\n\tpager = false\n",
    ] {
        check(settings, |twin| {
            twin.sandbox.write("../gitconfig", settings);
            let global = twin.sandbox.path("../gitconfig");
            twin.sandbox.env("GIT_CONFIG_GLOBAL", global.to_str().unwrap());
            let local = twin.sandbox.read(".git/config") + settings;
            twin.sandbox.write(".git/config", local);
        });
    }
}

#[test]
fn a_setting_that_sends_pushes_elsewhere_is_refused() {
    let twin = Twin::new();
    let before = twin.refs();
    twin.sandbox.write("../gitconfig", "[url \"/nowhere/\"]\n\tpushInsteadOf = /\n");
    let global = twin.sandbox.path("../gitconfig");
    let ran = twin.release_with(&[("GIT_CONFIG_GLOBAL", global.to_str().unwrap())], &[]);
    expect![[r#"
        exit 4
        error: `../remotes/app.git` would be `/nowhere[SANDBOX]/remotes/app.git`, because of `url./nowhere/.pushinsteadof` in `[SANDBOX]/app/../gitconfig`
        hint: release.toml names the exact URL: remove the setting, or write the other URL there if it is meant
        error: `../remotes/charts.git` would be `/nowhere[SANDBOX]/remotes/charts.git`, because of `url./nowhere/.pushinsteadof` in `[SANDBOX]/app/../gitconfig`
        hint: release.toml names the exact URL: remove the setting, or write the other URL there if it is meant
    "#]].assert_eq(&failure(&ran));
    twin.expect_nothing_pushed(&before);
    twin.release(&[]).code(0);
    twin.expect_undisturbed();
}

#[test]
fn inherited_variables_do_not_matter() {
    let twin = Twin::new();
    twin.sandbox.git_in("..", &["init", "-q", "elsewhere"]);
    let elsewhere = twin.sandbox.path("../elsewhere/.git").canonicalize().unwrap();
    let index = elsewhere.join("index");
    let before = twin.state();
    let objects = elsewhere.join("objects");
    twin.release_with(
        &[
            ("GIT_INDEX_FILE", index.to_str().unwrap()),
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "core.hooksPath"),
            ("GIT_CONFIG_VALUE_0", "/nowhere"),
            ("GIT_TRACE", "1"),
            ("GIT_OBJECT_DIRECTORY", objects.to_str().unwrap()),
            ("GIT_NAMESPACE", "other"),
            ("GIT_DIR", elsewhere.to_str().unwrap()),
            ("GIT_WORK_TREE", "/"),
            ("GIT_EDITOR", "false"),
        ],
        &[],
    )
    .code(0);
    let elsewhere = |state: lockstep_tests::sandbox::State| {
        state.into_iter().filter(|(path, _)| path.starts_with("elsewhere")).collect()
    };
    assert_untouched(&elsewhere(before), &elsewhere(twin.state()), "an inherited GIT_DIR");
    twin.expect_undisturbed();
}

#[test]
fn languages_do_not_matter() {
    for (name, value) in
        [("LC_ALL", "ja_JP.SJIS"), ("LANG", "de_DE.ISO-8859-1"), ("LC_ALL", "POSIX"), ("LC_ALL", "x\u{ff}")]
    {
        let twin = Twin::new();
        let ran = twin.release_with(&[(name, value), ("LANGUAGE", "de")], &[]).code(0);
        assert!(ran.stderr.contains("1.26.0 → 1.27.0"), "{ran}");
        twin.expect_undisturbed();
    }
}

#[test]
fn wrong_clocks_make_no_odd_dates() {
    // 1999, 2099: the first is before the commits that the release stands on.
    for (now, date) in [("915148800", 1_782_907_201), ("4070908800", 4_070_908_800_u64)] {
        let twin = Twin::new();
        twin.release_with(&[("LOCKSTEP_NOW", now)], &["--until", "acme/push"]).code(0);
        twin.release_with(&[("LOCKSTEP_NOW", "1782907999")], &[]).code(0);
        twin.expect_whole();
        for (name, tag) in [("app", "1.27.0"), ("charts", "chart-0.4.3")] {
            let folder = format!("../remotes/{name}.git");
            let format = "--format=%(taggerdate:unix) %(*authordate:unix) %(*committerdate:unix)";
            let dates = twin.sandbox.git_in(folder, &["for-each-ref", format, &format!("refs/tags/{tag}")]);
            assert_eq!(dates, format!("{date} {date} {date}\n"), "{name} in {now}");
        }
    }
}
