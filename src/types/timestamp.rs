//! Milliseconds since the epoch, as the protocol counts them.

use std::fmt;

/// A point in time or a version of a list: milliseconds since 1970-01-01T00:00:00Z, 0 to 2^53−1.
///
/// Source: `kinto-api` §7.3. Negative numbers and numbers that JavaScript cannot hold are refused.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The greatest number that every client reads exactly.
    pub const MAX: Self = Self((1 << 53) - 1);
    /// The epoch.
    pub const ZERO: Self = Self(0);

    /// From a number of milliseconds.
    pub const fn from_millis(millis: u64) -> Result<Self, TimestampError> {
        if millis > Self::MAX.0 { Err(TimestampError::OutOfRange) } else { Ok(Self(millis)) }
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This point in time plus `millis`, at most [`Timestamp::MAX`].
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        let sum = self.0.saturating_add(millis);
        if sum > Self::MAX.0 { Self::MAX } else { Self(sum) }
    }

    /// This point in time minus `millis`, at least [`Timestamp::ZERO`].
    #[must_use]
    pub const fn minus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_sub(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a number is no timestamp.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TimestampError {
    /// Beyond 2^53−1.
    #[error("timestamp out of range")]
    OutOfRange,
}
