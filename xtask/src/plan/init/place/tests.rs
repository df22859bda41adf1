//! Real shapes: what a person would write for the place marked by `‹›`.

use super::*;

/// The text with the place marked, and the locator wanted; the hits must be `count`.
#[track_caller]
fn check_many(path: &str, marked: &str, want: &str, count: usize) {
    let (text, span) = unmark(marked);
    let (format, locator, hits) = strictest(path, &text, &span).unwrap_or_else(|| panic!("none for {marked}"));
    assert_eq!(format!("{format}.{locator}"), want, "{marked}");
    assert_eq!(hits.len(), count, "{marked}");
    let inside = |hit: &Hit| hit.span.start <= span.start && span.end <= hit.span.end;
    assert!(hits.iter().any(inside), "{marked}");
}

#[track_caller]
fn check(path: &str, marked: &str, want: &str) {
    check_many(path, marked, want, 1);
}

#[track_caller]
fn check_none(path: &str, marked: &str) {
    let (text, span) = unmark(marked);
    assert_eq!(strictest(path, &text, &span), None, "{marked}");
}

fn unmark(marked: &str) -> (String, Range<usize>) {
    let start = marked.find('‹').expect("a place");
    let end = marked.find('›').expect("its end") - '‹'.len_utf8();
    (marked.replace(['‹', '›'], ""), start..end)
}

#[test]
fn what_stands_around_a_place() {
    let around = |path: &str, marked: &str| {
        let (text, span) = unmark(marked);
        let (_, _, hits) = strictest(path, &text, &span).expect("a locator");
        super::around(&text, &hits[0], &span).map(|(before, after)| format!("{before}|{after}"))
    };
    assert_eq!(around("a.env", "MAJOR=\"‹17›\"\n").as_deref(), Some("|"));
    assert_eq!(around("a.yaml", "tag: 'v‹1.2.3›-cluster'\n").as_deref(), Some("v|-cluster"));
    assert_eq!(around("a.yaml", "tag: v‹1.2.3›\n").as_deref(), Some("v|"));
}

#[test]
fn values_of_trees() {
    check("Chart.yaml", "version: ‹1.2.3›\nappVersion: 1.2.3\n", "yaml.version");
    check("a.yaml", "image:\n  tag: \"v‹1.2.3›-cluster\"\n", "yaml.image.tag");
    check(
        "a.yaml",
        "a:\n- name: web\n  image: x/y:‹1.2.3›\n- name: db\n  image: x/z:1.2.3\n",
        "yaml.a[name=web].image",
    );
    check("a.yaml", "a:\n- image: x/y:‹1.2.3›\n", "yaml.a[0].image");
    check("a.yaml", "a: {b: {c: ‹1.2.3›}}\n", "yaml.a.b.c");
    check("a.yaml", "kind: A\nv: ‹1.2.3›\n---\nkind: B\nv: 1.2.3\n", "yaml.[kind=A].v");
    check("a.yaml", "x: &a\n  v: ‹1.2.3›\ny: *a\n", "yaml.x.v");
    check("a.yaml", "known:\n- ‹1.2.3›\n- 2.0.0\n- x\n", "regex.known:\\s+\\- (?<version>[0-9][\\w.+~!-]*)");
    check("package.json", "{\"a\": {\"@x/y\": \"^‹1.2.3›\"}}\n", "json.a.@x/y");
    check(
        "package-lock.json",
        "{\"packages\": {\"\": {\"version\": \"1.2.3\"}, \"packages/a\": {\"version\": \"‹1.2.3›\"}}}",
        "json.packages.packages/a.version",
    );
    check(".release-please-manifest.json", "{\".\": \"‹1.2.3›\"}\n", "json.\".\"");
    check(
        "Cargo.lock",
        "[[package]]\nname = \"a\"\nversion = \"‹1.2.3›\"\n\n[[package]]\nname = \"b\"\nversion = \"1.2.3\"\n",
        "toml.package[name=a].version",
    );
    check(
        "Cargo.toml",
        "[workspace.dependencies]\na = { path = \"a\", version = \"=‹1.2.3›\" }\n",
        "toml.workspace.dependencies.a.version",
    );
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\n  \"acme-b==‹1.2.3›\",\n  \"c==1.2.3\",\n]\n",
        "text.\"acme-b=={}\"",
    );
    check(
        "pom.xml",
        "<project><parent><version>‹1.2.3›</version></parent><version>1.2.3</version></project>",
        "xml.project.parent.version",
    );
    check(
        "pom.xml",
        "<project xmlns=\"x\"><properties><revision>‹1.2.3›</revision></properties></project>",
        "xml.project.properties.revision",
    );
    check(
        "pom.xml",
        "<p><d><artifactId>a</artifactId><v>‹1.2.3›</v></d><d><artifactId>b</artifactId><v>1.2.3</v></d></p>",
        "xml.p.d[artifactId=a].v",
    );
    check(
        "a.csproj",
        "<Project Sdk=\"x\"><PropertyGroup><A>1</A></PropertyGroup><PropertyGroup><Version Condition=\"x\">‹1.2.3›</Version></PropertyGroup></Project>",
        "xml.Project.PropertyGroup.Version",
    );
    check(
        "a.csproj",
        "<Project><ItemGroup><R Include=\"a\" Version=\"‹1.2.3›\"/><R Include=\"b\" Version=\"1.2.3\"/></ItemGroup></Project>",
        "xml.Project.ItemGroup.R[@Include=a].@Version",
    );
}

#[test]
fn values_of_lines() {
    check("gradle.properties", "x=1\nVERSION_NAME=‹1.2.3-SNAPSHOT›\n", "ini.VERSION_NAME");
    check("setup.cfg", "[bumpversion]\ncurrent_version = ‹1.2.3›\n", "ini.bumpversion.current_version");
    check("a.py", "__version__: Final = \"‹1.2.3›\"\n", "python.__version__");
    check("a.py", "VERSION = (‹4›, 2, 1, \"final\", 0)\n", "python.VERSION[0]");
    check("a.py", "VERSION = (4, ‹2›, 1, \"final\", 0)\n", "python.VERSION[1]");
    check(
        "setup.py",
        "import x\nsetuptools.setup(\n    name=\"x\",\n    version=\"‹1.2.3›\",\n)\n",
        "python.setuptools.setup.version",
    );
    check("a.py", "class A:\n    version = \"‹1.2.3›\"\n", "text.version = \"{}\"");
    check("Dockerfile", "FROM a\nARG VERSION=v‹1.2.3›\n", "dockerfile.ARG.VERSION");
    check("Dockerfile", "FROM a\nLABEL name=\"x\" \\\n  org.x.version=\"‹1.2.3›\"\n", "dockerfile.LABEL.org.x.version");
    check("Dockerfile.ubi", "FROM ghcr.io/acme/web:‹1.2.3› AS x\n", "dockerfile.FROM.acme/web");
    check("a.sh", "export A=1 VERSION=\"‹1.2.3›\"\n", "env.VERSION");
    check("Makefile", "VERSION ?= v‹1.2.3›\n", "env.VERSION");
    check("meta", "A=b\nVERSION=\"‹1.2.3›\"\n", "env.VERSION");
    check("a.spec", "%global ver ‹1.2.3›\nVersion: %{ver}\n", "spec.%ver");
    check("VERSION", "v‹1.2.3›\n", "line.all");
    check("src/version", "‹1.2.3›", "line.all");
}

#[test]
fn pieces_of_lines() {
    check(
        "CMakeLists.txt",
        "cmake_minimum_required(VERSION 1.2.3)\nproject(foo VERSION ‹1.2.3› LANGUAGES CXX)\n",
        "text.project(foo VERSION {}",
    );
    check("a.h", "#define X_VERSION \"‹1.2.3›\"\n", "text.#define X_VERSION \"{}\"");
    check("a.h", "#define X_VERSION_MAJOR ‹1›\n#define X_VERSION_MINOR 1\n", "text.#define X_VERSION_MAJOR {}");
    check("configure.ac", "AC_INIT([x], [‹1.2.3›], [a@b.c])\n", "text.AC_INIT([x], [{}]");
    check(
        "meson.build",
        "project('x', 'c',\n  version : '‹1.2.3›',\n  meson_version : '>= 0.60')\n",
        "text.version : '{}'",
    );
    check(
        "build.gradle.kts",
        "plugins { kotlin(\"jvm\") version \"1.9.0\" }\nversion = \"‹1.2.3›\"\n",
        "text.version = \"{}\"",
    );
    check("a.go", "const Version = \"v‹1.2.3›\"\n", "text.const Version = \"v{}\"");
    check("README.md", "implementation(\"a.b:c:‹1.2.3›\")\n", "text.implementation(\"a.b:c:{}\")");
    check("README.md", "![x](https://img.shields.io/badge/version-‹1.2.3›-blue)\n", "text.version-{}-blue");
    check("README.md", "/download/v‹1.2.3›/x-v1.2.3.tar.gz\n", "text./download/v{}");
    check("README.md", "/download/v1.2.3/x-v‹1.2.3›.tar.gz\n", "text.x-v{}.tar.gz");
    check("a.adoc", ":version: ‹1.2.3›\n", "text.:version: {}");
    check("a.nix", "  version = \"‹1.2.3›\";\n", "text.version = \"{}\"");
    check("Gemfile.lock", "  specs:\n    acme (‹1.2.3›)\n      b (~> 1.0)\n", "text.acme ({})");
    check("a.md", "| agent | 2.0.0 | v‹1.2.3› | the agent |\n| other | 2.0.0 | v1.2.2 | x |\n", "text.v{} | the");
    check_many("a.md", "image: x:v‹1.2.3›\nimage: x:v1.2.3\n", "text.image: x:v{}", 2);
    check(
        "a.plist",
        "<plist><dict>\n<key>A</key>\n<string>1.2.3</string>\n<key>CFBundleVersion</key>\n\t<string>‹1.2.3›</string>\n</dict></plist>\n",
        "regex.<key>CFBundleVersion</key>\\s+<string>(?<version>[0-9][\\w.+~!-]*)",
    );
}

#[test]
fn twins_are_told_apart_by_what_follows() {
    let own = "[[package]]\nname = \"web\"\nversion = \"‹1.2.3›\"\ndependencies = [\n]\n";
    let other = "[[package]]\nname = \"web\"\nversion = \"1.0.0\"\nsource = \"registry\"\n";
    let want = "regex.name = \"web\"\\s+version = \"(?<version>[0-9][\\w.+~!-]*)\"\\s+dependencies = \\[";
    check("Cargo.lock", &format!("{own}{other}"), want);
}

#[test]
fn the_form_of_a_version_tells_it_from_a_shorter_one() {
    let images = "docker pull web:‹1.2.3›\ndocker pull web:1.2\n";
    let form = |dots: usize| format!("(?<version>[0-9]+(?:\\.[0-9]+){{{dots}}}(?:[-.+~]?[a-z]+\\.?[0-9]*)?)");
    check("a.md", images, &format!("regex.docker pull web:{}(?:[^\\w.+~!-]|$)", form(2)));
    let short = "docker pull web:1.2.3\ndocker pull web:‹1.2›\n";
    check("a.md", short, &format!("regex.docker pull web:{}(?:[^\\w.+~!-]|$)", form(1)));
    check(".tito/packages/a", "‹1.2.3-1› ./\n", "text.{} ./");
    check(".tito/packages/a", "‹1.2.3›-1 ./\n", "text.{}-1 ./");
}

#[test]
fn a_locator_holds_no_number_that_moves() {
    check_none("a.md", "1.2.3\n\nx 2.0.0 ‹1.2.3› 3.0.0\ny 2.0.0 1.2.3 3.0.0\n");
    check_none("a.md", "| 2024-01-02 | ‹1.2.3› | 1.9.9 |\n| 2024-01-03 | 1.2.4 | 1.9.9 |\n");
    check_none("a.js", &format!("x=\"‹1.2.3›\";{}", "a".repeat(3000)));
    check("a.md", "a 3 x: ‹1.2.3›\na 4 x: 1.2.4\n", "text.a 3 x: {}");
    check_none("a.yaml", "x:\n  1.2.3: v‹1.2.3›\n");
    let table = "| b.tag | string | `\"‹1.2.3›\"` |\n| c.tag | string | `\"2.0.0\"` |\n";
    check("a.md", table, "text.| b.tag | string | `\"{}\"`");
}
