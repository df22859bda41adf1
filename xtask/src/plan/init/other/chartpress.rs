//! chartpress: `chartpress.yaml`.
//!
//! For each of `charts` it writes `version` into `Chart.yaml`, and for each of its `images` name and tag into
//! `values.yaml` at `valuesPath`; all of them are git's tag. In the tree stand placeholders between two releases.

use super::tree::Node;
use super::{Tool, text, tree};
use crate::locate::path;
use crate::plan::init::{Facts, place, token};

const STATED: &str = "state the number there: `bump` moves it, and `[[chart]]` packages what is tagged";
const IMAGE: &str = "`[[image]]` builds it, with the version in `tags`";
const CHART: &str = "`[[chart]]`, with `pages` and `url` or `oci`";

pub(super) fn read(facts: &Facts) -> Vec<Tool> {
    let mut tools = Vec::new();
    for path in super::named(facts, "chartpress.yaml") {
        let Some(text) = text(facts, path) else { continue };
        match tree::parse(path, &text) {
            Err(fault) => tools.push(Tool::new("chartpress", path).unreadable(&fault)),
            Ok(root) => {
                let charts = root.get_items("charts");
                let many = charts.len() > 1;
                tools.extend(charts.iter().map(|chart| one(facts, path, chart, many)));
                if let Some(first) = tools.last_mut() {
                    first.goes(path, None);
                }
            }
        }
    }
    tools
}

fn one(facts: &Facts, file: &str, chart: &Node, many: bool) -> Tool {
    let mut tool = Tool { tag: Some(String::from("{version}")), ..Tool::new("chartpress", file) };
    let name = chart.get_text("name").unwrap_or_default();
    tool.package = many.then(|| name.to_owned());
    let folder = super::joined(super::folder(file), chart.get_text("chartPath").unwrap_or(name));
    let Some(folder) = folder else { return tool };
    let place = |file: &str| if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    let line = chart.line_of("name");
    filled(facts, &mut tool, &place("Chart.yaml"), line, "version");
    tool.current = tool.places.first().map(|hint| hint.says.clone());
    for (image, options) in chart.get("images").map_or(&[][..], Node::pairs) {
        let line = options.line_of("valuesPath");
        for way in options.get_items("valuesPath") {
            let locator = locator(way.text().unwrap_or_default());
            filled(facts, &mut tool, &place("values.yaml"), way.line, &locator);
        }
        tool.tell(line, image.clone(), "an image that chartpress builds and pushes", Some(IMAGE));
    }
    if let Some(base) = chart.get("baseVersion") {
        tool.tell(base.line, "baseVersion", "the beginning of development versions", None);
    }
    if let Some(repo) = chart.get("repo") {
        tool.tell(repo.line, "repo", "where the chart is published", Some(CHART));
    }
    tool
}

/// What stands at a place: a version, or what chartpress leaves there until it publishes.
fn filled(facts: &Facts, tool: &mut Tool, path: &str, line: usize, locator: &str) {
    let value = text(facts, path).and_then(|text| {
        let tag = format!("{locator}.tag");
        let hit = |locator: &str| place::look("yaml", &text, locator).pop().map(|hit| (locator.to_owned(), hit.value));
        hit(&tag).or_else(|| hit(locator))
    });
    let Some((locator, value)) = value else {
        return tool.tell(line, format!("`{path}`: `{locator}`"), "nothing stands there", None);
    };
    if is_placeholder(&value) || token::first(&value).is_none() {
        let why = format!("it says `{value}` until chartpress publishes");
        return tool.tell(line, format!("`{path}`: `{locator}`"), why, Some(STATED));
    }
    super::structured(facts, tool, path, line, ("yaml", locator), "");
}

/// What `--reset` leaves in `Chart.yaml` and `values.yaml`.
pub(super) fn is_placeholder(value: &str) -> bool {
    value.contains("set-by-chartpress") || value.contains("set.by.chartpress")
}

/// `a.0.b` → `a[0].b`.
fn locator(way: &str) -> String {
    let mut out = String::new();
    for part in way.split('.') {
        match part.parse::<usize>() {
            Ok(index) => out.push_str(&format!("[{index}]")),
            Err(_) if out.is_empty() => out.push_str(&quoted(part)),
            Err(_) => out.push_str(&format!(".{}", quoted(part))),
        }
    }
    out
}

/// A key as locators write it.
pub(super) fn quoted(key: &str) -> String {
    let plain = path::Path::parse(key).is_ok_and(|path| path.segments() == [path::Segment::Key(key.to_owned())]);
    if plain { key.to_owned() } else { format!("\"{}\"", key.replace(['"', '\\'], "")) }
}
