//! Leaves an endpoint alone that keeps failing, so that visitors get an answer at once and workers stay free.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use relyant_oidc::Error;
use url::{Position, Url};

use crate::limits::{BREAKER_FAILURES, BREAKER_PAUSE, MAX_BREAKERS, MAX_RETRY_AFTER};

/// One [`Breaker`] for each endpoint: what one endpoint does says nothing about the others.
///
/// [`MAX_BREAKERS`] at most; those that were used last remain.
#[derive(Default)]
pub(crate) struct Breakers {
    /// By scheme, host, port and path; the one that was used last is the last.
    by_endpoint: Mutex<VecDeque<(String, Arc<Breaker>)>>,
}

impl Breakers {
    /// The breaker of the endpoint at `url`, whatever its query.
    pub(crate) fn of(&self, url: &Url) -> Arc<Breaker> {
        let endpoint = &url[..Position::AfterPath];
        let mut kept = self
            .by_endpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().position(|(known, _)| known == endpoint);
        let entry = known
            .and_then(|index| kept.remove(index))
            .unwrap_or_else(|| (endpoint.to_owned(), Arc::default()));
        let breaker = Arc::clone(&entry.1);
        kept.push_back(entry);
        if kept.len() > MAX_BREAKERS {
            kept.pop_front();
        }
        breaker
    }
}

/// Counts failures in a row and keeps the last of them, to be given again while the endpoint is left alone.
///
/// A new one lets everybody through.
#[derive(Default)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    last: Option<Error>,
    /// Until then nobody asks. Whoever comes first after it moves it on and tries.
    resting_until: Option<Instant>,
}

impl Breaker {
    /// `Err` with the last failure, where the endpoint is to be left alone.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(until), Some(last)) = (state.resting_until, state.last.clone()) else {
            return Ok(());
        };
        if now < until {
            return Err(last);
        }
        state.resting_until = Some(now + BREAKER_PAUSE);
        Ok(())
    }

    /// The endpoint answered.
    pub(crate) fn succeeded(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::default();
    }

    /// The endpoint failed; `retry_after` is what it asked for. No time at all is nothing asked for.
    pub(crate) fn failed(&self, error: Error, retry_after: Option<Duration>, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        state.last = Some(error);
        let asked = retry_after
            .filter(|asked| !asked.is_zero())
            .map(|asked| asked.min(MAX_RETRY_AFTER));
        let pause = if state.failures >= BREAKER_FAILURES {
            asked.max(Some(BREAKER_PAUSE))
        } else {
            asked
        };
        state.resting_until = pause.map(|pause| now + pause);
    }
}

#[cfg(test)]
mod tests {
    use relyant_oidc::error::{Clipped, Unavailable};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn failure(seconds: u64) -> Error {
        Unavailable::Timeout {
            host: Clipped::new("op.example"),
            seconds,
        }
        .into()
    }

    // FT-03
    #[test]
    fn rests_after_five_failures_and_lets_one_try_each_five_seconds() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for number in 1..=4 {
            breaker.failed(failure(number), None, start);
            assert_eq!(breaker.admit(start), Ok(()));
        }
        breaker.failed(failure(5), None, start);
        assert_eq!(breaker.admit(start + 4 * SECOND), Err(failure(5)));
        assert_eq!(breaker.admit(start + 5 * SECOND), Ok(()));
        assert_eq!(breaker.admit(start + 5 * SECOND), Err(failure(5)));
        breaker.succeeded();
        assert_eq!(breaker.admit(start + 5 * SECOND), Ok(()));
    }

    // FT-04
    #[test]
    fn honours_retry_after_up_to_a_cap() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        breaker.failed(failure(1), Some(10 * SECOND), start);
        assert_eq!(breaker.admit(start + 9 * SECOND), Err(failure(1)));
        assert_eq!(breaker.admit(start + 10 * SECOND), Ok(()));
        breaker.failed(failure(2), Some(86_400 * SECOND), start);
        assert_eq!(breaker.admit(start + 29 * SECOND), Err(failure(2)));
        assert_eq!(breaker.admit(start + 30 * SECOND), Ok(()));
    }

    // FT-04
    #[test]
    fn a_retry_after_of_no_time_keeps_nobody_waiting() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for number in 1..=4 {
            breaker.failed(failure(number), Some(Duration::ZERO), start);
            assert_eq!(breaker.admit(start), Ok(()));
            assert_eq!(breaker.admit(start), Ok(()));
        }
        breaker.failed(failure(5), Some(Duration::ZERO), start);
        assert_eq!(breaker.admit(start + 4 * SECOND), Err(failure(5)));
    }

    fn breaker(breakers: &Breakers, url: &str) -> Arc<Breaker> {
        breakers.of(&Url::parse(url).unwrap())
    }

    // FT-03
    #[test]
    fn an_endpoint_is_its_origin_and_path() {
        let (breakers, now) = (Breakers::default(), Instant::now());
        breaker(&breakers, "https://op.example/token?a=b").failed(failure(1), Some(SECOND), now);
        for (url, admitted) in [
            ("https://op.example/token", Err(failure(1))),
            ("https://op.example:443/token?c=d", Err(failure(1))),
            ("https://op.example/userinfo", Ok(())),
            ("https://op.example:8443/token", Ok(())),
            ("https://other.example/token", Ok(())),
            ("http://op.example/token", Ok(())),
        ] {
            assert_eq!(breaker(&breakers, url).admit(now), admitted, "{url}");
        }
    }

    #[test]
    fn the_breakers_are_bounded_and_the_last_used_remain() {
        let (breakers, now) = (Breakers::default(), Instant::now());
        let first = "https://op.example/first";
        breaker(&breakers, first).failed(failure(1), Some(SECOND), now);
        for number in 0..2 * MAX_BREAKERS {
            breaker(&breakers, &format!("https://op.example/{number}"));
            assert_eq!(breaker(&breakers, first).admit(now), Err(failure(1)));
        }
        let kept = breakers.by_endpoint.lock().unwrap().len();
        assert_eq!(kept, MAX_BREAKERS);
    }
}
