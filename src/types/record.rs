//! A record as stored: canonical bytes without `last_modified`, and where to put it.

use super::{Sha256Digest, Timestamp};

/// A record without `last_modified`, as canonical bytes. Stored once; source, preview and published records share it.
///
/// Made at the door by `canonical::content`; nothing later parses and prints it again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Content {
    bytes: Box<[u8]>,
    splice: usize,
}

impl Content {
    /// From good parts: canonical bytes of an object that has an `id`, and the offset at which
    /// `,"last_modified":N` goes. For `canonical` and for rows that it made.
    pub fn from_parts(bytes: Box<[u8]>, splice: usize) -> Self {
        Self { bytes, splice }
    }

    /// The canonical bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where `,"last_modified":N` goes.
    pub fn splice(&self) -> usize {
        self.splice
    }

    /// SHA-256 of the canonical bytes.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(&self.bytes)
    }

    /// This content as a record last modified at `last_modified`.
    pub fn at(&self, last_modified: Timestamp) -> RecordRef<'_> {
        RecordRef { content: &self.bytes, splice: self.splice, last_modified }
    }
}

/// A live record, borrowed from wherever its bytes are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordRef<'a> {
    /// Canonical bytes without `last_modified`.
    pub content: &'a [u8],
    /// Where `,"last_modified":N` goes.
    pub splice: usize,
    /// When it was last modified, in this collection.
    pub last_modified: Timestamp,
}

impl RecordRef<'_> {
    /// How many bytes [`RecordRef::write_to`] appends.
    pub fn length(&self) -> u64 {
        let (_, used) = digits(self.last_modified);
        u64::try_from(self.content.len() + MEMBER.len() + used).unwrap_or(u64::MAX)
    }

    /// Appends the record's canonical bytes to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let (head, tail) = self.parts();
        let (digits, used) = digits(self.last_modified);
        out.reserve(self.content.len() + MEMBER.len() + digits.len());
        out.extend_from_slice(head);
        out.extend_from_slice(MEMBER);
        // All sixteen, then too many taken back: a copy of known length is a single store.
        let end = out.len() + used;
        out.extend_from_slice(&digits);
        out.truncate(end);
        out.extend_from_slice(tail);
    }

    /// SHA-256 of the record's canonical bytes: `digest(record)` of the record tree.
    pub fn digest(&self) -> Sha256Digest {
        let (head, tail) = self.parts();
        let (digits, used) = digits(self.last_modified);
        Sha256Digest::of_parts(&[head, MEMBER, digits.get(..used).unwrap_or_default(), tail])
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        self.content.split_at_checked(self.splice).unwrap_or((self.content, &[]))
    }
}

/// A time in decimal, and how many of the bytes are its digits. [`Timestamp::MAX`] has sixteen.
///
/// Written for records by the hundred thousand while they are hashed: no loop, no branch, nothing allocated.
fn digits(timestamp: Timestamp) -> ([u8; 16], usize) {
    let millis = timestamp.as_millis();
    let high = u128::from(eight_digits(millis / 100_000_000));
    let all = high | u128::from(eight_digits(millis % 100_000_000)) << 64;
    let unused = 15_u32.saturating_sub(millis.checked_ilog10().unwrap_or_default());
    ((all >> (unused * 8)).to_le_bytes(), usize::try_from(16 - unused).unwrap_or_default())
}

/// The eight digits of a number below 100 000 000, the first in the lowest byte: halved three times, all parts at once.
/// The factors divide by a hundred and by ten: 10 486 / 2²⁰ is exact below 10 000, 103 / 2¹⁰ below 100.
fn eight_digits(number: u64) -> u64 {
    let fours = (number / 10_000) | (number % 10_000) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - hundreds * 100) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    (tens | (twos - tens * 10) << 8) + 0x3030_3030_3030_3030
}

const MEMBER: &[u8] = b",\"last_modified\":";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_written_in_decimal() {
        let edges =
            (0..16).flat_map(|power| [10_u64.pow(power) - 1, 10_u64.pow(power), 10_u64.pow(power) + 7]);
        let ordinary = [1_764_000_123_456, 1_000_200_030_004, 9_007_199_254_740_991];
        let some = (0..200_000).map(|number| number * 45_035_996_273);
        for millis in edges.chain(ordinary).chain(some).filter(|millis| *millis <= 9_007_199_254_740_991) {
            let content = Content::from_parts(br#"{"id":"a"}"#.to_vec().into_boxed_slice(), 9);
            let mut written = Vec::new();
            content.at(Timestamp::from_millis(millis).unwrap()).write_to(&mut written);
            assert_eq!(
                String::from_utf8(written).unwrap(),
                format!(r#"{{"id":"a","last_modified":{millis}}}"#)
            );
        }
    }
}
