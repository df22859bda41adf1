//! Secrets whose letters are escaped, all of them or some: in URLs, in JSON and program text, in HTML.

use super::HIDDEN;

/// One way to write a letter otherwise.
pub(super) struct Escape {
    /// What every escape begins with.
    pub mark: char,
    /// The character or byte that a text begins with, and how long its escape is.
    read: fn(&str) -> Option<(Letter, usize)>,
}

/// What an escape stands for.
enum Letter {
    Byte(u8),
    Char(char),
}

/// `%2F`; `\u002f`, `\u{2f}`, `\x2f`, `\057`, `\/`; `&#47;`, `&#x2f;`, `&quot;`.
pub(super) const ALL: [Escape; 3] =
    [Escape { mark: '%', read: percent }, Escape { mark: '\\', read: backslash }, Escape { mark: '&', read: entity }];

/// Who escapes what is escaped already does it this often at most.
const LAYERS: usize = 3;

/// A text with its escapes read. Each byte of it is a character here, so that any bytes are a text.
struct Plain {
    text: String,
    /// For every byte of `text` where its escape or character begins in the original, and the original's end.
    starts: Vec<usize>,
}

impl Plain {
    fn new(text: &str) -> Self {
        let mut plain = Self { text: String::with_capacity(text.len()), starts: Vec::with_capacity(text.len() + 1) };
        for (at, c) in text.char_indices() {
            plain.push_char(c, at);
        }
        plain.starts.push(text.len());
        plain
    }

    fn push_char(&mut self, c: char, at: usize) {
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            self.push(char::from(byte), at);
        }
    }

    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.starts.extend(std::iter::repeat_n(at, c.len_utf8()));
    }

    /// The same with one more layer of escapes read; none if there are none.
    fn read(&self, escape: &Escape) -> Option<Self> {
        let mut plain = Self { text: String::with_capacity(self.text.len()), starts: Vec::new() };
        let (mut at, mut found) = (0, false);
        while let Some(c) = self.text[at..].chars().next() {
            let start = self.starts[at];
            let escaped = if c == escape.mark { (escape.read)(&self.text[at..]) } else { None };
            at += escaped.as_ref().map_or(c.len_utf8(), |(_, width)| *width);
            found |= escaped.is_some();
            match escaped {
                Some((Letter::Byte(byte), _)) => plain.push(char::from(byte), start),
                Some((Letter::Char(c), _)) => plain.push_char(c, start),
                None => plain.push(c, start),
            }
        }
        plain.starts.push(*self.starts.last()?);
        found.then_some(plain)
    }

    /// Where in the original these texts stand.
    fn find(&self, spellings: &[String]) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        for spelling in spellings {
            let wanted: String = spelling.bytes().map(char::from).collect();
            let hits = self.text.match_indices(&wanted);
            spans.extend(hits.map(|(at, _)| (self.starts[at], self.starts[at + wanted.len()])));
        }
        spans.sort_unstable();
        spans
    }
}

impl Escape {
    /// The text without these values.
    pub(super) fn hide(&self, text: String, values: &[String]) -> String {
        let (mut plain, mut spans) = (Plain::new(&text), Vec::new());
        for _ in 0..LAYERS {
            let Some(read) = plain.read(self) else { break };
            spans.extend(read.find(values));
            plain = read;
        }
        spans.sort_unstable();
        let (mut out, mut from) = (String::with_capacity(text.len()), 0);
        for (start, end) in spans {
            if start >= from {
                out.push_str(&text[from..start]);
                out.push_str(HIDDEN);
            }
            from = from.max(end);
        }
        out + &text[from..]
    }
}

fn percent(text: &str) -> Option<(Letter, usize)> {
    Some((Letter::Byte(byte(text.get(1..3)?, 16)?), 3))
}

fn backslash(text: &str) -> Option<(Letter, usize)> {
    let next = text[1..].chars().next()?;
    let one = |c| Some((Letter::Char(c), 2));
    match next {
        'n' => one('\n'),
        't' => one('\t'),
        'r' => one('\r'),
        'x' => Some((Letter::Byte(byte(text.get(2..4)?, 16)?), 4)),
        '0'..='3' => Some((Letter::Byte(byte(text.get(1..4)?, 8)?), 4)),
        'u' if text[2..].starts_with('{') => {
            let digits = text.get(3..)?.split('}').next()?;
            Some((Letter::Char(character(digits, 16)?), digits.len() + 4))
        }
        'u' => Some((Letter::Char(character(text.get(2..6)?, 16)?), 6)),
        c if c.is_ascii_punctuation() => one(c),
        _ => None,
    }
}

fn entity(text: &str) -> Option<(Letter, usize)> {
    let name = text[1..].split(';').next().filter(|name| name.len() <= 8)?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => match name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
            Some(digits) => character(digits, 16)?,
            None => character(name.strip_prefix('#')?, 10)?,
        },
    };
    text[1 + name.len()..].starts_with(';').then_some((Letter::Char(c), name.len() + 2))
}

fn byte(digits: &str, base: u32) -> Option<u8> {
    u8::from_str_radix(digits, base).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn character(digits: &str, base: u32) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, base).ok()?)
}
