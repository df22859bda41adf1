//! YAML: what a locator hits, how a value is written, and what is refused.

use super::super::{Format, find_format};
use super::scalar::kind;

/// The hits of one locator, as the bytes of their spans and their values.
fn hits(text: &str, locator: &str) -> Vec<(String, String)> {
    let reading = find_format("yaml").unwrap().read(text, &[locator], true).unwrap();
    reading.hits[0].iter().map(|hit| (text[hit.span.clone()].to_owned(), hit.value.clone())).collect()
}

#[track_caller]
fn check(text: &str, locator: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected.iter().map(|(raw, value)| (raw.to_string(), value.to_string())).collect();
    assert_eq!(hits(text, locator), expected);
}

#[track_caller]
fn refuse(text: &str, locator: &str, message: &str) {
    let error = super::FORMAT.read(text, &[locator], false).unwrap_err();
    assert_eq!(error.message, message);
    assert!(error.offset.is_some() && error.hint.is_some(), "{error:?}");
}

/// Writes `value` at the one hit and expects this text.
#[track_caller]
fn write(text: &str, locator: &str, value: &str, expected: &str) {
    let hit = super::FORMAT.read(text, &[locator], false).unwrap().hits.remove(0).remove(0);
    let bytes = super::FORMAT.encode(text, &hit, value).unwrap();
    let mut new = text.to_owned();
    new.replace_range(hit.span, &bytes);
    assert_eq!(new, expected);
    let again = super::FORMAT.read(&new, &[locator], false).unwrap().hits.remove(0).remove(0);
    assert_eq!(again.value, value);
}

#[test]
fn keys_and_elements() {
    check("version: 1.4.17\nappVersion: 1.26.0\n", "version", &[("1.4.17", "1.4.17")]);
    check("image:\n  tag: release-1.26.0\nother:\n  tag: v1\n", "image.tag", &[("release-1.26.0", "release-1.26.0")]);
    check("a:\n- b: 1\n- b: 2\n", "a[1].b", &[("2", "2")]);
    check("a:\n- b: 1\n- b: 2\n", "a.*.b", &[("1", "1"), ("2", "2")]);
    check("x: {a: {v: 1}, b: {v: '2'}}\n", "x.*.v", &[("1", "1"), ("'2'", "2")]);
    check("a: 1\n", "b", &[]);
    check("a: 1\n", "a.b", &[]);
    check("- 1\n- [2, 3]\n", "[1][0]", &[("2", "2")]);
    check("\"a.b\": \"x\\ty\"\n", "'a.b'", &[("\"x\\ty\"", "x\ty")]);
    check("? [complex, key]\n: v\nb: 1\n", "b", &[("1", "1")]);
    check("? {b: 3}\n: v\nb: 1\n", "b", &[("1", "1")]);
    check("? {b: 3}\n: {b: 4}\n", "*.b", &[]);
}

#[test]
fn selector_before_and_after_the_target() {
    let text = "containers:\n- name: web\n  image: a:1\n- image: b:2\n  name: job\n- image: c:3\n- plain\n- [name, job]\n";
    check(text, "containers[name=web].image", &[("a:1", "a:1")]);
    check(text, "containers[name=job].image", &[("b:2", "b:2")]);
    check(text, "containers[name=none].image", &[]);
    let nested = "- spec: {v: 1}\n  metadata: {name: web}\n- metadata: {name: db}\n  spec: {v: 2}\n";
    check(nested, "[metadata.name=web].spec.v", &[("1", "1")]);
    check(nested, "[metadata.name=db][spec.v=2].spec.v", &[("2", "2")]);
    check(nested, "[metadata.name=db][spec.v=1].spec.v", &[]);
    check("a: {name: &n web, v: 1}\nb: {v: 2, name: *n}\n", "*[name=web].v", &[("1", "1"), ("2", "2")]);
}

#[test]
fn selector_picks_the_document() {
    let text = "kind: Service\nspec: {v: 1}\n---\nspec: {v: 2}\nkind: Deployment\n---\n---\n- kind: Deployment\n  spec: {v: 3}\n";
    check(text, "[kind=Deployment].spec.v", &[("2", "2"), ("3", "3")]);
    check(text, "spec.v", &[("1", "1"), ("2", "2")]);
}

#[test]
fn trap_1_comment_after_quoted_empty_value() {
    let text = "image:\n  tag: \"\" # rewrites Chart.AppVersion\n";
    check(text, "image.tag", &[("\"\"", "")]);
    write(text, "image.tag", "v1.2", "image:\n  tag: \"v1.2\" # rewrites Chart.AppVersion\n");
}

#[test]
fn trap_2_anchored_scalar_and_alias() {
    let text = "port: &name http # c\nother: *name\ndeep: &d\n  v: 1\nvia: *d\n";
    check(text, "port", &[("http", "http")]);
    write(text, "port", "grpc", &text.replace("http", "grpc"));
    refuse(text, "other", "the path goes through the alias `*name`");
    refuse(text, "via.v", "the path goes through the alias `*d`");
    check(text, "via.none", &[]);
    check(text, "deep.v", &[("1", "1")]);
}

#[test]
fn trap_3_anchor_followed_by_comments() {
    let text = "a: &x # one\n  # two\n  b: 1\nc: &y # three\n  # four\n  \"2\"\n";
    check(text, "a.b", &[("1", "1")]);
    check(text, "c", &[("\"2\"", "2")]);
}

#[test]
fn trap_4_crd_of_66794_lines() {
    let mut text = String::from("spec:\n  versions:\n");
    for index in 0..11_132 {
        text.push_str(&format!("  - name: v{index}\n    schema:\n      description: |-\n        Line one.\n        Line: two.\n      type: object\n"));
    }
    check(&text, "spec.versions[name=v11000].schema.type", &[("object", "object")]);
}

#[test]
fn trap_5_block_scalar_at_the_end_without_newline() {
    let text = "version: 1.0.0\nnotes: |\n  first\n  last";
    write(text, "version", "1.0.1", "version: 1.0.1\nnotes: |\n  first\n  last");
    write("v: |\n  1.0.0", "v", "1.0.1", "v: |\n  1.0.1");
}

#[test]
fn trap_6_closing_brace_at_the_parents_indent() {
    let text = "a: {\n  b: 1.0.0,\n  c: 2\n}\nd:\n  e: {\n    f: x\n  }\n  g: [\n  ]\nh: 3.0.0\n";
    check(text, "a.b", &[("1.0.0", "1.0.0")]);
    check(text, "d.e.f", &[("x", "x")]);
    check(text, "h", &[("3.0.0", "3.0.0")]);
}

#[test]
fn trap_7_pair_in_a_flow_sequence() {
    let text = "imagePullSecrets: [name: secret]\ntag: v1\n";
    check(text, "imagePullSecrets[0].name", &[("secret", "secret")]);
    check(text, "imagePullSecrets[name=secret].name", &[("secret", "secret")]);
    check(text, "tag", &[("v1", "v1")]);
    check("{y, tag: , z: 'q'}", "z", &[("'q'", "q")]);
}

#[test]
fn trap_8_emoji_before_the_value() {
    let text = "description: 🚀 fast – ☕\nappVersion: \"1.2.3\" # 🎉\nfléche: v1\n";
    check(text, "appVersion", &[("\"1.2.3\"", "1.2.3")]);
    check(text, "fléche", &[("v1", "v1")]);
    write(text, "appVersion", "2.0.0", &text.replace("1.2.3", "2.0.0"));
}

#[test]
fn trap_9_bom_line_ends_tabs_documents() {
    for (text, expected) in [
        ("\u{feff}tag: v1\n", "\u{feff}tag: v2\n"),
        ("\u{feff}# c\r\n---\r\ntag: v1\r\n", "\u{feff}# c\r\n---\r\ntag: v2\r\n"),
        ("a: 1\r\ntag: v1\r\nb: 2\r\n", "a: 1\r\ntag: v2\r\nb: 2\r\n"),
        ("a: 1\rtag: v1\rb: 2\r", "a: 1\rtag: v2\rb: 2\r"),
        ("a: 1\r\ntag: v1\nb: 2\r", "a: 1\r\ntag: v2\nb: 2\r"),
        ("tag: v1\t\nb: 1\t# c\n", "tag: v2\t\nb: 1\t# c\n"),
        ("tag:\tv1", "tag:\tv2"),
        ("---\n---\n--- \ntag: v1\n...\n---\n", "---\n---\n--- \ntag: v2\n...\n---\n"),
        ("tag: 'v1'\r\n", "tag: 'v2'\r\n"),
        ("a: |\r\n  x\r\ntag: v1", "a: |\r\n  x\r\ntag: v2"),
    ] {
        check(text, "tag", &[(if text.contains('\'') { "'v1'" } else { "v1" }, "v1")]);
        write(text, "tag", "v2", expected);
    }
    check("", "tag", &[]);
    check("\u{feff}", "tag", &[]);
    check("# only\n", "tag", &[]);
    check("---\n---\n", "tag", &[]);
}

#[test]
fn trap_10_duplicate_keys_are_refused_on_the_way_only() {
    let text = "tag: v1\na:\n  tag: v1\n  tag: v2\nb: {v: 1}\nb: {w: 1}\n";
    refuse(text, "a.tag", "the key `tag` stands there twice");
    refuse(text, "b.v", "the key `b` stands there twice");
    refuse(text, "a.*", "the key `tag` stands there twice");
    refuse("- {name: a, name: b, v: 1}\n", "[name=a].v", "the key `name` stands there twice");
    check(text, "tag", &[("v1", "v1")]);
    check("- {name: a, v: 1}\n- {name: b, v: 1, v: 2}\n", "[name=a].v", &[("1", "1")]);
}

#[test]
fn trap_10_a_value_that_only_a_merge_brings() {
    let text = "base: &base\n  image: {tag: v1}\n  other: 1\nmore: &more\n  <<: *base\nweb:\n  <<: *base\n  port: 1\n\
                all:\n  <<: [*more]\ninline:\n  <<: {k: 1}\n";
    refuse(text, "web.image.tag", "the value stands only in the merged anchor `&base`");
    refuse(text, "all.image.tag", "the value stands only in the merged anchor `&more`");
    refuse(text, "inline.k", "the value stands only in a mapping merged by `<<`");
    check(text, "web.port", &[("1", "1")]);
    check(text, "web.none", &[]);
    check(text, "base.image.tag", &[("v1", "v1")]);
    check("a: &a {v: 1}\nb:\n  v: 2\n  <<: *a\n", "b.v", &[("2", "2")]);
    check("a: &a {v: 1}\nb:\n  <<: *a\nc: {w: 3}\n", "*.w", &[("3", "3")]);
    check("a: &a\n  <<: *a\n", "a.v", &[]);
}

#[test]
fn trap_11_empty_value() {
    for (text, expected) in [
        ("tag:\nb: 1\n", "tag: v1\nb: 1\n"),
        ("tag: # c\n", "tag: v1 # c\n"),
        ("tag:", "tag: v1"),
        ("tag: \n", "tag: v1 \n"),
        ("tag :\n", "tag : v1\n"),
        ("tag: &a\nb: *a\n", "tag: &a v1\nb: *a\n"),
        ("tag: !!str\n", "tag: !!str v1\n"),
        ("{tag: , b: 1}\n", "{tag: v1 , b: 1}\n"),
        ("{\"tag\":}\n", "{\"tag\": v1}\n"),
        ("tag:\r\nb: 1\r\n", "tag: v1\r\nb: 1\r\n"),
        ("? tag\n:\nb: 1\n", "? tag\n: v1\nb: 1\n"),
    ] {
        check(text, "tag", &[("", "")]);
        write(text, "tag", "v1", expected);
    }
    write("a:\n-\n- b\n", "a[0]", "v1", "a:\n- v1\n- b\n");
    write("a:\n- \n- b\n", "a[0]", "v1", "a:\n- v1\n- b\n");
    write("tag:\n", "tag", "1.10", "tag: \"1.10\"\n");
    refuse("{tag, b: 1}\n", "tag", "the key has neither a colon nor a value");
    check("tag: ~\n", "tag", &[("~", "~")]);
}

#[test]
fn trap_12_block_scalar_span_is_the_content() {
    check("v: |\n  1.2.3\nb: 1\n", "v", &[("1.2.3", "1.2.3")]);
    check("v: >-  # c\n    1.2.3\n\n\nb: 1\n", "v", &[("1.2.3", "1.2.3")]);
    write("v: >- # c\r\n  1.2.3\r\nb: 1\r\n", "v", "1.10", "v: >- # c\r\n  1.10\r\nb: 1\r\n");
    write("v: |\n  \"1.2.3\"\n", "v", "'x'", "v: |\n  'x'\n");
    write("v:\n  1.2.3\n", "v", "1.10", "v:\n  \"1.10\"\n");
    refuse("v: |\n  one\n  two\n", "v", "the value is a block of several lines");
    refuse("v: |\n\n  one\n", "v", "the value is a block of several lines");
    refuse("v: |\nb: 1\n", "v", "the value is a block of several lines");
}

#[test]
fn trap_13_a_plain_value_that_reads_as_something_else_is_quoted() {
    for value in [
        "1.10", "1e3", "1E5", "08", "no", "yes", "on", "off", "y", "N", "true", "null", "~", "1:30", "2024-05-01", "0x1f",
        "0o7", "1_000", ".5", "+1", "1.", "-1", ".inf", ".NaN", "a: b", "a #b", "a:", "a,b", "a]b", "a}", "{x", "#a", "&a",
        "*a", "!a", "|", ">", "%a", "@a", "`a", "- a", "-a", "? a", "", " a", "a ", "=", "<<", "---", "...", "\"a", "1", "1.5",
        "0b1", "0.0", "12", "20240501",
    ] {
        write("tag: v1 # c\n", "tag", value, &format!("tag: \"{}\" # c\n", value.replace('"', "\\\"")));
    }
    for value in ["1.2.3", "v1.2", "0b3", "0.dev0", "release-1.0", "a:b", "a#b", "1.0.0-rc.1+b", "host:5000/x:1", "<1", "~1"] {
        write("tag: v1 # c\n", "tag", value, &format!("tag: {value} # c\n"));
        write("[v1, b]\n", "[0]", value, &format!("[{value}, b]\n"));
    }
}

#[test]
fn trap_13_quotes_in_the_style_of_the_file() {
    write("a: 'x'\nb: \"y\"\nc: 'z'\ntag: v1\n", "tag", "1.10", "a: 'x'\nb: \"y\"\nc: 'z'\ntag: '1.10'\n");
    write("a: 'x'\nb: \"y\"\ntag: v1\n", "tag", "1.10", "a: 'x'\nb: \"y\"\ntag: \"1.10\"\n");
    write("tag: 'v1'\n", "tag", "it's", "tag: 'it''s'\n");
    write("tag: \"v1\"\n", "tag", "a\"b\\c\n", "tag: \"a\\\"b\\\\c\\u000A\"\n");
    let hit = super::FORMAT.read("tag: 'v1'\n", &["tag"], false).unwrap().hits[0][0].clone();
    assert!(super::FORMAT.encode("tag: 'v1'\n", &hit, "a\nb").is_err());
}

#[test]
fn trap_13_numbers_stay_numbers_while_they_read_back() {
    write("version: 1.0\n", "version", "1.1", "version: 1.1\n");
    write("HA_SHORT_VERSION: 2022.5\n", "HA_SHORT_VERSION", "2022.6", "HA_SHORT_VERSION: 2022.6\n");
    write("HA_SHORT_VERSION: 2022.9\n", "HA_SHORT_VERSION", "2022.10", "HA_SHORT_VERSION: \"2022.10\"\n");
    write("mathesar_version: 0.10\n", "mathesar_version", "0.11", "mathesar_version: 0.11\n");
    write("mathesar_version: 0.10\n", "mathesar_version", "0.20", "mathesar_version: \"0.20\"\n");
    write("major: 0\n", "major", "1", "major: 1\n");
    write("major: 9\n", "major", "010", "major: \"010\"\n");
    write("v: 1\n", "v", "1.5", "v: \"1.5\"\n");
    write("v: 1.5\n", "v", "2.0", "v: \"2.0\"\n");
    write("date: 2020-02-10\n", "date", "2020-02-11", "date: 2020-02-11\n");
    write("v: 1.0.0\n", "v", "1.1", "v: \"1.1\"\n");
    write("v: no\n", "v", "yes", "v: \"yes\"\n");
}

#[test]
fn trap_14_go_templates() {
    refuse("{{- if .Values.x }}\nversion: 1\n{{- end }}\n", "version", "the file is a Go template, not YAML");
    refuse("x: {{ .Values.y }}\n", "x", "the file is a Go template, not YAML");
    check("x: {{ .Values.y }}\nv: 1.0.0\n", "v", &[("1.0.0", "1.0.0")]);
    check("x: \"{{ .Values.y }}\"\nv: 1.0.0\n", "x", &[("\"{{ .Values.y }}\"", "{{ .Values.y }}")]);
    refuse("a: [1\n", "a", "not valid YAML: unclosed bracket '['");
}

#[test]
fn not_a_scalar() {
    refuse("image:\n  tag: v1\n", "image", "`image` is a mapping, not a value");
    refuse("a: {list: [1]}\n", "a.list", "`a.list` is a sequence, not a value");
    refuse("- {name: x}\n", "[name=x]", "`[name=x]` is a mapping, not a value");
    refuse("<<<<<<< HEAD\nv: 1\n=======\nv: 2\n>>>>>>> other\n", "v", "the file holds the marks of a merge conflict");
}

#[test]
fn kinds_of_plain_scalars() {
    for (letter, texts) in [
        ('s', "a v1 1.2.3 0b3 0.dev0 - . + -. 1.2.3-rc 0x 0xg 1e e3 2024-13-1-1 1:a nope yess <1 ~1 1-2-3 20240501a"),
        ('i', "0 7 08 -1 +1 1_000 0x1F 0o17 0b101 20240501"),
        ('f', "1.5 .5 1. 1.10 1e3 1.0E+5 -2.5e-3 .inf -.INF .NaN 0.0"),
        ('b', "true False YES no On off y N"),
        ('n', "null Null ~"),
        ('d', "2024-05-01 2024-5-1 2024-05-01T10:00:00Z"),
        ('x', "1:30 190:20:30 1:30.5"),
        ('m', "<< ="),
    ] {
        for text in texts.split(' ') {
            assert_eq!(char::from(kind(text)), letter, "{text}");
        }
    }
    assert_eq!(kind(""), b'n');
}

#[test]
fn leaves_are_all_scalars_with_their_types() {
    let leaves = |text: &str| super::FORMAT.read(text, &[], true).unwrap().leaves;
    let plain = leaves("a: 1.10\nb: [x, *y]\n".replace("*y", "&y z, *y").as_str());
    assert_eq!(plain.len(), 6);
    assert_ne!(leaves("a: 1.10\n")[1].print, leaves("a: \"1.10\"\n")[1].print);
    assert_eq!(leaves("a: x\n")[1].print, leaves("a: \"x\"\n")[1].print);
    assert_ne!(leaves("a: !!str 1\n")[1].print, leaves("a: 1\n")[1].print);
    assert_eq!(leaves("tag:\n")[1].span, 4..4);
}
