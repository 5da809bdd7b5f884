//! The moment up to which a login step may use the network.

use std::time::{Duration, Instant};

/// A moment on the machine's monotonic clock that all exchanges of one login step share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// The deadline that lies `timeout` ahead.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout)
    }

    /// What is left of it; `None` once it has passed.
    pub(crate) fn remaining(self) -> Option<Duration> {
        self.0
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
    }

    /// A deadline that leaves half of the time left to others.
    pub(crate) fn half(self) -> Self {
        Self::after(self.remaining().unwrap_or_default() / 2)
    }
}
