//! `line`: a file, or one line of it, that says nothing but the version.
//!
//! A locator is `all`, the only line of a file such as `VERSION` with `1.2.3`, or the number of a line, `3`, counted
//! from one. White space around the value and the ending of the line stay.

use super::lines::{lines, trim, trimmed};
use super::{Format, Hit, LocateError, Reading};

/// The format.
pub static FORMAT: WholeLine = WholeLine;

/// A file, or one line of it, that says nothing but the version.
#[derive(Debug)]
pub struct WholeLine;

impl Format for WholeLine {
    fn name(&self) -> &'static str {
        "line"
    }

    fn about(&self) -> &'static str {
        "`all` for a file that is only the version, `1.2.3`, or the number of the line that is"
    }

    fn check(&self, locator: &str) -> Result<(), LocateError> {
        let number = locator.parse::<usize>().is_ok_and(|number| number > 0 && number.to_string() == locator);
        if number || locator == "all" {
            return Ok(());
        }
        Err(LocateError::new(format!("`{locator}` is neither `all` nor the number of a line"))
            .hint("write `all` for a file that is only the version, or a line's number counted from 1"))
    }

    fn read(&self, text: &str, locators: &[&str], _leaves: bool) -> Result<Reading, LocateError> {
        let mut hits = vec![Vec::new(); locators.len()];
        for (number, line) in lines(text).enumerate() {
            let span = trim(text, line.start..line.start + line.text.len());
            if span.is_empty() {
                continue;
            }
            for (hits, _) in hits.iter_mut().zip(locators).filter(|(_, locator)| is_line(locator, number + 1)) {
                if let Some(Hit { value, .. }) = hits.first() {
                    return Err(LocateError::new(format!("the file says more than `{value}`"))
                        .at(span.start)
                        .hint("name the line by its number, or the piece of it with `text`"));
                }
                hits.push(Hit { span: span.clone(), value: text[span.clone()].to_owned() });
            }
        }
        Ok(Reading { hits, leaves: Vec::new() })
    }

    fn encode(&self, _text: &str, _hit: &Hit, value: &str) -> Result<String, LocateError> {
        trimmed(value)?;
        Ok(value.to_owned())
    }
}

fn is_line(locator: &str, number: usize) -> bool {
    locator == "all" || locator.parse() == Ok(number)
}

#[cfg(test)]
mod tests {
    use super::FORMAT;
    use crate::locate::lines::testing;

    #[track_caller]
    fn check(text: &str, locator: &str, expected: &[&str]) {
        testing::check(&FORMAT, text, locator, expected);
    }

    #[test]
    fn whole_files_and_lines() {
        check("1.2.3\n", "all", &["1.2.3"]);
        check("\n \t1.2.3 é\t\n\n", "all", &["1.2.3 é"]);
        check("", "all", &[]);
        check("\n\n", "all", &[]);
        check("# é\n\n v1.0 \n1\n", "3", &["v1.0"]);
        check("# é\n\n v1.0 \n1\n", "2", &[]);
        check("# é\n\n v1.0 \n1\n", "9", &[]);
    }

    #[test]
    fn a_file_of_several_lines_is_no_version() {
        testing::refuses(&FORMAT, "1.2.3\n\n4\n", "all", "`text`");
    }

    #[test]
    fn values() {
        for value in ["", " 1", "1\n2", "1\r", "\u{feff}1"] {
            testing::bad_value(&FORMAT, "1\n", "all", value);
        }
    }

    #[test]
    fn locators() {
        for bad in ["", "0", "-1", "01", "first", "+1"] {
            testing::bad_locator(&FORMAT, bad);
        }
    }

    #[test]
    fn any_text_is_survived() {
        testing::torture(&FORMAT, &["1", "2"], &["1\n"]);
        testing::torture(&FORMAT, &["all"], &["1\n"]);
    }
}
