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
    /// The pieces whose concatenation is the record's canonical bytes; the digits of `last_modified` are made in `digits`.
    pub fn pieces<'b>(&'b self, digits: &'b mut Digits) -> [&'b [u8]; 4] {
        let (head, tail) = self.content.split_at_checked(self.splice).unwrap_or((self.content, &[]));
        [head, b",\"last_modified\":", digits.write(self.last_modified), tail]
    }

    /// How many bytes [`RecordRef::write_to`] appends.
    pub fn length(&self) -> u64 {
        let pieces = self.pieces(&mut Digits::default()).map(<[u8]>::len);
        u64::try_from(pieces.iter().sum::<usize>()).unwrap_or(u64::MAX)
    }

    /// Appends the record's canonical bytes to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        for piece in self.pieces(&mut Digits::default()) {
            out.extend_from_slice(piece);
        }
    }

    /// SHA-256 of the record's canonical bytes: `digest(record)` of the record tree.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of_parts(&self.pieces(&mut Digits::default()))
    }
}

/// Room for a timestamp in decimal: records are written by the hundred thousand, so nothing is allocated.
#[derive(Clone, Copy, Debug, Default)]
pub struct Digits([u8; 20]);

impl Digits {
    fn write(&mut self, timestamp: Timestamp) -> &[u8] {
        let mut rest = timestamp.as_millis();
        let mut unused = self.0.len();
        for (index, digit) in self.0.iter_mut().enumerate().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            unused = index;
            if rest == 0 {
                break;
            }
        }
        self.0.get(unused..).unwrap_or_default()
    }
}
