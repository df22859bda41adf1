//! Dates in headings, in the form in which a project writes them: `2026-11-21`, `Saturday 21 November 2026`.

use std::ops::Range;

use crate::version::Date;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// How a date is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Year,
    /// With two digits, or as few as there are; `None` where this date doesn't show it.
    Month(Option<bool>),
    /// In full, or its first three letters; `None` in May.
    MonthName(Option<bool>),
    /// With two digits?
    Day(Option<bool>),
    /// `1st`
    Ordinal,
    /// In full?
    Weekday(bool),
}

/// The first date in a text. One like `03/04/2026` could be two, and is none.
pub(super) fn find(text: &str) -> Option<(Range<usize>, Form)> {
    find_numeric(text, &['-', '/']).or_else(|| find_named(text))
}

/// `21.11.2026` and `2026.11.21`, which could be versions too.
pub(super) fn find_dotted(text: &str) -> Option<(Range<usize>, Form)> {
    find_numeric(text, &['.'])
}

impl Form {
    /// A day in this form.
    pub fn render(&self, date: Date) -> String {
        let number = |value: u8, wide: bool| if wide { format!("{value:02}") } else { value.to_string() };
        let name = |name: &str, full: bool| name[..if full { name.len() } else { 3 }].to_owned();
        let render = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Year => format!("{:04}", date.year),
            Piece::Month(wide) => number(date.month, wide.unwrap_or(true)),
            Piece::MonthName(full) => name(MONTHS[usize::from(date.month - 1)], full.unwrap_or(true)),
            Piece::Day(wide) => number(date.day, wide.unwrap_or(!self.is_named())),
            Piece::Ordinal => format!("{}{}", date.day, ordinal(date.day)),
            Piece::Weekday(full) => name(DAYS[weekday(date)], *full),
        };
        self.0.iter().map(render).collect()
    }

    /// Learns from other dates of the same form what this one doesn't show: is it `9` or `09`, `Nov` or `November`?
    pub fn refine(&mut self, others: &[Form]) {
        let length = self.0.len();
        for other in others.iter().filter(|other| other.0.len() == length) {
            for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
                match (mine, theirs) {
                    (Piece::Month(mine), Piece::Month(theirs))
                    | (Piece::MonthName(mine), Piece::MonthName(theirs))
                    | (Piece::Day(mine), Piece::Day(theirs)) => *mine = mine.or(*theirs),
                    _ => {}
                }
            }
        }
    }

    fn is_named(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::MonthName(_)))
    }
}

fn ordinal(day: u8) -> &'static str {
    match (day % 10, day / 10) {
        (_, 1) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// 0 is Sunday: Sakamoto's method.
fn weekday(date: Date) -> usize {
    const SHIFT: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = usize::from(date.year) - usize::from(date.month < 3);
    (year + year / 4 - year / 100 + year / 400 + SHIFT[usize::from(date.month - 1)] + usize::from(date.day)) % 7
}

/// Three runs of digits with the same sign between them, of which one is a year.
fn find_numeric(text: &str, signs: &[char]) -> Option<(Range<usize>, Form)> {
    let of_number = |c: char| c.is_ascii_alphanumeric() || "-/.+_".contains(c);
    let mut start = 0;
    for run in text.split(|c| !of_number(c)) {
        let at = start;
        start += run.len() + text[start + run.len()..].chars().next().map_or(0, char::len_utf8);
        let run = run.trim_end_matches(['.', '-', '/']);
        for sign in signs {
            let parts: Vec<&str> = run.split(*sign).collect();
            if let [a, b, c] = parts[..]
                && let Some(form) = numeric([a, b, c], *sign)
            {
                return Some((at..at + run.len(), form));
            }
        }
    }
    None
}

fn numeric(parts: [&str; 3], sign: char) -> Option<Form> {
    let short = |part: &str| matches!(part.len(), 1 | 2).then(|| part.parse::<u8>().ok()).flatten();
    let year = |part: &str| part.len() == 4 && part.parse::<u16>().is_ok_and(|year| (1970..2200).contains(&year));
    let month = |part: &str| short(part).is_some_and(|month| (1..=12).contains(&month));
    let day = |part: &str| short(part).is_some_and(|day| (1..=31).contains(&day));
    // A `9` shows that no zero is put in front, an `11` shows nothing.
    let own = |part: &str| if part.len() == 1 { Some(false) } else { part.starts_with('0').then_some(true) };
    let [a, b, c] = parts;
    let wide = |part: &str| own(part).or(parts.iter().find_map(|part| own(part)));
    let (month_first, day_first) = (month(a) && day(b), day(a) && month(b));
    let pieces = match () {
        () if year(a) && month(b) && day(c) => [Piece::Year, Piece::Month(wide(b)), Piece::Day(wide(c))],
        () if year(c) && day_first && (!month_first || sign == '.') => {
            [Piece::Day(wide(a)), Piece::Month(wide(b)), Piece::Year]
        }
        () if year(c) && month_first && !day_first => [Piece::Month(wide(a)), Piece::Day(wide(b)), Piece::Year],
        () => return None,
    };
    let [a, b, c] = pieces;
    let sign = || Piece::Literal(sign.to_string());
    Some(Form(vec![a, sign(), b, sign(), c]))
}

/// A run of words that are a month, a day, perhaps a weekday and a year.
fn find_named(text: &str) -> Option<(Range<usize>, Form)> {
    let words = words(text);
    let month = words.iter().position(|word| matches!(read_word(&text[word.clone()]), Some(Piece::MonthName(_))))?;
    let near = |left: usize, right: usize| {
        let between = &text[words[left].end..words[right].start];
        between.len() <= 2 && between.chars().all(|c| " ,.-".contains(c))
    };
    let (mut first, mut last) = (month, month);
    // The `3` of `1.2.3 Monday 26 July 2021` is no second day.
    let new = |word: usize, first: usize, last: usize| {
        let kind = read_word(&text[words[word].clone()]).map(|piece| piece.kind());
        kind.is_some() && (first..=last).all(|at| read_word(&text[words[at].clone()]).map(|piece| piece.kind()) != kind)
    };
    while first > 0 && near(first - 1, first) && new(first - 1, first, last) {
        first -= 1;
    }
    while last + 1 < words.len() && near(last, last + 1) && new(last + 1, first, last) {
        last += 1;
    }
    let mut pieces = Vec::new();
    for at in first..=last {
        if at > first {
            pieces.push(Piece::Literal(text[words[at - 1].end..words[at].start].to_owned()));
        }
        pieces.extend(read_word(&text[words[at].clone()]));
    }
    let a_date = pieces.iter().any(|piece| matches!(piece, Piece::Day(_) | Piece::Ordinal | Piece::Year));
    a_date.then(|| (words[first].start..words[last].end, Form(pieces)))
}

impl Piece {
    /// The same number for pieces of which a date has one.
    fn kind(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Year => 1,
            Self::Month(_) | Self::MonthName(_) => 2,
            Self::Day(_) | Self::Ordinal => 3,
            Self::Weekday(_) => 4,
        }
    }
}

fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        match words.last_mut() {
            Some(word) if word.end == at => word.end += c.len_utf8(),
            _ => words.push(at..at + c.len_utf8()),
        }
    }
    words
}

fn read_word(word: &str) -> Option<Piece> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (number, tail) = word.split_at(digits);
    if let Ok(number) = number.parse::<u16>() {
        let day = u8::try_from(number).ok().filter(|day| (1..=31).contains(day) && digits <= 2);
        return match (day, tail) {
            (Some(day), "") => Some(Piece::Day(match (word.starts_with('0'), day < 10) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            })),
            (Some(day), tail) if digits < 3 && tail == ordinal(day) => Some(Piece::Ordinal),
            (None, "") if digits == 4 && (1970..2200).contains(&number) => Some(Piece::Year),
            _ => None,
        };
    }
    let full = |names: &[&str]| names.contains(&word);
    let short = |names: &[&str]| names.iter().any(|name| name[..3] == *word);
    match () {
        () if word == "May" => Some(Piece::MonthName(None)),
        () if full(&MONTHS) => Some(Piece::MonthName(Some(true))),
        () if short(&MONTHS) => Some(Piece::MonthName(Some(false))),
        () if full(&DAYS) => Some(Piece::Weekday(true)),
        () if short(&DAYS) => Some(Piece::Weekday(false)),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The date that is found, and the same form on Saturday, 2026-11-07.
    #[track_caller]
    fn check(text: &str, found: &str, rendered: &str) {
        let (span, form) = find(text).or_else(|| find_dotted(text)).expect("a date");
        assert_eq!(&text[span], found);
        assert_eq!(form.render(Date::new(2026, 11, 7).expect("a day")), rendered);
    }

    #[test]
    fn a_date_in_the_form_of_another() {
        check("1.2.3 - 2026-01-02", "2026-01-02", "2026-11-07");
        check("1.2.3 (2020-12-22)", "2020-12-22", "2026-11-07");
        check("1.2.3 / 2020/1/22", "2020/1/22", "2026/11/7");
        check("28/03/2020", "28/03/2020", "07/11/2026");
        check("3/28/2020", "3/28/2020", "11/7/2026");
        check("1.27.0 - 13.08.2015", "13.08.2015", "07.11.2026");
        check("1.27.0 - Monday 26 July 2021", "Monday 26 July 2021", "Saturday 7 November 2026");
        check("1.14.0 - Thursday 03 September", "Thursday 03 September", "Saturday 07 November");
        check("January 2, 2026", "January 2, 2026", "November 7, 2026");
        check("[Jan 2nd, 2026]", "Jan 2nd, 2026", "Nov 7th, 2026");
        check("Version 1.2 (21-Feb-2020)", "21-Feb-2020", "7-Nov-2026");
        check("March 2026", "March 2026", "November 2026");
        check("1.2.3 Monday 26 July 2021", "Monday 26 July 2021", "Saturday 7 November 2026");
        check("Tue, 01 Dec 2020", "Tue, 01 Dec 2020", "Sat, 07 Nov 2026");
    }

    #[test]
    fn what_is_no_date() {
        for text in
            ["1.2.3", "03/04/2026", "2026-13-01", "1.0-2026-01-02", "May the force", "March", "v2026.1", "a-b-c"]
        {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn other_dates_show_what_one_does_not() {
        let form = |text: &str| find(text).expect("a date").1;
        let mut may = form("12 May 2026");
        may.refine(&[form("2026-01-01"), form("03 Jan 2026")]);
        assert_eq!(may.render(Date::new(2026, 11, 7).expect("a day")), "07 Nov 2026");
    }

    #[test]
    fn weekdays() {
        for ((year, month, day), name) in [
            ((2026, 11, 21), "Saturday"),
            ((2021, 7, 26), "Monday"),
            ((2024, 2, 29), "Thursday"),
            ((2000, 1, 1), "Saturday"),
        ] {
            assert_eq!(DAYS[weekday(Date::new(year, month, day).expect("a day"))], name);
        }
    }
}
