//! Processor time: on a busy machine it says what a thing costs, where the wall clock says who else was there.

use std::{hint::black_box, time::Duration};

/// What `work` costs this thread.
pub(crate) fn spent<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let before = of_this_thread();
    let value = black_box(work());
    (of_this_thread().saturating_sub(before), value)
}

#[cfg(unix)]
fn of_this_thread() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Elsewhere the wall clock has to do.
#[cfg(not(unix))]
fn of_this_thread() -> Duration {
    static BEGAN: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    BEGAN.elapsed()
}
