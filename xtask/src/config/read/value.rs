//! What stands behind a key: each kind of value is read once, and refused in the words of its key.

use std::ops::Range;
use std::time::Duration;

use toml_edit::{Item, Value};

use super::{Reader, Spanned, Written, entries, list, nearest, text_of};
use crate::config::keys::{Key, Kind};

impl Reader {
    /// The value of a known key; `None` when it has been refused.
    pub(super) fn value(&mut self, known: &Key, span: &Range<usize>, item: &Item) -> Option<Written> {
        let Some(read) = read(known.kind, span, item) else {
            let message = format!("`{}` is {}", known.name, expected(known.kind));
            self.fail(span, message, Some(as_hint(known.about)));
            return None;
        };
        match (known.kind, &read) {
            (Kind::Word(words), Written::Texts(texts)) => {
                let word = texts.first().filter(|word| !words.contains(&word.value.as_str()));
                let Some(word) = word else { return Some(read) };
                let hint = nearest(&word.value, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                let message = format!("`{}` is {}, not `{}`", known.name, expected(known.kind), word.value);
                self.fail(&word.span, message, hint.or_else(|| Some(as_hint(known.about))));
                None
            }
            (_, Written::Texts(texts)) if known.required && texts.is_empty() => {
                self.fail(span, format!("`{}` is empty", known.name), Some(as_hint(known.about)));
                None
            }
            _ => Some(read),
        }
    }
}

fn read(kind: Kind, span: &Range<usize>, item: &Item) -> Option<Written> {
    let one = |text: Spanned<String>| Written::Texts(vec![text]);
    match (kind, item.as_value()) {
        (Kind::Map, _) => {
            let pairs = entries(item.as_table_like()?).into_iter().map(|(name, span, item)| {
                let value = item.as_value().and_then(text_of)?;
                Some((Spanned { value: name, span }, value))
            });
            pairs.collect::<Option<Vec<_>>>().map(Written::Map)
        }
        (Kind::Texts | Kind::List, Some(Value::Array(items))) => {
            items.iter().map(text_of).collect::<Option<Vec<_>>>().map(Written::Texts)
        }
        (Kind::List, _) => None,
        (Kind::Date, Some(Value::Datetime(date))) => {
            let day = date.value().date?;
            Some(one(Spanned { value: day.to_string(), span: span.clone() }))
        }
        (Kind::Bool, value) => value?.as_bool().map(Written::Bool),
        (Kind::Duration, value) => {
            let text = text_of(value?)?;
            Some(Written::Duration(Spanned { value: parse_duration(&text.value)?, span: text.span }))
        }
        (_, value) => text_of(value?).map(one),
    }
}

/// What a value must be, for `… is ….`
fn expected(kind: Kind) -> String {
    match kind {
        Kind::Text => "a string".to_owned(),
        Kind::Texts => "a string or a list of strings".to_owned(),
        Kind::Word(words) => format!("one of {}", list(words.iter().copied())),
        Kind::Date => "a date such as \"2027-01-31\"".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Duration => "a number with `s`, `m` or `h`, such as \"30m\"".to_owned(),
        Kind::List => "a list of strings, such as [\"make\", \"deploy\"]".to_owned(),
        Kind::Map => "a table of strings, such as { TARGET = \"production\" }".to_owned(),
    }
}

/// `90s`, `30m`, `2h`. A bare number could be any of them.
fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let number: u32 = number.parse().ok().filter(|_| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(Duration::from_secs(u64::from(number) * seconds))
}

/// A sentence of the reference in the form of a hint.
pub(super) fn as_hint(about: &str) -> String {
    let (first, rest) = about.split_at(about.chars().next().map_or(0, char::len_utf8));
    format!("{}{}", first.to_lowercase(), rest.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(parse_duration(text).map(|duration| duration.as_secs()), expected, "{text}");
    }

    #[test]
    fn a_length_of_time_has_a_number_and_a_unit() {
        check("90s", Some(90));
        check("30m", Some(1800));
        check("2h", Some(7200));
        check("0s", Some(0));
        for bad in ["30", "", "m", "-1m", "+1m", "1.5h", "1d", "1h30m", " 1m", "1 m", "99999999999s", "é", "1M"] {
            check(bad, None);
        }
    }
}
