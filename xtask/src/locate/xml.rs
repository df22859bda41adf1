//! `xml`: `pom.xml`, `.csproj` and other project files.
//!
//! A path begins with the name of the root element; names are local, without namespaces. An attribute is `@name` at the
//! end of a path or in a selector: `Project.ItemGroup.PackageReference[@Include=Foo].@Version`.

use super::path::outline::Outline;
use super::path::walk::Shape;
use super::path::{self, Path, Segment};
use super::{Format, Hit, Leaf, LocateError, Reading, fingerprint, invalid};
use roxmltree::{Attribute, Document, Error, Node};
use std::ops::Range;

/// The format.
pub static FORMAT: Xml = Xml;

/// See the module.
pub struct Xml;

impl Format for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn about(&self) -> &'static str {
        "the path of an element's text or an attribute, from the root: `project.parent.version`, `plugin.@version`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        let path = Path::parse(locator)?;
        let last = path.segments().len() - 1;
        for (position, segment) in path.segments().iter().enumerate() {
            check_segment(segment, position == last)?;
        }
        Ok(())
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let paths = path::parse_all(locators)?;
        locators.iter().try_for_each(|locator| self.check(locator))?;
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let base = text.len() - body.len();
        let document = Document::parse(body).map_err(|error| explain(text, body, &error))?;
        let shift = |error: LocateError| LocateError { offset: error.offset.map(|at| at + base), ..error };
        let mut reading = Reading::default();
        for path in &paths {
            let hits = find(&document, path).map_err(shift)?;
            reading.hits.push(hits.into_iter().map(|hit| Hit { span: moved(hit.span, base), ..hit }).collect());
        }
        if leaves {
            reading.leaves = all_leaves(&document);
            reading.leaves.iter_mut().for_each(|leaf| leaf.span = moved(leaf.span.clone(), base));
        }
        Ok(reading)
    }

    fn outline(&self, text: &str) -> Option<Outline> {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let document = Document::parse(body).ok()?;
        Some(record(&document, text.len() - body.len()))
    }

    fn encode(&self, _: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        if value.trim() != value || value.chars().any(char::is_control) {
            let error = LocateError::new(format!("`{}` can't stand in XML as it is", value.escape_debug()));
            return Err(error.at(hit.span.start).hint("a version has neither blanks around it nor control characters"));
        }
        if value.contains(['&', '<', '>', '"', '\'']) {
            let error = LocateError::new(format!("`{value}` would need entities in XML")).at(hit.span.start);
            return Err(error.hint("a version has none of `& < > \" '`"));
        }
        Ok(value.to_owned())
    }
}

/// Elements and attributes as keys. An element without others in it is a value, and may have attributes beside it.
fn record(document: &Document<'_>, base: usize) -> Outline {
    let text = document.input_text();
    let mut outline = Outline::default();
    let mut open = vec![document.root()];
    outline.open(Shape::Map);
    for node in document.descendants().filter(Node::is_element) {
        while open.len() > 1 && open.last().copied() != node.parent() {
            open.pop();
            outline.close();
        }
        let name = node.tag_name().name();
        if node.children().all(|child| !child.is_element())
            && let Ok(hit) = element_hit(text, node, &Path::default())
        {
            outline.key(name);
            outline.scalar(moved(hit.span, base), &hit.value);
        }
        outline.key(name);
        outline.open(Shape::Map);
        for found in node.attributes() {
            outline.key(&format!("@{}", found.name()));
            outline.scalar(moved(found.range_value(), base), found.value());
        }
        open.push(node);
    }
    outline
}

fn check_segment(segment: &Segment, last: bool) -> Result<(), LocateError> {
    match segment {
        Segment::Index(_) => Err(LocateError::new("elements have no index in an `xml` path")
            .hint("choose one by what it says: `dependency[artifactId=app]`")),
        Segment::Key(name) if name.starts_with('@') && !last => {
            Err(LocateError::new(format!("the attribute `{name}` is not at the end of the path"))
                .hint("nothing stands below an attribute"))
        }
        Segment::Key(name) if name.contains(':') => Err(LocateError::new(format!("`{name}` has a namespace prefix"))
            .hint("name elements without their prefix")),
        Segment::Select { field, .. } => {
            let end = field.len() - 1;
            field.iter().enumerate().try_for_each(|(position, segment)| check_segment(segment, position == end))
        }
        _ => Ok(()),
    }
}

fn explain(text: &str, body: &str, error: &Error) -> LocateError {
    let place = error.pos();
    let row = usize::try_from(place.row).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(place.col).unwrap_or(1).saturating_sub(1);
    let before: usize = body.split_inclusive('\n').take(row).map(str::len).sum();
    let line = body.get(before..).unwrap_or_default();
    let at = text.len() - body.len() + before + line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    match error {
        Error::DtdDetected => LocateError::new("the file has a DTD, which is not read")
            .at(at)
            .hint("name the place with `text.'…{}…'` instead"),
        _ => invalid(text, "XML", &error.to_string(), at),
    }
}

fn moved(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// The hits of a path in the order of the text.
fn find(document: &Document<'_>, path: &Path) -> Result<Vec<Hit>, LocateError> {
    let text = document.input_text();
    let mut nodes = vec![document.root()];
    for segment in path.segments() {
        if let Segment::Key(name) = segment
            && let Some(name) = name.strip_prefix('@') {
                // `@version` alone is an attribute of the root element.
                let nodes = nodes.iter().map(|node| if node.is_root() { document.root_element() } else { *node });
                return nodes.filter_map(|node| attribute(node, name)).map(|found| attribute_hit(text, &found)).collect();
            }
        nodes = match segment {
            Segment::Key(name) => children(&nodes, |node| node.tag_name().name() == name),
            Segment::Select { field, value } => {
                nodes.into_iter().filter(|node| says(*node, field, value)).collect()
            }
            _ => children(&nodes, |_| true),
        };
    }
    nodes.into_iter().map(|node| element_hit(text, node, path)).collect()
}

fn children<'a, 'i>(nodes: &[Node<'a, 'i>], keep: impl Fn(&Node<'a, 'i>) -> bool) -> Vec<Node<'a, 'i>> {
    nodes.iter().flat_map(|node| node.children()).filter(|node| node.is_element() && keep(node)).collect()
}

fn attribute<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Attribute<'a, 'i>> {
    node.attributes().find(|attribute| attribute.name() == name)
}

/// Does the field below the element have this text?
fn says(node: Node<'_, '_>, field: &[Segment], value: &str) -> bool {
    match field {
        [] => node.children().filter_map(|child| child.text()).collect::<String>().trim() == value,
        [Segment::Key(name), rest @ ..] => match name.strip_prefix('@') {
            Some(name) => attribute(node, name).is_some_and(|found| found.value() == value),
            None => children(&[node], |child| child.tag_name().name() == name).into_iter().any(|child| says(child, rest, value)),
        },
        _ => false,
    }
}

fn attribute_hit(text: &str, attribute: &Attribute<'_, '_>) -> Result<Hit, LocateError> {
    let span = attribute.range_value();
    literal(text, span.clone()).map(|value| Hit { span, value: value.to_owned() })
}

/// What stands there, if it says just what is written: no entities, no CDATA, nothing in between.
fn literal(text: &str, span: Range<usize>) -> Result<&str, LocateError> {
    let raw = text.get(span.clone()).unwrap_or_default();
    if raw.contains(['&', '<']) {
        let error = LocateError::new("the value is written with entities, CDATA or comments in it").at(span.start);
        return Err(error.hint("write it plainly in the file first"));
    }
    Ok(raw)
}

fn element_hit(text: &str, node: Node<'_, '_>, path: &Path) -> Result<Hit, LocateError> {
    if node.children().any(|child| child.is_element()) {
        return Err(LocateError::new(format!("`{path}` has elements in it, not a value"))
            .at(node.range().start)
            .hint("name one of the elements in it"));
    }
    let mut texts = node.children().filter(|child| child.is_text() && !is_blank(*child));
    let span = match (texts.next(), texts.next()) {
        (Some(only), None) => trimmed(text, only.range()),
        (Some(first), Some(_)) => first.range().start..node.range().end,
        (None, _) => empty_place(text, node),
    };
    if text[node.range()].ends_with("/>") {
        let error = LocateError::new(format!("`{path}` is an element without a text")).at(span.start);
        return Err(error.hint("write it as `<name></name>` in the file first"));
    }
    let span = if stands_alone(text, &span) { span } else { span.start..node.range().end };
    literal(text, span.clone()).map(|value| Hit { span, value: value.to_owned() })
}

/// Are there only tags and comments around the text, rather than CDATA that belongs to it?
fn stands_alone(text: &str, span: &Range<usize>) -> bool {
    let (before, after) = (text[..span.start].trim_end(), text[span.end..].trim_start());
    before.ends_with('>') && !before.ends_with("]]>") && !after.starts_with("<![")
}

fn is_blank(node: Node<'_, '_>) -> bool {
    node.text().is_none_or(|text| text.trim().is_empty())
}

/// Where a text would go in an element that has none: before its end tag; after `/>` there is no such place.
fn empty_place(text: &str, node: Node<'_, '_>) -> Range<usize> {
    let range = node.range();
    let at = range.start + text[range.clone()].rfind("</").unwrap_or(range.len());
    at..at
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let raw = &text[span.clone()];
    let start = span.start + raw.len() - raw.trim_start().len();
    start..start + raw.trim().len()
}

/// Every text and attribute, and every place without one.
fn all_leaves(document: &Document<'_>) -> Vec<Leaf> {
    let text = document.input_text();
    let mut leaves = Vec::new();
    let mut add = |span: Range<usize>, value: &str| leaves.push(Leaf { span, print: fingerprint(b's', value) });
    for node in document.descendants() {
        match node.text() {
            Some(value) if node.is_text() && !is_blank(node) => add(trimmed(text, node.range()), value.trim()),
            _ if node.is_element() => {
                node.attributes().for_each(|found| add(found.range_value(), found.value()));
                if node.children().all(|child| !child.is_element() && is_blank(child)) {
                    add(empty_place(text, node), "");
                }
            }
            _ => {}
        }
    }
    leaves.sort_by_key(|leaf| leaf.span.start);
    leaves
}

#[cfg(test)]
mod tests;
