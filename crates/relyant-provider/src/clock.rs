//! The wall clock, read in one place.

use std::time::{SystemTime, UNIX_EPOCH};

/// The current time in whole seconds since the epoch, as tokens count it.
pub(crate) fn now() -> i64 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
