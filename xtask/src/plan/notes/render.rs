//! The list for a terminal, for a file and for programs.

use super::{Group, Item, Notes};
use crate::json::Json;
use crate::plan::changelog::PLACEHOLDER;
use crate::plan::history::short;

/// For a terminal: one line each, with the commit.
pub fn text(notes: &Notes) -> String {
    let line = |item: &Item| {
        let oid = item.commits.first().map_or("", |oid| short(oid));
        let more = if item.commits.len() > 1 { format!(" +{}", item.commits.len() - 1) } else { String::new() };
        format!("  {oid}{more}  {}\n", said(item))
    };
    blocks(notes, |title| format!("{title}\n"), line)
}

/// For a file that a person makes notes of. Its first line is still to be replaced. Under this heading, if it isn't a
/// section of something that has one.
pub fn markdown(notes: &Notes, heading: Option<&str>) -> String {
    let line = |item: &Item| format!("- {}\n", escape(&said(item)));
    let list = blocks(notes, |title| format!("## {title}\n\n"), line);
    let heading = heading.map(|heading| format!("\n# {heading}\n")).unwrap_or_default();
    format!("{PLACEHOLDER}\n{heading}{}{list}", if list.is_empty() { "" } else { "\n" })
}

/// For programs.
pub fn json(notes: &Notes) -> Vec<(&'static str, Json)> {
    let item = |item: &Item| {
        Json::Map(vec![
            ("text", item.text.as_str().into()),
            ("scope", item.scope.clone().into()),
            ("numbers", item.numbers.clone().into()),
            ("authors", item.authors.clone().into()),
            ("labels", item.labels.clone().into()),
            ("commits", item.commits.clone().into()),
        ])
    };
    let group = |group: &Group| {
        let items = Json::List(group.items.iter().map(item).collect());
        Json::Map(vec![("title", group.title.map(str::to_owned).into()), ("items", items)])
    };
    vec![
        ("commits", notes.commits.into()),
        ("undone", notes.undone.into()),
        ("groups", Json::List(notes.groups.iter().map(group).collect())),
    ]
}

fn blocks(notes: &Notes, title: impl Fn(&str) -> String, line: impl Fn(&Item) -> String) -> String {
    let block = |group: &Group| {
        let lines: String = group.items.iter().map(&line).collect();
        group.title.map(&title).unwrap_or_default() + &lines
    };
    notes.groups.iter().map(block).collect::<Vec<_>>().join("\n")
}

fn said(item: &Item) -> String {
    let scope = item.scope.as_ref().map(|scope| format!("{scope}: ")).unwrap_or_default();
    let known = item.numbers.iter().cloned().chain(item.authors.iter().map(|author| format!("@{author}")));
    let known: Vec<String> = known.collect();
    let known = if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) };
    format!("{scope}{}{known}", item.text)
}

/// What Markdown would take for a tag stays a word, except in code.
fn escape(text: &str) -> String {
    let mut code = false;
    let mut out = String::new();
    for c in text.chars() {
        code ^= c == '`';
        if c == '<' && !code {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
