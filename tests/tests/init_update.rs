//! `init --update`: what has come since, what is gone, and every byte that a person wrote.

use expect_test::expect;
use lockstep_tests::history::{ADA, Files, History, import};
use lockstep_tests::projects::{APP, CONFIG};
use lockstep_tests::sandbox::{Sandbox, assert_untouched, skip};

/// A person's own file: other names than `init` would give, comments, odd spaces.
const OURS: &str = "# Ours. Ask Ada before you touch it.\n[project]\nname = \"acme\"\n\n[track.program]   # not `app`\nbump = \"minor\"\n\n[[manifest]]\npath = \"acme/settings.py\"\npython.VERSION   =   \"{program}\"\n\n[[manifest]]\npath = \"package.json\"\njson.version = \"{program}\"   # npm\n\n[branch]\nname = \"release-{program}\"\n";

fn ours(text: &str) -> Sandbox {
    let sandbox = Sandbox::new(&APP[1..]);
    sandbox.write(CONFIG, text);
    sandbox.commit("Configure");
    sandbox.git(&["tag", "-am", "Version 1.26.0", "v1.26.0"]);
    sandbox
}

#[test]
fn a_place_that_has_come_is_added_and_no_byte_is_changed() {
    let sandbox = ours(OURS);
    let ran = sandbox.run(&["init", "--update", "--dry-run"]).code(1);
    expect![[r#"
        exit 1
        --- stdout
        --- a/release-config/release.toml
        +++ b/release-config/release.toml
        @@ -15,0 +16,5 @@
        +# `release-1.26.0`
        +[[manifest]]
        +path = "deploy/values.yaml"
        +yaml."image.tag" = "release-{program}"
        +
        --- stderr
        1 place to add
    "#]]
    .assert_eq(&ran.to_string());
    assert_eq!(sandbox.read(CONFIG), OURS);
    sandbox.run(&["init", "--update", "--yes"]).code(0).says("wrote release-config/release.toml");
    let (before, after) = OURS.split_once("\n[branch]").unwrap();
    let text = sandbox.read(CONFIG);
    assert!(text.starts_with(before) && text.ends_with(&format!("\n[branch]{after}")), "{text}");
    sandbox.run(&["check"]).code(0).says("3 places in 3 files");
    sandbox.run(&["init", "--update", "--dry-run"]).code(0).says("0 places to add");
}

#[test]
fn a_diff_is_one_that_git_can_apply() {
    let sandbox = ours(OURS);
    let diff = sandbox.run(&["init", "--update", "--dry-run"]).code(1).stdout;
    sandbox.write("../update.diff", &diff);
    sandbox.git(&["apply", "--unidiff-zero", "../update.diff"]);
    let applied = sandbox.read(CONFIG);
    sandbox.write(CONFIG, OURS);
    sandbox.run(&["init", "--update", "--yes"]).code(0);
    assert_eq!(sandbox.read(CONFIG), applied);
}

#[test]
fn a_new_chart_gets_a_track_of_its_own() {
    let sandbox = ours(
        &APP[0].1.replace("[[manifest]]\npath = \"package.json\"", "# Why.\n[[manifest]]\npath = \"package.json\""),
    );
    sandbox.run(&["init", "--update", "--dry-run"]).code(0);
    sandbox.write("chart/Chart.yaml", "name: acme\nversion: 0.3.1\nappVersion: 1.26.0\n");
    sandbox.commit("Add a chart");
    sandbox.run(&["init", "--update", "--yes"]).code(0).says("[track.chart]").says("2 places to add");
    sandbox.run(&["check"]).code(0).says("5 places in 4 files");
    sandbox.run(&["bump", "minor"]).code(0).says("0.3.2").says("1.27.0");
}

#[test]
fn what_a_comment_names_is_not_proposed_again() {
    let sandbox = ours(&format!("{OURS}# `deploy/values.yaml` follows by hand\n"));
    sandbox.run(&["init", "--update", "--dry-run"]).code(0).says("0 places to add");
}

#[test]
fn what_is_gone_is_named_and_asked() {
    let gone = format!(
        "{OURS}\n[[manifest]]\npath = \"old/setup.py\"\ntext.'version=\"{{}}\"' = \"{{program}}\"\n# the end\n"
    );
    let sandbox = ours(&gone);
    sandbox.write("deploy/values.yaml", "image: {}\n");
    sandbox.write("package.json", "{\n  \"name\": \"acme\"\n}\n");
    sandbox.commit("Take versions away");
    let ran = sandbox.run(&["init", "--update", "--dry-run"]).code(1);
    let ran = ran.says("gone: release-config/release.toml:20: `old/setup.py` names no tracked file");
    ran.says("gone: release-config/release.toml:14: `json.version` hits nothing");
    assert_eq!(sandbox.run(&["init", "--update", "--yes"]).code(1).stdout, "");
    assert_eq!(sandbox.read(CONFIG), gone);
    let Some(ran) = sandbox.run_typing(&["init", "--update"], "y\n\n") else {
        return skip("what_is_gone_is_named_and_asked", "`script` is missing");
    };
    ran.code(0).says("`old/setup.py` names no tracked file: make it a comment? [y/N]");
    let text = sandbox.read(CONFIG);
    assert!(
        text.ends_with(
            "\n# [[manifest]]\n# path = \"old/setup.py\"\n# text.'version=\"{}\"' = \"{program}\"\n# the end\n"
        ),
        "{text}"
    );
}

#[test]
fn an_update_needs_somebody_to_agree_and_a_file() {
    let sandbox = ours(OURS);
    let before = sandbox.state();
    sandbox.run(&["init", "--update"]).code(2).says("nobody is here to agree").says("--dry-run");
    assert_untouched(&before, &sandbox.state(), "init --update");
    let sandbox = Sandbox::new(&APP[1..]);
    sandbox
        .run(&["init", "--update", "--yes"])
        .code(2)
        .says("no `release-config/release.toml`")
        .says("cargo xtask init");
    sandbox.run(&["init", "--update", "--force"]).code(2);
}

#[test]
fn line_ends_stay_what_they_are() {
    let sandbox = ours(&OURS.replace('\n', "\r\n"));
    sandbox.run(&["init", "--update", "--yes"]).code(0);
    let text = sandbox.read(CONFIG);
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert!(text.contains("path = \"deploy/values.yaml\"\r\n"));
}

/// A chart with its own number and that of what it installs.
fn chart(files: &mut Files, name: &str, version: &str, installs: &str) {
    let text = format!("apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: v{installs}\n");
    files.insert(format!("charts/{name}/Chart.yaml"), (false, text.into_bytes()));
}

/// Charts of one program, and others that install something else: two of them the same.
fn charts() -> Sandbox {
    let (mut past, mut files) = (History::default(), Files::new());
    chart(&mut files, "db", "3.3.0", "7.0.0");
    chart(&mut files, "web", "0.0.1", "2.0.0");
    chart(&mut files, "all", "1.0.0", "2.0.0");
    for at in 1..=6 {
        for name in ["one", "two", "six"] {
            chart(&mut files, name, &format!("0.1.{at}"), &format!("1.{at}.0"));
        }
        past.days(9).commit("main", ADA, &format!("app 1.{at}.0"), &files).tag("main", &format!("v1.{at}.0"), "");
        chart(&mut files, "web", &format!("0.{at}.0"), &format!("2.{at}.0"));
        chart(&mut files, "all", &format!("1.0.{at}"), &format!("2.{at}.0"));
        past.days(9).commit("main", ADA, &format!("web 2.{at}.0"), &files);
        chart(&mut files, "db", &format!("3.3.{at}"), &format!("7.{at}.0"));
        past.days(9).commit("main", ADA, &format!("db 7.{at}.0"), &files);
    }
    let sandbox = Sandbox::bare(&[]);
    import(&sandbox.path(""), &past.end());
    sandbox.git(&["reset", "-q", "--hard"]);
    sandbox
}

#[test]
fn straight_after_init_there_is_nothing_to_add() {
    let sandbox = charts();
    sandbox.run(&["init", "--yes"]).code(0).says("`cargo xtask check`: consistent");
    sandbox.run(&["init", "--update", "--dry-run"]).code(0).says("0 places to add");
    sandbox.commit("Configure");
    sandbox.run(&["init", "--update", "--dry-run"]).code(0).says("0 places to add");
}

#[test]
fn the_copy_of_this_tool_is_not_looked_at() {
    let sandbox = ours(&format!("{OURS}# `deploy/values.yaml` follows by hand\n"));
    sandbox.write("xtask/.lockstep/installed", "version 1.26.0\n");
    sandbox.write("xtask/Cargo.toml", "[package]\nname = \"xtask\"\nversion = \"1.26.0\"\n");
    sandbox.write("xtask/src/lib.rs", "const OLDEST: &str = \"acme-1.26.0.tar\";\n");
    sandbox.write(
        "Cargo.toml",
        "# Made by Lockstep, so that `cargo xtask` works here.\n[workspace]\nmembers = [\"xtask\"]\n# 1.26.0\n",
    );
    sandbox.commit("Install Lockstep");
    sandbox.run(&["init", "--update", "--dry-run"]).code(0).says("0 places to add").says_nothing_of("unsure");
    sandbox.run(&["check", "--strays"]).code(0).says_nothing_of("xtask/").says_nothing_of("Cargo.toml");
    sandbox.run(&["init", "--yes", "--force"]).code(0);
    assert!(!sandbox.read(CONFIG).contains("xtask"), "{}", sandbox.read(CONFIG));
}
