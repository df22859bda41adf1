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
    check(
        &layouts::weekly_app(),
        &by_hand("weekly-app-with-chart"),
        &["minor"],
        expect![[r#"
        [project]
        name = "acme"
        branch = "main"

        # at `1.26.0`, which is also the latest tag
        [track.app]
        bump = "minor"
        tag = "{version}"

        # moved in the last 5 releases
        [[manifest]]
        path = "acme/version.py"
        python.VERSION = "{app}"

        # A release can do this as well; a person decides:
        # [forge]
        # repository = "acme/acme"
    "#]],
    );
}

#[test]
fn the_charts_of_a_weekly_app() {
    check(
        &layouts::weekly_charts(),
        &by_hand("weekly-app-with-chart"),
        &["app=1.27.0"],
        expect![[r#"
            [project]
            name = "charts"
            branch = "master"

            # at `1.26.0`; the tags count something else
            [track.app]
            tag = ""

            # `acme`, with a number of its own
            [track.chart]
            scheme = "chart"
            with = "app"
            tag = "acme-{version}"

            # moved in the last 5 releases
            [[manifest]]
            path = ["charts/acme/Chart.yaml", "charts/acme/ChartV3.yaml"]
            yaml.version = "{chart}"
            yaml.appVersion = "{app}"

            # moved in the last 5 releases
            [[manifest]]
            path = "charts/acme/values.yaml"
            yaml."image.tag" = "release-{app}"

            [remote.origin]
            url = "https://github.com/acme/charts.git"

            # A release can do this as well; a person decides:
            # [forge]
            # repository = "acme/charts"
            # [[image]]
            # name = "acme/acme"
            # registries = "docker.io"
            # tags = "release-{app}"
        "#]],
    );
}

#[test]
fn an_app_with_images() {
    check(
        &layouts::app_with_images(),
        &by_hand("app-with-images"),
        &["minor"],
        expect![[r#"
        [project]
        name = "app"
        branch = "main"

        # at `0.10.1`, which is also the latest tag
        [track.app]
        bump = "minor"
        tag = "{version}"

        # moved in the last 5 releases
        [[manifest]]
        path = "acme/__init__.py"
        python.__version__ = "{app}"

        # moved in the last 5 releases
        [[manifest]]
        path = "docs/mkdocs.yml"
        yaml."extra.acme_version" = "{app}"

        # moved in the last 5 releases
        [[manifest]]
        path = "install.sh"
        text.'github_tag=${1-"{}"}' = "{app}"

        # A release can do this as well; a person decides:
        # [forge]
        # repository = "acme/app"
    "#]],
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
        expect![[r#"
        [project]
        name = "ledger"
        branch = "trunk"

        # at `1.4.0`, which is also the latest tag
        [track.app]
        bump = "minor"

        # `chart`, with a number of its own
        [track.chart]
        scheme = "chart"
        with = "app"
        tag = "chart-{version}"

        # moved in the last 4 releases
        [[manifest]]
        path = "Cargo.toml"
        toml."package.version" = "{app}"

        # moved in the last 4 releases
        [[manifest]]
        path = "deploy/chart/Chart.yaml"
        yaml.version = "{chart}"
        yaml.appVersion = "{app}"

        # moved in the last 4 releases
        [[manifest]]
        path = "web/package.json"
        json.version = "{app}"

        # moved in the last 4 releases
        [[manifest]]
        path = "Dockerfile"
        dockerfile."ARG.VERSION" = "{app}"

        # moved in the last 4 releases
        [[manifest]]
        path = "deploy/compose.yml"
        image."acme/ledger" = "v{app}"

        # moved in the last 4 releases
        [[manifest]]
        path = "Cargo.lock"
        toml."package[name=ledger].version" = "{app}"

        [remote.origin]
        url = "git@github.com:acme/ledger.git"

        # A release can do this as well; a person decides:
        # [forge]
        # repository = "acme/ledger"
        # [[image]]
        # name = "acme/ledger"
        # dockerfile = "Dockerfile"
        # registries = "registry.example.com"
        # tags = "v{app}"
    "#]],
    );
}

#[test]
fn a_family_of_charts() {
    check(
        &layouts::chart_family(),
        &by_hand("chart-family"),
        &["minor"],
        expect![[r#"
            [project]
            name = "metrics"
            branch = "master"

            # at `1.150.0`, which is also the latest tag
            [track.app]
            bump = "minor"

            # 4 of them, each with its own number
            [track.chart]
            scheme = "chart"
            with = "app"
            bump = "minor"
            tag = "{chart}-{version}"

            # `metrics-common`, which does not follow the others
            [track.own-chart]
            scheme = "chart"
            tag = "{own-chart}-{version}"

            # moved in the last 5 releases
            [[manifest]]
            path = "packaging/metrics-*.spec"
            spec.Version = "{app}"
            spec.Release = { template = "1", on = "bump" }

            # moved in the last 5 releases
            [[manifest]]
            path = "charts/{chart}/Chart.yaml"
            exclude = "charts/metrics-common/Chart.yaml"
            yaml.appVersion = "v{app}"
            yaml.version = "{chart}"

            # `0.0.42`
            [[manifest]]
            path = "charts/{own-chart}/Chart.yaml"
            only = "charts/metrics-common/Chart.yaml"
            yaml.version = "{own-chart}"

            # moved in the last 5 releases
            [[manifest]]
            path = "roles/*/defaults/main.yml"
            yaml.agent_version = "v{app}"

            # moved in the last 5 releases
            [[manifest]]
            path = "deploy/compose-cluster.yml"
            image."acme/agent" = "v{app}"
            image."acme/vm*" = "v{app}-cluster"

            [remote.origin]
            url = "https://github.com/acme/metrics.git"

            # A release can do this as well; a person decides:
            # [forge]
            # repository = "acme/metrics"
            # `[[image]]` waits for an image that the places above name: acme/agent, acme/vmstorage, acme/vminsert, acme/vmselect

            # Unsure, and so left out: take the `# ` away where a place should follow.
            #
            # # says `1.99.0`, and the version is `1.150.0`
            # [[manifest]]
            # path = "packaging/legacy.spec"
            # spec.Version = "{app}"
        "#]],
    );
}

#[test]
fn a_calendar_version() {
    check(
        &layouts::calendar_version(),
        &by_hand("calendar-version"),
        &["2022.6.0b1"],
        expect![[r#"
        [project]
        name = "home"
        branch = "main"

        # at `2022.5.0`, which is also the latest tag
        [track.app]
        scheme = "calver"
        bump = "minor"
        tag = "{version}"

        # at `2022.5`: moved 3 times, with the project's own numbers
        [track.short]
        scheme = "calver"
        bump = "minor"
        tag = ""

        # moved in the last 5 releases
        [[manifest]]
        path = "pyproject.toml"
        toml."project.version" = "{app}"

        # moved in the last 3 releases
        [[manifest]]
        path = ".github/workflows/ci.yaml"
        yaml."env.SHORT_VERSION" = "{short}"

        # `2022.5.0`, the latest tag is `2022.5.0`
        [[manifest]]
        path = "home/const.py"
        python.MAJOR_VERSION = "{app.major}"
        python.MINOR_VERSION = "{app.minor}"
        python.PATCH_VERSION = "{app.rest}"

        # A release can do this as well; a person decides:
        # [forge]
        # repository = "acme/home"

        # Unsure, and so left out: take the `# ` away where a place should follow.
        #
        # # `2022.5`, by its name, but it has not moved with a release yet
        # [[manifest]]
        # path = ".github/workflows/ci.yaml"
        # yaml."env.SHORT_VERSION" = "{app.short}"
    "#]],
    );
}
