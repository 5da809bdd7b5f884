//! What a login asked for that its ID token must show: how recent the sign-in is, how sure and by which means.
//!
//! A browser carries the request to the provider, and whoever sits at it may take out what the request asks for. So the
//! demands stay with the login, and the answer is held to them.

use crate::clock::UnixTime;
use crate::error::{Clipped, InvalidToken};
use crate::limits::LEEWAY_SECONDS;
use crate::numeric_date::NumericDate;

/// What the ID token of a login must show; the default demands nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// How old, in seconds, the sign-in at the provider may have been when the login began.
    pub max_age: Option<u32>,
    /// Whether the token says when the sign-in was, however long ago.
    pub auth_time: bool,
    /// One of these is the token's `acr`, where there are any.
    pub acr_values: Vec<String>,
    /// One of these is in the token's `amr`, where there are any.
    pub amr_values: Vec<String>,
}

/// What an ID token says of the sign-in.
pub(crate) struct SignIn<'a> {
    pub(crate) auth_time: Option<NumericDate>,
    pub(crate) acr: Option<&'a str>,
    pub(crate) amr: &'a [String],
}

impl Demands {
    /// Core §3.1.3.7 (12), (13): the `acr` is one that was asked for, and the sign-in is recent enough.
    pub(crate) fn check_met(
        &self,
        sign_in: &SignIn<'_>,
        login_started_at: UnixTime,
        now: UnixTime,
    ) -> Result<(), InvalidToken> {
        self.check_acr(sign_in.acr)?;
        self.check_amr(sign_in.amr)?;
        self.check_age(sign_in.auth_time, login_started_at, now)
    }

    fn check_acr(&self, got: Option<&str>) -> Result<(), InvalidToken> {
        let fits = |value: &String| Some(value.as_str()) == got;
        if self.acr_values.is_empty() || self.acr_values.iter().any(fits) {
            return Ok(());
        }
        Err(InvalidToken::AcrMismatch {
            expected: Clipped::new(&self.acr_values.join(" ")),
            got: Clipped::new(got.unwrap_or_default()),
        })
    }

    /// Core §2, `amr`: no parameter asks for it, so it is ours to compare.
    fn check_amr(&self, got: &[String]) -> Result<(), InvalidToken> {
        if self.amr_values.is_empty() || self.amr_values.iter().any(|value| got.contains(value)) {
            return Ok(());
        }
        Err(InvalidToken::AmrMismatch {
            expected: Clipped::new(&self.amr_values.join(" ")),
            got: Clipped::new(&got.join(" ")),
        })
    }

    /// Core §2, `auth_time`: required where `max_age` was asked for, or it was itself, as essential.
    ///
    /// The age is that at the login's start: the provider judges it when the request arrives, and may show pages after it.
    fn check_age(
        &self,
        auth_time: Option<NumericDate>,
        login_started_at: UnixTime,
        now: UnixTime,
    ) -> Result<(), InvalidToken> {
        if self.max_age.is_none() && !self.auth_time {
            return Ok(());
        }
        let auth_time = auth_time.ok_or(InvalidToken::AuthTimeMissing)?;
        if let Some(seconds) = auth_time.ahead(now) {
            return Err(InvalidToken::AuthTimeInFuture { seconds });
        }
        let Some(max_age) = self.max_age else {
            return Ok(());
        };
        let limit = i64::from(max_age);
        match auth_time.older_than(limit, login_started_at) {
            Some(seconds) => Err(InvalidToken::SignInTooLongAgo {
                seconds,
                limit,
                leeway: LEEWAY_SECONDS,
            }),
            None => Ok(()),
        }
    }

    /// The demands as they travel with a login: nothing where there are none.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if *self == Self::default() {
            return Vec::new();
        }
        let has_max_age = u8::from(self.max_age.is_some()) * HAS_MAX_AGE;
        let has_auth_time = u8::from(self.auth_time) * HAS_AUTH_TIME;
        let mut bytes = vec![has_max_age | has_auth_time];
        bytes.extend(self.max_age.into_iter().flat_map(u32::to_be_bytes));
        for values in [&self.acr_values, &self.amr_values] {
            bytes.extend(values.join(" ").bytes());
            bytes.push(END);
        }
        bytes
    }

    /// The demands that [`to_bytes`](Self::to_bytes) wrote; none where the bytes are of another form.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let Some((flags, rest)) = bytes.split_first() else {
            return Some(Self::default());
        };
        let (max_age, rest) = if flags & HAS_MAX_AGE == 0 {
            (None, rest)
        } else {
            let (seconds, rest) = rest.split_first_chunk()?;
            (Some(u32::from_be_bytes(*seconds)), rest)
        };
        let mut lists = rest.split(|byte| *byte == END);
        let demands = Self {
            max_age,
            auth_time: flags & HAS_AUTH_TIME != 0,
            acr_values: words(lists.next()?)?,
            amr_values: words(lists.next()?)?,
        };
        // One spelling alone: what is written again is what was read.
        (demands.to_bytes() == bytes).then_some(demands)
    }
}

/// The bits of the first byte.
const HAS_MAX_AGE: u8 = 1;
const HAS_AUTH_TIME: u8 = 2;

/// What stands behind a list; no value has it.
const END: u8 = b'\n';

fn words(bytes: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let words = text.split(' ').filter(|word| !word.is_empty());
    Some(words.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use relyant_jose::json::Value;

    use super::*;

    const STARTED_AT: UnixTime = UnixTime(1_000_000);
    const NOW: UnixTime = UnixTime(1_000_300);

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().copied().map(str::to_owned).collect()
    }

    fn date(seconds: i64) -> NumericDate {
        NumericDate::read(&Value::from(seconds)).unwrap()
    }

    /// Signed in when the login began, at level `gold`, with two factors.
    fn check(
        demands: &Demands,
        change: impl FnOnce(&mut SignIn<'static>),
    ) -> Result<(), InvalidToken> {
        let amr: &'static [String] = Box::leak(texts(&["pwd", "otp"]).into_boxed_slice());
        let mut sign_in = SignIn {
            auth_time: Some(date(STARTED_AT.0)),
            acr: Some("gold"),
            amr,
        };
        change(&mut sign_in);
        demands.check_met(&sign_in, STARTED_AT, NOW)
    }

    fn max_age(seconds: u32) -> Demands {
        Demands {
            max_age: Some(seconds),
            ..Demands::default()
        }
    }

    #[test]
    fn who_demands_nothing_gets_anything() {
        let anything = |it: &mut SignIn<'static>| {
            *it = SignIn {
                auth_time: None,
                acr: None,
                amr: &[],
            };
        };
        assert_eq!(check(&Demands::default(), anything), Ok(()));
    }

    // ID-13, AR-18
    #[test]
    fn a_sign_in_is_as_recent_as_was_asked_for_give_or_take_the_leeway() {
        let at = |seconds: i64| move |it: &mut SignIn<'static>| it.auth_time = Some(date(seconds));
        let leeway = LEEWAY_SECONDS;
        let too_long = |seconds, limit| {
            Err(InvalidToken::SignInTooLongAgo {
                seconds,
                limit,
                leeway,
            })
        };
        for (age, auth_time, expected) in [
            (0, STARTED_AT.0, Ok(())),
            (0, NOW.0, Ok(())),
            (0, STARTED_AT.0 - 60, Ok(())),
            (0, STARTED_AT.0 - 61, too_long(61, 0)),
            (300, STARTED_AT.0 - 360, Ok(())),
            (300, STARTED_AT.0 - 361, too_long(361, 300)),
            (300, NOW.0 + 60, Ok(())),
            (
                300,
                NOW.0 + 61,
                Err(InvalidToken::AuthTimeInFuture { seconds: 61 }),
            ),
        ] {
            assert_eq!(check(&max_age(age), at(auth_time)), expected, "{auth_time}");
        }
        assert_eq!(
            check(&max_age(300), |it| it.auth_time = None),
            Err(InvalidToken::AuthTimeMissing)
        );
    }

    // ID-13
    #[test]
    fn when_the_sign_in_was_is_told_where_that_alone_is_asked_for() {
        let demands = Demands {
            auth_time: true,
            ..Demands::default()
        };
        assert_eq!(check(&demands, |it| it.auth_time = Some(date(1))), Ok(()));
        assert_eq!(
            check(&demands, |it| it.auth_time = None),
            Err(InvalidToken::AuthTimeMissing)
        );
        assert_eq!(
            check(&demands, |it| it.auth_time = Some(date(NOW.0 + 61))),
            Err(InvalidToken::AuthTimeInFuture { seconds: 61 })
        );
    }

    // ID-13
    #[test]
    fn the_level_is_one_that_was_asked_for() {
        let demands = Demands {
            acr_values: texts(&["gold", "platinum"]),
            ..Demands::default()
        };
        assert_eq!(check(&demands, |_| {}), Ok(()));
        assert_eq!(check(&demands, |it| it.acr = Some("platinum")), Ok(()));
        for got in ["", "Gold", "gold platinum", "silver"] {
            let expected = InvalidToken::AcrMismatch {
                expected: Clipped::new("gold platinum"),
                got: Clipped::new(got),
            };
            let acr = (!got.is_empty()).then_some(got);
            assert_eq!(check(&demands, |it| it.acr = acr), Err(expected), "{got}");
        }
    }

    // ID-13
    #[test]
    fn the_means_are_among_those_that_were_asked_for() {
        let demands = Demands {
            amr_values: texts(&["otp", "hwk"]),
            ..Demands::default()
        };
        assert_eq!(check(&demands, |_| {}), Ok(()));
        let expected = InvalidToken::AmrMismatch {
            expected: Clipped::new("otp hwk"),
            got: Clipped::default(),
        };
        assert_eq!(check(&demands, |it| it.amr = &[]), Err(expected));
    }

    #[test]
    fn bytes_of_another_form_are_no_demands() {
        for bytes in [
            &[2][..],
            &[4, b'\n', b'\n'],
            &[0],
            &[0, b'\n'],
            &[0, b'\n', b'\n'],
            &[1, 0, 0, 0],
            &[1, 0, 0, 0, 0, b'a'],
            b"\0a  b\n\n",
            b"\0 a\n\n",
            b"\0a\n\nb",
            b"\0\xff\n\n",
        ] {
            assert_eq!(Demands::from_bytes(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_travels_comes_back(
            max_age in any::<Option<u32>>(),
            auth_time in any::<bool>(),
            acr_values in proptest::collection::vec("[!-~]{1,20}", 0..5),
            amr_values in proptest::collection::vec("[!-~]{1,20}", 0..5),
        ) {
            let demands = Demands { max_age, auth_time, acr_values, amr_values };
            prop_assert_eq!(Demands::from_bytes(&demands.to_bytes()), Some(demands));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(demands) = Demands::from_bytes(&bytes) {
                prop_assert_eq!(demands.to_bytes(), bytes);
            }
        }
    }
}
