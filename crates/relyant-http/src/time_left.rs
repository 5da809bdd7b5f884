//! What is left of the time to connect, for a connector that isn't the first of its chain.

use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout};

/// The time to connect, less what has passed since the first connector began.
///
/// The details that all connectors of a chain get tell the whole time, whenever each has its turn.
pub(crate) fn time_left(details: &ConnectionDetails) -> NextTimeout {
    let mut timeout = details.timeout;
    let times = (details.now, (details.current_time)(), timeout.after);
    if let (Instant::Exact(start), Instant::Exact(now), Duration::Exact(after)) = times {
        timeout.after = Duration::Exact(after.saturating_sub(now.duration_since(start)));
    }
    timeout
}
