//! Time as an argument: seconds since the epoch, given by the caller.

/// A moment, in seconds since 1970-01-01T00:00:00Z.
///
/// Signed and 64 bits wide: 2038 and 2106 are days like any other. Arithmetic saturates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The moment `seconds` after this one.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The moment `seconds` before this one.
    #[must_use]
    pub fn minus(self, seconds: i64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// The seconds from `earlier` to this moment, negative if `earlier` is later.
    pub(crate) fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FT-21
    // OP-02
    #[test]
    fn arithmetic_saturates_and_crosses_2038_and_2106() {
        assert_eq!(UnixTime(2_147_483_647).plus(1), UnixTime(2_147_483_648));
        assert_eq!(UnixTime(4_294_967_295).plus(1), UnixTime(4_294_967_296));
        assert_eq!(UnixTime(i64::MAX).plus(1), UnixTime(i64::MAX));
        assert_eq!(UnixTime(i64::MIN).minus(1), UnixTime(i64::MIN));
        assert_eq!(UnixTime(-5).since(UnixTime(5)), -10);
    }
}
