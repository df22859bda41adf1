//! Charts: what their files say, the order that their dependencies ask for, and which of them must have a new version.

use std::collections::BTreeMap;

use crate::error::{Failure, Place};
use crate::finding::{Finding, Rule};
use crate::locate::LocateError;
use crate::locate::yaml::tree::{self, Node};
use crate::model::{Model, Site};

/// What a chart's own files say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartFile {
    /// From the top of its repository, without slashes at its ends; empty for the top.
    pub folder: String,
    /// A name that can stand in a path and in a command line.
    pub name: String,
    /// Three numbers, perhaps with a pre-release and build metadata.
    pub version: String,
    /// Other charts that its archive holds, in the order of the file.
    pub dependencies: Vec<Dependency>,
    /// Its dependencies stand in `requirements.yaml`, as Helm 2 wanted.
    pub old_kind: bool,
}

/// A chart that another one's archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its version, or a range of them.
    pub version: String,
    /// Where it comes from: `file://…`, `oci://…`, `https://…`, `@alias`; empty if it lies in `charts/`.
    pub repository: String,
}

impl ChartFile {
    /// Reads `Chart.yaml`, and for charts of the older kind `requirements.yaml`. `shown` names the chart's folder in messages.
    pub fn read(folder: &str, shown: &str, chart: &str, requirements: Option<&str>) -> Result<Self, Failure> {
        let path = format!("{shown}/Chart.yaml");
        let root = tree::parse(chart).map_err(|error| at(&path, chart, error))?;
        let name = text_of(&root, "name", &path)?;
        let odd = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
        if name.contains(odd) || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || name.len() > 100 {
            let failure = Failure::world(format!("`{}` can't be the name of a chart", name.escape_default()));
            return Err(failure.at(Place::file(path)).hint("Helm wants letters, digits, `-`, `_` and `.`"));
        }
        let version = text_of(&root, "version", &path)?;
        check_version(&version).map_err(|failure| failure.at(Place::file(&path)))?;
        let mut dependencies = dependencies(&root);
        if let Some(text) = requirements {
            let path = format!("{shown}/requirements.yaml");
            dependencies.extend(self::dependencies(&tree::parse(text).map_err(|error| at(&path, text, error))?));
        }
        Ok(Self { folder: folder.to_owned(), name, version, dependencies, old_kind: requirements.is_some() })
    }

    /// `acme-1.2.3.tgz`
    pub fn archive(&self) -> String {
        format!("{}-{}.tgz", self.name, self.version)
    }

    /// The folders of this repository that its `file://` dependencies name.
    pub fn siblings(&self) -> Result<Vec<String>, Failure> {
        let paths = self.dependencies.iter().filter_map(|other| other.repository.strip_prefix("file://"));
        paths.map(|path| self.sibling(path)).collect()
    }

    fn sibling(&self, path: &str) -> Result<String, Failure> {
        let mut parts: Vec<&str> = self.folder.split('/').filter(|part| !part.is_empty()).collect();
        let outside = || {
            let message = format!("the chart `{}` depends on `file://{path}`, outside of its repository", self.name);
            Failure::world(message)
                .hint("a chart that is released can only hold what is in its repository, or published")
        };
        if path.starts_with('/') {
            return Err(outside());
        }
        for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
            match part {
                ".." => drop(parts.pop().ok_or_else(outside)?),
                part => parts.push(part),
            }
        }
        Ok(parts.join("/"))
    }
}

/// A chart's version has exactly three numbers: everything else Helm or a registry refuses, later.
pub fn check_version(version: &str) -> Result<(), Failure> {
    semver::Version::parse(version).map(drop).map_err(|error| {
        let message = format!("`{}` can't be the version of a chart: {error}", version.escape_default());
        Failure::world(message).hint("it has three numbers: `1.2.3`")
    })
}

fn text_of(root: &Node<'_>, key: &str, path: &str) -> Result<String, Failure> {
    root.get_text(key).filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(|| {
        Failure::world(format!("the chart has no `{key}`"))
            .at(Place::file(path))
            .hint("`helm lint` says what else is missing")
    })
}

fn dependencies(root: &Node<'_>) -> Vec<Dependency> {
    let items = root.get("dependencies").map_or(&[][..], Node::items);
    let text = |item: &Node<'_>, key: &str| item.get_text(key).unwrap_or_default().to_owned();
    let read = |item: &Node<'_>| Dependency {
        name: text(item, "name"),
        version: text(item, "version"),
        repository: text(item, "repository"),
    };
    items.iter().map(read).collect()
}

/// An error in a text of a file, at its place.
pub fn at(path: &str, text: &str, error: LocateError) -> Failure {
    let place = error.offset.map_or_else(|| Place::file(path), |at| Place::span(path, text, at..at));
    let failure = Failure::world(error.message).at(place);
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The chart's lock: the versions that its dependencies were resolved to.
pub fn locked(text: &str) -> Result<Vec<Dependency>, LocateError> {
    Ok(dependencies(&tree::parse(text)?))
}

/// The folders of a chart and of everything that its archive holds, each after what it depends on.
///
/// Errors: a `file://` dependency without a chart; a circle.
pub fn order(charts: &BTreeMap<String, ChartFile>, folder: &str) -> Result<Vec<String>, Failure> {
    let mut done = Vec::new();
    visit(charts, folder, &mut Vec::new(), &mut done)?;
    Ok(done)
}

fn visit<'c>(
    charts: &'c BTreeMap<String, ChartFile>,
    folder: &str,
    path: &mut Vec<&'c str>,
    done: &mut Vec<String>,
) -> Result<(), Failure> {
    if done.iter().any(|other| other == folder) {
        return Ok(());
    }
    let Some((folder, chart)) = charts.get_key_value(folder) else {
        let by = path.last().map(|by| format!("; `{by}` depends on it")).unwrap_or_default();
        return Err(Failure::world(format!("there is no chart in `{folder}`{by}"))
            .hint("look for a typing error in the `repository` of its `dependencies`"));
    };
    if path.contains(&folder.as_str()) {
        let circle = format!("{} → {folder}", path.join(" → "));
        return Err(Failure::world(format!("the charts depend on each other in a circle: {circle}"))
            .hint("one of them must do without the other"));
    }
    path.push(folder);
    for sibling in chart.siblings()? {
        visit(charts, &sibling, path, done)?;
    }
    path.pop();
    done.push(folder.clone());
    Ok(())
}

/// Must the lock be made anew? Since `before`, what the chart asks for has changed, or one of its siblings has another
/// version than the lock says.
pub fn lock_is_old(
    before: Option<&ChartFile>,
    now: &ChartFile,
    lock: &[Dependency],
    charts: &BTreeMap<String, ChartFile>,
) -> Result<bool, Failure> {
    if before.is_some_and(|before| before.dependencies != now.dependencies) {
        return Ok(true);
    }
    for sibling in now.siblings()? {
        let Some(sibling) = charts.get(&sibling) else { continue };
        let said = lock.iter().find(|locked| locked.name == sibling.name);
        if said.is_none_or(|locked| locked.version != sibling.version) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The dependencies that a release may move in a lock: those that the chart asks for otherwise than before, and its
/// siblings.
pub fn moved(before: Option<&ChartFile>, now: &ChartFile) -> Vec<String> {
    let known = |other: &&Dependency| before.is_some_and(|before| before.dependencies.contains(other));
    let moves = |other: &&Dependency| other.repository.starts_with("file://") || !known(other);
    now.dependencies.iter().filter(moves).map(|other| other.name.clone()).collect()
}

/// A chart that has a tag for each of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedChart {
    /// Index of its repository.
    pub repo: usize,
    /// From the top of its repository; empty for the top.
    pub folder: String,
    /// The name of its track.
    pub track: String,
    /// The version it has now.
    pub version: String,
    /// The tag of this version, whether or not it exists.
    pub tag: String,
}

/// The charts of `[[chart]]` whose own version is a track with tags.
pub fn tagged(model: &Model<'_>) -> Vec<TaggedChart> {
    let version = |site: &&Site| {
        let entry = model.entry(site);
        entry.format.name() == "yaml" && entry.locator == "version"
    };
    let mut charts: Vec<TaggedChart> =
        model.sites.iter().filter(version).filter_map(|site| of_site(model, site)).collect();
    charts.dedup();
    charts
}

fn of_site(model: &Model<'_>, site: &Site) -> Option<TaggedChart> {
    let file = &model.files[site.file];
    let folder = match file.path.strip_suffix("Chart.yaml")? {
        "" => "",
        folder => folder.strip_suffix('/')?,
    };
    let rules = &model.project.release.charts;
    rules.iter().find(|rule| rule.repo == file.repo && rule.path.is_match(folder))?;
    let tracks = model.site_tracks(site);
    let [track] = tracks[..] else { return None };
    let track = &model.tracks[track];
    let (version, _) = track.current.as_ref()?;
    let tag = model.project.tracks[track.rule].tag.as_ref()?.render(&track.name, version).ok()?;
    Some(TaggedChart {
        repo: file.repo,
        folder: folder.to_owned(),
        track: track.name.clone(),
        version: version.as_str().to_owned(),
        tag,
    })
}

/// The finding of a chart that has the version of a tag and other files: they could never be published.
/// `changed` are the paths below its folder that differ from those of the tag.
pub fn unmoved(model: &Model<'_>, chart: &TaggedChart, changed: &[String]) -> Option<Finding> {
    let first = changed.first()?;
    let more = if changed.len() > 1 { format!(" and {} more", changed.len() - 1) } else { String::new() };
    let path = if chart.folder.is_empty() { "Chart.yaml".to_owned() } else { format!("{}/Chart.yaml", chart.folder) };
    let message =
        format!("the chart is still {}, and `{first}`{more} changed since its tag `{}`", chart.version, chart.tag);
    let hint = format!("give it a new version: `cargo xtask bump {}=patch`", chart.track);
    let place = Place::file(model.project.repos[chart.repo].show(&path));
    Some(Finding { rule: Rule::ChartVersion, place, message, hint: Some(hint) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(folder: &str, dependencies: &[(&str, &str)]) -> ChartFile {
        let name = folder.rsplit('/').next().unwrap_or_default();
        let list: String = dependencies
            .iter()
            .map(|(name, place)| format!("- {{name: {name}, version: 0.x, repository: '{place}'}}\n"))
            .collect();
        let text = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\ndependencies:\n{list}");
        ChartFile::read(folder, folder, &text, None).unwrap()
    }

    fn charts(all: &[(&str, &[(&str, &str)])]) -> BTreeMap<String, ChartFile> {
        all.iter().map(|(folder, others)| ((*folder).to_owned(), chart(folder, others))).collect()
    }

    #[track_caller]
    fn check(all: &[(&str, &[(&str, &str)])], folder: &str, expected: Result<&[&str], &str>) {
        let found = order(&charts(all), folder).map_err(|failure| failure.message);
        let expected = expected.map(|list| list.iter().map(|one| (*one).to_owned()).collect()).map_err(str::to_owned);
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_depended_on_comes_first() {
        let (lib, web): (&[_], &[_]) = (&[], &[("lib", "file://../lib"), ("redis", "https://example.com")]);
        let stack: &[_] = &[("web", "file://../web"), ("lib", "file://../lib/")];
        let all = [("charts/lib", lib), ("charts/web", web), ("charts/stack", stack)];
        check(&all, "charts/stack", Ok(&["charts/lib", "charts/web", "charts/stack"]));
        check(&all, "charts/lib", Ok(&["charts/lib"]));
        let circle: &[_] = &[("web", "file://../web")];
        let all = [("charts/lib", circle), ("charts/web", web)];
        let said = "the charts depend on each other in a circle: charts/web → charts/lib → charts/web";
        check(&all, "charts/web", Err(said));
        check(&all[1..], "charts/web", Err("there is no chart in `charts/lib`; `charts/web` depends on it"));
        let out: &[_] = &[("x", "file://../../../x")];
        let said = "the chart `out` depends on `file://../../../x`, outside of its repository";
        check(&[("charts/out", out)], "charts/out", Err(said));
        let out: &[_] = &[("x", "file:///etc")];
        check(&[("out", out)], "out", Err("the chart `out` depends on `file:///etc`, outside of its repository"));
        check(&[("a", &[("b", "file://b")]), ("a/b", lib)], "a", Ok(&["a/b", "a"]));
    }

    #[test]
    fn a_chart_says_who_it_is() {
        let read = |text: &str| ChartFile::read("c", "charts:c", text, None).map_err(|failure| failure.to_string());
        assert_eq!(read("name: a\nversion: 1.2.3-rc.1+b\n").unwrap().archive(), "a-1.2.3-rc.1+b.tgz");
        let said = |text: &str| read(text).unwrap_err();
        assert_eq!(said("version: 1.2.3\n"), "charts:c/Chart.yaml: the chart has no `name`");
        assert_eq!(said("name: ../a\nversion: 1.2.3\n"), "charts:c/Chart.yaml: `../a` can't be the name of a chart");
        assert_eq!(said("name: -o\nversion: 1.2.3\n"), "charts:c/Chart.yaml: `-o` can't be the name of a chart");
        for odd in ["1.2", "1.2.3.4", "v1.2.3", "1.02.3", "latest"] {
            let text = format!("name: a\nversion: {odd}\n");
            assert!(said(&text).contains(&format!("`{odd}` can't be the version of a chart")), "{}", said(&text));
        }
        assert_eq!(said("name: a\nname: b\n"), "charts:c/Chart.yaml:2:1: the key `name` stands twice");
        let old = ChartFile::read("c", "c", "name: a\nversion: 1.2.3\n", Some("dependencies:\n- name: x\n")).unwrap();
        assert_eq!(old.dependencies[0].name, "x");
    }

    #[test]
    fn a_lock_is_old_when_what_it_locks_moved() {
        let web = chart("charts/web", &[("lib", "file://../lib"), ("redis", "https://example.com")]);
        let all = charts(&[("charts/lib", &[])]);
        let lock = |lib: &str| locked(&format!("dependencies:\n- name: lib\n  version: {lib}\n")).unwrap();
        let is_old = |before: Option<&ChartFile>, lib: &str| lock_is_old(before, &web, &lock(lib), &all).unwrap();
        assert!(!is_old(Some(&web), "1.0.0") && !is_old(None, "1.0.0"));
        assert!(is_old(Some(&web), "0.9.0"));
        assert!(is_old(Some(&chart("charts/web", &[])), "1.0.0"));
    }
}
