//! The settings in one form, whichever file they stand in.

use super::super::tree::{Node, Value};

/// What the configuration says.
pub(super) struct Settings {
    pub line: usize,
    node: Node,
    pub files: Vec<File>,
    pub parts: Vec<(String, Node)>,
}

/// One file, or the files of a glob.
pub(super) struct File {
    pub line: usize,
    pub path: String,
    pub exclude: Vec<String>,
    pub node: Node,
}

impl Settings {
    pub fn text(&self, key: &str) -> Option<&str> {
        self.node.get_text(key)
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        self.node.get_flag(key)
    }

    pub fn items(&self, key: &str) -> Vec<&Node> {
        self.node.get_items(key)
    }

    pub fn line_of(&self, key: &str) -> usize {
        self.node.line_of(key)
    }
}

impl File {
    fn new(line: usize, node: &Node) -> Option<Self> {
        let path = node.get_text("glob").or(node.get_text("filename"))?.replace("{repo_root}/", "");
        let texts = |key: &str| node.get_items(key).iter().filter_map(|item| item.text().map(str::to_owned)).collect();
        Some(Self { line, path, exclude: texts("glob_exclude"), node: node.clone() })
    }

    /// The file's own, else the general one.
    pub fn text<'s>(&'s self, settings: &'s Settings, key: &str) -> Option<&'s str> {
        self.node.get_text(key).or(settings.text(key))
    }

    pub fn flag(&self, settings: &Settings, key: &str) -> bool {
        self.node.get_flag(key).or(settings.flag(key)).unwrap_or(false)
    }
}

/// The settings in a file; none where it is somebody else's.
pub(super) fn read(path: &str, root: &Node) -> Option<Settings> {
    if path.ends_with(".toml") {
        let node = root.at(&["tool", "bumpversion"])?;
        let files = node.get("files").map_or(&[][..], Node::items);
        let parts = node.get("parts").map_or(&[][..], Node::pairs).to_vec();
        let files = files.iter().filter_map(|file| File::new(file.line, file)).collect();
        return Some(Settings { line: node.line, node: node.clone(), files, parts });
    }
    let node = listed(root.get("bumpversion")?, path.ends_with("setup.cfg"));
    let mut settings = Settings { line: node.line, node, files: Vec::new(), parts: Vec::new() };
    let named = settings.text("files").unwrap_or_default().to_owned();
    for name in named.split_whitespace() {
        let line = settings.line_of("files");
        settings.files.extend(File::new(line, &filename("filename", name, &Node { line, ..Node::default() })));
    }
    for (name, section) in root.pairs() {
        let Some((kind, value)) = name.strip_prefix("bumpversion:").and_then(|rest| rest.split_once(':')) else {
            continue;
        };
        let section = listed(section, path.ends_with("setup.cfg"));
        let kind = kind.split('(').next().unwrap_or(kind).trim();
        match kind {
            "file" => settings.files.extend(File::new(section.line, &filename("filename", value, &section))),
            "glob" => settings.files.extend(File::new(section.line, &filename("glob", value, &section))),
            "part" => settings.parts.push((value.to_owned(), section)),
            _ => {}
        }
    }
    Some(settings)
}

/// A section with the name that its header has.
fn filename(key: &str, name: &str, section: &Node) -> Node {
    let mut pairs = section.pairs().to_vec();
    pairs.push((key.to_owned(), Node { line: section.line, value: Value::Text(name.trim().to_owned()) }));
    Node { line: section.line, value: Value::Map(pairs) }
}

/// `serialize` and `values` are one item a line; `setup.cfg` doubles its percent signs.
fn listed(section: &Node, doubled: bool) -> Node {
    let pair = |(key, node): &(String, Node)| {
        let text = node.text().unwrap_or_default();
        let text = if doubled { text.replace("%%", "%") } else { text.to_owned() };
        let item = |line: &str| Node { line: node.line, value: Value::Text(line.trim().to_owned()) };
        let value = match key.as_str() {
            "serialize" | "values" | "setup_hooks" | "pre_commit_hooks" | "post_commit_hooks" | "moveable_tags" => {
                Value::List(text.lines().filter(|line| !line.trim().is_empty()).map(item).collect())
            }
            _ => Value::Text(text),
        };
        (key.to_lowercase(), Node { line: node.line, value })
    };
    Node { line: section.line, value: Value::Map(section.pairs().iter().map(pair).collect()) }
}
