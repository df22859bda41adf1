//! Where two readings are possible: what leads, who follows, and what is rather not written than guessed.

use lockstep_tests::sandbox::{Sandbox, assert_untouched};

/// Three places of one version, `A` first.
fn three(a: &str, b: &str, c: &str, more: &str) -> Sandbox {
    let config = format!(
        "[track.app]\n\n[[manifest]]\npath = \"A\"\nline.all = \"{{app}}\"\n\n[[manifest]]\npath = \"B\"\nline.all = \"{{app}}\"\n\n\
         [[manifest]]\npath = \"C\"\nyaml.version = \"{{app}}\"\n{more}"
    );
    Sandbox::new(&[
        ("release-config/release.toml", &config),
        ("A", &format!("{a}\n")),
        ("B", &format!("{b}\n")),
        ("C", &format!("version: {c}\n")),
    ])
}

/// `check --fix` refuses, says this, and changes nothing.
#[track_caller]
fn not_fixed(sandbox: &Sandbox, words: &str) {
    let before = sandbox.state();
    let ran = sandbox.run(&["check", "--fix"]).says(words);
    assert!(ran.code != 0, "{ran}");
    assert_untouched(&before, &sandbox.state(), "`check --fix` in doubt");
}

#[test]
fn a_leading_place_that_says_no_version_is_not_overwritten() {
    not_fixed(&three("v1.5.0", "1.4.0", "1.4.0", ""), "`v1.5.0` should decide, and is not `{app}`");
}

#[test]
fn nothing_is_fixed_while_a_locator_hits_nothing_or_too_often() {
    let sandbox = three("1.3.0", "1.4.0", "1.4.0", "");
    sandbox.write("C", "other: 1.4.0\n");
    not_fixed(&sandbox, "`yaml.version` hits nothing");
    sandbox.write("C", "version: 1.3.0\n---\nversion: 9.9.9\n");
    not_fixed(&sandbox, "`yaml.version` hits 2 places, not 1");
}

#[test]
fn nothing_is_fixed_while_a_repository_that_may_decide_is_missing() {
    let sandbox = three(
        "1.3.0",
        "1.4.0",
        "1.4.0",
        "\n[repo.lib]\n\n[[manifest]]\nrepo = \"lib\"\npath = \"V\"\nline.all = \"{app}\"\n",
    );
    not_fixed(&sandbox, "the repository `lib` isn't checked out");
}

#[test]
fn what_is_allowed_to_disagree_does_not_lead() {
    let allow = "\n[[allow]]\npath = \"A\"\nsays = \"1.2.0\"\nreason = \"the old line\"\n";
    let sandbox = three("1.2.0", "1.4.0", "1.4.0", allow);
    sandbox.run(&["check"]).code(0).says("1 allowed to disagree");
    sandbox.run(&["bump", "minor"]).code(0).says("app 1.4.0 → 1.5.0");
    assert_eq!(sandbox.read("A"), "1.2.0\n");
}

#[test]
fn a_version_that_breaks_its_scheme_is_a_finding() {
    three("1.2.0.1", "1.2.0.1", "1.2.0.1", "").run(&["check"]).code(2).says("`1.2.0.1` has four");
}

#[test]
fn a_git_folder_that_git_cannot_read_is_not_an_absent_one() {
    let sandbox = Sandbox::folder(&[
        ("release-config/release.toml", "[track.app]\n\n[[manifest]]\npath = \"A\"\nline.all = \"{app}\"\n"),
        ("A", "1.2.0\n"),
        (".git", "gitdir: /nonexistent/worktree\n"),
    ]);
    sandbox.run(&["check"]).code(4).says("git can't read");
}

#[test]
fn a_file_that_was_only_touched_has_no_changes_of_its_own() {
    let sandbox = three("1.2.0", "1.2.0", "1.2.0", "");
    let text = sandbox.read("A");
    std::thread::sleep(std::time::Duration::from_millis(20));
    sandbox.write("A", text);
    sandbox.run(&["bump", "minor", "--commit"]).code(0).says("Bump app to 1.3.0");
}

fn family() -> Sandbox {
    let chart = |version: &str, app: &str| format!("version: {version}\n{app}");
    Sandbox::new(&[
        (
            "release-config/release.toml",
            "[track.app]\n\n[track.chart]\nwith = \"app\"\nscheme = \"chart\"\n\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n\n\
             [[manifest]]\npath = \"charts/{chart}/Chart.yaml\"\nyaml.version = \"{chart}\"\n\n\
             [[manifest]]\npath = \"charts/{chart}/Chart.yaml\"\nonly = \"charts/web/**\"\nyaml.appVersion = \"{app}\"\n",
        ),
        ("VERSION", "1.2.0\n"),
        ("charts/web/Chart.yaml", &chart("0.1.0", "appVersion: 1.2.0\n")),
        ("charts/db/Chart.yaml", &chart("0.5.0", "")),
    ])
}

#[test]
fn a_member_that_is_named_moves_and_one_that_is_not_follows_only_if_it_states_the_app() {
    let chart = |sandbox: &Sandbox, name: &str| sandbox.read(format!("charts/{name}/Chart.yaml"));
    let sandbox = family();
    sandbox.run(&["bump", "app=minor", "db=minor"]).code(0);
    assert_eq!(chart(&sandbox, "db"), "version: 0.6.0\n");
    assert_eq!(chart(&sandbox, "web"), "version: 0.1.1\nappVersion: 1.3.0\n");
    let sandbox = family();
    sandbox.run(&["bump", "app=minor", "chart=minor"]).code(0);
    assert_eq!(chart(&sandbox, "db"), "version: 0.5.0\n");
    assert_eq!(chart(&sandbox, "web"), "version: 0.2.0\nappVersion: 1.3.0\n");
    let sandbox = family();
    sandbox.run(&["bump", "chart=minor"]).code(0);
    assert_eq!(chart(&sandbox, "db"), "version: 0.6.0\n");
}

#[test]
fn of_two_families_over_the_same_folders_each_member_follows_its_own() {
    let chart = |version: &str, app: &str| format!("version: {version}\nappVersion: {app}\n");
    let sandbox = Sandbox::new(&[
        (
            "release-config/release.toml",
            "[track.chart]\nwith = \"upstream\"\nscheme = \"chart\"\n\n[track.upstream]\ntag = \"\"\n\n\
             [[manifest]]\npath = \"charts/{chart}/Chart.yaml\"\nyaml.version = \"{chart}\"\n\n\
             [[manifest]]\npath = \"charts/{upstream}/Chart.yaml\"\nyaml.appVersion = \"{upstream}\"\n",
        ),
        ("charts/web/Chart.yaml", &chart("0.1.0", "1.2.0")),
        ("charts/db/Chart.yaml", &chart("0.5.0", "7.0.0")),
    ]);
    sandbox.run(&["bump", "upstream/web=1.3.0"]).code(0);
    assert_eq!(sandbox.read("charts/web/Chart.yaml"), chart("0.1.1", "1.3.0"));
    assert_eq!(sandbox.read("charts/db/Chart.yaml"), chart("0.5.0", "7.0.0"));
    sandbox.run(&["bump", "upstream/db=7.1.0", "db=0.6.0"]).code(0);
    assert_eq!(sandbox.read("charts/db/Chart.yaml"), chart("0.6.0", "7.1.0"));
}

#[test]
fn a_chart_goes_as_far_as_its_app() {
    let sandbox = Sandbox::new(&[
        (
            "release-config/release.toml",
            "[track.app]\n\n[track.chart]\nscheme = \"chart\"\nwith = \"app\"\nbump = \"same\"\n\n\
             [[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n\n\
             [[manifest]]\npath = \"chart/Chart.yaml\"\nyaml.version = \"{chart}\"\n",
        ),
        ("VERSION", "1.2.3\n"),
        ("chart/Chart.yaml", "version: 4.5.6\n"),
    ]);
    let bump = |target: &str, chart: &str| {
        sandbox.run(&["bump", target]).code(0);
        assert_eq!(sandbox.read("chart/Chart.yaml"), format!("version: {chart}\n"));
    };
    bump("app=1.2.4", "4.5.7");
    bump("app=1.4.1", "4.6.0");
    bump("app=2.0.0-rc.1", "5.0.0-rc.1");
    bump("app=2.0.0", "5.0.0");
    bump("chart=patch", "5.0.1");
    bump("app=2.1.0", "5.1.0");
}

#[test]
fn only_a_follower_can_go_as_far_as_another_track() {
    let sandbox = Sandbox::new(&[
        (
            "release-config/release.toml",
            "[track.app]\nbump = \"same\"\n\n[[manifest]]\npath = \"VERSION\"\nline.all = \"{app}\"\n",
        ),
        ("VERSION", "1.2.3\n"),
    ]);
    sandbox.run(&["check"]).code(2).says("`app` follows no track to keep step with");
}

#[test]
fn a_folder_that_is_called_as_a_track_is_refused() {
    let sandbox = family();
    sandbox.write("charts/app/Chart.yaml", "version: 0.1.0\n");
    sandbox.commit("A chart called app");
    sandbox.run(&["check"]).code(2).says("`app` names a track of `app` and one of `chart`");
}

#[test]
fn a_tag_is_compared_with_the_version_of_its_commit() {
    let sandbox = three("0.9.0", "0.9.0", "0.9.0", "");
    sandbox.git(&["tag", "v0.10.0"]);
    sandbox.run(&["check", "--rev", "v0.10.0"]).code(1).says("the tag `v0.10.0` says `0.10.0`");
    sandbox.git(&["tag", "v0.9.0"]);
    sandbox.run(&["check", "--rev", "v0.9.0"]).code(0);
}

#[test]
fn a_hooks_folder_that_serves_other_repositories_is_left_alone() {
    let sandbox = three("1.2.0", "1.2.0", "1.2.0", "");
    sandbox.write("../shared-hooks/keep", "");
    let shared = sandbox.path("../shared-hooks").canonicalize().expect("the folder was just made");
    sandbox.git(&["config", "core.hooksPath", &shared.to_string_lossy()]);
    let before = sandbox.state();
    sandbox.run(&["hook", "install"]).code(4).says("outside of this repository");
    assert_untouched(&before, &sandbox.state(), "`hook install`");
}
