//! Reads `Retry-After`: seconds, or a date.
//!
//! RFC 9110: <https://www.rfc-editor.org/rfc/rfc9110>

use std::time::Duration;

use relyant_oidc::clock::UnixTime;

/// The time that a `Retry-After` asks for, or `None` where it isn't one.
///
/// A date in the past asks for nothing. RFC 9110 §10.2.3.
pub(crate) fn parse(value: &str, now: UnixTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let seconds = parse_date(value)?.saturating_sub(now.0);
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// Seconds since the epoch of `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// RFC 9110 §5.6.7, IMF-fixdate; the obsolete forms, which senders must not make, are not read.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let (_, date) = text.split_once(", ")?;
    let mut parts = date.split(' ');
    let day: i64 = parts
        .next()?
        .parse()
        .ok()
        .filter(|day| (1..=31).contains(day))?;
    let month = month_number(parts.next()?)?;
    let year: i64 = parts
        .next()?
        .parse()
        .ok()
        .filter(|year| (1970..=9999).contains(year))?;
    let seconds = parse_time_of_day(parts.next()?)?;
    (parts.next()? == "GMT" && parts.next().is_none()).then_some(())?;
    Some(days_since_epoch(year, month, day) * 86_400 + seconds)
}

fn parse_time_of_day(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let in_range =
        (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..=60).contains(&seconds);
    (in_range && parts.next().is_none()).then_some(hours * 3_600 + minutes * 60 + seconds)
}

fn month_number(name: &str) -> Option<i64> {
    let names = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let index = names.iter().position(|known| *known == name)?;
    i64::try_from(index + 1).ok()
}

/// Days from 1970-01-01 in the Gregorian calendar, with years that begin in March, so that leap days come last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days_before_year = year * 365 + year / 4 - year / 100 + year / 400;
    let days_before_month = (month * 153 + 2) / 5;
    days_before_year + days_before_month + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 9110 §10.2.3, §5.6.7
    #[test]
    fn reads_seconds_and_dates() {
        let now = UnixTime(784_111_777);
        let cases = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            (
                "Tue, 29 Feb 2000 00:00:00 GMT",
                Some(951_782_400 - 784_111_777),
            ),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT and more", None),
        ];
        for (value, seconds) in cases {
            assert_eq!(
                parse(value, now),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]
        #[test]
        fn never_panics(value in "\\PC*", now in proptest::prelude::any::<i64>()) {
            let _ = parse(&value, UnixTime(now));
        }
    }
}
