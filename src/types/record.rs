//! A record as stored: canonical bytes without `last_modified`, and where to put it.

use std::io::Write;

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
    /// The three pieces whose concatenation is the record's canonical bytes; the middle one is made in `buffer`.
    pub fn pieces<'b>(&'b self, buffer: &'b mut Vec<u8>) -> [&'b [u8]; 3] {
        buffer.clear();
        // Writing to a vector cannot fail.
        drop(write!(buffer, ",\"last_modified\":{}", self.last_modified));
        let (head, tail) = self.content.split_at_checked(self.splice).unwrap_or((self.content, &[]));
        [head, buffer, tail]
    }

    /// Appends the record's canonical bytes to `out`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let mut buffer = Vec::with_capacity(32);
        for piece in self.pieces(&mut buffer) {
            out.extend_from_slice(piece);
        }
    }

    /// SHA-256 of the record's canonical bytes: `digest(record)` of the record tree.
    pub fn digest(&self) -> Sha256Digest {
        let mut buffer = Vec::with_capacity(32);
        Sha256Digest::of_parts(&self.pieces(&mut buffer))
    }
}
