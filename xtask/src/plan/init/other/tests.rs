//! Each tool by its configuration: which places it names, and what is told.

use super::super::past::Past;
use super::*;
use crate::error::line_column;

fn facts<'a>(files: &[(&str, &str)], read: &'a dyn Fn(&str) -> Option<String>) -> Facts<'a> {
    Facts {
        name: String::from("app"),
        files: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
        read,
        tags: Vec::new(),
        branch: None,
        origin: None,
        origin_branch: None,
        siblings: Vec::new(),
        past: Past::default(),
    }
}

fn tools(files: &[(&str, &str)]) -> Vec<Tool> {
    let read = |path: &str| files.iter().find(|(of, _)| *of == path).map(|(_, text)| (*text).to_owned());
    read_all(&facts(files, &read))
}

fn read_all(facts: &Facts) -> Vec<Tool> {
    read(facts).tools
}

/// What is read, a line for each thing.
fn shown(files: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for tool in tools(files) {
        let or = |text: &Option<String>| text.clone().unwrap_or_else(|| String::from("?"));
        let (current, tag, commit) = (or(&tool.current), or(&tool.tag), or(&tool.commit));
        let package = tool.package.map_or(String::new(), |package| format!(" [{package}]"));
        out += &format!(
            "{} {}{package}: {current}, {tag}, {commit}, {}\n",
            tool.name,
            tool.file,
            tool.scheme.unwrap_or("?")
        );
        for hint in &tool.places {
            let text = files.iter().find(|(path, _)| *path == hint.path).unwrap().1;
            assert_eq!(&text[hint.span.clone()], hint.says);
            let (line, column) = line_column(text, hint.span.start);
            let named = hint.named.as_ref().map_or(String::new(), |(format, locator)| format!(" {format}.{locator}"));
            let any = if hint.any { " any" } else { "" };
            out += &format!("  {}: {}:{line}:{column} {}{}{named}{any}\n", hint.line, hint.path, hint.says, hint.form);
        }
        for untold in &tool.untold {
            out += &format!(
                "  {}! {}: {}{}\n",
                untold.line,
                untold.what,
                untold.why,
                if untold.instead.is_some() { " +" } else { "" }
            );
        }
    }
    out
}

#[track_caller]
fn check(files: &[(&str, &str)], want: &str) {
    let shown = shown(files);
    assert_eq!(shown.trim_end(), want.trim_end(), "\n{shown}");
}

#[test]
fn bump_my_version() {
    let config = r#"[tool.bumpversion]
current_version = "1.2.3"
tag = true
tag_name = "release-{new_version}"
message = "Release {new_version}"
pre_commit_hooks = ["uv lock"]

[[tool.bumpversion.files]]
filename = "app/__init__.py"

[[tool.bumpversion.files]]
filename = "README.md"
search = "app=={current_version}"
replace = "app=={new_version}"

[[tool.bumpversion.files]]
filename = "CHANGELOG.md"
search = "Unreleased"
replace = "{new_version} ({now:%Y-%m-%d})"

[[tool.bumpversion.files]]
glob = "docs/*.md"
serialize = ["{major}.{minor}"]
search = "docs/{current_version}/"
replace = "docs/{new_version}/"

[[tool.bumpversion.files]]
filename = "gone.txt"

[[tool.bumpversion.files]]
filename = "app/regex.py"
regex = true
search = "(VERSION|v) = '{current_version}'"
replace = "\\1 = '{new_version}'"
"#;
    check(
        &[
            (".bumpversion.toml", config),
            ("app/__init__.py", "__version__ = \"1.2.3\"\nOLD = \"11.2.3\"\n"),
            ("README.md", "pip install app==1.2.3\nsince 1.2.3\n"),
            ("CHANGELOG.md", "## Unreleased\n"),
            ("docs/a.md", "docs/1.2/a docs/1.2.3/a\n"),
            ("docs/b.md", "nothing\n"),
            ("app/regex.py", "VERSION = '1.2.3'\nv = '1.2.3'\nw = '1.2.3'\n"),
        ],
        r#"bump-my-version .bumpversion.toml: 1.2.3, release-{version}, Release {version}, ?
  8: app/__init__.py:1:16 1.2.3 any
  11: README.md:1:18 1.2.3
  21: docs/a.md:1:6 1.2.short
  30: app/regex.py:1:12 1.2.3
  30: app/regex.py:2:6 1.2.3
  6! uv lock: a command of `pre_commit_hooks` +
  16! `CHANGELOG.md`: `Unreleased` → `{new_version} ({now:%Y-%m-%d})`: a heading of the changelog +
  27! gone.txt: no file is called so"#,
    );
}

#[test]
fn bump_my_version_in_a_manifest() {
    let manifest = "[project]\nname = \"app\"\nversion = \"1.2.3\"\n\n[tool.bumpversion]\nfiles = [\n  {filename = \"pyproject.toml\", search = \"version = \\\"{current_version}\\\"\", replace = \"version = \\\"{new_version}\\\"\"},\n]\ncurrent_version = \"1.2.3\"\n";
    check(
        &[("pyproject.toml", manifest)],
        "bump-my-version pyproject.toml: 1.2.3, ?, ?, ?\n  7: pyproject.toml:3:12 1.2.3\n  3: pyproject.toml:3:12 1.2.3 toml.project.version",
    );
}

#[test]
fn bumpversion_with_parts_and_suffixes() {
    let config = r"[bumpversion]
current_version = 1.2.3rc1
commit = True
tag = True
parse = (?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)((?P<pre>a|b|rc)(?P<n>\d+))?
serialize =
    {major}.{minor}.{patch}{pre}{n}
    {major}.{minor}.{patch}

[bumpversion:part:pre]
optional_value = final
values =
    a
    b
    rc
    final

[bumpversion:file(one):app.py]
search = MAJOR = {current_major}
replace = MAJOR = {new_major}

[bumpversion:file(two):app.py]
search = VERSION = '{current_version}'
replace = VERSION = '{new_version}'

[bumpversion:file(three):app.py]
serialize = {major}.{minor}.{patch}
search = NUMBERS = '{current_version}'
replace = NUMBERS = '{new_version}'

[bumpversion:file(four):app.py]
search = PRE = '{current_pre}'
replace = PRE = '{new_pre}'
";
    check(
        &[(".bumpversion.cfg", config), ("app.py", "MAJOR = 1\nVERSION = '1.2.3rc1'\nNUMBERS = '1.2.3'\nPRE = 'rc'\n")],
        "bumpversion .bumpversion.cfg: 1.2.3rc1, v{version}, ?, pep440
  18: app.py:1:9 1.major
  22: app.py:2:12 1.2.3rc1
  26: app.py:3:12 1.2.3.release
  31! `app.py`: `PRE = '{current_pre}'` → `PRE = '{new_pre}'`: a field that has no counterpart",
    );
}

#[test]
fn setup_cfg_doubles_its_percent_signs() {
    let config = "[metadata]\nversion = 1.2.3\n\n[bumpversion]\ncurrent_version = 1.2.3\nfiles = setup.cfg app.py\n\n[bumpversion:file:100%%.txt]\n";
    check(
        &[("setup.cfg", config), ("app.py", "1.2.3"), ("100%.txt", "v1.2.3\n")],
        "bumpversion setup.cfg: 1.2.3, ?, ?, ?
  6: setup.cfg:2:11 1.2.3 any
  6: app.py:1:1 1.2.3 any
  8! 100%%.txt: no file is called so",
    );
}

#[test]
fn tbump() {
    let config = r#"github_url = "https://github.com/acme/app/"

[version]
current = "1.2.3"
regex = '''
  (?P<major>\d+)
  \.
  (?P<minor>\d+)
  \.
  (?P<patch>\d+)
  (?P<extra>[a-z]+\d+)?
'''

[git]
message_template = "Bump to {new_version}"
tag_template = "v{new_version}"

[[file]]
src = "setup.py"
search = 'version="{current_version}"'

[[file]]
src = "docs/**/*.md"
version_template = "{major}.{minor}"
search = "docs/{current_version}"

[[file]]
src = "gone"

[[field]]
name = "extra"
default = ""

[[before_commit]]
name = "check"
cmd = "make check"
"#;
    check(
        &[
            ("tbump.toml", config),
            ("setup.py", "    version=\"1.2.3\",\n    other=\"1.2.3\"\n"),
            ("docs/en/a.md", "docs/1.2 docs/1.2.3 1.2\n1.2\n"),
        ],
        "tbump tbump.toml: 1.2.3, v{version}, Bump to {version}, ?
  19: setup.py:1:14 1.2.3
  23: docs/en/a.md:1:6 1.2.short
  23: docs/en/a.md:1:21 1.2.short
  34! make check: a command, `before_commit` +
  1! github_url: a link that is printed at the end +
  27! gone: no file is called so",
    );
}

#[test]
fn commitizen() {
    let config = "[project]\nversion = \"1.2.3\"\n\n[tool.commitizen]\nversion_provider = \"pep621\"\ntag_format = \"v${version}\"\nbump_message = \"release: $new_version\"\nversion_files = [\n  \"app.py:^__version__\",\n  \"README.md\",\n  \"app.py:none\",\n]\nupdate_changelog_on_bump = true\n";
    check(
        &[
            ("pyproject.toml", config),
            ("app.py", "__version__ = '1.2.3'\nOLD = '1.2.3'\n"),
            ("README.md", "1.2.3 and v1.2.3\n"),
        ],
        "commitizen pyproject.toml: 1.2.3, v{version}, release: {version}, pep440
  5: pyproject.toml:2:12 1.2.3 toml.project.version
  9: app.py:1:16 1.2.3
  10: README.md:1:1 1.2.3 any
  10: README.md:1:12 1.2.3 any
  13! update_changelog_on_bump: the changelog is made of commits +
  11! app.py:none: `1.2.3` is not in such a line today",
    );
    check(
        &[
            (
                ".cz.json",
                "{\"commitizen\": {\n  \"version\": \"1.2.3\",\n  \"version_scheme\": \"semver\",\n  \"version_files\": [\"a/*.txt\"]\n}}\n",
            ),
            ("a/b.txt", "1.2.3"),
            ("cz.yaml", "commitizen:\n  version: 1.2.3\n"),
        ],
        "commitizen .cz.json: 1.2.3, {version}, ?, semver\n  4: a/b.txt:1:1 1.2.3 any\n  2! cz.yaml: commitizen reads `.cz.json` and not this",
    );
}

#[test]
fn release_please() {
    let config = r#"{
  "include-component-in-tag": false,
  "packages": {
    ".": {
      "release-type": "node",
      "extra-files": [
        "README.md",
        {"type": "json", "path": "app.json", "jsonpath": "$.expo['version']"},
        {"type": "xml", "path": "pom.xml", "xpath": "//project/version"},
        {"type": "yaml", "path": "values.yaml", "jsonpath": "$..tag"},
        "deploy/chart.yaml",
        "none.txt"
      ]
    }
  }
}
"#;
    check(
        &[
            ("release-please-config.json", config),
            (".release-please-manifest.json", "{\".\": \"1.2.3\"}\n"),
            ("package.json", "{\"name\": \"@acme/app\", \"version\": \"1.2.3\"}\n"),
            (
                "README.md",
                "a:1.2.3 b:1.2.3 <!-- x-release-please-version -->\n1.2.3\n<!-- x-release-please-start-major -->\nv1 and 7\napp@1\n<!-- x-release-please-end -->\n2\n1 x-release-please-date\n",
            ),
            ("app.json", "{\"expo\": {\"version\": \"1.2.3\"}}"),
            ("pom.xml", "<project><version>1.2.3</version></project>"),
            ("values.yaml", "tag: 1.2.3\n"),
            ("deploy/chart.yaml", "version: v1.2.3\nimage: a:1.2.2 # x-release-please-version\n"),
        ],
        "release-please release-please-config.json: 1.2.3, v{version}, ?, ?
  5: package.json:1:35 1.2.3 json.version
  7: README.md:1:3 1.2.3
  7: README.md:4:2 1.major
  7: README.md:5:5 1.major
  8: app.json:1:23 1.2.3 json.expo.version
  9: pom.xml:1:19 1.2.3 xml.project.version
  11: deploy/chart.yaml:1:11 1.2.3 yaml.version
  11: deploy/chart.yaml:2:10 1.2.2
  7! README.md:8: a date
  10! values.yaml: the path `$..tag` can't be said by a locator
  12! none.txt: no file is called so
  1! conventional commits: they decide the level and make the changelog +",
    );
}

#[test]
fn release_please_with_packages() {
    let config = "{\"plugins\": [\"node-workspace\"], \"packages\": {\n\"web\": {\"tag-separator\": \"/\"},\n\"api\": {\"release-type\": \"simple\", \"component\": \"server\", \"extra-files\": [\"/README.md\"]}}}\n";
    check(
        &[
            ("release-please-config.json", config),
            (".release-please-manifest.json", "{\"web\": \"1.2.3\", \"api\": \"0.4.0\"}\n"),
            ("web/package.json", "{\"name\": \"@acme/web\", \"version\": \"1.2.3\"}\n"),
            ("api/version.txt", "0.4.0\n"),
            ("README.md", "0.4.0 x-release-please-version\n"),
        ],
        "release-please release-please-config.json [web]: 1.2.3, web/v{version}, ?, ?
  2: web/package.json:1:35 1.2.3 json.version
  1! conventional commits: they decide the level and make the changelog +
  1! node-workspace: a plugin +
release-please release-please-config.json [server]: 0.4.0, server-v{version}, ?, ?
  3: api/version.txt:1:1 0.4.0 line.all
  3: README.md:1:1 0.4.0",
    );
}

#[test]
fn chartpress() {
    let config = "charts:\n  - name: hub\n    imagePrefix: acme/\n    repo:\n      git: acme/charts\n    images:\n      web:\n        valuesPath: web.image\n      job:\n        valuesPath:\n          - jobs.0.image\n          - job.image\n";
    check(
        &[
            ("chartpress.yaml", config),
            ("hub/Chart.yaml", "name: hub\nversion: 1.2.3\n"),
            (
                "hub/values.yaml",
                "web:\n  image:\n    name: acme/web\n    tag: 1.2.3\njobs:\n  - image: acme/job:1.2.3\njob:\n  image: acme/job:set-by-chartpress\n",
            ),
        ],
        "chartpress chartpress.yaml: 1.2.3, {version}, ?, ?
  2: hub/Chart.yaml:2:10 1.2.3 yaml.version
  8: hub/values.yaml:4:10 1.2.3 yaml.web.image.tag
  11: hub/values.yaml:6:21 1.2.3 yaml.jobs[0].image
  8! web: an image that chartpress builds and pushes +
  12! `hub/values.yaml`: `job.image`: it says `acme/job:set-by-chartpress` until chartpress publishes +
  11! job: an image that chartpress builds and pushes +
  5! repo: where the chart is published +",
    );
}

#[test]
fn cargo_release() {
    let config = r#"pre-release-commit-message = "Release {{version}}"
pre-release-replacements = [
  {file="README.md", search="app = .*", replace="{{crate_name}} = \"{{version}}\""},
  {file="src/lib.rs", search="docs.rs/app/[0-9.]+", replace="docs.rs/app/{{version}}", prerelease=true},
  {file="CHANGELOG.md", search="Unreleased", replace="{{version}}", min=1},
  {file="CHANGELOG.md", search="\\.\\.\\.HEAD", replace="...{{tag_name}}", exactly=1},
  {file="Makefile", search="(?P<name>TAG|V) *= *\\S+", replace="${name} = {{tag_name}}"},
]
pre-release-hook = ["make", "check"]
"#;
    check(
        &[
            ("Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.2.3\"\n"),
            ("Cargo.lock", "[[package]]\nname = \"app\"\nversion = \"1.2.3\"\n"),
            ("release.toml", config),
            ("README.md", "app = \"1.2.3\"\n"),
            ("src/lib.rs", "//! docs.rs/app/1.2.0\n"),
            ("CHANGELOG.md", "## [Unreleased]\nv1...HEAD\n"),
            ("Makefile", "TAG = v1.2.3\n"),
        ],
        "cargo-release release.toml: 1.2.3, v{version}, Release {version}, ?
  1: Cargo.toml:3:12 1.2.3 toml.package.version
  1: Cargo.lock:3:12 1.2.3 toml.package[name=app].version
  3: README.md:1:8 1.2.3
  4: src/lib.rs:1:17 1.2.0
  7: Makefile:1:8 1.2.3
  1! cargo publish: crates are published +
  5! `CHANGELOG.md`: `Unreleased` → `{{version}}`: a heading of the changelog +
  6! `CHANGELOG.md`: `\\.\\.\\.HEAD` → `...{{tag_name}}`: a heading of the changelog +
  3! pre-release-replacements: `release.toml` leaves these places alone for a pre-release; Lockstep writes them for it too
  9! make check: a command, `pre-release-hook` +",
    );
}

#[test]
fn cargo_release_in_a_workspace() {
    let root = "[workspace]\nmembers = [\"a\", \"b\", \"c\"]\n[workspace.metadata.release]\nshared-version = true\ntag-name = \"v{{version}}\"\npublish = false\n";
    check(
        &[
            ("Cargo.toml", root),
            ("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.3\"\n"),
            (
                "b/Cargo.toml",
                "[package]\nname = \"b\"\nversion = \"1.2.3\"\n[dependencies]\na = { path = \"../a\", version = \"1.2\" }\nc = \"0.4\"\n",
            ),
            (
                "c/Cargo.toml",
                "[package]\nname = \"c\"\nversion = \"0.4.0\"\n[package.metadata.release]\nshared-version = false\ntag-name = \"{{prefix}}{{version}}\"\n",
            ),
        ],
        "cargo-release Cargo.toml [default]: 1.2.3, v{version}, ?, ?
  1: a/Cargo.toml:3:12 1.2.3 toml.package.version
  1: b/Cargo.toml:5:33 1.2.short toml.dependencies.a.version
  1: b/Cargo.toml:3:12 1.2.3 toml.package.version
cargo-release c/Cargo.toml [c]: 0.4.0, c-{version}, ?, ?
  1: c/Cargo.toml:3:12 0.4.0 toml.package.version",
    );
}

#[test]
fn cargo_release_that_mends_requirements_only() {
    let asks = |version: &str| {
        format!(
            "[package]\nname = \"b\"\nversion = \"1.2.3\"\n[dependencies]\na = {{ path = \"../a\", version = \"{version}\" }}\n"
        )
    };
    let shown = |version: &str| {
        shown(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\n"),
            ("release.toml", "dependent-version = \"fix\"\n"),
            ("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.3\"\n"),
            ("b/Cargo.toml", &asks(version)),
        ])
    };
    assert!(shown("=1.2.3").contains("toml.dependencies.a.version"), "{}", shown("=1.2.3"));
    assert!(!shown("1.2.3").contains("toml.dependencies.a.version"), "{}", shown("1.2.3"));
}

#[test]
fn somebody_elses_files_say_nothing() {
    check(
        &[
            ("pyproject.toml", "[project]\nname = \"a\"\nversion = \"1.2.3\"\n"),
            ("setup.cfg", "[metadata]\nname = a\n"),
            ("release.toml", "[other]\ntool = 1\n"),
            ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.3\"\n"),
            ("release-config/release.toml", "[track.app]\ntag = \"v{version}\"\n"),
            ("node_modules/x/.bumpversion.cfg", "[bumpversion]\ncurrent_version = 1\n"),
        ],
        "",
    );
}

/// What can't be read has its place, and nothing of it is believed.
#[test]
fn unreadable_configurations() {
    for (path, text, place) in [
        (".bumpversion.toml", "[tool.bumpversion]\ncurrent_version = \n", "2:19"),
        (".bumpversion.cfg", "[bumpversion]\ncurrent_version\n", "2:1"),
        ("tbump.toml", "[version\n", "1:9"),
        (".cz.toml", "[tool.commitizen]\nversion == 1\n", "2:10"),
        (".cz.json", "{\"commitizen\": {\"version\": 1.2.3}}", "1:28"),
        (".cz.yaml", "commitizen:\n  version: [\n", "2:12"),
        ("release-please-config.json", "{\"packages\": {\".\": }}", "1:20"),
        ("chartpress.yaml", "charts: [\n  }\n", "1:9"),
    ] {
        let found = tools(&[(path, text)]);
        assert_eq!(found.len(), 1, "{path}");
        assert_eq!(found[0].places, [], "{path}");
        let what = &found[0].untold[0].what;
        assert_eq!(what, &format!("{path}:{place}"), "{}", found[0].untold[0].why);
    }
    let cargo = ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.3\"\n");
    let found = tools(&[cargo, ("release.toml", "tag-name = \"\n")]);
    assert!(found[0].untold[0].what.starts_with("release.toml:1:"), "{found:?}");
}

/// Values of every wrong kind, and texts cut anywhere: something is said, or nothing, and it ends.
#[test]
fn odd_configurations_end() {
    let odd = [
        (
            ".bumpversion.toml",
            "[tool.bumpversion]\ncurrent_version = 1\nserialize = 5\nparse = \"(\"\nfiles = [1, {}, {filename = 2}, {filename = \"a\", search = \"{\", replace = \"}\"}]\nparts = 3\n",
        ),
        (".bumpversion.toml", "[tool.bumpversion]\ncurrent_version = \"x\"\nfiles = [{filename = \"a\"}]\n"),
        (
            ".bumpversion.toml",
            "[tool.bumpversion]\ncurrent_version = \"1.2.3\"\nserialize = [\"{a}\"]\nfiles = [{filename = \"a\", search = \"\", replace = \"\"}, {glob = \"[\"}, {glob = \"../../x\"}, {filename = \"a\", regex = true, search = \"(\"}, {filename = \"a\", regex = true, search = \"é|\", replace = \"\\\\\"}]\n",
        ),
        ("tbump.toml", "version = 1\nfile = 2\ngit = []\n"),
        (
            "tbump.toml",
            "[version]\ncurrent = \"\"\nregex = \"(\"\n[[file]]\nsrc = \"a\"\nversion_template = \"{x}\"\nsearch = \"{\"\n[[file]]\n",
        ),
        (
            ".cz.json",
            "{\"commitizen\": {\"version\": \"1.2.3\", \"version_files\": [1, \":\", \"a:(\", \"[:x\"], \"tag_format\": \"$major\"}}",
        ),
        (
            "release-please-config.json",
            "{\"packages\": {\".\": {\"release-type\": 5, \"extra-files\": [1, {}, {\"type\": \"odd\", \"path\": \"a\"}, {\"type\": \"xml\", \"path\": \"a\"}, {\"type\": \"json\", \"path\": \"a\"}]}}}",
        ),
        (
            "chartpress.yaml",
            "charts:\n  - 1\n  - name: a\n    images: [1]\n  - name: ../../b\n    images: {a: {valuesPath: ''}}\n",
        ),
        (
            "release.toml",
            "tag-name = 1\nshared-version = 5\npre-release-replacements = [1, {file = \"a\"}, {file = \"a\", search = \"\", replace = \"$\"}, {file = \"../../a\"}]\n",
        ),
    ];
    for (path, text) in odd {
        for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            let cargo = ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.2.3\"\n");
            shown(&[(path, &text[..cut]), ("a", "é 1.2.3 {}\n"), cargo]);
        }
    }
}
