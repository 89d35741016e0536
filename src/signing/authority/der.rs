//! As much of DER as a certificate's fields need. Every read may fail; nothing is read past the end.

use time::{Date, Month, Time, UtcDateTime};

use crate::types::Timestamp;

/// The tags that certificates are made of.
pub(super) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const CONTEXT_0: u8 = 0xa0;
    pub(crate) const CONTEXT_3: u8 = 0xa3;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
}

/// What is left of a value.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(der: &'a [u8]) -> Self {
        Self(der)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The next value: its tag and content.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = if *first < 0x80 {
            (usize::from(*first), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            if digits.is_empty() || digits.len() > MAX_LENGTH_DIGITS {
                return None;
            }
            (digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), rest)
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, content))
    }

    /// The content of the next value, if it has this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        let before = *self;
        let (found, content) = self.next()?;
        if found == tag {
            return Some(content);
        }
        *self = before;
        None
    }

    /// The next value with tag and length, if it has this tag.
    pub(super) fn whole(&mut self, tag: u8) -> Option<&'a [u8]> {
        let before = self.0;
        self.expect(tag)?;
        before.get(..before.len() - self.0.len())
    }

    /// A reader of the content of the next value, if it has this tag.
    pub(super) fn nested(&mut self, tag: u8) -> Option<Self> {
        self.expect(tag).map(Self)
    }

    /// Steps over the next value, if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) {
        let _skipped = self.expect(tag);
    }

    /// The next value, a time (RFC 5280 §4.1.2.5): `YYMMDDHHMMSSZ` for 1950 to 2049, or with four digits of the year. A time
    /// before the epoch is the epoch.
    pub(super) fn time(&mut self) -> Option<Timestamp> {
        let (tag, digits) = self.next()?;
        let (year, rest) = match tag {
            tag::GENERALIZED_TIME => {
                let (year, rest) = digits.split_at_checked(4)?;
                (number(year)?, rest)
            }
            tag::UTC_TIME => {
                let (year, rest) = digits.split_at_checked(2)?;
                let year = number(year)?;
                (if year < 50 { 2000 + year } else { 1900 + year }, rest)
            }
            _ => return None,
        };
        let fields = rest.strip_suffix(b"Z").filter(|fields| fields.len() == 10)?;
        let mut fields = fields.chunks(2).map(|pair| u8::try_from(number(pair)?).ok());
        let mut field = || fields.next().flatten();
        let month = Month::try_from(field()?).ok()?;
        let date = Date::from_calendar_date(i32::from(year), month, field()?).ok()?;
        let time = Time::from_hms(field()?, field()?, field()?).ok()?;
        let seconds = UtcDateTime::new(date, time).unix_timestamp();
        Timestamp::from_millis(u64::try_from(seconds).unwrap_or(0).saturating_mul(1000)).ok()
    }
}

fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0'))
    })
}

/// Lengths up to 16 MiB.
const MAX_LENGTH_DIGITS: usize = 3;
