//! Key paths: how they are written, and which are refused.

use super::{Path, Segment};

fn key(text: &str) -> Segment {
    Segment::Key(text.to_owned())
}

fn select(field: &[&str], value: &str) -> Segment {
    Segment::Select { field: field.iter().map(|text| key(text)).collect(), value: value.to_owned() }
}

#[track_caller]
fn check(locator: &str, segments: &[Segment], shown: &str) {
    let path = Path::parse(locator).unwrap();
    assert_eq!(path.segments(), segments);
    assert_eq!(path.to_string(), shown);
    assert_eq!(Path::parse(shown).unwrap(), path);
}

#[track_caller]
fn refuse(locator: &str, offset: usize, message: &str) {
    let error = Path::parse(locator).unwrap_err();
    assert_eq!((error.offset, error.message.as_str()), (Some(offset), message));
}

#[test]
fn keys() {
    check("image.tag", &[key("image"), key("tag")], "image.tag");
    check("version", &[key("version")], "version");
    check("a.\"b.c\".d", &[key("a"), key("b.c"), key("d")], "a.\"b.c\".d");
    check("a.'b.c'.d", &[key("a"), key("b.c"), key("d")], "a.\"b.c\".d");
    check("\"\"", &[key("")], "\"\"");
    check(r#""a\"\\b""#, &[key("a\"\\b")], r#""a\"\\b""#);
    check(
        "dependencies.@posthog/plugin-server",
        &[key("dependencies"), key("@posthog/plugin-server")],
        "dependencies.@posthog/plugin-server",
    );
    check("é.🚀", &[key("é"), key("🚀")], "é.🚀");
    check("'*'", &[key("*")], "\"*\"");
    check("project.@version", &[key("project"), key("@version")], "project.@version");
}

#[test]
fn indexes_and_any() {
    check("a[0].b", &[key("a"), Segment::Index(0), key("b")], "a[0].b");
    check("[12]", &[Segment::Index(12)], "[12]");
    check("a.*.b", &[key("a"), Segment::Any, key("b")], "a.*.b");
    check("a[*].b", &[key("a"), Segment::Any, key("b")], "a.*.b");
    check("*", &[Segment::Any], "*");
    check("a[0][1]", &[key("a"), Segment::Index(0), Segment::Index(1)], "a[0][1]");
}

#[test]
fn selectors() {
    check(
        "package[name=app].version",
        &[key("package"), select(&["name"], "app"), key("version")],
        "package[name=app].version",
    );
    check("[kind=Deployment].spec", &[select(&["kind"], "Deployment"), key("spec")], "[kind=Deployment].spec");
    check("[metadata.name=\"web\"]", &[select(&["metadata", "name"], "web")], "[metadata.name=web]");
    check("[ name = 'a]b' ]", &[select(&["name"], "a]b")], "[name=\"a]b\"]");
    check("[\"a.b\"=1.0]", &[select(&["a.b"], "1.0")], "[\"a.b\"=1.0]");
    check("[name=]", &[select(&["name"], "")], "[name=]");
    check("[0=x]", &[select(&["0"], "x")], "[0=x]");
    check("[a=b=c]", &[select(&["a"], "b=c")], "[a=b=c]");
}

#[test]
fn refused() {
    refuse("", 0, "the path is empty");
    refuse("a..b", 2, "a key is empty");
    refuse(".a", 0, "a key is empty");
    refuse("a.", 2, "a key is empty");
    refuse("a b", 1, "a dot is missing between two keys");
    refuse("a.[0]", 2, "a dot before `[`");
    refuse("a[0]b", 4, "a dot is missing between two keys");
    refuse("a]", 1, "a dot is missing between two keys");
    refuse("a[0", 1, "the bracket is not closed");
    refuse("a[name]", 2, "a selector without `=`");
    refuse("a[]", 2, "`]` can't stand in a key without quotes");
    refuse("a.\"b", 2, "the quote `\"` is not closed");
    refuse("\"a\\n\"", 3, "only `\\\"` and `\\\\` can be escaped");
    refuse("a*", 1, "a dot is missing between two keys");
    refuse("a[99999999999999999999999]", 2, "the index is too large");
}
