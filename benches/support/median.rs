//! What a measure comes to that was taken several times.

use std::time::Duration;

/// The one in the middle.
pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
