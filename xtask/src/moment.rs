//! Moments, in seconds since 1970 and UTC, as people and files write them.

const DAY: u64 = 24 * 60 * 60;

/// Year, month and day of a moment.
pub fn date_of(seconds: u64) -> (u32, u32, u32) {
    // Howard Hinnant's `civil_from_days`: years that begin in March, in eras of 400.
    let days = seconds / DAY + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    (number(year + era * 400 + carry), number(month), number(of_month))
}

/// For a person: `2026-07-01 12:00 UTC`.
pub fn utc(seconds: u64) -> String {
    let (year, month, day) = date_of(seconds);
    let minutes = seconds % DAY / 60;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// For files that programs read: `2026-07-01T12:00:00Z`.
pub fn rfc3339(seconds: u64) -> String {
    let (year, month, day) = date_of(seconds);
    let rest = seconds % DAY;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// The seconds since 1970 of a moment as servers write it: `Wed, 01 Jul 2026 12:00:59 GMT`.
pub fn parse_http(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let month = MONTHS.iter().position(|name| name == month)? as u64 + 1;
    let (day, year): (u64, u64) = (day.parse().ok()?, year.parse().ok()?);
    let time = time.split(':').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
    let [hour, minute, second] = time.as_slice() else { return None };
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) || *hour > 23 || *minute > 59 || *second > 60 {
        return None;
    }
    // Howard Hinnant's `days_from_civil`.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_era = year % 400;
    let days = year / 400 * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1;
    Some((days - 719_468) * DAY + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(days: u64, expected: (u32, u32, u32)) {
        assert_eq!(date_of(days * DAY), expected);
        assert_eq!(date_of(days * DAY + DAY - 1), expected);
    }

    #[test]
    fn days_become_dates() {
        check(0, (1970, 1, 1));
        check(58, (1970, 2, 28));
        check(59, (1970, 3, 1));
        check(11_016, (2000, 2, 29));
        check(20_512, (2026, 2, 28));
        check(20_513, (2026, 3, 1));
        check(47_540, (2100, 2, 28));
        check(47_541, (2100, 3, 1));
    }

    #[test]
    fn a_moment_is_shown() {
        assert_eq!(utc(1_782_907_259), "2026-07-01 12:00 UTC");
        assert_eq!(utc(0), "1970-01-01 00:00 UTC");
        assert_eq!(rfc3339(1_782_907_259), "2026-07-01T12:00:59Z");
    }

    #[test]
    fn a_moment_of_a_server_is_read() {
        assert_eq!(parse_http("Wed, 01 Jul 2026 12:00:59 GMT"), Some(1_782_907_259));
        assert_eq!(parse_http("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse_http("Tue, 29 Feb 2000 23:59:59 GMT").map(utc).as_deref(), Some("2000-02-29 23:59 UTC"));
        for bad in ["", "1782907259", "Wed, 01 Jul 2026 12:00:59 CET", "Wed, 01 Foo 2026 12:00:59 GMT", "a b c d e GMT"]
        {
            assert_eq!(parse_http(bad), None, "{bad}");
        }
    }
}
