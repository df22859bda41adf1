//! What each release type writes of its own.

use super::super::{Tool, structured, text};
use super::Package;
use crate::plan::init::{Facts, place};

type Place = (&'static str, &'static str, &'static str, &'static str);

/// Release type, file, format, locator. `{name}` is the package's name.
const PLACES: &[Place] = &[
    ("node", "package.json", "json", "version"),
    ("node", "package-lock.json", "json", "version"),
    ("node", "package-lock.json", "json", "packages.\"\".version"),
    ("node", "npm-shrinkwrap.json", "json", "version"),
    ("node", "npm-shrinkwrap.json", "json", "packages.\"\".version"),
    ("expo", "package.json", "json", "version"),
    ("expo", "app.json", "json", "expo.version"),
    ("python", "pyproject.toml", "toml", "project.version"),
    ("python", "pyproject.toml", "toml", "tool.poetry.version"),
    ("python", "setup.cfg", "ini", "metadata.version"),
    ("python", "setup.py", "text", "version=\"{}\""),
    ("python", "setup.py", "text", "version='{}'"),
    ("python", "{name}/__init__.py", "python", "__version__"),
    ("python", "src/{name}/__init__.py", "python", "__version__"),
    ("python", "{name}/version.py", "python", "__version__"),
    ("python", "src/{name}/version.py", "python", "__version__"),
    ("rust", "Cargo.toml", "toml", "package.version"),
    ("rust", "Cargo.lock", "toml", "package[name={name}].version"),
    ("simple", "version.txt", "line", "all"),
    ("helm", "Chart.yaml", "yaml", "version"),
    ("php", "composer.json", "json", "version"),
    ("php", "VERSION", "line", "all"),
    ("dart", "pubspec.yaml", "yaml", "version"),
    ("elixir", "mix.exs", "text", "@version \"{}\""),
    ("elixir", "mix.exs", "text", "version: \"{}\""),
    ("maven", "pom.xml", "xml", "project.version"),
    ("bazel", "MODULE.bazel", "text", "    version = \"{}\""),
    ("terraform-module", "README.md", "text", "version = \"~> {}\""),
    ("terraform-module", "versions.tf", "text", "v{}"),
];

/// Types whose `version-file` is one of their own form.
const VERSION_FILES: &[(&str, &str, &str)] = &[
    ("simple", "line", "all"),
    ("go", "text", "const Version = \"{}\""),
    ("ruby", "text", "VERSION = \"{}\""),
    ("ruby", "text", "VERSION = '{}'"),
];

pub(super) fn places(facts: &Facts, tool: &mut Tool, package: &Package) {
    let kind = package.kind();
    let line = package.get("release-type").map_or(package.node.line, |node| node.line);
    let name = name(facts, package).unwrap_or_default();
    let names = [name.clone(), name.replace('-', "_")];
    let version_file = package.text("version-file");
    let before = tool.places.len();
    for (_, file, format, locator) in PLACES.iter().filter(|(of, ..)| *of == kind) {
        if version_file.is_some() && kind == "simple" {
            continue;
        }
        let many = file.contains("{name}") && names[0] != names[1];
        for name in names.iter().take(if many { 2 } else { 1 }).filter(|name| !name.is_empty() || !file.contains('{')) {
            let path = package.path(&file.replace("{name}", name));
            let form = if kind == "terraform-module" && *file == "README.md" { ".short" } else { "" };
            structured(facts, tool, &path, line, (format, locator.replace("{name}", name)), form);
        }
    }
    for (_, format, locator) in VERSION_FILES.iter().filter(|(of, ..)| *of == kind) {
        if let Some(file) = version_file {
            structured(facts, tool, &package.path(file), line, (format, (*locator).to_owned()), "");
        }
    }
    let known = PLACES.iter().map(|place| place.0).chain(VERSION_FILES.iter().map(|place| place.0));
    if tool.places.len() == before && !known.chain(["go", "java"]).any(|known| known == kind) {
        tool.tell(line, kind, "a release type whose files are not known here", None);
    }
}

/// The number of a Maven project, its parent's where it has none.
pub(super) fn pom(facts: &Facts, tool: &mut Tool, path: &str, line: usize) -> bool {
    ["project.version", "project.parent.version"]
        .iter()
        .any(|locator| structured(facts, tool, path, line, ("xml", (*locator).to_owned()), ""))
}

/// The package's name, as its own manifest has it.
pub(super) fn name(facts: &Facts, package: &Package) -> Option<String> {
    if let Some(name) = package.node.get_text("package-name") {
        return Some(name.to_owned());
    }
    let said: &[(&str, &str, &str)] = match package.kind() {
        "node" | "expo" => &[("package.json", "json", "name")],
        "rust" => &[("Cargo.toml", "toml", "package.name")],
        "python" => &[
            ("pyproject.toml", "toml", "project.name"),
            ("pyproject.toml", "toml", "tool.poetry.name"),
            ("setup.cfg", "ini", "metadata.name"),
            ("setup.py", "text", "name=\"{}\""),
        ],
        "helm" => &[("Chart.yaml", "yaml", "name")],
        "php" => &[("composer.json", "json", "name")],
        "dart" => &[("pubspec.yaml", "yaml", "name")],
        "elixir" => &[("mix.exs", "text", "app: :{}")],
        _ => &[],
    };
    said.iter().find_map(|(file, format, locator)| {
        let text = text(facts, &package.path(file))?;
        place::look(format, &text, locator).pop().map(|hit| hit.value)
    })
}
