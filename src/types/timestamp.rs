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

    /// Year, month (1–12) and day in UTC, in the proleptic Gregorian calendar.
    ///
    /// Counts in years that begin in March, so that the leap day comes last.
    pub const fn date(self) -> (u64, u64, u64) {
        let shifted = self.0 / 86_400_000 + 719_468;
        let era = shifted / 146_097;
        let of_era = shifted % 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let (month, later) = if shifted_month < 10 { (shifted_month + 3, 0) } else { (shifted_month - 9, 1) };
        (year_of_era + era * 400 + later, month, day)
    }

    /// The first moment of a day in UTC, written `2026-11-24`; `None` for every other text, and for days before 1970.
    pub fn parse_day(text: &str) -> Option<Self> {
        let mut parts = text.split('-').map(|part| {
            part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u64>().ok()).flatten()
        });
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() || year > 9_999 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let first = Self::of_date(year, month, day)?;
        (first.date() == (year, month, day)).then_some(first)
    }

    /// The first moment of a day in UTC, by the calendar of [`Timestamp::date`]. A day that its month does not have is one of
    /// the next month.
    pub fn of_date(year: u64, month: u64, day: u64) -> Option<Self> {
        let (year, shifted) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
        let of_year = (153 * shifted + 2) / 5 + day.checked_sub(1)?;
        let days = (year * 365 + year / 4 - year / 100 + year / 400 + of_year).checked_sub(719_468)?;
        Self::from_millis(days.checked_mul(86_400_000)?).ok()
    }

    /// UTC as the protocol writes it (`remote-settings` §2.10): `2026-11-24T03:40:06.628000+00:00`, without the fraction
    /// when it is 0.
    pub fn to_iso8601(self) -> String {
        let (year, month, day) = self.date();
        let (of_day, millis) = (self.0 / 1_000 % 86_400, self.0 % 1_000);
        let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}000") };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}+00:00")
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

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (text, iso) in [
            ("1970-01-01", "1970-01-01T00:00:00+00:00"),
            ("2000-02-29", "2000-02-29T00:00:00+00:00"),
            ("2026-11-24", "2026-11-24T00:00:00+00:00"),
            ("9999-12-31", "9999-12-31T00:00:00+00:00"),
        ] {
            assert_eq!(Timestamp::parse_day(text).unwrap().to_iso8601(), iso);
        }
        for bad in [
            "",
            "2026",
            "2026-11",
            "2026-02-29",
            "2026-13-01",
            "2026-11-31",
            "2026-11-24-1",
            "1969-12-31",
            "+2026-11-24",
            "10000-01-01",
            "2026-11-x",
        ] {
            assert_eq!(Timestamp::parse_day(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let iso = |millis| Timestamp::from_millis(millis).unwrap().to_iso8601();
        assert_eq!(iso(0), "1970-01-01T00:00:00+00:00");
        assert_eq!(iso(951_782_399_999), "2000-02-28T23:59:59.999000+00:00");
        assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00+00:00");
        assert_eq!(iso(1_795_491_606_628), "2026-11-24T03:40:06.628000+00:00");
        assert_eq!(iso(4_102_444_799_000), "2099-12-31T23:59:59+00:00");
    }
}
