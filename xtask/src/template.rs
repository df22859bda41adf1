//! What a place must say: text with slots for versions, `v{app}-cluster`. A template is an equation:
//! [`Template::render`] and [`Template::solve`] are inverses.

use std::collections::HashSet;
use std::fmt;

use crate::version::dialect::Dialect;
use crate::version::{Part, Version};

/// A template as written, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Slot(Slot),
}

/// A place in a template where a version, or a piece of one, stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The track's name.
    pub track: String,
    /// How its version is written.
    pub form: Form,
}

/// How a version is written in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As it is: `{app}`.
    Whole,
    /// A piece of it: `{app.major}`.
    Part(Part),
    /// A number of it in so many digits: `{app.minor:02}`.
    Padded(Part, usize),
    /// In an ecosystem's spelling: `{app:pep440}`.
    Dialect(Dialect),
}

/// Why a template can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// What is wrong.
    pub message: String,
    /// The next move.
    pub hint: Option<String>,
}

impl Template {
    /// Reads `{track}`, `{track.part}`, `{track.part:02}`, `{track:dialect}`; `{{` and `}}` are braces.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
                literal.push(c);
                rest = after;
            } else if c == '{' {
                let inner = rest[1..].split(['{', '}']).next().unwrap_or_default();
                if !rest[1 + inner.len()..].starts_with('}') {
                    return Err(stray('{', text));
                }
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Slot(Slot::parse(inner)?));
                rest = &rest[inner.len() + 2..];
            } else if c == '}' {
                return Err(stray('}', text));
            } else {
                literal.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        if text.contains(['\n', '\r', '\0']) {
            let message = "a template is one line".to_owned();
            let hint = "write a template for each line".to_owned();
            return Err(TemplateError { message, hint: Some(hint) });
        }
        Ok(Self { text: text.to_owned(), pieces })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The slots, in order.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(slot),
            Piece::Literal(_) => None,
        })
    }

    /// The text that must stand there. The error says which slot can't be filled and why.
    pub fn render<'v>(&self, version: impl Fn(&str) -> Option<&'v Version>) -> Result<String, String> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Slot(slot) => {
                    let version =
                        version(&slot.track).ok_or_else(|| format!("the version of `{}` isn't known", slot.track))?;
                    match slot.render(version) {
                        Err(_) if self.may_be_empty() && slot.lacks(version) => {}
                        rendered => out.push_str(&rendered?),
                    }
                }
            }
        }
        Ok(out)
    }

    /// Is it nothing but what a version may lack? `VERSION_SUFFIX=""` is how a final says `{app.pre}`, while
    /// `1.2-{app.pre}` has no words for it.
    fn may_be_empty(&self) -> bool {
        matches!(&self.pieces[..], [Piece::Slot(Slot { form: Form::Part(Part::Pre | Part::Build), .. })])
    }

    /// What the slots must hold for the template to say this text; `None` if it can't say it.
    /// Where it could be read in several ways, earlier slots take as much as they can.
    pub fn solve(&self, text: &str) -> Option<Vec<(&Slot, String)>> {
        let mut filled = Vec::new();
        if text.is_empty() && self.may_be_empty() {
            return Some(self.slots().map(|slot| (slot, String::new())).collect());
        }
        solve(&self.pieces, text, &mut filled, &mut HashSet::new()).then_some(filled)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `dead` knows what can't be solved: the pieces and the text left, by their lengths, and what slots hold that come again.
/// Slots side by side share a text in so many ways that trying the same twice would take for ever.
fn solve<'t>(
    pieces: &'t [Piece],
    text: &str,
    filled: &mut Vec<(&'t Slot, String)>,
    dead: &mut HashSet<(usize, usize, String)>,
) -> bool {
    let here = (pieces.len(), text.len(), held_again(pieces, filled));
    if dead.contains(&here) {
        return false;
    }
    match pieces {
        [] => text.is_empty(),
        [Piece::Literal(literal), rest @ ..] => {
            text.strip_prefix(literal.as_str()).is_some_and(|text| solve(rest, text, filled, dead))
        }
        [Piece::Slot(slot), rest @ ..] => {
            let run = text.find(|c: char| !slot.may_hold(c)).unwrap_or(text.len());
            let ends = (1..=run).rev();
            for end in ends {
                if filled.iter().any(|(other, value)| *other == slot && *value != text[..end])
                    || !slot.takes(&text[..end])
                {
                    continue;
                }
                filled.push((slot, text[..end].to_owned()));
                if solve(rest, &text[end..], filled, dead) {
                    return true;
                }
                filled.pop();
            }
            if !filled.is_empty() {
                dead.insert(here);
            }
            false
        }
    }
}

/// What the slots among these pieces hold that were filled before.
fn held_again(pieces: &[Piece], filled: &[(&Slot, String)]) -> String {
    let mut held = String::new();
    for (slot, value) in filled {
        if pieces.iter().any(|piece| matches!(piece, Piece::Slot(other) if other == *slot)) {
            held.push_str(value);
            held.push('/');
        }
    }
    held
}

/// The characters of versions in all their spellings.
pub fn is_version_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || ".-+_~!".contains(c)
}

impl Slot {
    fn parse(inner: &str) -> Result<Self, TemplateError> {
        let (track, form) = match inner.find([':', '.']) {
            None => (inner, Form::Whole),
            Some(at) => {
                let (track, word) = (&inner[..at], &inner[at + 1..]);
                let form = match inner.as_bytes()[at] {
                    b'.' => Part::parse_name(word).map(Form::Part).or_else(|| padded(word)),
                    _ => Dialect::parse_name(word).map(Form::Dialect),
                };
                (track, form.ok_or_else(|| unknown_form(inner, &inner[at..=at], word))?)
            }
        };
        if track.is_empty() || !track.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
            let message = format!("`{{{inner}}}` names no track");
            return Err(TemplateError {
                message,
                hint: Some("write `{app}`; braces that are meant are doubled: `{{`".to_owned()),
            });
        }
        Ok(Self { track: track.to_owned(), form })
    }

    fn render(&self, version: &Version) -> Result<String, String> {
        match self.form {
            Form::Whole => Ok(version.as_str().to_owned()),
            Form::Part(part) => version
                .part(part)
                .ok_or_else(|| format!("`{version}` has no `.{}`, which `{{{self}}}` asks for", part.name())),
            Form::Padded(part, width) => match version.part(part) {
                Some(number) if number.len() <= width => Ok(format!("{number:0>width$}")),
                _ => {
                    Err(format!("`{version}` has no `.{}` of {width} digits, which `{{{self}}}` asks for", part.name()))
                }
            },
            Form::Dialect(dialect) => dialect.render(version).map_err(|error| error.to_string()),
        }
    }

    /// The piece of the version that a slot holds, and what it says without its padding; none where the slot has all.
    pub fn part<'t>(&self, text: &'t str) -> Option<(Part, &'t str)> {
        match self.form {
            Form::Part(part) => Some((part, text)),
            Form::Padded(part, _) => {
                let zeros = text.len() - text.trim_start_matches('0').len();
                Some((part, &text[zeros.min(text.len().saturating_sub(1))..]))
            }
            Form::Whole | Form::Dialect(_) => None,
        }
    }

    /// Does the version simply end before the piece that the slot asks for?
    fn lacks(&self, version: &Version) -> bool {
        matches!(self.form, Form::Part(part) if version.lacks(part))
    }

    /// Debian writes the epoch of `1!2.0` as `1:2.0`.
    fn may_hold(&self, c: char) -> bool {
        is_version_char(c) || c == ':' && self.form == Form::Dialect(Dialect::Deb)
    }

    /// Could this be what the slot holds?
    fn takes(&self, text: &str) -> bool {
        match self.form {
            Form::Whole => Version::parse(text).is_ok(),
            Form::Part(Part::Major | Part::Minor | Part::Patch | Part::Digits) => {
                text.bytes().all(|b| b.is_ascii_digit())
            }
            Form::Part(_) => true,
            Form::Padded(_, width) => text.len() == width && text.bytes().all(|b| b.is_ascii_digit()),
            Form::Dialect(_) => text.starts_with(|c: char| c.is_ascii_digit()),
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Whole => f.write_str(&self.track),
            Form::Part(part) => write!(f, "{}.{}", self.track, part.name()),
            Form::Padded(part, width) => write!(f, "{}.{}:0{width}", self.track, part.name()),
            Form::Dialect(dialect) => write!(f, "{}:{}", self.track, dialect.name()),
        }
    }
}

/// `minor:02`: a number in two digits.
fn padded(word: &str) -> Option<Form> {
    let (name, width) = word.split_once(':')?;
    let part = Part::parse_name(name).filter(|part| matches!(part, Part::Major | Part::Minor | Part::Patch))?;
    match width.as_bytes() {
        [b'0', digit @ b'2'..=b'9'] => Some(Form::Padded(part, usize::from(digit - b'0'))),
        _ => None,
    }
}

fn unknown_form(inner: &str, sign: &str, word: &str) -> TemplateError {
    let (what, names): (_, Vec<&str>) = match sign {
        "." => ("part", Part::ALL.iter().map(|part| part.name()).collect()),
        _ => ("dialect", Dialect::ALL.iter().map(|dialect| dialect.name()).collect()),
    };
    let hint = match crate::config::nearest(word, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", names.join(", ")),
    };
    TemplateError { message: format!("`{{{inner}}}` asks for the unknown {what} `{word}`"), hint: Some(hint) }
}

fn stray(brace: char, text: &str) -> TemplateError {
    let message = format!("`{text}` has a `{brace}` without its partner");
    TemplateError { message, hint: Some(format!("double a brace that is meant: `{brace}{brace}`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &str, text: &str, expected: &[(&str, &str)]) {
        let template = Template::parse(template).expect("a good template");
        let solved = template.solve(text).expect("a solution");
        let solved: Vec<(String, &str)> =
            solved.iter().map(|(slot, value)| (slot.to_string(), value.as_str())).collect();
        let expected: Vec<(String, &str)> = expected.iter().map(|(slot, value)| ((*slot).to_owned(), *value)).collect();
        assert_eq!(solved, expected);
    }

    #[test]
    fn solving_finds_what_the_slots_hold() {
        check("{app}", "1.2.3", &[("app", "1.2.3")]);
        check("v{app}-cluster", "v1.93.3-cluster", &[("app", "1.93.3")]);
        check("release-{app}", "release-1.26.0", &[("app", "1.26.0")]);
        check("{app:deb}:x", "1:2.0~rc1:x", &[("app:deb", "1:2.0~rc1")]);
        check("{base}-{app}", "3.23-1.0.0", &[("base", "3.23"), ("app", "1.0.0")]);
        check("{app.major}.{app.minor}", "2022.5", &[("app.major", "2022"), ("app.minor", "5")]);
        check("{{{app}}}", "{1.0}", &[("app", "1.0")]);
        check("x", "x", &[]);
    }

    #[test]
    fn numbers_in_so_many_digits() {
        let fmt = "{app.major}{app.minor:02}{app.patch:02}";
        check(fmt, "110104", &[("app.major", "11"), ("app.minor:02", "01"), ("app.patch:02", "04")]);
        check(fmt, "90100", &[("app.major", "9"), ("app.minor:02", "01"), ("app.patch:02", "00")]);
        let render = |template: &str, version: &str| {
            let version = Version::parse(version).expect("a version");
            Template::parse(template).expect("good").render(|_| Some(&version))
        };
        assert_eq!(render(fmt, "9.1.0").as_deref(), Ok("90100"));
        assert_eq!(render("{app.major}{app.minor:03}{app.patch:02}", "1.84.0").as_deref(), Ok("108400"));
        let message = "`1.100.0` has no `.minor` of 2 digits, which `{app.minor:02}` asks for";
        assert_eq!(render(fmt, "1.100.0"), Err(message.to_owned()));
        let slot = Slot { track: "app".to_owned(), form: Form::Padded(Part::Minor, 2) };
        assert_eq!([slot.part("00"), slot.part("07"), slot.part("17")].map(|said| said.unwrap().1), ["0", "7", "17"]);
    }

    #[test]
    fn a_final_says_its_pre_release_by_nothing_where_nothing_else_stands() {
        let last = Version::parse("1.2.3").expect("a version");
        let alone = Template::parse("{app.pre}").expect("good");
        assert_eq!(alone.render(|_| Some(&last)).as_deref(), Ok(""));
        assert_eq!(alone.solve("").map(|solved| solved[0].1.clone()).as_deref(), Some(""));
        check("{app.pre}", "rc.1", &[("app.pre", "rc.1")]);
        let beside = Template::parse("-{app.pre}").expect("good");
        assert!(beside.render(|_| Some(&last)).is_err());
        assert_eq!(beside.solve("-"), None);
    }

    #[test]
    fn a_text_that_the_template_cannot_say_has_no_solution() {
        for (template, text) in
            [("v{app}", "1.2.3"), ("{app}-cluster", "1.2.3"), ("{app}/{app}", "1.0/2.0"), ("{app}", "")]
        {
            assert_eq!(Template::parse(template).expect("good").solve(text), None, "{template} on {text}");
        }
    }

    #[test]
    fn slots_side_by_side_take_no_time() {
        let slots =
            ["{app:rpm}", "{app.patch}", "{app.short}", "{app:helm}", "{app.rest}", "{chart}", "{app:deb}"].concat();
        let template = Template::parse(&format!("{slots}/")).expect("good");
        assert_eq!(template.solve(&"3.9.1202608220228".repeat(6)), None);
    }

    #[test]
    fn rendering_is_the_inverse_of_solving() {
        let version = Version::parse("1.2.3").expect("a version");
        for template in ["{app}", "v{app}-cluster", "{{{app}}}", "{app}:{app}", "{app.major}-x"] {
            let template = Template::parse(template).expect("good");
            let text = template.render(|_| Some(&version)).expect("renders");
            assert!(template.solve(&text).is_some(), "{template} on {text}");
        }
    }

    #[test]
    fn a_template_that_is_none_says_why() {
        for (text, message) in [
            ("{app", "`{app` has a `{` without its partner"),
            ("app}", "`app}` has a `}` without its partner"),
            ("{}", "`{}` names no track"),
            ("{a b}", "`{a b}` names no track"),
            ("{app.majr}", "`{app.majr}` asks for the unknown part `majr`"),
            ("{app.minor:2}", "`{app.minor:2}` asks for the unknown part `minor:2`"),
            ("{app.rest:02}", "`{app.rest:02}` asks for the unknown part `rest:02`"),
            ("{app:pep44}", "`{app:pep44}` asks for the unknown dialect `pep44`"),
            ("a\nb", "a template is one line"),
        ] {
            assert_eq!(Template::parse(text).expect_err("an error").message, message);
        }
        assert_eq!(Template::parse("{app.majr}").expect_err("an error").hint.as_deref(), Some("did you mean `major`?"));
    }
}
