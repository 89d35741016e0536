//! Times: relative within a day, then the day; the exact one on hover.

use maud::{Markup, html};

use crate::types::Timestamp;

/// When something was: `28 minutes ago`, `yesterday, 16:20`, `28 October`, `12 December 2023`. Times of day are UTC until a
/// script writes them in the reader's zone.
pub(in crate::ui) fn time(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(machine(at)) title=(exact(at)) { (relative(at, now)) } }
}

/// The day alone.
pub(in crate::ui) fn day(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(machine(at)) title=(exact(at)) data-day { (date(at, now)) } }
}

fn relative(at: Timestamp, now: Timestamp) -> String {
    let ago = now.as_millis().saturating_sub(at.as_millis());
    let minutes = ago / 60_000;
    if at > now.plus_millis(60_000) {
        return format!("{}, {}", date(at, now), of_day(at));
    }
    match (minutes, minutes / 60) {
        (0, _) => "just now".to_owned(),
        (1, _) => "1\u{a0}minute ago".to_owned(),
        (2..60, _) => format!("{minutes}\u{a0}minutes ago"),
        (_, 1) => "1\u{a0}hour ago".to_owned(),
        (_, hours @ 2..12) => format!("{hours}\u{a0}hours ago"),
        (_, 12..24) if at.date() == now.date() => format!("today, {}", of_day(at)),
        (_, 12..48) if at.plus_millis(DAY).date() == now.date() => format!("yesterday, {}", of_day(at)),
        (_, _) => date(at, now),
    }
}

/// The day in words, where no element can stand: within pictures and sentences.
pub(in crate::ui) fn day_words(at: Timestamp, now: Timestamp) -> String {
    date(at, now)
}

/// `January` for 1.
pub(super) fn month_name(month: u64) -> &'static str {
    usize::try_from(month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).unwrap_or(&"")
}

fn date(at: Timestamp, now: Timestamp) -> String {
    let (year, month, day) = at.date();
    let month = month_name(month);
    if year == now.date().0 { format!("{day}\u{a0}{month}") } else { format!("{day}\u{a0}{month} {year}") }
}

fn of_day(at: Timestamp) -> String {
    let minutes = at.as_millis() / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

/// As the attribute `datetime` wants it.
fn machine(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    let seconds = at.as_millis() / 1_000 % 60;
    format!("{year:04}-{month:02}-{day:02}T{}:{seconds:02}Z", of_day(at))
}

pub(super) fn exact(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    let seconds = at.as_millis() / 1_000 % 60;
    format!("{year:04}-{month:02}-{day:02} {}:{seconds:02} UTC", of_day(at))
}

const DAY: u64 = 86_400_000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_relative_within_a_day_then_the_day() {
        // 2026-11-24T06:00:00Z
        let now = Timestamp::from_millis(1_795_500_000_000).unwrap();
        for (ago, written) in [
            (0, "just now"),
            (60_000, "1\u{a0}minute ago"),
            (28 * 60_000, "28\u{a0}minutes ago"),
            (3_600_000, "1\u{a0}hour ago"),
            (5 * 3_600_000, "5\u{a0}hours ago"),
            (14 * 3_600_000, "yesterday, 16:00"),
            (31 * 3_600_000, "22\u{a0}November"),
            (40 * DAY, "15\u{a0}October"),
            (400 * DAY, "20\u{a0}October 2025"),
        ] {
            assert_eq!(relative(now.minus_millis(ago), now), written);
        }
        assert_eq!(relative(now.plus_millis(30_000), now), "just now");
        assert_eq!(relative(now.plus_millis(DAY), now), "25\u{a0}November, 06:00");
        assert_eq!(
            time(now, now).into_string(),
            "<time datetime=\"2026-11-24T06:00:00Z\" title=\"2026-11-24 06:00:00 UTC\">just now</time>"
        );
    }
}
