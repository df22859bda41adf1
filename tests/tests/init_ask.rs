//! `init` on a terminal: what only a person can know is asked; and where it can't look, it says why.

use lockstep_tests::projects::{APP, CONFIG};
use lockstep_tests::sandbox::{Ran, Sandbox, assert_untouched, skip};

/// Three questions: two in one file for one reason, one for another.
fn doubtful() -> Sandbox {
    let sandbox = Sandbox::new(&APP[1..]);
    sandbox.write("docs/install.md", "Get acme-1.26.0.tar.gz, then see.\n");
    sandbox.write("docs/upgrade.txt", "The newest is acme 1.26.0 today.\n");
    sandbox.write("deploy/side.yaml", "side:\n  image: other/proxy:1.26.0\n");
    sandbox.commit("Document");
    sandbox.git(&["tag", "-am", "Version 1.26.0", "v1.26.0"]);
    sandbox
}

#[track_caller]
fn typing(sandbox: &Sandbox, test: &str, typed: &str) -> Option<Ran> {
    let ran = sandbox.run_typing(&["init"], typed);
    if ran.is_none() {
        skip(test, "`script` is missing");
    }
    ran
}

#[test]
fn what_is_unsure_is_asked_one_by_one() {
    let sandbox = doubtful();
    let Some(ran) = typing(&sandbox, "what_is_unsure_is_asked_one_by_one", "y\nwhat?\nn\n\n\n") else { return };
    let ran = ran.code(0).says("3 questions").says("1/3").says("3/3").says("Get acme-1.26.0.tar.gz, then see.");
    assert_eq!(ran.stdout.matches("take it? [y/N/a/q]").count(), 4, "{ran}");
    // Once at the beginning, once for who doesn't know the letters.
    assert_eq!(ran.stdout.matches("a takes all like it").count(), 2, "{ran}");
    ran.says("write release-config/release.toml? [Y/n]").says("`cargo xtask check`: consistent, 4 places in 4 files");
    let text = sandbox.read(CONFIG);
    assert!(!text.contains("# [[manifest]]"), "{text}");
    sandbox.run(&["check"]).code(0).says("4 places");
}

#[test]
fn all_like_it_are_taken_at_once() {
    let sandbox = doubtful();
    let typed = "n\na\n\n";
    let Some(ran) = typing(&sandbox, "all_like_it_are_taken_at_once", typed) else { return };
    assert_eq!(ran.clone().code(0).stdout.matches("take it?").count(), 2, "{ran}");
    sandbox.run(&["check"]).code(0).says("5 places");
}

#[test]
fn enough_of_questions_leaves_the_rest_as_comments() {
    let sandbox = doubtful();
    let Some(ran) = typing(&sandbox, "enough_of_questions", "q\ny\n") else { return };
    ran.code(0);
    assert_eq!(sandbox.read(CONFIG).matches("# [[manifest]]").count(), 3, "{}", sandbox.read(CONFIG));
    sandbox.run(&["check"]).code(0).says("3 places");
}

#[test]
fn whoever_goes_away_agrees_to_nothing() {
    for typed in ["", "y\n", "n\nn\nn\nno\n"] {
        let sandbox = doubtful();
        let before = sandbox.state();
        let Some(ran) = typing(&sandbox, "whoever_goes_away", typed) else { return };
        ran.code(0).says("nothing is written");
        assert_untouched(&before, &sandbox.state(), typed);
    }
}

#[test]
fn without_a_terminal_the_safe_side_is_taken_and_listed() {
    let sandbox = doubtful();
    let ran =
        sandbox.run(&["init", "--yes"]).code(0).says("3 unsure").says("docs/install.md:1  Get acme-1.26.0.tar.gz");
    ran.says("without `--yes` they are questions");
    sandbox.run(&["check"]).code(0).says("3 places");
}

#[test]
fn nothing_is_written_but_its_folder() {
    let sandbox = doubtful();
    let before = sandbox.state();
    sandbox.run(&["init", "--yes"]).code(0);
    let mut after = sandbox.state();
    after.retain(|path, _| !path.starts_with("app/release-config"));
    assert_untouched(&before, &after, "init");
}

// ---- where it can't look ----

#[test]
fn a_bare_repository_has_no_files() {
    let sandbox = doubtful();
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let ran = sandbox.run_in("../bare.git", &["init", "--yes"]).code(2).says("is a bare repository");
    ran.says("hint: run it in a clone: `git clone ");
}

#[test]
fn a_repository_without_files_says_what_to_do() {
    let sandbox = Sandbox::bare(&[("VERSION", "1.2.3\n")]);
    sandbox.run(&["init", "--yes"]).code(2).says("there is no tracked file to look at").says("hint: `git add`");
    sandbox.git(&["add", "."]);
    sandbox.run(&["init", "--yes"]).code(0).says("wrote release-config/release.toml");
}

#[test]
fn a_folder_in_no_repository_is_looked_at_with_a_warning() {
    let sandbox = Sandbox::folder(&[("VERSION", "1.2.3\n")]);
    sandbox.run(&["init", "--yes"]).code(0).says("warning: this is no git repository");
}

#[test]
fn a_file_in_the_folders_place_is_named() {
    let sandbox = doubtful();
    sandbox.write("release-config", "mine\n");
    sandbox.run(&["init", "--yes"]).code(2).says("`release-config` is no folder").says("hint: ");
    assert_eq!(sandbox.read("release-config"), "mine\n");
}

#[test]
fn what_is_there_already_is_kept() {
    let sandbox = Sandbox::new(APP);
    let ran = sandbox.run(&["init"]).code(2).says("`release-config/release.toml` is there already");
    ran.says("`--update` proposes what has come since");
}

#[test]
fn nothing_is_written_that_no_command_accepts() {
    let sandbox = Sandbox::new(&[("app.py", "print(1)\n")]);
    for (tags, why) in
        [(false, "no file states a version"), (true, "the version is kept in tags only; no file states it")]
    {
        if tags {
            sandbox.git(&["tag", "v1.26.0"]);
        }
        let before = sandbox.state();
        for how in ["--yes", "--dry-run"] {
            sandbox.run(&["init", how]).code(4).says(why).says("hint: write it into a file, such as `VERSION`");
        }
        assert_untouched(&before, &sandbox.state(), "init where nothing states a version");
    }
}
