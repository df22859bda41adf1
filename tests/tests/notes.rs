//! `notes`: what changed since the last release, as the remote has it, and the file that a person makes of it.

use lockstep_tests::sandbox::Sandbox;

const CONFIG: &str = "[project]\nname = \"acme\"\ncommit = \"Bump version {app}\"\n\n[track.app]\nbump = \"minor\"\n\
tag = \"{version}\"\n\n[branch]\nname = \"release-{app}\"\n\n[changelog]\n\n[[manifest]]\npath = \"VERSION\"\n\
line.all = \"{app}\"\n";

fn project() -> Sandbox {
    let files = [("release-config/release.toml", CONFIG), ("VERSION", "1.26.0\n"), ("CHANGELOG.md", "# Changelog\n")];
    let sandbox = Sandbox::new(&files);
    sandbox.commit("Bump version 1.26.0");
    sandbox.git(&["tag", "-a", "-m", "Version 1.26.0", "1.26.0"]);
    sandbox.commit("Mend the login (#12)");
    sandbox.commit("Bump serde from 1.0 to 1.1 (#14)");
    sandbox.remote("origin");
    sandbox.git(&["push", "-q", "origin", "1.26.0"]);
    sandbox
}

/// A3: commit subjects `old..release-branch`; fixes on the branch are in, what went to `main` after the cut isn't.
#[test]
fn from_the_last_release_to_the_release_branch() {
    let sandbox = project();
    let ran = sandbox.run(&["notes"]).code(0).says("Mend the login (#12)").says("2 commits since `1.26.0`");
    ran.says("Dependencies").says("on `main`").says_nothing_of("Bump version");
    sandbox.run(&["branch", "--yes"]).code(0);
    sandbox.commit("A feature for the next one");
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox.git(&["fetch", "-q", "origin"]);
    sandbox.git(&["checkout", "-q", "-b", "fix", "origin/release-1.27.0"]);
    sandbox.commit("Mend the logout (#15)");
    sandbox.git(&["push", "-q", "origin", "fix:release-1.27.0"]);
    sandbox.git(&["checkout", "-q", "main"]);
    let ran = sandbox.run(&["notes"]).code(0).says("3 commits since `1.26.0`").says("on `release-1.27.0`");
    ran.says("Mend the logout (#15)").says_nothing_of("A feature for the next one");
    sandbox.run(&["notes", "--to", "main"]).code(0).says("A feature for the next one").says_nothing_of("logout");
}

/// A4: the file begins as a list, and only a person makes notes of it.
#[test]
fn the_file_is_begun_and_never_overwritten() {
    let sandbox = project();
    let file = "release-config/notes/1.27.0.md";
    sandbox.run(&["notes", "--write"]).code(0).says(&format!("wrote {file}"));
    let begun = sandbox.read(file);
    assert!(begun.starts_with("TODO: ") && begun.contains("\n- Mend the login (#12)\n"), "{begun}");
    sandbox.run(&["notes", "--write"]).code(0).says("is up to date");
    sandbox.commit("Mend the logout");
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox.run(&["notes", "--write"]).code(0).says("wrote");
    assert!(sandbox.read(file).contains("- Mend the logout\n"));
    for (from, to, says) in [
        ("- Mend the logout\n", "- Logging out works again.\n", "isn't as it was begun"),
        ("TODO: ", "A better login. ", "holds what a person wrote"),
    ] {
        sandbox.replace(file, from, to);
        let before = sandbox.read(file);
        sandbox.run(&["notes", "--write"]).code(4).says(says).says("hint:");
        assert_eq!(sandbox.read(file), before);
    }
    sandbox.run(&["notes", "--write", "other.md"]).code(0).says("wrote other.md");
    assert!(sandbox.read("other.md").starts_with("TODO: "));
}

#[test]
fn for_programs() {
    let sandbox = project();
    let ran = sandbox.run(&["notes", "--format", "json"]).code(0);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["version"], "1.27.0");
    assert_eq!(json["file"], "release-config/notes/1.27.0.md");
    assert_eq!(json["from"]["name"], "1.26.0");
    assert_eq!(json["groups"][0]["items"][0]["text"], "Mend the login");
    assert_eq!(json["groups"][0]["items"][0]["numbers"][0], "#12");
    let ran = sandbox.run(&["notes", "--format", "markdown", "--quiet"]).code(0);
    assert!(ran.stdout.starts_with("TODO: ") && ran.stderr.is_empty(), "{ran}");
}

#[test]
fn without_the_remote_this_clone_is_shown() {
    let sandbox = project();
    sandbox.git(&["remote", "set-url", "origin", "../gone.git"]);
    sandbox.run(&["notes"]).code(0).says("warning:").says("gone.git").says("Mend the login (#12)").says("this clone");
    sandbox.git(&["remote", "remove", "origin"]);
    sandbox.run(&["notes"]).code(0).says("has no remote").says("Mend the login (#12)");
    sandbox.git(&["checkout", "-q", "--detach"]);
    sandbox.git(&["branch", "-q", "-D", "main"]);
    sandbox.run(&["notes"]).code(0).says("on `HEAD`").says("Mend the login (#12)");
}

#[test]
fn commits_that_are_named() {
    let sandbox = project();
    sandbox.commit("Only here");
    sandbox.run(&["notes", "--to", "HEAD"]).code(0).says("Only here");
    sandbox.run(&["notes", "--from", "HEAD~2", "--to", "HEAD"]).code(0).says("Only here").says("2 commits");
    sandbox.run(&["notes", "--from", "1.26.0", "--to", "1.26.0"]).code(0).says("0 commits");
    for bad in ["nothing", "--output=canary", "1.26.0;touch canary", "a\nb", "-x"] {
        let ran = sandbox.run(&["notes", &format!("--from={bad}")]).code(4);
        ran.says("is no tag, no branch and no commit").says("hint:");
    }
    assert!(!sandbox.path("canary").exists());
}

#[test]
fn without_tags_everything_is_new() {
    let sandbox = project();
    sandbox.git(&["tag", "-d", "1.26.0"]);
    sandbox.git(&["push", "-q", "origin", ":1.26.0"]);
    let ran = sandbox.run(&["notes"]).code(0).says("4 commits since the beginning").says("Begin");
    ran.says("`app` has no tag yet");
    sandbox.git(&["tag", "1.25.0", "HEAD~2"]);
    sandbox.git(&["push", "-q", "origin", "1.25.0"]);
    sandbox.run(&["notes"]).code(0).says("2 commits since `1.25.0`");
}

#[test]
fn a_shallow_checkout_sees_what_the_remote_has() {
    let sandbox = project();
    let origin = format!("file://{}", sandbox.path("../origin.git").canonicalize().unwrap().display());
    sandbox.git_in("..", &["clone", "-q", "--depth=1", &origin, "shallow"]);
    sandbox.run_in("../shallow", &["notes"]).code(0).says("2 commits since `1.26.0`").says_nothing_of("shallow:");
    sandbox.git_in("../shallow", &["remote", "remove", "origin"]);
    sandbox.run_in("../shallow", &["notes"]).code(0).says("this clone is shallow");
}

/// Pains 27: what waits for a person waits, and is not taken for done.
#[test]
fn an_untouched_list_is_refused_as_notes() {
    let sandbox = project();
    sandbox.run(&["notes", "--write"]).code(0);
    sandbox.run(&["branch", "--yes"]).code(0);
    sandbox.run(&["plan"]).code(5).says("begins with a line that is still to be replaced");
}
