//! Times in claims, exactly: whole or fractional seconds since the epoch. RFC 7519 §2, NumericDate.

use relyant_jose::json::Value;

use crate::clock::UnixTime;
use crate::json_type::json_type;
use crate::limits::{EXACT_INTEGER_END, LEEWAY_SECONDS};

/// A time in a claim: a JSON number above 0 and below 2^53.
///
/// Kept as whole seconds and whether something comes behind the point, so that comparisons with
/// whole seconds are exact for every date that a number can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumericDate {
    seconds: i64,
    has_fraction: bool,
}

impl NumericDate {
    /// What a message expects.
    pub(crate) const EXPECTED: &str = "a number between 0 and 2^53";

    /// Reads a claim's value, or says what it is instead: texts, booleans, lists and numbers out of
    /// range are no dates.
    pub(crate) fn read(value: &Value) -> Result<Self, &'static str> {
        let Value::Number(number) = value else {
            return Err(json_type(value));
        };
        let parts = match number.as_i64() {
            Some(seconds) => Some((seconds, false)),
            None => number.as_f64().and_then(split),
        };
        match parts {
            Some((seconds, has_fraction))
                if seconds < EXACT_INTEGER_END
                    && (seconds > 0 || (seconds == 0 && has_fraction)) =>
            {
                Ok(Self {
                    seconds,
                    has_fraction,
                })
            }
            _ => Err("another number"),
        }
    }

    /// The date, rounded down to a whole second.
    pub(crate) fn floor(self) -> UnixTime {
        UnixTime(self.seconds)
    }

    /// For how many seconds this expiry has passed; none while it hasn't, the leeway granted.
    ///
    /// What expires exactly then has expired. RFC 7519 §4.1.4.
    pub(crate) fn passed(self, now: UnixTime) -> Option<i64> {
        let expired = !self.is_after(now.minus(LEEWAY_SECONDS));
        expired.then(|| now.since(self.floor()))
    }

    /// By how many seconds this date lies in the future; none where the leeway covers it.
    /// RFC 7519 §4.1.5, §4.1.6.
    pub(crate) fn ahead(self, now: UnixTime) -> Option<i64> {
        let future = self.is_after(now.plus(LEEWAY_SECONDS));
        future.then(|| self.floor().since(now))
    }

    /// The age of this date, where it is more than `seconds` and the leeway.
    pub(crate) fn older_than(self, seconds: i64, now: UnixTime) -> Option<i64> {
        let old = self.is_before(now.minus(seconds.saturating_add(LEEWAY_SECONDS)));
        old.then(|| now.since(self.floor()))
    }

    fn is_before(self, moment: UnixTime) -> bool {
        self.seconds < moment.0
    }

    fn is_after(self, moment: UnixTime) -> bool {
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
        NumericDate::read(&json::parse(text.as_bytes()).ok()?).ok()
    }

    // FT-21
    // RFC 7519 §2
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
    // RFC 8259 §6
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
