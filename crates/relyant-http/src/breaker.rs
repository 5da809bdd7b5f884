//! Leaves a provider alone that keeps failing, so that visitors get an answer at once and workers stay free.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use relyant_oidc::Error;

use crate::limits::{BREAKER_FAILURES, BREAKER_PAUSE, MAX_RETRY_AFTER};

/// Counts failures in a row and keeps the last of them, to be given again while the provider is left alone.
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
    /// `Err` with the last failure, where the provider is to be left alone.
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

    /// The provider answered.
    pub(crate) fn succeeded(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::default();
    }

    /// The provider failed; `retry_after` is what it asked for.
    pub(crate) fn failed(&self, error: Error, retry_after: Option<Duration>, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        state.last = Some(error);
        let asked = retry_after.map(|asked| asked.min(MAX_RETRY_AFTER));
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
}
