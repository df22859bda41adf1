//! `spec`: the recipe of an RPM package.
//!
//! A locator is a tag, `Version` for the `1.108.0` of `Version: 1.108.0`, or a macro, `app_version` for
//! `%global app_version 1.108.0`; `%app_version` is the macro and never a tag. Tags count before the first section
//! only, macros up to `%changelog`; a tag in both branches of an `%if` hits twice. The value is the rest of the line.

use std::ops::Range;

use super::lines::{Line, Sink, lines, trim, trimmed};
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: Spec = Spec;

/// The recipe of an RPM package.
#[derive(Debug)]
pub struct Spec;

impl Format for Spec {
    fn name(&self) -> &'static str {
        "spec"
    }

    fn about(&self) -> &'static str {
        "a tag or macro of an RPM spec file: `Version` finds `Version: 1.108.0`, `%ver` finds `%global ver 1.108.0`"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        let name = locator.strip_prefix('%').unwrap_or(locator);
        if !name.is_empty() && name.bytes().all(is_name) && !name.as_bytes()[0].is_ascii_digit() {
            return Ok(());
        }
        Err(LocateError::new(format!("`{locator}` is not a tag or macro of a spec file"))
            .hint("write the tag without its colon, `Version`, or the macro with a percent sign, `%app_version`"))
    }

    fn read(&self, text: &str, locators: &[&str], leaves: bool) -> Result<Reading, LocateError> {
        let mut sink = Sink::new(locators, leaves);
        let mut preamble = true;
        for line in lines(text) {
            match section(line.text) {
                Some("changelog") => break,
                Some(_) => preamble = false,
                None => read_line(text, line, preamble, &mut sink),
            }
        }
        sink.finish()
    }

    fn encode(&self, text: &str, hit: &Hit, value: &str) -> Result<String, LocateError> {
        trimmed(value)?;
        let before = text[..hit.span.start].rsplit(['\r', '\n', '\u{feff}']).next().unwrap_or_default();
        let dash = value.contains('-') && !hit.value.contains('-');
        if dash && tag_name(before).is_some_and(|tag| ["version", "release"].contains(&&*tag.to_ascii_lowercase())) {
            return Err(LocateError::new(format!("`{value}` holds `-`, which RPM refuses in a version"))
                .hint("use the RPM spelling in the template: `{app:rpm}`"));
        }
        if value.ends_with('\\') {
            return Err(
                LocateError::new(format!("`{value}` ends with a backslash")).hint("it would join the next line")
            );
        }
        Ok(value.to_owned())
    }
}

const SECTIONS: &[&str] = &[
    "description",
    "package",
    "prep",
    "generate_buildrequires",
    "conf",
    "build",
    "install",
    "check",
    "clean",
    "files",
    "changelog",
    "pre",
    "post",
    "preun",
    "postun",
    "pretrans",
    "posttrans",
    "preuntrans",
    "postuntrans",
    "verifyscript",
    "sourcelist",
    "patchlist",
    "triggerprein",
    "triggerin",
    "triggerun",
    "triggerpostun",
    "filetriggerin",
    "filetriggerun",
    "filetriggerpostun",
    "transfiletriggerin",
    "transfiletriggerun",
    "transfiletriggerpostun",
];

/// The name of the section that this line begins.
fn section(line: &str) -> Option<&str> {
    let rest = line.strip_prefix('%')?;
    let name = &rest[..rest.bytes().take_while(|&byte| is_name(byte)).count()];
    SECTIONS.contains(&name).then_some(name)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The tag whose name stands before the first colon of a line.
fn tag_name(line: &str) -> Option<&str> {
    let name = line.split_once(':')?.0.trim();
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

fn read_line(text: &str, line: Line<'_>, preamble: bool, sink: &mut Sink<'_>) {
    let end = line.start + line.text.len();
    if let Some((name, start)) = macro_name(line) {
        let is = |locator: &str| locator.strip_prefix('%').unwrap_or(locator) == name;
        return site(text, name, trim(text, start..end), sink, is);
    }
    let Some(name) = tag_name(line.text).filter(|_| preamble) else { return };
    let colon = line.start + line.text.find(':').unwrap_or_default();
    site(text, name, trim(text, colon + 1..end), sink, |locator| locator.eq_ignore_ascii_case(name));
}

/// The name that a `%global` or `%define` gives, and the offset behind it; macros with parameters are none.
fn macro_name(line: Line<'_>) -> Option<(&str, usize)> {
    let body = line.text.trim_start();
    let rest = body.strip_prefix("%global").or_else(|| body.strip_prefix("%define"))?;
    let name = rest.trim_start();
    let length = name.bytes().take_while(|&byte| is_name(byte)).count();
    let after = &name[length..];
    let whole = rest.starts_with([' ', '\t']) && length > 0 && after.starts_with([' ', '\t']);
    whole.then(|| (&name[..length], line.start + line.text.len() - after.len()))
}

fn site(text: &str, name: &str, span: Range<usize>, sink: &mut Sink<'_>, is: impl Fn(&str) -> bool) {
    let raw = &text[span.clone()];
    if raw.starts_with('%') || raw.ends_with('\\') || raw.is_empty() {
        let why = LocateError::new(format!("`{name}` has no value of its own: `{raw}`"));
        return sink.refuse(span, raw, why.hint("name the macro in which the version stands: `%app_version`"), is);
    }
    sink.site(span, b's', raw, is);
}

#[cfg(test)]
mod tests {
    use super::FORMAT;
    use crate::locate::lines::testing;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: &[&str]) {
        testing::check(&FORMAT, text, locator, expected);
    }

    const VMUTILS: &str = "%ifarch aarch64\n%define release_arch arm64\n%else\n%define release_arch amd64\n%endif\n\
        \nName: vmutils\nVersion: 1.108.0\nRelease: 1\nSummary: Version: 9 🚀\nURL: https://example.com/v%{version}/\
        vmutils-linux-%{release_arch}-v%{version}.tar.gz\n\n%description\nVersion: 1.0.0 of é\n%global late 3.0\n\
        %package sub\nVersion: 4\n%changelog\n* Mon May 13 2024 Denys <d@example.com>\n- Version: 5\n%define late 6\n";

    #[test]
    fn tags_and_macros() {
        check(VMUTILS, "Version", &["1.108.0"]);
        check(VMUTILS, "version", &["1.108.0"]);
        check(VMUTILS, "Release", &["1"]);
        check(VMUTILS, "release_arch", &["arm64", "amd64"]);
        check(VMUTILS, "%late", &["3.0"]);
        check(VMUTILS, "late", &["3.0"]);
        check(VMUTILS, "%Version", &[]);
        check("VERSION:\t\t1.0~rc1  \nRelease:        1%{?dist}\n", "Version", &["1.0~rc1"]);
        check("Release:        1%{?dist}\n", "Release", &["1%{?dist}"]);
        check("Version : 1.0\n", "Version", &["1.0"]);
        check("%if 0\nVersion: 1.0\n%else\nVersion: 2.0\n%endif\n", "Version", &["1.0", "2.0"]);
        check("  %global  ver   v0.6.0-victorialogs\nVersion: %{ver}\n", "ver", &["v0.6.0-victorialogs"]);
        check("%global version 1.2.3\nVersion: %{version}\n", "version", &["1.2.3"]);
        check("#Version: 1\n# %define v 1\n%%define v 1\n%defined v 1\n", "v", &[]);
        check("%define v() 1\n%define f(x) 2\n", "v", &[]);
    }

    #[test]
    fn values_of_other_macros_are_not_entered() {
        testing::refuses(&FORMAT, "%global app 1\nVersion: %{app}\n", "Version", "%app_version");
        testing::refuses(&FORMAT, "%global app \\\n  1\n", "app", "no value");
        testing::refuses(&FORMAT, "Version:\nRelease: 1\n", "Version", "no value");
    }

    #[test]
    fn what_rpm_refuses_is_refused() {
        for value in ["", "1.0-rc1", "1 ", "1\n2", "1\\"] {
            testing::bad_value(&FORMAT, "\u{feff}Version: 1.0\n", "Version", value);
        }
        testing::encodes(&FORMAT, "%global v 1\r\n", "v", "1.0-rc1", "%global v 1.0-rc1\r\n");
        testing::encodes(&FORMAT, "Version: 1-a\n", "Version", "1-b", "Version: 1-b\n");
    }

    #[test]
    fn locators() {
        for bad in ["", "%", "Version:", "%{version}", "a b", "1a", "é"] {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn any_text_is_survived() {
        let pieces = ["Version:", "%global v 1", "%define ", "%prep", "%changelog", "%", "v", "Version: 1\n"];
        testing::torture(&FORMAT, &["Version", "v", "%v"], &pieces);
    }
}
