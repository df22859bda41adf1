//! TOML: what a locator hits, how a value is written, and what is refused.

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

#[track_caller]
fn refuse_write(text: &str, value: &str) {
    let hit = super::FORMAT.read(text, &["v"], false).unwrap().hits[0][0].clone();
    assert!(super::FORMAT.encode(text, &hit, value).unwrap_err().hint.is_some());
}

#[test]
fn paths() {
    check("[package]\nname = 'a'\nversion     = \"1.0\" # c\n", "package.version", &[("\"1.0\"", "1.0")]);
    check("a.b.c = 1\n[x.'y.z']\nv = 2\n", "a.b.c", &[("1", "1")]);
    check("a.b.c = 1\n[x.'y.z']\nv = 2\n", "x.'y.z'.v", &[("2", "2")]);
    check("t = { a = { v = '1' }, b = [1, { v = 3 }] }\n", "t.a.v", &[("'1'", "1")]);
    check("t = { a = { v = '1' }, b = [1, { v = 3 }] }\n", "t.b[1].v", &[("3", "3")]);
    check("d = 2024-05-01\nf = 1.5\nb = true\n", "*", &[("2024-05-01", "2024-05-01"), ("1.5", "1.5"), ("true", "true")]);
    check("[b]\nv = 1\n[a]\nv = 2\n[b.c]\nv = 3\n", "*.v", &[("1", "1"), ("2", "2")]);
    check("", "v", &[]);
}

#[test]
fn trap_16_package_by_name() {
    let lock = "version = 3\n\n[[package]]\nname = \"dep\"\nversion = \"1.0.0\"\n\n[[package]]\nversion = \"1.0.0\"\nname = \"app\"\n\
                dependencies = [\n \"dep\",\n]\n";
    check(lock, "package[name=app].version", &[("\"1.0.0\"", "1.0.0")]);
    let at = super::FORMAT.read(lock, &["package[name=app].version"], false).unwrap().hits[0][0].span.start;
    assert!(at > lock.rfind("[[package]]").unwrap());
    check(lock, "package[name=app].dependencies[0]", &[("\"dep\"", "dep")]);
    check(lock, "package.*.name", &[("\"dep\"", "dep"), ("\"app\"", "app")]);
    refuse(lock, "package", 13, "`package` is a sequence, not a value");
}

#[test]
fn trap_16_crlf_bom_literal_strings() {
    for (text, expected) in [
        ("\u{feff}d = \"🚀\"\r\n[p]\r\nv = '1.0'\r\n", "\u{feff}d = \"🚀\"\r\n[p]\r\nv = '1.10'\r\n"),
        ("[p]\nv\t=\t\"1.0\"\t# c", "[p]\nv\t=\t\"1.10\"\t# c"),
        ("[p]\nv = '''1.0'''\n", "[p]\nv = '''1.10'''\n"),
        ("[p]\nv = \"\"\"1.0\"\"\"\n", "[p]\nv = \"\"\"1.10\"\"\"\n"),
        ("p = {v=\"1.0\"}\r\n\r\n", "p = {v=\"1.10\"}\r\n\r\n"),
        ("p.v=\"\"", "p.v=\"1.10\""),
    ] {
        write(text, "p.v", "1.10", expected);
    }
    refuse("v = \"\"\"\n1.0\"\"\"\n", "v", 4, "the value is a string of several lines");
    refuse_write("v = '1'\n", "it's");
    write("v = \"1\"\n", "v", "a\"\\\u{1}", "v = \"a\\\"\\\\\\u0001\"\n");
}

#[test]
fn numbers_and_dates_keep_their_type() {
    write("v = 1\n", "v", "12", "v = 12\n");
    write("v = 1.5\n", "v", "1.6", "v = 1.6\n");
    write("v = 1.5\n", "v", "2.0", "v = 2.0\n");
    write("v = 2024-05-01\n", "v", "2024-06-02", "v = 2024-06-02\n");
    for (old, new) in [("1", "1.5"), ("1.5", "1.10"), ("1.5", "2"), ("1", "08"), ("true", "false"), ("1", "x"), ("1", "1.0")] {
        refuse_write(&format!("v = {old}\n"), new);
    }
}

#[test]
fn not_toml() {
    refuse("a = 1\na = 2\n", "a", 6, "not valid TOML: duplicate key");
    refuse("v = \n", "v", 4, "not valid TOML: string values must be quoted, expected literal string");
    refuse("a = 1\n<<<<<<< HEAD\n", "a", 6, "the file holds the marks of a merge conflict");
    refuse("\u{feff}v == 1\n", "v", 6, "not valid TOML: extra `=`, expected nothing");
    assert!(super::FORMAT.read(&format!("v = {}", "[".repeat(100_000)), &["v"], false).is_err());
    assert!(super::FORMAT.read(&format!("{}a = 1", "a.".repeat(100_000)), &["v"], false).is_err());
    assert!(super::FORMAT.read(&format!("[{}a]", "a.".repeat(100_000)), &["v"], false).is_err());
}
