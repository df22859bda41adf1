//! XML: what a locator hits, how a value is written, and what is refused.

use super::super::Format;

#[track_caller]
fn check(text: &str, locator: &str, expected: &[&str]) {
    let reading = super::FORMAT.read(text, &[locator], true).unwrap();
    let hits: Vec<_> = reading.hits[0].iter().map(|hit| (&text[hit.span.clone()], hit.value.as_str())).collect();
    assert_eq!(hits, expected.iter().map(|value| (*value, *value)).collect::<Vec<_>>());
}

#[track_caller]
fn refuse(text: &str, locator: &str, at: usize, message: &str) {
    let error = super::FORMAT.read(text, &[locator], false).unwrap_err();
    assert_eq!((error.offset, error.message.as_str()), (Some(at), message));
    assert!(error.hint.is_some());
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

const POM: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\" xmlns:x=\"u\">\n  \
                   <parent><version>1.0</version></parent>\n  <!-- <version>0</version> -->\n  <version>\n    2.0\n  </version>\n  \
                   <dependencies>\n    <dependency><version>3.0</version><artifactId>lib</artifactId></dependency>\n    \
                   <dependency><artifactId>app</artifactId><version>4.0</version></dependency>\n  </dependencies>\n  \
                   <x:plugin x:version='5.0' id=\"p\"/>\n</project>\n";

#[test]
fn elements() {
    check(POM, "project.version", &["2.0"]);
    check(POM, "project.parent.version", &["1.0"]);
    check(POM, "project.*.version", &["1.0"]);
    check(POM, "project.dependencies.dependency.version", &["3.0", "4.0"]);
    check(POM, "project.dependencies.dependency[artifactId=app].version", &["4.0"]);
    check(POM, "project.dependencies[dependency.artifactId=app].dependency[artifactId=lib].version", &["3.0"]);
    check(POM, "version", &[]);
    check(POM, "other.version", &[]);
}

#[test]
fn attributes() {
    check(POM, "project.plugin.@version", &["5.0"]);
    check(POM, "project.plugin[@id=p].@version", &["5.0"]);
    check(POM, "project.plugin[@id=q].@version", &[]);
    check("<a version=\"1\"/>", "@version", &["1"]);
    check("<a version=\"1\"/>", "a.@version", &["1"]);
    let csproj = "<Project Sdk=\"x\">\r\n  <PropertyGroup>\r\n    <Version>1.0.0</Version>\r\n  </PropertyGroup>\r\n</Project>\r\n";
    write(csproj, "Project.PropertyGroup.Version", "1.1.0", &csproj.replace("1.0.0", "1.1.0"));
    write("<a v='1'/>", "a.@v", "2", "<a v='2'/>");
}

#[test]
fn trap_9_bom_crlf_emoji_no_newline() {
    let text = "\u{feff}<a>\r\n<d>🚀</d><v>\t1.0\r\n</v></a>";
    write(text, "a.v", "1.10", &text.replace("1.0", "1.10"));
    refuse("\u{feff}<a><é></a>", "a", 10, "not valid XML: expected 'é' tag, not 'a' at 1:7");
}

#[test]
fn trap_11_empty_element() {
    write("<a><v></v></a>", "a.v", "1", "<a><v>1</v></a>");
    write("<a><v x='>'> <!-- c --></v></a>", "a.v", "1", "<a><v x='>'> <!-- c -->1</v></a>");
    write("<a v=\"\"/>", "a.@v", "1", "<a v=\"1\"/>");
    refuse("<a><v/></a>", "a.v", 7, "`a.v` is an element without a text");
}

#[test]
fn refused() {
    let plainly = "the value is written with entities, CDATA or comments in it";
    refuse("<a><v>1&amp;2</v></a>", "a.v", 6, plainly);
    refuse("<a><v><![CDATA[1]]></v></a>", "a.v", 6, plainly);
    refuse("<a><v>1<![CDATA[1]]></v></a>", "a.v", 6, plainly);
    refuse("<a><v>1<!-- c -->2</v></a>", "a.v", 6, plainly);
    refuse("<a><v><![CDATA[1]]>2</v></a>", "a.v", 6, plainly);
    refuse("<a v='&#49;'/>", "a.@v", 6, plainly);
    refuse("<a><v>1</v></a>", "a", 0, "`a` has elements in it, not a value");
    refuse("<!DOCTYPE a [<!ENTITY v '1'>]>\n<a><v>&v;</v></a>", "a.v", 0, "the file has a DTD, which is not read");
    refuse("<a>\n<<<<<<< HEAD\n</a>", "a", 4, "the file holds the marks of a merge conflict");
    for (locator, message) in [
        ("a[0]", "elements have no index in an `xml` path"),
        ("@v.a", "the attribute `@v` is not at the end of the path"),
        ("x:a", "`x:a` has a namespace prefix"),
    ] {
        assert_eq!(super::FORMAT.check(locator).unwrap_err().message, message);
    }
}

#[test]
fn depth_is_no_danger() {
    let deep = format!("{}1{}", "<a>".repeat(20_000), "</a>".repeat(20_000));
    let _ = super::FORMAT.read(&deep, &["a.a"], true);
}

#[test]
fn values_that_xml_would_escape_are_refused() {
    let hit = super::FORMAT.read("<v>1</v>", &["v"], false).unwrap().hits[0][0].clone();
    for value in ["a&b", "a<b", " 1", "a\nb"] {
        assert!(super::FORMAT.encode("<v>1</v>", &hit, value).unwrap_err().hint.is_some());
    }
}
