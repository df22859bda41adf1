//! Coming from another tool: `init` reads its configuration, and `bump` then writes what the tool would have written.
//!
//! Where the tool itself can be had it is asked: it bumps a copy of the project, and both must agree to the byte. Where
//! it can't, what it writes stands here as it was worked out from its sources.

use lockstep_tests::projects::CONFIG;
use lockstep_tests::sandbox::{Ran, Sandbox};
use lockstep_tests::servers::{ready, venv};

type Files<'a> = &'a [(&'a str, &'a str)];

/// The project with its tags, after `init --yes`; and what that said.
#[track_caller]
fn begun(files: Files, tags: &[&str]) -> (Sandbox, Ran) {
    let sandbox = Sandbox::new(files);
    for tag in tags {
        sandbox.git(&["tag", "-am", tag, tag]);
    }
    let ran = sandbox.run(&["init", "--yes"]).code(0);
    sandbox.commit("Configure");
    (sandbox, ran)
}

/// The same, after a bump.
#[track_caller]
fn bumped(files: Files, tags: &[&str], to: &[&str]) -> (Sandbox, Ran) {
    let (sandbox, ran) = begun(files, tags);
    sandbox.run(&[&["bump"], to].concat()).code(0);
    (sandbox, ran)
}

/// A copy that the tool itself has bumped.
#[track_caller]
fn by_tool(files: Files, tags: &[&str], program: &str, args: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new(files);
    for tag in tags {
        sandbox.git(&["tag", "-am", tag, tag]);
    }
    let mut command = sandbox.command(venv(program), "");
    command.args(args);
    sandbox.output(command).code(0);
    sandbox
}

/// Both say the same in every file, the tool's own record of the number too.
#[track_caller]
fn agree(files: Files, ours: &Sandbox, theirs: &Sandbox) {
    let mut changed = 0;
    for (path, text) in files {
        let want = theirs.read(path);
        assert_eq!(ours.read(path), want, "{path}\n{}", ours.read(CONFIG));
        changed += usize::from(want != *text);
    }
    assert!(changed > 1, "the tool itself changes something");
}

const BUMP_MY_VERSION: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        r##"[project]
name = "acme"
version = "1.2.3"
dependencies = ["other==1.2.3"]

[tool.bumpversion]
current_version = "1.2.3"
parse = "(?P<major>\\d+)\\.(?P<minor>\\d+)\\.(?P<patch>\\d+)(-(?P<pre>[a-z]+)(?P<n>\\d+))?"
serialize = ["{major}.{minor}.{patch}-{pre}{n}", "{major}.{minor}.{patch}"]
tag = true
tag_name = "acme-{new_version}"
message = "Release {new_version}"
pre_commit_hooks = ["make docs"]

[tool.bumpversion.parts.pre]
values = ["rc", "final"]
optional_value = "final"

[[tool.bumpversion.files]]
filename = "src/acme/about.txt"

[[tool.bumpversion.files]]
glob = "deploy/*.yaml"
search = "acme/web:{current_version}"
replace = "acme/web:{new_version}"

[[tool.bumpversion.files]]
filename = "docs/index.md"
serialize = ["{major}.{minor}"]
search = "docs/{current_version}/"
replace = "docs/{new_version}/"

[[tool.bumpversion.files]]
filename = "src/version.h"
search = "#define MAJOR {current_major}"
replace = "#define MAJOR {new_major}"

[[tool.bumpversion.files]]
filename = "src/version.h"
search = "#define MINOR {current_minor}"
replace = "#define MINOR {new_minor}"

[[tool.bumpversion.files]]
filename = "src/version.h"
search = "#define PATCH {current_patch}"
replace = "#define PATCH {new_patch}"

[[tool.bumpversion.files]]
filename = "src/acme/parts.py"
search = "VERSION = ({current_major}, {current_minor}, {current_patch})"
replace = "VERSION = ({new_major}, {new_minor}, {new_patch})"

[[tool.bumpversion.files]]
filename = "Makefile"
regex = true
search = "(TAG|IMAGE) = v{current_version}"
replace = "\\1 = v{new_version}"
"##,
    ),
    ("src/acme/about.txt", "acme 1.2.3\n(c) acme\nsee v1.2.3, 1.2.30, 11.2.30\n"),
    ("src/acme/parts.py", "VERSION = (1, 2, 3)\nPYTHON = (1, 2, 3)\n"),
    ("deploy/a.yaml", "image: acme/web:1.2.3\nother: 1.2.3\n"),
    ("deploy/b.yaml", "images:\n  - acme/web:1.2.3\n  - redis:1.2.3\n"),
    ("docs/index.md", "See docs/1.2/start and docs/1.2/end, not docs/1.1/start.\n"),
    ("src/version.h", "#define MAJOR 1\n#define MINOR 2\n#define PATCH 3\n#define OTHER 3\n"),
    ("Makefile", "TAG = v1.2.3\nIMAGE = v1.2.3\nOTHER = v1.2.3\n"),
];

#[test]
fn bump_my_version() {
    const TAGS: &[&str] = &["acme-1.2.2", "acme-1.2.3"];
    let (ours, ran) = bumped(BUMP_MY_VERSION, TAGS, &["minor"]);
    ran.says("make docs: a command of `pre_commit_hooks`; instead: ")
        .says("when bump-my-version is no longer used, delete `[tool.bumpversion]` in `pyproject.toml`");
    let config = ours.read(CONFIG);
    for words in ["commit = \"Release {app}\"", "tag = \"acme-{version}\"", "bump-my-version writes it"] {
        assert!(config.contains(words), "{words}\n{config}");
    }
    if ready("bump_my_version", &["bump-my-version"]) {
        let args = ["bump", "--new-version", "1.3.0", "--no-commit", "--no-tag", "minor"];
        let theirs = by_tool(BUMP_MY_VERSION, TAGS, "bump-my-version", &args);
        // It has no eyes for whole numbers: `1.2.30` has a `1.2.3` in it.
        let spoiled = theirs.read("src/acme/about.txt").replace("1.3.00", "1.2.30").replace("11.3.00", "11.2.30");
        theirs.write("src/acme/about.txt", spoiled);
        agree(BUMP_MY_VERSION, &ours, &theirs);
    }
}

#[test]
fn bumpversion() {
    let files: Files = &[
        (
            ".bumpversion.cfg",
            "[bumpversion]\ncurrent_version = 1.2.3\ncommit = True\ntag = True\n\n[bumpversion:file:setup.py]\nsearch = version='{current_version}'\nreplace = version='{new_version}'\n\n[bumpversion:file(link):README.rst]\nsearch = archive/v{current_version}.tar.gz\nreplace = archive/v{new_version}.tar.gz\n\n[bumpversion:file(pin):README.rst]\nsearch = acme=={current_version}\nreplace = acme=={new_version}\n\n[bumpversion:file:CHANGES.rst]\nsearch =\n    Unreleased\n    ----------\nreplace =\n    Unreleased\n    ----------\n\n    {new_version}\n    -----\n",
        ),
        ("setup.py", "setup(\n    name='acme',\n    version='1.2.3',\n    install_requires=['x==1.2.3'],\n)\n"),
        ("README.rst", "acme==1.2.3\nhttps://example.com/archive/v1.2.3.tar.gz\nsince 1.2.3\n"),
        ("CHANGES.rst", "Unreleased\n----------\n"),
    ];
    let (ours, ran) = bumped(files, &["v1.2.3"], &["patch"]);
    ran.says("CHANGES.rst").says("`[changelog]`").says("delete `.bumpversion.cfg`");
    assert_eq!(ours.read("setup.py"), files[1].1.replace("version='1.2.3'", "version='1.2.4'"));
    let readme = files[2].1.replace("acme==1.2.3", "acme==1.2.4").replace("v1.2.3.tar", "v1.2.4.tar");
    assert_eq!(ours.read("README.rst"), readme);
    assert_eq!(ours.read("CHANGES.rst"), files[3].1);
    assert_eq!(ours.read(".bumpversion.cfg"), files[0].1.replace("current_version = 1.2.3", "current_version = 1.2.4"));
}

const TBUMP: &[(&str, &str)] = &[
    (
        "tbump.toml",
        r#"[version]
current = "1.2.3"
regex = '''
  (?P<major>\d+)
  \.
  (?P<minor>\d+)
  \.
  (?P<patch>\d+)
  (?P<extra>rc\d+)?
'''

[git]
message_template = "Bump to {new_version}"
tag_template = "v{new_version}"

[[field]]
name = "extra"
default = ""

[[file]]
src = "package.json"
search = '"version": "{current_version}"'

[[file]]
src = "docs/*.md"

[[file]]
src = "conf.py"
version_template = "{major}.{minor}"
search = "^short = '{current_version}'"

[[before_commit]]
name = "check"
cmd = "true"
"#,
    ),
    (
        "package.json",
        "{\n  \"name\": \"acme\",\n  \"version\": \"1.2.3\",\n  \"dependencies\": {\"x\": \"1.2.3\"}\n}\n",
    ),
    ("docs/a.md", "Install acme 1.2.3 with `acme@1.2.3`.\n"),
    ("docs/b.md", "acme-v1.2.3.tar.gz\n"),
    ("conf.py", "short = '1.2'\npython = '1.2'\n"),
];

#[test]
fn tbump() {
    let (ours, ran) = bumped(TBUMP, &["v1.2.3"], &["1.3.0"]);
    ran.says("a command, `before_commit`").says("delete `tbump.toml`");
    assert!(ours.read(CONFIG).contains("commit = \"Bump to {app}\""));
    if ready("tbump", &["tbump"]) {
        let theirs = by_tool(TBUMP, &["v1.2.3"], "tbump", &["--only-patch", "--non-interactive", "1.3.0"]);
        agree(TBUMP, &ours, &theirs);
    }
}

const COMMITIZEN: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[project]\nname = \"acme\"\nversion = \"1.2.3\"\n\n[tool.commitizen]\nname = \"cz_conventional_commits\"\nversion_provider = \"pep621\"\ntag_format = \"v$version\"\nbump_message = \"release: $new_version\"\nversion_files = [\n  \"acme/about.py:^__version__\",\n  \"docs/*.md\",\n  \"chart/Chart.yaml:appVersion\",\n]\nupdate_changelog_on_bump = true\npost_bump_hooks = [\"make publish\"]\n",
    ),
    ("acme/about.py", "__version__ = '1.2.3'\nprotocol = '1.2.3'\n"),
    ("docs/a.md", "pip install acme==1.2.3\n\nv1.2.3 (or 1.2.3)\n"),
    ("docs/b.md", "nothing of 1.2.30\n"),
    ("chart/Chart.yaml", "name: acme\nversion: 0.7.0\nappVersion: 1.2.3\n"),
];

#[test]
fn commitizen() {
    let (ours, ran) = bumped(COMMITIZEN, &["v1.2.3"], &["app=1.3.0", "chart=0.7.0", "--allow-lower"]);
    ran.says("the changelog is made of commits").says("make publish").says("delete `[tool.commitizen]`");
    if ready("commitizen", &["cz"]) {
        let args = ["bump", "1.3.0", "--version-files-only", "--yes"];
        let theirs = by_tool(COMMITIZEN, &["v1.2.3"], "cz", &args);
        theirs.replace("docs/b.md", "1.3.00", "1.2.30");
        agree(COMMITIZEN, &ours, &theirs);
    }
}

#[test]
fn release_please() {
    let files: Files = &[
        (
            "release-please-config.json",
            "{\n  \"include-component-in-tag\": false,\n  \"packages\": {\n    \".\": {\n      \"release-type\": \"node\",\n      \"extra-files\": [\n        \"README.md\",\n        {\"type\": \"json\", \"path\": \"api.json\", \"jsonpath\": \"$.info.version\"},\n        {\"type\": \"toml\", \"path\": \"Cargo.lock\", \"jsonpath\": \"$.package[?(@.name.value=='acme')].version\"},\n        {\"type\": \"yaml\", \"path\": \"chart/Chart.yaml\", \"jsonpath\": \"$.appVersion\"}\n      ]\n    }\n  }\n}\n",
        ),
        (".release-please-manifest.json", "{\n  \".\": \"1.2.3\"\n}\n"),
        ("package.json", "{\n  \"name\": \"acme\",\n  \"version\": \"1.2.3\"\n}\n"),
        (
            "README.md",
            "acme@1.2.3 other@1.2.3 <!-- x-release-please-version -->\n<!-- x-release-please-start-major -->\nuse acme/action@v1\n<!-- x-release-please-end -->\nsince 1.2.3\n",
        ),
        ("api.json", "{\"info\": {\"version\": \"1.2.3\"}, \"version\": \"1.2.3\"}\n"),
        (
            "Cargo.lock",
            "[[package]]\nname = \"acme\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"x\"\nversion = \"1.2.3\"\n",
        ),
        ("chart/Chart.yaml", "# kept\nname: acme\nversion: 0.1.0\nappVersion: \"1.2.3\"\n"),
    ];
    let (ours, ran) = bumped(files, &["v1.2.3"], &["app=2.0.0", "chart=0.1.0", "--allow-lower"]);
    ran.says("conventional commits").says("delete `release-please-config.json`, `.release-please-manifest.json`");
    let wanted = [
        files[0].1.to_owned(),
        files[1].1.replace("1.2.3", "2.0.0"),
        files[2].1.replace("1.2.3", "2.0.0"),
        files[3].1.replacen("1.2.3", "2.0.0", 1).replace("@v1", "@v2"),
        files[4].1.replacen("1.2.3", "2.0.0", 1),
        files[5].1.replacen("1.2.3", "2.0.0", 1),
        files[6].1.replace("1.2.3", "2.0.0"),
    ];
    for ((path, _), want) in files.iter().zip(wanted) {
        assert_eq!(ours.read(path), want, "{path}\n{}", ours.read(CONFIG));
    }
}

#[test]
fn release_please_with_packages_that_count_apart() {
    let files: Files = &[
        (
            "release-please-config.json",
            "{\"packages\": {\n  \"web\": {\"release-type\": \"node\"},\n  \"api\": {\"release-type\": \"simple\", \"component\": \"server\", \"extra-files\": [\"/deploy.env\"]}\n}}\n",
        ),
        (".release-please-manifest.json", "{\"web\": \"1.2.3\", \"api\": \"1.2.3\"}\n"),
        ("web/package.json", "{\"name\": \"@acme/web\", \"version\": \"1.2.3\"}\n"),
        ("api/version.txt", "1.2.3\n"),
        ("deploy.env", "SERVER=1.2.3 # x-release-please-version\n"),
    ];
    let (sandbox, _) = begun(files, &["web-v1.2.3", "server-v1.2.3"]);
    let config = sandbox.read(CONFIG);
    sandbox.run(&["check"]).code(0);
    sandbox.run(&["bump", "server=minor"]).code(0);
    assert_eq!(sandbox.read("api/version.txt"), "1.3.0\n", "{config}");
    assert_eq!(sandbox.read("deploy.env"), files[4].1.replace("1.2.3", "1.3.0"), "{config}");
    assert_eq!(sandbox.read("web/package.json"), files[2].1, "{config}");
    let record = files[1].1.replace("\"api\": \"1.2.3\"", "\"api\": \"1.3.0\"");
    assert_eq!(sandbox.read(".release-please-manifest.json"), record, "{config}");
}

#[test]
fn chartpress() {
    let files: Files = &[
        (
            "chartpress.yaml",
            "charts:\n  - name: hub\n    imagePrefix: acme/\n    repo:\n      git: acme/charts\n      published: https://acme.example.com/charts\n    images:\n      web:\n        valuesPath: web.image\n      job:\n        valuesPath: jobs.0.image\n",
        ),
        ("hub/Chart.yaml", "name: hub\nversion: 1.2.3\n"),
        (
            "hub/values.yaml",
            "web:\n  image:\n    name: acme/web\n    tag: 1.2.3\njobs:\n  - image: acme/job:1.2.3\nredis:\n  image:\n    tag: 1.2.3\n",
        ),
    ];
    let (ours, ran) = begun(files, &["1.2.3"]);
    ran.says("an image that chartpress builds").says("where the chart is published").says("delete `chartpress.yaml`");
    let config = ours.read(CONFIG);
    ours.run(&["bump", "minor"]).code(0);
    assert_eq!(ours.read("hub/Chart.yaml"), "name: hub\nversion: 1.3.0\n", "{config}");
    assert_eq!(ours.read("hub/values.yaml"), files[2].1.replacen("1.2.3", "1.3.0", 2), "{config}");
}

#[test]
fn cargo_release() {
    let files: Files = &[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"core\", \"cli\"]\n\n[workspace.package]\nversion = \"1.2.3\"\n\n[workspace.dependencies]\nacme-core = { path = \"core\", version = \"1.2.3\" }\nother = \"1.2.3\"\n",
        ),
        (
            "Cargo.lock",
            "[[package]]\nname = \"acme\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"acme-core\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"other\"\nversion = \"1.2.3\"\n",
        ),
        ("core/Cargo.toml", "[package]\nname = \"acme-core\"\nversion.workspace = true\n"),
        (
            "cli/Cargo.toml",
            "[package]\nname = \"acme\"\nversion.workspace = true\n\n[package.metadata.release]\npre-release-replacements = [\n  { file = \"../README.md\", search = \"acme = .*\", replace = \"{{crate_name}} = \\\"{{version}}\\\"\" },\n  { file = \"../CHANGELOG.md\", search = \"Unreleased\", replace = \"{{version}}\" },\n  { file = \"../CHANGELOG.md\", search = \"ReleaseDate\", replace = \"{{date}}\" },\n]\n",
        ),
        (
            "release.toml",
            "shared-version = true\ntag-name = \"v{{version}}\"\npre-release-commit-message = \"Release {{version}}\"\n",
        ),
        ("README.md", "[dependencies]\nacme = \"1.2.3\"\nother = \"1.2.3\"\n"),
        ("CHANGELOG.md", "## Unreleased - ReleaseDate\n"),
    ];
    let (ours, ran) = bumped(files, &["v1.2.3"], &["minor"]);
    ran.says("a heading of the changelog").says("crates are published").says("`release.toml`");
    let config = ours.read(CONFIG);
    assert!(config.contains("commit = \"Release {app}\""), "{config}");
    assert_eq!(ours.read("Cargo.toml"), files[0].1.replacen("1.2.3", "1.3.0", 2), "{config}");
    assert_eq!(ours.read("Cargo.lock"), files[1].1.replacen("1.2.3", "1.3.0", 2), "{config}");
    assert_eq!(ours.read("README.md"), files[5].1.replacen("1.2.3", "1.3.0", 1), "{config}");
    assert_eq!(ours.read("CHANGELOG.md"), files[6].1, "{config}");
    assert_eq!(ours.read("cli/Cargo.toml"), files[3].1, "{config}");
}

/// A configuration that can't be read is told with its place, and the rest of the repository counts.
#[test]
fn a_configuration_that_is_broken() {
    let files: Files = &[
        (".bumpversion.toml", "[tool.bumpversion]\ncurrent_version = \n"),
        ("package.json", "{\n  \"name\": \"acme\",\n  \"version\": \"1.2.3\"\n}\n"),
    ];
    let (sandbox, ran) = begun(files, &["v1.2.3"]);
    ran.says(".bumpversion.toml:2:19: it can't be read: ");
    sandbox.run(&["check"]).code(0);
    sandbox.run(&["bump", "patch"]).code(0);
    assert!(sandbox.read("package.json").contains("1.2.4"));
}

/// What the tool says and what the past shows may be two things: then it is a question.
#[test]
fn the_past_may_object() {
    let config = |version: &str| {
        format!(
            "[bumpversion]\ncurrent_version = {version}\n\n[bumpversion:file:VERSION]\n\n[bumpversion:file:other.txt]\nsearch = api {{current_version}}\nreplace = api {{new_version}}\n"
        )
    };
    let sandbox =
        Sandbox::new(&[(".bumpversion.cfg", &config("1.0.0")), ("VERSION", "1.0.0\n"), ("other.txt", "api 1.3.0\n")]);
    for version in ["1.1.0", "1.2.0", "1.3.0"] {
        sandbox.write("VERSION", format!("{version}\n"));
        sandbox.write(".bumpversion.cfg", config(version));
        sandbox.commit(&format!("Release {version}"));
        sandbox.git(&["tag", "-am", version, &format!("v{version}")]);
    }
    sandbox.run(&["init", "--yes"]).code(0);
    let written = sandbox.read(CONFIG);
    assert!(written.contains("bumpversion.current_version\" = \"{app}\""), "{written}");
    assert!(written.contains("line.all = \"{app}\"") || written.contains("line.1 = \"{app}\""), "{written}");
    sandbox.run(&["check"]).code(0);
}
