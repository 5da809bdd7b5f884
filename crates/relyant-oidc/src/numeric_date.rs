//! Times in claims, exactly: whole or fractional seconds since the epoch. RFC 7519 §2, NumericDate.

use relyant_jose::json::Value;

use crate::clock::UnixTime;
use crate::limits::EXACT_INTEGER_END;

/// A time in a claim: a JSON number above 0 and below 2^53.
///
/// Kept as whole seconds and whether something comes behind the point, so that comparisons with
/// whole seconds are exact for every date that a number can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumericDate {
    seconds: i64,
    has_fraction: bool,
}

impl NumericDate {
    /// Reads a claim's value; texts, booleans, lists and numbers out of range are no dates.
    pub fn read(value: &Value) -> Option<Self> {
        let Value::Number(number) = value else {
            return None;
        };
        let (seconds, has_fraction) = match number.as_i64() {
            Some(seconds) => (seconds, false),
            None => split(number.as_f64()?)?,
        };
        let positive = seconds > 0 || (seconds == 0 && has_fraction);
        (positive && seconds < EXACT_INTEGER_END).then_some(Self {
            seconds,
            has_fraction,
        })
    }

    /// The date, rounded down to a whole second.
    pub fn floor(self) -> UnixTime {
        UnixTime(self.seconds)
    }

    /// Whether the date lies before `moment`.
    pub fn is_before(self, moment: UnixTime) -> bool {
        self.seconds < moment.0
    }

    /// Whether the date lies behind `moment`.
    pub fn is_after(self, moment: UnixTime) -> bool {
        self.seconds > moment.0 || (self.seconds == moment.0 && self.has_fraction)
    }
}

/// A finite number below 2^53 as its whole part and whether there is more.
fn split(number: f64) -> Option<(i64, bool)> {
    #[allow(clippy::cast_precision_loss, reason = "2^53 is exact")]
    let end = EXACT_INTEGER_END as f64;
    if !(number >= 0.0 && number < end) {
        return None;
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "between 0 and 2^53, where the cast rounds down exactly"
    )]
    let whole = number as i64;
    Some((whole, number.fract() > 0.0))
}

#[cfg(test)]
mod tests {
    use relyant_jose::json;

    use super::*;

    fn read(text: &str) -> Option<NumericDate> {
        NumericDate::read(&json::parse(text.as_bytes()).ok()?)
    }

    // FT-21
    #[test]
    fn dates_are_exact_in_2038_in_2106_and_between_seconds() {
        for (text, seconds, has_fraction) in [
            ("1", 1, false),
            ("0.5", 0, true),
            ("2147483648", 2_147_483_648, false),
            ("4294967296.5", 4_294_967_296, true),
            ("1.7e9", 1_700_000_000, false),
            ("1700000000.0", 1_700_000_000, false),
            ("9007199254740991", 9_007_199_254_740_991, false),
        ] {
            assert_eq!(
                read(text),
                Some(NumericDate {
                    seconds,
                    has_fraction
                }),
                "{text}"
            );
        }
    }

    // ID-09
    #[test]
    fn what_is_no_date_is_refused() {
        let long = "9".repeat(5_000);
        for text in [
            "0",
            "-0.0",
            "-1",
            "-0.5",
            "9007199254740992",
            "1e300",
            "1e400",
            "NaN",
            "Infinity",
            "\"1700000000\"",
            "true",
            "null",
            "[1700000000]",
            "{}",
            "18446744073709551615",
            "-9223372036854775808",
            &long,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn comparisons_with_whole_seconds_are_exact() {
        let whole = read("100").unwrap();
        let half = read("100.5").unwrap();
        for (moment, whole_is, half_is) in [
            (99, (false, true), (false, true)),
            (100, (false, false), (false, true)),
            (101, (true, false), (true, false)),
        ] {
            let moment = UnixTime(moment);
            assert_eq!((whole.is_before(moment), whole.is_after(moment)), whole_is);
            assert_eq!((half.is_before(moment), half.is_after(moment)), half_is);
        }
    }
}
