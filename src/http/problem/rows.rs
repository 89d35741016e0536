//! What keeps a row from being written.

use super::{Code, Problem};
use crate::workflow::RowError;

/// A clock that is behind stops every write until the operator mends it: 503, in the words of `doctor` in the log.
impl From<RowError> for Problem {
    fn from(error: RowError) -> Self {
        match error {
            RowError::ClockBehind { .. } => {
                Self::caused(Code::Unavailable, error).with_header("Retry-After", CLOCK_RETRY_SECONDS)
            }
            RowError::Random(error) => Self::from(error),
            RowError::Storage(error) => Self::from(error),
            RowError::TimestampTaken => Self::new(Code::Conflict),
            RowError::TimestampsExhausted => Self::caused(Code::Internal, error),
        }
    }
}

/// Nobody mends a clock within seconds.
const CLOCK_RETRY_SECONDS: &str = "300";
