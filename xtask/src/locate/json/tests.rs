//! JSON: what a locator hits, how a value is written, and what is refused.

use super::super::Format;

#[track_caller]
fn check(text: &str, locator: &str, expected: &[(&str, &str)]) {
    let reading = super::FORMAT.read(text, &[locator], true).unwrap();
    let hits: Vec<_> = reading.hits[0].iter().map(|hit| (&text[hit.span.clone()], hit.value.as_str())).collect();
    assert_eq!(hits, expected);
}

#[track_caller]
fn refuse(text: &str, locator: &str, at: usize, message: &str) {
    let error = super::FORMAT.read(text, &[locator], false).unwrap_err();
    assert_eq!((error.offset, error.message.as_str()), (Some(at), message));
}

#[track_caller]
fn write(text: &str, locator: &str, value: &str, expected: &str) {
    let hit = super::FORMAT.read(text, &[locator], false).unwrap().hits.remove(0).remove(0);
    let bytes = super::FORMAT.encode(text, &hit, value).unwrap();
    let mut new = text.to_owned();
    new.replace_range(hit.span, &bytes);
    assert_eq!(new, expected);
    assert_eq!(super::FORMAT.read(&new, &[locator], false).unwrap().hits[0][0].value, value);
}

#[test]
fn paths() {
    check(r#"{"version": "1.10.5", "a": {"version": "2"}}"#, "version", &[("\"1.10.5\"", "1.10.5")]);
    check(r#"{"a": [{"n": "x", "v": 1}, {"v": 2, "n": "y"}]}"#, "a[n=y].v", &[("2", "2")]);
    check(r#"{"packages": {"": {"version": "1.0.0"}}}"#, "packages.\"\".version", &[("\"1.0.0\"", "1.0.0")]);
    check(r#"[1, [2, "3"]]"#, "[1][1]", &[("\"3\"", "3")]);
    check(r#"{"a\u00e9\ud83d\ude80": "x\ty"}"#, "aé🚀", &[("\"x\\ty\"", "x\ty")]);
    check(r#"{"a": true, "b": null, "c": -1.5e3}"#, "*", &[("true", "true"), ("null", "null"), ("-1.5e3", "-1.5e3")]);
    check("\"1.2\"", "version", &[]);
    check(r#"{"<<": {"a": 1}}"#, "a", &[]);
}

#[test]
fn trap_9_bom_line_ends_emoji() {
    for text in [
        "\u{feff}{\"d\": \"🚀\",\r\n\t\"version\":\t\"1.0.0\"\r\n}\r\n",
        "{\"d\": \"🚀\",\r\t\"version\" : \"1.0.0\"\r}",
        "\n\n{\"version\":\"1.0.0\"}",
    ] {
        check(text, "version", &[("\"1.0.0\"", "1.0.0")]);
        write(text, "version", "1.10", &text.replace("1.0.0", "1.10"));
    }
}

#[test]
fn comments_and_trailing_commas() {
    let text = "// a \"b\"\n{ /* {[ */ \"image\": \"a:1\", // c\n \"l\": [1, 2,], }\n/* end */";
    check(text, "image", &[("\"a:1\"", "a:1")]);
    check(text, "l[1]", &[("2", "2")]);
}

#[test]
fn trap_10_duplicate_keys() {
    refuse(r#"{"a": 1, "a": 2}"#, "a", 9, "the key `a` stands there twice");
    refuse(r#"{"a": {"x": 1}, "a": {"y": 2}}"#, "a.x", 16, "the key `a` stands there twice");
    check(r#"{"a": 1, "a": 2, "b": 3}"#, "b", &[("3", "3")]);
}

#[test]
fn trap_16_long_keys_and_depth() {
    let long = "k".repeat(5_000);
    check(&format!("{{\"{long}\": \"1\", \"v\": \"2\"}}"), "v", &[("\"2\"", "2")]);
    let deep = format!("{{\"a\": {}{}, \"v\": \"2\"}}", "[".repeat(200_000), "]".repeat(200_000));
    check(&deep, "v", &[("\"2\"", "2")]);
    let deep = format!("{}1{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
    check(&deep, &vec!["a"; 1_000].join("."), &[("1", "1")]);
}

#[test]
fn refused() {
    refuse("", "v", 0, "not valid JSON: the text is empty");
    refuse("{", "v", 1, "not valid JSON: the object is not closed");
    refuse("[1", "v", 2, "not valid JSON: the list is not closed");
    refuse("{} {}", "v", 3, "not valid JSON: text after the value");
    refuse("{\"a\" 1}", "v", 5, "not valid JSON: a colon is missing");
    refuse("{\"a\": }", "v", 6, "not valid JSON: a value is missing");
    refuse("{\"a\": 1 \"b\": 2}", "v", 8, "not valid JSON: a comma is missing");
    refuse("{a: 1}", "v", 1, "not valid JSON: a key in double quotes is missing");
    refuse("{\"a\": 01}", "v", 6, "not valid JSON: a value is missing");
    refuse("{\"a\": 'x'}", "v", 6, "not valid JSON: a value is missing");
    refuse("{\"a\": \"x\n\"}", "v", 8, "not valid JSON: a control character in a string");
    refuse("{\"a\": \"x", "v", 6, "not valid JSON: the string is not closed");
    refuse("{\"a\": \"\\x\"}", "v", 7, "not valid JSON: an escape that JSON does not know");
    refuse("{\"a\": \"\\u12é\"}", "v", 7, "not valid JSON: an escape without four digits");
    refuse("{\"a\": \"\\", "v", 7, "not valid JSON: an escape that JSON does not know");
    refuse("[,]", "v", 1, "not valid JSON: a value is missing");
    refuse("[1,,2]", "v", 3, "not valid JSON: a value is missing");
    refuse("[1}", "v", 2, "not valid JSON: a comma is missing");
    refuse("{]", "v", 1, "not valid JSON: a key in double quotes is missing");
    refuse("{} /* x", "v", 3, "not valid JSON: the comment is not closed");
    refuse("{\n<<<<<<< HEAD\n}", "v", 2, "the file holds the marks of a merge conflict");
    refuse("{\"v\": {}}", "v", 6, "`v` is a mapping, not a value");
}

#[test]
fn numbers_stay_numbers() {
    write("{\"v\": 7}", "v", "8", "{\"v\": 8}");
    write("{\"v\": 1.5}", "v", "1.6", "{\"v\": 1.6}");
    write("{\"v\": \"7\"}", "v", "a\"\\\u{1}", "{\"v\": \"a\\\"\\\\\\u0001\"}");
    for (text, value) in [("7", "1.10"), ("7", "1.2.3"), ("7", "08"), ("7", "1e3"), ("null", "1"), ("true", "1")] {
        let text = format!("{{\"v\": {text}}}");
        let hit = super::FORMAT.read(&text, &["v"], false).unwrap().hits[0][0].clone();
        assert!(super::FORMAT.encode(&text, &hit, value).unwrap_err().hint.is_some());
    }
}
