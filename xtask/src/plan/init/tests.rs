//! Small trees in the layouts that real projects have.

use super::*;

struct Tree {
    name: &'static str,
    files: Vec<(String, String)>,
    tags: Vec<String>,
    siblings: Vec<String>,
}

fn tree(name: &'static str) -> Tree {
    Tree { name, files: Vec::new(), tags: Vec::new(), siblings: Vec::new() }
}

impl Tree {
    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    fn tags(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }

    fn propose(&self) -> Proposal {
        let read = |path: &str| self.files.iter().find(|(of, _)| of == path).map(|(_, text)| text.clone());
        let proposal = propose(&Facts {
            name: self.name.to_owned(),
            files: self.files.iter().map(|(path, _)| path.clone()).collect(),
            read: &read,
            tags: self.tags.clone(),
            branch: Some(String::from("main")),
            origin: None,
            origin_branch: None,
            siblings: self.siblings.clone(),
            past: past::Past::default(),
        });
        valid(&proposal.toml);
        for row in proposal.rows.iter().filter(|row| row.verdict != Verdict::Left) {
            let (format, locator) = row.locator.split_once('.').unwrap();
            let format = crate::locate::find_format(format).unwrap();
            assert_eq!(format.check(locator), Ok(()));
            let hits = format.read(&read(&row.path).unwrap(), &[locator], false).unwrap().hits.remove(0);
            assert_eq!(hits[0].value, row.value, "{row:?}");
        }
        proposal
    }

    /// The whole text, without comments and empty lines.
    #[track_caller]
    fn check(&self, want: &str) -> Proposal {
        let proposal = self.propose();
        let bare = |text: &str| {
            let kept = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
            kept.map(|line| format!("{}\n", line.trim_start())).collect::<String>()
        };
        assert_eq!(bare(&proposal.toml), bare(want), "\n{}", proposal.toml);
        proposal
    }
}

/// The text is TOML, and so it is with every question answered by yes.
#[track_caller]
fn valid(toml: &str) {
    let parse =
        |text: &str| text.parse::<toml_edit::Document<String>>().map(|_| ()).map_err(|e| format!("{e}\n{text}"));
    assert_eq!(parse(toml), Ok(()));
    if let Some((sure, questions)) = toml.split_once("\n# Unsure, and so left out") {
        let answered = questions.lines().skip(1).map(|line| line.strip_prefix("# ").unwrap_or(line));
        assert_eq!(parse(&format!("{sure}\n{}", answered.map(|line| format!("{line}\n")).collect::<String>())), Ok(()));
    }
}

impl Proposal {
    #[track_caller]
    fn row(&self, path: &str, locator: &str, verdict: Verdict, reason: &str) -> &Self {
        let row = self.rows.iter().find(|row| row.path == path && row.locator == locator);
        let row = row.unwrap_or_else(|| panic!("no row {path} {locator} in {:#?}", self.rows));
        assert_eq!(row.verdict, verdict, "{row:?}");
        assert!(row.reason.contains(reason), "{row:?}");
        self
    }

    #[track_caller]
    fn says(&self, text: &str) -> &Self {
        assert!(self.toml.contains(text), "{text} is not in\n{}", self.toml);
        self
    }
}

#[test]
fn a_web_app() {
    tree("posthog")
        .file("package.json", "{\n  \"name\": \"posthog\",\n  \"version\": \"0.0.0\",\n  \"dependencies\": {\n    \"x\": \"1.26.0\"\n  }\n}\n")
        .file("posthog/version.py", "VERSION = \"1.26.0\"\n")
        .file("docker-compose.yml", "services:\n  web:\n    image: posthog/posthog:release-1.26.0\n  db:\n    image: postgres:12.1\n")
        .tags(&["1.24.0", "1.25.0", "1.25.1", "1.26.0"])
        .check(
            r#"
            [project]
            name = "posthog"
            branch = "main"
            [track.app]
            bump = "minor"
            tag = "{version}"
            [[manifest]]
            path = "posthog/version.py"
            python.VERSION = "{app}"
            [[manifest]]
            path = "docker-compose.yml"
            image."posthog/posthog" = "release-{app}"
            "#,
        )
        .row("package.json", "json.version", Verdict::Left, "placeholder")
        .row("package.json", "line.5", Verdict::Left, "dependency")
        .says("# `1.26.0`, the latest tag is `1.26.0`");
}

const CHART: &str = "apiVersion: v1\nname: posthog\n# the chart's\nversion: 1.4.17\nappVersion: 1.26.0\ndependencies:\n  - name: x\n    version: 8.6.1\n";
const VALUES: &str =
    "image:\n  repository: posthog/posthog\n  tag: release-1.26.0\nstatsd:\n  image:\n    tag: v0.10.5\n";

#[test]
fn a_chart_repository() {
    tree("charts")
        .file("charts/posthog/Chart.yaml", CHART)
        .file("charts/posthog/ChartV3.yaml", CHART)
        .file("charts/posthog/values.yaml", VALUES)
        .tags(&["1.3.9", "posthog-1.4.16", "posthog-1.4.17"])
        .check(
            r#"
            [project]
            name = "charts"
            branch = "main"
            [track.app]
            tag = ""
            [track.chart]
            scheme = "chart"
            with = "app"
            tag = "posthog-{version}"
            [[manifest]]
            path = ["charts/posthog/Chart.yaml", "charts/posthog/ChartV3.yaml"]
            yaml.version = "{chart}"
            yaml.appVersion = "{app}"
            [[manifest]]
            path = "charts/posthog/values.yaml"
            yaml."image.tag" = "release-{app}"
            "#,
        )
        .row("charts/posthog/values.yaml", "yaml.statsd.image.tag", Verdict::Left, "something else");
}

#[test]
fn forgotten_values_are_shown_as_drift() {
    tree("charts")
        .file("charts/posthog/Chart.yaml", CHART)
        .file("charts/posthog/values.yaml", &VALUES.replace("1.26.0", "1.25.0"))
        .propose()
        .row("charts/posthog/values.yaml", "yaml.image.tag", Verdict::Taken, "disagrees: says `release-1.25.0`")
        .says("`image.tag` disagrees: `release-1.25.0`");
}

#[test]
fn a_documented_python_project() {
    let nav =
        "nav:\n  - '0.10.1': releases/0.10.1.md\n  - '0.10.0': releases/0.10.0.md\n  - '0.9.0': releases/0.9.0.md\n";
    tree("mathesar")
        .file("mathesar/__init__.py", "default_app_config = 'x'\n\n__version__ = \"0.10.1\"\n")
        .file("docs/mkdocs.yml", &format!("{nav}extra:\n  mathesar_version: 0.10.1\n"))
        .file("install.sh", "#!/bin/bash\nset -e\n\ngithub_tag=${1-\"0.10.1\"}\n")
        .file("docs/docs/releases/0.10.1.md", "curl /download/0.10.1/install.sh\n")
        .file("docs/index.md", "Available since 0.10.1.\n\ncurl -sfSL https://example.com/mathesar/0.10.1/install.sh\n")
        .file("pyproject.toml", "[project]\nname = \"mathesar\"\n")
        .tags(&["0.10.0", "0.10.1", "0.2.0-testing.1"])
        .check(
            r#"
            [project]
            name = "mathesar"
            branch = "main"
            [track.app]
            tag = "{version}"
            [[manifest]]
            path = "mathesar/__init__.py"
            python.__version__ = "{app}"
            [[manifest]]
            path = "docs/mkdocs.yml"
            yaml."extra.mathesar_version" = "{app}"
            "#,
        )
        .row("docs/mkdocs.yml", "line.2", Verdict::Left, "list of versions")
        .row("install.sh", "text.github_tag=${1-\"{}\"}", Verdict::Unsure, "follow")
        .row("docs/index.md", "line.1", Verdict::Left, "came or went")
        .says("# text.'github_tag=${1-\"{}\"}' = \"{app}\"");
}

fn charts(versions: &[(&str, &str, &str)]) -> Tree {
    versions.iter().fold(tree("helm-charts"), |tree, (name, chart, app)| {
        let text = format!("apiVersion: v2\nname: {name}\nversion: {chart}\nappVersion: {app}\n");
        tree.file(&format!("charts/{name}/Chart.yaml"), &text)
    })
}

#[test]
fn a_collection_of_charts() {
    charts(&[
        ("vm-agent", "0.46.0", "v1.150.0"),
        ("vm-auth", "0.11.2", "v1.150.0"),
        ("vm-single", "0.40.1", "v1.150.0"),
    ])
    .tags(&["vm-agent-0.46.0", "vm-auth-0.11.2"])
    .check(
        r#"
            [project]
            name = "helm-charts"
            branch = "main"
            [track.app]
            tag = ""
            [track.chart]
            scheme = "chart"
            with = "app"
            tag = "{chart}-{version}"
            [[manifest]]
            path = "charts/{chart}/Chart.yaml"
            yaml.version = "{chart}"
            yaml.appVersion = "v{app}"
            "#,
    );
}

#[test]
fn charts_of_other_programs_are_a_family_of_their_own() {
    charts(&[
        ("vm-agent", "0.46.0", "v1.150.0"),
        ("vm-auth", "0.11.2", "1.150.0"),
        ("vm-single", "0.40.1", "v1.150.0"),
        ("vl-single", "0.9.0", "v1.52.0"),
    ])
    .check(
        r#"
        [project]
        name = "helm-charts"
        branch = "main"
        [track.app]
        [track.chart]
        scheme = "chart"
        with = "app"
        tag = "{chart}-{version}"
        [track.own-chart]
        scheme = "chart"
        tag = "{own-chart}-{version}"
        [[manifest]]
        path = "charts/{chart}/Chart.yaml"
        exclude = ["charts/vm-auth/Chart.yaml", "charts/vl-single/Chart.yaml"]
        yaml.version = "{chart}"
        yaml.appVersion = "v{app}"
        [[manifest]]
        path = "charts/{chart}/Chart.yaml"
        only = "charts/vm-auth/Chart.yaml"
        yaml.version = "{chart}"
        yaml.appVersion = "{app}"
        [[manifest]]
        path = "charts/{own-chart}/Chart.yaml"
        only = "charts/vl-single/Chart.yaml"
        yaml.version = "{own-chart}"
        "#,
    )
    .row("charts/vl-single/Chart.yaml", "yaml.appVersion", Verdict::Left, "something else");
}

#[test]
fn one_package_of_several_was_forgotten() {
    let spec = |version: &str| {
        format!("Name: x\nVersion: {version}\nRelease: 1\nURL: https://example.com/v%{{version}}/x.tar.gz\n")
    };
    tree("lts-rpm")
        .file("vmagent.spec", &spec("1.105.0"))
        .file("vmauth.spec", &spec("1.99.0"))
        .file("vminsert.spec", &spec("1.105.0"))
        .file("vmselect.spec", &spec("1.105.0"))
        .tags(&["v1.105.0"])
        .check(
            r#"
            [project]
            name = "lts-rpm"
            branch = "main"
            [track.app]
            [[manifest]]
            path = "vm*.spec"
            spec.Version = "{app}"
            spec.Release = { template = "1", on = "bump" }
            "#,
        )
        .row("vmauth.spec", "spec.Version", Verdict::Taken, "disagrees: says `1.99.0`")
        .says("# `1.105.0` in 3 of 4 files, the latest tag is `v1.105.0`; `vmauth.spec` disagrees: `1.99.0`");
}

#[test]
fn roles_that_install_a_program() {
    let role = |name: &str| {
        format!("---\n{name}_version: \"v1.148.0\"\n{name}_url: \"{{% if x is version('1.148.0', '>=') %}}\"\n")
    };
    tree("ansible-playbooks")
        .file("galaxy.yml", "name: x\nversion: \"0.0.0\"\n")
        .file("roles/vmagent/defaults/main.yml", &role("vmagent"))
        .file("roles/vmauth/defaults/main.yml", &role("vmauth"))
        .file("roles/vlogs/defaults/main.yml", "vlogs_version: \"v1.50.0\"\n")
        .tags(&["v2.54.0", "v2.53.0"])
        .check(
            r#"
            [project]
            name = "ansible-playbooks"
            branch = "main"
            [track.app]
            tag = ""
            [[manifest]]
            path = "roles/vmagent/defaults/main.yml"
            yaml.vmagent_version = "v{app}"
            [[manifest]]
            path = "roles/vmauth/defaults/main.yml"
            yaml.vmauth_version = "v{app}"
            "#,
        )
        .row("galaxy.yml", "yaml.version", Verdict::Left, "placeholder")
        .row("roles/vlogs/defaults/main.yml", "yaml.vlogs_version", Verdict::Left, "something else");
}

#[test]
fn versions_in_parts() {
    tree("home-assistant")
        .file(
            "homeassistant/const.py",
            "MAJOR_VERSION: Final = 2022\nMINOR_VERSION: Final = 5\nPATCH_VERSION: Final = \"0.dev0\"\n",
        )
        .file("setup.cfg", "[metadata]\nname         = homeassistant\nversion      = 2022.5.0.dev0\n")
        .file(".github/workflows/ci.yaml", "env:\n  CACHE_VERSION: 9\n  HA_SHORT_VERSION: 2022.5\n")
        .tags(&["2022.4.0b1", "2022.3.8", "0.57"])
        .check(
            r#"
            [project]
            name = "home-assistant"
            branch = "main"
            [track.app]
            scheme = "calver"
            tag = "{version}"
            [[manifest]]
            path = "setup.cfg"
            ini."metadata.version" = "{app}"
            [[manifest]]
            path = "homeassistant/const.py"
            python.MAJOR_VERSION = "{app.major}"
            python.MINOR_VERSION = "{app.minor}"
            python.PATCH_VERSION = "{app.rest}"
            [[manifest]]
            path = ".github/workflows/ci.yaml"
            yaml."env.HA_SHORT_VERSION" = "{app.short}"
            "#,
        );
}

#[test]
fn an_add_on_and_its_image() {
    tree("addon-victoriametrics")
        .file("victoria-metrics/config.yaml", "name: VM\nslug: vm\nversion: \"1.137.0\"\n")
        .file("victoria-metrics/Dockerfile", "ARG VERSION=v1.137.0\nFROM scratch\n")
        .check(
            r#"
            [project]
            name = "addon-victoriametrics"
            branch = "main"
            [track.app]
            [[manifest]]
            path = "victoria-metrics/config.yaml"
            yaml.version = "{app}"
            [[manifest]]
            path = "victoria-metrics/Dockerfile"
            dockerfile."ARG.VERSION" = "v{app}"
            "#,
        );
}

#[test]
fn add_ons_that_count_on_their_own() {
    tree("addons")
        .file("ssh/config.yaml", "slug: ssh\nversion: 9.1.0\n")
        .file("deconz/config.yaml", "slug: deconz\nversion: 6.2.0\n")
        .check(
            r#"
            [project]
            name = "addons"
            branch = "main"
            [track.addon]
            tag = "{addon}-{version}"
            [[manifest]]
            path = "{addon}/config.yaml"
            yaml.version = "{addon}"
            "#,
        );
}

#[test]
fn a_rust_workspace() {
    let member = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.3.1\"\n");
    tree("tool")
        .file("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n\n[workspace.dependencies]\ntool-core = { path = \"crates/core\", version = \"0.3.1\" }\nserde = \"0.3.1\"\n")
        .file("crates/core/Cargo.toml", &member("tool-core"))
        .file("crates/cli/Cargo.toml", &member("tool-cli"))
        .file("crates/web/Cargo.toml", &member("tool-web"))
        .file("Cargo.lock", "version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"0.3.1\"\n\n[[package]]\nname = \"tool-core\"\nversion = \"0.3.1\"\n")
        .file("CHANGELOG.md", "## 0.3.1\n")
        .tags(&["v0.3.1"])
        .check(
            r#"
            [project]
            name = "tool"
            branch = "main"
            [track.app]
            [[manifest]]
            path = "crates/*/Cargo.toml"
            toml."package.version" = "{app}"
            [[manifest]]
            path = "Cargo.lock"
            toml."package[name=tool-core].version" = "{app}"
            [[manifest]]
            path = "Cargo.toml"
            toml."workspace.dependencies.tool-core.version" = "{app}"
            "#,
        );
}

#[test]
fn a_go_program_has_tags_and_images_only() {
    tree("VictoriaMetrics")
        .file("go.mod", "module x\n\nrequire example.com/y v1.150.0\n")
        .file("deployment/docker/compose-vm.yml", "services:\n  a:\n    image: victoriametrics/vmagent:v1.150.0\n  s1:\n    image: victoriametrics/vmstorage:v1.150.0-cluster\n  s2:\n    image: victoriametrics/vmstorage:v1.150.0-cluster\n  g:\n    image: grafana/grafana:10.4.2\n  o:\n    image: victoriametrics/vmanomaly:v1.30.2\n")
        .file("docs/quick.md", "{{% available_from \"v1.150.0\" %}}\n\ndocker pull victoriametrics/victoria-metrics:v1.150.0\n\nwget https://github.com/x/releases/download/v1.150.0/victoria-metrics-linux-amd64-v1.150.0.tar.gz\n")
        .tags(&["v1.150.0", "v1.150.0-cluster", "v1.149.0"])
        .check(
            r#"
            [project]
            name = "VictoriaMetrics"
            branch = "main"
            [track.app]
            [[manifest]]
            path = "deployment/docker/compose-vm.yml"
            image."victoriametrics/vmagent" = "v{app}"
            image."victoriametrics/vmstorage" = "v{app}-cluster"
            [[manifest]]
            path = "docs/quick.md"
            image."victoriametrics/victoria-metrics" = "v{app}"
            "#,
        )
        .row("deployment/docker/compose-vm.yml", "image.grafana/grafana", Verdict::Left, "another project")
        .row("deployment/docker/compose-vm.yml", "image.victoriametrics/vmanomaly", Verdict::Left, "something else")
        .row("docs/quick.md", "line.1", Verdict::Left, "came or went")
        .row("docs/quick.md", "text.download/v{}", Verdict::Unsure, "follow");
}

#[test]
fn disagreement_without_a_tag_is_a_question() {
    let two = || {
        tree("app")
            .file("pyproject.toml", "[project]\nname = \"app\"\nversion = \"1.3.0\"\n")
            .file("package.json", "{\n  \"version\": \"1.2.0\"\n}\n")
    };
    two()
        .propose()
        .row("pyproject.toml", "toml.project.version", Verdict::Unsure, "`package.json` says `1.2.0`")
        .row("package.json", "json.version", Verdict::Unsure, "no tag decides")
        .says("# unsure where it stands");
    two().tags(&["v1.3.0"]).propose().row("pyproject.toml", "toml.project.version", Verdict::Taken, "latest tag").row(
        "package.json",
        "json.version",
        Verdict::Unsure,
        "says `1.2.0`",
    );
}

#[test]
fn one_version_in_the_words_of_each_ecosystem() {
    tree("app")
        .file("Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.3.0-rc.1\"\n")
        .file("pyproject.toml", "[project]\nname = \"app\"\nversion = \"1.3.0rc1\"\n")
        .file("packaging/app.spec", "Version: 1.3.0~rc.1\nRelease: 1%{?dist}\n")
        .tags(&["v1.2.0", "v1.3.0-rc.1"])
        .check(
            r#"
            [project]
            name = "app"
            branch = "main"
            [track.app]
            [[manifest]]
            path = "Cargo.toml"
            toml."package.version" = "{app}"
            [[manifest]]
            path = "pyproject.toml"
            toml."project.version" = "{app:pep440}"
            [[manifest]]
            path = "packaging/app.spec"
            spec.Version = "{app:rpm}"
            spec.Release = { template = "1%{{?dist}}", on = "bump" }
            "#,
        );
}

#[test]
fn a_spec_that_a_test_builds_stays() {
    tree("acme")
        .file("acme.spec", "Name: acme\nVersion: 1.3.0\nRelease: 1\n")
        .file("tests/specs/web/bash.spec", "Name: bash\nVersion: 1.2.0\nRelease: 3\n")
        .check(
            "[project]\nname = \"acme\"\nbranch = \"main\"\n[track.app]\n[[manifest]]\npath = \"acme.spec\"\nspec.Version = \"{app}\"\nspec.Release = { template = \"1\", on = \"bump\" }\n",
        );
}

#[test]
fn packages_of_one_repository() {
    let package = |name: &str, more: &str| format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"2.4.0\"{more}\n}}\n");
    let needs = ",\n  \"dependencies\": {\n    \"@acme/core\": \"^2.4.0\",\n    \"left-pad\": \"2.4.0\"\n  }";
    tree("acme")
        .file("package.json", &package("acme", ""))
        .file("packages/core/package.json", &package("@acme/core", ""))
        .file("packages/web/package.json", &package("@acme/web", needs))
        .file("package-lock.json", "{\n  \"name\": \"acme\",\n  \"version\": \"2.4.0\",\n  \"packages\": {\n    \"\": {\n      \"version\": \"2.4.0\"\n    }\n  }\n}\n")
        .check(
            r#"
            [project]
            name = "acme"
            branch = "main"
            [track.app]
            [[manifest]]
            path = ["package.json", "packages/core/package.json"]
            json.version = "{app}"
            [[manifest]]
            path = "packages/web/package.json"
            json.version = "{app}"
            json."dependencies.@acme/core" = "^{app}"
            [[manifest]]
            path = "package-lock.json"
            json.version = "{app}"
            json.'packages."".version' = "{app}"
            "#,
        )
        .row("packages/web/package.json", "line.6", Verdict::Left, "dependency");
}

#[test]
fn an_equal_tag_of_a_foreign_image_is_a_question() {
    let side = "sidecar:\n  image:\n    repository: other/proxy\n    tag: 1.26.0\nworker:\n  image:\n    repository: posthog/worker\n    tag: 1.26.0\n";
    tree("charts")
        .file("charts/posthog/Chart.yaml", CHART)
        .file("charts/posthog/values.yaml", side)
        .propose()
        .row("charts/posthog/values.yaml", "yaml.sidecar.image.tag", Verdict::Unsure, "another project's image")
        .row("charts/posthog/values.yaml", "yaml.worker.image.tag", Verdict::Taken, "");
}

#[test]
fn nothing_at_all() {
    let proposal = tree("empty").propose();
    assert!(proposal.rows.is_empty());
    proposal.says("[track.app]").says("no place and no tag states a version yet");
    tree("a \"b\"\nc").file("x.md", "1.2.3").tags(&["v1.2.3", "-", "v;", ""]).propose();
    let mut beside = tree("app").file("VERSION", "1.2.3\n");
    beside.siblings = vec![String::from("charts")];
    beside.propose().says("# path = \"../charts\"");
}

#[test]
fn charts_inside_charts_and_placeholders_stay() {
    charts(&[("vm-agent", "0.46.0", "v1.150.0"), ("vm-auth", "0.11.2", "v1.150.0"), ("vm-new", "0.0.0", "v1.150.0")])
        .file("charts/vm-agent/charts/crds/Chart.yaml", "name: crds\nversion: 0.1.0\n")
        .file("test-charts/common/Chart.yaml", "name: common\nversion: 0.1.0\n")
        .propose()
        .says("path = \"charts/{chart}/Chart.yaml\"\nexclude = \"charts/vm-new/Chart.yaml\"\n")
        .row("charts/vm-new/Chart.yaml", "yaml.version", Verdict::Left, "placeholder")
        .row("charts/vm-agent/charts/crds/Chart.yaml", "yaml.version", Verdict::Left, "inside another");
}
