//! A version kept apart: MAJOR, MINOR and PATCH on neighbouring lines, in any language.
//!
//! ```text
//! #define X_VERSION_MAJOR 1     set(X_VERSION_MAJOR 1)     VERSION_MAJOR="17"     major = 1
//! #define X_VERSION_MINOR 2     set(X_VERSION_MINOR 2)     VERSION_MINOR="2"      minor = 2
//! #define X_VERSION_PATCH 3     set(X_VERSION_PATCH 3)     VERSION_SUFFIX=""      patch = 3
//!
//! m4_define([x_major_version], [1])
//! ```

use std::ops::Range;

use super::{place, token};

/// Words for the third number.
const PATCH: &[&str] = &["patch", "micro", "build", "revision", "maintenance", "bugfix", "release", "point"];

/// Words for the pre-release.
const PRE: &[&str] = &["suffix", "prerelease", "pre_release", "pre", "extra"];

/// How many lines further the last of them may stand.
const NEAR: usize = 12;

/// A version in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// The name of the first part before its word: `x_version_`, in lower case; often empty.
    pub stem: String,
    /// Major, minor, patch: the digits themselves.
    pub numbers: [Range<usize>; 3],
    /// What stands in the pre-release's quotes, which may be nothing.
    pub pre: Option<Range<usize>>,
}

/// A line that gives a number to a name.
struct Line<'t> {
    /// The line, in lower case, without the number.
    mask: String,
    name: &'t str,
    value: Range<usize>,
}

/// Every version in parts of a text, in order.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let lines: Vec<(usize, &str)> = place::lines(text).collect();
    let majors = (0..lines.len()).filter(|&at| lines[at].1.len() < 200 && contains(lines[at].1, "major"));
    majors.filter_map(|at| group(text, &lines[at..])).collect()
}

fn group(text: &str, lines: &[(usize, &str)]) -> Option<Group> {
    let near: Vec<Line> = lines.iter().take(NEAR).filter_map(|(start, line)| assignment(*start, line)).collect();
    let major = near.first().filter(|line| contains(line.name, "major"))?;
    let like = |line: &Line, word: &str| {
        contains(line.name, word)
            && line.mask == major.mask.replacen("major", word, major.mask.matches("major").count())
    };
    let number = |words: &[&str]| {
        let digits =
            |line: &&Line| text[line.value.clone()].bytes().all(|b| b.is_ascii_digit()) && !line.value.is_empty();
        near.iter().filter(digits).find(|line| words.iter().any(|word| like(line, word))).map(|line| line.value.clone())
    };
    let numbers = [number(&["major"])?, number(&["minor"])?, number(PATCH)?];
    if numbers[0] != major.value {
        return None;
    }
    let pre = near.iter().find(|line| PRE.iter().any(|word| like(line, word))).map(|line| line.value.clone());
    let name = major.name.to_lowercase();
    Some(Group { stem: name[..name.find("major")?].to_owned(), numbers, pre })
}

/// The number that pieces say together: `1.2.3`, and what comes behind it.
pub(super) fn whole(numbers: &str, pre: &str) -> String {
    match pre {
        "" => numbers.to_owned(),
        // `b3` follows the digits, a word alone doesn't.
        pre if pre.ends_with(|c: char| c.is_ascii_digit()) && token::all(&format!("{numbers}{pre}")).len() == 1 => {
            format!("{numbers}{pre}")
        }
        pre => format!("{numbers}-{pre}"),
    }
}

fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|bytes| bytes.eq_ignore_ascii_case(word.as_bytes()))
}

/// `#define X_MAJOR 1`, `X_MAJOR: Final = "1"`, `set(X_MAJOR 1)`: the last name before a number or quotes that end the line.
fn assignment(start: usize, line: &str) -> Option<Line<'_>> {
    if ["# ", "//", "*", "--", ";"].iter().any(|sign| line.trim_start().starts_with(sign)) {
        return None;
    }
    let code = line.split(" //").next().unwrap_or(line).split(" #").next().unwrap_or(line);
    let code =
        code.split(" /*").next().unwrap_or(code).trim_end().trim_end_matches([';', ',', ')', ']', '}']).trim_end();
    let quote = code.chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let end = code.len() - usize::from(quote.is_some());
    let from = match quote {
        Some(quote) => code[..end].rfind(quote)? + 1,
        None => code.trim_end_matches(|c: char| c.is_ascii_digit()).len(),
    };
    let value = &code[from..end];
    let fits = value.len() <= 24 && value.chars().all(|c| crate::template::is_version_char(c) && c != '!');
    if !fits || (quote.is_none() && value.is_empty()) {
        return None;
    }
    let head = code[..from].trim_end_matches(['"', '\'']);
    let plain = !head.ends_with(|c: char| c.is_alphanumeric() || c == '.');
    let names = |name: &&str| {
        contains(name, "major") || contains(name, "minor") || PATCH.iter().chain(PRE).any(|word| contains(name, word))
    };
    let name = head.split(|c: char| !c.is_alphanumeric() && c != '_').rfind(names).filter(|_| plain)?;
    let mask = head.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    Some(Line { mask, name, value: start + from..start + end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[(&str, &str)]) {
        let found = groups(text);
        let said = |group: &Group| {
            let numbers: Vec<&str> = group.numbers.iter().map(|span| &text[span.clone()]).collect();
            let pre = group.pre.clone().map_or(String::new(), |span| format!(" {:?}", &text[span]));
            (group.stem.clone(), numbers.join(".") + &pre)
        };
        let found: Vec<_> = found.iter().map(said).collect();
        let want: Vec<_> = want.iter().map(|(stem, said)| ((*stem).to_owned(), (*said).to_owned())).collect();
        assert_eq!(found, want, "{text}");
    }

    #[test]
    fn parts_in_many_languages() {
        let c = "#define ACME_JSON_VERSION_MAJOR 3   // NOLINT\n#define ACME_JSON_VERSION_MINOR 11  // NOLINT\n\
                 #define ACME_JSON_VERSION_PATCH 3   // NOLINT\n";
        check(c, &[("acme_json_version_", "3.11.3")]);
        check("set(A_VERSION_MAJOR 1)\nset(A_VERSION_MINOR 20)\nset(A_VERSION_MICRO 3)\n", &[("a_version_", "1.20.3")]);
        check(
            "MAJOR_VERSION: Final = 2022\nMINOR_VERSION: Final = 5\nPATCH_VERSION: Final = \"0\"\n",
            &[("", "2022.5.0")],
        );
        check(
            "VERSION_MAJOR=\"17\"\nVERSION_MINOR=\"2\"\nVERSION_BUILD=\"1\"\nVERSION_SUFFIX=\"\"\n",
            &[("version_", "17.2.1 \"\"")],
        );
        check("  major: 1,\n  minor: 2,\n  patch: 3,\n", &[("", "1.2.3")]);
        check(
            "current_major_version: 0\ncurrent_minor_version: 105\ncurrent_patch_version: 3\n",
            &[("current_", "0.105.3")],
        );
        let m4 = "m4_define([a_major_version], [2])\nm4_define([a_minor_version], [10])\n\
                  m4_define([a_micro_version], [90])\n";
        check(m4, &[("a_", "2.10.90")]);
        check("#define A_MAJOR \"\"\n#define A_MINOR 3\n#define A_MAJOR 1\n#define A_PATCH 0\n", &[]);
        check("const major = 1\nconst minor = 2\n", &[]);
        check("major = f(1)\nminor = f(2)\npatch = x.3\n", &[]);
        check("# the major version 1\n# the minor version 2\n# the patch version 3\n", &[]);
    }
}
