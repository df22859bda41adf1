//! What `init` proposes for the five layouts: about as long as what a person wrote, and right.

use std::path::Path;

use expect_test::{Expect, expect};
use lockstep_tests::layouts::{self, Layout};
use lockstep_tests::projects::CONFIG;

/// The file that a person wrote for this layout.
fn by_hand(example: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("release-config/examples");
    std::fs::read_to_string(folder.join(example).join("release.toml")).unwrap()
}

/// The proposal is this, is at most a third longer than what a person wrote, and `check` agrees with it.
#[track_caller]
fn check(layout: &Layout, hand: &str, bump: &[&str], want: Expect) {
    let sandbox = layout.sandbox();
    sandbox.run(&["init", "--yes"]).code(0).says("consistent");
    let text = sandbox.read(CONFIG);
    want.assert_eq(&text);
    let lines = |text: &str| text.lines().count();
    assert!(lines(&text) * 3 <= lines(hand) * 4, "{} lines, {} by hand", lines(&text), lines(hand));
    assert!(text.len() * 3 <= hand.len() * 4, "{} bytes, {} by hand", text.len(), hand.len());
    sandbox.run(&["check"]).code(0);
    sandbox.run(&[&["bump"], bump].concat()).code(0);
    sandbox.run(&["check"]).code(0);
}

#[test]
fn a_weekly_app() {
    check(&layouts::weekly_app(), &by_hand("weekly-app-with-chart"), &["minor"], expect![[r#""#]]);
}

#[test]
fn the_charts_of_a_weekly_app() {
    check(&layouts::weekly_charts(), &by_hand("weekly-app-with-chart"), &["app=1.27.0"], expect![[r#""#]]);
}

#[test]
fn an_app_with_images() {
    check(&layouts::app_with_images(), &by_hand("app-with-images"), &["minor"], expect![[r#""#]]);
}

/// As a person would write it who knows the tool.
const MANY_MANIFESTS: &str = r#"# One program in the manifests of five tools, and its chart.
[project]
name = "ledger"
branch = "trunk"

[track.app]

[track.chart]
scheme = "chart"
with = "app"
tag = "chart-{version}"

[[manifest]]
path = "Cargo.toml"
toml."package.version" = "{app}"

[[manifest]]
path = "Cargo.lock"
toml."package[name=ledger].version" = "{app}"

[[manifest]]
path = "web/package.json"
json.version = "{app}"

[[manifest]]
path = "deploy/chart/Chart.yaml"
yaml.version = "{chart}"
yaml.appVersion = "{app}"

[[manifest]]
path = "deploy/compose.yml"
image."acme/ledger" = "v{app}"

[[manifest]]
path = "Dockerfile"
dockerfile."ARG.VERSION" = "{app}"

[remote.origin]
url = "git@github.com:acme/ledger.git"

[forge]
repository = "acme/ledger"
"#;

#[test]
fn a_program_in_many_manifests() {
    check(&layouts::many_manifests(), MANY_MANIFESTS, &["minor"], expect![[r#""#]]);
}

#[test]
fn a_family_of_charts() {
    check(&layouts::chart_family(), &by_hand("chart-family"), &["minor"], expect![[r#""#]]);
}

#[test]
fn a_calendar_version() {
    check(&layouts::calendar_version(), &by_hand("calendar-version"), &["2022.6.0b1"], expect![[r#""#]]);
}
