//! TOML, YAML, JSON and INI as one tree, in which each value knows its line.

use toml_edit::{Document, Item, TableLike, Value as TomlValue};

use crate::error::line_column;
use crate::json::Json;
use crate::locate::yaml::tree as yaml;
use crate::locate::{LocateError, find_format};

/// A value, and the line where it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

/// What a value is; numbers and dates are their texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Value {
    #[default]
    Nothing,
    Flag(bool),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Why a file can't be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl Fault {
    fn new(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let (line, column) = line_column(text, offset);
        Self { line, column, message: message.into() }
    }
}

impl Node {
    fn new(line: usize, value: Value) -> Self {
        Self { line, value }
    }

    /// The value of a key; none where there is none, or no mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value at the end of a way of keys.
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The text of a key.
    pub fn get_text(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The truth value of a key, also as INI files write it.
    pub fn get_flag(&self, key: &str) -> Option<bool> {
        match &self.get(key)?.value {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) => match text.to_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(true),
                "false" | "no" | "off" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn pairs(&self) -> &[(String, Node)] {
        if let Value::Map(pairs) = &self.value { pairs } else { &[] }
    }

    pub fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The items of a key, or its only value.
    pub fn get_items(&self, key: &str) -> Vec<&Node> {
        match self.get(key) {
            Some(Node { value: Value::List(items), .. }) => items.iter().collect(),
            Some(Node { value: Value::Nothing, .. }) | None => Vec::new(),
            Some(one) => vec![one],
        }
    }

    /// The line of a key's value; this one's own where there is no such key.
    pub fn line_of(&self, key: &str) -> usize {
        self.get(key).map_or(self.line, |node| node.line)
    }
}

/// Reads a file by the ending of its name.
pub(super) fn parse(path: &str, text: &str) -> Result<Node, Fault> {
    match path.rsplit('.').next() {
        Some("toml") => toml(text),
        Some("json") => json(text),
        Some("cfg" | "ini") => ini(text),
        _ => yaml(text),
    }
}

fn toml(text: &str) -> Result<Node, Fault> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse(body)
        .map_err(|error| Fault::new(body, error.span().map_or(0, |span| span.start), first_line(error.message())))?;
    Ok(toml_table(body, document.as_table(), 1))
}

fn toml_item(text: &str, item: &Item, line: usize) -> Node {
    let line = item.span().map_or(line, |span| line_column(text, span.start).0);
    match item {
        Item::None => Node::new(line, Value::Nothing),
        Item::Value(value) => toml_value(text, value, line),
        Item::Table(table) => toml_table(text, table, line),
        Item::ArrayOfTables(tables) => {
            let lines = |table: &toml_edit::Table| table.span().map_or(line, |span| line_column(text, span.start).0);
            let items = tables.iter().map(|table| toml_table(text, table, lines(table))).collect();
            Node::new(line, Value::List(items))
        }
    }
}

fn toml_table(text: &str, table: &dyn TableLike, line: usize) -> Node {
    let pairs = table.iter().map(|(key, item)| (key.to_owned(), toml_item(text, item, line))).collect();
    Node::new(line, Value::Map(pairs))
}

fn toml_value(text: &str, value: &TomlValue, line: usize) -> Node {
    let line = value.span().map_or(line, |span| line_column(text, span.start).0);
    let raw = || value.span().and_then(|span| text.get(span)).unwrap_or_default().to_owned();
    let value = match value {
        TomlValue::String(text) => Value::Text(text.value().clone()),
        TomlValue::Boolean(flag) => Value::Flag(*flag.value()),
        TomlValue::Array(items) => Value::List(items.iter().map(|item| toml_value(text, item, line)).collect()),
        TomlValue::InlineTable(table) => return toml_table(text, table, line),
        TomlValue::Integer(_) | TomlValue::Float(_) | TomlValue::Datetime(_) => Value::Text(raw()),
    };
    Node::new(line, value)
}

fn yaml(text: &str) -> Result<Node, Fault> {
    let fault = |error: LocateError| Fault::new(text, error.offset.unwrap_or(0), error.message);
    yaml::parse(text).map(|node| yaml_node(text, &node)).map_err(fault)
}

fn yaml_node(text: &str, node: &yaml::Node) -> Node {
    let value = match &node.value {
        yaml::Value::Scalar(_, b'n') | yaml::Value::Alias(_) => Value::Nothing,
        yaml::Value::Scalar(flag, b'b') => Value::Flag(flag.eq_ignore_ascii_case("true")),
        yaml::Value::Scalar(text, _) => Value::Text(text.to_string()),
        yaml::Value::Seq(items, _) => Value::List(items.iter().map(|item| yaml_node(text, item)).collect()),
        yaml::Value::Map(pairs, _) => {
            let pair = |(key, value): &(yaml::Node, yaml::Node)| {
                (key.text().unwrap_or_default().to_owned(), yaml_node(text, value))
            };
            Value::Map(pairs.iter().map(pair).collect())
        }
    };
    Node::new(line_column(text, node.span.start).0, value)
}

/// JSON is YAML but for oddities; where those stand in the way, it is read without its lines.
fn json(text: &str) -> Result<Node, Fault> {
    if let Some(format) = find_format("json") {
        let fault = |error: LocateError| Fault::new(text, error.offset.unwrap_or(0), error.message);
        format.read(text, &[], false).map_err(fault)?;
    }
    yaml(text).or_else(|fault| Json::parse(text).map(|json| json_node(&json)).ok_or(fault))
}

fn json_node(json: &Json) -> Node {
    let value = match json {
        Json::Null => Value::Nothing,
        Json::Bool(flag) => Value::Flag(*flag),
        Json::Number(number) => Value::Text(number.to_string()),
        Json::Text(text) => Value::Text(text.clone()),
        Json::List(items) => Value::List(items.iter().map(json_node).collect()),
        Json::Map(pairs) => {
            Value::Map(pairs.iter().map(|(key, value)| ((*key).to_owned(), json_node(value))).collect())
        }
        Json::Named(pairs) => Value::Map(pairs.iter().map(|(key, value)| (key.clone(), json_node(value))).collect()),
    };
    Node::new(1, value)
}

/// Sections of keys, as Python's `configparser` reads them: deeper lines go on with the value above them.
fn ini(text: &str) -> Result<Node, Fault> {
    let mut sections: Vec<(String, Node)> = Vec::new();
    let mut depth = None;
    let mut offset = 0;
    for (at, whole) in text.split_inclusive('\n').enumerate() {
        let line = whole.trim_end();
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let here = offset;
        offset += whole.len();
        if body.starts_with(['#', ';']) {
            continue;
        }
        if body.is_empty() || depth.is_some_and(|depth| indent > depth) {
            go_on(&mut sections, body);
            continue;
        }
        depth = None;
        if let Some(name) = body.strip_prefix('[') {
            let Some(name) = name.strip_suffix(']') else {
                return Err(Fault::new(text, here, "a section's name is not closed"));
            };
            sections.push((name.to_owned(), Node::new(at + 1, Value::Map(Vec::new()))));
            continue;
        }
        let Some((_, section)) = sections.last_mut() else {
            return Err(Fault::new(text, here, "a key stands before the first section"));
        };
        let (key, value) = match body.find(['=', ':']) {
            Some(mark) => (body[..mark].trim_end(), Value::Text(body[mark + 1..].trim().to_owned())),
            None => return Err(Fault::new(text, here, "neither a section nor a key")),
        };
        if let Value::Map(pairs) = &mut section.value {
            pairs.push((key.to_owned(), Node::new(at + 1, value)));
        }
        depth = Some(indent);
    }
    Ok(Node::new(1, Value::Map(trimmed(sections))))
}

/// One more line of the last value; an empty one belongs to it if another line follows.
fn go_on(sections: &mut [(String, Node)], line: &str) {
    let Some((_, Node { value: Value::Map(pairs), .. })) = sections.last_mut() else { return };
    if let Some((_, Node { value: Value::Text(text), .. })) = pairs.last_mut() {
        text.push('\n');
        text.push_str(line);
    }
}

fn trimmed(mut sections: Vec<(String, Node)>) -> Vec<(String, Node)> {
    for (_, section) in &mut sections {
        let Value::Map(pairs) = &mut section.value else { continue };
        for (_, node) in pairs {
            if let Value::Text(text) = &mut node.value {
                text.truncate(text.trim_end().len());
            }
        }
    }
    sections
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str) {
        let node = parse(path, text).unwrap();
        let item = &node.at(&["a", "b"]).unwrap().items()[1];
        assert_eq!((item.get_text("c"), item.get_flag("d")), (Some("1.2"), Some(true)), "{path}");
        assert_eq!(item.line_of("c"), 4, "{path}");
    }

    #[test]
    fn the_same_in_each_format() {
        check("x.toml", "[a]\nb = [\n{},\n{ c = '1.2', d = true }]\n");
        check("x.toml", "[[a.b]]\n\n[[a.b]]\nc = 1.2\nd = true\n");
        check("x.json", "{\"a\": {\"b\": [\n{},\n\n\t{\"c\": \"1.2\", \"d\": true}]}}\n");
        check("x.yaml", "a:\n  b:\n  - {}\n  - {c: '1.2', d: true}\n");
    }

    #[test]
    fn values_of_several_lines() {
        let text = "# no\n[a:b (c)]\nkey = one\n  two\n\n# no\n  three\nother: x ; y\n\n[c]\n";
        let node = parse("setup.cfg", text).unwrap();
        let section = node.get("a:b (c)").unwrap();
        assert_eq!(section.get_text("key"), Some("one\ntwo\n\nthree"));
        assert_eq!(section.get_text("other"), Some("x ; y"));
        assert_eq!(section.line_of("other"), 8);
    }

    #[track_caller]
    fn check_fault(path: &str, text: &str, line: usize, column: usize) {
        let fault = parse(path, text).unwrap_err();
        assert_eq!((fault.line, fault.column), (line, column), "{path}: {}", fault.message);
    }

    #[test]
    fn a_fault_has_its_place() {
        check_fault("x.toml", "a = 1\nb = \n", 2, 5);
        check_fault("x.json", "{\"a\": 1,\n \"b\" 2}", 2, 6);
        check_fault("x.yaml", "a: 1\nb: [\n}\n", 2, 4);
        check_fault("x.cfg", "[a]\nb\n", 2, 1);
        check_fault("x.cfg", "[a]\n[b\n", 2, 1);
        check_fault("x.cfg", "b = 1\n", 1, 1);
    }
}
