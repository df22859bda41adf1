//! What `init` proposes for the five layouts: about as long as what a person wrote, and right.

use std::path::Path;

use lockstep_tests::layouts::{self, Layout};
use lockstep_tests::projects::CONFIG;

/// The file that a person wrote for this layout.
fn by_hand(example: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("release-config/examples");
    std::fs::read_to_string(folder.join(example).join("release.toml")).unwrap()
}

/// The proposal holds these pieces, each once, asks nothing, is at most a third longer than what a person wrote, and
/// `check` agrees with it, before a bump and after it.
#[track_caller]
fn check(layout: &Layout, hand: &str, bump: &[&str], pieces: &[&str]) {
    let sandbox = layout.sandbox();
    sandbox.run(&["init", "--yes"]).code(0).says("consistent").says(" 0 unsure");
    let text = sandbox.read(CONFIG);
    for piece in pieces {
        assert_eq!(text.matches(piece).count(), 1, "{piece}\n\n{text}");
    }
    let lines = |text: &str| text.lines().count();
    assert!(lines(&text) * 3 <= lines(hand) * 4, "{} lines, {} by hand\n{text}", lines(&text), lines(hand));
    assert!(text.len() * 3 <= hand.len() * 4, "{} bytes, {} by hand\n{text}", text.len(), hand.len());
    sandbox.run(&["check"]).code(0);
    sandbox.run(&[&["bump"], bump].concat()).code(0);
    sandbox.run(&["check"]).code(0);
}

#[test]
fn a_weekly_app() {
    check(
        &layouts::weekly_app(),
        &by_hand("weekly-app-with-chart"),
        &["minor"],
        &[
            "[project]\nname = \"acme\"\nbranch = \"main\"\n",
            "[track.app]\nbump = \"minor\"\ntag = \"{version}\"\n",
            "# moved in the last 5 releases\n[[manifest]]\npath = \"acme/version.py\"\npython.VERSION = \"{app}\"\n",
            "# [forge]\n# repository = \"acme/acme\"\n",
        ],
    );
}

#[test]
fn the_charts_of_a_weekly_app() {
    check(
        &layouts::weekly_charts(),
        &by_hand("weekly-app-with-chart"),
        &["app=1.27.0"],
        &[
            "branch = \"master\"\n",
            "[track.chart]\nscheme = \"chart\"\nwith = \"app\"\ntag = \"acme-{version}\"\n",
            "path = [\"charts/acme/Chart.yaml\", \"charts/acme/ChartV3.yaml\"]\n\
             yaml.version = \"{chart}\"\nyaml.appVersion = \"{app}\"\n",
            "yaml.\"image.tag\" = \"release-{app}\"\n",
            "[remote.origin]\nurl = \"https://github.com/acme/charts.git\"\n",
            "# [[image]]\n# name = \"acme/acme\"\n",
        ],
    );
}

#[test]
fn an_app_with_images() {
    check(
        &layouts::app_with_images(),
        &by_hand("app-with-images"),
        &["minor"],
        &[
            "path = \"acme/__init__.py\"\npython.__version__ = \"{app}\"\n",
            "path = \"docs/mkdocs.yml\"\nyaml.\"extra.acme_version\" = \"{app}\"\n",
            "path = \"install.sh\"\ntext.'github_tag=${1-\"{}\"}' = \"{app}\"\n",
        ],
    );
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

[[image]]
name = "acme/ledger"
dockerfile = "Dockerfile"
registries = ["registry.example.com"]
tags = ["v{app}"]
"#;

#[test]
fn a_program_in_many_manifests() {
    check(
        &layouts::many_manifests(),
        MANY_MANIFESTS,
        &["minor"],
        &[
            "branch = \"trunk\"\n",
            "path = \"Cargo.toml\"\ntoml.\"package.version\" = \"{app}\"\n",
            "path = \"Cargo.lock\"\ntoml.\"package[name=ledger].version\" = \"{app}\"\n",
            "path = \"deploy/chart/Chart.yaml\"\nyaml.version = \"{chart}\"\nyaml.appVersion = \"{app}\"\n",
            "image.\"acme/ledger\" = \"v{app}\"\n",
            "dockerfile.\"ARG.VERSION\" = \"{app}\"\n",
            "# dockerfile = \"Dockerfile\"\n# registries = \"registry.example.com\"\n",
        ],
    );
}

#[test]
fn a_family_of_charts() {
    check(
        &layouts::chart_family(),
        &by_hand("chart-family"),
        &["minor"],
        &[
            "path = \"charts/{chart}/Chart.yaml\"\nexclude = \"charts/metrics-common/Chart.yaml\"\n",
            "yaml.version = \"{chart}\"\n",
            "yaml.appVersion = \"v{app}\"\n",
            "path = \"packaging/metrics-*.spec\"\nspec.Version = \"{app}\"\n\
             spec.Release = { template = \"1\", on = \"bump\" }\n",
            "path = \"roles/*/defaults/main.yml\"\nyaml.agent_version = \"v{app}\"\n",
            "image.\"acme/agent\" = \"v{app}\"\nimage.\"acme/vm*\" = \"v{app}-cluster\"\n",
        ],
    );
}

#[test]
fn a_calendar_version() {
    check(
        &layouts::calendar_version(),
        &by_hand("calendar-version"),
        &["2022.6.0"],
        &[
            "scheme = \"calver\"\n",
            "path = \"pyproject.toml\"\ntoml.\"project.version\" = \"{app}\"\n",
            "python.MAJOR_VERSION = \"{app.major}\"\npython.MINOR_VERSION = \"{app.minor}\"\n\
             python.PATCH_VERSION = \"{app.rest}\"\n",
            "yaml.\"env.SHORT_VERSION\" = \"{app.short}\"\n",
        ],
    );
}
