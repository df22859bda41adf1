//! Small projects that many tests begin with.

use crate::sandbox::Sandbox;

/// Where the configuration is.
pub const CONFIG: &str = "release-config/release.toml";

/// One track in three files.
pub const APP: &[(&str, &str)] = &[
    (
        CONFIG,
        r#"[project]
name = "acme"
commit = "Bump version to {app}"

[track.app]
bump = "minor"

[[manifest]]
path = "acme/settings.py"
python.VERSION = "{app}"

[[manifest]]
path = "deploy/values.yaml"
yaml."image.tag" = "release-{app}"

[[manifest]]
path = "package.json"
json.version = "{app}"
"#,
    ),
    ("acme/settings.py", "DEBUG = False\nVERSION = \"1.26.0\"\n"),
    ("deploy/values.yaml", "image:\n  repository: acme/web\n  tag: release-1.26.0\n"),
    ("package.json", "{\n  \"name\": \"acme\",\n  \"version\": \"1.26.0\"\n}\n"),
    ("README.md", "# Acme\n"),
];

/// An application and the repository of its charts: a family, of which only `web` and `worker` state the app.
pub const WITH_CHARTS: &[(&str, &str)] = &[
    (
        CONFIG,
        r#"[track.app]
bump = "minor"

[track.chart]
repo = "charts"
scheme = "chart"
with = "app"
tag = "{name}-{version}"

[repo.charts]
url = "https://example.com/acme/charts.git"
commit = "Bump app version to {app}"

[[manifest]]
path = "VERSION"
line.1 = "{app}"

[[manifest]]
repo = "charts"
path = "charts/{chart}/Chart.yaml"
yaml.version = "{chart}"

[[manifest]]
repo = "charts"
path = "charts/{chart}/Chart.yaml"
exclude = "charts/tools/*"
yaml.appVersion = "{app}"
"#,
    ),
    ("VERSION", "1.26.0\n"),
];

/// The charts of [`WITH_CHARTS`].
pub const CHARTS: &[(&str, &str)] = &[
    ("charts/tools/Chart.yaml", "name: tools\nversion: 0.9.0\n"),
    ("charts/web/Chart.yaml", "name: web\nversion: 2.0.3\nappVersion: 1.26.0\n"),
    ("charts/worker/Chart.yaml", "name: worker\nversion: 0.4.9\nappVersion: 1.26.0\n"),
];

/// [`APP`], committed.
pub fn app() -> Sandbox {
    Sandbox::new(APP)
}

/// [`APP`], committed, with one place that says another version than the others.
pub fn drifted() -> Sandbox {
    let sandbox = app();
    sandbox.replace("deploy/values.yaml", "release-1.26.0", "release-1.25.0");
    sandbox.commit("Drift");
    sandbox
}

/// [`WITH_CHARTS`] and [`CHARTS`], committed.
pub fn with_charts() -> Sandbox {
    let sandbox = Sandbox::new(WITH_CHARTS);
    sandbox.sibling("charts", CHARTS);
    sandbox
}

/// One track whose version stands in `VERSION`, with more lines for its table and for the file's end.
pub fn one_track(track: &str, more: &str) -> String {
    format!("[track.app]\n{track}\n\n[[manifest]]\npath = \"VERSION\"\nline.1 = \"{{app}}\"\n{more}")
}
