//! Markdown as far as a changelog needs it: its headings, and the link definitions; not those that stand in code, in
//! comments or in front matter.

use std::ops::Range;

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    /// 1 to 6.
    pub level: usize,
    /// From the start of its line to behind the line end of its last one.
    pub span: Range<usize>,
    /// Its words, without `#`s.
    pub text: Range<usize>,
    /// The underline, for one that is underlined.
    pub underline: Option<Range<usize>>,
}

/// `[1.2.3]: https://…`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// The whole line, with its line end.
    pub line: Range<usize>,
    /// `1.2.3`
    pub label: Range<usize>,
    /// `https://…`
    pub url: Range<usize>,
}

/// What a text is made of.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// In the order of the text.
    pub headings: Vec<Heading>,
    /// In the order of the text.
    pub definitions: Vec<Definition>,
    /// Code, comments and front matter, as whole lines.
    pub quiet: Vec<Range<usize>>,
    /// Where code or a comment begins that nobody closes.
    pub open: Option<usize>,
}

/// A line: where it begins, where its words end, where the next one begins.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub start: usize,
    pub end: usize,
    pub next: usize,
}

/// What ends a piece of text in which nothing is a heading.
enum Until {
    /// As many of these characters, or more, alone on a line.
    Fence(char, usize),
    /// This text, anywhere in a line.
    Text(&'static str),
    /// `---` or `...`, alone on a line.
    FrontMatter,
}

/// The lines of a text. A byte order mark belongs to no line.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while start < text.len() {
        let next = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
        let words = text[start..next].trim_end_matches(['\n', '\r']);
        lines.push(Line { start, end: start + words.len(), next });
        start = next;
    }
    lines
}

/// Looks through a text.
pub(super) fn scan(text: &str) -> Scan {
    let lines = lines(text);
    let mut scan = Scan::default();
    let mut until: Option<(Until, usize)> = None;
    // The line before, when it is a paragraph's first and may become an underlined heading.
    let mut paragraph: Option<usize> = None;
    let mut fresh = true;
    for (at, line) in lines.iter().enumerate() {
        let words = &text[line.start..line.end];
        if let Some((end, start)) = &until {
            if end.is_in(words) {
                scan.quiet.push(*start..line.next);
                until = None;
            }
            continue;
        }
        let underline = paragraph.take().filter(|_| underline_level(words).is_some());
        if let Some(above) = underline {
            scan.headings.extend(underlined(text, &lines[above], line));
            fresh = true;
        } else if let Some(end) = opening(words, at, &lines, text) {
            let shut = matches!(end, Until::Text(_)) && end.is_in(words);
            if shut {
                scan.quiet.push(line.start..line.next)
            } else {
                until = Some((end, line.start))
            }
            fresh = true;
        } else if let Some(heading) = hashed(text, line) {
            scan.headings.push(heading);
            fresh = true;
        } else if let Some(definition) = definition(text, line) {
            scan.definitions.push(definition);
            fresh = true;
        } else {
            paragraph = (fresh && is_paragraph(words)).then_some(at);
            fresh = words.trim().is_empty();
        }
    }
    if let Some((_, start)) = until {
        scan.quiet.push(start..text.len());
        scan.open = Some(start);
    }
    scan
}

impl Until {
    fn is_in(&self, words: &str) -> bool {
        match self {
            Self::Fence(c, count) => {
                let words = words.trim();
                words.chars().all(|other| other == *c) && words.chars().count() >= *count
            }
            Self::Text(text) => words.contains(text),
            Self::FrontMatter => matches!(words.trim_end(), "---" | "..."),
        }
    }
}

/// What this line opens, if it opens code, a comment or front matter.
fn opening(words: &str, at: usize, lines: &[Line], text: &str) -> Option<Until> {
    let shut = |line: &Line| Until::FrontMatter.is_in(&text[line.start..line.end]);
    if at == 0 && words.trim_end() == "---" && lines[1..].iter().any(shut) {
        return Some(Until::FrontMatter);
    }
    let words = words.trim_start();
    for c in ['`', '~'] {
        let count = words.chars().take_while(|&other| other == c).count();
        if count >= 3 && (c == '~' || !words[count..].contains('`')) {
            return Some(Until::Fence(c, count));
        }
    }
    let tags = [("<!--", "-->"), ("<pre", "</pre>"), ("<script", "</script>"), ("<style", "</style>")];
    tags.into_iter().find(|(open, _)| words.starts_with(open)).map(|(_, shut)| Until::Text(shut))
}

fn indent(words: &str) -> usize {
    words.bytes().take_while(|&byte| byte == b' ').count()
}

/// `## Words ##`
fn hashed(text: &str, line: &Line) -> Option<Heading> {
    let words = &text[line.start..line.end];
    let before = indent(words);
    let level = words[before..].bytes().take_while(|&byte| byte == b'#').count();
    let rest = &words[before + level..];
    if before > 3 || !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let bare = rest.trim_end().trim_end_matches('#');
    let shown = if bare.is_empty() || bare.ends_with([' ', '\t']) { bare.trim() } else { rest.trim() };
    let start = line.start + before + level + (rest.len() - rest.trim_start().len()).min(rest.len());
    let text = start..start + shown.len();
    Some(Heading { level, span: line.start..line.next, text, underline: None })
}

fn underlined(text: &str, above: &Line, line: &Line) -> Option<Heading> {
    let words = &text[above.start..above.end];
    let start = above.start + (words.len() - words.trim_start().len());
    let under = &text[line.start..line.end];
    let from = line.start + indent(under);
    Some(Heading {
        level: underline_level(under)?,
        span: above.start..line.next,
        text: start..start + words.trim().len(),
        underline: Some(from..from + under.trim().len()),
    })
}

/// `===` makes a heading of the first level, `---` one of the second.
fn underline_level(words: &str) -> Option<usize> {
    let rule = words.trim_end();
    let rule = rule.get(indent(rule)..).filter(|rule| indent(words) <= 3 && rule.len() >= 2)?;
    match rule.bytes().next()? {
        b'=' if rule.bytes().all(|byte| byte == b'=') => Some(1),
        b'-' if rule.bytes().all(|byte| byte == b'-') => Some(2),
        _ => None,
    }
}

/// A line that an underline below it would make a heading: no list, no quotation, no table.
fn is_paragraph(words: &str) -> bool {
    let trimmed = words.trim();
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = digits > 0 && trimmed[digits..].starts_with(['.', ')']) && trimmed[digits + 1..].starts_with(' ');
    let bullet = trimmed.starts_with(['-', '*', '+'])
        && (trimmed.len() == 1 || trimmed[1..].starts_with([' ', '\t', '-', '*', '+']));
    !trimmed.is_empty() && indent(words) <= 3 && !numbered && !bullet && !trimmed.starts_with(['>', '|', '='])
}

/// `[label]: url`
fn definition(text: &str, line: &Line) -> Option<Definition> {
    let words = &text[line.start..line.end];
    let before = indent(words);
    let inner = words[before..].strip_prefix('[').filter(|_| before <= 3)?;
    let close = inner.find("]:")?;
    let label = line.start + before + 1..line.start + before + 1 + close;
    let rest = &inner[close + 2..];
    let url = rest.split_whitespace().next()?;
    let start = label.end + 2 + (rest.len() - rest.trim_start().len());
    let wrapped = url.len() > 2 && url.starts_with('<') && url.ends_with('>');
    let url = if wrapped { start + 1..start + url.len() - 1 } else { start..start + url.len() };
    let named = !inner[..close].trim().is_empty() && !inner[..close].contains(['[', ']', '^']);
    named.then_some(Definition { line: line.start..line.next, label, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(usize, &str)]) {
        let scan = scan(text);
        let found: Vec<(usize, &str)> =
            scan.headings.iter().map(|heading| (heading.level, &text[heading.text.clone()])).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn both_kinds_of_headings() {
        check("\u{feff}# A\r\n\r\n  ## B ##\r\n", &[(1, "A"), (2, "B")]);
        check("##no\n####### no\n    ## code\n#\n", &[(1, "")]);
        check("## C# and F#\n", &[(2, "C# and F#")]);
        check("1.2.3 (2020)\n---\n\ntext\n=====", &[(2, "1.2.3 (2020)"), (1, "text")]);
        check("one\ntwo\n---\n", &[]);
        check("- item\n---\n1. item\n---\n> q\n---\n| a |\n---\n\n---\n", &[]);
    }

    #[test]
    fn what_is_no_text_has_no_headings() {
        check("---\ntitle: x\n---\n\n# A\n", &[(1, "A")]);
        check("---\n# A\n", &[(1, "A")]);
        check("```\n## a\n~~~\n```\n## b\n", &[(2, "b")]);
        check("````md\n```\n## a\n````\n## b\n", &[(2, "b")]);
        check("``` a ` b\n## b\n", &[(2, "b")]);
        check("<!-- x -->\n## a\n<!--\n## b\n-->\n## c\n", &[(2, "a"), (2, "c")]);
        check("<!-->\n## a\n", &[(2, "a")]);
        check("<pre>\n## a\n</pre>\n## c\n", &[(2, "c")]);
        assert_eq!(scan("a\n```\n## b\n").open, Some(2));
    }

    #[test]
    fn definitions() {
        let text = "[1.0]: https://a/b\n[x](y): z\n[^1]: note\n  [b c]: <u> \"title\"\n```\n[d]: e\n```\n";
        let scan = scan(text);
        let pairs: Vec<(&str, &str)> =
            scan.definitions.iter().map(|one| (&text[one.label.clone()], &text[one.url.clone()])).collect();
        assert_eq!(pairs, [("1.0", "https://a/b"), ("b c", "u")]);
    }
}
