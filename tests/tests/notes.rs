//! `notes`: what changed since the last release, as the remote has it, and the file that a person makes of it.

use lockstep_tests::sandbox::Sandbox;
use lockstep_tests::servers::{ADMIN, Forge, Hosted, ready};
use serde_json::{Value, json};

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

// ---- the forge's ----

const FORGE: &str = "[forge]\nrepository = \"acme/app\"\n";
const FILE: &str = "release-config/notes/1.27.0.md";
const NEEDED: &[&str] = &["gh", "emulate", "octokit-openapi", "node", "setpriv", "git"];

/// The same project, whose remote is a repository of a forge; the real gh asks it with this token.
fn on_a_forge(config: &str, token: &str) -> (Sandbox, Forge) {
    let files = [("release-config/release.toml", config), ("VERSION", "1.26.0\n"), ("CHANGELOG.md", "# Changelog\n")];
    let mut sandbox = Sandbox::new(&files);
    sandbox.commit("Bump version 1.26.0");
    sandbox.git(&["tag", "-a", "-m", "Version 1.26.0", "1.26.0"]);
    sandbox.remote("origin");
    sandbox.git(&["push", "-q", "origin", "1.26.0"]);
    let forge = Forge::start(&[Hosted::public("acme/app", &sandbox.path("../origin.git"))]);
    forge.configure(&sandbox.root().join("gh"));
    let folder = sandbox.root().join("gh").to_string_lossy().into_owned();
    sandbox.env("GH_CONFIG_DIR", folder);
    sandbox.env("GH_TOKEN", token);
    (sandbox, forge)
}

/// A pull request of one commit, merged by the forge; gives its number.
fn merged(sandbox: &Sandbox, forge: &Forge, title: &str, labels: &[&str]) -> u64 {
    let branch = title.to_lowercase().replace(' ', "-");
    sandbox.git(&["checkout", "-q", "-B", &branch, "origin/main"]);
    sandbox.write(format!("{branch}.txt"), title);
    sandbox.commit("wip");
    sandbox.git(&["push", "-q", "origin", &branch]);
    let ask = |method: &str, target: &str, body: &Value| {
        let reply = forge.ask(ADMIN, method, target, Some(body));
        assert!(reply.status < 300, "{method} {target}: {}", String::from_utf8_lossy(&reply.body));
        serde_json::from_slice::<Value>(&reply.body).unwrap()
    };
    let body = json!({ "title": "Something", "head": branch, "base": "main" });
    let number = ask("POST", "/repos/acme/app/pulls", &body)["number"].as_u64().unwrap();
    ask("PUT", &format!("/repos/acme/app/pulls/{number}/merge"), &json!({ "merge_method": "merge" }));
    // Somebody mends the title afterwards: the merge commit has the old one.
    ask("PATCH", &format!("/repos/acme/app/pulls/{number}"), &json!({ "title": title }));
    if !labels.is_empty() {
        ask("POST", &format!("/repos/acme/app/issues/{number}/labels"), &json!({ "labels": labels }));
    }
    sandbox.git(&["fetch", "-q", "origin"]);
    number
}

fn forge_config(more: &str) -> String {
    CONFIG.replace("[branch]\nname = \"release-{app}\"\n\n[changelog]\n", &format!("{FORGE}{more}"))
}

#[test]
fn titles_and_authors_come_from_the_forge() {
    if !ready("titles_and_authors_come_from_the_forge", NEEDED) {
        return;
    }
    let (mut sandbox, forge) = on_a_forge(&forge_config(""), ADMIN);
    let one = merged(&sandbox, &forge, "Mend the login", &["bug"]);
    let two = merged(&sandbox, &forge, "Speed up the start", &["enhancement"]);
    sandbox.git(&["checkout", "-q", "-B", "main", "origin/main"]);
    sandbox.commit("Typo (#4711)");
    sandbox.git(&["push", "-q", "origin", "main"]);
    let ran = sandbox.run(&["notes"]).code(0).says(&format!("Mend the login (#{one}, @admin)"));
    ran.says("Typo (#4711)").says_nothing_of("warning:");
    let json: Value = serde_json::from_str(&sandbox.run(&["notes", "--format", "json"]).code(0).stdout).unwrap();
    let feature = &json["groups"][0]["items"][0];
    assert_eq!((&json["file"], &feature["text"]), (&FILE.into(), &"Speed up the start".into()));
    assert_eq!((&feature["authors"], &feature["labels"]), (&json!(["admin"]), &json!(["enhancement"])));
    sandbox.run(&["notes", "--write"]).code(0).says(&format!("wrote {FILE}"));
    let begun = sandbox.read(FILE);
    let list = format!(
        "\n\n# 1.27.0\n\n## Features\n\n- Speed up the start (#{two}, @admin)\n\n## Fixes\n\n\
         - Mend the login (#{one}, @admin)\n\n## Other changes\n\n- Typo (#4711)\n"
    );
    assert!(begun.starts_with("TODO: ") && begun.ends_with(&list), "{begun}");
    assert_eq!(forge.violations(), [""; 0]);
    // Without a login there are the words of the commits, and that is said.
    sandbox.env("GH_TOKEN", "");
    let ran = sandbox.run(&["notes"]).code(0).says("warning:").says("gh is not logged in");
    ran.says(&format!("Something (#{two}, #{one})")).says("subjects of commits").says_nothing_of("@admin");
}

#[test]
fn a_list_that_was_begun_without_the_forge_is_begun_again() {
    if !ready("a_list_that_was_begun_without_the_forge_is_begun_again", NEEDED) {
        return;
    }
    let (mut sandbox, forge) = on_a_forge(&forge_config(""), "");
    let one = merged(&sandbox, &forge, "Mend the login", &[]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.run(&["notes", "--write"]).code(0).says("warning:");
    assert!(sandbox.read(FILE).ends_with(&format!("- Something (#{one})\n")));
    sandbox.env("GH_TOKEN", ADMIN);
    sandbox.run(&["notes", "--write"]).code(0).says("wrote");
    assert!(sandbox.read(FILE).ends_with(&format!("- Mend the login (#{one}, @admin)\n")));
}

/// B5: nothing of a release starts before a person has written what it says, and then its page says that.
#[test]
fn a_release_waits_for_its_notes() {
    if !ready("a_release_waits_for_its_notes", NEEDED) {
        return;
    }
    let (sandbox, forge) = on_a_forge(&forge_config(""), ADMIN);
    let before = sandbox.git_in("../origin.git", &["for-each-ref"]);
    let waits = |words: &[&str]| {
        for command in [&["plan", "1.27.0", "--unchanged"][..], &["run", "1.27.0", "--unchanged", "--yes"]] {
            let ran = sandbox.run(command).code(5).says("hint:");
            words.iter().fold(ran, |ran, words| ran.says(words));
        }
        assert_eq!(sandbox.git_in("../origin.git", &["for-each-ref"]), before);
        assert_eq!(forge.releases("acme/app").len(), 0);
    };
    waits(&[
        &format!("nobody has written what `1.27.0` brings: there is no `{FILE}`"),
        "`cargo xtask notes --write` begins it",
    ]);
    sandbox.run(&["notes", "--write"]).code(0);
    waits(&[&format!("{FILE}:1:1"), "begins with a line that is still to be replaced"]);
    sandbox.write(FILE, "# 1.27.0\n\nBetter.\n\n- [ ] thank everybody\n- {app} mends it\n");
    waits(&[&format!("{FILE}:5:1: this box isn't ticked"), &format!("{FILE}:6:3: `{{app}}` is still to be filled in")]);
    sandbox.write(FILE, "# 1.26.0\n\nBetter.\n");
    waits(&["is about `1.26.0`, not about `1.27.0`"]);
    sandbox.write(FILE, b"# 1.27.0\n\nB\xe4tter.\n");
    waits(&["is not UTF-8"]);
    sandbox.write(FILE, "\u{feff}# 1.27.0\r\n\r\nThe login works again.\r\n");
    sandbox.run(&["plan", "1.27.0", "--unchanged"]).code(0).says(&format!("note: `{FILE}` isn't committed to `main`"));
    sandbox.run(&["run", "1.27.0", "--unchanged", "--yes"]).code(0);
    let releases = forge.releases("acme/app");
    let body = releases[0]["body"].as_str().unwrap().replace("\r\n", "\n");
    assert!(body.starts_with("# 1.27.0\n\nThe login works again.\n\n<!-- lockstep 1.27.0 "), "{body}");
    // Whoever has no notes any more, or others, sees that it is whole.
    std::fs::remove_file(sandbox.path(FILE)).unwrap();
    sandbox.run(&["run", "1.27.0", "--yes"]).code(0).says("whole");
    assert_eq!(forge.releases("acme/app")[0], releases[0]);
}

/// With a changelog its section is the text, also where the notes that it was made of are gone.
#[test]
fn a_section_of_the_changelog_is_the_text() {
    if !ready("a_section_of_the_changelog_is_the_text", NEEDED) {
        return;
    }
    let (sandbox, forge) = on_a_forge(&forge_config("\n[changelog]\n"), ADMIN);
    let run = |code: i32| sandbox.run(&["run", "1.27.0", "--unchanged", "--yes"]).code(code);
    run(5).says("nobody has written what `1.27.0` brings");
    sandbox.write(FILE, "# 1.27.0\n\n## Fixed\n\n- The login.\n- TODO: the logout\n");
    run(5).says("this line is still to be replaced");
    sandbox.write(FILE, "# 1.27.0\n\n## Fixed\n\n- The login.\n");
    sandbox.run(&["run", "1.27.0", "--unchanged", "--yes", "--until", "acme/push"]).code(0);
    std::fs::remove_file(sandbox.path(FILE)).unwrap();
    run(0);
    let body = forge.releases("acme/app")[0]["body"].as_str().unwrap().replace("\r\n", "\n");
    assert!(body.starts_with("### Fixed\n\n- The login.\n\n<!-- lockstep 1.27.0 "), "{body}");
}
