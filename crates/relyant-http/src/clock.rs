//! Time as the cache and the protocol see it, so that tests can turn the hands.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use relyant_oidc::clock::UnixTime;

/// A source of the two times that a relying party needs.
pub trait Clock: Send + Sync {
    /// The monotonic time: what is kept ages by it, so that a clock that is set back keeps nothing alive.
    fn monotonic(&self) -> Instant;
    /// The time of day: tokens are judged by it.
    fn unix(&self) -> UnixTime;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn monotonic(&self) -> Instant {
        Instant::now()
    }

    fn unix(&self) -> UnixTime {
        // A machine whose clock stands before 1970 gets 1970: each token is then refused as issued in the future.
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixTime(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
    }
}
