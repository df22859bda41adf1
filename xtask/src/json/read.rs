//! Just enough JSON to read: what other programs print.

use std::iter::Peekable;
use std::str::Chars;

use super::Json;

/// Deeper than this nobody prints.
const DEPTH: usize = 128;

impl Json {
    /// The value that a text is; none where it is no JSON. Objects become [`Json::Named`]; of two equal keys the first
    /// counts. A number that isn't whole is read as its text.
    pub fn parse(text: &str) -> Option<Self> {
        let mut chars = text.chars().peekable();
        let value = value(&mut chars, DEPTH)?;
        skip(&mut chars);
        chars.next().is_none().then_some(value)
    }

    /// What an object has under a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Named(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            Self::Map(pairs) => pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text that it is.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number that it is.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value that it is.
    pub fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The list that it is.
    pub fn items(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }
}

fn value(chars: &mut Peekable<Chars<'_>>, depth: usize) -> Option<Json> {
    let depth = depth.checked_sub(1)?;
    skip(chars);
    match chars.peek()? {
        '"' => Some(Json::Text(string(chars)?)),
        '[' => Some(Json::List(sequence(chars, ']', |chars| value(chars, depth))?)),
        '{' => Some(Json::Named(sequence(chars, '}', |chars| {
            let key = string(chars)?;
            skip(chars);
            (chars.next()? == ':').then_some(())?;
            Some((key, value(chars, depth)?))
        })?)),
        _ => word(chars),
    }
}

/// What stands between brackets, with commas between.
fn sequence<T>(
    chars: &mut Peekable<Chars<'_>>,
    end: char,
    mut item: impl FnMut(&mut Peekable<Chars<'_>>) -> Option<T>,
) -> Option<Vec<T>> {
    chars.next();
    let mut items = Vec::new();
    skip(chars);
    if chars.next_if_eq(&end).is_some() {
        return Some(items);
    }
    loop {
        skip(chars);
        items.push(item(chars)?);
        skip(chars);
        match chars.next()? {
            ',' => {}
            last if last == end => return Some(items),
            _ => return None,
        }
    }
}

fn word(chars: &mut Peekable<Chars<'_>>) -> Option<Json> {
    let mut word = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) {
        word.push(c);
    }
    match &*word {
        "null" => Some(Json::Null),
        "true" => Some(Json::Bool(true)),
        "false" => Some(Json::Bool(false)),
        _ => match word.parse() {
            Ok(number) => Some(Json::Number(number)),
            Err(_) => word.parse::<f64>().is_ok_and(f64::is_finite).then_some(Json::Text(word)),
        },
    }
}

fn string(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    (chars.next()? == '"').then_some(())?;
    let mut text = String::new();
    loop {
        text.push(match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                c @ ('"' | '\\' | '/') => c,
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => escaped(chars)?,
                _ => return None,
            },
            c => c,
        });
    }
}

/// What follows `\u`; a lone half of a pair becomes the replacement character.
fn escaped(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    let high = hex(chars)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut ahead = chars.clone();
    let low = (ahead.next() == Some('\\') && ahead.next() == Some('u')).then(|| hex(&mut ahead)).flatten();
    let Some(low) = low.filter(|low| (0xdc00..0xe000).contains(low)) else {
        return Some(char::REPLACEMENT_CHARACTER);
    };
    *chars = ahead;
    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}

fn hex(chars: &mut Peekable<Chars<'_>>) -> Option<u32> {
    (0..4).try_fold(0, |code, _| Some(code << 4 | chars.next()?.to_digit(16)?))
}

fn skip(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r')).is_some() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let json = Json::Named(vec![
            ("a".to_owned(), Json::Null),
            ("b".to_owned(), Json::List(vec![true.into(), false.into(), Json::Number(-3), Json::List(vec![])])),
            ("c\"\\\u{1}é".to_owned(), "\u{1f680}\n\t".into()),
            ("d".to_owned(), Json::Named(vec![])),
        ]);
        assert_eq!(Json::parse(&json.render()), Some(json));
    }

    #[test]
    fn escapes_and_numbers() {
        assert_eq!(Json::parse(r#""\ud83d\ude80\u00e9\/""#), Some("🚀é/".into()));
        assert_eq!(Json::parse(r#""\ud83dx""#), Some("\u{fffd}x".into()));
        assert_eq!(Json::parse("1.5e3"), Some("1.5e3".into()));
        let json = Json::parse(r#"{"a": [{"b": "c"}], "a": 1}"#).unwrap();
        assert_eq!(json.get("a").and_then(|a| a.items()?[0].get("b")?.text()), Some("c"));
    }

    #[test]
    fn what_is_no_json() {
        for text in
            ["", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "\"", "\"\\x\"", "\"\\u12\"", "nul", "1 2", "inf", "-", "'a'"]
        {
            assert_eq!(Json::parse(text), None, "{text}");
        }
        assert_eq!(Json::parse(&"[".repeat(1_000_000)), None);
    }
}
