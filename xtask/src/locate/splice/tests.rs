//! The splice: what it changes, what it proves, and what it refuses.

use super::super::{Format, Hit, LocateError, Reading, find_format};
use super::{Edit, Part, Rewritten, rewrite, splice};

fn edit(span: std::ops::Range<usize>, bytes: &str) -> Edit {
    Edit { span, bytes: bytes.to_owned() }
}

/// A part that wants the same value at every hit, or leaves the locator's hits where there is none.
fn part<'a>(text: &str, format: &str, wanted: &[(&'a str, Option<&str>)]) -> Part<'a> {
    let format = find_format(format).unwrap();
    let locators: Vec<&str> = wanted.iter().map(|(locator, _)| *locator).collect();
    let hits = format.read(text, &locators, false).unwrap().hits;
    let wanted = hits.iter().zip(wanted).map(|(hits, (_, value))| vec![value.map(str::to_owned); hits.len()]).collect();
    Part { format, locators, wanted }
}

fn run(text: &str, format: &str, wanted: &[(&str, Option<&str>)]) -> Result<Rewritten, LocateError> {
    rewrite(text, &[part(text, format, wanted)])
}

#[track_caller]
fn check(text: &str, format: &str, wanted: &[(&str, Option<&str>)], expected: &str) {
    let done = run(text, format, wanted).unwrap();
    assert_eq!(done.text, expected);
    assert_eq!(splice(text, &done.edits).unwrap(), expected);
    for (edit, span) in done.edits.iter().zip(&done.spans) {
        assert_eq!(done.text[span.clone()], edit.bytes);
    }
    assert!(run(expected, format, wanted).unwrap().edits.is_empty());
}

#[track_caller]
fn refuse(text: &str, format: &str, wanted: &[(&str, Option<&str>)], message: &str) {
    assert_eq!(run(text, format, wanted).unwrap_err().message, message);
}

#[test]
fn trap_17_several_edits_in_any_order() {
    assert_eq!(splice("abcdef", &[edit(4..5, "X"), edit(0..1, "YY"), edit(2..2, "Z")]).unwrap(), "YYbZcdXf");
    assert_eq!(splice("ab", &[edit(0..1, "x"), edit(1..1, "y"), edit(1..2, "z")]).unwrap(), "xyz");
    assert_eq!(splice("", &[]).unwrap(), "");
    for edits in
        [[edit(0..2, ""), edit(1..3, "")], [edit(1..1, "a"), edit(1..1, "a")], [edit(0..3, ""), edit(1..1, "")]]
    {
        assert_eq!(splice("abc", &edits).unwrap_err().message, "two edits change the same bytes");
    }
    for one in [edit(1..2, ""), edit(0..1, ""), edit(0..99, ""), edit(98..99, "")] {
        assert!(splice("é", &[one]).is_err());
    }
}

#[test]
fn writes_each_format() {
    let chart = "version: 1.0.0\r\nappVersion: \"1.2\" # c\r\nother: 1.0.0\r\n";
    let wanted = [("version", Some("1.0.1")), ("appVersion", Some("1.10")), ("other", None)];
    check(chart, "yaml", &wanted, "version: 1.0.1\r\nappVersion: \"1.10\" # c\r\nother: 1.0.0\r\n");
    check("a:\nb: 1\n", "yaml", &[("a", Some("1.10"))], "a: \"1.10\"\nb: 1\n");
    check("a: 2022.9\n", "yaml", &[("a", Some("2022.10"))], "a: \"2022.10\"\n");
    check("a: 2022.9\n", "yaml", &[("a", Some("2022.8"))], "a: 2022.8\n");
    check(
        "{\"a\": \"1\", \"b\": [\"1\"]}",
        "json",
        &[("a", Some("20")), ("b[0]", Some("3"))],
        "{\"a\": \"20\", \"b\": [\"3\"]}",
    );
    check(
        "\u{feff}a = '1'\r\n[b]\r\nc = 1\r\n",
        "toml",
        &[("b.c", Some("2")), ("a", Some("x"))],
        "\u{feff}a = 'x'\r\n[b]\r\nc = 2\r\n",
    );
    check(
        "<a><v/><w>1</w><x></x></a>",
        "xml",
        &[("a.w", Some("2")), ("a.x", Some("3"))],
        "<a><v/><w>2</w><x>3</x></a>",
    );
}

#[test]
fn values_that_stand_there_are_left_alone() {
    let done = run("a: '1'\nb: \"1\"\n", "yaml", &[("*", Some("1"))]).unwrap();
    assert_eq!((done.text.as_str(), done.edits.len()), ("a: '1'\nb: \"1\"\n", 0));
    check("a: '1'\nb: \"2\"\n", "yaml", &[("*", Some("1"))], "a: '1'\nb: \"1\"\n");
}

#[test]
fn two_claims_on_one_place() {
    let twice = [("a", Some("2")), ("*", Some("2"))];
    refuse("a: 1\n", "yaml", &twice, "two locators claim one place: `yaml.a` and `yaml.*`");
    refuse("a: 2\n", "yaml", &twice, "two locators claim one place: `yaml.a` and `yaml.*`");
    check("a: 1\n", "yaml", &[("a", Some("2"))], "a: 2\n");
    refuse("a: 1\n", "yaml", &[("a", Some("2")), ("*", None)], "the splice would change `yaml.*` to `2`, not `1`");
}

#[test]
fn a_selector_on_what_changes() {
    let message = "the splice would change how often `yaml.[v=1].v` hits: 1 to 0";
    refuse("- v: 1\n", "yaml", &[("[v=1].v", Some("2"))], message);
}

#[test]
fn a_changed_number_of_hits() {
    let text = "a: 1\n";
    let mut part = part(text, "yaml", &[("a", Some("2"))]);
    part.wanted[0].push(None);
    let error = rewrite(text, &[part]).unwrap_err();
    assert_eq!(error.message, "`yaml.a` hits 1 times, and 2 were expected");
}

/// YAML whose encoder writes what it is told, to see that the proof does not trust encoders.
struct Careless;

impl Format for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }

    fn about(&self) -> &'static str {
        ""
    }

    fn check(&self, _: &str) -> Result<(), LocateError> {
        Ok(())
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        find_format("yaml").unwrap().read(text, locators, leaves)
    }

    fn encode(&self, _: &str, _: &Hit, value: &str) -> Result<String, LocateError> {
        Ok(value.replace("\\n", "\n"))
    }
}

#[track_caller]
fn caught(text: &str, value: &str, message: &str) {
    let wanted = vec![vec![Some(value.to_owned())]];
    let error = rewrite(text, &[Part { format: &Careless, locators: vec!["a"], wanted }]).unwrap_err();
    assert_eq!(error.message, message);
}

#[test]
fn the_proof_catches_a_careless_encoder() {
    caught(
        "a: v1\nb: 2\n",
        "1.10",
        "the splice would change the type of a value: `1.10` reads as something else in `careless`",
    );
    caught("a: v1\nb: 2\n", "x # y", "the splice would change `careless.a` to `x`, not `x # y`");
    caught("a: v1\nb: 2\n", "x\\nc: 1", "the splice would change `careless.a` to `x`, not `x\\nc: 1`");
    caught(
        "a: v1\nb: 2\n",
        "[x",
        "the splice would make the text unreadable: not valid YAML: illegal placement of ':' indicator",
    );
    caught("a: v1\nb: 2\n", "[x]", "the splice would make the text unreadable: `a` is a sequence, not a value");
    caught("a: v1\nb: 2\n", "&x x", "the splice would change `careless.a` to `x`, not `&x x`");
    caught("a: v1\nb: 2\n", "", "the splice would move `careless.a`");
    caught(
        "a: v1\nb: 2\n",
        "~",
        "the splice would change the type of a value: `~` reads as something else in `careless`",
    );
}

#[test]
fn formats_share_a_text() {
    let text = "a: 1.0.0\nb: 'x'\n";
    let parts = [part(text, "yaml", &[("a", Some("1.0.1"))]), part(text, "yaml", &[("b", Some("y"))])];
    assert_eq!(rewrite(text, &parts).unwrap().text, "a: 1.0.1\nb: 'y'\n");
}
