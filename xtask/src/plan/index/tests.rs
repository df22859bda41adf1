//! Indexes in all their styles get a new entry, and nothing else changes.

use super::*;
use crate::locate::yaml::tree;

/// What Helm says of one archive.
fn helm(name: &str, version: &str) -> String {
    format!(
        "apiVersion: v1\nentries:\n  {name}:\n  - apiVersion: v2\n    created: \"2026-11-21T12:33:33.143601382Z\"\n    \
         dependencies:\n    - name: common\n      tags:\n      - a\n      - b\n      version: 1.x\n    description: |-\n      \
         two\n\n      lines\n    digest: 5433df1b\n    name: {name}\n    urls:\n    - {name}-{version}.tgz\n    version: \
         {version}\ngenerated: \"2026-11-21T12:33:33.14228058Z\"\n"
    )
}

/// 2026-07-01T12:00:00Z
const RELEASE: u64 = 1_782_907_200;

fn entry(indent: &str, list: &str, name: &str, version: &str) -> String {
    format!(
        "{indent}- apiVersion: v2\n{indent}  created: \"2026-07-01T12:00:00Z\"\n{indent}  dependencies:\n{indent}  {list}- \
         name: common\n{indent}  {list}  tags:\n{indent}  {list}  {list}- a\n{indent}  {list}  {list}- b\n{indent}  {list}  \
         version: 1.x\n{indent}  description: |-\n{indent}    two\n\n{indent}    lines\n{indent}  digest: 5433df1b\n{indent}  \
         name: {name}\n{indent}  urls:\n{indent}  {list}- {name}-{version}.tgz\n{indent}  version: {version}\n"
    )
}

#[track_caller]
fn check(old: &str, name: &str, version: &str, expected: &str) {
    let made = helm(name, version);
    let new = add(old, New { made: &made, seconds: RELEASE }).unwrap();
    assert_eq!(new, expected);
    assert!(Index::parse(&new).unwrap().find(name, version).is_some());
    let windows = old.replace('\n', "\r\n");
    let windows = add(&windows, New { made: &made, seconds: RELEASE }).unwrap();
    assert_eq!(windows, expected.replace('\n', "\r\n"));
    let marked = add(&format!("\u{feff}{old}"), New { made: &made, seconds: RELEASE }).unwrap();
    assert_eq!(marked, format!("\u{feff}{expected}"));
}

#[track_caller]
fn refuse(old: &str, message: &str, place: Option<(usize, usize)>) {
    let made = helm("acme", "1.0.0");
    let error = add(old, New { made: &made, seconds: RELEASE }).unwrap_err();
    assert_eq!(error.message, message);
    assert_eq!(error.offset.map(|at| crate::error::line_column(old, at)), place);
    assert!(error.hint.is_some());
}

#[test]
fn a_version_comes_before_the_lower_ones() {
    let head = "apiVersion: v1\nentries:\n  acme:\n";
    let old = |version: &str| format!("  - name: acme # mine\n    created: \"x\"\n    version: {version}\n");
    let (two, one) = (old("2.0.0"), old("1.9.0"));
    let generated = |day: &str| format!("generated: \"2026-{day}T12:00:00Z\"\n");
    let (before, after) = (generated("06-01"), generated("07-01"));
    let new = |version: &str| entry("  ", "", "acme", version);
    check(&format!("{head}{two}{one}{before}"), "acme", "2.0.1", &format!("{head}{}{two}{one}{after}", new("2.0.1")));
    check(&format!("{head}{two}{one}{before}"), "acme", "1.9.1", &format!("{head}{two}{}{one}{after}", new("1.9.1")));
    check(&format!("{head}{two}{one}{before}"), "acme", "1.0.0", &format!("{head}{two}{one}{}{after}", new("1.0.0")));
    check(&format!("{head}{two}{before}"), "acme", "2.0.0-rc.1", &format!("{head}{two}{}{after}", new("2.0.0-rc.1")));
    // Somebody's clock was ahead: the moment stays.
    let later = generated("12-01");
    check(&format!("{head}{two}{later}"), "acme", "2.0.1", &format!("{head}{}{two}{later}", new("2.0.1")));
    let odd = "generated: sometime\n";
    check(&format!("{head}{two}{odd}"), "acme", "2.0.1", &format!("{head}{}{two}{odd}", new("2.0.1")));
    check(&format!("{before}{head}{two}"), "acme", "1.0.0", &format!("{after}{head}{two}{}", new("1.0.0")));
}

#[test]
fn a_chart_comes_where_its_name_belongs() {
    let chart = |name: &str| format!("  {name}:\n  - created: \"x\"\n    version: 1.0.0\n");
    let new = format!("  bee:\n{}", entry("  ", "", "bee", "1.0.0"));
    let (ant, cat) = (chart("ant"), chart("cat"));
    let head = "apiVersion: v1\nentries:\n";
    check(&format!("{head}{ant}{cat}"), "bee", "1.0.0", &format!("{head}{ant}{new}{cat}"));
    check(&format!("{head}{cat}"), "bee", "1.0.0", &format!("{head}{new}{cat}"));
    check(&format!("{head}{ant}"), "bee", "1.0.0", &format!("{head}{ant}{new}"));
    check(&format!("{head}{ant}# end\n"), "bee", "1.0.0", &format!("{head}{ant}{new}# end\n"));
    check(&format!("{head}  # the cat\n{cat}"), "bee", "1.0.0", &format!("{head}{new}  # the cat\n{cat}"));
}

#[test]
fn what_is_empty_is_filled() {
    let new = format!("  acme:\n{}", entry("  ", "", "acme", "1.0.0"));
    check("entries: {}\napiVersion: v1\n", "acme", "1.0.0", &format!("entries:\n{new}apiVersion: v1\n"));
    check("entries:\napiVersion: v1\n", "acme", "1.0.0", &format!("entries:\n{new}apiVersion: v1\n"));
    check("entries:\n  acme: []\n", "acme", "1.0.0", &format!("entries:\n{new}"));
    check("entries:\n  acme:\n", "acme", "1.0.0", &format!("entries:\n{new}"));
    let made = helm("acme", "1.0.0");
    let whole = format!("apiVersion: v1\nentries:\n{new}generated: \"2026-07-01T12:00:00Z\"\n");
    let new = New { made: &made, seconds: RELEASE };
    assert_eq!(add("", new).unwrap(), whole);
    assert_eq!(add("# ours", new).unwrap(), format!("# ours\n{whole}"));
}

#[test]
fn the_style_of_the_file_is_kept() {
    let old = |quote: &str| {
        format!("apiVersion: v1\nentries:\n    acme:\n      - created: {quote}x{quote}\n        version: 0.1.0\n")
    };
    let new = |quote: &str| {
        let new = entry("      ", "  ", "acme", "1.0.0");
        let new = new.replace("\"2026-07-01T12:00:00Z\"", &format!("{quote}2026-07-01T12:00:00Z{quote}"));
        old(quote).replace("acme:\n", &format!("acme:\n{new}"))
    };
    check(&old("\""), "acme", "1.0.0", &new("\""));
    check(&old("'"), "acme", "1.0.0", &new("'"));
    check(&old(""), "acme", "1.0.0", &new(""));
    let wide = "entries:\n  acme:\n  -   created: \"x\"\n      version: 2.0.0\n";
    let made = helm("acme", "1.0.0");
    let text = add(wide, New { made: &made, seconds: RELEASE }).unwrap();
    assert!(text.starts_with(wide) && text[wide.len()..].starts_with("  -   apiVersion: v2\n      created:"), "{text}");
}

#[test]
fn a_text_without_a_last_line_end_gets_one_where_it_is_needed() {
    let made = helm("acme", "1.0.0");
    let old = "entries:\n  acme:\n  - version: 2.0.0";
    let new = add(old, New { made: &made, seconds: RELEASE }).unwrap();
    assert_eq!(new, format!("{old}\n{}", entry("  ", "", "acme", "1.0.0").trim_end()));
}

#[test]
fn what_is_no_index_is_refused_with_its_place() {
    refuse("a: [\n", "not valid YAML: unclosed bracket '['", Some((1, 4)));
    refuse("- a\n", "this is no index of charts", Some((1, 3)));
    refuse("{entries: {}}\n", "this is no index of charts", Some((1, 1)));
    refuse("apiVersion: v1\n", "there are no `entries`", Some((1, 1)));
    refuse("entries: {acme: [{version: 1}]}\n", "the charts aren't one below the other", Some((1, 10)));
    refuse("entries:\n  b: [{version: 1}]\n", "the versions of a chart aren't one below the other", Some((2, 6)));
    refuse("entries: text\n", "the charts aren't one below the other", Some((1, 10)));
    refuse("entries:\n  a: []\n  a: []\n", "the key `a` stands twice", Some((3, 3)));
    refuse(
        "entries:\n  acme:\n  - version: 1.0.0\n    name: a\n    name: b\n",
        "the key `name` stands twice",
        Some((5, 5)),
    );
    refuse("entries:\n  acme:\n  - version: 1.0.0\n", "`acme` 1.0.0 is in it already", Some((1, 1)));
}

#[test]
fn two_releases_end_the_same_in_either_order() {
    let old = "apiVersion: v1\nentries:\n  acme:\n  - created: \"x\"\n    version: 1.0.0\ngenerated: \"2026-01-01T00:00:00Z\"\n";
    let (one, two, other) = (helm("acme", "1.0.1"), helm("acme", "2.0.0"), helm("bee", "0.1.0"));
    let moves = [(&one, RELEASE), (&two, RELEASE + 5), (&other, RELEASE - 9)];
    let run = |order: [usize; 3]| {
        order.iter().fold(old.to_owned(), |text, &at| {
            let (made, seconds) = moves[at];
            add(&text, New { made, seconds }).unwrap()
        })
    };
    let first = run([0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(run(order), first);
    }
}

/// Lines of an index, mangled: the result is refused, or every old entry says what it said.
#[test]
fn no_mangled_index_loses_an_entry() {
    let whole = format!("{}{}", helm("acme", "0.9.0"), "  # end\n");
    let lines: Vec<&str> = whole.lines().collect();
    let made = helm("acme", "1.0.0");
    let mut taken = 0;
    for at in 0..lines.len() {
        for change in ["", "  # c", "  x: 1", "- y", "\t", "  - z: |+\n\n"] {
            let mut text: Vec<&str> = lines.clone();
            text.insert(at, change);
            let old = text.join("\n");
            let Ok(new) = add(&old, New { made: &made, seconds: RELEASE }) else { continue };
            taken += 1;
            let (was, is) = (tree::parse(&old).unwrap(), tree::parse(&new).unwrap());
            let list = |root: &Node<'_>| root.get("entries").unwrap().get("acme").unwrap().items().len();
            assert_eq!(list(&is), list(&was) + 1, "{old}\n---\n{new}");
        }
    }
    assert!(taken > 20, "{taken}");
}

/// What it costs where a repository has thousands of versions: twice the parser's own time.
#[test]
#[allow(clippy::print_stdout, reason = "a measurement is printed")]
#[ignore = "a measurement: `cargo test -p xtask --lib a_large_index -- --ignored --nocapture`"]
fn a_large_index() {
    let version = |at: usize| {
        format!(
            "  - created: \"x\"\n    name: acme\n    urls:\n    - acme-{at}.tgz\n    description: text\n    version: 0.{at}.0\n"
        )
    };
    let many: String = (0..12_000).rev().map(version).collect();
    let old = format!("apiVersion: v1\nentries:\n  acme:\n{many}generated: \"2026-01-01T00:00:00Z\"\n");
    let made = helm("acme", "1.0.0");
    let start = std::time::Instant::now();
    let new = add(&old, New { made: &made, seconds: RELEASE }).unwrap();
    println!("{} bytes: {:?}", old.len(), start.elapsed());
    assert!(new.len() > old.len());
}
