//! Comparison on a machine that others use too: what disturbs the one disturbs the other.

use std::time::Duration;

use super::median::median;

/// `baseline` and `work`, in turn, `rounds` times: the median of each.
pub(crate) fn in_turn(
    rounds: usize,
    mut baseline: impl FnMut() -> Duration,
    mut work: impl FnMut() -> Duration,
) -> (Duration, Duration) {
    let (mut baselines, mut works) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        baselines.push(baseline());
        works.push(work());
    }
    (median(&mut baselines), median(&mut works))
}
