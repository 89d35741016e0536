//! Measures over sizes of collections, printed as they are found, each beside SHA-384 of the same bytes in the same run.

use std::time::Duration;

/// The sizes that the command line names: `cargo bench --bench NAME -- 1000 1000000`; or the usual four.
pub(crate) fn sizes() -> Vec<usize> {
    let named: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    if named.is_empty() { vec![1_000, 10_000, 100_000, 1_000_000] } else { named }
}

/// Begins the lines of one size.
pub(crate) fn begin(records: usize, bytes: usize) {
    println!("\n{records} records, {bytes} bytes");
    println!("  {:<54} {:>10} {:>10} {:>8}", "", "CPU ms", "SHA-384 ms", "ratio");
}

/// One measure, and the SHA-384 beside it.
pub(crate) fn line(what: &str, (sha384, spent): (Duration, Duration)) {
    let ratio = spent.as_secs_f64() / sha384.as_secs_f64();
    println!("  {what:<54} {:>10.3} {:>10.3} {ratio:>8.3}", millis(spent), millis(sha384));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
