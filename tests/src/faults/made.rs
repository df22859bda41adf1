//! Made-up texts in formats that another reader takes too, in all the styles that people write.

use std::fmt::Write as _;

use super::random::Random;

/// A text of a format, made up.
pub fn make(format: &str, random: &mut Random) -> String {
    let mut text = String::new();
    match format {
        "yaml" => yaml(random, 0, &mut text),
        "json" => json(random, 0, &mut text),
        _ => toml(random, &mut text),
    }
    if random.one_in(6) {
        text = text.replace('\n', "\r\n");
    }
    if random.one_in(10) {
        text.insert(0, '\u{feff}');
    }
    text
}

const KEYS: &[&str] =
    &["name", "version", "image", "tag", "a-b", "x_y", "n1", "spec", "port", "key with space", "a.b", "é"];
const COMMENTS: &[&str] = &["", "", "", " # 🚀 1.2.3", " # version: 9", "\t# é"];
const YAML_LEAVES: &[&str] = &[
    "1.2.3",
    "v1.4",
    "1.10",
    "7",
    "0x1F",
    "1e3",
    "true",
    "null",
    "~",
    "\"1.26.0\"",
    "'it''s'",
    "\"a\\u00e9\\n\"",
    "plain words",
    "'🚀'",
    "\"\"",
    "''",
    "[1, 'two', three]",
    "{v: 1.0, w: \"x\"}",
    "[]",
    "2024-05-01",
    "a:b",
    "http://x/v1.2",
    "1.2 .3",
    ">-\n      folded\n      text",
];

fn keys(random: &mut Random) -> Vec<&'static str> {
    let mut keys = Vec::new();
    for _ in 0..=random.below(5) {
        let key = random.pick(KEYS);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

fn yaml(random: &mut Random, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    for key in keys(random) {
        if random.one_in(5) {
            let _ = writeln!(out, "{pad}# {key}: 1.2.3");
        }
        let key = if key.contains('.') { format!("'{key}'") } else { key.to_owned() };
        match random.below(if depth > 2 { 3 } else { 5 }) {
            0..=2 => {
                let leaf = random.pick(YAML_LEAVES);
                let comment = if leaf.starts_with('>') { "" } else { random.pick(COMMENTS) };
                let _ = writeln!(out, "{pad}{key}:{}{leaf}{comment}", " ".repeat(1 + random.below(2)));
            }
            3 => {
                let _ = writeln!(out, "{pad}{key}:");
                yaml(random, depth + 1, out);
            }
            _ => {
                let _ = writeln!(out, "{pad}{key}:");
                for _ in 0..=random.below(2) {
                    let _ = writeln!(
                        out,
                        "{pad}- name: {}\n{pad}  version: 8.6.1",
                        random.pick(&["redis", "pg", "\"web\""])
                    );
                }
            }
        }
    }
}

const JSON_LEAVES: &[&str] = &[
    "\"1.2.3\"",
    "\"\"",
    "7",
    "-1.5",
    "1e3",
    "true",
    "null",
    "\"\\u00e9\\ud83d\\ude80\"",
    "\"a\\\"b\\\\\"",
    "\"🚀\"",
    "[]",
    "{}",
    "[1, \"2.0\"]",
    "2022.5",
];

fn json(random: &mut Random, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth + 1);
    let mut items = Vec::new();
    for key in keys(random) {
        let mut value = String::new();
        if depth < 3 && random.one_in(4) {
            json(random, depth + 1, &mut value);
        } else {
            value.push_str(random.pick(JSON_LEAVES));
        }
        items.push(format!("{pad}\"{key}\"{} {value}", random.pick(&[":", " :"])));
    }
    let _ = write!(out, "{{\n{}\n{}}}", items.join(",\n"), "  ".repeat(depth));
}

const TOML_LEAVES: &[&str] = &[
    "\"1.2.3\"",
    "'1.2.3'",
    "\"\"\"1.2\"\"\"",
    "7",
    "1.5",
    "0x1F",
    "1e3",
    "true",
    "2024-05-01",
    "\"\\u00e9\"",
    "[1, 2]",
    "[\"a\", 'b']",
    "{ v = \"1\", w = 2 }",
    "''",
    "\"🚀\"",
];

fn toml(random: &mut Random, out: &mut String) {
    let body = |random: &mut Random, out: &mut String| {
        for key in keys(random) {
            let key = if key.is_ascii() && !key.contains([' ', '.']) { key.to_owned() } else { format!("\"{key}\"") };
            let _ = writeln!(
                out,
                "{key}{}=  {}{}",
                " ".repeat(random.below(3)),
                random.pick(TOML_LEAVES),
                random.pick(COMMENTS)
            );
        }
    };
    body(random, out);
    for table in 0..random.below(3) {
        let _ = writeln!(out, "\n[t{table}.sub]");
        body(random, out);
    }
    for _ in 0..random.below(3) {
        let _ = writeln!(out, "\n[[packages]]");
        body(random, out);
    }
}
