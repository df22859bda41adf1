//! Well-known manifests: which file states a version, and where in it.

mod apart;
mod locks;

use super::{Facts, Site, Verdict, parts, place, skip, token};
use crate::locate::Hit;

use apart::{apart, join_parts, kept_apart};
use locks::{lock_entries, npm_entries};

/// What a well-known place counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The program's own manifest.
    App,
    /// One number of the program's version: the site states only a part.
    Part(&'static str),
    /// Follows the program, and doesn't lead.
    Follow,
    /// Names the program's version in a repository that may have no manifest: an image, a role's default.
    Train,
    /// A chart's own number.
    Chart,
    /// The program that a chart installs.
    ChartApp,
    /// An image tag among a chart's values.
    ChartImage,
    /// Goes back to a fixed value when the version moves.
    Reset,
    /// Found as a token, not by name.
    Mention,
}

type Shape = (&'static str, &'static str, &'static str, Role);

/// File, format, locator, role; the first that hits leads. `{name}` and `{NAME}` are the project's name, `*` in a
/// locator is any text. A `text` with `*` is how a line begins, up to the version.
const SHAPES: &[Shape] = &[
    ("Cargo.toml", "toml", "workspace.package.version", Role::App),
    ("Cargo.toml", "toml", "package.version", Role::App),
    ("pyproject.toml", "toml", "project.version", Role::App),
    ("pyproject.toml", "toml", "tool.poetry.version", Role::App),
    ("package.json", "json", "version", Role::App),
    ("setup.cfg", "ini", "metadata.version", Role::App),
    ("setup.py", "python", "setup.version", Role::App),
    ("setup.py", "text", "version=\"{}\"", Role::App),
    ("setup.py", "text", "version='{}'", Role::App),
    ("const.py", "python", "MAJOR_VERSION", Role::Part("major")),
    ("const.py", "python", "MINOR_VERSION", Role::Part("minor")),
    ("const.py", "python", "PATCH_VERSION", Role::Part("patch")),
    ("version.py", "python", "__version__", Role::App),
    ("version.py", "python", "VERSION", Role::App),
    ("version.py", "python", "version", Role::App),
    ("_version.py", "python", "__version__", Role::App),
    ("__version__.py", "python", "__version__", Role::App),
    ("__about__.py", "python", "__version__", Role::App),
    ("__init__.py", "python", "__version__", Role::App),
    ("__init__.py", "python", "VERSION", Role::App),
    ("const.py", "python", "__version__", Role::App),
    ("const.py", "python", "VERSION", Role::App),
    ("const.py", "python", "{NAME}_VERSION", Role::App),
    ("settings.py", "python", "VERSION", Role::App),
    ("VERSION", "line", "all", Role::App),
    ("version.txt", "line", "all", Role::App),
    ("VERSION.txt", "line", "all", Role::App),
    (".version", "line", "all", Role::App),
    ("_config.yml", "yaml", "current_major_version", Role::Part("major")),
    ("_config.yml", "yaml", "current_minor_version", Role::Part("minor")),
    ("_config.yml", "yaml", "current_patch_version", Role::Part("patch")),
    ("pom.xml", "xml", "project.version", Role::App),
    ("pom.xml", "xml", "project.properties.revision", Role::App),
    ("gradle.properties", "ini", "version", Role::App),
    ("gradle.properties", "ini", "VERSION", Role::App),
    ("gradle.properties", "ini", "VERSION_NAME", Role::App),
    ("gradle.properties", "ini", "projectVersion", Role::App),
    ("version.properties", "ini", "version", Role::App),
    ("build.gradle*", "text", "version = *{}", Role::App),
    ("build.gradle*", "text", "version '{}", Role::App),
    ("build.gradle*", "text", "version \"{}", Role::App),
    ("build.gradle*", "text", "versionName *{}", Role::App),
    ("*.csproj", "xml", "Project.PropertyGroup.Version", Role::App),
    ("*.csproj", "xml", "Project.PropertyGroup.VersionPrefix", Role::App),
    ("Directory.Build.props", "xml", "Project.PropertyGroup.Version", Role::App),
    ("Directory.Build.props", "xml", "Project.PropertyGroup.VersionPrefix", Role::App),
    ("*.nuspec", "xml", "package.metadata.version", Role::App),
    ("CMakeLists.txt", "text", "project(* VERSION {}", Role::App),
    ("CMakeLists.txt", "text", "VERSION {}", Role::App),
    ("configure.ac", "text", "AC_INIT(*{}", Role::App),
    ("configure.in", "text", "AC_INIT(*{}", Role::App),
    ("meson.build", "text", "project(* version*: '{}", Role::App),
    ("meson.build", "text", "version*: '{}", Role::App),
    ("composer.json", "json", "version", Role::App),
    ("version.rb", "text", "VERSION = *{}", Role::App),
    ("*.gemspec", "text", "*.version*= *{}", Role::App),
    ("*.podspec", "text", "*.version*= *{}", Role::App),
    ("mix.exs", "text", "@version *{}", Role::App),
    ("mix.exs", "text", "version: *{}", Role::App),
    ("pubspec.yaml", "yaml", "version", Role::App),
    ("galaxy.yml", "yaml", "version", Role::App),
    ("*.spec", "spec", "Version", Role::App),
    ("*.spec", "spec", "Release", Role::Reset),
    ("config.yaml", "yaml", "version", Role::App),
    ("config.json", "json", "version", Role::App),
    ("version.go", "text", "Version = \"{}\"", Role::App),
    ("version.go", "text", "version = \"{}\"", Role::App),
    ("pom.xml", "xml", "project.parent.version", Role::Follow),
    ("package-lock.json", "json", "version", Role::Follow),
    ("package-lock.json", "json", "packages.\"\".version", Role::Follow),
    ("lerna.json", "json", "version", Role::Follow),
    (".release-please-manifest.json", "json", "*", Role::Follow),
    ("bower.json", "json", "version", Role::Follow),
    ("jsr.json", "json", "version", Role::Follow),
    ("tauri.conf.json", "json", "*version", Role::Follow),
    ("manifest.json", "json", "version", Role::Follow),
    ("codemeta.json", "json", "version", Role::Follow),
    ("CITATION.cff", "yaml", "version", Role::Follow),
    ("*.csproj", "xml", "Project.PropertyGroup.*Version", Role::Follow),
    ("Directory.Build.props", "xml", "Project.PropertyGroup.*Version", Role::Follow),
    ("AssemblyInfo.cs", "text", "[assembly: Assembly*Version(\"{}", Role::Follow),
    ("Info.plist", "regex", PLIST, Role::Follow),
    ("AndroidManifest.xml", "xml", "manifest.@versionName", Role::Follow),
    ("MODULE.bazel", "text", "version = \"{}\"", Role::Follow),
    ("conf.py", "python", "release", Role::Follow),
    ("conf.py", "python", "version", Role::Follow),
    ("meta.yaml", "text", "{% set version = *{}", Role::Follow),
    ("recipe.yaml", "yaml", "context.version", Role::Follow),
    ("snapcraft.yaml", "yaml", "version", Role::Follow),
    ("antora.yml", "yaml", "version", Role::Follow),
    ("sonar-project.properties", "ini", "sonar.projectVersion", Role::Follow),
    ("PKGBUILD", "env", "pkgver", Role::Follow),
    ("PKGBUILD", "env", "pkgrel", Role::Reset),
    ("mkdocs.yml", "yaml", "extra.*version", Role::Follow),
    ("mkdocs.yaml", "yaml", "extra.*version", Role::Follow),
    ("Dockerfile*", "dockerfile", "ARG.VERSION", Role::Follow),
    ("Dockerfile*", "dockerfile", "ARG.{NAME}_VERSION", Role::Follow),
    ("Dockerfile*", "dockerfile", "LABEL.version", Role::Follow),
    ("Dockerfile*", "dockerfile", "LABEL.org.opencontainers.image.version", Role::Follow),
    ("roles/*/defaults/main.yml", "yaml", "*_version", Role::Train),
    ("roles/*/defaults/main.yml", "yaml", "*_image_tag", Role::Train),
    ("*compose*.yml", "image", "*", Role::Train),
    ("*compose*.yaml", "image", "*", Role::Train),
    ("Chart.yaml", "yaml", "version", Role::Chart),
    ("Chart.yaml", "yaml", "appVersion", Role::ChartApp),
    ("ChartV3.yaml", "yaml", "version", Role::Chart),
    ("ChartV3.yaml", "yaml", "appVersion", Role::ChartApp),
    ("values.yaml", "yaml", "*mage.tag", Role::ChartImage),
];

/// A value of a property list stands in the line after its key.
const PLIST: &str = "<key>CFBundleShortVersionString</key>\\s*<string>(?<version>[^<\\s]+)</string>";

/// Every well-known place that states something, in the order of rank.
pub(super) fn probe(facts: &Facts) -> Vec<Site> {
    let mut sites = Vec::new();
    for path in &facts.files {
        let shapes: Vec<_> = SHAPES.iter().enumerate().filter(|(_, shape)| file_matches(shape.0, path)).collect();
        let wanted = !shapes.is_empty() && !skip::foreign(path) && (!skip::rehearsal(path) || path.ends_with(".spec"));
        let text = wanted.then(|| (facts.read)(path)).flatten();
        let Some(text) = text.filter(|text| !skip::unreadable_at(path, text)) else {
            continue;
        };
        if addon_without_slug(path, &text) {
            continue;
        }
        let places = places(facts, path, &text, &shapes);
        for format in formats(&places) {
            let here: Vec<&Place> = places.iter().filter(|place| place.format == format).collect();
            let locators: Vec<&str> = here.iter().map(|place| place.locator.as_str()).collect();
            for (place, hits) in here.iter().zip(place::look_all(format, &text, &locators)) {
                sites.extend(site(&text, place, hits).filter(|site| !claimed(&sites, site)));
            }
        }
        name_images(&text, path, &mut sites);
    }
    for path in facts.files.iter().filter(|path| kept_apart(path) && !skip::foreign(path) && !skip::rehearsal(path)) {
        let said = |sites: &[Site]| sites.iter().any(|site| site.path == *path && matches!(site.role, Role::Part(_)));
        if let (false, Some(text)) = (said(&sites), (facts.read)(path).filter(|text| !skip::unreadable(text))) {
            sites.extend(apart(facts, path, &text));
        }
    }
    sites.extend(lock_entries(facts, &sites));
    sites.extend(npm_entries(facts, &sites));
    join_parts(&mut sites);
    add_ons(&mut sites);
    sites.sort_by_key(|site: &Site| (site.rank, site.path.clone()));
    sites
}

struct Place<'a> {
    path: &'a str,
    rank: usize,
    format: &'static str,
    role: Role,
    locator: String,
}

fn places<'a>(facts: &Facts, path: &'a str, text: &str, shapes: &[(usize, &Shape)]) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    for (rank, (_, format, locator, role)) in shapes {
        let found = locators(facts, format, locator, text).into_iter();
        places.extend(found.map(|locator| Place { path, rank: *rank, format, role: *role, locator }));
    }
    places
}

fn formats(places: &[Place]) -> Vec<&'static str> {
    let mut formats: Vec<&str> = places.iter().map(|place| place.format).collect();
    formats.dedup();
    formats
}

/// The repository that stands beside an image's tag.
fn name_images(text: &str, path: &str, sites: &mut [Site]) {
    let own = |site: &&mut Site| site.path == path && site.role == Role::ChartImage;
    let tags: Vec<&mut Site> = sites.iter_mut().rev().take_while(|site| site.path == path).filter(own).collect();
    let beside = |site: &Site| format!("{}repository", site.locator.strip_suffix("tag").unwrap_or_default());
    let locators: Vec<String> = tags.iter().map(|site| beside(site)).collect();
    let locators: Vec<&str> = locators.iter().map(String::as_str).collect();
    if locators.is_empty() {
        return;
    }
    for (site, hits) in tags.into_iter().zip(place::look_all("yaml", text, &locators)) {
        site.image = hits.first().map(|hit| hit.value.clone());
    }
}

/// `config.yaml` is anything; the manifest of an add-on has a slug.
fn addon_without_slug(path: &str, text: &str) -> bool {
    (file_matches("config.yaml", path) && !text.lines().any(|line| line.starts_with("slug:")))
        || (file_matches("config.json", path) && !text.contains("\"slug\""))
}

fn claimed(sites: &[Site], new: &Site) -> bool {
    let overlap = |site: &Site| site.spans.iter().any(|a| new.spans.iter().any(|b| a.start < b.end && b.start < a.end));
    sites.iter().rev().take_while(|site| site.path == new.path).any(overlap)
}

/// The pattern's folders and name against the end of a path.
pub(super) fn file_matches(pattern: &str, path: &str) -> bool {
    let mut parts = path.rsplit('/');
    pattern.rsplit('/').all(|pattern| parts.next().is_some_and(|part| like(pattern, part)))
}

/// `*` is any text.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| like(tail, &rest[at..]))
        }),
    }
}

/// The locators that a pattern means in this text.
fn locators(facts: &Facts, format: &str, pattern: &str, text: &str) -> Vec<String> {
    let snake = facts.name.replace(['-', '.', ' '], "_");
    let pattern = pattern.replace("{name}", &snake.to_lowercase()).replace("{NAME}", &snake.to_uppercase());
    let begins = format == "text" && pattern.ends_with("{}");
    if !pattern.contains('*') && !begins {
        return vec![pattern];
    }
    let mut found: Vec<String> = match format {
        "image" => place::images(text).into_iter().map(|(name, _)| name).collect(),
        "text" => beginnings(&pattern, text),
        "regex" => vec![pattern],
        _ => {
            let keys = place::keyed(format, text).into_iter().map(|key| key.locator);
            keys.filter(|locator| like(&pattern, locator)).collect()
        }
    };
    let mut seen = Vec::new();
    found.retain(|locator| {
        !seen.contains(locator) && {
            seen.push(locator.clone());
            true
        }
    });
    found
}

/// The literals of the lines that begin like the pattern and go on with a version.
fn beginnings(pattern: &str, text: &str) -> Vec<String> {
    let head = pattern.trim_end_matches("{}");
    let line = |(start, line): (usize, &str)| {
        let token = token::first(line)?;
        let before = line[..token.start].trim_start();
        let before = before.strip_suffix('v').unwrap_or(before);
        let span = start + token.start..start + token.end;
        like(head, before).then(|| place::literal(text, &span)).flatten()
    };
    place::lines(text).filter_map(line).map(|(_, locator, _)| locator).collect()
}

fn site(text: &str, place: &Place, hits: Vec<Hit>) -> Option<Site> {
    let value = hits.first()?.value.clone();
    let many = place.format == "image";
    let same = hits.iter().all(|hit| hit.value == value);
    if (!many && hits.len() > 1) || !same || value.len() > 80 || value.contains(['\n', '<', '>', '*', '^', '=', ' ']) {
        return None;
    }
    let part = matches!(place.role, Role::Part(_) | Role::Reset);
    let token = if part { 0..value.len() } else { token::first_or_integer(&value)? };
    // Quotes tell that a part may hold more than digits one day.
    let shape = match part {
        true => text[hits[0].span.clone()].to_owned(),
        false => format!("{}{{}}{}", braced(&value[..token.start]), braced(&value[token.end..])),
    };
    Some(Site {
        path: place.path.to_owned(),
        format: place.format,
        locator: place.locator.clone(),
        spans: hits.into_iter().map(|hit| hit.span).collect(),
        number: value[token.clone()].to_owned(),
        shape,
        value,
        role: place.role,
        rank: place.rank,
        template: String::new(),
        verdict: Verdict::Left,
        reason: String::new(),
        image: None,
        count: None,
        seen: None,
    })
}

/// Braces that are meant, in a template.
pub(super) fn braced(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// Several add-ons in one repository each count on their own; a single one states the program's version.
fn add_ons(sites: &mut [Site]) {
    let add_on = |site: &Site| ["config.yaml", "config.json"].iter().any(|file| file_matches(file, &site.path));
    if sites.iter().filter(|site| add_on(site)).count() > 1 {
        sites.iter_mut().filter(|site| add_on(site)).for_each(|site| site.role = Role::Chart);
    }
}
