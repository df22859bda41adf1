//! The five layouts in which real projects keep their versions, each as a repository that was released some times.
//!
//! The lines are those of public repositories, with the names of made-up ones; numbers that must stay stand between
//! those that move.

use crate::sandbox::Sandbox;

/// One layout.
pub struct Layout {
    /// The address of `origin`.
    pub origin: &'static str,
    /// The branch that `origin` calls its own.
    pub branch: &'static str,
    /// Versions of its releases, the oldest first: what stands for `@0`, `@1` … in the files.
    pub releases: Vec<Vec<String>>,
    /// What is tagged, with the same marks.
    pub tags: &'static [&'static str],
    /// Paths and texts. A line with `@each` stands there once for every release so far, the newest first.
    pub files: Vec<(String, String)>,
}

impl Layout {
    /// The repository as it is after the last release.
    pub fn sandbox(&self) -> Sandbox {
        let sandbox = Sandbox::folder(&[]);
        sandbox.git(&["init", "-q", "-b", self.branch]);
        sandbox.git(&["remote", "add", "origin", self.origin]);
        for (at, release) in self.releases.iter().enumerate() {
            for (path, text) in &self.files {
                sandbox.write(path, filled(&grown(text, &self.releases[..=at]), release));
            }
            sandbox.commit(&format!("Bump version to {}", release[0]));
            for tag in self.tags {
                let name = filled(tag, release);
                sandbox.git(&["tag", "-f", "-a", "-m", &name, &name]);
            }
        }
        let head = format!("refs/remotes/origin/{}", self.branch);
        sandbox.git(&["update-ref", &head, "HEAD"]);
        sandbox.git(&["symbolic-ref", "refs/remotes/origin/HEAD", &head]);
        sandbox
    }
}

fn grown(text: &str, releases: &[Vec<String>]) -> String {
    let newest_first = |line: &str| -> Vec<String> {
        releases.iter().rev().map(|release| line.replace("@each", &release[0])).collect()
    };
    let lines = text.split_inclusive('\n');
    lines.flat_map(|line| if line.contains("@each") { newest_first(line) } else { vec![line.to_owned()] }).collect()
}

fn filled(text: &str, release: &[String]) -> String {
    let each = release.iter().enumerate();
    each.fold(text.to_owned(), |text, (at, version)| text.replace(&format!("@{at}"), version))
}

fn owned(releases: &[&[&str]]) -> Vec<Vec<String>> {
    releases.iter().map(|release| release.iter().map(|version| (*version).to_owned()).collect()).collect()
}

fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// An app that is released every week: the program's repository.
pub fn weekly_app() -> Layout {
    Layout {
        origin: "https://github.com/acme/acme.git",
        branch: "main",
        releases: owned(&[&["1.22.0"], &["1.23.0"], &["1.24.0"], &["1.25.0"], &["1.25.1"], &["1.26.0"]]),
        tags: &["@0"],
        files: files(&[
            ("acme/version.py", "VERSION = \"@0\"\n"),
            ("package.json", "{\n  \"name\": \"acme\",\n  \"version\": \"0.0.0\",\n  \"private\": true\n}\n"),
            (
                "plugins/package.json",
                "{\n  \"name\": \"plugins\",\n  \"dependencies\": {\n    \"@acme/plugin-server\": \"0.21.12\"\n  }\n}\n",
            ),
            ("CHANGELOG.md", "# Changelog\n\n## @0\n"),
        ]),
    }
}

const WEEKLY_CHART: &str = "apiVersion: v1\nname: acme\n# This is the chart version. This version number should be incremented each time you make changes\n# to the chart and its templates, including the app version.\nversion: @1\n# This is the version number of the application being deployed. This version number should be\n# incremented each time you make changes to the application.\nappVersion: @0\n";

/// The same app's chart repository: two numbers, and a `ChartV3.yaml` that is nearly the same.
pub fn weekly_charts() -> Layout {
    let v3 = WEEKLY_CHART.replace("apiVersion: v1", "apiVersion: v2")
        + "dependencies:\n  - name: postgresql\n    version: 8.6.1\n    repository: https://charts.example.com\n";
    let mut files = files(&[
        ("charts/acme/Chart.yaml", WEEKLY_CHART),
        (
            "charts/acme/values.yaml",
            "# Default values\nreplicaCount: 1\n\nimage:\n  repository: acme/acme\n  tag: release-@0\n\nstatsd:\n  image:\n    repository: prom/statsd-exporter\n    tag: v0.10.5\n",
        ),
        ("README.md", "# Charts\n"),
    ]);
    files.push(("charts/acme/ChartV3.yaml".to_owned(), v3));
    Layout {
        origin: "https://github.com/acme/charts.git",
        branch: "master",
        releases: owned(&[
            &["1.22.0", "1.4.12"],
            &["1.23.0", "1.4.13"],
            &["1.24.0", "1.4.14"],
            &["1.25.0", "1.4.15"],
            &["1.25.1", "1.4.16"],
            &["1.26.0", "1.4.17"],
        ]),
        tags: &["acme-@1"],
        files,
    }
}

/// A web app with images, an installer and documentation.
pub fn app_with_images() -> Layout {
    let nav = |old: &[&str]| {
        let lines = old.iter().map(|version| format!("      - '{version}': releases/{version}.md\n"));
        format!("nav:\n  - Releases:\n{}", lines.collect::<String>())
    };
    Layout {
        origin: "https://github.com/acme/app.git",
        branch: "main",
        releases: owned(&[&["0.7.0"], &["0.8.0"], &["0.8.1"], &["0.9.0"], &["0.10.0"], &["0.10.1"]]),
        tags: &["@0"],
        files: vec![
            (
                "acme/__init__.py".to_owned(),
                "default_app_config = 'acme.apps.AcmeConfig'\n\n__version__ = \"@0\"\n".to_owned(),
            ),
            ("install.sh".to_owned(), "#!/usr/bin/env bash\nset -e\n\ngithub_tag=${1-\"@0\"}\n".to_owned()),
            (
                "docs/mkdocs.yml".to_owned(),
                format!("site_name: Acme\n{}extra:\n  acme_version: @0\n", nav(&["@each", "0.6.3", "0.6.2", "0.6.1"])),
            ),
            (
                "docs/docs/releases/0.6.3.md".to_owned(),
                "curl -sSfL https://example.com/download/0.6.3/install.sh\n".to_owned(),
            ),
            ("docs/docs/index.md".to_owned(), "Available since 0.8.0.\n".to_owned()),
            (
                "docker-compose.yml".to_owned(),
                "services:\n  web:\n    image: acme/app:latest\n  db:\n    image: postgres:13.2\n".to_owned(),
            ),
            ("Dockerfile".to_owned(), "FROM python:3.9.2\n".to_owned()),
            (
                "pyproject.toml".to_owned(),
                "[project]\nname = \"acme\"\ndependencies = [\"django==3.1.14\"]\n".to_owned(),
            ),
        ],
    }
}

/// A company's program in many manifests, with a chart beside it.
pub fn many_manifests() -> Layout {
    Layout {
        origin: "git@github.com:acme/ledger.git",
        branch: "trunk",
        releases: owned(&[
            &["1.1.0", "0.3.0"],
            &["1.2.0", "0.3.1"],
            &["1.2.1", "0.3.2"],
            &["1.3.0", "0.3.3"],
            &["1.4.0", "0.3.4"],
        ]),
        tags: &["v@0"],
        files: files(&[
            (
                "Cargo.toml",
                "[package]\nname = \"ledger\"\nversion = \"@0\"\nedition = \"2021\"\n\n[dependencies]\nserde = \"1.0.130\"\n",
            ),
            (
                "Cargo.lock",
                "version = 3\n\n[[package]]\nname = \"ledger\"\nversion = \"@0\"\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.130\"\n",
            ),
            (
                "web/package.json",
                "{\n  \"name\": \"ledger-web\",\n  \"version\": \"@0\",\n  \"dependencies\": {\n    \"left-pad\": \"1.3.0\"\n  }\n}\n",
            ),
            ("deploy/chart/Chart.yaml", "apiVersion: v2\nname: ledger\nversion: @1\nappVersion: \"@0\"\n"),
            (
                "deploy/compose.yml",
                "services:\n  ledger:\n    image: registry.example.com/acme/ledger:v@0\n  cache:\n    image: redis:7.2.4\n",
            ),
            ("Dockerfile", "ARG VERSION=@0\nFROM debian:12.5\n"),
        ]),
    }
}

/// Many charts of one program, packages, roles and compose files.
pub fn chart_family() -> Layout {
    let mut files = files(&[
        ("charts/metrics-common/Chart.yaml", "apiVersion: v2\ntype: library\nname: metrics-common\nversion: 0.0.42\n"),
        (
            "deploy/compose-cluster.yml",
            "services:\n  agent:\n    image: acme/agent:v@0\n  storage-1:\n    image: acme/vmstorage:v@0-cluster\n  storage-2:\n    image: acme/vmstorage:v@0-cluster\n  insert:\n    image: acme/vminsert:v@0-cluster\n  select:\n    image: acme/vmselect:v@0-cluster\n  grafana:\n    image: grafana/grafana:10.4.2\n",
        ),
        ("packaging/legacy.spec", &spec("legacy", "1.99.0")),
    ]);
    for (at, name) in ["agent", "auth", "cluster", "single"].iter().enumerate() {
        let chart = format!(
            "apiVersion: v2\nname: {name}\ntype: application\nappVersion: v@0\nversion: @{}\ndependencies:\n  - name: metrics-common\n    version: \"0.0.*\"\n",
            at + 1
        );
        files.push((format!("charts/metrics-{name}/Chart.yaml"), chart));
        files.push((
            format!("charts/metrics-{name}/values.yaml"),
            "image:\n  tag: \"\" # rewrites Chart.AppVersion\n".to_owned(),
        ));
        files.push((format!("packaging/metrics-{name}.spec"), spec(name, "@0")));
    }
    for name in ["edge", "gateway", "node"] {
        files.push((
            format!("roles/{name}/defaults/main.yml"),
            "---\nagent_version: \"v@0\"\nagent_user: metrics\n".to_owned(),
        ));
    }
    Layout {
        origin: "https://github.com/acme/metrics.git",
        branch: "master",
        releases: (0..6_u32)
            .map(|at| {
                vec![
                    format!("1.{}.0", 145 + at),
                    format!("0.{}.0", 40 + at),
                    format!("0.11.{}", 27 + at),
                    format!("0.{}.0", 33 + at),
                    format!("0.{}.1", 20 + at),
                ]
            })
            .collect(),
        tags: &["v@0", "metrics-agent-@1", "metrics-auth-@2", "metrics-cluster-@3", "metrics-single-@4"],
        files,
    }
}

fn spec(name: &str, version: &str) -> String {
    format!(
        "Name: metrics-{name}\nVersion: {version}\nRelease: 1\nURL: https://example.com/v%{{version}}/{name}.tar.gz\n"
    )
}

/// A version of the calendar in parts.
pub fn calendar_version() -> Layout {
    Layout {
        origin: "https://github.com/acme/home.git",
        branch: "main",
        releases: ["2022.2.0", "2022.2.1", "2022.3.0", "2022.4.0", "2022.4.1", "2022.5.0"]
            .iter()
            .map(|version| {
                let parts: Vec<&str> = version.split('.').collect();
                let short = format!("{}.{}", parts[0], parts[1]);
                [*version, parts[0], parts[1], parts[2], &short].iter().map(|&part| part.to_owned()).collect()
            })
            .collect(),
        tags: &["@0"],
        files: files(&[
            (
                "home/const.py",
                "\"\"\"Constants.\"\"\"\nMAJOR_VERSION: Final = @1\nMINOR_VERSION: Final = @2\nPATCH_VERSION: Final = \"@3\"\n__short_version__: Final = f\"{MAJOR_VERSION}.{MINOR_VERSION}\"\n",
            ),
            (
                "pyproject.toml",
                "[project]\nname        = \"home\"\nversion     = \"@0\"\nrequires-python = \">=3.9.0\"\n",
            ),
            (
                ".github/workflows/ci.yaml",
                "name: CI\nenv:\n  CACHE_VERSION: 9\n  SHORT_VERSION: @4\n  DEFAULT_PYTHON: 3.9\n",
            ),
            ("requirements.txt", "home-frontend==20220420.0\n"),
        ]),
    }
}
